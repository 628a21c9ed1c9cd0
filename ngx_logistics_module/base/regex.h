/*
 * Patterns by PCRE2 with JIT, UTF mode, and ceilings on match steps and depth: a hostile pattern or
 * text costs a bounded time and is reported, never a hung worker.
 */
#ifndef LGS_REGEX_H
#define LGS_REGEX_H

#include "err.h"

typedef struct lgs_regex_s lgs_regex_t;

typedef enum {
    LGS_REGEX_NATIVE, /* PCRE2 as it is: mapping files, code lists */
    LGS_REGEX_ECMA /* as ECMA-262 with /u: JSON Schema's pattern ($ only at the very end, \d ASCII)
                    */
} lgs_regex_dialect_t;

/* Compiles; freed with the arena. NULL with an error that holds PCRE2's text and the offset. */
lgs_regex_t *lgs_regex_compile(lgs_arena_t *arena, lgs_str_t pattern, lgs_regex_dialect_t dialect,
                               lgs_errs_t *errs);

typedef enum { LGS_REGEX_NO, LGS_REGEX_YES, LGS_REGEX_TOO_HARD } lgs_regex_result_t;

/*
 * Searches anywhere in `text` (UTF-8, already checked). Not safe for two threads at once on one
 * pattern: the match data is the pattern's own.
 */
lgs_regex_result_t lgs_regex_match(const lgs_regex_t *regex, lgs_str_t text);

/* After a YES on this pattern: group n or a named group; false when it took no part. */
bool lgs_regex_group(const lgs_regex_t *regex, lgs_str_t text, unsigned n, lgs_str_t *group);
bool lgs_regex_named(const lgs_regex_t *regex, lgs_str_t text, lgs_str_t name, lgs_str_t *group);

/* Number of a named group, or -1. */
int lgs_regex_group_number(const lgs_regex_t *regex, lgs_str_t name);
unsigned lgs_regex_group_count(const lgs_regex_t *regex);

#endif
