/*
 * The 8-bit character sets that flat files are still written in, from and to UTF-8. UTF-16 is not
 * read: who writes it can write UTF-8.
 */
#ifndef LGS_CHARSET_H
#define LGS_CHARSET_H

#include "../base/arena.h"

typedef enum {
    LGS_CHARSET_UTF8,
    LGS_CHARSET_CP1252,
    LGS_CHARSET_8859_1,
    LGS_CHARSET_8859_15,
    LGS_CHARSET_8859_2, /* from here on by charset_iso.c */
    LGS_CHARSET_8859_3,
    LGS_CHARSET_8859_4,
    LGS_CHARSET_8859_5,
    LGS_CHARSET_8859_6,
    LGS_CHARSET_8859_7,
    LGS_CHARSET_8859_8,
    LGS_CHARSET_8859_9,
    LGS_N_CHARSETS
} lgs_charset_t;

/* The character of a byte above 0x7f in an 8-bit set; 0: none. */
uint32_t lgs_charset_character(lgs_charset_t charset, unsigned char byte);

/* "utf-8", "cp1252", "iso-8859-1", "iso-8859-15", … */
lgs_str_t lgs_charset_name(lgs_charset_t charset);

/*
 * `text` as UTF-8: borrowed when it is UTF-8 already, else in `arena`. LGS_INVALID: the byte at
 * *bad is no character; LGS_NOMEM.
 */
lgs_rc_t lgs_charset_decode(lgs_charset_t charset, lgs_arena_t *arena, lgs_str_t text,
                            lgs_str_t *utf8, size_t *bad) LGS_MUST_CHECK;

/* The other way; LGS_INVALID: the character at *bad is not in the set. `utf8` must be UTF-8. */
lgs_rc_t lgs_charset_encode(lgs_charset_t charset, lgs_arena_t *arena, lgs_str_t utf8,
                            lgs_str_t *text, size_t *bad) LGS_MUST_CHECK;

/* charset_iso.c */
extern const uint16_t lgs_charset_iso[LGS_N_CHARSETS - LGS_CHARSET_8859_2][96];

/* The text begins as one in UTF-16 does: a byte order mark, or a letter beside a NUL. */
bool lgs_charset_is_utf16(lgs_str_t text);

#endif
