/*
 * What an acknowledgement is made of (edi_ack.h): the units of the envelope with what was wrong in
 * each, kept while they are read.
 */
#include "edi_ack_room.h"

/* What is kept of a head: an element and a component (from 1) for each field. */
static const struct {
    lgs_edi_place_t places[16];
} kept_fields[LGS_EDI_N_STANDARDS][LGS_EDI_N_LEVELS] = {
    [LGS_EDI_X12] = {{{{1, 1},
                       {2, 1},
                       {3, 1},
                       {4, 1},
                       {5, 1},
                       {6, 1},
                       {7, 1},
                       {8, 1},
                       {9, 1},
                       {10, 1},
                       {11, 1},
                       {12, 1},
                       {13, 1},
                       {14, 1},
                       {15, 1},
                       {16, 1}}},
                     {{{1, 1}, {6, 1}, {8, 1}, {2, 1}, {3, 1}}},
                     {{{1, 1}, {2, 1}, {3, 1}}}},
    /* syntax, its version, sender, qualifier, recipient, qualifier, number, ask, test */
    [LGS_EDI_EDIFACT] =
        {{{{1, 1}, {1, 2}, {2, 1}, {2, 2}, {3, 1}, {3, 2}, {5, 1}, {9, 1}, {11, 1}}},
         /* message type, number, -, sender, qualifier, recipient, qualifier */
         {{{1, 1}, {5, 1}, {0, 0}, {2, 1}, {3, 1}, {2, 2}, {3, 2}}},
         /* type, number, version, release, agency, association */
         {{{2, 1}, {1, 1}, {2, 2}, {2, 3}, {2, 4}, {2, 5}}}},
    /* as in EDIFACT; it has no acknowledgements, but senders and numbers */
    [LGS_EDI_TRADACOMS] = {{{{1, 1}, {1, 2}, {2, 1}, {0, 0}, {3, 1}, {0, 0}, {5, 1}}},
                           {{{0, 0}}},
                           {{{2, 1}, {1, 1}, {2, 2}}}},
};

static lgs_edi_kept_t *unit_of(const lgs_edi_ack_t *ack, const lgs_edi_event_t *event);
static void open_unit(lgs_edi_ack_t *ack, const lgs_edi_event_t *event);
static void add_note(lgs_edi_ack_t *ack, lgs_edi_kept_t *kept, lgs_edi_note_t note);
static lgs_str_t copy(lgs_edi_ack_t *ack, lgs_str_t text);
static lgs_str_t trim(lgs_str_t text);
static lgs_str_t release(const lgs_edi_marks_t *marks, lgs_str_t text);

lgs_edi_ack_t *lgs_edi_ack_create(lgs_arena_t *arena, const lgs_edi_ack_options_t *options)
{
    lgs_edi_ack_t *ack = lgs_arena_zalloc(arena, sizeof(*ack));

    if (ack) {
        ack->arena = arena;
        ack->options = options;
    }
    return ack;
}

void lgs_edi_ack_see(void *data, const lgs_edi_event_t *event)
{
    lgs_edi_ack_t *ack = data;
    lgs_edi_kept_t *kept = unit_of(ack, event);

    if (event->what == LGS_EDI_OPENED) {
        open_unit(ack, event);
    } else if (event->what == LGS_EDI_NOTED && kept) {
        kept->is_noted = true;
    } else if (event->what == LGS_EDI_PROBLEM && kept) {
        add_note(ack, kept,
                 (lgs_edi_note_t){.is_check = true,
                                  .is_reason = event->problem->severity == LGS_EDI_REJECT,
                                  .check = event->problem->check,
                                  .pos = event->problem->pos,
                                  .tag = event->problem->tag});
        kept->notes.is_refused |= event->problem->severity == LGS_EDI_REJECT;
    } else if (event->what == LGS_EDI_CLOSED && kept) {
        kept->stated = copy(ack, event->units[event->level].stated);
        kept->notes.is_refused |= event->units[event->level].is_refused;
        ack->open[event->level] = NULL;
    }
}

