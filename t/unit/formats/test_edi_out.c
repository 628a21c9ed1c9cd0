/* Sets and messages of ours: envelopes, the forms of segments, HL and CPS, what is refused. */
#include "../unit.h"

#include "../../../ngx_logistics_module/formats/edi_out.h"
#include "../../../ngx_logistics_module/formats/json.h"

#define ISA  "ISA*00*          *00*          *01*OURS           *ZZ*ACME           *260314*0930"
#define HEAD ISA "*U*00401*000000007*0*P*>~\nGS*SH*OURS*ACME*20260314*0930*7*X*004010~\n"
#define TAIL "GE*1*7~\nIEA*1*000000007~\n"
#define UNB  "UNB+UNOC:3+OURS:01+ACME+260314:0930+7'\n"

static const lgs_edi_output_t x12 = {
    LGS_EDI_X12, LGS_STR_INIT("856"), LGS_STR_INIT("004010"), {NULL, 0}, {NULL, 0}};
static const lgs_edi_output_t edifact = {LGS_EDI_EDIFACT,
                                         LGS_STR_INIT("DESADV"),
                                         LGS_STR_INIT("D.96A"),
                                         {NULL, 0},
                                         LGS_STR_INIT("UNOC")};
static const lgs_edi_letter_t letter = {.sender = LGS_STR_INIT("OURS"),
                                        .sender_qualifier = LGS_STR_INIT("01"),
                                        .receiver = LGS_STR_INIT("ACME"),
                                        .number = 7,
                                        .now = LGS_STR_INIT("2026-03-14T09:30:00Z")};

typedef struct {
    lgs_arena_t *arena;
    lgs_buf_t *buf; /* the writer keeps its address */
    lgs_edi_out_t *out;
    lgs_errs_t errs;
    uint32_t offset; /* of the value that was refused last */
} test_t;

static test_t begin(const lgs_edi_output_t *output, const lgs_edi_letter_t *from)
{
    test_t t = {.arena = lgs_arena_create(0, 0)};

    lgs_errs_init(&t.errs, t.arena, 5);
    t.buf = lgs_arena_alloc(t.arena, sizeof(*t.buf));
    lgs_buf_init(t.buf, t.arena, 0, 0);
    t.out = lgs_edi_out_open(output, t.buf, t.arena);
    CHECK(t.out != NULL);
    if (from) {
        lgs_edi_out_send(t.out, from);
    }
    return t;
}

