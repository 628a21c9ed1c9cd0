/*
 * RFC 9457 problem documents: the only place of the core that knows HTTP statuses. A kind has its
 * status, type, title and what the partner can do; the rest comes from the request's errors.
 */
#ifndef LGS_PROBLEM_H
#define LGS_PROBLEM_H

#include "json.h"

typedef enum {
    LGS_PROBLEM_NONE,
    /* the partner's */
    LGS_PROBLEM_UNAUTHENTICATED,   /* 401 no or bad token */
    LGS_PROBLEM_FORBIDDEN,         /* 403 scope, partner, environment */
    LGS_PROBLEM_NO_ROUTE,          /* 404 */
    LGS_PROBLEM_NOT_FOUND,         /* 404 the thing asked for, route known */
    LGS_PROBLEM_METHOD,            /* 405 */
    LGS_PROBLEM_NOT_ACCEPTABLE,    /* 406 no form of the answer is one that is asked for */
    LGS_PROBLEM_CONFLICT,          /* 409 */
    LGS_PROBLEM_ORDER,             /* 409 a state machine refuses the event */
    LGS_PROBLEM_TOO_LARGE,         /* 413 */
    LGS_PROBLEM_MEDIA_TYPE,        /* 415 */
    LGS_PROBLEM_MALFORMED,         /* 400 does not parse */
    LGS_PROBLEM_INVALID,           /* 422 schema */
    LGS_PROBLEM_UNTRANSLATABLE,    /* 422 mapping */
    LGS_PROBLEM_BATCH,             /* 422 some documents of a batch */
    LGS_PROBLEM_INTERCHANGE,       /* 422 its envelope, sender or number */
    LGS_PROBLEM_REFUSED_BY_ODOO,   /* 422 UserError, ValidationError, bad rows */
    LGS_PROBLEM_UNKNOWN_REFERENCE, /* 422 no transfer, vehicle, … with that number */
    LGS_PROBLEM_KEY_REUSED,        /* 422 an idempotency key with another content */
    LGS_PROBLEM_RATE,              /* 429 */
    LGS_PROBLEM_BAD_REQUEST,       /* 400 the request itself: headers, query */
    /* ours */
    LGS_PROBLEM_OVERLOADED,       /* 503 in-flight limit or breaker */
    LGS_PROBLEM_ODOO_CONTRACT,    /* 502 unknown model, field, method: policy and Odoo disagree */
    LGS_PROBLEM_ODOO_CREDENTIALS, /* 502 our key or rights are refused */
    LGS_PROBLEM_ODOO_AWAY,        /* 503 refused, database down, HTML instead of JSON */
    LGS_PROBLEM_ODOO_BUSY,        /* 503 serialization, lock, deadlock: rolled back */
    LGS_PROBLEM_ODOO_UNCERTAIN,   /* 504 cut or timed out: may have happened; send again */
    LGS_PROBLEM_UPSTREAM_AWAY,    /* 502 a forward route's service cannot be reached */
    LGS_PROBLEM_UPSTREAM_TIMEOUT, /* 504 it did not answer in time */
    LGS_PROBLEM_INTERNAL,         /* 500 */
    LGS_N_PROBLEMS
} lgs_problem_kind_t;

typedef struct {
    int status;
    const char *type; /* "https://…" or "tag:" URI, documented in docs/problems.md */
    const char *slug; /* last part of it: "schema-invalid"; also the metric's and trace's word */
    const char *title;
    bool retryable; /* the same bytes may be sent again later */
} lgs_problem_info_t;

const lgs_problem_info_t *lgs_problem_info(lgs_problem_kind_t kind);

typedef struct {
    lgs_problem_kind_t kind;
    lgs_str_t detail; /* one sentence; empty: that of the first error, else the title */
    lgs_str_t correlation_id;
    lgs_str_t revision;     /* policy revision, short form */
    lgs_str_t partner;      /* empty when not known */
    const lgs_errs_t *errs; /* may be NULL */
    lgs_str_t extra;        /* ready-made JSON members ("\"records\":[…]") or empty */
} lgs_problem_t;

/* Writes the document: type, title, status, detail, instance (urn:…correlation id), correlation_id,
 * policy_revision, retryable, errors [{code, detail, pointer, line, column, segment, …}], more. */
void lgs_problem_write(lgs_buf_t *buf, const lgs_problem_t *problem);

/* One entry of `errors`. */
void lgs_problem_write_error(lgs_buf_t *buf, const lgs_err_t *err);

/* ,"warnings":[entries as in errors] and ,"more_warnings":n, for an answer that is no problem. */
void lgs_problem_write_warnings(lgs_buf_t *buf, const lgs_errs_t *warnings);

#endif
