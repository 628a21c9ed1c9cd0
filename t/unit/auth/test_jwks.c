/* Key sets: which keys are taken, left out and refused, with the place of each fault. */
#include "../unit.h"
#include "world.h"

/* The result of one load: "ok N" or "code /pointer". */
static lgs_str_t load(lgs_str_t text)
{
    lgs_errs_t errs;
    lgs_jwks_t *jwks;

    lgs_errs_init(&errs, sign_arena, 20);
    jwks = lgs_jwks_load(sign_arena, text, &errs);
    world_text = errs.first ? errs.first->text : LGS_STR("");
    if (jwks) {
        return lgs_arena_printf(sign_arena, errs.n ? "errors" : "ok %zu", lgs_jwks_count(jwks));
    }
    if (errs.first == NULL) {
        return LGS_STR("no error");
    }
    return lgs_arena_printf(sign_arena, "%s %.*s", errs.first->code, LGS_FMT(errs.first->pointer));
}

/* One key, as text. */
static lgs_str_t load_key(const char *jwk)
{
    return load(lgs_arena_printf(sign_arena, "{\"keys\":[%s]}", jwk));
}

static lgs_str_t load_with(const sign_key_t *key, const char *more)
{
    return load_key(sign_jwk(key, more).data);
}

/* An RSA key set of a modulus of so many bits (all ones: odd) and an exponent. */
static lgs_str_t load_rsa(int bits, const char *e)
{
    uint8_t n[2000];
    size_t len = ((size_t)bits + 7) / 8;

    memset(n, 0xff, sizeof(n));
    n[0] = bits % 8 ? (uint8_t)((1 << bits % 8) - 1) : 0xff;
    return load_key(lgs_arena_printf(sign_arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
                                     sign_b64(n, len).data, e)
                        .data);
}

static lgs_str_t load_oct(size_t len, const char *more)
{
    char k[2000];

    memset(k, 'k', sizeof(k));
    return load_key(lgs_arena_printf(sign_arena, "{\"kty\":\"oct\",\"k\":\"%s\"%s}",
                                     sign_b64(k, len).data, more)
                        .data);
}

TEST(good_keys_of_every_kind)
{
    for (int i = 0; i < K_N; i++) {
        CHECK_STR(load_with(&sign_keys[i], ""), "ok 1");
        CHECK_STR(load_with(&sign_keys[i], lgs_arena_printf(sign_arena,
                                                            ",\"use\":\"sig\",\"alg\":\"%s\","
                                                            "\"key_ops\":[\"verify\"],"
                                                            "\"x5c\":[\"MII\"],\"kid\":\"k\"",
                                                            sign_keys[i].alg)
                                               .data),
                  "ok 1");
    }
}

TEST(texts_that_are_no_set)
{
    CHECK_STR(load(LGS_STR("")), "jwks-syntax ");
    CHECK_STR(load((lgs_str_t){NULL, 0}), "jwks-syntax ");
    CHECK_STR(load(LGS_STR("{}")), "jwks-syntax ");
    CHECK_STR(load(LGS_STR("[]")), "jwks-syntax ");
    CHECK_STR(load(LGS_STR("{\"keys\":{}}")), "jwks-syntax ");
    CHECK_STR(load(LGS_STR("{\"keys\":[],\"keys\":[]}")), "jwks-syntax ");
    CHECK_STR(load(LGS_STR("{\"keys\":[]} x")), "jwks-syntax ");
    CHECK_STR(load(LGS_STR("{\"keys\":[]}")), "jwks-empty ");
    CHECK_STR(load_key("7"), "jwks-key /keys/0");
    CHECK_STR(load_key("{}"), "jwks-key /keys/0");
    CHECK_STR(load_key("{\"kty\":7}"), "jwks-key /keys/0");
}

