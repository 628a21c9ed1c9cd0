/*
 * The reader of EDI: an engine that opens and closes interchanges, groups and sets by the tables
 * of edi_standard.c, checks each envelope, and gives one set after the other with its tree. A set
 * stays in the window until its end is there; what is around it is copied when it opens. Nothing
 * else is kept, however long the source is.
 */
#include "edi_engine.h"
#include "scan.h"

#define GO_ON LGS_NOT_FOUND /* of a step: nothing to return yet */

static lgs_rc_t begin(lgs_edi_reading_t *r);
static const char *say_other(lgs_edi_reading_t *r, lgs_edi_t standard);
static lgs_rc_t cannot_begin(lgs_edi_reading_t *r, const lgs_edi_header_t *header, const char *why);
static lgs_rc_t take_syntax(lgs_edi_reading_t *r, const lgs_edi_header_t *header);
static void tell_header(lgs_edi_reading_t *r, lgs_pos_t pos);
static void check_number(lgs_edi_reading_t *r, lgs_pos_t pos);
static lgs_rc_t step(lgs_edi_reading_t *r);
static lgs_rc_t act(lgs_edi_reading_t *r, lgs_str_t rest, size_t at, size_t end, uint32_t first);
static bool begin_object(lgs_edi_reading_t *r, lgs_str_t rest);
static void pass_object(lgs_edi_reading_t *r);
static void end_object(lgs_edi_reading_t *r, lgs_str_t tag);
static lgs_rc_t too_long(lgs_edi_reading_t *r, lgs_str_t rest, size_t at);
static lgs_rc_t source_end(lgs_edi_reading_t *r);
static lgs_rc_t add_segment(lgs_edi_reading_t *r, size_t end);
static lgs_rc_t open_unit(lgs_edi_reading_t *r, lgs_edi_level_t level, lgs_str_t rest, size_t end);
static lgs_rc_t open_set(lgs_edi_reading_t *r, lgs_str_t rest, size_t end);
static lgs_rc_t close_unit(lgs_edi_reading_t *r, lgs_edi_level_t level,
                           const lgs_edi_segment_t *tail);
static lgs_rc_t finish_set(lgs_edi_reading_t *r, lgs_str_t rest, size_t end, bool has_end);
static lgs_rc_t make_set(lgs_edi_reading_t *r, const lgs_edi_segment_t *tail);
static lgs_arena_t *common_arena(lgs_edi_reading_t *r);
static void take(lgs_edi_reading_t *r, size_t n);
static lgs_charset_t declared_charset(const lgs_edi_state_t *s, const lgs_edi_profile_t *profile,
                                      bool *is_7_bit);

lgs_rc_t lgs_edi_open(lgs_reader_t *reader)
{
    lgs_edi_state_t *state = lgs_arena_zalloc(reader->arena, sizeof(*state));

    if (state == NULL) {
        return LGS_NOMEM;
    }
    state->pieces.arena = reader->arena;
    for (unsigned i = 0; i < LGS_EDI_N_LEVELS; i++) {
        state->opens[i].pieces.arena = reader->arena;
    }
    reader->state = state;
    return LGS_OK;
}

void lgs_edi_watch(lgs_reader_t *reader, lgs_edi_see_pt see, void *data)
{
    lgs_edi_state_t *state = reader->state;

    state->see = see;
    state->data = data;
}

lgs_rc_t lgs_edi_next(lgs_reader_t *reader, const lgs_window_t *window, lgs_arena_t *arena,
                      lgs_doc_t *doc, lgs_errs_t *errs)
{
    lgs_edi_reading_t r = {.reader = reader,
                           .s = reader->state,
                           .profile = reader->input->profile,
                           .window = window,
                           .arena = arena,
                           .doc = doc,
                           .errs = errs};
    lgs_rc_t rc = GO_ON;

    while (rc == GO_ON) {
        rc = r.s->phase == INSIDE ? step(&r) : begin(&r);
        if (rc == GO_ON && r.is_refused) {
            rc = LGS_INVALID;
        }
    }
    return rc == LGS_NOMEM ? lgs_errs_nomem(errs) : rc;
}

/* ---- between interchanges ---- */

