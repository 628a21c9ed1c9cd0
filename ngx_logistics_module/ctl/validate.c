/*
 * logisticsctl validate: documents against a JSON Schema, by the gateway's reader and validator.
 */
#include "schemas.h"

#include <stdio.h>

typedef struct {
    ctl_schemas_t schemas;
    bool as_json;
} job_t;

static int read_arguments(int argc, char **argv, job_t *job);
static int run(job_t *job, char **paths);
static int check(const lgs_schema_t *schema, const char *path, bool as_json, bool is_first);
static bool report(lgs_arena_t *arena, const char *path, const lgs_errs_t *errs, int exit_code,
                   bool as_json, bool is_first);

int ctl_validate(int argc, char **argv)
{
    job_t job = {0};
    int first = read_arguments(argc, argv, &job), exit_code;

    if (first < 0 || argc - first < 2) {
        return first < 0 ? CTL_USAGE : ctl_usage(argv[0]);
    }
    job.schemas.arena = lgs_arena_create(1 << 16, 0);
    if (job.schemas.arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = run(&job, argv + first);
    lgs_arena_destroy(job.schemas.arena);
    return exit_code;
}

/* The first argument that is no option; -1 when one is wrong, which was told. */
static int read_arguments(int argc, char **argv, job_t *job)
{
    int i = 1;

    while (i < argc && argv[i][0] == '-' && argv[i][1] != '\0') {
        int used = 1;

        if (strcmp(argv[i], "--json") == 0) {
            job->as_json = true;
        } else {
            used = ctl_schemas_option(&job->schemas, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        }
        if (used <= 0) {
            if (used == 0) {
                ctl_usage(argv[0]);
            }
            return -1;
        }
        i += used;
    }
    return i;
}

/* paths: the schema, the documents, NULL */
static int run(job_t *job, char **paths)
{
    int exit_code = CTL_OK, one;
    lgs_schema_store_t *store;
    lgs_schema_t *schema;
    lgs_errs_t errs;
    lgs_str_t name;

    lgs_errs_init(&errs, job->schemas.arena, LGS_MAX_POLICY_ERRORS);
    store = ctl_schemas_open(&job->schemas, paths[0], &name, &errs);
    schema = store ? lgs_schema_compile(store, name, &errs) : NULL;
    if (schema == NULL) {
        ctl_print_errors(&errs, paths[0]);
        return CTL_USAGE;
    }
    for (size_t i = 1; paths[i]; i++) {
        one = check(schema, paths[i], job->as_json, i == 1);
        exit_code = one > exit_code ? one : exit_code;
    }
    if (job->as_json) {
        printf("]\n");
    }
    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static int check(const lgs_schema_t *schema, const char *path, bool as_json, bool is_first)
{
    lgs_arena_t *arena = lgs_arena_create(1 << 16, 0);
    int exit_code = CTL_USAGE;
    lgs_str_t source;
    lgs_errs_t errs;
    lgs_doc_t doc;

    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    if (ctl_read(arena, path, LGS_DEFAULT_MAX_BODY, &source)) {
        exit_code = CTL_OK;
        if (ctl_read_text(arena, path, source, &doc, &errs) != LGS_OK ||
            lgs_schema_validate(schema, &doc, NULL, &errs) != LGS_OK) {
            exit_code = CTL_FINDINGS;
        }
    }
    if (!report(arena, path, &errs, exit_code, as_json, is_first)) {
        exit_code = CTL_USAGE;
    }
    lgs_arena_destroy(arena);
    return exit_code;
}

/* False when it could not be written. */
static bool report(lgs_arena_t *arena, const char *path, const lgs_errs_t *errs, int exit_code,
                   bool as_json, bool is_first)
{
    lgs_buf_t buf;

    if (!as_json) {
        ctl_print_errors(errs, path);
        return exit_code != CTL_OK || printf("%s: valid\n", path) > 0;
    }
    lgs_buf_init(&buf, arena, 1024, 0);
    lgs_buf_cstr(&buf, is_first ? "[{\"file\":" : ",\n{\"file\":");
    lgs_json_write_string(&buf, lgs_cstr(path));
    lgs_buf_printf(&buf, ",\"valid\":%s,\"errors\":", exit_code == CTL_OK ? "true" : "false");
    ctl_write_errors(&buf, errs);
    lgs_buf_printf(&buf, ",\"more\":%u}", errs->more);
    return !buf.failed && fwrite(buf.data, 1, buf.len, stdout) == buf.len;
}
