/* EDI: separators, envelopes, checks, trees and limits, at every size of windows. */
#include "documents.h"

#include "../../../ngx_logistics_module/formats/edi.h"

#define ISA  "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           "
#define ISA4 ISA "*260314*0930*U*00401*000000007*0*P*>~"
#define ISA5 ISA "*260314*0930*^*00501*000000007*0*T*:~"
#define GS   "GS*QM*ACME*OURS*20260314*0930*12*X*004010~"
#define SET  "ST*214*0001~B10*PRO1**SCAC~SE*3*0001~"
#define TAIL "GE*1*12~IEA*1*000000007~"
#define UNB  "UNB+UNOC:3+ACME:ZZ+OURS:ZZ+260314:0930+REF7'"
#define UNH  "UNH+1+IFTSTA:D:96A:UN'"

#define ISA_TREE                                                                                   \
    "\"ISA\":{\"01\":\"00\",\"02\":\"          \",\"03\":\"00\",\"04\":\"          \","            \
    "\"05\":\"ZZ\",\"06\":\"ACME           \",\"07\":\"ZZ\",\"08\":\"OURS           \","           \
    "\"09\":\"260314\",\"10\":\"0930\",\"11\":\"U\",\"12\":\"00401\",\"13\":\"000000007\","        \
    "\"14\":\"0\",\"15\":\"P\",\"16\":\">\"},"
#define GS_TREE                                                                                    \
    "\"GS\":{\"01\":\"QM\",\"02\":\"ACME\",\"03\":\"OURS\",\"04\":\"20260314\",\"05\":\"0930\","   \
    "\"06\":\"12\",\"07\":\"X\",\"08\":\"004010\"},"
#define MESSAGE                                                                                    \
    "{\"message\":{\"standard\":\"x12\",\"type\":\"214\",\"version\":\"004010\","                  \
    "\"control\":\"0001\",\"group\":\"12\",\"group_type\":\"QM\",\"interchange\":\"000000007\","   \
    "\"sender_qualifier\":\"ZZ\",\"sender\":\"ACME\",\"receiver_qualifier\":\"ZZ\","               \
    "\"receiver\":\"OURS\",\"test\":false},"
#define SEGMENTS                                                                                   \
    "\"segments\":[{\"ST\":{\"01\":\"214\",\"02\":\"0001\"}},{\"B10\":{\"01\":\"PRO1\","           \
    "\"03\":\"SCAC\"}},{\"SE\":{\"01\":\"3\",\"02\":\"0001\"}}]}\n"
#define TREE MESSAGE ISA_TREE GS_TREE SEGMENTS

static lgs_input_t input_of(const char *format, const lgs_edi_profile_t *profile)
{
    return (lgs_input_t){lgs_input_format(lgs_cstr(format)), profile};
}

static void check_whole(const char *source, const char *want)
{
    lgs_input_t input = input_of("edi", NULL);

    check_documents(&input, lgs_cstr(source), false, false, want);
}

/* The segments only, without the envelope: of the last document. */
static lgs_str_t segments_of(documents_t *d, const lgs_input_t *input, lgs_str_t source)
{
    lgs_str_t text = read_documents(d, input, source, source.len, NULL);
    const char *at = text.data ? strstr(text.data, "\"segments\":") : NULL;

    return at ? lgs_str(at + 11, (size_t)(text.data + text.len - at) - 13) : text;
}

static void check_segments_with(const lgs_edi_profile_t *profile, lgs_str_t source,
                                const char *want)
{
    lgs_input_t input = input_of("edi", profile);
    documents_t d = documents_begin();

    d.texts = true;
    CHECK_STR(segments_of(&d, &input, source), want);
    documents_end(&d);
}

static void check_segments(const char *source, const char *want)
{
    check_segments_with(NULL, lgs_cstr(source), want);
}

/* ---- what is seen ---- */

typedef struct {
    lgs_buf_t out;
} seen_t;

static void see(void *data, const lgs_edi_event_t *event)
{
    seen_t *seen = data;

    if (event->what == LGS_EDI_PROBLEM) {
        lgs_buf_printf(
            &seen->out, "%s@%u:%u:%u ", lgs_edi_check_name(event->standard, event->problem->check),
            event->problem->pos.line, event->problem->pos.segment, event->problem->pos.element);
    }
}

/* All problems of a source, in their order, nothing refused: "se01_count@1:3:1 ". */
static lgs_str_t problems_of(lgs_arena_t *arena, lgs_str_t source)
{
    lgs_edi_profile_t profile = {.wrap = LGS_EDI_WRAP_AUTO};
    lgs_input_t input = input_of("edi", &profile);
    lgs_reader_t *reader;
    seen_t seen;
    lgs_rc_t rc = LGS_OK;
    lgs_window_t window = {source, true};

    memset(profile.checks, LGS_EDI_WARN, sizeof(profile.checks));
    reader = lgs_reader_open(&input, NULL, arena);
    lgs_buf_init(&seen.out, arena, 0, 0);
    lgs_edi_watch(reader, see, &seen);
    while (rc != LGS_END && rc != LGS_NOMEM) {
        lgs_errs_t errs;
        lgs_doc_t doc;

        lgs_errs_init(&errs, arena, 5);
        rc = lgs_reader_next(reader, &window, arena, &doc, &errs);
        if (errs.n) {
            lgs_buf_printf(&seen.out, "(%s) ", errs.first->code);
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    return lgs_buf_text(&seen.out);
}

static void check_problems(const char *source, const char *want)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);

    CHECK_STR(problems_of(arena, lgs_cstr(source)), want);
    lgs_arena_destroy(arena);
}

/* ---- X12 ---- */

TEST(a_set_with_its_envelope)
{
    check_whole(ISA4 GS SET TAIL, TREE);
    check_problems(ISA4 GS SET TAIL, "");
}

TEST(line_ends_behind_terminators_are_nothing)
{
    check_whole("\xef\xbb\xbf" ISA4 "\r\n" GS "\n  ST*214*0001~\r\n B10*PRO1**SCAC~\nSE*3*0001~"
                " \r\n" TAIL "\r\n\x1a",
                TREE);
}

/* Messages may be counted where groups are; a number that is too great is none. */
TEST(counts_and_numbers)
{
#define UNG "UNG+IFTSTA+A+B+260314:0930+9'"
    check_problems(UNB UNG UNH "UNT+2+1'UNH+2+IFTSTA:D:96A:UN'UNT+2+2'UNE+2+9'UNZ+2+REF7'", "");
    check_problems(UNB UNG UNH "UNT+2+1'UNH+2+IFTSTA:D:96A:UN'UNT+2+2'UNE+2+9'UNZ+1+REF7'", "");
    check_problems(UNB UNG UNH "UNT+2+1'UNH+2+IFTSTA:D:96A:UN'UNT+2+2'UNE+2+9'UNZ+3+REF7'",
                   "unz_count@1:0:1 ");
    check_problems(UNB UNG "UNO+1+a+b+5'abcdeUNP+5+1'" UNH "UNT+2+1'UNE+2+9'UNZ+2+REF7'",
                   "package@1:0:0 ");
    check_problems(UNB UNH "UNT+2+01'UNZ+1+REF7'", "unt_mismatch@1:2:2 ");
    check_problems(ISA4 GS "ST*214*1~B10*A~SE*4294967299*1~" TAIL, "se01_count@1:3:1 ");
    check_problems(ISA4 GS "ST*214*1~B10*A~SE*3*4294967297~" TAIL, "se02_mismatch@1:3:2 ");
#undef UNG
}

