#include "schema_case.h"

/* The text of the first error. */
static void check_text(const char *schema, const char *text, const char *want)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    case_run(arena, schema, text, &errs);
    CHECK(errs.first != NULL);
    if (errs.first) {
        CHECK_STR(errs.first->text, want);
    }
    lgs_arena_destroy(arena);
}

TEST(sentences_are_for_a_partner)
{
    static const struct {
        const char *schema, *text, *want;
    } cases[] = {
        {"{\"properties\":{\"eta\":{\"format\":\"date-time\"}}}", "{\"eta\":\"tomorrow\"}",
         "\"eta\": \"tomorrow\" is not a date-time (2026-11-21T14:05:00Z)"},
        {"{\"required\":[\"shipments\"]}", "{}", "\"shipments\" is missing"},
        {"{\"properties\":{\"weight\":true},\"additionalProperties\":false}", "{\"wieght\":1}",
         "\"wieght\" is not expected here; did you mean \"weight\"?"},
        {"{\"properties\":{\"weight\":true},\"additionalProperties\":false}",
         "{\"wieght\":1,\"weight\":1}", "\"wieght\" is not expected here"},
        {"{\"type\":[\"string\",\"null\",\"integer\"]}", "[1]",
         "the document: an array is not a string, a whole number or null"},
        {"{\"items\":{\"items\":{\"type\":\"number\"}}}", "[[],[1,\"12\"]]",
         "\"[1][1]\": \"12\" is not a number"},
        {"{\"properties\":{\"events\":{\"items\":{\"minimum\":3}}}}", "{\"events\":[4,2.50]}",
         "\"events[1]\": 2.50 is less than 3"},
        {"{\"enum\":[\"transit\",\"delivered\",null]}", "\"delivred\"",
         "the document: \"delivred\" is not one of \"transit\", \"delivered\", null; did you mean "
         "\"delivered\"?"},
        {"{\"enum\":[1,2,3,4,5,6,7,8,9,10]}", "11",
         "the document: 11 is not one of 1, 2, 3, 4, 5, 6, 7, 8, … (10 in all)"},
        {"{\"const\":\"production\"}", "\"test\"", "the document: \"test\" must be \"production\""},
        {"{\"properties\":{\"id\":{\"minLength\":1}}}", "{\"id\":\"\"}", "\"id\" is empty"},
        {"{\"maxLength\":3}", "\"äöüß\"",
         "the document: \"äöüß\" has 4 characters; at most 3 are allowed"},
        {"{\"properties\":{\"x\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}}}",
         "{\"x\":1}", "\"x\": 1 is not a string or null"},
        {"{\"properties\":{\"x\":{\"oneOf\":[{\"const\":1},{\"const\":2}]}}}", "{\"x\":3}",
         "\"x\": 3 has none of the 2 forms that are allowed"},
        {"{\"anyOf\":[{\"required\":[\"vin\"]},{\"required\":[\"plate\"]}]}", "{}",
         "\"vin\" or \"plate\" is missing"},
        {"{\"anyOf\":[{\"required\":[\"vin\"]},{\"required\":[\"plate\",\"country\"]}]}", "{}",
         "\"vin\" is missing"},
        {"{\"pattern\":\"^[A-Z]+$\"}", "\"a\\n\\\"b\\\"\"",
         "the document: \"a\\n\\\"b\\\"\" does not match ^[A-Z]+$"},
        {"{\"dependentRequired\":{\"lat\":[\"lon\"]}}", "{\"lat\":1}",
         "\"lon\" is missing: \"lat\" needs it"},
        {"{\"uniqueItems\":true}", "[1,2,1]",
         "the document has the same value twice, at index 0 and 2"},
        {"{\"minItems\":1}", "[]", "the document has 0 items; at least 1 are needed"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        check_text(cases[i].schema, cases[i].text, cases[i].want);
    }
}

TEST(long_values_are_cut_between_code_points)
{
    check_text(
        "{\"maxLength\":3}",
        "\"1234567890123456789012345678901234567890123456789012345678\xc3\xa4\xc3\xa4zzzz\"",
        "the document: \"1234567890123456789012345678901234567890123456789012345678\xc3\xa4…\""
        " has 64 characters; at most 3 are allowed");
}

TEST(places_are_those_of_instance_and_keyword)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    const lgs_err_t *err;
    lgs_errs_t errs;

    case_run(arena,
             "{\"$defs\":{\"stop\":{\"properties\":{\"eta\":{\"format\":\"date\"}},"
             "\"additionalProperties\":false}},"
             "\"properties\":{\"stops\":{\"items\":{\"$ref\":\"#/$defs/stop\"}}}}",
             "{\"stops\": [\n  {\"eta\": \"2026-11-21\"},\n  {\"eta\": 5, \"etd\": 1},\n"
             "  {\"eta\":\n    \"now\"}]}",
             &errs);
    CHECK_INT(errs.n, 2);
    err = errs.first;
    CHECK_STR(err->pointer, "/stops/1/etd");
    CHECK_STR(err->schema, "/$defs/stop/additionalProperties");
    CHECK_INT(err->pos.line, 3);
    CHECK_INT(err->pos.column, 14); /* of the name that should not be there */
    err = err->next;
    CHECK_STR(err->pointer, "/stops/2/eta");
    CHECK_STR(err->schema, "/$defs/stop/properties/eta/format");
    CHECK_INT(err->pos.line, 5);
    CHECK_INT(err->pos.column, 5); /* of the value */
    lgs_arena_destroy(arena);
}

