/*
 * Patterns that are one row of bytes and classes from a text's beginning to its end, as
 * ^[A-Z]{2,4}$ or ^ev_[0-9a-f]{64}$. Part of regex.h: nearly all patterns of schemas and mappings
 * are such, and one walk over a text costs a tenth of a call of PCRE2's machine code.
 */
#ifndef LGS_ROW_H
#define LGS_ROW_H

#include "arena.h"

typedef struct lgs_row_s lgs_row_t;

/*
 * LGS_OK and *row; LGS_NOT_FOUND when the pattern is none that one walk decides: PCRE2's to match;
 * LGS_NOMEM.
 */
lgs_rc_t lgs_row_compile(lgs_arena_t *arena, lgs_str_t pattern,
                         const lgs_row_t **row) LGS_MUST_CHECK;

/* All of `text` (UTF-8) fits. */
bool lgs_row_match(const lgs_row_t *row, lgs_str_t text);

#endif