static lgs_rc_t begin(lgs_edi_reading_t *r)
{
    lgs_str_t rest = lgs_reader_rest(r->reader, r->window);
    lgs_edi_header_t header;
    const char *why = NULL;
    lgs_rc_t rc;

    if (r->s->phase == BEHIND) {
        take(r, rest.len);
        r->reader->is_over = r->window->is_last;
        return r->window->is_last ? LGS_END : LGS_AGAIN;
    }
    rc = lgs_edi_detect(rest, r->window->is_last, r->profile, &header, &why);
    switch (rc) {
    case LGS_AGAIN:
        r->s->has_stray |= header.has_stray;
        take(r, header.skipped); /* blanks, however many there are */
        return LGS_AGAIN;
    case LGS_END:
        take(r, rest.len);
        r->reader->is_over = true;
        return LGS_END;
    case LGS_OK:
        break;
    default:
        return cannot_begin(r, &header, why);
    }
    /* one behind others is read: what takes it, or says that nobody does, knows its standard */
    if (!r->s->has_begun && r->reader->input->format->standard != LGS_EDI_N_STANDARDS &&
        r->reader->input->format->standard != header.standard) {
        return cannot_begin(r, &header, say_other(r, header.standard));
    }
    take(r, header.skipped);
    return take_syntax(r, &header);
}

/* Who sends says in which standard, by Content-Type or format, and it is another one. */
static const char *say_other(lgs_edi_reading_t *r, lgs_edi_t standard)
{
    static const char *const names[LGS_EDI_N_STANDARDS] = {"X12", "EDIFACT", "TRADACOMS"};
    lgs_str_t text = lgs_arena_printf(r->arena, "it is %s, and %s was to come", names[standard],
                                      names[r->reader->input->format->standard]);

    return text.data ? text.data : "it is of another standard";
}

/* Behind an interchange another may be lost in it; at the very beginning there is nothing to read.
 */
static lgs_rc_t cannot_begin(lgs_edi_reading_t *r, const lgs_edi_header_t *header, const char *why)
{
    lgs_str_t rest = lgs_reader_rest(r->reader, r->window);
    lgs_doc_t whole = {.source = rest, .base = r->reader->base, .format = LGS_FORMAT_X12};
    lgs_pos_t pos = lgs_doc_locate(
        &whole, (uint32_t)(header->skipped < rest.len ? header->skipped : rest.len));

    r->s->phase = BEHIND;
    if (r->s->has_begun) {
        lgs_edi_tell(r, LGS_EDI_TRAILING, LGS_EDI_INTERCHANGE, pos, LGS_STR(""),
                     "what stands behind the interchange is not read: %s", why);
        return GO_ON;
    }
    lgs_errs_add(r->errs, "edi-header", pos, "no interchange begins here: %s", why);
    r->reader->is_cut = true;
    take(r, rest.len);
    r->reader->is_over = true;
    return LGS_INVALID;
}

static lgs_rc_t take_syntax(lgs_edi_reading_t *r, const lgs_edi_header_t *header)
{
    lgs_edi_state_t *s = r->s;
    lgs_str_t rest = lgs_reader_rest(r->reader, r->window);
    lgs_pos_t pos = lgs_edi_here(r, 0);

    s->which = header->standard;
    s->standard = &lgs_edi_standards[s->which];
    s->syntax.marks = header->marks;
    lgs_edi_prepare(&s->syntax);
    s->phase = INSIDE;
    s->has_begun = true;
    if (s->names[s->which] == NULL) {
        s->names[s->which] = lgs_arena_alloc(r->reader->arena, sizeof(*s->names[0]));
        if (s->names[s->which] == NULL) {
            return LGS_NOMEM;
        }
        lgs_edi_names(s->names[s->which], s->standard);
    }
    memset(s->units, 0, sizeof(s->units));
    s->is_object = false;
    s->common.is_made = false;
    s->charset = LGS_CHARSET_CP1252;
    s->is_7_bit = false;
    s->has_stray |= header->has_stray;
    s->is_narrow = header->is_narrow;
    s->is_wrapped = header->is_wrapped;
    if (header->is_fragment) {
        tell_header(r, pos);
        lgs_edi_tell(r, LGS_EDI_NO_INTERCHANGE, LGS_EDI_INTERCHANGE, pos, LGS_STR(""),
                     "the document begins without %s", s->standard->levels[0].open);
        take(r, header->length);
        return GO_ON;
    }
    if (header->n_pieces == 0) {
        take(r, header->length); /* UNA; UNB is a segment like others */
        return GO_ON;
    }
    s->pieces.n = 0;
    for (uint32_t i = 0; i < header->n_pieces; i++) {
        const lgs_edi_piece_t *piece = &header->pieces[i];

        if (lgs_edi_push(&s->pieces, piece->at, piece->n_flags >> 8, piece->n_flags & 0xff) !=
            LGS_OK) {
            return LGS_NOMEM;
        }
    }
    return open_unit(r, LGS_EDI_INTERCHANGE, rest, header->length);
}

