/* Writing EDI: what was written is read as the same trees, and what cannot be written is said. */
#include "documents.h"

#include "../../../ngx_logistics_module/formats/edi_write.h"

#define ISA  "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930"
#define ISA4 ISA "*U*00401*000000007*0*P*>~"
#define ISA5 ISA "*^*00501*000000007*0*P*:~"
#define GS   "GS*QM*ACME*OURS*20260314*0930*12*X*004010~"
#define TAIL "GE*1*12~IEA*1*000000007~"

static const lgs_edi_profile_t lenient = {
    .checks = {[LGS_EDI_SET_COUNT] = LGS_EDI_IGNORE, [LGS_EDI_NO_INTERCHANGE] = LGS_EDI_IGNORE}};

/* The sets of a source as JSON, a line each; `out` what they are written as. */
static lgs_str_t rewrite(lgs_arena_t *arena, lgs_str_t source, lgs_buf_t *out, lgs_errs_t *errs)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), &lenient};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_edi_writer_t *writer;
    lgs_window_t window = {source, true};
    lgs_buf_t json;
    lgs_rc_t rc;
    lgs_doc_t doc;

    lgs_buf_init(out, arena, 0, 0);
    lgs_buf_init(&json, arena, 0, 0);
    writer = lgs_edi_writer(arena, out, false);
    for (;;) {
        rc = lgs_reader_next(reader, &window, arena, &doc, errs);
        if (rc == LGS_END) {
            break;
        }
        if (rc != LGS_OK || lgs_edi_write_set(writer, &doc.root, errs) != LGS_OK) {
            return LGS_STR("(refused)");
        }
        lgs_json_write(&json, &doc.root);
        lgs_buf_byte(&json, '\n');
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    CHECK_INT(lgs_edi_write_end(writer, errs), LGS_OK);
    return lgs_buf_text(&json);
}

static void check_as(const char *source, const char *want, bool is_padded)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_buf_t first, second;
    lgs_errs_t errs;
    lgs_str_t before, after;

    lgs_errs_init(&errs, arena, 5);
    before = rewrite(arena, lgs_cstr(source), &first, &errs);
    CHECK_STR(lgs_buf_text(&first), want ? want : source);
    after = rewrite(arena, lgs_buf_text(&first), &second, &errs);
    CHECK(is_padded || lgs_str_eq(before, after)); /* the pads are part of the tree */
    CHECK(lgs_str_eq(lgs_buf_text(&first), lgs_buf_text(&second)));
    unit_show(&errs);
    lgs_arena_destroy(arena);
}

static void check(const char *source, const char *want)
{
    check_as(source, want, false);
}

TEST(what_is_as_it_should_be_stays)
{
    check(ISA4 GS "ST*214*0001~B10*PRO1**SCAC~SE*3*0001~" TAIL, NULL);
    check(ISA5 GS "ST*214*1~REF*A^B^^C*x:y^z*:b*q^*^*x:~SE*3*1~" TAIL, NULL);
    check(ISA4 GS "ST*214*1~SE*2*1~ST*214*2~SE*2*2~GE*2*12~GS*IM*A*B*20260314*0930*13*X*004010~"
                  "ST*210*3~SE*2*3~GE*1*13~IEA*2*000000007~",
          NULL);
    check(ISA4 GS "ST*841*1~BIN*7*a~b*c~d~BDS*ASC*3*~~~~SE*4*1~" TAIL, NULL);
    check(
        "UNB+UNOC:3+ACME:ZZ+OURS:ZZ+260314:0930+REF7'UNH+1+IFTSTA:D:96A:UN'FTX+A?+B?:?'?\?:c++::x'"
        "ODI'UNT+4+1'UNZ+1+REF7'",
        NULL);
    check("UNB+UNOC:3+A+B+260314:0930+R'UNH+1+X'FTX+S\xfc"
          "d'UNT+3+1'UNZ+1+R'",
          NULL);
    check("UNB+UNOY:4+A+B+20260314:0930+R'UNH+1+X'FTX+\xe4\xb8\xad*b:c*?*'UNT+3+1'UNZ+1+R'", NULL);
    check("UNB+UNOC:3+A+B+1:2+R'UNG+X+S1+R1+1:2+9+UN+D:96A'UNH+1+X'UNT+2+1'UNE+1+9'UNZ+1+R'", NULL);
    check("STX=ANA:1+500:A+501:B+260314:093000+7'MHD=1+ORDERS:9'ODI'CLO=:x+a?=b'MTR=4'END=1'",
          NULL);
}

