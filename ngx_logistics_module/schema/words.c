/* Pieces of error texts. Memory is the arena's; without it a piece is empty, never NULL. */
#include "program.h"

#define MAX_SHOWN 60u /* bytes of a value that an error text shows */

static const struct {
    const char *word;
    unsigned bit;
    const char *phrase;
} types[] = {
    {"string", TYPE_BIT(LGS_STRING), "a string"},  {"number", TYPE_BIT(LGS_NUMBER), "a number"},
    {"integer", TYPE_INTEGER, "a whole number"},   {"boolean", TYPE_BIT(LGS_BOOL), "true or false"},
    {"object", TYPE_BIT(LGS_OBJECT), "an object"}, {"array", TYPE_BIT(LGS_ARRAY), "an array"},
    {"null", TYPE_BIT(LGS_NULL), "null"},
};

static lgs_str_t text_of(const lgs_buf_t *buf);

lgs_str_t lgs_words_quote(lgs_arena_t *arena, lgs_str_t text)
{
    bool is_cut = text.len > MAX_SHOWN;
    lgs_buf_t buf;

    if (is_cut) {
        text.len = MAX_SHOWN;
        while (text.len && ((unsigned char)text.data[text.len] & 0xc0) == 0x80) {
            text.len--;
        }
    }
    lgs_buf_init(&buf, arena, text.len + 16, 0);
    lgs_json_write_string(&buf, text);
    if (is_cut && !buf.failed) {
        buf.len--;
        lgs_buf_cstr(&buf, "…\"");
    }
    return text_of(&buf);
}

lgs_str_t lgs_words_value(lgs_arena_t *arena, const lgs_node_t *node)
{
    switch (node->type) {
    case LGS_NULL:
        return LGS_STR("null");
    case LGS_BOOL:
        return node->u.truth ? LGS_STR("true") : LGS_STR("false");
    case LGS_NUMBER:
        return node->n <= MAX_SHOWN ? lgs_node_text(node) : LGS_STR("a long number");
    case LGS_STRING:
        return lgs_words_quote(arena, lgs_node_text(node));
    case LGS_ARRAY:
        return LGS_STR("an array");
    default:
        return LGS_STR("an object");
    }
}

lgs_str_t lgs_words_types(lgs_arena_t *arena, unsigned bits)
{
    size_t n = 0, left = 0;
    lgs_buf_t buf;

    for (size_t i = 0; i < LGS_N(types); i++) {
        left += (bits & types[i].bit) != 0;
    }
    lgs_buf_init(&buf, arena, 64, 0);
    for (size_t i = 0; i < LGS_N(types); i++) {
        if (bits & types[i].bit) {
            left--;
            lgs_buf_cstr(&buf, n == 0 ? "" : left == 0 ? " or " : ", ");
            lgs_buf_cstr(&buf, types[i].phrase);
            n++;
        }
    }
    return text_of(&buf);
}

unsigned lgs_words_type_bit(lgs_str_t word)
{
    for (size_t i = 0; i < LGS_N(types); i++) {
        if (lgs_str_is(word, types[i].word)) {
            return types[i].bit;
        }
    }
    return 0;
}

static lgs_str_t text_of(const lgs_buf_t *buf)
{
    return buf->failed ? LGS_STR("") : lgs_buf_text(buf);
}
