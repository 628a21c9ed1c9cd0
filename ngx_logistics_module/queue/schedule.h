/*
 * When what failed goes again: pure arithmetic. Time and randomness are arguments.
 *
 * Schedule: the wait before each further attempt, with full jitter. Breaker: whether Odoo is asked
 * at all. Shares: which class may have the next of the calls that run at once.
 */
#ifndef LGS_SCHEDULE_H
#define LGS_SCHEDULE_H

#include "../base/lgs.h"

#define LGS_MAX_ATTEMPTS 32u

typedef struct {
    uint32_t n; /* attempts behind the first */
    uint64_t wait_ms[LGS_MAX_ATTEMPTS];
} lgs_schedule_t;

/* 1s 5s 30s 2m 10m 1h 4h 12h 24h: given up after some two days. */
extern const lgs_schedule_t lgs_schedule_default;

#define LGS_NEVER UINT64_MAX

/*
 * The wait after `attempts` attempts: anything up to the schedule's (full jitter), but no less than
 * `retry_after_ms`, which Odoo or what stands before it asked for. LGS_NEVER: they are used up.
 */
uint64_t lgs_schedule_wait(const lgs_schedule_t *schedule, uint32_t attempts,
                           uint64_t retry_after_ms, uint32_t random);

/* ---- circuit breaker ---- */

typedef enum { LGS_BREAKER_CLOSED, LGS_BREAKER_OPEN, LGS_BREAKER_HALF_OPEN } lgs_breaker_state_t;

typedef struct {
    lgs_breaker_state_t state;
    uint32_t failures; /* one after the other */
    uint64_t open_ms;  /* how long it is open this time; doubles */
    uint64_t until_ms; /* open: when a sample may go */
    bool sampling;     /* half open: the sample is under way */
} lgs_breaker_t;

#define LGS_BREAKER_FAILURES 3u /* calls that found Odoo away before it is left alone */
#define LGS_BREAKER_FIRST_MS 1000u
#define LGS_BREAKER_LAST_MS  15000u

/* May a call go now? A sample that was let through must be followed by a note. */
bool lgs_breaker_allows(lgs_breaker_t *breaker, uint64_t now_ms);
/*
 * What became of a call: Odoo answered (whatever it said of the records), or was away. It was the
 * sample when the breaker was half open behind lgs_breaker_allows().
 */
void lgs_breaker_note(lgs_breaker_t *breaker, bool answered, bool is_sample, uint64_t now_ms);

/*
 * The wait of what a sample carried that found Odoo away: that says nothing of its messages, so the
 * schedule does not count it, and they must not be late when Odoo is back. Anything up to twice the
 * time until the next sample, no less than `retry_after_ms`: the next one is as likely another, as
 * it has to be when Odoo was away because of them.
 */
uint64_t lgs_breaker_wait(const lgs_breaker_t *breaker, uint64_t retry_after_ms, uint32_t random);

/* ---- shares ---- */

#define LGS_N_SHARES 3u /* critical, standard, bulk: lgs_class_t of policy/ */

/*
 * May one more call of that class run, when running[] of each class do and `most` may at once?
 * Critical may have all; standard and bulk together have all but one, bulk a quarter at most. Where
 * only one call runs at a time, the order of asking decides.
 */
bool lgs_share_allows(const uint32_t running[LGS_N_SHARES], uint32_t most, uint32_t class);

#endif
