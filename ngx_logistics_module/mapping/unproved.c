/*
 * What of the output's schema a record can still fail in a run: the schema is written again without
 * what every record of the mapping holds anyway, and without what the run itself looks at when it
 * puts a value into its place (lgs_fit_t; lgs_field_t's `must`): free texts, numbers, what may be
 * missing. A place that is not understood stays whole, as a reference to it, so what is left out is
 * proved or looked at and nothing else is. Whoever has a record that does not fit, or of a run with
 * a doubt, asks the whole schema: it words the errors, and may know better.
 *
 * The result refers to places of files ("canonical/parts.json#/$defs/party"), so it reads the files
 * as the schema room does: where a $id could lead elsewhere, the place stays whole.
 */
#include "unproved.h"

#define MAX_DEPTH   64u          /* schemas within each other, with those of references */
#define MAX_REFS    8u           /* $ref behind $ref */
#define MAX_TEXT    (256u << 10) /* of what is written */
#define MAX_SCRATCH (8u << 20)

static void keep(lgs_compile_t *c, const lgs_buf_t *written);
static bool write_left(lgs_unproved_t *w, lgs_place_t place, const lgs_outcomes_t *of);
static bool can_hold(const lgs_outcomes_t *of);
static void hold(lgs_unproved_t *w, const lgs_fit_t *fit, const lgs_outcomes_t *of);
static void write_whole(lgs_unproved_t *w, const lgs_place_t *place);
static void write_ref(lgs_unproved_t *w, const lgs_place_t *place, lgs_str_t keyword,
                      int64_t index);
static bool follow_refs(lgs_unproved_t *w, lgs_place_t *place);
static bool follow_ref(lgs_unproved_t *w, lgs_place_t *place, lgs_str_t ref);
static bool is_same_base(const lgs_shape_t *from, const lgs_shape_t *to, lgs_str_t file);
static bool is_understood(const lgs_unproved_t *w, const lgs_place_t *place,
                          const lgs_outcomes_t *of);
static const lgs_keyword_row_t *find_row(lgs_str_t name);
static void begin_member(lgs_unproved_t *w, lgs_str_t name);
static bool is_plain_name(lgs_str_t name);

static bool want_member(const lgs_outcomes_t *of, lgs_str_t name);
static bool is_proved(lgs_unproved_t *w, const lgs_keyword_row_t *row, const lgs_node_t *value,
                      const lgs_outcomes_t *of);
static bool check_code(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key);

static void write_value(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                        const lgs_keyword_row_t *row, const lgs_outcomes_t *of);
static void write_required(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                           const lgs_keyword_row_t *row, const lgs_outcomes_t *of);
static void write_properties(lgs_unproved_t *w, const lgs_place_t *place,
                             const lgs_member_t *keyword, const lgs_keyword_row_t *row,
                             const lgs_outcomes_t *of);
static void write_items(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                        const lgs_keyword_row_t *row, const lgs_outcomes_t *of);
static void write_schema(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                         const lgs_keyword_row_t *row, const lgs_outcomes_t *of);
static void write_schemas(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                          const lgs_keyword_row_t *row, const lgs_outcomes_t *of);

static void write_any(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                      const lgs_keyword_row_t *row, const lgs_outcomes_t *of);

