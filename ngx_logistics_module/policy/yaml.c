/*
 * YAML → document tree by libyaml's events. libyaml reads the syntax; what a plain scalar means
 * (YAML 1.2 core schema) and what is refused (aliases, tags, second documents, keys that are no
 * scalars) is decided here; depth, sizes and duplicate keys by the builder.
 *
 * Two steps away from the core schema, both for codes of partners: digits with a leading zero are
 * a string ("007" stays what it is), and .inf and .nan are refused because JSON has no such number.
 */
#include "yaml.h"

#include <yaml.h>

#define MAX_NESTING (LGS_DEFAULT_MAX_DEPTH + 1)

typedef struct {
    lgs_arena_t *arena;
    lgs_doc_t *doc;
    lgs_errs_t *errs;
    lgs_build_t *build;
    size_t index; /* libyaml counts characters: this one … */
    size_t byte;  /* … begins at this byte */
    uint32_t depth;
    struct {
        bool is_object;
        bool wants_name;
    } open[MAX_NESTING];
    uint32_t n_documents;
    bool done;
} reader_t;

typedef lgs_rc_t (*on_event_t)(reader_t *r, const yaml_event_t *event, uint32_t offset);

static lgs_rc_t on_nothing(reader_t *r, const yaml_event_t *event, uint32_t offset);
static lgs_rc_t on_stream_end(reader_t *r, const yaml_event_t *event, uint32_t offset);
static lgs_rc_t on_document(reader_t *r, const yaml_event_t *event, uint32_t offset);
static lgs_rc_t on_alias(reader_t *r, const yaml_event_t *event, uint32_t offset);
static lgs_rc_t on_scalar(reader_t *r, const yaml_event_t *event, uint32_t offset);
static lgs_rc_t on_sequence(reader_t *r, const yaml_event_t *event, uint32_t offset);
static lgs_rc_t on_mapping(reader_t *r, const yaml_event_t *event, uint32_t offset);
static lgs_rc_t on_end(reader_t *r, const yaml_event_t *event, uint32_t offset);

static const on_event_t on_event[] = {
    [YAML_NO_EVENT] = on_nothing,
    [YAML_STREAM_START_EVENT] = on_nothing,
    [YAML_STREAM_END_EVENT] = on_stream_end,
    [YAML_DOCUMENT_START_EVENT] = on_document,
    [YAML_DOCUMENT_END_EVENT] = on_nothing,
    [YAML_ALIAS_EVENT] = on_alias,
    [YAML_SCALAR_EVENT] = on_scalar,
    [YAML_SEQUENCE_START_EVENT] = on_sequence,
    [YAML_SEQUENCE_END_EVENT] = on_end,
    [YAML_MAPPING_START_EVENT] = on_mapping,
    [YAML_MAPPING_END_EVENT] = on_end,
};

/*
 * What libyaml says in its own terms, and what it nearly always means for the writer of a policy.
 * What is not closed is shown where it was opened, not where libyaml gave up.
 */
static const struct {
    const char *problem;
    const char *hint;
    bool at_opening;
} hints[] = {
    {"found character that cannot start any token",
     "a tab, @, ` or % begins a value here: indent with blanks, quote the text", false},
    {"found a tab character that violates indentation", "indent with blanks, not with tabs", false},
    {"mapping values are not allowed in this context",
     "a second \": \" on one line or a wrong indentation: quote the text", false},
    {"could not find expected ':'", "a key without \": \" behind it, or a wrong indentation",
     false},
    {"did not find expected key", "check indentation and quotes of this line and the one above",
     false},
    {"did not find expected ',' or '}'", "this { is not closed", true},
    {"did not find expected ',' or ']'", "this [ is not closed", true},
    {"found unexpected end of stream", "this quote is not closed", true},
};

