/*
 * logisticsctl edi to-json: a set a line; from-json: the other way.
 */
#include "edi.h"

#include "../formats/edi_write.h"
#include "window.h"

typedef struct {
    lgs_arena_t *arena, *scratch;
    lgs_reader_t *reader;
    lgs_edi_writer_t *writer;
    lgs_buf_t out;
    ctl_window_t window;
    const ctl_edi_options_t *options;
    bool is_refused;
} job_t;

static void take_json(void *data, lgs_rc_t rc, const lgs_doc_t *doc, lgs_arena_t *scratch,
                      const lgs_errs_t *errs);
static int write_all(job_t *job);
static lgs_rc_t write_next(job_t *job);
static void flush(job_t *job);

int ctl_edi_to_json(const ctl_edi_options_t *options)
{
    ctl_edi_run_t run = {.options = options, .take = take_json, .data = (void *)options};
    int exit_code = ctl_edi_run(&run);

    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static void take_json(void *data, lgs_rc_t rc, const lgs_doc_t *doc, lgs_arena_t *scratch,
                      const lgs_errs_t *errs)
{
    const ctl_edi_options_t *options = data;
    lgs_buf_t buf;

    if (rc != LGS_OK) {
        ctl_print_errors(errs, options->file);
        return;
    }
    lgs_buf_init(&buf, scratch, 1024, 0);
    (options->is_pretty ? lgs_json_write_pretty : lgs_json_write)(&buf, &doc->root);
    lgs_buf_byte(&buf, '\n');
    fwrite(buf.data, 1, buf.failed ? 0 : buf.len, stdout);
}

int ctl_edi_from_json(const ctl_edi_options_t *options)
{
    static const lgs_tree_limits_t limits = {64, LGS_DEFAULT_MAX_NODES, LGS_MAX_MEMBERS,
                                             LGS_MAX_TEXT};
    const lgs_input_t input = {lgs_input_format(LGS_STR("ndjson")), NULL};
    job_t job = {.arena = lgs_arena_create(1 << 16, 0),
                 .scratch = lgs_arena_create(1 << 16, 0),
                 .options = options};
    int exit_code = CTL_USAGE;

    job.reader = job.arena && job.scratch ? lgs_reader_open(&input, &limits, job.arena) : NULL;
    if (job.reader) {
        lgs_buf_init(&job.out, job.arena, 1 << 16, 0);
        job.writer = lgs_edi_writer(job.arena, &job.out, options->has_lines);
    }
    if (job.writer == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
    } else if (ctl_window_open(&job.window, options->file)) {
        exit_code = write_all(&job);
        ctl_window_close(&job.window);
    }
    lgs_arena_destroy(job.scratch);
    lgs_arena_destroy(job.arena);
    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static int write_all(job_t *job)
{
    lgs_rc_t rc = LGS_OK;

    while (rc != LGS_END && rc != LGS_NOMEM && rc != LGS_IO) {
        rc = write_next(job);
        ctl_window_drop(&job->window, lgs_reader_used(job->reader));
        if (rc == LGS_AGAIN && !ctl_window_more(&job->window)) {
            rc = LGS_IO;
        }
    }
    if (rc == LGS_END && lgs_edi_write_end(job->writer, NULL) != LGS_OK) {
        rc = LGS_NOMEM;
    }
    flush(job);
    if (rc == LGS_NOMEM) {
        fprintf(stderr, "logisticsctl: out of memory\n");
    }
    return rc != LGS_END ? CTL_USAGE : job->is_refused ? CTL_FINDINGS : CTL_OK;
}

static lgs_rc_t write_next(job_t *job)
{
    const lgs_window_t view = ctl_window_view(&job->window);
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc;
    size_t before = job->out.len;

    lgs_arena_reset(job->scratch);
    lgs_errs_init(&errs, job->scratch, LGS_MAX_ERRORS);
    rc = lgs_reader_next(job->reader, &view, job->scratch, &doc, &errs);
    if (rc == LGS_OK) {
        rc = lgs_edi_write_set(job->writer, &doc.root, &errs);
        for (lgs_err_t *err = errs.first; err; err = err->next) {
            err->pos = lgs_doc_locate(&doc, 0);
        }
    }
    if (rc == LGS_INVALID || rc == LGS_LIMIT) {
        ctl_print_errors(&errs, job->options->file);
        job->out.len = before; /* a part of a set is worse than none */
        job->is_refused = true;
    }
    flush(job);
    return rc;
}

static void flush(job_t *job)
{
    fwrite(job->out.data, 1, job->out.failed ? 0 : job->out.len, stdout);
    job->out.len = 0;
}
