/*
 * A plan played against a script: each line says what the next call must be and what is answered.
 * Texts of calls are compared as "path body" by what they hold, so that a test names what it is
 * about.
 */
#ifndef LGS_TEST_SCRIPT_H
#define LGS_TEST_SCRIPT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../unit.h"
#include "../../../ngx_logistics_module/odoo/outcome.h"

/* A line of a script says only what it is about; the rest of its row is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define JSON "application/json; charset=utf-8"
#define HTML "text/html; charset=utf-8"

typedef struct {
    const char *expect[5]; /* parts of "path body", in any order; NULL ends */
    const char *answer;    /* body; NULL with `failure` */
    int failure;
    int status;       /* 0: 200 */
    const char *type; /* NULL: JSON */
    bool says_when;
} line_t;

typedef struct {
    lgs_arena_t *arena;
    lgs_odoo_target_t target;
    lgs_odoo_facts_t *facts;
    lgs_odoo_reach_t reach;      /* everything, unless a test says other */
    lgs_odoo_reach_t reaches[3]; /* of several partners: `owners` says whose an operation is */
    const char *owners;          /* a digit for each operation; NULL: all are of `reach` */
    lgs_errs_t errs;
    lgs_odoo_plan_t *plan;
    lgs_str_t bodies[64]; /* of the calls made */
    lgs_str_t paths[64];
    unsigned n_calls;
} stage_t;

#define ALL(model) "\"" model "\":\"all\","
#define EVERYTHING                                                                                 \
    "{" ALL("account.move") ALL("account.tax") ALL("fleet.vehicle") ALL("mail.message")            \
        ALL("product.product") ALL("res.country") ALL("res.partner") ALL("sale.order")             \
            ALL("stock.move") ALL("stock.picking") ALL("n") ALL("p") ALL("x") ALL("y")             \
                ALL("other") ALL("stock.location") ALL("uom.uom") "\"m\":\"all\"}"

/* Bounds as gateway.yaml has them, and the partner's facts; both JSON objects, living in `arena`.
 */
static inline lgs_odoo_reach_t stage_reach(lgs_arena_t *arena, const char *bounds,
                                           const char *facts)
{
    lgs_odoo_reach_t reach = {.bounds = NULL};
    lgs_node_t *root = lgs_arena_alloc(arena, sizeof(*root));
    lgs_map_t *map = lgs_map_create(arena, 8);
    lgs_doc_t doc;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 5);
    if (lgs_json_read(arena, lgs_cstr(bounds), NULL, &doc, &errs) != LGS_OK) {
        unit_show(&errs);
        exit(2);
    }
    *root = doc.root;
    reach.bounds = root;
    if (facts && lgs_json_read(arena, lgs_cstr(facts), NULL, &doc, &errs) == LGS_OK) {
        for (uint32_t i = 0; i < doc.root.n; i++) {
            lgs_node_t *value = lgs_arena_alloc(arena, sizeof(*value));

            *value = doc.root.u.members[i].value;
            if (lgs_map_add(map, lgs_node_text(&doc.root.u.members[i].name), value) != LGS_OK) {
                exit(2);
            }
        }
    }
    reach.facts = map;
    return reach;
}

static inline void stage_open(stage_t *stage, lgs_odoo_api_t api)
{
    memset(stage, 0, sizeof(*stage));
    stage->arena = lgs_arena_create(0, 0);
    stage->facts = lgs_odoo_facts_create();
    stage->target = (lgs_odoo_target_t){.api = api,
                                        .database = LGS_STR("prod"),
                                        .user = LGS_STR("gateway"),
                                        .key = LGS_STR("s3cret"),
                                        .timeout_ms = 1000};
    stage->reach = stage_reach(stage->arena, EVERYTHING, NULL);
    lgs_errs_init(&stage->errs, stage->arena, 20);
}

static inline void stage_close(stage_t *stage)
{
    lgs_odoo_facts_destroy(stage->facts);
    lgs_arena_destroy(stage->arena);
}

