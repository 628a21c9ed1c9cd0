/* Accepted tokens of every algorithm and what is read from them; claims that refuse a token. */
#include "../unit.h"
#include "world.h"

#define BASE "{\"iss\":\"" ISS "\",\"aud\":\"logistics-api\",\"client_id\":\"c\","

static lgs_str_t with(const char *more)
{
    return world_claims(lgs_arena_printf(sign_arena, BASE "\"exp\":1760000600,%s}", more).data);
}

static lgs_str_t with_exp(const char *exp)
{
    return world_claims(lgs_arena_printf(sign_arena, BASE "\"exp\":%s}", exp).data);
}

TEST(all_thirteen_algorithms)
{
    static const char *const kids[K_N] = {"rsa",   "rsa",   "rsa", "rsa", "rsa", "rsa", "ec",
                                          "ec384", "ec521", "ed",  "hs",  "hs",  "hs"};

    for (int i = 0; i < K_N; i++) {
        lgs_str_t header = lgs_arena_printf(sign_arena, "{\"alg\":\"%s\",\"kid\":\"%s\"}",
                                            sign_keys[i].alg, kids[i]);

        for (int again = 0; again < 3; again++) { /* on the kept contexts */
            CHECK_STR(world_verify(sign_token(&sign_keys[i], header.data, CLAIMS)), "ok");
            CHECK_STR(lgs_cstr(lgs_alg_name(world_token.alg)), sign_keys[i].alg);
        }
        CHECK_STR(world_verify(sign_plain(&sign_keys[i], CLAIMS)), "ok"); /* one key fits */
    }
}

TEST(names_of_algorithms)
{
    for (lgs_alg_t alg = LGS_ALG_NONE_KNOWN + 1; alg < LGS_N_ALGS; alg++) {
        CHECK_INT(lgs_alg_by_name(lgs_cstr(lgs_alg_name(alg))), alg);
    }
    CHECK_INT(lgs_alg_by_name(LGS_STR("none")), LGS_ALG_NONE_KNOWN);
    CHECK_INT(lgs_alg_by_name(LGS_STR("")), LGS_ALG_NONE_KNOWN);
    CHECK_INT(lgs_alg_by_name(LGS_STR("ES256K")), LGS_ALG_NONE_KNOWN);
    CHECK_STR(lgs_cstr(lgs_alg_name(LGS_N_ALGS)), "unknown");
}

TEST(what_an_accepted_token_says)
{
    CHECK_STR(world_claims(CLAIMS), "ok");
    CHECK(world_token.issuer == &world_issuers[0]);
    CHECK_STR(world_token.client_id, "acme-prod");
    CHECK_STR(world_token.subject, "s1");
    CHECK_STR(world_token.id, "j1");
    CHECK_STR(world_token.scopes, "tracking:write tracking:read");
    CHECK_INT(world_token.expires, 1760000600);
    CHECK_INT(world_token.issued, 1759999990);
    CHECK_INT(world_token.alg, LGS_ALG_RS256);
}

