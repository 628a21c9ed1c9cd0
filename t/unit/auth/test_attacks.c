/* Tokens made to fool a verifier: each of them is refused, and for its own reason. */
#include "../unit.h"
#include "world.h"

#include <openssl/pem.h>

#define BIG (LGS_MAX_TOKEN + 1000)

static sign_key_t *const rs256 = &sign_keys[K_RS256];
static sign_key_t *const es256 = &sign_keys[K_ES256];

static lgs_str_t good(void)
{
    return sign_token(rs256, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", CLAIMS);
}

/* A token of three texts, encoded as they are. */
static lgs_str_t raw(const char *header, const char *payload, lgs_str_t signature)
{
    return lgs_arena_printf(sign_arena, "%s.%s.%.*s", sign_b64_text(header).data,
                            sign_b64_text(payload).data, LGS_FMT(signature));
}

static lgs_str_t ec_with_signature(const void *bytes, size_t len)
{
    return raw("{\"alg\":\"ES256\",\"kid\":\"ec\"}", CLAIMS, sign_b64(bytes, len));
}

TEST(the_good_one_is_accepted)
{
    CHECK_STR(world_verify(good()), "ok");
}

TEST(none_in_every_spelling)
{
    static const char *const words[] = {"none", "None", "NONE", "nOnE", "", "none ", " none"};
    lgs_str_t token;

    for (size_t i = 0; i < LGS_N(words); i++) {
        const char *header =
            lgs_arena_printf(sign_arena, "{\"alg\":\"%s\",\"kid\":\"rsa\"}", words[i]).data;

        CHECK_STR(world_header(header), "token-alg");
        token = raw(header, CLAIMS, LGS_STR(""));
        CHECK(!lgs_str_is(world_verify(token), "ok"));
        token = raw(header, CLAIMS, LGS_STR("AA"));
        CHECK_STR(world_verify(token), "token-alg");
    }
    CHECK_STR(world_header("{\"kid\":\"rsa\"}"), "token-alg");
    CHECK_STR(world_header("{\"alg\":null}"), "token-alg");
    CHECK_STR(world_header("{\"alg\":[\"RS256\"]}"), "token-alg");
    CHECK_STR(world_header("{\"alg\":\"rs256\"}"), "token-alg");
}

/* The public key, as everybody has it, used as an HMAC secret. */
TEST(rs_hs_confusion)
{
    sign_key_t hmac = sign_keys[K_HS256];
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    long len;

    PEM_write_bio_PUBKEY(bio, rs256->pkey);
    len = BIO_get_mem_data(bio, &pem);
    hmac.secret = lgs_arena_str(sign_arena, lgs_str(pem, (size_t)len));
    BIO_free(bio);
    CHECK_STR(world_verify(sign_token(&hmac, "{\"alg\":\"HS256\",\"kid\":\"rsa\"}", CLAIMS)),
              "token-alg");
    CHECK_STR(world_verify(sign_token(&hmac, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", CLAIMS)),
              "token-signature");
    CHECK_STR(world_verify(sign_token(&hmac, "{\"alg\":\"HS256\",\"kid\":\"hs\"}", CLAIMS)),
              "token-signature");
    hmac.secret = sign_jwk(rs256, "");
    CHECK_STR(world_verify(sign_token(&hmac, "{\"alg\":\"HS256\",\"kid\":\"rsa\"}", CLAIMS)),
              "token-alg");
}

TEST(algorithm_of_another_key)
{
    CHECK_STR(world_verify(sign_token(es256, "{\"alg\":\"ES256\",\"kid\":\"rsa\"}", CLAIMS)),
              "token-alg");
    CHECK_STR(world_verify(sign_token(rs256, "{\"alg\":\"RS256\",\"kid\":\"ec\"}", CLAIMS)),
              "token-alg");
    CHECK_STR(
        world_verify(sign_token(&sign_keys[K_EDDSA], "{\"alg\":\"EdDSA\",\"kid\":\"ec\"}", CLAIMS)),
        "token-alg");
    CHECK_STR(world_verify(
                  sign_token(&sign_keys[K_PS256], "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", CLAIMS)),
              "token-signature");
    CHECK_STR(world_verify(sign_token(rs256, "{\"alg\":\"PS256\",\"kid\":\"rsa\"}", CLAIMS)),
              "token-signature");
    CHECK_STR(world_verify(sign_token(rs256, "{\"alg\":\"RS512\",\"kid\":\"rsa\"}", CLAIMS)),
              "token-signature");
}

TEST(algorithm_that_the_issuer_does_not_allow)
{
    world_issuers[0].algorithms = 1u << LGS_ALG_ES256 | 1u << LGS_ALG_PS256;
    CHECK_STR(world_verify(good()), "token-alg");
    CHECK_STR(world_text,
              "issuer \"partners-idp\" signs with PS256, ES256, and the token says RS256");
    world_reset();
}

TEST(wrong_curve)
{
    static const char *const headers[] = {"{\"alg\":\"ES256\",\"kid\":\"ec384\"}",
                                          "{\"alg\":\"ES384\",\"kid\":\"ec\"}"};

    CHECK_STR(world_verify(sign_token(&sign_keys[K_ES384], headers[0], CLAIMS)), "token-alg");
    CHECK_STR(world_verify(sign_token(&sign_keys[K_ES384], headers[1], CLAIMS)), "token-alg");
    CHECK_STR(
        world_verify(sign_token(&sign_keys[K_ES384], "{\"alg\":\"ES256\",\"kid\":\"ec\"}", CLAIMS)),
        "token-signature");
}

/* CVE-2022-21449: r = s = 0 fits every message where nobody looks. Also the group's order. */
TEST(es256_zero_r_or_s)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                      0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    lgs_str_t input = lgs_arena_printf(sign_arena, "%s.%s",
                                       sign_b64_text("{\"alg\":\"ES256\",\"kid\":\"ec\"}").data,
                                       sign_b64_text(CLAIMS).data);
    lgs_str_t real = sign_bytes(es256, input, false);
    uint8_t bytes[64];

    CHECK_STR(world_verify(ec_with_signature(real.data, real.len)), "ok");
    memset(bytes, 0, sizeof(bytes));
    CHECK_STR(world_verify(ec_with_signature(bytes, 64)), "token-signature");
    memcpy(bytes, real.data, 64);
    memset(bytes, 0, 32);
    CHECK_STR(world_verify(ec_with_signature(bytes, 64)), "token-signature");
    memcpy(bytes, real.data, 64);
    memset(bytes + 32, 0, 32);
    CHECK_STR(world_verify(ec_with_signature(bytes, 64)), "token-signature");
    memcpy(bytes, order, 32);
    memcpy(bytes + 32, order, 32);
    CHECK_STR(world_verify(ec_with_signature(bytes, 64)), "token-signature");
}

TEST(der_instead_of_r_and_s)
{
    lgs_str_t input = lgs_arena_printf(sign_arena, "%s.%s",
                                       sign_b64_text("{\"alg\":\"ES256\",\"kid\":\"ec\"}").data,
                                       sign_b64_text(CLAIMS).data);
    lgs_str_t der = sign_bytes(es256, input, true);
    lgs_str_t real = sign_bytes(es256, input, false);
    char longer[66] = {0};

    CHECK_STR(world_verify(ec_with_signature(der.data, der.len)), "token-signature");
    CHECK_STR(world_verify(ec_with_signature(real.data, 63)), "token-signature");
    memcpy(longer + 1, real.data, 64);
    CHECK_STR(world_verify(ec_with_signature(longer, 65)), "token-signature");
    memcpy(longer, real.data, 64);
    CHECK_STR(world_verify(ec_with_signature(longer, 65)), "token-signature");
}

TEST(stripped_signature)
{
    lgs_str_t token = good();
    const char *dot = strrchr(token.data, '.');
    size_t without = (size_t)(dot - token.data);

    CHECK_STR(world_verify(lgs_str(token.data, without + 1)), "token-signature");
    CHECK_STR(world_verify(lgs_str(token.data, without)), "token-malformed");
    CHECK_STR(world_verify(lgs_str(token.data, token.len - 2)), "token-signature");
}

/* Every other spelling of the same bytes: bits behind the last one, padding, the other alphabet. */
TEST(non_canonical_base64)
{
    lgs_str_t token = good(), copy;
    char *last;

    copy = lgs_arena_str(sign_arena, token);
    last = (char *)copy.data + copy.len - 1; /* 256 bytes: the last of 342 letters has 2 bits */
    CHECK(*last == 'A' || *last == 'Q' || *last == 'g' || *last == 'w');
    *last = (char)(*last + 1);
    CHECK_STR(world_verify(copy), "token-malformed");
    CHECK_STR(world_verify(lgs_arena_printf(sign_arena, "%s==", token.data)), "token-malformed");
    CHECK_STR(world_verify(lgs_arena_printf(sign_arena, "%s=", token.data)), "token-malformed");
    CHECK_STR(world_verify(lgs_arena_printf(sign_arena, " %s", token.data)), "token-malformed");
    CHECK_STR(world_verify(lgs_arena_printf(sign_arena, "%s\n", token.data)), "token-malformed");
    copy = lgs_arena_str(sign_arena, token);
    memcpy(strrchr(copy.data, '.') + 1, "+/", 2);
    CHECK_STR(world_verify(copy), "token-malformed");
}

TEST(trailing_bytes)
{
    lgs_str_t token = good();
    static const char *const tails[] = {".", ".AA", "A", "AA", "AAA", "AAAA"};

    for (size_t i = 0; i < LGS_N(tails); i++) {
        lgs_str_t longer = lgs_arena_printf(sign_arena, "%s%s", token.data, tails[i]);

        CHECK(!lgs_str_is(world_verify(longer), "ok"));
    }
    CHECK_STR(world_verify(lgs_str(token.data, token.len + 1)), "token-malformed");
    CHECK_STR(world_claims(CLAIMS "x"), "token-malformed");
    CHECK_STR(world_claims(CLAIMS CLAIMS), "token-malformed");
    CHECK_STR(world_header("{\"alg\":\"RS256\"} {}"), "token-malformed");
}

TEST(every_changed_byte)
{
    lgs_str_t token = good();
    char *copy = (char *)lgs_arena_str(sign_arena, token).data;
    size_t accepted = 0;

    for (size_t i = 0; i < token.len; i++) {
        copy[i] ^= 1;
        accepted += lgs_str_is(world_verify(lgs_str(copy, token.len)), "ok");
        copy[i] ^= 1;
    }
    CHECK_INT(accepted, 0);
    CHECK_STR(world_verify(lgs_str(copy, token.len)), "ok");
}

TEST(kid_of_another_issuer)
{
    lgs_str_t token = sign_token(&world_other, "{\"alg\":\"RS256\",\"kid\":\"other\"}", CLAIMS);

    CHECK_STR(world_verify(token), "token-kid");
    CHECK_STR(world_text, "no key with kid \"other\" among the 6 of issuer \"partners-idp\"");
    token = sign_token(&world_other, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", CLAIMS);
    CHECK_STR(world_verify(token), "token-signature");
    token = sign_token(&world_other, "{\"alg\":\"RS256\"}", CLAIMS);
    CHECK_STR(world_verify(token), "token-signature");
}

TEST(odd_kids)
{
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"kid\":\"../../dev/null\"}"), "token-kid");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"kid\":\"\"}"), "token-kid");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"kid\":\"rs\"}"), "token-kid");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"kid\":7}"), "token-malformed");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"kid\":null}"), "token-malformed");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"kid\":\"a\\nb\\\"c\\u00e4\\u007f\"}"),
              "token-kid");
    CHECK_STR(world_text, "no key with kid \"a?b?c???\" among the 6 of issuer \"partners-idp\"");
}

