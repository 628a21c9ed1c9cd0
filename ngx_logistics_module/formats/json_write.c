/*
 * Writes JSON (json.h): compact for machines, indented for people. A cursor runs in the buffer's
 * own memory; whoever writes asks for room first.
 */
#include "json.h"

#include "scan.h"

/* A name of LGS_NODE_QUOTED stands between ," and ": in so many bytes. */
#define QUICK_NAME 32u

typedef struct {
    lgs_buf_t *buf;
    char *p;
    char *end; /* of the buffer's memory */
} writer_t;

static void start(writer_t *writer, lgs_buf_t *buf);
static void finish(writer_t *writer);
static bool more_room(writer_t *writer, size_t need);
static void write_node(writer_t *writer, const lgs_node_t *node, unsigned depth);
static void write_pretty(writer_t *writer, const lgs_node_t *node, unsigned depth);
static void write_quoted(writer_t *writer, lgs_str_t text);
static inline bool is_plain(const lgs_node_t *text);

static const char hex[] = "0123456789abcdef";

static inline bool room(writer_t *writer, size_t need)
{
    return LGS_LIKELY(need <= (size_t)(writer->end - writer->p)) || more_room(writer, need);
}

static inline void put(writer_t *writer, const char *text, size_t n)
{
    if (n && room(writer, n)) {
        lgs_scan_copy(writer->p, text, n);
        writer->p += n;
    }
}

static inline void put_byte(writer_t *writer, char byte)
{
    if (room(writer, 1)) {
        *writer->p++ = byte;
    }
}

void lgs_json_write(lgs_buf_t *buf, const lgs_node_t *node)
{
    writer_t writer;

    start(&writer, buf);
    write_node(&writer, node, 0);
    finish(&writer);
}

void lgs_json_write_pretty(lgs_buf_t *buf, const lgs_node_t *node)
{
    writer_t writer;

    start(&writer, buf);
    write_pretty(&writer, node, 0);
    finish(&writer);
}

void lgs_json_write_string(lgs_buf_t *buf, lgs_str_t text)
{
    writer_t writer;

    start(&writer, buf);
    write_quoted(&writer, text);
    finish(&writer);
}

void lgs_json_write_member(lgs_buf_t *buf, const char *name, lgs_str_t text)
{
    if (text.len == 0) {
        return;
    }
    lgs_buf_cstr(buf, ",\"");
    lgs_buf_cstr(buf, name);
    lgs_buf_cstr(buf, "\":");
    lgs_json_write_string(buf, text);
}

lgs_rc_t lgs_json_name(lgs_arena_t *arena, lgs_node_t *name)
{
    char *text;

    if (name->n > QUICK_NAME - 4 || !is_plain(name)) {
        return LGS_OK;
    }
    text = lgs_arena_zalloc(arena, QUICK_NAME);
    if (text == NULL) {
        return LGS_NOMEM;
    }
    memcpy(text, ",\"", 2);
    memcpy(text + 2, name->u.text, name->n);
    memcpy(text + 2 + name->n, "\":", 2);
    name->u.text = text + 2;
    name->flags |= LGS_NODE_PLAIN | LGS_NODE_QUOTED;
    return LGS_OK;
}

void lgs_pointer_add(lgs_buf_t *buf, lgs_str_t name)
{
    lgs_buf_byte(buf, '/');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '~' || name.data[i] == '/') {
            lgs_buf_cstr(buf, name.data[i] == '~' ? "~0" : "~1");
        } else {
            lgs_buf_byte(buf, name.data[i]);
        }
    }
}

void lgs_pointer_add_index(lgs_buf_t *buf, uint32_t index)
{
    lgs_buf_byte(buf, '/');
    lgs_buf_u64(buf, index);
}

/* ---- the cursor ---- */

static void start(writer_t *writer, lgs_buf_t *buf)
{
    writer->buf = buf;
    if (buf->failed || buf->data == NULL) {
        writer->p = writer->end = NULL;
        return;
    }
    writer->p = buf->data + buf->len;
    writer->end = buf->data + buf->size;
}

