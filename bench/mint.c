/*
 * Mints many different RS256 tokens for the bench's "first sight" case, far faster than one process
 * a token:
 *
 *   mint KEY.pem KID CLAIMS COUNT
 *
 * CLAIMS is a JSON object's text; each token gets a "jti" of its own. One token a line on stdout.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TOKEN 8192

static void die(const char *what)
{
    fprintf(stderr, "mint: %s\n", what);
    exit(1);
}

/* Appends bytes as base64url without padding. */
static size_t encode(char *out, const void *bytes, size_t len)
{
    size_t n = (size_t)EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);

    while (n > 0 && out[n - 1] == '=') {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    }
    return n;
}

static void mint(EVP_PKEY *key, const char *header, const char *claims, unsigned long n)
{
    char token[MAX_TOKEN], body[MAX_TOKEN / 2];
    unsigned char signature[1024];
    size_t signature_len = sizeof(signature), len;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int body_len = snprintf(body, sizeof(body), "%.*s,\"jti\":\"bench-%lu\"}",
                            (int)strlen(claims) - 1, claims, n);

    if (ctx == NULL || body_len <= 0 || (size_t)body_len >= sizeof(body)) {
        die("claims are too long");
    }
    len = encode(token, header, strlen(header));
    token[len++] = '.';
    len += encode(token + len, body, (size_t)body_len);
    if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(ctx, signature, &signature_len, (unsigned char *)token, len) != 1) {
        die("cannot sign");
    }
    token[len++] = '.';
    len += encode(token + len, signature, signature_len);
    printf("%.*s\n", (int)len, token);
    EVP_MD_CTX_free(ctx);
}

int main(int argc, char **argv)
{
    char header[512];
    FILE *file;
    EVP_PKEY *key;

    if (argc != 5 || strlen(argv[3]) < 3 || strlen(argv[2]) > 200) {
        die("usage: mint KEY.pem KID CLAIMS COUNT");
    }
    file = fopen(argv[1], "r");
    key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (key == NULL) {
        die("cannot read the key");
    }
    snprintf(header, sizeof(header), "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", argv[2]);
    for (unsigned long i = 0, n = strtoul(argv[4], NULL, 10); i < n; i++) {
        mint(key, header, argv[3], i);
    }
    EVP_PKEY_free(key);
    fclose(file);
    return 0;
}
