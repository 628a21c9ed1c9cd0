/*
 * Secrets: read from where a policy file says, and found where one stands in a policy file itself.
 * No text made here ever holds a value that may be secret.
 */
#define _GNU_SOURCE /* memmem */
#include "../base/file.h"
#include "load.h"

#include <stdlib.h>

#define MAX_SECRET_FILE 65536u
#define MIN_SECRET      20u /* bytes below which a text under "key" or "token" is taken for a name */

/* Keys whose value is a secret whatever it looks like … */
static const char *const secret_keys[] = {"password",      "passwd",      "passphrase", "secret",
                                          "client_secret", "private_key", "api_secret"};
/* … and keys whose value is one when it looks like one. */
static const char *const suspect_keys[] = {"key",    "token",  "api_key",
                                           "apikey", "bearer", "authorization"};

static void check_below(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *at, bool strict,
                        uint32_t depth);
static void check_member(lgs_load_t *load, const lgs_doc_t *doc, const lgs_member_t *member,
                         bool strict);
static bool is_lookup_key(const lgs_node_t *object, const lgs_member_t *member);
static bool is_literal_credential(lgs_str_t text);
static lgs_rc_t read_secret_file(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                                 lgs_str_t *value);
static lgs_rc_t read_secret_env(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                                lgs_str_t *value);

void lgs_check_secrets(lgs_load_t *load, lgs_kind_t kind, const lgs_doc_t *doc)
{
    /* Code lists may well have a column called password; what looks like one is still found. */
    check_below(load, doc, &doc->root, kind != LGS_KIND_CODELIST, 0);
}

static void check_below(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *at, bool strict,
                        uint32_t depth)
{
    if (at->type == LGS_STRING && is_literal_credential(lgs_node_text(at))) {
        lgs_finding(load, doc, at, "policy-secret",
                    "a private key or a token stands here; keep it in a file and name that");
    }
    if (depth > LGS_DEFAULT_MAX_DEPTH) {
        return;
    }
    for (uint32_t i = 0; at->type == LGS_ARRAY && i < at->n; i++) {
        check_below(load, doc, &at->u.items[i], strict, depth + 1);
    }
    for (uint32_t i = 0; at->type == LGS_OBJECT && i < at->n; i++) {
        if (!is_lookup_key(at, &at->u.members[i])) {
            check_member(load, doc, &at->u.members[i], strict);
        }
        check_below(load, doc, &at->u.members[i].value, strict, depth + 1);
    }
}

/* {lookup: status, key: /a/path/of/a/mapping}: what is looked up, no key of anything */
static bool is_lookup_key(const lgs_node_t *object, const lgs_member_t *member)
{
    return lgs_str_is(lgs_node_text(&member->name), "key") && lgs_node_at(object, "lookup") != NULL;
}

static bool is_word_of(lgs_str_t word, const char *const *words, size_t n)
{
    char lower[32];

    if (word.len >= sizeof(lower)) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        char c = word.data[i];

        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '-' ? '_' : c;
    }
    for (size_t i = 0; i < n; i++) {
        if (lgs_str_is(lgs_str(lower, word.len), words[i])) {
            return true;
        }
    }
    return false;
}

static void check_member(lgs_load_t *load, const lgs_doc_t *doc, const lgs_member_t *member,
                         bool strict)
{
    lgs_str_t name = lgs_node_text(&member->name), text = lgs_node_text(&member->value);
    bool is_secret = is_word_of(name, secret_keys, LGS_N(secret_keys));
    bool is_suspect = is_word_of(name, suspect_keys, LGS_N(suspect_keys));

    if (member->value.type != LGS_STRING || text.len == 0 || is_literal_credential(text)) {
        return;
    }
    if ((is_secret && strict) || ((is_secret || is_suspect) && lgs_looks_secret(text))) {
        lgs_finding(load, doc, &member->value, "policy-secret",
                    "\"%.*s\" holds what looks like a secret; keep it in a file or an environment "
                    "variable and name that: {file: /run/secrets/%.*s}",
                    LGS_FMT(name), LGS_FMT(name));
    }
}

static bool has_text(lgs_str_t text, lgs_str_t part)
{
    return text.len >= part.len && memmem(text.data, text.len, part.data, part.len) != NULL;
}

