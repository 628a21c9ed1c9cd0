/* Acknowledgements: what was read, what goes back, and that it is read as such itself. */
#include "documents.h"

#include "../../../ngx_logistics_module/formats/edi_ack.h"

#define ISA(ask)                                                                                   \
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*"   \
    "000000007*" ask "*P*>~"
#define GS       "GS*QM*ACME*OURS*20260314*0930*12*X*004010~"
#define SET(num) "ST*214*" num "~B10*PRO1~SE*3*" num "~"
#define TAIL     "GE*1*12~IEA*1*000000007~"
#define UNB(ask) "UNB+UNOC:3+ACME:ZZ+OURS:14+260314:0930+REF7++++" ask "'"
#define UNH      "UNH+1+IFTSTA:D:96A:UN:EAN003'"

/* what goes back from OURS to ACME */
#define BACK(num)                                                                                  \
    "ISA*00*          *00*          *ZZ*OURS           *ZZ*ACME           *260315*1045*U*00401*"   \
    "00000000" num "*0*P*>~"
#define GS_BACK_AS(num) "GS*FA*OURS*ACME*20260315*1045*" num "*X*004010~ST*997*0001~AK1*QM*12~"
#define GS_BACK         GS_BACK_AS("5")
#define END(n)          "SE*" n "*0001~GE*1*5~IEA*1*000000005~"
#define UNB_BACK        "UNB+UNOA:3+OURS:14+ACME:ZZ+260315:1045+5'UNH+1+CONTRL:D:3:UN'"

typedef struct {
    lgs_edi_ack_options_t options;
    lgs_edi_profile_t profile;
    lgs_edi_fault_t fault; /* in every set, at `pos`; 0: none */
    lgs_pos_t pos;
    const char *tag, *value;
} how_t;

static how_t how(void)
{
    return (how_t){.options = {.number = 5, .date = "20260315", .time = "1045"}};
}

static void count_problems(void *data, const lgs_edi_event_t *event)
{
    unsigned *n = data;

    if (event->what == LGS_EDI_PROBLEM) {
        printf("# in the acknowledgement: %.*s\n", LGS_FMT(event->problem->text));
        (*n)++;
    }
}

/* What we write is clean EDI. */
static void read_back(lgs_arena_t *arena, lgs_str_t text)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), NULL};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_window_t window = {text, true};
    unsigned n_problems = 0;
    lgs_rc_t rc = LGS_OK;
    lgs_doc_t doc;

    lgs_edi_watch(reader, count_problems, &n_problems);
    while (rc == LGS_OK) {
        rc = lgs_reader_next(reader, &window, arena, &doc, NULL);
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    CHECK_INT(rc, LGS_END);
    CHECK_INT(n_problems, 0);
}

