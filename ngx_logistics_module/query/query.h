/*
 * Read routes (serve: odoo): what a request may ask of Odoo and what it gets to see, said by a
 * policy file (reads/<name>.yaml, compiled by policy/). Parameters → domains → one search after the
 * other → a document of rows → the mapping → field rules → the bytes of the answer. No sockets:
 * a planner like odoo/plan.h's.
 *
 * What a partner sends is only ever a value of a domain, never a field, an operator or a pattern.
 * What no scope of the request names is neither shown nor, where the policy says which field it
 * comes from, asked.
 */
#ifndef LGS_QUERY_H
#define LGS_QUERY_H

#include "../base/map.h"
#include "../base/regex.h"
#include "../formats/edi_out.h"
#include "../mapping/mapping.h"
#include "../odoo/plan.h"
#include "../schema/schema.h"

#define LGS_QUERY_MAX_PARAMS  16u
#define LGS_QUERY_MAX_SOURCES 8u
#define LGS_QUERY_MAX_TERMS   32u   /* conditions of one source */
#define LGS_QUERY_MAX_FIELDS  64u   /* of one source */
#define LGS_QUERY_MAX_SCOPES  32u   /* that one read knows */
#define LGS_QUERY_MAX_VALUES  100u  /* of one parameter */
#define LGS_QUERY_MAX_BYTES   1024u /* of one value of a parameter */
#define LGS_QUERY_MAX_STRING  8192u /* of the query string */
#define LGS_QUERY_MAX_ROWS    1000u /* of one source */
#define LGS_QUERY_MAX_SHOWN   16u   /* members within each other that field rules may name */
#define LGS_QUERY_ETAG        34u   /* quotes and 128 bits in hex */
#define LGS_QUERY_MAX_FORMS   6u    /* of one answer beside JSON */

/* ---- the compiled policy: read-only ---- */

typedef enum {
    LGS_PARAM_TEXT,
    LGS_PARAM_INTEGER,
    LGS_PARAM_DATE, /* 2026-11-21 */
    LGS_PARAM_TIME, /* RFC 3339; Odoo gets it in UTC */
    LGS_PARAM_BOOLEAN
} lgs_param_type_t;

typedef struct {
    lgs_str_t name;
    lgs_param_type_t type;
    bool in_path;
    bool is_required;
    uint32_t max_bytes;
    uint32_t max_values;        /* 1: no list */
    const lgs_regex_t *pattern; /* or NULL */
} lgs_query_param_t;

typedef enum {
    LGS_TERM_IS,
    LGS_TERM_IS_NOT,
    LGS_TERM_STARTS, /* only with a value of the policy: nobody else writes patterns */
    LGS_TERM_ENDS,   /* the same for the end */
    LGS_TERM_FROM,   /* this or later, more */
    LGS_TERM_BEFORE
} lgs_term_kind_t;

typedef enum {
    LGS_TERM_FIXED,   /* value: a scalar or an array of them */
    LGS_TERM_PARAM,   /* index: which parameter */
    LGS_TERM_PARTNER, /* name: which of the partner's facts */
    LGS_TERM_ROWS     /* index: an earlier source, name: its field */
} lgs_term_from_t;

typedef struct {
    lgs_str_t field;
    lgs_term_kind_t kind;
    lgs_term_from_t from;
    uint32_t index;
    lgs_str_t name;
    lgs_node_t value;
    bool is_optional; /* the field may be missing in Odoo: then nothing matches */
} lgs_query_term_t;

/* All of these … */
typedef struct {
    lgs_query_term_t *terms;
    uint32_t n;
} lgs_query_all_t;

/* … for one of these. */
typedef struct {
    lgs_query_all_t *ways;
    uint32_t n;
} lgs_query_any_t;

typedef struct {
    lgs_str_t name;
    uint32_t scopes;  /* who it is asked for; 0: everybody */
    bool is_optional; /* Odoo may not have it: a module brings it */
    bool is_boolean;  /* false is a value, not "nothing" */
    bool is_hidden;   /* stands in conditions only */
} lgs_query_field_t;

/* Puts the row of an earlier source beside: `member` is that row whose id is in `by`. */
typedef struct {
    lgs_str_t member;
    uint32_t source;
    lgs_str_t by;
} lgs_query_join_t;

typedef struct {
    lgs_str_t name, model;
    uint32_t scopes; /* who it is asked for; 0: everybody */
    lgs_query_any_t *where;
    uint32_t n_where;
    lgs_query_field_t *fields;
    uint32_t n_fields;
    lgs_query_join_t *joins;
    uint32_t n_joins;
    lgs_str_t order; /* field; rows that agree in it go by id */
    bool is_descending;
    uint32_t limit;
} lgs_query_source_t;

/* Which members of the view a scope sees; the tree of the pointers in `show`. */
typedef struct lgs_show_s lgs_show_t;
typedef struct {
    uint32_t scope;    /* one bit */
    lgs_str_t member;  /* of an item of the list … */
    lgs_node_t values; /* … must be one of these (an array) */
} lgs_show_only_t;

struct lgs_show_s {
    lgs_str_t name;
    uint32_t whole; /* scopes that see it with all that is in it */
    uint32_t part;  /* scopes that see something in it */
    lgs_show_t *children;
    uint32_t n;
    lgs_show_only_t *only;
    uint32_t n_only;
};

/* How an answer can be said beside JSON. */
typedef struct {
    const char *media_type;
    const lgs_mapping_t *mapping; /* from the answer as JSON has it; NULL: a line for each item */
    const lgs_schema_t *schema;   /* of what that writes, or NULL */
} lgs_query_form_t;