TEST(redacted_values_never_appear)
{
    static const char *const schemas[] = {
        "{\"properties\":{\"pin\":{\"x-redact\":true,\"type\":\"integer\"}}}",
        "{\"properties\":{\"pin\":{\"x-redact\":true,\"const\":\"a\"}}}",
        "{\"properties\":{\"pin\":{\"x-redact\":true,\"enum\":[\"hunter1\"]}}}",
        "{\"properties\":{\"pin\":{\"x-redact\":true,\"format\":\"date\"}}}",
        "{\"allOf\":[{\"properties\":{\"pin\":{\"x-redact\":true}}}],"
        "\"properties\":{\"pin\":{\"pattern\":\"^x\"}}}",
        "{\"properties\":{\"pin\":{\"$ref\":\"#/$defs/s\",\"maxLength\":2}},"
        "\"$defs\":{\"s\":{\"x-redact\":true}}}",
        "{\"x-redact\":true,\"properties\":{\"pin\":{\"maxLength\":2}}}",
        "{\"properties\":{\"pin\":{\"if\":false,\"then\":{\"x-redact\":true},\"not\":{}}}}",
        "{\"properties\":{\"pin\":{\"x-redact\":true,\"oneOf\":[{\"const\":1},{\"const\":2}]}}}",
    };

    for (size_t i = 0; i < LGS_N(schemas); i++) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        lgs_errs_t errs;

        case_run(arena, schemas[i], "{\"pin\":\"hunter2\"}", &errs);
        CHECK(errs.n > 0);
        for (const lgs_err_t *err = errs.first; err; err = err->next) {
            lgs_str_t near = lgs_arena_str(arena, err->text);

            CHECK(strstr(near.data, "hunter2") == NULL);
        }
        lgs_arena_destroy(arena);
    }
}

TEST(names_within_a_redacted_value_are_part_of_it)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    case_run(arena,
             "{\"properties\":{\"keys\":{\"x-redact\":true,\"additionalProperties\":false,"
             "\"properties\":{\"a\":{\"items\":{\"type\":\"null\"}},\"hunter1\":true}}}}",
             "{\"keys\":{\"hunter2\":1,\"a\":[5]}}", &errs);
    CHECK_INT(errs.n, 2);
    for (const lgs_err_t *err = errs.first; err; err = err->next) {
        CHECK_STR(err->pointer, "/keys");
        CHECK(strstr(lgs_arena_str(arena, err->text).data, "hunter") == NULL);
        CHECK(strstr(lgs_arena_str(arena, err->text).data, "5") == NULL);
    }
    lgs_arena_destroy(arena);
}

/* "pointer:text" of the only finding of a bad schema */
static void check_refused(const char *schema, const char *pointer, const char *text,
                          unsigned column)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    CHECK(case_compile(arena, schema, &errs) == NULL);
    CHECK_INT(errs.n, 1);
    if (errs.first) {
        CHECK_STR(errs.first->text, text);
        CHECK_STR(errs.first->pointer, pointer);
        CHECK_STR(errs.first->file, "test.json");
        CHECK_INT(errs.first->pos.line, 1);
        CHECK_INT(errs.first->pos.column, column);
    }
    lgs_arena_destroy(arena);
}

