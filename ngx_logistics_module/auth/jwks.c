/*
 * A JWK set (RFC 7517 section 5): which of its keys are for us, and which one is for a token.
 * A set is refused as a whole for one bad key, with all its errors: half a set would refuse half
 * of the partners at night.
 */
#include "token.h"

static json_t *parse(lgs_str_t text, lgs_errs_t *errs);
static lgs_rc_t read_keys(lgs_jwks_t *jwks, const json_t *list, lgs_arena_t *arena,
                          lgs_errs_t *errs);
static lgs_rc_t check_kids(const lgs_jwks_t *jwks, lgs_arena_t *arena, lgs_errs_t *errs);
static lgs_rc_t find_by_kid(const lgs_issuer_t *issuer, const lgs_jose_t *jose, lgs_arena_t *arena,
                            const lgs_key_t **key, lgs_errs_t *errs);
static lgs_rc_t find_single(const lgs_issuer_t *issuer, lgs_alg_t alg, lgs_arena_t *arena,
                            const lgs_key_t **key, lgs_errs_t *errs);

static const lgs_pos_t nowhere = {0};

lgs_jwks_t *lgs_jwks_load(lgs_arena_t *arena, lgs_str_t text, lgs_errs_t *errs)
{
    lgs_jwks_t *jwks = lgs_arena_zalloc(arena, sizeof(*jwks));
    json_t *json = parse(text, errs);
    lgs_rc_t rc = LGS_INVALID;

    if (jwks == NULL) {
        rc = lgs_errs_nomem(errs);
    } else if (json) {
        rc = lgs_digests_prepare(jwks, arena, errs);
    }
    if (rc == LGS_OK) {
        rc = read_keys(jwks, json_object_get(json, "keys"), arena, errs);
    }
    json_decref(json);
    return rc == LGS_OK ? jwks : NULL;
}

size_t lgs_jwks_count(const lgs_jwks_t *jwks)
{
    return jwks->n_keys;
}

lgs_rc_t lgs_key_find(const lgs_issuer_t *issuer, const lgs_jose_t *jose, lgs_arena_t *arena,
                      const lgs_key_t **key, lgs_errs_t *errs)
{
    if (issuer->keys == NULL) {
        return LGS_REFUSE(errs, "token-kid", "issuer %.*s has no keys loaded",
                          LGS_FMT(lgs_shown(arena, issuer->name)));
    }
    if (jose->kid.data) {
        return find_by_kid(issuer, jose, arena, key, errs);
    }
    return find_single(issuer, jose->alg, arena, key, errs);
}

static json_t *parse(lgs_str_t text, lgs_errs_t *errs)
{
    json_error_t error;
    json_t *json = json_loadb(text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES, &error);

    if (json == NULL && json_error_code(&error) == json_error_out_of_memory) {
        lgs_errs_nomem(errs);
    } else if (json == NULL) {
        lgs_pos_t pos = {.line = (uint32_t)error.line, .column = (uint32_t)error.column};

        /* jansson's text quotes the file, and a set may hold secrets */
        lgs_errs_add(errs, "jwks-syntax", pos, "the key set is not JSON, or a member stands twice");
    } else if (!json_is_array(json_object_get(json, "keys"))) {
        lgs_errs_add(errs, "jwks-syntax", nowhere,
                     "a key set is an object with an array \"keys\" (RFC 7517 section 5)");
        json_decref(json);
        json = NULL;
    }
    return json;
}

