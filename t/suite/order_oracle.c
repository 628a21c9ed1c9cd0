/*
 * A machine's decisions for t/order_random.t:
 *
 *   order_oracle MACHINE.json     exit 2: it is no machine
 *
 * reads lines "KEPT TYPE SECONDS DUE": where the thing is, as the queue keeps it ('-' for nothing
 * known), the event, its time ('-' for none), 1 when its time to wait is over; and writes for each
 * "DECISION KEPT MOVED": where it is afterwards, 1 when that is another state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../ngx_logistics_module/base/file.h"
#include "../../ngx_logistics_module/formats/json.h"
#include "../../ngx_logistics_module/order/machine.h"

#define MAX_FILE (1u << 20)

static lgs_machine_t *load(lgs_arena_t *arena, const char *path, lgs_doc_t *doc);
static void answer(lgs_arena_t *arena, const lgs_machine_t *machine, char *line);

int main(int argc, char **argv)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0), *scratch = lgs_arena_create(0, 0);
    lgs_machine_t *machine = NULL;
    char line[LGS_MACHINE_MAX_KEPT + 256];
    lgs_doc_t doc;

    if (arena && scratch && argc == 2) {
        machine = load(arena, argv[1], &doc);
    }
    while (machine && fgets(line, sizeof(line), stdin)) {
        answer(scratch, machine, line);
        lgs_arena_reset(scratch);
    }
    lgs_arena_destroy(scratch);
    lgs_arena_destroy(arena);
    return machine ? 0 : 2;
}

static lgs_machine_t *load(lgs_arena_t *arena, const char *path, lgs_doc_t *doc)
{
    lgs_str_t text;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 1);
    if (lgs_file_read(arena, path, MAX_FILE, &text, &errs) != LGS_OK ||
        lgs_json_read(arena, text, NULL, doc, &errs) != LGS_OK) {
        return NULL;
    }
    return lgs_machine_compile(arena, doc, NULL, &errs);
}

static void answer(lgs_arena_t *arena, const lgs_machine_t *machine, char *line)
{
    char *rest = NULL;
    const char *kept = strtok_r(line, " \n", &rest), *type = strtok_r(NULL, " \n", &rest);
    const char *seconds = strtok_r(NULL, " \n", &rest), *due = strtok_r(NULL, " \n", &rest);
    lgs_machine_state_t state = lgs_machine_start(machine);
    lgs_machine_event_t event = {.timing = LGS_STR("actual")};
    lgs_machine_decision_t decision;
    uint32_t before;
    lgs_buf_t buf;

    if (due == NULL) {
        return;
    }
    (void)lgs_machine_state_read(machine, lgs_cstr(strcmp(kept, "-") ? kept : ""), &state);
    before = state.state;
    event.type = lgs_cstr(type);
    event.has_time = strcmp(seconds, "-") != 0;
    event.at_s = event.has_time ? strtoll(seconds, NULL, 10) : 0;
    decision = lgs_machine_decide(machine, &state, &event, *due == '1');
    lgs_buf_init(&buf, arena, 256, 0);
    lgs_machine_state_write(&buf, machine, &state);
    printf("%s %.*s %d\n", lgs_order_name(decision.order), (int)buf.len, buf.data,
           state.state != before);
    fflush(stdout);
}
