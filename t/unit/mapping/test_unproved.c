/* What of the output's schema is left to check, once what a mapping puts out is proved. */
#include "../../../ngx_logistics_module/mapping/internal.h"
#include "mapping.h"

static const char parts[] =
    "{'$schema':'s','$defs':{"
    "'kind':{'description':'d','enum':['bol','pro']},"
    "'code':{'type':'string','pattern':'^[a-z][a-z0-9_]*$'},"
    "'ref':{'type':'object','required':['t','v'],'additionalProperties':false,"
    "'properties':{'t':{'$ref':'#/$defs/code'},'v':{'type':'string','maxLength':9}}},"
    "'moment':{'type':'object','required':['local'],'additionalProperties':false,'properties':{"
    "'at':{'type':'string','format':'date-time','maxLength':40},"
    "'local':{'type':'string','pattern':"
    "'^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?)?$'},"
    "'tz':{'type':'string','maxLength':64},"
    "'tz_from':{'enum':['offset','code','partner','mapping']}}}}}";

/* As canonical/parts.json has them. */
#define DECIMAL "^-?(0|[1-9][0-9]{0,37})([.][0-9]{1,20})?$"
#define AMOUNT  "^(0|[1-9][0-9]{0,37})([.][0-9]{1,20})?$"

static const char whole[] =
    "{'$schema':'s','title':'t','type':'object','required':['id','n','kind'],"
    "'additionalProperties':false,'properties':{"
    "'id':{'type':'string','pattern':'^ev_[A-Za-z0-9_-]{8,100}$'},"
    "'n':{'const':1},"
    "'kind':{'description':'mine','$ref':'parts.json#/$defs/kind'},"
    "'code':{'$ref':'parts.json#/$defs/code'},"
    "'decimal':{'type':'string','pattern':'" DECIMAL "'},"
    "'amount':{'type':'string','pattern':'" AMOUNT "'},"
    "'text':{'type':'string','minLength':1,'maxLength':5},"
    "'ref':{'$ref':'parts.json#/$defs/ref'},"
    "'again':{'$ref':'parts.json#/$defs/ref'},"
    "'refs':{'type':'array','maxItems':3,'items':{'$ref':'parts.json#/$defs/ref'}},"
    "'time':{'$ref':'parts.json#/$defs/moment'},"
    "'at':{'type':'string','format':'date-time'},"
    "'day':{'type':'string','format':'date'},"
    "'maybe':{'type':['string','null'],'maxLength':4},"
    "'a/b%c':{'type':'string','contentEncoding':'base64'},"
    "'count':{'type':'integer','minimum':0,'maximum':7},"
    "'words':{'type':'array','items':{'type':'string','maxLength':5}},"
    "'many':{'type':'object','minProperties':1,'properties':{'x':{'type':'string'}}},"
    "'one':{'anyOf':[{'type':'string'},{'type':'number'}],'not':{'const':7}}}}";

/* A mapping that makes things. */
static bool compile(test_t *t, const char *vars, const char *emit)
{
    char mapping[2048];

    t->any_type = false;
    t->schema = whole;
    t->parts = parts;
    snprintf(mapping, sizeof(mapping), "{'mapping':'m','output':'thing','vars':{%s},'emit':%s}",
             vars, emit);
    return test_compile(t, mapping);
}

/* Of id, n, kind and one more field. */
static bool compile_field(test_t *t, const char *vars, const char *field)
{
    char emit[2048];

    snprintf(emit, sizeof(emit), "[{'id':{'hash':['/a'],'prefix':'ev_'},'n':1,'kind':'bol',%s}]",
             field);
    return compile(t, vars, emit);
}

/* Says which case it was. */
static bool has_failed(const char *field)
{
    if (unit_bad) {
        printf("# %s\n", field);
    }
    return unit_bad;
}

/* What is left for one more field beside id, n and kind, without what is around it; "in the run"
   when that looks at it, "-" for nothing. */
