/*
 * The mapping language: one partner document → canonical records, and canonical records → Odoo
 * operations (odoo/operation.h), in the same language. Compiled at load into an op tree; total and
 * bounded: no recursion, no loop but for_each over what was parsed.
 */
#ifndef LGS_MAPPING_H
#define LGS_MAPPING_H

#include "../base/datetime.h"
#include "../formats/input.h"
#include "../formats/output.h"

typedef struct lgs_mapping_s lgs_mapping_t;
typedef struct lgs_watch_s lgs_watch_t;

/* What a mapping may refer to at load. */
typedef struct {
    /* The code list file of that name, parsed and living as long as the mapping; NULL if none. */
    const lgs_doc_t *(*codelist)(void *data, lgs_str_t name);
    /* "; did you mean …" for a code list that is not there, or ""; NULL: nobody knows. */
    const char *(*codelist_hint)(void *data, lgs_str_t name);
    /*
     * The i-th partner that has codes of its own for a list, and those: looked into before the list
     * itself. NULL behind the last.
     */
    const lgs_doc_t *(*partner_codes)(void *data, lgs_str_t list, size_t i, lgs_str_t *partner);
    /*
     * The schema file of that name ("canonical/event.json"), living as long as the mapping; NULL if
     * none. The one of what a mapping makes says which fields it may put out, and which words
     * `type` may be; without it nothing is proved.
     */
    const lgs_doc_t *(*schema)(void *data, lgs_str_t name);
    /* The file mappings/templates/<name>.yaml, living as long as the mapping; NULL if none. */
    const lgs_doc_t *(*template)(void *data, lgs_str_t name);
    void *data;
    /* What is worth knowing and no fault: codes nobody answers, fields that may be missing; NULL:
     * nobody wants to know. */
    lgs_errs_t *notes;
} lgs_mapping_env_t;

/* The code of the notes that most mappings have: what a document may be without. */
#define LGS_MAPPING_MAY_MISS "mapping-may-miss"

/*
 * Compiles a mapping file (already read as a tree, which lives as long as the mapping). NULL with
 * all findings: unknown operation or key (nearest word), bad path, unknown code list, unknown type
 * or field, cost over the bound; each with file, line and column.
 */
lgs_mapping_t *lgs_mapping_compile(lgs_arena_t *arena, const lgs_doc_t *doc,
                                   const lgs_mapping_env_t *env, lgs_errs_t *errs);

/*
 * What no mapping uses is checked by itself, as far as that goes: a file of codes (its patterns), a
 * template whose parameters may be anything. False with findings.
 */
bool lgs_mapping_check_codes(lgs_arena_t *arena, const lgs_doc_t *doc, const lgs_mapping_env_t *env,
                             lgs_errs_t *errs) LGS_MUST_CHECK;
bool lgs_mapping_check_template(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_str_t name,
                                const lgs_mapping_env_t *env, lgs_errs_t *errs) LGS_MUST_CHECK;

lgs_str_t lgs_mapping_name(const lgs_mapping_t *mapping);
/* The input format's word in the file ("json"), and the schema that it asks for ("" if none). */
lgs_str_t lgs_mapping_format(const lgs_mapping_t *mapping);
lgs_str_t lgs_mapping_schema(const lgs_mapping_t *mapping);
/* Of EDI the guide that it asks for: a name, "none", or "" (that of set and version). */
lgs_str_t lgs_mapping_guide(const lgs_mapping_t *mapping);
/* What the documents are and how they are read: for lgs_reader_open. */
const lgs_input_t *lgs_mapping_input(const lgs_mapping_t *mapping);
/*
 * The schema file of what a mapping emits: "event" → "canonical/event.json", what read routes show,
 * "view.shipment" → "views/shipment.json". data NULL at the ceiling.
 */
lgs_str_t lgs_mapping_output_file(lgs_arena_t *arena, lgs_str_t output) LGS_MUST_CHECK;

