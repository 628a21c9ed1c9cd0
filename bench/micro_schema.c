/*
 * CPU time of validating a tracking event of about 2 KB and a document of about 18 KB against a
 * schema of about 60 lines, parsing excluded and included, and of compiling the schema; of
 * documents ten times and a hundred times as long, to see that the cost is linear. Prints the
 * fastest and the median of the rounds.
 *
 *   micro_schema              for people
 *   micro_schema --plain      tab-separated, for bench/schema.pl
 *   micro_schema --write DIR  schema.json, small.json and large.json, for its peers
 */
#include <stdio.h>
#include <stdlib.h>

#include "../ngx_logistics_module/formats/json.h"
#include "../ngx_logistics_module/schema/schema.h"
#include "micro.h"

#define ROUNDS    41
#define TARGET_NS 20000000.0 /* a round */

static const char schema_text[] =
    "{\n"
    "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
    "\"$id\": \"https://bench.example/tracking.json\",\n"
    "\"type\": \"object\",\n"
    "\"required\": [\"shipments\"],\n"
    "\"additionalProperties\": false,\n"
    "\"properties\": {\n"
    "  \"shipments\": {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 100,\n"
    "    \"items\": {\"$ref\": \"#/$defs/shipment\"}}\n"
    "},\n"
    "\"$defs\": {\n"
    "  \"shipment\": {\n"
    "    \"type\": \"object\",\n"
    "    \"required\": [\"id\", \"service\", \"origin\", \"destination\", \"status\", "
    "\"events\"],\n"
    "    \"additionalProperties\": false,\n"
    "    \"properties\": {\n"
    "      \"id\": {\"type\": \"string\", \"pattern\": \"^[A-Z0-9]{8,35}$\"},\n"
    "      \"service\": {\"enum\": [\"express\", \"freight\", \"parcel\", \"ecommerce\"]},\n"
    "      \"origin\": {\"$ref\": \"#/$defs/place\"},\n"
    "      \"destination\": {\"$ref\": \"#/$defs/place\"},\n"
    "      \"status\": {\"$ref\": \"#/$defs/event\"},\n"
    "      \"estimated\": {\"type\": \"string\", \"format\": \"date-time\"},\n"
    "      \"details\": {\n"
    "        \"type\": \"object\",\n"
    "        \"additionalProperties\": false,\n"
    "        \"properties\": {\n"
    "          \"weight\": {\"type\": \"number\", \"exclusiveMinimum\": 0, \"maximum\": 70000},\n"
    "          \"unit\": {\"enum\": [\"kg\", \"lb\"]},\n"
    "          \"pieces\": {\"type\": \"integer\", \"minimum\": 1},\n"
    "          \"value\": {\"type\": \"number\", \"multipleOf\": 0.01},\n"
    "          \"currency\": {\"type\": \"string\", \"pattern\": \"^[A-Z]{3}$\"},\n"
    "          \"references\": {\n"
    "            \"type\": \"array\", \"uniqueItems\": true,\n"
    "            \"items\": {\"type\": \"object\", \"required\": [\"type\", \"number\"],\n"
    "              \"properties\": {\n"
    "                \"type\": {\"type\": \"string\", \"maxLength\": 30},\n"
    "                \"number\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 50}}}}\n"
    "        }\n"
    "      },\n"
    "      \"events\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/event\"}}\n"
    "    }\n"
    "  },\n"
    "  \"place\": {\n"
    "    \"type\": \"object\", \"required\": [\"country\"], \"additionalProperties\": false,\n"
    "    \"properties\": {\n"
    "      \"country\": {\"type\": \"string\", \"pattern\": \"^[A-Z]{2}$\"},\n"
    "      \"zip\": {\"type\": \"string\", \"maxLength\": 12},\n"
    "      \"city\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 80}\n"
    "    }\n"
    "  },\n"
    "  \"event\": {\n"
    "    \"type\": \"object\", \"required\": [\"timestamp\", \"code\"],\n"
    "    \"additionalProperties\": false,\n"
    "    \"properties\": {\n"
    "      \"timestamp\": {\"type\": \"string\", \"format\": \"date-time\"},\n"
    "      \"code\": {\"enum\": [\"pre-transit\", \"transit\", \"delivered\", \"failure\", "
    "\"unknown\"]},\n"
    "      \"place\": {\"$ref\": \"#/$defs/place\"},\n"
    "      \"text\": {\"type\": \"string\", \"maxLength\": 200},\n"
    "      \"signed\": {\"type\": \"boolean\"}\n"
    "    }\n"
    "  }\n"
    "}}\n";

static bool is_plain;