/* What is odd about the header, once its interchange is open. */
static void tell_header(lgs_edi_reading_t *r, lgs_pos_t pos)
{
    lgs_edi_state_t *s = r->s;

    if (s->has_stray) {
        lgs_edi_tell(r, LGS_EDI_LEADING, LGS_EDI_INTERCHANGE, pos, LGS_STR(""),
                     "a terminator before the interchange");
        s->has_stray = false;
    }
    if (s->is_narrow) {
        lgs_edi_tell(r, LGS_EDI_HEADER_WIDTH, LGS_EDI_INTERCHANGE, pos, LGS_STR("ISA"),
                     "the elements of ISA are not of the lengths that the standard fixes");
    }
    if (s->is_wrapped) {
        lgs_edi_tell(r, LGS_EDI_HEADER_BREAK, LGS_EDI_INTERCHANGE, pos, LGS_STR(""),
                     "line ends within the header; they are left out here and further on");
    }
    if (s->which == LGS_EDI_X12) {
        check_number(r, pos);
    }
}

/* Where the header is wrapped, its line ends are none of its characters. */
static bool has_digits_only(lgs_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((text.data[i] < '0' || text.data[i] > '9') && text.data[i] != '\r' &&
            text.data[i] != '\n') {
            return false;
        }
    }
    return text.len > 0;
}

/* How many digits of ISA13 there are is said with the header's width. */
static void check_number(lgs_edi_reading_t *r, lgs_pos_t pos)
{
    lgs_str_t number = lgs_edi_value(&r->s->units[LGS_EDI_INTERCHANGE].head, 13, 1);

    if (r->s->units[LGS_EDI_INTERCHANGE].head.n && !has_digits_only(number)) {
        pos.element = 13;
        lgs_edi_tell(r, LGS_EDI_NOT_DIGITS, LGS_EDI_INTERCHANGE, pos, LGS_STR("ISA"),
                     "ISA13 \"%.*s\" is no number; it has nine digits",
                     (int)(number.len < 36 ? number.len : 36), number.len ? number.data : "");
    }
}

/* ---- a segment ---- */

/* No part of an envelope, by the first letter of its tag: true of nearly all. */
static inline bool is_data(const lgs_edi_state_t *s, lgs_str_t rest, uint32_t first)
{
    const lgs_edi_piece_t *tag = &s->pieces.items[first];

    return !(tag->n_flags & (LGS_EDI_BREAK | LGS_EDI_RELEASE)) &&
           !(s->standard->initials & lgs_edi_initial(rest.data[tag->at]));
}

/* All segments of the set that are there and that are surely none of an envelope. */
static void add_segments(lgs_edi_state_t *s, lgs_str_t rest)
{
    size_t n = rest.len < LGS_EDI_MAX_SET ? rest.len : LGS_EDI_MAX_SET;

    s->n_segments += lgs_edi_scan_data(&s->syntax, s->standard, lgs_str(rest.data, n),
                                       LGS_EDI_MAX_SEGMENTS - s->n_segments, &s->scanned,
                                       &s->pieces);
}

