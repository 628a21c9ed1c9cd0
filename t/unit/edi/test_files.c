/* What is wrong with files of guides and dictionaries: each finding with its place, each limit. */
#include "guided.h"

#define D(more)                                                                                    \
    "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"elements\":{\"1\":\"AN 1/9 a\"},"            \
    "\"segments\":{\"ST\":[\"M1\"],\"SE\":[\"M1\"]}" more "}"
#define G(segments)                                                                                \
    "{\"guide\":\"x12/g\",\"standard\":\"x12\",\"set\":\"214\",\"versions\":[\"004010\"],"         \
    "\"dictionary\":\"x12/d\",\"segments\":" segments "}"

typedef struct {
    const char *name, *text;
} file_t;

/* The first finding of the files; "" when they are good. */
static const char *first_of(const file_t *files, size_t n)
{
    static char text[512];
    lgs_rc_t rc = LGS_OK;
    world_t w;

    text[0] = '\0';
    world_open(&w, 0);
    for (size_t i = 0; i < n && rc == LGS_OK; i++) {
        rc = world_add(&w, files[i].name, files[i].text);
    }
    rc = rc == LGS_OK ? lgs_guides_compile(w.guides, &w.errs) : rc;
    CHECK((rc == LGS_OK) == (w.errs.n == 0));
    if (w.errs.first) {
        snprintf(text, sizeof(text), "%.*s:%u: %.*s", LGS_FMT(w.errs.first->file),
                 w.errs.first->pos.column, LGS_FMT(w.errs.first->text));
    }
    lgs_arena_destroy(w.arena);
    return text;
}

#define CHECK_FIRST(want, ...)                                                                     \
    do {                                                                                           \
        const file_t files[] = {__VA_ARGS__};                                                      \
        CHECK_STR(lgs_cstr(first_of(files, LGS_N(files))), want);                                  \
    } while (0)

TEST(elements_of_dictionaries)
{
    static const struct {
        const char *type, *standard;
        bool is_good;
    } cases[] = {
        {"AN 1/30", "x12", true},          {"AN 1/30 name of it", "x12", true},
        {"N9 1/2", "x12", true},           {"B 1/0", "x12", true},
        {"AN 30", "x12", false},           {"AN 3/2", "x12", false},
        {"AN1/2", "x12", false},           {"N 1/2", "x12", false},
        {"XX 1/2", "x12", false},          {"AN 1/2name", "x12", false},
        {"AN 1/9999999999", "x12", false}, {"an..35", "x12", false},
        {"an..35", "edifact", true},       {"n3 name", "edifact", true},
        {"a..3", "edifact", true},         {"an..", "edifact", false},
        {"an..0", "edifact", false},       {"x..3", "edifact", false},
        {"an..3x", "edifact", false},      {"AN 1/2", "edifact", false},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char text[256];

        snprintf(text, sizeof(text),
                 "{\"dictionary\":\"x12/d\",\"standard\":\"%s\",\"elements\":{\"1\":\"%s\"},"
                 "\"segments\":{}}",
                 cases[i].standard, cases[i].type);
        {
            const file_t file = {"x12/d", text};
            const char *first = first_of(&file, 1);

            CHECK((first[0] == '\0') == cases[i].is_good);
            if ((first[0] == '\0') != cases[i].is_good) {
                printf("# %s: %s\n", cases[i].type, first);
            }
        }
    }
}

