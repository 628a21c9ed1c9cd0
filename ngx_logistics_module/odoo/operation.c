/*
 * Operations read and checked (operation.h). A malformed one is a mapping's fault, so every check
 * names the operation, the key and what was there. Nodes are borrowed from the mapping's records.
 */
#include "operation.h"

typedef struct {
    lgs_arena_t *arena;
    const lgs_node_t *node; /* the operation */
    uint32_t index;
    lgs_op_t *op;
    lgs_errs_t *errs;
} reader_t;

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

static lgs_rc_t read_model(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_method(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_finds(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_row(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_lines(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_values(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_args(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_record(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_settle(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_unless(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_chain(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_updates(reader_t *r, const lgs_node_t *value);
static lgs_rc_t read_context(reader_t *r, const lgs_node_t *value);

/* Finds come before what refers to them. */
static const struct {
    lgs_str_t name;
    unsigned in, required;
    lgs_rc_t (*read)(reader_t *r, const lgs_node_t *value);
} keys[] = {
    {LGS_STR_INIT("op"), IN_ALL, IN_ALL, NULL},
    {LGS_STR_INIT("model"), IN_ALL, IN_ALL, read_model},
    {LGS_STR_INIT("find"), IN_ALL, 0, read_finds},
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

static lgs_rc_t read_kind(reader_t *r, unsigned *bit);
static lgs_rc_t check_keys(reader_t *r, unsigned bit);
static lgs_rc_t read_find(reader_t *r, const lgs_member_t *member, lgs_find_t *find);
static lgs_rc_t read_key(reader_t *r, const char *what, const lgs_node_t *node, lgs_key_t *key);
static lgs_rc_t read_value(reader_t *r, const lgs_node_t *node, lgs_find_t *find);
static lgs_rc_t read_where(reader_t *r, const lgs_node_t *where, lgs_find_t *find);
static lgs_rc_t read_known(reader_t *r, const lgs_node_t *known, lgs_find_t *find);
static lgs_rc_t read_flag(reader_t *r, const char *key, const lgs_node_t *node, bool *flag);
static lgs_rc_t need_earlier(reader_t *r, const lgs_node_t *reference, lgs_find_t *find);
static int index_of(const lgs_op_t *op, lgs_str_t name);
static lgs_rc_t take_reference(reader_t *r, const char *what, const lgs_node_t *reference);
static lgs_rc_t add_instance(reader_t *r, const lgs_find_t *pattern, const lgs_node_t *value);
static bool same_value(const lgs_node_t *a, const lgs_node_t *b);
static bool is_scalar(const lgs_node_t *node);
static lgs_rc_t read_by(reader_t *r, const char *what, const lgs_node_t *by, lgs_key_t *key);
static bool is_key_word(lgs_str_t name);
static lgs_rc_t read_word(reader_t *r, const lgs_node_t *node, const char *key,
                          const lgs_str_t *words, unsigned n, unsigned *choice);
static lgs_rc_t read_text(reader_t *r, const lgs_node_t *node, const char *key, lgs_str_t *text);
static lgs_rc_t check_cells(reader_t *r, const char *what, const lgs_node_t *row);
static bool is_id(lgs_str_t column);
static lgs_rc_t check_references(reader_t *r, const char *what, const lgs_node_t *node,
                                 unsigned depth);
static bool is_name(lgs_str_t name, const char *also);
static lgs_rc_t refuse(const reader_t *r, const char *key, const lgs_node_t *node,
                       const char *expected);

lgs_rc_t lgs_operation_read(lgs_arena_t *arena, const lgs_node_t *node, uint32_t index,
                            lgs_op_t *op, lgs_errs_t *errs)
{
    reader_t r = {arena, node, index, op, errs};
    unsigned bit = 0;
    lgs_rc_t rc;

    memset(op, 0, sizeof(*op));
    op->unless = -1;
    if (node->type != LGS_OBJECT) {
        return refuse(&r, "", node, "an object");
    }
    rc = read_kind(&r, &bit);
    if (rc == LGS_OK) {
        rc = check_keys(&r, bit);
    }
    for (size_t i = 0; i < LGS_N(keys) && rc == LGS_OK; i++) {
        const lgs_node_t *value = lgs_node_get(node, keys[i].name);

        if (value == NULL && (keys[i].required & bit)) {
            rc = refuse(&r, keys[i].name.data, NULL, "given");
        } else if (value && keys[i].read) {
            rc = keys[i].read(&r, value);
        }
    }
    op->outcome.model = op->model;
    op->outcome.external_id = op->external_id;
    return rc;
}

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
    int at = index_of(op, lgs_operation_reference(reference));
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

static void write_value(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node, unsigned depth)
{
    const lgs_find_t *find = lgs_operation_find(op, node);
    bool is_object = node->type == LGS_OBJECT;

    if (find && find->id) {
        lgs_buf_i64(buf, find->id);
        return;
    }
    if (op->after && lgs_operation_load_of(node).len) {
        lgs_buf_i64(buf, op->after->outcome.id);
        return;
    }
    if (find) {
        lgs_buf_cstr(buf, "false"); /* Odoo's empty value */
        return;
    }
    if ((!is_object && node->type != LGS_ARRAY) || depth == 0) {
        lgs_json_write(buf, node);
        return;
    }
    lgs_buf_byte(buf, is_object ? '{' : '[');
    for (uint32_t i = 0; i < node->n; i++) {
        if (i) {
            lgs_buf_byte(buf, ',');
        }
        if (is_object) {
            lgs_json_write_string(buf, lgs_node_text(&node->u.members[i].name));
            lgs_buf_byte(buf, ':');
        }
        write_value(buf, op, is_object ? &node->u.members[i].value : &node->u.items[i], depth - 1);
    }
    lgs_buf_byte(buf, is_object ? '}' : ']');
}

void lgs_operation_write(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node)
{
    write_value(buf, op, node, LGS_ODOO_MAX_NESTING);
}

void lgs_operation_write_cell(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node)
{
    const lgs_find_t *find;

    if (node == NULL || node->type == LGS_NULL) {
        lgs_buf_cstr(buf, "\"\"");
        return;
    }
    if (node->type == LGS_BOOL) {
        lgs_buf_cstr(buf, node->u.truth ? "\"True\"" : "\"\"");
        return;
    }
    if (node->type == LGS_STRING || node->type == LGS_NUMBER) {
        lgs_json_write_string(buf, lgs_node_text(node));
        return;
    }
    find = lgs_operation_find(op, node);
    lgs_buf_byte(buf, '"');
    if (find && find->id) {
        lgs_buf_i64(buf, find->id);
    }
    lgs_buf_byte(buf, '"');
}

lgs_str_t lgs_operation_load_of(const lgs_node_t *node)
{
    return node->type == LGS_OBJECT && node->n == 1
               ? lgs_node_text(lgs_node_at(node, "external_id"))
               : (lgs_str_t){NULL, 0};
}

lgs_str_t lgs_operation_column(lgs_str_t written, bool *is_optional)
{
    *is_optional = written.len && written.data[written.len - 1] == '?';
    return lgs_str(written.data, written.len - *is_optional);
}

lgs_str_t lgs_operation_field(lgs_str_t column)
{
    size_t n = 0;

    while (n < column.len && column.data[n] != '/' && column.data[n] != '.' &&
           column.data[n] != '?') {
        n++;
    }
    return lgs_str(column.data, n);
}

static lgs_rc_t read_kind(reader_t *r, unsigned *bit)
{
    const lgs_node_t *op = lgs_node_at(r->node, "op");

    for (size_t i = 0; i < LGS_N(kinds); i++) {
        if (lgs_str_eq(lgs_node_text(op), kinds[i].name)) {
            r->op->kind = kinds[i].kind;
            *bit = kinds[i].bit;
            return LGS_OK;
        }
    }
    return refuse(r, "op", op, "load, create, write or call");
}

static lgs_rc_t check_keys(reader_t *r, unsigned bit)
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

static lgs_rc_t read_model(reader_t *r, const lgs_node_t *value)
{
    r->op->model = lgs_node_text(value);
    if (value->type != LGS_STRING || !is_name(r->op->model, "._")) {
        return refuse(r, "model", value, "a model's name");
    }
    return LGS_OK;
}

/* Odoo itself keeps private methods from remote callers; a path must not come from elsewhere
 * either. */
static lgs_rc_t read_method(reader_t *r, const lgs_node_t *value)
{
    r->op->method = lgs_node_text(value);
    if (value->type != LGS_STRING || !is_name(r->op->method, "_") || r->op->method.data[0] == '_') {
        return refuse(r, "method", value, "the name of a public method");
    }
    return LGS_OK;
}

static lgs_rc_t read_finds(reader_t *r, const lgs_node_t *value)
{
    if (value->type != LGS_OBJECT || value->n > LGS_ODOO_MAX_FINDS) {
        return refuse(r, "find", value, "an object of at most 16 finds");
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

static lgs_rc_t read_find(reader_t *r, const lgs_member_t *member, lgs_find_t *find)
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
    rc = read_key(r, "find", node, &find->key);
    if (rc == LGS_OK) {
        rc = read_word(r, node, "many", many, LGS_N(many), &choice);
    }
    if (rc == LGS_OK) {
        rc = read_word(r, node, "else", otherwise, LGS_N(otherwise), &other);
    }
    if (rc == LGS_OK) {
        rc = read_flag(r, "lines", lgs_node_at(node, "lines"), &find->is_pattern);
    }
    if (rc == LGS_OK) {
        rc = read_flag(r, "loaded", lgs_node_at(node, "loaded"), &find->may_be_loaded);
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
static lgs_rc_t read_value(reader_t *r, const lgs_node_t *node, lgs_find_t *find)
{
    uint32_t n = node && node->type == LGS_ARRAY ? node->n : 1;

    find->value = node;
    if (n > LGS_ODOO_MAX_VALUES) {
        return refuse(r, "find", node, "at most 16 values in `value`");
    }
    for (uint32_t i = 0; node && i < n; i++) {
        const lgs_node_t *value = node->type == LGS_ARRAY ? &node->u.items[i] : node;
        bool refers = lgs_operation_reference(value).len > 0;

        if (!refers && !is_scalar(value) && lgs_operation_fact(value).len == 0) {
            return refuse(r, "find", value,
                          "a string or number, {find: earlier} or {partner: fact}, in `value`");
        }
        if (refers && need_earlier(r, value, find) != LGS_OK) {
            return LGS_INVALID;
        }
    }
    return LGS_OK;
}

static lgs_rc_t read_where(reader_t *r, const lgs_node_t *where, lgs_find_t *find)
{
    for (uint32_t i = 0; where && i < where->n; i++) {
        const lgs_node_t *value = &where->u.members[i].value;

        if (lgs_operation_reference(value).len && need_earlier(r, value, find) != LGS_OK) {
            return LGS_INVALID;
        }
    }
    return LGS_OK;
}

static lgs_rc_t read_known(reader_t *r, const lgs_node_t *known, lgs_find_t *find)
{
    find->known = known ? index_of(r->op, lgs_node_text(known)) : -1;
    if (known && find->known < 0) {
        return refuse(r, "known", known, "the name of an earlier find");
    }
    find->needs |= known ? 1u << find->known : 0;
    return LGS_OK;
}

/* References go backwards only, so they end. */
static lgs_rc_t need_earlier(reader_t *r, const lgs_node_t *reference, lgs_find_t *find)
{
    int at = index_of(r->op, lgs_operation_reference(reference));

    if (at < 0 || r->op->finds[at].is_pattern) {
        return refuse(r, "find", reference, "made of names of earlier finds, without `lines`");
    }
    find->needs |= 1u << at;
    return LGS_OK;
}

static int index_of(const lgs_op_t *op, lgs_str_t name)
{
    for (uint32_t i = 0; name.len && i < op->n_named; i++) {
        if (lgs_str_eq(op->finds[i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}

static lgs_rc_t read_flag(reader_t *r, const char *key, const lgs_node_t *node, bool *flag)
{
    *flag = node && node->type == LGS_BOOL && node->u.truth;
    return node == NULL || node->type == LGS_BOOL ? LGS_OK : refuse(r, key, node, "true or false");
}

static lgs_rc_t read_unless(reader_t *r, const lgs_node_t *value)
{
    r->op->unless = index_of(r->op, lgs_node_text(value));
    return r->op->unless < 0 ? refuse(r, "unless", value, "a name that `find` has") : LGS_OK;
}

static lgs_rc_t read_chain(reader_t *r, const lgs_node_t *value)
{
    r->op->chain_id = lgs_node_text(value);
    return value->type == LGS_STRING && value->n ? LGS_OK : refuse(r, "chain", value, "a text");
}

static lgs_rc_t read_updates(reader_t *r, const lgs_node_t *value)
{
    return read_flag(r, "updates", value, &r->op->updates);
}

static lgs_rc_t read_settle(reader_t *r, const lgs_node_t *value)
{
    const lgs_node_t *node = lgs_node_at(value, "value");
    lgs_key_t *key = &r->op->settle;
    lgs_rc_t rc = read_key(r, "settle", value, key);

    if (rc == LGS_OK && key->where) {
        rc = check_references(r, "settle", key->where, LGS_ODOO_MAX_NESTING);
    }
    if (rc != LGS_OK) {
        return rc;
    }
    r->op->settle_value = node;
    if (key->n_by != 1 || key->take.len || node == NULL) {
        return refuse(r, "settle", value, "one field in `by`, and a value");
    }
    if (lgs_operation_reference(node).len) {
        return check_references(r, "settle", node, LGS_ODOO_MAX_NESTING);
    }
    key->value = lgs_node_text(node);
    return key->value.len ? LGS_OK : refuse(r, "settle", value, "one field in `by`, and a value");
}

/* model, by, take and where; what `value` may be is the caller's affair. */
static lgs_rc_t read_key(reader_t *r, const char *what, const lgs_node_t *node, lgs_key_t *key)
{
    const lgs_node_t *model = lgs_node_at(node, "model"), *take = lgs_node_at(node, "take");

    for (uint32_t i = 0; node->type == LGS_OBJECT && i < node->n; i++) {
        if (!is_key_word(lgs_node_text(&node->u.members[i].name))) {
            return refuse(
                r, what, &node->u.members[i].name,
                "made of model, by, value, where, take, known, loaded, many, else, lines, "
                "wants, says");
        }
    }
    key->model = lgs_node_text(model);
    if (model == NULL || model->type != LGS_STRING || !is_name(key->model, "._")) {
        return refuse(r, what, model, "a model's name in `model`");
    }
    key->take = lgs_node_text(take);
    if (take && (take->type != LGS_STRING || !is_name(key->take, "_"))) {
        return refuse(r, what, take, "a field's name in `take`");
    }
    key->where = lgs_node_at(node, "where");
    if (key->where && key->where->type != LGS_OBJECT) {
        return refuse(r, what, key->where, "an object in `where`");
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

static bool is_scalar(const lgs_node_t *node)
{
    return node->type != LGS_ARRAY && node->type != LGS_OBJECT;
}

static lgs_rc_t read_by(reader_t *r, const char *what, const lgs_node_t *by, lgs_key_t *key)
{
    uint32_t n = by && by->type == LGS_ARRAY ? by->n : 1;

    if (by == NULL || n == 0 || n > LGS_ODOO_MAX_BY) {
        return refuse(r, what, by, "a field or 1 to 8 fields in `by`");
    }
    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *field = by->type == LGS_ARRAY ? &by->u.items[i] : by;

        if (field->type != LGS_STRING || !is_name(lgs_node_text(field), "._")) {
            return refuse(r, what, field, "field names in `by`");
        }
        key->by[i] = lgs_node_text(field);
    }
    key->n_by = n;
    return LGS_OK;
}

static lgs_rc_t read_word(reader_t *r, const lgs_node_t *node, const char *key,
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
    return refuse(r, key, value, "one of its words (see operation.h)");
}

static lgs_rc_t read_text(reader_t *r, const lgs_node_t *node, const char *key, lgs_str_t *text)
{
    const lgs_node_t *value = lgs_node_at(node, key);

    *text = lgs_node_text(value);
    return value == NULL || (value->type == LGS_STRING && value->n)
               ? LGS_OK
               : refuse(r, key, value, "a text");
}

static lgs_rc_t read_row(reader_t *r, const lgs_node_t *value)
{
    const lgs_node_t *id = lgs_node_at(value, "id"), *own = lgs_node_at(value, ".id");
    const char *dot;

    if (value->type != LGS_OBJECT) {
        return refuse(r, "row", value, "an object");
    }
    r->op->row = value;
    r->op->n_rows = 1;
    if (own) {
        r->op->record = own;
        return id || lgs_operation_reference(own).len == 0
                   ? refuse(r, "row", own, "{find: name} in column \".id\" and no column \"id\"")
                   : check_cells(r, "row", value);
    }
    r->op->external_id = lgs_node_text(id);
    dot = r->op->external_id.len ? memchr(r->op->external_id.data, '.', r->op->external_id.len)
                                 : NULL;
    if (dot == NULL || dot == r->op->external_id.data ||
        dot + 1 == r->op->external_id.data + r->op->external_id.len) {
        /* without one, a repeated load makes a second record */
        return refuse(r, "row", id, "an external id (\"module.name\") in column \"id\"");
    }
    return check_cells(r, "row", value);
}

static lgs_rc_t read_lines(reader_t *r, const lgs_node_t *value)
{
    if (value->type != LGS_ARRAY || value->n > LGS_ODOO_MAX_LINES) {
        return refuse(r, "lines", value, "an array of at most 500 lines");
    }
    for (uint32_t i = 0; i < value->n; i++) {
        lgs_rc_t rc = value->u.items[i].type == LGS_OBJECT
                          ? check_cells(r, "lines", &value->u.items[i])
                          : refuse(r, "lines", &value->u.items[i], "objects");

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

static lgs_rc_t check_cells(reader_t *r, const char *what, const lgs_node_t *row)
{
    for (uint32_t i = 0; i < row->n; i++) {
        const lgs_node_t *cell = &row->u.members[i].value;
        lgs_str_t column = lgs_node_text(&row->u.members[i].name);

        if (column.len == 0 || column.len > LGS_ODOO_MAX_NAME) {
            return refuse(r, what, &row->u.members[i].name, "column names of 1 to 100 bytes");
        }
        if (cell->type == LGS_ARRAY ||
            (cell->type == LGS_OBJECT && lgs_operation_reference(cell).len == 0)) {
            return refuse(r, what, cell, "a string, number, boolean, null or {find: name}");
        }
        if (is_id(column) && cell->type != LGS_NULL && cell->type != LGS_OBJECT) {
            return refuse(r, what, cell, "{find: name} where a column is a record's id");
        }
    }
    return check_references(r, what, row, LGS_ODOO_MAX_NESTING);
}

/* "vehicle_id/.id", "res_id": a number out of a document would be anybody's record. */
static bool is_id(lgs_str_t column)
{
    bool is_optional;
    lgs_str_t name = lgs_operation_column(column, &is_optional);

    return lgs_str_is(name, "res_id") ||
           (name.len > 4 && memcmp(name.data + name.len - 4, "/.id", 4) == 0);
}

static lgs_rc_t read_values(reader_t *r, const lgs_node_t *value)
{
    r->op->values = value;
    if (value->type != LGS_OBJECT) {
        return refuse(r, "values", value, "an object");
    }
    for (uint32_t i = 0; i < value->n; i++) {
        const lgs_node_t *cell = &value->u.members[i].value;

        if (is_id(lgs_node_text(&value->u.members[i].name)) && is_scalar(cell) &&
            cell->type != LGS_NULL) {
            return refuse(r, "values", cell, "{find: name} where a field is a record's id");
        }
    }
    return check_references(r, "values", value, LGS_ODOO_MAX_NESTING);
}

static lgs_rc_t read_args(reader_t *r, const lgs_node_t *value)
{
    r->op->args = value;
    return value->type == LGS_OBJECT ? check_references(r, "args", value, LGS_ODOO_MAX_NESTING)
                                     : refuse(r, "args", value, "an object");
}

static lgs_rc_t read_record(reader_t *r, const lgs_node_t *value)
{
    r->op->record = value;
    if (value->type == LGS_OBJECT && value->n == 1 && lgs_node_at(value, "external_id")) {
        return LGS_OK; /* the plan looks for its load */
    }
    if (lgs_operation_reference(value).len == 0) {
        return refuse(r, "record", value, "{find: name} or {external_id: id}");
    }
    return check_references(r, "record", value, LGS_ODOO_MAX_NESTING);
}

static lgs_rc_t read_context(reader_t *r, const lgs_node_t *value)
{
    r->op->context = value;
    return value->type == LGS_OBJECT ? check_references(r, "context", value, LGS_ODOO_MAX_NESTING)
                                     : refuse(r, "context", value, "an object");
}

static lgs_rc_t check_references(reader_t *r, const char *what, const lgs_node_t *node,
                                 unsigned depth)
{
    lgs_str_t name = lgs_operation_reference(node);
    lgs_rc_t rc = LGS_OK;

    if (depth == 0) {
        return refuse(r, what, node, "not nested deeper than 16");
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
static lgs_rc_t take_reference(reader_t *r, const char *what, const lgs_node_t *reference)
{
    const lgs_node_t *value = lgs_node_at(reference, "value");
    int at = index_of(r->op, lgs_operation_reference(reference));

    if (at < 0) {
        return refuse(r, what, reference, "a name that `find` has");
    }
    if (!r->op->finds[at].is_pattern) {
        return value ? refuse(r, what, value, "left out, or the find has `lines: true`") : LGS_OK;
    }
    return lgs_operation_find(r->op, reference) ? LGS_OK
                                                : add_instance(r, &r->op->finds[at], value);
}

static lgs_rc_t add_instance(reader_t *r, const lgs_find_t *pattern, const lgs_node_t *value)
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

/* No value at all is one, too: every line without a number has the same answer. */
static bool same_value(const lgs_node_t *a, const lgs_node_t *b)
{
    return a == b || (a && b && lgs_node_equal(a, b));
}

static bool is_name(lgs_str_t name, const char *also)
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
static lgs_rc_t refuse(const reader_t *r, const char *key, const lgs_node_t *node,
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
