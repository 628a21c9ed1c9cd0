/*
 * A mapping file (a tree, whatever it was written in) → lgs_mapping_t: the head, code lists,
 * variables, scopes, what is emitted, and the proof that every `type` is in the vocabulary.
 */
#include "internal.h"

static const char *const head_keys =
    "mapping about input output lookup vars null_values zones templates for_each when assert emit";
static const char *const block_keys = "for_each when vars null_values assert emit";
static const char *const listing_operations = "split sort unique group_by first_of then";
static const char *const own_keys[] = {"for_each", "when", "vars", "null_values", "assert", NULL};

static bool compile_loop(lgs_compile_t *c, const lgs_node_t *node, lgs_loop_t *loop,
                         bool *is_outside);
static bool leaves_loop(const lgs_compile_t *c, const lgs_path_t *path);
static bool compile_head(lgs_compile_t *c);
static bool compile_record_shape(lgs_compile_t *c);
static bool compile_types(lgs_compile_t *c);
static bool compile_zones(lgs_compile_t *c, const lgs_node_t *zones);
static bool compile_lookups(lgs_compile_t *c, const lgs_node_t *lookups);
static bool compile_block(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block,
                          bool is_top);
static bool compile_inside(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block,
                           bool is_top);
static bool compile_var(lgs_compile_t *c, const lgs_member_t *member);
static bool compile_emit(lgs_compile_t *c, const lgs_node_t *emit, lgs_block_t *block);
static void check_refuses_all(lgs_compile_t *c, const lgs_node_t *emit);
static bool compile_refusal(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block);
static bool compile_ignored(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block);
static bool compile_record(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block);
static bool prove_type_of(lgs_compile_t *c, const lgs_field_t *field);
static bool prove_type(lgs_compile_t *c, const lgs_node_t *at, const lgs_expr_t *expr);
static bool prove_path(lgs_compile_t *c, const lgs_expr_t *expr);
static bool prove_entry(lgs_compile_t *c, const lgs_expr_t *value, lgs_str_t member);
static bool prove_lookup(lgs_compile_t *c, const lgs_expr_t *expr, lgs_str_t get);
static bool check_entry(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key);
static bool check_type(lgs_compile_t *c, const lgs_node_t *at, lgs_str_t type, lgs_str_t key);

lgs_mapping_t *lgs_mapping_compile(lgs_arena_t *arena, const lgs_doc_t *doc,
                                   const lgs_mapping_env_t *env, lgs_errs_t *errs)
{
    lgs_compile_t *c = lgs_mapping_begin(arena, doc, env, errs);

    if (c == NULL || !compile_head(c)) {
        return NULL;
    }
    compile_block(c, &doc->root, &c->mapping->top, true);
    lgs_mapping_finish_columns(c);
    if (c->where.failed) {
        lgs_mapping_nomem(c);
    }
    if (!c->failed) {
        lgs_mapping_find_unproved(c);
        lgs_mapping_choose_evals(c);
    }
    return c->failed ? NULL : c->mapping;
}

