/*
 * logisticsctl odoo check: asks a real Odoo what odoo/check.h plans, by libcurl, and prints a
 * table. What the policies need is what the mappings that routes deliver by can put out, and what
 * reads ask for. The key is read from where gateway.yaml says and printed nowhere.
 */
#include "ctl.h"

#include "../mapping/outline.h"
#include "../odoo/check.h"
#include "../policy/policy.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_ANSWER (32u << 20) /* bytes; fields_get of a large model is some 200 KB */
#define CONNECT_MS 5000L

typedef struct {
    const char *policies;
    const char *url;
    lgs_arena_t *arena;
    lgs_odoo_facts_t *facts;
    lgs_policy_t *policy;
    lgs_odoo_check_t *check;
} job_t;

static bool read_arguments(int argc, char **argv, job_t *job);
static int check_odoo(job_t *job);
static bool collect_needs(const job_t *job);
static lgs_rc_t collect_writes(const job_t *job, uint32_t route);
static lgs_rc_t collect_bounds(const job_t *job, const lgs_route_t *route);
static lgs_rc_t collect_read(lgs_odoo_check_t *check, const lgs_query_source_t *source);
static bool ask(job_t *job);
static bool send_call(const job_t *job, const lgs_odoo_call_t *call, lgs_odoo_answer_t *answer);
static struct curl_slist *headers_of(const lgs_odoo_call_t *call);
static struct curl_slist *add_header(struct curl_slist *list, const char *name, lgs_str_t value);
static size_t keep(char *data, size_t size, size_t n, void *buf);
static void take_answer(CURL *curl, CURLcode rc, const lgs_buf_t *body, lgs_arena_t *arena,
                        lgs_odoo_answer_t *answer);
static int print_findings(const lgs_odoo_check_t *check);

int ctl_odoo(int argc, char **argv)
{
    job_t job = {.policies = "lua-free-policies"};
    int rc = CTL_USAGE;

    if (!read_arguments(argc, argv, &job)) {
        return ctl_usage("odoo");
    }
    job.arena = lgs_arena_create(0, 0);
    job.facts = lgs_odoo_facts_create();
    if (job.arena && job.facts && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        rc = check_odoo(&job);
        curl_global_cleanup();
    }
    lgs_policy_free(job.policy);
    lgs_odoo_facts_destroy(job.facts);
    lgs_arena_destroy(job.arena);
    return rc;
}

static bool read_arguments(int argc, char **argv, job_t *job)
{
    if (argc < 2 || strcmp(argv[1], "check") != 0) {
        return false;
    }
    for (int i = 2; i < argc; i += 2) {
        if (i + 1 == argc) {
            return false;
        }
        if (strcmp(argv[i], "--policies") == 0) {
            job->policies = argv[i + 1];
        } else if (strcmp(argv[i], "--url") == 0) {
            job->url = argv[i + 1];
        } else {
            return false;
        }
    }
    if (job->url && strncmp(job->url, "http://", 7) != 0 && strncmp(job->url, "https://", 8) != 0) {
        fprintf(stderr, "logisticsctl odoo: --url \"%s\": write http://HOST:PORT\n", job->url);
        return false;
    }
    return job->url != NULL;
}

static int check_odoo(job_t *job)
{
    static const lgs_policy_options_t options = {.read_secrets = true, .read_keys = false};
    const lgs_odoo_target_t *target;
    lgs_errs_t errs;

    lgs_errs_init(&errs, job->arena, LGS_MAX_POLICY_ERRORS);
    job->policy = lgs_policy_load(job->policies, &options, &errs);
    if (job->policy == NULL) {
        ctl_print_errors(&errs, job->policies);
        return CTL_USAGE;
    }
    target = lgs_policy_odoo(job->policy);
    job->check = target ? lgs_odoo_check_create(job->arena, target, job->facts) : NULL;
    if (job->check == NULL) {
        fprintf(stderr, "logisticsctl: %s: gateway.yaml has no `odoo`\n", job->policies);
        return CTL_USAGE;
    }
    if (!collect_needs(job) || !ask(job)) {
        return CTL_USAGE;
    }
    return print_findings(job->check);
}

static bool collect_needs(const job_t *job)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; i < lgs_policy_n_routes(job->policy) && rc == LGS_OK; i++) {
        const lgs_query_t *query = lgs_policy_route_at(job->policy, i)->query;

        rc = collect_writes(job, i);
        for (uint32_t k = 0; query && k < query->n_sources && rc == LGS_OK; k++) {
            rc = collect_read(job->check, &query->sources[k]);
        }
    }
    if (rc != LGS_OK) {
        fprintf(stderr, "logisticsctl: out of memory\n");
    }
    return rc == LGS_OK;
}

/* What several routes deliver by is looked at once. */
static lgs_rc_t collect_writes(const job_t *job, uint32_t route)
{
    const lgs_mapping_t *mapping = lgs_policy_route_at(job->policy, route)->odoo;
    lgs_node_t *records = NULL;
    uint32_t n = 0;
    lgs_rc_t rc;

    for (uint32_t i = 0; i < route; i++) {
        if (lgs_policy_route_at(job->policy, i)->odoo == mapping) {
            return LGS_OK;
        }
    }
    rc = mapping ? lgs_mapping_outline(mapping, job->arena, &records, &n) : LGS_OK;
    for (uint32_t i = 0; i < n && rc == LGS_OK; i++) {
        rc = lgs_odoo_check_need(job->check, &records[i]);
    }
    return rc == LGS_OK ? collect_bounds(job, lgs_policy_route_at(job->policy, route)) : rc;
}

