/* What of the output's schema is left to check, once what a mapping puts out is proved. */
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

static const char whole[] =
    "{'$schema':'s','title':'t','type':'object','required':['id','n','kind'],"
    "'additionalProperties':false,'properties':{"
    "'id':{'type':'string','pattern':'^ev_[A-Za-z0-9_-]{8,100}$'},"
    "'n':{'const':1},"
    "'kind':{'description':'mine','$ref':'parts.json#/$defs/kind'},"
    "'code':{'$ref':'parts.json#/$defs/code'},"
    "'text':{'type':'string','minLength':1,'maxLength':5},"
    "'ref':{'$ref':'parts.json#/$defs/ref'},"
    "'refs':{'type':'array','maxItems':9,'items':{'$ref':'parts.json#/$defs/ref'}},"
    "'time':{'$ref':'parts.json#/$defs/moment'},"
    "'at':{'type':'string','format':'date-time'},"
    "'day':{'type':'string','format':'date'},"
    "'maybe':{'type':['string','null'],'maxLength':4},"
    "'a/b%c':{'type':'string','contentEncoding':'base64'},"
    "'many':{'type':'object','minProperties':1,'properties':{'x':{'type':'string'}}},"
    "'one':{'anyOf':[{'type':'string'},{'type':'number'}],'not':{'const':7}}}}";

