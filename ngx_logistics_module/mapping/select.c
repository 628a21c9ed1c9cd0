/*
 * Which documents a mapping is for: `input` may name the document's root, the versions of its
 * message and a condition. A partner who sends several kinds of documents to one route has a list
 * of mappings; the first that applies is taken.
 *
 *   input: {format: json, match: {eq: [/event, shipped]}}
 *   input: {format: xml, root: TrackResponse, version: /TrackResponse/@version, versions: ["2.0"]}
 */
#include "internal.h"

static bool has_root(const lgs_mapping_t *mapping, const lgs_node_t *top);
static bool has_set(const lgs_mapping_t *mapping, const lgs_node_t *root);
static bool reads_version(const lgs_mapping_t *mapping, const lgs_doc_t *doc, lgs_str_t *version);
static lgs_rc_t ask_run(const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                        const lgs_mapping_facts_t *facts, lgs_arena_t *arena);
static lgs_truth_t has_version(lgs_run_t *run);
static bool is_among(const lgs_texts_t *texts, lgs_str_t text);
static void write_texts(lgs_buf_t *buf, const char *what, const lgs_texts_t *texts);

bool lgs_mapping_compile_selection(lgs_compile_t *c, const lgs_node_t *input)
{
    const lgs_node_t *match = lgs_node_at(input, "match"), *version = lgs_node_at(input, "version");
    const lgs_node_t *versions = lgs_node_at(input, "versions");
    lgs_mapping_t *mapping = c->mapping;
    size_t mark;

    mapping->input_node = input;
    if (!lgs_mapping_arg_text(c, input, "root", &mapping->root)) {
        return false;
    }
    if (versions && lgs_mapping_is_edi(c)) {
        version = lgs_mapping_edi_version(c, input, version); /* the envelope says it */
    }
    if ((version == NULL) != (versions == NULL)) {
        return lgs_mapping_finding(c, version ? version : versions,
                                   "\"version\", the path of a message's version, and "
                                   "\"versions\", those that the mapping is for, belong together");
    }
    if (versions) {
        mapping->version = lgs_mapping_source(c, version);
        mapping->versions = lgs_mapping_texts(c, versions);
    }
    if (match) {
        mark = lgs_mapping_enter(c, LGS_STR("match"));
        mapping->match = lgs_mapping_cond(c, match);
        mapping->match_node = match;
        lgs_mapping_leave(c, mark);
    }
    return !c->failed;
}

bool lgs_mapping_takes_all(const lgs_mapping_t *mapping)
{
    return mapping->root.len == 0 && mapping->versions == NULL && mapping->match == NULL &&
           mapping->sets == NULL;
}

lgs_rc_t lgs_mapping_applies(const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                             const lgs_mapping_facts_t *facts, lgs_arena_t *arena)
{
    lgs_str_t version;

    if (!lgs_mapping_is_of_kind(mapping, doc)) {
        return LGS_NOT_FOUND;
    }
    if (mapping->versions == NULL && mapping->match == NULL) {
        return LGS_OK; /* nothing is evaluated */
    }
    if (mapping->match == NULL && facts->watch == NULL && reads_version(mapping, doc, &version)) {
        return is_among(mapping->versions, version) ? LGS_OK : LGS_NOT_FOUND;
    }
    return ask_run(mapping, doc, facts, arena);
}

bool lgs_mapping_is_of_kind(const lgs_mapping_t *mapping, const lgs_doc_t *doc)
{
    return has_root(mapping, lgs_doc_top(doc)) && has_set(mapping, &doc->root);
}

/*
 * The version of most documents stands where names alone lead to, as in EDI's envelope: it is read
 * without a run. False: a run has to say.
 */
static bool reads_version(const lgs_mapping_t *mapping, const lgs_doc_t *doc, lgs_str_t *version)
{
    const lgs_expr_t *expr = mapping->version;
    const lgs_path_t *path = expr->u.path;
    const lgs_node_t *node = &doc->root;

    if (!expr->is_path || path->from != LGS_FROM_ROOT) {
        return false;
    }
    for (uint32_t i = 0; i < path->n && node; i++) {
        const lgs_step_t *step = &path->steps[i];

        node = step->kind == LGS_STEP_NAME && node->n <= LGS_MAPPING_FREE_MEMBERS
                   ? lgs_node_get_hashed(node, step->name, step->hash)
                   : NULL;
    }
    *version = lgs_node_text(node);
    return version->len && !lgs_mapping_null_length(expr->null_lengths, version->len);
}

