/*
 * The queue in numbers: what the script `state` says of each lane, added up, as JSON for operators
 * and as text for Prometheus. logisticsctl and the gateway write the same.
 */
#ifndef LGS_QUEUE_STATE_H
#define LGS_QUEUE_STATE_H

#include "../base/buf.h"
#include "../trace/record.h"
#include "schedule.h"

#define LGS_MAX_QUEUE_NAMES 1024u  /* partners, reasons, relays that are told apart */
#define LGS_QUEUE_LOOKED    "1000" /* the script's argument: messages whose partner is looked at */
#define LGS_QUEUE_BUCKETS   13u    /* of a histogram at most, the last without a bound */

typedef struct {
    uint64_t at_ms; /* when that was so, by Redis' clock */
    uint64_t open, oldest_ms, bytes, leased, delayed, parked, dead;
    uint64_t accepted, attempts, retries, delivered, replayed, dropped, leases_lost, gone;
    uint64_t callbacks, callbacks_sent, callbacks_retries, callbacks_given_up, callbacks_resent;
} lgs_queue_numbers_t;

/* What came in and went out between two looks, a second. Replayed messages come in once more. */
typedef struct {
    double accepted, delivered, dead;
} lgs_queue_rate_t;

typedef struct {
    uint64_t sum, n[LGS_QUEUE_BUCKETS];
} lgs_queue_histogram_t;

typedef struct {
    uint64_t open, oldest_ms;
    lgs_queue_histogram_t took;  /* ms from acceptance to Odoo */
    lgs_queue_histogram_t tries; /* attempts until a message was delivered or given up */
    lgs_queue_rate_t rate;
} lgs_queue_class_t;

typedef struct {
    lgs_str_t name;
    uint64_t n, oldest_ms; /* oldest_ms 0: not among those that were looked at */
    lgs_queue_rate_t rate; /* of a partner */
} lgs_queue_named_t;

typedef struct {
    lgs_queue_named_t *items;
    uint32_t n, room;
} lgs_queue_names_t;

typedef struct {
    lgs_arena_t *arena;
    lgs_queue_numbers_t all, lanes[LGS_N_LANES];
    lgs_queue_class_t classes[LGS_N_SHARES];
    lgs_queue_names_t partners, reasons;             /* partners: those that have open messages */
    lgs_queue_names_t delivered, given_up;           /* by partner, so far */
    lgs_queue_names_t callbacks, callbacks_given_up; /* by partner */
    lgs_queue_names_t relays; /* deliveries under way; oldest_ms 1: its breaker is not closed */
    bool has_rates;           /* lgs_queue_state_compare() was here */
    lgs_queue_rate_t rate, lane_rates[LGS_N_LANES];
} lgs_queue_state_t;

/* An empty state, whose names will live in `arena`. */
void lgs_queue_state_init(lgs_queue_state_t *state, lgs_arena_t *arena);

/*
 * Adds what the script said of a lane: names and values. Names that it does not know are passed
 * over: a newer gateway counts more. LGS_LIMIT: more partners or reasons than LGS_MAX_QUEUE_NAMES,
 * of which the rest is left out; LGS_NOMEM.
 */
lgs_rc_t lgs_queue_state_add(lgs_queue_state_t *state, uint32_t lane, const lgs_str_t *texts,
                             size_t n) LGS_MUST_CHECK;

/*
 * Rates since `before`, a look at the same queue: of all of it, of lanes, classes and partners. A
 * partner of whom something moved and nothing is open joins `partners`. LGS_NOMEM.
 */
lgs_rc_t lgs_queue_state_compare(lgs_queue_state_t *state,
                                 const lgs_queue_state_t *before) LGS_MUST_CHECK;

/* The one of that name, made when there is none; NULL: too many, or no memory. */
lgs_queue_named_t *lgs_queue_named(lgs_queue_names_t *names, lgs_arena_t *arena, lgs_str_t name);

/* A JSON object; lanes with nothing in them are left out. With rates where there are any. */
void lgs_queue_state_write(lgs_buf_t *buf, const lgs_queue_state_t *state);
/* Prometheus text, logistics_queue_*. */
void lgs_queue_state_metrics(lgs_buf_t *buf, const lgs_queue_state_t *state);

extern const char *const lgs_queue_class_names[LGS_N_SHARES];

#endif
