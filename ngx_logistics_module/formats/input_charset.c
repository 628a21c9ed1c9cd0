/*
 * The character set that a request names for its body, beside the one that its bytes are read in:
 * where they differ, letters would silently become others.
 */
#include "csv.h"
#include "fixed.h"

#define MAX_NAME   32u  /* of a character set, folded */
#define MAX_PROLOG 256u /* in which XML says its encoding */

static lgs_str_t charset_of_csv(const lgs_input_t *input, lgs_str_t source);
static lgs_str_t charset_of_fixed(const lgs_input_t *input, lgs_str_t source);
static lgs_str_t charset_of_xml(const lgs_input_t *input, lgs_str_t source);
static const char *find(const char *p, const char *end, lgs_str_t word);
static lgs_str_t utf8(const lgs_input_t *input, lgs_str_t source);
static lgs_str_t fold(lgs_str_t name, char folded[MAX_NAME]);

/* EDI says in its header what it is written in: what the request says does not count. */
static const struct {
    const char *format;
    lgs_str_t (*charset)(const lgs_input_t *input, lgs_str_t source);
} readers[] = {{"json", utf8},
               {"ndjson", utf8},
               {"xml", charset_of_xml},
               {"csv", charset_of_csv},
               {"fixed", charset_of_fixed}};

/* Folded: in small letters, without marks between them. */
static const struct {
    const char *other, *name;
} aliases[] = {
    {"windows1252", "cp1252"}, {"latin1", "iso88591"},  {"latin2", "iso88592"},
    {"latin5", "iso88599"},    {"latin9", "iso885915"}, {"usascii", "ascii"},
};

bool lgs_input_is_charset(const lgs_input_t *input, lgs_str_t source, lgs_str_t named,
                          lgs_str_t *read_as)
{
    char a[MAX_NAME], b[MAX_NAME];
    lgs_str_t wanted = fold(named, a), is;

    *read_as = LGS_STR("");
    for (size_t i = 0; i < LGS_N(readers); i++) {
        if (lgs_str_is(lgs_input_name(input), readers[i].format)) {
            *read_as = readers[i].charset(input, source);
        }
    }
    is = fold(*read_as, b);
    /* ASCII is a part of every one, and who says ISO 8859-1 may mean what Windows makes of it */
    return read_as->len == 0 || lgs_str_eq(wanted, is) || lgs_str_is(wanted, "ascii") ||
           (lgs_str_is(wanted, "iso88591") && lgs_str_is(is, "cp1252"));
}

static lgs_str_t utf8(const lgs_input_t *input, lgs_str_t source)
{
    return lgs_charset_name(LGS_CHARSET_UTF8);
}

static lgs_str_t charset_of_csv(const lgs_input_t *input, lgs_str_t source)
{
    const lgs_csv_t *csv = input->profile ? input->profile : &lgs_csv_default;

    return lgs_charset_name(csv->charset);
}

static lgs_str_t charset_of_fixed(const lgs_input_t *input, lgs_str_t source)
{
    return lgs_charset_name(((const lgs_fixed_t *)input->profile)->charset);
}

/* <?xml version="1.0" encoding="…"?>, or a byte order mark; else UTF-8 (XML 1.0, 4.3.3). */
static lgs_str_t charset_of_xml(const lgs_input_t *input, lgs_str_t source)
{
    lgs_str_t prolog = lgs_str(source.data, source.len < MAX_PROLOG ? source.len : MAX_PROLOG);
    const char *end, *p, *close;

    if (lgs_charset_is_utf16(source)) {
        return LGS_STR("utf-16");
    }
    end = prolog.len ? memchr(prolog.data, '>', prolog.len) : NULL;
    p = end ? find(prolog.data, end, LGS_STR("encoding")) : NULL;
    if (p == NULL || find(prolog.data, p, LGS_STR("<?xml")) == NULL) {
        return lgs_charset_name(LGS_CHARSET_UTF8);
    }
    for (; p < end && *p != '"' && *p != '\''; p++) {
    }
    close = p + 1 < end ? memchr(p + 1, *p, (size_t)(end - p - 1)) : NULL;
    return close ? lgs_str(p + 1, (size_t)(close - p - 1)) : lgs_charset_name(LGS_CHARSET_UTF8);
}

static const char *find(const char *p, const char *end, lgs_str_t word)
{
    for (; (size_t)(end - p) >= word.len; p++) {
        if (memcmp(p, word.data, word.len) == 0) {
            return p;
        }
    }
    return NULL;
}

/* A longer name than any that is known stays unlike all of them. */
static lgs_str_t fold(lgs_str_t name, char folded[MAX_NAME])
{
    size_t n = 0;

    for (size_t i = 0; i < name.len && n < MAX_NAME; i++) {
        char c = name.data[i];

        if (c != '-' && c != '_') {
            folded[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
    }
    for (size_t i = 0; i < LGS_N(aliases); i++) {
        if (lgs_str_is(lgs_str(folded, n), aliases[i].other)) {
            return lgs_cstr(aliases[i].name);
        }
    }
    return lgs_str(folded, n);
}
