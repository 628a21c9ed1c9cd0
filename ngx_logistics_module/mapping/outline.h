/*
 * What a mapping puts out, as far as its file says: for logisticsctl, which asks an Odoo whether it
 * has what the operations name, and lint, which compares types of events.
 */
#ifndef LGS_MAPPING_OUTLINE_H
#define LGS_MAPPING_OUTLINE_H

#include "mapping.h"

/*
 * One node for each record that the file describes: constants as they are written, objects and
 * lists with what is known of their members, null for all that a document gives. In `arena`;
 * constants are borrowed from the mapping. LGS_OK or LGS_NOMEM.
 */
lgs_rc_t lgs_mapping_outline(const lgs_mapping_t *mapping, lgs_arena_t *arena, lgs_node_t **records,
                             uint32_t *n) LGS_MUST_CHECK;

/* A member of a record that is a constant, and where it is written: a template may be a file of its
 * own. */
typedef struct {
    lgs_str_t part; /* the member of the record that it stands in: "row", "values" */
    lgs_str_t name;
    lgs_node_t value; /* a scalar; its offset in `doc` is that of the whole constant */
    const lgs_doc_t *doc;
} lgs_outline_constant_t;

/* Calls `visit` for each of them. */
void lgs_mapping_constants(const lgs_mapping_t *mapping,
                           void (*visit)(void *data, const lgs_outline_constant_t *constant),
                           void *data);

#endif
