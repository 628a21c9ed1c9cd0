/* A key pair → its public JWK (RFC 7517): what the demo issuer publishes. */
#include "token.h"

#include "../base/base64.h"
#include "../base/digest.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/x509.h>

#define MAX_NUMBER 1024u
#define KID_HEX    8u

/* Which of OpenSSL's numbers is which member. */
typedef struct {
    const char *member;
    const char *param;
} member_t;

static bool add_number(lgs_buf_t *buf, EVP_PKEY *pkey, const member_t *member, int len);
static bool add_raw(lgs_buf_t *buf, EVP_PKEY *pkey);
static bool make_kid(lgs_arena_t *arena, EVP_PKEY *pkey, const char *kind, lgs_str_t *kid);

bool token_jwk(lgs_buf_t *buf, EVP_PKEY *pkey, lgs_alg_t alg, lgs_str_t *kid)
{
    static const member_t n = {"n", OSSL_PKEY_PARAM_RSA_N}, e = {"e", OSSL_PKEY_PARAM_RSA_E},
                          x = {"x", OSSL_PKEY_PARAM_EC_PUB_X}, y = {"y", OSSL_PKEY_PARAM_EC_PUB_Y};
    bool is_rsa = EVP_PKEY_is_a(pkey, "RSA"), is_ec = EVP_PKEY_is_a(pkey, "EC"), ok;
    int half = (EVP_PKEY_get_bits(pkey) + 7) / 8;

    if (!make_kid(buf->arena, pkey, is_rsa ? "rsa" : (is_ec ? "ec" : "ed25519"), kid)) {
        return false;
    }
    lgs_buf_printf(buf, "{\"kid\":\"%s\",\"use\":\"sig\"", kid->data);
    if (is_rsa) {
        lgs_buf_cstr(buf, ",\"kty\":\"RSA\"");
        ok = add_number(buf, pkey, &n, 0) && add_number(buf, pkey, &e, 0);
    } else if (is_ec) {
        lgs_buf_printf(buf, ",\"alg\":\"%s\",\"kty\":\"EC\",\"crv\":\"P-%d\"", lgs_alg_name(alg),
                       EVP_PKEY_get_bits(pkey));
        ok = add_number(buf, pkey, &x, half) && add_number(buf, pkey, &y, half);
    } else {
        lgs_buf_printf(buf, ",\"alg\":\"%s\",\"kty\":\"OKP\",\"crv\":\"Ed25519\"",
                       lgs_alg_name(alg));
        ok = add_raw(buf, pkey);
    }
    lgs_buf_byte(buf, '}');
    return ok && !buf->failed;
}

/* `len` pads to a fixed length; 0: as long as it is. */
static bool add_number(lgs_buf_t *buf, EVP_PKEY *pkey, const member_t *member, int len)
{
    uint8_t bytes[MAX_NUMBER];
    BIGNUM *number = NULL;
    lgs_str_t text;
    int n;

    if (EVP_PKEY_get_bn_param(pkey, member->param, &number) != 1) {
        return false;
    }
    n = len ? len : BN_num_bytes(number);
    n = n <= (int)sizeof(bytes) ? BN_bn2binpad(number, bytes, n) : -1;
    BN_free(number);
    if (n < 0) {
        return false;
    }
    text = lgs_base64url_encode(buf->arena, bytes, (size_t)n);
    lgs_buf_printf(buf, ",\"%s\":\"%.*s\"", member->member, LGS_FMT(text));
    return text.data != NULL;
}

static bool add_raw(lgs_buf_t *buf, EVP_PKEY *pkey)
{
    uint8_t bytes[64];
    size_t len = sizeof(bytes);
    lgs_str_t text;

    if (EVP_PKEY_get_raw_public_key(pkey, bytes, &len) != 1) {
        return false;
    }
    text = lgs_base64url_encode(buf->arena, bytes, len);
    lgs_buf_printf(buf, ",\"x\":\"%.*s\"", LGS_FMT(text));
    return text.data != NULL;
}

/* From the key itself: a token of keys that were replaced is refused for its kid, which says why.
 */
static bool make_kid(lgs_arena_t *arena, EVP_PKEY *pkey, const char *kind, lgs_str_t *kid)
{
    uint8_t *der = NULL, digest[LGS_SHA256_LEN];
    int len = i2d_PUBKEY(pkey, &der);
    char hex[KID_HEX];
    bool ok = len > 0 && lgs_sha256(lgs_str((const char *)der, (size_t)len), digest);

    OPENSSL_free(der);
    if (!ok) {
        return false;
    }
    lgs_hex(digest, KID_HEX / 2, hex);
    *kid = lgs_arena_printf(arena, "demo-%s-%.*s", kind, (int)KID_HEX, hex);
    return kid->data != NULL;
}
