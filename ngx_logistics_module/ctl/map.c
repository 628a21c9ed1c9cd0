/*
 * logisticsctl map: a file through one mapping, document by document, a canonical record a line.
 * Warnings go to stderr; a refusal prints every error with line and column of the file, and the
 * other documents go on. Memory is that of one document, however long the file is.
 */
#include "translate.h"
#include "window.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    const char *dir, *partner, *timezone, *received_at, *mapping, *file;
} options_t;

typedef struct {
    const options_t *options;
    ctl_translation_t translation;
    lgs_mapping_facts_t facts;
    lgs_arena_t *scratch; /* of one document */
    ctl_window_t window;
    uint32_t n_refused, n_said;
    unsigned long n_unsaid;
} job_t;

static bool read_options(int argc, char **argv, options_t *options);
static int map(lgs_arena_t *arena, const options_t *options);
static int map_documents(lgs_arena_t *arena, job_t *job);
static lgs_rc_t map_next(job_t *job, lgs_reader_t *reader);
static void print_errors(job_t *job, const lgs_errs_t *errs);
static bool read_facts(lgs_arena_t *arena, const options_t *options, lgs_mapping_facts_t *facts,
                       lgs_errs_t *errs);
static void print_records(lgs_arena_t *arena, const lgs_records_t *records);
static const char *policies_of(lgs_arena_t *arena, const options_t *options);

int ctl_map(int argc, char **argv)
{
    options_t options = {.partner = "partner"};
    lgs_arena_t *arena;
    int exit_code;

    if (!read_options(argc, argv, &options)) {
        return ctl_usage("map");
    }
    arena = lgs_arena_create(1 << 16, 0);
    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = map(arena, &options);
    lgs_arena_destroy(arena);
    return exit_code;
}

static bool read_options(int argc, char **argv, options_t *options)
{
    const struct {
        const char *name;
        const char **value;
    } known[] = {{"--policies", &options->dir},
                 {"--partner", &options->partner},
                 {"--timezone", &options->timezone},
                 {"--received-at", &options->received_at}};
    int i = 1;

    while (i + 1 < argc && strncmp(argv[i], "--", 2) == 0) {
        size_t k = 0;

        while (k < LGS_N(known) && strcmp(known[k].name, argv[i]) != 0) {
            k++;
        }
        if (k == LGS_N(known)) {
            return false;
        }
        *known[k].value = argv[i + 1];
        i += 2;
    }
    if (argc - i != 2) {
        return false;
    }
    options->mapping = argv[i];
    options->file = argv[i + 1];
    return true;
}

