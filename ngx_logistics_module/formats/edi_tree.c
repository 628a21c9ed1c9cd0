/*
 * The tree of one transaction set or message. Counts first, so that the members of a segment's
 * elements and of an element's components stand side by side in two blocks; then fills them.
 */
#include "edi_tree.h"

#include "../base/base64.h"

/* A piece whose text is not its bytes, or would not be in JSON. */
#define ODD (LGS_EDI_RELEASE | LGS_EDI_HIGH | LGS_EDI_BREAK | LGS_EDI_ODD)
/* One that is not all of its element, or is odd. */
#define MORE (ODD | LGS_EDI_COMPONENT | LGS_EDI_REPETITION)

#define FEW_PIECES 256u

typedef struct {
    lgs_edi_tree_t *tree;
    lgs_arena_t *arena;
    const lgs_edi_marks_t *marks;
    const char *source;
    const lgs_edi_piece_t *piece, *end;
    lgs_node_t *segment;
    lgs_member_t *tag;            /* the next of the members of segments */
    lgs_member_t *element;        /* of elements */
    lgs_member_t *component;      /* of components */
    uint32_t tags;                /* a bit for each of the segments' */
    const lgs_member_t *elements; /* of which this was the first */
    uint32_t n_nodes;             /* below elements */
    uint32_t head; /* added to offsets: of a segment that stands in the document's head */
    bool is_composite;
    lgs_rc_t rc;
} fill_t;

/* Whence texts come, by value: the bytes of a node might change what a pointer leads to. */
typedef struct {
    const char *text;
    uint32_t head;
} source_t;

static void count(const lgs_edi_tree_t *tree, const lgs_edi_segment_t *set, size_t *n_elements,
                  size_t *n_components);
static bool allocate(fill_t *fill, const lgs_edi_segment_t *set, uint32_t n_segments);
static void fill_segment(fill_t *fill);
static LGS_APART uint32_t learn_tag(fill_t *fill, lgs_str_t tag, uint32_t word);
static inline bool check_tag(const fill_t *fill, lgs_str_t tag);
static LGS_APART void fill_elements(fill_t *fill);
static LGS_APART void fill_binary_segment(fill_t *fill, uint32_t binary);
static LGS_APART void fill_composites(fill_t *fill);
static LGS_APART void fill_special(fill_t *fill, lgs_node_t *to);
static void fill_element(fill_t *fill, lgs_node_t *to);
static LGS_APART void fill_repetitions(fill_t *fill, lgs_node_t *to);
static LGS_APART void fill_parts(fill_t *fill, lgs_node_t *to);
static void fill_composite(fill_t *fill, lgs_node_t *to);
static inline void put_object(lgs_node_t *to, const lgs_member_t *members, uint32_t n,
                              uint32_t offset);
static inline source_t source_of(const fill_t *fill);
static inline bool put_plain(source_t source, const lgs_edi_piece_t *piece, lgs_node_t *to);
static inline void fill_text(fill_t *fill, lgs_node_t *to);
static LGS_APART void odd_text(fill_t *fill, lgs_node_t *to);
static void fill_binary(fill_t *fill, lgs_node_t *to);
static LGS_APART const lgs_node_t *more_elements(fill_t *fill);
static inline const lgs_node_t *end_of_components(const fill_t *fill);
static LGS_APART const lgs_node_t *more_components(fill_t *fill);
static LGS_APART void limit(fill_t *fill, const char *what, uint32_t most);
static LGS_APART void meet(fill_t *fill, lgs_edi_met_t *met);

/* A segment is two: an object, and in it that of its elements. */
static uint32_t nodes_of(const fill_t *fill, uint32_t n_segments)
{
    return 2 * n_segments + (uint32_t)(fill->element - fill->elements) + fill->n_nodes;
}

