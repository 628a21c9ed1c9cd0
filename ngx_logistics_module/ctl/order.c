/*
 * logisticsctl order: what a machine of machines/ would do with each canonical event of files, in
 * the order in which they stand there. What is parked at the end is settled as when its time is
 * over; then where each thing is.
 */
#include "machine.h"
#include "options.h"

#include "../policy/policy.h"

#include <stdio.h>

typedef struct {
    const char *policies, *name, *key;
    char **files;
    int n_files;
    bool json;
} options_t;

typedef struct {
    const lgs_machine_t *machine;
    lgs_buf_t out;
    bool json;
    unsigned n_refused;
} job_t;

static bool read_options(int argc, char **argv, options_t *options);
static int order(lgs_arena_t *arena, const options_t *options);
static const lgs_machine_t *find_machine(const lgs_policy_t *policy, const options_t *options);
static int run(lgs_arena_t *arena, const options_t *options, const lgs_machine_t *machine);
static void tell(void *data, const ctl_decision_t *decision);
static void tell_text(job_t *job, const ctl_decision_t *decision);
static void tell_things(job_t *job, const lgs_history_t *history);

int ctl_order(int argc, char **argv)
{
    options_t options;
    lgs_arena_t *arena;
    int exit_code;

    if (!read_options(argc, argv, &options)) {
        return ctl_usage("order");
    }
    arena = lgs_arena_create(1 << 16, 0);
    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = order(arena, &options);
    lgs_arena_destroy(arena);
    return exit_code;
}

static bool read_options(int argc, char **argv, options_t *options)
{
    const ctl_option_t known[] = {{"--json", &options->json, NULL},
                                  {"--policies", NULL, &options->policies},
                                  {"--key", NULL, &options->key}};
    int i = 1;

    *options = (options_t){.policies = "lua-free-policies"};
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (!ctl_take_option(argc, argv, &i, known, LGS_N(known))) {
            return false;
        }
    }
    if (argc - i < 2) {
        return false;
    }
    options->name = argv[i];
    options->files = argv + i + 1;
    options->n_files = argc - i - 1;
    return true;
}

static int order(lgs_arena_t *arena, const options_t *options)
{
    static const lgs_policy_options_t light = {.read_secrets = false, .read_keys = false};
    const lgs_machine_t *machine;
    lgs_policy_t *policy;
    lgs_errs_t errs;
    int exit_code = CTL_USAGE;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    policy = lgs_policy_load(options->policies, &light, &errs);
    if (policy == NULL) {
        ctl_print_errors(&errs, options->policies);
        return CTL_USAGE;
    }
    machine = find_machine(policy, options);
    if (machine) {
        exit_code = run(arena, options, machine);
    }
    lgs_policy_free(policy);
    return exit_code;
}

static const lgs_machine_t *find_machine(const lgs_policy_t *policy, const options_t *options)
{
    const lgs_machine_t *machine = lgs_policy_machine(policy, lgs_cstr(options->name));

    if (machine == NULL) {
        fprintf(stderr, "logisticsctl: there is no %s/machines/%s.yaml\n", options->policies,
                options->name);
    }
    return machine;
}

static int run(lgs_arena_t *arena, const options_t *options, const lgs_machine_t *machine)
{
    job_t job = {.machine = machine, .json = options->json};
    lgs_str_t key = options->key ? lgs_cstr(options->key) : LGS_STR("");
    ctl_events_t *events = ctl_events_create(arena, machine, key, tell, &job);
    lgs_errs_t errs;

    lgs_buf_init(&job.out, arena, 65536, 0);
    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    for (int i = 0; events && i < options->n_files; i++) {
        if (!ctl_events_read(events, options->files[i], &errs)) {
            ctl_print_errors(&errs, options->files[i]);
            return CTL_USAGE;
        }
    }
    if (events) {
        ctl_events_end(events);
        tell_things(&job, ctl_events_history(events));
    }
    if (events == NULL || job.out.failed) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    fwrite(job.out.data, 1, job.out.len, stdout);
    return fflush(stdout) != 0 ? CTL_USAGE : job.n_refused ? CTL_FINDINGS : CTL_OK;
}

static void tell(void *data, const ctl_decision_t *decision)
{
    job_t *job = data;

    job->n_refused += decision->step && decision->step->decision.order == LGS_ORDER_REFUSED;
    if (job->json) {
        ctl_events_write(&job->out, job->machine, decision);
        lgs_buf_byte(&job->out, '\n');
    } else {
        tell_text(job, decision);
    }
}

/* FILE:LINE: KEY TYPE: FROM -> TO, ORDER (WHY) */
static void tell_text(job_t *job, const ctl_decision_t *decision)
{
    const lgs_history_step_t *step = decision->step;
    const lgs_machine_decision_t *made = step ? &step->decision : NULL;
    lgs_str_t type = lgs_node_text(lgs_node_at(decision->record, "type"));
    lgs_buf_t *out = &job->out;

    lgs_buf_printf(out, "%s:%u: %.*s %.*s: ", decision->file, decision->line,
                   LGS_FMT(step ? step->key : LGS_STR("-")), LGS_FMT(type));
    if (made == NULL || made->order == LGS_ORDER_PASSED) {
        lgs_buf_cstr(out, made ? "passed\n" : "passed (has none of the numbers)\n");
        return;
    }
    lgs_buf_str(out, lgs_machine_state_name(job->machine, made->from));
    if (made->to != made->from) {
        lgs_buf_cstr(out, " -> ");
        lgs_buf_str(out, lgs_machine_state_name(job->machine, made->to));
    }
    lgs_buf_printf(out, ", %s", lgs_order_name(made->order));
    if (made->why != LGS_ORDER_FITS) {
        lgs_buf_printf(out, " (%s%s)", lgs_order_why_name(made->why),
                       decision->is_over ? ", waited in vain" : "");
    } else if (step->was_parked) {
        lgs_buf_cstr(out, " (was parked)");
    }
    for (uint32_t i = 0; i < lgs_machine_n_states(job->machine); i++) {
        if (made->missing >> i & 1) {
            lgs_str_t name = lgs_machine_state_name(job->machine, i);

            lgs_buf_printf(out, ", without %.*s", LGS_FMT(name));
        }
    }
    lgs_buf_byte(out, '\n');
}

static void tell_things(job_t *job, const lgs_history_t *history)
{
    for (uint32_t i = 0; i < lgs_history_n(history); i++) {
        lgs_str_t key, name;

        if (job->json) {
            ctl_events_write_thing(&job->out, job->machine, history, i);
            lgs_buf_byte(&job->out, '\n');
            continue;
        }
        name = lgs_machine_state_name(job->machine, lgs_history_at(history, i, &key).state);
        lgs_buf_printf(&job->out, "%.*s is %.*s\n", LGS_FMT(key), LGS_FMT(name));
    }
}
