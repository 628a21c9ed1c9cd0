/* Operations on lists, bool, and units of measure. */
#include "../../../ngx_logistics_module/mapping/internal.h"
#include "mapping.h"

static const char *const input =
    "{'lines':[{'sku':'b','qty':'2','net':10.5,'o':'A'},{'sku':'a','qty':'10','net':'0.25','o':'B'}"
    ","
    "{'sku':'b','qty':3,'net':1,'o':'A'},{'sku':'c','o':'B'}],"
    "'one':{'sku':'z','qty':7},'words':['x','','y',5,true,null],'bad':['1','abc'],"
    "'codes':['9','10','x'],'mixed':[{'a':1},2],'null':null}";

typedef struct {
    const char *expr, *want;
} case_t;

static void check_all(const case_t *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CHECK_JSON(test_value(cases[i].expr, input), cases[i].want);
        if (unit_bad) {
            printf("# %s\n", cases[i].expr);
            return;
        }
    }
}

TEST(sums_are_exact_and_pass_over_what_is_missing)
{
    static const case_t cases[] = {
        {"{'sum':'/lines[*]/qty'}", "'15'"},
        {"{'sum':'/lines[*]/net'}", "'11.75'"},
        {"{'sum':'/lines[*]/net','out':'number'}", "11.75"},
        {"{'sum':'/lines[*]/net','out':'integer'}", "(failed)"},
        {"{'sum':['/one/qty','/lines/0/qty']}", "'9'"},
        {"{'sum':'/one/qty'}", "'7'"},
        {"{'sum':{'for_each':'/lines','value':{'number':'qty','scale':2}}}", "'30'"},
        {"{'sum':'/lines[*]/none'}", "-"},
        {"{'sum':'/lines[*]/none','default':'0'}", "'0'"},
        {"{'sum':'/null'}", "-"},
        {"{'sum':'/bad'}", "(failed)"},
        {"{'sum':'/lines'}", "(failed)"},
        {"{'when':{'eq':[{'sum':'/lines[*]/qty','out':'number'},'15.00']},'then':'yes'}", "'yes'"},
        {"{'sum':'/lines','of':1}", "(refused)"},
    };

    check_all(cases, LGS_N(cases));
}

TEST(counts_are_never_null)
{
    static const case_t cases[] = {
        {"{'count':'/lines'}", "4"}, {"{'count':'/lines[*]/qty'}", "3"},
        {"{'count':'/one'}", "1"},   {"{'count':'/nowhere'}", "0"},
        {"{'count':'/words'}", "6"},
    };

    check_all(cases, LGS_N(cases));
}

TEST(the_least_and_the_most)
{
    static const case_t cases[] = {
        {"{'min':'/lines[*]/qty'}", "'2'"}, {"{'max':'/lines[*]/qty'}", "'10'"},
        {"{'min':'/lines[*]/sku'}", "'a'"}, {"{'max':'/lines[*]/sku'}", "'c'"},
        {"{'max':'/codes'}", "'x'"},        {"{'min':'/codes'}", "'10'"},
        {"{'max':'/one/qty'}", "7"},        {"{'max':'/null'}", "-"},
        {"{'max':'/lines'}", "(failed)"},
    };

    check_all(cases, LGS_N(cases));
}

TEST(joined_texts)
{
    static const case_t cases[] = {
        {"{'join':'/lines[*]/sku'}", "'b, a, b, c'"},
        {"{'join':'/words','separator':'-'}", "'x-y-5-true'"},
        {"{'join':{'for_each':'/lines','value':{'upper':'sku'}},'separator':''}", "'BABC'"},
        {"{'join':'/none'}", "-"},
        {"{'join':['/null']}", "-"},
        {"{'join':'/mixed'}", "(failed)"},
        {"{'join':'/words','separator':'\\n'}", "'x\\ny\\n5\\ntrue'"},
    };

    check_all(cases, LGS_N(cases));
}