lgs_compile_t *lgs_mapping_begin(lgs_arena_t *arena, const lgs_doc_t *doc,
                                 const lgs_mapping_env_t *env, lgs_errs_t *errs)
{
    lgs_compile_t *c = lgs_arena_zalloc(arena, sizeof(*c));

    if (c == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    *c = (lgs_compile_t){.arena = arena, .doc = doc, .env = env, .errs = errs, .degree = 1};
    lgs_buf_init(&c->where, arena, 256, 64 * 1024);
    c->mapping = lgs_arena_zalloc(arena, sizeof(*c->mapping));
    c->lookups = lgs_map_create(arena, 8);
    if (c->mapping == NULL || c->lookups == NULL ||
        (c->mapping->zones = lgs_map_create(arena, 8)) == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    c->mapping->files[c->mapping->n_files++] = doc;
    return c;
}

lgs_str_t lgs_mapping_name(const lgs_mapping_t *mapping)
{
    return mapping->name;
}

lgs_str_t lgs_mapping_format(const lgs_mapping_t *mapping)
{
    return lgs_input_name(&mapping->input);
}

const lgs_input_t *lgs_mapping_input(const lgs_mapping_t *mapping)
{
    return &mapping->input;
}

lgs_str_t lgs_mapping_guide(const lgs_mapping_t *mapping)
{
    return mapping->guide;
}

lgs_str_t lgs_mapping_schema(const lgs_mapping_t *mapping)
{
    return mapping->schema;
}

lgs_str_t lgs_mapping_output(const lgs_mapping_t *mapping)
{
    return mapping->output;
}

const lgs_output_t *lgs_mapping_writes(const lgs_mapping_t *mapping)
{
    return mapping->writes.format ? &mapping->writes : NULL;
}

lgs_str_t lgs_mapping_output_schema(const lgs_mapping_t *mapping)
{
    return mapping->output_schema;
}

const lgs_doc_t *lgs_mapping_unproved(const lgs_mapping_t *mapping)
{
    return mapping->unproved;
}

/* False when nothing sensible can be said about the rest. */
static bool compile_head(lgs_compile_t *c)
{
    const lgs_node_t *root = &c->doc->root;
    const lgs_node_t *nulls = lgs_node_at(root, "null_values");
    bool has_findings;

    if (root->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, root,
                                   "a mapping file is a map of keys: mapping, input, "
                                   "emit, ...");
    }
    lgs_mapping_keys(c, root, "a mapping", head_keys, NULL);
    lgs_mapping_arg_text(c, root, "mapping", &c->mapping->name);
    if (c->mapping->name.len == 0) {
        lgs_mapping_finding(c, root, "\"mapping\", the mapping's name, is missing");
    }
    has_findings = c->failed;
    c->failed = false; /* what was found so far says nothing against looking at the rest */
    if (!lgs_mapping_compile_input(c, lgs_node_at(root, "input")) ||
        !lgs_mapping_compile_output(c, lgs_node_at(root, "output")) || !compile_record_shape(c) ||
        !compile_zones(c, lgs_node_at(root, "zones"))) {
        c->failed = true;
        return false;
    }
    c->failed |= has_findings;
    compile_lookups(c, lgs_node_at(root, "lookup"));
    c->nulls = nulls ? lgs_mapping_texts(c, nulls) : NULL;
    return true;
}

lgs_str_t lgs_mapping_output_file(lgs_arena_t *arena, lgs_str_t output)
{
    static const lgs_str_t view = LGS_STR_INIT("view.");

    if (lgs_str_starts(output, view)) {
        return lgs_arena_printf(arena, "views/%.*s.json", (int)(output.len - view.len),
                                output.data + view.len);
    }
    return lgs_arena_printf(arena, "canonical/%.*s.json", LGS_FMT(output));
}

/* What is put out, by its schema. */
static bool compile_record_shape(lgs_compile_t *c)
{
    c->record = lgs_mapping_shape(c, c->mapping->output_schema);
    return compile_types(c);
}

/* A record whose schema has a closed list of words for `type` is of one of them. */
static bool compile_types(lgs_compile_t *c)
{
    const lgs_node_t *words;
    lgs_map_t *types;

    words = lgs_node_at(lgs_mapping_shape_member(c, c->record, LGS_STR("type")).node, "enum");
    if (words == NULL || words->type != LGS_ARRAY) {
        return !c->failed;
    }
    types = lgs_map_create(c->arena, words->n);
    c->types = lgs_arena_array(c->arena, words->n, sizeof(*c->types));
    if (types == NULL || c->types == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < words->n; i++) {
        lgs_str_t *word = &c->types[c->n_types++];

        *word = lgs_node_text(&words->u.items[i]);
        if (lgs_map_add(types, *word, word) == LGS_NOMEM) {
            return lgs_mapping_nomem(c);
        }
    }
    c->mapping->types = types;
    return true;
}

static bool compile_zones(lgs_compile_t *c, const lgs_node_t *zones)
{
    const lgs_texts_t *names = zones ? lgs_mapping_texts(c, zones) : NULL;

    for (uint32_t i = 0; names && i < names->n; i++) {
        if (!lgs_mapping_zone(c, zones, names->items[i])) {
            return false;
        }
    }
    return zones == NULL || names != NULL;
}

static bool compile_lookups(lgs_compile_t *c, const lgs_node_t *lookups)
{
    size_t mark = lgs_mapping_enter(c, LGS_STR("lookup"));

    if (lookups && lookups->type != LGS_OBJECT) {
        lgs_mapping_finding(c, lookups, "\"lookup\" must be a map of code lists");
        lookups = NULL;
    }
    for (uint32_t i = 0; lookups && i < lookups->n; i++) {
        const lgs_member_t *member = &lookups->u.members[i];
        lgs_str_t name = lgs_node_text(&member->name);
        lgs_codes_t *lookup = lgs_codes_compile(c, &member->value, name);

        lookup = lookup ? lookup : lgs_codes_open(c); /* what is wrong with it was told */
        if (lookup && lgs_map_add(c->lookups, name, lookup) == LGS_NOMEM) {
            lgs_mapping_nomem(c);
        }
    }
    lgs_mapping_leave(c, mark);
    return !c->failed;
}

/* ---- scopes ---- */

bool lgs_mapping_open_scope(lgs_compile_t *c, const lgs_node_t *node, lgs_loop_t *loop,
                            uint32_t *degree)
{
    bool is_outside = false;

    *degree = c->degree;
    if (c->scopes == LGS_MAPPING_MAX_SCOPES) {
        return lgs_mapping_finding(c, node, "more than %u for_each within each other",
                                   LGS_MAPPING_MAX_SCOPES);
    }
    if (!compile_loop(c, node, loop, &is_outside)) {
        return false;
    }
    /* Going down from the item at hand visits everything once; coming from outside does not. */
    if (c->scopes > 0 && is_outside && ++c->degree > LGS_MAPPING_MAX_DEGREE) {
        lgs_mapping_finding(c, node,
                            "this for_each starts outside of %u others: the cost would "
                            "grow with the input to the power of %u",
                            c->scopes, c->degree);
        c->degree = *degree;
        return false;
    }
    lgs_mapping_know_item(c, loop->path);
    if (loop->path && lgs_mapping_edi_is_first(loop->path)) {
        c->firsts |= 1u << c->scopes;
    }
    c->scopes++;
    c->opened++;
    return true;
}

/* Out of a for_each that may have several items. Out of one that has one, nothing comes again. */
static bool leaves_loop(const lgs_compile_t *c, const lgs_path_t *path)
{
    uint32_t n = path->from == LGS_FROM_SCOPE ? path->index : c->scopes;

    for (uint32_t i = 1; i <= n; i++) {
        if (!(c->firsts & 1u << (c->scopes - i))) {
            return true;
        }
    }
    return false;
}

/*
 * A path, a loop of EDI, or an operation that gives a list. In EDI an item's neighbours say what it
 * is: there it stays where it stands.
 */
static bool compile_loop(lgs_compile_t *c, const lgs_node_t *node, lgs_loop_t *loop,
                         bool *is_outside)
{
    bool outer = c->reaches_out;

    *loop = (lgs_loop_t){NULL, NULL};
    if (node->type == LGS_OBJECT && !lgs_mapping_is_edi(c)) {
        c->reaches_out = false;
        loop->list = lgs_mapping_source(c, node);
        *is_outside = c->reaches_out;
        c->reaches_out |= outer;
        return loop->list != NULL &&
               (lgs_mapping_is_word(listing_operations, lgs_cstr(loop->list->op->name)) ||
                lgs_mapping_finding(c, node,
                                    "\"for_each\" goes through a path or what one of these "
                                    "operations gives: %s",
                                    listing_operations));
    }
    if (node->type != LGS_STRING && node->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, node, "\"for_each\" must be a path to a list");
    }
    loop->path = node->type == LGS_OBJECT ? lgs_mapping_edi_loop(c, node)
                                          : c->syntax->compile(c, lgs_mapping_text(node), node);
    *is_outside = loop->path && leaves_loop(c, loop->path);
    return loop->path != NULL;
}

