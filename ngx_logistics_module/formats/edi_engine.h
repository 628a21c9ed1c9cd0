/*
 * The inside of the reader of EDI, shared by the engine (edi_read.c) and its judge (edi_judge.c).
 * Private to this room.
 */
#ifndef LGS_EDI_ENGINE_H
#define LGS_EDI_ENGINE_H

#include "edi_tree.h"
#include "reader.h"

typedef enum { BETWEEN, INSIDE, BEHIND } lgs_edi_phase_t;

/* A unit of the envelope that is open. */
typedef struct {
    bool is_open;
    char *text; /* of its head */
    size_t room;
    lgs_edi_pieces_t pieces;
} lgs_edi_open_unit_t;

typedef struct {
    lgs_edi_phase_t phase;
    bool has_begun;                        /* an interchange was there */
    bool has_stray, is_narrow, is_wrapped; /* of the header that comes next */
    lgs_edi_syntax_t syntax;
    const lgs_edi_standard_t *standard;
    lgs_edi_t which;
    lgs_edi_names_t *names[LGS_EDI_N_STANDARDS]; /* made when first needed */
    lgs_charset_t charset;
    bool is_7_bit; /* the header says so */
    lgs_edi_open_unit_t opens[LGS_EDI_N_LEVELS];
    lgs_edi_unit_t units[LGS_EDI_N_LEVELS];
    lgs_base_t bases[LGS_EDI_N_LEVELS];
    lgs_edi_common_t common;
    lgs_arena_t *common_arena; /* its, when documents do not stay as long as the reader */
    lgs_edi_pieces_t pieces;   /* of the set, or of the segment at hand */
    size_t scanned;            /* bytes of the set that are taken apart */
    bool is_cut;               /* its last segment has no terminator */
    uint32_t n_segments;       /* of the set */
    bool is_too_big;           /* the set: its segments are only counted */
    uint32_t n_messages;       /* of the interchange, in groups and outside of them */
    uint32_t object_left;      /* bytes of an object that are passed over */
    bool is_object;            /* UNP has to come behind them */
    uint64_t last_number;      /* hash of the last set's number in its group */
    lgs_edi_see_pt see;
    void *data;
} lgs_edi_state_t;

typedef struct {
    lgs_reader_t *reader;
    lgs_edi_state_t *s;
    const lgs_edi_profile_t *profile;
    const lgs_window_t *window;
    lgs_arena_t *arena;
    lgs_doc_t *doc;
    lgs_errs_t *errs;
    bool is_refused; /* something was, by this step */
} lgs_edi_reading_t;

typedef enum { BEGIN, END, COUNT, NUMBER } lgs_edi_aspect_t;

/* The check of a level: its four stand side by side. */
static inline lgs_edi_check_t lgs_edi_check_of(lgs_edi_level_t level, lgs_edi_aspect_t aspect)
{
    return (lgs_edi_check_t)((unsigned)level * 4 + aspect);
}

/* Where the segment stands that begins `at` bytes into what is left of the window. */
lgs_pos_t lgs_edi_here(const lgs_edi_reading_t *r, size_t at);

/* A text of digits only, and what it says. */
bool lgs_edi_number(lgs_str_t text, uint32_t *number);

/* Something is wrong: what becomes of it is the profile's to say. */
void lgs_edi_tell(lgs_edi_reading_t *r, lgs_edi_check_t check, lgs_edi_level_t level, lgs_pos_t pos,
                  lgs_str_t tag, const char *format, ...) LGS_PRINTF(6, 7);

/* A unit opens or closes, for who watches. */
void lgs_edi_happen(lgs_edi_reading_t *r, lgs_edi_happening_t what, lgs_edi_level_t level);

/* Count and number of a tail against what came and what the head says. */
void lgs_edi_check_trailer(lgs_edi_reading_t *r, lgs_edi_level_t level,
                           const lgs_edi_segment_t *tail);

/* All that can be wrong with a set whose tree is made; no tail: it has no end. */
void lgs_edi_check_set(lgs_edi_reading_t *r, lgs_edi_tree_t *tree, const lgs_edi_segment_t *tail);

#endif
