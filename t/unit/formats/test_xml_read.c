#include "xml_reading.h"

static const lgs_xml_namespace_t spaces[] = {
    {LGS_STR_INIT("a"), LGS_STR_INIT("urn:one")},
    {LGS_STR_INIT("b"), LGS_STR_INIT("urn:two")},
    {LGS_STR_INIT(""), LGS_STR_INIT("urn:none")},
};
static const lgs_xml_profile_t mapped = {.namespaces = spaces, .n_namespaces = LGS_N(spaces)};

typedef struct {
    const char *xml;
    const char *want;
} example_t;

static void check_examples(const example_t *examples, size_t n, const lgs_xml_profile_t *profile)
{
    for (size_t i = 0; i < n; i++) {
        reading_t reading = read_xml_with(lgs_cstr(examples[i].xml),
                                          (xml_options_t){.profile = profile});

        CHECK_INT(reading.rc, LGS_OK);
        unit_show(reading.errs);
        if (reading.rc == LGS_OK) {
            CHECK_STR(written(&reading), examples[i].want);
        }
        drop(&reading);
    }
}

TEST(elements_become_members)
{
    static const example_t examples[] = {
        {"<a/>", "{\"a\":\"\"}"},
        {"<a></a>", "{\"a\":\"\"}"},
        {"<a>text</a>", "{\"a\":\"text\"}"},
        {"<a> text </a>", "{\"a\":\" text \"}"},
        {"<a> \n </a>", "{\"a\":\" \\n \"}"},
        {"<a x='1'/>", "{\"a\":{\"@x\":\"1\"}}"},
        {"<a x='1' y=\"2\">t</a>", "{\"a\":{\"@x\":\"1\",\"@y\":\"2\",\"#text\":\"t\"}}"},
        {"<a x='1'>\n</a>", "{\"a\":{\"@x\":\"1\"}}"},
        {"<a><b>1</b><c>2</c></a>", "{\"a\":{\"b\":\"1\",\"c\":\"2\"}}"},
        {"<a>\n  <b>1</b>\n  <c/>\n</a>", "{\"a\":{\"b\":\"1\",\"c\":\"\"}}"},
        {"<?xml version='1.0'?>\n<!-- c --><?pi x?><a><!-- c -->b<?pi y?>c</a>\n<!-- c -->",
         "{\"a\":\"bc\"}"},
        {"\357\273\277<a>b</a>", "{\"a\":\"b\"}"},
    };

    check_examples(examples, LGS_N(examples), NULL);
}

TEST(repeated_children_become_an_array_where_the_first_stood)
{
    static const example_t examples[] = {
        {"<a><b>1</b><b>2</b></a>", "{\"a\":{\"b\":[\"1\",\"2\"]}}"},
        {"<a><b>1</b><c>x</c><b>2</b><c>y</c><b>3</b></a>",
         "{\"a\":{\"b\":[\"1\",\"2\",\"3\"],\"c\":[\"x\",\"y\"]}}"},
        {"<a><c>x</c><b>1</b><b/></a>", "{\"a\":{\"c\":\"x\",\"b\":[\"1\",\"\"]}}"},
        {"<a><b><c>1</c><c>2</c></b><b><c>3</c></b></a>",
         "{\"a\":{\"b\":[{\"c\":[\"1\",\"2\"]},{\"c\":\"3\"}]}}"},
        {"<a b='0'><b>1</b><b>2</b></a>", "{\"a\":{\"@b\":\"0\",\"b\":[\"1\",\"2\"]}}"},
    };

    check_examples(examples, LGS_N(examples), NULL);
}

TEST(mixed_text_is_joined_and_its_edges_are_layout)
{
    static const example_t examples[] = {
        {"<a>one<b/>two</a>", "{\"a\":{\"b\":\"\",\"#text\":\"onetwo\"}}"},
        {"<a>\n  one\n  <b>x</b>\n  two\n</a>",
         "{\"a\":{\"b\":\"x\",\"#text\":\"one\\n  \\n  two\"}}"},
        {"<a>\n  <b>x</b>\n  two\n</a>", "{\"a\":{\"b\":\"x\",\"#text\":\"two\"}}"},
        {"<a><b>x</b>&#32;&#32;<b>y</b></a>", "{\"a\":{\"b\":[\"x\",\"y\"]}}"},
    };

    check_examples(examples, LGS_N(examples), NULL);
}

