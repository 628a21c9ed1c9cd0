/*
 * What a message's records are about, as order keys: two messages that share one are delivered one
 * after the other (docs/queue.md).
 */
#ifndef LGS_ORDER_H
#define LGS_ORDER_H

#include "../formats/json.h"

#define LGS_MAX_ORDER_KEYS 4096u /* of one message: more is refused */
#define LGS_ORDER_KEY      16u   /* hex digits of one */

/* What kind of records they are. */
typedef struct {
    lgs_str_t record; /* "event", "order", … */
    const lgs_str_t
        *kept; /* kinds of numbers that a state machine knows its things by: always keys */
    uint32_t n_kept;
} lgs_order_kind_t;

/*
 * Writes the keys of n records of that kind, `stride` bytes apart, with
 * blanks between them and none twice. A record's own keys are the numbers of what it is about;
 * where it has none, its vehicles; where it has none of these, its id. LGS_LIMIT: more than
 * LGS_MAX_ORDER_KEYS; LGS_NOMEM.
 */
lgs_rc_t lgs_order_keys(lgs_buf_t *buf, lgs_str_t partner, const lgs_order_kind_t *kind,
                        const lgs_node_t *records, uint32_t n, size_t stride) LGS_MUST_CHECK;

#endif
