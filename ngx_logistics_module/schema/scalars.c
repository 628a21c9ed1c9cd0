/* Kinds that look at one value: type, enum, const, numbers, strings. */
#include "program.h"

#define LISTED 8u /* values of an enum that an error text lists */

static bool has_length(lgs_str_t text, uint64_t min, uint64_t max);
static uint64_t code_points(lgs_str_t text);
static const lgs_node_t *shown_value(explain_t *explain, const place_t *place);
static lgs_str_t list_values(explain_t *explain, const enum_t *set);
static lgs_str_t nearest_value(const enum_t *set, const lgs_node_t *node);
static uint32_t probe(const enum_t *set, uint32_t hash, lgs_str_t text);

/* ---- type, false ---- */

static bool type_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return node->type == LGS_NUMBER && (op->arg.count & TYPE_INTEGER) &&
           lgs_number_is_integer(lgs_node_text(node));
}

static void type_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    lgs_str_t types = lgs_words_types(explain->errs->arena, (unsigned)op->arg.count);

    lgs_explain_value(explain, "type", place, "is not %.*s", LGS_FMT(types));
}

const kind_t lgs_kind_type = {"type", type_holds, type_explain, NULL, NULL};

static bool false_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return false;
}

static void false_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    lgs_explain_say(explain, "false", place, "is not expected here");
}

const kind_t lgs_kind_false = {"false", false_holds, false_explain, NULL, NULL};

/* ---- enum, const ---- */

bool lgs_enum_build(compiler_t *compiler, enum_t *set, const lgs_node_t *values, uint32_t n)
{
    uint32_t size = 2;

    while (size < n * 2) {
        size *= 2;
    }
    set->values = values;
    set->n = n;
    set->mask = size - 1;
    set->slots = lgs_compile_alloc(compiler, size, sizeof(slot_t));
    set->others = lgs_compile_alloc(compiler, n ? n : 1, sizeof(*set->others));
    if (set->slots == NULL || set->others == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        lgs_str_t text = lgs_node_text(&values[i]);

        if (values[i].type == LGS_STRING) {
            uint32_t hash = lgs_hash(text.data, text.len);

            set->slots[probe(set, hash, text)] = (slot_t){hash, i + 1};
        } else {
            set->others[set->n_others++] = &values[i];
        }
    }
    return true;
}

bool lgs_enum_has(const enum_t *set, const lgs_node_t *node)
{
    if (node->type == LGS_STRING) {
        lgs_str_t text = lgs_str(node->u.text, node->n);

        return set->slots[probe(set, lgs_hash(text.data, text.len), text)].index != 0;
    }
    for (uint32_t i = 0; i < set->n_others; i++) {
        if (lgs_node_equal(set->others[i], node)) {
            return true;
        }
    }
    return false;
}

/* The slot that has the text, or the free one where it would go. */
static uint32_t probe(const enum_t *set, uint32_t hash, lgs_str_t text)
{
    uint32_t at = hash & set->mask;

    for (; set->slots[at].index; at = (at + 1) & set->mask) {
        const lgs_node_t *value = &set->values[set->slots[at].index - 1];

        if (set->slots[at].hash == hash && value->n == text.len &&
            lgs_same(value->u.text, text.data, text.len)) {
            break;
        }
    }
    return at;
}

static bool enum_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return lgs_enum_has(op->arg.data, node);
}

static void enum_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const enum_t *set = op->arg.data;
    lgs_str_t list = list_values(explain, set);
    lgs_str_t near = nearest_value(set, shown_value(explain, place));

    if (set->n == 0) {
        lgs_explain_value(explain, "enum", place, "is not allowed: no value is");
    } else if (near.len) {
        lgs_explain_value(explain, "enum", place, "is not one of %.*s; did you mean \"%.*s\"?",
                          LGS_FMT(list), LGS_FMT(near));
    } else {
        lgs_explain_value(explain, "enum", place, "is not one of %.*s", LGS_FMT(list));
    }
}

/* A suggestion would tell what a redacted value looks like. */
static const lgs_node_t *shown_value(explain_t *explain, const place_t *place)
{
    return lgs_explain_redacted(explain, place) ? NULL : place->node;
}

static lgs_str_t list_values(explain_t *explain, const enum_t *set)
{
    lgs_arena_t *arena = explain->errs->arena;
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 128, 0);
    for (uint32_t i = 0; i < set->n && i < LISTED; i++) {
        lgs_buf_cstr(&buf, i ? ", " : "");
        lgs_buf_str(&buf, lgs_words_value(arena, &set->values[i]));
    }
    if (set->n > LISTED) {
        lgs_buf_printf(&buf, ", … (%u in all)", set->n);
    }
    return buf.failed ? LGS_STR("") : lgs_buf_text(&buf);
}

static lgs_str_t nearest_value(const enum_t *set, const lgs_node_t *node)
{
    lgs_str_t best = {NULL, 0};

    if (node == NULL || node->type != LGS_STRING) {
        return best;
    }
    for (uint32_t i = 0; i < set->n; i++) {
        lgs_str_t pair[2] = {best, lgs_node_text(&set->values[i])};

        if (set->values[i].type == LGS_STRING) {
            best = lgs_nearest(lgs_node_text(node), best.len ? pair : pair + 1, best.len ? 2 : 1);
        }
    }
    return best;
}