TEST(text_is_what_xml_says_it_is)
{
    static const example_t examples[] = {
        {"<a>&lt;&gt;&amp;&quot;&apos;</a>", "{\"a\":\"<>&\\\"'\"}"},
        {"<a>x &amp; y</a>", "{\"a\":\"x & y\"}"},
        {"<a>&#65;&#x42;&#8364;&#x1F600;</a>", "{\"a\":\"AB\342\202\254\360\237\230\200\"}"},
        {"<a><![CDATA[<b>&amp;]]></a>", "{\"a\":\"<b>&amp;\"}"},
        {"<a>x<![CDATA[y]]>z</a>", "{\"a\":\"xyz\"}"},
        {"<a>1\r\n2\r3\n4</a>", "{\"a\":\"1\\n2\\n3\\n4\"}"},
        {"<a>\r\n  <b>1</b>\r\n  <b>2</b>\r\n</a>", "{\"a\":{\"b\":[\"1\",\"2\"]}}"},
        {"<a>&#13;</a>", "{\"a\":\"\\r\"}"},
        {"<a x=' a\tb\r\nc&#10;d '/>", "{\"a\":{\"@x\":\" a b c\\nd \"}}"},
        {"<a x='&lt;&quot;'/>", "{\"a\":{\"@x\":\"<\\\"\"}}"},
        {"<a  x = \"1\"\n\ty\t=\n'2'\n/>", "{\"a\":{\"@x\":\"1\",\"@y\":\"2\"}}"},
        {"<\303\244>\342\202\254</\303\244>", "{\"\303\244\":\"\342\202\254\"}"},
    };

    check_examples(examples, LGS_N(examples), NULL);
}

TEST(without_a_map_names_are_local_names)
{
    static const example_t examples[] = {
        {"<s:a xmlns:s='urn:1' xmlns='urn:2'><s:b>1</s:b><b>2</b></s:a>",
         "{\"a\":{\"b\":[\"1\",\"2\"]}}"},
        {"<s:a xmlns:s='urn:1'/>", "{\"a\":\"\"}"},
        {"<a xml:lang='de' xmlns:x='u' x:type='t'/>",
         "{\"a\":{\"@xml:lang\":\"de\",\"@type\":\"t\"}}"},
        /* an attribute whose local name is taken keeps its prefix */
        {"<a type='1' x:type='2'/>", "{\"a\":{\"@type\":\"1\",\"@x_type\":\"2\"}}"},
        {"<a x:type='2' xmlns:q='u' type='1' q='0'/>",
         "{\"a\":{\"@x_type\":\"2\",\"@type\":\"1\",\"@q\":\"0\"}}"},
        {"<a b:='1' :c='2'/>", "{\"a\":{\"@b:\":\"1\",\"@:c\":\"2\"}}"},
        {"<a x:type='2' y:type='3'/>", "{\"a\":{\"@x_type\":\"2\",\"@y_type\":\"3\"}}"},
    };

    check_examples(examples, LGS_N(examples), NULL);
}

TEST(a_map_of_namespaces_gives_prefixes_of_ours)
{
    static const example_t examples[] = {
        {"<x:r xmlns:x='urn:one' xmlns='urn:two'><id>1</id><x:id>2</x:id></x:r>",
         "{\"a:r\":{\"b:id\":\"1\",\"a:id\":\"2\"}}"},
        {"<r xmlns='urn:none' x='1'><i xmlns='urn:other'/><i/></r>",
         "{\"r\":{\"@x\":\"1\",\"i\":[\"\",\"\"]}}"},
        {"<r xmlns:q='urn:two' q:x='1' x='2' xml:lang='en' xmlns:o='urn:other' o:x='3'/>",
         "{\"r\":{\"@b:x\":\"1\",\"@x\":\"2\",\"@xml:lang\":\"en\",\"@o_x\":\"3\"}}"},
    };

    check_examples(examples, LGS_N(examples), &mapped);
}