TEST(parts_and_conditions)
{
    static const struct {
        const char *item, *want;
    } cases[] = {
        {"M1", NULL},
        {"O1*256", NULL},
        {"O N0 1/2", NULL},
        {"O1*257", "\"O1*257\": behind \"*\" stands a number to 256"},
        {"O1*", "\"O1*\": behind \"*\" stands a number to 256"},
        {"1", "\"1\" begins with no usage (one of MOX)"},
        {"C1", "\"C1\" begins with no usage (one of MOX)"},
        {"M2", "no element or composite 2"},
        {"O N0", "\"N0\" is no type: AN 1/30, with AN ID N0 to N9 R DT TM B"},
        {"P0101", NULL},
        {"P0102", "\"P0102\" is no condition of the 1 elements: P0304, with P R E C L"},
        {"P0001", "\"P0001\" is no condition of the 1 elements: P0304, with P R E C L"},
        {"P01011", "\"P01011\" is no condition of the 1 elements: P0304, with P R E C L"},
        {"P0101010101010101010101010101010101",
         "\"P0101010101010101010101010101010101\" is no condition of the 1 elements: P0304, with P "
         "R E C L"},
        {"P01010101010101010101010101010101", NULL},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        bool is_condition = cases[i].item[0] == 'P';
        char text[256];
        const file_t file = {"x12/d", text};
        const char *first;

        snprintf(text, sizeof(text),
                 "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"elements\":{\"1\":\"AN 1/9\"},"
                 "\"segments\":{\"ST\":[%s\"%s\"]}}",
                 is_condition ? "\"M1\"," : "", cases[i].item);
        first = strrchr(first_of(&file, 1), ':') ? strstr(first_of(&file, 1), ": ") + 2 : "";
        CHECK_STR(lgs_cstr(first), cases[i].want ? cases[i].want : "");
    }
}

TEST(sections_of_dictionaries)
{
    CHECK_FIRST("x12/d:114: codes of 2, which is no element here",
                {"x12/d", D(",\"codes\":{\"2\":\"A\"}")});
    CHECK_FIRST("x12/d:118: codes stand between blanks: \"1\": A3 A7 AA",
                {"x12/d", D(",\"codes\":{\"1\":[\"A\"]}")});
    CHECK_FIRST("x12/d:112: a composite is made of elements, not of composites",
                {"x12/d",
                 "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"elements\":{\"1\":\"AN "
                 "1/9\"},\"segments\":{},\"composites\":{\"C1\":[\"M1\"],\"C2\":[\"MC1\"]}}"});
    CHECK_FIRST("x12/d:66: \"1a\" is no number of an element",
                {"x12/d",
                 "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"segments\":{},\"elements\":{"
                 "\"1a\":\"AN 1/9\"}}"});
    CHECK_FIRST(
        "x12/d:52: \"S\" is no tag of a segment",
        {"x12/d", "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"segments\":{\"S\":[]}}"});
    CHECK_FIRST(
        "x12/d:57: must be a list of 1 to 256 items: [M127, O128]",
        {"x12/d", "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"segments\":{\"ST\":[]}}"});
    CHECK_FIRST("x12/d:34: \"standard\" is x12, edifact or tradacoms",
                {"x12/d", "{\"dictionary\":\"x12/d\",\"standard\":\"X12\",\"segments\":{}}"});
    CHECK_FIRST(
        "x12/e:15: dictionary \"x12/d\" stands in a file called x12/e.yaml; both must be the "
        "same",
        {"x12/e", "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"segments\":{}}"});
}

