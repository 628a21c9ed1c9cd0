/* Histories: what is parked comes back, and the order of arrival decides nothing. */
#include "../unit.h"

#include "../../../ngx_logistics_module/formats/json.h"
#include "../../../ngx_logistics_module/order/history.h"

static lgs_arena_t *arena;
static lgs_errs_t errs;

/* d is reached step by step only: what comes before its predecessor is parked. */
static const char chain[] =
    "{\"machine\":\"chain\",\"key\":[\"k\"],\"start\":\"n\",\"states\":{\"n\":{\"rank\":0},\"a\":{"
    "\"rank\":1},\"b\":{\"rank\":2},\"c\":{\"rank\":3},\"d\":{\"rank\":4}},\"events\":{"
    "\"a\":{\"to\":\"a\",\"from\":[\"n\"]},\"b\":{\"to\":\"b\",\"from\":[\"a\"]},"
    "\"c\":{\"to\":\"c\",\"from\":[\"a\",\"b\"]},\"d\":{\"to\":\"d\",\"from\":[\"c\"]}},"
    "\"impossible\":\"park\",\"park\":{\"for\":\"1h\",\"then\":\"refuse\"}}";

/* All may come at any time; x, y and z are of one rank. */
static const char by_rank[] =
    "{\"machine\":\"by-rank\",\"key\":[\"k\"],\"start\":\"n\",\"states\":{\"n\":{\"rank\":0},\"a\":"
    "{\"rank\":1},\"x\":{\"rank\":2},\"y\":{\"rank\":2},\"z\":{\"rank\":2},\"d\":{\"rank\":3}},"
    "\"events\":{\"a\":{\"to\":\"a\"},\"x\":{\"to\":\"x\"},\"y\":{\"to\":\"y\",\"repeat\":true},"
    "\"z\":{\"to\":\"z\",\"from\":[\"n\"]},\"d\":{\"to\":\"d\"}},\"impossible\":\"apply\"}";

static const lgs_machine_t *compile(const char *text)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    const lgs_machine_t *machine;

    lgs_errs_init(&errs, arena, 20);
    if (lgs_json_read(arena, lgs_cstr(text), NULL, doc, &errs) != LGS_OK) {
        exit(1);
    }
    machine = lgs_machine_compile(arena, doc, NULL, &errs);
    unit_show(&errs);
    if (machine == NULL) {
        exit(1);
    }
    return machine;
}

typedef struct {
    lgs_buf_t text; /* "a:applied b:parked …", "!" before what was parked */
} told_t;

static void tell(void *data, const lgs_history_step_t *step)
{
    told_t *told = data;

    lgs_buf_printf(&told->text, "%s%s%.*s:%s", told->text.len ? " " : "",
                   step->was_parked ? "!" : "", LGS_FMT(step->event.type),
                   lgs_order_name(step->decision.order));
}

/* Each letter of `types` is an event; `at` its times, or NULL. Returns the name of the last state.
 */
static lgs_str_t run(const lgs_machine_t *machine, const char *types, const int *at, bool ends,
                     told_t *told)
{
    lgs_history_t *history;

    lgs_buf_init(&told->text, arena, 64, 0);
    history = lgs_history_create(arena, machine, tell, told);
    for (size_t i = 0; types[i]; i++) {
        const lgs_machine_event_t event = {.type = lgs_str(types + i, 1),
                                           .timing = LGS_STR("actual"),
                                           .at_s = at ? at[i] : 0,
                                           .has_time = at != NULL};

        CHECK_INT(lgs_history_take(history, LGS_STR("1"), &event), LGS_OK);
    }
    if (ends) {
        lgs_history_end(history);
    }
    CHECK_INT(lgs_history_n(history), 1);
    return lgs_machine_state_name(machine, lgs_history_at(history, 0, NULL).state);
}

TEST(what_is_parked_comes_back)
{
    const lgs_machine_t *m = compile(chain);
    told_t told;

    CHECK_STR(run(m, "dca", NULL, false, &told), "d");
    CHECK_STR(lgs_buf_text(&told.text), "d:parked c:parked a:applied !c:applied !d:applied");
    CHECK_STR(run(m, "da", NULL, true, &told), "a");
    CHECK_STR(lgs_buf_text(&told.text), "d:parked a:applied !d:refused");
    CHECK_STR(run(m, "dab", NULL, false, &told), "b");
    CHECK_STR(lgs_buf_text(&told.text), "d:parked a:applied b:applied");
}

