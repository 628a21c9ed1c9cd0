/* Odoo's words made fit for a partner's eyes: no traceback, SQL or path of the server. */
#ifndef LGS_ODOO_MESSAGE_H
#define LGS_ODOO_MESSAGE_H

#include "../base/buf.h"

#define LGS_ODOO_MAX_MESSAGE 500u /* bytes of one cleaned message */

/*
 * A copy in `arena`: cut at a traceback or at PostgreSQL's LINE, HINT, DETAIL; white space runs as
 * one space; paths as "(path)"; at most LGS_ODOO_MAX_MESSAGE bytes. Empty when nothing is left or
 * memory is short.
 */
lgs_str_t lgs_odoo_clean(lgs_arena_t *arena, lgs_str_t text);

/* Does `text` hold `part`? */
bool lgs_odoo_holds(lgs_str_t text, lgs_str_t part);

#endif
