#include "../../../ngx_logistics_module/base/regex.h"
#include "../../../ngx_logistics_module/base/row.h"
#include "../unit.h"

static lgs_arena_t *arena;

static lgs_regex_t *compile(const char *pattern, lgs_regex_dialect_t dialect)
{
    lgs_errs_t errs;
    lgs_regex_t *regex;

    lgs_errs_init(&errs, arena, 2);
    regex = lgs_regex_compile(arena, lgs_cstr(pattern), dialect, &errs);
    CHECK((regex == NULL) == (errs.n == 1));
    return regex;
}

static bool matches(const char *pattern, lgs_regex_dialect_t dialect, const char *text)
{
    lgs_regex_t *regex = compile(pattern, dialect);

    CHECK(regex != NULL);
    return regex && lgs_regex_match(regex, lgs_cstr(text)) == LGS_REGEX_YES;
}

TEST(searches_anywhere)
{
    CHECK(matches("b+", LGS_REGEX_NATIVE, "abbc"));
    CHECK(matches("", LGS_REGEX_ECMA, ""));
    CHECK(!matches("^b", LGS_REGEX_ECMA, "ab"));
    CHECK(matches("^ü.$", LGS_REGEX_ECMA, "ü€")); /* characters, not bytes */
}

/* A row of classes is matched here, the same in a group that says nothing by PCRE2. */
static void check_row(const char *pattern, lgs_regex_dialect_t dialect, lgs_str_t text)
{
    static char other[128];
    const lgs_regex_t *row, *pcre;
    lgs_str_t ours = LGS_STR(""), theirs = LGS_STR("");
    lgs_regex_result_t result;

    snprintf(other, sizeof(other), "(?:%s)", pattern);
    row = compile(pattern, dialect);
    pcre = compile(other, dialect);
    result = lgs_regex_match(row, text);
    CHECK_INT(result, lgs_regex_match(pcre, text));
    CHECK_INT(lgs_regex_group_count(row), lgs_regex_group_count(pcre));
    for (unsigned n = 0; result == LGS_REGEX_YES && n <= lgs_regex_group_count(row); n++) {
        CHECK(lgs_regex_group(row, text, n, &ours) == lgs_regex_group(pcre, text, n, &theirs));
        CHECK(lgs_str_eq(ours, theirs));
    }
}

TEST(rows_match_as_pcre2_does)
{
    static const char *const patterns[] = {
        "^[A-Z]{2,4}$",        "^([A-Z]{2,4})$",   "^ab?c*d+$",        "^[a-z][a-z0-9_]{0,3}$",
        "^[a-c]+[.][a-c.-]+$", "^[-+]?[0-9]{1,}$", "^a{0}b$",          "^a{2}$",
        "^[a-b]*[b-c]$",       "^a?ab$",           "^[a-]b$",          "^[A-Z]{2,4}[a-z]?[A-Z]$",
        "^[.+?*$(){}|]+$",     "^a{0,3}$",         "^([a-z])([0-9])$", "^[a-z]-[a-z]$",
    };
    static const char alphabet[] = "aabbccdABZ09_.-+$(|\n\r\xc3\xbc";
    uint32_t random = 1;

    for (size_t i = 0; i < LGS_N(patterns); i++) {
        for (unsigned round = 0; round < 300; round++) {
            char text[8];
            size_t len = 0;

            random = random * 1664525 + 1013904223;
            for (uint32_t left = random >> 8; len < (random >> 29); left /= 7) {
                const char *c = &alphabet[(left + round) % (sizeof(alphabet) - 2)];

                if ((unsigned char)*c < 0x80) {
                    text[len++] = *c;
                } else if (len + 2 <= (random >> 29)) {
                    memcpy(text + len, "\xc3\xbc", 2);
                    len += 2;
                } else {
                    text[len++] = 'a';
                }
            }
            check_row(patterns[i], LGS_REGEX_NATIVE, lgs_str(text, len));
            check_row(patterns[i], LGS_REGEX_ECMA, lgs_str(text, len));
            lgs_arena_reset(arena);
        }
    }
    check_row("^[A-Z]{2}$", LGS_REGEX_NATIVE, LGS_STR("AB\r\n"));
    check_row("^([A-Z]{2})$", LGS_REGEX_NATIVE, LGS_STR("AB\n"));
    check_row("^([A-Z]{2})$", LGS_REGEX_ECMA, LGS_STR("AB\n"));
    check_row("^[A-Z]*$", LGS_REGEX_ECMA, (lgs_str_t){NULL, 0});
}

