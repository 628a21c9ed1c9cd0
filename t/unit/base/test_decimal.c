#include "../../../ngx_logistics_module/base/decimal.h"
#include "../unit.h"

#define NINES            "99999999999999999999999999999999999999" /* 38 */
#define ONE_AND_37_ZEROS "10000000000000000000000000000000000000" /* 38 digits */

static lgs_arena_t *arena;

static lgs_decimal_t number(const char *text)
{
    lgs_decimal_t value = {0};

    CHECK(lgs_decimal_read(lgs_cstr(text), &value));
    return value;
}

static lgs_str_t text_of(lgs_decimal_t value)
{
    return lgs_decimal_text(arena, value);
}

TEST(numbers_are_read_and_written_plain)
{
    static const char *const cases[][2] = {
        {"0", "0"},
        {"-0", "0"},
        {"-0.00", "0.00"},
        {"12.50", "12.50"},
        {"-12.50", "-12.50"},
        {"+3", "3"},
        {".5", "0.5"},
        {"5.", "5"},
        {"007", "7"},
        {"1e3", "1000"},
        {"1E+3", "1000"},
        {"1.50e1", "15.0"},
        {"12e-4", "0.0012"},
        {"0e5", "0"},
        {"0.0e-1", "0.00"},
        {"0.05", "0.05"},
        {NINES, NINES},
        {"-0." NINES, "-0." NINES},
        {"0000000000" NINES, NINES},
        /* 40 zeros behind a 1: few digits, so it is a number */
        {"1"
         "0000000000000000000000000000000000000000",
         "1"
         "0000000000000000000000000000000000000000"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(text_of(number(cases[i][0])), cases[i][1]);
    }
}

TEST(what_is_no_number_is_refused)
{
    static const char *const bad[] = {
        "",
        "-",
        "+",
        ".",
        "-.",
        "e3",
        "1e",
        "1e+",
        "1e3.5",
        "1.2.3",
        "1,5",
        " 1",
        "1 ",
        "--1",
        "+-1",
        "1-",
        "0x10",
        "NaN",
        "inf",
        "1_000",
        "1e6145",
        "1e-6145",
        "1e999999999999999999999",
        NINES "9",
        "1" NINES,
        "0." NINES "9",
    };
    lgs_decimal_t value;

    for (size_t i = 0; i < LGS_N(bad); i++) {
        CHECK(!lgs_decimal_read(lgs_cstr(bad[i]), &value));
    }
    CHECK(!lgs_decimal_read((lgs_str_t){NULL, 0}, &value));
}

TEST(length_and_scale_have_limits)
{
    char text[LGS_MAX_NUMBER + 1];
    lgs_decimal_t value;

    memset(text, '0', sizeof(text));
    text[LGS_MAX_NUMBER - 1] = '7';
    CHECK(lgs_decimal_read(lgs_str(text, LGS_MAX_NUMBER), &value));
    CHECK(!lgs_decimal_read(lgs_str(text, LGS_MAX_NUMBER + 1), &value));
    CHECK(lgs_decimal_read(LGS_STR("1e6144"), &value) && value.scale == -6144);
    CHECK_INT(lgs_decimal_text(arena, value).len, 6145);
    CHECK(lgs_decimal_read(LGS_STR("1e-6144"), &value) && value.scale == 6144);
    CHECK_INT(lgs_decimal_text(arena, value).len, 6146);
    CHECK(!lgs_decimal_mul(value, value, &value));
}

TEST(legacy_forms)
{
    static const lgs_decimal_form_t german = {.decimal_mark = ',', .thousands = '.'};
    static const lgs_decimal_form_t english = {.thousands = ','};
    static const lgs_decimal_form_t n2 = {.implied = 2};
    static const lgs_decimal_form_t n2_trailing = {.implied = 2, .sign_trailing = true};
    static const lgs_decimal_form_t cobol = {.implied = 2, .overpunch = true};
    static const struct {
        const lgs_decimal_form_t *form;
        const char *text, *want; /* NULL: refused */
    } cases[] = {
        {&german, "1.234.567,89", "1234567.89"},
        {&german, "12,50", "12.50"},
        {&german, "1.234", "1234"},
        {&german, "12.34", NULL},
        {&german, "1234.567", NULL},
        {&german, ".123", NULL},
        {&german, "1.23,4", NULL},
        {&german, "1,234.5", NULL},
        {&german, "1..234", NULL},
        {&english, "-1,234.5", "-1234.5"},
        {&english, "1,234,", NULL},
        {&n2, "9588", "95.88"}, /* TDS01 */
        {&n2, "95.88", "95.88"},
        {&n2, "5", "0.05"},
        {&n2, "-120", "-1.20"},
        {&n2, "1e3", NULL},
        {&n2, "12-", NULL},
        {&n2_trailing, "9588-", "-95.88"},
        {&n2_trailing, "9588+", "95.88"},
        {&n2_trailing, "-9588", "-95.88"},
        {&n2_trailing, "-9588-", NULL},
        {&n2_trailing, "-", NULL},
        {&n2_trailing, "+-", NULL},
        {&cobol, "0001234E", "123.45"},
        {&cobol, "0001234N", "-123.45"},
        {&cobol, "0001234{", "123.40"},
        {&cobol, "0001234}", "-123.40"},
        {&cobol, "00012345", "123.45"},
        {&cobol, "{", "0.00"},
        {&cobol, "}", "0.00"},
        {&cobol, "-12}", NULL},
        {&cobol, "12S", NULL},
        {&cobol, "1E2", NULL},
        {&cobol, "1234e", NULL},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_decimal_t value;
        bool got = lgs_decimal_read_form(lgs_cstr(cases[i].text), cases[i].form, &value);

        if (got != (cases[i].want != NULL)) {
            printf("# case %zu: %s\n", i, cases[i].text);
        }
        CHECK(got == (cases[i].want != NULL));
        if (got && cases[i].want) {
            CHECK_STR(text_of(value), cases[i].want);
        }
    }
}

TEST(comparison_is_exact)
{
    static const char *const ascending[] = {"-1e6000", ("-" NINES), "-12.6", "-12.50", "-0.1",
                                            "0",       "1e-6000",   "0.1",   "12.5",   "12.6",
                                            NINES,     "1e38",      "1e6000"};

    for (int i = 0; i < (int)LGS_N(ascending); i++) {
        for (int j = 0; j < (int)LGS_N(ascending); j++) {
            CHECK_INT(lgs_decimal_compare(number(ascending[i]), number(ascending[j])),
                      (i > j) - (i < j));
        }
    }
    CHECK_INT(lgs_decimal_compare(number("12.50"), number("12.5")), 0);
    CHECK_INT(lgs_decimal_compare(number("1e3"), number("1000.000")), 0);
    CHECK_INT(lgs_decimal_compare(number("-0"), number("0.000")), 0);
}

TEST(sums_and_products)
{
    static const struct {
        char op;
        const char *a, *b, *want; /* NULL: does not fit */
    } cases[] = {
        {'+', "12.50", "1.5", "14.00"},
        {'+', "-1", "1", "0"},
        {'+', "0", "0.10", "0.10"},
        {'+', NINES, "1",
         "1"
         "00000000000000000000000000000000000000"},
        {'+', NINES, "2", NULL},
        {'+', "1e38", "-1", NINES},
        {'+', "1e38", "1", NULL},
        {'+', "1e30", "1e-30", NULL},
        {'+', "1e30", "0.10", "1000000000000000000000000000000.10"},
        {'+', NINES, "0.000", NINES},
        {'+', "1e6000", "1", NULL},
        {'*', "1.5", "-0.50", "-0.750"},
        {'*', NINES, "10", NINES "0"},
        {'*', NINES, "11", NULL},
        {'*', ONE_AND_37_ZEROS, ONE_AND_37_ZEROS,
         "1"
         "0000000000000000000000000000000000000"
         "0000000000000000000000000000000000000"},
        {'*', NINES, NINES, NULL},
        {'*', "-5", "0", "0"},
        {'*', "0.45359237", "1000", "453.59237000"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_decimal_t a = number(cases[i].a), b = number(cases[i].b), result;
        bool ok = cases[i].op == '+' ? lgs_decimal_add(a, b, &result)
                                     : lgs_decimal_mul(a, b, &result);

        CHECK(ok == (cases[i].want != NULL));
        if (ok && cases[i].want) {
            CHECK_STR(text_of(result), cases[i].want);
        }
    }
}

TEST(quotients_round_half_even)
{
    static const struct {
        const char *a, *b;
        int32_t scale;
        const char *want;
    } cases[] = {
        {"1", "3", 5, "0.33333"},
        {"2", "3", 5, "0.66667"},
        {"1", "8", 2, "0.12"},
        {"3", "8", 2, "0.38"},
        {"-1", "8", 2, "-0.12"},
        {"100", "1000", 0, "0"},
        {"1", "0", 2, NULL},
        {"0", "7", 2, "0.00"},
        {"1250", "1", -2, "1200"},
        {"1350", "1", -2, "1400"},
        {"1", NINES, 38, "0.00000000000000000000000000000000000001"},
        {NINES, NINES, 37, "1.0000000000000000000000000000000000000"},
        {"1", "3", 38, "0.33333333333333333333333333333333333333"},
        {"1", "3", 39, NULL},
        {NINES, "0.1", 0, NULL},
        {NINES, "0.3", 0, NULL},
        {"1e-6000", "1e6000", 10, "0.0000000000"},
        {"1e6000", "1e-6000", 10, NULL},
        {"1", "1", 6145, NULL},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_decimal_t result;
        bool ok = lgs_decimal_div(number(cases[i].a), number(cases[i].b), cases[i].scale,
                                  LGS_ROUND_HALF_EVEN, &result);

        if (ok != (cases[i].want != NULL)) {
            printf("# case %zu\n", i);
        }
        CHECK(ok == (cases[i].want != NULL));
        if (ok && cases[i].want) {
            CHECK_STR(text_of(result), cases[i].want);
        }
    }
}

TEST(quotients_round_as_they_are_told)
{
    static const struct {
        const char *a, *b;
        const char *want[4]; /* half up, half even, down, up; to two places */
    } cases[] = {
        {"1", "8", {"0.13", "0.12", "0.12", "0.13"}},
        {"-1", "8", {"-0.13", "-0.12", "-0.12", "-0.13"}},
        {"1", "3", {"0.33", "0.33", "0.33", "0.34"}},
        /* rounded once: by way of 9 places it would be 0.13 */
        {"0.12499999999999", "1", {"0.12", "0.12", "0.12", "0.13"}},
        {"1e-100", "-1", {"0.00", "0.00", "0.00", "-0.01"}},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        for (unsigned mode = LGS_ROUND_HALF_UP; mode <= LGS_ROUND_UP; mode++) {
            lgs_decimal_t result;

            CHECK(lgs_decimal_div(number(cases[i].a), number(cases[i].b), 2, (lgs_round_t)mode,
                                  &result));
            CHECK_STR(text_of(result), cases[i].want[mode]);
        }
    }
}

TEST(rounding_modes)
{
    static const struct {
        const char *text;
        int32_t scale;
        const char *want[4]; /* half up, half even, down, up */
    } cases[] = {
        {"2.5", 0, {"3", "2", "2", "3"}},
        {"-2.5", 0, {"-3", "-2", "-2", "-3"}},
        {"2.51", 0, {"3", "3", "2", "3"}},
        {"2.4", 0, {"2", "2", "2", "3"}},
        {"0.04", 1, {"0.0", "0.0", "0.0", "0.1"}},
        {"-0.04", 1, {"0.0", "0.0", "0.0", "-0.1"}},
        {"149", -2, {"100", "100", "100", "200"}},
        {"5", 2, {"5.00", "5.00", "5.00", "5.00"}},
        {"0", 2, {"0.00", "0.00", "0.00", "0.00"}},
        {NINES,
         -38,
         {"1"
          "00000000000000000000000000000000000000",
          "1"
          "00000000000000000000000000000000000000",
          "0",
          "1"
          "00000000000000000000000000000000000000"}},
        {"1e-50", 2, {"0.00", "0.00", "0.00", "0.01"}},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        for (int mode = LGS_ROUND_HALF_UP; mode <= LGS_ROUND_UP; mode++) {
            lgs_decimal_t result;

            CHECK(lgs_decimal_round(number(cases[i].text), cases[i].scale, (lgs_round_t)mode,
                                    &result));
            CHECK_STR(text_of(result), cases[i].want[mode]);
        }
    }
    lgs_decimal_t result;
    CHECK(!lgs_decimal_round(number(NINES), 1, LGS_ROUND_DOWN, &result));
    CHECK(lgs_decimal_round(number("0." NINES), 38, LGS_ROUND_DOWN, &result));
}

TEST(trim_drops_zeros_of_the_fraction_only)
{
    CHECK_STR(text_of(lgs_decimal_trim(number("12.50"))), "12.5");
    CHECK_STR(text_of(lgs_decimal_trim(number("3.00"))), "3");
    CHECK_STR(text_of(lgs_decimal_trim(number("300"))), "300");
    CHECK_STR(text_of(lgs_decimal_trim(number("0.00"))), "0");
    CHECK_STR(text_of(lgs_decimal_trim(number("1e3"))), "1000");
}

TEST(no_memory_is_said)
{
    lgs_arena_t *small = lgs_arena_create(16, 100);

    CHECK(lgs_decimal_text(small, number(NINES)).data == NULL);
    lgs_arena_destroy(small);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(numbers_are_read_and_written_plain);
    RUN(what_is_no_number_is_refused);
    RUN(length_and_scale_have_limits);
    RUN(legacy_forms);
    RUN(comparison_is_exact);
    RUN(sums_and_products);
    RUN(quotients_round_half_even);
    RUN(quotients_round_as_they_are_told);
    RUN(rounding_modes);
    RUN(trim_drops_zeros_of_the_fraction_only);
    RUN(no_memory_is_said);
    lgs_arena_destroy(arena);
    return DONE();
}
