/* Paths, objects, conditions, and each operation. */
#include "mapping.h"

TEST(paths_find_what_they_name)
{
    const char *input =
        "{'a':{'b':[10,{'c':'x'}],'d.e':1,'f/g':2,'~':3},"
        "'r':[{'t':'bol','v':'B1'},{'t':'pro','v':'P1'},{'t':'pro','v':'P2'}],'0':7}";

    static const struct {
        const char *path, *want;
    } cases[] = {
        {"'/a/b/0'", "10"},
        {"'/a/b/1/c'", "'x'"},
        {"'$.a.b[1].c'", "'x'"},
        {"'$/a/b/1/c'", "'x'"},
        {"'/a/d.e'", "1"},
        {"'/a/f~1g'", "2"},
        {"'/a/~0'", "3"},
        {"'/0'", "7"},
        {"'/a/b/2'", "-"},
        {"'/a/b/c'", "-"},
        {"'/a/b/01'", "-"},
        {"'/nowhere/at/all'", "-"},
        {"'/r[t=pro]/v'", "'P1'"},
        {"'$.r[?(@.t=='", "(refused)"},
        {"'$.r[*].v'", "['B1','P1','P2']"},
        {"'$.r[t=pro].v'", "'P1'"},
        {"'$.r[t=none].v'", "-"},
        {"'$.none[*].v'", "-"},
        {"{'path':'a/b/0'}", "10"},
        {"{'path':'r[t=bol]/v'}", "'B1'"},
        {"'plain'", "'plain'"},
        {"'./a/b/0'", "10"},
        {"'$partner'", "'acme'"},
        {"'$received_at'", "'2026-01-02T03:04:05Z'"},
        {"{'const':'/a'}", "'/a'"},
        {"'/a/b'", "[10,{'c':'x'}]"},
        {"5", "5"},
        {"null", "null"},
        {"true", "true"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].path, input), cases[i].want);
    }
}

TEST(what_is_missing_is_left_out)
{
    const char *input = "{'a':'1','empty':'','n':null}";

    CHECK_JSON(test_value("{'x':'/a','y':'/none','z':'/n'}", input), "{'x':'1'}");
    CHECK_JSON(test_value("{'t':'bol','v':'/none'}", input), "-");
    CHECK_JSON(test_value("[{'t':'bol','v':'/none'},{'t':'pro','v':'/a'}]", input),
               "[{'t':'pro','v':'1'}]");
    CHECK_JSON(test_value("[{'t':'bol','v':'/none'}]", input), "-");
    CHECK_JSON(test_value("{'only':'constants'}", input), "{'only':'constants'}");
    CHECK_JSON(test_value("{'x':null}", input), "{'x':null}");
    CHECK_JSON(test_value("[]", input), "[]");
    CHECK_JSON(test_value("{'path':'/none','default':'d'}", input), "'d'");
    CHECK_JSON(test_value("{'path':'/empty','default':'d'}", input), "''");
    CHECK_JSON(test_value("{'path':'/empty','null_values':[''],'default':'d'}", input), "'d'");
    CHECK_JSON(test_value("{'first_of':['/none','/n','/a']}", input), "'1'");
    CHECK_JSON(test_value("{'object':{'date':'/a','number':2}}", input), "{'date':'1','number':2}");
}

