/*
 * The proof that a mapping puts out no field that its record's schema does not know, and leaves
 * none out that every record must have: a slip would refuse each message, and its partner could not
 * help it. Only names that are written in the mapping are looked at; what runs make is checked in
 * the run.
 */
#include "internal.h"

#define MAX_REFS 8u /* $ref behind $ref */

static lgs_shape_t whole(lgs_compile_t *c, lgs_str_t file);
static lgs_shape_t resolve(lgs_compile_t *c, lgs_shape_t shape);
static lgs_str_t beside(lgs_compile_t *c, lgs_str_t file, lgs_str_t other);
static void prove_there(lgs_compile_t *c, const lgs_object_t *record, lgs_str_t name);
static bool has_field(const lgs_object_t *object, lgs_str_t name);
static void prove_object(lgs_compile_t *c, lgs_object_t *object, lgs_shape_t shape, unsigned depth);
static bool says(lgs_shape_t shape, const char *keyword);
static void prove_value(lgs_compile_t *c, const lgs_field_t *field, lgs_shape_t shape,
                        unsigned depth);
static void prove_items(lgs_compile_t *c, const lgs_expr_t *list, lgs_shape_t shape,
                        unsigned depth);
static void say_unknown(lgs_compile_t *c, const lgs_field_t *field, const lgs_node_t *known,
                        bool is_record);

/* ---- shapes ---- */

lgs_shape_t lgs_mapping_shape(lgs_compile_t *c, lgs_str_t file)
{
    return resolve(c, whole(c, file));
}

static lgs_shape_t whole(lgs_compile_t *c, lgs_str_t file)
{
    lgs_shape_t shape = {.file = file};

    if (c->env && c->env->schema && file.len) {
        shape.doc = c->env->schema(c->env->data, file);
        shape.node = shape.doc ? &shape.doc->root : NULL;
    }
    return shape;
}

lgs_shape_t lgs_mapping_shape_member(lgs_compile_t *c, lgs_shape_t object, lgs_str_t name)
{
    object.node = lgs_node_get(lgs_node_at(object.node, "properties"), name);
    return resolve(c, object);
}

lgs_shape_t lgs_mapping_shape_items(lgs_compile_t *c, lgs_shape_t list)
{
    list.node = lgs_node_at(list.node, "items");
    return resolve(c, list);
}

/* A $ref beside other keywords says most of what there is to know: they may only narrow it. */
static lgs_shape_t resolve(lgs_compile_t *c, lgs_shape_t shape)
{
    for (unsigned n = 0; shape.node; n++) {
        lgs_str_t ref = lgs_node_text(lgs_node_at(shape.node, "$ref"));

        if (ref.len == 0) {
            return shape;
        }
        shape = n < MAX_REFS ? lgs_mapping_shape_follow(c, shape, ref)
                             : (lgs_shape_t){.node = NULL};
    }
    return shape;
}

/* "#/$defs/ref" of the same file, or "parts.json#/$defs/ref" of one beside it. */
lgs_shape_t lgs_mapping_shape_follow(lgs_compile_t *c, lgs_shape_t from, lgs_str_t ref)
{
    const char *hash = memchr(ref.data, '#', ref.len);
    size_t len = hash ? (size_t)(hash - ref.data) : ref.len;
    lgs_shape_t to = from;

    if (len) {
        to = whole(c, beside(c, from.file, lgs_str(ref.data, len)));
    } else {
        to.node = &from.doc->root;
    }
    if (to.node && ref.len > len + 1) {
        to.node = lgs_node_pointer(&to.doc->root, lgs_str(hash + 1, ref.len - len - 1));
    }
    return to;
}

static lgs_str_t beside(lgs_compile_t *c, lgs_str_t file, lgs_str_t other)
{
    size_t folder = file.len;
    lgs_str_t name;

    while (folder && file.data[folder - 1] != '/') {
        folder--;
    }
    name = lgs_arena_printf(c->arena, "%.*s%.*s", (int)folder, file.data, LGS_FMT(other));
    if (name.data == NULL) {
        lgs_mapping_nomem(c);
    }
    return name;
}

/* ---- proofs ---- */

void lgs_mapping_prove_fields(lgs_compile_t *c, const lgs_node_t *at, lgs_object_t *record)
{
    const lgs_node_t *required = lgs_node_at(c->record.node, "required");

    prove_object(c, record, c->record, 0);
    for (uint32_t i = 0; required && required->type == LGS_ARRAY && i < required->n; i++) {
        lgs_str_t name = lgs_node_text(&required->u.items[i]);

        if (lgs_str_is(name, "type") && c->types) { /* said in compile.c */
            continue;
        }
        if (lgs_node_get(at, name) == NULL && !has_field(record, name)) {
            lgs_str_t kind = lgs_mapping_kind(c->mapping);

            lgs_mapping_finding(c, at, "\"%.*s\" is missing: every %.*s has one", LGS_FMT(name),
                                LGS_FMT(kind));
            continue;
        }
        prove_there(c, record, name);
    }
}

