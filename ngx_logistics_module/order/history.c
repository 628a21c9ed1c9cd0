/*
 * Histories (history.h): a state and a list of parked events for each thing. A move of the thing
 * makes all that is parked be judged again, from the first, until nothing moves any more.
 */
#include "history.h"

typedef struct parked_s parked_t;
struct parked_s {
    lgs_machine_event_t event;
    uint32_t index;
    parked_t *next;
};

typedef struct {
    lgs_str_t key;
    lgs_machine_state_t state;
    parked_t *first;
    uint32_t n_parked;
} thing_t;

struct lgs_history_s {
    lgs_arena_t *arena;
    const lgs_machine_t *machine;
    lgs_history_tell_t tell;
    void *data;
    lgs_map_t *things; /* key → thing_t */
    uint32_t n;        /* events */
};

static lgs_rc_t take(lgs_history_t *history, lgs_str_t key, const lgs_machine_event_t *event,
                     bool is_due);
static thing_t *find_thing(lgs_history_t *history, lgs_str_t key);
static bool decide(lgs_history_t *history, thing_t *thing, const parked_t *one, bool was_parked,
                   bool is_due, lgs_order_t *order);
static lgs_rc_t park(lgs_history_t *history, thing_t *thing, const parked_t *one);
static bool let_in(lgs_history_t *history, thing_t *thing, bool is_due);

lgs_history_t *lgs_history_create(lgs_arena_t *arena, const lgs_machine_t *machine,
                                  lgs_history_tell_t tell, void *data)
{
    lgs_history_t *history = lgs_arena_zalloc(arena, sizeof(*history));

    if (history == NULL) {
        return NULL;
    }
    *history = (lgs_history_t){.arena = arena,
                               .machine = machine,
                               .tell = tell,
                               .data = data,
                               .things = lgs_map_create(arena, 64)};
    return history->things ? history : NULL;
}

lgs_rc_t lgs_history_take(lgs_history_t *history, lgs_str_t key, const lgs_machine_event_t *event)
{
    return take(history, key, event, false);
}

lgs_rc_t lgs_history_take_due(lgs_history_t *history, lgs_str_t key,
                              const lgs_machine_event_t *event)
{
    return take(history, key, event, true);
}

lgs_rc_t lgs_history_know(lgs_history_t *history, lgs_str_t key, const lgs_machine_state_t *state)
{
    thing_t *thing = find_thing(history, key);

    if (thing == NULL) {
        return LGS_NOMEM;
    }
    thing->state = *state;
    return LGS_OK;
}

lgs_machine_state_t lgs_history_of(const lgs_history_t *history, lgs_str_t key)
{
    const thing_t *thing = lgs_map_get(history->things, key);

    return thing ? thing->state : lgs_machine_start(history->machine);
}

static lgs_rc_t take(lgs_history_t *history, lgs_str_t key, const lgs_machine_event_t *event,
                     bool is_due)
{
    thing_t *thing = find_thing(history, key);
    parked_t one = {.event = *event, .index = history->n};
    lgs_order_t order;

    if (thing == NULL) {
        return LGS_NOMEM;
    }
    history->n++;
    if (decide(history, thing, &one, false, is_due, &order)) {
        while (let_in(history, thing, false)) {
        }
    }
    return order == LGS_ORDER_PARKED ? park(history, thing, &one) : LGS_OK;
}

void lgs_history_end(lgs_history_t *history)
{
    for (uint32_t i = 0; i < lgs_history_n(history); i++) {
        void *thing;

        lgs_map_at(history->things, i, NULL, &thing);
        while (((thing_t *)thing)->first) {
            (void)let_in(history, thing, true);
            while (let_in(history, thing, false)) {
            }
        }
    }
}

uint32_t lgs_history_n(const lgs_history_t *history)
{
    return (uint32_t)lgs_map_count(history->things);
}

lgs_machine_state_t lgs_history_at(const lgs_history_t *history, uint32_t i, lgs_str_t *key)
{
    void *thing;

    lgs_map_at(history->things, i, key, &thing);
    return ((const thing_t *)thing)->state;
}

static thing_t *find_thing(lgs_history_t *history, lgs_str_t key)
{
    thing_t *thing = lgs_map_get(history->things, key);

    if (thing) {
        return thing;
    }
    thing = lgs_arena_zalloc(history->arena, sizeof(*thing));
    if (thing == NULL) {
        return NULL;
    }
    thing->key = key;
    thing->state = lgs_machine_start(history->machine);
    return lgs_map_add(history->things, key, thing) == LGS_OK ? thing : NULL;
}

/* True when the thing moved. What stays parked is not told again. */
static bool decide(lgs_history_t *history, thing_t *thing, const parked_t *one, bool was_parked,
                   bool is_due, lgs_order_t *order)
{
    lgs_history_step_t step = {
        .key = thing->key, .event = one->event, .index = one->index, .was_parked = was_parked};

    step.decision = lgs_machine_decide(history->machine, &thing->state, &one->event, is_due);
    *order = step.decision.order;
    if (!was_parked || *order != LGS_ORDER_PARKED) {
        history->tell(history->data, &step);
    }
    return step.decision.from != step.decision.to;
}

static lgs_rc_t park(lgs_history_t *history, thing_t *thing, const parked_t *one)
{
    parked_t *kept, **at = &thing->first;

    if (thing->n_parked == LGS_HISTORY_MAX_PARKED) {
        return LGS_LIMIT;
    }
    kept = lgs_arena_alloc(history->arena, sizeof(*kept));
    if (kept == NULL) {
        return LGS_NOMEM;
    }
    *kept = *one;
    while (*at) {
        at = &(*at)->next;
    }
    *at = kept;
    thing->n_parked++;
    return LGS_OK;
}

/* The first of what is parked that may go now, or simply the first; false: nothing moved. */
static bool let_in(lgs_history_t *history, thing_t *thing, bool is_due)
{
    parked_t **at = &thing->first;

    while (*at) {
        lgs_order_t order;
        bool has_moved = decide(history, thing, *at, true, is_due, &order);

        if (order != LGS_ORDER_PARKED) {
            *at = (*at)->next;
            thing->n_parked--;
        } else {
            at = &(*at)->next;
        }
        if (has_moved || is_due) {
            return has_moved;
        }
    }
    return false;
}
