/*
 * What an acknowledgement remembers, for those that write it. Private to this room.
 */
#ifndef LGS_EDI_ACK_ROOM_H
#define LGS_EDI_ACK_ROOM_H

#include "edi_ack.h"
#include "edi_pen.h"

typedef struct lgs_edi_note_s lgs_edi_note_t;
struct lgs_edi_note_s {
    bool is_check;  /* of the envelope, else a fault */
    bool is_reason; /* why the unit is refused */
    lgs_edi_check_t check;
    lgs_edi_fault_t fault;
    lgs_pos_t pos;
    lgs_str_t tag, value, number;
    lgs_edi_note_t *next;
};

typedef struct {
    lgs_edi_note_t *first;
    uint32_t n; /* that came; LGS_EDI_MAX_NOTES of them are kept */
    bool is_refused;
} lgs_edi_notes_t;

/* An interchange, a group or a set. */
struct lgs_edi_kept_s {
    lgs_edi_level_t level;
    lgs_edi_t standard;
    lgs_str_t fields[16]; /* of its head, as they were written */
    lgs_str_t stated;
    lgs_edi_notes_t notes;
    bool is_noted;                       /* an interchange that holds a TA1 or TA3 */
    lgs_edi_kept_t *above;               /* what it stands in; NULL: nothing */
    lgs_edi_kept_t *first, *last, *next; /* children, and the next beside it */
    uint32_t n_children;
};

struct lgs_edi_ack_s {
    lgs_arena_t *arena;
    const lgs_edi_ack_options_t *options;
    lgs_edi_kept_t *first, *last; /* interchanges */
    lgs_edi_kept_t *open[LGS_EDI_N_LEVELS];
    lgs_edi_kept_t *set; /* that came last */
    bool failed;
};

/* Fields of heads (lgs_edi_kept_t.fields), by what they are; ISA and UNB by their own numbers. */
enum { LGS_ACK_TYPE = 0, LGS_ACK_NUMBER, LGS_ACK_VERSION, LGS_ACK_SENDER, LGS_ACK_RECEIVER };

/* Any of the notes is why the unit is refused; else it is refused for what stands nowhere in it. */
bool lgs_edi_ack_has_reason(const lgs_edi_notes_t *notes);

/* The note that says most of those that have a code: of what is refused the first reason, else the
   first. */
const lgs_edi_note_t *lgs_edi_ack_reason(const lgs_edi_notes_t *notes,
                                         const char *(*code_of)(const lgs_edi_note_t *note));

/* The note is about another element of the segment that the one before it is about. */
bool lgs_edi_ack_goes_on(const lgs_edi_note_t *last, const lgs_edi_note_t *note);

/* What one interchange gets; *number is that of the next one that is written. */
void lgs_edi_ack_x12(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                     lgs_edi_pen_t *pen, uint32_t *number);
void lgs_edi_ack_edifact(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                         lgs_edi_pen_t *pen, uint32_t *number);

#endif