TEST(what_one_walk_does_not_decide_is_no_row)
{
    static const char *const rows[] = {"^[A-Z]{2,4}$", "^(UN)$",   "^[a-c]+[.][a-c.-]+$",
                                       "^ab?c*d+$",    "^a{2,}$",  "^-[+-]?b$",
                                       "^a{0,65535}$", "^([0-9])$"};
    static const char *const others[] = {"",           "^$",         "[a-z]",
                                         "^[a-z]",     "^a?ab$",     "^[^a]$",
                                         "^.$",        "^a|b$",      "^[a-b]*b$",
                                         "^(a)(b)$",   "^(a$",       "^a)$",
                                         "^\\d$",      "^a{2,1}$",   "^a{,2}$",
                                         "^a{65536}$", "^a+?$",      "^[[:alpha:]]$",
                                         "^[+--]$",    "^\xc3\xbc$", "^aaaaaaaaaaaaaaaaa$",
                                         "^[]$",       "^a*b?a$"};
    const lgs_row_t *row;

    for (size_t i = 0; i < LGS_N(rows); i++) {
        CHECK_INT(lgs_row_compile(arena, lgs_cstr(rows[i]), &row), LGS_OK);
    }
    for (size_t i = 0; i < LGS_N(others); i++) {
        CHECK_INT(lgs_row_compile(arena, lgs_cstr(others[i]), &row), LGS_NOT_FOUND);
    }
    CHECK_INT(lgs_row_compile(arena, LGS_STR("^aaaaaaaaaaaaaaaa$"), &row), LGS_OK); /* 16 items */
}

TEST(ecma_differs_from_native)
{
    CHECK(matches("^ab$", LGS_REGEX_NATIVE, "ab\n"));
    CHECK(!matches("^ab$", LGS_REGEX_ECMA, "ab\n"));
    CHECK(matches("^\\u00fc\\u{20ac}$", LGS_REGEX_ECMA, "ü€"));
    CHECK(!matches("[]", LGS_REGEX_ECMA, "]"));
    CHECK(matches("^(?:(a)|b)\\1$", LGS_REGEX_ECMA, "b")); /* a group without part is empty */
    CHECK(!matches("^(?:(a)|b)\\1$", LGS_REGEX_NATIVE, "b"));
    CHECK(!matches("^.$", LGS_REGEX_ECMA, "\r"));
}

