/*
 * A mapping, a zero byte, a document, both as JSON. What holds for every input:
 *   - a refused mapping has findings, a good one none;
 *   - a run is total: records, or errors, or a ceiling that is told;
 *   - what comes out is bounded, can be written, and reads back as the same values;
 *   - every value knows a byte of the document that it came from;
 *   - being looked on at changes nothing, and every value put out has its reason;
 *   - what the checks that are left let pass fits the whole schema.
 */
#include "../../ngx_logistics_module/formats/json.h"
#include "../../ngx_logistics_module/mapping/explain.h"
#include "../../ngx_logistics_module/schema/schema.h"

#include <stdlib.h>

#define CEILING     (64u << 20)
#define MAX_INPUT   65536u
#define MAX_RECORDS 200u
#define MAX_DEPTH   100u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of what is put out: a rule of every kind that can be proved or looked at, by the member's name.
 */
static const char shape_text[] =
    "{\"required\":[\"v\"],\"properties\":{"
    "\"v\":{\"type\":[\"string\",\"number\",\"object\",\"array\"],\"minLength\":1,"
    "\"maxLength\":12,\"maxItems\":3},"
    "\"w\":{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]*$\"},"
    "\"n\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":99},"
    "\"e\":{\"enum\":[\"a\",\"b\",1,null,true]},"
    "\"id\":{\"type\":\"string\",\"pattern\":\"^ev_[A-Za-z0-9_-]{8,100}$\"},"
    "\"at\":{\"type\":\"string\",\"format\":\"date-time\",\"maxLength\":40},"
    "\"day\":{\"type\":\"string\",\"format\":\"date\"},"
    "\"m\":{\"$ref\":\"#/$defs/moment\"},"
    "\"o\":{\"$ref\":\"#/$defs/thing\"},"
    "\"l\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,\"items\":{\"$ref\":\"#/$defs/"
    "thing\"}},"
    "\"s\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":3}},"
    "\"any\":{\"anyOf\":[{\"required\":[\"t\"]},{\"type\":\"string\"}],\"not\":{\"const\":7}}},"
    "\"$defs\":{\"thing\":{\"type\":\"object\",\"required\":[\"t\"],\"additionalProperties\":false,"
    "\"minProperties\":1,\"properties\":{\"t\":{\"enum\":[\"a\",\"b\",\"c\"]},"
    "\"v\":{\"type\":[\"string\",\"null\"],\"maxLength\":4},\"o\":{\"$ref\":\"#/$defs/thing\"}}},"
    "\"moment\":{\"type\":\"object\",\"required\":[\"local\"],\"additionalProperties\":false,"
    "\"properties\":{\"at\":{\"type\":\"string\",\"format\":\"date-time\",\"maxLength\":35},"
    "\"local\":{\"type\":\"string\",\"pattern\":"
    "\"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?)?$\"},"
    "\"tz\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64},"
    "\"tz_from\":{\"enum\":[\"offset\",\"code\",\"partner\",\"mapping\"]}}}}}";

static lgs_doc_t shape;

static lgs_doc_t list; /* the one code list: the mapping file itself has its codes */

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const lgs_doc_t *codelist(void *data, lgs_str_t name)
{
    return lgs_str_is(name, "list") ? &list : NULL;
}

static const lgs_doc_t *find_shape(void *data, lgs_str_t name)
{
    return lgs_str_is(name, "canonical/event.json") ? &shape : NULL;
}

static void check_value(const lgs_node_t *node, size_t len, unsigned depth)
{
    require(depth < MAX_DEPTH);
    require(node->type < LGS_N_TYPES);
    require(node->offset <= len || node->offset == LGS_NO_OFFSET || !(node->flags & LGS_NODE_MADE));
    for (uint32_t i = 0; node->type == LGS_ARRAY && i < node->n; i++) {
        check_value(&node->u.items[i], len, depth + 1);
    }
    for (uint32_t i = 0; node->type == LGS_OBJECT && i < node->n; i++) {
        const lgs_node_t *name = &node->u.members[i].name;

        require(name->type == LGS_STRING && name->hash == lgs_hash(name->u.text, name->n));
        check_value(&node->u.members[i].value, len, depth + 1);
    }
}

static void check_record(lgs_arena_t *arena, const lgs_record_t *record, size_t len)
{
    lgs_tree_limits_t limits = lgs_tree_limits_default;
    lgs_errs_t errs;
    lgs_doc_t again;
    lgs_buf_t buf;

    check_value(&record->node, len, 0);
    lgs_errs_init(&errs, arena, 1);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write(&buf, &record->node);
    if (buf.failed) {
        return; /* the arena's ceiling: told to whoever writes */
    }
    limits.max_depth = 2 * MAX_DEPTH;
    switch (lgs_json_read(arena, lgs_buf_text(&buf), &limits, &again, &errs)) {
    case LGS_OK:
        require(lgs_node_equal(&record->node, &again.root));
        break;
    case LGS_NOMEM:
        break;
    default:
        abort();
    }
}

/* As many leaves as the records have values, whatever the run came to. */
static size_t count_leaves(const lgs_node_t *node, unsigned depth)
{
    size_t n = 0;

    require(depth < MAX_DEPTH);
    for (uint32_t i = 0; node->type == LGS_ARRAY && i < node->n; i++) {
        n += count_leaves(&node->u.items[i], depth + 1);
    }
    for (uint32_t i = 0; node->type == LGS_OBJECT && i < node->n; i++) {
        n += count_leaves(&node->u.members[i].value, depth + 1);
    }
    return n + (node->type != LGS_ARRAY && node->type != LGS_OBJECT);
}