TEST(keys_that_are_left_out)
{
    const char *rsa = sign_jwk(&sign_keys[K_RS256], "").data;
    static const char *const others[] = {
        "{\"kty\":\"AKP\",\"pub\":\"AA\"}",
        "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AA\"}",
        "{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AA\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"use\":\"tls\",\"n\":\"AA\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"key_ops\":[\"encrypt\"],\"n\":\"AA\",\"e\":\"AQAB\"}",
    };

    for (size_t i = 0; i < LGS_N(others); i++) {
        CHECK_STR(load_key(others[i]), "jwks-empty ");
        CHECK_STR(load_key(lgs_arena_printf(sign_arena, "%s,%s", others[i], rsa).data), "ok 1");
    }
    CHECK_STR(load_with(&sign_keys[K_RS256], ",\"alg\":\"RSA-OAEP\""), "jwks-empty ");
}

TEST(private_members_are_refused)
{
    static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

    for (size_t i = 0; i < LGS_N(members); i++) {
        const char *more = lgs_arena_printf(sign_arena, ",\"%s\":\"AQ\"", members[i]).data;
        const char *want = lgs_arena_printf(sign_arena, "jwks-private /keys/0/%s", members[i]).data;

        CHECK_STR(load_with(&sign_keys[K_RS256], more), want);
    }
    CHECK_STR(load_with(&sign_keys[K_ES256], ",\"d\":\"AQ\""), "jwks-private /keys/0/d");
    CHECK_STR(load_with(&sign_keys[K_EDDSA], ",\"d\":\"AQ\""), "jwks-private /keys/0/d");
    CHECK_STR(load_with(&sign_keys[K_RS256], ",\"use\":\"enc\",\"d\":\"AQ\""),
              "jwks-private /keys/0/d");
    CHECK_STR(load_key("{\"kty\":\"AKP\",\"d\":\"AA\"}"), "jwks-private /keys/0/d");
}

TEST(members_of_the_wrong_type)
{
    sign_key_t *rsa = &sign_keys[K_RS256];

    CHECK_STR(load_with(rsa, ",\"use\":7"), "jwks-key /keys/0/use");
    CHECK_STR(load_with(rsa, ",\"key_ops\":\"verify\""), "jwks-key /keys/0/key_ops");
    CHECK_STR(load_with(rsa, ",\"key_ops\":[7]"), "jwks-key /keys/0/key_ops");
    CHECK_STR(load_with(rsa, ",\"alg\":7"), "jwks-key /keys/0/alg");
    CHECK_STR(load_with(rsa, ",\"kid\":7"), "jwks-key /keys/0/kid");
    CHECK_STR(load_with(rsa, ",\"kid\":\"\""), "jwks-key /keys/0/kid");
}

TEST(alg_that_is_not_the_keys)
{
    CHECK_STR(load_with(&sign_keys[K_RS256], ",\"alg\":\"ES256\""), "jwks-key /keys/0/alg");
    CHECK_STR(load_with(&sign_keys[K_RS256], ",\"alg\":\"HS256\""), "jwks-key /keys/0/alg");
    CHECK_STR(load_with(&sign_keys[K_ES256], ",\"alg\":\"ES384\""), "jwks-key /keys/0/alg");
    CHECK_STR(world_text, "\"alg\" is ES384, and this EC key can be for ES256 only");
    CHECK_STR(load_with(&sign_keys[K_EDDSA], ",\"alg\":\"RS256\""), "jwks-key /keys/0/alg");
    CHECK_STR(load_with(&sign_keys[K_HS256], ",\"alg\":\"RS256\""), "jwks-key /keys/0/alg");
}

TEST(rsa_sizes)
{
    CHECK_STR(load_rsa(2047, "AQAB"), "jwks-weak /keys/0/n");
    CHECK_STR(world_text, "an RSA key of 2047 bits is too weak: 2048 at least");
    CHECK_STR(load_rsa(2048, "AQAB"), "ok 1");
    CHECK_STR(load_rsa(8192, "AQAB"), "ok 1");
    CHECK_STR(load_rsa(8193, "AQAB"), "jwks-key /keys/0/n");
    CHECK_STR(load_rsa(15000, "AQAB"), "jwks-key /keys/0/n");
    CHECK_STR(load_rsa(1024, "AQAB"), "jwks-weak /keys/0/n");
}

