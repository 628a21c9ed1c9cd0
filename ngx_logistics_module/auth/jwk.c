/*
 * One JWK (RFC 7517, RFC 7518 section 6, RFC 8037 section 2) → a key. Of a kind that is not ours it
 * is left out; of ours and wrong or weak it is an error, so that nobody finds out by a 401.
 */
#include "token.h"

#include "../base/base64.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#define MAX_COORDINATE    66u /* P-521 */
#define MAX_EXPONENT_BITS 64  /* what OpenSSL takes for long moduli; more is slow, not safer */
#define ED25519_LEN       32u

/* What is being read, and where it came from. */
typedef struct {
    const json_t *jwk;
    lgs_arena_t *arena;
    lgs_str_t pointer;
    lgs_errs_t *errs;
    lgs_key_t *key;
    lgs_str_t secret; /* of an oct */
} job_t;

static lgs_rc_t check_private(const job_t *job, lgs_str_t kty);
static lgs_rc_t check_use(const job_t *job);
static lgs_rc_t check_key_ops(const job_t *job);
static lgs_rc_t read_kid(const job_t *job);
static lgs_rc_t narrow_to_alg(const job_t *job);
static lgs_rc_t read_rsa(job_t *job);
static lgs_rc_t read_ec(job_t *job);
static lgs_rc_t read_okp(job_t *job);
static lgs_rc_t read_oct(job_t *job);
static lgs_rc_t own_pkey(const job_t *job, EVP_PKEY *pkey, const char *what);

static const struct {
    const char *name;
    lgs_kty_t kty;
    lgs_rc_t (*read)(job_t *job);
} kinds[] = {
    {"RSA", LGS_KTY_RSA, read_rsa},
    {"EC", LGS_KTY_EC, read_ec},
    {"OKP", LGS_KTY_OKP, read_okp},
    {"oct", LGS_KTY_OCT, read_oct},
};

/* Records an error about a member of the key ("" for the key itself). */
#define BAD(job, code, member, ...)                                                                \
    bad_at((job), (member), lgs_errs_add((job)->errs, (code), (lgs_pos_t){0}, __VA_ARGS__))

static lgs_rc_t bad_at(const job_t *job, const char *member, lgs_err_t *err)
{
    if (err) {
        err->pointer = *member
                           ? lgs_arena_printf(job->arena, "%.*s/%s", LGS_FMT(job->pointer), member)
                           : job->pointer;
    }
    return LGS_INVALID;
}

lgs_rc_t lgs_jwk_read(const json_t *jwk, lgs_arena_t *arena, lgs_str_t pointer, lgs_key_t *key,
                      lgs_errs_t *errs)
{
    job_t job = {jwk, arena, pointer, errs, key, {NULL, 0}};
    lgs_str_t kty = lgs_json_text(json_object_get(jwk, "kty"));
    lgs_rc_t rc;

    memset(key, 0, sizeof(*key));
    if (!json_is_object(jwk) || kty.data == NULL) {
        return BAD(&job, "jwks-key", "", "a key is an object with a string \"kty\"");
    }
    rc = check_private(&job, kty);
    rc = rc == LGS_OK ? check_use(&job) : rc;
    rc = rc == LGS_OK ? check_key_ops(&job) : rc;
    if (rc != LGS_OK) {
        return rc;
    }
    for (size_t i = 0; i < LGS_N(kinds); i++) {
        if (!lgs_str_is(kty, kinds[i].name)) {
            continue;
        }
        key->kty = kinds[i].kty;
        rc = kinds[i].read(&job);
        rc = rc == LGS_OK ? narrow_to_alg(&job) : rc;
        rc = rc == LGS_OK ? read_kid(&job) : rc;
        return rc == LGS_OK ? lgs_key_prepare(key, arena, job.secret, errs) : rc;
    }
    return LGS_NOT_FOUND;
}

lgs_str_t lgs_json_text(const json_t *json)
{
    return lgs_str(json_string_value(json), json_string_length(json));
}

