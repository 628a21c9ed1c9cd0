/*
 * One method call, written for either API: JSON-2 names every argument, execute_kw takes the first
 * ones by position. The plan writes values straight into the request's body.
 */
#ifndef LGS_ODOO_CALL_H
#define LGS_ODOO_CALL_H

#include "plan.h"

/* What every call of a plan has in common. */
typedef struct {
    lgs_arena_t *arena;
    const lgs_odoo_target_t *target;
    lgs_str_t id; /* JSON-RPC id */
    int64_t uid;  /* jsonrpc */
} lgs_odoo_caller_t;

typedef struct {
    lgs_buf_t buf; /* values of arguments are written here */
    const lgs_odoo_caller_t *caller;
    lgs_str_t model, method;
    bool first; /* no argument yet in the open list */
    bool named; /* jsonrpc: positional arguments are closed */
} lgs_odoo_writer_t;

void lgs_odoo_write_open(lgs_odoo_writer_t *writer, const lgs_odoo_caller_t *caller,
                         lgs_str_t model, lgs_str_t method);

/* The records that the method is called on; before any other argument. */
void lgs_odoo_write_ids(lgs_odoo_writer_t *writer, const int64_t *ids, uint32_t n);

/*
 * Begins an argument: its JSON follows in writer->buf. Positional ones (for execute_kw: domain of
 * search_read, values of create, fields and data of load) stand before named ones.
 */
void lgs_odoo_write_positional(lgs_odoo_writer_t *writer, const char *name);
void lgs_odoo_write_named(lgs_odoo_writer_t *writer, lgs_str_t name);

/* False when memory was short; then *call is not usable. */
bool lgs_odoo_write_close(lgs_odoo_writer_t *writer, bool repeatable, lgs_odoo_call_t *call);

/* common.authenticate by /jsonrpc. False when memory is short. */
bool lgs_odoo_write_authenticate(const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call);

/* The server's version, by an address that 14 to 19 have and that needs no login. */
bool lgs_odoo_write_version(const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call);

#endif
