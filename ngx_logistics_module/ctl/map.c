/*
 * logisticsctl map: a file through one mapping, document by document: a canonical record a line, or
 * what the mapping's `output` writes.
 * Warnings go to stderr; a refusal prints every error with line and column of the file, and the
 * other documents go on. Memory is that of one document, however long the file is.
 */
#include "letter.h"
#include "mapargs.h"
#include "window.h"

#include <stdio.h>

#define OUT_SIZE (1u << 16) /* bytes that are printed at once */

typedef struct {
    const ctl_map_args_t *options;
    ctl_translation_t translation;
    lgs_mapping_facts_t facts;
    lgs_arena_t *scratch; /* of one document */
    ctl_window_t window;
    lgs_buf_t out; /* written and not printed yet */
    uint32_t n_refused, n_said;
    unsigned long n_unsaid;
} job_t;

static int map(lgs_arena_t *arena, const ctl_map_args_t *options);
static int map_documents(lgs_arena_t *arena, job_t *job);
static lgs_rc_t map_next(job_t *job, lgs_reader_t *reader);
static void print_errors(job_t *job, const lgs_errs_t *errs);
static bool open_writer(lgs_arena_t *arena, job_t *job, lgs_errs_t *errs);
static bool end_writer(lgs_arena_t *arena, job_t *job);
static void write_records(job_t *job, const lgs_records_t *records);
static void print_out(job_t *job);

int ctl_map(int argc, char **argv)
{
    ctl_map_args_t options;
    lgs_arena_t *arena;
    int exit_code;

    if (!ctl_map_args(argc, argv, "coverage", &options) ||
        (!options.has_flag && options.n_files != 1)) {
        return ctl_usage("map");
    }
    arena = lgs_arena_create(1 << 16, 0);
    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = options.has_flag ? ctl_coverage(arena, &options) : map(arena, &options);
    lgs_arena_destroy(arena);
    return exit_code;
}

static int map(lgs_arena_t *arena, const ctl_map_args_t *options)
{
    job_t job = {.options = options};
    lgs_errs_t errs;
    int exit_code = CTL_USAGE;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    if (!ctl_map_load(arena, options, &job.translation, &job.facts, &errs)) {
        return CTL_USAGE;
    }
    job.scratch = lgs_arena_create(1 << 16, 0);
    lgs_buf_init(&job.out, arena, 2 * OUT_SIZE, 0);
    if (job.scratch && open_writer(arena, &job, &errs) &&
        ctl_window_open(&job.window, options->files[0])) {
        exit_code = map_documents(arena, &job);
        print_out(&job);
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
    if (rc == LGS_NOMEM || !end_writer(arena, job)) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    if (job->n_unsaid) {
        fprintf(stderr, "%s: %lu more lines like these are not shown\n", job->options->files[0],
                job->n_unsaid);
    }
    if (job->n_refused && lgs_input_is_batch(input)) {
        fprintf(stderr, "%s: %u of %u documents are refused%s\n", job->options->files[0],
                job->n_refused, lgs_reader_count(reader),
                lgs_reader_is_cut(reader) ? "; the rest was not read" : "");
    }
    return job->n_refused ? CTL_FINDINGS : CTL_OK;
}

static lgs_rc_t map_next(job_t *job, lgs_reader_t *reader)
{
    const lgs_window_t window = ctl_window_view(&job->window);
    lgs_errs_t errs, warnings;
    lgs_records_t records = {.n = 0};
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
    if (ok && records.n == 0 && records.ignored.len) {
        lgs_errs_add(&warnings, "mapping-ignored", lgs_doc_locate(&doc, lgs_doc_top(&doc)->offset),
                     "note: nothing is made of this: %.*s", LGS_FMT(records.ignored));
    }
    print_errors(job, &warnings);
    print_errors(job, &errs);
    write_records(job, ok ? &records : NULL);
    job->n_refused += !ok;
    return job->out.failed ? LGS_NOMEM : rc;
}

/* A file of a million bad rows is told by its first ones. */
static void print_errors(job_t *job, const lgs_errs_t *errs)
{
    if (job->n_said >= LGS_MAX_POLICY_ERRORS) {
        job->n_unsaid += errs->n + errs->more;
        return;
    }
    if (errs->n) {
        print_out(job); /* on a terminal they stand behind what was made before them */
    }
    ctl_print_errors(errs, job->options->files[0]);
    job->n_said += errs->n;
}

static bool open_writer(lgs_arena_t *arena, job_t *job, lgs_errs_t *errs)
{
    const lgs_output_t *output = lgs_mapping_writes(job->translation.mapping);
    lgs_edi_letter_t letter;

    if (output == NULL) {
        return true;
    }
    job->translation.writer = lgs_writer_open(output, &job->out, arena);
    if (job->translation.writer == NULL || output->edi == NULL) {
        return job->translation.writer != NULL;
    }
    if (!ctl_letter(arena, job->translation.dir, job->facts.partner, job->options->control,
                    job->facts.received_at, &letter, errs)) {
        ctl_print_errors(errs, "logisticsctl");
        return false;
    }
    lgs_writer_send(job->translation.writer, &letter);
    return true;
}

static bool end_writer(lgs_arena_t *arena, job_t *job)
{
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 1);
    if (job->translation.writer && lgs_writer_end(job->translation.writer, &errs) != LGS_OK) {
        return false;
    }
    return !job->out.failed;
}

/* NULL: of a refused document nothing but what a writer wrote of it already. */
static void write_records(job_t *job, const lgs_records_t *records)
{
    for (uint32_t i = 0; records && job->translation.writer == NULL && i < records->n; i++) {
        lgs_json_write(&job->out, &records->items[i].node);
        lgs_buf_byte(&job->out, '\n');
    }
    if (job->out.len >= OUT_SIZE) {
        print_out(job);
    }
}

static void print_out(job_t *job)
{
    fwrite(job->out.data, 1, job->out.len, stdout);
    job->out.len = 0;
}