/* What stands behind an interchange is told when that is closed. */
static lgs_edi_kept_t *unit_of(const lgs_edi_ack_t *ack, const lgs_edi_event_t *event)
{
    bool is_behind = event->what == LGS_EDI_PROBLEM && event->problem->check == LGS_EDI_TRAILING;

    return is_behind ? ack->last : ack->open[event->level];
}

static void open_unit(lgs_edi_ack_t *ack, const lgs_edi_event_t *event)
{
    lgs_edi_kept_t *kept = lgs_arena_zalloc(ack->arena, sizeof(*kept)), *above = NULL;
    const lgs_edi_segment_t *head = &event->units[event->level].head;

    if (kept == NULL) {
        ack->failed = true;
        return;
    }
    kept->level = event->level;
    kept->standard = event->standard;
    for (unsigned i = 0; i < LGS_N(kept->fields); i++) {
        lgs_edi_place_t place = kept_fields[event->standard][event->level].places[i];

        kept->fields[i] = place.element
                              ? release(event->marks, copy(ack, lgs_edi_value(head, place.element,
                                                                              place.component)))
                              : LGS_STR("");
    }
    for (unsigned i = event->level; i-- > 0 && above == NULL;) {
        above = ack->open[i];
    }
    if (event->level == LGS_EDI_INTERCHANGE) {
        *(ack->last ? &ack->last->next : &ack->first) = kept;
        ack->last = kept;
    } else if (above) {
        kept->above = above;
        *(above->last ? &above->last->next : &above->first) = kept;
        above->last = kept;
        above->n_children++;
    }
    ack->open[event->level] = kept;
    ack->set = event->level == LGS_EDI_SET ? kept : NULL;
}

static lgs_str_t copy(lgs_edi_ack_t *ack, lgs_str_t text)
{
    lgs_str_t made = text.len ? lgs_arena_str(ack->arena, text) : LGS_STR("");

    ack->failed |= made.data == NULL;
    return made.data ? made : LGS_STR("");
}

/* The copy without releases, which are written again, and without what wrapping put into it. */
static lgs_str_t release(const lgs_edi_marks_t *marks, lgs_str_t text)
{
    char *to = (char *)text.data;
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        i += marks->release && text.data[i] == marks->release && i + 1 < text.len;
        if (!marks->wraps || (text.data[i] != '\n' && text.data[i] != '\r')) {
            to[n++] = text.data[i];
        }
    }
    return lgs_str(text.data, n);
}

/* As many bytes as AK404 takes, whole characters. */
static lgs_str_t first_99(lgs_str_t text)
{
    if (text.len > 99) {
        text.len = 99;
        while (text.len && ((unsigned char)text.data[text.len] & 0xc0) == 0x80) {
            text.len--;
        }
    }
    return text;
}

/* It is about a place in a set, which AK3 and UCS name. */
static bool has_place(const lgs_edi_note_t *note)
{
    return !note->is_check || note->check == LGS_EDI_TAG;
}

static bool stands_behind(const lgs_pos_t *a, const lgs_pos_t *b)
{
    return a->segment != b->segment   ? a->segment > b->segment
           : a->element != b->element ? a->element > b->element
                                      : a->component > b->component;
}

/*
 * Where a note belongs: behind all, or with those that are about places in the order of these. A
 * guide is through with a set before a mapping begins, and each begins at its first segment.
 */
static lgs_edi_note_t **place_of(lgs_edi_notes_t *notes, const lgs_edi_note_t *note)
{
    lgs_edi_note_t **link = &notes->first;

    while (*link &&
           !(has_place(note) && has_place(*link) && stands_behind(&(*link)->pos, &note->pos))) {
        link = &(*link)->next;
    }
    return link;
}

