/*
 * Read routes from outside: the query string, cursors, If-None-Match, and what Odoo answers. The
 * first byte chooses. Whatever is sent, a domain has the policy's fields and operators only; no
 * cursor is taken that we did not make; every answer is JSON; text of HTML has no tag.
 */
#include <stdlib.h>

#include "../../ngx_logistics_module/base/plain.h"
#include "../../ngx_logistics_module/formats/json.h"
#include "../../ngx_logistics_module/formats/utf8.h"
#include "../../ngx_logistics_module/query/query.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define S(text) LGS_STR_INIT(text)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lgs_query_param_t params[] = {
    {.name = S("a"), .max_bytes = 64, .max_values = 4},
    {.name = S("n"), .type = LGS_PARAM_INTEGER, .max_bytes = 16, .max_values = 2},
    {.name = S("t"), .type = LGS_PARAM_TIME, .max_bytes = 64, .max_values = 1},
    {.name = S("b"), .type = LGS_PARAM_BOOLEAN, .max_bytes = 8, .max_values = 1},
};
static lgs_query_term_t terms[] = {
    {.field = S("fa"), .from = LGS_TERM_PARAM, .index = 0},
    {.field = S("fn"), .from = LGS_TERM_PARAM, .index = 1},
    {.field = S("ft"), .kind = LGS_TERM_FROM, .from = LGS_TERM_PARAM, .index = 2},
    {.field = S("fb"), .from = LGS_TERM_PARAM, .index = 3}};
static lgs_query_all_t all[] = {{terms, 4}};
static lgs_query_any_t where[] = {{all, 1}};
static lgs_query_field_t fields[] = {{.name = S("name")}, {.name = S("body")}};
static lgs_query_source_t sources[] = {{.name = S("rows"),
                                        .model = S("m"),
                                        .where = where,
                                        .n_where = 1,
                                        .fields = fields,
                                        .n_fields = 2,
                                        .order = S("name"),
                                        .limit = 10}};
static lgs_query_t query = {.name = S("q"),
                            .is_list = true,
                            .params = params,
                            .n_params = 4,
                            .sources = sources,
                            .n_sources = 1,
                            .page = 2,
                            .max_page = 9,
                            .show = {.whole = 1}};
static const lgs_odoo_target_t target = {.api = LGS_ODOO_JSON2, .database = S("d"), .key = S("k")};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const lgs_doc_t *doc_of(lgs_arena_t *arena, lgs_str_t json, lgs_errs_t *errs)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));

    must(doc && lgs_json_read(arena, json, NULL, doc, errs) == LGS_OK);
    return doc;
}

static void compile(lgs_arena_t *arena, lgs_errs_t *errs)
{
    static const lgs_mapping_env_t env;
    lgs_schema_store_t *store = lgs_schema_store_create(arena);

    query.mapping = lgs_mapping_compile(
        arena,
        doc_of(arena,
               LGS_STR("{\"mapping\":\"m\",\"output\":\"view.q\",\"emit\":[{\"for_each\":\"/"
                       "rows\",\"name\":"
                       "\"/name\",\"text\":{\"plain\":{\"string\":\"/body\"}}}]}"),
               errs),
        &env, errs);
    must(query.mapping && store &&
         lgs_schema_store_add(store, LGS_STR("v"), doc_of(arena, LGS_STR("{}"), errs), errs) ==
             LGS_OK);
    query.view = lgs_schema_compile(store, LGS_STR("v"), errs);
    must(query.view != NULL);
}

static lgs_query_plan_t *plan_of(lgs_arena_t *arena, lgs_str_t string, lgs_query_args_t *args,
                                 lgs_odoo_facts_t *facts, lgs_errs_t *errs)
{
    static const lgs_query_caller_t caller = {.partner = S("p"), .scopes = 1, .id = S("i")};

    if (lgs_query_read_args(&query, arena, NULL, NULL, 0, string, args, errs) != LGS_OK) {
        must(errs->n > 0);
        return NULL;
    }
    return lgs_query_plan_create(arena, &query, args, &caller, &target, facts, errs);
}

/* [[field, operator, value], …]: names and operators are ours, values are scalars or lists of them.
 */
static void check_domain(const lgs_node_t *domain)
{
    static const char *const names[] = {"fa", "fn", "ft", "fb", "name", "id"};
    static const char *const operators[] = {"=", "in", ">=", ">"};

    must(domain && domain->type == LGS_ARRAY);
    for (uint32_t i = 0; i < domain->n; i++) {
        const lgs_node_t *term = &domain->u.items[i];
        unsigned known = 0;

        if (term->type == LGS_STRING) {
            must(lgs_str_is(lgs_node_text(term), "&") || lgs_str_is(lgs_node_text(term), "|"));
            continue;
        }
        must(term->type == LGS_ARRAY && term->n == 3 && term->u.items[2].type != LGS_OBJECT);
        for (size_t k = 0; k < LGS_N(names); k++) {
            known += lgs_str_is(lgs_node_text(&term->u.items[0]), names[k]);
        }
        for (size_t k = 0; k < LGS_N(operators); k++) {
            known += lgs_str_is(lgs_node_text(&term->u.items[1]), operators[k]);
        }
        must(known == 2);
    }
}

