/*
 * A world of two issuers for the token tests. ISS has one RSA key "rsa", P-256 "ec", P-384 "ec384",
 * P-521 "ec521", Ed25519 "ed" and oct "hs" and allows all; the other has an RSA key of its own.
 */
#ifndef LGS_TEST_WORLD_H
#define LGS_TEST_WORLD_H

#include "sign.h"

#define OTHER    "https://other.example.com/"
#define ALL_ALGS (((1u << LGS_N_ALGS) - 1) & ~1u)
#define CLAIMS                                                                                     \
    "{\"iss\":\"" ISS "\",\"aud\":\"logistics-api\",\"exp\":1760000600,\"iat\":1759999990,"        \
    "\"client_id\":\"acme-prod\",\"sub\":\"s1\",\"jti\":\"j1\","                                   \
    "\"scope\":\"tracking:write tracking:read\"}"

static lgs_issuer_t world_issuers[2];
static sign_key_t world_other = {.alg = "RS256", .type = "RSA", .digest = "SHA256"};
static lgs_str_t world_audience[] = {LGS_STR_INIT("logistics-api"), LGS_STR_INIT("edi-api")};

static inline const lgs_issuer_t *world_find(void *data, lgs_str_t iss)
{
    for (size_t i = 0; i < LGS_N(world_issuers); i++) {
        if (lgs_str_eq(world_issuers[i].issuer, iss)) {
            return &world_issuers[i];
        }
    }
    return NULL;
}

static inline const lgs_jwks_t *world_keys(lgs_str_t text)
{
    lgs_errs_t errs;
    lgs_jwks_t *jwks;

    lgs_errs_init(&errs, sign_arena, 20);
    jwks = lgs_jwks_load(sign_arena, text, &errs);
    sign_must(jwks != NULL, errs.first ? errs.first->text.data : "JWKS");
    return jwks;
}

static inline void world_reset(void)
{
    world_issuers[0].algorithms = ALL_ALGS;
    world_issuers[0].require = LGS_REQUIRE_EXP;
    world_issuers[0].leeway_s = 30;
    world_issuers[0].max_lifetime_s = 0;
    world_issuers[0].environment = (lgs_str_t){NULL, 0};
}

static inline void world_setup(void)
{
    sign_setup();
    world_other.pkey = EVP_RSA_gen(2048);
    world_issuers[0] = (lgs_issuer_t){
        .name = LGS_STR("partners-idp"),
        .issuer = LGS_STR(ISS),
        .audience = world_audience,
        .n_audience = 2,
        .keys = world_keys(
            lgs_arena_printf(sign_arena, "{\"keys\":[%s,%s,%s,%s,%s,%s]}",
                             sign_jwk(&sign_keys[K_RS256], ",\"kid\":\"rsa\"").data,
                             sign_jwk(&sign_keys[K_ES256], ",\"kid\":\"ec\"").data,
                             sign_jwk(&sign_keys[K_ES384], ",\"kid\":\"ec384\"").data,
                             sign_jwk(&sign_keys[K_ES512], ",\"kid\":\"ec521\"").data,
                             sign_jwk(&sign_keys[K_EDDSA], ",\"kid\":\"ed\"").data,
                             sign_jwk(&sign_keys[K_HS256], ",\"kid\":\"hs\"").data)),
    };
    world_issuers[1] = (lgs_issuer_t){
        .name = LGS_STR("other-idp"),
        .issuer = LGS_STR(OTHER),
        .audience = world_audience,
        .n_audience = 1,
        .keys = world_keys(lgs_arena_printf(sign_arena, "{\"keys\":[%s]}",
                                            sign_jwk(&world_other, ",\"kid\":\"other\"").data)),
        .algorithms = 1u << LGS_ALG_RS256,
    };
    world_reset();
}

static inline void world_teardown(void)
{
    EVP_PKEY_free(world_other.pkey);
    sign_teardown();
}

/* The last verification: its code ("ok" when accepted) and text. */
static lgs_token_t world_token;
static lgs_str_t world_text;

/* Are these bytes in the text? */
static inline bool world_says(const char *bytes, size_t len)
{
    for (size_t i = 0; i + len <= world_text.len; i++) {
        if (memcmp(world_text.data + i, bytes, len) == 0) {
            return true;
        }
    }
    return false;
}

static inline lgs_str_t world_verify_at(lgs_str_t token, int64_t now_s)
{
    lgs_errs_t errs;
    lgs_rc_t rc;

    lgs_errs_init(&errs, sign_arena, 20);
    rc = lgs_jwt_verify(token, now_s, world_find, NULL, sign_arena, &world_token, &errs);
    world_text = errs.first ? errs.first->text : LGS_STR("");
    if (rc == LGS_OK) {
        return errs.n == 0 ? LGS_STR("ok") : LGS_STR("ok with errors");
    }
    return rc == LGS_INVALID && errs.n == 1 ? lgs_cstr(errs.first->code) : LGS_STR("wrong rc");
}

static inline lgs_str_t world_verify(lgs_str_t token)
{
    return world_verify_at(token, NOW);
}

/* An RS256 token with these claims. */
static inline lgs_str_t world_claims(const char *claims)
{
    return world_verify(
        sign_token(&sign_keys[K_RS256], "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", claims));
}

/* An RS256 token with this header. */
static inline lgs_str_t world_header(const char *header)
{
    return world_verify(sign_token(&sign_keys[K_RS256], header, CLAIMS));
}

#endif