/* The same was said of the place already, by a guide perhaps that only warned of it. */
static bool is_said(const lgs_edi_notes_t *notes, const lgs_edi_note_t *note)
{
    for (lgs_edi_note_t *said = notes->first; said; said = said->next) {
        if (!said->is_check && !note->is_check && said->fault == note->fault &&
            !stands_behind(&said->pos, &note->pos) && !stands_behind(&note->pos, &said->pos)) {
            said->is_reason |= note->is_reason;
            return true;
        }
    }
    return false;
}

static void add_note(lgs_edi_ack_t *ack, lgs_edi_kept_t *kept, lgs_edi_note_t note)
{
    lgs_edi_note_t *made, **link;

    if (is_said(&kept->notes, &note) || kept->notes.n++ >= LGS_EDI_MAX_NOTES) {
        return;
    }
    made = lgs_arena_alloc(ack->arena, sizeof(*made));
    if (made == NULL) {
        ack->failed = true;
        return;
    }
    *made = note;
    made->tag = copy(ack, note.tag);
    made->value = copy(ack, first_99(note.value));
    made->number = copy(ack, note.number);
    link = place_of(&kept->notes, made);
    made->next = *link;
    *link = made;
}

lgs_edi_fault_t lgs_edi_fault(const char *code)
{
    static const struct {
        const char *code;
        lgs_edi_fault_t fault;
    } faults[] = {
        {"required", LGS_EDI_FAULT_MISSING},
        {"minItems", LGS_EDI_FAULT_MISSING},
        {"contains", LGS_EDI_FAULT_MISSING},
        {"dependentRequired", LGS_EDI_FAULT_MISSING},
        {"minProperties", LGS_EDI_FAULT_MISSING},
        {"additionalProperties", LGS_EDI_FAULT_UNEXPECTED},
        {"not", LGS_EDI_FAULT_UNEXPECTED},
        {"unevaluatedProperties", LGS_EDI_FAULT_UNEXPECTED},
        {"enum", LGS_EDI_FAULT_CODE},
        {"const", LGS_EDI_FAULT_CODE},
        {"mapping-lookup", LGS_EDI_FAULT_CODE},
        {"mapping-bool", LGS_EDI_FAULT_CODE},
        {"mapping-unit", LGS_EDI_FAULT_CODE},
        {"minLength", LGS_EDI_FAULT_SHORT},
        {"maxLength", LGS_EDI_FAULT_LONG},
        {"pattern", LGS_EDI_FAULT_CHARACTER},
        {"type", LGS_EDI_FAULT_CHARACTER},
        {"mapping-number", LGS_EDI_FAULT_CHARACTER},
        {"mapping-pattern", LGS_EDI_FAULT_CHARACTER},
        {"format", LGS_EDI_FAULT_DATE},
        {"mapping-date", LGS_EDI_FAULT_DATE},
        {"mapping-timezone", LGS_EDI_FAULT_TIME},
        {"maxItems", LGS_EDI_FAULT_MANY},
        {"maxProperties", LGS_EDI_FAULT_MANY},
        {"maxContains", LGS_EDI_FAULT_MANY},
    };

    for (size_t i = 0; i < LGS_N(faults); i++) {
        if (strcmp(code, faults[i].code) == 0) {
            return faults[i].fault;
        }
    }
    for (unsigned i = 0; i < LGS_EDI_N_FAULTS; i++) {
        if (strcmp(code, lgs_edi_fault_row((lgs_edi_fault_t)i)->name) == 0) {
            return (lgs_edi_fault_t)i;
        }
    }
    return LGS_EDI_FAULT_OTHER;
}

void lgs_edi_ack_add(lgs_edi_ack_t *ack, lgs_edi_fault_t fault, const lgs_pos_t *pos, lgs_str_t tag,
                     lgs_str_t value)
{
    /* of the set as a whole no segment is at fault: its head least of all */
    bool is_of_all = fault == LGS_EDI_FAULT_OTHER && pos->segment <= 1 && pos->element == 0;

    if (ack->set == NULL) {
        return;
    }
    ack->set->notes.is_refused = true;
    if (!is_of_all) {
        add_note(ack, ack->set,
                 (lgs_edi_note_t){
                     .is_reason = true, .fault = fault, .pos = *pos, .tag = tag, .value = value});
    }
}