TEST(conditions_hold)
{
    const char *input = "{'s':'abc','n':5,'t':'5','f':5.0,'z':null,'b':true,'d':'2019-08-10'}";
    static const struct {
        const char *when;
        bool holds;
    } cases[] = {
        {"{'eq':['/s','abc']}", true},
        {"{'eq':['/s','abd']}", false},
        {"{'eq':['/n','5']}", true},
        {"{'eq':['/t',5]}", true},
        {"{'eq':['/n',5.0]}", true},
        {"{'eq':['/f','/n']}", true},
        {"{'eq':['/b',true]}", true},
        {"{'eq':['/f','5']}", true},
        {"{'eq':['/n','5.00']}", true},
        {"{'eq':['/t','5.0']}", false},
        {"{'eq':['/none','/none']}", false},
        {"{'in':['/s',['x','abc']]}", true},
        {"{'in':['/n',[4,5]]}", true},
        {"{'in':['/none',['x']]}", false},
        {"{'exists':'/s'}", true},
        {"{'exists':'/z'}", false},
        {"{'exists':'s'}", true},
        {"{'matches':['/s','^a.c$']}", true},
        {"{'matches':['/s','^b']}", false},
        {"{'gt':['/n',4]}", true},
        {"{'gt':['/n',5]}", false},
        {"{'ge':['/t','5.00']}", true},
        {"{'lt':['/n',10]}", true},
        {"{'le':['/n',4]}", false},
        {"{'lt':['/d','2019-08-11']}", true},
        {"{'gt':['/none',1]}", false},
        {"{'all':[{'exists':'/s'},{'exists':'/n'}]}", true},
        {"{'all':[{'exists':'/s'},{'exists':'/none'}]}", false},
        {"{'any':[{'exists':'/none'},{'exists':'/n'}]}", true},
        {"{'any':[{'exists':'/none'}]}", false},
        {"{'not':{'exists':'/none'}}", true},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char expr[256];

        snprintf(expr, sizeof(expr), "{'when':%s,'then':'yes','else':'no'}", cases[i].when);
        CHECK_JSON(test_value(expr, input), cases[i].holds ? "'yes'" : "'no'");
        if (unit_bad) {
            printf("# %s\n", cases[i].when);
            return;
        }
    }
    CHECK_JSON(test_value("{'when':{'exists':'/none'},'x':'/s'}", input), "-");
    CHECK_JSON(test_value("{'when':{'exists':'/none'},'path':'/s','default':'d'}", input), "'d'");
}

TEST(texts)
{
    const char *input =
        "{'a':'  Ab<c>&\\'x  ','u':'Köln','n':12.50,'z':'000120','s':'a,b,,c','b':true,"
        "'q':'say \\\\ \\n','o':{'x':1}}";
    static const struct {
        const char *expr, *want;
    } cases[] = {
        {"{'trim':'/a'}", "'Ab<c>&\\'x'"},
        {"{'upper':'/u'}", "'KöLN'"},
        {"{'lower':'/u'}", "'köln'"},
        {"{'plain':{'html':{'trim':'/a'}}}", "'Ab<c>&\\\"x'"},
        {"{'plain':{'const':'<p>a</p><br>'}}", "'a'"},
        {"{'plain':{'const':'<script>a</script>'},'default':'none'}", "'none'"},
        {"{'html':{'trim':'/a'}}", "'Ab&lt;c&gt;&amp;&quot;x'"},
        {"{'string':'/n'}", "'12.50'"},
        {"{'string':'/b'}", "'true'"},
        {"{'strip_zeros':'/z'}", "'120'"},
        {"{'pad':'/u','to':6}", "'00Köln'"},
        {"{'pad':'/u','to':6,'with':'.','side':'right'}", "'Köln..'"},
        {"{'pad':'/u','to':2}", "'Köln'"},
        {"{'substr':'/u','start':1,'length':2}", "'öl'"},
        {"{'substr':'/u','start':-2}", "'ln'"},
        {"{'substr':'/u','start':-20,'length':1}", "'K'"},
        {"{'substr':'/u','start':4}", "-"},
        {"{'split':'/s','by':','}", "['a','b','','c']"},
        {"{'split':'/s','by':',','index':1}", "'b'"},
        {"{'split':'/s','by':',','index':-1}", "'c'"},
        {"{'split':'/s','by':',','index':4}", "-"},
        {"{'split':'/s','by':',','index':-5}", "-"},
        {"{'replace':'/s','from':',','to':'; '}", "'a; b; ; c'"},
        {"{'replace':'/s','from':['a','b',',','c'],'to':''}", "-"},
        {"{'regex':'^0*(?<v>[1-9][0-9]*)','of':'/z'}", "'120'"},
        {"{'regex':'([a-z]),([a-z])','of':'/s','group':2}", "'b'"},
        {"{'regex':'[0-9]+','of':'/s'}", "-"},
        {"{'concat':['/u',' (','/n',')']}", "'Köln (12.50)'"},
        {"{'concat':['/u','/none','/z'],'separator':', '}", "'Köln, 000120'"},
        {"{'concat':['text: ','/none']}", "-"},
        {"{'concat':['a','b']}", "'ab'"},
        {"{'concat':['/q','!']}", "'say \\\\ \\n!'"},
        {"{'string':'/o'}", "(failed)"},
        {"{'trim':'/none'}", "-"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, input), cases[i].want);
    }
}