static void prove_there(lgs_compile_t *c, const lgs_object_t *record, lgs_str_t name)
{
    for (uint32_t i = 0; i < record->n; i++) {
        if (lgs_str_eq(lgs_mapping_text(&record->fields[i].name), name)) {
            lgs_mapping_prove_there(c, record->fields[i].value, name);
        }
    }
}

/* Also one that a template brought in. */
static bool has_field(const lgs_object_t *object, lgs_str_t name)
{
    for (uint32_t i = 0; i < object->n; i++) {
        if (lgs_str_eq(lgs_mapping_text(&object->fields[i].name), name)) {
            return true;
        }
    }
    return false;
}

/* Members that have no name in the schema are what `additionalProperties` says, if that is a
 * schema. */
static void prove_object(lgs_compile_t *c, lgs_object_t *object, lgs_shape_t shape, unsigned depth)
{
    const lgs_node_t *known = lgs_node_at(shape.node, "properties");
    const lgs_node_t *others = lgs_node_at(shape.node, "additionalProperties");
    const lgs_node_t *other = others && others->type == LGS_OBJECT ? others : NULL;

    object->stays |= says(shape, "x-stays");
    object->keeps_nulls |= says(shape, "x-nulls");
    if ((known == NULL && other == NULL) || depth == LGS_MAPPING_MAX_NESTING) {
        return;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_field_t *field = &object->fields[i];
        lgs_shape_t inner = shape;

        inner.node = known ? lgs_node_get(known, lgs_mapping_text(&field->name)) : NULL;
        inner.node = inner.node ? inner.node : other;
        if (inner.node) {
            size_t mark = lgs_mapping_enter(c, lgs_mapping_text(&field->name));

            prove_value(c, field, resolve(c, inner), depth + 1);
            lgs_mapping_leave(c, mark);
        } else if (!field->spread && others && others->type == LGS_BOOL && !others->u.truth) {
            say_unknown(c, field, known, object->is_record);
        }
    }
}

static bool says(lgs_shape_t shape, const char *keyword)
{
    const lgs_node_t *word = lgs_node_at(shape.node, keyword);

    return word && word->type == LGS_BOOL && word->u.truth;
}

static void prove_value(lgs_compile_t *c, const lgs_field_t *field, lgs_shape_t shape,
                        unsigned depth)
{
    const lgs_expr_t *value = field->value;

    if (!lgs_str_is(lgs_mapping_text(&field->name), "type") || c->types == NULL) { /* compile.c */
        lgs_mapping_prove_type(c, value, shape);
    }
    if (value->op->run == lgs_op_pass_run) { /* {object: {...}}, {then: {...}} */
        value = value->u.args;
    }
    if (value && value->op == &lgs_op_object) {
        prove_object(c, value->u.object, shape, depth);
    } else if (value && (value->op == &lgs_op_list || value->op == &lgs_op_each)) {
        prove_items(c, value, lgs_mapping_shape_items(c, shape), depth);
    }
}

/* The objects that are written in a list, or made for each item of one. */
static void prove_items(lgs_compile_t *c, const lgs_expr_t *list, lgs_shape_t shape, unsigned depth)
{
    const lgs_expr_t *const *items = list->u.list.items;
    uint32_t n = list->u.list.n;

    if (list->op == &lgs_op_each) {
        items = &list;
        n = 1;
    }
    for (uint32_t i = 0; i < n; i++) {
        const lgs_expr_t *item = items[i];

        while (item && item->op == &lgs_op_each) { /* LGS_MAPPING_MAX_SCOPES at most */
            item = item->u.each->body;
        }
        if (item && item->op == &lgs_op_object) {
            prove_object(c, item->u.object, shape, depth);
        }
    }
}

static void say_unknown(lgs_compile_t *c, const lgs_field_t *field, const lgs_node_t *known,
                        bool is_record)
{
    lgs_str_t name = lgs_mapping_text(&field->name);
    lgs_str_t *words = lgs_arena_array(c->arena, known->n + 1, sizeof(*words));
    lgs_str_t near, file = c->mapping->output_schema;

    if (words == NULL) {
        lgs_mapping_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < known->n; i++) {
        words[i] = lgs_node_text(&known->u.members[i].name);
    }
    words[known->n] = LGS_STR("occurred"); /* stands for four fields of an event */
    near = lgs_nearest(name, words,
                       known->n + (is_record && lgs_node_at(known, "occurred_at") != NULL));
    lgs_mapping_finding(c, &field->name,
                        "\"%.*s\"%s is no field that schemas/%.*s has here%s%.*s%s",
                        LGS_QUOTE(name), LGS_FMT(file), near.len ? "; did you mean \"" : "",
                        LGS_FMT(near), near.len ? "\"?" : "");
}
