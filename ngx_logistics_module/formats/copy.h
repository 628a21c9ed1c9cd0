/* A tree that outlives what it was read from. */
#ifndef LGS_COPY_H
#define LGS_COPY_H

#include "tree.h"

/*
 * Copies a value with all that is in it, texts too, into `arena`. No byte of a source is its place:
 * the nodes have LGS_NO_OFFSET. LGS_NOMEM; LGS_LIMIT when it is deeper than LGS_MAX_DEPTH. Records
 * no error.
 */
lgs_rc_t lgs_node_copy(lgs_arena_t *arena, const lgs_node_t *from, lgs_node_t *to) LGS_MUST_CHECK;

#endif
