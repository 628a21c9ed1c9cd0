/*
 * reads/<name>.yaml (docs/schema/read.json) → lgs_query_t: parameters, sources, pages. Conditions
 * are read in take_where.c, field rules in take_show.c.
 *
 * A read that is not bound to the partner shows everybody's: each source must either stand on a
 * fact of the partner, or on rows that do, or say all_partners: true.
 */
#include "take_read.h"

static const char *const param_types[] = {
    [LGS_PARAM_TEXT] = "text", [LGS_PARAM_INTEGER] = "integer", [LGS_PARAM_DATE] = "date",
    [LGS_PARAM_TIME] = "time", [LGS_PARAM_BOOLEAN] = "boolean",
};

static lgs_rc_t take_params(lgs_read_t *read, const lgs_node_t *node);
static lgs_rc_t take_param(lgs_read_t *read, const lgs_member_t *member, lgs_query_param_t *param);
static lgs_rc_t take_sources(lgs_read_t *read, const lgs_node_t *node);
static lgs_rc_t take_source(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source);
static lgs_rc_t take_fields(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source);
static lgs_rc_t add_fields(lgs_read_t *read, const lgs_node_t *list, uint32_t scopes,
                           lgs_query_source_t *source);
static lgs_rc_t mark_fields(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source);
static void take_order(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source);
static lgs_rc_t take_joins(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source);
static void take_page(lgs_read_t *read, const lgs_node_t *node);
static void check_page(lgs_read_t *read, const lgs_node_t *node);
static lgs_rc_t take_mapping(lgs_read_t *read, const lgs_node_t *node);
static void take_forms(lgs_read_t *read, const lgs_node_t *node);
static void take_form(lgs_read_t *read, const lgs_member_t *member);

lgs_rc_t lgs_take_read(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    lgs_query_t *query = lgs_arena_zalloc(load->arena, sizeof(*query));
    lgs_read_t read = {.load = load, .doc = doc, .query = query};
    const lgs_node_t *root = &doc->root;
    lgs_rc_t rc;

    if (query == NULL || lgs_map_add(load->policy->reads, name, query) != LGS_OK) {
        return lgs_errs_nomem(load->errs);
    }
    query->name = name;
    query->is_list = lgs_str_is(lgs_node_text(lgs_node_at(root, "answer")), "list");
    rc = lgs_take_show(&read, lgs_node_at(root, "show"), lgs_node_at(root, "only"));
    if (rc == LGS_OK) {
        rc = take_params(&read, lgs_node_at(root, "params"));
    }
    if (rc == LGS_OK) {
        rc = take_sources(&read, lgs_node_at(root, "sources"));
    }
    take_page(&read, lgs_node_at(root, "page"));
    take_forms(&read, lgs_node_at(root, "as"));
    return rc == LGS_OK ? take_mapping(&read, lgs_node_at(root, "mapping")) : rc;
}

lgs_rc_t lgs_read_scopes(lgs_read_t *read, const lgs_node_t *list, uint32_t *mask)
{
    for (uint32_t i = 0; list && list->type == LGS_ARRAY && i < list->n; i++) {
        uint32_t bit = lgs_read_scope(read, &list->u.items[i]);

        *mask |= bit;
    }
    return LGS_OK;
}

uint32_t lgs_read_scope(lgs_read_t *read, const lgs_node_t *node)
{
    const lgs_query_t *query = read->query;
    lgs_str_t near;

    for (uint32_t i = 0; i < query->n_scopes; i++) {
        if (lgs_str_eq(query->scopes[i], lgs_node_text(node))) {
            return 1u << i;
        }
    }
    near = lgs_nearest(lgs_node_text(node), query->scopes, query->n_scopes);
    lgs_finding(read->load, read->doc, node, "policy-reference",
                "\"show\" has no scope \"%.*s\", so nobody has it here%s%.*s%s",
                LGS_FMT(lgs_node_text(node)), near.len ? "; did you mean \"" : "", LGS_FMT(near),
                near.len ? "\"?" : "");
    return 0;
}

/* ---- parameters ---- */

