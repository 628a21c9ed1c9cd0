/*
 * What an interchange begins with: which standard it is and which characters mean something in it.
 * Nothing is searched for further inside (people are called ISAAC): what stands here decides.
 */
#include "charset.h"
#include "edi_scan.h"

#define N_SEPARATORS 16u   /* of an ISA */
#define MIN_HEADER   16u   /* bytes that decide what it is */
#define MAX_BLANK    1024u /* between UNA and UNB */

typedef struct {
    lgs_str_t source; /* from the header's first byte */
    bool is_last;
    const lgs_edi_profile_t *profile;
    lgs_edi_header_t *header;
    const char **why;
} detect_t;

static size_t skip_leading(lgs_str_t source, bool *has_stray);
static lgs_rc_t detect_isa(detect_t *d);
static lgs_rc_t walk_isa(detect_t *d, size_t *behind);
static lgs_rc_t take_terminator(detect_t *d, size_t at);
static size_t character_length(lgs_str_t source, size_t at);
static void take_terminator_at(lgs_edi_header_t *header, lgs_str_t source, size_t at);
static void take_repetition(detect_t *d);
static lgs_rc_t check_isa(detect_t *d);
static lgs_rc_t detect_una(detect_t *d);
static lgs_rc_t detect_unb(detect_t *d, size_t at, bool has_una, char repetition);
static bool header_is_wrapped(const detect_t *d, size_t at);
static lgs_rc_t detect_stx(detect_t *d);
static lgs_rc_t detect_fragment(detect_t *d);
static lgs_rc_t detect_unh(detect_t *d);

/* By the first bytes, longest first. */
static const struct {
    const char *begin;
    lgs_edi_t standard;
    lgs_rc_t (*detect)(detect_t *d);
} starts[] = {
    {"ISA", LGS_EDI_X12, detect_isa},        {"UNA", LGS_EDI_EDIFACT, detect_una},
    {"UNB", LGS_EDI_EDIFACT, detect_unh},    {"UNH", LGS_EDI_EDIFACT, detect_unh},
    {"UNG", LGS_EDI_EDIFACT, detect_unh},    {"STX=", LGS_EDI_TRADACOMS, detect_stx},
    {"MHD=", LGS_EDI_TRADACOMS, detect_stx}, {"GS", LGS_EDI_X12, detect_fragment},
    {"ST", LGS_EDI_X12, detect_fragment},
};

