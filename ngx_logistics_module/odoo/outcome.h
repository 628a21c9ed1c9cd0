/*
 * What an answer of Odoo means: one table over status, content type and error.data.name, measured
 * on real servers of 17 and 19.
 */
#ifndef LGS_ODOO_OUTCOME_H
#define LGS_ODOO_OUTCOME_H

#include "plan.h"

typedef struct {
    lgs_problem_kind_t problem; /* NONE: success */
    bool retryable;             /* the same call may be sent again: nothing was committed */
    bool says_when;             /* but not now: it said when */
    bool uncertain;             /* it may have been committed; problem is then ODOO_UNCERTAIN */
    bool denied;                /* our user or key was not accepted (missing rights are not this) */
    bool has_result;            /* false: the method returned None, still a success */
    lgs_node_t result;          /* of a success with a result */
    lgs_str_t name;             /* error.data.name, or empty */
    lgs_str_t message;          /* cleaned: first argument, no traceback, no path; in the arena */
} lgs_odoo_reply_t;

/*
 * Reads an answer to a call that was made by `api`. The tree lives in `arena` and points into
 * answer->body. Never fails: what cannot be read is an outage (LGS_PROBLEM_ODOO_AWAY), and for a
 * write an uncertain one.
 */
void lgs_odoo_read(lgs_arena_t *arena, lgs_odoo_api_t api, const lgs_odoo_answer_t *answer,
                   bool is_write, lgs_odoo_reply_t *reply);

/* The same judgement of a message of `load`, which carries no exception's name. */
lgs_problem_kind_t lgs_odoo_judge_message(lgs_str_t message);

#endif