static lgs_rc_t take_params(lgs_read_t *read, const lgs_node_t *node)
{
    lgs_query_t *query = read->query;
    lgs_rc_t rc = LGS_OK;

    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    if (node->n > LGS_QUERY_MAX_PARAMS) {
        lgs_finding(read->load, read->doc, node, "policy-value", "more than %u parameters",
                    LGS_QUERY_MAX_PARAMS);
        return LGS_OK;
    }
    query->params = lgs_arena_array(read->load->arena, node->n, sizeof(*query->params));
    if (query->params == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        rc = take_param(read, &node->u.members[i], &query->params[query->n_params++]);
    }
    return rc;
}

static lgs_rc_t take_param(lgs_read_t *read, const lgs_member_t *member, lgs_query_param_t *param)
{
    const lgs_node_t *pattern = lgs_node_at(&member->value, "pattern");
    const lgs_node_t *many = lgs_node_at(&member->value, "values");
    lgs_load_t *load = read->load;
    unsigned type = LGS_PARAM_TEXT;

    if (lgs_take_text(load, &member->name, &param->name) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (lgs_str_is(param->name, "limit") || lgs_str_is(param->name, "cursor") ||
        lgs_str_is(param->name, "partner")) {
        lgs_finding(load, read->doc, &member->name, "policy-value",
                    "\"%.*s\" is a word of the gateway's own; call it otherwise",
                    LGS_FMT(param->name));
    }
    param->in_path = lgs_str_is(lgs_node_text(lgs_node_at(&member->value, "in")), "path");
    param->is_required = param->in_path ||
                         lgs_node_is_true(lgs_node_at(&member->value, "required"));
    param->max_bytes = LGS_QUERY_MAX_BYTES;
    param->max_values = 1;
    lgs_take_word(lgs_node_at(&member->value, "type"), param_types, LGS_N(param_types), &type);
    param->type = (lgs_param_type_t)type;
    lgs_take_count(lgs_node_at(&member->value, "max"), &param->max_bytes);
    lgs_take_count(many, &param->max_values);
    if (many && param->in_path) {
        lgs_finding(load, read->doc, many, "policy-value", "a path has one value, not several");
    }
    if (pattern && pattern->type == LGS_STRING) {
        param->pattern = lgs_regex_compile(load->arena, lgs_node_text(pattern), LGS_REGEX_ECMA,
                                           NULL);
        if (param->pattern == NULL) {
            lgs_finding(load, read->doc, pattern, "policy-value", "this is no pattern");
        }
    }
    return LGS_OK;
}

/* ---- sources ---- */

static lgs_rc_t take_sources(lgs_read_t *read, const lgs_node_t *node)
{
    lgs_query_t *query = read->query;
    lgs_rc_t rc = LGS_OK;

    if (node == NULL || node->type != LGS_ARRAY) {
        return LGS_OK;
    }
    if (node->n > LGS_QUERY_MAX_SOURCES) {
        lgs_finding(read->load, read->doc, node, "policy-value", "more than %u sources",
                    LGS_QUERY_MAX_SOURCES);
        return LGS_OK;
    }
    query->sources = lgs_arena_array(read->load->arena, node->n, sizeof(*query->sources));
    if (query->sources == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        rc = take_source(read, &node->u.items[i], &query->sources[i]);
        query->n_sources++;
    }
    return rc;
}

static lgs_rc_t take_source(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source)
{
    const lgs_node_t *name = lgs_node_at(node, "name");
    lgs_load_t *load = read->load;
    bool is_bound = lgs_node_is_true(lgs_node_at(node, "all_partners"));
    lgs_rc_t rc = lgs_take_text(load, name, &source->name);

    for (uint32_t i = 0; i < read->query->n_sources; i++) {
        if (lgs_str_eq(read->query->sources[i].name, source->name)) {
            lgs_finding(load, read->doc, name, "policy-duplicate",
                        "there is a source \"%.*s\" already", LGS_FMT(source->name));
        }
    }
    if (lgs_str_is(source->name, "params") || lgs_str_is(source->name, "more") ||
        lgs_str_is(source->name, "partner")) {
        lgs_finding(load, read->doc, name, "policy-value",
                    "\"%.*s\" is a word of the gateway's own; call it otherwise",
                    LGS_FMT(source->name));
    }
    if (rc == LGS_OK) {
        rc = lgs_take_text(load, lgs_node_at(node, "model"), &source->model);
    }
    if (rc == LGS_OK) {
        rc = lgs_read_scopes(read, lgs_node_at(node, "scopes"), &source->scopes);
    }
    if (rc == LGS_OK) {
        rc = take_fields(read, node, source);
    }
    if (rc == LGS_OK) {
        rc = lgs_take_where(read, lgs_node_at(node, "where"), source, &is_bound);
    }
    if (rc == LGS_OK) {
        rc = take_joins(read, lgs_node_at(node, "join"), source);
    }
    take_order(read, lgs_node_at(node, "order"), source);
    source->limit = LGS_QUERY_MAX_ROWS;
    lgs_take_count(lgs_node_at(node, "limit"), &source->limit);
    read->bound |= is_bound ? 1u << read->query->n_sources : 0;
    if (!is_bound) {
        lgs_finding(load, read->doc, node, "policy-unbound",
                    "source \"%.*s\" shows every partner's records: add a condition on $partner, "
                    "or on a source that has one; if that is meant, say all_partners: true",
                    LGS_FMT(source->name));
    }
    return rc;
}

/* fields for all, fields_for by scope; what stands only in `optional` is for conditions. */
static lgs_rc_t take_fields(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source)
{
    const lgs_node_t *by_scope = lgs_node_at(node, "fields_for");
    lgs_rc_t rc;

    source->fields = lgs_arena_array(read->load->arena, LGS_QUERY_MAX_FIELDS,
                                     sizeof(*source->fields));
    if (source->fields == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    rc = add_fields(read, lgs_node_at(node, "fields"), 0, source);
    for (uint32_t i = 0;
         rc == LGS_OK && by_scope && by_scope->type == LGS_OBJECT && i < by_scope->n; i++) {
        uint32_t scope = lgs_read_scope(read, &by_scope->u.members[i].name);

        rc = scope ? add_fields(read, &by_scope->u.members[i].value, scope, source) : LGS_OK;
    }
    return rc == LGS_OK ? mark_fields(read, node, source) : rc;
}

static lgs_query_field_t *find_field(const lgs_query_source_t *source, lgs_str_t name)
{
    for (uint32_t i = 0; i < source->n_fields; i++) {
        if (lgs_str_eq(source->fields[i].name, name)) {
            return &source->fields[i];
        }
    }
    return NULL;
}

static lgs_rc_t add_field(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source,
                          lgs_query_field_t **added)
{
    *added = NULL;
    if (source->n_fields == LGS_QUERY_MAX_FIELDS) {
        lgs_finding(read->load, read->doc, node, "policy-value", "more than %u fields",
                    LGS_QUERY_MAX_FIELDS);
        return LGS_OK;
    }
    *added = &source->fields[source->n_fields++];
    return lgs_take_text(read->load, node, &(*added)->name);
}

static lgs_rc_t add_fields(lgs_read_t *read, const lgs_node_t *list, uint32_t scopes,
                           lgs_query_source_t *source)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; rc == LGS_OK && list && list->type == LGS_ARRAY && i < list->n; i++) {
        lgs_query_field_t *field = find_field(source, lgs_node_text(&list->u.items[i]));

        if (field && (scopes == 0 || field->scopes == 0)) {
            lgs_finding(read->load, read->doc, &list->u.items[i], "policy-duplicate",
                        "\"%.*s\" is asked for already", LGS_FMT(field->name));
        } else if (field) {
            field->scopes |= scopes;
        } else {
            rc = add_field(read, &list->u.items[i], source, &field);
            if (field) {
                field->scopes = scopes;
            }
        }
    }
    return rc;
}

