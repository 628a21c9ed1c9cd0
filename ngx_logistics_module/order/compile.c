/*
 * machines/<name>.yaml → lgs_machine_t (machine.h, docs/schema/machine.json). Every finding stands
 * at its place in the file; what has the wrong type is the schema's finding and is passed over.
 * Texts and lists are borrowed from the tree.
 */
#include "check.h"

static const char *const words[] = {
    [LGS_ORDER_APPLIED] = "apply",
    [LGS_ORDER_NOTED] = "note",
    [LGS_ORDER_PARKED] = "park",
    [LGS_ORDER_REFUSED] = "refuse",
};

/* What does not fit, its key, and what becomes of it where the file says nothing. */
static const struct {
    lgs_order_why_t why;
    const char *key;
    lgs_order_t order;
} misfits[] = {
    {LGS_ORDER_LATE, "late", LGS_ORDER_NOTED},
    {LGS_ORDER_DUPLICATE, "duplicate", LGS_ORDER_NOTED},
    {LGS_ORDER_IMPOSSIBLE, "impossible", LGS_ORDER_NOTED},
};

static lgs_rc_t take_all(lgs_machine_compiler_t *c);
static void take_keys(lgs_machine_compiler_t *c, const lgs_node_t *node);
static void take_states(lgs_machine_compiler_t *c, const lgs_node_t *node);
static void take_rank(lgs_machine_place_t *place);
static void take_needs(lgs_machine_compiler_t *c, lgs_machine_place_t *place);
static void take_start(lgs_machine_compiler_t *c, const lgs_node_t *node);
static void take_park(lgs_machine_compiler_t *c, const lgs_node_t *node);
static void take_misfits(const lgs_node_t *node, lgs_machine_misfits_t *out);
static lgs_rc_t take_events(lgs_machine_compiler_t *c, const lgs_node_t *node);
static lgs_rc_t take_event(lgs_machine_compiler_t *c, const lgs_member_t *member);
static uint64_t take_from(lgs_machine_compiler_t *c, const lgs_node_t *node);
static bool find_state(lgs_machine_compiler_t *c, const lgs_node_t *node, uint32_t *state);

lgs_machine_t *lgs_machine_compile(lgs_arena_t *arena, const lgs_doc_t *doc,
                                   const lgs_node_t *types, lgs_errs_t *errs)
{
    lgs_machine_compiler_t c = {.arena = arena,
                                .doc = doc,
                                .types = types,
                                .errs = errs,
                                .n_before = (uint64_t)errs->n + errs->more};

    c.machine = lgs_arena_zalloc(arena, sizeof(*c.machine));
    if (c.machine == NULL || take_all(&c) != LGS_OK) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    lgs_machine_check(&c);
    return lgs_machine_is_good(&c) ? c.machine : NULL;
}

static lgs_rc_t take_all(lgs_machine_compiler_t *c)
{
    const lgs_node_t *root = &c->doc->root;
    lgs_machine_t *machine = c->machine;

    machine->rules = lgs_map_create(c->arena, 32);
    machine->iso = lgs_dateformat_compile(c->arena, LGS_STR("iso"), c->errs);
    machine->date = lgs_dateformat_compile(c->arena, LGS_STR("date"), c->errs);
    if (machine->rules == NULL || machine->iso == NULL || machine->date == NULL) {
        return LGS_NOMEM;
    }
    machine->name = lgs_node_text(lgs_node_at(root, "machine"));
    take_keys(c, lgs_node_at(root, "key"));
    take_states(c, lgs_node_at(root, "states"));
    take_start(c, lgs_node_at(root, "start"));
    take_park(c, lgs_node_at(root, "park"));
    c->misfits.of[LGS_ORDER_FITS] = LGS_ORDER_APPLIED;
    for (size_t i = 0; i < LGS_N(misfits); i++) {
        c->misfits.of[misfits[i].why] = misfits[i].order;
    }
    take_misfits(root, &c->misfits);
    return take_events(c, lgs_node_at(root, "events"));
}

/* ---- what its things are known by, and where they can be ---- */

static void take_keys(lgs_machine_compiler_t *c, const lgs_node_t *node)
{
    for (uint32_t i = 0; node && node->type == LGS_ARRAY && i < node->n; i++) {
        if (c->machine->n_keys == LGS_MACHINE_MAX_KEYS) {
            lgs_errs_add(c->errs, "machine-limit", lgs_machine_at(c, &node->u.items[i]),
                         "more than %u kinds of numbers", LGS_MACHINE_MAX_KEYS);
            return;
        }
        c->machine->keys[c->machine->n_keys++] = lgs_node_text(&node->u.items[i]);
    }
}

static void take_states(lgs_machine_compiler_t *c, const lgs_node_t *node)
{
    lgs_machine_t *machine = c->machine;

    for (uint32_t i = 0; node && node->type == LGS_OBJECT && i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];

        if (machine->n_places == LGS_MACHINE_MAX_STATES) {
            lgs_errs_add(c->errs, "machine-limit", lgs_machine_at(c, &member->name),
                         "more than %u states", LGS_MACHINE_MAX_STATES);
            break;
        }
        machine->places[machine->n_places++] = (lgs_machine_place_t){
            .name = lgs_node_text(&member->name), .member = member};
    }
    for (uint32_t i = 0; i < machine->n_places; i++) {
        take_rank(&machine->places[i]);
        take_needs(c, &machine->places[i]);
    }
}

static void take_rank(lgs_machine_place_t *place)
{
    const lgs_node_t *node = lgs_node_at(&place->member->value, "rank");

    if (!lgs_node_int(node, &place->rank) || place->rank < 0 ||
        place->rank > LGS_MACHINE_MAX_RANK) {
        place->rank = 0; /* the schema says what is wrong with it */
    }
}