static void explain(lgs_arena_t *arena, const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                    const lgs_mapping_facts_t *facts, lgs_rc_t rc, uint32_t n_records)
{
    lgs_explained_t explained;
    lgs_records_t records;
    size_t n_values = 0;
    lgs_errs_t errs;
    lgs_rc_t again;

    lgs_errs_init(&errs, arena, 1);
    again = lgs_mapping_explain(mapping, doc, facts, arena, &records, NULL, &errs, &explained);
    if (again == LGS_NOMEM || rc == LGS_NOMEM) {
        return; /* it needs more */
    }
    require(again == rc && records.n == n_records);
    for (uint32_t i = 0; i < records.n; i++) {
        n_values += count_leaves(&records.items[i].node, 0);
    }
    require(explained.n_origins == n_values);
    (void)lgs_mapping_wants(mapping, arena);
    (void)!lgs_mapping_applies(mapping, doc, facts, arena);
}

static void run(lgs_arena_t *arena, const lgs_mapping_t *mapping, lgs_str_t source)
{
    lgs_mapping_facts_t facts = {.partner = LGS_STR("p"),
                                 .received_at = LGS_STR("2026-01-02T03:04:05Z"),
                                 .format = LGS_STR("json"),
                                 .max_records = MAX_RECORDS};
    lgs_errs_t errs, warnings;
    lgs_records_t records;
    lgs_doc_t doc;
    lgs_rc_t rc;

    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    lgs_errs_init(&warnings, arena, LGS_MAX_ERRORS);
    if (lgs_json_read(arena, source, NULL, &doc, &errs) != LGS_OK) {
        return;
    }
    facts.timezone = lgs_tz_load(arena, LGS_STR("+01:00"), &errs);
    rc = lgs_mapping_run(mapping, &doc, &facts, arena, &records, &warnings, &errs);
    require((rc == LGS_OK) == (errs.n == 0));
    require(records.n <= MAX_RECORDS);
    for (uint32_t i = 0; rc == LGS_OK && i < records.n; i++) {
        check_record(arena, &records.items[i], source.len);
    }
    explain(arena, mapping, &doc, &facts, rc, records.n);
}

static bool compile_checks(lgs_arena_t *arena, const lgs_mapping_t *mapping,
                           const lgs_schema_t **whole, const lgs_schema_t **rest)
{
    lgs_schema_store_t *store = lgs_schema_store_create(arena);
    const lgs_doc_t *unproved = lgs_mapping_unproved(mapping);
    const lgs_str_t name = LGS_STR("canonical/event.json");

    if (store == NULL || unproved == NULL ||
        lgs_schema_store_add(store, name, &shape, NULL) != LGS_OK ||
        lgs_schema_store_add(store, LGS_STR("unproved"), unproved, NULL) != LGS_OK) {
        return false;
    }
    *whole = lgs_schema_compile(store, name, NULL);
    *rest = lgs_schema_compile_rest(store, LGS_STR("unproved"), *whole, NULL);
    return *whole && *rest;
}

static void prove(lgs_arena_t *arena, lgs_str_t source)
{
    const lgs_mapping_env_t env = {.codelist = codelist, .schema = find_shape};
    const lgs_mapping_facts_t facts = {.partner = LGS_STR("p"),
                                       .received_at = LGS_STR("2026-01-02T03:04:05Z"),
                                       .format = LGS_STR("json"),
                                       .timezone = lgs_tz_load(arena, LGS_STR("+01:00"), NULL),
                                       .max_records = MAX_RECORDS};
    const lgs_mapping_t *mapping;
    const lgs_schema_t *whole, *rest;
    lgs_records_t records;
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    mapping = lgs_mapping_compile(arena, &list, &env, &errs);
    if (mapping == NULL || !compile_checks(arena, mapping, &whole, &rest) ||
        lgs_json_read(arena, source, NULL, &doc, NULL) != LGS_OK ||
        lgs_mapping_run(mapping, &doc, &facts, arena, &records, NULL, NULL) != LGS_OK ||
        records.is_doubtful) {
        return;
    }
    for (uint32_t i = 0; i < records.n; i++) {
        const lgs_node_t *record = &records.items[i].node;

        require(lgs_schema_validate(rest, &doc, record, NULL) != LGS_OK ||
                lgs_schema_validate(whole, &doc, record, NULL) == LGS_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = memchr(data, 0, size);
    lgs_mapping_env_t env = {.codelist = codelist};
    lgs_mapping_t *mapping;
    lgs_arena_t *arena;
    lgs_errs_t errs;

    if (zero == NULL || size > MAX_INPUT || (arena = lgs_arena_create(0, CEILING)) == NULL) {
        return 0;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    if (lgs_json_read(arena, lgs_str((const char *)data, (size_t)(zero - data)), NULL, &list,
                      &errs) == LGS_OK) {
        mapping = lgs_mapping_compile(arena, &list, &env, &errs);
        require((mapping != NULL) == (errs.n == 0));
        if (mapping) {
            run(arena, mapping, lgs_str((const char *)zero + 1, size - (size_t)(zero + 1 - data)));
        }
        require(lgs_json_read(arena, lgs_cstr(shape_text), NULL, &shape, NULL) != LGS_INVALID);
        prove(arena, lgs_str((const char *)zero + 1, size - (size_t)(zero + 1 - data)));
    }
    lgs_arena_destroy(arena);
    return 0;
}
