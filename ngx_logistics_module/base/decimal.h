/*
 * Exact decimals for money, weights and measures: an integer coefficient of up to 38 digits and a
 * scale. Never a double. JSON numbers, implied decimals of EDI (N2), decimal commas and signs of
 * legacy formats are read here; the canonical form writes them as plain strings ("95.88").
 */
#ifndef LGS_DECIMAL_H
#define LGS_DECIMAL_H

#include "arena.h"

#define LGS_DECIMAL_DIGITS 38
/* Scales and exponents beyond it are refused: "1e999999999" must not become a gigabyte of zeros. */
#define LGS_DECIMAL_MAX_SCALE 6144

typedef struct {
    unsigned __int128 digits; /* coefficient */
    int32_t scale;            /* digits behind the point; negative for 12e3 */
    bool negative;
} lgs_decimal_t;

typedef struct {
    char decimal_mark; /* '.' or ',' ; 0 means '.' */
    char thousands;    /* removed between digits when it separates groups of three; 0: none */
    int8_t implied; /* n of Nn: shift when the text holds no decimal mark; 0: none. No exponent */
    bool sign_trailing; /* "12-" is accepted (and "12+") */
    bool overpunch;     /* signed last digit "{ABCDEFGHI}JKLMNOPQR" */
} lgs_decimal_form_t;

/*
 * Reads a JSON number or a plain decimal text ("-12.50", "+3", ".5", "1e3"). False when it is none
 * or has more than LGS_DECIMAL_DIGITS significant digits. Zeros behind the point are kept in the
 * scale as far as the digits go. Zero has no sign.
 */
bool lgs_decimal_read(lgs_str_t text, lgs_decimal_t *value) LGS_MUST_CHECK;

/* The same in a legacy form. Blanks around it are not accepted: trim first. */
bool lgs_decimal_read_form(lgs_str_t text, const lgs_decimal_form_t *form,
                           lgs_decimal_t *value) LGS_MUST_CHECK;

/* Plain text without exponent ("0.05", "-120"), scale kept as it is. data NULL at the ceiling. */
lgs_str_t lgs_decimal_text(lgs_arena_t *arena, lgs_decimal_t value);

/* Drops zeros at the end of the fraction: 12.50 → 12.5, 3.00 → 3. */
lgs_decimal_t lgs_decimal_trim(lgs_decimal_t value);

/* -1, 0, 1; exact whatever the scales. */
int lgs_decimal_compare(lgs_decimal_t a, lgs_decimal_t b);

/*
 * a × b, a + b. False when the result has more than LGS_DECIMAL_DIGITS digits (after dropping zeros
 * at its end).
 */
bool lgs_decimal_mul(lgs_decimal_t a, lgs_decimal_t b, lgs_decimal_t *result) LGS_MUST_CHECK;
bool lgs_decimal_add(lgs_decimal_t a, lgs_decimal_t b, lgs_decimal_t *result) LGS_MUST_CHECK;

typedef enum { LGS_ROUND_HALF_UP, LGS_ROUND_HALF_EVEN, LGS_ROUND_DOWN, LGS_ROUND_UP } lgs_round_t;

/* a ÷ b rounded to `scale` digits behind the point; false when b is 0 or it does not fit. */
bool lgs_decimal_div(lgs_decimal_t a, lgs_decimal_t b, int32_t scale, lgs_round_t mode,
                     lgs_decimal_t *result) LGS_MUST_CHECK;

/* To `scale` digits behind the point (may be negative). False when it does not fit. */
bool lgs_decimal_round(lgs_decimal_t a, int32_t scale, lgs_round_t mode,
                       lgs_decimal_t *result) LGS_MUST_CHECK;

#endif
