/*
 * What the files of look-ups share (lookup.h): a group is one model and one condition, asked for in
 * common; a side is what one partner may see of a model.
 *
 * Why a row is never given to a partner who may not see it. Of one side the bound stands in the
 * search, and whatever comes back fulfils it. Of several sides (lookup_confirm.c) the search holds
 * all their bounds, one of which a row fulfils; which one, no value of the row tells: it may have
 * one partner's number in one field and another's in the next, and Odoo may compare texts by other
 * rules than we. So what the search brought are claims, no finds. A second search asks, for each
 * side, which of the rows that it claims fulfil its bound: ("id" in its rows and its bound), or the
 * same for the next side. A row is asked for by one side in a call, and an id is a whole number
 * that is one row's: what comes back fulfils the bound of that side. Two sides that claim one row
 * are asked in two calls.
 */
#ifndef LGS_LOOKUP_GROUP_H
#define LGS_LOOKUP_GROUP_H

#include "../base/map.h"
#include "facts.h"
#include "lookup.h"

#define LGS_ODOO_LOOKUP_SIDES 100u /* in one search_read: each is a condition of its own there */

/* Of partners whose bounds are the same one stands for all: `is`. */
typedef struct lgs_side_s lgs_side_t;
struct lgs_side_s {
    lgs_side_t *next;
    const lgs_odoo_reach_t *reach;
    lgs_str_t model;
    lgs_bound_t bound;
    const lgs_side_t *is;
};

typedef struct {
    lgs_str_t name;
    lgs_odoo_field_t kind;
    bool asked; /* by a fields_get of this plan */
} lgs_group_field_t;

typedef struct {
    int64_t first, last;
    uint32_t n;
} lgs_hits_t;

typedef struct lgs_claims_s lgs_claims_t;
typedef struct lgs_group_s lgs_group_t;
struct lgs_group_s {
    lgs_group_t *next;
    lgs_str_t model;
    lgs_str_t take;
    const lgs_node_t *where;
    lgs_bound_kind_t kind; /* of all its sides */
    const lgs_side_t **sides;
    uint32_t n_sides, sides_room;
    lgs_str_t *conditions; /* the fields of `where`, then those of the sides' ways, each once */
    uint32_t n_conditions, conditions_room;
    bool asked_where; /* by a fields_get of this plan */
    lgs_group_field_t fields[LGS_ODOO_MAX_BY];
    uint32_t n_fields;
    lgs_map_t *values; /* value → the first lgs_lookup_t of it */
    lgs_map_t
        *numbers; /* of the call: by plain number, 19 for "19.0"; NULL: no field is a decimal */
    lgs_lookup_t *first, *last;
    lgs_lookup_t *at;                                /* first one that is not asked yet */
    lgs_lookup_t *end;                               /* behind the last one of the call in flight */
    const lgs_side_t *asking[LGS_ODOO_LOOKUP_SIDES]; /* sides of the call in flight */
    uint32_t n_asking;
    lgs_claims_t *claims; /* rows of the call whose side is not known yet; or NULL */
    bool is_apart;        /* a call of several sides was refused: each has its own from then on */
    bool asking_fields;
    bool failed;
    lgs_problem_kind_t problem;
    lgs_str_t text;
};

struct lgs_lookup_s {
    lgs_lookup_t *next;
    lgs_group_t *group;
    const lgs_side_t *side;
    lgs_str_t value;
    lgs_lookup_t *twin;         /* the same value, of another side */
    lgs_lookup_t *same;         /* the next value that is the same number */
    bool is_asked;              /* by the call in flight */
    lgs_problem_kind_t problem; /* its call came to nothing, that of the group's others did not */
    lgs_str_t text;
    lgs_hits_t hits[LGS_ODOO_MAX_BY];
};

struct lgs_lookups_s {
    lgs_arena_t *arena;
    lgs_odoo_facts_t *facts;
    lgs_side_t *sides;
    lgs_group_t *first, *last;
    lgs_group_t *current;
    bool check_fields;
};

/* The server has all fields of these conditions. */
bool lgs_lookup_has_fields(const lgs_lookups_t *lookups, const lgs_group_t *group,
                           const lgs_node_t *way);
void lgs_lookup_hit(lgs_hits_t *hits, int64_t id);

/* ---- lookup_search.c ---- */

/* The next search; *call has no path when none of the next values can be found anywhere. */
bool lgs_lookup_search(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_odoo_caller_t *caller,
                       lgs_odoo_call_t *call);
/* Its rows: finds, or claims where there are several sides. */
lgs_rc_t lgs_lookup_take_rows(lgs_lookups_t *lookups, lgs_group_t *group, const lgs_node_t *rows);
/* ,["a","=",1],["b","in",[2]] */
void lgs_lookup_write_where(lgs_buf_t *buf, const lgs_node_t *where);
/* ,"|","&",[…],[…],[…]: the ways of the sides that this server has the fields for. False: none. */
bool lgs_lookup_write_bounds(lgs_buf_t *buf, lgs_lookups_t *lookups, const lgs_group_t *group,
                             const lgs_side_t *const *sides, uint32_t n);

/* ---- lookup_confirm.c ---- */

lgs_claims_t *lgs_claims_create(lgs_arena_t *arena);
/* The row that the next claims are about: its id as Odoo wrote it, and the number that counts. */
lgs_rc_t lgs_claims_row(lgs_claims_t *claims, lgs_str_t id, int64_t number) LGS_MUST_CHECK;
lgs_rc_t lgs_claims_add(lgs_claims_t *claims, lgs_lookup_t *lookup, uint32_t field) LGS_MUST_CHECK;
/* LGS_OK: *call asks whose rows some are. LGS_NOT_FOUND: all is known. LGS_NOMEM. */
lgs_rc_t lgs_claims_next(lgs_lookups_t *lookups, lgs_group_t *group,
                         const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call) LGS_MUST_CHECK;
void lgs_claims_answer(lgs_claims_t *claims, const lgs_node_t *rows);

#endif