TEST(arrays_of_the_profile_are_arrays_of_one)
{
    static const lgs_str_t names[] = {LGS_STR_INIT("Piece"), LGS_STR_INIT("Leg/Stop"),
                                      LGS_STR_INIT("/R/Leg")};
    static const lgs_xml_profile_t profile = {.arrays = names, .n_arrays = LGS_N(names)};
    static const example_t examples[] = {
        {"<R><Piece>1</Piece></R>", "{\"R\":{\"Piece\":[\"1\"]}}"},
        {"<R><x><Piece/></x></R>", "{\"R\":{\"x\":{\"Piece\":[\"\"]}}}"},
        {"<R><Leg><Stop>1</Stop></Leg></R>", "{\"R\":{\"Leg\":[{\"Stop\":[\"1\"]}]}}"},
        {"<R><Stop>1</Stop></R>", "{\"R\":{\"Stop\":\"1\"}}"},
        {"<R><x><Leg>1</Leg></x></R>", "{\"R\":{\"x\":{\"Leg\":\"1\"}}}"},
        {"<R><xLeg><Stop>1</Stop></xLeg></R>", "{\"R\":{\"xLeg\":{\"Stop\":\"1\"}}}"},
        {"<Piece>1</Piece>", "{\"Piece\":\"1\"}"},
        {"<Piece><Piece>1</Piece></Piece>", "{\"Piece\":{\"Piece\":[\"1\"]}}"},
    };

    check_examples(examples, LGS_N(examples), &profile);
}

/* Many children: sorted by runs, whatever the mixture. */
TEST(thousands_of_children_are_grouped)
{
    lgs_str_t text = repeated("<a>", "<b>1</b><c>2</c><d x='1'/>", 5000, "</a>");
    reading_t reading;
    const lgs_node_t *a;

    for (size_t i = 0; i < text.len; i++) {
        ((char *)(uintptr_t)text.data)[i] = text.data[i] == ',' ? ' ' : text.data[i];
    }
    reading = read_xml_with(text, (xml_options_t){.profile = NULL});
    CHECK_INT(reading.rc, LGS_OK);
    a = lgs_node_at(&reading.doc.root, "a");
    CHECK(a && a->n == 3);
    CHECK_INT(lgs_node_at(a, "b")->n, 5000);
    CHECK_INT(lgs_node_at(a, "c")->n, 5000);
    CHECK_INT(lgs_node_at(a, "d")->n, 5000);
    CHECK_STR(lgs_node_text(&lgs_node_at(a, "c")->u.items[4999]), "2");
    CHECK_STR(lgs_node_text(&a->u.members[0].name), "b");
    drop(&reading);
    free((char *)(uintptr_t)text.data);
}

TEST(more_names_than_the_cache_holds)
{
    char *text = malloc(100000);
    size_t len = 0;
    reading_t reading;

    len += (size_t)sprintf(text, "<a>");
    for (int i = 0; i < 2000; i++) {
        len += (size_t)sprintf(text + len, "<n%d k%d='v'>%d</n%d>", i % 1000, i % 1000, i,
                               i % 1000);
    }
    len += (size_t)sprintf(text + len, "</a>");
    reading = read_xml_with(lgs_str(text, len), (xml_options_t){.profile = NULL});
    CHECK_INT(reading.rc, LGS_OK);
    CHECK_INT(lgs_node_at(&reading.doc.root, "a")->n, 1000);
    for (int i = 0; i < 1000; i++) {
        char name[16];
        const lgs_node_t *both;

        snprintf(name, sizeof(name), "n%d", i);
        both = lgs_node_at(lgs_node_at(&reading.doc.root, "a"), name);
        CHECK(both && both->type == LGS_ARRAY && both->n == 2);
    }
    drop(&reading);
    free(text);
}

/* ---- positions ---- */