/* A PEM block, or a compact JWS: base64url of '{"' first, and two dots. */
static bool is_literal_credential(lgs_str_t text)
{
    const char *dot;

    if (has_text(text, LGS_STR("-----BEGIN"))) {
        return true;
    }
    if (!lgs_str_starts(text, LGS_STR("eyJ")) || text.len < 40) {
        return false;
    }
    dot = memchr(text.data, '.', text.len);
    return dot && memchr(dot + 1, '.', (size_t)(text.data + text.len - dot - 1)) != NULL;
}

/*
 * Long, one word, of letters and digits as generators mix them: three kinds of letters, or 32 and
 * more hexadecimal digits; and more than half of its letters differ (up to 16 that must).
 */
bool lgs_looks_secret(lgs_str_t text)
{
    bool seen[256] = {false};
    size_t upper = 0, lower = 0, digits = 0, hex = 0, different = 0;

    if (text.len < MIN_SECRET) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c <= ' ' || c >= 0x7f || c == ':' || c == '$' || c == '{') {
            return false; /* words, paths with a scheme, expressions */
        }
        upper += c >= 'A' && c <= 'Z';
        lower += c >= 'a' && c <= 'z';
        digits += c >= '0' && c <= '9';
        hex += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        different += !seen[c];
        seen[c] = true;
    }
    if (hex == text.len && text.len >= 32) {
        return different >= 8;
    }
    return upper && lower && digits && different >= (text.len > 32 ? 16 : text.len / 2);
}

/* ---- reading them
 * --------------------------------------------------------------------------------- */

lgs_rc_t lgs_read_secret(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         bool is_wanted, lgs_str_t *value)
{
    const lgs_node_t *file = lgs_node_at(node, "file"), *env = lgs_node_at(node, "env");

    *value = lgs_str("", 0);
    if (node && node->type == LGS_STRING) {
        lgs_finding(load, doc, node, "policy-secret",
                    "a secret must not stand in a policy file; name where it is: "
                    "{file: /run/secrets/odoo_key} or {env: ODOO_KEY}");
        return LGS_OK;
    }
    if (!is_wanted) {
        return LGS_OK;
    }
    if (file && file->type == LGS_STRING) {
        return read_secret_file(load, doc, file, value);
    }
    if (env && env->type == LGS_STRING) {
        return read_secret_env(load, doc, env, value);
    }
    return LGS_OK; /* the schema says what is missing */
}

lgs_str_t lgs_resolve_path(lgs_load_t *load, lgs_str_t path)
{
    if (path.len && path.data[0] == '/') {
        return lgs_arena_str(load->work, path);
    }
    return lgs_arena_printf(load->work, "%.*s/%.*s", LGS_FMT(load->dir), LGS_FMT(path));
}

static lgs_rc_t read_secret_file(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                                 lgs_str_t *value)
{
    lgs_str_t path = lgs_resolve_path(load, lgs_node_text(node)), text;
    lgs_errs_t errs;
    lgs_rc_t rc;

    if (path.data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    lgs_errs_init(&errs, load->scratch, 1);
    rc = lgs_file_read(load->arena, path.data, MAX_SECRET_FILE, &text, &errs);
    if (rc == LGS_NOMEM) {
        return lgs_errs_nomem(load->errs);
    }
    if (rc != LGS_OK) {
        lgs_finding(load, doc, node, "policy-secret", "cannot read the secret of %s: %.*s",
                    path.data, LGS_FMT(errs.first->text));
        return LGS_OK;
    }
    if (text.len && text.data[text.len - 1] == '\n') {
        text.len--;
    }
    if (text.len && text.data[text.len - 1] == '\r') {
        text.len--;
    }
    if (text.len == 0) {
        lgs_finding(load, doc, node, "policy-secret", "%s is empty; it must hold the secret",
                    path.data);
    }
    *value = text;
    return LGS_OK;
}

static lgs_rc_t read_secret_env(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                                lgs_str_t *value)
{
    lgs_str_t name = lgs_arena_str(load->scratch, lgs_node_text(node));
    const char *text;

    if (name.data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    text = getenv(name.data);
    if (text == NULL || *text == '\0') {
        lgs_finding(load, doc, node, "policy-secret",
                    "environment variable \"%s\" is not set; set it and pass it on in nginx.conf "
                    "with \"env %s;\"",
                    name.data, name.data);
        return LGS_OK;
    }
    *value = lgs_arena_str(load->arena, lgs_cstr(text));
    return value->data ? LGS_OK : lgs_errs_nomem(load->errs);
}
