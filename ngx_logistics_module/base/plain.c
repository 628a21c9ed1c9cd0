/*
 * HTML → text (plain.h). A tokenizer after the WHATWG's states as far as they decide what is text:
 * tags with quoted attributes, comments, and the elements whose content is no text. What is not
 * closed is taken for markup up to the end: nothing of a cut tag comes out.
 */
#include "plain.h"

#define MAX_NAME 16u /* bytes of an element's or reference's name that is looked at */

typedef struct {
    const char *p, *end;
    char *out;
    size_t n;
    bool blank; /* a blank is due before the next character */
    bool line;  /* a line end is due */
} scan_t;

/* Elements that begin and end a line. */
static const char *const blocks[] = {"address", "article", "blockquote", "br", "dd", "div", "dl",
                                     "dt",      "footer",  "h1",         "h2", "h3", "h4",  "h5",
                                     "h6",      "header",  "hr",         "li", "ol", "p",   "pre",
                                     "section", "table",   "td",         "th", "tr", "ul"};

/* Elements whose content no reader sees. */
static const char *const hidden[] = {"script", "style",  "template", "noscript", "iframe",
                                     "object", "select", "textarea", "title",    "head"};

static const struct {
    const char *name;
    const char *text;
} references[] = {
    {"amp", "&"},
    {"lt", "<"},
    {"gt", ">"},
    {"quot", "\""},
    {"apos", "'"},
    {"nbsp", " "},
    {"middot", "\xc2\xb7"},
    {"ndash", "\xe2\x80\x93"},
    {"mdash", "\xe2\x80\x94"},
    {"hellip", "\xe2\x80\xa6"},
    {"euro", "\xe2\x82\xac"},
    {"copy", "\xc2\xa9"},
    {"reg", "\xc2\xae"},
    {"deg", "\xc2\xb0"},
    {"shy", ""},
};

static void read_markup(scan_t *scan);
static void skip_comment(scan_t *scan);
static lgs_str_t read_name(scan_t *scan, char room[MAX_NAME]);
static void skip_attributes(scan_t *scan);
static void skip_content(scan_t *scan, lgs_str_t name);
static bool is_end_tag(const scan_t *scan, lgs_str_t name);
static void read_reference(scan_t *scan);
static bool read_number(lgs_str_t digits, uint32_t *code);
static void put_code(scan_t *scan, uint32_t code);
static void put_bytes(scan_t *scan, const char *bytes, size_t len);
static void keep_apart(scan_t *scan);
static bool is_one_of(lgs_str_t name, const char *const *names, size_t n);

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

size_t lgs_html_text(lgs_str_t html, char *out)
{
    scan_t scan = {.p = html.data, .end = html.data + html.len, .out = out};

    while (scan.p < scan.end) {
        char c = *scan.p;
        char next = scan.p + 1 < scan.end ? scan.p[1] : '\0';

        if (c == '<' && (is_letter(next) || next == '/' || next == '!' || next == '?')) {
            read_markup(&scan);
            keep_apart(&scan);
        } else if (c == '&') {
            read_reference(&scan);
        } else {
            put_bytes(&scan, scan.p++, 1);
        }
    }
    return scan.n;
}

/* At a '<' that begins a tag, a comment or a declaration. */
static void read_markup(scan_t *scan)
{
    bool closes = scan->p[1] == '/';
    char room[MAX_NAME];
    lgs_str_t name;

    if (scan->p[1] == '!' || scan->p[1] == '?') {
        skip_comment(scan);
        return;
    }
    scan->p += closes ? 2 : 1;
    name = read_name(scan, room);
    skip_attributes(scan);
    if (is_one_of(name, blocks, LGS_N(blocks))) {
        scan->line = scan->n > 0;
    } else if (!closes && is_one_of(name, hidden, LGS_N(hidden))) {
        skip_content(scan, name);
    }
}

/* <!-- to -->; <!DOCTYPE, <![CDATA[ and <?xml to the next '>', as browsers do. */
static void skip_comment(scan_t *scan)
{
    bool is_comment = scan->end - scan->p >= 4 && memcmp(scan->p, "<!--", 4) == 0;
    const char *p = scan->p + (is_comment ? 4 : 2);

    if (is_comment && p < scan->end && *p == '>') {
        scan->p = p + 1; /* "<!-->" is a whole one */
        return;
    }
    for (; p < scan->end; p++) {
        bool ends = !is_comment || (p - scan->p >= 6 && p[-1] == '-' && p[-2] == '-');

        if (*p == '>' && ends) {
            scan->p = p + 1;
            return;
        }
    }
    scan->p = scan->end;
}

/* In lower case; a longer one than any that is known is empty. */
static lgs_str_t read_name(scan_t *scan, char room[MAX_NAME])
{
    size_t len = 0;

    while (scan->p < scan->end && !is_blank(*scan->p) && *scan->p != '>' && *scan->p != '/') {
        if (len < MAX_NAME) {
            room[len] = is_letter(*scan->p) ? (char)(*scan->p | 0x20) : *scan->p;
        }
        len++;
        scan->p++;
    }
    return len <= MAX_NAME ? lgs_str(room, len) : lgs_str(room, 0);
}

