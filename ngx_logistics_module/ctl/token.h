/* What the files of `logisticsctl token` share. */
#ifndef LGS_CTL_TOKEN_H
#define LGS_CTL_TOKEN_H

#include "ctl.h"

#include "../auth/jwt.h"

#include <openssl/evp.h>

/* "--name VALUE"; `value` is left as it is when the option is not there. */
typedef struct {
    const char *name;
    const char **value;
} token_option_t;

/*
 * Reads options, each at most once, and at most one word that is none into *word (NULL: none is
 * allowed). False after a message or for what is no option.
 */
bool token_options(int argc, char **argv, const token_option_t *options, size_t n,
                   const char **word);

/* "2026-11-21T10:00:00Z" or seconds since 1970; NULL is now. False after a message. */
bool token_time(lgs_arena_t *arena, const char *text, int64_t *time_s);

int token_verify(int argc, char **argv);
int token_keys(int argc, char **argv);

/* A demo key: a PEM, or the bytes of an HMAC secret. */
typedef struct {
    lgs_str_t text; /* what libjwt signs with */
    lgs_str_t kid;
} token_key_t;

/*
 * The demo issuer's key for an algorithm from `dir`, made with its key set when it is missing.
 * False after a message.
 */
bool token_key(lgs_arena_t *arena, const char *dir, lgs_alg_t alg, token_key_t *key);

/*
 * A private key as a public JWK with kid, use and (not for RSA, which serves two kinds) alg; and
 * the kid itself. False when OpenSSL fails.
 */
bool token_jwk(lgs_buf_t *buf, EVP_PKEY *pkey, lgs_alg_t alg, lgs_str_t *kid);

#endif
