/*
 * The finds of an operation (operation.h), read and checked: what is looked for, by what, and what
 * a reference stands for. References go backwards only, so they end.
 */
#include "operation_read.h"

static lgs_rc_t read_find(lgs_op_reader_t *r, const lgs_member_t *member, lgs_find_t *find);
static lgs_rc_t read_value(lgs_op_reader_t *r, const lgs_node_t *node, lgs_find_t *find);
static lgs_rc_t read_where(lgs_op_reader_t *r, const lgs_node_t *where, lgs_find_t *find);
static lgs_rc_t read_known(lgs_op_reader_t *r, const lgs_node_t *known, lgs_find_t *find);
static lgs_rc_t need_earlier(lgs_op_reader_t *r, const lgs_node_t *reference, lgs_find_t *find);
static bool is_key_word(lgs_str_t name);
static lgs_rc_t read_by(lgs_op_reader_t *r, const char *what, const lgs_node_t *by, lgs_key_t *key);
static lgs_rc_t read_word(lgs_op_reader_t *r, const lgs_node_t *node, const char *key,
                          const lgs_str_t *words, unsigned n, unsigned *choice);
static lgs_rc_t read_text(lgs_op_reader_t *r, const lgs_node_t *node, const char *key,
                          lgs_str_t *text);
static bool same_value(const lgs_node_t *a, const lgs_node_t *b);

lgs_str_t lgs_operation_reference(const lgs_node_t *node)
{
    bool is_one = node->type == LGS_OBJECT &&
                  (node->n == 1 || (node->n == 2 && lgs_node_at(node, "value")));

    return is_one ? lgs_node_text(lgs_node_at(node, "find")) : (lgs_str_t){NULL, 0};
}

lgs_str_t lgs_operation_fact(const lgs_node_t *node)
{
    return node->type == LGS_OBJECT && node->n == 1 ? lgs_node_text(lgs_node_at(node, "partner"))
                                                    : (lgs_str_t){NULL, 0};
}

lgs_find_t *lgs_operation_find(const lgs_op_t *op, const lgs_node_t *reference)
{
    int at = lgs_op_index_of(op, lgs_operation_reference(reference));
    lgs_find_t *named = at < 0 ? NULL : &op->finds[at];

    if (named == NULL || !named->is_pattern) {
        return named;
    }
    for (uint32_t i = op->n_named; i < op->n_finds; i++) {
        if (lgs_str_eq(op->finds[i].name, named->name) &&
            same_value(op->finds[i].value, lgs_node_at(reference, "value"))) {
            return &op->finds[i];
        }
    }
    return NULL;
}

/* No value at all is one, too: every line without a number has the same answer. */
static bool same_value(const lgs_node_t *a, const lgs_node_t *b)
{
    return a == b || (a && b && lgs_node_equal(a, b));
}

lgs_rc_t lgs_op_read_finds(lgs_op_reader_t *r, const lgs_node_t *value)
{
    if (value->type != LGS_OBJECT || value->n > LGS_ODOO_MAX_FINDS) {
        return lgs_op_refuse(r, "find", value, "an object of at most 16 finds");
    }
    r->op->finds = lgs_arena_array(r->arena, value->n, sizeof(lgs_find_t));
    if (r->op->finds == NULL) {
        return lgs_errs_nomem(r->errs);
    }
    r->op->finds_size = value->n;
    for (uint32_t i = 0; i < value->n; i++) {
        lgs_rc_t rc = read_find(r, &value->u.members[i], &r->op->finds[i]);

        if (rc != LGS_OK) {
            return rc;
        }
        r->op->n_named = r->op->n_finds = i + 1;
    }
    return LGS_OK;
}

