/*
 * The compiled form of a schema, private to this room.
 *
 * Every schema object becomes a block. A block has one list of operations for each type of value:
 * to validate a value is to run the list of its type. An operation is a function and an argument;
 * a type that `type` does not allow has a list with the refusing operation alone. So a good
 * document is validated without looking at a keyword that does not concern it.
 *
 * A kind says what an operation can do: `holds` decides (fast pass), `explain` words the refusal
 * (slow pass, only when the fast one said no), `each` names the sub-blocks that it applies and the
 * values that it applies them to. Decisions are taken in `holds` only, so the passes agree.
 */
#ifndef LGS_SCHEMA_PROGRAM_H
#define LGS_SCHEMA_PROGRAM_H

#include "../base/regex.h"
#include "../formats/json.h"
#include "number.h"
#include "schema.h"

/* Ceilings of one validation; past them it ends with LGS_LIMIT. */
#define LGS_SCHEMA_DEPTH          1000u    /* operations within each other */
#define LGS_SCHEMA_STEPS          4000000u /* values looked at, plus … */
#define LGS_SCHEMA_STEPS_PER_NODE 64u      /* … for each value of the document */
/* Ceilings of a compilation. */
#define LGS_SCHEMA_BLOCKS  100000u /* schema objects, with all that is referred to */
#define LGS_SCHEMA_NESTING 256u    /* schema objects within each other */
#define LGS_SCHEMA_SCOPES  1000u   /* different answers to what $dynamicRef means */

typedef struct op_s op_t;
typedef struct block_s block_t;
typedef struct kind_s kind_t;
typedef struct resource_s resource_t;
typedef struct scope_s scope_t;

/* State of one fast pass. */
typedef struct {
    uint64_t steps;     /* left */
    uint32_t depth;     /* left */
    lgs_rc_t trouble;   /* LGS_OK, or why the answer is worth nothing: LGS_LIMIT, LGS_NOMEM */
    const char *reason; /* the error's code when there is trouble */
} run_t;

struct op_s {
    bool (*holds)(run_t *run, const op_t *op, const lgs_node_t *node); /* NULL ends a list */
    const kind_t *kind;
    union {
        uint64_t count;
        const void *data; /* what is behind it, the kind knows */
    } arg;
};

struct block_s {
    const op_t *by_type[LGS_N_TYPES];
    const block_t *alias; /* it is nothing but a $ref to that one */
    bool redact;          /* x-redact: true */
    bool never;           /* the schema false */
    const resource_t *resource;
    const scope_t *scope;
    const lgs_node_t *node; /* the schema itself */
    lgs_str_t pointer;      /* of it in its document */
    block_t *next;          /* order of creation */
    struct edge_s *edges;   /* blocks that this one applies to the same value */
    uint32_t n_waiting;     /* for the search of cycles: edges to blocks not yet done */
    struct edge_s *back;    /* edges that end here */
    block_t *next_ready;
};

typedef struct edge_s {
    block_t *from, *to;
    struct edge_s *next, *next_back;
} edge_t;

/* allOf, anyOf, oneOf */
typedef struct {
    uint32_t n;
    const block_t *items[];
} blocks_t;

/* if, then, else; the last two may be NULL */
typedef struct {
    const block_t *parts[3];
} condition_t;

#define PROPERTY_DECLARED 0x01u /* in `properties`: so not additional */
#define PROPERTY_REQUIRED 0x02u

typedef struct {
    lgs_str_t name;
    const block_t *block; /* NULL: only required */
    uint32_t hash;
    uint8_t flags;
} property_t;

typedef struct {
    uint32_t hash;
    uint32_t index; /* of the property + 1; 0: free */
} slot_t;

typedef struct {
    lgs_regex_t *regex;
    lgs_str_t text;
    const block_t *block;
} pattern_t;

/* properties, required, patternProperties and additionalProperties: one walk over the members. */
typedef struct {
    property_t *properties;
    uint32_t n, n_required;
    slot_t *slots; /* open addressing, at most half full */
    uint32_t mask;
    pattern_t *patterns;
    uint32_t n_patterns;
    const block_t *additional; /* NULL: anything */
} members_t;

/* dependentRequired and dependentSchemas: when `name` is there. */
typedef struct {
    lgs_str_t name;
    uint32_t hash;
    const block_t *block; /* or */
    const property_t *required;
    uint32_t n_required;
} dependent_t;

typedef struct {
    uint32_t n;
    dependent_t items[];
} dependents_t;