TEST(numbers)
{
    const char *input = "{'a':12.10,'b':'1.234,50','c':'9588','d':'abc','e':1e3,'kg':2,'w':'10',"
                        "'u':'lb','mi':'100','plus':'+3','t':'12-','zero':'007'}";
    static const struct {
        const char *expr, *want;
    } cases[] = {
        {"{'number':'/a'}", "'12.10'"},
        {"{'number':'/a','out':'number'}", "12.10"},
        {"{'number':'/b','decimal_mark':',','thousands':'.'}", "'1234.50'"},
        {"{'number':'/c','implied':2}", "'95.88'"},
        {"{'number':'/d'}", "(failed)"},
        {"{'number':'/e'}", "'1000'"},
        {"{'number':'/plus'}", "'3'"},
        {"{'number':'/zero'}", "'7'"},
        {"{'number':'/t','sign':'trailing'}", "'-12'"},
        {"{'number':'/kg','scale':1000}", "'2000'"},
        {"{'number':'/c','scale':'1/3600','round':3}", "'2.663'"},
        {"{'number':'/w','unit':{'from':'/u','to':'KGM'}}", "'4.5359237'"},
        {"{'number':'/mi','unit':{'from':'SMI','to':'KMT'},'round':1}", "'160.9'"},
        {"{'number':'/w','unit':{'from':'/d','to':'KGM'}}", "(failed)"},
        {"{'number':'/w','unit':{'from':'km','to':'KGM'}}", "(refused)"},
        {"{'number':'/w','unit':{'from':'/none','to':'KGM'}}", "(failed)"},
        {"{'number':'/w','out':'integer'}", "10"},
        {"{'number':'/a','out':'integer'}", "(failed)"},
        {"{'number':'/none'}", "-"},
        {"{'number':'/none','default':'0'}", "'0'"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, input), cases[i].want);
    }
}

