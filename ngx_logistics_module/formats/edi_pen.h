/*
 * Writing segments: separators where something follows them, releases, pads. Private to this room.
 */
#ifndef LGS_EDI_PEN_H
#define LGS_EDI_PEN_H

#include "../base/buf.h"
#include "charset.h"
#include "edi_scan.h"

typedef struct {
    lgs_buf_t *buf;
    lgs_edi_marks_t marks;
    lgs_charset_t charset; /* of what is written */
    lgs_arena_t *scratch;  /* for texts in another set than UTF-8 */
    bool has_lines;        /* a line end behind each segment */
    bool replaces;         /* what cannot be written becomes a blank; else it is an error */
    /* of the segment at hand */
    uint32_t elements, components, repetitions; /* separators that wait */
    bool is_bad;                                /* something cannot be written */
    const char *why;
    uint32_t n_segments; /* since the caller set it to 0 */
} lgs_edi_pen_t;

void lgs_edi_pen_tag(lgs_edi_pen_t *pen, lgs_str_t tag);
/* The next element, its first component; empty: it is not there. */
void lgs_edi_pen_element(lgs_edi_pen_t *pen, lgs_str_t text);
/* The next component of the same element. */
void lgs_edi_pen_component(lgs_edi_pen_t *pen, lgs_str_t text);
/* The next repetition of it. */
void lgs_edi_pen_repetition(lgs_edi_pen_t *pen, lgs_str_t text);
/* A text where the pen is: the caller counts the separators that wait. */
void lgs_edi_pen_more(lgs_edi_pen_t *pen, lgs_str_t text);
/* Writes what waits, although nothing follows. */
void lgs_edi_pen_finish(lgs_edi_pen_t *pen);
/* The next element as it is: binary data. */
void lgs_edi_pen_bytes(lgs_edi_pen_t *pen, lgs_str_t bytes);
void lgs_edi_pen_end(lgs_edi_pen_t *pen);

/* ISA from its 16 texts, each as wide as the standard wants it; what is longer is bad. */
void lgs_edi_pen_isa(lgs_edi_pen_t *pen, const lgs_str_t texts[16]);

/* "*", "~", the rest from ISA11, ISA12 and ISA16. */
lgs_edi_marks_t lgs_edi_marks_x12(lgs_str_t isa11, lgs_str_t isa12, lgs_str_t isa16);
/* "+:?'", with "*" from syntax 4 on; TRADACOMS: "=" behind the tag. */
lgs_edi_marks_t lgs_edi_marks_edifact(bool is_syntax_4, bool is_tradacoms);

#endif
