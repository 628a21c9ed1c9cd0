/*
 * Character sets (charset.h): each of the 8-bit ones is its difference from ISO 8859-1, whose bytes
 * are the code points of the same number.
 */
#include "charset.h"

#include "scan.h"

#define NO_CHARACTER 0u

typedef struct {
    unsigned char byte;
    uint16_t code;
} difference_t;

/* What Windows puts where ISO 8859-1 has control characters. */
static const difference_t cp1252[] = {
    {0x80, 0x20ac},       {0x81, NO_CHARACTER}, {0x82, 0x201a}, {0x83, 0x0192},
    {0x84, 0x201e},       {0x85, 0x2026},       {0x86, 0x2020}, {0x87, 0x2021},
    {0x88, 0x02c6},       {0x89, 0x2030},       {0x8a, 0x0160}, {0x8b, 0x2039},
    {0x8c, 0x0152},       {0x8d, NO_CHARACTER}, {0x8e, 0x017d}, {0x8f, NO_CHARACTER},
    {0x90, NO_CHARACTER}, {0x91, 0x2018},       {0x92, 0x2019}, {0x93, 0x201c},
    {0x94, 0x201d},       {0x95, 0x2022},       {0x96, 0x2013}, {0x97, 0x2014},
    {0x98, 0x02dc},       {0x99, 0x2122},       {0x9a, 0x0161}, {0x9b, 0x203a},
    {0x9c, 0x0153},       {0x9d, NO_CHARACTER}, {0x9e, 0x017e}, {0x9f, 0x0178},
};
static const difference_t iso_8859_15[] = {
    {0xa4, 0x20ac}, {0xa6, 0x0160}, {0xa8, 0x0161}, {0xb4, 0x017d},
    {0xb8, 0x017e}, {0xbc, 0x0152}, {0xbd, 0x0153}, {0xbe, 0x0178},
};

static const struct {
    lgs_str_t name;
    const difference_t *differences;
    size_t n;
} charsets[LGS_N_CHARSETS] = {
    [LGS_CHARSET_UTF8] = {LGS_STR_INIT("utf-8"), NULL, 0},
    [LGS_CHARSET_CP1252] = {LGS_STR_INIT("cp1252"), cp1252, LGS_N(cp1252)},
    [LGS_CHARSET_8859_1] = {LGS_STR_INIT("iso-8859-1"), NULL, 0},
    [LGS_CHARSET_8859_15] = {LGS_STR_INIT("iso-8859-15"), iso_8859_15, LGS_N(iso_8859_15)},
    [LGS_CHARSET_8859_2] = {LGS_STR_INIT("iso-8859-2"), NULL, 0},
    [LGS_CHARSET_8859_3] = {LGS_STR_INIT("iso-8859-3"), NULL, 0},
    [LGS_CHARSET_8859_4] = {LGS_STR_INIT("iso-8859-4"), NULL, 0},
    [LGS_CHARSET_8859_5] = {LGS_STR_INIT("iso-8859-5"), NULL, 0},
    [LGS_CHARSET_8859_6] = {LGS_STR_INIT("iso-8859-6"), NULL, 0},
    [LGS_CHARSET_8859_7] = {LGS_STR_INIT("iso-8859-7"), NULL, 0},
    [LGS_CHARSET_8859_8] = {LGS_STR_INIT("iso-8859-8"), NULL, 0},
    [LGS_CHARSET_8859_9] = {LGS_STR_INIT("iso-8859-9"), NULL, 0},
};

static lgs_rc_t check_utf8(lgs_str_t text, size_t *bad);
static int byte_of(lgs_charset_t charset, uint32_t code);

lgs_str_t lgs_charset_name(lgs_charset_t charset)
{
    return charsets[charset].name;
}

lgs_rc_t lgs_charset_decode(lgs_charset_t charset, lgs_arena_t *arena, lgs_str_t text,
                            lgs_str_t *utf8, size_t *bad)
{
    char *start, *to;

    if (charset == LGS_CHARSET_UTF8) {
        *utf8 = text;
        return check_utf8(text, bad);
    }
    start = to = lgs_arena_alloc(arena, 3 * text.len); /* no character of the sets is longer */
    if (start == NULL) {
        return LGS_NOMEM;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        uint32_t code = byte < 0x80 ? byte : lgs_charset_character(charset, byte);

        if (byte >= 0x80 && code == NO_CHARACTER) {
            *bad = i;
            return LGS_INVALID;
        }
        to = lgs_utf8_put(to, code);
    }
    *utf8 = lgs_str(start, (size_t)(to - start));
    return LGS_OK;
}

lgs_rc_t lgs_charset_encode(lgs_charset_t charset, lgs_arena_t *arena, lgs_str_t utf8,
                            lgs_str_t *text, size_t *bad)
{
    const char *p = utf8.data, *end = p + utf8.len;
    char *start, *to;

    *text = utf8;
    if (charset == LGS_CHARSET_UTF8) {
        return LGS_OK;
    }
    start = to = lgs_arena_alloc(arena, utf8.len);
    if (start == NULL) {
        return LGS_NOMEM;
    }
    while (p < end) {
        size_t n = lgs_utf8_step(p, end);
        int byte = n ? byte_of(charset, lgs_utf8_code(p, n)) : -1;

        if (byte < 0) {
            *bad = (size_t)(p - utf8.data);
            return LGS_INVALID;
        }
        *to++ = (char)byte;
        p += n;
    }
    *text = lgs_str(start, (size_t)(to - start));
    return LGS_OK;
}

bool lgs_charset_is_utf16(lgs_str_t text)
{
    const unsigned char *p = (const unsigned char *)text.data;

    return text.len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff) ||
                             (p[0] == 0) != (p[1] == 0));
}

static lgs_rc_t check_utf8(lgs_str_t text, size_t *bad)
{
    const char *p = text.data, *end = p + text.len;

    while (p < end) {
        size_t n = lgs_utf8_step(p, end);

        if (n == 0) {
            *bad = (size_t)(p - text.data);
            return LGS_INVALID;
        }
        p += n;
    }
    return LGS_OK;
}

uint32_t lgs_charset_character(lgs_charset_t charset, unsigned char byte)
{
    if (charset >= LGS_CHARSET_8859_2) {
        return byte < 0xa0 ? byte : lgs_charset_iso[charset - LGS_CHARSET_8859_2][byte - 0xa0];
    }
    for (size_t i = 0; i < charsets[charset].n; i++) {
        if (charsets[charset].differences[i].byte == byte) {
            return charsets[charset].differences[i].code;
        }
    }
    return byte;
}

static int byte_of(lgs_charset_t charset, uint32_t code)
{
    if (code < 0x80) {
        return (int)code;
    }
    for (unsigned byte = 0xa0; charset >= LGS_CHARSET_8859_2 && byte < 0x100; byte++) {
        if (lgs_charset_iso[charset - LGS_CHARSET_8859_2][byte - 0xa0] == code) {
            return (int)byte;
        }
    }
    if (charset >= LGS_CHARSET_8859_2) {
        return code < 0xa0 ? (int)code : -1;
    }
    for (size_t i = 0; i < charsets[charset].n; i++) {
        const difference_t *difference = &charsets[charset].differences[i];

        if (difference->code == code) {
            return difference->byte;
        }
        if (difference->byte == code) {
            return -1; /* that byte is something else here */
        }
    }
    return code < 0x100 ? (int)code : -1;
}
