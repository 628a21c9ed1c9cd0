/*
 * logisticsctl edi: X12, EDIFACT and TRADACOMS as the gateway reads them. This file has the
 * subcommands' table, their options, and the way through a file.
 */
#include "edi.h"

#include "options.h"
#include "window.h"

static const struct {
    const char *name;
    int (*run)(const ctl_edi_options_t *options);
} subcommands[] = {
    {"check", ctl_edi_check},     {"show", ctl_edi_show},           {"ack", ctl_edi_ack},
    {"to-json", ctl_edi_to_json}, {"from-json", ctl_edi_from_json},
};

static const struct {
    const char *word;
    lgs_edi_severity_t severity;
} severities[] = {{"reject", LGS_EDI_REJECT}, {"warn", LGS_EDI_WARN}, {"ignore", LGS_EDI_IGNORE}};

static bool parse_options(int argc, char **argv, ctl_edi_options_t *options);
static bool parse_check(const char *text, lgs_edi_profile_t *profile);
static bool open_guides(ctl_edi_run_t *run, lgs_arena_t *arena);
static void see(void *data, const lgs_edi_event_t *event);
static int verdict(const ctl_edi_run_t *run);
static lgs_rc_t run_next(ctl_edi_run_t *run, lgs_reader_t *reader, ctl_window_t *window,
                         lgs_arena_t *scratch);
static lgs_rc_t run_guide(ctl_edi_run_t *run, const lgs_doc_t *doc, lgs_arena_t *scratch);

int ctl_edi(int argc, char **argv)
{
    ctl_edi_options_t options = {.file = NULL};

    for (size_t i = 0; argc > 1 && i < LGS_N(subcommands); i++) {
        if (strcmp(argv[1], subcommands[i].name) == 0) {
            return parse_options(argc - 1, argv + 1, &options) ? subcommands[i].run(&options)
                                                               : ctl_usage(argv[0]);
        }
    }
    return ctl_usage(argv[0]);
}

static bool parse_options(int argc, char **argv, ctl_edi_options_t *options)
{
    bool wrapped = false;
    const ctl_option_t known[] = {
        {"--pretty", &options->is_pretty, NULL},
        {"--lines", &options->has_lines, NULL},
        {"--999", &options->is_999, NULL},
        {"--always", &options->always, NULL},
        {"--each", &options->each, NULL},
        {"--wrapped", &wrapped, NULL},
        {"--at", NULL, &options->at},
        {"--number", NULL, &options->number},
        {"--guide", NULL, &options->guide},
        {"--policies", NULL, &options->policies},
    };
    int i = 1;

    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--check") == 0 && i + 1 < argc) {
            if (!parse_check(argv[++i], &options->profile)) {
                return false;
            }
            continue;
        }
        if (!ctl_take_option(argc, argv, &i, known, LGS_N(known))) {
            return false;
        }
    }
    options->profile.wrap = wrapped ? LGS_EDI_WRAP_YES : LGS_EDI_WRAP_AUTO;
    options->file = i + 1 == argc ? argv[i] : NULL;
    return options->file != NULL;
}

/* NAME=reject|warn|ignore, "all" for every check. */
static bool parse_check(const char *text, lgs_edi_profile_t *profile)
{
    const char *eq = strchr(text, '=');
    lgs_str_t word = lgs_str(text, eq ? (size_t)(eq - text) : 0);

    for (size_t i = 0; eq && i < LGS_N(severities); i++) {
        if (strcmp(eq + 1, severities[i].word) == 0 &&
            lgs_edi_profile_set(profile, word, severities[i].severity)) {
            return true;
        }
    }
    fprintf(stderr, "logisticsctl: edi: no check \"%s\": --check NAME=reject|warn|ignore\n", text);
    return false;
}

