/*
 * Whose rows are whose (lookup_group.h): rows that a search of several sides brought, each with the
 * look-ups that claim it, are asked for once more by id, under the bound of one side each. Ids are
 * copied: the answer that brought them is not ours.
 */
#include "lookup_group.h"

typedef struct claim_s claim_t;
struct claim_s {
    claim_t *next;
    lgs_lookup_t *lookup;
    uint32_t field; /* of the group: by which it is claimed */
    bool is_settled;
};

typedef struct row_s row_t;
struct row_s {
    row_t *next;
    lgs_str_t id;
    int64_t number; /* what is found with it */
    claim_t *first, *last;
    const lgs_side_t *asked; /* for whom, in the call in flight; or NULL */
    bool is_theirs;
};

struct lgs_claims_s {
    lgs_arena_t *arena;
    row_t *first, *last;
    lgs_map_t *by_id;
    const lgs_side_t *sides[LGS_ODOO_LOOKUP_SIDES]; /* of the call in flight */
    uint32_t n_sides;
};

static bool choose(lgs_claims_t *claims);
static const lgs_side_t *next_side(const row_t *row);
static bool has_room_for(lgs_claims_t *claims, const lgs_side_t *side);
static bool write_call(lgs_lookups_t *lookups, const lgs_group_t *group,
                       const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call);
static void write_domain(lgs_buf_t *buf, lgs_lookups_t *lookups, const lgs_group_t *group);
static void write_ids(lgs_buf_t *buf, const lgs_claims_t *claims, const lgs_side_t *side);
static void settle(row_t *row);

lgs_claims_t *lgs_claims_create(lgs_arena_t *arena)
{
    lgs_claims_t *claims = lgs_arena_zalloc(arena, sizeof(*claims));

    if (claims == NULL) {
        return NULL;
    }
    claims->arena = arena;
    claims->by_id = lgs_map_create(arena, 64);
    return claims->by_id ? claims : NULL;
}

/* One that came twice counts once: the second is never confirmed. */
lgs_rc_t lgs_claims_row(lgs_claims_t *claims, lgs_str_t id, int64_t number)
{
    row_t *row = lgs_arena_zalloc(claims->arena, sizeof(*row));

    if (row == NULL) {
        return LGS_NOMEM;
    }
    row->id = lgs_arena_str(claims->arena, id);
    row->number = number;
    if (row->id.data == NULL) {
        return LGS_NOMEM;
    }
    if (claims->last) {
        claims->last->next = row;
    } else {
        claims->first = row;
    }
    claims->last = row;
    return lgs_map_add(claims->by_id, row->id, row) == LGS_NOMEM ? LGS_NOMEM : LGS_OK;
}

lgs_rc_t lgs_claims_add(lgs_claims_t *claims, lgs_lookup_t *lookup, uint32_t field)
{
    claim_t *claim = lgs_arena_zalloc(claims->arena, sizeof(*claim));
    row_t *row = claims->last;

    if (claim == NULL) {
        return LGS_NOMEM;
    }
    *claim = (claim_t){.lookup = lookup, .field = field};
    if (row->last) {
        row->last->next = claim;
    } else {
        row->first = claim;
    }
    row->last = claim;
    return LGS_OK;
}

lgs_rc_t lgs_claims_next(lgs_lookups_t *lookups, lgs_group_t *group,
                         const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call)
{
    if (!choose(group->claims)) {
        return LGS_NOT_FOUND;
    }
    return write_call(lookups, group, caller, call) ? LGS_OK : LGS_NOMEM;
}

/* What did not come back is not theirs. */
void lgs_claims_answer(lgs_claims_t *claims, const lgs_node_t *rows)
{
    for (uint32_t i = 0; i < rows->n; i++) {
        const lgs_node_t *id = lgs_node_at(&rows->u.items[i], "id");
        row_t *row = id && id->type == LGS_NUMBER ? lgs_map_get(claims->by_id, lgs_node_text(id))
                                                  : NULL;

        if (row) {
            row->is_theirs = true;
        }
    }
    for (row_t *row = claims->first; row; row = row->next) {
        if (row->asked) {
            settle(row);
        }
        row->asked = NULL;
        row->is_theirs = false;
    }
}

