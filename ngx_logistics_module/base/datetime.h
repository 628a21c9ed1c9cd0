/*
 * Dates and times of partners, exactly: civil fields, offset if the source had one, nothing
 * invented. Formats are written as in facts of the field (CCYYMMDD HHMM, ISO 8601, EDIFACT 2379).
 * Time zones by IANA name from the system's tzdata (TZif files), loaded once at policy load.
 */
#ifndef LGS_DATETIME_H
#define LGS_DATETIME_H

#include "err.h"

typedef struct {
    int16_t year; /* 1 to 9999 */
    uint8_t month, day, hour, minute, second;
    uint32_t nanosecond;
    bool has_time;
    bool has_offset;
    int32_t offset_s; /* east of UTC, when has_offset */
} lgs_datetime_t;

typedef struct lgs_tz_s lgs_tz_t;
typedef struct lgs_dateformat_s lgs_dateformat_t;

/*
 * Compiles a format: the names "iso" (RFC 3339 and ISO 8601 extended, fraction and offset optional,
 * T or blank), "date" (YYYY-MM-DD), "epoch" (seconds), "epoch_ms", "excel" (days since 1899-12-30
 * with a fraction); or a picture made of
 *   CCYY or YYYY; YY (70 to 99: 1900s, else 2000s); MM; MMM (English, three letters); DD; DDD (day
 * of the year); WW (ISO week; its Monday); WWD (its day 1 to 7); HH; hh with A (AM or PM); mm, also
 * MM right behind the hour as in HHMM; SS; M D H h (one or two digits); f (fraction, one digit or
 * more); Z (Z, +02:00, +0200 or +02); ZZZ (UTC, GMT, EST, CEST, …). T and every byte that is no
 * letter stand for themselves. NULL with an error for an unknown letter run, a part that stands
 * twice, or a picture without a day.
 */
lgs_dateformat_t *lgs_dateformat_compile(lgs_arena_t *arena, lgs_str_t picture, lgs_errs_t *errs);

/*
 * Reads all of `text`. False when it does not fit the picture or names no real date (30 February).
 * "2400" is 00:00 of the next day; second 60 is taken as 59.
 */
bool lgs_datetime_read(const lgs_dateformat_t *format, lgs_str_t text,
                       lgs_datetime_t *value) LGS_MUST_CHECK;

/* The picture has no year ("MMDD"): it can only be read near another date. */
bool lgs_dateformat_lacks_year(const lgs_dateformat_t *format);

/* The same; a year that is lacking is the one that brings the date nearest to `near`. */
bool lgs_datetime_read_near(const lgs_dateformat_t *format, lgs_str_t text,
                            const lgs_datetime_t *near, lgs_datetime_t *value) LGS_MUST_CHECK;

/* Any IANA name ("America/Denver", "UTC") or fixed offset ("+02:00", "-08:00"). NULL with an error.
 */
const lgs_tz_t *lgs_tz_load(lgs_arena_t *arena, lgs_str_t name, lgs_errs_t *errs);
lgs_str_t lgs_tz_name(const lgs_tz_t *tz);

/* What a local time in a zone can be. */
typedef enum {
    LGS_TZ_UNIQUE,
    LGS_TZ_GAP,    /* does not exist (clocks went forward); read with the offset before the gap */
    LGS_TZ_OVERLAP /* exists twice (clocks went back); the first, daylight, one is taken */
} lgs_tz_case_t;

/* Sets offset_s and has_offset of a local time by its zone. */
lgs_tz_case_t lgs_tz_apply(const lgs_tz_t *tz, lgs_datetime_t *value);

/*
 * Seconds since 1970-01-01T00:00:00Z ↔ fields. `value` must have an offset for to_epoch. from_epoch
 * stops at the years 0 and 9999.
 */
int64_t lgs_datetime_to_epoch(const lgs_datetime_t *value);
void lgs_datetime_from_epoch(int64_t seconds, int32_t offset_s, lgs_datetime_t *value);

/*
 * RFC 3339: "2019-11-02T16:48:00-06:00", fraction only if not zero (trailing zeros dropped), Z for
 * offset 0 in UTC form. Without offset: local form without one; without time: the date.
 */
lgs_str_t lgs_datetime_text(lgs_arena_t *arena, const lgs_datetime_t *value);

/*
 * Milliseconds since 1970, always with all three digits, so that such texts sort by time:
 * "2026-11-21T17:00:00.180Z".
 */
#define LGS_MOMENT_LEN 24u
void lgs_moment_write(int64_t ms, char out[LGS_MOMENT_LEN]);

/* The local part of it, never an offset. */
lgs_str_t lgs_datetime_local_text(lgs_arena_t *arena, const lgs_datetime_t *value);

/* Odoo's form, UTC: "YYYY-MM-DD HH:MM:SS". Needs an offset. */
lgs_str_t lgs_datetime_odoo_text(lgs_arena_t *arena, const lgs_datetime_t *value);

/* RFC 3339 full-date, full-time, date-time checks for JSON Schema formats. */
bool lgs_is_rfc3339_datetime(lgs_str_t text);
bool lgs_is_rfc3339_date(lgs_str_t text);
bool lgs_is_rfc3339_time(lgs_str_t text);

/* "30s", "10m", "72h", "7d", "1500ms" → milliseconds; false when it is none. */
bool lgs_duration_read(lgs_str_t text, uint64_t *ms) LGS_MUST_CHECK;

/* "512", "64k", "20m", "1g" → bytes (nginx's letters); false when it is none. */
bool lgs_size_read(lgs_str_t text, uint64_t *bytes) LGS_MUST_CHECK;

#endif