/* prefixItems and items. */
typedef struct {
    const block_t *const *prefix;
    uint32_t n_prefix;
    const block_t *rest; /* NULL: anything */
} items_t;

typedef struct {
    const block_t *block;
    uint64_t min, max;
    bool marks; /* 2020-12: what fits is evaluated */
} contains_t;

/* unevaluatedItems, unevaluatedProperties: stands last in its block's lists. */
typedef struct {
    const block_t *block; /* for what nothing else in `owner` has looked at */
    const block_t *owner;
} unevaluated_t;

/* enum and const: strings by hash, all other values one by one. */
typedef struct {
    const lgs_node_t *values;
    uint32_t n;
    slot_t *slots;
    uint32_t mask;
    const lgs_node_t **others;
    uint32_t n_others;
} enum_t;

typedef struct {
    lgs_divisor_t divisor;
    lgs_str_t text;
} multiple_t;

typedef struct {
    lgs_number_t number;
    lgs_str_t text;
} bound_t;

typedef struct {
    const char *name;
    bool (*is_valid)(lgs_str_t text);
    const char *what; /* "a date-time" */
} format_t;

/* The place of a value in the document, as a chain on the stack of the slow pass. */
typedef struct place_s place_t;
struct place_s {
    const place_t *up;
    const lgs_node_t *node;
    const lgs_node_t *name; /* of a member; else it is item `index` of its array */
    uint32_t index;
    bool is_about_name; /* the error is the member's being there: its position is the name's */
};

/* State of one slow pass. */
typedef struct {
    run_t run;
    const lgs_schema_t *schema;
    const lgs_doc_t *doc;
    lgs_errs_t *errs;
    const block_t *block; /* whose operation speaks */
    bool nomem;
} explain_t;

/* Called by `each` for every value that a sub-block applies to. */
typedef void (*visit_t)(void *data, const block_t *block, const lgs_node_t *value);

/* Which members or items of a value its schema has looked at. */
typedef struct {
    run_t *run;
    uint64_t *bits;
    bool all;
} marks_t;

struct kind_s {
    const char *keyword;
    bool (*holds)(run_t *run, const op_t *op, const lgs_node_t *node);
    void (*explain)(explain_t *explain, const op_t *op, const place_t *place);
    void (*each)(const op_t *op, const lgs_node_t *node, visit_t visit, void *data);
    void (*mark)(marks_t *marks, const op_t *op, const lgs_node_t *node); /* NULL: nothing */
};

struct lgs_schema_s {
    const block_t *root;
    const lgs_schema_t *whole; /* of which it is the rest; NULL: a schema of its own */
    const lgs_doc_t *doc;
    bool has_redact;
    uint32_t n_blocks;
};

/* ---- dialect.c: drafts and vocabularies ---- */

#define DRAFT_7    0x01u
#define DRAFT_2019 0x02u
#define DRAFT_2020 0x04u
#define DRAFTS_ALL (DRAFT_7 | DRAFT_2019 | DRAFT_2020)
#define DRAFTS_NEW (DRAFT_2019 | DRAFT_2020)
#define DRAFTS_OLD (DRAFT_7 | DRAFT_2019)

#define VOCABULARY_CORE        0x01u
#define VOCABULARY_APPLICATOR  0x02u
#define VOCABULARY_UNEVALUATED 0x04u
#define VOCABULARY_VALIDATION  0x08u
#define VOCABULARY_OTHER       0x10u /* meta-data, content, format: nothing but annotations */
#define VOCABULARY_ASSERTION   0x20u /* format-assertion */
#define VOCABULARIES_ALL       0x1fu

/* What a schema's keywords mean. */
typedef struct {
    uint8_t drafts; /* one bit; several while its meta-schema has not been looked at */
    uint8_t vocabularies;
    bool is_known;
} dialect_t;

/* A $dynamicAnchor; $recursiveAnchor: true is one without a name. */
typedef struct dynamic_s dynamic_t;

/* One schema document or embedded $id: what relative references start from. */
struct resource_s {
    lgs_str_t uri;     /* absolute, or the name it was added under; no fragment */
    lgs_str_t name;    /* of its document, as it was added */
    lgs_str_t pointer; /* of its root in the document */
    const lgs_node_t *node;
    const lgs_doc_t *doc;
    dialect_t dialect;
    struct resource_s *parent; /* whose dialect it has, when it has no $schema of its own */
    bool is_settling;
    dynamic_t *anchors;
};

typedef struct {
    const resource_t *resource;
    const lgs_node_t *node;
    lgs_str_t pointer;        /* in the resource's document */
    const dynamic_t *dynamic; /* it was named by a $dynamicAnchor */
} target_t;

