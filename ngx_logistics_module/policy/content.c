/*
 * What routes and partners refer to: JSON Schemas, code lists and mappings. Each is read once and
 * compiled once and shared by all.
 */
#include "../base/file.h"
#include "../formats/json.h"
#include "load.h"
#include "schemas.h"

#define MAX_SCHEMA_DEPTH 4u /* directories within schemas/ */
#define MAX_NAME         256u

static const char *const kind_names[LGS_N_KINDS] = {
    [LGS_KIND_GUIDE] = "guide",       [LGS_KIND_GATEWAY] = "gateway",
    [LGS_KIND_ISSUER] = "issuer",     [LGS_KIND_PARTNER] = "partner",
    [LGS_KIND_ROUTE] = "route",       [LGS_KIND_MAPPING] = "mapping",
    [LGS_KIND_CODELIST] = "codelist", [LGS_KIND_TEMPLATE] = "template",
    [LGS_KIND_READ] = "read",         [LGS_KIND_MACHINE] = "machine",
};

static lgs_rc_t load_kind(lgs_load_t *load, lgs_schema_store_t *store, lgs_kind_t kind);
static lgs_rc_t read_schemas(lgs_load_t *load, lgs_str_t below, uint32_t depth);
static lgs_rc_t read_schema(lgs_load_t *load, lgs_str_t below, lgs_str_t name);
static void use_input_schema(lgs_load_t *load, const lgs_doc_t *doc, lgs_mapping_file_t *file);
static void use_guide(lgs_load_t *load, const lgs_doc_t *doc, lgs_mapping_file_t *file);
static void use_rest(lgs_load_t *load, lgs_mapping_file_t *file, lgs_str_t name);
static void check_output(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *output);
static const lgs_doc_t *find_schema_doc(void *data, lgs_str_t name);
static const lgs_doc_t *find_partner_codes(void *data, lgs_str_t name, size_t i,
                                           lgs_str_t *partner);
static const lgs_doc_t *find_codelist(void *data, lgs_str_t name);
static const char *codelist_hint(void *data, lgs_str_t name);
static lgs_rc_t take_format(lgs_load_t *load, const lgs_doc_t *doc, const lgs_member_t *member,
                            lgs_str_t record, lgs_format_rule_t *rule);
static lgs_rc_t take_rule(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t format,
                          const lgs_node_t *node, lgs_str_t record, lgs_format_rule_t *rule);
static void check_next(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                       const lgs_format_rule_t *first, const lgs_format_rule_t *before,
                       const lgs_format_rule_t *rule);

/* ---- schemas
 * --------------------------------------------------------------------------------------- */

lgs_rc_t lgs_load_kinds(lgs_load_t *load)
{
    lgs_schema_store_t *store = lgs_schema_store_create(load->work);
    lgs_rc_t rc = store ? LGS_OK : lgs_errs_nomem(load->errs);

    for (unsigned kind = 0; rc == LGS_OK && kind < LGS_N_KINDS; kind++) {
        rc = load_kind(load, store, (lgs_kind_t)kind);
    }
    return rc;
}