lgs_rc_t lgs_edi_make_tree(lgs_edi_tree_t *tree, lgs_doc_t *doc)
{
    fill_t fill = {.tree = tree, .arena = tree->arena, .marks = &tree->syntax->marks};
    const lgs_edi_common_t *common = tree->common;
    lgs_member_t *members = lgs_arena_alloc(tree->arena, 4 * sizeof(*members));
    lgs_node_t *segments;
    uint32_t n = 1;
    lgs_rc_t rc;

    if (members == NULL || !allocate(&fill, &tree->set, tree->n_segments)) {
        return fill.rc == LGS_OK ? LGS_NOMEM : fill.rc;
    }
    segments = fill.segment;
    while (fill.piece < fill.end && fill.rc == LGS_OK) {
        fill_segment(&fill);
    }
    if (fill.rc != LGS_OK) {
        return fill.rc;
    }
    rc = common->is_made ? LGS_OK : lgs_edi_make_common(tree);
    if (rc == LGS_OK) {
        members[0].name = tree->names->message;
        rc = lgs_edi_make_message(tree, &members[0].value);
    }
    if (rc != LGS_OK) {
        return rc;
    }
    for (uint32_t i = 0; i < common->n_members; i++) {
        members[n++] = common->members[i];
    }
    tree->n_segments = (uint32_t)(fill.segment - segments);
    members[n].name = tree->names->segments;
    members[n++].value = (lgs_node_t){
        .u.items = segments, .n = tree->n_segments, .hash = fill.tags, .type = LGS_ARRAY};
    doc->root = (lgs_node_t){.u.members = members, .n = n, .offset = 0, .type = LGS_OBJECT};
    doc->head = common->head;
    doc->n_nodes = nodes_of(&fill, tree->n_segments) + common->n_nodes + members[0].value.n + n + 1;
    return LGS_OK;
}

lgs_rc_t lgs_edi_make_head(lgs_edi_tree_t *tree, const lgs_edi_segment_t *head,
                           const lgs_edi_marks_t *marks, uint32_t before, lgs_member_t *member)
{
    fill_t fill = {.tree = tree,
                   .arena = tree->common_arena,
                   .marks = marks,
                   .head = LGS_OFFSET_HEAD | before};

    if (!allocate(&fill, head, 1)) {
        return fill.rc == LGS_OK ? LGS_NOMEM : fill.rc;
    }
    fill_segment(&fill);
    if (fill.rc == LGS_OK) {
        *member = fill.tag[-1];
        tree->common->n_nodes += nodes_of(&fill, 1);
    }
    return fill.rc;
}

/* ---- room ---- */

static void count(const lgs_edi_tree_t *tree, const lgs_edi_segment_t *set, size_t *n_elements,
                  size_t *n_components)
{
    bool is_composite = tree->standard->is_composite;
    uint32_t elements = 0, components = 0;

    for (const lgs_edi_piece_t *piece = set->pieces; piece < set->pieces + set->n; piece++) {
        unsigned flags = piece->n_flags;

        elements += (flags & (LGS_EDI_ELEMENT | LGS_EDI_TERMINATOR)) != 0;
        components += is_composite ? lgs_edi_length(piece) != 0
                                   : (flags & LGS_EDI_COMPONENT ? 2 : 0);
    }
    *n_elements = elements;
    *n_components = components;
}

/* Of few pieces each may be an element and a component; of many the memory is worth a count. */
static bool allocate(fill_t *fill, const lgs_edi_segment_t *set, uint32_t n_segments)
{
    lgs_arena_t *arena = fill->arena;
    uint32_t max_nodes = fill->tree->limits->max_nodes;
    size_t n_elements = set->n, n_components = set->n;

    if (set->n > FEW_PIECES || 3 * set->n > max_nodes) {
        count(fill->tree, set, &n_elements, &n_components);
    }
    if (n_segments + n_elements + n_components > max_nodes) {
        fill->piece = set->pieces;
        limit(fill, "values", max_nodes);
        return false;
    }
    fill->segment = lgs_arena_alloc(arena, n_segments * sizeof(*fill->segment));
    fill->tag = lgs_arena_alloc(arena, n_segments * sizeof(*fill->tag));
    fill->element = lgs_arena_alloc(arena, n_elements * sizeof(*fill->element));
    /* one more: an empty one is written before it is seen that it is none */
    fill->component = lgs_arena_alloc(arena, (n_components + 1) * sizeof(*fill->component));
    fill->source = set->text.data;
    fill->piece = set->pieces;
    fill->end = set->pieces + set->n;
    fill->elements = fill->element;
    fill->n_nodes = 0;
    fill->is_composite = fill->tree->standard->is_composite;
    return fill->segment && fill->tag && fill->element && fill->component;
}

/* ---- segments ---- */

/* Where the tag is, if it is known. */
static inline lgs_edi_known_t *known_tag(const fill_t *fill, uint32_t word)
{
    return &fill->tree->names->known[lgs_edi_mix(word) / (UINT32_MAX / LGS_EDI_N_KNOWN + 1)];
}

