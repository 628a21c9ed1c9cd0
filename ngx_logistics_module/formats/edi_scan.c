/*
 * The tokenizer of EDI (edi_scan.h). Plain text is passed 16 bytes at a time; each other byte is
 * looked up in a table, and whether a mark is one is decided where it is found.
 */
#include "edi_scan.h"

#include "scan.h"

/* Between two pieces of a segment. */
#define SEPARATOR (LGS_EDI_COMPONENT | LGS_EDI_REPETITION | LGS_EDI_ELEMENT)

typedef struct {
    const lgs_edi_syntax_t *syntax;
    const char *start; /* of the source */
    const char *p;     /* the next byte */
    const char *end;
    bool is_last;
    lgs_edi_pieces_t *pieces;
} scan_t;

/* The bytes of a segment that are not plain text, one after the other. */
typedef struct {
    const char *next; /* not looked at yet */
    const char *end;
    const char *block; /* 16 bytes that were looked at */
    unsigned mask;     /* a bit for each of them that is still to be given */
} hunt_t;

static void prepare_terminator(lgs_edi_syntax_t *syntax);
static void spread_marks(lgs_edi_syntax_t *syntax);
static lgs_rc_t scan_tag(scan_t *s);
static lgs_rc_t scan_pieces(scan_t *s, bool *is_cut);
static const char *behind_release(const scan_t *s, const char *p);
static bool is_terminator(const scan_t *s, const char *p);
static lgs_rc_t cut(scan_t *s, const char *from, unsigned seen, bool *is_cut);
static bool are_single(const lgs_edi_pieces_t *pieces, uint32_t first, uint32_t n);
static lgs_rc_t scan_binary(scan_t *s, lgs_str_t source, uint32_t last, lgs_rc_t rc, bool is_last,
                            bool *is_cut);

void lgs_edi_prepare(lgs_edi_syntax_t *syntax)
{
    const lgs_edi_marks_t *marks = &syntax->marks;
    unsigned char *classes = syntax->classes;

    for (unsigned c = 0; c < 256; c++) {
        classes[c] = c >= 0x80 ? LGS_EDI_HIGH : c < 0x20 || c == '"' || c == '\\' ? LGS_EDI_ODD : 0;
    }
    classes['\r'] = classes['\n'] = LGS_EDI_ODD | LGS_EDI_BREAK;
    classes[(unsigned char)marks->element] = LGS_EDI_ELEMENT;
    if (marks->component) {
        classes[(unsigned char)marks->component] = LGS_EDI_COMPONENT;
    }
    if (marks->repetition) {
        classes[(unsigned char)marks->repetition] = LGS_EDI_REPETITION;
    }
    if (marks->release) {
        classes[(unsigned char)marks->release] = LGS_EDI_RELEASE;
    }
    prepare_terminator(syntax);
    spread_marks(syntax);
}

static void prepare_terminator(lgs_edi_syntax_t *syntax)
{
    if (syntax->marks.is_line) {
        syntax->classes['\r'] = syntax->classes['\n'] = LGS_EDI_TERMINATOR;
    } else {
        syntax->classes[(unsigned char)syntax->marks.terminator[0]] = LGS_EDI_TERMINATOR;
    }
}

/* A mark that there is none of is the element separator once more. */
static void spread_marks(lgs_edi_syntax_t *syntax)
{
    const lgs_edi_marks_t *m = &syntax->marks;
    const char marks[LGS_EDI_N_MARKS] = {m->element, m->component, m->repetition, m->release,
                                         m->terminator[0]};

    for (unsigned i = 0; i < LGS_EDI_N_MARKS; i++) {
        memset(syntax->spread[i], marks[i] ? marks[i] : m->element, sizeof(syntax->spread[i]));
    }
}

lgs_rc_t lgs_edi_more_pieces(lgs_edi_pieces_t *pieces)
{
    uint32_t room = pieces->room ? pieces->room * 2 : 1024;
    lgs_edi_piece_t *items = pieces->arena == NULL ? NULL
                                                   : lgs_arena_grow(pieces->arena, pieces->items,
                                                                    pieces->room * sizeof(*items),
                                                                    room * sizeof(*items));

    if (items == NULL) {
        return LGS_NOMEM;
    }
    pieces->items = items;
    pieces->room = room;
    return LGS_OK;
}

