/*
 * Bounds (bounds.h): the ways of a model, less those for which the partner has no fact. A condition
 * is never left out of a way: without its fact the whole way is closed.
 */
#include "bounds.h"

#include "../base/map.h"

#define FACT "$partner."

static bool is_open(const lgs_odoo_reach_t *reach, const lgs_node_t *way, lgs_str_t *lacks);
static lgs_rc_t fill(lgs_arena_t *arena, const lgs_odoo_reach_t *reach, const lgs_node_t *way,
                     lgs_node_t *filled);

lgs_rc_t lgs_odoo_bound(lgs_arena_t *arena, const lgs_odoo_reach_t *reach, lgs_str_t model,
                        lgs_bound_t *bound)
{
    const lgs_node_t *said = lgs_odoo_bound_of(reach, model);
    lgs_node_t *ways;
    lgs_rc_t rc = LGS_OK;

    memset(bound, 0, sizeof(*bound));
    if (said == NULL) {
        bound->kind = LGS_BOUND_UNSAID;
        return LGS_OK;
    }
    if (reach->is_unbound || said->type != LGS_ARRAY) {
        bound->kind = LGS_BOUND_ALL;
        return LGS_OK;
    }
    ways = lgs_arena_array(arena, said->n, sizeof(*ways));
    if (ways == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < said->n && rc == LGS_OK; i++) {
        if (is_open(reach, &said->u.items[i], &bound->lacks)) {
            rc = fill(arena, reach, &said->u.items[i], &ways[bound->n_ways++]);
        }
    }
    bound->ways = ways;
    bound->kind = bound->n_ways ? LGS_BOUND_SOME : LGS_BOUND_LACKS;
    return rc;
}

const lgs_node_t *lgs_odoo_bound_of(const lgs_odoo_reach_t *reach, lgs_str_t model)
{
    return reach ? lgs_node_get(reach->bounds, model) : NULL;
}

const lgs_node_t *lgs_odoo_fact(const lgs_odoo_reach_t *reach, lgs_str_t name)
{
    const lgs_node_t *fact = reach && reach->facts ? lgs_map_get(reach->facts, name) : NULL;

    return fact && fact->type == LGS_ARRAY && fact->n == 0 ? NULL : fact;
}

lgs_str_t lgs_odoo_fact_name(const lgs_node_t *value)
{
    size_t skip = sizeof(FACT) - 1;
    lgs_str_t text = value && value->type == LGS_STRING ? lgs_node_text(value) : LGS_STR("");

    return text.len > skip && memcmp(text.data, FACT, skip) == 0
               ? lgs_str(text.data + skip, text.len - skip)
               : LGS_STR("");
}

static bool is_open(const lgs_odoo_reach_t *reach, const lgs_node_t *way, lgs_str_t *lacks)
{
    for (uint32_t i = 0; i < way->n; i++) {
        lgs_str_t name = lgs_odoo_fact_name(&way->u.members[i].value);

        if (name.len && lgs_odoo_fact(reach, name) == NULL) {
            *lacks = lacks->len ? *lacks : name;
            return false;
        }
    }
    return way->n > 0; /* a way without conditions would be open to all */
}

static lgs_rc_t fill(lgs_arena_t *arena, const lgs_odoo_reach_t *reach, const lgs_node_t *way,
                     lgs_node_t *filled)
{
    lgs_member_t *members = lgs_arena_array(arena, way->n, sizeof(*members));

    if (members == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < way->n; i++) {
        lgs_str_t name = lgs_odoo_fact_name(&way->u.members[i].value);

        members[i] = way->u.members[i];
        if (name.len) {
            members[i].value = *lgs_odoo_fact(reach, name);
        }
    }
    *filled = *way;
    filled->u.members = members;
    filled->flags = 0;
    return LGS_OK;
}
