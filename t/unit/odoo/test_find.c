#include "script.h"

/* A receipt as a mapping writes it, with single quotes: the note that marks it, the quantity of a
 * line, the transfer's validation. */
#define TRANSFER                                                                                   \
    "'noted':{'model':'mail.message','by':'message_id','value':'<e1>','take':'res_id',"            \
    "'else':'empty'},"                                                                             \
    "'transfer':{'model':'stock.picking','by':['name','origin'],'value':['X1','S1'],"              \
    "'where':{'state':{'not':['done','cancel']}},'many':'first','known':'noted'},"                 \
    "'done':{'model':'stock.picking','by':'id','value':{'find':'noted'},"                          \
    "'where':{'state':'done'},'else':'empty'}"
#define MARK                                                                                       \
    "{'op':'load','model':'mail.message','chain':'e1','find':{" TRANSFER                           \
    "},'row':{'id':'l.e1','res_id':{'find':'transfer'}}}"
#define LINE(sku, qty)                                                                             \
    "{'op':'load','model':'stock.move','chain':'e1','unless':'done','find':{" TRANSFER ","         \
    "'product':{'model':'product.product','by':['default_code','barcode'],'value':'" sku "'},"     \
    "'move':{'model':'stock.move','by':'product_id','value':{'find':'product'},"                   \
    "'where':{'picking_id':{'find':'transfer'}}}},"                                                \
    "'row':{'.id':{'find':'move'},'quantity':'" qty "'}}"
#define VALIDATE                                                                                   \
    "{'op':'call','model':'stock.picking','chain':'e1','unless':'done','find':{" TRANSFER          \
    "},'record':{'find':'transfer'},'method':'button_validate','context':{'skip_backorder':true}," \
    "'settle':{'model':'stock.picking','by':'id','value':{'find':'transfer'},"                     \
    "'where':{'state':'done'}}}"
#define RECEIPT "[" MARK "," LINE("A", "3") "," VALIDATE "]"

#define NOTE_FIELDS "{\"message_id\":{\"type\":\"char\"}}"
#define TRANSFER_FIELDS                                                                            \
    "{\"name\":{\"type\":\"char\"},\"origin\":{\"type\":\"char\"},\"state\":{\"type\":"            \
    "\"selection\"}}"
#define PRODUCT_FIELDS "{\"default_code\":{\"type\":\"char\"},\"barcode\":{\"type\":\"char\"}}"
#define MOVE_FIELDS                                                                                \
    "{\"product_id\":{\"type\":\"many2one\"},\"picking_id\":{\"type\":\"many2one\"}}"
#define IDS(list) "{\"ids\":[" list "],\"messages\":[],\"nextrow\":0}"
#define BAD                                                                                        \
    "{\"ids\":false,\"messages\":[{\"type\":\"error\",\"rows\":{\"from\":0,\"to\":0},\"record\":"  \
    "0,\"field\":\"f\",\"message\":\"bad\"}],\"nextrow\":0}"

static stage_t stage;
static char *kept; /* a plan borrows its text */

