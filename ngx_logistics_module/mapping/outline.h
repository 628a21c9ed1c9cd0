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

#endif