/* fill->piece is at the segment's tag and goes behind its end. */
static void fill_segment(fill_t *fill)
{
    uint32_t offset = fill->head + fill->piece->at;
    lgs_member_t *tag = fill->tag, *elements = fill->element;
    const lgs_edi_known_t *known;
    lgs_str_t name;
    uint32_t word;

    fill_text(fill, &tag->name);
    name = lgs_str(tag->name.u.text, tag->name.n);
    if (LGS_UNLIKELY(name.len == 0 && lgs_edi_is_end(fill->piece))) {
        meet(fill, &fill->tree->blanks);
        fill->piece++;
        return;
    }
    word = lgs_edi_tag(name);
    known = known_tag(fill, word);
    tag->name.hash = LGS_LIKELY(known->tag == word) ? known->hash : learn_tag(fill, name, word);
    /* a tag with components: EDIFACT's explicit nesting, which nobody reads any more */
    while (!(fill->piece->n_flags & (LGS_EDI_ELEMENT | LGS_EDI_TERMINATOR))) {
        fill->piece++;
    }
    if (!lgs_edi_is_end(fill->piece++)) {
        if (fill->is_composite) {
            fill_composites(fill);
        } else if (LGS_UNLIKELY(fill->marks->is_x12 && lgs_edi_binary(name))) {
            fill_binary_segment(fill, lgs_edi_binary(name));
        } else {
            fill_elements(fill);
        }
    }
    tag->value = (lgs_node_t){.u.members = elements,
                              .n = (uint32_t)(fill->element - elements),
                              .offset = offset,
                              .type = LGS_OBJECT};
    *fill->segment = (lgs_node_t){
        .u.members = tag, .n = 1, .offset = offset, .hash = word, .type = LGS_OBJECT};
    fill->tags |= lgs_edi_tag_bit(word);
    fill->segment++;
    fill->tag++;
}

/* A capital, or a digit that is not the first. */
static inline bool is_tag_character(char c, bool is_first)
{
    return (unsigned char)(c - 'A') < 26 || (!is_first && (unsigned char)(c - '0') < 10);
}

/* Two characters or, as in the other standards, three. */
static inline bool check_tag(const fill_t *fill, lgs_str_t tag)
{
    return (tag.len == 3 || (tag.len == 2 && !fill->is_composite)) &&
           is_tag_character(tag.data[0], true) && is_tag_character(tag.data[1], false) &&
           is_tag_character(tag.data[tag.len - 1], false);
}

/* The hash of a tag that is not known yet; known is what is a proper one. */
static LGS_APART uint32_t learn_tag(fill_t *fill, lgs_str_t tag, uint32_t word)
{
    uint32_t hash = lgs_hash(tag.data, tag.len);

    if (check_tag(fill, tag)) {
        *known_tag(fill, word) = (lgs_edi_known_t){word, hash};
    } else {
        meet(fill, &fill->tree->tags);
    }
    return hash;
}

/*
 * fill->piece is at the first element and goes behind the last. An element that is not there has no
 * member. Nodes are written where they stay: one that is made elsewhere and copied costs ten times
 * as much, because the processor has to wait for its parts.
 */
static void fill_elements(fill_t *fill)
{
    const lgs_node_t *name = fill->tree->names->numbers;
    const lgs_node_t *end = fill->tree->names->end;
    const lgs_edi_piece_t *piece = fill->piece;
    const source_t source = source_of(fill);
    lgs_member_t *to = fill->element;
    unsigned flags;
    bool is_there;

    do {
        if (LGS_UNLIKELY(name == end)) {
            fill->piece = piece;
            end = more_elements(fill);
            if (end == NULL) {
                break;
            }
        }
        flags = piece->n_flags;
        if (LGS_LIKELY(!(flags & MORE))) {
            is_there = put_plain(source, piece++, &to->value);
        } else {
            fill->piece = piece;
            fill_special(fill, &to->value);
            if (LGS_UNLIKELY(fill->rc != LGS_OK)) {
                break;
            }
            piece = fill->piece;
            flags = piece[-1].n_flags;
            is_there = to->value.type != LGS_NULL;
        }
        to->name = *name++;
        to += is_there;
    } while (!(flags & LGS_EDI_TERMINATOR));
    fill->piece = piece;
    fill->element = to;
}

/* The same where element number `binary` is bytes of any kind, if it is the last. */
static void fill_binary_segment(fill_t *fill, uint32_t binary)
{
    const lgs_node_t *name = fill->tree->names->numbers;
    uint32_t n = 0;

    do {
        if (name + n == fill->tree->names->end && more_elements(fill) == NULL) {
            break;
        }
        fill->element->name = name[n++];
        if (n == binary && lgs_edi_is_end(fill->piece)) {
            fill_binary(fill, &fill->element->value);
        } else {
            fill_special(fill, &fill->element->value);
        }
        fill->element += fill->element->value.type != LGS_NULL;
    } while (!lgs_edi_is_end(fill->piece - 1) && fill->rc == LGS_OK);
}

