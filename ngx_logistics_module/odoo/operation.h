/*
 * An Odoo operation as a mapping emits it, read and checked. Keys ("?" optional):
 *
 *   op       "load" | "create" | "write" | "call"
 *   model    "mail.message"
 *   find?    {name: {model, by, value, where?, take?, known?, loaded?, many?, else?, lines?,
 *            wants?, says?}}; a later one may refer to an earlier one
 *            by: field | [field, …]
 *            value: v | [v, …], v a scalar, {"find": earlier} or {"partner": fact}. The first value
 *            that one of the fields has wins; of a value's matches the one by the first field
 *            where: {field: scalar | [scalars] | {"not": scalar | [scalars]} | {"find": earlier} |
 *            {"partner": fact}}; a field that this Odoo does not have: no record is found. A fact
 * is one of the partner's file (`odoo`); for a partner that writes for all it is no condition
 *            Whatever is looked up is looked up under the bounds of its model (bounds.h)
 *            take: a field whose number counts instead of the record's own id ("res_id")
 *            known: an earlier find; what that one found is taken, and nothing looked up
 *            loaded: true, of a load's ".id": a load of an operation before this one, whose row has
 *            one of the values in one of the columns `by`, makes the record, and nothing is looked
 *            up. What one message raises and clears is told in its order
 *            many: "refuse" (default) | "first" | "last" by id
 *            else: "refuse" (default) | "skip" the operation | "empty" reference
 *            lines: true: a pattern, looked up for each {"find": name, "value": v} of the cells
 *            wants, says: texts for when nothing is found; wants: what in the record would give it
 *            a value, when there was none (or a null in `where`); says: what to do, when there was
 *   unless?  name of a find: if it found something, the operation is done already and not sent
 *   chain?   text: operations that go together. None is sent when one was refused before, and
 *            none after one that failed
 *   updates? load: true: the record is a thing that messages tell of more than once (a work order),
 *            so that rows of one id follow each other. Else a second, other row is refused
 *   row      load: {column: scalar | {"find": name}}, column "id" = external id, or column ".id" =
 *            {"find": name}: that very record is changed; one of the two is required. Records are
 *            named by finds alone: column "…/.id" and "res_id" hold no number of a document.
 *            "product_uom?": a column that is left out where Odoo does not have that field
 *   lines?   load: [{column: …}, …] of a one2many, each with an external id of its own; the first
 *            stands in the record's own row, the others in rows below it
 *   values   create, write: {field: any JSON, {"find": name} or {"external_id": id of a load of
 *            this plan} anywhere in it}
 *   record   write, call: {"find": name} | {"external_id": id of a load of this plan}
 *   method   call: "button_validate"
 *   args?    call: {name: value}, by name
 *   settle?  {model, by: field, value | {"find": name}, where?, as of a find}: finds what this
 * operation makes, once it is there. For create, write and call it is looked up before, so that a
 *            repeated message does nothing.
 *   context? {key: value}, added to the call's context; {"find": name} in it, but for load
 */
#ifndef LGS_ODOO_OPERATION_H
#define LGS_ODOO_OPERATION_H

#include "plan.h"

#define LGS_ODOO_MAX_FINDS   16u  /* of one operation */
#define LGS_ODOO_MAX_BY      8u   /* fields of one find */
#define LGS_ODOO_MAX_VALUES  16u  /* values that one find tries, facts of the partner among them */
#define LGS_ODOO_MAX_LINES   500u /* of one record */
#define LGS_ODOO_MAX_NAME    100u /* bytes of a model, field, method or column */
#define LGS_ODOO_MAX_NESTING 16u

typedef enum { LGS_OP_LOAD, LGS_OP_CREATE, LGS_OP_WRITE, LGS_OP_CALL } lgs_op_kind_t;
typedef enum { LGS_MANY_REFUSE, LGS_MANY_FIRST, LGS_MANY_LAST } lgs_many_t;
typedef enum { LGS_ELSE_REFUSE, LGS_ELSE_SKIP, LGS_ELSE_EMPTY } lgs_else_t;

/* What is looked for: in `model`, a record one of whose `by` fields has the value. */
typedef struct {
    lgs_str_t model;
    lgs_str_t by[LGS_ODOO_MAX_BY];
    uint32_t n_by;
    lgs_str_t value; /* empty: nothing to look for */
    lgs_str_t take;  /* the field whose number counts; empty: the record's id */
    const lgs_node_t *where;
} lgs_key_t;

