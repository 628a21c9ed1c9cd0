/*
 * What a document costs from bytes to bytes: read, validated against its schema, translated,
 * checked against the canonical schema, written. The body is bench/bodies/push-event.json, one
 * event of 2 KB; 18 KB is nine of them. Run from the repository's root. Steps are measured one
 * behind the other over the same documents; printed is the median of the rounds in ns for one
 * document, and the sum, which is what the target speaks of.
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
#include <string.h>

#define ROUNDS 1001
#define BATCH  8 /* documents in a round: few, so that they stay in the cache as in a worker */

typedef enum { READ, VALIDATE, TRANSLATE, CHECK, WRITE, N_STEPS } step_t;

static const char *const step_names[] = {"read", "validate", "translate", "check", "write"};

typedef struct {
    lgs_str_t text;
    lgs_arena_t *arena;
    lgs_doc_t doc;
    lgs_records_t records;
    lgs_buf_t out;
} job_t;

static lgs_arena_t *load;
static lgs_errs_t errs;
static const lgs_mapping_t *mapping;
static const lgs_schema_t *partner_schema, *canonical, *rest;
static lgs_map_t *shapes;
static const lgs_mapping_facts_t facts = {
    .partner = {"bench", 5}, .received_at = {"2026-11-18T22:01:02Z", 20}, .format = {"json", 4}};

static void must(bool ok, const char *what)
{
    if (!ok) {
        for (const lgs_err_t *err = errs.first; err; err = err->next) {
            fprintf(stderr, "%.*s:%u:%u: %.*s\n", LGS_FMT(err->file), err->pos.line,
                    err->pos.column, LGS_FMT(err->text));
        }
        fprintf(stderr, "micro_map: %s\n", what);
        exit(1);
    }
}

static lgs_str_t read_text(const char *path)
{
    lgs_str_t text;

    must(lgs_file_read(load, path, 1 << 20, &text, &errs) == LGS_OK, path);
    return text;
}

static lgs_rc_t load_schema(void *data, lgs_schema_store_t *store, lgs_str_t name,
                            lgs_errs_t *errors)
{
    lgs_doc_t *doc = lgs_arena_zalloc(load, sizeof(*doc));
    lgs_str_t path = lgs_arena_printf(load, "%s/%.*s", (const char *)data, LGS_FMT(name));

    must(lgs_json_read(load, read_text(path.data), NULL, doc, errors) == LGS_OK, path.data);
    return lgs_schema_store_add(store, name, doc, errors);
}

static const lgs_schema_t *compile_schema(const char *folder, lgs_str_t name)
{
    lgs_schema_store_t *store = lgs_schema_store_create(load);
    const lgs_schema_t *schema;

    must(store != NULL, "out of memory");
    lgs_schema_store_set_loader(store, load_schema, (void *)folder);
    must(load_schema((void *)folder, store, name, &errs) == LGS_OK, "schema");
    schema = lgs_schema_compile(store, name, &errs);
    must(schema != NULL, "the schema has findings");
    return schema;
}

/* lgs_mapping_env_t: what the mapping makes, so that as much of it is proved as in the gateway. */
static const lgs_doc_t *find_shape(void *data, lgs_str_t name)
{
    lgs_doc_t *doc = lgs_map_get(shapes, name);
    lgs_str_t path = lgs_arena_printf(load, "lua-free-policies/schemas/%.*s", LGS_FMT(name));

    if (doc == NULL && lgs_str_starts(name, LGS_STR("canonical/"))) {
        doc = lgs_arena_zalloc(load, sizeof(*doc));
        must(lgs_json_read(load, read_text(path.data), NULL, doc, &errs) == LGS_OK, path.data);
        must(lgs_map_add(shapes, lgs_arena_str(load, name), doc) == LGS_OK, "out of memory");
    }
    return doc;
}

static const lgs_mapping_t *compile_mapping(void)
{
    static const lgs_mapping_env_t env = {.schema = find_shape};
    lgs_doc_t *doc = lgs_arena_zalloc(load, sizeof(*doc));
    const char *path = "bench/policies/mappings/push.yaml";
    const lgs_mapping_t *compiled;

    must(lgs_yaml_read(load, read_text(path), lgs_cstr(path), doc, &errs) == LGS_OK, path);
    compiled = lgs_mapping_compile(load, doc, &env, &errs);
    must(compiled != NULL, "the mapping has findings");
    return compiled;
}

