/* Forms of dates that need more than a picture: qualifiers, ranges, days without a year. */
#include "mapping.h"

static const char *const input =
    "{'d':'20191102','dt':'201911021648','q102':'102','q203':'203','q718':'718','q719':'719',"
    "'q616':'616','q303':'303','q106':'106','q804':'804','d8':'D8','rd8':'RD8',"
    "'range':'2019110220191105','minus':'20191102-20191105','iso':'2019-11-02/2019-11-05',"
    "'wide':'2019-11-02 - 2019-11-05','times':'201911021600201911021700','week':'201944',"
    "'zone':'201911021648EST','md':'1102','feb':'0229','at':'2019-11-05T10:00:00Z','serial':45615."
    "5,"
    "'odd':'20191102+20191105','half':'20191102-2019110X','gap':'2019-03-31T02:30:00',"
    "'twice':'2019-10-27T02:30:00','ms':1572712880250}";

TEST(the_document_says_how_its_dates_are_written)
{
    static const struct {
        const char *expr, *want;
    } cases[] = {
        {"{'date':'/d','formats':{'edifact':'/q102'}}", "'2019-11-02'"},
        {"{'date':'/dt','formats':{'edifact':'/q203'}}", "'2019-11-02T16:48:00'"},
        {"{'date':'/week','formats':{'edifact':'/q616'}}", "'2019-10-28'"},
        {"{'date':'/zone','formats':{'edifact':'/q303'}}", "'2019-11-02T16:48:00-05:00'"},
        {"{'date':'/md','formats':{'edifact':'/q106'},'near':'/at'}", "'2019-11-02'"},
        {"{'date':'/md','formats':{'edifact':'/q106'}}", "(failed)"},
        {"{'date':'/range','formats':{'edifact':'/q718'}}", "'2019-11-02'"},
        {"{'date':'/range','formats':{'edifact':'/q718'},'part':'start'}", "'2019-11-02'"},
        {"{'date':'/range','formats':{'edifact':'/q718'},'part':'end'}", "'2019-11-05'"},
        {"{'date':'/minus','formats':{'edifact':'/q718'},'part':'end'}", "'2019-11-05'"},
        {"{'date':'/times','formats':{'edifact':'/q719'},'part':'end'}", "'2019-11-02T17:00:00'"},
        {"{'date':'/d','formats':{'edifact':'/q718'}}", "(failed)"},
        {"{'date':'/d','formats':{'edifact':'/q804'}}", "(failed)"},
        {"{'date':'/d','formats':{'edifact':{'concat':['/q102','0']}}}", "(failed)"},
        {"{'date':'/d','formats':{'edifact':{'concat':['/q102','\\u0000']}}}", "(failed)"},
        {"{'date':'/d','formats':{'edifact':{'substr':'/q102','length':2}}}", "(failed)"},
        {"{'date':'/d','formats':{'edifact':'/none'}}", "(failed)"},
        {"{'date':'/none','formats':{'edifact':'/q102'}}", "-"},
        {"{'date':'/d','formats':{'x12':'/d8'}}", "'2019-11-02'"},
        {"{'date':'/minus','formats':{'x12':'/rd8'},'part':'end'}", "'2019-11-05'"},
        {"{'date':'/d','formats':{'x12':'/d8'},'part':'end'}", "-"},
        {"{'date':'/d','formats':{'x13':'/d8'}}", "(refused)"},
        {"{'date':'/d','formats':{'x12':'/d8','edifact':'/d8'}}", "(refused)"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, input), cases[i].want);
    }
}

