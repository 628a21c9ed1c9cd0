#include "schema_case.h"

static void check(const char *format, const char *const *values, size_t n, const char *want)
{
    char schema[128], text[512];

    snprintf(schema, sizeof(schema), "{\"format\":\"%s\"}", format);
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof(text), "\"%s\"", values[i]);
        case_check(schema, text, want);
    }
}

#define GOOD(format, ...)                                                                          \
    check(format, (const char *const[]){__VA_ARGS__},                                              \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), "")
#define BAD(format, ...)                                                                           \
    check(format, (const char *const[]){__VA_ARGS__},                                              \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), " format")

TEST(dates_and_times)
{
    GOOD("date-time", "2026-11-21T14:05:00Z", "2026-11-21T14:05:00.25+05:30",
         "1998-12-31T23:59:60Z");
    BAD("date-time", "tomorrow", "2026-11-21", "2026-11-21T14:05:00", "2026-02-30T00:00:00Z",
        "2026-11-21T24:00:00Z", "");
    GOOD("date", "2024-02-29");
    BAD("date", "2023-02-29", "2023-2-1", "20230201");
    GOOD("time", "08:30:06Z", "08:30:06.28+01:00");
    BAD("time", "08:30:06", "24:00:00Z");
    GOOD("duration", "P4DT12H30M5S", "P4Y", "PT0S", "P1M", "PT1M", "P2W", "P1Y2M3D", "P1DT1H1M");
    BAD("duration", "", "P", "PT", "P1", "4DT12H", "P1YT", "P2D1Y", "P1Y2D", "PT1H2S", "P1D2H",
        "P2S", "P1Y2W", "P1W2D", "PT1D", "P2WT1H", "PTT1H");
}

TEST(mail_and_hosts)
{
    GOOD("email", "joe.bloggs@example.com", "te~st@example.com", "\\\"joe bloggs\\\"@example.com",
         "a@[127.0.0.1]", "a@[IPv6:::1]", "a+b@x.y");
    BAD("email", "2962", ".test@example.com", "test.@example.com", "te..st@example.com", "@x.y",
        "a@", "a@-x.y", "a@[127.0.0.300]", "a b@x.y", "\\\"a@x.y");
    GOOD("hostname", "www.example.com", "xn--4gbwdl.xn--wgbh1c", "1host", "a-b.c");
    BAD("hostname", "", "-bad", "bad-", "a..b", ".a", "a.", "not_valid", "ä.de",
        "a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    GOOD("ipv4", "192.168.0.1", "0.0.0.0", "255.255.255.255");
    BAD("ipv4", "127.0.0", "256.1.1.1", "1.1.1.01", "1.1.1.1.1", "0x7f000001", "1.1.1.1 ", "");
    GOOD("ipv6", "::1", "::", "12:34:56:78:9a:bc:de:f0", "::ffff:1.2.3.4",
         "1:2:3:4:5:6:7::", "::1:2:3:4:5:6:7", "1::", "1:2:3:4:5:6:1.2.3.4");
    BAD("ipv6", "12345::", ":1", "1:", "1:2:3:4:5:6:7:8:9", "1::2::3", "::1%eth0", "1:2:3:4:5:6:7",
        "1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", ":::", "::1 ", "1:2:3:4:5:6:7:8::", "");
}

TEST(international_hosts_and_mail)
{
    GOOD("idn-hostname", "실례.테스트", "bücher.example", "Bücher.Example", "faß.de", "l·l.cat",
         "שלום.example", "xn--bcher-kva.example", "ا۰۱", "क्\\u200cष", "例え。テスト", "a-b.c");
    BAD("idn-hostname", "", ".", "a..b", "-ü", "ü-", "üa--b", "〮한", "a·l", "xn--X", "xn--a",
        "٠۰ا", "1ש", "aש", "BÜ", "ü.a_b");
    BAD("hostname", "xn--X", "ab--c", "xn--07jt112bpxg");
    GOOD("idn-email", "실례@실례.테스트", "a@b.c", "\\\"ü b\\\"@x.y");
    BAD("idn-email", "실례", "a@-ü.de", "a b@x.y");
    BAD("email", "ü@x.y", "a@ü.de");
}

TEST(uri_templates)
{
    GOOD("uri-template", "", "http://a/{x}/{+y*,z:3}{?q,r}", "{a.b}", "%20", "{%41}", "it's");
    BAD("uri-template", "{", "}", "{}", "{a", "{a,}", "{a:0}", "{a:12345}", "{a..b}", "{a.}", "%2",
        "a b", "{a*:3}", "{a=b}", "<a>");
}

TEST(references_and_pointers)
{
    GOOD("uri", "http://foo.bar/?baz=qux#quux", "urn:oasis:names", "mailto:a@b.c",
         "http://[2001:db8::7]:8080/c", "tel:+1-816-555-1212", "file:///a", "x:");
    BAD("uri", "/abc", "//foo.bar/?baz", "\\\\\\\\WIN", "http:// x", ":// x", "bar,baz:foo",
        "http://a:8x/", "http://[::1", "http://a/%zz", "http://a/<b>", "1a:b", "http://a/#b#c");
    GOOD("uri-reference", "", "/abc", "//foo.bar", "a%20b", "#frag", "?q", "a/b:c");
    BAD("uri-reference", "a b", "\\\\\\\\WIN", "#a\\\\b", "1a:b");
    GOOD("iri", "http://ƒøø.ßår/?q=é");
    BAD("iri", "âππ");
    GOOD("iri-reference", "âππ");
    GOOD("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380");
    BAD("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08aa9811eab4aa73b441d16380",
        "2eb8aa08-aa98-11ea-b4ga-73b441d16380");
    GOOD("json-pointer", "", "/", "/foo/bar~0/baz~1/%a", "//");
    BAD("json-pointer", "a", "/~", "/~2", "#/a");
    GOOD("relative-json-pointer", "1", "0/foo", "12#", "0");
    BAD("relative-json-pointer", "/a", "01/a", "-1/a", "0##", "");
    GOOD("regex", "^a+$", "[0-9]{2}");
    BAD("regex", "^(abc]", "a{2,1}");
}

TEST(other_types_have_no_format)
{
    case_check("{\"format\":\"date\"}", "12", "");
    case_check("{\"format\":\"ipv4\"}", "{\"a\":1}", "");
}

int main(void)
{
    RUN(dates_and_times);
    RUN(mail_and_hosts);
    RUN(international_hosts_and_mail);
    RUN(uri_templates);
    RUN(references_and_pointers);
    RUN(other_types_have_no_format);
    return DONE();
}