static void check_how(const how_t *h, const char *source, const char *want)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), &h->profile};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_edi_ack_t *ack = lgs_edi_ack_create(arena, &h->options);
    lgs_window_t window = {lgs_cstr(source), true};
    lgs_rc_t rc = LGS_OK;
    lgs_doc_t doc;
    lgs_buf_t out;

    lgs_edi_watch(reader, lgs_edi_ack_see, ack);
    while (rc != LGS_END) {
        rc = lgs_reader_next(reader, &window, arena, &doc, NULL);
        if (h->tag && rc == LGS_OK) {
            lgs_edi_ack_add(ack, h->fault, &h->pos, lgs_cstr(h->tag), lgs_cstr(h->value));
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    lgs_buf_init(&out, arena, 0, 0);
    CHECK_INT(lgs_edi_ack_write(ack, &out, NULL), LGS_OK);
    CHECK_STR(out.len ? lgs_buf_text(&out) : LGS_STR(""), want);
    if (out.len) {
        read_back(arena, lgs_buf_text(&out));
    }
    lgs_arena_destroy(arena);
}

static void check(const char *source, const char *want)
{
    how_t h = how();

    check_how(&h, source, want);
}

/* ---- X12 ---- */

TEST(what_is_clean_is_accepted)
{
    check(ISA("0") GS SET("0001") TAIL,
          BACK("5") GS_BACK "AK2*214*0001~AK5*A~AK9*A*1*1*1~" END("6"));
}

TEST(a_count_that_is_wrong_is_accepted_with_an_error)
{
    check(ISA("0") GS "ST*214*0001~SE*9*0001~" SET("0002") "GE*2*12~IEA*1*000000007~",
          BACK("5") GS_BACK "AK2*214*0001~AK5*E*4~AK2*214*0002~AK5*A~AK9*E*2*2*2~" END("8"));
    check(ISA("0") GS "ST*214*0001~SE*9*0002~GE*3*13~IEA*1*000000007~",
          BACK("5") GS_BACK "AK2*214*0001~AK5*E*4*3~AK9*E*3*1*1*5*4~" END("6"));
}

TEST(a_count_is_said_again_when_it_is_one)
{
    check(ISA("0") GS SET("0001") "GE*1234567*12~IEA*1*000000007~",
          BACK("5") GS_BACK "AK2*214*0001~AK5*A~AK9*E*1*1*1*5~" END("6"));
    check(ISA("0") GS SET("0001") "GE*1x*12~IEA*1*000000007~",
          BACK("5") GS_BACK "AK2*214*0001~AK5*A~AK9*E*1*1*1*5~" END("6"));
}

TEST(one_set_without_its_end_is_refused_alone)
{
    check(ISA("0") GS "ST*214*0001~B10*X~" SET("0002") "GE*2*12~IEA*1*000000007~",
          BACK("5") GS_BACK "AK2*214*0001~AK5*R*2~AK2*214*0002~AK5*A~AK9*P*2*2*1~" END("8"));
}

TEST(a_group_without_its_end_is_refused_as_a_whole)
{
    check(ISA("0") GS SET("0001") "IEA*1*000000007~",
          BACK("5") GS_BACK "AK2*214*0001~AK5*R~AK9*R*1*1*0*3~" END("6"));
}

TEST(an_interchange_is_refused_by_ta1)
{
    check(ISA("0") GS SET("0001") "GE*1*12~",
          BACK("5") "TA1*000000007*260314*0930*R*023~IEA*0*000000005~");
    /* another may be lost in what stands behind it */
    check(ISA("0") GS SET("0001") "GE*1*12~IEA*1*000000007~lost",
          BACK("5") "TA1*000000007*260314*0930*R*022~IEA*0*000000005~");
    {
        how_t h = how();

        h.options.ta1 = LGS_EDI_ACK_NEVER;
        check_how(&h, ISA("0") GS SET("0001") "GE*1*12~",
                  BACK("5") GS_BACK "AK2*214*0001~AK5*R~AK9*R*1*1*0~" END("6"));
    }
}

TEST(ta1_where_it_is_asked_for)
{
    check(ISA("1") GS SET("0001") TAIL,
          BACK("5") "TA1*000000007*260314*0930*A*000~IEA*0*000000005~" BACK("6")
              GS_BACK_AS("6") "AK2*214*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*6~IEA*1*000000006~");
    check(ISA("1") GS SET("0001") "GE*1*12~IEA*1*000000008~",
          BACK("5") "TA1*000000007*260314*0930*E*001~IEA*0*000000005~" BACK("6")
              GS_BACK_AS("6") "AK2*214*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*6~IEA*1*000000006~");
}

TEST(an_interchange_without_groups_gets_a_ta1_only)
{
    how_t h = how();

    check(ISA("0"), BACK("5") "TA1*000000007*260314*0930*R*023~IEA*0*000000005~");
    check(ISA("0") "\r\n", BACK("5") "TA1*000000007*260314*0930*R*023~IEA*0*000000005~");
    check(ISA("1") "IEA*0*000000007~",
          BACK("5") "TA1*000000007*260314*0930*A*000~IEA*0*000000005~");
    check(ISA("0") "IEA*0*000000007~", "");
    h.options.ta1 = LGS_EDI_ACK_NEVER;
    check_how(&h, ISA("1") "IEA*0*000000007~", "");
    check_how(&h, ISA("1"), "");
}

/* as it is written: who asks knows it by that */
TEST(a_control_number_of_letters_is_told)
{
    static const char *const isa = "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS     "
                                   "      *260314*0930*U*00401*00000A12B*1*P*>~" GS SET("0001");
    how_t h = how();
    char source[512];

    snprintf(source, sizeof(source), "%sGE*1*12~IEA*1*00000A12B~", isa);
    check(source, BACK("5") "TA1*00000A12B*260314*0930*E*018~IEA*0*000000005~" BACK("6") GS_BACK_AS(
                      "6") "AK2*214*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*6~IEA*1*000000006~");
    CHECK(lgs_edi_profile_set(&h.profile, LGS_STR("isa13_digits"), LGS_EDI_REJECT));
    check_how(&h, source, BACK("5") "TA1*00000A12B*260314*0930*R*018~IEA*0*000000005~");
}

TEST(a_set_in_a_group_of_another_type_is_told)
{
    check(ISA("0") GS "ST*850*0001~SE*2*0001~" TAIL,
          BACK("5") GS_BACK "AK2*850*0001~AK5*E*6~AK9*E*1*1*1~" END("6"));
}

/* I14 knows P, T and I; what we write is clean */
TEST(a_test_indicator_that_is_none_is_not_sent_back)
{
    check(
        "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*"
        "000000007*0*X*>~" GS SET("0001") TAIL,
        BACK("5") GS_BACK "AK2*214*0001~AK5*A~AK9*A*1*1*1~" END("6"));
}

TEST(acknowledgements_are_never_acknowledged)
{
    check(ISA("1") "GS*FA*ACME*OURS*20260314*0930*12*X*004010~ST*997*0001~AK1*QM*12~AK9*A*1*1*1~"
                   "SE*4*0001~" TAIL,
          "");
    check(ISA("1") "TA1*000000006*260314*0930*A*000~IEA*0*000000007~", "");
    check(ISA("1") "TA3*A*B*260314*0930*000000006~IEA*0*000000007~", "");
    check(ISA("1") "TA1*000000006*260314*0930*A*000~", "");
    check(UNB("1") "UNH+1+CONTRL:D:3:UN'UCI+1+A+B+7'UNT+3+1'UNZ+1+REF7'", "");
}

TEST(faults_within_a_set_have_their_places)
{
    how_t h = how();

    h.fault = LGS_EDI_FAULT_CODE;
    h.pos = (lgs_pos_t){.segment = 2, .element = 3, .component = 1};
    h.tag = "AT7";
    h.value = "a*b~c\x01";
    check_how(&h, ISA("0") GS SET("0001") TAIL,
              BACK("5") GS_BACK
              "AK2*214*0001~AK3*AT7*2**8~AK4*3>1**7*a b c ~AK5*R*5~AK9*R*1*1*0~" END("8"));
    h.tag = "AT7890"; /* as much of it as a tag may be */
    h.value = "x";
    check_how(&h, ISA("0") GS SET("0001") TAIL,
              BACK("5") GS_BACK
              "AK2*214*0001~AK3*AT7*2**8~AK4*3>1**7*x~AK5*R*5~AK9*R*1*1*0~" END("8"));
    h.fault = LGS_EDI_FAULT_MISSING;
    h.pos = (lgs_pos_t){.segment = 3};
    h.tag = "B10";
    check_how(&h, ISA("0") GS SET("0001") TAIL,
              BACK("5") GS_BACK "AK2*214*0001~AK3*B10*3**3~AK5*R*5~AK9*R*1*1*0~" END("7"));
}

TEST(a_999_where_that_is_spoken)
{
    how_t h = how();

    h.options.is_999 = true;
    h.fault = LGS_EDI_FAULT_LONG;
    h.pos = (lgs_pos_t){.segment = 2, .element = 1};
    h.tag = "B10";
    h.value = "PRO1";
    check_how(
        &h,
        "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*^*"
        "00501*000000007*0*T*:~GS*QM*ACME*OURS*20260314*0930*12*X*005010~" SET("0001") TAIL,
        "ISA*00*          *00*          *ZZ*OURS           *ZZ*ACME           *260315*1045*^*"
        "00501*000000005*0*T*:~GS*FA*OURS*ACME*20260315*1045*5*X*005010X231A1~ST*999*0001*"
        "005010X231A1~AK1*QM*12*005010~AK2*214*0001~IK3*B10*2**8~IK4*1**5*PRO1~IK5*R*5~AK9*R*1"
        "*1*0~" END("8"));
    h = how();
    h.options.is_999 = true;
    check_how(&h, ISA("0") GS SET("0001") TAIL,
              BACK("5") "GS*FA*OURS*ACME*20260315*1045*5*X*005010X231A1~ST*999*0001*005010X231A1~"
                        "AK1*QM*12*004010~AK2*214*0001~IK5*A~AK9*A*1*1*1~" END("6"));
}

/* Our separators may be data in theirs: a blank stands for each, in ISA as in GS. */
TEST(their_data_hold_our_separators)
{
    check(
        "ISA|00|          |00|          |ZZ|AC*ME~         |ZZ|OU\tRS          "
        "|260314|0930|U|00401|"
        "000000007|0|P|>'GS|QM|AC*ME~|OURS|20260314|0930|12|X|004010'ST|214|0001'B10|PRO1'SE|3|"
        "0001'"
        "GE|1|12'IEA|1|000000007'",
        "ISA*00*          *00*          *ZZ*OU RS          *ZZ*AC ME          *260315*1045*U*00401*"
        "000000005*0*P*>~GS*FA*OURS*AC ME *20260315*1045*5*X*004010~ST*997*0001~AK1*QM*12~"
        "AK2*214*0001~AK5*A~AK9*A*1*1*1~" END("6"));
}

TEST(each_group_has_its_own)
{
    check(ISA("0") GS SET("0001") "GE*1*12~GS*IM*ACME*OURS*20260314*0930*13*X*004010~ST*210*0002~"
                                  "SE*2*0002~GE*1*13~IEA*2*000000007~",
          BACK("5") GS_BACK
          "AK2*214*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*5~GS*FA*OURS*ACME*20260315"
          "*1045*6*X*004010~ST*997*0001~AK1*IM*13~AK2*210*0002~AK5*A~AK9*A*1*1*1~"
          "SE*6*0001~GE*1*6~IEA*2*000000005~");
}

/* ---- EDIFACT ---- */

TEST(contrl_where_it_is_asked_for)
{
    how_t h = how();

    check(UNB("") UNH "UNT+2+1'UNZ+1+REF7'", "");
    check(UNB("1") UNH "UNT+2+1'UNZ+1+REF7'",
          UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+7'UNT+3+1'UNZ+1+5'");
    h.options.each_message = true;
    check_how(&h, UNB("1") UNH "UNT+2+1'UNZ+1+REF7'",
              UNB_BACK
              "UCI+REF7+ACME:ZZ+OURS:14+7'UCM+1+IFTSTA:D:96A:UN:EAN003+7'UNT+4+1'UNZ+1+5'");
    h = how();
    h.options.contrl = LGS_EDI_ACK_NEVER;
    check_how(&h, UNB("1") UNH "UNZ+1+REF7'", "");
}

TEST(contrl_says_what_is_refused)
{
    check(UNB("") UNH "UNH+2+IFTSTA:D:96A:UN'UNT+2+2'UNZ+2+REF7'",
          UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+7'UCM+1+IFTSTA:D:96A:UN:EAN003+4+13+UNT'UNT+4+1'"
                   "UNZ+1+5'");
    /* not a message of it can be read */
    check(UNB(""), UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+4+13+UNZ'UNT+3+1'UNZ+1+5'");
    check(UNB("") UNH "UNT+2+1'", UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+4+13+UNZ'UNT+3+1'UNZ+1+5'");
    {
        how_t h = how();

        h.profile.checks[LGS_EDI_SET_COUNT] = LGS_EDI_REJECT;
        check_how(&h, UNB("") UNH "UNT+9+1'UNZ+1+REF7'",
                  UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+7'UCM+1+IFTSTA:D:96A:UN:EAN003+4+29+UNT+2'"
                           "UNT+4+1'UNZ+1+5'");
    }
    {
        how_t h = how();

        h.fault = LGS_EDI_FAULT_CODE;
        h.pos = (lgs_pos_t){.segment = 2, .element = 1, .component = 2};
        h.tag = "DTM";
        check_how(&h, UNB("") UNH "DTM+1:2'UNT+3+1'UNZ+1+REF7'",
                  UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+7'UCM+1+IFTSTA:D:96A:UN:EAN003+4'UCS+2'UCD+12+"
                           "2:2'UNT+6+1'UNZ+1+5'");
    }
}

TEST(contrl_of_syntax_4_and_groups)
{
    check("UNB+UNOC:4+A?+B+OURS+20260314:0930+R++++1'UNH+1+IFTSTA:D:96A:UN'UNT+2+1'UNZ+1+R'",
          "UNB+UNOA:4+OURS+A?+B+20260315:1045+5'UNH+1+CONTRL:4:1:UN'UCI+R+A?+B+OURS+7'UNT+3+1'UNZ+1"
          "+5'");
    check(UNB("") "UNG+X+S1+R1+1:2+9+UN+D:96A'" UNH "UNT+2+1'UNZ+1+REF7'",
          UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+7'UCF+9+S1+R1+4+13+UNE'UNT+4+1'UNZ+1+5'");
}

TEST(every_ceiling_of_memory_is_an_error)
{
    static const char source[] = ISA("1") GS SET("0001") TAIL UNB("1") UNH "UNT+2+1'UNZ+1+REF7'";
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), NULL};
    how_t h = how();
    bool done = false;

    for (size_t ceiling = 1; ceiling < 1 << 20 && !done; ceiling += 61) {
        lgs_arena_t *arena = lgs_arena_create(0, 0), *room = lgs_arena_create(64, ceiling);
        lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
        lgs_edi_ack_t *ack = room ? lgs_edi_ack_create(room, &h.options) : NULL;
        lgs_window_t window = {lgs_str(source, sizeof(source) - 1), true};
        lgs_rc_t rc = LGS_OK;
        lgs_doc_t doc;
        lgs_buf_t out;

        if (ack) {
            lgs_edi_watch(reader, lgs_edi_ack_see, ack);
            while (rc == LGS_OK) {
                rc = lgs_reader_next(reader, &window, arena, &doc, NULL);
                window.bytes.data += lgs_reader_used(reader);
                window.bytes.len -= lgs_reader_used(reader);
            }
            lgs_buf_init(&out, room, 0, 0);
            rc = lgs_edi_ack_write(ack, &out, NULL);
            CHECK(rc == LGS_OK || rc == LGS_NOMEM);
            done = rc == LGS_OK;
        }
        lgs_arena_destroy(room);
        lgs_arena_destroy(arena);
    }
    CHECK(done);
}

/* ---- what is decided later ---- */

static lgs_edi_ack_t *read_all(lgs_arena_t *arena, const how_t *h, const char *source)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), &h->profile};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_edi_ack_t *ack = lgs_edi_ack_create(arena, &h->options);
    lgs_window_t window = {lgs_cstr(source), true};
    lgs_rc_t rc = LGS_OK;
    lgs_doc_t doc;

    lgs_edi_watch(reader, lgs_edi_ack_see, ack);
    while (rc != LGS_END) {
        rc = lgs_reader_next(reader, &window, arena, &doc, NULL);
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    return ack;
}

TEST(who_wrote_to_whom)
{
    static const struct {
        const char *source, *sender, *sender_qualifier, *receiver, *number, *set;
        bool is_test;
    } cases[] = {
        {ISA("0") GS SET("0001") TAIL, "ACME", "ZZ", "OURS", "000000007", "214", false},
        {UNB("1") UNH "UNT+2+1'UNZ+1+REF7'", "ACME", "ZZ", "OURS", "REF7", "IFTSTA", false},
        {"UNB+UNOC:3+A+B+260314:0930+9++++++1'" UNH "UNT+2+1'UNZ+1+9'", "A", "", "B", "9", "IFTSTA",
         true},
        {"STX=ANA:1+5000:ACME+5001:OURS+260314:093000+77'MHD=1+ORDHDR:9'MTR=2'END=1'", "5000", "",
         "5001", "77", "ORDHDR", false},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        how_t h = how();
        lgs_edi_ack_t *ack = read_all(arena, &h, cases[i].source);
        lgs_edi_relation_t about;

        lgs_edi_ack_relation(lgs_edi_ack_interchange(ack), &about);
        CHECK_STR(about.sender, cases[i].sender);
        CHECK_STR(about.sender_qualifier, cases[i].sender_qualifier);
        CHECK_STR(about.receiver, cases[i].receiver);
        CHECK_STR(about.number, cases[i].number);
        CHECK(about.is_test == cases[i].is_test);
        CHECK_STR(lgs_edi_ack_type(lgs_edi_ack_set(ack)), cases[i].set);
        CHECK(!lgs_edi_ack_is_refused(lgs_edi_ack_set(ack)));
        CHECK(!lgs_edi_ack_is_acknowledgement(lgs_edi_ack_set(ack)));
        lgs_arena_destroy(arena);
    }
}

static void decide(void (*later)(lgs_edi_ack_t *ack), const char *source, const char *want)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    how_t h = how();
    lgs_edi_ack_t *ack = read_all(arena, &h, source);
    uint32_t n = 0;
    lgs_buf_t out;

    later(ack);
    lgs_buf_init(&out, arena, 0, 0);
    CHECK_INT(lgs_edi_ack_write_one(ack, lgs_edi_ack_interchange(ack), 5, &out, &n), LGS_OK);
    CHECK_INT(n, 1);
    CHECK_STR(lgs_buf_text(&out), want);
    read_back(arena, lgs_buf_text(&out));
    lgs_arena_destroy(arena);
}

