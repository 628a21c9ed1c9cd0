/* Addresses and networks (address.h). */
#include "address.h"

#define IPV4_LEN 4u
#define IPV6_LEN 16u
#define NO_GAP   SIZE_MAX
#define IPV4(...)                                                                                  \
    {                                                                                              \
        {__VA_ARGS__}, IPV4_LEN                                                                    \
    }
#define IPV6(...)                                                                                  \
    {                                                                                              \
        {__VA_ARGS__}, IPV6_LEN                                                                    \
    }

/*
 * The IANA registries of special-purpose addresses, RFC 6890 and what changed them since. Of IPv6
 * only 2000::/3 is given out: what else is there falls under ::/3, 4000::/2 and 8000::/1, behind
 * those that have a name. The first that fits says what it is.
 */
static const struct {
    lgs_net_t net;
    const char *what;
} specials[] = {
    {{IPV4(0), 8}, "of this network"},
    {{IPV4(10), 8}, "private"},
    {{IPV4(100, 64), 10}, "of a carrier's NAT"},
    {{IPV4(127), 8}, "loopback"},
    {{IPV4(169, 254), 16}, "link-local"},
    {{IPV4(172, 16), 12}, "private"},
    {{IPV4(192, 0, 0), 24}, "reserved"},
    {{IPV4(192, 0, 2), 24}, "for documentation"},
    {{IPV4(192, 88, 99), 24}, "of a 6to4 relay"},
    {{IPV4(192, 168), 16}, "private"},
    {{IPV4(198, 18), 15}, "for benchmarks"},
    {{IPV4(198, 51, 100), 24}, "for documentation"},
    {{IPV4(203, 0, 113), 24}, "for documentation"},
    {{IPV4(224), 4}, "multicast"},
    {{IPV4(240), 4}, "reserved"},
    {{IPV6(0), 128}, "unspecified"},
    {{IPV6([15] = 1), 128}, "loopback"},
    {{IPV6([10] = 0xff, 0xff), 96}, "IPv4 in IPv6"},
    {{IPV6(0), 96}, "IPv4 in IPv6"},
    {{IPV6(0, 0x64, 0xff, 0x9b), 96}, "of a NAT64"},
    {{IPV6(0, 0x64, 0xff, 0x9b, 0, 1), 48}, "of a NAT64"},
    {{IPV6(1), 64}, "discarded"},
    {{IPV6(0x20, 0x01), 23}, "reserved"}, /* Teredo, ORCHID, benchmarks and more */
    {{IPV6(0x20, 0x01, 0x0d, 0xb8), 32}, "for documentation"},
    {{IPV6(0x20, 0x02), 16}, "of a 6to4 relay"},
    {{IPV6(0x3f, 0xff), 20}, "for documentation"},
    {{IPV6(0xfc), 7}, "private"},
    {{IPV6(0xfe, 0x80), 10}, "link-local"},
    {{IPV6(0xfe, 0xc0), 10}, "private"},
    {{IPV6(0xff), 8}, "multicast"},
    {{IPV6(0), 3}, "not assigned"},
    {{IPV6(0x40), 2}, "not assigned"},
    {{IPV6(0x80), 1}, "not assigned"},
};

static bool read_ipv4(lgs_str_t text, uint8_t out[IPV4_LEN]);
static bool read_ipv6(lgs_str_t text, uint8_t out[IPV6_LEN]);
static bool read_groups(lgs_str_t text, uint8_t out[IPV6_LEN], size_t *n, size_t *gap);
static bool read_group(lgs_str_t text, uint8_t out[2]);
static bool read_bits(lgs_str_t text, unsigned most, uint8_t *bits);
static bool has_rest(const lgs_net_t *net);

bool lgs_address_read(lgs_str_t text, lgs_address_t *address)
{
    *address = (lgs_address_t){.len = IPV6_LEN};
    if (text.len && memchr(text.data, ':', text.len)) {
        return read_ipv6(text, address->bytes);
    }
    address->len = IPV4_LEN;
    return read_ipv4(text, address->bytes);
}

static bool read_ipv4(lgs_str_t text, uint8_t out[IPV4_LEN])
{
    const char *p = text.data, *end = p + text.len;

    for (size_t i = 0; i < IPV4_LEN; i++) {
        const char *first = p;
        unsigned value = 0;

        for (; p < end && *p >= '0' && *p <= '9' && value < 256; p++) {
            value = value * 10 + (unsigned)(*p - '0');
        }
        if (p == first || value > 255 || (*first == '0' && p - first > 1)) {
            return false;
        }
        out[i] = (uint8_t)value;
        if (i + 1 < IPV4_LEN && (p == end || *p++ != '.')) {
            return false;
        }
    }
    return p == end;
}

