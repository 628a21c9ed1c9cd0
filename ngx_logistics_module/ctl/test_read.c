/*
 * Cases of reads for logisticsctl test. DIR/cases/read.<name>/<case>/ holds input.json, the rows as
 * Odoo would answer them, by source; case.yaml, who asks for what (docs/policies.md); and
 * expected.json: the answer, or {"problem": slug}, or {"refused": [codes]}; in another form than
 * JSON expected.csv, .xml, .ndjson or .edi, byte for byte.
 *
 * The planner is the gateway's own; each search is answered with the case's rows, only the fields
 * that it asked for: what was not asked cannot be shown.
 */
#define _GNU_SOURCE /* memmem */
#include "cases.h"
#include "translate.h"

#include "../base/file.h"
#include "../policy/policy.h"

#include <stdarg.h>
#include <stdio.h>

#define SENT_AT "2026-11-20T12:00:00Z" /* interchanges; their number is 1 */

typedef struct {
    lgs_arena_t *arena;
    const lgs_policy_t *policy;
    const lgs_query_t *query;
    const char *dir, *read, *name;
    const lgs_doc_t *facts, *rows, *want; /* want NULL: the bytes of want_text */
    lgs_str_t want_text;
    lgs_odoo_facts_t *odoo;
    lgs_errs_t errs;
} case_t;

static const char *const known_keys[] = {"about", "partner", "scopes",    "path",
                                         "query", "missing", "not_asked", "accept"};
/* Fixed, so that a case can hold a cursor. */
static const lgs_odoo_target_t target = {
    .api = LGS_ODOO_JSON2, .database = LGS_STR_INIT("test"), .key = LGS_STR_INIT("test")};

static bool run_cases(lgs_arena_t *arena, const lgs_policy_t *policy, const char *dir,
                      const char *name, unsigned *passed, unsigned *failed);
static bool run_case(case_t *c);
static bool read_files(case_t *c);
static const lgs_doc_t *read_file(case_t *c, const char *name);
static bool read_expected(case_t *c);
static bool check_keys(case_t *c);
static bool ask(case_t *c, lgs_query_answer_t *answer);
static lgs_rc_t read_args(case_t *c, lgs_query_args_t *args);
static lgs_str_t scopes_of(case_t *c, const lgs_partner_t *partner);
static bool answer_call(case_t *c, lgs_query_plan_t *plan, const lgs_odoo_call_t *call);
static bool check_call(case_t *c, const lgs_odoo_call_t *call);
static void write_fields(case_t *c, const lgs_node_t *asked, lgs_buf_t *buf);
static void write_rows(case_t *c, lgs_str_t source, const lgs_node_t *call, lgs_buf_t *buf);
static void write_row(const lgs_node_t *row, const lgs_node_t *fields, lgs_buf_t *buf);
static bool is_listed(const lgs_node_t *list, lgs_str_t word);
static bool check_answer(case_t *c, const lgs_query_answer_t *answer);
static bool check_refusal(case_t *c, const lgs_node_t *refused);
static bool fail(case_t *c, const char *format, ...) LGS_PRINTF(2, 3);

bool ctl_test_read(lgs_arena_t *arena, const char *dir, const char *name, unsigned *passed,
                   unsigned *failed)
{
    static const lgs_policy_options_t options = {.read_secrets = false, .read_keys = false};
    lgs_policy_t *policy;
    lgs_errs_t errs;
    bool ok;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    policy = lgs_policy_load(dir, &options, &errs);
    if (policy == NULL) {
        ctl_print_errors(&errs, dir);
        return false;
    }
    ok = run_cases(arena, policy, dir, name, passed, failed);
    lgs_policy_free(policy);
    return ok;
}

static bool run_cases(lgs_arena_t *arena, const lgs_policy_t *policy, const char *dir,
                      const char *name, unsigned *passed, unsigned *failed)
{
    lgs_str_t folder = lgs_arena_printf(arena, "%s/cases/" CTL_READ_CASES "%s", dir, name), *names;
    const lgs_query_t *query = lgs_policy_query(policy, lgs_cstr(name));
    lgs_errs_t errs;
    size_t n;

    lgs_errs_init(&errs, arena, 1);
    if (query == NULL || folder.data == NULL ||
        lgs_file_list_dirs(arena, folder.data, &names, &n, &errs) != LGS_OK) {
        fprintf(stderr, "logisticsctl: cases/" CTL_READ_CASES "%s: there is no reads/%s.yaml\n",
                name, name);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        case_t c = {.arena = lgs_arena_create(1 << 16, 0),
                    .policy = policy,
                    .query = query,
                    .dir = dir,
                    .read = name,
                    .odoo = lgs_odoo_facts_create()};

        if (c.arena && c.odoo) {
            c.name = lgs_arena_str(c.arena, names[i]).data;
            lgs_errs_init(&c.errs, c.arena, LGS_MAX_POLICY_ERRORS);
            *(run_case(&c) ? passed : failed) += 1;
        }
        lgs_odoo_facts_destroy(c.odoo);
        lgs_arena_destroy(c.arena);
    }
    return true;
}

