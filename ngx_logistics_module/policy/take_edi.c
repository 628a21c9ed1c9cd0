/*
 * `edi` of partners (who writes to whom, what is checked, how it is acknowledged) and of routes
 * (which set goes the way of which route). Routes are named before all of them are known: what
 * they name is resolved when the last one is read.
 */
#include "load.h"

#define DEFAULT_KEEP_MS (90ull * 24 * 3600 * 1000)

const lgs_edi_terms_t lgs_edi_terms_default = {
    .ta1 = LGS_EDI_ACK_ASKED, .contrl = LGS_EDI_ACK_ASKED, .keep_s = DEFAULT_KEEP_MS / 1000};

static const char *const whens[] = {
    [LGS_EDI_ACK_ASKED] = "asked", [LGS_EDI_ACK_ALWAYS] = "always", [LGS_EDI_ACK_NEVER] = "never"};
static const char *const severities[] = {[LGS_EDI_DEFAULT] = "",
                                         [LGS_EDI_IGNORE] = "ignore",
                                         [LGS_EDI_WARN] = "warn",
                                         [LGS_EDI_REJECT] = "reject"};

static lgs_rc_t take_parties(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_edi_parties_t *parties);
static lgs_rc_t take_party(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           lgs_edi_party_t *party);
static void take_checks(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        lgs_edi_profile_t *profile);
static void take_words(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                       lgs_edi_terms_t *terms);
static void check_target(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         const lgs_route_t *door, const lgs_route_t *route);

/* ---- partners ---- */

lgs_rc_t lgs_take_edi_terms(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                            const lgs_edi_terms_t **out)
{
    lgs_edi_terms_t *terms;

    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    terms = lgs_arena_zalloc(load->arena, sizeof(*terms));
    if (terms == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    *terms = lgs_edi_terms_default;
    take_checks(load, doc, lgs_node_at(node, "checks"), &terms->profile);
    take_words(load, doc, node, terms);
    if (take_parties(load, doc, lgs_node_at(node, "id"), &terms->theirs) != LGS_OK ||
        take_parties(load, doc, lgs_node_at(node, "ours"), &terms->ours) != LGS_OK) {
        return LGS_NOMEM;
    }
    *out = terms;
    return LGS_OK;
}

static void take_words(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                       lgs_edi_terms_t *terms)
{
    static const lgs_edi_check_t begins[] = {LGS_EDI_NO_INTERCHANGE, LGS_EDI_NO_GROUP};
    const lgs_node_t *keep = lgs_node_at(node, "keep");
    unsigned ta1 = terms->ta1, contrl = terms->contrl;
    uint64_t keep_ms = terms->keep_s * 1000;

    terms->is_999 = lgs_str_is(lgs_node_text(lgs_node_at(node, "acknowledge")), "999");
    terms->advises = lgs_node_is_true(lgs_node_at(node, "advise"));
    terms->each_message = lgs_node_is_true(lgs_node_at(node, "each_message"));
    lgs_take_word(lgs_node_at(node, "ta1"), whens, LGS_N(whens), &ta1);
    lgs_take_word(lgs_node_at(node, "contrl"), whens, LGS_N(whens), &contrl);
    terms->ta1 = (lgs_edi_ack_when_t)ta1;
    terms->contrl = (lgs_edi_ack_when_t)contrl;
    for (size_t i = 0; lgs_node_is_true(lgs_node_at(node, "fragments")) && i < LGS_N(begins); i++) {
        terms->profile.checks[begins[i]] = LGS_EDI_IGNORE;
    }
    lgs_take_duration(load, doc, keep, &keep_ms);
    terms->keep_s = keep_ms / 1000;
    if (terms->keep_s < 3600) {
        lgs_finding(load, doc, keep, "policy-value",
                    "an interchange must be known again for 1h at least");
    }
}

/* "ZZ/ACME", "4012345000009", or a list of them. */
static lgs_rc_t take_parties(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_edi_parties_t *parties)
{
    bool is_list = node && node->type == LGS_ARRAY;
    uint32_t n = node == NULL ? 0 : is_list ? node->n : 1;

    parties->items = n ? lgs_arena_array(load->arena, n, sizeof(*parties->items)) : NULL;
    if (n && parties->items == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *item = is_list ? &node->u.items[i] : node;

        if (item->type == LGS_STRING &&
            take_party(load, doc, item, &parties->items[parties->n++]) != LGS_OK) {
            return LGS_NOMEM;
        }
    }
    return LGS_OK;
}

static lgs_rc_t take_party(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           lgs_edi_party_t *party)
{
    lgs_str_t text = {NULL, 0};
    const char *slash;

    if (lgs_take_text(load, node, &text) != LGS_OK) {
        return LGS_NOMEM;
    }
    slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    party->qualifier = lgs_str(text.data, slash ? (size_t)(slash - text.data) : 0);
    party->id = slash ? lgs_str(slash + 1, text.len - party->qualifier.len - 1) : text;
    if (party->id.len == 0) {
        lgs_finding(load, doc, node, "policy-value",
                    "\"%.*s\" names nobody; write qualifier and id, ZZ/ACME, or the id alone",
                    LGS_FMT(text));
    }
    return LGS_OK;
}

static void take_checks(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        lgs_edi_profile_t *profile)
{
    for (uint32_t i = 0; node && node->type == LGS_OBJECT && i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];
        lgs_str_t name = lgs_node_text(&member->name);
        unsigned severity = LGS_EDI_DEFAULT;

        lgs_take_word(&member->value, severities, LGS_N(severities), &severity);
        if (!lgs_edi_profile_set(profile, name, (lgs_edi_severity_t)severity)) {
            lgs_str_t words[LGS_EDI_MAX_PROFILE_WORDS];
            size_t n = lgs_edi_profile_words(words, LGS_N(words));
            lgs_str_t near = lgs_nearest(name, words, n);

            lgs_finding(load, doc, &member->name, "policy-value",
                        "there is no check \"%.*s\"%s%.*s%s", LGS_FMT(name),
                        near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"" : "");
        }
    }
}

