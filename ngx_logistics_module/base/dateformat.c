/*
 * Pictures of dates (datetime.h): compiled at load into a short list of parts, each one a row of
 * the table below, and read by one pass over the text. "iso" and its sisters are readers of their
 * own, since they have optional parts.
 */
#include "civil.h"
#include "datetime.h"
#include "decimal.h"

#define MAX_PARTS 64u
#define PIVOT_YEAR                                                                                 \
    70 /* YY from 70 on is of the 1900s: facts of the field, X12 and EDIFACT alike                 \
        */
#define MAX_SHOWN       64u
#define EXCEL_FIRST_DAY (-25569) /* 1899-12-30 */
#define EXCEL_LAST_DAY  2958465  /* 9999-12-31 */

/* What a part fills; one bit each, so that a part that stands twice is found. */
typedef enum {
    FIELD_LITERAL = 0,
    FIELD_YEAR = 1 << 0,
    FIELD_MONTH = 1 << 1,
    FIELD_DAY = 1 << 2,
    FIELD_HOUR = 1 << 3,
    FIELD_MINUTE = 1 << 4,
    FIELD_SECOND = 1 << 5,
    FIELD_FRACTION = 1 << 6,
    FIELD_HALF = 1 << 7,
    FIELD_OFFSET = 1 << 8,
    FIELD_YEAR_DAY = FIELD_MONTH | FIELD_DAY
} field_t;

/* Everything that a text can say, before it is checked to be a date. */
typedef struct {
    int year, month, day, year_day, hour, minute, second, half;
    uint32_t nanosecond;
    int32_t offset_s;
    int week, week_day; /* ISO 8601: week 1 holds the year's first Thursday, day 1 is Monday */
    bool has_time, has_offset;
} parsed_t;

typedef struct {
    const char *p, *end;
} cursor_t;

typedef bool (*read_part_t)(cursor_t *c, parsed_t *d);

typedef struct {
    const char *run;
    uint16_t fields;
    read_part_t read;
} part_t;

typedef struct {
    const part_t *part; /* NULL: `literal` stands for itself */
    char literal;
} step_t;

struct lgs_dateformat_s {
    bool (*read)(lgs_str_t text, parsed_t *d); /* a named format, or NULL: the steps */
    step_t *steps;
    size_t n;
    bool has_time;
    bool lacks_year;
};

static bool read_iso(lgs_str_t text, parsed_t *d);
static bool read_plain_date(lgs_str_t text, parsed_t *d);
static bool read_epoch(lgs_str_t text, parsed_t *d);
static bool read_epoch_ms(lgs_str_t text, parsed_t *d);
static bool read_excel(lgs_str_t text, parsed_t *d);
static bool part_year(cursor_t *c, parsed_t *d);
static bool part_short_year(cursor_t *c, parsed_t *d);
static bool part_month(cursor_t *c, parsed_t *d);
static bool part_month_1(cursor_t *c, parsed_t *d);
static bool part_long_month(cursor_t *c, parsed_t *d);
static bool part_month_name(cursor_t *c, parsed_t *d);
static bool part_day(cursor_t *c, parsed_t *d);
static bool part_day_1(cursor_t *c, parsed_t *d);
static bool part_year_day(cursor_t *c, parsed_t *d);
static bool part_week(cursor_t *c, parsed_t *d);
static bool part_week_and_day(cursor_t *c, parsed_t *d);
static bool part_zone(cursor_t *c, parsed_t *d);
static bool part_hour(cursor_t *c, parsed_t *d);
static bool part_hour_1(cursor_t *c, parsed_t *d);
static bool part_half_hour(cursor_t *c, parsed_t *d);
static bool part_half_hour_1(cursor_t *c, parsed_t *d);
static bool part_minute(cursor_t *c, parsed_t *d);
static bool part_second(cursor_t *c, parsed_t *d);
static bool part_fraction(cursor_t *c, parsed_t *d);
static bool part_half(cursor_t *c, parsed_t *d);
static bool part_offset(cursor_t *c, parsed_t *d);
static bool digits(cursor_t *c, unsigned at_least, unsigned at_most, int *number);

