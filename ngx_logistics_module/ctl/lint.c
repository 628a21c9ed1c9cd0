/*
 * logisticsctl lint [--json] [--notes] DIR: checks a policy directory as nginx -t does, on any
 * machine: secrets are not read, and key files that are not there yet are no finding.
 *
 * Notes that nearly every mapping has are counted in one line, so that the others are seen; --notes
 * and --json show them all.
 */
#include "ctl.h"

#include "../base/file.h"
#include "../policy/policy.h"

#include <stdio.h>

static bool is_directory(lgs_arena_t *arena, const char *dir);
static void print_good(const char *dir, const lgs_policy_t *policy);
static bool read_options(int argc, char **argv, bool *json, bool *all_notes);
static void print_notes(lgs_arena_t *arena, const lgs_errs_t *notes, const char *dir, bool all);
static void count_notes(const lgs_errs_t *notes, const char *dir);
static int print_json(lgs_arena_t *arena, const lgs_policy_t *policy, const lgs_errs_t *errs,
                      const lgs_errs_t *notes);

int ctl_lint(int argc, char **argv)
{
    lgs_policy_options_t options = {.read_secrets = false, .read_keys = false};
    const char *dir = argv[argc - 1];
    bool json, all_notes;
    lgs_policy_t *policy;
    lgs_arena_t *arena;
    lgs_errs_t errs, notes;
    int rc;

    if (!read_options(argc, argv, &json, &all_notes)) {
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
        print_notes(arena, &notes, dir, all_notes);
        print_good(dir, policy);
    } else {
        ctl_print_errors(&errs, dir); /* first things first: notes come when all is good */
    }
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
    return rc;
}

/* Before the directory; false for anything else. */
static bool read_options(int argc, char **argv, bool *json, bool *all_notes)
{
    *json = *all_notes = false;
    for (int i = 1; i < argc - 1; i++) {
        bool is_json = strcmp(argv[i], "--json") == 0;

        if (!is_json && strcmp(argv[i], "--notes") != 0) {
            return false;
        }
        *(is_json ? json : all_notes) = true;
    }
    return argc > 1 && argv[argc - 1][0] != '-';
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
static void print_notes(lgs_arena_t *arena, const lgs_errs_t *notes, const char *dir, bool all)
{
    lgs_errs_t shown;

    lgs_errs_init(&shown, arena, LGS_MAX_POLICY_ERRORS);
    for (const lgs_err_t *note = notes->first; note; note = note->next) {
        lgs_err_t *told;

        if (!all && strcmp(note->code, LGS_MAPPING_MAY_MISS) == 0) {
            continue;
        }
        told = lgs_errs_add(&shown, note->code, note->pos, "note: %.*s", LGS_FMT(note->text));
        if (told) {
            told->file = note->file;
            told->pointer = note->pointer;
        }
    }
    ctl_print_errors(&shown, dir);
    if (!all) {
        count_notes(notes, dir);
    }
}

static void count_notes(const lgs_errs_t *notes, const char *dir)
{
    unsigned n = notes->more;

    for (const lgs_err_t *note = notes->first; note; note = note->next) {
        n += strcmp(note->code, LGS_MAPPING_MAY_MISS) == 0;
    }
    if (n) {
        fprintf(stderr,
                "%s: note: %u required fields of what mappings make can come to null, and such a "
                "document is refused; --notes shows them\n",
                dir, n);
    }
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
