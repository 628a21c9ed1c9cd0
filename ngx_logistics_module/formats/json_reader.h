/*
 * What json_read.c and json_error.c share. Private to this room.
 *
 * Each refusal records one error with its offset (lgs_json_read turns it into line and column),
 * sets r->rc and returns NULL, so that a reading step can `return` it.
 */
#ifndef LGS_JSON_READER_H
#define LGS_JSON_READER_H

#include "build_inline.h"

typedef struct {
    lgs_build_t build;
    const char *start;
    const char *end;
    lgs_errs_t *errs;
    lgs_rc_t rc;
} lgs_json_reader_t;

/* No value begins at `at`, or a word there is not true, false or null. */
const char *lgs_json_refuse_value(lgs_json_reader_t *r, const char *at);

/* Neither a comma nor the closing bracket after a value. */
const char *lgs_json_refuse_between(lgs_json_reader_t *r, const char *at);

/* No member name in quotes; no colon after it. */
const char *lgs_json_refuse_name(lgs_json_reader_t *r, const char *at);
const char *lgs_json_refuse_colon(lgs_json_reader_t *r, const char *at);

/* The number from `start` stopped at `at`: too long, or in the wrong form. */
const char *lgs_json_refuse_number(lgs_json_reader_t *r, const char *start, const char *at);

/* The string whose text begins at `start`: end, control character or no UTF-8 at `at`. */
const char *lgs_json_refuse_string(lgs_json_reader_t *r, const char *start, const char *at);

/* The escape whose backslash is at `at`. */
const char *lgs_json_refuse_escape(lgs_json_reader_t *r, const char *at);

/* Something behind the document's value. */
lgs_rc_t lgs_json_refuse_trailing(lgs_json_reader_t *r, const char *at);

#endif
