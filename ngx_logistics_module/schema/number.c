/* Exact numbers from their text (number.h). */
#include "number.h"

#define MAX_EXPONENT                                                                               \
    1000000000000ll /* exponents saturate here: far beyond any that is compared                    \
                     */

static int64_t read_exponent(const char *p, const char *end);
static char next_digit(const char **p);
static int compare_digits(const lgs_number_t *a, const lgs_number_t *b);
static uint64_t power_of_ten(uint64_t exponent, uint64_t modulus);

lgs_number_t lgs_number_read(lgs_str_t text)
{
    const char *p = text.data, *end = text.data + text.len;
    lgs_number_t number = {0};
    int64_t seen = 0, point = -1, first = 0, last = 0; /* digits counted from 0 */

    if (p < end && *p == '-') {
        number.negative = true;
        p++;
    }
    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            point = seen;
            continue;
        }
        if (*p != '0') {
            if (number.first == NULL) {
                number.first = p;
                first = seen;
            }
            last = seen;
        }
        seen++;
    }
    if (number.first == NULL) {
        return (lgs_number_t){0};
    }
    number.n = (uint32_t)(last - first + 1);
    number.exponent = (point < 0 ? seen : point) - 1 - last;
    if (p < end) {
        number.exponent += read_exponent(p + 1, end);
    }
    return number;
}

int lgs_number_compare(const lgs_number_t *a, const lgs_number_t *b)
{
    int64_t top_a = a->exponent + a->n, top_b = b->exponent + b->n;
    int sign = a->negative ? -1 : 1;

    if (a->first == NULL || b->first == NULL) {
        return a->first ? sign : b->first == NULL ? 0 : b->negative ? 1 : -1;
    }
    if (a->negative != b->negative) {
        return sign;
    }
    if (top_a != top_b) {
        return top_a < top_b ? -sign : sign;
    }
    return sign * compare_digits(a, b);
}

bool lgs_number_is_integer(lgs_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.' || text.data[i] == 'e' || text.data[i] == 'E') {
            lgs_number_t number = lgs_number_read(text);

            return number.exponent >= 0;
        }
    }
    return true;
}

bool lgs_number_digits(const lgs_number_t *number, uint64_t *digits)
{
    const char *p = number->first;

    if (number->n > 18) {
        return false;
    }
    *digits = 0;
    for (uint32_t i = 0; i < number->n; i++) {
        *digits = *digits * 10 + (uint64_t)(next_digit(&p) - '0');
    }
    return true;
}

/*
 * Neither side ends in a zero digit, so a number with the smaller exponent cannot be a multiple;
 * else its digits and the zeros behind them are taken modulo the divisor's digits.
 */
bool lgs_number_is_multiple(const lgs_number_t *number, uint64_t digits, int64_t exponent)
{
    const char *p = number->first;
    uint64_t rest = 0;

    if (p == NULL) {
        return true;
    }
    if (number->exponent < exponent) {
        return false;
    }
    for (uint32_t i = 0; i < number->n; i++) {
        rest = (uint64_t)(((unsigned __int128)rest * 10 + (unsigned)(next_digit(&p) - '0')) %
                          digits);
    }
    if (rest == 0) {
        return true;
    }
    return (unsigned __int128)rest * power_of_ten((uint64_t)(number->exponent - exponent), digits) %
               digits ==
           0;
}

uint32_t lgs_number_hash(const lgs_number_t *number)
{
    const char *p = number->first;
    uint64_t hash = number->negative ? 7 : 3;

    if (p == NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < number->n; i++) {
        hash = (hash ^ (uint64_t)next_digit(&p)) * 0x100000001b3u;
    }
    hash = (hash ^ (uint64_t)number->exponent) * 0xff51afd7ed558ccdu;
    return (uint32_t)(hash >> 32);
}

static int64_t read_exponent(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int64_t value = 0;

    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    for (; p < end; p++) {
        value = value * 10 + (*p - '0');
        if (value > MAX_EXPONENT) {
            value = MAX_EXPONENT;
            break;
        }
    }
    return negative ? -value : value;
}

/* The digit at *p, which may stand behind the point; moves on. */
static char next_digit(const char **p)
{
    *p += **p == '.';
    return *(*p)++;
}

static int compare_digits(const lgs_number_t *a, const lgs_number_t *b)
{
    const char *p = a->first, *q = b->first;
    uint32_t n = a->n < b->n ? a->n : b->n;

    for (uint32_t i = 0; i < n; i++) {
        char digit_a = next_digit(&p), digit_b = next_digit(&q);

        if (digit_a != digit_b) {
            return digit_a < digit_b ? -1 : 1;
        }
    }
    return a->n == b->n ? 0 : a->n < b->n ? -1 : 1;
}

static uint64_t power_of_ten(uint64_t exponent, uint64_t modulus)
{
    unsigned __int128 base = 10 % modulus, power = 1 % modulus;

    for (; exponent; exponent >>= 1) {
        if (exponent & 1) {
            power = power * base % modulus;
        }
        base = base * base % modulus;
    }
    return (uint64_t)power;
}
