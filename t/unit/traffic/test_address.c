#include "../../../ngx_logistics_module/traffic/address.h"
#include "../unit.h"

static const lgs_nets_t nothing = {NULL, 0};

static bool reads(const char *text, const char *bytes, size_t len)
{
    lgs_address_t address;

    return lgs_address_read(lgs_cstr(text), &address) && address.len == len &&
           memcmp(address.bytes, bytes, len) == 0;
}

static const char *special(const char *text)
{
    lgs_address_t address;

    return lgs_address_read(lgs_cstr(text), &address) ? lgs_address_special(&address)
                                                      : "no address";
}

static bool is_in(const char *address_text, const char *net_text)
{
    lgs_address_t address;
    lgs_net_t net;
    bool is_read = lgs_address_read(lgs_cstr(address_text), &address) &&
                   lgs_net_read(lgs_cstr(net_text), &net);

    CHECK(is_read);
    return is_read && lgs_net_has(&net, &address);
}

TEST(addresses_are_read)
{
    CHECK(reads("0.0.0.0", "\0\0\0\0", 4));
    CHECK(reads("255.254.1.20", "\xff\xfe\x01\x14", 4));
    CHECK(reads("::", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
    CHECK(reads("::1", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16));
    CHECK(reads("1::", "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
    CHECK(reads("1:2:3:4:5:6:7:8", "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\10", 16));
    CHECK(reads("::2:3:4:5:6:7:8", "\0\0\0\2\0\3\0\4\0\5\0\6\0\7\0\10", 16));
    CHECK(reads("1:2:3:4:5:6:7::", "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\0", 16));
    CHECK(reads("2001:dB8::aBcD:0", " \1\r\xb8\0\0\0\0\0\0\0\0\xab\xcd\0\0", 16));
    CHECK(reads("::ffff:192.0.2.1", "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16));
    CHECK(reads("64:ff9b::10.0.0.1", "\0\x64\xff\x9b\0\0\0\0\0\0\0\0\n\0\0\1", 16));
    CHECK(reads("1:2:3:4:5:6:1.2.3.4", "\0\1\0\2\0\3\0\4\0\5\0\6\1\2\3\4", 16));
}

/* Other programs read some of these as addresses, and not all as the same one. */
TEST(what_is_no_address)
{
    static const char *const texts[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.",
        "1.2.3.4.5",
        ".1.2.3.4",
        "1..3.4",
        "256.1.1.1",
        "1.1.1.256",
        "01.2.3.4",
        "1.2.3.00",
        "0x7f.0.0.1",
        "2130706433",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.-4",
        "+1.2.3.4",
        "1.2.3.4/8",
        "99999999999.1.1.1",
        ":",
        ":::",
        "1:::2",
        "::1::",
        "1::2::3",
        "1:",
        ":1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1:2:3:4:5:6:7:8",
        "12345::",
        "g::",
        "fe80::1%eth0",
        "[::1]",
        "::1.2.3",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.4.5",
        "1::2:3:4:5:6:7:8",
        "localhost",
    };

    for (size_t i = 0; i < LGS_N(texts); i++) {
        lgs_address_t address;
        lgs_net_t net;
        bool is_read = lgs_address_read(lgs_cstr(texts[i]), &address);

        if (is_read) {
            printf("# \"%s\"\n", texts[i]);
        }
        CHECK(!is_read);
        CHECK(strchr(texts[i], '/') || !lgs_net_read(lgs_cstr(texts[i]), &net));
    }
    CHECK(!lgs_address_read(lgs_str("1.2.3.4\0", 8), &(lgs_address_t){.len = 0}));
}

TEST(networks_are_read)
{
    static const char *const bad[] = {"",           "/8",          "10.0.0.0/",   "10.0.0.0/33",
                                      "10.0.0.0/a", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8",
                                      "10.1.0.0/8", "::/129",      "::1/127",     "fe80::/8",
                                      "::/0128",    "::/256",      "10/8"};
    lgs_net_t net;

    CHECK(lgs_net_read(LGS_STR("10.0.0.0/8"), &net) && net.bits == 8 && net.first.len == 4);
    CHECK(lgs_net_read(LGS_STR("10.1.2.3"), &net) && net.bits == 32);
    CHECK(lgs_net_read(LGS_STR("10.1.2.3/32"), &net) && net.bits == 32);
    CHECK(lgs_net_read(LGS_STR("0.0.0.0/0"), &net) && net.bits == 0);
    CHECK(lgs_net_read(LGS_STR("fd00::/8"), &net) && net.bits == 8 && net.first.len == 16);
    CHECK(lgs_net_read(LGS_STR("::1"), &net) && net.bits == 128);
    CHECK(lgs_net_read(LGS_STR("::/0"), &net) && net.bits == 0);
    for (size_t i = 0; i < LGS_N(bad); i++) {
        CHECK(!lgs_net_read(lgs_cstr(bad[i]), &net));
    }
}

TEST(what_is_in_a_network)
{
    CHECK(is_in("10.0.0.0", "10.0.0.0/8") && is_in("10.255.255.255", "10.0.0.0/8"));
    CHECK(!is_in("11.0.0.0", "10.0.0.0/8") && !is_in("9.255.255.255", "10.0.0.0/8"));
    CHECK(is_in("100.127.255.255", "100.64.0.0/10") && !is_in("100.128.0.0", "100.64.0.0/10"));
    CHECK(is_in("10.1.2.3", "10.1.2.3") && !is_in("10.1.2.2", "10.1.2.3"));
    CHECK(is_in("255.255.255.255", "0.0.0.0/0") && !is_in("::", "0.0.0.0/0"));
    CHECK(is_in("10.1.2.3", "10.1.2.2/31") && !is_in("10.1.2.4", "10.1.2.2/31"));
    CHECK(is_in("febf::1", "fe80::/10") && !is_in("fec0::1", "fe80::/10"));
    CHECK(is_in("::1", "::1/128") && !is_in("::2", "::1/128"));
    CHECK(!is_in("::ffff:10.0.0.1", "10.0.0.0/8") && is_in("::ffff:10.0.0.1", "::ffff:0:0/96"));
}

/* The first and the last address of each range, and their neighbours. */
TEST(what_is_nobodys_on_the_internet)
{
    static const struct {
        const char *before, *first, *last, *after, *what;
    } ranges[] = {
        {NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0", "of this network"},
        {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "private"},
        {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", "of a carrier's NAT"},
        {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", "loopback"},
        {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", "link-local"},
        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "private"},
        {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", "reserved"},
        {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", "for documentation"},
        {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", "of a 6to4 relay"},
        {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", "private"},
        {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", "for benchmarks"},
        {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0", "for documentation"},
        {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0", "for documentation"},
        {"223.255.255.255", "224.0.0.0", "239.255.255.255", NULL, "multicast"},
        {NULL, "240.0.0.0", "255.255.255.255", NULL, "reserved"},
        {NULL, "::", "::", NULL, "unspecified"},
        {NULL, "::1", "::1", NULL, "loopback"},
        {NULL, "::ffff:0.0.0.0", "::ffff:255.255.255.255", NULL, "IPv4 in IPv6"},
        {NULL, "::ffff:8.8.8.8", "::8.8.8.8", NULL, "IPv4 in IPv6"},
        {NULL, "64:ff9b::", "64:ff9b::255.255.255.255", NULL, "of a NAT64"},
        {NULL, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", NULL, "of a NAT64"},
        {NULL, "100::", "100::ffff:ffff:ffff:ffff", NULL, "discarded"},
        {NULL, "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::", "reserved"},
        {"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
         "2001:db9::", "for documentation"},
        {"2001:ffff::", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "2003::", "of a 6to4 relay"},
        {"3ffe::", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
         "3fff:1000::", "for documentation"},
        {NULL, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "private"},
        {NULL, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "link-local"},
        {NULL, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "private"},
        {NULL, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "multicast"},
        {NULL, "::1:0:0", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::", "not assigned"},
        {"3fff:1000::", "4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "not assigned"},
    };

    for (size_t i = 0; i < LGS_N(ranges); i++) {
        CHECK_STR(lgs_cstr(special(ranges[i].first)), ranges[i].what);
        CHECK_STR(lgs_cstr(special(ranges[i].last)), ranges[i].what);
        CHECK(ranges[i].before == NULL || special(ranges[i].before) == NULL);
        CHECK(ranges[i].after == NULL || special(ranges[i].after) == NULL);
    }
}

TEST(the_list_opens_what_it_names)
{
    lgs_net_t items[2];
    lgs_nets_t listed = {items, LGS_N(items)};
    static const struct {
        const char *address;
        bool only_listed;
        const char *refused; /* "": it is not */
    } cases[] = {
        {"10.1.2.3", false, ""},          {"10.2.0.0", false, "private"},
        {"127.0.0.1", false, "loopback"}, {"fd00::7", false, ""},
        {"fd01::7", false, "private"},    {"::ffff:10.1.2.3", false, "IPv4 in IPv6"},
        {"8.8.8.8", false, ""},           {"8.8.8.8", true, "not listed"},
        {"10.1.2.3", true, ""},           {"10.2.0.0", true, "private"},
    };

    CHECK(lgs_net_read(LGS_STR("10.1.0.0/16"), &items[0]));
    CHECK(lgs_net_read(LGS_STR("fd00::/16"), &items[1]));
    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_address_t address;

        CHECK(lgs_address_read(lgs_cstr(cases[i].address), &address));
        CHECK_STR(lgs_cstr(lgs_address_refused(&address, &listed, cases[i].only_listed)),
                  cases[i].refused);
    }
    CHECK(lgs_address_read(LGS_STR("10.1.2.3"), &(lgs_address_t){.len = 0}));
    CHECK(lgs_address_refused(&items[0].first, &nothing, false) != NULL);
}

int main(void)
{
    RUN(addresses_are_read);
    RUN(what_is_no_address);
    RUN(networks_are_read);
    RUN(what_is_in_a_network);
    RUN(what_is_nobodys_on_the_internet);
    RUN(the_list_opens_what_it_names);
    return DONE();
}
