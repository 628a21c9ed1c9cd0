/*
 * Schema documents by name, by $id and by $anchor. Everything is found when a document is added, so
 * resolving a reference is a lookup. Documents are borrowed; the index lives in the store's arena.
 */
#include "../base/map.h"
#include "program.h"

struct lgs_schema_store_s {
    lgs_arena_t *arena;
    lgs_map_t *resources; /* uri → resource_t */
    lgs_map_t *anchors;   /* uri#anchor → target_t */
    lgs_map_t *roots;     /* address of a node → resource_t that begins there */
    lgs_schema_load_t load;
    void *load_data;
    lgs_schema_options_t options;
};

/* State of one walk over a document. */
typedef struct {
    lgs_schema_store_t *store;
    const lgs_doc_t *doc;
    lgs_str_t name;
    lgs_buf_t pointer;
    lgs_errs_t *errs;
} scan_t;

static lgs_rc_t scan(scan_t *walk, const lgs_node_t *node, const resource_t *resource,
                     uint32_t depth);
static lgs_rc_t scan_keyword(scan_t *walk, const lgs_member_t *member, const resource_t *resource,
                             uint32_t depth);
static lgs_rc_t scan_each(scan_t *walk, const lgs_node_t *value, const resource_t *resource,
                          uint32_t depth);
static lgs_rc_t scan_identity(scan_t *walk, const lgs_node_t *node, const resource_t **resource);
static resource_t *begin_resource(scan_t *walk, const lgs_node_t *node, resource_t *outer);
static lgs_rc_t scan_anchors(scan_t *walk, const lgs_node_t *node, resource_t *resource);
static lgs_rc_t add_anchor(scan_t *walk, const lgs_node_t *node, const resource_t *resource,
                           lgs_str_t name, const lgs_node_t *at, dynamic_t *dynamic);
static lgs_rc_t add_dynamic(scan_t *walk, const lgs_node_t *node, resource_t *resource,
                            lgs_str_t name, const lgs_node_t *at);
static dialect_t dialect_at(const lgs_node_t *node, dialect_t inherited);
static lgs_rc_t load_published(lgs_schema_store_t *store, lgs_str_t uri, lgs_errs_t *errs);
static lgs_rc_t add_resource(scan_t *walk, resource_t *resource, lgs_str_t uri);
static lgs_rc_t refuse(scan_t *walk, const lgs_node_t *at, const char *code, const char *text,
                       lgs_str_t what);
static const resource_t *load_resource(lgs_schema_store_t *store, const resource_t *from,
                                       lgs_str_t reference, lgs_errs_t *errs, lgs_rc_t *rc);
static lgs_rc_t resolve_fragment(lgs_schema_store_t *store, const resource_t *resource,
                                 lgs_str_t fragment, target_t *target);
static const resource_t *resource_along(const lgs_schema_store_t *store, const resource_t *from,
                                        lgs_str_t pointer);
static lgs_str_t node_key(const lgs_node_t *const *node);

lgs_schema_store_t *lgs_schema_store_create(lgs_arena_t *arena)
{
    lgs_schema_store_t *store = lgs_arena_zalloc(arena, sizeof(*store));

    if (store == NULL) {
        return NULL;
    }
    store->arena = arena;
    store->resources = lgs_map_create(arena, 0);
    store->anchors = lgs_map_create(arena, 0);
    store->roots = lgs_map_create(arena, 0);
    return store->resources && store->anchors && store->roots ? store : NULL;
}

void lgs_schema_store_set_loader(lgs_schema_store_t *store, lgs_schema_load_t load, void *data)
{
    store->load = load;
    store->load_data = data;
}

void lgs_schema_store_set_options(lgs_schema_store_t *store, lgs_schema_options_t options)
{
    store->options = options;
}

const lgs_schema_options_t *lgs_store_options(const lgs_schema_store_t *store)
{
    return &store->options;
}

