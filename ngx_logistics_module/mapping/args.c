/*
 * Reading the arguments of operations from the mapping file: texts, whole numbers, words of a
 * closed list, patterns. Every refusal is a finding at its place, with the nearest word where there
 * is one.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_WORDS 64u

static size_t words_of(const char *list, lgs_str_t *words, size_t n, size_t max);
static bool is_among(lgs_str_t word, const lgs_str_t *words, size_t n);
static lgs_str_t list_words(lgs_compile_t *c, const lgs_str_t *words, size_t n);

bool lgs_mapping_finding(lgs_compile_t *c, const lgs_node_t *node, const char *format, ...)
{
    char text[512];
    lgs_err_t *err;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err = lgs_errs_add(c->errs, "mapping", lgs_doc_locate(c->doc, node->offset), "%s", text);
    if (err) {
        err->file = c->doc->file;
        err->pointer = lgs_arena_str(c->errs->arena, lgs_buf_text(&c->where));
    }
    c->failed = true;
    return false;
}

lgs_err_t *lgs_mapping_load_note(lgs_compile_t *c, const lgs_node_t *node, const char *format, ...)
{
    lgs_errs_t *notes = c->env ? c->env->notes : NULL;
    char text[512];
    lgs_err_t *note;
    va_list args;

    if (notes == NULL) {
        return NULL;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    note = lgs_errs_add(notes, "mapping-note", lgs_doc_locate(c->doc, node->offset), "%s", text);
    if (note) {
        note->file = c->doc->file;
        note->pointer = lgs_arena_str(notes->arena, lgs_buf_text(&c->where));
    }
    return note;
}

bool lgs_mapping_nomem(lgs_compile_t *c)
{
    if (lgs_errs_nomem(c->errs) == LGS_NOMEM) {
        c->failed = true;
    }
    return false;
}

size_t lgs_mapping_enter(lgs_compile_t *c, lgs_str_t name)
{
    size_t mark = c->where.len;

    lgs_buf_byte(&c->where, '/');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '~' || name.data[i] == '/') {
            lgs_buf_cstr(&c->where, name.data[i] == '~' ? "~0" : "~1");
        } else {
            lgs_buf_byte(&c->where, name.data[i]);
        }
    }
    return mark;
}

size_t lgs_mapping_enter_item(lgs_compile_t *c, uint32_t index)
{
    size_t mark = c->where.len;

    lgs_buf_byte(&c->where, '/');
    lgs_buf_u64(&c->where, index);
    return mark;
}

void lgs_mapping_leave(lgs_compile_t *c, size_t mark)
{
    c->where.len = mark;
}

bool lgs_mapping_arg_text(lgs_compile_t *c, const lgs_node_t *node, const char *name,
                          lgs_str_t *value)
{
    const lgs_node_t *arg = lgs_node_at(node, name);

    if (arg == NULL) {
        return true;
    }
    if (arg->type != LGS_STRING && arg->type != LGS_NUMBER) {
        return lgs_mapping_finding(c, arg, "\"%s\" must be a text", name);
    }
    *value = lgs_node_text(arg);
    return true;
}

bool lgs_mapping_arg_int(lgs_compile_t *c, const lgs_node_t *node, const char *name, int64_t min,
                         int64_t max, int64_t *value)
{
    const lgs_node_t *arg = lgs_node_at(node, name);

    if (arg == NULL) {
        return true;
    }
    if (!lgs_node_int(arg, value) || *value < min || *value > max) {
        return lgs_mapping_finding(c, arg, "\"%s\" must be a whole number from %lld to %lld", name,
                                   (long long)min, (long long)max);
    }
    return true;
}

bool lgs_mapping_arg_word(lgs_compile_t *c, const lgs_node_t *node, const char *name,
                          const lgs_str_t *words, size_t n, unsigned *value)
{
    const lgs_node_t *arg = lgs_node_at(node, name);
    lgs_str_t word;

    if (arg == NULL) {
        return true;
    }
    /* `else: null` is YAML's null */
    word = arg->type == LGS_NULL ? LGS_STR("null") : lgs_node_text(arg);
    for (size_t i = 0; i < n; i++) {
        if (lgs_str_eq(word, words[i])) {
            *value = (unsigned)i;
            return true;
        }
    }
    if (lgs_nearest(word, words, n).len) {
        return lgs_mapping_unknown(c, arg, name, word, words, n);
    }
    return lgs_mapping_finding(c, arg, "unknown %s \"%.*s\"%s; it is one of %.*s", name,
                               LGS_QUOTE(word), LGS_FMT(list_words(c, words, n)));
}

