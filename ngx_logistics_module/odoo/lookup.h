/*
 * Many records found by few calls: keys of one model and condition become one search_read with
 * `in` lists, whoever's they are. Used for finds (whose fields are checked by fields_get first) and
 * for settling. No partner is given a record that is not under his own bounds: where several ask in
 * one search, a second one says whose rows are whose (lookup_group.h).
 */
#ifndef LGS_ODOO_LOOKUP_H
#define LGS_ODOO_LOOKUP_H

#include "bounds.h"
#include "call.h"
#include "operation.h"
#include "outcome.h"

#define LGS_ODOO_LOOKUP_VALUES 500u   /* in one search_read */
#define LGS_ODOO_LOOKUP_ROWS   10000u /* in one answer: more is a `by` that tells nothing */

typedef struct lgs_lookups_s lgs_lookups_t;
typedef struct lgs_lookup_s lgs_lookup_t;

/*
 * check_fields: ask fields_get which of the fields exist; those of bounds always are. NULL at the
 * ceiling.
 */
lgs_lookups_t *lgs_lookups_create(lgs_arena_t *arena, lgs_odoo_facts_t *facts, bool check_fields);

/* Has the field's kind learned, without a search; with the finds of that reach. */
lgs_rc_t lgs_lookups_field(lgs_lookups_t *lookups, const lgs_odoo_reach_t *reach, lgs_str_t model,
                           lgs_str_t field) LGS_MUST_CHECK;

/*
 * The place where the answer for this key will be, looked up under the bounds of `reach` (NULL:
 * nothing may be); equal keys under equal bounds share one. NULL at the ceiling.
 */
lgs_lookup_t *lgs_lookups_add(lgs_lookups_t *lookups, const lgs_odoo_reach_t *reach,
                              const lgs_key_t *key);

/* LGS_OK: *call is the next one. LGS_NOT_FOUND: all is answered. LGS_NOMEM. The same until
 * answered. */
lgs_rc_t lgs_lookups_next(lgs_lookups_t *lookups, const lgs_odoo_caller_t *caller,
                          lgs_odoo_call_t *call);
lgs_rc_t lgs_lookups_answer(lgs_lookups_t *lookups, const lgs_odoo_reply_t *reply);

typedef enum {
    LGS_LOOKUP_FOUND,
    LGS_LOOKUP_NONE,
    LGS_LOOKUP_MANY,   /* more than one, and `many` is refuse */
    LGS_LOOKUP_CLOSED, /* none, as the partner lacks the fact *text that bounds ask for */
    LGS_LOOKUP_FAILED  /* *problem and *text say why */
} lgs_lookup_result_t;

typedef struct {
    int64_t id;
    uint32_t n;                 /* MANY: how many */
    lgs_str_t field;            /* FOUND, MANY: by which */
    lgs_problem_kind_t problem; /* FAILED */
    lgs_str_t text;
} lgs_lookup_found_t;

lgs_lookup_result_t lgs_lookups_result(const lgs_lookup_t *lookup, const lgs_key_t *key,
                                       lgs_many_t many, lgs_lookup_found_t *found);

#endif
