/*
 * The claims of a token (RFC 7519 section 4, RFC 9068, RFC 8693 section 4.2 for scope) against what
 * its issuer's policy asks for. Runs behind the signature: texts may show what the claims say.
 */
#include "token.h"

#include "../base/buf.h"

#include <math.h>

#define LAST_SECOND 253402300799 /* 9999-12-31T23:59:59Z: what a time of RFC 3339 can say */

typedef struct {
    const json_t *claims;
    const lgs_issuer_t *issuer;
    int64_t now_s;
    lgs_arena_t *arena;
    lgs_token_t *out;
    lgs_errs_t *errs;
} job_t;

static lgs_rc_t check_required(job_t *job);
static lgs_rc_t check_expiry(job_t *job);
static lgs_rc_t check_begin(job_t *job);
static lgs_rc_t check_issued(job_t *job);
static lgs_rc_t check_lifetime(job_t *job);
static lgs_rc_t check_audience(job_t *job);
static lgs_rc_t check_environment(job_t *job);
static lgs_rc_t read_client(job_t *job);
static lgs_rc_t read_scopes(job_t *job);

static lgs_rc_t (*const steps[])(job_t *) = {
    check_required, check_expiry,      check_begin, check_issued, check_lifetime,
    check_audience, check_environment, read_client, read_scopes,
};

lgs_rc_t lgs_claims_check(const json_t *claims, const lgs_issuer_t *issuer, int64_t now_s,
                          lgs_arena_t *arena, lgs_token_t *out, lgs_errs_t *errs)
{
    job_t job = {claims, issuer, now_s, arena, out, errs};
    lgs_rc_t rc = LGS_OK;

    out->issuer = issuer;
    for (size_t i = 0; i < LGS_N(steps) && rc == LGS_OK; i++) {
        rc = steps[i](&job);
    }
    return rc;
}

bool lgs_has_scope(lgs_str_t scopes, lgs_str_t scope)
{
    const char *p, *end, *blank;

    if (scopes.len == 0 || scope.len == 0 || memchr(scope.data, ' ', scope.len)) {
        return false;
    }
    end = scopes.data + scopes.len;
    for (p = scopes.data; p < end; p = blank + 1) {
        blank = memchr(p, ' ', (size_t)(end - p));
        blank = blank ? blank : end;
        if (lgs_str_eq(lgs_str(p, (size_t)(blank - p)), scope)) {
            return true;
        }
    }
    return false;
}

static lgs_rc_t check_required(job_t *job)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } claims[] = {
        {LGS_REQUIRE_EXP, "exp"}, {LGS_REQUIRE_IAT, "iat"}, {LGS_REQUIRE_SUB, "sub"},
        {LGS_REQUIRE_JTI, "jti"}, {LGS_REQUIRE_NBF, "nbf"},
    };

    for (size_t i = 0; i < LGS_N(claims); i++) {
        if ((job->issuer->require & claims[i].bit) &&
            json_object_get(job->claims, claims[i].name) == NULL) {
            return LGS_REFUSE(job->errs, "token-claims", "issuer %.*s requires claim \"%s\"",
                              LGS_FMT(lgs_shown(job->arena, job->issuer->name)), claims[i].name);
        }
    }
    return LGS_OK;
}

/* A NumericDate, its fraction dropped. LGS_NOT_FOUND without one. */
static lgs_rc_t read_time(const job_t *job, const char *name, int64_t *time_s)
{
    const json_t *json = json_object_get(job->claims, name);

    if (json == NULL) {
        return LGS_NOT_FOUND;
    }
    if (json_is_integer(json) && json_integer_value(json) >= 0 &&
        json_integer_value(json) <= LAST_SECOND) {
        *time_s = json_integer_value(json);
        return LGS_OK;
    }
    if (json_is_real(json) && json_real_value(json) >= 0 &&
        json_real_value(json) < (double)LAST_SECOND + 1) {
        *time_s = (int64_t)floor(json_real_value(json));
        return LGS_OK;
    }
    return LGS_REFUSE(job->errs, "token-claims",
                      "claim \"%s\" is not a number of seconds from 1970 to 9999", name);
}

