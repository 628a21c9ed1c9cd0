/*
 * ECMA-262 → PCRE2 (ecma.h). One walk from left to right: only classes, escapes, braces and the
 * signs behind "(?" differ; how groups nest is left to PCRE2. Code points are written as \x{…}, so
 * no mode of PCRE2 decides what an escape means.
 */
#include "ecma.h"

#define NO_CODE      UINT32_MAX
#define MAX_CODE     0x10ffffu
#define SURROGATES   0xd800u
#define MAX_PROPERTY 64u

/* White space and line ends of ECMA-262, section 12.2 and 12.3; and all else. */
#define WHITE                                                                                      \
    "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"     \
    "\\x{feff}"
#define NOT_WHITE                                                                                  \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"               \
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}"                 \
    "\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"
#define NO_LINE_END "[^\\n\\r\\x{2028}\\x{2029}]"

typedef struct {
    const char *start, *p, *end;
    lgs_buf_t *out;
    const char *why;
    bool can_repeat; /* something that a quantifier can follow was just written */
} walk_t;

static void walk_one(walk_t *walk);
static void walk_group(walk_t *walk);
static void walk_quantifier(walk_t *walk, size_t len);
static size_t braces_at(const walk_t *walk);
static void walk_class(walk_t *walk);
static bool add_class_atom(walk_t *walk, uint32_t *code);
static void add_range(walk_t *walk, uint32_t first, uint32_t last);
static void walk_escape(walk_t *walk);
static bool add_set(walk_t *walk, char letter, bool in_class);
static void add_property(walk_t *walk);
static lgs_str_t short_category(lgs_str_t name);
static uint32_t read_code(walk_t *walk, bool in_class);
static uint32_t read_unicode(walk_t *walk);
static uint32_t read_hex(walk_t *walk, size_t min, size_t max);
static uint32_t read_utf8(walk_t *walk);
static void add_code(walk_t *walk, uint32_t code);
static void fail(walk_t *walk, const char *why);
static bool is_at(const walk_t *walk, const char *text);
static bool is_letter(char c);
static bool is_digit(char c);

static const struct {
    char letter;
    const char *alone, *in_class;
} sets[] = {
    {'s', "[" WHITE "]", WHITE},
    {'S', "[^" WHITE "]", NOT_WHITE},
    {'d', "[0-9]", "0-9"},
    {'D', "[^0-9]", "\\x{0}-/:-\\x{10ffff}"},
    {'w', "[0-9A-Z_a-z]", "0-9A-Z_a-z"},
    {'W', "[^0-9A-Z_a-z]", "\\x{0}-/:-@\\[-\\^`{-\\x{10ffff}"},
};

static const struct {
    char letter;
    uint32_t code;
} controls[] = {{'t', 9}, {'n', 10}, {'v', 11}, {'f', 12}, {'r', 13}};