static int map(lgs_arena_t *arena, const options_t *options)
{
    job_t job = {.options = options};
    lgs_errs_t errs;
    int exit_code = CTL_USAGE;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    if (!read_facts(arena, options, &job.facts, &errs) ||
        !ctl_translation_load(&job.translation, arena, policies_of(arena, options),
                              options->mapping, &errs)) {
        ctl_print_errors(&errs, options->mapping);
        return CTL_USAGE;
    }
    job.scratch = lgs_arena_create(1 << 16, 0);
    if (job.scratch && ctl_window_open(&job.window, options->file)) {
        exit_code = map_documents(arena, &job);
        ctl_window_close(&job.window);
    }
    lgs_arena_destroy(job.scratch);
    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static int map_documents(lgs_arena_t *arena, job_t *job)
{
    const lgs_input_t *input = lgs_mapping_input(job->translation.mapping);
    lgs_reader_t *reader = lgs_reader_open(input, NULL, arena);
    lgs_rc_t rc = reader ? LGS_OK : LGS_NOMEM;

    while (rc != LGS_END && rc != LGS_NOMEM) {
        rc = map_next(job, reader);
        ctl_window_drop(&job->window, lgs_reader_used(reader));
        if (rc == LGS_AGAIN && !ctl_window_more(&job->window)) {
            return CTL_USAGE;
        }
    }
    if (rc == LGS_NOMEM) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    if (job->n_unsaid) {
        fprintf(stderr, "%s: %lu more lines like these are not shown\n", job->options->file,
                job->n_unsaid);
    }
    if (job->n_refused && lgs_input_is_batch(input)) {
        fprintf(stderr, "%s: %u of %u documents are refused%s\n", job->options->file,
                job->n_refused, lgs_reader_count(reader),
                lgs_reader_is_cut(reader) ? "; the rest was not read" : "");
    }
    return job->n_refused ? CTL_FINDINGS : CTL_OK;
}

static lgs_rc_t map_next(job_t *job, lgs_reader_t *reader)
{
    const lgs_window_t window = ctl_window_view(&job->window);
    lgs_errs_t errs, warnings;
    lgs_records_t records = {NULL, 0, 0};
    lgs_doc_t doc;
    lgs_rc_t rc;
    bool ok;

    lgs_arena_reset(job->scratch);
    lgs_errs_init(&errs, job->scratch, LGS_MAX_POLICY_ERRORS);
    lgs_errs_init(&warnings, job->scratch, LGS_MAX_POLICY_ERRORS);
    rc = lgs_reader_next(reader, &window, job->scratch, &doc, &errs);
    if (rc == LGS_AGAIN || rc == LGS_END || rc == LGS_NOMEM) {
        return rc;
    }
    ok = rc == LGS_OK && ctl_translate_document(&job->translation, &doc, &job->facts, job->scratch,
                                                &records, &warnings, &errs);
    for (lgs_err_t *err = warnings.first; err; err = err->next) {
        err->text = lgs_arena_printf(job->scratch, "warning: %.*s", LGS_FMT(err->text));
    }
    print_errors(job, &warnings);
    print_errors(job, &errs);
    if (ok) {
        print_records(job->scratch, &records);
    }
    job->n_refused += !ok;
    return rc;
}

/* A file of a million bad rows is told by its first ones. */
static void print_errors(job_t *job, const lgs_errs_t *errs)
{
    if (job->n_said >= LGS_MAX_POLICY_ERRORS) {
        job->n_unsaid += errs->n + errs->more;
        return;
    }
    ctl_print_errors(errs, job->options->file);
    job->n_said += errs->n;
}

static bool read_facts(lgs_arena_t *arena, const options_t *options, lgs_mapping_facts_t *facts,
                       lgs_errs_t *errs)
{
    char now[32];
    time_t seconds = time(NULL);
    struct tm utc;

    *facts = (lgs_mapping_facts_t){.partner = lgs_cstr(options->partner),
                                   .received_at = lgs_cstr(options->received_at),
                                   .format = LGS_STR("json")};
    if (options->received_at == NULL && gmtime_r(&seconds, &utc)) {
        strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
        facts->received_at = lgs_arena_str(arena, lgs_cstr(now));
    }
    if (options->timezone) {
        facts->timezone = lgs_tz_load(arena, lgs_cstr(options->timezone), errs);
        return facts->timezone != NULL;
    }
    return true;
}

static void print_records(lgs_arena_t *arena, const lgs_records_t *records)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    for (uint32_t i = 0; i < records->n; i++) {
        buf.len = 0;
        lgs_json_write(&buf, &records->items[i].node);
        lgs_buf_byte(&buf, '\n');
        fwrite(buf.data, 1, buf.len, stdout);
    }
}

/* The directory given, else that of the mapping's own file, else the one that ships. */
static const char *policies_of(lgs_arena_t *arena, const options_t *options)
{
    const char *slash = strrchr(options->mapping, '/');
    lgs_str_t dir;

    if (options->dir) {
        return options->dir;
    }
    if (slash == NULL) {
        return "lua-free-policies";
    }
    dir = lgs_arena_printf(arena, "%.*s/..", (int)(slash - options->mapping), options->mapping);
    return dir.data ? dir.data : ".";
}