/* The groups before and behind "::", which stands for one group of zeros or more. */
static bool read_ipv6(lgs_str_t text, uint8_t out[IPV6_LEN])
{
    uint8_t bytes[IPV6_LEN];
    size_t n = 0, gap = NO_GAP;

    if (!read_groups(text, bytes, &n, &gap)) {
        return false;
    }
    if (gap == NO_GAP) {
        memcpy(out, bytes, IPV6_LEN);
        return n == IPV6_LEN;
    }
    memset(out, 0, IPV6_LEN);
    memcpy(out, bytes, gap);
    memcpy(out + IPV6_LEN - (n - gap), bytes + gap, n - gap);
    return n <= IPV6_LEN - 2;
}

/* What is written, n bytes of it, and how many of them stand before "::". */
static bool read_groups(lgs_str_t text, uint8_t out[IPV6_LEN], size_t *n, size_t *gap)
{
    const char *p = text.data, *end = p + text.len;

    memset(out, 0, IPV6_LEN);
    if (lgs_str_starts(text, LGS_STR("::"))) {
        *gap = 0;
        p += 2;
    }
    while (p < end) {
        const char *colon = memchr(p, ':', (size_t)(end - p)), *stop = colon ? colon : end;
        lgs_str_t group = lgs_str(p, (size_t)(stop - p));

        if (colon == NULL && memchr(group.data, '.', group.len)) { /* ::ffff:192.0.2.1 */
            *n += IPV4_LEN;
            return *n <= IPV6_LEN && read_ipv4(group, out + *n - IPV4_LEN);
        }
        if (*n == IPV6_LEN || !read_group(group, out + *n)) {
            return false;
        }
        *n += 2;
        if (colon == NULL) {
            return true;
        }
        p = colon + 1;
        if (p == end || (*p == ':' && *gap != NO_GAP)) {
            return false;
        }
        if (*p == ':') {
            *gap = *n;
            p++;
        }
    }
    return *gap != NO_GAP;
}

/* One to four hexadecimal digits. */
static bool read_group(lgs_str_t text, uint8_t out[2])
{
    unsigned value = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;

        if (digit == 16) {
            return false;
        }
        value = (value << 4 | digit) & 0xffff;
    }
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return text.len >= 1 && text.len <= 4;
}

bool lgs_net_read(lgs_str_t text, lgs_net_t *net)
{
    const char *slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    lgs_str_t address = lgs_str(text.data, slash ? (size_t)(slash - text.data) : text.len);

    if (!lgs_address_read(address, &net->first)) {
        return false;
    }
    net->bits = (uint8_t)(net->first.len * 8);
    if (slash == NULL) {
        return true;
    }
    return read_bits(lgs_str(slash + 1, text.len - address.len - 1), net->first.len * 8u,
                     &net->bits) &&
           !has_rest(net);
}

static bool read_bits(lgs_str_t text, unsigned most, uint8_t *bits)
{
    unsigned value = 0;

    if (text.len == 0 || text.len > 3 || (text.len > 1 && text.data[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(text.data[i] - '0');
    }
    *bits = (uint8_t)value;
    return value <= most;
}

/* 10.1.0.0/8: was /16 meant, or 10.0.0.0? */
static bool has_rest(const lgs_net_t *net)
{
    for (size_t bit = net->bits; bit < net->first.len * 8u; bit++) {
        if (net->first.bytes[bit / 8] & (0x80 >> bit % 8)) {
            return true;
        }
    }
    return false;
}

bool lgs_net_has(const lgs_net_t *net, const lgs_address_t *address)
{
    size_t whole = net->bits / 8, rest = net->bits % 8;

    if (net->first.len != address->len || memcmp(net->first.bytes, address->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || (net->first.bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

const char *lgs_address_special(const lgs_address_t *address)
{
    for (size_t i = 0; i < LGS_N(specials); i++) {
        if (lgs_net_has(&specials[i].net, address)) {
            return specials[i].what;
        }
    }
    return NULL;
}

const char *lgs_address_refused(const lgs_address_t *address, const lgs_nets_t *allowed,
                                bool only_listed)
{
    const char *what = lgs_address_special(address);

    for (size_t i = 0; i < allowed->n; i++) {
        if (lgs_net_has(&allowed->items[i], address)) {
            return NULL;
        }
    }
    return what ? what : only_listed ? "not listed" : NULL;
}
