/*
 * Acknowledgements: what became of an interchange, in the words that EDI people expect. X12: a 997
 * (or 999) for each functional group, and a TA1 for what concerns the interchange. EDIFACT: a
 * CONTRL for each interchange. TRADACOMS has none. An acknowledgement is never acknowledged.
 *
 *   ack = lgs_edi_ack_create(arena, &options);
 *   lgs_edi_watch(reader, lgs_edi_ack_see, ack);
 *   while (lgs_reader_next(…) …) { validate, and lgs_edi_ack_add(ack, err) for what is wrong }
 *   lgs_edi_ack_write(ack, out);
 *
 * Syntax is what is acknowledged: whether the business can be done is said by other messages.
 */
#ifndef LGS_EDI_ACK_H
#define LGS_EDI_ACK_H

#include "../base/buf.h"
#include "edi.h"

#define LGS_EDI_MAX_NOTES 20u /* errors of one set that an acknowledgement names */

typedef enum { LGS_EDI_ACK_ASKED, LGS_EDI_ACK_ALWAYS, LGS_EDI_ACK_NEVER } lgs_edi_ack_when_t;

typedef struct {
    bool is_999;               /* of X12: 999 instead of 997 */
    lgs_edi_ack_when_t ta1;    /* ASKED: ISA14, or the interchange is refused */
    lgs_edi_ack_when_t contrl; /* ASKED: UNB 0031, or something is refused */
    bool each_message;         /* CONTRL: a UCM also for what is accepted */
    bool has_lines;            /* a line end behind each segment */
    uint32_t number;           /* of the first interchange that is written; the next has one more */
    const char *date;          /* of now, CCYYMMDD */
    const char *time;          /* HHMM */
} lgs_edi_ack_options_t;

typedef struct lgs_edi_ack_s lgs_edi_ack_t;

/* An interchange, a group or a set, as it is remembered; lives as long as the lgs_edi_ack_t. */
typedef struct lgs_edi_kept_s lgs_edi_kept_t;

/* Lives in `arena`, as all that it remembers; `options` must outlive it. NULL at the ceiling. */
lgs_edi_ack_t *lgs_edi_ack_create(lgs_arena_t *arena,
                                  const lgs_edi_ack_options_t *options) LGS_MUST_CHECK;

/* For lgs_edi_watch: `data` is the lgs_edi_ack_t. */
void lgs_edi_ack_see(void *data, const lgs_edi_event_t *event);

/* Of the word of an error of schemas, mappings ("required", "mapping-date") and guides. */
lgs_edi_fault_t lgs_edi_fault(const char *code);

/*
 * A later stage found something in the set that came last: the set is refused. `pos` is its place
 * (segment, element, component), `tag` the segment's, `value` what stands there. Of the set as a
 * whole (LGS_EDI_FAULT_OTHER at its head, no element) no segment is named.
 */
void lgs_edi_ack_add(lgs_edi_ack_t *ack, lgs_edi_fault_t fault, const lgs_pos_t *pos, lgs_str_t tag,
                     lgs_str_t value);

/* The same for what a guide found: what is only told refuses nothing, it makes an "E". */
void lgs_edi_ack_find(lgs_edi_ack_t *ack, const lgs_edi_finding_t *finding);

/* ---- for those that decide later than the reader ---- */

/* What came last; NULL: nothing yet. */
lgs_edi_kept_t *lgs_edi_ack_interchange(const lgs_edi_ack_t *ack);
lgs_edi_kept_t *lgs_edi_ack_set(const lgs_edi_ack_t *ack);
/* The group that is open; NULL: none. */
lgs_edi_kept_t *lgs_edi_ack_group(const lgs_edi_ack_t *ack);
/* Who a group says that it is from and for; empty: it does not. */
void lgs_edi_ack_group_parties(const lgs_edi_kept_t *group, lgs_str_t *sender, lgs_str_t *receiver);

/* Type ("214", "IFTSTA") and control number of a set. */
lgs_str_t lgs_edi_ack_type(const lgs_edi_kept_t *set);
lgs_str_t lgs_edi_ack_number(const lgs_edi_kept_t *set);

/* Of the group that a set stands in; empty: it stands in none. */
lgs_str_t lgs_edi_ack_group_number(const lgs_edi_kept_t *set);

/* Who wrote to whom, without the blanks that pad it. */
typedef struct {
    lgs_edi_t standard;
    lgs_str_t sender, sender_qualifier, receiver, receiver_qualifier, number;
    lgs_str_t test; /* the test indicator */
    bool is_test;
} lgs_edi_relation_t;

/* Of an interchange; the texts live as long as it. */
void lgs_edi_ack_relation(const lgs_edi_kept_t *interchange, lgs_edi_relation_t *relation);

/* The unit itself, or what it stands in. */
bool lgs_edi_ack_is_refused(const lgs_edi_kept_t *unit);

/* A set that acknowledges: nothing is said to it. */
bool lgs_edi_ack_is_acknowledgement(const lgs_edi_kept_t *set);

/* One of the checks that the reader does not make; REJECT refuses the unit. */
void lgs_edi_ack_check(lgs_edi_ack_t *ack, lgs_edi_kept_t *unit, lgs_edi_check_t check,
                       lgs_edi_severity_t severity, const lgs_pos_t *pos, lgs_str_t tag);

/* Refused, for reasons that acknowledgements have no word for. */
void lgs_edi_ack_refuse(lgs_edi_kept_t *unit);

/* As lgs_edi_ack_write, of one interchange; its first number is `number`. */
lgs_rc_t lgs_edi_ack_write_one(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                               uint32_t number, lgs_buf_t *out, uint32_t *n_written) LGS_MUST_CHECK;

/*
 * Writes what is to be sent back; nothing when there is nothing to say. *n_written (may be NULL) is
 * how many numbers were used: one for each interchange, in X12 one for each group in it. LGS_OK or
 * LGS_NOMEM.
 */
lgs_rc_t lgs_edi_ack_write(const lgs_edi_ack_t *ack, lgs_buf_t *out,
                           uint32_t *n_written) LGS_MUST_CHECK;

#endif
