/* `output` that is a format: what is compiled of it, what is found at load, what it writes. */
#include "mapping.h"

#include "../../../ngx_logistics_module/formats/edi_out.h"

static const lgs_edi_letter_t letter = {.sender = LGS_STR_INIT("OURS"),
                                        .sender_qualifier = LGS_STR_INIT("02"),
                                        .receiver = LGS_STR_INIT("ACME"),
                                        .number = 77,
                                        .now = LGS_STR_INIT("2026-03-14T09:30:00Z")};

/* The mapping over one document, and what its writer makes of all records; errors as "code
 * pointer line:column". */
static lgs_str_t written(test_t *t, const char *mapping, const char *input)
{
    lgs_arena_t *scratch = lgs_arena_create(0, 0);
    lgs_writer_t *writer;
    lgs_buf_t buf;

    lgs_buf_init(&buf, t->arena, 0, 0);
    if (!test_compile(t, mapping)) {
        unit_show(&t->errs);
        lgs_arena_destroy(scratch);
        return LGS_STR("(refused)");
    }
    (void)test_run(t, input);
    writer = lgs_writer_open(lgs_mapping_writes(t->mapping), &buf, t->arena);
    lgs_writer_send(writer, &letter);
    for (uint32_t i = 0; i < t->records.n; i++) {
        t->rc = lgs_writer_write(writer, &t->doc, &t->records.items[i].node, scratch, &t->errs);
        lgs_arena_reset(scratch);
        if (t->rc != LGS_OK) {
            lgs_buf_printf(&buf, "%s %.*s %u:%u", t->errs.last->code,
                           LGS_FMT(t->errs.last->pointer), t->errs.last->pos.line,
                           t->errs.last->pos.column);
        }
    }
    CHECK_INT(lgs_writer_end(writer, &t->errs), LGS_OK);
    lgs_arena_destroy(scratch);
    return buf.len ? lgs_buf_text(&buf) : LGS_STR("");
}

static void writes(const char *mapping, const char *input, const char *want)
{
    test_t t = test_begin();

    CHECK_JSON(written(&t, mapping, input), want);
    test_end(&t);
}

/* The same where an apostrophe is what is written. */
static void writes_plain(const char *mapping, const char *input, const char *want)
{
    test_t t = test_begin();

    CHECK_STR(written(&t, mapping, input), want);
    test_end(&t);
}

static void finds(const char *mapping, const char *want)
{
    test_t t = test_begin();

    CHECK(!test_compile(&t, mapping));
    CHECK_STR(test_findings(&t), want);
    test_end(&t);
}

#define LINES "'emit':[{'for_each':'/l','sku':'/s','qty':{'number':'/q'}}]}"

TEST(each_format_writes_its_documents)
{
    static const char input[] = "{'l':[{'s':'A;1','q':'2.50'},{'q':7}]}";

    writes(
        "{'mapping':'m','output':{'format':'csv','columns':['sku','qty'],'delimiter':';'}," LINES,
        input, "sku;qty\r\n'A;1';2.50\r\n;7\r\n");
    writes("{'mapping':'m','output':{'format':'csv','header':false,'columns':{'qty':'A','sku':3}}"
           "," LINES,
           input, "2.50,,A;1\r\n7,,\r\n");
    writes("{'mapping':'m','output':{'format':'ndjson'}," LINES, input,
           "{'sku':'A;1','qty':'2.50'}\n{'qty':'7'}\n");
    writes("{'mapping':'m','output':{'format':'json','list':true}," LINES, input,
           "[{'sku':'A;1','qty':'2.50'},{'qty':'7'}]\n");
    writes("{'mapping':'m','output':{'format':'fixed','fields':{'sku':[1,5],'qty':[6,4]}}," LINES,
           input, "A;1  2.50\n     7   \n");
    writes("{'mapping':'m','output':{'format':'xml','namespaces':{'':'urn:a','b':'urn:b'}},'emit':"
           "[{'Root':{'@b:n':'/n','b:Line':[{'for_each':'/l','@s':'/s','#text':'/q'}]}}]}",
           "{'n':1,'l':[{'s':'A<','q':2},{'q':7}]}",
           "<?xml version='1.0' encoding='UTF-8'?>\n<Root xmlns='urn:a' xmlns:b='urn:b' b:n='1'>"
           "<b:Line s='A&lt;'>2</b:Line><b:Line>7</b:Line></Root>\n");
    writes("{'mapping':'m','output':{'format':'json'},'emit':[{'a':'/n'}]}", "{'n':1}",
           "{'a':1}\n");
}

