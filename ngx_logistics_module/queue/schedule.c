/* Waits, breaker and shares (schedule.h). */
#include "schedule.h"

#define S 1000u
#define M (60u * S)
#define H (60u * M)

static uint64_t jitter(uint64_t most_ms, uint64_t least_ms, uint32_t random);

const lgs_schedule_t lgs_schedule_default = {
    9, {1 * S, 5 * S, 30 * S, 2 * M, 10 * M, 1 * H, 4 * H, 12 * H, 24 * H}};

uint64_t lgs_schedule_wait(const lgs_schedule_t *schedule, uint32_t attempts,
                           uint64_t retry_after_ms, uint32_t random)
{
    if (attempts == 0 || attempts > schedule->n) {
        return LGS_NEVER;
    }
    return jitter(schedule->wait_ms[attempts - 1], retry_after_ms, random);
}

/* Full jitter: what failed together does not come back together. */
static uint64_t jitter(uint64_t most_ms, uint64_t least_ms, uint32_t random)
{
    uint64_t wait_ms = (uint64_t)((double)most_ms * random / UINT32_MAX);

    wait_ms = wait_ms ? wait_ms : 1;
    return wait_ms > least_ms ? wait_ms : least_ms;
}

bool lgs_breaker_allows(lgs_breaker_t *breaker, uint64_t now_ms)
{
    if (breaker->state == LGS_BREAKER_CLOSED) {
        return true;
    }
    if (breaker->state == LGS_BREAKER_OPEN && now_ms < breaker->until_ms) {
        return false;
    }
    if (breaker->state == LGS_BREAKER_HALF_OPEN && breaker->sampling) {
        return false;
    }
    breaker->state = LGS_BREAKER_HALF_OPEN;
    breaker->sampling = true;
    return true;
}

void lgs_breaker_note(lgs_breaker_t *breaker, bool answered, bool is_sample, uint64_t now_ms)
{
    if (answered) {
        *breaker = (lgs_breaker_t){.state = LGS_BREAKER_CLOSED};
        return;
    }
    if (breaker->state != LGS_BREAKER_CLOSED && !is_sample) {
        return; /* the late end of a call that began before it opened */
    }
    breaker->failures++;
    if (breaker->state == LGS_BREAKER_CLOSED && breaker->failures < LGS_BREAKER_FAILURES) {
        return;
    }
    breaker->open_ms = breaker->open_ms ? breaker->open_ms * 2 : LGS_BREAKER_FIRST_MS;
    if (breaker->open_ms > LGS_BREAKER_LAST_MS) {
        breaker->open_ms = LGS_BREAKER_LAST_MS;
    }
    breaker->state = LGS_BREAKER_OPEN;
    breaker->sampling = false;
    breaker->until_ms = now_ms + breaker->open_ms;
}

uint64_t lgs_breaker_wait(const lgs_breaker_t *breaker, uint64_t retry_after_ms, uint32_t random)
{
    return jitter(2 * breaker->open_ms, retry_after_ms, random);
}

bool lgs_share_allows(const uint32_t running[LGS_N_SHARES], uint32_t most, uint32_t class)
{
    uint32_t others = running[1] + running[2], bulk = most / 4 ? most / 4 : 1;

    if (running[0] + others >= most) {
        return false;
    }
    if (class == 0 || most == 1) {
        return true;
    }
    /* one is critical's, whether it has one at the moment or not */
    return others + 1 < most && (class == 1 || running[class] < bulk);
}
