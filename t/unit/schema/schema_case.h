/* One schema, one document, the errors that are expected: "pointer keyword" a line. */
#ifndef LGS_SCHEMA_CASE_H
#define LGS_SCHEMA_CASE_H

#include "../unit.h"
#include "../../../ngx_logistics_module/formats/json.h"
#include "../../../ngx_logistics_module/schema/schema.h"

static inline bool case_read(lgs_arena_t *arena, const char *text, lgs_doc_t *doc)
{
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 1);
    if (lgs_json_read(arena, lgs_cstr(text), NULL, doc, &errs) == LGS_OK) {
        return true;
    }
    printf("# not JSON: %s\n", text);
    unit_show(&errs);
    return false;
}

static inline lgs_schema_t *case_compile(lgs_arena_t *arena, const char *text, lgs_errs_t *errs)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    lgs_schema_store_t *store = lgs_schema_store_create(arena);

    if (doc == NULL || store == NULL || !case_read(arena, text, doc) ||
        lgs_schema_store_add(store, LGS_STR("test.json"), doc, errs) != LGS_OK) {
        return NULL;
    }
    return lgs_schema_compile(store, LGS_STR("test.json"), errs);
}

/* "pointer keyword\n" of each error */
static inline lgs_str_t case_list(lgs_arena_t *arena, const lgs_errs_t *errs)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 256, 0);
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        lgs_buf_printf(&buf, "%s%.*s %s", err == errs->first ? "" : "\n", LGS_FMT(err->pointer),
                       err->code);
    }
    lgs_buf_byte(&buf, '\0');
    return lgs_str(buf.data, buf.len - 1);
}

/* Validates; the fast answer (no list) must be that of the slow one. Result: list of errors. */
static inline lgs_str_t case_run(lgs_arena_t *arena, const char *schema_text, const char *text,
                                 lgs_errs_t *errs)
{
    lgs_schema_t *schema;
    lgs_doc_t doc;
    lgs_rc_t rc;

    lgs_errs_init(errs, arena, 20);
    schema = case_compile(arena, schema_text, errs);
    if (schema == NULL || !case_read(arena, text, &doc)) {
        unit_show(errs);
        return LGS_STR("does not compile");
    }
    rc = lgs_schema_validate(schema, &doc, NULL, errs);
    CHECK_INT(lgs_schema_validate(schema, &doc, NULL, NULL), rc);
    CHECK((rc == LGS_OK) == (errs->n == 0));
    return case_list(arena, errs);
}

/* Checks that `text` gives exactly the errors `want` ("" for none). */
static inline void case_check(const char *schema, const char *text, const char *want)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_str_t got = case_run(arena, schema, text, &errs);

    if (!lgs_str_is(got, want)) {
        unit_bad = 1;
        printf("# schema %s\n# document %s\n# got \"%.*s\", not \"%s\"\n", schema, text,
               LGS_FMT(got), want);
        unit_show(&errs);
    }
    lgs_arena_destroy(arena);
}

#endif
