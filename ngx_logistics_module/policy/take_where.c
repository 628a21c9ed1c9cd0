/*
 * `where` of a source → conditions (query/query.h):
 *
 *   where  = list of entries, all of which must hold
 *   entry  = {field: value, …}                 all of them
 *          | {any: [{field: value, …}, …]}     one of these
 *   value  = scalar | [scalars] | "$name" (a parameter) | "$partner.fact" | "$source.field"
 *          | {not: value} | {from: value} | {before: value} | {starts: text}
 *          | {ends: text}
 *
 * "$$x" is the text "$x". Bound is a source whose rows are the partner's in every way that `any`
 * leaves open.
 */
#include "take_read.h"

static lgs_rc_t take_entry(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source,
                           lgs_query_any_t *any, bool *is_bound);
static lgs_rc_t take_way(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source,
                         lgs_query_all_t *all, bool is_choice, bool *is_bound);
static lgs_rc_t take_term(lgs_read_t *read, const lgs_member_t *member, lgs_query_source_t *source,
                          lgs_query_term_t *term, bool is_choice, bool *is_bound);
static const lgs_node_t *take_kind(lgs_read_t *read, const lgs_node_t *node,
                                   lgs_query_term_t *term);
static lgs_rc_t take_value(lgs_read_t *read, const lgs_node_t *node, lgs_query_term_t *term);
static lgs_rc_t take_reference(lgs_read_t *read, const lgs_node_t *node, lgs_query_term_t *term);
static bool take_param(lgs_read_t *read, const lgs_node_t *node, lgs_str_t name,
                       lgs_query_term_t *term);
static lgs_rc_t note_fact(lgs_read_t *read, lgs_str_t name);
static void check_term(lgs_read_t *read, const lgs_node_t *node, const lgs_query_source_t *source,
                       lgs_query_term_t *term, bool is_choice);

#define MAX_FACTS 16u /* of a partner that one read stands on */

lgs_rc_t lgs_take_where(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source,
                        bool *is_bound)
{
    lgs_rc_t rc = LGS_OK;

    if (node == NULL || node->type != LGS_ARRAY) {
        return LGS_OK;
    }
    source->where = lgs_arena_array(read->load->arena, node->n, sizeof(*source->where));
    if (source->where == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        rc = take_entry(read, &node->u.items[i], source, &source->where[source->n_where++],
                        is_bound);
    }
    return rc;
}

static lgs_rc_t take_entry(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source,
                           lgs_query_any_t *any, bool *is_bound)
{
    const lgs_node_t *choice = lgs_node_at(node, "any");
    uint32_t n = choice && choice->type == LGS_ARRAY ? choice->n : 1;
    bool every = n > 0;
    lgs_rc_t rc = LGS_OK;

    if (choice && node->n > 1) {
        lgs_finding(read->load, read->doc, node, "policy-value",
                    "beside any stands nothing; write the rest as an entry of its own");
    }
    any->ways = lgs_arena_array(read->load->arena, n, sizeof(*any->ways));
    if (any->ways == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < n; i++) {
        bool bound = false;

        rc = take_way(read, choice ? &choice->u.items[i] : node, source, &any->ways[any->n++],
                      choice != NULL, &bound);
        every = every && bound;
    }
    *is_bound = *is_bound || every;
    return rc;
}

static lgs_rc_t take_way(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source,
                         lgs_query_all_t *all, bool is_choice, bool *is_bound)
{
    lgs_rc_t rc = LGS_OK;

    if (node->type != LGS_OBJECT || node->n == 0) {
        lgs_finding(read->load, read->doc, node, "policy-value", "a condition is {field: value}");
        return LGS_OK;
    }
    all->terms = lgs_arena_array(read->load->arena, node->n, sizeof(*all->terms));
    if (all->terms == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        rc = take_term(read, &node->u.members[i], source, &all->terms[all->n++], is_choice,
                       is_bound);
    }
    return rc;
}

static lgs_rc_t take_term(lgs_read_t *read, const lgs_member_t *member, lgs_query_source_t *source,
                          lgs_query_term_t *term, bool is_choice, bool *is_bound)
{
    const lgs_node_t *value = take_kind(read, &member->value, term);
    lgs_rc_t rc;

    term->field = lgs_node_text(&member->name); /* the file's tree lives with the policy */
    rc = take_value(read, value, term);
    check_term(read, &member->value, source, term, is_choice);
    if (term->kind == LGS_TERM_IS) {
        *is_bound = *is_bound || term->from == LGS_TERM_PARTNER ||
                    (term->from == LGS_TERM_ROWS && (read->bound >> term->index & 1));
    }
    return rc;
}

/* {not: value} → the value; a plain one is itself. */
static const lgs_node_t *take_kind(lgs_read_t *read, const lgs_node_t *node, lgs_query_term_t *term)
{
    static const lgs_str_t words[] = {LGS_STR_INIT("not"), LGS_STR_INIT("starts"),
                                      LGS_STR_INIT("ends"), LGS_STR_INIT("from"),
                                      LGS_STR_INIT("before")};
    static const lgs_term_kind_t kinds[] = {LGS_TERM_IS_NOT, LGS_TERM_STARTS, LGS_TERM_ENDS,
                                            LGS_TERM_FROM, LGS_TERM_BEFORE};
    lgs_str_t word, near;

    term->kind = LGS_TERM_IS;
    if (node->type != LGS_OBJECT) {
        return node;
    }
    word = node->n == 1 ? lgs_node_text(&node->u.members[0].name) : LGS_STR("");
    for (size_t i = 0; i < LGS_N(words); i++) {
        if (lgs_str_eq(word, words[i])) {
            term->kind = kinds[i];
            return &node->u.members[0].value;
        }
    }
    near = lgs_nearest(word, words, LGS_N(words));
    lgs_finding(read->load, read->doc, node, "policy-value",
                "a condition is a value, a list of values, {not: …}, {from: …}, {before: …}, "
                "{starts: …} or {ends: …}%s%.*s%s",
                near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"?" : "");
    return NULL;
}

