/*
 * What lies in the shared memory zone. Private to ngx_http_logistics_{zone,tokens,counters}.c.
 *
 * It survives a reload: partners and routes keep their slot by name, so that nobody gets a fresh
 * burst because the security team changed a policy.
 */
#ifndef NGX_HTTP_LOGISTICS_SHARED_H
#define NGX_HTTP_LOGISTICS_SHARED_H

#include "ngx_http_logistics_zone.h"

#define MAX_COLUMNS          1024u /* workers at once, old ones of a reload included */
#define MAX_COUNTED_PARTNERS 256u  /* with counters of their own; the rest share one */
#define NO_ROUTE_ROW         0u    /* of a column's routes */
#define N_BUCKETS            19u   /* of a time histogram; one more for what is longer */

/* Beside the problems: what a forward route's upstream answered. */
enum { OUTCOME_UPSTREAM_4XX = LGS_N_PROBLEMS, OUTCOME_UPSTREAM_5XX, N_OUTCOMES };

/* Behind them: what a machine decided, and what moved although something is missing before it. */
enum { ROUTE_ORDERS = N_OUTCOMES, ROUTE_INCOMPLETE = ROUTE_ORDERS + LGS_N_ORDERS, N_ROUTE_COUNTS };

enum { PARTNER_OK, PARTNER_REFUSED, PARTNER_FAILED, N_PARTNER_OUTCOMES };

/* One partner or route. */
typedef struct {
    uint64_t name;                                /* first 8 bytes of the name's SHA-256 */
    ngx_atomic_t tat[NGX_HTTP_LOGISTICS_N_UNITS]; /* GCRA, ns */
    ngx_atomic_t in_flight;                       /* over all workers */
} slot_t;

typedef struct {
    uint32_t capacity;
    uint32_t n;
    slot_t *slots;
} subject_t;

typedef struct {
    ngx_atomic_t buckets[N_BUCKETS + 1];
    ngx_atomic_t sum_us;
} histogram_t;

/* What one worker counts; only it writes here. */
typedef struct {
    ngx_atomic_t pid; /* 0: free */
    uint32_t capacity[NGX_HTTP_LOGISTICS_N_SUBJECTS];
    uint32_t *held[NGX_HTTP_LOGISTICS_N_SUBJECTS]; /* its share of each slot's in_flight */
    ngx_atomic_t counters[NGX_HTTP_LOGISTICS_N_COUNTERS];
    ngx_atomic_t verdicts[LGS_N_STAGES][LGS_N_VERDICTS];
    histogram_t times[NGX_HTTP_LOGISTICS_N_TIMES];
    ngx_atomic_t (*routes)[N_ROUTE_COUNTS]; /* row 0: no route; then by slot */
    ngx_atomic_t partners[MAX_COUNTED_PARTNERS + 1][N_PARTNER_OUTCOMES];
} column_t;

#define TOKEN_WAYS   8u
#define TOKEN_ENTRY  512u
#define TOKEN_SCOPES (TOKEN_ENTRY - 80u)

typedef struct {
    ngx_atomic_t sequence; /* odd while it is written */
    uint8_t key[LGS_SHA256_LEN];
    uint64_t generation;
    int64_t expires;
    int64_t used;
    uint32_t partner;
    uint32_t scopes_len;
    char scopes[TOKEN_SCOPES];
} token_t;

typedef struct {
    uint64_t generation; /* loads so far */
    subject_t subjects[NGX_HTTP_LOGISTICS_N_SUBJECTS];
    column_t *columns[MAX_COLUMNS];
    uint32_t n_token_sets; /* a power of two */
    token_t *tokens;
} shared_t;

/* One process' view; in the configuration's pool. */
struct ngx_http_logistics_zone_s {
    shared_t *shared;
    ngx_slab_pool_t *slab;
    uint32_t *slot_of[NGX_HTTP_LOGISTICS_N_SUBJECTS]; /* index in the policy → slot */
    column_t *column;                                 /* this worker's; NULL in the master */
};

static inline column_t *ngx_http_logistics_column(const ngx_http_logistics_main_conf_t *lmcf)
{
    return lmcf->zone ? lmcf->zone->column : NULL;
}

#endif
