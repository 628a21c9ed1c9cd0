/*
 * What went wrong, where, and what to do about it: one list for the reader's first error, for
 * all errors of a validation and for all findings of a policy load.
 *
 * An error text names the thing and the value; it never holds a secret or a whole body.
 */
#ifndef LGS_ERR_H
#define LGS_ERR_H

#include "arena.h"

/* A place in a source text. Lines, columns and segments count from 1; 0 means not known. */
typedef struct {
    uint32_t offset;  /* bytes from the start of the source */
    uint32_t line;    /* for CSV and fixed width the row */
    uint32_t column;  /* in bytes for payloads, in characters for YAML policies */
    uint32_t segment; /* EDI: position of the segment in its transaction set, ST or UNH = 1 */
    uint32_t element;
    uint32_t component;
} lgs_pos_t;

typedef struct lgs_err_s lgs_err_t;
struct lgs_err_s {
    const char *code; /* a stable word from a literal: "json-syntax", "required", "max-depth" */
    lgs_str_t file;   /* a policy file as it was named; empty for a payload */
    lgs_pos_t pos;
    lgs_str_t pointer; /* JSON pointer into the document; empty for its root */
    lgs_str_t schema;  /* JSON pointer into the schema or mapping that said so; may be empty */
    lgs_str_t text;    /* one sentence without a full stop at its end */
    int record;        /* index of the canonical record that it is about, or -1 */
    lgs_err_t *next;
};

typedef struct {
    lgs_arena_t *arena; /* texts live here */
    lgs_err_t *first;
    lgs_err_t *last;
    uint32_t n;         /* entries in the list */
    uint32_t cap;       /* at most so many are kept */
    uint32_t more;      /* how many came after the cap */
    lgs_err_t nomem;    /* the one error that needs no memory of its own */
    lgs_err_t overflow; /* what a caller may write to past the cap; never listed */
} lgs_errs_t;

/* An empty list that keeps at most `cap` errors; texts will live in `arena`. */
void lgs_errs_init(lgs_errs_t *errs, lgs_arena_t *arena, uint32_t cap);

/*
 * Adds an error and returns it, for the caller to set file, pointer, schema, record. `code` is
 * a literal. Past the cap it only counts and returns a scratch entry, never NULL. `errs` may be
 * NULL: nothing is recorded, NULL is returned.
 */
lgs_err_t *lgs_errs_add(lgs_errs_t *errs, const char *code, lgs_pos_t pos, const char *format, ...)
    LGS_PRINTF(4, 5);

/* What was recorded since the mark is forgotten: for an attempt that is made again. */
typedef struct {
    lgs_err_t *last;
    uint32_t n, more;
} lgs_errs_mark_t;
lgs_errs_mark_t lgs_errs_mark(const lgs_errs_t *errs); /* errs may be NULL */
void lgs_errs_rollback(lgs_errs_t *errs, const lgs_errs_mark_t *mark);

/* Records "out of memory" (once) and returns LGS_NOMEM, so that callers can `return` it. */
lgs_rc_t lgs_errs_nomem(lgs_errs_t *errs);

/*
 * The error as one line without its end: "file:line:column: pointer: text", what is not known left
 * out. `file` is for errors that name none. logisticsctl and nginx -t print the same lines.
 */
lgs_str_t lgs_err_line(lgs_arena_t *arena, const lgs_err_t *err, lgs_str_t file);

/*
 * The word of `words` (n of them) that is nearest to `word`, for "did you mean": at most a third
 * of its letters differ. The empty string when none is near.
 */
lgs_str_t lgs_nearest(lgs_str_t word, const lgs_str_t *words, size_t n);

#endif
