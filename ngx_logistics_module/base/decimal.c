/*
 * Exact decimals (decimal.h). The coefficient never exceeds 38 digits, so that twice of it still
 * fits in 128 bits; products and dividends, which may have 76 digits, pass through 256 bits.
 */
#include "decimal.h"

#define MAX_DIGITS LGS_DECIMAL_DIGITS
#define MAX_SCALE  LGS_DECIMAL_MAX_SCALE
#define SHORT_TEXT 18u /* bytes whose digits fit in 64 bits whatever they are */
#define MAX_EXPONENT_TEXT                                                                          \
    99999 /* where reading an exponent stops counting: far beyond MAX_SCALE                        \
           */

typedef unsigned __int128 u128_t;

typedef struct {
    u128_t high, low;
} u256_t;

/* What reading has seen so far. Zeros wait until a digit follows: "1000…" keeps few digits. */
typedef struct {
    u128_t digits;
    unsigned n_digits;  /* of the coefficient, zeros in front not counted */
    unsigned n_zeros;   /* waiting */
    int32_t n_fraction; /* digits behind the mark, waiting zeros included */
    unsigned n_seen;    /* digits of any kind */
    unsigned group;     /* digits since the last thousands separator */
    bool has_mark, has_group, negative;
} reading_t;

static const lgs_decimal_form_t plain_form = {.decimal_mark = '.'};

static bool read_short(lgs_str_t text, lgs_decimal_t *value);
static bool read_digits(reading_t *r, const char **p, const char *end,
                        const lgs_decimal_form_t *form);
static bool read_digit(reading_t *r, unsigned digit);
static bool read_sign(reading_t *r, const char **p, const char **end,
                      const lgs_decimal_form_t *form);
static bool read_overpunch(reading_t *r, const char **end, char *last);
static bool read_exponent(const char **p, const char *end, int32_t *exponent);
static bool finish(reading_t *r, int32_t exponent, lgs_decimal_t *value);
static lgs_str_t long_text(lgs_arena_t *arena, lgs_decimal_t value);
static u128_t power_of_ten(unsigned n);
static unsigned count_digits(u128_t number);
static void drop_zeros(lgs_decimal_t *value, int32_t scale);
static unsigned take_digit(u128_t *number);
static bool store(u128_t digits, int64_t scale, bool negative, lgs_decimal_t *result);
static int compare_size(lgs_decimal_t a, lgs_decimal_t b);
static bool align(lgs_decimal_t *coarse, lgs_decimal_t *fine);
static u256_t multiply(u128_t a, u128_t b);
static u128_t divide_small(u256_t *number, uint64_t divisor);
static bool multiply_ten(u256_t *number);
static u256_t divide(u256_t number, u128_t divisor, u128_t *rest);
static bool rounds_up(u128_t quotient, u128_t rest, u128_t divisor, lgs_round_t mode);

/* ---- reading -------------------------------------------------------------------------------- */

bool lgs_decimal_read(lgs_str_t text, lgs_decimal_t *value)
{
    return read_short(text, value) || lgs_decimal_read_form(text, &plain_form, value);
}

/* Most are a few digits, with a point among them or none: they fit in one word. */
static bool read_short(lgs_str_t text, lgs_decimal_t *value)
{
    size_t point = text.len;
    uint64_t digits = 0;

    if (text.len == 0 || text.len > SHORT_TEXT) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';

        if (digit < 10) {
            digits = digits * 10 + digit;
        } else if (text.data[i] == '.' && point == text.len && text.len > 1) {
            point = i;
        } else {
            return false;
        }
    }
    *value = (lgs_decimal_t){.digits = digits};
    value->scale = point < text.len ? (int32_t)(text.len - point - 1) : 0;
    return true;
}

/* sign? digits-with-groups (mark digits)? (e exponent)? sign?   with at least one digit */
bool lgs_decimal_read_form(lgs_str_t text, const lgs_decimal_form_t *form, lgs_decimal_t *value)
{
    const char *p = text.data, *end;
    reading_t r = {0};
    int32_t exponent = 0;
    char last = 0;

    if (text.len == 0 || text.len > LGS_MAX_NUMBER) {
        return false;
    }
    end = p + text.len;
    if (!read_sign(&r, &p, &end, form)) {
        return false;
    }
    if (form->overpunch && !read_overpunch(&r, &end, &last)) {
        return false;
    }
    if (!read_digits(&r, &p, end, form) || (last && !read_digit(&r, (unsigned)(last - '0')))) {
        return false;
    }
    if (r.has_group && !r.has_mark && r.group != 3) {
        return false;
    }
    if (p < end && (form->overpunch || form->implied || !read_exponent(&p, end, &exponent))) {
        return false;
    }
    if (p < end || r.n_seen == 0) {
        return false;
    }
    if (form->implied && !r.has_mark) {
        exponent = -form->implied;
    }
    return finish(&r, exponent, value);
}

