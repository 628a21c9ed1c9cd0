/* The table of output formats (output.h). The writers themselves: flat_write.c, xml_write.c,
 * json_write.c, edi_out.c. */
#include "output.h"

#include "../base/rows.h"
#include "csv.h"
#include "edi_out.h"
#include "fixed.h"
#include "flat.h"
#include "json.h"
#include "xml.h"

struct lgs_output_format_s {
    const char *name;
    const char *media_type;
    lgs_rc_t (*write)(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs);
    lgs_rc_t (*end)(lgs_writer_t *writer, lgs_errs_t *errs);
    bool is_single;
    bool is_flat; /* written by flat.h, in a character set of its own */
};

struct lgs_writer_s {
    const lgs_output_t *output;
    lgs_buf_t *buf;
    lgs_flat_writer_t flat;
    lgs_edi_out_t *edi;
    lgs_arena_t *scratch; /* of the record at hand */
    uint32_t offset;      /* of the value that it was refused for, where the format knows it */
    uint32_t n;
};

static lgs_rc_t write_json(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs);
static lgs_rc_t end_json(lgs_writer_t *writer, lgs_errs_t *errs);
static lgs_rc_t write_flat(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs);
static lgs_rc_t end_flat(lgs_writer_t *writer, lgs_errs_t *errs);
static lgs_rc_t write_xml(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs);
static lgs_rc_t write_edi(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs);
static lgs_rc_t end_edi(lgs_writer_t *writer, lgs_errs_t *errs);
static lgs_rc_t refuse_second(const lgs_writer_t *writer, lgs_errs_t *errs);
static void place_errors(const lgs_writer_t *writer, const lgs_doc_t *doc, const lgs_node_t *record,
                         const lgs_err_t *last, lgs_errs_t *errs);

static const lgs_output_format_t formats[] = {
    {"json", "application/json", write_json, end_json, true, false},
    {"ndjson", "application/x-ndjson", write_flat, end_flat, false, false},
    {"csv", "text/csv", write_flat, end_flat, false, true},
    {"fixed", "text/plain", write_flat, end_flat, false, true},
    {"xml", "application/xml", write_xml, NULL, true, false},
    {"x12", "application/edi-x12", write_edi, end_edi, false, false},
    {"edifact", "application/edifact", write_edi, end_edi, false, false},
};

/* ---- formats ---- */

const lgs_output_format_t *lgs_output_format(lgs_str_t name)
{
    return lgs_rows_find(LGS_ROWS(formats), name);
}

size_t lgs_output_format_names(lgs_str_t *names, size_t max)
{
    return lgs_rows_names(LGS_ROWS(formats), names, max);
}

lgs_str_t lgs_output_name(const lgs_output_t *output)
{
    return lgs_cstr(output->format->name);
}

bool lgs_output_is_single(const lgs_output_t *output)
{
    return output->format->is_single && !output->is_list;
}

lgs_str_t lgs_output_media_type(const lgs_output_t *output, lgs_arena_t *arena)
{
    const lgs_output_format_t *format = output->format;
    const lgs_csv_t *csv = output->read_by.profile;
    const lgs_fixed_t *fixed = output->read_by.profile;
    lgs_str_t charset = LGS_STR("utf-8");

    if (!format->is_flat) {
        return lgs_cstr(format->media_type);
    }
    if (output->read_by.profile) {
        charset = lgs_charset_name(lgs_str_is(lgs_output_name(output), "csv") ? csv->charset
                                                                              : fixed->charset);
    }
    if (lgs_str_is(charset, "cp1252")) {
        charset = LGS_STR("windows-1252"); /* as IANA has it registered */
    }
    return lgs_arena_printf(arena, "%s; charset=%.*s", format->media_type, LGS_FMT(charset));
}

/* ---- writers ---- */

lgs_writer_t *lgs_writer_open(const lgs_output_t *output, lgs_buf_t *buf, lgs_arena_t *arena)
{
    lgs_writer_t *writer = lgs_arena_zalloc(arena, sizeof(*writer));

    if (writer == NULL) {
        return NULL;
    }
    writer->output = output;
    writer->buf = buf;
    if (output->format->write == write_flat &&
        lgs_flat_open(&writer->flat, &output->read_by, buf, arena) != LGS_OK) {
        return NULL;
    }
    if (output->edi) {
        writer->edi = lgs_edi_out_open(output->edi, buf, arena);
        return writer->edi ? writer : NULL;
    }
    return writer;
}