static lgs_rc_t read_find(lgs_op_reader_t *r, const lgs_member_t *member, lgs_find_t *find)
{
    static const lgs_str_t many[] = {LGS_STR_INIT("refuse"), LGS_STR_INIT("first"),
                                     LGS_STR_INIT("last")};
    static const lgs_str_t otherwise[] = {LGS_STR_INIT("refuse"), LGS_STR_INIT("skip"),
                                          LGS_STR_INIT("empty")};
    const lgs_node_t *node = &member->value;
    unsigned choice = 0, other = 0;
    lgs_rc_t rc;

    memset(find, 0, sizeof(*find));
    find->name = lgs_node_text(&member->name);
    rc = lgs_op_read_key(r, "find", node, &find->key);
    if (rc == LGS_OK) {
        rc = read_word(r, node, "many", many, LGS_N(many), &choice);
    }
    if (rc == LGS_OK) {
        rc = read_word(r, node, "else", otherwise, LGS_N(otherwise), &other);
    }
    if (rc == LGS_OK) {
        rc = lgs_op_read_flag(r, "lines", lgs_node_at(node, "lines"), &find->is_pattern);
    }
    if (rc == LGS_OK) {
        rc = lgs_op_read_flag(r, "loaded", lgs_node_at(node, "loaded"), &find->may_be_loaded);
    }
    if (rc == LGS_OK) {
        rc = read_text(r, node, "wants", &find->wants);
    }
    if (rc == LGS_OK) {
        rc = read_text(r, node, "says", &find->says);
    }
    find->many = (lgs_many_t)choice;
    find->otherwise = (lgs_else_t)other;
    if (rc == LGS_OK) {
        rc = read_value(r, lgs_node_at(node, "value"), find);
    }
    if (rc == LGS_OK) {
        rc = read_where(r, find->key.where, find);
    }
    return rc == LGS_OK ? read_known(r, lgs_node_at(node, "known"), find) : rc;
}

/* v, [v, …], {"find": earlier} and lists of them. */
static lgs_rc_t read_value(lgs_op_reader_t *r, const lgs_node_t *node, lgs_find_t *find)
{
    uint32_t n = node && node->type == LGS_ARRAY ? node->n : 1;

    find->value = node;
    if (n > LGS_ODOO_MAX_VALUES) {
        return lgs_op_refuse(r, "find", node, "at most 16 values in `value`");
    }
    for (uint32_t i = 0; node && i < n; i++) {
        const lgs_node_t *value = node->type == LGS_ARRAY ? &node->u.items[i] : node;
        bool refers = lgs_operation_reference(value).len > 0;

        if (!refers && !lgs_op_is_scalar(value) && lgs_operation_fact(value).len == 0) {
            return lgs_op_refuse(
                r, "find", value,
                "a string or number, {find: earlier} or {partner: fact}, in `value`");
        }
        if (refers && need_earlier(r, value, find) != LGS_OK) {
            return LGS_INVALID;
        }
    }
    return LGS_OK;
}

static lgs_rc_t read_where(lgs_op_reader_t *r, const lgs_node_t *where, lgs_find_t *find)
{
    for (uint32_t i = 0; where && i < where->n; i++) {
        const lgs_node_t *value = &where->u.members[i].value;

        if (lgs_operation_reference(value).len && need_earlier(r, value, find) != LGS_OK) {
            return LGS_INVALID;
        }
    }
    return LGS_OK;
}

static lgs_rc_t read_known(lgs_op_reader_t *r, const lgs_node_t *known, lgs_find_t *find)
{
    find->known = known ? lgs_op_index_of(r->op, lgs_node_text(known)) : -1;
    if (known && find->known < 0) {
        return lgs_op_refuse(r, "known", known, "the name of an earlier find");
    }
    find->needs |= known ? 1u << find->known : 0;
    return LGS_OK;
}

/* References go backwards only, so they end. */
static lgs_rc_t need_earlier(lgs_op_reader_t *r, const lgs_node_t *reference, lgs_find_t *find)
{
    int at = lgs_op_index_of(r->op, lgs_operation_reference(reference));

    if (at < 0 || r->op->finds[at].is_pattern) {
        return lgs_op_refuse(r, "find", reference,
                             "made of names of earlier finds, without `lines`");
    }
    find->needs |= 1u << at;
    return LGS_OK;
}