void lgs_mapping_close_scope(lgs_compile_t *c, uint32_t degree)
{
    c->scopes--;
    c->degree = degree;
    c->firsts &= ~(1u << c->scopes);
}

/* Recursion is bounded by LGS_MAPPING_MAX_SCOPES, also for blocks without a for_each. */
static bool compile_block(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block, bool is_top)
{
    const lgs_node_t *each = lgs_node_at(node, "for_each");
    const lgs_node_t *vars = lgs_node_at(node, "vars");
    uint32_t degree, n_vars = c->n_vars;

    if (c->nesting++ == LGS_MAPPING_MAX_SCOPES) {
        return lgs_mapping_finding(c, node, "more than %u emit within each other",
                                   LGS_MAPPING_MAX_SCOPES);
    }
    if (is_top && vars) {
        lgs_mapping_vars(c, vars, &block->first_var, &block->n_vars);
        block->n_vars = 0; /* the document's: not forgotten from item to item */
    }
    if (each) {
        size_t mark = lgs_mapping_enter(c, LGS_STR("for_each"));

        block->repeats = lgs_mapping_open_scope(c, each, &block->loop, &degree);
        lgs_mapping_leave(c, mark);
    }
    if (each == NULL || block->repeats) {
        compile_inside(c, node, block, is_top);
    }
    if (block->repeats) {
        lgs_mapping_close_scope(c, degree);
    }
    c->n_vars = n_vars;
    c->nesting--;
    return !c->failed;
}

