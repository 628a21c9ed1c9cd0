/*
 * The trace of one request: what each stage decided and when, kept as one JSON object in Redis and
 * found again by correlation id and by business key. Values of secrets and bodies are never in it.
 */
#ifndef LGS_TRACE_RECORD_H
#define LGS_TRACE_RECORD_H

#include "../base/buf.h"

/* The stages of a message's way, in order (docs/architecture.md). */
typedef enum {
    LGS_STAGE_CORRELATE,
    LGS_STAGE_AUTHENTICATE,
    LGS_STAGE_AUTHORIZE,
    LGS_STAGE_LIMIT,
    LGS_STAGE_READ,
    LGS_STAGE_PARSE,
    LGS_STAGE_VALIDATE,
    LGS_STAGE_TRANSLATE,
    LGS_STAGE_ONCE,
    LGS_STAGE_ORDER,
    LGS_STAGE_DELIVER,
    LGS_STAGE_ANSWER,
    LGS_STAGE_TRACE,
    LGS_N_STAGES
} lgs_stage_t;

const char *lgs_stage_name(lgs_stage_t stage);
/* False when it is no stage's name. */
bool lgs_stage_by_name(lgs_str_t name, lgs_stage_t *stage);

typedef enum {
    LGS_VERDICT_NONE, /* not reached */
    LGS_VERDICT_PASS,
    LGS_VERDICT_REFUSE,
    LGS_VERDICT_REPORT, /* would have refused; the stage is in report mode */
    LGS_VERDICT_OFF,
    LGS_N_VERDICTS
} lgs_verdict_t;

const char *lgs_verdict_name(lgs_verdict_t verdict);

typedef struct {
    lgs_str_t type; /* "tracking", "order", "vin", … */
    lgs_str_t value;
} lgs_business_key_t;

#define LGS_MAX_BUSINESS_KEYS 32u /* of one request in its trace; the rest is counted */
#define LGS_MAX_BUSINESS_VALUE                                                                     \
    128u /* bytes of one in a record (cut) and in a key (else its hash) */

typedef struct {
    lgs_str_t correlation_id;
    lgs_str_t traceparent;
    lgs_str_t partner, route, method, revision, client_ip;
    lgs_str_t problem;   /* slug, or empty */
    lgs_str_t detail;    /* what the partner was told, redacted */
    int64_t received_ms; /* since 1970 */
    uint32_t status, request_bytes, response_bytes, records, refused, warnings, odoo_calls;
    uint32_t total_us, odoo_us;
    uint8_t verdicts[LGS_N_STAGES]; /* lgs_verdict_t */
    uint32_t stage_us[LGS_N_STAGES];
    lgs_business_key_t keys[LGS_MAX_BUSINESS_KEYS];
    uint32_t n_keys, n_more_keys;
    lgs_str_t acknowledgement; /* of interchanges, as it was sent; or empty */
    lgs_str_t order;           /* ready-made JSON array of what a state machine decided, or empty */
    lgs_str_t outcomes;        /* ready-made JSON array of per-record outcomes, or empty */
} lgs_trace_t;

/* Writes the JSON object; needs up to 1 kB more room below the buffer's ceiling than it fills. */
void lgs_trace_write(lgs_buf_t *buf, const lgs_trace_t *trace);

/*
 * Puts records, as lgs_trace_write made them, in the order of their times. Redis has them in the
 * order in which they came, and a worker hands in late what another was told of meanwhile.
 */
void lgs_trace_sort(lgs_str_t *records, size_t n);

/*
 * Redis keys, hash-tagged by the partner's lane (docs/queue.md). The partner "-" stands for
 * requests whose partner is not known.
 *   trace:  lgs:{L07}:t:<partner>:<correlation id>     a list of JSON objects, as they came
 *   key:    lgs:{L07}:k:<partner>:<type>:<value>       a sorted set of correlation ids by time
 * A value of more than LGS_MAX_BUSINESS_VALUE bytes stands there as sha256:<hex>.
 */
#define LGS_N_LANES 64u
uint32_t lgs_lane(lgs_str_t partner);
void lgs_trace_key(lgs_buf_t *buf, lgs_str_t partner, lgs_str_t correlation_id);
void lgs_business_key(lgs_buf_t *buf, lgs_str_t partner, lgs_business_key_t key);

/* `^[A-Za-z0-9._-]{1,64}$` */
bool lgs_is_correlation_id(lgs_str_t text);

/* UUIDv7 (RFC 9562) from a time and 10 random bytes into out[36]. */
void lgs_uuid7(int64_t now_ms, const uint8_t random[10], char out[36]);

/*
 * W3C trace context (level 1): continues `parent` (its value; empty or malformed: starts a new
 * trace) with a new span id. Random bytes: 16 for a trace id, 8 for the span's; out[55].
 */
void lgs_traceparent(lgs_str_t parent, const uint8_t random[24], char out[55]);

#endif