int lgs_op_index_of(const lgs_op_t *op, lgs_str_t name)
{
    for (uint32_t i = 0; name.len && i < op->n_named; i++) {
        if (lgs_str_eq(op->finds[i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}

/* model, by, take and where; what `value` may be is the caller's affair. */
lgs_rc_t lgs_op_read_key(lgs_op_reader_t *r, const char *what, const lgs_node_t *node,
                         lgs_key_t *key)
{
    const lgs_node_t *model = lgs_node_at(node, "model"), *take = lgs_node_at(node, "take");

    for (uint32_t i = 0; node->type == LGS_OBJECT && i < node->n; i++) {
        if (!is_key_word(lgs_node_text(&node->u.members[i].name))) {
            return lgs_op_refuse(
                r, what, &node->u.members[i].name,
                "made of model, by, value, where, take, known, loaded, many, else, lines, "
                "wants, says");
        }
    }
    key->model = lgs_node_text(model);
    if (model == NULL || model->type != LGS_STRING || !lgs_op_is_name(key->model, "._")) {
        return lgs_op_refuse(r, what, model, "a model's name in `model`");
    }
    key->take = lgs_node_text(take);
    if (take && (take->type != LGS_STRING || !lgs_op_is_name(key->take, "_"))) {
        return lgs_op_refuse(r, what, take, "a field's name in `take`");
    }
    key->where = lgs_node_at(node, "where");
    if (key->where && key->where->type != LGS_OBJECT) {
        return lgs_op_refuse(r, what, key->where, "an object in `where`");
    }
    return read_by(r, what, lgs_node_at(node, "by"), key);
}

static bool is_key_word(lgs_str_t name)
{
    static const char *const words[] = {"model",  "by",   "value", "where", "take",  "known",
                                        "loaded", "many", "else",  "lines", "wants", "says"};

    for (size_t i = 0; i < LGS_N(words); i++) {
        if (lgs_str_is(name, words[i])) {
            return true;
        }
    }
    return false;
}

static lgs_rc_t read_by(lgs_op_reader_t *r, const char *what, const lgs_node_t *by, lgs_key_t *key)
{
    uint32_t n = by && by->type == LGS_ARRAY ? by->n : 1;

    if (by == NULL || n == 0 || n > LGS_ODOO_MAX_BY) {
        return lgs_op_refuse(r, what, by, "a field or 1 to 8 fields in `by`");
    }
    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *field = by->type == LGS_ARRAY ? &by->u.items[i] : by;

        if (field->type != LGS_STRING || !lgs_op_is_name(lgs_node_text(field), "._")) {
            return lgs_op_refuse(r, what, field, "field names in `by`");
        }
        key->by[i] = lgs_node_text(field);
    }
    key->n_by = n;
    return LGS_OK;
}

static lgs_rc_t read_word(lgs_op_reader_t *r, const lgs_node_t *node, const char *key,
                          const lgs_str_t *words, unsigned n, unsigned *choice)
{
    const lgs_node_t *value = lgs_node_at(node, key);

    if (value == NULL) {
        return LGS_OK;
    }
    for (unsigned i = 0; i < n; i++) {
        if (value->type == LGS_STRING && lgs_str_eq(lgs_node_text(value), words[i])) {
            *choice = i;
            return LGS_OK;
        }
    }
    return lgs_op_refuse(r, key, value, "one of its words (see operation.h)");
}

static lgs_rc_t read_text(lgs_op_reader_t *r, const lgs_node_t *node, const char *key,
                          lgs_str_t *text)
{
    const lgs_node_t *value = lgs_node_at(node, key);

    *text = lgs_node_text(value);
    return value == NULL || (value->type == LGS_STRING && value->n)
               ? LGS_OK
               : lgs_op_refuse(r, key, value, "a text");
}

lgs_rc_t lgs_op_add_instance(lgs_op_reader_t *r, const lgs_find_t *pattern, const lgs_node_t *value)
{
    lgs_op_t *op = r->op;
    lgs_find_t instance = *pattern;
    uint32_t size = op->finds_size * 2;

    instance.is_pattern = false;
    if (read_value(r, value, &instance) != LGS_OK) {
        return LGS_INVALID;
    }
    if (op->n_finds == op->finds_size) {
        lgs_find_t *grown = lgs_arena_grow(r->arena, op->finds, op->finds_size * sizeof(*grown),
                                           size * sizeof(*grown));

        if (grown == NULL) {
            return lgs_errs_nomem(r->errs);
        }
        op->finds = grown;
        op->finds_size = size;
    }
    op->finds[op->n_finds++] = instance;
    return LGS_OK;
}