static bool compile_inside(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block,
                           bool is_top)
{
    const lgs_node_t *vars = lgs_node_at(node, "vars");
    const lgs_node_t *when = lgs_node_at(node, "when");
    const lgs_node_t *emit = lgs_node_at(node, "emit");
    const lgs_node_t *nulls = lgs_node_at(node, "null_values");
    const lgs_texts_t *outer = c->nulls;

    if (nulls && !is_top) {
        c->nulls = lgs_mapping_texts(c, nulls);
    }
    if (vars && !is_top) {
        lgs_mapping_vars(c, vars, &block->first_var, &block->n_vars);
    }
    if (when) {
        size_t mark = lgs_mapping_enter(c, LGS_STR("when"));

        block->when = lgs_mapping_cond(c, when);
        if (lgs_mapping_never_holds(block->when)) {
            lgs_mapping_finding(c, when,
                                "this condition never holds: nothing here is ever put out");
        }
        lgs_mapping_leave(c, mark);
    }
    if (lgs_node_at(node, "assert")) {
        lgs_mapping_compile_asserts(c, lgs_node_at(node, "assert"), block);
    }
    if (lgs_node_at(node, "refuse") && !is_top) {
        compile_refusal(c, node, block);
    } else if (lgs_node_at(node, "ignore") && !is_top) {
        compile_ignored(c, node, block);
    } else if (is_top || emit) {
        if (!is_top) {
            lgs_mapping_keys(c, node, "an emit that holds others", block_keys, NULL);
        }
        compile_emit(c, emit ? emit : node, block);
    } else {
        compile_record(c, node, block);
    }
    c->nulls = outer;
    return !c->failed;
}

bool lgs_mapping_vars(lgs_compile_t *c, const lgs_node_t *vars, uint32_t *first, uint32_t *n)
{
    size_t mark = lgs_mapping_enter(c, LGS_STR("vars"));

    if (vars->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, vars, "\"vars\" must be a map of names to values");
    }
    *first = c->mapping->n_vars;
    for (uint32_t i = 0; i < vars->n && compile_var(c, &vars->u.members[i]); i++) {
    }
    *n = c->mapping->n_vars - *first; /* with those of a for_each in their values */
    lgs_mapping_leave(c, mark);
    return !c->failed;
}

/* False when there is no room for more. */
static bool compile_var(lgs_compile_t *c, const lgs_member_t *member)
{
    size_t mark = lgs_mapping_enter(c, lgs_node_text(&member->name));
    uint32_t slot = c->mapping->n_vars, outer = c->level, opened = c->opened, level;
    lgs_shape_t place = c->place;
    const lgs_expr_t *value;

    if (slot == LGS_MAPPING_MAX_VARS) {
        return lgs_mapping_finding(c, &member->name, "more than %u variables",
                                   LGS_MAPPING_MAX_VARS);
    }
    c->mapping->n_vars++; /* its own before those of a for_each in its value */
    c->level = 0;
    c->place.node = NULL;
    value = lgs_mapping_source(c, &member->value);
    c->place = place;
    level = c->level;
    c->level = outer;
    if (level > LGS_MAPPING_MAX_LEVEL) {
        lgs_mapping_finding(c, &member->name, "more than %u variables that build on each other",
                            LGS_MAPPING_MAX_LEVEL);
    }
    c->mapping->vars[slot] = (lgs_var_t){value, c->scopes, c->opened != opened};
    c->vars[c->n_vars++] = (lgs_known_var_t){lgs_node_text(&member->name), slot, level};
    lgs_mapping_leave(c, mark);
    return true;
}

