/*
 * Dates and times (datetime.h): seconds and fields, the written forms, the checks of RFC 3339 for
 * JSON Schema, durations and sizes of policies. Pictures are in dateformat.c, zones in timezone.c.
 */
#include "datetime.h"
#include "civil.h"

#define MAX_TEXT_LEN 40u            /* 9999-12-31T23:59:59.123456789+14:00 and room */
#define FIRST_SECOND (-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST_SECOND  253402300799   /* 9999-12-31T23:59:59Z */

static char *put_number(char *p, unsigned number, unsigned width);
static char *put_local(char *p, const lgs_datetime_t *value, char between);
static char *put_fraction(char *p, uint32_t nanosecond);
static char *put_offset(char *p, int32_t offset_s);
static bool read_date(lgs_str_t text, int *year, int *month, int *day);
static bool read_two(const char *p, int high, int *number);
static bool read_unit(lgs_str_t text, const char *const *units, const uint64_t *factors,
                      uint64_t *number);

int64_t lgs_datetime_to_epoch(const lgs_datetime_t *value)
{
    int64_t days = lgs_days_from_civil(value->year, value->month, value->day);

    return days * LGS_DAY_S + value->hour * 3600 + value->minute * 60 + value->second -
           value->offset_s;
}

void lgs_datetime_from_epoch(int64_t seconds, int32_t offset_s, lgs_datetime_t *value)
{
    int64_t days;
    int year, month, day, of_day;

    seconds = seconds < FIRST_SECOND - offset_s  ? FIRST_SECOND
              : seconds > LAST_SECOND - offset_s ? LAST_SECOND
                                                 : seconds + offset_s;
    days = lgs_floor_div(seconds, LGS_DAY_S);
    of_day = (int)(seconds - days * LGS_DAY_S);
    lgs_civil_from_days(days, &year, &month, &day);
    *value = (lgs_datetime_t){
        .year = (int16_t)year,
        .month = (uint8_t)month,
        .day = (uint8_t)day,
        .hour = (uint8_t)(of_day / 3600),
        .minute = (uint8_t)(of_day / 60 % 60),
        .second = (uint8_t)(of_day % 60),
        .has_time = true,
        .has_offset = true,
        .offset_s = offset_s,
    };
}

/* ---- writing -------------------------------------------------------------------------------- */

void lgs_moment_write(int64_t ms, char out[LGS_MOMENT_LEN])
{
    static const char picture[] = "0000-00-00T00:00:00.000Z";
    int64_t seconds = lgs_floor_div(ms, 1000);
    unsigned rest = (unsigned)((ms % 1000 + 1000) % 1000); /* seconds * 1000 may not fit */
    lgs_datetime_t at;

    lgs_datetime_from_epoch(seconds, 0, &at);

    const struct {
        uint8_t offset, width;
        unsigned number;
    } fields[] = {
        {0, 4, (unsigned)at.year}, {5, 2, at.month},   {8, 2, at.day}, {11, 2, at.hour},
        {14, 2, at.minute},        {17, 2, at.second}, {20, 3, rest},
    };

    memcpy(out, picture, LGS_MOMENT_LEN);
    for (size_t i = 0; i < LGS_N(fields); i++) {
        unsigned number = fields[i].number;

        for (unsigned digit = fields[i].width; digit-- > 0; number /= 10) {
            out[fields[i].offset + digit] = (char)('0' + number % 10);
        }
    }
}

lgs_str_t lgs_datetime_text(lgs_arena_t *arena, const lgs_datetime_t *value)
{
    char text[MAX_TEXT_LEN], *p = put_local(text, value, 'T');

    if (value->has_time && value->has_offset) {
        p = put_offset(p, value->offset_s);
    }
    return lgs_arena_str(arena, lgs_str(text, (size_t)(p - text)));
}

lgs_str_t lgs_datetime_local_text(lgs_arena_t *arena, const lgs_datetime_t *value)
{
    char text[MAX_TEXT_LEN], *p = put_local(text, value, 'T');

    return lgs_arena_str(arena, lgs_str(text, (size_t)(p - text)));
}

lgs_str_t lgs_datetime_odoo_text(lgs_arena_t *arena, const lgs_datetime_t *value)
{
    char text[MAX_TEXT_LEN], *p;
    lgs_datetime_t utc;

    lgs_datetime_from_epoch(lgs_datetime_to_epoch(value), 0, &utc);
    p = put_local(text, &utc, ' '); /* no fraction: Odoo refuses one */
    return lgs_arena_str(arena, lgs_str(text, (size_t)(p - text)));
}

static char *put_local(char *p, const lgs_datetime_t *value, char between)
{
    p = put_number(p, (unsigned)value->year, 4);
    *p++ = '-';
    p = put_number(p, value->month, 2);
    *p++ = '-';
    p = put_number(p, value->day, 2);
    if (!value->has_time) {
        return p;
    }
    *p++ = between;
    p = put_number(p, value->hour, 2);
    *p++ = ':';
    p = put_number(p, value->minute, 2);
    *p++ = ':';
    p = put_number(p, value->second, 2);
    return put_fraction(p, value->nanosecond);
}

