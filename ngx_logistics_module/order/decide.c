/*
 * What becomes of an event (machine.h). The states of a thing are in one line: by rank, then by the
 * time of the event that led there, then as they stand in the file. What comes before the place
 * where the thing is, is late; so whatever the order of arrival, the thing ends at the same place.
 */
#include "program.h"

static const char *const order_names[LGS_N_ORDERS] = {
    [LGS_ORDER_PASSED] = "passed", [LGS_ORDER_APPLIED] = "applied", [LGS_ORDER_NOTED] = "noted",
    [LGS_ORDER_PARKED] = "parked", [LGS_ORDER_REFUSED] = "refused",
};

static const char *const why_names[LGS_N_ORDER_WHYS] = {
    [LGS_ORDER_FITS] = "fits",
    [LGS_ORDER_LATE] = "late",
    [LGS_ORDER_DUPLICATE] = "duplicate",
    [LGS_ORDER_IMPOSSIBLE] = "impossible",
};

static bool is_concerned(const lgs_machine_rule_t *rule, lgs_str_t timing);
static lgs_order_why_t judge(const lgs_machine_t *machine, const lgs_machine_rule_t *rule,
                             const lgs_machine_state_t *state, const lgs_machine_event_t *event);
static lgs_order_why_t judge_again(const lgs_machine_state_t *state,
                                   const lgs_machine_event_t *event);
static bool is_behind(const lgs_machine_t *machine, uint32_t to, const lgs_machine_state_t *state,
                      const lgs_machine_event_t *event);
static void change(const lgs_machine_rule_t *rule, lgs_machine_state_t *state,
                   const lgs_machine_event_t *event, const lgs_machine_decision_t *decision);
static bool read_time(const lgs_machine_t *machine, lgs_str_t text, int64_t *at_s);

const char *lgs_order_name(lgs_order_t order)
{
    return order < LGS_N_ORDERS ? order_names[order] : "";
}

const char *lgs_order_why_name(lgs_order_why_t why)
{
    return why < LGS_N_ORDER_WHYS ? why_names[why] : "";
}

lgs_str_t lgs_machine_name(const lgs_machine_t *machine)
{
    return machine->name;
}

uint32_t lgs_machine_n_states(const lgs_machine_t *machine)
{
    return machine->n_places;
}

lgs_str_t lgs_machine_state_name(const lgs_machine_t *machine, uint32_t state)
{
    return state < machine->n_places ? machine->places[state].name : lgs_str(NULL, 0);
}

uint64_t lgs_machine_park_ms(const lgs_machine_t *machine)
{
    return machine->park_ms;
}

lgs_machine_state_t lgs_machine_start(const lgs_machine_t *machine)
{
    return (lgs_machine_state_t){.state = machine->start, .seen = lgs_state_bit(machine->start)};
}

lgs_machine_decision_t lgs_machine_decide(const lgs_machine_t *machine, lgs_machine_state_t *state,
                                          const lgs_machine_event_t *event, bool is_due)
{
    const lgs_machine_rule_t *rule = lgs_map_get(machine->rules, event->type);
    lgs_machine_decision_t decision = {
        .from = state->state, .to = state->state, .order = LGS_ORDER_PASSED};

    if (rule == NULL || !is_concerned(rule, event->timing)) {
        return decision;
    }
    decision.why = judge(machine, rule, state, event);
    decision.order = rule->misfits.of[decision.why];
    if (decision.order == LGS_ORDER_PARKED && is_due) {
        decision.order = machine->then;
    }
    change(rule, state, event, &decision);
    decision.to = state->state;
    if (decision.to != decision.from) {
        decision.missing = machine->places[decision.to].needs & ~state->seen;
    }
    return decision;
}

void lgs_machine_follow(const lgs_machine_t *machine, lgs_machine_state_t *state,
                        const lgs_machine_event_t *event)
{
    const lgs_machine_rule_t *rule = lgs_map_get(machine->rules, event->type);
    lgs_machine_decision_t decision;

    if (rule == NULL || !is_concerned(rule, event->timing)) {
        return;
    }
    decision.why = judge(machine, rule, state, event);
    decision.order = rule->misfits.of[decision.why];
    if (decision.order != LGS_ORDER_APPLIED) {
        decision.order = decision.why == LGS_ORDER_IMPOSSIBLE ? LGS_ORDER_APPLIED : LGS_ORDER_NOTED;
    }
    change(rule, state, event, &decision);
}

bool lgs_machine_names(const lgs_machine_t *machine, lgs_str_t type)
{
    return lgs_map_get(machine->rules, type) != NULL;
}

lgs_str_t lgs_machine_type_at(const lgs_machine_t *machine, uint32_t i)
{
    lgs_str_t type = {NULL, 0};

    if (i < lgs_map_count(machine->rules)) {
        lgs_map_at(machine->rules, i, &type, NULL);
    }
    return type;
}

