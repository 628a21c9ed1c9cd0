/* The error list (err.h). Entries live in the list's arena; order of arrival is kept. */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_WORD 64u /* letters; longer words have no near ones */

static lgs_str_t vprint(lgs_arena_t *arena, const char *format, va_list args);
static size_t distance(lgs_str_t a, lgs_str_t b, size_t at_most);

void lgs_errs_init(lgs_errs_t *errs, lgs_arena_t *arena, uint32_t cap)
{
    /* nomem and overflow are written before they are read: each document has a list or two */
    errs->arena = arena;
    errs->first = errs->last = NULL;
    errs->n = errs->more = 0;
    errs->cap = cap;
}

lgs_err_t *lgs_errs_add(lgs_errs_t *errs, const char *code, lgs_pos_t pos, const char *format, ...)
{
    lgs_err_t *err;
    va_list args;

    if (errs == NULL) {
        return NULL;
    }
    if (errs->n >= errs->cap) {
        errs->more++;
        errs->overflow = (lgs_err_t){.code = code, .pos = pos, .record = -1};
        return &errs->overflow;
    }
    err = lgs_arena_zalloc(errs->arena, sizeof(*err));
    if (err == NULL) {
        lgs_errs_nomem(errs);
        return &errs->overflow;
    }
    err->code = code;
    err->pos = pos;
    err->record = -1;
    va_start(args, format);
    err->text = vprint(errs->arena, format, args);
    va_end(args);
    if (errs->last) {
        errs->last->next = err;
    } else {
        errs->first = err;
    }
    errs->last = err;
    errs->n++;
    return err;
}

lgs_errs_mark_t lgs_errs_mark(const lgs_errs_t *errs)
{
    return errs ? (lgs_errs_mark_t){errs->last, errs->n, errs->more}
                : (lgs_errs_mark_t){NULL, 0, 0};
}

void lgs_errs_rollback(lgs_errs_t *errs, const lgs_errs_mark_t *mark)
{
    if (errs == NULL) {
        return;
    }
    errs->last = mark->last;
    errs->n = mark->n;
    errs->more = mark->more;
    if (errs->last) {
        errs->last->next = NULL;
    } else {
        errs->first = NULL;
    }
}

lgs_rc_t lgs_errs_nomem(lgs_errs_t *errs)
{
    if (errs == NULL) {
        return LGS_NOMEM;
    }
    errs->nomem = (lgs_err_t){
        .code = "out-of-memory",
        .text = LGS_STR("the document needs more memory than one request may use; "
                        "send it in parts"),
        .record = -1,
    };
    if (errs->first == NULL) {
        errs->first = errs->last = &errs->nomem;
        errs->n = 1;
    } else {
        errs->more++;
    }
    return LGS_NOMEM;
}

lgs_str_t lgs_err_line(lgs_arena_t *arena, const lgs_err_t *err, lgs_str_t file)
{
    lgs_str_t name = err->file.len ? err->file : file;
    const char *colon = err->pointer.len ? ": " : "";
    lgs_str_t line;

    if (err->pos.line) {
        line = lgs_arena_printf(arena, "%.*s:%u:%u: %.*s%s%.*s", LGS_FMT(name), err->pos.line,
                                err->pos.column, LGS_FMT(err->pointer), colon, LGS_FMT(err->text));
    } else {
        line = lgs_arena_printf(arena, "%.*s: %.*s%s%.*s", LGS_FMT(name), LGS_FMT(err->pointer),
                                colon, LGS_FMT(err->text));
    }
    return line.data ? line : err->text;
}

lgs_str_t lgs_nearest(lgs_str_t word, const lgs_str_t *words, size_t n)
{
    lgs_str_t best = {NULL, 0};
    size_t best_distance = word.len < 3 ? 1 : word.len / 3 + 1;

    if (word.len == 0 || word.len > MAX_WORD) {
        return best;
    }
    for (size_t i = 0; i < n; i++) {
        size_t d = words[i].len > MAX_WORD ? best_distance
                                           : distance(word, words[i], best_distance);

        if (d < best_distance) {
            best_distance = d;
            best = words[i];
        }
    }
    return best;
}

static lgs_str_t vprint(lgs_arena_t *arena, const char *format, va_list args)
{
    va_list again;
    char *at;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    at = len < 0 ? NULL : lgs_arena_alloc(arena, (size_t)len + 1);
    if (at == NULL) {
        return LGS_STR("out of memory");
    }
    vsnprintf(at, (size_t)len + 1, format, args);
    return lgs_str(at, (size_t)len);
}

/* Edit distance with swaps of neighbours (Damerau, restricted); `at_most` when it is not less. */
static size_t distance(lgs_str_t a, lgs_str_t b, size_t at_most)
{
    size_t rows[3][MAX_WORD + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;

    if (b.len > a.len + at_most || a.len > b.len + at_most) {
        return at_most;
    }
    for (size_t j = 0; j <= b.len; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = a.data[i - 1] != b.data[j - 1];
            size_t d = last[j - 1] + cost;

            d = last[j] + 1 < d ? last[j] + 1 : d;
            d = row[j - 1] + 1 < d ? row[j - 1] + 1 : d;
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
                a.data[i - 2] == b.data[j - 1] && before[j - 2] + 1 < d) {
                d = before[j - 2] + 1;
            }
            row[j] = d;
        }
        spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b.len];
}