TEST(duplicate_members)
{
    CHECK_STR(world_header("{\"alg\":\"none\",\"alg\":\"RS256\"}"), "token-malformed");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"alg\":\"RS256\"}"), "token-malformed");
    CHECK_STR(world_text, "the header has a member twice (byte 20 of its JSON)");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"\\u0061lg\":\"RS256\"}"), "token-malformed");
    CHECK_STR(world_claims("{\"iss\":\"" ISS "\",\"iss\":\"" ISS "\"}"), "token-malformed");
    CHECK_STR(world_claims("{\"iss\":\"" ISS "\",\"x\":{\"a\":1,\"a\":1}}"), "token-malformed");
}

TEST(extensions_that_must_be_understood)
{
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}"), "token-crit");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"crit\":[]}"), "token-crit");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"crit\":null}"), "token-crit");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"b64\":false}"), "token-crit");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"]}"), "token-crit");
    CHECK_STR(world_header("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"b64\":true}"), "ok");
}

/* A key that comes with the token is the attacker's. */
TEST(embedded_keys_are_ignored)
{
    const char *header = lgs_arena_printf(
                             sign_arena,
                             "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"jwk\":%s,\"jku\":"
                             "\"https://evil.example/keys\",\"x5u\":\"https://evil.example/x\","
                             "\"x5c\":[\"AAAA\"]}",
                             sign_jwk(&world_other, "").data)
                             .data;

    CHECK_STR(world_verify(sign_token(&world_other, header, CLAIMS)), "token-signature");
    CHECK_STR(world_header(header), "ok");
}

