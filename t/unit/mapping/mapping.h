/* Shared by the unit tests of mapping: compile a text, run it on a text, compare what comes out. */
#ifndef LGS_TEST_MAPPING_H
#define LGS_TEST_MAPPING_H

#include "../../../ngx_logistics_module/formats/json.h"
#include "../../../ngx_logistics_module/mapping/mapping.h"
#include "../unit.h"

static lgs_doc_t test_list;

/* Set by a test: the codes that partner "acme" has of its own for "codes", and a second list. */
static lgs_doc_t test_own_list, test_second_list;

static inline const lgs_doc_t *test_partner_codes(void *data, lgs_str_t name, size_t i,
                                                  lgs_str_t *partner)
{
    *partner = LGS_STR("acme");
    return i == 0 && lgs_str_is(name, "codes") && test_own_list.n_nodes ? &test_own_list : NULL;
}

static const char test_schema[] =
    "{'properties':{'type':{'enum':['shipment.delivered','shipment.in_transit','shipment.unknown',"
    "'fleet.odometer']},'occurred_at':{},'local':{},'tz':{},'tz_from':{}}}";

static inline const lgs_doc_t *test_codelist(void *data, lgs_str_t name)
{
    return lgs_str_is(name, "codes")    ? &test_list
           : lgs_str_is(name, "second") ? &test_second_list
                                        : NULL;
}

typedef struct {
    lgs_arena_t *arena;
    lgs_errs_t errs, warnings;
    lgs_records_t records;
    lgs_doc_t doc;
    lgs_mapping_t *mapping;
    lgs_rc_t rc;
    lgs_mapping_facts_t facts;
    bool any_type;      /* without a schema */
    const char *schema; /* of what is put out; NULL: test_schema */
    lgs_errs_t *notes;  /* NULL: not wanted */
    const char *parts;  /* canonical/parts.json, beside it */
    const char *input;  /* the schema "in", of what is read */
} test_t;

static inline test_t test_begin(void)
{
    test_t t = {.arena = lgs_arena_create(0, 0), .any_type = true};

    lgs_errs_init(&t.errs, t.arena, 50);
    lgs_errs_init(&t.warnings, t.arena, 50);
    t.facts = (lgs_mapping_facts_t){.partner = LGS_STR("acme"),
                                    .received_at = LGS_STR("2026-01-02T03:04:05Z"),
                                    .format = LGS_STR("json")};
    return t;
}

static inline void test_end(test_t *t)
{
    lgs_arena_destroy(t->arena);
}

static inline void test_codes(test_t *t, const char *json)
{
    if (lgs_json_read(t->arena, lgs_cstr(json), NULL, &test_list, &t->errs) != LGS_OK) {
        unit_show(&t->errs);
        abort();
    }
    test_list.file = LGS_STR("codes.yaml");
}

static inline lgs_str_t test_json(test_t *t, const char *text);

static inline const lgs_doc_t *test_find_schema(void *data, lgs_str_t name)
{
    test_t *t = data;
    const char *text = lgs_str_is(name, "canonical/parts.json")   ? t->parts
                       : lgs_str_is(name, "in")                   ? t->input
                       : t->schema                                ? t->schema
                       : lgs_str_is(name, "canonical/event.json") ? test_schema
                                                                  : NULL;
    lgs_doc_t *doc = lgs_arena_zalloc(t->arena, sizeof(*doc));

    if (t->any_type || text == NULL) {
        return NULL;
    }
    if (lgs_json_read(t->arena, test_json(t, text), NULL, doc, &t->errs) != LGS_OK) {
        unit_show(&t->errs);
        abort();
    }
    return doc;
}

/* Single quotes stand for double ones, so that mappings can be read in C. */
static inline lgs_str_t test_json(test_t *t, const char *text)
{
    lgs_str_t copy = lgs_arena_str(t->arena, lgs_cstr(text));

    for (size_t i = 0; i < copy.len; i++) {
        if (copy.data[i] == '\'') {
            ((char *)copy.data)[i] = '"';
        }
    }
    return copy;
}

static inline bool test_compile(test_t *t, const char *text)
{
    lgs_doc_t *doc = lgs_arena_zalloc(t->arena, sizeof(*doc));
    const lgs_mapping_env_t env = {.codelist = test_codelist,
                                   .partner_codes = test_partner_codes,
                                   .schema = test_find_schema,
                                   .data = t,
                                   .notes = t->notes};

    t->mapping = NULL;
    if (lgs_json_read(t->arena, test_json(t, text), NULL, doc, &t->errs) != LGS_OK) {
        return false;
    }
    doc->file = LGS_STR("m.yaml");
    t->mapping = lgs_mapping_compile(t->arena, doc, &env, &t->errs);
    return t->mapping != NULL;
}

