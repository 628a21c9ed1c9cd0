/*
 * A read played against a script: what each call holds, what is answered, what comes out. The
 * first source is found by a reference and bound to the partner, the second hangs on its ids.
 */
#define _GNU_SOURCE
#include "../unit.h"
#include "../../../ngx_logistics_module/query/internal.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define FIELD(text)                                                                                \
    {                                                                                              \
        .name = LGS_STR_INIT(text)                                                                 \
    }
#define S(text) LGS_STR_INIT(text)

static lgs_query_param_t params[] = {
    {.name = S("ref"), .max_bytes = 64, .max_values = 5},
    {.name = S("since"), .type = LGS_PARAM_TIME, .max_bytes = 64, .max_values = 1},
};

/* (tracking = ref | origin = ref) & (carrier_id = partner.carrier | partner_id.top =
 * partner.contact) & since */
static lgs_query_term_t by_tracking = {
    .field = S("tracking"), .from = LGS_TERM_PARAM, .is_optional = true};
static lgs_query_term_t by_origin = {.field = S("origin"), .from = LGS_TERM_PARAM};
static lgs_query_term_t by_carrier = {
    .field = S("carrier_id"), .from = LGS_TERM_PARTNER, .name = S("carrier")};
static lgs_query_term_t by_contact[] = {
    {.field = S("partner_id.top"), .from = LGS_TERM_PARTNER, .name = S("contact")},
    {.field = S("state"), .kind = LGS_TERM_IS_NOT, .from = LGS_TERM_FIXED}};
static lgs_query_term_t by_time = {
    .field = S("date"), .kind = LGS_TERM_FROM, .from = LGS_TERM_PARAM, .index = 1};
static lgs_query_all_t ref_ways[] = {{&by_tracking, 1}, {&by_origin, 1}};
static lgs_query_all_t partner_ways[] = {{&by_carrier, 1}, {by_contact, 2}};
static lgs_query_all_t time_way[] = {{&by_time, 1}};
static lgs_query_any_t first_where[] = {{ref_ways, 2}, {partner_ways, 2}, {time_way, 1}};
static lgs_query_field_t first_fields[] = {FIELD("name"),
                                           {.name = S("tracking"), .is_optional = true},
                                           {.name = S("price"), .scopes = 2},
                                           {.name = S("active"), .is_boolean = true},
                                           FIELD("partner_id")};

static lgs_query_term_t by_ids = {.field = S("res_id"), .from = LGS_TERM_ROWS, .name = S("id")};
static lgs_query_term_t by_end = {
    .field = S("message_id"), .kind = LGS_TERM_ENDS, .from = LGS_TERM_FIXED};
static lgs_query_all_t ids_way[] = {{&by_ids, 1}}, end_way[] = {{&by_end, 1}};
static lgs_query_any_t second_where[] = {{ids_way, 1}, {end_way, 1}};
static lgs_query_field_t second_fields[] = {FIELD("body"), FIELD("res_id")};
static lgs_query_join_t joins[] = {{.member = S("of"), .source = 0, .by = S("res_id")}};

static lgs_query_source_t sources[] = {{.name = S("things"),
                                        .model = S("a.thing"),
                                        .where = first_where,
                                        .n_where = 3,
                                        .fields = first_fields,
                                        .n_fields = LGS_N(first_fields),
                                        .order = S("id"),
                                        .is_descending = true,
                                        .limit = 2},
                                       {.name = S("notes"),
                                        .model = S("a.note"),
                                        .where = second_where,
                                        .n_where = 2,
                                        .fields = second_fields,
                                        .n_fields = 2,
                                        .joins = joins,
                                        .n_joins = 1,
                                        .order = S("body"),
                                        .limit = 10}};

static lgs_str_t scopes[] = {S("see"), S("prices")};
static lgs_query_t query = {.name = S("q"),
                            .params = params,
                            .n_params = 2,
                            .sources = sources,
                            .n_sources = 2,
                            .paged = 1,
                            .page = 2,
                            .max_page = 10,
                            .scopes = scopes,
                            .n_scopes = 2,
                            .show = {.whole = 3, .part = 3}};
static lgs_odoo_target_t target = {
    .api = LGS_ODOO_JSON2, .database = S("prod"), .user = S("gw"), .key = S("s3cret")};

