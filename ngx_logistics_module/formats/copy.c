/* Copies trees (copy.h). What the builder keeps behind large objects is left behind with them. */
#include "copy.h"

static lgs_rc_t copy(lgs_arena_t *arena, const lgs_node_t *from, lgs_node_t *to, uint32_t depth);
static lgs_rc_t copy_items(lgs_arena_t *arena, const lgs_node_t *from, lgs_node_t *to,
                           uint32_t depth);
static lgs_rc_t copy_members(lgs_arena_t *arena, const lgs_node_t *from, lgs_node_t *to,
                             uint32_t depth);

lgs_rc_t lgs_node_copy(lgs_arena_t *arena, const lgs_node_t *from, lgs_node_t *to)
{
    return copy(arena, from, to, 0);
}

static lgs_rc_t copy(lgs_arena_t *arena, const lgs_node_t *from, lgs_node_t *to, uint32_t depth)
{
    lgs_str_t text;

    if (depth > LGS_MAX_DEPTH) {
        return LGS_LIMIT;
    }
    *to = *from;
    to->offset = LGS_NO_OFFSET;
    to->flags &= (uint8_t) ~(LGS_NODE_INDEXED | LGS_NODE_QUOTED);
    switch (from->type) {
    case LGS_STRING:
    case LGS_NUMBER:
        text = lgs_arena_str(arena, lgs_str(from->u.text, from->n));
        to->u.text = text.data;
        return text.data ? LGS_OK : LGS_NOMEM;
    case LGS_ARRAY:
        return copy_items(arena, from, to, depth);
    case LGS_OBJECT:
        return copy_members(arena, from, to, depth);
    default:
        return LGS_OK;
    }
}

static lgs_rc_t copy_items(lgs_arena_t *arena, const lgs_node_t *from, lgs_node_t *to,
                           uint32_t depth)
{
    lgs_node_t *items = lgs_arena_array(arena, from->n, sizeof(*items));
    lgs_rc_t rc = items ? LGS_OK : LGS_NOMEM;

    to->u.items = items;
    for (uint32_t i = 0; rc == LGS_OK && i < from->n; i++) {
        rc = copy(arena, &from->u.items[i], &items[i], depth + 1);
    }
    return rc;
}

static lgs_rc_t copy_members(lgs_arena_t *arena, const lgs_node_t *from, lgs_node_t *to,
                             uint32_t depth)
{
    lgs_member_t *members = lgs_arena_array(arena, from->n, sizeof(*members));
    lgs_rc_t rc = members ? LGS_OK : LGS_NOMEM;

    to->u.members = members;
    for (uint32_t i = 0; rc == LGS_OK && i < from->n; i++) {
        rc = copy(arena, &from->u.members[i].name, &members[i].name, depth + 1);
        if (rc == LGS_OK) {
            rc = copy(arena, &from->u.members[i].value, &members[i].value, depth + 1);
        }
    }
    return rc;
}