/* The longer run before the shorter one that it begins with. */
static const part_t parts[] = {
    {"CCYY", FIELD_YEAR, part_year},
    {"YYYY", FIELD_YEAR, part_year},
    {"YY", FIELD_YEAR, part_short_year},
    {"MMMM", FIELD_MONTH, part_long_month},
    {"MMM", FIELD_MONTH, part_month_name},
    {"MM", FIELD_MONTH, part_month},
    {"M", FIELD_MONTH, part_month_1},
    {"DDD", FIELD_YEAR_DAY, part_year_day},
    {"DD", FIELD_DAY, part_day},
    {"D", FIELD_DAY, part_day_1},
    {"WWD", FIELD_YEAR_DAY, part_week_and_day},
    {"WW", FIELD_YEAR_DAY, part_week},
    {"HH", FIELD_HOUR, part_hour},
    {"H", FIELD_HOUR, part_hour_1},
    {"hh", FIELD_HOUR, part_half_hour},
    {"h", FIELD_HOUR, part_half_hour_1},
    {"mm", FIELD_MINUTE, part_minute},
    {"SS", FIELD_SECOND, part_second},
    {"f", FIELD_FRACTION, part_fraction},
    {"A", FIELD_HALF, part_half},
    {"ZZZ", FIELD_OFFSET, part_zone},
    {"Z", FIELD_OFFSET, part_offset},
};

static const part_t minute_behind_hour = {"MM", FIELD_MINUTE, part_minute};

static const struct {
    const char *name;
    bool (*read)(lgs_str_t text, parsed_t *d);
} named[] = {
    {"iso", read_iso},           {"date", read_plain_date}, {"epoch", read_epoch},
    {"epoch_ms", read_epoch_ms}, {"excel", read_excel},
};

static bool compile_steps(lgs_dateformat_t *format, lgs_str_t picture, lgs_errs_t *errs);
static const part_t *find_part(lgs_str_t rest, bool behind_hour);
static bool check_fields(unsigned fields, bool is_half_hour, lgs_str_t picture, lgs_errs_t *errs);
static bool refuse(lgs_errs_t *errs, lgs_str_t picture, const char *why);
static bool read_steps(const lgs_dateformat_t *format, lgs_str_t text, parsed_t *d);
static bool find_year(const parsed_t *d, const lgs_datetime_t *near, lgs_datetime_t *value);
static bool to_value(const parsed_t *d, lgs_datetime_t *value);
static bool day_of_year(const parsed_t *d, int64_t *days);

/* ---- compiling ------------------------------------------------------------------------------ */

