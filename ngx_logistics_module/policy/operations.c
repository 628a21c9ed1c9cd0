/*
 * Mappings to Odoo, held against what their operations may say (odoo/operation.h) as far as that is
 * known without a document: constants that name a record, and finds that would try more values than
 * they may, with the facts of a partner.
 */
#include "../mapping/outline.h"
#include "../odoo/operation.h"
#include "load.h"

/* A find with facts among its values. */
struct lgs_fact_use_s {
    const lgs_mapping_t *mapping;
    lgs_str_t find, model;
    const lgs_node_t *values;
    lgs_fact_use_t *next;
};

static void check_constant(void *data, const lgs_outline_constant_t *constant);
static lgs_rc_t note_finds(lgs_load_t *load, const lgs_mapping_t *mapping,
                           const lgs_node_t *operation);
static lgs_rc_t note_find(lgs_load_t *load, const lgs_mapping_t *mapping, const lgs_member_t *find);
static bool is_reachable(const lgs_load_t *load, const lgs_mapping_t *mapping,
                         const lgs_partner_t *partner);
static bool is_granted(const lgs_route_t *route, const lgs_partner_t *partner);
static void check_use(lgs_load_t *load, const lgs_doc_t *doc, const lgs_fact_use_t *use);

lgs_rc_t lgs_take_operations(lgs_load_t *load, const lgs_mapping_t *mapping)
{
    lgs_node_t *operations = NULL;
    uint32_t n = 0;
    lgs_rc_t rc = lgs_mapping_outline(mapping, load->work, &operations, &n);

    lgs_mapping_constants(mapping, check_constant, load);
    for (uint32_t i = 0; i < n && rc == LGS_OK; i++) {
        rc = note_finds(load, mapping, &operations[i]);
    }
    return rc == LGS_OK ? LGS_OK : lgs_errs_nomem(load->errs);
}

/* The same is refused when an operation is read; then it is too late to say where it stands. */
static void check_constant(void *data, const lgs_outline_constant_t *constant)
{
    static const char *const parts[] = {"row", "lines", "values", "args"};
    bool is_part = false;

    for (size_t i = 0; i < LGS_N(parts); i++) {
        is_part |= lgs_str_is(constant->part, parts[i]);
    }
    if (is_part && constant->value.type != LGS_NULL && lgs_operation_names_record(constant->name)) {
        lgs_finding(data, constant->doc, &constant->value, "policy-value",
                    "\"%.*s\" names a record of Odoo: it is {find: name}, never a number or text",
                    LGS_FMT(constant->name));
    }
}

static lgs_rc_t note_finds(lgs_load_t *load, const lgs_mapping_t *mapping,
                           const lgs_node_t *operation)
{
    const lgs_node_t *finds = lgs_node_at(operation, "find");
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; finds && finds->type == LGS_OBJECT && i < finds->n && rc == LGS_OK; i++) {
        rc = note_find(load, mapping, &finds->u.members[i]);
    }
    return rc;
}

static lgs_rc_t note_find(lgs_load_t *load, const lgs_mapping_t *mapping, const lgs_member_t *find)
{
    const lgs_node_t *values = lgs_node_at(&find->value, "value");
    bool is_list = values && values->type == LGS_ARRAY, has_fact = false;
    lgs_fact_use_t *use;

    for (uint32_t i = 0; values && i < (is_list ? values->n : 1); i++) {
        has_fact |= lgs_operation_fact(is_list ? &values->u.items[i] : values).len > 0;
    }
    if (!has_fact) {
        return LGS_OK;
    }
    use = lgs_arena_zalloc(load->work, sizeof(*use));
    if (use == NULL) {
        return LGS_NOMEM;
    }
    *use = (lgs_fact_use_t){mapping, lgs_node_text(&find->name),
                            lgs_node_text(lgs_node_at(&find->value, "model")), values,
                            load->fact_uses};
    load->fact_uses = use;
    return LGS_OK;
}

void lgs_check_facts(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner)
{
    for (const lgs_fact_use_t *use = load->fact_uses; use; use = use->next) {
        if (is_reachable(load, use->mapping, partner)) {
            check_use(load, doc, use);
        }
    }
}

static bool is_reachable(const lgs_load_t *load, const lgs_mapping_t *mapping,
                         const lgs_partner_t *partner)
{
    for (uint32_t i = 0; i < lgs_policy_n_routes(load->policy); i++) {
        const lgs_route_t *route = lgs_policy_route_at(load->policy, i);

        if (route->odoo == mapping && is_granted(route, partner)) {
            return true;
        }
    }
    return false;
}

static bool is_granted(const lgs_route_t *route, const lgs_partner_t *partner)
{
    for (unsigned m = 0; m < LGS_N_METHODS; m++) {
        for (size_t k = 0; k < route->scopes[m].n; k++) {
            for (size_t g = 0; g < partner->n_scopes; g++) {
                if (lgs_str_eq(route->scopes[m].items[k], partner->scopes[g])) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* What a document gives counts as one value, and may be more: the plan counts again. */
static void check_use(lgs_load_t *load, const lgs_doc_t *doc, const lgs_fact_use_t *use)
{
    const lgs_node_t *facts = lgs_node_at(&doc->root, "odoo"), *largest = NULL;
    bool is_list = use->values->type == LGS_ARRAY;
    uint32_t n_values = 0, most = 0;

    for (uint32_t i = 0; i < (is_list ? use->values->n : 1); i++) {
        const lgs_node_t *value = is_list ? &use->values->u.items[i] : use->values;
        lgs_str_t name = lgs_operation_fact(value);
        const lgs_node_t *fact = name.len ? lgs_node_get(facts, name) : value;
        uint32_t n = fact == NULL ? 0 : fact->type == LGS_ARRAY ? fact->n : 1;

        n_values += n;
        if (name.len && n > most) {
            largest = fact;
            most = n;
        }
    }
    if (n_values > LGS_ODOO_MAX_VALUES) {
        lgs_finding(load, doc, largest, "policy-value",
                    "with these, find \"%.*s\" of the mapping \"%.*s\" would try %u values for one "
                    "%.*s; %u are the most",
                    LGS_FMT(use->find), LGS_FMT(lgs_mapping_name(use->mapping)), n_values,
                    LGS_FMT(use->model), LGS_ODOO_MAX_VALUES);
    }
}
