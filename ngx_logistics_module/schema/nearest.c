/*
 * anyOf and oneOf: of several forms that all refuse a value, the errors of the one that was meant,
 * so far as one can tell: the value has its type, then its fixed words (const, enum: a
 * discriminator) fit, then fewest errors.
 */
#include "program.h"

#define IS_MISSING " is missing" /* what `required` says behind the name */

typedef struct {
    bool is_wrong_type;     /* of the value itself */
    bool is_wrong_word;     /* const or enum of the value itself */
    uint32_t n_wrong_words; /* of its members */
    uint32_t n;
} score_t;

static void add_missing(explain_t *explain, lgs_buf_t *names, bool *is_all, lgs_str_t here);
static score_t judge(const lgs_errs_t *errs, lgs_str_t here);
static bool is_better(score_t a, score_t b);
static bool is_word(const lgs_err_t *err);
static bool is_member(lgs_str_t pointer, lgs_str_t here);
static void say_none(explain_t *explain, const char *keyword, const blocks_t *blocks,
                     const place_t *place);
static unsigned types_of(const blocks_t *blocks, const lgs_node_t *node);
static void move(lgs_errs_t *to, const lgs_errs_t *from);

void lgs_explain_nearest(explain_t *explain, const char *keyword, const blocks_t *blocks,
                         const place_t *place)
{
    lgs_errs_t *errs = explain->errs, branch, best;
    lgs_str_t here = lgs_explain_pointer(explain, place);
    score_t score, best_score = {0};
    bool has_best = false, is_all_missing = true;
    lgs_buf_t missing;

    lgs_errs_init(&best, errs->arena, 1);
    lgs_buf_init(&missing, errs->arena, 64, 0);
    for (uint32_t i = 0; i < blocks->n; i++) {
        lgs_errs_init(&branch, errs->arena, errs->cap ? errs->cap : 1);
        explain->errs = &branch;
        lgs_explain_block(explain, blocks->items[i], place);
        add_missing(explain, &missing, &is_all_missing, here);
        score = judge(&branch, here);
        if (branch.n && (!has_best || is_better(score, best_score))) {
            best = branch;
            best_score = score;
            has_best = true;
        }
    }
    explain->errs = errs;
    if (has_best && is_all_missing) {
        lgs_buf_cstr(&missing, IS_MISSING);
        best.first->text = missing.failed ? best.first->text : lgs_buf_text(&missing);
        explain->nomem |= missing.failed;
    }
    if (!has_best || best_score.is_wrong_type || (best_score.is_wrong_word && blocks->n > 1)) {
        say_none(explain, keyword, blocks, place);
    } else {
        move(errs, &best);
    }
}

/*
 * Forms that lack one member each are told together, "a" or "b" is missing: to name one of them
 * alone would not be true.
 */
static void add_missing(explain_t *explain, lgs_buf_t *names, bool *is_all, lgs_str_t here)
{
    const lgs_err_t *err = explain->errs->first;
    size_t end = sizeof(IS_MISSING) - 1;

    *is_all = *is_all && err && explain->errs->n == 1 && explain->errs->more == 0 &&
              strcmp(err->code, "required") == 0 && lgs_str_eq(err->pointer, here) &&
              err->text.len > end &&
              memcmp(err->text.data + err->text.len - end, IS_MISSING, end) == 0;
    if (!*is_all) {
        return;
    }
    if (names->len) {
        lgs_buf_cstr(names, " or ");
    }
    lgs_buf_str(names, lgs_str(err->text.data, err->text.len - end));
}

static score_t judge(const lgs_errs_t *errs, lgs_str_t here)
{
    score_t score = {.n = errs->n + errs->more};

    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        if (lgs_str_eq(err->pointer, here)) {
            score.is_wrong_type |= strcmp(err->code, "type") == 0;
            score.is_wrong_word |= is_word(err);
        } else if (is_word(err) && is_member(err->pointer, here)) {
            score.n_wrong_words++;
        }
    }
    return score;
}

static bool is_better(score_t a, score_t b)
{
    if (a.is_wrong_type != b.is_wrong_type) {
        return b.is_wrong_type;
    }
    if (a.is_wrong_word != b.is_wrong_word) {
        return b.is_wrong_word;
    }
    return a.n_wrong_words != b.n_wrong_words ? a.n_wrong_words < b.n_wrong_words : a.n < b.n;
}

static bool is_word(const lgs_err_t *err)
{
    return strcmp(err->code, "const") == 0 || strcmp(err->code, "enum") == 0;
}

static bool is_member(lgs_str_t pointer, lgs_str_t here)
{
    return pointer.len > here.len + 1 &&
           memchr(pointer.data + here.len + 1, '/', pointer.len - here.len - 1) == NULL;
}

static void say_none(explain_t *explain, const char *keyword, const blocks_t *blocks,
                     const place_t *place)
{
    unsigned types = types_of(blocks, place->node);
    lgs_str_t words = lgs_words_types(explain->errs->arena, types);

    if (types) {
        lgs_explain_value(explain, keyword, place, "is not %.*s", LGS_FMT(words));
    } else {
        lgs_explain_value(explain, keyword, place, "has none of the %u forms that are allowed",
                          blocks->n);
    }
}

/* All types that the forms allow, when the type is what every one of them refuses; else 0. */
static unsigned types_of(const blocks_t *blocks, const lgs_node_t *node)
{
    unsigned types = 0;

    for (uint32_t i = 0; i < blocks->n; i++) {
        const op_t *op = blocks->items[i]->by_type[node->type];

        if (op->kind != &lgs_kind_type || op[1].holds) {
            return 0;
        }
        types |= (unsigned)op->arg.count;
    }
    return types;
}

static void move(lgs_errs_t *to, const lgs_errs_t *from)
{
    for (lgs_err_t *err = from->first, *next; err; err = next) {
        next = err->next;
        if (to->n >= to->cap || err == &from->nomem) {
            to->more++;
            continue;
        }
        err->next = NULL;
        if (to->last) {
            to->last->next = err;
        } else {
            to->first = err;
        }
        to->last = err;
        to->n++;
    }
    to->more += from->more;
}
