/*
 * What to ask Odoo next: a planner without sockets. It is given operations (made by a mapping from
 * canonical records), says which HTTP request to send, is given the answer, says the next one,
 * until it has an outcome for every operation.
 *
 * An operation is a tree that a mapping emitted (schema: schemas/canonical/odoo-operation.json):
 *
 *   {"op":"load","model":"mail.message",
 *    "find":{"transfer":{"model":"stock.picking","by":["carrier_tracking_ref","origin","name"],
 *                        "value":"00340434…","else":"refuse","many":"last"}},
 *    "row":{"id":"__logistics__.acme_ev_…","model":"stock.picking","res_id":{"find":"transfer"},
 *           "body":"…","message_type":"comment","subtype_id/id":"mail.mt_note",
 *           "date":"2019-08-10 06:54:00","message_id":"<acme_ev_…@logistics>"},
 *    "settle":{"model":"mail.message","by":"message_id","value":"<acme_ev_…@logistics>"}}
 *
 * ops: "load" (row, external id in column id: repeatable), "create" (values), "write" (record by
 * find, values), "call" (method on the found record). find is resolved by one search_read per model
 * for all operations together; fields of `by` that the server does not have are left out (asked
 * once by fields_get). load rows of one model with the same columns go in one call; bad rows are
 * named and the rest is sent again without them; settle looks up what an uncertain or refused
 * repeat has left. Every key and its meaning: operation.h.
 *
 * Order: all finds and checks, then all loads, then creates, writes and calls in the order of the
 * operations. With all or nothing an operation that cannot be written by then keeps the others
 * back.
 */
#ifndef LGS_ODOO_PLAN_H
#define LGS_ODOO_PLAN_H

#include "../base/map.h"
#include "../formats/json.h"
#include "../formats/problem.h"

typedef enum { LGS_ODOO_JSON2, LGS_ODOO_JSONRPC } lgs_odoo_api_t;

/* gateway.yaml's `odoo`, secrets read. Borrowed. */
typedef struct {
    lgs_odoo_api_t api;
    lgs_str_t upstream; /* name of nginx's upstream block */
    lgs_str_t database;
    lgs_str_t user; /* login, for jsonrpc */
    lgs_str_t key;  /* API key, or password for jsonrpc */
    uint64_t timeout_ms;
} lgs_odoo_target_t;

/*
 * What a partner may touch. Records that finds and settle look up are looked up under the bounds of
 * their model: one of its ways must hold. A model that `bounds` does not name is not looked up in.
 */
typedef struct {
    const lgs_node_t *bounds; /* {model: "all" | [{field: value}, …]}; "$partner.x" is the fact x */
    const lgs_map_t *facts; /* of the partner: name → lgs_node_t, a scalar or an array; or NULL */
    bool is_unbound;        /* it writes for all */
} lgs_odoo_reach_t;

/*
 * What was learned of a server and may be kept between plans: the uid of our user, and which of the
 * fields that policies name exist. Owned by the caller (one per worker and target), created empty.
 */
typedef struct lgs_odoo_facts_s lgs_odoo_facts_t;
lgs_odoo_facts_t *lgs_odoo_facts_create(void) LGS_MUST_CHECK;
void lgs_odoo_facts_destroy(lgs_odoo_facts_t *facts);
/* Forgets everything: after credentials were refused, or when the facts are old. */
void lgs_odoo_facts_forget(lgs_odoo_facts_t *facts);

/* One HTTP request to Odoo, to be sent to the target's upstream. Texts live in the plan's arena. */
typedef struct {
    lgs_str_t path;          /* "/jsonrpc", "/json/2/stock.picking/search_read" */
    lgs_str_t body;          /* JSON */
    lgs_str_t authorization; /* value of the Authorization header, empty for none; secret */
    lgs_str_t database;      /* value of X-Odoo-Database, empty for none */
    bool repeatable;         /* sending it twice does no harm: reads and load */
} lgs_odoo_call_t;

