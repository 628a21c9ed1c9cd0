/*
 * What a run carries along, and what operations use of it: how values are evaluated, paths walked,
 * faults told. Private to the mapping room and part of internal.h, which alone includes it.
 */
#ifndef LGS_MAPPING_RUN_H
#define LGS_MAPPING_RUN_H

typedef struct {
    const lgs_node_t *node;
    uint32_t index;
} lgs_scope_t;

/* What a condition comes to: by value, so that who asks needs no room for it. */
typedef enum { LGS_NO, LGS_YES, LGS_STOPS /* the run */ } lgs_truth_t;

#define LGS_N_HIERARCHIES 2u /* HL, CPS */

/* An answer of a code list, to be given again. */
typedef struct {
    const lgs_node_t *of; /* the item that the key was read from; NULL: nothing was asked yet */
    const lgs_node_t *entry;
    uint32_t offset; /* of the key */
} lgs_asked_t;

/* Where a segment was found, for the next path to one of its elements. */
typedef struct {
    const lgs_node_t *of;       /* the item that it was looked for in; NULL: it was not yet */
    const lgs_node_t *elements; /* NULL: there is none such */
} lgs_found_t;

struct lgs_run_s {
    const lgs_mapping_t *mapping;
    const lgs_doc_t *doc;
    const lgs_mapping_facts_t *facts;
    lgs_watch_t *watch; /* NULL: nobody looks on */
    lgs_arena_t *arena;
    lgs_errs_t *errs, *warnings;
    lgs_records_t *records;
    uint32_t records_size, max_records;
    uint32_t depth; /* of scopes */
    uint32_t work;  /* left */
    size_t made;    /* left */
    lgs_rc_t rc;
    bool invalid;
    lgs_scope_t scopes[LGS_MAPPING_MAX_SCOPES + 1];
    lgs_node_t vars[LGS_MAPPING_MAX_VARS];
    bool has_var[LGS_MAPPING_MAX_VARS];
    lgs_asked_t asked[LGS_MAPPING_MAX_ASKED + 1];
    lgs_found_t found[LGS_MAPPING_MAX_FOUND + 1]; /* the first stays empty */
    lgs_node_t fact;
    const struct lgs_levels_s *levels[LGS_N_HIERARCHIES]; /* of levels.c; NULL: not read yet */
};

/* A run that stands at the document, before anything was evaluated. */
void lgs_mapping_run_init(lgs_run_t *run, const lgs_mapping_t *mapping, const lgs_doc_t *doc,
                          const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                          lgs_records_t *records, lgs_errs_t *warnings, lgs_errs_t *errs);
/* explain.c: told to who looks on. */
void lgs_watch_read(lgs_watch_t *watch, const lgs_node_t *node);
void lgs_watch_made(lgs_watch_t *watch, const lgs_expr_t *expr, const lgs_node_t *object);
/* pointer.c: to what begins at a byte of the source; empty in a tree that was made. */
lgs_str_t lgs_mapping_pointer_to(const lgs_doc_t *doc, uint32_t offset, lgs_arena_t *arena);