TEST(records_of_several_types)
{
    writes("{'mapping':'m','output':{'format':'fixed','select':[1,1],'records':{"
           "'F':{'role':'file','name':'file','fields':{'from':[2,3]}},"
           "'H':{'role':'header','name':'head','fields':{'no':[2,3]}},"
           "'P':{'role':'detail','name':'lines','fields':{'qty':[2,3]}}}},'emit':[{'for_each':'/o',"
           "'lines':[{'for_each':'/l','qty':'.'}],'head':{'no':'/n'},'file':{'from':'$/by'}}]}",
           "{'by':'us','o':[{'n':'7','l':[1,2]},{'n':'8'}]}", "Fus \nH7  \nP1  \nP2  \nH8  \n");
    writes("{'mapping':'m','output':{'format':'csv','select':1,'records':{"
           "'H':{'role':'header','columns':['t','no']},"
           "'P':{'role':'detail','columns':['t','qty']}}},'emit':[{"
           "'P':[{'for_each':'/l','qty':'.'}],'H':{'no':'/n'}}]}",
           "{'n':'7','l':[1,2]}", "H,7\r\nP,1\r\nP,2\r\n");
}

TEST(nothing_to_write)
{
    writes("{'mapping':'m','output':{'format':'csv','columns':['sku','qty']}," LINES, "{}",
           "sku,qty\r\n");
    writes("{'mapping':'m','output':{'format':'csv','columns':['sku','qty'],'header':false}," LINES,
           "{}", "");
    writes("{'mapping':'m','output':{'format':'json','list':true}," LINES, "{}", "[]\n");
    writes("{'mapping':'m','output':{'format':'xml'},'emit':[{'for_each':'/l','a':'.'}]}", "{}",
           "");
}

TEST(what_the_format_cannot_say_is_refused_at_its_place)
{
    writes("{'mapping':'m','output':{'format':'csv','columns':['sku','qty']},'emit':["
           "{'for_each':'/l','sku':'/s','qty':1}]}",
           "{'l':[{'s':'A'},\n{'s':['B']},{'s':'C'}]}",
           "sku,qty\r\nA,1\r\nflat-write /sku 2:6C,1\r\n");
    writes("{'mapping':'m','output':{'format':'csv','columns':['sku','qty']},'emit':["
           "{'for_each':'/l','sku':'/s'}]}",
           "{'l':[{'s':['B']},{'s':'C'}]}", "flat-write /sku 1:12sku,qty\r\nC,\r\n");
    writes("{'mapping':'m','output':{'format':'csv','columns':['sku'],'charset':'cp1252'},'emit':["
           "{'sku':'/s'}]}",
           "{'s':'\xc4\x85'}", "flat-write /sku 1:6sku\r\n");
    writes("{'mapping':'m','output':{'format':'fixed','select':[1,1],'records':{"
           "'H':{'role':'header','fields':{'no':[2,3]}},"
           "'P':{'role':'detail','name':'lines','fields':{'qty':[2,3]}}}},'emit':[{"
           "'lines':[{'for_each':'/l','qty':'.'}],'H':{'no':'/n'}}]}",
           "{'n':'7','l':[1,\n2345]}", "flat-write /lines/1/qty 2:1");
    writes("{'mapping':'m','output':{'format':'xml'},'emit':[{'a':{'b':[{'for_each':'/l','c':"
           "{'@d':'.'}}]}}]}",
           "{'l':[1,\n{'x':2}]}", "xml-write /a/b/1/c/@d 2:1");
    writes("{'mapping':'m','output':{'format':'xml'},'emit':[{'a':'/n'},{'b':'/n'}]}", "{'n':1}",
           "<?xml version='1.0' encoding='UTF-8'?>\n<a>1</a>\noutput-single  1:1");
    writes("{'mapping':'m','output':{'format':'json'},'emit':[{'a':'/n'},{'b':'/n'}]}", "{'n':1}",
           "{'a':1}output-single  1:1\n");
}