static lgs_pos_t place(const reading_t *reading, const char *pointer)
{
    const lgs_node_t *node = lgs_node_pointer(&reading->doc.root, lgs_cstr(pointer));

    return node ? lgs_doc_locate(&reading->doc, node->offset) : (lgs_pos_t){0};
}

#define CHECK_PLACE(reading, pointer, at_line, at_column)                                          \
    do {                                                                                           \
        lgs_pos_t unit_pos = place(&(reading), pointer);                                           \
        CHECK_INT(unit_pos.line, at_line);                                                         \
        CHECK_INT(unit_pos.column, at_column);                                                     \
    } while (0)

TEST(values_know_their_line_and_column)
{
    reading_t reading = read_xml("<?xml version=\"1.0\"?>\n"
                                 "<r  xmlns=\"u\" a=\"1\"\n"
                                 "    b='two'>\n"
                                 "  <c>text</c>\n"
                                 "  <d/><e>&amp;x</e>\n"
                                 "  <c> <f g=\"&lt;\"/> tail </c>\n"
                                 "</r>");

    CHECK_INT(reading.rc, LGS_OK);
    CHECK_PLACE(reading, "/r", 2, 1);
    CHECK_PLACE(reading, "/r/@a", 2, 18);
    CHECK_PLACE(reading, "/r/@b", 3, 8);
    CHECK_PLACE(reading, "/r/c", 4, 6);
    CHECK_PLACE(reading, "/r/c/0", 4, 6);
    CHECK_PLACE(reading, "/r/d", 5, 3);
    CHECK_PLACE(reading, "/r/e", 5, 10);
    CHECK_PLACE(reading, "/r/c/1", 6, 3);
    CHECK_PLACE(reading, "/r/c/1/f", 6, 7);
    CHECK_PLACE(reading, "/r/c/1/f/@g", 6, 13);
    CHECK_PLACE(reading, "/r/c/1/#text", 6, 21);
    drop(&reading);
}

TEST(text_is_borrowed_where_it_stands_unchanged)
{
    reading_t reading = read_xml("<r x='value'><a>plain</a><b>a&amp;b</b><c>two\nlines</c>"
                                 "<d>two\r\nlines</d><e>\r\nafter</e></r>");
    static const struct {
        const char *pointer;
        bool borrowed;
    } cases[] = {{"/r/@x", true}, {"/r/a", true},  {"/r/b", false},
                 {"/r/c", true},  {"/r/d", false}, {"/r/e", true}};

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_str_t text = lgs_node_text(
            lgs_node_pointer(&reading.doc.root, lgs_cstr(cases[i].pointer)));

        CHECK((text.data >= reading.source &&
               text.data < reading.source + reading.doc.source.len) == cases[i].borrowed);
    }
    CHECK_STR(lgs_node_text(lgs_node_pointer(&reading.doc.root, LGS_STR("/r/e"))), "\nafter");
    drop(&reading);
}

/* ---- encodings ---- */

TEST(encodings_of_carriers_are_read)
{
    static const example_t examples[] = {
        {"<?xml version='1.0' encoding='ISO-8859-1'?><a x='\344'>\374\200</a>",
         "{\"a\":{\"@x\":\"\303\244\",\"#text\":\"\303\274\302\200\"}}"},
        {"<?xml version='1.0' encoding='iso-8859-15'?><a>\244\246\250\264\270\274\275\276</a>",
         "{\"a\":\"\342\202\254\305\240\305\241\305\275\305\276\305\222\305\223\305\270\"}"},
        {"<?xml version='1.0' encoding='Windows-1252'?><a>\200\223x\224\374\377</a>",
         "{\"a\":\"\342\202\254\342\200\234x\342\200\235\303\274\303\277\"}"},
        {"<?xml version='1.0' encoding='US-ASCII'?><a>x</a>", "{\"a\":\"x\"}"},
        {"<?xml version='1.0' encoding='latin1'?><\344>x</\344>", "{\"\303\244\":\"x\"}"},
        {"<?xml version='1.0' encoding='utf-8'?><a>\303\274</a>", "{\"a\":\"\303\274\"}"},
    };

    check_examples(examples, LGS_N(examples), NULL);
}