static bool is_concerned(const lgs_machine_rule_t *rule, lgs_str_t timing)
{
    if (rule->timings == NULL) {
        return timing.len == 0 || lgs_str_is(timing, "actual");
    }
    for (uint32_t i = 0; i < rule->timings->n; i++) {
        if (lgs_str_eq(lgs_node_text(&rule->timings->u.items[i]), timing)) {
            return true;
        }
    }
    return false;
}

static lgs_order_why_t judge(const lgs_machine_t *machine, const lgs_machine_rule_t *rule,
                             const lgs_machine_state_t *state, const lgs_machine_event_t *event)
{
    bool is_allowed = (rule->from & lgs_state_bit(state->state)) != 0;

    if (rule->to == LGS_MACHINE_STAYS) {
        return is_allowed ? LGS_ORDER_FITS : LGS_ORDER_IMPOSSIBLE;
    }
    if (rule->to == state->state) {
        return rule->repeats ? judge_again(state, event) : LGS_ORDER_DUPLICATE;
    }
    if (is_behind(machine, rule->to, state, event)) {
        return LGS_ORDER_LATE;
    }
    return is_allowed ? LGS_ORDER_FITS : LGS_ORDER_IMPOSSIBLE;
}

/* What may come again, as a scan does: only the same moment is the same event. */
static lgs_order_why_t judge_again(const lgs_machine_state_t *state,
                                   const lgs_machine_event_t *event)
{
    if (!event->has_time || !state->has_time || event->at_s > state->at_s) {
        return LGS_ORDER_FITS;
    }
    return event->at_s < state->at_s ? LGS_ORDER_LATE : LGS_ORDER_DUPLICATE;
}

/* Without a time on both sides, what came in later counts as later. */
static bool is_behind(const lgs_machine_t *machine, uint32_t to, const lgs_machine_state_t *state,
                      const lgs_machine_event_t *event)
{
    int64_t rank = machine->places[to].rank, now = machine->places[state->state].rank;

    if (rank != now) {
        return rank < now;
    }
    if (!event->has_time || !state->has_time) {
        return false;
    }
    return event->at_s != state->at_s ? event->at_s < state->at_s : to <= state->state;
}

/* A duplicate moves nothing, but what is of the same rank is compared with the later of the two. */
static void change(const lgs_machine_rule_t *rule, lgs_machine_state_t *state,
                   const lgs_machine_event_t *event, const lgs_machine_decision_t *decision)
{
    bool goes_on = decision->order == LGS_ORDER_APPLIED || decision->order == LGS_ORDER_NOTED;

    if (!goes_on || rule->to == LGS_MACHINE_STAYS) {
        return;
    }
    state->seen |= lgs_state_bit(rule->to);
    if (rule->to == state->state) {
        if (event->has_time && (!state->has_time || event->at_s > state->at_s)) {
            state->at_s = event->at_s;
            state->has_time = true;
        }
    } else if (decision->order == LGS_ORDER_APPLIED) {
        state->state = rule->to;
        state->at_s = event->at_s;
        state->has_time = event->has_time;
    }
}

lgs_machine_event_t lgs_machine_event(const lgs_machine_t *machine, const lgs_node_t *record)
{
    lgs_machine_event_t event = {.type = lgs_node_text(lgs_node_at(record, "type")),
                                 .timing = lgs_node_text(lgs_node_at(record, "timing"))};
    lgs_str_t at = lgs_node_text(lgs_node_at(record, "occurred_at"));
    lgs_str_t local = lgs_node_text(lgs_node_at(record, "local"));

    event.has_time = read_time(machine, at, &event.at_s) || read_time(machine, local, &event.at_s);
    return event;
}

static bool read_time(const lgs_machine_t *machine, lgs_str_t text, int64_t *at_s)
{
    lgs_datetime_t value;

    if (!lgs_datetime_read(machine->iso, text, &value) &&
        !lgs_datetime_read(machine->date, text, &value)) {
        return false;
    }
    if (!value.has_offset) {
        value.has_offset = true;
        value.offset_s = 0;
    }
    *at_s = lgs_datetime_to_epoch(&value);
    return true;
}

lgs_str_t lgs_machine_key(const lgs_machine_t *machine, const lgs_node_t *record)
{
    return lgs_machine_key_of(machine->keys, machine->n_keys, record);
}

const lgs_str_t *lgs_machine_keys(const lgs_machine_t *machine, uint32_t *n)
{
    *n = machine->n_keys;
    return machine->keys;
}

lgs_str_t lgs_machine_key_of(const lgs_str_t *kinds, uint32_t n, const lgs_node_t *record)
{
    const lgs_node_t *refs = lgs_node_at(record, "refs");

    for (uint32_t k = 0; refs && refs->type == LGS_ARRAY && k < n; k++) {
        for (uint32_t i = 0; i < refs->n; i++) {
            const lgs_node_t *ref = &refs->u.items[i];
            lgs_str_t value = lgs_node_text(lgs_node_at(ref, "v"));

            if (value.len && lgs_str_eq(lgs_node_text(lgs_node_at(ref, "t")), kinds[k])) {
                return value;
            }
        }
    }
    return lgs_str(NULL, 0);
}
