/* Kinds that look at how many there are: items of an array, members of an object. */
#include "program.h"

static bool min_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return node->n >= op->arg.count;
}

static bool max_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    return node->n <= op->arg.count;
}

static void explain_size(explain_t *explain, const op_t *op, const place_t *place)
{
    bool is_min = op->kind == &lgs_kind_min_items || op->kind == &lgs_kind_min_properties;

    lgs_explain_say(explain, op->kind->keyword, place,
                    is_min ? "has %u %s; at least %llu are needed"
                           : "has %u %s; at most %llu are allowed",
                    place->node->n, place->node->type == LGS_ARRAY ? "items" : "members",
                    (unsigned long long)op->arg.count);
}

const kind_t lgs_kind_min_items = {"minItems", min_holds, explain_size, NULL, NULL};
const kind_t lgs_kind_max_items = {"maxItems", max_holds, explain_size, NULL, NULL};
const kind_t lgs_kind_min_properties = {"minProperties", min_holds, explain_size, NULL, NULL};
const kind_t lgs_kind_max_properties = {"maxProperties", max_holds, explain_size, NULL, NULL};
