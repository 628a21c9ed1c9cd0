/*
 * The inside of the mapping room: what a mapping file becomes and what a run carries along. A file
 * of operations needs only this header and a row in the table of ops.c.
 *
 *   compile.c  head, scopes, variables, emit        run.c       the engine
 *   expr.c     values: constants, objects, lists    path.c      paths over the tree
 *   path_edi.c, walk_edi.c  paths into EDI
 *   cond.c     conditions                           lookup.c    code lists
 *   args.c     reading arguments of operations      ops*.c      operations
 *   dateforms.c  how dates are written              units.c     units of measure
 *   needs.c    without which segments a value is null     eval.c   how values are evaluated
 *   assert.c   what must hold                       select.c    which documents it is for
 *   include.c  templates; alone.c: those and codes   explain.c   why a record is as it is
 *   fields.c, proof.c   what can be proved of what is put out
 *   outcomes.c  what a value can come to
 *   unproved.c, proves.c, fit.c   what is left to check in a run
 *   pointer.c   where something stood
 *   known.c     what the input's schema says of what is read
 *   input*.c   what is read: formats and their keys
 *   run.h      what a run carries along
 *   output.c   what is written: canonical records, or a document in a format of a partner
 */
#ifndef LGS_MAPPING_INTERNAL_H
#define LGS_MAPPING_INTERNAL_H

#include "../base/buf.h"
#include "../base/decimal.h"
#include "../base/map.h"
#include "../base/regex.h"
#include "../formats/json.h"
#include "mapping.h"

#include <stdio.h>

/* Ceilings of one mapping file. */
#define LGS_MAPPING_MAX_SCOPES   8u     /* for_each within each other */
#define LGS_MAPPING_MAX_NESTING  24u    /* values within each other */
#define LGS_MAPPING_MAX_EXPRS    20000u /* values in the file */
#define LGS_MAPPING_MAX_VARS     128u   /* variables in the file */
#define LGS_MAPPING_MAX_LEVEL    8u     /* variables that build on each other */
#define LGS_MAPPING_MAX_STEPS    24u    /* steps of one path */
#define LGS_MAPPING_MAX_PARTS    16u    /* parts of a key, a hash or a date */
#define LGS_MAPPING_MAX_ASKED    16u    /* lookups whose answer is kept for others */
#define LGS_MAPPING_MAX_FOUND    64u    /* segments whose place is kept for other paths */
#define LGS_MAPPING_MAX_INCLUDES 8u     /* templates within each other */
#define LGS_MAPPING_MAX_PARAMS   64u    /* of all of them */
#define LGS_MAPPING_MAX_FILES    32u    /* that a mapping is made of */
#define LGS_MAPPING_MAX_DEGREE   2u     /* cost is at most input size to this power */

/* Ceilings of one run. */
#define LGS_MAPPING_MAX_WORK     20000000u   /* values evaluated and elements looked at */
#define LGS_MAPPING_MAX_MADE     (16u << 20) /* bytes of text made, over four times the source */
#define LGS_MAPPING_FREE_MEMBERS 16u         /* of an object: a search among more of them is work */
#define LGS_MAPPING_MAX_KEY      512u        /* bytes of a joined lookup key */
#define LGS_MAPPING_MAX_MOMENT   64u         /* bytes of a joined date */

struct lgs_csv_s;
struct lgs_group_s;
struct lgs_record_type_s;

typedef struct lgs_compile_s lgs_compile_t;
typedef struct lgs_run_s lgs_run_t;
typedef struct lgs_expr_s lgs_expr_t;
typedef struct lgs_cond_s lgs_cond_t;
typedef struct lgs_block_s lgs_block_t;
typedef struct lgs_codes_s lgs_codes_t;
typedef struct lgs_assert_s lgs_assert_t;

/* ---- paths ---- */

typedef enum {
    LGS_STEP_NAME,  /* a member; of an array the item, when the name is a number */
    LGS_STEP_ALL,   /* [*]: every item or member */
    LGS_STEP_WHERE, /* [name=value]: the items of an array with that member */
    /* of walk_edi.c */
    LGS_STEP_SEGMENT, /* the segments with that tag, and the loops that they open */
    LGS_STEP_LEVEL,   /* HL{O}: of a hierarchy */
    LGS_STEP_FIRST,   /* the segment that opened the loop */
    LGS_STEP_ELEMENT, /* or component, by number */
    LGS_STEP_PLAIN    /* the text of an element */
} lgs_step_kind_t;

