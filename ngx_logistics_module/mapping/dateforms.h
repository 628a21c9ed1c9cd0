/*
 * How a date is written, for the operation `date`: private to the mapping room (dateforms.c).
 */
#ifndef LGS_MAPPING_DATEFORMS_H
#define LGS_MAPPING_DATEFORMS_H

#include "internal.h"

#define LGS_DATEFORMS_MAX 32u

typedef struct {
    lgs_dateformat_t *format;
    lgs_str_t qualifier; /* that names it; empty in a list of pictures */
    uint32_t word;       /* the same in one word, as a segment's tag: it has three bytes at most */
    bool is_range;       /* always two dates */
} lgs_dateform_t;

typedef struct {
    lgs_dateform_t items[LGS_DATEFORMS_MAX];
    uint32_t n;
    bool lacks_year;             /* one of them has none */
    lgs_str_t names;             /* for errors */
    const lgs_expr_t *qualifier; /* NULL: all are tried in order */
    const char *standard;        /* of the qualifiers */
} lgs_dateforms_t;

/* Which date of a range is wanted: of a single date, the end is none. */
typedef enum { LGS_DATE_WHOLE, LGS_DATE_START, LGS_DATE_END } lgs_datepart_t;
typedef enum { LGS_DATE_READ, LGS_DATE_NONE, LGS_DATE_WRONG } lgs_dateread_t;

/* Reads the argument `formats` of `node`; false after a finding. */
bool lgs_dateforms_compile(lgs_compile_t *c, const lgs_node_t *node, lgs_dateforms_t *forms);

/*
 * The one form that the document's qualifier names, in *chosen (n is 0 after a fault, told at the
 * qualifier or, without one, at `at`). False: the run stops.
 */
bool lgs_dateforms_choose(lgs_run_t *run, const lgs_expr_t *expr, const lgs_dateforms_t *forms,
                          const lgs_node_t *at, lgs_dateforms_t *chosen);

/* `near` may be NULL; without `part` the start of a range is taken. */
lgs_dateread_t lgs_dateforms_read(const lgs_dateforms_t *forms, lgs_str_t text, lgs_datepart_t part,
                                  const lgs_datetime_t *near, lgs_datetime_t *value);

#endif
