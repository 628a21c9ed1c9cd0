/*
 * The compiled policies: read once at start or reload from a directory of small files, checked,
 * then immutable. Lookups are hashes and a radix tree; nothing here is changed by a request.
 */
#ifndef LGS_POLICY_H
#define LGS_POLICY_H

#include "../auth/jwt.h"
#include "../base/map.h"
#include "../edi/guide.h"
#include "../formats/build.h"
#include "../formats/edi_ack.h"
#include "../formats/edi_out.h"
#include "../mapping/mapping.h"
#include "../odoo/plan.h"
#include "../order/machine.h"
#include "../query/query.h"
#include "../queue/callback.h"
#include "../queue/order.h"
#include "../queue/schedule.h"
#include "../schema/schema.h"
#include "../trace/record.h"
#include "../traffic/address.h"
#include "../traffic/gcra.h"

typedef enum { LGS_ENFORCE, LGS_REPORT, LGS_STAGE_OFF } lgs_mode_t;
typedef enum { LGS_CRITICAL, LGS_STANDARD, LGS_BULK, LGS_N_CLASSES } lgs_class_t;
typedef enum {
    LGS_DELIVER_FORWARD,
    LGS_DELIVER_NOW,
    LGS_DELIVER_LATER,
    LGS_DELIVER_NONE
} lgs_deliver_t;
/* What the gateway itself serves on a route instead of delivering. */
typedef enum {
    LGS_SERVE_NOTHING,
    LGS_SERVE_TRACES,
    LGS_SERVE_ODOO,
    LGS_SERVE_MESSAGES,
    LGS_SERVE_QUEUE, /* these and the following: of all partners, for operators */
    LGS_SERVE_LETTERS,
    LGS_SERVE_CALLBACKS,
    LGS_SERVE_LETTER, /* from here on of one message */
    LGS_SERVE_REPLAY, /* from here on something is done to it */
    LGS_SERVE_DROP,
    LGS_SERVE_RESEND,
    LGS_N_SERVES
} lgs_serve_t;
/* Where the key of the once stage comes from. */
typedef enum {
    LGS_ONCE_NO,
    LGS_ONCE_OPTIONAL,
    LGS_ONCE_REQUIRED,
    LGS_ONCE_DERIVED
} lgs_once_mode_t;
typedef enum {
    LGS_GET,
    LGS_HEAD,
    LGS_POST,
    LGS_PUT,
    LGS_PATCH,
    LGS_DELETE,
    LGS_N_METHODS
} lgs_method_t;

typedef struct {
    lgs_rate_t rate;    /* of requests; interval 0: none */
    lgs_rate_t records; /* likewise, of the records that they become */
    uint32_t in_flight; /* requests at once; 0: no limit */
} lgs_limit_t;

typedef struct lgs_partner_s lgs_partner_t;
typedef struct lgs_route_s lgs_route_t;

/* How one content format of a route is read: the schema of the input, and the mapping. */
typedef struct lgs_format_rule_s lgs_format_rule_t;
struct lgs_format_rule_s {
    lgs_str_t format; /* "json", "xml", "csv", later "x12/214" */
    lgs_input_t input;
    lgs_str_t mapping_name;
    const lgs_mapping_t *mapping;  /* NULL: the document is canonical records already */
    const lgs_schema_t *schema;    /* of the input; NULL: none */
    const lgs_guide_t *guide;      /* of EDI, when the mapping names one */
    const lgs_schema_t *rest;      /* of the record's, what the mapping does not prove; NULL: all */
    bool has_no_guide;             /* the mapping wants none, not even by set and version */
    const lgs_format_rule_t *next; /* tried when this mapping is not for the document; NULL: none */
};

/* Who an interchange is from or for; qualifier empty: any. */
typedef struct {
    lgs_str_t qualifier, id;
} lgs_edi_party_t;

typedef struct {
    lgs_edi_party_t *items;
    size_t n; /* 0: anybody */
} lgs_edi_parties_t;

