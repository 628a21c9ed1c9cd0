/*
 * What is wrong with an interchange, a group or a set, and who is told of it.
 */
#include "edi_engine.h"

#include <stdarg.h>
#include <stdio.h>

static bool same_number(const lgs_edi_standard_t *standard, lgs_str_t a, lgs_str_t b);

lgs_pos_t lgs_edi_here(const lgs_edi_reading_t *r, size_t at)
{
    const lgs_base_t *base = &r->reader->base;

    if (LGS_UNLIKELY(at)) {
        lgs_doc_t doc = {.source = lgs_reader_rest(r->reader, r->window),
                         .base = *base,
                         .format = LGS_FORMAT_X12};

        return lgs_doc_locate(&doc, (uint32_t)at);
    }
    /* each set asks where it begins: what is left of the window needs no look for that */
    return (lgs_pos_t){.offset = base->bytes < LGS_NO_OFFSET ? (uint32_t)base->bytes
                                                             : LGS_NO_OFFSET - 1,
                       .line = base->lines + 1,
                       .column = base->columns + 1};
}

void lgs_edi_tell(lgs_edi_reading_t *r, lgs_edi_check_t check, lgs_edi_level_t level, lgs_pos_t pos,
                  lgs_str_t tag, const char *format, ...)
{
    lgs_edi_state_t *s = r->s;
    char text[256];
    va_list args;
    int n;
    lgs_edi_problem_t problem = {.check = check,
                                 .severity = lgs_edi_severity(r->profile, check),
                                 .level = level,
                                 .pos = pos,
                                 .tag = tag};
    lgs_edi_event_t event = {LGS_EDI_PROBLEM,  level,    s->which,
                             &s->syntax.marks, s->units, &problem};

    if (problem.severity == LGS_EDI_IGNORE) {
        return;
    }
    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    for (char *p = text; *p; p++) {
        *p = *p >= 0x20 && *p < 0x7f ? *p : '.'; /* a slice of anything may be in it */
    }
    problem.text = lgs_str(text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
    if (problem.severity == LGS_EDI_REJECT) {
        s->units[level].is_refused = true;
        r->is_refused = true;
        lgs_errs_add(r->errs, lgs_edi_check_name(s->which, check), pos, "%.*s",
                     LGS_FMT(problem.text));
    }
    if (s->see) {
        s->see(s->data, &event);
    }
}

void lgs_edi_happen(lgs_edi_reading_t *r, lgs_edi_happening_t what, lgs_edi_level_t level)
{
    lgs_edi_event_t event = {what, level, r->s->which, &r->s->syntax.marks, r->s->units, NULL};

    if (r->s->see) {
        r->s->see(r->s->data, &event);
    }
}

/* An element of a tail; where it is missing the tail itself. */
static lgs_pos_t place(const lgs_edi_reading_t *r, lgs_edi_level_t level,
                       const lgs_edi_segment_t *tail, uint32_t element)
{
    const lgs_edi_piece_t *piece = lgs_edi_find(tail, element, 1);
    lgs_pos_t pos = lgs_edi_here(r, piece ? piece->at : tail->pieces[0].at);

    pos.segment = level == LGS_EDI_SET ? r->s->n_segments : 0;
    pos.element = element;
    return pos;
}

/* Count and number of the tail against what came and what the head says. */
void lgs_edi_check_trailer(lgs_edi_reading_t *r, lgs_edi_level_t level,
                           const lgs_edi_segment_t *tail)
{
    lgs_edi_state_t *s = r->s;
    const lgs_edi_envelope_t *names = &s->standard->levels[level];
    lgs_edi_unit_t *unit = &s->units[level];
    lgs_str_t stated = unit->stated, number = unit->number, again;
    uint32_t n = level == LGS_EDI_SET ? s->n_segments : unit->n_children, said;

    /* UNZ counts groups where there are any; many count the messages all the same */
    if (!lgs_edi_number(stated, &said) ||
        (said != n &&
         !(s->which == LGS_EDI_EDIFACT && level == LGS_EDI_INTERCHANGE && said == s->n_messages))) {
        lgs_edi_tell(r, lgs_edi_check_of(level, COUNT), level,
                     place(r, level, tail, names->count.element), lgs_cstr(names->close),
                     "%s says %.*s, but %u came", names->close,
                     (int)(stated.len < 16 ? stated.len : 16), stated.len ? stated.data : "", n);
    }
    again = lgs_edi_value(tail, names->again.element, 1);
    if (names->again.element && !same_number(s->standard, number, again)) {
        lgs_edi_tell(
            r, lgs_edi_check_of(level, NUMBER), level, place(r, level, tail, names->again.element),
            lgs_cstr(names->close), "%s has the number \"%.*s\", its %s has \"%.*s\"", names->close,
            (int)(again.len < 36 ? again.len : 36), again.len ? again.data : "", names->open,
            (int)(number.len < 36 ? number.len : 36), number.len ? number.data : "");
    }
}

static bool same_number(const lgs_edi_standard_t *standard, lgs_str_t a, lgs_str_t b)
{
    uint32_t x, y;

    if (lgs_str_eq(a, b)) {
        return true;
    }
    return standard->is_number && lgs_edi_number(a, &x) && lgs_edi_number(b, &y) && x == y;
}

bool lgs_edi_number(lgs_str_t text, uint32_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || *number > UINT32_MAX / 10 - 1) {
            return false;
        }
        *number = *number * 10 + (uint32_t)(text.data[i] - '0');
    }
    return text.len > 0;
}