static bool read_sign(reading_t *r, const char **p, const char **end,
                      const lgs_decimal_form_t *form)
{
    bool in_front = **p == '-' || **p == '+';
    char last = (*end)[-1];

    if (in_front) {
        r->negative = **p == '-';
        (*p)++;
    }
    if (form->sign_trailing && *p < *end && (last == '-' || last == '+')) {
        r->negative = last == '-';
        (*end)--;
        return !in_front;
    }
    return true;
}

/* The last byte is digit and sign in one: a hole in row 12 (+) or 11 (-) of a punched card. */
static bool read_overpunch(reading_t *r, const char **end, char *last)
{
    static const char positive[] = "{ABCDEFGHI", negative[] = "}JKLMNOPQR";
    char byte = (*end)[-1];
    const char *plus = memchr(positive, byte, 10), *minus = memchr(negative, byte, 10);

    if (byte >= '0' && byte <= '9') {
        return true;
    }
    if ((plus == NULL && minus == NULL) || r->negative) {
        return false; /* no sign at all, or signed twice */
    }
    r->negative = minus != NULL;
    *last = (char)('0' + (plus ? plus - positive : minus - negative));
    (*end)--;
    return true;
}

/* Up to the first byte that is no part of it. False for misplaced separators, too many digits. */
static bool read_digits(reading_t *r, const char **p, const char *end,
                        const lgs_decimal_form_t *form)
{
    char mark = form->decimal_mark ? form->decimal_mark : '.';

    for (; *p < end; (*p)++) {
        char byte = **p;

        if (byte >= '0' && byte <= '9') {
            if (!read_digit(r, (unsigned)(byte - '0'))) {
                return false;
            }
        } else if (byte == mark && !r->has_mark) {
            if (r->has_group && r->group != 3) {
                return false;
            }
            r->has_mark = true;
        } else if (form->thousands && byte == form->thousands && !r->has_mark) {
            if (r->has_group ? r->group != 3 : r->group < 1 || r->group > 3) {
                return false;
            }
            r->has_group = true;
            r->group = 0;
        } else {
            break;
        }
    }
    return true;
}

static bool read_digit(reading_t *r, unsigned digit)
{
    r->n_seen++;
    r->group++;
    r->n_fraction += r->has_mark;
    if (digit == 0) {
        r->n_zeros++;
        return true;
    }
    if (r->digits == 0) {
        r->n_zeros = 0; /* zeros in front count for nothing */
    }
    r->n_digits += r->n_zeros + 1;
    if (r->n_digits > MAX_DIGITS) {
        return false;
    }
    r->digits = r->digits * power_of_ten(r->n_zeros + 1) + digit;
    r->n_zeros = 0;
    return true;
}

static bool read_exponent(const char **p, const char *end, int32_t *exponent)
{
    const char *at = *p;
    bool negative = false;
    int32_t number = 0;

    if (*at != 'e' && *at != 'E') {
        return false;
    }
    at++;
    if (at < end && (*at == '-' || *at == '+')) {
        negative = *at++ == '-';
    }
    if (at == end) {
        return false;
    }
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        number = number > MAX_EXPONENT_TEXT ? number : number * 10 + (*at - '0');
    }
    *exponent = negative ? -number : number;
    *p = at;
    return true;
}

static bool finish(reading_t *r, int32_t exponent, lgs_decimal_t *value)
{
    unsigned room = MAX_DIGITS - r->n_digits;
    unsigned kept = r->n_zeros < room ? r->n_zeros : room;
    int64_t scale = (int64_t)r->n_fraction - exponent;

    if (r->digits == 0) {
        return store(0, scale < 0 ? 0 : scale, false, value); /* 0e5 is 0 */
    }
    return store(r->digits * power_of_ten(kept), scale - (r->n_zeros - kept), r->negative, value);
}

/* ---- writing -------------------------------------------------------------------------------- */

