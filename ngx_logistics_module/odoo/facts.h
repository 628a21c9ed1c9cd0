/* What a plan learns of a server and keeps (lgs_odoo_facts_t of plan.h), for the files of this
 * room. */
#ifndef LGS_ODOO_FACTS_H
#define LGS_ODOO_FACTS_H

#include "plan.h"

/* Bytes that the facts of one server may take; past it they are forgotten and learned again. */
#define LGS_ODOO_FACTS_BYTES (1u << 20)

typedef enum {
    LGS_ODOO_FIELD_UNKNOWN, /* never asked */
    LGS_ODOO_FIELD_ABSENT,
    LGS_ODOO_FIELD_TEXT,   /* compared as a string */
    LGS_ODOO_FIELD_NUMBER, /* integer, many2one: compared as a whole number */
    LGS_ODOO_FIELD_DECIMAL /* float, monetary: 19 is 19.0 */
} lgs_odoo_field_t;

/* 0: not known. */
int64_t lgs_odoo_facts_uid(const lgs_odoo_facts_t *facts);
void lgs_odoo_facts_set_uid(lgs_odoo_facts_t *facts, int64_t uid);

lgs_odoo_field_t lgs_odoo_facts_field(const lgs_odoo_facts_t *facts, lgs_str_t model,
                                      lgs_str_t field);
/* `type` is Odoo's word of fields_get ("char", "many2one"), empty when the field is absent. */
void lgs_odoo_facts_learn(lgs_odoo_facts_t *facts, lgs_str_t model, lgs_str_t field,
                          lgs_str_t type);

/* Odoo's word for a type → how values of it are compared. */
lgs_odoo_field_t lgs_odoo_field_of(lgs_str_t type);

#endif