static lgs_rc_t mark_fields(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source)
{
    const lgs_node_t *optional = lgs_node_at(node, "optional");
    const lgs_node_t *booleans = lgs_node_at(node, "booleans");
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; rc == LGS_OK && optional && optional->type == LGS_ARRAY && i < optional->n;
         i++) {
        lgs_query_field_t *field = find_field(source, lgs_node_text(&optional->u.items[i]));

        if (field == NULL) {
            rc = add_field(read, &optional->u.items[i], source, &field);
            if (field) {
                field->is_hidden = true;
            }
        }
        if (field) {
            field->is_optional = true;
        }
    }
    for (uint32_t i = 0; booleans && booleans->type == LGS_ARRAY && i < booleans->n; i++) {
        lgs_query_field_t *field = find_field(source, lgs_node_text(&booleans->u.items[i]));

        if (field) {
            field->is_boolean = true;
        } else {
            lgs_finding(read->load, read->doc, &booleans->u.items[i], "policy-reference",
                        "\"%.*s\" is not among the fields",
                        LGS_FMT(lgs_node_text(&booleans->u.items[i])));
        }
    }
    return rc;
}

/* "field", "field asc", "field desc"; the schema has the pattern. */
static void take_order(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source)
{
    lgs_str_t text = lgs_node_text(node);
    const char *blank = text.len ? memchr(text.data, ' ', text.len) : NULL;

    source->order = LGS_STR("id");
    if (text.len == 0) {
        return;
    }
    source->is_descending = blank && text.data[text.len - 1] == 'c' &&
                            text.data[text.len - 4] == 'd';
    text.len = blank ? (size_t)(blank - text.data) : text.len;
    source->order = text; /* the file's tree lives with the policy */
}