typedef struct {
    lgs_str_t name;
    lgs_key_t key;           /* its `where` may refer to finds; its value is one of `values` */
    const lgs_node_t *value; /* as written, NULL for none */
    lgs_str_t wants, says;   /* texts for when nothing is found; empty: none */
    lgs_str_t lacks;         /* the condition of `where` that has no value; empty: none */
    lgs_str_t lacks_fact;    /* the partner's fact that is missing; empty: none */
    lgs_str_t values[LGS_ODOO_MAX_VALUES];             /* to look for; filled when it is asked */
    struct lgs_lookup_s *lookups[LGS_ODOO_MAX_VALUES]; /* their answers */
    uint32_t n_values;
    uint32_t needs; /* finds that come before: bits of their indexes */
    int known;      /* index of the find that may spare this one; -1: none */
    lgs_many_t many;
    lgs_else_t otherwise;
    bool is_pattern; /* never looked up itself */
    bool may_be_loaded;
    struct lgs_op_s *loaded; /* the load that makes the record, which is sent first; or NULL */
    bool is_asked, is_resolved;
    bool is_crowded; /* more values than may be tried */
    int64_t id;      /* found; 0: left empty */
} lgs_find_t;

/* Operations that go together; shared by them. */
typedef struct {
    const struct lgs_op_s *failed; /* the first that has a problem, or NULL */
} lgs_chain_t;

typedef enum {
    LGS_OP_OPEN,      /* finds not resolved, or not yet sent */
    LGS_OP_TO_SETTLE, /* outcome stands unless the settle look-up finds the record */
    LGS_OP_DONE
} lgs_op_state_t;

typedef struct lgs_op_s lgs_op_t;
struct lgs_op_s {
    lgs_op_kind_t kind;
    lgs_op_state_t state;
    const lgs_odoo_reach_t *reach; /* of whom it is; NULL: nothing may be looked up */
    lgs_str_t model, method;
    lgs_str_t external_id;
    const lgs_node_t *row, *lines, *values, *record, *args, *context;
    lgs_find_t *finds; /* the named ones, then what patterns became */
    uint32_t n_named, n_finds, finds_size;
    int unless;         /* index of a find; -1: none */
    lgs_str_t chain_id; /* empty: none */
    lgs_chain_t *chain;
    lgs_key_t settle; /* model empty: none */
    const lgs_node_t *settle_value;
    struct lgs_lookup_s *lookup;
    lgs_op_t *same_as; /* an earlier load of the same row: its outcome is ours */
    lgs_op_t *follows; /* an earlier load of another row of that id: it goes first */
    lgs_op_t *latest;  /* of the first: the last one that follows */
    bool updates;
    uint32_t batch;     /* number of the load call that it was put in */
    lgs_op_t *after;    /* the load whose record we work on, or refer to */
    uint32_t first_row; /* in the load call that carries it */
    uint32_t n_rows;
    uint32_t tries; /* of an uncertain call */
    lgs_odoo_outcome_t outcome;
};

/* LGS_INVALID with code "odoo-operation" and the operation's index in `record`; LGS_NOMEM. */
lgs_rc_t lgs_operation_read(lgs_arena_t *arena, const lgs_node_t *node, uint32_t index,
                            lgs_op_t *op, lgs_errs_t *errs) LGS_MUST_CHECK;

/* {"find": name} or {"find": name, "value": v} → the name; empty for every other node. */
lgs_str_t lgs_operation_reference(const lgs_node_t *node);

/* {"partner": fact} → the fact's name; empty for every other node. */
lgs_str_t lgs_operation_fact(const lgs_node_t *node);

/* {"external_id": id} → the id; empty for every other node. */
lgs_str_t lgs_operation_load_of(const lgs_node_t *node);

/* The find that a reference stands for, or NULL: for a pattern, the one with the value. */
lgs_find_t *lgs_operation_find(const lgs_op_t *op, const lgs_node_t *reference);

/* Writes a value with its finds resolved: JSON (of create, write, call) or import form (of load).
 */
void lgs_operation_write(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node);
void lgs_operation_write_cell(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node);

/* "vehicle_id/.id", "res_id": a number out of a document would be anybody's record. */
bool lgs_operation_names_record(lgs_str_t column);

/* "product_uom?" → "product_uom", and whether the column may be left out. */
lgs_str_t lgs_operation_column(lgs_str_t written, bool *is_optional);

/* "vehicle_id/.id", "picking_id.name" → the model's own field. */
lgs_str_t lgs_operation_field(lgs_str_t column);

#endif
