/*
 * Schema and document from one input: schema text, a zero byte, document text. What holds for every
 * input:
 *   - a schema that is refused has an error with a text;
 *   - the fast pass and the explaining pass agree, and a refusal has at least one error;
 *   - an error's pointer names a value of the document (or the place of the document itself);
 *   - `not` of the schema answers the opposite;
 *   - a schema that compiles is valid by the meta-schema of its draft;
 *   - it can be compared with itself;
 *   - the schema that is inferred from the document takes it.
 */
#include "../../ngx_logistics_module/formats/json.h"
#include "../../ngx_logistics_module/schema/compat.h"
#include "../../ngx_logistics_module/schema/infer.h"
#include "../../ngx_logistics_module/schema/schema.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT 16384u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_schema: %s\n", what);
        abort();
    }
}

static lgs_schema_t *compile_with(lgs_arena_t *arena, const lgs_doc_t *doc,
                                  lgs_schema_options_t options, lgs_errs_t *errs)
{
    lgs_schema_store_t *store = lgs_schema_store_create(arena);
    lgs_schema_t *schema;

    must(store != NULL, "no store");
    lgs_schema_store_set_options(store, options);
    if (lgs_schema_store_add(store, LGS_STR("dir/fuzz.json"), doc, errs) != LGS_OK) {
        return NULL;
    }
    schema = lgs_schema_compile(store, LGS_STR("dir/fuzz.json"), errs);
    must((schema == NULL) == (errs->n > 0), "a refusal without an error, or the other way round");
    return schema;
}

static lgs_schema_t *compile(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_errs_t *errs)
{
    return compile_with(arena, doc, (lgs_schema_options_t){0}, errs);
}

static lgs_rc_t validate(const lgs_schema_t *schema, const lgs_doc_t *doc, lgs_arena_t *arena)
{
    lgs_errs_t errs;
    lgs_rc_t fast = lgs_schema_validate(schema, doc, NULL, NULL), slow;

    lgs_errs_init(&errs, arena, 20);
    slow = lgs_schema_validate(schema, doc, NULL, &errs);
    must(fast == slow || slow == LGS_LIMIT, "the passes do not agree");
    must((slow == LGS_OK) == (errs.n == 0), "a refusal without an error, or the other way round");
    for (const lgs_err_t *err = errs.first; slow == LGS_INVALID && err; err = err->next) {
        must(err->text.len > 0, "an error without a text");
        must(lgs_node_pointer(&doc->root, err->pointer) != NULL, "a pointer to nothing");
        must(err->pos.line >= 1 && err->pos.column >= 1, "an error without a place");
    }
    return slow;
}

/* {"not":SCHEMA}, when the schema has no reference of its own that would mean something else. */
static void check_opposite(lgs_arena_t *arena, lgs_str_t schema_text, const lgs_doc_t *doc,
                           lgs_rc_t answer)
{
    lgs_schema_t *schema;
    lgs_errs_t errs;
    lgs_buf_t buf;
    lgs_doc_t schema_doc;

    if (memchr(schema_text.data, '$', schema_text.len) || answer > LGS_INVALID ||
        memchr(schema_text.data, '\\', schema_text.len)) {
        return;
    }
    lgs_buf_init(&buf, arena, schema_text.len + 16, 0);
    lgs_buf_cstr(&buf, "{\"not\":");
    lgs_buf_str(&buf, schema_text);
    lgs_buf_cstr(&buf, "}");
    lgs_errs_init(&errs, arena, 20);
    if (lgs_json_read(arena, lgs_buf_text(&buf), NULL, &schema_doc, &errs) != LGS_OK) {
        return;
    }
    schema = compile(arena, &schema_doc, &errs);
    must(schema != NULL, "a schema compiles, but not within another");
    answer = answer == LGS_OK ? LGS_INVALID : LGS_OK;
    must(validate(schema, doc, arena) == answer, "not the opposite");
}