static lgs_rc_t read_events(reader_t *r, yaml_parser_t *parser);
static lgs_rc_t refuse(reader_t *r, const char *code, uint32_t offset, const char *text);
static lgs_rc_t place_last(reader_t *r, lgs_rc_t rc, uint32_t n_before);
static lgs_rc_t syntax_error(reader_t *r, const yaml_parser_t *parser);
static uint32_t byte_at(reader_t *r, size_t index);

lgs_rc_t lgs_yaml_read(lgs_arena_t *arena, lgs_str_t source, lgs_str_t file, lgs_doc_t *doc,
                       lgs_errs_t *errs)
{
    reader_t r = {.arena = arena, .doc = doc, .errs = errs};
    yaml_parser_t parser;
    lgs_rc_t rc;

    *doc = (lgs_doc_t){.source = source, .file = file, .format = LGS_FORMAT_YAML};
    if (source.len > LGS_MAX_POLICY_FILE) {
        return refuse(&r, "file-size", 0, "the file is larger than a policy file may be (8m)");
    }
    if (lgs_str_starts(source, LGS_STR("\xef\xbb\xbf"))) {
        return refuse(&r, "yaml-syntax", 0,
                      "the file begins with a byte order mark; save it as UTF-8 without one");
    }
    r.build = lgs_build_create(arena, arena, &lgs_tree_limits_default);
    if (r.build == NULL || !yaml_parser_initialize(&parser)) {
        return lgs_errs_nomem(errs);
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)source.data, source.len);
    rc = read_events(&r, &parser);
    yaml_parser_delete(&parser);
    if (rc == LGS_OK) {
        doc->root = lgs_build_root(r.build);
        doc->n_nodes = lgs_build_count(r.build);
    }
    return rc;
}

static lgs_rc_t read_events(reader_t *r, yaml_parser_t *parser)
{
    lgs_rc_t rc = LGS_OK;

    while (rc == LGS_OK && !r->done) {
        yaml_event_t event;
        uint32_t n_before = r->errs ? r->errs->n : 0;

        if (!yaml_parser_parse(parser, &event)) {
            return syntax_error(r, parser);
        }
        rc = on_event[event.type](r, &event, byte_at(r, event.start_mark.index));
        rc = place_last(r, rc, n_before);
        yaml_event_delete(&event);
    }
    return rc;
}

/* ---- events
 * -------------------------------------------------------------------------------------- */

static lgs_rc_t on_nothing(reader_t *r, const yaml_event_t *event, uint32_t offset)
{
    return LGS_OK;
}

static lgs_rc_t on_stream_end(reader_t *r, const yaml_event_t *event, uint32_t offset)
{
    r->done = true;
    return r->n_documents ? LGS_OK : refuse(r, "yaml-empty", 0, "the file says nothing");
}

static lgs_rc_t on_document(reader_t *r, const yaml_event_t *event, uint32_t offset)
{
    const yaml_version_directive_t *version = event->data.document_start.version_directive;

    if (r->n_documents++) {
        return refuse(r, "yaml-documents", offset,
                      "a second document begins here (\"---\"); one file holds one");
    }
    if (version && (version->major != 1 || version->minor != 2)) {
        return refuse(r, "yaml-syntax", offset, "policies are YAML 1.2; leave the %YAML line out");
    }
    return LGS_OK;
}

static lgs_rc_t on_alias(reader_t *r, const yaml_event_t *event, uint32_t offset)
{
    return refuse(r, "yaml-alias", offset,
                  "aliases (*name) are not allowed: write the value out where it is meant");
}

static lgs_rc_t check_marks(reader_t *r, const yaml_char_t *anchor, const yaml_char_t *tag,
                            uint32_t offset)
{
    if (anchor) {
        return refuse(r, "yaml-alias", offset, "anchors (&name) are not allowed");
    }
    if (tag) {
        return refuse(r, "yaml-tag", offset,
                      "tags (!name) are not allowed; for a text write it in quotes");
    }
    return LGS_OK;
}

