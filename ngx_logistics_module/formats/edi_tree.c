/*
 * The tree of one transaction set or message. Counts first, so that the members of a segment's
 * elements and of an element's components stand side by side in two blocks; then fills them.
 */
#include "edi_tree.h"

#include "../base/base64.h"

#include <stdio.h>

typedef struct {
    lgs_edi_tree_t *tree;
    lgs_arena_t *arena;
    const lgs_edi_marks_t *marks;
    const char *source;
    const lgs_edi_piece_t *piece, *end;
    lgs_node_t *segment;
    lgs_member_t *tag;       /* the next of the members of segments */
    lgs_member_t *element;   /* of elements */
    lgs_member_t *component; /* of components */
    uint32_t tags;           /* a bit for each of the segments' */
    uint32_t n_nodes;
    uint32_t head; /* added to offsets: of a segment that stands in the document's head */
    lgs_rc_t rc;
} fill_t;

static void count(const lgs_edi_tree_t *tree, const lgs_edi_segment_t *set, fill_t *fill,
                  size_t *n_elements, size_t *n_components);
static bool allocate(fill_t *fill, const lgs_edi_segment_t *set);
static void fill_segment(fill_t *fill);
static bool check_tag(const fill_t *fill, lgs_str_t tag);
static void fill_element(fill_t *fill, lgs_node_t *to);
static void fill_repetitions(fill_t *fill, lgs_node_t *to);
static void fill_composite(fill_t *fill, lgs_node_t *to);
static inline void fill_text(fill_t *fill, lgs_node_t *to);
static void slow_text(fill_t *fill, lgs_node_t *to);
static void fill_binary(fill_t *fill, lgs_node_t *to);
static void limit(fill_t *fill, const char *what, uint32_t most);
static void meet(fill_t *fill, lgs_edi_met_t *met);