TEST(the_first_of_each)
{
    static const case_t cases[] = {
        {"{'unique':'/lines[*]/sku'}", "['b','a','c']"},
        {"{'join':{'for_each':'/lines','value':'/sku'}}", "'b, a, b, c'"},
        {"{'join':{'unique':'/lines[*]/sku'}}", "'b, a, c'"},
        {"{'count':{'unique':'/lines','by':'sku'}}", "3"},
        {"{'count':{'unique':'/lines','by':'net'}}", "4"},
        {"{'count':{'unique':'/lines','by':'none'}}", "4"},
        {"{'unique':'/one/sku'}", "['z']"},
        {"{'unique':'/none'}", "-"},
        {"{'unique':'/lines'}", "(failed)"},
    };

    check_all(cases, LGS_N(cases));
}

TEST(groups_are_lists_to_go_through)
{
    static const case_t cases[] = {
        {"{'group_by':'/lines','by':'none'}",
         "[{'items':[{'sku':'b','qty':'2','net':10.5,'o':'A'},{'sku':'a','qty':'10','net':'0.25',"
         "'o':'B'},{'sku':'b','qty':3,'net':1,'o':'A'},{'sku':'c','o':'B'}]}]"},
        {"{'group_by':'/one','by':'sku'}", "[{'items':[{'sku':'z','qty':7}],'key':'z'}]"},
        {"{'group_by':'/none','by':'sku'}", "-"},
        {"{'group_by':'/lines','by':'.'}", "(failed)"},
        {"{'group_by':'/lines'}", "(refused)"},
        {"{'group_by':'/words','by':{'substr':'.','start':0,'length':1}}",
         "[{'items':['x'],'key':'x'},{'items':['',null]},{'items':['y'],'key':'y'},"
         "{'items':[5],'key':'5'},{'items':[true],'key':'t'}]"},
    };
    test_t t = test_begin();

    check_all(cases, LGS_N(cases));
    CHECK(test_compile(&t, "{'mapping':'m','vars':{'groups':{'group_by':'/lines','by':'o'}},"
                           "'emit':[{'for_each':'$groups','order':'/key',"
                           "'total':{'sum':'/items[*]/qty'},'skus':{'join':'/items[*]/sku'}}]}"));
    CHECK_JSON(test_run(&t, input), "{'order':'A','total':'5','skus':'b, b'}\n"
                                    "{'order':'B','total':'10','skus':'a, c'}");
    test_end(&t);
}

TEST(sorted_lists)
{
    static const case_t cases[] = {
        {"{'sort':'/codes'}", "['10','9','x']"},
        {"{'sort':'/lines[*]/qty'}", "['2',3,'10']"},
        {"{'sort':'/lines[*]/qty','order':'down'}", "['10',3,'2']"},
        {"{'join':{'for_each':'/lines','value':'o'}}", "'o, o, o, o'"},
        {"{'sort':{'for_each':'/lines','value':{'concat':['/sku','/o']}}}",
         "['aB','bA','bA','cB']"},
        {"{'sort':'/words'}", "['',5,true,'x','y',null]"},
        {"{'sort':'/none'}", "-"},
        {"{'sort':'/lines'}", "(failed)"},
        {"{'sort':'/lines','order':'sideways'}", "(refused)"},
    };
    test_t t = test_begin();

    check_all(cases, LGS_N(cases));
    CHECK(test_compile(&t,
                       "{'mapping':'m','vars':{'l':{'sort':'/lines','by':'qty','order':'down'}},"
                       "'emit':[{'for_each':'$l','sku':'/sku','q':'/qty'}]}"));
    CHECK_JSON(test_run(&t, input), "{'sku':'a','q':'10'}\n{'sku':'b','q':3}\n{'sku':'b','q':'2'}\n"
                                    "{'sku':'c'}");
    test_end(&t);
}