TEST(counts_pads_and_separators_are_made)
{
    check_as(
        "ISA|00||00||ZZ|ACME|ZZ|OURS|260314|0930|U|00401|7|0|P|>!GS|QM|ACME|OURS|20260314|0930|12|X"
        "|004010!ST|214|0001!B10|PRO1||SCAC|||!SE|9|0001!GE|1|12!IEA|1|7!",
        ISA4 GS "ST*214*0001~B10*PRO1**SCAC~SE*3*0001~" TAIL, true);
    check_as(
        "ISA|00||00||ZZ|ACME|ZZ|OURS|260314|0930|U|00401|7        |0|P|>!GS|QM|ACME|OURS|20260314"
        "|0930|12|X|004010!ST|214|0001!B10|PRO1||SCAC!SE|3|0001!GE|1|12!IEA|1|7!",
        ISA4 GS "ST*214*0001~B10*PRO1**SCAC~SE*3*0001~" TAIL, true);
    /* so is the length of binary data */
    check_as(ISA4 GS "ST*841*1~BIN*71*1~BDS*a:b*x*yz~BIN**q~BIN*5~SE*6*1~" TAIL,
             ISA4 GS "ST*841*1~BIN*1*1~BDS*a:b*2*yz~BIN*1*q~BIN*5~SE*6*1~" TAIL, true);
    /* what separates repetitions is a matter of the version's number, not of its pads */
    check_as("ISA|00||00||ZZ|ACME|ZZ|OURS|260314|0930|^|0401|7|0|P|>!GS|QM|ACME|OURS|20260314|0930|"
             "12|X|004010!ST|214|1!B10|a^b!SE|3|1!GE|1|12!IEA|1|7!",
             "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*^*"
             "0401 *000000007*0*P*>~" GS "ST*214*1~B10*a^b~SE*3*1~" TAIL,
             true);
    check("UNA|;,! ~UNB;UNOC|3;A;B;1|2;R~UNH;1;X~FTX;!;|b+c~UNT;3;1~UNZ;1;R~",
          "UNB+UNOC:3+A+B+1:2+R'UNH+1+X'FTX+;:b?+c'UNT+3+1'UNZ+1+R'");
    check_as("GS|QM|ACME|OURS|1|2|12|X|004010~ST|214|1~SE|2|1~GE|1|12~",
             "GS*QM*ACME*OURS*1*2*12*X*004010~ST*214*1~SE*2*1~GE*1*12~", false);
    /* several interchanges of two standards */
    check(ISA4 GS "ST*214*1~SE*2*1~" TAIL "UNB+UNOC:3+A+B+1:2+R'UNH+1+X'UNT+2+1'UNZ+1+R'" ISA5 GS
                  "ST*214*1~SE*2*1~" TAIL,
          NULL);
}

static void check_refused(const char *json, const char *why)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_edi_writer_t *writer;
    lgs_errs_t errs;
    lgs_buf_t out;
    lgs_doc_t doc;
    char *text = strdup(json);

    for (char *p = text; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    lgs_errs_init(&errs, arena, 5);
    lgs_buf_init(&out, arena, 0, 0);
    writer = lgs_edi_writer(arena, &out, false);
    CHECK_INT(lgs_json_read(arena, lgs_cstr(text), NULL, &doc, &errs), LGS_OK);
    CHECK_INT(lgs_edi_write_set(writer, &doc.root, &errs), LGS_INVALID);
    CHECK(errs.first && strstr(errs.first->text.data, why));
    unit_show(&errs);
    lgs_arena_destroy(arena);
    free(text);
}

#define X12(head, segment)                                                                         \
    "{'message':{'standard':'x12'},'ISA':{" head "},'segments':[{'ST':{'01':'214'}}," segment "]}"

TEST(what_cannot_be_written_is_said)
{
    check_refused("{}", "no \"segments\"");
    check_refused("{'segments':[{'ST':{}}]}", "standard");
    check_refused(X12("'06':'ACME'", "{'N1':{'01':'a*b'}}"), "N1, element 1, has a separator");
    check_refused(X12("'06':'ACME'", "{'N1':{'01':['a','b']}}"), "repetitions");
    check_refused(X12("'06':'1234567890123456'", "{'N1':{}}"), "longer than");
    check_refused(X12("'06':'A'", "{'N1':{'x':'a'}}"), "elements by number");
    check_refused(X12("'06':'A'", "{'N1':{'00':'a'}}"), "elements by number");
    check_refused(X12("'06':'A'", "{'N1':{'300':'a'}}"), "elements by number");
    check_refused(X12("'06':'A'", "{'N1':{'4294967297':'a'}}"), "elements by number");
    check_refused(X12("'06':'A'", "{'N1':{'01':{'x':'a'}}}"), "no numbers");
    check_refused(X12("'06':'A'", "{'N1':{'01':'a'},'N2':{}}"), "segment 2");
    check_refused(X12("'06':'A\\n'", "{'N1':{}}"), "line end");
    check_refused(X12("'06':'A'", "{'GE':{'01':'a'}}"), "does not stand there");
    check_refused("{'message':{'standard':'x12'},'segments':[{'N1':{}}]}", "does not stand there");
    check_refused(X12("'06':'A'", "{'NAMES':{'01':'a'}}"), "no segment");
    check_refused(X12("'06':'A'", "{'BIN':{'01':'1','02':'*'}}"), "is no base64url");
    check_refused(X12("'06':'A'", "{'BDS':{'01':'a','02':'0','03':{'01':'b'}}}"),
                  "is no base64url");
    check_refused(X12("'06':'A'", "{'BIN':{'01':'1','02':['YQ']}}"), "is no base64url");
    check_refused(X12("'06':'A'", "{'BIN':{'14':'','02':'1'}}"), "is no base64url");
    /* whether that is data would be decided by what follows */
    check_refused(X12("'06':'A'", "{'BIN':{'01':'3','02':'YQ','03':'b'}}"),
                  "is not its last element");
    check_refused(X12("'06':'A'", "{'BDS':{'01':{'1':'a','2':'b'},'02':'1','03':'fg'}}"),
                  "separator");
    check_refused(X12("'06':'A'", "{'BIN':{'02':'*','03':[{'01':''},null]}}"), "is no base64url");
    check_refused("{'message':{'standard':'edifact'},'UNB':{},'segments':[{'UNH':{}}]}",
                  "no syntax identifier");
    check_refused("{'message':{'standard':'edifact'},'UNB':{'0':{'0':'UNOC','1':'3'}},'segments':[{"
                  "'UNH':{'0':{'0':'1'}}},{'FTX':{'0':{'0':'\xe4\xb8\xad'}}}]}",
                  "character");
}

