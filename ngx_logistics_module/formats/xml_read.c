/*
 * Reads XML (xml.h): expat's events become names, values and containers of the builder.
 *
 * An element is opened as an object; when it ends without attributes and children, a string takes
 * its place. Children wait as pairs of name and value; at the end those of one name become an array
 * (xml_group.c). Text comes in pieces, which are joined in the source as long as they stand there
 * side by side and unchanged, else in a copy.
 */
#include "xml.h"

#include "charset.h"
#include "reader.h"
#include "scan.h"
#include "xml_reader.h"

#define CHUNK         32768u     /* bytes given to expat at once: its buffer is about twice that */
#define LARGEST_CHUNK (1u << 29) /* expat counts in an int */

/* On an attribute's name while its tag is read: its prefix was left out; the name is another's,
 * too. */
#define LOST   0x40u
#define SHARED 0x20u

typedef lgs_xml_reader_t reader_t;
typedef lgs_xml_text_t text_t;

/* Where the raw attributes of a start tag are looked for; between them nothing but white space. */
typedef struct {
    const char *p, *end;
} tag_t;

static lgs_rc_t prepare(reader_t *r);
static lgs_rc_t parse(reader_t *r);
static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes);
static void XMLCALL on_end(void *data, const XML_Char *name);
static void XMLCALL on_text(void *data, const XML_Char *text, int len);
static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public_id, int has_internal);
static lgs_rc_t open_element(reader_t *r, const XML_Char *name, uint32_t offset);
static lgs_rc_t add_attributes(reader_t *r, const XML_Char **attributes, uint32_t offset);
static lgs_rc_t add_attribute(reader_t *r, const lgs_xml_name_t *name, const char *value,
                              lgs_str_t raw);
static lgs_rc_t part_names(reader_t *r, const XML_Char **attributes);
static bool is_shared(const lgs_node_t *first, const lgs_node_t *end, const lgs_node_t *name);
static lgs_str_t next_raw(tag_t *tag, bool skips_declarations);
static lgs_rc_t close_element(reader_t *r);
static lgs_rc_t close_string(reader_t *r);
static lgs_rc_t add_text_member(reader_t *r, text_t *text);
static lgs_rc_t append(reader_t *r, text_t *text, lgs_str_t piece);
static bool is_blank(const text_t *text);
static void trim(text_t *text);
static lgs_node_t take_text(text_t *text);
static void *give(size_t size);
static void *give_more(void *old, size_t size);
static void take_back(void *piece);

/*
 * expat's functions for memory get no argument of the caller's, so the arena of the read that this
 * thread is in stands here, for as long as that read lasts and no longer.
 */
static _Thread_local lgs_arena_t *arena_of_read;

static const XML_Memory_Handling_Suite from_arena = {give, give_more, take_back};

lgs_rc_t lgs_xml_read(lgs_arena_t *arena, lgs_str_t source, const lgs_xml_profile_t *profile,
                      const lgs_tree_limits_t *limits, lgs_doc_t *doc, lgs_errs_t *errs)
{
    static const lgs_xml_profile_t plain = {.namespaces = NULL};
    lgs_tree_limits_t bounds = limits ? *limits : lgs_tree_limits_default;
    uint32_t n_errs = errs ? errs->n : 0;
    reader_t *r;
    lgs_rc_t rc;

    *doc = (lgs_doc_t){.source = source, .format = LGS_FORMAT_XML};
    doc->root = lgs_node_null(LGS_NO_OFFSET);
    if (source.len >= LGS_NO_OFFSET) {
        lgs_errs_add(errs, "max-bytes", (lgs_pos_t){0}, "a document of more than 4 gigabytes");
        return LGS_LIMIT;
    }
    r = lgs_arena_zalloc(arena, sizeof(*r));
    if (r == NULL) {
        return lgs_errs_nomem(errs);
    }
    r->source = source;
    r->profile = profile ? profile : &plain;
    r->errs = errs;
    r->max_elements = bounds.max_depth < LGS_XML_MAX_DEPTH ? bounds.max_depth : LGS_XML_MAX_DEPTH;
    bounds.max_depth = r->max_elements + 1; /* the object around the root */
    lgs_build_init(&r->build, arena, arena, &bounds);
    arena_of_read = arena;
    rc = prepare(r);
    rc = rc == LGS_OK ? parse(r) : rc;
    if (r->parser) {
        XML_ParserFree(r->parser);
    }
    arena_of_read = NULL;
    if (rc == LGS_OK) {
        doc->root = lgs_build_root(&r->build);
        doc->n_nodes = lgs_build_count(&r->build);
    } else if (rc != LGS_NOMEM && errs && errs->n > n_errs) {
        errs->last->pos = lgs_doc_locate(doc, errs->last->pos.offset);
    }
    return rc;
}

