/*
 * Bearer tokens: JWS compact serialization (RFC 7515) with JWT claims (RFC 7519), verified by
 * OpenSSL EVP with keys from a JWKS (RFC 7517). The key fixes the algorithm, never the token:
 * otherwise a public RSA key, taken for an HMAC secret, signs what everybody likes.
 */
#ifndef LGS_JWT_H
#define LGS_JWT_H

#include "../base/err.h"

typedef struct lgs_jwks_s lgs_jwks_t;

typedef enum {
    LGS_ALG_NONE_KNOWN, /* not one of ours */
    LGS_ALG_RS256,
    LGS_ALG_RS384,
    LGS_ALG_RS512,
    LGS_ALG_PS256,
    LGS_ALG_PS384,
    LGS_ALG_PS512,
    LGS_ALG_ES256,
    LGS_ALG_ES384,
    LGS_ALG_ES512,
    LGS_ALG_EDDSA, /* Ed25519 only */
    LGS_ALG_HS256,
    LGS_ALG_HS384,
    LGS_ALG_HS512,
    LGS_N_ALGS
} lgs_alg_t;

lgs_alg_t lgs_alg_by_name(lgs_str_t name);
const char *lgs_alg_name(lgs_alg_t alg);

/*
 * Parses a JWKS text; keys live in `arena` (EVP_PKEY freed with it). Keys of unknown kty, of use
 * "enc" or weaker than RSA 2048 are left out or refused as RFC 7517 section 5 says: unknown ones
 * are ignored, known ones that are malformed or too weak are errors. A key without "alg" gets every
 * algorithm of its kind that the issuer allows; with "alg" only that one. NULL with errors.
 *
 * The set keeps OpenSSL contexts that each verification uses: one set serves one thread at a time.
 */
lgs_jwks_t *lgs_jwks_load(lgs_arena_t *arena, lgs_str_t text, lgs_errs_t *errs);
size_t lgs_jwks_count(const lgs_jwks_t *jwks);

/* One issuer as its policy file says it. All strings borrowed. */
typedef struct {
    lgs_str_t name;      /* the policy's name, for messages */
    lgs_str_t issuer;    /* iss, compared byte by byte */
    lgs_str_t *audience; /* at least one must be in aud; without any no token is accepted */
    size_t n_audience;
    uint32_t algorithms; /* bit 1 << lgs_alg_t */
    const lgs_jwks_t *keys;
    uint32_t require; /* LGS_REQUIRE_* */
    int64_t leeway_s;
    int64_t max_lifetime_s; /* exp - iat at most; 0: no such rule */
    lgs_str_t environment;  /* what an "env" claim must be; empty: it is not checked */
} lgs_issuer_t;

#define LGS_REQUIRE_EXP 0x01u
#define LGS_REQUIRE_IAT 0x02u
#define LGS_REQUIRE_SUB 0x04u
#define LGS_REQUIRE_JTI 0x08u
#define LGS_REQUIRE_NBF 0x10u

/* What an accepted token says. Strings live in the arena given to lgs_jwt_verify. */
typedef struct {
    const lgs_issuer_t *issuer;
    lgs_str_t client_id; /* client_id, else azp, else sub */
    lgs_str_t subject;
    lgs_str_t id;     /* jti */
    lgs_str_t scopes; /* space-separated, as "scope" (string) or joined from scp / scope (array) */
    lgs_alg_t alg;
    int64_t expires; /* exp, or INT64_MAX without one */
    int64_t issued;  /* iat, or 0 */
} lgs_token_t;

/* Finds an issuer by its iss claim; NULL when there is none. */
typedef const lgs_issuer_t *(*lgs_issuer_find_t)(void *data, lgs_str_t iss);

/*
 * Verifies `token` at `now_s` (seconds since 1970). LGS_OK with *out filled, or LGS_INVALID with
 * one error whose code is stable and whose text says exactly why ("expired at 2026-…, 3 h 2 m
 * ago"): "token-malformed", "token-too-long", "token-alg", "token-crit", "token-type",
 * "token-issuer", "token-kid", "token-signature", "token-claims" (malformed or missing),
 * "token-audience", "token-expired", "token-not-yet", "token-environment". Texts hold claims, never
 * the token.
 */
lgs_rc_t lgs_jwt_verify(lgs_str_t token, int64_t now_s, lgs_issuer_find_t find, void *data,
                        lgs_arena_t *arena, lgs_token_t *out, lgs_errs_t *errs) LGS_MUST_CHECK;

/* Is `scope` one of the space-separated `scopes`? */
bool lgs_has_scope(lgs_str_t scopes, lgs_str_t scope);

#endif
