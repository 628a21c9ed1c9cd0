/*
 * 997, 999 and TA1. A group gets a 997 with an AK2/AK5 for each of its sets; what concerns the
 * interchange goes into a TA1, which stands in an interchange without groups.
 *
 * GS06 may no more come twice than ISA13: each group of an interchange takes a number, the first of
 * them that of the interchange.
 */
#include "edi_ack_room.h"

#include <stdio.h>

#define MAX_CODES 5u /* of one AK5 or AK9 */

/* Fields of ISA, from 0. */
enum { ISA_05 = 4, ISA_06, ISA_07, ISA_08, ISA_09, ISA_10, ISA_11, ISA_12, ISA_13, ISA_14, ISA_15 };

typedef struct {
    const char *ak1, *ak2, *ak3, *ak4, *ak5, *ak9;
    const char *set, *version; /* NULL: that of the group */
} words_t;

static const words_t words_997 = {"AK1", "AK2", "AK3", "AK4", "AK5", "AK9", "997", NULL};
static const words_t words_999 = {"AK1", "AK2", "IK3", "IK4", "IK5", "AK9", "999", "005010X231A1"};

static void open_interchange(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                             lgs_edi_pen_t *pen, uint32_t number);
static void close_interchange(lgs_edi_pen_t *pen, uint32_t n_groups, uint32_t number);
static bool wants_ta1(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange);
static void write_ta1(const lgs_edi_kept_t *interchange, lgs_edi_pen_t *pen);
static void write_group(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *group, bool is_refused,
                        lgs_edi_pen_t *pen, uint32_t number);
static void write_set(const words_t *words, const lgs_edi_kept_t *set, bool is_refused_above,
                      lgs_edi_pen_t *pen);
static void write_note(const words_t *words, const lgs_edi_note_t *note, bool goes_on,
                       lgs_edi_pen_t *pen);
static void write_ak9(const words_t *words, const lgs_edi_kept_t *group, bool is_refused,
                      lgs_edi_pen_t *pen);
static void put(lgs_edi_pen_t *pen, const char *text);
static void put_number(lgs_edi_pen_t *pen, uint32_t number, const char *format);
static void put_codes(lgs_edi_pen_t *pen, const lgs_edi_notes_t *notes, bool is_set);

static bool is_acknowledgement(const lgs_edi_kept_t *group)
{
    return lgs_str_is(group->fields[LGS_ACK_TYPE], "FA");
}

void lgs_edi_ack_x12(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                     lgs_edi_pen_t *pen, uint32_t *number)
{
    uint32_t n = 0;

    if (wants_ta1(ack, interchange)) {
        open_interchange(ack, interchange, pen, *number);
        write_ta1(interchange, pen);
        close_interchange(pen, 0, (*number)++);
        if (interchange->notes.is_refused) {
            return; /* that refuses all of it */
        }
    }
    for (const lgs_edi_kept_t *group = interchange->first; group; group = group->next) {
        if (group->level != LGS_EDI_GROUP || is_acknowledgement(group)) {
            continue;
        }
        if (n++ == 0) {
            open_interchange(ack, interchange, pen, *number);
        }
        write_group(ack, group, interchange->notes.is_refused, pen, *number + n - 1);
    }
    if (n) {
        close_interchange(pen, n, *number);
        *number += n;
    }
}

/* ---- envelope ---- */

/* From their receiver to their sender, in their version. */
static void open_interchange(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                             lgs_edi_pen_t *pen, uint32_t number)
{
    const lgs_str_t *isa = interchange->fields;
    char digits[12];
    lgs_str_t texts[16];
    bool repeats = isa[ISA_12].len == 5 && memcmp(isa[ISA_12].data, "00402", 5) >= 0;
    int n = snprintf(digits, sizeof(digits), "%09u", number);

    texts[0] = texts[2] = LGS_STR("00");
    texts[1] = texts[3] = LGS_STR("");
    texts[4] = isa[ISA_07];
    texts[5] = isa[ISA_08];
    texts[6] = isa[ISA_05];
    texts[7] = isa[ISA_06];
    texts[8] = lgs_cstr(ack->options->date + 2);
    texts[9] = lgs_cstr(ack->options->time);
    texts[10] = repeats ? LGS_STR("^") : LGS_STR("U");
    texts[11] = isa[ISA_12].len == 5 ? isa[ISA_12] : LGS_STR("00401");
    texts[12] = lgs_str(digits, (size_t)n);
    texts[13] = LGS_STR("0");
    texts[14] = lgs_str_is(isa[ISA_15], "T") || lgs_str_is(isa[ISA_15], "I") ? isa[ISA_15]
                                                                             : LGS_STR("P");
    texts[15] = repeats ? LGS_STR(":") : LGS_STR(">");
    pen->marks = lgs_edi_marks_x12(texts[10], texts[11], texts[15]);
    pen->charset = LGS_CHARSET_UTF8;
    lgs_edi_pen_isa(pen, texts);
}

static void close_interchange(lgs_edi_pen_t *pen, uint32_t n_groups, uint32_t number)
{
    lgs_edi_pen_tag(pen, LGS_STR("IEA"));
    put_number(pen, n_groups, "%u");
    put_number(pen, number, "%09u");
    lgs_edi_pen_end(pen);
}

