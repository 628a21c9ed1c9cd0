#include "../../../ngx_logistics_module/base/datetime.h"
#include "../unit.h"

static lgs_arena_t *arena;
static const char *const names[] = {"unique", "gap", "overlap"};

/* "2026-11-01T01:30:00-06:00 overlap" */
static lgs_str_t in_zone(const char *zone, const char *local)
{
    lgs_errs_t errs;
    const lgs_tz_t *tz;
    lgs_datetime_t value;
    lgs_tz_case_t which;

    lgs_errs_init(&errs, arena, 2);
    tz = lgs_tz_load(arena, lgs_cstr(zone), &errs);
    CHECK(tz != NULL);
    unit_show(&errs);
    if (tz == NULL || !lgs_datetime_read(lgs_dateformat_compile(arena, LGS_STR("iso"), NULL),
                                         lgs_cstr(local), &value)) {
        return LGS_STR("unreadable");
    }
    which = lgs_tz_apply(tz, &value);
    return lgs_arena_printf(arena, "%.*s %s", LGS_FMT(lgs_datetime_text(arena, &value)),
                            names[which]);
}

/* Python's zoneinfo says the same of each, fold=0. */
TEST(local_times_of_zones)
{
    static const char *const cases[][3] = {
        /* clocks go forward on 8 March 2026 at 2:00, back on 1 November at 2:00 */
        {"America/Denver", "2026-03-08T01:59:59", "2026-03-08T01:59:59-07:00 unique"},
        {"America/Denver", "2026-03-08T02:00:00", "2026-03-08T02:00:00-07:00 gap"},
        {"America/Denver", "2026-03-08T02:59:59", "2026-03-08T02:59:59-07:00 gap"},
        {"America/Denver", "2026-03-08T03:00:00", "2026-03-08T03:00:00-06:00 unique"},
        {"America/Denver", "2026-11-01T00:59:59", "2026-11-01T00:59:59-06:00 unique"},
        {"America/Denver", "2026-11-01T01:00:00", "2026-11-01T01:00:00-06:00 overlap"},
        {"America/Denver", "2026-11-01T01:59:59", "2026-11-01T01:59:59-06:00 overlap"},
        {"America/Denver", "2026-11-01T02:00:00", "2026-11-01T02:00:00-07:00 unique"},
        {"America/Denver", "2019-11-02T16:48:00", "2019-11-02T16:48:00-06:00 unique"},
        {"Europe/Berlin", "2026-03-29T02:00:00", "2026-03-29T02:00:00+01:00 gap"},
        {"Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T03:00:00+02:00 unique"},
        {"Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T02:30:00+02:00 overlap"},
        {"Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T03:00:00+01:00 unique"},
        {"Asia/Kolkata", "2026-07-01T12:00:00", "2026-07-01T12:00:00+05:30 unique"},
        {"UTC", "2026-07-01T12:00:00", "2026-07-01T12:00:00Z unique"},
        /* past the table, by the footer; a southern and a half-hour summer, an inverted one */
        {"America/Denver", "2400-03-12T02:30:00", "2400-03-12T02:30:00-07:00 gap"},
        {"America/Denver", "2400-07-01T00:00:00", "2400-07-01T00:00:00-06:00 unique"},
        {"Europe/Berlin", "2250-10-27T02:30:00", "2250-10-27T02:30:00+02:00 overlap"},
        {"Asia/Kolkata", "9999-12-31T23:59:59", "9999-12-31T23:59:59+05:30 unique"},
        {"Australia/Sydney", "2100-01-01T00:00:00", "2100-01-01T00:00:00+11:00 unique"},
        {"Australia/Sydney", "2100-06-01T00:00:00", "2100-06-01T00:00:00+10:00 unique"},
        {"Australia/Lord_Howe", "2100-01-01T00:00:00", "2100-01-01T00:00:00+11:00 unique"},
        {"Europe/Dublin", "2100-01-01T00:00:00", "2100-01-01T00:00:00Z unique"},
        {"Europe/Dublin", "2100-07-01T00:00:00", "2100-07-01T00:00:00+01:00 unique"},
        /* a day that was left out */
        {"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T12:00:00-10:00 gap"},
        {"Pacific/Apia", "2011-12-31T00:00:00", "2011-12-31T00:00:00+14:00 unique"},
        {"+02:00", "2026-07-01T12:00:00", "2026-07-01T12:00:00+02:00 unique"},
        {"-08:30", "2026-07-01T12:00:00", "2026-07-01T12:00:00-08:30 unique"},
        {"Etc/GMT+5", "2026-07-01T12:00:00", "2026-07-01T12:00:00-05:00 unique"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(in_zone(cases[i][0], cases[i][1]), cases[i][2]);
    }
}

TEST(a_zone_keeps_its_name)
{
    CHECK_STR(lgs_tz_name(lgs_tz_load(arena, LGS_STR("Europe/Berlin"), NULL)), "Europe/Berlin");
    CHECK_STR(lgs_tz_name(lgs_tz_load(arena, LGS_STR("+02:00"), NULL)), "+02:00");
}

TEST(what_is_no_zone_is_refused)
{
    static const char *const bad[] = {
        "",
        "Mars/Olympus",
        "../../../etc/passwd",
        "/etc/passwd",
        "Europe/../../passwd",
        "Europe",
        "Europe/",
        "/Europe/Berlin",
        "Europe//Berlin",
        "zone.tab",
        "tzdata.zi",
        "leapseconds",
        "right/Europe/Berlin",
        "+2:00",
        "+0200",
        "+24:00",
        "+02:60",
        "02:00",
        "+02:0x",
        "Europe/Berlin\n",
        "This/name/is/longer/than/sixty-four/bytes/and/so/no/name/of/a/zone",
    };

    for (size_t i = 0; i < LGS_N(bad); i++) {
        lgs_errs_t errs;

        lgs_errs_init(&errs, arena, 2);
        CHECK(lgs_tz_load(arena, lgs_cstr(bad[i]), &errs) == NULL);
        CHECK(errs.n == 1 && strcmp(errs.first->code, "timezone") == 0);
    }
    CHECK(lgs_tz_load(arena, lgs_str("UTC\0", 4), NULL) == NULL);
}

/* A local time with its offset leads to a moment that has that offset, except in a gap. */
TEST(all_hours_of_ten_years_are_consistent)
{
    static const char *const zones[] = {"America/Denver", "Europe/Berlin", "Africa/Casablanca",
                                        "Antarctica/Troll"};

    for (size_t i = 0; i < LGS_N(zones); i++) {
        const lgs_tz_t *tz = lgs_tz_load(arena, lgs_cstr(zones[i]), NULL);
        unsigned n[3] = {0};

        CHECK(tz != NULL);
        for (int64_t at = 1735689600; tz && at < 2051222400; at += 1800) {
            lgs_datetime_t value, moved;
            lgs_tz_case_t which;

            lgs_datetime_from_epoch(at, 0, &value);
            value.has_offset = false;
            which = lgs_tz_apply(tz, &value);
            n[which]++;
            if (which == LGS_TZ_OVERLAP) {
                continue;
            }
            lgs_datetime_from_epoch(lgs_datetime_to_epoch(&value), value.offset_s, &moved);
            if (moved.hour != value.hour || moved.offset_s != value.offset_s) {
                CHECK(!"moved");
            }
        }
        CHECK(n[LGS_TZ_GAP] == n[LGS_TZ_OVERLAP] && n[LGS_TZ_GAP] >= 20);
    }
}

TEST(no_memory_is_an_error_at_every_ceiling)
{
    bool was_ok = false;
    unsigned failed = 0;

    for (size_t ceiling = 120; !was_ok && ceiling < 30000; ceiling += 64) {
        lgs_arena_t *small = lgs_arena_create(16, ceiling);
        lgs_errs_t errs;

        lgs_errs_init(&errs, small, 2);
        was_ok = lgs_tz_load(small, LGS_STR("Europe/Berlin"), &errs) != NULL;
        CHECK(was_ok || (errs.n == 1 && strcmp(errs.first->code, "out-of-memory") == 0));
        failed += !was_ok;
        lgs_arena_destroy(small);
    }
    CHECK(was_ok && failed > 10);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(local_times_of_zones);
    RUN(a_zone_keeps_its_name);
    RUN(what_is_no_zone_is_refused);
    RUN(all_hours_of_ten_years_are_consistent);
    RUN(no_memory_is_an_error_at_every_ceiling);
    lgs_arena_destroy(arena);
    return DONE();
}