void lgs_edi_ack_find(lgs_edi_ack_t *ack, const lgs_edi_finding_t *finding)
{
    if (ack->set) {
        bool is_refused = finding->severity == LGS_EDI_REJECT;

        ack->set->notes.is_refused |= is_refused;
        add_note(ack, ack->set,
                 (lgs_edi_note_t){.is_reason = is_refused,
                                  .fault = finding->fault,
                                  .pos = finding->pos,
                                  .tag = finding->tag,
                                  .value = finding->value,
                                  .number = finding->number});
    }
}

/* ---- what is decided later ---- */

lgs_edi_kept_t *lgs_edi_ack_interchange(const lgs_edi_ack_t *ack)
{
    return ack->last;
}

lgs_edi_kept_t *lgs_edi_ack_set(const lgs_edi_ack_t *ack)
{
    return ack->set;
}

lgs_edi_kept_t *lgs_edi_ack_group(const lgs_edi_ack_t *ack)
{
    return ack->open[LGS_EDI_GROUP];
}

void lgs_edi_ack_group_parties(const lgs_edi_kept_t *group, lgs_str_t *sender, lgs_str_t *receiver)
{
    *sender = trim(group->fields[LGS_ACK_SENDER]);
    *receiver = trim(group->fields[LGS_ACK_RECEIVER]);
}

lgs_str_t lgs_edi_ack_group_number(const lgs_edi_kept_t *set)
{
    const lgs_edi_kept_t *above = set->above;

    return above && above->level == LGS_EDI_GROUP ? above->fields[LGS_ACK_NUMBER] : LGS_STR("");
}

lgs_str_t lgs_edi_ack_type(const lgs_edi_kept_t *set)
{
    return set->fields[LGS_ACK_TYPE];
}

lgs_str_t lgs_edi_ack_number(const lgs_edi_kept_t *set)
{
    return set->fields[LGS_ACK_NUMBER];
}

static lgs_str_t trim(lgs_str_t text)
{
    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    while (text.len && text.data[0] == ' ') {
        text = lgs_str(text.data + 1, text.len - 1);
    }
    return text;
}

void lgs_edi_ack_relation(const lgs_edi_kept_t *interchange, lgs_edi_relation_t *relation)
{
    /* fields of ISA, or of UNB and STX */
    static const struct {
        unsigned char sender_qualifier, sender, receiver_qualifier, receiver, number, test;
    } at[LGS_EDI_N_STANDARDS] = {[LGS_EDI_X12] = {4, 5, 6, 7, 12, 14},
                                 [LGS_EDI_EDIFACT] = {3, 2, 5, 4, 6, 8},
                                 [LGS_EDI_TRADACOMS] = {3, 2, 5, 4, 6, 8}};
    const lgs_str_t *fields = interchange->fields;
    lgs_edi_t standard = interchange->standard;
    lgs_str_t test = trim(fields[at[standard].test]);

    *relation = (lgs_edi_relation_t){
        .standard = standard,
        .sender = trim(fields[at[standard].sender]),
        .sender_qualifier = trim(fields[at[standard].sender_qualifier]),
        .receiver = trim(fields[at[standard].receiver]),
        .receiver_qualifier = trim(fields[at[standard].receiver_qualifier]),
        .number = trim(fields[at[standard].number]),
        .test = test,
        /* I of X12 is information; EDIFACT knows several kinds of tests, and none is no test */
        .is_test = standard == LGS_EDI_X12 ? lgs_str_is(test, "T") : test.len > 0,
    };
}

bool lgs_edi_ack_is_refused(const lgs_edi_kept_t *unit)
{
    for (; unit; unit = unit->above) {
        if (unit->notes.is_refused) {
            return true;
        }
    }
    return false;
}