static char *unquote(const char *text)
{
    char *copy = strdup(text);

    for (char *p = copy; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    return copy;
}

static void setup(const char *operations)
{
    kept = unquote(operations);
    stage_open(&stage, LGS_ODOO_JSON2);
    if (stage_plan(&stage, kept) == NULL) {
        unit_show(&stage.errs);
        exit(2);
    }
}

/* What is wrong with one operation. */
static void check_refused(const char *operation, const char *part)
{
    char *text = unquote(operation);

    stage_open(&stage, LGS_ODOO_JSON2);
    CHECK(stage_plan(&stage, text) == NULL);
    if (stage.errs.first == NULL ||
        !stage_holds(stage.errs.first->text, (lgs_str_t){NULL, 0}, part)) {
        unit_bad = 1;
        printf("# no \"%s\"\n", part);
        unit_show(&stage.errs);
    }
    stage_close(&stage);
    free(text);
}

static void expect_calls(unsigned n)
{
    CHECK_INT(lgs_odoo_plan_calls(stage.plan), n);
    stage_close(&stage);
    free(kept);
}

#define ASK_ALL(note, transfer)                                                                    \
    {{"/mail.message/fields_get"}, NOTE_FIELDS},                                                   \
        {{"/mail.message/search_read", "[[\"message_id\",\"in\",[\"<e1>\"]]]",                     \
          "\"fields\":[\"message_id\",\"res_id\"]"},                                               \
         note},                                                                                    \
        {{"/product.product/fields_get"}, PRODUCT_FIELDS},                                         \
        {{"/product.product/search_read"},                                                         \
         "[{\"id\":15,\"default_code\":\"A\",\"barcode\":false}]"},                                \
        {{"/stock.picking/fields_get", "[\"name\",\"origin\",\"state\"]"}, TRANSFER_FIELDS},       \
    {                                                                                              \
        {"/stock.picking/search_read", "[\"name\",\"in\",[\"X1\",\"S1\"]]",                        \
         "[\"state\",\"not in\",[\"done\",\"cancel\"]]"},                                          \
            transfer                                                                               \
    }
#define ASK_MOVE                                                                                   \
    {{"/stock.move/fields_get"}, MOVE_FIELDS},                                                     \
    {                                                                                              \
        {"/stock.move/search_read", "[[\"product_id\",\"in\",[15]],[\"picking_id\",\"=\",7]]"},    \
            "[{\"id\":70,\"product_id\":[15,\"Pallet\"]}]"                                         \
    }

TEST(finds_refer_to_earlier_ones)
{
    setup(RECEIPT);
    PLAY(
        &stage, ASK_ALL("[]", "[{\"id\":7,\"name\":\"WH/IN/1\",\"origin\":\"S1\"}]"), ASK_MOVE,
        {{"/stock.picking/search_read", "[\"id\",\"in\",[7]]", "[\"state\",\"=\",\"done\"]"}, "[]"},
        {{"/mail.message/load", "[[\"l.e1\",\"7\"]]"}, IDS("5")},
        {{"/stock.move/load", "{\"fields\":[\".id\",\"quantity\"]", "[[\"70\",\"3\"]]"}, IDS("70")},
        {{"/stock.picking/button_validate", "\"ids\":[7]", "{\"skip_backorder\":true}"}, "true"});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 5, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 70, NULL);
    stage_outcome(&stage, 2, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 7, NULL);
    expect_calls(12);
}

/* The backorder has the same origin; the note says which transfer this receipt was for. */
TEST(a_repeat_keeps_to_the_record_of_the_first)
{
    setup(RECEIPT);
    PLAY(&stage, {{"fields_get"}, NOTE_FIELDS},
         {{"/mail.message/search_read"}, "[{\"id\":5,\"message_id\":\"<e1>\",\"res_id\":7}]"},
         {{"/product.product/fields_get"}, PRODUCT_FIELDS},
         {{"/product.product/search_read"},
          "[{\"id\":15,\"default_code\":\"A\",\"barcode\":false}]"},
         {{"/stock.picking/fields_get", "[\"state\"]"}, "{\"state\":{\"type\":\"selection\"}}"},
         {{"/stock.picking/search_read", "[\"id\",\"in\",[7]]"}, "[{\"id\":7}]"},
         {{"/mail.message/load", "[[\"l.e1\",\"7\"]]"}, IDS("5")});
    stage_outcome(&stage, 1, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 7, NULL);
    stage_outcome(&stage, 2, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 7, NULL);
    expect_calls(7);
}

TEST(nothing_of_a_chain_is_sent_when_one_is_refused)
{
    setup("[" MARK "," LINE("A", "3") "," LINE("B", "1") "," VALIDATE "]");
    PLAY(&stage, ASK_ALL("[]", "[{\"id\":7,\"name\":\"X1\",\"origin\":false}]"), ASK_MOVE,
         {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, "another part");
    stage_outcome(&stage, 1, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, NULL);
    stage_outcome(&stage, 2, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "no product.product with default_code or barcode \"B\"");
    stage_outcome(&stage, 3, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, NULL);
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_UNKNOWN_REFERENCE);
    expect_calls(9);
}

TEST(nothing_of_a_chain_is_sent_after_a_failure)
{
    setup(RECEIPT);
    PLAY(&stage, ASK_ALL("[]", "[{\"id\":7,\"name\":\"X1\",\"origin\":false}]"), ASK_MOVE,
         {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[]"},
         {{"/mail.message/load"}, IDS("5")}, {{"/stock.move/load"}, BAD});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 5, NULL);
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "bad");
    stage_outcome(&stage, 2, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, NULL);
    expect_calls(11);
}

