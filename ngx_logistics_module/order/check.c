/*
 * Whether a machine makes sense as a whole: types that there are, states that can be reached,
 * transitions that can happen, and an end for what is parked.
 */
#include "check.h"

static void check_rules(lgs_machine_compiler_t *c);
static void check_type(lgs_machine_compiler_t *c, const lgs_machine_rule_t *rule);
static void check_repeat(lgs_machine_compiler_t *c, const lgs_machine_rule_t *rule);
static void check_from(lgs_machine_compiler_t *c, const lgs_machine_rule_t *rule);
static void check_reach(lgs_machine_compiler_t *c);
static uint64_t reach_once(const lgs_machine_t *machine, uint64_t reached);
static void check_needs(lgs_machine_compiler_t *c, uint64_t reached);
static void check_park(lgs_machine_compiler_t *c);
static const lgs_machine_rule_t *rule_at(const lgs_machine_t *machine, size_t i);

void lgs_machine_check(lgs_machine_compiler_t *c)
{
    check_rules(c);
    if (lgs_machine_is_good(
            c)) { /* else states may seem out of reach because of a slip of the pen */
        check_reach(c);
    }
    check_park(c);
}

static const lgs_machine_rule_t *rule_at(const lgs_machine_t *machine, size_t i)
{
    void *rule;

    lgs_map_at(machine->rules, i, NULL, &rule);
    return rule;
}

static void check_rules(lgs_machine_compiler_t *c)
{
    for (size_t i = 0; i < lgs_map_count(c->machine->rules); i++) {
        const lgs_machine_rule_t *rule = rule_at(c->machine, i);

        check_type(c, rule);
        check_repeat(c, rule);
        check_from(c, rule);
    }
}

static void check_type(lgs_machine_compiler_t *c, const lgs_machine_rule_t *rule)
{
    lgs_str_t known[LGS_MACHINE_MAX_EVENTS], near;
    uint32_t n = 0;

    if (c->types == NULL || c->types->type != LGS_ARRAY) {
        return;
    }
    for (uint32_t i = 0; i < c->types->n; i++) {
        lgs_str_t type = lgs_node_text(&c->types->u.items[i]);

        if (lgs_str_eq(type, rule->type)) {
            return;
        }
        if (n < LGS_N(known)) {
            known[n++] = type;
        }
    }
    near = lgs_nearest(rule->type, known, n);
    lgs_errs_add(c->errs, "machine-event", lgs_machine_at(c, &rule->member->name),
                 "there is no event type \"%.*s\"%s%.*s%s", LGS_FMT(rule->type),
                 near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"?" : "");
}

static void check_repeat(lgs_machine_compiler_t *c, const lgs_machine_rule_t *rule)
{
    const lgs_node_t *repeat = lgs_node_at(&rule->member->value, "repeat");

    if (repeat && rule->to == LGS_MACHINE_STAYS && !lgs_node_at(&rule->member->value, "to")) {
        lgs_errs_add(c->errs, "machine-transition", lgs_machine_at(c, repeat),
                     "an event that leads nowhere may come again anyway: leave repeat out");
    }
}

/* From a higher rank it would be late, from the same state a duplicate: neither ever happens. */
static void check_from(lgs_machine_compiler_t *c, const lgs_machine_rule_t *rule)
{
    const lgs_node_t *from = lgs_node_at(&rule->member->value, "from");
    const lgs_machine_place_t *places = c->machine->places;

    if (rule->to == LGS_MACHINE_STAYS || from == NULL || from->type != LGS_ARRAY) {
        return;
    }
    for (uint32_t i = 0; i < c->machine->n_places; i++) {
        if ((rule->from & lgs_state_bit(i)) == 0) {
            continue;
        }
        if (i == rule->to) {
            lgs_errs_add(c->errs, "machine-transition", lgs_machine_at(c, from),
                         "\"%.*s\" leads from \"%.*s\" to itself: leave it out of from; repeat: "
                         "true says that it may come again",
                         LGS_FMT(rule->type), LGS_FMT(places[i].name));
        } else if (places[i].rank > places[rule->to].rank) {
            lgs_errs_add(c->errs, "machine-transition", lgs_machine_at(c, from),
                         "\"%.*s\" never leads from \"%.*s\" (rank %lld) to \"%.*s\" (rank %lld): "
                         "it is late there",
                         LGS_FMT(rule->type), LGS_FMT(places[i].name), (long long)places[i].rank,
                         LGS_FMT(places[rule->to].name), (long long)places[rule->to].rank);
        }
    }
}

