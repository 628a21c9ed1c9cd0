/*
 * The demo issuer's keys, made at first use: DIR/demo.key.pem (and demo-es256.key.pem … for other
 * algorithms, when asked for), each of mode 0600, and their public parts in DIR/demo.jwks.json. An
 * HMAC secret is never public: it has DIR/demo-hs.jwks.json, mode 0600, to itself.
 *
 * Two processes may do this at once: a key file appears complete or not at all, the first one
 * stays.
 */
#include "token.h"

#include "../base/base64.h"
#include "../formats/json.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define RSA_BITS   2048
#define SECRET_LEN 64u
#define MAX_KEY    65536u
#define PUBLIC_SET "demo.jwks.json"
#define SECRET_SET "demo-hs.jwks.json"

static EVP_PKEY *make_rsa(lgs_alg_t alg);
static EVP_PKEY *make_ec(lgs_alg_t alg);
static EVP_PKEY *make_ed25519(lgs_alg_t alg);

static const struct {
    const char *file;
    lgs_alg_t first, last; /* algorithms that it serves */
    EVP_PKEY *(*make)(lgs_alg_t alg);
} pairs[] = {
    {"demo.key.pem", LGS_ALG_RS256, LGS_ALG_PS512, make_rsa},
    {"demo-es256.key.pem", LGS_ALG_ES256, LGS_ALG_ES256, make_ec},
    {"demo-es384.key.pem", LGS_ALG_ES384, LGS_ALG_ES384, make_ec},
    {"demo-es512.key.pem", LGS_ALG_ES512, LGS_ALG_ES512, make_ec},
    {"demo-eddsa.key.pem", LGS_ALG_EDDSA, LGS_ALG_EDDSA, make_ed25519},
};

static bool make_dir(lgs_arena_t *arena, const char *dir);
static bool ensure_pair(lgs_arena_t *arena, const char *dir, size_t i);
static bool ensure_public_set(lgs_arena_t *arena, const char *dir, bool is_stale);
static bool read_pair(lgs_arena_t *arena, const char *path, lgs_str_t *pem, EVP_PKEY **pkey);
static bool secret_key(lgs_arena_t *arena, const char *dir, token_key_t *key);
static bool make_secret(lgs_arena_t *arena, const char *path);
static bool write_whole(lgs_arena_t *arena, const char *path, lgs_str_t text, int mode,
                        bool replace);

int token_keys(int argc, char **argv)
{
    const char *out = "run/keys", *alg = "RS256";
    const token_option_t options[] = {{"--out", &out}, {"--alg", &alg}};
    lgs_arena_t *arena;
    token_key_t key;
    bool ok;

    if (!token_options(argc, argv, options, LGS_N(options), NULL)) {
        return ctl_usage("token");
    }
    if (lgs_alg_by_name(lgs_cstr(alg)) == LGS_ALG_NONE_KNOWN) {
        fprintf(stderr, "logisticsctl token keys: --alg \"%.40s\" is not an algorithm\n", alg);
        return CTL_USAGE;
    }
    arena = lgs_arena_create(0, 0);
    ok = arena && token_key(arena, out, lgs_alg_by_name(lgs_cstr(alg)), &key);
    lgs_arena_destroy(arena);
    return ok ? CTL_OK : CTL_USAGE;
}

bool token_key(lgs_arena_t *arena, const char *dir, lgs_alg_t alg, token_key_t *key)
{
    lgs_str_t path;
    lgs_buf_t jwk;
    EVP_PKEY *pkey;
    size_t i = 0;
    bool ok;

    if (!make_dir(arena, dir)) {
        return false;
    }
    if (alg >= LGS_ALG_HS256) {
        return secret_key(arena, dir, key);
    }
    while (alg > pairs[i].last) {
        i++;
    }
    path = lgs_arena_printf(arena, "%s/%s", dir, pairs[i].file);
    if (path.data == NULL || !ensure_pair(arena, dir, i) ||
        !read_pair(arena, path.data, &key->text, &pkey)) {
        return false;
    }
    lgs_buf_init(&jwk, arena, 1024, 0);
    ok = token_jwk(&jwk, pkey, pairs[i].first, &key->kid);
    EVP_PKEY_free(pkey);
    return ok;
}

/* mkdir -p */
static bool make_dir(lgs_arena_t *arena, const char *dir)
{
    char *path = (char *)lgs_arena_str(arena, lgs_cstr(dir)).data;

    for (char *p = path; p && *p; p++) {
        if (p[1] == '\0' || (p[1] == '/' && p > path)) {
            char next = p[1];

            p[1] = '\0';
            if (mkdir(path, 0755) != 0 && errno != EEXIST) {
                fprintf(stderr, "logisticsctl token: %s: %s\n", path, strerror(errno));
                return false;
            }
            p[1] = next;
        }
    }
    return path != NULL;
}

static bool ensure_pair(lgs_arena_t *arena, const char *dir, size_t i)
{
    lgs_str_t path = lgs_arena_printf(arena, "%s/%s", dir, pairs[i].file);
    EVP_PKEY *pkey;
    BIO *bio;
    char *pem;
    long len;
    bool ok;

    if (path.data && access(path.data, F_OK) == 0) {
        return ensure_public_set(arena, dir, false);
    }
    pkey = pairs[i].make(pairs[i].first);
    bio = BIO_new(BIO_s_mem());
    ok = path.data && pkey && bio &&
         PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1;
    len = ok ? BIO_get_mem_data(bio, &pem) : 0;
    ok = ok && write_whole(arena, path.data, lgs_str(pem, (size_t)len), 0600, false);
    if (!ok) {
        fprintf(stderr, "logisticsctl token: no key was made in %s\n", dir);
    }
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return ok && ensure_public_set(arena, dir, true);
}

