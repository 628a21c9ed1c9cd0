/*
 * Addresses and networks as policies write them, one or two in a line. libc reads the same ones to
 * the same bytes; what is in a network that is special is special; IPv4 in IPv6 never passes.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../ngx_logistics_module/traffic/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const lgs_nets_t nothing = {NULL, 0};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_address(const char *text, size_t len)
{
    lgs_address_t address, in_ipv6 = {.bytes = {[10] = 0xff, 0xff}, .len = 16};
    lgs_net_t net;
    uint8_t bytes[16];
    bool is_read = lgs_address_read(lgs_str(text, len), &address);
    int family = memchr(text, ':', len) ? AF_INET6 : AF_INET;

    if (strlen(text) == len) {
        must(is_read == (inet_pton(family, text, bytes) == 1));
        must(!is_read || memcmp(bytes, address.bytes, address.len) == 0);
    }
    if (!is_read) {
        return;
    }
    must(address.len == 4 || address.len == 16);
    must(lgs_net_read(lgs_str(text, len), &net) && lgs_net_has(&net, &address));
    must(lgs_address_refused(&address, &nothing, true) != NULL);
    must(lgs_address_refused(&address, &(lgs_nets_t){&net, 1}, true) == NULL);
    if (address.len == 4) {
        memcpy(in_ipv6.bytes + 12, address.bytes, 4);
        must(lgs_address_refused(&in_ipv6, &nothing, false) != NULL);
        must(lgs_address_refused(&in_ipv6, &(lgs_nets_t){&net, 1}, false) != NULL);
    }
}

/* A network that holds another's first address and is no longer than it holds all of it. */
static void check_nets(lgs_str_t a, lgs_str_t b)
{
    lgs_net_t outer, inner;
    lgs_address_t last;

    if (!lgs_net_read(a, &outer) || !lgs_net_read(b, &inner)) {
        return;
    }
    last = inner.first;
    for (size_t bit = inner.bits; bit < last.len * 8u; bit++) {
        last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
    must(lgs_net_has(&inner, &inner.first) && lgs_net_has(&inner, &last));
    if (outer.bits <= inner.bits) {
        must(lgs_net_has(&outer, &inner.first) == lgs_net_has(&outer, &last));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char *line;

    if (text == NULL) {
        return 0;
    }
    if (size) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    check_address(text, size);
    line = memchr(text, '\n', size);
    if (line) {
        check_nets(lgs_str(text, (size_t)(line - text)),
                   lgs_str(line + 1, size - (size_t)(line + 1 - text)));
    }
    free(text);
    return 0;
}