/* What came back. status 0: no HTTP answer (see failure). */
typedef struct {
    int status;
    lgs_str_t content_type;
    lgs_str_t body;
    enum {
        LGS_ODOO_ANSWERED,
        LGS_ODOO_REFUSED_CONNECTION, /* nothing was sent: certain that nothing happened */
        LGS_ODOO_CUT,                /* closed without a whole answer: uncertain */
        LGS_ODOO_TIMED_OUT           /* uncertain */
    } failure;
    bool says_when; /* a 429 or 503 with Retry-After: before that nothing is asked again */
} lgs_odoo_answer_t;

typedef enum {
    LGS_ODOO_WRITTEN,
    LGS_ODOO_ALREADY_THERE,
    LGS_ODOO_REFUSED,
    LGS_ODOO_FAILED,
    LGS_ODOO_SKIPPED,  /* its find had `else: skip` and found nothing: not written, no problem */
    LGS_ODOO_HELD_BACK /* nothing wrong with it: not written because of another one */
} lgs_odoo_verdict_t;

/* The outcome of one operation. */
typedef struct {
    lgs_odoo_verdict_t verdict;
    lgs_problem_kind_t problem; /* NONE when written, already there or skipped */
    lgs_str_t model;
    lgs_str_t external_id; /* of a load row; else empty */
    int64_t id;            /* database id; 0 when not known */
    lgs_str_t message;     /* Odoo's words for a refusal, cleaned; or why nothing was written */
    lgs_str_t lacks;       /* the fact of the partner that is missing for it, or empty */
    lgs_str_t field;       /* the column that Odoo named, or empty */
} lgs_odoo_outcome_t;

/*
 * What is to be done, and for whom. Operations may be of several partners; those of one have the
 * same pointer. What one partner's operations name, look up or hold back is nothing to the others':
 * external ids, chains, loads that are found before they are sent, two lines for one record. They
 * share calls, no more; where a call that they share fails by a fault that may be of one of them,
 * it is made again in parts, so that each fault, and its text, stays with whoever it is of.
 */
typedef struct {
    const lgs_node_t *operations;
    uint32_t n;
    const lgs_odoo_reach_t *const *reaches; /* of each operation; NULL: nothing may be looked up */
    lgs_str_t id;                           /* correlation id, used as the JSON-RPC id */
} lgs_odoo_work_t;

typedef struct lgs_odoo_plan_s lgs_odoo_plan_t;

typedef enum { LGS_ODOO_CALL, LGS_ODOO_DONE } lgs_odoo_step_t;

/*
 * Starts a plan. What `work` points to is borrowed. NULL when an operation is malformed, which is a
 * mapping's fault: LGS_PROBLEM_INTERNAL.
 */
lgs_odoo_plan_t *lgs_odoo_plan_create(lgs_arena_t *arena, const lgs_odoo_target_t *target,
                                      lgs_odoo_facts_t *facts, const lgs_odoo_work_t *work,
                                      lgs_errs_t *errs);

/* Before the first request: nothing is written when it is known that not all can be. */
void lgs_odoo_plan_all_or_nothing(lgs_odoo_plan_t *plan);

/* The next request, or DONE. After CALL, lgs_odoo_plan_answer must be called before the next. */
lgs_odoo_step_t lgs_odoo_plan_next(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
void lgs_odoo_plan_answer(lgs_odoo_plan_t *plan, const lgs_odoo_answer_t *answer);

/* After DONE: the outcome of operation i, and the worst problem over all (NONE: all is in Odoo). */
const lgs_odoo_outcome_t *lgs_odoo_plan_outcome(const lgs_odoo_plan_t *plan, uint32_t i);
lgs_problem_kind_t lgs_odoo_plan_problem(const lgs_odoo_plan_t *plan);
/* The same over n operations. */
lgs_problem_kind_t lgs_odoo_plan_problem_of(const lgs_odoo_plan_t *plan, uint32_t first,
                                            uint32_t n);
/* Calls made so far, for the trace. */
uint32_t lgs_odoo_plan_calls(const lgs_odoo_plan_t *plan);

#endif