/* The same where each element is an object of components. */
static void fill_composites(fill_t *fill)
{
    const lgs_node_t *names = fill->tree->names->numbers, *name = names;
    const lgs_node_t *end = fill->tree->names->end;
    const lgs_edi_piece_t *piece = fill->piece;
    const source_t source = source_of(fill);
    lgs_member_t *to = fill->element;
    unsigned flags;

    do {
        if (LGS_UNLIKELY(name == end)) {
            fill->piece = piece;
            end = more_elements(fill);
            if (end == NULL) {
                break;
            }
        }
        flags = piece->n_flags;
        if (LGS_LIKELY(!(flags & MORE))) { /* one component, as of most, or none */
            lgs_member_t *part = fill->component;

            part->name = names[0];
            put_object(&to->value, part, put_plain(source, piece, &part->value),
                       source.head + piece->at);
            fill->component += to->value.n;
            fill->n_nodes += to->value.n;
            piece++;
        } else {
            fill->piece = piece;
            fill_parts(fill, &to->value);
            piece = fill->piece;
            flags = piece[-1].n_flags;
        }
        to->name = *name++;
        to += to->value.type != LGS_NULL;
    } while (!(flags & LGS_EDI_TERMINATOR) && fill->rc == LGS_OK);
    fill->piece = piece;
    fill->element = to;
}

/* Of several components, or repeated. */
static void fill_parts(fill_t *fill, lgs_node_t *to)
{
    fill_composite(fill, to);
    if (LGS_UNLIKELY(fill->piece[-1].n_flags & LGS_EDI_REPETITION)) {
        fill_repetitions(fill, to);
    }
}

/* One that is more than the bytes of one piece. */
static void fill_special(fill_t *fill, lgs_node_t *to)
{
    fill_element(fill, to);
    if (LGS_UNLIKELY(fill->piece[-1].n_flags & LGS_EDI_REPETITION)) {
        fill_repetitions(fill, to);
    }
}

/* A text or a composite: fill->piece goes behind its last piece. */
static void fill_element(fill_t *fill, lgs_node_t *to)
{
    if (!fill->is_composite && !(fill->piece->n_flags & LGS_EDI_COMPONENT)) {
        fill_text(fill, to);
        fill->piece++;
    } else {
        fill_composite(fill, to);
    }
}

/* The first of them was read to `to`. One that is empty is a null among the others. */
static void fill_repetitions(fill_t *fill, lgs_node_t *to)
{
    const lgs_edi_piece_t *piece = fill->piece;
    lgs_node_t *items;
    uint32_t n = 2;

    while (!(piece->n_flags & (LGS_EDI_ELEMENT | LGS_EDI_TERMINATOR))) {
        n += (piece++->n_flags & LGS_EDI_REPETITION) != 0;
    }
    if (n > LGS_EDI_MAX_REPETITIONS) {
        limit(fill, "repetitions", LGS_EDI_MAX_REPETITIONS);
        return;
    }
    items = lgs_arena_alloc(fill->arena, n * sizeof(*items));
    if (items == NULL) {
        fill->rc = LGS_NOMEM;
        return;
    }
    items[0] = *to;
    for (uint32_t i = 1; i < n; i++) {
        fill_element(fill, &items[i]);
    }
    *to = (lgs_node_t){.u.items = items, .n = n, .offset = to->offset, .type = LGS_ARRAY};
    fill->n_nodes += n;
}

static void fill_composite(fill_t *fill, lgs_node_t *to)
{
    const lgs_node_t *name = fill->tree->names->numbers;
    const lgs_node_t *end = end_of_components(fill);
    const lgs_edi_piece_t *piece = fill->piece;
    lgs_member_t *members = fill->component, *next = members;
    const source_t source = source_of(fill);
    uint32_t offset = fill->head + piece->at, n;
    bool is_there;

    do {
        if (LGS_UNLIKELY(name == end)) {
            fill->piece = piece;
            end = more_components(fill);
            if (end == NULL) {
                break;
            }
        }
        if (LGS_UNLIKELY(piece->n_flags & ODD)) {
            fill->piece = piece;
            odd_text(fill, &next->value);
            is_there = next->value.type != LGS_NULL;
        } else {
            is_there = put_plain(source, piece, &next->value);
        }
        next->name = *name++;
        next += is_there;
    } while (piece++->n_flags & LGS_EDI_COMPONENT);
    n = (uint32_t)(next - members);
    fill->piece = piece;
    fill->component = next;
    fill->n_nodes += n;
    put_object(to, members, n, offset);
}

