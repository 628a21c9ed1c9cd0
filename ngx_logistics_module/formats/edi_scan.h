/*
 * The tokenizer of EDI: one pass over the bytes, a table for what each may be, slices instead of
 * copies. Private to this room.
 */
#ifndef LGS_EDI_SCAN_H
#define LGS_EDI_SCAN_H

#include "edi.h"

/* What a byte is, and what a piece holds or ends with. */
#define LGS_EDI_ODD        0x01u /* needs an escape in JSON */
#define LGS_EDI_HIGH       0x02u /* above 127 */
#define LGS_EDI_BREAK      0x04u /* CR or LF */
#define LGS_EDI_RELEASE    0x08u
#define LGS_EDI_COMPONENT  0x10u
#define LGS_EDI_REPETITION 0x20u
#define LGS_EDI_ELEMENT    0x40u
#define LGS_EDI_TERMINATOR 0x80u

#define LGS_EDI_STOP                                                                               \
    (LGS_EDI_RELEASE | LGS_EDI_COMPONENT | LGS_EDI_REPETITION | LGS_EDI_ELEMENT |                  \
     LGS_EDI_TERMINATOR)

#define LGS_EDI_MAX_TAG 8 /* bytes before a "=" that ends a tag */

/* All marks that end a piece or release a byte. */
#define LGS_EDI_N_MARKS 5u

typedef struct {
    lgs_edi_marks_t marks;
    unsigned char classes[256];       /* 0: plain text */
    char spread[LGS_EDI_N_MARKS][16]; /* each mark 16 times, to compare so many bytes with it */
} lgs_edi_syntax_t;

/* Fills the tables from syntax->marks. */
void lgs_edi_prepare(lgs_edi_syntax_t *syntax);

typedef struct {
    lgs_edi_piece_t *items;
    uint32_t n, room;
    lgs_arena_t *arena; /* that they grow in; NULL: they do not (LGS_NOMEM when they are full) */
} lgs_edi_pieces_t;

static inline uint32_t lgs_edi_length(const lgs_edi_piece_t *piece)
{
    return piece->n_flags >> 8;
}

/* What ends the segment also ends its last piece. */
static inline bool lgs_edi_is_end(const lgs_edi_piece_t *piece)
{
    return (piece->n_flags & LGS_EDI_TERMINATOR) != 0;
}

/* Room for more pieces; LGS_NOMEM. */
lgs_rc_t lgs_edi_more_pieces(lgs_edi_pieces_t *pieces) LGS_MUST_CHECK;

/* Adds a piece. */
LGS_MUST_CHECK static inline lgs_rc_t lgs_edi_push(lgs_edi_pieces_t *pieces, uint32_t at,
                                                   uint32_t n, unsigned flags)
{
    if (LGS_UNLIKELY(pieces->n == pieces->room) && lgs_edi_more_pieces(pieces) != LGS_OK) {
        return LGS_NOMEM;
    }
    pieces->items[pieces->n++] = (lgs_edi_piece_t){at, n << 8 | flags};
    return LGS_OK;
}

/*
 * Takes the segment at source+*at apart: its pieces, the first of them its tag, are added, *at goes
 * behind its terminator. At the source's end the segment may lack its terminator (is_last): the
 * bytes that remain are its last piece, and *is_cut is set. LGS_AGAIN: more bytes are needed;
 * LGS_LIMIT: it is longer than LGS_EDI_MAX_SEGMENT; LGS_NOMEM. Nothing is added then.
 */
lgs_rc_t lgs_edi_scan(const lgs_edi_syntax_t *syntax, lgs_str_t source, bool is_last, size_t *at,
                      lgs_edi_pieces_t *pieces, bool *is_cut) LGS_MUST_CHECK;

/* The first byte from source+at on that can begin a segment: not a blank, a line end or NUL. */
size_t lgs_edi_skip_blank(lgs_str_t source, size_t at);

/* ---- headers (edi_header.c) ---- */

typedef struct {
    lgs_edi_t standard;
    size_t skipped; /* bytes before it */
    size_t length;  /* of what is no segment (UNA), or of the whole ISA */
    bool is_wrapped, is_narrow, has_stray, is_fragment;
    lgs_edi_marks_t marks;
    lgs_edi_piece_t pieces[17]; /* of an ISA, from its first byte */
    uint32_t n_pieces;
} lgs_edi_header_t;

