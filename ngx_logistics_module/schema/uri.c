/*
 * As much of RFC 3986 as $id and $ref need: resolving a reference against a base that may itself be
 * a relative file name ("canonical/event.json"). Results live in the arena.
 */
#include "../base/buf.h"
#include "program.h"

typedef struct {
    lgs_str_t scheme, authority, path, query; /* data NULL: not there (path: always) */
} uri_t;

static uri_t split(lgs_str_t text);
static lgs_str_t merge(lgs_buf_t *buf, uri_t base, lgs_str_t path);
static void add_without_dots(lgs_buf_t *buf, lgs_str_t path);
static void drop_last(lgs_buf_t *buf, size_t start);
static int hex_value(char c);

lgs_str_t lgs_uri_split(lgs_str_t uri, lgs_str_t *fragment)
{
    const char *hash = uri.len ? memchr(uri.data, '#', uri.len) : NULL;

    if (hash == NULL) {
        *fragment = lgs_str("", 0);
        return uri;
    }
    *fragment = lgs_str(hash + 1, uri.len - (size_t)(hash + 1 - uri.data));
    return lgs_str(uri.data, (size_t)(hash - uri.data));
}

lgs_str_t lgs_uri_resolve(lgs_arena_t *arena, lgs_str_t base_text, lgs_str_t reference)
{
    uri_t base = split(base_text), ref = split(reference);
    lgs_buf_t buf, merged;
    bool own_authority = ref.scheme.data || ref.authority.data;
    lgs_str_t scheme = ref.scheme.data ? ref.scheme : base.scheme;
    lgs_str_t authority = own_authority ? ref.authority : base.authority;
    lgs_str_t path = ref.path, query = ref.query;

    lgs_buf_init(&buf, arena, base_text.len + reference.len + 4, 0);
    lgs_buf_init(&merged, arena, base_text.len + reference.len + 4, 0);
    if (!own_authority && ref.path.len == 0) {
        path = base.path;
        query = ref.query.data ? ref.query : base.query;
    } else if (!own_authority && ref.path.data[0] != '/') {
        path = merge(&merged, base, ref.path);
    }
    if (scheme.data) {
        lgs_buf_str(&buf, scheme);
        lgs_buf_byte(&buf, ':');
    }
    if (authority.data) {
        lgs_buf_cstr(&buf, "//");
        lgs_buf_str(&buf, authority);
    }
    add_without_dots(&buf, path);
    if (query.data) {
        lgs_buf_byte(&buf, '?');
        lgs_buf_str(&buf, query);
    }
    lgs_buf_byte(&buf, '\0');
    return buf.failed || merged.failed ? lgs_str(NULL, 0) : lgs_str(buf.data, buf.len - 1);
}

lgs_str_t lgs_uri_unescape(lgs_arena_t *arena, lgs_str_t text)
{
    char *out = lgs_arena_alloc(arena, text.len + 1);
    size_t n = 0;

    if (out == NULL) {
        return lgs_str(NULL, 0);
    }
    for (size_t i = 0; i < text.len; i++) {
        int high = text.len - i > 2 ? hex_value(text.data[i + 1]) : -1;
        int low = text.len - i > 2 ? hex_value(text.data[i + 2]) : -1;

        if (text.data[i] == '%' && high >= 0 && low >= 0) {
            out[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            out[n++] = text.data[i];
        }
    }
    return lgs_str(out, n);
}

/* RFC 3986 appendix B, without the fragment. */
static uri_t split(lgs_str_t text)
{
    const char *p = text.data, *end = text.data + text.len, *start = p;
    uri_t uri = {0};

    while (p < end && *p != ':' && *p != '/' && *p != '?') {
        p++;
    }
    if (p < end && *p == ':' && p > start) {
        uri.scheme = lgs_str(start, (size_t)(p - start));
        p++;
    } else {
        p = start;
    }
    if (end - p >= 2 && p[0] == '/' && p[1] == '/') {
        start = p += 2;
        while (p < end && *p != '/' && *p != '?') {
            p++;
        }
        uri.authority = lgs_str(start, (size_t)(p - start));
    }
    start = p;
    while (p < end && *p != '?') {
        p++;
    }
    uri.path = lgs_str(start ? start : "", (size_t)(p - start));
    if (p < end) {
        uri.query = lgs_str(p + 1, (size_t)(end - p - 1));
    }
    return uri;
}

/* All of the base's path but what is behind its last slash, then `path`. */
static lgs_str_t merge(lgs_buf_t *buf, uri_t base, lgs_str_t path)
{
    size_t keep = base.path.len;

    while (keep && base.path.data[keep - 1] != '/') {
        keep--;
    }
    if (base.authority.data && base.path.len == 0) {
        lgs_buf_byte(buf, '/');
    }
    lgs_buf_add(buf, base.path.data, keep);
    lgs_buf_str(buf, path);
    return lgs_buf_text(buf);
}

/* RFC 3986 section 5.2.4. */
static void add_without_dots(lgs_buf_t *buf, lgs_str_t path)
{
    const char *p = path.len ? path.data : "", *end = p + path.len;
    size_t start = buf->len;

    while (p < end) {
        const char *slash = memchr(p, '/', (size_t)(end - p));
        const char *next = slash ? slash + 1 : end;
        size_t len = (size_t)((slash ? slash : end) - p);

        if (len == 2 && p[0] == '.' && p[1] == '.') {
            drop_last(buf, start);
        } else if (!(len == 1 && p[0] == '.')) {
            lgs_buf_add(buf, p, (size_t)(next - p));
        }
        p = next;
    }
}

/* "a/b/" → "a/"; a leading slash stays. */
static void drop_last(lgs_buf_t *buf, size_t start)
{
    if (buf->failed || buf->len <= start + 1) {
        return;
    }
    buf->len--;
    while (buf->len > start && buf->data[buf->len - 1] != '/') {
        buf->len--;
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
