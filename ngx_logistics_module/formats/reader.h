/*
 * What the readers of the formats and input.c share. Private to this room.
 */
#ifndef LGS_READER_H
#define LGS_READER_H

#include "input.h"

/* What a file says once, for all its documents: gather.c. */
typedef struct {
    lgs_head_t head;
    lgs_member_t *members; /* a type of record each */
    uint32_t n, n_seen;
} lgs_heads_t;

struct lgs_reader_s {
    const lgs_input_t *input;
    lgs_tree_limits_t limits;
    lgs_arena_t *arena; /* for what lives as long as the reader */
    lgs_base_t base;    /* of the window's first byte */
    size_t used;        /* of the window, by this call */
    uint32_t count;
    bool is_over; /* LGS_END from now on */
    bool is_cut;
    void *state; /* the format's own */
};

struct lgs_input_format_s {
    const char *name;
    bool is_batch;
    /* At the beginning: fills reader->state when there is one. May be NULL. */
    lgs_rc_t (*open)(lgs_reader_t *reader);
    /*
     * As lgs_reader_next: begins at window->bytes + reader->used, moves on by lgs_reader_take() and
     * sets is_over when nothing more can come. doc has its format, base and an empty root.
     */
    lgs_rc_t (*next)(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                     lgs_doc_t *doc, lgs_errs_t *errs);
    lgs_format_t positions;
    unsigned standard; /* EDI: lgs_edi_t; LGS_EDI_N_STANDARDS: whatever comes */
};

lgs_rc_t lgs_fixed_open(lgs_reader_t *reader);
lgs_rc_t lgs_fixed_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                        lgs_doc_t *doc, lgs_errs_t *errs);

/* The readers that have a file of their own: csv_read.c, xml_read.c, edi_read.c */
lgs_rc_t lgs_csv_open(lgs_reader_t *reader);
lgs_rc_t lgs_csv_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                      lgs_doc_t *doc, lgs_errs_t *errs);
lgs_rc_t lgs_xml_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                      lgs_doc_t *doc, lgs_errs_t *errs);

lgs_rc_t lgs_edi_open(lgs_reader_t *reader);
lgs_rc_t lgs_edi_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                      lgs_doc_t *doc, lgs_errs_t *errs);

/* Moves on by n bytes with `lines` line ends among them, the last of them `columns` from the end.
 */
void lgs_reader_take(lgs_reader_t *reader, size_t n, uint32_t lines, uint32_t columns);

/* The same for what stands between two places of the window, with `lines` line ends in it. */
void lgs_reader_take_to(lgs_reader_t *reader, const char *start, const char *end, uint32_t lines);

/* What is left of the window. */
static inline lgs_str_t lgs_reader_rest(const lgs_reader_t *reader, const lgs_window_t *window)
{
    return lgs_str(window->bytes.data + reader->used, window->bytes.len - reader->used);
}

/* Errors behind `last` (NULL: all) were placed in doc's source alone: moves them by its base. */
void lgs_reader_move_errors(const lgs_doc_t *doc, lgs_errs_t *errs, const lgs_err_t *last);

#endif