static lgs_rc_t step(lgs_edi_reading_t *r)
{
    lgs_edi_state_t *s = r->s;
    bool in_set = s->opens[LGS_EDI_SET].is_open;
    lgs_str_t rest;
    size_t at, end;
    uint32_t first;
    lgs_rc_t rc;

    if (LGS_UNLIKELY(s->object_left)) {
        pass_object(r);
    }
    rest = lgs_reader_rest(r->reader, r->window);
    if (LGS_LIKELY(in_set && !s->is_too_big)) {
        add_segments(s, rest);
    }
    at = s->object_left ? rest.len : lgs_edi_skip_blank(rest, s->scanned);
    if (!in_set) {
        take(r, at);
        rest = lgs_str(rest.data + at, rest.len - at);
        at = 0;
        s->pieces.n = 0;
    }
    s->scanned = at;
    if (at == rest.len) {
        return r->window->is_last ? source_end(r) : LGS_AGAIN;
    }
    first = s->pieces.n;
    end = at;
    rc = lgs_edi_scan(&s->syntax, rest, r->window->is_last, &end, &s->pieces, &s->is_cut);
    if (LGS_LIKELY(rc == LGS_OK && in_set && is_data(s, rest, first))) {
        return add_segment(r, end);
    }
    if (rc == LGS_LIMIT) {
        return too_long(r, rest, at);
    }
    if (rc == LGS_OK && s->is_cut && !in_set) {
        lgs_edi_tell(r, LGS_EDI_UNTERMINATED, LGS_EDI_INTERCHANGE, lgs_edi_here(r, 0), LGS_STR(""),
                     "the last segment has no terminator");
    }
    return rc == LGS_OK ? act(r, rest, at, end, first) : rc;
}

/* The tag as the tree has it: without releases, and without what wrapping put into it. */
static lgs_str_t read_tag(const lgs_edi_state_t *s, lgs_str_t rest, uint32_t first, char text[8])
{
    const lgs_edi_piece_t *piece = &s->pieces.items[first];
    const lgs_edi_marks_t *marks = &s->syntax.marks;
    lgs_str_t tag = lgs_str(rest.data + piece->at, lgs_edi_length(piece));
    size_t n = 0;

    if (!(piece->n_flags & (LGS_EDI_BREAK | LGS_EDI_RELEASE)) || tag.len > 7) {
        return tag;
    }
    for (size_t i = 0; i < tag.len; i++) {
        i += marks->release && tag.data[i] == marks->release && i + 1 < tag.len;
        if (!marks->wraps || (tag.data[i] != '\r' && tag.data[i] != '\n')) {
            text[n++] = tag.data[i];
        }
    }
    return lgs_str(text, n);
}

/* The level of what is open furthest inside, from `level` inwards; N_LEVELS: nothing is. */
static lgs_edi_level_t innermost(const lgs_edi_state_t *s, lgs_edi_level_t level)
{
    for (unsigned i = LGS_EDI_N_LEVELS; i-- > (unsigned)level;) {
        if (s->opens[i].is_open) {
            return (lgs_edi_level_t)i;
        }
    }
    return LGS_EDI_N_LEVELS;
}

