/*
 * The one door to the readers of documents: what a body or a file is (lgs_input_t, compiled by the
 * mapping room from a mapping's `input`), and a reader that gives one document after the other from
 * windows of bytes. A CSV row, an NDJSON line, a group of fixed-width records, a whole JSON or XML
 * text is a document; memory for one of them is all that a reader needs.
 *
 * A window begins with the first byte that no document has used and may end anywhere:
 *
 *   reader = lgs_reader_open(input, limits, arena);
 *   while ((rc = lgs_reader_next(reader, &window, scratch, &doc, errs)) != LGS_END) {
 *       LGS_OK       use doc
 *       LGS_AGAIN    read more behind what is left of the window, set is_last at the end
 *       LGS_INVALID, LGS_LIMIT   tell errs
 *       LGS_NOMEM    give up
 *       window.bytes: drop lgs_reader_used(reader) from its front; reset scratch
 *   }
 *
 * A window of which nothing was used stays where it is (unless more bytes are needed): the next
 * documents may stand in it, too. With the whole source in one window LGS_AGAIN never comes.
 */
#ifndef LGS_INPUT_H
#define LGS_INPUT_H

#include "build.h"

typedef struct lgs_reader_s lgs_reader_t;
typedef struct lgs_input_format_s lgs_input_format_t;

typedef struct {
    const lgs_input_format_t *format;
    /* Of that format: lgs_json_input_t, lgs_csv_t, …; NULL: its defaults. "fixed" has none. */
    const void *profile;
} lgs_input_t;

/* Of the format "json". */
typedef struct {
    lgs_str_t records; /* pointer to the array whose items are documents; empty: the whole is one */
} lgs_json_input_t;

typedef struct {
    lgs_str_t bytes;
    bool is_last; /* nothing comes behind them */
} lgs_window_t;

/* The format of that word ("json", "ndjson", "csv", …), or NULL. */
const lgs_input_format_t *lgs_input_format(lgs_str_t name);

/* The words of all formats, for "did you mean"; returns how many. */
size_t lgs_input_format_names(lgs_str_t *names, size_t max);

lgs_str_t lgs_input_name(const lgs_input_t *input);

/* The word of canonical records for what it is written in: "json" also for "ndjson". */
lgs_str_t lgs_input_written_in(const lgs_input_t *input);

/* How positions are counted in it. */
lgs_format_t lgs_input_positions(const lgs_input_t *input);

/* More than one document can come from one source, each with an outcome of its own. */
bool lgs_input_is_batch(const lgs_input_t *input);

/* Its documents are sets of interchanges: the reader may be watched (edi.h). */
bool lgs_input_is_edi(const lgs_input_t *input);

/* Does the source begin as the format does, where formats can be told apart: EDI, and all else? */
bool lgs_input_takes(const lgs_input_t *input, lgs_str_t source) LGS_MUST_CHECK;

/*
 * Is the source read in the character set of that name ("UTF-8", "windows-1252", as a Content-Type
 * writes it)? *read_as is the one that it is read in, borrowed from the source or for ever; empty
 * when the source itself says it in its own way (EDI): then any name will do.
 */
bool lgs_input_is_charset(const lgs_input_t *input, lgs_str_t source, lgs_str_t named,
                          lgs_str_t *read_as) LGS_MUST_CHECK;

/*
 * A reader at the beginning of a source. It lives in `arena`, with what all documents have in
 * common (names of columns, header records); `input` must outlive it. `limits` NULL: the defaults;
 * they hold for each document. NULL at the ceiling.
 */
lgs_reader_t *lgs_reader_open(const lgs_input_t *input, const lgs_tree_limits_t *limits,
                              lgs_arena_t *arena) LGS_MUST_CHECK;

/*
 * The next document. Its tree lives in `arena`, its texts in the window, in `arena` and in the
 * reader; what several have in common (an envelope of EDI) in the reader, until the next call, or
 * as long as the reader when `arena` is its own. LGS_INVALID or LGS_LIMIT: one document is refused
 * (one error or more in errs, positions in the whole source); the next call goes on behind it, or
 * says LGS_END when the format cannot tell where that is (lgs_reader_is_cut).
 */
lgs_rc_t lgs_reader_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                         lgs_doc_t *doc, lgs_errs_t *errs) LGS_MUST_CHECK;

/* Bytes at the front of the window that the last call was through with, whatever it returned. */
size_t lgs_reader_used(const lgs_reader_t *reader);

/* Something made going on impossible: what came behind it was not read. */
bool lgs_reader_is_cut(const lgs_reader_t *reader);

/* Documents given or refused so far. */
uint32_t lgs_reader_count(const lgs_reader_t *reader);

#endif