/* What is no mark of its own, and the last of a file's lines. */
TEST(separators_that_are_others)
{
#define ISA_AS(repetition, component)                                                              \
    ISA "*260314*0930*" repetition "*00501*000000007*0*T*" component "~"
    check_segments(ISA_AS(">", ">") GS "ST*214*1~N1*a>b~SE*3*1~" TAIL,
                   "[{\"ST\":{\"01\":\"214\",\"02\":\"1\"}},{\"N1\":{\"01\":{\"01\":\"a\",\"02\":"
                   "\"b\"}}},{\"SE\":{\"01\":\"3\",\"02\":\"1\"}}]");
    check_problems(ISA_AS("^", "~") GS SET TAIL, "(edi-header) ");
    check_problems(ISA "*260314*0930*U*00401*000000007*0*P*>\n"
                       "GS*QM*ACME*OURS*20260314*0930*12*X*004010\nST*214*1\nSE*2*1\nGE*1*12\n"
                       "IEA*1*000000007",
                   "");
    /* released, with enough behind it that many bytes are looked at once */
    check_segments(
        UNB UNH
        "FTX+?\xe9?+'FTX+bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        "'UNT+4+1'UNZ+1+REF7'",
        "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"IFTSTA\",\"1\":\"D\",\"2\":\"96A\",\"3\":"
        "\"UN\"}}},{\"FTX\":{\"0\":{\"0\":\"\xc3\xa9+\"}}},{\"FTX\":{\"0\":{\"0\":"
        "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}}},"
        "{\"UNT\":{\"0\":{\"0\":\"4\"},\"1\":{\"0\":\"1\"}}}]");
    check_segments(
        "UNB+UNOC:3+ACME:ZZ+OU\nRS:ZZ+260314:0930+REF7'" UNH
        "FTX+a?\n'b'FTX+bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        "'UNT+4+1'UNZ+1+REF7'",
        "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"IFTSTA\",\"1\":\"D\",\"2\":\"96A\",\"3\":"
        "\"UN\"}}},{\"FTX\":{\"0\":{\"0\":\"a'b\"}}},{\"FTX\":{\"0\":{\"0\":"
        "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}}},"
        "{\"UNT\":{\"0\":{\"0\":\"4\"},\"1\":{\"0\":\"1\"}}}]");
    /* 2^64 + 5 bytes are not five */
    check_segments(ISA4 GS "ST*841*1~BIN*18446744073709551621*h*llo~SE*3*1~" TAIL,
                   "[{\"ST\":{\"01\":\"841\",\"02\":\"1\"}},{\"BIN\":{\"01\":"
                   "\"18446744073709551621\",\"02\":\"h\",\"03\":\"llo\"}},"
                   "{\"SE\":{\"01\":\"3\",\"02\":\"1\"}}]");
#undef ISA_AS
}

/* Equal ones, letters, digits, blanks, NUL, and half a character. */
TEST(separators_that_tell_nothing_apart)
{
    static const char *const unas[] = {"++.? '",    "+:.:'",     ":'.? '",   ":+.: '",  ":+.+ '",
                                       "':.? '",    ":+.' '",    "A+.? '",   ":9.? '",  ":+.? z",
                                       ":+.A '",    " +.? '",    ": .? '",   "\n+.? '", ":\r.? '",
                                       "\xe9+.? '", ":\xe9.? '", ":+.? \xe9"};
    static const char bodies[][12] = {"ISA\0"
                                      "00",
                                      "ISA 00",
                                      "ISA\n00",
                                      "ISA\xe9"
                                      "00",
                                      "ST\0"
                                      "214",
                                      "ST 214",
                                      "GS\nQM",
                                      "ST\xe9"
                                      "214",
                                      "UNB!UNOC",
                                      "UNH\0"
                                      "1"};

    for (size_t i = 0; i < LGS_N(unas); i++) {
        char source[128];

        snprintf(source, sizeof(source), "UNA%sUNB+UNOC:3+A+B+260314:0930+R'UNZ+0+R'", unas[i]);
        check_problems(source, "(edi-header) ");
    }
    for (size_t i = 0; i < LGS_N(bodies); i++) {
        char source[64] = "";
        lgs_arena_t *arena = lgs_arena_create(0, 0);

        memcpy(source, bodies[i], sizeof(bodies[i]));
        memset(source + sizeof(bodies[i]), 'x', 40);
        CHECK_STR(problems_of(arena, lgs_str(source, sizeof(bodies[i]) + 40)), "(edi-header) ");
        lgs_arena_destroy(arena);
    }
}

/* What stands before "=" is a text like others, and ends nothing where it is no tag's. */
TEST(tags_of_tradacoms)
{
    static const char source[] =
        "STX=ANA:1+500:A+501:B+260314:093000+7'MHD=1+ORDERS:9'A\"\\=1'\xc3=2'C:D=:x+y'MTR=5'END=1'";

    check_segments(source,
                   "[{\"MHD\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"ORDERS\",\"1\":\"9\"}}},"
                   "{\"A\\\"\\\\\":{\"0\":{\"0\":\"1\"}}},{\"\xc3\x83\":{\"0\":{\"0\":"
                   "\"2\"}}},{\"C\":{\"0\":{\"0\":\"y\"}}},{\"MTR\":{\"0\":{\"0\":\"5\"}}}]");
    check_problems(source, "bad_tag@1:2:0 ");
    check_problems("STX=ANA:1+500:A+501:B+260314:093000+7'MHD=1+ORDERS:9'A?=b=1+\x81'MTR=3'END=1'",
                   "bad_tag@1:2:0 bad_byte@1:2:1 ");
}

/* Two interchanges with a few thousand blanks between them, and a terminator among these. */
TEST(blanks_between_interchanges_are_no_matter)
{
    static const char one[] = ISA4 GS SET TAIL;
    static char source[16384];
    const size_t n = sizeof(one) - 1, n_blanks = 6000;
    lgs_input_t input = input_of("edi", NULL);
    const lgs_edi_profile_t strict = {.checks = {[LGS_EDI_LEADING] = LGS_EDI_REJECT}};
    const lgs_input_t refusing = input_of("edi", &strict);

    memset(source, ' ', sizeof(source));
    memcpy(source, one, n);
    source[n + 100] = '~';
    memcpy(source + n + n_blanks, one, n);
    for (size_t step = 1; step<3 * n_blanks; step += step> 20 ? 997 : 1) {
        documents_t d = documents_begin();

        CHECK_STR(read_documents(&d, &input, lgs_str(source, 2 * n + n_blanks), step, NULL),
                  TREE TREE);
        documents_end(&d);
        d = documents_begin();
        CHECK_STR(read_documents(&d, &refusing, lgs_str(source, 2 * n + n_blanks), step, NULL),
                  TREE "! leading_bytes 1:6210\n! edi-envelope 1:6358\n");
        documents_end(&d);
    }
}