const kind_t lgs_kind_enum = {"enum", enum_holds, enum_explain, NULL, NULL};

static void const_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const enum_t *set = op->arg.data;
    lgs_str_t wanted = lgs_words_value(explain->errs->arena, set->values);

    if (set->values->type >= LGS_ARRAY) {
        lgs_explain_value(explain, "const", place, "is not what the schema fixes here");
        return;
    }
    lgs_explain_value(explain, "const", place, "must be %.*s", LGS_FMT(wanted));
}

const kind_t lgs_kind_const = {"const", enum_holds, const_explain, NULL, NULL};

/* ---- numbers ---- */

static int compare(const op_t *op, const lgs_node_t *node)
{
    const bound_t *bound = op->arg.data;
    lgs_number_t number = lgs_number_read(lgs_str(node->u.text, node->n));

    return lgs_number_compare(&number, &bound->number);
}

static bool minimum_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return compare(op, node) >= 0;
}

static bool maximum_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return compare(op, node) <= 0;
}

static bool above_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return compare(op, node) > 0;
}

static bool below_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return compare(op, node) < 0;
}

static void bound_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const bound_t *bound = op->arg.data;
    const char *rule = op->kind == &lgs_kind_minimum   ? "is less than"
                       : op->kind == &lgs_kind_maximum ? "is more than"
                       : op->kind == &lgs_kind_above   ? "is not more than"
                                                       : "is not less than";

    lgs_explain_value(explain, op->kind->keyword, place, "%s %.*s", rule, LGS_FMT(bound->text));
}

const kind_t lgs_kind_minimum = {"minimum", minimum_holds, bound_explain, NULL, NULL};
const kind_t lgs_kind_maximum = {"maximum", maximum_holds, bound_explain, NULL, NULL};
const kind_t lgs_kind_above = {"exclusiveMinimum", above_holds, bound_explain, NULL, NULL};
const kind_t lgs_kind_below = {"exclusiveMaximum", below_holds, bound_explain, NULL, NULL};

static bool multiple_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const multiple_t *multiple = op->arg.data;
    lgs_number_t number = lgs_number_read(lgs_str(node->u.text, node->n));

    return lgs_number_is_multiple(&number, &multiple->divisor);
}

static void multiple_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const multiple_t *multiple = op->arg.data;

    lgs_explain_value(explain, "multipleOf", place, "is not a multiple of %.*s",
                      LGS_FMT(multiple->text));
}

const kind_t lgs_kind_multiple = {"multipleOf", multiple_holds, multiple_explain, NULL, NULL};

/* ---- strings ---- */

/* A code point is 1 to 4 bytes: most lengths are decided without counting. */
static bool has_length(lgs_str_t text, uint64_t min, uint64_t max)
{
    uint64_t n;

    if (text.len / 4 >= min && text.len <= max) {
        return true;
    }
    if (text.len < min || text.len / 4 > max) {
        return false;
    }
    n = code_points(text);
    return n >= min && n <= max;
}

static uint64_t code_points(lgs_str_t text)
{
    uint64_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    }
    return n;
}

static bool min_length_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return has_length(lgs_str(node->u.text, node->n), op->arg.count, UINT64_MAX);
}

static bool max_length_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return has_length(lgs_str(node->u.text, node->n), 0, op->arg.count);
}

static void length_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    bool is_min = op->kind == &lgs_kind_min_length;
    unsigned long long n = code_points(lgs_node_text(place->node)), limit = op->arg.count;

    if (is_min && n == 0) {
        lgs_explain_say(explain, "minLength", place, "is empty");
        return;
    }
    lgs_explain_value(explain, op->kind->keyword, place,
                      is_min ? "has %llu characters; at least %llu are needed"
                             : "has %llu characters; at most %llu are allowed",
                      n, limit);
}

const kind_t lgs_kind_min_length = {"minLength", min_length_holds, length_explain, NULL, NULL};
const kind_t lgs_kind_max_length = {"maxLength", max_length_holds, length_explain, NULL, NULL};

bool lgs_run_match(run_t *run, const lgs_regex_t *regex, lgs_str_t text)
{
    lgs_regex_result_t result = lgs_regex_match(regex, text);

    if (LGS_UNLIKELY(result == LGS_REGEX_TOO_HARD)) {
        run->trouble = LGS_LIMIT;
        run->reason = "pattern-too-hard";
    }
    return result == LGS_REGEX_YES;
}

static bool pattern_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const pattern_t *pattern = op->arg.data;

    return lgs_run_match(run, pattern->regex, lgs_str(node->u.text, node->n));
}

static void pattern_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const pattern_t *pattern = op->arg.data;

    lgs_explain_value(explain, "pattern", place, "does not match %.*s", LGS_FMT(pattern->text));
}

const kind_t lgs_kind_pattern = {"pattern", pattern_holds, pattern_explain, NULL, NULL};

static bool format_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const format_t *format = op->arg.data;

    return format->is_valid(lgs_str(node->u.text, node->n));
}

static void format_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const format_t *format = op->arg.data;

    lgs_explain_value(explain, "format", place, "is not %s", format->what);
}

const kind_t lgs_kind_format = {"format", format_holds, format_explain, NULL, NULL};
