/*
 * A fast 32-bit hash for names and keys. Not a secret one: whoever uses it on a partner's input
 * must stay fast when all hashes collide (the tree sorts instead of chaining).
 */
#ifndef LGS_HASH_H
#define LGS_HASH_H

#include "lgs.h"

/* The last 1 to 7 bytes in one word, by reads of fixed size: a call of memcpy costs more. */
static inline uint64_t lgs_hash_tail(const char *data, size_t len)
{
    uint32_t first, last;

    if (len >= 4) {
        memcpy(&first, data, 4);
        memcpy(&last, data + len - 4, 4);
        return first | (uint64_t)last << 32;
    }
    return (uint64_t)(unsigned char)data[0] | (uint64_t)(unsigned char)data[len / 2] << 8 |
           (uint64_t)(unsigned char)data[len - 1] << 16;
}

/* Fewer than 8 bytes: each by one of two reads of four, or of three of one. */
static inline bool lgs_same_few(const char *a, const char *b, size_t len)
{
    uint32_t first, last, x, y;

    if (len < 4) {
        return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
    }
    memcpy(&first, a, 4);
    memcpy(&last, a + len - 4, 4);
    memcpy(&x, b, 4);
    memcpy(&y, b + len - 4, 4);
    return first == x && last == y;
}

/* The same bytes? For names, which are short: without a call, whose frame each would pay for. */
static inline bool lgs_same(const char *a, const char *b, size_t len)
{
    uint64_t x, y;

    if (len < 8) {
        return lgs_same_few(a, b, len);
    }
    for (; len > 8; a += 8, b += 8, len -= 8) {
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        if (x != y) {
            return false;
        }
    }
    /* the last 8, with some of those before them */
    memcpy(&x, a + len - 8, 8);
    memcpy(&y, b + len - 8, 8);
    return x == y;
}

static inline uint32_t lgs_hash(const char *data, size_t len)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ len, word;

    while (len >= 8) {
        memcpy(&word, data, 8);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
        data += 8;
        len -= 8;
    }
    if (len) {
        word = lgs_hash_tail(data, len);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return (uint32_t)(h ^ (h >> 17));
}

#endif