static lgs_rc_t act(lgs_edi_reading_t *r, lgs_str_t rest, size_t at, size_t end, uint32_t first)
{
    lgs_edi_state_t *s = r->s;
    char text[8];
    lgs_str_t tag = read_tag(s, rest, first, text);
    lgs_edi_level_t level = LGS_EDI_SET, inner;
    lgs_edi_role_t role = lgs_edi_role(s->standard, tag, &level);
    bool in_set = s->opens[LGS_EDI_SET].is_open;

    if (LGS_LIKELY(role == LGS_EDI_DATA && in_set)) {
        return add_segment(r, end);
    }
    if (s->is_object) {
        end_object(r, tag);
    }
    if (role == LGS_EDI_CLOSES && level == LGS_EDI_SET && in_set) {
        s->n_segments++;
        s->is_too_big |= end > LGS_EDI_MAX_SET || s->n_segments > LGS_EDI_MAX_SEGMENTS;
        return finish_set(r, rest, end, true);
    }
    /* what is still open inside of it has no end: that comes first, the segment afterwards */
    inner = role == LGS_EDI_OPENS            ? innermost(s, level)
            : role == LGS_EDI_CLOSES         ? innermost(s, (lgs_edi_level_t)(level + 1))
            : in_set && role == LGS_EDI_NOTE ? LGS_EDI_SET
                                             : LGS_EDI_N_LEVELS;
    if (inner == LGS_EDI_SET) {
        s->pieces.n = first;
        return finish_set(r, rest, at, false);
    }
    if (inner != LGS_EDI_N_LEVELS) {
        return close_unit(r, inner, NULL);
    }
    if (role == LGS_EDI_OPENS && level == LGS_EDI_INTERCHANGE &&
        (s->which == LGS_EDI_X12 || lgs_str_is(tag, "UNA"))) {
        s->phase = BETWEEN; /* its separators may be others */
        return GO_ON;
    }
    if (role == LGS_EDI_OPENS) {
        return level == LGS_EDI_SET ? open_set(r, rest, end) : open_unit(r, level, rest, end);
    }
    if (role == LGS_EDI_CLOSES && s->opens[level].is_open) {
        lgs_edi_segment_t tail = {rest, s->pieces.items, s->pieces.n};
        lgs_rc_t rc = close_unit(r, level, &tail);

        take(r, end);
        return rc;
    }
    if (role == LGS_EDI_NOTE && s->which == LGS_EDI_EDIFACT && lgs_str_is(tag, "UNO") &&
        begin_object(r, rest)) {
        take(r, end);
        return GO_ON;
    }
    if (role == LGS_EDI_NOTE && s->which == LGS_EDI_X12 && s->opens[LGS_EDI_INTERCHANGE].is_open) {
        lgs_edi_happen(r, LGS_EDI_NOTED, LGS_EDI_INTERCHANGE);
    } else if (role == LGS_EDI_CLOSES) {
        lgs_edi_tell(r, lgs_edi_check_of(level, BEGIN), level, lgs_edi_here(r, 0), tag,
                     "%.*s without its %s", LGS_FMT(tag), s->standard->levels[level].open);
        s->phase = level == LGS_EDI_INTERCHANGE ? BETWEEN : s->phase;
    } else if (role == LGS_EDI_DATA && tag.len == 0 && end - at <= 4) {
        lgs_edi_tell(r, LGS_EDI_BLANK, LGS_EDI_INTERCHANGE, lgs_edi_here(r, 0), tag,
                     "a segment with nothing in it");
    } else if (role == LGS_EDI_DATA) {
        lgs_edi_tell(r, LGS_EDI_OUTSIDE, LGS_EDI_INTERCHANGE, lgs_edi_here(r, 0), tag,
                     "the segment \"%.*s\" stands outside of every %s",
                     (int)(tag.len < 16 ? tag.len : 16), tag.data,
                     s->standard->levels[LGS_EDI_SET].open);
    }
    take(r, end);
    return GO_ON;
}

/* ---- packages: an object between UNO and UNP, of any bytes (ISO 9735-8) ---- */

/* S022 of UNO says how long it is; where it does not, what follows is read as segments. */
static bool begin_object(lgs_edi_reading_t *r, lgs_str_t rest)
{
    lgs_edi_state_t *s = r->s;
    lgs_edi_segment_t head = {rest, s->pieces.items, s->pieces.n};
    bool in_group = s->opens[LGS_EDI_GROUP].is_open;

    if (!lgs_edi_number(lgs_edi_value(&head, 4, 1), &s->object_left)) {
        return false;
    }
    s->units[in_group ? LGS_EDI_GROUP : LGS_EDI_INTERCHANGE].n_children++;
    s->n_messages++; /* trailers count packages, too */
    s->is_object = true;
    lgs_edi_tell(r, LGS_EDI_PACKAGE, LGS_EDI_INTERCHANGE, lgs_edi_here(r, 0), LGS_STR("UNO"),
                 "an object of %u bytes is passed over", s->object_left);
    return true;
}

/* As much of it as is there. */
static void pass_object(lgs_edi_reading_t *r)
{
    size_t n = lgs_reader_rest(r->reader, r->window).len;

    n = n < r->s->object_left ? n : r->s->object_left;
    r->s->object_left -= (uint32_t)n;
    take(r, n);
}

/* A length that is wrong has passed over what is no object, or has left something of it. */
static void end_object(lgs_edi_reading_t *r, lgs_str_t tag)
{
    r->s->is_object = false;
    if (!lgs_str_is(tag, "UNP")) {
        lgs_edi_tell(r, LGS_EDI_OUTSIDE, LGS_EDI_INTERCHANGE, lgs_edi_here(r, 0), tag,
                     "no UNP stands behind the bytes that UNO says its object has");
    }
}

