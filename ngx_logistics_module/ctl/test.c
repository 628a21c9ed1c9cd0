/*
 * logisticsctl test DIR: runs DIR/cases/<mapping>/<case>/input.* through the mapping and compares
 * with expected.json beside it: a list of records, or {"refused": ["code line:column", ...],
 * "records": [...]} (what the documents that are not refused become). case.yaml may set partner,
 * timezone, received_at, decision and warnings (how many are expected). Of a mapping that writes
 * documents expected.xml, .csv, .txt, .edi or .ndjson is what it writes, byte for byte, XML as a
 * tree; expected.json may stand beside it. Cases of reads: test_read.c, of machines: test_order.c.
 */
#include "cases.h"
#include "letter.h"
#include "translate.h"

#include "../base/file.h"
#include "../formats/xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    lgs_arena_t *arena;
    const char *dir, *mapping, *name;
    const char *input;             /* its path */
    ctl_translation_t translation; /* a copy: the writer is the case's own */
    lgs_errs_t errs;
    lgs_buf_t written; /* by a mapping that writes documents */
} case_t;

typedef struct {
    unsigned passed, failed;
} tally_t;

static int run(lgs_arena_t *arena, const char *dir);
static bool run_folder(lgs_arena_t *arena, const char *dir, const char *name, tally_t *tally);
static bool run_mapping(lgs_arena_t *arena, const char *dir, const char *mapping, tally_t *tally);
static bool run_case(case_t *c);
static lgs_str_t case_file(case_t *c, const char *name);
static bool read_case(case_t *c, lgs_str_t *source, const lgs_doc_t **want, lgs_str_t *text);
static lgs_str_t find_file(case_t *c, const char *stem, const char *const *endings);
static bool translate(case_t *c, lgs_str_t source, const lgs_mapping_facts_t *facts,
                      lgs_records_t *records);
static bool check_written(case_t *c, lgs_str_t expected);
static bool check_xml(case_t *c, lgs_str_t want, lgs_str_t got);
static bool read_facts(case_t *c, lgs_mapping_facts_t *facts, int64_t *warnings);
static bool check_refusal(case_t *c, const lgs_node_t *refused);
static bool check_records(case_t *c, const lgs_node_t *expected, const lgs_records_t *records);
static bool fail(case_t *c, const char *format, ...) LGS_PRINTF(2, 3);

int ctl_test(int argc, char **argv)
{
    lgs_arena_t *arena;
    int exit_code;

    if (argc != 2 || argv[1][0] == '-') {
        return ctl_usage("test");
    }
    arena = lgs_arena_create(1 << 16, 0);
    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = run(arena, argv[1]);
    lgs_arena_destroy(arena);
    return exit_code;
}

static int run(lgs_arena_t *arena, const char *dir)
{
    lgs_str_t cases = lgs_arena_printf(arena, "%s/cases", dir), *names;
    tally_t tally = {0, 0};
    lgs_errs_t errs;
    bool ok = true;
    size_t n;

    lgs_errs_init(&errs, arena, 1);
    if (cases.data == NULL || lgs_file_list_dirs(arena, cases.data, &names, &n, &errs) != LGS_OK) {
        fprintf(stderr, "logisticsctl: there is no directory %s/cases\n", dir);
        return CTL_USAGE;
    }
    for (size_t i = 0; i < n; i++) {
        lgs_str_t name = lgs_arena_str(arena, names[i]);

        ok = name.data && run_folder(arena, dir, name.data, &tally) && ok;
    }
    printf("%u passed, %u failed\n", tally.passed, tally.failed);
    return fflush(stdout) != 0 || !ok ? CTL_USAGE : tally.failed ? CTL_FINDINGS : CTL_OK;
}

