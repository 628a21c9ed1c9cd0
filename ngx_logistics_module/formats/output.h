/*
 * The one door to the writers: what a document that we send is written in (lgs_output_t, compiled
 * by the mapping room from a mapping's `output`), and a writer that takes one tree after the other,
 * each as a reader of that format would give it (input.h), and appends it to a buffer:
 *
 *   writer = lgs_writer_open(output, &buf, arena);
 *   for each record:   lgs_writer_write(writer, doc, record, scratch, errs)
 *   at the end:        lgs_writer_end(writer, errs)
 *
 * What was written may be taken out of the buffer after each call. What a format cannot say is
 * refused, never bent: half a document is worse than none.
 */
#ifndef LGS_OUTPUT_H
#define LGS_OUTPUT_H

#include "../base/buf.h"
#include "input.h"

typedef struct lgs_output_format_s lgs_output_format_t;
typedef struct lgs_writer_s lgs_writer_t;
typedef struct lgs_edi_output_s lgs_edi_output_t; /* edi_out.h */
typedef struct lgs_edi_letter_s lgs_edi_letter_t;

typedef struct {
    const lgs_output_format_t *format;
    lgs_input_t read_by;         /* how it is read again: that format's profile says it for both */
    lgs_str_t media_type;        /* for Content-Type: lgs_output_media_type() */
    bool is_list;                /* of "json": an array of all records, not one document */
    const lgs_edi_output_t *edi; /* of "x12" and "edifact": what the envelope says; else NULL */
} lgs_output_t;

/* The format of that word ("json", "ndjson", "csv", "fixed", "xml", "x12", "edifact"), or NULL. */
const lgs_output_format_t *lgs_output_format(lgs_str_t name);

/* The words of all formats, for "did you mean"; returns how many. */
size_t lgs_output_format_names(lgs_str_t *names, size_t max);

lgs_str_t lgs_output_name(const lgs_output_t *output);

/* One text is one document: a second record has no place in it. */
bool lgs_output_is_single(const lgs_output_t *output);

/* "text/csv; charset=windows-1252". data NULL at the ceiling. */
lgs_str_t lgs_output_media_type(const lgs_output_t *output, lgs_arena_t *arena);

/*
 * A writer at the beginning of a text that is appended to `buf`. It lives in `arena`, with what all
 * records have in common; `output` must outlive it. NULL at the ceiling.
 */
lgs_writer_t *lgs_writer_open(const lgs_output_t *output, lgs_buf_t *buf,
                              lgs_arena_t *arena) LGS_MUST_CHECK;

/* EDI: who writes to whom, wanted before the first record. Its texts must outlive the writer. */
void lgs_writer_send(lgs_writer_t *writer, const lgs_edi_letter_t *letter);

/*
 * Appends a record; nobody needs it afterwards. LGS_INVALID: nothing of it was written, an error in
 * errs points to its member and, as far as that came from `doc` (may be NULL), to the place there.
 * LGS_NOMEM also when the buffer failed. `scratch` may be reset after the call.
 */
lgs_rc_t lgs_writer_write(lgs_writer_t *writer, const lgs_doc_t *doc, const lgs_node_t *record,
                          lgs_arena_t *scratch, lgs_errs_t *errs) LGS_MUST_CHECK;

/* What stands behind the last record, or in place of any: the end of a list, a lone header. */
lgs_rc_t lgs_writer_end(lgs_writer_t *writer, lgs_errs_t *errs) LGS_MUST_CHECK;

/* Records written so far. */
uint32_t lgs_writer_count(const lgs_writer_t *writer);

#endif
