/*
 * logisticsctl lint [--json] DIR: checks a policy directory as nginx -t does, on any machine:
 * secrets are not read, and key files that are not there yet are no finding.
 */
#include "ctl.h"

#include "../base/file.h"
#include "../policy/policy.h"

#include <stdio.h>

static bool is_directory(lgs_arena_t *arena, const char *dir);
static void print_good(const char *dir, const lgs_policy_t *policy);
static void print_notes(const lgs_errs_t *notes, const char *dir);
static int print_json(lgs_arena_t *arena, const lgs_policy_t *policy, const lgs_errs_t *errs,
                      const lgs_errs_t *notes);

int ctl_lint(int argc, char **argv)
{
    lgs_policy_options_t options = {.read_secrets = false, .read_keys = false};
    bool json = argc > 2 && strcmp(argv[1], "--json") == 0;
    const char *dir = argv[argc - 1];
    lgs_policy_t *policy;
    lgs_arena_t *arena;
    lgs_errs_t errs, notes;
    int rc;

    if (argc != (json ? 3 : 2) || dir[0] == '-') {
        return ctl_usage("lint");
    }
    arena = lgs_arena_create(0, 0);
    if (arena == NULL || !is_directory(arena, dir)) {
        lgs_arena_destroy(arena);
        return CTL_USAGE;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    lgs_errs_init(&notes, arena, LGS_MAX_POLICY_ERRORS);
    options.notes = &notes;
    policy = lgs_policy_load(dir, &options, &errs);
    rc = policy ? CTL_OK : CTL_FINDINGS;
    if (json) {
        rc = print_json(arena, policy, &errs, &notes) == CTL_OK ? rc : CTL_USAGE;
    } else if (policy) {
        print_notes(&notes, dir);
        print_good(dir, policy);
    } else {
        ctl_print_errors(&errs, dir); /* first things first: notes come when all is good */
    }
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
    return rc;
}

static bool is_directory(lgs_arena_t *arena, const char *dir)
{
    lgs_str_t *names;
    lgs_errs_t errs;
    size_t n;

    lgs_errs_init(&errs, arena, 1);
    if (lgs_file_list_dirs(arena, dir, &names, &n, &errs) == LGS_OK) {
        return true;
    }
    if (errs.first) {
        ctl_print_errors(&errs, dir);
    } else {
        fprintf(stderr, "logisticsctl: %s: no such directory\n", dir);
    }
    return false;
}

/* Notes change no exit code: what they tell can be meant. */
static void print_notes(const lgs_errs_t *notes, const char *dir)
{
    for (lgs_err_t *note = notes->first; note; note = note->next) {
        lgs_str_t text = lgs_arena_printf(notes->arena, "note: %.*s", LGS_FMT(note->text));

        note->text = text.data ? text : note->text;
    }
    ctl_print_errors(notes, dir);
}

static void print_good(const char *dir, const lgs_policy_t *policy)
{
    printf("%s: good: %u partners, %u routes, revision %.*s\n", dir, lgs_policy_n_partners(policy),
           lgs_policy_n_routes(policy), LGS_FMT(lgs_policy_revision(policy)));
}

static int print_json(lgs_arena_t *arena, const lgs_policy_t *policy, const lgs_errs_t *errs,
                      const lgs_errs_t *notes)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 1024, 0);
    if (policy) {
        lgs_buf_printf(&buf, "{\"ok\":true,\"partners\":%u,\"routes\":%u,\"revision\":\"%.*s\"",
                       lgs_policy_n_partners(policy), lgs_policy_n_routes(policy),
                       LGS_FMT(lgs_policy_revision(policy)));
    } else {
        lgs_buf_cstr(&buf, "{\"ok\":false");
    }
    lgs_buf_cstr(&buf, ",\"findings\":");
    ctl_write_errors(&buf, errs);
    lgs_buf_cstr(&buf, ",\"notes\":");
    ctl_write_errors(&buf, notes);
    lgs_buf_printf(&buf, ",\"more\":%u}\n", errs->more);
    if (buf.failed) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    fwrite(buf.data, 1, buf.len, stdout);
    return CTL_OK;
}
