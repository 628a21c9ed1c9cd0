/* Exact numbers from their text (number.h). */
#include "number.h"

#define MAX_EXPONENT                                                                               \
    1000000000000ll /* exponents saturate here: far beyond any that is compared                    \
                     */

#define LONG_BASE     1000000000
#define LONG_PARTS    (LGS_MAX_NUMBER / 9 + 2)
#define MAX_LONG_BITS (LGS_MAX_NUMBER * 4) /* more than a number of so many digits has */

/* A whole number of many digits, lowest part first. */
typedef struct {
    uint32_t n;
    uint32_t parts[LONG_PARTS];
} long_t;

static bool is_long_multiple(const lgs_number_t *number, const lgs_number_t *by, int64_t n_zeros);
static void add_digit(long_t *value, uint32_t digit);
static void reduce(long_t *value, const long_t *by);
static int compare_long(const long_t *a, const long_t *b);
static int64_t read_exponent(const char *p, const char *end);
static char next_digit(const char **p);
static int compare_digits(const lgs_number_t *a, const lgs_number_t *b);
static uint64_t power_of_ten(uint64_t exponent, uint64_t modulus);

lgs_number_t lgs_number_read(lgs_str_t text)
{
    const char *p = text.len ? text.data : "", *end = p + text.len;
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

lgs_divisor_t lgs_divisor_read(lgs_str_t text)
{
    lgs_divisor_t divisor = {.number = lgs_number_read(text)};

    if (!lgs_number_digits(&divisor.number, &divisor.digits)) {
        divisor.digits = 0;
    }
    return divisor;
}

/*
 * Neither side ends in a zero digit, so a number with the smaller exponent cannot be a multiple;
 * else its digits and the zeros behind them are taken modulo the divisor's digits.
 */
bool lgs_number_is_multiple(const lgs_number_t *number, const lgs_divisor_t *divisor)
{
    int64_t n_zeros = number->exponent - divisor->number.exponent;
    const char *p = number->first;
    uint64_t rest = 0;

    if (p == NULL) {
        return true;
    }
    if (n_zeros < 0) {
        return false;
    }
    if (divisor->digits == 0) {
        return is_long_multiple(number, &divisor->number, n_zeros);
    }
    for (uint32_t i = 0; i < number->n; i++) {
        rest = (uint64_t)(((unsigned __int128)rest * 10 + (unsigned)(next_digit(&p) - '0')) %
                          divisor->digits);
    }
    if (rest == 0) {
        return true;
    }
    return (unsigned __int128)rest * power_of_ten((uint64_t)n_zeros, divisor->digits) %
               divisor->digits ==
           0;
}

/*
 * Each zero behind the digits can take a 2 and a 5 out of the divisor. After as many as it has bits
 * there is none left to take, so that more zeros change nothing.
 */
static bool is_long_multiple(const lgs_number_t *number, const lgs_number_t *by, int64_t n_zeros)
{
    const char *p = number->first, *q = by->first;
    long_t rest = {0}, divisor = {0};

    if (by->n > LGS_MAX_NUMBER) {
        return false;
    }
    for (uint32_t i = 0; i < by->n; i++) {
        add_digit(&divisor, (uint32_t)(next_digit(&q) - '0'));
    }
    for (uint32_t i = 0; i < number->n; i++) {
        add_digit(&rest, (uint32_t)(next_digit(&p) - '0'));
        reduce(&rest, &divisor);
    }
    for (int64_t i = 0; rest.n && i < n_zeros && i < MAX_LONG_BITS; i++) {
        add_digit(&rest, 0);
        reduce(&rest, &divisor);
    }
    return rest.n == 0;
}

/* × 10 + digit */
static void add_digit(long_t *value, uint32_t digit)
{
    uint64_t carry = digit;

    for (uint32_t i = 0; i < value->n; i++) {
        carry += (uint64_t)value->parts[i] * 10;
        value->parts[i] = (uint32_t)(carry % LONG_BASE);
        carry /= LONG_BASE;
    }
    if (carry) {
        value->parts[value->n++] = (uint32_t)carry;
    }
}

/* value %= by; value is less than 10 × by */
static void reduce(long_t *value, const long_t *by)
{
    while (compare_long(value, by) >= 0) {
        int64_t borrow = 0;

        for (uint32_t i = 0; i < value->n; i++) {
            int64_t part = (int64_t)value->parts[i] - borrow - (i < by->n ? by->parts[i] : 0);

            borrow = part < 0;
            value->parts[i] = (uint32_t)(part + borrow * LONG_BASE);
        }
        while (value->n && value->parts[value->n - 1] == 0) {
            value->n--;
        }
    }
}

static int compare_long(const long_t *a, const long_t *b)
{
    if (a->n != b->n) {
        return a->n < b->n ? -1 : 1;
    }
    for (uint32_t i = a->n; i-- > 0;) {
        if (a->parts[i] != b->parts[i]) {
            return a->parts[i] < b->parts[i] ? -1 : 1;
        }
    }
    return 0;
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
