/* The inside of the query room: what its files tell each other. */
#ifndef LGS_QUERY_INTERNAL_H
#define LGS_QUERY_INTERNAL_H

#include "../base/buf.h"
#include "../odoo/reader.h"
#include "query.h"

/* Where a page ended: the row's value of the order's field, and its id. */
typedef struct {
    bool is_set;
    lgs_type_t type; /* of key: LGS_NULL, LGS_STRING or LGS_NUMBER */
    lgs_str_t key;
    int64_t id;
} lgs_query_place_t;

struct lgs_query_plan_s {
    lgs_arena_t *arena;
    const lgs_query_t *query;
    const lgs_query_args_t *args;
    lgs_query_caller_t caller;
    const lgs_odoo_target_t *target;
    lgs_odoo_facts_t *facts;
    lgs_odoo_reader_t *reader;
    uint32_t source;    /* at which we are */
    bool asked;         /* its search is in flight */
    bool asking_fields; /* which of its optional fields there are, is */
    bool asked_fields;  /* … or was, once */
    bool is_done;
    lgs_problem_kind_t problem;
    lgs_str_t message;
    lgs_query_place_t place; /* of the cursor */
    lgs_query_place_t next;
    struct {
        lgs_node_t rows; /* an array */
        bool more;       /* there were more than the limit */
    } found[LGS_QUERY_MAX_SOURCES];
};

/* ---- plan.c ---- */

/* A member's name that needs no escape. */
lgs_node_t lgs_query_name(lgs_str_t name);

/* ---- domain.c ---- */

typedef enum { LGS_DOMAIN_OK, LGS_DOMAIN_EMPTY, LGS_DOMAIN_NOMEM } lgs_domain_t;

/* The domain of the source at hand as JSON; EMPTY: nothing can match, so nothing is asked. */
lgs_domain_t lgs_query_write_domain(const lgs_query_plan_t *plan, lgs_buf_t *buf);
/* Is the field in this Odoo, as far as that was asked? */
bool lgs_query_has_field(const lgs_query_plan_t *plan, lgs_str_t field);

/* ---- cursor.c ---- */

/* data NULL: no memory, or OpenSSL failed. */
lgs_str_t lgs_query_write_cursor(const lgs_query_plan_t *plan, const lgs_query_place_t *place);
/* False for what was not made for this partner, read and parameters. */
bool lgs_query_read_cursor(const lgs_query_plan_t *plan, lgs_query_place_t *place);

/* ---- show.c ---- */

/* What the scopes of `mask` see of a value; false when that is nothing (and nothing is written). */
bool lgs_query_show(lgs_buf_t *buf, const lgs_show_t *show, uint32_t mask, const lgs_node_t *node);

/* ---- form.c ---- */

/* Appends the answer, as JSON has it, in that form; false with an error for the log. */
bool lgs_query_say(lgs_query_plan_t *plan, const lgs_query_form_t *form, lgs_str_t json,
                   lgs_buf_t *out, lgs_errs_t *errs);

/* ---- params.c ---- */

/* Appends %XX for all that is not unreserved (RFC 3986 section 2.3). */
void lgs_query_escape(lgs_buf_t *buf, lgs_str_t text);

#endif
