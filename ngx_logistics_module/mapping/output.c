/*
 * A mapping's `output`: the kind of canonical record that it makes, or the format of a document
 * that we send, with its keys: one row a format, the words and profiles being those of `input`.
 * What is emitted is held against the format's columns, records and names when the mapping is
 * loaded: a slip would refuse each message.
 */
#include "../formats/csv.h"
#include "../formats/edi_out.h"
#include "../formats/fixed.h"
#include "../formats/xml.h"
#include "internal.h"

#define MAX_FORMATS 8u

static const char *const common_keys = "format schema";

typedef struct {
    const char *format;
    const char *keys; /* of `output` beside the common ones */
    /* Fills writes.read_by.profile; false after a finding. NULL: the format has none. */
    bool (*compile)(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by);
    void (*prove)(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record);
} row_t;

/* Takes each object that a value is, or is a list of. */
typedef void (*visit_t)(lgs_compile_t *c, const lgs_object_t *object, const void *data,
                        unsigned depth);

static bool compile_kind(lgs_compile_t *c, lgs_str_t kind);
static bool compile_format(lgs_compile_t *c, const lgs_node_t *node);
static const row_t *find_row(lgs_str_t format);
static bool compile_profile(lgs_compile_t *c, const lgs_node_t *node, const row_t *row);
static bool compile_schema(lgs_compile_t *c, const lgs_node_t *node);
static bool compile_json(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by);
static bool compile_csv(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by);
static bool compile_x12(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by);
static bool compile_edifact(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by);
static void prove_csv(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record);
static void prove_fixed(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record);
static void prove_xml(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record);
static void prove_segments(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record);
static void prove_group(lgs_compile_t *c, const lgs_object_t *record, const lgs_group_t *group);
static void prove_cells(lgs_compile_t *c, const lgs_object_t *object, const void *type,
                        unsigned depth);
static void prove_names(lgs_compile_t *c, const lgs_object_t *object, const void *xml,
                        unsigned depth);
static void visit_objects(lgs_compile_t *c, const lgs_expr_t *expr, visit_t visit, const void *data,
                          unsigned depth);

static const row_t rows[] = {
    {"json", "list", compile_json, NULL},
    {"ndjson", "", NULL, NULL},
    {"csv", "delimiter quote escape header columns charset select records", compile_csv, prove_csv},
    {"fixed", "select length records fields charset", lgs_mapping_compile_fixed, prove_fixed},
    {"xml", "namespaces", lgs_mapping_compile_xml, prove_xml},
    {"x12", "set version association", compile_x12, prove_segments},
    {"edifact", "set version association level", compile_edifact, prove_segments},
};

bool lgs_mapping_compile_output(lgs_compile_t *c, const lgs_node_t *node)
{
    size_t mark = lgs_mapping_enter(c, LGS_STR("output"));
    bool ok;

    if (node == NULL) {
        ok = compile_kind(c, LGS_STR("event"));
    } else if (node->type == LGS_STRING && node->n) {
        ok = compile_kind(c, lgs_node_text(node));
    } else if (node->type == LGS_OBJECT) {
        ok = compile_format(c, node);
    } else {
        ok = lgs_mapping_finding(c, node,
                                 "\"output\" is a kind of record (event), or a format to write: "
                                 "{format: csv, columns: [sku, quantity]}");
    }
    lgs_mapping_leave(c, mark);
    return ok;
}

static bool compile_kind(lgs_compile_t *c, lgs_str_t kind)
{
    c->mapping->output = kind;
    c->mapping->output_schema = lgs_mapping_output_file(c->arena, kind);
    return c->mapping->output_schema.data || lgs_mapping_nomem(c);
}