TEST(dates)
{
    const char *input =
        "{'l':'2019-08-10T08:54:00','o':'2019-06-03T10:24:00+02:00','d':'20190810',"
        "'t':'0854','day':'2019-08-10','bad':'2019-13-10','z':'2019-08-10T08:54:00Z',"
        "'code':'ET','off':'-0700','none':null,'e':1565420040,'first':'1970-01-01T12:00:00Z',"
        "'before':'1969-12-31T12:00:00Z','last':'2099-12-31T12:00:00Z',"
        "'never':'9999-12-31T00:00:00Z'}";
    static const struct {
        const char *expr, *want;
    } cases[] = {
        {"{'date':'/l'}", "'2019-08-10T08:54:00'"},
        {"{'date':'/o'}", "'2019-06-03T10:24:00+02:00'"},
        {"{'date':'/o','out':'odoo'}", "'2019-06-03 08:24:00'"},
        {"{'date':'/l','out':'odoo'}", "-"},
        /* years that Odoo reckons with */
        {"{'date':'/first','out':'odoo'}", "'1970-01-01 12:00:00'"},
        {"{'date':'/last','out':'odoo'}", "'2099-12-31 12:00:00'"},
        {"{'date':'/before','out':'odoo'}", "(failed)"},
        {"{'date':'/never','out':'odoo'}", "(failed)"},
        {"{'date':'/never','out':'date'}", "'9999-12-31'"},
        {"{'date':'/l','out':'instant'}", "-"},
        {"{'date':'/o','out':'local'}", "'2019-06-03T10:24:00'"},
        {"{'date':'/o','out':'date'}", "'2019-06-03'"},
        {"{'date':['/d','/t'],'formats':['CCYYMMDD HHMM']}", "'2019-08-10T08:54:00'"},
        {"{'date':['/d','/none'],'formats':['CCYYMMDD HHMM','CCYYMMDD']}", "'2019-08-10'"},
        {"{'date':'/bad'}", "(failed)"},
        {"{'date':'/none'}", "-"},
        {"{'date':'/l','tz':'Europe/Berlin'}", "'2019-08-10T08:54:00+02:00'"},
        {"{'date':'/l','tz':'-08:00'}", "'2019-08-10T08:54:00-08:00'"},
        {"{'date':'/l','tz':'/off'}", "'2019-08-10T08:54:00-07:00'"},
        {"{'date':'/o','tz':'America/Denver'}", "'2019-06-03T10:24:00+02:00'"},
        {"{'date':'/l','tz':'/code'}", "(failed)"},
        {"{'date':'/l','tz':{'lookup':{'ET':'America/New_York'},'key':'/code'}}",
         "'2019-08-10T08:54:00-04:00'"},
        {"{'date':'/l','tz':'/none','tz_default':'UTC','out':'moment'}",
         "{'at':'2019-08-10T08:54:00Z','local':'2019-08-10T08:54:00','tz':'UTC',"
         "'tz_from':'mapping'}"},
        {"{'date':'/l','out':'moment'}", "{'local':'2019-08-10T08:54:00'}"},
        {"{'date':'/day','formats':['iso','date'],'tz':'UTC','out':'moment'}",
         "{'local':'2019-08-10'}"},
        {"{'date':'/o','tz':'UTC','out':'moment'}",
         "{'at':'2019-06-03T10:24:00+02:00','local':'2019-06-03T10:24:00',"
         "'tz_from':'offset'}"},
        {"{'date':'/e','formats':['epoch']}", "'2019-08-10T06:54:00Z'"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, input), cases[i].want);
    }
}

TEST(the_partners_zone_is_the_last_resort)
{
    test_t t = test_begin();

    t.facts.timezone = lgs_tz_load(t.arena, LGS_STR("Europe/Berlin"), &t.errs);
    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'occurred':{'date':'/l','tz_default':"
                           "{'partner':'tz'}},'after':1}]}"));
    CHECK_JSON(test_run(&t, "{'l':'2019-01-10T08:54:00'}"),
               "{'occurred_at':'2019-01-10T08:54:00+01:00','local':'2019-01-10T08:54:00',"
               "'tz':'Europe/Berlin','tz_from':'partner','after':1}");
    CHECK_INT(t.warnings.n, 0);
    CHECK_JSON(test_run(&t, "{'l':'2019-03-31T02:30:00'}"),
               "{'occurred_at':'2019-03-31T02:30:00+01:00','local':'2019-03-31T02:30:00',"
               "'tz':'Europe/Berlin','tz_from':'partner','after':1}");
    CHECK_INT(t.records.n_warnings, 1);
    CHECK_STR(lgs_cstr(t.warnings.first->code), "mapping-time-gap");
    t.facts.timezone = NULL;
    CHECK_JSON(test_run(&t, "{'l':'2019-01-10T08:54:00'}"),
               "{'occurred_at':null,'local':'2019-01-10T08:54:00','after':1}");
    CHECK_JSON(test_run(&t, "{}"), "{'after':1}");
    test_end(&t);
}

