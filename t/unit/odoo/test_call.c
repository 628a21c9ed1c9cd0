#include "script.h"

#include "../../../ngx_logistics_module/odoo/call.h"
#include "../../../ngx_logistics_module/odoo/facts.h"
#include "../../../ngx_logistics_module/odoo/message.h"
#include "../../../ngx_logistics_module/odoo/operation.h"

static lgs_arena_t *arena;

static void open_caller(lgs_odoo_caller_t *caller, lgs_odoo_target_t *target, lgs_odoo_api_t api)
{
    arena = lgs_arena_create(0, 0);
    *target = (lgs_odoo_target_t){.api = api,
                                  .database = LGS_STR("pr\"od"),
                                  .user = LGS_STR("gateway"),
                                  .key = LGS_STR("k\\1")};
    *caller = (lgs_odoo_caller_t){
        .arena = arena, .target = target, .id = LGS_STR("corr-1"), .uid = 9};
}

static bool write_one(const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call)
{
    static const int64_t ids[] = {4, 5};
    lgs_odoo_writer_t writer;

    lgs_odoo_write_open(&writer, caller, LGS_STR("stock.picking"), LGS_STR("write"));
    lgs_odoo_write_ids(&writer, ids, 2);
    lgs_odoo_write_positional(&writer, "vals");
    lgs_buf_cstr(&writer.buf, "{\"a\":1}");
    lgs_odoo_write_named(&writer, LGS_STR("context"));
    lgs_buf_cstr(&writer.buf, "{}");
    return lgs_odoo_write_close(&writer, false, call);
}

TEST(json2_names_every_argument)
{
    lgs_odoo_caller_t caller;
    lgs_odoo_target_t target;
    lgs_odoo_call_t call;

    open_caller(&caller, &target, LGS_ODOO_JSON2);
    CHECK(write_one(&caller, &call));
    CHECK_STR(call.path, "/json/2/stock.picking/write");
    CHECK_STR(call.body, "{\"ids\":[4,5],\"vals\":{\"a\":1},\"context\":{}}");
    CHECK_STR(call.authorization, "Bearer k\\1");
    CHECK_STR(call.database, "pr\"od");
    CHECK(!call.repeatable);
    lgs_arena_destroy(arena);
}

TEST(jsonrpc_takes_the_first_ones_by_position)
{
    lgs_odoo_caller_t caller;
    lgs_odoo_target_t target;
    lgs_odoo_call_t call;

    open_caller(&caller, &target, LGS_ODOO_JSONRPC);
    CHECK(write_one(&caller, &call));
    CHECK_STR(call.path, "/jsonrpc");
    CHECK_STR(call.body,
              "{\"jsonrpc\":\"2.0\",\"method\":\"call\",\"id\":\"corr-1\",\"params\":{\"service\":"
              "\"object\",\"method\":\"execute_kw\",\"args\":[\"pr\\\"od\",9,\"k\\\\1\","
              "\"stock.picking\",\"write\",[[4,5],{\"a\":1}],{\"context\":{}}]}}");
    CHECK(call.authorization.len == 0 && call.database.len == 0);
    lgs_arena_destroy(arena);
}

TEST(without_named_arguments_the_keywords_are_empty)
{
    lgs_odoo_caller_t caller;
    lgs_odoo_target_t target;
    lgs_odoo_call_t call;
    lgs_odoo_writer_t writer;
    static const char end[] = "\"action_post\",[[7]],{}]}}";
    int64_t id = 7;

    open_caller(&caller, &target, LGS_ODOO_JSONRPC);
    lgs_odoo_write_open(&writer, &caller, LGS_STR("account.move"), LGS_STR("action_post"));
    lgs_odoo_write_ids(&writer, &id, 1);
    CHECK(lgs_odoo_write_close(&writer, true, &call) && call.repeatable);
    CHECK(call.body.len > sizeof(end) &&
          memcmp(call.body.data + call.body.len - sizeof(end) + 1, end, sizeof(end) - 1) == 0);
    lgs_arena_destroy(arena);
}

TEST(login_and_version)
{
    lgs_odoo_caller_t caller;
    lgs_odoo_target_t target;
    lgs_odoo_call_t call;

    open_caller(&caller, &target, LGS_ODOO_JSONRPC);
    CHECK(lgs_odoo_write_authenticate(&caller, &call));
    CHECK_STR(call.body, "{\"jsonrpc\":\"2.0\",\"method\":\"call\",\"id\":\"corr-1\",\"params\":{"
                         "\"service\":\"common\",\"method\":\"authenticate\",\"args\":["
                         "\"pr\\\"od\",\"gateway\",\"k\\\\1\",{}]}}");
    CHECK(lgs_odoo_write_version(&caller, &call));
    CHECK_STR(call.path, "/web/webclient/version_info");
    lgs_arena_destroy(arena);
}