TEST(terminators_of_every_kind)
{
    static const char *const terminators[] = {"\n",   "\r\n",     "\r",           "!",        "$",
                                              "\x15", "\xc3\x96", "\xe2\x80\xa6", "\xc2\xa6", "|"};
    static const char *const parts[] = {ISA "*260314*0930*U*00401*000000007*0*P*>",
                                        "GS*QM*ACME*OURS*20260314*0930*12*X*004010",
                                        "ST*214*0001",
                                        "B10*PRO1**SCAC",
                                        "SE*3*0001",
                                        "GE*1*12",
                                        "IEA*1*000000007"};

    for (size_t i = 0; i < LGS_N(terminators); i++) {
        char source[512];
        size_t n = 0;

        for (size_t k = 0; k < LGS_N(parts); k++) {
            n += (size_t)snprintf(source + n, sizeof(source) - n, "%s%s", parts[k], terminators[i]);
        }
        check_whole(source, TREE);
    }
}

TEST(headers_that_are_not_as_the_standard_wants_them)
{
    /* unpadded; a number with nine digits; ISA16 missing; a blank before the terminator */
    check_segments("ISA*00**00**ZZ*ACME*ZZ*OURS*20260314*0930*U*00401*7*0*P*>~" GS SET TAIL,
                   "[{\"ST\":{\"01\":\"214\",\"02\":\"0001\"}},{\"B10\":{\"01\":\"PRO1\",\"03\":"
                   "\"SCAC\"}},{\"SE\":{\"01\":\"3\",\"02\":\"0001\"}}]");
    check_problems("ISA*00**00**ZZ*ACME*ZZ*OURS*20260314*0930*U*00401*7*0*P*>~" GS SET TAIL,
                   "isa_not_fixed_width@1:0:0 ");
    check_problems(ISA "*260314*0930*U*00401*000000007*0*P*~" GS SET TAIL,
                   "isa_not_fixed_width@1:0:0 ");
    check_problems(ISA "*260314*0930*U*00401*000000007*0*P*: ~" GS SET TAIL, "");
    check_problems("~\n" ISA4 GS SET TAIL, "leading_bytes@2:0:0 ");
}

TEST(a_file_that_is_wrapped)
{
    check_segments(ISA
                   "*260314*09\n30*U*00401*000000007*0*P*>~GS*QM*ACME*OU\nRS*20260314*0930*12*X*"
                   "004010~S\nT*214*0001~B10*PRO\r\n1**SCAC~SE*3*0001\n~" TAIL,
                   "[{\"ST\":{\"01\":\"214\",\"02\":\"0001\"}},{\"B10\":{\"01\":\"PRO1\",\"03\":"
                   "\"SCAC\"}},{\"SE\":{\"01\":\"3\",\"02\":\"0001\"}}]");
    check_problems(ISA "*260314*09\n30*U*00401*000000007*0*P*>~" GS SET TAIL,
                   "header_line_break@1:0:0 ");
}

TEST(repetitions_and_components)
{
    check_segments(
        ISA5 GS "ST*214*1~REF*A^B^^C*x:y^z*:b*q^*^*:~SE*3*1~" TAIL,
        "[{\"ST\":{\"01\":\"214\",\"02\":\"1\"}},{\"REF\":{\"01\":[\"A\",\"B\",null,"
        "\"C\"],\"02\":[{\"01\":\"x\",\"02\":\"y\"},\"z\"],\"03\":{\"02\":\"b\"},"
        "\"04\":[\"q\",null],\"05\":[null,null]}},{\"SE\":{\"01\":\"3\",\"02\":\"1\"}}]");
    /* "U" is no separator, and below 00402 nothing is */
    check_segments(ISA4 GS "ST*214*1~N1*U^U~SE*3*1~" TAIL,
                   "[{\"ST\":{\"01\":\"214\",\"02\":\"1\"}},{\"N1\":{\"01\":\"U^U\"}},{\"SE\":{"
                   "\"01\":\"3\",\"02\":\"1\"}}]");
}