lgs_str_t lgs_decimal_text(lgs_arena_t *arena, lgs_decimal_t value)
{
    char room[MAX_DIGITS + 3], *end = room + sizeof(room), *p = end;
    int32_t places = 0;

    if (value.scale < 0 || value.scale > MAX_DIGITS) {
        return long_text(arena, value);
    }
    for (u128_t rest = value.digits; rest || places <= value.scale; places++) {
        if (places == value.scale && places > 0) {
            *--p = '.';
        }
        *--p = (char)('0' + (int)take_digit(&rest));
    }
    if (value.negative && value.digits) {
        *--p = '-';
    }
    return lgs_arena_str(arena, lgs_str(p, (size_t)(end - p)));
}

/* With zeros that are no digits of the coefficient. */
static lgs_str_t long_text(lgs_arena_t *arena, lgs_decimal_t value)
{
    char digits[MAX_DIGITS + 1];
    size_t n = 0, zeros_in_front, zeros_behind, whole;
    size_t scale = value.scale > 0 ? (size_t)value.scale : 0;
    char *text, *p;

    for (u128_t rest = value.digits; n == 0 || (rest && n < sizeof(digits));) {
        n++;
        digits[sizeof(digits) - n] = (char)('0' + (int)take_digit(&rest));
    }
    zeros_behind = value.scale < 0 && value.digits ? (size_t)-value.scale : 0;
    zeros_in_front = scale >= n ? scale + 1 - n : 0;
    text = p = lgs_arena_alloc(arena, 1 + zeros_in_front + n + zeros_behind + 1 + 1);
    if (text == NULL) {
        return (lgs_str_t){NULL, 0};
    }
    if (value.negative && value.digits) {
        *p++ = '-';
    }
    memset(p, '0', zeros_in_front);
    memcpy(p + zeros_in_front, digits + sizeof(digits) - n, n);
    memset(p + zeros_in_front + n, '0', zeros_behind);
    whole = zeros_in_front + n + zeros_behind - scale;
    if (scale) {
        memmove(p + whole + 1, p + whole, scale);
        p[whole] = '.';
        whole += 1 + scale;
    }
    p[whole] = '\0';
    return lgs_str(text, (size_t)(p - text) + whole);
}

lgs_decimal_t lgs_decimal_trim(lgs_decimal_t value)
{
    if (value.scale > 0) {
        drop_zeros(&value, 0);
    }
    return value;
}

/* ---- arithmetic ----------------------------------------------------------------------------- */

int lgs_decimal_compare(lgs_decimal_t a, lgs_decimal_t b)
{
    bool a_negative = a.negative && a.digits, b_negative = b.negative && b.digits;

    if (a_negative != b_negative) {
        return a_negative ? -1 : 1;
    }
    return a_negative ? compare_size(b, a) : compare_size(a, b);
}

static int compare_size(lgs_decimal_t a, lgs_decimal_t b)
{
    int64_t a_high, b_high;

    if (a.digits == 0 || b.digits == 0) {
        return (a.digits != 0) - (b.digits != 0);
    }
    a_high = (int64_t)count_digits(a.digits) - a.scale;
    b_high = (int64_t)count_digits(b.digits) - b.scale;
    if (a_high != b_high) {
        return a_high < b_high ? -1 : 1;
    }
    /* same first place, so the scales differ by less than MAX_DIGITS and this fits */
    if (a.scale < b.scale) {
        a.digits *= power_of_ten((unsigned)(b.scale - a.scale));
    } else {
        b.digits *= power_of_ten((unsigned)(a.scale - b.scale));
    }
    return (a.digits > b.digits) - (a.digits < b.digits);
}

bool lgs_decimal_mul(lgs_decimal_t a, lgs_decimal_t b, lgs_decimal_t *result)
{
    u256_t product = multiply(a.digits, b.digits);
    int64_t scale = (int64_t)a.scale + b.scale;

    while (product.high || product.low >= power_of_ten(MAX_DIGITS)) {
        if (divide_small(&product, 10) != 0) {
            return false;
        }
        scale--;
    }
    return store(product.low, scale, a.negative != b.negative, result);
}

bool lgs_decimal_add(lgs_decimal_t a, lgs_decimal_t b, lgs_decimal_t *result)
{
    lgs_decimal_t *coarse = a.scale < b.scale ? &a : &b, *fine = coarse == &a ? &b : &a;
    u128_t sum;
    bool negative;

    if (!align(coarse, fine)) {
        return false;
    }
    if (a.negative == b.negative) {
        sum = a.digits + b.digits;
        negative = a.negative;
    } else {
        negative = a.digits > b.digits ? a.negative : b.negative;
        sum = a.digits > b.digits ? a.digits - b.digits : b.digits - a.digits;
    }
    return store(sum, a.scale, negative, result);
}

