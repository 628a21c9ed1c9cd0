/*
 * Reads JSON (json.h) in one pass and without recursion. A value is read (or a container opened),
 * then what stands between it and the next value: closing brackets, a comma, a member's name.
 *
 * Text without escapes is borrowed from the source; the rest is unescaped into the arena. What is
 * refused is said in json_error.c, which costs a good document nothing.
 */
#include "json.h"

#include "json_reader.h"
#include "scan.h"

typedef lgs_json_reader_t reader_t;

static lgs_rc_t read_document(reader_t *r);
static const char *read_value(reader_t *r, const char *p);
static const char *read_between(reader_t *r, const char *p);
static const char *read_name(reader_t *r, const char *p);
static const char *read_number(reader_t *r, const char *p);
static const char *read_escaped(reader_t *r, const char *start, const char *p, lgs_node_t *node);

lgs_rc_t lgs_json_read(lgs_arena_t *arena, lgs_str_t source, const lgs_tree_limits_t *limits,
                       lgs_doc_t *doc, lgs_errs_t *errs)
{
    uint32_t n_errs = errs ? errs->n : 0;
    reader_t r;
    lgs_rc_t rc;

    *doc = (lgs_doc_t){.source = source, .format = LGS_FORMAT_JSON};
    doc->root = lgs_node_null(LGS_NO_OFFSET);
    if (source.len >= LGS_NO_OFFSET) {
        lgs_errs_add(errs, "max-bytes", (lgs_pos_t){0}, "a document of more than 4 gigabytes");
        return LGS_LIMIT;
    }
    lgs_build_init(&r.build, arena, arena, limits);
    r.start = source.len ? source.data : "";
    r.end = r.start + source.len;
    r.errs = errs;
    r.rc = LGS_OK;
    rc = read_document(&r);
    if (rc == LGS_OK) {
        doc->root = lgs_build_root(&r.build);
        doc->n_nodes = lgs_build_count(&r.build);
    } else if (rc != LGS_NOMEM && errs && errs->n > n_errs) {
        errs->last->pos = lgs_doc_locate(doc, errs->last->pos.offset);
    }
    return rc;
}

static lgs_rc_t read_document(reader_t *r)
{
    const char *p = lgs_scan_space(r->start, r->end);

    do {
        p = read_value(r, p);
        if (LGS_LIKELY(p != NULL)) {
            p = read_between(r, p);
        }
        if (LGS_UNLIKELY(p == NULL)) {
            return r->rc;
        }
    } while (r->build.depth);
    return p == r->end ? LGS_OK : lgs_json_refuse_trailing(r, p);
}

/* ---- small steps; each returns where to go on, or NULL with r->rc set ---- */

static inline const char *failed(reader_t *r, lgs_rc_t rc)
{
    r->rc = rc;
    return NULL;
}

static inline const char *skip_space(const char *p, const char *end)
{
    return p < end && (unsigned char)*p > ' ' ? p : lgs_scan_space(p, end);
}

static inline uint32_t offset_of(const reader_t *r, const char *p)
{
    return (uint32_t)(p - r->start);
}

/* p behind the opening quote. Fills everything of the node but its hash. */
LGS_HOT const char *read_string(reader_t *r, const char *p, lgs_node_t *node)
{
    const char *start = p;
    size_t n;

    node->offset = offset_of(r, start - 1);
    node->type = LGS_STRING;
    node->flags = LGS_NODE_PLAIN;
    node->hash = 0;
    for (;;) {
        p = lgs_scan_plain(p, r->end);
        if (LGS_LIKELY(p < r->end && *p == '"')) {
            break;
        }
        if (p == r->end || (unsigned char)*p < 0x20) {
            return lgs_json_refuse_string(r, start, p);
        }
        if (*p == '\\') {
            return read_escaped(r, start, p, node);
        }
        n = lgs_utf8_step(p, r->end);
        if (n == 0) {
            return lgs_json_refuse_string(r, start, p);
        }
        p += n;
    }
    node->u.text = start;
    node->n = (uint32_t)(p - start);
    if (LGS_UNLIKELY(node->n > r->build.limits.max_text)) {
        return failed(r, lgs_build_too_long(&r->build, node->offset, r->errs));
    }
    return p + 1;
}

/* A string as a value, p on its opening quote. */
static inline const char *read_text(reader_t *r, const char *p)
{
    lgs_rc_t rc = lgs_build_room(&r->build, offset_of(r, p), r->errs);

    if (LGS_UNLIKELY(rc != LGS_OK)) {
        return failed(r, rc);
    }
    p = read_string(r, p + 1, r->build.top);
    if (LGS_LIKELY(p != NULL)) {
        lgs_build_keep(&r->build);
    }
    return p;
}

