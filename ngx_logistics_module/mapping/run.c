/*
 * The engine: runs a compiled mapping over a document. Nothing is allocated but output; the work
 * and the text of one run have ceilings, whatever the mapping and the document are.
 */
#include "internal.h"

#include <stdarg.h>

typedef struct {
    lgs_run_t *run;
    const lgs_block_t *block;
} block_visit_t;

/* A list that grows while its items are made. */
typedef struct {
    lgs_run_t *run;
    const lgs_each_t *each; /* NULL: its items are there */
    lgs_node_t *items;
    uint32_t n, size;
} list_t;

static bool run_block(lgs_run_t *run, const lgs_block_t *block);
static bool run_loop(lgs_run_t *run, const lgs_loop_t *loop,
                     bool (*visit)(void *data, const lgs_node_t *node), void *data);
static bool enter_item(void *data, const lgs_node_t *node);
static bool run_inside(lgs_run_t *run, const lgs_block_t *block);
static bool emit(lgs_run_t *run, const lgs_block_t *block);
static bool check_type(lgs_run_t *run, const lgs_block_t *block, const lgs_node_t *record);
static bool run_const(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool run_path(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool run_object(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static inline void doubt(lgs_run_t *run, const lgs_expr_t *holder, const lgs_node_t *value);
static LGS_APART lgs_member_t *spread_value(lgs_member_t *to);
static bool run_list(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool run_each(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool add_each(list_t *list, const lgs_expr_t *expr);
static bool visit_each(void *data, const lgs_node_t *node);
static bool add_body(list_t *list, const lgs_expr_t *body);
static bool add_items(list_t *list, const lgs_node_t *items);
static bool visit_match(void *data, const lgs_node_t *node);
static bool add_item(list_t *list, const lgs_node_t *item);
static inline lgs_node_t *room_for_item(list_t *list);
static void finish_list(const list_t *list, lgs_node_t *out);
static void report(lgs_run_t *run, lgs_errs_t *errs, const lgs_expr_t *expr, const char *code,
                   const lgs_node_t *at, const char *format, va_list args);

const lgs_op_t lgs_op_const = {"", NULL, run_const, ""};
const lgs_op_t lgs_op_path = {"", NULL, run_path, ""};
const lgs_op_t lgs_op_object = {"", NULL, run_object, ""};
const lgs_op_t lgs_op_list = {"", NULL, run_list, ""};
const lgs_op_t lgs_op_each = {"", NULL, run_each, ""};

lgs_rc_t lgs_mapping_run(const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                         const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                         lgs_records_t *records, lgs_errs_t *warnings, lgs_errs_t *errs)
{
    lgs_run_t run;

    lgs_mapping_run_init(&run, mapping, doc, facts, arena, records, warnings, errs);
    if (!run_block(&run, &mapping->top)) {
        return run.rc;
    }
    return run.invalid ? LGS_INVALID : LGS_OK;
}

void lgs_mapping_run_init(lgs_run_t *run, const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                          const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                          lgs_records_t *records, lgs_errs_t *warnings, lgs_errs_t *errs)
{
    run->mapping = mapping;
    run->doc = doc;
    run->facts = facts;
    run->watch = facts->watch;
    run->arena = arena;
    run->errs = errs;
    run->warnings = warnings;
    run->records = records;
    run->records_size = 0;
    run->max_records = facts->max_records ? facts->max_records : LGS_DEFAULT_MAX_RECORDS;
    run->depth = 0;
    run->work = LGS_MAPPING_MAX_WORK;
    run->made = LGS_MAPPING_MAX_MADE + 4 * doc->source.len;
    run->rc = LGS_OK;
    run->invalid = false;
    memset(run->has_var, 0, mapping->n_vars);
    memset(run->asked, 0, (mapping->n_asked + 1) * sizeof(run->asked[0]));
    memset(run->found, 0, (mapping->n_found + 1) * sizeof(run->found[0]));
    memset(run->scopes, 0, sizeof(run->scopes));
    memset(run->levels, 0, sizeof(run->levels));
    run->scopes[0].node = lgs_doc_top(doc);
    *records = (lgs_records_t){.n = 0};
}

/* ---- blocks ---- */

/* Recursion is bounded by LGS_MAPPING_MAX_SCOPES. */
static bool run_block(lgs_run_t *run, const lgs_block_t *block)
{
    if (!block->repeats) {
        return run_inside(run, block);
    }
    return run_loop(run, &block->loop, enter_item, &(block_visit_t){run, block});
}

static bool run_loop(lgs_run_t *run, const lgs_loop_t *loop,
                     bool (*visit)(void *data, const lgs_node_t *node), void *data)
{
    lgs_node_t list;

    if (LGS_UNLIKELY(loop->list) && !lgs_mapping_eval(run, loop->list, &list)) {
        return false;
    }
    run->scopes[run->depth + 1].index = 0;
    if (LGS_LIKELY(loop->list == NULL)) {
        return lgs_mapping_path_each(run, loop->path, true, visit, data);
    }
    if (list.type != LGS_ARRAY) {
        return list.type == LGS_NULL || visit(data, &list);
    }
    for (uint32_t i = 0; i < list.n; i++) {
        if (!lgs_mapping_work(run, 1) || !visit(data, &list.u.items[i])) {
            return false;
        }
    }
    return true;
}

static bool enter_item(void *data, const lgs_node_t *node)
{
    const block_visit_t *visit = data;
    lgs_run_t *run = visit->run;
    bool ok;

    run->depth++;
    run->scopes[run->depth].node = node;
    ok = run_inside(run, visit->block);
    run->scopes[run->depth].index++;
    run->depth--;
    return ok;
}

static bool run_inside(lgs_run_t *run, const lgs_block_t *block)
{
    lgs_truth_t holds;

    if (block->n_vars) {
        memset(&run->has_var[block->first_var], 0, block->n_vars);
    }
    holds = block->when ? lgs_mapping_holds(run, block->when) : LGS_YES;
    if (holds != LGS_YES) {
        return holds == LGS_NO;
    }
    if (LGS_UNLIKELY(block->n_asserts) && !lgs_mapping_assert(run, block)) {
        return false;
    }
    if (block->record) {
        return emit(run, block);
    }
    if (block->refusal.len) {
        lgs_node_t none;

        return lgs_mapping_fault(run, NULL, "mapping-refused", run->scopes[run->depth].node, &none,
                                 "%.*s", LGS_FMT(block->refusal));
    }
    if (block->ignored.len && run->records->ignored.len == 0) {
        run->records->ignored = block->ignored;
    }
    for (uint32_t i = 0; i < block->n_blocks; i++) {
        if (!run_block(run, &block->blocks[i])) {
            return false;
        }
    }
    return true;
}

static bool emit(lgs_run_t *run, const lgs_block_t *block)
{
    lgs_records_t *records = run->records;
    const lgs_node_t *scope = run->scopes[run->depth].node;
    lgs_node_t none;
    lgs_record_t *record;

    if (records->n == run->max_records) {
        run->rc = LGS_LIMIT;
        lgs_mapping_fault(run, block->record, "max-records", scope, &none,
                          "more than %u records; send the document in parts", run->max_records);
        return false;
    }
    if (records->n == run->records_size) {
        uint32_t size = run->records_size ? 2 * run->records_size : 8;

        record = lgs_arena_grow(run->arena, records->items, run->records_size * sizeof(*record),
                                size * sizeof(*record));
        if (record == NULL) {
            return lgs_mapping_stop_nomem(run);
        }
        records->items = record;
        run->records_size = size;
    }
    record = &records->items[records->n];
    record->pos = (lgs_pos_t){.offset = scope->offset};
    if (!lgs_mapping_eval(run, block->record, &record->node)) {
        return false;
    }
    record->node.offset = scope->offset;
    if (block->check_type && !check_type(run, block, &record->node)) {
        return false;
    }
    records->n++;
    return true;
}

static bool check_type(lgs_run_t *run, const lgs_block_t *block, const lgs_node_t *record)
{
    const lgs_node_t *type = lgs_node_at(record, "type");
    lgs_str_t text = lgs_node_text(type);
    lgs_node_t none;

    if (text.len && lgs_map_get(run->mapping->types, text)) {
        return true;
    }
    return lgs_mapping_fault(run, block->record, "mapping-type",
                             type ? type : run->scopes[run->depth].node, &none,
                             "\"%.*s\"%s is no type of the canonical vocabulary", LGS_QUOTE(text));
}

/* ---- values ---- */

bool lgs_mapping_to_text(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *value)
{
    lgs_mapping_open_text(run, value);
    switch (value->type) {
    case LGS_STRING:
    case LGS_NULL:
        return true;
    case LGS_NUMBER:
        value->flags |= LGS_NODE_PLAIN;
        return true;
    case LGS_BOOL:
        lgs_mapping_put_text(value, value->u.truth ? LGS_STR("true") : LGS_STR("false"), value,
                             true);
        return true;
    default:
        return lgs_mapping_fault(run, expr, "mapping-type", value, value,
                                 "a text is wanted here, not an %s",
                                 lgs_type_name((lgs_type_t)value->type));
    }
}

void lgs_mapping_element_text(lgs_node_t *element)
{
    const lgs_node_t *text = lgs_node_at(element, "#text");
    bool has_children = false;

    for (uint32_t i = 0; i < element->n; i++) {
        lgs_str_t name = lgs_node_text(&element->u.members[i].name);

        has_children |= name.len > 0 && name.data[0] != '@' && name.data[0] != '#';
    }
    if (text) {
        *element = *text;
        element->flags |= LGS_NODE_MADE;
    } else if (!has_children) { /* only attributes: <Time zone="Z"/> */
        lgs_mapping_put_text(element, LGS_STR(""), element, true);
    }
}

static bool run_const(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    *out = expr->u.value;
    out->offset = lgs_mapping_offset(run);
    return true;
}

/* To all values; to one it is eval_path that goes. */
static bool run_path(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    list_t list = {.run = run};

    if (!lgs_mapping_path_each(run, expr->u.path, false, visit_match, &list)) {
        return false;
    }
    lgs_mapping_take_null(run, out);
    finish_list(&list, out);
    return true;
}

/*
 * Members that are null are left out. An object of which only the constants are left says nothing
 * and is null itself: {t: bol, v: /bol} without a bol is no reference. Where a schema says
 * "x-stays" or "x-nulls", nothing is left out: a find without a value is still one.
 */
static bool run_object(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lgs_object_t *object = expr->u.object;
    lgs_member_t *members = lgs_arena_alloc(run->arena, object->max_members * sizeof(*members));
    lgs_member_t *member = members;
    bool says = !object->reads || object->stays, lacks = false;
    uint32_t offset = lgs_mapping_offset(run);

    if (members == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    if (!lgs_mapping_work(run, object->n)) {
        return false;
    }
    for (const lgs_field_t *field = object->fields, *end = field + object->n; field < end;
         field++) {
        if (field->asks && lgs_mapping_lacks_tags(run, field->value)) {
            lacks |= field->must;
            continue;
        }
        if (!field->eval(run, field->value, &member->value)) {
            return false;
        }
        if (member->value.type == LGS_NULL && !field->stays) {
            lacks |= field->must;
            continue;
        }
        if (LGS_UNLIKELY(field->spread)) {
            lgs_member_t *before = member;

            member = spread_value(before);
            lacks |= field->must && member == before;
            continue;
        }
        doubt(run, field->value, &member->value);
        if (!says && !field->is_const) {
            says = true;
            offset = member->value.offset;
        }
        member->name = field->name;
        member++;
    }
    if (!says) {
        return lgs_mapping_take_null(run, out);
    }
    run->records->is_doubtful |= lacks;
    out->u.members = members;
    lgs_mapping_put(out, LGS_OBJECT, (size_t)(member - members), offset);
    if (LGS_UNLIKELY(run->watch)) {
        lgs_watch_made(run->watch, expr, out);
    }
    return true;
}

/* A value that stands in the output now: what is not proved of it is looked at here. */
static inline void doubt(lgs_run_t *run, const lgs_expr_t *holder, const lgs_node_t *value)
{
    if (holder->fit && !lgs_fit_holds(holder->fit, value)) {
        run->records->is_doubtful = true;
    }
}

/* The members of the value at `to` take its place. Returns where the next goes. */
static lgs_member_t *spread_value(lgs_member_t *to)
{
    const lgs_node_t value = to->value;

    if (value.type != LGS_OBJECT || value.n > 4) {
        return to;
    }
    memcpy(to, value.u.members, value.n * sizeof(*to));
    return to + value.n;
}

static bool run_list(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    list_t list = {.run = run};

    list.items = lgs_arena_alloc(run->arena, expr->u.list.n * sizeof(*list.items));
    list.size = expr->u.list.n;
    if (list.items == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    for (uint32_t i = 0; i < expr->u.list.n; i++) {
        const lgs_expr_t *item = expr->u.list.items[i];
        lgs_node_t *value;

        if (item->op == &lgs_op_each) {
            if (!(item->needs.tags && lgs_mapping_lacks_tags(run, item)) &&
                !add_each(&list, item)) {
                return false;
            }
            continue;
        }
        value = room_for_item(&list);
        if (value == NULL || !lgs_mapping_eval(run, item, value)) {
            return false;
        }
        if (value->type == LGS_NULL && !item->is_const) {
            continue;
        }
        doubt(run, item, value);
        list.n++;
    }
    if (list.n == 0 && expr->u.list.n) {
        return lgs_mapping_take_null(run, out);
    }
    out->u.items = list.items;
    lgs_mapping_put(out, LGS_ARRAY, list.n,
                    list.n ? list.items[0].offset : lgs_mapping_offset(run));
    return true;
}

static bool run_each(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    list_t list = {.run = run};

    if (!add_each(&list, expr)) {
        return false;
    }
    lgs_mapping_take_null(run, out);
    finish_list(&list, out);
    return true;
}

static bool add_each(list_t *list, const lgs_expr_t *expr)
{
    list->each = expr->u.each;
    return run_loop(list->run, &list->each->loop, visit_each, list);
}

static bool visit_each(void *data, const lgs_node_t *node)
{
    list_t *list = data;
    const lgs_each_t *each = list->each;
    lgs_run_t *run = list->run;
    lgs_truth_t holds;
    bool ok;

    run->depth++;
    run->scopes[run->depth].node = node;
    if (each->n_vars) {
        memset(&run->has_var[each->first_var], 0, each->n_vars);
    }
    holds = each->when ? lgs_mapping_holds(run, each->when) : LGS_YES;
    ok = holds == LGS_YES ? add_body(list, each->body) : holds == LGS_NO;
    run->scopes[run->depth].index++;
    run->depth--;
    return ok;
}

static bool add_body(list_t *list, const lgs_expr_t *body)
{
    lgs_node_t *value, items;

    if (LGS_UNLIKELY(body->op == &lgs_op_each)) {
        return lgs_mapping_eval(list->run, body, &items) && add_items(list, &items);
    }
    value = room_for_item(list);
    if (value == NULL || !lgs_mapping_eval(list->run, body, value)) {
        return false;
    }
    if (value->type != LGS_NULL) {
        doubt(list->run, body, value);
        list->n++;
    }
    return true;
}

/* A for_each within a for_each makes one list. */
static bool add_items(list_t *list, const lgs_node_t *items)
{
    for (uint32_t i = 0; i < items->n; i++) {
        if (!add_item(list, &items->u.items[i])) {
            return false;
        }
    }
    return true;
}

static bool visit_match(void *data, const lgs_node_t *node)
{
    const list_t *list = data;

    if (LGS_UNLIKELY(list->run->watch)) {
        lgs_watch_read(list->run->watch, node);
    }
    return add_item(data, node);
}

static bool add_item(list_t *list, const lgs_node_t *item)
{
    lgs_node_t *room = room_for_item(list);

    if (room == NULL) {
        return false;
    }
    *room = *item;
    list->n++;
    return true;
}

/* Where the next item is made, so that none is copied. NULL: the run stops. */
static inline lgs_node_t *room_for_item(list_t *list)
{
    if (list->n == list->size) {
        uint32_t size = list->size ? 2 * list->size : 4;
        lgs_node_t *items = lgs_arena_grow(list->run->arena, list->items,
                                           list->size * sizeof(*items), size * sizeof(*items));

        if (items == NULL) {
            lgs_mapping_stop_nomem(list->run);
            return NULL;
        }
        list->items = items;
        list->size = size;
    }
    return &list->items[list->n];
}

/* An empty list is null. */
static void finish_list(const list_t *list, lgs_node_t *out)
{
    if (list->n) {
        out->u.items = list->items;
        lgs_mapping_put(out, LGS_ARRAY, list->n, list->items[0].offset);
    }
}

/* ---- what operations use ---- */

bool lgs_mapping_overworked(lgs_run_t *run)
{
    lgs_node_t none;

    if (run->rc == LGS_OK) {
        run->rc = LGS_LIMIT;
        lgs_mapping_fault(run, NULL, "mapping-cost", run->scopes[run->depth].node, &none,
                          "the translation takes more than %u steps; send the document in parts",
                          LGS_MAPPING_MAX_WORK);
    }
    return false;
}

bool lgs_mapping_stop_nomem(lgs_run_t *run)
{
    if (run->rc == LGS_OK) {
        run->rc = lgs_errs_nomem(run->errs);
    }
    return false;
}

char *lgs_mapping_make(lgs_run_t *run, size_t size)
{
    lgs_node_t none;
    char *text;

    if (size > run->made) {
        if (run->rc == LGS_OK) {
            run->rc = LGS_LIMIT;
            lgs_mapping_fault(run, NULL, "mapping-cost", run->scopes[run->depth].node, &none,
                              "the translation makes too much text; send the document in parts");
        }
        return NULL;
    }
    run->made -= size;
    text = lgs_arena_alloc(run->arena, size);
    if (text == NULL) {
        lgs_mapping_stop_nomem(run);
    }
    return text;
}

bool lgs_mapping_is_plain(lgs_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.data[i] < 0x20 || text.data[i] == '"' || text.data[i] == '\\') {
            return false;
        }
    }
    return true;
}

/* ---- faults and warnings ---- */

bool lgs_mapping_fault(lgs_run_t *run, const lgs_expr_t *expr, const char *code,
                       const lgs_node_t *at, lgs_node_t *out, const char *format, ...)
{
    va_list args;

    run->invalid = true;
    va_start(args, format);
    report(run, run->errs, expr, code, at, format, args);
    va_end(args);
    return lgs_mapping_take_null(run, out);
}

void lgs_mapping_warn(lgs_run_t *run, const lgs_expr_t *expr, const char *code,
                      const lgs_node_t *at, const char *format, ...)
{
    va_list args;

    run->records->n_warnings++;
    va_start(args, format);
    report(run, run->warnings, expr, code, at, format, args);
    va_end(args);
}

void lgs_mapping_note(lgs_run_t *run, const lgs_expr_t *expr, const char *code,
                      const lgs_node_t *at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report(run, run->warnings, expr, code, at, format, args);
    va_end(args);
}

static void report(lgs_run_t *run, lgs_errs_t *errs, const lgs_expr_t *expr, const char *code,
                   const lgs_node_t *at, const char *format, va_list args)
{
    lgs_str_t name = run->mapping->name;
    char text[512];
    lgs_err_t *err;

    if (errs == NULL || errs->n >= errs->cap) {
        (void)lgs_errs_add(errs, code, (lgs_pos_t){0}, "one more");
        return;
    }
    vsnprintf(text, sizeof(text), format, args);
    err = lgs_errs_add(errs, code, lgs_doc_locate(run->doc, at->offset), "mapping \"%.*s\": %s",
                       LGS_FMT(name), text);
    if (err == NULL) {
        return;
    }
    err->pointer = lgs_mapping_pointer_to(run->doc, at->offset, errs->arena);
    err->schema = expr ? expr->where : LGS_STR("");
    err->record = (int)run->records->n;
}