static lgs_str_t left(const char *vars, const char *field)
{
    static char out[2048];
    static const char head[] = "{\"$schema\":\"s\",\"properties\":{";
    test_t t = test_begin();
    lgs_str_t text = LGS_STR("(refused)");
    lgs_buf_t buf;

    if (!compile_field(&t, vars, field)) {
        unit_show(&t.errs);
    } else if (lgs_mapping_unproved(t.mapping) == NULL) {
        text = LGS_STR("(all)");
    } else {
        lgs_buf_init(&buf, t.arena, 0, 0);
        lgs_json_write(&buf, &lgs_mapping_unproved(t.mapping)->root);
        text = lgs_buf_text(&buf);
        if (lgs_str_starts(text, lgs_cstr(head))) {
            text = lgs_str(text.data + sizeof(head) - 1, text.len - sizeof(head) - 1);
        } else if (lgs_str_is(text, "{\"$schema\":\"s\"}")) {
            const lgs_object_t *record = t.mapping->top.blocks->record->u.object;

            text = record->fields[record->n - 1].value->fit ? LGS_STR("in the run") : LGS_STR("-");
        }
    }
    snprintf(out, sizeof(out), "%.*s", LGS_FMT(text));
    test_end(&t);
    return lgs_cstr(out);
}

typedef struct {
    const char *field, *left;
} case_t;

static void check_all(const char *vars, const case_t *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CHECK_JSON(left(vars, cases[i].field), cases[i].left);
        if (has_failed(cases[i].field)) {
            return;
        }
    }
}

TEST(what_is_written_in_the_mapping_is_proved)
{
    static const case_t cases[] = {
        {"'code':'good'", "-"},
        {"'text':'abcde'", "-"},
        {"'text':'ä€ä€ä'", "-"}, /* characters, not bytes */
        {"'code':{'first_of':[{'const':'a'},{'const':'b'}]}", "-"},
        {"'code':{'when':{'exists':'/x'},'then':'a','else':'b'}", "-"},
        {"'maybe':null", "-"},
        {"'day':'2026-02-28'", "-"},
        {"'at':'2026-02-28T01:02:03Z'", "-"},
    };

    check_all("", cases, LGS_N(cases));
}

/* A record of {id, n, kind} and a field, made of a document: would it be asked of the schema? */
static bool is_doubtful(const char *vars, const char *field, const char *input)
{
    test_t t = test_begin();
    bool doubt = false;

    if (compile_field(&t, vars, field)) {
        test_run(&t, input);
        doubt = t.records.is_doubtful;
    }
    CHECK(t.rc == LGS_OK && t.records.n == 1 && lgs_mapping_unproved(t.mapping));
    test_end(&t);
    return doubt;
}

/* Patterns that are read without PCRE2 say the same with it. */
TEST(decimals_are_read_as_their_patterns_say)
{
    static const struct {
        const char *field, *pattern;
    } fields[] = {{"'decimal':'/x'", DECIMAL}, {"'amount':'/x'", AMOUNT}};
    static const char *const texts[] = {
        "0",
        "-0",
        "00",
        "01",
        "-01",
        "7",
        "-7",
        "--7",
        "+7",
        "7-",
        "7.",
        "7.0",
        ".5",
        "-.5",
        "-",
        ".",
        "7..0",
        "7.0.0",
        "7,5",
        "7e5",
        "0.00",
        "-0.1",
        "7 ",
        " 7",
        "7a",
        "a7",
        "-a",
        "0x1",
        "0.1a",
        "\xd9\xa1",
        "",
        "1234567890.12345678901234567890",
        "1234567890.123456789012345678901",
        "12345678901234567890123456789012345678",
        "-12345678901234567890123456789012345678.5",
        "123456789012345678901234567890123456789",
        "-123456789012345678901234567890123456789",
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);

    for (size_t i = 0; i < LGS_N(fields) * LGS_N(texts); i++) {
        const char *text = texts[i / 2], *field = fields[i % 2].field;
        const lgs_regex_t *regex = lgs_regex_compile(arena, lgs_cstr(fields[i % 2].pattern),
                                                     LGS_REGEX_ECMA, NULL);
        bool holds = regex && lgs_regex_match(regex, lgs_cstr(text)) == LGS_REGEX_YES;
        char input[80];

        snprintf(input, sizeof(input), "{'x':'%s'}", text);
        CHECK(is_doubtful("", field, input) == !holds);
        if (unit_bad) {
            printf("# %s %s\n", field, input);
            break;
        }
    }
    lgs_arena_destroy(arena);
}

