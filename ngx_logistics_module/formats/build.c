/*
 * The builder (build.h, build_inline.h): limits, duplicate members, the order of large objects.
 * Results live in the arena, the stacks in the scratch arena once they outgrow the builder.
 */
#include "build_inline.h"

#include "index.h"
#include "json.h"

/* What a caller of the events did wrong; no document can cause it. */
#define ORDER_CODE "builder-order"

const lgs_tree_limits_t lgs_tree_limits_default = {
    .max_depth = LGS_DEFAULT_MAX_DEPTH,
    .max_nodes = LGS_DEFAULT_MAX_NODES,
    .max_members = LGS_MAX_MEMBERS,
    .max_text = LGS_MAX_TEXT,
};

static lgs_rc_t out_of_order(const lgs_build_t *build, uint32_t offset, const char *what,
                             lgs_errs_t *errs);
static bool takes_value(const lgs_build_t *build);
static bool takes_name(const lgs_build_t *build);
static uint32_t find_duplicate(const lgs_member_t *members, uint32_t n);
static lgs_rc_t index_members(lgs_build_t *build, const lgs_member_t *members, uint32_t n,
                              uint32_t *order, uint32_t *duplicate);
static lgs_rc_t refuse_duplicate(const lgs_build_t *build, const lgs_node_t *name,
                                 lgs_errs_t *errs);
static lgs_pos_t at_offset(uint32_t offset);

lgs_build_t *lgs_build_create(lgs_arena_t *arena, lgs_arena_t *scratch,
                              const lgs_tree_limits_t *limits)
{
    lgs_build_t *build = lgs_arena_alloc(scratch, sizeof(*build));

    if (build) {
        lgs_build_init(build, arena, scratch, limits);
    }
    return build;
}

void lgs_build_init(lgs_build_t *build, lgs_arena_t *arena, lgs_arena_t *scratch,
                    const lgs_tree_limits_t *limits)
{
    build->arena = arena;
    build->scratch = scratch;
    build->limits = limits ? *limits : lgs_tree_limits_default;
    if (build->limits.max_depth > LGS_MAX_DEPTH) {
        build->limits.max_depth = LGS_MAX_DEPTH;
    }
    build->nodes = build->top = build->first_nodes;
    build->limit = build->nodes + LGS_BUILD_FIRST_NODES;
    build->frames = build->first_frames;
    build->depth = 0;
    build->max_frames = build->limits.max_depth < LGS_BUILD_FIRST_FRAMES ? build->limits.max_depth
                                                                         : LGS_BUILD_FIRST_FRAMES;
    build->n_nodes = 0;
}

lgs_rc_t lgs_build_open(lgs_build_t *build, lgs_type_t type, uint32_t offset, lgs_errs_t *errs)
{
    if (!takes_value(build)) {
        return out_of_order(build, offset, "a container", errs);
    }
    return lgs_build_open_inline(build, type, offset, errs);
}

lgs_rc_t lgs_build_close(lgs_build_t *build, lgs_errs_t *errs)
{
    if (build->depth == 0 ||
        (build->frames[build->depth - 1].type == LGS_OBJECT && !takes_name(build))) {
        return out_of_order(build, LGS_NO_OFFSET, "an end", errs);
    }
    return lgs_build_close_inline(build, errs);
}

lgs_rc_t lgs_build_name(lgs_build_t *build, lgs_str_t name, uint32_t offset, uint8_t flags,
                        lgs_errs_t *errs)
{
    lgs_rc_t rc;

    if (!takes_name(build)) {
        return out_of_order(build, offset, "a name", errs);
    }
    if (name.len > build->limits.max_text) {
        return lgs_build_too_long(build, offset, errs);
    }
    rc = lgs_build_name_room(build, offset, errs);
    if (rc == LGS_OK) {
        *build->top = lgs_node_string(name, offset, flags);
        build->top->hash = lgs_hash(name.data, name.len);
        build->top++;
    }
    return rc;
}

