/*
 * Operations read and checked (operation.h). A malformed one is a mapping's fault, so every check
 * names the operation, the key and what was there. Nodes are borrowed from the mapping's records.
 */
#include "operation_read.h"

enum { IN_LOAD = 1, IN_CREATE = 2, IN_WRITE = 4, IN_CALL = 8, IN_ALL = 15 };

static const struct {
    lgs_str_t name;
    lgs_op_kind_t kind;
    unsigned bit;
} kinds[] = {
    {LGS_STR_INIT("load"), LGS_OP_LOAD, IN_LOAD},
    {LGS_STR_INIT("create"), LGS_OP_CREATE, IN_CREATE},
    {LGS_STR_INIT("write"), LGS_OP_WRITE, IN_WRITE},
    {LGS_STR_INIT("call"), LGS_OP_CALL, IN_CALL},
};

static lgs_rc_t read_model(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_method(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_row(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_lines(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_values(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_args(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_record(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_settle(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_unless(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_chain(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_updates(lgs_op_reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_context(lgs_op_reader_t *r, const lgs_node_t *value);

/* Finds come before what refers to them. */
static const struct {
    lgs_str_t name;
    unsigned in, required;
    lgs_rc_t (*read)(lgs_op_reader_t *r, const lgs_node_t *value);
} keys[] = {
    {LGS_STR_INIT("op"), IN_ALL, IN_ALL, NULL},
    {LGS_STR_INIT("model"), IN_ALL, IN_ALL, read_model},
    {LGS_STR_INIT("find"), IN_ALL, 0, lgs_op_read_finds},
    {LGS_STR_INIT("unless"), IN_ALL, 0, read_unless},
    {LGS_STR_INIT("chain"), IN_ALL, 0, read_chain},
    {LGS_STR_INIT("updates"), IN_LOAD, 0, read_updates},
    {LGS_STR_INIT("row"), IN_LOAD, IN_LOAD, read_row},
    {LGS_STR_INIT("lines"), IN_LOAD, 0, read_lines},
    {LGS_STR_INIT("values"), IN_CREATE | IN_WRITE, IN_CREATE | IN_WRITE, read_values},
    {LGS_STR_INIT("record"), IN_WRITE | IN_CALL, IN_WRITE | IN_CALL, read_record},
    {LGS_STR_INIT("method"), IN_CALL, IN_CALL, read_method},
    {LGS_STR_INIT("args"), IN_CALL, 0, read_args},
    {LGS_STR_INIT("settle"), IN_ALL, 0, read_settle},
    {LGS_STR_INIT("context"), IN_ALL, 0, read_context},
};

static lgs_rc_t read_kind(lgs_op_reader_t *r, unsigned *bit);
static lgs_rc_t check_keys(lgs_op_reader_t *r, unsigned bit);
static lgs_rc_t take_reference(lgs_op_reader_t *r, const char *what, const lgs_node_t *reference);
static lgs_rc_t check_cells(lgs_op_reader_t *r, const char *what, const lgs_node_t *row);
static lgs_rc_t check_ids(lgs_op_reader_t *r, const char *what, const lgs_node_t *node,
                          unsigned depth);
static lgs_rc_t check_references(lgs_op_reader_t *r, const char *what, const lgs_node_t *node,
                                 unsigned depth);

lgs_rc_t lgs_operation_read(lgs_arena_t *arena, const lgs_node_t *node, uint32_t index,
                            lgs_op_t *op, lgs_errs_t *errs)
{
    lgs_op_reader_t r = {arena, node, index, op, errs};
    unsigned bit = 0;
    lgs_rc_t rc;

    memset(op, 0, sizeof(*op));
    op->unless = -1;
    if (node->type != LGS_OBJECT) {
        return lgs_op_refuse(&r, "", node, "an object");
    }
    rc = read_kind(&r, &bit);
    if (rc == LGS_OK) {
        rc = check_keys(&r, bit);
    }
    for (size_t i = 0; i < LGS_N(keys) && rc == LGS_OK; i++) {
        const lgs_node_t *value = lgs_node_get(node, keys[i].name);

        if (value == NULL && (keys[i].required & bit)) {
            rc = lgs_op_refuse(&r, keys[i].name.data, NULL, "given");
        } else if (value && keys[i].read) {
            rc = keys[i].read(&r, value);
        }
    }
    op->outcome.model = op->model;
    op->outcome.external_id = op->external_id;
    return rc;
}

static lgs_rc_t read_kind(lgs_op_reader_t *r, unsigned *bit)
{
    const lgs_node_t *op = lgs_node_at(r->node, "op");

    for (size_t i = 0; i < LGS_N(kinds); i++) {
        if (lgs_str_eq(lgs_node_text(op), kinds[i].name)) {
            r->op->kind = kinds[i].kind;
            *bit = kinds[i].bit;
            return LGS_OK;
        }
    }
    return lgs_op_refuse(r, "op", op, "load, create, write or call");
}

static lgs_rc_t check_keys(lgs_op_reader_t *r, unsigned bit)
{
    for (uint32_t i = 0; i < r->node->n; i++) {
        lgs_str_t name = lgs_node_text(&r->node->u.members[i].name);
        size_t k = 0;
        lgs_err_t *err;

        while (k < LGS_N(keys) && !(lgs_str_eq(keys[k].name, name) && (keys[k].in & bit))) {
            k++;
        }
        if (k < LGS_N(keys)) {
            continue;
        }
        err = lgs_errs_add(r->errs, "odoo-operation",
                           (lgs_pos_t){.offset = r->node->u.members[i].name.offset},
                           "operation %u: \"%.*s\" does not belong to op \"%.*s\"", r->index,
                           LGS_FMT(name), LGS_FMT(lgs_node_text(lgs_node_at(r->node, "op"))));
        if (err) {
            err->record = (int)r->index;
        }
        return LGS_INVALID;
    }
    return LGS_OK;
}

static lgs_rc_t read_model(lgs_op_reader_t *r, const lgs_node_t *value)
{
    r->op->model = lgs_node_text(value);
    if (value->type != LGS_STRING || !lgs_op_is_name(r->op->model, "._")) {
        return lgs_op_refuse(r, "model", value, "a model's name");
    }
    return LGS_OK;
}

/* Odoo itself keeps private methods from remote callers; a path must not come from elsewhere
 * either. */
static lgs_rc_t read_method(lgs_op_reader_t *r, const lgs_node_t *value)
{
    r->op->method = lgs_node_text(value);
    if (value->type != LGS_STRING || !lgs_op_is_name(r->op->method, "_") ||
        r->op->method.data[0] == '_') {
        return lgs_op_refuse(r, "method", value, "the name of a public method");
    }
    return LGS_OK;
}

static lgs_rc_t read_unless(lgs_op_reader_t *r, const lgs_node_t *value)
{
    r->op->unless = lgs_op_index_of(r->op, lgs_node_text(value));
    return r->op->unless < 0 ? lgs_op_refuse(r, "unless", value, "a name that `find` has") : LGS_OK;
}

static lgs_rc_t read_chain(lgs_op_reader_t *r, const lgs_node_t *value)
{
    r->op->chain_id = lgs_node_text(value);
    return value->type == LGS_STRING && value->n ? LGS_OK
                                                 : lgs_op_refuse(r, "chain", value, "a text");
}

static lgs_rc_t read_updates(lgs_op_reader_t *r, const lgs_node_t *value)
{
    return lgs_op_read_flag(r, "updates", value, &r->op->updates);
}

static lgs_rc_t read_settle(lgs_op_reader_t *r, const lgs_node_t *value)
{
    const lgs_node_t *node = lgs_node_at(value, "value");
    lgs_key_t *key = &r->op->settle;
    lgs_rc_t rc = lgs_op_read_key(r, "settle", value, key);

    if (rc == LGS_OK && key->where) {
        rc = check_references(r, "settle", key->where, LGS_ODOO_MAX_NESTING);
    }
    if (rc != LGS_OK) {
        return rc;
    }
    r->op->settle_value = node;
    if (key->n_by != 1 || key->take.len || node == NULL) {
        return lgs_op_refuse(r, "settle", value, "one field in `by`, and a value");
    }
    if (lgs_operation_reference(node).len) {
        return check_references(r, "settle", node, LGS_ODOO_MAX_NESTING);
    }
    key->value = lgs_node_text(node);
    return key->value.len ? LGS_OK
                          : lgs_op_refuse(r, "settle", value, "one field in `by`, and a value");
}

static lgs_rc_t read_row(lgs_op_reader_t *r, const lgs_node_t *value)
{
    const lgs_node_t *id = lgs_node_at(value, "id"), *own = lgs_node_at(value, ".id");
    const char *dot;

    if (value->type != LGS_OBJECT) {
        return lgs_op_refuse(r, "row", value, "an object");
    }
    r->op->row = value;
    r->op->n_rows = 1;
    if (own) {
        r->op->record = own;
        return id || lgs_operation_reference(own).len == 0
                   ? lgs_op_refuse(r, "row", own,
                                   "{find: name} in column \".id\" and no column \"id\"")
                   : check_cells(r, "row", value);
    }
    r->op->external_id = lgs_node_text(id);
    dot = r->op->external_id.len ? memchr(r->op->external_id.data, '.', r->op->external_id.len)
                                 : NULL;
    if (dot == NULL || dot == r->op->external_id.data ||
        dot + 1 == r->op->external_id.data + r->op->external_id.len) {
        /* without one, a repeated load makes a second record */
        return lgs_op_refuse(r, "row", id, "an external id (\"module.name\") in column \"id\"");
    }
    return check_cells(r, "row", value);
}

static lgs_rc_t read_lines(lgs_op_reader_t *r, const lgs_node_t *value)
{
    if (value->type != LGS_ARRAY || value->n > LGS_ODOO_MAX_LINES) {
        return lgs_op_refuse(r, "lines", value, "an array of at most 500 lines");
    }
    for (uint32_t i = 0; i < value->n; i++) {
        lgs_rc_t rc = value->u.items[i].type == LGS_OBJECT
                          ? check_cells(r, "lines", &value->u.items[i])
                          : lgs_op_refuse(r, "lines", &value->u.items[i], "objects");

        if (rc != LGS_OK) {
            return rc;
        }
    }
    if (value->n) {
        r->op->lines = value;
        r->op->n_rows = value->n;
    }
    return LGS_OK;
}

static lgs_rc_t check_cells(lgs_op_reader_t *r, const char *what, const lgs_node_t *row)
{
    for (uint32_t i = 0; i < row->n; i++) {
        const lgs_node_t *cell = &row->u.members[i].value;
        lgs_str_t column = lgs_node_text(&row->u.members[i].name);

        if (column.len == 0 || column.len > LGS_ODOO_MAX_NAME) {
            return lgs_op_refuse(r, what, &row->u.members[i].name,
                                 "column names of 1 to 100 bytes");
        }
        if (cell->type == LGS_ARRAY ||
            (cell->type == LGS_OBJECT && lgs_operation_reference(cell).len == 0)) {
            return lgs_op_refuse(r, what, cell, "a string, number, boolean, null or {find: name}");
        }
        if (lgs_operation_names_record(column) && cell->type != LGS_NULL &&
            cell->type != LGS_OBJECT) {
            return lgs_op_refuse(r, what, cell, "{find: name} where a column is a record's id");
        }
    }
    return check_references(r, what, row, LGS_ODOO_MAX_NESTING);
}

static lgs_rc_t read_values(lgs_op_reader_t *r, const lgs_node_t *value)
{
    r->op->values = value;
    if (value->type != LGS_OBJECT) {
        return lgs_op_refuse(r, "values", value, "an object");
    }
    if (check_ids(r, "values", value, LGS_ODOO_MAX_NESTING) != LGS_OK) {
        return LGS_INVALID;
    }
    return check_references(r, "values", value, LGS_ODOO_MAX_NESTING);
}

static lgs_rc_t read_args(lgs_op_reader_t *r, const lgs_node_t *value)
{
    r->op->args = value;
    if (value->type != LGS_OBJECT) {
        return lgs_op_refuse(r, "args", value, "an object");
    }
    return check_ids(r, "args", value, LGS_ODOO_MAX_NESTING) == LGS_OK
               ? check_references(r, "args", value, LGS_ODOO_MAX_NESTING)
               : LGS_INVALID;
}

/* Anywhere in it: lines of a create and values of a wizard stand deeper. What is nested too deep is
 * refused by who looks for references. */
static lgs_rc_t check_ids(lgs_op_reader_t *r, const char *what, const lgs_node_t *node,
                          unsigned depth)
{
    bool is_object = node->type == LGS_OBJECT;
    lgs_rc_t rc = LGS_OK;

    if (depth == 0 || lgs_op_is_scalar(node)) {
        return LGS_OK;
    }
    for (uint32_t i = 0; i < node->n && rc == LGS_OK; i++) {
        const lgs_node_t *value = is_object ? &node->u.members[i].value : &node->u.items[i];

        if (is_object && lgs_op_is_scalar(value) && value->type != LGS_NULL &&
            lgs_operation_names_record(lgs_node_text(&node->u.members[i].name))) {
            return lgs_op_refuse(r, what, value, "{find: name} where a field is a record's id");
        }
        rc = check_ids(r, what, value, depth - 1);
    }
    return rc;
}

static lgs_rc_t read_record(lgs_op_reader_t *r, const lgs_node_t *value)
{
    r->op->record = value;
    if (value->type == LGS_OBJECT && value->n == 1 && lgs_node_at(value, "external_id")) {
        return LGS_OK; /* the plan looks for its load */
    }
    if (lgs_operation_reference(value).len == 0) {
        return lgs_op_refuse(r, "record", value, "{find: name} or {external_id: id}");
    }
    return check_references(r, "record", value, LGS_ODOO_MAX_NESTING);
}

static lgs_rc_t read_context(lgs_op_reader_t *r, const lgs_node_t *value)
{
    r->op->context = value;
    return value->type == LGS_OBJECT ? check_references(r, "context", value, LGS_ODOO_MAX_NESTING)
                                     : lgs_op_refuse(r, "context", value, "an object");
}

static lgs_rc_t check_references(lgs_op_reader_t *r, const char *what, const lgs_node_t *node,
                                 unsigned depth)
{
    lgs_str_t name = lgs_operation_reference(node);
    lgs_rc_t rc = LGS_OK;

    if (depth == 0) {
        return lgs_op_refuse(r, what, node, "not nested deeper than 16");
    }
    if (name.len) {
        return take_reference(r, what, node);
    }
    if (node->type != LGS_OBJECT && node->type != LGS_ARRAY) {
        return LGS_OK;
    }
    for (uint32_t i = 0; i < node->n && rc == LGS_OK; i++) {
        rc = check_references(
            r, what, node->type == LGS_OBJECT ? &node->u.members[i].value : &node->u.items[i],
            depth - 1);
    }
    return rc;
}

/* A reference to a pattern becomes a find of its own; equal values share one. */
static lgs_rc_t take_reference(lgs_op_reader_t *r, const char *what, const lgs_node_t *reference)
{
    const lgs_node_t *value = lgs_node_at(reference, "value");
    int at = lgs_op_index_of(r->op, lgs_operation_reference(reference));

    if (at < 0) {
        return lgs_op_refuse(r, what, reference, "a name that `find` has");
    }
    if (!r->op->finds[at].is_pattern) {
        return value ? lgs_op_refuse(r, what, value, "left out, or the find has `lines: true`")
                     : LGS_OK;
    }
    return lgs_operation_find(r->op, reference) ? LGS_OK
                                                : lgs_op_add_instance(r, &r->op->finds[at], value);
}

lgs_rc_t lgs_op_read_flag(lgs_op_reader_t *r, const char *key, const lgs_node_t *node, bool *flag)
{
    *flag = node && node->type == LGS_BOOL && node->u.truth;
    return node == NULL || node->type == LGS_BOOL ? LGS_OK
                                                  : lgs_op_refuse(r, key, node, "true or false");
}

bool lgs_op_is_scalar(const lgs_node_t *node)
{
    return node->type != LGS_ARRAY && node->type != LGS_OBJECT;
}

bool lgs_op_is_name(lgs_str_t name, const char *also)
{
    if (name.len == 0 || name.len > LGS_ODOO_MAX_NAME) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
              (c && strchr(also, c)))) {
            return false;
        }
    }
    return true;
}

/* `operation 3, "model": must be a model's name, is an array` */
lgs_rc_t lgs_op_refuse(const lgs_op_reader_t *r, const char *key, const lgs_node_t *node,
                       const char *expected)
{
    lgs_str_t text = lgs_node_text(node);
    const char *type = node ? lgs_type_name((lgs_type_t)node->type) : "missing";
    lgs_pos_t pos = {.offset = node ? node->offset : 0};
    lgs_err_t *err;

    if (text.len && text.len <= 80) {
        err = lgs_errs_add(r->errs, "odoo-operation", pos,
                           "operation %u, \"%s\": must be %s, is \"%.*s\"", r->index, key, expected,
                           LGS_FMT(text));
    } else {
        err = lgs_errs_add(r->errs, "odoo-operation", pos,
                           "operation %u, \"%s\": must be %s, is %s", r->index, key, expected,
                           type);
    }
    if (err) {
        err->record = (int)r->index;
    }
    return LGS_INVALID;
}
