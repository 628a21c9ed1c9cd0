/*
 * Writers of formats with records: NDJSON, CSV, fixed width. One document after the other, in the
 * shape in which the reader of the same input gives them; what was written and is read again is
 * equal, or it is refused: a text that does not fit its place, a list in a cell.
 */
#ifndef LGS_FLAT_H
#define LGS_FLAT_H

#include "../base/buf.h"
#include "input.h"

typedef struct {
    const lgs_input_t *input;
    lgs_buf_t *buf;
    lgs_arena_t *arena;       /* for what holds for all documents: columns, records of the file */
    lgs_arena_t *scratch;     /* for one document; the same until a caller says other */
    const lgs_str_t *columns; /* CSV: of the first document, or the profile's */
    uint32_t n_columns;
    lgs_node_t *file; /* by type: its record that stands already and holds for what follows */
    bool is_closed;   /* the last document had its trailer */
    uint32_t n;       /* documents written */
} lgs_flat_writer_t;

/* LGS_NOT_FOUND: the format ("json", "xml") has no documents side by side. */
lgs_rc_t lgs_flat_open(lgs_flat_writer_t *writer, const lgs_input_t *input, lgs_buf_t *buf,
                       lgs_arena_t *arena) LGS_MUST_CHECK;

/*
 * Appends a document. LGS_INVALID with an error that points to the member: nothing of it was
 * written. LGS_NOMEM also when buf failed.
 */
lgs_rc_t lgs_flat_write(lgs_flat_writer_t *writer, const lgs_node_t *document,
                        lgs_errs_t *errs) LGS_MUST_CHECK;

/* Nothing comes any more: a CSV without rows still has the header that its profile names. */
lgs_rc_t lgs_flat_end(lgs_flat_writer_t *writer, lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
