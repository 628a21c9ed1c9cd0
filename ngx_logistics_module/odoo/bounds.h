/*
 * What of Odoo a partner may touch, for the files of this room and for who checks policies: the
 * bounds of plan.h's lgs_odoo_reach_t, with the partner's facts filled in.
 */
#ifndef LGS_ODOO_BOUNDS_H
#define LGS_ODOO_BOUNDS_H

#include "plan.h"

typedef enum {
    LGS_BOUND_ALL,   /* no condition: records of the house, or a partner that writes for all */
    LGS_BOUND_SOME,  /* records that one of the ways lets through */
    LGS_BOUND_LACKS, /* none: the partner has no fact that one of the ways asks for */
    LGS_BOUND_UNSAID /* none: the policies say nothing of this model */
} lgs_bound_kind_t;

typedef struct {
    lgs_bound_kind_t kind;
    const lgs_node_t *ways; /* SOME: objects {field: scalar or array}, all of one must hold */
    uint32_t n_ways;
    lgs_str_t lacks; /* LACKS: the first fact that is missing */
} lgs_bound_t;

/* LGS_OK or LGS_NOMEM. The result lives in `arena` and borrows from `reach`. */
lgs_rc_t lgs_odoo_bound(lgs_arena_t *arena, const lgs_odoo_reach_t *reach, lgs_str_t model,
                        lgs_bound_t *bound) LGS_MUST_CHECK;

/* The partner's fact of that name; NULL when it has none, or an empty list. */
const lgs_node_t *lgs_odoo_fact(const lgs_odoo_reach_t *reach, lgs_str_t name);

/* What gateway.yaml says of a model, or NULL: "all", or the list of ways as they are written. */
const lgs_node_t *lgs_odoo_bound_of(const lgs_odoo_reach_t *reach, lgs_str_t model);

/* "$partner.contact_id" → "contact_id"; empty for every other value. */
lgs_str_t lgs_odoo_fact_name(const lgs_node_t *value);

#endif
