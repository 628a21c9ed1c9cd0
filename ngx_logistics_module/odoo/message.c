/*
 * Cleaning of Odoo's messages (message.h). Works on bytes: UTF-8 sequences are never split, and
 * what is removed is ASCII.
 */
#include "message.h"

#define MAX_SOURCE                                                                                 \
    8192u /* bytes of a message that are looked at; RedirectWarnings run to kilobytes */
#define NOT_FOUND SIZE_MAX

static const lgs_str_t ends[] = {
    LGS_STR_INIT("Traceback (most recent call last)"),
    LGS_STR_INIT("\nLINE "),
    LGS_STR_INIT("\nHINT:"),
    LGS_STR_INIT("\nDETAIL:"),
    LGS_STR_INIT("\nCONTEXT:"),
};

static size_t find(lgs_str_t text, lgs_str_t part);
static lgs_str_t cut(lgs_str_t text);
static bool starts_token(lgs_str_t text, size_t at);
static size_t path_length(lgs_str_t text, size_t at);
static void add_byte(lgs_buf_t *buf, char c);

lgs_str_t lgs_odoo_clean(lgs_arena_t *arena, lgs_str_t text)
{
    lgs_buf_t buf;
    bool full = false;

    text = cut(text);
    lgs_buf_init(&buf, arena, LGS_ODOO_MAX_MESSAGE + 8, 0);
    for (size_t i = 0; i < text.len && !full;) {
        size_t path = starts_token(text, i) ? path_length(text, i) : 0;

        if (path) {
            lgs_buf_cstr(&buf, "(path)");
        } else {
            add_byte(&buf, text.data[i]);
        }
        i += path ? path : 1;
        /* stop only between characters */
        full = buf.len >= LGS_ODOO_MAX_MESSAGE - 4 &&
               (i == text.len || ((unsigned char)text.data[i] & 0xc0) != 0x80);
        if (full && i < text.len) {
            lgs_buf_cstr(&buf, "…");
        }
    }
    while (buf.len && buf.data[buf.len - 1] == ' ') {
        buf.len--;
    }
    return buf.failed ? (lgs_str_t){NULL, 0} : lgs_buf_text(&buf);
}

bool lgs_odoo_holds(lgs_str_t text, lgs_str_t part)
{
    return find(text, part) != NOT_FOUND;
}

/* Offset of the first `part` in `text`, or NOT_FOUND. */
static size_t find(lgs_str_t text, lgs_str_t part)
{
    const char *p = text.data, *end;

    if (part.len == 0 || text.len < part.len) {
        return part.len ? NOT_FOUND : 0;
    }
    end = p + text.len;
    while ((size_t)(end - p) >= part.len &&
           (p = memchr(p, part.data[0], (size_t)(end - p) - part.len + 1)) != NULL) {
        if (memcmp(p, part.data, part.len) == 0) {
            return (size_t)(p - text.data);
        }
        p++;
    }
    return NOT_FOUND;
}

static lgs_str_t cut(lgs_str_t text)
{
    if (text.len > MAX_SOURCE) {
        text.len = MAX_SOURCE;
        while (text.len && ((unsigned char)text.data[text.len] & 0xc0) == 0x80) {
            text.len--;
        }
    }
    for (size_t i = 0; i < LGS_N(ends) && text.len; i++) {
        size_t at = find(text, ends[i]);

        if (at != NOT_FOUND) {
            text.len = at;
        }
    }
    return text;
}

static bool starts_token(lgs_str_t text, size_t at)
{
    unsigned char before;

    if (at == 0) {
        return true;
    }
    before = (unsigned char)text.data[at - 1];
    /* an ellipsis (or any other letter beyond ASCII) before a path is the server's own shortening
     */
    return before <= ' ' || before >= 0x80 || strchr("\"'(<=:", before) != NULL;
}

/* Bytes of an absolute path that starts here; 0 when there is none: "/a/b" is one, "/" and "/a" are
 * not. */
static size_t path_length(lgs_str_t text, size_t at)
{
    size_t end = at, slashes = 0;

    if (text.data[at] != '/') {
        return 0;
    }
    while (end < text.len && text.data[end] &&
           (strchr("/._-+@", text.data[end]) || (text.data[end] >= '0' && text.data[end] <= '9') ||
            (text.data[end] >= 'A' && text.data[end] <= 'Z') ||
            (text.data[end] >= 'a' && text.data[end] <= 'z'))) {
        slashes += text.data[end] == '/';
        end++;
    }
    return slashes >= 2 && end - at > 3 ? end - at : 0;
}

static void add_byte(lgs_buf_t *buf, char c)
{
    if ((unsigned char)c > ' ' && c != 0x7f) {
        lgs_buf_byte(buf, c);
    } else if (buf->len && buf->data[buf->len - 1] != ' ') {
        lgs_buf_byte(buf, ' ');
    }
}