static lgs_arena_t *arena;
static lgs_odoo_facts_t *odoo;
static lgs_errs_t errs;
static lgs_query_args_t args;
static lgs_query_plan_t *plan;
static lgs_query_answer_t answer;
static lgs_map_t *facts;
static lgs_node_t fact;
static uint32_t mask;
static const char *partner = "acme";

static const char *const mapping = "{\"mapping\":\"m\",\"output\":\"view.q\",\"emit\":[{\"things\":"
                                   "\"/things\",\"notes\":\"/notes\",\"more\":\"/more\","
                                   "\"params\":\"/params\"}]}";
static const char *const list_mapping =
    "{\"mapping\":\"m\",\"output\":\"view.q\",\"emit\":[{\"for_each\":\"/notes\",\"body\":\"/"
    "body\",\"of\":\"/of/name\"}]}";

static const lgs_doc_t *doc_of(const char *json)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));

    if (doc == NULL || lgs_json_read(arena, lgs_cstr(json), NULL, doc, &errs) != LGS_OK) {
        unit_show(&errs);
        exit(2);
    }
    return doc;
}

static void open_world(const char *known_fact)
{
    static const lgs_mapping_env_t env;
    lgs_schema_store_t *store;

    arena = lgs_arena_create(0, 0);
    odoo = lgs_odoo_facts_create();
    lgs_errs_init(&errs, arena, 20);
    store = lgs_schema_store_create(arena);
    query.mapping = lgs_mapping_compile(arena, doc_of(query.is_list ? list_mapping : mapping), &env,
                                        &errs);
    if (query.mapping == NULL ||
        lgs_schema_store_add(store, LGS_STR("v"), doc_of("{\"type\":\"object\"}"), &errs) !=
            LGS_OK ||
        (query.view = lgs_schema_compile(store, LGS_STR("v"), &errs)) == NULL) {
        unit_show(&errs);
        exit(2);
    }
    facts = lgs_map_create(arena, 4);
    fact = lgs_node_number(LGS_STR("7"), 0);
    if (known_fact && lgs_map_add(facts, lgs_cstr(known_fact), &fact) != LGS_OK) {
        exit(2);
    }
    by_contact[1].value = lgs_node_string(LGS_STR("cancel"), 0, 0);
    by_end.value = lgs_node_string(LGS_STR("50%_\\@x>"), 0, 0);
}

static void close_world(void)
{
    lgs_odoo_facts_destroy(odoo);
    lgs_arena_destroy(arena);
}

static bool start(const char *string)
{
    const lgs_query_caller_t caller = {
        .partner = lgs_cstr(partner), .facts = facts, .scopes = mask, .id = LGS_STR("c1")};

    if (lgs_query_read_args(&query, arena, NULL, NULL, 0, lgs_cstr(string), &args, &errs) !=
        LGS_OK) {
        return false;
    }
    plan = lgs_query_plan_create(arena, &query, &args, &caller, &target, odoo, &errs);
    return plan != NULL;
}

typedef struct {
    const char *expect[4]; /* parts of "path body"; one that begins with ! must not be there */
    const char *answer;    /* NULL: the connection was cut */
} line_t;

static bool holds(const lgs_odoo_call_t *call, const char *part)
{
    return memmem(call->path.data, call->path.len, part, strlen(part)) ||
           memmem(call->body.data, call->body.len, part, strlen(part));
}

static void play(const line_t *lines, unsigned n)
{
    lgs_odoo_call_t call;
    unsigned i = 0;

    while (lgs_query_plan_next(plan, &call) == LGS_ODOO_CALL && i < n) {
        char *body = lines[i].answer ? strdup(lines[i].answer) : NULL;

        for (unsigned e = 0; e < 4 && lines[i].expect[e]; e++) {
            bool is_absent = lines[i].expect[e][0] == '!';

            if (holds(&call, lines[i].expect[e] + is_absent) == is_absent) {
                unit_bad = 1;
                printf("# call %u, %s: %.*s %.*s\n", i, lines[i].expect[e], LGS_FMT(call.path),
                       LGS_FMT(call.body));
            }
        }
        lgs_query_plan_answer(
            plan, &(lgs_odoo_answer_t){.status = body ? 200 : 0,
                                       .content_type = LGS_STR("application/json"),
                                       .body = lgs_cstr(body),
                                       .failure = body ? LGS_ODOO_ANSWERED : LGS_ODOO_CUT});
        free(body); /* what is kept of it must be a copy */
        i++;
    }
    CHECK_INT(i, n);
    lgs_query_plan_finish(plan, &answer, &errs);
}