bool lgs_edi_ack_is_acknowledgement(const lgs_edi_kept_t *set)
{
    static const char *const types[LGS_EDI_N_STANDARDS][2] = {
        [LGS_EDI_X12] = {"997", "999"}, [LGS_EDI_EDIFACT] = {"CONTRL", "CONTRL"}};
    lgs_str_t type = set->fields[LGS_ACK_TYPE];

    return set->standard != LGS_EDI_TRADACOMS &&
           (lgs_str_is(type, types[set->standard][0]) || lgs_str_is(type, types[set->standard][1]));
}

void lgs_edi_ack_check(lgs_edi_ack_t *ack, lgs_edi_kept_t *unit, lgs_edi_check_t check,
                       lgs_edi_severity_t severity, const lgs_pos_t *pos, lgs_str_t tag)
{
    bool is_reason = severity == LGS_EDI_REJECT;

    if (severity == LGS_EDI_IGNORE) {
        return;
    }
    unit->notes.is_refused |= is_reason;
    add_note(
        ack, unit,
        (lgs_edi_note_t){
            .is_check = true, .is_reason = is_reason, .check = check, .pos = *pos, .tag = tag});
}

void lgs_edi_ack_refuse(lgs_edi_kept_t *unit)
{
    unit->notes.is_refused = true;
}

/* ---- writing ---- */

static void write_interchange(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *kept, lgs_buf_t *out,
                              uint32_t *number)
{
    lgs_edi_pen_t pen = {
        .buf = out, .scratch = ack->arena, .has_lines = ack->options->has_lines, .replaces = true};

    if (kept->standard == LGS_EDI_X12) {
        lgs_edi_ack_x12(ack, kept, &pen, number);
    } else if (kept->standard == LGS_EDI_EDIFACT) {
        lgs_edi_ack_edifact(ack, kept, &pen, number);
    }
}

lgs_rc_t lgs_edi_ack_write_one(const lgs_edi_ack_t *ack, const lgs_edi_kept_t *interchange,
                               uint32_t number, lgs_buf_t *out, uint32_t *n_written)
{
    uint32_t next = number;

    if (!ack->failed) {
        write_interchange(ack, interchange, out, &next);
    }
    *n_written = next - number;
    return ack->failed || out->failed ? LGS_NOMEM : LGS_OK;
}

lgs_rc_t lgs_edi_ack_write(const lgs_edi_ack_t *ack, lgs_buf_t *out, uint32_t *n_written)
{
    uint32_t number = ack->options->number;

    for (const lgs_edi_kept_t *kept = ack->first; kept && !ack->failed; kept = kept->next) {
        write_interchange(ack, kept, out, &number);
    }
    if (n_written) {
        *n_written = number - ack->options->number;
    }
    return ack->failed || out->failed ? LGS_NOMEM : LGS_OK;
}

bool lgs_edi_ack_has_reason(const lgs_edi_notes_t *notes)
{
    for (const lgs_edi_note_t *note = notes->first; note; note = note->next) {
        if (note->is_reason) {
            return true;
        }
    }
    return false;
}

const lgs_edi_note_t *lgs_edi_ack_reason(const lgs_edi_notes_t *notes,
                                         const char *(*code_of)(const lgs_edi_note_t *note))
{
    const lgs_edi_note_t *first = NULL;

    for (const lgs_edi_note_t *note = notes->first; note; note = note->next) {
        if (code_of(note) == NULL) {
            continue;
        }
        if (note->is_reason) {
            return note;
        }
        first = first ? first : note;
    }
    return notes->is_refused ? NULL : first;
}

bool lgs_edi_ack_goes_on(const lgs_edi_note_t *last, const lgs_edi_note_t *note)
{
    return last && !last->is_check && !note->is_check && last->pos.segment == note->pos.segment &&
           last->pos.element && note->pos.element;
}
