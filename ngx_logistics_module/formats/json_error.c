/*
 * Why a JSON document was refused, in words that its sender can act on (json_reader.h). Quotes of
 * the document are one byte or one member's name: bodies do not belong into errors.
 */
#include "json_reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "scan.h"

typedef struct {
    char text[40];
} found_t;

static found_t found(const lgs_json_reader_t *r, const char *at);
static const char *refuse(lgs_json_reader_t *r, const char *at, const char *code, bool value_due,
                          const char *format, ...) LGS_PRINTF(5, 6);
static const char *hint_for(const lgs_json_reader_t *r, const char *at);

const char *lgs_json_refuse_value(lgs_json_reader_t *r, const char *at)
{
    const char *hint;

    if (at == r->end && r->build.depth == 0) {
        return refuse(r, at, "json-syntax", true,
                      "the document is empty, a JSON value was expected");
    }
    hint = hint_for(r, at);
    return refuse(r, at, "json-syntax", true, "expected a value, found %s%s%s", found(r, at).text,
                  *hint ? ": " : "", hint);
}

const char *lgs_json_refuse_between(lgs_json_reader_t *r, const char *at)
{
    bool is_object = r->build.frames[r->build.depth - 1].type == LGS_OBJECT;
    uint32_t width = lgs_build_width(&r->build);

    if (width == 0) { /* only at the end: an empty container returns at its bracket */
        return refuse(r, at, "json-syntax", false, "expected a value, found %s", found(r, at).text);
    }
    if (is_object) {
        lgs_str_t name = lgs_node_text(r->build.top - 2);

        return refuse(r, at, "json-syntax", false,
                      "expected ',' or '}' after the member \"%s\", found %s",
                      lgs_build_word(name).text, found(r, at).text);
    }
    return refuse(r, at, "json-syntax", false, "expected ',' or ']' after item %u, found %s",
                  width - 1, found(r, at).text);
}

const char *lgs_json_refuse_name(lgs_json_reader_t *r, const char *at)
{
    if (at < r->end && *at == '}') { /* the empty object was found before */
        return refuse(r, at, "json-syntax", false,
                      "expected a member's name, found '}': remove the comma before it");
    }
    return refuse(r, at, "json-syntax", false,
                  "expected a member's name in double quotes, found %s", found(r, at).text);
}

const char *lgs_json_refuse_colon(lgs_json_reader_t *r, const char *at)
{
    lgs_str_t name = lgs_node_text(r->build.top - 1);

    return refuse(r, at, "json-syntax", false, "expected ':' after the name \"%s\", found %s",
                  lgs_build_word(name).text, found(r, at).text);
}

const char *lgs_json_refuse_number(lgs_json_reader_t *r, const char *start, const char *at)
{
    const char *digits = start + (*start == '-');

    if (at - start > (ptrdiff_t)LGS_MAX_NUMBER) {
        refuse(r, start, "max-number", true, "a number of more than %u characters", LGS_MAX_NUMBER);
        r->rc = LGS_LIMIT;
        return NULL;
    }
    if (at - digits > 1 && *digits == '0' && digits[1] >= '0' && digits[1] <= '9') {
        return refuse(r, start, "json-syntax", true,
                      "a number has no leading zeros; write a code like this as a string");
    }
    return refuse(r, at, "json-syntax", true, "expected a digit after '%c' in a number, found %s",
                  at[-1], found(r, at).text);
}

const char *lgs_json_refuse_string(lgs_json_reader_t *r, const char *start, const char *at)
{
    unsigned char c;

    if (at == r->end) {
        return refuse(r, start - 1, "json-syntax", true,
                      "the document ends within the string that begins here");
    }
    c = (unsigned char)*at;
    if (c >= 0x80) {
        return refuse(r, at, "json-utf8", true,
                      "the byte 0x%02X is not UTF-8 here; send the document in UTF-8", c);
    }
    if (c == '\n' || c == '\r') {
        return refuse(r, at, "json-syntax", true, "a line break within a string; write it as \\%c",
                      c == '\n' ? 'n' : 'r');
    }
    return refuse(r, at, "json-syntax", true,
                  "the control character 0x%02X within a string; write it as \\u%04X", c, c);
}