/* What is not here is not understood. */
static const lgs_keyword_row_t rows[] = {
    {"type", write_value, lgs_proves_type, lgs_fit_type},
    {"enum", write_value, lgs_proves_enum, NULL},
    {"const", write_value, lgs_proves_const, NULL},
    {"pattern", write_value, lgs_proves_pattern, lgs_fit_pattern},
    {"format", write_value, lgs_proves_format, lgs_fit_format},
    {"minLength", write_value, lgs_proves_min_length, lgs_fit_min_length},
    {"maxLength", write_value, lgs_proves_max_length, lgs_fit_max_length},
    {"minimum", write_value, NULL, lgs_fit_minimum},
    {"maximum", write_value, NULL, lgs_fit_maximum},
    {"exclusiveMinimum", write_value, NULL, NULL},
    {"exclusiveMaximum", write_value, NULL, NULL},
    {"multipleOf", write_value, NULL, NULL},
    {"minItems", write_value, NULL, lgs_fit_min_items},
    {"maxItems", write_value, NULL, lgs_fit_max_items},
    {"uniqueItems", write_value, NULL, NULL},
    {"minProperties", write_value, lgs_proves_min_properties, NULL},
    {"maxProperties", write_value, NULL, NULL},
    {"required", write_required, NULL, NULL},
    {"properties", write_properties, NULL, NULL},
    {"additionalProperties", NULL, NULL, NULL}, /* is_understood() has proved it */
    {"items", write_items, NULL, NULL},
    {"allOf", write_schemas, NULL, NULL},
    {"anyOf", write_any, NULL, NULL},
    {"oneOf", write_schemas, NULL, NULL},
    {"not", write_schema, NULL, NULL},
    {"if", write_schema, NULL, NULL},
    {"then", write_schema, NULL, NULL},
    {"else", write_schema, NULL, NULL},
    {"propertyNames", write_schema, NULL, NULL},
    {"title", NULL, NULL, NULL},
    {"description", NULL, NULL, NULL},
    {"examples", NULL, NULL, NULL},
    {"default", NULL, NULL, NULL},
    {"deprecated", NULL, NULL, NULL},
    {"$comment", NULL, NULL, NULL},
    {"$schema", NULL, NULL, NULL},
    {"$id", NULL, NULL, NULL}, /* of a file's root: is_understood() */
    {"$defs", NULL, NULL, NULL},
    {"definitions", NULL, NULL, NULL},
    {"x-stays", NULL, NULL, NULL},
    {"x-nulls", NULL, NULL, NULL},
    {"x-redact", NULL, NULL, NULL}, /* a matter of errors, which the whole schema words */
};

static const lgs_fit_t anything = {.types = (1u << LGS_N_TYPES) - 1,
                                   .most = UINT32_MAX,
                                   .most_items = UINT32_MAX,
                                   .low = INT64_MIN,
                                   .high = INT64_MAX};

static void add_records(const lgs_mapping_t *mapping, const lgs_block_t *block, lgs_outcomes_t *to)
{
    lgs_outcomes_add(mapping, block->record, to);
    for (uint32_t i = 0; i < block->n_blocks; i++) { /* LGS_MAPPING_MAX_SCOPES at most */
        add_records(mapping, &block->blocks[i], to);
    }
}

void lgs_mapping_find_unproved(lgs_compile_t *c)
{
    lgs_unproved_t w = {.c = c};
    lgs_place_t place = {.pointer = LGS_STR("")};
    lgs_outcomes_t of;

    lgs_outcomes_clear(&of);
    of.has_others = true; /* nothing looks at the record itself when it is made */
    place.shape = (lgs_shape_t){.file = c->mapping->output_schema};
    if (c->env && c->env->schema && place.shape.file.len) {
        place.shape.doc = c->env->schema(c->env->data, place.shape.file);
    }
    if (place.shape.doc == NULL || !is_plain_name(place.shape.file)) {
        return;
    }
    place.shape.node = &place.shape.doc->root;
    w.dialect = lgs_node_text(lgs_node_at(place.shape.node, "$schema"));
    add_records(c->mapping, &c->mapping->top, &of);
    w.scratch = lgs_arena_create(0, MAX_SCRATCH);
    if (w.scratch == NULL) {
        lgs_mapping_nomem(c);
        return;
    }
    lgs_buf_init(&w.buf, w.scratch, 4096, MAX_TEXT);
    if (of.n && is_understood(&w, &place, &of)) {
        write_left(&w, place, &of);
        keep(c, &w.buf);
    }
    lgs_arena_destroy(w.scratch);
}

/* What became too long to be written is left to the whole schema. */
static void keep(lgs_compile_t *c, const lgs_buf_t *written)
{
    lgs_doc_t *doc = lgs_arena_zalloc(c->arena, sizeof(*doc));
    lgs_str_t text;

    if (written->failed) {
        return;
    }
    text = lgs_arena_str(c->arena, lgs_buf_text(written));
    switch (doc && text.data ? lgs_json_read(c->arena, text, NULL, doc, NULL) : LGS_NOMEM) {
    case LGS_OK:
        doc->file = c->mapping->output_schema;
        c->mapping->unproved = doc;
        break;
    case LGS_NOMEM:
        lgs_mapping_nomem(c);
        break;
    default:
        break;
    }
}