/* A document with events until it has `bytes`. */
static lgs_str_t make_document(lgs_arena_t *arena, size_t bytes)
{
    static const char *const codes[] = {"transit", "transit", "pre-transit", "failure"};
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, bytes + 1024, 0);
    lgs_buf_cstr(
        &buf, "{\"shipments\":[{\"id\":\"00340434292135100056\",\"service\":\"parcel\","
              "\"origin\":{\"country\":\"DE\",\"zip\":\"53113\",\"city\":\"Bonn\"},"
              "\"destination\":{\"country\":\"US\",\"zip\":\"80202\",\"city\":\"Denver\"},"
              "\"status\":{\"timestamp\":\"2026-11-20T16:48:00-07:00\",\"code\":\"delivered\","
              "\"place\":{\"country\":\"US\",\"city\":\"Denver\"},\"text\":\"Delivered, front "
              "door\",\"signed\":true},\"estimated\":\"2026-11-20T18:00:00-07:00\","
              "\"details\":{\"weight\":12.50,\"unit\":\"kg\",\"pieces\":2,\"value\":19.99,"
              "\"currency\":\"USD\",\"references\":[{\"type\":\"customer-reference\","
              "\"number\":\"PO-2026-118\"},{\"type\":\"delivery-note\",\"number\":\"DN 77/3\"}]},"
              "\"events\":[");
    for (unsigned i = 0; buf.len + 200 < bytes; i++) {
        lgs_buf_printf(&buf,
                       "%s{\"timestamp\":\"2026-11-%02uT%02u:05:31+01:00\",\"code\":\"%s\","
                       "\"place\":{\"country\":\"DE\",\"zip\":\"%05u\",\"city\":\"Köln\"},"
                       "\"text\":\"The shipment was processed in the parcel center %u\"}",
                       i ? "," : "", i % 28 + 1, i % 24, codes[i % 4], 50000 + i, i);
    }
    lgs_buf_cstr(&buf, "]}]}");
    return lgs_buf_text(&buf);
}

typedef struct {
    lgs_arena_t *arena; /* emptied before each call of `run` */
    const lgs_schema_t *schema;
    const lgs_doc_t *doc;
    lgs_str_t text;
} job_t;

static bool validate(job_t *job)
{
    return lgs_schema_validate(job->schema, job->doc, NULL, NULL) == LGS_OK;
}

static bool read_and_validate(job_t *job)
{
    lgs_doc_t doc;

    return lgs_json_read(job->arena, job->text, NULL, &doc, NULL) == LGS_OK &&
           lgs_schema_validate(job->schema, &doc, NULL, NULL) == LGS_OK;
}

static lgs_schema_t *compile(lgs_arena_t *arena, const lgs_doc_t *doc)
{
    lgs_schema_store_t *store = lgs_schema_store_create(arena);

    if (store == NULL || lgs_schema_store_add(store, LGS_STR("t.json"), doc, NULL) != LGS_OK) {
        return NULL;
    }
    return lgs_schema_compile(store, LGS_STR("t.json"), NULL);
}

static bool compile_again(job_t *job)
{
    return compile(job->arena, job->doc) != NULL;
}

static void measure(const char *name, bool (*run)(job_t *), job_t job)
{
    double rounds[ROUNDS], start, first;
    size_t n;

    job.arena = lgs_arena_create(1u << 20, 0);
    start = micro_now_ns();
    for (n = 0; n < 100; n++) {
        if (!run(&job)) {
            fprintf(stderr, "%s: refused\n", name);
            exit(1);
        }
        lgs_arena_reset(job.arena);
    }
    first = (micro_now_ns() - start) / 100;
    n = (size_t)(TARGET_NS / first) + 1;
    for (int round = 0; round < ROUNDS; round++) {
        start = micro_now_ns();
        for (size_t i = 0; i < n; i++) {
            if (!run(&job)) {
                exit(1);
            }
            lgs_arena_reset(job.arena);
        }
        rounds[round] = (micro_now_ns() - start) / (double)n;
    }
    qsort(rounds, ROUNDS, sizeof(rounds[0]), micro_by_value);
    printf(is_plain ? "%s\t%zu\t%.3f\t%.3f\n" : "%-28s %7zu bytes  min %8.3f us  median %8.3f us\n",
           name, job.text.len, rounds[0] / 1000, rounds[ROUNDS / 2] / 1000);
    lgs_arena_destroy(job.arena);
}

static int write_file(const char *dir, const char *name, lgs_str_t text)
{
    char path[4096];
    FILE *file;
    bool ok;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    ok = fwrite(text.data, 1, text.len, file) == text.len;
    return fclose(file) == 0 && ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {2048, 18432, 184320, 1843200};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_schema_t *schema;
    lgs_doc_t schema_doc, doc;
    size_t n_sizes = LGS_N(sizes);
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        return write_file(argv[2], "schema.json", LGS_STR(schema_text)) ||
               write_file(argv[2], "small.json", make_document(arena, sizes[0])) ||
               write_file(argv[2], "large.json", make_document(arena, sizes[1]));
    }
    is_plain = argc == 2 && strcmp(argv[1], "--plain") == 0;
    n_sizes = is_plain ? 2 : n_sizes;
    if (lgs_json_read(arena, LGS_STR(schema_text), NULL, &schema_doc, &errs) != LGS_OK ||
        (schema = compile(arena, &schema_doc)) == NULL) {
        fprintf(stderr, "the schema does not compile\n");
        return 1;
    }
    for (size_t i = 0; i < n_sizes; i++) {
        lgs_str_t text = make_document(arena, sizes[i]);

        if (lgs_json_read(arena, text, NULL, &doc, &errs) != LGS_OK) {
            return 1;
        }
        measure("validate", validate, (job_t){.schema = schema, .doc = &doc, .text = text});
        measure("read and validate", read_and_validate, (job_t){.schema = schema, .text = text});
    }
    measure("compile the schema", compile_again,
            (job_t){.doc = &schema_doc, .text = LGS_STR(schema_text)});
    lgs_arena_destroy(arena);
    return 0;
}