TEST(positions_are_bytes_of_the_source_in_every_encoding)
{
    reading_t reading = read_xml("<?xml version='1.0' encoding='windows-1252'?>\n"
                                 "<r \344='\200\200'><a>\374\374\374</a><b>x</b></r>");

    CHECK_INT(reading.rc, LGS_OK);
    CHECK_PLACE(reading, "/r/@\303\244", 2, 7);
    CHECK_PLACE(reading, "/r/a", 2, 14);
    CHECK_PLACE(reading, "/r/b", 2, 24);
    drop(&reading);
}

/* Chunks cut tokens, characters and texts anywhere. */
TEST(long_documents_come_in_chunks)
{
    for (size_t pad = 32700; pad < 32800; pad++) {
        char *text = malloc(pad + 200);
        size_t len = (size_t)sprintf(text, "<a><b>");
        reading_t reading;

        memset(text + len, 'x', pad);
        len += pad;
        len += (size_t)sprintf(text + len,
                               "\303\244\r\n</b><c d='\342\202\254'>e</c><b>&amp;</b></a>");
        reading = read_xml_with(lgs_str(text, len), (xml_options_t){.profile = NULL});
        CHECK_INT(reading.rc, LGS_OK);
        CHECK_INT(lgs_node_pointer(&reading.doc.root, LGS_STR("/a/b/0"))->n, pad + 3);
        CHECK_STR(lgs_node_text(lgs_node_pointer(&reading.doc.root, LGS_STR("/a/c/@d"))),
                  "\342\202\254");
        CHECK_STR(lgs_node_text(lgs_node_pointer(&reading.doc.root, LGS_STR("/a/b/1"))), "&");
        drop(&reading);
        free(text);
    }
}

/* One token of megabytes must not be looked at again for each chunk. */
TEST(a_long_token_is_read_once)
{
    static const struct {
        const char *head, *tail;
    } tokens[] = {{"<a><!--", "--></a>"},
                  {"<a x='", "'/>"},
                  {"<a><?p ", "?></a>"},
                  {"<a><![CDATA[", "]]></a>"},
                  {"<a ", "/>"}};

    for (size_t i = 0; i < LGS_N(tokens); i++) {
        size_t size = 8u << 20, len;
        char *text = malloc(size + 100);
        reading_t reading;

        len = (size_t)sprintf(text, "%s", tokens[i].head);
        memset(text + len, i == 4 ? ' ' : 'x', size);
        len += size;
        len += (size_t)sprintf(text + len, "%s", tokens[i].tail);
        reading = read_xml_with(lgs_str(text, len), (xml_options_t){.profile = NULL});
        CHECK_INT(reading.rc, LGS_OK);
        unit_show(reading.errs);
        drop(&reading);
        free(text);
    }
}

/* ---- refusals ---- */