/* ---- schemas ---- */

/* What is left of a schema for values of which these are the outcomes. False: nothing, and nothing
 * is written. Bounded by MAX_DEPTH. */
static bool write_left(lgs_unproved_t *w, lgs_place_t place, const lgs_outcomes_t *of)
{
    size_t mark = w->buf.len;
    lgs_place_t at = place;
    bool is_root = place.depth == 0, has_fit = false;
    bool is_held = can_hold(of);
    lgs_fit_t fit = anything;

    if (!follow_refs(w, &at) || !is_understood(w, &at, of)) {
        write_whole(w, &place);
        return true;
    }
    lgs_buf_byte(&w->buf, '{');
    if (is_root && w->dialect.len) {
        begin_member(w, LGS_STR("$schema"));
        lgs_json_write_string(&w->buf, w->dialect);
    }
    for (uint32_t i = 0; at.shape.node->type == LGS_OBJECT && i < at.shape.node->n; i++) {
        const lgs_member_t *keyword = &at.shape.node->u.members[i];
        const lgs_keyword_row_t *row = find_row(lgs_node_text(&keyword->name));

        if (row->write == NULL || (row->proves && is_proved(w, row, &keyword->value, of))) {
            continue;
        }
        if (is_held && row->take && row->take(w, &at, &keyword->value, &fit)) {
            has_fit = true;
        } else {
            row->write(w, &at, keyword, row, of);
        }
    }
    if (has_fit) {
        hold(w, &fit, of);
    }
    if (!is_root && !w->buf.failed && w->buf.len == mark + 1) {
        w->buf.len = mark;
        return false;
    }
    lgs_buf_byte(&w->buf, '}');
    return true;
}

static bool can_hold(const lgs_outcomes_t *of)
{
    for (uint32_t i = 0; i < of->n_holders; i++) {
        if (of->holders[i]->fit) { /* it stands in another place, too */
            return false;
        }
    }
    return !of->has_others;
}

/* The expressions are of the mapping that is being compiled. */
static void hold(lgs_unproved_t *w, const lgs_fit_t *fit, const lgs_outcomes_t *of)
{
    lgs_fit_t *kept = lgs_arena_alloc(w->c->arena, sizeof(*kept));

    if (kept == NULL) {
        w->buf.failed = true;
        lgs_mapping_nomem(w->c);
        return;
    }
    *kept = *fit;
    lgs_fit_finish(kept);
    for (uint32_t i = 0; i < of->n_holders; i++) {
        ((lgs_expr_t *)of->holders[i])->fit = kept;
    }
}

static void write_whole(lgs_unproved_t *w, const lgs_place_t *place)
{
    write_ref(w, place, LGS_STR(""), -1);
}

/* {"$ref": …} of a place, or of what stands there under a keyword. */
static void write_ref(lgs_unproved_t *w, const lgs_place_t *place, lgs_str_t keyword, int64_t index)
{
    lgs_buf_t pointer, ref;

    lgs_buf_init(&pointer, w->scratch, 64, 0);
    lgs_buf_str(&pointer, place->pointer);
    if (keyword.len) {
        lgs_pointer_add(&pointer, keyword);
    }
    if (index >= 0) {
        lgs_pointer_add_index(&pointer, (uint32_t)index);
    }
    lgs_buf_init(&ref, w->scratch, 64, 0);
    lgs_buf_printf(&ref, "%.*s#", LGS_FMT(place->shape.file));
    for (size_t i = 0; i < pointer.len; i++) {
        if (pointer.data[i] == '%') { /* read as an escape in a fragment */
            lgs_buf_cstr(&ref, "%25");
        } else {
            lgs_buf_byte(&ref, pointer.data[i]);
        }
    }
    w->buf.failed |= pointer.failed || ref.failed;
    lgs_buf_cstr(&w->buf, "{\"$ref\":");
    lgs_json_write_string(&w->buf, lgs_buf_text(&ref));
    lgs_buf_byte(&w->buf, '}');
}

