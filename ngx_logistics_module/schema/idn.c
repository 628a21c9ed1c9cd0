/* IDNA 2008 (idn.h). Nothing is allocated: a label has at most 63 characters. */
#include "idn.h"

#define NO_TRAITS UINT32_MAX
#define MAX_CODE  0x10ffffu
#define IGNORED   (MAX_CODE + 1)

/* A label's characters with their traits. */
typedef struct {
    uint32_t codes[LGS_MAX_LABEL];
    uint32_t traits[LGS_MAX_LABEL];
    size_t n;
    bool is_ascii;
} label_t;

static bool next_code(lgs_str_t text, size_t *at, uint32_t *code);
static uint32_t map_code(uint32_t code);
static bool is_dot(uint32_t code);
static bool is_label(label_t *label, bool *is_right_to_left, size_t *n_ascii);
static bool is_ascii_label(const label_t *label);
static bool decode_ascii(const label_t *from, label_t *to);
static bool has_hyphens_at_3(const label_t *label);
static bool is_u_label(label_t *label);
static uint32_t find_traits(uint32_t code);
static bool fits_context(const label_t *label, size_t i);
static bool joins(const label_t *label, size_t i);
static bool has_digits(const label_t *label, uint32_t first);
static bool is_right_to_left(const label_t *label);
static bool fits_direction(const label_t *label);
static bool decode(const char *text, size_t n, label_t *label);
static size_t encode(const label_t *label, char *out, size_t room);
static uint32_t adapt(uint32_t delta, uint32_t n, bool is_first);
static uint32_t threshold(uint32_t k, uint32_t bias);

/*
 * All labels are read twice: only when one of them runs from right to left do the rules of
 * RFC 5893 hold for every one of them.
 */
bool lgs_is_idn_host(lgs_str_t text)
{
    bool has_right_to_left = false;
    size_t n_ascii = 0;

    for (int pass = 0; pass < 2; pass++) {
        label_t label = {.is_ascii = true};
        size_t at = 0;
        bool is_last = false;

        while (!is_last) {
            uint32_t code = 0;
            bool is_end;

            is_last = at == text.len;
            if (!is_last && !next_code(text, &at, &code)) {
                return false;
            }
            code = map_code(code);
            if (code == IGNORED) {
                continue;
            }
            is_end = is_last || is_dot(code);
            if (!is_end && label.n == LGS_MAX_LABEL) {
                return false;
            }
            if (!is_end) {
                label.codes[label.n++] = code;
                label.is_ascii &= code < 0x80;
                continue;
            }
            if (!is_label(&label, &has_right_to_left, &n_ascii) ||
                (pass == 1 && has_right_to_left && !fits_direction(&label))) {
                return false;
            }
            n_ascii += !is_last && pass == 0;
            label = (label_t){.is_ascii = true};
        }
        if (n_ascii > LGS_MAX_HOST * (size_t)(pass + 1)) {
            return false;
        }
    }
    return true;
}

bool lgs_is_a_label(lgs_str_t text)
{
    label_t label = {.is_ascii = true};
    size_t n_ascii = 0;
    bool right = false;

    if (text.len > LGS_MAX_LABEL) {
        return false;
    }
    for (; label.n < text.len; label.n++) {
        label.codes[label.n] = (unsigned char)text.data[label.n];
    }
    return is_label(&label, &right, &n_ascii) && (!right || fits_direction(&label));
}

static bool next_code(lgs_str_t text, size_t *at, uint32_t *code)
{
    unsigned char lead = (unsigned char)text.data[*at];
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

    if (text.len - *at < n) {
        return false;
    }
    *code = n == 1 ? lead : lead & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        *code = *code << 6 | ((unsigned char)text.data[*at + i] & 0x3fu);
    }
    *at += n;
    return true;
}

/*
 * What keyboards make of letters that are meant for ASCII, of the mapping of UTS 46: full width,
 * capitals, and characters without width.
 */
static uint32_t map_code(uint32_t code)
{
    if (code >= 0xff01 && code <= 0xff5e) {
        code -= 0xff01 - '!';
    }
    if (code >= 'A' && code <= 'Z') {
        return code | 0x20;
    }
    return code == 0xad || code == 0x200b || code == 0x2060 || code == 0xfeff ? IGNORED : code;
}

static bool is_dot(uint32_t code)
{
    return code == '.' || code == 0x3002 || code == 0xff61;
}

/* Afterwards `label` has the Unicode form and its traits. n_ascii grows by the length in ASCII. */
static bool is_label(label_t *label, bool *right, size_t *n_ascii)
{
    char ascii[LGS_MAX_LABEL];
    label_t decoded = {0};
    size_t n = label->n;

    if (label->n == 0) {
        return false;
    }
    if (label->is_ascii && n > 4 && (label->codes[0] | 0x20) == 'x' &&
        (label->codes[1] | 0x20) == 'n' && label->codes[2] == '-' && label->codes[3] == '-') {
        if (!decode_ascii(label, &decoded)) {
            return false;
        }
        *label = decoded;
    } else if (label->is_ascii) {
        if (!is_ascii_label(label)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            uint32_t code = label->codes[i];

            label->codes[i] = code >= 'A' && code <= 'Z' ? code | 0x20 : code;
            label->traits[i] = find_traits(label->codes[i]);
        }
    } else {
        n = is_u_label(label) ? encode(label, ascii, sizeof(ascii) - 4) : 0;
        if (n == 0) {
            return false;
        }
        n += 4;
    }
    *n_ascii += n;
    *right |= is_right_to_left(label);
    return true;
}

