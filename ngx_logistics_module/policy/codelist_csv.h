/* Code lists as tables. */
#ifndef LGS_POLICY_CODELIST_CSV_H
#define LGS_POLICY_CODELIST_CSV_H

#include "../formats/tree.h"

/*
 * Reads codelists/<name>.csv; `source`, `file` and `name` must outlive the tree, which lives in
 * `arena`. LGS_INVALID with findings: no column called code, a code that stands twice, bad CSV.
 */
lgs_rc_t lgs_codelist_csv(lgs_arena_t *arena, lgs_str_t source, lgs_str_t file, lgs_str_t name,
                          lgs_doc_t *doc, lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