TEST(a_batch_is_not_sent_when_the_one_before_failed)
{
    setup(RECEIPT);
    PLAY(&stage, ASK_ALL("[]", "[{\"id\":7,\"name\":\"X1\",\"origin\":false}]"), ASK_MOVE,
         {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[]"},
         {{"/mail.message/load"}, BAD});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "bad");
    stage_outcome(&stage, 1, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, NULL);
    expect_calls(10);
}

/* A cut validation: the state tells whether it happened. */
TEST(a_cut_call_is_settled_by_the_state)
{
    setup(RECEIPT);
    PLAY(&stage, ASK_ALL("[]", "[{\"id\":7,\"name\":\"X1\",\"origin\":false}]"), ASK_MOVE,
         {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[]"},
         {{"/mail.message/load"}, IDS("5")}, {{"/stock.move/load"}, IDS("70")},
         {{"button_validate"}, NULL, LGS_ODOO_CUT},
         {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[{\"id\":7}]"});
    stage_outcome(&stage, 2, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 7, NULL);
    CHECK_INT(lgs_odoo_plan_problem(stage.plan), LGS_PROBLEM_NONE);
    expect_calls(13);
}

/* A window may be a question, or stand for what is done: the state says which. */
#define WINDOW                                                                                     \
    "{\"type\":\"ir.actions.act_window\",\"name\":\"Next\",\"res_model\":\"stock.picking\"}"
#define UP_TO_THE_WINDOW                                                                           \
    ASK_ALL("[]", "[{\"id\":7,\"name\":\"X1\",\"origin\":false}]"), ASK_MOVE,                      \
        {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[]"},                      \
        {{"/mail.message/load"}, IDS("5")}, {{"/stock.move/load"}, IDS("70")},                     \
    {                                                                                              \
        {"button_validate"}, WINDOW                                                                \
    }

TEST(a_window_is_settled_by_the_state)
{
    setup(RECEIPT);
    PLAY(&stage, UP_TO_THE_WINDOW,
         {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[{\"id\":7}]"});
    stage_outcome(&stage, 2, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 7, NULL);
    expect_calls(13);
    setup(RECEIPT);
    PLAY(&stage, UP_TO_THE_WINDOW,
         {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[]"});
    stage_outcome(&stage, 2, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 7,
                  "Odoo asks \"Next\" (stock.picking)");
    expect_calls(13);
}

TEST(two_lines_for_one_record_are_refused)
{
    setup("[" MARK "," LINE("A", "3") "," LINE("A", "4") "," VALIDATE "]");
    PLAY(&stage, ASK_ALL("[]", "[{\"id\":7,\"name\":\"X1\",\"origin\":false}]"), ASK_MOVE,
         {{"/stock.picking/search_read", "[\"state\",\"=\",\"done\"]"}, "[]"});
    stage_outcome(&stage, 1, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, NULL);
    stage_outcome(&stage, 2, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "the same record");
    expect_calls(9);
}

#define VEHICLE(value, rest)                                                                       \
    "[{'op':'load','model':'fleet.vehicle.odometer','find':{'v':{'model':'fleet.vehicle',"         \
    "'by':['vin_sn','license_plate'],'value':" value rest "}},'row':{'id':'l.o','v/.id':"          \
    "{'find':'v'}}}]"
#define VEHICLE_FIELDS "{\"vin_sn\":{\"type\":\"char\"},\"license_plate\":{\"type\":\"char\"}}"

TEST(values_are_tried_in_their_order)
{
    setup(VEHICLE("['VIN1','',null,'DN 100']", ""));
    PLAY(&stage, {{"fields_get"}, VEHICLE_FIELDS},
         {{"search_read", "[\"vin_sn\",\"in\",[\"VIN1\",\"DN 100\"]]"},
          "[{\"id\":2,\"vin_sn\":\"x\",\"license_plate\":\"DN 100\"},"
          "{\"id\":9,\"vin_sn\":\"VIN1\",\"license_plate\":\"y\"}]"},
         {{"load", "[[\"l.o\",\"9\"]]"}, IDS("1")});
    expect_calls(3);
    setup(VEHICLE("['VIN1','DN 100']", ""));
    PLAY(&stage, {{"fields_get"}, VEHICLE_FIELDS},
         {{"search_read"}, "[{\"id\":2,\"vin_sn\":\"x\",\"license_plate\":\"DN 100\"}]"},
         {{"load", "[[\"l.o\",\"2\"]]"}, IDS("1")});
    expect_calls(3);
    setup(VEHICLE("['VIN1','DN 100']", ""));
    PLAY(&stage, {{"fields_get"}, VEHICLE_FIELDS}, {{"search_read"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "no fleet.vehicle with vin_sn or license_plate \"VIN1\" or \"DN 100\"");
    expect_calls(2);
    /* documents often say the same number twice, an order's as the customer's and as ours */
    setup(VEHICLE("['VIN1','DN 100','VIN1']", ""));
    PLAY(&stage, {{"fields_get"}, VEHICLE_FIELDS},
         {{"search_read", "[\"vin_sn\",\"in\",[\"VIN1\",\"DN 100\"]]"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "no fleet.vehicle with vin_sn or license_plate \"VIN1\" or \"DN 100\"");
    expect_calls(2);
}

/* What is told names the find, and where its value comes from. */
TEST(a_find_without_a_value_does_what_its_else_says)
{
    static const struct {
        const char *value, *rest, *text;
    } cases[] = {
        {"null", "", "find \"v\" (fleet.vehicle by vin_sn or license_plate) has no value"},
        {"['',null]", ",'wants':'VIN or plate of the vehicle'",
         "has no value; it comes from VIN or plate of the vehicle"},
        {"'V'", ",'where':{'state':null}", "license_plate) has no value for \"state\""},
        {"'V'", ",'where':{'state':null},'wants':'its state'",
         "has no value for \"state\"; it comes from its state"},
    };
    char text[512];

    for (size_t i = 0; i < LGS_N(cases); i++) {
        snprintf(text, sizeof(text), VEHICLE("%s", "%s"), cases[i].value, cases[i].rest);
        setup(text);
        stage_play(&stage, NULL, 0);
        stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, cases[i].text);
        expect_calls(0);
    }
    setup(VEHICLE("null", ",'else':'skip'"));
    stage_play(&stage, NULL, 0);
    stage_outcome(&stage, 0, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, "has no value");
    expect_calls(0);
    setup(VEHICLE("null", ",'else':'empty'"));
    PLAY(&stage, {{"load", "[[\"l.o\",\"\"]]"}, IDS("1")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    expect_calls(1);
}

TEST(what_to_do_is_told_when_nothing_is_found)
{
    setup(VEHICLE("'V'", ",'says':'register it first'"));
    PLAY(&stage, {{"fields_get"}, VEHICLE_FIELDS}, {{"search_read"}, "[]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "license_plate \"V\": register it first");
    expect_calls(2);
    setup("[{'op':'load','model':'m','find':{'a':{'model':'x','by':'n','value':'A','else':'empty'},"
          "'b':{'model':'y','by':'n','value':{'find':'a'}}},'row':{'id':'l.o'}}]");
    PLAY(&stage, {{"/x/fields_get"}, "{\"n\":{\"type\":\"char\"}}"}, {{"/x/search_read"}, "[]"});
    stage_outcome(
        &stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
        "find \"b\" (y by n) has no value; it comes from find \"a\", which found nothing");
    expect_calls(2);
}

TEST(a_condition_on_a_field_that_is_not_there_finds_none)
{
    setup(VEHICLE("'V'", ",'where':{'hold':false},'else':'skip'"));
    PLAY(&stage, {{"fields_get", "[\"vin_sn\",\"license_plate\",\"hold\"]"}, VEHICLE_FIELDS});
    stage_outcome(&stage, 0, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, "\"V\"");
    expect_calls(1);
    setup(VEHICLE("'V'", ",'where':{'model_id.name':'Actros'}"));
    PLAY(&stage,
         {{"fields_get", "[\"vin_sn\",\"license_plate\",\"model_id\"]"},
          "{\"vin_sn\":{\"type\":\"char\"},\"model_id\":{\"type\":\"many2one\"}}"},
         {{"search_read", ",[\"model_id.name\",\"=\",\"Actros\"]]"},
          "[{\"id\":3,\"vin_sn\":\"V\"}]"},
         {{"load"}, IDS("1")});
    expect_calls(3);
}

/* Lines look up with values of their own, all in one search. */
TEST(lines_look_up_their_own_values)
{
    setup(
        "[{'op':'load','model':'sale.order','find':{'product':{'model':'product.product',"
        "'by':'default_code','lines':true}},'row':{'id':'l.s'},'lines':["
        "{'order_line/id':'l.s1','order_line/product_id/.id':{'find':'product','value':'A'}},"
        "{'order_line/id':'l.s2','order_line/product_id/.id':{'find':'product','value':['Z','B']}},"
        "{'order_line/id':'l.s3','order_line/product_id/.id':{'find':'product','value':'A'}}]}]");
    PLAY(&stage, {{"fields_get"}, "{\"default_code\":{\"type\":\"char\"}}"},
         {{"search_read", "[\"A\",\"Z\",\"B\"]"},
          "[{\"id\":1,\"default_code\":\"A\"},{\"id\":2,\"default_code\":\"B\"}]"},
         {{"load", "[[\"l.s\",\"l.s1\",\"1\"],[\"\",\"l.s2\",\"2\"],[\"\",\"l.s3\",\"1\"]]"},
          IDS("4")});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 4, NULL);
    expect_calls(3);
}

TEST(a_line_that_is_not_found_is_told_by_its_value)
{
    setup("[{'op':'load','model':'sale.order','find':{'product':{'model':'product.product',"
          "'by':'default_code','lines':true}},'row':{'id':'l.s'},'lines':["
          "{'p/.id':{'find':'product','value':'A'}},{'p/.id':{'find':'product'}}]}]");
    PLAY(&stage, {{"fields_get"}, "{\"default_code\":{\"type\":\"char\"}}"},
         {{"search_read"}, "[{\"id\":1,\"default_code\":\"A\"}]"});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
                  "default_code) has no value");
    expect_calls(2);
}

/* stock.move has a name up to 18, and none since. */
TEST(a_column_may_be_left_out)
{
    static const char move[] = "[{'op':'load','model':'stock.move','row':{'id':'l.m','name?':'N',"
                               "'unit_id/id?':'u.x','qty':'1'}}]";

    setup(move);
    PLAY(&stage,
         {{"/stock.move/fields_get", "[\"name\",\"unit_id\"]"},
          "{\"unit_id\":{\"type\":\"many2one\"}}"},
         {{"load", "[\"id\",\"unit_id/id\",\"qty\"]", "[[\"l.m\",\"u.x\",\"1\"]]"}, IDS("1")});
    expect_calls(2);
    setup(move);
    PLAY(&stage, {{"fields_get"}, "{\"name\":{\"type\":\"char\"}}"},
         {{"load", "[\"id\",\"name\",\"qty\"]", "[[\"l.m\",\"N\",\"1\"]]"}, IDS("1")});
    expect_calls(2);
}

#define WORK(row) "{'op':'load','model':'m','updates':true,'row':{'id':'l.wo'," row "}}"

/* What is told of one thing stays in its order, in calls of its own. */
TEST(updates_follow_each_other)
{
    setup("[" WORK("'state':'new'") "," WORK(
        "'state':'running'") ","
                             "{'op':'load','model':'m','row':{'id':'l.other','state':'new'}}," WORK(
                                 "'state':'done'") "," WORK("'state':'new'") "]");
    PLAY(&stage, {{"[[\"l.wo\",\"new\"],[\"l.other\",\"new\"]]"}, IDS("1,2")},
         {{"[[\"l.wo\",\"running\"]]"}, IDS("1")}, {{"[[\"l.wo\",\"done\"]]"}, IDS("1")});
    stage_outcome(&stage, 3, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 1, NULL);
    stage_outcome(&stage, 4, LGS_ODOO_ALREADY_THERE, LGS_PROBLEM_NONE, 1, NULL);
    expect_calls(3);
    setup("[" WORK("'a':'1'") ",{'op':'load','model':'n','updates':true,'row':{'id':'l.wo'}}]");
    PLAY(&stage, {{"load"}, IDS("1")});
    stage_outcome(&stage, 1, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "another record");
    expect_calls(1);
}

/* 19 is 19.0, and what is no number is not asked for. Two notations are one number. */
TEST(decimals_are_compared_as_numbers)
{
    setup("[{'op':'load','model':'m','find':{'t':{'model':'account.tax','by':'amount','lines':true,"
          "'else':'empty'}},'row':{'id':'l.b'},'lines':[{'a/.id':{'find':'t','value':'19'}},"
          "{'a/.id':{'find':'t','value':'5.50'}},{'a/.id':{'find':'t','value':'reduced'}},"
          "{'a/.id':{'find':'t','value':'5.5'}},{'a/.id':{'find':'t','value':'0.55e1'}}]}]");
    PLAY(
        &stage, {{"fields_get"}, "{\"amount\":{\"type\":\"float\"}}"},
        {{"search_read", "[\"amount\",\"in\",[19,5.50,5.5,0.55e1]]"},
         "[{\"id\":2,\"amount\":19.0},{\"id\":3,\"amount\":5.5}]"},
        {{"load", "\"l.b\",\"2\"],[\"\",\"3\"],[\"\",\"\"],[\"\",\"3\"],[\"\",\"3\"]]"}, IDS("1")});
    /* the next plan knows the field's kind */
    CHECK(stage_plan(&stage, "[{\"op\":\"load\",\"model\":\"m\",\"find\":{\"t\":{\"model\":"
                             "\"account.tax\",\"by\":\"amount\",\"value\":\"7\"}},\"row\":{"
                             "\"id\":\"l.b\",\"a/.id\":{\"find\":\"t\"}}}]") != NULL);
    PLAY(&stage, {{"search_read", "[\"amount\",\"in\",[7]]"}, "[{\"id\":4,\"amount\":7.0}]"},
         {{"load", "\"l.b\",\"4\"]"}, IDS("1")});
    expect_calls(2);
}

/* A note on an order that is loaded before, and a context that names a record. */
TEST(values_refer_to_a_load_and_contexts_to_finds)
{
    setup("[{'op':'create','model':'mail.message','chain':'c','values':{'res_id':{'external_id':'l."
          "s'},"
          "'deep':[{'external_id':'l.s'}]}},{'op':'load','model':'sale.order','chain':'c',"
          "'row':{'id':'l.s'}},{'op':'call','model':'p','method':'go','record':{'find':'t'},'find':"
          "{'t':{'"
          "model':"
          "'p','by':'id','value':'8'}},'context':{'ids':[{'find':'t'}]}}]");
    PLAY(&stage, {{"/p/search_read"}, "[{\"id\":8}]"}, {{"sale.order/load"}, IDS("4")},
         {{"mail.message/create", "[{\"res_id\":4,\"deep\":[4]}]"}, "[6]"},
         {{"/p/go", "\"context\":{\"ids\":[8]}"}, "true"});
    stage_outcome(&stage, 0, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 6, NULL);
    expect_calls(4);
    check_refused("[{'op':'create','model':'m','values':{'a':{'external_id':'l.x'}}}]", "no load");
}

#define RAISE(n)                                                                                   \
    "{'op':'load','model':'m','updates':true,'row':{'id':'l.r" n "','name':'Fault','kind':'x'}}"
#define CLEAR                                                                                      \
    "{'op':'load','model':'m','updates':true,'find':{'f':{'model':'m','by':'name','value':"        \
    "'Fault','loaded':true,'many':'last','else':'skip'}},'row':{'.id':{'find':'f'},'stage':'3'}}"

/* A record that the plan itself makes is not looked up; one that it makes afterwards is not it. */
TEST(a_record_may_be_made_by_a_load_before)
{
    setup("[" RAISE("1") "," CLEAR "," RAISE("2") "]");
    PLAY(&stage,
         {{"m/load", "[[\"l.r1\",\"Fault\",\"x\"],[\"l.r2\",\"Fault\",\"x\"]]"}, IDS("5,6")},
         {{"m/load", "[\".id\",\"stage\"]", "[[\"5\",\"3\"]]"}, IDS("5")});
    stage_outcome(&stage, 1, LGS_ODOO_WRITTEN, LGS_PROBLEM_NONE, 5, NULL);
    expect_calls(2);
    setup("[" CLEAR "," RAISE("1") "]");
    PLAY(&stage, {{"m/fields_get"}, "{\"name\":{\"type\":\"char\"}}"}, {{"m/search_read"}, "[]"},
         {{"m/load"}, IDS("5")});
    stage_outcome(&stage, 0, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, "no m with name");
    expect_calls(3);
    setup("[" RAISE("1") "," CLEAR "]");
    PLAY(&stage, {{"m/load"}, BAD});
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_REFUSED_BY_ODOO, 0, "bad");
    stage_outcome(&stage, 1, LGS_ODOO_SKIPPED, LGS_PROBLEM_NONE, 0, "was not written");
    expect_calls(1);
}

TEST(an_empty_record_is_never_loaded)
{
    setup("[{'op':'load','model':'m','find':{'v':{'model':'m','by':'a','else':'empty'}},"
          "'row':{'.id':{'find':'v'},'b':'1'}}]");
    stage_play(&stage, NULL, 0);
    stage_outcome(&stage, 0, LGS_ODOO_REFUSED, LGS_PROBLEM_UNKNOWN_REFERENCE, 0, "was not found");
    expect_calls(0);
}

#define WITH(finds, rest)                                                                          \
    "[{'op':'load','model':'m','find':{" finds "}," rest "'row':{'id':'l.a'}}]"

TEST(malformed_ones_are_named)
{
    check_refused(
        WITH("'a':{'model':'m','by':'x','value':{'find':'b'}},'b':{'model':'m','by':'x'}", ""),
        "names of earlier finds");
    check_refused(WITH("'a':{'model':'m','by':'x','where':{'y':{'find':'a'}}}", ""),
                  "names of earlier finds");
    check_refused(WITH("'a':{'model':'m','by':'x','known':'a'}", ""), "an earlier find");
    check_refused(WITH("'a':{'model':'m','by':'x','take':'res id'}", ""), "a field's name");
    check_refused(WITH("'a':{'model':'m','by':'x','lines':'yes'}", ""), "true or false");
    check_refused(WITH("'a':{'model':'m','by':'x','wants':['y']}", ""),
                  "\"wants\": must be a text");
    check_refused(WITH("'a':{'model':'m','by':'x','says':''}", ""), "\"says\": must be a text");
    check_refused(WITH("'a':{'model':'m','by':'x','value':[[1]]}", ""), "a string or number");
    check_refused(
        WITH("'a':{'model':'m','by':'x','value':[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", ""),
        "at most 16 values");
    check_refused(WITH("'a':{'model':'m','by':'x','lines':true},'b':{'model':'m','by':'x',"
                       "'value':{'find':'a'}}",
                       ""),
                  "without `lines`");
    check_refused(WITH("'a':{'model':'m','by':'x'}", "'unless':'b',"), "\"unless\"");
    check_refused(WITH("'a':{'model':'m','by':'x'}", "'chain':'',"), "\"chain\"");
    check_refused("[{'op':'load','model':'m','row':{'.id':7}}]", "\".id\"");
    check_refused("[{'op':'load','model':'m','find':{'v':{'model':'m','by':'a'}},"
                  "'row':{'.id':{'find':'v'},'id':'l.x'}}]",
                  "no column \"id\"");
    check_refused("[{'op':'load','model':'m','find':{'v':{'model':'m','by':'a'}},"
                  "'row':{'id':'l.x','v':{'find':'v','value':'1'}}}]",
                  "lines: true");
    check_refused("[{'op':'call','model':'m','method':'x','record':{'external_id':'l.a'},'settle':{"
                  "'model':'m',"
                  "'by':'id','value':{'find':'v'}}}]",
                  "a name that `find` has");
}

TEST(sixteen_finds_and_no_more)
{
    char text[4096] = "[{'op':'load','model':'m','row':{'id':'l.a'},'find':{'f0':{'model':'m',"
                      "'by':'x','value':'1','else':'empty'}";
    char *at = text + strlen(text);

    for (unsigned i = 1; i < 16; i++) {
        at += sprintf(at, ",'f%u':{'model':'m','by':'x','value':{'find':'f%u'},'else':'empty'}", i,
                      i - 1);
    }
    strcpy(at, "}}]");
    setup(text);
    PLAY(&stage, {{"fields_get"}, "{\"x\":{\"type\":\"char\"}}"}, {{"search_read"}, "[]"},
         {{"load"}, IDS("1")});
    expect_calls(3);
    strcpy(at, ",'f16':{'model':'m','by':'x'}}}]");
    check_refused(text, "at most 16");
}

/* Every ceiling: the plan ends, and what it says is written was written. */
TEST(short_memory_ends_a_chain)
{
    static const char *const answers[] = {NOTE_FIELDS,
                                          "[]",
                                          PRODUCT_FIELDS,
                                          "[{\"id\":15,\"default_code\":\"A\",\"barcode\":false}]",
                                          TRANSFER_FIELDS,
                                          "[{\"id\":7,\"name\":\"X1\",\"origin\":false}]",
                                          MOVE_FIELDS,
                                          "[{\"id\":70,\"product_id\":[15,\"Pallet\"]}]",
                                          "[]",
                                          IDS("5"),
                                          IDS("70"),
                                          "true"};
    lgs_odoo_target_t target = {.api = LGS_ODOO_JSON2, .key = LGS_STR("k")};
    lgs_arena_t *document = lgs_arena_create(0, 0);
    char *text = unquote(RECEIPT);
    unsigned whole = 0, short_of = 0;
    const lgs_odoo_reach_t *reaches[8];
    lgs_odoo_reach_t everything;
    lgs_doc_t doc;
    lgs_errs_t errs;

    lgs_errs_init(&errs, document, 5);
    everything = stage_reach(document, EVERYTHING, NULL);
    CHECK(lgs_json_read(document, lgs_cstr(text), NULL, &doc, &errs) == LGS_OK);
    CHECK(doc.root.n <= LGS_N(reaches));
    for (size_t i = 0; i < LGS_N(reaches); i++) {
        reaches[i] = &everything;
    }
    for (size_t ceiling = 300; ceiling < 90000; ceiling += 131) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        lgs_odoo_facts_t *facts = lgs_odoo_facts_create();
        lgs_odoo_plan_t *plan = lgs_odoo_plan_create(
            arena, &target, facts,
            &(lgs_odoo_work_t){doc.root.u.items, doc.root.n, reaches, LGS_STR("c")}, &errs);
        lgs_odoo_call_t call;
        unsigned i = 0;

        while (plan && i < LGS_N(answers) && lgs_odoo_plan_next(plan, &call) == LGS_ODOO_CALL) {
            lgs_odoo_plan_answer(plan, &(lgs_odoo_answer_t){.status = 200,
                                                            .content_type = LGS_STR(JSON),
                                                            .body = lgs_cstr(answers[i])});
            i++;
        }
        if (plan && lgs_odoo_plan_next(plan, &call) == LGS_ODOO_DONE) {
            bool good = lgs_odoo_plan_problem(plan) == LGS_PROBLEM_NONE;

            CHECK(good == (i == LGS_N(answers) &&
                           lgs_odoo_plan_outcome(plan, 2)->verdict == LGS_ODOO_WRITTEN));
            whole += good;
            short_of += !good;
        }
        lgs_odoo_facts_destroy(facts);
        lgs_arena_destroy(arena);
    }
    CHECK(whole > 0 && short_of > 0);
    lgs_arena_destroy(document);
    free(text);
}

int main(void)
{
    RUN(finds_refer_to_earlier_ones);
    RUN(a_repeat_keeps_to_the_record_of_the_first);
    RUN(nothing_of_a_chain_is_sent_when_one_is_refused);
    RUN(nothing_of_a_chain_is_sent_after_a_failure);
    RUN(a_batch_is_not_sent_when_the_one_before_failed);
    RUN(a_cut_call_is_settled_by_the_state);
    RUN(a_window_is_settled_by_the_state);
    RUN(two_lines_for_one_record_are_refused);
    RUN(values_are_tried_in_their_order);
    RUN(a_find_without_a_value_does_what_its_else_says);
    RUN(what_to_do_is_told_when_nothing_is_found);
    RUN(a_condition_on_a_field_that_is_not_there_finds_none);
    RUN(lines_look_up_their_own_values);
    RUN(a_line_that_is_not_found_is_told_by_its_value);
    RUN(a_column_may_be_left_out);
    RUN(updates_follow_each_other);
    RUN(decimals_are_compared_as_numbers);
    RUN(values_refer_to_a_load_and_contexts_to_finds);
    RUN(a_record_may_be_made_by_a_load_before);
    RUN(an_empty_record_is_never_loaded);
    RUN(malformed_ones_are_named);
    RUN(sixteen_finds_and_no_more);
    RUN(short_memory_ends_a_chain);
    return DONE();
}
