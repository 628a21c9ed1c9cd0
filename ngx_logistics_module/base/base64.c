/* base64url (base64.h): one table lookup a byte, no branch on what the bytes are. */
#include "base64.h"

#define BAD      0xff
#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* 0 to 63 for the alphabet's bytes, BAD for all others */
static uint8_t value_of(uint8_t byte)
{
    static const uint8_t values[128] = {
#define B BAD
        B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  /* 0x00 */
        B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  /* 0x10 */
        B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  B,  62, B,  B,  /* 0x20: - */
        52, 53, 54, 55, 56, 57, 58, 59, 60, 61, B,  B,  B,  B,  B,  B,  /* 0x30: 0 to 9 */
        B,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, /* 0x40: A to O */
        15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, B,  B,  B,  B,  63, /* 0x50: P to Z, _ */
        B,  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, /* 0x60: a to o */
        41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, B,  B,  B,  B,  B,  /* 0x70: p to z */
#undef B
    };

    return byte < 128 ? values[byte] : BAD;
}

bool lgs_base64url_decode(lgs_str_t text, uint8_t *out, size_t *out_len)
{
    const uint8_t *in = (const uint8_t *)text.data;
    size_t tail = text.len % 4, whole = text.len - tail, n = 0;
    uint8_t seen = 0; /* gathers the top bits: BAD sets them, values do not */
    uint32_t bits = 0;

    if (tail == 1) {
        return false;
    }
    for (size_t i = 0; i < whole; i += 4) {
        uint8_t a = value_of(in[i]), b = value_of(in[i + 1]);
        uint8_t c = value_of(in[i + 2]), d = value_of(in[i + 3]);

        seen |= a | b | c | d;
        out[n++] = (uint8_t)(a << 2 | b >> 4);
        out[n++] = (uint8_t)(b << 4 | c >> 2);
        out[n++] = (uint8_t)(c << 6 | d);
    }
    for (size_t i = whole; i < text.len; i++) {
        uint8_t value = value_of(in[i]);

        seen |= value;
        bits = bits << 6 | value;
    }
    if (tail == 2) {
        out[n++] = (uint8_t)(bits >> 4);
        bits &= 0xf;
    } else if (tail == 3) {
        out[n++] = (uint8_t)(bits >> 10);
        out[n++] = (uint8_t)(bits >> 2);
        bits &= 0x3;
    }
    if (seen & 0x80 || bits) {
        return false;
    }
    *out_len = n;
    return true;
}

lgs_str_t lgs_base64url_encode(lgs_arena_t *arena, const uint8_t *bytes, size_t len)
{
    static const char alphabet[] = ALPHABET;
    size_t n = len / 3 * 4 + (len % 3 ? len % 3 + 1 : 0);
    char *text, *p;

    if (len > SIZE_MAX / 4 * 3 - 4) {
        return (lgs_str_t){NULL, 0};
    }
    text = p = lgs_arena_alloc(arena, n + 1);
    if (text == NULL) {
        return (lgs_str_t){NULL, 0};
    }
    for (; len >= 3; bytes += 3, len -= 3) {
        *p++ = alphabet[bytes[0] >> 2];
        *p++ = alphabet[(bytes[0] << 4 | bytes[1] >> 4) & 63];
        *p++ = alphabet[(bytes[1] << 2 | bytes[2] >> 6) & 63];
        *p++ = alphabet[bytes[2] & 63];
    }
    if (len) {
        uint8_t second = len == 2 ? bytes[1] : 0;

        *p++ = alphabet[bytes[0] >> 2];
        *p++ = alphabet[(bytes[0] << 4 | second >> 4) & 63];
        if (len == 2) {
            *p++ = alphabet[second << 2 & 63];
        }
    }
    *p = '\0';
    return lgs_str(text, n);
}

/* Four at a time, turned into the other alphabet: secrets are short. */
bool lgs_base64_decode(lgs_str_t text, uint8_t *out, size_t *out_len)
{
    size_t n = 0;

    if (text.len % 4) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 4) {
        uint8_t bytes[6];
        char four[4];
        size_t len = 4, got;

        while (i + 4 == text.len && len > 2 && text.data[i + len - 1] == '=') {
            len--;
        }
        for (size_t k = 0; k < len; k++) {
            char c = text.data[i + k];

            /* a letter of the other alphabet becomes one of none */
            four[k] = (char)(c == '+' ? '-' : c == '/' ? '_' : c == '-' || c == '_' ? '!' : c);
        }
        if (!lgs_base64url_decode(lgs_str(four, len), bytes, &got)) {
            return false;
        }
        memcpy(out + n, bytes, got);
        n += got;
    }
    *out_len = n;
    return true;
}

void lgs_base64_encode(const uint8_t *bytes, size_t len, char *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3, out += 4) {
        uint8_t second = i + 1 < len ? bytes[i + 1] : 0, third = i + 2 < len ? bytes[i + 2] : 0;

        out[0] = alphabet[bytes[i] >> 2];
        out[1] = alphabet[(bytes[i] << 4 | second >> 4) & 63];
        out[2] = (char)(i + 1 < len ? alphabet[(second << 2 | third >> 6) & 63] : '=');
        out[3] = (char)(i + 2 < len ? alphabet[third & 63] : '=');
    }
}