static void finish(writer_t *writer)
{
    if (!writer->buf->failed && writer->p) {
        writer->buf->len = (size_t)(writer->p - writer->buf->data);
    }
}

/* False when the buffer failed; then there is no room for anything from here on. */
static bool more_room(writer_t *writer, size_t need)
{
    bool ok;

    finish(writer);
    ok = lgs_buf_reserve(writer->buf, need);
    start(writer, writer->buf);
    return ok;
}

/* ---- scalars ---- */

/* It needs no escape: its maker says so, or a look at it. */
static inline bool is_plain(const lgs_node_t *text)
{
    const char *p = text->u.text;

    return LGS_LIKELY(text->flags & LGS_NODE_PLAIN) || text->n == 0 ||
           lgs_scan_plain(p, p + text->n) == p + text->n;
}

/* A plain text in quotes, for which there is room. */
static inline char *copy_quoted(char *p, const lgs_node_t *text)
{
    *p++ = '"';
    lgs_scan_copy(p, text->u.text, text->n);
    p += text->n;
    *p++ = '"';
    return p;
}

static inline void write_text(writer_t *writer, const lgs_node_t *node)
{
    if (LGS_UNLIKELY(!is_plain(node))) {
        write_quoted(writer, lgs_str(node->u.text, node->n));
    } else if (room(writer, (size_t)node->n + 2)) {
        writer->p = copy_quoted(writer->p, node);
    }
}

static inline void write_scalar(writer_t *writer, const lgs_node_t *node)
{
    switch (node->type) {
    case LGS_STRING:
        write_text(writer, node);
        break;
    case LGS_NUMBER:
        put(writer, node->u.text, node->n);
        break;
    case LGS_BOOL:
        put(writer, node->u.truth ? "true" : "false", node->u.truth ? 4 : 5);
        break;
    default:
        put(writer, "null", 4);
        break;
    }
}

static size_t write_escape(char *to, unsigned char c)
{
    static const char letters[][2] = {{'"', '"'},  {'\\', '\\'}, {'\b', 'b'}, {'\f', 'f'},
                                      {'\n', 'n'}, {'\r', 'r'},  {'\t', 't'}};

    to[0] = '\\';
    for (size_t i = 0; i < LGS_N(letters); i++) {
        if (c == (unsigned char)letters[i][0]) {
            to[1] = letters[i][1];
            return 2;
        }
    }
    memcpy(to + 1, "u00", 3);
    to[4] = hex[c >> 4];
    to[5] = hex[c & 15];
    return 6;
}

static void write_quoted(writer_t *writer, lgs_str_t text)
{
    const char *p = text.data, *end = text.len ? p + text.len : p, *plain;
    size_t n;

    put_byte(writer, '"');
    while (p < end) {
        plain = lgs_scan_plain(p, end);
        put(writer, p, (size_t)(plain - p));
        p = plain;
        if (p == end || !room(writer, 6)) {
            break;
        }
        if ((unsigned char)*p < 0x80) {
            writer->p += write_escape(writer->p, (unsigned char)*p++);
            continue;
        }
        n = lgs_utf8_step(p, end);
        memcpy(writer->p, n ? p : "\xef\xbf\xbd", n ? n : 3);
        writer->p += n ? n : 3;
        p += n ? n : 1;
    }
    put_byte(writer, '"');
}

/* ---- containers ---- */

/* No builder makes a tree deeper than LGS_MAX_DEPTH; one made otherwise fails the buffer. */
static bool is_too_deep(writer_t *writer, unsigned depth)
{
    if (LGS_LIKELY(depth <= LGS_MAX_DEPTH)) {
        return false;
    }
    writer->buf->failed = true;
    start(writer, writer->buf);
    return true;
}

static void write_array(writer_t *writer, const lgs_node_t *node, unsigned depth)
{
    put_byte(writer, '[');
    for (uint32_t i = 0; i < node->n; i++) {
        if (i) {
            put_byte(writer, ',');
        }
        write_node(writer, &node->u.items[i], depth + 1);
    }
    put_byte(writer, ']');
}

