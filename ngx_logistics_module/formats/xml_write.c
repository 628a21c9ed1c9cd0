/*
 * Writes XML (xml.h) without indentation, for white space would be text. An element's attributes
 * come first, then its text, then its children. What no XML document can hold marks the buffer as
 * failed at once: half a document is worse than none.
 */
#include "scan.h"
#include "xml.h"

#define REPLACEMENT "\xef\xbf\xbd"

typedef struct {
    lgs_buf_t *buf;
    const lgs_xml_profile_t *profile; /* NULL: none */
} writer_t;

typedef struct {
    uint32_t first, last;
} range_t;

static void write_element(writer_t *w, lgs_str_t name, const lgs_node_t *node, unsigned depth);
static void write_one(writer_t *w, lgs_str_t name, const lgs_node_t *node, unsigned depth);
static void write_declarations(writer_t *w);
static bool write_attributes(writer_t *w, const lgs_node_t *object);
static void write_children(writer_t *w, const lgs_node_t *object, unsigned depth);
static void write_text(writer_t *w, lgs_str_t text, const char *escaped);
static bool scalar_text(const lgs_node_t *node, lgs_str_t *text);
static bool is_attribute(lgs_str_t name);
static bool is_text(lgs_str_t name);
static bool is_name(const writer_t *w, lgs_str_t name);
static bool is_part(lgs_str_t part);
static bool is_declared(const writer_t *w, lgs_str_t prefix);

/* Above ASCII: NameStartChar of XML 1.0, production 4, then what 4a adds behind the first. */
static const range_t starts[] = {{0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},
                                 {0x370, 0x37d},   {0x37f, 0x1fff},  {0x200c, 0x200d},
                                 {0x2070, 0x218f}, {0x2c00, 0x2fef}, {0x3001, 0xd7ff},
                                 {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff}};
static const range_t others[] = {{0xb7, 0xb7}, {0x300, 0x36f}, {0x203f, 0x2040}};

void lgs_xml_write(lgs_buf_t *buf, const lgs_node_t *node, const lgs_xml_profile_t *profile)
{
    writer_t w = {buf, profile};
    const lgs_member_t *root;

    if (node->type != LGS_OBJECT || node->n != 1) {
        buf->failed = true;
        return;
    }
    root = node->u.members;
    if (root->value.type == LGS_ARRAY) {
        buf->failed = true;
        return;
    }
    lgs_buf_cstr(buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    write_one(&w, lgs_node_text(&root->name), &root->value, 0);
}

static void write_element(writer_t *w, lgs_str_t name, const lgs_node_t *node, unsigned depth)
{
    if (node->type != LGS_ARRAY) {
        write_one(w, name, node, depth);
        return;
    }
    for (uint32_t i = 0; i < node->n && !w->buf->failed; i++) {
        write_one(w, name, &node->u.items[i], depth);
    }
}

static void write_one(writer_t *w, lgs_str_t name, const lgs_node_t *node, unsigned depth)
{
    bool has_content = false;
    lgs_str_t text = {NULL, 0};

    if (depth >= LGS_XML_MAX_DEPTH || !is_name(w, name) ||
        (node->type != LGS_OBJECT && !scalar_text(node, &text))) {
        w->buf->failed = true;
        return;
    }
    lgs_buf_byte(w->buf, '<');
    lgs_buf_str(w->buf, name);
    if (depth == 0) {
        write_declarations(w);
    }
    has_content = node->type == LGS_OBJECT ? write_attributes(w, node) : text.len > 0;
    if (!has_content) {
        lgs_buf_cstr(w->buf, "/>");
        return;
    }
    lgs_buf_byte(w->buf, '>');
    if (node->type == LGS_OBJECT) {
        write_children(w, node, depth);
    } else {
        write_text(w, text, "\r");
    }
    lgs_buf_cstr(w->buf, "</");
    lgs_buf_str(w->buf, name);
    lgs_buf_byte(w->buf, '>');
}

static void write_declarations(writer_t *w)
{
    for (uint32_t i = 0; w->profile && i < w->profile->n_namespaces; i++) {
        const lgs_xml_namespace_t *space = &w->profile->namespaces[i];

        lgs_buf_cstr(w->buf, space->prefix.len ? " xmlns:" : " xmlns");
        lgs_buf_str(w->buf, space->prefix);
        lgs_buf_cstr(w->buf, "=\"");
        write_text(w, space->uri, "\r\n\t\"");
        lgs_buf_byte(w->buf, '"');
    }
}

/* True when something else than attributes is left to write. */
static bool write_attributes(writer_t *w, const lgs_node_t *object)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_member_t *member = &object->u.members[i];
        lgs_str_t name = lgs_node_text(&member->name), text;

        if (!is_attribute(name)) {
            continue;
        }
        name = lgs_str(name.data + 1, name.len - 1);
        if (!is_name(w, name) || lgs_str_is(name, "xmlns") || !scalar_text(&member->value, &text)) {
            w->buf->failed = true;
            return false;
        }
        lgs_buf_byte(w->buf, ' ');
        lgs_buf_str(w->buf, name);
        lgs_buf_cstr(w->buf, "=\"");
        write_text(w, text, "\r\n\t\"");
        lgs_buf_byte(w->buf, '"');
        n++;
    }
    return n < object->n;
}

