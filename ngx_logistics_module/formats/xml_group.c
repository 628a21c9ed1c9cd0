/*
 * Repeated children. XML lets them stand anywhere among the others (A B A); the tree has one array
 * where the first of them stood. Runs of one name are put in the order of their names by the
 * builder's sort, so thousands of children cost what their names cost, however they are mixed.
 */
#include "xml_reader.h"

#define FEW   32u   /* children that are compared each with each */
#define MOVED 0x80u /* on a value that is in an array now */

typedef struct {
    lgs_xml_reader_t *r;
    lgs_member_t *pairs; /* the children, in the builder's stack */
    uint32_t n;
    uint32_t *runs; /* first child of each run of one name */
    uint32_t n_runs;
} group_t;

static bool is_same_name(const lgs_node_t *a, const lgs_node_t *b);
static void find_runs(group_t *g);
static lgs_rc_t join_runs(group_t *g, uint32_t from, uint32_t to);
static uint32_t run_length(const group_t *g, uint32_t first);
static bool is_array_here(const lgs_xml_reader_t *r, const lgs_node_t *name);
static bool is_path_here(const lgs_xml_reader_t *r, lgs_str_t path);
static lgs_rc_t compact(group_t *g);

bool lgs_xml_repeats(const lgs_xml_reader_t *r)
{
    const lgs_build_t *build = &r->build;
    const lgs_member_t *pairs =
        (const lgs_member_t *)(const void *)(build->nodes + build->frames[build->depth - 1].start);
    uint32_t n = lgs_build_width(build) / 2;
    uint64_t seen = 0;

    if (n > FEW) {
        return true;
    }
    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *name = &pairs[i].name;
        uint64_t bit = (uint64_t)1 << (name->hash & 63);

        if (name->flags & LGS_XML_LISTED) {
            return true;
        }
        for (uint32_t j = 0; (seen & bit) && j < i; j++) {
            if (is_same_name(name, &pairs[j].name)) {
                return true;
            }
        }
        seen |= bit;
    }
    return false;
}

lgs_rc_t lgs_xml_group(lgs_xml_reader_t *r)
{
    lgs_build_t *build = &r->build;
    uint32_t few[2 * FEW], end;
    group_t g = {.r = r, .n = lgs_build_width(build) / 2, .runs = few};
    lgs_rc_t rc = LGS_OK;

    g.pairs = (lgs_member_t *)(void *)(build->nodes + build->frames[build->depth - 1].start);
    if (g.n > FEW) {
        g.runs = lgs_arena_alloc(build->scratch, 2 * (size_t)g.n * sizeof(*g.runs));
        if (g.runs == NULL) {
            return lgs_errs_nomem(r->errs);
        }
    }
    find_runs(&g);
    for (uint32_t from = 0; from < g.n_runs && rc == LGS_OK; from = end) {
        const lgs_node_t *name = &g.pairs[g.runs[from]].name;

        for (end = from + 1; end < g.n_runs; end++) {
            if (!is_same_name(name, &g.pairs[g.runs[end]].name)) {
                break;
            }
        }
        rc = join_runs(&g, from, end);
    }
    return rc == LGS_OK ? compact(&g) : rc;
}

/* A name is made once as long as its place in the cache is its own: mostly one text is enough. */
static bool is_same_name(const lgs_node_t *a, const lgs_node_t *b)
{
    return a->hash == b->hash && a->n == b->n &&
           (a->u.text == b->u.text || memcmp(a->u.text, b->u.text, a->n) == 0);
}

/* The runs, sorted by name and then by place. */
static void find_runs(group_t *g)
{
    for (uint32_t i = 0; i < g->n; i += run_length(g, i)) {
        g->runs[g->n_runs++] = i;
    }
    lgs_build_sort(g->pairs, g->n_runs, g->runs, g->runs + g->n);
}

