/*
 * Unit tests in TAP, for prove. A test file:
 *
 *   #include "../unit.h"
 *   TEST(name_of_what_holds) { CHECK(1 + 1 == 2); CHECK_STR(text, "expected"); }
 *   int main(void) { RUN(name_of_what_holds); return DONE(); }
 */
#ifndef LGS_UNIT_H
#define LGS_UNIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../ngx_logistics_module/base/err.h"

static int unit_n, unit_failed, unit_bad;

#define TEST(name) static void name(void)

#define RUN(name)                                                                                  \
    (unit_bad = 0, name(), unit_n++, unit_failed += unit_bad,                                      \
     printf("%sok %d - %s\n", unit_bad ? "not " : "", unit_n, #name), fflush(stdout))

#define DONE() (printf("1..%d\n", unit_n), unit_failed ? 1 : 0)

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            unit_bad = 1;                                                                          \
            printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #cond);                          \
        }                                                                                          \
    } while (0)

#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        long long unit_got = (long long)(got), unit_want = (long long)(want);                      \
        if (unit_got != unit_want) {                                                               \
            unit_bad = 1;                                                                          \
            printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, unit_got,          \
                   unit_want);                                                                     \
        }                                                                                          \
    } while (0)

/* got: lgs_str_t, want: C string */
#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        lgs_str_t unit_got = (got);                                                                \
        if (!lgs_str_is(unit_got, want)) {                                                         \
            unit_bad = 1;                                                                          \
            printf("# %s:%d: %s is \"%.*s\", not \"%s\"\n", __FILE__, __LINE__, #got,              \
                   LGS_FMT(unit_got), want);                                                       \
        }                                                                                          \
    } while (0)

/* Prints an error list as TAP comments: for a failing test's reader. */
static inline void unit_show(const lgs_errs_t *errs)
{
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        printf("# %s %.*s:%u:%u %.*s: %.*s\n", err->code, LGS_FMT(err->file), err->pos.line,
               err->pos.column, LGS_FMT(err->pointer), LGS_FMT(err->text));
    }
}

#endif
