/*
 * What the parts of the loop share: it claims what may go (claim.c), has it delivered (loop.c) and
 * tells Redis what became of it (tell.c).
 */
#ifndef LGS_RELAY_LOOP_H
#define LGS_RELAY_LOOP_H

#include "relay.h"

#define N_CLASSES ((uint32_t)LGS_N_CLASSES)

typedef struct {
    const relay_options_t *options;
    relay_policies_t *policies;
    relay_held_t *held;
    const lgs_policy_t *policy; /* of what is held */
    relay_link_t link;
    CURLM *calls;
    lgs_breaker_t breaker;
    relay_batch_t *batches;            /* that wait, are under way, or are not told of yet */
    uint32_t running[LGS_N_CLASSES];   /* calls */
    uint32_t n_waiting[LGS_N_CLASSES]; /* batches */
    bool has_moved;                    /* there may be more to do at once */
    bool is_bulks_turn;                /* standard's last delivery was not full */
    /* Lanes in which something of the class may be ready, and those with a delivery's worth: a bit
       each. */
    uint64_t hot[LGS_N_CLASSES], deep[LGS_N_CLASSES];
    uint32_t turn[LGS_N_CLASSES]; /* lane that is asked first */
    uint64_t due_ms[LGS_N_LANES];
    uint64_t sweep_ms, renew_ms, beat_ms, mend_ms;
    uint64_t mend_from[LGS_N_LANES]; /* messages that are passed over next time */
    uint32_t mend_lane;              /* that is the first next time */
    uint64_t leased_until_ms;        /* of what is claimed now */
} relay_t;

/* ---- claim.c ---- */

/* Which lanes to look into: those that were named, those where something is due, sometimes all. */
void relay_look(relay_t *relay, uint64_t now_ms);
/* Lanes in which somebody deleted something: what they hold agrees again. */
void relay_mend(relay_t *relay, uint64_t now_ms);
/* Takes what may go into batches that wait. */
void relay_claim_all(relay_t *relay);
/* Whether something of the class may be taken that would go at once. */
bool relay_may_claim(const relay_t *relay, uint32_t class);

/* ---- loop.c ---- */

/* Whether the classes' shares of calls leave one for it. */
bool relay_allows(const relay_t *relay, uint32_t class);
/* One more that waits; NULL without memory. */
relay_batch_t *relay_new_batch(relay_t *relay, lgs_class_t class, lgs_str_t route);
/* When messages of the route are tried again. */
const lgs_schedule_t *relay_schedule(const relay_t *relay, lgs_str_t route);

/* ---- tell.c ---- */

/* Of all batches whose calls have ended. */
void relay_tell(relay_t *relay);
/* A dead letter; Redis' reply is the caller's to fetch. */
void relay_give_up(relay_t *relay, const relay_message_t *message, lgs_str_t reason,
                   const lgs_delivery_t *delivery);

#endif