static bool run_case(case_t *c)
{
    lgs_query_answer_t answer;

    if (!read_files(c)) {
        ctl_print_errors(&c->errs, c->name);
        return fail(c, "the case cannot be read");
    }
    if (!ask(c, &answer)) {
        return false;
    }
    return check_answer(c, &answer);
}

static bool read_files(case_t *c)
{
    c->facts = read_file(c, "case.yaml");
    c->rows = read_file(c, "input.json");
    return c->facts && c->rows && read_expected(c) && check_keys(c);
}

static bool read_expected(case_t *c)
{
    static const char *const endings[] = {"csv", "xml", "ndjson", "edi"};

    for (size_t i = 0; i < LGS_N(endings); i++) {
        lgs_str_t path = lgs_arena_printf(c->arena, "%s/cases/" CTL_READ_CASES "%s/%s/expected.%s",
                                          c->dir, c->read, c->name, endings[i]);
        FILE *file = path.data ? fopen(path.data, "rb") : NULL;

        if (file) {
            fclose(file);
            return lgs_file_read(c->arena, path.data, LGS_DEFAULT_MAX_BODY, &c->want_text,
                                 &c->errs) == LGS_OK;
        }
    }
    c->want = read_file(c, "expected.json");
    return c->want != NULL;
}

static const lgs_doc_t *read_file(case_t *c, const char *name)
{
    lgs_str_t path = lgs_arena_printf(c->arena, "%s/cases/" CTL_READ_CASES "%s/%s/%s", c->dir,
                                      c->read, c->name, name);

    return path.data ? ctl_read_doc(c->arena, path.data, &c->errs) : NULL;
}

static bool check_keys(case_t *c)
{
    const lgs_node_t *root = &c->facts->root;

    for (uint32_t i = 0; root->type == LGS_OBJECT && i < root->n; i++) {
        lgs_str_t name = lgs_node_text(&root->u.members[i].name);
        size_t k = 0;

        while (k < LGS_N(known_keys) && !lgs_str_is(name, known_keys[k])) {
            k++;
        }
        if (k == LGS_N(known_keys)) {
            lgs_errs_add(&c->errs, "case", lgs_doc_locate(c->facts, root->u.members[i].name.offset),
                         "unknown key \"%.*s\"", LGS_FMT(name))
                ->file = c->facts->file;
            return false;
        }
    }
    return true;
}

/* ---- the request ---- */

/* False when a difference was told already. */
static bool ask(case_t *c, lgs_query_answer_t *answer)
{
    lgs_str_t name = lgs_node_text(lgs_node_at(&c->facts->root, "partner"));
    const lgs_partner_t *partner = lgs_policy_partner_by_name(c->policy, name);
    lgs_query_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));
    lgs_query_plan_t *plan = NULL;
    const lgs_edi_output_t *edi;
    lgs_edi_letter_t letter;
    lgs_odoo_call_t call;
    uint32_t form;

    *answer = (lgs_query_answer_t){.problem = LGS_PROBLEM_BAD_REQUEST};
    if (partner == NULL || args == NULL) {
        return fail(c, "there is no partner \"%.*s\"", LGS_FMT(name));
    }
    if (!lgs_query_choose(c->query, lgs_node_text(lgs_node_at(&c->facts->root, "accept")),
                          lgs_policy_edi_letter(c->policy, partner, LGS_EDI_X12, &letter), &form)) {
        answer->problem = LGS_PROBLEM_NOT_ACCEPTABLE;
        return true;
    }
    edi = lgs_query_edi(c->query, form);
    if (edi && lgs_policy_edi_letter(c->policy, partner, edi->standard, &letter)) {
        letter.number = 1;
        letter.now = LGS_STR(SENT_AT);
    }
    if (read_args(c, args) == LGS_OK) {
        const lgs_query_caller_t caller = {
            .partner = partner->name,
            .timezone = partner->timezone,
            .facts = partner->facts,
            .scopes = lgs_policy_query_scopes(c->query, partner, scopes_of(c, partner)),
            .id = LGS_STR("test"),
            .form = form,
            .letter = edi ? &letter : NULL};

        plan = lgs_query_plan_create(c->arena, c->query, args, &caller, &target, c->odoo, &c->errs);
    }
    if (plan == NULL) {
        return true;
    }
    while (lgs_query_plan_next(plan, &call) == LGS_ODOO_CALL) {
        if (!answer_call(c, plan, &call)) {
            return false;
        }
    }
    lgs_query_plan_finish(plan, answer, &c->errs);
    return true;
}