/* cases/read.<name> are cases of a read, machine.<name> of a machine, all others of a mapping. */
static bool run_folder(lgs_arena_t *arena, const char *dir, const char *name, tally_t *tally)
{
    if (strncmp(name, CTL_READ_CASES, strlen(CTL_READ_CASES)) == 0) {
        return ctl_test_read(arena, dir, name + strlen(CTL_READ_CASES), &tally->passed,
                             &tally->failed);
    }
    if (strncmp(name, CTL_MACHINE_CASES, strlen(CTL_MACHINE_CASES)) == 0) {
        return ctl_test_order(arena, dir, name + strlen(CTL_MACHINE_CASES), &tally->passed,
                              &tally->failed);
    }
    return run_mapping(arena, dir, name, tally);
}

/* False when the mapping or its folder cannot be read: that is no failed case. */
static bool run_mapping(lgs_arena_t *arena, const char *dir, const char *mapping, tally_t *tally)
{
    lgs_str_t folder = lgs_arena_printf(arena, "%s/cases/%s", dir, mapping), *names;
    ctl_translation_t translation;
    lgs_errs_t errs;
    size_t n;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    if (!ctl_translation_load(&translation, arena, dir, mapping, &errs) || folder.data == NULL ||
        lgs_file_list_dirs(arena, folder.data, &names, &n, &errs) != LGS_OK) {
        ctl_print_errors(&errs, mapping);
        return false;
    }
    translation.tests_proofs = true;
    for (size_t i = 0; i < n; i++) {
        lgs_arena_t *own = lgs_arena_create(1 << 16, 0);
        case_t c = {.arena = own, .dir = dir, .mapping = mapping, .translation = translation};

        if (own == NULL) {
            fprintf(stderr, "logisticsctl: out of memory\n");
            return false;
        }
        c.name = lgs_arena_str(own, names[i]).data;
        lgs_errs_init(&c.errs, own, LGS_MAX_POLICY_ERRORS);
        *(run_case(&c) ? &tally->passed : &tally->failed) += 1;
        lgs_arena_destroy(own);
    }
    return true;
}

static bool run_case(case_t *c)
{
    const lgs_node_t *refused, *root, *others;
    lgs_mapping_facts_t facts;
    lgs_records_t records;
    int64_t n_warnings = -1;
    lgs_str_t source, text;
    const lgs_doc_t *want;
    bool ok;

    if (!read_facts(c, &facts, &n_warnings) || !read_case(c, &source, &want, &text)) {
        ctl_print_errors(&c->errs, c->input ? c->input : c->name);
        return fail(c, "the case cannot be read");
    }
    ok = translate(c, source, &facts, &records);
    root = want ? &want->root : NULL;
    refused = lgs_node_at(root, "refused");
    others = refused ? lgs_node_at(root, "records") : root;
    if (refused && ok) {
        return fail(c, "it was not refused");
    }
    if (!refused && !ok) {
        ctl_print_errors(&c->errs, c->input);
        return fail(c, "it was refused");
    }
    if (!refused && n_warnings >= 0 && n_warnings != records.n_warnings) {
        return fail(c, "%u warnings, not %lld", records.n_warnings, (long long)n_warnings);
    }
    return (!refused || check_refusal(c, refused)) &&
           (!others || check_records(c, others, &records)) &&
           (!text.data || check_written(c, text));
}

/* Of expected.json (then *want) and a text that is to be written (then text->data) one at least. */
static bool read_case(case_t *c, lgs_str_t *source, const lgs_doc_t **want, lgs_str_t *text)
{
    static const char *const inputs[] = {"json", "ndjson", "xml", "csv", "txt", "edi", NULL};
    static const char *const texts[] = {"xml", "csv", "txt", "ndjson", "edi", NULL};
    static const char *const trees[] = {"json", NULL};
    lgs_str_t input = find_file(c, "input", inputs), written = find_file(c, "expected", texts);
    lgs_str_t records = find_file(c, "expected", trees);

    *want = NULL;
    *text = lgs_str(NULL, 0);
    if (input.data == NULL || (written.data == NULL && records.data == NULL)) {
        return fail(c, "there is no %s", input.data ? "expected.json" : "input.json");
    }
    c->input = input.data;
    if (written.data && lgs_mapping_writes(c->translation.mapping) == NULL) {
        return fail(c, "the mapping writes no documents: it has no output.format");
    }
    if (records.data) {
        *want = ctl_read_doc(c->arena, records.data, &c->errs);
    }
    return (*want || records.data == NULL) &&
           (written.data == NULL || lgs_file_read(c->arena, written.data, LGS_DEFAULT_MAX_BODY,
                                                  text, &c->errs) == LGS_OK) &&
           lgs_file_read(c->arena, input.data, LGS_DEFAULT_MAX_BODY, source, &c->errs) == LGS_OK;
}

