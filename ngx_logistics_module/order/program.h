/* A compiled machine, private to order/. */
#ifndef LGS_MACHINE_PROGRAM_H
#define LGS_MACHINE_PROGRAM_H

#include "../base/datetime.h"
#include "../base/map.h"
#include "machine.h"

typedef struct {
    lgs_str_t name;
    int64_t rank;
    uint64_t needs; /* states that should have come before */
    const lgs_member_t *member;
} lgs_machine_place_t;

/* What becomes of an event that does not fit, by lgs_order_why_t. */
typedef struct {
    lgs_order_t of[LGS_N_ORDER_WHYS];
} lgs_machine_misfits_t;

#define LGS_MACHINE_STAYS UINT32_MAX /* an event that moves nothing */

typedef struct {
    lgs_str_t type;
    const lgs_node_t *timings; /* an array of words; NULL: only what is a fact */
    uint64_t from;             /* states from which it may come */
    uint32_t to;               /* or LGS_MACHINE_STAYS */
    bool repeats;              /* in its own state it is no duplicate */
    lgs_machine_misfits_t misfits;
    const lgs_member_t *member;
} lgs_machine_rule_t;

struct lgs_machine_s {
    lgs_str_t name;
    lgs_str_t keys[LGS_MACHINE_MAX_KEYS];
    uint32_t n_keys;
    uint32_t start;
    lgs_machine_place_t places[LGS_MACHINE_MAX_STATES];
    uint32_t n_places;
    const lgs_dateformat_t *iso, *date;
    lgs_map_t *rules; /* event type → lgs_machine_rule_t */
    uint64_t park_ms;
    lgs_order_t then; /* of what is parked when its time is over */
};

static inline uint64_t lgs_state_bit(uint32_t state)
{
    return UINT64_C(1) << state;
}

#endif