#define PLAY(...)                                                                                  \
    do {                                                                                           \
        static const line_t play_lines[] = {__VA_ARGS__};                                          \
        play(play_lines, LGS_N(play_lines));                                                       \
    } while (0)

#define FIELDS          "{\"tracking\":{\"type\":\"float\"}}"
#define THING(id, more) "{\"id\":" #id ",\"name\":\"T" #id "\"" more "}"

TEST(one_thing_and_its_notes)
{
    open_world("carrier");
    mask = 1;
    CHECK(start("ref=%22%5D,b&since=2026-11-21T01:00:00%2B02:00"));
    PLAY(
        {{"/json/2/a.thing/fields_get", "\"allfields\":[\"tracking\"]", "!price"}, FIELDS},
        {{"/json/2/a.thing/search_read",
          "\"domain\":[\"|\",[\"tracking\",\"in\",[\"\\\"]\",\"b\"]],[\"origin\",\"in\",[\"\\\"]\","
          "\"b\"]],"
          "[\"carrier_id\",\"=\",7],[\"date\",\">=\",\"2026-11-20 23:00:00\"]]",
          "\"fields\":[\"name\",\"tracking\",\"active\",\"partner_id\"],\"order\":\"id "
          "desc\",\"limit\":3",
          "!price"},
         "[" THING(5, ",\"active\":false,\"tracking\":false,\"price\":9,\"partner_id\":[3,\"P\"]") "," THING(
             4, "") "," THING(3, "") "]"},
        {{"/json/2/a.note/search_read", "[\"res_id\",\"in\",[5,4]]",
          "[\"message_id\",\"=like\",\"%50\\\\%\\\\_\\\\\\\\@x>\"]",
          "\"order\":\"body, id\",\"limit\":11"},
         "[{\"id\":1,\"body\":\"b\",\"res_id\":4},{\"id\":2,\"body\":false,\"res_id\":99}]"});
    CHECK_INT(answer.problem, LGS_PROBLEM_NONE);
    CHECK_STR(answer.body, "{\"things\":[{\"id\":5,\"name\":\"T5\",\"active\":false,\"partner_id\":"
                           "[3,\"P\"]},{\"id\":4,\"name\":\"T4\"}],"
                           "\"notes\":[{\"id\":1,\"body\":\"b\",\"res_id\":4,\"of\":{\"id\":4,"
                           "\"name\":\"T4\"}},{\"id\":2,\"res_id\":99}],"
                           "\"more\":{\"things\":true,\"notes\":false},\"params\":{\"ref\":[\"\\\"]"
                           "\",\"b\"],\"since\":\"2026-11-21T01:00:00+02:00\"}}");
    CHECK_INT(answer.etag.len, LGS_QUERY_ETAG);
    CHECK_INT(answer.link.len, 0);
    CHECK_INT(lgs_query_plan_calls(plan), 3);
    close_world();
}

TEST(what_a_scope_may_not_see_is_not_asked)
{
    open_world("contact");
    mask = 3;
    CHECK(start("ref=a"));
    PLAY({{"fields_get"}, "{}"},
         {{"[\"origin\",\"=\",\"a\"],\"&\",[\"partner_id.top\",\"=\",7],[\"state\",\"!=\","
           "\"cancel\"]]",
           "\"price\"", "!tracking"},
          "[" THING(5, ",\"price\":1.5") "]"},
         {{"[\"res_id\",\"=\",5]"}, "[]"});
    CHECK(memmem(answer.body.data, answer.body.len, "\"price\":1.5", 11) != NULL);
    /* what is known of the fields is not asked again */
    mask = 1;
    CHECK(start("ref=a"));
    PLAY({{"search_read", "!price", "!tracking"}, "[]"});
    CHECK_INT(answer.problem, LGS_PROBLEM_NOT_FOUND);
    sources[1].scopes = 2;
    CHECK(start("ref=a"));
    PLAY({{"a.thing"}, "[" THING(5, "") "]"});
    CHECK_INT(answer.problem, LGS_PROBLEM_NONE);
    sources[1].scopes = 0;
    close_world();
}

/* A condition that cannot hold is never left out. */
TEST(nothing_of_the_partners_is_nothing)
{
    open_world(NULL);
    mask = 1;
    CHECK(start("ref=a"));
    PLAY({{"fields_get"}, FIELDS});
    CHECK_INT(answer.problem, LGS_PROBLEM_NOT_FOUND);
    close_world();
}

