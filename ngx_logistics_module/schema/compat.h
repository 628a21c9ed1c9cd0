/*
 * What a change of a schema does to documents: which of those that one schema takes the other could
 * refuse. Says too much rather than too little: where a rule cannot be decided (not, contains,
 * patterns that differ), it is told as something that could refuse.
 */
#ifndef LGS_SCHEMA_COMPAT_H
#define LGS_SCHEMA_COMPAT_H

#include "schema.h"

typedef struct {
    /* Documents have members that a schema names and no others: an open object is not told. */
    bool named_only;
} lgs_compat_options_t;

/*
 * Records in `errs` each rule of `to` that could refuse what `from` takes: its pointer in `to`, its
 * place there, a sentence. Both are names in their stores and have been compiled. LGS_OK: there is
 * none; LGS_INVALID: there are; LGS_NOMEM, LGS_LIMIT (the schemas are too large to compare).
 */
lgs_rc_t lgs_schema_compat(lgs_schema_store_t *from_store, lgs_str_t from,
                           lgs_schema_store_t *to_store, lgs_str_t to, lgs_compat_options_t options,
                           lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
