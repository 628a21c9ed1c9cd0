/*
 * Writes EDI from trees as the reader makes them (edi.h): envelopes around the sets that have the
 * same, ISA padded, counts and numbers of the trailers made here, releases, trailing empty elements
 * left out. What was written is read as the same trees.
 */
#ifndef LGS_EDI_WRITE_H
#define LGS_EDI_WRITE_H

#include "../base/buf.h"
#include "edi.h"

typedef struct lgs_edi_writer_s lgs_edi_writer_t;

/* Lives in `arena`; writes to `out`, a line a segment when has_lines. NULL at the ceiling. */
lgs_edi_writer_t *lgs_edi_writer(lgs_arena_t *arena, lgs_buf_t *out, bool has_lines) LGS_MUST_CHECK;

/*
 * The next set. Opens an interchange or group when its heads are others than those of the one
 * before. LGS_INVALID ("edi-write") for what is no such tree or cannot be written: nothing of it
 * is; LGS_NOMEM.
 */
lgs_rc_t lgs_edi_write_set(lgs_edi_writer_t *writer, const lgs_node_t *tree,
                           lgs_errs_t *errs) LGS_MUST_CHECK;

/* Of the value that the last set was refused for; LGS_NO_OFFSET: of none, or it has none. */
uint32_t lgs_edi_write_offset(const lgs_edi_writer_t *writer);

/* Closes what is open. */
lgs_rc_t lgs_edi_write_end(lgs_edi_writer_t *writer, lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
