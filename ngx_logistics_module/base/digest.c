/*
 * SHA-256 (digest.h). OpenSSL's EVP interface looks the algorithm up by name on every call:
 * measured on 64 bytes, SHA256() and EVP_Digest() take 330 ns, the block functions below 90 ns, and
 * a request makes several. They hold no state outside the stack, so nothing global is kept either.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "digest.h"

#include "put.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#define BLOCK  64u /* bytes of a block of SHA-256 */
#define LENGTH 8u  /* bytes of a part's length, the highest first */

typedef bool update_t(SHA256_CTX *context, const lgs_str_t *parts, size_t n);

static update_t update_parts, update_joined;
static bool hmac(lgs_str_t key, update_t *update, const lgs_str_t *parts, size_t n,
                 uint8_t out[LGS_SHA256_LEN]);

bool lgs_sha256(lgs_str_t data, uint8_t out[LGS_SHA256_LEN])
{
    SHA256_CTX context;

    return SHA256_Init(&context) == 1 && SHA256_Update(&context, data.data, data.len) == 1 &&
           SHA256_Final(out, &context) == 1;
}

bool lgs_sha256_parts(const lgs_str_t *parts, size_t n, uint8_t out[LGS_SHA256_LEN])
{
    SHA256_CTX context;

    return SHA256_Init(&context) == 1 && update_parts(&context, parts, n) &&
           SHA256_Final(out, &context) == 1;
}

bool lgs_hmac_sha256_parts(lgs_str_t key, const lgs_str_t *parts, size_t n,
                           uint8_t out[LGS_SHA256_LEN])
{
    return hmac(key, update_parts, parts, n, out);
}

bool lgs_hmac_sha256_joined(lgs_str_t key, const lgs_str_t *parts, size_t n,
                            uint8_t out[LGS_SHA256_LEN])
{
    return hmac(key, update_joined, parts, n, out);
}

static bool hmac(lgs_str_t key, update_t *update, const lgs_str_t *parts, size_t n,
                 uint8_t out[LGS_SHA256_LEN])
{
    uint8_t inner[BLOCK] = {0}, outer[BLOCK];
    SHA256_CTX context;

    if (key.len > BLOCK) {
        if (!lgs_sha256(key, inner)) {
            return false;
        }
    } else if (key.len) {
        memcpy(inner, key.data, key.len);
    }
    for (unsigned i = 0; i < BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    return SHA256_Init(&context) == 1 && SHA256_Update(&context, inner, BLOCK) == 1 &&
           update(&context, parts, n) && SHA256_Final(out, &context) == 1 &&
           SHA256_Init(&context) == 1 && SHA256_Update(&context, outer, BLOCK) == 1 &&
           SHA256_Update(&context, out, LGS_SHA256_LEN) == 1 && SHA256_Final(out, &context) == 1;
}

bool lgs_digest_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

static bool update_joined(SHA256_CTX *context, const lgs_str_t *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (SHA256_Update(context, parts[i].data, parts[i].len) != 1) {
            return false;
        }
    }
    return true;
}

/* Each part's length first. Short parts are gathered: a call costs as much as a block. */
static bool update_parts(SHA256_CTX *context, const lgs_str_t *parts, size_t n)
{
    uint8_t room[8 * BLOCK];
    size_t used = 0;
    uint64_t length;

    for (size_t i = 0; i < n; i++) {
        bool fits = parts[i].len <= sizeof(room) - LENGTH;

        if (used + LENGTH + (fits ? parts[i].len : 0) > sizeof(room)) {
            if (SHA256_Update(context, room, used) != 1) {
                return false;
            }
            used = 0;
        }
        length = htobe64(parts[i].len);
        memcpy(room + used, &length, LENGTH);
        used += LENGTH;
        if (fits) {
            lgs_put((char *)room + used, parts[i].data, parts[i].len);
            used += parts[i].len;
        } else {
            if (SHA256_Update(context, room, used) != 1 ||
                SHA256_Update(context, parts[i].data, parts[i].len) != 1) {
                return false;
            }
            used = 0;
        }
    }
    return SHA256_Update(context, room, used) == 1;
}

/* Without a table, so that a compiler may make many digits at once. */
static inline char hex_digit(unsigned value)
{
    return (char)('0' + value + (value > 9 ? 'a' - '9' - 1 : 0));
}

void lgs_hex(const uint8_t *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex_digit(bytes[i] >> 4);
        out[2 * i + 1] = hex_digit(bytes[i] & 15);
    }
}
