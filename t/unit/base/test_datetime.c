#include "../../../ngx_logistics_module/base/datetime.h"
#include "../unit.h"

static lgs_arena_t *arena;

static lgs_dateformat_t *format_of(const char *picture)
{
    lgs_errs_t errs;
    lgs_dateformat_t *format;

    lgs_errs_init(&errs, arena, 3);
    format = lgs_dateformat_compile(arena, lgs_cstr(picture), &errs);
    CHECK((format == NULL) == (errs.n == 1));
    return format;
}

/* What `text` says by `picture`; "" when it does not fit. */
static lgs_str_t read_as(const char *picture, const char *text)
{
    lgs_dateformat_t *format = format_of(picture);
    lgs_datetime_t value;

    CHECK(format != NULL);
    if (format == NULL || !lgs_datetime_read(format, lgs_cstr(text), &value)) {
        return LGS_STR("");
    }
    return lgs_datetime_text(arena, &value);
}

TEST(pictures)
{
    static const struct {
        const char *picture, *text, *want;
    } cases[] = {
        {"CCYYMMDD", "20191102", "2019-11-02"},
        {"CCYYMMDD HHMM", "20191102 1648", "2019-11-02T16:48:00"},
        {"CCYYMMDD HHMMSS", "20191102 164859", "2019-11-02T16:48:59"},
        {"CCYYMMDDHHMM", "201911021648", "2019-11-02T16:48:00"},
        {"YYMMDD", "691231", "2069-12-31"},
        {"YYMMDD", "700101", "1970-01-01"},
        {"YYDDD", "20060", "2020-02-29"},
        {"CCYYDDD", "2020366", "2020-12-31"},
        {"CCYYDDD", "2019366", ""},
        {"CCYYDDD", "2019000", ""},
        {"YYWWD", "19445", "2019-11-01"},
        {"CCYYWW", "201944", "2019-10-28"},
        {"CCYYWW", "202601", "2025-12-29"},
        {"CCYYWWD", "2020537", "2021-01-03"},
        {"CCYYWWD", "2021537", ""},
        {"CCYYWWD", "2019440", ""},
        {"CCYYWWD", "2019448", ""},
        {"CCYYWW", "201900", ""},
        {"CCYYMMDDHHMMZ", "201911021648+0130", "2019-11-02T16:48:00+01:30"},
        {"CCYYMMDDHHMMZZZ", "201911021648EST", "2019-11-02T16:48:00-05:00"},
        {"CCYYMMDDHHMMSSZZZ", "20191102164859CEST", "2019-11-02T16:48:59+02:00"},
        {"CCYYMMDDHHMMZZZ", "201911021648UTC", "2019-11-02T16:48:00Z"},
        {"CCYYMMDDHHMMZZZ", "201911021648+02", "2019-11-02T16:48:00+02:00"},
        {"CCYYMMDDHHMMZZZ", "201911021648IST", ""},
        {"CCYYMMDDHHMMZZZ", "201911021648", ""},
        {"CCYYMMDD HHMMSSf", "20191102 1648597", "2019-11-02T16:48:59.7"},
        {"CCYYMMDD HHMMSSf", "20191102 16485975", "2019-11-02T16:48:59.75"},
        {"CCYYMMDD HHMM", "20191231 2400", "2020-01-01T00:00:00"},
        {"DD.MM.YYYY HH:mm", "02.11.2019 16:48", "2019-11-02T16:48:00"},
        {"DD.MM.YYYY HH:mm", "2.11.2019 16:48", ""},
        {"D.M.YYYY H:mm", "2.11.2019 6:48", "2019-11-02T06:48:00"},
        {"MM/DD/YYYY hh:mm A", "11/02/2019 12:05 AM", "2019-11-02T00:05:00"},
        {"MM/DD/YYYY hh:mm A", "11/02/2019 12:05 pm", "2019-11-02T12:05:00"},
        {"MM/DD/YYYY hh:mm A", "11/02/2019 11:05 PM", "2019-11-02T23:05:00"},
        {"MM/DD/YYYY hh:mm A", "11/02/2019 00:05 AM", ""},
        {"MM/DD/YYYY hh:mm A", "11/02/2019 13:05 PM", ""},
        {"MM/DD/YYYY hh:mm A", "11/02/2019 11:05 XM", ""},
        {"A hh.mm YYYY-MM-DD", "PM 01.30 2019-11-02", "2019-11-02T13:30:00"},
        {"DD-MMM-YYYY", "02-Nov-2019", "2019-11-02"},
        {"DD-MMM-YYYY", "02-NOV-2019", "2019-11-02"},
        {"DD-MMM-YYYY", "02-Okt-2019", ""},
        {"MMMM D, YYYY", "April 8, 2015", "2015-04-08"},
        {"MMMM D, YYYY", "MAY 31, 2015", "2015-05-31"},
        {"MMMM D, YYYY", "September 30, 2015", "2015-09-30"},
        {"MMMM D, YYYY", "Apr 8, 2015", ""},
        {"MMMM D, YYYY", "Aprils 8, 2015", ""},
        {"YYYY-MM-DDTHH:mm:SS.fZ", "2019-11-02T16:48:00.25-06:00", "2019-11-02T16:48:00.25-06:00"},
        {"YYYY-MM-DDTHH:mm:SSZ", "2019-11-02T16:48:00+0530", "2019-11-02T16:48:00+05:30"},
        {"YYYY-MM-DDTHH:mm:SSZ", "2019-11-02T16:48:00+05", "2019-11-02T16:48:00+05:00"},
        {"YYYY-MM-DDTHH:mm:SSZ", "2019-11-02T16:48:00+05:60", ""},
        {"YYYY-MM-DDTHH:mm:SSZ", "2019-11-02T16:48:00+24:00", ""},
        {"YYYY-MM-DDTHH:mm:SSZ", "2019-11-02T16:48:00", ""},
        {"YYYY-MM-DD HH:MM:SS", "2019-11-02 16:48:01", "2019-11-02T16:48:01"},
        {"CCYYMMDD HHMM", "20191102 2400", "2019-11-03T00:00:00"},
        {"CCYYMMDD HHMM", "20191231 2400", "2020-01-01T00:00:00"},
        {"CCYYMMDD HHMM", "99991231 2400", ""},
        {"CCYYMMDD HHMM", "20191102 2401", ""},
        {"CCYYMMDD HHMM", "20191102 1660", ""},
        {"CCYYMMDD HHMMSS", "20191102 235960", "2019-11-02T23:59:59"},
        {"CCYYMMDD HHMMSS", "20191102 235961", ""},
        {"CCYYMMDD", "20190230", ""},
        {"CCYYMMDD", "20190229", ""},
        {"CCYYMMDD", "20200229", "2020-02-29"},
        {"CCYYMMDD", "19000229", ""},
        {"CCYYMMDD", "20000229", "2000-02-29"},
        {"CCYYMMDD", "00000101", ""},
        {"CCYYMMDD", "00010101", "0001-01-01"},
        {"CCYYMMDD", "99991231", "9999-12-31"},
        {"CCYYMMDD", "20191301", ""},
        {"CCYYMMDD", "20190001", ""},
        {"CCYYMMDD", "20190100", ""},
        {"CCYYMMDD", "2019010", ""},
        {"CCYYMMDD", "201901011", ""},
        {"CCYYMMDD", "2019o101", ""},
        {"CCYYMMDD", "", ""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(read_as(cases[i].picture, cases[i].text), cases[i].want);
    }
}

TEST(iso_has_optional_parts)
{
    static const char *const cases[][2] = {
        {"2019-11-02T16:48:00-06:00", "2019-11-02T16:48:00-06:00"},
        {"2019-11-02 16:48:00", "2019-11-02T16:48:00"},
        {"2019-11-02T16:48", "2019-11-02T16:48:00"},
        {"2019-11-02T16:48Z", "2019-11-02T16:48:00Z"},
        {"2019-11-02T16:48:00.120Z", "2019-11-02T16:48:00.12Z"},
        {"2019-11-02T16:48:00,5Z", "2019-11-02T16:48:00.5Z"},
        {"2019-11-02T16:48:00.0000000019Z", "2019-11-02T16:48:00.000000001Z"},
        {"2019-11-02T16:48:00+00:00", "2019-11-02T16:48:00Z"},
        {"2019-11-02T24:00:00Z", "2019-11-03T00:00:00Z"},
        {"2019-11-02T16:48:00.Z", ""},
        {"2019-11-02", ""},
        {"2019-11-02T16", ""},
        {"2019-11-02T16:48:", ""},
        {"2019-11-02T16:48:00ZZ", ""},
        {"2019-11-02_16:48:00", ""},
        {"2019-11-31T16:48:00", ""},
        {"19-11-02T16:48:00Z", ""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(read_as("iso", cases[i][0]), cases[i][1]);
    }
}

TEST(other_names)
{
    CHECK_STR(read_as("date", "2019-11-02"), "2019-11-02");
    CHECK_STR(read_as("date", "2019-11-02T00:00:00"), "");
    CHECK_STR(read_as("date", "2019/11/02"), "");
    CHECK_STR(read_as("epoch", "0"), "1970-01-01T00:00:00Z");
    CHECK_STR(read_as("epoch", "-1"), "1969-12-31T23:59:59Z");
    CHECK_STR(read_as("epoch", "253402300799"), "9999-12-31T23:59:59Z");
    CHECK_STR(read_as("epoch", "253402300800"), "");
    CHECK_STR(read_as("epoch", "-62135596800"), "0001-01-01T00:00:00Z");
    CHECK_STR(read_as("epoch", "-62135596801"), "");
    CHECK_STR(read_as("epoch", "999999999999999999"), "");
    CHECK_STR(read_as("epoch", "9999999999999999999"), "");
    CHECK_STR(read_as("epoch", "-"), "");
    CHECK_STR(read_as("epoch", "1.5"), "");
    CHECK_STR(read_as("epoch_ms", "1572712880250"), "2019-11-02T16:41:20.25Z");
    CHECK_STR(read_as("epoch_ms", "-1"), "1969-12-31T23:59:59.999Z");
}

TEST(days_of_a_spreadsheet)
{
    CHECK_STR(read_as("excel", "45615"), "2024-11-19");
    CHECK_STR(read_as("excel", "45615.5"), "2024-11-19T12:00:00");
    CHECK_STR(read_as("excel", "45615.700694444"), "2024-11-19T16:49:00");
    CHECK_STR(read_as("excel", "61"), "1900-03-01");
    CHECK_STR(read_as("excel", "60"), "");
    CHECK_STR(read_as("excel", "2958465"), "9999-12-31");
    CHECK_STR(read_as("excel", "2958466"), "");
    CHECK_STR(read_as("excel", "-45615"), "");
    CHECK_STR(read_as("excel", "45615,5"), "");
    CHECK_STR(read_as("excel", "99999999999999999999999999999999999999"), "");
}

/* A day without a year, by the date that it is near to. */
static lgs_str_t read_near(const char *picture, const char *text, int year, int month, int day)
{
    lgs_dateformat_t *format = format_of(picture);
    lgs_datetime_t near = {.year = (int16_t)year, .month = (uint8_t)month, .day = (uint8_t)day};
    lgs_datetime_t value;

    CHECK(format && lgs_dateformat_lacks_year(format));
    CHECK(format && !lgs_datetime_read(format, lgs_cstr(text), &value));
    if (format == NULL || !lgs_datetime_read_near(format, lgs_cstr(text), &near, &value)) {
        return LGS_STR("");
    }
    return lgs_datetime_text(arena, &value);
}

TEST(a_year_that_is_lacking_is_the_nearest)
{
    CHECK_STR(read_near("MMDD", "1102", 2019, 11, 5), "2019-11-02");
    CHECK_STR(read_near("MMDD", "1231", 2020, 1, 2), "2019-12-31");
    CHECK_STR(read_near("MMDD", "0102", 2019, 12, 30), "2020-01-02");
    CHECK_STR(read_near("DD.MM. HH:mm", "02.01. 24:00", 2019, 12, 30), "2020-01-03T00:00:00");
    CHECK_STR(read_near("MMDD", "0229", 2019, 3, 1), "2020-02-29");
    CHECK_STR(read_near("MMDD", "0229", 2022, 3, 1), "");
    CHECK_STR(read_near("MMDD", "1302", 2019, 11, 5), "");
    CHECK_STR(read_near("MMDD", "1231", 9999, 12, 31), "9999-12-31");
    CHECK_STR(read_near("MMDD", "0101", 1, 1, 1), "0001-01-01");
}

TEST(wrong_pictures_are_refused)
{
    static const char *const bad[] = {
        "",
        "CC",
        "CCYY",
        "CCYYMM",
        "HHMM",
        "CCYYMMDDDD",
        "CCYYMMDDDDD",
        "CCYYMMDD YY",
        "CCYYMMDDX",
        "yyyy-MM-dd",
        "CCYYMMDD mm",
        "CCYYMMDD HHSS",
        "CCYYMMDD HHMMf",
        "CCYYMMDD Z",
        "CCYYMMDD hhmm",
        "CCYYMMDD HHmmA",
        "CCYYMMDD f",
        "CCYYWWMM",
        "CCYYMMDDHHMMZZZZ",
    };
    char longest[80];

    for (size_t i = 0; i < LGS_N(bad); i++) {
        if (format_of(bad[i])) {
            CHECK(!"accepted");
            printf("# %s\n", bad[i]);
        }
    }
    memset(longest, '-', sizeof(longest));
    memcpy(longest, "CCYYMMDD", 8);
    CHECK(lgs_dateformat_compile(arena, lgs_str(longest, 64), NULL) != NULL);
    CHECK(lgs_dateformat_compile(arena, lgs_str(longest, 65), NULL) == NULL);
}

TEST(every_day_there_and_back)
{
    lgs_datetime_t value;
    int month = 12, day = 31, year = 0;
    bool all_follow = true, all_return = true;

    for (int64_t at = -62135596800; at <= 253402300799; at += 86400) {
        lgs_datetime_from_epoch(at, 0, &value);
        all_return &= lgs_datetime_to_epoch(&value) == at;
        all_follow &= value.year == year && value.month == month ? value.day == day + 1
                                                                 : value.day == 1;
        year = value.year;
        month = value.month;
        day = value.day;
    }
    CHECK(all_return && all_follow);
    CHECK(year == 9999 && month == 12 && day == 31);
    lgs_datetime_from_epoch(INT64_MAX, 3600, &value);
    CHECK(value.year == 9999);
    lgs_datetime_from_epoch(INT64_MIN, -3600, &value);
    CHECK(value.year == 0);
}

TEST(texts)
{
    lgs_datetime_t value;
    lgs_datetime_t day = {.year = 2019, .month = 11, .day = 2};

    lgs_datetime_from_epoch(1572734880, -6 * 3600, &value);
    value.nanosecond = 120000000;
    CHECK_STR(lgs_datetime_text(arena, &value), "2019-11-02T16:48:00.12-06:00");
    CHECK_STR(lgs_datetime_local_text(arena, &value), "2019-11-02T16:48:00.12");
    CHECK_STR(lgs_datetime_odoo_text(arena, &value), "2019-11-02 22:48:00");
    CHECK_STR(lgs_datetime_text(arena, &day), "2019-11-02");
    CHECK_STR(lgs_datetime_local_text(arena, &day), "2019-11-02");
}

TEST(rfc3339_checks)
{
    static const char *const good[] = {
        "1963-06-19T08:30:06.283185Z",   "1963-06-19T08:30:06Z", "1937-01-01T12:00:27.87+00:20",
        "1990-12-31T15:59:50.123-08:00", "1998-12-31T23:59:60Z", "1998-12-31T15:59:60.123-08:00",
        "1963-06-19t08:30:06.283185z",   "2020-02-29T00:00:00Z"};
    static const char *const bad[] = {"1998-12-31T23:59:61Z",
                                      "1998-12-31T23:58:60Z",
                                      "1998-12-31T22:59:60Z",
                                      "1990-02-31T15:59:59.123-08:00",
                                      "1990-12-31T15:59:59-24:00",
                                      "1963-06-19T08:30:06.28123+01:00Z",
                                      "06/19/1963 08:30:06 PST",
                                      "2013-350T01:01:01",
                                      "1963-6-19T08:30:06.283185Z",
                                      "1963-06-1T08:30:06.283185Z",
                                      "1963-06-1৪T00:00:00Z",
                                      "1963-06-11T0৪:00:00Z",
                                      "1963-06-19T08:30:06",
                                      "1963-06-19 08:30:06Z",
                                      "+11963-06-19T08:30:06Z",
                                      "1963-06-19T08:30:06.Z",
                                      "1963-06-19T08:30Z",
                                      "",
                                      "1963-06-19",
                                      "1963-06-19T"};

    for (size_t i = 0; i < LGS_N(good); i++) {
        CHECK(lgs_is_rfc3339_datetime(lgs_cstr(good[i])));
    }
    for (size_t i = 0; i < LGS_N(bad); i++) {
        CHECK(!lgs_is_rfc3339_datetime(lgs_cstr(bad[i])));
    }
    CHECK(lgs_is_rfc3339_date(LGS_STR("2020-01-31")) &&
          !lgs_is_rfc3339_date(LGS_STR("2021-02-29")));
    CHECK(!lgs_is_rfc3339_date(LGS_STR("2020-1-31")) && !lgs_is_rfc3339_date(LGS_STR("")));
    CHECK(lgs_is_rfc3339_time(LGS_STR("01:29:60+01:30")));
    CHECK(lgs_is_rfc3339_time(LGS_STR("23:29:60+23:30")));
    CHECK(!lgs_is_rfc3339_time(LGS_STR("23:59:60+01:00")));
    CHECK(!lgs_is_rfc3339_time(LGS_STR("12:00:00")) && !lgs_is_rfc3339_time(LGS_STR("24:00:00Z")));
}

TEST(durations_and_sizes)
{
    static const struct {
        const char *text;
        uint64_t want; /* UINT64_MAX: refused */
    } durations[] = {{"30s", 30000},
                     {"10m", 600000},
                     {"72h", 259200000},
                     {"7d", 604800000},
                     {"1500ms", 1500},
                     {"0s", 0},
                     {"", UINT64_MAX},
                     {"s", UINT64_MAX},
                     {"30", UINT64_MAX},
                     {"-1s", UINT64_MAX},
                     {"1.5s", UINT64_MAX},
                     {"1h30m", UINT64_MAX},
                     {"30 s", UINT64_MAX},
                     {"1w", UINT64_MAX},
                     {"18446744073709551614ms", UINT64_MAX - 1},
                     {"18446744073709551616ms", UINT64_MAX},
                     {"18446744073709552s", UINT64_MAX}},
      sizes[] = {{"512", 512},
                 {"64k", 65536},
                 {"64K", 65536},
                 {"20m", 20971520},
                 {"1g", 1073741824},
                 {"1G", 1073741824},
                 {"", UINT64_MAX},
                 {"k", UINT64_MAX},
                 {"1kb", UINT64_MAX},
                 {"17179869184g", UINT64_MAX},
                 {"17179869183g", UINT64_MAX - 1073741823}};
    uint64_t value;

    for (size_t i = 0; i < LGS_N(durations); i++) {
        bool ok = lgs_duration_read(lgs_cstr(durations[i].text), &value);

        CHECK(ok ? value == durations[i].want : durations[i].want == UINT64_MAX);
    }
    for (size_t i = 0; i < LGS_N(sizes); i++) {
        bool ok = lgs_size_read(lgs_cstr(sizes[i].text), &value);

        CHECK(ok ? value == sizes[i].want : sizes[i].want == UINT64_MAX);
    }
}

/* All three digits of the milliseconds, so that texts sort as times do. */
TEST(moments)
{
    static const struct {
        int64_t ms;
        const char *want;
    } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
                 {1763740800180, "2025-11-21T16:00:00.180Z"},
                 {-1, "1969-12-31T23:59:59.999Z"},
                 {INT64_MAX, "9999-12-31T23:59:59.807Z"},
                 {INT64_MIN, "0000-01-01T00:00:00.192Z"}};
    char text[LGS_MOMENT_LEN];

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_moment_write(cases[i].ms, text);
        CHECK_STR(lgs_str(text, sizeof(text)), cases[i].want);
    }
}

TEST(no_memory_is_an_error_at_every_ceiling)
{
    bool was_ok = false;

    for (size_t ceiling = 120; !was_ok && ceiling < 4000; ceiling += 16) {
        lgs_arena_t *small = lgs_arena_create(16, ceiling);
        lgs_errs_t errs;
        lgs_dateformat_t *format;

        lgs_errs_init(&errs, small, 2);
        format = lgs_dateformat_compile(small, LGS_STR("CCYYMMDD HHMM"), &errs);
        was_ok = format != NULL;
        CHECK(was_ok || (errs.n == 1 && strcmp(errs.first->code, "out-of-memory") == 0));
        lgs_arena_destroy(small);
    }
    CHECK(was_ok);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(pictures);
    RUN(iso_has_optional_parts);
    RUN(other_names);
    RUN(days_of_a_spreadsheet);
    RUN(a_year_that_is_lacking_is_the_nearest);
    RUN(wrong_pictures_are_refused);
    RUN(every_day_there_and_back);
    RUN(texts);
    RUN(rfc3339_checks);
    RUN(durations_and_sizes);
    RUN(moments);
    RUN(no_memory_is_an_error_at_every_ceiling);
    lgs_arena_destroy(arena);
    return DONE();
}
