/* What a loaded policy answers (policy.h): hashes, the path tree, and lists of a few words. */
#include "load.h"

static lgs_rc_t say_none_applies(const lgs_format_rule_t *rule, const lgs_doc_t *doc,
                                 lgs_arena_t *arena, lgs_errs_t *errs);

#define MAX_IDENTITY (512u + 1 + 256u) /* docs/schema: iss and client_id are no longer */

void lgs_policy_free(lgs_policy_t *policy)
{
    if (policy) {
        lgs_arena_destroy(policy->arena);
    }
}

lgs_str_t lgs_policy_revision(const lgs_policy_t *policy)
{
    return lgs_cstr(policy->revision);
}

lgs_str_t lgs_policy_environment(const lgs_policy_t *policy)
{
    return policy->environment;
}

const lgs_node_t *lgs_policy_bounds(const lgs_policy_t *policy)
{
    return policy->bounds;
}

const lgs_odoo_target_t *lgs_policy_odoo(const lgs_policy_t *policy)
{
    return policy->has_odoo ? &policy->odoo : NULL;
}

const lgs_tree_limits_t *lgs_policy_tree_limits(const lgs_policy_t *policy)
{
    return &policy->tree_limits;
}

uint64_t lgs_policy_max_body(const lgs_policy_t *policy)
{
    return policy->largest_body;
}

const lgs_queue_policy_t *lgs_policy_queue(const lgs_policy_t *policy)
{
    return &policy->queue;
}

const lgs_route_t *lgs_policy_route_by_name(const lgs_policy_t *policy, lgs_str_t name)
{
    return lgs_map_get(policy->routes, name);
}

uint64_t lgs_policy_trace_keep_s(const lgs_policy_t *policy)
{
    return policy->trace_keep_s;
}

uint32_t lgs_policy_n_partners(const lgs_policy_t *policy)
{
    return (uint32_t)lgs_map_count(policy->partners);
}

uint32_t lgs_policy_n_routes(const lgs_policy_t *policy)
{
    return (uint32_t)lgs_map_count(policy->routes);
}

const lgs_partner_t *lgs_policy_partner_at(const lgs_policy_t *policy, uint32_t index)
{
    void *partner = NULL;

    if (index < lgs_map_count(policy->partners)) {
        lgs_map_at(policy->partners, index, NULL, &partner);
    }
    return partner;
}

const lgs_route_t *lgs_policy_route_at(const lgs_policy_t *policy, uint32_t index)
{
    void *route = NULL;

    if (index < lgs_map_count(policy->routes)) {
        lgs_map_at(policy->routes, index, NULL, &route);
    }
    return route;
}

const lgs_partner_t *lgs_policy_partner_by_name(const lgs_policy_t *policy, lgs_str_t name)
{
    return lgs_map_get(policy->partners, name);
}

const lgs_issuer_t *lgs_policy_find_issuer(void *policy, lgs_str_t iss)
{
    return lgs_map_get(((const lgs_policy_t *)policy)->issuers, iss);
}

const lgs_partner_t *lgs_policy_partner(const lgs_policy_t *policy, lgs_str_t issuer,
                                        lgs_str_t client_id)
{
    char key[MAX_IDENTITY];
    size_t len = issuer.len + 1 + client_id.len;

    if (issuer.len == 0 || client_id.len == 0 || len > sizeof(key)) {
        return NULL;
    }
    memcpy(key, issuer.data, issuer.len);
    key[issuer.len] = '\0';
    memcpy(key + issuer.len + 1, client_id.data, client_id.len);
    return lgs_map_get(policy->identities, lgs_str(key, len));
}

const lgs_route_t *lgs_policy_route(const lgs_policy_t *policy, lgs_str_t path,
                                    lgs_path_params_t *params)
{
    return lgs_router_find(policy->router, path, params);
}

static const lgs_format_rule_t *find_rule(const lgs_format_rules_t *rules, lgs_str_t format)
{
    for (size_t i = 0; rules && i < rules->n; i++) {
        if (lgs_str_eq(rules->items[i].format, format)) {
            return &rules->items[i];
        }
    }
    return NULL;
}