/* Before a value: the container on top now waits for a name again. */
static void value_seen(reader_t *r)
{
    if (r->depth && r->open[r->depth - 1].is_object) {
        r->open[r->depth - 1].wants_name = true;
    }
}

static bool wants_name(const reader_t *r)
{
    return r->depth && r->open[r->depth - 1].wants_name;
}

static lgs_rc_t open_container(reader_t *r, lgs_type_t type, uint32_t offset)
{
    lgs_rc_t rc;

    if (wants_name(r)) {
        return refuse(r, "yaml-key", offset,
                      "a key must be a plain or quoted text, not [ ] or { }");
    }
    value_seen(r);
    rc = lgs_build_open(r->build, type, offset, r->errs);
    if (rc != LGS_OK) {
        return rc;
    }
    if (r->depth == MAX_NESTING) {
        return refuse(r, "max-depth", offset, "too many lists and maps within each other");
    }
    r->open[r->depth].is_object = type == LGS_OBJECT;
    r->open[r->depth].wants_name = type == LGS_OBJECT;
    r->depth++;
    return LGS_OK;
}

static lgs_rc_t on_sequence(reader_t *r, const yaml_event_t *event, uint32_t offset)
{
    lgs_rc_t rc = check_marks(r, event->data.sequence_start.anchor, event->data.sequence_start.tag,
                              offset);

    return rc == LGS_OK ? open_container(r, LGS_ARRAY, offset) : rc;
}

static lgs_rc_t on_mapping(reader_t *r, const yaml_event_t *event, uint32_t offset)
{
    lgs_rc_t rc = check_marks(r, event->data.mapping_start.anchor, event->data.mapping_start.tag,
                              offset);

    return rc == LGS_OK ? open_container(r, LGS_OBJECT, offset) : rc;
}

static lgs_rc_t on_end(reader_t *r, const yaml_event_t *event, uint32_t offset)
{
    r->depth--;
    return lgs_build_close(r->build, r->errs);
}

/* ---- scalars: YAML 1.2 core schema, section 10.3.2
 * ----------------------------------------------- */

static lgs_str_t keep(reader_t *r, lgs_str_t text, uint32_t offset)
{
    lgs_str_t source = r->doc->source;

    /* Most plain scalars stand in the source as they are: then nothing is copied. */
    if (offset <= source.len && text.len <= source.len - offset &&
        memcmp(source.data + offset, text.data, text.len) == 0) {
        return lgs_str(source.data + offset, text.len);
    }
    return lgs_arena_str(r->arena, text);
}

static uint8_t flags_of(lgs_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c < 0x20 || c == '"' || c == '\\') {
            return 0;
        }
    }
    return LGS_NODE_PLAIN;
}

static bool is_one_of(lgs_str_t text, const char *const *words)
{
    for (; *words; words++) {
        if (lgs_str_is(text, *words)) {
            return true;
        }
    }
    return false;
}

static size_t count_digits(lgs_str_t text, size_t from)
{
    size_t i = from;

    while (i < text.len && text.data[i] >= '0' && text.data[i] <= '9') {
        i++;
    }
    return i - from;
}

/* The parts of [-+]? digits* (. digits*)? ([eE] [-+]? digits+)? */
typedef struct {
    lgs_str_t whole, fraction, exponent; /* exponent with its sign */
    bool negative;
} number_t;

static bool split_number(lgs_str_t text, number_t *number)
{
    size_t i = 0, n;

    *number = (number_t){.negative = text.len && text.data[0] == '-'};
    if (text.len && (text.data[0] == '-' || text.data[0] == '+')) {
        i++;
    }
    n = count_digits(text, i);
    number->whole = lgs_str(text.data + i, n);
    i += n;
    if (i < text.len && text.data[i] == '.') {
        n = count_digits(text, i + 1);
        number->fraction = lgs_str(text.data + i + 1, n);
        i += n + 1;
    }
    if (number->whole.len + number->fraction.len == 0) {
        return false;
    }
    if (i < text.len && (text.data[i] == 'e' || text.data[i] == 'E')) {
        size_t sign = i + 1 < text.len && (text.data[i + 1] == '-' || text.data[i + 1] == '+');

        n = count_digits(text, i + 1 + sign);
        number->exponent = lgs_str(text.data + i + 1, sign + n);
        i += n ? 1 + sign + n : 0;
    }
    return i == text.len && !(number->whole.len > 1 && number->whole.data[0] == '0');
}