typedef struct {
    lgs_step_kind_t kind;
    uint32_t hash;
    uint32_t at_most; /* ELEMENT: so many members, from the first, it may be among */
    lgs_str_t name;
    lgs_str_t value;                  /* WHERE */
    int64_t index;                    /* NAME that is a number, else -1 */
    const struct lgs_edi_step_s *edi; /* SEGMENT, LEVEL */
} lgs_step_t;

typedef enum {
    LGS_FROM_SCOPE, /* `index` scopes outwards: 0 is the item at hand */
    LGS_FROM_ROOT,
    LGS_FROM_VAR, /* slot `index` */
    LGS_FROM_FACT /* lgs_fact_t `index` */
} lgs_from_t;

typedef enum {
    LGS_FACT_PARTNER,
    LGS_FACT_RECEIVED_AT,
    LGS_FACT_FORMAT,
    LGS_FACT_INDEX,
    LGS_FACT_DECISION
} lgs_fact_t;

typedef struct {
    lgs_from_t from;
    uint32_t index;
    uint32_t n;
    bool many;       /* holds an LGS_STEP_ALL: its value is a list */
    bool is_text;    /* of one element of a segment, of a scope: B10/03, N1[01=SH]/02, 2/0 */
    bool tests;      /* is_text, and not of the first segment with that tag */
    bool is_segment; /* the segments with a tag, all of them: N1[01=SH] */
    uint32_t tag;    /* is_text: as of lgs_edi_tag(); 0: of the segment that opened the loop */
    uint32_t found;  /* is_text: where a run keeps the segment; 0: nowhere */
    lgs_step_t steps[];
} lgs_path_t;

/* ---- values ---- */

