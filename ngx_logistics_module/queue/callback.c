/* Callbacks (callback.h). */
#include "callback.h"

#include "../base/base64.h"
#include "../base/digest.h"

#define PREFIX      "whsec_"
#define FIRST_TEXTS 4u /* of callback_claim: id, token, attempts, number of the outcome */
#define GONE        410

const char *const lgs_callback_events[LGS_N_CALLBACK_EVENTS] = {
    [LGS_CALLBACK_DELIVERED] = "delivered",
    [LGS_CALLBACK_FAILED] = "failed",
    [LGS_CALLBACK_DROPPED] = "dropped",
};

static const char *find_damage(lgs_callback_t *callback, const lgs_str_t *texts, size_t n);
static bool is_event(lgs_str_t word);
static bool read_number(lgs_str_t text, uint32_t *number);

bool lgs_callback_secret_read(lgs_str_t text, lgs_callback_secret_t *secret)
{
    uint8_t bytes[LGS_BASE64_LEN(LGS_MAX_CALLBACK_SECRET)];
    size_t len = 0;

    if (!lgs_str_starts(text, LGS_STR(PREFIX)) ||
        text.len > sizeof(PREFIX) - 1 + LGS_BASE64_LEN(LGS_MAX_CALLBACK_SECRET)) {
        return false;
    }
    text = lgs_str(text.data + sizeof(PREFIX) - 1, text.len - (sizeof(PREFIX) - 1));
    if (!lgs_base64_decode(text, bytes, &len) || len < LGS_MIN_CALLBACK_SECRET ||
        len > LGS_MAX_CALLBACK_SECRET) {
        return false;
    }
    memcpy(secret->bytes, bytes, len);
    secret->len = len;
    return true;
}

void lgs_callback_take(lgs_callback_t *callback, const lgs_str_t *texts, size_t n)
{
    *callback = (lgs_callback_t){.damage = "damaged: Redis told too little of it"};
    if (n >= FIRST_TEXTS) {
        callback->id = texts[0];
        callback->token = texts[1];
        callback->round = texts[3];
        callback->damage = find_damage(callback, texts, n);
    }
}

static const char *find_damage(lgs_callback_t *callback, const lgs_str_t *texts, size_t n)
{
    bool has_state = lgs_letter_take(&callback->letter, texts[0], texts + FIRST_TEXTS,
                                     n - FIRST_TEXTS);
    uint32_t round;

    return !read_number(texts[2], &callback->attempts)  ? "damaged: its attempts are no number"
           : !read_number(texts[3], &round)             ? "damaged: its outcome has no number"
           : !is_event(callback->letter.callback_event) ? "damaged: what it tells is no outcome"
           : !has_state                                 ? "damaged: its message has no state"
           : callback->letter.partner.len == 0          ? "damaged: its message has no partner"
                                                        : NULL;
}

static bool is_event(lgs_str_t word)
{
    bool is = false;

    for (size_t i = 0; i < LGS_N_CALLBACK_EVENTS; i++) {
        is |= lgs_str_is(word, lgs_callback_events[i]);
    }
    return is;
}

static bool read_number(lgs_str_t text, uint32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        *number = *number * 10 + (uint32_t)(text.data[i] - '0');
    }
    return text.len >= 1 && text.len <= 9;
}

/* No full stop in it: it is what the signed parts are kept apart by. */
void lgs_callback_write_id(lgs_buf_t *buf, const lgs_callback_t *callback)
{
    lgs_buf_str(buf, callback->id);
    lgs_buf_byte(buf, '_');
    lgs_buf_str(buf, callback->letter.callback_event);
    lgs_buf_byte(buf, '_');
    lgs_buf_str(buf, callback->round);
}

void lgs_callback_write(lgs_buf_t *buf, const lgs_callback_t *callback)
{
    lgs_letter_t letter = callback->letter;

    /* A dead letter that was dropped before this was sent: it is still told that it failed. */
    letter.state = letter.callback_event;
    lgs_buf_cstr(buf, "{\"type\":\"message.");
    lgs_buf_str(buf, letter.callback_event);
    lgs_buf_cstr(buf, "\",\"timestamp\":");
    lgs_json_write_string(buf, lgs_letter_time(buf->arena, letter.callback_at));
    lgs_buf_cstr(buf, ",\"data\":{");
    lgs_letter_write_own(buf, &letter);
    lgs_buf_cstr(buf, "}}");
}

bool lgs_callback_sign(lgs_buf_t *buf, const lgs_callback_secret_t *secrets, size_t n, lgs_str_t id,
                       uint64_t time_s, lgs_str_t body)
{
    char digits[24], text[LGS_BASE64_LEN(LGS_SHA256_LEN)];
    size_t at = sizeof(digits);
    uint8_t digest[LGS_SHA256_LEN];

    do {
        digits[--at] = (char)('0' + time_s % 10);
        time_s /= 10;
    } while (time_s);
    for (size_t i = 0; i < n; i++) {
        const lgs_str_t parts[] = {id, LGS_STR("."), lgs_str(digits + at, sizeof(digits) - at),
                                   LGS_STR("."), body};
        lgs_str_t key = lgs_str((const char *)secrets[i].bytes, secrets[i].len);

        if (!lgs_hmac_sha256_joined(key, parts, LGS_N(parts), digest)) {
            return false;
        }
        lgs_base64_encode(digest, sizeof(digest), text);
        lgs_buf_cstr(buf, i ? " v1," : "v1,");
        lgs_buf_add(buf, text, sizeof(text));
    }
    return n > 0;
}

lgs_callback_verdict_t lgs_callback_judge(int status)
{
    return status >= 200 && status < 300 ? LGS_CALLBACK_SENT
           : status == GONE              ? LGS_CALLBACK_STOP
                                         : LGS_CALLBACK_AGAIN;
}

void lgs_callback_write_answer(lgs_buf_t *buf, int status, lgs_str_t text)
{
    size_t most = buf->len + LGS_CALLBACK_SENTENCE;

    if (status) {
        lgs_buf_printf(buf, "answered %d", status);
        lgs_buf_cstr(buf, text.len ? ": " : "");
    }
    for (size_t i = 0; i < text.len && buf->len < most && text.data[i] != '\n'; i++) {
        bool is_plain = text.data[i] >= ' ' && text.data[i] < 0x7f;

        lgs_buf_byte(buf, is_plain ? text.data[i] : '?');
    }
}
