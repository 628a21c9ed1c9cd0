/* issuers/<name>.yaml (docs/schema/issuer.json) → lgs_issuer_t with its keys. */
#include "../base/file.h"
#include "../formats/json.h"
#include "load.h"

#define DEFAULT_LEEWAY_MS 30000u
#define LONGEST_LEEWAY_MS (10u * 60 * 1000)
#define MAX_JWKS          (1u << 20)

static const struct {
    const char *name;
    uint32_t bit;
} claims[] = {
    {"exp", LGS_REQUIRE_EXP}, {"iat", LGS_REQUIRE_IAT}, {"sub", LGS_REQUIRE_SUB},
    {"jti", LGS_REQUIRE_JTI}, {"nbf", LGS_REQUIRE_NBF},
};

static lgs_rc_t take_audience(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                              lgs_issuer_t *issuer);
static void take_algorithms(const lgs_node_t *node, lgs_issuer_t *issuer);
static void take_claims(const lgs_node_t *node, lgs_issuer_t *issuer);
static void take_times(lgs_load_t *load, const lgs_doc_t *doc, lgs_issuer_t *issuer);
static lgs_rc_t take_keys(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                          lgs_issuer_t *issuer);
static void check_environment(lgs_load_t *load, const lgs_doc_t *doc);

lgs_rc_t lgs_take_issuer(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    const lgs_node_t *iss = lgs_node_at(&doc->root, "issuer");
    lgs_issuer_t *issuer = lgs_arena_zalloc(load->arena, sizeof(*issuer)), *other;
    lgs_rc_t rc;

    if (issuer == NULL || lgs_take_text(load, iss, &issuer->issuer) != LGS_OK) {
        return lgs_errs_nomem(load->errs);
    }
    issuer->name = name;
    issuer->environment = load->policy->environment;
    take_algorithms(lgs_node_at(&doc->root, "algorithms"), issuer);
    take_claims(lgs_node_at(&doc->root, "require"), issuer);
    take_times(load, doc, issuer);
    check_environment(load, doc);
    if (take_audience(load, doc, lgs_node_at(&doc->root, "audience"), issuer) != LGS_OK ||
        take_keys(load, doc, lgs_node_at(lgs_node_at(&doc->root, "keys"), "file"), issuer) !=
            LGS_OK) {
        return LGS_NOMEM;
    }
    if (issuer->issuer.len == 0) {
        return LGS_OK;
    }
    rc = lgs_map_add(load->policy->issuers, issuer->issuer, issuer);
    if (rc == LGS_INVALID) {
        other = lgs_map_get(load->policy->issuers, issuer->issuer);
        lgs_finding(load, doc, iss, "policy-duplicate",
                    "issuer \"%.*s\" stands in issuers/%.*s.yaml already", LGS_FMT(issuer->issuer),
                    LGS_FMT(other->name));
    }
    return rc == LGS_NOMEM ? lgs_errs_nomem(load->errs) : LGS_OK;
}

