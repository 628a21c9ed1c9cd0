/* Rounds (round.h): a history for each machine, things by name over all of them. */
#include "round.h"

#include "../base/digest.h"
#include "../formats/json.h"
#include "program.h"

typedef struct {
    lgs_str_t name, partner, known, kept;
    const lgs_machine_t *machine;
    lgs_machine_state_t before;
    uint64_t keep_ms;
    uint32_t index;
    bool has_undone, has_moved;
} thing_t;

typedef struct machine_s machine_t;
struct machine_s {
    const lgs_machine_t *machine;
    lgs_history_t *history;
    lgs_round_t *round;
    uint32_t *records; /* the history's number of an event → record */
    uint32_t n;
    machine_t *next;
};

struct lgs_round_s {
    lgs_arena_t *arena;
    lgs_round_record_t *records;
    uint32_t n;
    lgs_map_t *things; /* name → thing_t */
    machine_t *machines;
};

static bool name_thing(lgs_round_t *round, const lgs_round_way_t *way, lgs_str_t number,
                       lgs_str_t *name);
static machine_t *find_machine(lgs_round_t *round, const lgs_machine_t *machine);
static thing_t *thing_at(const lgs_round_t *round, uint32_t i);
static void write_known(lgs_buf_t *buf, const thing_t *thing);
static void tell(void *data, const lgs_history_step_t *step);
static lgs_rc_t know_all(lgs_round_t *round);
static lgs_rc_t take(lgs_round_t *round, uint32_t i);
static lgs_rc_t settle(lgs_round_t *round, thing_t *thing);
static bool is_same(const lgs_machine_state_t *a, const lgs_machine_state_t *b);
static bool went_on(const lgs_round_record_t *record);
static lgs_machine_state_t state_after(lgs_round_t *round, const thing_t *thing);

lgs_round_t *lgs_round_create(lgs_arena_t *arena, uint32_t n)
{
    lgs_round_t *round = lgs_arena_zalloc(arena, sizeof(*round));

    if (round == NULL) {
        return NULL;
    }
    *round = (lgs_round_t){.arena = arena,
                           .records = lgs_arena_zalloc(arena, (n + 1) * sizeof(*round->records)),
                           .n = n,
                           .things = lgs_map_create(arena, 16)};
    return round->records && round->things ? round : NULL;
}

lgs_rc_t lgs_round_add(lgs_round_t *round, uint32_t i, const lgs_round_way_t *way,
                       const lgs_node_t *node)
{
    const lgs_machine_t *machine = way->machine;
    lgs_round_record_t *record = &round->records[i];
    lgs_str_t number = way->n_keys ? lgs_machine_key_of(way->keys, way->n_keys, node)
                                   : lgs_machine_key(machine, node);
    lgs_str_t name;
    thing_t *thing;

    if (number.len == 0 || !lgs_machine_names(machine, lgs_node_text(lgs_node_at(node, "type")))) {
        return LGS_OK;
    }
    if (!name_thing(round, way, number, &name) || find_machine(round, machine) == NULL) {
        return LGS_NOMEM;
    }
    thing = lgs_map_get(round->things, name);
    if (thing == NULL) {
        thing = lgs_arena_zalloc(round->arena, sizeof(*thing));
        if (thing == NULL || lgs_map_add(round->things, name, thing) != LGS_OK) {
            return LGS_NOMEM;
        }
        thing->name = name;
        thing->partner = way->partner;
        thing->machine = machine;
        thing->before = lgs_machine_start(machine);
        thing->index = (uint32_t)lgs_map_count(round->things) - 1;
    }
    thing->keep_ms = way->keep_ms;
    *record = (lgs_round_record_t){.machine = machine,
                                   .number = number,
                                   .thing = thing->index,
                                   .event = lgs_machine_event(machine, node),
                                   .is_due = way->is_due};
    return LGS_OK;
}

static bool name_thing(lgs_round_t *round, const lgs_round_way_t *way, lgs_str_t number,
                       lgs_str_t *name)
{
    const lgs_str_t parts[] = {way->partner, number};
    uint8_t digest[LGS_SHA256_LEN];
    char hex[LGS_THING_DIGITS];

    if (!lgs_sha256_parts(parts, LGS_N(parts), digest)) {
        return false;
    }
    lgs_hex(digest, LGS_THING_DIGITS / 2, hex);
    *name = lgs_arena_printf(round->arena, "%.*s:%.*s", LGS_FMT(way->machine->name),
                             (int)LGS_THING_DIGITS, hex);
    return name->data != NULL;
}

