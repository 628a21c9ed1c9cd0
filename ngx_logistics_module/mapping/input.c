/*
 * A mapping's `input` → lgs_input_t: the format, and what is to be known to read it. One row a
 * format, with its keys; the profile lives in the mapping's arena.
 */
#include "../formats/csv.h"
#include "internal.h"

#define MAX_FORMATS 16u

static const char *const common_keys = "format schema";

typedef struct {
    const char *format;
    const char *keys; /* of `input` beside the common ones */
    /* Fills input->profile; false after a finding. NULL: the format has none. */
    bool (*compile)(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);
} row_t;

static const row_t *find_row(lgs_str_t format);
static bool unknown_format(lgs_compile_t *c, const lgs_node_t *node, lgs_str_t format);
static bool compile_json(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);
static bool compile_csv(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);
static bool read_byte(lgs_compile_t *c, const lgs_node_t *node, const char *name, char *byte);
static bool read_quote(lgs_compile_t *c, const lgs_node_t *node, lgs_csv_t *csv);
static bool read_charset(lgs_compile_t *c, const lgs_node_t *node, lgs_charset_t *charset);
static bool read_flag(lgs_compile_t *c, const lgs_node_t *node, const char *name, bool *flag);
static bool read_columns(lgs_compile_t *c, const lgs_node_t *node, lgs_csv_t *csv);
static bool column_number(lgs_str_t text, uint32_t *index);

static const row_t rows[] = {
    {"json", "records", compile_json},
    {"ndjson", "", NULL},
    {"csv",
     "delimiter quote escape header columns optional skip_rows comment trim charset decimal_mark "
     "missing extra",
     compile_csv},
};

bool lgs_mapping_compile_input(lgs_compile_t *c, const lgs_node_t *node)
{
    lgs_input_t *input = &c->mapping->input;
    lgs_str_t format = LGS_STR("json");
    size_t mark = lgs_mapping_enter(c, LGS_STR("input"));
    const row_t *row;

    if (node && node->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, node, "\"input\" must be a map: {format: json}");
    }
    if (node) {
        lgs_mapping_arg_text(c, node, "format", &format);
        lgs_mapping_arg_text(c, node, "schema", &c->mapping->schema);
    }
    row = find_row(format);
    input->format = lgs_input_format(format);
    if (row == NULL || input->format == NULL) {
        return unknown_format(c, lgs_node_at(node, "format"), format);
    }
    c->syntax = lgs_mapping_syntax(LGS_STR("json")); /* one tree for all formats, one spelling */
    if (node) {
        lgs_mapping_keys(c, node, "\"input\"", common_keys, row->keys);
    }
    if (node && row->compile && !row->compile(c, node, input)) {
        return false;
    }
    lgs_mapping_leave(c, mark);
    return true;
}