/* Texts are passed 16 bytes at a time: a mark, a quote or a letter may stand at each of these. */
TEST(what_means_something_is_found_wherever_it_stands)
{
    for (size_t n = 0; n < 40; n++) {
        char source[512], want[512];
        const char text[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST";

        snprintf(source, sizeof(source),
                 ISA5 GS "ST*214*1~N1*%.*s*%.*s\"\\x*%.*s:^%.*s\xc3\xa9~SE*3*1~" TAIL, (int)n, text,
                 (int)n, text, (int)n, text, (int)n, text);
        snprintf(
            want, sizeof(want),
            "[{\"ST\":{\"01\":\"214\",\"02\":\"1\"}},{\"N1\":{%s%.*s%s\"02\":\"%.*s\\\"\\\\x\","
            "\"03\":[%s%.*s%s,\"%.*s\xc3\xa9\"]}},{\"SE\":{\"01\":\"3\",\"02\":\"1\"}}]",
            n ? "\"01\":\"" : "", (int)n, text, n ? "\"," : "", (int)n, text,
            n ? "{\"01\":\"" : "null", (int)n, text, n ? "\"}" : "", (int)n, text);
        check_segments(source, want);
    }
}

TEST(people_are_called_isaac)
{
    check_segments(ISA4 GS "ST*214*1~NM1*IL*1*ISAAC*UNA~SE*3*1~" TAIL,
                   "[{\"ST\":{\"01\":\"214\",\"02\":\"1\"}},{\"NM1\":{\"01\":\"IL\",\"02\":\"1\","
                   "\"03\":\"ISAAC\",\"04\":\"UNA\"}},{\"SE\":{\"01\":\"3\",\"02\":\"1\"}}]");
}

TEST(binary_data_is_as_long_as_it_says)
{
    check_segments(ISA4 GS "ST*841*1~BIN*7*a~b*c~d~BDS*ASC*3*~~~~SE*4*1~" TAIL,
                   "[{\"ST\":{\"01\":\"841\",\"02\":\"1\"}},{\"BIN\":{\"01\":\"7\",\"02\":"
                   "\"YX5iKmN-ZA\"}},{\"BDS\":{\"01\":\"ASC\",\"02\":\"3\",\"03\":\"fn5-\"}},"
                   "{\"SE\":{\"01\":\"4\",\"02\":\"1\"}}]");
    check_segments(
        "UNB+UNOC:3+A+B+1:2+R'UNH+1+X'BIN+3+a:'b'UNT+4+1'UNZ+1+R'",
        "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"X\"}}},{\"BIN\":{\"0\":{\"0\":\"3\"},"
        "\"1\":{\"0\":\"a\"}}},{\"b\":{}},{\"UNT\":{\"0\":{\"0\":\"4\"},\"1\":{\"0\":\"1\"}}}]");
    /* the length of a repeated element, of a component or of a tag's is that of no data */
    check_segments(ISA5 GS "ST*841*1~BDS*A^5*\"},{\"~BDS*A:3*\"x\"~SE*4*1~" TAIL,
                   "[{\"ST\":{\"01\":\"841\",\"02\":\"1\"}},{\"BDS\":{\"01\":[\"A\",\"5\"],"
                   "\"02\":\"\\\"},{\\\"\"}},{\"BDS\":{\"01\":{\"01\":\"A\",\"02\":\"3\"},"
                   "\"02\":\"\\\"x\\\"\"}},{\"SE\":{\"01\":\"4\",\"02\":\"1\"}}]");
    check_segments(ISA5 GS "ST*841*1~BIN:3*\"~\"~BIN*1:3*\"x\"~SE*5*1~" TAIL,
                   "[{\"ST\":{\"01\":\"841\",\"02\":\"1\"}},{\"BIN\":{\"01\":\"\\\"\"}},"
                   "{\"\\\"\":{}},{\"BIN\":{\"01\":{\"01\":\"1\",\"02\":\"3\"},\"02\":"
                   "\"Ingi\"}},{\"SE\":{\"01\":\"5\",\"02\":\"1\"}}]");
    /* places count as it is read */
    check_problems(ISA5 GS "ST*841*1~BDS*A^3*a~b~BIN*:*abcdefghij~BIN:3*a~b~SE*9*1~" TAIL,
                   "bad_tag@1:3:0 se01_count@1:7:1 ");
    check_problems(ISA5 GS "ST*841*1~BIN*3*a~b~SE*9*1~" TAIL, "se01_count@1:3:1 ");
    /* a length that leads nowhere is a word like others */
    check_problems(ISA4 GS "ST*841*1~BIN*7*abc~SE*3*1~" TAIL, "");
    check_problems(ISA "*260314*0930*U*00401*000000007*0*P*>\n"
                       "GS*QM*ACME*OURS*20260314*0930*12*X*004010\nST*214*1\nBIN*2*abcde\n"
                       "SE*3*1\nGE*1*12\nIEA*1*000000007\n",
                   "");
}

/* ---- EDIFACT ---- */

/* An object may hold anything: a set of its own, terminators, the end of the interchange. */
TEST(an_object_is_passed_over)
{
#define UNO    "UNO+1+AAA:x+1:2+10'"
#define OBJECT "ab'+:?'UNH"
    check_problems(UNB UNH "UNT+2+1'" UNO OBJECT "UNP+10+1'UNZ+2+REF7'", "package@1:0:0 ");
    check_problems(UNB UNO OBJECT "UNP+10+1'" UNH "UNT+2+1'UNZ+2+REF7'", "package@1:0:0 ");
    check_problems(UNB "UNG+IFTSTA+A+B+260314:0930+9'" UNO OBJECT "UNP+10+1'" UNH
                       "UNT+2+1'UNE+2+9'UNZ+1+REF7'",
                   "package@1:0:0 ");
    check_problems(UNB "UNO+1+AAA:x+1:2+0'UNP+0+1'" UNH "UNT+2+1'UNZ+2+REF7'", "package@1:0:0 ");
    /* a length that is wrong, one that is none, and an object that is cut off */
    check_problems(UNB "UNO+1+AAA:x+1:2+9'" OBJECT "'UNP+10+1'" UNH "UNT+2+1'UNZ+2+REF7'",
                   "package@1:0:0 outside@1:0:0 outside@1:0:0 ");
    check_problems(UNB "UNO+1+AAA:x'UNP+10+1'" UNH "UNT+2+1'UNZ+1+REF7'", "");
    check_problems(UNB UNO "ab'", "package@1:0:0 no_unz@1:0:0 ");
    check_segments(UNB UNO OBJECT "UNP+10+1'" UNH "UNT+2+1'UNZ+2+REF7'",
                   "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"IFTSTA\",\"1\":\"D\",\"2\":"
                   "\"96A\",\"3\":\"UN\"}}},{\"UNT\":{\"0\":{\"0\":\"2\"},\"1\":{\"0\":\"1\"}}}]");
    check_whole(UNB UNO OBJECT "UNP+10+1'UNZ+1+REF7'", "");
#undef OBJECT
#undef UNO
}

TEST(a_message_with_its_envelope)
{
    check_whole(
        UNB UNH "CNI+1+P?+1:a'STS+1+21::87:D?''UNT+4+1'UNZ+1+REF7'",
        "{\"message\":{\"standard\":\"edifact\",\"type\":\"IFTSTA\",\"version\":\"D.96A\","
        "\"agency\":\"UN\",\"control\":\"1\",\"interchange\":\"REF7\","
        "\"sender\":\"ACME\",\"sender_qualifier\":\"ZZ\",\"receiver\":\"OURS\","
        "\"receiver_qualifier\":\"ZZ\",\"test\":false},\"UNB\":{\"0\":{\"0\":\"UNOC\",\"1\":"
        "\"3\"},\"1\":{\"0\":\"ACME\",\"1\":\"ZZ\"},\"2\":{\"0\":\"OURS\",\"1\":\"ZZ\"},"
        "\"3\":{\"0\":\"260314\",\"1\":\"0930\"},\"4\":{\"0\":\"REF7\"}},\"segments\":["
        "{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"IFTSTA\",\"1\":\"D\",\"2\":\"96A\","
        "\"3\":\"UN\"}}},{\"CNI\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"P+1\",\"1\":\"a\"}}},"
        "{\"STS\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"21\",\"2\":\"87\",\"3\":\"D'\"}}},"
        "{\"UNT\":{\"0\":{\"0\":\"4\"},\"1\":{\"0\":\"1\"}}}]}\n");
}

TEST(releases_of_both_parities)
{
    check_segments(
        UNB UNH "FTX+A?\?'FTX+B?\?\?''FTX+?\?\?\?\?\?'FTX+?x'UNT+6+1'UNZ+1+REF7'",
        "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"IFTSTA\",\"1\":\"D\",\"2\":"
        "\"96A\",\"3\":\"UN\"}}},{\"FTX\":{\"0\":{\"0\":\"A?\"}}},{\"FTX\":{\"0\":{\"0\":"
        "\"B?'\"}}},{\"FTX\":{\"0\":{\"0\":\"???\"}}},{\"FTX\":{\"0\":{\"0\":\"x\"}}},"
        "{\"UNT\":{\"0\":{\"0\":\"6\"},\"1\":{\"0\":\"1\"}}}]");
}

TEST(a_tag_may_be_released)
{
    check_problems(UNB UNH "?FTX+a'U?NT+3+1'UNZ+1+REF7'", "");
}

TEST(service_characters_of_una)
{
    check_segments(
        "UNA|;,! ~\r\nUNB;UNOC|3;A;B;260314|0930;R~UNH;1;X|D|96A|UN~FTX;!;|b*c~UNT;3;1~"
        "UNZ;1;R~",
        "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"X\",\"1\":\"D\",\"2\":\"96A\",\"3\":"
        "\"UN\"}}},{\"FTX\":{\"0\":{\"0\":\";\",\"1\":\"b*c\"}}},{\"UNT\":{\"0\":{\"0\":"
        "\"3\"},\"1\":{\"0\":\"1\"}}}]");
    /* syntax 4: repetitions, with and without UNA, switched off by a blank or the profile */
    check_segments(
        "UNB+UNOC:4+A+B+20260314:0930+R'UNH+1+X:D:96A:UN'FTX+a*b:c'UNT+3+1'UNZ+1+R'",
        "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"X\",\"1\":\"D\",\"2\":\"96A\",\"3\":"
        "\"UN\"}}},{\"FTX\":{\"0\":[{\"0\":\"a\"},{\"0\":\"b\",\"1\":\"c\"}]}},{\"UNT\":{"
        "\"0\":{\"0\":\"3\"},\"1\":{\"0\":\"1\"}}}]");
    check_segments("UNA:+.? 'UNB+UNOC:4+A+B+20260314:0930+R'UNH+1+X'FTX+a*b'UNT+3+1'UNZ+1+R'",
                   "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"X\"}}},{\"FTX\":{\"0\":{\"0\":"
                   "\"a*b\"}}},{\"UNT\":{\"0\":{\"0\":\"3\"},\"1\":{\"0\":\"1\"}}}]");
    check_segments_with(&(lgs_edi_profile_t){.has_no_repetition = true},
                        LGS_STR("UNA:+.?*'UNB+UNOC:4+A+B+20260314:0930+R'UNH+1+X'FTX+a*b'UNT+3+1'"
                                "UNZ+1+R'"),
                        "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"X\"}}},{\"FTX\":{\"0\":{"
                        "\"0\":\"a*b\"}}},{\"UNT\":{\"0\":{\"0\":\"3\"},\"1\":{\"0\":\"1\"}}}]");
    /* UNOB's own separators */
    check_segments("UNB\x1dUNOB\x1f"
                   "1\x1d"
                   "A\x1d"
                   "B\x1d"
                   "260314\x1f"
                   "0930\x1dR\x1cUNH\x1d"
                   "1\x1dX\x1c"
                   "FTX\x1d+:'?\x1cUNT\x1d"
                   "3\x1d"
                   "1\x1cUNZ\x1d"
                   "1\x1dR\x1c",
                   "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"X\"}}},{\"FTX\":{\"0\":{\"0\":"
                   "\"+:'?\"}}},{\"UNT\":{\"0\":{\"0\":\"3\"},\"1\":{\"0\":\"1\"}}}]");
}

TEST(a_line_end_within_a_segment_is_data_and_told)
{
    check_segments(UNB UNH "FTX+a\nb'UNT+3+1'UNZ+1+REF7'",
                   "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"IFTSTA\",\"1\":\"D\",\"2\":"
                   "\"96A\",\"3\":\"UN\"}}},{\"FTX\":{\"0\":{\"0\":\"a\\nb\"}}},{\"UNT\":{\"0\":{"
                   "\"0\":\"3\"},\"1\":{\"0\":\"1\"}}}]");
    check_problems(UNB UNH "FTX+a\nb'UNT+3+1'UNZ+1+REF7'", "line_break@1:2:1 ");
}

TEST(bytes_become_utf8)
{
    static const struct {
        const char *level, *bytes, *want;
    } cases[] = {
        {"UNOC",
         "S\xfc"
         "d",
         "S\xc3\xbc"
         "d"},
        {"UNOA",
         "S\xc3\xbc"
         "d",
         "S\xc3\xbc"
         "d"},
        {"UNOC", "5\x80", "5\xe2\x82\xac"},
        {"UNOD", "\xb3", "\xc5\x82"},
        {"UNOE", "\xbf", "\xd0\x9f"},
        {"UNOF", "\xe1", "\xce\xb1"},
        {"UNOY", "\xe4\xb8\xad", "\xe4\xb8\xad"},
        {"UNOL", "\xe9", "\xc3\xa9"},
        {"UNOC",
         "a\x81"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {"UNOC", "\xfc?'", "\xc3\xbc'"},
        {"UNOC", "?\xfc", "\xc3\xbc"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char source[200], want[200];

        snprintf(source, sizeof(source),
                 "UNB+%s:3+A+B+260314:0930+R'UNH+1+X'FTX+%s'UNT+3+1'"
                 "UNZ+1+R'",
                 cases[i].level, cases[i].bytes);
        snprintf(want, sizeof(want),
                 "[{\"UNH\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"X\"}}},"
                 "{\"FTX\":{\"0\":{\"0\":\"%s\"}}},{\"UNT\":{\"0\":{\"0\":\"3\"},"
                 "\"1\":{\"0\":\"1\"}}}]",
                 cases[i].want);
        check_segments(source, want);
    }
    check_problems("UNB+UNOA:3+A+B+1:2+R'UNH+1+X'FTX+\x81'UNT+3+1'UNZ+1+R'",
                   "bad_byte@1:2:1 charset_level@1:2:1 ");
}

TEST(tradacoms)
{
    check_segments(
        "STX=ANA:1+500:ACME+501:OURS+260314:093000+REF7'MHD=1+ORDHDR:9'TYP=0430=X'MTR=3'"
        "MHD=2+ORDERS:9'ODI'MTR=3'END=2'",
        "[{\"MHD\":{\"0\":{\"0\":\"1\"},\"1\":{\"0\":\"ORDHDR\",\"1\":\"9\"}}},{\"TYP\":{"
        "\"0\":{\"0\":\"0430=X\"}}},{\"MTR\":{\"0\":{\"0\":\"3\"}}}]}\n{\"message\":{"
        "\"standard\":\"tradacoms\",\"type\":\"ORDERS\",\"version\":\"9\",\"control\":"
        "\"2\",\"interchange\":\"REF7\",\"sender\":\"500\",\"receiver\":\"501\"},\"STX\":{"
        "\"0\":{\"0\":\"ANA\",\"1\":\"1\"},\"1\":{\"0\":\"500\",\"1\":\"ACME\"},\"2\":{"
        "\"0\":\"501\",\"1\":\"OURS\"},\"3\":{\"0\":\"260314\",\"1\":\"093000\"},\"4\":{"
        "\"0\":\"REF7\"}},\"segments\":[{\"MHD\":{\"0\":{\"0\":\"2\"},\"1\":{\"0\":"
        "\"ORDERS\",\"1\":\"9\"}}},{\"ODI\":{}},{\"MTR\":{\"0\":{\"0\":\"3\"}}}]");
    check_problems("STX=ANA:1+500+501+260314+7'BAT=1'MHD=1+X:9'MTR=3'EOB=2'END=1'",
                   "mtr_count@1:2:1 eob_count@1:0:1 ");
}

/* ---- envelopes ---- */

TEST(every_check_of_x12_has_its_name_and_place)
{
    check_problems(ISA4 GS "ST*214*0001~B10*P~SE*4*0001~" TAIL, "se01_count@1:3:1 ");
    check_problems(ISA4 GS "ST*214*0001~B10*P~SE**0001~" TAIL, "se01_count@1:3:1 ");
    check_problems(ISA4 GS "ST*214*0001~\nB10*P~\nSE*3*0002~" TAIL, "se02_mismatch@3:3:2 ");
    check_problems(ISA4 GS SET "GE*2*12~IEA*1*000000007~", "ge01_count@1:0:1 ");
    check_problems(ISA4 GS SET "GE*1*13~IEA*1*000000007~", "ge02_mismatch@1:0:2 ");
    check_problems(ISA4 GS SET "GE*1*0012~IEA*1*7~", ""); /* as numbers */
    check_problems(ISA4 GS SET "GE*1*12~\nIEA*2*000000007~", "iea01_count@2:0:1 ");
    check_problems(ISA4 GS SET "GE*1*12~IEA*1*000000008~", "iea02_mismatch@1:0:2 ");
    check_problems(ISA4 GS "ST*214*0001~B10*P~" TAIL, "no_se@1:2:0 ");
    check_problems(ISA4 GS "ST*214*0001~B10*P~" SET "GE*2*12~IEA*1*7~",
                   "no_se@1:2:0 st02_repeated@1:1:0 ");
    check_problems(ISA4 GS SET "IEA*1*000000007~", "no_ge@1:0:0 ");
    check_problems(ISA4 GS SET "GE*1*12~", "no_iea@1:0:0 ");
    check_problems(ISA4, "no_iea@1:0:0 ");
    check_problems(ISA "*260314*0930*U*00401*0000007AB*0*P*>~" GS SET "GE*1*12~IEA*1*0000007AB~",
                   "isa13_digits@1:0:13 ");
    check_problems(ISA "*260314*0930*U*00401*00000\r\n0007*0*P*>~" GS SET
                       "GE*1*12~IEA*1*00000\r\n0007~",
                   "header_line_break@1:0:0 ");
    check_problems(ISA4 GS SET, "no_ge@1:0:0 no_iea@1:0:0 ");
    check_problems(ISA4 SET "IEA*0*000000007~", "no_gs@1:1:0 iea01_count@1:0:1 ");
    check_problems(GS SET "GE*1*12~", "no_isa@1:0:0 ");
    check_problems(SET, "no_isa@1:0:0 ");
    check_problems(ISA4 GS "SE*1*1~" SET TAIL, "no_st@1:0:0 ");
    check_problems(ISA4 "GE*0*1~" GS SET TAIL, "no_gs@1:0:0 ");
    check_problems(ISA4 GS SET SET "GE*2*12~IEA*1*7~", "st02_repeated@1:1:0 ");
    check_problems(ISA4 GS "ST*850*0001~B10*P~SE*3*0001~" TAIL, "gs01_type@1:1:0 ");
    check_problems(ISA4 GS "ST*301*0001~B10*P~SE*3*0001~" TAIL, "gs01_type@1:1:0 ");
    check_problems(ISA4 "GS*RO*ACME*OURS*20260314*0930*12*X*004010~ST*301*1~SE*2*1~" TAIL, "");
    check_problems(ISA4 GS "ST*999999*1~SE*2*1~" TAIL, "");
    check_problems(ISA4 GS "ST*214*0001~~B10*P~SE*3*0001~" TAIL, "blank_segment@1:1:0 ");
    check_problems(ISA4 GS "ST*214*0001~b10*P~SE*3*0001~" TAIL, "bad_tag@1:2:0 ");
    check_problems(ISA4 "N1*X~" GS SET TAIL, "outside@1:0:0 ");
    check_problems(ISA4 GS SET "GE*1*12~IEA*1*000000007", "unterminated@1:0:0 ");
    check_problems(ISA4 GS SET TAIL "what is this", "trailing_bytes@1:0:0 ");
    check_problems(ISA4 "TA1*000000006*260314*0930*A*000~IEA*0*000000007~", "");
    check_problems(ISA4 "TA1*000000006*260314*0930*A*000~" GS SET TAIL, "");
}

TEST(every_check_of_edifact_has_its_name)
{
    check_problems(UNB UNH "UNT+3+1'UNZ+1+REF7'", "unt_count@1:2:1 ");
    check_problems(UNB UNH "UNT+2+2'UNZ+1+REF7'", "unt_mismatch@1:2:2 ");
    check_problems(UNB UNH "UNT+2+1'UNZ+2+REF7'", "unz_count@1:0:1 ");
    check_problems(UNB UNH "UNT+2+1'UNZ+1+REF07'", "unz_mismatch@1:0:2 ");
    check_problems(UNB UNH "UNZ+1+REF7'", "no_unt@1:1:0 ");
    check_problems(UNB UNH "UNT+2+1'", "no_unz@1:0:0 ");
    check_problems(UNH "UNT+2+1'", "no_unb@1:0:0 ");
    check_problems(UNB "UNG+IFTSTA+A+B+260314:0930+9'" UNH "UNT+2+1'UNE+2+8'UNZ+1+REF7'",
                   "une_count@1:0:1 une_mismatch@1:0:2 ");
    check_problems(UNB "UNT+1+1'" UNH "UNT+2+1'UNZ+1+REF7'", "no_unh@1:0:0 ");
    /* an interchange whose end is missing ends where the next one begins */
    check_problems(UNB UNH "UNT+2+1'UNA:+.? '" UNB UNH "UNT+2+1'UNZ+1+REF7'", "no_unz@1:0:0 ");
    check_problems(UNB UNH "UNT+2+1'" UNB UNH "UNT+2+1'UNZ+1+REF7'", "no_unz@1:0:0 ");
}

TEST(what_is_refused_does_not_keep_the_others_back)
{
    check_whole(ISA4 GS "ST*214*0001~B10*X~" SET "GE*2*12~IEA*1*000000007~",
                "! no_se 1:167\n" TREE);
    check_whole(ISA4 GS "ST*214*0001~B10*X~" SET "GE*2*12~",
                "! no_se 1:167\n" TREE "! no_iea 1:212\n");
    check_whole(SET, "! no_isa 1:1\n! edi-envelope 1:1\n");
    check_whole("what is this", "! edi-header 1:1\n");
    check_whole("", "");
    check_whole(" \r\n", "");
}

TEST(several_interchanges_with_separators_of_their_own)
{
    check_whole(ISA4 GS SET TAIL "\n" ISA4 GS SET TAIL, TREE TREE);
    check_problems(
        ISA4 GS SET TAIL
        "ISA|00|          |00|          |ZZ|ACME           |ZZ|OURS           |260314|0930"
        "|U|00401|000000008|0|P|>!IEA|0|000000008!"
        "\n" UNB UNH "UNT+2+1'UNZ+1+REF7'",
        "");
}

TEST(only_what_is_asked_for_is_read)
{
    lgs_input_t x12 = input_of("x12", NULL), edifact = input_of("edifact", NULL);

    check_documents(&x12, LGS_STR(ISA4 GS SET TAIL), false, false, TREE);
    check_documents(&edifact, LGS_STR(ISA4 GS SET TAIL), true, false,
                    "! edi-header 1:1 no interchange begins here: it is X12, and EDIFACT was to "
                    "come\n");
}

/* ---- places ---- */

TEST(places_name_segment_element_and_component)
{
    static const char source[] = UNB "\n" UNH "\nSTS+1+21::87:D?'x+A+B:C'\nUNT+3+1'UNZ+1+REF7'";
    lgs_input_t input = input_of("edi", NULL);
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_window_t window = {lgs_str(source, sizeof(source) - 1), true};
    const lgs_node_t *node;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_pos_t pos;

    lgs_errs_init(&errs, arena, 5);
    CHECK_INT(lgs_reader_next(reader, &window, arena, &doc, &errs), LGS_OK);
    node = lgs_node_pointer(&doc.root, LGS_STR("/segments/1/STS/1/2"));
    pos = lgs_doc_locate(&doc, node ? node->offset : 0);
    CHECK_INT(pos.line, 3);
    CHECK_INT(pos.column, 11);
    CHECK_INT(pos.segment, 2);
    CHECK_INT(pos.element, 2);
    CHECK_INT(pos.component, 3);
    node = lgs_node_pointer(&doc.root, LGS_STR("/segments/1/STS/2/0"));
    pos = lgs_doc_locate(&doc, node ? node->offset : 0);
    CHECK_INT(pos.element, 3);
    CHECK_INT(pos.component, 0);
    node = lgs_node_pointer(&doc.root, LGS_STR("/UNB/4/0"));
    pos = lgs_doc_locate(&doc, node ? node->offset : 0);
    CHECK_INT(pos.line, 1);
    CHECK_INT(pos.column, 40);
    CHECK_INT(pos.segment, 0);
    CHECK_INT(pos.element, 5);
    lgs_arena_destroy(arena);
}

/* ---- limits ---- */

/* head, part times n, tail; malloc'd. */
static lgs_str_t many(const char *head, const char *part, size_t n, const char *tail)
{
    size_t size = strlen(head) + strlen(part) * n + strlen(tail) + 1, len = 0;
    char *text = malloc(size);

    len += (size_t)snprintf(text, size, "%s", head);
    for (size_t i = 0; i < n; i++, len += strlen(part)) {
        memcpy(text + len, part, strlen(part));
    }
    memcpy(text + len, tail, strlen(tail));
    return lgs_str(text, len + strlen(tail));
}

static void check_limit(const char *head, const char *part, size_t n, const char *tail,
                        const char *code)
{
    lgs_input_t input = input_of("edi", NULL);

    for (size_t more = 0; more < 2; more++) {
        lgs_str_t source = many(head, part, n + more, tail);
        documents_t d = documents_begin();
        lgs_str_t got = read_documents(&d, &input, source, source.len, NULL);

        if (more) {
            CHECK(got.len > 2 && got.data[0] == '!' &&
                  strncmp(got.data + 2, code, strlen(code)) == 0);
        } else {
            CHECK(got.len > 0 && got.data[0] == '{');
        }
        documents_end(&d);
        free((char *)source.data);
    }
}

TEST(every_limit_at_it_and_one_past_it)
{
    check_limit(ISA4 GS "ST*214*1~N1", "*a", LGS_EDI_MAX_ELEMENTS, "~SE*3*1~" TAIL, "max-nodes");
    check_limit(ISA4 GS "ST*841*1~BIN*x", "*a", LGS_EDI_MAX_ELEMENTS - 1, "~SE*3*1~" TAIL,
                "max-nodes");
    check_limit(UNB UNH "FTX", "+a", LGS_EDI_MAX_ELEMENTS, "'UNT+3+1'UNZ+1+REF7'", "max-nodes");
    check_limit(ISA5 GS "ST*214*1~N1*", "a:", LGS_EDI_MAX_COMPONENTS - 1, "a~SE*3*1~" TAIL,
                "max-nodes");
    check_limit(UNB UNH "FTX+", "a:", LGS_EDI_MAX_COMPONENTS - 1, "a'UNT+3+1'UNZ+1+REF7'",
                "max-nodes");
    check_limit(ISA5 GS "ST*214*1~N1*", "a^", LGS_EDI_MAX_REPETITIONS - 1, "a~SE*3*1~" TAIL,
                "max-nodes");
    check_limit(ISA4 GS "ST*214*1~N1*", "a", LGS_EDI_MAX_SEGMENT - 4, "~SE*3*1~" TAIL, "max-bytes");
    /* with so much behind it that many segments are gone through at once */
    check_limit(ISA4 GS "ST*214*1~N1*", "a", LGS_EDI_MAX_SEGMENT - 4,
                "~N2*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "~SE*4*1~" TAIL,
                "max-bytes");
    check_limit(ISA4 GS "ST*214*1~N1*a~", "\n", LGS_EDI_MAX_SET - 21, "SE*3*1~" TAIL, "max-bytes");
    check_limit("UNA:+.? '", " ", 1024 - 9, UNB UNH "UNT+2+1'UNZ+1+REF7'", "edi-header");
    check_limit(ISA4 GS "ST*214*1~", "A1~", LGS_EDI_MAX_SEGMENTS - 2, "SE*200000*1~" TAIL,
                "max-bytes");
    check_limit("ISA*00*          *00*          *ZZ*", "a", LGS_EDI_MAX_HEADER - 75,
                "*ZZ*O*260314*0930*U*00401*000000007*0*P*>~" GS SET TAIL, "edi-header");
}

/* Numbers are made when a segment has so many: within an element and behind it. */
static void check_numbers(lgs_str_t source, const char *last)
{
    lgs_input_t input = input_of("edi", NULL);
    documents_t d = documents_begin();

    (void)read_documents(&d, &input, source, source.len, NULL);
    lgs_buf_byte(&d.out, '\0');
    CHECK(!d.out.failed && strstr(d.out.data, last));
    documents_end(&d);
    free((char *)source.data);
}

TEST(long_segments_have_all_their_numbers)
{
    check_numbers(many(ISA4 GS "ST*214*1~N1", "*a", 255, "*z~SE*3*1~" TAIL), "\"256\":\"z\"");
    check_numbers(many(ISA4 GS "ST*841*1~BDS*x*", "*a", 253, "*z~SE*3*1~" TAIL), "\"256\":\"z\"");
    check_numbers(many(UNB UNH "FTX", "+a", 255, "+z'UNT+3+1'UNZ+1+REF7'"),
                  "\"255\":{\"0\":\"z\"}");
    check_numbers(many(UNB UNH "FTX+a+", "b:", 63, "z+y'UNT+3+1'UNZ+1+REF7'"),
                  "\"63\":\"z\"},\"2\":{\"0\":\"y\"}");
    check_numbers(many(ISA5 GS "ST*214*1~N1*1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17", "*a", 30,
                       "*z~SE*3*1~" TAIL),
                  "\"17\":\"17\"},\"02\":\"a\"");
}

TEST(a_set_that_is_too_big_is_passed)
{
    lgs_str_t source = many(ISA4 GS "ST*214*1~",
                            "N1*0123456789012345678901234567890123456789012345678901234567890123~",
                            80000, "SE*80002*1~" SET "GE*2*12~IEA*1*000000007~");
    lgs_input_t input = input_of("edi", NULL);
    documents_t d = documents_begin();
    lgs_str_t got = read_documents(&d, &input, source, 1 << 20, NULL);

    CHECK(lgs_str_starts(got, LGS_STR("! max-bytes 1:149\n{")));
    documents_end(&d);
    free((char *)source.data);
}

static void check_ceilings(bool is_one_arena)
{
    lgs_str_t source = LGS_STR(ISA5 GS "ST*214*1~REF*A^B*x:y*\xfc~SE*3*1~" TAIL);
    lgs_input_t input = input_of("edi", NULL);
    bool done = false;

    for (size_t ceiling = 1; ceiling < 1 << 20 && !done; ceiling += 97) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling), *room = lgs_arena_create(64, ceiling);
        lgs_reader_t *reader = arena && room ? lgs_reader_open(&input, NULL, arena) : NULL;
        lgs_window_t window = {source, true};
        lgs_doc_t doc;
        lgs_rc_t rc = reader ? lgs_reader_next(reader, &window, is_one_arena ? arena : room, &doc,
                                               NULL)
                             : LGS_NOMEM;

        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
        done = rc == LGS_OK;
        lgs_arena_destroy(arena);
        lgs_arena_destroy(room);
    }
    CHECK(done);
}

TEST(every_ceiling_of_memory_is_an_error)
{
    check_ceilings(false);
    check_ceilings(true);
}

/* ---- what sets have in common ---- */

#define GS2 "GS*QM*ELSE*OURS*20260315*1030*13*X*005010~"

/* Reads the next set of a window that holds all of the source. */
static lgs_doc_t next_set(lgs_reader_t *reader, lgs_window_t *window, lgs_arena_t *arena)
{
    lgs_doc_t doc = {.root = lgs_node_null(0)};

    CHECK_INT(lgs_reader_next(reader, window, arena, &doc, NULL), LGS_OK);
    window->bytes.data += lgs_reader_used(reader);
    window->bytes.len -= lgs_reader_used(reader);
    return doc;
}

static lgs_str_t text_at(const lgs_doc_t *doc, const char *pointer)
{
    return lgs_node_text(lgs_node_pointer(&doc->root, lgs_cstr(pointer)));
}

TEST(each_set_has_the_heads_that_it_stands_under)
{
    check_problems(ISA4 GS SET "GE*1*12~" GS2 SET "ST*214*2~SE*2*2~GE*2*13~IEA*2*000000007~", "");
    for (size_t own = 0; own < 2; own++) {
        lgs_window_t window = {LGS_STR(ISA4 GS SET "GE*1*12~" GS2 SET "ST*214*2~SE*2*2~GE*2*13~"
                                                   "IEA*2*000000007~" ISA5 GS SET TAIL),
                               true};
        lgs_arena_t *arena = lgs_arena_create(0, 0), *other = lgs_arena_create(0, 0);
        lgs_input_t input = input_of("edi", NULL);
        lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
        lgs_doc_t docs[4];
        static const char *const senders[] = {"ACME", "ELSE", "ELSE", "ACME"};
        static const char *const versions[] = {"004010", "005010", "005010", "004010"};

        for (size_t i = 0; i < LGS_N(docs); i++) {
            const lgs_node_t *sender;

            docs[i] = next_set(reader, &window, own ? arena : other);
            CHECK_STR(text_at(&docs[i], "/GS/02"), senders[i]);
            CHECK_STR(text_at(&docs[i], "/message/version"), versions[i]);
            CHECK_STR(text_at(&docs[i], "/ISA/12"), i < 3 ? "00401" : "00501");
            sender = lgs_node_pointer(&docs[i].root, LGS_STR("/GS/02"));
            CHECK_INT(lgs_doc_locate(&docs[i], sender->offset).element, 2);
        }
        /* in the reader's own arena documents stay, with their heads */
        for (size_t i = 0; own && i < LGS_N(docs); i++) {
            CHECK_STR(text_at(&docs[i], "/GS/02"), senders[i]);
            CHECK_STR(text_at(&docs[i], "/ISA/12"), i < 3 ? "00401" : "00501");
            CHECK_STR(text_at(&docs[i], "/message/version"), versions[i]);
        }
        lgs_arena_destroy(arena);
        lgs_arena_destroy(other);
    }
}

TEST(a_thousand_envelopes_need_no_more_than_one)
{
    lgs_str_t source = many("", ISA4 GS SET TAIL, 1000, "");
    lgs_arena_t *arena = lgs_arena_create(0, 0), *room = lgs_arena_create(0, 0);
    lgs_input_t input = input_of("edi", NULL);
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_window_t window = {source, true};
    size_t after_one = 0;

    for (size_t i = 0; i < 1000; i++) {
        lgs_arena_reset(room);
        (void)next_set(reader, &window, room);
        after_one = i == 0 ? lgs_arena_size(arena) : after_one;
    }
    CHECK_INT(lgs_arena_size(arena), after_one);
    lgs_arena_destroy(arena);
    lgs_arena_destroy(room);
    free((char *)source.data);
}

int main(void)
{
    RUN(a_set_with_its_envelope);
    RUN(line_ends_behind_terminators_are_nothing);
    RUN(counts_and_numbers);
    RUN(separators_that_are_others);
    RUN(separators_that_tell_nothing_apart);
    RUN(tags_of_tradacoms);
    RUN(blanks_between_interchanges_are_no_matter);
    RUN(terminators_of_every_kind);
    RUN(headers_that_are_not_as_the_standard_wants_them);
    RUN(a_file_that_is_wrapped);
    RUN(repetitions_and_components);
    RUN(what_means_something_is_found_wherever_it_stands);
    RUN(people_are_called_isaac);
    RUN(binary_data_is_as_long_as_it_says);
    RUN(an_object_is_passed_over);
    RUN(a_message_with_its_envelope);
    RUN(releases_of_both_parities);
    RUN(a_tag_may_be_released);
    RUN(service_characters_of_una);
    RUN(a_line_end_within_a_segment_is_data_and_told);
    RUN(bytes_become_utf8);
    RUN(tradacoms);
    RUN(every_check_of_x12_has_its_name_and_place);
    RUN(every_check_of_edifact_has_its_name);
    RUN(what_is_refused_does_not_keep_the_others_back);
    RUN(several_interchanges_with_separators_of_their_own);
    RUN(only_what_is_asked_for_is_read);
    RUN(places_name_segment_element_and_component);
    RUN(every_limit_at_it_and_one_past_it);
    RUN(long_segments_have_all_their_numbers);
    RUN(a_set_that_is_too_big_is_passed);
    RUN(every_ceiling_of_memory_is_an_error);
    RUN(each_set_has_the_heads_that_it_stands_under);
    RUN(a_thousand_envelopes_need_no_more_than_one);
    return DONE();
}