lgs_rc_t lgs_schema_store_add(lgs_schema_store_t *store, lgs_str_t name, const lgs_doc_t *doc,
                              lgs_errs_t *errs)
{
    scan_t walk = {.store = store, .doc = doc, .errs = errs};
    resource_t *resource = lgs_arena_zalloc(store->arena, sizeof(*resource));
    lgs_str_t fragment;
    lgs_rc_t rc;

    walk.name = lgs_arena_str(store->arena, lgs_uri_split(name, &fragment));
    lgs_buf_init(&walk.pointer, store->arena, 256, 0);
    if (resource == NULL || walk.name.data == NULL) {
        return lgs_errs_nomem(errs);
    }
    resource->uri = resource->name = walk.name;
    resource->doc = doc;
    resource->node = &doc->root;
    resource->dialect = dialect_at(&doc->root, lgs_dialect_of_draft(store->options.draft));
    rc = add_resource(&walk, resource, walk.name);
    if (rc == LGS_INVALID) {
        return refuse(&walk, &doc->root, "schema-name", "is the name of another schema", walk.name);
    }
    return rc != LGS_OK ? rc : scan(&walk, &doc->root, resource, LGS_SCHEMA_NESTING);
}

lgs_arena_t *lgs_store_arena(const lgs_schema_store_t *store)
{
    return store->arena;
}

const resource_t *lgs_store_find(const lgs_schema_store_t *store, lgs_str_t name)
{
    return lgs_map_get(store->resources, name);
}

const resource_t *lgs_store_resource_at(const lgs_schema_store_t *store, const lgs_node_t *node)
{
    return lgs_map_get(store->roots, node_key(&node));
}

lgs_rc_t lgs_store_resolve(lgs_schema_store_t *store, const resource_t *from, lgs_str_t reference,
                           target_t *target, lgs_errs_t *errs)
{
    const resource_t *resource = from;
    lgs_str_t fragment, uri;
    lgs_rc_t rc = LGS_NOT_FOUND;

    reference = lgs_uri_split(reference, &fragment);
    if (reference.len) {
        uri = lgs_uri_resolve(store->arena, from->uri, reference);
        if (uri.data == NULL) {
            return lgs_errs_nomem(errs);
        }
        resource = lgs_store_find(store, uri);
        if (resource == NULL) {
            resource = load_resource(store, from, reference, errs, &rc);
        }
    }
    if (resource == NULL) {
        return rc;
    }
    rc = resolve_fragment(store, resource, fragment, target);
    return rc == LGS_NOMEM ? lgs_errs_nomem(errs) : rc;
}

/* By file name, from where the document is, whatever its $id says; then by the loader. */
static const resource_t *load_resource(lgs_schema_store_t *store, const resource_t *from,
                                       lgs_str_t reference, lgs_errs_t *errs, lgs_rc_t *rc)
{
    lgs_str_t names[2] = {lgs_uri_resolve(store->arena, from->name, reference),
                          lgs_uri_resolve(store->arena, from->uri, reference)};
    const resource_t *resource;

    *rc = LGS_NOT_FOUND;
    if (names[1].data && lgs_meta_text(names[1]).data) {
        *rc = load_published(store, names[1], errs);
        return *rc == LGS_OK ? lgs_store_find(store, names[1]) : NULL;
    }
    if (names[0].data == NULL || names[1].data == NULL) {
        *rc = lgs_errs_nomem(errs);
        return NULL;
    }
    resource = lgs_store_find(store, names[0]);
    for (size_t i = 0; resource == NULL && store->load && *rc == LGS_NOT_FOUND && i < 2; i++) {
        *rc = store->load(store->load_data, store, names[i], errs);
        resource = lgs_store_find(store, names[i]);
    }
    return resource;
}

static lgs_rc_t load_published(lgs_schema_store_t *store, lgs_str_t uri, lgs_errs_t *errs)
{
    lgs_doc_t *doc = lgs_arena_zalloc(store->arena, sizeof(*doc));
    lgs_rc_t rc;

    if (doc == NULL) {
        return lgs_errs_nomem(errs);
    }
    rc = lgs_json_read(store->arena, lgs_meta_text(uri), NULL, doc, errs);
    return rc == LGS_OK ? lgs_schema_store_add(store, uri, doc, errs) : rc;
}