TEST(odoo_in_trouble)
{
    open_world("carrier");
    mask = 1;
    CHECK(start("ref=a"));
    PLAY({{"fields_get"}, FIELDS}, {{"search_read"}, NULL});
    CHECK_INT(answer.problem, LGS_PROBLEM_ODOO_AWAY);
    CHECK(start("ref=a"));
    PLAY({{"search_read"}, "{\"no\":\"list\"}"});
    CHECK_INT(answer.problem, LGS_PROBLEM_ODOO_AWAY);
    CHECK_INT(answer.body.len, 0);
    close_world();
}

TEST(by_jsonrpc_it_logs_in_once)
{
    open_world("carrier");
    mask = 1;
    target.api = LGS_ODOO_JSONRPC;
    CHECK(start("ref=a"));
    PLAY({{"\"authenticate\""}, "{\"jsonrpc\":\"2.0\",\"result\":9}"},
         {{"[\"prod\",9,\"s3cret\",\"a.thing\",\"fields_get\""},
          "{\"jsonrpc\":\"2.0\",\"result\":" FIELDS "}"},
         {{"\"search_read\",[[", "]],{\"fields\":["}, "{\"jsonrpc\":\"2.0\",\"result\":[]}"});
    CHECK_INT(answer.problem, LGS_PROBLEM_NOT_FOUND);
    CHECK(start("ref=a"));
    PLAY({{"search_read"},
          "{\"jsonrpc\":\"2.0\",\"error\":{\"data\":{\"name\":\"psycopg2.errors."
          "SerializationFailure\",\"arguments\":[\"x\"]}}}"},
         {{"search_read"},
          "{\"jsonrpc\":\"2.0\",\"error\":{\"data\":{\"name\":\"odoo.exceptions.AccessDenied\","
          "\"arguments\":[\"x\"]}}}"},
         {{"authenticate"}, "{\"jsonrpc\":\"2.0\",\"result\":false}"});
    CHECK_INT(answer.problem, LGS_PROBLEM_ODOO_CREDENTIALS);
    target.api = LGS_ODOO_JSON2;
    close_world();
}

/* ---- pages ---- */

static void page(const char *first, const char *call, const char *rows)
{
    line_t lines[] = {
        {{"fields_get"}, FIELDS}, {{"a.thing"}, "[" THING(5, "") "]"}, {{call}, rows}};

    CHECK(start(first));
    play(lines + (lgs_odoo_facts_field(odoo, LGS_STR("a.thing"), LGS_STR("tracking")) !=
                  LGS_ODOO_FIELD_UNKNOWN),
         3 - (lgs_odoo_facts_field(odoo, LGS_STR("a.thing"), LGS_STR("tracking")) !=
              LGS_ODOO_FIELD_UNKNOWN));
}

static char *with_cursor(const char *string)
{
    static char text[4096];
    const char *from = memmem(answer.body.data, answer.body.len, "\"next\":\"", 8);

    snprintf(text, sizeof(text), "%s&cursor=%.*s", string,
             from ? (int)(answer.body.data + answer.body.len - 2 - (from + 8)) : 0,
             from ? from + 8 : "");
    return text;
}

