/*
 * `records` of flat files: the types of records by their mark, what part each plays in a document,
 * and its columns or places. Paths are held against them when the mapping is loaded.
 */
#include "../formats/group.h"
#include "internal.h"

static bool read_select(lgs_compile_t *c, const lgs_node_t *node, bool is_fixed,
                        lgs_group_t *group);
static bool read_slice(lgs_compile_t *c, const lgs_node_t *node, lgs_slice_t *slice);
static bool read_type(lgs_compile_t *c, const lgs_member_t *member, bool is_fixed,
                      lgs_record_type_t *type);
static lgs_node_t name_node(lgs_str_t text);
static bool check_names(lgs_compile_t *c, const lgs_node_t *records, const lgs_group_t *group);

bool lgs_mapping_compile_group(lgs_compile_t *c, const lgs_node_t *node, bool is_fixed,
                               lgs_group_t *group)
{
    static const lgs_str_t others[] = {LGS_STR_INIT("refuse"), LGS_STR_INIT("skip")};
    const lgs_node_t *records = lgs_node_at(node, "records");
    lgs_record_type_t *types;
    unsigned skips = 0;

    if (records == NULL || records->type != LGS_OBJECT || records->n == 0 ||
        records->n > LGS_MAX_RECORD_TYPES) {
        return lgs_mapping_finding(c, records ? records : node,
                                   "\"records\" must be a map of 1 to %u types of records by their "
                                   "mark%s",
                                   LGS_MAX_RECORD_TYPES,
                                   is_fixed ? "; with one type and no mark say \"fields\"" : "");
    }
    types = lgs_arena_array(c->arena, records->n, sizeof(*types));
    if (types == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (!read_select(c, node, is_fixed, group) ||
        !lgs_mapping_arg_word(c, node, "others", others, LGS_N(others), &skips)) {
        return false;
    }
    for (uint32_t i = 0; i < records->n; i++) {
        if (!read_type(c, &records->u.members[i], is_fixed, &types[i])) {
            return false;
        }
        group->has_header |= types[i].role == LGS_ROLE_HEADER;
    }
    group->types = types;
    group->n_types = records->n;
    group->skip_others = skips;
    c->flat.group = group;
    return check_names(c, records, group);
}

/* `select`: [start, length] or `length` of a fixed-width record, the number of a CSV column. */
static bool read_select(lgs_compile_t *c, const lgs_node_t *node, bool is_fixed, lgs_group_t *group)
{
    const lgs_node_t *select = lgs_node_at(node, "select");
    int64_t column = 0;

    if (select == NULL) {
        return lgs_mapping_finding(c, node, "\"select\" is missing: where a record's type stands");
    }
    if (!is_fixed) {
        if (!lgs_mapping_arg_int(c, node, "select", 1, LGS_MAX_COLUMNS, &column)) {
            return false;
        }
        group->column = (uint32_t)column - 1;
        return true;
    }
    return lgs_str_is(lgs_node_text(select), "length") || read_slice(c, select, &group->select);
}

/* [start, length], the first character being 1. */
static bool read_slice(lgs_compile_t *c, const lgs_node_t *node, lgs_slice_t *slice)
{
    int64_t start, n;

    if (node->type != LGS_ARRAY || node->n != 2 || !lgs_node_int(&node->u.items[0], &start) ||
        !lgs_node_int(&node->u.items[1], &n) || start < 1 || start > LGS_MAX_ROW || n < 1 ||
        n > LGS_MAX_CELL) {
        return lgs_mapping_finding(c, node, "a place is [first character from 1, how many]");
    }
    *slice = (lgs_slice_t){(uint32_t)start - 1, (uint32_t)n};
    return true;
}

static bool read_type(lgs_compile_t *c, const lgs_member_t *member, bool is_fixed,
                      lgs_record_type_t *type)
{
    static const lgs_str_t roles[LGS_N_ROLES] = {
        [LGS_ROLE_ROW] = LGS_STR_INIT("row"),         [LGS_ROLE_HEADER] = LGS_STR_INIT("header"),
        [LGS_ROLE_DETAIL] = LGS_STR_INIT("detail"),   [LGS_ROLE_ONE] = LGS_STR_INIT("one"),
        [LGS_ROLE_TRAILER] = LGS_STR_INIT("trailer"), [LGS_ROLE_FILE] = LGS_STR_INIT("file"),
        [LGS_ROLE_SKIP] = LGS_STR_INIT("skip"),
    };
    const lgs_node_t *node = &member->value;
    const char *cells = is_fixed ? "fields" : "columns";
    unsigned role = LGS_ROLE_ROW;
    lgs_str_t name;

    type->mark = name = lgs_node_text(&member->name);
    if (node->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, node, "a type of record is a map: role, name, %s", cells);
    }
    if (!lgs_mapping_keys(c, node, "a type of record",
                          is_fixed ? "role name fields" : "role name columns", NULL) ||
        !lgs_mapping_arg_word(c, node, "role", roles, LGS_N_ROLES, &role) ||
        !lgs_mapping_arg_text(c, node, "name", &name)) {
        return false;
    }
    type->role = (lgs_role_t)role;
    type->name = name_node(name);
    if (type->role == LGS_ROLE_SKIP) {
        return true;
    }
    if (lgs_node_at(node, cells) == NULL) {
        return lgs_mapping_finding(c, node, "\"%s\" is missing: what stands in this record", cells);
    }
    return lgs_mapping_compile_fields(c, lgs_node_at(node, cells), is_fixed, type);
}