static lgs_rc_t resolve_fragment(lgs_schema_store_t *store, const resource_t *resource,
                                 lgs_str_t fragment, target_t *target)
{
    lgs_str_t key;
    const target_t *anchor;

    fragment = lgs_uri_unescape(store->arena, fragment);
    if (fragment.data == NULL) {
        return LGS_NOMEM;
    }
    if (fragment.len && fragment.data[0] != '/') {
        key = lgs_arena_printf(store->arena, "%.*s#%.*s", LGS_FMT(resource->uri),
                               LGS_FMT(fragment));
        if (key.data == NULL) {
            return LGS_NOMEM;
        }
        anchor = lgs_map_get(store->anchors, key);
        if (anchor == NULL) {
            return LGS_NOT_FOUND;
        }
        *target = *anchor;
        return LGS_OK;
    }
    target->node = lgs_node_pointer(resource->node, fragment);
    target->resource = resource_along(store, resource, fragment);
    target->dynamic = NULL;
    target->pointer = lgs_arena_printf(store->arena, "%.*s%.*s", LGS_FMT(resource->pointer),
                                       LGS_FMT(fragment));
    if (target->pointer.data == NULL) {
        return LGS_NOMEM;
    }
    return target->node ? LGS_OK : LGS_NOT_FOUND;
}

/* A pointer may cross into an embedded resource: its $id is the base from there on. */
static const resource_t *resource_along(const lgs_schema_store_t *store, const resource_t *from,
                                        lgs_str_t pointer)
{
    const resource_t *resource = from, *inner;

    for (size_t i = 1; i <= pointer.len; i++) {
        if (i < pointer.len && pointer.data[i] != '/') {
            continue;
        }
        inner = lgs_store_resource_at(store,
                                      lgs_node_pointer(from->node, lgs_str(pointer.data, i)));
        resource = inner ? inner : resource;
    }
    return resource;
}

/* Walks schemas only: an $id within `enum` or `const` is just a value. */
static lgs_rc_t scan(scan_t *walk, const lgs_node_t *node, const resource_t *resource,
                     uint32_t depth)
{
    lgs_rc_t rc;

    if (node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    if (depth == 0) {
        return refuse(walk, node, "max-depth", "has too many schemas within each other",
                      walk->name);
    }
    rc = scan_identity(walk, node, &resource);
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        rc = scan_keyword(walk, &node->u.members[i], resource, depth);
    }
    return rc;
}

static lgs_rc_t scan_keyword(scan_t *walk, const lgs_member_t *member, const resource_t *resource,
                             uint32_t depth)
{
    int keyword = lgs_keyword_find(lgs_node_text(&member->name), resource->dialect);
    value_t kind = keyword < 0 ? VALUE_ANY : lgs_keywords[keyword].value;
    size_t before = walk->pointer.len;
    lgs_rc_t rc;

    if (kind < VALUE_SCHEMA) {
        return LGS_OK;
    }
    lgs_pointer_add(&walk->pointer, lgs_node_text(&member->name));
    if (kind == VALUE_SCHEMA || (kind == VALUE_ONE_OR_MORE && member->value.type == LGS_OBJECT)) {
        rc = scan(walk, &member->value, resource, depth - 1);
    } else {
        rc = scan_each(walk, &member->value, resource, depth - 1);
    }
    walk->pointer.len = before;
    return rc;
}

