/*
 * Loading and running one mapping for the command line (translate.h). Code lists and schemas are
 * read when the mapping names them.
 */
#include "translate.h"

#include "../base/file.h"
#include "../policy/codelist_csv.h"
#include "../policy/yaml.h"

#include <stdio.h>
#include <stdlib.h>

static lgs_str_t mapping_path(const ctl_translation_t *t, const char *mapping);
static const lgs_doc_t *find_codelist(void *data, lgs_str_t name);
static const lgs_doc_t *read_codelist(ctl_translation_t *t, const char *below, lgs_str_t name);
static const lgs_doc_t *find_partner_codes(void *data, lgs_str_t list, size_t i,
                                           lgs_str_t *partner);
static const lgs_doc_t *find_template(void *data, lgs_str_t name);
static const lgs_doc_t *find_schema(void *data, lgs_str_t name);
static lgs_rc_t load_reference(void *data, lgs_schema_store_t *store, lgs_str_t name,
                               lgs_errs_t *errs);
static bool load_schemas(ctl_translation_t *t, const lgs_doc_t *doc);
static const lgs_schema_t *load_rest(ctl_translation_t *t);
static const lgs_schema_t *load_schema(ctl_translation_t *t, lgs_str_t name);
static bool say_if_not_meant(const ctl_translation_t *t, const lgs_doc_t *doc,
                             const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                             lgs_errs_t *warnings);
static bool check_record(const ctl_translation_t *t, const lgs_doc_t *doc,
                         const lgs_records_t *records, uint32_t index, lgs_errs_t *errs);
static bool write_records(const ctl_translation_t *t, const lgs_doc_t *doc, lgs_arena_t *arena,
                          const lgs_records_t *records, lgs_errs_t *errs);
static void set_record(lgs_errs_t *errs, const lgs_err_t *last, uint32_t record);
static bool append(lgs_arena_t *arena, lgs_records_t *all, const lgs_records_t *more,
                   lgs_errs_t *errs);
static bool has_file(lgs_str_t path);
static bool ends_with(const char *text, const char *ending);

bool ctl_translation_load(ctl_translation_t *t, lgs_arena_t *arena, const char *dir,
                          const char *mapping, lgs_errs_t *errs)
{
    const lgs_mapping_env_t env = {.codelist = find_codelist,
                                   .schema = find_schema,
                                   .partner_codes = find_partner_codes,
                                   .template = find_template,
                                   .data = t};
    const lgs_doc_t *doc;
    lgs_str_t path;

    *t = (ctl_translation_t){.arena = arena, .dir = dir, .errs = errs};
    t->store = lgs_schema_store_create(arena);
    t->schemas = lgs_map_create(arena, 8);
    t->templates = lgs_map_create(arena, 8);
    path = mapping_path(t, mapping);
    if (t->store == NULL || t->schemas == NULL || t->templates == NULL || path.data == NULL) {
        (void)lgs_errs_nomem(errs);
        return false;
    }
    lgs_schema_store_set_loader(t->store, load_reference, t);
    doc = ctl_read_doc(arena, path.data, errs);
    if (doc == NULL) {
        return false;
    }
    t->mapping = lgs_mapping_compile(arena, doc, &env, errs);
    if (t->mapping == NULL) {
        return false;
    }
    t->format = lgs_input_written_in(lgs_mapping_input(t->mapping));
    return load_schemas(t, doc);
}