static void settle(row_t *row)
{
    for (claim_t *claim = row->first; claim; claim = claim->next) {
        if (claim->is_settled || claim->lookup->side != row->asked) {
            continue;
        }
        claim->is_settled = true;
        if (row->is_theirs) {
            lgs_lookup_hit(&claim->lookup->hits[claim->field], row->number);
        }
    }
}

/* Each row for one of its sides, in this call; the same again until it is answered. */
static bool choose(lgs_claims_t *claims)
{
    claims->n_sides = 0;
    for (row_t *row = claims->first; row; row = row->next) {
        const lgs_side_t *side = next_side(row);

        row->asked = side && has_room_for(claims, side) ? side : NULL;
    }
    return claims->n_sides > 0;
}

static const lgs_side_t *next_side(const row_t *row)
{
    const claim_t *claim = row->first;

    while (claim && claim->is_settled) {
        claim = claim->next;
    }
    return claim ? claim->lookup->side : NULL;
}

static bool has_room_for(lgs_claims_t *claims, const lgs_side_t *side)
{
    for (uint32_t i = 0; i < claims->n_sides; i++) {
        if (claims->sides[i] == side) {
            return true;
        }
    }
    if (claims->n_sides == LGS_ODOO_LOOKUP_SIDES) {
        return false;
    }
    claims->sides[claims->n_sides++] = side;
    return true;
}

static bool write_call(lgs_lookups_t *lookups, const lgs_group_t *group,
                       const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call)
{
    lgs_odoo_writer_t writer;

    lgs_odoo_write_open(&writer, caller, group->model, LGS_STR("search_read"));
    lgs_odoo_write_positional(&writer, "domain");
    write_domain(&writer.buf, lookups, group);
    lgs_odoo_write_named(&writer, LGS_STR("fields"));
    lgs_buf_cstr(&writer.buf, "[\"id\"]");
    return lgs_odoo_write_close(&writer, true, call);
}

/*
 * ["|","&",["id","in",[7]],<bound of one>,"&",["id","in",[8]],<bound of another>,<where>]. A side
 * is never written without its bound: sides that this server has no way for claim nothing
 * (lookup_search.c), and if one did, its rows would be nobody's.
 */
static void write_domain(lgs_buf_t *buf, lgs_lookups_t *lookups, const lgs_group_t *group)
{
    const lgs_claims_t *claims = group->claims;
    lgs_buf_t terms;

    lgs_buf_init(&terms, lookups->arena, 256, 0);
    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; i < claims->n_sides; i++) {
        size_t before = terms.len;

        lgs_buf_cstr(&terms, ",\"&\"");
        write_ids(&terms, claims, claims->sides[i]);
        if (!lgs_lookup_write_bounds(&terms, lookups, group, &claims->sides[i], 1)) {
            terms.len = before;
            lgs_buf_cstr(&terms, ",[\"id\",\"=\",0]");
        }
        lgs_buf_cstr(buf, i ? "\"|\"," : "");
    }
    buf->failed |= terms.failed;
    if (!terms.failed) {
        lgs_buf_add(buf, terms.data + 1, terms.len - 1);
    }
    lgs_lookup_write_where(buf, group->where);
    lgs_buf_byte(buf, ']');
}

static void write_ids(lgs_buf_t *buf, const lgs_claims_t *claims, const lgs_side_t *side)
{
    const char *between = "";

    lgs_buf_cstr(buf, ",[\"id\",\"in\",[");
    for (const row_t *row = claims->first; row; row = row->next) {
        if (row->asked == side) {
            lgs_buf_cstr(buf, between);
            lgs_buf_str(buf, row->id);
            between = ",";
        }
    }
    lgs_buf_cstr(buf, "]]");
}
