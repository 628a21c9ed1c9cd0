/*
 * assert: what must hold for the document or an item of it, beyond what a schema can say.
 *
 *   assert:
 *     - that: {eq: [{sum: '/lines[*]/net', out: number}, /total]}
 *       severity: error           # refused; warn: told and counted; note: told
 *       code: totals              # of the error; "mapping-assert" unless it says other
 *       at: /total                # where the error points to; the item at hand unless it says
 * other text: the lines do not add up to the total
 */
#include "internal.h"

typedef enum { SEVERITY_ERROR, SEVERITY_WARN, SEVERITY_NOTE } severity_t;

struct lgs_assert_s {
    const lgs_cond_t *that;
    const lgs_expr_t *text, *at; /* at NULL: the item at hand */
    const char *code;
    severity_t severity;
};

static bool compile_one(lgs_compile_t *c, const lgs_node_t *node, lgs_assert_t *assertion);
static bool read_code(lgs_compile_t *c, const lgs_node_t *node, lgs_assert_t *assertion);
static bool tell(lgs_run_t *run, const lgs_assert_t *assertion);

bool lgs_mapping_compile_asserts(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block)
{
    uint32_t n = node->type == LGS_ARRAY ? node->n : 1;
    size_t mark = lgs_mapping_enter(c, LGS_STR("assert"));
    lgs_assert_t *asserts = lgs_arena_array(c->arena, n, sizeof(*asserts));

    if (asserts == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t inner = lgs_mapping_enter_item(c, i);

        compile_one(c, node->type == LGS_ARRAY ? &node->u.items[i] : node, &asserts[i]);
        lgs_mapping_leave(c, inner);
    }
    lgs_mapping_leave(c, mark);
    block->asserts = asserts;
    block->n_asserts = n;
    return !c->failed;
}

static bool compile_one(lgs_compile_t *c, const lgs_node_t *node, lgs_assert_t *assertion)
{
    static const lgs_str_t severities[] = {[SEVERITY_ERROR] = LGS_STR_INIT("error"),
                                           [SEVERITY_WARN] = LGS_STR_INIT("warn"),
                                           [SEVERITY_NOTE] = LGS_STR_INIT("note")};
    const lgs_node_t *that = lgs_node_at(node, "that"), *text = lgs_node_at(node, "text");
    const lgs_node_t *at = lgs_node_at(node, "at");
    unsigned severity = SEVERITY_ERROR;

    if (that == NULL || text == NULL) {
        return lgs_mapping_finding(c, node,
                                   "an assertion is {that: condition, text: what is wrong "
                                   "when it does not hold}");
    }
    if (!lgs_mapping_keys(c, node, "an assertion", "that severity text code at", NULL) ||
        !lgs_mapping_arg_word(c, node, "severity", severities, LGS_N(severities), &severity) ||
        !read_code(c, node, assertion)) {
        return false;
    }
    assertion->severity = (severity_t)severity;
    assertion->that = lgs_mapping_cond(c, that);
    assertion->text = lgs_mapping_value(c, text);
    assertion->at = at ? lgs_mapping_source(c, at) : NULL;
    return assertion->that && assertion->text && (at == NULL || assertion->at);
}

/* A word that stays: programs look at it. */
static bool read_code(lgs_compile_t *c, const lgs_node_t *node, lgs_assert_t *assertion)
{
    lgs_str_t code = LGS_STR("mapping-assert");

    if (!lgs_mapping_arg_text(c, node, "code", &code)) {
        return false;
    }
    for (size_t i = 0; i < code.len; i++) {
        char byte = code.data[i];

        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-') {
            code.len = 0;
        }
    }
    if (code.len == 0 || code.len > 64) {
        return lgs_mapping_finding(c, lgs_node_at(node, "code"),
                                   "\"code\" is a word of small letters, digits and \"-\"");
    }
    assertion->code = lgs_arena_str(c->arena, code).data;
    return assertion->code != NULL || lgs_mapping_nomem(c);
}

bool lgs_mapping_assert(lgs_run_t *run, const lgs_block_t *block)
{
    for (uint32_t i = 0; i < block->n_asserts; i++) {
        lgs_truth_t holds = lgs_mapping_holds(run, block->asserts[i].that);

        if (holds == LGS_STOPS || (holds == LGS_NO && !tell(run, &block->asserts[i]))) {
            return false;
        }
    }
    return true;
}

static bool tell(lgs_run_t *run, const lgs_assert_t *assertion)
{
    lgs_node_t at = *run->scopes[run->depth].node, text, none;
    const lgs_expr_t *expr = assertion->text;
    lgs_str_t what;

    if (!lgs_mapping_eval_text(run, expr, &text)) {
        return false;
    }
    if (assertion->at && !lgs_mapping_eval(run, assertion->at, &at)) {
        return false;
    }
    what = text.type == LGS_NULL ? LGS_STR("an assertion does not hold") : lgs_mapping_text(&text);
    switch (assertion->severity) {
    case SEVERITY_ERROR:
        return lgs_mapping_fault(run, expr, assertion->code, &at, &none, "%.*s", LGS_FMT(what));
    case SEVERITY_WARN:
        lgs_mapping_warn(run, expr, assertion->code, &at, "%.*s", LGS_FMT(what));
        return true;
    case SEVERITY_NOTE:
        lgs_mapping_note(run, expr, assertion->code, &at, "%.*s", LGS_FMT(what));
        return true;
    }
    return true;
}
