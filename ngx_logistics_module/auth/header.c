/*
 * The JOSE header (RFC 7515 section 4) and the JSON of a token. The header only says which key to
 * look for; whether its alg is that key's is checked with the key. Keys and addresses of keys in it
 * (jwk, jku, x5u, x5c) are an attacker's choice and never read.
 */
#include "token.h"

#include <strings.h>

static bool is_too_deep(lgs_str_t text);
static lgs_rc_t refuse_json(const json_error_t *error, const char *what, lgs_errs_t *errs);
static lgs_rc_t check_extensions(const json_t *header, lgs_errs_t *errs);
static lgs_rc_t check_type(const json_t *header, lgs_arena_t *arena, lgs_errs_t *errs);

lgs_rc_t lgs_token_json(lgs_str_t text, const char *what, json_t **json, lgs_errs_t *errs)
{
    json_error_t error;

    if (is_too_deep(text)) {
        return LGS_REFUSE(errs, "token-malformed", "the %s nests more than %u deep", what,
                          LGS_MAX_TOKEN_DEPTH);
    }
    *json = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (*json == NULL) {
        return refuse_json(&error, what, errs);
    }
    if (!json_is_object(*json)) {
        return LGS_REFUSE(errs, "token-malformed", "the %s is not a JSON object", what);
    }
    return LGS_OK;
}

lgs_rc_t lgs_jose_read(const json_t *header, lgs_arena_t *arena, lgs_jose_t *jose, lgs_errs_t *errs)
{
    lgs_str_t alg = lgs_json_text(json_object_get(header, "alg"));
    const json_t *kid = json_object_get(header, "kid");
    lgs_rc_t rc;

    if (alg.data == NULL) {
        return LGS_REFUSE(errs, "token-alg", "the header has no string \"alg\"");
    }
    jose->alg = lgs_alg_by_name(alg);
    if (jose->alg == LGS_ALG_NONE_KNOWN) {
        return LGS_REFUSE(errs, "token-alg", "algorithm %.*s is not one that is verified here",
                          LGS_FMT(lgs_shown(arena, alg)));
    }
    rc = check_extensions(header, errs);
    rc = rc == LGS_OK ? check_type(header, arena, errs) : rc;
    if (rc != LGS_OK) {
        return rc;
    }
    if (kid && !json_is_string(kid)) {
        return LGS_REFUSE(errs, "token-malformed", "\"kid\" in the header is not a string");
    }
    jose->kid = lgs_json_text(kid);
    return LGS_OK;
}

/* Before the parser, which recurses: counts brackets outside of strings. */
static bool is_too_deep(lgs_str_t text)
{
    const char *p = text.data, *end = p + text.len;
    unsigned depth = 0;
    bool in_string = false;

    for (; p < end; p++) {
        if (*p == '\\') {
            p++; /* what follows a backslash opens and ends nothing */
        } else if (*p == '"') {
            in_string = !in_string;
        } else if (in_string) {
            continue;
        } else if (*p == '{' || *p == '[') {
            if (++depth > LGS_MAX_TOKEN_DEPTH) {
                return true;
            }
        } else if ((*p == '}' || *p == ']') && depth) {
            depth--;
        }
    }
    return false;
}

/* jansson's own text quotes what it read, and that is the token. */
static lgs_rc_t refuse_json(const json_error_t *error, const char *what, lgs_errs_t *errs)
{
    static const struct {
        enum json_error_code code;
        const char *text;
    } reasons[] = {
        {json_error_duplicate_key, "has a member twice"},
        {json_error_invalid_utf8, "is not UTF-8"},
        {json_error_null_character, "has a NUL in a text"},
        {json_error_null_byte_in_key, "has a NUL in a member's name"},
        {json_error_numeric_overflow, "has a number beyond 64 bits"},
        {json_error_end_of_input_expected, "goes on after its end"},
        {json_error_premature_end_of_input, "ends too early"},
    };

    if (json_error_code(error) == json_error_out_of_memory) {
        return lgs_errs_nomem(errs);
    }
    for (size_t i = 0; i < LGS_N(reasons); i++) {
        if (json_error_code(error) == reasons[i].code) {
            return LGS_REFUSE(errs, "token-malformed", "the %s %s (byte %d of its JSON)", what,
                              reasons[i].text, error->position);
        }
    }
    return LGS_REFUSE(errs, "token-malformed", "the %s is not JSON (byte %d)", what,
                      error->position);
}

/* RFC 7515 section 4.1.11: what must be understood and is not, refuses. RFC 7797's b64 likewise. */
static lgs_rc_t check_extensions(const json_t *header, lgs_errs_t *errs)
{
    const json_t *b64 = json_object_get(header, "b64");

    if (json_object_get(header, "crit")) {
        return LGS_REFUSE(errs, "token-crit",
                          "the header demands extensions (\"crit\"); none is supported");
    }
    if (b64 && !json_is_true(b64)) {
        return LGS_REFUSE(errs, "token-crit", "an unencoded payload (\"b64\") is not supported");
    }
    return LGS_OK;
}

/* RFC 7519 section 5.1, RFC 9068 section 2.1: a media type whose "application/" may be left out. */
static lgs_rc_t check_type(const json_t *header, lgs_arena_t *arena, lgs_errs_t *errs)
{
    static const lgs_str_t prefix = LGS_STR_INIT("application/");
    static const lgs_str_t types[] = {LGS_STR_INIT("JWT"), LGS_STR_INIT("at+jwt")};
    const json_t *json = json_object_get(header, "typ");
    lgs_str_t type = lgs_json_text(json), bare = type;

    if (json == NULL) {
        return LGS_OK;
    }
    if (type.data == NULL) {
        return LGS_REFUSE(errs, "token-type", "\"typ\" in the header is not a string");
    }
    if (type.len > prefix.len && strncasecmp(type.data, prefix.data, prefix.len) == 0) {
        bare = lgs_str(type.data + prefix.len, type.len - prefix.len);
    }
    for (size_t i = 0; i < LGS_N(types); i++) {
        if (bare.len == types[i].len && strncasecmp(bare.data, types[i].data, bare.len) == 0) {
            return LGS_OK;
        }
    }
    return LGS_REFUSE(errs, "token-type", "type %.*s is neither JWT nor at+jwt",
                      LGS_FMT(lgs_shown(arena, type)));
}
