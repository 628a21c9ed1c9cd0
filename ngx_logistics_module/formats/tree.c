/*
 * Reading a document tree (tree.h): members, pointers, positions, equality. Allocates nothing.
 */
#include "tree.h"

#include "edi_place.h"
#include "index.h"

/* A number taken apart: ± digits × 10^(exponent + shift), zeros at both ends of digits removed. */
typedef struct {
    bool is_negative;
    bool is_zero;
    const char *digits; /* first significant digit; a point may stand among them */
    const char *digits_end;
    bool exponent_is_negative;
    lgs_str_t exponent; /* its digits, leading zeros removed; any length */
    int64_t shift;
} number_t;

static lgs_pos_t move(lgs_pos_t pos, const lgs_base_t *base);
static lgs_pos_t locate_bytes(lgs_str_t source, uint32_t offset);
static lgs_pos_t locate_characters(lgs_str_t source, uint32_t offset);
static LGS_APART const lgs_node_t *get_alike(const lgs_node_t *node, lgs_str_t name);
static LGS_APART const lgs_node_t *get_indexed(const lgs_node_t *object, lgs_str_t name,
                                               uint32_t hash);
static const lgs_node_t *get_escaped(const lgs_node_t *object, lgs_str_t token);
static bool token_is_name(lgs_str_t token, lgs_str_t name);
static const lgs_node_t *step(const lgs_node_t *node, lgs_str_t token);
static bool equal(const lgs_node_t *a, const lgs_node_t *b, unsigned depth);
static bool equal_arrays(const lgs_node_t *a, const lgs_node_t *b, unsigned depth);
static bool equal_objects(const lgs_node_t *a, const lgs_node_t *b, unsigned depth);
static bool equal_numbers(lgs_str_t a, lgs_str_t b);

static const char *const type_names[LGS_N_TYPES] = {
    [LGS_NULL] = "null",     [LGS_BOOL] = "boolean", [LGS_NUMBER] = "number",
    [LGS_STRING] = "string", [LGS_ARRAY] = "array",  [LGS_OBJECT] = "object",
};

/* How each format counts. */
static lgs_pos_t (*const locators[])(lgs_str_t source, uint32_t offset) = {
    [LGS_FORMAT_JSON] = locate_bytes,    [LGS_FORMAT_YAML] = locate_characters,
    [LGS_FORMAT_XML] = locate_bytes,     [LGS_FORMAT_CSV] = locate_bytes,
    [LGS_FORMAT_FIXED] = locate_bytes,   [LGS_FORMAT_X12] = locate_bytes,
    [LGS_FORMAT_EDIFACT] = locate_bytes,
};

lgs_pos_t lgs_doc_locate(const lgs_doc_t *doc, uint32_t offset)
{
    const lgs_head_t whole = {doc->source, doc->base, NULL};
    const lgs_head_t *in = &whole;
    lgs_pos_t pos = {.line = 1, .column = 1};

    if (offset == LGS_NO_OFFSET || (size_t)doc->format >= LGS_N(locators)) {
        return (lgs_pos_t){.offset = offset};
    }
    if (doc->head && (offset & LGS_OFFSET_HEAD)) {
        in = doc->head;
        offset &= ~LGS_OFFSET_HEAD;
        while (in->next && offset >= in->source.len) {
            offset -= (uint32_t)in->source.len;
            in = in->next;
        }
    }
    if (offset > in->source.len) {
        return (lgs_pos_t){.offset = offset};
    }
    if (in->source.len) {
        pos = locators[doc->format](in->source, offset);
    }
    if (doc->format == LGS_FORMAT_X12 || doc->format == LGS_FORMAT_EDIFACT) {
        lgs_edi_place(&doc->marks, in->source, offset, &pos);
        pos.segment = in == &whole ? pos.segment : 0;
    }
    return move(pos, &in->base);
}