TEST(findings_at_load)
{
    static const struct {
        const char *output, *emit, *want;
    } cases[] = {
        {"7", "{'a':1}",
         "1:25 \"output\" is a kind of record (event), or a format to write: {format: csv, "
         "columns: "
         "[sku, quantity]}"},
        {"{'format':'cvs'}", "{'a':1}",
         "1:25 there is no output format \"cvs\"; did you mean \"csv\"?"},
        {"{'columns':['a']}", "{'a':1}",
         "1:25 there is no output format \"\"; known: json, ndjson, csv, fixed, xml, x12, edifact"},
        {"{'format':'csv'}", "{'a':1}", "1:25 \"columns\" is missing: their names in order"},
        {"{'format':'xml','trim':true}", "{'a':1}", "1:41 unknown key of \"output\" \"trim\""},
        {"{'format':'json','list':1}", "{'a':1}", "1:49 \"list\" must be true or false"},
        {"{'format':'csv','columns':['sku']}", "{'skus':1}",
         "1:69 unknown column \"skus\"; did you mean \"sku\"?"},
        {"{'format':'fixed','fields':{'sku':[1,9]}}", "{'qty':1}",
         "1:76 unknown field of that record \"qty\""},
        {"{'format':'fixed','select':[1,1],'records':{'H':{'role':'header','fields':{'no':[2,9]}}}"
         "}",
         "{'H':{'nos':'/a'},'I':1}",
         "1:129 unknown field of that record \"nos\"; did you mean \"no\"?\n"
         "1:141 unknown type of record \"I\""},
        {"{'format':'xml'}", "{'a':1,'b':2}",
         "1:50 an XML document is one element: {Root: {...}}, not 2 of them"},
        {"{'format':'xml','namespaces':{'x':'urn:x'}}",
         "{'x:a':{'y:b':[{'@z:c':'/n'}],'@xml:lang':'d'}}",
         "1:85 \"namespaces\" has no prefix \"y\"\n1:93 \"namespaces\" has no prefix \"z\""},
        {"{'format':'json','schema':'none'}", "{'a':1}", "1:51 no schema \"none\" in schemas/"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char text[512];

        snprintf(text, sizeof(text), "{'mapping':'m','output':%s,'emit':[%s]}", cases[i].output,
                 cases[i].emit);
        finds(text, cases[i].want);
    }
}

/* What is emitted is proved by the schema that `output.schema` names. */
TEST(a_schema_of_ours)
{
    test_t t = test_begin();

    t.any_type = false;
    t.schema = "{'properties':{'sku':{'type':'string'}},'additionalProperties':false}";
    CHECK(!test_compile(&t, "{'mapping':'m','output':{'format':'json','schema':'stock'},"
                            "'emit':[{'skus':'/a'}]}"));
    CHECK_STR(test_findings(&t), "1:69 \"skus\" is no field that schemas/stock.json has here; did "
                                 "you mean \"sku\"?");
    test_end(&t);
    t = test_begin();
    CHECK(test_compile(&t, "{'mapping':'m','output':{'format':'json'},'emit':[{'skus':'/a'}]}"));
    CHECK_STR(lgs_mapping_output(t.mapping), "");
    CHECK_STR(lgs_mapping_output_schema(t.mapping), "");
    CHECK_STR(lgs_mapping_writes(t.mapping)->media_type, "application/json");
    test_end(&t);
}

/* What the output says of columns and lists is nothing to the input's paths. */
TEST(the_input_is_read_by_its_own_format)
{
    test_t t = test_begin();

    CHECK_JSON(written(&t,
                       "{'mapping':'m','output':{'format':'xml'},'emit':[{'for_each':'/l','a':{'b':"
                       "'/n','occurred':{'date':'/d','formats':['date'],'out':'date'}}}]}",
                       "{'l':[{'n':'x','d':'2026-01-02'}]}"),
               "<?xml version='1.0' encoding='UTF-8'?>\n<a><b>x</b><occurred>2026-01-02</occurred>"
               "</a>\n");
    test_end(&t);
}

/* False when memory ended. */
static bool write_within(lgs_arena_t *arena, const lgs_mapping_t *mapping)
{
    const lgs_str_t text = LGS_STR("{\"sku\":\"A,1\"}");
    lgs_doc_t doc;
    lgs_writer_t *writer;
    lgs_buf_t buf;
    lgs_rc_t rc;

    lgs_buf_init(&buf, arena, 0, 0);
    if (lgs_json_read(arena, text, NULL, &doc, NULL) != LGS_OK) {
        return false;
    }
    writer = lgs_writer_open(lgs_mapping_writes(mapping), &buf, arena);
    if (writer == NULL) {
        return false;
    }
    rc = lgs_writer_write(writer, NULL, &doc.root, arena, NULL);
    CHECK(rc == LGS_OK || rc == LGS_NOMEM);
    if (rc == LGS_OK) {
        CHECK_STR(lgs_buf_text(&buf), "sku\r\n\"A,1\"\r\n");
    }
    return rc == LGS_OK;
}

TEST(memory_may_end_anywhere)
{
    static const char text[] =
        "{\"mapping\":\"m\",\"output\":{\"format\":\"csv\",\"columns\":[\"sku\"]},"
        "\"emit\":[{\"sku\":\"/s\"}]}";
    bool done = false;

    for (size_t ceiling = 256; !done && ceiling < (1u << 20); ceiling += 512) {
        lgs_arena_t *own = lgs_arena_create(0, 0), *arena = lgs_arena_create(0, ceiling);
        lgs_mapping_t *mapping = NULL;
        lgs_errs_t errs;
        lgs_doc_t doc;

        if (arena == NULL) {
            lgs_arena_destroy(own);
            continue;
        }
        lgs_errs_init(&errs, own, 4);
        CHECK_INT(lgs_json_read(own, lgs_cstr(text), NULL, &doc, &errs), LGS_OK);
        mapping = lgs_mapping_compile(arena, &doc, NULL, &errs);
        CHECK(mapping || (errs.first && strcmp(errs.first->code, "out-of-memory") == 0));
        done = mapping && write_within(arena, mapping);
        lgs_arena_destroy(arena);
        lgs_arena_destroy(own);
    }
    CHECK(done);
}

#define ISA                                                                                        \
    "ISA*00*          *00*          *02*OURS           *ZZ*ACME           *260314*0930*U*00401*"   \
    "000000077*0*P*>~\n"
#define X12 "{'mapping':'m','output':{'format':'x12','set':'856','version':'004010'},'emit':["
#define UNB "UNB+UNOC:3+OURS:02+ACME+260314:0930+77'\n"
#define EDIF                                                                                       \
    "{'mapping':'m','output':{'format':'edifact','set':'DESADV','version':'D.96A'},'emit':["

TEST(sets_stand_in_an_envelope_of_ours)
{
    writes(X12 "{'for_each':'/n','segments':[{'BSN':{'01':'00','02':'.'}}]}]}", "{'n':['A','B']}",
           ISA "GS*SH*OURS*ACME*20260314*0930*77*X*004010~\n"
               "ST*856*0001~\nBSN*00*A~\nSE*3*0001~\nST*856*0002~\nBSN*00*B~\nSE*3*0002~\n"
               "GE*2*77~\nIEA*1*000000077~\n");
    writes_plain(
        EDIF "{'segments':[{'BGM':{'0':{'0':'351'},'1':'/n'},'DTM':[{'0':{'0':'137','1':'/d'}},"
             "{'0':{'0':'11','1':'/e'}}]}]}]}",
        "{'n':'A+1','d':'20260314'}",
        UNB "UNH+1+DESADV:D:96A:UN'\nBGM+351+A?+1'\nDTM+137:20260314'\nUNT+4+1'\nUNZ+1+77'\n");
    writes(X12
           "{'segments':[{'BSN':{'01':'00','02':'/n'},'segments':[{'for_each':'/l','REF':{'01':"
           "'PO','02':'.'},'segments':[[{'MAN':{'01':'GM','02':'.'}}]]}]},{'CTT':{'01':{'count':"
           "'/l'}}}]}]}",
           "{'n':1,'l':['x','y']}",
           ISA "GS*SH*OURS*ACME*20260314*0930*77*X*004010~\nST*856*0001~\nBSN*00*1~\nREF*PO*x~\n"
               "MAN*GM*x~\nREF*PO*y~\nMAN*GM*y~\nCTT*2~\nSE*8*0001~\nGE*1*77~\nIEA*1*000000077~\n");
}

TEST(levels_are_named_and_numbered)
{
    writes(X12 "{'segments':[{'HL':{'01':'s','03':'S'}},{'for_each':'/o','HL':{'01':'/n','02':'s',"
               "'03':'O'}},{'HL':{'01':{'const':'i'},'02':'/of','03':'I'}}]}]}",
           "{'o':[{'n':'PO1'},{'n':'PO2'}],'of':'PO1'}",
           ISA "GS*SH*OURS*ACME*20260314*0930*77*X*004010~\nST*856*0001~\nHL*1**S*1~\nHL*2*1*O*1~\n"
               "HL*3*1*O*0~\nHL*4*2*I*0~\nSE*6*0001~\nGE*1*77~\nIEA*1*000000077~\n");
    writes_plain(EDIF "{'segments':[{'CPS':{'0':'all'}},{'CPS':{'0':'/p','1':'all'}}]}]}",
                 "{'p':'P'}",
                 UNB "UNH+1+DESADV:D:96A:UN'\nCPS+1'\nCPS+2+1'\nUNT+4+1'\nUNZ+1+77'\n");
    writes(X12 "{'segments':[{'HL':{'01':'/a','02':'/b','03':'I'}}]}]}", "{'a':'x','b':'y'}",
           "edi-write  1:6");
    writes(X12 "{'segments':[{'HL':{'01':'/a','03':'I'}},{'HL':{'01':'/a','03':'I'}}]}]}",
           "{'a':'x'}", "edi-write  1:6");
}

TEST(what_edi_cannot_say_is_refused_and_nothing_of_it_is_written)
{
    writes(X12 "{'for_each':'/n','segments':[{'BSN':{'01':'00','02':'.'}}]}]}", "{'n':['A*B','C']}",
           "edi-write  1:7" ISA "GS*SH*OURS*ACME*20260314*0930*77*X*004010~\n"
           "ST*856*0001~\nBSN*00*C~\nSE*3*0001~\nGE*1*77~\nIEA*1*000000077~\n");
    writes_plain(EDIF "{'segments':[{'FTX':{'3':'/t'}}]}]}", "{'t':'\xe2\x82\xac \xe5\x8c\x97'}",
                 "edi-write  1:6");
    writes(X12 "{'segments':[{'BSN':'/n'}]}]}", "{'n':'A'}", "edi-write  1:6");
    writes(X12 "{'segments':['/n']}]}", "{'n':'A'}", "edi-write  1:6");
}

TEST(slips_in_edi_are_found_when_it_is_loaded)
{
    finds("{'mapping':'m','output':{'format':'x12','set':'214'},'emit':[{'segments':[]}]}",
          "1:25 \"set\" and \"version\" say what is written: {format: x12, set: \"214\", version: "
          "\"004010\"}");
    finds("{'mapping':'m','output':{'format':'x12','set':'214','version':'4010'},'emit':[{"
          "'segments':[]}]}",
          "1:63 a version of X12 has six digits, such as 004010");
    finds("{'mapping':'m','output':{'format':'x12','set':'999999','version':'004010'},'emit':[{"
          "'segments':[]}]}",
          "1:47 no group of X12 is known for the set \"999999\"");
    finds("{'mapping':'m','output':{'format':'edifact','set':'IFTSTA','version':'96A'},'emit':[{"
          "'segments':[]}]}",
          "1:70 a version of EDIFACT is version and release, such as D.96A");
    finds("{'mapping':'m','output':{'format':'edifact','set':'IFTSTA','version':'D.96A','level':"
          "'UNO'},'emit':[{'segments':[]}]}",
          "1:86 \"level\" is a syntax identifier of UNB, UNOA to UNOY");
    finds(X12 "{'BSN':{'01':'00'}}]}",
          "1:81 a set is its segments: {segments: [{B10: {\"01\": …}}, …]}");
    finds(X12 "{'segments':[{'BSNX':{'01':'00'}}]}]}", "1:95 \"BSNX\" is no segment");
    finds(X12 "{'segments':[{'BSN':{'1':'00'}}]}]}",
          "1:102 \"1\" is no element: X12 counts them \"01\", \"02\"");
    finds(EDIF "{'segments':[{'BGM':{'01':'351'}}]}]}",
          "1:108 \"01\" is no element: EDIFACT counts them from \"0\"");
}

int main(void)
{
    RUN(each_format_writes_its_documents);
    RUN(records_of_several_types);
    RUN(nothing_to_write);
    RUN(what_the_format_cannot_say_is_refused_at_its_place);
    RUN(findings_at_load);
    RUN(a_schema_of_ours);
    RUN(the_input_is_read_by_its_own_format);
    RUN(memory_may_end_anywhere);
    RUN(sets_stand_in_an_envelope_of_ours);
    RUN(levels_are_named_and_numbered);
    RUN(what_edi_cannot_say_is_refused_and_nothing_of_it_is_written);
    RUN(slips_in_edi_are_found_when_it_is_loaded);
    return DONE();
}
