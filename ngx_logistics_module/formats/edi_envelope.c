/*
 * What stands around a set in its tree: the heads that it came under, and "message", which says in
 * the same words in all standards what a mapping asks an envelope for. Most of it is made once for
 * all sets between two heads (lgs_edi_common_t).
 */
#include "edi_tree.h"
#include "scan.h"

/* A member of "message": a value of one of the heads. */
typedef struct lgs_edi_fact_s {
    const char *name;
    lgs_edi_level_t level;
    lgs_edi_place_t place;
    enum { ALL, FIRST_6, BEHIND_6, DOTTED, IS_T, IS_1 } part; /* DOTTED: with the next component */
} fact_t;

static lgs_rc_t make_heads(lgs_edi_tree_t *tree, const lgs_edi_marks_t *marks,
                           lgs_edi_segment_t *heads);
static lgs_rc_t make_said(lgs_edi_tree_t *tree, const lgs_edi_marks_t *marks,
                          const lgs_edi_segment_t *heads);
static lgs_rc_t make_fact(const lgs_edi_tree_t *tree, const fact_t *fact,
                          const lgs_edi_segment_t *from, const lgs_edi_marks_t *marks,
                          lgs_arena_t *arena, lgs_node_t *value);

static const fact_t x12_facts[] = {
    {"type", LGS_EDI_SET, {1, 1}, ALL},
    {"version", LGS_EDI_GROUP, {8, 1}, FIRST_6},
    {"association", LGS_EDI_GROUP, {8, 1}, BEHIND_6},
    {"control", LGS_EDI_SET, {2, 1}, ALL},
    {"group", LGS_EDI_GROUP, {6, 1}, ALL},
    {"group_type", LGS_EDI_GROUP, {1, 1}, ALL},
    {"interchange", LGS_EDI_INTERCHANGE, {13, 1}, ALL},
    {"sender_qualifier", LGS_EDI_INTERCHANGE, {5, 1}, ALL},
    {"sender", LGS_EDI_INTERCHANGE, {6, 1}, ALL},
    {"receiver_qualifier", LGS_EDI_INTERCHANGE, {7, 1}, ALL},
    {"receiver", LGS_EDI_INTERCHANGE, {8, 1}, ALL},
    {"test", LGS_EDI_INTERCHANGE, {15, 1}, IS_T},
};
static const fact_t edifact_facts[] = {
    {"type", LGS_EDI_SET, {2, 1}, ALL},
    {"version", LGS_EDI_SET, {2, 2}, DOTTED}, /* D.96A */
    {"agency", LGS_EDI_SET, {2, 4}, ALL},
    {"association", LGS_EDI_SET, {2, 5}, ALL},
    {"control", LGS_EDI_SET, {1, 1}, ALL},
    {"group", LGS_EDI_GROUP, {5, 1}, ALL},
    {"interchange", LGS_EDI_INTERCHANGE, {5, 1}, ALL},
    {"sender", LGS_EDI_INTERCHANGE, {2, 1}, ALL},
    {"sender_qualifier", LGS_EDI_INTERCHANGE, {2, 2}, ALL},
    {"receiver", LGS_EDI_INTERCHANGE, {3, 1}, ALL},
    {"receiver_qualifier", LGS_EDI_INTERCHANGE, {3, 2}, ALL},
    {"test", LGS_EDI_INTERCHANGE, {11, 1}, IS_1},
};
static const fact_t tradacoms_facts[] = {
    {"type", LGS_EDI_SET, {2, 1}, ALL},           {"version", LGS_EDI_SET, {2, 2}, ALL},
    {"control", LGS_EDI_SET, {1, 1}, ALL},        {"interchange", LGS_EDI_INTERCHANGE, {5, 1}, ALL},
    {"sender", LGS_EDI_INTERCHANGE, {2, 1}, ALL}, {"receiver", LGS_EDI_INTERCHANGE, {3, 1}, ALL},
};
static const struct {
    const fact_t *facts;
    uint32_t n;
} facts_of[LGS_EDI_N_STANDARDS] = {
    [LGS_EDI_X12] = {x12_facts, LGS_N(x12_facts)},
    [LGS_EDI_EDIFACT] = {edifact_facts, LGS_N(edifact_facts)},
    [LGS_EDI_TRADACOMS] = {tradacoms_facts, LGS_N(tradacoms_facts)},
};

#define FIRST_NUMBERS 16u /* most segments have no more elements */
_Static_assert(FIRST_NUMBERS << 4 == LGS_EDI_MAX_ELEMENTS,
               "they double up to exactly as many as there may be");

_Static_assert(LGS_N(x12_facts) < LGS_EDI_MAX_FACTS && LGS_N(edifact_facts) < LGS_EDI_MAX_FACTS,
               "every fact has a place behind the standard's name");

static lgs_node_t make_name(lgs_str_t text)
{
    lgs_node_t name = lgs_node_string(text, LGS_NO_OFFSET, LGS_NODE_PLAIN);

    name.hash = lgs_hash(text.data, text.len);
    return name;
}

