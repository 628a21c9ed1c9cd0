/*
 * The records of one request or delivery through their machines: which things they are about, what
 * becomes of each, and where the things are when those that got there are in Odoo.
 *
 *   lgs_round_create, lgs_round_add …   which things there are
 *   lgs_round_know                      where each of them is
 *   lgs_round_decide                    what becomes of each record
 *   lgs_round_settle                    where the things are afterwards
 *
 * The order of calls is that of this list. All of it lives in the arena.
 */
#ifndef LGS_ROUND_H
#define LGS_ROUND_H

#include "history.h"

#define LGS_THING_DIGITS 32u /* hex digits of a thing's name, behind its machine's */

typedef struct lgs_round_s lgs_round_t;

/* How a record's thing is found, and what is said of it. */
typedef struct {
    lgs_str_t partner; /* two partners' numbers are two things */
    const lgs_machine_t *machine;
    const lgs_str_t *keys; /* kinds of numbers; n_keys 0: the machine's own */
    uint32_t n_keys;
    uint64_t keep_ms; /* its thing is remembered so long */
    bool is_due;      /* it waited until its time was over */
} lgs_round_way_t;

typedef struct {
    const lgs_machine_t *machine; /* NULL: nothing is decided about the record */
    lgs_str_t number;             /* of its thing, as it stands in the record */
    uint32_t thing;
    lgs_machine_event_t event;
    lgs_machine_decision_t decision;
    bool is_due, is_undone; /* undone: not in Odoo after all; the caller's to say */
} lgs_round_record_t;

/* For n records. NULL: no memory. */
lgs_round_t *lgs_round_create(lgs_arena_t *arena, uint32_t n) LGS_MUST_CHECK;

/* Record i, which must live as long as the round. One without a number has no thing. LGS_NOMEM. */
lgs_rc_t lgs_round_add(lgs_round_t *round, uint32_t i, const lgs_round_way_t *way,
                       const lgs_node_t *record) LGS_MUST_CHECK;

/* Things are known by names: "shipment:" and digits of partner and number. */
uint32_t lgs_round_n_things(const lgs_round_t *round);
lgs_str_t lgs_round_thing(const lgs_round_t *round, uint32_t thing);
lgs_str_t lgs_round_partner(const lgs_round_t *round, uint32_t thing);

/* Where it is, as it was kept; empty, or not a state of the machine any more: at its start. */
void lgs_round_know(lgs_round_t *round, uint32_t thing, lgs_str_t kept);

/*
 * All records in their order. One that would be parked is decided again when another moves its
 * thing, as it would be among separate messages. LGS_NOMEM.
 */
lgs_rc_t lgs_round_decide(lgs_round_t *round) LGS_MUST_CHECK;

/* What was decided about record i; the machine is NULL when nothing was. */
lgs_round_record_t *lgs_round_at(lgs_round_t *round, uint32_t i);
/* How many were decided so. */
uint32_t lgs_round_count(const lgs_round_t *round, lgs_order_t order);

/* Where the things are after all records that went on and are not undone. LGS_NOMEM. */
lgs_rc_t lgs_round_settle(lgs_round_t *round) LGS_MUST_CHECK;
/* Of a thing that others moved meanwhile: where it is after the same records from there on. */
lgs_rc_t lgs_round_settle_from(lgs_round_t *round, uint32_t thing, lgs_str_t kept) LGS_MUST_CHECK;
/* What is to be kept of a thing: empty when it stays as it was, or once that is done. */
lgs_str_t lgs_round_kept(const lgs_round_t *round, uint32_t thing);
void lgs_round_done(lgs_round_t *round, uint32_t thing);
/*
 * As a line for the queue's scripts: name, what was known of it ('-' for nothing), what is to be
 * kept, for how many ms, 1 when it is in another state (else 0). Nothing where nothing is kept.
 */
void lgs_round_write_kept(lgs_buf_t *buf, const lgs_round_t *round, uint32_t thing);
/* Only the first two of it, for what waits. */
void lgs_round_write_known(lgs_buf_t *buf, const lgs_round_t *round, uint32_t thing);

/* "machine","decision","why","from","to","missing":[…]: members of a JSON object. */
void lgs_round_write(lgs_buf_t *buf, const lgs_round_record_t *record);
/* A sentence for one that is parked or refused. */
void lgs_round_explain(lgs_buf_t *buf, const lgs_round_record_t *record);

#endif