TEST(ecma_patterns_mean_what_they_mean_there)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"^\\s$", "\xc2\xa0", true},
        {"^\\s$", "\xef\xbb\xbf", true},
        {"^\\S$", "\xe2\x80\xa8", false},
        {"^[\\S]$", "\xe3\x80\x80", false},
        {"^[\\S]$", "\xe2\x82\xac", true},
        {"^[^\\S]$", "\t", true},
        {"^.$", "\xe2\x80\xa8", false},
        {"^\\v$", "\n", false},
        {"^\\v$", "\x0b", true},
        {"^[\\W]$", "a", false},
        {"^[\\W]$", "[", true},
        {"^[\\D]$", "5", false},
        {"^[\\D]$", "/", true},
        {"^[\\W]$", "`", true},
        {"^\\p{Letter}$", "\xc3\xa9", true},
        {"^\\p{gc=Lu}$", "a", false},
        {"^\\p{Script=Greek}$", "\xce\xb1", true},
        {"^\\P{Number}$", "1", false},
        {"^[\\p{Decimal_Number}x]$", "x", true},
        {"^\\ud83d\\ude9a$", "\xf0\x9f\x9a\x9a", true},
        {"^[\\ud800-\\udfff]$", "a", false},
        {"^[^\\ud800-\\udfff]$", "a", true},
        {"^[\\u{1f600}-\\u{1f6ff}]$", "\xf0\x9f\x9a\x9a", true},
        {"\\udc00", "a", false},
        {"^\\cJ$", "\n", true},
        {"^\\0$", "a", false},
        {"^\\x41\\u0042$", "AB", true},
        {"^[\\b]$", "\b", true},
        {"^a{,3}$", "a{,3}", true},
        {"^{}]$", "{}]", true},
        {"^a{2}$", "aa", true},
        {"^a{2,}?$", "aaa", true},
        {"^(a)\\1$", "aa", true},
        {"^(?<q>a)\\k<q>$", "aa", true},
        {"(?<=a)b", "ab", true},
        {"(?<!a)b", "ab", false},
        {"^[[:alpha:]]$", "a]", true},
        {"^[[:alpha:]]$", "b", false},
        {"^[a-]$", "-", true},
        {"^[\\--0]$", "/", true},
        {"^\\-\\/\\@\\_$", "-/@_", true},
        {"^[^]$", "\n", true},
        {"^[\\]]$", "]", true},
        {"^[\xc3\xa0-\xc3\xb6]$", "\xc3\xa9", true},
    };
    static const char *const wrong[] = {
        "\\a",       "\\Z",  "\\Q.\\E", "\\R",     "\\h",   "\\K",         "\\N",           "[\\B]",
        "a++",       "a*+",  "a{2}+",   "(?>a)",   "(?#c)", "(?i)a",       "(?P<n>a)",      "(?R)",
        "(*ACCEPT)", "*a",   "[b-a]",   "[\\d-x]", "\\u12", "\\u{110000}", "\\u{",          "\\x1",
        "\\c1",      "\\01", "\\1",     "\\k",     "\\p",   "\\p{}",       "\\p{Nonsense}", "[a",
        "a\\",       "[\\",  "(?<1>a)", "(?",      "(?<",   "\\8",
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        if (matches(cases[i].pattern, LGS_REGEX_ECMA, cases[i].text) != cases[i].matches) {
            printf("# %s on %s\n", cases[i].pattern, cases[i].text);
            unit_bad = 1;
        }
    }
    for (size_t i = 0; i < LGS_N(wrong); i++) {
        if (compile(wrong[i], LGS_REGEX_ECMA)) {
            printf("# %s is taken\n", wrong[i]);
            unit_bad = 1;
        }
    }
}

TEST(digits_and_words_are_ascii)
{
    for (int dialect = LGS_REGEX_NATIVE; dialect <= LGS_REGEX_ECMA; dialect++) {
        CHECK(matches("^\\d$", (lgs_regex_dialect_t)dialect, "7"));
        CHECK(!matches("^\\d$", (lgs_regex_dialect_t)dialect, "٣")); /* ARABIC-INDIC THREE */
        CHECK(!matches("^\\w$", (lgs_regex_dialect_t)dialect, "é"));
    }
}

TEST(groups_by_number_and_name)
{
    lgs_regex_t *regex = compile("(?<year>\\d{4})-(\\d\\d)(-(\\d\\d))?", LGS_REGEX_NATIVE);
    lgs_str_t text = LGS_STR("on 2026-11!"), group;

    CHECK(lgs_regex_match(regex, text) == LGS_REGEX_YES);
    CHECK_INT(lgs_regex_group_count(regex), 4);
    CHECK(lgs_regex_group(regex, text, 0, &group));
    CHECK_STR(group, "2026-11");
    CHECK(lgs_regex_named(regex, text, LGS_STR("year"), &group));
    CHECK_STR(group, "2026");
    CHECK(lgs_regex_group(regex, text, 2, &group));
    CHECK_STR(group, "11");
    CHECK(!lgs_regex_group(regex, text, 4, &group)); /* took no part */
    CHECK(!lgs_regex_group(regex, text, 5, &group)); /* is none */
    CHECK_INT(lgs_regex_group_number(regex, LGS_STR("year")), 1);
    CHECK_INT(lgs_regex_group_number(regex, LGS_STR("month")), -1);
    CHECK_INT(lgs_regex_group_number(regex, LGS_STR("")), -1);
    CHECK_INT(lgs_regex_group_number(regex, LGS_STR("a_name_that_is_longer_than_any_can_be")), -1);
    CHECK_INT(lgs_regex_group_number(regex, lgs_str("year\0", 5)), -1);
}

