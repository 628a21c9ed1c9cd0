/* What guides find in sets: elements, conditions, order; what profiles make of it; ceilings. */
#include "guided.h"

static world_t world;
static said_t said;

static lgs_rc_t check_by(const lgs_edi_profile_t *profile, const char *segments)
{
    const lgs_guide_t *guide = lgs_guides_get(world.guides, LGS_STR("x12/g"));
    char text[4096];
    lgs_doc_t doc;

    said = (said_t){.len = 0};
    snprintf(text, sizeof(text), "%sST*214*0001~%sSE*9*0001~%s", X12_HEAD, segments, X12_TAIL);
    if (guide == NULL || world_read(&world, "x12", text, &doc) != LGS_OK) {
        unit_show(&world.errs);
        return LGS_IO;
    }
    return lgs_guide_check(guide, &doc, profile, world.arena, say, &said);
}

#define CHECK_SAID(segments, want)                                                                 \
    do {                                                                                           \
        lgs_rc_t said_rc = check_by(NULL, segments);                                               \
        CHECK(said_rc == LGS_OK || said_rc == LGS_INVALID);                                        \
        CHECK_STR(lgs_str(said.text, said.len), want);                                             \
    } while (0)

TEST(what_is_good_costs_no_memory)
{
    const lgs_guide_t *guide = lgs_guides_get(world.guides, LGS_STR("x12/g"));
    lgs_arena_t *none = lgs_arena_create(64, 0);
    size_t size = lgs_arena_size(none);
    lgs_doc_t doc;

    CHECK(world_read(&world, "x12",
                     X12_HEAD
                     "ST*214*0001~TX*NAME*12*1.5*20260314*0930*BB*260314~SE*3*0001~" X12_TAIL,
                     &doc) == LGS_OK);
    CHECK(lgs_guide_check(guide, &doc, NULL, none, say, &said) == LGS_OK);
    CHECK_INT(lgs_arena_size(none), size);
    CHECK(lgs_guides_find(world.guides, &doc) == guide);
    CHECK_STR(lgs_guide_name(guide), "x12/g");
    lgs_arena_destroy(none);
}

TEST(lengths_at_and_past)
{
    CHECK_SAID("TX*AB~TX*ABCD~", "");
    CHECK_SAID("TX*A~TX*ABCDE~", "too_short 2/1/0, too_long 3/1/0");
    CHECK_STR(said.last.text, "TX/01 (name): \"ABCDE\" is longer than 4");
    CHECK_STR(said.last.value, "ABCDE");
    CHECK_STR(said.last.number, "1");
    CHECK_STR(said.last.tag, "TX");
    CHECK_SAID("TX*\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f~", ""); /* characters, not bytes */
    /* texts show forty bytes, whole characters, and one line */
    CHECK_SAID("TX*a\x1b\tbcdefghijklmnopqrstuvwxyzABCDEFGHIJL\xc3\xa4K~", "too_long 2/1/0");
    CHECK_STR(said.last.text,
              "TX/01 (name): \"a  bcdefghijklmnopqrstuvwxyzABCDEFGHIJL…\" is longer "
              "than 4");
}

TEST(numbers)
{
    CHECK_SAID("TX*AB*-123*-12.34~TX*AB*0*.5~TX*AB**1234~TX*AB**-1.E-2~", "");
    CHECK_SAID("TX*AB*1234~", "too_long 2/2/0");
    CHECK_SAID("TX*AB*1.5~", "bad_character 2/2/0");
    CHECK_SAID("TX*AB*12A~", "bad_character 2/2/0");
    CHECK_SAID("TX*AB*--1~", "bad_character 2/2/0");
    CHECK_SAID("TX*AB**12.345~", "too_long 2/3/0");
    CHECK_SAID("TX*AB**1,5~", "bad_character 2/3/0");
    CHECK_SAID("TX*AB**1.2.3~", "bad_character 2/3/0");
    CHECK_SAID("TX*AB**.~", "bad_character 2/3/0");
}

TEST(dates_and_times)
{
    CHECK_SAID("TX*AB***20261231*2400~TX*AB***20260101*235959~TX*AB****00005912~", "");
    CHECK_SAID("TX*AB***20261301~", "bad_date 2/4/0");
    CHECK_SAID("TX*AB***20260100~", "bad_date 2/4/0");
    CHECK_SAID("TX*AB***260314~", "too_short 2/4/0");
    CHECK_SAID("TX*AB***202603140~", "too_long 2/4/0");
    CHECK_SAID("TX*AB****0960~", "bad_time 2/5/0");
    CHECK_SAID("TX*AB****2500~", "bad_time 2/5/0");
    CHECK_SAID("TX*AB****930~", "too_short 2/5/0");
    CHECK_SAID("TX*AB*****A*261231~", "");
    CHECK_SAID("TX*AB*****A*261331~", "bad_date 2/7/0");
}

