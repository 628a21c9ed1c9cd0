/*
 * Time zones (datetime.h): fixed offsets, and the system's TZif files (RFC 8536) of version 2 and
 * up with the POSIX rule in their footer for the years past their table. A file is read once, at
 * policy load, checked in full, and kept in the arena; a question then costs two binary searches.
 */
#include "civil.h"
#include "datetime.h"
#include "file.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo"
#define MAX_ZONE_NAME  64u
#define MAX_ZONE_FILE  (256u << 10) /* the largest of tzdata 2025b has 4 kB */
#define HEADER_LEN     44u
#define MAX_OFFSET_S   (26 * 3600) /* RFC 8536: offsets stay below 26 hours */
#define MAX_RULE_HOURS 167

typedef struct {
    int32_t offset_s;
    bool is_daylight;
} kind_t;

/* When a rule of the footer sets in: "M3.2.0/2", "J60", "60". */
typedef struct {
    enum { RULE_MONTH, RULE_JULIAN, RULE_DAY } type;
    int month, week, day; /* RULE_MONTH: day of the week; else day of the year */
    int32_t time_s;       /* local time of what was before */
} change_t;

typedef struct {
    int32_t standard_s, daylight_s;
    bool has_daylight;
    change_t to_daylight, to_standard;
} rule_t;

struct lgs_tz_s {
    lgs_str_t name;
    const int64_t *times; /* n of them, ascending */
    const uint8_t *kinds; /* from times[i] on: types[kinds[i]] */
    size_t n;
    const kind_t *types;
    size_t n_types;
    bool has_rule;
    rule_t rule; /* after the last of times */
};

/* The counts of a TZif header, in the file's order. */
typedef struct {
    uint32_t n_ut, n_standard, n_leap, n_times, n_types, n_letters;
} header_t;

static lgs_tz_t *make_fixed(lgs_arena_t *arena, lgs_str_t name, int32_t offset_s);
static bool read_fixed(lgs_str_t name, int32_t *offset_s);
static bool is_zone_name(lgs_str_t name);
static lgs_rc_t load(lgs_arena_t *arena, lgs_tz_t *tz, lgs_errs_t *errs);
static lgs_rc_t read_file(lgs_arena_t *arena, lgs_tz_t *tz, lgs_str_t file);
static bool read_header(lgs_str_t file, size_t at, header_t *header);
static lgs_rc_t read_table(lgs_arena_t *arena, lgs_tz_t *tz, const char *p, const header_t *header);
static bool read_footer(lgs_tz_t *tz, lgs_str_t text);
static bool is_written(int32_t offset_s);
static bool skip_letters(lgs_str_t *text);
static bool read_clock(lgs_str_t *text, int max_hours, int32_t *seconds);
static bool read_number(lgs_str_t *text, int low, int high, int *number);
static bool read_change(lgs_str_t *text, change_t *change);
static bool take(lgs_str_t *text, char byte);
static int32_t offset_at(const lgs_tz_t *tz, int64_t utc);
static size_t count_changes(const lgs_tz_t *tz, int64_t utc);
static int32_t table_offset(const lgs_tz_t *tz, size_t n_changes);
static bool is_steady(const lgs_tz_t *tz, int64_t local, int32_t *offset_s);
static int32_t rule_offset(const rule_t *rule, int64_t utc);
static int64_t change_in(const change_t *change, int64_t year, int32_t offset_s);

