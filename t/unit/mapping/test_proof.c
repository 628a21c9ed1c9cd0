/* What is proved of a mapping before any document is there. */
#include "mapping.h"

static const char *const shape =
    "{'required':['id','n'],'properties':{'id':{'type':'string'},'n':{'type':'integer'},"
    "'amount':{'type':'string','pattern':'^-?(0|[1-9][0-9]*)([.][0-9]+)?$'},"
    "'qty':{'type':'string','pattern':'^[0-9]+$'},'at':{'type':'string','format':'date-time'},"
    "'day':{'type':'string','format':'date'},'list':{'type':'array','items':{'type':'object',"
    "'properties':{'t':{'enum':['bol','pro']}}}},'word':{'enum':['actual','planned']},"
    "'any':{},'truth':{'type':['boolean','null']},'box':{'type':'object'}}}";

/* The findings, or notes, of {id, n} and one more field; "" for none. */
static lgs_str_t said(const char *field, bool notes)
{
    static char out[2048];
    test_t t = test_begin();
    char mapping[2048];
    lgs_errs_t told;

    lgs_errs_init(&told, t.arena, 20);
    t.notes = &told;
    t.any_type = false;
    t.schema = shape;
    snprintf(mapping, sizeof(mapping),
             "{'mapping':'m','output':'thing','emit':[{'id':{'hash':['/a']},'n':1,%s}]}", field);
    test_compile(&t, mapping);
    if (notes) {
        CHECK(t.errs.n == 0);
        t.errs = told;
    }
    snprintf(out, sizeof(out), "%.*s", LGS_FMT(test_findings(&t)));
    test_end(&t);
    return lgs_cstr(out);
}

