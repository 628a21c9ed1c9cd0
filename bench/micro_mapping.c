/*
 * What translating costs, parse excluded, with the mappings that ship: one DHL event → canonical,
 * 40 of them in one document, the same with each record checked by the canonical schema as in the
 * gateway, and one canonical event → its Odoo operation. Run from the repository's root. Rounds are
 * interleaved; printed are the median, the 10th and the 90th percentile in ns for one event.
 */
#include "../ngx_logistics_module/base/file.h"
#include "../ngx_logistics_module/base/map.h"
#include "../ngx_logistics_module/formats/json.h"
#include "../ngx_logistics_module/mapping/mapping.h"
#include "../ngx_logistics_module/policy/yaml.h"
#include "../ngx_logistics_module/schema/schema.h"
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS   201
#define BATCH_NS 1e6 /* about so long is one case in one round */

typedef struct {
    const char *name;
    const lgs_mapping_t *mapping;
    const lgs_schema_t *check; /* of its records; NULL: none */
    lgs_doc_t doc;
    uint32_t n_events;
    int batch;
    double ns[ROUNDS];
} case_t;

static lgs_arena_t *load, *work;
static lgs_errs_t errs;
static lgs_schema_store_t *store;
static lgs_map_t *schemas, *templates;

static void must(bool ok, const char *what)
{
    if (!ok) {
        for (const lgs_err_t *err = errs.first; err; err = err->next) {
            fprintf(stderr, "%.*s:%u:%u: %.*s\n", LGS_FMT(err->file), err->pos.line,
                    err->pos.column, LGS_FMT(err->text));
        }
        fprintf(stderr, "micro_mapping: %s\n", what);
        exit(1);
    }
}

static const lgs_doc_t *read_yaml(const char *folder, lgs_str_t name)
{
    lgs_str_t path = lgs_arena_printf(load, "lua-free-policies/%s/%.*s.yaml", folder,
                                      LGS_FMT(name));
    lgs_doc_t *doc = lgs_arena_zalloc(load, sizeof(*doc));
    lgs_str_t text;

    must(lgs_file_read(load, path.data, 1 << 20, &text, &errs) == LGS_OK &&
             lgs_yaml_read(load, text, path, doc, &errs) == LGS_OK,
         "cannot read a policy file");
    return doc;
}

static const lgs_doc_t *codelist(void *data, lgs_str_t name)
{
    return read_yaml("codelists", name);
}

/* One document each, however often it is included. */
static const lgs_doc_t *template_doc(void *data, lgs_str_t name)
{
    const lgs_doc_t *doc = lgs_map_get(templates, name);

    if (doc == NULL) {
        doc = read_yaml("mappings/templates", name);
        must(lgs_map_add(templates, lgs_arena_str(load, name), (void *)doc) == LGS_OK,
             "out of memory");
    }
    return doc;
}

/*
 * Of what is put out: what an input's schema says is not asked for. Below schemas/, read once and
 * then in the store, too.
 */
static const lgs_doc_t *schema_doc(void *data, lgs_str_t name)
{
    const lgs_doc_t *known = lgs_map_get(schemas, name);
    lgs_str_t path = lgs_arena_printf(load, "lua-free-policies/schemas/%.*s", LGS_FMT(name));
    lgs_doc_t *doc = lgs_arena_zalloc(load, sizeof(*doc));
    lgs_str_t text;

    if (known || name.len < 5 || !lgs_str_is(lgs_str(name.data + name.len - 5, 5), ".json")) {
        return known;
    }
    must(lgs_file_read(load, path.data, 1 << 20, &text, &errs) == LGS_OK &&
             lgs_json_read(load, text, NULL, doc, &errs) == LGS_OK &&
             lgs_map_add(schemas, lgs_arena_str(load, name), doc) == LGS_OK &&
             lgs_schema_store_add(store, name, doc, &errs) == LGS_OK,
         "cannot read a schema");
    return doc;
}

static const lgs_mapping_t *compile(lgs_str_t name)
{
    const lgs_mapping_env_t env = {
        .codelist = codelist, .schema = schema_doc, .template = template_doc};
    const lgs_mapping_t *mapping = lgs_mapping_compile(load, read_yaml("mappings", name), &env,
                                                       &errs);

    must(mapping != NULL, "the mapping has findings");
    return mapping;
}

