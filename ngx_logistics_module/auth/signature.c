/*
 * Contexts that are made once a key, and the verification that uses them. Setting a context up
 * (fetching the algorithm, copying the key) costs more than an RS256 verification itself, which is
 * why keys keep theirs.
 */
#include "keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#define MAX_HALF 66u  /* P-521 */
#define MAX_DER  160u /* two INTEGERs of 67 bytes and their heads */

static lgs_rc_t prepare_pkey(lgs_key_t *key, lgs_alg_t alg, lgs_arena_t *arena, lgs_errs_t *errs);
static lgs_rc_t prepare_whole(lgs_key_t *key, lgs_alg_t alg, lgs_arena_t *arena, lgs_errs_t *errs);
static lgs_rc_t prepare_mac(lgs_key_t *key, lgs_alg_t alg, lgs_arena_t *arena, lgs_str_t secret,
                            lgs_errs_t *errs);
static lgs_rc_t set_digest(EVP_PKEY_CTX *context, const lgs_alg_info_t *info, lgs_errs_t *errs);
static lgs_rc_t fail(lgs_errs_t *errs, const char *what);
static bool digest_of(const lgs_jwks_t *jwks, lgs_hash_t hash, lgs_str_t input, uint8_t *digest);
static bool rsa_is_good(const lgs_key_t *key, lgs_alg_t alg, const uint8_t *digest,
                        lgs_str_t signature);
static bool ec_is_good(const lgs_key_t *key, lgs_alg_t alg, const uint8_t *digest,
                       lgs_str_t signature);
static bool whole_is_good(const lgs_key_t *key, lgs_alg_t alg, lgs_str_t input,
                          lgs_str_t signature);
static bool mac_is_good(const lgs_key_t *key, lgs_alg_t alg, lgs_str_t input, lgs_str_t signature);
static size_t der_of(const uint8_t *raw, size_t half, uint8_t *der);

static void free_pkey_context(void *data)
{
    EVP_PKEY_CTX_free(data);
}

static void free_digest_context(void *data)
{
    EVP_MD_CTX_free(data);
}

static void free_mac_context(void *data)
{
    EVP_MAC_CTX_free(data);
}

lgs_rc_t lgs_key_prepare(lgs_key_t *key, lgs_arena_t *arena, lgs_str_t secret, lgs_errs_t *errs)
{
    lgs_rc_t rc = LGS_OK;

    for (lgs_alg_t alg = LGS_ALG_NONE_KNOWN + 1; alg < LGS_N_ALGS && rc == LGS_OK; alg++) {
        if (!(key->algorithms & 1u << alg)) {
            continue;
        }
        if (key->kty == LGS_KTY_OCT) {
            rc = prepare_mac(key, alg, arena, secret, errs);
        } else if (key->kty == LGS_KTY_OKP) {
            rc = prepare_whole(key, alg, arena, errs);
        } else {
            rc = prepare_pkey(key, alg, arena, errs);
        }
    }
    return rc;
}

lgs_rc_t lgs_digests_prepare(lgs_jwks_t *jwks, lgs_arena_t *arena, lgs_errs_t *errs)
{
    for (lgs_hash_t hash = 0; hash < LGS_N_HASHES; hash++) {
        EVP_MD *md = EVP_MD_fetch(NULL, lgs_hash_name(hash), NULL);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        int ok = md && context && EVP_DigestInit_ex2(context, md, NULL);

        EVP_MD_free(md); /* the context holds its own reference */
        if (lgs_arena_cleanup(arena, free_digest_context, context) != LGS_OK) {
            EVP_MD_CTX_free(context);
            return lgs_errs_nomem(errs);
        }
        if (!ok) {
            return fail(errs, lgs_hash_name(hash));
        }
        jwks->digests[hash] = context;
    }
    return LGS_OK;
}

