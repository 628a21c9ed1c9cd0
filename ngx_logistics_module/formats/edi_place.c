/*
 * Positions in EDI (edi_place.h): by walking over the source once more, up to the byte that is
 * asked for. Only an error pays for it.
 */
#include "edi_place.h"

#include "edi_scan.h"

typedef struct {
    const lgs_edi_marks_t *marks;
    const char *start, *end;
    const char *segment; /* begins here */
    const char *element; /* likewise */
    lgs_pos_t pos;
    bool is_first;  /* of the segment: "=" ends only the tag */
    bool is_single; /* so far each of its elements is one piece */
} walk_t;

static const char *step(walk_t *w, const char *p);
static const char *begin_element(walk_t *w, const char *p);
static const char *begin_segment(walk_t *w, const char *p);
static bool has_tag(const walk_t *w);
static bool is_terminator(const walk_t *w, const char *p);
static bool is_composite(walk_t *w, const char *p);

void lgs_edi_place(const lgs_edi_marks_t *marks, lgs_str_t source, uint32_t offset, lgs_pos_t *pos)
{
    walk_t w = {.marks = marks, .start = source.data, .end = source.data + source.len};
    const char *at = source.data + offset, *p = source.data;

    if (marks->element == 0) {
        return; /* nobody knows them yet */
    }
    p = begin_segment(&w, p);
    while (p < at) {
        p = step(&w, p);
    }
    pos->segment = w.pos.segment;
    pos->element = w.pos.element;
    pos->component = w.pos.component > 1 || is_composite(&w, p) ? w.pos.component : 0;
}

/* Over the byte at p, to what is looked at next. */
static const char *step(walk_t *w, const char *p)
{
    const lgs_edi_marks_t *marks = w->marks;

    if (is_terminator(w, p)) {
        return begin_segment(w, p + (marks->n_terminator ? marks->n_terminator : 1));
    }
    if (marks->release && *p == marks->release) {
        return p + 2;
    }
    if (*p == (w->is_first ? marks->tag : marks->element)) {
        return begin_element(w, p + 1);
    }
    if (marks->component && *p == marks->component) {
        w->pos.component++;
        w->is_single = false;
    } else if (marks->repetition && *p == marks->repetition) {
        w->pos.component = 1;
        w->is_single = false;
    }
    return p + 1;
}

/* Data of BIN and BDS is as long as the element before it says, as the tokenizer reads it. */
static const char *begin_element(walk_t *w, const char *p)
{
    const char *from = w->element;
    size_t length;

    w->is_first = false;
    w->element = p;
    w->pos.element++;
    w->pos.component = 1;
    if (!w->marks->is_x12 || w->end - w->segment < 4 ||
        w->pos.element != lgs_edi_binary(lgs_str(w->segment, 3)) || !w->is_single ||
        !lgs_edi_byte_count(lgs_str(from, (size_t)(p - 1 - from)), &length)) {
        return p;
    }
    return length <= (size_t)(w->end - p) && is_terminator(w, p + length) ? p + length : p;
}

static const char *begin_segment(walk_t *w, const char *p)
{
    size_t at = lgs_edi_skip_blank(lgs_str(w->start, (size_t)(w->end - w->start)),
                                   (size_t)(p - w->start));

    w->segment = w->element = w->start + at;
    w->is_first = has_tag(w);
    w->is_single = true;
    w->pos.element = 0;
    w->pos.component = 0;
    /* a terminator alone is no segment; what is behind the last one belongs to it */
    w->pos.segment += w->segment < w->end && !is_terminator(w, w->segment);
    return w->segment;
}

/* Its own mark ends the tag where it comes early enough, and before the others. */
static bool has_tag(const walk_t *w)
{
    const lgs_edi_marks_t *marks = w->marks;
    const char *p = w->segment;

    while (p < w->end && p - w->segment < LGS_EDI_MAX_TAG && *p != marks->tag &&
           *p != marks->element && *p != marks->component && *p != marks->release &&
           !is_terminator(w, p)) {
        p++;
    }
    return p < w->end && *p == marks->tag;
}

static bool is_terminator(const walk_t *w, const char *p)
{
    size_t n = w->marks->n_terminator;

    if (w->marks->is_line) {
        return p < w->end && (*p == '\r' || *p == '\n');
    }
    return (size_t)(w->end - p) >= n && p < w->end && memcmp(p, w->marks->terminator, n) == 0;
}

/* The component at p is the first: does another follow? */
static bool is_composite(walk_t *w, const char *p)
{
    const lgs_edi_marks_t *marks = w->marks;

    if (w->pos.element == 0 || marks->component == 0) {
        return false;
    }
    while (p < w->end && *p != marks->component) {
        if (is_terminator(w, p) || *p == marks->element || *p == marks->repetition) {
            return false;
        }
        p += marks->release && *p == marks->release ? 2 : 1;
    }
    return p < w->end;
}