/* The text first, wherever it stands among the members. */
static void write_children(writer_t *w, const lgs_node_t *object, unsigned depth)
{
    const lgs_node_t *text = lgs_node_at(object, "#text");
    lgs_str_t value;

    if (text && !scalar_text(text, &value)) {
        w->buf->failed = true;
        return;
    }
    if (text) {
        write_text(w, value, "\r");
    }
    for (uint32_t i = 0; i < object->n && !w->buf->failed; i++) {
        const lgs_member_t *member = &object->u.members[i];
        lgs_str_t name = lgs_node_text(&member->name);

        if (!is_attribute(name) && !is_text(name)) {
            write_element(w, name, &member->value, depth + 1);
        }
    }
}

/* ---- text ---- */

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '&' && c != '<' &&
           c != '>' && c != '"';
}

static void write_character(writer_t *w, const char *p, size_t n, const char *escaped)
{
    unsigned char c = (unsigned char)*p;

    if (n == 0 || (c < 0x20 && c != '\n' && c != '\t' && c != '\r') ||
        (n == 3 && memcmp(p, "\xef\xbf", 2) == 0 && (unsigned char)p[2] >= 0xbe)) {
        lgs_buf_cstr(w->buf, REPLACEMENT); /* no UTF-8, a control character, U+FFFE or U+FFFF */
    } else if (c < 0x80 && strchr(escaped, c)) {
        lgs_buf_printf(w->buf, "&#%u;", c);
    } else if (c == '&') {
        lgs_buf_cstr(w->buf, "&amp;");
    } else if (c == '<') {
        lgs_buf_cstr(w->buf, "&lt;");
    } else if (c == '>') {
        lgs_buf_cstr(w->buf, "&gt;");
    } else {
        lgs_buf_add(w->buf, p, n);
    }
}

/* `escaped`: of the characters that may stand in XML, those that would not be read as they are. */
static void write_text(writer_t *w, lgs_str_t text, const char *escaped)
{
    const char *p = text.data, *end = p + text.len, *start;

    while (p < end) {
        size_t n;

        for (start = p; p < end && is_plain(*p); p++) {
        }
        lgs_buf_add(w->buf, start, (size_t)(p - start));
        if (p == end) {
            return;
        }
        n = lgs_utf8_step(p, end);
        write_character(w, p, n, escaped);
        p += n ? n : 1;
    }
}

static bool scalar_text(const lgs_node_t *node, lgs_str_t *text)
{
    switch ((lgs_type_t)node->type) {
    case LGS_NULL:
        *text = LGS_STR("");
        return true;
    case LGS_BOOL:
        *text = node->u.truth ? LGS_STR("true") : LGS_STR("false");
        return true;
    case LGS_NUMBER:
    case LGS_STRING:
        *text = lgs_node_text(node);
        return true;
    case LGS_ARRAY:
    case LGS_OBJECT:
        return false;
    }
    return false;
}

/* ---- names ---- */

static bool is_attribute(lgs_str_t name)
{
    return name.len > 0 && name.data[0] == '@';
}

static bool is_text(lgs_str_t name)
{
    return lgs_str_is(name, "#text");
}

/* A name of XML whose prefix, if it has one, the profile declares. */
static bool is_name(const writer_t *w, lgs_str_t name)
{
    const char *colon = name.len ? memchr(name.data, ':', name.len) : NULL;
    size_t before = colon ? (size_t)(colon - name.data) : 0;

    if (colon == NULL) {
        return is_part(name);
    }
    return is_part(lgs_str(name.data, before)) && is_declared(w, lgs_str(name.data, before)) &&
           is_part(lgs_str(colon + 1, name.len - before - 1));
}

static bool is_in(uint32_t character, const range_t *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static bool is_name_character(uint32_t c, bool is_first)
{
    if (c < 0x80) {
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        return is_letter || (!is_first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
    }
    return is_in(c, starts, LGS_N(starts)) || (!is_first && is_in(c, others, LGS_N(others)));
}

/* Without a colon, not empty. */
static bool is_part(lgs_str_t part)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const char *p = part.data, *end = p + part.len;

    while (p < end) {
        size_t n = lgs_utf8_step(p, end);
        uint32_t c = n ? (unsigned char)*p & masks[n] : 0;

        for (size_t i = 1; i < n; i++) {
            c = c << 6 | ((unsigned char)p[i] & 0x3f);
        }
        if (n == 0 || !is_name_character(c, p == part.data)) {
            return false;
        }
        p += n;
    }
    return part.len > 0;
}

static bool is_declared(const writer_t *w, lgs_str_t prefix)
{
    for (uint32_t i = 0; w->profile && i < w->profile->n_namespaces; i++) {
        if (lgs_str_eq(prefix, w->profile->namespaces[i].prefix)) {
            return true;
        }
    }
    return lgs_str_is(prefix, "xml");
}