int ctl_edi_run(ctl_edi_run_t *run)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), &run->options->profile};
    lgs_arena_t *arena = lgs_arena_create(1 << 16, 0), *scratch = lgs_arena_create(1 << 16, 0);
    lgs_reader_t *reader = arena && scratch ? lgs_reader_open(&input, NULL, arena) : NULL;
    lgs_rc_t rc = reader ? LGS_OK : LGS_NOMEM;
    ctl_window_t window;

    if (rc == LGS_OK &&
        (!open_guides(run, arena) || !ctl_window_open(&window, run->options->file))) {
        rc = LGS_IO;
    } else if (rc == LGS_OK) {
        lgs_edi_watch(reader, see, run);
        while (rc != LGS_END && rc != LGS_NOMEM && rc != LGS_IO) {
            rc = run_next(run, reader, &window, scratch);
        }
        run->is_cut = lgs_reader_is_cut(reader);
        ctl_window_close(&window);
    }
    if (rc == LGS_NOMEM) {
        fprintf(stderr, "logisticsctl: out of memory\n");
    }
    if (run->policy) {
        lgs_policy_free(run->policy);
    }
    lgs_arena_destroy(scratch);
    lgs_arena_destroy(arena);
    return rc == LGS_END ? verdict(run) : CTL_USAGE;
}

static void see(void *data, const lgs_edi_event_t *event)
{
    ctl_edi_run_t *run = data;

    run->has_any = true;
    if (run->see) {
        run->see(run->data, event);
    }
}

/* A file without any interchange is what a transfer that broke leaves behind. */
static int verdict(const ctl_edi_run_t *run)
{
    if (!run->has_any) {
        fprintf(stderr, "%s: no interchange begins here: it holds nothing but blanks\n",
                run->options->file);
    }
    return run->has_any && run->n_refused == 0 ? CTL_OK : CTL_FINDINGS;
}

static lgs_rc_t run_next(ctl_edi_run_t *run, lgs_reader_t *reader, ctl_window_t *window,
                         lgs_arena_t *scratch)
{
    const lgs_window_t view = ctl_window_view(window);
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc;

    lgs_arena_reset(scratch);
    lgs_errs_init(&errs, scratch, LGS_MAX_POLICY_ERRORS);
    rc = lgs_reader_next(reader, &view, scratch, &doc, &errs);
    rc = rc == LGS_OK ? run_guide(run, &doc, scratch) : rc;
    if (rc == LGS_OK || rc == LGS_INVALID || rc == LGS_LIMIT) {
        run->has_any = true;
        run->n_read += rc == LGS_OK;
        run->n_refused += rc != LGS_OK;
        if (run->take) {
            run->take(run->data, rc, &doc, scratch, &errs);
        }
    }
    ctl_window_drop(window, lgs_reader_used(reader));
    return rc == LGS_AGAIN && !ctl_window_more(window) ? LGS_IO : rc;
}

/* ---- guides ---- */

/* False when there is none, which was told. */
static bool open_guides(ctl_edi_run_t *run, lgs_arena_t *arena)
{
    const lgs_policy_options_t options = {.read_secrets = false};
    const char *name = run->options->guide;
    const char *dir = run->options->policies ? run->options->policies : "lua-free-policies";
    lgs_errs_t errs;

    if (name == NULL) {
        return true;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    run->policy = lgs_policy_load(dir, &options, &errs);
    if (run->policy == NULL) {
        ctl_print_errors(&errs, dir);
        return false;
    }
    run->guide = strcmp(name, "auto") == 0
                     ? NULL
                     : lgs_guides_get(lgs_policy_guides(run->policy), lgs_cstr(name));
    if (run->guide == NULL && strcmp(name, "auto") != 0) {
        fprintf(stderr, "logisticsctl: edi: %s/edi has no guide \"%s\"%s\n", dir, name,
                lgs_guides_hint(lgs_policy_guides(run->policy), lgs_cstr(name), arena));
        return false;
    }
    return true;
}

static lgs_rc_t run_guide(ctl_edi_run_t *run, const lgs_doc_t *doc, lgs_arena_t *scratch)
{
    const lgs_guide_t *guide = run->guide;

    if (run->policy && guide == NULL) {
        guide = lgs_guides_find(lgs_policy_guides(run->policy), doc);
    }
    if (guide == NULL || run->find == NULL) {
        return LGS_OK;
    }
    return lgs_guide_check(guide, doc, &run->options->profile, scratch, run->find, run->data);
}