static const struct {
    const char *xml;
    const char *code;
    uint32_t line, column;
    const char *text;
} refused[] = {
    {"", "xml-syntax", 1, 1, "the document is empty, XML was expected"},
    {"  \n", "xml-syntax", 2, 1, "the document ends here without an element"},
    {"<!-- c -->", "xml-syntax", 1, 11, "the document ends here without an element"},
    {"{\"a\":1}", "xml-syntax", 1, 1, "expected XML, which begins with \"<\", found \"{\""},
    {"<Shipment>\n <Piece>\n </Shipment>", "xml-syntax", 3, 4,
     "</Shipment> closes <Piece>, opened at line 2"},
    {"<a>\n <b>1</b>\n", "xml-syntax", 3, 1,
     "the document is cut off: it ends within <a>, opened at line 1"},
    {"<a>\n <b", "xml-syntax", 2, 2,
     "the document is cut off: it ends within <a>, opened at line 1"},
    {"<a/><b/>", "xml-syntax", 1, 5,
     "something stands behind the end of the root element; a document has one root"},
    {"<a>x & y</a>", "xml-syntax", 1, 6, "\"&\" begins no entity; the character is &amp;"},
    {"<a>AT&T Corp</a>", "xml-syntax", 1, 6, "\"&\" begins no entity; the character is &amp;"},
    {"<a>x &\ny</a>", "xml-syntax", 1, 6, "\"&\" begins no entity; the character is &amp;"},
    {"<a>x&nbsp;y</a>", "xml-syntax", 1, 5,
     "&nbsp; is no entity of XML, which knows &amp; &lt; &gt; &quot; &apos; and numbers such as "
     "&#160;"},
    {"<a x='1' x='2'/>", "xml-syntax", 1, 10, "an attribute stands twice in this tag; remove one"},
    {"<a x='<'/>", "xml-syntax", 1, 7, "\"<\" cannot stand here; the character is &lt;"},
    {"<a>\001</a>", "xml-syntax", 1, 4, "the control character 0x01 cannot stand in XML"},
    {"<a>&#0;</a>", "xml-syntax", 1, 4,
     "the character reference here stands for no character of XML"},
    {"\n<?xml version='1.0'?><a/>", "xml-syntax", 2, 1,
     "\"<?xml\" stands in the document; it can only be the very first thing, nothing before it"},
    {"<a><![CDATA[x</a>", "xml-syntax", 1, 18, "a CDATA section begins here and has no \"]]>\""},
    {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "xml-doctype", 1, 1,
     "a document type definition (<!DOCTYPE \342\200\246>) is not taken; send the document without "
     "it"},
    {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "xml-doctype", 1, 1,
     "a document type definition (<!DOCTYPE \342\200\246>) is not taken; send the document without "
     "it"},
    {"<a>\374</a>", "xml-encoding", 1, 4,
     "the byte 0xfc here is no text in the document's encoding (UTF-8 unless declared); declare "
     "the "
     "one it is in: <?xml version=\"1.0\" encoding=\"windows-1252\"?>"},
    {"<?xml version='1.0' encoding='US-ASCII'?><a>\303\274</a>", "xml-encoding", 1, 45,
     "the byte 0xc3 here is no text in the document's encoding (UTF-8 unless declared); declare "
     "the "
     "one it is in: <?xml version=\"1.0\" encoding=\"windows-1252\"?>"},
    {"<?xml version='1.0' encoding='windows-1252'?><a>\201</a>", "xml-encoding", 1, 49,
     "the byte 0x81 here is no text in the document's encoding (UTF-8 unless declared); declare "
     "the "
     "one it is in: <?xml version=\"1.0\" encoding=\"windows-1252\"?>"},
    {"<?xml version='1.0' encoding='EBCDIC-CP-US'?><a/>", "xml-encoding", 1, 31,
     "the encoding \"EBCDIC-CP-US\" is not read; send UTF-8 (or ISO-8859-1, ISO-8859-15, "
     "windows-1252, US-ASCII)"},
    {"<?xml version='1.0' encoding='utf-16'?><a/>", "xml-encoding", 1, 31,
     "the XML declaration says UTF-16, the document is not; write encoding=\"UTF-8\""},
    {"\377\376<", "xml-encoding", 1, 1, "the document is UTF-16; send it as UTF-8"},
    {"\376\377", "xml-encoding", 1, 1, "the document is UTF-16; send it as UTF-8"},
};

TEST(refusals_say_where_and_why)
{
    for (size_t i = 0; i < LGS_N(refused); i++) {
        reading_t reading = read_xml(refused[i].xml);
        const lgs_err_t *err = first_error(&reading);

        CHECK_INT(reading.rc, LGS_INVALID);
        CHECK_STR(lgs_cstr(err->code), refused[i].code);
        CHECK_STR(err->text, refused[i].text);
        CHECK_INT(err->pos.line, refused[i].line);
        CHECK_INT(err->pos.column, refused[i].column);
        CHECK_INT(reading.errs->n, 1);
        if (unit_bad) {
            printf("# refused %zu: %s\n", i, refused[i].xml);
            unit_bad = 0;
            unit_failed = 1;
        }
        drop(&reading);
    }
}