static bool compile_emit(lgs_compile_t *c, const lgs_node_t *emit, lgs_block_t *block)
{
    size_t mark = lgs_mapping_enter(c, LGS_STR("emit"));
    lgs_block_t *blocks;

    if (emit->type != LGS_ARRAY || emit->n == 0) {
        return lgs_mapping_finding(c, emit, "\"emit\" is missing: a list of what is put out");
    }
    blocks = lgs_arena_array(c->arena, emit->n, sizeof(*blocks));
    if (blocks == NULL) {
        return lgs_mapping_nomem(c);
    }
    block->blocks = blocks;
    block->n_blocks = emit->n;
    for (uint32_t i = 0; i < emit->n; i++) {
        size_t inner = lgs_mapping_enter_item(c, i);

        if (emit->u.items[i].type != LGS_OBJECT) {
            lgs_mapping_finding(c, &emit->u.items[i], "each thing to emit is a map of its fields");
        } else {
            compile_block(c, &emit->u.items[i], &blocks[i], false);
        }
        lgs_mapping_leave(c, inner);
    }
    check_refuses_all(c, emit);
    lgs_mapping_leave(c, mark);
    return true;
}

/* {refuse: text} that nothing restricts leaves nothing for its neighbours to do. */
static void check_refuses_all(lgs_compile_t *c, const lgs_node_t *emit)
{
    for (uint32_t i = 0; i < emit->n && emit->n > 1; i++) {
        const lgs_node_t *item = &emit->u.items[i];

        if (lgs_node_at(item, "refuse") && lgs_node_at(item, "when") == NULL &&
            lgs_node_at(item, "for_each") == NULL) {
            lgs_mapping_finding(c, lgs_node_at(item, "refuse"),
                                "this refuses every document: give it a \"when\", or leave the "
                                "other entries of this emit out");
        }
    }
}

/* {when: condition, refuse: text}: what the mapping has no answer to is not passed over in silence.
 */
static bool compile_refusal(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block)
{
    lgs_mapping_keys(c, node, "a refusal", "for_each when vars null_values refuse", NULL);
    if (lgs_mapping_arg_text(c, node, "refuse", &block->refusal) && block->refusal.len == 0) {
        return lgs_mapping_finding(c, node, "\"refuse\" must say why");
    }
    return !c->failed;
}

/* {when: condition, ignore: text}: nothing is made of it, and that is well. */
static bool compile_ignored(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block)
{
    lgs_mapping_keys(c, node, "what is ignored", "for_each when vars null_values ignore", NULL);
    if (lgs_mapping_arg_text(c, node, "ignore", &block->ignored) && block->ignored.len == 0) {
        return lgs_mapping_finding(c, node, "\"ignore\" must say why");
    }
    return !c->failed;
}

static bool compile_record(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block)
{
    lgs_object_t *object;

    c->place = c->record;
    block->record = lgs_mapping_record(c, node, own_keys);
    c->place.node = NULL;
    if (block->record == NULL) {
        return false;
    }
    object = block->record->u.object;
    if (c->mapping->writes.format) {
        lgs_mapping_prove_written(c, node, object);
    }
    if (c->record.node) {
        lgs_mapping_prove_fields(c, node, object);
    }
    if (c->mapping->types == NULL) {
        return true;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        if (lgs_str_is(lgs_mapping_text(&object->fields[i].name), "type")) {
            block->check_type = !prove_type_of(c, &object->fields[i]);
            return true;
        }
    }
    return lgs_node_at(node, "type") != NULL || /* had a finding of its own */
           lgs_mapping_finding(c, node, "what is emitted needs a \"type\" of the vocabulary");
}

/* ---- types: proved at load where that is possible, else checked in each run ---- */

