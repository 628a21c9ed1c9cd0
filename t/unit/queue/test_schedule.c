#include "../../../ngx_logistics_module/queue/schedule.h"
#include "../unit.h"

TEST(waits_have_full_jitter)
{
    const lgs_schedule_t schedule = {2, {1000, 60000}};

    CHECK_INT(lgs_schedule_wait(&schedule, 1, 0, UINT32_MAX), 1000);
    CHECK_INT(lgs_schedule_wait(&schedule, 1, 0, UINT32_MAX / 2), 499);
    CHECK_INT(lgs_schedule_wait(&schedule, 1, 0, 0), 1);
    CHECK_INT(lgs_schedule_wait(&schedule, 2, 0, UINT32_MAX), 60000);
    CHECK_INT(lgs_schedule_wait(&schedule, 2, 5000, 0), 5000);
    CHECK_INT(lgs_schedule_wait(&schedule, 1, 5000, UINT32_MAX), 5000);
    CHECK(lgs_schedule_wait(&schedule, 3, 0, 7) == LGS_NEVER);
    CHECK(lgs_schedule_wait(&schedule, 0, 0, 7) == LGS_NEVER);
    CHECK_INT(lgs_schedule_wait(&lgs_schedule_default, 9, 0, UINT32_MAX), 24 * 3600 * 1000);
    CHECK(lgs_schedule_wait(&lgs_schedule_default, 10, 0, UINT32_MAX) == LGS_NEVER);
}

TEST(a_breaker_opens_samples_and_closes)
{
    lgs_breaker_t breaker = {.state = LGS_BREAKER_CLOSED};

    lgs_breaker_note(&breaker, false, false, 0);
    lgs_breaker_note(&breaker, false, false, 0);
    lgs_breaker_note(&breaker, true, false, 0);
    for (unsigned i = 0; i < LGS_BREAKER_FAILURES; i++) {
        CHECK(lgs_breaker_allows(&breaker, 0));
        lgs_breaker_note(&breaker, false, false, 100);
    }
    CHECK_INT(breaker.state, LGS_BREAKER_OPEN);
    lgs_breaker_note(&breaker, false, false, 900);
    CHECK(!lgs_breaker_allows(&breaker, 1099));
    CHECK(lgs_breaker_allows(&breaker, 1100));
    CHECK(!lgs_breaker_allows(&breaker, 1100));     /* one sample */
    lgs_breaker_note(&breaker, false, false, 1150); /* of before it opened: no second sample */
    CHECK(!lgs_breaker_allows(&breaker, 9999));
    lgs_breaker_note(&breaker, false, true, 1200);
    CHECK(!lgs_breaker_allows(&breaker, 3199)); /* twice as long */
    CHECK(lgs_breaker_allows(&breaker, 3200));
    lgs_breaker_note(&breaker, true, true, 3300);
    CHECK_INT(breaker.state, LGS_BREAKER_CLOSED);
    CHECK_INT(breaker.failures, 0);
    CHECK(lgs_breaker_allows(&breaker, 3300));
}

TEST(a_breaker_is_never_open_for_long)
{
    lgs_breaker_t breaker = {.state = LGS_BREAKER_CLOSED};
    uint64_t now_ms = 0;

    for (unsigned i = 0; i < 20; i++) {
        while (!lgs_breaker_allows(&breaker, now_ms)) {
            now_ms++;
        }
        lgs_breaker_note(&breaker, false, breaker.state == LGS_BREAKER_HALF_OPEN, now_ms);
    }
    CHECK_INT(breaker.until_ms - now_ms, LGS_BREAKER_LAST_MS);
}

TEST(what_a_sample_carried_is_due_about_the_next_one)
{
    lgs_breaker_t breaker = {.state = LGS_BREAKER_OPEN, .open_ms = 4000};

    CHECK_INT(lgs_breaker_wait(&breaker, 0, UINT32_MAX), 8000);
    CHECK_INT(lgs_breaker_wait(&breaker, 0, UINT32_MAX / 2), 3999);
    CHECK_INT(lgs_breaker_wait(&breaker, 0, 0), 1);
    CHECK_INT(lgs_breaker_wait(&breaker, 9000, UINT32_MAX), 9000);
}

TEST(classes_have_their_shares)
{
    static const struct {
        uint32_t running[LGS_N_SHARES], most;
        const char *allowed; /* of critical, standard, bulk */
    } cases[] = {
        {{0, 0, 0}, 8, "csb"}, {{0, 0, 2}, 8, "cs"},  {{0, 5, 2}, 8, "c"},   {{0, 7, 0}, 8, "c"},
        {{1, 5, 2}, 8, ""},    {{7, 0, 0}, 8, "csb"}, {{6, 0, 0}, 8, "csb"}, {{8, 0, 0}, 8, ""},
        {{0, 0, 0}, 1, "csb"}, {{0, 0, 1}, 1, ""},    {{0, 0, 0}, 2, "csb"}, {{0, 0, 1}, 2, "c"},
        {{1, 0, 0}, 2, "csb"}, {{1, 1, 0}, 2, ""},    {{0, 1, 0}, 2, "c"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char allowed[4] = "";
        size_t n = 0;

        for (uint32_t k = 0; k < LGS_N_SHARES; k++) {
            if (lgs_share_allows(cases[i].running, cases[i].most, k)) {
                allowed[n++] = "csb"[k];
            }
        }
        CHECK_STR(lgs_str(allowed, n), cases[i].allowed);
    }
}

int main(void)
{
    RUN(waits_have_full_jitter);
    RUN(a_breaker_opens_samples_and_closes);
    RUN(a_breaker_is_never_open_for_long);
    RUN(what_a_sample_carried_is_due_about_the_next_one);
    RUN(classes_have_their_shares);
    return DONE();
}