lgs_dateformat_t *lgs_dateformat_compile(lgs_arena_t *arena, lgs_str_t picture, lgs_errs_t *errs)
{
    lgs_dateformat_t *format = lgs_arena_zalloc(arena, sizeof(*format));

    if (format == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    for (size_t i = 0; i < LGS_N(named); i++) {
        if (lgs_str_is(picture, named[i].name)) {
            format->read = named[i].read;
            return format;
        }
    }
    if (picture.len > MAX_PARTS) {
        refuse(errs, picture, "it is longer than 64 bytes");
        return NULL;
    }
    format->steps = lgs_arena_array(arena, picture.len, sizeof(step_t));
    if (format->steps == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    return compile_steps(format, picture, errs) ? format : NULL;
}

static bool compile_steps(lgs_dateformat_t *format, lgs_str_t picture, lgs_errs_t *errs)
{
    bool behind_hour = false, is_half_hour = false;
    unsigned fields = 0;

    for (size_t at = 0; at < picture.len;) {
        lgs_str_t rest = lgs_str(picture.data + at, picture.len - at);
        const part_t *part = find_part(rest, behind_hour);
        char byte = rest.data[0], lower = (char)(byte | 0x20);

        if (part == NULL && lower >= 'a' && lower <= 'z' && byte != 'T') {
            return refuse(errs, picture,
                          "its letters can be CCYY, YYYY, YY, MM, MMM, DD, DDD, WW, WWD, HH, hh, "
                          "mm, SS, f, A, Z, ZZZ and T");
        }
        if (part && fields & part->fields) {
            return refuse(errs, picture, "a part of it stands twice");
        }
        fields |= part ? part->fields : 0u;
        behind_hour = part ? part->fields == FIELD_HOUR : behind_hour && byte == ':';
        is_half_hour |= part && part->run[0] == 'h';
        format->steps[format->n++] = (step_t){part, byte};
        at += part ? strlen(part->run) : 1;
    }
    format->has_time = fields & FIELD_HOUR;
    format->lacks_year = !(fields & FIELD_YEAR);
    return check_fields(fields, is_half_hour, picture, errs);
}

static const part_t *find_part(lgs_str_t rest, bool behind_hour)
{
    if (behind_hour && lgs_str_starts(rest, LGS_STR("MM"))) {
        return &minute_behind_hour;
    }
    for (size_t i = 0; i < LGS_N(parts); i++) {
        if (lgs_str_starts(rest, lgs_cstr(parts[i].run))) {
            return &parts[i];
        }
    }
    return NULL;
}

static bool check_fields(unsigned fields, bool is_half_hour, lgs_str_t picture, lgs_errs_t *errs)
{
    unsigned below_hour = FIELD_MINUTE | FIELD_SECOND | FIELD_FRACTION | FIELD_HALF | FIELD_OFFSET;

    if ((fields & FIELD_YEAR_DAY) != FIELD_YEAR_DAY) {
        return refuse(errs, picture, "a month and a day are needed");
    }
    if (fields & below_hour && !(fields & FIELD_HOUR)) {
        return refuse(errs, picture, "a time needs an hour");
    }
    if (fields & FIELD_SECOND && !(fields & FIELD_MINUTE)) {
        return refuse(errs, picture, "seconds need minutes");
    }
    if (fields & FIELD_FRACTION && !(fields & FIELD_SECOND)) {
        return refuse(errs, picture, "a fraction needs seconds");
    }
    if (is_half_hour != ((fields & FIELD_HALF) != 0)) {
        return refuse(errs, picture, "hh and A belong together");
    }
    return true;
}

static bool refuse(lgs_errs_t *errs, lgs_str_t picture, const char *why)
{
    lgs_str_t shown = {picture.data, picture.len < MAX_SHOWN ? picture.len : MAX_SHOWN};

    lgs_errs_add(errs, "date-format", (lgs_pos_t){0}, "date format \"%.*s\" is wrong: %s",
                 LGS_FMT(shown), why);
    return false;
}

/* ---- reading -------------------------------------------------------------------------------- */

bool lgs_dateformat_lacks_year(const lgs_dateformat_t *format)
{
    return format->lacks_year;
}

bool lgs_datetime_read(const lgs_dateformat_t *format, lgs_str_t text, lgs_datetime_t *value)
{
    return !format->lacks_year && lgs_datetime_read_near(format, text, NULL, value);
}

bool lgs_datetime_read_near(const lgs_dateformat_t *format, lgs_str_t text,
                            const lgs_datetime_t *near, lgs_datetime_t *value)
{
    parsed_t d = {.month = 1, .day = 1, .half = -1};

    if (text.len == 0) {
        return false;
    }
    if (!(format->read ? format->read(text, &d) : read_steps(format, text, &d))) {
        return false;
    }
    return format->lacks_year ? find_year(&d, near, value) : to_value(&d, value);
}

/* The year in which it is nearest to `near`; 29 February only where there is one. */
static bool find_year(const parsed_t *d, const lgs_datetime_t *near, lgs_datetime_t *value)
{
    int64_t middle, best = INT64_MAX;
    bool found = false;

    if (near == NULL) {
        return false;
    }
    middle = lgs_days_from_civil(near->year, near->month, near->day);
    for (int year = near->year - 1; year <= near->year + 1; year++) {
        lgs_datetime_t candidate;
        parsed_t dated = *d;
        int64_t distance;

        dated.year = year;
        if (!to_value(&dated, &candidate)) {
            continue;
        }
        distance = lgs_days_from_civil(candidate.year, candidate.month, candidate.day) - middle;
        distance = distance < 0 ? -distance : distance;
        if (distance < best) {
            best = distance;
            *value = candidate;
            found = true;
        }
    }
    return found;
}

static bool read_steps(const lgs_dateformat_t *format, lgs_str_t text, parsed_t *d)
{
    cursor_t c = {text.data, text.data + text.len};

    d->has_time = format->has_time;
    for (size_t i = 0; i < format->n; i++) {
        const step_t *step = &format->steps[i];

        if (step->part) {
            if (!step->part->read(&c, d)) {
                return false;
            }
        } else if (c.p == c.end || *c.p++ != step->literal) {
            return false;
        }
    }
    return c.p == c.end;
}

/* Checks that it is a real date and time; carries 24:00 and the day of the year. */
static bool to_value(const parsed_t *d, lgs_datetime_t *value)
{
    int year = d->year, month = d->month, day = d->day, hour = d->hour;
    bool is_midnight = hour == 24;
    int64_t days;

    if (year < 1 || year > 9999 || month < 1 || month > 12) {
        return false;
    }
    if (!day_of_year(d, &days)) {
        return false;
    }
    if (hour > 24 || d->minute > 59 || d->second > 60 ||
        (is_midnight && (d->minute || d->second || d->nanosecond))) {
        return false;
    }
    if (d->year_day || d->week || is_midnight) {
        lgs_civil_from_days(days + is_midnight, &year, &month, &day);
        hour = is_midnight ? 0 : hour;
    }
    *value = (lgs_datetime_t){
        .year = (int16_t)year,
        .month = (uint8_t)month,
        .day = (uint8_t)day,
        .hour = (uint8_t)hour,
        .minute = (uint8_t)d->minute,
        .second = (uint8_t)(d->second < 60 ? d->second : 59),
        .nanosecond = d->nanosecond,
        .has_time = d->has_time,
        .has_offset = d->has_offset,
        .offset_s = d->offset_s,
    };
    return year >= 1 && year <= 9999;
}

/* Month and day, day of the year, or week and its day → days since 1970. False: there is none. */
static bool day_of_year(const parsed_t *d, int64_t *days)
{
    int64_t fourth = lgs_days_from_civil(d->year, 1, 4), monday;

    if (d->week) {
        /* 4 January is always in week 1; 1970-01-01 was a Thursday */
        monday = lgs_floor_div(fourth + 3, 7) * 7 - 3;
        *days = monday + (d->week - 1) * 7 + d->week_day - 1;
        return d->week < 53 || monday + 52 * 7 + 3 < lgs_days_from_civil(d->year + 1, 1, 1);
    }
    if (d->year_day) {
        *days = lgs_days_from_civil(d->year, 1, d->year_day);
        return d->year_day <= 365 + lgs_is_leap(d->year);
    }
    *days = lgs_days_from_civil(d->year, d->month, d->day);
    return d->day >= 1 && d->day <= lgs_days_in_month(d->year, d->month);
}

/* YYYY-MM-DD ("T" | " ") HH:mm [:SS [("." | ",") f]] [Z] */
static bool read_iso(lgs_str_t text, parsed_t *d)
{
    cursor_t c = {text.data, text.data + text.len};

    if (text.len < 16 || !read_plain_date(lgs_str(text.data, 10), d)) {
        return false;
    }
    c.p += 10;
    if (*c.p != 'T' && *c.p != 't' && *c.p != ' ') {
        return false;
    }
    c.p++;
    d->has_time = true;
    if (!part_hour(&c, d) || *c.p++ != ':' || !part_minute(&c, d)) {
        return false;
    }
    if (c.p < c.end && *c.p == ':') {
        c.p++;
        if (!part_second(&c, d)) {
            return false;
        }
        if (c.p < c.end && (*c.p == '.' || *c.p == ',')) {
            c.p++;
            if (!part_fraction(&c, d)) {
                return false;
            }
        }
    }
    return c.p == c.end || (part_offset(&c, d) && c.p == c.end);
}

static bool read_plain_date(lgs_str_t text, parsed_t *d)
{
    cursor_t c = {text.data, text.data + text.len};

    return text.len == 10 && part_year(&c, d) && *c.p++ == '-' && part_month(&c, d) &&
           *c.p++ == '-' && part_day(&c, d);
}

static bool read_count(lgs_str_t text, int64_t *number)
{
    bool negative = text.data[0] == '-';
    size_t n = negative;

    *number = 0;
    for (; n < text.len && n < 18 && text.data[n] >= '0' && text.data[n] <= '9'; n++) {
        *number = *number * 10 + (text.data[n] - '0');
    }
    *number = negative ? -*number : *number;
    return n == text.len && n > (size_t)negative;
}

static bool from_seconds(int64_t seconds, parsed_t *d)
{
    lgs_datetime_t value;

    lgs_datetime_from_epoch(seconds, 0, &value);
    *d = (parsed_t){
        .year = value.year,
        .month = value.month,
        .day = value.day,
        .hour = value.hour,
        .minute = value.minute,
        .second = value.second,
        .has_time = true,
        .has_offset = true,
    };
    return lgs_datetime_to_epoch(&value) == seconds; /* else out of the years that there are */
}

static bool read_epoch(lgs_str_t text, parsed_t *d)
{
    int64_t number;

    return read_count(text, &number) && from_seconds(number, d);
}

static bool read_epoch_ms(lgs_str_t text, parsed_t *d)
{
    int64_t number, seconds;

    if (!read_count(text, &number)) {
        return false;
    }
    seconds = lgs_floor_div(number, 1000);
    if (!from_seconds(seconds, d)) {
        return false;
    }
    d->nanosecond = (uint32_t)(number - seconds * 1000) * 1000000;
    return true;
}

/*
 * Days since 1899-12-30, the time as a fraction, in no zone. Day 60 is 29 February 1900, which
 * never was, and the days before it are counted one off: refused.
 */
static bool read_excel(lgs_str_t text, parsed_t *d)
{
    const lgs_decimal_t day_ms = {86400000, 0, false};
    lgs_decimal_t number;
    int year, month, day;
    int64_t ms, days;

    if (!lgs_decimal_read(text, &number) || !lgs_decimal_mul(number, day_ms, &number) ||
        !lgs_decimal_round(number, 0, LGS_ROUND_HALF_UP, &number) || number.negative ||
        number.digits >= (unsigned __int128)INT64_MAX) {
        return false;
    }
    ms = (int64_t)number.digits;
    days = ms / 86400000;
    if (number.scale != 0 || days <= 60 || days > EXCEL_LAST_DAY) {
        return false;
    }
    lgs_civil_from_days(days + EXCEL_FIRST_DAY, &year, &month, &day);
    ms -= days * 86400000;
    *d = (parsed_t){
        .year = year,
        .month = month,
        .day = day,
        .hour = (int)(ms / 3600000),
        .minute = (int)(ms / 60000 % 60),
        .second = (int)(ms / 1000 % 60),
        .nanosecond = (uint32_t)(ms % 1000) * 1000000,
        .has_time = memchr(text.data, '.', text.len) != NULL,
    };
    return true;
}

/* ---- parts ---------------------------------------------------------------------------------- */

static bool part_year(cursor_t *c, parsed_t *d)
{
    return digits(c, 4, 4, &d->year);
}

static bool part_short_year(cursor_t *c, parsed_t *d)
{
    if (!digits(c, 2, 2, &d->year)) {
        return false;
    }
    d->year += d->year < PIVOT_YEAR ? 2000 : 1900;
    return true;
}

static bool part_month(cursor_t *c, parsed_t *d)
{
    return digits(c, 2, 2, &d->month);
}

static bool part_month_1(cursor_t *c, parsed_t *d)
{
    return digits(c, 1, 2, &d->month);
}

static bool part_month_name(cursor_t *c, parsed_t *d)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    if (c->end - c->p < 3) {
        return false;
    }
    for (int month = 0; month < 12; month++) {
        const char *name = names + month * 3;

        if ((c->p[0] | 0x20) == name[0] && (c->p[1] | 0x20) == name[1] &&
            (c->p[2] | 0x20) == name[2]) {
            d->month = month + 1;
            c->p += 3;
            return true;
        }
    }
    return false;
}

/* English and in full: "April". */
static bool part_long_month(cursor_t *c, parsed_t *d)
{
    static const char *const rests[] = {"uary", "ruary", "ch",     "il",   "",      "e",
                                        "y",    "ust",   "tember", "ober", "ember", "ember"};
    const char *rest;

    if (!part_month_name(c, d)) {
        return false;
    }
    for (rest = rests[d->month - 1]; *rest && c->p < c->end && (*c->p | 0x20) == *rest; rest++) {
        c->p++;
    }
    return *rest == '\0';
}

static bool part_day(cursor_t *c, parsed_t *d)
{
    return digits(c, 2, 2, &d->day);
}

static bool part_day_1(cursor_t *c, parsed_t *d)
{
    return digits(c, 1, 2, &d->day);
}

static bool part_year_day(cursor_t *c, parsed_t *d)
{
    return digits(c, 3, 3, &d->year_day) && d->year_day > 0;
}

/* A week without a day is its Monday. */
static bool part_week(cursor_t *c, parsed_t *d)
{
    d->week_day = 1;
    return digits(c, 2, 2, &d->week) && d->week >= 1 && d->week <= 53;
}

static bool part_week_and_day(cursor_t *c, parsed_t *d)
{
    return part_week(c, d) && digits(c, 1, 1, &d->week_day) && d->week_day >= 1 && d->week_day <= 7;
}

static bool part_hour(cursor_t *c, parsed_t *d)
{
    return digits(c, 2, 2, &d->hour);
}

static bool part_hour_1(cursor_t *c, parsed_t *d)
{
    return digits(c, 1, 2, &d->hour);
}

/* 12 AM is 0, 12 PM is 12; A may have come before it or comes later. */
static void join_half(parsed_t *d)
{
    if (d->half >= 0 && d->hour >= 1) {
        d->hour = d->hour % 12 + 12 * d->half;
    }
}

static bool part_half_hour(cursor_t *c, parsed_t *d)
{
    if (!digits(c, 2, 2, &d->hour) || d->hour < 1 || d->hour > 12) {
        return false;
    }
    join_half(d);
    return true;
}

static bool part_half_hour_1(cursor_t *c, parsed_t *d)
{
    if (!digits(c, 1, 2, &d->hour) || d->hour < 1 || d->hour > 12) {
        return false;
    }
    join_half(d);
    return true;
}

static bool part_half(cursor_t *c, parsed_t *d)
{
    if (c->end - c->p < 2 || (c->p[1] | 0x20) != 'm') {
        return false;
    }
    if ((c->p[0] | 0x20) != 'a' && (c->p[0] | 0x20) != 'p') {
        return false;
    }
    d->half = (c->p[0] | 0x20) == 'p';
    c->p += 2;
    join_half(d);
    return true;
}

static bool part_minute(cursor_t *c, parsed_t *d)
{
    return digits(c, 2, 2, &d->minute);
}

static bool part_second(cursor_t *c, parsed_t *d)
{
    return digits(c, 2, 2, &d->second);
}

/* Digits past the ninth are dropped: no clock of a partner has them. */
static bool part_fraction(cursor_t *c, parsed_t *d)
{
    uint32_t weight = 100000000;
    const char *first = c->p;

    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
        d->nanosecond += (uint32_t)(*c->p - '0') * weight;
        weight /= 10;
    }
    return c->p > first;
}

