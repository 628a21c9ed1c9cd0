/* Whole mappings: scopes, variables, emit; what a load refuses; what a run may cost. */
#include "mapping.h"

#include "../../../ngx_logistics_module/mapping/internal.h"

static void check_findings(const char *mapping, const char *want)
{
    test_t t = test_begin();

    t.any_type = false;
    CHECK(!test_compile(&t, mapping));
    CHECK_STR(test_findings(&t), want);
    if (t.errs.first) {
        CHECK_STR(t.errs.first->file, "m.yaml");
    }
    test_end(&t);
}

TEST(one_record_for_each_item)
{
    test_t t = test_begin();

    CHECK(test_compile(
        &t, "{'mapping':'m','vars':{'top':'/name'},'emit':["
            "{'for_each':'/s','vars':{'id':'/id','n':'$index'},'emit':["
            "{'for_each':'/e','when':{'exists':'/x'},'of':'$id','s':'$n','i':'$index','x':'/x',"
            "'out':'^/id','root':'$.name','top':'$top'},"
            "{'when':{'not':{'exists':'/e'}},'none':'$id'}]}]}"));
    unit_show(&t.errs);
    CHECK_JSON(
        test_run(&t, "{'name':'N','s':[{'id':'a','e':[{'x':1},{'y':2},{'x':3}]},{'id':'b'}]}"),
        "{'of':'a','s':0,'i':0,'x':1,'out':'a','root':'N','top':'N'}\n"
        "{'of':'a','s':0,'i':2,'x':3,'out':'a','root':'N','top':'N'}\n"
        "{'none':'b'}");
    CHECK_INT(t.rc, LGS_OK);
    CHECK_INT(t.records.items[1].pos.offset, 48);
    test_end(&t);
}

TEST(lists_are_walked_in_every_spelling)
{
    static const char *const each[] = {"/s/0/e",   "$.s[0].e",    "$.s[0].e[*]",
                                       "$.s[*].e", "$.s[*].e[*]", "s/0/e"};

    for (size_t i = 0; i < LGS_N(each); i++) {
        test_t t = test_begin();
        char mapping[256];

        snprintf(mapping, sizeof(mapping), "{'mapping':'m','for_each':'%s','emit':[{'v':'/x'}]}",
                 each[i]);
        CHECK(test_compile(&t, mapping));
        CHECK_JSON(test_run(&t, "{'s':[{'e':[{'x':1},{'x':2}]}]}"), "{'v':1}\n{'v':2}");
        test_end(&t);
    }
}

TEST(one_object_is_a_list_of_one)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','for_each':'/e','emit':[{'v':'/x'}]}"));
    CHECK_JSON(test_run(&t, "{'e':{'x':1}}"), "{'v':1}");
    CHECK_JSON(test_run(&t, "{}"), "");
    CHECK_JSON(test_run(&t, "{'e':[]}"), "");
    CHECK_JSON(test_run(&t, "{'e':null}"), "");
    test_end(&t);
}

TEST(a_variable_that_is_null_is_no_list)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','vars':{'l':{'first_of':['/a','/b']}},'for_each':'$l',"
                           "'emit':[{'v':'/x'}]}"));
    CHECK_JSON(test_run(&t, "{'b':{'x':1}}"), "{'v':1}");
    CHECK_JSON(test_run(&t, "{'a':null}"), "");
    test_end(&t);
}

TEST(lists_in_records)
{
    test_t t = test_begin();

    CHECK(test_compile(&t,
                       "{'mapping':'m','emit':[{'refs':[{'t':'id','v':'/id'},"
                       "{'for_each':'/p','when':{'not':{'eq':['.','skip']}},'t':'piece','v':'.'}],"
                       "'all':{'for_each':'/p','value':{'upper':'.'}}}]}"));
    unit_show(&t.errs);
    CHECK_JSON(test_run(&t, "{'id':'1','p':['a','skip','b']}"),
               "{'refs':[{'t':'id','v':'1'},{'t':'piece','v':'a'},{'t':'piece','v':'b'}],"
               "'all':['A','SKIP','B']}");
    CHECK_JSON(test_run(&t, "{'id':'1'}"), "{'refs':[{'t':'id','v':'1'}]}");
    CHECK_JSON(test_run(&t, "{}"), "{}");
    test_end(&t);
}

TEST(every_value_knows_where_it_came_from)
{
    test_t t = test_begin();
    const lgs_node_t *record;

    CHECK(test_compile(&t, "{'mapping':'m','for_each':'/e','emit':[{'a':'/x','b':{'number':'/n'},"
                           "'c':'const','d':{'concat':['<','/x']},'e':{'f':'/x'}}]}"));
    test_run(&t, "{'e':[{'x':'one','n':2}]}");
    record = &t.records.items[0].node;
    CHECK_INT(lgs_node_at(record, "a")->offset, 11);
    CHECK_INT(lgs_node_at(record, "b")->offset, 21);
    CHECK_INT(lgs_node_at(record, "c")->offset, 6);
    CHECK_INT(lgs_node_at(record, "d")->offset, 11);
    CHECK_INT(lgs_node_at(record, "e")->offset, 11);
    CHECK(lgs_node_at(record, "a")->flags & LGS_NODE_MADE);
    CHECK(record->flags & LGS_NODE_MADE);
    test_end(&t);
}

