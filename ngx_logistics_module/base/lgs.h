/*
 * The words that every room shares: result codes, strings with a length, and the
 * ceilings. Nothing here allocates.
 *
 * Style of the core: "now" is an argument, memory comes from an arena that the caller
 * owns, errors go into an lgs_errs_t (err.h). No nginx, no socket, no clock.
 */
#ifndef LGS_H
#define LGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum {
    LGS_OK = 0,
    LGS_NOT_FOUND, /* no such thing; not an error by itself, no error is recorded */
    LGS_INVALID,   /* the input is wrong; at least one error is recorded */
    LGS_LIMIT,     /* a ceiling was reached; recorded like LGS_INVALID */
    LGS_IO,        /* a file could not be read or written; recorded */
    LGS_NOMEM,     /* the arena's ceiling or malloc; recorded if there is room */
    LGS_AGAIN,     /* more bytes are needed; no error */
    LGS_END        /* nothing comes any more; no error */
} lgs_rc_t;

/* A string with its length. `data` is not NUL-terminated and may be NULL when len is 0. */
typedef struct {
    const char *data;
    size_t len;
} lgs_str_t;

#define LGS_STR(literal) ((lgs_str_t){(literal), sizeof(literal) - 1})
#define LGS_STR_INIT(literal)                                                                      \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

/* For printf: "%.*s", LGS_FMT(s) */
#define LGS_FMT(s) (int)(s).len, (s).data ? (s).data : ""

#define LGS_N(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__GNUC__)
#define LGS_MUST_CHECK        __attribute__((warn_unused_result))
#define LGS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define LGS_APART             __attribute__((noinline)) /* its caller would pay for its frame */
#define LGS_LIKELY(x)         __builtin_expect(!!(x), 1)
#define LGS_UNLIKELY(x)       __builtin_expect(!!(x), 0)
#else
#define LGS_MUST_CHECK
#define LGS_PRINTF(fmt, args)
#define LGS_APART
#define LGS_LIKELY(x)   (x)
#define LGS_UNLIKELY(x) (x)
#endif

static inline lgs_str_t lgs_str(const char *data, size_t len)
{
    return (lgs_str_t){data, len};
}

/* A view of a NUL-terminated string; NULL gives the empty string. */
static inline lgs_str_t lgs_cstr(const char *text)
{
    return (lgs_str_t){text, text ? strlen(text) : 0};
}

static inline bool lgs_str_eq(lgs_str_t a, lgs_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool lgs_str_is(lgs_str_t a, const char *text)
{
    return lgs_str_eq(a, lgs_cstr(text));
}

static inline bool lgs_str_starts(lgs_str_t s, lgs_str_t prefix)
{
    return s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0;
}

/*
 * Ceilings. Defaults that a policy may lower or raise carry DEFAULT in their name; the
 * others are fixed. Each has a test at it and one past it.
 */
#define LGS_MAX_ERRORS          20          /* in one problem document; then `more` */
#define LGS_MAX_POLICY_ERRORS   200         /* in one load of a policy directory */
#define LGS_DEFAULT_MAX_BODY    (20u << 20) /* bytes */
#define LGS_DEFAULT_MAX_DEPTH   64          /* arrays and objects within each other */
#define LGS_MAX_DEPTH           512u        /* that a policy may allow; bounds recursion */
#define LGS_DEFAULT_MAX_NODES   1000000u    /* values in one document */
#define LGS_DEFAULT_MAX_RECORDS 5000u       /* canonical records from one request */
#define LGS_MAX_LINE            (20u << 20) /* bytes of one line of NDJSON */
#define LGS_MAX_ROW             (1u << 20)  /* bytes of one CSV row or fixed-width record */
#define LGS_MAX_CELL            65536u      /* bytes of one cell of it */
#define LGS_MAX_COLUMNS         4096u       /* cells of one of it */
#define LGS_MAX_NAMED_COLUMNS   64u         /* among which "did you mean" looks */
#define LGS_MAX_MEMBERS         100000u     /* members of one object */
#define LGS_MAX_TEXT            (16u << 20) /* bytes of one string or number */
#define LGS_MAX_NUMBER          1024u       /* bytes of one number as written */
#define LGS_MAX_TOKEN           8192u       /* bytes of one bearer token */
#define LGS_MAX_POLICY_FILE     (8u << 20)  /* bytes of one policy file */
#define LGS_MAX_DIR_ENTRIES     65536u      /* policy files in one folder */
#define LGS_MAX_KEYS            256u        /* keys in one JWKS */
#define LGS_MAX_TOKEN_DEPTH     16u         /* arrays and objects in a token's JSON */
#define LGS_MIN_RSA_BITS        2048        /* RFC 7518 section 3.3 */
#define LGS_MAX_RSA_BITS        8192        /* longer ones are slow, not stronger */
#define LGS_MAX_OCT             1024u       /* bytes of one HMAC key */
#define LGS_MAX_CORRELATION     64u         /* bytes of a correlation id */
#define LGS_MAX_PATTERN         4096u       /* bytes of one PCRE2 pattern */
#define LGS_REGEX_MATCH_LIMIT   100000u     /* PCRE2 match steps */
#define LGS_REGEX_DEPTH_LIMIT   1000u       /* PCRE2 backtracking depth */

#endif
