/*
 * Builds a tree from the events of a reader (or of a mapping): open, name, text, close. Checks
 * what every format must check: depth, count, sizes, duplicate members. Children of a closed
 * container stand side by side in the arena.
 */
#ifndef LGS_BUILD_H
#define LGS_BUILD_H

#include "tree.h"

typedef struct {
    uint32_t max_depth;   /* containers within each other; never above LGS_MAX_DEPTH */
    uint32_t max_nodes;   /* values in the document, names not counted */
    uint32_t max_members; /* of one object */
    uint32_t max_text;    /* bytes of one string */
} lgs_tree_limits_t;

/* The defaults of lgs.h. */
extern const lgs_tree_limits_t lgs_tree_limits_default;

typedef struct lgs_build_s lgs_build_t;

/*
 * A builder whose results live in `arena`; `scratch` (may be the same) holds what it needs on the
 * way. NULL at the ceiling.
 */
lgs_build_t *lgs_build_create(lgs_arena_t *arena, lgs_arena_t *scratch,
                              const lgs_tree_limits_t *limits) LGS_MUST_CHECK;

/*
 * The events. Each returns LGS_OK, LGS_LIMIT or LGS_INVALID (duplicate member) with `errs` filled
 * (code "max-depth", "max-nodes", "max-members", "max-text", "duplicate-member"; position by
 * offset only: the reader turns it into line and column), or LGS_NOMEM. An event that cannot stand
 * here (a second root, a value without a name) is LGS_INVALID with code "builder-order". After
 * LGS_NOMEM or a duplicate the builder is of no more use.
 */
lgs_rc_t lgs_build_open(lgs_build_t *build, lgs_type_t type, uint32_t offset,
                        lgs_errs_t *errs) LGS_MUST_CHECK; /* LGS_ARRAY or LGS_OBJECT */
lgs_rc_t lgs_build_close(lgs_build_t *build, lgs_errs_t *errs) LGS_MUST_CHECK;
lgs_rc_t lgs_build_name(lgs_build_t *build, lgs_str_t name, uint32_t offset, uint8_t flags,
                        lgs_errs_t *errs) LGS_MUST_CHECK;
lgs_rc_t lgs_build_value(lgs_build_t *build, lgs_node_t value, lgs_errs_t *errs) LGS_MUST_CHECK;

/* Values for lgs_build_value. */
lgs_node_t lgs_node_null(uint32_t offset);
lgs_node_t lgs_node_bool(bool truth, uint32_t offset);
lgs_node_t lgs_node_number(lgs_str_t text, uint32_t offset); /* text must be a JSON number */
lgs_node_t lgs_node_string(lgs_str_t text, uint32_t offset, uint8_t flags);

/* The finished root; only after as many closes as opens and exactly one root value. */
lgs_node_t lgs_build_root(const lgs_build_t *build);
uint32_t lgs_build_count(const lgs_build_t *build);

/*
 * The JSON pointer of the value that comes next, for errors of readers: the open containers, then
 * the name that waits for its value or the array's next index.
 */
lgs_str_t lgs_build_pointer(const lgs_build_t *build, lgs_arena_t *arena);

#endif
