/*
 * The events of many things, one after the other, through one machine: where each thing is, what is
 * parked, and what comes back when what it waited for is there. For logisticsctl and for tests.
 */
#ifndef LGS_HISTORY_H
#define LGS_HISTORY_H

#include "../base/map.h"
#include "machine.h"

#define LGS_HISTORY_MAX_PARKED 1024u /* events of one thing: more is an error */

typedef struct {
    lgs_str_t key;
    lgs_machine_event_t event;
    lgs_machine_decision_t decision;
    uint32_t index;  /* of the event, as they were handed in */
    bool was_parked; /* decided before, and now again */
} lgs_history_step_t;

/* Is told every decision, in the order in which they are made. */
typedef void (*lgs_history_tell_t)(void *data, const lgs_history_step_t *step);

typedef struct lgs_history_s lgs_history_t;

/* In `arena`, as is all that it keeps. NULL: no memory. */
lgs_history_t *lgs_history_create(lgs_arena_t *arena, const lgs_machine_t *machine,
                                  lgs_history_tell_t tell, void *data) LGS_MUST_CHECK;

/*
 * The next event about the thing of that key, which must live as long as the history, as must the
 * event's texts. LGS_LIMIT: too many of it are parked; LGS_NOMEM.
 */
lgs_rc_t lgs_history_take(lgs_history_t *history, lgs_str_t key,
                          const lgs_machine_event_t *event) LGS_MUST_CHECK;

/* The same for one whose time to wait is over: it never waits again. */
lgs_rc_t lgs_history_take_due(lgs_history_t *history, lgs_str_t key,
                              const lgs_machine_event_t *event) LGS_MUST_CHECK;

/* Where a thing is before its first event; without this at the machine's start. LGS_NOMEM. */
lgs_rc_t lgs_history_know(lgs_history_t *history, lgs_str_t key,
                          const lgs_machine_state_t *state) LGS_MUST_CHECK;
/* Where the thing is that something is known of. */
lgs_machine_state_t lgs_history_of(const lgs_history_t *history, lgs_str_t key);

/* The time of all that is still parked is over. */
void lgs_history_end(lgs_history_t *history);

/* The things in the order in which they first came. */
uint32_t lgs_history_n(const lgs_history_t *history);
lgs_machine_state_t lgs_history_at(const lgs_history_t *history, uint32_t i, lgs_str_t *key);

#endif