static machine_t *find_machine(lgs_round_t *round, const lgs_machine_t *machine)
{
    machine_t *one = round->machines;

    while (one && one->machine != machine) {
        one = one->next;
    }
    if (one) {
        return one;
    }
    one = lgs_arena_zalloc(round->arena, sizeof(*one));
    if (one == NULL) {
        return NULL;
    }
    *one = (machine_t){.machine = machine,
                       .history = lgs_history_create(round->arena, machine, tell, one),
                       .round = round,
                       .records = lgs_arena_array(round->arena, round->n, sizeof(uint32_t)),
                       .next = round->machines};
    if (one->history == NULL || one->records == NULL) {
        return NULL;
    }
    round->machines = one;
    return one;
}

/* ---- things ---- */

uint32_t lgs_round_n_things(const lgs_round_t *round)
{
    return (uint32_t)lgs_map_count(round->things);
}

lgs_str_t lgs_round_thing(const lgs_round_t *round, uint32_t thing)
{
    return thing_at(round, thing)->name;
}

lgs_str_t lgs_round_partner(const lgs_round_t *round, uint32_t thing)
{
    return thing_at(round, thing)->partner;
}

void lgs_round_know(lgs_round_t *round, uint32_t i, lgs_str_t kept)
{
    thing_t *thing = thing_at(round, i);

    thing->known = kept;
    (void)lgs_machine_state_read(thing->machine, kept, &thing->before);
}

lgs_str_t lgs_round_kept(const lgs_round_t *round, uint32_t thing)
{
    return thing_at(round, thing)->kept;
}

void lgs_round_done(lgs_round_t *round, uint32_t thing)
{
    thing_at(round, thing)->kept = lgs_str(NULL, 0);
}

void lgs_round_write_kept(lgs_buf_t *buf, const lgs_round_t *round, uint32_t i)
{
    const thing_t *thing = thing_at(round, i);

    if (thing->kept.len == 0) {
        return;
    }
    write_known(buf, thing);
    lgs_buf_byte(buf, ' ');
    lgs_buf_str(buf, thing->kept);
    lgs_buf_byte(buf, ' ');
    lgs_buf_u64(buf, thing->keep_ms);
    lgs_buf_cstr(buf, thing->has_moved ? " 1\n" : " 0\n");
}

void lgs_round_write_known(lgs_buf_t *buf, const lgs_round_t *round, uint32_t i)
{
    write_known(buf, thing_at(round, i));
    lgs_buf_byte(buf, '\n');
}

static void write_known(lgs_buf_t *buf, const thing_t *thing)
{
    lgs_buf_str(buf, thing->name);
    lgs_buf_byte(buf, ' ');
    lgs_buf_str(buf, thing->known.len ? thing->known : LGS_STR("-"));
}

static thing_t *thing_at(const lgs_round_t *round, uint32_t i)
{
    void *thing;

    lgs_map_at(round->things, i, NULL, &thing);
    return thing;
}

/* ---- decisions ---- */

lgs_rc_t lgs_round_decide(lgs_round_t *round)
{
    lgs_rc_t rc = know_all(round);

    for (uint32_t i = 0; rc == LGS_OK && i < round->n; i++) {
        if (round->records[i].machine) {
            rc = take(round, i);
        }
    }
    return rc;
}

static lgs_rc_t know_all(lgs_round_t *round)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; rc == LGS_OK && i < lgs_round_n_things(round); i++) {
        const thing_t *thing = thing_at(round, i);
        machine_t *machine = find_machine(round, thing->machine);

        rc = machine ? lgs_history_know(machine->history, thing->name, &thing->before) : LGS_NOMEM;
    }
    return rc;
}

/* Past LGS_HISTORY_MAX_PARKED one is parked all the same: it is decided when its message returns.
 */
static lgs_rc_t take(lgs_round_t *round, uint32_t i)
{
    lgs_round_record_t *record = &round->records[i];
    machine_t *machine = find_machine(round, record->machine);
    lgs_str_t name = lgs_round_thing(round, record->thing);
    lgs_rc_t rc;

    if (machine == NULL) {
        return LGS_NOMEM;
    }
    machine->records[machine->n++] = i;
    rc = record->is_due ? lgs_history_take_due(machine->history, name, &record->event)
                        : lgs_history_take(machine->history, name, &record->event);
    return rc == LGS_LIMIT ? LGS_OK : rc;
}

static void tell(void *data, const lgs_history_step_t *step)
{
    machine_t *machine = data;

    machine->round->records[machine->records[step->index]].decision = step->decision;
}

lgs_round_record_t *lgs_round_at(lgs_round_t *round, uint32_t i)
{
    return &round->records[i];
}

uint32_t lgs_round_count(const lgs_round_t *round, lgs_order_t order)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < round->n; i++) {
        n += round->records[i].machine && round->records[i].decision.order == order;
    }
    return n;
}

