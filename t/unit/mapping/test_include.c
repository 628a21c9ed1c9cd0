/* Templates: fields, items and values that are written once. */
#include "mapping.h"

static const char *const input =
    "{'from':{'town':'Aden','land':'YE'},'to':{'town':'Bonn'},'ids':[{'k':'bol','v':'B1'}],"
    "'lines':[{'n':1,'at':{'town':'Cork'}},{'n':2,'at':{'town':'Oslo'}}],'when':'20191102'}";

/* The records of a mapping with these templates, or its findings. */
static lgs_str_t result(const char *templates, const char *emit)
{
    static char out[2048];
    test_t t = test_begin();
    char mapping[4096];
    lgs_str_t text;

    snprintf(mapping, sizeof(mapping),
             "{'mapping':'m','vars':{'secret':'/when'},'templates':%s,'emit':%s}", templates, emit);
    text = test_compile(&t, mapping) ? test_run(&t, input) : test_findings(&t);
    snprintf(out, sizeof(out), "%.*s", LGS_FMT(text));
    test_end(&t);
    return lgs_cstr(out);
}

#define PLACE "'place':{'params':['at'],'fields':{'city':'$at/town','country':'$at/land'}}"

TEST(fields_come_into_an_object)
{
    CHECK_JSON(result("{" PLACE "}", "[{'a':{'include':'place','with':{'at':'/from'}},"
                                     "'b':{'include':'place','with':{'at':'/to'}}}]"),
               "{'a':{'city':'Aden','country':'YE'},'b':{'city':'Bonn'}}");
    CHECK_JSON(result("{" PLACE "}", "[{'include':'place','with':{'at':'/from'}}]"),
               "{'city':'Aden','country':'YE'}");
}

TEST(what_stands_beside_an_include_comes_first)
{
    CHECK_JSON(
        result("{" PLACE "}", "[{'include':'place','with':{'at':'/from'},'city':'x','n':1}]"),
        "{'city':'x','n':1,'country':'YE'}");
}

TEST(a_parameter_goes_on_from_where_it_was_written)
{
    CHECK_JSON(result("{" PLACE "}",
                      "[{'for_each':'/lines','a':{'include':'place','with':{'at':'/at'}},"
                      "'b':{'include':'place','with':{'at':'^/to'}},"
                      "'c':{'include':'place','with':{'at':'$.from'}}}]"),
               "{'a':{'city':'Cork'},'b':{'city':'Bonn'},'c':{'city':'Aden','country':'YE'}}\n"
               "{'a':{'city':'Oslo'},'b':{'city':'Bonn'},'c':{'city':'Aden','country':'YE'}}");
    /* also below a for_each of the template */
    CHECK_JSON(result("{'all':{'params':['list','home'],'fields':{'towns':{'for_each':'$list',"
                      "'value':{'concat':['/at/town',' ','$home/town']}}}}}",
                      "[{'include':'all','with':{'list':'/lines','home':'/to'}}]"),
               "{'towns':['Cork Bonn','Oslo Bonn']}");
    CHECK_JSON(result("{'one':{'params':['x'],'value':{'upper':'$x'}}}",
                      "[{'a':{'include':'one','with':{'x':'.'}},'for_each':'/lines[*]/at/town'}]"),
               "{'a':'CORK'}\n{'a':'OSLO'}");
}

TEST(a_parameter_may_be_a_constant_or_a_variable)
{
    CHECK_JSON(result("{'ref':{'params':['t','v'],'fields':{'t':'$t','v':'$v'}}}",
                      "[{'include':'ref','with':{'t':'date','v':'$secret'}}]"),
               "{'t':'date','v':'20191102'}");
    CHECK_JSON(result("{'ref':{'params':['t'],'fields':{'t':'$t/x'}}}",
                      "[{'include':'ref','with':{'t':5}}]"),
               "1:91 '$t' is a constant here: nothing is in it");
    CHECK_JSON(result("{'ref':{'params':['t'],'fields':{'t':'$t'}}}",
                      "[{'include':'ref','with':{'t':{'upper':'/x'}}}]"),
               "1:136 a parameter is a path or a constant; anything else is computed in 'vars' and "
               "handed over as $name");
}