TEST(an_empty_text_has_empty_groups)
{
    lgs_regex_t *regex = compile("^(x*)$", LGS_REGEX_NATIVE);
    lgs_str_t none = {NULL, 0}, group = LGS_STR("left");

    CHECK(lgs_regex_match(regex, none) == LGS_REGEX_YES);
    CHECK(lgs_regex_group(regex, none, 1, &group) && group.len == 0);
}

TEST(wrong_patterns_are_told_with_their_place)
{
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 2);
    CHECK(lgs_regex_compile(arena, LGS_STR("a(b"), LGS_REGEX_ECMA, &errs) == NULL);
    CHECK(strcmp(errs.first->code, "regex") == 0);
    CHECK_STR(errs.first->text, "pattern \"a(b\" is wrong at byte 3: missing closing parenthesis");
    CHECK(compile("\\C", LGS_REGEX_NATIVE) == NULL); /* half a character */
    CHECK(compile("\xff", LGS_REGEX_NATIVE) == NULL);
    CHECK(compile("[z-a]", LGS_REGEX_ECMA) == NULL);
    CHECK(lgs_regex_compile(arena, LGS_STR("("), LGS_REGEX_ECMA, NULL) == NULL);
}

TEST(the_length_of_a_pattern_is_limited)
{
    char *pattern = malloc(LGS_MAX_PATTERN + 1);

    memset(pattern, 'a', LGS_MAX_PATTERN + 1);
    CHECK(lgs_regex_compile(arena, lgs_str(pattern, LGS_MAX_PATTERN), LGS_REGEX_ECMA, NULL));
    CHECK(!lgs_regex_compile(arena, lgs_str(pattern, LGS_MAX_PATTERN + 1), LGS_REGEX_ECMA, NULL));
    free(pattern);
}

TEST(hostile_patterns_end)
{
    lgs_regex_t *regex = compile("^(a+)+$", LGS_REGEX_ECMA);

    CHECK(lgs_regex_match(regex,
                          LGS_STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")) ==
          LGS_REGEX_TOO_HARD);
    CHECK(lgs_regex_match(regex, LGS_STR("aaaa")) == LGS_REGEX_YES); /* usable afterwards */
}

/* (a|b)* takes a frame of the JIT's stack a character: the interpreter's limits then decide. */
TEST(long_texts_end)
{
    lgs_regex_t *regex = compile("^(?:a|(b))*c$", LGS_REGEX_ECMA);
    size_t len = 1 << 20;
    char *text = malloc(len);
    lgs_regex_result_t result;

    memset(text, 'a', len);
    text[len - 1] = 'c';
    result = lgs_regex_match(regex, lgs_str(text, len));
    CHECK(result == LGS_REGEX_TOO_HARD || result == LGS_REGEX_YES);
    CHECK(lgs_regex_match(regex, lgs_str(text + len - 400, 400)) == LGS_REGEX_YES);
    free(text);
}

TEST(no_memory_is_an_error_at_every_ceiling)
{
    unsigned failed = 0;

    for (size_t ceiling = 100; ceiling < 1000; ceiling += 8) {
        lgs_arena_t *small = lgs_arena_create(16, ceiling);
        lgs_errs_t errs;

        if (small == NULL) {
            continue;
        }
        lgs_errs_init(&errs, small, 2);
        if (lgs_regex_compile(small, LGS_STR("a+"), LGS_REGEX_ECMA, &errs) == NULL) {
            failed++;
            CHECK(errs.n == 1 && strcmp(errs.first->code, "out-of-memory") == 0);
        }
        lgs_arena_destroy(small);
    }
    CHECK(failed > 0 && failed < 100);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(searches_anywhere);
    RUN(rows_match_as_pcre2_does);
    RUN(what_one_walk_does_not_decide_is_no_row);
    RUN(ecma_differs_from_native);
    RUN(ecma_patterns_mean_what_they_mean_there);
    RUN(digits_and_words_are_ascii);
    RUN(groups_by_number_and_name);
    RUN(an_empty_text_has_empty_groups);
    RUN(wrong_patterns_are_told_with_their_place);
    RUN(the_length_of_a_pattern_is_limited);
    RUN(hostile_patterns_end);
    RUN(long_texts_end);
    RUN(no_memory_is_an_error_at_every_ceiling);
    lgs_arena_destroy(arena);
    return DONE();
}
