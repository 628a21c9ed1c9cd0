/*
 * Keeps a tree when what it was made in goes: a record when the next document of a batch is read.
 */
#ifndef LGS_KEEP_H
#define LGS_KEEP_H

#include "tree.h"

/*
 * A copy of `node` and all below it in `arena`. Texts within `lasting` (the source, which stays)
 * are not copied, all others are. Offsets become those of `doc` in the whole that it was cut from.
 * LGS_NOMEM; LGS_LIMIT when it is deeper than LGS_MAX_DEPTH.
 */
lgs_rc_t lgs_node_keep(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_str_t lasting,
                       const lgs_node_t *node, lgs_node_t *kept) LGS_MUST_CHECK;

#endif