/*
 * Gives both the finer scale. Twice the largest coefficient is allowed for the coarse one: a larger
 * one cannot lead to a sum that fits, since that ends in the finer one's last digit, which is not
 * 0.
 */
static bool align(lgs_decimal_t *coarse, lgs_decimal_t *fine)
{
    u128_t limit = 2 * power_of_ten(MAX_DIGITS);
    unsigned by;

    if (coarse->digits == 0 || fine->digits == 0) {
        /* the scale that shows more of the other one is kept as far as it fits */
        if (coarse->digits == 0) {
            coarse->scale = fine->scale;
            return true;
        }
        while (coarse->scale < fine->scale && coarse->digits < power_of_ten(MAX_DIGITS - 1)) {
            coarse->digits *= 10;
            coarse->scale++;
        }
        fine->scale = coarse->scale;
        return true;
    }
    if ((int64_t)fine->scale - coarse->scale + count_digits(coarse->digits) > MAX_DIGITS) {
        drop_zeros(fine, coarse->scale);
    }
    if ((int64_t)fine->scale - coarse->scale > MAX_DIGITS) {
        return false;
    }
    by = (unsigned)(fine->scale - coarse->scale);
    if (by && coarse->digits > limit / power_of_ten(by)) {
        return false;
    }
    coarse->digits *= power_of_ten(by);
    coarse->scale = fine->scale;
    return true;
}

bool lgs_decimal_div(lgs_decimal_t a, lgs_decimal_t b, int32_t scale, lgs_round_t mode,
                     lgs_decimal_t *result)
{
    int64_t shift = (int64_t)scale - a.scale + b.scale;
    u256_t dividend = {0, a.digits}, quotient;
    u128_t divisor = b.digits, rest;

    if (b.digits == 0 || scale > MAX_SCALE || scale < -MAX_SCALE) {
        return false;
    }
    if (a.digits == 0) {
        return store(0, scale, false, result);
    }
    for (; shift > 0; shift--) {
        if (!multiply_ten(&dividend)) {
            return false; /* over 77 digits: the quotient has more than 38 */
        }
    }
    for (; shift < 0; shift++) {
        if (divisor > ~(u128_t)0 / 10) {
            return store(mode == LGS_ROUND_UP, scale, a.negative != b.negative,
                         result); /* under a third of the last place */
        }
        divisor *= 10;
    }
    quotient = divide(dividend, divisor, &rest);
    if (quotient.high || quotient.low >= power_of_ten(MAX_DIGITS)) {
        return false;
    }
    quotient.low += rounds_up(quotient.low, rest, divisor, mode);
    return store(quotient.low, scale, a.negative != b.negative, result);
}

bool lgs_decimal_round(lgs_decimal_t a, int32_t scale, lgs_round_t mode, lgs_decimal_t *result)
{
    int64_t drop = (int64_t)a.scale - scale;
    u128_t divisor, quotient;

    if (a.digits == 0) {
        return store(0, scale, false, result);
    }
    if (drop <= 0) {
        if (drop < -MAX_DIGITS || count_digits(a.digits) + (unsigned)-drop > MAX_DIGITS) {
            return false;
        }
        return store(a.digits * power_of_ten((unsigned)-drop), scale, a.negative, result);
    }
    if (drop > MAX_DIGITS) { /* all that is left is less than a tenth of the last place */
        return store(mode == LGS_ROUND_UP, scale, a.negative, result);
    }
    divisor = power_of_ten((unsigned)drop);
    quotient = a.digits / divisor;
    quotient += rounds_up(quotient, a.digits % divisor, divisor, mode);
    return store(quotient, scale, a.negative, result);
}

static bool rounds_up(u128_t quotient, u128_t rest, u128_t divisor, lgs_round_t mode)
{
    u128_t missing = divisor - rest; /* compared instead of 2 * rest, which may not fit */

    switch (mode) {
    case LGS_ROUND_UP:
        return rest != 0;
    case LGS_ROUND_HALF_UP:
        return rest >= missing;
    case LGS_ROUND_HALF_EVEN:
        return rest > missing || (rest == missing && quotient & 1);
    default:
        return false;
    }
}