/* What stands in the mapping file or a code list has the place of the key, not one of its own. */
TEST(entries_of_code_lists_have_the_place_of_the_key)
{
    test_t t = test_begin();
    const lgs_node_t *record, *whole;

    CHECK(test_compile(&t,
                       "{'mapping':'m','vars':{'e':{'lookup':{'a':{'t':'x','l':[1]}},'key':'/k'}},"
                       "'emit':[{'t':'$e/t','whole':'$e','c':{'const':[5]}}]}"));
    CHECK_JSON(test_run(&t, "{'k':'a'}"), "{'t':'x','whole':{'t':'x','l':[1]},'c':[5]}");
    record = &t.records.items[0].node;
    whole = lgs_node_at(record, "whole");
    CHECK_INT(lgs_node_at(record, "t")->offset, 5);
    CHECK_INT(whole->offset, 5);
    CHECK_INT(lgs_node_at(whole, "t")->offset, LGS_NO_OFFSET);
    CHECK_INT(lgs_node_at(record, "c")->offset, 0);
    CHECK_INT(lgs_node_at(record, "c")->u.items[0].offset, LGS_NO_OFFSET);
    test_end(&t);
}

TEST(types_are_proved_at_load)
{
    test_t t = test_begin();

    t.any_type = false;
    test_codes(&t, "{\"codes\":{\"a\":{\"type\":\"shipment.delivered\"},\"b\":{\"type\":\"shipment."
                   "in_transit\"}}}");
    CHECK(test_compile(
        &t, "{'mapping':'m','lookup':{'l':{'file':'codes'}},'vars':{'st':{'lookup':'l',"
            "'key':'/k'}},'emit':[{'type':{'path':'$st/type','default':'shipment.unknown'}},"
            "{'type':{'lookup':'l','key':'/k','get':'type','default':'fleet.odometer'}}]}"));
    unit_show(&t.errs);
    CHECK_JSON(test_run(&t, "{'k':'b'}"),
               "{'type':'shipment.in_transit'}\n{'type':'shipment.in_transit'}");
    test_end(&t);
    check_findings("{'mapping':'m','emit':[{'type':'shipment.deliverd'}]}",
                   "1:32 type \"shipment.deliverd\" is not in the vocabulary; did you mean "
                   "\"shipment.delivered\"?");
    check_findings(
        "{'mapping':'m','emit':[{'type':{'when':{'exists':'/x'},'then':'fleet.odo','else':"
        "{'first_of':['/t',{'const':'shipment.x'}]}}}]}",
        "1:32 type \"fleet.odo\" is not in the vocabulary\n"
        "1:32 type \"shipment.x\" is not in the vocabulary");
    check_findings("{'mapping':'m','emit':[{'v':1}]}",
                   "1:24 what is emitted needs a \"type\" of the vocabulary");
    check_findings("{'mapping':'m','emit':[{'type':{'lookup':{'D':'shipment.done'},'key':'/k'}}]}",
                   "1:47 code \"D\": type \"shipment.done\" is not in the vocabulary");
    check_findings(
        "{'mapping':'m','vars':{'e':{'first_of':[{'lookup':{'D':{'type':'shipment."
        "delivered'}},'key':'/k'},{'lookup':{'X':{'type':'shipment.done'}},'key':'/l'}]}},"
        "'emit':[{'type':{'path':'$e/type','default':'shipment.unknown'}}]}",
        "1:122 code \"X\": type \"shipment.done\" is not in the vocabulary");
}