static inline const lgs_odoo_reach_t *const *stage_reaches(const stage_t *stage, uint32_t n)
{
    const lgs_odoo_reach_t **reaches = lgs_arena_array(stage->arena, n, sizeof(*reaches));

    for (uint32_t i = 0; i < n; i++) {
        reaches[i] = stage->owners ? &stage->reaches[stage->owners[i] - '0'] : &stage->reach;
    }
    return reaches;
}

/* `operations`: a JSON array. NULL when it is refused. */
static inline lgs_odoo_plan_t *stage_plan(stage_t *stage, const char *operations)
{
    lgs_doc_t doc;

    if (lgs_json_read(stage->arena, lgs_cstr(operations), NULL, &doc, &stage->errs) != LGS_OK) {
        printf("# the test's own JSON is wrong: %s\n", operations);
        unit_show(&stage->errs);
        exit(2);
    }
    stage->n_calls = 0;
    stage->plan = lgs_odoo_plan_create(stage->arena, &stage->target, stage->facts,
                                       &(lgs_odoo_work_t){doc.root.u.items, doc.root.n,
                                                          stage_reaches(stage, doc.root.n),
                                                          LGS_STR("corr-1")},
                                       &stage->errs);
    return stage->plan;
}

static inline bool stage_holds(lgs_str_t path, lgs_str_t body, const char *part)
{
    size_t n = strlen(part);

    return (path.len >= n && memmem(path.data, path.len, part, n)) ||
           (body.len >= n && memmem(body.data, body.len, part, n));
}

/* Plays the lines; more or fewer calls than lines, or a part that is missing, fails the test. */
static inline void stage_play(stage_t *stage, const line_t *lines, unsigned n)
{
    lgs_odoo_call_t call;
    unsigned i = 0;

    while (lgs_odoo_plan_next(stage->plan, &call) == LGS_ODOO_CALL) {
        char *body;

        if (i == n) {
            unit_bad = 1;
            printf("# call %u was not expected: %.*s %.*s\n", i, LGS_FMT(call.path),
                   LGS_FMT(call.body));
            return;
        }
        stage->paths[i] = call.path;
        stage->bodies[i] = call.body;
        for (unsigned e = 0; e < 5 && lines[i].expect[e]; e++) {
            if (!stage_holds(call.path, call.body, lines[i].expect[e])) {
                unit_bad = 1;
                printf("# call %u has no %s: %.*s %.*s\n", i, lines[i].expect[e],
                       LGS_FMT(call.path), LGS_FMT(call.body));
            }
        }
        /* the body dies with the answer: what the plan keeps must be a copy */
        body = lines[i].answer ? strdup(lines[i].answer) : NULL;
        lgs_odoo_plan_answer(
            stage->plan,
            &(lgs_odoo_answer_t){.status = body ? lines[i].status ? lines[i].status : 200 : 0,
                                 .content_type = lgs_cstr(lines[i].type ? lines[i].type : JSON),
                                 .body = lgs_cstr(body),
                                 .failure = lines[i].failure,
                                 .says_when = lines[i].says_when});
        free(body);
        i++;
    }
    stage->n_calls = i;
    if (i != n) {
        unit_bad = 1;
        printf("# %u calls, not %u\n", i, n);
    }
}

#define PLAY(stage, ...)                                                                           \
    do {                                                                                           \
        static const line_t play_lines[] = {__VA_ARGS__};                                          \
        stage_play(stage, play_lines, LGS_N(play_lines));                                          \
    } while (0)

/* Verdict, problem and a part of the message of operation i. */
static inline void stage_outcome(const stage_t *stage, unsigned i, lgs_odoo_verdict_t verdict,
                                 lgs_problem_kind_t problem, int64_t id, const char *message)
{
    const lgs_odoo_outcome_t *outcome = lgs_odoo_plan_outcome(stage->plan, i);

    if (outcome->verdict != verdict || outcome->problem != problem || outcome->id != id ||
        (message && !stage_holds(outcome->message, (lgs_str_t){NULL, 0}, message))) {
        unit_bad = 1;
        printf("# operation %u: verdict %d problem %d id %lld \"%.*s\"\n", i, outcome->verdict,
               outcome->problem, (long long)outcome->id, LGS_FMT(outcome->message));
    }
}

#endif