TEST(a_value_stands_for_its_include)
{
    CHECK_JSON(result("{'day':{'params':['at'],'value':{'date':'$at','formats':['CCYYMMDD']}}}",
                      "[{'d':{'include':'day','with':{'at':'/when'}},"
                      "'l':{'lower':{'include':'day','with':{'at':'/when'}}}}]"),
               "{'d':'2019-11-02','l':'2019-11-02'}");
    CHECK_JSON(result("{'day':{'params':['at'],'value':{'date':'$at','formats':['CCYYMMDD']}}}",
                      "[{'occurred':{'include':'day','with':{'at':'/when'}}}]"),
               "{'occurred_at':null,'local':'2019-11-02'}");
    CHECK_JSON(result("{'day':{'value':'/when'}}", "[{'occurred':{'include':'day'}}]"),
               "1:100 'occurred' must be a date operation: {date: path, formats: [...]}; it fills "
               "occurred_at, local, tz and tz_from");
    CHECK_JSON(result("{'day':{'value':'/when'}}", "[{'d':{'include':'day','n':1}}]"),
               "1:110 unknown key of an include of a value 'n'");
}

TEST(items_come_into_a_list)
{
    CHECK_JSON(
        result("{'refs':{'params':['ids'],'items':[{'for_each':'$ids','t':'/k','v':'/v'},"
               "{'t':'day','v':'$.when'}]},'more':{'items':[{'include':'refs','with':"
               "{'ids':'/ids'}},{'t':'last','v':'/when'}]}}",
               "[{'r':[{'t':'first','v':'/when'},{'include':'more'},{'t':'end','v':'/when'}]}]"),
        "{'r':[{'t':'first','v':'20191102'},{'t':'bol','v':'B1'},{'t':'day','v':'20191102'},"
        "{'t':'last','v':'20191102'},{'t':'end','v':'20191102'}]}");
    CHECK_JSON(result("{'refs':{'items':[1]}}", "[{'r':{'include':'refs'}}]"),
               "1:101 template 'refs' is of items; here fields are wanted");
}

TEST(templates_include_others_but_not_themselves)
{
    CHECK_JSON(result("{" PLACE
                      ",'party':{'params':['p'],'fields':{'addr':{'include':'place','with':"
                      "{'at':'$p'}},'ok':true}}}",
                      "[{'include':'party','with':{'p':'/from'}}]"),
               "{'addr':{'city':'Aden','country':'YE'},'ok':true}");
    CHECK_JSON(result("{'a':{'fields':{'x':{'include':'b'}}},'b':{'fields':{'y':{'include':'a'}}}}",
                      "[{'include':'a'}]"),
               "1:122 templates include each other: 'a' -> 'b' -> 'a'");
    CHECK_JSON(result("{'a':{'fields':{'include':'a'}}}", "[{'include':'a'}]"),
               "1:80 templates include each other: 'a' -> 'a'");
}

TEST(a_template_sees_nothing_of_the_mapping)
{
    CHECK_JSON(result("{'a':{'fields':{'x':'$secret','p':'$partner'}}}", "[{'include':'a'}]"),
               "1:74 unknown variable 'secret'");
    CHECK_JSON(result("{'a':{'params':['secrets'],'fields':{'x':'$secret'}}}",
                      "[{'include':'a','with':{'secrets':1}}]"),
               "1:95 unknown variable 'secret'; did you mean 'secrets'?");
}