/* "01" or "0", as guides count; no printf, for a request of one set makes them, too. */
static lgs_str_t write_number(char text[4], uint32_t number, bool has_two_digits)
{
    size_t n = 0;

    if (number >= 100) {
        text[n++] = (char)('0' + number / 100);
    }
    if (number >= 10 || has_two_digits) {
        text[n++] = (char)('0' + number / 10 % 10);
    }
    text[n++] = (char)('0' + number % 10);
    return lgs_str(text, n);
}

static void make_numbers(lgs_edi_names_t *names, uint32_t n)
{
    uint32_t from = names->counts_from_zero ? 0 : 1;

    for (uint32_t i = (uint32_t)(names->end - names->numbers); i < n; i++) {
        *names->end++ = make_name(write_number(names->texts[i], i + from, from));
    }
}

void lgs_edi_names(lgs_edi_names_t *names, const lgs_edi_standard_t *standard)
{
    names->counts_from_zero = standard->counts_from_zero;
    names->end = names->numbers;
    make_numbers(names, FIRST_NUMBERS);
    names->message = make_name(LGS_STR("message"));
    names->segments = make_name(LGS_STR("segments"));
    for (uint32_t i = 0; i < LGS_EDI_N_KNOWN; i++) {
        names->known[i].tag = UINT32_MAX;
    }
}

lgs_rc_t lgs_edi_more_names(lgs_edi_names_t *names)
{
    uint32_t n = (uint32_t)(names->end - names->numbers);

    if (n == LGS_EDI_MAX_ELEMENTS) {
        return LGS_LIMIT;
    }
    make_numbers(names, 2 * n);
    return LGS_OK;
}

/* ---- once for all sets between two heads ---- */

lgs_rc_t lgs_edi_make_common(lgs_edi_tree_t *tree)
{
    lgs_edi_common_t *common = tree->common;
    lgs_edi_segment_t heads[LGS_EDI_SET] = {{.n = 0}};
    lgs_edi_marks_t marks = tree->syntax->marks;
    lgs_rc_t rc;

    marks.wraps = true; /* a line end within a header is never data */
    rc = make_heads(tree, &marks, heads);
    if (rc == LGS_OK) {
        rc = make_said(tree, &marks, heads);
    }
    common->is_made = rc == LGS_OK;
    return rc;
}

/*
 * ISA and GS, UNB and UNG: as members with their tags as names. Their bytes are copied, for the
 * reader's own change with the next interchange.
 */
static lgs_rc_t make_heads(lgs_edi_tree_t *tree, const lgs_edi_marks_t *marks,
                           lgs_edi_segment_t *heads)
{
    lgs_edi_common_t *common = tree->common;
    const lgs_head_t **link = &common->head;
    uint32_t before = 0;

    common->n_members = common->n_nodes = 0;
    for (unsigned level = 0; level < LGS_EDI_SET; level++) {
        lgs_edi_segment_t *head = &heads[level];
        lgs_rc_t rc;

        *head = tree->units[level].head;
        if (head->n == 0) {
            continue;
        }
        head->text = lgs_arena_str(tree->common_arena, head->text);
        if (head->text.data == NULL) {
            return LGS_NOMEM;
        }
        rc = lgs_edi_make_head(tree, head, marks, before, &common->members[common->n_members]);
        if (rc != LGS_OK) {
            return rc;
        }
        common->n_members++;
        common->heads[level] = (lgs_head_t){head->text, tree->bases[level], NULL};
        *link = &common->heads[level];
        link = &common->heads[level].next;
        before += (uint32_t)head->text.len;
    }
    *link = NULL;
    return LGS_OK;
}

/* What is not there has no member; what is the set's own has one without a value. */
static lgs_rc_t make_said(lgs_edi_tree_t *tree, const lgs_edi_marks_t *marks,
                          const lgs_edi_segment_t *heads)
{
    size_t which = (size_t)(tree->standard - lgs_edi_standards);
    lgs_edi_common_t *common = tree->common;
    lgs_member_t *said = common->said;

    common->n_own = 0;
    said->name = make_name(LGS_STR("standard"));
    said++->value = lgs_node_string(lgs_cstr(tree->standard->name), 0, LGS_NODE_PLAIN);
    for (uint32_t i = 0; i < facts_of[which].n; i++) {
        const fact_t *fact = &facts_of[which].facts[i];
        bool is_own = fact->level == LGS_EDI_SET;

        said->name = make_name(lgs_cstr(fact->name));
        said->value = lgs_node_null(0);
        if (is_own) {
            common->own[common->n_own++] = (lgs_edi_own_t){(uint32_t)(said - common->said), fact};
        } else if (make_fact(tree, fact, &heads[fact->level], marks, tree->common_arena,
                             &said->value) != LGS_OK) {
            return LGS_NOMEM;
        }
        said += is_own || said->value.type != LGS_NULL;
    }
    common->n_said = (uint32_t)(said - common->said);
    return LGS_OK;
}