static bool compile_format(lgs_compile_t *c, const lgs_node_t *node)
{
    lgs_output_t *writes = &c->mapping->writes;
    lgs_str_t format = {NULL, 0}, names[MAX_FORMATS];
    const row_t *row;

    if (!lgs_mapping_arg_text(c, node, "format", &format)) {
        return false;
    }
    row = find_row(format);
    if (row == NULL) {
        return lgs_mapping_unknown_format(c, node, "output", format, names,
                                          lgs_output_format_names(names, MAX_FORMATS));
    }
    lgs_mapping_keys(c, node, "\"output\"", common_keys, row->keys);
    writes->format = lgs_output_format(format);
    writes->read_by.format = lgs_input_format(format);
    if (!compile_profile(c, node, row) || !compile_schema(c, node)) {
        return false;
    }
    writes->media_type = lgs_output_media_type(writes, c->arena);
    return writes->media_type.data || lgs_mapping_nomem(c);
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

/* Paths and numbers of the mapping go by what it reads, not by what it writes. */
static bool compile_profile(lgs_compile_t *c, const lgs_node_t *node, const row_t *row)
{
    const lgs_flat_names_t input = c->flat;
    bool is_xml = c->mapping->is_xml;
    bool ok = row->compile == NULL || row->compile(c, node, &c->mapping->writes.read_by);

    c->flat = input;
    c->mapping->is_xml = is_xml;
    return ok;
}

static bool compile_schema(lgs_compile_t *c, const lgs_node_t *node)
{
    const lgs_node_t *arg = lgs_node_at(node, "schema");
    lgs_str_t name = {NULL, 0}, *file = &c->mapping->output_schema;

    if (arg == NULL || !lgs_mapping_arg_text(c, node, "schema", &name)) {
        return !c->failed;
    }
    *file = lgs_arena_printf(c->arena, "%.*s.json", LGS_FMT(name));
    if (file->data == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (c->env && c->env->schema && lgs_mapping_shape(c, *file).node == NULL) {
        return lgs_mapping_finding(c, arg, "no schema \"%.*s\" in schemas/", LGS_FMT(name));
    }
    return true;
}

static bool compile_json(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by)
{
    const lgs_node_t *list = lgs_node_at(node, "list");

    if (list && list->type != LGS_BOOL) {
        return lgs_mapping_finding(c, list, "\"list\" must be true or false");
    }
    c->mapping->writes.is_list = lgs_node_is_true(list);
    return true;
}

/* A record leaves out what is null, so that the first one cannot say which columns there are. */
static bool compile_csv(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by)
{
    lgs_csv_t *csv;

    if (lgs_node_at(node, "columns") == NULL && lgs_node_at(node, "records") == NULL) {
        return lgs_mapping_finding(c, node, "\"columns\" is missing: their names in order");
    }
    if (!lgs_mapping_compile_csv(c, node, read_by)) {
        return false;
    }
    csv = (lgs_csv_t *)read_by->profile;
    csv->has_header = csv->has_header || (!csv->group && lgs_node_at(node, "header") == NULL);
    return true;
}

/* What the envelope says of the set; the rest of it is the partner's. NULL after a finding. */
static lgs_edi_output_t *compile_edi(lgs_compile_t *c, const lgs_node_t *node, lgs_edi_t standard)
{
    lgs_edi_output_t *edi = lgs_arena_zalloc(c->arena, sizeof(*edi));

    if (edi == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    edi->standard = standard;
    edi->level = LGS_STR("UNOC");
    if (!lgs_mapping_arg_text(c, node, "set", &edi->set) ||
        !lgs_mapping_arg_text(c, node, "version", &edi->version) ||
        !lgs_mapping_arg_text(c, node, "association", &edi->association) ||
        !lgs_mapping_arg_text(c, node, "level", &edi->level)) {
        return NULL;
    }
    if (edi->set.len == 0 || edi->version.len == 0) {
        lgs_mapping_finding(c, node,
                            "\"set\" and \"version\" say what is written: "
                            "{format: x12, set: \"214\", version: \"004010\"}");
        return NULL;
    }
    c->mapping->writes.edi = edi;
    return edi;
}

static bool compile_x12(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by)
{
    const lgs_edi_output_t *edi = compile_edi(c, node, LGS_EDI_X12);
    bool is_version = edi && edi->version.len == 6;

    for (size_t i = 0; is_version && i < 6; i++) {
        is_version = edi->version.data[i] >= '0' && edi->version.data[i] <= '9';
    }
    if (edi && !is_version) {
        return lgs_mapping_finding(c, lgs_node_at(node, "version"),
                                   "a version of X12 has six digits, such as 004010");
    }
    if (edi && lgs_edi_out_group(edi).len == 0) {
        return lgs_mapping_finding(c, lgs_node_at(node, "set"),
                                   "no group of X12 is known for the set \"%.*s\"",
                                   LGS_FMT(edi->set));
    }
    return edi != NULL;
}

static bool compile_edifact(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *read_by)
{
    const lgs_edi_output_t *edi = compile_edi(c, node, LGS_EDI_EDIFACT);
    const char *dot = edi ? memchr(edi->version.data, '.', edi->version.len) : NULL;

    if (edi && (dot == NULL || dot == edi->version.data ||
                dot + 1 == edi->version.data + edi->version.len)) {
        return lgs_mapping_finding(c, lgs_node_at(node, "version"),
                                   "a version of EDIFACT is version and release, such as D.96A");
    }
    if (edi && (edi->level.len != 4 || memcmp(edi->level.data, "UNO", 3) != 0 ||
                edi->level.data[3] < 'A' || edi->level.data[3] > 'Y')) {
        return lgs_mapping_finding(c, lgs_node_at(node, "level"),
                                   "\"level\" is a syntax identifier of UNB, UNOA to UNOY");
    }
    return edi != NULL;
}

/* ---- proofs ---- */

void lgs_mapping_prove_written(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record)
{
    const row_t *row = find_row(lgs_output_name(&c->mapping->writes));

    if (row && row->prove) {
        row->prove(c, at, record);
    }
}

static void prove_csv(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record)
{
    const lgs_csv_t *csv = c->mapping->writes.read_by.profile;

    if (csv->group) {
        prove_group(c, record, csv->group);
        return;
    }
    for (uint32_t i = 0; i < record->n; i++) {
        const lgs_node_t *name = &record->fields[i].name;

        if (!lgs_mapping_is_column(csv, lgs_mapping_text(name))) {
            lgs_mapping_unknown(c, name, "column", lgs_mapping_text(name), csv->columns,
                                csv->n_columns);
        }
    }
}

static void prove_fixed(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record)
{
    const lgs_fixed_t *fixed = c->mapping->writes.read_by.profile;

    if (fixed->is_plain) {
        prove_cells(c, record, &fixed->group.types[0], 0);
    } else {
        prove_group(c, record, &fixed->group);
    }
}

static void prove_group(lgs_compile_t *c, const lgs_object_t *record, const lgs_group_t *group)
{
    lgs_str_t words[LGS_MAX_RECORD_TYPES];
    uint32_t n = 0;

    for (uint32_t k = 0; k < group->n_types; k++) {
        if (group->types[k].role != LGS_ROLE_SKIP) {
            words[n++] = lgs_node_text(&group->types[k].name);
        }
    }
    for (uint32_t i = 0; i < record->n; i++) {
        const lgs_field_t *field = &record->fields[i];
        const lgs_record_type_t *type = NULL;
        lgs_str_t name = lgs_mapping_text(&field->name);

        for (uint32_t k = 0; k < group->n_types; k++) {
            if (lgs_str_eq(name, lgs_node_text(&group->types[k].name))) {
                type = &group->types[k];
            }
        }
        if (type == NULL || type->role == LGS_ROLE_SKIP) {
            lgs_mapping_unknown(c, &field->name, "type of record", name, words, n);
        } else {
            visit_objects(c, field->value, prove_cells, type, 0);
        }
    }
}

/* Names of a record's cells. */
static void prove_cells(lgs_compile_t *c, const lgs_object_t *object, const void *data,
                        unsigned depth)
{
    const lgs_record_type_t *type = data;
    lgs_str_t words[LGS_MAX_NAMED_COLUMNS];
    uint32_t n = 0;

    for (uint32_t k = 0; k < type->n_fields && n < LGS_MAX_NAMED_COLUMNS; k++) {
        words[n++] = lgs_node_text(&type->fields[k]);
    }
    for (uint32_t i = 0; i < object->n; i++) {
        lgs_str_t name = lgs_mapping_text(&object->fields[i].name);
        uint32_t k = 0;

        while (k < type->n_fields && !lgs_str_eq(name, lgs_node_text(&type->fields[k]))) {
            k++;
        }
        if (k == type->n_fields) {
            lgs_mapping_unknown(c, &object->fields[i].name, "field of that record", name, words, n);
        }
    }
}

static void prove_xml(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record)
{
    if (record->n != 1) {
        lgs_mapping_finding(c, at, "an XML document is one element: {Root: {...}}, not %u of them",
                            record->n);
        return;
    }
    prove_names(c, record, c->mapping->writes.read_by.profile, 0);
}

/* A prefix that no namespace has could be written nowhere. Bounded by the nesting of values. */
static void prove_names(lgs_compile_t *c, const lgs_object_t *object, const void *data,
                        unsigned depth)
{
    const lgs_xml_profile_t *xml = data;

    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_node_t *node = &object->fields[i].name;
        lgs_str_t name = lgs_mapping_text(node), prefix = name;
        const char *colon = name.len ? memchr(name.data, ':', name.len) : NULL;
        size_t skip = name.len && name.data[0] == '@';
        uint32_t k = 0;

        prefix = colon ? lgs_str(name.data + skip, (size_t)(colon - name.data) - skip)
                       : LGS_STR("xml");
        while (k < xml->n_namespaces && !lgs_str_eq(prefix, xml->namespaces[k].prefix)) {
            k++;
        }
        if (k == xml->n_namespaces && !lgs_str_is(prefix, "xml")) {
            lgs_mapping_finding(c, node, "\"namespaces\" has no prefix \"%.*s\"%s",
                                LGS_QUOTE(prefix));
        }
        visit_objects(c, object->fields[i].value, prove_names, data, depth + 1);
    }
}

/* An element by the number that it has in its standard: "01", or "0". */
static bool is_number(lgs_str_t name, bool counts_from_zero)
{
    bool is_padded = name.len == 2 && name.data[0] == '0';

    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < '0' || name.data[i] > '9') {
            return false;
        }
    }
    if (counts_from_zero) {
        return name.len == 1 || (name.len == 2 && !is_padded);
    }
    return name.len == 2 && !lgs_str_is(name, "00");
}