TEST(utf16_without_a_mark_is_refused_too)
{
    reading_t reading = read_xml_with(LGS_STR("<\0a\0/\0>\0"), (xml_options_t){.profile = NULL});

    CHECK_INT(reading.rc, LGS_INVALID);
    CHECK_STR(first_error(&reading)->text, "the document is UTF-16; send it as UTF-8");
    drop(&reading);
}

TEST(a_prefix_must_be_declared_when_namespaces_count)
{
    reading_t reading = read_xml_with(LGS_STR("<x:a/>"), (xml_options_t){.profile = &mapped});

    CHECK_INT(reading.rc, LGS_INVALID);
    CHECK_STR(first_error(&reading)->text,
              "a prefix in this tag is not declared; write xmlns:prefix=\"\342\200\246\"");
    drop(&reading);
}

TEST(an_error_within_points_to_the_element)
{
    reading_t reading = read_xml("<a><b><c></b></a>");

    CHECK_STR(first_error(&reading)->pointer, "/a/b/c");
    drop(&reading);
}

/* ---- limits ---- */

static lgs_rc_t read_nested(uint32_t n, const lgs_tree_limits_t *limits)
{
    char *text = malloc((size_t)n * 7 + 1);
    size_t len = 0;
    reading_t reading;
    lgs_rc_t rc;

    for (uint32_t i = 0; i < n; i++) {
        memcpy(text + len, "<a>", 3);
        len += 3;
    }
    for (uint32_t i = 0; i < n; i++) {
        memcpy(text + len, "</a>", 4);
        len += 4;
    }
    reading = read_xml_with(lgs_str(text, len), (xml_options_t){.limits = limits});
    rc = reading.rc;
    CHECK(rc == LGS_OK || strcmp(first_error(&reading)->code, "max-depth") == 0);
    drop(&reading);
    free(text);
    return rc;
}

TEST(depth_counts_elements)
{
    lgs_tree_limits_t limits = lgs_tree_limits_default;

    CHECK_INT(read_nested(LGS_DEFAULT_MAX_DEPTH, NULL), LGS_OK);
    CHECK_INT(read_nested(LGS_DEFAULT_MAX_DEPTH + 1, NULL), LGS_LIMIT);
    CHECK_INT(read_nested(100000, NULL), LGS_LIMIT);
    limits.max_depth = LGS_MAX_DEPTH;
    CHECK_INT(read_nested(LGS_XML_MAX_DEPTH, &limits), LGS_OK);
    CHECK_INT(read_nested(LGS_XML_MAX_DEPTH + 1, &limits), LGS_LIMIT);
    limits.max_depth = 1;
    CHECK_INT(read_nested(1, &limits), LGS_OK);
    CHECK_INT(read_nested(2, &limits), LGS_LIMIT);
}

static void check_limit(const char *good, const char *bad, lgs_tree_limits_t limits,
                        const char *code)
{
    reading_t reading = read_xml_with(lgs_cstr(good), (xml_options_t){.limits = &limits});

    CHECK_INT(reading.rc, LGS_OK);
    unit_show(reading.errs);
    drop(&reading);
    reading = read_xml_with(lgs_cstr(bad), (xml_options_t){.limits = &limits});
    CHECK_INT(reading.rc, LGS_LIMIT);
    CHECK_STR(lgs_cstr(first_error(&reading)->code), code);
    CHECK(first_error(&reading)->pos.line == 1);
    drop(&reading);
}

