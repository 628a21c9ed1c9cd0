/*
 * Walking paths into EDI (path_edi.c says how they are written): segments by tag and tests,
 * elements by number, the loops that segments open. Nothing is copied but the node of a loop's
 * list.
 */
#include "levels.h"
#include "path_edi.h"

static LGS_APART bool find_and_eval(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static inline bool take_element(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *elements,
                                lgs_node_t *out);
static LGS_APART bool show_element(lgs_run_t *run, const lgs_expr_t *expr,
                                   const lgs_node_t *elements, lgs_node_t *out);
static inline bool may_keep(const lgs_run_t *run, const lgs_node_t *item);
static LGS_APART bool finish_element(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *node,
                                     lgs_node_t *out);
static inline const lgs_node_t *element_of(const lgs_path_t *path, const lgs_node_t *elements);
static inline const lgs_node_t *find_segment(lgs_run_t *run, const lgs_step_t *step,
                                             const lgs_node_t *list);
static const lgs_node_t *step_element(const lgs_step_t *step, const lgs_node_t *node);
static inline const lgs_node_t *find_number(const lgs_node_t *object, const lgs_step_t *step);
static inline bool is_segment(const lgs_node_t *item);
static inline const lgs_node_t *first_of(const lgs_node_t *list);
static inline const lgs_node_t *list_of(const lgs_node_t *node);
static const lgs_node_t *segments_of(const lgs_node_t *document);
static inline bool has_values(const lgs_step_t *step, const lgs_node_t *segment);
static LGS_APART bool holds_tests(const struct lgs_edi_step_s *edi, const lgs_node_t *elements);
static bool is_among(const lgs_edi_test_t *test, lgs_str_t value);
static bool is_among_tags(const lgs_edi_tags_t *tags, uint32_t tag);
static const lgs_node_t *slice(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *list,
                               uint32_t from);

/* ---- walking ---- */

/* Without a frame: what is not as usual is left to others at its end. */
bool lgs_mapping_eval_element(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lgs_path_t *path = expr->u.path;
    const lgs_found_t *found = &run->found[path->found];

    if (LGS_UNLIKELY(found->of != run->scopes[run->depth - path->index].node)) {
        return find_and_eval(run, expr, out);
    }
    return take_element(run, expr, found->elements, out);
}

/* Of the segment's elements (NULL: there is no such segment). */
static inline bool take_element(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *elements,
                                lgs_node_t *out)
{
    const lgs_node_t *node = elements ? element_of(expr->u.path, elements) : NULL;

    if (node == NULL) {
        return lgs_mapping_take_null(run, out);
    }
    if (LGS_UNLIKELY(node->type != LGS_STRING ||
                     lgs_mapping_null_length(expr->null_lengths, node->n))) {
        return finish_element(run, expr, node, out);
    }
    return lgs_mapping_take_read(node, out);
}

static bool find_and_eval(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lgs_path_t *path = expr->u.path;
    const lgs_node_t *of = run->scopes[run->depth - path->index].node;
    const lgs_node_t *list = list_of(of), *elements = NULL;

    if (list) {
        elements = path->tag ? find_segment(run, &path->steps[0], list) : first_of(list);
    }
    if (path->found && may_keep(run, of)) {
        run->found[path->found] = (lgs_found_t){of, elements};
    }
    if (LGS_UNLIKELY(run->watch)) {
        return show_element(run, expr, elements, out);
    }
    return run->rc == LGS_OK && take_element(run, expr, elements, out);
}

/* Who looks on sees each read: none of them is kept. */
static bool show_element(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *elements,
                         lgs_node_t *out)
{
    const lgs_node_t *node = elements ? element_of(expr->u.path, elements) : NULL;

    return run->rc == LGS_OK &&
           (node ? finish_element(run, expr, node, out) : lgs_mapping_take_null(run, out));
}

/*
 * The document and lists of segments stand where they are until the run ends. Who looks on wants to
 * see all that is read.
 */
static LGS_APART bool show_element(lgs_run_t *run, const lgs_expr_t *expr,
                                   const lgs_node_t *elements, lgs_node_t *out);
static inline bool may_keep(const lgs_run_t *run, const lgs_node_t *item)
{
    return run->watch == NULL && (item->type == LGS_ARRAY || item == run->scopes[0].node);
}

bool lgs_mapping_eval_unless_bare(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lgs_node_t *list = run->scopes[run->depth - expr->needs.scope].node;
    const lgs_node_t *elements = list->type == LGS_ARRAY ? first_of(list) : NULL;
    uint32_t bits = 0;

    if (elements == NULL || elements->type != LGS_OBJECT) {
        return expr->op->run(run, expr, out);
    }
    for (uint32_t i = 0; i < elements->n; i++) {
        bits |= lgs_edi_element_bit(lgs_mapping_text(&elements->u.members[i].name));
    }
    return bits & expr->needs.elements ? expr->op->run(run, expr, out)
                                       : lgs_mapping_take_null(run, out);
}

/* Of components and repetitions the first. */
static bool finish_element(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *node,
                           lgs_node_t *out)
{
    return lgs_mapping_finish_path(run, expr, lgs_mapping_edi_plain(node), out);
}

/* The element, or the component of it, that the path is to. */
static inline const lgs_node_t *element_of(const lgs_path_t *path, const lgs_node_t *elements)
{
    const lgs_node_t *node = find_number(elements, &path->steps[1]);

    if (path->n < 4 || node == NULL) {
        return node;
    }
    return LGS_LIKELY(node->type == LGS_OBJECT) ? find_number(node, &path->steps[2])
                                                : step_element(&path->steps[2], node);
}

const lgs_node_t *lgs_mapping_edi_step(lgs_run_t *run, const lgs_step_t *step,
                                       const lgs_node_t *node)
{
    const lgs_node_t *list;

    switch (step->kind) {
    case LGS_STEP_ELEMENT:
        return step_element(step, node);
    case LGS_STEP_PLAIN:
        return lgs_mapping_edi_plain(node);
    case LGS_STEP_FIRST:
        list = lgs_mapping_edi_list(node);
        return list ? first_of(list) : NULL;
    case LGS_STEP_LEVEL:
        return lgs_levels_find(run, step->edi->hierarchy, step->name, node);
    default:
        break;
    }
    list = lgs_mapping_edi_list(node);
    return list ? find_segment(run, step, list) : NULL;
}

static const lgs_node_t *step_element(const lgs_step_t *step, const lgs_node_t *node)
{
    if (node->type == LGS_ARRAY && node->n) {
        node = &node->u.items[0]; /* of repetitions the first */
    }
    if (node->type == LGS_STRING) { /* its own first component, as no other came */
        return lgs_str_is(step->name, "0") || lgs_str_is(step->name, "01") ? node : NULL;
    }
    return node->type == LGS_OBJECT ? find_number(node, step) : NULL;
}

/*
 * The element or component of that number, from the last place that it can have: they stand in
 * their order, and most of them are there. Numbers of one length have hashes of their own: a test
 * says so.
 */
static inline const lgs_node_t *find_number(const lgs_node_t *object, const lgs_step_t *step)
{
    for (uint32_t i = object->n < step->at_most ? object->n : step->at_most; i-- > 0;) {
        const lgs_node_t *name = &object->u.members[i].name;

        if (name->hash == step->hash && name->n == step->name.len) {
            return &object->u.members[i].value;
        }
    }
    return NULL;
}

/* It has a tag: what stands in a list that a mapping made has none. */
static inline bool is_segment(const lgs_node_t *item)
{
    return item->hash != 0;
}

/* Of the segment that opened the loop. */
static inline const lgs_node_t *first_of(const lgs_node_t *list)
{
    return list->n && is_segment(&list->u.items[0]) ? &list->u.items[0].u.members[0].value : NULL;
}

static inline const lgs_node_t *find_segment(lgs_run_t *run, const lgs_step_t *step,
                                             const lgs_node_t *list)
{
    const lgs_node_t *items = list->u.items;
    uint32_t tag = step->edi->tag, n = list->n, i = 0;

    if (!(list->hash & step->edi->bit)) {
        return NULL;
    }
    while (i < n && (items[i].hash != tag || !has_values(step, &items[i]))) {
        i++;
    }
    return lgs_mapping_work(run, i + 1) && i < n ? &items[i].u.members[0].value : NULL;
}

bool lgs_mapping_edi_each(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node,
                          bool is_last, bool (*visit)(void *data, const lgs_node_t *node),
                          void *data)
{
    if (step->kind == LGS_STEP_LEVEL) {
        return lgs_levels_each(run, step->edi->hierarchy, step->name, node, visit, data);
    }
    if (step->kind == LGS_STEP_SEGMENT) {
        return lgs_mapping_edi_each_segment(run, step, node, is_last, visit, data);
    }
    if (step->kind == LGS_STEP_ELEMENT && node->type == LGS_OBJECT) {
        node = find_number(node, step);
    } else if (node->type != LGS_ARRAY) {
        node = lgs_mapping_edi_step(run, step, node);
    }
    if (node && node->type == LGS_ARRAY && step->kind != LGS_STEP_FIRST) {
        for (uint32_t i = 0; i < node->n && lgs_mapping_work(run, 1); i++) {
            const lgs_node_t *item = step->kind == LGS_STEP_PLAIN
                                         ? lgs_mapping_edi_plain(&node->u.items[i])
                                         : &node->u.items[i];

            if (item && item->type != LGS_NULL && !visit(data, item)) {
                return false;
            }
        }
        return run->rc == LGS_OK;
    }
    if (node && step->kind == LGS_STEP_FIRST) {
        node = lgs_mapping_edi_step(run, step, node);
    }
    return node ? visit(data, node) : run->rc == LGS_OK;
}

const lgs_node_t *lgs_mapping_edi_plain(const lgs_node_t *node)
{
    const lgs_member_t *first;
    lgs_str_t name;

    if (node->type == LGS_ARRAY) {
        node = node->n ? &node->u.items[0] : NULL;
    }
    if (node == NULL || node->type != LGS_OBJECT) {
        return node;
    }
    if (node->n == 0) {
        return NULL;
    }
    first = &node->u.members[0]; /* in the order of their numbers */
    name = lgs_node_text(&first->name);
    return lgs_str_is(name, "0") || lgs_str_is(name, "01") ? &first->value : NULL;
}

const lgs_node_t *lgs_mapping_edi_list(const lgs_node_t *node)
{
    if (node->type == LGS_OBJECT) {
        node = segments_of(node);
    }
    return node && node->type == LGS_ARRAY ? node : NULL;
}

/* Most often it is the list itself. */
static inline const lgs_node_t *list_of(const lgs_node_t *node)
{
    return LGS_LIKELY(node->type == LGS_ARRAY) ? node : lgs_mapping_edi_list(node);
}

/* Of a document: its reader puts them behind the envelope. */
static inline const lgs_node_t *list_of(const lgs_node_t *node);
static const lgs_node_t *segments_of(const lgs_node_t *document)
{
    static const lgs_str_t name = LGS_STR_INIT("segments");
    const lgs_member_t *last = document->n ? &document->u.members[document->n - 1] : NULL;

    if (last && last->name.n == name.len && lgs_same(last->name.u.text, name.data, name.len)) {
        return &last->value;
    }
    return lgs_node_get(document, name);
}

/* The tests behind the tag. */
static inline bool has_values(const lgs_step_t *step, const lgs_node_t *segment)
{
    return step->edi->n_tests == 0 || holds_tests(step->edi, &segment->u.members[0].value);
}

static bool holds_tests(const struct lgs_edi_step_s *edi, const lgs_node_t *elements)
{
    for (uint32_t i = 0; i < edi->n_tests; i++) {
        const lgs_edi_test_t *test = &edi->tests[i];
        const lgs_node_t *value = find_number(elements, &test->element);

        if (value && value->type == LGS_ARRAY) {
            value = value->n ? &value->u.items[0] : NULL;
        }
        if (value) {
            value = test->component.name.len && value->type == LGS_OBJECT
                        ? find_number(value, &test->component)
                        : lgs_mapping_edi_plain(value);
        }
        if (!is_among(test, lgs_node_text(value))) {
            return false;
        }
    }
    return true;
}

static bool is_among(const lgs_edi_test_t *test, lgs_str_t value)
{
    uint32_t hash = lgs_hash(value.data, value.len);

    for (uint32_t i = 0; i < test->n_values; i++) {
        if (test->hashes[i] == hash && lgs_str_eq(test->values[i], value)) {
            return true;
        }
    }
    return false;
}

/* ---- loops ---- */

static inline bool is_one_of(const lgs_edi_tags_t *tags, uint32_t tag)
{
    return LGS_UNLIKELY(tags->bits & lgs_edi_tag_bit(tag)) && is_among_tags(tags, tag);
}

static bool is_among_tags(const lgs_edi_tags_t *tags, uint32_t tag)
{
    for (uint32_t i = 0; i < tags->n; i++) {
        if (tag == tags->words[i]) {
            return true;
        }
    }
    return false;
}

lgs_node_t lgs_mapping_edi_slice(const lgs_node_t *list, uint32_t from, uint32_t to)
{
    lgs_node_t slice = {.u.items = &list->u.items[from],
                        .n = to - from,
                        .offset = list->u.items[from].offset,
                        .type = LGS_ARRAY};

    for (uint32_t i = from; i < to; i++) {
        slice.hash |= lgs_edi_tag_bit(list->u.items[i].hash);
    }
    return slice;
}

/* The segments from number `from` up to the next with its tag, or a fence. NULL: no memory. */
static const lgs_node_t *slice(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *list,
                               uint32_t from)
{
    lgs_node_t *node = lgs_arena_alloc(run->arena, sizeof(*node));
    const lgs_node_t *items = &list->u.items[from];
    const lgs_edi_tags_t *fences = &step->edi->fences;
    uint32_t left = list->n - from, bits = step->edi->bit, n = 1;

    if (node == NULL) {
        lgs_mapping_stop_nomem(run);
        return NULL;
    }
    for (; n < left && items[n].hash != items->hash; n++) {
        uint32_t bit = lgs_edi_tag_bit(items[n].hash);

        if (LGS_UNLIKELY(fences->bits & bit) && is_among_tags(fences, items[n].hash)) {
            break;
        }
        bits |= bit;
    }
    node->u.items = items;
    node->n = n;
    node->offset = items->offset;
    node->hash = bits;
    node->type = LGS_ARRAY;
    node->flags = 0;
    return lgs_mapping_work(run, n) ? node : NULL;
}

/* Where a for_each begins: behind the first that `after` names, at the end where there is none. */
static uint32_t begin_of(const lgs_step_t *step, const lgs_node_t *list)
{
    bool is_after = step->edi->is_after;

    for (uint32_t i = 0; is_after && i < list->n; i++) {
        if (is_one_of(&step->edi->after, list->u.items[i].hash)) {
            return i + 1;
        }
    }
    return is_after ? list->n : 0;
}

bool lgs_mapping_edi_each_segment(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node,
                                  bool is_last, bool (*visit)(void *data, const lgs_node_t *node),
                                  void *data)
{
    const lgs_node_t *list = list_of(node), *item;
    bool has_until = step->edi->until.n;
    uint32_t i, looked; /* how far the work is counted */

    if (list == NULL || !(list->hash & step->edi->bit)) {
        return run->rc == LGS_OK;
    }
    i = looked = begin_of(step, list);
    if (!lgs_mapping_work(run, i)) {
        return false;
    }
    for (; i < list->n; i++) {
        uint32_t tag = list->u.items[i].hash;

        /* the first is what opened the item at hand */
        if (i && has_until && is_one_of(&step->edi->until, tag)) {
            break;
        }
        if (tag != step->edi->tag || !has_values(step, &list->u.items[i])) {
            continue;
        }
        if (!lgs_mapping_work(run, i + 1 - looked)) {
            return false;
        }
        looked = i + 1;
        item = is_last ? slice(run, step, list, i) : &list->u.items[i].u.members[0].value;
        if (item == NULL || !visit(data, item)) {
            return false;
        }
        if (step->edi->is_first) {
            return run->rc == LGS_OK;
        }
        if (is_last && !has_until) { /* in the slice is no other */
            i += item->n - 1;
        }
    }
    return lgs_mapping_work(run, i - looked) && run->rc == LGS_OK;
}