static uint32_t run_length(const group_t *g, uint32_t first)
{
    uint32_t end = first + 1;

    while (end < g->n && is_same_name(&g->pairs[first].name, &g->pairs[end].name)) {
        end++;
    }
    return end - first;
}

/* The runs [from, to) have one name: their children become one array, if they are one. */
static lgs_rc_t join_runs(group_t *g, uint32_t from, uint32_t to)
{
    lgs_build_t *build = &g->r->build;
    lgs_member_t *first = &g->pairs[g->runs[from]];
    uint32_t n = 0, at = 0;
    lgs_node_t *items;

    for (uint32_t i = from; i < to; i++) {
        n += run_length(g, g->runs[i]);
    }
    if (n == 1 && !is_array_here(g->r, &first->name)) {
        return LGS_OK;
    }
    if (build->n_nodes >= build->limits.max_nodes) {
        return lgs_build_too_many_nodes(build, first->value.offset, g->r->errs);
    }
    build->n_nodes++;
    items = lgs_arena_alloc(build->arena, n * sizeof(*items));
    if (items == NULL) {
        return lgs_errs_nomem(g->r->errs);
    }
    for (uint32_t i = from; i < to; i++) {
        uint32_t length = run_length(g, g->runs[i]);

        for (uint32_t j = 0; j < length; j++) {
            lgs_node_t *value = &g->pairs[g->runs[i] + j].value;

            items[at++] = *value;
            value->flags |= MOVED;
        }
    }
    first->value = (lgs_node_t){
        .u.items = items, .n = n, .offset = items[0].offset, .type = LGS_ARRAY};
    return LGS_OK;
}

/* Closes the gaps that moved values left. */
static lgs_rc_t compact(group_t *g)
{
    lgs_build_t *build = &g->r->build;
    uint32_t n = 0;

    for (uint32_t i = 0; i < g->n; i++) {
        if (g->pairs[i].value.flags & MOVED) {
            continue;
        }
        g->pairs[n] = g->pairs[i];
        g->pairs[n++].name.flags &= (uint8_t)~LGS_XML_LISTED;
    }
    build->top = (lgs_node_t *)(void *)(g->pairs + n);
    if (n > build->limits.max_members) {
        return lgs_build_too_many_members(build, g->pairs[n - 1].name.offset, g->r->errs);
    }
    return LGS_OK;
}

/* ---- `arrays` of the profile ---- */

static bool is_array_here(const lgs_xml_reader_t *r, const lgs_node_t *name)
{
    lgs_str_t text = lgs_node_text(name);

    if (!(name->flags & LGS_XML_LISTED)) {
        return false;
    }
    for (uint32_t i = 0; i < r->profile->n_arrays; i++) {
        lgs_str_t path = r->profile->arrays[i];
        size_t before = path.len - text.len;

        if (path.len < text.len || !lgs_str_eq(lgs_str(path.data + before, text.len), text)) {
            continue;
        }
        if (before == 0 ||
            (path.data[before - 1] == '/' && is_path_here(r, lgs_str(path.data, before - 1)))) {
            return true;
        }
    }
    return false;
}

/* Does the innermost open element stand at the end of such a path? "" is the document. */
static bool is_path_here(const lgs_xml_reader_t *r, lgs_str_t path)
{
    const lgs_build_t *build = &r->build;
    uint32_t depth = build->depth;

    for (; path.len && depth > 1; depth--) {
        const lgs_node_t *name = build->nodes + build->frames[depth - 1].start - 1;
        size_t before;

        if (path.len < name->n ||
            memcmp(path.data + path.len - name->n, name->u.text, name->n) != 0) {
            return false;
        }
        before = path.len - name->n;
        if (before == 0) {
            return true; /* a path from anywhere */
        }
        if (path.data[before - 1] != '/') {
            return false;
        }
        path.len = before - 1;
        if (path.len == 0) {
            depth--;
            break; /* it began with "/" */
        }
    }
    return path.len == 0 && depth == 1;
}