static lgs_rc_t read_keys(lgs_jwks_t *jwks, const json_t *list, lgs_arena_t *arena,
                          lgs_errs_t *errs)
{
    size_t n = json_array_size(list);
    bool is_bad = false;

    if (n > LGS_MAX_KEYS) {
        return LGS_REFUSE(errs, "jwks-limit", "the key set holds %zu keys; %u are allowed", n,
                          LGS_MAX_KEYS);
    }
    jwks->keys = lgs_arena_array(arena, n, sizeof(*jwks->keys));
    if (jwks->keys == NULL) {
        return lgs_errs_nomem(errs);
    }
    for (size_t i = 0; i < n; i++) {
        lgs_str_t pointer = lgs_arena_printf(arena, "/keys/%zu", i);
        lgs_rc_t rc = lgs_jwk_read(json_array_get(list, i), arena, pointer,
                                   &jwks->keys[jwks->n_keys], errs);

        if (rc == LGS_NOMEM) {
            return rc;
        }
        jwks->n_keys += rc == LGS_OK;
        is_bad = is_bad || rc == LGS_INVALID;
    }
    if (is_bad) {
        return LGS_INVALID;
    }
    if (jwks->n_keys == 0) {
        return LGS_REFUSE(errs, "jwks-empty",
                          "no key of the set can verify a token: it needs one of kty RSA, EC, OKP "
                          "or oct for signatures");
    }
    return check_kids(jwks, arena, errs);
}

/* RFC 7517 section 4.5 allows one kid for keys of different kinds, and only for those. */
static lgs_rc_t check_kids(const lgs_jwks_t *jwks, lgs_arena_t *arena, lgs_errs_t *errs)
{
    lgs_rc_t rc = LGS_OK;

    for (size_t i = 0; i < jwks->n_keys; i++) {
        for (size_t j = 0; j < i; j++) {
            const lgs_key_t *a = &jwks->keys[i], *b = &jwks->keys[j];

            if (a->kid.data && b->kid.data && lgs_str_eq(a->kid, b->kid) &&
                (a->algorithms & b->algorithms)) {
                rc = LGS_REFUSE(errs, "jwks-kid", "two keys for the same algorithm have kid %.*s",
                                LGS_FMT(lgs_shown(arena, a->kid)));
            }
        }
    }
    return rc;
}

static lgs_rc_t find_by_kid(const lgs_issuer_t *issuer, const lgs_jose_t *jose, lgs_arena_t *arena,
                            const lgs_key_t **key, lgs_errs_t *errs)
{
    const lgs_jwks_t *jwks = issuer->keys;
    const lgs_key_t *other = NULL;

    for (size_t i = 0; i < jwks->n_keys; i++) {
        const lgs_key_t *candidate = &jwks->keys[i];

        if (candidate->kid.data == NULL || !lgs_str_eq(candidate->kid, jose->kid)) {
            continue;
        }
        if (candidate->algorithms & 1u << jose->alg) {
            *key = candidate;
            return LGS_OK;
        }
        other = candidate;
    }
    if (other) {
        return LGS_REFUSE(
            errs, "token-alg", "key %.*s is of kty %s for %.*s, and the token says %s",
            LGS_FMT(lgs_shown(arena, jose->kid)), lgs_kty_name(other->kty),
            LGS_FMT(lgs_algs_text(arena, other->algorithms)), lgs_alg_name(jose->alg));
    }
    return LGS_REFUSE(errs, "token-kid", "no key with kid %.*s among the %zu of issuer %.*s",
                      LGS_FMT(lgs_shown(arena, jose->kid)), jwks->n_keys,
                      LGS_FMT(lgs_shown(arena, issuer->name)));
}

static lgs_rc_t find_single(const lgs_issuer_t *issuer, lgs_alg_t alg, lgs_arena_t *arena,
                            const lgs_key_t **key, lgs_errs_t *errs)
{
    const lgs_jwks_t *jwks = issuer->keys;
    size_t n = 0;

    for (size_t i = 0; i < jwks->n_keys; i++) {
        if (jwks->keys[i].algorithms & 1u << alg) {
            *key = &jwks->keys[i];
            n++;
        }
    }
    if (n == 0) {
        return LGS_REFUSE(errs, "token-alg", "issuer %.*s has no key for %s",
                          LGS_FMT(lgs_shown(arena, issuer->name)), lgs_alg_name(alg));
    }
    if (n > 1) {
        return LGS_REFUSE(errs, "token-kid",
                          "the token has no kid, and %zu keys of issuer %.*s are for %s", n,
                          LGS_FMT(lgs_shown(arena, issuer->name)), lgs_alg_name(alg));
    }
    return LGS_OK;
}
