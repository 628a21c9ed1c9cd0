/*
 * `order` of a route: which machine decides about its events, by which numbers things are known,
 * and how long they are remembered.
 */
#include "load.h"

#define DEFAULT_KEEP_MS (90ull * 24 * 3600 * 1000)
#define LEAST_KEEP_MS   60000u

static lgs_rc_t take_machine(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_route_order_t *order);
static lgs_rc_t take_keys(lgs_load_t *load, const lgs_node_t *node, lgs_route_order_t *order);
static void take_keep(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                      lgs_route_order_t *order);
static void check_route(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        const lgs_route_t *route);
static void check_types(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        const lgs_route_t *route);

lgs_rc_t lgs_take_order(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    const lgs_node_t *node = lgs_node_at(&doc->root, "order");
    lgs_route_order_t *order;

    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    order = lgs_arena_zalloc(load->arena, sizeof(*order));
    if (order == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    order->keep_ms = DEFAULT_KEEP_MS;
    if (take_machine(load, doc, lgs_node_at(node, "machine"), order) != LGS_OK ||
        take_keys(load, lgs_node_at(node, "key"), order) != LGS_OK) {
        return LGS_NOMEM;
    }
    take_keep(load, doc, lgs_node_at(node, "keep"), order);
    if (order->machine == NULL) {
        return LGS_OK;
    }
    route->order = order;
    check_route(load, doc, node, route);
    return LGS_OK;
}

static lgs_rc_t take_machine(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_route_order_t *order)
{
    lgs_str_t name = lgs_node_text(node);

    if (node == NULL || node->type != LGS_STRING) {
        return LGS_OK; /* the schema's finding */
    }
    order->machine = lgs_map_get(load->policy->machines, name);
    if (order->machine == NULL && !load->broken[LGS_KIND_MACHINE]) {
        lgs_finding(load, doc, node, "policy-reference",
                    "no machine \"%.*s\": there is no machines/%.*s.yaml%s", LGS_FMT(name),
                    LGS_FMT(name), lgs_did_you_mean(load, name, load->policy->machines));
    }
    return LGS_OK;
}

/* A kind of number, or several of which the first that an event has is taken; else the machine's.
 */
static lgs_rc_t take_keys(lgs_load_t *load, const lgs_node_t *node, lgs_route_order_t *order)
{
    bool is_list = node && node->type == LGS_ARRAY;
    uint32_t n = node == NULL ? 0 : is_list ? node->n : 1;
    lgs_str_t *keys = lgs_arena_array(load->arena, n + 1, sizeof(*keys));
    lgs_rc_t rc = LGS_OK;

    if (keys == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    if (n == 0 && order->machine) {
        order->keys = lgs_machine_keys(order->machine, &order->n_keys);
        return LGS_OK;
    }
    for (uint32_t i = 0; rc == LGS_OK && i < n; i++) {
        rc = lgs_take_text(load, is_list ? &node->u.items[i] : node, &keys[i]);
    }
    order->keys = keys;
    order->n_keys = n;
    return rc;
}

static void take_keep(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                      lgs_route_order_t *order)
{
    uint64_t park_ms = order->machine ? lgs_machine_park_ms(order->machine) : 0;

    lgs_take_duration(load, doc, node, &order->keep_ms);
    if (order->keep_ms < LEAST_KEEP_MS || order->keep_ms < park_ms) {
        lgs_finding(load, doc, node, "policy-value",
                    "things are forgotten before what waits for them comes: keep them a minute at "
                    "least, and longer than the machine's park.for");
    }
}

static void check_route(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        const lgs_route_t *route)
{
    if (route->deliver != LGS_DELIVER_NOW && route->deliver != LGS_DELIVER_LATER) {
        lgs_finding(load, doc, node, "policy-value",
                    "a machine decides about what is written to Odoo: order needs deliver.mode now "
                    "or later");
    }
    if (!lgs_str_is(route->record, "event")) {
        lgs_finding(load, doc, node, "policy-value",
                    "only events move a thing: order needs record: event");
        return;
    }
    check_types(load, doc, node, route);
}

/* One machine may stand at several routes: each need not take all of its events, but some. */
static void check_types(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        const lgs_route_t *route)
{
    const lgs_machine_t *machine = route->order->machine;
    lgs_str_t type;

    for (uint32_t i = 0; (type = lgs_machine_type_at(machine, i)).len; i++) {
        if (lgs_policy_takes_type(route, type)) {
            return;
        }
    }
    lgs_finding(load, doc, lgs_node_at(node, "machine"), "policy-value",
                "the route takes none of the events that machine \"%.*s\" is about: see its types",
                LGS_FMT(lgs_machine_name(machine)));
}