/* False: what it leads to, or what stands beside it, is not understood. */
static bool follow_refs(lgs_unproved_t *w, lgs_place_t *place)
{
    for (unsigned n = 0; n <= MAX_REFS; n++) {
        const lgs_node_t *node = place->shape.node, *ref = lgs_node_at(node, "$ref");

        if (ref == NULL) {
            return place->depth < MAX_DEPTH;
        }
        for (uint32_t i = 0; i < node->n; i++) {
            const lgs_keyword_row_t *row = find_row(lgs_node_text(&node->u.members[i].name));
            bool is_ref = &node->u.members[i].value == ref;

            if (!is_ref && (row == NULL || row->write || lgs_str_is(lgs_cstr(row->name), "$id"))) {
                return false;
            }
        }
        if (!follow_ref(w, place, lgs_node_text(ref))) {
            return false;
        }
    }
    return false;
}

static bool follow_ref(lgs_unproved_t *w, lgs_place_t *place, lgs_str_t ref)
{
    const char *hash = ref.len ? memchr(ref.data, '#', ref.len) : NULL;
    size_t len = hash ? (size_t)(hash - ref.data) : ref.len;
    lgs_str_t file = lgs_str(ref.data, len), pointer = LGS_STR("");
    lgs_shape_t to;

    if (hash) {
        pointer = lgs_str(hash + 1, ref.len - len - 1);
    }
    if ((pointer.len && pointer.data[0] != '/') ||
        (pointer.len && memchr(pointer.data, '%', pointer.len)) ||
        (file.len && !is_plain_name(file))) {
        return false;
    }
    to = lgs_mapping_shape_follow(w->c, place->shape, ref);
    if (to.node == NULL ||
        !lgs_str_eq(w->dialect, lgs_node_text(lgs_node_at(&to.doc->root, "$schema"))) ||
        (file.len && !is_same_base(&place->shape, &to, file))) {
        return false;
    }
    place->shape = to;
    place->pointer = pointer;
    return true;
}

/* By their $id the reference leads to the same file as by the names. */
static bool is_same_base(const lgs_shape_t *from, const lgs_shape_t *to, lgs_str_t file)
{
    lgs_str_t a = lgs_node_text(lgs_node_at(&from->doc->root, "$id"));
    lgs_str_t b = lgs_node_text(lgs_node_at(&to->doc->root, "$id"));
    size_t folder = a.len;

    while (folder && a.data[folder - 1] != '/') {
        folder--;
    }
    return (a.len == 0 && b.len == 0) ||
           (folder && b.len == folder + file.len && memcmp(a.data, b.data, folder) == 0 &&
            memcmp(b.data + folder, file.data, file.len) == 0);
}

static bool is_understood(const lgs_unproved_t *w, const lgs_place_t *place,
                          const lgs_outcomes_t *of)
{
    const lgs_node_t *node = place->shape.node;
    const lgs_node_t *properties = lgs_node_at(node, "properties");
    const lgs_node_t *others = lgs_node_at(node, "additionalProperties");
    bool is_object = properties || others || lgs_node_at(node, "required");
    bool is_list = lgs_node_at(node, "items") != NULL;

    if (node->type != LGS_OBJECT || w->buf.failed) {
        return false;
    }
    for (uint32_t i = 0; i < node->n; i++) {
        if (find_row(lgs_node_text(&node->u.members[i].name)) == NULL) {
            return false;
        }
    }
    if ((lgs_node_at(node, "$id") && node != &place->shape.doc->root) ||
        (others && others->type != LGS_BOOL)) {
        return false;
    }
    for (uint32_t i = 0; i < of->n; i++) {
        const lgs_outcome_t *outcome = &of->items[i];

        if ((is_object && !lgs_outcome_is_object(outcome)) ||
            (is_list && !lgs_outcome_is_list(outcome)) ||
            (others && !others->u.truth && !lgs_outcome_is_within(outcome, properties))) {
            return false;
        }
    }
    return true;
}

static const lgs_keyword_row_t *find_row(lgs_str_t name)
{
    for (size_t i = 0; i < LGS_N(rows); i++) {
        if (lgs_str_is(name, rows[i].name)) {
            return &rows[i];
        }
    }
    return NULL;
}