/* "12", "-1.50", "1e3" as they are; "+1", ".5" and "5." in JSON's spelling. */
static lgs_str_t number_text(reader_t *r, lgs_str_t text, const number_t *number, uint32_t offset)
{
    bool has_point = memchr(text.data, '.', text.len) != NULL;

    if (text.data[0] != '+' && number->whole.len && has_point == (number->fraction.len > 0)) {
        return keep(r, text, offset);
    }
    return lgs_arena_printf(r->arena, "%s%.*s%s%.*s%s%.*s", number->negative ? "-" : "",
                            number->whole.len ? (int)number->whole.len : 1,
                            number->whole.len ? number->whole.data : "0",
                            number->fraction.len ? "." : "", LGS_FMT(number->fraction),
                            number->exponent.len ? "e" : "", LGS_FMT(number->exponent));
}

/* 0x1F and 0o17. False when it is neither or does not fit into 64 bits. */
static bool read_based(lgs_str_t text, uint64_t *value)
{
    unsigned base;

    if (text.len < 3 || text.data[0] != '0' || (text.data[1] != 'x' && text.data[1] != 'o')) {
        return false;
    }
    base = text.data[1] == 'x' ? 16 : 8;
    *value = 0;
    for (size_t i = 2; i < text.len; i++) {
        static const char digits[] = "0123456789abcdef";
        char lower = text.data[i] >= 'A' && text.data[i] <= 'F' ? (char)(text.data[i] + 32)
                                                                : text.data[i];
        const char *digit = lower ? strchr(digits, lower) : NULL;

        if (digit == NULL || (unsigned)(digit - digits) >= base || *value > UINT64_MAX / base) {
            return false;
        }
        *value = *value * base + (unsigned)(digit - digits);
    }
    return true;
}

static lgs_rc_t add_text(reader_t *r, lgs_str_t text, uint32_t offset)
{
    lgs_str_t kept = keep(r, text, offset);

    if (kept.data == NULL) {
        return lgs_errs_nomem(r->errs);
    }
    return lgs_build_value(r->build, lgs_node_string(kept, offset, flags_of(kept)), r->errs);
}

static lgs_rc_t add_number(reader_t *r, lgs_str_t text, uint32_t offset)
{
    if (text.data == NULL) {
        return lgs_errs_nomem(r->errs);
    }
    if (text.len > LGS_MAX_NUMBER) {
        return refuse(r, "max-text", offset, "the number has too many digits");
    }
    return lgs_build_value(r->build, lgs_node_number(text, offset), r->errs);
}

static lgs_rc_t add_plain(reader_t *r, lgs_str_t text, uint32_t offset)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};
    static const char *const odd[] = {".inf",  ".Inf",  ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
                                      "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN",  NULL};
    number_t number;
    uint64_t value;

    if (is_one_of(text, nulls)) {
        return lgs_build_value(r->build, lgs_node_null(offset), r->errs);
    }
    if (is_one_of(text, yes) || is_one_of(text, no)) {
        return lgs_build_value(r->build, lgs_node_bool(is_one_of(text, yes), offset), r->errs);
    }
    if (is_one_of(text, odd)) {
        return refuse(
            r, "yaml-number", offset,
            "infinity and not-a-number are no values here; for the text write it in quotes");
    }
    if (split_number(text, &number)) {
        return add_number(r, number_text(r, text, &number, offset), offset);
    }
    if (read_based(text, &value)) {
        return add_number(r, lgs_arena_printf(r->arena, "%llu", (unsigned long long)value), offset);
    }
    return add_text(r, text, offset);
}

