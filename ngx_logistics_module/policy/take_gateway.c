/* gateway.yaml (docs/schema/gateway.json) → the policy's own fields. */
#include "load.h"

#define DEFAULT_ODOO_TIMEOUT_MS 30000u
#define DEFAULT_TRACE_KEEP_S    (30u * 24 * 3600)
#define LONGEST_ODOO_TIMEOUT_MS (10u * 60 * 1000)

static lgs_rc_t take_odoo(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node);
static void take_limits(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node);

lgs_rc_t lgs_take_gateway(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    const lgs_node_t *root = &doc->root, *keep = lgs_node_at(lgs_node_at(root, "trace"), "keep");
    lgs_policy_t *policy = load->policy;
    uint64_t keep_ms = (uint64_t)DEFAULT_TRACE_KEEP_S * 1000;

    take_limits(load, doc, lgs_node_at(root, "limits"));
    lgs_take_duration(load, doc, keep, &keep_ms);
    policy->trace_keep_s = keep_ms / 1000;
    if (policy->trace_keep_s == 0) {
        lgs_finding(load, doc, keep, "policy-value", "traces must be kept for 1s at least");
    }
    if (lgs_take_text(load, lgs_node_at(root, "environment"), &policy->environment) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (lgs_take_queue(load, doc, lgs_node_at(root, "queue")) != LGS_OK) {
        return LGS_NOMEM;
    }
    return take_odoo(load, doc, lgs_node_at(root, "odoo"));
}

static void take_limits(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node)
{
    lgs_policy_t *policy = load->policy;

    policy->tree_limits = lgs_tree_limits_default;
    policy->body = LGS_DEFAULT_MAX_BODY;
    policy->records = LGS_DEFAULT_MAX_RECORDS;
    lgs_take_size(load, doc, lgs_node_at(node, "body"), &policy->body);
    lgs_take_count(lgs_node_at(node, "json_depth"), &policy->tree_limits.max_depth);
    lgs_take_count(lgs_node_at(node, "json_values"), &policy->tree_limits.max_nodes);
    lgs_take_count(lgs_node_at(node, "records_per_request"), &policy->records);
    policy->largest_body = policy->body;
}

static lgs_rc_t take_odoo(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node)
{
    static const char *const apis[] = {[LGS_ODOO_JSON2] = "json2", [LGS_ODOO_JSONRPC] = "jsonrpc"};
    lgs_odoo_target_t *odoo = &load->policy->odoo;
    const lgs_node_t *timeout = lgs_node_at(node, "timeout");
    unsigned api = LGS_ODOO_JSON2;

    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    load->policy->has_odoo = true;
    lgs_take_word(lgs_node_at(node, "api"), apis, LGS_N(apis), &api);
    odoo->api = (lgs_odoo_api_t)api;
    odoo->timeout_ms = DEFAULT_ODOO_TIMEOUT_MS;
    lgs_take_duration(load, doc, timeout, &odoo->timeout_ms);
    if (odoo->timeout_ms == 0 || odoo->timeout_ms > LONGEST_ODOO_TIMEOUT_MS) {
        lgs_finding(load, doc, timeout, "policy-value",
                    "\"%.*s\" is no sensible time limit for a call to Odoo; write up to 10m",
                    LGS_FMT(lgs_node_text(timeout)));
    }
    if (lgs_take_text(load, lgs_node_at(node, "upstream"), &odoo->upstream) != LGS_OK ||
        lgs_take_text(load, lgs_node_at(node, "database"), &odoo->database) != LGS_OK ||
        lgs_take_text(load, lgs_node_at(node, "user"), &odoo->user) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (lgs_take_bounds(load, doc, lgs_node_at(node, "bounds")) != LGS_OK) {
        return LGS_NOMEM;
    }
    return lgs_read_secret(load, doc, lgs_node_at(node, "key"), load->options->read_secrets,
                           &odoo->key);
}
