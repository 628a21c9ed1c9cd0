/*
 * `input` of flat files: CSV and fixed width, and what the mapping reads of its columns, so that a
 * file whose header lacks one is refused at its first row and not at each.
 */
#include "../formats/csv.h"
#include "../formats/fixed.h"
#include "internal.h"

static bool read_rows(lgs_compile_t *c, const lgs_node_t *node, lgs_csv_t *csv);
static bool read_byte(lgs_compile_t *c, const lgs_node_t *node, const char *name, char *byte);
static bool read_quote(lgs_compile_t *c, const lgs_node_t *node, lgs_csv_t *csv);
static bool read_charset(lgs_compile_t *c, const lgs_node_t *node, lgs_charset_t *charset);
static bool read_flag(lgs_compile_t *c, const lgs_node_t *node, const char *name, bool *flag);
static bool read_columns(lgs_compile_t *c, const lgs_node_t *node, lgs_csv_t *csv);
static bool column_number(lgs_str_t text, uint32_t *index);
static bool read_optional(lgs_compile_t *c, const lgs_node_t *node);

/* In lgs_compile_t's `columns` in place of the node that reads one. */
static const lgs_node_t optional_column = {.type = LGS_NULL};

bool lgs_mapping_compile_csv(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input)
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
        !read_byte(c, node, "decimal_mark", &c->flat.decimal_mark) ||
        !lgs_mapping_arg_int(c, node, "skip_rows", 0, 1000, &skip) ||
        !lgs_mapping_arg_text(c, node, "comment", &csv->comment) ||
        !lgs_mapping_arg_word(c, node, "missing", missing, LGS_N(missing), &on_missing) ||
        !lgs_mapping_arg_word(c, node, "extra", extra, LGS_N(extra), &on_extra) ||
        !read_columns(c, node, csv) || !read_optional(c, node) || !read_rows(c, node, csv)) {
        return false;
    }
    csv->skip_rows = (uint32_t)skip;
    csv->missing = (lgs_ragged_t)on_missing;
    csv->extra = (lgs_ragged_t)on_extra;
    c->flat.csv = !csv->group && (csv->has_header || csv->columns) ? csv : NULL;
    lgs_csv_prepare(csv);
    input->profile = csv;
    return true;
}

/* Rows of several types have columns each of their own, so a header is an exception. */
static bool read_rows(lgs_compile_t *c, const lgs_node_t *node, lgs_csv_t *csv)
{
    lgs_group_t *group;

    if (lgs_node_at(node, "records") == NULL) {
        return true;
    }
    if (csv->columns) {
        return lgs_mapping_finding(c, lgs_node_at(node, "columns"),
                                   "with \"records\" each type has columns of its own");
    }
    group = lgs_arena_zalloc(c->arena, sizeof(*group));
    if (group == NULL) {
        return lgs_mapping_nomem(c);
    }
    csv->has_header = lgs_node_is_true(lgs_node_at(node, "header"));
    csv->group = group;
    return lgs_mapping_compile_group(c, node, false, group);
}

bool lgs_mapping_compile_fixed(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input)
{
    lgs_fixed_t *fixed = lgs_arena_zalloc(c->arena, sizeof(*fixed));
    const lgs_node_t *fields = lgs_node_at(node, "fields");
    lgs_record_type_t *type;
    bool trims = true;
    int64_t length = 0;

    if (fixed == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (!read_charset(c, node, &fixed->charset) || !read_flag(c, node, "trim", &trims) ||
        !read_byte(c, node, "decimal_mark", &c->flat.decimal_mark) ||
        !lgs_mapping_arg_int(c, node, "length", 1, LGS_MAX_ROW, &length)) {
        return false;
    }
    fixed->length = (uint32_t)length;
    fixed->keep_blanks = !trims;
    input->profile = fixed;
    if (fields == NULL) {
        return lgs_mapping_compile_group(c, node, true, &fixed->group);
    }
    type = lgs_arena_zalloc(c->arena, sizeof(*type));
    if (type == NULL) {
        return lgs_mapping_nomem(c);
    }
    fixed->is_plain = true;
    fixed->group = (lgs_group_t){.types = type, .n_types = 1};
    return lgs_mapping_compile_fields(c, fields, true, type);
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

/* `optional`: columns that the mapping reads and a file may be without; `all` of them. */
static bool read_optional(lgs_compile_t *c, const lgs_node_t *node)
{
    const lgs_node_t *arg = lgs_node_at(node, "optional");
    const lgs_texts_t *names = arg ? lgs_mapping_texts(c, arg) : NULL;

    c->flat.columns = lgs_map_create(c->arena, 16);
    if (c->flat.columns == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; names && i < names->n; i++) {
        if (lgs_map_add(c->flat.columns, names->items[i], (void *)&optional_column) == LGS_NOMEM) {
            return lgs_mapping_nomem(c);
        }
    }
    return arg == NULL || names;
}

void lgs_mapping_note_column(lgs_compile_t *c, const lgs_path_t *path, const lgs_node_t *node)
{
    bool is_row = path->from == LGS_FROM_ROOT ||
                  (path->from == LGS_FROM_SCOPE && path->index == c->scopes);

    if (is_row && c->flat.group) {
        lgs_mapping_check_record(c, path, node);
    }
    if (c->flat.csv == NULL || !is_row || path->n == 0 || path->steps[0].kind != LGS_STEP_NAME) {
        return;
    }
    if (lgs_map_add(c->flat.columns, path->steps[0].name, (void *)node) == LGS_NOMEM) {
        lgs_mapping_nomem(c);
    }
}

bool lgs_mapping_finish_columns(lgs_compile_t *c)
{
    size_t n = c->flat.csv ? lgs_map_count(c->flat.columns) : 0;
    lgs_str_t *required = lgs_arena_array(c->arena, n + 1, sizeof(*required));
    uint32_t n_required = 0;

    if (required == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (size_t i = 0; i < n; i++) {
        lgs_str_t name;
        void *node;

        lgs_map_at(c->flat.columns, i, &name, &node);
        if (node == &optional_column) {
            continue;
        }
        if (c->flat.csv->columns && !lgs_mapping_is_column(c->flat.csv, name)) {
            lgs_mapping_unknown(c, node, "column", name, c->flat.csv->columns,
                                c->flat.csv->n_columns);
        }
        required[n_required++] = name;
    }
    if (c->flat.csv && c->flat.csv->columns == NULL) {
        c->flat.csv->required = required;
        c->flat.csv->n_required = n_required;
    }
    return !c->failed;
}

bool lgs_mapping_is_column(const lgs_csv_t *csv, lgs_str_t name)
{
    uint32_t index;

    for (uint32_t i = 0; i < csv->n_columns; i++) {
        if (csv->columns[i].len && lgs_str_eq(csv->columns[i], name)) {
            return true;
        }
    }
    return column_number(name, &index) && index < csv->n_columns && name.data[0] <= '9' &&
           csv->columns[index].len == 0;
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