static lgs_rc_t check_expiry(job_t *job)
{
    lgs_rc_t rc = read_time(job, "exp", &job->out->expires);

    if (rc == LGS_NOT_FOUND) {
        job->out->expires = INT64_MAX;
        return LGS_OK;
    }
    if (rc != LGS_OK || job->now_s - job->issuer->leeway_s < job->out->expires) {
        return rc;
    }
    return LGS_REFUSE(job->errs, "token-expired",
                      "expired at %.*s, %.*s before now; leeway is %lld s",
                      LGS_FMT(lgs_time_shown(job->arena, job->out->expires)),
                      LGS_FMT(lgs_span_shown(job->arena, job->now_s - job->out->expires)),
                      (long long)job->issuer->leeway_s);
}

/* Refuses a time that is still to come; `what` ("valid from") names it. */
static lgs_rc_t refuse_future(const job_t *job, const char *what, int64_t time_s)
{
    if (time_s <= job->now_s + job->issuer->leeway_s) {
        return LGS_OK;
    }
    return LGS_REFUSE(job->errs, "token-not-yet", "%s %.*s, %.*s after now; leeway is %lld s", what,
                      LGS_FMT(lgs_time_shown(job->arena, time_s)),
                      LGS_FMT(lgs_span_shown(job->arena, time_s - job->now_s)),
                      (long long)job->issuer->leeway_s);
}

static lgs_rc_t check_begin(job_t *job)
{
    int64_t begin;
    lgs_rc_t rc = read_time(job, "nbf", &begin);

    return rc == LGS_OK ? refuse_future(job, "valid from", begin)
                        : (rc == LGS_NOT_FOUND ? LGS_OK : rc);
}

static lgs_rc_t check_issued(job_t *job)
{
    lgs_rc_t rc = read_time(job, "iat", &job->out->issued);

    return rc == LGS_OK ? refuse_future(job, "issued at", job->out->issued)
                        : (rc == LGS_NOT_FOUND ? LGS_OK : rc);
}

static lgs_rc_t check_lifetime(job_t *job)
{
    int64_t lifetime, most = job->issuer->max_lifetime_s;

    if (most == 0) {
        return LGS_OK;
    }
    if (job->out->expires == INT64_MAX || json_object_get(job->claims, "iat") == NULL) {
        return LGS_REFUSE(job->errs, "token-claims",
                          "issuer %.*s limits the lifetime of tokens, so they need exp and iat",
                          LGS_FMT(lgs_shown(job->arena, job->issuer->name)));
    }
    lifetime = job->out->expires - job->out->issued;
    if (lifetime <= most) {
        return LGS_OK;
    }
    return LGS_REFUSE(job->errs, "token-claims",
                      "the token is made for %.*s (exp - iat); issuer %.*s may give %.*s",
                      LGS_FMT(lgs_span_shown(job->arena, lifetime)),
                      LGS_FMT(lgs_shown(job->arena, job->issuer->name)),
                      LGS_FMT(lgs_span_shown(job->arena, most)));
}

static bool is_for_us(const lgs_issuer_t *issuer, lgs_str_t audience)
{
    for (size_t i = 0; i < issuer->n_audience; i++) {
        if (lgs_str_eq(issuer->audience[i], audience)) {
            return true;
        }
    }
    return false;
}

static lgs_rc_t refuse_audience(const job_t *job, const json_t *first)
{
    lgs_str_t expected = job->issuer->n_audience ? job->issuer->audience[0] : LGS_STR("");

    return LGS_REFUSE(job->errs, "token-audience", "the token is for %.*s, and not for %.*s%s",
                      LGS_FMT(first ? lgs_shown(job->arena, lgs_json_text(first))
                                    : LGS_STR("nobody (no \"aud\")")),
                      LGS_FMT(lgs_shown(job->arena, expected)),
                      job->issuer->n_audience > 1 ? " or another of the issuer's audiences" : "");
}

/* RFC 7519 section 4.1.3: a string, or an array of strings of which one must be ours. */
static lgs_rc_t check_audience(job_t *job)
{
    const json_t *aud = json_object_get(job->claims, "aud"), *item;
    bool is_found = json_is_string(aud) && is_for_us(job->issuer, lgs_json_text(aud));
    size_t i;

    if (aud && !json_is_string(aud) && !json_is_array(aud)) {
        return LGS_REFUSE(job->errs, "token-claims", "claim \"aud\" is no string and no array");
    }
    json_array_foreach(aud, i, item)
    {
        if (!json_is_string(item)) {
            return LGS_REFUSE(job->errs, "token-claims", "claim \"aud\" is no array of strings");
        }
        is_found = is_found || is_for_us(job->issuer, lgs_json_text(item));
    }
    return is_found ? LGS_OK
                    : refuse_audience(job, json_is_array(aud) ? json_array_get(aud, 0) : aud);
}