/* Items or members that are schemas; what is none has nothing to be found. */
static lgs_rc_t scan_each(scan_t *walk, const lgs_node_t *value, const resource_t *resource,
                          uint32_t depth)
{
    size_t here = walk->pointer.len;
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; value->type == LGS_ARRAY && rc == LGS_OK && i < value->n; i++) {
        lgs_pointer_add_index(&walk->pointer, i);
        rc = scan(walk, &value->u.items[i], resource, depth);
        walk->pointer.len = here;
    }
    for (uint32_t i = 0; value->type == LGS_OBJECT && rc == LGS_OK && i < value->n; i++) {
        lgs_pointer_add(&walk->pointer, lgs_node_text(&value->u.members[i].name));
        rc = scan(walk, &value->u.members[i].value, resource, depth);
        walk->pointer.len = here;
    }
    return rc;
}

/*
 * $id and the anchors of one schema object. Values of a wrong type are left to the compiler. In
 * draft 7 a $ref hides what stands beside it, and an $id that is only a fragment is an anchor.
 */
static lgs_rc_t scan_identity(scan_t *walk, const lgs_node_t *node, const resource_t **resource)
{
    const lgs_node_t *id = lgs_node_at(node, "$id");
    resource_t *inner = (resource_t *)*resource;
    bool is_7 = dialect_at(node, inner->dialect).drafts == DRAFT_7;
    bool is_hidden = is_7 && lgs_node_at(node, "$ref");
    lgs_str_t uri, fragment = {"", 0};
    lgs_rc_t rc;

    if (is_hidden || id == NULL || id->type != LGS_STRING) {
        return is_hidden ? LGS_OK : scan_anchors(walk, node, inner);
    }
    uri = lgs_uri_split(lgs_node_text(id), &fragment);
    if (uri.len) {
        uri = lgs_uri_resolve(walk->store->arena, inner->uri, uri);
        inner = begin_resource(walk, node, inner);
        if (uri.data == NULL || inner == NULL || walk->pointer.failed) {
            return lgs_errs_nomem(walk->errs);
        }
        inner->uri = uri;
        rc = add_resource(walk, inner, uri);
        if (rc == LGS_NOMEM) {
            return rc;
        }
        if (rc != LGS_OK && !(node == &walk->doc->root && lgs_str_eq(uri, walk->name))) {
            return refuse(walk, id, "$id", "is the $id of another schema", lgs_node_text(id));
        }
        *resource = inner;
    }
    if (is_7 && fragment.len) {
        rc = add_anchor(walk, node, inner, fragment, id, NULL);
        return rc;
    }
    return scan_anchors(walk, node, inner);
}

/* The resource of a node with an $id; the document's own is there already. */
static resource_t *begin_resource(scan_t *walk, const lgs_node_t *node, resource_t *outer)
{
    resource_t *inner = outer;

    if (node == &walk->doc->root) {
        return outer;
    }
    inner = lgs_arena_zalloc(walk->store->arena, sizeof(*inner));
    if (inner) {
        inner->name = outer->name;
        inner->doc = outer->doc;
        inner->node = node;
        inner->pointer = lgs_arena_str(walk->store->arena, lgs_buf_text(&walk->pointer));
        inner->dialect = dialect_at(node, outer->dialect);
        inner->parent = lgs_node_at(node, "$schema") ? NULL : outer;
    }
    return inner;
}

static dialect_t dialect_at(const lgs_node_t *node, dialect_t inherited)
{
    const lgs_node_t *schema = lgs_node_at(node, "$schema");

    return schema && schema->type == LGS_STRING ? lgs_dialect_of_uri(lgs_node_text(schema))
                                                : inherited;
}

static lgs_rc_t scan_anchors(scan_t *walk, const lgs_node_t *node, resource_t *resource)
{
    const lgs_node_t *anchor = lgs_keyword_value(node, "$anchor", resource->dialect);
    const lgs_node_t *dynamic = lgs_keyword_value(node, "$dynamicAnchor", resource->dialect);
    const lgs_node_t *recursive = lgs_keyword_value(node, "$recursiveAnchor", resource->dialect);
    lgs_rc_t rc = LGS_OK;

    if (anchor && anchor->type == LGS_STRING) {
        rc = add_anchor(walk, node, resource, lgs_node_text(anchor), anchor, NULL);
    }
    if (rc == LGS_OK && dynamic && dynamic->type == LGS_STRING) {
        rc = add_dynamic(walk, node, resource, lgs_node_text(dynamic), dynamic);
    }
    if (rc == LGS_OK && node == resource->node && lgs_node_is_true(recursive)) {
        rc = add_dynamic(walk, node, resource, lgs_str("", 0), NULL);
    }
    return rc;
}