static lgs_rc_t read_args(case_t *c, lgs_query_args_t *args)
{
    const lgs_node_t *path = lgs_node_at(&c->facts->root, "path");
    lgs_str_t names[LGS_MAX_PATH_PARAMS], values[LGS_MAX_PATH_PARAMS];
    uint32_t n = 0;

    for (; path && path->type == LGS_OBJECT && n < path->n && n < LGS_MAX_PATH_PARAMS; n++) {
        names[n] = lgs_node_text(&path->u.members[n].name);
        values[n] = lgs_node_text(&path->u.members[n].value);
    }
    return lgs_query_read_args(c->query, c->arena, names, values, n,
                               lgs_node_text(lgs_node_at(&c->facts->root, "query")), args,
                               &c->errs);
}

/* As in a token; all that the partner is granted when the case names none. */
static lgs_str_t scopes_of(case_t *c, const lgs_partner_t *partner)
{
    const lgs_node_t *scopes = lgs_node_at(&c->facts->root, "scopes");
    bool named = scopes && scopes->type == LGS_ARRAY;
    lgs_buf_t buf;

    lgs_buf_init(&buf, c->arena, 128, 0);
    for (uint32_t i = 0; i < (named ? scopes->n : (uint32_t)partner->n_scopes); i++) {
        lgs_buf_cstr(&buf, i ? " " : "");
        lgs_buf_str(&buf, named ? lgs_node_text(&scopes->u.items[i]) : partner->scopes[i]);
    }
    return lgs_buf_text(&buf);
}

/* ---- Odoo's side ---- */

static bool answer_call(case_t *c, lgs_query_plan_t *plan, const lgs_odoo_call_t *call)
{
    lgs_buf_t buf;
    lgs_doc_t doc;

    lgs_buf_init(&buf, c->arena, 1024, 0);
    if (lgs_json_read(c->arena, call->body, NULL, &doc, &c->errs) != LGS_OK) {
        return fail(c, "a call is not JSON: %.*s", LGS_FMT(call->body));
    }
    if (lgs_node_at(&doc.root, "allfields")) {
        write_fields(c, lgs_node_at(&doc.root, "allfields"), &buf);
    } else if (!check_call(c, call)) {
        return false;
    } else {
        write_rows(c, lgs_query_plan_source(plan), &doc.root, &buf);
    }
    lgs_query_plan_answer(plan, &(lgs_odoo_answer_t){.status = 200,
                                                     .content_type = LGS_STR("application/json"),
                                                     .body = lgs_buf_text(&buf),
                                                     .failure = LGS_ODOO_ANSWERED});
    return true;
}

static bool check_call(case_t *c, const lgs_odoo_call_t *call)
{
    const lgs_node_t *not_asked = lgs_node_at(&c->facts->root, "not_asked");

    for (uint32_t i = 0; not_asked && not_asked->type == LGS_ARRAY && i < not_asked->n; i++) {
        lgs_str_t word = lgs_node_text(&not_asked->u.items[i]);

        if (memmem(call->body.data, call->body.len, word.data, word.len) ||
            memmem(call->path.data, call->path.len, word.data, word.len)) {
            return fail(c, "Odoo is asked for \"%.*s\": %.*s %.*s", LGS_FMT(word),
                        LGS_FMT(call->path), LGS_FMT(call->body));
        }
    }
    return true;
}