/* Long names of general categories (Unicode's PropertyValueAliases); PCRE2 knows the short ones. */
static const struct {
    const char *name, *brief;
} categories[] = {
    {"Letter", "L"},
    {"Cased_Letter", "L&"},
    {"LC", "L&"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Connector_Punctuation", "Pc"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Initial_Punctuation", "Pi"},
    {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Modifier_Symbol", "Sk"},
    {"Other_Symbol", "So"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"},
    {"Other", "C"},
    {"Control", "Cc"},
    {"cntrl", "Cc"},
    {"Format", "Cf"},
    {"Surrogate", "Cs"},
    {"Private_Use", "Co"},
    {"Unassigned", "Cn"},
};

lgs_ecma_error_t lgs_ecma_translate(lgs_str_t pattern, lgs_buf_t *out)
{
    const char *start = pattern.len ? pattern.data : "";
    walk_t walk = {.start = start, .p = start, .end = start + pattern.len, .out = out};

    while (walk.p < walk.end && walk.why == NULL) {
        walk_one(&walk);
    }
    return (lgs_ecma_error_t){walk.why, (size_t)(walk.p - walk.start)};
}

/* One sign with all that belongs to it. */
static void walk_one(walk_t *walk)
{
    size_t braces = braces_at(walk);
    char c = *walk->p;

    if (c == '*' || c == '+' || c == '?' || braces) {
        walk_quantifier(walk, braces ? braces : 1);
        return;
    }
    walk->can_repeat = c != '|' && c != '(';
    switch (c) {
    case '\\':
        walk_escape(walk);
        return;
    case '[':
        walk_class(walk);
        return;
    case '(':
        walk_group(walk);
        return;
    case '.':
        lgs_buf_cstr(walk->out, NO_LINE_END);
        break;
    case '{':
    case '}':
    case ']':
        lgs_buf_byte(walk->out, '\\');
        lgs_buf_byte(walk->out, c);
        break;
    default:
        lgs_buf_byte(walk->out, c);
    }
    walk->p++;
}

/* "(" and what may stand behind "(?"; a name or PCRE2 itself ends the rest. */
static void walk_group(walk_t *walk)
{
    static const char *const openings[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!"};
    const char *p = walk->p + 1;

    for (size_t i = 0; i < LGS_N(openings); i++) {
        if (is_at(walk, openings[i])) {
            lgs_buf_cstr(walk->out, openings[i]);
            walk->p += strlen(openings[i]);
            return;
        }
    }
    if (p < walk->end && *p == '*') {
        fail(walk, "there is nothing that * could repeat");
        return;
    }
    if (p < walk->end && *p == '?') {
        p += is_at(walk, "(?<") ? 2 : 1;
        if (p == walk->end || !(is_letter(*p) || *p == '_') || p[-1] != '<') {
            fail(walk, "this kind of group is not in ECMA-262");
            return;
        }
    }
    lgs_buf_add(walk->out, walk->p, (size_t)(p - walk->p));
    walk->p = p;
}

/* A quantifier of `len` bytes and the ? that may follow. PCRE2 would read a second + as possessive.
 */
static void walk_quantifier(walk_t *walk, size_t len)
{
    if (!walk->can_repeat) {
        fail(walk, "there is nothing to repeat");
        return;
    }
    lgs_buf_add(walk->out, walk->p, len);
    walk->p += len;
    if (walk->p < walk->end && *walk->p == '?') {
        lgs_buf_byte(walk->out, '?');
        walk->p++;
    }
    walk->can_repeat = false;
}

/* The bytes of {2}, {2,} or {2,5}; 0: the brace stands for itself. */
static size_t braces_at(const walk_t *walk)
{
    const char *p = walk->p;
    bool has_digit = false;

    if (*p != '{') {
        return 0;
    }
    for (p++; p < walk->end && is_digit(*p); p++) {
        has_digit = true;
    }
    if (p < walk->end && *p == ',') {
        for (p++; p < walk->end && is_digit(*p); p++) {
        }
    }
    return has_digit && p < walk->end && *p == '}' ? (size_t)(p + 1 - walk->p) : 0;
}

/* ---- classes ---- */

static void walk_class(walk_t *walk)
{
    uint32_t first, last;

    lgs_buf_byte(walk->out, '[');
    walk->p++;
    if (walk->p < walk->end && *walk->p == '^') {
        lgs_buf_byte(walk->out, '^');
        walk->p++;
    }
    while (walk->why == NULL && walk->p < walk->end && *walk->p != ']') {
        bool is_code = add_class_atom(walk, &first);

        if (walk->p + 1 >= walk->end || walk->p[0] != '-' || walk->p[1] == ']' || walk->why) {
            if (is_code) {
                add_range(walk, first, first);
            }
            continue;
        }
        walk->p++;
        if (!add_class_atom(walk, &last) || !is_code) { /* [\d-x] */
            fail(walk, "a set of characters is no end of a range");
            return;
        }
        if (first > last) {
            fail(walk, "a range ends before it begins");
            return;
        }
        add_range(walk, first, last);
    }
    if (walk->p == walk->end) {
        fail(walk, "] is missing");
        return;
    }
    lgs_buf_byte(walk->out, ']');
    walk->p++;
}

/* One code point, or a set that is written at once (false). */
static bool add_class_atom(walk_t *walk, uint32_t *code)
{
    *code = NO_CODE;
    if (*walk->p != '\\') {
        *code = read_utf8(walk);
        return true;
    }
    if (walk->p + 1 == walk->end) {
        fail(walk, "nothing stands behind \\");
        return false;
    }
    if (add_set(walk, walk->p[1], true)) {
        return false;
    }
    if (walk->p[1] == 'p' || walk->p[1] == 'P') {
        add_property(walk);
        return false;
    }
    *code = read_code(walk, true);
    return *code != NO_CODE;
}

/* Surrogates stand in no text: they are left out. */
static void add_range(walk_t *walk, uint32_t first, uint32_t last)
{
    if (first >= SURROGATES && first <= 0xdfff) {
        first = 0xe000;
    }
    if (last >= SURROGATES && last <= 0xdfff) {
        last = SURROGATES - 1;
    }
    if (first > last) {
        return;
    }
    add_code(walk, first);
    if (last > first) {
        lgs_buf_byte(walk->out, '-');
        add_code(walk, last);
    }
}

/* ---- escapes ---- */

static void walk_escape(walk_t *walk)
{
    const char *p = walk->p + 1;
    uint32_t code;

    if (p == walk->end) {
        fail(walk, "nothing stands behind \\");
        return;
    }
    if (*p == 'b' || *p == 'B') {
        lgs_buf_add(walk->out, walk->p, 2);
        walk->p += 2;
        return;
    }
    if (add_set(walk, *p, false)) {
        return;
    }
    if (*p == 'p' || *p == 'P') {
        add_property(walk);
        return;
    }
    if (*p == 'k') { /* PCRE2 reads the name */
        if (walk->end - p < 2 || p[1] != '<') {
            fail(walk, "\\k needs a name in < >");
            return;
        }
        lgs_buf_cstr(walk->out, "\\k");
        walk->p += 2;
        return;
    }
    if (*p >= '1' && *p <= '9') {
        lgs_buf_cstr(walk->out, "\\g{");
        for (; p < walk->end && is_digit(*p); p++) {
            lgs_buf_byte(walk->out, *p);
        }
        lgs_buf_byte(walk->out, '}');
        walk->p = p;
        return;
    }
    code = read_code(walk, false);
    if (code >= SURROGATES && code <= 0xdfff) {
        lgs_buf_cstr(walk->out, "(?!)");
    } else if (code != NO_CODE) {
        add_code(walk, code);
    }
}

/* \s and the like; false: it is none. */
static bool add_set(walk_t *walk, char letter, bool in_class)
{
    for (size_t i = 0; i < LGS_N(sets); i++) {
        if (sets[i].letter == letter) {
            lgs_buf_cstr(walk->out, in_class ? sets[i].in_class : sets[i].alone);
            walk->p += 2;
            return true;
        }
    }
    return false;
}

/* \p{Letter}, \p{L}, \p{General_Category=L}, \p{Script=Greek}, \p{Alphabetic} */
static void add_property(walk_t *walk)
{
    static const struct {
        const char *name, *write;
        bool is_category;
    } kinds[] = {
        {"General_Category=", "", true},
        {"gc=", "", true},
        {"Script=", "sc:", false},
        {"sc=", "sc:", false},
        {"Script_Extensions=", "scx:", false},
        {"scx=", "scx:", false},
    };
    const char *name = walk->p + 3, *close = NULL;
    lgs_str_t text;

    if (walk->end - walk->p > 3 && walk->p[2] == '{') {
        close = memchr(name, '}', (size_t)(walk->end - name));
    }
    if (close == NULL || close == name || close - name > MAX_PROPERTY) {
        fail(walk, "\\p needs a property in braces");
        return;
    }
    text = lgs_str(name, (size_t)(close - name));
    lgs_buf_add(walk->out, walk->p, 3);
    for (size_t i = 0; i < LGS_N(kinds); i++) {
        lgs_str_t prefix = lgs_cstr(kinds[i].name);

        if (lgs_str_starts(text, prefix)) {
            text = lgs_str(text.data + prefix.len, text.len - prefix.len);
            lgs_buf_cstr(walk->out, kinds[i].write);
            break;
        }
    }
    lgs_buf_str(walk->out, short_category(text));
    lgs_buf_byte(walk->out, '}');
    walk->p = close + 1;
}

static lgs_str_t short_category(lgs_str_t name)
{
    for (size_t i = 0; i < LGS_N(categories); i++) {
        if (lgs_str_is(name, categories[i].name)) {
            return lgs_cstr(categories[i].brief);
        }
    }
    return name;
}

/* The code point that an escape stands for; NO_CODE when it failed. */
static uint32_t read_code(walk_t *walk, bool in_class)
{
    char c = walk->p[1];

    for (size_t i = 0; i < LGS_N(controls); i++) {
        if (controls[i].letter == c) {
            walk->p += 2;
            return controls[i].code;
        }
    }
    if (c == 'b' && in_class) {
        walk->p += 2;
        return 8;
    }
    if (c == '0' && !(walk->end - walk->p > 2 && is_digit(walk->p[2]))) {
        walk->p += 2;
        return 0;
    }
    if (c == 'c' && walk->end - walk->p > 2 && is_letter(walk->p[2])) {
        walk->p += 3;
        return (uint32_t)walk->p[-1] & 0x1f;
    }
    if (c == 'x') {
        walk->p += 2;
        return read_hex(walk, 2, 2);
    }
    if (c == 'u') {
        walk->p += 2;
        return read_unicode(walk);
    }
    if (is_letter(c) || is_digit(c)) {
        fail(walk, "this escape means nothing in ECMA-262");
        return NO_CODE;
    }
    walk->p++;
    return read_utf8(walk);
}

/* Behind \u: 1f69a in braces, or 4 digits, which may be the first half of a pair. */
static uint32_t read_unicode(walk_t *walk)
{
    uint32_t code, low;
    const char *before;

    if (walk->p < walk->end && *walk->p == '{') {
        walk->p++;
        code = read_hex(walk, 1, 6);
        if (code > MAX_CODE || walk->p == walk->end || *walk->p != '}') {
            fail(walk, "\\u{ } needs the number of a character");
            return NO_CODE;
        }
        walk->p++;
        return code;
    }
    code = read_hex(walk, 4, 4);
    if (code < SURROGATES || code > 0xdbff || !is_at(walk, "\\u")) {
        return code;
    }
    before = walk->p;
    walk->p += 2;
    low = read_hex(walk, 4, 4);
    if (low >= 0xdc00 && low <= 0xdfff) {
        return 0x10000 + ((code - SURROGATES) << 10) + (low - 0xdc00);
    }
    walk->p = before; /* read again as what it is */
    walk->why = NULL;
    return code;
}

static uint32_t read_hex(walk_t *walk, size_t min, size_t max)
{
    uint32_t code = 0;
    size_t n = 0;

    for (; n < max && walk->p < walk->end; n++, walk->p++) {
        char c = *walk->p;

        if (is_digit(c)) {
            code = code * 16 + (uint32_t)(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            code = code * 16 + (uint32_t)((c | 0x20) - 'a' + 10);
        } else {
            break;
        }
    }
    if (n < min) {
        fail(walk, "hexadecimal digits are missing");
        return NO_CODE;
    }
    return code;
}

/* One character; what is no UTF-8 is left for PCRE2 to refuse, byte by byte. */
static uint32_t read_utf8(walk_t *walk)
{
    unsigned char lead = (unsigned char)*walk->p;
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    uint32_t code = lead;

    if (n > 1) {
        code = lead & (0x7fu >> n);
    }
    if ((size_t)(walk->end - walk->p) < n || (n == 1 && lead >= 0x80)) {
        fail(walk, "it is not UTF-8");
        return NO_CODE;
    }
    for (size_t i = 1; i < n; i++) {
        code = code << 6 | ((unsigned char)walk->p[i] & 0x3fu);
    }
    walk->p += n;
    return code;
}

/* Letters and digits as they are: they are what most patterns are made of. */
static void add_code(walk_t *walk, uint32_t code)
{
    if (code < 0x80 && (is_letter((char)code) || is_digit((char)code))) {
        lgs_buf_byte(walk->out, (char)code);
    } else {
        lgs_buf_printf(walk->out, "\\x{%x}", code);
    }
}

static void fail(walk_t *walk, const char *why)
{
    walk->why = walk->why ? walk->why : why;
}

static bool is_at(const walk_t *walk, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(walk->end - walk->p) >= len && memcmp(walk->p, text, len) == 0;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
