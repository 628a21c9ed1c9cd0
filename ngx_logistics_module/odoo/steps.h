/*
 * A plan and its steps, for the files of this room. A step is a table row of three functions:
 * enter once, next until there is nothing to ask, answer after each. plan.c walks the table and
 * does what all steps share: login, repeats after a lock, giving up.
 */
#ifndef LGS_ODOO_STEPS_H
#define LGS_ODOO_STEPS_H

#include "call.h"
#include "lookup.h"
#include "operation.h"
#include "outcome.h"

#define LGS_ODOO_LOAD_ROWS   500u /* in one load */
#define LGS_ODOO_MAX_BUSY    2u   /* immediate repeats of a call that Odoo rolled back */
#define LGS_ODOO_MAX_ROUNDS  8u   /* of one batch whose bad rows are taken out */
#define LGS_ODOO_SPARE_CALLS 64u  /* of a plan, beside what its operations need */
#define LGS_ODOO_OWNER_CALLS 8u   /* … and for each partner more */

typedef struct batch_s lgs_batch_t;

struct lgs_odoo_plan_s {
    lgs_arena_t *arena;
    lgs_odoo_facts_t *facts;
    lgs_odoo_caller_t caller;
    lgs_op_t *ops;
    uint32_t n;
    uint32_t calls, max_calls;
    uint32_t step;    /* row of the table */
    uint32_t busy;    /* repeats of the call in flight */
    bool entered;     /* the step's enter has run */
    bool in_login;    /* the call in flight is authenticate */
    bool renewed;     /* a second login was tried */
    bool call_writes; /* the call in flight changes something */
    bool done;
    bool all_or_nothing;
    lgs_lookups_t *lookups; /* of the step */
    lgs_batch_t *batches;
    lgs_op_t *single; /* whose call is in flight */
};

typedef struct {
    lgs_rc_t (*enter)(lgs_odoo_plan_t *plan);
    /* LGS_OK: *call is set; LGS_NOT_FOUND: the step is over. The same call until it is answered. */
    lgs_rc_t (*next)(lgs_odoo_plan_t *plan, lgs_odoo_call_t *call);
    lgs_rc_t (*answer)(lgs_odoo_plan_t *plan, const lgs_odoo_reply_t *reply,
                       const lgs_odoo_answer_t *answer);
} lgs_odoo_step_def_t;

extern const lgs_odoo_step_def_t lgs_odoo_find_step;   /* references to ids */
extern const lgs_odoo_step_def_t lgs_odoo_check_step;  /* is it there already? (create, call) */
extern const lgs_odoo_step_def_t lgs_odoo_hold_step;   /* all or nothing */
extern const lgs_odoo_step_def_t lgs_odoo_load_step;   /* rows in batches */
extern const lgs_odoo_step_def_t lgs_odoo_settle_step; /* is it there after all? */
extern const lgs_odoo_step_def_t lgs_odoo_single_step; /* create, write, call, one by one */

/* Ends an operation. `message` is copied. LGS_NOMEM: then it ends without one. */
lgs_rc_t lgs_odoo_end(lgs_odoo_plan_t *plan, lgs_op_t *op, lgs_odoo_verdict_t verdict,
                      lgs_problem_kind_t problem, lgs_str_t message);
void lgs_odoo_end_well(lgs_op_t *op, lgs_odoo_verdict_t verdict, int64_t id);

/* The same by a reply: REFUSED when the record is at fault, else FAILED. */
lgs_rc_t lgs_odoo_end_by(lgs_odoo_plan_t *plan, lgs_op_t *op, const lgs_odoo_reply_t *reply);

/* Ends it too, but lets the settle step look whether the record is there all the same. */
void lgs_odoo_doubt(lgs_op_t *op);

/*
 * The look did not come about: nobody knows whether the refusal was because the record is there, so
 * it is no refusal, which would be final.
 */
void lgs_odoo_stay_in_doubt(lgs_op_t *op);

/* Something of its chain went wrong before: then it has ended as skipped, and is not sent. */
bool lgs_odoo_chain_broke(lgs_op_t *op);

/* Ends every operation that was not sent yet; what is to be settled still is. */
void lgs_odoo_abandon(lgs_odoo_plan_t *plan, lgs_problem_kind_t problem, lgs_str_t message);

/* Ends the whole plan at once: Odoo is away. */
void lgs_odoo_give_up(lgs_odoo_plan_t *plan, lgs_problem_kind_t problem, lgs_str_t message);

#endif