/* ---- of each set ---- */

lgs_rc_t lgs_edi_make_message(const lgs_edi_tree_t *tree, lgs_node_t *message)
{
    const lgs_edi_common_t *common = tree->common;
    uint32_t n = common->n_said;
    lgs_member_t *members = lgs_arena_alloc(tree->arena, n * sizeof(*members));

    if (members == NULL) {
        return LGS_NOMEM;
    }
    memcpy(members, common->said, n * sizeof(*members));
    for (uint32_t i = common->n_own; i-- > 0;) { /* from behind: one may be cut out */
        const lgs_edi_own_t *own = &common->own[i];
        lgs_member_t *member = &members[own->at];

        if (make_fact(tree, own->fact, &tree->set, &tree->syntax->marks, tree->arena,
                      &member->value) != LGS_OK) {
            return LGS_NOMEM;
        }
        if (LGS_UNLIKELY(member->value.type == LGS_NULL)) {
            n--;
            memmove(member, member + 1, (n - own->at) * sizeof(*member));
        }
    }
    *message = (lgs_node_t){.u.members = members, .n = n, .offset = 0, .type = LGS_OBJECT};
    return LGS_OK;
}

/* ---- facts ---- */

/* D and 96A are D.96A. */
static lgs_str_t add_next(const lgs_edi_tree_t *tree, const lgs_edi_segment_t *from,
                          const fact_t *fact, lgs_str_t text, lgs_arena_t *arena)
{
    const lgs_edi_piece_t *piece = lgs_edi_find(from, fact->place.element,
                                                fact->place.component + 1);
    uint32_t n_bad = 0;
    lgs_str_t next = LGS_STR("");
    char *both;

    if (piece) {
        next = lgs_edi_text(&tree->syntax->marks, tree->charset, from->text, piece, arena, &n_bad);
    }
    both = next.data ? lgs_arena_alloc(arena, text.len + 1 + next.len) : NULL;
    if (both == NULL) {
        return lgs_str(NULL, 0);
    }
    memcpy(both, text.data, text.len); /* once a message: printf costs twenty times this */
    both[text.len] = '.';
    memcpy(both + text.len + 1, next.data, next.len);
    return lgs_str(both, text.len + 1 + next.len);
}

/* The bytes of a set's piece as they are, which most facts of a set are; false: it takes more. */
static inline bool put_bytes(const fact_t *fact, lgs_str_t source, const lgs_edi_piece_t *piece,
                             lgs_node_t *value)
{
    lgs_str_t text;

    if (piece == NULL || fact->level != LGS_EDI_SET || fact->part != ALL ||
        piece->n_flags & (LGS_EDI_RELEASE | LGS_EDI_HIGH | LGS_EDI_BREAK)) {
        return false;
    }
    text = lgs_str(source.data + piece->at, lgs_edi_length(piece));
    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    *value = (lgs_node_t){.u.text = text.data,
                          .n = (uint32_t)text.len,
                          .type = text.len ? LGS_STRING : LGS_NULL,
                          .flags = piece->n_flags & LGS_EDI_ODD ? 0 : LGS_NODE_PLAIN};
    return true;
}

static lgs_rc_t make_fact(const lgs_edi_tree_t *tree, const fact_t *fact,
                          const lgs_edi_segment_t *from, const lgs_edi_marks_t *marks,
                          lgs_arena_t *arena, lgs_node_t *value)
{
    const lgs_edi_piece_t *piece = lgs_edi_find(from, fact->place.element, fact->place.component);
    lgs_str_t text = {NULL, 0};
    uint32_t n_bad = 0;

    if (LGS_LIKELY(put_bytes(fact, from->text, piece, value))) {
        return LGS_OK;
    }
    *value = lgs_node_null(0);
    if (piece) {
        text = lgs_edi_text(marks, tree->charset, from->text, piece, arena, &n_bad);
        if (text.data == NULL) {
            return LGS_NOMEM;
        }
    }
    if (fact->part == DOTTED && text.len) {
        text = add_next(tree, from, fact, text, arena);
        if (text.data == NULL) {
            return LGS_NOMEM;
        }
    }
    if (fact->part == FIRST_6 && text.len > 6) {
        text.len = 6;
    } else if (fact->part == BEHIND_6) {
        text = text.len > 6 ? lgs_str(text.data + 6, text.len - 6) : LGS_STR("");
    }
    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    if (fact->part == IS_T || fact->part == IS_1) {
        *value = lgs_node_bool(lgs_str_is(text, fact->part == IS_T ? "T" : "1"), 0);
    } else if (text.len) {
        bool is_plain = lgs_scan_plain(text.data, text.data + text.len) == text.data + text.len;

        *value = lgs_node_string(text, 0, is_plain ? LGS_NODE_PLAIN : 0);
    }
    return LGS_OK;
}