/* To behind the tag's '>'; one within quotes does not end it. */
static void skip_attributes(scan_t *scan)
{
    bool after_equal = false;
    char quote = '\0';

    for (; scan->p < scan->end; scan->p++) {
        char c = *scan->p;

        if (quote) {
            quote = c == quote ? '\0' : quote;
        } else if ((c == '"' || c == '\'') && after_equal) {
            quote = c;
        } else if (c == '>') {
            scan->p++;
            return;
        }
        after_equal = c == '=' || (after_equal && is_blank(c));
    }
}

/* To behind the end tag of that name. */
static void skip_content(scan_t *scan, lgs_str_t name)
{
    for (; scan->p < scan->end; scan->p++) {
        if (is_end_tag(scan, name)) {
            skip_attributes(scan);
            return;
        }
    }
}

static bool is_end_tag(const scan_t *scan, lgs_str_t name)
{
    const char *p = scan->p;

    if ((size_t)(scan->end - p) < name.len + 3 || p[0] != '<' || p[1] != '/') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if ((p[2 + i] | 0x20) != name.data[i]) {
            return false;
        }
    }
    p += 2 + name.len;
    return is_blank(*p) || *p == '>' || *p == '/';
}

/* At a '&': a reference with its ';', else the character itself. */
static void read_reference(scan_t *scan)
{
    const char *from = scan->p + 1, *p = from;
    uint32_t code;
    lgs_str_t name;

    while (p < scan->end && p - from < (long)MAX_NAME && *p != ';' && *p != '&' && *p != '<' &&
           !is_blank(*p)) {
        p++;
    }
    if (p == scan->end || *p != ';') {
        put_bytes(scan, scan->p++, 1);
        return;
    }
    name = lgs_str(from, (size_t)(p - from));
    for (size_t i = 0; i < LGS_N(references); i++) {
        if (lgs_str_is(name, references[i].name)) {
            scan->p = p + 1;
            put_bytes(scan, references[i].text, strlen(references[i].text));
            return;
        }
    }
    if (name.len > 1 && name.data[0] == '#' &&
        read_number(lgs_str(name.data + 1, name.len - 1), &code)) {
        scan->p = p + 1;
        put_code(scan, code);
        return;
    }
    put_bytes(scan, scan->p++, 1);
}

/* Decimal, or hexadecimal behind an x; too large ones end as U+FFFD. */
static bool read_number(lgs_str_t digits, uint32_t *code)
{
    bool is_hex = digits.data[0] == 'x' || digits.data[0] == 'X';

    *code = 0;
    if (is_hex && digits.len == 1) {
        return false;
    }
    for (size_t i = is_hex; i < digits.len; i++) {
        char c = digits.data[i];
        uint32_t value = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
                         : is_letter(c)       ? (uint32_t)((c | 0x20) - 'a' + 10)
                                              : 99;

        if (value >= (is_hex ? 16u : 10u)) {
            return false;
        }
        *code = *code > 0x10FFFF ? *code : *code * (is_hex ? 16 : 10) + value;
    }
    return true;
}

/* "&#x1;" has five bytes and its character four at most: the result never gets longer. */
static void put_code(scan_t *scan, uint32_t code)
{
    char bytes[4];
    size_t len = 1;

    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        code = 0xFFFD;
    }
    if (code < 0x80) {
        bytes[0] = (char)code;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xC0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3F));
        len = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xE0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (code & 0x3F));
        len = 3;
    } else {
        bytes[0] = (char)(0xF0 | code >> 18);
        bytes[1] = (char)(0x80 | (code >> 12 & 0x3F));
        bytes[2] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[3] = (char)(0x80 | (code & 0x3F));
        len = 4;
    }
    put_bytes(scan, bytes, len);
}

static void put_bytes(scan_t *scan, const char *bytes, size_t len)
{
    if (len == 0) {
        keep_apart(scan);
        return;
    }
    if (len == 1 && is_blank(*bytes)) {
        scan->blank = scan->n > 0;
        return;
    }
    if (len == 1 && ((unsigned char)*bytes < 0x20 || *bytes == 0x7f)) {
        keep_apart(scan);
        return;
    }
    if (scan->line || scan->blank) {
        scan->out[scan->n++] = scan->line ? '\n' : ' ';
        scan->line = scan->blank = false;
    }
    memcpy(scan->out + scan->n, bytes, len);
    scan->n += len;
}

/* Something was left out: "<<b>script>" must not become a tag by losing one. */
static void keep_apart(scan_t *scan)
{
    scan->blank |= scan->n > 0 && scan->out[scan->n - 1] == '<';
}

static bool is_one_of(lgs_str_t name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lgs_str_is(name, names[i])) {
            return true;
        }
    }
    return false;
}