static void check_reach(lgs_machine_compiler_t *c)
{
    const lgs_machine_t *machine = c->machine;
    uint64_t reached = machine->n_places ? lgs_state_bit(machine->start) : 0, before;

    do {
        before = reached;
        reached = reach_once(machine, reached);
    } while (reached != before);
    for (uint32_t i = 0; i < machine->n_places; i++) {
        if ((reached & lgs_state_bit(i)) == 0) {
            lgs_errs_add(
                c->errs, "machine-unreachable", lgs_machine_at(c, &machine->places[i].member->name),
                "no events lead from \"%.*s\" to the state \"%.*s\"",
                LGS_FMT(machine->places[machine->start].name), LGS_FMT(machine->places[i].name));
        }
    }
    check_needs(c, reached);
}

static uint64_t reach_once(const lgs_machine_t *machine, uint64_t reached)
{
    for (size_t i = 0; i < lgs_map_count(machine->rules); i++) {
        const lgs_machine_rule_t *rule = rule_at(machine, i);

        for (uint32_t s = 0; rule->to != LGS_MACHINE_STAYS && s < machine->n_places; s++) {
            if ((rule->from & reached & lgs_state_bit(s)) &&
                machine->places[s].rank <= machine->places[rule->to].rank) {
                reached |= lgs_state_bit(rule->to);
            }
        }
    }
    return reached;
}

/* A state of a higher rank never comes before. */
static void check_needs(lgs_machine_compiler_t *c, uint64_t reached)
{
    const lgs_machine_place_t *places = c->machine->places;

    for (uint32_t i = 0; i < c->machine->n_places; i++) {
        for (uint32_t k = 0; k < c->machine->n_places; k++) {
            if ((places[i].needs & reached & lgs_state_bit(k)) && places[k].rank > places[i].rank) {
                lgs_errs_add(c->errs, "machine-needs", lgs_machine_at(c, &places[i].member->name),
                             "\"%.*s\" needs \"%.*s\", which has a higher rank and comes after it",
                             LGS_FMT(places[i].name), LGS_FMT(places[k].name));
            }
        }
    }
}

/* What is parked without an end is lost; a time that nothing waits for is a slip of the pen. */
static void check_park(lgs_machine_compiler_t *c)
{
    const lgs_node_t *park = lgs_node_at(&c->doc->root, "park");
    const lgs_machine_rule_t *parks = NULL;

    for (size_t i = 0; parks == NULL && i < lgs_map_count(c->machine->rules); i++) {
        const lgs_machine_rule_t *rule = rule_at(c->machine, i);

        if (rule->misfits.of[LGS_ORDER_IMPOSSIBLE] == LGS_ORDER_PARKED) {
            parks = rule;
        }
    }
    if (parks && park == NULL) {
        lgs_errs_add(c->errs, "machine-park", lgs_machine_at(c, &parks->member->name),
                     "\"%.*s\" may be parked, and nothing says for how long: park: {for: 2h, then: "
                     "note}",
                     LGS_FMT(parks->type));
    }
    if (parks == NULL && park) {
        lgs_errs_add(c->errs, "machine-park", lgs_machine_at(c, park),
                     "nothing is ever parked: leave park out, or say impossible: park");
    }
}