static void tell_met(lgs_edi_reading_t *r, const lgs_edi_met_t *met, lgs_edi_check_t check,
                     const char *what)
{
    if (met->n) {
        lgs_edi_tell(r, check, LGS_EDI_SET,
                     lgs_doc_locate(r->doc, r->s->pieces.items[met->piece].at), LGS_STR(""),
                     "%s (%u in this set)", what, met->n);
    }
}

/* GS01 says what its sets are. */
static void check_group_type(lgs_edi_reading_t *r)
{
    const lgs_edi_unit_t *unit = &r->s->units[LGS_EDI_SET];
    lgs_str_t type = lgs_edi_value(&unit->head, 1, 1), group = lgs_edi_group_of(type);

    if (group.len && !lgs_str_eq(group, lgs_edi_value(&r->s->units[LGS_EDI_GROUP].head, 1, 1))) {
        lgs_edi_tell(r, LGS_EDI_GROUP_TYPE, LGS_EDI_SET, unit->pos, LGS_STR("ST"),
                     "a %.*s belongs into a group of the type %.*s", LGS_FMT(type), LGS_FMT(group));
    }
}

void lgs_edi_check_set(lgs_edi_reading_t *r, lgs_edi_tree_t *tree, const lgs_edi_segment_t *tail)
{
    lgs_edi_state_t *s = r->s;
    const lgs_edi_envelope_t *names = &s->standard->levels[LGS_EDI_SET];
    lgs_edi_unit_t *unit = &s->units[LGS_EDI_SET];
    lgs_str_t number = unit->number;
    uint64_t hash = (uint64_t)lgs_hash(number.data, number.len) << 1 | 1;

    if (s->last_number == hash) {
        lgs_edi_tell(r, LGS_EDI_SET_REPEATED, LGS_EDI_SET, unit->pos, lgs_cstr(names->open),
                     "the number \"%.*s\" is that of the one before it",
                     (int)(number.len < 36 ? number.len : 36), number.data);
    }
    s->last_number = hash;
    if (s->which == LGS_EDI_X12 && s->opens[LGS_EDI_GROUP].is_open) {
        check_group_type(r);
    }
    tell_met(r, &tree->tags, LGS_EDI_TAG, "a segment without a proper tag");
    tell_met(r, &tree->blanks, LGS_EDI_BLANK, "a segment with nothing in it");
    tell_met(r, &tree->breaks, LGS_EDI_LINE_BREAK, "a line end within a segment");
    tell_met(r, &tree->bad_bytes, LGS_EDI_BYTE, "a byte that is no character");
    if (s->is_7_bit) {
        tell_met(r, &tree->highs, LGS_EDI_CHARSET, "bytes above 127, which the header excludes");
    }
    s->n_segments = tree->n_segments;
    if (tail == NULL) {
        lgs_pos_t pos = lgs_doc_locate(r->doc, (uint32_t)r->doc->source.len);

        lgs_edi_tell(r, LGS_EDI_SET_END, LGS_EDI_SET, pos, lgs_cstr(names->close), "%s has no %s",
                     names->open, names->close);
    } else {
        lgs_edi_check_trailer(r, LGS_EDI_SET, tail);
    }
    if (s->is_cut) {
        lgs_edi_tell(r, LGS_EDI_UNTERMINATED, LGS_EDI_SET,
                     lgs_doc_locate(r->doc, (uint32_t)r->doc->source.len), LGS_STR(""),
                     "the last segment has no terminator");
    }
}