/* A private key in a set that is handed around is an accident that somebody must hear of. */
static lgs_rc_t check_private(const job_t *job, lgs_str_t kty)
{
    static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

    if (lgs_str_is(kty, "oct")) {
        return LGS_OK;
    }
    for (size_t i = 0; i < LGS_N(members); i++) {
        if (json_object_get(job->jwk, members[i])) {
            return BAD(job, "jwks-private", members[i],
                       "a private key in a public key set: replace it by its public part, and "
                       "treat the key as stolen");
        }
    }
    return LGS_OK;
}

static lgs_rc_t check_use(const job_t *job)
{
    const json_t *use = json_object_get(job->jwk, "use");

    if (use && !json_is_string(use)) {
        return BAD(job, "jwks-key", "use", "\"use\" is a string, \"sig\" or \"enc\"");
    }
    return use == NULL || lgs_str_is(lgs_json_text(use), "sig") ? LGS_OK : LGS_NOT_FOUND;
}

static lgs_rc_t check_key_ops(const job_t *job)
{
    const json_t *ops = json_object_get(job->jwk, "key_ops"), *op;
    bool may_verify = ops == NULL;
    size_t i;

    if (ops && !json_is_array(ops)) {
        return BAD(job, "jwks-key", "key_ops", "\"key_ops\" is an array of strings");
    }
    json_array_foreach(ops, i, op)
    {
        if (!json_is_string(op)) {
            return BAD(job, "jwks-key", "key_ops", "\"key_ops\" is an array of strings");
        }
        may_verify = may_verify || lgs_str_is(lgs_json_text(op), "verify");
    }
    return may_verify ? LGS_OK : LGS_NOT_FOUND;
}

static lgs_rc_t read_kid(const job_t *job)
{
    const json_t *kid = json_object_get(job->jwk, "kid");

    if (kid == NULL) {
        return LGS_OK;
    }
    if (json_string_length(kid) == 0) {
        return BAD(job, "jwks-key", "kid", "\"kid\" is a string of at least one character");
    }
    job->key->kid = lgs_arena_str(job->arena, lgs_json_text(kid));
    return job->key->kid.data ? LGS_OK : lgs_errs_nomem(job->errs);
}

/* "alg" binds a key to one algorithm; one that is not ours leaves the key out. */
static lgs_rc_t narrow_to_alg(const job_t *job)
{
    const json_t *json = json_object_get(job->jwk, "alg");
    lgs_str_t name = lgs_json_text(json);
    lgs_alg_t alg = lgs_alg_by_name(name);

    if (json == NULL) {
        return LGS_OK;
    }
    if (name.data == NULL) {
        return BAD(job, "jwks-key", "alg", "\"alg\" is a string");
    }
    if (alg == LGS_ALG_NONE_KNOWN) {
        return LGS_NOT_FOUND;
    }
    if (!(job->key->algorithms & 1u << alg)) {
        return BAD(job, "jwks-key", "alg", "\"alg\" is %s, and this %s key can be for %.*s only",
                   lgs_alg_name(alg), lgs_kty_name(job->key->kty),
                   LGS_FMT(lgs_algs_text(job->arena, job->key->algorithms)));
    }
    job->key->algorithms = 1u << alg;
    return LGS_OK;
}

/* Decodes a base64url member into the arena. */
static lgs_rc_t read_bytes(const job_t *job, const char *member, lgs_str_t *bytes)
{
    lgs_str_t text = lgs_json_text(json_object_get(job->jwk, member));
    uint8_t *out = lgs_arena_alloc(job->arena, text.len / 4 * 3 + 6);
    size_t len;

    if (out == NULL) {
        return lgs_errs_nomem(job->errs);
    }
    if (text.len == 0 || !lgs_base64url_decode(text, out, &len)) {
        return BAD(job, "jwks-key", member, "\"%s\" is not base64url without padding", member);
    }
    *bytes = lgs_str((const char *)out, len);
    return LGS_OK;
}