/* What of the canonical schema the mapping does not prove, beside it. */
static void compile_canonical(void)
{
    static const lgs_str_t name = LGS_STR_INIT("canonical/event.json");
    lgs_schema_store_t *store = lgs_schema_store_create(load);

    must(store != NULL, "out of memory");
    lgs_schema_store_set_loader(store, load_schema, "lua-free-policies/schemas");
    must(load_schema("lua-free-policies/schemas", store, name, &errs) == LGS_OK, "schema");
    canonical = lgs_schema_compile(store, name, &errs);
    must(canonical && lgs_mapping_unproved(mapping) &&
             lgs_schema_store_add(store, LGS_STR("unproved"), lgs_mapping_unproved(mapping),
                                  &errs) == LGS_OK,
         "the canonical schema has findings");
    rest = lgs_schema_compile_rest(store, LGS_STR("unproved"), canonical, &errs);
    must(rest != NULL, "what is not proved has findings");
}

/* The events of the file, compact, as a carrier would send them. */
static lgs_str_t make_body(int n)
{
    lgs_doc_t doc;
    lgs_buf_t buf;

    must(lgs_json_read(load, read_text("bench/bodies/push-event.json"), NULL, &doc, &errs) ==
             LGS_OK,
         "the body does not parse");
    lgs_buf_init(&buf, load, 4096, 0);
    lgs_buf_cstr(&buf, "{\"events\":[");
    for (int i = 0; i < n; i++) {
        lgs_buf_cstr(&buf, i ? "," : "");
        lgs_json_write(&buf, &doc.root);
    }
    lgs_buf_cstr(&buf, "]}");
    return lgs_buf_text(&buf);
}

static lgs_rc_t check_records(job_t *job)
{
    for (uint32_t i = 0; i < job->records.n; i++) {
        const lgs_schema_t *left = job->records.is_doubtful ? NULL : rest;
        lgs_rc_t rc = lgs_schema_validate_rest(canonical, left, &job->doc,
                                               &job->records.items[i].node, &errs);

        if (rc != LGS_OK) {
            return rc;
        }
    }
    return LGS_OK;
}

static lgs_rc_t write_records(job_t *job)
{
    lgs_buf_init(&job->out, job->arena, job->text.len, 0);
    for (uint32_t i = 0; i < job->records.n; i++) {
        lgs_json_write(&job->out, &job->records.items[i].node);
    }
    return job->out.failed ? LGS_NOMEM : LGS_OK;
}

static lgs_rc_t run(job_t *job, step_t step)
{
    switch (step) {
    case READ:
        lgs_arena_reset(job->arena);
        return lgs_json_read(job->arena, job->text, NULL, &job->doc, &errs);
    case VALIDATE:
        return lgs_schema_validate(partner_schema, &job->doc, NULL, &errs);
    case TRANSLATE:
        return lgs_mapping_run(mapping, &job->doc, &facts, job->arena, &job->records, NULL, &errs);
    case CHECK:
        return check_records(job);
    default:
        return write_records(job);
    }
}

static void measure(const char *name, int n_events)
{
    static double ns[N_STEPS + 1][ROUNDS];
    static job_t jobs[BATCH];
    lgs_str_t text = make_body(n_events);

    for (int i = 0; i < BATCH; i++) {
        jobs[i] = (job_t){.text = text, .arena = lgs_arena_create(1 << 18, 0)};
        must(jobs[i].arena != NULL, "out of memory");
    }
    for (int round = 0; round < ROUNDS; round++) {
        ns[N_STEPS][round] = 0;
        for (int step = 0; step < N_STEPS; step++) {
            double start = micro_now_ns();

            for (int i = 0; i < BATCH; i++) {
                must(run(&jobs[i], (step_t)step) == LGS_OK, step_names[step]);
            }
            ns[step][round] = (micro_now_ns() - start) / BATCH;
            ns[N_STEPS][round] += ns[step][round];
        }
    }
    must(jobs[0].records.n == (uint32_t)n_events, "not every event became a record");
    printf("%s: %zu bytes, %d record%s of %zu bytes\n", name, text.len, n_events,
           n_events > 1 ? "s" : "", jobs[0].out.len / (size_t)n_events);
    for (int step = 0; step <= N_STEPS; step++) {
        qsort(ns[step], ROUNDS, sizeof(double), micro_by_value);
        printf("  %-10s %8.0f ns\n", step < N_STEPS ? step_names[step] : "in all",
               ns[step][ROUNDS / 2]);
    }
    for (int i = 0; i < BATCH; i++) {
        lgs_arena_destroy(jobs[i].arena);
    }
}

int main(void)
{
    load = lgs_arena_create(1 << 20, 0);
    must(load != NULL, "out of memory");
    lgs_errs_init(&errs, load, 20);
    partner_schema = compile_schema("bench/policies/schemas", LGS_STR("push.json"));
    shapes = lgs_map_create(load, 8);
    must(shapes != NULL, "out of memory");
    mapping = compile_mapping();
    compile_canonical();
    measure("2 KB", 1);
    measure("18 KB", 9);
    lgs_arena_destroy(load);
    return 0;
}