bool lgs_signature_is_good(const lgs_jwks_t *jwks, const lgs_key_t *key, lgs_alg_t alg,
                           lgs_str_t input, lgs_str_t signature)
{
    const lgs_alg_info_t *info = lgs_alg_info(alg);
    uint8_t digest[EVP_MAX_MD_SIZE];
    bool is_good;

    if (key->kty == LGS_KTY_OCT) {
        return mac_is_good(key, alg, input, signature);
    }
    if (signature.len != key->signature_len) {
        return false;
    }
    if (key->kty == LGS_KTY_OKP) {
        is_good = whole_is_good(key, alg, input, signature);
    } else if (!digest_of(jwks, info->hash, input, digest)) {
        is_good = false;
    } else if (key->kty == LGS_KTY_RSA) {
        is_good = rsa_is_good(key, alg, digest, signature);
    } else {
        is_good = ec_is_good(key, alg, digest, signature);
    }
    if (!is_good) {
        ERR_clear_error(); /* nginx logs what it finds in the queue as its own */
    }
    return is_good;
}

static lgs_rc_t prepare_pkey(lgs_key_t *key, lgs_alg_t alg, lgs_arena_t *arena, lgs_errs_t *errs)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);

    if (lgs_arena_cleanup(arena, free_pkey_context, context) != LGS_OK) {
        EVP_PKEY_CTX_free(context);
        return lgs_errs_nomem(errs);
    }
    if (context == NULL || EVP_PKEY_verify_init(context) != 1) {
        return fail(errs, lgs_alg_name(alg));
    }
    key->contexts[alg].pkey = context;
    return set_digest(context, lgs_alg_info(alg), errs);
}

static lgs_rc_t set_digest(EVP_PKEY_CTX *context, const lgs_alg_info_t *info, lgs_errs_t *errs)
{
    EVP_MD *md = EVP_MD_fetch(NULL, lgs_hash_name(info->hash), NULL);
    bool ok = md != NULL;

    if (ok && info->kty == LGS_KTY_RSA) {
        int padding = info->is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;

        ok = EVP_PKEY_CTX_set_rsa_padding(context, padding) == 1;
    }
    ok = ok && EVP_PKEY_CTX_set_signature_md(context, md) == 1;
    if (ok && info->is_pss) { /* RFC 7518 section 3.5: MGF1 and the salt as the digest */
        ok = EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    EVP_MD_free(md);
    return ok ? LGS_OK : fail(errs, info->name);
}

static lgs_rc_t prepare_whole(lgs_key_t *key, lgs_alg_t alg, lgs_arena_t *arena, lgs_errs_t *errs)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (lgs_arena_cleanup(arena, free_digest_context, context) != LGS_OK) {
        EVP_MD_CTX_free(context);
        return lgs_errs_nomem(errs);
    }
    if (context == NULL || EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) != 1) {
        return fail(errs, lgs_alg_name(alg));
    }
    key->contexts[alg].whole = context;
    return LGS_OK;
}

static lgs_rc_t prepare_mac(lgs_key_t *key, lgs_alg_t alg, lgs_arena_t *arena, lgs_str_t secret,
                            lgs_errs_t *errs)
{
    char *digest = (char *)lgs_hash_name(lgs_alg_info(alg)->hash); /* OSSL_PARAM is not const */
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;

    EVP_MAC_free(mac);
    if (lgs_arena_cleanup(arena, free_mac_context, context) != LGS_OK) {
        EVP_MAC_CTX_free(context);
        return lgs_errs_nomem(errs);
    }
    if (context == NULL ||
        EVP_MAC_init(context, (const uint8_t *)secret.data, secret.len, params) != 1) {
        return fail(errs, lgs_alg_name(alg));
    }
    key->contexts[alg].mac = context;
    return LGS_OK;
}

static lgs_rc_t fail(lgs_errs_t *errs, const char *what)
{
    ERR_clear_error();
    lgs_errs_add(errs, "openssl", (lgs_pos_t){0},
                 "OpenSSL could not set up %s; is its default provider disabled?", what);
    return LGS_INVALID;
}

