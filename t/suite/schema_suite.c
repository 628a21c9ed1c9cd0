/*
 * Runs files of the official JSON Schema test suite against schema/:
 *
 *   schema_suite SUITE-DIR DRAFT annotate|assert FILE...      what fails, then "FILE passed of all"
 *   schema_suite --answers SUITE-DIR DRAFT annotate|assert FILE...
 *   schema_suite --properties SUITE-DIR DRAFT annotate|assert FILE...
 *
 * With --answers every schema of a file meets every document of that file, not only those that the
 * suite pairs it with, and each line is FILE, number of the schema, number of the document, answer:
 * what another validator can be compared with. Schemas are also put before the draft's own
 * meta-schema: one that compiles must be valid by it.
 *
 * With --properties what the tools say of a file's schemas and documents is held against
 * validation: of two schemas of which one is said to take all that the other takes, it does, for
 * every document; and the schema that is inferred from the documents takes them all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../ngx_logistics_module/base/file.h"
#include "../../ngx_logistics_module/formats/json.h"
#include "../../ngx_logistics_module/schema/compat.h"
#include "../../ngx_logistics_module/schema/infer.h"
#include "../../ngx_logistics_module/schema/schema.h"

#define MAX_FILE (4u << 20)

typedef struct {
    const char *dir;
    const char *draft;
    lgs_schema_options_t options;
    bool answers, properties;
    unsigned n, passed;
} suite_t;

static const struct {
    const char *name;
    lgs_draft_t draft;
    const char *meta;
} drafts[] = {
    {"2020-12", LGS_DRAFT_2020_12, "https://json-schema.org/draft/2020-12/schema"},
    {"2019-09", LGS_DRAFT_2019_09, "https://json-schema.org/draft/2019-09/schema"},
    {"7", LGS_DRAFT_7, "http://json-schema.org/draft-07/schema"},
};

typedef struct {
    const suite_t *suite;
    lgs_arena_t *arena;
} loader_t;

static bool read_file(lgs_arena_t *arena, const char *path, lgs_doc_t *doc, lgs_errs_t *errs)
{
    lgs_str_t text;

    return lgs_file_read(arena, path, MAX_FILE, &text, errs) == LGS_OK &&
           lgs_json_read(arena, text, NULL, doc, errs) == LGS_OK;
}

/* http://localhost:1234/x is SUITE-DIR/remotes/x */
static lgs_rc_t load_remote(void *data, lgs_schema_store_t *store, lgs_str_t name, lgs_errs_t *errs)
{
    static const lgs_str_t prefix = LGS_STR_INIT("http://localhost:1234/");
    loader_t *loader = data;
    lgs_doc_t *doc = lgs_arena_zalloc(loader->arena, sizeof(*doc));
    lgs_errs_t silent;
    lgs_str_t path;

    if (!lgs_str_starts(name, prefix)) {
        return LGS_NOT_FOUND;
    }
    path = lgs_arena_printf(loader->arena, "%s/remotes/%.*s", loader->suite->dir,
                            (int)(name.len - prefix.len), name.data + prefix.len);
    lgs_errs_init(&silent, loader->arena, 1);
    if (doc == NULL || !read_file(loader->arena, path.data, doc, &silent)) {
        return LGS_NOT_FOUND;
    }
    return lgs_schema_store_add(store, name, doc, errs);
}

/* The schema at a node, as a document of its own. */
static lgs_schema_t *compile_in(const suite_t *suite, lgs_schema_store_t *store, lgs_arena_t *arena,
                                const lgs_doc_t *file, const lgs_node_t *node, lgs_errs_t *errs)
{
    loader_t *loader = lgs_arena_zalloc(arena, sizeof(*loader));
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    lgs_schema_t *schema;

    *loader = (loader_t){suite, arena};
    *doc = *file;
    doc->root = *node;
    lgs_schema_store_set_options(store, suite->options);
    lgs_schema_store_set_loader(store, load_remote, loader);
    if (lgs_schema_store_add(store, LGS_STR("suite:/test"), doc, errs) != LGS_OK) {
        return NULL;
    }
    schema = lgs_schema_compile(store, LGS_STR("suite:/test"), errs);
    if ((schema == NULL) == (errs->n == 0)) {
        printf("schema at %u: a refusal without an error, or the other way round\n", node->offset);
        exit(1);
    }
    return schema;
}

