/*
 * What a value of a mapping can come to, before any document is there: for proofs of what is put
 * out (unproved.c). Nothing here is a guess: what is not certain is LGS_COMES_ANY.
 */
#ifndef LGS_MAPPING_OUTCOMES_H
#define LGS_MAPPING_OUTCOMES_H

#include "internal.h"

#define LGS_MAX_OUTCOMES 64u /* of one value; of more nothing is known */

typedef enum {
    LGS_COMES_ANY,     /* nobody knows */
    LGS_COMES_MADE,    /* an object, or a list, as `expr` is written */
    LGS_COMES_VALUE,   /* `value`, from the mapping */
    LGS_COMES_CODE,    /* an entry of the code list of `expr`, or its member `get` */
    LGS_COMES_HASH,    /* the text of {hash: …} */
    LGS_COMES_INSTANT, /* a date-time of RFC 3339 */
    LGS_COMES_LOCAL,   /* one without an offset, or a day */
    LGS_COMES_DAY,
    LGS_COMES_ZONE,   /* the name of a time zone, or an offset */
    LGS_COMES_MOMENT, /* the object {at, local, tz, tz_from} of a date */
    LGS_N_COMES
} lgs_comes_t;

typedef struct {
    lgs_comes_t kind;
    const lgs_expr_t *expr;
    const lgs_node_t *value;
    lgs_str_t get;
} lgs_outcome_t;

/*
 * Any of these; null is one only where it stays, as a constant does. A holder is an expression
 * whose own value stands in that place.
 */
typedef struct {
    lgs_outcome_t items[LGS_MAX_OUTCOMES];
    const lgs_expr_t *holders[LGS_MAX_OUTCOMES];
    uint32_t n, n_holders;
    bool has_others; /* values that stand there without a holder */
} lgs_outcomes_t;

void lgs_outcomes_clear(lgs_outcomes_t *outcomes);

/* Adds those of a value. `expr` NULL: none. */
void lgs_outcomes_add(const lgs_mapping_t *mapping, const lgs_expr_t *expr, lgs_outcomes_t *to);

bool lgs_outcome_is_object(const lgs_outcome_t *outcome);
bool lgs_outcome_is_list(const lgs_outcome_t *outcome);

/* Adds what the member `name` of an object can be; nothing when it has no such member. */
void lgs_outcome_member(const lgs_mapping_t *mapping, const lgs_outcome_t *object, lgs_str_t name,
                        lgs_outcomes_t *to);
/* The object has that member whatever the document is. */
bool lgs_outcome_has(const lgs_mapping_t *mapping, const lgs_outcome_t *object, lgs_str_t name);
/* The field that makes the object have that member when its value is not null; or NULL. */
lgs_field_t *lgs_outcome_field(const lgs_outcome_t *object, lgs_str_t name);
/* All its members have names that `properties` has. */
bool lgs_outcome_is_within(const lgs_outcome_t *object, const lgs_node_t *properties);
/* Adds what the items of a list can be. */
void lgs_outcome_items(const lgs_mapping_t *mapping, const lgs_outcome_t *list, lgs_outcomes_t *to);

#endif