/* The records that are made of t->doc, one a line. */
static inline lgs_str_t test_records(test_t *t)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, t->arena, 0, 0);
    t->rc = lgs_mapping_run(t->mapping, &t->doc, &t->facts, t->arena, &t->records, &t->warnings,
                            &t->errs);
    for (uint32_t i = 0; i < t->records.n; i++) {
        if (i) {
            lgs_buf_byte(&buf, '\n');
        }
        lgs_json_write(&buf, &t->records.items[i].node);
    }
    return lgs_buf_text(&buf);
}

/* … of JSON. */
static inline lgs_str_t test_run(test_t *t, const char *input)
{
    if (t->mapping == NULL ||
        lgs_json_read(t->arena, test_json(t, input), NULL, &t->doc, &t->errs) != LGS_OK) {
        unit_show(&t->errs);
        return LGS_STR("(not run)");
    }
    return test_records(t);
}

/* … of the first document that the mapping's own `input` reads. */
static inline lgs_str_t test_run_input(test_t *t, const char *mapping, const char *source)
{
    lgs_window_t window = {lgs_cstr(source), true};
    lgs_reader_t *reader;

    if (!test_compile(t, mapping)) {
        return LGS_STR("(refused)");
    }
    reader = lgs_reader_open(lgs_mapping_input(t->mapping), NULL, t->arena);
    t->rc = lgs_reader_next(reader, &window, t->arena, &t->doc, &t->errs);
    return t->rc == LGS_OK ? test_records(t) : LGS_STR("(not read)");
}

/* t->mapping over t->doc in arenas that are too small, until one is large enough. */
static inline void test_ceilings(test_t *t)
{
    unsigned failed = 0;
    bool done = false;

    for (size_t ceiling = 64; !done && ceiling < 100000; ceiling += 37) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        lgs_records_t records;
        lgs_errs_t errs;
        lgs_rc_t rc = LGS_NOMEM;

        if (arena) {
            lgs_errs_init(&errs, arena, 5);
            rc = lgs_mapping_run(t->mapping, &t->doc, &t->facts, arena, &records, NULL, &errs);
            CHECK(rc == LGS_OK || rc == LGS_NOMEM);
            CHECK((rc == LGS_OK) == (errs.n == 0));
            lgs_arena_destroy(arena);
        }
        failed += rc == LGS_NOMEM;
        done = rc == LGS_OK;
    }
    CHECK(done && failed > 3);
}

/* One value: the mapping {v: expr} over an input; what v came to, "-" when it was left out. */
static inline lgs_str_t test_value(const char *expr, const char *input)
{
    static char out[4096];
    test_t t = test_begin();
    lgs_str_t text = LGS_STR("(refused)"), result;
    char mapping[4096];

    snprintf(mapping, sizeof(mapping), "{'mapping':'m','emit':[{'v':%s}]}", expr);
    if (!test_compile(&t, mapping)) {
        unit_show(&t.errs);
    } else {
        result = test_run(&t, input);
        text = t.rc == LGS_OK && t.records.n ? lgs_str(result.data + 1, result.len - 2)
                                             : LGS_STR("(failed)");
        text = lgs_str_starts(text, LGS_STR("\"v\":")) ? lgs_str(text.data + 4, text.len - 4)
               : text.len == 0                         ? LGS_STR("-")
                                                       : text;
    }
    snprintf(out, sizeof(out), "%.*s", LGS_FMT(text));
    test_end(&t);
    return lgs_cstr(out);
}

/* The findings of a mapping, "line:column text" a line. */
static inline lgs_str_t test_findings(test_t *t)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, t->arena, 0, 0);
    for (const lgs_err_t *err = t->errs.first; err; err = err->next) {
        lgs_buf_printf(&buf, "%s%u:%u %.*s", err == t->errs.first ? "" : "\n", err->pos.line,
                       err->pos.column, LGS_FMT(err->text));
    }
    return lgs_buf_text(&buf);
}

/* CHECK_STR with double quotes of `want` written as single ones. */
#define CHECK_JSON(got, want)                                                                      \
    do {                                                                                           \
        char unit_want[8192];                                                                      \
        snprintf(unit_want, sizeof(unit_want), "%s", want);                                        \
        for (char *unit_p = unit_want; *unit_p; unit_p++) {                                        \
            *unit_p = *unit_p == '\'' ? '"' : *unit_p;                                             \
        }                                                                                          \
        CHECK_STR(got, unit_want);                                                                 \
    } while (0)

#endif
