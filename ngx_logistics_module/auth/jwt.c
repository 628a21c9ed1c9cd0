/*
 * One token through all its checks, in the order of the table below: cheap ones first, and no claim
 * but iss is believed before the signature is good.
 */
#include "token.h"

#include "../base/base64.h"

typedef struct {
    lgs_str_t token;
    int64_t now_s;
    lgs_issuer_find_t find;
    void *find_data;
    lgs_arena_t *arena;
    lgs_errs_t *errs;
    lgs_str_t segments[3]; /* as sent, then decoded */
    lgs_str_t input;       /* what is signed: header, dot, payload */
    json_t *header, *claims;
    lgs_jose_t jose;
    const lgs_issuer_t *issuer;
    const lgs_key_t *key;
    lgs_token_t *out;
} job_t;

enum { HEADER, CLAIMS, SIGNATURE };

static lgs_rc_t split(job_t *job);
static lgs_rc_t decode(job_t *job);
static lgs_rc_t read_header(job_t *job);
static lgs_rc_t read_claims(job_t *job);
static lgs_rc_t find_issuer(job_t *job);
static lgs_rc_t check_algorithm(job_t *job);
static lgs_rc_t find_key(job_t *job);
static lgs_rc_t check_signature(job_t *job);
static lgs_rc_t check_claims(job_t *job);

static lgs_rc_t (*const steps[])(job_t *) = {
    split,           decode,   read_header,     read_claims,  find_issuer,
    check_algorithm, find_key, check_signature, check_claims,
};

lgs_rc_t lgs_jwt_verify(lgs_str_t token, int64_t now_s, lgs_issuer_find_t find, void *data,
                        lgs_arena_t *arena, lgs_token_t *out, lgs_errs_t *errs)
{
    lgs_token_t result = {0};
    job_t job = {.token = token,
                 .now_s = now_s,
                 .find = find,
                 .find_data = data,
                 .arena = arena,
                 .errs = errs,
                 .out = &result};
    lgs_rc_t rc = LGS_OK;

    for (size_t i = 0; i < LGS_N(steps) && rc == LGS_OK; i++) {
        rc = steps[i](&job);
    }
    json_decref(job.header);
    json_decref(job.claims);
    *out = rc == LGS_OK ? result : (lgs_token_t){0};
    return rc;
}

static lgs_rc_t split(job_t *job)
{
    lgs_str_t token = job->token;
    size_t start = 0, end, n = 0;

    if (token.len > LGS_MAX_TOKEN) {
        return LGS_REFUSE(job->errs, "token-too-long", "the token has %zu bytes; %u are allowed",
                          token.len, LGS_MAX_TOKEN);
    }
    for (; token.len && start <= token.len; start = end + 1, n++) {
        const char *dot = memchr(token.data + start, '.', token.len - start);

        end = dot ? (size_t)(dot - token.data) : token.len;
        if (n < LGS_N(job->segments)) {
            job->segments[n] = lgs_str(token.data + start, end - start);
        }
        if (n < SIGNATURE) {
            job->input = lgs_str(token.data, end);
        }
    }
    if (n == LGS_N(job->segments)) {
        return LGS_OK;
    }
    return LGS_REFUSE(job->errs, "token-malformed", "the token has %zu segments and not 3%s", n,
                      n == 5 ? ": encrypted tokens (JWE) are not read here" : "");
}

static lgs_rc_t decode(job_t *job)
{
    static const char *const names[] = {"header", "payload", "signature"};

    for (unsigned i = HEADER; i <= SIGNATURE; i++) {
        lgs_str_t text = job->segments[i];
        uint8_t *out;
        size_t len;

        if (text.len == 0) {
            return LGS_REFUSE(job->errs, i == SIGNATURE ? "token-signature" : "token-malformed",
                              "the token's %s is empty", names[i]);
        }
        out = lgs_arena_alloc(job->arena, text.len / 4 * 3 + 6);
        if (out == NULL) {
            return lgs_errs_nomem(job->errs);
        }
        if (!lgs_base64url_decode(text, out, &len)) {
            return LGS_REFUSE(job->errs, "token-malformed",
                              "the token's %s is not base64url without padding, or not in its only "
                              "spelling",
                              names[i]);
        }
        job->segments[i] = lgs_str((const char *)out, len);
    }
    return LGS_OK;
}

static lgs_rc_t read_header(job_t *job)
{
    lgs_rc_t rc = lgs_token_json(job->segments[HEADER], "header", &job->header, job->errs);

    return rc == LGS_OK ? lgs_jose_read(job->header, job->arena, &job->jose, job->errs) : rc;
}

static lgs_rc_t read_claims(job_t *job)
{
    return lgs_token_json(job->segments[CLAIMS], "payload", &job->claims, job->errs);
}

static lgs_rc_t find_issuer(job_t *job)
{
    lgs_str_t iss = lgs_json_text(json_object_get(job->claims, "iss"));

    if (iss.len == 0) {
        return LGS_REFUSE(job->errs, "token-issuer", "the token has no string claim \"iss\"");
    }
    job->issuer = job->find(job->find_data, iss);
    if (job->issuer == NULL || !lgs_str_eq(job->issuer->issuer, iss)) {
        return LGS_REFUSE(job->errs, "token-issuer", "issuer %.*s is not one of ours",
                          LGS_FMT(lgs_shown(job->arena, iss)));
    }
    return LGS_OK;
}

static lgs_rc_t check_algorithm(job_t *job)
{
    if (job->issuer->algorithms & 1u << job->jose.alg) {
        return LGS_OK;
    }
    return LGS_REFUSE(job->errs, "token-alg", "issuer %.*s signs with %.*s, and the token says %s",
                      LGS_FMT(lgs_shown(job->arena, job->issuer->name)),
                      LGS_FMT(lgs_algs_text(job->arena, job->issuer->algorithms)),
                      lgs_alg_name(job->jose.alg));
}

static lgs_rc_t find_key(job_t *job)
{
    return lgs_key_find(job->issuer, &job->jose, job->arena, &job->key, job->errs);
}

static lgs_rc_t check_signature(job_t *job)
{
    lgs_str_t signature = job->segments[SIGNATURE];

    if (lgs_signature_is_good(job->issuer->keys, job->key, job->jose.alg, job->input, signature)) {
        job->out->alg = job->jose.alg;
        return LGS_OK;
    }
    return LGS_REFUSE(job->errs, "token-signature",
                      "the signature (%s, %zu bytes) does not fit header, payload and key %.*s of "
                      "issuer %.*s",
                      lgs_alg_name(job->jose.alg), signature.len,
                      LGS_FMT(lgs_shown(job->arena, job->key->kid)),
                      LGS_FMT(lgs_shown(job->arena, job->issuer->name)));
}

static lgs_rc_t check_claims(job_t *job)
{
    return lgs_claims_check(job->claims, job->issuer, job->now_s, job->arena, job->out, job->errs);
}