static lgs_rc_t take_joins(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source)
{
    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    source->joins = lgs_arena_array(read->load->arena, node->n, sizeof(*source->joins));
    if (source->joins == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];
        const lgs_node_t *from = lgs_node_at(&member->value, "source");
        const lgs_node_t *by = lgs_node_at(&member->value, "by");
        lgs_query_join_t *join = &source->joins[source->n_joins];

        join->member = lgs_node_text(&member->name);
        join->by = lgs_node_text(by);
        if (find_field(source, join->member)) {
            lgs_finding(read->load, read->doc, &member->name, "policy-duplicate",
                        "\"%.*s\" is a field already", LGS_FMT(join->member));
        }
        if (join->by.len && find_field(source, join->by) == NULL) {
            lgs_finding(read->load, read->doc, by, "policy-reference",
                        "\"%.*s\" is not among the fields", LGS_FMT(join->by));
        }
        source->n_joins += lgs_read_source(read, from, lgs_node_text(from), &join->source);
    }
    return LGS_OK;
}

bool lgs_read_source(lgs_read_t *read, const lgs_node_t *node, lgs_str_t name, uint32_t *index)
{
    lgs_str_t known[LGS_QUERY_MAX_SOURCES], near;

    for (uint32_t i = 0; i < read->query->n_sources; i++) {
        known[i] = read->query->sources[i].name;
        if (lgs_str_eq(known[i], name)) {
            *index = i;
            return true;
        }
    }
    near = lgs_nearest(name, known, read->query->n_sources);
    lgs_finding(read->load, read->doc, node, "policy-reference",
                "no source \"%.*s\" stands before this one%s%.*s%s", LGS_FMT(name),
                near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"?" : "");
    return false;
}

/* ---- pages ---- */

static void take_page(lgs_read_t *read, const lgs_node_t *node)
{
    const lgs_node_t *source = lgs_node_at(node, "source");
    lgs_query_t *query = read->query;

    query->page = 50;
    query->max_page = 200;
    if (node == NULL) {
        if (query->is_list) {
            lgs_finding(read->load, read->doc, NULL, "policy-value",
                        "a list needs page: {source: name}, the source that is read page by page");
        }
        return;
    }
    if (!query->is_list) {
        lgs_finding(read->load, read->doc, node, "policy-value",
                    "only a list (answer: list) has pages: leave page out");
        return;
    }
    lgs_take_count(lgs_node_at(node, "max"), &query->max_page);
    query->page = query->page < query->max_page ? query->page : query->max_page;
    lgs_take_count(lgs_node_at(node, "default"), &query->page);
    if (query->page > query->max_page) {
        lgs_finding(read->load, read->doc, lgs_node_at(node, "default"), "policy-value",
                    "the default is more than max");
    }
    if (source && lgs_read_source(read, source, lgs_node_text(source), &query->paged)) {
        check_page(read, source);
    }
}