/* Of nothing nothing is made. */
static inline void put_object(lgs_node_t *to, const lgs_member_t *members, uint32_t n,
                              uint32_t offset)
{
    to->u.members = members;
    to->n = n;
    to->offset = offset;
    to->hash = 0;
    to->type = n ? LGS_OBJECT : LGS_NULL;
    to->flags = 0;
}

/* ---- texts ---- */

static inline source_t source_of(const fill_t *fill)
{
    return (source_t){fill->source, fill->head};
}

/* The source's own bytes; false: there are none, and what is written is not to be kept. */
static inline bool put_plain(source_t source, const lgs_edi_piece_t *piece, lgs_node_t *to)
{
    uint32_t at = piece->at, flags = piece->n_flags;

    to->u.text = source.text + at;
    to->n = flags >> 8;
    to->offset = source.head + at;
    to->hash = 0;
    to->type = LGS_STRING;
    to->flags = LGS_NODE_PLAIN;
    return flags > 0xff;
}

static inline void fill_text(fill_t *fill, lgs_node_t *to)
{
    if (LGS_UNLIKELY(fill->piece->n_flags & ODD)) {
        odd_text(fill, to);
    } else if (LGS_UNLIKELY(!put_plain(source_of(fill), fill->piece, to))) {
        to->type = LGS_NULL;
    }
}

static void odd_text(fill_t *fill, lgs_node_t *to)
{
    const lgs_edi_piece_t *piece = fill->piece;
    uint32_t n_bad = 0;
    lgs_str_t text = lgs_edi_text(fill->marks, fill->tree->charset, lgs_str(fill->source, 0), piece,
                                  fill->arena, &n_bad);

    if (text.data == NULL) {
        fill->rc = LGS_NOMEM;
    }
    if (piece->n_flags & LGS_EDI_BREAK && !fill->marks->wraps) {
        meet(fill, &fill->tree->breaks);
    }
    if (piece->n_flags & LGS_EDI_HIGH) {
        meet(fill, &fill->tree->highs);
    }
    if (n_bad) {
        meet(fill, &fill->tree->bad_bytes);
    }
    *to = (lgs_node_t){.u.text = text.data,
                       .n = (uint32_t)text.len,
                       .offset = fill->head + piece->at,
                       .type = text.len ? LGS_STRING : LGS_NULL};
}

/* Bytes of any kind: as base64url, for a tree has only texts. */
static void fill_binary(fill_t *fill, lgs_node_t *to)
{
    const lgs_edi_piece_t *piece = fill->piece++;
    lgs_str_t text = lgs_base64url_encode(fill->arena, (const uint8_t *)fill->source + piece->at,
                                          lgs_edi_length(piece));

    if (text.data == NULL) {
        fill->rc = LGS_NOMEM;
    }
    *to = (lgs_node_t){.u.text = text.data,
                       .n = (uint32_t)text.len,
                       .offset = fill->head + piece->at,
                       .type = text.len ? LGS_STRING : LGS_NULL,
                       .flags = LGS_NODE_PLAIN};
}

/* ---- names ---- */

/* Where those end once there are more of them; NULL: so many elements there may not be. */
static const lgs_node_t *more_elements(fill_t *fill)
{
    if (lgs_edi_more_names(fill->tree->names) != LGS_OK) {
        limit(fill, "elements", LGS_EDI_MAX_ELEMENTS);
        return NULL;
    }
    return fill->tree->names->end;
}

/* Of the same names an element has fewer. */
static inline const lgs_node_t *end_of_components(const fill_t *fill)
{
    const lgs_edi_names_t *names = fill->tree->names;
    const lgs_node_t *last = names->numbers + LGS_EDI_MAX_COMPONENTS;

    return names->end < last ? names->end : last;
}

static const lgs_node_t *more_components(fill_t *fill)
{
    const lgs_edi_names_t *names = fill->tree->names;

    if (names->end - names->numbers >= LGS_EDI_MAX_COMPONENTS ||
        lgs_edi_more_names(fill->tree->names) != LGS_OK) {
        limit(fill, "components", LGS_EDI_MAX_COMPONENTS);
        return NULL;
    }
    return end_of_components(fill);
}

static void limit(fill_t *fill, const char *what, uint32_t most)
{
    /* a head's pieces are not among those of the set */
    fill->tree->at = fill->head ? 0 : (uint32_t)(fill->piece - fill->tree->set.pieces);
    fill->tree->what = what;
    fill->tree->limit = most;
    fill->rc = LGS_LIMIT;
}

static void meet(fill_t *fill, lgs_edi_met_t *met)
{
    if (fill->head == 0 && met->n++ == 0) {
        met->piece = (uint32_t)(fill->piece - fill->tree->set.pieces);
    }
}
