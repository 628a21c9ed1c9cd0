/*
 * Keys and signed tokens for tests, made with OpenSSL's signing functions only: nothing of the room
 * under test is used but base64url. Memory is the test arena's.
 */
#ifndef LGS_TEST_SIGN_H
#define LGS_TEST_SIGN_H

#include "../../../ngx_logistics_module/auth/jwt.h"
#include "../../../ngx_logistics_module/base/base64.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <stdio.h>
#include <stdlib.h>

#define NOW 1760000000 /* 2025-10-09T08:53:20Z */
#define ISS "https://id.example.com/"

static lgs_arena_t *sign_arena; /* set by main */

static inline lgs_str_t sign_b64(const void *bytes, size_t len)
{
    return lgs_base64url_encode(sign_arena, bytes, len);
}

static inline lgs_str_t sign_b64_text(const char *text)
{
    return sign_b64(text, strlen(text));
}

static inline void sign_must(bool ok, const char *what)
{
    if (!ok) {
        printf("Bail out! %s\n", what);
        exit(2);
    }
}

typedef struct {
    const char *alg;
    const char *type;  /* RSA, EC, ED25519, oct */
    const char *group; /* EC */
    const char *crv;
    const char *digest;
    int half; /* EC: bytes of r */
    bool pss;
    EVP_PKEY *pkey;
    lgs_str_t secret;
} sign_key_t;

enum {
    K_RS256,
    K_RS384,
    K_RS512,
    K_PS256,
    K_PS384,
    K_PS512,
    K_ES256,
    K_ES384,
    K_ES512,
    K_EDDSA,
    K_HS256,
    K_HS384,
    K_HS512,
    K_N
};

static sign_key_t sign_keys[K_N] = {
    {.alg = "RS256", .type = "RSA", .digest = "SHA256"},
    {.alg = "RS384", .type = "RSA", .digest = "SHA384"},
    {.alg = "RS512", .type = "RSA", .digest = "SHA512"},
    {.alg = "PS256", .type = "RSA", .digest = "SHA256", .pss = true},
    {.alg = "PS384", .type = "RSA", .digest = "SHA384", .pss = true},
    {.alg = "PS512", .type = "RSA", .digest = "SHA512", .pss = true},
    {.alg = "ES256",
     .type = "EC",
     .group = "P-256",
     .crv = "P-256",
     .digest = "SHA256",
     .half = 32},
    {.alg = "ES384",
     .type = "EC",
     .group = "P-384",
     .crv = "P-384",
     .digest = "SHA384",
     .half = 48},
    {.alg = "ES512",
     .type = "EC",
     .group = "P-521",
     .crv = "P-521",
     .digest = "SHA512",
     .half = 66},
    {.alg = "EdDSA", .type = "ED25519", .crv = "Ed25519"},
    {.alg = "HS256", .type = "oct", .digest = "SHA256"},
    {.alg = "HS384", .type = "oct", .digest = "SHA384"},
    {.alg = "HS512", .type = "oct", .digest = "SHA512"},
};

static const char sign_secret[] =
    "a test secret of sixty-four bytes, long enough for HS512 itself!";

/* Makes all keys: one RSA key for six algorithms. */
static inline void sign_setup(void)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048);

    sign_arena = lgs_arena_create(1 << 16, 0);
    sign_must(sign_arena && rsa, "RSA key");
    for (int i = 0; i < K_N; i++) {
        sign_key_t *key = &sign_keys[i];

        if (strcmp(key->type, "RSA") == 0) {
            sign_must(EVP_PKEY_up_ref(rsa) == 1, "up_ref");
            key->pkey = rsa;
        } else if (strcmp(key->type, "EC") == 0) {
            key->pkey = EVP_EC_gen(key->group);
        } else if (strcmp(key->type, "ED25519") == 0) {
            key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        } else {
            key->secret = lgs_cstr(sign_secret);
            continue;
        }
        sign_must(key->pkey != NULL, key->alg);
    }
    EVP_PKEY_free(rsa);
}

static inline void sign_teardown(void)
{
    for (int i = 0; i < K_N; i++) {
        EVP_PKEY_free(sign_keys[i].pkey);
    }
    lgs_arena_destroy(sign_arena);
}