/* Nobody can tell where it ends. */
static lgs_rc_t too_long(lgs_edi_reading_t *r, lgs_str_t rest, size_t at)
{
    lgs_doc_t doc = {.source = rest,
                     .base = r->reader->base,
                     .format = LGS_FORMAT_X12,
                     .marks = r->s->syntax.marks};

    lgs_errs_add(r->errs, "max-bytes", lgs_doc_locate(&doc, (uint32_t)at),
                 "the segment has more than %u bytes without a terminator; what comes behind it is "
                 "not read",
                 (unsigned)LGS_EDI_MAX_SEGMENT);
    r->reader->is_over = r->reader->is_cut = true;
    return LGS_LIMIT;
}

/* What is open has no end. */
static lgs_rc_t source_end(lgs_edi_reading_t *r)
{
    lgs_edi_level_t inner = innermost(r->s, LGS_EDI_INTERCHANGE);
    lgs_str_t rest = lgs_reader_rest(r->reader, r->window);

    if (inner == LGS_EDI_SET) {
        return finish_set(r, rest, rest.len, false);
    }
    if (inner != LGS_EDI_N_LEVELS) {
        return close_unit(r, inner, NULL);
    }
    r->reader->is_over = true;
    return LGS_END;
}

/* ---- opening ---- */

/* As its head says it. */
static lgs_str_t number_of(const lgs_edi_state_t *s, lgs_edi_level_t level)
{
    const lgs_edi_place_t *place = &s->standard->levels[level].number;

    return lgs_edi_value(&s->units[level].head, place->element, place->component);
}

/* An interchange or a group: its segment is copied, for it is asked for by each of its sets. */
static lgs_rc_t open_unit(lgs_edi_reading_t *r, lgs_edi_level_t level, lgs_str_t rest, size_t end)
{
    lgs_edi_state_t *s = r->s;
    lgs_edi_open_unit_t *open = &s->opens[level];
    lgs_edi_unit_t *unit = &s->units[level];

    if (end > open->room) {
        char *text = lgs_arena_grow(r->reader->arena, open->text, open->room, 2 * end);

        if (text == NULL) {
            return LGS_NOMEM;
        }
        open->text = text;
        open->room = 2 * end;
    }
    memcpy(open->text, rest.data, end);
    open->pieces.n = 0;
    for (uint32_t i = 0; i < s->pieces.n; i++) {
        const lgs_edi_piece_t *piece = &s->pieces.items[i];

        if (lgs_edi_push(&open->pieces, piece->at, lgs_edi_length(piece), piece->n_flags & 0xff) !=
            LGS_OK) {
            return LGS_NOMEM;
        }
    }
    open->is_open = true;
    *unit = (lgs_edi_unit_t){.pos = lgs_edi_here(r, 0)};
    unit->head = (lgs_edi_segment_t){lgs_str(open->text, end), open->pieces.items, open->pieces.n};
    unit->number = number_of(s, level);
    s->bases[level] = r->reader->base;
    s->common.is_made = false;
    s->last_number = 0;
    if (level == LGS_EDI_INTERCHANGE) {
        s->n_messages = 0;
        s->units[LGS_EDI_GROUP] = (lgs_edi_unit_t){.n_children = 0};
        s->charset = declared_charset(s, r->profile, &s->is_7_bit);
    } else {
        s->units[LGS_EDI_INTERCHANGE].n_children++;
    }
    take(r, end);
    lgs_edi_happen(r, LGS_EDI_OPENED, level);
    if (level == LGS_EDI_INTERCHANGE) {
        tell_header(r, unit->pos);
    }
    return GO_ON;
}

static lgs_rc_t open_set(lgs_edi_reading_t *r, lgs_str_t rest, size_t end)
{
    lgs_edi_state_t *s = r->s;
    lgs_edi_unit_t *unit = &s->units[LGS_EDI_SET];
    lgs_edi_level_t outer = s->opens[LGS_EDI_GROUP].is_open ? LGS_EDI_GROUP : LGS_EDI_INTERCHANGE;

    unit->pos = lgs_edi_here(r, 0);
    unit->pos.segment = 1;
    unit->n_children = 0;
    unit->number = unit->stated = LGS_STR("");
    unit->is_refused = false;
    unit->head = (lgs_edi_segment_t){rest, s->pieces.items, s->pieces.n};
    s->units[outer].n_children++;
    s->n_messages++;
    s->opens[LGS_EDI_SET].is_open = true;
    s->is_too_big = false;
    s->n_segments = 0;
    lgs_edi_happen(r, LGS_EDI_OPENED, LGS_EDI_SET);
    if (outer == LGS_EDI_INTERCHANGE && s->which == LGS_EDI_X12 && s->opens[outer].is_open) {
        lgs_edi_tell(r, LGS_EDI_NO_GROUP, LGS_EDI_SET, unit->pos, LGS_STR("ST"),
                     "the transaction set stands in no group");
    }
    return add_segment(r, end);
}