static lgs_rc_t check_rsa(const job_t *job, const BIGNUM *n, const BIGNUM *e)
{
    int bits = BN_num_bits(n);

    if (bits < LGS_MIN_RSA_BITS) {
        return BAD(job, "jwks-weak", "n", "an RSA key of %d bits is too weak: %d at least", bits,
                   LGS_MIN_RSA_BITS);
    }
    if (bits > LGS_MAX_RSA_BITS) {
        return BAD(job, "jwks-key", "n", "an RSA key of %d bits is too long: %d at most", bits,
                   LGS_MAX_RSA_BITS);
    }
    if (!BN_is_odd(n)) {
        return BAD(job, "jwks-key", "n", "the modulus is even: no product of two large primes");
    }
    if (!BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > MAX_EXPONENT_BITS) {
        return BAD(job, "jwks-key", "e",
                   "the public exponent is not odd, greater than 1 and of at most %d bits",
                   MAX_EXPONENT_BITS);
    }
    return LGS_OK;
}

/* A key from OpenSSL's parameters; NULL when it does not like them. */
static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (context && params && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(context);
    return pkey;
}

static EVP_PKEY *make_rsa(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey;

    if (build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    pkey = from_params("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

static lgs_rc_t read_rsa(job_t *job)
{
    lgs_str_t n_bytes, e_bytes;
    lgs_rc_t rc = read_bytes(job, "n", &n_bytes);
    BIGNUM *n, *e;

    rc = rc == LGS_OK ? read_bytes(job, "e", &e_bytes) : rc;
    if (rc != LGS_OK) {
        return rc;
    }
    if (n_bytes.len > 2 * LGS_MAX_RSA_BITS / 8 || e_bytes.len > n_bytes.len) {
        return BAD(job, "jwks-key", "n",
                   "an RSA key of more than %d bits, or its exponent is longer", LGS_MAX_RSA_BITS);
    }
    n = BN_bin2bn((const uint8_t *)n_bytes.data, (int)n_bytes.len, NULL);
    e = BN_bin2bn((const uint8_t *)e_bytes.data, (int)e_bytes.len, NULL);
    rc = n && e ? check_rsa(job, n, e) : lgs_errs_nomem(job->errs);
    if (rc == LGS_OK) {
        rc = own_pkey(job, make_rsa(n, e), "modulus and exponent make no RSA key");
        job->key->signature_len = (size_t)BN_num_bytes(n);
        job->key->algorithms = 1u << LGS_ALG_RS256 | 1u << LGS_ALG_RS384 | 1u << LGS_ALG_RS512 |
                               1u << LGS_ALG_PS256 | 1u << LGS_ALG_PS384 | 1u << LGS_ALG_PS512;
    }
    BN_free(n);
    BN_free(e);
    return rc;
}

static EVP_PKEY *make_ec(const lgs_alg_info_t *info, lgs_str_t x, lgs_str_t y)
{
    uint8_t point[1 + 2 * MAX_COORDINATE] = {POINT_CONVERSION_UNCOMPRESSED};
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)info->curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + x.len + y.len),
        OSSL_PARAM_construct_end(),
    };

    memcpy(point + 1, x.data, x.len);
    memcpy(point + 1 + x.len, y.data, y.len);
    return from_params("EC", params);
}

static bool is_on_curve(EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    bool is_valid = context && EVP_PKEY_public_check(context) == 1;

    EVP_PKEY_CTX_free(context);
    return is_valid;
}