/* A record is written as JSON with ' for ". */
static lgs_node_t record_of(lgs_arena_t *arena, const char *json)
{
    lgs_str_t copy = lgs_arena_str(arena, lgs_cstr(json));
    lgs_doc_t doc = {.root = {.type = LGS_NULL}};

    for (char *p = (char *)copy.data; p < copy.data + copy.len; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    CHECK_INT(lgs_json_read(arena, copy, NULL, &doc, NULL), LGS_OK);
    return doc.root;
}

static lgs_rc_t put(test_t *t, const char *json)
{
    lgs_node_t record = record_of(t->arena, json);
    size_t len = t->buf->len;
    lgs_rc_t rc = lgs_edi_out_write(t->out, &record, t->arena, &t->offset, &t->errs);

    CHECK(rc == LGS_OK || t->buf->len == len);
    return rc;
}

static void finish(test_t *t, const char *want)
{
    CHECK_INT(lgs_edi_out_end(t->out, &t->errs), LGS_OK);
    CHECK_STR(t->buf->len ? lgs_buf_text(t->buf) : LGS_STR(""), want);
    unit_show(&t->errs);
    lgs_arena_destroy(t->arena);
}

/* One set, and the text of it. */
static void check(const lgs_edi_output_t *output, const char *json, const char *want)
{
    test_t t = begin(output, &letter);

    CHECK_INT(put(&t, json), LGS_OK);
    finish(&t, want);
}

static void check_refused(const lgs_edi_output_t *output, const char *json, const char *why)
{
    test_t t = begin(output, &letter);

    CHECK_INT(put(&t, json), LGS_INVALID);
    CHECK_INT(t.errs.n, 1);
    CHECK_STR(lgs_cstr(t.errs.first->code), "edi-write");
    CHECK_STR(t.errs.first->text, why);
    lgs_errs_init(&t.errs, t.arena, 5);
    finish(&t, "");
}

/* ---- envelopes ---- */

TEST(sets_stand_in_an_envelope_of_ours)
{
    test_t t = begin(&x12, &letter);

    CHECK_INT(put(&t, "{'segments':[{'BSN':{'01':'00','02':'S-1'}}]}"), LGS_OK);
    CHECK_INT(put(&t, "{'segments':[{'BSN':{'01':'00','02':'S-2'}}]}"), LGS_OK);
    finish(&t, HEAD "ST*856*0001~\nBSN*00*S-1~\nSE*3*0001~\nST*856*0002~\nBSN*00*S-2~\nSE*3*0002~\n"
                    "GE*2*7~\nIEA*1*000000007~\n");
    check(&edifact, "{'segments':[{'BGM':{'0':'351','1':'A+B'}}]}",
          UNB "UNH+1+DESADV:D:96A:UN'\nBGM+351+A?+B'\nUNT+3+1'\nUNZ+1+7'\n");
}

TEST(the_version_decides_what_an_envelope_says)
{
    lgs_edi_output_t output = x12;
    lgs_edi_letter_t test = letter;
    test_t t;

    output.version = LGS_STR("005010");
    output.association = LGS_STR("X231");
    test.is_test = true;
    t = begin(&output, &test);
    CHECK_INT(put(&t, "{'segments':[{'BSN':{'01':'00'}}]}"), LGS_OK);
    finish(&t, ISA "*^*00501*000000007*0*T*>~\nGS*SH*OURS*ACME*20260314*0930*7*X*005010X231~\n"
                   "ST*856*0001~\nBSN*00~\nSE*3*0001~\n" TAIL);

    output = edifact;
    output.level = LGS_STR("UNOY");
    output.association = LGS_STR("EAN007");
    t = begin(&output, &test);
    CHECK_INT(put(&t, "{'segments':[{'BGM':{'0':'351'}}]}"), LGS_OK);
    finish(&t, "UNB+UNOY:4+OURS:01+ACME+20260314:0930+7++++++1'\nUNH+1+DESADV:D:96A:UN:EAN007'\n"
               "BGM+351'\nUNT+3+1'\nUNZ+1+7'\n");
}

TEST(of_no_set_nothing_is_written)
{
    test_t t = begin(&x12, &letter);

    finish(&t, "");
    CHECK_STR(lgs_edi_out_group(&x12), "SH");
    CHECK_STR(lgs_edi_out_group(&edifact), "");
}

TEST(without_parties_or_a_time_there_is_no_envelope)
{
    lgs_edi_letter_t from[4] = {letter, letter, letter, letter};

    from[1].sender.len = 0;
    from[2].receiver.len = 0;
    from[3].now = LGS_STR("2026-03-14T09:3");
    for (size_t i = 0; i < LGS_N(from); i++) {
        test_t t = begin(&x12, i ? &from[i] : NULL);

        CHECK_INT(put(&t, "{'segments':[{'BSN':{'01':'00'}}]}"), LGS_INVALID);
        CHECK_STR(t.errs.first->text,
                  i < 3
                      ? "who writes to whom is not agreed: the partner has no edi.id or no edi.ours"
                      : "the time of an interchange is not known");
        CHECK_INT(t.offset, LGS_NO_OFFSET);
        lgs_arena_destroy(t.arena);
    }
}

/* ---- segments ---- */

TEST(segments_stand_in_the_order_of_the_record)
{
    check(&x12,
          "{'segments':[{'BSN':{'01':'00'},'DTM':[{'01':'011'},null,{'01':'017'}],'REF':null},null,"
          "[{'N1':{'01':'SF'},'N3':{'01':'a'}},[{'N1':{'01':'ST'}}]],"
          "{'LX':{'01':'1'},'segments':[{'W12':{'01':'CC'}}],'N9':{'01':'LI','02':'1'}}]}",
          HEAD "ST*856*0001~\nBSN*00~\nDTM*011~\nDTM*017~\nN1*SF~\nN3*a~\nN1*ST~\nLX*1~\nW12*CC~\n"
               "N9*LI*1~\nSE*11*0001~\n" TAIL);
}

TEST(what_is_no_segment_is_refused)
{
    check_refused(&x12, "{'segments':[]}", "there are no \"segments\"");
    check_refused(&x12, "{'segments':{'BSN':{'01':'00'}}}", "there are no \"segments\"");
    check_refused(&x12, "{'BSN':{'01':'00'}}", "there are no \"segments\"");
    check_refused(&x12, "{'segments':[{'BSN':{'01':'00'}},'BSN']}",
                  "a string stands where segments do");
    check_refused(&x12, "{'segments':[{'segments':7}]}", "a number stands where segments do");
}

TEST(an_error_points_to_its_value)
{
    test_t t = begin(&x12, &letter);

    CHECK_INT(put(&t, "{'segments':[{'BSN':{'01':'0*0'}}]}"), LGS_INVALID);
    CHECK_INT(t.offset, sizeof("{'segments':[{'BSN':{'01':") - 1);
    lgs_arena_destroy(t.arena);
}

/* A list within a list is one deeper. */
static char *nested(char *text, unsigned depth)
{
    char *p = text + sprintf(text, "{'segments':[");

    for (unsigned i = 1; i < depth; i++) {
        *p++ = '[';
    }
    p += sprintf(p, "{'BSN':{'01':'00'}}");
    for (unsigned i = 1; i < depth; i++) {
        *p++ = ']';
    }
    strcpy(p, "]}");
    return text;
}

TEST(lists_are_sixteen_deep)
{
    char text[256];

    check(&x12, nested(text, LGS_EDI_MAX_NESTING), HEAD "ST*856*0001~\nBSN*00~\nSE*3*0001~\n" TAIL);
    check_refused(&x12, nested(text, LGS_EDI_MAX_NESTING + 1),
                  "segments are nested more than 16 deep");
}

/* A set of n segments, of which ST is one. */
static lgs_rc_t put_many(test_t *t, uint32_t n)
{
    lgs_member_t segment = {.value = record_of(t->arena, "{'01':'1'}")};
    lgs_node_t *entries = lgs_arena_array(t->arena, n, sizeof(*entries));
    lgs_member_t top = {.name = lgs_node_string(LGS_STR("segments"), 0, 0)};
    lgs_node_t record = {.u.members = &top, .n = 1, .type = LGS_OBJECT};

    segment.name = lgs_node_string(LGS_STR("LX"), 0, 0);
    segment.name.hash = lgs_hash("LX", 2);
    top.name.hash = lgs_hash("segments", 8);
    for (uint32_t i = 0; i + 1 < n; i++) {
        entries[i] = (lgs_node_t){.u.members = &segment, .n = 1, .offset = i, .type = LGS_OBJECT};
    }
    top.value = (lgs_node_t){.u.items = entries, .n = n - 1, .type = LGS_ARRAY};
    return lgs_edi_out_write(t->out, &record, t->arena, &t->offset, &t->errs);
}

TEST(a_set_has_so_many_segments)
{
    test_t t = begin(&x12, &letter);

    CHECK_INT(put_many(&t, LGS_EDI_MAX_SEGMENTS), LGS_OK);
    CHECK_INT(put_many(&t, LGS_EDI_MAX_SEGMENTS + 1), LGS_INVALID);
    CHECK(t.errs.n == 1 && t.errs.first->text.len > 0);
    lgs_arena_destroy(t.arena);
}

/* ---- HL and CPS ---- */

TEST(levels_are_numbered_and_know_what_is_below)
{
    check(&x12,
          "{'segments':[{'HL':{'01':'S','03':'S'}},{'HL':{'01':'order 1','02':'S','03':'O'}},"
          "{'HL':{'01':'I1','02':'order 1','03':'I'}},{'HL':{'01':'order 2','02':'S','03':'O'}}]}",
          HEAD
          "ST*856*0001~\nHL*1**S*1~\nHL*2*1*O*1~\nHL*3*2*I*0~\nHL*4*1*O*0~\nSE*6*0001~\n" TAIL);
    /* what stands below may stand before */
    check(&edifact, "{'segments':[{'CPS':{'0':'b','1':'a'}},{'CPS':{'0':'a'}}]}",
          UNB "UNH+1+DESADV:D:96A:UN'\nCPS+1+2'\nCPS+2'\nUNT+4+1'\nUNZ+1+7'\n");
}

TEST(each_set_numbers_its_own_levels)
{
    test_t t = begin(&x12, &letter);

    CHECK_INT(put(&t, "{'segments':[{'HL':{'01':'a','03':'S'}}]}"), LGS_OK);
    CHECK_INT(put(&t, "{'segments':[{'HL':{'01':'a','03':'S'}}]}"), LGS_OK);
    finish(&t, HEAD "ST*856*0001~\nHL*1**S*0~\nSE*3*0001~\nST*856*0002~\nHL*1**S*0~\nSE*3*0002~\n"
                    "GE*2*7~\nIEA*1*000000007~\n");
}

TEST(levels_that_lead_nowhere_are_refused)
{
    check_refused(&x12, "{'segments':[{'HL':{'01':'a','03':'S'}},{'HL':{'01':'a','03':'O'}}]}",
                  "two HL are called \"a\"");
    check_refused(&x12, "{'segments':[{'HL':{'01':'a','02':'x','03':'S'}}]}",
                  "HL stands below \"x\", which is not there");
    check_refused(&edifact, "{'segments':[{'CPS':{'0':'a','1':'b'}}]}",
                  "CPS stands below \"b\", which is not there");
}

/* ---- memory ---- */

/* Of the writer's arena, then of the set's: an error, or all of it. */
TEST(every_ceiling_of_memory_is_an_error)
{
    static const char json[] = "{'segments':[{'BSN':{'01':'00'},'DTM':[{'01':'011'}]},"
                               "{'HL':{'01':'S','03':'S'}},{'HL':{'01':'O','02':'S','03':'O'}}]}";
    static const char want[] = HEAD "ST*856*0001~\nBSN*00~\nDTM*011~\nHL*1**S*1~\nHL*2*1*O*0~\n"
                                    "SE*6*0001~\n" TAIL;
    unsigned n_failed = 0;

    for (unsigned both = 0; both < 2; both++) {
        bool done = false;

        for (size_t ceiling = 1; ceiling < 1 << 20 && !done; ceiling += 37) {
            lgs_arena_t *arena = lgs_arena_create(0, 0), *room = lgs_arena_create(64, ceiling);
            lgs_node_t record = record_of(arena, json);
            lgs_edi_out_t *out = NULL;
            lgs_rc_t rc = LGS_NOMEM;
            uint32_t offset;
            lgs_buf_t buf;

            if (room) {
                lgs_buf_init(&buf, both ? arena : room, 0, 0);
                out = lgs_edi_out_open(&x12, &buf, both ? arena : room);
            }
            if (out) {
                lgs_edi_out_send(out, &letter);
                rc = lgs_edi_out_write(out, &record, both ? room : arena, &offset, NULL);
                rc = rc == LGS_OK ? lgs_edi_out_end(out, NULL) : rc;
            }
            CHECK(rc == LGS_OK || rc == LGS_NOMEM);
            n_failed += rc == LGS_NOMEM;
            if (rc == LGS_OK) {
                CHECK_STR(lgs_buf_text(&buf), want);
                done = true;
            }
            lgs_arena_destroy(room);
            lgs_arena_destroy(arena);
        }
        CHECK(done);
    }
    CHECK(n_failed > 4);
}

int main(void)
{
    RUN(sets_stand_in_an_envelope_of_ours);
    RUN(the_version_decides_what_an_envelope_says);
    RUN(of_no_set_nothing_is_written);
    RUN(without_parties_or_a_time_there_is_no_envelope);
    RUN(segments_stand_in_the_order_of_the_record);
    RUN(what_is_no_segment_is_refused);
    RUN(an_error_points_to_its_value);
    RUN(lists_are_sixteen_deep);
    RUN(a_set_has_so_many_segments);
    RUN(levels_are_numbered_and_know_what_is_below);
    RUN(each_set_numbers_its_own_levels);
    RUN(levels_that_lead_nowhere_are_refused);
    RUN(every_ceiling_of_memory_is_an_error);
    return DONE();
}