/* Also into c->written, where the mapping writes documents. */
static bool translate(case_t *c, lgs_str_t source, const lgs_mapping_facts_t *facts,
                      lgs_records_t *records)
{
    const lgs_output_t *output = lgs_mapping_writes(c->translation.mapping);
    lgs_edi_letter_t letter;
    bool ok;

    lgs_buf_init(&c->written, c->arena, 0, 0);
    if (output) {
        c->translation.writer = lgs_writer_open(output, &c->written, c->arena);
        if (c->translation.writer == NULL) {
            return lgs_errs_nomem(&c->errs) == LGS_OK;
        }
    }
    if (output && output->edi) {
        if (!ctl_letter(c->arena, c->dir, facts->partner, NULL, facts->received_at, &letter,
                        &c->errs)) {
            return false;
        }
        lgs_writer_send(c->translation.writer, &letter);
    }
    ok = ctl_translate(&c->translation, c->arena, source, facts, records, NULL, &c->errs);
    return (output == NULL || lgs_writer_end(c->translation.writer, &c->errs) == LGS_OK) && ok;
}

static lgs_str_t case_file(case_t *c, const char *name)
{
    return lgs_arena_printf(c->arena, "%s/cases/%s/%s/%s", c->dir, c->mapping, c->name, name);
}

/* The first of input.json, input.csv, … that is there; data NULL: none. A NULL ends the list. */
static lgs_str_t find_file(case_t *c, const char *stem, const char *const *endings)
{
    for (size_t i = 0; endings[i]; i++) {
        lgs_str_t name = lgs_arena_printf(c->arena, "%s.%s", stem, endings[i]);
        lgs_str_t path = name.data ? case_file(c, name.data) : name;
        FILE *file = path.data ? fopen(path.data, "rb") : NULL;

        if (file) {
            fclose(file);
            return path;
        }
    }
    return lgs_str(NULL, 0);
}

static bool read_facts(case_t *c, lgs_mapping_facts_t *facts, int64_t *warnings)
{
    static const char *const known[] = {"about",       "partner",  "timezone",
                                        "received_at", "warnings", "decision"};
    lgs_str_t path = case_file(c, "case.yaml"), zone;
    FILE *file = path.data ? fopen(path.data, "rb") : NULL;
    const lgs_doc_t *doc;

    *facts = (lgs_mapping_facts_t){.partner = LGS_STR("partner"),
                                   .received_at = LGS_STR("2026-01-02T03:04:05Z"),
                                   .format = LGS_STR("json")};
    if (file == NULL) {
        return true;
    }
    fclose(file);
    doc = ctl_read_doc(c->arena, path.data, &c->errs);
    for (uint32_t i = 0; doc && doc->root.type == LGS_OBJECT && i < doc->root.n; i++) {
        const lgs_node_t *name = &doc->root.u.members[i].name;
        size_t k = 0;

        while (k < LGS_N(known) && !lgs_str_is(lgs_node_text(name), known[k])) {
            k++;
        }
        if (k == LGS_N(known)) {
            lgs_errs_add(&c->errs, "case", lgs_doc_locate(doc, name->offset),
                         "unknown key \"%.*s\"", LGS_FMT(lgs_node_text(name)))
                ->file = path;
            return false;
        }
    }
    if (doc == NULL) {
        return false;
    }
    if (lgs_node_at(&doc->root, "partner")) {
        facts->partner = lgs_node_text(lgs_node_at(&doc->root, "partner"));
    }
    if (lgs_node_at(&doc->root, "received_at")) {
        facts->received_at = lgs_node_text(lgs_node_at(&doc->root, "received_at"));
    }
    facts->decision = lgs_node_text(lgs_node_at(&doc->root, "decision"));
    (void)(lgs_node_at(&doc->root, "warnings") &&
           lgs_node_int(lgs_node_at(&doc->root, "warnings"), warnings));
    zone = lgs_node_text(lgs_node_at(&doc->root, "timezone"));
    facts->timezone = zone.len ? lgs_tz_load(c->arena, zone, &c->errs) : NULL;
    return zone.len == 0 || facts->timezone;
}

