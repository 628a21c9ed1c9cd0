/*
 * A first schema from sample documents: types, members that are always there, enums of few values,
 * formats that all values have. Something to be read and tightened by a person.
 */
#ifndef LGS_SCHEMA_INFER_H
#define LGS_SCHEMA_INFER_H

#include "../base/buf.h"
#include "../formats/tree.h"

typedef struct lgs_infer_s lgs_infer_t;

/* NULL at the ceiling. */
lgs_infer_t *lgs_infer_create(lgs_arena_t *arena) LGS_MUST_CHECK;

/* Learns from one more document, which must outlive it. LGS_NOMEM, LGS_LIMIT (too deep). */
lgs_rc_t lgs_infer_add(lgs_infer_t *infer, const lgs_doc_t *doc) LGS_MUST_CHECK;

/* Writes the schema as JSON. Check buf->failed. */
void lgs_infer_write(const lgs_infer_t *infer, lgs_buf_t *buf);

#endif