const lgs_format_rule_t *lgs_policy_format(const lgs_partner_t *partner, const lgs_route_t *route,
                                           lgs_str_t format)
{
    const lgs_format_rule_t *own = NULL;

    if (partner->formats) {
        own = find_rule(lgs_map_get(partner->formats, route->name), format);
    }
    return own ? own : find_rule(&route->formats, format);
}

const lgs_format_rule_t *lgs_policy_set_format(const lgs_partner_t *partner,
                                               const lgs_route_t *door, const lgs_route_t *route,
                                               lgs_str_t standard)
{
    const lgs_map_t *own = partner->formats;
    const lgs_format_rules_t *places[] = {own ? lgs_map_get(own, route->name) : NULL,
                                          own ? lgs_map_get(own, door->name) : NULL,
                                          &route->formats, &door->formats};

    for (size_t i = 0; i < LGS_N(places); i++) {
        const lgs_format_rule_t *rule = find_rule(places[i], standard);

        rule = rule ? rule : find_rule(places[i], LGS_STR("edi"));
        if (rule) {
            return rule;
        }
    }
    return NULL;
}

bool lgs_policy_is_party(const lgs_edi_parties_t *parties, lgs_str_t qualifier, lgs_str_t id)
{
    for (size_t i = 0; i < parties->n; i++) {
        const lgs_edi_party_t *party = &parties->items[i];

        if (lgs_str_eq(party->id, id) &&
            (party->qualifier.len == 0 || lgs_str_eq(party->qualifier, qualifier))) {
            return true;
        }
    }
    return parties->n == 0;
}

bool lgs_policy_is_named(const lgs_edi_parties_t *parties, lgs_str_t id)
{
    for (size_t i = 0; i < parties->n; i++) {
        if (lgs_str_eq(parties->items[i].id, id)) {
            return true;
        }
    }
    return parties->n == 0;
}

bool lgs_policy_edi_letter(const lgs_policy_t *policy, const lgs_partner_t *partner,
                           lgs_edi_t standard, lgs_edi_letter_t *letter)
{
    const lgs_edi_terms_t *terms = partner->edi;
    lgs_str_t any = standard == LGS_EDI_X12 ? LGS_STR("ZZ") : LGS_STR("");
    const lgs_edi_party_t *from, *to;

    if (terms->ours.n == 0 || terms->theirs.n == 0) {
        return false;
    }
    from = &terms->ours.items[0];
    to = &terms->theirs.items[0];
    *letter = (lgs_edi_letter_t){
        .sender = from->id,
        .sender_qualifier = from->qualifier.len ? from->qualifier : any,
        .receiver = to->id,
        .receiver_qualifier = to->qualifier.len ? to->qualifier : any,
        .is_test = lgs_str_is(lgs_policy_environment(policy), "sandbox"),
    };
    return true;
}

lgs_rc_t lgs_policy_choose(const lgs_format_rule_t *rule, const lgs_doc_t *doc,
                           const lgs_partner_t *partner, lgs_arena_t *arena,
                           const lgs_format_rule_t **chosen, lgs_errs_t *errs)
{
    const lgs_mapping_facts_t facts = {
        .partner = partner->name, .timezone = partner->timezone, .format = rule->format};

    for (const lgs_format_rule_t *one = rule; one; one = one->next) {
        lgs_rc_t rc = one->mapping ? lgs_mapping_applies(one->mapping, doc, &facts, arena) : LGS_OK;

        if (rc == LGS_OK) {
            *chosen = one;
        }
        if (rc != LGS_NOT_FOUND) {
            return rc == LGS_NOMEM ? lgs_errs_nomem(errs) : rc;
        }
    }
    return say_none_applies(rule, doc, arena, errs);
}

