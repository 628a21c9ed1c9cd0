/*
 * CONTRL, of syntax 3 (CONTRL:D:3:UN) and 4 (CONTRL:4:1:UN): one for an interchange. Action 7 at
 * the top acknowledges all that is not refused explicitly further down.
 */
#include "edi_ack_room.h"

#include <stdio.h>

/* Fields of UNB, UNG and UNH, as edi_ack.c keeps them. */
enum {
    UNB_LEVEL,
    UNB_SYNTAX,
    UNB_SENDER,
    UNB_SENDER_Q,
    UNB_RECEIVER,
    UNB_RECEIVER_Q,
    UNB_NUMBER,
    UNB_ASK,
    UNB_TEST
};
enum { UNG_TYPE, UNG_NUMBER, UNG_UNUSED, UNG_SENDER, UNG_RECEIVER, UNG_SENDER_Q, UNG_RECEIVER_Q };
enum { UNH_TYPE, UNH_NUMBER, UNH_VERSION, UNH_RELEASE, UNH_AGENCY, UNH_ASSOCIATION };

static bool has_refused(const lgs_edi_kept_t *kept, bool *has_other);
static void open_interchange(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                             lgs_edi_pen_t *pen, const char *number, bool is_4);
static void write_uci(const lgs_edi_kept_t *interchange, lgs_edi_pen_t *pen);
static void write_children(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *above,
                           lgs_edi_pen_t *pen);
static void write_ucf(const lgs_edi_kept_t *group, lgs_edi_pen_t *pen);
static void write_ucm(const lgs_edi_kept_t *message, lgs_edi_pen_t *pen);
static void write_ucs(const lgs_edi_note_t *note, bool goes_on, lgs_edi_pen_t *pen);
static void put(lgs_edi_pen_t *pen, const char *text);
static void put_pair(lgs_edi_pen_t *pen, lgs_str_t first, lgs_str_t second);
static void put_number(lgs_edi_pen_t *pen, uint32_t number, bool is_component);
static void put_action(lgs_edi_pen_t *pen, const lgs_edi_notes_t *notes, bool is_message);

void lgs_edi_ack_edifact(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                         lgs_edi_pen_t *pen, uint32_t *number)
{
    bool has_other = interchange->first == NULL;
    bool is_refused = has_refused(interchange, &has_other);
    bool is_4 = interchange->fields[UNB_SYNTAX].len &&
                interchange->fields[UNB_SYNTAX].data[0] >= '4';
    char digits[12];

    if (!has_other || ack->options->contrl == LGS_EDI_ACK_NEVER ||
        (ack->options->contrl == LGS_EDI_ACK_ASKED && !is_refused &&
         !lgs_str_is(interchange->fields[UNB_ASK], "1"))) {
        return;
    }
    snprintf(digits, sizeof(digits), "%u", (*number)++);
    open_interchange(ack, interchange, pen, digits, is_4);
    write_uci(interchange, pen);
    if (!interchange->notes.is_refused) {
        write_children(ack, interchange, pen);
    }
    lgs_edi_pen_tag(pen, LGS_STR("UNT"));
    put_number(pen, pen->n_segments, false);
    put(pen, "1");
    lgs_edi_pen_end(pen);
    lgs_edi_pen_tag(pen, LGS_STR("UNZ"));
    put(pen, "1");
    put(pen, digits);
    lgs_edi_pen_end(pen);
}

/* Groups hold messages, nothing else: one level of recursion. An interchange of nothing but CONTRL
   has nothing that could be acknowledged; one without any message has itself. */
static bool has_refused(const lgs_edi_kept_t *kept, bool *has_other)
{
    bool is_refused = kept->notes.is_refused;

    for (const lgs_edi_kept_t *child = kept->first; child; child = child->next) {
        if (child->level == LGS_EDI_GROUP) {
            is_refused |= has_refused(child, has_other);
        } else if (!lgs_str_is(child->fields[UNH_TYPE], "CONTRL")) {
            *has_other = true;
            is_refused |= child->notes.is_refused;
        }
    }
    return is_refused;
}

static void open_interchange(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                             lgs_edi_pen_t *pen, const char *number, bool is_4)
{
    const lgs_str_t *unb = interchange->fields;

    pen->marks = lgs_edi_marks_edifact(is_4, false);
    pen->charset = LGS_CHARSET_UTF8;
    lgs_edi_pen_tag(pen, LGS_STR("UNB"));
    put_pair(pen, LGS_STR("UNOA"), is_4 ? LGS_STR("4") : LGS_STR("3"));
    put_pair(pen, unb[UNB_RECEIVER], unb[UNB_RECEIVER_Q]);
    put_pair(pen, unb[UNB_SENDER], unb[UNB_SENDER_Q]);
    put_pair(pen, lgs_cstr(ack->options->date + (is_4 ? 0 : 2)), lgs_cstr(ack->options->time));
    put(pen, number);
    for (unsigned i = 0; i < 5; i++) {
        put(pen, "");
    }
    lgs_edi_pen_element(pen, unb[UNB_TEST].len == 1 ? unb[UNB_TEST] : LGS_STR(""));
    lgs_edi_pen_end(pen);
    pen->n_segments = 0;
    lgs_edi_pen_tag(pen, LGS_STR("UNH"));
    put(pen, "1");
    put(pen, "CONTRL");
    lgs_edi_pen_component(pen, is_4 ? LGS_STR("4") : LGS_STR("D"));
    lgs_edi_pen_component(pen, is_4 ? LGS_STR("1") : LGS_STR("3"));
    lgs_edi_pen_component(pen, LGS_STR("UN"));
    lgs_edi_pen_end(pen);
}

