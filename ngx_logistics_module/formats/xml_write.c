/*
 * Writes XML (xml.h) without indentation, for white space would be text. An element's attributes
 * come first, then its text, then its children. What no XML document can hold marks the buffer as
 * failed at once: half a document is worse than none.
 */
#include "build_inline.h"
#include "json.h"
#include "scan.h"
#include "xml.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* A step on the way from the root to the element at hand. */
typedef struct {
    lgs_str_t name;
    int64_t index; /* of a list, or -1 */
} step_t;

typedef struct {
    lgs_buf_t *buf;
    const lgs_xml_profile_t *profile; /* NULL: none */
    lgs_errs_t *errs;
    bool refused; /* for a reason that errs has */
    step_t steps[LGS_XML_MAX_DEPTH + 1];
    unsigned n_steps;
} writer_t;

typedef struct {
    uint32_t first, last;
} range_t;

static void write_document(writer_t *w, const lgs_node_t *node);
static void write_element(writer_t *w, lgs_str_t name, const lgs_node_t *node, unsigned depth);
static void write_one(writer_t *w, lgs_str_t name, const lgs_node_t *node, unsigned depth);
static void write_declarations(writer_t *w);
static bool write_attributes(writer_t *w, const lgs_node_t *object);
static void write_children(writer_t *w, const lgs_node_t *object, unsigned depth);
static bool fail(writer_t *w, lgs_str_t name, const char *why);
static lgs_str_t place_of(const writer_t *w, lgs_str_t name);
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
    writer_t w;

    w.buf = buf;
    w.profile = profile;
    w.errs = NULL;
    write_document(&w, node);
}

lgs_rc_t lgs_xml_write_checked(lgs_buf_t *buf, const lgs_node_t *node,
                               const lgs_xml_profile_t *profile, lgs_errs_t *errs)
{
    size_t start = buf->len;
    writer_t w;

    if (buf->failed) {
        return lgs_errs_nomem(errs);
    }
    w.buf = buf;
    w.profile = profile;
    w.errs = errs;
    write_document(&w, node);
    if (w.refused) {
        buf->failed = false;
        buf->len = start;
        return LGS_INVALID;
    }
    return buf->failed ? lgs_errs_nomem(errs) : LGS_OK;
}

static void write_document(writer_t *w, const lgs_node_t *node)
{
    const lgs_member_t *root;

    w->refused = false;
    w->n_steps = 0;
    if (node->type != LGS_OBJECT || node->n != 1) {
        fail(w, LGS_STR(""), "a document is an object of one member, the root element");
        return;
    }
    root = node->u.members;
    if (root->value.type == LGS_ARRAY) {
        fail(w, lgs_node_text(&root->name), "a document has one root, not a list of them");
        return;
    }
    lgs_buf_cstr(w->buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    w->steps[w->n_steps++] = (step_t){lgs_node_text(&root->name), -1};
    write_one(w, lgs_node_text(&root->name), &root->value, 0);
}

/* `name` is of a member of the element at hand; empty: of itself. The first reason stays. */
static bool fail(writer_t *w, lgs_str_t name, const char *why)
{
    lgs_str_t said = name;
    lgs_err_t *err;

    if (w->buf->failed) {
        return false;
    }
    w->buf->failed = w->refused = true;
    if (name.len == 0 && w->n_steps) {
        said = w->steps[w->n_steps - 1].name;
    }
    err = lgs_errs_add(w->errs, "xml-write", (lgs_pos_t){0}, "\"%s\": %s",
                       lgs_build_word(said).text, why);
    if (err) {
        err->pointer = place_of(w, name);
    }
    return false;
}

static lgs_str_t place_of(const writer_t *w, lgs_str_t name)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, w->errs->arena, 64, 0);
    for (unsigned i = 0; i < w->n_steps; i++) {
        lgs_pointer_add(&buf, w->steps[i].name);
        if (w->steps[i].index >= 0) {
            lgs_pointer_add_index(&buf, (uint32_t)w->steps[i].index);
        }
    }
    if (name.len) {
        lgs_pointer_add(&buf, name);
    }
    return buf.len && !buf.failed ? lgs_buf_text(&buf) : LGS_STR("");
}

static void write_element(writer_t *w, lgs_str_t name, const lgs_node_t *node, unsigned depth)
{
    step_t *step = &w->steps[w->n_steps];
    bool is_list = node->type == LGS_ARRAY;

    if (depth >= LGS_XML_MAX_DEPTH) {
        fail(w, name, "elements are deeper within each other than is read again");
        return;
    }
    w->n_steps++;
    *step = (step_t){name, is_list ? 0 : -1};
    if (!is_list) {
        write_one(w, name, node, depth);
    }
    for (uint32_t i = 0; is_list && i < node->n && !w->buf->failed; i++) {
        step->index = i;
        write_one(w, name, &node->u.items[i], depth);
    }
    w->n_steps--;
}

static void write_one(writer_t *w, lgs_str_t name, const lgs_node_t *node, unsigned depth)
{
    bool has_content = false;
    lgs_str_t text = {NULL, 0};

    if (!is_name(w, name)) {
        fail(w, LGS_STR(""), "XML has no such name, or the prefix is in no namespace");
        return;
    }
    if (node->type != LGS_OBJECT && !scalar_text(node, &text)) {
        fail(w, LGS_STR(""), "a list in a list has no form in XML");
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
        lgs_str_t whole = lgs_node_text(&member->name), name, text;

        if (!is_attribute(whole)) {
            continue;
        }
        name = lgs_str(whole.data + 1, whole.len - 1);
        if (!is_name(w, name) || lgs_str_is(name, "xmlns")) {
            return fail(w, whole, "XML has no such name, or the prefix is in no namespace");
        }
        if (!scalar_text(&member->value, &text)) {
            return fail(w, whole, "an attribute is a text");
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
        fail(w, LGS_STR("#text"), "the text of an element is a text");
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
