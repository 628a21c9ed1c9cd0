/*
 * What values can come to (outcomes.h): down the expressions, through variables, code lists and
 * what chooses between values. Operations that cut, join or compute give any text.
 */
#include "outcomes.h"

#define MAX_DEPTH 64u /* values within each other, with those of variables */

/* How a date's `out` ends, by its place among the words: ops_date.c. */
static const lgs_comes_t dates[] = {LGS_COMES_ANY, LGS_COMES_INSTANT, LGS_COMES_LOCAL,
                                    LGS_COMES_DAY, LGS_COMES_ANY,     LGS_COMES_MOMENT};

#define WORD(word)                                                                                 \
    {                                                                                              \
        .u.text = word, .n = sizeof(word) - 1, .type = LGS_STRING                                  \
    }
static const lgs_node_t null = {.type = LGS_NULL};
static const lgs_node_t said_by[] = {WORD("offset"), WORD("code"), WORD("partner"),
                                     WORD("mapping")};
#undef WORD

/* Members of a moment, and of an event's time, where the first is null when it is not known. */
static const struct {
    const char *of_object, *of_event;
    lgs_comes_t kind;
    bool is_always; /* of the object */
} moment_members[] = {
    {"at", "occurred_at", LGS_COMES_INSTANT, false},
    {"local", "local", LGS_COMES_LOCAL, true},
    {"tz", "tz", LGS_COMES_ZONE, false},
    {"tz_from", "tz_from", LGS_COMES_VALUE, false},
};

static void add(const lgs_mapping_t *mapping, const lgs_expr_t *expr, lgs_outcomes_t *to,
                unsigned depth);
static void add_value(const lgs_mapping_t *mapping, const lgs_expr_t *expr, lgs_outcomes_t *to,
                      unsigned depth);
static void add_path(const lgs_mapping_t *mapping, const lgs_path_t *path, lgs_outcomes_t *to,
                     unsigned depth);
static void add_step(const lgs_outcome_t *of, const lgs_step_t *step, lgs_outcomes_t *to);
static lgs_comes_t made_kind(const lgs_mapping_t *mapping, const lgs_expr_t *expr);
static bool stays_object(const lgs_object_t *object);
static void put(lgs_outcomes_t *to, lgs_outcome_t outcome);
static void hold(lgs_outcomes_t *to, const lgs_expr_t *holder);
static void put_moment(lgs_str_t name, bool is_event, lgs_outcomes_t *to);
static void add_items(const lgs_mapping_t *mapping, const lgs_expr_t *list, lgs_outcomes_t *to,
                      unsigned depth);
static void add_item(const lgs_mapping_t *mapping, const lgs_expr_t *item, lgs_outcomes_t *to,
                     unsigned depth);
static bool is_never_null(const lgs_mapping_t *mapping, const lgs_expr_t *expr, unsigned depth);
static bool has_value(const lgs_mapping_t *mapping, const lgs_expr_t *expr, unsigned depth);

void lgs_outcomes_clear(lgs_outcomes_t *outcomes)
{
    outcomes->n = outcomes->n_holders = 0;
    outcomes->has_others = false;
}

void lgs_outcomes_add(const lgs_mapping_t *mapping, const lgs_expr_t *expr, lgs_outcomes_t *to)
{
    add(mapping, expr, to, 0);
}

bool lgs_outcome_is_object(const lgs_outcome_t *outcome)
{
    return outcome->kind == LGS_COMES_MOMENT ||
           (outcome->kind == LGS_COMES_MADE && outcome->expr->op == &lgs_op_object);
}

bool lgs_outcome_is_list(const lgs_outcome_t *outcome)
{
    return outcome->kind == LGS_COMES_MADE && outcome->expr->op != &lgs_op_object;
}

/* Bounded by MAX_DEPTH. */
static void add(const lgs_mapping_t *mapping, const lgs_expr_t *expr, lgs_outcomes_t *to,
                unsigned depth)
{
    if (expr == NULL) {
        return;
    }
    if (depth == MAX_DEPTH) {
        put(to, (lgs_outcome_t){.kind = LGS_COMES_ANY});
        return;
    }
    add(mapping, expr->fallback, to, depth + 1);
    add(mapping, expr->otherwise, to, depth + 1);
    add_value(mapping, expr, to, depth + 1);
}