static void refuse_set(lgs_edi_ack_t *ack)
{
    lgs_edi_ack_refuse(lgs_edi_ack_set(ack));
}

static void not_agreed(lgs_edi_ack_t *ack)
{
    lgs_edi_ack_check(ack, lgs_edi_ack_set(ack), LGS_EDI_NOT_AGREED, LGS_EDI_REJECT,
                      &(lgs_pos_t){0}, LGS_STR(""));
}

static void duplicate(lgs_edi_ack_t *ack)
{
    lgs_edi_ack_check(ack, lgs_edi_ack_interchange(ack), LGS_EDI_SENDER, LGS_EDI_IGNORE,
                      &(lgs_pos_t){0}, LGS_STR(""));
    lgs_edi_ack_check(ack, lgs_edi_ack_interchange(ack), LGS_EDI_DUPLICATE, LGS_EDI_REJECT,
                      &(lgs_pos_t){0}, LGS_STR(""));
    CHECK(lgs_edi_ack_is_refused(lgs_edi_ack_set(ack)));
}

TEST(what_is_decided_later_is_said)
{
    decide(refuse_set, ISA("0") GS SET("0001") TAIL,
           BACK("5") GS_BACK "AK2*214*0001~AK5*R*5~AK9*R*1*1*0~" END("6"));
    /* a count that is only warned of is not why */
    decide(refuse_set, ISA("0") GS "ST*214*0001~SE*9*0001~" TAIL,
           BACK("5") GS_BACK "AK2*214*0001~AK5*R*5*4~AK9*R*1*1*0~" END("6"));
    decide(refuse_set, UNB("") UNH "UNT+9+1'UNZ+1+REF7'",
           UNB_BACK
           "UCI+REF7+ACME:ZZ+OURS:14+7'UCM+1+IFTSTA:D:96A:UN:EAN003+4+18'UNT+4+1'UNZ+1+5'");
    decide(not_agreed, ISA("0") GS SET("0001") TAIL,
           BACK("5") GS_BACK "AK2*214*0001~AK5*R*1~AK9*R*1*1*0~" END("6"));
    decide(duplicate, ISA("0") GS SET("0001") TAIL,
           BACK("5") "TA1*000000007*260314*0930*R*025~IEA*0*000000005~");
    decide(refuse_set, UNB("") UNH "UNT+2+1'UNZ+1+REF7'",
           UNB_BACK
           "UCI+REF7+ACME:ZZ+OURS:14+7'UCM+1+IFTSTA:D:96A:UN:EAN003+4+18'UNT+4+1'UNZ+1+5'");
    decide(duplicate, UNB("") UNH "UNT+2+1'UNZ+1+REF7'",
           UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+4+26'UNT+3+1'UNZ+1+5'");
}

static void add(lgs_edi_ack_t *ack, lgs_edi_fault_t fault, uint32_t segment, uint32_t element)
{
    lgs_pos_t pos = {.segment = segment, .element = element};

    lgs_edi_ack_add(ack, fault, &pos, LGS_STR("AT7"), LGS_STR("X"));
}

/* A guide goes through all of a set, then a mapping does. */
static void add_unordered(lgs_edi_ack_t *ack)
{
    lgs_edi_finding_t warned = {.fault = LGS_EDI_FAULT_CODE,
                                .severity = LGS_EDI_WARN,
                                .pos = {.segment = 3, .element = 1},
                                .tag = LGS_STR("AT7"),
                                .value = LGS_STR("X"),
                                .number = LGS_STR("1650")};

    lgs_edi_ack_find(ack, &warned);
    add(ack, LGS_EDI_FAULT_LONG, 5, 2);
    add(ack, LGS_EDI_FAULT_DATE, 3, 5);
    add(ack, LGS_EDI_FAULT_MISSING, 2, 3);
    add(ack, LGS_EDI_FAULT_CODE, 3, 1); /* as was warned of */
    add(ack, LGS_EDI_FAULT_DATE, 3, 5); /* twice */
}

static void add_to_all(lgs_edi_ack_t *ack)
{
    add(ack, LGS_EDI_FAULT_OTHER, 1, 0);
}

/* A mapping that has no place for a set finds nothing wrong with its ST or UNH. */
TEST(what_concerns_all_of_a_set_names_no_segment)
{
    decide(add_to_all, ISA("0") GS SET("0001") TAIL,
           BACK("5") GS_BACK "AK2*214*0001~AK5*R*5~AK9*R*1*1*0~" END("6"));
    decide(add_to_all, UNB("") UNH "UNT+2+1'UNZ+1+REF7'",
           UNB_BACK
           "UCI+REF7+ACME:ZZ+OURS:14+7'UCM+1+IFTSTA:D:96A:UN:EAN003+4+18'UNT+4+1'UNZ+1+5'");
}

TEST(what_is_wrong_is_said_once_in_the_order_of_the_segments)
{
    decide(add_unordered, ISA("0") GS SET("0001") TAIL,
           BACK("5") GS_BACK "AK2*214*0001~AK3*AT7*2**8~AK4*3**1*X~AK3*AT7*3**8~AK4*1*1650*7*X~"
                             "AK4*5**8*X~AK3*AT7*5**8~AK4*2**5*X~AK5*R*5~AK9*R*1*1*0~" END("13"));
    decide(add_unordered, UNB("") UNH "UNT+2+1'UNZ+1+REF7'",
           UNB_BACK "UCI+REF7+ACME:ZZ+OURS:14+7'UCM+1+IFTSTA:D:96A:UN:EAN003+4'UCS+2'UCD+13+4'"
                    "UCS+3'UCD+12+2'UCD+12+6'UCS+5'UCD+39+3'UNT+11+1'UNZ+1+5'");
}

TEST(words_of_errors_have_their_faults)
{
    CHECK_INT(lgs_edi_fault("required"), LGS_EDI_FAULT_MISSING);
    CHECK_INT(lgs_edi_fault("mapping-date"), LGS_EDI_FAULT_DATE);
    CHECK_INT(lgs_edi_fault("bad_date"), LGS_EDI_FAULT_DATE);
    CHECK_INT(lgs_edi_fault("whatever"), LGS_EDI_FAULT_OTHER);
}

int main(void)
{
    RUN(who_wrote_to_whom);
    RUN(what_is_decided_later_is_said);
    RUN(what_concerns_all_of_a_set_names_no_segment);
    RUN(what_is_wrong_is_said_once_in_the_order_of_the_segments);
    RUN(words_of_errors_have_their_faults);
    RUN(what_is_clean_is_accepted);
    RUN(a_count_that_is_wrong_is_accepted_with_an_error);
    RUN(a_count_is_said_again_when_it_is_one);
    RUN(one_set_without_its_end_is_refused_alone);
    RUN(a_group_without_its_end_is_refused_as_a_whole);
    RUN(an_interchange_is_refused_by_ta1);
    RUN(ta1_where_it_is_asked_for);
    RUN(an_interchange_without_groups_gets_a_ta1_only);
    RUN(a_control_number_of_letters_is_told);
    RUN(a_set_in_a_group_of_another_type_is_told);
    RUN(a_test_indicator_that_is_none_is_not_sent_back);
    RUN(acknowledgements_are_never_acknowledged);
    RUN(faults_within_a_set_have_their_places);
    RUN(a_999_where_that_is_spoken);
    RUN(their_data_hold_our_separators);
    RUN(each_group_has_its_own);
    RUN(contrl_where_it_is_asked_for);
    RUN(contrl_says_what_is_refused);
    RUN(contrl_of_syntax_4_and_groups);
    RUN(every_ceiling_of_memory_is_an_error);
    return DONE();
}