/* What cannot be proved is looked at in each run. */
TEST(types_of_the_first_of_several_lists)
{
    static const struct {
        const char *value;
        bool is_checked;
    } rows[] = {
        {"{'first_of':[{'lookup':'l','key':'/k'},{'lookup':'l','key':'/l'}]}", false},
        {"{'first_of':[{'lookup':'l','key':'/k'},{'first_of':[{'lookup':'l','key':'/l'}]}]}",
         false},
        {"{'first_of':[{'lookup':'l','key':'/k'},'/l']}", true},
        {"{'first_of':[{'lookup':'l','key':'/k'},{'lookup':'l','key':'/l','else':'keep'}]}", true},
        {"{'first_of':[{'lookup':'l','key':'/k'}],'default':'/l'}", true},
        {"{'first_of':[{'lookup':'l','key':'/k','get':'type'}]}", true},
    };

    for (size_t i = 0; i < LGS_N(rows); i++) {
        test_t t = test_begin();
        char mapping[512];

        t.any_type = false;
        snprintf(mapping, sizeof(mapping),
                 "{'mapping':'m','lookup':{'l':{'codes':{'a':{'type':'shipment.delivered'}},'else':"
                 "'null'}},'vars':{'e':%s},'emit':[{'type':{'path':'$e/type','default':"
                 "'shipment.unknown'}}]}",
                 rows[i].value);
        CHECK(test_compile(&t, mapping));
        if (t.mapping) {
            CHECK_INT(t.mapping->top.blocks[0].check_type, rows[i].is_checked);
            CHECK_JSON(test_run(&t, "{'k':'a'}"),
                       i < 5 ? "{'type':'shipment.delivered'}" : "{'type':'shipment.unknown'}");
        }
        unit_show(&t.errs);
        test_end(&t);
    }
}

static void check_fields(const char *schema, const char *parts, const char *mapping,
                         const char *want)
{
    test_t t = test_begin();

    t.any_type = false;
    t.schema = schema;
    t.parts = parts;
    CHECK_INT(test_compile(&t, mapping), want[0] == '\0');
    CHECK_STR(test_findings(&t), want);
    test_end(&t);
}

