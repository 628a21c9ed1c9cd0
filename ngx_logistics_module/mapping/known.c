/*
 * What the schema of the input says of the documents: a path to what it requires, and never lets be
 * null, always has a value. A document that does not fit the schema is refused before the mapping
 * sees it, so this is a proof. What the schema does not say in plain words (properties, required,
 * items, type) is not known.
 */
#include "internal.h"

static bool is_type(lgs_shape_t shape, const char *type);
static bool is_required(lgs_shape_t object, lgs_str_t name);
static bool may_be(const lgs_compile_t *c, lgs_shape_t shape, lgs_str_t text);
static lgs_shape_t follow_path(lgs_compile_t *c, const lgs_path_t *path, bool *is_there);

void lgs_mapping_know_input(lgs_compile_t *c, const lgs_node_t *input)
{
    c->items[0] = lgs_mapping_shape(c, c->mapping->schema);
    /* of a list of records each is a document, and nobody says what is around them */
    c->knows_root = lgs_node_at(input, "records") == NULL;
}

void lgs_mapping_know_item(lgs_compile_t *c, const lgs_path_t *path)
{
    lgs_shape_t item = {.node = NULL};
    bool is_there;

    if (path) {
        item = follow_path(c, path, &is_there);
    }
    if (is_type(item, "array") && lgs_node_at(item.node, "prefixItems") == NULL) {
        item = lgs_mapping_shape_items(c, item);
    } else if (!is_type(item, "object")) {
        item.node = NULL;
    }
    c->items[c->scopes + 1] = item;
}

bool lgs_mapping_is_there(lgs_compile_t *c, const lgs_path_t *path, const lgs_texts_t *nulls)
{
    bool is_there;
    lgs_shape_t shape = follow_path(c, path, &is_there);

    for (uint32_t i = 0; is_there && nulls && i < nulls->n; i++) {
        is_there = !may_be(c, shape, nulls->items[i]);
    }
    return is_there;
}

/* The shape at the end of a path; without a node when the schema does not say. */
static lgs_shape_t follow_path(lgs_compile_t *c, const lgs_path_t *path, bool *is_there)
{
    lgs_shape_t shape = {.node = NULL};

    if (path->from == LGS_FROM_SCOPE) {
        shape = c->items[c->scopes - path->index];
    } else if (path->from == LGS_FROM_ROOT && c->knows_root) {
        shape = c->items[0];
    }
    *is_there = shape.node != NULL;
    for (uint32_t i = 0; i < path->n && shape.node; i++) {
        const lgs_step_t *step = &path->steps[i];

        if (step->kind != LGS_STEP_NAME) {
            shape.node = NULL;
            break;
        }
        *is_there = *is_there && is_type(shape, "object") && is_required(shape, step->name);
        shape = lgs_mapping_shape_member(c, shape, step->name);
    }
    *is_there = *is_there && shape.node && lgs_node_at(shape.node, "type") &&
                !lgs_mapping_takes_type(shape, "null");
    return shape;
}

/* It is of that type and no other. */
static bool is_type(lgs_shape_t shape, const char *type)
{
    return lgs_str_is(lgs_node_text(lgs_node_at(shape.node, "type")), type);
}

static bool is_required(lgs_shape_t object, lgs_str_t name)
{
    const lgs_node_t *required = lgs_node_at(object.node, "required");

    for (uint32_t i = 0; required && required->type == LGS_ARRAY && i < required->n; i++) {
        if (lgs_str_eq(lgs_node_text(&required->u.items[i]), name)) {
            return true;
        }
    }
    return false;
}

/* One of the mapping's `null_values`: does the schema let it be the text, or the number? */
static bool may_be(const lgs_compile_t *c, lgs_shape_t shape, lgs_str_t text)
{
    lgs_decimal_t number;

    return (lgs_mapping_takes_type(shape, "string") && lgs_mapping_takes_text(c, shape, text)) ||
           (lgs_mapping_takes_type(shape, "number") && lgs_decimal_read(text, &number));
}