TEST(short_memory_is_told)
{
    for (size_t ceiling = 300; ceiling < 2000; ceiling += 50) {
        lgs_odoo_caller_t caller;
        lgs_odoo_target_t target;
        lgs_odoo_call_t call;
        lgs_arena_t *small = lgs_arena_create(64, ceiling);

        open_caller(&caller, &target, LGS_ODOO_JSON2);
        caller.arena = small;
        if (write_one(&caller, &call)) {
            CHECK(call.path.len && call.body.len && call.authorization.len);
        }
        lgs_arena_destroy(small);
        lgs_arena_destroy(arena);
    }
}

TEST(messages_lose_paths_tracebacks_and_sql)
{
    static const struct {
        const char *raw, *clean;
    } cases[] = {
        {"Access Denied", "Access Denied"},
        {"  a\n\n\tb  ", "a b"},
        {"wrong\nTraceback (most recent call last):\n  File \"/usr/lib/x.py\"", "wrong"},
        {"invalid input syntax for type integer: \"x\"\nLINE 1: ...SELECT secret",
         "invalid input "
         "syntax for type integer: \"x\""},
        {"File \"/usr/lib/python3/odoo/x.py\" says no", "File \"(path)\" says no"},
        {"socket \"…/run/.s.PGSQL.5433\" failed", "socket \"…(path)\" failed"},
        {"transfer WH/IN/00007 of 21/11/2026 is done",
         "transfer WH/IN/00007 of 21/11/2026 is done"},
        {"serial MT/122/11112222 / none", "serial MT/122/11112222 / none"},
        {"", ""},
    };

    arena = lgs_arena_create(0, 0);
    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(lgs_odoo_clean(arena, lgs_cstr(cases[i].raw)), cases[i].clean);
    }
    lgs_arena_destroy(arena);
}

TEST(long_messages_end_between_characters)
{
    char text[3000];
    lgs_str_t clean;

    arena = lgs_arena_create(0, 0);
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 <= sizeof(text); i += 3) {
            memcpy(text + i, "€", 3);
        }
        clean = lgs_odoo_clean(arena, lgs_str(text, sizeof(text) - 3));
        CHECK(clean.len <= LGS_ODOO_MAX_MESSAGE + 3 && clean.len > LGS_ODOO_MAX_MESSAGE - 8);
        CHECK((clean.len - shift) % 3 == 0);
        CHECK(memcmp(clean.data + clean.len - 3, "…", 3) == 0);
    }
    lgs_arena_destroy(arena);
}

TEST(facts_are_kept_forgotten_and_bounded)
{
    lgs_odoo_facts_t *facts = lgs_odoo_facts_create();
    lgs_str_t model = LGS_STR("stock.picking");
    char field[64];

    CHECK_INT(lgs_odoo_facts_field(facts, model, LGS_STR("origin")), LGS_ODOO_FIELD_UNKNOWN);
    CHECK_INT(lgs_odoo_facts_field(facts, model, LGS_STR("id")), LGS_ODOO_FIELD_NUMBER);
    lgs_odoo_facts_learn(facts, model, LGS_STR("origin"), LGS_STR("char"));
    lgs_odoo_facts_learn(facts, model, LGS_STR("partner_id"), LGS_STR("many2one"));
    lgs_odoo_facts_learn(facts, model, LGS_STR("carrier_tracking_ref"), LGS_STR(""));
    CHECK_INT(lgs_odoo_facts_field(facts, model, LGS_STR("origin")), LGS_ODOO_FIELD_TEXT);
    CHECK_INT(lgs_odoo_facts_field(facts, model, LGS_STR("partner_id")), LGS_ODOO_FIELD_NUMBER);
    CHECK_INT(lgs_odoo_facts_field(facts, model, LGS_STR("carrier_tracking_ref")),
              LGS_ODOO_FIELD_ABSENT);
    lgs_odoo_facts_set_uid(facts, 9);
    for (unsigned i = 0; i < 50000; i++) {
        snprintf(field, sizeof(field), "x_field_with_a_rather_long_name_%u", i);
        lgs_odoo_facts_learn(facts, model, lgs_cstr(field), LGS_STR("char"));
        CHECK(lgs_odoo_facts_field(facts, model, lgs_cstr(field)) == LGS_ODOO_FIELD_TEXT);
    }
    CHECK_INT(lgs_odoo_facts_uid(facts), 9);
    lgs_odoo_facts_forget(facts);
    CHECK_INT(lgs_odoo_facts_uid(facts), 0);
    CHECK_INT(lgs_odoo_facts_field(facts, model, LGS_STR("origin")), LGS_ODOO_FIELD_UNKNOWN);
    lgs_odoo_facts_destroy(facts);
    lgs_odoo_facts_destroy(NULL);
}

