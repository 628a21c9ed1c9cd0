/*
 * Paths into EDI, for path.c: their spelling (path_edi.c), and walking them (walk_edi.c). Private
 * to this room.
 */
#ifndef LGS_MAPPING_PATH_EDI_H
#define LGS_MAPPING_PATH_EDI_H

#include "../formats/edi.h"
#include "internal.h"

/* A test behind a tag: [03=TE|FX]. */
typedef struct {
    lgs_step_t element, component; /* name empty: none */
    const lgs_str_t *values;
    const uint32_t *hashes; /* of the values */
    uint32_t n_values;
} lgs_edi_test_t;

typedef struct {
    const uint32_t *words; /* as of lgs_edi_tag() */
    uint32_t n;
    uint32_t bits; /* of all of them */
} lgs_edi_tags_t;

#define LGS_EDI_MAX_TESTS 4u

struct lgs_edi_step_s {
    uint32_t tag, bit; /* the tag's in a list of segments */
    lgs_edi_test_t tests[LGS_EDI_MAX_TESTS];
    uint32_t n_tests;
    lgs_edi_tags_t until, fences, after;     /* fences: what ends an item, beside its own tag */
    bool is_after;                           /* `after` is said */
    bool is_first;                           /* a loop of which no second item is wanted */
    const struct lgs_hierarchy_s *hierarchy; /* LEVEL */
};

extern const lgs_path_syntax_t lgs_mapping_edi_paths;

/* A bit for the number of an element, "05" or "5"; the last for all above. */
static inline uint32_t lgs_edi_element_bit(lgs_str_t number)
{
    uint32_t n = 0;

    for (size_t i = 0; i < number.len && i < 3; i++) {
        n = n * 10 + (uint32_t)(number.data[i] - '0');
    }
    return UINT32_C(1) << (n < 31 ? n : 31);
}

/* A step of kind LGS_STEP_SEGMENT or above: the first that it leads to, or NULL. */
const lgs_node_t *lgs_mapping_edi_step(lgs_run_t *run, const lgs_step_t *step,
                                       const lgs_node_t *node);

/* What `name` leads to is an element, or a component of one. */
void lgs_mapping_edi_element(lgs_step_t *step);
/*
 * Notes that it is an element of a segment, as nearly all paths of EDI are: walked at once. Paths
 * to elements of one segment share a place, so that it is looked for once in an item.
 */
void lgs_mapping_edi_note_text(lgs_compile_t *c, lgs_path_t *path);

/*
 * All that it leads to. `is_last`: of segments the loops that they open, else their elements. False
 * as lgs_mapping_path_each.
 */
bool lgs_mapping_edi_each(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node,
                          bool is_last, bool (*visit)(void *data, const lgs_node_t *node),
                          void *data);

/* The same of a step of kind LGS_STEP_SEGMENT. */
bool lgs_mapping_edi_each_segment(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node,
                                  bool is_last, bool (*visit)(void *data, const lgs_node_t *node),
                                  void *data);

/* The text of an element: its first component, of its first repetition. NULL: none. */
const lgs_node_t *lgs_mapping_edi_plain(const lgs_node_t *node);
/* The segments of a set, or of a loop. NULL: it is neither. */
const lgs_node_t *lgs_mapping_edi_list(const lgs_node_t *node);
/* Those from number `from` up to before `to`. */
lgs_node_t lgs_mapping_edi_slice(const lgs_node_t *list, uint32_t from, uint32_t to);
/* It ends every loop: UNS, LE, SE, UNT, MTR. */
bool lgs_mapping_edi_is_end(const lgs_node_t *segment);

#endif
