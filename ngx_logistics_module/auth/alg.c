/* The thirteen algorithms of RFC 7518 section 3.1 and RFC 8037 that are verified, as one table. */
#include "keys.h"

#include "../base/buf.h"

static const lgs_alg_info_t algs[LGS_N_ALGS] = {
    [LGS_ALG_RS256] = {.name = "RS256", .kty = LGS_KTY_RSA, .hash = LGS_HASH_256},
    [LGS_ALG_RS384] = {.name = "RS384", .kty = LGS_KTY_RSA, .hash = LGS_HASH_384},
    [LGS_ALG_RS512] = {.name = "RS512", .kty = LGS_KTY_RSA, .hash = LGS_HASH_512},
    [LGS_ALG_PS256] = {.name = "PS256", .kty = LGS_KTY_RSA, .hash = LGS_HASH_256, .is_pss = true},
    [LGS_ALG_PS384] = {.name = "PS384", .kty = LGS_KTY_RSA, .hash = LGS_HASH_384, .is_pss = true},
    [LGS_ALG_PS512] = {.name = "PS512", .kty = LGS_KTY_RSA, .hash = LGS_HASH_512, .is_pss = true},
    [LGS_ALG_ES256] =
        {.name = "ES256", .kty = LGS_KTY_EC, .hash = LGS_HASH_256, .curve = "P-256", .half = 32},
    [LGS_ALG_ES384] =
        {.name = "ES384", .kty = LGS_KTY_EC, .hash = LGS_HASH_384, .curve = "P-384", .half = 48},
    [LGS_ALG_ES512] =
        {.name = "ES512", .kty = LGS_KTY_EC, .hash = LGS_HASH_512, .curve = "P-521", .half = 66},
    [LGS_ALG_EDDSA] = {.name = "EdDSA",
                       .kty = LGS_KTY_OKP,
                       .hash = LGS_HASH_NONE,
                       .curve = "Ed25519"},
    [LGS_ALG_HS256] = {.name = "HS256", .kty = LGS_KTY_OCT, .hash = LGS_HASH_256},
    [LGS_ALG_HS384] = {.name = "HS384", .kty = LGS_KTY_OCT, .hash = LGS_HASH_384},
    [LGS_ALG_HS512] = {.name = "HS512", .kty = LGS_KTY_OCT, .hash = LGS_HASH_512},
};

static const struct {
    const char *name;
    size_t len;
} hashes[LGS_N_HASHES] = {{"SHA256", 32}, {"SHA384", 48}, {"SHA512", 64}};

lgs_alg_t lgs_alg_by_name(lgs_str_t name)
{
    for (lgs_alg_t alg = LGS_ALG_NONE_KNOWN + 1; alg < LGS_N_ALGS; alg++) {
        if (lgs_str_is(name, algs[alg].name)) {
            return alg;
        }
    }
    return LGS_ALG_NONE_KNOWN;
}

const char *lgs_alg_name(lgs_alg_t alg)
{
    return alg > LGS_ALG_NONE_KNOWN && alg < LGS_N_ALGS ? algs[alg].name : "unknown";
}

const lgs_alg_info_t *lgs_alg_info(lgs_alg_t alg)
{
    return &algs[alg];
}

const char *lgs_hash_name(lgs_hash_t hash)
{
    return hashes[hash].name;
}

size_t lgs_hash_len(lgs_hash_t hash)
{
    return hashes[hash].len;
}

const char *lgs_kty_name(lgs_kty_t kty)
{
    static const char *const names[] = {"RSA", "EC", "OKP", "oct"};

    return names[kty];
}

lgs_str_t lgs_algs_text(lgs_arena_t *arena, uint32_t algorithms)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 64, 0);
    for (lgs_alg_t alg = LGS_ALG_NONE_KNOWN + 1; alg < LGS_N_ALGS; alg++) {
        if (algorithms & 1u << alg) {
            lgs_buf_cstr(&buf, buf.len ? ", " : "");
            lgs_buf_cstr(&buf, algs[alg].name);
        }
    }
    return buf.len ? lgs_buf_text(&buf) : LGS_STR("none");
}
