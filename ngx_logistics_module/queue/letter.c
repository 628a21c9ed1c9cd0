/* Messages as operators see them (letter.h). */
#include "letter.h"

#include <stddef.h>

#include "../base/base64.h"
#include "../base/datetime.h"
#include "../formats/utf8.h"

#define N_LISTED 10u /* fields of a letter in what `letters`, `letters_from` and `pick` say */
#define N_UNTOLD 14u /* of a callback, by their names, in what `callback_list` says */

static const struct {
    const char *name;
    size_t at;
} fields[] = {
    {"partner", offsetof(lgs_letter_t, partner)},
    {"route", offsetof(lgs_letter_t, route)},
    {"class", offsetof(lgs_letter_t, class)},
    {"correlation", offsetof(lgs_letter_t, correlation)},
    {"at", offsetof(lgs_letter_t, at)},
    {"closed", offsetof(lgs_letter_t, closed)},
    {"attempts", offsetof(lgs_letter_t, attempts)},
    {"reason", offsetof(lgs_letter_t, reason)},
    {"error", offsetof(lgs_letter_t, error)},
    {"state", offsetof(lgs_letter_t, state)},
    /* so far in the order of letter_fields (common.lua) */
    {"next", offsetof(lgs_letter_t, next)},
    {"media", offsetof(lgs_letter_t, media)},
    {"revision", offsetof(lgs_letter_t, revision)},
    {"history", offsetof(lgs_letter_t, history)},
    {"outcome", offsetof(lgs_letter_t, outcome)},
    {"body", offsetof(lgs_letter_t, body)},
    {"whys", offsetof(lgs_letter_t, whys)},
    {"source", offsetof(lgs_letter_t, source)},
    {"callback_event", offsetof(lgs_letter_t, callback_event)},
    {"callback_state", offsetof(lgs_letter_t, callback_state)},
    {"callback_attempts", offsetof(lgs_letter_t, callback_attempts)},
    {"callback_at", offsetof(lgs_letter_t, callback_at)},
    {"callback_last", offsetof(lgs_letter_t, callback_last)},
    {"callback_next", offsetof(lgs_letter_t, callback_next)},
    {"callback_closed", offsetof(lgs_letter_t, callback_closed)},
};

static void write_progress(lgs_buf_t *buf, const lgs_letter_t *letter);
static void write_source(lgs_buf_t *buf, lgs_str_t source);
static lgs_str_t *field_at(lgs_letter_t *letter, size_t i);
static lgs_str_t take_listed(lgs_letter_t *letter, const lgs_str_t *texts);
static lgs_str_t take_untold(lgs_letter_t *letter, const lgs_str_t *texts);
static void write_list(lgs_buf_t *buf, const char *name, lgs_str_t json, bool has_brackets);
static void write_attempts(lgs_buf_t *buf, lgs_str_t attempts);

const lgs_letter_list_t lgs_dead_letters = {"letters", "letters", 1 + N_LISTED, take_listed};
const lgs_letter_list_t lgs_untold_callbacks = {"callback_list", "callbacks", 1 + 2 * N_UNTOLD,
                                                take_untold};
const lgs_letter_list_t lgs_picked_letters = {"letters_from", "letters", 1 + N_LISTED, take_listed};

bool lgs_letter_take(lgs_letter_t *letter, lgs_str_t id, const lgs_str_t *texts, size_t n)
{
    *letter = (lgs_letter_t){.id = id};
    for (size_t i = 0; i + 1 < n; i += 2) {
        for (size_t k = 0; k < LGS_N(fields); k++) {
            if (lgs_str_is(texts[i], fields[k].name)) {
                *field_at(letter, k) = texts[i + 1];
            }
        }
    }
    return letter->state.len > 0;
}

static lgs_str_t take_listed(lgs_letter_t *letter, const lgs_str_t *texts)
{
    *letter = (lgs_letter_t){.id = texts[0]};
    for (size_t i = 0; i < N_LISTED; i++) {
        *field_at(letter, i) = texts[1 + i];
    }
    return letter->closed;
}

static lgs_str_t take_untold(lgs_letter_t *letter, const lgs_str_t *texts)
{
    (void)lgs_letter_take(letter, texts[0], texts + 1, (size_t)2 * N_UNTOLD);
    return letter->callback_closed;
}

static lgs_str_t *field_at(lgs_letter_t *letter, size_t i)
{
    return (lgs_str_t *)((char *)letter + fields[i].at);
}

void lgs_letter_write(lgs_buf_t *buf, const lgs_letter_t *letter)
{
    lgs_buf_cstr(buf, "{\"message\":");
    lgs_json_write_string(buf, letter->id);
    lgs_json_write_member(buf, "correlation_id", letter->correlation);
    lgs_json_write_member(buf, "partner", letter->partner);
    lgs_json_write_member(buf, "route", letter->route);
    lgs_json_write_member(buf, "class", letter->class);
    lgs_json_write_member(buf, "state", letter->state);
    write_progress(buf, letter);
    lgs_json_write_member(buf, "revision", letter->revision);
    lgs_letter_write_callback(buf, letter);
    write_list(buf, "outcomes", letter->outcome, true);
    write_list(buf, "left", letter->body, true);
    write_list(buf, "history", letter->history, false);
    lgs_json_write_member(buf, "media_type", letter->media);
    write_source(buf, letter->source);
    lgs_buf_byte(buf, '}');
}