static lgs_schema_t *compile(const suite_t *suite, lgs_arena_t *arena, const lgs_doc_t *file,
                             const lgs_node_t *node, lgs_errs_t *errs)
{
    return compile_in(suite, lgs_schema_store_create(arena), arena, file, node, errs);
}

/* Both passes; they must agree. */
static lgs_rc_t validate(const lgs_schema_t *schema, const lgs_doc_t *file, const lgs_node_t *node,
                         lgs_errs_t *errs)
{
    lgs_rc_t fast = lgs_schema_validate(schema, file, node, NULL);
    lgs_rc_t slow = lgs_schema_validate(schema, file, node, errs);

    if (fast != slow || (slow == LGS_OK) != (errs->n == 0)) {
        printf("document at %u: the passes do not agree\n", node->offset);
        exit(1);
    }
    return slow;
}

static void print_errors(const lgs_errs_t *errs)
{
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        printf("#   %.*s: %.*s\n", LGS_FMT(err->pointer), LGS_FMT(err->text));
    }
}

static void run_group(suite_t *suite, const char *name, const lgs_doc_t *file,
                      const lgs_node_t *group)
{
    const lgs_node_t *tests = lgs_node_at(group, "tests");
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_t *schema;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    schema = compile(suite, arena, file, lgs_node_at(group, "schema"), &errs);
    for (uint32_t i = 0; i < tests->n; i++) {
        const lgs_node_t *test = &tests->u.items[i];
        bool want = lgs_node_is_true(lgs_node_at(test, "valid")), got = false;
        lgs_errs_t found;

        lgs_errs_init(&found, arena, 20);
        if (schema) {
            got = validate(schema, file, lgs_node_at(test, "data"), &found) == LGS_OK;
        }
        suite->n++;
        suite->passed += schema && got == want;
        if (schema == NULL || got != want) {
            printf("# %s: %.*s: %.*s: %s\n", name,
                   LGS_FMT(lgs_node_text(lgs_node_at(group, "description"))),
                   LGS_FMT(lgs_node_text(lgs_node_at(test, "description"))),
                   schema == NULL ? "the schema is refused"
                   : want         ? "should be valid"
                                  : "should not be valid");
            print_errors(schema ? &found : &errs);
        }
    }
    lgs_arena_destroy(arena);
}

/* A schema that compiles is valid by its draft's meta-schema; one that is not does not compile. */
static void check_meta(const suite_t *suite, const lgs_schema_t *meta, const char *name,
                       const lgs_doc_t *file, const lgs_node_t *node, bool compiles)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    if (validate(meta, file, node, &errs) != LGS_OK && compiles) {
        printf("# %s: the schema at %u compiles but is not valid by the meta-schema of %s\n", name,
               node->offset, suite->draft);
        print_errors(&errs);
        exit(1);
    }
    lgs_arena_destroy(arena);
}

static const lgs_schema_t *compile_meta(const suite_t *suite, lgs_arena_t *arena)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    lgs_errs_t errs;
    lgs_str_t text = {NULL, 0};
    lgs_schema_t *meta;

    lgs_errs_init(&errs, arena, 20);
    for (size_t i = 0; i < LGS_N(drafts); i++) {
        if (strcmp(drafts[i].name, suite->draft) == 0) {
            text = lgs_arena_printf(arena, "{\"$ref\":\"%s\"}", drafts[i].meta);
        }
    }
    if (lgs_json_read(arena, text, NULL, doc, &errs) != LGS_OK ||
        (meta = compile(suite, arena, doc, &doc->root, &errs)) == NULL) {
        print_errors(&errs);
        exit(1);
    }
    return meta;
}