/* What is left for one more field beside id, n and kind; all but the field itself cut off. */
static lgs_str_t left(const char *vars, const char *field)
{
    static char out[2048];
    static const char head[] = "{\"$schema\":\"s\",\"properties\":{";
    test_t t = test_begin();
    lgs_str_t text = LGS_STR("(refused)");
    char mapping[2048];
    lgs_buf_t buf;

    t.any_type = false;
    t.schema = whole;
    t.parts = parts;
    snprintf(mapping, sizeof(mapping),
             "{'mapping':'m','output':'thing','vars':{%s},'emit':[{'id':{'hash':['/a'],'prefix':"
             "'ev_'},'n':1,'kind':'bol',%s}]}",
             vars, field);
    if (!test_compile(&t, mapping)) {
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
            text = LGS_STR("-");
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
        if (unit_bad) {
            printf("# %s\n", cases[i].field);
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
        {"'text':'abcdef'", "'text':{'maxLength':5}"},
        {"'code':{'first_of':[{'const':'a'},{'const':'b'}]}", "-"},
        {"'code':{'when':{'exists':'/x'},'then':'a','else':'b'}", "-"},
        {"'code':{'path':'/x','default':'b'}",
         "'code':{'type':'string','pattern':'^[a-z][a-z0-9_]*$'}"},
        {"'maybe':null", "-"},
        {"'maybe':'long one'", "'maybe':{'maxLength':4}"},
        {"'day':'2026-02-28'", "-"},
        {"'at':'2026-02-28T01:02:03Z'", "-"},
    };

    check_all("", cases, LGS_N(cases));
}

TEST(what_a_document_says_is_checked)
{
    static const case_t cases[] = {
        {"'code':'/x'", "'code':{'type':'string','pattern':'^[a-z][a-z0-9_]*$'}"},
        {"'text':{'concat':['a','/x']}", "'text':{'type':'string','minLength':1,'maxLength':5}"},
        {"'day':{'upper':'/x'}", "'day':{'type':'string','format':'date'}"},
        {"'many':{'x':'/x'}", "'many':{'minProperties':1,'properties':{'x':{'type':'string'}}}"},
    };

    check_all("", cases, LGS_N(cases));
}

TEST(code_lists)
{
    static const case_t cases[] = {
        {"'code':{'lookup':{'1':'a','2':'b'},'key':'/x','else':'null'}", "-"},
        {"'code':{'lookup':{'1':{'t':'a'},'2':{'u':'B'}},'key':'/x','get':'t','else':'null'}", "-"},
        {"'code':{'lookup':{'1':'a','2':'B'},'key':'/x','else':'null'}",
         "'code':{'pattern':'^[a-z][a-z0-9_]*$'}"},
        {"'code':{'lookup':{'1':'a','2':7},'key':'/x','else':'null'}", "'code':{'type':'string'}"},
        {"'code':{'lookup':{'1':'a'},'key':'/x','else':'keep'}",
         "'code':{'type':'string','pattern':'^[a-z][a-z0-9_]*$'}"},
        {"'code':'$st/t'", "-"},
        {"'code':{'first_of':['$st/t','$st/u']}", "'code':{'pattern':'^[a-z][a-z0-9_]*$'}"},
        {"'code':'$st'", "'code':{'type':'string','pattern':'^[a-z][a-z0-9_]*$'}"},
        {"'code':'$st/t/u'", "'code':{'type':'string','pattern':'^[a-z][a-z0-9_]*$'}"},
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
        {"'at':{'date':'/x'}", "'at':{'type':'string','format':'date-time'}"},
        {"'day':{'date':'/x','out':'date'}", "-"},
        {"'time':{'date':'/x','out':'moment'}",
         "'time':{'properties':{'tz':{'type':'string','maxLength':64}}}"},
        {"'text':{'date':'/x','out':'date'}", "'text':{'maxLength':5}"},
    };

    check_all("", cases, LGS_N(cases));
}

TEST(objects_and_lists)
{
    static const case_t cases[] = {
        {"'ref':{'t':'a','v':'/x'}",
         "'ref':{'required':['v'],'properties':{'v':{'type':'string','maxLength':9}}}"},
        {"'ref':{'t':'a','v':{'const':'b'}}", "-"},
        {"'ref':{'t':'/y','v':{'path':'/x','default':'b'}}",
         "'ref':{'required':['t'],'properties':{'t':{'type':'string','pattern':"
         "'^[a-z][a-z0-9_]*$'},'v':{'type':'string','maxLength':9}}}"},
        {"'ref':'/x'", "'ref':{'$ref':'canonical/thing.json#/properties/ref'}"},
        {"'ref':{'when':{'exists':'/x'},'then':{'t':'a','v':'b'},'else':{'t':'c','v':'/x'}}",
         "'ref':{'required':['v'],'properties':{'v':{'type':'string','maxLength':9}}}"},
        {"'refs':[{'t':'a','v':'/x'},{'for_each':'/y','t':'b','v':'c'}]",
         "'refs':{'maxItems':9,'items':{'required':['v'],'properties':{'v':{'type':'string',"
         "'maxLength':9}}}}"},
        {"'refs':{'unique':[{'t':'a','v':'b'},{'t':'b','v':'b'}],'by':'/t'}",
         "'refs':{'maxItems':9}"},
        {"'refs':{'unique':'/x','by':'/t'}",
         "'refs':{'maxItems':9,'items':{'$ref':'canonical/thing.json#/properties/refs/items'}}"},
        {"'refs':['/x']",
         "'refs':{'maxItems':9,'items':{'$ref':'canonical/thing.json#/properties/refs/items'}}"},
        {"'refs':'/x'", "'refs':{'$ref':'canonical/thing.json#/properties/refs'}"},
    };

    check_all("", cases, LGS_N(cases));
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
         "{'$schema':'s','required':['kind']}"},
        {"[{'id':{'hash':['/a'],'prefix':'as_'},'n':1,'kind':'bol'},"
         "{'id':{'hash':['/b'],'prefix':'ev_'},'n':'/n','kind':'pro'}]",
         "{'$schema':'s','required':['n'],'properties':{'id':{'pattern':"
         "'^ev_[A-Za-z0-9_-]{8,100}$'},'n':{'const':1}}}"},
        {"[{'id':{'hash':['/a'],'prefix':'ev_'},'n':2,'kind':'bol'}]",
         "{'$schema':'s','properties':{'n':{'const':1}}}"},
        {"[{'id':{'hash':['/a'],'prefix':'ev_'},'n':{'const':1,'when':{'exists':'/x'},'default':1},"
         "'kind':{'when':{'exists':'/y'},'then':'bol','else':{'const':null},'default':'pro'}}]",
         "{'$schema':'s','required':['kind'],'properties':{'kind':{'enum':['bol','pro']}}}"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        char mapping[1024];
        lgs_buf_t buf;

        t.any_type = false;
        t.schema = whole;
        t.parts = parts;
        snprintf(mapping, sizeof(mapping), "{'mapping':'m','output':'thing','emit':%s}",
                 cases[i].emit);
        lgs_buf_init(&buf, t.arena, 0, 0);
        if (!test_compile(&t, mapping)) {
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
    RUN(what_a_document_says_is_checked);
    RUN(code_lists);
    RUN(times);
    RUN(objects_and_lists);
    RUN(what_is_not_understood_stays_whole);
    RUN(the_record_itself);
    return DONE();
}