static inline lgs_str_t sign_number(EVP_PKEY *pkey, const char *name, int len)
{
    BIGNUM *number = NULL;
    uint8_t bytes[1100];
    int n;

    sign_must(EVP_PKEY_get_bn_param(pkey, name, &number) == 1, name);
    n = len ? BN_bn2binpad(number, bytes, len) : BN_bn2bin(number, bytes);
    BN_free(number);
    return sign_b64(bytes, (size_t)n);
}

/* The public JWK; `more` is put in before the end: ",\"kid\":\"a\"". */
static inline lgs_str_t sign_jwk(const sign_key_t *key, const char *more)
{
    uint8_t raw[64];
    size_t raw_len = sizeof(raw);

    if (strcmp(key->type, "RSA") == 0) {
        return lgs_arena_printf(sign_arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}",
                                sign_number(key->pkey, OSSL_PKEY_PARAM_RSA_N, 0).data,
                                sign_number(key->pkey, OSSL_PKEY_PARAM_RSA_E, 0).data, more);
    }
    if (strcmp(key->type, "EC") == 0) {
        return lgs_arena_printf(
            sign_arena, "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"%s}", key->crv,
            sign_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, key->half).data,
            sign_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, key->half).data, more);
    }
    if (key->pkey) {
        sign_must(EVP_PKEY_get_raw_public_key(key->pkey, raw, &raw_len) == 1, "raw");
        return lgs_arena_printf(sign_arena, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"%s}",
                                sign_b64(raw, raw_len).data, more);
    }
    return lgs_arena_printf(sign_arena, "{\"kty\":\"oct\",\"k\":\"%s\"%s}",
                            sign_b64(key->secret.data, key->secret.len).data, more);
}

/* DER → r || s. */
static inline size_t sign_raw_ec(uint8_t *signature, size_t len, int half)
{
    const uint8_t *p = signature;
    ECDSA_SIG *ec = d2i_ECDSA_SIG(NULL, &p, (long)len);

    sign_must(ec != NULL, "ECDSA signature");
    BN_bn2binpad(ECDSA_SIG_get0_r(ec), signature, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(ec), signature + half, half);
    ECDSA_SIG_free(ec);
    return 2 * (size_t)half;
}

/* The bytes of a signature; EC as DER when `der`. */
static inline lgs_str_t sign_bytes(const sign_key_t *key, lgs_str_t input, bool der)
{
    uint8_t *out = lgs_arena_alloc(sign_arena, 1100);
    size_t len = 1100;
    unsigned mac_len;
    EVP_MD_CTX *ctx;
    EVP_PKEY_CTX *pctx = NULL;

    sign_must(out != NULL, "memory");
    if (key->pkey == NULL) {
        sign_must(HMAC(EVP_get_digestbyname(key->digest), key->secret.data, (int)key->secret.len,
                       (const uint8_t *)input.data, input.len, out, &mac_len) != NULL,
                  "HMAC");
        return lgs_str((char *)out, mac_len);
    }
    ctx = EVP_MD_CTX_new();
    sign_must(EVP_DigestSignInit_ex(ctx, &pctx, key->digest, NULL, NULL, key->pkey, NULL) == 1,
              "sign init");
    if (key->pss) {
        EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST);
    }
    sign_must(EVP_DigestSign(ctx, out, &len, (const uint8_t *)input.data, input.len) == 1, "sign");
    EVP_MD_CTX_free(ctx);
    if (key->half && !der) {
        len = sign_raw_ec(out, len, key->half);
    }
    return lgs_str((char *)out, len);
}

/* A compact token of a header and a payload as they are. */
static inline lgs_str_t sign_token(const sign_key_t *key, const char *header, const char *payload)
{
    lgs_str_t input = lgs_arena_printf(sign_arena, "%s.%s", sign_b64_text(header).data,
                                       sign_b64_text(payload).data);
    lgs_str_t signature = sign_bytes(key, input, false);

    return lgs_arena_printf(sign_arena, "%s.%s", input.data,
                            sign_b64(signature.data, signature.len).data);
}

/* The same with {"alg":"<its own>"}. */
static inline lgs_str_t sign_plain(const sign_key_t *key, const char *payload)
{
    return sign_token(key, lgs_arena_printf(sign_arena, "{\"alg\":\"%s\"}", key->alg).data,
                      payload);
}

#endif
