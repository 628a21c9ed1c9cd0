/* How the loader writes down what is wrong: places, pointers, "did you mean", one order for all. */
#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_FINDING 1024u

static lgs_err_t *add(lgs_errs_t *errs, const char *code, lgs_pos_t pos, const char *format,
                      va_list args);
static lgs_str_t pointer_of(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node);
static bool find_pointer(lgs_buf_t *buf, const lgs_node_t *at, const lgs_node_t *node,
                         uint32_t depth);
static lgs_str_t safe_text(lgs_load_t *load, const lgs_doc_t *doc, const lgs_err_t *err);
static bool is_said(const lgs_err_t *first, const lgs_err_t *err, lgs_kind_t kind);
static int compare(const void *a, const void *b);

void lgs_finding(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node, const char *code,
                 const char *format, ...)
{
    const lgs_node_t *at = node ? node : &doc->root;
    lgs_err_t *err;
    va_list args;

    va_start(args, format);
    err = add(load->errs, code, lgs_doc_locate(doc, at->offset), format, args);
    va_end(args);
    if (err) {
        err->file = doc->file;
        err->pointer = pointer_of(load, doc, at);
    }
}

void lgs_note(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node, const char *code,
              const char *format, ...)
{
    const lgs_node_t *at = node ? node : &doc->root;
    lgs_err_t *note;
    va_list args;

    if (load->options->notes == NULL) {
        return;
    }
    va_start(args, format);
    note = add(load->options->notes, code, lgs_doc_locate(doc, at->offset), format, args);
    va_end(args);
    if (note) {
        note->file = lgs_arena_str(load->options->notes->arena, doc->file);
        note->pointer = lgs_arena_str(load->options->notes->arena, pointer_of(load, doc, at));
    }
}

void lgs_finding_file(lgs_load_t *load, lgs_str_t path, const char *format, ...)
{
    lgs_err_t *err;
    va_list args;

    va_start(args, format);
    err = add(load->errs, "policy-file", (lgs_pos_t){0}, format, args);
    va_end(args);
    if (err) {
        err->file = lgs_arena_str(load->errs->arena, path);
    }
}

static lgs_err_t *add(lgs_errs_t *errs, const char *code, lgs_pos_t pos, const char *format,
                      va_list args)
{
    char text[MAX_FINDING];

    vsnprintf(text, sizeof(text), format, args);
    return lgs_errs_add(errs, code, pos, "%s", text);
}

const char *lgs_did_you_mean(lgs_load_t *load, lgs_str_t word, const lgs_map_t *known)
{
    size_t n = lgs_map_count(known);
    lgs_str_t *words = lgs_arena_array(load->scratch, n, sizeof(*words));
    lgs_str_t near = {NULL, 0};

    for (size_t i = 0; words && i < n; i++) {
        lgs_map_at(known, i, &words[i], NULL);
    }
    if (words) {
        near = lgs_nearest(word, words, n);
    }
    if (near.len) {
        near = lgs_arena_printf(load->scratch, "; did you mean \"%.*s\"?", LGS_FMT(near));
    }
    return near.len ? near.data : "";
}

lgs_rc_t lgs_check_schema(lgs_load_t *load, lgs_kind_t kind, const lgs_doc_t *doc,
                          const lgs_err_t *last)
{
    const lgs_err_t *said = last ? last->next : load->errs->first;
    lgs_errs_t found;
    lgs_rc_t rc;

    lgs_errs_init(&found, load->errs->arena, LGS_MAX_POLICY_ERRORS);
    rc = lgs_schema_validate(load->kinds[kind], doc, NULL, &found);
    if (rc == LGS_NOMEM) {
        return lgs_errs_nomem(load->errs);
    }
    for (const lgs_err_t *err = found.first; err; err = err->next) {
        lgs_err_t *copy;

        if (is_said(said, err, kind)) {
            continue;
        }
        copy = lgs_errs_add(load->errs, err->code, err->pos, "%.*s",
                            LGS_FMT(safe_text(load, doc, err)));
        copy->file = doc->file;
        copy->pointer = err->pointer;
        copy->schema = err->schema;
    }
    load->errs->more += found.more;
    return LGS_OK;
}

