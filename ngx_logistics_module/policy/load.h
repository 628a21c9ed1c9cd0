/*
 * The loader's own words, private to policy/: what is known while a directory is read, and how a
 * finding is written down. A finding never stops the load; only missing memory does: functions
 * return LGS_OK or LGS_NOMEM, and whether the directory is good is asked of `errs` at the end.
 */
#ifndef LGS_POLICY_LOAD_H
#define LGS_POLICY_LOAD_H

#include "../base/digest.h"
#include "policy.h"
#include "router.h"

typedef enum {
    LGS_KIND_GUIDE,
    LGS_KIND_GATEWAY,
    LGS_KIND_ISSUER,
    LGS_KIND_PARTNER,
    LGS_KIND_ROUTE,
    LGS_KIND_MAPPING,
    LGS_KIND_CODELIST,
    LGS_KIND_TEMPLATE,
    LGS_KIND_READ,
    LGS_KIND_MACHINE,
    LGS_N_KINDS
} lgs_kind_t;

struct lgs_policy_s {
    lgs_arena_t *arena; /* everything, this struct included */
    char revision[13];
    lgs_str_t environment;
    lgs_odoo_target_t odoo;
    bool has_odoo;
    const lgs_node_t *bounds; /* of Odoo's models; NULL: none said */
    lgs_tree_limits_t tree_limits;
    uint64_t body; /* default of routes */
    uint64_t largest_body;
    uint32_t records; /* default of routes */
    uint64_t trace_keep_s;
    lgs_queue_policy_t queue;
    lgs_map_t *issuers;    /* iss → lgs_issuer_t */
    lgs_map_t *partners;   /* name → lgs_partner_t, in order of index */
    lgs_map_t *identities; /* iss 0x00 client id → lgs_partner_t */
    lgs_map_t *reads;      /* name → lgs_query_t */
    lgs_map_t *routes;     /* name → lgs_route_t, in order of index */
    lgs_router_t *router;
    lgs_map_t *machines; /* name → lgs_machine_t */
    lgs_guides_t *guides;
};

typedef struct {
    lgs_doc_t doc;
    const lgs_schema_t *schema; /* NULL: had findings */
} lgs_schema_file_t;

typedef struct {
    lgs_str_t name; /* from the policy directory: "partners/acme.yaml" */
    char hex[LGS_SHA256_HEX];
} lgs_digest_t;

/* A mapping file: read and compiled once. */
typedef struct {
    const lgs_mapping_t *mapping; /* NULL: had findings */
    const lgs_schema_t *schema;   /* that its input asks for, or NULL */
    const lgs_guide_t *guide;     /* likewise */
    const lgs_schema_t *rest;     /* what the mapping does not prove of its output; NULL: all */
    lgs_str_t output;             /* "event", "odoo-operation", … */
} lgs_mapping_file_t;

typedef struct lgs_edi_door_s lgs_edi_door_t;
typedef struct lgs_fact_use_s lgs_fact_use_t;

typedef struct {
    lgs_policy_t *policy;
    lgs_arena_t *arena;    /* the policy's: lives on */
    lgs_arena_t *work;     /* lives as long as the load */
    lgs_arena_t *scratch;  /* lives as long as one file */
    lgs_str_t dir;         /* without a slash at its end */
    lgs_str_t only_issuer; /* a file in issuers/ when nothing else is to be loaded */
    const lgs_policy_options_t *options;
    lgs_errs_t *errs;
    lgs_schema_t *kinds[LGS_N_KINDS];
    lgs_schema_store_t *store;
    lgs_map_t *schemas;        /* "canonical/event.json" → lgs_schema_file_t */
    lgs_map_t *mappings;       /* name → lgs_mapping_file_t */
    lgs_map_t *codelists;      /* name → lgs_doc_t */
    lgs_map_t *templates;      /* of mappings: name → lgs_doc_t */
    lgs_map_t *used;           /* of both: file → lgs_doc_t, what a mapping uses */
    lgs_map_t *scopes;         /* every scope that a route asks for */
    lgs_map_t *timezones;      /* name → lgs_tz_t */
    lgs_edi_door_t *doors;     /* routes whose sets go to others, until those are known */
    lgs_fact_use_t *fact_uses; /* finds of mappings that try facts of partners */
    bool broken[LGS_N_KINDS];  /* a file of that kind cannot be read: what it names is not known */
    lgs_digest_t *digests;
    size_t n_digests, digests_size;
} lgs_load_t;

