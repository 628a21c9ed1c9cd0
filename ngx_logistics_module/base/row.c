/*
 * Rows of classes (row.h).
 *
 *   pattern = "^" item {item} "$" | "^(" item {item} ")$"
 *   item    = (byte | "[" range {range} "]") ["?" | "*" | "+" | "{" n "}" | "{" n "," [n] "}"]
 *   range   = byte | byte "-" byte
 *
 * Only ASCII, no escapes, no "." and no "[^": what is not in this grammar is not compiled here. An
 * item that may be repeated more or less often takes what it can. That decides the match when none
 * of the bytes that it takes may begin what comes behind it: less would not have helped.
 */
#include "row.h"

#define MAX_ITEMS  16u
#define MAX_REPEAT 65535u /* PCRE2's own */

typedef struct {
    uint64_t bytes[4]; /* a bit for each byte; none above ASCII */
    uint32_t min, max;
} item_t;

struct lgs_row_s {
    uint32_t n;
    item_t items[];
};

typedef struct {
    const char *p, *end;
    item_t items[MAX_ITEMS];
    uint32_t n;
} parser_t;

static bool parse_item(parser_t *ps);
static bool parse_class(parser_t *ps, item_t *item);
static bool parse_repeat(parser_t *ps, item_t *item);
static bool parse_number(parser_t *ps, uint32_t *number);
static bool is_decided(const parser_t *ps);

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Means itself, outside of a class and in one. */
static bool is_literal(char c)
{
    return is_word(c) || (c != '\0' && strchr("_ :/,;@#%&=~!\"'<>", c) != NULL);
}

/* Means itself in a class only. */
static bool is_inside(char c)
{
    return c != '\0' && strchr(".+?*$(){}|", c) != NULL;
}

static void add(item_t *item, char c)
{
    item->bytes[(unsigned char)c >> 6] |= UINT64_C(1) << (c & 63);
}

static inline bool takes(const item_t *item, char c)
{
    return item->bytes[(unsigned char)c >> 6] >> ((unsigned char)c & 63) & 1;
}

lgs_rc_t lgs_row_compile(lgs_arena_t *arena, lgs_str_t pattern, const lgs_row_t **row)
{
    parser_t ps = {.p = pattern.data};
    lgs_row_t *made;
    bool is_group;

    if (pattern.len < 3 || *ps.p++ != '^' || pattern.data[pattern.len - 1] != '$') {
        return LGS_NOT_FOUND;
    }
    ps.end = pattern.data + pattern.len - 1;
    is_group = *ps.p == '(' && ps.end[-1] == ')';
    ps.p += is_group;
    ps.end -= is_group;
    while (ps.p < ps.end) {
        if (ps.n == MAX_ITEMS || !parse_item(&ps)) {
            return LGS_NOT_FOUND;
        }
    }
    if (ps.n == 0 || !is_decided(&ps)) {
        return LGS_NOT_FOUND;
    }
    made = lgs_arena_alloc(arena, sizeof(*made) + ps.n * sizeof(ps.items[0]));
    if (made == NULL) {
        return LGS_NOMEM;
    }
    made->n = ps.n;
    memcpy(made->items, ps.items, ps.n * sizeof(ps.items[0]));
    *row = made;
    return LGS_OK;
}

static bool parse_item(parser_t *ps)
{
    item_t *item = &ps->items[ps->n++];

    *item = (item_t){.min = 1, .max = 1};
    if (*ps->p == '[') {
        ps->p++;
        return parse_class(ps, item) && parse_repeat(ps, item);
    }
    if (!is_literal(*ps->p) && *ps->p != '-') {
        return false;
    }
    add(item, *ps->p++);
    return parse_repeat(ps, item);
}

/* Behind its "[". A "-" that is no range stands first or last. */
static bool parse_class(parser_t *ps, item_t *item)
{
    const char *start = ps->p;

    for (; ps->p < ps->end && *ps->p != ']'; ps->p++) {
        bool is_edge = ps->p == start || (ps->end - ps->p > 1 && ps->p[1] == ']');
        char first = *ps->p;

        if (first == '-' ? !is_edge : !is_literal(first) && !is_inside(first)) {
            return false;
        }
        if (ps->end - ps->p > 3 && ps->p[1] == '-' && ps->p[2] != ']') {
            ps->p += 2;
            if (!is_word(first) || !is_word(*ps->p) || *ps->p < first) {
                return false;
            }
        }
        for (char c = first; c <= *ps->p; c++) {
            add(item, c);
        }
    }
    return ps->p < ps->end && ps->p++ > start;
}

static bool parse_repeat(parser_t *ps, item_t *item)
{
    static const struct {
        char sign;
        uint32_t min, max;
    } signs[] = {{'?', 0, 1}, {'*', 0, UINT32_MAX}, {'+', 1, UINT32_MAX}};

    for (size_t i = 0; i < LGS_N(signs) && ps->p < ps->end; i++) {
        if (*ps->p == signs[i].sign) {
            ps->p++;
            item->min = signs[i].min;
            item->max = signs[i].max;
            return true;
        }
    }
    if (ps->p == ps->end || *ps->p != '{') {
        return true;
    }
    ps->p++;
    if (!parse_number(ps, &item->min)) {
        return false;
    }
    item->max = item->min;
    if (ps->p < ps->end && *ps->p == ',') {
        ps->p++;
        item->max = UINT32_MAX;
        if (ps->p < ps->end && *ps->p != '}' && !parse_number(ps, &item->max)) {
            return false;
        }
    }
    return ps->p < ps->end && *ps->p++ == '}' && item->max >= item->min;
}

static bool parse_number(parser_t *ps, uint32_t *number)
{
    const char *start = ps->p;

    *number = 0;
    while (ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9' && *number <= MAX_REPEAT) {
        *number = *number * 10 + (uint32_t)(*ps->p++ - '0');
    }
    return ps->p > start && *number <= MAX_REPEAT;
}

/* Behind what may be repeated more or less often, up to what must be there, stands nothing of it.
 */
static bool is_decided(const parser_t *ps)
{
    for (uint32_t i = 0; i < ps->n; i++) {
        const item_t *item = &ps->items[i], *next = item + 1;

        if (item->min == item->max) {
            continue;
        }
        for (bool is_there = false; next < ps->items + ps->n && !is_there; next++) {
            if ((item->bytes[0] & next->bytes[0]) || (item->bytes[1] & next->bytes[1])) {
                return false;
            }
            is_there = next->min > 0;
        }
    }
    return true;
}

bool lgs_row_match(const lgs_row_t *row, lgs_str_t text)
{
    const char *p = text.data ? text.data : "", *end = p + text.len;

    for (uint32_t i = 0; i < row->n; i++) {
        const item_t *item = &row->items[i];
        size_t left = (size_t)(end - p), most = left < item->max ? left : item->max, n = 0;

        while (n < most && takes(item, p[n])) {
            n++;
        }
        if (n < item->min) {
            return false;
        }
        p += n;
    }
    return p == end;
}
