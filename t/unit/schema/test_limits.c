#include "schema_case.h"

static lgs_schema_store_t *store_of(lgs_arena_t *arena, const char *const (*docs)[2], size_t n,
                                    lgs_errs_t *errs)
{
    lgs_schema_store_t *store = lgs_schema_store_create(arena);

    for (size_t i = 0; store && i < n; i++) {
        lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));

        if (doc == NULL || !case_read(arena, docs[i][1], doc) ||
            lgs_schema_store_add(store, lgs_cstr(docs[i][0]), doc, errs) != LGS_OK) {
            return NULL;
        }
    }
    return store;
}

TEST(documents_refer_to_each_other_by_name_and_by_id)
{
    static const char *const docs[][2] = {
        {"canonical/event.json", "{\"properties\":{\"stop\":{\"$ref\":\"stop.json#/$defs/s\"},"
                                 "\"unit\":{\"$ref\":\"../units.json\"},"
                                 "\"far\":{\"$ref\":\"https://x.example/far\"}}}"},
        {"canonical/stop.json", "{\"$id\":\"https://x.example/canonical/stop\",\"$defs\":{\"s\":{"
                                "\"type\":\"string\"}},\"items\":{\"$ref\":\"event.json\"}}"},
        {"units.json", "{\"enum\":[\"kg\"]}"},
        {"far.json", "{\"$id\":\"https://x.example/far\",\"type\":\"null\"}"},
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_store_t *store;
    lgs_schema_t *schema;
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 20);
    store = store_of(arena, docs, LGS_N(docs), &errs);
    schema = store ? lgs_schema_compile(store, LGS_STR("canonical/event.json"), &errs) : NULL;
    unit_show(&errs);
    CHECK(schema != NULL);
    CHECK(case_read(arena, "{\"stop\":1,\"unit\":\"kg\",\"far\":0}", &doc));
    if (schema) {
        CHECK_INT(lgs_schema_validate(schema, &doc, NULL, &errs), LGS_INVALID);
        CHECK_STR(case_list(arena, &errs), "/stop type\n/far type");
        CHECK_STR(errs.first->schema, "canonical/stop.json#/$defs/s/type");
    }
    /* from a document with an $id of its own, by the name of a file beside it */
    CHECK(store && lgs_schema_compile(store, LGS_STR("canonical/stop.json"), &errs) != NULL);
    CHECK(store && lgs_schema_compile(store, LGS_STR("nothing.json"), &errs) == NULL);
    lgs_arena_destroy(arena);
}

TEST(names_and_ids_are_taken_once)
{
    static const char *const names[][2] = {{"a.json", "{}"}, {"a.json", "{}"}};
    static const char *const ids[][2] = {{"a.json", "{\"$id\":\"x:y\"}"},
                                         {"b.json", "{\"$defs\":{\"q\":{\"$id\":\"x:y\"}}}"}};
    static const char *const anchors[][2] = {
        {"a.json", "{\"$defs\":{\"a\":{\"$anchor\":\"z\"},\"b\":{\"$anchor\":\"z\"}}}"}};
    static const char *const values[][2] = {
        {"a.json", "{\"$id\":\"a.json\",\"const\":{\"$id\":\"a.json\"},"
                   "\"properties\":{\"$id\":{\"enum\":[{\"$id\":\"a.json\"}]}}}"}};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    CHECK(store_of(arena, names, 2, &errs) == NULL);
    CHECK_INT(errs.n, 1);
    CHECK(store_of(arena, ids, 2, &errs) == NULL);
    CHECK_INT(errs.n, 2);
    CHECK(store_of(arena, anchors, 1, &errs) == NULL);
    CHECK_INT(errs.n, 3);
    CHECK(store_of(arena, values, 1, &errs) != NULL);
    CHECK_INT(errs.n, 3);
    lgs_arena_destroy(arena);
}

typedef struct {
    lgs_arena_t *arena;
    lgs_str_t asked[4];
    size_t n;
} shelf_t;

static lgs_rc_t load(void *data, lgs_schema_store_t *store, lgs_str_t name, lgs_errs_t *errs)
{
    shelf_t *shelf = data;
    lgs_doc_t *doc = lgs_arena_zalloc(shelf->arena, sizeof(*doc));

    if (shelf->n < LGS_N(shelf->asked)) {
        shelf->asked[shelf->n++] = name;
    }
    if (!lgs_str_is(name, "dir/b.json") || doc == NULL ||
        !case_read(shelf->arena, "{\"type\":\"null\"}", doc)) {
        return LGS_NOT_FOUND;
    }
    return lgs_schema_store_add(store, name, doc, errs);
}