/* In the file that the field stands in: a template's may be another. */
static bool prove_type_of(lgs_compile_t *c, const lgs_field_t *field)
{
    const lgs_doc_t *own = c->doc;
    lgs_node_t at = field->name;
    bool proved;

    c->doc = c->mapping->files[field->value->file];
    at.offset = field->value->offset;
    proved = prove_type(c, &at, field->value);
    c->doc = own;
    return proved;
}

/* True when every value that it can take is known and checked. Bounded by the nesting of values. */
static bool prove_type(lgs_compile_t *c, const lgs_node_t *at, const lgs_expr_t *expr)
{
    lgs_str_t get;
    bool keeps, proved = true;

    if (expr == NULL) {
        return true;
    }
    if (expr->op == &lgs_op_const) {
        return check_type(c, at, lgs_node_text(&expr->u.value), LGS_STR(""));
    }
    if (expr->op == &lgs_op_path) {
        proved = prove_path(c, expr);
    } else if (lgs_codes_of(expr, &get, &keeps)) {
        proved = !keeps && prove_lookup(c, expr, get);
    } else if (expr->op->run == lgs_op_pass_run) {
        proved = prove_type(c, at, expr->u.args);
        proved = prove_type(c, at, expr->otherwise) && proved;
    } else if (expr->op->run == lgs_op_first_of_run) {
        const lgs_exprs_t *list = expr->u.args;

        for (uint32_t i = 0; i < list->n; i++) {
            proved = prove_type(c, at, list->items[i]) && proved;
        }
    } else {
        proved = false;
    }
    return prove_type(c, at, expr->fallback) && proved;
}

/* $entry/type, where entry is a variable that was looked up, in one list or the first of several */
static bool prove_path(lgs_compile_t *c, const lgs_expr_t *expr)
{
    const lgs_path_t *path = expr->u.path;
    const lgs_expr_t *value;

    if (path->from != LGS_FROM_VAR || path->n != 1 || path->steps[0].kind != LGS_STEP_NAME) {
        return false;
    }
    value = c->mapping->vars[path->index].value;
    return value && prove_entry(c, value, path->steps[0].name);
}

/* Of each entry that `value` can be. Bounded by the nesting of values. */
static bool prove_entry(lgs_compile_t *c, const lgs_expr_t *value, lgs_str_t member)
{
    const lgs_exprs_t *list = value->u.args;
    bool keeps, proved = true;
    lgs_str_t get;

    if (value->fallback) {
        return false;
    }
    if (value->op->run != lgs_op_first_of_run) {
        return lgs_codes_of(value, &get, &keeps) && !keeps && get.len == 0 &&
               prove_lookup(c, value, member);
    }
    for (uint32_t i = 0; i < list->n; i++) {
        proved = prove_entry(c, list->items[i], member) && proved;
    }
    return proved;
}

static bool prove_lookup(lgs_compile_t *c, const lgs_expr_t *expr, lgs_str_t get)
{
    lgs_str_t own;
    bool keeps;
    const lgs_codes_t *codes = lgs_codes_of(expr, &own, &keeps);

    return lgs_codes_entries(codes, get, check_entry, c);
}

/* A finding in a code list is told with its own file, line and column. */
static bool check_entry(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key)
{
    lgs_compile_t *c = data;
    const lgs_doc_t *own = c->doc;
    bool ok;

    c->doc = doc;
    ok = check_type(c, value, lgs_node_text(value), key);
    c->doc = own;
    return ok;
}

static bool check_type(lgs_compile_t *c, const lgs_node_t *at, lgs_str_t type, lgs_str_t key)
{
    lgs_str_t near;

    if (lgs_map_get(c->mapping->types, type)) {
        return true;
    }
    near = lgs_nearest(type, c->types, c->n_types);
    lgs_mapping_finding(c, at, "%s%.*s%stype \"%.*s\"%s is not in the vocabulary%s%.*s%s",
                        key.len ? "code \"" : "", LGS_FMT(key), key.len ? "\": " : "",
                        LGS_QUOTE(type), near.len ? "; did you mean \"" : "", LGS_FMT(near),
                        near.len ? "\"?" : "");
    return true; /* told once, here */
}