lgs_rc_t lgs_xml_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                      lgs_doc_t *doc, lgs_errs_t *errs)
{
    if (!window->is_last) {
        return LGS_AGAIN; /* a document is the whole text */
    }
    reader->is_over = true;
    lgs_reader_take(reader, window->bytes.len, 0, 0);
    return lgs_xml_read(arena, window->bytes, reader->input->profile, &reader->limits, doc, errs);
}

static lgs_rc_t prepare(reader_t *r)
{
    static const XML_Char separator[] = {LGS_XML_SEPARATOR, 0};
    bool has_namespaces = r->profile->n_namespaces > 0;

    r->parser = XML_ParserCreate_MM(NULL, &from_arena, has_namespaces ? separator : NULL);
    if (r->parser == NULL) {
        return lgs_errs_nomem(r->errs);
    }
    XML_SetReturnNSTriplet(r->parser, has_namespaces);
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    XML_SetUnknownEncodingHandler(r->parser, lgs_xml_encoding, r);
    return lgs_build_open_inline(&r->build, LGS_OBJECT, 0, r->errs);
}

/*
 * In chunks, for expat copies what it is given. It looks at a token that is cut again from its
 * start, so when a chunk brought it no further the next one is twice as long.
 */
static lgs_rc_t parse(reader_t *r)
{
    size_t at = 0, chunk = CHUNK;
    XML_Index before = -1;

    if (lgs_charset_is_utf16(r->source)) {
        return lgs_xml_refuse_utf16(r);
    }
    for (bool is_last = false; !is_last; at += chunk) {
        XML_Index reached = XML_GetCurrentByteIndex(r->parser);

        chunk = at > 0 && reached == before && chunk < LARGEST_CHUNK ? chunk * 2 : CHUNK;
        is_last = chunk >= r->source.len - at;
        chunk = is_last ? r->source.len - at : chunk;
        before = reached;
        if (XML_Parse(r->parser, r->source.data ? r->source.data + at : "", (int)chunk, is_last) !=
            XML_STATUS_OK) {
            return r->rc != LGS_OK ? r->rc : lgs_xml_refuse_syntax(r);
        }
    }
    r->build.nodes[0].flags = LGS_NODE_PLAIN; /* `arrays` does not mean the root */
    return lgs_build_close_inline(&r->build, r->errs);
}

/* ---- expat's events ---- */

/* expat may have more events to tell after it was stopped: the first refusal stands. */
static void stop(reader_t *r, lgs_rc_t rc)
{
    if (rc != LGS_OK) {
        r->rc = rc;
        XML_StopParser(r->parser, XML_FALSE);
    }
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    reader_t *r = data;
    uint32_t offset = lgs_xml_offset(r);
    lgs_rc_t rc;

    if (r->rc != LGS_OK) {
        return;
    }
    rc = open_element(r, name, offset);
    if (rc == LGS_OK && attributes[0]) {
        rc = add_attributes(r, attributes, offset);
    }
    stop(r, rc);
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
    reader_t *r = data;

    (void)name;
    if (r->rc == LGS_OK) {
        stop(r, close_element(r));
    }
}