void lgs_doc_skip(lgs_doc_t *doc, uint32_t n)
{
    lgs_doc_t plain = *doc;
    lgs_pos_t pos;

    plain.marks.element = 0; /* lines alone */
    pos = lgs_doc_locate(&plain, n);
    doc->base.bytes += n;
    doc->base.lines = pos.line - 1;
    doc->base.columns = pos.column - 1;
    doc->source = lgs_str(doc->source.data + n, doc->source.len - n);
}

const lgs_node_t *lgs_node_get(const lgs_node_t *node, lgs_str_t name)
{
    return lgs_node_get_hashed(node, name, lgs_hash(name.data, name.len));
}

const lgs_node_t *lgs_node_get_hashed(const lgs_node_t *node, lgs_str_t name, uint32_t hash)
{
    if (node == NULL || node->type != LGS_OBJECT) {
        return NULL;
    }
    if (node->flags & LGS_NODE_INDEXED) {
        return get_indexed(node, name, hash);
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_member_t *at = &node->u.members[i];

        if (at->name.hash == hash && at->name.n == name.len) {
            return LGS_LIKELY(lgs_same(at->name.u.text, name.data, name.len))
                       ? &at->value
                       : get_alike(node, name);
        }
    }
    return NULL;
}

/* Another name has its length and its hash. */
static const lgs_node_t *get_alike(const lgs_node_t *node, lgs_str_t name)
{
    for (uint32_t i = 0; i < node->n; i++) {
        if (lgs_str_eq(lgs_node_text(&node->u.members[i].name), name)) {
            return &node->u.members[i].value;
        }
    }
    return NULL;
}

lgs_str_t lgs_node_text(const lgs_node_t *node)
{
    if (node == NULL || (node->type != LGS_STRING && node->type != LGS_NUMBER)) {
        return (lgs_str_t){NULL, 0};
    }
    return lgs_str(node->u.text, node->n);
}

bool lgs_node_is_true(const lgs_node_t *node)
{
    return node && node->type == LGS_BOOL && node->u.truth;
}