TEST(codes)
{
    CHECK_SAID("TX*AB*****A~TX*AB*****BB~", "");
    CHECK_SAID("TX*AB*****B~", "unknown_code 2/6/0");
    CHECK_STR(said.last.text, "TX/06 (code): \"B\" is none of its codes");
    CHECK(said.last.severity == LGS_EDI_WARN);
}

TEST(what_is_missing_or_too_much)
{
    CHECK_SAID("TX**1~", "missing 2/1/0");
    CHECK(said.last.severity == LGS_EDI_REJECT);
    CHECK_STR(said.last.text, "TX/01 (name) is missing");
    CHECK_SAID("TX~", "missing 2/1/0");
    CHECK_SAID("TX*AB*******X~", "unknown_element 2/8/0");
    CHECK_STR(said.last.text, "TX/08: \"X\" is beyond the last of 7 elements");
    CHECK_SAID("TX*A*X~", "too_short 2/1/0, bad_character 2/2/0");
    CHECK_SAID("TX*AB>CD~", "unknown_component 2/1/0");
    CHECK_SAID("TX*AB^CD~", "too_many 2/1/0");
    CHECK_SAID("TX*AB>~", ""); /* a separator with nothing behind it */
}

TEST(composites_and_repetitions)
{
    CHECK_SAID("CP*AB>12*AB>1*AB^CD*AB>1^CD>2*12~", "");
    CHECK_SAID("CP*AB~", "");
    CHECK_SAID("CP*A~", "too_short 2/1/0");
    CHECK_SAID("CP*>1~", "missing 2/1/1");
    CHECK_SAID("CP*AB>X~", "bad_character 2/1/2");
    CHECK_SAID("CP*AB>1>2~", "unknown_component 2/1/3");
    CHECK_SAID("CP**>>3~", "missing 2/2/1, missing 2/2/2, unknown_component 2/2/3");
    CHECK_SAID("CP***AB^CD^EF~", "too_many 2/3/0");
    CHECK_SAID("CP***AB^C~", "too_short 2/3/0");
    CHECK_SAID("CP***AB^~", "");
    CHECK_SAID("CP****AB>1^CD>X~", "bad_character 2/4/2");
    CHECK_SAID("CP*****123~", "too_long 2/5/0");
}

TEST(conditions)
{
    CHECK_SAID("PP*1*1~", "");
    CHECK_SAID("PP***1~", "");
    CHECK_SAID("PP*1~", "condition 2/2/0");
    CHECK_STR(said.last.text, "PP/02 must stand with the others (P0102)");
    CHECK_SAID("PP**1~", "condition 2/1/0");
    CHECK_SAID("RR*1~", "");
    CHECK_SAID("RR**1~", "");
    CHECK_SAID("RR***1~", "condition 2/1/0");
    CHECK_SAID("EE*1~", "");
    CHECK_SAID("EE***1~", "");
    CHECK_SAID("EE*1**1~", "exclusion 2/3/0");
    CHECK_SAID("EE*1*1*1~", "exclusion 2/2/0");
    CHECK_SAID("CC*1*1*1~", "");
    CHECK_SAID("CC**1~", "");
    CHECK_SAID("CC*1*1~", "condition 2/3/0");
    CHECK_SAID("LL*1*1~", "");
    CHECK_SAID("LL*1**1~", "");
    CHECK_SAID("LL**1~", "");
    CHECK_SAID("LL*1~", "condition 2/2/0");
}