static void begin_member(lgs_unproved_t *w, lgs_str_t name)
{
    if (!w->buf.failed && w->buf.len && w->buf.data[w->buf.len - 1] != '{') {
        lgs_buf_byte(&w->buf, ',');
    }
    lgs_json_write_string(&w->buf, name);
    lgs_buf_byte(&w->buf, ':');
}

/* As a file's name it means itself, as a reference too. */
static bool is_plain_name(lgs_str_t name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!is_word && (c == '\0' || strchr("_-./", c) == NULL)) {
            return false;
        }
        if (c == '.' && (i == 0 || name.data[i - 1] == '.' || name.data[i - 1] == '/')) {
            return false;
        }
    }
    return name.len > 0 && name.data[0] != '/';
}

/* ---- keywords ---- */

static void write_value(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                        const lgs_keyword_row_t *row, const lgs_outcomes_t *of)
{
    begin_member(w, lgs_cstr(row->name));
    lgs_json_write(&w->buf, &keyword->value);
}

static void write_required(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                           const lgs_keyword_row_t *row, const lgs_outcomes_t *of)
{
    const lgs_node_t *names = &keyword->value;
    bool has_any = false;

    for (uint32_t i = 0; names->type == LGS_ARRAY && i < names->n; i++) {
        lgs_str_t name = lgs_node_text(&names->u.items[i]);
        bool is_there = true;

        for (uint32_t k = 0; k < of->n && is_there; k++) {
            is_there = lgs_outcome_has(w->c->mapping, &of->items[k], name);
        }
        if (is_there || want_member(of, name)) {
            continue;
        }
        if (has_any) {
            lgs_buf_byte(&w->buf, ',');
        } else {
            begin_member(w, lgs_cstr(row->name));
            lgs_buf_byte(&w->buf, '[');
        }
        lgs_json_write_string(&w->buf, name);
        has_any = true;
    }
    if (has_any) {
        lgs_buf_byte(&w->buf, ']');
    }
}

/* Objects without that member are a doubt from here on; false: of one it would not be noticed. */
static bool want_member(const lgs_outcomes_t *of, lgs_str_t name)
{
    for (uint32_t i = 0; i < of->n; i++) {
        if (lgs_outcome_field(&of->items[i], name) == NULL) {
            return false;
        }
    }
    for (uint32_t i = 0; i < of->n; i++) {
        lgs_outcome_field(&of->items[i], name)->must = true;
    }
    return true;
}

static lgs_place_t place_below(lgs_unproved_t *w, const lgs_place_t *place, lgs_str_t keyword,
                               lgs_str_t member, const lgs_node_t *node)
{
    lgs_place_t below = *place;
    lgs_buf_t pointer;

    lgs_buf_init(&pointer, w->scratch, 64, 0);
    lgs_buf_str(&pointer, place->pointer);
    lgs_pointer_add(&pointer, keyword);
    if (member.data) {
        lgs_pointer_add(&pointer, member);
    }
    w->buf.failed |= pointer.failed;
    below.pointer = lgs_buf_text(&pointer);
    below.shape.node = node;
    below.depth++;
    return below;
}

static void write_properties(lgs_unproved_t *w, const lgs_place_t *place,
                             const lgs_member_t *keyword, const lgs_keyword_row_t *row,
                             const lgs_outcomes_t *of)
{
    const lgs_node_t *properties = &keyword->value;
    size_t before = w->buf.len, start;

    begin_member(w, lgs_cstr(row->name));
    lgs_buf_byte(&w->buf, '{');
    start = w->buf.len;
    for (uint32_t i = 0; properties->type == LGS_OBJECT && i < properties->n; i++) {
        lgs_str_t name = lgs_node_text(&properties->u.members[i].name);
        lgs_place_t below = place_below(w, place, lgs_cstr(row->name), name,
                                        &properties->u.members[i].value);
        size_t mark = w->buf.len;
        lgs_outcomes_t member;

        lgs_outcomes_clear(&member);
        for (uint32_t k = 0; k < of->n; k++) {
            lgs_outcome_member(w->c->mapping, &of->items[k], name, &member);
        }
        if (member.n == 0) {
            continue;
        }
        begin_member(w, name);
        if (!write_left(w, below, &member) && !w->buf.failed) {
            w->buf.len = mark;
        }
    }
    if (!w->buf.failed && w->buf.len == start) {
        w->buf.len = before;
    } else {
        lgs_buf_byte(&w->buf, '}');
    }
}