/* ---- routes ---- */

/* A route with `edi`, kept until all routes are known; its tree lives as long as the load. */
struct lgs_edi_door_s {
    lgs_route_t *route;
    lgs_doc_t doc;
    lgs_edi_door_t *next;
};

lgs_rc_t lgs_take_edi_door(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    const lgs_node_t *sets = lgs_node_at(lgs_node_at(&doc->root, "edi"), "sets");
    lgs_edi_door_t *door;

    if (sets == NULL || sets->type != LGS_OBJECT) {
        return LGS_OK;
    }
    route->sets = lgs_map_create(load->arena, sets->n);
    door = lgs_arena_zalloc(load->work, sizeof(*door));
    if (route->sets == NULL || door == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    *door = (lgs_edi_door_t){.route = route, .doc = *doc, .next = load->doors};
    load->doors = door;
    return LGS_OK;
}

static lgs_rc_t resolve_set(lgs_load_t *load, const lgs_edi_door_t *door,
                            const lgs_member_t *member)
{
    lgs_str_t name = lgs_node_text(&member->value), type;
    lgs_route_t *route = lgs_map_get(load->policy->routes, name);

    if (route == NULL) {
        if (member->value.type == LGS_STRING && !load->broken[LGS_KIND_ROUTE]) {
            lgs_finding(load, &door->doc, &member->value, "policy-reference", "no route \"%.*s\"%s",
                        LGS_FMT(name), lgs_did_you_mean(load, name, load->policy->routes));
        }
        return LGS_OK;
    }
    check_target(load, &door->doc, &member->value, door->route, route);
    type = lgs_arena_str(load->arena, lgs_node_text(&member->name));
    if (type.data == NULL || lgs_map_add(door->route->sets, type, route) == LGS_NOMEM) {
        return lgs_errs_nomem(load->errs);
    }
    return LGS_OK;
}

/* Each set is accepted or refused by itself, and the answer is the acknowledgement. */
static void check_target(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         const lgs_route_t *door, const lgs_route_t *route)
{
    if (route == door || route->deliver != LGS_DELIVER_NOW) {
        lgs_finding(load, doc, node, "policy-reference",
                    "sets go to routes with deliver.mode now; \"%.*s\" is none",
                    LGS_FMT(route->name));
    } else if (route->scopes[LGS_POST].n == 0) {
        lgs_finding(load, doc, node, "policy-reference",
                    "route \"%.*s\" has no POST, so nobody has a scope for its sets",
                    LGS_FMT(route->name));
    }
}

/* A mapping that makes records of another kind than the routes of its sets take. */
static void check_kind(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                       const lgs_route_t *door, const lgs_format_rule_t *rule)
{
    for (size_t i = 0; rule->mapping && i < lgs_map_count(door->sets); i++) {
        const lgs_route_t *route;
        lgs_str_t set;
        void *found;

        lgs_map_at(door->sets, i, &set, &found);
        route = found;
        if (lgs_mapping_names_set(rule->mapping, set) &&
            !lgs_str_eq(lgs_mapping_output(rule->mapping), route->record)) {
            lgs_finding(load, doc, node, "policy-reference",
                        "mapping \"%.*s\" makes records of the kind \"%.*s\"; its set %.*s goes to "
                        "route \"%.*s\", which takes \"%.*s\"",
                        LGS_FMT(rule->mapping_name), LGS_FMT(lgs_mapping_output(rule->mapping)),
                        LGS_FMT(set), LGS_FMT(route->name), LGS_FMT(route->record));
        }
    }
}

void lgs_check_edi_formats(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           const lgs_route_t *door, const lgs_format_rules_t *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        if (rules->items[i].input.format && !lgs_input_is_edi(&rules->items[i].input)) {
            lgs_finding(load, doc, node, "policy-value", "route \"%.*s\" takes EDI, not %.*s",
                        LGS_FMT(door->name), LGS_FMT(rules->items[i].format));
        }
        for (const lgs_format_rule_t *rule = &rules->items[i]; rule; rule = rule->next) {
            check_kind(load, doc, node, door, rule);
        }
    }
}

lgs_rc_t lgs_resolve_edi_doors(lgs_load_t *load)
{
    const lgs_err_t *last = load->errs->last;
    lgs_rc_t rc = LGS_OK;

    for (const lgs_edi_door_t *door = load->doors; door && rc == LGS_OK; door = door->next) {
        const lgs_node_t *root = &door->doc.root;
        const lgs_node_t *sets = lgs_node_at(lgs_node_at(root, "edi"), "sets");

        for (uint32_t i = 0; i < sets->n && rc == LGS_OK; i++) {
            rc = resolve_set(load, door, &sets->u.members[i]);
        }
        lgs_check_edi_formats(load, &door->doc, lgs_node_at(root, "formats"), door->route,
                              &door->route->formats);
    }
    lgs_adopt_errors(load, last, LGS_STR(""));
    return rc;
}

void lgs_note_edi_doors(lgs_load_t *load)
{
    for (const lgs_edi_door_t *door = load->doors; door; door = door->next) {
        const lgs_node_t *sets = lgs_node_at(lgs_node_at(&door->doc.root, "edi"), "sets");

        for (uint32_t i = 0; i < sets->n; i++) {
            const lgs_node_t *name = &sets->u.members[i].name;

            lgs_note_edi_set(load, &door->doc, name, door->route, lgs_node_text(name));
        }
    }
}