/* ---- whole numbers -------------------------------------------------------------------------- */

/* The result if it is within the limits, zeros at its end dropped where they are too many. */
static bool store(u128_t digits, int64_t scale, bool negative, lgs_decimal_t *result)
{
    while (digits >= power_of_ten(MAX_DIGITS)) {
        if (digits % 10) {
            return false;
        }
        digits /= 10;
        scale--;
    }
    if (scale > MAX_SCALE || scale < -MAX_SCALE) {
        return false;
    }
    *result = (lgs_decimal_t){digits, (int32_t)scale, negative && digits};
    return true;
}

/* Zeros at the end of the coefficient, while the scale is above `scale`. */
static void drop_zeros(lgs_decimal_t *value, int32_t scale)
{
    if (value->digits == 0 && value->scale > scale) {
        value->scale = scale;
    }
    while (value->scale > scale) {
        u128_t rest = value->digits;

        if (take_digit(&rest) != 0) {
            return;
        }
        value->digits = rest;
        value->scale--;
    }
}

/* Takes the last digit off. A division of 128 bits is a call, and few numbers need one. */
static unsigned take_digit(u128_t *number)
{
    uint64_t small = (uint64_t)*number;
    unsigned digit;

    if (LGS_LIKELY(*number == small)) {
        *number = small / 10;
        return (unsigned)(small % 10);
    }
    digit = (unsigned)(*number % 10);
    *number /= 10;
    return digit;
}

static u128_t power_of_ten(unsigned n)
{
    static const uint64_t small[] = {
        1,
        10,
        100,
        1000,
        10000,
        100000,
        1000000,
        10000000,
        100000000,
        1000000000,
        10000000000u,
        100000000000u,
        1000000000000u,
        10000000000000u,
        100000000000000u,
        1000000000000000u,
        10000000000000000u,
        100000000000000000u,
        1000000000000000000u,
        10000000000000000000u,
    };

    return n < 20 ? small[n] : (u128_t)small[19] * small[n - 19];
}

static unsigned count_digits(u128_t number)
{
    unsigned n = 0;

    while (n <= MAX_DIGITS && number >= power_of_ten(n)) {
        n++;
    }
    return n;
}

static u256_t multiply(u128_t a, u128_t b)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    u128_t low = (u128_t)a0 * b0, left = (u128_t)a1 * b0, right = (u128_t)a0 * b1;
    u128_t middle = (low >> 64) + (uint64_t)left + (uint64_t)right;
    u256_t product;

    product.low = middle << 64 | (uint64_t)low;
    product.high = (u128_t)a1 * b1 + (left >> 64) + (right >> 64) + (middle >> 64);
    return product;
}

/* Divides in place, returns the rest. */
static u128_t divide_small(u256_t *number, uint64_t divisor)
{
    uint64_t words[4] = {(uint64_t)(number->high >> 64), (uint64_t)number->high,
                         (uint64_t)(number->low >> 64), (uint64_t)number->low};
    u128_t rest = 0;

    for (unsigned i = 0; i < 4; i++) {
        rest = rest << 64 | words[i];
        words[i] = (uint64_t)(rest / divisor);
        rest %= divisor;
    }
    number->high = (u128_t)words[0] << 64 | words[1];
    number->low = (u128_t)words[2] << 64 | words[3];
    return rest;
}

static bool multiply_ten(u256_t *number)
{
    u256_t low = multiply(number->low, 10);
    u128_t high;

    if (__builtin_mul_overflow(number->high, (u128_t)10, &high) ||
        __builtin_add_overflow(high, low.high, &high)) {
        return false;
    }
    *number = (u256_t){high, low.low};
    return true;
}

/* Bit by bit; the short form covers nearly all that partners send. */
static u256_t divide(u256_t number, u128_t divisor, u128_t *rest)
{
    u256_t quotient = {0, 0};
    u128_t left = 0;

    if (number.high == 0) {
        *rest = number.low % divisor;
        return (u256_t){0, number.low / divisor};
    }
    for (unsigned bit = 256; bit-- > 0;) {
        bool carry = left >> 127;

        left = left << 1 | ((bit < 128 ? number.low >> bit : number.high >> (bit - 128)) & 1);
        quotient.high = quotient.high << 1 | quotient.low >> 127;
        quotient.low <<= 1;
        if (carry || left >= divisor) {
            left -= divisor;
            quotient.low |= 1;
        }
    }
    *rest = left;
    return quotient;
}