lgs_rc_t lgs_edi_make_tree(lgs_edi_tree_t *tree, lgs_doc_t *doc)
{
    fill_t fill = {.tree = tree, .arena = tree->arena, .marks = &tree->syntax->marks};
    const lgs_edi_common_t *common = tree->common;
    lgs_member_t *members = lgs_arena_alloc(tree->arena, 4 * sizeof(*members));
    lgs_node_t *segments;
    uint32_t n = 1;
    lgs_rc_t rc;

    if (members == NULL || !allocate(&fill, &tree->set)) {
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
    doc->n_nodes = fill.n_nodes + common->n_nodes + members[0].value.n + n + 1;
    return LGS_OK;
}

lgs_rc_t lgs_edi_make_head(lgs_edi_tree_t *tree, const lgs_edi_segment_t *head,
                           const lgs_edi_marks_t *marks, uint32_t before, lgs_member_t *member)
{
    fill_t fill = {.tree = tree,
                   .arena = tree->common_arena,
                   .marks = marks,
                   .head = LGS_OFFSET_HEAD | before};

    if (!allocate(&fill, head)) {
        return fill.rc == LGS_OK ? LGS_NOMEM : fill.rc;
    }
    fill_segment(&fill);
    if (fill.rc == LGS_OK) {
        *member = fill.tag[-1];
        tree->common->n_nodes += fill.n_nodes;
    }
    return fill.rc;
}

/* ---- room ---- */

static void count(const lgs_edi_tree_t *tree, const lgs_edi_segment_t *set, fill_t *fill,
                  size_t *n_elements, size_t *n_components)
{
    bool is_composite = tree->standard->is_composite;
    uint32_t elements = 0, components = 0, segments = 0;

    for (const lgs_edi_piece_t *piece = set->pieces; piece < set->pieces + set->n; piece++) {
        unsigned flags = piece->n_flags;

        segments += (flags & LGS_EDI_TERMINATOR) != 0;
        elements += (flags & (LGS_EDI_ELEMENT | LGS_EDI_TERMINATOR)) != 0;
        components += is_composite ? lgs_edi_length(piece) != 0
                                   : (flags & LGS_EDI_COMPONENT ? 2 : 0);
    }
    fill->n_nodes = segments;
    *n_elements = elements;
    *n_components = components;
}

static bool allocate(fill_t *fill, const lgs_edi_segment_t *set)
{
    lgs_arena_t *arena = fill->arena;
    size_t n_elements, n_components, n_segments;

    count(fill->tree, set, fill, &n_elements, &n_components);
    n_segments = fill->n_nodes;
    if (n_segments + n_elements + n_components > fill->tree->limits->max_nodes) {
        fill->piece = set->pieces;
        limit(fill, "values", fill->tree->limits->max_nodes);
        return false;
    }
    fill->segment = lgs_arena_alloc(arena, n_segments * sizeof(*fill->segment));
    fill->tag = lgs_arena_alloc(arena, n_segments * sizeof(*fill->tag));
    fill->element = lgs_arena_alloc(arena, n_elements * sizeof(*fill->element));
    fill->component = lgs_arena_alloc(arena, n_components * sizeof(*fill->component));
    fill->source = set->text.data;
    fill->piece = set->pieces;
    fill->end = set->pieces + set->n;
    fill->n_nodes = 0;
    return fill->segment && fill->tag && fill->element && fill->component;
}

/* ---- segments ---- */

/* fill->piece is at the segment's tag and goes behind its end. */
static void fill_segment(fill_t *fill)
{
    const lgs_edi_piece_t *tag = fill->piece;
    lgs_member_t *elements = fill->element;
    lgs_node_t name;
    uint32_t n = 0;
    uint32_t binary;
    bool is_end = lgs_edi_is_end(tag);

    fill_text(fill, &name);
    if (name.n == 0 && is_end) {
        meet(fill, &fill->tree->blanks);
        fill->piece++;
        return;
    }
    name.hash = lgs_hash(name.u.text, name.n);
    if (LGS_UNLIKELY(!check_tag(fill, lgs_str(name.u.text, name.n)))) {
        meet(fill, &fill->tree->tags);
    }
    /* a tag with components: EDIFACT's explicit nesting, which nobody reads any more */
    while (!(fill->piece->n_flags & (LGS_EDI_ELEMENT | LGS_EDI_TERMINATOR))) {
        fill->piece++;
    }
    is_end = lgs_edi_is_end(fill->piece++);
    binary = fill->marks->is_x12 ? lgs_edi_binary(lgs_str(name.u.text, name.n)) : 0;
    for (; !is_end && fill->rc == LGS_OK; n++) {
        if (n == LGS_EDI_MAX_ELEMENTS) {
            limit(fill, "elements", LGS_EDI_MAX_ELEMENTS);
            return;
        }
        if (LGS_UNLIKELY(n + 1 == binary) && lgs_edi_is_end(fill->piece)) {
            fill_binary(fill, &fill->element->value);
        } else {
            fill_element(fill, &fill->element->value);
        }
        is_end = lgs_edi_is_end(&fill->piece[-1]);
        fill->element->name = fill->tree->names->numbers[n];
        fill->element += fill->element->value.type != LGS_NULL;
    }
    fill->tag->name = name;
    fill->tag->value = (lgs_node_t){.u.members = elements,
                                    .n = (uint32_t)(fill->element - elements),
                                    .offset = fill->head + tag->at,
                                    .type = LGS_OBJECT};
    *fill->segment = (lgs_node_t){.u.members = fill->tag++,
                                  .n = 1,
                                  .offset = fill->head + tag->at,
                                  .hash = lgs_edi_tag(lgs_str(name.u.text, name.n)),
                                  .type = LGS_OBJECT};
    fill->tags |= lgs_edi_tag_bit(fill->segment++->hash);
    fill->n_nodes += 2 + (uint32_t)(fill->element - elements);
}

static bool check_tag(const fill_t *fill, lgs_str_t tag)
{
    if (tag.len < 2 || tag.len > 3 || (fill->tree->standard->is_composite && tag.len != 3)) {
        return false;
    }
    for (size_t i = 0; i < tag.len; i++) {
        char c = tag.data[i];

        if (!((c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return true;
}

/*
 * fill->piece is at the element's first piece and goes behind its last. A null: it is not there.
 * Nodes are written where they stay: one that is made elsewhere and copied costs ten times as much,
 * because the processor has to wait for its parts.
 */
static void fill_element(fill_t *fill, lgs_node_t *to)
{
    if (!fill->tree->standard->is_composite && !(fill->piece->n_flags & LGS_EDI_COMPONENT)) {
        fill_text(fill, to);
        fill->piece++;
    } else {
        fill_composite(fill, to);
    }
    if (LGS_UNLIKELY(fill->piece[-1].n_flags & LGS_EDI_REPETITION)) {
        fill_repetitions(fill, to);
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
        if (!fill->tree->standard->is_composite && !(fill->piece->n_flags & LGS_EDI_COMPONENT)) {
            fill_text(fill, &items[i]);
            fill->piece++;
        } else {
            fill_composite(fill, &items[i]);
        }
    }
    *to = (lgs_node_t){.u.items = items, .n = n, .offset = to->offset, .type = LGS_ARRAY};
    fill->n_nodes += n;
}

static void fill_composite(fill_t *fill, lgs_node_t *to)
{
    lgs_member_t *members = fill->component;
    uint32_t offset = fill->head + fill->piece->at, n = 0;
    unsigned flags;

    do {
        flags = fill->piece->n_flags;
        if (LGS_UNLIKELY(n == LGS_EDI_MAX_COMPONENTS)) {
            limit(fill, "components", LGS_EDI_MAX_COMPONENTS);
            return;
        }
        if (lgs_edi_length(fill->piece)) {
            fill_text(fill, &fill->component->value);
            fill->component->name = fill->tree->names->numbers[n];
            fill->component += fill->component->value.type != LGS_NULL;
        }
        n++;
        fill->piece++;
    } while (flags & LGS_EDI_COMPONENT);
    n = (uint32_t)(fill->component - members);
    fill->n_nodes += n;
    to->u.members = members;
    to->n = n;
    to->offset = offset;
    to->hash = 0;
    to->type = n ? LGS_OBJECT : LGS_NULL;
    to->flags = 0;
}

/* ---- texts ---- */

static inline void fill_text(fill_t *fill, lgs_node_t *to)
{
    const lgs_edi_piece_t *piece = fill->piece;
    unsigned flags = piece->n_flags;

    if (LGS_UNLIKELY(flags & (LGS_EDI_RELEASE | LGS_EDI_HIGH | LGS_EDI_BREAK))) {
        slow_text(fill, to);
        return;
    }
    to->u.text = fill->source + piece->at;
    to->n = flags >> 8;
    to->offset = fill->head + piece->at;
    to->hash = 0;
    to->type = flags >> 8 ? LGS_STRING : LGS_NULL;
    to->flags = flags & LGS_EDI_ODD ? 0 : LGS_NODE_PLAIN;
}

static void slow_text(fill_t *fill, lgs_node_t *to)
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