TEST(rsa_exponents)
{
    CHECK_STR(load_rsa(2048, "Aw"), "ok 1");                 /* 3 */
    CHECK_STR(load_rsa(2048, "AQ"), "jwks-key /keys/0/e");   /* 1 */
    CHECK_STR(load_rsa(2048, "AA"), "jwks-key /keys/0/e");   /* 0 */
    CHECK_STR(load_rsa(2048, "AQAA"), "jwks-key /keys/0/e"); /* even */
    CHECK_STR(load_rsa(2048, ""), "jwks-key /keys/0/e");
    CHECK_STR(load_rsa(2048, "AQAB="), "jwks-key /keys/0/e");
    CHECK_STR(load_rsa(2048, "__________8"), "ok 1");                /* 64 bits */
    CHECK_STR(load_rsa(2048, "Af________8B"), "jwks-key /keys/0/e"); /* more */
    CHECK_STR(load_key("{\"kty\":\"RSA\",\"e\":\"AQAB\"}"), "jwks-key /keys/0/n");
}

TEST(rsa_even_modulus)
{
    uint8_t n[256];

    memset(n, 0xff, sizeof(n));
    n[255] = 0xfe;
    CHECK_STR(load_key(lgs_arena_printf(sign_arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}",
                                        sign_b64(n, sizeof(n)).data)
                           .data),
              "jwks-key /keys/0/n");
}

static lgs_str_t load_ec(const char *crv, const void *x, size_t x_len, const void *y, size_t y_len)
{
    return load_key(lgs_arena_printf(sign_arena,
                                     "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}",
                                     crv, sign_b64(x, x_len).data, sign_b64(y, y_len).data)
                        .data);
}

TEST(ec_points)
{
    uint8_t x[66] = {0}, y[66] = {0};
    EVP_PKEY *pkey = sign_keys[K_ES256].pkey;
    BIGNUM *bx = NULL, *by = NULL;

    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &bx);
    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &by);
    BN_bn2binpad(bx, x, 32);
    BN_bn2binpad(by, y, 32);
    BN_free(bx);
    BN_free(by);
    CHECK_STR(load_ec("P-256", x, 32, y, 32), "ok 1");
    CHECK_STR(load_ec("P-256", x, 31, y, 32), "jwks-key /keys/0");
    CHECK_STR(load_ec("P-256", x, 33, y, 32), "jwks-key /keys/0");
    CHECK_STR(load_ec("P-256", x, 32, y, 66), "jwks-key /keys/0");
    CHECK_STR(load_ec("P-384", x, 48, y, 48), "jwks-key /keys/0");
    CHECK_STR(world_text, "the point (x, y) is not on the curve");
    y[31] ^= 1;
    CHECK_STR(load_ec("P-256", x, 32, y, 32), "jwks-key /keys/0");
    memset(x, 0, sizeof(x));
    memset(y, 0, sizeof(y));
    CHECK_STR(load_ec("P-256", x, 32, y, 32), "jwks-key /keys/0");
    CHECK_STR(load_key("{\"kty\":\"EC\",\"x\":\"AA\",\"y\":\"AA\"}"), "jwks-key /keys/0/crv");
}

TEST(okp_lengths)
{
    uint8_t x[33] = {9};

    for (size_t len = 31; len <= 33; len++) {
        CHECK_STR(load_key(lgs_arena_printf(sign_arena,
                                            "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}",
                                            sign_b64(x, len).data)
                               .data),
                  len == 32 ? "ok 1" : "jwks-key /keys/0/x");
    }
}

TEST(oct_lengths)
{
    CHECK_STR(load_oct(31, ""), "jwks-weak /keys/0/k");
    CHECK_STR(world_text, "an oct key of 31 bytes is too weak for HS256: 32 at least");
    CHECK_STR(load_oct(32, ""), "ok 1");
    CHECK_STR(load_oct(47, ",\"alg\":\"HS384\""), "jwks-weak /keys/0/k");
    CHECK_STR(load_oct(48, ",\"alg\":\"HS384\""), "ok 1");
    CHECK_STR(load_oct(63, ",\"alg\":\"HS512\""), "jwks-weak /keys/0/k");
    CHECK_STR(load_oct(64, ",\"alg\":\"HS512\""), "ok 1");
    CHECK_STR(load_oct(LGS_MAX_OCT, ""), "ok 1");
    CHECK_STR(load_oct(LGS_MAX_OCT + 1, ""), "jwks-key /keys/0/k");
}