TEST(yes_and_no)
{
    const char *doc = "{'t':true,'y':'Y','n':'No','o':1,'z':'0','j':'J','x':'perhaps','l':[1]}";
    static const case_t cases[] = {
        {"{'bool':'/t'}", "true"},
        {"{'bool':'/y'}", "true"},
        {"{'bool':'/n'}", "false"},
        {"{'bool':'/o'}", "true"},
        {"{'bool':'/z'}", "false"},
        {"{'bool':'/j'}", "(failed)"},
        {"{'bool':'/j','yes':['j']}", "true"},
        {"{'bool':'/y','yes':['j']}", "false"},
        {"{'bool':'/x','no':['n',0]}", "true"},
        {"{'bool':'/z','no':['n',0]}", "false"},
        {"{'bool':'/x','yes':['j'],'no':['n']}", "(failed)"},
        {"{'bool':'/l'}", "(failed)"},
        {"{'bool':'/none'}", "-"},
        {"{'bool':'/none','default':false}", "false"},
        {"{'bool':'/y','yes':[{}]}", "(refused)"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, doc), cases[i].want);
    }
}

TEST(units_become_each_other_exactly)
{
    static const struct {
        const char *value, *from, *to, *want;
    } cases[] = {
        {"10", "LB", "KGM", "4.5359237"},
        {"1", "ozt", "GRM", "31.1034768"},
        {"98.6", "FAH", "CEL", "37"},
        {"-40", "F", "CEL", "-40"},
        {"37", "celsius", "FAH", "98.6"},
        {"0", "CEL", "KEL", "273.15"},
        {"90", "KMH", "MTS", "25"},
        {"55", "mph", "KMH", "88.51392"},
        {"10", "knots", "KMH", "18.52"},
        {"1", "GLL", "MLT", "3785.411784"},
        {"1", "m\302\263", "LTR", "1000"},
        {"1", "CF", "DMQ", "28.316846592"},
        {"1", "sqft", "CMK", "929.0304"},
        {"2.5", "KWH", "JOU", "9000000"},
        {"32", "psi", "BAR", "2.206322334"},
        {"3", "dozen", "EA", "36"},
        {"2", "years", "MON", "24"},
        {"3", "804", "HUR", "72"},
        {"7200", "SEC", "HUR", "2"},
        {"1", "MIN", "HUR", "0.016666667"},
        {"5", "CA", "CS", "5"},
        {"5", "CA", "EA", NULL},
        {"5", "month", "DAY", NULL},
        {"5", "KGM", "LTR", NULL},
        {"5", "CA", "CT", NULL},
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    const lgs_map_t *units = lgs_units(arena);

    for (size_t i = 0; i < LGS_N(cases); i++) {
        const lgs_unit_t *from = lgs_unit_find(units, lgs_cstr(cases[i].from));
        const lgs_unit_t *to = lgs_unit_find(units, lgs_cstr(cases[i].to));
        lgs_decimal_t value;

        CHECK(from && to && lgs_decimal_read(lgs_cstr(cases[i].value), &value));
        if (from == NULL || to == NULL || !lgs_unit_convert(from, to, &value)) {
            CHECK(cases[i].want == NULL);
            continue;
        }
        CHECK_STR(lgs_decimal_text(arena, value), cases[i].want ? cases[i].want : "(none)");
        if (unit_bad) {
            printf("# %s %s\n", cases[i].value, cases[i].from);
            return;
        }
    }
    CHECK(lgs_unit_find(units, LGS_STR("")) == NULL);
    CHECK(lgs_unit_find(units, LGS_STR("ton")) == NULL);
    CHECK(lgs_unit_find(units, LGS_STR("kg kgs")) == NULL);
    CHECK(lgs_unit_find(units, LGS_STR("Milliliters")) ==
          lgs_unit_find(units, LGS_STR("MLT"))); /* the longest */
    CHECK(lgs_unit_find(units, LGS_STR("kgm")) == lgs_unit_find(units, LGS_STR("KGM")));
    CHECK(lgs_unit_find(units, LGS_STR("0123456789abcdef")) == NULL);
    CHECK(lgs_unit_find(units, LGS_STR("kilogramskilogram")) == NULL);
    lgs_arena_destroy(arena);
}

TEST(codes_of_units)
{
    const char *doc = "{'u':'Lbs','c':'EA','x':'furlong'}";
    static const case_t cases[] = {
        {"{'unit_code':'/u'}", "'LBR'"},
        {"{'unit_code':'/c'}", "'EA'"},
        {"{'unit_code':'/x'}", "(failed)"},
        {"{'unit_code':'/x','else':'null'}", "-"},
        {"{'unit_code':'/x','else':'keep'}", "'furlong'"},
        {"{'unit_code':'/x','else':'warn','default':'C62'}", "'C62'"},
        {"{'unit_code':'/none'}", "-"},
        {"{'unit_code':'/x','else':'maybe'}", "(refused)"},
        {"{'number':'5','unit':{'from':'furlong','to':'MTR'}}", "(refused)"},
        {"{'number':'5','unit':{'from':'kg','to':'MTR'}}", "(refused)"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, doc), cases[i].want);
    }
}