/* The same as lgs_policy_load with a ceiling for each of its arenas (0: none), for tests. */
lgs_policy_t *lgs_policy_load_within(const char *dir, const lgs_policy_options_t *options,
                                     size_t ceiling, lgs_errs_t *errs);

/* Reads a file below the directory into `arena` and notes its digest; text->data NULL: a finding.
 */
lgs_rc_t lgs_load_file(lgs_load_t *load, lgs_arena_t *arena, lgs_str_t name, lgs_str_t *path,
                       lgs_str_t *text);

/* ---- unused.c ---- */

/* A mapping, or what it includes, uses the file. False: there is none, or no memory. */
bool lgs_note_use(lgs_load_t *load, const lgs_doc_t *doc) LGS_MUST_CHECK;
/* Findings in files that none uses; when all mappings are taken. */
void lgs_check_unused(lgs_load_t *load);
/* For lgs_mapping_env_t: `data` is the lgs_load_t. */
const lgs_doc_t *lgs_find_template(void *data, lgs_str_t name);

/* ---- findings.c ---- */

/* A finding at a value of a file (node NULL: at its beginning). Texts above 1 KB are cut. */
void lgs_finding(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node, const char *code,
                 const char *format, ...) LGS_PRINTF(5, 6);

/* The same as something that may be meant. */
void lgs_note(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node, const char *code,
              const char *format, ...) LGS_PRINTF(5, 6);

/* A finding about a file or directory as a whole; `path` is copied. */
void lgs_finding_file(lgs_load_t *load, lgs_str_t path, const char *format, ...) LGS_PRINTF(3, 4);

/* "; did you mean \"x\"" over the keys of a map, or "". In scratch. */
const char *lgs_did_you_mean(lgs_load_t *load, lgs_str_t word, const lgs_map_t *known);

/* Findings of the file's JSON Schema, less those behind `last` that say it in better words. */
lgs_rc_t lgs_check_schema(lgs_load_t *load, lgs_kind_t kind, const lgs_doc_t *doc,
                          const lgs_err_t *last);

/*
 * Makes the errors behind `last` (NULL: all) outlive what they were found in: their texts are
 * copied, and `file` is named where no other is.
 */
void lgs_adopt_errors(lgs_load_t *load, const lgs_err_t *last, lgs_str_t file);

/* Puts the list into the order of files and lines. */
void lgs_sort_findings(lgs_errs_t *errs);

/* ---- secrets.c ---- */

/* Finds secrets that stand in a policy file themselves. */
void lgs_check_secrets(lgs_load_t *load, lgs_kind_t kind, const lgs_doc_t *doc);
bool lgs_looks_secret(lgs_str_t text);

/* Reads {file: …} or {env: …} into the policy's arena; not wanted: only the form is looked at. */
lgs_rc_t lgs_read_secret(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         bool is_wanted, lgs_str_t *value);

/* A path of a policy file, made absolute or relative to the working directory; NUL-terminated. */
lgs_str_t lgs_resolve_path(lgs_load_t *load, lgs_str_t path);

/* ---- values.c: a value that is not there leaves *out as it is ---- */

lgs_rc_t lgs_take_text(lgs_load_t *load, const lgs_node_t *node, lgs_str_t *out);
void lgs_take_duration(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                       uint64_t *out_ms);
void lgs_take_size(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node, uint64_t *out);
void lgs_take_count(const lgs_node_t *node, uint32_t *out);
/* One of n words → its index in the list; an unknown one is left to the schema. */
void lgs_take_word(const lgs_node_t *node, const char *const *words, size_t n, unsigned *out);
void lgs_take_limits(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                     lgs_limit_t *out);

/* ---- content.c: schemas, code lists, mappings ---- */