TEST(ranges_have_a_start_and_an_end)
{
    static const struct {
        const char *expr, *want;
    } cases[] = {
        {"{'date':'/minus','formats':['CCYYMMDD'],'part':'start'}", "'2019-11-02'"},
        {"{'date':'/minus','formats':['CCYYMMDD'],'part':'end'}", "'2019-11-05'"},
        {"{'date':'/minus','formats':['CCYYMMDD']}", "(failed)"},
        {"{'date':'/iso','formats':['iso','date'],'part':'end'}", "'2019-11-05'"},
        {"{'date':'/wide','formats':['date'],'part':'start'}", "'2019-11-02'"},
        {"{'date':'/wide','formats':['date'],'part':'end'}", "'2019-11-05'"},
        {"{'date':'/d','formats':['CCYYMMDD'],'part':'start'}", "'2019-11-02'"},
        {"{'date':'/d','formats':['CCYYMMDD'],'part':'end'}", "-"},
        {"{'date':'/odd','formats':['CCYYMMDD'],'part':'end'}", "(failed)"},
        {"{'date':'/half','formats':['CCYYMMDD'],'part':'start'}", "(failed)"},
        {"{'date':'/d','formats':['CCYYMMDD'],'part':'middle'}", "(refused)"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(test_value(cases[i].expr, input), cases[i].want);
    }
}

TEST(a_day_without_a_year_says_what_it_is_near_to)
{
    CHECK_JSON(test_value("{'date':'/md','formats':['MMDD'],'near':'/at'}", input), "'2019-11-02'");
    CHECK_JSON(test_value("{'date':'/md','formats':['MMDD'],'near':'$received_at'}", input),
               "'2025-11-02'");
    CHECK_JSON(test_value("{'date':'/feb','formats':['MMDD'],'near':'/at'}", input),
               "'2020-02-29'");
    CHECK_JSON(test_value("{'date':'/md','formats':['MMDD'],'near':'/none'}", input), "(failed)");
    CHECK_JSON(test_value("{'date':'/md','formats':['MMDD']}", input), "(refused)");
}

TEST(counts_of_days_and_milliseconds)
{
    CHECK_JSON(test_value("{'date':'/serial','formats':['excel']}", input),
               "'2024-11-19T12:00:00'");
    CHECK_JSON(test_value("{'date':'/serial','formats':['excel'],'tz':'Europe/Berlin'}", input),
               "'2024-11-19T12:00:00+01:00'");
    CHECK_JSON(test_value("{'date':'/ms','formats':['epoch_ms'],'out':'odoo'}", input),
               "'2019-11-02 16:41:20'");
}

/* What a clock change makes of a local time, and the warning that tells it. */
TEST(clock_changes_are_told)
{
    test_t t = test_begin();

    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'a':{'date':'/gap','tz':'Europe/Berlin'},"
                           "'b':{'date':'/twice','tz':'Europe/Berlin'}}]}"));
    CHECK_JSON(test_run(&t, input),
               "{'a':'2019-03-31T02:30:00+01:00','b':'2019-10-27T02:30:00+02:00'}");
    CHECK_INT(t.records.n_warnings, 2);
    CHECK(t.warnings.first && strcmp(t.warnings.first->code, "mapping-time-gap") == 0);
    CHECK(t.warnings.last && strcmp(t.warnings.last->code, "mapping-time-twice") == 0);
    test_end(&t);
}

/* The members of time that an event's date gives, or the first finding. */
static const char *occurred(const char *date, const char *document)
{
    static char out[1024];
    test_t t = test_begin();
    char text[1024];
    lgs_str_t result;

    snprintf(text, sizeof(text), "{'mapping':'m','emit':[{'occurred':%s}]}", date);
    if (test_compile(&t, text)) {
        result = test_run(&t, document);
        snprintf(out, sizeof(out), "%.*s", LGS_FMT(t.rc == LGS_OK ? result : t.errs.first->text));
    } else {
        snprintf(out, sizeof(out), "%.*s", LGS_FMT(t.errs.first->text));
    }
    test_end(&t);
    return out;
}

