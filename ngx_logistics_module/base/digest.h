/* SHA-256: token cache keys, deterministic ids, policy revisions; HMAC for what must come back to
 * us as we gave it. */
#ifndef LGS_DIGEST_H
#define LGS_DIGEST_H

#include "lgs.h"

#define LGS_SHA256_LEN 32u
#define LGS_SHA256_HEX 64u

/* False only when OpenSSL fails. */
bool lgs_sha256(lgs_str_t data, uint8_t out[LGS_SHA256_LEN]) LGS_MUST_CHECK;

/* Over several parts; each part's length goes in first, so that ("ab","c") and ("a","bc") differ.
 */
bool lgs_sha256_parts(const lgs_str_t *parts, size_t n, uint8_t out[LGS_SHA256_LEN]) LGS_MUST_CHECK;

/*
 * HMAC-SHA-256 (RFC 2104) over several parts, each with its length in front as above: whoever does
 * not have the key cannot make it.
 */
bool lgs_hmac_sha256_parts(lgs_str_t key, const lgs_str_t *parts, size_t n,
                           uint8_t out[LGS_SHA256_LEN]) LGS_MUST_CHECK;

/* The same over the parts as one text, as others make it who have that text. */
bool lgs_hmac_sha256_joined(lgs_str_t key, const lgs_str_t *parts, size_t n,
                            uint8_t out[LGS_SHA256_LEN]) LGS_MUST_CHECK;

/* Are they equal? In a time that does not tell how far they agree. */
bool lgs_digest_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* Lower-case hex of `len` bytes into out[2 * len]; no NUL. */
void lgs_hex(const uint8_t *bytes, size_t len, char *out);

#endif