/* true, false or null. */
static inline const char *read_word(reader_t *r, const char *p, lgs_str_t word, lgs_node_t value)
{
    lgs_rc_t rc;

    if ((size_t)(r->end - p) < word.len || memcmp(p, word.data, word.len) != 0) {
        return lgs_json_refuse_value(r, p);
    }
    value.offset = offset_of(r, p);
    rc = lgs_build_room(&r->build, value.offset, r->errs);
    if (rc != LGS_OK) {
        return failed(r, rc);
    }
    *r->build.top = value;
    lgs_build_keep(&r->build);
    return p + word.len;
}

/* Opens a container and goes on to its first value, or stops at its closing bracket. */
static inline const char *open_container(reader_t *r, const char *p, lgs_type_t type)
{
    lgs_rc_t rc = lgs_build_open_inline(&r->build, type, offset_of(r, p), r->errs);

    return rc == LGS_OK ? skip_space(p + 1, r->end) : failed(r, rc);
}

/*
 * Reads values until one is complete: a scalar or an empty container. p stands on the value's
 * first byte. Returns the place behind it, or the closing bracket of the empty container.
 */
static const char *read_value(reader_t *r, const char *p)
{
    while (p && p < r->end) {
        switch (*p) {
        case '"':
            return read_text(r, p);
        case '-':
        case '0' ... '9':
            return read_number(r, p);
        case '{':
            p = open_container(r, p, LGS_OBJECT);
            if (p && p < r->end && *p == '}') {
                return p;
            }
            p = p ? read_name(r, p) : NULL;
            break;
        case '[':
            p = open_container(r, p, LGS_ARRAY);
            if (p && p < r->end && *p == ']') {
                return p;
            }
            break;
        case 't':
            return read_word(r, p, LGS_STR("true"), lgs_node_bool(true, 0));
        case 'f':
            return read_word(r, p, LGS_STR("false"), lgs_node_bool(false, 0));
        case 'n':
            return read_word(r, p, LGS_STR("null"), lgs_node_null(0));
        default:
            return lgs_json_refuse_value(r, p);
        }
    }
    return p ? lgs_json_refuse_value(r, p) : NULL;
}

/*
 * From behind a value (or from the closing bracket of an empty container) to the next value's
 * first byte, or to the end of the document when the last container is closed.
 */
static const char *read_between(reader_t *r, const char *p)
{
    while (r->build.depth) {
        const lgs_build_frame_t *frame = &r->build.frames[r->build.depth - 1];
        bool is_object = frame->type == LGS_OBJECT;
        lgs_rc_t rc;

        p = skip_space(p, r->end);
        if (LGS_UNLIKELY(p == r->end)) {
            return lgs_json_refuse_between(r, p);
        }
        if (*p == ',') {
            p = skip_space(p + 1, r->end);
            return is_object ? read_name(r, p) : p;
        }
        if (*p != (is_object ? '}' : ']')) {
            return lgs_json_refuse_between(r, p);
        }
        rc = lgs_build_close_inline(&r->build, r->errs);
        if (rc != LGS_OK) {
            return failed(r, rc);
        }
        p++;
    }
    return lgs_scan_space(p, r->end);
}

/* A member's name and its colon; p where the name must begin. Returns the value's first byte. */
static const char *read_name(reader_t *r, const char *p)
{
    lgs_node_t *node;
    lgs_rc_t rc;

    if (LGS_UNLIKELY(p == r->end || *p != '"')) {
        return lgs_json_refuse_name(r, p);
    }
    rc = lgs_build_name_room(&r->build, offset_of(r, p), r->errs);
    if (LGS_UNLIKELY(rc != LGS_OK)) {
        return failed(r, rc);
    }
    p = read_string(r, p + 1, r->build.top);
    if (LGS_UNLIKELY(p == NULL)) {
        return NULL;
    }
    node = r->build.top++;
    node->hash = lgs_hash(node->u.text, node->n);
    p = skip_space(p, r->end);
    if (LGS_UNLIKELY(p == r->end || *p != ':')) {
        return lgs_json_refuse_colon(r, p);
    }
    return skip_space(p + 1, r->end);
}

/* ---- numbers ---- */

static inline const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

/* The end of the number that begins at p; *good tells whether it ended where a number may. */
static inline const char *scan_number(const char *p, const char *end, bool *good)
{
    const char *digits = p + (*p == '-');

    p = skip_digits(digits, end);
    *good = p > digits && (*digits != '0' || p == digits + 1);
    if (*good && p < end && *p == '.') {
        digits = ++p;
        p = skip_digits(p, end);
        *good = p > digits;
    }
    if (*good && p < end && (*p == 'e' || *p == 'E')) {
        p++;
        digits = p += p < end && (*p == '+' || *p == '-');
        p = skip_digits(p, end);
        *good = p > digits;
    }
    return p;
}

