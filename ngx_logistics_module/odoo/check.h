/*
 * Is this Odoo fit for these policies? A planner like plan.h's, for logisticsctl odoo check:
 * version, user and key, and for every model that operations name whether it is there, has the
 * fields, and may be read and written by our user. Asks only, changes nothing.
 */
#ifndef LGS_ODOO_CHECK_H
#define LGS_ODOO_CHECK_H

#include "plan.h"

typedef struct lgs_odoo_check_s lgs_odoo_check_t;

/* NULL at the ceiling. `target` and `facts` as for a plan. */
lgs_odoo_check_t *lgs_odoo_check_create(lgs_arena_t *arena, const lgs_odoo_target_t *target,
                                        lgs_odoo_facts_t *facts);

/*
 * Notes what an operation needs. `operation` is one, or a mapping's outline of one: null stands for
 * what a document will give. Borrowed. LGS_NOMEM.
 */
lgs_rc_t lgs_odoo_check_need(lgs_odoo_check_t *check, const lgs_node_t *operation) LGS_MUST_CHECK;

/*
 * Notes a field that a read asks for or compares with ("partner_id.country_id": its first part);
 * an optional one that is missing is only a remark. Borrowed. LGS_NOMEM.
 */
lgs_rc_t lgs_odoo_check_need_read(lgs_odoo_check_t *check, lgs_str_t model, lgs_str_t field,
                                  bool is_optional) LGS_MUST_CHECK;

/* The next request, or DONE; after CALL, lgs_odoo_check_answer must be called before the next. */
lgs_odoo_step_t lgs_odoo_check_next(lgs_odoo_check_t *check, lgs_odoo_call_t *call);
void lgs_odoo_check_answer(lgs_odoo_check_t *check, const lgs_odoo_answer_t *answer);

typedef enum {
    LGS_ODOO_GOOD,
    LGS_ODOO_REMARK, /* works, but look at it */
    LGS_ODOO_BAD
} lgs_odoo_grade_t;

typedef struct {
    lgs_odoo_grade_t grade;
    lgs_str_t
        what; /* "version", "key", "stock.picking", "stock.picking.origin", "mail.message create" */
    lgs_str_t text;
} lgs_odoo_finding_t;

/* After DONE: finding i, or NULL past the last. */
const lgs_odoo_finding_t *lgs_odoo_check_finding(const lgs_odoo_check_t *check, uint32_t i);
/* BAD when one is. */
lgs_odoo_grade_t lgs_odoo_check_grade(const lgs_odoo_check_t *check);

#endif