static bool digest_of(const lgs_jwks_t *jwks, lgs_hash_t hash, lgs_str_t input, uint8_t *digest)
{
    EVP_MD_CTX *context = jwks->digests[hash];

    return EVP_DigestInit_ex2(context, NULL, NULL) == 1 &&
           EVP_DigestUpdate(context, input.data, input.len) == 1 &&
           EVP_DigestFinal_ex(context, digest, NULL) == 1;
}

static bool rsa_is_good(const lgs_key_t *key, lgs_alg_t alg, const uint8_t *digest,
                        lgs_str_t signature)
{
    return EVP_PKEY_verify(key->contexts[alg].pkey, (const uint8_t *)signature.data, signature.len,
                           digest, lgs_hash_len(lgs_alg_info(alg)->hash)) == 1;
}

static bool ec_is_good(const lgs_key_t *key, lgs_alg_t alg, const uint8_t *digest,
                       lgs_str_t signature)
{
    const lgs_alg_info_t *info = lgs_alg_info(alg);
    uint8_t der[MAX_DER];
    size_t len = der_of((const uint8_t *)signature.data, info->half, der);

    return len && EVP_PKEY_verify(key->contexts[alg].pkey, der, len, digest,
                                  lgs_hash_len(info->hash)) == 1;
}

static bool whole_is_good(const lgs_key_t *key, lgs_alg_t alg, lgs_str_t input, lgs_str_t signature)
{
    EVP_MD_CTX *context = key->contexts[alg].whole;

    /* without a key the context starts again with the one that it has */
    return EVP_DigestVerifyInit(context, NULL, NULL, NULL, NULL) == 1 &&
           EVP_DigestVerify(context, (const uint8_t *)signature.data, signature.len,
                            (const uint8_t *)input.data, input.len) == 1;
}

static bool mac_is_good(const lgs_key_t *key, lgs_alg_t alg, lgs_str_t input, lgs_str_t signature)
{
    EVP_MAC_CTX *context = key->contexts[alg].mac;
    size_t want = lgs_hash_len(lgs_alg_info(alg)->hash), len = 0;
    uint8_t mac[EVP_MAX_MD_SIZE];

    if (signature.len != want || EVP_MAC_init(context, NULL, 0, NULL) != 1 ||
        EVP_MAC_update(context, (const uint8_t *)input.data, input.len) != 1 ||
        EVP_MAC_final(context, mac, &len, sizeof(mac)) != 1) {
        ERR_clear_error();
        return false;
    }
    return len == want && CRYPTO_memcmp(mac, signature.data, want) == 0;
}

/* One INTEGER of DER from a big-endian number without sign; 0 for the number 0. */
static size_t der_integer(const uint8_t *number, size_t len, uint8_t *der)
{
    size_t at = 0;

    while (len && *number == 0) {
        number++;
        len--;
    }
    if (len == 0) {
        return 0;
    }
    der[at++] = 0x02;
    der[at++] = (uint8_t)(len + (*number >> 7));
    if (*number & 0x80) {
        der[at++] = 0;
    }
    memcpy(der + at, number, len);
    return at + len;
}

/*
 * r || s of JOSE (RFC 7518 section 3.4) → the DER that OpenSSL reads. 0 when r or s is 0: such a
 * pair is no signature, and has passed verifiers before (CVE-2022-21449).
 */
static size_t der_of(const uint8_t *raw, size_t half, uint8_t *der)
{
    uint8_t body[2 * (MAX_HALF + 3)];
    size_t r = der_integer(raw, half, body);
    size_t s = r ? der_integer(raw + half, half, body + r) : 0;
    size_t at = 0;

    if (s == 0) {
        return 0;
    }
    der[at++] = 0x30;
    if (r + s >= 0x80) {
        der[at++] = 0x81;
    }
    der[at++] = (uint8_t)(r + s);
    memcpy(der + at, body, r + s);
    return at + r + s;
}