static void add_value(const lgs_mapping_t *mapping, const lgs_expr_t *expr, lgs_outcomes_t *to,
                      unsigned depth)
{
    lgs_outcome_t outcome = {.kind = LGS_COMES_ANY, .expr = expr};
    lgs_str_t get;
    unsigned date;
    bool keeps = false;

    if (expr->op == &lgs_op_path) {
        add_path(mapping, expr->u.path, to, depth);
        return;
    }
    if (expr->op->run == lgs_op_pass_run) {
        add(mapping, expr->u.args, to, depth);
        return;
    }
    if (expr->op->run == lgs_op_first_of_run) {
        const lgs_exprs_t *list = expr->u.args;

        for (uint32_t i = 0; i < list->n; i++) {
            add(mapping, list->items[i], to, depth);
        }
        return;
    }
    if (expr->op == &lgs_op_const) {
        outcome.kind = LGS_COMES_VALUE;
        outcome.value = &expr->u.value;
    } else if (lgs_codes_of(expr, &get, &keeps)) {
        outcome.kind = keeps ? LGS_COMES_ANY : LGS_COMES_CODE;
        outcome.get = get;
    } else if (expr->op->run == lgs_op_hash_run) {
        outcome.kind = LGS_COMES_HASH;
    } else if (lgs_op_date_form(expr, &date)) {
        outcome.kind = date < LGS_N(dates) ? dates[date] : LGS_COMES_ANY;
    } else {
        outcome.kind = made_kind(mapping, expr);
    }
    put(to, outcome);
}

/* A variable, or a member of what it looked up; when the document came. */
static void add_path(const lgs_mapping_t *mapping, const lgs_path_t *path, lgs_outcomes_t *to,
                     unsigned depth)
{
    lgs_outcomes_t of;

    if (path->from == LGS_FROM_FACT && path->index == LGS_FACT_RECEIVED_AT && path->n == 0) {
        put(to, (lgs_outcome_t){.kind = LGS_COMES_INSTANT}); /* so mapping.h wants it */
        return;
    }
    if (path->from != LGS_FROM_VAR || path->n > 1 ||
        (path->n == 1 && (path->steps[0].kind != LGS_STEP_NAME || path->steps[0].index >= 0))) {
        put(to, (lgs_outcome_t){.kind = LGS_COMES_ANY});
        return;
    }
    if (path->n == 0) {
        add(mapping, mapping->vars[path->index].value, to, depth);
        return;
    }
    lgs_outcomes_clear(&of);
    add(mapping, mapping->vars[path->index].value, &of, depth);
    for (uint32_t i = 0; i < of.n; i++) {
        add_step(&of.items[i], &path->steps[0], to);
    }
}

/* What has no such member gives null. */
static void add_step(const lgs_outcome_t *of, const lgs_step_t *step, lgs_outcomes_t *to)
{
    lgs_outcome_t outcome = *of;

    if (of->kind == LGS_COMES_CODE && of->get.len == 0) {
        outcome.get = step->name;
        put(to, outcome);
    } else if (of->kind != LGS_COMES_VALUE || of->value->type == LGS_ARRAY) {
        put(to, (lgs_outcome_t){.kind = LGS_COMES_ANY});
    } else if ((outcome.value = lgs_node_get(of->value, step->name)) != NULL) {
        put(to, outcome);
    }
}

/*
 * Of XML an object that is read where a text may be is opened: one without members that are
 * elements would not stay what it is.
 */
static lgs_comes_t made_kind(const lgs_mapping_t *mapping, const lgs_expr_t *expr)
{
    const lgs_object_t *object;

    if (expr->op == &lgs_op_list || expr->op == &lgs_op_each || lgs_op_kept_of(expr)) {
        return LGS_COMES_MADE;
    }
    if (expr->op != &lgs_op_object) {
        return LGS_COMES_ANY;
    }
    object = expr->u.object;
    if (!mapping->is_xml || object->is_record) {
        return LGS_COMES_MADE;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_node_t *name = &object->fields[i].name;

        if (name->n == 0 || name->u.text[0] == '@' || name->u.text[0] == '#') {
            return LGS_COMES_ANY;
        }
    }
    return stays_object(object) ? LGS_COMES_ANY : LGS_COMES_MADE;
}