TEST(order_of_segments)
{
    CHECK_SAID("A1*1~A1*1~B1*1~B2*1~D1*1~D2*1~B1*1~F1*1~F2*1~F2*1~A1*1~", "");
    CHECK_SAID("A1*1~A1*1~A1*1~A1*1~", "too_many 4/0/0"); /* told once */
    CHECK_SAID("B1*1~B1*1~B1*1~B1*1~", "too_many_loops 4/0/0");
    CHECK_STR(said.last.text, "more than 2 of loop L1 here");
    CHECK_SAID("B1*1~D1*1~D1*1~", "missing 4/0/0, missing 5/0/0");
    CHECK_SAID("B1*1~D1*1~B2*1~", "segment_order 4/0/0");
    CHECK_SAID("D1*1~", "unexpected_segment 2/0/0");
    CHECK_SAID("Z9*1~", "foreign_segment 2/0/0");
    CHECK_STR(said.last.text, "a 214 has no segment Z9");
    CHECK_SAID("Q9*1~", "unknown_segment 2/0/0");
    CHECK_SAID("Q\n9*1~", "unknown_segment 2/0/0");
    CHECK_STR(said.last.text, "there is no segment Q?9 in x12/d");
    CHECK_SAID("Q9*1~Z9*1~TX**1~", "unknown_segment 2/0/0, foreign_segment 3/0/0, missing 4/1/0");
    CHECK_SAID("F1*1~B1*1~B2*1~", "segment_order 3/0/0");
    /* what was there before it is there: only the one that is late is told of */
    CHECK_SAID("G1*1~G3*1~G2*1~", "segment_order 4/0/0");
    CHECK_SAID("G1*1~G3*1~G2*1~G1*1~G3*1~", "segment_order 4/0/0");
    CHECK_SAID("G1*1~G2*1~", "missing 4/0/0");
    CHECK_SAID("TX*AB~A1*1~TX*AB~A1*1~B1*1~", "segment_order 4/0/0");
}

TEST(what_fits_in_two_places_goes_to_the_inner_one)
{
    /* A1 stands in the set and in L3: in L3 it is one more of that, and is no way out */
    CHECK_SAID("F1*1~A1*1~", "");
    CHECK_SAID("F1*1~A1*1~A1*1~", "too_many 4/0/0");
}

TEST(what_a_set_ends_without)
{
    const lgs_guide_t *guide = lgs_guides_get(world.guides, LGS_STR("x12/g"));
    const lgs_edi_profile_t lenient = {.checks = {[LGS_EDI_SET_END] = LGS_EDI_IGNORE}};
    lgs_input_t input = {lgs_input_format(LGS_STR("x12")), &lenient};
    lgs_window_t window = {LGS_STR(X12_HEAD "ST*214*0001~B1*1~D1*1~" X12_TAIL), true};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, world.arena);
    lgs_doc_t doc;

    said = (said_t){.len = 0};
    CHECK(lgs_reader_next(reader, &window, world.arena, &doc, &world.errs) == LGS_OK);
    CHECK(lgs_guide_check(guide, &doc, NULL, world.arena, say, &said) == LGS_INVALID);
    CHECK_STR(lgs_str(said.text, said.len), "missing 3/0/0, missing 3/0/0");
    CHECK_STR(said.last.tag, "SE");
}

TEST(profiles_decide)
{
    lgs_edi_profile_t profile = {.wrap = LGS_EDI_WRAP_AUTO};

    CHECK_INT(check_by(NULL, "TX*AB*****Q~"), LGS_OK);
    CHECK(lgs_edi_profile_set(&profile, LGS_STR("unknown"), LGS_EDI_REJECT));
    CHECK_INT(check_by(&profile, "TX*AB*****Q~"), LGS_INVALID);
    CHECK(lgs_edi_profile_set(&profile, LGS_STR("unknown_code"), LGS_EDI_IGNORE));
    CHECK_INT(check_by(&profile, "TX*AB*****Q~"), LGS_OK);
    CHECK_INT(said.n, 0);
    CHECK_INT(check_by(&profile, "TX*AB*******Q~"), LGS_INVALID);
    CHECK_INT(check_by(NULL, "TX*AB***20261301~"), LGS_INVALID);
    CHECK_INT(check_by(NULL, "TX*AB*X~"), LGS_OK);
    CHECK(lgs_edi_profile_set(&profile, LGS_STR("all"), LGS_EDI_WARN));
    CHECK_INT(check_by(&profile, "TX**1~"), LGS_OK);
    CHECK_INT(said.n, 1);
    CHECK(lgs_edi_profile_set(&profile, LGS_STR("counts"), LGS_EDI_REJECT));
    CHECK(profile.checks[LGS_EDI_SET_COUNT] == LGS_EDI_REJECT);
    CHECK(!lgs_edi_profile_set(&profile, LGS_STR("unknowns"), LGS_EDI_WARN));
}