/* With one $schema at most: an embedded schema may be of another draft than what is around it. */
static void check_meta(lgs_arena_t *arena, lgs_str_t schema_text, const lgs_doc_t *schema_doc)
{
    const char *text = lgs_arena_str(arena, schema_text).data;
    const lgs_node_t *own = lgs_node_at(&schema_doc->root, "$schema");
    const char *first = strstr(text, "$schema");
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    lgs_schema_t *meta;
    lgs_errs_t errs;
    lgs_str_t uri = LGS_STR("https://json-schema.org/draft/2020-12/schema");

    if (strchr(text, '\\') || (first && (own == NULL || strstr(first + 1, "$schema")))) {
        return;
    }
    uri = own ? lgs_node_text(own) : uri;
    lgs_errs_init(&errs, arena, 20);
    uri = lgs_arena_printf(arena, "{\"$ref\":\"%.*s\"}", LGS_FMT(uri));
    must(doc && lgs_json_read(arena, uri, NULL, doc, &errs) == LGS_OK, "no meta-schema");
    meta = compile_with(arena, doc, (lgs_schema_options_t){.annotate_formats = true}, &errs);
    must(meta != NULL, "the meta-schema does not compile");
    must(lgs_schema_validate(meta, schema_doc, NULL, NULL) == LGS_OK,
         "a schema compiles that is not valid by its meta-schema");
}

static void check_tools(lgs_arena_t *arena, const lgs_doc_t *schema_doc, const lgs_doc_t *doc)
{
    lgs_schema_store_t *store = lgs_schema_store_create(arena);
    lgs_infer_t *infer = lgs_infer_create(arena);
    lgs_doc_t inferred;
    lgs_schema_t *schema;
    lgs_errs_t errs;
    lgs_buf_t buf;

    lgs_errs_init(&errs, arena, 20);
    must(store && infer && lgs_schema_store_add(store, LGS_STR("a"), schema_doc, &errs) == LGS_OK &&
             lgs_schema_compile(store, LGS_STR("a"), &errs),
         "a schema compiles once only");
    must(lgs_schema_compat(store, LGS_STR("a"), store, LGS_STR("a"), (lgs_compat_options_t){0},
                           &errs) != LGS_NOMEM,
         "a comparison without memory");
    lgs_buf_init(&buf, arena, 0, 0);
    must(lgs_infer_add(infer, doc) == LGS_OK, "no inference");
    lgs_infer_write(infer, &buf);
    lgs_errs_init(&errs, arena, 20);
    must(lgs_json_read(arena, lgs_buf_text(&buf), NULL, &inferred, &errs) == LGS_OK,
         "an inferred schema is no JSON");
    schema = compile(arena, &inferred, &errs);
    must(schema != NULL, "an inferred schema does not compile");
    must(lgs_schema_validate(schema, doc, NULL, NULL) == LGS_OK,
         "an inferred schema refuses its document");
}

static void run(lgs_arena_t *arena, lgs_str_t schema_text, lgs_str_t text)
{
    lgs_doc_t schema_doc, doc;
    lgs_schema_t *schema;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    if (lgs_json_read(arena, schema_text, NULL, &schema_doc, NULL) != LGS_OK ||
        lgs_json_read(arena, text, NULL, &doc, NULL) != LGS_OK) {
        return;
    }
    schema = compile(arena, &schema_doc, &errs);
    if (schema) {
        check_opposite(arena, schema_text, &doc, validate(schema, &doc, arena));
        check_meta(arena, schema_text, &schema_doc);
        check_tools(arena, &schema_doc, &doc);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *zero = size ? memchr(text, 0, size) : NULL;
    lgs_arena_t *arena;

    if (zero == NULL || size > MAX_INPUT) {
        return 0;
    }
    arena = lgs_arena_create(0, 256u << 20);
    must(arena != NULL, "no arena");
    run(arena, lgs_str(text, (size_t)(zero - text)),
        lgs_str(zero + 1, size - (size_t)(zero + 1 - text)));
    lgs_arena_destroy(arena);
    return 0;
}
