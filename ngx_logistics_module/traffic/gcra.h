/*
 * Rate arithmetic: GCRA (the ATM Forum's generic cell rate algorithm), one 64-bit timestamp a key.
 * The caller owns the word and its lock-free exchange; "now" is an argument.
 */
#ifndef LGS_GCRA_H
#define LGS_GCRA_H

#include "../base/lgs.h"

typedef struct {
    uint64_t interval_ns; /* time one token takes to come back: period / rate; 0: no limit */
    uint64_t window_ns;   /* the period the policy named: 50/s → 1 s */
    uint32_t rate;        /* tokens per window */
    uint32_t burst;       /* tokens at once, at least 1 */
} lgs_rate_t;

typedef struct {
    bool allowed;
    uint64_t remaining; /* tokens left after this one */
    uint64_t reset_ns;  /* until the bucket is full again */
    uint64_t
        retry_ns; /* when refused: until `cost` tokens are there; never early. UINT64_MAX: never */
} lgs_rate_verdict_t;

/* A million a second: below this the rounding of an interval to whole ns would be felt. */
#define LGS_MIN_INTERVAL_NS 1000u

/*
 * "50/s", "100/m", "1000/h", "1000000/day" (also second, minute, hour, d); false when it is none or
 * above a million a second. The burst is set to the rate; a policy's own burst overwrites it.
 */
bool lgs_rate_read(lgs_str_t text, lgs_rate_t *rate) LGS_MUST_CHECK;

/*
 * Takes `cost` tokens at `now_ns`. *tat is the key's theoretical arrival time (0 for a new key);
 * the new value to store comes back in *tat, unchanged when refused. A clock that went back admits
 * nothing more, it only refuses until it has caught up: take a monotonic one. Cost 0 only looks.
 */
lgs_rate_verdict_t lgs_gcra_take(const lgs_rate_t *rate, uint64_t *tat, uint64_t now_ns,
                                 uint32_t cost);

#endif