TEST(fields_are_proved_at_load)
{
    static const char schema[] =
        "{'required':['v','type','id'],'additionalProperties':false,'properties':{'v':{},'type':{},"
        "'id':{},'occurred_at':{},'local':{},'location':{'$ref':'#/$defs/place'},"
        "'free':{'type':'object'},'refs':{'items':{'$ref':'#/$defs/ref'}},"
        "'measures':{'properties':{'weight_kg':{}},'additionalProperties':false}},"
        "'$defs':{'ref':{'additionalProperties':false,'properties':{'t':{},'v':{}}},"
        "'place':{'additionalProperties':false,'properties':{'addr':{'additionalProperties'"
        ":false,'properties':{'city':{}}}}}}}";
    static const struct {
        const char *fields, *want;
    } cases[] = {
        {"'id':'/i','location':{'addr':{'city':'/c'}},'free':{'x':'/x'},'measures':{'object':"
         "{'weight_kg':'/w'}},'refs':[{'t':'a','v':'/v'},{'for_each':'/l','t':'b','v':'.'}],"
         "'occurred':{'date':'/d','formats':['iso']}",
         ""},
        {"'id':'/i','occured':{'date':'/d','formats':['iso']}",
         "1:69 \"occured\" is no field that schemas/canonical/event.json has here; did you mean "
         "\"occurred\"?"},
        {"'id':'/i','location':{'addr':{'cty':'/c'}}",
         "1:89 \"cty\" is no field that schemas/canonical/event.json has here; did you mean "
         "\"city\"?"},
        {"'id':'/i','measures':{'object':{'weight':'/w'}}",
         "1:91 \"weight\" is no field that schemas/canonical/event.json has here"},
        {"'id':'/i','refs':[{'t':'a','w':'/v'},{'for_each':'/l','u':'b','v':'.'}]",
         "1:86 \"w\" is no field that schemas/canonical/event.json has here\n"
         "1:113 \"u\" is no field that schemas/canonical/event.json has here"},
        {"'id':'/i','refs':{'for_each':'/l','tt':'b','v':'.'}",
         "1:93 \"tt\" is no field that schemas/canonical/event.json has here"},
        {"'local':'/l'", "1:24 \"id\" is missing: every event has one"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char text[512];

        snprintf(text, sizeof(text),
                 "{'mapping':'m','emit':[{'v':1,'type':'shipment.delivered',%s}]}",
                 cases[i].fields);
        check_fields(schema, NULL, text, cases[i].want);
    }
}

/* A member of the record that is like an operation's name is no slip; anywhere else it is one. */
TEST(a_field_of_the_schema_is_no_misspelled_operation)
{
    static const char schema[] = "{'properties':{'type':{},'addr':{'properties':{'country':{}}},'"
                                 "list':{'items':{'properties'"
                                 ":{'country':{}}}},'free':{}}}";
    static const char finding[] =
        "unknown operation \"country\"; did you mean \"count\"? (An output "
        "object with such a member is written {object: {...}})";
    static const struct {
        const char *fields;
        const char *at; /* the finding's place; NULL: none */
    } cases[] = {
        {"'addr':{'country':'/c'}", NULL},
        {"'addr':{'when':{'exists':'/c'},'then':{'country':'/c'}}", NULL},
        {"'list':[{'country':'/c'}]", NULL},
        {"'list':[{'for_each':'/l','value':{'country':'/c'}}]", NULL},
        {"'free':{'country':'/c'}", "1:61 "},
        {"'addr':{'addr':{'country':'/c'}}", "1:69 "},
        {"'list':{'country':'/c'}", "1:61 "},
        {"'addr':{'country':{'country':'/c'}}", "1:72 "},
        {"'list':[{'for_each':'/l','vars':{'x':{'country':'/c'}},'country':'$x'}]", "1:91 "},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char text[512], want[512] = "";

        if (cases[i].at) {
            snprintf(want, sizeof(want), "%s%s", cases[i].at, finding);
        }
        snprintf(text, sizeof(text), "{'mapping':'m','emit':[{'type':'shipment.delivered',%s}]}",
                 cases[i].fields);
        check_fields(schema, NULL, text, want);
    }
}

/* What several records share stands in a file beside theirs; references may lead in circles. */
TEST(fields_are_proved_across_files)
{
    static const char schema[] =
        "{'required':['number'],'additionalProperties':false,'properties':{"
        "'number':{'$ref':'parts.json#/$defs/text'},'issued':{'$ref':'parts.json#/$defs/moment'},"
        "'stop':{'$ref':'parts.json#/$defs/stop'},'gone':{'$ref':'parts.json#/$defs/none'},"
        "'loop':{'$ref':'parts.json#/$defs/loop'},"
        "'times':{'items':{'$ref':'parts.json#/$defs/moment'}}}}";
    static const char parts[] =
        "{'$defs':{'text':{'type':'string'},'loop':{'$ref':'#/$defs/pool'},'pool':{'$ref':"
        "'parts.json#/$defs/loop'},'stop':{'properties':{'at':{'$ref':'#/$defs/moment'}}},"
        "'moment':{'additionalProperties':false,'properties':{'at':{},'local':{}}}}}";
    static const struct {
        const char *fields, *want;
    } cases[] = {
        {"'number':'/n','issued':{'at':'/a'},'gone':{'x':'/x'},'loop':{'x':'/x'}", ""},
        {"'number':'/n','issued':{'att':'/a'}",
         "1:66 \"att\" is no field that schemas/canonical/order.json has here; did you mean "
         "\"at\"?"},
        {"'number':'/n','stop':{'at':{'lcal':'/a'}}",
         "1:70 \"lcal\" is no field that schemas/canonical/order.json has here; did you mean "
         "\"local\"?"},
        {"'issued':{'local':'/a'}", "1:41 \"number\" is missing: every order has one"},
        /* what a for_each within a for_each makes is an item of the list, too */
        {"'number':'/n','times':[{'for_each':'/d','value':{'for_each':'/e','at':'/a'}}]", ""},
        {"'number':'/n','times':[{'for_each':'/d','value':{'for_each':'/e','att':'/a'}}]",
         "1:107 \"att\" is no field that schemas/canonical/order.json has here; did you mean "
         "\"at\"?"},
        {"'number':'/n','times':{'for_each':'/d','value':{'for_each':'/e','att':'/a'}}",
         "1:106 \"att\" is no field that schemas/canonical/order.json has here; did you mean "
         "\"at\"?"},
        /* an event's time, which a document does not have */
        {"'number':'/n','occurred':{'date':'/a'}",
         "1:56 \"occurred\" is no field that schemas/canonical/order.json has here"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char text[512];

        snprintf(text, sizeof(text), "{'mapping':'m','output':'order','emit':[{%s}]}",
                 cases[i].fields);
        check_fields(schema, parts, text, cases[i].want);
    }
}

TEST(moments_of_documents)
{
    static const struct {
        const char *date, *want;
    } cases[] = {
        {"2026-11-20T10:00:00+01:00", "{'issued':{'at':'2026-11-20T10:00:00+01:00','local':"
                                      "'2026-11-20T10:00:00','tz_from':'offset'}}"},
        {"2026-11-20T10:00:00", "{'issued':{'local':'2026-11-20T10:00:00'}}"},
        {"2026-11-20", "{'issued':{'local':'2026-11-20'}}"},
        {"", "{}"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        char text[128];

        CHECK(test_compile(&t, "{'mapping':'m','output':'order','emit':[{'issued':{'date':'/d',"
                               "'formats':['iso','date'],'out':'moment','null_values':['']}}]}"));
        snprintf(text, sizeof(text), "{'d':'%s'}", cases[i].date);
        CHECK_JSON(test_run(&t, text), cases[i].want);
        test_end(&t);
    }
}

TEST(types_that_cannot_be_proved_are_checked_in_the_run)
{
    test_t t = test_begin();

    t.any_type = false;
    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'type':'/t'}]}"));
    CHECK_JSON(test_run(&t, "{'t':'fleet.odometer'}"), "{'type':'fleet.odometer'}");
    CHECK_INT(t.rc, LGS_OK);
    test_run(&t, "{'t':'fleet.made_up'}");
    CHECK_INT(t.rc, LGS_INVALID);
    CHECK_STR(lgs_cstr(t.errs.first->code), "mapping-type");
    test_end(&t);
}