/* A schema's sentence quotes the value: not one that a secret may be. */
static lgs_str_t safe_text(lgs_load_t *load, const lgs_doc_t *doc, const lgs_err_t *err)
{
    const lgs_node_t *node = lgs_node_pointer(&doc->root, err->pointer);

    if (node && node->type == LGS_STRING && lgs_looks_secret(lgs_node_text(node))) {
        return LGS_STR(
            "the value does not fit here, and looks like a secret; a secret is kept in a "
            "file or an environment variable, and that is named");
    }
    return err->text;
}

static lgs_str_t owned(lgs_load_t *load, lgs_str_t text)
{
    return text.len ? lgs_arena_str(load->errs->arena, text) : text;
}

void lgs_adopt_errors(lgs_load_t *load, const lgs_err_t *last, lgs_str_t file)
{
    for (lgs_err_t *err = last ? last->next : load->errs->first; err; err = err->next) {
        err->file = owned(load, err->file.len ? err->file : file);
        err->pointer = owned(load, err->pointer);
        err->schema = owned(load, err->schema);
    }
}

void lgs_sort_findings(lgs_errs_t *errs)
{
    lgs_err_t **list;
    size_t n = 0;

    for (lgs_err_t *err = errs->first; err; err = err->next) {
        n++;
    }
    list = n > 1 ? lgs_arena_array(errs->arena, n, sizeof(*list)) : NULL;
    if (list == NULL) {
        return; /* without memory they stay in the order of discovery */
    }
    n = 0;
    for (lgs_err_t *err = errs->first; err; err = err->next) {
        list[n++] = err;
    }
    qsort(list, n, sizeof(*list), compare);
    for (size_t i = 0; i < n; i++) {
        list[i]->next = i + 1 < n ? list[i + 1] : NULL;
    }
    errs->first = list[0];
    errs->last = list[n - 1];
}

static lgs_str_t pointer_of(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, load->errs->arena, 64, 0);
    if (!find_pointer(&buf, &doc->root, node, 0)) {
        return lgs_str(NULL, 0);
    }
    return lgs_buf_text(&buf);
}

/* Where `node` hangs: a walk over the whole tree, which only a finding pays for. */
static bool find_pointer(lgs_buf_t *buf, const lgs_node_t *at, const lgs_node_t *node,
                         uint32_t depth)
{
    size_t len = buf->len;

    if (at == node) {
        return true;
    }
    if (depth > LGS_DEFAULT_MAX_DEPTH || (at->type != LGS_ARRAY && at->type != LGS_OBJECT)) {
        return false;
    }
    for (uint32_t i = 0; i < at->n; i++) {
        bool is_object = at->type == LGS_OBJECT;

        buf->len = len;
        if (is_object) {
            lgs_pointer_add(buf, lgs_node_text(&at->u.members[i].name));
        } else {
            lgs_pointer_add_index(buf, i);
        }
        if ((is_object && &at->u.members[i].name == node) ||
            find_pointer(buf, is_object ? &at->u.members[i].value : &at->u.items[i], node,
                         depth + 1)) {
            return true;
        }
    }
    buf->len = len;
    return false;
}

/*
 * The schema knows shapes, the loader meanings: where both complain about one value, the loader's
 * sentence is the better one. What is missing has the place of what it is missing in: that always
 * stays, but for mappings, whose compiler looks for missing keys itself.
 */
static bool is_said(const lgs_err_t *first, const lgs_err_t *err, lgs_kind_t kind)
{
    bool is_unknown_key = strcmp(err->code, "additionalProperties") == 0;

    if (strcmp(err->code, "required") == 0) {
        return kind == LGS_KIND_MAPPING;
    }
    for (; first; first = first->next) {
        if (first->pos.line == err->pos.line && first->pos.column == err->pos.column &&
            (is_unknown_key || lgs_str_eq(first->pointer, err->pointer))) {
            return true;
        }
    }
    return false;
}

static int compare_text(lgs_str_t a, lgs_str_t b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *a, const void *b)
{
    const lgs_err_t *x = *(lgs_err_t *const *)a, *y = *(lgs_err_t *const *)b;
    int order = compare_text(x->file, y->file);

    if (order == 0) {
        order = (x->pos.line > y->pos.line) - (x->pos.line < y->pos.line);
    }
    if (order == 0) {
        order = (x->pos.column > y->pos.column) - (x->pos.column < y->pos.column);
    }
    return order ? order : compare_text(x->text, y->text);
}