/* What is agreed with a partner about EDI. */
typedef struct {
    lgs_edi_parties_t theirs, ours;
    lgs_edi_profile_t profile; /* its checks come before a mapping's */
    bool is_999, each_message;
    bool advises; /* what Odoo refuses is told as 824 or APERAK, not as R */
    lgs_edi_ack_when_t ta1, contrl;
    uint64_t keep_s; /* an interchange is known again for so long */
} lgs_edi_terms_t;

extern const lgs_edi_terms_t lgs_edi_terms_default;

/* Where and how a partner is told what became of its messages (docs/callbacks.md). */
typedef struct {
    lgs_str_t url;
    bool is_plain;      /* http: to listed networks only */
    lgs_nets_t allowed; /* that are not everybody's */
    lgs_str_t events;   /* with blanks between them, as the message keeps them */
    lgs_callback_secret_t secrets[LGS_MAX_CALLBACK_SECRETS];
    size_t n_secrets; /* 0: they were not read */
    lgs_str_t ca;     /* file of certificates in place of the system's, or empty */
    uint64_t timeout_ms;
    const lgs_schedule_t *schedule;
} lgs_callback_terms_t;

struct lgs_partner_s {
    lgs_str_t name;
    uint32_t index;    /* 0 … n_partners - 1, stable within one load: slots in shared memory */
    lgs_str_t *scopes; /* grants */
    size_t n_scopes;
    const lgs_tz_t *timezone; /* or NULL */
    lgs_limit_t limit;
    const lgs_map_t *facts;   /* of it in Odoo: name → lgs_node_t; may be NULL */
    lgs_odoo_reach_t reach;   /* what it may touch there */
    const lgs_map_t *formats; /* route name → lgs_format_rules_t; may be NULL */
    const lgs_edi_terms_t *edi;
    const lgs_callback_terms_t *callback; /* NULL: it is not told */
};

typedef struct {
    lgs_format_rule_t *items;
    size_t n;
} lgs_format_rules_t;

typedef struct {
    lgs_str_t *items;
    size_t n;
} lgs_scopes_t;

/* How a route asks a state machine (docs/order.md). */
typedef struct {
    const lgs_machine_t *machine;
    const lgs_str_t *keys; /* kinds of numbers that its things are known by */
    uint32_t n_keys;
    uint64_t keep_ms; /* a thing is remembered so long after its last event */
} lgs_route_order_t;

struct lgs_route_s {
    lgs_str_t name, path;
    uint32_t index;
    lgs_scopes_t scopes[LGS_N_METHODS]; /* one of them is enough; none: method not allowed */
    lgs_class_t class;
    lgs_limit_t limit;
    lgs_mode_t stages[LGS_N_STAGES];
    lgs_serve_t serve;
    const lgs_query_t *query; /* serve odoo */
    lgs_deliver_t deliver;
    lgs_str_t upstream;      /* forward: nginx upstream name, or empty */
    const lgs_mapping_t *as; /* forward: canonical → what the upstream reads; NULL: as it is */
    const lgs_schema_t *as_schema;                    /* of what that makes; NULL: none */
    const lgs_mapping_t *advice[LGS_EDI_N_STANDARDS]; /* what was refused → 824, APERAK; or NULL */
    const lgs_mapping_t *odoo;                        /* now, later: canonical → operations */
    const lgs_str_t *models;                          /* that its finds look up, each once */
    uint32_t n_models;
    lgs_str_t record; /* name of the canonical schema: "event" */
    const lgs_schema_t *record_schema;
    const lgs_str_t *types; /* "shipment.*", "pod.captured": what it takes; none: all */
    size_t n_types;
    lgs_format_rules_t formats; /* the route's own; a partner's come first */
    uint64_t max_body;
    uint32_t max_records;
    lgs_map_t *sets; /* EDI: set → lgs_route_t whose way it goes; NULL: this route's own */
    lgs_once_mode_t once;
    uint64_t once_keep_ms;          /* how long an answer is given again */
    const lgs_route_order_t *order; /* NULL: no machine decides */
    const lgs_schedule_t *schedule; /* of what is delivered later */
    bool all_or_nothing;            /* a refused document of a batch keeps the others back */
};