static void prove_elements(lgs_compile_t *c, const lgs_object_t *object, const void *data,
                           unsigned depth)
{
    const lgs_edi_output_t *edi = data;
    bool counts_from_zero = edi->standard == LGS_EDI_EDIFACT;

    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_node_t *node = &object->fields[i].name;

        if (!is_number(lgs_mapping_text(node), counts_from_zero)) {
            lgs_mapping_finding(c, node, "\"%.*s\" is no element: %s",
                                LGS_FMT(lgs_mapping_text(node)),
                                counts_from_zero ? "EDIFACT counts them from \"0\""
                                                 : "X12 counts them \"01\", \"02\"");
        }
        visit_objects(c, object->fields[i].value, prove_elements, data, depth + 1);
    }
}

static void prove_tags(lgs_compile_t *c, const lgs_object_t *object, const void *data,
                       unsigned depth)
{
    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_node_t *node = &object->fields[i].name;
        lgs_str_t tag = lgs_mapping_text(node);
        bool is_tag = (tag.len == 2 || tag.len == 3) && tag.data[0] >= 'A' && tag.data[0] <= 'Z';

        if (lgs_str_is(tag, "segments")) {
            visit_objects(c, object->fields[i].value, prove_tags, data, depth + 1);
        } else if (is_tag) {
            visit_objects(c, object->fields[i].value, prove_elements, data, depth + 1);
        } else {
            lgs_mapping_finding(c, node, "\"%.*s\" is no segment", LGS_FMT(tag));
        }
    }
}

static void prove_segments(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record)
{
    if (record->n != 1 || !lgs_str_is(lgs_mapping_text(&record->fields[0].name), "segments")) {
        lgs_mapping_finding(c, at, "a set is its segments: {segments: [{B10: {\"01\": …}}, …]}");
        return;
    }
    visit_objects(c, record->fields[0].value, prove_tags, c->mapping->writes.edi, 0);
}

static void visit_objects(lgs_compile_t *c, const lgs_expr_t *expr, visit_t visit, const void *data,
                          unsigned depth)
{
    if (expr && expr->op->run == lgs_op_pass_run) { /* {object: {...}}, {then: {...}} */
        expr = expr->u.args;
    }
    if (expr == NULL || depth == LGS_MAPPING_MAX_NESTING) {
        return;
    }
    if (expr->op == &lgs_op_object) {
        visit(c, expr->u.object, data, depth);
    } else if (expr->op == &lgs_op_each) {
        visit_objects(c, expr->u.each->body, visit, data, depth + 1);
    } else if (expr->op == &lgs_op_list) {
        for (uint32_t i = 0; i < expr->u.list.n; i++) {
            visit_objects(c, expr->u.list.items[i], visit, data, depth + 1);
        }
    }
}
