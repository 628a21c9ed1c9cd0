#include "../../../ngx_logistics_module/traffic/gcra.h"
#include "../unit.h"

#define SECOND 1000000000ull
#define START  (1700000000ull * SECOND)

static lgs_rate_t rate_of(const char *text)
{
    lgs_rate_t rate = {0};

    CHECK(lgs_rate_read(lgs_cstr(text), &rate));
    return rate;
}

static uint64_t seed = 42;
static uint64_t random_below(uint64_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % bound;
}

TEST(rates_are_read)
{
    static const struct {
        const char *text;
        uint64_t interval_ns, window_ns;
    } cases[] = {
        {"50/s", 20000000, SECOND},
        {"1/second", SECOND, SECOND},
        {"100/m", 600000000, 60 * SECOND},
        {"1/minute", 60 * SECOND, 60 * SECOND},
        {"1000/h", 3600000000, 3600 * SECOND},
        {"1000/hour", 3600000000, 3600 * SECOND},
        {"1000000/day", 86400000, 86400 * SECOND},
        {"1/d", 86400 * SECOND, 86400 * SECOND},
        {"7/s", 142857143, SECOND}, /* rounded up */
        {"1000000/s", 1000, SECOND},
        {"4294967295/day", 20117, 86400 * SECOND},
    };
    static const char *const bad[] = {"",
                                      "50",
                                      "/s",
                                      "50/",
                                      "50/w",
                                      "0/s",
                                      "-1/s",
                                      "5 /s",
                                      "5/ s",
                                      "1.5/s",
                                      "50/S",
                                      "50/s ",
                                      "50//s",
                                      "s/50",
                                      "1000001/s",
                                      "4294967296/day",
                                      "99999999999999999999/day"};
    lgs_rate_t rate;

    for (size_t i = 0; i < LGS_N(cases); i++) {
        rate = rate_of(cases[i].text);
        CHECK_INT(rate.interval_ns, cases[i].interval_ns);
        CHECK_INT(rate.window_ns, cases[i].window_ns);
        CHECK(rate.burst == rate.rate && rate.rate > 0);
    }
    for (size_t i = 0; i < LGS_N(bad); i++) {
        CHECK(!lgs_rate_read(lgs_cstr(bad[i]), &rate));
    }
}

TEST(a_burst_then_one_a_time)
{
    lgs_rate_t rate = rate_of("50/s");
    lgs_rate_verdict_t verdict;
    uint64_t tat = 0;

    rate.burst = 3;
    for (unsigned left = 3; left-- > 0;) {
        verdict = lgs_gcra_take(&rate, &tat, START, 1);
        CHECK(verdict.allowed && verdict.remaining == left);
        CHECK_INT(verdict.reset_ns, (3 - left) * rate.interval_ns);
    }
    uint64_t before = tat;
    verdict = lgs_gcra_take(&rate, &tat, START, 1);
    CHECK(!verdict.allowed && verdict.remaining == 0 && tat == before);
    CHECK_INT(verdict.retry_ns, rate.interval_ns);
    CHECK_INT(verdict.reset_ns, 3 * rate.interval_ns);
    CHECK(!lgs_gcra_take(&rate, &tat, START + rate.interval_ns - 1, 1).allowed);
    CHECK(lgs_gcra_take(&rate, &tat, START + rate.interval_ns, 1).allowed);
    CHECK(!lgs_gcra_take(&rate, &tat, START + rate.interval_ns, 1).allowed);
}

/*
 * A bucket counted in nanoseconds of refill: exact, and written without a timestamp. Every verdict,
 * what is left and when to come again must be the same.
 */