static char *put_fraction(char *p, uint32_t nanosecond)
{
    char *end;

    if (nanosecond == 0) {
        return p;
    }
    *p++ = '.';
    end = put_number(p, nanosecond, 9);
    while (end[-1] == '0') {
        end--;
    }
    return end;
}

static char *put_offset(char *p, int32_t offset_s)
{
    unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;

    if (offset_s == 0) {
        *p++ = 'Z';
        return p;
    }
    *p++ = offset_s < 0 ? '-' : '+';
    p = put_number(p, minutes / 60, 2);
    *p++ = ':';
    return put_number(p, minutes % 60, 2);
}

static char *put_number(char *p, unsigned number, unsigned width)
{
    for (unsigned i = width; i-- > 0; number /= 10) {
        p[i] = (char)('0' + number % 10);
    }
    return p + width;
}

/* ---- RFC 3339 section 5.6 ------------------------------------------------------------------- */

bool lgs_is_rfc3339_date(lgs_str_t text)
{
    int year, month, day;

    return text.len == 10 && read_date(text, &year, &month, &day);
}

bool lgs_is_rfc3339_datetime(lgs_str_t text)
{
    return text.len > 11 && lgs_is_rfc3339_date(lgs_str(text.data, 10)) &&
           (text.data[10] | 0x20) == 't' &&
           lgs_is_rfc3339_time(lgs_str(text.data + 11, text.len - 11));
}

/* A second 60 is one only where leap seconds are: at 23:59 UTC. */
bool lgs_is_rfc3339_time(lgs_str_t text)
{
    const char *p = text.data, *end;
    int hour, minute, second, offset_hour = 0, offset_minute = 0, utc;

    if (text.len < 9 || !read_two(p, 23, &hour) || p[2] != ':' || !read_two(p + 3, 59, &minute) ||
        p[5] != ':' || !read_two(p + 6, 60, &second)) {
        return false;
    }
    end = p + text.len;
    p += 8;
    if (*p == '.') {
        const char *first = ++p;

        while (p < end && *p >= '0' && *p <= '9') {
            p++;
        }
        if (p == first) {
            return false;
        }
    }
    if (end - p == 6 && (*p == '+' || *p == '-')) {
        if (!read_two(p + 1, 23, &offset_hour) || p[3] != ':' ||
            !read_two(p + 4, 59, &offset_minute)) {
            return false;
        }
    } else if (end - p != 1 || (*p | 0x20) != 'z') {
        return false;
    }
    utc = hour * 60 + minute - (*p == '-' ? -1 : 1) * (offset_hour * 60 + offset_minute);
    return second < 60 || (utc + 2 * 1440) % 1440 == 1439;
}

static bool read_date(lgs_str_t text, int *year, int *month, int *day)
{
    const char *p = text.data;
    int century;

    if (!read_two(p, 99, &century) || !read_two(p + 2, 99, year) || p[4] != '-' ||
        !read_two(p + 5, 12, month) || p[7] != '-' || !read_two(p + 8, 31, day)) {
        return false;
    }
    *year += century * 100;
    return *month >= 1 && *day >= 1 && *day <= lgs_days_in_month(*year, *month);
}

static bool read_two(const char *p, int high, int *number)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') {
        return false;
    }
    *number = (p[0] - '0') * 10 + (p[1] - '0');
    return *number <= high;
}

/* ---- durations and sizes -------------------------------------------------------------------- */

bool lgs_duration_read(lgs_str_t text, uint64_t *ms)
{
    static const char *const units[] = {"ms", "s", "m", "h", "d", NULL};
    static const uint64_t factors[] = {1, 1000, 60000, 3600000, 86400000};

    return read_unit(text, units, factors, ms);
}

bool lgs_size_read(lgs_str_t text, uint64_t *bytes)
{
    static const char *const units[] = {"", "k", "K", "m", "M", "g", "G", NULL};
    static const uint64_t factors[] = {1,        1u << 10, 1u << 10, 1u << 20,
                                       1u << 20, 1u << 30, 1u << 30};

    return read_unit(text, units, factors, bytes);
}

/* digits unit; the unit is one of the list and the product fits */
static bool read_unit(lgs_str_t text, const char *const *units, const uint64_t *factors,
                      uint64_t *number)
{
    size_t n = 0;
    uint64_t count = 0;

    for (; n < text.len && text.data[n] >= '0' && text.data[n] <= '9'; n++) {
        if (__builtin_mul_overflow(count, 10, &count) ||
            __builtin_add_overflow(count, (uint64_t)(text.data[n] - '0'), &count)) {
            return false;
        }
    }
    if (n == 0) {
        return false;
    }
    for (size_t i = 0; units[i]; i++) {
        if (lgs_str_is(lgs_str(text.data + n, text.len - n), units[i])) {
            return !__builtin_mul_overflow(count, factors[i], number);
        }
    }
    return false;
}