/* The public parts of all pairs that are there. */
static bool ensure_public_set(lgs_arena_t *arena, const char *dir, bool is_stale)
{
    lgs_str_t path = lgs_arena_printf(arena, "%s/" PUBLIC_SET, dir), file, pem, kid;
    lgs_buf_t buf;
    EVP_PKEY *pkey;
    bool ok = true;
    size_t n = 0;

    if (path.data && !is_stale && access(path.data, F_OK) == 0) {
        return true;
    }
    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_buf_cstr(&buf, "{\"keys\":[");
    for (size_t i = 0; ok && i < LGS_N(pairs); i++) {
        file = lgs_arena_printf(arena, "%s/%s", dir, pairs[i].file);
        if (file.data == NULL || access(file.data, F_OK) != 0) {
            continue;
        }
        lgs_buf_cstr(&buf, n++ ? ",\n" : "\n");
        ok = read_pair(arena, file.data, &pem, &pkey);
        if (ok) {
            ok = token_jwk(&buf, pkey, pairs[i].first, &kid);
            EVP_PKEY_free(pkey);
        }
    }
    lgs_buf_cstr(&buf, "\n]}\n");
    return ok && path.data && !buf.failed &&
           write_whole(arena, path.data, lgs_buf_text(&buf), 0644, true);
}

static bool read_pair(lgs_arena_t *arena, const char *path, lgs_str_t *pem, EVP_PKEY **pkey)
{
    BIO *bio;

    if (!ctl_read(arena, path, MAX_KEY, pem)) {
        return false;
    }
    bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    if (*pkey == NULL) {
        fprintf(stderr, "logisticsctl token: %s holds no private key\n", path);
    }
    return *pkey != NULL;
}

/* The one oct of DIR/demo-hs.jwks.json, made when it is missing. */
static bool secret_key(lgs_arena_t *arena, const char *dir, token_key_t *key)
{
    lgs_str_t path = lgs_arena_printf(arena, "%s/" SECRET_SET, dir), text;
    const lgs_node_t *jwk;
    lgs_errs_t errs;
    lgs_doc_t doc;
    uint8_t *secret;
    size_t len;

    if (path.data == NULL || (access(path.data, F_OK) != 0 && !make_secret(arena, path.data)) ||
        !ctl_read(arena, path.data, MAX_KEY, &text)) {
        return false;
    }
    lgs_errs_init(&errs, arena, 1);
    if (lgs_json_read(arena, text, NULL, &doc, &errs) != LGS_OK) {
        ctl_print_errors(&errs, path.data);
        return false;
    }
    jwk = lgs_node_pointer(&doc.root, LGS_STR("/keys/0"));
    text = lgs_node_text(lgs_node_at(jwk, "k"));
    key->kid = lgs_arena_str(arena, lgs_node_text(lgs_node_at(jwk, "kid")));
    secret = lgs_arena_alloc(arena, text.len + 6);
    if (key->kid.len == 0 || secret == NULL || !lgs_base64url_decode(text, secret, &len)) {
        fprintf(stderr, "logisticsctl token: %s holds no oct key with kid\n", path.data);
        return false;
    }
    key->text = lgs_str((const char *)secret, len);
    return true;
}

static bool make_secret(lgs_arena_t *arena, const char *path)
{
    uint8_t secret[SECRET_LEN];
    lgs_str_t k, text;

    if (RAND_bytes(secret, sizeof(secret)) != 1) {
        fprintf(stderr, "logisticsctl token: no random bytes for %s\n", path);
        return false;
    }
    k = lgs_base64url_encode(arena, secret, sizeof(secret));
    text = lgs_arena_printf(arena,
                            "{\"keys\":[\n{\"kid\":\"demo-hs\",\"use\":\"sig\",\"kty\":\"oct\","
                            "\"k\":\"%.*s\"}\n]}\n",
                            LGS_FMT(k));
    return k.data && text.data && write_whole(arena, path, text, 0600, false);
}

/*
 * The file appears whole: written beside its place, then linked into it (an older one stays), or
 * with `replace` renamed over it.
 */
static bool write_whole(lgs_arena_t *arena, const char *path, lgs_str_t text, int mode,
                        bool replace)
{
    lgs_str_t new = lgs_arena_printf(arena, "%s.%ld", path, (long)getpid());
    int fd = new.data ? open(new.data, O_WRONLY | O_CREAT | O_EXCL, mode) : -1;
    bool ok = fd >= 0 && write(fd, text.data, text.len) == (ssize_t)text.len;

    ok = fd >= 0 && close(fd) == 0 && ok;
    if (ok && replace) {
        ok = rename(new.data, path) == 0;
    } else if (ok) {
        ok = link(new.data, path) == 0 || errno == EEXIST;
    }
    if (!ok) {
        fprintf(stderr, "logisticsctl token: %s: %s\n", path, strerror(errno));
    }
    if (fd >= 0) {
        unlink(new.data);
    }
    return ok;
}

static EVP_PKEY *make_rsa(lgs_alg_t alg)
{
    return EVP_RSA_gen(RSA_BITS);
}

static EVP_PKEY *make_ec(lgs_alg_t alg)
{
    static const char *const curves[] = {"P-256", "P-384", "P-521"};

    return EVP_EC_gen(curves[alg - LGS_ALG_ES256]);
}

static EVP_PKEY *make_ed25519(lgs_alg_t alg)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}