/* One way of several is enough: the field of another may come with a module that is not there. */
static lgs_rc_t collect_bounds(const job_t *job, const lgs_route_t *route)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t m = 0; m < route->n_models; m++) {
        const lgs_node_t *ways = lgs_node_get(lgs_policy_bounds(job->policy), route->models[m]);

        for (uint32_t w = 0; ways && ways->type == LGS_ARRAY && w < ways->n; w++) {
            const lgs_node_t *way = &ways->u.items[w];

            for (uint32_t i = 0; i < way->n && rc == LGS_OK; i++) {
                rc = lgs_odoo_check_need_read(job->check, route->models[m],
                                              lgs_node_text(&way->u.members[i].name), ways->n > 1);
            }
        }
    }
    return rc;
}

/* What a source asks for, and what it compares with. */
static lgs_rc_t collect_read(lgs_odoo_check_t *check, const lgs_query_source_t *source)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; rc == LGS_OK && i < source->n_fields; i++) {
        rc = lgs_odoo_check_need_read(check, source->model, source->fields[i].name,
                                      source->fields[i].is_optional);
    }
    for (uint32_t i = 0; i < source->n_where; i++) {
        const lgs_query_any_t *any = &source->where[i];

        for (uint32_t k = 0; k < any->n; k++) {
            for (uint32_t t = 0; rc == LGS_OK && t < any->ways[k].n; t++) {
                const lgs_query_term_t *term = &any->ways[k].terms[t];

                rc = lgs_odoo_check_need_read(check, source->model, term->field, term->is_optional);
            }
        }
    }
    return rc;
}

static bool ask(job_t *job)
{
    lgs_odoo_call_t call;

    while (lgs_odoo_check_next(job->check, &call) == LGS_ODOO_CALL) {
        lgs_odoo_answer_t answer = {.failure = LGS_ODOO_ANSWERED};

        if (!send_call(job, &call, &answer)) {
            fprintf(stderr, "logisticsctl: %s: libcurl cannot send this call\n", job->url);
            return false;
        }
        lgs_odoo_check_answer(job->check, &answer);
    }
    return true;
}

static bool send_call(const job_t *job, const lgs_odoo_call_t *call, lgs_odoo_answer_t *answer)
{
    struct curl_slist *headers = headers_of(call);
    size_t n = strlen(job->url);
    lgs_str_t base = lgs_str(job->url, n && job->url[n - 1] == '/' ? n - 1 : n);
    lgs_str_t url = lgs_arena_printf(job->arena, "%.*s%.*s", LGS_FMT(base), LGS_FMT(call->path));
    CURL *curl = curl_easy_init();
    lgs_buf_t body;
    bool ready = curl && headers && url.data;

    lgs_buf_init(&body, job->arena, 4096, MAX_ANSWER);
    if (ready) {
        ready = curl_easy_setopt(curl, CURLOPT_URL, url.data) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.data) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)call->body.len) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                                 (long)lgs_policy_odoo(job->policy)->timeout_ms) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body) == CURLE_OK;
    }
    if (ready) {
        take_answer(curl, curl_easy_perform(curl), &body, job->arena, answer);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return ready;
}

static struct curl_slist *headers_of(const lgs_odoo_call_t *call)
{
    struct curl_slist *list = add_header(NULL, "Content-Type", LGS_STR("application/json"));

    if (list && call->authorization.len) {
        list = add_header(list, "Authorization", call->authorization);
    }
    if (list && call->database.len) {
        list = add_header(list, "X-Odoo-Database", call->database);
    }
    /* Odoo answers Expect, but waits for the body at most 2 s */
    return list ? add_header(list, "Expect", LGS_STR("")) : NULL;
}

/* NULL, and the list freed, when memory is short. */
static struct curl_slist *add_header(struct curl_slist *list, const char *name, lgs_str_t value)
{
    struct curl_slist *longer = NULL;
    size_t size = strlen(name) + value.len + 3;
    char *line = malloc(size);

    if (line) {
        snprintf(line, size, "%s: %.*s", name, LGS_FMT(value));
        longer = curl_slist_append(list, line);
        free(line);
    }
    if (longer == NULL) {
        curl_slist_free_all(list);
    }
    return longer;
}

static size_t keep(char *data, size_t size, size_t n, void *buf)
{
    lgs_buf_add(buf, data, size * n);
    return ((lgs_buf_t *)buf)->failed ? 0 : size * n;
}

static void take_answer(CURL *curl, CURLcode rc, const lgs_buf_t *body, lgs_arena_t *arena,
                        lgs_odoo_answer_t *answer)
{
    const char *type = NULL;
    long status = 0;

    if (rc != CURLE_OK) {
        answer->failure = rc == CURLE_OPERATION_TIMEDOUT ? LGS_ODOO_TIMED_OUT
                          : rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST
                              ? LGS_ODOO_REFUSED_CONNECTION
                              : LGS_ODOO_CUT;
        return;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    answer->status = (int)status;
    answer->content_type = lgs_arena_str(arena, lgs_cstr(type));
    answer->body = lgs_buf_text(body);
}

static int print_findings(const lgs_odoo_check_t *check)
{
    static const char *const marks[] = {"ok", "look", "BAD"};
    const lgs_odoo_finding_t *finding;
    int width = 0;

    for (uint32_t i = 0; (finding = lgs_odoo_check_finding(check, i)) != NULL; i++) {
        width = (int)finding->what.len > width ? (int)finding->what.len : width;
    }
    for (uint32_t i = 0; (finding = lgs_odoo_check_finding(check, i)) != NULL; i++) {
        printf("%-4s  %-*.*s  %.*s\n", marks[finding->grade], width, LGS_FMT(finding->what),
               LGS_FMT(finding->text));
    }
    return lgs_odoo_check_grade(check) == LGS_ODOO_BAD ? CTL_FINDINGS : CTL_OK;
}