/* What a document says is looked at when it is put into its place. */
TEST(what_a_document_says_is_looked_at)
{
    static const struct {
        const char *field, *good, *bad; /* documents */
    } cases[] = {
        {"'code':'/x'", "{'x':'ab'}", "{'x':'AB'}"},
        {"'code':'/x'", "{}", "{'x':5}"},
        {"'code':{'path':'/x','default':'b'}", "{}", "{'x':'1'}"},
        {"'text':{'concat':['a','/x']}", "{'x':'bcde'}", "{'x':'bcdef'}"},
        {"'text':'/x'", "{'x':'ä€ä€ä'}", "{'x':'ä€ä€äa'}"},
        {"'text':'/x'", "{'x':'a'}", "{'x':''}"},
        {"'text':{'date':'/x','out':'date'}", "{}", "{'x':'2026-01-02T03:04:05Z'}"},
        {"'day':{'upper':'/x'}", "{'x':'2026-01-02'}", "{'x':'2026-02-30'}"},
        {"'at':'/x'", "{'x':'2026-01-02T03:04:05Z'}", "{'x':'2026-01-02'}"},
        {"'maybe':'/x'", "{'x':'abcd'}", "{'x':'abcde'}"},
        {"'count':'/x'", "{'x':7}", "{'x':8}"},
        {"'count':'/x'", "{'x':0}", "{'x':-1}"},
        {"'count':'/x'", "{'x':3}", "{'x':1.5}"},
        {"'count':'/x'", "{'x':3}", "{'x':'3'}"},
        {"'ref':{'t':'a','v':'/x'}", "{'x':'123456789'}", "{'x':'1234567890'}"},
        {"'ref':{'t':'/y','v':'/x'}", "{'x':'1','y':'a'}", "{'x':'1'}"},
        {"'ref':{'t':'/y','v':'/x'}", "{}", "{'y':'a'}"},
        {"'refs':[{'t':'a','v':'/x'},{'for_each':'/y','t':'b','v':'/v'}]",
         "{'x':'1','y':[{'v':'1'},{'v':'2'}]}", "{'x':'1','y':[{'v':'1'},{'v':'1234567890'}]}"},
        {"'refs':[{'for_each':'/y','t':'b','v':'/v'}]", "{'y':[{'v':'1'},{'v':'1'},{'v':'1'}]}",
         "{'y':[{'v':'1'},{'v':'1'},{'v':'1'},{'v':'1'}]}"},
        {"'words':[{'path':'/x'},{'for_each':'/y','value':'.'}]", "{'x':'a','y':['b','c']}",
         "{'x':'a','y':['b','cdefgh']}"},
        {"'words':[{'path':'/x'},{'for_each':'/y','value':'.'}]", "{'y':[]}", "{'x':'abcdef'}"},
        {"'ref':'$made'", "{'z':'1'}", "{'z':'1234567890'}"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        const char *vars = "'made':{'then':{'t':'a','v':'/z'},'when':{'exists':'/z'}}";

        CHECK(!is_doubtful(vars, cases[i].field, cases[i].good));
        CHECK(is_doubtful(vars, cases[i].field, cases[i].bad));
        if (has_failed(cases[i].field)) {
            return;
        }
    }
}

TEST(code_lists)
{
    static const case_t cases[] = {
        {"'code':{'lookup':{'1':'a','2':'b'},'key':'/x','else':'null'}", "-"},
        {"'code':{'lookup':{'1':{'t':'a'},'2':{'u':'B'}},'key':'/x','get':'t','else':'null'}", "-"},
        {"'code':{'lookup':{'1':'a','2':'B'},'key':'/x','else':'null'}", "in the run"},
        {"'code':{'lookup':{'1':'a','2':7},'key':'/x','else':'null'}", "in the run"},
        {"'code':{'lookup':{'1':'a'},'key':'/x','else':'keep'}", "in the run"},
        {"'code':'$st/t'", "-"},
        {"'code':{'first_of':['$st/t','$st/u']}", "in the run"},
        {"'code':'$st'", "in the run"},
        {"'code':'$st/t/u'", "in the run"},
        {"'code':'$word'", "-"},
    };

    check_all("'st':{'lookup':{'1':{'t':'a','u':'B'},'2':{'t':'b'}},'key':'/s','else':'null'},"
              "'word':{'const':'fine'}",
              cases, LGS_N(cases));
}

TEST(times)
{
    static const case_t cases[] = {
        {"'at':{'date':'/x','out':'instant'}", "-"},
        {"'at':{'date':'/x'}", "in the run"},
        {"'day':{'date':'/x','out':'date'}", "-"},
        {"'time':{'date':'/x','out':'moment'}", "-"},
        {"'text':{'date':'/x','out':'date'}", "in the run"},
    };

    check_all("", cases, LGS_N(cases));
}

TEST(objects_and_lists)
{
    static const case_t cases[] = {
        {"'ref':{'t':'a','v':'/x'}", "-"}, /* its own fields are looked at */
        {"'ref':{'t':'a','v':{'const':'b'}}", "-"},
        {"'ref':'/x'", "'ref':{'$ref':'canonical/thing.json#/properties/ref'}"},
        {"'ref':{'when':{'exists':'/x'},'then':{'t':'a','v':'b'},'else':{'t':'c','v':'/x'}}", "-"},
        {"'refs':[{'t':'a','v':'/x'},{'for_each':'/y','t':'b','v':'c'}]", "in the run"},
        {"'refs':{'unique':[{'t':'a','v':'b'},{'t':'b','v':'b'}],'by':'/t'}", "in the run"},
        {"'refs':{'unique':'/x','by':'/t'}",
         "'refs':{'items':{'$ref':'canonical/thing.json#/properties/refs/items'}}"},
        {"'refs':['/x']",
         "'refs':{'items':{'$ref':'canonical/thing.json#/properties/refs/items'}}"},
        {"'ref':'$made'", "-"},
        {"'many':{'x':{'upper':'/x'}}", "-"},
        {"'many':{'x':'a'}", "'many':{'minProperties':1}"},
        {"'ref':'$made','again':'$made'", /* of a second place the schema is asked */
         "'again':{'properties':{'v':{'type':'string','maxLength':9}}}"},
        {"'refs':'/x'", "'refs':{'$ref':'canonical/thing.json#/properties/refs'}"},
    };

    check_all("'made':{'then':{'t':'a','v':'/z'},'when':{'exists':'/z'}}", cases, LGS_N(cases));
}

TEST(what_is_not_understood_stays_whole)
{
    static const case_t cases[] = {
        {"'a/b%c':'x'", "'a/b%c':{'$ref':'canonical/thing.json#/properties/a~1b%25c'}"},
        {"'one':'x'", "'one':{'anyOf':[{'$ref':'canonical/thing.json#/properties/one/anyOf/0'},"
                      "{'$ref':'canonical/thing.json#/properties/one/anyOf/1'}],"
                      "'not':{'$ref':'canonical/thing.json#/properties/one/not'}}"},
    };

    check_all("", cases, LGS_N(cases));
}

/* A record that can be without what it must have, or has what it may not. */
TEST(the_record_itself)
{
    static const struct {
        const char *emit, *left;
    } cases[] = {
        {"[{'id':{'hash':['/a'],'prefix':'ev_'},'n':1,'kind':{'lookup':{'1':'bol'},'key':'/k',"
         "'else':'null'}}]",
         "{'$schema':'s'}"},
        {"[{'id':{'hash':['/a'],'prefix':'as_'},'n':1,'kind':'bol'},"
         "{'id':{'hash':['/b'],'prefix':'ev_'},'n':'/n','kind':'pro'}]",
         "{'$schema':'s','properties':{'n':{'const':1}}}"},
        {"[{'id':{'hash':['/a'],'prefix':'ev_'},'n':2,'kind':'bol'}]",
         "{'$schema':'s','properties':{'n':{'const':1}}}"},
        {"[{'id':{'hash':['/a'],'prefix':'ev_'},'n':{'const':1,'when':{'exists':'/x'},'default':1},"
         "'kind':{'when':{'exists':'/y'},'then':'bol','else':{'const':null},'default':'pro'}}]",
         "{'$schema':'s','properties':{'kind':{'enum':['bol','pro']}}}"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        lgs_buf_t buf;

        lgs_buf_init(&buf, t.arena, 0, 0);
        if (!compile(&t, "", cases[i].emit)) {
            unit_show(&t.errs);
            CHECK(false);
        } else {
            CHECK(lgs_mapping_unproved(t.mapping) != NULL);
            lgs_json_write(&buf, &lgs_mapping_unproved(t.mapping)->root);
            CHECK_JSON(lgs_buf_text(&buf), cases[i].left);
        }
        test_end(&t);
    }
}

int main(void)
{
    RUN(what_is_written_in_the_mapping_is_proved);
    RUN(decimals_are_read_as_their_patterns_say);
    RUN(what_a_document_says_is_looked_at);
    RUN(code_lists);
    RUN(times);
    RUN(objects_and_lists);
    RUN(what_is_not_understood_stays_whole);
    RUN(the_record_itself);
    return DONE();
}