static void write_items(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                        const lgs_keyword_row_t *row, const lgs_outcomes_t *of)
{
    lgs_place_t below = place_below(w, place, lgs_cstr(row->name), (lgs_str_t){NULL, 0},
                                    &keyword->value);
    size_t mark = w->buf.len;
    lgs_outcomes_t items;

    lgs_outcomes_clear(&items);
    for (uint32_t k = 0; k < of->n; k++) {
        lgs_outcome_items(w->c->mapping, &of->items[k], &items);
    }
    if (items.n == 0) {
        return;
    }
    begin_member(w, lgs_cstr(row->name));
    if (!write_left(w, below, &items) && !w->buf.failed) {
        w->buf.len = mark;
    }
}

static void write_schema(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                         const lgs_keyword_row_t *row, const lgs_outcomes_t *of)
{
    begin_member(w, lgs_cstr(row->name));
    write_ref(w, place, lgs_cstr(row->name), -1);
}

static void write_schemas(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                          const lgs_keyword_row_t *row, const lgs_outcomes_t *of)
{
    begin_member(w, lgs_cstr(row->name));
    lgs_buf_byte(&w->buf, '[');
    for (uint32_t i = 0; keyword->value.type == LGS_ARRAY && i < keyword->value.n; i++) {
        if (i) {
            lgs_buf_byte(&w->buf, ',');
        }
        write_ref(w, place, lgs_cstr(row->name), i);
    }
    lgs_buf_byte(&w->buf, ']');
}

/*
 * An event has a local time or an instant: where its mapping writes both by `occurred`, the first
 * is there whenever there is a time. Of members that stand for each other one may well be missing.
 */
static void write_any(lgs_unproved_t *w, const lgs_place_t *place, const lgs_member_t *keyword,
                      const lgs_keyword_row_t *row, const lgs_outcomes_t *of)
{
    const lgs_node_t *list = &keyword->value;
    const lgs_node_t *branch = list->type == LGS_ARRAY && list->n ? list->u.items : NULL;
    const lgs_node_t *required = lgs_node_at(branch, "required");
    bool is_time = required && branch->n == 1 && required->type == LGS_ARRAY && required->n == 1;

    for (uint32_t i = 0; i < of->n && is_time; i++) {
        const lgs_field_t *field = lgs_outcome_field(&of->items[i],
                                                     lgs_node_text(required->u.items));

        is_time = field && field->spread;
    }
    if (!is_time || !want_member(of, lgs_node_text(required->u.items))) {
        write_schemas(w, place, keyword, row, of);
    }
}

/* ---- proofs ---- */

static bool is_proved(lgs_unproved_t *w, const lgs_keyword_row_t *row, const lgs_node_t *value,
                      const lgs_outcomes_t *of)
{
    lgs_ask_t ask = {w, row, value, NULL};

    for (uint32_t i = 0; i < of->n; i++) {
        if (of->items[i].kind == LGS_COMES_ANY) { /* before anything is compiled for the others */
            return false;
        }
    }
    for (uint32_t i = 0; i < of->n; i++) {
        const lgs_outcome_t *outcome = &of->items[i];
        lgs_str_t get;
        bool keeps;

        if (outcome->kind != LGS_COMES_CODE) {
            if (!row->proves(&ask, outcome)) {
                return false;
            }
        } else if (!lgs_codes_entries(lgs_codes_of(outcome->expr, &get, &keeps), outcome->get,
                                      check_code, &ask)) {
            return false;
        }
    }
    return true;
}

static bool check_code(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key)
{
    lgs_ask_t *ask = data;

    return value->type < LGS_ARRAY &&
           ask->row->proves(ask, &(lgs_outcome_t){.kind = LGS_COMES_VALUE, .value = value});
}