/* One operation: the object that has `name` as a member is this operation. */
typedef struct lgs_op_s {
    const char *name;
    /*
     * Reads the arguments: `main` is the value under `name`, `node` the whole object. Fills
     * expr->u. False: a finding was recorded, or memory ran out.
     */
    bool (*compile)(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                    lgs_expr_t *expr);
    /* *out is the value, LGS_NULL when there is none. False: the run stops (run->rc says why). */
    bool (*run)(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
    const char *args; /* names of further arguments, a blank between them */
} lgs_op_t;

typedef struct {
    lgs_node_t name;
    const lgs_expr_t *value;
    bool (*eval)(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out); /* the value */
    bool spread;   /* the value is an object whose members go here */
    bool is_const; /* the value is */
    bool must;     /* where it is null the object may not fit the output's schema */
    bool stays;    /* also when it is null: a constant, or as the object's schema says */
    bool asks;     /* whether its segments are there: else it is left out */
} lgs_field_t;

typedef struct {
    uint32_t least, most;
} lgs_range_t;

/*
 * What is left to check of a value where it stands in the output, of what its schema says. It may
 * say no to what the schema takes, never yes to what that refuses.
 */
typedef struct {
    uint8_t types; /* bits by lgs_type_t */
    bool is_integer;
    uint32_t least, most; /* characters of a text */
    uint32_t least_items, most_items;
    /* By type how long one is that holds whatever it says; most below least: none does. */
    lgs_range_t sure[LGS_N_TYPES];
    int64_t low, high; /* of an integer */
    const lgs_regex_t *pattern;
    bool (*form)(lgs_str_t text); /* in place of a pattern */
    bool (*format)(lgs_str_t text);
} lgs_fit_t;

typedef struct {
    lgs_field_t *fields;
    uint32_t n;
    uint32_t max_members;
    bool stays;       /* also when all that was read is missing: a record, or as its schema says */
    bool keeps_nulls; /* members that are null stay, as its schema says */
    bool is_record;
    bool reads; /* a member that is no constant */
} lgs_object_t;

typedef struct {
    const lgs_expr_t **items;
    uint32_t n;
} lgs_exprs_t;

/* What a for_each goes through: what a path leads to, or the items of a list that is made. */
typedef struct {
    const lgs_path_t *path;
    const lgs_expr_t *list; /* NULL: the path */
} lgs_loop_t;

/* A value for each item of a list. */
typedef struct {
    lgs_loop_t loop;
    const lgs_cond_t *when;     /* NULL: every item */
    uint32_t first_var, n_vars; /* slots */
    const lgs_expr_t *body;
} lgs_each_t;

typedef struct {
    const lgs_str_t *items;
    uint32_t n;
} lgs_texts_t;

/* Null without any of these; nothing of it is told then. No bit: nobody knows. */
typedef struct {
    uint32_t scope;    /* the list of segments is the item so many scopes outwards */
    uint32_t tags;     /* bits of the segments in it */
    uint32_t elements; /* else bits of the elements of its first segment */
} lgs_needs_t;

/* What a run reads of it stands first, together in memory: a mapping is read anew for each
 * document. */
struct lgs_expr_s {
    /* What a run does for its value; chosen of what stands below when all is compiled. */
    bool (*eval)(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
    union {
        lgs_node_t value;
        const lgs_path_t *path;
        lgs_object_t *object;
        const lgs_each_t *each;
        lgs_exprs_t list;
        const void *args; /* of an operation */
    } u;
    const lgs_op_t *op;
    const lgs_fit_t *fit; /* NULL: nothing is left to check where it stands */
    lgs_needs_t needs;
    uint32_t null_lengths;       /* of `nulls`: a bit for each length, the last for all above */
    const lgs_cond_t *when;      /* NULL: always */
    const lgs_expr_t *otherwise; /* when `when` does not hold; NULL: null */
    const lgs_expr_t *fallback;  /* `default`, when the value is null */
    bool is_const;
    bool but_constants;       /* operands that are constants do not count */
    bool is_there;            /* of a path: the input's schema requires what it leads to */
    bool is_path;             /* one that leads to one value: nothing but that is to be done */
    uint16_t file;            /* index in mapping->files */
    uint32_t offset;          /* in the mapping file */
    const lgs_texts_t *nulls; /* of a path: texts that mean null */
    lgs_exprs_t operands;     /* of an operation: null when all of them are */
    lgs_str_t where;          /* JSON pointer into the mapping file */
    lgs_expr_t *next;         /* of the file, the one that was compiled before */
};

/* ---- blocks: for_each, vars, when, and what is emitted ---- */

/* Evaluated when it is first used in its scope, then kept: what nothing uses costs nothing. */
typedef struct {
    const lgs_expr_t *value;
    uint32_t depth; /* scopes around it */
    bool loops;     /* its value opens scopes */
} lgs_var_t;

struct lgs_block_s {
    bool repeats; /* goes through `loop`; else once */
    lgs_loop_t loop;
    const lgs_cond_t *when;
    uint32_t first_var, n_vars; /* slots */
    const lgs_assert_t *asserts;
    uint32_t n_asserts;
    const lgs_block_t *blocks;
    uint32_t n_blocks;
    const lgs_expr_t *record; /* NULL: only blocks */
    lgs_str_t refusal;        /* not empty: what comes here is refused with this text */
    lgs_str_t ignored;        /* not empty: nothing need be made of it, for this reason */
    bool check_type;          /* `type` could not be proved at load */
};

struct lgs_mapping_s {
    lgs_str_t name, schema;
    lgs_str_t output;        /* canonical records: their kind; empty: a document is written */
    lgs_str_t output_schema; /* the file that what is put out is held against; empty: none */
    lgs_input_t input;
    lgs_output_t writes; /* of a document: in which format; format NULL: canonical records */
    const lgs_doc_t *files[LGS_MAPPING_MAX_FILES]; /* the mapping's own, then templates' */
    uint32_t n_files;
    lgs_block_t top;
    lgs_var_t vars[LGS_MAPPING_MAX_VARS];
    uint32_t n_vars;
    bool is_xml;                               /* what repeats is a list only when it does */
    const lgs_map_t *types;                    /* NULL: any */
    const lgs_node_t *input_node, *match_node; /* in the file; NULL: not there */
    lgs_str_t root;                            /* that documents must have; empty: any */
    const lgs_expr_t *version;
    const lgs_texts_t *versions; /* NULL: any */
    lgs_str_t guide;             /* of EDI; empty: by set and version */
    const lgs_texts_t *sets;     /* of EDI: types of messages; NULL: any */
    const lgs_cond_t *match;     /* NULL: every document */
    uint32_t n_asked;            /* places for answers of lookups */
    uint32_t n_found;            /* places for segments */
    lgs_map_t *zones;            /* time zones by name: nothing is loaded in a run */
    const lgs_doc_t *unproved;   /* what of the output's schema is left to check; NULL: all of it */
};

/* ---- compile ---- */

typedef struct {
    lgs_str_t name;
    uint32_t slot;
    uint32_t level; /* 0: built on no other variable */
} lgs_known_var_t;

/* A parameter of a template: a path, or a constant. */
typedef struct {
    lgs_str_t name;
    const lgs_path_t *path;
    const lgs_node_t *value;
    uint32_t scopes; /* around where the path was written */
} lgs_param_t;

/* What differs between input formats: how a path is written. Steps and the tree are the same. */
typedef struct {
    const char *name;
    /* A plain string where a value may stand: a path (true) or a text (false)? */
    bool (*is_path)(lgs_str_t text);
    /* NULL with a finding at `node`. */
    const lgs_path_t *(*compile)(lgs_compile_t *c, lgs_str_t text, const lgs_node_t *node);
} lgs_path_syntax_t;

/* A for_each that is a map: {loop: LX, until: [CTT], first: true}. NULL with a finding. */
const lgs_path_t *lgs_mapping_edi_loop(lgs_compile_t *c, const lgs_node_t *node);
/* A for_each over it has one item at most. */
bool lgs_mapping_edi_is_first(const lgs_path_t *path);

/* A place in a schema: what may stand at some place of a record. Without a node: nobody knows. */
typedef struct {
    const lgs_node_t *node;
    const lgs_doc_t *doc; /* that it stands in */
    lgs_str_t file;       /* its name: where references start from */
} lgs_shape_t;

/* What the format of `input` (for a moment: of `output`) says of paths and numbers. */
typedef struct {
    const struct lgs_group_s *group; /* whose records the document has; NULL: no such format */
    struct lgs_csv_s *csv;           /* whose columns have names; NULL: no such format */
    lgs_map_t *columns;              /* names that paths read → the value that does */
    char decimal_mark;               /* of numbers that do not say another; 0: the point */
} lgs_flat_names_t;

struct lgs_compile_s {
    lgs_arena_t *arena;
    const lgs_doc_t *doc;
    const lgs_mapping_env_t *env;
    lgs_errs_t *errs;
    lgs_mapping_t *mapping;
    lgs_shape_t record; /* what is put out */
    lgs_shape_t place;  /* what may stand where a value is compiled; no node: nobody knows */
    /* What the input's schema says of the item at each scope; 0: of the document. */
    lgs_shape_t items[LGS_MAPPING_MAX_SCOPES + 1];
    bool knows_root;  /* `$` is the document */
    lgs_str_t *types; /* the words that its `type` may be; NULL: any */
    size_t n_types;
    const lgs_path_syntax_t *syntax;
    lgs_map_t *lookups; /* of the file's `lookup`, by name */
    lgs_map_t *units;   /* NULL: nothing wanted one yet */
    const lgs_texts_t *nulls;
    lgs_known_var_t vars[LGS_MAPPING_MAX_VARS]; /* visible here, innermost last */
    uint32_t n_vars;
    uint32_t first_var; /* a template sees none of the mapping's */
    lgs_param_t params[LGS_MAPPING_MAX_PARAMS];
    uint32_t first_param, n_params; /* visible here */
    lgs_str_t including[LGS_MAPPING_MAX_INCLUDES];
    uint32_t n_including;
    uint16_t file;   /* index of c->doc in mapping->files */
    uint32_t scopes; /* for_each around here */
    uint32_t opened; /* all that there were so far */
    uint32_t degree; /* of the cost here */
    uint32_t firsts; /* bits: which of those for_each have one item at most */
    uint32_t nesting;
    uint32_t level; /* of the variables used since it was last set to 0 */
    uint32_t n_exprs;
    lgs_expr_t *exprs;                                  /* all of them, the last first */
    void *last_lookup;                                  /* arguments: of lookup.c */
    const lgs_path_t *found[LGS_MAPPING_MAX_FOUND + 1]; /* a path to each segment that is kept */
    lgs_buf_t where;
    lgs_flat_names_t flat;
    bool reaches_out;  /* a path since it was last cleared starts outside of here */
    bool wants_moment; /* the next date fills a record's four members of time */
    bool is_alone;     /* a template without a mapping: nobody knows its code lists */
    bool failed;       /* a finding, or no memory */
};

/* Nothing is compiled yet. NULL with an error at the ceiling. */
lgs_compile_t *lgs_mapping_begin(lgs_arena_t *arena, const lgs_doc_t *doc,
                                 const lgs_mapping_env_t *env, lgs_errs_t *errs);
/* Records a finding at `node` of the mapping file; returns false, for `return`. */
bool lgs_mapping_finding(lgs_compile_t *c, const lgs_node_t *node, const char *format, ...)
    LGS_PRINTF(3, 4);
bool lgs_mapping_nomem(lgs_compile_t *c);
/* Something to know, not to be put right before the mapping may be used. */
lgs_err_t *lgs_mapping_load_note(lgs_compile_t *c, const lgs_node_t *node, const char *format, ...)
    LGS_PRINTF(3, 4);
/* proof.c: findings where no value that `expr` can give fits the schema. */
void lgs_mapping_prove_type(lgs_compile_t *c, const lgs_expr_t *expr, lgs_shape_t shape);
/* A note when a field that every record must have can come to null. */
void lgs_mapping_prove_there(lgs_compile_t *c, const lgs_expr_t *expr, lgs_str_t name);

/* input.c: the mapping's `input` (NULL: not there) → mapping->input. */
bool lgs_mapping_compile_input(lgs_compile_t *c, const lgs_node_t *node);
/* input_flat.c */
bool lgs_mapping_compile_csv(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);
bool lgs_mapping_compile_fixed(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);
/* input_group.c: `select`, `records`, `others`; with `fields` one type without a mark. */
bool lgs_mapping_compile_group(lgs_compile_t *c, const lgs_node_t *node, bool is_fixed,
                               struct lgs_group_s *group);
bool lgs_mapping_compile_fields(lgs_compile_t *c, const lgs_node_t *fields, bool is_fixed,
                                struct lgs_record_type_s *type);
/* A path of the document must begin with the name of a type of record. */
void lgs_mapping_check_record(lgs_compile_t *c, const lgs_path_t *path, const lgs_node_t *node);
/* input_edi.c */
bool lgs_mapping_compile_edi(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);
bool lgs_mapping_is_edi(const lgs_compile_t *c);
/* Where the message says its version, unless `version` does; at `input` for findings. */
const lgs_node_t *lgs_mapping_edi_version(lgs_compile_t *c, const lgs_node_t *input,
                                          const lgs_node_t *version);
/* input_xml.c */
bool lgs_mapping_compile_xml(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input);
/* The row of a format's table, by name; a finding at `node` names the nearest. */
bool lgs_mapping_unknown_format(lgs_compile_t *c, const lgs_node_t *node, const char *what,
                                lgs_str_t format, const lgs_str_t *names, size_t n);
/* output.c: the mapping's `output` (NULL: not there): a kind of record, or a format. */
bool lgs_mapping_compile_output(lgs_compile_t *c, const lgs_node_t *node);
/* What is put out, in a word. */
static inline lgs_str_t lgs_mapping_kind(const lgs_mapping_t *mapping)
{
    return mapping->output.len ? mapping->output : LGS_STR("document");
}
/* Findings where the format has no place for what the record (written at `at`) is made of. */
void lgs_mapping_prove_written(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record);
/* Among the names of the columns; one without is called by its number. */
bool lgs_mapping_is_column(const struct lgs_csv_s *csv, lgs_str_t name);
/* A path was compiled for `node`: it may read a column. */
void lgs_mapping_note_column(lgs_compile_t *c, const lgs_path_t *path, const lgs_node_t *node);
/* input_xml.c: a note where a path names a prefix that no name of the tree can have. */
void lgs_mapping_note_prefix(lgs_compile_t *c, const lgs_path_t *path, const lgs_node_t *node);
/* All paths are known: what they read must be there. False after a finding. */
bool lgs_mapping_finish_columns(lgs_compile_t *c);

/* select.c: which documents `input` is for. */
bool lgs_mapping_compile_selection(lgs_compile_t *c, const lgs_node_t *input);

/* assert.c: a list of assertions, or one, of `block`. */
bool lgs_mapping_compile_asserts(lgs_compile_t *c, const lgs_node_t *node, lgs_block_t *block);
/* Tells those that do not hold here. False: the run stops. */
bool lgs_mapping_assert(lgs_run_t *run, const lgs_block_t *block);

/* unproved.c: mapping->unproved, and what each value must fit, when all is compiled. */
void lgs_mapping_find_unproved(lgs_compile_t *c);
static inline bool lgs_fit_holds(const lgs_fit_t *fit, const lgs_node_t *value);
bool lgs_fit_looks(const lgs_fit_t *fit, const lgs_node_t *value); /* of fit.c */
/* Of a $ref in `from`, read by the name of its file: what it leads to, or no node. */
lgs_shape_t lgs_mapping_shape_follow(lgs_compile_t *c, lgs_shape_t from, lgs_str_t ref);

/* The schema file of that name; without a node when there is none. */
lgs_shape_t lgs_mapping_shape(lgs_compile_t *c, lgs_str_t file);
/* What an object's schema says of one of its members, references followed. */
lgs_shape_t lgs_mapping_shape_member(lgs_compile_t *c, lgs_shape_t object, lgs_str_t name);
/* What it says of the items of a list. */
lgs_shape_t lgs_mapping_shape_items(lgs_compile_t *c, lgs_shape_t list);
/*
 * A finding for each field of `record` (written at `at`) that c->record has not. Notes in its
 * objects what the schema says of what is null: "x-stays" and "x-nulls".
 */
void lgs_mapping_prove_fields(lgs_compile_t *c, const lgs_node_t *at, lgs_object_t *record);

/* Has this type a place in the shape? One that says nothing takes any. */
bool lgs_mapping_takes_type(lgs_shape_t shape, const char *type);
bool lgs_mapping_takes_text(const lgs_compile_t *c, lgs_shape_t shape, lgs_str_t text);

/* known.c: takes in the input's schema; then the item of a scope that is opened. */
void lgs_mapping_know_input(lgs_compile_t *c, const lgs_node_t *input);
void lgs_mapping_know_item(lgs_compile_t *c, const lgs_path_t *path);
/* Every document has a value there that is none of `nulls` (may be NULL). */
bool lgs_mapping_is_there(lgs_compile_t *c, const lgs_path_t *path, const lgs_texts_t *nulls);

/* Adds "/name" to c->where and returns what to give to lgs_mapping_leave. */
size_t lgs_mapping_enter(lgs_compile_t *c, lgs_str_t name);
size_t lgs_mapping_enter_item(lgs_compile_t *c, uint32_t index);
void lgs_mapping_leave(lgs_compile_t *c, size_t mark);

/* A value: a plain string is a text unless it looks like a path. NULL: see c->failed. */
const lgs_expr_t *lgs_mapping_value(lgs_compile_t *c, const lgs_node_t *node);
/* What an operation works on: a plain string is a path. */
const lgs_expr_t *lgs_mapping_source(lgs_compile_t *c, const lgs_node_t *node);
/* An array of sources or one; at most `max` of them. */
bool lgs_mapping_sources(lgs_compile_t *c, const lgs_node_t *node, uint32_t max, lgs_exprs_t *list);
/* A record: an object whose own keys `skip` (a NULL ends it) are left to the caller. */
const lgs_expr_t *lgs_mapping_record(lgs_compile_t *c, const lgs_node_t *node,
                                     const char *const *skip);
/* A for_each: opens a scope that lgs_mapping_close_scope ends. False: not opened. */
bool lgs_mapping_open_scope(lgs_compile_t *c, const lgs_node_t *node, lgs_loop_t *loop,
                            uint32_t *degree);
void lgs_mapping_close_scope(lgs_compile_t *c, uint32_t degree);
/* A map of variables → their slots; they are visible until c->n_vars is set back. */
bool lgs_mapping_vars(lgs_compile_t *c, const lgs_node_t *vars, uint32_t *first, uint32_t *n);
const lgs_texts_t *lgs_mapping_texts(lgs_compile_t *c, const lgs_node_t *node);
const lgs_cond_t *lgs_mapping_cond(lgs_compile_t *c, const lgs_node_t *node);
/* The condition holds for no document: it compares only what is written in the mapping. */
bool lgs_mapping_never_holds(const lgs_cond_t *cond);
/* The zone of that name, loaded now and found again in a run. NULL with a finding. */
const lgs_tz_t *lgs_mapping_zone(lgs_compile_t *c, const lgs_node_t *node, lgs_str_t name);

/* It is null when all of `operands` are, constants aside: so it is without their segments
 * (needs.c). */
void lgs_mapping_stands_with(lgs_expr_t *expr, const lgs_exprs_t *operands, bool but_constants);
/* expr->needs of all: no run before. */
void lgs_mapping_find_needs(lgs_compile_t *c);
/* What one of the values has to have; none when one of them needs nothing, or something else. */
lgs_needs_t lgs_mapping_all_needs(const lgs_exprs_t *operands, bool but_constants);
bool lgs_mapping_add_needs(lgs_needs_t *needs, lgs_needs_t more);
/* Without which the condition does not hold (cond.c). */
lgs_needs_t lgs_mapping_cond_needs(const lgs_cond_t *cond);

/* Arguments (args.c): absent leaves *value as it is; false after a finding. */
bool lgs_mapping_arg_text(lgs_compile_t *c, const lgs_node_t *node, const char *name,
                          lgs_str_t *value);
bool lgs_mapping_arg_int(lgs_compile_t *c, const lgs_node_t *node, const char *name, int64_t min,
                         int64_t max, int64_t *value);
bool lgs_mapping_arg_word(lgs_compile_t *c, const lgs_node_t *node, const char *name,
                          const lgs_str_t *words, size_t n, unsigned *value);
bool lgs_mapping_arg_regex(lgs_compile_t *c, const lgs_node_t *node, const lgs_regex_t **regex);
/* Finding for a word that is not among `words`, with the nearest. */
bool lgs_mapping_unknown(lgs_compile_t *c, const lgs_node_t *at, const char *what, lgs_str_t word,
                         const lgs_str_t *words, size_t n);
/* Every key of the object is in `known` (blanks between the names) or `more` (may be NULL). */
bool lgs_mapping_keys(lgs_compile_t *c, const lgs_node_t *node, const char *what, const char *known,
                      const char *more);

/* `word` stands in `list`, a blank between its words? */
bool lgs_mapping_is_word(const char *list, lgs_str_t word);

/*
 * A copy of a value of the mapping file or a code list: no byte of a document is its place, so its
 * nodes have LGS_NO_OFFSET. False when memory ran out or it is too deep.
 */
bool lgs_mapping_detach(lgs_compile_t *c, const lgs_node_t *from, lgs_node_t *to);

/* Both read the same element (path_edi.c) of the item that they start at, whichever it is. */
bool lgs_mapping_is_same_element(const lgs_expr_t *a, const lgs_expr_t *b);

extern const lgs_path_syntax_t lgs_mapping_json_paths;
const lgs_path_syntax_t *lgs_mapping_syntax(lgs_str_t format);

const lgs_op_t *lgs_mapping_op(lgs_str_t name);
size_t lgs_mapping_op_names(lgs_str_t *names, size_t max);
extern const lgs_op_t lgs_op_const, lgs_op_path, lgs_op_object, lgs_op_list, lgs_op_each;

/* ---- code lists (lookup.c) ---- */

/* A list whose codes nobody knows: nothing is found wrong with what uses it. NULL: no memory. */
lgs_codes_t *lgs_codes_open(lgs_compile_t *c);
/* Takes in a file of codes; false with findings in it. */
bool lgs_codes_take(lgs_compile_t *c, const lgs_doc_t *doc);

/* `name`: what it is called where it has no file of its own. */
lgs_codes_t *lgs_codes_compile(lgs_compile_t *c, const lgs_node_t *node, lgs_str_t name);
/*
 * Calls `visit` with every entry's value, or with its member `get` when that is not empty, and the
 * document that it stands in: of the list, of those behind it and of partners' own.
 */
bool lgs_codes_entries(const lgs_codes_t *lookup, lgs_str_t get,
                       bool (*visit)(void *data, const lgs_doc_t *doc, const lgs_node_t *value,
                                     lgs_str_t key),
                       void *data);
bool lgs_codes_op(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                  lgs_expr_t *expr);
bool lgs_codes_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
/* A finding when no entry has the member that `get` names. */
bool lgs_codes_check_get(lgs_compile_t *c, const lgs_codes_t *lookup, const lgs_node_t *get);
/* The table and `get` of an expression that is a lookup; NULL for all others. */
const lgs_codes_t *lgs_codes_of(const lgs_expr_t *expr, lgs_str_t *get, bool *keeps);

/* ---- the operations, by file ---- */

#define LGS_OP(name)                                                                               \
    bool lgs_op_##name##_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main, \
                                 lgs_expr_t *expr);                                                \
    bool lgs_op_##name##_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
LGS_OP(concat);
LGS_OP(hash);
LGS_OP(replace);
LGS_OP(substr);
LGS_OP(split);
LGS_OP(regex);
LGS_OP(pad);
LGS_OP(number);
LGS_OP(multiply);
LGS_OP(date);
LGS_OP(then);
LGS_OP(first_of);
LGS_OP(bool);
LGS_OP(unit_code);
LGS_OP(sum);
LGS_OP(join);
LGS_OP(group_by);
LGS_OP(sort);
bool lgs_op_list_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr);
bool lgs_op_by_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                       lgs_expr_t *expr);
bool lgs_op_count_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_min_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_max_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_unique_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_const_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                          lgs_expr_t *expr);
bool lgs_op_path_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr);
bool lgs_op_object_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                           lgs_expr_t *expr);
bool lgs_op_pass_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
/* An output object whatever its members are called. */
const lgs_expr_t *lgs_mapping_object(lgs_compile_t *c, const lgs_node_t *node);
bool lgs_op_text_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr);
bool lgs_op_trim_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_upper_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_lower_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_html_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_plain_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_string_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
bool lgs_op_strip_zeros_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);