/* What an error says, and where. */
static void check_error(const char *expr, const char *doc, unsigned column, const char *text)
{
    test_t t = test_begin();
    char mapping[512];

    snprintf(mapping, sizeof(mapping), "{'mapping':'m','emit':[{'v':%s}]}", expr);
    CHECK(test_compile(&t, mapping));
    test_run(&t, doc);
    CHECK(t.rc == LGS_INVALID && t.errs.first);
    if (t.errs.first) {
        CHECK(t.errs.first->pos.line == 1 && t.errs.first->pos.column == column);
        CHECK_STR(t.errs.first->text, text);
    }
    test_end(&t);
}

TEST(errors_stand_at_the_item)
{
    check_error("{'sum':'/a'}", "{'a':[1,'x']}", 9, "mapping \"m\": \"x\" is not a decimal number");
    check_error("{'number':'/a','decimal_mark':','}", "{'a':'1.5'}", 6,
                "mapping \"m\": \"1.5\" is not a decimal number with the decimal mark \",\"");
    check_error("{'bool':'/a'}", "{'a':'x'}", 6, "mapping \"m\": \"x\" is neither yes nor no");
    check_error("{'sort':'/a'}", "{'a':[1,[]]}", 9,
                "mapping \"m\": a text is wanted here, not an array");
    check_error("{'unit_code':'/a'}", "{'a':'x'}", 6,
                "mapping \"m\": \"x\" is no unit that is known");
}

TEST(by_costs_like_a_for_each)
{
    test_t t = test_begin();

    CHECK(!test_compile(&t, "{'mapping':'m','emit':[{'for_each':'/l','v':{'count':{'unique':'.',"
                            "'by':{'join':'$.all[*].x'}}}}]}"));
    test_end(&t);
}

TEST(memory_can_run_out_anywhere)
{
    static const char *const mapping =
        "{'mapping':'m','vars':{'g':{'group_by':{'sort':{'unique':'/lines','by':'net'},'by':'qty'},"
        "'by':'o'}},'emit':[{'for_each':'$g','k':'/key','n':{'count':'/items'},"
        "'s':{'sum':'/items[*]/qty'},'j':{'join':'/items[*]/sku'},'m':{'max':'/items[*]/qty'}}]}";
    unsigned failed = 0;

    for (size_t ceiling = 100; ceiling < 16384; ceiling += 67) {
        test_t t = test_begin();
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        lgs_arena_t *all = t.arena;

        CHECK(test_compile(&t, mapping));
        t.arena = arena;
        if (lgs_json_read(all, test_json(&(test_t){.arena = all}, input), NULL, &t.doc, &t.errs) ==
            LGS_OK) {
            t.rc = lgs_mapping_run(t.mapping, &t.doc, &t.facts, arena, &t.records, &t.warnings,
                                   &t.errs);
            CHECK(t.rc == LGS_OK || t.rc == LGS_NOMEM);
            failed += t.rc == LGS_NOMEM;
        }
        lgs_arena_destroy(arena);
        t.arena = all;
        test_end(&t);
    }
    CHECK(failed > 0);
}