/* ---- TA1 ---- */

/* One that holds nothing at all is none, broken off behind its ISA for example. */
static bool acknowledges(const lgs_edi_kept_t *interchange)
{
    for (const lgs_edi_kept_t *group = interchange->first; group; group = group->next) {
        if (group->level != LGS_EDI_GROUP || !is_acknowledgement(group)) {
            return false;
        }
    }
    return interchange->first || interchange->is_noted;
}

static bool wants_ta1(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange)
{
    if (acknowledges(interchange) || ack->options->ta1 == LGS_EDI_ACK_NEVER) {
        return false;
    }
    return ack->options->ta1 == LGS_EDI_ACK_ALWAYS || interchange->notes.is_refused ||
           lgs_str_is(interchange->fields[ISA_14], "1");
}

static const char *ta1_code(const lgs_edi_note_t *note)
{
    return note->is_check ? lgs_edi_check_codes(note->check)->ta1 : NULL;
}

static void write_ta1(const lgs_edi_kept_t *interchange, lgs_edi_pen_t *pen)
{
    const lgs_edi_note_t *note = lgs_edi_ack_reason(&interchange->notes, ta1_code);
    const char *code = note ? ta1_code(note) : "000";

    lgs_edi_pen_tag(pen, LGS_STR("TA1"));
    lgs_edi_pen_element(pen, interchange->fields[ISA_13]);
    lgs_edi_pen_element(pen, interchange->fields[ISA_09]);
    lgs_edi_pen_element(pen, interchange->fields[ISA_10]);
    put(pen, interchange->notes.is_refused ? "R" : strcmp(code, "000") ? "E" : "A");
    put(pen, interchange->notes.is_refused && strcmp(code, "000") == 0 ? "024" : code);
    lgs_edi_pen_end(pen);
}

/* ---- 997, 999 ---- */

static void write_group(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *group, bool is_refused,
                        lgs_edi_pen_t *pen, uint32_t number)
{
    const words_t *words = ack->options->is_999 ? &words_999 : &words_997;
    lgs_str_t version = group->fields[LGS_ACK_VERSION];
    bool says_version = words->version || /* AK103 is required in a 999 */
                        (version.len >= 6 && memcmp(version.data, "005010", 6) >= 0);

    is_refused = is_refused || group->notes.is_refused;
    lgs_edi_pen_tag(pen, LGS_STR("GS"));
    put(pen, "FA");
    lgs_edi_pen_element(pen, group->fields[LGS_ACK_RECEIVER]);
    lgs_edi_pen_element(pen, group->fields[LGS_ACK_SENDER]);
    put(pen, ack->options->date);
    put(pen, ack->options->time);
    put_number(pen, number, "%u");
    put(pen, "X");
    lgs_edi_pen_element(pen, words->version ? lgs_cstr(words->version) : version);
    lgs_edi_pen_end(pen);
    pen->n_segments = 0;
    lgs_edi_pen_tag(pen, LGS_STR("ST"));
    put(pen, words->set);
    put(pen, "0001");
    lgs_edi_pen_element(pen, lgs_cstr(words->version));
    lgs_edi_pen_end(pen);
    lgs_edi_pen_tag(pen, lgs_cstr(words->ak1));
    lgs_edi_pen_element(pen, group->fields[LGS_ACK_TYPE]);
    lgs_edi_pen_element(pen, group->fields[LGS_ACK_NUMBER]);
    lgs_edi_pen_element(pen, says_version ? version : LGS_STR(""));
    lgs_edi_pen_end(pen);
    for (const lgs_edi_kept_t *set = group->first; set; set = set->next) {
        write_set(words, set, is_refused, pen);
    }
    write_ak9(words, group, is_refused, pen);
    lgs_edi_pen_tag(pen, LGS_STR("SE"));
    put_number(pen, pen->n_segments, "%u");
    put(pen, "0001");
    lgs_edi_pen_end(pen);
    lgs_edi_pen_tag(pen, LGS_STR("GE"));
    put(pen, "1");
    put_number(pen, number, "%u");
    lgs_edi_pen_end(pen);
}

static void write_set(const words_t *words, const lgs_edi_kept_t *set, bool is_refused_above,
                      lgs_edi_pen_t *pen)
{
    bool is_refused = set->notes.is_refused || is_refused_above;
    bool is_999 = words->version != NULL;
    const lgs_edi_note_t *last = NULL;

    lgs_edi_pen_tag(pen, lgs_cstr(words->ak2));
    lgs_edi_pen_element(pen, set->fields[LGS_ACK_TYPE]);
    lgs_edi_pen_element(pen, set->fields[LGS_ACK_NUMBER]);
    lgs_edi_pen_element(pen, is_999 ? set->fields[LGS_ACK_VERSION] : LGS_STR(""));
    lgs_edi_pen_end(pen);
    for (const lgs_edi_note_t *note = set->notes.first; note; note = note->next) {
        if (!note->is_check || note->check == LGS_EDI_TAG) {
            write_note(words, note, lgs_edi_ack_goes_on(last, note), pen);
            last = note;
        }
    }
    lgs_edi_pen_tag(pen, lgs_cstr(words->ak5));
    put(pen, is_refused ? "R" : set->notes.n ? "E" : "A");
    put_codes(pen, &set->notes, true);
    lgs_edi_pen_end(pen);
}

