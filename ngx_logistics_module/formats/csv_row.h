/*
 * One row of CSV taken apart into cells. Private to this room.
 */
#ifndef LGS_CSV_ROW_H
#define LGS_CSV_ROW_H

#include "csv.h"
#include "reader.h"

typedef struct {
    const lgs_csv_t *csv;
    lgs_reader_t *reader;
    lgs_arena_t *arena; /* for texts that are made */
    lgs_errs_t *errs;
    const lgs_doc_t *doc; /* what a place is told with */
    const char *start;    /* the document's source begins here */
    const char *p;        /* the next byte */
    const char *end;
    bool is_last;    /* the source ends at `end` */
    bool is_clipped; /* `end` is where a row becomes too long */
    lgs_node_t *cells;
    uint32_t n, room;
    uint32_t lines; /* line ends that were passed */
    bool says;      /* a cell is not empty, or in quotes */
    lgs_rc_t rc;
} lgs_csv_row_t;

/*
 * Reads the row at row->p into row->cells and goes behind its line end. LGS_INVALID, LGS_LIMIT: it
 * is refused and passed; LGS_AGAIN: its end is not there yet (nothing is recorded then).
 */
lgs_rc_t lgs_csv_row(lgs_csv_row_t *row) LGS_MUST_CHECK;

/* Goes behind the line at row->p, whatever it holds. False: its end is not there yet. */
bool lgs_csv_skip_line(lgs_csv_row_t *row);

/* LGS_LIMIT: the row has more bytes than LGS_MAX_ROW, and nothing behind it can be read. `opened`:
 * the quote that may be the reason, or NULL. */
lgs_rc_t lgs_csv_too_long(lgs_csv_row_t *row, const char *opened);

/* Records why the row is refused, at a byte of it. */
lgs_rc_t lgs_csv_refuse(lgs_csv_row_t *row, const char *at, const char *code, const char *format,
                        ...) LGS_PRINTF(4, 5);

#endif