static void XMLCALL on_text(void *data, const XML_Char *piece, int len)
{
    reader_t *r = data;
    text_t *text = &r->texts[r->build.depth];
    size_t at = lgs_xml_offset(r), n = (size_t)len;
    const char *here = r->source.data + at;

    if (r->rc != LGS_OK) {
        return;
    }
    if (n == 1 && *piece == '\n' && *here == '\r' && at + 1 < r->source.len && here[1] == '\n') {
        here++; /* CR LF is LF: the LF can still be borrowed */
    }
    if (text->len == 0) {
        text->offset = (uint32_t)at;
        text->data = here;
    }
    if (text->data + text->len == here && n <= (size_t)(r->source.data + r->source.len - here) &&
        memcmp(here, piece, n) == 0) {
        text->len += (uint32_t)n;
        return;
    }
    stop(r, append(r, text, lgs_str(piece, n)));
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public_id, int has_internal)
{
    reader_t *r = data;

    (void)name, (void)system, (void)public_id, (void)has_internal;
    if (r->rc == LGS_OK) {
        stop(r, lgs_xml_refuse_doctype(r));
    }
}

/* ---- start tags ---- */

static lgs_rc_t open_element(reader_t *r, const XML_Char *name, uint32_t offset)
{
    lgs_build_t *build = &r->build;
    text_t *around = &r->texts[build->depth];
    const lgs_xml_name_t *known;
    lgs_rc_t rc;

    if (LGS_UNLIKELY(build->depth > r->max_elements)) {
        return lgs_xml_refuse_depth(r, offset);
    }
    known = lgs_xml_name(r, name, false);
    if (LGS_UNLIKELY(known == NULL)) {
        return lgs_errs_nomem(r->errs);
    }
    /* no lgs_build_name_room: repeated children are items, not members */
    if (LGS_UNLIKELY(build->top == build->limit)) {
        rc = lgs_build_more_nodes(build, r->errs);
        if (rc != LGS_OK) {
            return rc;
        }
    }
    *build->top = known->name;
    build->top->offset = offset;
    build->top++;
    around->has_children = true;
    if (around->len && is_blank(around)) {
        around->len = 0;
    }
    rc = lgs_build_open_inline(build, LGS_OBJECT, offset, r->errs);
    if (rc == LGS_OK) {
        r->texts[build->depth].len = 0;
        r->texts[build->depth].has_children = false;
    }
    return rc;
}

static lgs_rc_t add_attributes(reader_t *r, const XML_Char **attributes, uint32_t offset)
{
    tag_t tag = {r->source.data + offset, r->source.data + r->source.len};
    const XML_Char **all = attributes;
    bool has_lost_prefix = false;
    lgs_rc_t rc = LGS_OK;
    uint32_t n = 0;

    while (tag.p < tag.end && !lgs_xml_is_space(*tag.p)) {
        tag.p++; /* behind the element's name */
    }
    for (; *attributes && rc == LGS_OK; attributes += 2) {
        const lgs_xml_name_t *name = lgs_xml_name(r, attributes[0], true);
        lgs_str_t raw = next_raw(&tag, r->profile->n_namespaces > 0);

        if (name == NULL) {
            return lgs_errs_nomem(r->errs);
        }
        if (n++ == LGS_XML_MAX_ATTRIBUTES) {
            return lgs_xml_refuse_attributes(r, offset);
        }
        if (!name->is_declaration) {
            has_lost_prefix |= name->has_lost_prefix;
            rc = add_attribute(r, name, attributes[1], raw);
        }
    }
    return rc == LGS_OK && has_lost_prefix ? part_names(r, all) : rc;
}

static lgs_rc_t add_attribute(reader_t *r, const lgs_xml_name_t *known, const char *value,
                              lgs_str_t raw)
{
    lgs_build_t *build = &r->build;
    uint32_t offset = (uint32_t)(raw.data - r->source.data);
    lgs_str_t text = lgs_cstr(value);
    lgs_rc_t rc;

    if (text.len > build->limits.max_text) {
        return lgs_build_too_long(build, offset, r->errs);
    }
    if (lgs_str_eq(text, raw)) {
        text = raw;
    } else {
        text = lgs_arena_str(build->arena, text);
        if (text.data == NULL) {
            return lgs_errs_nomem(r->errs);
        }
    }
    rc = lgs_build_name_room(build, offset, r->errs);
    if (rc != LGS_OK) {
        return rc;
    }
    *build->top = known->name;
    build->top->offset = offset;
    build->top->flags |= known->has_lost_prefix ? LOST : 0;
    build->top++;
    rc = lgs_build_room(build, offset, r->errs);
    if (rc == LGS_OK) {
        *build->top = lgs_node_string(text, offset, 0);
        build->top->flags = lgs_xml_is_plain(text.data, text.len) ? LGS_NODE_PLAIN : 0;
        lgs_build_keep(build);
    }
    return rc;
}

