/*
 * Why a record is as it is: a run that is looked on at (run->watch), and for each value of its
 * records the value of the document and the line of the mapping that made it; and what of the
 * document was never read. A run that nobody looks on at pays one branch a path and an object.
 */
#include "explain.h"
#include "internal.h"

#include <stdlib.h>

#define MAX_DEPTH (LGS_MAX_DEPTH + LGS_MAPPING_MAX_NESTING)

struct lgs_watch_s {
    lgs_arena_t *arena;
    uint32_t *read; /* offsets of values that were read */
    size_t n_read, read_size;
    lgs_map_t *objects; /* bytes of the address of an object's members → its expression */
    bool failed;
};

typedef struct {
    const lgs_mapping_t *mapping;
    const lgs_doc_t *doc;
    lgs_watch_t *watch;
    lgs_explained_t *out;
    lgs_buf_t pointer;
    uint32_t record, size;
} walk_t;

static bool explain_value(walk_t *w, const lgs_node_t *value, const lgs_expr_t *expr,
                          unsigned depth);
static bool explain_members(walk_t *w, const lgs_node_t *object, const lgs_expr_t *expr,
                            unsigned depth);
static const lgs_expr_t *made_by(const lgs_watch_t *watch, const lgs_node_t *object);
static const lgs_expr_t *field_of(const lgs_expr_t *object, lgs_str_t name);
static bool add_origin(walk_t *w, const lgs_node_t *value, const lgs_expr_t *expr);
static void find_source(walk_t *w, const lgs_node_t *value, lgs_origin_t *origin);
static bool comes_from_document(const lgs_expr_t *expr);
static bool find_unread(walk_t *w, const lgs_node_t *node, unsigned depth);
static bool add_leaf(walk_t *w, const lgs_node_t *node);
static int compare_offsets(const void *a, const void *b);
static void *more(lgs_arena_t *arena, void *items, uint32_t n, uint32_t *size, size_t each);

lgs_rc_t lgs_mapping_explain(const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                             const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                             lgs_records_t *records, lgs_errs_t *warnings, lgs_errs_t *errs,
                             lgs_explained_t *out)
{
    lgs_watch_t watch = {.arena = arena, .objects = lgs_map_create(arena, 256)};
    walk_t w = {.mapping = mapping, .doc = doc, .watch = &watch, .out = out};
    lgs_mapping_facts_t watched = *facts;
    lgs_rc_t rc;

    *out = (lgs_explained_t){NULL, 0, NULL, 0};
    watched.watch = &watch;
    rc = lgs_mapping_run(mapping, doc, &watched, arena, records, warnings, errs);
    if (rc == LGS_NOMEM || watch.objects == NULL || watch.failed) {
        return lgs_errs_nomem(errs);
    }
    lgs_buf_init(&w.pointer, arena, 256, 0);
    for (uint32_t i = 0; i < records->n; i++) {
        const lgs_node_t *record = &records->items[i].node;

        w.record = i;
        if (!explain_value(&w, record, made_by(&watch, record), 0)) {
            return lgs_errs_nomem(errs);
        }
    }
    if (watch.n_read) {
        qsort(watch.read, watch.n_read, sizeof(*watch.read), compare_offsets);
    }
    w.size = 0;
    w.pointer.len = 0;
    return find_unread(&w, lgs_doc_top(doc), 0) && !w.pointer.failed ? rc : lgs_errs_nomem(errs);
}

/* ---- looking on ---- */

void lgs_watch_read(lgs_watch_t *watch, const lgs_node_t *node)
{
    if (node->type == LGS_OBJECT || node->type == LGS_ARRAY) {
        return; /* what of it is used is told when that is read, or when it is put out */
    }
    if (watch->n_read == watch->read_size) {
        size_t size = watch->read_size ? 2 * watch->read_size : 256;
        uint32_t *offsets = lgs_arena_grow(
            watch->arena, watch->read, watch->n_read * sizeof(*offsets), size * sizeof(*offsets));

        if (offsets == NULL) {
            watch->failed = true;
            return;
        }
        watch->read = offsets;
        watch->read_size = size;
    }
    watch->read[watch->n_read++] = node->offset;
}

void lgs_watch_made(lgs_watch_t *watch, const lgs_expr_t *expr, const lgs_node_t *object)
{
    const lgs_member_t **key = lgs_arena_alloc(watch->arena, sizeof(*key));

    if (key == NULL || watch->objects == NULL) {
        watch->failed = true;
        return;
    }
    *key = object->u.members;
    if (lgs_map_add(watch->objects, lgs_str((const char *)key, sizeof(*key)), (void *)expr) ==
        LGS_NOMEM) {
        watch->failed = true;
    }
}

/* ---- what was put out ---- */

/* `expr`: what made it, or what took it over as it was. */
static bool explain_value(walk_t *w, const lgs_node_t *value, const lgs_expr_t *expr,
                          unsigned depth)
{
    if (expr == NULL || depth == MAX_DEPTH) {
        return true;
    }
    if (value->type == LGS_OBJECT) {
        return explain_members(w, value, expr, depth);
    }
    if (value->type != LGS_ARRAY) {
        return add_origin(w, value, expr);
    }
    for (uint32_t i = 0; i < value->n; i++) {
        size_t mark = w->pointer.len;

        lgs_pointer_add_index(&w->pointer, i);
        if (!explain_value(w, &value->u.items[i], expr, depth + 1)) {
            return false;
        }
        w->pointer.len = mark;
    }
    return true;
}

