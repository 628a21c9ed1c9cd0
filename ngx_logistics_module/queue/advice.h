/*
 * What an application advice (824, APERAK) is written from by a mapping: the sets of EDI that are
 * not in Odoo and why, by the control numbers that they came under. docs/edi.md has its members.
 */
#ifndef LGS_QUEUE_ADVICE_H
#define LGS_QUEUE_ADVICE_H

#include "letter.h"

/* A set that was refused; what is not known is empty. */
typedef struct {
    lgs_str_t standard, type;
    lgs_str_t interchange, group, control;
    lgs_str_t code, detail;
    const lgs_node_t *refs; /* of the record that was made of it; or NULL */
} lgs_advice_set_t;

/* {"id","at","sets":[…]}: begun, each set, ended. */
void lgs_advice_begin(lgs_buf_t *buf, lgs_str_t id, lgs_str_t at);
void lgs_advice_add(lgs_buf_t *buf, const lgs_advice_set_t *set);
void lgs_advice_end(lgs_buf_t *buf);

/*
 * The same of a message: its sets that are left when it was given up, as `src` of their records
 * names them. None of a message that came otherwise, or that is not decided. LGS_INVALID: its
 * records are damaged; LGS_NOMEM.
 */
lgs_rc_t lgs_advice_of(const lgs_letter_t *letter, lgs_arena_t *arena, lgs_buf_t *buf,
                       lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