/* Names that lost their prefix get it back where two of them, or one and another, became the same.
 */
static lgs_rc_t part_names(reader_t *r, const XML_Char **attributes)
{
    const lgs_build_t *build = &r->build;
    lgs_node_t *first = build->nodes + build->frames[build->depth - 1].start, *at = first;

    for (; at < build->top; at += 2) {
        at->flags |= (at->flags & LOST) && is_shared(first, build->top, at) ? SHARED : 0;
    }
    for (at = first; at < build->top; attributes += 2) {
        const lgs_xml_name_t *name = lgs_xml_name(r, attributes[0], true);
        uint32_t offset = at->offset;

        if (name == NULL) {
            return lgs_errs_nomem(r->errs);
        }
        if (name->is_declaration) {
            continue;
        }
        if ((at->flags & SHARED) && !lgs_xml_name_in_full(r, name, at)) {
            return lgs_errs_nomem(r->errs);
        }
        at->flags = LGS_NODE_PLAIN;
        at->offset = offset;
        at += 2;
    }
    return LGS_OK;
}

static bool is_shared(const lgs_node_t *first, const lgs_node_t *end, const lgs_node_t *name)
{
    for (const lgs_node_t *at = first; at < end; at += 2) {
        if (at->hash == name->hash && at != name &&
            lgs_str_eq(lgs_node_text(at), lgs_node_text(name))) {
            return true;
        }
    }
    return false;
}

/*
 * The next attribute's value as it stands in the source. expat has found the tag well-formed and
 * tells attributes in this order, with namespaces without their declarations.
 */
static lgs_str_t next_raw(tag_t *tag, bool skips_declarations)
{
    const char *p = tag->p, *name, *value;
    bool is_skipped;

    do {
        while (p < tag->end && lgs_xml_is_space(*p)) {
            p++;
        }
        name = p;
        while (p < tag->end && *p != '=' && *p != ':' && !lgs_xml_is_space(*p)) {
            p++;
        }
        is_skipped = skips_declarations && lgs_str_is(lgs_str(name, (size_t)(p - name)), "xmlns");
        while (p < tag->end && *p != '"' && *p != '\'') {
            p++; /* to the quote: a name has none */
        }
        value = p < tag->end ? p + 1 : p;
        p = value < tag->end ? memchr(value, *p, (size_t)(tag->end - value)) : NULL;
        p = p ? p : tag->end;
        tag->p = p < tag->end ? p + 1 : p;
        if (!is_skipped || tag->p == tag->end) {
            return lgs_str(value, (size_t)(p - value));
        }
        p = tag->p;
    } while (true);
}

/* ---- end tags ---- */

static lgs_rc_t close_element(reader_t *r)
{
    text_t *text = &r->texts[r->build.depth];
    lgs_rc_t rc;

    if (lgs_build_width(&r->build) == 0) {
        return close_string(r);
    }
    if (text->has_children) {
        trim(text);
    }
    if (text->has_children && lgs_xml_repeats(r)) {
        rc = lgs_xml_group(r);
        if (rc != LGS_OK) {
            return rc;
        }
    }
    if (text->len && !is_blank(text)) {
        rc = add_text_member(r, text);
        if (rc != LGS_OK) {
            return rc;
        }
    }
    return lgs_build_close_inline(&r->build, r->errs);
}

/* An element of nothing but text: where its children would begin comes the string. */
static lgs_rc_t close_string(reader_t *r)
{
    lgs_build_t *build = &r->build;
    text_t *text = &r->texts[build->depth];
    uint32_t offset = build->frames[build->depth - 1].offset;
    lgs_rc_t rc;

    if (LGS_UNLIKELY(text->len > build->limits.max_text)) {
        return lgs_build_too_long(build, offset, r->errs);
    }
    if (LGS_UNLIKELY(build->top == build->limit)) {
        rc = lgs_build_more_nodes(build, r->errs);
        if (rc != LGS_OK) {
            return rc;
        }
    }
    build->depth--; /* the element itself was counted when it was opened */
    if (text->len) {
        *build->top++ = take_text(text);
    } else {
        *build->top++ = lgs_node_string(LGS_STR(""), offset, LGS_NODE_PLAIN);
    }
    return LGS_OK;
}

