/*
 * State machines: JSON [machine, event, event, …] → compiled, run, ended. A machine is good or has
 * findings; a thing never goes to an earlier state unless the file says `apply`; every event is
 * settled at the end.
 */
#include "../../ngx_logistics_module/formats/json.h"
#include "../../ngx_logistics_module/order/history.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const lgs_machine_t *machine;
    uint32_t n_parked, n_back;
} told_t;

static void tell(void *data, const lgs_history_step_t *step)
{
    const lgs_machine_decision_t *made = &step->decision;
    told_t *told = data;

    told->n_parked += !step->was_parked && made->order == LGS_ORDER_PARKED;
    told->n_back += step->was_parked;
    if (step->was_parked && made->order == LGS_ORDER_PARKED) {
        abort(); /* is not told again */
    }
    if (made->from >= lgs_machine_n_states(told->machine) ||
        made->to >= lgs_machine_n_states(told->machine)) {
        abort();
    }
    if (made->from != made->to && made->order != LGS_ORDER_APPLIED) {
        abort();
    }
}

/* What is kept of a state means the same when it is read: where names are such as the schema
 * allows. */
static void keep(lgs_arena_t *arena, const lgs_machine_t *machine, lgs_machine_state_t state)
{
    lgs_machine_state_t again;
    lgs_buf_t buf;
    bool is_plain = true;

    for (uint32_t i = 0; i < lgs_machine_n_states(machine); i++) {
        lgs_str_t name = lgs_machine_state_name(machine, i);

        for (size_t k = 0; k < name.len; k++) {
            is_plain = is_plain && strchr("@+,", name.data[k]) == NULL;
        }
    }
    lgs_buf_init(&buf, arena, 64, 0);
    lgs_machine_state_write(&buf, machine, &state);
    if (lgs_machine_state_read(machine, lgs_buf_text(&buf), &again) != is_plain && is_plain &&
        buf.len <= LGS_MACHINE_MAX_KEPT) {
        abort();
    }
    if (is_plain && buf.len <= LGS_MACHINE_MAX_KEPT &&
        (again.state != state.state || again.seen != state.seen ||
         again.has_time != state.has_time || (state.has_time && again.at_s != state.at_s))) {
        abort();
    }
}

static void run(lgs_arena_t *arena, const lgs_machine_t *machine, const lgs_node_t *list)
{
    told_t told = {.machine = machine};
    lgs_history_t *history = lgs_history_create(arena, machine, tell, &told);

    for (uint32_t i = 1; history && i < list->n; i++) {
        const lgs_node_t *record = &list->u.items[i];
        const lgs_machine_event_t event = lgs_machine_event(machine, record);

        lgs_machine_state_t kept;

        (void)lgs_machine_state_read(machine, lgs_node_text(lgs_node_at(record, "kept")), &kept);
        if (lgs_history_take(history, lgs_machine_key(machine, record), &event) != LGS_OK) {
            return;
        }
    }
    if (history) {
        lgs_history_end(history);
        for (uint32_t i = 0; i < lgs_history_n(history); i++) {
            keep(arena, machine, lgs_history_at(history, i, NULL));
        }
    }
    if (told.n_parked != told.n_back) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_arena_t *arena = lgs_arena_create(4096, 16u << 20);
    const lgs_machine_t *machine;
    lgs_errs_t errs;
    lgs_doc_t doc;

    if (arena == NULL) {
        return 0;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    if (lgs_json_read(arena, lgs_str((const char *)data, size), NULL, &doc, &errs) == LGS_OK &&
        doc.root.type == LGS_ARRAY && doc.root.n > 0) {
        lgs_doc_t own = doc;

        own.root = doc.root.u.items[0];
        machine = lgs_machine_compile(arena, &own, NULL, &errs);
        if (machine && lgs_machine_n_states(machine) > 0) {
            run(arena, machine, &doc.root);
        } else if (machine == NULL && errs.first == NULL) {
            abort();
        }
    }
    lgs_arena_destroy(arena);
    return 0;
}
