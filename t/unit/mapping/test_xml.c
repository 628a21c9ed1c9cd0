/* Mappings over XML documents: `input`, single items, texts of elements with attributes, places. */
#include "mapping.h"

/* {v: expr} over a document; what v came to. */
#define CHECK_XML(expr, xml, want)                                                                 \
    do {                                                                                           \
        test_t unit_t = test_begin();                                                              \
        char unit_mapping[2048];                                                                   \
        lgs_str_t unit_out;                                                                        \
        snprintf(unit_mapping, sizeof(unit_mapping),                                               \
                 "{'mapping':'m','input':{'format':'xml'},'emit':[{'v':%s}]}", expr);              \
        unit_out = test_run_input(&unit_t, unit_mapping, xml);                                     \
        CHECK_JSON(unit_out, want);                                                                \
        unit_show(&unit_t.errs);                                                                   \
        test_end(&unit_t);                                                                         \
    } while (0)

static const char document[] = "<r a=\"7\"><one>x</one><many>1</many><many>2</many>"
                               "<t u=\"kg\">12.5</t><n nil=\"true\"/>"
                               "<g><k c=\"A\">first</k><v>1</v></g>"
                               "<s id=\"7\"><x/></s></r>";

TEST(paths_are_written_as_in_json)
{
    CHECK_XML("'/r/@a'", document, "{'v':'7'}");
    CHECK_XML("'/r/one'", document, "{'v':'x'}");
    CHECK_XML("'/r/many/1'", document, "{'v':'2'}");
    CHECK_XML("'$.r.many[*]'", document, "{'v':['1','2']}");
}

