/* partners/<name>.yaml (docs/schema/partner.json) → lgs_partner_t, found by its identities. */
#include "../formats/copy.h"
#include "load.h"

static lgs_rc_t take_scopes(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                            lgs_partner_t *partner);
static lgs_rc_t take_identities(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                                lgs_partner_t *partner);
static lgs_rc_t take_identity(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                              lgs_partner_t *partner);
static lgs_rc_t take_timezone(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                              lgs_partner_t *partner);
static lgs_rc_t take_facts(lgs_load_t *load, const lgs_node_t *node, lgs_partner_t *partner);
static void check_reads(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner);
static bool sees_something(const lgs_query_t *query, const lgs_partner_t *partner);
static lgs_rc_t take_formats(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_partner_t *partner);

lgs_rc_t lgs_take_partner(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    lgs_partner_t *partner = lgs_arena_zalloc(load->arena, sizeof(*partner));
    const lgs_node_t *root = &doc->root;

    if (partner == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    partner->name = name;
    partner->index = (uint32_t)lgs_map_count(load->policy->partners);
    partner->edi = &lgs_edi_terms_default;
    if (lgs_map_add(load->policy->partners, name, partner) != LGS_OK) {
        return lgs_errs_nomem(load->errs);
    }
    lgs_take_limits(load, doc, lgs_node_at(root, "limits"), &partner->limit);
    if (take_identities(load, doc, lgs_node_at(root, "identities"), partner) != LGS_OK ||
        take_scopes(load, doc, lgs_node_at(root, "scopes"), partner) != LGS_OK ||
        take_timezone(load, doc, lgs_node_at(root, "timezone"), partner) != LGS_OK ||
        take_facts(load, lgs_node_at(root, "odoo"), partner) != LGS_OK ||
        lgs_take_edi_terms(load, doc, lgs_node_at(root, "edi"), &partner->edi) != LGS_OK ||
        lgs_take_callback(load, doc, lgs_node_at(root, "callback"), &partner->callback) != LGS_OK) {
        return LGS_NOMEM;
    }
    lgs_take_reach(load, doc, partner);
    lgs_check_facts(load, doc, partner);
    check_reads(load, doc, partner);
    if (take_formats(load, doc, lgs_node_at(root, "formats"), partner) != LGS_OK) {
        return LGS_NOMEM;
    }
    lgs_note_edi_partner(load, doc, partner);
    return LGS_OK;
}

static lgs_rc_t take_scopes(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                            lgs_partner_t *partner)
{
    if (node == NULL || node->type != LGS_ARRAY) {
        return LGS_OK;
    }
    partner->scopes = lgs_arena_array(load->arena, node->n, sizeof(*partner->scopes));
    if (partner->scopes == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    partner->n_scopes = node->n;
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_node_t *item = &node->u.items[i];
        lgs_str_t scope = lgs_node_text(item), *known = lgs_map_get(load->scopes, scope);

        if (known) {
            partner->scopes[i] = *known; /* one copy for all partners */
        } else if (item->type == LGS_STRING && !load->broken[LGS_KIND_ROUTE]) {
            lgs_finding(load, doc, item, "policy-reference",
                        "no route asks for the scope \"%.*s\"%s", LGS_FMT(scope),
                        lgs_did_you_mean(load, scope, load->scopes));
        }
    }
    return LGS_OK;
}

static lgs_rc_t take_identities(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                                lgs_partner_t *partner)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; rc == LGS_OK && node && node->type == LGS_ARRAY && i < node->n; i++) {
        rc = take_identity(load, doc, &node->u.items[i], partner);
    }
    return rc;
}

