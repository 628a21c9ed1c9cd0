/*
 * Paths over the document tree: walking them, and the way they are written for JSON. Other formats
 * bring their own spelling and compile to the same steps.
 *
 *   path    = from step*
 *   from    = ""  the item at hand      "."  likewise         "^"  one scope out, "^^" two, ...
 *           | "$" the whole document    "$name"  a variable, or $partner $received_at $format
 * $index step    = "/" token                 RFC 6901: ~0 is ~, ~1 is /; a number is also an item's
 * index | "." name | "['name']" | "[3]" | "[*]"                     every item or member |
 * "[name=value]" | "[?(@.name=='value')]"   the items with that member where an operation wants a
 * path, a bare "name/other" is "/name/other".
 */
#include "include.h"
#include "path_edi.h"

#include <limits.h>

typedef struct {
    lgs_compile_t *c;
    const lgs_node_t *node; /* for findings */
    const char *p, *end;
    lgs_step_t steps[LGS_MAPPING_MAX_STEPS];
    uint32_t n;
} parser_t;

typedef struct {
    lgs_run_t *run;
    const lgs_path_t *path;
    bool open;
    bool (*visit)(void *data, const lgs_node_t *node);
    void *data;
} walk_t;

typedef struct {
    const walk_t *w;
    uint32_t at;
} onward_t;

static bool json_is_path(lgs_str_t text);
static const lgs_path_t *json_compile(lgs_compile_t *c, lgs_str_t text, const lgs_node_t *node);
static bool read_elements(parser_t *ps);
static bool parse_from(parser_t *ps, lgs_path_t *head);
static bool parse_dollar(parser_t *ps, lgs_path_t *head);
static bool find_name(parser_t *ps, lgs_str_t name, lgs_path_t *head);
static bool go_on_from(parser_t *ps, const lgs_param_t *param, lgs_path_t *head);
static bool parse_steps(parser_t *ps);
static bool parse_token(parser_t *ps);
static bool parse_bracket(parser_t *ps);
static bool parse_inside(parser_t *ps, lgs_str_t inside);
static bool parse_where(parser_t *ps, lgs_str_t inside);
static bool add_step(parser_t *ps, lgs_step_kind_t kind, lgs_str_t name, lgs_str_t value);
static lgs_str_t unquote(lgs_str_t text);
static LGS_APART bool eval_with_loops(lgs_run_t *run, const lgs_expr_t *value, lgs_node_t *out);
static const lgs_node_t *step_name(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node);
static const lgs_node_t *step_where(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node);
static bool is_where(const lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *item);
static bool is_single(const lgs_run_t *run, const lgs_node_t *node);
static LGS_APART bool walk_from(const walk_t *w, const lgs_node_t *node);
static bool walk(const walk_t *w, uint32_t at, const lgs_node_t *node);
static bool go_on(void *data, const lgs_node_t *node);
static bool walk_all(const walk_t *w, uint32_t at, const lgs_node_t *node);

static const lgs_str_t fact_names[] = {
    [LGS_FACT_PARTNER] = LGS_STR_INIT("partner"),
    [LGS_FACT_RECEIVED_AT] = LGS_STR_INIT("received_at"),
    [LGS_FACT_FORMAT] = LGS_STR_INIT("format"),
    [LGS_FACT_INDEX] = LGS_STR_INIT("index"),
    [LGS_FACT_DECISION] = LGS_STR_INIT("decision"),
};

const lgs_path_syntax_t lgs_mapping_json_paths = {"json", json_is_path, json_compile};

static const lgs_path_syntax_t *const syntaxes[] = {&lgs_mapping_json_paths,
                                                    &lgs_mapping_edi_paths};

const lgs_path_syntax_t *lgs_mapping_syntax(lgs_str_t format)
{
    for (size_t i = 0; i < LGS_N(syntaxes); i++) {
        if (lgs_str_is(format, syntaxes[i]->name)) {
            return syntaxes[i];
        }
    }
    return NULL;
}