/* A set that is too big is gone through to its end, so that those behind it are read. */
static lgs_rc_t add_segment(lgs_edi_reading_t *r, size_t end)
{
    lgs_edi_state_t *s = r->s;

    s->n_segments++;
    s->scanned = end;
    if (LGS_UNLIKELY(end > LGS_EDI_MAX_SET || s->n_segments > LGS_EDI_MAX_SEGMENTS)) {
        s->is_too_big = true;
    }
    if (LGS_UNLIKELY(s->is_too_big)) {
        s->pieces.n = 0;
        take(r, end);
    }
    return GO_ON;
}

/* ---- closing ---- */

/* Of an interchange or a group; no tail: it has no end. */
static lgs_rc_t close_unit(lgs_edi_reading_t *r, lgs_edi_level_t level,
                           const lgs_edi_segment_t *tail)
{
    lgs_edi_state_t *s = r->s;
    const lgs_edi_envelope_t *names = &s->standard->levels[level];

    if (tail) {
        s->units[level].stated = lgs_edi_value(tail, names->count.element, 1);
        lgs_edi_check_trailer(r, level, tail);
    } else {
        lgs_str_t rest = lgs_reader_rest(r->reader, r->window);

        lgs_edi_tell(r, lgs_edi_check_of(level, END), level,
                     lgs_edi_here(r, rest.len ? s->scanned : 0), lgs_cstr(names->close),
                     "%s has no %s", names->open, names->close);
    }
    lgs_edi_happen(r, LGS_EDI_CLOSED, level);
    s->opens[level].is_open = false;
    if (level == LGS_EDI_INTERCHANGE) {
        s->phase = BETWEEN;
    }
    s->units[level].head = (lgs_edi_segment_t){.n = 0};
    s->common.is_made = false;
    return GO_ON;
}

/* The set is whole, or will never be (no end): `end` is behind its last byte in rest. */
static lgs_rc_t finish_set(lgs_edi_reading_t *r, lgs_str_t rest, size_t end, bool has_end)
{
    lgs_edi_state_t *s = r->s;
    const lgs_edi_envelope_t *names = &s->standard->levels[LGS_EDI_SET];
    lgs_edi_unit_t *unit = &s->units[LGS_EDI_SET];
    lgs_edi_segment_t tail = {rest, s->pieces.items, 0};
    uint32_t last = s->pieces.n;
    lgs_rc_t rc;

    while (last > 1 && !lgs_edi_is_end(&s->pieces.items[last - 2])) {
        last--;
    }
    last -= last > 0;
    tail.pieces += last;
    tail.n = s->pieces.n - last;
    unit->head = (lgs_edi_segment_t){rest, s->pieces.items, s->pieces.n};
    unit->number = number_of(s, LGS_EDI_SET);
    r->doc->source = lgs_str(rest.data, end);
    r->doc->base = r->reader->base;
    r->doc->format = s->which == LGS_EDI_X12 ? LGS_FORMAT_X12 : LGS_FORMAT_EDIFACT;
    r->doc->marks = s->syntax.marks;
    r->doc->n_nodes = 0;
    if (has_end) {
        unit->stated = lgs_edi_value(&tail, names->count.element, 1);
    }
    unit->n_children = s->n_segments;
    rc = make_set(r, has_end ? &tail : NULL);
    lgs_edi_happen(r, LGS_EDI_CLOSED, LGS_EDI_SET);
    s->opens[LGS_EDI_SET].is_open = false;
    s->pieces.n = 0;
    take(r, end);
    return rc;
}

