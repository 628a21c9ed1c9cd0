/* The examples of the RFCs: RFC 7515 appendix A.1 to A.3, RFC 8037 appendix A.4. */
#include "../unit.h"
#include "world.h"

#include "../../../ngx_logistics_module/auth/keys.h"

#define PAYLOAD                                                                                    \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"  \
    "lfQ"

static lgs_issuer_t joe;

static const lgs_issuer_t *find_joe(void *data, lgs_str_t iss)
{
    return lgs_str_is(iss, "joe") ? &joe : NULL;
}

/* The code of a verification; the RFC's claims have no audience, so a good signature ends there. */
static lgs_str_t verify(const char *jwk, const char *token)
{
    lgs_errs_t errs;
    lgs_token_t out;

    joe = (lgs_issuer_t){
        .name = LGS_STR("joe"),
        .issuer = LGS_STR("joe"),
        .algorithms = ALL_ALGS,
        .keys = world_keys(lgs_arena_printf(sign_arena, "{\"keys\":[%s]}", jwk)),
    };
    lgs_errs_init(&errs, sign_arena, 20);
    CHECK_INT(lgs_jwt_verify(lgs_cstr(token), 1300819379, find_joe, NULL, sign_arena, &out, &errs),
              LGS_INVALID);
    return errs.first ? lgs_cstr(errs.first->code) : LGS_STR("");
}

static void check_vector(const char *jwk, const char *token)
{
    lgs_str_t other = lgs_arena_str(sign_arena, lgs_cstr(token));
    char *first = strrchr(other.data, '.') + 1;

    CHECK_STR(verify(jwk, token), "token-audience");
    *first = *first == 'A' ? 'B' : 'A';
    CHECK_STR(verify(jwk, other.data), "token-signature");
}

TEST(rfc7515_a1_hs256)
{
    check_vector("{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"
                 "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}",
                 "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." PAYLOAD
                 ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(rfc7515_a2_rs256)
{
    check_vector(
        "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"
        "\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt"
        "0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
        "bSf63kpaSHSXndS"
        "5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_"
        "I5IhlJH7"
        "aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"}",
        "eyJhbGciOiJSUzI1NiJ9." PAYLOAD
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2F"
        "p5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
        "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBM"
        "Hlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
        "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2"
        "w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
}

TEST(rfc7515_a3_es256)
{
    check_vector("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPH"
                 "vRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
                 "eyJhbGciOiJFUzI1NiJ9." PAYLOAD ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfT"
                 "jDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
}

/* Its payload is no JSON, so only the signature is looked at. */
TEST(rfc8037_a4_ed25519)
{
    const lgs_jwks_t *jwks = world_keys(
        LGS_STR("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hc"
                "vPapiMlrwIaaPcHURo\"}]}"));
    lgs_str_t input = LGS_STR("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    lgs_str_t text = LGS_STR("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt"
                             "9g7sVvpAr_MuM0KAg");
    uint8_t signature[80];
    size_t len;

    CHECK(lgs_base64url_decode(text, signature, &len));
    for (int again = 0; again < 3; again++) {
        CHECK(lgs_signature_is_good(jwks, &jwks->keys[0], LGS_ALG_EDDSA, input,
                                    lgs_str((char *)signature, len)));
        signature[0] ^= 1;
        CHECK(!lgs_signature_is_good(jwks, &jwks->keys[0], LGS_ALG_EDDSA, input,
                                     lgs_str((char *)signature, len)));
        signature[0] ^= 1;
    }
}

int main(void)
{
    sign_arena = lgs_arena_create(1 << 16, 0);
    sign_must(sign_arena != NULL, "memory");
    RUN(rfc7515_a1_hs256);
    RUN(rfc7515_a2_rs256);
    RUN(rfc7515_a3_es256);
    RUN(rfc8037_a4_ed25519);
    lgs_arena_destroy(sign_arena);
    return DONE();
}