const char *lgs_json_refuse_escape(lgs_json_reader_t *r, const char *at)
{
    unsigned digits = 0;

    if (r->end - at < 2) {
        return refuse(r, at, "json-syntax", true, "the document ends within an escape");
    }
    if (at[1] != 'u') {
        return refuse(r, at, "json-syntax", true,
                      "no escape begins with a backslash and %s; write a backslash as \\\\",
                      found(r, at + 1).text);
    }
    while (digits < 4 && at + 2 + digits < r->end &&
           memchr("0123456789abcdefABCDEF", at[2 + digits], 22)) {
        digits++;
    }
    if (digits < 4) {
        return refuse(r, at, "json-syntax", true, "\\u needs four hexadecimal digits");
    }
    return refuse(r, at, "json-syntax", true, "\\u%.4s is one half of a surrogate pair", at + 2);
}

lgs_rc_t lgs_json_refuse_trailing(lgs_json_reader_t *r, const char *at)
{
    refuse(r, at, "json-syntax", false, "nothing may follow the document's value, found %s",
           found(r, at).text);
    return r->rc;
}

static const char *refuse(lgs_json_reader_t *r, const char *at, const char *code, bool value_due,
                          const char *format, ...)
{
    lgs_pos_t pos = {.offset = (uint32_t)(at - r->start)};
    char text[256];
    lgs_err_t *err;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err = lgs_errs_add(r->errs, code, pos, "%s", text);
    if (err) {
        err->pointer = lgs_build_path(&r->build, r->errs->arena, value_due);
    }
    r->rc = LGS_INVALID;
    return NULL;
}

/* What stands at a place, for "found …". */
static found_t found(const lgs_json_reader_t *r, const char *at)
{
    found_t word;
    size_t n = at < r->end ? lgs_utf8_step(at, r->end) : 0;
    unsigned char c;

    if (at >= r->end) {
        snprintf(word.text, sizeof(word.text), "the end of the document");
        return word;
    }
    c = (unsigned char)*at;
    /* nor C1 controls and the marks around U+FEFF, which a terminal would swallow */
    if (n == 0 || c < 0x20 || c == 0x7f || c == 0xc2 || c == 0xef) {
        snprintf(word.text, sizeof(word.text), "the byte 0x%02X", c);
    } else {
        snprintf(word.text, sizeof(word.text), c == '\'' ? "\"%.*s\"" : "'%.*s'", (int)n, at);
    }
    return word;
}

/* What senders usually meant by a wrong start of a value; first match. */
static const char *hint_for(const lgs_json_reader_t *r, const char *at)
{
    static const struct {
        lgs_str_t start;
        const char *text;
    } hints[] = {
        {LGS_STR_INIT("\xef\xbb\xbf"), "send it without a byte order mark"},
        {LGS_STR_INIT("\xff\xfe"), "send it in UTF-8, not UTF-16"},
        {LGS_STR_INIT("\xfe\xff"), "send it in UTF-8, not UTF-16"},
        {LGS_STR_INIT("<"), "this looks like XML or HTML"},
        {LGS_STR_INIT("'"), "strings stand in double quotes"},
        {LGS_STR_INIT("/"), "JSON has no comments"},
        {LGS_STR_INIT("#"), "JSON has no comments"},
        {LGS_STR_INIT("+"), "a number has no plus sign"},
        {LGS_STR_INIT("."), "a number has a digit before its point"},
        {LGS_STR_INIT("\xe2\x80\x9c"), "strings stand in straight double quotes"},
        {LGS_STR_INIT("\xe2\x80\x9d"), "strings stand in straight double quotes"},
        {LGS_STR_INIT("NaN"), "JSON has no NaN; write null"},
        {LGS_STR_INIT("Infinity"), "JSON has no infinity; write null"},
        {LGS_STR_INIT("True"), "write true"},
        {LGS_STR_INIT("False"), "write false"},
        {LGS_STR_INIT("None"), "write null"},
        {LGS_STR_INIT("undefined"), "write null"},
    };
    lgs_str_t rest = lgs_str(at, (size_t)(r->end - at));

    if (lgs_str_starts(rest, LGS_STR("]")) && r->build.depth && lgs_build_width(&r->build) &&
        r->build.frames[r->build.depth - 1].type == LGS_ARRAY) {
        return "remove the comma before it";
    }
    for (size_t i = 0; i < LGS_N(hints); i++) {
        if (lgs_str_starts(rest, hints[i].start)) {
            return hints[i].text;
        }
    }
    return "";
}