static void answer_group(const suite_t *suite, const lgs_schema_t *meta, const char *name,
                         const lgs_doc_t *file, uint32_t number)
{
    const lgs_node_t *schema_node = lgs_node_at(&file->root.u.items[number], "schema");
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_t *schema;
    lgs_errs_t errs;
    unsigned n = 0;

    lgs_errs_init(&errs, arena, 20);
    schema = compile(suite, arena, file, schema_node, &errs);
    if (lgs_node_at(schema_node, "$schema") == NULL ||
        strstr(lgs_arena_str(arena, lgs_node_text(lgs_node_at(schema_node, "$schema"))).data,
               "localhost") == NULL) {
        check_meta(suite, meta, name, file, schema_node, schema != NULL);
    }
    for (uint32_t g = 0; g < file->root.n; g++) {
        const lgs_node_t *tests = lgs_node_at(&file->root.u.items[g], "tests");

        for (uint32_t i = 0; i < tests->n; i++, n++) {
            lgs_errs_t found;

            lgs_errs_init(&found, arena, 20);
            printf("%s\t%u\t%u\t%s\n", name, number, n,
                   schema == NULL ? "refused"
                   : validate(schema, file, lgs_node_at(&tests->u.items[i], "data"), &found) ==
                           LGS_OK
                       ? "valid"
                       : "invalid");
        }
    }
    lgs_arena_destroy(arena);
}

typedef struct {
    lgs_schema_store_t *store;
    lgs_schema_t *schema;
    bool *takes; /* by document */
} side_t;

static side_t make_side(const suite_t *suite, lgs_arena_t *arena, const lgs_doc_t *file,
                        const lgs_node_t *node, const lgs_node_t **documents, uint32_t n)
{
    side_t side = {.store = lgs_schema_store_create(arena)};
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    side.schema = compile_in(suite, side.store, arena, file, node, &errs);
    side.takes = lgs_arena_array(arena, n + 1, sizeof(bool));
    for (uint32_t i = 0; side.schema && i < n; i++) {
        side.takes[i] = lgs_schema_validate(side.schema, file, documents[i], NULL) == LGS_OK;
    }
    return side;
}

static void check_pair(const char *name, const side_t *from, const side_t *to, uint32_t n,
                       unsigned *n_kept)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_rc_t rc;

    lgs_errs_init(&errs, arena, 20);
    rc = lgs_schema_compat(from->store, LGS_STR("suite:/test"), to->store, LGS_STR("suite:/test"),
                           (lgs_compat_options_t){0}, &errs);
    if (rc > LGS_LIMIT || (rc == LGS_OK) != (errs.n == 0)) {
        printf("# %s: a comparison ends with %d\n", name, rc);
        exit(1);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < n; i++) {
        if (from->takes[i] && !to->takes[i]) {
            printf("# %s: a schema that is said to take all refuses document %u\n", name, i);
            exit(1);
        }
    }
    *n_kept += rc == LGS_OK;
    lgs_arena_destroy(arena);
}

static void check_inference(const suite_t *suite, const char *name, const lgs_doc_t *file,
                            const lgs_node_t **documents, uint32_t n)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_infer_t *infer = lgs_infer_create(arena);
    lgs_schema_t *schema;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_buf_t buf;

    for (uint32_t i = 0; i < n; i++) {
        lgs_doc_t *one = lgs_arena_alloc(arena, sizeof(*one));

        *one = *file;
        one->root = *documents[i];
        if (lgs_infer_add(infer, one) != LGS_OK) {
            exit(1);
        }
    }
    lgs_errs_init(&errs, arena, 20);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_infer_write(infer, &buf);
    if (lgs_json_read(arena, lgs_buf_text(&buf), NULL, &doc, &errs) != LGS_OK ||
        (schema = compile(suite, arena, &doc, &doc.root, &errs)) == NULL) {
        printf("# %s: the inferred schema is none\n", name);
        print_errors(&errs);
        exit(1);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (lgs_schema_validate(schema, file, documents[i], &errs) != LGS_OK) {
            printf("# %s: the inferred schema refuses document %u\n", name, i);
            print_errors(&errs);
            exit(1);
        }
    }
    lgs_arena_destroy(arena);
}