TEST(a_loader_is_asked_once_for_what_is_not_there)
{
    static const char *const docs[][2] = {
        {"dir/a.json", "{\"$id\":\"https://x.example/q/\",\"items\":{\"$ref\":\"b.json\"},"
                       "\"contains\":{\"$ref\":\"b.json#\"}}"},
        {"dir/c.json", "{\"$id\":\"https://x.example/r/\",\"$ref\":\"gone.json\"}"}};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_store_t *store;
    shelf_t shelf = {.arena = arena};
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    store = store_of(arena, docs, 2, &errs);
    CHECK(store != NULL);
    if (store) {
        lgs_schema_store_set_loader(store, load, &shelf);
        CHECK(lgs_schema_compile(store, LGS_STR("dir/a.json"), &errs) != NULL);
        CHECK_INT(shelf.n, 1);
        CHECK(lgs_schema_compile(store, LGS_STR("dir/c.json"), &errs) == NULL);
        CHECK_INT(shelf.n, 3);
        CHECK_STR(shelf.asked[1], "dir/gone.json");
        CHECK_STR(shelf.asked[2], "https://x.example/r/gone.json");
    }
    lgs_arena_destroy(arena);
}

static lgs_str_t repeat(lgs_arena_t *arena, const char *open, const char *middle, const char *close,
                        size_t n)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    for (size_t i = 0; i < n; i++) {
        lgs_buf_cstr(&buf, open);
    }
    lgs_buf_cstr(&buf, middle);
    for (size_t i = 0; i < n; i++) {
        lgs_buf_cstr(&buf, close);
    }
    lgs_buf_byte(&buf, '\0');
    return lgs_str(buf.data, buf.len - 1);
}

/* A recursive schema on a tree `depth` arrays deep: deeper than a reader would make it. */
static lgs_rc_t run_deep(uint32_t depth, lgs_errs_t *errs, lgs_arena_t *arena)
{
    lgs_schema_t *schema = case_compile(arena, "{\"items\":{\"$ref\":\"#\"}}", errs);
    lgs_node_t *nodes = lgs_arena_array(arena, depth, sizeof(*nodes));
    lgs_doc_t doc = {.n_nodes = depth};

    for (uint32_t i = 0; nodes && i < depth; i++) {
        nodes[i] = (lgs_node_t){.type = LGS_ARRAY,
                                .n = i > 0,
                                .u.items = i ? &nodes[i - 1] : NULL,
                                .offset = LGS_NO_OFFSET};
    }
    CHECK(schema && nodes);
    if (schema == NULL || nodes == NULL) {
        return LGS_IO;
    }
    return lgs_schema_validate(schema, &doc, &nodes[depth - 1], errs);
}

TEST(depth_is_bounded)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    CHECK_INT(run_deep(1000, &errs, arena), LGS_OK);
    CHECK_INT(run_deep(1001, &errs, arena), LGS_LIMIT);
    CHECK(errs.first && strcmp(errs.first->code, "max-depth") == 0);
    lgs_arena_destroy(arena);
}

TEST(work_is_bounded)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_t *schema;
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 20);
    schema = case_compile(arena,
                          "{\"$defs\":{\"n\":{\"allOf\":[{\"items\":{\"$ref\":\"#/$defs/n\"}},"
                          "{\"items\":{\"$ref\":\"#/$defs/n\"}}]}},\"$ref\":\"#/$defs/n\"}",
                          &errs);
    CHECK(schema && case_read(arena, repeat(arena, "[", "1", "]", 60).data, &doc));
    if (schema) {
        CHECK_INT(lgs_schema_validate(schema, &doc, NULL, NULL), LGS_LIMIT);
        CHECK_INT(lgs_schema_validate(schema, &doc, NULL, &errs), LGS_LIMIT);
        CHECK(errs.first && strcmp(errs.first->code, "max-steps") == 0);
    }
    lgs_arena_destroy(arena);
}

TEST(nested_schemas_are_bounded)
{
    lgs_tree_limits_t limits = lgs_tree_limits_default;
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    limits.max_depth = 1000;
    for (size_t depth = 255; depth <= 256; depth++) {
        lgs_schema_store_t *store = lgs_schema_store_create(arena);
        lgs_doc_t doc;

        lgs_errs_init(&errs, arena, 20);
        CHECK(lgs_json_read(arena, repeat(arena, "{\"not\":", "{}", "}", depth), &limits, &doc,
                            &errs) == LGS_OK);
        CHECK_INT(lgs_schema_store_add(store, LGS_STR("a"), &doc, &errs),
                  depth == 255 ? LGS_OK : LGS_INVALID);
        CHECK(depth == 256 || lgs_schema_compile(store, LGS_STR("a"), &errs) != NULL);
    }
    lgs_arena_destroy(arena);
}

