/*
 * Field rules of a read: `show` (scope → pointers that it sees, with all that is below) and `only`
 * (scope → list → member: values) become one tree of names (query/query.h). What is not named is
 * not shown. Lists are passed through: /events/type is the type of every event.
 */
#include "take_read.h"

static lgs_rc_t take_scope(lgs_read_t *read, const lgs_member_t *member);
static lgs_rc_t take_pointers(lgs_read_t *read, const lgs_node_t *list, uint32_t scope);
static lgs_rc_t take_only(lgs_read_t *read, const lgs_member_t *member);
static lgs_rc_t take_conditions(lgs_read_t *read, const lgs_member_t *list, uint32_t scope);
static lgs_rc_t walk(lgs_read_t *read, const lgs_node_t *at, uint32_t scope, lgs_show_t **found);
static lgs_show_t *child(lgs_read_t *read, lgs_show_t *at, lgs_str_t name);
static void check_pointer(lgs_read_t *read, const lgs_node_t *at, const lgs_node_t *root,
                          bool is_list);
static const lgs_node_t *resolve(const lgs_node_t *root, const lgs_node_t *schema);
static bool next_name(lgs_str_t *rest, lgs_str_t *name);

#define MAX_REFS 8u /* $ref behind $ref */

lgs_rc_t lgs_take_show(lgs_read_t *read, const lgs_node_t *show, const lgs_node_t *only)
{
    lgs_query_t *query = read->query;
    lgs_rc_t rc = LGS_OK;

    if (show == NULL || show->type != LGS_OBJECT) {
        return LGS_OK;
    }
    if (show->n > LGS_QUERY_MAX_SCOPES) {
        lgs_finding(read->load, read->doc, show, "policy-value", "more than %u scopes",
                    LGS_QUERY_MAX_SCOPES);
        return LGS_OK;
    }
    query->scopes = lgs_arena_array(read->load->arena, show->n, sizeof(*query->scopes));
    if (query->scopes == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < show->n; i++) {
        rc = take_scope(read, &show->u.members[i]);
    }
    for (uint32_t i = 0; rc == LGS_OK && only && only->type == LGS_OBJECT && i < only->n; i++) {
        rc = take_only(read, &only->u.members[i]);
    }
    return rc;
}

static lgs_rc_t take_scope(lgs_read_t *read, const lgs_member_t *member)
{
    lgs_query_t *query = read->query;
    uint32_t bit = 1u << query->n_scopes;

    if (lgs_note_scope(read->load, &member->name, &query->scopes[query->n_scopes]) != LGS_OK) {
        return LGS_NOMEM;
    }
    query->n_scopes++;
    query->show.part |= bit;
    return take_pointers(read, &member->value, bit);
}

static lgs_rc_t take_pointers(lgs_read_t *read, const lgs_node_t *list, uint32_t scope)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; rc == LGS_OK && list->type == LGS_ARRAY && i < list->n; i++) {
        lgs_show_t *show;

        rc = walk(read, &list->u.items[i], scope, &show);
        if (rc == LGS_OK && show) {
            show->whole |= scope;
        }
    }
    return rc;
}

static lgs_rc_t take_only(lgs_read_t *read, const lgs_member_t *member)
{
    uint32_t scope = lgs_read_scope(read, &member->name);
    const lgs_node_t *lists = &member->value;
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; rc == LGS_OK && scope && lists->type == LGS_OBJECT && i < lists->n; i++) {
        rc = take_conditions(read, &lists->u.members[i], scope);
    }
    return rc;
}