bool lgs_node_int(const lgs_node_t *node, int64_t *value)
{
    lgs_str_t text = lgs_node_text(node);
    bool is_negative = text.len && text.data[0] == '-';
    uint64_t most = (uint64_t)INT64_MAX + is_negative, sum = 0;

    if (node == NULL || node->type != LGS_NUMBER || text.len == is_negative) {
        return false;
    }
    for (size_t i = is_negative; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';

        if (digit > 9 || sum > (most - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *value = is_negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

const lgs_node_t *lgs_node_pointer(const lgs_node_t *root, lgs_str_t pointer)
{
    const char *p = pointer.data, *end, *slash;
    const lgs_node_t *node = root;

    if (pointer.len == 0) {
        return root;
    }
    if (*p != '/') {
        return NULL;
    }
    end = p + pointer.len;
    while (node && p < end) {
        p++; /* the '/' */
        slash = memchr(p, '/', (size_t)(end - p));
        slash = slash ? slash : end;
        node = step(node, lgs_str(p, (size_t)(slash - p)));
        p = slash;
    }
    return node;
}

const char *lgs_type_name(lgs_type_t type)
{
    return (unsigned)type < LGS_N_TYPES ? type_names[type] : "unknown";
}

bool lgs_node_equal(const lgs_node_t *a, const lgs_node_t *b)
{
    return equal(a, b, 0);
}

/* ---- positions ---- */

static lgs_pos_t move(lgs_pos_t pos, const lgs_base_t *base)
{
    uint64_t offset = base->bytes + pos.offset;

    pos.offset = offset < LGS_NO_OFFSET ? (uint32_t)offset : LGS_NO_OFFSET - 1;
    pos.column += pos.line == 1 ? base->columns : 0;
    pos.line += base->lines;
    return pos;
}

/* Lines end in LF (CR LF alike); columns are bytes. A byte order mark has no column. */
static lgs_pos_t locate_bytes(lgs_str_t source, uint32_t offset)
{
    const char *p = source.data, *line = p, *at = p + offset;
    lgs_pos_t pos = {.offset = offset, .line = 1};

    if (offset >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        line = p += 3;
    }
    while (p < at && (p = memchr(p, '\n', (size_t)(at - p))) != NULL) {
        line = ++p;
        pos.line++;
    }
    pos.column = (uint32_t)(at - line) + 1;
    return pos;
}

/* YAML: a lone CR ends a line too, and people count characters. */
static lgs_pos_t locate_characters(lgs_str_t source, uint32_t offset)
{
    const char *p = source.data, *at = p + offset, *end = p + source.len;
    lgs_pos_t pos = {.offset = offset, .line = 1, .column = 1};

    if (offset >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
    }
    for (; p < at; p++) {
        if (*p == '\n' || (*p == '\r' && !(p + 1 < end && p[1] == '\n'))) {
            pos.line++;
            pos.column = 1;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            pos.column++;
        }
    }
    return pos;
}

/* ---- members and pointers ---- */

static const lgs_node_t *get_indexed(const lgs_node_t *object, lgs_str_t name, uint32_t hash)
{
    const uint32_t *order = lgs_index_of(object);
    uint32_t low = 0, high = object->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const lgs_member_t *member = &object->u.members[order[middle]];
        int compared = lgs_index_compare(hash, name, &member->name);

        if (compared == 0) {
            return &member->value;
        }
        if (compared < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* One reference token of RFC 6901: a name, or an index without leading zeros. */
static const lgs_node_t *step(const lgs_node_t *node, lgs_str_t token)
{
    uint64_t index = 0;

    if (node->type == LGS_OBJECT) {
        return token.len && memchr(token.data, '~', token.len) ? get_escaped(node, token)
                                                               : lgs_node_get(node, token);
    }
    if (node->type != LGS_ARRAY || token.len == 0 || token.len > 10 ||
        (token.data[0] == '0' && token.len > 1)) {
        return NULL;
    }
    for (size_t i = 0; i < token.len; i++) {
        unsigned digit = (unsigned)(unsigned char)token.data[i] - '0';

        if (digit > 9) {
            return NULL;
        }
        index = index * 10 + digit;
    }
    return index < node->n ? &node->u.items[index] : NULL;
}

static const lgs_node_t *get_escaped(const lgs_node_t *object, lgs_str_t token)
{
    for (uint32_t i = 0; i < object->n; i++) {
        if (token_is_name(token, lgs_node_text(&object->u.members[i].name))) {
            return &object->u.members[i].value;
        }
    }
    return NULL;
}

static bool token_is_name(lgs_str_t token, lgs_str_t name)
{
    size_t at = 0;

    for (size_t i = 0; i < token.len; i++, at++) {
        char c = token.data[i];

        if (c == '~') {
            i++;
            if (i == token.len || (token.data[i] != '0' && token.data[i] != '1')) {
                return false;
            }
            c = token.data[i] == '0' ? '~' : '/';
        }
        if (at >= name.len || name.data[at] != c) {
            return false;
        }
    }
    return at == name.len;
}

/* ---- equality ---- */

/* No builder makes a tree deeper than LGS_MAX_DEPTH: deeper ones are nobody's equal. */
static bool equal(const lgs_node_t *a, const lgs_node_t *b, unsigned depth)
{
    if (a->type != b->type || depth > LGS_MAX_DEPTH) {
        return false;
    }
    switch ((lgs_type_t)a->type) {
    case LGS_NULL:
        return true;
    case LGS_BOOL:
        return a->u.truth == b->u.truth;
    case LGS_NUMBER:
        return equal_numbers(lgs_node_text(a), lgs_node_text(b));
    case LGS_STRING:
        return lgs_str_eq(lgs_node_text(a), lgs_node_text(b));
    case LGS_ARRAY:
        return equal_arrays(a, b, depth);
    case LGS_OBJECT:
        return equal_objects(a, b, depth);
    }
    return false;
}

static bool equal_arrays(const lgs_node_t *a, const lgs_node_t *b, unsigned depth)
{
    if (a->n != b->n) {
        return false;
    }
    for (uint32_t i = 0; i < a->n; i++) {
        if (!equal(&a->u.items[i], &b->u.items[i], depth + 1)) {
            return false;
        }
    }
    return true;
}

/* Names are unique, so n members of a found in b are all of b. Most objects agree in order too. */
static bool equal_objects(const lgs_node_t *a, const lgs_node_t *b, unsigned depth)
{
    if (a->n != b->n) {
        return false;
    }
    for (uint32_t i = 0; i < a->n; i++) {
        const lgs_node_t *name = &a->u.members[i].name;
        const lgs_member_t *beside = &b->u.members[i];
        const lgs_node_t *value = &beside->value;

        if (lgs_index_compare(name->hash, lgs_node_text(name), &beside->name) != 0) {
            value = lgs_node_get_hashed(b, lgs_node_text(name), name->hash);
        }
        if (value == NULL || !equal(&a->u.members[i].value, value, depth + 1)) {
            return false;
        }
    }
    return true;
}

/* ---- numbers ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes apart a number in JSON's grammar. */
static number_t split_number(lgs_str_t text)
{
    const char *p = text.data, *end = p + text.len, *mark, *point;
    number_t number = {.exponent = {NULL, 0}};

    if (p < end && *p == '-') {
        number.is_negative = true;
        p++;
    }
    for (mark = p; mark < end && *mark != 'e' && *mark != 'E'; mark++) {
    }
    point = p < mark ? memchr(p, '.', (size_t)(mark - p)) : NULL;
    number.digits = p;
    number.digits_end = mark;
    while (number.digits < mark && (*number.digits == '0' || *number.digits == '.')) {
        number.digits++;
    }
    while (number.digits_end > number.digits &&
           (number.digits_end[-1] == '0' || number.digits_end[-1] == '.')) {
        number.digits_end--;
    }
    number.is_zero = number.digits == number.digits_end;
    point = point ? point : mark;
    /* the power of ten of the last significant digit */
    number.shift = number.digits_end > point ? -(int64_t)(number.digits_end - point - 1)
                                             : (int64_t)(point - number.digits_end);
    if (mark < end) {
        mark++;
        number.exponent_is_negative = mark < end && *mark == '-';
        while (mark < end && (!is_digit(*mark) || *mark == '0')) {
            mark++;
        }
        number.exponent = lgs_str(mark, (size_t)(end - mark));
    }
    return number;
}

static bool equal_digits(const number_t *a, const number_t *b)
{
    const char *p = a->digits, *q = b->digits;

    while (p < a->digits_end && q < b->digits_end) {
        if (*p == '.') {
            p++;
        } else if (*q == '.') {
            q++;
        } else if (*p++ != *q++) {
            return false;
        }
    }
    /* both end in a digit, so what is left over is a digit */
    return p == a->digits_end && q == b->digits_end;
}

/*
 * a's exponent minus b's, exactly, or something above 2^40 in amount when it is larger than any
 * shift: digit by digit from the front, and a difference once large can only grow.
 */
static int64_t exponent_difference(const number_t *a, const number_t *b)
{
    size_t n = a->exponent.len > b->exponent.len ? a->exponent.len : b->exponent.len;
    int64_t difference = 0;

    for (size_t i = n; i > 0 && difference < (INT64_C(1) << 40) && difference > -(INT64_C(1) << 40);
         i--) {
        int x = i <= a->exponent.len ? a->exponent.data[a->exponent.len - i] - '0' : 0;
        int y = i <= b->exponent.len ? b->exponent.data[b->exponent.len - i] - '0' : 0;

        difference = difference * 10 + (a->exponent_is_negative ? -x : x) -
                     (b->exponent_is_negative ? -y : y);
    }
    return difference;
}

static bool equal_numbers(lgs_str_t a, lgs_str_t b)
{
    number_t x, y;

    if (lgs_str_eq(a, b)) {
        return true;
    }
    x = split_number(a);
    y = split_number(b);
    if (x.is_zero || y.is_zero) {
        return x.is_zero && y.is_zero;
    }
    return x.is_negative == y.is_negative && equal_digits(&x, &y) &&
           exponent_difference(&x, &y) == y.shift - x.shift;
}
