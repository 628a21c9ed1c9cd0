/*
 * CSV (RFC 4180 and its relatives) as a profile: what a mapping's `input` says of it, compiled once
 * and read-only afterwards. A document is a row: an object by column. An empty cell is null, one in
 * quotes ("") an empty text.
 */
#ifndef LGS_CSV_H
#define LGS_CSV_H

#include "charset.h"
#include "group.h"
#include "input.h"

/* What to do with a row that has fewer or more cells than there are columns. */
typedef enum { LGS_ROW_REFUSE, LGS_ROW_ALLOW } lgs_ragged_t;

typedef struct lgs_csv_s {
    char delimiter; /* "," */
    char quote;     /* '"'; 0: none */
    char escape;    /* what makes a quote part of the text: the quote itself, or '\' */
    bool has_header;
    bool trim; /* blanks around cells, also around quotes */
    lgs_charset_t charset;
    uint32_t skip_rows;       /* lines before the header */
    lgs_str_t comment;        /* lines that begin with it are no rows; empty: none */
    const lgs_str_t *columns; /* names by position, empty ones are numbers; NULL: the header's */
    uint32_t n_columns;
    const lgs_str_t *required; /* columns that must be there */
    uint32_t n_required;
    lgs_ragged_t missing, extra;
    const lgs_group_t *group;   /* rows of several types, by a column; NULL: all are alike */
    unsigned char classes[256]; /* by lgs_csv_prepare */
} lgs_csv_t;

/* Comma, '"', a header, UTF-8, ragged rows refused; what a NULL for the profile means. */
extern const lgs_csv_t lgs_csv_default;

/* Computes what reading needs; after the last change of the profile. */
void lgs_csv_prepare(lgs_csv_t *csv);

#endif