bool ctl_translate(const ctl_translation_t *t, lgs_arena_t *arena, lgs_str_t source,
                   const lgs_mapping_facts_t *facts, lgs_records_t *records, lgs_errs_t *warnings,
                   lgs_errs_t *errs)
{
    lgs_reader_t *reader = lgs_reader_open(lgs_mapping_input(t->mapping), NULL, arena);
    lgs_window_t window = {source, true};
    lgs_rc_t rc = LGS_OK;
    bool ok = true;

    *records = (lgs_records_t){.n = 0};
    if (reader == NULL) {
        return lgs_errs_nomem(errs) == LGS_OK;
    }
    while (rc != LGS_END && rc != LGS_NOMEM) {
        lgs_records_t made = {.n = 0};
        lgs_doc_t doc;

        rc = lgs_reader_next(reader, &window, arena, &doc, errs);
        if (rc == LGS_OK) {
            if (!ctl_translate_document(t, &doc, facts, arena, &made, warnings, errs) ||
                !append(arena, records, &made, errs)) {
                ok = false;
            }
        }
        ok = ok && (rc == LGS_OK || rc == LGS_END);
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    return ok;
}

bool ctl_translate_document(const ctl_translation_t *t, const lgs_doc_t *doc,
                            const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                            lgs_records_t *records, lgs_errs_t *warnings, lgs_errs_t *errs)
{
    lgs_mapping_facts_t own = *facts;
    bool ok = true;

    own.format = t->format;
    if (!say_if_not_meant(t, doc, &own, arena, warnings)) {
        return lgs_errs_nomem(errs) == LGS_OK;
    }
    if ((t->input && lgs_schema_validate(t->input, doc, doc->item, errs) != LGS_OK) ||
        lgs_mapping_run(t->mapping, doc, &own, arena, records, warnings, errs) != LGS_OK) {
        return false;
    }
    for (uint32_t i = 0; i < records->n && t->output; i++) {
        lgs_err_t *last = errs->last;

        if (check_record(t, doc, records, i, errs)) {
            continue;
        }
        ok = false;
        set_record(errs, last, i);
    }
    return ok && (t->writer == NULL || write_records(t, doc, arena, records, errs));
}

static bool check_record(const ctl_translation_t *t, const lgs_doc_t *doc,
                         const lgs_records_t *records, uint32_t index, lgs_errs_t *errs)
{
    const lgs_node_t *record = &records->items[index].node;
    const lgs_schema_t *rest = records->is_doubtful ? NULL : t->rest;

    if (lgs_schema_validate_rest(t->output, rest, doc, record, errs) != LGS_OK) {
        return false;
    }
    if (!t->tests_proofs || lgs_schema_validate(t->output, doc, record, errs) == LGS_OK) {
        return true;
    }
    lgs_errs_add(errs, "mapping-proof", lgs_doc_locate(doc, record->offset),
                 "what is proved of the mapping let this record pass, which does not fit its "
                 "schema: please report it as a defect");
    return false;
}

/* What the format cannot say is refused record by record. */
static bool write_records(const ctl_translation_t *t, const lgs_doc_t *doc, lgs_arena_t *arena,
                          const lgs_records_t *records, lgs_errs_t *errs)
{
    bool ok = true;

    for (uint32_t i = 0; i < records->n; i++) {
        lgs_err_t *last = errs->last;

        if (lgs_writer_write(t->writer, doc, &records->items[i].node, arena, errs) != LGS_OK) {
            set_record(errs, last, i);
            ok = false;
        }
    }
    return ok;
}

static void set_record(lgs_errs_t *errs, const lgs_err_t *last, uint32_t record)
{
    for (lgs_err_t *err = last ? last->next : errs->first; err; err = err->next) {
        err->record = (int)record;
    }
}

/* The gateway would try the next mapping of the partner's list; here there is no other. */
static bool say_if_not_meant(const ctl_translation_t *t, const lgs_doc_t *doc,
                             const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                             lgs_errs_t *warnings)
{
    lgs_rc_t rc = lgs_mapping_applies(t->mapping, doc, facts, arena);
    lgs_str_t wants;

    if (rc != LGS_NOT_FOUND) {
        return rc == LGS_OK;
    }
    wants = lgs_mapping_wants(t->mapping, arena);
    lgs_errs_add(warnings, "mapping-none", lgs_doc_locate(doc, lgs_doc_top(doc)->offset),
                 "the mapping is not for this document, but for %.*s", LGS_FMT(wants));
    return wants.data != NULL;
}

static bool append(lgs_arena_t *arena, lgs_records_t *all, const lgs_records_t *more,
                   lgs_errs_t *errs)
{
    lgs_record_t *items = lgs_arena_grow(arena, all->items, all->n * sizeof(*items),
                                         (all->n + more->n) * sizeof(*items));

    if (items == NULL) {
        return lgs_errs_nomem(errs) == LGS_OK;
    }
    if (more->n) {
        memcpy(items + all->n, more->items, more->n * sizeof(*items));
    }
    all->items = items;
    all->n += more->n;
    all->n_warnings += more->n_warnings;
    return true;
}

const lgs_doc_t *ctl_read_doc(lgs_arena_t *arena, const char *path, lgs_errs_t *errs)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    lgs_str_t file = lgs_arena_str(arena, lgs_cstr(path)), source;
    lgs_err_t *last = errs->last;
    lgs_rc_t rc;

    if (doc == NULL || file.data == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    if (lgs_file_read(arena, path, LGS_MAX_POLICY_FILE, &source, errs) != LGS_OK) {
        return NULL;
    }
    if (ends_with(path, ".json")) {
        rc = lgs_json_read(arena, source, NULL, doc, errs);
        doc->file = file;
        if (rc != LGS_OK && errs->last && errs->last != last) {
            errs->last->file = file;
        }
    } else {
        rc = lgs_yaml_read(arena, source, file, doc, errs);
    }
    return rc == LGS_OK ? doc : NULL;
}

static lgs_str_t mapping_path(const ctl_translation_t *t, const char *mapping)
{
    if (strchr(mapping, '/') || ends_with(mapping, ".yaml") || ends_with(mapping, ".json")) {
        return lgs_arena_str(t->arena, lgs_cstr(mapping));
    }
    return lgs_arena_printf(t->arena, "%s/mappings/%s.yaml", t->dir, mapping);
}

/* lgs_mapping_env_t: read once, since a mapping may have so many files only. */
static const lgs_doc_t *find_template(void *data, lgs_str_t name)
{
    ctl_translation_t *t = data;
    const lgs_doc_t *doc = lgs_map_get(t->templates, name);
    lgs_str_t path = lgs_arena_printf(t->arena, "%s/mappings/templates/%.*s.yaml", t->dir,
                                      LGS_FMT(name));

    if (doc || path.data == NULL || memchr(name.data, '/', name.len) || !has_file(path)) {
        return doc;
    }
    doc = ctl_read_doc(t->arena, path.data, t->errs);
    if (doc && lgs_map_add(t->templates, name, (void *)doc) != LGS_OK) {
        (void)lgs_errs_nomem(t->errs);
        return NULL;
    }
    return doc;
}

/* lgs_mapping_env_t: a missing list is the compiler's finding, a broken one ours. */
static const lgs_doc_t *find_codelist(void *data, lgs_str_t name)
{
    ctl_translation_t *t = data;

    if (ends_with(lgs_arena_printf(t->arena, "%.*s", LGS_FMT(name)).data, ".yaml")) {
        name.len -= sizeof(".yaml") - 1;
    }
    return memchr(name.data, '/', name.len) ? NULL : read_codelist(t, "codelists", name);
}

/* DIR/below/name.yaml or .csv */
static const lgs_doc_t *read_codelist(ctl_translation_t *t, const char *below, lgs_str_t name)
{
    lgs_str_t path = lgs_arena_printf(t->arena, "%s/%s/%.*s.yaml", t->dir, below, LGS_FMT(name));
    lgs_str_t table = lgs_arena_printf(t->arena, "%s/%s/%.*s.csv", t->dir, below, LGS_FMT(name));
    lgs_doc_t *doc = lgs_arena_zalloc(t->arena, sizeof(*doc));
    lgs_str_t text;

    if (path.data == NULL || table.data == NULL || doc == NULL) {
        (void)lgs_errs_nomem(t->errs);
        return NULL;
    }
    if (has_file(path)) {
        return ctl_read_doc(t->arena, path.data, t->errs);
    }
    if (!has_file(table) ||
        lgs_file_read(t->arena, table.data, LGS_MAX_POLICY_FILE, &text, t->errs) != LGS_OK ||
        lgs_codelist_csv(t->arena, text, table, name, doc, t->errs) != LGS_OK) {
        return NULL;
    }
    return doc;
}

/* DIR/codelists/partners/<partner>/<list> */
static const lgs_doc_t *find_partner_codes(void *data, lgs_str_t list, size_t i, lgs_str_t *partner)
{
    ctl_translation_t *t = data;
    lgs_str_t dir = lgs_arena_printf(t->arena, "%s/codelists/partners", t->dir), *names;
    size_t n = 0;

    if (dir.data == NULL || lgs_file_list_dirs(t->arena, dir.data, &names, &n, t->errs) != LGS_OK) {
        return NULL;
    }
    for (size_t k = 0; k < n; k++) {
        lgs_str_t below = lgs_arena_printf(t->arena, "codelists/partners/%.*s", LGS_FMT(names[k]));
        const lgs_doc_t *doc = below.data ? read_codelist(t, below.data, list) : NULL;

        if (doc && i-- == 0) {
            *partner = names[k];
            return doc;
        }
    }
    return NULL;
}

/* lgs_mapping_env_t: below schemas/, read once and then in the store. */
static const lgs_doc_t *find_schema(void *data, lgs_str_t name)
{
    ctl_translation_t *t = data;
    const lgs_doc_t *doc = lgs_map_get(t->schemas, name);
    lgs_str_t path;

    if (doc) {
        return doc;
    }
    path = lgs_arena_printf(t->arena, "%s/schemas/%.*s", t->dir, LGS_FMT(name));
    doc = path.data && has_file(path) ? ctl_read_doc(t->arena, path.data, t->errs) : NULL;
    name = lgs_arena_str(t->arena, name);
    if (doc && lgs_map_add(t->schemas, name, (void *)doc) != LGS_OK) {
        (void)lgs_errs_nomem(t->errs);
        return NULL;
    }
    return doc && lgs_schema_store_add(t->store, name, doc, t->errs) == LGS_OK ? doc : NULL;
}

/* lgs_schema_load_t */
static lgs_rc_t load_reference(void *data, lgs_schema_store_t *store, lgs_str_t name,
                               lgs_errs_t *errs)
{
    return find_schema(data, name) ? LGS_OK : LGS_NOT_FOUND;
}

static bool load_schemas(ctl_translation_t *t, const lgs_doc_t *doc)
{
    lgs_str_t input = lgs_mapping_schema(t->mapping);
    lgs_str_t output = lgs_mapping_output_schema(t->mapping);
    uint32_t n = t->errs->n;
    bool is_same;

    if (input.len) {
        t->input = load_schema(t, input);
        if (t->input == NULL && t->errs->n == n) {
            lgs_err_t *err = lgs_errs_add(
                t->errs, "policy-reference",
                lgs_doc_locate(doc, lgs_node_pointer(&doc->root, LGS_STR("/input/schema"))->offset),
                "no schema \"%.*s\" in %s/schemas", LGS_FMT(input), t->dir);

            err->file = doc->file;
        }
    }
    if (output.len == 0) {
        return t->errs->n == n;
    }
    is_same = input.len && output.len == input.len + 5 && lgs_str_starts(output, input);
    t->output = is_same ? t->input : load_schema(t, output);
    t->rest = t->output ? load_rest(t) : NULL;
    return t->errs->n == n;
}

/* What is proved of the mapping need not be checked in a run. NULL: all is checked. */
static const lgs_schema_t *load_rest(ctl_translation_t *t)
{
    static const lgs_str_t name = LGS_STR_INIT("unproved");
    const lgs_doc_t *doc = lgs_mapping_unproved(t->mapping);

    if (doc == NULL || lgs_schema_store_add(t->store, name, doc, NULL) != LGS_OK) {
        return NULL;
    }
    return lgs_schema_compile_rest(t->store, name, t->output, NULL);
}

/* NULL without an error when there is no such file. */
static const lgs_schema_t *load_schema(ctl_translation_t *t, lgs_str_t name)
{
    bool is_whole = name.len > 5 && memcmp(name.data + name.len - 5, ".json", 5) == 0;

    name = lgs_arena_printf(t->arena, "%.*s%s", LGS_FMT(name), is_whole ? "" : ".json");
    return name.data && find_schema(t, name) ? lgs_schema_compile(t->store, name, t->errs) : NULL;
}

static bool has_file(lgs_str_t path)
{
    FILE *file = fopen(path.data, "rb");

    if (file) {
        fclose(file);
    }
    return file != NULL;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t len = text ? strlen(text) : 0, tail = strlen(ending);

    return len >= tail && strcmp(text + len - tail, ending) == 0;
}