TEST(malformed_operations_are_refused_by_name)
{
    static const struct {
        const char *operation, *says;
    } cases[] = {
        {"[]", "must be an object"},
        {"{}", "\"op\""},
        {"{\"op\":\"delete\"}", "load, create, write or call, is \"delete\""},
        {"{\"op\":\"load\",\"row\":{\"id\":\"a.b\"}}", "\"model\""},
        {"{\"op\":\"load\",\"model\":\"a/../b\",\"row\":{\"id\":\"a.b\"}}", "\"a/../b\""},
        {"{\"op\":\"load\",\"model\":\"m\"}", "\"row\""},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"name\":\"x\"}}", "external id"},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"noname\"}}", "external id"},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"a.\"}}", "external id"},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"a.b\",\"x\":[1]}}", "{find: name}"},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"a.b\",\"x\":{\"find\":\"f\"}}}",
         "a name that `find` has"},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"a.b\"},\"values\":{}}",
         "\"values\" does not belong"},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"a.b\"},\"lines\":[1]}", "objects"},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"a.b\"},\"rwo\":1}", "\"rwo\""},
        {"{\"op\":\"create\",\"model\":\"m\"}", "\"values\""},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{\"a\":[[0,0,{\"b\":{\"find\":\"f\"}}]]}}",
         "a name that `find` has"},
        {"{\"op\":\"write\",\"model\":\"m\",\"values\":{}}", "\"record\""},
        {"{\"op\":\"write\",\"model\":\"m\",\"values\":{},\"record\":\"x\"}", "\"record\""},
        {"{\"op\":\"write\",\"model\":\"m\",\"values\":{},\"record\":7}", "\"record\""},
        {"{\"op\":\"write\",\"model\":\"m\",\"values\":{\"res_id\":7},\"record\":{\"external_id\":"
         "\"a.b\"}}",
         "where a field is a record's id"},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{\"a\":[[0,0,{\"b/.id\":\"7\"}]]}}",
         "where a field is a record's id"},
        {"{\"op\":\"call\",\"model\":\"m\",\"record\":{\"external_id\":\"a.b\"},\"method\":\"x\","
         "\"args\":{\"a\":{\"res_id\":7}}}",
         "where a field is a record's id"},
        {"{\"op\":\"load\",\"model\":\"m\",\"row\":{\"id\":\"a.b\",\"x/.id\":\"7\"}}",
         "where a column is a record's id"},
        {"{\"op\":\"call\",\"model\":\"m\",\"record\":{\"external_id\":\"a.b\"}}", "\"method\""},
        {"{\"op\":\"call\",\"model\":\"m\",\"record\":{\"external_id\":\"a.b\"},\"method\":\"_x\"}",
         "public method"},
        {"{\"op\":\"call\",\"model\":\"m\",\"record\":{\"external_id\":\"a.b\"},\"method\":\"a/"
         "b\"}",
         "public method"},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{},\"find\":{\"f\":{\"by\":\"x\"}}}",
         "a model's name"},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{},\"find\":{\"f\":{\"model\":\"m\"}}}",
         "`by`"},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{},\"find\":{\"f\":{\"model\":\"m\","
         "\"by\":[]}}}",
         "`by`"},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{},\"find\":{\"f\":{\"model\":\"m\","
         "\"by\":\"x\",\"value\":[[1]]}}}",
         "`value`"},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{},\"find\":{\"f\":{\"model\":\"m\","
         "\"by\":\"x\",\"many\":\"all\"}}}",
         "\"many\""},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{},\"find\":{\"f\":{\"model\":\"m\","
         "\"by\":\"x\",\"els\":\"skip\"}}}",
         "is \"els\""},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{},\"settle\":{\"model\":\"m\","
         "\"by\":[\"a\",\"b\"],\"value\":\"1\"}}",
         "\"settle\""},
        {"{\"op\":\"create\",\"model\":\"m\",\"values\":{},\"context\":1}", "\"context\""},
        {"{\"op\":\"write\",\"model\":\"m\",\"values\":{},\"record\":{\"external_id\":\"a.b\"}}",
         "no load of m"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        stage_t stage;
        char text[1000];

        stage_open(&stage, LGS_ODOO_JSON2);
        snprintf(text, sizeof(text), "[%s]", cases[i].operation);
        CHECK(stage_plan(&stage, text) == NULL);
        CHECK(stage.errs.n == 1 && strcmp(stage.errs.first->code, "odoo-operation") == 0);
        if (stage.errs.n != 1 || stage.errs.first->record != 0 ||
            !stage_holds(stage.errs.first->text, (lgs_str_t){NULL, 0}, cases[i].says)) {
            unit_bad = 1;
            printf("# %s\n", cases[i].operation);
            unit_show(&stage.errs);
        }
        stage_close(&stage);
    }
}

int main(void)
{
    RUN(json2_names_every_argument);
    RUN(jsonrpc_takes_the_first_ones_by_position);
    RUN(without_named_arguments_the_keywords_are_empty);
    RUN(login_and_version);
    RUN(short_memory_is_told);
    RUN(messages_lose_paths_tracebacks_and_sql);
    RUN(long_messages_end_between_characters);
    RUN(facts_are_kept_forgotten_and_bounded);
    RUN(malformed_operations_are_refused_by_name);
    return DONE();
}