/* ---- afterwards ---- */

lgs_rc_t lgs_round_settle(lgs_round_t *round)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; i < round->n; i++) {
        if (round->records[i].machine && round->records[i].is_undone) {
            thing_at(round, round->records[i].thing)->has_undone = true;
        }
    }
    for (uint32_t i = 0; rc == LGS_OK && i < lgs_round_n_things(round); i++) {
        rc = settle(round, thing_at(round, i));
    }
    return rc;
}

lgs_rc_t lgs_round_settle_from(lgs_round_t *round, uint32_t i, lgs_str_t kept)
{
    lgs_round_know(round, i, kept);
    thing_at(round, i)->has_undone = true; /* the history began at another place */
    return settle(round, thing_at(round, i));
}

static lgs_rc_t settle(lgs_round_t *round, thing_t *thing)
{
    lgs_machine_state_t after = state_after(round, thing);
    lgs_buf_t buf;

    thing->has_moved = after.state != thing->before.state;
    thing->kept = lgs_str(NULL, 0);
    if (is_same(&after, &thing->before)) {
        return LGS_OK;
    }
    lgs_buf_init(&buf, round->arena, 128, 0);
    lgs_machine_state_write(&buf, thing->machine, &after);
    thing->kept = lgs_buf_text(&buf);
    return buf.failed ? LGS_NOMEM : LGS_OK;
}

static bool is_same(const lgs_machine_state_t *a, const lgs_machine_state_t *b)
{
    return a->state == b->state && a->seen == b->seen && a->has_time == b->has_time &&
           a->at_s == b->at_s;
}

/* Where all are in Odoo the history knows; else those that are there are followed one by one. */
static lgs_machine_state_t state_after(lgs_round_t *round, const thing_t *thing)
{
    const machine_t *machine = find_machine(round, thing->machine);
    lgs_machine_state_t state = thing->before;

    if (machine && !thing->has_undone) {
        return lgs_history_of(machine->history, thing->name);
    }
    for (uint32_t i = 0; i < round->n; i++) {
        const lgs_round_record_t *record = &round->records[i];

        if (record->machine && record->thing == thing->index && went_on(record)) {
            lgs_machine_follow(record->machine, &state, &record->event);
        }
    }
    return state;
}

static bool went_on(const lgs_round_record_t *record)
{
    lgs_order_t order = record->decision.order;

    return !record->is_undone && (order == LGS_ORDER_APPLIED || order == LGS_ORDER_NOTED);
}

/* ---- words ---- */

void lgs_round_write(lgs_buf_t *buf, const lgs_round_record_t *record)
{
    const lgs_machine_decision_t *decision = &record->decision;
    const lgs_machine_t *machine = record->machine;
    const char *between = ",\"missing\":[";

    lgs_buf_cstr(buf, "\"machine\":");
    lgs_json_write_string(buf, machine->name);
    lgs_buf_printf(buf, ",\"decision\":\"%s\",\"why\":\"%s\"", lgs_order_name(decision->order),
                   lgs_order_why_name(decision->why));
    lgs_buf_cstr(buf, ",\"from\":");
    lgs_json_write_string(buf, lgs_machine_state_name(machine, decision->from));
    lgs_buf_cstr(buf, ",\"to\":");
    lgs_json_write_string(buf, lgs_machine_state_name(machine, decision->to));
    for (uint32_t i = 0; i < machine->n_places; i++) {
        if (decision->missing & lgs_state_bit(i)) {
            lgs_buf_cstr(buf, between);
            lgs_json_write_string(buf, machine->places[i].name);
            between = ",";
        }
    }
    lgs_buf_cstr(buf, decision->missing ? "]" : "");
}

void lgs_round_explain(lgs_buf_t *buf, const lgs_round_record_t *record)
{
    const lgs_machine_t *machine = record->machine;
    const lgs_machine_rule_t *rule = lgs_map_get(machine->rules, record->event.type);
    const char *between = ", and it may come from ";

    lgs_buf_printf(buf, "%.*s \"%.*s\" is at \"%.*s\": \"%.*s\" is %s there",
                   LGS_FMT(machine->name), LGS_FMT(record->number),
                   LGS_FMT(lgs_machine_state_name(machine, record->decision.from)),
                   LGS_FMT(record->event.type), lgs_order_why_name(record->decision.why));
    for (uint32_t i = 0;
         rule && record->decision.why == LGS_ORDER_IMPOSSIBLE && i < machine->n_places; i++) {
        if (rule->from & lgs_state_bit(i)) {
            lgs_buf_printf(buf, "%s\"%.*s\"", between, LGS_FMT(machine->places[i].name));
            between = ", ";
        }
    }
}