static lgs_rc_t take_identity(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                              lgs_partner_t *partner)
{
    const lgs_node_t *issuer = lgs_node_at(node, "issuer"),
                     *client = lgs_node_at(node, "client_id");
    lgs_str_t iss = lgs_node_text(issuer), id = lgs_node_text(client), key;
    const lgs_partner_t *other;
    lgs_rc_t rc;

    if (iss.len == 0 || id.len == 0) {
        return LGS_OK;
    }
    if (lgs_map_get(load->policy->issuers, iss) == NULL && !load->broken[LGS_KIND_ISSUER]) {
        lgs_finding(load, doc, issuer, "policy-reference",
                    "no file in issuers/ has the issuer \"%.*s\"%s", LGS_FMT(iss),
                    lgs_did_you_mean(load, iss, load->policy->issuers));
    }
    key = lgs_arena_printf(load->arena, "%.*s%c%.*s", LGS_FMT(iss), 0, LGS_FMT(id));
    if (key.data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    rc = lgs_map_add(load->policy->identities, key, partner);
    if (rc == LGS_INVALID) {
        other = lgs_map_get(load->policy->identities, key);
        lgs_finding(load, doc, client, "policy-duplicate",
                    "client \"%.*s\" of this issuer belongs to partner \"%.*s\" already",
                    LGS_FMT(id), LGS_FMT(other->name));
    }
    return rc == LGS_NOMEM ? lgs_errs_nomem(load->errs) : LGS_OK;
}

/* Copied: a partner's file is forgotten once it is read. */
static lgs_rc_t take_facts(lgs_load_t *load, const lgs_node_t *node, lgs_partner_t *partner)
{
    lgs_map_t *facts;

    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    facts = lgs_map_create(load->arena, node->n);
    for (uint32_t i = 0; facts && i < node->n; i++) {
        lgs_node_t *value = lgs_arena_zalloc(load->arena, sizeof(*value));
        lgs_str_t name;

        if (value == NULL || lgs_take_text(load, &node->u.members[i].name, &name) != LGS_OK ||
            lgs_node_copy(load->arena, &node->u.members[i].value, value) == LGS_NOMEM ||
            lgs_map_add(facts, name, value) != LGS_OK) {
            return lgs_errs_nomem(load->errs);
        }
    }
    partner->facts = facts;
    return facts ? LGS_OK : lgs_errs_nomem(load->errs);
}

/* A grant without what the read is bound by would never show anything: a slip, most likely. */
static void check_reads(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner)
{
    for (uint32_t i = 0; i < lgs_policy_n_routes(load->policy); i++) {
        const lgs_route_t *route = lgs_policy_route_at(load->policy, i);
        const lgs_scopes_t *scopes = &route->scopes[LGS_GET];

        if (route->query == NULL || sees_something(route->query, partner)) {
            continue;
        }
        for (size_t k = 0; k < scopes->n; k++) {
            for (size_t g = 0; g < partner->n_scopes; g++) {
                if (lgs_str_eq(scopes->items[k], partner->scopes[g])) {
                    lgs_finding(load, doc, &lgs_node_at(&doc->root, "scopes")->u.items[g],
                                "policy-reference",
                                "\"%.*s\" lets it use route \"%.*s\", which shows what is the "
                                "partner's by odoo.%.*s: without it nothing is ever found",
                                LGS_FMT(partner->scopes[g]), LGS_FMT(route->name),
                                LGS_FMT(route->query->facts[0]));
                    return;
                }
            }
        }
    }
}

static bool sees_something(const lgs_query_t *query, const lgs_partner_t *partner)
{
    for (uint32_t i = 0; i < query->n_facts; i++) {
        if (partner->facts && lgs_map_get(partner->facts, query->facts[i])) {
            return true;
        }
    }
    return query->n_facts == 0;
}

static lgs_rc_t take_timezone(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                              lgs_partner_t *partner)
{
    lgs_str_t name = lgs_node_text(node);
    lgs_errs_t errs;

    if (node == NULL || node->type != LGS_STRING || name.len == 0) {
        return LGS_OK;
    }
    partner->timezone = lgs_map_get(load->timezones, name);
    if (partner->timezone) {
        return LGS_OK;
    }
    lgs_errs_init(&errs, load->scratch, 1);
    name = lgs_arena_str(load->arena, name);
    partner->timezone = name.data ? lgs_tz_load(load->arena, name, &errs) : NULL;
    if (name.data == NULL || errs.first == &errs.nomem) {
        return lgs_errs_nomem(load->errs);
    }
    if (partner->timezone == NULL) {
        lgs_finding(load, doc, node, "policy-value", "%.*s", LGS_FMT(errs.first->text));
        return LGS_OK;
    }
    /* The map does not write through its values: timezones are read-only. */
    return lgs_map_add(load->timezones, name, (void *)(uintptr_t)partner->timezone) == LGS_OK
               ? LGS_OK
               : lgs_errs_nomem(load->errs);
}

static lgs_rc_t take_route_formats(lgs_load_t *load, const lgs_doc_t *doc,
                                   const lgs_member_t *member, lgs_map_t *formats)
{
    const lgs_route_t *route = lgs_map_get(load->policy->routes, lgs_node_text(&member->name));
    lgs_format_rules_t *rules;

    if (route == NULL) {
        if (!load->broken[LGS_KIND_ROUTE]) {
            lgs_finding(load, doc, &member->name, "policy-reference", "no route \"%.*s\"%s",
                        LGS_FMT(lgs_node_text(&member->name)),
                        lgs_did_you_mean(load, lgs_node_text(&member->name), load->policy->routes));
        }
        return LGS_OK;
    }
    if (route->serve != LGS_SERVE_NOTHING) {
        lgs_finding(load, doc, &member->name, "policy-reference",
                    "route \"%.*s\" takes no documents: formats have no sense there",
                    LGS_FMT(route->name));
        return LGS_OK;
    }
    rules = lgs_arena_zalloc(load->arena, sizeof(*rules));
    if (rules == NULL || lgs_map_add(formats, route->name, rules) != LGS_OK) {
        return lgs_errs_nomem(load->errs);
    }
    if (lgs_take_formats(load, doc, &member->value, route->record, rules) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (route->sets) {
        lgs_check_edi_formats(load, doc, &member->value, route, rules);
    }
    return LGS_OK;
}

static lgs_rc_t take_formats(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_partner_t *partner)
{
    lgs_map_t *formats;
    lgs_rc_t rc = LGS_OK;

    if (node == NULL || node->type != LGS_OBJECT || node->n == 0) {
        return LGS_OK;
    }
    formats = lgs_map_create(load->arena, node->n);
    if (formats == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < node->n; i++) {
        rc = take_route_formats(load, doc, &node->u.members[i], formats);
    }
    partner->formats = formats;
    return rc;
}