/* 2^n sets of anchors are met on the ways through n pairs of resources. */
TEST(meanings_of_dynamic_references_are_bounded)
{
    for (unsigned n = 3; n <= 14; n += 11) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        lgs_schema_t *schema;
        lgs_errs_t errs;
        lgs_buf_t buf;

        lgs_errs_init(&errs, arena, 20);
        lgs_buf_init(&buf, arena, 0, 0);
        lgs_buf_cstr(&buf, "{\"$ref\":\"x:a0\",\"$defs\":{");
        for (unsigned i = 0; i < n; i++) {
            lgs_buf_printf(
                &buf,
                "%s\"a%u\":{\"$id\":\"x:a%u\",\"items\":{\"anyOf\":[{\"$ref\":\"x:b%u\"},"
                "{\"$ref\":\"x:a%u\"}]}},\"b%u\":{\"$id\":\"x:b%u\",\"$dynamicAnchor\":"
                "\"n%u\",\"items\":{\"$ref\":\"x:a%u\"}}",
                i ? "," : "", i, i, i, (i + 1) % n, i, i, i, (i + 1) % n);
        }
        lgs_buf_cstr(&buf, "}}");
        lgs_buf_byte(&buf, '\0');
        schema = case_compile(arena, buf.data, &errs);
        CHECK((schema != NULL) == (n == 3));
        CHECK(schema || (errs.first && strcmp(errs.first->code, "max-scopes") == 0));
        lgs_arena_destroy(arena);
    }
}

TEST(work_of_unevaluated_is_bounded)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_t *schema;
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 20);
    schema = case_compile(arena,
                          "{\"anyOf\":[{\"items\":{\"$ref\":\"#\"}},{\"prefixItems\":[{\"$ref\":"
                          "\"#\"}]}],\"unevaluatedItems\":false}",
                          &errs);
    CHECK(schema && case_read(arena, repeat(arena, "[", "1", "]", 60).data, &doc));
    if (schema) {
        CHECK_INT(lgs_schema_validate(schema, &doc, NULL, NULL), LGS_LIMIT);
    }
    lgs_arena_destroy(arena);
}

TEST(errors_past_the_cap_are_counted)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    case_run(arena, "{\"items\":{\"anyOf\":[{\"type\":\"string\",\"minLength\":9},false]}}",
             "[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\","
             "\"\",\"\",\"\",\"\",\"\",\"\",\"\"]",
             &errs);
    CHECK_INT(errs.n, 20);
    CHECK_INT(errs.more, 3);
    lgs_arena_destroy(arena);
}