static const unsigned char isa_widths[] = {2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_newline(char c)
{
    return c == '\r' || c == '\n';
}

/* One ASCII character that no text has to hold, and that is not skipped as a blank. */
static bool is_separator(char c)
{
    return (unsigned char)c < 0x80 && !is_alnum(c) && !is_newline(c) && c != ' ' && c != '\0';
}

static lgs_rc_t refuse(detect_t *d, size_t at, const char *why)
{
    d->header->skipped += at;
    *d->why = why;
    return LGS_INVALID;
}

lgs_rc_t lgs_edi_detect(lgs_str_t source, bool is_last, const lgs_edi_profile_t *profile,
                        lgs_edi_header_t *header, const char **why)
{
    detect_t d = {.is_last = is_last, .profile = profile, .header = header, .why = why};
    size_t at;

    *header = (lgs_edi_header_t){.standard = LGS_EDI_X12};
    at = skip_leading(source, &header->has_stray);
    header->skipped = at;
    d.source = lgs_str(source.data + at, source.len - at);
    if (d.source.len < MIN_HEADER && !is_last) {
        return LGS_AGAIN;
    }
    if (d.source.len == 0) {
        return LGS_END;
    }
    for (size_t i = 0; i < LGS_N(starts); i++) {
        lgs_str_t begin = lgs_cstr(starts[i].begin);

        if (lgs_str_starts(d.source, begin) && d.source.len > begin.len &&
            (begin.data[begin.len - 1] == '=' || !is_alnum(d.source.data[begin.len]))) {
            header->standard = starts[i].standard;
            return starts[i].detect(&d);
        }
    }
    if (lgs_charset_is_utf16(d.source)) {
        return refuse(&d, 0, "it is written in UTF-16; send UTF-8, or a byte a character");
    }
    return refuse(&d, 0, "neither ISA (X12) nor UNA, UNB (EDIFACT) nor STX= (TRADACOMS)");
}

/* A byte order mark, blanks, and a terminator that somebody left. */
static size_t skip_leading(lgs_str_t source, bool *has_stray)
{
    size_t at = 0;

    for (;;) {
        at = lgs_edi_skip_blank(source, at);
        if (source.len - at >= 3 && memcmp(source.data + at, "\xef\xbb\xbf", 3) == 0) {
            at += 3;
        } else if (at < source.len && (source.data[at] == '\'' || source.data[at] == '~')) {
            *has_stray = true;
            at++;
        } else {
            return at;
        }
    }
}

/* ---- X12 ---- */

/*
 * By walking from separator to separator: real headers are unpadded, wrapped, or have a number of
 * nine digits where ten stand. Positions only say whether it is as the standard wants it.
 */
static lgs_rc_t detect_isa(detect_t *d)
{
    lgs_edi_header_t *header = d->header;
    char separator = d->source.data[3];
    size_t behind;
    lgs_rc_t rc;

    if ((unsigned char)separator >= 0x80) {
        return refuse(d, 3, "the element separator behind ISA is no single ASCII character");
    }
    if (!is_separator(separator)) {
        return refuse(d, 3, "a blank where the element separator should stand");
    }
    header->marks = (lgs_edi_marks_t){.element = separator, .tag = separator, .is_x12 = true};
    rc = walk_isa(d, &behind);
    if (rc != LGS_OK) {
        return rc;
    }
    rc = take_terminator(d, behind);
    if (rc != LGS_OK) {
        return rc;
    }
    take_repetition(d);
    return check_isa(d);
}

/* Fills the header's pieces up to the sixteenth separator; the component separator is behind it. */
static lgs_rc_t walk_isa(detect_t *d, size_t *behind)
{
    lgs_edi_header_t *header = d->header;
    size_t at = 0, from = 0, width = 0;
    unsigned flags = LGS_EDI_ODD;

    for (; header->n_pieces < N_SEPARATORS; at++) {
        char c;

        if (at >= LGS_EDI_MAX_HEADER) {
            return refuse(d, 0, "ISA does not have its 16 elements");
        }
        if (at >= d->source.len) {
            return d->is_last ? refuse(d, 0, "the interchange ends within ISA") : LGS_AGAIN;
        }
        c = d->source.data[at];
        if (c != header->marks.element) {
            width += !is_newline(c);
            header->is_wrapped |= is_newline(c);
            flags |= (is_newline(c) ? LGS_EDI_BREAK : 0) | (c & '\x80' ? LGS_EDI_HIGH : 0);
            continue;
        }
        if (header->n_pieces) {
            header->is_narrow |= width != isa_widths[header->n_pieces - 1];
        }
        header->pieces[header->n_pieces++] = (lgs_edi_piece_t){
            (uint32_t)from, (uint32_t)(at - from) << 8 | LGS_EDI_ELEMENT | flags};
        from = at + 1;
        flags = LGS_EDI_ODD;
        width = 0;
    }
    *behind = at;
    /* two for the separator and the terminator, and what tells whether these are missing */
    return at + 8 > d->source.len && !d->is_last ? LGS_AGAIN : LGS_OK;
}

/* ISA16, and what ends the segment: `at` is behind the sixteenth separator. */
static lgs_rc_t take_terminator(detect_t *d, size_t at)
{
    lgs_edi_header_t *header = d->header;
    const char *p = d->source.data;
    size_t left = d->source.len - at, from = at;

    if (left < 2) {
        return refuse(d, 0, "the interchange ends within ISA");
    }
    /* a sender that leaves ISA16 out: what stands there is the terminator already */
    if (!(left > 4 && memcmp(p + at + 1, "GS", 2) == 0 && !is_alnum(p[at]))) {
        header->marks.component = p[at];
        at += character_length(d->source, at);
        at += at + 2 < d->source.len && p[at] == ' ' && p[at + 1] != ' ';
    } else {
        header->is_narrow = true;
    }
    header->pieces[N_SEPARATORS] = (lgs_edi_piece_t){
        (uint32_t)from, (uint32_t)(at - from) << 8 | LGS_EDI_TERMINATOR | LGS_EDI_ODD};
    header->n_pieces = N_SEPARATORS + 1;
    if (at >= d->source.len) {
        return refuse(d, 0, "the interchange ends within ISA");
    }
    take_terminator_at(header, d->source, at);
    return LGS_OK;
}

/* 1, or 2 or 3 when a character of UTF-8 stands there. */
static size_t character_length(lgs_str_t source, size_t at)
{
    unsigned char c = (unsigned char)source.data[at];
    size_t n = c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 1;

    for (size_t i = 1; i < n; i++) {
        if (at + i >= source.len || ((unsigned char)source.data[at + i] & 0xc0) != 0x80) {
            return 1;
        }
    }
    return n;
}

/* The terminator: a byte, the whole of a UTF-8 character, or a line's end. */
static void take_terminator_at(lgs_edi_header_t *header, lgs_str_t source, size_t at)
{
    lgs_edi_marks_t *marks = &header->marks;
    size_t n = character_length(source, at);

    memcpy(marks->terminator, source.data + at, n);
    marks->n_terminator = (uint8_t)n;
    marks->is_line = is_newline(source.data[at]);
    header->length = at + n;
}

/* ISA11; below version 00402, and in many that say 00501, it is the letter U. */
static void take_repetition(detect_t *d)
{
    lgs_edi_header_t *header = d->header;
    const lgs_edi_piece_t *version = &header->pieces[12], *piece = &header->pieces[11];
    char c = d->source.data[piece->at];

    if (lgs_edi_repeats(lgs_str(d->source.data + version->at, lgs_edi_length(version))) &&
        lgs_edi_length(piece) == 1 && !is_alnum(c) && c != ' ' && !is_newline(c) &&
        !(d->profile && d->profile->has_no_repetition)) {
        header->marks.repetition = c;
    }
}

static lgs_rc_t check_isa(detect_t *d)
{
    lgs_edi_header_t *header = d->header;
    lgs_edi_marks_t *marks = &header->marks;
    size_t at = header->length - marks->n_terminator;

    if (is_alnum(marks->terminator[0]) || marks->terminator[0] == marks->element) {
        return refuse(d, at, "what stands behind ISA16 cannot be a segment terminator");
    }
    if (is_alnum(marks->component) || marks->component == marks->terminator[0]) {
        return refuse(d, at, "what stands in ISA16 cannot be a component separator");
    }
    if ((unsigned char)marks->component >= 0x80 || marks->component == ' ' ||
        marks->component == marks->element || is_newline(marks->component)) {
        marks->component = 0;
        header->is_narrow = true;
    }
    if (marks->repetition == marks->element || marks->repetition == marks->component ||
        marks->repetition == marks->terminator[0]) {
        marks->repetition = 0;
    }
    marks->wraps = header->is_wrapped && !marks->is_line;
    if (d->profile && d->profile->wrap != LGS_EDI_WRAP_AUTO) {
        marks->wraps = d->profile->wrap == LGS_EDI_WRAP_YES && !marks->is_line;
    }
    return LGS_OK;
}

/* GS or ST without ISA: the separator stands behind the tag, the terminator is guessed. */
static lgs_rc_t detect_fragment(detect_t *d)
{
    lgs_edi_header_t *header = d->header;
    size_t window = d->source.len < LGS_EDI_MAX_HEADER ? d->source.len : LGS_EDI_MAX_HEADER;

    if (window < LGS_EDI_MAX_HEADER && !d->is_last) {
        return LGS_AGAIN;
    }
    if (!is_separator(d->source.data[2])) {
        return refuse(d, 2, "what stands behind the first tag can be no element separator");
    }
    header->is_fragment = true;
    header->marks = (lgs_edi_marks_t){.element = d->source.data[2],
                                      .tag = d->source.data[2],
                                      .component = d->source.data[2] == '>' ? 0 : '>',
                                      .terminator = "~",
                                      .n_terminator = 1,
                                      .is_x12 = true};
    if (memchr(d->source.data, '~', window) == NULL || header->marks.element == '~') {
        header->marks.terminator[0] = '\n';
        header->marks.is_line = true;
    }
    return LGS_OK;
}

/* ---- EDIFACT ---- */

static const lgs_edi_marks_t edifact_defaults = {.element = '+',
                                                 .component = ':',
                                                 .release = '?',
                                                 .tag = '+',
                                                 .terminator = "'",
                                                 .n_terminator = 1};

static lgs_rc_t detect_una(detect_t *d)
{
    const char *p = d->source.data;
    size_t at;

    if (d->source.len < 9) {
        return refuse(d, 0, "the interchange ends within UNA");
    }
    d->header->marks = (lgs_edi_marks_t){.element = p[4],
                                         .component = p[3],
                                         .release = p[6] == ' ' ? 0 : p[6],
                                         .tag = p[4],
                                         .terminator = {p[8]},
                                         .n_terminator = 1,
                                         .is_line = is_newline(p[8])};
    if (p[3] == p[4] || p[4] == p[8] || p[3] == p[8] || p[4] == p[6] || p[3] == p[6] ||
        p[6] == p[8] || !is_separator(p[3]) || !is_separator(p[4]) || is_alnum(p[6]) ||
        is_alnum(p[8]) || (unsigned char)p[8] >= 0x80) {
        return refuse(d, 3, "the characters that UNA names cannot tell parts from each other");
    }
    at = lgs_edi_skip_blank(d->source, 9);
    if (at > MAX_BLANK) {
        return refuse(d, 9, "UNA without UNB");
    }
    d->header->length = 9;
    return detect_unb(d, at, true, p[7]);
}

static lgs_rc_t detect_unh(detect_t *d)
{
    char separator = d->source.data[3];

    d->header->marks = edifact_defaults;
    if (separator == 0x1d) { /* UNOB's own: IS3, IS1, IS4 */
        d->header->marks = (lgs_edi_marks_t){.element = 0x1d,
                                             .component = 0x1f,
                                             .tag = 0x1d,
                                             .terminator = {0x1c},
                                             .n_terminator = 1};
    } else if (separator != '+') {
        return refuse(d, 3, "no UNA says which separators are meant, and it is not \"+\"");
    }
    return detect_unb(d, 0, false, '*');
}

/* UNB+UNOC:4+ */
static bool is_syntax_4(const detect_t *d, const char *p, size_t left)
{
    const lgs_edi_marks_t *marks = &d->header->marks;

    size_t i = 4;

    while (i + 1 < left && i < 12 && is_alnum(p[i])) {
        i++;
    }
    return i + 1 < left && p[i] == marks->component && p[i + 1] >= '4' && p[i + 1] <= '9';
}

/* Syntax 4 knows repetitions; UNA has a place for their separator in every syntax. */
static lgs_rc_t detect_unb(detect_t *d, size_t at, bool has_una, char repetition)
{
    lgs_edi_marks_t *marks = &d->header->marks;
    const char *p = d->source.data + at;
    size_t left = d->source.len - at;

    if (left < LGS_EDI_MAX_HEADER && !d->is_last &&
        memchr(p, d->header->marks.terminator[0], left) == NULL) {
        return LGS_AGAIN; /* whether it is wrapped is not known yet */
    }
    d->header->is_fragment = left < 4 || memcmp(p, "UNB", 3) != 0;
    if (!d->header->is_fragment && is_syntax_4(d, p, left) && repetition != ' ' &&
        !is_alnum(repetition) && repetition != marks->element && repetition != marks->component &&
        repetition != marks->release && repetition != marks->terminator[0] &&
        marks->element != 0x1d && !(d->profile && d->profile->has_no_repetition)) {
        marks->repetition = repetition;
    }
    d->header->is_wrapped = header_is_wrapped(d, at);
    marks->wraps = d->header->is_wrapped;
    if (d->profile && d->profile->wrap != LGS_EDI_WRAP_AUTO) {
        marks->wraps = d->profile->wrap == LGS_EDI_WRAP_YES && !marks->is_line;
    }
    return LGS_OK;
}

/* A line end within the first segment, where no program puts one into data. */
static bool header_is_wrapped(const detect_t *d, size_t at)
{
    const lgs_edi_marks_t *marks = &d->header->marks;

    for (size_t i = at; i < d->source.len && i - at < LGS_EDI_MAX_HEADER && !marks->is_line; i++) {
        if (d->source.data[i] == marks->terminator[0]) {
            return memchr(d->source.data + at, '\n', i - at) != NULL;
        }
    }
    return false; /* no end within reach: that is something else */
}

/* ---- TRADACOMS ---- */

static lgs_rc_t detect_stx(detect_t *d)
{
    if (d->source.len < LGS_EDI_MAX_HEADER && !d->is_last &&
        memchr(d->source.data, '\'', d->source.len) == NULL) {
        return LGS_AGAIN; /* whether it is wrapped is not known yet */
    }
    d->header->marks = edifact_defaults;
    d->header->marks.tag = '=';
    d->header->is_fragment = d->source.data[0] != 'S';
    d->header->is_wrapped = header_is_wrapped(d, 0);
    d->header->marks.wraps = d->header->is_wrapped;
    if (d->profile && d->profile->wrap != LGS_EDI_WRAP_AUTO) {
        d->header->marks.wraps = d->profile->wrap == LGS_EDI_WRAP_YES;
    }
    return LGS_OK;
}