lgs_rc_t lgs_load_kinds(lgs_load_t *load);
lgs_rc_t lgs_load_schemas(lgs_load_t *load);
/* The schema of a name below schemas/, with or without ".json"; NULL when there is no such file. */
const lgs_schema_file_t *lgs_find_schema(lgs_load_t *load, lgs_str_t name);
lgs_rc_t lgs_take_mapping(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
/* "partners/acme/ups-status" → acme, ups-status; false for a list of all partners. */
bool lgs_split_partner_codes(lgs_str_t key, lgs_str_t *partner, lgs_str_t *list);
lgs_rc_t lgs_take_template(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
lgs_rc_t lgs_take_codelist(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
/* edi/<standard>/<name>.yaml, a guide or a dictionary; "x12/214-004010". */
lgs_rc_t lgs_take_guide(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
/*
 * The mapping that `node` names, which must make records of the kind `output` (empty: any); NULL
 * and a finding when there is none.
 */
const lgs_mapping_file_t *lgs_use_mapping(lgs_load_t *load, const lgs_doc_t *doc,
                                          const lgs_node_t *node, lgs_str_t output);
/*
 * The mapping that `node` names, which must write documents and read nothing but what fits the
 * schema file `input` ("canonical/event"; empty: JSON that no schema describes); NULL and a finding
 * when there is none.
 */
const lgs_mapping_file_t *lgs_use_writer(lgs_load_t *load, const lgs_doc_t *doc,
                                         const lgs_node_t *node, lgs_str_t input);
lgs_rc_t lgs_take_formats(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                          lgs_str_t record, lgs_format_rules_t *rules);

/* ---- bounds.c: what of Odoo is whose ---- */

lgs_rc_t lgs_take_bounds(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node);
/* What the mapping looks up, and findings where nobody said whose that is. */
lgs_rc_t lgs_take_models(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         lgs_route_t *route);
/* What the partner may touch, and findings where that is nothing. */
void lgs_take_reach(lgs_load_t *load, const lgs_doc_t *doc, lgs_partner_t *partner);
/* The scope in the partner's file that lets it use the route, or NULL. */
const lgs_node_t *lgs_grant_of(const lgs_doc_t *doc, const lgs_route_t *route,
                               const lgs_partner_t *partner);

/* ---- operations.c: what mappings to Odoo say without a document ---- */

lgs_rc_t lgs_take_operations(lgs_load_t *load, const lgs_mapping_t *mapping);
/* Findings where a partner's facts are more than a find of a mapping may try. */
void lgs_check_facts(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner);

/* take_route.c: the scope that `node` names, one copy for all; partners may be granted it. */
lgs_rc_t lgs_note_scope(lgs_load_t *load, const lgs_node_t *node, lgs_str_t *scope);

/* ---- take_edi.c ---- */

/* `edi` of a partner; *out stays as it is when there is none. */
lgs_rc_t lgs_take_edi_terms(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                            const lgs_edi_terms_t **out);
/* `edi` of a route; the document lives as long as the load. */
lgs_rc_t lgs_take_edi_door(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
/* What they name, when all routes are known. */
lgs_rc_t lgs_resolve_edi_doors(lgs_load_t *load);
/* Formats of such a route: EDI, and records as the routes of the sets take them. */
void lgs_check_edi_formats(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           const lgs_route_t *door, const lgs_format_rules_t *rules);

/* What they can only refuse, when all partners are known. */
void lgs_note_edi_doors(lgs_load_t *load);

/* ---- agreed.c: notes of what EDI would be refused each time ---- */

void lgs_note_edi_partner(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner);
/* `node` names the set in edi.sets of `door`. */
void lgs_note_edi_set(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                      const lgs_route_t *door, lgs_str_t set);

/* ---- one file of each kind; `name` is the file's without ".yaml" and lives with the policy ----
 */

lgs_rc_t lgs_take_gateway(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
/* take_queue.c: parts of gateway.yaml and of routes. */
lgs_rc_t lgs_take_queue(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node);
lgs_rc_t lgs_take_later(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *deliver,
                        lgs_route_t *route);
void lgs_take_once(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
/* take_order.c: a route's `order`. */
lgs_rc_t lgs_take_order(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
lgs_rc_t lgs_take_schedule(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           const lgs_schedule_t **out);
/* take_callback.c: `callback` of a partner; *out stays as it is when there is none. */
lgs_rc_t lgs_take_callback(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           const lgs_callback_terms_t **out);
lgs_rc_t lgs_take_issuer(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
lgs_rc_t lgs_take_machine(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
lgs_rc_t lgs_take_read(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
lgs_rc_t lgs_take_partner(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
lgs_rc_t lgs_take_route(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);

#endif