/* All of them are at most a space: one look at a byte that begins a segment. */
static inline bool is_blank(char c)
{
    return (unsigned char)c <= ' ' &&
           (c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '\0' || c == '\x1a');
}

size_t lgs_edi_skip_blank(lgs_str_t source, size_t at)
{
    while (at < source.len && is_blank(source.data[at])) {
        at++;
    }
    return at;
}

lgs_rc_t lgs_edi_scan(const lgs_edi_syntax_t *syntax, lgs_str_t source, bool is_last, size_t *at,
                      lgs_edi_pieces_t *pieces, bool *is_cut)
{
    scan_t s = {.syntax = syntax,
                .start = source.data,
                .p = source.data + *at,
                .end = source.data + source.len,
                .is_last = is_last,
                .pieces = pieces};
    uint32_t first = pieces->n;
    lgs_rc_t rc;

    *is_cut = false;
    if (LGS_UNLIKELY(source.len - *at > LGS_EDI_MAX_SEGMENT)) {
        s.end = s.p + LGS_EDI_MAX_SEGMENT;
        s.is_last = false;
    }
    rc = syntax->marks.tag == syntax->marks.element ? LGS_OK : scan_tag(&s);
    if (rc == LGS_OK) {
        rc = scan_pieces(&s, is_cut);
    }
    if (rc == LGS_AGAIN && (size_t)(s.end - source.data) - *at >= LGS_EDI_MAX_SEGMENT) {
        rc = LGS_LIMIT; /* unless it is binary */
    }
    if (syntax->marks.is_x12 && rc != LGS_NOMEM && pieces->n > first) {
        uint32_t binary = lgs_edi_binary(
            lgs_str(source.data + pieces->items[first].at, lgs_edi_length(&pieces->items[first])));

        if (LGS_UNLIKELY(binary) && are_single(pieces, first, binary)) {
            rc = scan_binary(&s, source, first + binary - 1, rc, is_last, is_cut);
        }
    }
    if (rc != LGS_OK) {
        pieces->n = first;
        return rc;
    }
    *at = (size_t)(s.p - source.data);
    return LGS_OK;
}

static inline lgs_rc_t push(const scan_t *s, const char *from, const char *end, unsigned flags)
{
    return lgs_edi_push(s->pieces, (uint32_t)(from - s->start), (uint32_t)(end - from), flags);
}

/* What stands before "=" at the segment's beginning; further on that is data. */
static lgs_rc_t scan_tag(scan_t *s)
{
    const unsigned char *classes = s->syntax->classes;
    const char *p = s->p;
    unsigned seen = 0;

    while (p < s->end && p - s->p < LGS_EDI_MAX_TAG && *p != s->syntax->marks.tag &&
           !(classes[(unsigned char)*p] & LGS_EDI_STOP)) {
        seen |= classes[(unsigned char)*p++];
    }
    if (p < s->end && *p == s->syntax->marks.tag) {
        const char *from = s->p;

        s->p = p + 1;
        return push(s, from, p, LGS_EDI_ELEMENT | seen);
    }
    return LGS_OK;
}

#if defined(__SSE2__)
/* A bit for each of the 16 bytes at p that is not plain text: whose class is not 0. */
static inline unsigned odd_bytes(const lgs_edi_syntax_t *syntax, const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p), hits;

    /* signed: bytes above 127 are negative, so they are below the space, too */
    hits = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    for (unsigned i = 0; i < LGS_EDI_N_MARKS; i++) {
        __m128i mark = _mm_loadu_si128((const __m128i *)(const void *)syntax->spread[i]);

        hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, mark));
    }
    return (unsigned)_mm_movemask_epi8(hits);
}
#endif