static void check_properties(const suite_t *suite, const char *name, const lgs_doc_t *file)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    const lgs_node_t **documents = lgs_arena_array(arena, file->n_nodes, sizeof(*documents));
    side_t *sides = lgs_arena_array(arena, file->root.n + 1, sizeof(*sides));
    unsigned n_kept = 0, n_pairs = 0;
    uint32_t n = 0;

    for (uint32_t g = 0; g < file->root.n; g++) {
        const lgs_node_t *tests = lgs_node_at(&file->root.u.items[g], "tests");

        for (uint32_t i = 0; i < tests->n; i++) {
            documents[n++] = lgs_node_at(&tests->u.items[i], "data");
        }
    }
    for (uint32_t g = 0; g < file->root.n; g++) {
        sides[g] = make_side(suite, arena, file, lgs_node_at(&file->root.u.items[g], "schema"),
                             documents, n);
    }
    for (uint32_t a = 0; a < file->root.n; a++) {
        for (uint32_t b = 0; b < file->root.n; b++) {
            if (sides[a].schema && sides[b].schema) {
                n_pairs++;
                check_pair(name, &sides[a], &sides[b], n, &n_kept);
            }
        }
    }
    check_inference(suite, name, file, documents, n);
    printf("%s kept %u of %u pairs\n", name, n_kept, n_pairs);
    lgs_arena_destroy(arena);
}

static void run_file(suite_t *suite, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 20);
    if (!read_file(arena, path, &doc, &errs)) {
        print_errors(&errs);
        exit(2);
    }
    suite->n = suite->passed = 0;
    if (suite->properties) {
        check_properties(suite, name, &doc);
    } else if (suite->answers) {
        const lgs_schema_t *meta = compile_meta(suite, arena);

        for (uint32_t i = 0; i < doc.root.n; i++) {
            answer_group(suite, meta, name, &doc, i);
        }
    } else {
        for (uint32_t i = 0; i < doc.root.n; i++) {
            run_group(suite, name, &doc, &doc.root.u.items[i]);
        }
        printf("%s %u of %u\n", name, suite->passed, suite->n);
    }
    lgs_arena_destroy(arena);
}

int main(int argc, char **argv)
{
    suite_t suite = {.options = {.ignore_unknown = true}};
    bool is_known = false;

    if (argc > 1 && strncmp(argv[1], "--", 2) == 0) {
        suite.answers = strcmp(argv[1], "--answers") == 0;
        suite.properties = strcmp(argv[1], "--properties") == 0;
        argc--;
        argv++;
    }
    if (argc < 5) {
        fprintf(stderr,
                "usage: schema_suite [--answers|--properties] DIR DRAFT annotate|assert FILE...\n");
        return 2;
    }
    suite.dir = argv[1];
    suite.draft = argv[2];
    suite.options.annotate_formats = strcmp(argv[3], "annotate") == 0;
    for (size_t i = 0; i < LGS_N(drafts); i++) {
        if (strcmp(drafts[i].name, suite.draft) == 0) {
            suite.options.draft = drafts[i].draft;
            is_known = true;
        }
    }
    if (!is_known) {
        fprintf(stderr, "schema_suite: no draft \"%s\"\n", suite.draft);
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        run_file(&suite, argv[i]);
    }
    return 0;
}
