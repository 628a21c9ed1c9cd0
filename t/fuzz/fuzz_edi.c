/*
 * EDI: tokenizer, reader, writer. What holds for every input:
 *   - pieces stand side by side, inside of the input, and no byte is lost between two segments but
 *     blanks and terminators; many segments at once come out as one by one;
 *   - in windows of any size the same comes out as in one;
 *   - what can be written is read again, is written alike, and has the same tree from then on.
 */
#include "../../ngx_logistics_module/formats/edi_scan.h"
#include "../../ngx_logistics_module/formats/edi_write.h"
#include "../../ngx_logistics_module/formats/json.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_edi: %s\n", what);
        abort();
    }
}

static void check_pieces(lgs_str_t source, size_t from, size_t to, const lgs_edi_pieces_t *pieces,
                         const lgs_edi_marks_t *marks, bool is_cut)
{
    size_t at = from;

    for (uint32_t i = 0; i < pieces->n; i++) {
        const lgs_edi_piece_t *piece = &pieces->items[i];

        must(piece->at == at, "pieces do not stand side by side");
        must(piece->at + lgs_edi_length(piece) <= source.len, "a piece reaches out of the input");
        must(lgs_edi_is_end(piece) == (i + 1 == pieces->n), "the end is not at the end");
        at = piece->at + lgs_edi_length(piece) + 1;
    }
    at += at <= to ? (size_t)(marks->n_terminator - 1) : 0;
    must(at == to || (to == source.len && at == to + 1) || is_cut, "bytes of a segment are lost");
}

/* Many segments at once come out as one after the other. */
static void check_scan_data(lgs_arena_t *arena, const lgs_edi_syntax_t *syntax, lgs_str_t source,
                            size_t at)
{
    lgs_edi_pieces_t many = {.arena = arena}, one = {.arena = arena};
    size_t to = at;
    bool is_cut = false;
    const lgs_edi_standard_t *standard =
        &lgs_edi_standards[syntax->marks.is_x12 ? LGS_EDI_X12 : LGS_EDI_EDIFACT];
    uint32_t n = lgs_edi_scan_data(syntax, standard, source, 100, &to, &many);

    for (uint32_t i = 0; i < n; i++) {
        const lgs_edi_piece_t *tag;
        lgs_edi_level_t level;
        uint32_t first = one.n;

        at = lgs_edi_skip_blank(source, at);
        must(lgs_edi_scan(syntax, source, false, &at, &one, &is_cut) == LGS_OK && !is_cut,
             "a segment is none");
        tag = &one.items[first];
        must(lgs_edi_role(standard, lgs_str(source.data + tag->at, lgs_edi_length(tag)), &level) ==
                 LGS_EDI_DATA,
             "a segment of an envelope is taken for data");
    }
    must(at == to && many.n == one.n &&
             (n == 0 || memcmp(many.items, one.items, one.n * sizeof(*one.items)) == 0),
         "many segments at once come out in another way");
}

static void check_scan(lgs_arena_t *arena, lgs_str_t source)
{
    lgs_edi_pieces_t pieces = {.arena = arena};
    lgs_edi_syntax_t syntax;
    lgs_edi_header_t header;
    const char *why = NULL;
    size_t at;
    bool is_cut = false;
    lgs_rc_t rc = lgs_edi_detect(source, true, NULL, &header, &why);

    must(rc == LGS_OK || rc == LGS_END || (rc == LGS_INVALID && why), "an impossible answer");
    if (rc != LGS_OK) {
        return;
    }
    must(header.skipped + header.length <= source.len, "a header reaches out of the input");
    syntax.marks = header.marks;
    lgs_edi_prepare(&syntax);
    at = header.skipped + header.length;
    check_scan_data(arena, &syntax, source, at);
    while ((at = lgs_edi_skip_blank(source, at)) < source.len) {
        size_t from = at;

        pieces.n = 0;
        rc = lgs_edi_scan(&syntax, source, true, &at, &pieces, &is_cut);
        must(rc == LGS_OK || rc == LGS_LIMIT, "an impossible result");
        if (rc != LGS_OK) {
            return;
        }
        must(at > from && at <= source.len, "no way forward");
        check_pieces(source, from, at, &pieces, &syntax.marks, is_cut);
    }
}