/* AK3, and AK4 when it is about an element; one AK3 for all elements of a segment. */
static void write_note(const words_t *words, const lgs_edi_note_t *note, bool goes_on,
                       lgs_edi_pen_t *pen)
{
    const char *code = note->is_check      ? "1"
                       : note->pos.element ? "8"
                                           : lgs_edi_fault_row(note->fault)->segment;
    char digits[12];

    if (!goes_on) {
        lgs_edi_pen_tag(pen, lgs_cstr(words->ak3));
        lgs_edi_pen_element(pen, note->tag.len > 3 ? lgs_str(note->tag.data, 3) : note->tag);
        put_number(pen, note->pos.segment, "%u");
        put(pen, "");
        put(pen, code);
        lgs_edi_pen_end(pen);
    }
    if (note->is_check || note->pos.element == 0) {
        return;
    }
    lgs_edi_pen_tag(pen, lgs_cstr(words->ak4));
    put_number(pen, note->pos.element, "%u");
    if (note->pos.component) {
        int n = snprintf(digits, sizeof(digits), "%u", note->pos.component);

        lgs_edi_pen_component(pen, lgs_str(digits, (size_t)n));
    }
    lgs_edi_pen_element(pen, note->number);
    put(pen, lgs_edi_fault_row(note->fault)->element);
    lgs_edi_pen_element(pen, note->value);
    lgs_edi_pen_end(pen);
}

/* What is accepted with errors is accepted; A only when nothing was wrong anywhere. */
static void write_ak9(const words_t *words, const lgs_edi_kept_t *group, bool is_refused,
                      lgs_edi_pen_t *pen)
{
    uint32_t n_accepted = 0, n_noted = group->notes.n;
    const char *verdict;
    bool is_stated = group->stated.len > 0 && group->stated.len < 7;

    for (const lgs_edi_kept_t *set = group->first; set; set = set->next) {
        n_accepted += !set->notes.is_refused && !is_refused;
        n_noted += set->notes.n;
    }
    for (size_t i = 0; i < group->stated.len; i++) {
        is_stated = is_stated && group->stated.data[i] >= '0' && group->stated.data[i] <= '9';
    }
    verdict = n_accepted == group->n_children && !is_refused ? (n_noted ? "E" : "A")
              : n_accepted                                   ? "P"
                                                             : "R";
    lgs_edi_pen_tag(pen, lgs_cstr(words->ak9));
    put(pen, verdict);
    if (is_stated) {
        lgs_edi_pen_element(pen, group->stated);
    } else {
        put_number(pen, group->n_children, "%u");
    }
    put_number(pen, group->n_children, "%u");
    put_number(pen, n_accepted, "%u");
    put_codes(pen, &group->notes, false);
    lgs_edi_pen_end(pen);
}

typedef struct {
    const char *items[MAX_CODES];
    uint32_t n;
} codes_t;

/* Each once; NULL is none. */
static void add_code(codes_t *codes, const char *code)
{
    bool is_new = code && codes->n < MAX_CODES;

    for (uint32_t i = 0; is_new && i < codes->n; i++) {
        is_new = strcmp(codes->items[i], code) != 0;
    }
    if (is_new) {
        codes->items[codes->n++] = code;
    }
}

static void add_codes(codes_t *codes, const lgs_edi_notes_t *notes, bool of_reasons, bool is_set)
{
    for (const lgs_edi_note_t *note = notes->first; note; note = note->next) {
        const lgs_edi_codes_t *of = lgs_edi_check_codes(note->check);

        if (note->is_reason == of_reasons) {
            add_code(codes, !note->is_check ? "5" : is_set ? of->set997 : of->group997);
        }
    }
}

/*
 * Why it is refused comes first. A set that is refused for what is within it has code 5, and so has
 * one that is refused for what no code is for.
 */
static void put_codes(lgs_edi_pen_t *pen, const lgs_edi_notes_t *notes, bool is_set)
{
    codes_t codes = {.n = 0};

    add_codes(&codes, notes, true, is_set);
    if (codes.n == 0 && is_set && notes->is_refused) {
        add_code(&codes, "5");
    }
    add_codes(&codes, notes, false, is_set);
    for (uint32_t i = 0; i < codes.n; i++) {
        put(pen, codes.items[i]);
    }
}

static void put(lgs_edi_pen_t *pen, const char *text)
{
    lgs_edi_pen_element(pen, lgs_cstr(text));
}

static void put_number(lgs_edi_pen_t *pen, uint32_t number, const char *format)
{
    char digits[12];
    int n = format[1] == 'u' ? snprintf(digits, sizeof(digits), "%u", number)
                             : snprintf(digits, sizeof(digits), "%09u", number);

    lgs_edi_pen_element(pen, lgs_str(digits, (size_t)n));
}
