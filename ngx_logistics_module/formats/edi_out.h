/*
 * Sets and messages of ours: what a mapping emits for `output: {format: x12, set: "214", …}`
 * becomes a tree as the reader makes them (edi.h), in an envelope of ours, and is written
 * (edi_write.h). A record is
 *
 *   {"segments": [{"B10": {…}}, {"LX": {…}, "AT7": [{…}, {…}], "segments": […]}, […]]}
 *
 * an object's members being segments in their order, a list in place of elements that segment
 * again, `segments` or a list within the list what stands there. Envelope, ST and UNH, trailers and
 * counts are made here; HL and CPS are named by any words and numbered here, parents likewise.
 */
#ifndef LGS_EDI_OUT_H
#define LGS_EDI_OUT_H

#include "edi.h"
#include "edi_write.h"
#include "output.h"

#define LGS_EDI_MAX_NESTING 16u /* lists of segments within each other */

/* What the envelope says of the document itself; from a mapping's `output`. */
struct lgs_edi_output_s {
    lgs_edi_t standard;    /* X12 or EDIFACT */
    lgs_str_t set;         /* "214", "IFTSTA" */
    lgs_str_t version;     /* "004010", "D.96A" */
    lgs_str_t association; /* "EAN004": 0057; behind the version in GS08; may be empty */
    lgs_str_t level;       /* UNOC: syntax identifier of UNB */
};

/* Who writes to whom, when, under which number. Texts must outlive the writer. */
struct lgs_edi_letter_s {
    lgs_str_t sender, sender_qualifier, receiver, receiver_qualifier;
    bool is_test;
    uint32_t number; /* of the interchange and its group: 1 … 999999999 */
    lgs_str_t now;   /* 2026-03-14T09:30:00Z */
};

typedef struct lgs_edi_out_s lgs_edi_out_t;

/* Writes to `out`; lives in `arena`. NULL at the ceiling. */
lgs_edi_out_t *lgs_edi_out_open(const lgs_edi_output_t *output, lgs_buf_t *out,
                                lgs_arena_t *arena) LGS_MUST_CHECK;

/* Wanted before the first record. */
void lgs_edi_out_send(lgs_edi_out_t *writer, const lgs_edi_letter_t *letter);

/*
 * The next set. LGS_INVALID ("edi-write"): nothing of it was written, and *offset is that of the
 * value, as far as one is meant; LGS_NOMEM. `scratch` may be reset after the call.
 */
lgs_rc_t lgs_edi_out_write(lgs_edi_out_t *writer, const lgs_node_t *record, lgs_arena_t *scratch,
                           uint32_t *offset, lgs_errs_t *errs) LGS_MUST_CHECK;

/* Closes what is open: nothing where no set was written. */
lgs_rc_t lgs_edi_out_end(lgs_edi_out_t *writer, lgs_errs_t *errs) LGS_MUST_CHECK;

/* The group of X12 that the set stands in (GS01); empty: there is none for it. */
lgs_str_t lgs_edi_out_group(const lgs_edi_output_t *output);

#endif