lgs_rc_t lgs_build_value(lgs_build_t *build, lgs_node_t value, lgs_errs_t *errs)
{
    lgs_rc_t rc;

    if (!takes_value(build)) {
        return out_of_order(build, value.offset, "a value", errs);
    }
    if ((value.type == LGS_STRING || value.type == LGS_NUMBER) &&
        value.n > build->limits.max_text) {
        return lgs_build_too_long(build, value.offset, errs);
    }
    rc = lgs_build_room(build, value.offset, errs);
    if (rc == LGS_OK) {
        *build->top = value;
        lgs_build_keep(build);
    }
    return rc;
}

lgs_node_t lgs_node_null(uint32_t offset)
{
    return (lgs_node_t){.offset = offset, .type = LGS_NULL};
}

lgs_node_t lgs_node_bool(bool truth, uint32_t offset)
{
    return (lgs_node_t){.u.truth = truth, .offset = offset, .type = LGS_BOOL};
}

lgs_node_t lgs_node_number(lgs_str_t text, uint32_t offset)
{
    return (lgs_node_t){.u.text = text.data,
                        .n = (uint32_t)text.len,
                        .offset = offset,
                        .type = LGS_NUMBER,
                        .flags = LGS_NODE_PLAIN};
}

lgs_node_t lgs_node_string(lgs_str_t text, uint32_t offset, uint8_t flags)
{
    return (lgs_node_t){.u.text = text.data,
                        .n = (uint32_t)text.len,
                        .offset = offset,
                        .type = LGS_STRING,
                        .flags = flags};
}

lgs_node_t lgs_build_root(const lgs_build_t *build)
{
    return build->depth == 0 && build->top > build->nodes ? build->nodes[0]
                                                          : lgs_node_null(LGS_NO_OFFSET);
}

uint32_t lgs_build_count(const lgs_build_t *build)
{
    return build->n_nodes;
}

lgs_str_t lgs_build_pointer(const lgs_build_t *build, lgs_arena_t *arena)
{
    return lgs_build_path(build, arena, true);
}

lgs_str_t lgs_build_path(const lgs_build_t *build, lgs_arena_t *arena, bool value_due)
{
    uint32_t top = (uint32_t)(build->top - build->nodes);
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    for (uint32_t i = 0; i < build->depth; i++) {
        const lgs_build_frame_t *frame = &build->frames[i];
        bool is_innermost = i + 1 == build->depth;
        /* where the child that is open, or due, has its node or will have it */
        uint32_t child = is_innermost ? top : build->frames[i + 1].start;

        if (is_innermost && !value_due) {
            break;
        }
        if (frame->type == LGS_ARRAY) {
            lgs_pointer_add_index(&buf, child - frame->start);
        } else if ((child - frame->start) % 2) {
            lgs_pointer_add(&buf, lgs_node_text(&build->nodes[child - 1]));
        }
    }
    return lgs_buf_text(&buf);
}

