/*
 * The texts of EDI: what a slice of the source says once releases and wrapping are out of it and
 * its bytes are UTF-8. Nearly all slices are that already and are not copied.
 */
#include "edi_tree.h"

#include "../base/base64.h"
#include "scan.h"

static bool is_utf8(lgs_str_t text);
static lgs_str_t strip(const lgs_edi_marks_t *marks, lgs_str_t text, lgs_arena_t *arena);
static lgs_str_t decode(lgs_charset_t charset, lgs_str_t text, lgs_arena_t *arena, uint32_t *n_bad);

lgs_str_t lgs_edi_text(const lgs_edi_marks_t *marks, lgs_charset_t charset, lgs_str_t source,
                       const lgs_edi_piece_t *piece, lgs_arena_t *arena, uint32_t *n_bad)
{
    lgs_str_t text = lgs_str(source.data + piece->at, lgs_edi_length(piece));
    unsigned flags = piece->n_flags;

    if (flags & LGS_EDI_RELEASE || (flags & LGS_EDI_BREAK && marks->wraps)) {
        text = strip(marks, text, arena);
    }
    if (flags & LGS_EDI_HIGH && text.data && !is_utf8(text)) {
        text = decode(charset, text, arena, n_bad);
    }
    return text;
}

/* The tag is element 0; the first of repetitions is taken. */
const lgs_edi_piece_t *lgs_edi_find(const lgs_edi_segment_t *segment, uint32_t element,
                                    uint32_t component)
{
    uint32_t at = 0, part = 1;
    bool is_repeated = false;

    for (uint32_t i = 0; i < segment->n; i++) {
        const lgs_edi_piece_t *piece = &segment->pieces[i];

        if (at == element && part == component && !is_repeated) {
            return lgs_edi_length(piece) ? piece : NULL;
        }
        if (at > element || lgs_edi_is_end(piece)) {
            return NULL;
        }
        if (piece->n_flags & LGS_EDI_ELEMENT) {
            at++;
            part = 1;
            is_repeated = false;
        } else {
            part++;
            is_repeated |= (piece->n_flags & LGS_EDI_REPETITION) != 0;
        }
    }
    return NULL;
}

lgs_str_t lgs_edi_value(const lgs_edi_segment_t *segment, uint32_t element, uint32_t component)
{
    const lgs_edi_piece_t *piece = lgs_edi_find(segment, element, component);

    return piece ? lgs_str(segment->text.data + piece->at, lgs_edi_length(piece)) : LGS_STR("");
}

/* A release stands before exactly one character; both parities are right by going forward. */
static lgs_str_t strip(const lgs_edi_marks_t *marks, lgs_str_t text, lgs_arena_t *arena)
{
    char *start = lgs_arena_alloc(arena, text.len), *to = start;
    bool is_released = false;

    if (start == NULL) {
        return (lgs_str_t){NULL, 0};
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (marks->wraps && (c == '\r' || c == '\n')) {
            continue;
        }
        if (marks->release && c == marks->release && !is_released) {
            is_released = true;
            continue;
        }
        *to++ = c;
        is_released = false;
    }
    return lgs_str(start, (size_t)(to - start));
}

static bool is_utf8(lgs_str_t text)
{
    const char *p = text.data, *end = p + text.len;
    size_t n;

    while (p < end && (n = lgs_utf8_step(p, end)) != 0) {
        p += n;
    }
    return p == end;
}

/* Byte by byte: one that is no character does not take its neighbours with it. */
static lgs_str_t decode(lgs_charset_t charset, lgs_str_t text, lgs_arena_t *arena, uint32_t *n_bad)
{
    char *start = lgs_arena_alloc(arena, 3 * text.len), *to = start;

    if (start == NULL) {
        return (lgs_str_t){NULL, 0};
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        uint32_t code = byte < 0x80 ? byte : lgs_charset_character(charset, byte);
        bool is_bad = byte >= 0x80 && code == 0;

        *n_bad += is_bad;
        to = lgs_utf8_put(to, is_bad ? 0xfffd : code);
    }
    return lgs_str(start, (size_t)(to - start));
}