TEST(pages_go_on_behind_the_last_row)
{
    query.is_list = true;
    open_world("carrier");
    mask = 1;
    page("ref=a%20b", "\"order\":\"body, id\",\"limit\":3",
         "[{\"id\":8,\"body\":\"x\\\"\",\"res_id\":5},{\"id\":3,\"body\":\"y\"},{\"id\":4,\"body\":"
         "\"z\"}]");
    CHECK(memmem(answer.body.data, answer.body.len,
                 "{\"items\":[{\"body\":\"x\\\"\",\"of\":\"T5\"},{\"body\":\"y\"}],\"next\":\"",
                 55) != NULL);
    CHECK(lgs_str_starts(answer.link, LGS_STR("<?ref=a%20b&limit=2&cursor=")));
    page(with_cursor("ref=a%20b"),
         "\"|\",\"|\",[\"body\",\"=\",false],[\"body\",\">\",\"y\"],\"&\",[\"body\",\"=\",\"y\"],["
         "\"id\",\">\",3]]",
         "[{\"id\":4,\"body\":\"z\"},{\"id\":5,\"body\":false},{\"id\":6,\"body\":false}]");
    page(with_cursor("ref=a%20b&limit=5"), "\"&\",[\"body\",\"=\",false],[\"id\",\">\",5]]",
         "[{\"id\":6,\"body\":false}]");
    CHECK_STR(answer.body, "{\"items\":[{}],\"next\":null}");
    CHECK_INT(answer.link.len, 0);
    sources[1].is_descending = true;
    page("ref=a", "\"order\":\"body desc, id desc\"",
         "[{\"id\":9,\"body\":false},{\"id\":7,\"body\":false},{\"id\":4,\"body\":\"z\"}]");
    page(with_cursor("ref=a"),
         "\"|\",[\"body\",\"!=\",false],\"&\",[\"body\",\"=\",false],[\"id\",\"<\",7]]",
         "[{\"id\":4,\"body\":\"z\"},{\"id\":3,\"body\":\"y\"},{\"id\":2,\"body\":\"x\"}]");
    page(with_cursor("ref=a"),
         "\"|\",[\"body\",\"<\",\"y\"],\"&\",[\"body\",\"=\",\"y\"],[\"id\",\"<\",3]]", "[]");
    sources[1].order = LGS_STR("id");
    page("ref=a", "\"order\":\"id desc\"", "[{\"id\":9},{\"id\":7},{\"id\":4}]");
    page(with_cursor("ref=a"), "[\"id\",\"<\",7]]", "[]");
    sources[1].is_descending = false;
    sources[1].order = LGS_STR("body");
    close_world();
    query.is_list = false;
}

TEST(only_our_own_cursors)
{
    char *cursor, first;

    query.is_list = true;
    open_world("carrier");
    mask = 1;
    page("ref=a", "a.note",
         "[{\"id\":8,\"body\":\"x\"},{\"id\":3,\"body\":\"y\"},{\"id\":4,\"body\":\"z\"}]");
    cursor = with_cursor("ref=a");
    CHECK(start(cursor));
    for (char *p = strstr(cursor, "cursor=") + 7; *p; p++) {
        first = *p;
        *p = first == 'A' ? 'B' : 'A';
        CHECK(!start(cursor)); /* whichever letter is changed */
        *p = first;
    }
    CHECK(start(cursor));
    cursor[4] = 'b';
    CHECK(!start(cursor));
    cursor[4] = 'a';
    partner = "other";
    CHECK(!start(cursor));
    partner = "acme";
    query.name = LGS_STR("r");
    CHECK(!start(cursor));
    query.name = LGS_STR("q");
    target.key = LGS_STR("changed");
    CHECK(!start(cursor));
    target.key = LGS_STR("s3cret");
    CHECK(start(cursor));
    close_world();
    query.is_list = false;
}

TEST(missing_memory_is_an_error)
{
    bool fitted = false;

    open_world("carrier");
    mask = 1;
    for (size_t ceiling = 64; ceiling < (1u << 20) && !fitted; ceiling += ceiling / 16 + 1) {
        lgs_arena_t *outer = arena;
        lgs_odoo_call_t call;

        arena = lgs_arena_create(0, ceiling);
        lgs_errs_init(&errs, arena, 20);
        if (start("ref=a,b&since=2026-11-21T01:00:00Z")) {
            while (lgs_query_plan_next(plan, &call) == LGS_ODOO_CALL) {
                const char *body = holds(&call, "fields_get")
                                       ? FIELDS
                                       : "[" THING(5, ",\"res_id\":5,\"body\":\"b\"") "]";

                lgs_query_plan_answer(
                    plan, &(lgs_odoo_answer_t){.status = 200,
                                               .content_type = LGS_STR("application/json"),
                                               .body = lgs_cstr(body),
                                               .failure = LGS_ODOO_ANSWERED});
            }
            lgs_query_plan_finish(plan, &answer, &errs);
            fitted = answer.problem == LGS_PROBLEM_NONE;
            CHECK(fitted == (answer.body.len > 0 && answer.etag.len > 0));
        }
        lgs_arena_destroy(arena);
        arena = outer;
        lgs_errs_init(&errs, arena, 20);
        lgs_odoo_facts_forget(odoo);
    }
    CHECK(fitted);
    close_world();
}

int main(void)
{
    RUN(one_thing_and_its_notes);
    RUN(what_a_scope_may_not_see_is_not_asked);
    RUN(nothing_of_the_partners_is_nothing);
    RUN(odoo_in_trouble);
    RUN(by_jsonrpc_it_logs_in_once);
    RUN(pages_go_on_behind_the_last_row);
    RUN(only_our_own_cursors);
    RUN(missing_memory_is_an_error);
    return DONE();
}
