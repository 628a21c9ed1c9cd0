/*
 * Which paths of Odoo's port nobody outside may reach: RPC in all its forms, and the database
 * manager. facts of why: dbfilter does not restrict RPC, and the service "db" lists all databases.
 */
#ifndef LGS_ODOO_PATHS_H
#define LGS_ODOO_PATHS_H

#include "../base/lgs.h"

/*
 * True when the request target (as sent: "/path?query", percent-encoded) could be one of them to
 * Odoo or to anything between us and Odoo: /jsonrpc, /xmlrpc, /json, /web/database and all below,
 * alone or behind one segment (Odoo takes a language there), in any case, any encoding, with
 * repeated slashes or ;parameters; and every path with a segment "." or "..", which no browser
 * sends.
 */
bool lgs_odoo_path_is_closed(lgs_str_t target);

#endif