typedef struct {
    lgs_buf_t json, edi;
    uint32_t n_refused;
    bool cannot; /* something was not written */
} outcome_t;

/* All sets, in windows that grow by `step`. */
static outcome_t read_all(lgs_arena_t *arena, lgs_str_t source, size_t step,
                          const lgs_edi_profile_t *profile)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), profile};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_arena_t *scratch = lgs_arena_create(0, 0);
    lgs_edi_writer_t *writer;
    outcome_t outcome = {.n_refused = 0};
    size_t at = 0, have = 0;
    lgs_rc_t rc = LGS_OK;

    lgs_buf_init(&outcome.json, arena, 0, 0);
    lgs_buf_init(&outcome.edi, arena, 0, 0);
    writer = lgs_edi_writer(arena, &outcome.edi, false);
    while (rc != LGS_END) {
        lgs_window_t window = {lgs_str(source.data + at, have), at + have == source.len};
        lgs_errs_t errs;
        lgs_doc_t doc;

        lgs_arena_reset(scratch);
        lgs_errs_init(&errs, scratch, 10);
        rc = lgs_reader_next(reader, &window, scratch, &doc, &errs);
        must(rc != LGS_NOMEM && lgs_reader_used(reader) <= have, "an impossible result");
        must((rc == LGS_INVALID || rc == LGS_LIMIT) == (errs.n > 0), "refused without a reason");
        outcome.n_refused += errs.n > 0;
        if (rc == LGS_OK) {
            size_t before = outcome.edi.len;

            lgs_json_write(&outcome.json, &doc.root);
            lgs_buf_byte(&outcome.json, '\n');
            /* the separators of a fragment are guessed, by how long it is */
            outcome.cannot |= !lgs_node_at(&doc.root, "ISA") && !lgs_node_at(&doc.root, "UNB") &&
                              !lgs_node_at(&doc.root, "STX");
            if (lgs_edi_write_set(writer, &doc.root, &errs) != LGS_OK) {
                outcome.edi.len = before;
                outcome.cannot = true;
            }
        }
        at += lgs_reader_used(reader);
        have -= lgs_reader_used(reader);
        if (rc == LGS_AGAIN) {
            must(!window.is_last, "more is wanted behind the end");
            have += step < source.len - at - have ? step : source.len - at - have;
        }
    }
    must(lgs_edi_write_end(writer, NULL) == LGS_OK, "no end can be written");
    lgs_arena_destroy(scratch);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_edi_profile_t lenient = {.wrap = LGS_EDI_WRAP_AUTO};
    lgs_str_t source = lgs_str(size ? (const char *)data : "", size);
    outcome_t whole, parts, again, twice;
    lgs_arena_t *arena;

    if (size > MAX_INPUT) {
        return 0;
    }
    memset(lenient.checks, LGS_EDI_WARN, sizeof(lenient.checks));
    arena = lgs_arena_create(0, 0);
    check_scan(arena, source);
    whole = read_all(arena, source, size ? size : 1, &lenient);
    parts = read_all(arena, source, size / 7 + 1, &lenient);
    must(lgs_str_eq(lgs_buf_text(&whole.json), lgs_buf_text(&parts.json)) &&
             whole.n_refused == parts.n_refused,
         "windows make a difference");
    if (whole.edi.len && !whole.cannot) {
        again = read_all(arena, lgs_buf_text(&whole.edi), size, &lenient);
        must(!again.cannot, "what was written and read cannot be written");
        twice = read_all(arena, lgs_buf_text(&again.edi), size, &lenient);
        must(lgs_str_eq(lgs_buf_text(&again.edi), lgs_buf_text(&whole.edi)), "no fixed point");
        must(lgs_str_eq(lgs_buf_text(&again.json), lgs_buf_text(&twice.json)), "another tree");
    }
    lgs_arena_destroy(arena);
    return 0;
}