TEST(places_are_those_of_the_source)
{
    const lgs_guide_t *guide = lgs_guides_get(world.guides, LGS_STR("x12/g"));
    lgs_doc_t doc;

    said = (said_t){.len = 0};
    CHECK(world_read(&world, "x12",
                     X12_HEAD "\nST*214*0001~\nTX*A~\nTX**X~\n\nTX*AB**1234567~SE*5*0001~" X12_TAIL,
                     &doc) == LGS_OK);
    CHECK(lgs_guide_check(guide, &doc, NULL, world.arena, say, &said) == LGS_INVALID);
    CHECK_STR(lgs_str(said.text, said.len),
              "too_short 2/1/0, missing 3/1/0, bad_character 3/2/0, too_long 4/3/0");
    CHECK_INT(said.last.pos.line, 6);
    CHECK_INT(said.last.pos.column, 8);
    CHECK_STR(said.last.pointer, "/segments/3/TX/03");
    CHECK_SAID("TX**1~", "missing 2/1/0");
    CHECK_STR(said.last.pointer, "/segments/1/TX/01");
    CHECK_SAID("CP***AB^C~", "too_short 2/3/0");
    CHECK_STR(said.last.pointer, "/segments/1/CP/03/1");
    CHECK_SAID("CP*>1~", "missing 2/1/1");
    CHECK_STR(said.last.pointer, "/segments/1/CP/01/01");
    CHECK_SAID("PP*1~", "condition 2/2/0");
    CHECK_STR(said.last.pointer, "/segments/1/PP/02");
    CHECK_SAID("XX*1~", "unknown_segment 2/0/0");
    CHECK_STR(said.last.pointer, "/segments/1");
}

TEST(so_many_are_told_and_no_more)
{
    const lgs_guide_t *guide = lgs_guides_get(world.guides, LGS_STR("x12/g"));
    const uint32_t ns[] = {LGS_GUIDE_MAX_FINDINGS, LGS_GUIDE_MAX_FINDINGS + 1};
    lgs_edi_profile_t profile = {.wrap = LGS_EDI_WRAP_AUTO};

    CHECK(lgs_edi_profile_set(&profile, LGS_STR("maxima"), LGS_EDI_IGNORE));
    for (size_t i = 0; i < LGS_N(ns); i++) {
        char text[8192], *p = text + sprintf(text, "%sST*214*0001~", X12_HEAD);
        lgs_doc_t doc;

        said = (said_t){.len = 0};
        for (uint32_t k = 0; k < ns[i]; k++) {
            p += sprintf(p, "TX*A~");
        }
        sprintf(p, "TX**1~SE*1*0001~%s", X12_TAIL);
        CHECK(world_read(&world, "x12", text, &doc) == LGS_OK);
        CHECK_INT(lgs_guide_check(guide, &doc, &profile, world.arena, say, &said), LGS_INVALID);
        CHECK_INT(said.n, LGS_GUIDE_MAX_FINDINGS); /* what refuses counts all the same */
    }
}

TEST(as_errors)
{
    const lgs_guide_t *guide = lgs_guides_get(world.guides, LGS_STR("x12/g"));
    lgs_errs_t errs, warnings;
    lgs_doc_t doc;

    lgs_errs_init(&errs, world.arena, 20);
    lgs_errs_init(&warnings, world.arena, 20);
    CHECK(world_read(&world, "x12", X12_HEAD "ST*214*0001~TX*A***20261301~SE*5*0001~" X12_TAIL,
                     &doc) == LGS_OK);
    CHECK_INT(lgs_guide_validate(guide, &doc, NULL, &errs, &warnings), LGS_INVALID);
    CHECK_INT(errs.n, 1);
    CHECK_STR(lgs_cstr(errs.first->code), "bad_date");
    CHECK_INT(warnings.n, 1);
    CHECK_STR(lgs_cstr(warnings.first->code), "too_short");
    CHECK_INT(lgs_guide_validate(guide, &doc, NULL, &errs, NULL), LGS_INVALID);
}

