/*
 * Small readers of partners' texts: decimals, dates, durations, sizes, base64url, rates,
 * traceparent. The first byte chooses a form, the rest is the text; where two are needed a NUL
 * parts them. What is accepted must come back the same way it was written, and calculate
 * consistently.
 */
#include <stdlib.h>

#include "../../ngx_logistics_module/base/base64.h"
#include "../../ngx_logistics_module/base/datetime.h"
#include "../../ngx_logistics_module/base/decimal.h"
#include "../../ngx_logistics_module/trace/record.h"
#include "../../ngx_logistics_module/traffic/gcra.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* ---- decimals ------------------------------------------------------------------------------- */

static void check_arithmetic(lgs_decimal_t value)
{
    static const lgs_decimal_t one = {.digits = 1};
    lgs_decimal_t minus = value, result;

    minus.negative = !value.negative;
    must(lgs_decimal_add(value, minus, &result) && result.digits == 0 && !result.negative);
    must(lgs_decimal_mul(value, one, &result) && lgs_decimal_compare(result, value) == 0);
    must(lgs_decimal_compare(lgs_decimal_trim(value), value) == 0);
    if (value.digits) {
        must(lgs_decimal_compare(value, minus) == (value.negative ? -1 : 1));
        must(lgs_decimal_div(value, value, 2, LGS_ROUND_HALF_EVEN, &result) &&
             lgs_decimal_compare(result, one) == 0);
    }
    for (int32_t scale = -40; scale <= 40; scale += 5) {
        lgs_decimal_t up, down, half;

        if (!lgs_decimal_round(value, scale, LGS_ROUND_UP, &up)) {
            continue;
        }
        must(lgs_decimal_round(value, scale, LGS_ROUND_DOWN, &down));
        must(lgs_decimal_round(value, scale, LGS_ROUND_HALF_EVEN, &half));
        must(lgs_decimal_compare(half, up) == 0 || lgs_decimal_compare(half, down) == 0);
        up.negative = down.negative = value.negative = false;
        must(lgs_decimal_compare(down, value) <= 0 && lgs_decimal_compare(value, up) <= 0);
    }
}

static void check_decimal(lgs_arena_t *arena, uint8_t choice, lgs_str_t text)
{
    static const char marks[] = {'.', ',', 0, '.'}, groups[] = {0, '.', ',', ' '};
    lgs_decimal_form_t form = {
        .decimal_mark = marks[choice & 3],
        .thousands = groups[choice >> 2 & 3],
        .implied = choice & 16 ? 2 : 0,
        .sign_trailing = choice & 32,
        .overpunch = choice & 64,
    };
    lgs_decimal_t value, again;
    lgs_str_t plain;

    if (lgs_decimal_read_form(text, &form, &value)) {
        plain = lgs_decimal_text(arena, value);
        must(plain.data && memchr(plain.data, 'e', plain.len) == NULL);
        if (plain.len <= LGS_MAX_NUMBER) {
            must(lgs_decimal_read(plain, &again));
            must(lgs_decimal_compare(value, again) == 0 && value.negative == again.negative);
            must(value.scale < 0 || again.scale == value.scale);
        }
        check_arithmetic(value);
    }
}

/* ---- dates ---------------------------------------------------------------------------------- */

static void check_value(lgs_arena_t *arena, const lgs_datetime_t *value)
{
    static const char *const names[] = {"date", "iso"};
    lgs_dateformat_t *format = lgs_dateformat_compile(arena, lgs_cstr(names[value->has_time]),
                                                      NULL);
    lgs_datetime_t again;

    must(lgs_datetime_read(format, lgs_datetime_text(arena, value), &again));
    if (!value->has_time) { /* a date is written without its offset */
        must(again.year == value->year && again.month == value->month && again.day == value->day);
        return;
    }
    must(lgs_datetime_to_epoch(&again) == lgs_datetime_to_epoch(value));
    must(again.nanosecond == value->nanosecond && again.has_offset == value->has_offset);
    if (value->has_offset) {
        must(again.offset_s == value->offset_s);
        lgs_datetime_from_epoch(lgs_datetime_to_epoch(value), value->offset_s, &again);
        must(again.day == value->day && again.hour == value->hour && again.second == value->second);
        must(lgs_is_rfc3339_datetime(lgs_datetime_text(arena, value)));
    }
}