/* Steps to the next permutation in the order of `compare`; false behind the last. */
static bool next(int *order, int n)
{
    int i = n - 2, k = n - 1;

    while (i >= 0 && order[i] > order[i + 1]) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    while (order[k] < order[i]) {
        k--;
    }
    for (int t = order[i]; t != order[k];) {
        order[i] = order[k];
        order[k] = t;
        break;
    }
    for (int a = i + 1, b = n - 1; a < b; a++, b--) {
        int t = order[a];

        order[a] = order[b];
        order[b] = t;
    }
    return true;
}

/* Every permutation of a history ends where the history itself ends. Returns how many there were.
 */
static unsigned permute(const lgs_machine_t *machine, const char *types, const int *at,
                        const char *want)
{
    int order[8], n = (int)strlen(types);
    unsigned n_tried = 0;

    for (int i = 0; i < n; i++) {
        order[i] = i;
    }
    do {
        char mixed[9] = "";
        int times[8];
        told_t told;

        for (int i = 0; i < n; i++) {
            mixed[i] = types[order[i]];
            times[i] = at[order[i]];
        }
        CHECK_STR(run(machine, mixed, times, false, &told), want);
        n_tried++;
    } while (next(order, n));
    return n_tried;
}

TEST(any_permutation_of_a_complete_history_ends_alike)
{
    static const int at[] = {1, 2, 3, 4, 5, 6, 7};
    static const int same[] = {1, 5, 5, 5, 3, 2};
    static const int back[] = {1, 5, 3, 9, 7, 2};

    CHECK_INT(permute(compile(chain), "abcd", at, "d"), 24);
    CHECK_INT(permute(compile(chain), "abccd", at, "d"), 120);
    CHECK_INT(permute(compile(chain), "acd", at, "d"), 6);
    CHECK_INT(permute(compile(by_rank), "axyzxd", at, "d"), 720);
    CHECK_INT(permute(compile(by_rank), "axyzyx", at, "x"), 720);
    CHECK_INT(permute(compile(by_rank), "axyxzy", back, "x"), 720);
    CHECK_INT(permute(compile(by_rank), "axyzxy", same, "z"), 720);
}

TEST(too_much_of_one_thing_is_parked)
{
    const lgs_machine_t *m = compile(chain);
    const lgs_machine_event_t event = {.type = LGS_STR("d"), .timing = LGS_STR("actual")};
    told_t told;
    lgs_history_t *history = lgs_history_create(arena, m, tell, &told);

    lgs_buf_init(&told.text, arena, 64, 0);
    for (unsigned i = 0; i < LGS_HISTORY_MAX_PARKED; i++) {
        CHECK_INT(lgs_history_take(history, LGS_STR("1"), &event), LGS_OK);
    }
    CHECK_INT(lgs_history_take(history, LGS_STR("1"), &event), LGS_LIMIT);
    CHECK_INT(lgs_history_take(history, LGS_STR("2"), &event), LGS_OK);
}

TEST(out_of_memory_is_an_error)
{
    const lgs_machine_t *m = compile(chain);
    const lgs_machine_event_t event = {.type = LGS_STR("d"), .timing = LGS_STR("actual")};
    unsigned n_failed = 0;

    for (size_t ceiling = 64; ceiling < 16384; ceiling += 64) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);
        told_t told = {{.arena = arena}};
        lgs_history_t *history = lgs_history_create(small, m, tell, &told);

        if (history == NULL || lgs_history_take(history, LGS_STR("1"), &event) == LGS_NOMEM) {
            n_failed++;
        }
        lgs_arena_destroy(small);
    }
    CHECK(n_failed > 2 && n_failed < 250);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(what_is_parked_comes_back);
    RUN(any_permutation_of_a_complete_history_ends_alike);
    RUN(too_much_of_one_thing_is_parked);
    RUN(out_of_memory_is_an_error);
    lgs_arena_destroy(arena);
    return DONE();
}