lgs_build_word_t lgs_build_word(lgs_str_t name)
{
    lgs_build_word_t word;
    size_t n = name.len < 64 ? name.len : 64;

    while (n && n < name.len && ((unsigned char)name.data[n] & 0xc0) == 0x80) {
        n--; /* not in the middle of a character */
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name.data[i];

        word.text[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    memcpy(word.text + n, n < name.len ? "..." : "", n < name.len ? 4 : 1);
    return word;
}

lgs_rc_t lgs_build_more_nodes(lgs_build_t *build, lgs_errs_t *errs)
{
    size_t size = (size_t)(build->limit - build->nodes), used = (size_t)(build->top - build->nodes);
    bool is_first = build->nodes == build->first_nodes;
    lgs_node_t *nodes = lgs_arena_grow(build->scratch, is_first ? NULL : build->nodes,
                                       is_first ? 0 : size * sizeof(lgs_node_t),
                                       size * 2 * sizeof(lgs_node_t));

    if (nodes == NULL) {
        return lgs_errs_nomem(errs);
    }
    if (is_first) {
        memcpy(nodes, build->first_nodes, used * sizeof(lgs_node_t));
    }
    build->nodes = nodes;
    build->top = nodes + used;
    build->limit = nodes + size * 2;
    return LGS_OK;
}

lgs_rc_t lgs_build_more_frames(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs)
{
    uint32_t max = build->limits.max_depth;
    lgs_build_frame_t *frames;

    if (build->depth >= max) {
        lgs_err_t *err = lgs_errs_add(errs, "max-depth", at_offset(offset),
                                      "more than %u arrays and objects within each other", max);

        if (err) {
            err->pointer = lgs_build_path(build, errs->arena, true);
        }
        return LGS_LIMIT;
    }
    /* once, to the full depth: at most a few kilobytes */
    frames = lgs_arena_alloc(build->scratch, max * sizeof(*frames));
    if (frames == NULL) {
        return lgs_errs_nomem(errs);
    }
    memcpy(frames, build->frames, build->depth * sizeof(*frames));
    build->frames = frames;
    build->max_frames = max;
    return LGS_OK;
}

lgs_rc_t lgs_build_too_many_nodes(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs)
{
    lgs_err_t *err = lgs_errs_add(errs, "max-nodes", at_offset(offset),
                                  "more than %u values in one document; send it in parts",
                                  build->limits.max_nodes);

    if (err) {
        err->pointer = lgs_build_path(build, errs->arena, true);
    }
    return LGS_LIMIT;
}

lgs_rc_t lgs_build_too_many_members(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs)
{
    lgs_err_t *err = lgs_errs_add(errs, "max-members", at_offset(offset),
                                  "more than %u members in one object", build->limits.max_members);

    if (err) {
        err->pointer = lgs_build_path(build, errs->arena, false);
    }
    return LGS_LIMIT;
}

lgs_rc_t lgs_build_too_long(lgs_build_t *build, uint32_t offset, lgs_errs_t *errs)
{
    lgs_err_t *err = lgs_errs_add(errs, "max-text", at_offset(offset),
                                  "a text of more than %u bytes", build->limits.max_text);

    if (err) {
        err->pointer = lgs_build_path(build, errs->arena, true);
    }
    return LGS_LIMIT;
}

lgs_rc_t lgs_build_items(lgs_build_t *build, lgs_node_t *first, uint32_t n, lgs_errs_t *errs)
{
    lgs_node_t *items = lgs_arena_alloc(build->arena, n * sizeof(*items));

    if (items == NULL) {
        return lgs_errs_nomem(errs);
    }
    memcpy(items, first, n * sizeof(*items));
    first->u.items = items;
    first->n = n;
    first->flags = 0;
    return LGS_OK;
}

lgs_rc_t lgs_build_members(lgs_build_t *build, lgs_node_t *first, uint32_t n, lgs_errs_t *errs)
{
    bool is_indexed = n > LGS_INDEX_ABOVE;
    size_t bytes = n * sizeof(lgs_member_t);
    lgs_member_t *members;
    uint32_t duplicate = n;

    members = lgs_arena_alloc(build->arena, bytes + (is_indexed ? n * sizeof(uint32_t) : 0));
    if (members == NULL) {
        return lgs_errs_nomem(errs);
    }
    memcpy(members, first, bytes);
    if (!is_indexed) {
        duplicate = find_duplicate(members, n);
    } else if (index_members(build, members, n, (uint32_t *)(void *)(members + n), &duplicate) !=
               LGS_OK) {
        return lgs_errs_nomem(errs);
    }
    if (duplicate < n) {
        return refuse_duplicate(build, &members[duplicate].name, errs);
    }
    first->u.members = members;
    first->n = n;
    first->flags = is_indexed ? LGS_NODE_INDEXED : 0;
    return LGS_OK;
}

/* ---- who may come next ---- */

static bool takes_value(const lgs_build_t *build)
{
    uint32_t width = lgs_build_width(build);

    if (build->depth == 0) {
        return width == 0;
    }
    return build->frames[build->depth - 1].type == LGS_ARRAY || width % 2 == 1;
}

static bool takes_name(const lgs_build_t *build)
{
    return build->depth > 0 && build->frames[build->depth - 1].type == LGS_OBJECT &&
           lgs_build_width(build) % 2 == 0;
}

static lgs_rc_t out_of_order(const lgs_build_t *build, uint32_t offset, const char *what,
                             lgs_errs_t *errs)
{
    lgs_err_t *err = lgs_errs_add(errs, ORDER_CODE, at_offset(offset),
                                  "%s cannot stand here; this is an error of the gateway", what);

    if (err) {
        err->pointer = lgs_build_path(build, errs->arena, false);
    }
    return LGS_INVALID;
}

/* ---- duplicates ---- */

/*
 * The first member of a small object whose name stood before, or n. Names that set a bit of their
 * own among 64 need no comparison: with a dozen members that is nearly all of them.
 */
static uint32_t find_duplicate(const lgs_member_t *members, uint32_t n)
{
    uint64_t seen = 0;

    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *name = &members[i].name;
        uint64_t bit = (uint64_t)1 << (name->hash & 63);

        for (uint32_t j = 0; (seen & bit) && j < i; j++) {
            if (lgs_index_compare(name->hash, lgs_node_text(name), &members[j].name) == 0) {
                return i;
            }
        }
        seen |= bit;
    }
    return n;
}

static int compare_members(const lgs_member_t *members, uint32_t a, uint32_t b)
{
    const lgs_node_t *name = &members[a].name;
    int order = lgs_index_compare(name->hash, lgs_str(name->u.text, name->n), &members[b].name);

    return order ? order : (a < b ? -1 : 1);
}

/* Merges the sorted runs from[start..middle) and from[middle..stop) into `to`. */
static void merge(const lgs_member_t *members, const uint32_t *from, uint32_t *to,
                  const uint32_t bounds[3])
{
    uint32_t a = bounds[0], b = bounds[1], at = bounds[0];

    while (a < bounds[1] && b < bounds[2]) {
        to[at++] = compare_members(members, from[a], from[b]) < 0 ? from[a++] : from[b++];
    }
    while (a < bounds[1]) {
        to[at++] = from[a++];
    }
    while (b < bounds[2]) {
        to[at++] = from[b++];
    }
}

void lgs_build_sort(const lgs_member_t *members, uint32_t n, uint32_t *order, uint32_t *spare)
{
    uint32_t *from = order, *to = spare, *swap;

    for (uint32_t width = 1; width < n; width *= 2) {
        for (uint32_t start = 0; start < n; start += 2 * width) {
            uint32_t middle = width < n - start ? start + width : n;
            uint32_t stop = width < n - middle ? middle + width : n;

            merge(members, from, to, (const uint32_t[3]){start, middle, stop});
        }
        swap = from;
        from = to;
        to = swap;
    }
    if (from != order) {
        memcpy(order, from, n * sizeof(*order));
    }
}

/* *duplicate is the first member whose name stood before, or stays. */
static lgs_rc_t index_members(lgs_build_t *build, const lgs_member_t *members, uint32_t n,
                              uint32_t *order, uint32_t *duplicate)
{
    uint32_t *spare = lgs_arena_alloc(build->scratch, n * sizeof(*spare));

    if (spare == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        order[i] = i;
    }
    lgs_build_sort(members, n, order, spare);
    for (uint32_t i = 1; i < n; i++) {
        const lgs_node_t *name = &members[order[i]].name;
        const lgs_node_t *before = &members[order[i - 1]].name;

        if (order[i] < *duplicate &&
            lgs_index_compare(name->hash, lgs_str(name->u.text, name->n), before) == 0) {
            *duplicate = order[i];
        }
    }
    return LGS_OK;
}

static lgs_rc_t refuse_duplicate(const lgs_build_t *build, const lgs_node_t *name, lgs_errs_t *errs)
{
    lgs_str_t text = lgs_str(name->u.text, name->n);
    lgs_err_t *err = lgs_errs_add(errs, "duplicate-member", at_offset(name->offset),
                                  "the member \"%s\" stands twice in one object; remove one",
                                  lgs_build_word(text).text);
    lgs_buf_t buf;

    if (err) {
        lgs_buf_init(&buf, errs->arena, 0, 0);
        lgs_buf_str(&buf, lgs_build_path(build, errs->arena, false));
        lgs_pointer_add(&buf, text);
        err->pointer = lgs_buf_text(&buf);
    }
    return LGS_INVALID;
}

static lgs_pos_t at_offset(uint32_t offset)
{
    return (lgs_pos_t){.offset = offset};
}