/* The next byte that is not plain text, or the end. */
static inline const char *find_odd(const lgs_edi_syntax_t *syntax, hunt_t *hunt)
{
    const char *found;

#if defined(__SSE2__)
    while (hunt->mask == 0 && hunt->end - hunt->next >= 16) {
        hunt->block = hunt->next;
        hunt->mask = odd_bytes(syntax, hunt->block);
        hunt->next += 16;
    }
    if (hunt->mask) {
        found = hunt->block + __builtin_ctz(hunt->mask);
        hunt->mask &= hunt->mask - 1;
        return found;
    }
#endif
    found = hunt->next;
    while (found < hunt->end && syntax->classes[(unsigned char)*found] == 0) {
        found++;
    }
    hunt->next = found + (found < hunt->end);
    return found;
}

/* All pieces of a segment, to behind its terminator. */
static lgs_rc_t scan_pieces(scan_t *s, bool *is_cut)
{
    const char *from = s->p, *end = s->end;
    hunt_t hunt = {.next = from, .end = end};
    unsigned seen = 0;

    for (;;) {
        const char *p = find_odd(s->syntax, &hunt);
        unsigned class;

        if (LGS_UNLIKELY(p == end)) {
            s->p = end;
            return cut(s, from, seen, is_cut);
        }
        class = s->syntax->classes[(unsigned char)*p];
        if (LGS_LIKELY(class & SEPARATOR)) {
            if (LGS_UNLIKELY(push(s, from, p, seen | class) != LGS_OK)) {
                return LGS_NOMEM;
            }
            from = p + 1;
            seen = 0;
        } else if (class & LGS_EDI_TERMINATOR && is_terminator(s, p)) {
            s->p = p + s->syntax->marks.n_terminator;
            return push(s, from, p, seen | class);
        } else if (class & LGS_EDI_TERMINATOR) {
            if (end - p < s->syntax->marks.n_terminator && !s->is_last) {
                return LGS_AGAIN;
            }
            seen |= LGS_EDI_HIGH; /* of a character that begins as it does */
        } else if (class & LGS_EDI_RELEASE) {
            const char *next = behind_release(s, p);

            if (next == NULL) {
                s->p = end;
                return cut(s, from, seen | LGS_EDI_RELEASE, is_cut);
            }
            seen |= LGS_EDI_RELEASE | LGS_EDI_ODD;
            seen |= (unsigned char)next[-1] >= 0x80 ? LGS_EDI_HIGH : 0;
            hunt.next = next;
            hunt.mask = 0;
        } else {
            seen |= class;
        }
    }
}

/* Behind the byte that is released: exactly one, whatever it is. NULL: it is not there (yet). */
static const char *behind_release(const scan_t *s, const char *p)
{
    p++;
    while (s->syntax->marks.wraps && p < s->end && (*p == '\r' || *p == '\n')) {
        p++;
    }
    return p < s->end ? p + 1 : NULL;
}

static bool is_terminator(const scan_t *s, const char *p)
{
    size_t n = s->syntax->marks.n_terminator;

    return s->syntax->classes[(unsigned char)*p] & LGS_EDI_TERMINATOR &&
           (n == 1 ||
            ((size_t)(s->end - p) >= n && memcmp(p, s->syntax->marks.terminator, n) == 0));
}

/* The bytes end within a segment. */
static lgs_rc_t cut(scan_t *s, const char *from, unsigned seen, bool *is_cut)
{
    if (!s->is_last) {
        return LGS_AGAIN;
    }
    *is_cut = !s->syntax->marks.is_line; /* the last line of a file often has no end */
    return push(s, from, s->end, seen | LGS_EDI_TERMINATOR);
}

/* ---- many segments ---- */

#if defined(__SSE2__)
#define BLOCK 64u /* bytes that are looked at ahead: as many as a mask has bits */

/*
 * Places are offsets in the source, as those of pieces are. Its address is given to no function
 * that is called, so that the loop has all of it in registers.
 */
typedef struct {
    const lgs_edi_syntax_t *syntax;
    const lgs_edi_standard_t *standard;
    lgs_str_t source;
    lgs_edi_piece_t *to, *full;
    uint32_t segment; /* where it begins */
    uint32_t block;   /* where the bytes begin that were looked at last */
    uint32_t next;    /* behind them */
    uint64_t mask;    /* of them: a bit for each byte that is still to be given */
} sweep_t;