/* It is never null, not even when all that it reads is missing. */
static bool stays_object(const lgs_object_t *object)
{
    return object->stays || !object->reads;
}

static void put(lgs_outcomes_t *to, lgs_outcome_t outcome)
{
    if (to->n == LGS_MAX_OUTCOMES) {
        to->n = 0;
        outcome.kind = LGS_COMES_ANY;
    }
    to->items[to->n++] = outcome;
}

/* ---- members ---- */

void lgs_outcome_member(const lgs_mapping_t *mapping, const lgs_outcome_t *object, lgs_str_t name,
                        lgs_outcomes_t *to)
{
    const lgs_object_t *made;

    if (object->kind == LGS_COMES_MOMENT) {
        put_moment(name, false, to);
        return;
    }
    made = object->expr->u.object;
    for (uint32_t i = 0; i < made->n; i++) {
        const lgs_field_t *field = &made->fields[i];

        if (field->spread) {
            put_moment(name, true, to);
        } else if (lgs_str_eq(lgs_mapping_text(&field->name), name)) {
            hold(to, field->value);
            add(mapping, field->value, to, 0);
            if (made->keeps_nulls) {
                put(to, (lgs_outcome_t){.kind = LGS_COMES_VALUE, .value = &null});
            }
        }
    }
}

static void put_moment(lgs_str_t name, bool is_event, lgs_outcomes_t *to)
{
    for (size_t i = 0; i < LGS_N(moment_members); i++) {
        lgs_outcome_t outcome = {.kind = moment_members[i].kind};

        if (!lgs_str_is(name,
                        is_event ? moment_members[i].of_event : moment_members[i].of_object)) {
            continue;
        }
        to->has_others = true;
        for (size_t k = 0; outcome.kind == LGS_COMES_VALUE && k < LGS_N(said_by); k++) {
            outcome.value = &said_by[k];
            put(to, outcome);
        }
        if (outcome.kind != LGS_COMES_VALUE) {
            put(to, outcome);
        }
        if (is_event && i == 0) {
            put(to, (lgs_outcome_t){.kind = LGS_COMES_VALUE, .value = &null});
        }
    }
}

bool lgs_outcome_has(const lgs_mapping_t *mapping, const lgs_outcome_t *object, lgs_str_t name)
{
    const lgs_object_t *made;

    for (size_t i = 0; object->kind == LGS_COMES_MOMENT && i < LGS_N(moment_members); i++) {
        if (moment_members[i].is_always && lgs_str_is(name, moment_members[i].of_object)) {
            return true;
        }
    }
    if (object->kind == LGS_COMES_MOMENT) {
        return false;
    }
    made = object->expr->u.object;
    for (uint32_t i = 0; i < made->n; i++) {
        const lgs_field_t *field = &made->fields[i];

        if (!field->spread && lgs_str_eq(lgs_mapping_text(&field->name), name)) {
            return is_never_null(mapping, field->value, 0);
        }
    }
    return false;
}

lgs_field_t *lgs_outcome_field(const lgs_outcome_t *object, lgs_str_t name)
{
    const lgs_object_t *made = object->kind == LGS_COMES_MADE ? object->expr->u.object : NULL;

    for (uint32_t i = 0; made && i < made->n; i++) {
        lgs_field_t *field = &made->fields[i];
        bool is_it = field->spread ? lgs_str_is(name, "local")
                                   : lgs_str_eq(lgs_mapping_text(&field->name), name);

        if (is_it) {
            return field;
        }
    }
    return NULL;
}