TEST(bad_schemas_are_refused_with_place_and_reason)
{
    static const struct {
        const char *schema, *pointer, *text;
        unsigned column;
    } cases[] = {
        {"{\"minLenght\":1}", "", "\"minLenght\" is no keyword; did you mean \"minLength\"?", 2},
        {"{\"wobble\":1}", "",
         "\"wobble\" is no keyword that is known here; your own begin with \"x-\"", 2},
        {"{\"minLength\":\"3\"}", "/minLength",
         "\"minLength\": \"3\" is not a whole number, 0 or more", 14},
        {"{\"minLength\":-1}", "/minLength", "\"minLength\": -1 is not a whole number, 0 or more",
         14},
        {"{\"properties\":{\"a\":{\"type\":\"strin\"}}}", "/properties/a/type",
         "\"type\": \"strin\" is not one or an array of \"null\", \"boolean\", \"integer\", "
         "\"number\", \"string\", \"array\", \"object\", none twice",
         28},
        {"{\"properties\":{\"a\":5}}", "/properties/a",
         "5 is no schema: an object, true or false is needed", 20},
        {"{\"items\":[{}]}", "/items",
         "\"items\": an array is not a schema: an object, true or false", 10},
        {"{\"allOf\":[]}", "/allOf", "\"allOf\": an array is not an array of schemas, at least one",
         10},
        {"{\"required\":[\"a\",\"a\"]}", "/required",
         "\"required\": an array is not an array of strings, none twice", 13},
        {"{\"multipleOf\":0}", "/multipleOf", "\"multipleOf\": 0 is not a number above 0", 15},
        {"{\"$id\":\"a#b\"}", "/$id", "\"$id\": \"a#b\" is not a URI without a fragment", 8},
        {"{\"$anchor\":\"1\"}", "/$anchor",
         "\"$anchor\": \"1\" is not a name: a letter or _, then letters, digits, -, _ and .", 12},
        {"{\"additionalItems\":{}}", "",
         "\"additionalItems\" is no keyword that is known here; your own begin with \"x-\"", 2},
        {"{\"format\":\"datetime\"}", "/format",
         "\"format\": \"datetime\" is no format; did you mean \"date-time\"?", 11},
        {"{\"$ref\":\"#/$defs/x\"}", "/$ref",
         "\"$ref\": \"#/$defs/x\" refers to nothing that is here", 9},
        {"{\"$ref\":\"other.json\"}", "/$ref",
         "\"$ref\": \"other.json\" refers to nothing that is here", 9},
        {"{\"$ref\":\"#\"}", "", "the schema applies itself to the same value without end, by $ref",
         1},
        {"{\"allOf\":[{\"not\":{\"$ref\":\"#/$defs/a\"}}],\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":"
         "\"#/allOf/0\"}]}}}",
         "/allOf/0", "the schema applies itself to the same value without end, by $ref", 11},
        {"{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}", "/$schema",
         "\"$schema\": \"http://json-schema.org/draft-04/schema\" is not read here; write "
         "\"https://json-schema.org/draft/2020-12/schema\"",
         12},
        {"{\"$defs\":{\"a\":{\"uniqueItems\":1}}}", "/$defs/a/uniqueItems",
         "\"uniqueItems\": 1 is not true or false", 30},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        check_refused(cases[i].schema, cases[i].pointer, cases[i].text, cases[i].column);
    }
}

TEST(all_findings_of_a_schema_come_at_once)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 20);
    CHECK(case_compile(arena,
                       "{\"type\":1,\"minimum\":\"a\",\"pattern\":\"(\",\"items\":{\"foo\":1},"
                       "\"x-mine\":[1]}",
                       &errs) == NULL);
    CHECK_INT(errs.n, 4);
    lgs_arena_destroy(arena);
}

int main(void)
{
    RUN(sentences_are_for_a_partner);
    RUN(long_values_are_cut_between_code_points);
    RUN(places_are_those_of_instance_and_keyword);
    RUN(redacted_values_never_appear);
    RUN(names_within_a_redacted_value_are_part_of_it);
    RUN(bad_schemas_are_refused_with_place_and_reason);
    RUN(all_findings_of_a_schema_come_at_once);
    return DONE();
}