/* "error, warn, keep" */
static lgs_str_t list_words(lgs_compile_t *c, const lgs_str_t *words, size_t n)
{
    lgs_buf_t list;

    lgs_buf_init(&list, c->arena, 64, 0);
    for (size_t i = 0; i < n; i++) {
        lgs_buf_printf(&list, "%s%.*s", i ? ", " : "", LGS_FMT(words[i]));
    }
    return list.failed ? LGS_STR("few words") : lgs_buf_text(&list);
}

bool lgs_mapping_arg_regex(lgs_compile_t *c, const lgs_node_t *node, const lgs_regex_t **regex)
{
    lgs_errs_t errs;

    if (node == NULL || node->type != LGS_STRING) {
        return lgs_mapping_finding(c, node ? node : &c->doc->root, "a pattern must be a text");
    }
    lgs_errs_init(&errs, c->arena, 1);
    *regex = lgs_regex_compile(c->arena, lgs_node_text(node), LGS_REGEX_NATIVE, &errs);
    if (*regex == NULL) {
        return lgs_mapping_finding(c, node, "%.*s",
                                   LGS_FMT(errs.first ? errs.first->text : LGS_STR("bad pattern")));
    }
    return true;
}

bool lgs_mapping_unknown(lgs_compile_t *c, const lgs_node_t *at, const char *what, lgs_str_t word,
                         const lgs_str_t *words, size_t n)
{
    lgs_str_t near = lgs_nearest(word, words, n);

    if (near.len) {
        return lgs_mapping_finding(c, at, "unknown %s \"%.*s\"%s; did you mean \"%.*s\"?", what,
                                   LGS_QUOTE(word), LGS_FMT(near));
    }
    return lgs_mapping_finding(c, at, "unknown %s \"%.*s\"%s", what, LGS_QUOTE(word));
}

bool lgs_mapping_keys(lgs_compile_t *c, const lgs_node_t *node, const char *what, const char *known,
                      const char *more)
{
    lgs_str_t words[MAX_WORDS];
    size_t n = words_of(known, words, 0, MAX_WORDS);
    char text[80];
    bool ok = true;

    n = more ? words_of(more, words, n, MAX_WORDS) : n;
    snprintf(text, sizeof(text), "key of %s", what);
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_node_t *name = &node->u.members[i].name;

        if (!is_among(lgs_node_text(name), words, n)) {
            ok = lgs_mapping_unknown(c, name, text, lgs_node_text(name), words, n);
        }
    }
    return ok;
}

bool lgs_mapping_is_word(const char *list, lgs_str_t word)
{
    lgs_str_t words[MAX_WORDS];

    return is_among(word, words, words_of(list, words, 0, MAX_WORDS));
}

int lgs_mapping_quote_len(lgs_str_t text)
{
    size_t n = text.len < LGS_QUOTE_MAX ? text.len : LGS_QUOTE_MAX;

    /* never half a character */
    while (n < text.len && n > 0 && ((uint8_t)text.data[n] & 0xC0) == 0x80) {
        n--;
    }
    return (int)n;
}

static size_t words_of(const char *list, lgs_str_t *words, size_t n, size_t max)
{
    for (const char *p = list; *p && n < max; n++) {
        size_t len = strcspn(p, " ");

        words[n] = lgs_str(p, len);
        p += len;
        p += *p == ' ';
    }
    return n;
}

static bool is_among(lgs_str_t word, const lgs_str_t *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lgs_str_eq(word, words[i])) {
            return true;
        }
    }
    return false;
}