static lgs_rc_t take_audience(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                              lgs_issuer_t *issuer)
{
    if (node == NULL || node->type != LGS_ARRAY) {
        return LGS_OK;
    }
    if (node->n == 0) {
        lgs_finding(load, doc, node, "policy-value",
                    "audience is empty: no token would be for this gateway; name what the issuer "
                    "writes into aud");
    }
    issuer->audience = lgs_arena_array(load->arena, node->n, sizeof(*issuer->audience));
    if (issuer->audience == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (uint32_t i = 0; i < node->n; i++) {
        if (lgs_take_text(load, &node->u.items[i], &issuer->audience[i]) != LGS_OK) {
            return LGS_NOMEM;
        }
    }
    issuer->n_audience = node->n;
    return LGS_OK;
}

static void take_algorithms(const lgs_node_t *node, lgs_issuer_t *issuer)
{
    for (uint32_t i = 0; node && node->type == LGS_ARRAY && i < node->n; i++) {
        lgs_alg_t alg = lgs_alg_by_name(lgs_node_text(&node->u.items[i]));

        if (alg != LGS_ALG_NONE_KNOWN) {
            issuer->algorithms |= 1u << alg;
        }
    }
}

static void take_claims(const lgs_node_t *node, lgs_issuer_t *issuer)
{
    if (node == NULL) {
        issuer->require = LGS_REQUIRE_EXP;
        return;
    }
    for (uint32_t i = 0; node->type == LGS_ARRAY && i < node->n; i++) {
        for (size_t k = 0; k < LGS_N(claims); k++) {
            if (lgs_str_is(lgs_node_text(&node->u.items[i]), claims[k].name)) {
                issuer->require |= claims[k].bit;
            }
        }
    }
}

static void take_times(lgs_load_t *load, const lgs_doc_t *doc, lgs_issuer_t *issuer)
{
    const lgs_node_t *leeway = lgs_node_at(&doc->root, "leeway");
    uint64_t leeway_ms = DEFAULT_LEEWAY_MS, lifetime_ms = 0;

    lgs_take_duration(load, doc, leeway, &leeway_ms);
    lgs_take_duration(load, doc, lgs_node_at(&doc->root, "max_lifetime"), &lifetime_ms);
    if (leeway_ms > LONGEST_LEEWAY_MS) {
        lgs_finding(load, doc, leeway, "policy-value",
                    "a leeway of \"%.*s\" would let expired tokens in; write at most 10m",
                    LGS_FMT(lgs_node_text(leeway)));
    }
    issuer->leeway_s = (int64_t)(leeway_ms / 1000);
    issuer->max_lifetime_s = (int64_t)(lifetime_ms / 1000);
}

static void check_environment(lgs_load_t *load, const lgs_doc_t *doc)
{
    const lgs_node_t *node = lgs_node_at(&doc->root, "environment");
    lgs_str_t ours = load->policy->environment;

    if (node && node->type == LGS_STRING && ours.len && !lgs_str_eq(lgs_node_text(node), ours)) {
        lgs_finding(load, doc, node, "policy-value",
                    "this issuer is for %.*s, but gateway.yaml says %.*s",
                    LGS_FMT(lgs_node_text(node)), LGS_FMT(ours));
    }
}

/* ---- keys
 * ---------------------------------------------------------------------------------------------- */

/* Private parts (RFC 7518 sections 6.2.2, 6.3.2) have no place in what only verifies. */
static void check_private(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                          lgs_str_t path, lgs_str_t text)
{
    const lgs_node_t *keys;
    lgs_errs_t ignored;
    lgs_doc_t jwks;

    lgs_errs_init(&ignored, load->scratch, 1);
    if (lgs_json_read(load->scratch, text, NULL, &jwks, &ignored) != LGS_OK) {
        return; /* lgs_jwks_load says why */
    }
    keys = lgs_node_at(&jwks.root, "keys");
    for (uint32_t i = 0; keys && keys->type == LGS_ARRAY && i < keys->n; i++) {
        if (lgs_node_at(&keys->u.items[i], "d")) {
            lgs_finding(
                load, doc, node, "policy-secret",
                "key %u of %.*s has its private part (\"d\"); the gateway verifies, it does "
                "not sign: give it the public key only",
                i + 1, LGS_FMT(path));
        }
    }
}

static void check_empty(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        const lgs_issuer_t *issuer, lgs_str_t path)
{
    if (issuer->keys && lgs_jwks_count(issuer->keys) == 0) {
        lgs_finding(load, doc, node, "policy-value",
                    "%.*s has no key that can be used: no token of this issuer would be accepted",
                    LGS_FMT(path));
    }
}

static lgs_rc_t take_keys(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                          lgs_issuer_t *issuer)
{
    const lgs_err_t *last = load->errs->last;
    lgs_str_t path, text;
    lgs_errs_t errs;
    lgs_rc_t rc;

    if (node == NULL || node->type != LGS_STRING || lgs_node_text(node).len == 0) {
        return LGS_OK;
    }
    path = lgs_resolve_path(load, lgs_node_text(node));
    if (path.data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    lgs_errs_init(&errs, load->scratch, 1);
    rc = lgs_file_read(load->work, path.data, MAX_JWKS, &text, &errs);
    if (rc == LGS_NOMEM) {
        return lgs_errs_nomem(load->errs);
    }
    if (rc != LGS_OK) {
        if (load->options->read_keys) {
            lgs_finding(load, doc, node, "policy-file", "cannot read the keys of %.*s: %.*s",
                        LGS_FMT(path), LGS_FMT(errs.first->text));
        }
        return LGS_OK;
    }
    issuer->keys = lgs_jwks_load(load->arena, text, load->errs);
    lgs_adopt_errors(load, last, path);
    check_empty(load, doc, node, issuer, path);
    check_private(load, doc, node, path, text);
    return LGS_OK;
}