const lgs_node_t *lgs_mapping_steps(lgs_run_t *run, const lgs_path_t *path, const lgs_node_t *node)
{
    for (uint32_t i = 0; i < path->n && node; i++) {
        const lgs_step_t *step = &path->steps[i];

        if (LGS_LIKELY(step->kind == LGS_STEP_NAME)) {
            node = step_name(run, step, node);
        } else if (step->kind >= LGS_STEP_SEGMENT) {
            node = lgs_mapping_edi_step(run, step, node);
        } else {
            node = step_where(run, step, node);
        }
    }
    return node;
}

bool lgs_mapping_path_each(lgs_run_t *run, const lgs_path_t *path, bool open,
                           bool (*visit)(void *data, const lgs_node_t *node), void *data)
{
    const lgs_node_t *node = lgs_mapping_from(run, path);

    if (node == NULL) {
        return run->rc == LGS_OK;
    }
    if (LGS_LIKELY(path->n == 1 && path->steps[0].kind == LGS_STEP_SEGMENT)) { /* of EDI */
        return lgs_mapping_edi_each_segment(run, &path->steps[0], node, true, visit, data);
    }
    return walk_from(&(walk_t){run, path, open, visit, data}, node);
}

static bool walk_from(const walk_t *w, const lgs_node_t *node)
{
    lgs_node_t fact;

    if (node == &w->run->fact) { /* of which others are asked for within the loop */
        fact = *node;
        node = &fact;
    }
    return walk(w, 0, node);
}

/* ---- walking ---- */

/* Its loops take the place of the scopes further in, which go on afterwards. */
static bool eval_with_loops(lgs_run_t *run, const lgs_expr_t *value, lgs_node_t *out)
{
    lgs_scope_t scopes[LGS_N(run->scopes)];
    bool ok;

    memcpy(scopes, run->scopes, sizeof(scopes));
    ok = lgs_mapping_eval(run, value, out);
    memcpy(run->scopes, scopes, sizeof(scopes));
    return ok;
}

/* In the scope that it stands in. Chains are bounded by LGS_MAPPING_MAX_LEVEL. */
const lgs_node_t *lgs_mapping_eval_var(lgs_run_t *run, uint32_t slot)
{
    const lgs_var_t *var = &run->mapping->vars[slot];
    uint32_t depth = run->depth;
    bool ok;

    run->depth = var->depth;
    ok = var->loops ? eval_with_loops(run, var->value, &run->vars[slot])
                    : lgs_mapping_eval(run, var->value, &run->vars[slot]);
    run->depth = depth;
    run->has_var[slot] = true;
    return ok ? &run->vars[slot] : NULL;
}

const lgs_node_t *lgs_mapping_fact(lgs_run_t *run, lgs_fact_t fact)
{
    const lgs_str_t texts[] = {[LGS_FACT_PARTNER] = run->facts->partner,
                               [LGS_FACT_RECEIVED_AT] = run->facts->received_at,
                               [LGS_FACT_FORMAT] = run->facts->format,
                               [LGS_FACT_DECISION] = run->facts->decision};
    lgs_str_t text;

    if (fact != LGS_FACT_INDEX) {
        text = texts[fact];
    } else {
        lgs_buf_t digits; /* once a record: printf costs five times this */

        lgs_buf_init(&digits, run->arena, 10, 0);
        lgs_buf_u64(&digits, run->scopes[run->depth].index);
        text = lgs_buf_text(&digits);
        if (text.data == NULL) {
            lgs_mapping_stop_nomem(run);
        }
    }
    if (text.len == 0) {
        return NULL;
    }
    run->fact = (lgs_node_t){.u.text = text.data,
                             .n = (uint32_t)text.len,
                             .offset = lgs_mapping_offset(run),
                             .type = fact == LGS_FACT_INDEX ? LGS_NUMBER : LGS_STRING,
                             .flags = LGS_NODE_MADE};
    return &run->fact;
}

