/*
 * The builder's insides, for build.c and for the JSON reader, whose hot path cannot pay a call a
 * value. Private to this room; all others use build.h.
 *
 * Values wait in one stack of nodes: an array's items side by side, an object's members as name,
 * value, name, value (the layout of lgs_member_t). Closing a container copies its part of the
 * stack into the arena in one piece and puts the container's own node in its place.
 */
#ifndef LGS_BUILD_INLINE_H
#define LGS_BUILD_INLINE_H

#include "build.h"

#define LGS_BUILD_FIRST_NODES  96u
#define LGS_BUILD_FIRST_FRAMES 16u

typedef struct {
    uint32_t start;  /* index of its first child in the stack */
    uint32_t offset; /* in the source */
    lgs_type_t type;
} lgs_build_frame_t;

struct lgs_build_s {
    lgs_arena_t *arena;
    lgs_arena_t *scratch;
    lgs_tree_limits_t limits;
    lgs_node_t *nodes; /* the stack: nodes <= top <= limit */
    lgs_node_t *top;
    lgs_node_t *limit;
    lgs_build_frame_t *frames; /* the open containers, outermost first */
    uint32_t depth;
    uint32_t max_frames;
    uint32_t n_nodes;
    /* enough for most documents, so that they need no scratch memory */
    lgs_node_t first_nodes[LGS_BUILD_FIRST_NODES];
    lgs_build_frame_t first_frames[LGS_BUILD_FIRST_FRAMES];
};

_Static_assert(sizeof(lgs_member_t) == 2 * sizeof(lgs_node_t) &&
                   offsetof(lgs_member_t, value) == sizeof(lgs_node_t),
               "an object's part of the stack is copied as members");

/* For a builder that lives on a reader's stack. `limits` may be NULL. */
void lgs_build_init(lgs_build_t *build, lgs_arena_t *arena, lgs_arena_t *scratch,
                    const lgs_tree_limits_t *limits);

/* Slow paths: more room, and what is refused. */
lgs_rc_t lgs_build_more_nodes(lgs_build_t *build, lgs_errs_t *errs) LGS_MUST_CHECK;
lgs_rc_t lgs_build_more_frames(lgs_build_t *build, uint32_t offset,
                               lgs_errs_t *errs) LGS_MUST_CHECK;
lgs_rc_t lgs_build_too_many_nodes(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs);
lgs_rc_t lgs_build_too_many_members(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs);
lgs_rc_t lgs_build_too_long(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs);

/*
 * Copies n > 0 children from the stack into the arena and sets what refers to them in the node at
 * their place; of members, looks for duplicates.
 */
lgs_rc_t lgs_build_items(lgs_build_t *build, lgs_node_t *first, uint32_t n,
                         lgs_errs_t *errs) LGS_MUST_CHECK;
lgs_rc_t lgs_build_members(lgs_build_t *build, lgs_node_t *first, uint32_t n,
                           lgs_errs_t *errs) LGS_MUST_CHECK;

/*
 * Sorts the n numbers of members in `order` by name, then by number, with `spare` of the same size:
 * by merging, so O(n log n) whatever the hashes, and no malloc as in qsort.
 */
void lgs_build_sort(const lgs_member_t *members, uint32_t n, uint32_t *order, uint32_t *spare);

/*
 * The pointer to the innermost open container; with value_due to the value in it that comes next
 * (the name that waits for its value, the array's next index).
 */
lgs_str_t lgs_build_path(const lgs_build_t *build, lgs_arena_t *arena, bool value_due);

/* A name for an error text: cut at 64 bytes, control characters replaced. */
typedef struct {
    char text[72];
} lgs_build_word_t;
lgs_build_word_t lgs_build_word(lgs_str_t name);

/* Nodes of the innermost container so far; names count. */
static inline uint32_t lgs_build_width(const lgs_build_t *build)
{
    uint32_t start = build->depth ? build->frames[build->depth - 1].start : 0;

    return (uint32_t)(build->top - build->nodes) - start;
}

/*
 * Makes room for one more value at build->top. It counts once lgs_build_keep() is called: a reader
 * that refuses half a value leaves the stack, and so the error's pointer, as it was.
 */
static inline lgs_rc_t lgs_build_room(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs)
{
    if (LGS_UNLIKELY(build->n_nodes >= build->limits.max_nodes)) {
        return lgs_build_too_many_nodes(build, offset, errs);
    }
    if (LGS_UNLIKELY(build->top == build->limit)) {
        return lgs_build_more_nodes(build, errs);
    }
    return LGS_OK;
}

static inline void lgs_build_keep(lgs_build_t *build)
{
    build->n_nodes++;
    build->top++;
}

/* The same for a member's name in the innermost container, an object; kept by top++. */
static inline lgs_rc_t lgs_build_name_room(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs)
{
    if (LGS_UNLIKELY(lgs_build_width(build) / 2 >= build->limits.max_members)) {
        return lgs_build_too_many_members(build, offset, errs);
    }
    if (LGS_UNLIKELY(build->top == build->limit)) {
        return lgs_build_more_nodes(build, errs);
    }
    return LGS_OK;
}

static inline lgs_rc_t lgs_build_open_inline(lgs_build_t *build, lgs_type_t type, uint32_t offset,
                                             lgs_errs_t *errs)
{
    if (LGS_UNLIKELY(build->n_nodes >= build->limits.max_nodes)) {
        return lgs_build_too_many_nodes(build, offset, errs);
    }
    if (LGS_UNLIKELY(build->depth == build->max_frames)) {
        lgs_rc_t rc = lgs_build_more_frames(build, offset, errs);

        if (rc != LGS_OK) {
            return rc;
        }
    }
    build->n_nodes++;
    build->frames[build->depth++] = (lgs_build_frame_t){(uint32_t)(build->top - build->nodes),
                                                        offset, type};
    return LGS_OK;
}

/* Fills the container's node where its children stood: field by field, for a node made elsewhere
   and copied would wait for its own stores. */
static inline lgs_rc_t lgs_build_close_inline(lgs_build_t *build, lgs_errs_t *errs)
{
    const lgs_build_frame_t *frame = &build->frames[build->depth - 1];
    lgs_node_t *first = build->nodes + frame->start;
    uint32_t n = (uint32_t)(build->top - first), offset = frame->offset;
    lgs_type_t type = frame->type;
    lgs_rc_t rc = LGS_OK;

    if (n) {
        rc = type == LGS_OBJECT ? lgs_build_members(build, first, n / 2, errs)
                                : lgs_build_items(build, first, n, errs);
    } else {
        if (LGS_UNLIKELY(first == build->limit)) { /* its node needs the room that no child took */
            rc = lgs_build_more_nodes(build, errs);
            first = build->top;
        }
        if (LGS_LIKELY(rc == LGS_OK)) {
            first->u.items = NULL;
            first->n = 0;
            first->flags = 0;
        }
    }
    if (LGS_UNLIKELY(rc != LGS_OK)) {
        return rc;
    }
    first->offset = offset;
    first->hash = 0;
    first->type = (uint8_t)type;
    build->top = first + 1;
    build->depth--;
    return LGS_OK;
}

#endif