TEST(values_that_can_never_fit_are_findings)
{
    static const struct {
        const char *field, *finding;
    } cases[] = {
        {"'amount':{'date':'/x'}", "this gives texts like '2019-08-10T08:54:00Z', and none of them "
                                   "is what schemas/canonical/thing.json takes here"},
        {"'at':{'number':'/x'}", "this gives texts like '12', and none of them is what "
                                 "schemas/canonical/thing.json takes here"},
        {"'at':{'date':'/x','out':'date'}", "this gives texts like '2019-08-10', and none of them "
                                            "is what schemas/canonical/thing.json takes here"},
        {"'day':{'date':'/x','out':'odoo'}",
         "this gives texts like '2019-08-10 08:54:00', and none of them is what "
         "schemas/canonical/thing.json takes here"},
        {"'amount':{'number':'/x','out':'number'}",
         "this gives a number, which schemas/canonical/thing.json does not take here"},
        {"'amount':{'sum':'/x[*]/y','out':'integer'}",
         "this gives a number, which schemas/canonical/thing.json does not take here"},
        {"'amount':5", "this is a number, which schemas/canonical/thing.json does not take here"},
        {"'amount':'5,0'", "'5,0' is not what schemas/canonical/thing.json takes here"},
        {"'list':{'concat':['/x']}",
         "this gives a string, which schemas/canonical/thing.json does not take here"},
        {"'list':{'t':'bol','v':'/x'}",
         "this gives an object, which schemas/canonical/thing.json does not take here"},
        {"'box':['/x']",
         "this gives an array, which schemas/canonical/thing.json does not take here"},
        {"'amount':['/x']",
         "this gives an array, which schemas/canonical/thing.json does not take here"},
        {"'truth':{'upper':'/x'}",
         "this gives a string, which schemas/canonical/thing.json does not take here"},
        {"'word':'actuel'",
         "'actuel' is no word that schemas/canonical/thing.json has here; did you mean 'actual'?"},
        {"'word':{'path':'/x','default':'none'}",
         "'none' is no word that schemas/canonical/thing.json has here"},
        {"'word':{'when':{'exists':'/x'},'then':'planned','else':'later'}",
         "'later' is no word that schemas/canonical/thing.json has here"},
        {"'word':{'first_of':['/x',{'const':'actuell'}]}",
         "'actuell' is no word that schemas/canonical/thing.json has here; did you mean 'actual'?"},
        {"'word':{'lookup':{'1':'actual','2':'plannd'},'key':'/x','else':'null'}",
         "code '2': 'plannd' is no word that schemas/canonical/thing.json has here; did you mean "
         "'planned'?"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_str_t text = said(cases[i].field, false);
        const char *blank = memchr(text.data, ' ', text.len);

        CHECK_JSON(lgs_cstr(blank ? blank + 1 : ""), cases[i].finding);
        if (unit_bad) {
            printf("# %s\n", cases[i].field);
            return;
        }
    }
}

TEST(what_may_fit_is_no_finding)
{
    static const char *const fields[] = {
        "'amount':{'number':'/x'}",
        "'amount':{'sum':'/x[*]/y'}",
        "'amount':'-12.50'",
        "'amount':'/x'",
        "'amount':{'upper':'/x'}",
        "'qty':{'number':'/x'}",
        "'at':{'date':'/x'}",
        "'at':{'date':'/x','out':'instant'}",
        "'day':{'date':'/x','out':'date'}",
        "'day':{'date':'/x'}",
        "'list':'/x'",
        "'list':{'sort':'/x','by':'a'}",
        "'list':[{'t':'/x'},{'for_each':'/y','t':'bol'}]",
        "'word':{'lookup':{'1':'actual'},'key':'/x','else':'keep'}",
        "'word':{'lower':'/x'}",
        "'any':5",
        "'any':{'date':'/x'}",
        "'truth':{'bool':'/x'}",
        "'box':{'x':'/x'}",
        "'box':{'object':{'x':'/x'}}",
        "'new':'/x'",
    };

    for (size_t i = 0; i < LGS_N(fields); i++) {
        CHECK_JSON(said(fields[i], false), "");
    }
}

TEST(members_that_no_entry_has_are_findings)
{
    CHECK_JSON(
        said("'any':{'lookup':{'1':{'type':'x'}},'key':'/x','get':'typ','else':'null'}", false),
        "1:121 no entry of the code list has a member 'typ'; did you mean 'type'?");
    CHECK_JSON(said("'any':{'lookup':{'1':{'type':'x'},'2':{'tip':'y'}},'key':'/x','get':'tip',"
                    "'else':'null'}",
                    false),
               "");
}

TEST(what_every_record_must_have_and_may_lack_is_a_note)
{
    static const struct {
        const char *id;
        bool noted;
    } cases[] = {
        {"'/x'", true},
        {"{'path':'/x','default':'none'}", false},
        {"{'path':'/x','default':'/y'}", true},
        {"{'concat':['a','/x']}", true},
        {"{'hash':['/x']}", false},
        {"'$partner'", false},
        {"'$received_at'", false},
        {"{'first_of':['/x','$partner']}", false},
        {"{'when':{'exists':'/x'},'then':'/x'}", true},
        {"{'when':{'exists':'/x'},'then':'a'}", true},
        {"{'when':{'exists':'/x'},'then':'a','else':'b'}", false},
        {"'fixed'", false},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        char mapping[512];
        lgs_errs_t notes;

        lgs_errs_init(&notes, t.arena, 20);
        t.notes = &notes;
        t.any_type = false;
        t.schema = shape;
        snprintf(mapping, sizeof(mapping),
                 "{'mapping':'m','output':'thing','emit':[{'n':1,'id':%s}]}", cases[i].id);
        CHECK(test_compile(&t, mapping));
        CHECK_INT(notes.n, cases[i].noted);
        if (unit_bad) {
            printf("# %s\n", cases[i].id);
        }
        test_end(&t);
    }
}

/* What the partner's schema requires is there: a document without it is refused before. */
TEST(what_the_input_requires_is_never_missing)
{
    static const char schema[] =
        "{'type':'object','required':['name','empty','maybe','any','deep','list','code','odd'],"
        "'properties':{'name':{'type':'string','minLength':1},'empty':{'type':'string'},"
        "'maybe':{'type':['string','null']},'any':{},'free':{'type':'string'},"
        "'deep':{'$ref':'#/$defs/deep'},'list':{'type':'array','items':{'$ref':'#/$defs/deep'}},"
        "'code':{'type':'string','enum':['N/A','B']},'odd':{'required':['x'],'properties':{'x':{"
        "'type':'string'}}}},'$defs':{'deep':{'type':'object','required':['x'],'properties':{'x':{"
        "'type':'integer'},'y':{'type':'integer'}}}}}";
    static const struct {
        const char *head, *id;
        bool noted;
    } cases[] = {
        {"", "'/name'", false},
        {"", "'$/name'", false},
        {"", "{'string':'/name'}", false},
        {"", "{'string':'/free'}", true},
        {"", "'/empty'", false},
        {"", "'/maybe'", true},
        {"", "'/any'", true},
        {"", "'/free'", true},
        {"", "'/none'", true},
        {"", "'/deep/x'", false},
        {"", "'/deep/y'", true},
        {"", "'/deep/none'", true},
        {"", "'/odd/x'", true}, /* it may be no object */
        {"", "'/list/0/x'", true},
        {"", "'/list[*]/x'", true},
        {"", "'/code'", false},
        {"'vars':{'v':'/name'},", "'$v'", false},
        {"'vars':{'v':'/free'},", "'$v'", true},
        {"'null_values':[''],", "'/name'", false},
        {"'null_values':[''],", "'/empty'", true},
        {"'null_values':['N/A'],", "'/name'", true},
        {"'null_values':['N/A'],", "'/code'", true},
        {"'null_values':['n/a'],", "'/code'", false},
        {"'null_values':['N/A'],", "'/deep/x'", false},
        {"'null_values':['0'],", "'/deep/x'", true},
        {"'for_each':'/list',", "'/x'", false},
        {"'for_each':'/list',", "'/y'", true},
        {"'for_each':'/list',", "'^/name'", false},
        {"'for_each':'/list',", "'$/name'", false},
        {"'for_each':'/deep',", "'/x'", false},
        {"'for_each':'/any',", "'/x'", true},
        {"'for_each':{'sort':'/list'},", "'/x'", true},
        {"'input':{'schema':'in','records':'/list'},", "'/name'", false},
        {"'input':{'schema':'in','records':'/list'},", "'$/name'", true},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        char mapping[512];
        lgs_errs_t notes;

        lgs_errs_init(&notes, t.arena, 20);
        t.notes = &notes;
        t.any_type = false;
        t.schema = shape;
        t.input = schema;
        snprintf(mapping, sizeof(mapping),
                 "{'mapping':'m',%s%s'output':'thing','emit':[{'n':1,'id':%s}]}",
                 strstr(cases[i].head, "'input'") ? "" : "'input':{'schema':'in'},", cases[i].head,
                 cases[i].id);
        CHECK(test_compile(&t, mapping));
        CHECK_INT(notes.n, cases[i].noted);
        if (unit_bad) {
            printf("# %s %s\n", cases[i].head, cases[i].id);
            unit_show(&notes);
            unit_show(&t.errs);
        }
        test_end(&t);
    }
}

TEST(codes_that_nobody_answers_are_a_note)
{
    const char *note = "1:75 an unknown code becomes null, and nobody is told: say 'else': warn, "
                       "error, keep, or null if that is meant";

    CHECK_JSON(said("'any':{'lookup':{'1':'x'},'key':'/x'}", true), note);
    CHECK_JSON(said("'any':{'lookup':{'1':'x'},'key':'/x','else':'null'}", true), "");
    CHECK_JSON(said("'any':{'lookup':{'1':'x'},'key':'/x','default':'y'}", true), "");
    CHECK_JSON(said("'any':{'lookup':{'codes':{'1':'x'},'else':'warn'},'key':'/x'}", true), "");
}

/* The findings of a list of things to emit. */
static lgs_str_t emits(const char *emit)
{
    static char out[1024];
    test_t t = test_begin();
    char mapping[1024];

    snprintf(mapping, sizeof(mapping), "{'mapping':'m','emit':%s}", emit);
    test_compile(&t, mapping);
    snprintf(out, sizeof(out), "%.*s", LGS_FMT(test_findings(&t)));
    test_end(&t);
    return lgs_cstr(out);
}

TEST(what_is_never_put_out_is_a_finding)
{
    const char *never = "1:32 this condition never holds: nothing here is ever put out";

    CHECK_JSON(emits("[{'when':{'eq':[{'const':'a'},'b']},'v':1}]"), never);
    CHECK_JSON(emits("[{'when':{'in':[{'const':'a'},['b']]},'v':1}]"), never);
    CHECK_JSON(emits("[{'when':{'exists':{'const':null}},'v':1}]"), never);
    CHECK_JSON(emits("[{'when':{'not':{'exists':{'const':1}}},'v':1}]"), never);
    CHECK_JSON(emits("[{'when':{'all':[{'exists':'/a'},{'eq':[{'const':1},2]}]},'v':1}]"), never);
    CHECK_JSON(emits("[{'when':{'any':[{'eq':[{'const':3},2]},{'eq':[{'const':1},2]}]},'v':1}]"),
               never);
    CHECK_JSON(emits("[{'when':{'any':[{'exists':'/a'},{'eq':[{'const':1},2]}]},'v':1}]"), "");
    CHECK_JSON(emits("[{'when':{'not':{'exists':'/a'}},'v':1}]"), "");
    CHECK_JSON(emits("[{'when':{'eq':['/a','b']},'v':1}]"), "");
}

TEST(a_refusal_of_everything_leaves_nothing_to_do)
{
    CHECK_JSON(emits("[{'v':1},{'refuse':'no'}]"),
               "1:42 this refuses every document: give it a 'when', or leave the other entries of "
               "this emit out");
    CHECK_JSON(emits("[{'v':1},{'when':{'exists':'/x'},'refuse':'no'}]"), "");
    CHECK_JSON(emits("[{'v':1},{'for_each':'/x','refuse':'no'}]"), "");
    CHECK_JSON(emits("[{'refuse':'no'}]"), "");
}

/* What is compared with is a text, unless it looks like a path. */
TEST(a_text_that_looks_like_a_path_is_noted)
{
    static const struct {
        const char *condition, *note;
    } cases[] = {
        {"{'eq':['/x','/9']}", "'/9' is a path here: write {path: /9} if that is meant, {const: "
                               "/9} for the text"},
        {"{'gt':['/x','.']}",
         "'.' is a path here: write {path: .} if that is meant, {const: .} for "
         "the text"},
        {"{'eq':['/x',{'path':'/9'}]}", ""},
        {"{'eq':['/x',{'const':'/9'}]}", ""},
        {"{'eq':['/x','9']}", ""},
        {"{'eq':['/x','$partner']}", ""},
        {"{'in':['/x',['9','/9']]}",
         "'/9' is a text in this list: write {const: ...} if that is meant; a path is compared "
         "with {eq: [path, path]}"},
        {"{'in':['/x',['9',{'const':'/9'}]]}", ""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char field[256];
        lgs_str_t text;
        const char *blank;

        snprintf(field, sizeof(field), "'any':{'path':'/y','when':%s}", cases[i].condition);
        text = said(field, true);
        blank = memchr(text.data, ' ', text.len);
        CHECK_JSON(lgs_cstr(blank ? blank + 1 : ""), cases[i].note);
    }
    CHECK_JSON(test_value("{'then':1,'when':{'in':['/x',['9',{'const':'/9'}]]}}", "{'x':'/9'}"),
               "1");
}

/* {find: {name: {…}}}: the schema says which objects and members are something without a value. */
static lgs_str_t staying(const char *find, const char *input)
{
    static char out[1024];
    test_t t = test_begin();
    char mapping[1024];

    t.any_type = false;
    t.schema =
        "{'properties':{'find':{'type':'object','additionalProperties':{'type':'object',"
        "'x-stays':true,'additionalProperties':false,'properties':{'by':{},'value':{},"
        "'where':{'type':'object','x-stays':true,'x-nulls':true},'refs':{'type':'object'}}}}}"
        "}";
    snprintf(mapping, sizeof(mapping), "{'mapping':'m','output':'thing','emit':[{'find':%s}]}",
             find);
    if (test_compile(&t, mapping)) {
        snprintf(out, sizeof(out), "%.*s", LGS_FMT(test_run(&t, input)));
    } else {
        snprintf(out, sizeof(out), "%.*s", LGS_FMT(test_findings(&t)));
    }
    test_end(&t);
    return lgs_cstr(out);
}

TEST(what_a_schema_says_stays_does)
{
    CHECK_JSON(staying("{'a':{'by':'x','value':'/v'}}", "{'v':1}"),
               "{'find':{'a':{'by':'x','value':1}}}");
    CHECK_JSON(staying("{'a':{'by':'x','value':'/v'}}", "{}"), "{'find':{'a':{'by':'x'}}}");
    CHECK_JSON(staying("{'a':{'value':['/v','/w']}}", "{}"), "{'find':{'a':{}}}");
    CHECK_JSON(staying("{'a':{'by':'x','where':{'s':'done','t':'/t'}}}", "{}"),
               "{'find':{'a':{'by':'x','where':{'s':'done','t':null}}}}");
    CHECK_JSON(staying("{'a':{'where':{'object':{'date':'/t'}}}}", "{}"),
               "{'find':{'a':{'where':{'date':null}}}}");
    CHECK_JSON(staying("{'a':{'by':'x','refs':{'t':'bol','v':'/v'}}}", "{}"),
               "{'find':{'a':{'by':'x'}}}");
    CHECK_JSON(staying("{'a':{'by':'x','whre':{'s':'/v'}}}", "{}"),
               "1:64 'whre' is no field that schemas/canonical/thing.json has here; did you mean "
               "'where'?");
}

int main(void)
{
    RUN(a_text_that_looks_like_a_path_is_noted);
    RUN(values_that_can_never_fit_are_findings);
    RUN(what_may_fit_is_no_finding);
    RUN(members_that_no_entry_has_are_findings);
    RUN(what_every_record_must_have_and_may_lack_is_a_note);
    RUN(what_the_input_requires_is_never_missing);
    RUN(codes_that_nobody_answers_are_a_note);
    RUN(what_is_never_put_out_is_a_finding);
    RUN(a_refusal_of_everything_leaves_nothing_to_do);
    RUN(what_a_schema_says_stays_does);
    return DONE();
}