static const lgs_node_t *step_name(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node)
{
    if (LGS_LIKELY(node->type == LGS_OBJECT)) {
        /* a search in a big object is work, and it is done for every record */
        if (node->n > LGS_MAPPING_FREE_MEMBERS &&
            !lgs_mapping_work(run, node->n / LGS_MAPPING_FREE_MEMBERS)) {
            return NULL;
        }
        const lgs_node_t *member = lgs_node_get_hashed(node, step->name, step->hash);

        return member || step->index != 0 || !is_single(run, node) ? member : node;
    }
    if (node->type == LGS_ARRAY && step->index >= 0 && step->index < (int64_t)node->n) {
        return &node->u.items[step->index];
    }
    return step->index == 0 && is_single(run, node) ? node : NULL;
}

/* What can repeat in XML but does not is no array there: its one item is itself. */
static bool is_single(const lgs_run_t *run, const lgs_node_t *node)
{
    return run->mapping->is_xml && node->type != LGS_ARRAY;
}

static const lgs_node_t *step_where(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node)
{
    if (node->type != LGS_ARRAY) {
        return is_where(run, step, node) ? node : NULL;
    }
    for (uint32_t i = 0; i < node->n && lgs_mapping_work(run, 1); i++) {
        if (is_where(run, step, &node->u.items[i])) {
            return &node->u.items[i];
        }
    }
    return NULL;
}

static bool is_where(const lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *item)
{
    const lgs_node_t *member = lgs_node_get_hashed(item, step->name, step->hash);
    lgs_node_t value;

    if (member == NULL) {
        return false;
    }
    if (LGS_UNLIKELY(run->watch)) {
        lgs_watch_read(run->watch, member);
    }
    value = *member;
    lgs_mapping_open_text(run, &value);
    return (value.type == LGS_STRING || value.type == LGS_NUMBER) &&
           lgs_str_eq(lgs_mapping_text(&value), step->value);
}

/* Recursion is bounded by the steps of the path. */
static bool walk(const walk_t *w, uint32_t at, const lgs_node_t *node)
{
    const lgs_step_t *step = &w->path->steps[at];

    if (!lgs_mapping_work(w->run, 1)) {
        return false;
    }
    if (at == w->path->n) {
        if (w->open && node->type == LGS_NULL) { /* "events": null is no list of one */
            return true;
        }
        return w->open && node->type == LGS_ARRAY ? walk_all(w, at, node) : w->visit(w->data, node);
    }
    if (step->kind == LGS_STEP_NAME) {
        node = step_name(w->run, step, node);
        return node ? walk(w, at + 1, node) : w->run->rc == LGS_OK;
    }
    if (step->kind >= LGS_STEP_SEGMENT) {
        const onward_t onward = {w, at + 1};

        return lgs_mapping_edi_each(w->run, step, node, at + 1 == w->path->n, go_on,
                                    (void *)&onward);
    }
    if (step->kind == LGS_STEP_WHERE && node->type != LGS_ARRAY) {
        return !is_where(w->run, step, node) || walk(w, at + 1, node);
    }
    if (is_single(w->run, node)) {
        return walk(w, at + 1, node);
    }
    return walk_all(w, at, node);
}

/* What a step of EDI leads to: at the path's end it is an item, also when it is a list. */
static bool go_on(void *data, const lgs_node_t *node)
{
    const onward_t *onward = data;

    return onward->at == onward->w->path->n ? onward->w->visit(onward->w->data, node)
                                            : walk(onward->w, onward->at, node);
}