static lgs_rc_t add_name(reader_t *r, lgs_str_t text, bool plain, uint32_t offset)
{
    lgs_str_t kept = keep(r, text, offset);

    if (plain && text.len == 0) {
        return refuse(r, "yaml-key", offset, "a key is missing before the \":\"");
    }
    if (kept.data == NULL) {
        return lgs_errs_nomem(r->errs);
    }
    r->open[r->depth - 1].wants_name = false;
    return lgs_build_name(r->build, kept, offset, flags_of(kept), r->errs);
}

static lgs_rc_t on_scalar(reader_t *r, const yaml_event_t *event, uint32_t offset)
{
    lgs_str_t text = lgs_str((const char *)event->data.scalar.value, event->data.scalar.length);
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    lgs_rc_t rc = check_marks(r, event->data.scalar.anchor, event->data.scalar.tag, offset);

    if (rc != LGS_OK) {
        return rc;
    }
    if (wants_name(r)) {
        return add_name(r, text, plain, offset);
    }
    value_seen(r);
    return plain ? add_plain(r, text, offset) : add_text(r, text, offset);
}

/* ---- errors and places
 * --------------------------------------------------------------------------- */

static lgs_rc_t refuse(reader_t *r, const char *code, uint32_t offset, const char *text)
{
    lgs_err_t *err = lgs_errs_add(r->errs, code, lgs_doc_locate(r->doc, offset), "%s", text);

    if (err) {
        err->file = r->doc->file;
    }
    return LGS_INVALID;
}

/* The builder knows only offsets: gives its new error a line, a column and the file. */
static lgs_rc_t place_last(reader_t *r, lgs_rc_t rc, uint32_t n_before)
{
    if (rc != LGS_OK && r->errs && r->errs->n > n_before && r->errs->last->pos.line == 0 &&
        rc != LGS_NOMEM) {
        r->errs->last->pos = lgs_doc_locate(r->doc, r->errs->last->pos.offset);
        r->errs->last->file = r->doc->file;
    }
    return rc;
}

static lgs_rc_t syntax_error(reader_t *r, const yaml_parser_t *parser)
{
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    size_t index = parser->problem_mark.index, byte = parser->problem_offset;
    const char *hint = NULL;
    lgs_err_t *err;

    if (parser->error == YAML_MEMORY_ERROR) {
        return lgs_errs_nomem(r->errs);
    }
    for (size_t i = 0; i < LGS_N(hints); i++) {
        if (strcmp(problem, hints[i].problem) == 0) {
            hint = hints[i].hint;
            index = hints[i].at_opening ? parser->context_mark.index : index;
        }
    }
    if (parser->error != YAML_READER_ERROR) {
        byte = byte_at(r, index);
    }
    err = lgs_errs_add(r->errs, "yaml-syntax", lgs_doc_locate(r->doc, (uint32_t)byte),
                       "not YAML: %s%s%s%s%s", problem, parser->context ? " " : "",
                       parser->context ? parser->context : "", hint ? "; " : "", hint ? hint : "");
    if (err) {
        err->file = r->doc->file;
    }
    return LGS_INVALID;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* libyaml's marks count characters and go forward but for a step or two: so does this cursor. */
static uint32_t byte_at(reader_t *r, size_t index)
{
    lgs_str_t source = r->doc->source;

    while (r->index < index && r->byte < source.len) {
        do {
            r->byte++;
        } while (r->byte < source.len && is_continuation(source.data[r->byte]));
        r->index++;
    }
    while (r->index > index && r->byte > 0) {
        do {
            r->byte--;
        } while (r->byte > 0 && is_continuation(source.data[r->byte]));
        r->index--;
    }
    return (uint32_t)r->byte;
}