static lgs_str_t make_dhl(uint32_t n_events)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, load, 4096, 0);
    lgs_buf_cstr(&buf,
                 "{\"shipments\":[{\"id\":\"00340434161094000017\",\"service\":\"parcel-de\","
                 "\"status\":{\"timestamp\":\"2024-05-14T11:02:00\",\"statusCode\":\"transit\"},"
                 "\"details\":{\"pieceIds\":[\"340434161094000017\"],\"weight\":{\"value\":4.5,"
                 "\"unitText\":\"kg\"}},\"events\":[");
    for (uint32_t i = 0; i < n_events; i++) {
        lgs_buf_printf(
            &buf,
            "%s{\"timestamp\":\"2024-05-14T11:%02u:00\",\"location\":{\"address\":{"
            "\"addressLocality\":\"Radefeld, Germany\",\"postalCode\":\"04509\","
            "\"countryCode\":\"DE\"}},\"statusCode\":\"transit\",\"status\":\"The shipment "
            "has been loaded onto the delivery vehicle\",\"description\":\"The shipment has "
            "been loaded onto the delivery vehicle\"}",
            i ? "," : "", i % 60);
    }
    lgs_buf_cstr(&buf, "]}]}");
    return lgs_buf_text(&buf);
}

static void read_doc(lgs_doc_t *doc, lgs_str_t text)
{
    must(lgs_json_read(load, text, NULL, doc, &errs) == LGS_OK, "the document does not parse");
}

static void run(const case_t *c, lgs_records_t *records)
{
    static const lgs_tz_t *zone;
    lgs_mapping_facts_t facts = {.partner = LGS_STR("dhl"),
                                 .received_at = LGS_STR("2026-01-02T03:04:05Z"),
                                 .format = LGS_STR("json")};

    if (zone == NULL) {
        zone = lgs_tz_load(load, LGS_STR("Europe/Berlin"), &errs);
    }
    facts.timezone = zone;
    lgs_arena_reset(work);
    must(lgs_mapping_run(c->mapping, &c->doc, &facts, work, records, NULL, &errs) == LGS_OK &&
             records->n == c->n_events,
         "the translation failed");
    for (uint32_t i = 0; c->check && i < records->n; i++) {
        must(lgs_schema_validate(c->check, &c->doc, &records->items[i].node, &errs) == LGS_OK,
             "a record is not canonical");
    }
}

static double measure(const case_t *c, int times)
{
    lgs_records_t records;
    double start = micro_now_ns();

    for (int i = 0; i < times; i++) {
        run(c, &records);
    }
    return (micro_now_ns() - start) / times / c->n_events;
}

int main(void)
{
    static case_t cases[] = {{.name = "DHL event -> canonical", .n_events = 1},
                             {.name = "40 DHL events -> canonical", .n_events = 40},
                             {.name = "... and checked", .n_events = 40},
                             {.name = "canonical -> Odoo note", .n_events = 1}};
    lgs_records_t records;
    lgs_buf_t buf;

    load = lgs_arena_create(1 << 20, 0);
    work = lgs_arena_create(1 << 20, 0);
    must(load && work, "out of memory");
    lgs_errs_init(&errs, load, 20);
    store = lgs_schema_store_create(load);
    schemas = lgs_map_create(load, 8);
    templates = lgs_map_create(load, 32);
    must(store && schemas && templates, "out of memory");
    cases[0].mapping = cases[1].mapping = cases[2].mapping = compile(LGS_STR("dhl-unified"));
    schema_doc(NULL, LGS_STR("canonical/parts.json"));
    cases[2].check = lgs_schema_compile(store, LGS_STR("canonical/event.json"), &errs);
    must(cases[2].check != NULL, "the canonical schema has findings");
    cases[3].mapping = compile(LGS_STR("events-to-odoo"));
    read_doc(&cases[0].doc, make_dhl(1));
    read_doc(&cases[1].doc, make_dhl(40));
    cases[2].doc = cases[1].doc;
    run(&cases[0], &records);
    lgs_buf_init(&buf, load, 4096, 0);
    lgs_json_write(&buf, &records.items[0].node);
    read_doc(&cases[3].doc, lgs_buf_text(&buf));
    printf("record of %zu bytes\n", buf.len);
    for (size_t i = 0; i < LGS_N(cases); i++) {
        cases[i].batch = 1 + (int)(BATCH_NS / (measure(&cases[i], 100) * cases[i].n_events));
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < LGS_N(cases); i++) {
            cases[i].ns[round] = measure(&cases[i], cases[i].batch);
        }
    }
    printf("%-28s %10s %10s %10s\n", "ns for one event", "median", "p10", "p90");
    for (size_t i = 0; i < LGS_N(cases); i++) {
        qsort(cases[i].ns, ROUNDS, sizeof(double), micro_by_value);
        printf("%-28s %10.0f %10.0f %10.0f\n", cases[i].name, cases[i].ns[ROUNDS / 2],
               cases[i].ns[ROUNDS / 10], cases[i].ns[ROUNDS * 9 / 10]);
    }
    lgs_arena_destroy(work);
    lgs_arena_destroy(load);
    return 0;
}