/* The cursor needs the value that rows are ordered by, as exactly as Odoo compares it. */
static void check_page(lgs_read_t *read, const lgs_node_t *node)
{
    const lgs_query_source_t *source = &read->query->sources[read->query->paged];
    const lgs_query_field_t *field = find_field(source, source->order);

    if (lgs_str_is(source->order, "id")) {
        return;
    }
    if (field == NULL || field->scopes || field->is_optional) {
        lgs_finding(read->load, read->doc, node, "policy-value",
                    "\"%.*s\" is ordered by \"%.*s\": pages need it among its fields, for all "
                    "scopes and not optional",
                    LGS_FMT(source->name), LGS_FMT(source->order));
    }
    if (lgs_str_is(source->order, "create_date") || lgs_str_is(source->order, "write_date")) {
        lgs_finding(read->load, read->doc, node, "policy-value",
                    "Odoo keeps %.*s to the microsecond and tells it to the second: pages would "
                    "skip or repeat; order by id",
                    LGS_FMT(source->order));
    }
}

/* ---- mapping and view ---- */

static lgs_rc_t take_mapping(lgs_read_t *read, const lgs_node_t *node)
{
    static const lgs_str_t kind = LGS_STR_INIT("view.");
    const lgs_mapping_file_t *file = lgs_use_mapping(read->load, read->doc, node, LGS_STR(""));
    const lgs_schema_file_t *view;
    lgs_str_t name;

    if (file == NULL || file->mapping == NULL) {
        return LGS_OK;
    }
    read->query->mapping = file->mapping;
    if (!lgs_str_starts(file->output, kind)) {
        lgs_finding(read->load, read->doc, node, "policy-reference",
                    "mapping \"%.*s\" makes \"%.*s\", not a view: its output must be view.<name>, "
                    "with schemas/views/<name>.json",
                    LGS_FMT(lgs_node_text(node)), LGS_FMT(file->output));
        return LGS_OK;
    }
    name = lgs_mapping_output_file(read->load->scratch, file->output);
    if (name.data == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    view = lgs_find_schema(read->load, name);
    if (view == NULL) {
        lgs_finding(read->load, read->doc, node, "policy-reference",
                    "mapping \"%.*s\" makes \"%.*s\", but there is no schemas/%.*s",
                    LGS_FMT(lgs_node_text(node)), LGS_FMT(file->output), LGS_FMT(name));
        return LGS_OK;
    }
    read->query->view = view->schema;
    lgs_check_shown(read, &view->doc.root);
    return LGS_OK;
}

/* ---- forms of the answer ---- */

static void take_forms(lgs_read_t *read, const lgs_node_t *node)
{
    lgs_query_t *query = read->query;

    if (query->is_list) {
        query->forms[query->n_forms++] = (lgs_query_form_t){.media_type = "application/x-ndjson"};
    }
    for (uint32_t i = 0; node && node->type == LGS_OBJECT && i < node->n; i++) {
        if (query->n_forms < LGS_QUERY_MAX_FORMS) { /* the schema knows fewer */
            take_form(read, &node->u.members[i]);
        }
    }
}

/* The mapping reads what JSON has, which no schema says: field rules leave members out. */
static void take_form(lgs_read_t *read, const lgs_member_t *member)
{
    const lgs_mapping_file_t *file = lgs_use_writer(read->load, read->doc, &member->value,
                                                    LGS_STR(""));
    lgs_query_t *query = read->query;
    const lgs_schema_file_t *schema;
    const lgs_output_t *output;

    if (file == NULL) {
        return;
    }
    output = lgs_mapping_writes(file->mapping);
    if (!lgs_str_eq(lgs_output_name(output), lgs_node_text(&member->name))) {
        lgs_finding(read->load, read->doc, &member->value, "policy-reference",
                    "mapping \"%.*s\" writes %.*s, not %.*s",
                    LGS_FMT(lgs_node_text(&member->value)), LGS_FMT(lgs_output_name(output)),
                    LGS_FMT(lgs_node_text(&member->name)));
    }
    schema = lgs_find_schema(read->load, lgs_mapping_output_schema(file->mapping));
    query->forms[query->n_forms++] = (lgs_query_form_t){.media_type = output->media_type.data,
                                                        .mapping = file->mapping,
                                                        .schema = schema ? schema->schema : NULL};
}
