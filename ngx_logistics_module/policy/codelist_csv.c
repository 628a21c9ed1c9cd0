/*
 * A code list as a table: codelists/<name>.csv → the same tree as of a YAML file. The column "code"
 * is the code; a column "value" alone is its meaning, else each other column is a member of the
 * entry. Cells that are empty are left out.
 */
#include "codelist_csv.h"

#include "../formats/csv.h"

typedef struct {
    lgs_build_t *build;
    lgs_doc_t *doc;
    lgs_errs_t *errs;
} job_t;

static lgs_rc_t read_rows(job_t *job, lgs_arena_t *arena);
static lgs_rc_t add_row(job_t *job, const lgs_doc_t *row);
static lgs_rc_t add_entry(job_t *job, const lgs_doc_t *row, const lgs_node_t *code);
static lgs_rc_t refuse(job_t *job, uint32_t offset, const char *text);
static uint32_t offset_of(const lgs_doc_t *row, const lgs_node_t *node);
static lgs_node_t moved(const lgs_doc_t *row, const lgs_node_t *node);

lgs_rc_t lgs_codelist_csv(lgs_arena_t *arena, lgs_str_t source, lgs_str_t file, lgs_str_t name,
                          lgs_doc_t *doc, lgs_errs_t *errs)
{
    job_t job = {.build = lgs_build_create(arena, arena, NULL), .doc = doc, .errs = errs};
    const lgs_err_t *last = errs->last;
    lgs_rc_t rc = LGS_NOMEM;

    *doc = (lgs_doc_t){.source = source, .file = file, .format = LGS_FORMAT_CSV};
    if (job.build == NULL) {
        return lgs_errs_nomem(errs);
    }
    if ((rc = lgs_build_open(job.build, LGS_OBJECT, 0, errs)) == LGS_OK &&
        (rc = lgs_build_name(job.build, LGS_STR("codelist"), 0, LGS_NODE_PLAIN, errs)) == LGS_OK &&
        (rc = lgs_build_value(job.build, lgs_node_string(name, 0, LGS_NODE_PLAIN), errs)) ==
            LGS_OK &&
        (rc = lgs_build_name(job.build, LGS_STR("codes"), 0, LGS_NODE_PLAIN, errs)) == LGS_OK &&
        (rc = lgs_build_open(job.build, LGS_OBJECT, 0, errs)) == LGS_OK &&
        (rc = read_rows(&job, arena)) == LGS_OK &&
        (rc = lgs_build_close(job.build, errs)) == LGS_OK &&
        (rc = lgs_build_close(job.build, errs)) == LGS_OK) {
        doc->root = lgs_build_root(job.build);
        doc->n_nodes = lgs_build_count(job.build);
    }
    for (lgs_err_t *err = last ? last->next : errs->first; err; err = err->next) {
        err->file = file;
        if (err->pos.line == 0) { /* the builder knows bytes only */
            err->pos = lgs_doc_locate(doc, err->pos.offset);
        }
    }
    return rc;
}

static lgs_rc_t read_rows(job_t *job, lgs_arena_t *arena)
{
    lgs_csv_t csv = lgs_csv_default;
    const lgs_input_t input = {lgs_input_format(LGS_STR("csv")), &csv};
    lgs_window_t window = {job->doc->source, true};
    lgs_reader_t *reader;
    lgs_rc_t rc;

    lgs_csv_prepare(&csv);
    reader = lgs_reader_open(&input, NULL, arena);
    rc = reader ? LGS_OK : lgs_errs_nomem(job->errs);
    while (rc == LGS_OK) {
        lgs_doc_t row;

        rc = lgs_reader_next(reader, &window, arena, &row, job->errs);
        if (rc == LGS_OK) {
            rc = add_row(job, &row);
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    return rc == LGS_END ? LGS_OK : rc;
}

static lgs_rc_t add_row(job_t *job, const lgs_doc_t *row)
{
    const lgs_node_t *code = lgs_node_at(&row->root, "code");
    uint32_t offset;
    lgs_rc_t rc;

    if (code == NULL || code->type != LGS_STRING || code->n == 0) {
        return refuse(job, offset_of(row, &row->root),
                      "a code list in CSV has a column called code, and a code in each row");
    }
    offset = offset_of(row, code);
    rc = lgs_build_name(job->build, lgs_node_text(code), offset, code->flags, job->errs);
    return rc == LGS_OK ? add_entry(job, row, code) : rc;
}

static lgs_rc_t add_entry(job_t *job, const lgs_doc_t *row, const lgs_node_t *code)
{
    const lgs_node_t *value = lgs_node_at(&row->root, "value");
    lgs_rc_t rc;

    if (value && row->root.n == 2) {
        return lgs_build_value(job->build, moved(row, value), job->errs);
    }
    rc = lgs_build_open(job->build, LGS_OBJECT, offset_of(row, code), job->errs);
    for (uint32_t i = 0; rc == LGS_OK && i < row->root.n; i++) {
        const lgs_member_t *member = &row->root.u.members[i];

        if (&member->value == code || member->value.type != LGS_STRING || member->value.n == 0) {
            continue;
        }
        rc = lgs_build_name(job->build, lgs_node_text(&member->name),
                            offset_of(row, &member->value), member->name.flags, job->errs);
        if (rc == LGS_OK) {
            rc = lgs_build_value(job->build, moved(row, &member->value), job->errs);
        }
    }
    return rc == LGS_OK ? lgs_build_close(job->build, job->errs) : rc;
}

static lgs_rc_t refuse(job_t *job, uint32_t offset, const char *text)
{
    lgs_errs_add(job->errs, "policy-value", lgs_doc_locate(job->doc, offset), "%s", text);
    return LGS_INVALID;
}

/* A row knows places within itself, findings need those of the file. */
static uint32_t offset_of(const lgs_doc_t *row, const lgs_node_t *node)
{
    return (uint32_t)row->base.bytes + node->offset;
}

static lgs_node_t moved(const lgs_doc_t *row, const lgs_node_t *node)
{
    lgs_node_t value = *node;

    value.offset = offset_of(row, node);
    return value;
}
