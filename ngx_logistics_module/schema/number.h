/*
 * JSON numbers of any size as they were written, compared exactly: 1e400, 30-digit integers and
 * 19.99 are all just digits and an exponent. Nothing is allocated; digits stay in the source.
 */
#ifndef LGS_SCHEMA_NUMBER_H
#define LGS_SCHEMA_NUMBER_H

#include "../base/lgs.h"

typedef struct {
    const char *first; /* first digit that is not 0; NULL: the number is 0 */
    uint32_t n;        /* digits from there to the last that is not 0 (a '.' may stand between) */
    bool negative;
    int64_t exponent; /* value = digits × 10^exponent */
} lgs_number_t;

/* Reads a JSON number; `text` was checked by its reader. */
lgs_number_t lgs_number_read(lgs_str_t text);

/* -1, 0, 1 */
int lgs_number_compare(const lgs_number_t *a, const lgs_number_t *b);

/* True for 5, 5.0, 50e-1. */
bool lgs_number_is_integer(lgs_str_t text);

/* Digits as an integer; false when they are more than 18. */
bool lgs_number_digits(const lgs_number_t *number, uint64_t *digits);

/* What multipleOf divides by. */
typedef struct {
    lgs_number_t number; /* not 0 */
    uint64_t digits;     /* of the number; 0: they are too many for an integer */
} lgs_divisor_t;

lgs_divisor_t lgs_divisor_read(lgs_str_t text);

/* Is `number` = k × divisor for an integer k? */
bool lgs_number_is_multiple(const lgs_number_t *number, const lgs_divisor_t *divisor);

/* Equal numbers have equal hashes, however they are written. */
uint32_t lgs_number_hash(const lgs_number_t *number);

#endif