static lgs_rc_t make_set(lgs_edi_reading_t *r, const lgs_edi_segment_t *tail)
{
    lgs_edi_state_t *s = r->s;
    lgs_edi_tree_t tree = {.standard = s->standard,
                           .syntax = &s->syntax,
                           .names = s->names[s->which],
                           .units = s->units,
                           .bases = s->bases,
                           .charset = s->charset,
                           .set = {r->doc->source, s->pieces.items, s->pieces.n},
                           .limits = &r->reader->limits,
                           .arena = r->arena,
                           .common = &s->common,
                           .n_segments = s->n_segments};
    lgs_rc_t rc;

    if (s->is_too_big) {
        lgs_errs_add(r->errs, "max-bytes", s->units[LGS_EDI_SET].pos,
                     "the %s has more than %u bytes or %u segments",
                     s->standard->levels[LGS_EDI_SET].open, (unsigned)LGS_EDI_MAX_SET,
                     (unsigned)LGS_EDI_MAX_SEGMENTS);
        return LGS_LIMIT;
    }
    if (!s->common.is_made) {
        tree.common_arena = common_arena(r);
        if (tree.common_arena == NULL) {
            return LGS_NOMEM;
        }
    }
    rc = lgs_edi_make_tree(&tree, r->doc);
    if (rc == LGS_LIMIT) {
        lgs_errs_add(r->errs, "max-nodes", lgs_doc_locate(r->doc, s->pieces.items[tree.at].at),
                     "more than %u %s", tree.limit, tree.what);
        return rc;
    }
    if (rc != LGS_OK) {
        return rc;
    }
    lgs_edi_check_set(r, &tree, tail);
    for (unsigned level = 0; level < LGS_EDI_SET && !r->is_refused; level++) {
        if (s->units[level].is_refused) {
            lgs_errs_add(r->errs, "edi-envelope", s->units[LGS_EDI_SET].pos, "refused with its %s",
                         level == 0 ? "interchange" : "group");
            r->is_refused = true;
        }
    }
    if (r->is_refused) {
        s->units[LGS_EDI_SET].is_refused = true;
        return LGS_INVALID;
    }
    return LGS_OK;
}

static void destroy_arena(void *arena)
{
    lgs_arena_destroy(arena);
}

/*
 * For what sets have in common. Documents that stay as long as the reader keep it beside them; else
 * that of the next envelope takes its place, so that a source of many envelopes needs no more.
 * NULL: no memory.
 */
static lgs_arena_t *common_arena(lgs_edi_reading_t *r)
{
    lgs_edi_state_t *s = r->s;

    if (r->arena == r->reader->arena) {
        return r->arena;
    }
    if (s->common_arena) {
        lgs_arena_reset(s->common_arena);
        return s->common_arena;
    }
    s->common_arena = lgs_arena_create(0, 0);
    if (s->common_arena &&
        lgs_arena_cleanup(r->reader->arena, destroy_arena, s->common_arena) != LGS_OK) {
        lgs_arena_destroy(s->common_arena);
        s->common_arena = NULL;
    }
    return s->common_arena;
}

/* ---- the rest ---- */

/* The window's next n bytes are done with. */
static void take(lgs_edi_reading_t *r, size_t n)
{
    const char *from = r->window->bytes.data + r->reader->used;

    lgs_reader_take_to(r->reader, from, from + n, lgs_scan_lines(from, from + n));
    r->s->scanned = 0;
}

/* Of bytes that are no UTF-8: what UNB says, Windows' variant of it where there is one. */
static lgs_charset_t declared_charset(const lgs_edi_state_t *s, const lgs_edi_profile_t *profile,
                                      bool *is_7_bit)
{
    lgs_str_t level = lgs_edi_value(&s->units[LGS_EDI_INTERCHANGE].head, 1, 1);
    unsigned charset = lgs_edi_level_charset(level);
    char c = level.len == 4 ? level.data[3] : 0;

    *is_7_bit = c == 'A' || c == 'B';
    if (profile && profile->has_charset) {
        return (lgs_charset_t)profile->charset;
    }
    if (s->which != LGS_EDI_EDIFACT || charset == LGS_CHARSET_UTF8) {
        return LGS_CHARSET_CP1252; /* of the bytes that are no UTF-8 all the same */
    }
    return (lgs_charset_t)charset;
}
