/*
 * The format uri-template, RFC 6570:
 *
 *   template   = *( literal / "{" [operator] varspec *( "," varspec ) "}" )
 *   operator   = one of + # . / ; ? & and, kept for later, = , ! @ |
 *   varspec    = name [ ":" 1 to 9999 / "*" ]
 *   name       = 1*( letter / digit / "_" / %XX ), with single dots between
 */
#include "formats.h"

typedef struct {
    const char *p, *end;
} cursor_t;

static bool read_literal(cursor_t *cursor);
static bool read_expression(cursor_t *cursor);
static bool read_name(cursor_t *cursor);
static bool read_modifier(cursor_t *cursor);
static bool read_percent(cursor_t *cursor);

bool lgs_is_uri_template(lgs_str_t text)
{
    const char *start = text.len ? text.data : "";
    cursor_t cursor = {start, start + text.len};

    while (cursor.p < cursor.end) {
        if (!(*cursor.p == '{' ? read_expression(&cursor) : read_literal(&cursor))) {
            return false;
        }
    }
    return true;
}

/* Anything but controls, blanks and signs that a URI never has; ' is one of them no more (erratum
 * 6937). */
static bool read_literal(cursor_t *cursor)
{
    unsigned char c = (unsigned char)*cursor->p;

    if (c == '%') {
        return read_percent(cursor);
    }
    cursor->p++;
    return c > ' ' && c != 0x7f && !strchr("\"<>\\^`{|}", c);
}

static bool read_expression(cursor_t *cursor)
{
    if (++cursor->p < cursor->end && *cursor->p && strchr("+#./;?&=,!@|", *cursor->p)) {
        cursor->p++;
    }
    while (read_name(cursor) && read_modifier(cursor) && cursor->p < cursor->end) {
        char c = *cursor->p++;

        if (c != ',') {
            return c == '}';
        }
    }
    return false;
}

static bool read_name(cursor_t *cursor)
{
    bool was_dot = true;

    while (cursor->p < cursor->end) {
        char c = *cursor->p;

        if (c == '%') {
            if (!read_percent(cursor)) {
                return false;
            }
            was_dot = false;
            continue;
        }
        if (c == '.' ? was_dot : !(lgs_char_classes(c) & (CHAR_ALPHA | CHAR_DIGIT)) && c != '_') {
            break;
        }
        was_dot = c == '.';
        cursor->p++;
    }
    return !was_dot;
}

static bool read_modifier(cursor_t *cursor)
{
    const char *start;

    if (cursor->p < cursor->end && *cursor->p == '*') {
        cursor->p++;
        return true;
    }
    if (cursor->p == cursor->end || *cursor->p != ':') {
        return true;
    }
    start = ++cursor->p;
    while (cursor->p < cursor->end && (lgs_char_classes(*cursor->p) & CHAR_DIGIT)) {
        cursor->p++;
    }
    return cursor->p > start && cursor->p - start <= 4 && *start != '0';
}

static bool read_percent(cursor_t *cursor)
{
    if (cursor->end - cursor->p < 3 || !(lgs_char_classes(cursor->p[1]) & CHAR_HEX) ||
        !(lgs_char_classes(cursor->p[2]) & CHAR_HEX)) {
        return false;
    }
    cursor->p += 3;
    return true;
}
