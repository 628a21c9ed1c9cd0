#include "schema_case.h"

typedef struct {
    const char *schema, *text, *want;
} case_t;

static void run_cases(const case_t *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        case_check(cases[i].schema, cases[i].text, cases[i].want);
    }
}

TEST(types_and_booleans)
{
    static const case_t cases[] = {
        {"true", "1", ""},
        {"false", "1", " false"},
        {"{}", "null", ""},
        {"{\"type\":\"string\"}", "\"a\"", ""},
        {"{\"type\":\"string\"}", "1", " type"},
        {"{\"type\":\"string\",\"minLength\":3,\"enum\":[\"abc\"]}", "1", " type"},
        {"{\"type\":[\"string\",\"null\"]}", "null", ""},
        {"{\"type\":[\"string\",\"null\"]}", "false", " type"},
        {"{\"type\":\"integer\"}", "1.0", ""},
        {"{\"type\":\"integer\"}", "10e-1", ""},
        {"{\"type\":\"integer\"}", "1.5", " type"},
        {"{\"type\":\"integer\"}", "1e400", ""},
        {"{\"type\":\"integer\"}", "1e-1", " type"},
        {"{\"type\":\"integer\",\"minimum\":2}", "1", " minimum"},
        {"{\"type\":[\"integer\",\"number\"]}", "1.5", ""},
        {"{\"type\":\"number\"}", "123456789012345678901234567890.5", ""},
        {"{\"type\":\"array\"}", "{}", " type"},
        {"{\"type\":\"object\"}", "[]", " type"},
        {"{\"type\":\"boolean\"}", "true", ""},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(enum_and_const)
{
    static const case_t cases[] = {
        {"{\"enum\":[\"a\",\"b\",1,null,[1],{\"x\":1.0}]}", "\"b\"", ""},
        {"{\"enum\":[\"a\",\"b\",1,null,[1],{\"x\":1.0}]}", "1.0", ""},
        {"{\"enum\":[\"a\",\"b\",1,null,[1],{\"x\":1.0}]}", "{\"x\":1}", ""},
        {"{\"enum\":[\"a\",\"b\",1,null,[1],{\"x\":1.0}]}", "\"c\"", " enum"},
        {"{\"enum\":[\"a\",\"b\",1,null,[1],{\"x\":1.0}]}", "false", " enum"},
        {"{\"enum\":[]}", "\"\"", " enum"},
        {"{\"enum\":[\"\"]}", "\"\"", ""},
        {"{\"const\":false}", "0", " const"},
        {"{\"const\":0}", "-0.0", ""},
        {"{\"const\":\"x\"}", "\"x\"", ""},
        {"{\"const\":{\"a\":[1,2]}}", "{\"a\":[1,2.0]}", ""},
        {"{\"const\":{\"a\":[1,2]}}", "{\"a\":[2,1]}", " const"},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(numbers_are_exact)
{
    static const case_t cases[] = {
        {"{\"multipleOf\":0.01}", "19.99", ""},
        {"{\"multipleOf\":0.01}", "19.995", " multipleOf"},
        {"{\"multipleOf\":0.0001}", "0.0075", ""},
        {"{\"multipleOf\":0.0001}", "0.00751", " multipleOf"},
        {"{\"multipleOf\":3}", "123456789012345678901234567890", ""},
        {"{\"multipleOf\":11}", "123456789012345678901234567890", " multipleOf"},
        {"{\"multipleOf\":0.5}", "1e308", ""},
        {"{\"multipleOf\":0.123456789}", "1e308", " multipleOf"},
        {"{\"multipleOf\":2}", "1e1000000", ""},
        {"{\"multipleOf\":10}", "0", ""},
        {"{\"multipleOf\":10}", "-20", ""},
        {"{\"multipleOf\":10}", "25", " multipleOf"},
        {"{\"minimum\":1.1}", "1.1", ""},
        {"{\"minimum\":1.1}", "1.09999999999999999999999999", " minimum"},
        {"{\"maximum\":100}", "1e2", ""},
        {"{\"maximum\":100}", "100.000000000000000000000000001", " maximum"},
        {"{\"exclusiveMinimum\":0}", "0.0", " exclusiveMinimum"},
        {"{\"exclusiveMinimum\":0}", "1e-400", ""},
        {"{\"exclusiveMaximum\":0}", "-1e-400", ""},
        {"{\"exclusiveMaximum\":300}", "300.00", " exclusiveMaximum"},
        {"{\"minimum\":-2}", "-2.0001", " minimum"},
        {"{\"minimum\":-2}", "-1", ""},
        {"{\"maximum\":1e400}", "1e401", " maximum"},
        {"{\"maximum\":9}", "10", " maximum"},
        {"{\"maximum\":1.5}", "0.15e1", ""},
        {"{\"minimum\":5}", "\"4\"", ""},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(strings)
{
    static const case_t cases[] = {
        {"{\"minLength\":2}", "\"ä\"", " minLength"},
        {"{\"minLength\":2}", "\"äö\"", ""},
        {"{\"maxLength\":2}", "\"äö\"", ""},
        {"{\"maxLength\":2}", "\"äöü\"", " maxLength"},
        {"{\"maxLength\":1}", "\"\xf0\x9f\x9a\x9a\"", ""},
        {"{\"minLength\":2.0}", "\"a\"", " minLength"},
        {"{\"maxLength\":1e2}", "\"a\"", ""},
        {"{\"pattern\":\"^[A-Z]{2}$\"}", "\"AB\"", ""},
        {"{\"pattern\":\"^[A-Z]{2}$\"}", "\"AB\\n\"", " pattern"},
        {"{\"pattern\":\"b\"}", "\"abc\"", ""},
        {"{\"pattern\":\"^\\\\d+$\"}", "\"\xd9\xa1\"", " pattern"},
        {"{\"pattern\":\"b\"}", "12", ""},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(objects)
{
    static const char closed[] =
        "{\"properties\":{\"weight\":{\"type\":\"number\"},\"id\":true,"
        "\"no\":false},\"patternProperties\":{\"^x-\":{\"type\":"
        "\"string\"}},\"additionalProperties\":false,\"required\":[\"id\"]}";
    static const case_t cases[] = {
        {closed, "{\"id\":1,\"weight\":2,\"x-a\":\"b\"}", ""},
        {closed, "{\"weight\":\"2\"}", " required\n/weight type"},
        {closed, "{\"id\":1,\"wieght\":2}", "/wieght additionalProperties"},
        {closed, "{\"id\":1,\"x-a\":2}", "/x-a type"},
        {closed, "{\"id\":1,\"no\":2}", "/no false"},
        {closed, "[]", ""},
        {"{\"additionalProperties\":{\"type\":\"string\"}}", "{\"a\":\"b\",\"c\":1}", "/c type"},
        {"{\"properties\":{\"a/b~c\":{\"type\":\"string\"}}}", "{\"a/b~c\":1}", "/a~1b~0c type"},
        {"{\"properties\":{\"\":{\"type\":\"string\"}}}", "{\"\":1}", "/ type"},
        {"{\"required\":[\"a\",\"b\"]}", "{\"b\":1}", " required"},
        {"{\"required\":[\"a\"],\"additionalProperties\":false}", "{\"a\":1}",
         "/a additionalProperties"},
        {"{\"required\":[\"__proto__\",\"toString\"]}", "{}", " required\n required"},
        {"{\"minProperties\":2}", "{\"a\":1}", " minProperties"},
        {"{\"maxProperties\":1}", "{\"a\":1,\"b\":1}", " maxProperties"},
        {"{\"propertyNames\":{\"maxLength\":2}}", "{\"ab\":1,\"abc\":2}", "/abc propertyNames"},
        {"{\"propertyNames\":false}", "{}", ""},
        {"{\"dependentRequired\":{\"a\":[\"b\",\"c\"]}}", "{\"a\":1,\"c\":2}",
         " dependentRequired"},
        {"{\"dependentRequired\":{\"a\":[\"b\",\"c\"]}}", "{\"c\":2}", ""},
        {"{\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]}}}", "{\"a\":1}", " required"},
        {"{\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]},\"b\":false}}", "{\"c\":1}", ""},
        {"{\"dependentSchemas\":{\"b\":false}}", "{\"b\":1}", " false"},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(arrays)
{
    static const case_t cases[] = {
        {"{\"items\":{\"type\":\"integer\"}}", "[1,\"a\",2.5]", "/1 type\n/2 type"},
        {"{\"prefixItems\":[{\"type\":\"string\"},true],\"items\":false}", "[\"a\",1]", ""},
        {"{\"prefixItems\":[{\"type\":\"string\"},true],\"items\":false}", "[1,1,2]",
         "/0 type\n/2 false"},
        {"{\"prefixItems\":[{\"type\":\"string\"}]}", "[]", ""},
        {"{\"minItems\":1}", "[]", " minItems"},
        {"{\"maxItems\":1}", "[1,2]", " maxItems"},
        {"{\"contains\":{\"const\":1}}", "[2,1]", ""},
        {"{\"contains\":{\"const\":1}}", "[2]", " contains"},
        {"{\"contains\":{\"const\":1},\"minContains\":2}", "[1]", " minContains"},
        {"{\"contains\":{\"const\":1},\"minContains\":2}", "[1,2,1]", ""},
        {"{\"contains\":{\"const\":1},\"minContains\":0}", "[2]", ""},
        {"{\"contains\":{\"const\":1},\"maxContains\":1}", "[1,1]", " maxContains"},
        {"{\"contains\":{\"const\":1},\"minContains\":0,\"maxContains\":1}", "[1,1]",
         " maxContains"},
        {"{\"minContains\":5}", "[]", ""},
        {"{\"uniqueItems\":true}", "[1,2,\"1\"]", ""},
        {"{\"uniqueItems\":true}", "[1,2,1.0]", " uniqueItems"},
        {"{\"uniqueItems\":true}", "[{\"a\":1,\"b\":[2]},{\"b\":[2],\"a\":1}]", " uniqueItems"},
        {"{\"uniqueItems\":false}", "[1,1]", ""},
        {"{\"uniqueItems\":true}", "[1,true,0,false,null,\"\",[],{}]", ""},
        {"{\"uniqueItems\":true}",
         "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,{\"a\":1e1,\"b\":0},18,"
         "{\"b\":-0.0,\"a\":10}]",
         " uniqueItems"},
        {"{\"uniqueItems\":true}",
         "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,[18],\"18\",18,[[18]],{\"a\":18}]", ""},
        {"{\"uniqueItems\":true}", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,100,1e2]",
         " uniqueItems"},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(applicators)
{
    static const char kinds[] =
        "{\"oneOf\":[{\"properties\":{\"kind\":{\"const\":\"truck\"},\"axles\":{\"type\":"
        "\"integer\"}},\"required\":[\"kind\",\"axles\"]},{\"properties\":{\"kind\":{\"const\":"
        "\"ship\"},\"imo\":{\"type\":\"string\"}},\"required\":[\"kind\",\"imo\"]}]}";
    static const case_t cases[] = {
        {"{\"allOf\":[{\"minimum\":2},{\"maximum\":3}]}", "1", " minimum"},
        {"{\"allOf\":[{\"minimum\":2},{\"maximum\":3}]}", "2", ""},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "null", ""},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1", " anyOf"},
        {"{\"anyOf\":[{\"type\":\"string\",\"minLength\":2},{\"type\":\"null\"}]}", "\"a\"",
         " minLength"},
        {"{\"anyOf\":[{\"const\":1},{\"const\":2}]}", "3", " anyOf"},
        {"{\"anyOf\":[false,false]}", "3", " false"},
        {"{\"oneOf\":[{\"minimum\":2},{\"maximum\":3}]}", "2", " oneOf"},
        {"{\"oneOf\":[{\"minimum\":2},{\"maximum\":3}]}", "4", ""},
        {kinds, "{\"kind\":\"ship\",\"imo\":\"9\"}", ""},
        {kinds, "{\"kind\":\"ship\",\"imo\":9}", "/imo type"},
        {kinds, "{\"kind\":\"truck\"}", " required"},
        {"{\"not\":{\"type\":\"string\"}}", "1", ""},
        {"{\"not\":{\"type\":\"string\"}}", "\"a\"", " not"},
        {"{\"not\":true}", "1", " not"},
        {"{\"if\":{\"minimum\":10},\"then\":{\"multipleOf\":10},\"else\":{\"multipleOf\":2}}", "15",
         " multipleOf"},
        {"{\"if\":{\"minimum\":10},\"then\":{\"multipleOf\":10},\"else\":{\"multipleOf\":2}}", "4",
         ""},
        {"{\"if\":{\"minimum\":10},\"then\":{\"multipleOf\":10},\"else\":{\"multipleOf\":2}}", "3",
         " multipleOf"},
        {"{\"if\":false,\"then\":false}", "3", ""},
        {"{\"then\":false,\"else\":false}", "3", ""},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(references)
{
    static const case_t cases[] = {
        {"{\"$defs\":{\"a\":{\"type\":\"string\"}},\"properties\":{\"x\":{\"$ref\":\"#/$defs/"
         "a\"}}}",
         "{\"x\":1}", "/x type"},
        {"{\"properties\":{\"next\":{\"$ref\":\"#\"},\"v\":{\"type\":\"number\"}},"
         "\"additionalProperties\":false}",
         "{\"next\":{\"next\":{\"v\":\"1\"}}}", "/next/next/v type"},
        {"{\"$defs\":{\"a\":{\"$anchor\":\"here\",\"type\":\"string\"}},\"$ref\":\"#here\"}", "1",
         " type"},
        {"{\"$defs\":{\"a b%\":{\"type\":\"string\"}},\"$ref\":\"#/$defs/a%20b%25\"}", "1",
         " type"},
        {"{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/c\"},\"c\":{"
         "\"minimum\":2}},\"$ref\":\"#/$defs/a\"}",
         "1", " minimum"},
        {"{\"$id\":\"https://x.example/a/root.json\",\"$defs\":{\"i\":{\"$id\":\"inner.json\","
         "\"$defs\":{\"n\":{\"type\":\"null\"}},\"items\":{\"$ref\":\"#/$defs/n\"}}},"
         "\"$ref\":\"inner.json\"}",
         "[null,1]", "/1 type"},
        {"{\"$id\":\"https://x.example/a/root.json\",\"$defs\":{\"i\":{\"$id\":\"/b/inner.json\","
         "\"$anchor\":\"q\",\"type\":\"null\"}},\"$ref\":\"../b/inner.json#q\"}",
         "1", " type"},
        {"{\"$ref\":\"#/$defs/a\",\"minimum\":3,\"$defs\":{\"a\":{\"maximum\":1}}}", "2",
         " minimum\n maximum"},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(unevaluated)
{
    static const char open[] = "{\"$ref\":\"#/$defs/base\",\"properties\":{\"b\":true},"
                               "\"unevaluatedProperties\":false,\"$defs\":{\"base\":{"
                               "\"properties\":{\"a\":{\"type\":\"string\"}}}}}";
    static const char branches[] =
        "{\"anyOf\":[{\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\"]},{"
        "\"properties\":{\"b\":{\"const\":2}},\"required\":[\"b\"]}],"
        "\"if\":{\"required\":[\"c\"]},\"then\":{\"properties\":{\"c\":true}},"
        "\"dependentSchemas\":{\"d\":{\"properties\":{\"d\":true}}},"
        "\"unevaluatedProperties\":{\"type\":\"null\"}}";
    static const char items[] = "{\"prefixItems\":[true],\"contains\":{\"type\":\"string\"},"
                                "\"unevaluatedItems\":{\"type\":\"number\"}}";
    static const case_t cases[] = {
        {open, "{\"a\":\"x\",\"b\":1}", ""},
        {open, "{\"a\":\"x\",\"c\":1}", "/c unevaluatedProperties"},
        {open, "{\"a\":1}", "/a type"},
        {branches, "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", ""},
        {branches, "{\"a\":1,\"b\":3}", "/b type"},
        {branches, "{\"a\":1,\"b\":null,\"e\":5}", "/e type"},
        {items, "[null,\"a\",1,\"b\"]", ""},
        {items, "[null,\"a\",null]", "/2 type"},
        {"{\"allOf\":[{\"unevaluatedProperties\":true}],\"unevaluatedProperties\":false}",
         "{\"a\":1}", ""},
        {"{\"not\":{\"properties\":{\"a\":false}},\"unevaluatedProperties\":false}", "{\"a\":1}",
         "/a unevaluatedProperties"},
        {"{\"unevaluatedItems\":false}", "[]", ""},
    };
    run_cases(cases, LGS_N(cases));
}

TEST(unevaluated_members_are_marked_however_many)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_buf_t buf;

    for (unsigned n = 510; n < 515; n++) { /* 512 marks are on the stack */
        lgs_buf_init(&buf, arena, 0, 0);
        for (unsigned i = 0; i < n; i++) {
            lgs_buf_printf(&buf, "%c\"x%u\":%u", i ? ',' : '{', i, i);
        }
        lgs_buf_cstr(&buf, ",\"y\":1}");
        lgs_buf_byte(&buf, '\0');
        CHECK_STR(case_run(arena,
                           "{\"allOf\":[{\"patternProperties\":{\"^x\":true}}],"
                           "\"unevaluatedProperties\":false}",
                           buf.data, &errs),
                  "/y unevaluatedProperties");
    }
    lgs_arena_destroy(arena);
}

TEST(dynamic_references)
{
    static const char list[] =
        "{\"$id\":\"x:strings\",\"$ref\":\"x:list\",\"$defs\":{\"s\":{\"$dynamicAnchor\":\"T\","
        "\"type\":\"string\"},\"l\":{\"$id\":\"x:list\",\"items\":{\"$dynamicRef\":\"#T\"},"
        "\"$defs\":{\"t\":{\"$dynamicAnchor\":\"T\"}}}}}";
    static const char tree[] =
        "{\"$schema\":\"https://json-schema.org/draft/2019-09/schema\",\"$id\":\"x:strict\","
        "\"$recursiveAnchor\":true,\"$ref\":\"x:tree\",\"unevaluatedProperties\":false,"
        "\"$defs\":{\"t\":{\"$id\":\"x:tree\",\"$recursiveAnchor\":true,\"properties\":{"
        "\"kids\":{\"items\":{\"$recursiveRef\":\"#\"}}}}}}";
    static const case_t cases[] = {
        {list, "[\"a\",1]", "/1 type"},
        {tree, "{\"kids\":[{\"kids\":[]}]}", ""},
        {tree, "{\"kids\":[{\"kid\":[]}]}", "/kids/0/kid unevaluatedProperties"},
    };
    run_cases(cases, LGS_N(cases));
}

#define D7   "\"$schema\":\"http://json-schema.org/draft-07/schema#\","
#define D19  "\"$schema\":\"https://json-schema.org/draft/2019-09/schema\","
#define META "{\"$ref\":\"http://json-schema.org/draft-07/schema#\"}"
TEST(drafts)
{
    static const case_t cases[] = {
        {"{" D7 "\"items\":[{\"type\":\"null\"}],\"additionalItems\":false}", "[null]", ""},
        {"{" D7 "\"items\":[{\"type\":\"null\"}],\"additionalItems\":false}", "[1,2]",
         "/0 type\n/1 false"},
        {"{" D19 "\"items\":{\"type\":\"null\"},\"additionalItems\":false}", "[null,null]", ""},
        {"{" D7 "\"definitions\":{\"a\":{\"$id\":\"#q\",\"type\":\"null\"}},\"$ref\":\"#q\","
         "\"minimum\":5}",
         "1", " type"},
        {"{" D19 "\"$defs\":{\"a\":{\"type\":\"number\"}},\"$ref\":\"#/$defs/a\",\"minimum\":5}",
         "1", " minimum"},
        {"{" D7 "\"dependencies\":{\"a\":[\"b\"],\"c\":{\"required\":[\"d\"]}}}",
         "{\"a\":1,\"c\":2}", " dependentRequired\n required"},
        {"{\"properties\":{\"o\":{\"$id\":\"x:old\"," D7 "\"items\":[{\"type\":\"null\"}]}}}",
         "{\"o\":[1]}", "/o/0 type"},
        {META, "{\"type\":\"strin\"}", "/type anyOf"},
        {META, "{\"items\":[{}]}", ""},
        {"{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}", "{\"items\":[{}]}",
         "/items type"},
        {"{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}",
         "{\"properties\":{\"a\":{\"not\":{\"minLength\":-1}}}}",
         "/properties/a/not/minLength minimum"},
        {"{\"multipleOf\":12345678901234567890123}", "37037036703703703670369", ""},
        {"{\"multipleOf\":12345678901234567890123}", "37037036703703703670370", " multipleOf"},
        {"{\"multipleOf\":12345678901234567890128}", "12345678901234567890128e99999", ""},
        {"{\"multipleOf\":1180591620717411303424}", "1e300", ""}, /* 2^70 */
        {"{\"multipleOf\":1180591620717411303424}", "1e69", " multipleOf"},
    };
    run_cases(cases, LGS_N(cases));
}

int main(void)
{
    RUN(types_and_booleans);
    RUN(enum_and_const);
    RUN(numbers_are_exact);
    RUN(strings);
    RUN(objects);
    RUN(arrays);
    RUN(applicators);
    RUN(references);
    RUN(unevaluated);
    RUN(unevaluated_members_are_marked_however_many);
    RUN(dynamic_references);
    RUN(drafts);
    return DONE();
}