TEST(types)
{
    static const struct {
        const char *type;
        const char *code;
    } cases[] = {{"\"JWT\"", "ok"},
                 {"\"jwt\"", "ok"},
                 {"\"at+jwt\"", "ok"},
                 {"\"AT+JWT\"", "ok"},
                 {"\"application/at+jwt\"", "ok"},
                 {"\"Application/JWT\"", "ok"},
                 {"\"application/\"", "token-type"},
                 {"\"id+jwt\"", "token-type"},
                 {"\"logout+jwt\"", "token-type"},
                 {"\"JWTx\"", "token-type"},
                 {"\"\"", "token-type"},
                 {"7", "token-type"}};

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_str_t header = lgs_arena_printf(
            sign_arena, "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":%s}", cases[i].type);

        CHECK_STR(world_header(header.data), cases[i].code);
    }
}

static lgs_str_t padded(size_t token_len)
{
    static char payload[BIG];
    lgs_str_t token = good();

    for (size_t pad = 0; pad < LGS_MAX_TOKEN && token.len < token_len; pad++) {
        pad += token_len - token.len > 100 ? (token_len - token.len) / 2 : 0;
        snprintf(payload, sizeof(payload), "%.*s,\"pad\":\"%0*d\"}", (int)strlen(CLAIMS) - 1,
                 CLAIMS, (int)pad + 1, 0);
        token = sign_token(rs256, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", payload);
    }
    return token;
}

TEST(token_length_at_the_limit_and_past_it)
{
    lgs_str_t token = padded(LGS_MAX_TOKEN);

    CHECK_INT(token.len, LGS_MAX_TOKEN);
    CHECK_STR(world_verify(token), "ok");
    token = padded(LGS_MAX_TOKEN + 1);
    CHECK(token.len > LGS_MAX_TOKEN);
    CHECK_STR(world_verify(token), "token-too-long");
}

TEST(nesting_at_the_limit_and_past_it)
{
    char payload[9000];

    for (int depth = 15; depth <= 16; depth++) { /* and one for the object itself */
        snprintf(payload, sizeof(payload), "%.*s,\"x\":%.*s1%.*s,\"y\":\"[[[\\\"[[[[[[[[[[[[\"}",
                 (int)strlen(CLAIMS) - 1, CLAIMS, depth, "[[[[[[[[[[[[[[[[[[[[", depth,
                 "]]]]]]]]]]]]]]]]]]]]");
        CHECK_STR(world_claims(payload), depth == 15 ? "ok" : "token-malformed");
    }
    CHECK_STR(world_text, "the payload nests more than 16 deep");
    memset(payload, '[', 5000);
    payload[5000] = '\0';
    CHECK_STR(world_claims(payload), "token-malformed");
    memset(payload, '{', 5000);
    CHECK_STR(world_header(payload), "token-malformed");
}

TEST(segments)
{
    static const char *const tokens[] = {"", ".", "..", "...", "a", "a.b", "a.b.c.d", "a.b.c.d.e"};

    for (size_t i = 0; i < LGS_N(tokens); i++) {
        CHECK_STR(world_verify(lgs_cstr(tokens[i])), "token-malformed");
    }
    CHECK_STR(world_text,
              "the token has 5 segments and not 3: encrypted tokens (JWE) are not read here");
    CHECK_STR(world_verify((lgs_str_t){NULL, 0}), "token-malformed");
}

TEST(what_is_not_an_object)
{
    static const char *const texts[] = {
        "", "[]", "null", "7", "\"x\"", "{", "}", "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}", "{a:1}"};

    for (size_t i = 0; i < LGS_N(texts); i++) {
        CHECK_STR(world_header(texts[i]), "token-malformed");
        CHECK_STR(world_claims(texts[i]), "token-malformed");
    }
    CHECK_STR(world_claims("{\"iss\":\"" ISS "\\u0000\"}"), "token-malformed");
}

/* A text must never show a part of the token. */
TEST(no_token_in_texts)
{
    lgs_str_t token = good(), copy = lgs_arena_str(sign_arena, token);
    char *signature = strrchr(copy.data, '.') + 1;

    signature[5] = signature[5] == 'A' ? 'B' : 'A';
    CHECK_STR(world_verify(copy), "token-signature");
    CHECK(!world_says(signature, 8));
    CHECK(!world_says(token.data, 8));
}

int main(void)
{
    world_setup();
    RUN(the_good_one_is_accepted);
    RUN(none_in_every_spelling);
    RUN(rs_hs_confusion);
    RUN(algorithm_of_another_key);
    RUN(algorithm_that_the_issuer_does_not_allow);
    RUN(wrong_curve);
    RUN(es256_zero_r_or_s);
    RUN(der_instead_of_r_and_s);
    RUN(stripped_signature);
    RUN(non_canonical_base64);
    RUN(trailing_bytes);
    RUN(every_changed_byte);
    RUN(kid_of_another_issuer);
    RUN(odd_kids);
    RUN(duplicate_members);
    RUN(extensions_that_must_be_understood);
    RUN(embedded_keys_are_ignored);
    RUN(types);
    RUN(token_length_at_the_limit_and_past_it);
    RUN(nesting_at_the_limit_and_past_it);
    RUN(segments);
    RUN(what_is_not_an_object);
    RUN(no_token_in_texts);
    world_teardown();
    return DONE();
}