/* "Z" | ("+" | "-") hh [[":"] mm] */
static bool part_offset(cursor_t *c, parsed_t *d)
{
    bool west;
    int hours, minutes = 0;

    if (c->p == c->end) {
        return false;
    }
    d->has_offset = true;
    if (*c->p == 'Z' || *c->p == 'z') {
        c->p++;
        return true;
    }
    west = *c->p == '-';
    if (*c->p != '+' && !west) {
        return false;
    }
    c->p++;
    if (!digits(c, 2, 2, &hours) || hours > 23) {
        return false;
    }
    if (c->p < c->end && *c->p == ':') {
        c->p++;
        if (!digits(c, 2, 2, &minutes)) {
            return false;
        }
    } else if (c->p < c->end && *c->p >= '0' && *c->p <= '9' && !digits(c, 2, 2, &minutes)) {
        return false;
    }
    d->offset_s = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return minutes < 60;
}

/*
 * Letters of a zone with one meaning: those of RFC 5322 section 4.3 and Europe's. Others mean
 * different offsets to different partners (IST: India, Ireland, Israel): they go through a lookup.
 */
static bool part_zone(cursor_t *c, parsed_t *d)
{
    static const struct {
        const char *letters;
        int8_t hours;
    } zones[] = {
        {"UTC", 0},  {"GMT", 0},  {"UT", 0},   {"WET", 0},  {"WEST", 1}, {"CET", 1},  {"MEZ", 1},
        {"CEST", 2}, {"MESZ", 2}, {"EET", 2},  {"EEST", 3}, {"EST", -5}, {"EDT", -4}, {"CST", -6},
        {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7},
    };
    const char *start = c->p;
    lgs_str_t letters;

    while (c->p < c->end && *c->p >= 'A' && *c->p <= 'Z') {
        c->p++;
    }
    letters = lgs_str(start, (size_t)(c->p - start));
    for (size_t i = 0; i < LGS_N(zones); i++) {
        if (lgs_str_is(letters, zones[i].letters)) {
            d->has_offset = true;
            d->offset_s = zones[i].hours * 3600;
            return true;
        }
    }
    c->p = start;
    return part_offset(c, d); /* "Z" and "+02" are letters of a zone, too */
}

static bool digits(cursor_t *c, unsigned at_least, unsigned at_most, int *number)
{
    unsigned n = 0;

    *number = 0;
    for (; n < at_most && c->p < c->end && *c->p >= '0' && *c->p <= '9'; n++) {
        *number = *number * 10 + (*c->p++ - '0');
    }
    return n >= at_least;
}
