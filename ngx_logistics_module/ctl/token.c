/*
 * logisticsctl token: mints a token of the demo issuer for a partner, as the partner's policy file
 * says it, with libjwt: an implementation that is not the gateway's. Also the dispatch to `token
 * verify` and `token keys`, and what all three read.
 */
#include "token.h"

#include "../base/datetime.h"
#include "../base/digest.h"
#include "../policy/yaml.h"

#include <jwt.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_OPTIONS 16u
#define JTI_LEN     16u

/* The command line of a mint, and what the policies say about it. */
typedef struct {
    const char *partner, *scope, *ttl, *issuer, *policies, *keys, *alg, *at;
    lgs_arena_t *arena;
    int64_t now_s, ttl_s;
    lgs_alg_t algorithm;
    lgs_str_t iss, audience, client_id, scopes;
} mint_t;

static const struct {
    lgs_alg_t alg;
    jwt_alg_t jwt;
} mintable[] = {
    {LGS_ALG_RS256, JWT_ALG_RS256}, {LGS_ALG_RS384, JWT_ALG_RS384}, {LGS_ALG_RS512, JWT_ALG_RS512},
    {LGS_ALG_ES256, JWT_ALG_ES256}, {LGS_ALG_ES384, JWT_ALG_ES384}, {LGS_ALG_ES512, JWT_ALG_ES512},
    {LGS_ALG_HS256, JWT_ALG_HS256}, {LGS_ALG_HS384, JWT_ALG_HS384}, {LGS_ALG_HS512, JWT_ALG_HS512},
};

static int mint(int argc, char **argv);
static int mint_with(mint_t *mint);
static bool read_arguments(mint_t *mint);
static bool read_policies(mint_t *mint);
static bool read_identity(mint_t *mint, const lgs_doc_t *partner);
static bool read_scopes(mint_t *mint, const lgs_doc_t *partner);
static bool print_token(mint_t *mint, const token_key_t *key);

int ctl_token(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } parts[] = {{"verify", token_verify}, {"keys", token_keys}};

    for (size_t i = 0; argc > 1 && i < LGS_N(parts); i++) {
        if (strcmp(argv[1], parts[i].name) == 0) {
            return parts[i].run(argc - 1, argv + 1);
        }
    }
    return mint(argc, argv);
}

bool token_options(int argc, char **argv, const token_option_t *options, size_t n,
                   const char **word)
{
    bool is_seen[MAX_OPTIONS] = {false};

    for (int i = 1; i < argc; i++) {
        size_t k = 0;

        while (k < n && strcmp(argv[i], options[k].name) != 0) {
            k++;
        }
        if (k < n && !is_seen[k] && i + 1 < argc) {
            is_seen[k] = true;
            *options[k].value = argv[++i];
        } else if (k == n && word && *word == NULL && strncmp(argv[i], "--", 2) != 0) {
            *word = argv[i];
        } else {
            fprintf(stderr, "logisticsctl token: \"%.40s\" is unknown, twice or without a value\n",
                    argv[i]);
            return false;
        }
    }
    return true;
}

bool token_time(lgs_arena_t *arena, const char *text, int64_t *time_s)
{
    static const lgs_str_t pictures[] = {LGS_STR_INIT("iso"), LGS_STR_INIT("epoch")};
    lgs_datetime_t time_read;
    lgs_errs_t errs;

    if (text == NULL) {
        *time_s = (int64_t)time(NULL);
        return true;
    }
    lgs_errs_init(&errs, arena, 1);
    for (size_t i = 0; i < LGS_N(pictures); i++) {
        lgs_dateformat_t *format = lgs_dateformat_compile(arena, pictures[i], &errs);

        if (format && lgs_datetime_read(format, lgs_cstr(text), &time_read) && time_read.has_time &&
            time_read.has_offset) {
            *time_s = lgs_datetime_to_epoch(&time_read);
            return true;
        }
    }
    fprintf(stderr,
            "logisticsctl token: --at \"%.40s\": write 2026-11-21T10:00:00Z, another offset for Z, "
            "or seconds since 1970\n",
            text);
    return false;
}