/* Chooses how each value of the file is evaluated: no run before. */
void lgs_mapping_choose_evals(lgs_compile_t *c);
static inline bool lgs_mapping_eval(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
/* The value as text: numbers as written, true and false; null stays null. A container is a fault.
 */
static inline bool lgs_mapping_eval_text(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
/* The same for a value that is there already. */
bool lgs_mapping_to_text(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *value);
/* Of an XML element with attributes the text between its tags: in place of it, where a text is
   wanted. Any other value stays. */
static inline void lgs_mapping_open_text(const lgs_run_t *run, lgs_node_t *value);
void lgs_mapping_element_text(lgs_node_t *element);
lgs_truth_t lgs_mapping_holds(lgs_run_t *run, const lgs_cond_t *cond);

/* The first match, or NULL; not of a path that is_text. A fact is in run->fact until the next is
 * asked for. */
static inline const lgs_node_t *lgs_mapping_path_first(lgs_run_t *run, const lgs_path_t *path);
/* The same from `node` on, where the path starts. */
const lgs_node_t *lgs_mapping_steps(lgs_run_t *run, const lgs_path_t *path, const lgs_node_t *node);
/* The value of a path that is_text: of walk_edi.c. */
bool lgs_mapping_eval_element(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
/* Null when the segment that opened the item has none of the elements that are needed. */
bool lgs_mapping_eval_unless_bare(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
/* What a path led to (NULL: nothing), where that is not all of it. */
bool lgs_mapping_finish_path(lgs_run_t *run, const lgs_expr_t *expr, const lgs_node_t *node,
                             lgs_node_t *out);
/* What it starts at: a variable, evaluated now if nobody has yet, or a fact. */
const lgs_node_t *lgs_mapping_eval_var(lgs_run_t *run, uint32_t slot);
const lgs_node_t *lgs_mapping_fact(lgs_run_t *run, lgs_fact_t fact);
/* Every match; of a match that is an array its items when `open`. False: `visit` said so. */
bool lgs_mapping_path_each(lgs_run_t *run, const lgs_path_t *path, bool open,
                           bool (*visit)(void *data, const lgs_node_t *node), void *data);

/* Takes n units of work; false when there are none left. */
static inline bool lgs_mapping_work(lgs_run_t *run, uint32_t n);
LGS_APART bool lgs_mapping_overworked(lgs_run_t *run);
LGS_APART bool lgs_mapping_stop_nomem(lgs_run_t *run);
/*
 * The partner's value `at` cannot be used: recorded, *out is null, the run goes on. `warn` takes
 * the list of warnings. Always true.
 */
bool lgs_mapping_fault(lgs_run_t *run, const lgs_expr_t *expr, const char *code,
                       const lgs_node_t *at, lgs_node_t *out, const char *format, ...)
    LGS_PRINTF(6, 7);
void lgs_mapping_warn(lgs_run_t *run, const lgs_expr_t *expr, const char *code,
                      const lgs_node_t *at, const char *format, ...) LGS_PRINTF(5, 6);
/* Told among the warnings, not counted as one. */
void lgs_mapping_note(lgs_run_t *run, const lgs_expr_t *expr, const char *code,
                      const lgs_node_t *at, const char *format, ...) LGS_PRINTF(5, 6);
/* A text to quote in an error: at most 40 bytes of it. */
#define LGS_QUOTE_MAX 40
int lgs_mapping_quote_len(lgs_str_t text);
#define LGS_QUOTE(s)                                                                               \
    lgs_mapping_quote_len(s), (s).data ? (s).data : "",                                            \
        (size_t)lgs_mapping_quote_len(s) < (s).len ? "..." : ""

/* `size` bytes for a text that is made; NULL stops the run. */
char *lgs_mapping_make(lgs_run_t *run, size_t size);
/* A string that was made from `from`, which may be *out: its offset, and its flag PLAIN when
 * `plain`. */
static inline void lgs_mapping_put_text(lgs_node_t *out, lgs_str_t text, const lgs_node_t *from,
                                        bool plain);
/* Always true, for `return`. */
static inline bool lgs_mapping_take_null(const lgs_run_t *run, lgs_node_t *out);
static inline uint32_t lgs_mapping_offset(const lgs_run_t *run); /* of the item at hand */
bool lgs_mapping_is_plain(lgs_str_t text);

static inline bool lgs_fit_holds(const lgs_fit_t *fit, const lgs_node_t *value)
{
    return (value->n >= fit->sure[value->type].least && value->n <= fit->sure[value->type].most) ||
           lgs_fit_looks(fit, value);
}

static inline bool lgs_mapping_work(lgs_run_t *run, uint32_t n)
{
    if (LGS_UNLIKELY(run->work < n)) {
        return lgs_mapping_overworked(run);
    }
    run->work -= n;
    return true;
}

static inline uint32_t lgs_mapping_offset(const lgs_run_t *run)
{
    return run->scopes[run->depth].node->offset;
}

/*
 * What is made, but for its `u`. Member by member: a whole node would be put together elsewhere
 * first, and its copy would wait for that.
 */
static inline void lgs_mapping_put(lgs_node_t *out, lgs_type_t type, size_t n, uint32_t offset)
{
    out->n = (uint32_t)n;
    out->offset = offset;
    out->hash = 0;
    out->type = (uint8_t)type;
    out->flags = LGS_NODE_MADE;
}

static inline void lgs_mapping_put_text(lgs_node_t *out, lgs_str_t text, const lgs_node_t *from,
                                        bool plain)
{
    out->u.text = text.data;
    lgs_mapping_put(out, LGS_STRING, text.len, from->offset);
    out->flags |= plain ? LGS_NODE_PLAIN : 0;
}

/* A list of segments has none of those that the value needs. */
static inline bool lgs_mapping_lacks_tags(const lgs_run_t *run, const lgs_expr_t *expr)
{
    const lgs_node_t *list = run->scopes[run->depth - expr->needs.scope].node;

    return list->type == LGS_ARRAY && !(list->hash & expr->needs.tags);
}

/* Recursion is bounded by LGS_MAPPING_MAX_NESTING. */
static inline bool lgs_mapping_eval(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return lgs_mapping_work(run, 1) && expr->eval(run, expr, out);
}

static inline bool lgs_mapping_eval_text(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    if (!lgs_mapping_eval(run, expr, out)) {
        return false;
    }
    return LGS_LIKELY(out->type == LGS_STRING || out->type == LGS_NULL) ||
           lgs_mapping_to_text(run, expr, out);
}

static inline const lgs_node_t *lgs_mapping_from(lgs_run_t *run, const lgs_path_t *path)
{
    if (path->from == LGS_FROM_SCOPE) {
        return run->scopes[run->depth - path->index].node;
    }
    if (path->from == LGS_FROM_VAR) {
        return LGS_LIKELY(run->has_var[path->index]) ? &run->vars[path->index]
                                                     : lgs_mapping_eval_var(run, path->index);
    }
    return path->from == LGS_FROM_ROOT ? &run->doc->root
                                       : lgs_mapping_fact(run, (lgs_fact_t)path->index);
}

static inline const lgs_node_t *lgs_mapping_path_first(lgs_run_t *run, const lgs_path_t *path)
{
    const lgs_node_t *node = lgs_mapping_from(run, path);

    return path->n && node ? lgs_mapping_steps(run, path, node) : node;
}

static inline void lgs_mapping_open_text(const lgs_run_t *run, lgs_node_t *value)
{
    if (LGS_UNLIKELY(value->type == LGS_OBJECT && run->mapping->is_xml)) {
        lgs_mapping_element_text(value);
        if (LGS_UNLIKELY(run->watch)) {
            lgs_watch_read(run->watch, value);
        }
    }
}

/* A text so long may be among `nulls`: most are not. */
static inline bool lgs_mapping_null_length(uint32_t lengths, size_t len)
{
    return lengths >> (len < 31 ? len : 31) & 1;
}

/* What was read is the value as it stands there. */
static inline bool lgs_mapping_take_read(const lgs_node_t *node, lgs_node_t *out)
{
    *out = *node;
    out->flags |= LGS_NODE_MADE;
    return true;
}

static inline bool lgs_mapping_take_null(const lgs_run_t *run, lgs_node_t *out)
{
    out->u.text = NULL;
    lgs_mapping_put(out, LGS_NULL, 0, lgs_mapping_offset(run));
    return true;
}

static inline lgs_str_t lgs_mapping_text(const lgs_node_t *node)
{
    return lgs_str(node->u.text, node->n);
}

#endif
