/*
 * Idempotency keys and fingerprints (once.h). A fingerprint is taken of a text: the records with
 * the members of every object sorted. Nothing is kept but the digest.
 */
#include "once.h"

#include <stdlib.h>

#define FOREIGN_TIME "received_at" /* of a record: when it came, this time */

static bool write_sorted(lgs_buf_t *buf, lgs_arena_t *arena, const lgs_node_t *node,
                         const char *without, unsigned depth);
static bool write_members(lgs_buf_t *buf, lgs_arena_t *arena, const lgs_node_t *node,
                          const char *without, unsigned depth);
static int by_name(const void *a, const void *b);
static void write_msgpack(lgs_buf_t *buf, lgs_str_t text);

lgs_rc_t lgs_once_read(lgs_arena_t *arena, lgs_str_t value, lgs_str_t *key, const char **why)
{
    lgs_buf_t buf;
    size_t i = 1;

    lgs_buf_init(&buf, arena, value.len, 0);
    *why = "must be a text in double quotes, like \"8e03978e-40d5\"";
    if (value.len < 2 || value.data[0] != '"') {
        return LGS_INVALID;
    }
    for (; i < value.len && value.data[i] != '"'; i++) {
        unsigned char c = (unsigned char)value.data[i];

        if (c == '\\') {
            c = ++i < value.len ? (unsigned char)value.data[i] : 0;
            if (c != '"' && c != '\\') {
                *why = "has a backslash that stands before neither \" nor \\";
                return LGS_INVALID;
            }
        }
        if (c < 0x20 || c > 0x7e) {
            *why = "has a character that is not printable ASCII";
            return LGS_INVALID;
        }
        lgs_buf_byte(&buf, (char)c);
    }
    if (i + 1 != value.len) {
        return LGS_INVALID; /* no closing quote, or something behind it */
    }
    if (buf.len == 0 || buf.len > LGS_MAX_ONCE_KEY) {
        *why = "must have 1 to 255 characters between its quotes";
        return LGS_INVALID;
    }
    *key = lgs_buf_text(&buf);
    return buf.failed ? LGS_NOMEM : LGS_OK;
}

lgs_rc_t lgs_once_print(lgs_arena_t *arena, const lgs_node_t *records, uint32_t n, size_t stride,
                        char out[LGS_SHA256_HEX])
{
    const char *at = (const char *)records;
    uint8_t digest[LGS_SHA256_LEN];
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_buf_byte(&buf, '[');
    for (uint32_t i = 0; i < n; i++) {
        lgs_buf_cstr(&buf, i ? "," : "");
        if (!write_sorted(&buf, arena, (const lgs_node_t *)(at + i * stride), FOREIGN_TIME, 0)) {
            return buf.failed ? LGS_NOMEM : LGS_LIMIT;
        }
    }
    if (buf.failed || !lgs_sha256(lgs_buf_text(&buf), digest)) {
        return LGS_NOMEM;
    }
    lgs_hex(digest, sizeof(digest), out);
    return LGS_OK;
}

bool lgs_once_name(lgs_str_t partner, lgs_str_t route, lgs_str_t key, lgs_str_t print,
                   char out[LGS_SHA256_HEX])
{
    const lgs_str_t parts[] = {partner, route, key, key.len ? LGS_STR("") : print};
    uint8_t digest[LGS_SHA256_LEN];

    if (!lgs_sha256_parts(parts, LGS_N(parts), digest)) {
        return false;
    }
    lgs_hex(digest, sizeof(digest), out);
    return true;
}

static bool write_sorted(lgs_buf_t *buf, lgs_arena_t *arena, const lgs_node_t *node,
                         const char *without, unsigned depth)
{
    if (depth > LGS_MAX_DEPTH || buf->failed) {
        return false;
    }
    if (node->type == LGS_OBJECT) {
        return write_members(buf, arena, node, without, depth);
    }
    if (node->type != LGS_ARRAY) {
        lgs_json_write(buf, node);
        return !buf->failed;
    }
    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; i < node->n; i++) {
        lgs_buf_cstr(buf, i ? "," : "");
        if (!write_sorted(buf, arena, &node->u.items[i], NULL, depth + 1)) {
            return false;
        }
    }
    lgs_buf_byte(buf, ']');
    return true;
}

static bool write_members(lgs_buf_t *buf, lgs_arena_t *arena, const lgs_node_t *node,
                          const char *without, unsigned depth)
{
    const lgs_member_t **sorted = lgs_arena_array(arena, node->n, sizeof(*sorted));

    if (sorted == NULL) {
        buf->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < node->n; i++) {
        sorted[i] = &node->u.members[i];
    }
    qsort(sorted, node->n, sizeof(*sorted), by_name);
    lgs_buf_byte(buf, '{');
    for (uint32_t i = 0; i < node->n; i++) {
        lgs_str_t name = lgs_node_text(&sorted[i]->name);

        if (without && lgs_str_is(name, without)) {
            continue;
        }
        lgs_json_write_string(buf, name);
        lgs_buf_byte(buf, ':');
        if (!write_sorted(buf, arena, &sorted[i]->value, NULL, depth + 1)) {
            return false;
        }
        lgs_buf_byte(buf, ',');
    }
    lgs_buf_byte(buf, '}');
    return true;
}

static int by_name(const void *a, const void *b)
{
    lgs_str_t left = lgs_node_text(&(*(const lgs_member_t *const *)a)->name);
    lgs_str_t right = lgs_node_text(&(*(const lgs_member_t *const *)b)->name);
    int order = memcmp(left.data, right.data, left.len < right.len ? left.len : right.len);

    return order ? order : left.len < right.len ? -1 : left.len > right.len;
}

void lgs_once_answer(lgs_buf_t *buf, lgs_str_t print, lgs_str_t status, lgs_str_t type,
                     lgs_str_t body, lgs_str_t location)
{
    const lgs_str_t texts[] = {print, LGS_STR("done"), status, type, body, location};

    lgs_buf_byte(buf, (char)(0x90 | LGS_N(texts))); /* fixarray */
    for (size_t i = 0; i < LGS_N(texts); i++) {
        write_msgpack(buf, texts[i]);
    }
}

/* https://github.com/msgpack/msgpack/blob/master/spec.md: fixstr, str 8, str 16, str 32 */
static void write_msgpack(lgs_buf_t *buf, lgs_str_t text)
{
    unsigned bytes = text.len < 32 ? 0 : text.len < 1u << 8 ? 1 : text.len < 1u << 16 ? 2 : 4;
    static const unsigned char marks[] = {0xa0, 0xd9, 0xda, 0, 0xdb};

    lgs_buf_byte(buf, (char)(bytes ? marks[bytes] : marks[0] | text.len));
    for (unsigned left = bytes; left; left--) {
        lgs_buf_byte(buf, (char)(text.len >> (left - 1) * 8));
    }
    lgs_buf_str(buf, text);
}