TEST(edifact)
{
    static const char dictionary[] =
        "{\"dictionary\":\"edifact/d\",\"standard\":\"edifact\","
        "\"elements\":{\"1\":\"an..3 qualifier\",\"2\":\"n..4 "
        "quantity\",\"3\":\"n2\",\"4\":\"an..20\"},"
        "\"composites\":{\"C1\":[\"M1\",\"C2\"],\"C9\":[\"M4\",\"C4\",\"C4\",\"C4\"]},"
        "\"segments\":{\"UNH\":[\"M4\",\"MC9\"],\"UNT\":[\"M4\",\"M4\"],"
        "\"QTY\":[\"MC1\",\"C1\"],\"NUM\":[\"C2\",\"C3\"]}}";
    static const char guide_text[] =
        "{\"guide\":\"edifact/"
        "g\",\"standard\":\"edifact\",\"set\":\"IFTSTA\",\"versions\":[\"D.96A\"],"
        "\"dictionary\":\"edifact/d\",\"segments\":[\"UNH M\",\"QTY C 9\",\"NUM C 9\",\"UNT M\"]}";
    static const struct {
        const char *segments, *want;
    } cases[] = {
        {"QTY+1:12.5'NUM+-12,34+10'", ""},
        {"QTY+1234:1'", "too_long 2/1/1"},
        {"QTY+:1'", "missing 2/1/1"},
        {"QTY++A'", "missing 2/1/0"},
        {"QTY+1:1:1'", "unknown_component 2/1/3"},
        {"QTY+1++3'", "unknown_element 2/3/0"},
        {"QTY+1+A:B'", "unknown_component 2/2/2"},
        {"NUM+12345'", "too_long 2/1/1"},
        {"NUM++1'", "too_short 2/2/1"},
        {"NUM+1A'", "bad_character 2/1/1"},
    };
    world_t w;

    world_open(&w, 0);
    CHECK(world_add(&w, "edifact/g", guide_text) == LGS_OK);
    CHECK(world_add(&w, "edifact/d", dictionary) == LGS_OK);
    CHECK(lgs_guides_compile(w.guides, &w.errs) == LGS_OK);
    unit_show(&w.errs);
    for (size_t i = 0; i < LGS_N(cases); i++) {
        char text[512];
        lgs_doc_t doc;

        said = (said_t){.len = 0};
        snprintf(text, sizeof(text),
                 "UNB+UNOC:3+A+B+260314:0930+7'UNH+1+IFTSTA:D:96A:UN'%sUNT+9+1'UNZ+1+7'",
                 cases[i].segments);
        CHECK(world_read(&w, "edifact", text, &doc) == LGS_OK);
        CHECK(lgs_guide_check(lgs_guides_find(w.guides, &doc), &doc, NULL, w.arena, say, &said) !=
              LGS_NOMEM);
        CHECK_STR(lgs_str(said.text, said.len), cases[i].want);
    }
    CHECK_STR(said.last.text, "NUM/0/0 (quantity): \"1A\" is no number of its kind");
    lgs_arena_destroy(w.arena);
}

/* ---- memory ---- */

TEST(every_ceiling_of_memory_is_an_error)
{
    bool is_done = false;

    for (size_t ceiling = 256; !is_done && ceiling < 1 << 22; ceiling += ceiling / 16) {
        lgs_rc_t rc;
        lgs_doc_t doc;
        world_t w;

        world_open(&w, ceiling);
        rc = w.guides ? world_fill(&w) : LGS_NOMEM;
        if (rc == LGS_OK) {
            rc = world_read(&w, "x12", X12_HEAD "ST*214*0001~TX**X~PP*1~Q9*1~SE*5*0001~" X12_TAIL,
                            &doc);
        }
        if (rc == LGS_OK) {
            said = (said_t){.len = 0};
            rc = lgs_guide_check(lgs_guides_get(w.guides, LGS_STR("x12/g")), &doc, NULL, w.arena,
                                 say, &said);
        }
        CHECK(rc == LGS_NOMEM || rc == LGS_INVALID);
        is_done = rc == LGS_INVALID && w.errs.n == 0;
        if (is_done) {
            CHECK_INT(said.n, 4);
        }
        lgs_arena_destroy(w.arena);
    }
    CHECK(is_done);
}

int main(void)
{
    world_open(&world, 0);
    if (world_fill(&world) != LGS_OK) {
        unit_show(&world.errs);
    }
    RUN(what_is_good_costs_no_memory);
    RUN(lengths_at_and_past);
    RUN(numbers);
    RUN(dates_and_times);
    RUN(codes);
    RUN(what_is_missing_or_too_much);
    RUN(composites_and_repetitions);
    RUN(conditions);
    RUN(order_of_segments);
    RUN(what_fits_in_two_places_goes_to_the_inner_one);
    RUN(what_a_set_ends_without);
    RUN(profiles_decide);
    RUN(places_are_those_of_the_source);
    RUN(so_many_are_told_and_no_more);
    RUN(as_errors);
    RUN(edifact);
    RUN(every_ceiling_of_memory_is_an_error);
    lgs_arena_destroy(world.arena);
    return DONE();
}