static lgs_rc_t take_conditions(lgs_read_t *read, const lgs_member_t *list, uint32_t scope)
{
    const lgs_node_t *conditions = &list->value;
    lgs_show_t *show;
    lgs_rc_t rc = walk(read, &list->name, 0, &show);

    if (rc != LGS_OK || show == NULL || conditions->type != LGS_OBJECT) {
        return rc;
    }
    show->only = lgs_arena_grow(read->load->arena, show->only, show->n_only * sizeof(*show->only),
                                (show->n_only + conditions->n) * sizeof(*show->only));
    if (show->only == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    if (((show->whole | show->part) & scope) == 0) {
        lgs_finding(read->load, read->doc, &list->name, "policy-reference",
                    "\"show\" does not let this scope see %.*s at all",
                    LGS_FMT(lgs_node_text(&list->name)));
    }
    for (uint32_t i = 0; i < conditions->n; i++) {
        const lgs_member_t *condition = &conditions->u.members[i];

        show->only[show->n_only++] = (lgs_show_only_t){
            .scope = scope,
            .member = lgs_node_text(&condition->name), /* the file's tree lives with the policy */
            .values = condition->value};
    }
    return LGS_OK;
}

/* The tree's node of a pointer, made when it is not there; `scope` sees something on the way. */
static lgs_rc_t walk(lgs_read_t *read, const lgs_node_t *at, uint32_t scope, lgs_show_t **found)
{
    lgs_str_t rest = lgs_node_text(at), name;
    lgs_show_t *show = &read->query->show;
    uint32_t depth = 0;

    *found = NULL;
    if (rest.len == 0 || rest.data[0] != '/') {
        lgs_finding(read->load, read->doc, at, "policy-value",
                    "\"%.*s\" is no pointer into the view: write /name or /list/name",
                    LGS_FMT(rest));
        return LGS_OK;
    }
    while (next_name(&rest, &name)) {
        if (++depth > LGS_QUERY_MAX_SHOWN) {
            lgs_finding(read->load, read->doc, at, "policy-value",
                        "more than %u members within each other", LGS_QUERY_MAX_SHOWN);
            return LGS_OK;
        }
        show->part |= scope;
        show = child(read, show, name);
        if (show == NULL) {
            return lgs_errs_nomem(read->load->errs);
        }
    }
    *found = show;
    return LGS_OK;
}

/* Nodes move when their list grows: none is kept across two walks. */
static lgs_show_t *child(lgs_read_t *read, lgs_show_t *at, lgs_str_t name)
{
    lgs_show_t *children;

    for (uint32_t i = 0; i < at->n; i++) {
        if (lgs_str_eq(at->children[i].name, name)) {
            return &at->children[i];
        }
    }
    children = lgs_arena_grow(read->load->arena, at->children, at->n * sizeof(*children),
                              (at->n + 1) * sizeof(*children));
    if (children == NULL) {
        return NULL;
    }
    at->children = children;
    children[at->n] = (lgs_show_t){.name = name};
    return &children[at->n++];
}

/* ---- against the view's schema ---- */

void lgs_check_shown(lgs_read_t *read, const lgs_node_t *schema)
{
    const lgs_node_t *show = lgs_node_at(&read->doc->root, "show");
    const lgs_node_t *only = lgs_node_at(&read->doc->root, "only");

    for (uint32_t i = 0; show && show->type == LGS_OBJECT && i < show->n; i++) {
        const lgs_node_t *list = &show->u.members[i].value;

        for (uint32_t k = 0; list->type == LGS_ARRAY && k < list->n; k++) {
            check_pointer(read, &list->u.items[k], schema, false);
        }
    }
    for (uint32_t i = 0; only && only->type == LGS_OBJECT && i < only->n; i++) {
        const lgs_node_t *lists = &only->u.members[i].value;

        for (uint32_t k = 0; lists->type == LGS_OBJECT && k < lists->n; k++) {
            check_pointer(read, &lists->u.members[k].name, schema, true);
        }
    }
}

static void check_pointer(lgs_read_t *read, const lgs_node_t *at, const lgs_node_t *root,
                          bool is_list)
{
    const lgs_node_t *schema = resolve(root, root);
    lgs_str_t rest = lgs_node_text(at), name, near, *words;

    while (rest.len && rest.data[0] == '/' && next_name(&rest, &name)) {
        const lgs_node_t *items = resolve(root, lgs_node_at(schema, "items"));
        const lgs_node_t *known = lgs_node_at(items ? items : schema, "properties");

        if (known == NULL || known->type != LGS_OBJECT) {
            return; /* the schema says nothing of what is in here */
        }
        schema = resolve(root, lgs_node_get(known, name));
        if (schema) {
            continue;
        }
        words = lgs_arena_array(read->load->scratch, known->n, sizeof(*words));
        for (uint32_t i = 0; words && i < known->n; i++) {
            words[i] = lgs_node_text(&known->u.members[i].name);
        }
        near = words ? lgs_nearest(name, words, known->n) : LGS_STR("");
        lgs_finding(read->load, read->doc, at, "policy-reference",
                    "the view has no \"%.*s\"%s%.*s%s", LGS_FMT(name),
                    near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"?" : "");
        return;
    }
    if (is_list && schema && lgs_node_at(schema, "items") == NULL) {
        lgs_finding(read->load, read->doc, at, "policy-value",
                    "%.*s is no list of the view: only leaves items out",
                    LGS_FMT(lgs_node_text(at)));
    }
}

/* What a $ref within the same file leads to; one to elsewhere leads to nothing that is known. */
static const lgs_node_t *resolve(const lgs_node_t *root, const lgs_node_t *schema)
{
    for (unsigned n = 0; schema && n < MAX_REFS; n++) {
        lgs_str_t ref = lgs_node_text(lgs_node_at(schema, "$ref"));

        if (ref.len == 0) {
            return schema;
        }
        schema = ref.data[0] == '#' ? lgs_node_pointer(root, lgs_str(ref.data + 1, ref.len - 1))
                                    : NULL;
    }
    return NULL;
}

/* "/a/b" → "a", and "/b" is left. */
static bool next_name(lgs_str_t *rest, lgs_str_t *name)
{
    const char *slash;

    if (rest->len < 2) {
        return false;
    }
    slash = memchr(rest->data + 1, '/', rest->len - 1);
    *name = lgs_str(rest->data + 1, (slash ? (size_t)(slash - rest->data) : rest->len) - 1);
    *rest = slash ? lgs_str(slash, rest->len - (size_t)(slash - rest->data)) : LGS_STR("");
    return true;
}
