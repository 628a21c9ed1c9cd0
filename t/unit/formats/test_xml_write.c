#include "xml_reading.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static const lgs_xml_namespace_t spaces[] = {
    {LGS_STR_INIT("a"), LGS_STR_INIT("urn:one")},
    {LGS_STR_INIT(""), LGS_STR_INIT("urn:two&\"")},
};
static const lgs_xml_profile_t mapped = {.namespaces = spaces, .n_namespaces = LGS_N(spaces)};

/* A tree given as JSON, written as XML; "failed" when it cannot be. */
static lgs_str_t write_json(reading_t *reading, const char *json, const lgs_xml_profile_t *profile)
{
    lgs_buf_t buf;

    *reading = read_text(json);
    CHECK_INT(reading->rc, LGS_OK);
    lgs_buf_init(&buf, reading->arena, 0, 0);
    lgs_xml_write(&buf, &reading->doc.root, profile);
    return buf.failed ? LGS_STR("failed") : lgs_buf_text(&buf);
}

TEST(members_become_elements)
{
    static const struct {
        const char *json;
        const char *want;
    } cases[] = {
        {"{\"a\":\"\"}", HEAD "<a/>"},
        {"{\"a\":null}", HEAD "<a/>"},
        {"{\"a\":{}}", HEAD "<a/>"},
        {"{\"a\":\"x\"}", HEAD "<a>x</a>"},
        {"{\"a\":12.10}", HEAD "<a>12.10</a>"},
        {"{\"a\":{\"b\":true,\"c\":[1,2],\"@d\":\"e\"}}",
         HEAD "<a d=\"e\"><b>true</b><c>1</c><c>2</c></a>"},
        {"{\"a\":{\"b\":[],\"@x\":null,\"#text\":\"t\"}}", HEAD "<a x=\"\">t</a>"},
        {"{\"a\":\"<&>\\\"'\\r\\n\"}", HEAD "<a>&lt;&amp;&gt;\"'&#13;\n</a>"},
        {"{\"a\":{\"@b\":\"<&>\\\"'\\t\\r\\n\"}}",
         HEAD "<a b=\"&lt;&amp;&gt;&#34;'&#9;&#13;&#10;\"/>"},
        {"{\"a\":\"x\\u0000\\u001f\\ufffe\\uffffy\\u007f\"}",
         HEAD "<a>x\357\277\275\357\277\275\357\277\275\357\277\275y\177</a>"},
        {"{\"gr\\u00f6\\u00dfe\":\"\\u20ac\"}",
         HEAD "<gr\303\266\303\237e>\342\202\254</gr\303\266\303\237e>"},
        {"{\"a\":{\"@xml:lang\":\"de\"}}", HEAD "<a xml:lang=\"de\"/>"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        reading_t reading;

        CHECK_STR(write_json(&reading, cases[i].json, NULL), cases[i].want);
        drop(&reading);
    }
}

TEST(namespaces_are_declared_on_the_root)
{
    reading_t reading;

    CHECK_STR(write_json(&reading, "{\"a:r\":{\"x\":{\"@a:y\":1}}}", &mapped),
              HEAD "<a:r xmlns:a=\"urn:one\" xmlns=\"urn:two&amp;&#34;\"><x a:y=\"1\"/></a:r>");
    drop(&reading);
}

TEST(what_is_no_document_is_not_written)
{
    static const char *const cases[] = {
        "1",
        "[]",
        "{}",
        "{\"a\":1,\"b\":2}",
        "{\"a\":[1]}",
        "{\"a\":{\"b\":[[1]]}}",
        "{\"\":1}",
        "{\"a b\":1}",
        "{\"1a\":1}",
        "{\"a\\u00d7\":1}",
        "{\"x:a\":1}",
        "{\"a:\":1}",
        "{\":a\":1}",
        "{\"a\":{\"@xmlns\":\"u\"}}",
        "{\"a\":{\"@b\":[1]}}",
        "{\"a\":{\"@\":1}}",
        "{\"a\":{\"#text\":{}}}",
        "{\"a\":{\"#other\":1}}",
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        reading_t reading;

        CHECK_STR(write_json(&reading, cases[i], NULL), "failed");
        drop(&reading);
    }
}

/* {"a":{"a":…}}, n elements: as deep as a reader makes them, and one more. */
TEST(depth_is_bounded)
{
    for (uint32_t n = LGS_XML_MAX_DEPTH; n <= LGS_XML_MAX_DEPTH + 2; n++) {
        static lgs_node_t nodes[LGS_XML_MAX_DEPTH + 4];
        static lgs_member_t members[LGS_XML_MAX_DEPTH + 4];
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        lgs_buf_t buf;

        nodes[n] = lgs_node_string(LGS_STR("x"), 0, 0);
        for (uint32_t i = n; i-- > 0;) {
            members[i] = (lgs_member_t){lgs_node_string(LGS_STR("a"), 0, 0), nodes[i + 1]};
            nodes[i] = (lgs_node_t){.u.members = &members[i], .n = 1, .type = LGS_OBJECT};
        }
        lgs_buf_init(&buf, arena, 0, 0);
        lgs_xml_write(&buf, &nodes[0], NULL);
        CHECK_INT(buf.failed, n > LGS_XML_MAX_DEPTH);
        lgs_arena_destroy(arena);
    }
}

#define A_LONG_ONE                                                                                 \
    "<a:r xmlns:a='urn:one' a:x='&#10;&#9;&#13;&quot;'>&#13;&lt;]]&gt;<i xml:lang='de'> "          \
    "</i></a:r>"

/* What was read, written and read again is the same tree. */
TEST(round_trips)
{
    static const char *const documents[] = {
        "<r xmlns='urn:one' a='1'>t<b/><c>2</c><b> x </b></r>",
        A_LONG_ONE,
        "<r>\r\n <x>\r\n</x>\r\n</r>",
        "<r><b><c/><c>1</c></b><b k='v'>text</b></r>",
    };

    for (size_t i = 0; i < LGS_N(documents); i++) {
        reading_t reading = read_xml_with(lgs_cstr(documents[i]),
                                          (xml_options_t){.profile = &mapped});
        reading_t again;
        lgs_buf_t buf;

        CHECK_INT(reading.rc, LGS_OK);
        lgs_buf_init(&buf, reading.arena, 0, 0);
        lgs_xml_write(&buf, &reading.doc.root, &mapped);
        CHECK(!buf.failed);
        again = read_xml_with(lgs_buf_text(&buf), (xml_options_t){.profile = &mapped});
        CHECK_INT(again.rc, LGS_OK);
        unit_show(again.errs);
        CHECK(lgs_node_equal(&reading.doc.root, &again.doc.root));
        drop(&again);
        drop(&reading);
    }
}

TEST(a_full_buffer_is_marked)
{
    reading_t reading = read_text("{\"a\":{\"b\":\"x\"}}");
    lgs_buf_t buf;

    lgs_buf_init(&buf, reading.arena, 0, 45);
    lgs_xml_write(&buf, &reading.doc.root, NULL);
    CHECK(buf.failed);
    drop(&reading);
}

int main(void)
{
    RUN(members_become_elements);
    RUN(namespaces_are_declared_on_the_root);
    RUN(what_is_no_document_is_not_written);
    RUN(depth_is_bounded);
    RUN(round_trips);
    RUN(a_full_buffer_is_marked);
    return DONE();
}