struct dynamic_s {
    lgs_str_t name;
    target_t target;
    dynamic_t *next;
};

/* The dialect that draft number `draft` of the options is. */
dialect_t lgs_dialect_of_draft(lgs_draft_t draft);

/* By a $schema; one that is not known has all drafts. */
dialect_t lgs_dialect_of_uri(lgs_str_t uri);

/*
 * For a resource whose $schema is no published one: finds that meta-schema, takes its vocabularies
 * and checks the resource with it. False with an error recorded.
 */
struct compiler_s;
bool lgs_dialect_settle(struct compiler_s *compiler, const resource_t *resource);

/* The text of a published meta-schema; data NULL: it is none. */
lgs_str_t lgs_meta_text(lgs_str_t uri);

/* ---- scope.c: $dynamicRef without a stack at run time ---- */

/*
 * The resources on the way to a block decide what a $dynamicRef in it means: for each name the
 * outermost one that has such an anchor. So a block is compiled once for each different answer (a
 * scope), and the program has plain references only.
 */
struct scope_s {
    const scope_t *next;
    uint32_t n;
    const dynamic_t *anchors[];
};

/* The scope within `resource` when it is entered from `outer` (NULL: from nowhere). */
const scope_t *lgs_scope_enter(struct compiler_s *compiler, const scope_t *outer,
                               const resource_t *resource);

/* The outermost anchor of that name, or NULL. */
const dynamic_t *lgs_scope_find(const scope_t *scope, lgs_str_t name);

/* ---- uri.c ---- */

/* Splits at the first '#'; fragment is empty without one. */
lgs_str_t lgs_uri_split(lgs_str_t uri, lgs_str_t *fragment);

/* RFC 3986 section 5.2 without the fragment; `base` may be relative itself. data NULL: no memory.
 */
lgs_str_t lgs_uri_resolve(lgs_arena_t *arena, lgs_str_t base, lgs_str_t reference);

/* %41 → A; data NULL: no memory. */
lgs_str_t lgs_uri_unescape(lgs_arena_t *arena, lgs_str_t text);

/* ---- store.c ---- */

lgs_arena_t *lgs_store_arena(const lgs_schema_store_t *store);
const lgs_schema_options_t *lgs_store_options(const lgs_schema_store_t *store);
const resource_t *lgs_store_find(const lgs_schema_store_t *store, lgs_str_t name);

/* The resource that begins at a node, or NULL. */
const resource_t *lgs_store_resource_at(const lgs_schema_store_t *store, const lgs_node_t *node);

/* What `reference` in `from` means. LGS_NOT_FOUND records nothing; LGS_NOMEM, LGS_INVALID do. */
lgs_rc_t lgs_store_resolve(lgs_schema_store_t *store, const resource_t *from, lgs_str_t reference,
                           target_t *target, lgs_errs_t *errs);

/* ---- keywords.c ---- */

/* What a keyword's value must be; also tells the store where schemas are within schemas. */
typedef enum {
    VALUE_ANY,
    VALUE_BOOL,
    VALUE_STRING,
    VALUE_ID,     /* a URI with an empty fragment at most */
    VALUE_ANCHOR, /* a name */
    VALUE_VOCABULARY,
    VALUE_NUMBER,
    VALUE_POSITIVE,
    VALUE_COUNT,
    VALUE_ARRAY,
    VALUE_OBJECT,
    VALUE_TYPES,
    VALUE_STRINGS,     /* an array of strings that differ */
    VALUE_STRINGS_MAP, /* an object of such */
    VALUE_SCHEMA,
    VALUE_SCHEMAS,      /* an array of them, not empty */
    VALUE_ONE_OR_MORE,  /* a schema or an array of them */
    VALUE_SCHEMA_MAP,   /* an object of them */
    VALUE_DEPENDENCIES, /* an object of them or of arrays of strings */
    N_VALUES
} value_t;

typedef struct compiler_s compiler_t;

typedef struct {
    const char *name;
    value_t value;
    void (*compile)(compiler_t *compiler, const lgs_node_t *value); /* NULL: an annotation */
    const kind_t *kind;   /* for functions that serve several keywords */
    uint8_t types;        /* that the operation looks at, likewise */
    uint8_t drafts;       /* that have it */
    uint8_t vocabularies; /* of which one has it; 0: the product's own */
} keyword_t;

extern const keyword_t lgs_keywords[]; /* in the order in which a block runs them */
extern const size_t lgs_n_keywords;