/* {name: [start, length]} of fixed width, [name, …] of CSV. */
bool lgs_mapping_compile_fields(lgs_compile_t *c, const lgs_node_t *fields, bool is_fixed,
                                lgs_record_type_t *type)
{
    lgs_node_t *names = lgs_arena_array(c->arena, fields->n + 1, sizeof(*names));
    lgs_slice_t *slices = lgs_arena_array(c->arena, fields->n + 1, sizeof(*slices));
    bool is_right = fields->type == (is_fixed ? LGS_OBJECT : LGS_ARRAY) && fields->n > 0 &&
                    fields->n <= LGS_MAX_COLUMNS;

    if (names == NULL || slices == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (!is_right) {
        return lgs_mapping_finding(c, fields,
                                   is_fixed ? "\"fields\" must be a map: {number: [50, 20]}"
                                            : "\"columns\" must be a list of names");
    }
    for (uint32_t i = 0; i < fields->n; i++) {
        const lgs_node_t *name = is_fixed ? &fields->u.members[i].name : &fields->u.items[i];

        if (is_fixed && !read_slice(c, &fields->u.members[i].value, &slices[i])) {
            return false;
        }
        names[i] = name_node(lgs_node_text(name));
        for (uint32_t k = 0; k < i; k++) {
            if (lgs_str_eq(lgs_node_text(&names[k]), lgs_node_text(name))) {
                return lgs_mapping_finding(c, name, "\"%.*s\"%s stands twice",
                                           LGS_QUOTE(lgs_node_text(name)));
            }
        }
    }
    type->fields = names;
    type->slices = slices;
    type->n_fields = fields->n;
    return true;
}

static lgs_node_t name_node(lgs_str_t text)
{
    lgs_node_t name = lgs_node_string(text, LGS_NO_OFFSET, 0);

    name.hash = lgs_hash(text.data, text.len);
    return name;
}

/* Each is a member of its own in the document. */
static bool check_names(lgs_compile_t *c, const lgs_node_t *records, const lgs_group_t *group)
{
    for (uint32_t i = 1; i < group->n_types; i++) {
        for (uint32_t k = 0; k < i; k++) {
            lgs_str_t name = lgs_node_text(&group->types[i].name);

            if (lgs_str_eq(name, lgs_node_text(&group->types[k].name))) {
                return lgs_mapping_finding(c, &records->u.members[i].name,
                                           "two types of records are called \"%.*s\"%s",
                                           LGS_QUOTE(name));
            }
        }
    }
    return true;
}

void lgs_mapping_check_record(lgs_compile_t *c, const lgs_path_t *path, const lgs_node_t *node)
{
    const lgs_group_t *group = c->flat.group;
    lgs_str_t words[LGS_MAX_RECORD_TYPES], fields[LGS_MAX_NAMED_COLUMNS];
    const lgs_record_type_t *type = NULL;
    uint32_t n = 0;

    if (path->n == 0 || path->steps[0].kind != LGS_STEP_NAME) {
        return;
    }
    for (uint32_t i = 0; i < group->n_types; i++) {
        words[i] = lgs_node_text(&group->types[i].name);
        type = lgs_str_eq(words[i], path->steps[0].name) ? &group->types[i] : type;
    }
    if (type == NULL) {
        lgs_mapping_unknown(c, node, "type of record", path->steps[0].name, words, group->n_types);
        return;
    }
    if (path->n < 2 || path->steps[1].kind != LGS_STEP_NAME || type->role == LGS_ROLE_DETAIL) {
        return;
    }
    for (uint32_t i = 0; i < type->n_fields; i++) {
        if (lgs_str_eq(lgs_node_text(&type->fields[i]), path->steps[1].name)) {
            return;
        }
        if (n < LGS_MAX_NAMED_COLUMNS) {
            fields[n++] = lgs_node_text(&type->fields[i]);
        }
    }
    lgs_mapping_unknown(c, node, "field of that record", path->steps[1].name, fields, n);
}
