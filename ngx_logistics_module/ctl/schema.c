/*
 * logisticsctl schema infer: a first schema from documents. logisticsctl schema compat: what the
 * change from one schema to another means for documents; "backward" holds when NEW takes all that
 * OLD takes, "forward" when OLD takes all that NEW takes, "full" when both hold.
 */
#include "schemas.h"

#include "../schema/compat.h"
#include "../schema/infer.h"

#include <stdio.h>

#define MAX_FINDINGS 1000u

typedef struct {
    const char *name;
    bool backward, forward;
} level_t;

typedef struct {
    ctl_schemas_t schemas;
    level_t level;
    bool as_json;
    lgs_compat_options_t options;
} compat_job_t;

static int infer(lgs_arena_t *arena, char **paths);
static bool learn(lgs_arena_t *arena, lgs_infer_t *infer, const char *path);
static int compat(int argc, char **argv, lgs_arena_t *arena);
static int read_option(compat_job_t *job, const char *option, const char *value);
static int compare(compat_job_t *job, char **paths);
static int print_text(const compat_job_t *job, const lgs_errs_t *backward,
                      const lgs_errs_t *forward);
static int print_json(const compat_job_t *job, const lgs_errs_t *backward,
                      const lgs_errs_t *forward);
static bool is_kept(const compat_job_t *job, const lgs_errs_t *backward, const lgs_errs_t *forward);

static const level_t levels[] = {
    {"backward", true, false}, {"forward", false, true}, {"full", true, true}};

int ctl_schema(int argc, char **argv)
{
    lgs_arena_t *arena = lgs_arena_create(1 << 16, 0);
    int exit_code = CTL_USAGE;

    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    if (argc > 2 && strcmp(argv[1], "infer") == 0) {
        exit_code = infer(arena, argv + 2);
    } else if (argc > 3 && strcmp(argv[1], "compat") == 0) {
        exit_code = compat(argc - 1, argv + 1, arena);
    } else {
        ctl_usage(argv[0]);
    }
    lgs_arena_destroy(arena);
    return exit_code;
}

/* ---- infer ---- */

static int infer(lgs_arena_t *arena, char **paths)
{
    lgs_infer_t *inference = lgs_infer_create(arena);
    lgs_buf_t compact, pretty;
    lgs_doc_t doc;

    for (; inference && *paths; paths++) {
        if (!learn(arena, inference, *paths)) {
            return CTL_USAGE;
        }
    }
    lgs_buf_init(&compact, arena, 4096, 0);
    lgs_buf_init(&pretty, arena, 4096, 0);
    if (inference) {
        lgs_infer_write(inference, &compact);
    }
    if (inference && !compact.failed &&
        lgs_json_read(arena, lgs_buf_text(&compact), NULL, &doc, NULL) == LGS_OK) {
        lgs_json_write_pretty(&pretty, &doc.root);
    }
    if (pretty.len == 0 || pretty.failed) {
        fprintf(stderr, "logisticsctl: the schema is too large\n");
        return CTL_USAGE;
    }
    if (fwrite(pretty.data, 1, pretty.len, stdout) != pretty.len || fputs("\n", stdout) == EOF) {
        return CTL_USAGE;
    }
    return fflush(stdout) == 0 ? CTL_OK : CTL_USAGE;
}

static bool learn(lgs_arena_t *arena, lgs_infer_t *inference, const char *path)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    lgs_str_t source;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    if (doc == NULL || !ctl_read(arena, path, LGS_DEFAULT_MAX_BODY, &source)) {
        return false;
    }
    if (ctl_read_text(arena, path, source, doc, &errs) != LGS_OK) {
        ctl_print_errors(&errs, path);
        return false;
    }
    if (lgs_infer_add(inference, doc) != LGS_OK) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return false;
    }
    return true;
}

/* ---- compat ---- */

/* argv[0] is "compat" */
static int compat(int argc, char **argv, lgs_arena_t *arena)
{
    compat_job_t job = {.schemas = {.arena = arena}, .level = levels[0]};
    int i = 1;

    while (i < argc && argv[i][0] == '-') {
        int used = read_option(&job, argv[i], i + 1 < argc ? argv[i + 1] : NULL);

        if (used <= 0) {
            return used == 0 ? ctl_usage("schema") : CTL_USAGE;
        }
        i += used;
    }
    return argc - i == 2 ? compare(&job, argv + i) : ctl_usage("schema");
}