static void write_fields(case_t *c, const lgs_node_t *asked, lgs_buf_t *buf)
{
    const lgs_node_t *missing = lgs_node_at(&c->facts->root, "missing");
    bool first = true;

    lgs_buf_byte(buf, '{');
    for (uint32_t i = 0; i < asked->n; i++) {
        if (is_listed(missing, lgs_node_text(&asked->u.items[i]))) {
            continue;
        }
        lgs_buf_cstr(buf, first ? "" : ",");
        lgs_json_write(buf, &asked->u.items[i]);
        lgs_buf_cstr(buf, ":{\"type\":\"char\"}");
        first = false;
    }
    lgs_buf_byte(buf, '}');
}

static void write_rows(case_t *c, lgs_str_t source, const lgs_node_t *call, lgs_buf_t *buf)
{
    const lgs_node_t *rows = lgs_node_get(&c->rows->root, source);
    int64_t limit = 0;

    (void)lgs_node_int(lgs_node_at(call, "limit"), &limit);
    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; rows && rows->type == LGS_ARRAY && i < rows->n && i < limit; i++) {
        lgs_buf_cstr(buf, i ? "," : "");
        write_row(&rows->u.items[i], lgs_node_at(call, "fields"), buf);
    }
    lgs_buf_byte(buf, ']');
}

static void write_row(const lgs_node_t *row, const lgs_node_t *fields, lgs_buf_t *buf)
{
    bool first = true;

    lgs_buf_byte(buf, '{');
    for (uint32_t i = 0; row->type == LGS_OBJECT && i < row->n; i++) {
        lgs_str_t name = lgs_node_text(&row->u.members[i].name);

        if (lgs_str_is(name, "id") || is_listed(fields, name)) {
            lgs_buf_cstr(buf, first ? "" : ",");
            lgs_json_write_string(buf, name);
            lgs_buf_byte(buf, ':');
            lgs_json_write(buf, &row->u.members[i].value);
            first = false;
        }
    }
    lgs_buf_byte(buf, '}');
}

static bool is_listed(const lgs_node_t *list, lgs_str_t word)
{
    for (uint32_t i = 0; list && list->type == LGS_ARRAY && i < list->n; i++) {
        if (lgs_str_eq(lgs_node_text(&list->u.items[i]), word)) {
            return true;
        }
    }
    return false;
}

/* ---- what came ---- */

static bool check_answer(case_t *c, const lgs_query_answer_t *answer)
{
    const lgs_node_t *root = c->want ? &c->want->root : NULL;
    const lgs_node_t *refused = lgs_node_at(root, "refused");
    lgs_str_t problem = lgs_node_text(lgs_node_at(root, "problem")), difference;
    lgs_doc_t got;

    if (refused) {
        return check_refusal(c, refused);
    }
    if (problem.len) {
        lgs_str_t slug = lgs_cstr(lgs_problem_info(answer->problem)->slug);

        return lgs_str_eq(slug, problem) ||
               fail(c, "the answer is \"%.*s\", not \"%.*s\"", LGS_FMT(slug), LGS_FMT(problem));
    }
    if (answer->problem != LGS_PROBLEM_NONE) {
        ctl_print_errors(&c->errs, c->name);
        return fail(c, "the answer is a problem: %s", lgs_problem_info(answer->problem)->slug);
    }
    if (root == NULL) {
        return lgs_str_eq(answer->body, c->want_text) ||
               fail(c, "the answer differs:\n%.*s", LGS_FMT(answer->body));
    }
    if (lgs_json_read(c->arena, answer->body, NULL, &got, &c->errs) != LGS_OK) {
        return fail(c, "the answer is not JSON: %.*s", LGS_FMT(answer->body));
    }
    difference = ctl_difference(c->arena, root, &got.root);
    return difference.len == 0 || fail(c, "%.*s", LGS_FMT(difference));
}

static bool check_refusal(case_t *c, const lgs_node_t *refused)
{
    const lgs_err_t *err = c->errs.first;

    for (uint32_t i = 0; refused->type == LGS_ARRAY && i < refused->n; i++) {
        lgs_str_t got = err ? lgs_cstr(err->code) : LGS_STR("nothing");

        if (!lgs_str_eq(got, lgs_node_text(&refused->u.items[i]))) {
            return fail(c, "refusal %u is \"%.*s\", not \"%.*s\"", i, LGS_FMT(got),
                        LGS_FMT(lgs_node_text(&refused->u.items[i])));
        }
        err = err->next;
    }
    return err == NULL || fail(c, "refused for more: %s", err->code);
}

static bool fail(case_t *c, const char *format, ...)
{
    va_list args;

    printf("failed: " CTL_READ_CASES "%s/%s: ", c->read, c->name);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    return false;
}