typedef struct lgs_policy_s lgs_policy_t;

/* gateway.yaml's `queue` (docs/queue.md). */
typedef struct {
    uint64_t keep_ms;   /* what became of a message, once it is delivered */
    uint64_t dead_ms;   /* dead letters */
    uint32_t most_open; /* messages of one lane */
    uint32_t at_once;   /* deliveries of one relay */
    uint32_t batch;     /* records in one of them */
    const lgs_schedule_t *schedule;
} lgs_queue_policy_t;

typedef struct {
    bool read_secrets;   /* false: lint on a machine that has none; only their form is checked */
    bool read_callbacks; /* the secrets of callbacks: only who sends these needs them */
    lgs_errs_t *notes;   /* what is worth knowing of mappings and no fault; NULL: not wanted */
    bool read_keys;      /* false: JWKS files may be missing (lint of a fresh checkout) */
} lgs_policy_options_t;

/*
 * Loads and checks a directory. NULL with every finding in errs (file, line, column, reason; cap
 * LGS_MAX_POLICY_ERRORS). Secrets are read from files and the environment here and nowhere else.
 */
lgs_policy_t *lgs_policy_load(const char *dir, const lgs_policy_options_t *options,
                              lgs_errs_t *errs);
void lgs_policy_free(lgs_policy_t *policy);

/*
 * Only dir/issuers/<file> (NAME.yaml) and its keys, for a file that no whole directory is around:
 * the result knows that issuer and nothing else. NULL with findings.
 */
lgs_policy_t *lgs_policy_load_issuer(const char *dir, lgs_str_t file,
                                     const lgs_policy_options_t *options, lgs_errs_t *errs);

/*
 * The policy revision: first 12 hex digits of the SHA-256 over all files' names and bytes, as
 * `find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum` says in a directory that holds
 * nothing but the files that are loaded (cases/ is not).
 */
lgs_str_t lgs_policy_revision(const lgs_policy_t *policy);
lgs_str_t lgs_policy_environment(const lgs_policy_t *policy);
/* NULL when gateway.yaml has no `odoo`: then no route delivers there. */
const lgs_odoo_target_t *lgs_policy_odoo(const lgs_policy_t *policy);
/* What of a model is a partner's (gateway.yaml's odoo.bounds); NULL: not said. */
const lgs_node_t *lgs_policy_bounds(const lgs_policy_t *policy);
const lgs_tree_limits_t *lgs_policy_tree_limits(const lgs_policy_t *policy);
uint64_t lgs_policy_max_body(const lgs_policy_t *policy); /* largest of all routes */
/* TTL of traces in seconds. */
uint64_t lgs_policy_trace_keep_s(const lgs_policy_t *policy);
const lgs_queue_policy_t *lgs_policy_queue(const lgs_policy_t *policy);

uint32_t lgs_policy_n_partners(const lgs_policy_t *policy);
uint32_t lgs_policy_n_routes(const lgs_policy_t *policy);
const lgs_partner_t *lgs_policy_partner_at(const lgs_policy_t *policy, uint32_t index);
const lgs_route_t *lgs_policy_route_at(const lgs_policy_t *policy, uint32_t index);
const lgs_partner_t *lgs_policy_partner_by_name(const lgs_policy_t *policy, lgs_str_t name);
const lgs_route_t *lgs_policy_route_by_name(const lgs_policy_t *policy, lgs_str_t name);

/* lgs_issuer_find_t over this policy; data is the policy. */
const lgs_issuer_t *lgs_policy_find_issuer(void *policy, lgs_str_t iss);

/* Partner by (issuer, client id); NULL when nobody has that identity. */
const lgs_partner_t *lgs_policy_partner(const lgs_policy_t *policy, lgs_str_t issuer,
                                        lgs_str_t client_id);

