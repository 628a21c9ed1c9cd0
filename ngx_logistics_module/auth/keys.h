/*
 * Inside of the room: what an algorithm is, what a key is, and a key's contexts. Other rooms see
 * jwt.h only.
 *
 * A key's OpenSSL contexts are made once and used for every verification, so one key set serves
 * one thread at a time: in nginx that is the worker.
 */
#ifndef LGS_KEYS_H
#define LGS_KEYS_H

#include "jwt.h"

#include <jansson.h>
#include <openssl/evp.h>

typedef enum { LGS_KTY_RSA, LGS_KTY_EC, LGS_KTY_OKP, LGS_KTY_OCT } lgs_kty_t;
typedef enum { LGS_HASH_256, LGS_HASH_384, LGS_HASH_512, LGS_N_HASHES, LGS_HASH_NONE } lgs_hash_t;

typedef struct {
    const char *name; /* as in "alg" */
    lgs_kty_t kty;
    lgs_hash_t hash;
    bool is_pss;
    const char *curve; /* EC, OKP: "crv", which is OpenSSL's name of it too; else NULL */
    size_t half;       /* EC: bytes of r, of s and of a coordinate */
} lgs_alg_info_t;

/* Of a known algorithm; never NULL for 1 … LGS_N_ALGS - 1. */
const lgs_alg_info_t *lgs_alg_info(lgs_alg_t alg);
const char *lgs_hash_name(lgs_hash_t hash);
size_t lgs_hash_len(lgs_hash_t hash);
const char *lgs_kty_name(lgs_kty_t kty);

/* "RS256, PS256": the names of a set of algorithms (bit 1 << alg), in `arena`. */
lgs_str_t lgs_algs_text(lgs_arena_t *arena, uint32_t algorithms);

typedef struct {
    lgs_str_t kid; /* data NULL: the key has none */
    lgs_kty_t kty;
    uint32_t algorithms; /* what it may verify: bit 1 << lgs_alg_t */
    size_t signature_len;
    EVP_PKEY *pkey; /* NULL for oct */
    union {
        EVP_PKEY_CTX *pkey; /* RSA, EC: set up for a digest */
        EVP_MD_CTX *whole;  /* OKP: takes the message, not its digest */
        EVP_MAC_CTX *mac;   /* oct: keyed */
    } contexts[LGS_N_ALGS];
} lgs_key_t;

struct lgs_jwks_s {
    lgs_key_t *keys;
    size_t n_keys;
    EVP_MD_CTX *digests[LGS_N_HASHES];
};

/*
 * One JWK of a set → *key. LGS_NOT_FOUND: not for us (another kty, curve, use or alg), to be left
 * out. `pointer` is the key's place in the set for errors.
 */
lgs_rc_t lgs_jwk_read(const json_t *jwk, lgs_arena_t *arena, lgs_str_t pointer, lgs_key_t *key,
                      lgs_errs_t *errs) LGS_MUST_CHECK;

/*
 * Makes the contexts of a key for its algorithms; freed with `arena`. `secret` is the key of an
 * oct, else empty.
 */
lgs_rc_t lgs_key_prepare(lgs_key_t *key, lgs_arena_t *arena, lgs_str_t secret,
                         lgs_errs_t *errs) LGS_MUST_CHECK;

/* Makes the set's digests; freed with `arena`. */
lgs_rc_t lgs_digests_prepare(lgs_jwks_t *jwks, lgs_arena_t *arena, lgs_errs_t *errs) LGS_MUST_CHECK;

/*
 * Is `signature` that of `input` by this key and algorithm (one of key->algorithms)? OpenSSL's
 * error queue is left empty.
 */
bool lgs_signature_is_good(const lgs_jwks_t *jwks, const lgs_key_t *key, lgs_alg_t alg,
                           lgs_str_t input, lgs_str_t signature) LGS_MUST_CHECK;

#endif