TEST(what_has_no_answer_is_refused)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','for_each':'/e','emit':[{'when':{'eq':['/x',1]},'v':1},"
                           "{'when':{'not':{'eq':['/x',1]}},'refuse':'only 1 is known'}]}"));
    CHECK_JSON(test_run(&t, "{'e':[{'x':1}]}"), "{'v':1}");
    CHECK_INT(t.rc, LGS_OK);
    test_run(&t, "{'e':[{'x':1},{'x':2}]}");
    CHECK_INT(t.rc, LGS_INVALID);
    CHECK_STR(lgs_cstr(t.errs.first->code), "mapping-refused");
    CHECK_STR(t.errs.first->text, "mapping \"m\": only 1 is known");
    CHECK_STR(t.errs.first->pointer, "/e/1");
    test_end(&t);
}

TEST(other_outputs_need_no_type)
{
    test_t t = test_begin();

    t.any_type = false;
    CHECK(test_compile(&t, "{'mapping':'m','output':'odoo-operation','emit':[{'op':'load'}]}"));
    CHECK_STR(lgs_mapping_output(t.mapping), "odoo-operation");
    CHECK_STR(lgs_mapping_name(t.mapping), "m");
    CHECK_STR(lgs_mapping_format(t.mapping), "json");
    CHECK_STR(lgs_mapping_schema(t.mapping), "");
    test_end(&t);
}

TEST(a_load_tells_all_findings)
{
    check_findings(
        "{'mapping':'m',\n 'emitt':1,\n 'emit':[\n{'type':'fleet.odometer',\n"
        "'a':{'nubmer':'/x','scale':2},\n"
        "'b':{'number':'/x','scael':2},\n'c':'$nobody',\n'd':'/a//b',\n"
        "'e':{'lookup':'none','key':'/x'},\n'f':'^/x',\n"
        "'g':{'date':'/x','formats':['QQ']},\n'h':{'when':{'equals':['/x',1]},'then':1},\n"
        "'i':{'regex':'(','of':'/x'},\n'j':{'date':'/x','tz':'Mars/Olympus'},\n"
        "'k':{'number':'/x','unit':{'from':'km','to':'league'}}}]}",
        "2:2 unknown key of a mapping \"emitt\"; did you mean \"emit\"?\n"
        "5:6 unknown operation \"nubmer\"; did you mean \"number\"? (An output object "
        "with such a member is written {object: {...}})\n"
        "6:20 unknown key of operation \"number\" \"scael\"; did you mean \"scale\"?\n"
        "7:5 unknown variable \"nobody\"\n"
        "8:5 a name is missing in the path\n"
        "9:15 unknown code list \"none\"\n"
        "10:5 \"^\" leads out of 1 for_each, but there are only 0 here\n"
        "11:28 date format \"QQ\" is wrong: its letters can be CCYY, YYYY, YY, MM, MMM, DD, "
        "DDD, WW, WWD, HH, hh, mm, SS, f, A, Z, ZZZ and T\n"
        "12:14 unknown condition \"equals\"\n"
        "13:14 pattern \"(\" is wrong at byte 1: missing closing parenthesis\n"
        "14:23 time zone \"Mars/Olympus\" is not in /usr/share/zoneinfo: check its name, or "
        "that tzdata is installed\n"
        "15:27 unknown unit \"league\" in \"to\"; units are those of UN/ECE "
        "Recommendation 20: KGM, MTR, LTR, SEC, ...");
}

