/*
 * logisticsctl explain-map: for each value that a mapping puts out, the value of the document and
 * the line of the mapping that made it; and what of the document was not used.
 */
#include "../mapping/explain.h"
#include "mapargs.h"

#include <stdio.h>

#define MAX_SHOWN 60 /* bytes of a value */

typedef struct {
    const ctl_map_args_t *args;
    ctl_translation_t translation;
    lgs_mapping_facts_t facts;
    lgs_arena_t *arena;
    lgs_buf_t buf;
    uint32_t n_documents;
} job_t;

static int explain_file(job_t *job, const char *file);
static lgs_rc_t explain_next(job_t *job, lgs_reader_t *reader, const lgs_window_t *window,
                             bool *refused);
static void print_text(job_t *job, const lgs_explained_t *explained);
static void print_origin(job_t *job, const lgs_origin_t *origin);
static void print_json(job_t *job, const lgs_doc_t *doc, const lgs_explained_t *explained);
static void write_place(lgs_buf_t *buf, lgs_str_t file, lgs_pos_t pos, lgs_str_t pointer);
static void flush_out(lgs_buf_t *buf);

int ctl_explain_map(int argc, char **argv)
{
    ctl_map_args_t args;
    job_t job = {.args = &args};
    lgs_errs_t errs;
    int exit_code = CTL_USAGE;

    if (!ctl_map_args(argc, argv, "json", &args) || args.n_files != 1) {
        return ctl_usage("explain-map");
    }
    job.arena = lgs_arena_create(1 << 16, 0);
    if (job.arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    lgs_errs_init(&errs, job.arena, LGS_MAX_POLICY_ERRORS);
    lgs_buf_init(&job.buf, job.arena, 4096, 0);
    if (ctl_map_load(job.arena, &args, &job.translation, &job.facts, &errs)) {
        exit_code = explain_file(&job, args.files[0]);
    }
    lgs_arena_destroy(job.arena);
    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static int explain_file(job_t *job, const char *file)
{
    const lgs_input_t *input = lgs_mapping_input(job->translation.mapping);
    lgs_reader_t *reader = lgs_reader_open(input, NULL, job->arena);
    lgs_window_t window = {.is_last = true};
    bool refused = false;
    lgs_rc_t rc = LGS_OK;

    if (!ctl_read(job->arena, file, LGS_DEFAULT_MAX_BODY, &window.bytes)) {
        return CTL_USAGE;
    }
    job->facts.format = lgs_input_written_in(input);
    while (reader && rc != LGS_END && rc != LGS_NOMEM) {
        rc = explain_next(job, reader, &window, &refused);
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    if (reader == NULL || rc == LGS_NOMEM) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    return refused ? CTL_FINDINGS : CTL_OK;
}

static lgs_rc_t explain_next(job_t *job, lgs_reader_t *reader, const lgs_window_t *window,
                             bool *refused)
{
    lgs_explained_t explained = {NULL, 0, NULL, 0};
    lgs_records_t records;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc;

    lgs_errs_init(&errs, job->arena, LGS_MAX_POLICY_ERRORS);
    rc = lgs_reader_next(reader, window, job->arena, &doc, &errs);
    if (rc == LGS_END || rc == LGS_NOMEM) {
        return rc;
    }
    if (rc == LGS_OK) {
        rc = lgs_mapping_explain(job->translation.mapping, &doc, &job->facts, job->arena, &records,
                                 NULL, &errs, &explained);
        if (rc == LGS_NOMEM) {
            return rc;
        }
        job->n_documents++;
        job->args->has_flag ? print_json(job, &doc, &explained) : print_text(job, &explained);
    }
    ctl_print_errors(&errs, job->args->files[0]);
    *refused = *refused || rc != LGS_OK;
    return rc;
}

static void print_text(job_t *job, const lgs_explained_t *explained)
{
    uint32_t record = UINT32_MAX, n = 0;

    for (uint32_t i = 0; i < explained->n_origins; i++) {
        const lgs_origin_t *origin = &explained->origins[i];

        if (origin->record != record) {
            record = origin->record;
            lgs_buf_printf(&job->buf, "document %u, record %u\n", job->n_documents, record);
        }
        print_origin(job, origin);
    }
    for (uint32_t i = 0; i < explained->n_leaves; i++) {
        if (!explained->leaves[i].is_read) {
            lgs_buf_printf(&job->buf, n++ ? "" : "document %u, not used\n", job->n_documents);
            lgs_buf_printf(&job->buf, "  %.*s\n", LGS_FMT(explained->leaves[i].pointer));
        }
    }
    flush_out(&job->buf);
}

/* /type  "shipment.delivered"  from /status 12:20  by mappings/acme.yaml:27:15 */
static void print_origin(job_t *job, const lgs_origin_t *origin)
{
    lgs_buf_t *buf = &job->buf;
    size_t start;

    lgs_buf_printf(buf, "  %.*s  ", LGS_FMT(origin->pointer));
    start = buf->len;
    lgs_json_write(buf, &origin->value);
    if (!buf->failed && buf->len - start > MAX_SHOWN) {
        buf->len = start + MAX_SHOWN;
        while (buf->len > start && ((uint8_t)buf->data[buf->len] & 0xC0) == 0x80) {
            buf->len--; /* never half a character */
        }
        lgs_buf_cstr(buf, "...");
    }
    if (origin->has_source) {
        lgs_buf_printf(buf, "  from %.*s %u:%u", LGS_FMT(origin->source_pointer),
                       origin->source.line, origin->source.column);
    }
    lgs_buf_printf(buf, "  by %.*s:%u:%u\n", LGS_FMT(origin->file), origin->rule.line,
                   origin->rule.column);
}

/* A line a document. */
static void print_json(job_t *job, const lgs_doc_t *doc, const lgs_explained_t *explained)
{
    lgs_buf_t *buf = &job->buf;
    uint32_t n = 0;

    lgs_buf_printf(buf, "{\"document\":%u,\"values\":[", job->n_documents);
    for (uint32_t i = 0; i < explained->n_origins; i++) {
        const lgs_origin_t *origin = &explained->origins[i];

        lgs_buf_printf(buf, "%s{\"record\":%u,\"pointer\":", i ? "," : "", origin->record);
        lgs_json_write_string(buf, origin->pointer);
        lgs_buf_cstr(buf, ",\"value\":");
        lgs_json_write(buf, &origin->value);
        if (origin->has_source) {
            lgs_buf_cstr(buf, ",\"source\":");
            write_place(buf, LGS_STR(""), origin->source, origin->source_pointer);
        }
        lgs_buf_cstr(buf, ",\"rule\":");
        write_place(buf, origin->file, origin->rule, origin->rule_pointer);
        lgs_buf_byte(buf, '}');
    }
    lgs_buf_cstr(buf, "],\"unused\":[");
    for (uint32_t i = 0; i < explained->n_leaves; i++) {
        if (!explained->leaves[i].is_read) {
            lgs_buf_cstr(buf, n++ ? "," : "");
            write_place(buf, LGS_STR(""), lgs_doc_locate(doc, explained->leaves[i].offset),
                        explained->leaves[i].pointer);
        }
    }
    lgs_buf_cstr(buf, "]}\n");
    flush_out(buf);
}

static void write_place(lgs_buf_t *buf, lgs_str_t file, lgs_pos_t pos, lgs_str_t pointer)
{
    lgs_buf_cstr(buf, "{\"pointer\":");
    lgs_json_write_string(buf, pointer);
    lgs_buf_printf(buf, ",\"line\":%u,\"column\":%u", pos.line, pos.column);
    if (file.len) {
        lgs_buf_cstr(buf, ",\"file\":");
        lgs_json_write_string(buf, file);
    }
    lgs_buf_byte(buf, '}');
}

static void flush_out(lgs_buf_t *buf)
{
    fwrite(buf->data, 1, buf->len, stdout);
    buf->len = 0;
}