static bool walk_all(const walk_t *w, uint32_t at, const lgs_node_t *node)
{
    bool is_end = at == w->path->n;
    const lgs_step_t *step = is_end ? NULL : &w->path->steps[at];
    uint32_t n = node->type == LGS_ARRAY || node->type == LGS_OBJECT ? node->n : 0;

    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *item = node->type == LGS_ARRAY ? &node->u.items[i]
                                                         : &node->u.members[i].value;

        if (step && step->kind == LGS_STEP_WHERE && !is_where(w->run, step, item)) {
            if (!lgs_mapping_work(w->run, 1)) {
                return false;
            }
            continue;
        }
        if (is_end ? !lgs_mapping_work(w->run, 1) || !w->visit(w->data, item)
                   : !walk(w, at + 1, item)) {
            return false;
        }
    }
    return true;
}

/* ---- the JSON spelling ---- */

static bool json_is_path(lgs_str_t text)
{
    return text.len > 0 && (text.data[0] == '/' || text.data[0] == '^' || text.data[0] == '$' ||
                            (text.data[0] == '.' && (text.len == 1 || text.data[1] == '/')));
}

static const lgs_path_t *json_compile(lgs_compile_t *c, lgs_str_t text, const lgs_node_t *node)
{
    parser_t ps = {.c = c, .node = node, .p = text.data, .end = text.data + text.len};
    lgs_path_t head = {0}, *path;

    if (!parse_from(&ps, &head) || !parse_steps(&ps) || !read_elements(&ps)) {
        return NULL;
    }
    path = lgs_arena_alloc(c->arena, sizeof(*path) + ps.n * sizeof(ps.steps[0]));
    if (path == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    *path = head;
    path->n = ps.n;
    for (uint32_t i = 0; i < ps.n; i++) {
        path->steps[i] = ps.steps[i];
        path->many |= ps.steps[i].kind == LGS_STEP_ALL;
    }
    lgs_mapping_edi_note_text(c, path);
    lgs_mapping_note_column(c, path, node);
    lgs_mapping_note_prefix(c, path, node);
    return path;
}

/*
 * What a template adds to a segment that it was given is an element of it, as it would be in the
 * path itself: of repetitions the first, of components the first.
 */
static bool read_elements(parser_t *ps)
{
    bool is_element = false;

    for (uint32_t i = 1; i < ps->n; i++) {
        is_element = ps->steps[i].kind == LGS_STEP_NAME &&
                     (is_element || ps->steps[i - 1].kind == LGS_STEP_SEGMENT);
        if (is_element) {
            lgs_mapping_edi_element(&ps->steps[i]);
        }
    }
    if (is_element && ps->n == LGS_MAPPING_MAX_STEPS) {
        return lgs_mapping_finding(ps->c, ps->node, "a path has at most %u steps",
                                   LGS_MAPPING_MAX_STEPS);
    }
    if (is_element) {
        ps->steps[ps->n++] = (lgs_step_t){.kind = LGS_STEP_PLAIN, .index = -1};
    }
    return true;
}

static bool parse_from(parser_t *ps, lgs_path_t *head)
{
    if (ps->p == ps->end) {
        return lgs_mapping_finding(ps->c, ps->node, "the path is empty; the item at hand is \".\"");
    }
    switch (*ps->p) {
    case '$':
        ps->p++;
        return parse_dollar(ps, head);
    case '^':
        while (ps->p < ps->end && *ps->p == '^') {
            ps->p++;
            head->index++;
        }
        if (head->index > ps->c->scopes) {
            return lgs_mapping_finding(ps->c, ps->node,
                                       "\"^\" leads out of %u for_each, but there are only %u here",
                                       head->index, ps->c->scopes);
        }
        return true;
    case '/':
    case '[':
        return true;
    case '.':
        ps->p += ps->end - ps->p == 1 || ps->p[1] == '/';
        return true;
    default:
        return parse_token(ps); /* a bare name is that member of the item at hand */
    }
}

static bool parse_dollar(parser_t *ps, lgs_path_t *head)
{
    const char *start = ps->p;

    while (ps->p < ps->end && *ps->p != '/' && *ps->p != '.' && *ps->p != '[') {
        ps->p++;
    }
    if (ps->p == start) {
        head->from = LGS_FROM_ROOT;
        return true;
    }
    return find_name(ps, lgs_str(start, (size_t)(ps->p - start)), head);
}

static bool find_name(parser_t *ps, lgs_str_t name, lgs_path_t *head)
{
    lgs_compile_t *c = ps->c;
    lgs_str_t words[LGS_MAPPING_MAX_VARS + LGS_MAPPING_MAX_PARAMS + LGS_N(fact_names)];
    const lgs_param_t *param = lgs_include_param(c, name);
    size_t n = 0;

    if (param) {
        return go_on_from(ps, param, head);
    }
    for (uint32_t i = c->first_param; i < c->n_params; i++) {
        words[n++] = c->params[i].name;
    }
    for (uint32_t i = c->n_vars; i-- > c->first_var;) {
        if (lgs_str_eq(c->vars[i].name, name)) {
            head->from = LGS_FROM_VAR;
            head->index = c->vars[i].slot;
            c->level = c->vars[i].level + 1 > c->level ? c->vars[i].level + 1 : c->level;
            return true;
        }
        words[n++] = c->vars[i].name;
    }
    for (uint32_t i = 0; i < LGS_N(fact_names); i++) {
        if (lgs_str_eq(fact_names[i], name)) {
            head->from = LGS_FROM_FACT;
            head->index = i;
            return true;
        }
        words[n++] = fact_names[i];
    }
    return lgs_mapping_unknown(c, ps->node, "variable", name, words, n);
}

/* The path that a template was given is the beginning of this one. */
static bool go_on_from(parser_t *ps, const lgs_param_t *param, lgs_path_t *head)
{
    const lgs_path_t *path = param->path;

    if (path == NULL) {
        return lgs_mapping_finding(ps->c, ps->node,
                                   "\"$%.*s\" is a constant here: nothing is in it",
                                   LGS_FMT(param->name));
    }
    head->from = path->from;
    head->index = path->index;
    if (path->from == LGS_FROM_SCOPE) {
        head->index += ps->c->scopes - param->scopes;
    }
    if (path->n > LGS_MAPPING_MAX_STEPS - ps->n) {
        return lgs_mapping_finding(ps->c, ps->node, "a path has at most %u steps",
                                   LGS_MAPPING_MAX_STEPS);
    }
    memcpy(&ps->steps[ps->n], path->steps, path->n * sizeof(path->steps[0]));
    ps->n += path->n;
    return true;
}

static bool parse_steps(parser_t *ps)
{
    while (ps->p < ps->end) {
        bool ok;

        switch (*ps->p) {
        case '/':
            ps->p++;
            ok = parse_token(ps);
            break;
        case '.': {
            const char *start = ++ps->p;

            while (ps->p < ps->end && *ps->p != '.' && *ps->p != '[' && *ps->p != '/') {
                ps->p++;
            }
            ok = add_step(ps, LGS_STEP_NAME, lgs_str(start, (size_t)(ps->p - start)), LGS_STR(""));
            break;
        }
        case '[':
            ok = parse_bracket(ps);
            break;
        default:
            ok = lgs_mapping_finding(ps->c, ps->node,
                                     "the path goes on with \"%.1s\"; a step "
                                     "begins with \"/\", \".\" or \"[\"",
                                     ps->p);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool parse_token(parser_t *ps)
{
    lgs_str_t name;
    char *out = lgs_arena_alloc(ps->c->arena, (size_t)(ps->end - ps->p));

    if (out == NULL) {
        return lgs_mapping_nomem(ps->c);
    }
    name = lgs_str(out, 0);
    for (; ps->p < ps->end && *ps->p != '/' && *ps->p != '['; ps->p++) {
        if (*ps->p == '~') {
            if (ps->end - ps->p < 2 || (ps->p[1] != '0' && ps->p[1] != '1')) {
                return lgs_mapping_finding(ps->c, ps->node, "\"~\" in a path is written ~0");
            }
            ps->p++;
            out[name.len++] = *ps->p == '0' ? '~' : '/';
        } else {
            out[name.len++] = *ps->p;
        }
    }
    return add_step(ps, LGS_STEP_NAME, name, LGS_STR(""));
}

static bool parse_bracket(parser_t *ps)
{
    const char *start = ++ps->p;
    char quote = 0;

    while (ps->p < ps->end && (quote || *ps->p != ']')) {
        if (quote) {
            quote = *ps->p == quote ? 0 : quote;
        } else if (*ps->p == '\'' || *ps->p == '"') {
            quote = *ps->p;
        }
        ps->p++;
    }
    if (ps->p == ps->end) {
        return lgs_mapping_finding(ps->c, ps->node, "\"[\" in the path has no \"]\"");
    }
    ps->p++;
    return parse_inside(ps, lgs_str(start, (size_t)(ps->p - 1 - start)));
}

static bool parse_inside(parser_t *ps, lgs_str_t inside)
{
    if (lgs_str_is(inside, "*")) {
        return add_step(ps, LGS_STEP_ALL, LGS_STR(""), LGS_STR(""));
    }
    if (inside.len > 5 && lgs_str_starts(inside, LGS_STR("?(@.")) &&
        inside.data[inside.len - 1] == ')') {
        return parse_where(ps, lgs_str(inside.data + 4, inside.len - 5));
    }
    if (inside.len && inside.data[0] != '\'' && inside.data[0] != '"' &&
        memchr(inside.data, '=', inside.len)) {
        return parse_where(ps, inside);
    }
    return add_step(ps, LGS_STEP_NAME, unquote(inside), LGS_STR(""));
}

static bool parse_where(parser_t *ps, lgs_str_t inside)
{
    const char *eq = memchr(inside.data, '=', inside.len);
    lgs_str_t name, value;

    if (eq == NULL) {
        return lgs_mapping_finding(ps->c, ps->node,
                                   "a filter is written [name=value]; of "
                                   "conditions only \"is equal\" can stand in a path");
    }
    name = lgs_str(inside.data, (size_t)(eq - inside.data));
    eq += (size_t)(eq + 1 - inside.data) < inside.len && eq[1] == '=' ? 2 : 1;
    value = lgs_str(eq, inside.len - (size_t)(eq - inside.data));
    while (name.len && name.data[name.len - 1] == ' ') {
        name.len--;
    }
    while (value.len && value.data[0] == ' ') {
        value.data++;
        value.len--;
    }
    return add_step(ps, LGS_STEP_WHERE, name, unquote(value));
}

static bool add_step(parser_t *ps, lgs_step_kind_t kind, lgs_str_t name, lgs_str_t value)
{
    int64_t index = -1;

    if (ps->n == LGS_MAPPING_MAX_STEPS) {
        return lgs_mapping_finding(ps->c, ps->node, "the path has more than %u steps",
                                   LGS_MAPPING_MAX_STEPS);
    }
    if (kind != LGS_STEP_ALL && name.len == 0) {
        return lgs_mapping_finding(ps->c, ps->node, "a name is missing in the path");
    }
    if (name.len > 0 && name.len < 10 && (name.len == 1 || name.data[0] != '0')) {
        index = 0;
        for (size_t i = 0; i < name.len && index >= 0; i++) {
            bool is_digit = name.data[i] >= '0' && name.data[i] <= '9';

            index = is_digit ? index * 10 + (name.data[i] - '0') : INT_MIN;
        }
    }
    ps->steps[ps->n++] = (lgs_step_t){.kind = kind,
                                      .hash = lgs_hash(name.data, name.len),
                                      .name = name,
                                      .value = value,
                                      .index = index};
    return true;
}

static lgs_str_t unquote(lgs_str_t text)
{
    if (text.len >= 2 && (text.data[0] == '\'' || text.data[0] == '"') &&
        text.data[text.len - 1] == text.data[0]) {
        return lgs_str(text.data + 1, text.len - 2);
    }
    return text;
}