/* Names those that are for another version of it; all, where there are none. */
static lgs_rc_t say_none_applies(const lgs_format_rule_t *rule, const lgs_doc_t *doc,
                                 lgs_arena_t *arena, lgs_errs_t *errs)
{
    bool has_kin = false;
    lgs_buf_t buf;

    for (const lgs_format_rule_t *one = rule; one; one = one->next) {
        has_kin = has_kin || lgs_mapping_is_of_kind(one->mapping, doc);
    }
    lgs_buf_init(&buf, arena, 256, 65536);
    for (const lgs_format_rule_t *one = rule; one; one = one->next) {
        if (!has_kin || lgs_mapping_is_of_kind(one->mapping, doc)) {
            lgs_buf_printf(&buf, "%s\"%.*s\" (%.*s)", buf.len ? "; " : "",
                           LGS_FMT(one->mapping_name),
                           LGS_FMT(lgs_mapping_wants(one->mapping, arena)));
        }
    }
    if (buf.failed) {
        return lgs_errs_nomem(errs);
    }
    lgs_errs_add(errs, "mapping-none", lgs_doc_locate(doc, lgs_doc_top(doc)->offset),
                 "no mapping that is agreed for %.*s is for this document: %.*s",
                 LGS_FMT(rule->format), LGS_FMT(lgs_buf_text(&buf)));
    return LGS_NOT_FOUND;
}

const lgs_machine_t *lgs_policy_machine(const lgs_policy_t *policy, lgs_str_t name)
{
    return lgs_map_get(policy->machines, name);
}

const lgs_query_t *lgs_policy_query(const lgs_policy_t *policy, lgs_str_t name)
{
    return lgs_map_get(policy->reads, name);
}

uint32_t lgs_policy_query_scopes(const lgs_query_t *query, const lgs_partner_t *partner,
                                 lgs_str_t token_scopes)
{
    uint32_t mask = 0;

    for (uint32_t i = 0; i < query->n_scopes; i++) {
        mask |= lgs_partner_may(partner, token_scopes, query->scopes[i]) ? 1u << i : 0;
    }
    return mask;
}

bool lgs_partner_may(const lgs_partner_t *partner, lgs_str_t token_scopes, lgs_str_t scope)
{
    for (size_t i = 0; i < partner->n_scopes; i++) {
        if (lgs_str_eq(partner->scopes[i], scope)) {
            return lgs_has_scope(token_scopes, scope);
        }
    }
    return false;
}

lgs_order_kind_t lgs_policy_order_kind(const lgs_route_t *route)
{
    lgs_order_kind_t kind = {.record = route->record};

    if (route->order) {
        kind.kept = route->order->keys;
        kind.n_kept = route->order->n_keys;
    }
    return kind;
}

bool lgs_policy_takes_type(const lgs_route_t *route, lgs_str_t type)
{
    for (size_t i = 0; i < route->n_types; i++) {
        lgs_str_t taken = route->types[i];
        bool is_group = taken.len && taken.data[taken.len - 1] == '*';

        taken.len -= is_group;
        if (is_group ? lgs_str_starts(type, taken) : lgs_str_eq(type, taken)) {
            return true;
        }
    }
    return route->n_types == 0;
}

lgs_edi_profile_t lgs_policy_edi_profile(const lgs_partner_t *partner,
                                         const lgs_format_rule_t *rule)
{
    const lgs_edi_profile_t *own = lgs_input_is_edi(&rule->input) ? rule->input.profile : NULL;
    const lgs_edi_profile_t *agreed = partner && partner->edi ? &partner->edi->profile : NULL;
    lgs_edi_profile_t profile = own ? *own : (lgs_edi_profile_t){.wrap = LGS_EDI_WRAP_AUTO};

    for (unsigned i = 0; agreed && i < LGS_EDI_N_CHECKS; i++) {
        profile.checks[i] = agreed->checks[i] ? agreed->checks[i] : profile.checks[i];
    }
    for (unsigned i = 0; agreed && i < LGS_EDI_N_FAULTS; i++) {
        profile.faults[i] = agreed->faults[i] ? agreed->faults[i] : profile.faults[i];
    }
    return profile;
}

const lgs_guides_t *lgs_policy_guides(const lgs_policy_t *policy)
{
    return policy->guides;
}

const lgs_guide_t *lgs_policy_guide(const lgs_policy_t *policy, const lgs_format_rule_t *rule,
                                    const lgs_doc_t *doc)
{
    if (rule->guide || rule->has_no_guide ||
        (doc->format != LGS_FORMAT_X12 && doc->format != LGS_FORMAT_EDIFACT)) {
        return rule->guide;
    }
    return lgs_guides_find(policy->guides, doc);
}
