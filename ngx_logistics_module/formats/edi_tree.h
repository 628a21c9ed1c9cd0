/*
 * The tree of one transaction set or message (edi.h), from its pieces. Private to this room.
 */
#ifndef LGS_EDI_TREE_H
#define LGS_EDI_TREE_H

#include "charset.h"
#include "edi_scan.h"

/* A tag that was seen to be one, with its hash: the segments of one set have those of another. */
typedef struct {
    uint32_t tag; /* lgs_edi_tag(); UINT32_MAX: none */
    uint32_t hash;
} lgs_edi_known_t;

/* So many are known at once that the tags of one set seldom take each other's place. */
#define LGS_EDI_N_KNOWN 256u

/*
 * Names that trees have, and the tags that they had so far. Those of elements and components are
 * made as far as a segment has needed them: most documents come alone and have short segments.
 */
typedef struct {
    lgs_node_t numbers[LGS_EDI_MAX_ELEMENTS]; /* [n] is the n-th */
    char texts[LGS_EDI_MAX_ELEMENTS][4];      /* theirs */
    lgs_node_t *end;                          /* behind those that are made */
    bool counts_from_zero;
    lgs_node_t message, segments;
    lgs_edi_known_t known[LGS_EDI_N_KNOWN]; /* by lgs_edi_mix() */
} lgs_edi_names_t;

void lgs_edi_names(lgs_edi_names_t *names, const lgs_edi_standard_t *standard);

/* Makes twice as many numbers; LGS_LIMIT: there are all that there may be. */
lgs_rc_t lgs_edi_more_names(lgs_edi_names_t *names) LGS_MUST_CHECK;

#define LGS_EDI_MAX_FACTS 13u /* members of "message" */

/* A member of "message" of which each set has a value of its own. */
typedef struct {
    uint32_t at; /* among the others */
    const struct lgs_edi_fact_s *fact;
} lgs_edi_own_t;

/*
 * What all sets between the same two heads have in common, made with the first of them and lent to
 * the others: the heads themselves, and what "message" says of them.
 */
typedef struct {
    bool is_made;
    lgs_head_t heads[LGS_EDI_SET];
    const lgs_head_t *head; /* the first; NULL: there is none */
    lgs_member_t members[LGS_EDI_SET];
    uint32_t n_members, n_nodes, n_said, n_own;
    lgs_member_t said[LGS_EDI_MAX_FACTS]; /* the set's own have no value here */
    lgs_edi_own_t own[LGS_EDI_MAX_FACTS];
} lgs_edi_common_t;

/* What was met on the way: the piece where it was first, and how often. */
typedef struct {
    uint32_t n;
    uint32_t piece;
} lgs_edi_met_t;

typedef struct {
    const lgs_edi_standard_t *standard;
    const lgs_edi_syntax_t *syntax;
    lgs_edi_names_t *names;
    const lgs_edi_unit_t *units; /* interchange and group: their heads stand in the tree */
    const lgs_base_t *bases;     /* of those heads */
    lgs_charset_t charset;       /* of bytes that are no UTF-8 */
    lgs_edi_segment_t set;
    const lgs_tree_limits_t *limits;
    lgs_arena_t *arena;
    lgs_edi_common_t *common;
    lgs_arena_t *common_arena; /* in which it is made, when it is not yet */
    lgs_edi_met_t breaks, blanks, tags, highs, bad_bytes;
    uint32_t n_segments; /* of the set, with those of which nothing becomes; then without them */
    uint32_t at;         /* LGS_LIMIT: the piece that is one too many */
    const char *what;    /* LGS_LIMIT: of what; "elements" */
    uint32_t limit;
} lgs_edi_tree_t;

/* Fills doc's root, head and n_nodes; its source, base and marks are there. */
lgs_rc_t lgs_edi_make_tree(lgs_edi_tree_t *tree, lgs_doc_t *doc) LGS_MUST_CHECK;

/* A head as a member: "GS": {…}; `before` bytes of other heads stand before it. */
lgs_rc_t lgs_edi_make_head(lgs_edi_tree_t *tree, const lgs_edi_segment_t *head,
                           const lgs_edi_marks_t *marks, uint32_t before,
                           lgs_member_t *member) LGS_MUST_CHECK;

/* ---- what stands around it (edi_envelope.c) ---- */

/* Fills tree->common; in tree->common_arena, which must live as long. */
lgs_rc_t lgs_edi_make_common(lgs_edi_tree_t *tree) LGS_MUST_CHECK;

/* The value of "message". */
lgs_rc_t lgs_edi_make_message(const lgs_edi_tree_t *tree, lgs_node_t *message) LGS_MUST_CHECK;

/* ---- texts (edi_text.c) ---- */

/*
 * The text of a piece as UTF-8: released characters without their release, line ends that mean
 * nothing without these. Data NULL: no memory. *n_bad counts bytes that are no characters; each
 * becomes U+FFFD.
 */
lgs_str_t lgs_edi_text(const lgs_edi_marks_t *marks, lgs_charset_t charset, lgs_str_t source,
                       const lgs_edi_piece_t *piece, lgs_arena_t *arena, uint32_t *n_bad);

/* The piece of a component by numbers from 1 (tag: element 0); NULL: it is empty or not there. */
const lgs_edi_piece_t *lgs_edi_find(const lgs_edi_segment_t *segment, uint32_t element,
                                    uint32_t component);

#endif
