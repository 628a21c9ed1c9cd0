/*
 * Reading of operations (operation.h), for the files that do it: operation.c and operation_find.c.
 * Functions return LGS_OK, LGS_NOMEM, or LGS_INVALID with an error that names operation and key.
 */
#ifndef LGS_ODOO_OPERATION_READ_H
#define LGS_ODOO_OPERATION_READ_H

#include "operation.h"

typedef struct {
    lgs_arena_t *arena;
    const lgs_node_t *node; /* the operation */
    uint32_t index;
    lgs_op_t *op;
    lgs_errs_t *errs;
} lgs_op_reader_t;

/* `operation 3, "model": must be a model's name, is an array`; LGS_INVALID. */
lgs_rc_t lgs_op_refuse(const lgs_op_reader_t *r, const char *key, const lgs_node_t *node,
                       const char *expected);

lgs_rc_t lgs_op_read_flag(lgs_op_reader_t *r, const char *key, const lgs_node_t *node, bool *flag);
/* Letters, digits and `also`, at most LGS_ODOO_MAX_NAME. */
bool lgs_op_is_name(lgs_str_t name, const char *also);
bool lgs_op_is_scalar(const lgs_node_t *node);

/* ---- operation_find.c ---- */

lgs_rc_t lgs_op_read_finds(lgs_op_reader_t *r, const lgs_node_t *value);
/* model, by, take and where; what `value` may be is the caller's affair. */
lgs_rc_t lgs_op_read_key(lgs_op_reader_t *r, const char *what, const lgs_node_t *node,
                         lgs_key_t *key);
/* Of the find with that name; -1: there is none. */
int lgs_op_index_of(const lgs_op_t *op, lgs_str_t name);
/* A pattern that is referred to with a value becomes a find of its own. */
lgs_rc_t lgs_op_add_instance(lgs_op_reader_t *r, const lgs_find_t *pattern,
                             const lgs_node_t *value);

#endif
