/*
 * Whatever partners ask for together, each finds what he finds alone: random records, facts and
 * operations, played against a small Odoo that reads domains. Sometimes it compares texts by other
 * rules than we, as a database may.
 */
#include "script.h"

#include <strings.h>

#define ROUNDS   3000
#define N_OPS    8
#define N_OWNERS 5
#define BOUNDS                                                                                     \
    "{\"m\":[{\"carrier\":\"$partner.carrier\"},{\"type.house\":\"$partner.houses\",\"open\":"     \
    "true}]}"
#define FIELDS                                                                                     \
    "{\"a\":{\"type\":\"char\"},\"b\":{\"type\":\"char\"},\"n\":{\"type\":\"float\"},\"carrier\":" \
    "{"                                                                                            \
    "\"type\":\"many2one\"},\"type\":{\"type\":\"many2one\"},\"open\":{\"type\":\"boolean\"}}"

typedef struct {
    unsigned id, carrier, house, n;
    const char *a, *b;
    bool open;
} record_t;

static const char *const texts[] = {"x", "y", "z", "X", "1"};
static record_t records[12];
static bool is_loose; /* "x" is "X" to Odoo */
static uint64_t seed = 4711;

static unsigned any(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

/* ---- Odoo ---- */

static bool is_equal(const record_t *record, lgs_str_t field, const lgs_node_t *value)
{
    const struct {
        const char *name;
        unsigned number;
    } numbers[] = {{"id", record->id}, {"carrier", record->carrier}, {"type.house", record->house}};
    lgs_str_t text = lgs_node_text(value);
    char own[16] = "";

    if (lgs_str_is(field, "open")) {
        return record->open == lgs_node_is_true(value);
    }
    snprintf(own, sizeof(own), "%s", lgs_str_is(field, "a") ? record->a : record->b);
    if (lgs_str_is(field, "n")) {
        snprintf(own, sizeof(own), "%u", record->n);
    }
    for (size_t i = 0; i < LGS_N(numbers); i++) {
        if (lgs_str_is(field, numbers[i].name)) {
            snprintf(own, sizeof(own), "%u", numbers[i].number);
        }
    }
    return text.len == strlen(own) && (is_loose ? strncasecmp(own, text.data, text.len) == 0
                                                : memcmp(own, text.data, text.len) == 0);
}

static bool holds(const record_t *record, const lgs_node_t *leaf)
{
    lgs_str_t field = lgs_node_text(&leaf->u.items[0]);
    const lgs_node_t *value = &leaf->u.items[2];

    if (value->type != LGS_ARRAY) {
        return is_equal(record, field, value);
    }
    for (uint32_t i = 0; i < value->n; i++) {
        if (is_equal(record, field, &value->u.items[i])) {
            return true;
        }
    }
    return false;
}

/* The next term of a domain, in prefix form. */
static bool term(const record_t *record, const lgs_node_t *domain, uint32_t *at)
{
    const lgs_node_t *node = &domain->u.items[(*at)++];
    bool left, right;

    if (node->type != LGS_STRING) {
        return holds(record, node);
    }
    left = term(record, domain, at);
    right = term(record, domain, at);
    return lgs_str_is(lgs_node_text(node), "|") ? left || right : left && right;
}

static void search(lgs_buf_t *buf, const lgs_node_t *domain)
{
    const char *between = "";

    lgs_buf_byte(buf, '[');
    for (size_t i = 0; i < LGS_N(records); i++) {
        const record_t *record = &records[i];
        bool is_found = true;

        for (uint32_t at = 0; at < domain->n;) {
            is_found &= term(record, domain, &at);
        }
        if (is_found) {
            lgs_buf_printf(buf, "%s{\"id\":%u,\"a\":\"%s\",\"b\":\"%s\",\"n\":%u.0}", between,
                           record->id, record->a, record->b, record->n);
            between = ",";
        }
    }
    lgs_buf_byte(buf, ']');
}

static unsigned play(stage_t *stage)
{
    lgs_odoo_call_t call;
    unsigned n = 0;

    while (lgs_odoo_plan_next(stage->plan, &call) == LGS_ODOO_CALL) {
        lgs_buf_t buf;
        lgs_doc_t doc;

        n++;
        lgs_buf_init(&buf, stage->arena, 256, 0);
        if (lgs_json_read(stage->arena, call.body, NULL, &doc, &stage->errs) != LGS_OK) {
            exit(2);
        }
        if (stage_holds(call.path, LGS_STR(""), "fields_get")) {
            lgs_buf_cstr(&buf, FIELDS);
        } else if (stage_holds(call.path, LGS_STR(""), "search_read")) {
            search(&buf, lgs_node_at(&doc.root, "domain"));
        } else {
            lgs_buf_cstr(&buf, "true");
        }
        lgs_odoo_plan_answer(stage->plan, &(lgs_odoo_answer_t){.status = 200,
                                                               .content_type = LGS_STR(JSON),
                                                               .body = lgs_buf_text(&buf)});
    }
    return n;
}

/* ---- what is asked ---- */

static void make_records(void)
{
    for (size_t i = 0; i < LGS_N(records); i++) {
        record_t *record = &records[i];

        record->id = (unsigned)i + 1;
        record->carrier = any(3) + 1;
        record->house = any(3) + 1;
        record->n = any(3);
        record->a = texts[any(LGS_N(texts))];
        record->b = texts[any(LGS_N(texts))];
        record->open = any(4) > 0;
    }
    is_loose = any(2);
}

static lgs_odoo_reach_t make_reach(lgs_arena_t *arena)
{
    static const char *const facts[] = {
        "{\"carrier\":1}",     "{\"carrier\":2}",    "{\"carrier\":3,\"houses\":[1,2]}",
        "{\"houses\":[2,3]}",  "{\"houses\":1}",     "{}",
        "{\"carrier\":[1,2]}", "{\"carrier\":\"1\"}"};
    lgs_odoo_reach_t reach = stage_reach(arena, BOUNDS, facts[any(LGS_N(facts))]);

    reach.is_unbound = any(8) == 0;
    return reach;
}

static lgs_str_t make_operation(lgs_arena_t *arena)
{
    static const char *const by[] = {"\"a\"", "\"b\"", "[\"a\",\"b\"]", "[\"b\",\"a\"]",
                                     "[\"a\",\"n\"]"};
    static const char *const more[] = {"", ",\"many\":\"first\"", ",\"many\":\"last\"",
                                       ",\"where\":{\"open\":true},\"many\":\"last\"",
                                       ",\"else\":\"skip\""};

    const char *fields = by[any(LGS_N(by))], *first = texts[any(LGS_N(texts))];
    const char *second = texts[any(LGS_N(texts))], *rest = more[any(LGS_N(more))];

    return lgs_arena_printf(arena,
                            "{\"op\":\"write\",\"model\":\"m\",\"values\":{\"v\":1},\"record\":{"
                            "\"find\":\"f\"},\"find\":{\"f\":{\"model\":\"m\",\"by\":%s,\"value\":["
                            "\"%s\",\"%s\"]%s}}}",
                            fields, first, second, rest);
}

static lgs_odoo_plan_t *plan_of(stage_t *stage, lgs_str_t operations,
                                const lgs_odoo_reach_t *const *reaches)
{
    lgs_doc_t doc;

    if (lgs_json_read(stage->arena, operations, NULL, &doc, &stage->errs) != LGS_OK) {
        exit(2);
    }
    stage->plan = lgs_odoo_plan_create(
        stage->arena, &stage->target, stage->facts,
        &(lgs_odoo_work_t){doc.root.u.items, doc.root.n, reaches, LGS_STR("c")}, &stage->errs);
    return stage->plan;
}

static bool is_same(const lgs_odoo_outcome_t *a, const lgs_odoo_outcome_t *b)
{
    return a->verdict == b->verdict && a->problem == b->problem && a->id == b->id &&
           lgs_str_eq(a->message, b->message) && lgs_str_eq(a->lacks, b->lacks);
}

/* What differs is shown; how many calls all of them took together and apart is added up. */
static void round_of(unsigned number, unsigned *n_shared, unsigned *n_alone, unsigned *n_found)
{
    const lgs_odoo_reach_t *reaches[N_OPS];
    lgs_odoo_reach_t owners[N_OWNERS];
    lgs_str_t operations[N_OPS];
    stage_t together;
    lgs_buf_t all;

    stage_open(&together, LGS_ODOO_JSON2);
    make_records();
    for (size_t i = 0; i < N_OWNERS; i++) {
        owners[i] = make_reach(together.arena);
    }
    lgs_buf_init(&all, together.arena, 1024, 0);
    for (size_t i = 0; i < N_OPS; i++) {
        operations[i] = make_operation(together.arena);
        reaches[i] = &owners[any(N_OWNERS)];
        lgs_buf_cstr(&all, i ? "," : "[");
        lgs_buf_str(&all, operations[i]);
    }
    lgs_buf_byte(&all, ']');
    CHECK(plan_of(&together, lgs_buf_text(&all), reaches) != NULL);
    *n_shared += play(&together);
    for (uint32_t i = 0; i < N_OPS; i++) {
        const lgs_odoo_outcome_t *ours = lgs_odoo_plan_outcome(together.plan, i), *theirs;
        stage_t alone;

        stage_open(&alone, LGS_ODOO_JSON2);
        CHECK(plan_of(&alone, lgs_arena_printf(alone.arena, "[%.*s]", LGS_FMT(operations[i])),
                      &reaches[i]) != NULL);
        *n_alone += play(&alone);
        theirs = lgs_odoo_plan_outcome(alone.plan, 0);
        *n_found += ours->verdict == LGS_ODOO_WRITTEN;
        if (!is_same(ours, theirs)) {
            unit_bad = 1;
            printf("# round %u: %.*s\n# together: %d %d %lld %.*s\n# alone: %d %d %lld %.*s\n",
                   number, LGS_FMT(operations[i]), ours->verdict, ours->problem,
                   (long long)ours->id, LGS_FMT(ours->message), theirs->verdict, theirs->problem,
                   (long long)theirs->id, LGS_FMT(theirs->message));
        }
        stage_close(&alone);
    }
    stage_close(&together);
}

TEST(together_is_as_alone)
{
    unsigned n_shared = 0, n_alone = 0, n_found = 0;

    for (unsigned i = 0; i < ROUNDS && !unit_bad; i++) {
        round_of(i, &n_shared, &n_alone, &n_found);
    }
    printf("# %u operations, %u of them written: %u calls together, %u alone\n", ROUNDS * N_OPS,
           n_found, n_shared, n_alone);
    CHECK(n_shared < n_alone);
    CHECK(n_found > ROUNDS); /* else the above would show little */
}

int main(void)
{
    RUN(together_is_as_alone);
    return DONE();
}