/* A fault here is ours, not the policy's: the schema's own errors say which. */
static lgs_rc_t load_kind(lgs_load_t *load, lgs_schema_store_t *store, lgs_kind_t kind)
{
    lgs_str_t name = lgs_cstr(kind_names[kind]);
    lgs_doc_t *doc = lgs_arena_zalloc(load->work, sizeof(*doc));
    lgs_rc_t rc = LGS_INVALID;

    if (doc == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (size_t i = 0; i < lgs_n_policy_schemas; i++) {
        if (lgs_str_is(name, lgs_policy_schemas[i].name)) {
            rc = lgs_json_read(load->work,
                               lgs_str(lgs_policy_schemas[i].text, lgs_policy_schemas[i].len), NULL,
                               doc, load->errs);
            doc->file = name;
        }
    }
    if (rc == LGS_OK) {
        rc = lgs_schema_store_add(store, name, doc, load->errs);
    }
    if (rc == LGS_OK) {
        load->kinds[kind] = lgs_schema_compile(store, name, load->errs);
    }
    return load->kinds[kind] ? LGS_OK : rc == LGS_OK ? LGS_INVALID : rc;
}

lgs_rc_t lgs_load_schemas(lgs_load_t *load)
{
    lgs_rc_t rc = read_schemas(load, LGS_STR("schemas"), 0);

    for (size_t i = 0; rc == LGS_OK && i < lgs_map_count(load->schemas); i++) {
        const lgs_err_t *last = load->errs->last;
        lgs_schema_file_t *file;
        lgs_str_t name;
        void *value;

        lgs_map_at(load->schemas, i, &name, &value);
        file = value;
        if (file->doc.n_nodes) {
            file->schema = lgs_schema_compile(load->store, name, load->errs);
            lgs_adopt_errors(load, last, file->doc.file);
        }
    }
    return rc;
}

static lgs_rc_t read_schemas(lgs_load_t *load, lgs_str_t below, uint32_t depth)
{
    static const char *const endings[] = {".json", NULL};
    lgs_str_t dir = lgs_arena_printf(load->work, "%.*s/%.*s", LGS_FMT(load->dir), LGS_FMT(below));
    lgs_str_t *names;
    size_t n;
    lgs_rc_t rc;

    if (dir.data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    if (depth > MAX_SCHEMA_DEPTH) {
        lgs_finding_file(load, dir, "directories of schemas lie deeper than %u levels",
                         MAX_SCHEMA_DEPTH);
        return LGS_OK;
    }
    rc = lgs_file_list(load->work, dir.data, endings, &names, &n, load->errs);
    for (size_t i = 0; rc == LGS_OK && i < n; i++) {
        rc = read_schema(load, below, names[i]);
    }
    if (rc == LGS_OK) {
        rc = lgs_file_list_dirs(load->work, dir.data, &names, &n, load->errs);
    }
    for (size_t i = 0; rc == LGS_OK && i < n; i++) {
        lgs_str_t next = lgs_arena_printf(load->work, "%.*s/%.*s", LGS_FMT(below),
                                          LGS_FMT(names[i]));

        rc = next.data ? read_schemas(load, next, depth + 1) : lgs_errs_nomem(load->errs);
    }
    return rc == LGS_NOMEM ? LGS_NOMEM : LGS_OK;
}

static lgs_rc_t read_schema(lgs_load_t *load, lgs_str_t below, lgs_str_t name)
{
    lgs_str_t whole = lgs_arena_printf(load->arena, "%.*s/%.*s", LGS_FMT(below), LGS_FMT(name));
    lgs_schema_file_t *file = lgs_arena_zalloc(load->arena, sizeof(*file));
    const lgs_err_t *last = load->errs->last;
    lgs_str_t path, text;
    lgs_rc_t rc;

    if (whole.data == NULL || file == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    rc = lgs_load_file(load, load->arena, whole, &path, &text);
    if (rc != LGS_OK) {
        return rc;
    }
    name = lgs_str(whole.data + sizeof("schemas/") - 1, whole.len - (sizeof("schemas/") - 1));
    if (lgs_map_add(load->schemas, name, file) != LGS_OK) {
        return lgs_errs_nomem(load->errs);
    }
    file->doc.file = path;
    if (text.data == NULL) {
        return LGS_OK;
    }
    rc = lgs_json_read(load->arena, text, NULL, &file->doc, load->errs);
    file->doc.file = path;
    if (rc == LGS_OK) {
        rc = lgs_schema_store_add(load->store, name, &file->doc, load->errs);
    }
    if (rc != LGS_OK) {
        file->doc.n_nodes = 0; /* not to be compiled */
    }
    lgs_adopt_errors(load, last, path);
    return rc == LGS_NOMEM ? LGS_NOMEM : LGS_OK;
}

/* `name` with `ending` behind it, in buf; empty when it does not fit. */
static lgs_str_t with_ending(lgs_str_t name, const char *ending, char buf[MAX_NAME])
{
    size_t len = strlen(ending);

    if (name.len == 0 || name.len + len > MAX_NAME) {
        return lgs_str(NULL, 0);
    }
    memcpy(buf, name.data, name.len);
    memcpy(buf + name.len, ending, len);
    return lgs_str(buf, name.len + len);
}

const lgs_schema_file_t *lgs_find_schema(lgs_load_t *load, lgs_str_t name)
{
    const lgs_schema_file_t *file = lgs_map_get(load->schemas, name);
    char buf[MAX_NAME];

    return file ? file : lgs_map_get(load->schemas, with_ending(name, ".json", buf));
}

/* ---- code lists and mappings
 * ------------------------------------------------------------------------- */

lgs_rc_t lgs_take_codelist(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    lgs_doc_t *kept = lgs_arena_alloc(load->arena, sizeof(*kept));

    if (kept == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    *kept = *doc;
    switch (lgs_map_add(load->codelists, name, kept)) {
    case LGS_OK:
        return LGS_OK;
    case LGS_NOMEM:
        return lgs_errs_nomem(load->errs);
    default:
        lgs_finding(load, doc, NULL, "policy-duplicate",
                    "code list \"%.*s\" stands in a .yaml and in a .csv file", LGS_FMT(name));
        return LGS_OK;
    }
}

lgs_rc_t lgs_take_guide(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    lgs_doc_t *kept = lgs_arena_alloc(load->arena, sizeof(*kept));

    if (kept == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    *kept = *doc;
    return lgs_guides_add(load->policy->guides, name, kept, load->errs) == LGS_NOMEM ? LGS_NOMEM
                                                                                     : LGS_OK;
}

lgs_rc_t lgs_take_template(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    lgs_doc_t *kept = lgs_arena_alloc(load->arena, sizeof(*kept));

    if (kept == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    *kept = *doc;
    return lgs_map_add(load->templates, name, kept) == LGS_OK ? LGS_OK : lgs_errs_nomem(load->errs);
}

lgs_rc_t lgs_take_mapping(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    lgs_mapping_file_t *file = lgs_arena_zalloc(load->work, sizeof(*file));
    const lgs_node_t *output = lgs_node_at(&doc->root, "output");
    const lgs_mapping_env_t env = {.codelist = find_codelist,
                                   .codelist_hint = codelist_hint,
                                   .schema = find_schema_doc,
                                   .partner_codes = find_partner_codes,
                                   .template = lgs_find_template,
                                   .data = load,
                                   .notes = load->options->notes};
    lgs_doc_t *kept = lgs_arena_alloc(load->arena, sizeof(*kept));

    if (file == NULL || kept == NULL || lgs_map_add(load->mappings, name, file) != LGS_OK) {
        return lgs_errs_nomem(load->errs);
    }
    *kept = *doc;
    file->output = output ? lgs_node_text(output) : LGS_STR("event");
    file->mapping = lgs_mapping_compile(load->arena, kept, &env, load->errs);
    if (file->mapping) {
        use_input_schema(load, doc, file);
        use_guide(load, doc, file);
        use_rest(load, file, name);
        check_output(load, doc, output);
        if (lgs_str_is(file->output, "odoo-operation")) {
            return lgs_take_operations(load, file->mapping);
        }
    }
    return LGS_OK;
}

static void use_input_schema(lgs_load_t *load, const lgs_doc_t *doc, lgs_mapping_file_t *file)
{
    lgs_str_t name = lgs_mapping_schema(file->mapping);
    const lgs_schema_file_t *schema = name.len ? lgs_find_schema(load, name) : NULL;
    char buf[MAX_NAME];
    lgs_str_t whole;

    if (schema) {
        file->schema = schema->schema;
    } else if (name.len) {
        whole = with_ending(name, ".json", buf);
        lgs_finding(load, doc, lgs_node_at(lgs_node_at(&doc->root, "input"), "schema"),
                    "policy-reference", "no schema \"%.*s\" in schemas/%s", LGS_FMT(name),
                    lgs_did_you_mean(load, whole, load->schemas));
    }
}

static void use_guide(lgs_load_t *load, const lgs_doc_t *doc, lgs_mapping_file_t *file)
{
    lgs_str_t name = lgs_mapping_guide(file->mapping);

    file->guide = lgs_guides_get(load->policy->guides, name);
    if (name.len && file->guide == NULL && !lgs_str_is(name, "none") &&
        !load->broken[LGS_KIND_GUIDE]) {
        lgs_finding(load, doc, lgs_node_at(lgs_node_at(&doc->root, "input"), "guide"),
                    "policy-reference", "no guide \"%.*s\" in edi/%s", LGS_FMT(name),
                    lgs_guides_hint(load->policy->guides, name, load->scratch));
    }
}

/* Without it all is checked in each run: nothing here is a finding. */
static void use_rest(lgs_load_t *load, lgs_mapping_file_t *file, lgs_str_t name)
{
    const lgs_doc_t *doc = lgs_mapping_unproved(file->mapping);
    const lgs_schema_file_t *output = NULL;

    if (doc) {
        output = lgs_find_schema(load, lgs_mapping_output_schema(file->mapping));
    }
    if (output == NULL || output->schema == NULL) {
        return;
    }
    name = lgs_arena_printf(load->arena, "unproved-%.*s", LGS_FMT(name)); /* files end in .json */
    if (name.data && lgs_schema_store_add(load->store, name, doc, NULL) == LGS_OK) {
        file->rest = lgs_schema_compile_rest(load->store, name, output->schema, NULL);
    }
}

/*
 * Where the schemas of that folder are there at all, one of them says what the mapping makes.
 * Without it nothing of what it makes can be proved.
 */
static void check_output(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *output)
{
    lgs_str_t file = lgs_mapping_output_file(load->work, lgs_node_text(output)), name;
    const char *slash = file.data ? memchr(file.data, '/', file.len) : NULL;
    bool has_folder = false;

    if (output == NULL || output->type != LGS_STRING || slash == NULL ||
        lgs_find_schema(load, file)) {
        return;
    }
    for (size_t i = 0; i < lgs_map_count(load->schemas) && !has_folder; i++) {
        lgs_map_at(load->schemas, i, &name, NULL);
        has_folder = lgs_str_starts(name, lgs_str(file.data, (size_t)(slash + 1 - file.data)));
    }
    if (has_folder) {
        lgs_note(
            load, doc, output, "policy-reference",
            "there is no schemas/%.*s to say what \"%.*s\" is%s; nothing that the mapping makes "
            "can be checked",
            LGS_FMT(file), LGS_FMT(lgs_node_text(output)),
            lgs_did_you_mean(load, file, load->schemas));
    }
}

static const lgs_doc_t *find_schema_doc(void *data, lgs_str_t name)
{
    const lgs_schema_file_t *file = lgs_find_schema(data, name);

    return file && file->doc.n_nodes ? &file->doc : NULL;
}

static lgs_str_t without_yaml(lgs_str_t name)
{
    if (name.len > 5 && memcmp(name.data + name.len - 5, ".yaml", 5) == 0) {
        name.len -= 5;
    }
    return name;
}

bool lgs_split_partner_codes(lgs_str_t key, lgs_str_t *partner, lgs_str_t *list)
{
    static const lgs_str_t below = LGS_STR_INIT("partners/");
    const char *slash;

    if (!lgs_str_starts(key, below)) {
        return false;
    }
    key = lgs_str(key.data + below.len, key.len - below.len);
    slash = memchr(key.data, '/', key.len);
    if (slash == NULL) {
        return false;
    }
    *partner = lgs_str(key.data, (size_t)(slash - key.data));
    *list = lgs_str(slash + 1, key.len - partner->len - 1);
    return true;
}

static const lgs_doc_t *find_partner_codes(void *data, lgs_str_t name, size_t i, lgs_str_t *partner)
{
    lgs_load_t *load = data;

    name = without_yaml(name);
    for (size_t k = 0; k < lgs_map_count(load->codelists); k++) {
        lgs_str_t key, list;
        void *doc;

        lgs_map_at(load->codelists, k, &key, &doc);
        if (lgs_split_partner_codes(key, partner, &list) && lgs_str_eq(list, name) && i-- == 0) {
            return lgs_note_use(load, doc) ? doc : NULL;
        }
    }
    return NULL;
}

const lgs_doc_t *lgs_find_template(void *data, lgs_str_t name)
{
    lgs_load_t *load = data;
    const lgs_doc_t *doc = lgs_map_get(load->templates, name);

    return lgs_note_use(load, doc) ? doc : NULL;
}

static const lgs_doc_t *find_codelist(void *data, lgs_str_t name)
{
    lgs_load_t *load = data;
    const lgs_doc_t *doc = lgs_map_get(load->codelists, without_yaml(name));

    return lgs_note_use(load, doc) ? doc : NULL;
}

static const char *codelist_hint(void *data, lgs_str_t name)
{
    lgs_load_t *load = data;

    return lgs_did_you_mean(load, without_yaml(name), load->codelists);
}

/* The mapping of that name; NULL and a finding when there is none. */
static const lgs_mapping_file_t *named_mapping(lgs_load_t *load, const lgs_doc_t *doc,
                                               const lgs_node_t *node)
{
    lgs_str_t name = lgs_node_text(node);
    const lgs_mapping_file_t *file = lgs_map_get(load->mappings, name);

    if (node == NULL || node->type != LGS_STRING || name.len == 0) {
        return NULL;
    }
    if (file == NULL && !load->broken[LGS_KIND_MAPPING]) {
        lgs_finding(load, doc, node, "policy-reference",
                    "no mapping \"%.*s\": there is no mappings/%.*s.yaml%s", LGS_FMT(name),
                    LGS_FMT(name), lgs_did_you_mean(load, name, load->mappings));
    }
    return file;
}

const lgs_mapping_file_t *lgs_use_mapping(lgs_load_t *load, const lgs_doc_t *doc,
                                          const lgs_node_t *node, lgs_str_t output)
{
    const lgs_mapping_file_t *file = named_mapping(load, doc, node);
    lgs_str_t name = lgs_node_text(node);

    if (file == NULL) {
        return NULL;
    }
    if (file->mapping && lgs_mapping_writes(file->mapping)) {
        lgs_finding(load, doc, node, "policy-reference",
                    "mapping \"%.*s\" writes %.*s documents; here it must make %s%.*s",
                    LGS_FMT(name), LGS_FMT(lgs_output_name(lgs_mapping_writes(file->mapping))),
                    output.len ? "records of the kind " : "records", LGS_FMT(output));
        return NULL;
    }
    if (output.len && file->mapping && !lgs_str_eq(output, file->output)) {
        lgs_finding(load, doc, node, "policy-reference",
                    "mapping \"%.*s\" makes records of the kind \"%.*s\", not \"%.*s\"",
                    LGS_FMT(name), LGS_FMT(file->output), LGS_FMT(output));
    }
    return file;
}

const lgs_mapping_file_t *lgs_use_writer(lgs_load_t *load, const lgs_doc_t *doc,
                                         const lgs_node_t *node, lgs_str_t input)
{
    const lgs_mapping_file_t *file = named_mapping(load, doc, node);
    lgs_str_t name = lgs_node_text(node), reads;

    if (file == NULL || file->mapping == NULL) {
        return NULL;
    }
    if (lgs_mapping_writes(file->mapping) == NULL) {
        lgs_finding(load, doc, node, "policy-reference",
                    "mapping \"%.*s\" makes records of the kind \"%.*s\"; here it must write "
                    "documents: output: {format: …}",
                    LGS_FMT(name), LGS_FMT(file->output));
        return NULL;
    }
    reads = lgs_mapping_schema(file->mapping);
    if (!lgs_str_is(lgs_mapping_format(file->mapping), "json") || !lgs_str_eq(reads, input)) {
        lgs_finding(load, doc, node, "policy-reference",
                    "mapping \"%.*s\" does not read what comes here: its input must be {format: "
                    "json%s%.*s}, not {format: %.*s%s%.*s}",
                    LGS_FMT(name), input.len ? ", schema: " : "", LGS_FMT(input),
                    LGS_FMT(lgs_mapping_format(file->mapping)), reads.len ? ", schema: " : "",
                    LGS_FMT(reads));
        return NULL;
    }
    if (!lgs_mapping_takes_all(file->mapping)) {
        lgs_finding(
            load, doc, node, "policy-reference",
            "mapping \"%.*s\" is not for all that comes here, by its input; leave root, version "
            "and match out: \"when\" in its emit says what is not written",
            LGS_FMT(name));
    }
    return file;
}

/* ---- formats: {json: mapping}
 * -------------------------------------------------------------------------- */

lgs_rc_t lgs_take_formats(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                          lgs_str_t record, lgs_format_rules_t *rules)
{
    lgs_rc_t rc = LGS_OK;

    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    rules->items = lgs_arena_array(load->arena, node->n, sizeof(*rules->items));
    if (rules->items == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        rc = take_format(load, doc, &node->u.members[i], record, &rules->items[rules->n++]);
    }
    return rc;
}

/* One mapping, or a list of them: the first that is for a document is taken. */
static lgs_rc_t take_format(lgs_load_t *load, const lgs_doc_t *doc, const lgs_member_t *member,
                            lgs_str_t record, lgs_format_rule_t *rule)
{
    const lgs_node_t *list = &member->value;
    lgs_str_t format = lgs_node_text(&member->name);
    lgs_format_rule_t *first = rule;

    if (list->type != LGS_ARRAY) {
        return take_rule(load, doc, format, list, record, rule);
    }
    for (uint32_t i = 0; i < list->n; i++) {
        lgs_format_rule_t *before = rule;

        if (i > 0) {
            rule = lgs_arena_zalloc(load->arena, sizeof(*rule));
            if (rule == NULL) {
                return lgs_errs_nomem(load->errs);
            }
            before->next = rule;
        }
        if (take_rule(load, doc, format, &list->u.items[i], record, rule) != LGS_OK) {
            return LGS_NOMEM;
        }
        if (i > 0) {
            check_next(load, doc, &list->u.items[i], first, before, rule);
        }
    }
    return LGS_OK;
}

static void check_next(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                       const lgs_format_rule_t *first, const lgs_format_rule_t *before,
                       const lgs_format_rule_t *rule)
{
    bool was_canonical = lgs_str_is(before->mapping_name, "canonical");

    if (was_canonical || (before->mapping && lgs_mapping_takes_all(before->mapping))) {
        lgs_finding(load, doc, node, "policy-value",
                    "\"%.*s\" is never tried: \"%.*s\" before it takes every document; give that "
                    "an input.match, or put it last",
                    LGS_FMT(rule->mapping_name), LGS_FMT(before->mapping_name));
    }
    if (first->mapping && rule->mapping &&
        !lgs_mapping_reads_alike(first->mapping, rule->mapping)) {
        lgs_finding(load, doc, node, "policy-value",
                    "\"%.*s\" reads documents in another way than \"%.*s\": the keys of their "
                    "input must be the same, but for schema, root, version and match",
                    LGS_FMT(rule->mapping_name), LGS_FMT(first->mapping_name));
    }
}

static lgs_rc_t take_rule(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t format,
                          const lgs_node_t *node, lgs_str_t record, lgs_format_rule_t *rule)
{
    lgs_str_t name = lgs_node_text(node);
    const lgs_mapping_file_t *file;

    rule->format = lgs_arena_str(load->arena, format);
    rule->mapping_name = lgs_arena_str(load->arena, name);
    if (rule->format.data == NULL || rule->mapping_name.data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    rule->input.format = lgs_input_format(format); /* an unknown one is the schema's finding */
    if (lgs_str_is(name, "canonical")) {
        if (!lgs_str_is(format, "json") && !lgs_str_is(format, "ndjson")) {
            lgs_finding(load, doc, node, "policy-value",
                        "canonical records are JSON: %.*s needs a mapping", LGS_FMT(format));
        }
        return LGS_OK;
    }
    file = lgs_use_mapping(load, doc, node, record);
    if (file == NULL || file->mapping == NULL) {
        return LGS_OK;
    }
    rule->mapping = file->mapping;
    rule->input = *lgs_mapping_input(file->mapping);
    rule->schema = file->schema;
    rule->guide = file->guide;
    rule->rest = file->rest;
    rule->has_no_guide = lgs_str_is(lgs_mapping_guide(file->mapping), "none");
    if (!lgs_str_eq(lgs_mapping_format(rule->mapping), format)) {
        lgs_finding(load, doc, node, "policy-reference", "mapping \"%.*s\" reads %.*s, not %.*s",
                    LGS_FMT(name), LGS_FMT(lgs_mapping_format(rule->mapping)), LGS_FMT(format));
    }
    return LGS_OK;
}
