/*
 * Inference (infer.h). A sample says what one place of all documents has held so far. What is
 * written down is true of every document that was seen: a test validates them with it.
 */
#include "infer.h"

#include "../base/map.h"
#include "program.h"

#define MAX_ENUM     8u  /* values that are few */
#define MAX_WORD     40u /* bytes of a value of an enum: longer ones are texts */
#define MIN_PER_WORD 3u  /* a word is one of few when each was seen so often on average */
#define MAX_NESTING  LGS_MAX_DEPTH
#define N_FORMATS    LGS_N(formats)

/* Those that say something about a value; a word is an idn-email or a regex far too easily. */
static const char *const formats[] = {"date-time", "date", "time", "uuid",
                                      "email",     "ipv4", "ipv6", "uri"};

typedef struct sample_s sample_t;
struct sample_s {
    unsigned types; /* bits as in TYPE_BIT; whole numbers only: TYPE_INTEGER alone */
    uint32_t n;     /* values */
    uint32_t n_objects, n_strings;
    unsigned formats; /* bits of formats that every string had */
    lgs_str_t words[MAX_ENUM];
    uint32_t n_words;   /* MAX_ENUM + 1: too many */
    lgs_map_t *members; /* name → member_t */
    sample_t *items;
};

typedef struct {
    sample_t sample;
    uint32_t n; /* objects that have it */
} seen_t;

struct lgs_infer_s {
    lgs_arena_t *arena;
    sample_t root;
};

static lgs_rc_t learn(lgs_infer_t *infer, sample_t *sample, const lgs_node_t *node, uint32_t depth);
static void learn_string(sample_t *sample, lgs_str_t text);
static lgs_rc_t learn_object(lgs_infer_t *infer, sample_t *sample, const lgs_node_t *node,
                             uint32_t depth);
static lgs_rc_t learn_array(lgs_infer_t *infer, sample_t *sample, const lgs_node_t *node,
                            uint32_t depth);
static void write_sample(lgs_buf_t *buf, const sample_t *sample, bool is_root);
static void write_types(lgs_buf_t *buf, unsigned types);
static void write_string_rules(lgs_buf_t *buf, const sample_t *sample);
static void write_members(lgs_buf_t *buf, const sample_t *sample);

lgs_infer_t *lgs_infer_create(lgs_arena_t *arena)
{
    lgs_infer_t *infer = lgs_arena_zalloc(arena, sizeof(*infer));

    if (infer) {
        infer->arena = arena;
    }
    return infer;
}

lgs_rc_t lgs_infer_add(lgs_infer_t *infer, const lgs_doc_t *doc)
{
    return learn(infer, &infer->root, &doc->root, MAX_NESTING);
}

static lgs_rc_t learn(lgs_infer_t *infer, sample_t *sample, const lgs_node_t *node, uint32_t depth)
{
    bool is_integer = node->type == LGS_NUMBER && lgs_number_is_integer(lgs_node_text(node));

    if (depth == 0) {
        return LGS_LIMIT;
    }
    sample->n++;
    sample->types |= is_integer ? TYPE_INTEGER : TYPE_BIT(node->type);
    switch (node->type) {
    case LGS_STRING:
        learn_string(sample, lgs_node_text(node));
        return LGS_OK;
    case LGS_OBJECT:
        return learn_object(infer, sample, node, depth - 1);
    case LGS_ARRAY:
        return learn_array(infer, sample, node, depth - 1);
    default:
        return LGS_OK;
    }
}

static void learn_string(sample_t *sample, lgs_str_t text)
{
    uint32_t i = 0;

    if (sample->n_strings++ == 0) {
        sample->formats = (1u << N_FORMATS) - 1;
    }
    for (size_t f = 0; f < N_FORMATS; f++) {
        if ((sample->formats >> f & 1) && !lgs_format_find(lgs_cstr(formats[f]))->is_valid(text)) {
            sample->formats &= ~(1u << f);
        }
    }
    while (i < sample->n_words && i < MAX_ENUM && !lgs_str_eq(sample->words[i], text)) {
        i++;
    }
    if (i < sample->n_words && i < MAX_ENUM) {
        return;
    }
    if (i == MAX_ENUM || text.len > MAX_WORD) {
        sample->n_words = MAX_ENUM + 1;
        return;
    }
    sample->words[sample->n_words++] = text;
}