TEST(findings_one_by_one)
{
    static const struct {
        const char *mapping, *want;
    } cases[] = {
        {"[]", "1:1 a mapping file is a map of keys: mapping, input, emit, ..."},
        {"{'emit':[{'type':'fleet.odometer'}]}", "1:1 \"mapping\", the mapping's name, is missing"},
        {"{'mapping':'m'}", "1:1 \"emit\" is missing: a list of what is put out"},
        {"{'mapping':'m','emit':[5]}", "1:24 each thing to emit is a map of its fields"},
        {"{'mapping':'m','input':{'format':'cvs'},'emit':[]}",
         "1:34 there is no input format \"cvs\"; did you mean \"csv\"?"},
        {"{'mapping':'m','lookup':{'l':{'file':'nowhere'}},'emit':[{'type':'fleet.odometer'}]}",
         "1:38 there is no code list \"nowhere\""},
        {"{'mapping':'m','emit':[{'type':'fleet.odometer','v':{'lookup':{'a':1}}}]}",
         "1:53 a lookup needs a \"key\": a path, or a list of them"},
        {"{'mapping':'m','emit':[{'type':'fleet.odometer','occurred':'/x'}]}",
         "1:60 \"occurred\" must be a date operation: {date: path, formats: [...]}; it fills "
         "occurred_at, local, tz and tz_from"},
        {"{'mapping':'m','emit':[{'type':'fleet.odometer','row':{'id':1,'date':'/x'}}]}",
         "1:56 unknown key of operation \"date\" \"id\"\n"
         "1:55 an output object that has a member \"date\" is written {object: {...}}"},
        {"{'mapping':'m','emit':[{'when':{'exists':'/a','eq':[1,1]},'type':'fleet.odometer'}]}",
         "1:32 a condition is an object with one member: {eq: [path, value]}, {exists: path}, ...; "
         "several go into {all: [...]}"},
        {"{'mapping':'m','emit':[{'type':'fleet.odometer','v':'$.a[0'}]}",
         "1:53 \"[\" in the path has no \"]\""},
        {"{'mapping':'m','emit':[{'type':'fleet.odometer','v':{'lookup':{'a':1},'key':'/x',"
         "'else':'wran'}}]}",
         "1:89 unknown else \"wran\"; did you mean \"warn\"?"},
        {"{'mapping':'m','emit':[{'type':'fleet.odometer','v':{'lookup':{'a':1},'key':'/x',"
         "'else':'shipment.x'}}]}",
         "1:89 unknown else \"shipment.x\"; it is one of null, keep, error, warn"},
        {"{'mapping':'m','emit':[{'type':'fleet.odometer','v':{'substr':'/x','start':'a'}}]}",
         "1:76 \"start\" must be a whole number from -16777216 to 16777216"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        check_findings(cases[i].mapping, cases[i].want);
    }
}

TEST(cost_is_bounded_at_load)
{
    test_t t = test_begin();
    static char mapping[20000];
    char *p;

    /* header values in each line: the square of the input, and no more */
    CHECK(test_compile(&t, "{'mapping':'m','for_each':'/a','emit':[{'for_each':'$.a','v':'/x'}]}"));
    test_end(&t);
    check_findings("{'mapping':'m','for_each':'/a','emit':[{'for_each':'$.a','emit':["
                   "{'for_each':'$.a','type':'fleet.odometer'}]}]}",
                   "1:78 this for_each starts outside of 2 others: the cost would grow with the "
                   "input to the power of 3");
    /* within each other: LGS_MAPPING_MAX_SCOPES, and one more */
    for (unsigned n = 8; n <= 9; n++) {
        p = mapping + sprintf(mapping, "{'mapping':'m','emit':[");
        for (unsigned i = 1; i < n; i++) {
            p += sprintf(p, "{'for_each':'/a','emit':[");
        }
        p += sprintf(p, "{'for_each':'/a','v':1}");
        for (unsigned i = 1; i < n; i++) {
            p += sprintf(p, "]}");
        }
        strcpy(p, "]}");
        t = test_begin();
        CHECK(test_compile(&t, mapping) == (n + 1 <= 8));
        test_end(&t);
    }
    /* values within each other: deep, but no overflow */
    for (unsigned n = 10; n <= 1000; n += 990) {
        p = mapping + sprintf(mapping, "{'mapping':'m','emit':[{'v':");
        for (unsigned i = 0; i < n && n < 60; i++) {
            p += sprintf(p, "{'trim':");
        }
        for (unsigned i = 0; i < 60 && n >= 60; i++) {
            p += sprintf(p, "{'trim':");
        }
        p += sprintf(p, "'/a'");
        for (unsigned i = 0; i < (n < 60 ? n : 60); i++) {
            p += sprintf(p, "}");
        }
        strcpy(p, "}]}");
        t = test_begin();
        CHECK(test_compile(&t, mapping) == (n == 10));
        test_end(&t);
    }
}

TEST(cost_is_bounded_in_a_run)
{
    test_t t = test_begin();
    lgs_buf_t buf;

    CHECK(test_compile(&t, "{'mapping':'m','for_each':'/a','emit':[{'when':{'exists':'/no'},'v':1},"
                           "{'for_each':'$.a','when':{'eq':['.',-1]},'v':'.'}]}"));
    lgs_buf_init(&buf, t.arena, 0, 0);
    lgs_buf_cstr(&buf, "{\"a\":[0");
    for (int i = 1; i < 10000; i++) {
        lgs_buf_cstr(&buf, ",0");
    }
    lgs_buf_cstr(&buf, "]}");
    lgs_buf_byte(&buf, 0);
    test_run(&t, buf.data);
    CHECK_INT(t.rc, LGS_LIMIT);
    CHECK_STR(lgs_cstr(t.errs.first->code), "mapping-cost");
    test_end(&t);
}

TEST(text_is_bounded_in_a_run)
{
    test_t t = test_begin();
    lgs_buf_t buf;

    CHECK(test_compile(&t,
                       "{'mapping':'m','for_each':'/n','emit':[{'v':{'concat':['$.t','$.t','$.t',"
                       "'$.t','$.t','$.t','$.t','$.t']}}]}"));
    lgs_buf_init(&buf, t.arena, 0, 0);
    lgs_buf_cstr(&buf, "{\"t\":\"");
    for (int i = 0; i < 1 << 16; i++) {
        lgs_buf_byte(&buf, 'x');
    }
    lgs_buf_cstr(&buf, "\",\"n\":[0");
    for (int i = 1; i < 100; i++) {
        lgs_buf_cstr(&buf, ",0");
    }
    lgs_buf_cstr(&buf, "]}");
    lgs_buf_byte(&buf, 0);
    test_run(&t, buf.data);
    CHECK_INT(t.rc, LGS_LIMIT);
    CHECK_STR(lgs_cstr(t.errs.first->code), "mapping-cost");
    test_end(&t);
}

/* A lookup that warns: once where it is used, never where it is not. */
TEST(variables_are_evaluated_when_used_and_once)
{
    test_t t = test_begin();

    CHECK(test_compile(
        &t, "{'mapping':'m','vars':{'doc':{'lookup':{'x':1},'key':'/d','else':'warn'}},"
            "'for_each':'/e','emit':[{'vars':{'own':{'lookup':{'x':1},'key':'/k',"
            "'else':'warn'}},'when':{'exists':'/use'},'a':'$own','b':'$own','c':'$doc'}]}"));
    test_run(&t, "{'d':'?','e':[{'k':'?'},{'k':'?','use':1},{'k':'x','use':1}]}");
    CHECK_INT(t.rc, LGS_OK);
    CHECK_INT(t.records.n, 2);
    CHECK_INT(t.records.n_warnings, 2);
    CHECK_STR(t.warnings.first->pointer, "/e/1/k");
    CHECK_STR(t.warnings.last->pointer, "/d");
    test_end(&t);
}

TEST(variables_see_the_scope_that_they_stand_in)
{
    test_t t = test_begin();

    CHECK(test_compile(&t,
                       "{'mapping':'m','emit':[{'for_each':'/s','vars':{'id':'/id','up':'^/name'},"
                       "'emit':[{'for_each':'/e','id':'$id','up':'$up','own':'/id'}]}]}"));
    CHECK_JSON(test_run(&t, "{'name':'N','s':[{'id':1,'e':[{'id':2}]},{'id':3,'e':[{'id':4}]}]}"),
               "{'id':1,'up':'N','own':2}\n{'id':3,'up':'N','own':4}");
    /* a list made of the outer scope, first used in the inner one */
    CHECK(test_compile(&t, "{'mapping':'m','vars':{'all':{'for_each':'/s','value':'/id'}},'emit':["
                           "{'for_each':'/s','a':'/id','all':'$all','b':'/id','n':'$index'}]}"));
    CHECK_JSON(test_run(&t, "{'s':[{'id':1},{'id':2}]}"),
               "{'a':1,'all':[1,2],'b':1,'n':0}\n{'a':2,'all':[1,2],'b':2,'n':1}");
    test_end(&t);
}

/* Those of a for_each in a variable's value have places of their own, whatever stands behind. */
TEST(variables_stand_within_variables)
{
    test_t t = test_begin();

    CHECK(test_compile(&t,
                       "{'mapping':'m','vars':{'all':{'for_each':'/s','vars':{'x':'/id','y':"
                       "{'concat':['$x','!']}},'value':'$y'},'n':{'count':'$all'}},'emit':["
                       "{'for_each':'/s','vars':{'z':'/id'},'all':'$all','n':'$n','z':'$z'}]}"));
    CHECK_JSON(test_run(&t, "{'s':[{'id':'a'},{'id':'b'}]}"),
               "{'all':['a!','b!'],'n':2,'z':'a'}\n{'all':['a!','b!'],'n':2,'z':'b'}");
    test_end(&t);
}

TEST(variables_may_build_on_eight_others)
{
    for (unsigned n = 8; n <= 9; n++) {
        test_t t = test_begin();
        char mapping[1024], *p = mapping + sprintf(mapping, "{'mapping':'m','vars':{'v0':'/a'");

        for (unsigned i = 1; i <= n; i++) {
            p += sprintf(p, ",'v%u':{'trim':'$v%u'}", i, i - 1);
        }
        sprintf(p, "},'emit':[{'v':'$v%u'}]}", n);
        CHECK(test_compile(&t, mapping) == (n == 8));
        if (n == 8) {
            CHECK_JSON(test_run(&t, "{'a':' x '}"), "{'v':'x'}");
        }
        test_end(&t);
    }
}

TEST(records_are_counted)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','for_each':'/a','emit':[{'v':'.'}]}"));
    t.facts.max_records = 3;
    test_run(&t, "{'a':[1,2,3]}");
    CHECK_INT(t.rc, LGS_OK);
    CHECK_INT(t.records.n, 3);
    test_run(&t, "{'a':[1,2,3,4]}");
    CHECK_INT(t.rc, LGS_LIMIT);
    CHECK_STR(lgs_cstr(t.errs.first->code), "max-records");
    CHECK_STR(t.errs.first->pointer, "/a/3");
    test_end(&t);
}

