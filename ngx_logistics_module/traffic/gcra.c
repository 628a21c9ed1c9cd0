/*
 * Rate arithmetic (gcra.h). The timestamp says when the bucket will be full again: it is full at
 * `now`, empty at `now` + burst × interval. All sums saturate, so a wild timestamp can refuse too
 * much but never let too much pass.
 */
#include "gcra.h"

#define SECOND_NS 1000000000u

static const struct {
    const char *name;
    uint64_t window_ns;
} periods[] = {
    {"s", 1ull * SECOND_NS},       {"second", 1ull * SECOND_NS},  {"m", 60ull * SECOND_NS},
    {"minute", 60ull * SECOND_NS}, {"h", 3600ull * SECOND_NS},    {"hour", 3600ull * SECOND_NS},
    {"d", 86400ull * SECOND_NS},   {"day", 86400ull * SECOND_NS},
};

static uint64_t add(uint64_t a, uint64_t b);
static uint64_t multiply(uint64_t a, uint64_t b);

bool lgs_rate_read(lgs_str_t text, lgs_rate_t *rate)
{
    uint64_t count = 0, window_ns = 0;
    lgs_str_t period;
    size_t n = 0;

    for (; n < text.len && text.data[n] >= '0' && text.data[n] <= '9' && count <= UINT32_MAX; n++) {
        count = count * 10 + (uint64_t)(text.data[n] - '0');
    }
    if (n == text.len || text.data[n] != '/' || count == 0 || count > UINT32_MAX) {
        return false;
    }
    period = lgs_str(text.data + n + 1, text.len - n - 1);
    for (size_t i = 0; i < LGS_N(periods); i++) {
        if (lgs_str_is(period, periods[i].name)) {
            window_ns = periods[i].window_ns;
        }
    }
    if (window_ns == 0 || count > window_ns / LGS_MIN_INTERVAL_NS) {
        return false;
    }
    *rate = (lgs_rate_t){
        .interval_ns = (window_ns + count - 1) / count, /* up: never a token too early */
        .window_ns = window_ns,
        .rate = (uint32_t)count,
        .burst = (uint32_t)count,
    };
    return true;
}

lgs_rate_verdict_t lgs_gcra_take(const lgs_rate_t *rate, uint64_t *tat, uint64_t now_ns,
                                 uint32_t cost)
{
    uint64_t full_ns = multiply(rate->burst ? rate->burst : 1, rate->interval_ns);
    uint64_t old = *tat > now_ns ? *tat : now_ns;
    uint64_t new_tat = add(old, multiply(cost, rate->interval_ns));
    uint64_t latest = add(now_ns, full_ns);
    bool is_beyond = new_tat == UINT64_MAX; /* saturated: no such time is ever reached */
    lgs_rate_verdict_t verdict = {.allowed = new_tat <= latest && !is_beyond};

    if (rate->interval_ns == 0) {
        return (lgs_rate_verdict_t){.allowed = true, .remaining = UINT64_MAX};
    }
    if (verdict.allowed) {
        *tat = new_tat;
        verdict.remaining = (latest - new_tat) / rate->interval_ns;
        verdict.reset_ns = new_tat - now_ns;
        return verdict;
    }
    verdict.remaining = old < latest ? (latest - old) / rate->interval_ns : 0;
    verdict.reset_ns = old - now_ns;
    /* more than the bucket holds is never there */
    verdict.retry_ns = cost > rate->burst || is_beyond ? UINT64_MAX : new_tat - latest;
    return verdict;
}

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;

    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}