/* One between two others of a group does not end it, and is not counted. */
TEST(a_set_that_is_refused_leaves_nothing)
{
#define SET_OF(group, segment)                                                                     \
    "{\"message\":{\"standard\":\"x12\"},\"GS\":{\"01\":\"QM\",\"06\":\"" group "\"},"             \
    "\"segments\":[{\"ST\":{\"01\":\"214\",\"02\":\"1\"}}," segment "]}"
    static const char *const sets[] = {SET_OF("1", "{\"N1\":{\"01\":\"a\"}}"),
                                       SET_OF("2", "{\"N1\":{\"01\":\"a*b\"}}"),
                                       SET_OF("1", "{\"N1\":{\"01\":\"c\"}}")};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_edi_writer_t *writer;
    lgs_errs_t errs;
    lgs_buf_t out;

    lgs_errs_init(&errs, arena, 5);
    lgs_buf_init(&out, arena, 0, 0);
    writer = lgs_edi_writer(arena, &out, false);
    for (size_t i = 0; i < LGS_N(sets); i++) {
        lgs_doc_t doc;

        CHECK_INT(lgs_json_read(arena, lgs_cstr(sets[i]), NULL, &doc, &errs), LGS_OK);
        CHECK_INT(lgs_edi_write_set(writer, &doc.root, &errs), i == 1 ? LGS_INVALID : LGS_OK);
    }
    CHECK_INT(lgs_edi_write_end(writer, &errs), LGS_OK);
    CHECK_STR(lgs_buf_text(&out), "GS*QM*****1~ST*214*1~N1*a~SE*3*1~ST*214*1~N1*c~SE*3*1~GE*2*1~");
    lgs_arena_destroy(arena);
#undef SET_OF
}

/* Texts are put into the interchange's characters, and heads compared, without keeping any. */
TEST(a_thousand_sets_need_no_more_than_one)
{
    static const char json[] =
        "{\"message\":{\"standard\":\"edifact\"},\"UNB\":{\"0\":{\"0\":\"UNOC\",\"1\":\"3\"}},"
        "\"segments\":[{\"UNH\":{\"0\":{\"0\":\"1\"}}},{\"FTX\":{\"0\":{\"0\":\"\xc3\xa9\"}}}]}";
    lgs_arena_t *arena = lgs_arena_create(0, 0), *room = lgs_arena_create(0, 0);
    lgs_edi_writer_t *writer;
    lgs_errs_t errs;
    lgs_buf_t out;
    lgs_doc_t doc;
    size_t after_one = 0;

    lgs_errs_init(&errs, room, 5);
    lgs_buf_init(&out, room, 0, 0);
    writer = lgs_edi_writer(arena, &out, false);
    CHECK_INT(lgs_json_read(room, lgs_cstr(json), NULL, &doc, &errs), LGS_OK);
    for (size_t i = 0; i < 1000; i++) {
        CHECK_INT(lgs_edi_write_set(writer, &doc.root, &errs), LGS_OK);
        after_one = i == 0 ? lgs_arena_size(arena) : after_one;
    }
    CHECK_INT(lgs_arena_size(arena), after_one);
    CHECK_INT(lgs_edi_write_end(writer, &errs), LGS_OK);
    CHECK(out.len > 9 && memcmp(out.data + out.len - 9, "UNZ+1000'", 9) == 0);
    lgs_arena_destroy(arena);
    lgs_arena_destroy(room);
}

int main(void)
{
    RUN(what_is_as_it_should_be_stays);
    RUN(counts_pads_and_separators_are_made);
    RUN(what_cannot_be_written_is_said);
    RUN(a_set_that_is_refused_leaves_nothing);
    RUN(a_thousand_sets_need_no_more_than_one);
    return DONE();
}