static const char *const big_mapping =
    "{'mapping':'m','lookup':{'l':{'a':{'t':'x'}}},'null_values':[''],'vars':{'q':'/q'},'emit':["
    "{'for_each':'/e','vars':{'z':{'lookup':'l','key':'/k'}},'when':{'any':[{'exists':'/k'},"
    "{'in':['/k',['a','b']]}]},'id':{'hash':['/k','$index'],'prefix':'e'},'t':'$z/t',"
    "'occurred':{'date':'/d','tz':'Europe/Berlin'},'refs':[{'t':'a','v':'/k'},{'for_each':'/p',"
    "'t':'p','v':'.'}],'n':{'number':'/n','scale':3},'c':{'concat':['/k','-','$q']},"
    "'r':{'replace':'/k','from':'a','to':'bb'},'m':{'regex':'(a)','of':'/k'},"
    "'type':'a','s':{'split':'/k','by':'x'}}]}";
static const char *const big_schema =
    "{'required':['id','type'],'additionalProperties':false,'properties':{'id':{},'t':{},'n':{},"
    "'c':{},'r':{},'m':{},'s':{},'type':{'enum':['a','b','c']},'occurred_at':{},'local':{},"
    "'refs':{'items':{'$ref':'parts.json#/$defs/ref'}}}}";