static int mint(int argc, char **argv)
{
    mint_t mint = {
        .ttl = "1h",
        .issuer = "demo",
        .policies = "lua-free-policies",
        .keys = "run/keys",
        .alg = "RS256",
    };
    const token_option_t options[] = {
        {"--partner", &mint.partner},   {"--scope", &mint.scope}, {"--ttl", &mint.ttl},
        {"--issuer", &mint.issuer},     {"--keys", &mint.keys},   {"--alg", &mint.alg},
        {"--policies", &mint.policies}, {"--at", &mint.at},
    };
    int exit_code;

    if (!token_options(argc, argv, options, LGS_N(options), NULL) || mint.partner == NULL) {
        return ctl_usage("token");
    }
    mint.arena = lgs_arena_create(0, 0);
    if (mint.arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = mint_with(&mint);
    lgs_arena_destroy(mint.arena);
    return exit_code;
}

static int mint_with(mint_t *mint)
{
    token_key_t key;

    if (!read_arguments(mint) || !read_policies(mint) ||
        !token_key(mint->arena, mint->keys, mint->algorithm, &key) || !print_token(mint, &key)) {
        return CTL_USAGE;
    }
    return CTL_OK;
}

static bool read_arguments(mint_t *mint)
{
    uint64_t ttl_ms;

    if (strchr(mint->partner, '/') || strchr(mint->issuer, '/')) {
        fprintf(stderr, "logisticsctl token: --partner and --issuer are names, not paths\n");
        return false;
    }
    if (!lgs_duration_read(lgs_cstr(mint->ttl), &ttl_ms) || ttl_ms < 1000) {
        fprintf(stderr, "logisticsctl token: --ttl \"%.40s\": write 90s, 10m, 8h or 7d\n",
                mint->ttl);
        return false;
    }
    mint->ttl_s = (int64_t)(ttl_ms / 1000);
    mint->algorithm = lgs_alg_by_name(lgs_cstr(mint->alg));
    for (size_t i = 0; i < LGS_N(mintable); i++) {
        if (mintable[i].alg == mint->algorithm) {
            return token_time(mint->arena, mint->at, &mint->now_s);
        }
    }
    fprintf(
        stderr,
        "logisticsctl token: --alg \"%.40s\": libjwt signs with RS, ES and HS 256, 384 and 512\n",
        mint->alg);
    return false;
}

/* Reads <policies>/<kind>/<name>.yaml. */
static bool read_file(mint_t *mint, const char *kind, const char *name, lgs_doc_t *doc)
{
    lgs_str_t path = lgs_arena_printf(mint->arena, "%s/%s/%s.yaml", mint->policies, kind, name);
    lgs_errs_t errs;
    lgs_str_t text;

    if (path.data == NULL || !ctl_read(mint->arena, path.data, LGS_MAX_POLICY_FILE, &text)) {
        return false;
    }
    lgs_errs_init(&errs, mint->arena, LGS_MAX_ERRORS);
    if (lgs_yaml_read(mint->arena, text, path, doc, &errs) != LGS_OK) {
        ctl_print_errors(&errs, path.data);
        return false;
    }
    return true;
}

static bool read_policies(mint_t *mint)
{
    lgs_doc_t issuer, partner;
    const lgs_node_t *audience;

    if (!read_file(mint, "issuers", mint->issuer, &issuer) ||
        !read_file(mint, "partners", mint->partner, &partner)) {
        return false;
    }
    audience = lgs_node_at(&issuer.root, "audience");
    mint->iss = lgs_node_text(lgs_node_at(&issuer.root, "issuer"));
    mint->audience = audience && audience->type == LGS_ARRAY && audience->n
                         ? lgs_node_text(&audience->u.items[0])
                         : lgs_node_text(audience);
    if (mint->iss.len == 0 || mint->audience.len == 0) {
        fprintf(stderr, "logisticsctl token: issuers/%s.yaml names no issuer or no audience\n",
                mint->issuer);
        return false;
    }
    return read_identity(mint, &partner) && read_scopes(mint, &partner);
}

static bool read_identity(mint_t *mint, const lgs_doc_t *partner)
{
    const lgs_node_t *list = lgs_node_at(&partner->root, "identities");

    for (uint32_t i = 0; list && list->type == LGS_ARRAY && i < list->n; i++) {
        const lgs_node_t *identity = &list->u.items[i];

        if (lgs_str_eq(lgs_node_text(lgs_node_at(identity, "issuer")), mint->iss)) {
            mint->client_id = lgs_node_text(lgs_node_at(identity, "client_id"));
        }
    }
    if (mint->client_id.len) {
        return true;
    }
    fprintf(stderr,
            "logisticsctl token: partners/%s.yaml has no identity of issuer \"%.*s\" "
            "(issuers/%s.yaml); add one, or name another issuer by --issuer\n",
            mint->partner, LGS_FMT(mint->iss), mint->issuer);
    return false;
}

/* Without --scope all that the partner was granted. More than that is minted too, for tests of 403.
 */
static bool read_scopes(mint_t *mint, const lgs_doc_t *partner)
{
    const lgs_node_t *list = lgs_node_at(&partner->root, "scopes");
    lgs_buf_t buf;

    lgs_buf_init(&buf, mint->arena, 256, LGS_MAX_TOKEN);
    for (uint32_t i = 0; !mint->scope && list && list->type == LGS_ARRAY && i < list->n; i++) {
        lgs_buf_cstr(&buf, i ? " " : "");
        lgs_buf_str(&buf, lgs_node_text(&list->u.items[i]));
    }
    lgs_buf_cstr(&buf, mint->scope ? mint->scope : "");
    mint->scopes = lgs_buf_text(&buf);
    if (buf.failed) {
        fprintf(stderr, "logisticsctl token: the scopes are longer than a token may be\n");
    }
    return !buf.failed;
}

static bool add_claims(const mint_t *mint, jwt_t *jwt)
{
    const struct {
        const char *name;
        lgs_str_t value;
    } claims[] = {{"iss", mint->iss},
                  {"aud", mint->audience},
                  {"client_id", mint->client_id},
                  {"sub", mint->client_id},
                  {"scope", mint->scopes}};
    char jti[2 * JTI_LEN + 1] = {0};
    uint8_t random[JTI_LEN];
    int failed = RAND_bytes(random, sizeof(random)) != 1;

    lgs_hex(random, sizeof(random), jti);
    failed |= jwt_add_grant(jwt, "jti", jti);
    failed |= jwt_add_grant_int(jwt, "iat", (long)mint->now_s);
    failed |= jwt_add_grant_int(jwt, "exp", (long)(mint->now_s + mint->ttl_s));
    for (size_t i = 0; i < LGS_N(claims); i++) {
        lgs_str_t value = lgs_arena_str(mint->arena, claims[i].value); /* for the NUL */

        failed |= value.data == NULL || jwt_add_grant(jwt, claims[i].name, value.data);
    }
    return !failed;
}

static bool print_token(mint_t *mint, const token_key_t *key)
{
    jwt_alg_t alg = JWT_ALG_NONE;
    char *text = NULL;
    jwt_t *jwt;
    bool ok;

    for (size_t i = 0; i < LGS_N(mintable); i++) {
        alg = mintable[i].alg == mint->algorithm ? mintable[i].jwt : alg;
    }
    if (jwt_new(&jwt) != 0) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return false;
    }
    ok = add_claims(mint, jwt) && jwt_add_header(jwt, "kid", key->kid.data) == 0 &&
         jwt_set_alg(jwt, alg, (const unsigned char *)key->text.data, (int)key->text.len) == 0;
    text = ok ? jwt_encode_str(jwt) : NULL;
    if (text == NULL) {
        fprintf(stderr, "logisticsctl token: libjwt could not sign with %s and the key in %s\n",
                mint->alg, mint->keys);
    }
    ok = text && printf("%s\n", text) > 0 && fflush(stdout) == 0;
    free(text);
    jwt_free(jwt);
    return ok;
}