const lgs_tz_t *lgs_tz_load(lgs_arena_t *arena, lgs_str_t name, lgs_errs_t *errs)
{
    int32_t offset_s = 0;
    bool is_fixed = name.len <= MAX_ZONE_NAME && read_fixed(name, &offset_s);
    lgs_tz_t *tz;

    if (!is_fixed && !is_zone_name(name)) {
        lgs_errs_add(errs, "timezone", (lgs_pos_t){0},
                     "\"%.*s\" is not a time zone: give an IANA name (America/Denver) or an offset "
                     "(+02:00)",
                     name.len > MAX_ZONE_NAME ? (int)MAX_ZONE_NAME : (int)name.len,
                     name.data ? name.data : "");
        return NULL;
    }
    tz = make_fixed(arena, name, offset_s);
    if (tz == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    if (is_fixed || lgs_str_is(name, "UTC")) {
        return tz; /* UTC also on a machine without tzdata */
    }
    return load(arena, tz, errs) == LGS_OK ? tz : NULL;
}

lgs_str_t lgs_tz_name(const lgs_tz_t *tz)
{
    return tz->name;
}

/*
 * Every offset of the zone around that time is tried: it is one if it is in force at the moment
 * that it leads to. The bounds lie a day and an offset apart, so that none is missed.
 */
lgs_tz_case_t lgs_tz_apply(const lgs_tz_t *tz, lgs_datetime_t *value)
{
    lgs_datetime_t as_utc = *value;
    int64_t local, first = INT64_MAX;
    int32_t around[4], offset_s = 0;
    unsigned n = 0;

    as_utc.has_offset = true;
    as_utc.offset_s = 0;
    local = lgs_datetime_to_epoch(&as_utc);
    value->has_offset = true;
    if (is_steady(tz, local, &value->offset_s)) {
        return LGS_TZ_UNIQUE;
    }
    around[0] = offset_at(tz, local - MAX_OFFSET_S);
    around[1] = offset_at(tz, local + MAX_OFFSET_S);
    around[2] = offset_at(tz, local - around[0]);
    around[3] = offset_at(tz, local - around[1]);
    for (unsigned i = 0; i < LGS_N(around); i++) {
        int64_t utc = local - around[i];
        bool seen = false;

        for (unsigned j = 0; j < i; j++) {
            seen |= around[j] == around[i];
        }
        if (seen || offset_at(tz, utc) != around[i]) {
            continue;
        }
        n++;
        if (utc < first) {
            first = utc;
            offset_s = around[i];
        }
    }
    value->offset_s = n ? offset_s : around[0];
    return n == 0 ? LGS_TZ_GAP : n == 1 ? LGS_TZ_UNIQUE : LGS_TZ_OVERLAP;
}

/* ---- loading -------------------------------------------------------------------------------- */

static lgs_tz_t *make_fixed(lgs_arena_t *arena, lgs_str_t name, int32_t offset_s)
{
    lgs_tz_t *tz = lgs_arena_zalloc(arena, sizeof(*tz));
    kind_t *type = lgs_arena_zalloc(arena, sizeof(*type));

    if (tz == NULL || type == NULL) {
        return NULL;
    }
    tz->name = lgs_arena_str(arena, name);
    type->offset_s = offset_s;
    tz->types = type;
    tz->n_types = 1;
    return tz->name.data ? tz : NULL;
}

/* "+02:00" */
static bool read_fixed(lgs_str_t name, int32_t *offset_s)
{
    bool west = name.len && name.data[0] == '-';
    lgs_str_t rest = {name.data + 1, name.len - 1};

    if (name.len != 6 || (name.data[0] != '+' && !west) || name.data[3] != ':') {
        return false;
    }
    for (unsigned i = 1; i < 6; i++) {
        if (i != 3 && (name.data[i] < '0' || name.data[i] > '9')) {
            return false;
        }
    }
    if (!read_clock(&rest, 23, offset_s)) {
        return false;
    }
    *offset_s = west ? -*offset_s : *offset_s;
    return true;
}

/* What tzdata's names are made of, and nothing that leads out of its folder. */
static bool is_zone_name(lgs_str_t name)
{
    static const char marks[] = "_+-/";
    char before = '/';

    if (name.len == 0 || name.len > MAX_ZONE_NAME) {
        return false;
    }
    if (lgs_str_starts(name, LGS_STR("right/"))) {
        return false; /* counts leap seconds, unlike every partner */
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i], lower = (char)(c | 0x20);

        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && !memchr(marks, c, 4)) {
            return false;
        }
        if (c == '/' && before == '/') {
            return false;
        }
        before = c;
    }
    return before != '/';
}

static lgs_rc_t load(lgs_arena_t *arena, lgs_tz_t *tz, lgs_errs_t *errs)
{
    lgs_str_t path = lgs_arena_printf(arena, "%s/%.*s", ZONE_DIRECTORY, LGS_FMT(tz->name)), file;
    lgs_rc_t rc;

    if (path.data == NULL) {
        return lgs_errs_nomem(errs);
    }
    rc = lgs_file_read(arena, path.data, MAX_ZONE_FILE, &file, NULL);
    if (rc == LGS_OK) {
        rc = read_file(arena, tz, file);
    }
    if (rc == LGS_NOMEM) {
        return lgs_errs_nomem(errs);
    }
    if (rc != LGS_OK) {
        lgs_errs_add(errs, "timezone", (lgs_pos_t){0},
                     "time zone \"%.*s\" is not in %s: check its name, or that tzdata is installed",
                     LGS_FMT(tz->name), ZONE_DIRECTORY);
    }
    return rc;
}

