/* Copies of trees (keep.h). */
#include "keep.h"

#include "index.h"

typedef struct {
    lgs_arena_t *arena;
    const lgs_doc_t *doc;
    lgs_str_t lasting;
} keep_t;

static lgs_rc_t keep(const keep_t *k, const lgs_node_t *from, lgs_node_t *to, unsigned depth);
static lgs_rc_t keep_text(const keep_t *k, const lgs_node_t *from, lgs_node_t *to);
static lgs_rc_t keep_items(const keep_t *k, const lgs_node_t *from, lgs_node_t *to, unsigned depth);
static lgs_rc_t keep_members(const keep_t *k, const lgs_node_t *from, lgs_node_t *to,
                             unsigned depth);
static uint32_t move(const keep_t *k, uint32_t offset);

lgs_rc_t lgs_node_keep(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_str_t lasting,
                       const lgs_node_t *node, lgs_node_t *kept)
{
    const keep_t k = {arena, doc, lasting};

    return keep(&k, node, kept, 0);
}

static lgs_rc_t keep(const keep_t *k, const lgs_node_t *from, lgs_node_t *to, unsigned depth)
{
    if (depth > LGS_MAX_DEPTH) {
        return LGS_LIMIT;
    }
    *to = *from;
    to->offset = move(k, from->offset);
    switch ((lgs_type_t)from->type) {
    case LGS_STRING:
    case LGS_NUMBER:
        return keep_text(k, from, to);
    case LGS_ARRAY:
        return keep_items(k, from, to, depth);
    case LGS_OBJECT:
        return keep_members(k, from, to, depth);
    case LGS_NULL:
    case LGS_BOOL:
        break;
    }
    return LGS_OK;
}

static lgs_rc_t keep_text(const keep_t *k, const lgs_node_t *from, lgs_node_t *to)
{
    uintptr_t at = (uintptr_t)from->u.text, start = (uintptr_t)k->lasting.data;
    char *copy;

    if (from->n == 0 || (at >= start && at < start + k->lasting.len)) {
        return LGS_OK;
    }
    copy = lgs_arena_alloc(k->arena, from->n);
    if (copy == NULL) {
        return LGS_NOMEM;
    }
    memcpy(copy, from->u.text, from->n);
    to->u.text = copy;
    to->flags &= (uint8_t)~LGS_NODE_QUOTED;
    return LGS_OK;
}

static lgs_rc_t keep_items(const keep_t *k, const lgs_node_t *from, lgs_node_t *to, unsigned depth)
{
    lgs_node_t *items = lgs_arena_alloc(k->arena, from->n * sizeof(*items));
    lgs_rc_t rc = items ? LGS_OK : LGS_NOMEM;

    for (uint32_t i = 0; rc == LGS_OK && i < from->n; i++) {
        rc = keep(k, &from->u.items[i], &items[i], depth + 1);
    }
    to->u.items = items;
    return rc;
}

static lgs_rc_t keep_members(const keep_t *k, const lgs_node_t *from, lgs_node_t *to,
                             unsigned depth)
{
    bool is_indexed = from->flags & LGS_NODE_INDEXED;
    size_t size = from->n * sizeof(lgs_member_t),
           order = is_indexed ? from->n * sizeof(uint32_t) : 0;
    lgs_member_t *members = lgs_arena_alloc(k->arena, size + order);
    lgs_rc_t rc = members ? LGS_OK : LGS_NOMEM;

    for (uint32_t i = 0; rc == LGS_OK && i < from->n; i++) {
        members[i].name = from->u.members[i].name;
        rc = keep_text(k, &from->u.members[i].name, &members[i].name);
        if (rc == LGS_OK) {
            rc = keep(k, &from->u.members[i].value, &members[i].value, depth + 1);
        }
    }
    if (rc == LGS_OK && order) {
        memcpy(members + from->n, lgs_index_of(from), order);
    }
    to->u.members = members;
    return rc;
}

/* As lgs_doc_locate does, but in bytes. */
static uint32_t move(const keep_t *k, uint32_t offset)
{
    const lgs_base_t *base = &k->doc->base;
    uint64_t at;

    if (offset == LGS_NO_OFFSET) {
        return offset;
    }
    if (k->doc->head && (offset & LGS_OFFSET_HEAD)) {
        const lgs_head_t *head = k->doc->head;

        offset &= ~LGS_OFFSET_HEAD;
        for (; head->next && offset >= head->source.len; head = head->next) {
            offset -= (uint32_t)head->source.len;
        }
        base = &head->base;
    }
    at = base->bytes + offset;
    return at < LGS_NO_OFFSET ? (uint32_t)at : LGS_NO_OFFSET;
}
