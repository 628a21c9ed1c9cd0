/* Writing segments (edi_pen.h). */
#include "edi_pen.h"

static void put_waiting(lgs_edi_pen_t *pen);
static void put_text(lgs_edi_pen_t *pen, lgs_str_t text);
static bool is_mark(const lgs_edi_marks_t *marks, char c);
static void put_fixed(lgs_edi_pen_t *pen, char c);

static const unsigned char isa_widths[] = {2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1};

void lgs_edi_pen_tag(lgs_edi_pen_t *pen, lgs_str_t tag)
{
    lgs_buf_str(pen->buf, tag);
    pen->elements = pen->components = pen->repetitions = 0;
    pen->n_segments++;
}

void lgs_edi_pen_element(lgs_edi_pen_t *pen, lgs_str_t text)
{
    pen->elements++;
    pen->components = pen->repetitions = 0;
    put_text(pen, text);
}

void lgs_edi_pen_component(lgs_edi_pen_t *pen, lgs_str_t text)
{
    pen->components++;
    put_text(pen, text);
}

void lgs_edi_pen_repetition(lgs_edi_pen_t *pen, lgs_str_t text)
{
    if (pen->marks.repetition == 0) {
        pen->is_bad = true;
        pen->why = "repetitions, which this version does not know";
        return;
    }
    pen->repetitions++;
    pen->components = 0;
    put_text(pen, text);
}

void lgs_edi_pen_more(lgs_edi_pen_t *pen, lgs_str_t text)
{
    put_text(pen, text);
}

void lgs_edi_pen_finish(lgs_edi_pen_t *pen)
{
    put_waiting(pen);
}

void lgs_edi_pen_bytes(lgs_edi_pen_t *pen, lgs_str_t bytes)
{
    pen->elements++;
    put_waiting(pen);
    lgs_buf_str(pen->buf, bytes);
}

void lgs_edi_pen_end(lgs_edi_pen_t *pen)
{
    lgs_buf_add(pen->buf, pen->marks.terminator, pen->marks.n_terminator);
    if (pen->has_lines && !pen->marks.is_line) {
        lgs_buf_byte(pen->buf, '\n');
    }
}

/* Separators of what was left empty are written only when something follows. */
static void put_waiting(lgs_edi_pen_t *pen)
{
    for (; pen->elements; pen->elements--) {
        lgs_buf_byte(pen->buf, pen->marks.element);
    }
    for (; pen->repetitions; pen->repetitions--) {
        lgs_buf_byte(pen->buf, pen->marks.repetition);
    }
    for (; pen->components; pen->components--) {
        lgs_buf_byte(pen->buf, pen->marks.component);
    }
}

static void put_text(lgs_edi_pen_t *pen, lgs_str_t text)
{
    size_t bad;

    if (text.len == 0) {
        return;
    }
    put_waiting(pen);
    if (pen->charset != LGS_CHARSET_UTF8) {
        lgs_rc_t rc = lgs_charset_encode(pen->charset, pen->scratch, text, &text, &bad);

        if (rc != LGS_OK) {
            pen->is_bad = true;
            pen->why = rc == LGS_NOMEM ? "no memory" : "a character that its set does not have";
            return;
        }
    }
    for (size_t i = 0; i < text.len; i++) {
        bool is_special = is_mark(&pen->marks, text.data[i]) ||
                          (pen->replaces && (unsigned char)text.data[i] < 0x20);

        if (is_special && pen->marks.release && (unsigned char)text.data[i] >= 0x20) {
            lgs_buf_byte(pen->buf, pen->marks.release);
        } else if (is_special && pen->replaces) {
            lgs_buf_byte(pen->buf, ' ');
            continue;
        } else if (is_special) {
            pen->is_bad = true;
            pen->why = "a separator within the data, which X12 cannot write";
        }
        lgs_buf_byte(pen->buf, text.data[i]);
    }
}

static bool is_mark(const lgs_edi_marks_t *marks, char c)
{
    return c == marks->element || c == marks->terminator[0] || (marks->tag && c == marks->tag) ||
           (marks->component && c == marks->component) ||
           (marks->repetition && c == marks->repetition) || (marks->release && c == marks->release);
}

void lgs_edi_pen_isa(lgs_edi_pen_t *pen, const lgs_str_t texts[16])
{
    lgs_buf_cstr(pen->buf, "ISA");
    pen->n_segments++;
    for (unsigned i = 0; i < 16; i++) {
        bool is_number = i == 12;
        size_t width = isa_widths[i], n = texts[i].len;

        while (n && texts[i].data[n - 1] == ' ') {
            n--;
        }
        if (n > width) {
            pen->is_bad = true;
            pen->why = "an element of ISA that is longer than the standard allows";
        }
        lgs_buf_byte(pen->buf, pen->marks.element);
        for (size_t k = n; is_number && k < width; k++) {
            lgs_buf_byte(pen->buf, '0');
        }
        for (size_t k = 0; k < n && k < width; k++) {
            put_fixed(pen, texts[i].data[k]);
        }
        for (size_t k = n; !is_number && k < width; k++) {
            lgs_buf_byte(pen->buf, ' ');
        }
    }
    lgs_edi_pen_end(pen);
}

/* Of ISA, whose elements are as wide as the standard says, whatever stands in them. */
static void put_fixed(lgs_edi_pen_t *pen, char c)
{
    bool is_separator = c == pen->marks.element || c == pen->marks.terminator[0];

    if (pen->replaces && (is_separator || (unsigned char)c < 0x20)) {
        c = ' ';
    } else if (is_separator) {
        pen->is_bad = true;
        pen->why = "a separator within ISA";
    }
    lgs_buf_byte(pen->buf, c);
}

lgs_edi_marks_t lgs_edi_marks_x12(lgs_str_t isa11, lgs_str_t isa12, lgs_str_t isa16)
{
    lgs_edi_marks_t marks = {
        .element = '*', .tag = '*', .component = '>', .terminator = "~", .n_terminator = 1};

    if (isa16.len == 1 && !strchr("*~ \r\n", isa16.data[0])) {
        marks.component = isa16.data[0];
    }
    if (isa11.len == 1 && lgs_edi_repeats(isa12) && !strchr("*~ \r\n", isa11.data[0]) &&
        isa11.data[0] != marks.component && !(isa11.data[0] >= '0' && isa11.data[0] <= '9') &&
        !(isa11.data[0] >= 'A' && isa11.data[0] <= 'Z') &&
        !(isa11.data[0] >= 'a' && isa11.data[0] <= 'z')) {
        marks.repetition = isa11.data[0];
    }
    return marks;
}

lgs_edi_marks_t lgs_edi_marks_edifact(bool is_syntax_4, bool is_tradacoms)
{
    return (lgs_edi_marks_t){.element = '+',
                             .tag = is_tradacoms ? '=' : '+',
                             .component = ':',
                             .release = '?',
                             .repetition = is_syntax_4 ? '*' : 0,
                             .terminator = "'",
                             .n_terminator = 1};
}