static lgs_rc_t read_ec(job_t *job)
{
    lgs_str_t crv = lgs_json_text(json_object_get(job->jwk, "crv")), x, y;
    const lgs_alg_info_t *info = NULL;
    EVP_PKEY *pkey;
    lgs_rc_t rc;

    for (lgs_alg_t alg = LGS_ALG_ES256; alg <= LGS_ALG_ES512; alg++) {
        if (lgs_str_is(crv, lgs_alg_info(alg)->curve)) {
            info = lgs_alg_info(alg);
            job->key->algorithms = 1u << alg;
        }
    }
    if (crv.data == NULL) {
        return BAD(job, "jwks-key", "crv", "an EC key has a string \"crv\"");
    }
    if (info == NULL) {
        return LGS_NOT_FOUND;
    }
    rc = read_bytes(job, "x", &x);
    rc = rc == LGS_OK ? read_bytes(job, "y", &y) : rc;
    if (rc != LGS_OK) {
        return rc;
    }
    if (x.len != info->half || y.len != info->half) {
        return BAD(job, "jwks-key", "", "coordinates of %s are %zu bytes each, not %zu and %zu",
                   info->curve, info->half, x.len, y.len);
    }
    job->key->signature_len = 2 * info->half;
    pkey = make_ec(info, x, y);
    if (pkey && !is_on_curve(pkey)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return own_pkey(job, pkey, "the point (x, y) is not on the curve");
}

static lgs_rc_t read_okp(job_t *job)
{
    lgs_str_t crv = lgs_json_text(json_object_get(job->jwk, "crv")), x;
    lgs_rc_t rc;

    if (crv.data == NULL) {
        return BAD(job, "jwks-key", "crv", "an OKP key has a string \"crv\"");
    }
    if (!lgs_str_is(crv, lgs_alg_info(LGS_ALG_EDDSA)->curve)) {
        return LGS_NOT_FOUND;
    }
    rc = read_bytes(job, "x", &x);
    if (rc != LGS_OK) {
        return rc;
    }
    if (x.len != ED25519_LEN) {
        return BAD(job, "jwks-key", "x", "an Ed25519 key is %u bytes, not %zu", ED25519_LEN, x.len);
    }
    job->key->signature_len = 2 * ED25519_LEN;
    job->key->algorithms = 1u << LGS_ALG_EDDSA;
    return own_pkey(
        job, EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const uint8_t *)x.data, x.len),
        "x makes no Ed25519 key");
}

/* RFC 7518 section 3.2: a key of at least the hash's length. */
static lgs_rc_t read_oct(job_t *job)
{
    const json_t *json = json_object_get(job->jwk, "alg");
    lgs_alg_t wanted = lgs_alg_by_name(lgs_json_text(json));
    lgs_rc_t rc = read_bytes(job, "k", &job->secret);
    size_t least;

    if (rc != LGS_OK) {
        return rc;
    }
    if (job->secret.len > LGS_MAX_OCT) {
        return BAD(job, "jwks-key", "k", "an oct key of %zu bytes is too long: %u at most",
                   job->secret.len, LGS_MAX_OCT);
    }
    if (wanted < LGS_ALG_HS256) {
        wanted = LGS_ALG_HS256; /* an alg of another kind is narrow_to_alg's to refuse */
    }
    least = lgs_hash_len(lgs_alg_info(wanted)->hash);
    if (job->secret.len < least) {
        return BAD(job, "jwks-weak", "k",
                   "an oct key of %zu bytes is too weak for %s: %zu at least", job->secret.len,
                   lgs_alg_name(wanted), least);
    }
    for (lgs_alg_t alg = LGS_ALG_HS256; alg <= LGS_ALG_HS512; alg++) {
        if (job->secret.len >= lgs_hash_len(lgs_alg_info(alg)->hash)) {
            job->key->algorithms |= 1u << alg;
        }
    }
    return LGS_OK;
}

static void free_pkey(void *data)
{
    EVP_PKEY_free(data);
}

/* Gives the key to the arena; `what` is wrong with it when OpenSSL made none. */
static lgs_rc_t own_pkey(const job_t *job, EVP_PKEY *pkey, const char *what)
{
    if (pkey == NULL) {
        ERR_clear_error();
        return BAD(job, "jwks-key", "", "%s", what);
    }
    if (lgs_arena_cleanup(job->arena, free_pkey, pkey) != LGS_OK) {
        EVP_PKEY_free(pkey);
        return lgs_errs_nomem(job->errs);
    }
    job->key->pkey = pkey;
    return LGS_OK;
}