static bool check_refusal(case_t *c, const lgs_node_t *refused)
{
    const lgs_err_t *err = c->errs.first;

    for (uint32_t i = 0; refused->type == LGS_ARRAY && i < refused->n; i++) {
        lgs_str_t got = LGS_STR("nothing");

        if (err) {
            got = lgs_arena_printf(c->arena, "%s %u:%u", err->code, err->pos.line, err->pos.column);
            err = err->next;
        }
        if (!lgs_str_eq(got, lgs_node_text(&refused->u.items[i]))) {
            return fail(c, "refusal %u is \"%.*s\", not \"%.*s\"", i, LGS_FMT(got),
                        LGS_FMT(lgs_node_text(&refused->u.items[i])));
        }
    }
    return err == NULL || fail(c, "refused for more: %s %u:%u %.*s", err->code, err->pos.line,
                               err->pos.column, LGS_FMT(err->text));
}

static bool check_records(case_t *c, const lgs_node_t *expected, const lgs_records_t *records)
{
    if (expected->type != LGS_ARRAY) {
        return fail(c, "expected.json must be a list of records, or {\"refused\": [...]}");
    }
    for (uint32_t i = 0; i < expected->n && i < records->n; i++) {
        lgs_str_t difference = ctl_difference(c->arena, &expected->u.items[i],
                                              &records->items[i].node);

        if (difference.len) {
            return fail(c, "/%u%.*s", i, LGS_FMT(difference));
        }
    }
    return expected->n == records->n || fail(c, "%u records, not %u", records->n, expected->n);
}

static bool check_written(case_t *c, lgs_str_t expected)
{
    lgs_str_t got = c->written.len ? lgs_buf_text(&c->written) : LGS_STR("");
    size_t at = 0;
    unsigned line = 1;

    if (lgs_str_is(lgs_output_name(lgs_mapping_writes(c->translation.mapping)), "xml")) {
        return check_xml(c, expected, got);
    }
    while (at < got.len && at < expected.len && got.data[at] == expected.data[at]) {
        line += got.data[at++] == '\n';
    }
    return lgs_str_eq(got, expected) ||
           fail(c, "line %u of what is written differs:\n%.*s", line, LGS_FMT(got));
}

/* Layout is not compared. */
static bool check_xml(case_t *c, lgs_str_t want, lgs_str_t got)
{
    const lgs_output_t *output = lgs_mapping_writes(c->translation.mapping);
    lgs_str_t difference;
    lgs_doc_t a, b;

    if (lgs_xml_read(c->arena, want, output->read_by.profile, NULL, &a, &c->errs) != LGS_OK ||
        lgs_xml_read(c->arena, got, output->read_by.profile, NULL, &b, &c->errs) != LGS_OK) {
        ctl_print_errors(&c->errs, c->name);
        return fail(c, "what is expected or written is no XML");
    }
    difference = ctl_difference(c->arena, &a.root, &b.root);
    return difference.len == 0 || fail(c, "%.*s", LGS_FMT(difference));
}

static bool fail(case_t *c, const char *format, ...)
{
    va_list args;

    printf("failed: %s/%s: ", c->mapping, c->name);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    return false;
}