TEST(random_arrivals_agree_with_a_bucket)
{
    static const char *const rates[] = {"50/s", "7/s", "100/m", "1000/h", "999999/s"};
    unsigned allowed = 0, refused = 0;
    bool agree = true, not_early = true;

    for (unsigned round = 0; round < 200; round++) {
        lgs_rate_t rate = rate_of(rates[round % LGS_N(rates)]);
        uint64_t tat = 0, now = START, capacity, level, last = now;

        rate.burst = 1 + (uint32_t)random_below(20);
        level = capacity = rate.burst * rate.interval_ns;
        for (unsigned i = 0; i < 1000; i++) {
            uint32_t cost = (uint32_t)random_below(i % 7 ? 2 : rate.burst + 2);
            uint64_t need = cost * rate.interval_ns;
            lgs_rate_verdict_t verdict = lgs_gcra_take(&rate, &tat, now, cost);
            bool want;

            level = capacity - level < now - last ? capacity : level + (now - last);
            last = now;
            want = level >= need;
            level -= want ? need : 0;
            agree &= verdict.allowed == want && verdict.remaining == level / rate.interval_ns &&
                     verdict.reset_ns == capacity - level;
            allowed += want;
            refused += !want;
            if (!want && cost <= rate.burst) {
                uint64_t early = tat, on_time = tat;

                not_early &=
                    verdict.retry_ns == need - level &&
                    !lgs_gcra_take(&rate, &early, now + verdict.retry_ns - 1, cost).allowed &&
                    lgs_gcra_take(&rate, &on_time, now + verdict.retry_ns, cost).allowed;
            } else if (!want) {
                not_early &= verdict.retry_ns == UINT64_MAX;
            }
            now += random_below(3) ? random_below(rate.interval_ns * 2) : 0;
        }
    }
    CHECK(agree);
    CHECK(not_early);
    CHECK(allowed > 20000 && refused > 20000);
}

/* In any window no more than the burst and what comes back in that time. */
TEST(no_window_admits_too_many)
{
    lgs_rate_t rate = rate_of("7/s");
    uint64_t tat = 0, now = START, at[2000];
    unsigned n = 0;
    bool holds = true;

    rate.burst = 5;
    while (n < LGS_N(at)) {
        if (lgs_gcra_take(&rate, &tat, now, 1).allowed) {
            at[n++] = now;
        }
        now += random_below(SECOND / 20);
    }
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = i; j < n;
             j++) { /* count × 1 s ≤ burst × 1 s + 7 × time, in whole numbers */
            holds &= (uint64_t)(j - i + 1) * SECOND <= rate.burst * SECOND + 7 * (at[j] - at[i]);
        }
    }
    CHECK(holds);
}

TEST(a_clock_that_went_back_admits_nothing_more)
{
    lgs_rate_t rate = rate_of("10/s");
    uint64_t tat = 0;
    unsigned n = 0;

    for (unsigned i = 0; i < 100; i++) { /* a millisecond back each time */
        n += lgs_gcra_take(&rate, &tat, START - i * 1000000, 1).allowed;
    }
    CHECK_INT(n, 9); /* the tenth would need the time that the clock took back */
}

TEST(cost_zero_only_looks)
{
    lgs_rate_t rate = rate_of("10/s");
    uint64_t tat = 0;
    lgs_rate_verdict_t verdict = lgs_gcra_take(&rate, &tat, START, 0);

    CHECK(verdict.allowed && verdict.remaining == 10 && verdict.reset_ns == 0);
    CHECK(lgs_gcra_take(&rate, &tat, START, 10).allowed);
    verdict = lgs_gcra_take(&rate, &tat, START, 0);
    CHECK(verdict.allowed && verdict.remaining == 0);
}

TEST(the_ends_of_the_numbers)
{
    lgs_rate_t rate = rate_of("1/day"), none = {0};
    uint64_t tat = 0;
    lgs_rate_verdict_t verdict;

    CHECK(lgs_gcra_take(&none, &tat, START, UINT32_MAX).allowed && tat == 0);
    rate.burst = UINT32_MAX;
    verdict = lgs_gcra_take(&rate, &tat, START, UINT32_MAX);
    CHECK(!verdict.allowed && verdict.retry_ns == UINT64_MAX);
    CHECK(lgs_gcra_take(&rate, &tat, START, 1).allowed);
    rate.burst = 1;
    tat = UINT64_MAX - 1;
    verdict = lgs_gcra_take(&rate, &tat, START, 1);
    CHECK(!verdict.allowed && tat == UINT64_MAX - 1);
    tat = UINT64_MAX;
    CHECK(!lgs_gcra_take(&rate, &tat, UINT64_MAX, 1).allowed);
}

int main(void)
{
    RUN(rates_are_read);
    RUN(a_burst_then_one_a_time);
    RUN(random_arrivals_agree_with_a_bucket);
    RUN(no_window_admits_too_many);
    RUN(a_clock_that_went_back_admits_nothing_more);
    RUN(cost_zero_only_looks);
    RUN(the_ends_of_the_numbers);
    return DONE();
}