/*
 * What the source begins with. LGS_AGAIN: more bytes are needed behind those that are skipped;
 * LGS_END: there is nothing but blanks; LGS_INVALID with `why` and the byte that it is about in
 * header->skipped.
 */
lgs_rc_t lgs_edi_detect(lgs_str_t source, bool is_last, const lgs_edi_profile_t *profile,
                        lgs_edi_header_t *header, const char **why) LGS_MUST_CHECK;

/* ---- standards (edi_standard.c) ---- */

/* What a segment of the envelope does. */
typedef enum { LGS_EDI_DATA, LGS_EDI_OPENS, LGS_EDI_CLOSES, LGS_EDI_NOTE } lgs_edi_role_t;

/* An element (and component) of a segment, from 1; element 0: there is none. */
typedef struct {
    uint8_t element, component;
} lgs_edi_place_t;

typedef struct {
    char open[4], close[4];       /* tags, NUL-padded */
    lgs_edi_place_t number;       /* in the first */
    lgs_edi_place_t count, again; /* in the last */
} lgs_edi_envelope_t;

typedef struct {
    const char *name;
    lgs_edi_envelope_t levels[LGS_EDI_N_LEVELS];
    char advice[4];        /* opens the next interchange, though this one has not ended */
    char notes[3][4];      /* segments that may stand between the others */
    uint32_t initials;     /* of all these tags: most segments have another */
    bool counts_from_zero; /* elements and components */
    bool is_composite;     /* each element is an object of components */
    bool is_number;        /* the numbers are compared as numbers, not as texts */
} lgs_edi_standard_t;

extern const lgs_edi_standard_t lgs_edi_standards[LGS_EDI_N_STANDARDS];

/* Its bit among the initials of a standard. */
static inline uint32_t lgs_edi_initial(char letter)
{
    return UINT32_C(1) << (letter & 31);
}

/* What the segment with that tag does, and at which level. */
lgs_edi_role_t lgs_edi_role(const lgs_edi_standard_t *standard, lgs_str_t tag,
                            lgs_edi_level_t *level);

/* The text of an element and component (from 1) of a segment in a tree; empty: not there. */
lgs_str_t lgs_edi_tree_text(const lgs_edi_standard_t *standard, const lgs_node_t *elements,
                            uint32_t element, uint32_t component);

/* What bytes that are no UTF-8 are, by UNB's syntax identifier (lgs_charset_t). */
unsigned lgs_edi_level_charset(lgs_str_t level);

/* Of X12: the number of the element that is bytes, as many as the one before it says; 0: none. */
static inline uint32_t lgs_edi_binary(lgs_str_t tag)
{
    if (tag.len != 3 || tag.data[0] != 'B') {
        return 0;
    }
    if (tag.data[1] == 'I') {
        return tag.data[2] == 'N' ? 2 : 0;
    }
    return tag.data[1] == 'D' && tag.data[2] == 'S' ? 3 : 0; /* BDS */
}

/* What the element before such bytes says, all digits; false: it says nothing that can be. */
bool lgs_edi_byte_count(lgs_str_t text, size_t *n);

/*
 * The same for all segments of a set from source+*at on, one behind the other, up to the first that
 * lgs_edi_scan has to look at: one that may belong to an envelope of the standard, that is not
 * whole, or that is odd in a way that few are. At most `most`; returns how many.
 */
uint32_t lgs_edi_scan_data(const lgs_edi_syntax_t *syntax, const lgs_edi_standard_t *standard,
                           lgs_str_t source, uint32_t most, size_t *at,
                           lgs_edi_pieces_t *pieces) LGS_MUST_CHECK;

/* With that ISA12 ISA11 separates repetitions: from 00402 on, whatever stands around its digits. */
bool lgs_edi_repeats(lgs_str_t isa12);

/* GS01 for a set with that ST01: "QM" for 214; data NULL when the table does not know the set. */
lgs_str_t lgs_edi_group_of(lgs_str_t set);

#endif
