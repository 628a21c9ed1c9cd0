/*
 * Addresses of the internet and networks of them: where a callback may go. An address that is
 * nobody's on the public internet (private, loopback, link-local, carrier-grade NAT, multicast, …)
 * is one of ours or of our provider's, and refused unless it is listed.
 */
#ifndef LGS_ADDRESS_H
#define LGS_ADDRESS_H

#include "../base/lgs.h"

#define LGS_MAX_NETS 64u /* of one list */

/* IPv4 has 4 bytes, IPv6 16, in the order in which they are written. */
typedef struct {
    uint8_t bytes[16];
    uint8_t len;
} lgs_address_t;

/* All addresses of that family whose first `bits` bits are those of `first`. */
typedef struct {
    lgs_address_t first;
    uint8_t bits;
} lgs_net_t;

typedef struct {
    lgs_net_t *items;
    size_t n;
} lgs_nets_t;

/*
 * "192.0.2.1" (four decimal numbers, none with a 0 in front, which some read as octal),
 * "2001:db8::1" (RFC 4291 section 2.2); no zone, no port, no brackets. False when it is none.
 */
bool lgs_address_read(lgs_str_t text, lgs_address_t *address) LGS_MUST_CHECK;

/* "10.0.0.0/8", "fd00::/8", "10.1.2.3" alone; false when it is none, or has bits behind its prefix.
 */
bool lgs_net_read(lgs_str_t text, lgs_net_t *net) LGS_MUST_CHECK;

/* Whether the network has the address. 10.0.0.0/8 has not ::ffff:10.0.0.1: that is IPv6. */
bool lgs_net_has(const lgs_net_t *net, const lgs_address_t *address);

/* Why nobody on the public internet has the address ("loopback", …); NULL: somebody may. */
const char *lgs_address_special(const lgs_address_t *address);

/*
 * Whether one may connect to it: NULL, or why not, as words behind "the address is". With
 * `only_listed` a public one has to be listed, too.
 */
const char *lgs_address_refused(const lgs_address_t *address, const lgs_nets_t *allowed,
                                bool only_listed);

#endif