typedef struct {
    lgs_str_t name;
    bool is_list; /* {"items": […], "next": …}, else one object */
    lgs_query_param_t *params;
    uint32_t n_params;
    lgs_query_source_t *sources;
    uint32_t n_sources;
    uint32_t paged; /* list: the source that is read page by page */
    uint32_t page, max_page;
    const lgs_mapping_t *mapping;
    const lgs_schema_t *view;
    lgs_str_t *scopes; /* of `show`; bit i of every mask is scopes[i] */
    uint32_t n_scopes;
    lgs_show_t show;
    lgs_str_t *facts; /* names of the partner's facts that it is bound by */
    uint32_t n_facts;
    lgs_query_form_t forms[LGS_QUERY_MAX_FORMS]; /* form 0 is JSON, form i forms[i - 1] */
    uint32_t n_forms;
} lgs_query_t;

/* ---- one request ---- */

typedef struct {
    lgs_str_t *values; /* NULL: not given */
    uint32_t n;
} lgs_query_value_t;

typedef struct {
    lgs_query_value_t values[LGS_QUERY_MAX_PARAMS]; /* as query->params */
    uint32_t limit;                                 /* rows of a page */
    lgs_str_t cursor;                               /* as sent; empty: from the beginning */
} lgs_query_args_t;

/*
 * Reads path parameters (n names and values, decoded) and the query string (as sent, without '?').
 * LGS_INVALID with codes "parameter-unknown", "parameter-twice", "parameter-missing",
 * "parameter-value", "query"; LGS_NOMEM. Results live in `arena`.
 */
lgs_rc_t lgs_query_read_args(const lgs_query_t *query, lgs_arena_t *arena, const lgs_str_t *names,
                             const lgs_str_t *values, uint32_t n, lgs_str_t string,
                             lgs_query_args_t *args, lgs_errs_t *errs) LGS_MUST_CHECK;

/* What a request stands on beside its parameters. All borrowed. */
typedef struct {
    lgs_str_t partner;
    const lgs_tz_t *timezone;
    const lgs_map_t *facts; /* the partner's: name → lgs_node_t, a scalar or an array; or NULL */
    uint32_t scopes;        /* of query->scopes, which the request has */
    lgs_str_t id;           /* correlation id */
    uint32_t form;          /* that the answer is said in */
    const lgs_edi_letter_t *letter; /* its envelope when that is EDI; may change until finish */
} lgs_query_caller_t;

typedef struct lgs_query_plan_s lgs_query_plan_t;

/*
 * NULL with an error: "cursor" (LGS_PROBLEM_BAD_REQUEST) when the cursor is none of ours, or is of
 * another request; or no memory. The key that cursors are signed with is the target's.
 */
lgs_query_plan_t *lgs_query_plan_create(lgs_arena_t *arena, const lgs_query_t *query,
                                        const lgs_query_args_t *args,
                                        const lgs_query_caller_t *caller,
                                        const lgs_odoo_target_t *target,
                                        lgs_odoo_facts_t *odoo_facts, lgs_errs_t *errs);

/* The next request to Odoo, or DONE; after CALL, lgs_query_plan_answer before the next. */
lgs_odoo_step_t lgs_query_plan_next(lgs_query_plan_t *plan, lgs_odoo_call_t *call);
void lgs_query_plan_answer(lgs_query_plan_t *plan, const lgs_odoo_answer_t *answer);
uint32_t lgs_query_plan_calls(const lgs_query_plan_t *plan);
/* The source that the call in flight is about, for tests with canned rows. */
lgs_str_t lgs_query_plan_source(const lgs_query_plan_t *plan);

typedef struct {
    lgs_problem_kind_t problem; /* NONE: body, etag and link are set */
    lgs_str_t message;          /* why not, fit for the partner */
    lgs_str_t body;             /* in the caller's form */
    const char *media_type;     /* … which is this */
    lgs_str_t etag;             /* with its quotes */
    lgs_str_t link;             /* value of Link, or empty */
} lgs_query_answer_t;

/*
 * After DONE, and again for an interchange whose number is known then. Never fails: what the
 * mapping or the view's schema refuses is LGS_PROBLEM_INTERNAL, with the reason in errs for the
 * log; what a form's mapping says that it cannot say is LGS_PROBLEM_NOT_ACCEPTABLE.
 */
void lgs_query_plan_finish(lgs_query_plan_t *plan, lgs_query_answer_t *answer, lgs_errs_t *errs);

/*
 * Which of n media types (a NULL is none) an Accept header asks for, as below. False: none will do.
 */
bool lgs_accept_choose(lgs_str_t accept, const char *const *types, uint32_t n,
                       uint32_t *chosen) LGS_MUST_CHECK;

/*
 * The form that an Accept header (several joined by commas; empty: none was sent) asks for: the one
 * of most weight, then that named most exactly, then the first; EDI only for who `may_edi`. False
 * when none will do.
 */
bool lgs_query_choose(const lgs_query_t *query, lgs_str_t accept, bool may_edi,
                      uint32_t *form) LGS_MUST_CHECK;
const char *lgs_query_media_type(const lgs_query_t *query, uint32_t form);
/* What the envelope of a form says that is EDI; NULL: it is none. */
const lgs_edi_output_t *lgs_query_edi(const lgs_query_t *query, uint32_t form);

/* If-None-Match (RFC 9110 section 13.1.2): a list of tags, weak ones too, or *. */
bool lgs_etag_matches(lgs_str_t header, lgs_str_t etag);

#endif