static const char *read_number(reader_t *r, const char *p)
{
    const char *start = p;
    lgs_node_t *node;
    bool good;
    lgs_rc_t rc;

    p = scan_number(start, r->end, &good);
    if (LGS_UNLIKELY(!good || p - start > (ptrdiff_t)LGS_MAX_NUMBER)) {
        return lgs_json_refuse_number(r, start, p);
    }
    rc = lgs_build_room(&r->build, offset_of(r, start), r->errs);
    if (LGS_UNLIKELY(rc != LGS_OK)) {
        return failed(r, rc);
    }
    node = r->build.top;
    node->u.text = start;
    node->n = (uint32_t)(p - start);
    node->offset = offset_of(r, start);
    node->hash = 0;
    node->type = LGS_NUMBER;
    node->flags = LGS_NODE_PLAIN;
    lgs_build_keep(&r->build);
    return p;
}

/* ---- strings with escapes ---- */

/* Four hex digits at p, or -1. */
static int32_t read_hex4(const char *p, const char *end)
{
    int32_t code = 0;

    if (end - p < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0) {
            return -1;
        }
        code = code << 4 | digit;
    }
    return code;
}

/* \uXXXX, or a pair of them; p behind the u. Returns the place behind, NULL when it is none. */
static const char *read_code_point(const char *p, const char *end, uint32_t *code)
{
    int32_t high = read_hex4(p, end), low;

    if (high < 0 || (high >= 0xdc00 && high <= 0xdfff)) {
        return NULL;
    }
    *code = (uint32_t)high;
    if (high < 0xd800 || high > 0xdbff) {
        return p + 4;
    }
    p += 4;
    low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? read_hex4(p + 2, end) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
        return NULL;
    }
    *code = 0x10000 + ((uint32_t)high - 0xd800) * 0x400 + ((uint32_t)low - 0xdc00);
    return p + 6;
}

/* One escape, p on its backslash; writes it and moves *to. NULL when it is none. */
static const char *read_escape(const char *p, const char *end, char **to)
{
    static const char letters[][2] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                                      {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};
    uint32_t code;

    if (end - p < 2) {
        return NULL;
    }
    if (p[1] == 'u') {
        p = read_code_point(p + 2, end, &code);
        if (p) {
            *to = lgs_utf8_put(*to, code);
        }
        return p;
    }
    for (size_t i = 0; i < LGS_N(letters); i++) {
        if (p[1] == letters[i][0]) {
            *(*to)++ = letters[i][1];
            return p + 2;
        }
    }
    return NULL;
}

/* The closing quote of the string that has a backslash at p, or the end: to size the copy. */
static const char *find_quote(const char *p, const char *end)
{
    while (p < end && *p != '"') {
        p += *p == '\\' ? 2 : 1;
        p = p < end ? lgs_scan_plain(p, end) : end;
    }
    return p < end ? p : end;
}

/*
 * Copies the text from p to its closing quote to *to without escapes; *plain becomes false when a
 * character among them has to be escaped again. Returns the place of the quote.
 */
static const char *unescape(reader_t *r, const char *start, const char *p, char **to, bool *plain)
{
    const char *next;

    while (p < r->end && *p != '"') {
        if (*p == '\\') {
            next = read_escape(p, r->end, to);
            if (next == NULL) {
                return lgs_json_refuse_escape(r, p);
            }
            *plain = *plain && ((unsigned char)(*to)[-1] >= 0x80 ||
                                lgs_scan_is_plain((unsigned char)(*to)[-1]));
            p = next;
        } else {
            size_t n = (unsigned char)*p < 0x20 ? 0 : lgs_utf8_step(p, r->end);

            if (n == 0) {
                break;
            }
            memcpy(*to, p, n);
            *to += n;
            p += n;
        }
        next = lgs_scan_plain(p, r->end);
        memcpy(*to, p, (size_t)(next - p));
        *to += next - p;
        p = next;
    }
    return p < r->end && *p == '"' ? p : lgs_json_refuse_string(r, start, p);
}

/*
 * Goes on with a string that begins at `start` and has its first backslash at p. The text only
 * becomes shorter, so a copy of its raw length is enough.
 */
static const char *read_escaped(reader_t *r, const char *start, const char *p, lgs_node_t *node)
{
    size_t raw = (size_t)(find_quote(p, r->end) - start);
    char *text = lgs_arena_alloc(r->build.arena, raw), *to = text;
    bool plain = true;

    if (text == NULL) {
        return failed(r, lgs_errs_nomem(r->errs));
    }
    memcpy(to, start, (size_t)(p - start));
    to += p - start;
    p = unescape(r, start, p, &to, &plain);
    if (p == NULL) {
        return NULL;
    }
    node->u.text = text;
    node->n = (uint32_t)(to - text);
    node->flags = plain ? LGS_NODE_PLAIN : 0;
    if (node->n > r->build.limits.max_text) {
        return failed(r, lgs_build_too_long(&r->build, node->offset, r->errs));
    }
    return p + 1;
}
