/*
 * Cases of machines for logisticsctl test. DIR/cases/machine.<name>/<case>/ holds input.json, a
 * list of canonical events in the order in which they come, and expected.json, a list of what
 * becomes of them: what `logisticsctl order --json` prints, without the lines of the file, and at
 * the end where each thing is.
 */
#include "cases.h"
#include "machine.h"
#include "translate.h"

#include "../base/file.h"
#include "../policy/policy.h"

#include <stdio.h>

typedef struct {
    const lgs_machine_t *machine;
    lgs_buf_t out;
} told_t;

static bool run_cases(lgs_arena_t *arena, const char *folder, const lgs_machine_t *machine,
                      unsigned *passed, unsigned *failed);
static bool run_case(lgs_arena_t *arena, const char *folder, const char *name,
                     const lgs_machine_t *machine);
static lgs_str_t decide(lgs_arena_t *arena, const char *input, const lgs_machine_t *machine,
                        lgs_errs_t *errs);
static void tell(void *data, const ctl_decision_t *decision);
static void tell_things(told_t *told, const lgs_history_t *history);

bool ctl_test_order(lgs_arena_t *arena, const char *dir, const char *name, unsigned *passed,
                    unsigned *failed)
{
    static const lgs_policy_options_t light = {.read_secrets = false, .read_keys = false};
    lgs_str_t folder = lgs_arena_printf(arena, "%s/cases/" CTL_MACHINE_CASES "%s", dir, name);
    const lgs_machine_t *machine;
    lgs_policy_t *policy;
    lgs_errs_t errs;
    bool ok = false;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    policy = lgs_policy_load(dir, &light, &errs);
    if (policy == NULL || folder.data == NULL) {
        ctl_print_errors(&errs, dir);
        lgs_policy_free(policy);
        return false;
    }
    machine = lgs_policy_machine(policy, lgs_cstr(name));
    if (machine) {
        ok = run_cases(arena, folder.data, machine, passed, failed);
    } else {
        fprintf(stderr,
                "logisticsctl: cases/" CTL_MACHINE_CASES "%s: there is no machines/%s.yaml\n", name,
                name);
    }
    lgs_policy_free(policy);
    return ok;
}

static bool run_cases(lgs_arena_t *arena, const char *folder, const lgs_machine_t *machine,
                      unsigned *passed, unsigned *failed)
{
    lgs_str_t *names;
    lgs_errs_t errs;
    size_t n;

    lgs_errs_init(&errs, arena, 1);
    if (lgs_file_list_dirs(arena, folder, &names, &n, &errs) != LGS_OK) {
        ctl_print_errors(&errs, folder);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        lgs_arena_t *own = lgs_arena_create(1 << 16, 0);
        lgs_str_t name = own ? lgs_arena_str(own, names[i]) : lgs_str(NULL, 0);

        *(name.data && run_case(own, folder, name.data, machine) ? passed : failed) += 1;
        lgs_arena_destroy(own);
    }
    return true;
}

static bool run_case(lgs_arena_t *arena, const char *folder, const char *name,
                     const lgs_machine_t *machine)
{
    lgs_str_t input = lgs_arena_printf(arena, "%s/%s/input.json", folder, name);
    lgs_str_t expected = lgs_arena_printf(arena, "%s/%s/expected.json", folder, name);
    const lgs_doc_t *want = NULL;
    lgs_str_t text, difference;
    lgs_errs_t errs;
    lgs_doc_t got;

    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    if (input.data && expected.data) {
        want = ctl_read_doc(arena, expected.data, &errs);
    }
    text = want ? decide(arena, input.data, machine, &errs) : lgs_str(NULL, 0);
    if (text.data == NULL || lgs_json_read(arena, text, NULL, &got, &errs) != LGS_OK) {
        ctl_print_errors(&errs, input.data);
        printf("failed: %s/%s: the case cannot be read\n", folder, name);
        return false;
    }
    difference = ctl_difference(arena, &want->root, &got.root);
    if (difference.len) {
        printf("failed: %s/%s: %.*s\n", folder, name, LGS_FMT(difference));
    }
    return difference.len == 0;
}

/* The list as it comes; data NULL: the input cannot be read. */
static lgs_str_t decide(lgs_arena_t *arena, const char *input, const lgs_machine_t *machine,
                        lgs_errs_t *errs)
{
    told_t told = {.machine = machine};
    ctl_events_t *events = ctl_events_create(arena, machine, lgs_str(NULL, 0), tell, &told);

    lgs_buf_init(&told.out, arena, 4096, 0);
    if (events == NULL || !ctl_events_read(events, input, errs)) {
        return lgs_str(NULL, 0);
    }
    ctl_events_end(events);
    tell_things(&told, ctl_events_history(events));
    if (told.out.len == 0) {
        return LGS_STR("[]");
    }
    lgs_buf_byte(&told.out, ']');
    return lgs_buf_text(&told.out);
}

static void tell(void *data, const ctl_decision_t *decision)
{
    told_t *told = data;
    ctl_decision_t without_line = *decision;

    without_line.line = 0;
    lgs_buf_byte(&told->out, told->out.len ? ',' : '[');
    ctl_events_write(&told->out, told->machine, &without_line);
}

static void tell_things(told_t *told, const lgs_history_t *history)
{
    for (uint32_t i = 0; i < lgs_history_n(history); i++) {
        lgs_buf_byte(&told->out, ',');
        ctl_events_write_thing(&told->out, told->machine, history, i);
    }
}