static inline void write_name(writer_t *writer, char before, const lgs_node_t *name)
{
    put_byte(writer, before);
    write_text(writer, name);
    put_byte(writer, ':');
}

/* `before`, the name in quotes and its colon; QUICK_NAME bytes are written, of which they are some.
 */
static inline char *copy_name(char *p, char before, const lgs_node_t *name)
{
    memcpy(p, name->u.text - 2, QUICK_NAME); /* of a fixed size: two instructions */
    *p = before;
    return p + name->n + 4;
}

/* A name and a text, both plain, as nearly all members are: with one question for room. */
static inline void write_plain_member(writer_t *writer, char before, const lgs_member_t *member)
{
    if (room(writer, (size_t)member->name.n + member->value.n + 6)) {
        char *p = writer->p;

        *p++ = before;
        p = copy_quoted(p, &member->name);
        *p++ = ':';
        writer->p = copy_quoted(p, &member->value);
    }
}

static LGS_APART void write_member(writer_t *writer, char before, const lgs_member_t *member,
                                   unsigned depth)
{
    if (member->value.type == LGS_STRING && is_plain(&member->name) && is_plain(&member->value)) {
        write_plain_member(writer, before, member);
    } else {
        write_name(writer, before, &member->name);
        write_node(writer, &member->value, depth);
    }
}

static void write_object(writer_t *writer, const lgs_node_t *node, unsigned depth)
{
    const lgs_member_t *member = node->u.members;
    char before = '{', *p;

    if (node->n == 0) {
        put(writer, "{}", 2);
        return;
    }
    for (const lgs_member_t *end = member + node->n; member < end; member++, before = ',') {
        /* of a text; too much for others */
        size_t need = (size_t)member->name.n + member->value.n + QUICK_NAME + 6;

        if (LGS_UNLIKELY(!(member->name.flags & LGS_NODE_QUOTED) ||
                         need > (size_t)(writer->end - writer->p))) {
            write_member(writer, before, member, depth + 1);
            continue;
        }
        p = copy_name(writer->p, before, &member->name);
        if (member->value.type == LGS_STRING && member->value.flags & LGS_NODE_PLAIN) {
            writer->p = copy_quoted(p, &member->value);
        } else {
            writer->p = p;
            write_node(writer, &member->value, depth + 1);
        }
    }
    put_byte(writer, '}');
}

static void write_node(writer_t *writer, const lgs_node_t *node, unsigned depth)
{
    if (node->type < LGS_ARRAY) {
        write_scalar(writer, node);
    } else if (is_too_deep(writer, depth)) {
        return;
    } else if (node->type == LGS_ARRAY) {
        write_array(writer, node, depth);
    } else {
        write_object(writer, node, depth);
    }
}

static void new_line(writer_t *writer, unsigned depth)
{
    size_t n = 1 + 2 * (size_t)depth;

    if (room(writer, n)) {
        writer->p[0] = '\n';
        memset(writer->p + 1, ' ', n - 1);
        writer->p += n;
    }
}

static void write_pretty(writer_t *writer, const lgs_node_t *node, unsigned depth)
{
    bool is_array = node->type == LGS_ARRAY;

    if (node->type < LGS_ARRAY) {
        write_scalar(writer, node);
        return;
    }
    if (is_too_deep(writer, depth)) {
        return;
    }
    put_byte(writer, is_array ? '[' : '{');
    for (uint32_t i = 0; i < node->n; i++) {
        if (i) {
            put_byte(writer, ',');
        }
        new_line(writer, depth + 1);
        if (!is_array) {
            write_text(writer, &node->u.members[i].name);
            put(writer, ": ", 2);
        }
        write_pretty(writer, is_array ? &node->u.items[i] : &node->u.members[i].value, depth + 1);
    }
    if (node->n) {
        new_line(writer, depth);
    }
    put_byte(writer, is_array ? ']' : '}');
}