/* A segment whose tag begins as one of an envelope does: true when it may be that. */
static LGS_APART bool may_be_envelope(const lgs_edi_syntax_t *syntax,
                                      const lgs_edi_standard_t *standard, lgs_str_t rest)
{
    lgs_edi_level_t level;
    size_t n = 0;

    while (n < 4 && n < rest.len && syntax->classes[(unsigned char)rest.data[n]] == 0) {
        n++;
    }
    return n == rest.len || !(syntax->classes[(unsigned char)rest.data[n]] & LGS_EDI_ELEMENT) ||
           lgs_edi_role(standard, lgs_str(rest.data, n), &level) != LGS_EDI_DATA;
}

/* Goes on at a byte behind the one that was found last. */
LGS_HOT void aim(sweep_t *sweep, uint32_t at)
{
    if (LGS_LIKELY(at < sweep->next)) {
        sweep->mask &= ~UINT64_C(0) << (at - sweep->block); /* what was looked at is of use */
    } else {
        sweep->next = at;
        sweep->mask = 0;
    }
}

/* At its first byte; false: there is none, or it may belong to an envelope. */
LGS_HOT bool begin_segment(sweep_t *sweep, uint32_t at)
{
    const char *text = sweep->source.data;

    while (at < sweep->source.len && is_blank(text[at])) {
        at++;
    }
    if (at >= sweep->source.len || (sweep->standard->initials & lgs_edi_initial(text[at]) &&
                                    may_be_envelope(sweep->syntax, sweep->standard,
                                                    lgs_str(text + at, sweep->source.len - at)))) {
        return false;
    }
    aim(sweep, at);
    sweep->segment = at;
    return true;
}

/* Looks at the next bytes and has room for as many pieces; false: one of both is not there. */
LGS_HOT bool next_block(sweep_t *sweep, lgs_edi_pieces_t *pieces)
{
    const char *p = sweep->source.data + sweep->next;

    if (sweep->source.len < (size_t)sweep->next + BLOCK ||
        sweep->next - sweep->segment > LGS_EDI_MAX_SEGMENT) {
        return false;
    }
    if (LGS_UNLIKELY((size_t)(sweep->full - sweep->to) < BLOCK)) {
        size_t n = (size_t)(sweep->to - pieces->items);

        if (lgs_edi_more_pieces(pieces) != LGS_OK) {
            return false;
        }
        sweep->to = pieces->items + n;
        sweep->full = pieces->items + pieces->room;
    }
    sweep->block = sweep->next;
    sweep->next += BLOCK;
    sweep->mask = 0;
    for (unsigned i = 0; i < BLOCK; i += 16) {
        sweep->mask |= (uint64_t)odd_bytes(sweep->syntax, p + i) << i;
    }
    return true;
}

/* All pieces of a segment; false: it is not whole, too long, or wraps behind a release. */
LGS_HOT bool sweep_segment(sweep_t *sweep, lgs_edi_pieces_t *pieces)
{
    uint32_t from = sweep->segment, seen = 0;

    for (;;) {
        uint32_t p, class;

        while (sweep->mask == 0) {
            if (!next_block(sweep, pieces)) {
                return false;
            }
        }
        p = sweep->block + (uint32_t)__builtin_ctzll(sweep->mask);
        sweep->mask &= sweep->mask - 1;
        class = sweep->syntax->classes[(unsigned char)sweep->source.data[p]];
        if (LGS_LIKELY(class & SEPARATOR)) {
            *sweep->to++ = (lgs_edi_piece_t){from, (p - from) << 8 | seen | class};
            from = p + 1;
            seen = 0;
        } else if (class & LGS_EDI_TERMINATOR) {
            *sweep->to++ = (lgs_edi_piece_t){from, (p - from) << 8 | seen | class};
            return p - sweep->segment < LGS_EDI_MAX_SEGMENT;
        } else if (class & LGS_EDI_RELEASE) {
            if (sweep->syntax->marks.wraps || p + 1 >= sweep->source.len) {
                return false;
            }
            seen |= LGS_EDI_RELEASE | LGS_EDI_ODD;
            seen |= (unsigned char)sweep->source.data[p + 1] >= 0x80 ? LGS_EDI_HIGH : 0;
            aim(sweep, p + 2);
        } else {
            seen |= class;
        }
    }
}

