/*
 * logisticsctl token verify --issuer FILE [--at TIME] TOKEN|-: says what the gateway says to a
 * token and why, with its own code: policy loader, key set, lgs_jwt_verify, partner look-up.
 */
#include "token.h"

#include "../base/datetime.h"
#include "../policy/policy.h"
#include "../policy/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_WORD                                                                                   \
    65536u /* above LGS_MAX_TOKEN, so that "too long" is said as the gateway says it               \
            */

typedef struct {
    const char *file; /* dir/issuers/name */
    lgs_str_t dir, name;
    lgs_arena_t *arena;
    lgs_policy_t *policy;
    bool is_whole; /* the policy is a whole directory, with partners */
    const lgs_issuer_t *issuer;
} verify_t;

static int verify_with(verify_t *verify, const char *token, const char *at);
static bool read_token(lgs_arena_t *arena, const char *word, lgs_str_t *token);
static bool load(verify_t *verify);
static bool split_path(verify_t *verify);
static int verdict(const verify_t *verify, lgs_str_t token, int64_t now_s);
static int refuse_without_partner(const verify_t *verify, const lgs_token_t *token);
static void print_accepted(const verify_t *verify, const lgs_token_t *token,
                           const lgs_partner_t *partner);

int token_verify(int argc, char **argv)
{
    const char *at = NULL, *token = NULL;
    verify_t verify = {0};
    const token_option_t options[] = {{"--issuer", &verify.file}, {"--at", &at}};
    int exit_code;

    if (!token_options(argc, argv, options, LGS_N(options), &token) || token == NULL ||
        verify.file == NULL) {
        return ctl_usage("token");
    }
    verify.arena = lgs_arena_create(0, 0);
    if (verify.arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = verify_with(&verify, token, at);
    lgs_policy_free(verify.policy);
    lgs_arena_destroy(verify.arena);
    return exit_code;
}

static int verify_with(verify_t *verify, const char *word, const char *at)
{
    lgs_str_t token;
    int64_t now_s;

    if (!token_time(verify->arena, at, &now_s) || !read_token(verify->arena, word, &token) ||
        !load(verify)) {
        return CTL_USAGE;
    }
    return verdict(verify, token, now_s);
}

static bool read_token(lgs_arena_t *arena, const char *word, lgs_str_t *token)
{
    if (strcmp(word, "-") != 0) {
        *token = lgs_cstr(word);
        return true;
    }
    if (!ctl_read(arena, word, MAX_WORD, token)) {
        return false;
    }
    while (token->len &&
           (token->data[token->len - 1] == '\n' || token->data[token->len - 1] == '\r')) {
        token->len--;
    }
    return true;
}

/* The whole policy directory around the file, or the file alone where there is none. */
static bool load(verify_t *verify)
{
    static const lgs_policy_options_t options = {.read_secrets = false, .read_keys = true};
    lgs_arena_t *arena = verify->arena;
    lgs_str_t gateway, text;
    lgs_errs_t errs;
    lgs_doc_t doc;

    if (!split_path(verify) || !ctl_read(arena, verify->file, LGS_MAX_POLICY_FILE, &text)) {
        return false;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    gateway = lgs_arena_printf(arena, "%s/gateway.yaml", verify->dir.data);
    verify->is_whole = gateway.data && access(gateway.data, F_OK) == 0;
    verify->policy = verify->is_whole
                         ? lgs_policy_load(verify->dir.data, &options, &errs)
                         : lgs_policy_load_issuer(verify->dir.data, verify->name, &options, &errs);
    if (verify->policy && lgs_yaml_read(arena, text, verify->name, &doc, &errs) == LGS_OK) {
        verify->issuer = lgs_policy_find_issuer(verify->policy,
                                                lgs_node_text(lgs_node_at(&doc.root, "issuer")));
    }
    if (verify->issuer == NULL) {
        ctl_print_errors(&errs, verify->file);
    }
    return verify->issuer != NULL;
}

static bool split_path(verify_t *verify)
{
    char *path = realpath(verify->file, NULL);
    lgs_str_t whole = path ? lgs_arena_str(verify->arena, lgs_cstr(path)) : (lgs_str_t){NULL, 0};
    const char *slash = whole.data ? strrchr(whole.data, '/') : NULL;
    static const lgs_str_t folder = LGS_STR_INIT("/issuers");
    size_t n = slash ? (size_t)(slash - whole.data) : 0;

    free(path);
    if (whole.data == NULL) {
        perror(verify->file);
        return false;
    }
    if (n <= folder.len || !lgs_str_eq(lgs_str(slash - folder.len, folder.len), folder) ||
        !lgs_str_is(lgs_str(whole.data + whole.len - 5, 5), ".yaml")) {
        fprintf(stderr,
                "logisticsctl token verify: %s is no issuers/NAME.yaml; paths of keys start at the "
                "folder above issuers/\n",
                verify->file);
        return false;
    }
    verify->dir = lgs_arena_str(verify->arena, lgs_str(whole.data, n - folder.len));
    verify->name = lgs_cstr(slash + 1);
    return verify->dir.data != NULL;
}

/* Only the issuer that was asked about. */
static const lgs_issuer_t *find(void *data, lgs_str_t iss)
{
    const lgs_issuer_t *issuer = data;

    return lgs_str_eq(issuer->issuer, iss) ? issuer : NULL;
}

static int verdict(const verify_t *verify, lgs_str_t token, int64_t now_s)
{
    const lgs_partner_t *partner = NULL;
    lgs_token_t accepted;
    lgs_errs_t errs;

    lgs_errs_init(&errs, verify->arena, 1);
    if (lgs_jwt_verify(token, now_s, find, (void *)verify->issuer, verify->arena, &accepted,
                       &errs) != LGS_OK) {
        printf("refused: %s: %.*s\n", errs.first->code, LGS_FMT(errs.first->text));
        return CTL_FINDINGS;
    }
    if (verify->is_whole) {
        partner = lgs_policy_partner(verify->policy, verify->issuer->issuer, accepted.client_id);
        if (partner == NULL) {
            return refuse_without_partner(verify, &accepted);
        }
    }
    print_accepted(verify, &accepted, partner);
    return CTL_OK;
}

static int refuse_without_partner(const verify_t *verify, const lgs_token_t *token)
{
    printf("refused: token-partner: the token is good, but no file in %s/partners has the identity "
           "{issuer: %.*s, client_id: %.*s}\n",
           verify->dir.data, LGS_FMT(verify->issuer->issuer), LGS_FMT(token->client_id));
    return CTL_FINDINGS;
}

/* The token's scopes that the partner has (`granted`) or has not. */
static void print_scopes(const char *title, const lgs_token_t *token, const lgs_partner_t *partner,
                         bool granted)
{
    const char *p = token->scopes.data, *end = p ? p + token->scopes.len : NULL;
    size_t n = 0;

    for (const char *blank; p && p < end; p = blank + 1) {
        lgs_str_t scope;

        blank = memchr(p, ' ', (size_t)(end - p));
        blank = blank ? blank : end;
        scope = lgs_str(p, (size_t)(blank - p));
        if (scope.len &&
            (partner == NULL || lgs_partner_may(partner, token->scopes, scope)) == granted) {
            printf("%s%.*s", n++ ? " " : title, LGS_FMT(scope));
        }
    }
    if (n || granted) {
        printf("%s\n", n ? "" : "scopes:  none");
    }
}

static void print_accepted(const verify_t *verify, const lgs_token_t *token,
                           const lgs_partner_t *partner)
{
    lgs_datetime_t time;

    if (partner) {
        printf("accepted: partner %.*s\n", LGS_FMT(partner->name));
    } else {
        printf("accepted: no gateway.yaml in %s, so no partner was looked up\n", verify->dir.data);
    }
    print_scopes("scopes:  ", token, partner, true);
    print_scopes("not granted to the partner: ", token, partner, false);
    printf("client:  %.*s of %.*s\nsigned:  %s\n", LGS_FMT(token->client_id),
           LGS_FMT(verify->issuer->issuer), lgs_alg_name(token->alg));
    if (token->expires != INT64_MAX) {
        lgs_datetime_from_epoch(token->expires, 0, &time);
        printf("expires: %.*s\n", LGS_FMT(lgs_datetime_text(verify->arena, &time)));
    }
}