/* Its index in a dialect, or -1. */
int lgs_keyword_find(lgs_str_t name, dialect_t dialect);

static inline bool lgs_keyword_is_in(const keyword_t *keyword, dialect_t dialect)
{
    return (keyword->drafts & dialect.drafts) &&
           (keyword->vocabularies == 0 || (keyword->vocabularies & dialect.vocabularies));
}

/* The value of the keyword `name` of a schema, is it there in the dialect; or NULL. */
const lgs_node_t *lgs_keyword_value(const lgs_node_t *schema, const char *name, dialect_t dialect);

/* False with an error when the value of the keyword at work is not of its kind. */
bool lgs_keyword_check(compiler_t *compiler, value_t kind, const lgs_node_t *value);

/* ---- compile.c: what keywords.c calls ---- */

#define TYPE_BIT(type) (1u << (type))
#define TYPES_ALL      ((1u << LGS_N_TYPES) - 1)
#define TYPE_INTEGER   TYPE_BIT(LGS_N_TYPES) /* a bit beside them in the argument of `type` */
#define MAX_KEYWORDS   80                    /* one of them, dependencies, makes two operations */
#define MAX_OPS        (MAX_KEYWORDS + 1)

typedef struct {
    op_t op;
    uint8_t types;
} pending_t;

struct compiler_s {
    lgs_arena_t *arena;
    lgs_schema_store_t *store;
    lgs_schema_t *schema;
    lgs_errs_t *errs;
    struct lgs_map_s *blocks; /* addresses of node and scope → block */
    const scope_t *scopes;
    uint32_t n_scopes;
    block_t *first, *last;
    bool failed; /* an error is recorded */
    bool nomem;  /* … which is that one */
    /* the block at work */
    block_t *block;
    const char *keyword; /* for errors and pointers; NULL: the schema itself */
    const keyword_t *row;
    pending_t ops[MAX_OPS];
    size_t n_ops;
    const lgs_node_t
        *values[MAX_KEYWORDS]; /* of its keywords, by index; NULL: not there or wrong */
    unsigned types;            /* that `type` allows; all others have its list alone */
};

/* The program of any schema within a document. */
lgs_schema_t *lgs_schema_compile_at(lgs_schema_store_t *store, const target_t *target,
                                    lgs_errs_t *errs);

/* The checked value of another keyword of the block at work, or NULL. */
const lgs_node_t *lgs_compile_value(const compiler_t *compiler, const char *keyword);

/* Records an error at a value of the schema document, under the keyword at work. */
void lgs_compile_error(compiler_t *compiler, const lgs_node_t *at, const char *format, ...)
    LGS_PRINTF(3, 4);
void *lgs_compile_alloc(compiler_t *compiler, size_t n, size_t size);

/*
 * The block of a sub-schema: of the keyword at work, or of its member or item `step` when that has
 * data. NULL: no memory, recorded. `in_place`: it applies to the same value.
 */
const block_t *lgs_compile_sub(compiler_t *compiler, const lgs_node_t *node, lgs_str_t step,
                               bool in_place);
const block_t *lgs_compile_step(compiler_t *compiler, const lgs_node_t *node, uint32_t index,
                                bool in_place);
const block_t *lgs_compile_ref(compiler_t *compiler, const lgs_node_t *reference, bool is_dynamic);
lgs_regex_t *lgs_compile_pattern(compiler_t *compiler, const lgs_node_t *at, lgs_str_t pattern);
void lgs_compile_op(compiler_t *compiler, const kind_t *kind, unsigned types, const void *data);
void lgs_compile_count_op(compiler_t *compiler, const kind_t *kind, unsigned types, uint64_t count);

/* ---- members.c, items.c, sizes.c, scalars.c, inplace.c, unevaluated.c: the kinds ---- */

extern const kind_t lgs_kind_type, lgs_kind_false, lgs_kind_enum, lgs_kind_const;
extern const kind_t lgs_kind_minimum, lgs_kind_maximum, lgs_kind_above, lgs_kind_below,
    lgs_kind_multiple;
extern const kind_t lgs_kind_min_length, lgs_kind_max_length, lgs_kind_pattern, lgs_kind_format;
extern const kind_t lgs_kind_members, lgs_kind_min_properties, lgs_kind_max_properties,
    lgs_kind_names, lgs_kind_dependent_required, lgs_kind_dependent_schemas;
extern const kind_t lgs_kind_items, lgs_kind_min_items, lgs_kind_max_items, lgs_kind_unique,
    lgs_kind_contains;