TEST(prefixes_that_no_name_has_are_noted)
{
    static const struct {
        const char *input, *path, *note;
    } cases[] = {
        {"'format':'xml','namespaces':{'nf':'urn:n'}", "/nf:r/@xml:lang", ""},
        {"'format':'xml','namespaces':{'nf':'urn:n'}", "/nf:r/nx:a",
         "no name has the prefix \"nx:\": input.namespaces does not have it, so \"nx:a\" is never "
         "found"},
        {"'format':'xml'", "/r/@cbc:a",
         "no name has the prefix \"cbc:\": input.namespaces does not have it, so \"@cbc:a\" is "
         "never found"},
        {"'format':'json'", "/r/cbc:a", ""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        char mapping[512];
        lgs_errs_t told;

        lgs_errs_init(&told, t.arena, 20);
        t.notes = &told;
        snprintf(mapping, sizeof(mapping), "{'mapping':'m','input':{%s},'emit':[{'v':'%s'}]}",
                 cases[i].input, cases[i].path);
        CHECK(test_compile(&t, mapping));
        CHECK_STR(told.first ? told.first->text : LGS_STR(""), cases[i].note);
        test_end(&t);
    }
}

TEST(a_single_item_is_its_own_list)
{
    CHECK_XML("'/r/one/0'", document, "{'v':'x'}");
    CHECK_XML("'/r/one/1'", document, "{}");
    CHECK_XML("'/r/g/0/v'", document, "{'v':'1'}");
    CHECK_XML("'$.r.g[*].v'", document, "{'v':['1']}");
    CHECK_XML("[{'for_each':'/r/one','value':'.'},{'for_each':'/r/many','value':'.'}]", document,
              "{'v':['x','1','2']}");
    CHECK_XML("'/r/g[v=1]/k'", document, "{'v':'first'}");
}

TEST(an_element_with_attributes_gives_its_text)
{
    CHECK_XML("'/r/t'", document, "{'v':'12.5'}");
    CHECK_XML("{'number':'/r/t','unit':{'from':'/r/t/@u','to':'GRM'}}", document, "{'v':'12500'}");
    CHECK_XML("{'const':1,'when':{'eq':['/r/t','12.5']}}", document, "{'v':1}");
    CHECK_XML("{'const':1,'when':{'gt':['/r/t',12]}}", document, "{'v':1}");
    CHECK_XML("{'const':1,'when':{'in':['/r/t',['12.5']]}}", document, "{'v':1}");
    CHECK_XML("{'const':1,'when':{'matches':['/r/t','^12']}}", document, "{'v':1}");
    CHECK_XML("{'const':1,'when':{'eq':['/r/n','']}}", document, "{'v':1}");
    CHECK_XML("'/r/g[k=first]/v'", document, "{'v':'1'}");
    CHECK_XML("{'path':'/r/t/@u'}", document, "{'v':'kg'}");
}

TEST(operations_on_lists_read_the_text_of_elements_with_attributes)
{
    static const char amounts[] = "<r><t u='kg'>1.50</t><t u='kg'>10</t><t>2</t></r>";

    CHECK_XML("{'sum':'/r/t[*]'}", amounts, "{'v':'13.50'}");
    CHECK_XML("{'sum':'/r/t'}", document, "{'v':'12.5'}");
    CHECK_XML("{'min':'/r/t[*]'}", amounts, "{'v':'1.50'}");
    CHECK_XML("{'max':'/r/t[*]'}", amounts, "{'v':'10'}");
    CHECK_XML("{'join':'/r/t[*]'}", amounts, "{'v':'1.50, 10, 2'}");
}

TEST(an_element_with_children_is_no_text)
{
    test_t t = test_begin();

    test_run_input(&t, "{'mapping':'m','input':{'format':'xml'},'emit':[{'v':{'trim':'/r/s'}}]}",
                   document);
    CHECK_INT(t.rc, LGS_INVALID);
    CHECK_STR(t.errs.first->text, "mapping \"m\": a text is wanted here, not an object");
    CHECK_STR(t.errs.first->pointer, "/r/s");
    test_end(&t);
}

TEST(namespaces_and_arrays_are_of_the_input)
{
    test_t t = test_begin();
    lgs_str_t out = test_run_input(
        &t,
        "{'mapping':'m','input':{'format':'xml','namespaces':{'p':'urn:1'},'arrays':['p:b']},"
        "'emit':[{'v':'/p:a','w':'/p:a/p:b/0'}]}",
        "<a xmlns='urn:1'><b>x</b></a>");

    CHECK_JSON(out, "{'v':{'p:b':['x']},'w':'x'}");
    test_end(&t);
}

TEST(problems_have_the_line_and_the_way_to_the_element)
{
    static const char xml[] =
        "<r>\n <e><d>1</d></e>\n <x/>\n <e z=\"1\">\n  <d>soon</d>\n </e>\n</r>";
    test_t t = test_begin();

    test_run_input(&t,
                   "{'mapping':'m','input':{'format':'xml'},"
                   "'emit':[{'for_each':'/r/e','v':{'number':'/d'}}]}",
                   xml);
    CHECK_INT(t.rc, LGS_INVALID);
    CHECK_INT(t.errs.n, 1);
    CHECK_STR(t.errs.first->pointer, "/r/e/1/d");
    CHECK_INT(t.errs.first->pos.line, 5);
    CHECK_INT(t.errs.first->pos.column, 6);
    test_end(&t);
}

TEST(what_input_cannot_say_is_found_at_load)
{
    static const struct {
        const char *input, *want;
    } cases[] = {
        {"'namespaces':[]",
         "1:53 \"namespaces\" is a map of prefixes: {cbc: \"urn:oasis:\342\200\246\"}"},
        {"'namespaces':{}",
         "1:53 \"namespaces\" is a map of prefixes: {cbc: \"urn:oasis:\342\200\246\"}"},
        {"'namespaces':{'p':1}", "1:58 prefix \"p\" needs the address of a namespace"},
        {"'namespaces':{'p:q':'u'}", "1:54 the prefix \"p:q\" has a colon"},
        {"'arrays':'Piece'", "1:49 \"arrays\" is a list of elements: [Piece, Leg/Stop]"},
        {"'arrays':['a/']",
         "1:50 an array is the name of an element, or a path that ends in one: Piece, Leg/Stop, "
         "/Response/Shipment"},
        {"'array':['a']", "1:40 unknown key of \"input\" \"array\"; did you mean \"arrays\"?"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        char mapping[512];

        snprintf(mapping, sizeof(mapping),
                 "{'mapping':'m','input':{'format':'xml',%s},'emit':[{'v':1}]}", cases[i].input);
        CHECK(!test_compile(&t, mapping));
        CHECK_STR(test_findings(&t), cases[i].want);
        test_end(&t);
    }
}

int main(void)
{
    RUN(paths_are_written_as_in_json);
    RUN(prefixes_that_no_name_has_are_noted);
    RUN(a_single_item_is_its_own_list);
    RUN(an_element_with_attributes_gives_its_text);
    RUN(operations_on_lists_read_the_text_of_elements_with_attributes);
    RUN(an_element_with_children_is_no_text);
    RUN(namespaces_and_arrays_are_of_the_input);
    RUN(problems_have_the_line_and_the_way_to_the_element);
    RUN(what_input_cannot_say_is_found_at_load);
    return DONE();
}