static lgs_rc_t learn_object(lgs_infer_t *infer, sample_t *sample, const lgs_node_t *node,
                             uint32_t depth)
{
    lgs_rc_t rc = LGS_OK;

    sample->n_objects++;
    if (sample->members == NULL) {
        sample->members = lgs_map_create(infer->arena, 8);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        lgs_str_t name = lgs_node_text(&node->u.members[i].name);
        seen_t *seen = sample->members ? lgs_map_get(sample->members, name) : NULL;

        if (seen == NULL) {
            seen = lgs_arena_zalloc(infer->arena, sizeof(*seen));
            if (seen == NULL || sample->members == NULL ||
                lgs_map_add(sample->members, name, seen) != LGS_OK) {
                return LGS_NOMEM;
            }
        }
        seen->n++;
        rc = learn(infer, &seen->sample, &node->u.members[i].value, depth);
    }
    return sample->members ? rc : LGS_NOMEM;
}

static lgs_rc_t learn_array(lgs_infer_t *infer, sample_t *sample, const lgs_node_t *node,
                            uint32_t depth)
{
    lgs_rc_t rc = LGS_OK;

    if (sample->items == NULL && node->n) {
        sample->items = lgs_arena_zalloc(infer->arena, sizeof(*sample->items));
        if (sample->items == NULL) {
            return LGS_NOMEM;
        }
    }
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        rc = learn(infer, sample->items, &node->u.items[i], depth);
    }
    return rc;
}

/* ---- writing ---- */

void lgs_infer_write(const lgs_infer_t *infer, lgs_buf_t *buf)
{
    write_sample(buf, &infer->root, true);
}

/* As deep as learn() went. */
static void write_sample(lgs_buf_t *buf, const sample_t *sample, bool is_root)
{
    lgs_buf_cstr(buf, "{");
    if (is_root) {
        lgs_buf_cstr(buf, "\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"");
    }
    if (sample->types) {
        lgs_buf_cstr(buf, is_root ? ",\"type\":" : "\"type\":");
        write_types(buf, sample->types);
    }
    if (sample->n_strings) {
        write_string_rules(buf, sample);
    }
    if (sample->members) {
        write_members(buf, sample);
    }
    if (sample->items) {
        lgs_buf_cstr(buf, ",\"items\":");
        write_sample(buf, sample->items, false);
    }
    lgs_buf_byte(buf, '}');
}

static void write_types(lgs_buf_t *buf, unsigned types)
{
    static const char *const words[] = {"null",   "boolean", "integer", "number",
                                        "string", "array",   "object"};
    unsigned n = 0, written = 0;

    if (types & TYPE_BIT(LGS_NUMBER)) {
        types &= ~TYPE_INTEGER;
    }
    for (size_t i = 0; i < LGS_N(words); i++) {
        n += (types & lgs_words_type_bit(lgs_cstr(words[i]))) != 0;
    }
    lgs_buf_cstr(buf, n > 1 ? "[" : "");
    for (size_t i = 0; i < LGS_N(words); i++) {
        if (types & lgs_words_type_bit(lgs_cstr(words[i]))) {
            lgs_buf_printf(buf, "%s\"%s\"", written++ ? "," : "", words[i]);
        }
    }
    lgs_buf_cstr(buf, n > 1 ? "]" : "");
}

/* An enum of strings would refuse values of the other types: then there is none. */
static void write_string_rules(lgs_buf_t *buf, const sample_t *sample)
{
    for (size_t f = 0; f < N_FORMATS; f++) {
        if (sample->formats >> f & 1) {
            lgs_buf_printf(buf, ",\"format\":\"%s\"", formats[f]);
            return;
        }
    }
    if (sample->n_words > MAX_ENUM || sample->types != TYPE_BIT(LGS_STRING) ||
        sample->n_strings < sample->n_words * MIN_PER_WORD) {
        return;
    }
    lgs_buf_cstr(buf, ",\"enum\":[");
    for (uint32_t i = 0; i < sample->n_words; i++) {
        lgs_buf_cstr(buf, i ? "," : "");
        lgs_json_write_string(buf, sample->words[i]);
    }
    lgs_buf_byte(buf, ']');
}

static void write_members(lgs_buf_t *buf, const sample_t *sample)
{
    size_t n = lgs_map_count(sample->members), n_required = 0;
    lgs_str_t name;
    void *value;

    lgs_buf_cstr(buf, ",\"properties\":{");
    for (size_t i = 0; i < n; i++) {
        lgs_map_at(sample->members, i, &name, &value);
        lgs_buf_cstr(buf, i ? "," : "");
        lgs_json_write_string(buf, name);
        lgs_buf_byte(buf, ':');
        write_sample(buf, &((const seen_t *)value)->sample, false);
    }
    lgs_buf_byte(buf, '}');
    for (size_t i = 0; i < n; i++) {
        lgs_map_at(sample->members, i, &name, &value);
        if (((const seen_t *)value)->n == sample->n_objects) {
            lgs_buf_cstr(buf, n_required++ ? "," : ",\"required\":[");
            lgs_json_write_string(buf, name);
        }
    }
    lgs_buf_cstr(buf, n_required ? "]" : "");
}
