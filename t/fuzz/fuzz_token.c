/*
 * Tokens. The first byte of an input chooses:
 *
 *   T…            the rest is a token as a client sends it
 *   S header \n payload \n change
 *                 header and payload are signed with HS256 by the set's oct key, so that everything
 *                 behind the signature is reached; then the token is changed as `change` says
 *
 * The property: what is accepted is, byte for byte, a token that a key of the set has signed. The
 * asymmetric keys below have signed one token each and were thrown away; for the oct key the target
 * signs again and compares.
 */
#include "../../ngx_logistics_module/auth/jwt.h"
#include "../../ngx_logistics_module/base/base64.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#define NOW 1999999000

static const char secret[] = "0123456789abcdef0123456789abcdef";

static const char rsa_jwk[] =
    "{\"kty\":\"RSA\",\"n\":\"hG_zwUD0DPAbTK6WkcRT6o-RZMn6JTpZkT8AzM0vx2lMSUCT1wqFzd2ah16X91zr"
    "JKnG85P_9-2o9DZV2a9J1BZnYn8Rrd2s1gr3Gd5CABuBKhdtEXSYwJRhkYcPPxa65lgilwWru_0wWg8PkuDVKTE0H"
    "lcfk8fqiUsfaRg70xsQjXbaQRx7xfu2pugljDwMn9V8Kp26I0ETCtt2I7lI_Vuw7eVf9dPoC0AzIyc4FL8MZkrbu_"
    "U5kecjshaO2bSgF3yjEtDutNWnVAW7DRJA7WXPNNYE0y64AlSSzZcx6T22DYXqd0bQlKZCP2DO7z-5Fz3VGWAUzsY"
    "8ylwpD-dK2w\",\"e\":\"AQAB\"}";
static const char ec_jwk[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"QRzXZ3HDy3Cf_d91BIut4E4789K1e9VDpI-uAiAiQSE\","
    "\"y\":\"U0iQmCpvQLp5fYRFLNuq02BlLD0hW0qsKbPAdmo2Mrs\"}";
static const char ed_jwk[] =
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"LFB-Jcv0RGsUtEkmX5JOZTpdOESyyybQX9Zrn6xxwQk"
    "\"}";

static const char *const signed_tokens[] = {
    /* RS256 */
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJpIiwiYXVkIjoiYSIsInN1YiI6InMiLCJleHAiOjIwMDAwMDAwMDAsImlh"
    "dCI6MTk5OTk5OTAwMH0.daAx78XDa_EXCh0rMx43vq-O0BPT1TbVtTSewmy10pyzMmiZMX0QqyPH3pBnVI6yI0LnT"
    "r92lv6BQMUIjaedk5GJtZqL_qYf-7W5-1X7j2qY16-ENAvxKJ6T1Tkbdx6CJ4Advbt01E02r35RsheLvj03aWD82q"
    "aTNb1tXnIodDljJ8JymcPgKgQEDKpUGPbyr2X6Fc07M-YrQ5dlWaHFA_VyaDo_sk1GK6RUMM8T5gxZZxwxwRxjtah"
    "DG-sV0KRIkuxtCI4AtLx-hFwDcX5goJme23Km_WQeKECQ7aOGarkd8AlXOJOxlUJ_wBZq6KvlaWwupigJQ68V9_Sd"
    "ccyK0A",
    /* ES256 */
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJpIiwiYXVkIjoiYSIsInN1YiI6InMiLCJleHAiOjIwMDAwMDAwMDAsImlh"
    "dCI6MTk5OTk5OTAwMH0.yiyq8YzRXHHpNoqE6UeFCfeh6oKa_T5QiHxqAoXAhGi9y7sOe47q286o55dnJBsI_VePM"
    "YjFwEwVSI_LrslFKQ",
    /* EdDSA */
    "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJpIiwiYXVkIjoiYSIsInN1YiI6InMiLCJleHAiOjIwMDAwMDAwMDAsImlh"
    "dCI6MTk5OTk5OTAwMH0.9IgriZzjCIc35KwwHuO3Ccdy75wMOFjuGNtrrCSXaYvBFldILPY2YgloyDn-I80iWGRPZ"
    "woGBHd9v6wrlGQCDA",
};

static lgs_str_t audience[] = {LGS_STR_INIT("a")};
static lgs_issuer_t issuer = {
    .name = LGS_STR_INIT("i"),
    .issuer = LGS_STR_INIT("i"),
    .audience = audience,
    .n_audience = 1,
    .algorithms = (1u << LGS_N_ALGS) - 2,
    .require = LGS_REQUIRE_EXP,
    .leeway_s = 30,
    .max_lifetime_s = 86400,
    .environment = LGS_STR_INIT("production"),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "fuzz_token: %s\n", what);
        abort();
    }
}

static const lgs_issuer_t *find(void *data, lgs_str_t iss)
{
    return lgs_str_eq(iss, issuer.issuer) ? &issuer : NULL;
}