/* What was tried, when, and with what outcome. */
static void write_progress(lgs_buf_t *buf, const lgs_letter_t *letter)
{
    lgs_json_write_member(buf, "accepted_at", lgs_letter_time(buf->arena, letter->at));
    lgs_json_write_member(buf, "closed_at", lgs_letter_time(buf->arena, letter->closed));
    lgs_json_write_member(buf, "next_attempt_at", lgs_letter_time(buf->arena, letter->next));
    write_attempts(buf, letter->attempts);
    lgs_json_write_member(buf, "reason", letter->reason);
    lgs_json_write_member(buf, "detail", letter->error);
}

/* JSON is UTF-8; what partners send in CSV or EDI need not be, and is shown byte by byte. */
static void write_source(lgs_buf_t *buf, lgs_str_t source)
{
    size_t len = LGS_BASE64_LEN(source.len);
    char *text;

    if (source.len == 0 || lgs_utf8_is_valid(source)) {
        lgs_json_write_member(buf, "source", source);
        return;
    }
    text = lgs_arena_alloc(buf->arena, len);
    if (text == NULL) {
        buf->failed = true;
        return;
    }
    lgs_base64_encode((const uint8_t *)source.data, source.len, text);
    lgs_json_write_member(buf, "source_base64", lgs_str(text, len));
}

void lgs_letter_write_own(lgs_buf_t *buf, const lgs_letter_t *letter)
{
    bool is_dead = lgs_str_is(letter->state, "dead"); /* our word */

    lgs_buf_cstr(buf, "\"message\":");
    lgs_json_write_string(buf, letter->id);
    lgs_json_write_member(buf, "correlation_id", letter->correlation);
    lgs_json_write_member(buf, "route", letter->route);
    lgs_json_write_member(buf, "status", is_dead ? LGS_STR("failed") : letter->state);
    write_progress(buf, letter);
    write_list(buf, "records", letter->outcome, true);
}

void lgs_letter_write_callback(lgs_buf_t *buf, const lgs_letter_t *letter)
{
    if (letter->callback_event.len == 0) {
        return;
    }
    lgs_buf_cstr(buf, ",\"callback\":{\"event\":");
    lgs_json_write_string(buf, letter->callback_event);
    lgs_json_write_member(buf, "state", letter->callback_state);
    write_attempts(buf, letter->callback_attempts);
    lgs_json_write_member(buf, "last", letter->callback_last);
    lgs_json_write_member(buf, "next_attempt_at",
                          lgs_letter_time(buf->arena, letter->callback_next));
    lgs_json_write_member(buf, "given_up_at", lgs_letter_time(buf->arena, letter->callback_closed));
    lgs_buf_byte(buf, '}');
}

static void write_attempts(lgs_buf_t *buf, lgs_str_t attempts)
{
    lgs_buf_cstr(buf, ",\"attempts\":");
    lgs_buf_str(buf, attempts.len ? attempts : LGS_STR("0"));
}

/* JSON of our own; the history's entries have no brackets around them. */
static void write_list(lgs_buf_t *buf, const char *name, lgs_str_t json, bool has_brackets)
{
    if (json.len) {
        lgs_buf_printf(buf, ",\"%s\":%s", name, has_brackets ? "" : "[");
        lgs_buf_str(buf, json);
        lgs_buf_cstr(buf, has_brackets ? "" : "]");
    }
}

lgs_str_t lgs_letter_time(lgs_arena_t *arena, lgs_str_t ms)
{
    static const lgs_str_t none = {NULL, 0};
    char text[LGS_MOMENT_LEN];
    int64_t at = 0;

    if (ms.len == 0 || ms.len > 15) {
        return none;
    }
    for (size_t i = 0; i < ms.len; i++) {
        if (ms.data[i] < '0' || ms.data[i] > '9') {
            return none;
        }
        at = at * 10 + (ms.data[i] - '0');
    }
    lgs_moment_write(at, text);
    return lgs_arena_str(arena, lgs_str(text, sizeof(text)));
}

void lgs_deed_write(lgs_buf_t *buf, const lgs_deed_t *deed)
{
    lgs_buf_printf(buf, "{\"did\":\"%s\"", deed->did);
    lgs_json_write_member(buf, "by", deed->by);
    lgs_json_write_member(buf, "why", deed->why);
    lgs_json_write_member(buf, "revision", deed->revision);
    write_list(buf, "changes", deed->changes, true);
    lgs_buf_byte(buf, '}');
}