static const char *const big_parts =
    "{'$defs':{'ref':{'additionalProperties':false,'properties':{'t':{},'v':{}}}}}";
static const char *const big_input =
    "{'q':1,'e':[{'k':'a','d':'2019-08-10T08:54:00','n':1.5,'p':['1','2']},"
    "{'k':'b','d':'2019-08-10T08:54:00','n':'2','p':[]}]}";

/* Every ceiling up to where it succeeds: never a crash, always an error that is told. */
static void check_load_without_memory(bool has_schema)
{
    test_t t = test_begin();
    const lgs_mapping_env_t env = {.schema = test_find_schema, .data = &t};
    lgs_str_t text = test_json(&t, big_mapping);
    lgs_doc_t doc;
    bool done = false;

    t.any_type = !has_schema;
    t.schema = big_schema;
    t.parts = big_parts;
    CHECK(lgs_json_read(t.arena, text, NULL, &doc, &t.errs) == LGS_OK);
    for (size_t ceiling = 300; !done && ceiling < 200000; ceiling += ceiling / 60 + 40) {
        lgs_arena_t *arena = lgs_arena_create(256, ceiling);
        lgs_errs_t errs;

        lgs_errs_init(&errs, t.arena, 50);
        done = lgs_mapping_compile(arena, &doc, &env, &errs) != NULL;
        CHECK(done == (errs.n == 0));
        lgs_arena_destroy(arena);
    }
    CHECK(done);
    test_end(&t);
}

TEST(out_of_memory_at_load_is_told)
{
    check_load_without_memory(false);
    check_load_without_memory(true);
}

TEST(out_of_memory_in_a_run_is_told)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, big_mapping));
    unit_show(&t.errs);
    test_run(&t, big_input);
    CHECK_INT(t.rc, LGS_OK);
    CHECK_INT(t.records.n, 2);
    test_ceilings(&t);
    test_end(&t);
}

int main(void)
{
    RUN(one_record_for_each_item);
    RUN(lists_are_walked_in_every_spelling);
    RUN(one_object_is_a_list_of_one);
    RUN(a_variable_that_is_null_is_no_list);
    RUN(lists_in_records);
    RUN(every_value_knows_where_it_came_from);
    RUN(entries_of_code_lists_have_the_place_of_the_key);
    RUN(types_are_proved_at_load);
    RUN(types_of_the_first_of_several_lists);
    RUN(fields_are_proved_at_load);
    RUN(a_field_of_the_schema_is_no_misspelled_operation);
    RUN(fields_are_proved_across_files);
    RUN(moments_of_documents);
    RUN(types_that_cannot_be_proved_are_checked_in_the_run);
    RUN(what_has_no_answer_is_refused);
    RUN(other_outputs_need_no_type);
    RUN(a_load_tells_all_findings);
    RUN(findings_one_by_one);
    RUN(cost_is_bounded_at_load);
    RUN(cost_is_bounded_in_a_run);
    RUN(text_is_bounded_in_a_run);
    RUN(variables_are_evaluated_when_used_and_once);
    RUN(variables_see_the_scope_that_they_stand_in);
    RUN(variables_stand_within_variables);
    RUN(variables_may_build_on_eight_others);
    RUN(records_are_counted);
    RUN(out_of_memory_at_load_is_told);
    RUN(out_of_memory_in_a_run_is_told);
    return DONE();
}