TEST(client_is_client_id_or_azp_or_sub)
{
    static const char *const head = "{\"iss\":\"" ISS
                                    "\",\"aud\":\"logistics-api\",\"exp\":1760000600";
    static const struct {
        const char *claims, *code, *client;
    } cases[] = {
        {",\"client_id\":\"a\",\"azp\":\"b\",\"sub\":\"c\"}", "ok", "a"},
        {",\"azp\":\"b\",\"sub\":\"c\"}", "ok", "b"},
        {",\"sub\":\"c\"}", "ok", "c"},
        {"}", "token-claims", ""},
        {",\"client_id\":\"\",\"sub\":\"c\"}", "token-claims", ""},
        {",\"client_id\":7,\"sub\":\"c\"}", "token-claims", ""},
        {",\"client_id\":null,\"sub\":\"c\"}", "token-claims", ""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(world_claims(lgs_arena_printf(sign_arena, "%s%s", head, cases[i].claims).data),
                  cases[i].code);
        CHECK_STR(world_token.client_id, cases[i].client);
    }
}

TEST(scopes_as_text_and_as_list)
{
    static const struct {
        const char *claims, *code, *scopes;
    } cases[] = {
        {"\"scope\":\"a b\"", "ok", "a b"},
        {"\"scope\":[\"a\",\"b\"]", "ok", "a b"},
        {"\"scp\":[\"a\",\"b\"]", "ok", "a b"},
        {"\"scp\":\"a b\"", "ok", "a b"},
        {"\"scope\":\"a\",\"scp\":\"b\"", "ok", "a"},
        {"\"x\":1", "ok", ""},
        {"\"scope\":\"\"", "ok", ""},
        {"\"scope\":[]", "ok", ""},
        {"\"scope\":[\"a b\"]", "token-claims", ""},
        {"\"scope\":[\"a\",7]", "token-claims", ""},
        {"\"scope\":[\"\"]", "token-claims", ""},
        {"\"scope\":{\"a\":1}", "token-claims", ""},
        {"\"scope\":null", "token-claims", ""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(with(cases[i].claims), cases[i].code);
        CHECK_STR(world_token.scopes, cases[i].scopes);
    }
}

TEST(has_scope)
{
    lgs_str_t scopes = LGS_STR("tracking:write  pod:read x");

    CHECK(lgs_has_scope(scopes, LGS_STR("tracking:write")));
    CHECK(lgs_has_scope(scopes, LGS_STR("pod:read")));
    CHECK(lgs_has_scope(scopes, LGS_STR("x")));
    CHECK(!lgs_has_scope(scopes, LGS_STR("tracking:writ")));
    CHECK(!lgs_has_scope(scopes, LGS_STR("tracking:writes")));
    CHECK(!lgs_has_scope(scopes, LGS_STR("")));
    CHECK(!lgs_has_scope(scopes, LGS_STR("pod:read x")));
    CHECK(!lgs_has_scope((lgs_str_t){NULL, 0}, LGS_STR("x")));
}

/* exp is the first second that is too late; leeway is 30 s. */
TEST(expiry_to_the_second)
{
    lgs_str_t token = sign_plain(&sign_keys[K_RS256], CLAIMS);

    CHECK_STR(world_verify_at(token, 1760000629), "ok");
    CHECK_STR(world_verify_at(token, 1760000630), "token-expired");
    CHECK_STR(world_text, "expired at 2025-10-09T09:03:20Z, 30 s before now; leeway is 30 s");
    CHECK_STR(world_verify_at(token, 1760000600 + 3 * 3600 + 125), "token-expired");
    CHECK_STR(world_text, "expired at 2025-10-09T09:03:20Z, 3 h 2 m before now; leeway is 30 s");
    CHECK_STR(world_verify_at(token, 1760000600 + 86400 * 400), "token-expired");
    CHECK_STR(world_text, "expired at 2025-10-09T09:03:20Z, 400 d before now; leeway is 30 s");
}

TEST(not_yet_valid_to_the_second)
{
    CHECK_STR(with("\"nbf\":1760000030"), "ok");
    CHECK_STR(with("\"nbf\":1760000031"), "token-not-yet");
    CHECK_STR(world_text, "valid from 2025-10-09T08:53:51Z, 31 s after now; leeway is 30 s");
    CHECK_STR(with("\"iat\":1760000030"), "ok");
    CHECK_STR(with("\"iat\":1760000091"), "token-not-yet");
    CHECK_STR(world_text, "issued at 2025-10-09T08:54:51Z, 1 m 31 s after now; leeway is 30 s");
}

TEST(numbers_that_are_no_times)
{
    static const struct {
        const char *exp, *code;
    } cases[] = {
        {"1760000600.9", "ok"},
        {"1.7600006e9", "ok"},
        {"253402300799", "ok"},
        {"253402300799.5", "ok"},
        {"253402300800", "token-claims"},
        {"253402300800.0", "token-claims"},
        {"1e18", "token-claims"},
        {"9223372036854775807", "token-claims"},
        {"9223372036854775808", "token-malformed"},
        {"99999999999999999999999999", "token-malformed"},
        {"1e400", "token-malformed"},
        {"-1e400", "token-malformed"},
        {"-1", "token-claims"},
        {"-0.5", "token-claims"},
        {"-9223372036854775808", "token-claims"},
        {"0", "token-expired"},
        {"1e-400", "token-expired"},
        {"\"1760000600\"", "token-claims"},
        {"true", "token-claims"},
        {"null", "token-claims"},
        {"[1760000600]", "token-claims"},
        {"NaN", "token-malformed"},
        {"Infinity", "token-malformed"},
        {"01760000600", "token-malformed"},
        {"+1760000600", "token-malformed"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(with_exp(cases[i].exp), cases[i].code);
    }
    CHECK_STR(with("\"nbf\":-1"), "token-claims");
    CHECK_STR(with("\"iat\":\"now\""), "token-claims");
    CHECK_STR(with("\"nbf\":1e400"), "token-malformed");
}

/* The fraction is dropped: .9 does not buy a second. */
TEST(fraction_of_a_second)
{
    lgs_str_t token = sign_plain(&sign_keys[K_RS256], BASE "\"exp\":1760000600.9}");

    CHECK_STR(world_verify_at(token, 1760000629), "ok");
    CHECK_INT(world_token.expires, 1760000600);
    CHECK_STR(world_verify_at(token, 1760000630), "token-expired");
}

TEST(audience)
{
    static const char *const format = "{\"iss\":\"" ISS
                                      "\",\"client_id\":\"c\",\"exp\":1760000600%s}";
    static const struct {
        const char *aud, *code;
    } cases[] = {
        {",\"aud\":\"logistics-api\"", "ok"},
        {",\"aud\":\"edi-api\"", "ok"},
        {",\"aud\":[\"x\",\"edi-api\"]", "ok"},
        {",\"aud\":\"logistics-api2\"", "token-audience"},
        {",\"aud\":\"LOGISTICS-API\"", "token-audience"},
        {",\"aud\":\"logistics-ap\"", "token-audience"},
        {",\"aud\":\"\"", "token-audience"},
        {",\"aud\":[]", "token-audience"},
        {"", "token-audience"},
        {",\"aud\":[\"logistics-api\",7]", "token-claims"},
        {",\"aud\":7", "token-claims"},
        {",\"aud\":null", "token-claims"},
    };
    lgs_str_t *ours = world_issuers[0].audience;

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(world_claims(lgs_arena_printf(sign_arena, format, cases[i].aud).data),
                  cases[i].code);
    }
    CHECK_STR(world_claims(lgs_arena_printf(sign_arena, format, ",\"aud\":\"billing\"").data),
              "token-audience");
    CHECK_STR(world_text, "the token is for \"billing\", and not for \"logistics-api\" or another "
                          "of the issuer's audiences");
    world_issuers[0].audience = NULL;
    world_issuers[0].n_audience = 0; /* nobody's audience fits nobody */
    CHECK_STR(world_claims(CLAIMS), "token-audience");
    world_issuers[0].audience = ours;
    world_issuers[0].n_audience = 2;
}

TEST(issuer)
{
    CHECK_STR(world_claims("{\"aud\":\"logistics-api\"}"), "token-issuer");
    CHECK_STR(world_claims("{\"iss\":7}"), "token-issuer");
    CHECK_STR(world_claims("{\"iss\":\"\"}"), "token-issuer");
    CHECK_STR(world_claims("{\"iss\":\"https://id.example.com\"}"), "token-issuer");
    CHECK_STR(world_text, "issuer \"https://id.example.com\" is not one of ours");
    CHECK_STR(world_claims("{\"iss\":\"" OTHER "\"}"), "token-kid");
}

TEST(required_claims)
{
    static const struct {
        uint32_t bit;
        const char *name, *value;
    } cases[] = {
        {LGS_REQUIRE_EXP, "exp", "1760000600"}, {LGS_REQUIRE_IAT, "iat", "1759999999"},
        {LGS_REQUIRE_NBF, "nbf", "1759999999"}, {LGS_REQUIRE_SUB, "sub", "\"s\""},
        {LGS_REQUIRE_JTI, "jti", "\"j\""},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_str_t claims = lgs_arena_printf(sign_arena, BASE "\"%s\":%s}", cases[i].name,
                                            cases[i].value);

        world_issuers[0].require = cases[i].bit;
        CHECK_STR(world_claims(BASE "\"x\":1}"), "token-claims");
        CHECK(world_says(cases[i].name, 3));
        CHECK_STR(world_claims(claims.data), "ok");
    }
    world_issuers[0].require = 0;
    CHECK_STR(world_claims(BASE "\"x\":1}"), "ok");
    CHECK(world_token.expires == INT64_MAX && world_token.issued == 0);
    world_reset();
}

TEST(lifetime)
{
    world_issuers[0].max_lifetime_s = 610;
    CHECK_STR(with("\"iat\":1759999990"), "ok");
    CHECK_STR(with("\"iat\":1759999989"), "token-claims");
    CHECK_STR(world_text, "the token is made for 10 m 11 s (exp - iat); issuer \"partners-idp\" "
                          "may give 10 m 10 s");
    CHECK_STR(with("\"x\":1"), "token-claims");
    world_issuers[0].require = 0;
    CHECK_STR(world_claims(BASE "\"iat\":1759999990}"), "token-claims");
    world_reset();
}

TEST(environment)
{
    CHECK_STR(with("\"env\":\"sandbox\""), "ok"); /* not checked without one of ours */
    world_issuers[0].environment = LGS_STR("production");
    CHECK_STR(with("\"env\":\"production\""), "ok");
    CHECK_STR(with("\"x\":1"), "ok");
    CHECK_STR(with("\"env\":\"sandbox\""), "token-environment");
    CHECK_STR(world_text,
              "the token is for environment \"sandbox\", and this gateway is \"production\"");
    CHECK_STR(with("\"env\":7"), "token-environment");
    CHECK_STR(with("\"env\":null"), "token-environment");
    world_reset();
}

TEST(token_without_kid_and_two_keys)
{
    const lgs_jwks_t *keys = world_issuers[0].keys;

    world_issuers[0].keys = world_keys(lgs_arena_printf(
        sign_arena, "{\"keys\":[%s,%s,%s]}", sign_jwk(&sign_keys[K_RS256], ",\"kid\":\"a\"").data,
        sign_jwk(&world_other, ",\"alg\":\"RS256\"").data, sign_jwk(&sign_keys[K_ES256], "").data));
    CHECK_STR(world_verify(sign_plain(&sign_keys[K_RS256], CLAIMS)), "token-kid");
    CHECK_STR(world_text,
              "the token has no kid, and 2 keys of issuer \"partners-idp\" are for RS256");
    CHECK_STR(world_verify(sign_plain(&sign_keys[K_RS384], CLAIMS)), "ok");
    CHECK_STR(world_verify(sign_plain(&sign_keys[K_ES256], CLAIMS)), "ok");
    CHECK_STR(world_verify(sign_plain(&sign_keys[K_EDDSA], CLAIMS)), "token-alg");
    CHECK_STR(
        world_verify(sign_token(&sign_keys[K_ES256], "{\"alg\":\"ES256\",\"kid\":\"e\"}", CLAIMS)),
        "token-kid"); /* a key without a kid is not found by one */
    world_issuers[0].keys = NULL;
    CHECK_STR(world_claims(CLAIMS), "token-kid");
    world_issuers[0].keys = keys;
}

/* Every allocation of a verification fails once: an error each time, and never a crash. */
TEST(out_of_memory)
{
    lgs_str_t token = sign_token(&sign_keys[K_RS256], "{\"alg\":\"RS256\",\"kid\":\"rsa\"}",
                                 CLAIMS);
    bool was_refused = false, was_accepted = false;

    for (size_t ceiling = 160; ceiling < 6000; ceiling += 16) {
        lgs_arena_t *arena = lgs_arena_create(16, ceiling);
        lgs_errs_t errs;
        lgs_token_t out;
        lgs_rc_t rc;

        sign_must(arena != NULL, "memory");
        lgs_errs_init(&errs, arena, 20);
        rc = lgs_jwt_verify(token, NOW, world_find, NULL, arena, &out, &errs);
        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
        CHECK(rc == LGS_OK || (errs.n == 1 && out.client_id.data == NULL));
        was_refused = was_refused || rc == LGS_NOMEM;
        was_accepted = rc == LGS_OK;
        lgs_arena_destroy(arena);
    }
    CHECK(was_refused && was_accepted);
}

TEST(error_list_may_be_missing)
{
    lgs_token_t out;

    CHECK_INT(lgs_jwt_verify(LGS_STR("a.b.c"), NOW, world_find, NULL, sign_arena, &out, NULL),
              LGS_INVALID);
}

int main(void)
{
    world_setup();
    RUN(all_thirteen_algorithms);
    RUN(names_of_algorithms);
    RUN(what_an_accepted_token_says);
    RUN(client_is_client_id_or_azp_or_sub);
    RUN(scopes_as_text_and_as_list);
    RUN(has_scope);
    RUN(expiry_to_the_second);
    RUN(not_yet_valid_to_the_second);
    RUN(numbers_that_are_no_times);
    RUN(fraction_of_a_second);
    RUN(audience);
    RUN(issuer);
    RUN(required_claims);
    RUN(lifetime);
    RUN(environment);
    RUN(token_without_kid_and_two_keys);
    RUN(out_of_memory);
    RUN(error_list_may_be_missing);
    world_teardown();
    return DONE();
}
