/* Reads sources through the door of input.h for the tests of formats/: all documents as JSON, a
 * line each, refusals as "! code line:column", at any size of windows. */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include "../unit.h"

#include "../../../ngx_logistics_module/formats/csv.h"
#include "../../../ngx_logistics_module/formats/input.h"
#include "../../../ngx_logistics_module/formats/json.h"

typedef struct {
    lgs_arena_t *arena, *scratch;
    lgs_errs_t errs; /* of the last documents; initialized before each */
    lgs_buf_t out;
    bool texts;     /* refusals with their texts */
    bool positions; /* documents with the line and column of their first value */
    lgs_rc_t rc;
    uint32_t n_calls;
} documents_t;

static inline void print_errors(documents_t *d, const lgs_errs_t *errs)
{
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        lgs_buf_printf(&d->out, "! %s %u:%u", err->code, err->pos.line, err->pos.column);
        if (d->texts) {
            lgs_buf_printf(&d->out, " %.*s", LGS_FMT(err->text));
        }
        lgs_buf_byte(&d->out, '\n');
    }
}

static inline void print_document(documents_t *d, const lgs_doc_t *doc)
{
    const lgs_node_t *top = lgs_doc_top(doc);

    lgs_json_write(&d->out, top);
    if (d->positions && top->type == LGS_OBJECT && top->n) {
        const lgs_node_t *last = &top->u.members[top->n - 1].value;
        lgs_pos_t pos = lgs_doc_locate(doc, top->offset), end = lgs_doc_locate(doc, last->offset);

        lgs_buf_printf(&d->out, " @%u:%u-%u:%u", pos.line, pos.column, end.line, end.column);
    }
    lgs_buf_byte(&d->out, '\n');
}

/*
 * Every window lies in memory of its own that ends where it ends, so that ASan sees one byte too
 * far; it grows by `step` bytes when more are needed.
 */
static inline lgs_str_t read_documents(documents_t *d, const lgs_input_t *input, lgs_str_t source,
                                       size_t step, const lgs_tree_limits_t *limits)
{
    lgs_reader_t *reader = lgs_reader_open(input, limits, d->arena);
    size_t at = 0, have = 0;
    char *copy = NULL;
    bool is_new = true;

    lgs_buf_init(&d->out, d->arena, 0, 0);
    d->rc = LGS_OK;
    while (reader && d->rc != LGS_END) {
        lgs_window_t window;
        lgs_doc_t doc;

        if (is_new) {
            free(copy);
            copy = malloc(have ? have : 1);
            if (have) {
                memcpy(copy, source.data + at, have);
            }
        }
        window = (lgs_window_t){lgs_str(copy, have), at + have == source.len};
        lgs_arena_reset(d->scratch);
        lgs_errs_init(&d->errs, d->scratch, LGS_MAX_ERRORS);
        d->rc = lgs_reader_next(reader, &window, d->scratch, &doc, &d->errs);
        d->n_calls++;
        CHECK(lgs_reader_used(reader) <= have);
        CHECK(d->rc != LGS_AGAIN || (!window.is_last && d->errs.n == 0));
        CHECK((d->rc == LGS_INVALID || d->rc == LGS_LIMIT) == (d->errs.n > 0));
        print_errors(d, &d->errs);
        if (d->rc == LGS_OK) {
            print_document(d, &doc);
        }
        at += lgs_reader_used(reader);
        have -= lgs_reader_used(reader);
        if (d->rc == LGS_AGAIN) {
            have += step < source.len - at - have ? step : source.len - at - have;
        }
        is_new = d->rc == LGS_AGAIN || lgs_reader_used(reader);
        if (d->rc == LGS_NOMEM) {
            break;
        }
    }
    free(copy);
    return lgs_buf_text(&d->out);
}

static inline documents_t documents_begin(void)
{
    return (documents_t){.arena = lgs_arena_create(0, 0), .scratch = lgs_arena_create(0, 0)};
}

static inline void documents_end(documents_t *d)
{
    lgs_arena_destroy(d->arena);
    lgs_arena_destroy(d->scratch);
}

/* At every size of windows from one byte to the whole the same comes out: `want`. */
static inline void check_documents(const lgs_input_t *input, lgs_str_t source, bool texts,
                                   bool positions, const char *want)
{
    for (size_t step = source.len ? source.len : 1; step > 0; step -= step > 40 ? 17 : 1) {
        documents_t d = documents_begin();
        lgs_str_t got;

        d.texts = texts;
        d.positions = positions;
        got = read_documents(&d, input, source, step, NULL);
        if (!lgs_str_is(got, want)) {
            unit_bad = 1;
            printf("# windows of %zu, source:\n# %.*s\n# got:\n%.*s# want:\n%s", step,
                   LGS_FMT(source), LGS_FMT(got), want);
            documents_end(&d);
            return;
        }
        documents_end(&d);
    }
}

#endif
