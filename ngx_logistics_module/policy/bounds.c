/*
 * gateway.yaml's `odoo.bounds`: of each model that mappings look up, what is a partner's, said by
 * facts of the partner files. Checked here, so that no mapping looks up what nobody said anything
 * about, and no partner may write where nothing is its own; held to by odoo/lookup.c.
 */
#include "../formats/copy.h"
#include "../mapping/outline.h"
#include "../odoo/bounds.h"
#include "load.h"

static void check_ways(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *ways);
static lgs_rc_t take_model(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           const lgs_node_t *key, lgs_map_t *models);
static bool reaches_something(lgs_load_t *load, const lgs_route_t *route,
                              const lgs_partner_t *partner, lgs_bound_t *lacks);

lgs_rc_t lgs_take_bounds(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node)
{
    lgs_node_t *bounds;

    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    for (uint32_t i = 0; i < node->n; i++) {
        check_ways(load, doc, &node->u.members[i].value);
    }
    bounds = lgs_arena_zalloc(load->arena, sizeof(*bounds));
    if (bounds == NULL || lgs_node_copy(load->arena, node, bounds) == LGS_NOMEM) {
        return lgs_errs_nomem(load->errs);
    }
    load->policy->bounds = bounds;
    return LGS_OK;
}

/* A slip would be a text to compare with, and close the way without a word. */
static void check_ways(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *ways)
{
    for (uint32_t i = 0; ways->type == LGS_ARRAY && i < ways->n; i++) {
        const lgs_node_t *way = &ways->u.items[i];

        for (uint32_t k = 0; way->type == LGS_OBJECT && k < way->n; k++) {
            const lgs_node_t *value = &way->u.members[k].value;
            lgs_str_t text = lgs_node_text(value);

            if (text.len && text.data[0] == '$' && lgs_odoo_fact_name(value).len == 0) {
                lgs_finding(load, doc, value, "policy-value",
                            "\"%.*s\" is no fact of a partner; write $partner.NAME", LGS_FMT(text));
            }
        }
    }
}

lgs_rc_t lgs_take_models(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         lgs_route_t *route)
{
    lgs_map_t *models = lgs_map_create(load->scratch, 16);
    lgs_node_t *operations = NULL;
    lgs_str_t *list;
    uint32_t n = 0;
    lgs_rc_t rc = models ? lgs_mapping_outline(route->odoo, load->scratch, &operations, &n)
                         : LGS_NOMEM;

    for (uint32_t i = 0; rc == LGS_OK && i < n; i++) {
        const lgs_node_t *finds = lgs_node_at(&operations[i], "find");
        const lgs_node_t *settle = lgs_node_at(&operations[i], "settle");

        for (uint32_t k = 0; rc == LGS_OK && finds && finds->type == LGS_OBJECT && k < finds->n;
             k++) {
            rc = take_model(load, doc, node, &finds->u.members[k].value, models);
        }
        if (rc == LGS_OK && settle) {
            rc = take_model(load, doc, node, settle, models);
        }
    }
    list = rc == LGS_OK ? lgs_arena_array(load->arena, lgs_map_count(models), sizeof(*list)) : NULL;
    if (list == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (size_t i = 0; i < lgs_map_count(models); i++) {
        lgs_map_at(models, i, &list[i], NULL);
    }
    route->models = list;
    route->n_models = (uint32_t)lgs_map_count(models);
    return LGS_OK;
}

/* `key`: a find or settle of the mapping that `node` names. */
static lgs_rc_t take_model(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           const lgs_node_t *key, lgs_map_t *models)
{
    lgs_str_t model = lgs_node_text(lgs_node_at(key, "model")), kept;

    if (model.len == 0) {
        lgs_finding(
            load, doc, node, "policy-value",
            "a find of this mapping takes its model from the document: nobody can say whose "
            "that is; write the model");
        return LGS_OK;
    }
    if (lgs_map_get(models, model)) {
        return LGS_OK;
    }
    if (lgs_node_get(load->policy->bounds, model) == NULL && !load->broken[LGS_KIND_GATEWAY]) {
        lgs_finding(
            load, doc, node, "policy-reference",
            "this mapping looks up %.*s, and gateway.yaml does not say which of these are a "
            "partner's: add it to odoo.bounds",
            LGS_FMT(model));
    }
    kept = lgs_arena_str(load->arena, model);
    return kept.data && lgs_map_add(models, kept, load) == LGS_OK ? LGS_OK : LGS_NOMEM;
}

void lgs_take_reach(lgs_load_t *load, const lgs_doc_t *doc, lgs_partner_t *partner)
{
    const lgs_node_t *scope = lgs_node_at(lgs_node_at(&doc->root, "odoo"), "scope");
    lgs_bound_t bound;

    partner->reach = (lgs_odoo_reach_t){.bounds = load->policy->bounds,
                                        .facts = partner->facts,
                                        .is_unbound = lgs_str_is(lgs_node_text(scope), "all")};
    if (partner->reach.is_unbound) {
        lgs_note(load, doc, scope, "policy-unbound",
                 "this partner's messages may reach every record that mappings find in Odoo, "
                 "whosever it is");
        return;
    }
    for (uint32_t i = 0; i < lgs_policy_n_routes(load->policy); i++) {
        const lgs_route_t *route = lgs_policy_route_at(load->policy, i);
        const lgs_node_t *grant = route->odoo ? lgs_grant_of(doc, route, partner) : NULL;

        if (grant && !reaches_something(load, route, partner, &bound)) {
            lgs_finding(load, doc, grant, "policy-reference",
                        "\"%.*s\" lets it write by route \"%.*s\", which touches what is the "
                        "partner's by odoo.%.*s: without it nothing is ever found",
                        LGS_FMT(lgs_node_text(grant)), LGS_FMT(route->name), LGS_FMT(bound.lacks));
            return;
        }
    }
}

/* One bound model is enough: a route for several kinds of messages needs not all of them. */
static bool reaches_something(lgs_load_t *load, const lgs_route_t *route,
                              const lgs_partner_t *partner, lgs_bound_t *lacks)
{
    bool any_closed = false;

    for (uint32_t i = 0; i < route->n_models; i++) {
        lgs_bound_t bound;

        if (lgs_odoo_bound(load->scratch, &partner->reach, route->models[i], &bound) != LGS_OK ||
            bound.kind == LGS_BOUND_SOME) {
            return true;
        }
        if (bound.kind == LGS_BOUND_LACKS && !any_closed) {
            any_closed = true;
            *lacks = bound;
        }
    }
    return !any_closed;
}

const lgs_node_t *lgs_grant_of(const lgs_doc_t *doc, const lgs_route_t *route,
                               const lgs_partner_t *partner)
{
    const lgs_node_t *written = lgs_node_at(&doc->root, "scopes");

    for (unsigned m = 0; m < LGS_N_METHODS; m++) {
        for (size_t k = 0; k < route->scopes[m].n; k++) {
            for (size_t g = 0; g < partner->n_scopes; g++) {
                if (lgs_str_eq(route->scopes[m].items[k], partner->scopes[g])) {
                    return &written->u.items[g];
                }
            }
        }
    }
    return NULL;
}