static lgs_rc_t ask_run(const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                        const lgs_mapping_facts_t *facts, lgs_arena_t *arena)
{
    lgs_errs_t errs;
    lgs_records_t records;
    lgs_run_t run;
    lgs_truth_t applies = LGS_YES;

    lgs_errs_init(&errs, arena, 1);
    lgs_mapping_run_init(&run, mapping, doc, facts, arena, &records, NULL, &errs);
    if (mapping->versions) {
        applies = has_version(&run);
    }
    if (applies == LGS_YES && mapping->match) {
        applies = lgs_mapping_holds(&run, mapping->match);
    }
    if (applies == LGS_STOPS && run.rc == LGS_NOMEM) {
        return LGS_NOMEM;
    }
    return applies == LGS_YES && !run.invalid ? LGS_OK : LGS_NOT_FOUND;
}

/* The name, or behind the prefix of its namespace. */
static bool has_root(const lgs_mapping_t *mapping, const lgs_node_t *top)
{
    lgs_str_t name, root = mapping->root;
    const char *colon;

    if (root.len == 0) {
        return true;
    }
    if (top->type != LGS_OBJECT || top->n != 1) {
        return false;
    }
    name = lgs_node_text(&top->u.members[0].name);
    if (lgs_str_eq(name, root)) {
        return true;
    }
    colon = name.len ? memchr(name.data, ':', name.len) : NULL;
    return colon &&
           lgs_str_eq(lgs_str(colon + 1, name.len - (size_t)(colon + 1 - name.data)), root);
}

/* Of EDI: the type of the transaction set or message. */
static bool has_set(const lgs_mapping_t *mapping, const lgs_node_t *root)
{
    return mapping->sets == NULL ||
           lgs_mapping_names_set(mapping,
                                 lgs_node_text(lgs_node_at(lgs_node_at(root, "message"), "type")));
}

bool lgs_mapping_names_set(const lgs_mapping_t *mapping, lgs_str_t set)
{
    return mapping->sets && is_among(mapping->sets, set);
}

static bool is_among(const lgs_texts_t *texts, lgs_str_t text)
{
    for (uint32_t i = 0; i < texts->n; i++) {
        if (text.len == texts->items[i].len &&
            lgs_same(text.data, texts->items[i].data, text.len)) {
            return true;
        }
    }
    return false;
}

bool lgs_mapping_has_sets(const lgs_mapping_t *mapping)
{
    return mapping->sets != NULL;
}

static lgs_truth_t has_version(lgs_run_t *run)
{
    lgs_node_t version;

    if (!lgs_mapping_eval_text(run, run->mapping->version, &version)) {
        return LGS_STOPS;
    }
    return version.type != LGS_NULL && is_among(run->mapping->versions, lgs_mapping_text(&version))
               ? LGS_YES
               : LGS_NO;
}

lgs_str_t lgs_mapping_wants(const lgs_mapping_t *mapping, lgs_arena_t *arena)
{
    const char *between = "";
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 64, 4096);
    if (mapping->root.len) {
        lgs_buf_printf(&buf, "root \"%.*s\"", LGS_FMT(mapping->root));
        between = ", ";
    }
    if (mapping->sets) {
        lgs_buf_cstr(&buf, between);
        write_texts(&buf, "set ", mapping->sets);
        between = ", ";
    }
    if (mapping->versions) {
        lgs_buf_cstr(&buf, between);
        write_texts(&buf, "version ", mapping->versions);
        between = ", ";
    }
    if (mapping->match_node) {
        lgs_buf_cstr(&buf, between);
        lgs_json_write(&buf, mapping->match_node);
    }
    return lgs_buf_text(&buf);
}

static void write_texts(lgs_buf_t *buf, const char *what, const lgs_texts_t *texts)
{
    lgs_buf_cstr(buf, what);
    for (uint32_t i = 0; i < texts->n; i++) {
        lgs_buf_printf(buf, "%s\"%.*s\"", i ? " or " : "", LGS_FMT(texts->items[i]));
    }
}

/* What says which documents are meant, and not how they are read. */
static bool is_about_meaning(lgs_str_t key)
{
    return lgs_mapping_is_word("schema root version versions match set guide", key);
}

static bool reads_as(const lgs_node_t *a, const lgs_node_t *b)
{
    for (uint32_t i = 0; a && i < a->n; i++) {
        lgs_str_t key = lgs_node_text(&a->u.members[i].name);
        const lgs_node_t *other = lgs_node_get(b, key);

        if (is_about_meaning(key) || lgs_str_is(key, "format")) {
            continue;
        }
        if (other == NULL || !lgs_node_equal(&a->u.members[i].value, other)) {
            return false;
        }
    }
    return true;
}

bool lgs_mapping_reads_alike(const lgs_mapping_t *a, const lgs_mapping_t *b)
{
    return lgs_str_eq(lgs_mapping_format(a), lgs_mapping_format(b)) &&
           reads_as(a->input_node, b->input_node) && reads_as(b->input_node, a->input_node);
}