/* Partners tell the instant and, beside it, what the clock at the place showed. */
TEST(an_instant_is_told_in_the_offset_of_the_place)
{
    static const struct {
        const char *date, *document, *want;
    } cases[] = {
        {"{'date':'/t','offset':'/o'}", "{'t':'2024-05-14T02:00:00.25Z','o':'-05:00'}",
         "{'occurred_at':'2024-05-13T21:00:00.25-05:00','local':'2024-05-13T21:00:00.25',"
         "'tz_from':'offset'}"},
        {"{'date':'/t','offset':'/o'}", "{'t':'2024-05-14T02:00:00+02:00','o':'+02:00'}",
         "{'occurred_at':'2024-05-14T02:00:00+02:00','local':'2024-05-14T02:00:00',"
         "'tz_from':'offset'}"},
        /* of a time without an offset it is the offset */
        {"{'date':'/t','offset':'/o'}", "{'t':'2024-05-14T02:00:00','o':'-0530'}",
         "{'occurred_at':'2024-05-14T02:00:00-05:30','local':'2024-05-14T02:00:00',"
         "'tz_from':'offset'}"},
        {"{'date':'/t','tz':'UTC','offset':'+01:00'}", "{'t':'2024-05-14T02:00:00'}",
         "{'occurred_at':'2024-05-14T03:00:00+01:00','local':'2024-05-14T03:00:00',"
         "'tz_from':'offset'}"},
        {"{'date':'/t','formats':['date'],'offset':'/o'}", "{'t':'2024-05-14','o':'-05:00'}",
         "{'occurred_at':null,'local':'2024-05-14'}"},
        {"{'date':'/t','offset':'/o'}", "{'t':'2024-05-14T02:00:00Z'}",
         "{'occurred_at':'2024-05-14T02:00:00Z','local':'2024-05-14T02:00:00',"
         "'tz_from':'offset'}"},
        {"{'date':'/t','offset':'/o'}", "{'o':'-05:00'}", "{}"},
        {"{'date':'/t','offset':'/o'}", "{'t':'2024-05-14T02:00:00Z','o':'EST'}",
         "mapping 'm': 'EST' is no offset: +02:00, -0700, Z"},
        {"{'date':'/t','offset':'EST'}", "{}",
         "'offset' must be a path to an offset, or one: +02:00, -0700, Z"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(lgs_cstr(occurred(cases[i].date, cases[i].document)), cases[i].want);
    }
    CHECK_JSON(test_value("{'date':'/t','offset':'/o'}", "{'t':'2024-05-14T02:00:00Z','o':'+02'}"),
               "'2024-05-14T04:00:00+02:00'");
}

TEST(what_the_clock_showed_is_told_beside_the_instant)
{
    static const struct {
        const char *date, *document, *want;
    } cases[] = {
        {"{'date':'/t','local':'/l'}", "{'t':'2024-05-14T02:00:00Z','l':'2024-05-13T21:00:00'}",
         "{'occurred_at':'2024-05-14T02:00:00Z','local':'2024-05-13T21:00:00','tz_from':'offset'}"},
        /* its offset is not believed */
        {"{'date':'/t','local':'/l'}", "{'t':'2024-05-14T02:00:00Z','l':'2024-05-13T21:00:00Z'}",
         "{'occurred_at':'2024-05-14T02:00:00Z','local':'2024-05-13T21:00:00','tz_from':'offset'}"},
        {"{'date':'/t','tz':'+00:00','local':{'date':'/l','formats':['CCYYMMDD HHmm']}}",
         "{'t':'2024-05-14T02:00:00','l':'20240513 2100'}",
         "{'occurred_at':'2024-05-14T02:00:00Z','local':'2024-05-13T21:00:00','tz_from':'offset'}"},
        {"{'date':'/t','local':'/l'}", "{'t':'2024-05-14T02:00:00Z','l':'2024-05-13'}",
         "{'occurred_at':'2024-05-14T02:00:00Z','local':'2024-05-13','tz_from':'offset'}"},
        {"{'date':'/t','local':'/l'}", "{'t':'2024-05-14T02:00:00Z'}",
         "{'occurred_at':'2024-05-14T02:00:00Z','local':'2024-05-14T02:00:00','tz_from':'offset'}"},
        {"{'date':'/t','tz':'UTC','local':'/l'}", "{'l':'2024-05-13T21:00:00'}",
         "{'occurred_at':null,'local':'2024-05-13T21:00:00'}"},
        {"{'date':'/t','tz':'UTC','local':'/l','tz_default':'-05:00'}",
         "{'l':'2024-05-13T21:00:00'}",
         "{'occurred_at':'2024-05-13T21:00:00-05:00','local':'2024-05-13T21:00:00',"
         "'tz':'-05:00','tz_from':'mapping'}"},
        {"{'date':'/t','local':'/l'}", "{'t':'2024-05-14T02:00:00','l':'2024-05-13T21:00:00'}",
         "{'occurred_at':null,'local':'2024-05-13T21:00:00'}"},
        {"{'date':'/t','local':'/l'}", "{}", "{}"},
        {"{'date':'/t','local':'/l'}", "{'t':'2024-05-14T02:00:00Z','l':'9 pm'}",
         "mapping 'm': '9 pm' is no local time: read it with {date: ..., formats: [...]}"},
        {"{'date':'/t','local':'/l','offset':'/o'}", "{}",
         "'offset' and 'local' both say what the clock showed: leave one out"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_JSON(lgs_cstr(occurred(cases[i].date, cases[i].document)), cases[i].want);
    }
    CHECK_JSON(test_value("{'date':'/t','local':'/l','out':'moment'}",
                          "{'t':'2024-05-14T02:00:00Z','l':'2024-05-13T21:00:00'}"),
               "{'at':'2024-05-14T02:00:00Z','local':'2024-05-13T21:00:00','tz_from':'offset'}");
    CHECK_JSON(test_value("{'date':'/t','local':'/l'}", "{}"), "(refused)");
}

/* Two members of one name are no JSON. */
TEST(a_member_of_time_stands_there_once)
{
    static const char *const fields[] = {"occurred_at", "local", "tz", "tz_from"};

    for (size_t i = 0; i < 2 * LGS_N(fields); i++) {
        const char *field = fields[i / 2];
        test_t t = test_begin();
        char text[256], want[256];

        snprintf(text, sizeof(text),
                 i % 2 ? "{'mapping':'m','emit':[{'%s':'/x','occurred':{'date':'/t'}}]}"
                       : "{'mapping':'m','emit':[{'occurred':{'date':'/t'},'%s':'/x'}]}",
                 field);
        snprintf(want, sizeof(want), "\"occurred\" fills %s, which stands here too", field);
        CHECK(!test_compile(&t, text));
        CHECK(t.errs.first && lgs_str_starts(t.errs.first->text, lgs_cstr(want)));
        test_end(&t);
    }
}

int main(void)
{
    RUN(an_instant_is_told_in_the_offset_of_the_place);
    RUN(what_the_clock_showed_is_told_beside_the_instant);
    RUN(a_member_of_time_stands_there_once);
    RUN(the_document_says_how_its_dates_are_written);
    RUN(ranges_have_a_start_and_an_end);
    RUN(a_day_without_a_year_says_what_it_is_near_to);
    RUN(counts_of_days_and_milliseconds);
    RUN(clock_changes_are_told);
    return DONE();
}
