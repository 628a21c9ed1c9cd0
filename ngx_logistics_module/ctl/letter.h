/*
 * The envelope of EDI that a command writes: who writes to whom, by the partner's file.
 */
#ifndef LGS_CTL_LETTER_H
#define LGS_CTL_LETTER_H

#include "../formats/edi_out.h"
#include "ctl.h"

/*
 * Ids are the first of the partner's `edi.ours` and `edi.id` in DIR/partners, or ZZ/SENDER and
 * ZZ/RECEIVER where there is no such partner or it has none; a test unless DIR/gateway.yaml says
 * that it is production. `control` NULL: 1. Texts live in `arena`; false with an error in errs.
 */
bool ctl_letter(lgs_arena_t *arena, const char *dir, lgs_str_t partner, const char *control,
                lgs_str_t now, lgs_edi_letter_t *letter, lgs_errs_t *errs);

#endif
