/*
 * The slow pass: walks the same program over a document that the fast pass refused and words every
 * refusal. Whether something is refused is always asked of `holds`; here are only words, places and
 * what must not be shown. Texts live in the list's arena.
 */
#include "program.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_SENTENCE 1024u

/* A search for x-redact on the way from the root to a place. */
typedef struct {
    const place_t *place;
    const place_t *top; /* outermost that was found */
    uint32_t steps;     /* left */
} search_t;

static void visit_redacted(void *data, const block_t *block, const lgs_node_t *value);
static const place_t *on_the_way(const place_t *place, const lgs_node_t *value);
static bool is_above(const place_t *a, const place_t *b);
static void add(explain_t *explain, const char *keyword, const place_t *place, const char *label,
                lgs_str_t subject, const char *format, va_list args);
static lgs_str_t label_of(explain_t *explain, const place_t *place);
static void add_label(lgs_buf_t *buf, const place_t *place, unsigned depth);
static void add_pointer(lgs_buf_t *buf, const place_t *place, unsigned depth);
static lgs_str_t schema_pointer(explain_t *explain, const char *keyword);
static lgs_pos_t position(const explain_t *explain, const place_t *place);

void lgs_explain_block(explain_t *explain, const block_t *block, const place_t *place)
{
    const block_t *before = explain->block;

    if (!lgs_run_enter(&explain->run, 0)) {
        return;
    }
    while (block->alias) {
        block = block->alias;
    }
    explain->block = block;
    for (const op_t *op = block->by_type[place->node->type]; op->holds; op++) {
        if (op->kind->each) {
            op->kind->explain(explain, op, place);
        } else if (!op->holds(&explain->run, op, place->node) && !lgs_explain_is_full(explain)) {
            op->kind->explain(explain, op, place);
        }
    }
    explain->block = before;
    lgs_run_leave(&explain->run);
}

bool lgs_explain_is_full(explain_t *explain)
{
    bool is_full = explain->errs->n >= explain->errs->cap;

    explain->errs->more += is_full;
    return is_full;
}

void lgs_explain_say(explain_t *explain, const char *keyword, const place_t *place,
                     const char *format, ...)
{
    va_list args;

    if (lgs_explain_is_full(explain)) {
        return;
    }
    va_start(args, format);
    add(explain, keyword, place, " ", lgs_str(NULL, 0), format, args);
    va_end(args);
}

void lgs_explain_value(explain_t *explain, const char *keyword, const place_t *place,
                       const char *format, ...)
{
    lgs_str_t value = LGS_STR("the value");
    va_list args;

    if (lgs_explain_is_full(explain)) {
        return;
    }
    if (!lgs_explain_redacted(explain, place)) {
        value = lgs_words_value(explain->errs->arena, place->node);
    }
    va_start(args, format);
    add(explain, keyword, place, ": ", value, format, args);
    va_end(args);
}

void lgs_explain_plain(explain_t *explain, const char *keyword, const place_t *place,
                       const char *format, ...)
{
    va_list args;

    if (lgs_explain_is_full(explain)) {
        return;
    }
    va_start(args, format);
    add(explain, keyword, place, NULL, lgs_str(NULL, 0), format, args);
    va_end(args);
}

lgs_str_t lgs_explain_pointer(explain_t *explain, const place_t *place)
{
    const place_t *top = lgs_explain_redacted(explain, place);
    lgs_buf_t buf;

    lgs_buf_init(&buf, explain->errs->arena, 64, 0);
    add_pointer(&buf, top ? top : place, LGS_SCHEMA_DEPTH);
    explain->nomem |= buf.failed;
    return buf.failed ? lgs_str("", 0) : lgs_buf_text(&buf);
}

const place_t *lgs_explain_redacted(explain_t *explain, const place_t *place)
{
    search_t search = {.place = place, .steps = 1u << 20};
    const place_t *root = place;

    if (!explain->schema->has_redact) {
        return NULL;
    }
    while (root->up) {
        root = root->up;
    }
    visit_redacted(&search, explain->schema->root, root->node);
    return search.steps ? search.top : root; /* not sure: show nothing */
}