extern const kind_t lgs_kind_ref, lgs_kind_all, lgs_kind_any, lgs_kind_one, lgs_kind_not,
    lgs_kind_if;
extern const kind_t lgs_kind_unevaluated_items, lgs_kind_unevaluated_properties;

const format_t *lgs_format_find(lgs_str_t name);
lgs_str_t lgs_format_nearest(lgs_str_t name);

/* Index of the first item that equals an earlier one, or -1; sets *twin. Trouble: -1. */
int64_t lgs_items_twin(run_t *run, const lgs_node_t *array, uint32_t *twin);

bool lgs_enum_build(compiler_t *compiler, enum_t *set, const lgs_node_t *values, uint32_t n);
bool lgs_enum_has(const enum_t *set, const lgs_node_t *node);
const property_t *lgs_members_find(const members_t *members, const lgs_node_t *name);

/* Marks what a block looks at of a value that it holds for. */
void lgs_mark_block(marks_t *marks, const block_t *block, const lgs_node_t *node);
/* The same when the block holds. */
void lgs_mark_if_holds(marks_t *marks, const block_t *block, const lgs_node_t *node);

static inline void lgs_mark(marks_t *marks, uint32_t index)
{
    marks->bits[index / 64] |= (uint64_t)1 << index % 64;
}

static inline bool lgs_is_marked(const marks_t *marks, uint32_t index)
{
    return marks->all || (marks->bits[index / 64] >> index % 64 & 1);
}

/* ---- the fast pass ---- */

static inline bool lgs_block_holds(run_t *run, const block_t *block, const lgs_node_t *node)
{
    for (const op_t *op = block->by_type[node->type]; op->holds; op++) {
        if (!op->holds(run, op, node)) {
            return false;
        }
    }
    return true;
}

/* Before looking at `n` values one level down; false: give up, the answer is void. */
static inline bool lgs_run_enter(run_t *run, uint32_t n)
{
    if (LGS_UNLIKELY(run->depth == 0 || run->steps <= n)) {
        run->trouble = LGS_LIMIT;
        run->reason = run->depth == 0 ? "max-depth" : "max-steps";
        return false;
    }
    run->depth--;
    run->steps -= (uint64_t)n + 1;
    return true;
}

static inline void lgs_run_leave(run_t *run)
{
    run->depth++;
}

bool lgs_run_match(run_t *run, const lgs_regex_t *regex, lgs_str_t text);

/* ---- words.c: pieces of error texts, in the arena; never data NULL ---- */

/* In quotes as JSON has it, cut when long. */
lgs_str_t lgs_words_quote(lgs_arena_t *arena, lgs_str_t text);
/* Scalars as JSON, "an object", "an array". */
lgs_str_t lgs_words_value(lgs_arena_t *arena, const lgs_node_t *node);
/* "a string or null" of the bits that `type` has. */
lgs_str_t lgs_words_types(lgs_arena_t *arena, unsigned types);
/* The bit of a word of `type`; 0: there is none. */
unsigned lgs_words_type_bit(lgs_str_t word);

/* ---- explain.c: what the kinds call ---- */

/* All that is wrong with a value by a block. */
void lgs_explain_block(explain_t *explain, const block_t *block, const place_t *place);

/* The outermost value on the way to a place that is marked x-redact; NULL: none is. */
const place_t *lgs_explain_redacted(explain_t *explain, const place_t *place);

/* The JSON pointer of a place, not into what is redacted. */
lgs_str_t lgs_explain_pointer(explain_t *explain, const place_t *place);

/*
 * True when the list has no room: then one more is counted, and the words can be spared. A document
 * with a million errors must not fill the arena with texts that nobody sees.
 */
bool lgs_explain_is_full(explain_t *explain);

/* One error: the label of the place, then the sentence. */
void lgs_explain_say(explain_t *explain, const char *keyword, const place_t *place,
                     const char *format, ...) LGS_PRINTF(4, 5);

/* The same with the value behind the label: "eta": "tomorrow" is … */
void lgs_explain_value(explain_t *explain, const char *keyword, const place_t *place,
                       const char *format, ...) LGS_PRINTF(4, 5);

/* The same without the label. */
void lgs_explain_plain(explain_t *explain, const char *keyword, const place_t *place,
                       const char *format, ...) LGS_PRINTF(4, 5);

/* Of several blocks that all refuse a value, what the nearest says (nearest.c). */
void lgs_explain_nearest(explain_t *explain, const char *keyword, const blocks_t *blocks,
                         const place_t *place);

#endif