TEST(errors_past_the_cap_cost_no_memory)
{
    static const char *const schemas[] = {
        "{\"items\":{\"type\":\"string\"}}",
        "{\"items\":{\"enum\":[\"a\",\"b\"]}}",
        "{\"items\":{\"required\":[\"a\"]}}",
        "{\"items\":{\"additionalProperties\":false}}",
        "{\"items\":{\"anyOf\":[{\"required\":[\"a\"]},{\"type\":\"null\"}]}}",
        "{\"items\":{\"oneOf\":[{\"required\":[\"a\"]},{\"type\":\"null\"}]}}",
        "{\"items\":{\"properties\":{\"b\":{\"not\":{\"type\":\"string\"}}}}}",
        "{\"items\":{\"x-redact\":true,\"not\":{}}}",
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    const uint32_t n = 50000;
    lgs_str_t text = repeat(arena, "{\"b\":\"1\"},", "1", "", n);
    lgs_buf_t array;
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_buf_init(&array, arena, text.len + 3, 0);
    lgs_buf_byte(&array, '[');
    lgs_buf_add(&array, text.data, text.len - 2);
    lgs_buf_byte(&array, ']');
    lgs_errs_init(&errs, arena, 20);
    CHECK(lgs_json_read(arena, lgs_buf_text(&array), NULL, &doc, &errs) == LGS_OK);
    for (size_t i = 0; i < LGS_N(schemas); i++) {
        lgs_schema_t *schema = case_compile(arena, schemas[i], &errs);
        lgs_arena_t *small = lgs_arena_create(4096, 40000);
        lgs_errs_t found;

        lgs_errs_init(&found, small, 20);
        CHECK(schema && lgs_schema_validate(schema, &doc, NULL, &found) == LGS_INVALID);
        CHECK_INT(found.n, 20);
        CHECK_INT(found.more, n - 20);
        lgs_arena_destroy(small);
    }
    lgs_arena_destroy(arena);
}

TEST(out_of_memory_at_compile_is_an_error)
{
    static const char schema[] =
        "{\"$id\":\"x:y\",\"$defs\":{\"a\":{\"$anchor\":\"q\",\"type\":[\"string\",\"null\"]}},"
        "\"properties\":{\"a\":{\"$ref\":\"#q\"},\"b\":{\"enum\":[1,\"a\"],\"multipleOf\":2}},"
        "\"patternProperties\":{\"^c\":{\"pattern\":\"d\"}},\"required\":[\"a\"],"
        "\"dependentRequired\":{\"a\":[\"b\"]},\"dependentSchemas\":{\"a\":{}},"
        "\"unevaluatedProperties\":false,\"$dynamicAnchor\":\"dyn\",\"not\":{\"$dynamicRef\":"
        "\"https://json-schema.org/draft/2020-12/"
        "schema#meta\"},\"dependencies\":{\"q\":[\"r\"]},\"prefixItems\":[true],\"items\":{"
        "\"contains\":{}},\"anyOf\":[{\"if\":{\"const\":5}}]}";
    bool has_compiled = false;

    for (size_t ceiling = 4096; !has_compiled && ceiling < 200000; ceiling += 256) {
        lgs_arena_t *arena = lgs_arena_create(1024, ceiling);
        lgs_arena_t *other = lgs_arena_create(0, 0);
        lgs_schema_store_t *store = lgs_schema_store_create(arena);
        lgs_schema_t *compiled = NULL;
        lgs_errs_t errs;
        lgs_doc_t doc;

        lgs_errs_init(&errs, other, 20);
        CHECK(case_read(other, schema, &doc));
        if (store && lgs_schema_store_add(store, LGS_STR("a"), &doc, &errs) == LGS_OK) {
            compiled = lgs_schema_compile(store, LGS_STR("a"), &errs);
        }
        CHECK((compiled == NULL) == (errs.n > 0) || store == NULL);
        has_compiled = compiled != NULL;
        lgs_arena_destroy(arena);
        lgs_arena_destroy(other);
    }
    CHECK(has_compiled);
}

TEST(out_of_memory_in_the_slow_pass_is_an_error)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_t *schema;
    lgs_errs_t errs;
    lgs_doc_t doc;
    size_t n_nomem = 0, n_invalid = 0;

    lgs_errs_init(&errs, arena, 20);
    schema = case_compile(arena,
                          "{\"properties\":{\"a\":{\"oneOf\":[{\"type\":\"object\",\"properties\":"
                          "{\"b\":{\"x-redact\":true,\"format\":\"date\"}},\"required\":[\"c\"]},"
                          "{\"type\":\"null\"}]},\"d\":{\"enum\":[\"e\",\"f\"]}}}",
                          &errs);
    CHECK(schema && case_read(arena, "{\"a\":{\"b\":\"x\"},\"d\":\"g\"}", &doc));
    for (size_t ceiling = 64; schema && ceiling < 20000; ceiling += 16) {
        lgs_arena_t *small = lgs_arena_create(32, ceiling);
        lgs_errs_t found;
        lgs_rc_t rc;

        lgs_errs_init(&found, small, 20);
        rc = small ? lgs_schema_validate(schema, &doc, NULL, &found) : LGS_NOMEM;
        CHECK(rc == LGS_INVALID || rc == LGS_NOMEM);
        CHECK(rc != LGS_INVALID || found.n == 3);
        n_nomem += rc == LGS_NOMEM;
        n_invalid += rc == LGS_INVALID;
        lgs_arena_destroy(small);
    }
    CHECK(n_nomem > 0 && n_invalid > 0);
    lgs_arena_destroy(arena);
}

int main(void)
{
    RUN(documents_refer_to_each_other_by_name_and_by_id);
    RUN(names_and_ids_are_taken_once);
    RUN(a_loader_is_asked_once_for_what_is_not_there);
    RUN(depth_is_bounded);
    RUN(work_is_bounded);
    RUN(nested_schemas_are_bounded);
    RUN(meanings_of_dynamic_references_are_bounded);
    RUN(work_of_unevaluated_is_bounded);
    RUN(errors_past_the_cap_are_counted);
    RUN(errors_past_the_cap_cost_no_memory);
    RUN(out_of_memory_at_compile_is_an_error);
    RUN(out_of_memory_in_the_slow_pass_is_an_error);
    return DONE();
}
