/*
 * Closed paths (paths.h). The target is read once, byte by byte, into segments; nothing is copied
 * but a segment's first bytes. It is read as loosely as anybody behind us might read it: closing a
 * path that is none costs nothing, missing a spelling costs the database.
 */
#include "paths.h"

#define LONGEST_WORD 8u
#define N_SEGMENTS   3u /* a language and two words */

typedef enum { OTHER, RPC, WEB, DATABASE } word_t;

static const struct {
    const char *text;
    word_t word;
} words[] = {
    {"jsonrpc", RPC}, {"xmlrpc", RPC}, {"json", RPC}, {"web", WEB}, {"database", DATABASE},
};

typedef struct {
    const char *p, *end;
} cursor_t;

typedef struct {
    char start[LONGEST_WORD]; /* lower case */
    size_t len;               /* of the whole segment, without ;parameters */
} segment_t;

static bool next_segment(cursor_t *at, segment_t *segment);
static int next_byte(cursor_t *at);
static int hex_pair(const cursor_t *at);
static int hex_digit(char c);
static bool is_dots(const segment_t *segment);
static word_t word_of(const segment_t *segment);
static bool is_closed_pair(word_t first, word_t second);

bool lgs_odoo_path_is_closed(lgs_str_t target)
{
    cursor_t at = {target.data, target.data + target.len};
    word_t found[N_SEGMENTS] = {OTHER, OTHER, OTHER};
    segment_t segment;
    size_t n = 0;

    while (next_segment(&at, &segment)) {
        if (is_dots(&segment)) {
            return true;
        }
        if (n < N_SEGMENTS) {
            found[n++] = word_of(&segment);
        }
    }
    /* http_routing takes a language off the path and routes the rest again: POST /en/jsonrpc */
    return is_closed_pair(found[0], found[1]) || is_closed_pair(found[1], found[2]);
}

static bool is_closed_pair(word_t first, word_t second)
{
    return first == RPC || (first == WEB && second == DATABASE);
}

/* Skips slashes, reads up to the next one. False at the end of the path. */
static bool next_segment(cursor_t *at, segment_t *segment)
{
    bool in_parameters = false;
    int c = next_byte(at);

    segment->len = 0;
    while (c == '/') {
        c = next_byte(at);
    }
    if (c < 0) {
        return false;
    }
    for (; c >= 0 && c != '/'; c = next_byte(at)) {
        in_parameters = in_parameters || c == ';';
        if (in_parameters) {
            continue;
        }
        if (segment->len < LONGEST_WORD) {
            segment->start[segment->len] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        }
        segment->len++;
    }
    return true;
}

/*
 * The next byte of the path, decoded; -1 behind the last. An escaped percent sign that makes
 * another escape is decoded again (%256a is j), a backslash is a slash.
 */
static int next_byte(cursor_t *at)
{
    int c;

    if (at->p == at->end || *at->p == '?' || *at->p == '#') {
        return -1;
    }
    c = (unsigned char)*at->p++;
    while (c == '%' && hex_pair(at) >= 0) {
        c = hex_pair(at);
        at->p += 2;
    }
    return c == '\\' ? '/' : c;
}

static int hex_pair(const cursor_t *at)
{
    int high, low;

    if (at->end - at->p < 2) {
        return -1;
    }
    high = hex_digit(at->p[0]);
    low = hex_digit(at->p[1]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_dots(const segment_t *segment)
{
    return (segment->len == 1 || segment->len == 2) && segment->start[0] == '.' &&
           segment->start[segment->len - 1] == '.';
}

static word_t word_of(const segment_t *segment)
{
    for (size_t i = 0; i < LGS_N(words); i++) {
        if (strlen(words[i].text) == segment->len &&
            memcmp(words[i].text, segment->start, segment->len) == 0) {
            return words[i].word;
        }
    }
    return OTHER;
}