/* RFC 8536: header and table with 32-bit times, which are skipped, then both with 64-bit times. */
static lgs_rc_t read_file(lgs_arena_t *arena, lgs_tz_t *tz, lgs_str_t file)
{
    header_t header;
    size_t at, size;
    lgs_rc_t rc;

    if (!read_header(file, 0, &header) || file.data[4] < '2') {
        return LGS_INVALID;
    }
    at = HEADER_LEN + (size_t)header.n_times * 5 + (size_t)header.n_types * 6 + header.n_letters +
         (size_t)header.n_leap * 8 + header.n_standard + header.n_ut;
    if (!read_header(file, at, &header) || header.n_leap || header.n_types == 0) {
        return LGS_INVALID;
    }
    at += HEADER_LEN;
    size = (size_t)header.n_times * 9 + (size_t)header.n_types * 6 + header.n_letters +
           header.n_standard + header.n_ut;
    if (size > file.len - at) {
        return LGS_INVALID;
    }
    rc = read_table(arena, tz, file.data + at, &header);
    if (rc != LGS_OK) {
        return rc;
    }
    at += size;
    return read_footer(tz, lgs_str(file.data + at, file.len - at)) ? LGS_OK : LGS_INVALID;
}

static uint32_t read_u32(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool read_header(lgs_str_t file, size_t at, header_t *header)
{
    const char *p = file.data + at;

    if (file.len < HEADER_LEN || at > file.len - HEADER_LEN || memcmp(p, "TZif", 4) != 0) {
        return false;
    }
    *header = (header_t){read_u32(p + 20), read_u32(p + 24), read_u32(p + 28),
                         read_u32(p + 32), read_u32(p + 36), read_u32(p + 40)};
    return header->n_times <= MAX_ZONE_FILE && header->n_types <= 256;
}

/* p holds all of the table: times, their kinds, the types. Abbreviations are of no use here. */
static lgs_rc_t read_table(lgs_arena_t *arena, lgs_tz_t *tz, const char *p, const header_t *header)
{
    const uint8_t *kinds = (const uint8_t *)p + (size_t)header->n_times * 8;
    const char *types = (const char *)kinds + header->n_times;
    int64_t *times = lgs_arena_array(arena, header->n_times, sizeof(*times));
    kind_t *all = lgs_arena_array(arena, header->n_types, sizeof(*all));

    if (times == NULL || all == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < header->n_times; i++, p += 8) {
        times[i] = (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
        if (kinds[i] >= header->n_types || (i && times[i] <= times[i - 1])) {
            return LGS_INVALID;
        }
    }
    for (uint32_t i = 0; i < header->n_types; i++) {
        all[i] = (kind_t){(int32_t)read_u32(types + i * 6), types[i * 6 + 4] != 0};
        if (!is_written(all[i].offset_s)) {
            return LGS_INVALID;
        }
    }
    tz->times = times;
    tz->kinds = kinds; /* the file's bytes live in the arena as well */
    tz->n = header->n_times;
    tz->types = all;
    tz->n_types = header->n_types;
    return LGS_OK;
}

/* ---- the footer: std offset [dst [offset] [,start[/time],end[/time]]] between two line feeds ---
 */

static bool read_footer(lgs_tz_t *tz, lgs_str_t text)
{
    rule_t *rule = &tz->rule;

    if (!take(&text, '\n')) {
        return false;
    }
    if (take(&text, '\n')) {
        return true; /* no rule: the last type of the table goes on for ever */
    }
    if (!skip_letters(&text) || !read_clock(&text, 23, &rule->standard_s)) {
        return false;
    }
    rule->standard_s = -rule->standard_s; /* POSIX counts west of Greenwich */
    tz->has_rule = true;
    if (take(&text, '\n')) {
        return true;
    }
    rule->daylight_s = rule->standard_s + 3600;
    rule->has_daylight = true;
    if (!skip_letters(&text)) {
        return false;
    }
    if (text.len && text.data[0] != ',') {
        if (!read_clock(&text, 23, &rule->daylight_s)) {
            return false;
        }
        rule->daylight_s = -rule->daylight_s;
    }
    return is_written(rule->daylight_s) && take(&text, ',') &&
           read_change(&text, &rule->to_daylight) && take(&text, ',') &&
           read_change(&text, &rule->to_standard) && take(&text, '\n');
}

/* RFC 3339 has no way to write an offset of a day or more. */
static bool is_written(int32_t offset_s)
{
    return offset_s > -LGS_DAY_S && offset_s < LGS_DAY_S;
}

/* "MST" or "<+0330>" */
static bool skip_letters(lgs_str_t *text)
{
    bool quoted = take(text, '<');
    size_t n = 0;

    for (; n < text->len; n++) {
        char c = text->data[n], lower = (char)(c | 0x20);
        bool is_letter = lower >= 'a' && lower <= 'z';

        if (!is_letter && !(quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'))) {
            break;
        }
    }
    *text = lgs_str(text->data + n, text->len - n);
    return n >= 3 && (!quoted || take(text, '>'));
}

/* [+-]hh[:mm[:ss]] → seconds */
static bool read_clock(lgs_str_t *text, int max_hours, int32_t *seconds)
{
    bool negative = take(text, '-');
    int hours, minutes = 0, rest = 0;

    if (!negative) {
        (void)take(text, '+');
    }
    if (!read_number(text, 0, max_hours, &hours)) {
        return false;
    }
    if (take(text, ':')) {
        if (!read_number(text, 0, 59, &minutes)) {
            return false;
        }
        if (take(text, ':') && !read_number(text, 0, 59, &rest)) {
            return false;
        }
    }
    *seconds = hours * 3600 + minutes * 60 + rest;
    *seconds = negative ? -*seconds : *seconds;
    return true;
}

static bool read_number(lgs_str_t *text, int low, int high, int *number)
{
    size_t n = 0;

    *number = 0;
    for (; n < text->len && n < 3 && text->data[n] >= '0' && text->data[n] <= '9'; n++) {
        *number = *number * 10 + (text->data[n] - '0');
    }
    *text = lgs_str(text->data + n, text->len - n);
    return n && *number >= low && *number <= high;
}

static bool read_change(lgs_str_t *text, change_t *change)
{
    change->time_s = 2 * 3600;
    if (take(text, 'M')) {
        change->type = RULE_MONTH;
        if (!read_number(text, 1, 12, &change->month) || !take(text, '.') ||
            !read_number(text, 1, 5, &change->week) || !take(text, '.') ||
            !read_number(text, 0, 6, &change->day)) {
            return false;
        }
    } else {
        change->type = take(text, 'J') ? RULE_JULIAN : RULE_DAY;
        if (!read_number(text, change->type == RULE_JULIAN, 365, &change->day)) {
            return false;
        }
    }
    return !take(text, '/') || read_clock(text, MAX_RULE_HOURS, &change->time_s);
}

static bool take(lgs_str_t *text, char byte)
{
    if (text->len == 0 || text->data[0] != byte) {
        return false;
    }
    *text = lgs_str(text->data + 1, text->len - 1);
    return true;
}

/* ---- asking --------------------------------------------------------------------------------- */

/* The offset in force at a moment, in seconds east of Greenwich. */
static int32_t offset_at(const lgs_tz_t *tz, int64_t utc)
{
    if (tz->has_rule && (tz->n == 0 || utc >= tz->times[tz->n - 1])) {
        return rule_offset(&tz->rule, utc);
    }
    return table_offset(tz, count_changes(tz, utc));
}

/* Of the table: how many changes there were up to that moment. */
static size_t count_changes(const lgs_tz_t *tz, int64_t utc)
{
    size_t low = 0, high = tz->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (tz->times[middle] <= utc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* After so many changes. */
static int32_t table_offset(const lgs_tz_t *tz, size_t n_changes)
{
    return tz->types[n_changes ? tz->kinds[n_changes - 1] : 0].offset_s;
}

/* No change of the table is near that local time: one search tells its offset, as on most days. */
static bool is_steady(const lgs_tz_t *tz, int64_t local, int32_t *offset_s)
{
    size_t n = count_changes(tz, local - MAX_OFFSET_S);

    if (n < tz->n ? tz->times[n] <= local + MAX_OFFSET_S : tz->has_rule) {
        return false;
    }
    *offset_s = table_offset(tz, n);
    return true;
}

static int32_t rule_offset(const rule_t *rule, int64_t utc)
{
    int64_t start, end;
    int year, month, day;

    if (!rule->has_daylight) {
        return rule->standard_s;
    }
    lgs_civil_from_days(lgs_floor_div(utc + rule->standard_s, LGS_DAY_S), &year, &month, &day);
    start = change_in(&rule->to_daylight, year, rule->standard_s);
    end = change_in(&rule->to_standard, year, rule->daylight_s);
    if (start < end) {
        return utc >= start && utc < end ? rule->daylight_s : rule->standard_s;
    }
    return utc >= start || utc < end ? rule->daylight_s : rule->standard_s; /* southern summer */
}

/* The moment of a change in a year; offset_s is what is in force before it. */
static int64_t change_in(const change_t *change, int64_t year, int32_t offset_s)
{
    int64_t day = lgs_days_from_civil(year, 1, 1);

    switch (change->type) {
    case RULE_MONTH:
        day = lgs_days_from_civil(year, change->month, 1);
        day += (change->day - lgs_weekday(day) + 7) % 7 + (change->week - 1) * 7;
        if (day >= lgs_days_from_civil(year, change->month,
                                       1 + lgs_days_in_month((int)year, change->month))) {
            day -= 7; /* week 5 is the last one */
        }
        break;
    case RULE_JULIAN: /* 29 February is never counted */
        day += change->day - 1 + (change->day >= 60 && lgs_is_leap((int)year));
        break;
    case RULE_DAY:
        day += change->day;
        break;
    }
    return day * LGS_DAY_S + change->time_s - offset_s;
}
