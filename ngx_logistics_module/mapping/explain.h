/*
 * Why a record is as it is, for logisticsctl explain-map and map --coverage: a door of the mapping
 * room of its own, since the gateway needs none of it.
 */
#ifndef LGS_MAPPING_EXPLAIN_H
#define LGS_MAPPING_EXPLAIN_H

#include "mapping.h"

/* A value that was put out. */
typedef struct {
    uint32_t record;
    lgs_str_t pointer; /* within the record */
    lgs_node_t value;
    lgs_str_t file; /* of the mapping, or of its template */
    lgs_pos_t rule; /* what made it, there */
    lgs_str_t rule_pointer;
    bool has_source; /* else a constant, or a fact of the request */
    lgs_pos_t source;
    lgs_str_t source_pointer;
} lgs_origin_t;

/* A value of the document that holds no others; nulls are none. */
typedef struct {
    lgs_str_t pointer; /* within what the document is about */
    uint32_t offset;
    bool is_read;
} lgs_leaf_t;

typedef struct {
    lgs_origin_t *origins;
    uint32_t n_origins;
    lgs_leaf_t *leaves;
    uint32_t n_leaves;
} lgs_explained_t;

/*
 * lgs_mapping_run with its reasons: everything lives in `arena`. What it returns is what the run
 * returned, and *out is good with LGS_INVALID, too; LGS_NOMEM: it is not.
 */
lgs_rc_t lgs_mapping_explain(const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                             const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                             lgs_records_t *records, lgs_errs_t *warnings, lgs_errs_t *errs,
                             lgs_explained_t *out) LGS_MUST_CHECK;

#endif