static void write_uci(const lgs_edi_kept_t *interchange, lgs_edi_pen_t *pen)
{
    const lgs_str_t *unb = interchange->fields;

    lgs_edi_pen_tag(pen, LGS_STR("UCI"));
    lgs_edi_pen_element(pen, unb[UNB_NUMBER]);
    put_pair(pen, unb[UNB_SENDER], unb[UNB_SENDER_Q]);
    put_pair(pen, unb[UNB_RECEIVER], unb[UNB_RECEIVER_Q]);
    put_action(pen, &interchange->notes, false);
    lgs_edi_pen_end(pen);
}

static void write_children(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *above,
                           lgs_edi_pen_t *pen)
{
    for (const lgs_edi_kept_t *child = above->first; child; child = child->next) {
        bool has_other = false, is_refused = has_refused(child, &has_other);

        if (child->level == LGS_EDI_GROUP) {
            if (is_refused || ack->options->each_message) {
                write_ucf(child, pen);
                if (!child->notes.is_refused) {
                    write_children(ack, child, pen);
                }
            }
        } else if (lgs_str_is(child->fields[UNH_TYPE], "CONTRL")) {
            continue;
        } else if (child->notes.is_refused || ack->options->each_message) {
            write_ucm(child, pen);
        }
    }
}

static void write_ucf(const lgs_edi_kept_t *group, lgs_edi_pen_t *pen)
{
    lgs_edi_pen_tag(pen, LGS_STR("UCF"));
    lgs_edi_pen_element(pen, group->fields[UNG_NUMBER]);
    put_pair(pen, group->fields[UNG_SENDER], group->fields[UNG_SENDER_Q]);
    put_pair(pen, group->fields[UNG_RECEIVER], group->fields[UNG_RECEIVER_Q]);
    put_action(pen, &group->notes, false);
    lgs_edi_pen_end(pen);
}

/* What is wrong with a message that is accepted all the same cannot be said. */
static void write_ucm(const lgs_edi_kept_t *message, lgs_edi_pen_t *pen)
{
    const lgs_edi_note_t *last = NULL;

    lgs_edi_pen_tag(pen, LGS_STR("UCM"));
    lgs_edi_pen_element(pen, message->fields[UNH_NUMBER]);
    lgs_edi_pen_element(pen, message->fields[UNH_TYPE]);
    for (unsigned i = UNH_VERSION; i <= UNH_ASSOCIATION; i++) {
        lgs_edi_pen_component(pen, message->fields[i]);
    }
    put_action(pen, &message->notes, true);
    lgs_edi_pen_end(pen);
    for (const lgs_edi_note_t *note = message->notes.first; note; note = note->next) {
        if (message->notes.is_refused && !note->is_check && note->pos.segment) {
            write_ucs(note, lgs_edi_ack_goes_on(last, note), pen);
            last = note;
        }
    }
}

/* UCS, and UCD when it is about an element; one UCS for all of a segment. The tag is an element's
   number 1 there. */
static void write_ucs(const lgs_edi_note_t *note, bool goes_on, lgs_edi_pen_t *pen)
{
    if (!goes_on) {
        lgs_edi_pen_tag(pen, LGS_STR("UCS"));
        put_number(pen, note->pos.segment, false);
        put(pen, note->pos.element ? "" : lgs_edi_fault_row(note->fault)->contrl);
        lgs_edi_pen_end(pen);
    }
    if (note->pos.element == 0) {
        return;
    }
    lgs_edi_pen_tag(pen, LGS_STR("UCD"));
    put(pen, lgs_edi_fault_row(note->fault)->contrl);
    put_number(pen, note->pos.element + 1, false);
    if (note->pos.component) {
        put_number(pen, note->pos.component, true);
    }
    lgs_edi_pen_end(pen);
}

static const char *contrl_code(const lgs_edi_note_t *note)
{
    return note->is_check ? lgs_edi_check_codes(note->check)->contrl : NULL;
}

/* 0083, and when it is 4 also 0085, 0013 and S011 of the reason that has a code. */
static void put_action(lgs_edi_pen_t *pen, const lgs_edi_notes_t *notes, bool is_message)
{
    const lgs_edi_note_t *note = lgs_edi_ack_reason(notes, contrl_code);

    put(pen, notes->is_refused ? "4" : "7");
    if (!notes->is_refused || (note == NULL && is_message && lgs_edi_ack_has_reason(notes))) {
        return; /* what is wrong with a message stands in UCS and UCD */
    }
    put(pen, note ? contrl_code(note) : "18");
    if (note && note->tag.len == 3) {
        lgs_edi_pen_element(pen, note->tag);
        if (note->pos.element) {
            put_number(pen, note->pos.element + 1, false);
        }
    }
}

static void put(lgs_edi_pen_t *pen, const char *text)
{
    lgs_edi_pen_element(pen, lgs_cstr(text));
}

static void put_pair(lgs_edi_pen_t *pen, lgs_str_t first, lgs_str_t second)
{
    lgs_edi_pen_element(pen, first);
    lgs_edi_pen_component(pen, second);
}

static void put_number(lgs_edi_pen_t *pen, uint32_t number, bool is_component)
{
    char digits[12];
    int n = snprintf(digits, sizeof(digits), "%u", number);

    if (is_component) {
        lgs_edi_pen_component(pen, lgs_str(digits, (size_t)n));
    } else {
        lgs_edi_pen_element(pen, lgs_str(digits, (size_t)n));
    }
}
