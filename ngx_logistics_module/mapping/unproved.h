/*
 * How it is found out what of the output's schema is left to check in a run; private to unproved.c,
 * proves.c and fit.c.
 */
#ifndef LGS_MAPPING_UNPROVED_H
#define LGS_MAPPING_UNPROVED_H

#include "outcomes.h"

typedef struct {
    lgs_compile_t *c;
    lgs_arena_t *scratch;
    lgs_buf_t buf;
    lgs_str_t dialect; /* $schema of the record's own file; empty: it has none */
} lgs_unproved_t;

/* A schema, and where it stands in its file. */
typedef struct {
    lgs_shape_t shape;
    lgs_str_t pointer;
    unsigned depth;
} lgs_place_t;

typedef struct lgs_keyword_row_s lgs_keyword_row_t;

/* A keyword, and the outcomes that it is to be proved of. */
typedef struct {
    lgs_unproved_t *w;
    const lgs_keyword_row_t *row;
    const lgs_node_t *value;
    const lgs_regex_t *regex;
} lgs_ask_t;

struct lgs_keyword_row_s {
    const char *name;
    /* Writes what is left of the keyword; NULL: it asks for nothing. */
    void (*write)(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                  const lgs_keyword_row_t *row, const lgs_outcomes_t *of);
    /* Whatever the outcome comes to holds; NULL: that is never known. */
    bool (*proves)(lgs_ask_t *ask, const lgs_outcome_t *outcome);
    /* Makes it part of what a run looks at; NULL: it cannot be. */
    bool (*take)(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                 lgs_fit_t *fit);
};

/* proves.c: of each keyword's value, whether an outcome holds it whatever it comes to. */
bool lgs_proves_type(lgs_ask_t *ask, const lgs_outcome_t *outcome);
bool lgs_proves_enum(lgs_ask_t *ask, const lgs_outcome_t *outcome);
bool lgs_proves_const(lgs_ask_t *ask, const lgs_outcome_t *outcome);
bool lgs_proves_pattern(lgs_ask_t *ask, const lgs_outcome_t *outcome);
bool lgs_proves_format(lgs_ask_t *ask, const lgs_outcome_t *outcome);
bool lgs_proves_min_length(lgs_ask_t *ask, const lgs_outcome_t *outcome);
bool lgs_proves_max_length(lgs_ask_t *ask, const lgs_outcome_t *outcome);
bool lgs_proves_min_properties(lgs_ask_t *ask, const lgs_outcome_t *outcome);

/* fit.c: all keywords are part of it: what of texts need not be looked at. */
void lgs_fit_finish(lgs_fit_t *fit);
/* Makes a keyword part of what a run looks at. False: that cannot say it. */
bool lgs_fit_type(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                  lgs_fit_t *fit);
bool lgs_fit_pattern(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                     lgs_fit_t *fit);
bool lgs_fit_format(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                    lgs_fit_t *fit);
bool lgs_fit_min_length(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                        lgs_fit_t *fit);
bool lgs_fit_max_length(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                        lgs_fit_t *fit);
bool lgs_fit_minimum(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                     lgs_fit_t *fit);
bool lgs_fit_maximum(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                     lgs_fit_t *fit);
bool lgs_fit_min_items(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                       lgs_fit_t *fit);
bool lgs_fit_max_items(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                       lgs_fit_t *fit);

#endif