static bool is_accepted(lgs_arena_t *arena, lgs_str_t token)
{
    lgs_errs_t errs;
    lgs_token_t out;
    lgs_rc_t rc;

    lgs_errs_init(&errs, arena, 20);
    rc = lgs_jwt_verify(token, NOW, find, NULL, arena, &out, &errs);
    must(rc == LGS_OK ? errs.n == 0 : errs.n == 1, "one error or none");
    must(rc != LGS_OK || (out.client_id.len && out.expires > NOW - 31 && out.issuer == &issuer),
         "an accepted token has a client and a time");
    must(rc == LGS_OK || out.client_id.data == NULL, "a refused token says nothing");
    return rc == LGS_OK;
}

static void setup(void)
{
    static lgs_arena_t *keys; /* reachable to the end: no leak */
    lgs_str_t oct, text;
    lgs_errs_t errs;

    keys = lgs_arena_create(0, 0);
    must(keys != NULL, "memory");
    oct = lgs_base64url_encode(keys, (const uint8_t *)secret, sizeof(secret) - 1);
    text = lgs_arena_printf(keys, "{\"keys\":[%s,%s,%s,{\"kty\":\"oct\",\"k\":\"%.*s\"}]}", rsa_jwk,
                            ec_jwk, ed_jwk, LGS_FMT(oct));
    lgs_errs_init(&errs, keys, 20);
    issuer.keys = lgs_jwks_load(keys, text, &errs);
    must(issuer.keys != NULL, "key set");
    for (size_t i = 0; i < LGS_N(signed_tokens); i++) {
        must(is_accepted(keys, lgs_cstr(signed_tokens[i])), "a signed token is refused");
    }
}

/* header.payload of encoded parts → with its HS256 signature. */
static lgs_str_t sign(lgs_arena_t *arena, lgs_str_t input)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned len;
    lgs_str_t signature, token;

    must(HMAC(EVP_sha256(), secret, sizeof(secret) - 1, (const uint8_t *)input.data, input.len, mac,
              &len) != NULL,
         "HMAC");
    signature = lgs_base64url_encode(arena, mac, len);
    token = lgs_arena_printf(arena, "%.*s.%.*s", LGS_FMT(input), LGS_FMT(signature));
    must(token.data != NULL, "memory");
    return token;
}

/* An accepted token must be one that was signed. */
static void check(lgs_arena_t *arena, lgs_str_t token)
{
    size_t len = token.len;

    if (!is_accepted(arena, token)) {
        return;
    }
    for (size_t i = 0; i < LGS_N(signed_tokens); i++) {
        if (lgs_str_is(token, signed_tokens[i])) {
            return;
        }
    }
    while (len && token.data[len - 1] != '.') {
        len--;
    }
    must(len && lgs_str_eq(token, sign(arena, lgs_str(token.data, len - 1))),
         "accepted, and nobody has signed it");
}

/* The part of *rest up to `end`, which is taken off it. */
static lgs_str_t take(lgs_str_t *rest, char end)
{
    const char *at = rest->len ? memchr(rest->data, end, rest->len) : NULL;
    lgs_str_t part = at ? lgs_str(rest->data, (size_t)(at - rest->data)) : *rest;

    *rest = at ? lgs_str(at + 1, rest->len - part.len - 1) : (lgs_str_t){NULL, 0};
    return part;
}

/* Two bytes say where, the third what is XORed in: the result differs in one byte. */
static void check_changed(lgs_arena_t *arena, lgs_str_t token, lgs_str_t change)
{
    char *copy = (char *)lgs_arena_str(arena, token).data;
    size_t at;

    must(copy != NULL, "memory");
    if (change.len < 3 || change.data[2] == 0) {
        return;
    }
    at = ((size_t)(uint8_t)change.data[0] << 8 | (uint8_t)change.data[1]) % token.len;
    copy[at] ^= change.data[2];
    must(!is_accepted(arena, lgs_str(copy, token.len)), "accepted with a changed byte");
    copy[at] ^= change.data[2];
    must(!is_accepted(arena, lgs_str(copy, token.len - 1)), "accepted without its last byte");
    copy[token.len] = change.data[2]; /* over the NUL */
    must(!is_accepted(arena, lgs_str(copy, token.len + 1)), "accepted with one more byte");
}

static void check_signed(lgs_arena_t *arena, lgs_str_t rest)
{
    lgs_str_t header = take(&rest, '\n'), payload = take(&rest, '\n'), input;

    header = lgs_base64url_encode(arena, (const uint8_t *)header.data, header.len);
    payload = lgs_base64url_encode(arena, (const uint8_t *)payload.data, payload.len);
    input = lgs_arena_printf(arena, "%.*s.%.*s", LGS_FMT(header), LGS_FMT(payload));
    must(input.data != NULL, "memory");
    check(arena, sign(arena, input));
    check_changed(arena, sign(arena, input), rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_str_t text = lgs_str((const char *)data + (size > 0), size ? size - 1 : 0);
    lgs_arena_t *arena;

    if (issuer.keys == NULL) {
        setup();
    }
    if (size == 0) {
        return 0;
    }
    arena = lgs_arena_create(1 << 14, 0);
    must(arena != NULL, "memory");
    if (data[0] == 'T') {
        check(arena, text);
    } else if (data[0] == 'S') {
        check_signed(arena, text);
    }
    lgs_arena_destroy(arena);
    return 0;
}