/* Follows every block, valid or not, that applies to a value on the way. */
static void visit_redacted(void *data, const block_t *block, const lgs_node_t *value)
{
    search_t *search = data;
    const place_t *place = on_the_way(search->place, value);

    if (place == NULL || search->steps == 0) {
        return;
    }
    search->steps--;
    while (block->alias) {
        block = block->alias;
    }
    if (block->redact && (search->top == NULL || is_above(place, search->top))) {
        search->top = place;
    }
    for (const op_t *op = block->by_type[value->type]; op->holds; op++) {
        if (op->kind->each) {
            op->kind->each(op, value, visit_redacted, search);
        }
    }
}

static const place_t *on_the_way(const place_t *place, const lgs_node_t *value)
{
    while (place && place->node != value) {
        place = place->up;
    }
    return place;
}

static bool is_above(const place_t *a, const place_t *b)
{
    for (b = b->up; b; b = b->up) {
        if (a == b) {
            return true;
        }
    }
    return false;
}

/* "label" + between + subject + " " + sentence; without `between` the sentence alone. */
static void add(explain_t *explain, const char *keyword, const place_t *place, const char *between,
                lgs_str_t subject, const char *format, va_list args)
{
    lgs_errs_t *errs = explain->errs;
    char sentence[MAX_SENTENCE];
    lgs_str_t label;
    lgs_err_t *err;

    vsnprintf(sentence, sizeof(sentence), format, args);
    label = between ? label_of(explain, place) : lgs_str("", 0);
    err = lgs_errs_add(errs, keyword, position(explain, place), "%.*s%s%.*s%s%s", LGS_FMT(label),
                       between ? between : "", LGS_FMT(subject), subject.len ? " " : "", sentence);
    err->pointer = lgs_explain_pointer(explain, place);
    err->schema = schema_pointer(explain, keyword);
    explain->nomem |= err == &errs->overflow;
}

static lgs_str_t label_of(explain_t *explain, const place_t *place)
{
    const place_t *top = lgs_explain_redacted(explain, place);
    lgs_arena_t *arena = explain->errs->arena;
    lgs_buf_t buf;

    place = top ? top : place;
    if (place->up == NULL) {
        return LGS_STR("the document");
    }
    lgs_buf_init(&buf, arena, 64, 0);
    add_label(&buf, place, LGS_SCHEMA_DEPTH);
    explain->nomem |= buf.failed;
    return buf.failed ? lgs_str("", 0) : lgs_words_quote(arena, lgs_buf_text(&buf));
}

/* eta, events[3], [3][1] */
static void add_label(lgs_buf_t *buf, const place_t *place, unsigned depth)
{
    if (place->name) {
        lgs_buf_str(buf, lgs_node_text(place->name));
    } else if (place->up && depth) {
        add_label(buf, place->up, depth - 1);
        lgs_buf_byte(buf, '[');
        lgs_buf_u64(buf, place->index);
        lgs_buf_byte(buf, ']');
    }
}

static void add_pointer(lgs_buf_t *buf, const place_t *place, unsigned depth)
{
    if (place->up == NULL || depth == 0) {
        return;
    }
    add_pointer(buf, place->up, depth - 1);
    if (place->name) {
        lgs_pointer_add(buf, lgs_node_text(place->name));
    } else {
        lgs_pointer_add_index(buf, place->index);
    }
}

static lgs_str_t schema_pointer(explain_t *explain, const char *keyword)
{
    const block_t *block = explain->block;
    bool is_elsewhere = block->resource->doc != explain->schema->doc;
    bool is_false = strcmp(keyword, "false") == 0;
    lgs_str_t pointer = lgs_arena_printf(
        explain->errs->arena, "%.*s%s%.*s%s%s", is_elsewhere ? (int)block->resource->name.len : 0,
        block->resource->name.data, is_elsewhere ? "#" : "", LGS_FMT(block->pointer),
        is_false ? "" : "/", is_false ? "" : keyword);

    explain->nomem |= pointer.data == NULL;
    return pointer.data ? pointer : lgs_str("", 0);
}

static lgs_pos_t position(const explain_t *explain, const place_t *place)
{
    uint32_t offset = place->is_about_name ? place->name->offset : place->node->offset;

    return offset == LGS_NO_OFFSET ? (lgs_pos_t){0} : lgs_doc_locate(explain->doc, offset);
}
