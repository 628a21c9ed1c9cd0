/*
 * A mapping's `input` → lgs_input_t: the format, and what is to be known to read it. One row a
 * format, with its keys; the profile lives in the mapping's arena.
 */
#include "internal.h"

#define MAX_FORMATS 16u

static const char *const common_keys = "format schema match root version versions";

typedef struct {
    const char *format;
    const char *keys; /* of `input` beside the common ones */
    /* Fills input->profile; false after a finding. NULL: the format has none. */
    bool (*compile)(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);
} row_t;

static const row_t *find_row(lgs_str_t format);
static bool compile_json(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);

static const row_t rows[] = {
    {"json", "records", compile_json},
    {"ndjson", "", NULL},
    {"csv",
     "delimiter quote escape header columns optional skip_rows comment trim charset decimal_mark "
     "missing extra select records others",
     lgs_mapping_compile_csv},
    {"fixed", "select length records fields others charset decimal_mark trim",
     lgs_mapping_compile_fixed},
    {"xml", "namespaces arrays", lgs_mapping_compile_xml},
    {"x12", "set guide checks wrapped repetition charset", lgs_mapping_compile_edi},
    {"edifact", "set guide checks wrapped repetition charset", lgs_mapping_compile_edi},
    {"tradacoms", "set guide checks wrapped repetition charset", lgs_mapping_compile_edi},
    {"edi", "set guide checks wrapped repetition charset", lgs_mapping_compile_edi},
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
        lgs_str_t names[MAX_FORMATS];
        size_t n = lgs_input_format_names(names, MAX_FORMATS);

        return lgs_mapping_unknown_format(c, lgs_node_at(node, "format"), "input", format, names,
                                          n);
    }
    /* one tree for all formats, one spelling; EDI has one of its own beside it */
    c->syntax = lgs_mapping_syntax(lgs_mapping_is_edi(c) ? LGS_STR("edi") : LGS_STR("json"));
    if (node) {
        lgs_mapping_keys(c, node, "\"input\"", common_keys, row->keys);
    }
    if (node && row->compile && !row->compile(c, node, input)) {
        return false;
    }
    lgs_mapping_know_input(c, node);
    if (node && !lgs_mapping_compile_selection(c, node)) {
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

bool lgs_mapping_unknown_format(lgs_compile_t *c, const lgs_node_t *node, const char *what,
                                lgs_str_t format, const lgs_str_t *names, size_t n)
{
    lgs_str_t near = lgs_nearest(format, names, n);
    lgs_buf_t known;

    if (near.len) {
        return lgs_mapping_finding(c, node,
                                   "there is no %s format \"%.*s\"%s; did you mean \"%.*s\"?", what,
                                   LGS_QUOTE(format), LGS_FMT(near));
    }
    lgs_buf_init(&known, c->arena, 64, 0);
    for (size_t i = 0; i < n; i++) {
        lgs_buf_printf(&known, "%s%.*s", i ? ", " : "", LGS_FMT(names[i]));
    }
    return lgs_mapping_finding(c, node, "there is no %s format \"%.*s\"%s; known: %.*s", what,
                               LGS_QUOTE(format), LGS_FMT(lgs_buf_text(&known)));
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