static bool is_ascii_label(const label_t *label)
{
    for (size_t i = 0; i < label->n; i++) {
        uint32_t c = label->codes[i], lower = c | 0x20;

        if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'z') && c != '-') {
            return false;
        }
    }
    return label->codes[0] != '-' && label->codes[label->n - 1] != '-' && !has_hyphens_at_3(label);
}

/* "xn--" and what decodes to a label that is not ASCII and would be encoded to just that. */
static bool decode_ascii(const label_t *from, label_t *to)
{
    char text[LGS_MAX_LABEL], again[LGS_MAX_LABEL];
    size_t n = from->n - 4;

    for (size_t i = 0; i < n; i++) {
        uint32_t c = from->codes[i + 4];

        text[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    return decode(text, n, to) && !to->is_ascii && is_u_label(to) &&
           encode(to, again, sizeof(again)) == n && memcmp(text, again, n) == 0;
}

static bool has_hyphens_at_3(const label_t *label)
{
    return label->n >= 4 && label->codes[2] == '-' && label->codes[3] == '-';
}

/* RFC 5891 section 4.2; sets the traits. */
static bool is_u_label(label_t *label)
{
    if (label->n == 0 || label->codes[0] == '-' || label->codes[label->n - 1] == '-' ||
        has_hyphens_at_3(label)) {
        return false;
    }
    for (size_t i = 0; i < label->n; i++) {
        label->traits[i] = find_traits(label->codes[i]);
        if (label->traits[i] == NO_TRAITS) {
            return false;
        }
    }
    for (size_t i = 0; i < label->n; i++) {
        if ((label->traits[i] & IDN_CONTEXT) && !fits_context(label, i)) {
            return false;
        }
    }
    return !(label->traits[0] & IDN_MARK);
}

static uint32_t find_traits(uint32_t code)
{
    size_t low = 0, high = lgs_n_idn_ranges;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const idn_range_t *range = &lgs_idn_ranges[middle];

        if (code < range->first) {
            high = middle;
        } else if (code > range->first + range->more) {
            low = middle + 1;
        } else {
            return range->traits;
        }
    }
    return NO_TRAITS;
}

/* RFC 5892 appendix A. */
static bool fits_context(const label_t *label, size_t i)
{
    bool is_first = i == 0, is_last = i + 1 == label->n;

    switch (label->codes[i]) {
    case 0x200c: /* ZERO WIDTH NON-JOINER */
        return !is_first && ((label->traits[i - 1] & IDN_VIRAMA) || joins(label, i));
    case 0x200d: /* ZERO WIDTH JOINER */
        return !is_first && (label->traits[i - 1] & IDN_VIRAMA);
    case 0xb7: /* MIDDLE DOT, as in Catalan */
        return !is_first && !is_last && label->codes[i - 1] == 'l' && label->codes[i + 1] == 'l';
    case 0x375: /* GREEK KERAIA */
        return !is_last && (label->traits[i + 1] & IDN_GREEK);
    case 0x5f3: /* HEBREW GERESH, GERSHAYIM */
    case 0x5f4:
        return !is_first && (label->traits[i - 1] & IDN_HEBREW);
    case 0x30fb: /* KATAKANA MIDDLE DOT */
        for (size_t k = 0; k < label->n; k++) {
            if ((label->traits[k] & IDN_JAPANESE) && label->codes[k] != 0x30fb) {
                return true;
            }
        }
        return false;
    default: /* Arabic-Indic digits of one kind only */
        return !has_digits(label, label->codes[i] >= 0x6f0 ? 0x660 : 0x6f0);
    }
}

/* What is before and behind it would join, transparent marks left out. */
static bool joins(const label_t *label, size_t i)
{
    size_t before = i, behind = i + 1;

    while (before > 0 && (label->traits[before - 1] & IDN_JOIN_THROUGH)) {
        before--;
    }
    while (behind < label->n && (label->traits[behind] & IDN_JOIN_THROUGH)) {
        behind++;
    }
    return before > 0 && behind < label->n && (label->traits[before - 1] & IDN_JOIN_LEFT) &&
           (label->traits[behind] & IDN_JOIN_RIGHT);
}

static bool has_digits(const label_t *label, uint32_t first)
{
    for (size_t i = 0; i < label->n; i++) {
        if (label->codes[i] >= first && label->codes[i] < first + 10) {
            return true;
        }
    }
    return false;
}

static bool is_right_to_left(const label_t *label)
{
    for (size_t i = 0; i < label->n; i++) {
        idn_bidi_t bidi = label->traits[i] & IDN_BIDI;

        if (bidi == BIDI_R || bidi == BIDI_AN) {
            return true;
        }
    }
    return false;
}

/* RFC 5893 section 2, for a label of a name that has one from right to left. */
static bool fits_direction(const label_t *label)
{
    idn_bidi_t first = label->traits[0] & IDN_BIDI, last = BIDI_NSM;
    unsigned seen = 0;

    for (size_t i = 0; i < label->n; i++) {
        seen |= 1u << (label->traits[i] & IDN_BIDI);
    }
    for (size_t i = label->n; i > 0 && last == BIDI_NSM; i--) {
        last = label->traits[i - 1] & IDN_BIDI;
    }
    if (first == BIDI_L) {
        return !(seen & (1u << BIDI_R | 1u << BIDI_AN)) && (last == BIDI_L || last == BIDI_EN);
    }
    return first == BIDI_R && !(seen & 1u << BIDI_L) &&
           (last == BIDI_R || last == BIDI_EN || last == BIDI_AN) &&
           !((seen & 1u << BIDI_EN) && (seen & 1u << BIDI_AN));
}

/* ---- Punycode, RFC 3492 ---- */

#define BASE         36u
#define T_MIN        1u
#define T_MAX        26u
#define SKEW         38u
#define DAMP         700u
#define INITIAL_BIAS 72u
#define INITIAL_CODE 128u
#define MAX_DELTA    0x7ffffffu

static bool decode(const char *text, size_t n, label_t *label)
{
    uint32_t code = INITIAL_CODE, i = 0, bias = INITIAL_BIAS;
    size_t at = 0;

    label->is_ascii = true;
    for (size_t k = n; k > 0; k--) {
        if (text[k - 1] == '-') {
            at = k;
            break;
        }
    }
    for (size_t k = 0; at && k < at - 1; k++) {
        label->codes[label->n++] = (unsigned char)text[k];
    }
    while (at < n) {
        uint32_t before = i, weight = 1;

        for (uint32_t k = BASE;; k += BASE) {
            char c = at < n ? text[at++] : '-';
            uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0') + 26
                             : c >= 'a' && c <= 'z' ? (uint32_t)(c - 'a')
                                                    : BASE;

            if (digit == BASE || digit > (MAX_DELTA - i) / weight) {
                return false;
            }
            i += digit * weight;
            if (digit < threshold(k, bias)) {
                break;
            }
            if (weight > MAX_DELTA / BASE) {
                return false;
            }
            weight *= BASE - threshold(k, bias);
        }
        if (label->n == LGS_MAX_LABEL) {
            return false;
        }
        bias = adapt(i - before, (uint32_t)label->n + 1, before == 0);
        code += i / ((uint32_t)label->n + 1);
        i %= (uint32_t)label->n + 1;
        if (code > MAX_CODE) {
            return false;
        }
        memmove(&label->codes[i + 1], &label->codes[i], (label->n - i) * sizeof(label->codes[0]));
        label->codes[i++] = code;
        label->n++;
        label->is_ascii = false;
    }
    return true;
}

/* The length in `out`; 0 when it does not fit. */
static size_t encode(const label_t *label, char *out, size_t room)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint32_t code = INITIAL_CODE, delta = 0, bias = INITIAL_BIAS;
    size_t n = 0, n_basic, handled;

    for (size_t i = 0; i < label->n; i++) {
        if (label->codes[i] < 0x80 && n < room) {
            out[n++] = (char)label->codes[i];
        }
    }
    n_basic = handled = n;
    if (n_basic && n < room) {
        out[n++] = '-';
    }
    while (handled < label->n) {
        uint32_t next = MAX_CODE;

        for (size_t i = 0; i < label->n; i++) {
            if (label->codes[i] >= code && label->codes[i] < next) {
                next = label->codes[i];
            }
        }
        delta += (next - code) * ((uint32_t)handled + 1);
        code = next;
        for (size_t i = 0; i < label->n; i++) {
            uint32_t left = delta;

            delta += label->codes[i] < code;
            if (label->codes[i] != code) {
                continue;
            }
            left = delta;
            for (uint32_t k = BASE;; k += BASE) {
                uint32_t t = threshold(k, bias);

                if (n == room) {
                    return 0;
                }
                if (left < t) {
                    out[n++] = digits[left];
                    break;
                }
                out[n++] = digits[t + (left - t) % (BASE - t)];
                left = (left - t) / (BASE - t);
            }
            bias = adapt(delta, (uint32_t)handled + 1, handled == n_basic);
            delta = 0;
            handled++;
        }
        delta++;
        code++;
    }
    return n;
}

static uint32_t adapt(uint32_t delta, uint32_t n, bool is_first)
{
    uint32_t k = 0;

    delta /= is_first ? DAMP : 2;
    delta += delta / n;
    for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE) {
        delta /= BASE - T_MIN;
    }
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    return k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}
