/*
 * Looking through text many bytes at a time: the inner loops of the JSON reader and writer, and
 * the one place that knows what UTF-8 is. Private to this room. Nothing reads past `end`.
 */
#ifndef LGS_SCAN_H
#define LGS_SCAN_H

#include "../base/lgs.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* For the few steps that run once a name or value: measured at a tenth of the whole. */
#if defined(__GNUC__)
#define LGS_HOT static inline __attribute__((always_inline))
#else
#define LGS_HOT static inline
#endif

#define LGS_SCAN_ONES  0x0101010101010101u
#define LGS_SCAN_HIGHS 0x8080808080808080u

/* The table's answer for a byte that may stand in a JSON string as it is and is ASCII. */
static inline bool lgs_scan_is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/*
 * The first byte that is no plain ASCII of a JSON string ('"', '\', below 0x20, above 0x7f), or
 * `end`: eight bytes at a time, for machines without SSE2 and for what is left at the end.
 */
static inline const char *lgs_scan_plain_portable(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word, quote, backslash, hits;

        memcpy(&word, p, 8);
        quote = word ^ (LGS_SCAN_ONES * '"');
        backslash = word ^ (LGS_SCAN_ONES * '\\');
        /* the borrow of a subtraction marks bytes below the subtrahend; a false mark can only
           stand above a true one, so "any hit" is exact and the byte loop finds which */
        hits = ((quote - LGS_SCAN_ONES) & ~quote) | ((backslash - LGS_SCAN_ONES) & ~backslash) |
               ((word - LGS_SCAN_ONES * 0x20) & ~word) | word;
        if (hits & LGS_SCAN_HIGHS) {
            break;
        }
        p += 8;
    }
    while (p < end && lgs_scan_is_plain((unsigned char)*p)) {
        p++;
    }
    return p;
}

LGS_HOT const char *lgs_scan_plain(const char *p, const char *end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'),
                  space = _mm_set1_epi8(0x20);

    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* signed: bytes above 0x7f are negative, so they are below the space too */
        __m128i hits = _mm_or_si128(
            _mm_cmplt_epi8(bytes, space),
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        unsigned mask = (unsigned)_mm_movemask_epi8(hits);

        if (mask) {
            return p + __builtin_ctz(mask);
        }
        p += 16;
    }
#endif
    return lgs_scan_plain_portable(p, end);
}

/* The first byte that is no JSON white space, or `end`. Indentation goes 16 bytes at a time. */
static inline const char *lgs_scan_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
#if defined(__SSE2__)
        while (end - p >= 16) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
            unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '))) ^
                            0xffffu;

            if (mask) {
                p += __builtin_ctz(mask);
                break;
            }
            p += 16;
        }
#endif
    }
    return p;
}

/* How many line ends (LF) stand between the two. */
static inline uint32_t lgs_scan_lines(const char *p, const char *end)
{
    uint32_t n = 0;

#if defined(__SSE2__)
    const __m128i newline = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
    const char *start = p;

    while (end - p >= 16) {
        /* so many blocks that no byte of the sum runs over */
        size_t n_blocks = (size_t)(end - p) / 16;
        const char *stop = p + 16 * (n_blocks < 255 ? n_blocks : 255);
        __m128i sum = zero;

        for (; p < stop; p += 16) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);

            sum = _mm_sub_epi8(sum, _mm_cmpeq_epi8(bytes, newline));
        }
        sum = _mm_sad_epu8(sum, zero);
        n += (uint32_t)(_mm_cvtsi128_si32(sum) + _mm_extract_epi16(sum, 4));
    }
    if (p < end && end - start >= 16) { /* the last 16, without those that are counted already */
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(end - 16));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, newline));

        for (mask >>= 16 - (end - p); mask; mask &= mask - 1) {
            n++;
        }
        p = end;
    }
#endif
    for (; p < end; p++) {
        n += *p == '\n';
    }
    return n;
}

/* Behind the last line end (LF) between the two; `p` when there is none. */
static inline const char *lgs_scan_last_line(const char *p, const char *end)
{
#if defined(__SSE2__)
    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(end - 16));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));

        if (mask) {
            return end - __builtin_clz(mask << 16);
        }
        end -= 16;
    }
#endif
    while (end > p && end[-1] != '\n') {
        end--;
    }
    return end;
}

/*
 * Bytes of the UTF-8 character at p (1 to 4), 0 when there is none: cut short, a continuation
 * byte first, overlong, a surrogate, above U+10FFFF (RFC 3629 section 4). p must be below end.
 */
static inline size_t lgs_utf8_step(const char *p, const char *end)
{
    const unsigned char *s = (const unsigned char *)p;
    size_t left = (size_t)(end - p);
    unsigned char low = 0x80, high = 0xbf;
    size_t n;

    if (s[0] < 0x80) {
        return 1;
    }
    if (s[0] < 0xc2 || s[0] > 0xf4) {
        return 0;
    }
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (s[0] == 0xe0) {
        low = 0xa0; /* below: overlong */
    } else if (s[0] == 0xed) {
        high = 0x9f; /* above: surrogates */
    } else if (s[0] == 0xf0) {
        low = 0x90; /* below: overlong */
    } else if (s[0] == 0xf4) {
        high = 0x8f; /* above: past U+10FFFF */
    }
    if (left < n || s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

/* The code point of the character of n bytes that lgs_utf8_step() has found at p. */
static inline uint32_t lgs_utf8_code(const char *p, size_t n)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)p[0] & masks[n];

    for (size_t i = 1; i < n; i++) {
        code = code << 6 | ((unsigned char)p[i] & 0x3f);
    }
    return code;
}

/* Writes a code point (no surrogate, at most U+10FFFF) as UTF-8; returns the byte behind it. */
static inline char *lgs_utf8_put(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *to++ = (char)(0xe0 | code >> 12);
        } else {
            *to++ = (char)(0xf0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (code & 0x3f));
    return to;
}

/* memcpy for names and short values: a call costs more than the copy. */
LGS_HOT void lgs_scan_copy(char *to, const char *from, size_t n)
{
    struct {
        char bytes[16];
    } x, y; /* compilers copy these in one register each */
    uint64_t a, b;
    uint32_t c, d;

    if (n >= 8) {
        if (n <= 16) {
            memcpy(&a, from, 8);
            memcpy(&b, from + n - 8, 8);
            memcpy(to, &a, 8);
            memcpy(to + n - 8, &b, 8);
        } else if (n <= 32) {
            memcpy(&x, from, 16);
            memcpy(&y, from + n - 16, 16);
            memcpy(to, &x, 16);
            memcpy(to + n - 16, &y, 16);
        } else {
            memcpy(to, from, n);
        }
    } else if (n >= 4) {
        memcpy(&c, from, 4);
        memcpy(&d, from + n - 4, 4);
        memcpy(to, &c, 4);
        memcpy(to + n - 4, &d, 4);
    } else if (n) {
        to[0] = from[0];
        to[n / 2] = from[n / 2];
        to[n - 1] = from[n - 1];
    }
}

#endif