/*
 * What it emits: the name of a canonical schema, "event" unless the file's `output` says other.
 * Empty: documents in a format of a partner.
 */
lgs_str_t lgs_mapping_output(const lgs_mapping_t *mapping);
/* The format of those documents, for lgs_writer_open; NULL: canonical records. */
const lgs_output_t *lgs_mapping_writes(const lgs_mapping_t *mapping);
/* The schema file that each record must fit ("canonical/event.json"); empty: none. */
lgs_str_t lgs_mapping_output_schema(const lgs_mapping_t *mapping);

/*
 * A schema of what is left to check of the records of a run that are not doubtful, as the mapping
 * proves the rest of the output's schema: what fits it fits that one, too. It refers to files by
 * their names, as `schema` of lgs_mapping_env_t was asked for them, and wants a name without a
 * folder in the store. NULL: nothing is proved.
 */
const lgs_doc_t *lgs_mapping_unproved(const lgs_mapping_t *mapping);

/* Facts about the request that a mapping may use ({partner: …}, received_at, ids). */
typedef struct {
    lgs_str_t partner;
    const lgs_tz_t *timezone; /* the partner's; NULL: none */
    lgs_str_t received_at;    /* RFC 3339 */
    lgs_str_t format;         /* "json", … */
    lgs_str_t decision;       /* of a state machine about the record: "noted"; or empty */
    uint32_t max_records;     /* 0: the default */
    lgs_watch_t *watch;       /* who looks on at the run (explain.h); NULL: nobody */
} lgs_mapping_facts_t;

/*
 * Is the mapping for this document, by its input's root, version and match? LGS_OK, LGS_NOT_FOUND
 * or LGS_NOMEM.
 */
lgs_rc_t lgs_mapping_applies(const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                             const lgs_mapping_facts_t *facts, lgs_arena_t *arena) LGS_MUST_CHECK;
/* It is for such documents, by its input's root and set, though perhaps of another version. */
bool lgs_mapping_is_of_kind(const lgs_mapping_t *mapping, const lgs_doc_t *doc);
/* It is for every document of its format. */
bool lgs_mapping_takes_all(const lgs_mapping_t *mapping);
/* Its input names that set (of EDI) as one that it is for. */
bool lgs_mapping_names_set(const lgs_mapping_t *mapping, lgs_str_t set);
/* Its input is for some sets alone. */
bool lgs_mapping_has_sets(const lgs_mapping_t *mapping);
/* What it is for, in words for people ("" when it takes all); data NULL at the ceiling. */
lgs_str_t lgs_mapping_wants(const lgs_mapping_t *mapping, lgs_arena_t *arena);
/* Both read a source into the same documents: one may be tried after the other. */
bool lgs_mapping_reads_alike(const lgs_mapping_t *a, const lgs_mapping_t *b);

/* One output record; `node` carries, field by field, the source offset of the value it came from.
 */
typedef struct {
    lgs_node_t node;
    lgs_pos_t pos; /* its for_each item in the source: only the offset, see lgs_doc_locate() */
} lgs_record_t;

typedef struct {
    lgs_record_t *items; /* in the arena given to lgs_mapping_run */
    uint32_t n;
    uint32_t n_warnings; /* unknown codes and the like: kept, counted, told in the trace */
    bool is_doubtful;    /* a value may not fit the output's schema: that must be asked */
    lgs_str_t ignored;   /* why nothing need be made of it (the mapping's first `ignore` that was
                            come to); empty: there was none */
} lgs_records_t;

/*
 * Runs the mapping over doc. Results live in `arena`; texts may point into doc. LGS_OK, or
 * LGS_INVALID with positions ("mapping-date", "mapping-number", "mapping-lookup", …), LGS_LIMIT
 * ("max-records"), LGS_NOMEM. Warnings go to `warnings` (may be NULL).
 */
lgs_rc_t lgs_mapping_run(const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                         const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                         lgs_records_t *records, lgs_errs_t *warnings,
                         lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
