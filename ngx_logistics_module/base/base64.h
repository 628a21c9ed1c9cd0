/*
 * base64url without padding as JOSE uses it (RFC 4648 section 5, RFC 7515 section 2), strict; and
 * plain base64 with its padding (RFC 4648 section 4), as strict.
 */
#ifndef LGS_BASE64_H
#define LGS_BASE64_H

#include "arena.h"

/*
 * Decodes into out[] of at least len * 3 / 4 + 3 bytes. False for a foreign byte, padding, a length
 * of 4n + 1, or bits behind the last byte that are not zero (a second spelling of the same bytes).
 */
bool lgs_base64url_decode(lgs_str_t text, uint8_t *out, size_t *out_len) LGS_MUST_CHECK;

/* Encodes into the arena without padding; data NULL at the ceiling. */
lgs_str_t lgs_base64url_encode(lgs_arena_t *arena, const uint8_t *bytes, size_t len);

/* The same of plain base64, out[] of at least len * 3 / 4 bytes; padding must be there. */
bool lgs_base64_decode(lgs_str_t text, uint8_t *out, size_t *out_len) LGS_MUST_CHECK;

/* Encodes into out[] of LGS_BASE64_LEN(len) bytes, with padding; no NUL. */
#define LGS_BASE64_LEN(len) (((len) + 2) / 3 * 4)
void lgs_base64_encode(const uint8_t *bytes, size_t len, char *out);

#endif