static void fuzz_string(lgs_arena_t *arena, lgs_str_t text, lgs_odoo_facts_t *facts,
                        lgs_errs_t *errs)
{
    lgs_query_args_t args;
    lgs_query_plan_t *plan = plan_of(arena, text, &args, facts, errs);
    lgs_odoo_call_t call;

    for (uint32_t i = 0; plan && i < args.values[0].n; i++) {
        must(lgs_utf8_is_valid(args.values[0].values[i]));
    }
    if (plan && lgs_query_plan_next(plan, &call) == LGS_ODOO_CALL) {
        must(args.cursor.len == 0); /* nobody else can sign one */
        check_domain(lgs_node_at(&doc_of(arena, call.body, errs)->root, "domain"));
    }
}

/* A page of Odoo's rows: the answer is JSON, and its cursor leads on. */
static void fuzz_answer(lgs_arena_t *arena, lgs_str_t text, lgs_odoo_facts_t *facts,
                        lgs_errs_t *errs)
{
    lgs_query_answer_t answer;
    lgs_query_args_t args;
    lgs_query_plan_t *plan = plan_of(arena, LGS_STR("a=x"), &args, facts, errs);
    lgs_odoo_call_t call;
    lgs_str_t next, string;

    must(plan != NULL);
    while (lgs_query_plan_next(plan, &call) == LGS_ODOO_CALL && lgs_query_plan_calls(plan) < 20) {
        lgs_query_plan_answer(plan,
                              &(lgs_odoo_answer_t){.status = 200,
                                                   .content_type = LGS_STR("application/json"),
                                                   .body = text,
                                                   .failure = LGS_ODOO_ANSWERED});
    }
    lgs_query_plan_finish(plan, &answer, errs);
    if (answer.problem != LGS_PROBLEM_NONE) {
        return;
    }
    next = lgs_node_text(lgs_node_at(&doc_of(arena, answer.body, errs)->root, "next"));
    must((next.len > 0) == (answer.link.len > 0));
    if (next.len) {
        string = lgs_arena_printf(arena, "a=x&cursor=%.*s", LGS_FMT(next));
        plan = plan_of(arena, string, &args, facts, errs);
        must(plan && lgs_query_plan_next(plan, &call) == LGS_ODOO_CALL);
        check_domain(lgs_node_at(&doc_of(arena, call.body, errs)->root, "domain"));
    }
}

/* What is chosen is there, and is what is not refused by name. */
static void fuzz_accept(lgs_str_t text)
{
    static const lgs_query_t two = {.forms = {{.media_type = "text/csv"}}, .n_forms = 1};
    static const lgs_query_t one;
    uint32_t form, only;

    must(!lgs_query_choose(&one, text, true, &only) || only == 0);
    if (lgs_query_choose(&two, text, true, &form)) {
        must(form <= 1);
    } else {
        must(!lgs_query_choose(&one, text, true, &only));
    }
}

static void fuzz_html(lgs_arena_t *arena, lgs_str_t html)
{
    char *out = lgs_arena_alloc(arena, html.len + 1);
    size_t n;

    must(out != NULL);
    n = lgs_html_text(html, out);
    must(n <= html.len);
    if (html.len && memchr(html.data, '&', html.len)) {
        return; /* a reference may stand for what looks like a tag */
    }
    for (size_t i = 0; i + 1 < n; i++) {
        char c = out[i + 1];

        must(out[i] != '<' || !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' ||
                                c == '!' || c == '?'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_arena_t *arena = lgs_arena_create(0, 64u << 20);
    lgs_odoo_facts_t *facts = lgs_odoo_facts_create();
    lgs_str_t text = lgs_str((const char *)data + 1, size ? size - 1 : 0);
    lgs_errs_t errs;

    must(arena && facts);
    lgs_errs_init(&errs, arena, 20);
    compile(arena, &errs);
    switch (size ? data[0] & 3 : 0) {
    case 1:
        fuzz_answer(arena, text, facts, &errs);
        break;
    case 2:
        fuzz_html(arena, text);
        break;
    case 3:
        (void)lgs_etag_matches(text, LGS_STR("\"0123456789abcdef\""));
        fuzz_accept(text);
        break;
    default:
        fuzz_string(arena, size ? text : LGS_STR(""), facts, &errs);
        break;
    }
    lgs_odoo_facts_destroy(facts);
    lgs_arena_destroy(arena);
    return 0;
}