TEST(code_lists)
{
    test_t t = test_begin();

    test_codes(
        &t,
        "{\"codelist\":\"codes\",\"codes\":{\"a|b\":{\"v\":1},\"a|*\":{\"v\":2},\"*|*\":{\"v\":3},"
        "\"x\":\"plain\"},\"patterns\":[{\"match\":\"^a\\\\|pat\",\"value\":{\"v\":4}}]}");
    CHECK(test_compile(&t, "{'mapping':'m','lookup':{'l':{'file':'codes','else':'warn'},"
                           "'i':{'1':'one','2':null}},"
                           "'emit':[{'pair':{'lookup':'l','key':['/k','/m'],'get':'v'},"
                           "'single':{'lookup':'l','key':'/s','default':'?'},"
                           "'keep':{'lookup':'i','key':'/n','else':'keep'},"
                           "'else':{'lookup':'i','key':'/n','else':null}}]}"));
    unit_show(&t.errs);
    CHECK_JSON(test_run(&t, "{'k':'a','m':'b','s':'x','n':1}"),
               "{'pair':1,'single':'plain','keep':'one','else':'one'}");
    CHECK_JSON(test_run(&t, "{'k':'a','m':'other','s':'x','n':3}"),
               "{'pair':2,'single':'plain','keep':3}");
    CHECK_JSON(test_run(&t, "{'k':'a','s':'x'}"), "{'pair':2,'single':'plain'}");
    CHECK_JSON(test_run(&t, "{'k':'c','m':'d','s':'x'}"), "{'pair':3,'single':'plain'}");
    CHECK_JSON(test_run(&t, "{'k':'a','m':'pattern','s':'x','n':2}"),
               "{'pair':4,'single':'plain'}");
    CHECK_INT(t.records.n_warnings, 0);
    CHECK_JSON(test_run(&t, "{'s':'unheard of'}"), "{'single':'?'}");
    CHECK_INT(t.records.n_warnings, 1);
    CHECK_STR(t.warnings.first->text,
              "mapping \"m\": \"unheard of\" is not in the code list \"codes\"");
    CHECK_STR(t.warnings.first->pointer, "/s");
    CHECK_STR(t.warnings.first->schema, "/emit/0/single");
    CHECK_INT(t.warnings.first->pos.column, 6);
    test_end(&t);
}

/* A list that is written in the mapping is called by its name there. */
TEST(an_unknown_code_of_a_list_in_the_mapping_names_it)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','lookup':{'states':{'codes':{'a':'b'},'else':'warn'}},"
                           "'emit':[{'v':{'lookup':'states','key':'/k'}}]}"));
    test_run(&t, "{'k':'z'}");
    CHECK_INT(t.records.n_warnings, 1);
    CHECK_STR(t.warnings.first->text, "mapping \"m\": \"z\" is not in the code list \"states\"");
    test_end(&t);
}

/* One that is written where it is used has no name: the place says which it is. */
TEST(an_unknown_code_of_a_list_without_a_name_says_where_it_is)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'vars':{'unit':{'lookup':{'a':'b'},'key':'/k',"
                           "'else':'warn'}},'v':'$unit'}]}"));
    test_run(&t, "{'k':'z'}");
    CHECK_INT(t.records.n_warnings, 1);
    CHECK_STR(t.warnings.first->text,
              "mapping \"m\": \"z\" is not in the code list \"/emit/0/vars/unit/lookup\"");
    test_end(&t);
}

TEST(code_lists_lie_over_each_other)
{
    const char *mapping = "{'mapping':'m','lookup':{'l':{'file':['codes','second'],'else':'keep'}},"
                          "'emit':[{'v':{'lookup':'l','key':'/k'}}]}";
    test_t t = test_begin();
    static const struct {
        const char *key, *ours, *theirs;
    } cases[] = {
        {"a", "own a", "a"},        {"b", "b", "b"}, {"c", "second c", "second c"},
        {"p1", "own p", "list p"},  {"z", "z", "z"}, {"only", "own only", "only"},
        {"s9", "list s", "list s"},
    };

    test_codes(
        &t, "{\"codes\":{\"a\":\"a\",\"b\":\"b\"},\"patterns\":"
            "[{\"match\":\"^p\",\"value\":\"list p\"},{\"match\":\"^s\",\"value\":\"list s\"}]}");
    CHECK(lgs_json_read(t.arena,
                        test_json(&t, "{'codes':{'a':'second a','c':'second c','s9':'x'}}"), NULL,
                        &test_second_list, &t.errs) == LGS_OK);
    CHECK(lgs_json_read(t.arena,
                        test_json(&t, "{'codes':{'a':'own a','only':'own only'},'patterns':"
                                      "[{'match':'^p','value':'own p'}]}"),
                        NULL, &test_own_list, &t.errs) == LGS_OK);
    CHECK(test_compile(&t, mapping));
    for (size_t i = 0; i < LGS_N(cases); i++) {
        char input[64], want[64];

        snprintf(input, sizeof(input), "{'k':'%s'}", cases[i].key);
        snprintf(want, sizeof(want), "{'v':'%s'}", cases[i].ours);
        t.facts.partner = LGS_STR("acme");
        CHECK_JSON(test_run(&t, input), want);
        snprintf(want, sizeof(want), "{'v':'%s'}", cases[i].theirs);
        t.facts.partner = LGS_STR("bolt");
        CHECK_JSON(test_run(&t, input), want);
    }
    CHECK(!test_compile(&t, "{'mapping':'m','lookup':{'l':{'file':['codes','third']}},"
                            "'emit':[{'v':{'lookup':'l','key':'/k'}}]}"));
    test_own_list.n_nodes = 0;
    test_end(&t);
}