static void take_needs(lgs_machine_compiler_t *c, lgs_machine_place_t *place)
{
    const lgs_node_t *list = lgs_node_at(&place->member->value, "needs");

    for (uint32_t i = 0; list && list->type == LGS_ARRAY && i < list->n; i++) {
        const lgs_node_t *item = &list->u.items[i];
        uint32_t state;

        if (!find_state(c, item, &state)) {
            continue;
        }
        if (&c->machine->places[state] == place) {
            lgs_errs_add(c->errs, "machine-needs", lgs_machine_at(c, item),
                         "state \"%.*s\" needs itself", LGS_FMT(place->name));
        }
        place->needs |= lgs_state_bit(state);
    }
}

static void take_start(lgs_machine_compiler_t *c, const lgs_node_t *node)
{
    if (node && node->type == LGS_STRING) {
        (void)find_state(c, node, &c->machine->start);
    }
}

/* ---- what does not fit ---- */

static void take_park(lgs_machine_compiler_t *c, const lgs_node_t *node)
{
    const lgs_node_t *time = lgs_node_at(node, "for");
    lgs_str_t then = lgs_node_text(lgs_node_at(node, "then"));

    c->machine->then = LGS_ORDER_NOTED;
    for (size_t i = LGS_ORDER_APPLIED; i < LGS_N(words); i++) {
        if (lgs_str_is(then, words[i])) {
            c->machine->then = (lgs_order_t)i;
        }
    }
    if (time == NULL || time->type != LGS_STRING) {
        return;
    }
    if (!lgs_duration_read(lgs_node_text(time), &c->machine->park_ms) || c->machine->park_ms == 0) {
        lgs_errs_add(c->errs, "machine-park", lgs_machine_at(c, time),
                     "\"%.*s\" is not a time to wait; write a number with s, m, h or d behind it: "
                     "2h",
                     LGS_FMT(lgs_node_text(time)));
        c->machine->park_ms = 1; /* one finding is enough */
    }
}

/* Of the machine, or of one event: keys that are not there leave it as it is. */
static void take_misfits(const lgs_node_t *node, lgs_machine_misfits_t *out)
{
    for (size_t i = 0; i < LGS_N(misfits); i++) {
        lgs_str_t word = lgs_node_text(lgs_node_at(node, misfits[i].key));

        for (size_t k = LGS_ORDER_APPLIED; k < LGS_N(words); k++) {
            if (lgs_str_is(word, words[k])) {
                out->of[misfits[i].why] = (lgs_order_t)k;
            }
        }
    }
}

/* ---- events ---- */

static lgs_rc_t take_events(lgs_machine_compiler_t *c, const lgs_node_t *node)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; rc == LGS_OK && node && node->type == LGS_OBJECT && i < node->n; i++) {
        if (i == LGS_MACHINE_MAX_EVENTS) {
            lgs_errs_add(c->errs, "machine-limit", lgs_machine_at(c, &node->u.members[i].name),
                         "more than %u events", LGS_MACHINE_MAX_EVENTS);
            break;
        }
        rc = take_event(c, &node->u.members[i]);
    }
    return rc;
}

static lgs_rc_t take_event(lgs_machine_compiler_t *c, const lgs_member_t *member)
{
    lgs_machine_rule_t *rule = lgs_arena_zalloc(c->arena, sizeof(*rule));
    const lgs_node_t *value = &member->value, *timing = lgs_node_at(value, "timing");
    const lgs_node_t *to = lgs_node_at(value, "to");

    if (rule == NULL) {
        return LGS_NOMEM;
    }
    *rule = (lgs_machine_rule_t){.type = lgs_node_text(&member->name),
                                 .timings = timing && timing->type == LGS_ARRAY ? timing : NULL,
                                 .from = take_from(c, lgs_node_at(value, "from")),
                                 .to = LGS_MACHINE_STAYS,
                                 .repeats = lgs_node_is_true(lgs_node_at(value, "repeat")),
                                 .misfits = c->misfits,
                                 .member = member};
    if (to && to->type == LGS_STRING) {
        (void)find_state(c, to, &rule->to);
    }
    take_misfits(value, &rule->misfits);
    return lgs_map_add(c->machine->rules, rule->type, rule);
}

/* Not said: from anywhere. */
static uint64_t take_from(lgs_machine_compiler_t *c, const lgs_node_t *node)
{
    uint64_t from = 0;
    uint32_t state;

    if (node == NULL || node->type != LGS_ARRAY) {
        return UINT64_MAX;
    }
    for (uint32_t i = 0; i < node->n; i++) {
        if (find_state(c, &node->u.items[i], &state)) {
            from |= lgs_state_bit(state);
        }
    }
    return from;
}

/* A finding, and *state as it was, when there is none of that name. */
static bool find_state(lgs_machine_compiler_t *c, const lgs_node_t *node, uint32_t *state)
{
    lgs_str_t names[LGS_MACHINE_MAX_STATES], name = lgs_node_text(node), near;

    for (uint32_t i = 0; i < c->machine->n_places; i++) {
        names[i] = c->machine->places[i].name;
        if (lgs_str_eq(names[i], name)) {
            *state = i;
            return true;
        }
    }
    if (node->type != LGS_STRING) {
        return false;
    }
    near = lgs_nearest(name, names, c->machine->n_places);
    lgs_errs_add(c->errs, "machine-state", lgs_machine_at(c, node),
                 "there is no state \"%.*s\"%s%.*s%s", LGS_FMT(name),
                 near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"?" : "");
    return false;
}
