/* assert: severities, positions, codes. */
#include "mapping.h"

#define ORDER "{'lines':[{'net':'10.50'},{'net':1}],'total':'11.5','n':2}"

static const char *mapping_of(const char *assertion)
{
    static char text[1024];

    snprintf(text, sizeof(text),
             "{'mapping':'m','assert':%s,'emit':[{'for_each':'/lines','v':'/net'}]}", assertion);
    return text;
}

TEST(what_holds_says_nothing)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, mapping_of("{'that':{'eq':[{'sum':'/lines[*]/net','out':'number'},"
                                      "'/total']},'text':'the lines do not add up'}")));
    CHECK_JSON(test_run(&t, ORDER), "{'v':'10.50'}\n{'v':1}");
    CHECK(t.rc == LGS_OK && t.warnings.n == 0);
    test_end(&t);
}

TEST(what_does_not_hold_refuses_the_document)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, mapping_of("[{'that':{'eq':[{'count':'/lines'},'/total']},'at':'/total',"
                                      "'text':{'concat':['there are ',{'count':'/lines'},' lines, "
                                      "not ','/total']},'code':'line-count'},"
                                      "{'that':{'exists':'/id'},'text':'/none'}]")));
    test_run(&t, ORDER);
    CHECK_INT(t.rc, LGS_INVALID);
    CHECK_INT(t.errs.n, 2);
    CHECK(t.errs.first && strcmp(t.errs.first->code, "line-count") == 0);
    CHECK_STR(t.errs.first->text, "mapping \"m\": there are 2 lines, not 11.5");
    CHECK_STR(t.errs.first->pointer, "/total");
    CHECK_INT(t.errs.first->pos.column, 46);
    CHECK(strcmp(t.errs.last->code, "mapping-assert") == 0);
    CHECK_STR(t.errs.last->text, "mapping \"m\": an assertion does not hold");
    CHECK_INT(t.errs.last->pos.column, 1);
    test_end(&t);
}

TEST(warnings_are_counted_and_notes_are_not)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'for_each':'/lines','v':'/net','assert':"
                           "[{'that':{'gt':['/net',5]},'severity':'warn','text':'little'},"
                           "{'that':{'lt':['/net',5]},'severity':'note','text':'much'}]}]}"));
    CHECK_JSON(test_run(&t, ORDER), "{'v':'10.50'}\n{'v':1}");
    CHECK_INT(t.rc, LGS_OK);
    CHECK_INT(t.records.n_warnings, 1);
    CHECK_INT(t.warnings.n, 2);
    CHECK_STR(t.warnings.first->pointer, "/lines/0");
    CHECK_STR(t.warnings.last->pointer, "/lines/1");
    test_end(&t);
}

TEST(an_assertion_is_checked_at_load)
{
    static const struct {
        const char *assertion, *finding;
    } cases[] = {
        {"{'that':{'exists':'/a'}}", "an assertion is {that: condition, text: what is wrong when "
                                     "it does not hold}"},
        {"{'that':{'exists':'/a'},'text':'x','severity':'fatal'}",
         "unknown severity \"fatal\"; it is one of error, warn, note"},
        {"{'that':{'exists':'/a'},'text':'x','code':'A B'}",
         "\"code\" is a word of small letters, digits and \"-\""},
        {"{'that':{'exists':'/a'},'text':'x','sverity':'warn'}",
         "unknown key of an assertion \"sverity\"; did you mean \"severity\"?"},
        {"{'that':{'is':'/a'},'text':'x'}", "unknown condition \"is\""},
        {"{'that':{'exists':'/a'},'text':'$x'}", "unknown variable \"x\""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();

        CHECK(!test_compile(&t, mapping_of(cases[i].assertion)));
        CHECK(t.errs.first != NULL);
        if (t.errs.first) {
            CHECK_STR(t.errs.first->text, cases[i].finding);
        }
        test_end(&t);
    }
}

static const char *const ignoring =
    "{'mapping':'m','emit':[{'when':{'exists':'/a'},'id':'/a'},"
    "{'when':{'exists':'/ping'},'ignore':'a ping'},{'for_each':'/all','ignore':'one of all'}]}";

TEST(what_is_ignored_is_said)
{
    static const struct {
        const char *document, *ignored;
        uint32_t n;
    } cases[] = {
        {"{'ping':1}", "a ping", 0},
        {"{'ping':1,'all':[1]}", "a ping", 0},
        {"{'all':[1,2]}", "one of all", 0},
        {"{'all':[]}", "", 0},
        {"{}", "", 0},
        {"{'a':'x','ping':1}", "a ping", 1},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();

        CHECK(test_compile(&t, ignoring));
        (void)test_run(&t, cases[i].document);
        CHECK_INT(t.rc, LGS_OK);
        CHECK_INT(t.records.n, cases[i].n);
        CHECK_STR(t.records.ignored, cases[i].ignored);
        test_end(&t);
    }
}

TEST(what_is_ignored_has_a_reason_and_no_fields)
{
    static const struct {
        const char *mapping, *finding;
    } cases[] = {
        {"{'mapping':'m','emit':[{'ignore':''}]}", "\"ignore\" must say why"},
        {"{'mapping':'m','emit':[{'ignore':'x','id':'/a'}]}",
         "unknown key of what is ignored \"id\""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();

        CHECK(!test_compile(&t, cases[i].mapping));
        CHECK(t.errs.first != NULL);
        if (t.errs.first) {
            CHECK(lgs_str_starts(t.errs.first->text, lgs_cstr(cases[i].finding)));
        }
        test_end(&t);
    }
}

int main(void)
{
    RUN(what_holds_says_nothing);
    RUN(what_does_not_hold_refuses_the_document);
    RUN(warnings_are_counted_and_notes_are_not);
    RUN(an_assertion_is_checked_at_load);
    RUN(what_is_ignored_is_said);
    RUN(what_is_ignored_has_a_reason_and_no_fields);
    return DONE();
}