static void check_date(lgs_arena_t *arena, uint8_t choice, lgs_str_t picture, lgs_str_t text)
{
    static const char *const known[] = {
        "iso",           "date",   "epoch",   "epoch_ms",
        "CCYYMMDD HHMM", "YYMMDD", "CCYYDDD", "DD-MMM-YYYY hh:mm A"};
    lgs_dateformat_t *format;
    lgs_datetime_t value;

    format = lgs_dateformat_compile(
        arena, picture.len ? picture : lgs_cstr(known[choice % LGS_N(known)]), NULL);
    if (format && lgs_datetime_read(format, text, &value)) {
        check_value(arena, &value);
    }
    format = lgs_dateformat_compile(arena, LGS_STR("iso"), NULL);
    if (lgs_is_rfc3339_datetime(text) && !lgs_str_starts(text, LGS_STR("0000"))) {
        must(lgs_datetime_read(format, text, &value));
        check_value(arena, &value);
    }
}

/* ---- the rest ------------------------------------------------------------------------------- */

static void check_base64(lgs_arena_t *arena, lgs_str_t text)
{
    uint8_t *out = malloc(text.len * 3 / 4 + 3 + text.len);
    lgs_str_t encoded = lgs_base64url_encode(arena, (const uint8_t *)text.data, text.len);
    size_t len;

    must(out && encoded.data);
    must(lgs_base64url_decode(encoded, out, &len) && len == text.len);
    must(len == 0 || memcmp(out, text.data, len) == 0);
    if (lgs_base64url_decode(text, out, &len)) {
        must(lgs_str_eq(lgs_base64url_encode(arena, out, len), text));
    }
    free(out);
}

static void check_units(lgs_arena_t *arena, lgs_str_t text)
{
    uint64_t value, again;
    lgs_rate_t rate;

    if (lgs_duration_read(text, &value)) {
        lgs_str_t plain = lgs_arena_printf(arena, "%llums", (unsigned long long)value);

        must(lgs_duration_read(plain, &again) && again == value);
    }
    if (lgs_size_read(text, &value)) {
        lgs_str_t plain = lgs_arena_printf(arena, "%llu", (unsigned long long)value);

        must(lgs_size_read(plain, &again) && again == value);
    }
    if (lgs_rate_read(text, &rate)) {
        must(rate.interval_ns >= LGS_MIN_INTERVAL_NS);
        must((unsigned __int128)rate.interval_ns * rate.rate >= rate.window_ns);
    }
}

static void check_traceparent(lgs_str_t text)
{
    static const uint8_t random[24] = {1, 2, 3};
    char first[55], second[55];

    lgs_traceparent(text, random, first);
    lgs_traceparent(lgs_str(first, sizeof(first)), random, second);
    must(memcmp(first, second, sizeof(first)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    const char *nul;
    lgs_str_t text, front = {NULL, 0};

    if (arena == NULL || size == 0) {
        lgs_arena_destroy(arena);
        return 0;
    }
    text = lgs_str((const char *)data + 1, size - 1);
    check_decimal(arena, data[0], text);
    check_base64(arena, text);
    check_units(arena, text);
    check_traceparent(text);
    nul = memchr(text.data, '\0', text.len);
    if (nul) {
        front = lgs_str(text.data, (size_t)(nul - text.data));
        text = lgs_str(nul + 1, text.len - front.len - 1);
    }
    check_date(arena, data[0], front, text);
    lgs_arena_destroy(arena);
    return 0;
}