TEST(a_lookup_may_refuse)
{
    test_t t = test_begin();

    CHECK(test_compile(&t,
                       "{'mapping':'m','emit':[{'v':{'lookup':{'a':1},'key':'/k','else':'error'},"
                       "'n':{'number':'/n'}}]}"));
    test_run(&t, "{'k':'b',\n 'n':'x'}");
    CHECK_INT(t.rc, LGS_INVALID);
    CHECK_INT(t.errs.n, 2); /* all of them, not the first */
    CHECK_STR(lgs_cstr(t.errs.first->code), "mapping-lookup");
    CHECK_STR(lgs_cstr(t.errs.last->code), "mapping-number");
    CHECK_STR(t.errs.last->text, "mapping \"m\": \"x\" is not a decimal number");
    CHECK_INT(t.errs.last->pos.line, 2);
    CHECK_INT(t.errs.last->pos.column, 6);
    CHECK_STR(t.errs.last->pointer, "/n");
    CHECK_INT(t.errs.last->record, 0);
    test_end(&t);
}

TEST(long_keys_do_not_match_and_do_not_overflow)
{
    static char text[3000];
    test_t t = test_begin();
    char *p = text + sprintf(text, "{'k':'");

    memset(p, 'x', 2000);
    strcpy(p + 2000, "','m':'y'}");
    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'v':{'lookup':{'*|*':'wild'},'key':['/m','/k'],"
                           "'default':'none'}}]}"));
    CHECK_JSON(test_run(&t, text), "{'v':'none'}");
    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'v':{'lookup':{'*|*':'wild'},'key':['/k','/m'],"
                           "'default':'none'}}]}"));
    CHECK_JSON(test_run(&t, text), "{'v':'none'}");
    test_end(&t);
}

TEST(ids_depend_on_partner_and_parts)
{
    test_t t = test_begin();
    char first[80];
    lgs_str_t id;

    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'v':{'hash':['/a','/b'],'prefix':'ev_'}}]}"));
    id = test_run(&t, "{'a':'x','b':'yz'}");
    CHECK_INT(id.len, strlen("{\"v\":\"ev_\"}") + 64);
    snprintf(first, sizeof(first), "%.*s", LGS_FMT(id));
    CHECK_STR(test_run(&t, "{'b':'yz','a':'x'}"), first);
    CHECK(!lgs_str_is(test_run(&t, "{'a':'xy','b':'z'}"), first));
    t.facts.partner = LGS_STR("other");
    CHECK(!lgs_str_is(test_run(&t, "{'a':'x','b':'yz'}"), first));
    test_end(&t);
}

int main(void)
{
    RUN(paths_find_what_they_name);
    RUN(what_is_missing_is_left_out);
    RUN(conditions_hold);
    RUN(texts);
    RUN(numbers);
    RUN(dates);
    RUN(the_partners_zone_is_the_last_resort);
    RUN(code_lists);
    RUN(an_unknown_code_of_a_list_in_the_mapping_names_it);
    RUN(an_unknown_code_of_a_list_without_a_name_says_where_it_is);
    RUN(code_lists_lie_over_each_other);
    RUN(a_lookup_may_refuse);
    RUN(long_keys_do_not_match_and_do_not_overflow);
    RUN(ids_depend_on_partner_and_parts);
    return DONE();
}