TEST(products_are_exact_and_rounded_once)
{
    static const struct {
        const char *expr, *want;
    } cases[] = {
        {"{'multiply':['/q','/p']}", "'29.97'"},
        {"{'multiply':'/p'}", "'9.99'"},
        {"{'multiply':['/q','/p',-1],'out':'number'}", "-29.97"},
        {"{'multiply':['/p'],'over':{'sum':[1,'/rate']},'round':2}", "'8.39'"},
        {"{'multiply':['/p'],'over':{'sum':[1,'/rate']},'round':4}", "'8.3950'"},
        {"{'multiply':['/p'],'over':{'sum':[1,'/rate']}}", "'8.394957983'"},
        {"{'multiply':['/q'],'over':2}", "'1.5'"},
        {"{'multiply':['/q'],'over':2,'round':0}", "'2'"},
        {"{'multiply':['/near'],'over':1,'round':2}", "'0.12'"},
        {"{'multiply':['/q','/one'],'out':'integer'}", "3"},
        {"{'multiply':['/q','/p'],'out':'integer'}", "(failed)"},
        /* what one part is missing of has no product: not that of the others */
        {"{'multiply':['/q','/none']}", "-"},
        {"{'multiply':['/none','/q'],'default':'0'}", "'0'"},
        {"{'multiply':['/q'],'over':'/none'}", "-"},
        {"{'multiply':['/q'],'over':'/zero'}", "(failed)"},
        {"{'multiply':['/q','/text']}", "(failed)"},
        {"{'multiply':['/q'],'over':'/text'}", "(failed)"},
        {"{'multiply':['/big','/big']}", "(failed)"},
        {"{'multiply':['/big'],'over':0.001}", "(failed)"},
        {"{'multiply':['/q'],'round':13}", "(refused)"},
        {"{'multiply':[]}", "(refused)"},
        {"{'multiply':['/q'],'over':{'x':'/q'}}", "(refused)"},
    };
    const char *document = "{'q':3,'p':'9.99','rate':0.19,'near':'0.12499999999999','zero':'0.0',"
                           "'one':'1.0','text':'a','big':'99999999999999999999999999999999999999'}";

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, document), cases[i].want);
    }
}

TEST(items_of_a_list_have_variables_of_their_own)
{
    static const struct {
        const char *expr, *want;
    } cases[] = {
        {"[{'for_each':'/l','vars':{'x':{'number':'/q','scale':2}},'a':'$x',"
         "'b':{'path':'$x','default':'none'}}]",
         "[{'a':'2','b':'2'},{'a':'4','b':'4'},{'b':'none'}]"},
        {"{'for_each':'/l','vars':{'x':'/q','y':{'concat':['$x','-',{'string':'/q'}]}},"
         "'value':'$y'}",
         "['1-1','2-2']"},
        {"[{'for_each':'/l','vars':{'x':'/q'},'p':[{'for_each':'/p','vars':{'y':'.'},'v':'$y',"
         "'of':'$x'}]}]",
         "[{'p':[{'v':7,'of':1},{'v':8,'of':1}]},{'p':[{'v':9,'of':2}]}]"},
        {"{'for_each':'/l','vars':{'x':'/q'},'when':{'gt':['$x',1]},'value':'$x'}", "[2]"},
        /* two conditions, and a default that does not answer the outer one */
        {"{'for_each':'/l','when':{'gt':['/q',0]},'value':{'then':'/q','when':{'gt':['/q',1]}}}",
         "[2]"},
        {"{'for_each':'/l','when':{'exists':'/q'},'value':{'path':'/none','default':0}}", "[0,0]"},
        {"[{'for_each':'/l','vars':{'x':'/q'},'a':'$x'},{'b':'$x'}]", "(refused)"},
        {"[{'for_each':'/l','vars':{'x':'/q'},'a':'$y'}]", "(refused)"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, "{'l':[{'q':1,'p':[7,8]},{'q':2,'p':[9]},{'no':1}]}"),
                   cases[i].want);
    }
}

