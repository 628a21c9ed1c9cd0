/*
 * Schema and document from one input: schema text, a zero byte, document text. What holds for every
 * input:
 *   - a schema that is refused has an error with a text;
 *   - the fast pass and the explaining pass agree, and a refusal has at least one error;
 *   - an error's pointer names a value of the document (or the place of the document itself);
 *   - `not` of the schema answers the opposite.
 */
#include "../../ngx_logistics_module/formats/json.h"
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

static lgs_schema_t *compile(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_errs_t *errs)
{
    lgs_schema_store_t *store = lgs_schema_store_create(arena);
    lgs_schema_t *schema;

    must(store != NULL, "no store");
    if (lgs_schema_store_add(store, LGS_STR("dir/fuzz.json"), doc, errs) != LGS_OK) {
        return NULL;
    }
    schema = lgs_schema_compile(store, LGS_STR("dir/fuzz.json"), errs);
    must((schema == NULL) == (errs->n > 0), "a refusal without an error, or the other way round");
    return schema;
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