/* It holds binary data, or its tag is not that of its bytes. */
LGS_HOT bool is_odd(const sweep_t *sweep, const lgs_edi_piece_t *tag)
{
    return tag->n_flags & (LGS_EDI_BREAK | LGS_EDI_RELEASE) ||
           (sweep->syntax->marks.is_x12 &&
            lgs_edi_binary(lgs_str(sweep->source.data + tag->at, lgs_edi_length(tag))) != 0);
}

uint32_t lgs_edi_scan_data(const lgs_edi_syntax_t *syntax, const lgs_edi_standard_t *standard,
                           lgs_str_t source, uint32_t most, size_t *at, lgs_edi_pieces_t *pieces)
{
    sweep_t sweep = {.syntax = syntax, .standard = standard, .source = source};
    uint32_t n = 0, end = (uint32_t)*at;

    if (syntax->marks.tag != syntax->marks.element || syntax->marks.n_terminator != 1 ||
        (pieces->room == 0 && lgs_edi_more_pieces(pieces) != LGS_OK)) {
        return 0;
    }
    sweep.to = pieces->items + pieces->n;
    sweep.full = pieces->items + pieces->room;
    for (; n < most && begin_segment(&sweep, end); n++) {
        if (!sweep_segment(&sweep, pieces) || is_odd(&sweep, &pieces->items[pieces->n])) {
            break;
        }
        pieces->n = (uint32_t)(sweep.to - pieces->items);
        end = sweep.to[-1].at + lgs_edi_length(&sweep.to[-1]) + 1;
    }
    *at = end;
    return n;
}
#else
/* One after the other: only many bytes at a time are worth it. */
uint32_t lgs_edi_scan_data(const lgs_edi_syntax_t *syntax, const lgs_edi_standard_t *standard,
                           lgs_str_t source, uint32_t most, size_t *at, lgs_edi_pieces_t *pieces)
{
    return 0;
}
#endif

/* ---- binary data ---- */

/* The pieces up to the length are one for each element: else it is the length of another one. */
static bool are_single(const lgs_edi_pieces_t *pieces, uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < first + n; i++) {
        if (i >= pieces->n || !(pieces->items[i].n_flags & LGS_EDI_ELEMENT)) {
            return false;
        }
    }
    return true;
}

/*
 * The last element once more, as long as the one before it (piece `last`) says, whatever stands in
 * it. A length that is none, or that does not lead to a terminator: `rc` and what was found without
 * it stay.
 */
static lgs_rc_t scan_binary(scan_t *s, lgs_str_t source, uint32_t last, lgs_rc_t rc, bool is_last,
                            bool *is_cut)
{
    const lgs_edi_piece_t *pieces = s->pieces->items;
    size_t length, at, n_terminator = s->syntax->marks.n_terminator;

    if (!lgs_edi_byte_count(lgs_str(source.data + pieces[last].at, lgs_edi_length(&pieces[last])),
                            &length)) {
        return rc;
    }
    at = pieces[last].at + lgs_edi_length(&pieces[last]) + 1;
    if (source.len < at + length + n_terminator) {
        return is_last ? rc : LGS_AGAIN;
    }
    s->end = source.data + source.len;
    if (!is_terminator(s, source.data + at + length)) {
        return rc;
    }
    *is_cut = false;
    s->pieces->n = last + 1;
    s->p = source.data + at + length + n_terminator;
    return lgs_edi_push(s->pieces, (uint32_t)at, (uint32_t)length, LGS_EDI_TERMINATOR);
}

bool lgs_edi_byte_count(lgs_str_t text, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';

        if (digit > 9 || *n > LGS_EDI_MAX_SET) {
            return false;
        }
        *n = *n * 10 + digit;
    }
    return text.len > 0 && *n <= LGS_EDI_MAX_SET;
}