TEST(lines_of_guides)
{
    static const struct {
        const char *segments, *want;
    } cases[] = {
        {"[\"ST M\",{\"loop 1 C 2\":[\"SE M\"]}]", ""},
        {"[\"ST\"]", "\"ST\" is no line of a guide: TAG M, TAG O 10, or loop ID O 10: with a list "
                     "below it"},
        {"[\"ST X\"]", "\"ST X\" is no line of a guide: TAG M, TAG O 10, or loop ID O 10: with a "
                       "list below it"},
        {"[\"ST M 9999999\"]", ""},
        {"[\"ST M 10000000\"]",
         "\"ST M 10000000\" is no line of a guide: TAG M, TAG O 10, or loop ID "
         "O 10: with a list below it"},
        {"[\"ST M 0\"]",
         "\"ST M 0\" is no line of a guide: TAG M, TAG O 10, or loop ID O 10: with a "
         "list below it"},
        {"[\"ST M 1 1\"]", "\"ST M 1 1\" is no line of a guide: TAG M, TAG O 10, or loop ID O 10: "
                           "with a list below it"},
        {"[\"SX M\"]", "no segment SX in x12/d"},
        {"[]", "\"segments\" is a list of 1 to 2000 segments and loops"},
        {"[{\"ST M\":[\"ST M\"]}]",
         "\"ST M\" has a list below it and is no loop: \"loop 0100 O 10:\""},
        {"[{\"loop 1 M\":[]}]", "a loop is a list of segments and loops"},
        {"[{\"loop 1 M\":[\"ST O\"]}]", "the first of a loop is the segment that opens it: TAG M"},
        {"[{\"loop 1 M\":[\"ST M 2\"]}]",
         "the first of a loop is the segment that opens it: TAG M"},
        {"[{\"loop 1 M\":[{\"loop 2 M\":[\"ST M\"]}]}]",
         "the first of a loop is the segment that opens it: TAG M"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char text[512];
        const file_t files[] = {{"x12/d", D("")}, {"x12/g", text}};
        const char *first;

        snprintf(text, sizeof(text), G("%s"), cases[i].segments);
        first = first_of(files, 2);
        CHECK_STR(lgs_cstr(first[0] ? strstr(first, ": ") + 2 : ""), cases[i].want);
    }
}

TEST(guides_and_what_they_name)
{
    CHECK_FIRST("x12/g:82: no dictionary \"x12/d\"", {"x12/g", G("[\"ST M\"]")});
    CHECK_FIRST("x12/g:82: no dictionary \"x12/d\"; did you mean \"x12/dd\"?",
                {"x12/dd", "{\"dictionary\":\"x12/dd\",\"standard\":\"x12\",\"segments\":{}}"},
                {"x12/g", G("[\"ST M\"]")});
    CHECK_FIRST("x12/h:59: x12/g is for this set and version, too", {"x12/d", D("")},
                {"x12/g", G("[\"ST M\"]")},
                {"x12/h", "{\"guide\":\"x12/h\",\"standard\":\"x12\",\"set\":\"214\",\"versions\":["
                          "\"004010\"],\"dictionary\":\"x12/d\",\"segments\":[\"ST M\"]}"});
    CHECK_FIRST("x12/h:1: \"set\" says which set it is for", {"x12/d", D("")},
                {"x12/h", "{\"guide\":\"x12/h\",\"standard\":\"x12\",\"dictionary\":\"x12/d\","
                          "\"segments\":[\"ST M\"]}"});
    CHECK_FIRST("x12/h:52: the dictionary is one of x12", {"x12/d", D("")},
                {"x12/h", "{\"guide\":\"x12/h\",\"standard\":\"edifact\",\"dictionary\":\"x12/d\","
                          "\"set\":\"A\",\"segments\":[\"ST M\"]}"});
}

/* D(n) extends D(n + 1) … */
static const char *extended(uint32_t n)
{
    static char texts[LGS_GUIDE_MAX_EXTENDS + 3][256], names[LGS_GUIDE_MAX_EXTENDS + 3][16];
    file_t files[LGS_GUIDE_MAX_EXTENDS + 3];

    for (uint32_t i = 0; i <= n; i++) {
        char extends[64] = "";

        if (i < n) {
            snprintf(extends, sizeof(extends), "\"extends\":\"x12/%u\",", i + 1);
        }
        snprintf(names[i], sizeof(names[i]), "x12/%u", i);
        snprintf(texts[i], sizeof(texts[i]),
                 "{\"dictionary\":\"x12/%u\",\"standard\":\"x12\",%s\"segments\":{},\"elements\":{"
                 "\"%u\":\"AN 1/9\"}}",
                 i, extends, i + 1);
        files[i] = (file_t){names[i], texts[i]};
    }
    return first_of(files, n + 1);
}

TEST(what_extends_what)
{
    const file_t circle = {"x12/d", "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"extends\":"
                                    "\"x12/d\",\"segments\":{}}"};
    const file_t nobody = {"x12/d", "{\"dictionary\":\"x12/d\",\"standard\":\"x12\",\"extends\":"
                                    "\"x12/e\",\"segments\":{}}"};

    CHECK_STR(lgs_cstr(extended(LGS_GUIDE_MAX_EXTENDS)), "");
    CHECK_STR(lgs_cstr(extended(LGS_GUIDE_MAX_EXTENDS + 1)),
              "x12/0:50: more than 4 dictionaries stand on each other");
    CHECK_STR(lgs_cstr(first_of(&circle, 1)),
              "x12/d:50: more than 4 dictionaries stand on each other");
    CHECK_STR(lgs_cstr(first_of(&nobody, 1)),
              "x12/d:50: no dictionary \"x12/e\"; did you mean \"x12/d\"?");
}

/* What extends another says some things otherwise, and all that is made of them is otherwise. */
TEST(what_is_extended_is_read_anew)
{
    const lgs_guide_t *guide;
    lgs_doc_t doc;
    world_t w;
    said_t said = {.len = 0};

    world_open(&w, 0);
    CHECK(world_add(&w, "x12/d", x12_dictionary) == LGS_OK);
    CHECK(world_add(&w, "x12/e",
                    "{\"dictionary\":\"x12/e\",\"standard\":\"x12\",\"extends\":\"x12/d\","
                    "\"segments\":{\"PP\":[\"M9\"]},\"elements\":{\"1\":\"AN 1/8 name\"},"
                    "\"codes\":{\"6\":\"C\"}}") == LGS_OK);
    CHECK(world_add(&w, "x12/g",
                    "{\"guide\":\"x12/g\",\"standard\":\"x12\",\"set\":\"214\",\"dictionary\":"
                    "\"x12/e\",\"segments\":[\"ST M\",\"TX O\",\"PP O\",\"CP O\",\"SE M\"]}") ==
          LGS_OK);
    CHECK(lgs_guides_compile(w.guides, &w.errs) == LGS_OK);
    unit_show(&w.errs);
    guide = lgs_guides_get(w.guides, LGS_STR("x12/g"));
    CHECK(world_read(&w, "x12",
                     X12_HEAD "ST*214*0001~TX*NAMES*****A~PP*1*1~CP*NAMES>1~SE*9*0001~" X12_TAIL,
                     &doc) == LGS_OK);
    CHECK(lgs_guides_find(w.guides, &doc) == NULL); /* it has no versions */
    CHECK(lgs_guide_check(guide, &doc, NULL, w.arena, say, &said) == LGS_OK);
    CHECK_STR(lgs_str(said.text, said.len), "unknown_code 2/6/0, unknown_element 3/2/0");
    lgs_arena_destroy(w.arena);
}

/* Loops within each other, and slots in all. */
static const char *nested(uint32_t depth, uint32_t n)
{
    static char text[1 << 16];
    const file_t files[] = {{"x12/d", D("")}, {"x12/g", text}};
    char *p = text;

    p += sprintf(p, "{\"guide\":\"x12/g\",\"standard\":\"x12\",\"set\":\"214\",\"dictionary\":"
                    "\"x12/d\",\"segments\":[\"ST M\"");
    for (uint32_t i = 0; i < depth; i++) {
        p += sprintf(p, ",{\"loop %u O\":[\"ST M\"", i);
    }
    for (uint32_t i = 0; i < depth; i++) {
        p += sprintf(p, "]}");
    }
    for (uint32_t i = 1; i < n; i++) {
        p += sprintf(p, ",\"ST O\"");
    }
    sprintf(p, "]}");
    return first_of(files, 2);
}

TEST(depth_and_number)
{
    const char *first;

    CHECK_STR(lgs_cstr(nested(LGS_GUIDE_MAX_DEPTH, 1)), "");
    first = nested(LGS_GUIDE_MAX_DEPTH + 1, 1);
    CHECK(strstr(first, "more than 12 loops within each other") != NULL);
    CHECK_STR(lgs_cstr(nested(0, LGS_GUIDE_MAX_SLOTS)), "");
    first = nested(0, LGS_GUIDE_MAX_SLOTS + 1);
    CHECK(strstr(first, "is a list of 1 to 2000 segments and loops") != NULL);
}

int main(void)
{
    RUN(elements_of_dictionaries);
    RUN(parts_and_conditions);
    RUN(sections_of_dictionaries);
    RUN(lines_of_guides);
    RUN(guides_and_what_they_name);
    RUN(what_extends_what);
    RUN(what_is_extended_is_read_anew);
    RUN(depth_and_number);
    return DONE();
}