/* What {string: …}, upper or lower works on: they give a text whenever that is there. Else NULL. */
const lgs_expr_t *lgs_op_text_of(const lgs_expr_t *expr);

/* What {unique: …} or {sort: …} takes its items from, as they are; NULL for all others. */
const lgs_expr_t *lgs_op_kept_of(const lgs_expr_t *expr);
/* What the text of a {hash: …} begins with. */
lgs_str_t lgs_op_hash_prefix(const lgs_expr_t *expr);

/* How a decimal leaves an operation: {number: …}, {sum: …}. */
typedef enum { LGS_NUMBER_TEXT, LGS_NUMBER_NUMBER, LGS_NUMBER_INTEGER } lgs_number_out_t;

/* How a number or sum is put out; the word of a date's `out`, by its place. False for others. */
bool lgs_op_number_form(const lgs_expr_t *expr, lgs_number_out_t *form);
bool lgs_op_date_form(const lgs_expr_t *expr, unsigned *form);
bool lgs_op_sum_form(const lgs_expr_t *expr, lgs_number_out_t *form);

/* The argument `out`: text, number, integer. */
bool lgs_mapping_arg_number_out(lgs_compile_t *c, const lgs_node_t *node, lgs_number_out_t *out);
/* *out is the decimal `text`, made of `of`, as `form` wants it. */
bool lgs_mapping_number_out(lgs_run_t *run, const lgs_expr_t *expr, lgs_str_t text,
                            const lgs_node_t *of, lgs_number_out_t form, lgs_node_t *out);

/* A number of units.c: its digits, and how many of them stand behind the point. */
typedef struct {
    uint64_t digits;
    int32_t places;
} lgs_exact_t;

/* One unit is (value + shift) × factor / divisor of the base unit of its kind (units.c). */
typedef struct {
    const char *code;   /* UN/ECE Recommendation 20 */
    const char *kind;   /* "mass", …: only units of one kind can become each other */
    lgs_exact_t factor; /* 0: cannot become another (a case, a pallet) */
    lgs_exact_t divisor, shift;
    const char *words; /* what partners write, a blank between them; in any case */
} lgs_unit_t;

/* All of them, by code and by word. NULL: no memory. */
lgs_map_t *lgs_units(lgs_arena_t *arena);
/* NULL for an unknown one. */
const lgs_unit_t *lgs_unit_find(const lgs_map_t *units, lgs_str_t name);
/* False when the kinds differ, one has no factor, or it has too many digits. */
bool lgs_unit_convert(const lgs_unit_t *from, const lgs_unit_t *to, lgs_decimal_t *value);

#include "run.h"

#endif