void lgs_writer_send(lgs_writer_t *writer, const lgs_edi_letter_t *letter)
{
    if (writer->edi) {
        lgs_edi_out_send(writer->edi, letter);
    }
}

lgs_rc_t lgs_writer_write(lgs_writer_t *writer, const lgs_doc_t *doc, const lgs_node_t *record,
                          lgs_arena_t *scratch, lgs_errs_t *errs)
{
    const lgs_err_t *last = errs ? errs->last : NULL;
    lgs_rc_t rc;

    writer->offset = LGS_NO_OFFSET;
    writer->scratch = scratch;
    if (writer->n > 0 && lgs_output_is_single(writer->output)) {
        rc = refuse_second(writer, errs);
    } else {
        writer->flat.scratch = scratch;
        rc = writer->output->format->write(writer, record, errs);
    }
    if (rc == LGS_OK && writer->buf->failed) {
        return lgs_errs_nomem(errs);
    }
    if (rc == LGS_INVALID && errs) {
        place_errors(writer, doc, record, last, errs);
    }
    writer->n += rc == LGS_OK;
    return rc;
}

lgs_rc_t lgs_writer_end(lgs_writer_t *writer, lgs_errs_t *errs)
{
    lgs_rc_t rc = LGS_OK;

    if (writer->output->format->end) {
        rc = writer->output->format->end(writer, errs);
    }
    return rc == LGS_OK && writer->buf->failed ? lgs_errs_nomem(errs) : rc;
}

uint32_t lgs_writer_count(const lgs_writer_t *writer)
{
    return writer->n;
}

/* A writer knows the member; where that came from the node says, or the one it stands in. */
static void place_errors(const lgs_writer_t *writer, const lgs_doc_t *doc, const lgs_node_t *record,
                         const lgs_err_t *last, lgs_errs_t *errs)
{
    for (lgs_err_t *err = last ? last->next : errs->first; doc && err; err = err->next) {
        lgs_str_t pointer = err->pointer;
        const lgs_node_t *node = lgs_node_pointer(record, pointer);

        while (pointer.len && (node == NULL || node->offset == LGS_NO_OFFSET)) {
            while (pointer.data[--pointer.len] != '/') {
            }
            node = lgs_node_pointer(record, pointer);
        }
        err->pos = lgs_doc_locate(doc, writer->offset != LGS_NO_OFFSET ? writer->offset
                                       : node                          ? node->offset
                                                                       : LGS_NO_OFFSET);
    }
}

static lgs_rc_t refuse_second(const lgs_writer_t *writer, lgs_errs_t *errs)
{
    lgs_errs_add(errs, "output-single", (lgs_pos_t){0},
                 "%s is one document, and the mapping made more than one record%s",
                 writer->output->format->name,
                 writer->output->format->write == write_json ? "; list: true puts them in a list"
                                                             : "");
    return LGS_INVALID;
}

static lgs_rc_t write_json(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs)
{
    if (writer->output->is_list) {
        lgs_buf_byte(writer->buf, writer->n ? ',' : '[');
    }
    lgs_json_write(writer->buf, record);
    return LGS_OK;
}

static lgs_rc_t end_json(lgs_writer_t *writer, lgs_errs_t *errs)
{
    if (writer->output->is_list) {
        lgs_buf_cstr(writer->buf, writer->n ? "]\n" : "[]\n");
    } else if (writer->n) {
        lgs_buf_byte(writer->buf, '\n');
    }
    return LGS_OK;
}

static lgs_rc_t write_flat(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs)
{
    return lgs_flat_write(&writer->flat, record, errs);
}

static lgs_rc_t end_flat(lgs_writer_t *writer, lgs_errs_t *errs)
{
    return lgs_flat_end(&writer->flat, errs);
}

static lgs_rc_t write_xml(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs)
{
    lgs_rc_t rc = lgs_xml_write_checked(writer->buf, record, writer->output->read_by.profile, errs);

    lgs_buf_cstr(writer->buf, rc == LGS_OK ? "\n" : "");
    return rc;
}

static lgs_rc_t write_edi(lgs_writer_t *writer, const lgs_node_t *record, lgs_errs_t *errs)
{
    return lgs_edi_out_write(writer->edi, record, writer->scratch, &writer->offset, errs);
}

static lgs_rc_t end_edi(lgs_writer_t *writer, lgs_errs_t *errs)
{
    return lgs_edi_out_end(writer->edi, errs);
}