TEST(same_kid)
{
    const char *rsa = sign_jwk(&sign_keys[K_RS256], ",\"kid\":\"k\"").data;
    const char *ec = sign_jwk(&sign_keys[K_ES256], ",\"kid\":\"k\"").data;
    const char *other = sign_jwk(&world_other, ",\"kid\":\"k\"").data;

    CHECK_STR(load_key(lgs_arena_printf(sign_arena, "%s,%s", rsa, ec).data), "ok 2");
    CHECK_STR(load_key(lgs_arena_printf(sign_arena, "%s,%s", rsa, other).data), "jwks-kid ");
    CHECK_STR(world_text, "two keys for the same algorithm have kid \"k\"");
}

TEST(number_of_keys_at_the_limit_and_past_it)
{
    for (unsigned n = LGS_MAX_KEYS; n <= LGS_MAX_KEYS + 1; n++) {
        lgs_str_t list = LGS_STR("");

        for (unsigned i = 0; i < n; i++) {
            list = lgs_arena_printf(
                sign_arena,
                "%.*s%s{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%u\",\"x\":"
                "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
                LGS_FMT(list), i ? "," : "", i);
        }
        CHECK_STR(load_key(list.data), n == LGS_MAX_KEYS ? "ok 256" : "jwks-limit ");
    }
}

TEST(all_errors_at_once)
{
    lgs_errs_t errs;

    lgs_errs_init(&errs, sign_arena, 20);
    CHECK(lgs_jwks_load(sign_arena,
                        LGS_STR("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"},7,"
                                "{\"kty\":\"oct\",\"k\":\"AA\"}]}"),
                        &errs) == NULL);
    CHECK_INT(errs.n, 3);
}

/* The secret of a set must not come out with its errors. */
TEST(no_secret_in_texts)
{
    load(LGS_STR("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0LXNlY3JldA\" oops}]}"));
    CHECK(world_text.len && !world_says("c2Vjc", 5));
    load(LGS_STR("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0LXNlY3JldA==\"}]}"));
    CHECK(world_text.len && !world_says("c2Vjc", 5));
}

TEST(out_of_memory)
{
    lgs_str_t text = lgs_arena_printf(sign_arena, "{\"keys\":[%s,%s,%s,%s]}",
                                      sign_jwk(&sign_keys[K_RS256], ",\"kid\":\"a\"").data,
                                      sign_jwk(&sign_keys[K_ES256], ",\"kid\":\"b\"").data,
                                      sign_jwk(&sign_keys[K_EDDSA], ",\"kid\":\"c\"").data,
                                      sign_jwk(&sign_keys[K_HS512], ",\"kid\":\"d\"").data);
    bool was_refused = false, was_loaded = false;

    for (size_t ceiling = 160; ceiling < 8000; ceiling += 16) {
        lgs_arena_t *arena = lgs_arena_create(16, ceiling);
        lgs_errs_t errs;
        lgs_jwks_t *jwks;

        sign_must(arena != NULL, "memory");
        lgs_errs_init(&errs, arena, 20);
        jwks = lgs_jwks_load(arena, text, &errs);
        CHECK(jwks ? errs.n == 0
                   : errs.n == 1 && lgs_str_is(lgs_cstr(errs.first->code), "out-of-memory"));
        was_refused = was_refused || jwks == NULL;
        was_loaded = jwks != NULL;
        lgs_arena_destroy(arena);
    }
    CHECK(was_refused && was_loaded);
}

int main(void)
{
    world_setup();
    RUN(good_keys_of_every_kind);
    RUN(texts_that_are_no_set);
    RUN(keys_that_are_left_out);
    RUN(private_members_are_refused);
    RUN(members_of_the_wrong_type);
    RUN(alg_that_is_not_the_keys);
    RUN(rsa_sizes);
    RUN(rsa_exponents);
    RUN(rsa_even_modulus);
    RUN(ec_points);
    RUN(okp_lengths);
    RUN(oct_lengths);
    RUN(same_kid);
    RUN(number_of_keys_at_the_limit_and_past_it);
    RUN(all_errors_at_once);
    RUN(no_secret_in_texts);
    RUN(out_of_memory);
    world_teardown();
    return DONE();
}
