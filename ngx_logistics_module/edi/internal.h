/* What the files of this room share. */
#ifndef LGS_GUIDE_INTERNAL_H
#define LGS_GUIDE_INTERNAL_H

#include "../base/buf.h"
#include "../base/map.h"
#include "guide.h"

/* ---- dictionaries (dictionary.c) ---- */

typedef enum {
    LGS_EDI_TEXT,
    LGS_EDI_INTEGER, /* X12 N0 to N9: digits alone */
    LGS_EDI_DECIMAL, /* X12 R, EDIFACT n: with a mark */
    LGS_EDI_DATE,
    LGS_EDI_TIME,
    LGS_EDI_BYTES
} lgs_edi_type_t;

typedef struct {
    lgs_str_t number; /* empty: a type that stands in a segment itself */
    lgs_str_t name;
    lgs_edi_type_t type;
    uint32_t min, max; /* max 0: any */
    lgs_str_t codes;   /* between blanks; empty: any */
} lgs_edi_element_t;

typedef struct lgs_edi_part_s lgs_edi_part_t;

typedef struct {
    lgs_str_t number;
    lgs_edi_part_t *parts;
    uint32_t n;
} lgs_edi_composite_t;

/* An element of a segment, or a component of a composite. */
struct lgs_edi_part_s {
    bool is_mandatory;
    uint32_t max;                         /* repetitions */
    const lgs_edi_element_t *element;     /* NULL: it is composite */
    const lgs_edi_composite_t *composite; /* or NULL */
};

typedef struct {
    char kind; /* P R E C L */
    uint32_t n;
    uint8_t elements[16]; /* from 1 */
} lgs_edi_condition_t;

typedef struct {
    lgs_str_t tag;
    lgs_edi_part_t *parts;
    uint32_t n;
    lgs_edi_condition_t *conditions;
    uint32_t n_conditions;
} lgs_edi_shape_t;

typedef struct lgs_dictionary_s lgs_dictionary_t;
struct lgs_dictionary_s {
    lgs_str_t name;
    const lgs_doc_t *doc;
    lgs_edi_t standard;
    lgs_dictionary_t *extends;
    lgs_map_t *elements;   /* number → lgs_edi_element_t */
    lgs_map_t *composites; /* number → lgs_edi_composite_t */
    lgs_map_t *segments;   /* tag → lgs_edi_shape_t */
    lgs_schema_t *schema;  /* of a segment: {"AT7": {…}}; NULL: no guide uses it */
};

struct lgs_guides_s {
    lgs_arena_t *arena;
    lgs_map_t *dictionaries; /* name → lgs_dictionary_t */
    lgs_map_t *guides;       /* name → lgs_guide_t */
    lgs_map_t *by_set;       /* "x12/214/004010" → lgs_guide_t */
};

/* Where findings of one file go; errs NULL: they were told of the file that they stand in. */
typedef struct {
    lgs_guides_t *guides;
    const lgs_doc_t *doc;
    lgs_errs_t *errs;
    bool failed, nomem;
} lgs_guide_job_t;

/* Always false. */
bool lgs_guide_finding(lgs_guide_job_t *job, const lgs_node_t *node, const char *format, ...)
    LGS_PRINTF(3, 4);
bool lgs_guide_nomem(lgs_guide_job_t *job);
/* "; did you mean …" over a map's keys, or ""; in the guides' arena. */
const char *lgs_guide_near(lgs_arena_t *arena, const lgs_map_t *map, lgs_str_t word);

/* "x12", "edifact", "tradacoms" of the file's `standard`. */
bool lgs_guide_standard(lgs_guide_job_t *job, lgs_edi_t *standard);

/* Fills its maps; the dictionary that it extends may come later. */
bool lgs_dictionary_build(lgs_guide_job_t *job, lgs_dictionary_t *dictionary);

/* ---- schema.c ---- */

/* Compiles the schema of all segments, when it is not there yet. */
bool lgs_dictionary_compile(lgs_guide_job_t *job, lgs_dictionary_t *dictionary);

/* ---- guides (guide.c) ---- */

/* A tag of up to four bytes as a number, to be compared at once; 0: too long. */
static inline uint32_t lgs_guide_tag(lgs_str_t tag)
{
    uint32_t packed = 0;

    if (tag.len > 4) {
        return 0;
    }
    for (size_t i = 0; i < tag.len; i++) {
        packed = packed << 8 | (unsigned char)tag.data[i];
    }
    return packed;
}

/* A place in the order: a segment, or a loop with the tag that opens it. */
typedef struct {
    uint32_t tag;
    uint32_t max;
    uint16_t loop; /* index; 0: a segment */
    bool is_mandatory;
} lgs_slot_t;

typedef struct {
    lgs_str_t id;
    uint32_t first, n; /* of its slots, which stand side by side */
} lgs_loop_t;

struct lgs_guide_s {
    lgs_str_t name, set;
    const lgs_doc_t *doc;
    lgs_dictionary_t *dictionary;
    lgs_slot_t *slots;
    lgs_loop_t *loops; /* the first is the whole set */
    uint32_t n_slots, n_loops;
    bool is_good;
};

bool lgs_guide_build(lgs_guide_job_t *job, lgs_guide_t *guide);

/* ---- order.c ---- */

typedef struct {
    uint32_t loop;
    uint32_t at;    /* slot in the loop that came last */
    uint32_t count; /* how often */
    uint32_t far;   /* the furthest that came: what stands before it is not missing any more */
} lgs_frame_t;

typedef struct {
    const lgs_guide_t *guide;
    lgs_frame_t frames[LGS_GUIDE_MAX_DEPTH + 1];
    uint32_t depth;
    /* Told of each slot that was passed over (fault MISSING), or of what is wrong with the one. */
    void (*tell)(void *data, lgs_edi_fault_t fault, const lgs_slot_t *slot);
    void *data;
} lgs_order_t;

void lgs_order_begin(lgs_order_t *order, const lgs_guide_t *guide);
/* The next segment. */
void lgs_order_step(lgs_order_t *order, uint32_t tag);
/* Nothing comes any more. */
void lgs_order_end(lgs_order_t *order);

#endif
