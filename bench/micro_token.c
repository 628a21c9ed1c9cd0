/*
 * What one token costs at first sight: header and claims read, key found, signature and claims
 * checked. Beside it libjwt's jwt_decode, which parses its PEM each time, and the parts of ours.
 * Prints median, and the spread from the 10th to the 90th percentile, of batches, in ns of CPU time
 * a token.
 */
#include "../t/unit/auth/world.h"

#include "../ngx_logistics_module/auth/token.h"
#include "micro.h"

#include <jwt.h>
#include <openssl/pem.h>

#define BATCHES  101
#define BATCH_NS 4e6 /* about so long is one batch */

/* What DHL or an identity provider puts into an access token: about 900 bytes with RS256. */
#define REAL_CLAIMS                                                                                \
    "{\"iss\":\"" ISS "\",\"aud\":[\"logistics-api\",\"account\"],\"exp\":1760000600,"             \
    "\"iat\":1759999990,\"nbf\":1759999990,\"auth_time\":1759999980,"                              \
    "\"jti\":\"6f1c7f3e-3a0e-4c1d-9d6f-0d5a6f5f9b1b\",\"typ\":\"Bearer\","                         \
    "\"azp\":\"acme-prod\",\"client_id\":\"acme-prod\","                                           \
    "\"sub\":\"f3a0e6c4-5a69-4d8f-9a52-4e8f3c1b7a10\",\"realm_access\":{\"roles\":"                \
    "[\"offline_access\",\"uma_authorization\"]},\"scope\":\"tracking:write tracking:read "        \
    "pod:write\",\"env\":\"production\"}"

typedef struct {
    lgs_str_t token;
    const char *pem;
    size_t pem_len;
    lgs_arena_t *arena;
    lgs_str_t header, claims; /* decoded */
} case_t;

static double batches[BATCHES];

static void measure(const char *name, void (*run)(case_t *), case_t *with)
{
    double start = micro_now_ns();
    int n = 0;

    for (; micro_now_ns() - start < BATCH_NS; n++) { /* warms up and says how many make a batch */
        run(with);
    }
    for (int i = 0; i < BATCHES; i++) {
        start = micro_now_ns();
        for (int j = 0; j < n; j++) {
            run(with);
        }
        batches[i] = (micro_now_ns() - start) / n;
    }
    qsort(batches, BATCHES, sizeof(batches[0]), micro_by_value);
    printf("%-44s %8.0f ns  (p10 %.0f, p90 %.0f)\n", name, batches[BATCHES / 2],
           batches[BATCHES / 10], batches[BATCHES * 9 / 10]);
}

static void run_verify(case_t *with)
{
    lgs_errs_t errs;
    lgs_token_t out;

    lgs_arena_reset(with->arena);
    lgs_errs_init(&errs, with->arena, 1);
    sign_must(lgs_jwt_verify(with->token, NOW, world_find, NULL, with->arena, &out, &errs) ==
                  LGS_OK,
              "refused");
}

static void run_signature(case_t *with)
{
    lgs_issuer_t *issuer = &world_issuers[0];
    const lgs_key_t *key = &issuer->keys->keys[0];
    const char *dot = strrchr(with->token.data, '.');
    uint8_t signature[600];
    size_t len;

    sign_must(lgs_base64url_decode(lgs_cstr(dot + 1), signature, &len) &&
                  lgs_signature_is_good(issuer->keys, key, LGS_ALG_RS256,
                                        lgs_str(with->token.data, (size_t)(dot - with->token.data)),
                                        lgs_str((char *)signature, len)),
              "refused");
}

static void run_json(case_t *with)
{
    json_t *header, *claims;

    sign_must(lgs_token_json(with->header, "header", &header, NULL) == LGS_OK &&
                  lgs_token_json(with->claims, "payload", &claims, NULL) == LGS_OK,
              "JSON");
    json_decref(header);
    json_decref(claims);
}

static void run_libjwt(case_t *with)
{
    jwt_t *jwt;

    sign_must(jwt_decode(&jwt, with->token.data, (const unsigned char *)with->pem,
                         (int)with->pem_len) == 0,
              "libjwt refused");
    jwt_free(jwt);
}

static void measure_peer(case_t *with)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    long len;

    sign_must(bio && PEM_write_bio_PUBKEY(bio, sign_keys[K_RS256].pkey) == 1, "PEM");
    len = BIO_get_mem_data(bio, &pem);
    with->pem = lgs_arena_str(sign_arena, lgs_str(pem, (size_t)len)).data;
    with->pem_len = (size_t)len;
    BIO_free(bio);
    measure("libjwt jwt_decode RS256, PEM, no claims", run_libjwt, with);
}

int main(void)
{
    static const int algs[] = {K_RS256, K_PS256, K_ES256, K_ES384, K_EDDSA, K_HS256};
    static const char *const kids[] = {"rsa", "rsa", "ec", "ec384", "ed", "hs"};
    case_t with = {.arena = lgs_arena_create(16384, 0)};

    world_setup();
    sign_must(with.arena != NULL, "memory");
    for (size_t i = 0; i < LGS_N(algs); i++) {
        sign_key_t *key = &sign_keys[algs[i]];
        lgs_str_t header = lgs_arena_printf(
            sign_arena, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}", key->alg, kids[i]);
        lgs_str_t name;

        with.token = sign_token(key, header.data, REAL_CLAIMS);
        name = lgs_arena_printf(sign_arena, "lgs_jwt_verify %s, %zu bytes", key->alg,
                                with.token.len);
        measure(name.data, run_verify, &with);
        if (i == 0) {
            with.header = header;
            with.claims = LGS_STR(REAL_CLAIMS);
            measure("  of it RS256 signature", run_signature, &with);
            measure("  of it JSON of header and claims", run_json, &with);
            measure_peer(&with);
        }
    }
    lgs_arena_destroy(with.arena);
    world_teardown();
    return 0;
}