static lgs_rc_t take_value(lgs_read_t *read, const lgs_node_t *node, lgs_query_term_t *term)
{
    lgs_str_t text = node && node->type == LGS_STRING ? lgs_node_text(node) : LGS_STR("");

    term->from = LGS_TERM_FIXED;
    if (node == NULL) {
        return LGS_OK;
    }
    term->value = *node;
    if (text.len > 1 && text.data[0] == '$' && text.data[1] == '$') {
        term->value.u.text++;
        term->value.n--;
        return LGS_OK;
    }
    if (text.len && text.data[0] == '$') {
        return take_reference(read, node, term);
    }
    for (uint32_t i = 0; node->type == LGS_ARRAY && i < node->n; i++) {
        if (node->u.items[i].type == LGS_ARRAY || node->u.items[i].type == LGS_OBJECT ||
            (node->u.items[i].n && node->u.items[i].type == LGS_STRING &&
             node->u.items[i].u.text[0] == '$')) {
            lgs_finding(read->load, read->doc, &node->u.items[i], "policy-value",
                        "in a list stand values of the policy's own; a parameter stands alone");
        }
    }
    return LGS_OK;
}

/* "$name", "$partner.fact", "$source.field" */
static lgs_rc_t take_reference(lgs_read_t *read, const lgs_node_t *node, lgs_query_term_t *term)
{
    lgs_str_t text = lgs_str(lgs_node_text(node).data + 1, lgs_node_text(node).len - 1), first;
    const char *dot = memchr(text.data, '.', text.len);

    if (dot == NULL) {
        term->from = LGS_TERM_PARAM;
        (void)take_param(read, node, text, term);
        return LGS_OK;
    }
    first = lgs_str(text.data, (size_t)(dot - text.data));
    term->name = lgs_str(dot + 1, text.len - first.len - 1);
    if (lgs_str_is(first, "partner")) {
        term->from = LGS_TERM_PARTNER;
        return note_fact(read, term->name);
    }
    term->from = LGS_TERM_ROWS;
    (void)lgs_read_source(read, node, first, &term->index);
    return LGS_OK;
}

static bool take_param(lgs_read_t *read, const lgs_node_t *node, lgs_str_t name,
                       lgs_query_term_t *term)
{
    lgs_str_t known[LGS_QUERY_MAX_PARAMS], near;

    for (uint32_t i = 0; i < read->query->n_params; i++) {
        known[i] = read->query->params[i].name;
        if (lgs_str_eq(known[i], name)) {
            term->index = i;
            return true;
        }
    }
    near = lgs_nearest(name, known, read->query->n_params);
    term->from = LGS_TERM_FIXED;
    lgs_finding(read->load, read->doc, node, "policy-reference",
                "there is no parameter \"%.*s\" (a text that begins with $ is written $$)%s%.*s%s",
                LGS_FMT(name), near.len ? "; did you mean \"" : "", LGS_FMT(near),
                near.len ? "\"?" : "");
    return false;
}

/* Which facts a partner must have one of to see anything. */
static lgs_rc_t note_fact(lgs_read_t *read, lgs_str_t name)
{
    lgs_query_t *query = read->query;

    if (query->facts == NULL) {
        query->facts = lgs_arena_array(read->load->arena, MAX_FACTS, sizeof(*query->facts));
    }
    if (query->facts == NULL) {
        return lgs_errs_nomem(read->load->errs);
    }
    for (uint32_t i = 0; i < query->n_facts; i++) {
        if (lgs_str_eq(query->facts[i], name)) {
            return LGS_OK;
        }
    }
    if (query->n_facts < MAX_FACTS) {
        query->facts[query->n_facts++] = name;
    }
    return LGS_OK;
}

static void check_term(lgs_read_t *read, const lgs_node_t *node, const lgs_query_source_t *source,
                       lgs_query_term_t *term, bool is_choice)
{
    const lgs_query_param_t *param = NULL;

    for (uint32_t i = 0; i < source->n_fields; i++) {
        term->is_optional |= source->fields[i].is_optional &&
                             lgs_str_eq(source->fields[i].name, term->field);
    }
    if (term->from == LGS_TERM_PARAM) {
        param = &read->query->params[term->index];
    }
    if (param && is_choice && !param->is_required) {
        lgs_finding(read->load, read->doc, node, "policy-value",
                    "\"%.*s\" may be missing; within any that would let everything through: make "
                    "it required",
                    LGS_FMT(param->name));
    }
    if ((term->kind == LGS_TERM_STARTS || term->kind == LGS_TERM_ENDS) &&
        (term->from != LGS_TERM_FIXED || term->value.type != LGS_STRING || term->value.n == 0)) {
        lgs_finding(read->load, read->doc, node, "policy-value",
                    "starts and ends take a text of the policy's own, never what a partner sends");
    }
    if ((term->kind == LGS_TERM_FROM || term->kind == LGS_TERM_BEFORE) &&
        ((param && param->max_values > 1) || term->from == LGS_TERM_ROWS ||
         term->value.type == LGS_ARRAY)) {
        lgs_finding(read->load, read->doc, node, "policy-value",
                    "from and before compare with one value");
    }
}