TEST(includes_are_checked)
{
    static const struct {
        const char *templates, *emit, *finding;
    } cases[] = {
        {"{" PLACE "}", "[{'include':'plce'}]",
         "there is no template 'plce', neither under templates nor in "
         "mappings/templates/; did you mean 'place'?"},
        {"{" PLACE "}", "[{'include':'place'}]", "template 'place' wants 'at' in 'with'"},
        {"{" PLACE "}", "[{'include':'place','with':{'at':'/a','too':1}}]",
         "unknown parameter 'too'"},
        {"{" PLACE "}", "[{'include':'place','with':5}]", "'with' is a map of parameters"},
        {"{" PLACE "}", "[{'include':5}]", "'include' is the name of a template"},
        {"{'a':{'fields':{},'items':[]}}", "[{'include':'a'}]",
         "template 'a' has one of fields (a map), items (a list) and value"},
        {"{'a':{'fields':[]}}", "[{'include':'a'}]",
         "template 'a' has one of fields (a map), items (a list) and value"},
        {"{'a':5}", "[{'include':'a'}]",
         "template 'a' has one of fields (a map), items (a list) and value"},
        {"{'a':{'feilds':{}}}", "[{'include':'a'}]",
         "unknown key of a template 'feilds'; did you mean 'fields'?"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_str_t text = result(cases[i].templates, cases[i].emit);
        const char *blank = memchr(text.data, ' ', text.len);

        CHECK_JSON(lgs_cstr(blank ? blank + 1 : ""), cases[i].finding);
    }
}

/* Each template includes the next one many times: there is an end to it. */
TEST(many_includes_of_nothing_are_bounded)
{
    char templates[4096] = "{", include[256] = "";
    size_t len = 1;

    for (int level = 0; level < 7; level++) {
        len += (size_t)snprintf(templates + len, sizeof(templates) - len, "'t%d':{'items':[",
                                level);
        for (int i = 0; i < 10; i++) {
            len += (size_t)snprintf(templates + len, sizeof(templates) - len, "%s{'include':'t%d'}",
                                    i ? "," : "", level + 1);
        }
        len += (size_t)snprintf(templates + len, sizeof(templates) - len, "]},");
    }
    snprintf(templates + len, sizeof(templates) - len, "'t7':{'items':[]}}");
    snprintf(include, sizeof(include), "[{'v':[{'include':'t0'}]}]");
    CHECK(strstr(result(templates, include).data, "the mapping has more than 20000 values"));
}

TEST(templates_within_each_other_are_counted)
{
    char templates[2048] = "{";
    size_t len = 1;

    for (int level = 0; level < 9; level++) {
        len += (size_t)snprintf(templates + len, sizeof(templates) - len,
                                "'t%d':{'fields':{'include':'t%d'}},", level, level + 1);
    }
    snprintf(templates + len, sizeof(templates) - len, "'t9':{'fields':{'v':1}}}");
    CHECK_JSON(result(templates, "[{'include':'t2'}]"), "{'v':1}");
    CHECK(strstr(result(templates, "[{'include':'t1'}]").data,
                 "more than 8 templates within each other"));
}

TEST(memory_can_run_out_while_a_template_is_unfolded)
{
    unsigned failed = 0;
    bool done = false;

    for (size_t ceiling = 300; !done && ceiling < 400000; ceiling += ceiling / 40 + 40) {
        test_t t = test_begin();
        lgs_arena_t *arena = lgs_arena_create(256, ceiling);
        lgs_mapping_env_t env = {.data = NULL};
        lgs_doc_t doc;

        CHECK(lgs_json_read(t.arena,
                            test_json(&t, "{'mapping':'m','templates':{" PLACE
                                          ",'l':{'items':[{'t':1}]}},'emit':[{'include':'place',"
                                          "'with':{'at':'/from'},'r':[{'include':'l'},2]}]}"),
                            NULL, &doc, &t.errs) == LGS_OK);
        done = lgs_mapping_compile(arena, &doc, &env, &t.errs) != NULL;
        CHECK(done || t.errs.n > 0);
        failed += !done;
        lgs_arena_destroy(arena);
        test_end(&t);
    }
    CHECK(done && failed > 3);
}

int main(void)
{
    RUN(fields_come_into_an_object);
    RUN(what_stands_beside_an_include_comes_first);
    RUN(a_parameter_goes_on_from_where_it_was_written);
    RUN(a_parameter_may_be_a_constant_or_a_variable);
    RUN(a_value_stands_for_its_include);
    RUN(items_come_into_a_list);
    RUN(templates_include_others_but_not_themselves);
    RUN(a_template_sees_nothing_of_the_mapping);
    RUN(includes_are_checked);
    RUN(many_includes_of_nothing_are_bounded);
    RUN(templates_within_each_other_are_counted);
    RUN(memory_can_run_out_while_a_template_is_unfolded);
    return DONE();
}
