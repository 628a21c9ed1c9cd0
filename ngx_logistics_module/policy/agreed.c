/*
 * What of EDI would be refused each time, for want of something in another file: who writes to
 * whom, an advice, a mapping, a scope. Notes of `logisticsctl lint` and no findings: a partner may
 * be on its way in, and a route may take more sets than anybody sends today.
 */
#include "load.h"

static void note_forwards(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner);
static void note_advises(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner);
static void note_formats(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner,
                         const lgs_route_t *door);
static void note_rule(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                      const lgs_partner_t *partner, const lgs_route_t *door,
                      const lgs_format_rule_t *rule);
static bool is_granted(const lgs_partner_t *partner, const lgs_scopes_t *scopes);
static bool is_read(const lgs_load_t *load, const lgs_route_t *door, const lgs_route_t *route,
                    lgs_str_t set);
static bool some_reads(const lgs_format_rules_t *rules, lgs_str_t set);

void lgs_note_edi_partner(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner)
{
    if (load->options->notes == NULL) {
        return;
    }
    note_forwards(load, doc, partner);
    note_advises(load, doc, partner);
    for (uint32_t i = 0; partner->formats && i < lgs_policy_n_routes(load->policy); i++) {
        const lgs_route_t *route = lgs_policy_route_at(load->policy, i);

        if (route->sets) {
            note_formats(load, doc, partner, route);
        }
    }
}

/* An interchange names two parties: without them each request is refused (edi-parties). */
static void note_forwards(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner)
{
    bool is_agreed = partner->edi->theirs.n && partner->edi->ours.n;

    for (uint32_t i = 0; !is_agreed && i < lgs_policy_n_routes(load->policy); i++) {
        const lgs_route_t *route = lgs_policy_route_at(load->policy, i);
        const lgs_node_t *grant = route->as && lgs_mapping_writes(route->as)->edi
                                      ? lgs_grant_of(doc, route, partner)
                                      : NULL;

        if (grant) {
            lgs_note(load, doc, grant, "edi-parties",
                     "\"%.*s\" lets it use route \"%.*s\", which sends EDI on: without edi.id and "
                     "edi.ours each request is refused there",
                     LGS_FMT(lgs_node_text(grant)), LGS_FMT(route->name));
        }
    }
}

/* Without a mapping for it what Odoo refuses is R in the acknowledgement, as without `advise`. */
static void note_advises(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner)
{
    const lgs_node_t *node = lgs_node_at(lgs_node_at(&doc->root, "edi"), "advise");

    for (uint32_t i = 0; partner->edi->advises && i < lgs_policy_n_routes(load->policy); i++) {
        const lgs_route_t *route = lgs_policy_route_at(load->policy, i);

        if (route->sets && route->advice[LGS_EDI_X12] == NULL &&
            route->advice[LGS_EDI_EDIFACT] == NULL) {
            lgs_note(load, doc, node, "edi-advice",
                     "route \"%.*s\" has no \"as\" that writes advices: what Odoo refuses is told "
                     "in the acknowledgement alone",
                     LGS_FMT(route->name));
        }
    }
}

/* The partner's own mappings for sets that come in by `door`. */
static void note_formats(lgs_load_t *load, const lgs_doc_t *doc, const lgs_partner_t *partner,
                         const lgs_route_t *door)
{
    const lgs_format_rules_t *rules = lgs_map_get(partner->formats, door->name);
    const lgs_node_t *node = lgs_node_get(lgs_node_at(&doc->root, "formats"), door->name);

    for (size_t i = 0; rules && i < rules->n; i++) {
        const lgs_node_t *names = lgs_node_get(node, rules->items[i].format);
        uint32_t k = 0;

        for (const lgs_format_rule_t *rule = &rules->items[i]; rule; rule = rule->next, k++) {
            bool is_listed = names && names->type == LGS_ARRAY && k < names->n;

            note_rule(load, doc, is_listed ? &names->u.items[k] : names, partner, door, rule);
        }
    }
}

/* A mapping is of use when one of its sets is taken here, by a route that the partner may use. */
static void note_rule(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                      const lgs_partner_t *partner, const lgs_route_t *door,
                      const lgs_format_rule_t *rule)
{
    const lgs_route_t *closed = NULL;

    if (rule->mapping == NULL || !lgs_mapping_has_sets(rule->mapping)) {
        return;
    }
    for (size_t i = 0; i < lgs_map_count(door->sets); i++) {
        const lgs_route_t *route;
        lgs_str_t set;
        void *found;

        lgs_map_at(door->sets, i, &set, &found);
        route = found;
        if (!lgs_mapping_names_set(rule->mapping, set)) {
            continue;
        }
        if (is_granted(partner, &route->scopes[LGS_POST])) {
            return;
        }
        closed = route;
    }
    if (closed) {
        lgs_note(load, doc, node, "scope-not-granted",
                 "mapping \"%.*s\" reads sets of route \"%.*s\", and the partner has none of its "
                 "scopes: they are refused",
                 LGS_FMT(rule->mapping_name), LGS_FMT(closed->name));
    } else {
        lgs_note(load, doc, node, "set-unknown",
                 "mapping \"%.*s\" reads sets that route \"%.*s\" does not take: edi.sets of it "
                 "names none of them",
                 LGS_FMT(rule->mapping_name), LGS_FMT(door->name));
    }
}

static bool is_granted(const lgs_partner_t *partner, const lgs_scopes_t *scopes)
{
    for (size_t i = 0; i < scopes->n; i++) {
        for (size_t k = 0; k < partner->n_scopes; k++) {
            if (lgs_str_eq(scopes->items[i], partner->scopes[k])) {
                return true;
            }
        }
    }
    return false;
}

/* ---- sets that nobody can read ---- */

void lgs_note_edi_set(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                      const lgs_route_t *door, lgs_str_t set)
{
    const lgs_route_t *route = lgs_map_get(door->sets, set);

    if (load->options->notes && route && !is_read(load, door, route, set)) {
        lgs_note(load, doc, node, "mapping-none",
                 "no mapping of route \"%.*s\", of \"%.*s\" or of a partner reads a %.*s: each is "
                 "refused",
                 LGS_FMT(door->name), LGS_FMT(route->name), LGS_FMT(set));
    }
}

static bool is_read(const lgs_load_t *load, const lgs_route_t *door, const lgs_route_t *route,
                    lgs_str_t set)
{
    if (some_reads(&door->formats, set) || some_reads(&route->formats, set)) {
        return true;
    }
    for (uint32_t i = 0; i < lgs_policy_n_partners(load->policy); i++) {
        const lgs_partner_t *partner;
        void *found;

        lgs_map_at(load->policy->partners, i, NULL, &found);
        partner = found;
        if (partner->formats && (some_reads(lgs_map_get(partner->formats, door->name), set) ||
                                 some_reads(lgs_map_get(partner->formats, route->name), set))) {
            return true;
        }
    }
    return false;
}

static bool some_reads(const lgs_format_rules_t *rules, lgs_str_t set)
{
    for (size_t i = 0; rules && i < rules->n; i++) {
        for (const lgs_format_rule_t *rule = &rules->items[i];
             rule && lgs_input_is_edi(&rule->input); rule = rule->next) {
            if (rule->mapping == NULL || !lgs_mapping_has_sets(rule->mapping) ||
                lgs_mapping_names_set(rule->mapping, set)) {
                return true;
            }
        }
    }
    return false;
}