bool lgs_outcome_is_within(const lgs_outcome_t *object, const lgs_node_t *properties)
{
    bool is_within = true, is_event = object->kind != LGS_COMES_MOMENT;
    const lgs_object_t *made = is_event ? object->expr->u.object : NULL;
    bool has_moment = !is_event;

    for (uint32_t i = 0; made && i < made->n; i++) {
        const lgs_field_t *field = &made->fields[i];

        has_moment |= field->spread;
        is_within = is_within && (field->spread ||
                                  lgs_node_get(properties, lgs_mapping_text(&field->name)) != NULL);
    }
    for (size_t i = 0; has_moment && i < LGS_N(moment_members); i++) {
        is_within = is_within && lgs_node_at(properties, is_event ? moment_members[i].of_event
                                                                  : moment_members[i].of_object);
    }
    return is_within;
}

/* ---- items ---- */

void lgs_outcome_items(const lgs_mapping_t *mapping, const lgs_outcome_t *list, lgs_outcomes_t *to)
{
    add_items(mapping, list->expr, to, 0);
}

/* Of a for_each in a list, or in another, the items stand in the list itself. */
static void add_items(const lgs_mapping_t *mapping, const lgs_expr_t *list, lgs_outcomes_t *to,
                      unsigned depth)
{
    const lgs_expr_t *kept = lgs_op_kept_of(list);
    lgs_outcomes_t of;

    if (depth == MAX_DEPTH) {
        to->has_others = true;
        put(to, (lgs_outcome_t){.kind = LGS_COMES_ANY});
    } else if (list->op == &lgs_op_list) {
        for (uint32_t i = 0; i < list->u.list.n; i++) {
            add_item(mapping, list->u.list.items[i], to, depth + 1);
        }
    } else if (list->op == &lgs_op_each) {
        add_item(mapping, list->u.each->body, to, depth + 1);
    } else {
        lgs_outcomes_clear(&of);
        add(mapping, kept, &of, depth + 1);
        for (uint32_t i = 0; i < of.n; i++) {
            if (lgs_outcome_is_list(&of.items[i])) {
                add_items(mapping, of.items[i].expr, to, depth + 1);
            } else {
                to->has_others = true;
                put(to, (lgs_outcome_t){.kind = LGS_COMES_ANY});
            }
        }
    }
}

static void add_item(const lgs_mapping_t *mapping, const lgs_expr_t *item, lgs_outcomes_t *to,
                     unsigned depth)
{
    if (item->op == &lgs_op_each) {
        add_items(mapping, item, to, depth);
    } else {
        hold(to, item);
        add(mapping, item, to, depth);
    }
}

static void hold(lgs_outcomes_t *to, const lgs_expr_t *holder)
{
    if (to->n_holders == LGS_MAX_OUTCOMES) {
        to->has_others = true;
    } else {
        to->holders[to->n_holders++] = holder;
    }
}

/* ---- what is never null ---- */

/* Where `when` does not hold, `default` answers only for a value without an `else`. */
static bool is_never_null(const lgs_mapping_t *mapping, const lgs_expr_t *expr, unsigned depth)
{
    bool has_fallback;

    if (expr == NULL || depth == MAX_DEPTH) {
        return false;
    }
    has_fallback = is_never_null(mapping, expr->fallback, depth + 1);
    if (expr->when &&
        !(expr->otherwise ? is_never_null(mapping, expr->otherwise, depth + 1) : has_fallback)) {
        return false;
    }
    return has_fallback || has_value(mapping, expr, depth + 1);
}

static bool has_value(const lgs_mapping_t *mapping, const lgs_expr_t *expr, unsigned depth)
{
    if (expr->op == &lgs_op_const) {
        return expr->u.value.type != LGS_NULL;
    }
    if (expr->op == &lgs_op_object) {
        return stays_object(expr->u.object);
    }
    if (expr->op == &lgs_op_path) {
        return expr->u.path->from == LGS_FROM_VAR && expr->u.path->n == 0 &&
               is_never_null(mapping, mapping->vars[expr->u.path->index].value, depth);
    }
    if (expr->op->run == lgs_op_pass_run) {
        return is_never_null(mapping, expr->u.args, depth);
    }
    if (expr->op->run == lgs_op_first_of_run) {
        const lgs_exprs_t *list = expr->u.args;

        for (uint32_t i = 0; i < list->n; i++) {
            if (is_never_null(mapping, list->items[i], depth)) {
                return true;
            }
        }
    }
    return expr->op->run == lgs_op_hash_run || expr->op->run == lgs_op_count_run;
}