TEST(a_for_each_goes_through_what_an_operation_gives)
{
    static const struct {
        const char *expr, *want;
    } cases[] = {
        {"[{'for_each':{'split':'/s','by':','},'v':'.','n':'$index'}]",
         "[{'v':'b','n':0},{'v':'a','n':1},{'v':'b','n':2}]"},
        {"{'for_each':{'unique':{'split':'/s','by':','}},'value':{'upper':'.'}}", "['B','A']"},
        {"{'for_each':{'sort':'/l','by':'q','order':'down'},'value':'/q'}", "[2,1,1]"},
        {"{'for_each':{'group_by':'/l','by':'q'},'value':{'count':'/items'}}", "[2,1]"},
        {"{'for_each':{'first_of':['/none','/l']},'value':'/q'}", "[1,2,1]"},
        {"{'for_each':{'then':'/l','when':{'exists':'/none'}},'value':'/q'}", "-"},
        {"{'for_each':{'split':'/s','by':',','index':0},'value':'.'}", "['b']"},
        {"{'for_each':{'split':'/none','by':','},'value':'.'}", "-"},
        /* the index is that of the item, also when making the list counted others */
        {"{'for_each':{'sort':{'for_each':'/l','value':'/q'}},'value':'$index'}", "[0,1,2]"},
        {"{'for_each':{'concat':['/s']},'value':'.'}", "(refused)"},
        {"{'for_each':{'x':'/s'},'value':'.'}", "(refused)"},
        {"{'for_each':['/l'],'value':'.'}", "(refused)"},
    };
    const char *document = "{'s':'b,a,b','l':[{'q':1},{'q':2},{'q':1}]}";
    test_t t = test_begin();

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, document), cases[i].want);
    }
    CHECK(
        test_compile(&t, "{'mapping':'m','for_each':{'sort':'/l','by':'q'},'emit':[{'v':'/q'}]}"));
    CHECK_JSON(test_run(&t, document), "{'v':1}\n{'v':1}\n{'v':2}");
    test_end(&t);
}

/* One that starts from outside multiplies the cost, whatever is between: one is allowed, not two.
 */
TEST(a_list_that_is_made_counts_like_a_path)
{
    static const struct {
        const char *inner;
        bool ok;
    } cases[] = {
        {"{'sort':'/p'}", true},
        {"{'sort':'$/l'}", false},
        {"{'sort':'^/l'}", false},
        {"{'first_of':['/p','$all']}", false},
        {"{'sort':'/p','by':'^^/x'}", false},
        {"{'then':'/p','when':{'exists':'/p'}}", true},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        char text[512];

        snprintf(text, sizeof(text),
                 "{'mapping':'m','vars':{'all':'/l'},'for_each':'/l','emit':[{'for_each':'$/l',"
                 "'emit':[{'v':{'for_each':%s,'value':'.'}}]}]}",
                 cases[i].inner);
        CHECK(test_compile(&t, text) == cases[i].ok);
        if (unit_bad) {
            printf("# %s\n", cases[i].inner);
        }
        test_end(&t);
    }
}

int main(void)
{
    RUN(products_are_exact_and_rounded_once);
    RUN(items_of_a_list_have_variables_of_their_own);
    RUN(a_for_each_goes_through_what_an_operation_gives);
    RUN(a_list_that_is_made_counts_like_a_path);
    RUN(sums_are_exact_and_pass_over_what_is_missing);
    RUN(counts_are_never_null);
    RUN(the_least_and_the_most);
    RUN(joined_texts);
    RUN(the_first_of_each);
    RUN(groups_are_lists_to_go_through);
    RUN(sorted_lists);
    RUN(yes_and_no);
    RUN(units_become_each_other_exactly);
    RUN(codes_of_units);
    RUN(errors_stand_at_the_item);
    RUN(by_costs_like_a_for_each);
    RUN(memory_can_run_out_anywhere);
    return DONE();
}