/* `at` NULL: it has no name that one could refer to. */
static lgs_rc_t add_dynamic(scan_t *walk, const lgs_node_t *node, resource_t *resource,
                            lgs_str_t name, const lgs_node_t *at)
{
    dynamic_t *dynamic = lgs_arena_zalloc(walk->store->arena, sizeof(*dynamic));

    if (dynamic == NULL) {
        return lgs_errs_nomem(walk->errs);
    }
    dynamic->name = name;
    dynamic->target = (target_t){
        resource, node, lgs_arena_str(walk->store->arena, lgs_buf_text(&walk->pointer)), dynamic};
    if (dynamic->target.pointer.data == NULL) {
        return lgs_errs_nomem(walk->errs);
    }
    dynamic->next = resource->anchors;
    resource->anchors = dynamic;
    return at ? add_anchor(walk, node, resource, name, at, dynamic) : LGS_OK;
}

static lgs_rc_t add_anchor(scan_t *walk, const lgs_node_t *node, const resource_t *resource,
                           lgs_str_t name, const lgs_node_t *at, dynamic_t *dynamic)
{
    lgs_arena_t *arena = walk->store->arena;
    target_t *target = lgs_arena_zalloc(arena, sizeof(*target));
    lgs_str_t key = lgs_arena_printf(arena, "%.*s#%.*s", LGS_FMT(resource->uri), LGS_FMT(name));
    lgs_rc_t rc;

    if (target == NULL || key.data == NULL) {
        return lgs_errs_nomem(walk->errs);
    }
    *target = (target_t){resource, node, lgs_arena_str(arena, lgs_buf_text(&walk->pointer)),
                         dynamic};
    rc = walk->pointer.failed ? LGS_NOMEM : lgs_map_add(walk->store->anchors, key, target);
    if (rc == LGS_INVALID) {
        return refuse(walk, at, "$anchor", "is there twice", name);
    }
    return rc == LGS_NOMEM ? lgs_errs_nomem(walk->errs) : LGS_OK;
}

/* Under its URI and under its first node; the second may be there from the document's name. */
static lgs_rc_t add_resource(scan_t *walk, resource_t *resource, lgs_str_t uri)
{
    const lgs_node_t **node = lgs_arena_alloc(walk->store->arena, sizeof(*node));
    lgs_rc_t rc;

    if (node == NULL) {
        return lgs_errs_nomem(walk->errs);
    }
    *node = resource->node;
    rc = lgs_map_add(walk->store->resources, uri, resource);
    if (rc != LGS_OK) {
        return rc == LGS_NOMEM ? lgs_errs_nomem(walk->errs) : rc;
    }
    rc = lgs_map_add(walk->store->roots, node_key(node), resource);
    return rc == LGS_NOMEM ? lgs_errs_nomem(walk->errs) : LGS_OK;
}

static lgs_rc_t refuse(scan_t *walk, const lgs_node_t *at, const char *code, const char *text,
                       lgs_str_t what)
{
    lgs_err_t *err = lgs_errs_add(walk->errs, code, lgs_doc_locate(walk->doc, at->offset),
                                  "\"%.*s\" %s", LGS_FMT(what), text);

    if (err) {
        err->file = walk->doc->file.len ? walk->doc->file : walk->name;
        err->pointer = lgs_arena_str(walk->store->arena, lgs_buf_text(&walk->pointer));
    }
    return LGS_INVALID;
}

/* The bytes of the pointer itself are the key. */
static lgs_str_t node_key(const lgs_node_t *const *node)
{
    return lgs_str((const char *)node, sizeof(*node));
}