static const row_t *find_row(lgs_str_t format)
{
    for (size_t i = 0; i < LGS_N(rows); i++) {
        if (lgs_str_is(format, rows[i].format)) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool unknown_format(lgs_compile_t *c, const lgs_node_t *node, lgs_str_t format)
{
    lgs_str_t names[MAX_FORMATS], near;
    size_t n = lgs_input_format_names(names, MAX_FORMATS);
    lgs_buf_t known;

    lgs_buf_init(&known, c->arena, 64, 0);
    for (size_t i = 0; i < n; i++) {
        lgs_buf_printf(&known, "%s%.*s", i ? ", " : "", LGS_FMT(names[i]));
    }
    near = lgs_nearest(format, names, n);
    return lgs_mapping_finding(c, node, "there is no input format \"%.*s\"%s%s%.*s%s; known: %.*s",
                               LGS_QUOTE(format), near.len ? "; did you mean \"" : "",
                               LGS_FMT(near), near.len ? "\"?" : "", LGS_FMT(lgs_buf_text(&known)));
}

static bool compile_json(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input)
{
    const lgs_node_t *records = lgs_node_at(node, "records");
    lgs_json_input_t *json;

    if (records == NULL) {
        return true;
    }
    json = lgs_arena_zalloc(c->arena, sizeof(*json));
    if (json == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (records->type != LGS_STRING || records->n == 0 || records->u.text[0] != '/') {
        return lgs_mapping_finding(c, records,
                                   "\"records\" must be a JSON pointer to the list: /records");
    }
    json->records = lgs_node_text(records);
    input->profile = json;
    return true;
}

/* ---- csv ---- */

static bool compile_csv(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input)
{
    static const lgs_str_t missing[] = {
        [LGS_ROW_REFUSE] = LGS_STR_INIT("refuse"), [LGS_ROW_ALLOW] = LGS_STR_INIT("null")};
    static const lgs_str_t extra[] = {
        [LGS_ROW_REFUSE] = LGS_STR_INIT("refuse"), [LGS_ROW_ALLOW] = LGS_STR_INIT("ignore")};
    lgs_csv_t *csv = lgs_arena_alloc(c->arena, sizeof(*csv));
    unsigned on_missing = LGS_ROW_REFUSE, on_extra = LGS_ROW_REFUSE;
    int64_t skip = 0;

    if (csv == NULL) {
        return lgs_mapping_nomem(c);
    }
    *csv = lgs_csv_default;
    if (!read_byte(c, node, "delimiter", &csv->delimiter) || !read_quote(c, node, csv) ||
        !read_charset(c, node, &csv->charset) || !read_flag(c, node, "trim", &csv->trim) ||
        !read_byte(c, node, "decimal_mark", &c->decimal_mark) ||
        !lgs_mapping_arg_int(c, node, "skip_rows", 0, 1000, &skip) ||
        !lgs_mapping_arg_text(c, node, "comment", &csv->comment) ||
        !lgs_mapping_arg_word(c, node, "missing", missing, LGS_N(missing), &on_missing) ||
        !lgs_mapping_arg_word(c, node, "extra", extra, LGS_N(extra), &on_extra) ||
        !read_columns(c, node, csv)) {
        return false;
    }
    csv->skip_rows = (uint32_t)skip;
    csv->missing = (lgs_ragged_t)on_missing;
    csv->extra = (lgs_ragged_t)on_extra;
    lgs_csv_prepare(csv);
    input->profile = csv;
    return true;
}

/* One ASCII character; "tab" is one. */
static bool read_byte(lgs_compile_t *c, const lgs_node_t *node, const char *name, char *byte)
{
    const lgs_node_t *arg = lgs_node_at(node, name);
    lgs_str_t text = lgs_node_text(arg);

    if (arg == NULL) {
        return true;
    }
    if (lgs_str_is(text, "tab")) {
        text = LGS_STR("\t");
    }
    if (text.len != 1 || (unsigned char)text.data[0] >= 0x80 || text.data[0] == '\n' ||
        text.data[0] == '\r' || text.data[0] == '\0') {
        return lgs_mapping_finding(c, arg, "\"%s\" must be one character of ASCII, or tab", name);
    }
    *byte = text.data[0];
    return true;
}

/* `quote: none`; `escape` is the quote itself (doubled) or the backslash. */
static bool read_quote(lgs_compile_t *c, const lgs_node_t *node, lgs_csv_t *csv)
{
    const lgs_node_t *quote = lgs_node_at(node, "quote"), *escape = lgs_node_at(node, "escape");
    bool has_none = lgs_str_is(lgs_node_text(quote), "none");

    if (has_none) {
        csv->quote = 0;
    } else if (!read_byte(c, node, "quote", &csv->quote)) {
        return false;
    }
    csv->escape = csv->quote;
    if (csv->quote == csv->delimiter) {
        return lgs_mapping_finding(c, quote ? quote : node, "delimiter and quote must differ");
    }
    if (escape == NULL) {
        return true;
    }
    if (has_none) {
        return lgs_mapping_finding(c, escape, "without quotes there is nothing to escape");
    }
    if (lgs_str_is(lgs_node_text(escape), "backslash")) {
        csv->escape = '\\';
    } else if (!lgs_str_is(lgs_node_text(escape), "double")) {
        return lgs_mapping_finding(c, escape, "\"escape\" is double (\"\") or backslash (\\\")");
    }
    return true;
}

static bool read_charset(lgs_compile_t *c, const lgs_node_t *node, lgs_charset_t *charset)
{
    lgs_str_t words[LGS_N_CHARSETS];
    unsigned word = *charset;

    for (unsigned i = 0; i < LGS_N_CHARSETS; i++) {
        words[i] = lgs_charset_name((lgs_charset_t)i);
    }
    if (!lgs_mapping_arg_word(c, node, "charset", words, LGS_N_CHARSETS, &word)) {
        return false;
    }
    *charset = (lgs_charset_t)word;
    return true;
}

static bool read_flag(lgs_compile_t *c, const lgs_node_t *node, const char *name, bool *flag)
{
    const lgs_node_t *arg = lgs_node_at(node, name);

    if (arg && arg->type != LGS_BOOL) {
        return lgs_mapping_finding(c, arg, "\"%s\" must be true or false", name);
    }
    *flag = arg ? arg->u.truth : *flag;
    return true;
}

/*
 * `columns`: names by position, or a map of names to numbers or letters (G is 7). They take the
 * place of a header's names, which are then only there with `header: true`.
 */
static bool read_columns(lgs_compile_t *c, const lgs_node_t *node, lgs_csv_t *csv)
{
    const lgs_node_t *arg = lgs_node_at(node, "columns");
    uint32_t n = arg ? arg->n : 0, index;
    lgs_str_t *names;

    csv->has_header = arg == NULL;
    if (!read_flag(c, node, "header", &csv->has_header) || arg == NULL) {
        return !c->failed;
    }
    if ((arg->type != LGS_ARRAY && arg->type != LGS_OBJECT) || n == 0 || n > LGS_MAX_COLUMNS) {
        return lgs_mapping_finding(c, arg,
                                   "\"columns\" must be a list of names, or a map of names to "
                                   "numbers or letters: {plate: G}");
    }
    for (uint32_t i = 0; arg->type == LGS_OBJECT && i < arg->n; i++) {
        const lgs_node_t *at = &arg->u.members[i].value;

        if (!column_number(lgs_node_text(at), &index)) {
            return lgs_mapping_finding(c, at, "a column is a number from 1 or letters from A");
        }
        n = index >= n ? index + 1 : n;
    }
    names = lgs_arena_array(c->arena, n, sizeof(*names));
    if (names == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < arg->n; i++) {
        if (arg->type == LGS_ARRAY) {
            names[i] = lgs_node_text(&arg->u.items[i]);
        } else if (column_number(lgs_node_text(&arg->u.members[i].value), &index)) {
            names[index] = lgs_node_text(&arg->u.members[i].name);
        }
    }
    csv->columns = names;
    csv->n_columns = n;
    return true;
}

/* "7", or "G" as spreadsheets call it → 6. */
static bool column_number(lgs_str_t text, uint32_t *index)
{
    uint32_t number = 0;
    bool is_digit = text.len && text.data[0] >= '0' && text.data[0] <= '9';

    for (size_t i = 0; i < text.len && number <= LGS_MAX_COLUMNS; i++) {
        unsigned at = (unsigned)(unsigned char)text.data[i] - (is_digit ? '0' : 'A');

        if (at >= (is_digit ? 10u : 26u)) {
            return false;
        }
        number = number * (is_digit ? 10 : 26) + at + !is_digit;
    }
    *index = number - 1;
    return number > 0 && number <= LGS_MAX_COLUMNS;
}