static lgs_rc_t add_text_member(reader_t *r, text_t *text)
{
    static const lgs_str_t name = LGS_STR_INIT("#text");
    lgs_build_t *build = &r->build;
    lgs_rc_t rc;

    if (text->len > build->limits.max_text) {
        return lgs_build_too_long(build, text->offset, r->errs);
    }
    rc = lgs_build_name_room(build, text->offset, r->errs);
    if (rc != LGS_OK) {
        return rc;
    }
    *build->top = lgs_node_string(name, text->offset, LGS_NODE_PLAIN);
    build->top->hash = lgs_hash(name.data, name.len);
    build->top++;
    rc = lgs_build_room(build, text->offset, r->errs);
    if (rc == LGS_OK) {
        *build->top = take_text(text);
        lgs_build_keep(build);
    }
    return rc;
}

/* ---- text ---- */

/* Joins a piece that does not stand behind the text in the source. */
static lgs_rc_t append(reader_t *r, text_t *text, lgs_str_t piece)
{
    uint32_t max = r->build.limits.max_text, need, size;
    char *copy;

    if (piece.len > max || text->len > max - piece.len) {
        return lgs_build_too_long(&r->build, text->offset, r->errs);
    }
    need = text->len + (uint32_t)piece.len;
    if (need > text->size) {
        size = need < 32 ? 64 : 2 * need;
        copy = lgs_arena_alloc(r->build.arena, size);
        if (copy == NULL) {
            return lgs_errs_nomem(r->errs);
        }
        text->copy = copy;
        text->size = size;
    }
    if (text->len && text->data != text->copy) {
        memmove(text->copy, text->data, text->len);
    }
    memcpy(text->copy + text->len, piece.data, piece.len);
    text->data = text->copy;
    text->len = need;
    return LGS_OK;
}

static bool is_blank(const text_t *text)
{
    uint32_t n = 0;

    while (n < text->len && lgs_xml_is_space(text->data[n])) {
        n++;
    }
    return n == text->len;
}

static void trim(text_t *text)
{
    while (text->len && lgs_xml_is_space(text->data[text->len - 1])) {
        text->len--;
    }
    while (text->len && lgs_xml_is_space(*text->data)) {
        text->data++;
        text->offset++;
        text->len--;
    }
}

/* The text as a node; what it was copied to is no longer free for the next one. */
static lgs_node_t take_text(text_t *text)
{
    uint8_t flags = lgs_xml_is_plain(text->data, text->len) ? LGS_NODE_PLAIN : 0;

    if (text->copy && text->data >= text->copy && text->data < text->copy + text->size) {
        text->copy = NULL;
        text->size = 0;
    }
    return lgs_node_string(lgs_str(text->data, text->len), text->offset, flags);
}

bool lgs_xml_is_plain(const char *text, size_t len)
{
    const char *p = text, *end = text + len;

    while ((p = lgs_scan_plain(p, end)) < end && (unsigned char)*p >= 0x80) {
        p++;
    }
    return p == end;
}

/* ---- expat's memory ---- */

/* A piece knows its size, for the arena does not: in front of it, 16 bytes keep the alignment. */
typedef struct {
    size_t size;
    size_t reserved;
} head_t;

static void *give(size_t size)
{
    head_t *head;

    if (arena_of_read == NULL || size > SIZE_MAX - sizeof(*head)) {
        return NULL;
    }
    head = lgs_arena_alloc(arena_of_read, sizeof(*head) + size);
    if (head == NULL) {
        return NULL;
    }
    head->size = size;
    return head + 1;
}

static void *give_more(void *old, size_t size)
{
    const head_t *head = old ? (const head_t *)old - 1 : NULL;
    void *piece;

    if (head && head->size >= size) {
        return old;
    }
    piece = give(size);
    if (piece && head) {
        memcpy(piece, old, head->size);
    }
    return piece;
}

/* The arena takes nothing back: expat keeps lists of its own of what it can use again. */
static void take_back(void *piece)
{
    (void)piece;
}