static int read_option(compat_job_t *job, const char *option, const char *value)
{
    if (strcmp(option, "--json") == 0) {
        job->as_json = true;
        return 1;
    }
    if (strcmp(option, "--named") == 0) {
        job->options.named_only = true;
        return 1;
    }
    if (strcmp(option, "--level") != 0) {
        return ctl_schemas_option(&job->schemas, option, value);
    }
    for (size_t i = 0; value && i < LGS_N(levels); i++) {
        if (strcmp(value, levels[i].name) == 0) {
            job->level = levels[i];
            return 2;
        }
    }
    fprintf(stderr, "logisticsctl: --level is backward, forward or full\n");
    return -1;
}

static int compare(compat_job_t *job, char **paths)
{
    lgs_arena_t *arena = job->schemas.arena;
    lgs_schema_store_t *stores[2];
    lgs_str_t names[2];
    lgs_errs_t errs, backward, forward;
    lgs_rc_t there, back;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    for (size_t i = 0; i < 2; i++) {
        stores[i] = ctl_schemas_open(&job->schemas, paths[i], &names[i], &errs);
        if (stores[i] == NULL || lgs_schema_compile(stores[i], names[i], &errs) == NULL) {
            ctl_print_errors(&errs, paths[i]);
            return CTL_USAGE;
        }
    }
    lgs_errs_init(&backward, arena, MAX_FINDINGS);
    lgs_errs_init(&forward, arena, MAX_FINDINGS);
    there = lgs_schema_compat(stores[0], names[0], stores[1], names[1], job->options, &backward);
    back = lgs_schema_compat(stores[1], names[1], stores[0], names[0], job->options, &forward);
    if (there > LGS_INVALID || back > LGS_INVALID) {
        ctl_print_errors(there > LGS_INVALID ? &backward : &forward, paths[1]);
        return CTL_USAGE;
    }
    return job->as_json ? print_json(job, &backward, &forward)
                        : print_text(job, &backward, &forward);
}

static int print_text(const compat_job_t *job, const lgs_errs_t *backward,
                      const lgs_errs_t *forward)
{
    const lgs_errs_t *lists[] = {backward, forward};

    for (size_t i = 0; i < 2; i++) {
        printf("%s: %s\n", levels[i].name, lists[i]->n ? "no" : "yes");
        for (const lgs_err_t *err = lists[i]->first; err; err = err->next) {
            lgs_str_t line = lgs_err_line(lists[i]->arena, err, lgs_str("", 0));

            printf("  %.*s\n", LGS_FMT(line));
        }
        if (lists[i]->more) {
            printf("  and %u more\n", lists[i]->more);
        }
    }
    printf("full: %s\n", backward->n || forward->n ? "no" : "yes");
    if (fflush(stdout) != 0) {
        return CTL_USAGE;
    }
    return is_kept(job, backward, forward) ? CTL_OK : CTL_FINDINGS;
}

static int print_json(const compat_job_t *job, const lgs_errs_t *backward,
                      const lgs_errs_t *forward)
{
    bool kept = is_kept(job, backward, forward);
    lgs_buf_t buf;

    lgs_buf_init(&buf, job->schemas.arena, 4096, 0);
    lgs_buf_printf(&buf, "{\"level\":\"%s\",\"kept\":%s,\"backward\":%s,\"forward\":%s,\"full\":%s",
                   job->level.name, kept ? "true" : "false", backward->n ? "false" : "true",
                   forward->n ? "false" : "true", backward->n || forward->n ? "false" : "true");
    lgs_buf_cstr(&buf, ",\"new_refuses\":");
    ctl_write_errors(&buf, backward);
    lgs_buf_cstr(&buf, ",\"old_refuses\":");
    ctl_write_errors(&buf, forward);
    lgs_buf_cstr(&buf, "}\n");
    if (buf.failed || fwrite(buf.data, 1, buf.len, stdout) != buf.len || fflush(stdout) != 0) {
        return CTL_USAGE;
    }
    return kept ? CTL_OK : CTL_FINDINGS;
}

static bool is_kept(const compat_job_t *job, const lgs_errs_t *backward, const lgs_errs_t *forward)
{
    return !(job->level.backward && backward->n) && !(job->level.forward && forward->n);
}