/* A sandbox's token must not move goods. */
static lgs_rc_t check_environment(job_t *job)
{
    const json_t *env = json_object_get(job->claims, "env");

    if (env == NULL || job->issuer->environment.len == 0 ||
        (json_is_string(env) && lgs_str_eq(lgs_json_text(env), job->issuer->environment))) {
        return LGS_OK;
    }
    return LGS_REFUSE(job->errs, "token-environment",
                      "the token is for environment %.*s, and this gateway is %.*s",
                      LGS_FMT(lgs_shown(job->arena, lgs_json_text(env))),
                      LGS_FMT(lgs_shown(job->arena, job->issuer->environment)));
}

/* Copies a string claim. LGS_NOT_FOUND without one. */
static lgs_rc_t copy_text(const job_t *job, const char *name, lgs_str_t *text)
{
    const json_t *json = json_object_get(job->claims, name);

    if (json == NULL) {
        return LGS_NOT_FOUND;
    }
    if (json_string_length(json) == 0) {
        return LGS_REFUSE(job->errs, "token-claims",
                          "claim \"%s\" is not a string of at least one character", name);
    }
    *text = lgs_arena_str(job->arena, lgs_json_text(json));
    return text->data ? LGS_OK : lgs_errs_nomem(job->errs);
}

static lgs_rc_t read_client(job_t *job)
{
    static const char *const names[] = {"client_id", "azp", "sub"};
    lgs_rc_t rc = copy_text(job, "sub", &job->out->subject);

    if (rc == LGS_OK || rc == LGS_NOT_FOUND) {
        rc = copy_text(job, "jti", &job->out->id);
    }
    for (size_t i = 0; i < LGS_N(names) && (rc == LGS_OK || rc == LGS_NOT_FOUND); i++) {
        rc = copy_text(job, names[i], &job->out->client_id);
        if (rc != LGS_NOT_FOUND) {
            return rc;
        }
    }
    return rc != LGS_NOT_FOUND ? rc
                               : LGS_REFUSE(job->errs, "token-claims",
                                            "the token names no client: it has none of client_id, "
                                            "azp and sub");
}

/* A scope of an array is one scope: a blank in it would make two of it. */
static bool is_one_scope(const json_t *json)
{
    lgs_str_t text = lgs_json_text(json);

    return text.len && memchr(text.data, ' ', text.len) == NULL;
}

static lgs_rc_t join_scopes(job_t *job, const json_t *list, const char *name)
{
    const json_t *item;
    lgs_buf_t buf;
    size_t i;

    lgs_buf_init(&buf, job->arena, 128, LGS_MAX_TOKEN);
    json_array_foreach(list, i, item)
    {
        if (!is_one_scope(item)) {
            return LGS_REFUSE(job->errs, "token-claims",
                              "claim \"%s\" has an entry that is not one scope", name);
        }
        lgs_buf_cstr(&buf, i ? " " : "");
        lgs_buf_str(&buf, lgs_json_text(item));
    }
    job->out->scopes = lgs_buf_text(&buf);
    return buf.failed ? lgs_errs_nomem(job->errs) : LGS_OK;
}

/* "scope" (RFC 8693) counts; "scp" (Azure, Okta) where there is no "scope". Either may be a list.
 */
static lgs_rc_t read_scopes(job_t *job)
{
    const char *name = json_object_get(job->claims, "scope") ? "scope" : "scp";
    const json_t *json = json_object_get(job->claims, name);

    if (json == NULL) {
        return LGS_OK;
    }
    if (json_is_array(json)) {
        return join_scopes(job, json, name);
    }
    if (!json_is_string(json)) {
        return LGS_REFUSE(job->errs, "token-claims", "claim \"%s\" is no string and no array",
                          name);
    }
    job->out->scopes = lgs_arena_str(job->arena, lgs_json_text(json));
    return job->out->scopes.data ? LGS_OK : lgs_errs_nomem(job->errs);
}