#define LGS_MAX_PATH_PARAMS 4u
typedef struct {
    lgs_str_t names[LGS_MAX_PATH_PARAMS];
    lgs_str_t values[LGS_MAX_PATH_PARAMS]; /* as in the path, not decoded further */
    uint32_t n;
} lgs_path_params_t;

/* Route of a normalized path ("/v1/traces/{id}" patterns); NULL when none. */
const lgs_route_t *lgs_policy_route(const lgs_policy_t *policy, lgs_str_t path,
                                    lgs_path_params_t *params);

/* Whether the route takes records of this type. */
bool lgs_policy_takes_type(const lgs_route_t *route, lgs_str_t type);

/* What the records of the route are, for their order keys. */
lgs_order_kind_t lgs_policy_order_kind(const lgs_route_t *route);

/* The rule for a partner, route and format word; NULL: not agreed with the partner. */
const lgs_format_rule_t *lgs_policy_format(const lgs_partner_t *partner, const lgs_route_t *route,
                                           lgs_str_t format);

/*
 * The same for a set of EDI that came in by `door` and goes the way of `route`: what is agreed with
 * the partner comes before what is so for all, the route's own before the door's; of each the word
 * of the standard before "edi".
 */
const lgs_format_rule_t *lgs_policy_set_format(const lgs_partner_t *partner,
                                               const lgs_route_t *door, const lgs_route_t *route,
                                               lgs_str_t standard);

/* Whether the interchange names one of them; none is as good as all. */
bool lgs_policy_is_party(const lgs_edi_parties_t *parties, lgs_str_t qualifier, lgs_str_t id);

/* The same of an id that has no qualifier: GS02, GS03. */
bool lgs_policy_is_named(const lgs_edi_parties_t *parties, lgs_str_t id);

/*
 * Who we write to and as whom: the first of the partner's ids and of ours, ZZ where X12 wants a
 * qualifier and none is agreed. False: who is who is not agreed. Number and time are the caller's.
 */
bool lgs_policy_edi_letter(const lgs_policy_t *policy, const lgs_partner_t *partner,
                           lgs_edi_t standard, lgs_edi_letter_t *letter) LGS_MUST_CHECK;

/*
 * The first of a rule and those behind it whose mapping is for this document: LGS_OK and *chosen;
 * LGS_NOT_FOUND and an error that lists what they are for, LGS_NOMEM.
 */
lgs_rc_t lgs_policy_choose(const lgs_format_rule_t *rule, const lgs_doc_t *doc,
                           const lgs_partner_t *partner, lgs_arena_t *arena,
                           const lgs_format_rule_t **chosen, lgs_errs_t *errs) LGS_MUST_CHECK;

/* The guides of edi/; never NULL. */
const lgs_guides_t *lgs_policy_guides(const lgs_policy_t *policy);

/* The guide for a document of the rule: the named one, or that of its set and version; or NULL. */
const lgs_guide_t *lgs_policy_guide(const lgs_policy_t *policy, const lgs_format_rule_t *rule,
                                    const lgs_doc_t *doc);

/* What the partner and then the rule's mapping say to what is found in EDI. */
lgs_edi_profile_t lgs_policy_edi_profile(const lgs_partner_t *partner,
                                         const lgs_format_rule_t *rule);

/* The machine of that name, or NULL. */
const lgs_machine_t *lgs_policy_machine(const lgs_policy_t *policy, lgs_str_t name);
/* The read of that name, or NULL. */
const lgs_query_t *lgs_policy_query(const lgs_policy_t *policy, lgs_str_t name);
/* Which of a read's scopes (a bit each) the partner's grants and the token's scopes both have. */
uint32_t lgs_policy_query_scopes(const lgs_query_t *query, const lgs_partner_t *partner,
                                 lgs_str_t token_scopes);

/* Grants of the partner ∩ scopes of the token contain the scope? */
bool lgs_partner_may(const lgs_partner_t *partner, lgs_str_t token_scopes, lgs_str_t scope);

#endif