static bool explain_members(walk_t *w, const lgs_node_t *object, const lgs_expr_t *expr,
                            unsigned depth)
{
    const lgs_expr_t *maker = made_by(w->watch, object);

    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_member_t *member = &object->u.members[i];
        lgs_str_t name = lgs_node_text(&member->name);
        const lgs_expr_t *field = maker ? field_of(maker, name) : expr;
        size_t mark = w->pointer.len;

        lgs_pointer_add(&w->pointer, name);
        if (!explain_value(w, &member->value, field, depth + 1)) {
            return false;
        }
        w->pointer.len = mark;
    }
    return true;
}

/* NULL: it was in the document or a code list already. */
static const lgs_expr_t *made_by(const lgs_watch_t *watch, const lgs_node_t *object)
{
    const lgs_member_t *members = object->u.members;

    return object->type == LGS_OBJECT
               ? lgs_map_get(watch->objects, lgs_str((const char *)&members, sizeof(members)))
               : NULL;
}

/* A member that no field is called like is one of those that `occurred` stands for. */
static const lgs_expr_t *field_of(const lgs_expr_t *object, lgs_str_t name)
{
    const lgs_object_t *fields = object->u.object;
    const lgs_expr_t *spread = NULL;

    for (uint32_t i = 0; i < fields->n; i++) {
        if (lgs_str_eq(lgs_mapping_text(&fields->fields[i].name), name)) {
            return fields->fields[i].value;
        }
        spread = fields->fields[i].spread ? fields->fields[i].value : spread;
    }
    return spread;
}

static bool add_origin(walk_t *w, const lgs_node_t *value, const lgs_expr_t *expr)
{
    lgs_explained_t *out = w->out;
    const lgs_doc_t *file = w->mapping->files[expr->file];
    lgs_origin_t *origin;

    out->origins = more(w->watch->arena, out->origins, out->n_origins, &w->size, sizeof(*origin));
    if (out->origins == NULL) {
        return false;
    }
    origin = &out->origins[out->n_origins++];
    *origin = (lgs_origin_t){
        .record = w->record,
        .pointer = lgs_arena_str(w->watch->arena, lgs_buf_text(&w->pointer)),
        .value = *value,
        .file = file->file,
        .rule = lgs_doc_locate(file, expr->offset),
        .rule_pointer = expr->where,
    };
    if (comes_from_document(expr) && value->offset != LGS_NO_OFFSET) {
        find_source(w, value, origin);
    }
    return origin->pointer.data != NULL && !w->watch->failed;
}

/* A default, or what was made of several values, points at the item: that says nothing. */
static void find_source(walk_t *w, const lgs_node_t *value, lgs_origin_t *origin)
{
    lgs_str_t pointer = lgs_mapping_pointer_to(w->doc, value->offset, w->watch->arena);
    const lgs_node_t *node = lgs_node_pointer(&w->doc->root, pointer);

    if (node == NULL || node->type == LGS_OBJECT || node->type == LGS_ARRAY) {
        return;
    }
    origin->has_source = true;
    origin->source = lgs_doc_locate(w->doc, value->offset);
    origin->source_pointer = pointer;
    lgs_watch_read(w->watch, value);
}

/* Constants and facts of the request stand in no document. */
static bool comes_from_document(const lgs_expr_t *expr)
{
    return !expr->is_const && !(expr->op == &lgs_op_path && expr->u.path->from == LGS_FROM_FACT);
}

/* ---- what was not read ---- */

static bool find_unread(walk_t *w, const lgs_node_t *node, unsigned depth)
{
    bool is_array = node->type == LGS_ARRAY;
    uint32_t n = is_array || node->type == LGS_OBJECT ? node->n : 0;

    if (depth == MAX_DEPTH || node->type == LGS_NULL) {
        return true;
    }
    if (!is_array && node->type != LGS_OBJECT) {
        return add_leaf(w, node);
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t mark = w->pointer.len;

        if (is_array) {
            lgs_pointer_add_index(&w->pointer, i);
        } else {
            lgs_pointer_add(&w->pointer, lgs_node_text(&node->u.members[i].name));
        }
        if (!find_unread(w, is_array ? &node->u.items[i] : &node->u.members[i].value, depth + 1)) {
            return false;
        }
        w->pointer.len = mark;
    }
    return true;
}

static bool add_leaf(walk_t *w, const lgs_node_t *node)
{
    lgs_explained_t *out = w->out;
    lgs_leaf_t *leaf;

    out->leaves = more(w->watch->arena, out->leaves, out->n_leaves, &w->size, sizeof(*leaf));
    if (out->leaves == NULL) {
        return false;
    }
    leaf = &out->leaves[out->n_leaves++];
    leaf->pointer = lgs_arena_str(w->watch->arena, lgs_buf_text(&w->pointer));
    leaf->offset = node->offset;
    leaf->is_read = w->watch->n_read && bsearch(&node->offset, w->watch->read, w->watch->n_read,
                                                sizeof(node->offset), compare_offsets) != NULL;
    return leaf->pointer.data != NULL;
}

static int compare_offsets(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Room for one more behind n items. */
static void *more(lgs_arena_t *arena, void *items, uint32_t n, uint32_t *size, size_t each)
{
    uint32_t wanted = *size ? 2 * *size : 64;

    if (n < *size) {
        return items;
    }
    items = lgs_arena_grow(arena, items, n * each, wanted * each);
    *size = items ? wanted : *size;
    return items;
}
