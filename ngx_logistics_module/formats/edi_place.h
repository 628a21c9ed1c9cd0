/*
 * Which segment, element and component a byte of an EDI document stands in. Private to this room.
 */
#ifndef LGS_EDI_PLACE_H
#define LGS_EDI_PLACE_H

#include "tree.h"

/* All from 1: pos->segment is that of the source's first as 1; its tag is element 0. */
void lgs_edi_place(const lgs_edi_marks_t *marks, lgs_str_t source, uint32_t offset, lgs_pos_t *pos);

#endif
