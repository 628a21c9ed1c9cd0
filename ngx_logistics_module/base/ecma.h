/* Patterns of ECMA-262 in the words of PCRE2. Private to base/. */
#ifndef LGS_ECMA_H
#define LGS_ECMA_H

#include "buf.h"

typedef struct {
    const char *why; /* NULL: it could be translated */
    size_t at;       /* byte of the pattern */
} lgs_ecma_error_t;

/*
 * Appends to `out` what PCRE2 must be given (UTF mode, $ only at the very end) to match as
 * ECMA-262 has it with the flag u. What only PCRE2 has is refused; a letter behind a backslash that
 * means nothing as well. Milder than ECMA-262: other signs may be escaped without need, and { ] }
 * may stand for themselves, since many schemas in use have such patterns.
 */
lgs_ecma_error_t lgs_ecma_translate(lgs_str_t pattern, lgs_buf_t *out);

#endif