TEST(limits_of_the_tree_hold)
{
    lgs_tree_limits_t limits = lgs_tree_limits_default;

    limits.max_text = 4;
    check_limit("<a>1234</a>", "<a>12345</a>", limits, "max-text");
    check_limit("<a>12&#51;4</a>", "<a>12&#51;45</a>", limits, "max-text");
    check_limit("<a x='1234'/>", "<a x='12345'/>", limits, "max-text");
    check_limit("<a><b/>12<b/>34</a>", "<a><b/>12<b/>345</a>", limits, "max-text");
    limits = lgs_tree_limits_default;
    limits.max_nodes = 5; /* the document, a, @x, b, #text; an array counts too */
    check_limit("<a x='1'><b/>t</a>", "<a x='1'><b/><c/>t</a>", limits, "max-nodes");
    check_limit("<a><b/><b/></a>", "<a><b/><b/><b/></a>", limits, "max-nodes");
    check_limit("<a><b/><c/><d/></a>", "<a><b/><c/><d/><e/></a>", limits, "max-nodes");
    limits = lgs_tree_limits_default;
    limits.max_members = 2;
    check_limit("<a x='1' y='2'/>", "<a x='1' y='2' z='3'/>", limits, "max-members");
    check_limit("<a><b/><b/><b/>t</a>", "<a><b/><b/><c/>t</a>", limits, "max-members");
    check_limit("<a><b/><b/><b/><c/></a>", "<a><b/><b/><c/><d/></a>", limits, "max-members");
}

TEST(attributes_of_one_element_are_counted)
{
    for (unsigned n = LGS_XML_MAX_ATTRIBUTES; n <= LGS_XML_MAX_ATTRIBUTES + 1; n++) {
        char text[8192];
        size_t len = (size_t)sprintf(text, "<a");
        reading_t reading;

        for (unsigned i = 0; i < n; i++) {
            len += (size_t)sprintf(text + len, " a%u=''", i);
        }
        sprintf(text + len, "/>");
        reading = read_xml(text);
        CHECK_INT(reading.rc, n == LGS_XML_MAX_ATTRIBUTES ? LGS_OK : LGS_LIMIT);
        CHECK_STR(lgs_cstr(first_error(&reading)->code),
                  n == LGS_XML_MAX_ATTRIBUTES ? "none" : "max-attributes");
        drop(&reading);
    }
}

/* Every ceiling from nothing to enough: refused as out of memory, never half a tree. */
TEST(out_of_memory_is_an_error)
{
    static const char text[] = "<r xmlns:p='urn:one' p:a='1&amp;' b='2'><p:c>x&amp;y</p:c><c/>"
                               "<d><e>1</e><e>2</e></d>mixed</r>";
    bool was_read = false;
    unsigned refusals = 0;

    for (size_t ceiling = 1; !was_read; ceiling += 64) {
        reading_t reading = read_xml_with(LGS_STR(text),
                                          (xml_options_t){.profile = &mapped, .ceiling = ceiling});

        CHECK(reading.rc == LGS_OK || reading.rc == LGS_NOMEM);
        was_read = reading.rc == LGS_OK;
        refusals += reading.rc == LGS_NOMEM;
        drop(&reading);
        if (ceiling > 1000000) {
            break;
        }
    }
    CHECK(was_read);
    CHECK(refusals > 20);
}

int main(void)
{
    RUN(elements_become_members);
    RUN(repeated_children_become_an_array_where_the_first_stood);
    RUN(mixed_text_is_joined_and_its_edges_are_layout);
    RUN(text_is_what_xml_says_it_is);
    RUN(without_a_map_names_are_local_names);
    RUN(a_map_of_namespaces_gives_prefixes_of_ours);
    RUN(arrays_of_the_profile_are_arrays_of_one);
    RUN(thousands_of_children_are_grouped);
    RUN(more_names_than_the_cache_holds);
    RUN(values_know_their_line_and_column);
    RUN(text_is_borrowed_where_it_stands_unchanged);
    RUN(encodings_of_carriers_are_read);
    RUN(positions_are_bytes_of_the_source_in_every_encoding);
    RUN(long_documents_come_in_chunks);
    RUN(a_long_token_is_read_once);
    RUN(refusals_say_where_and_why);
    RUN(utf16_without_a_mark_is_refused_too);
    RUN(a_prefix_must_be_declared_when_namespaces_count);
    RUN(an_error_within_points_to_the_element);
    RUN(depth_counts_elements);
    RUN(limits_of_the_tree_hold);
    RUN(attributes_of_one_element_are_counted);
    RUN(out_of_memory_is_an_error);
    return DONE();
}
