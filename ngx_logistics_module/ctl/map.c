/*
 * logisticsctl map: one document through one mapping, a canonical record a line. Warnings go to
 * stderr; a refusal prints every error with line and column of the document.
 */
#include "translate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    const char *dir, *partner, *timezone, *received_at, *mapping, *file;
} options_t;

static bool read_options(int argc, char **argv, options_t *options);
static int map(lgs_arena_t *arena, const options_t *options);
static bool read_facts(lgs_arena_t *arena, const options_t *options, lgs_mapping_facts_t *facts,
                       lgs_errs_t *errs);
static void print_records(lgs_arena_t *arena, const lgs_records_t *records);
static const char *policies_of(lgs_arena_t *arena, const options_t *options);

int ctl_map(int argc, char **argv)
{
    options_t options = {.partner = "partner"};
    lgs_arena_t *arena;
    int exit_code;

    if (!read_options(argc, argv, &options)) {
        return ctl_usage("map");
    }
    arena = lgs_arena_create(1 << 16, 0);
    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = map(arena, &options);
    lgs_arena_destroy(arena);
    return exit_code;
}

static bool read_options(int argc, char **argv, options_t *options)
{
    const struct {
        const char *name;
        const char **value;
    } known[] = {{"--policies", &options->dir},
                 {"--partner", &options->partner},
                 {"--timezone", &options->timezone},
                 {"--received-at", &options->received_at}};
    int i = 1;

    while (i + 1 < argc && strncmp(argv[i], "--", 2) == 0) {
        size_t k = 0;

        while (k < LGS_N(known) && strcmp(known[k].name, argv[i]) != 0) {
            k++;
        }
        if (k == LGS_N(known)) {
            return false;
        }
        *known[k].value = argv[i + 1];
        i += 2;
    }
    if (argc - i != 2) {
        return false;
    }
    options->mapping = argv[i];
    options->file = argv[i + 1];
    return true;
}

static int map(lgs_arena_t *arena, const options_t *options)
{
    ctl_translation_t translation;
    lgs_mapping_facts_t facts;
    lgs_errs_t errs, warnings;
    lgs_records_t records;
    lgs_str_t source;
    bool ok;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    lgs_errs_init(&warnings, arena, LGS_MAX_POLICY_ERRORS);
    if (!read_facts(arena, options, &facts, &errs) ||
        !ctl_translation_load(&translation, arena, policies_of(arena, options), options->mapping,
                              &errs)) {
        ctl_print_errors(&errs, options->mapping);
        return CTL_USAGE;
    }
    if (!ctl_read(arena, options->file, LGS_DEFAULT_MAX_BODY, &source)) {
        return CTL_USAGE;
    }
    ok = ctl_translate(&translation, arena, source, &facts, &records, &warnings, &errs);
    for (lgs_err_t *err = warnings.first; err; err = err->next) {
        err->text = lgs_arena_printf(arena, "warning: %.*s", LGS_FMT(err->text));
    }
    ctl_print_errors(&warnings, options->file);
    if (!ok) {
        ctl_print_errors(&errs, options->file);
        return CTL_FINDINGS;
    }
    print_records(arena, &records);
    return fflush(stdout) == 0 ? CTL_OK : CTL_USAGE;
}

static bool read_facts(lgs_arena_t *arena, const options_t *options, lgs_mapping_facts_t *facts,
                       lgs_errs_t *errs)
{
    char now[32];
    time_t seconds = time(NULL);
    struct tm utc;

    *facts = (lgs_mapping_facts_t){.partner = lgs_cstr(options->partner),
                                   .received_at = lgs_cstr(options->received_at),
                                   .format = LGS_STR("json")};
    if (options->received_at == NULL && gmtime_r(&seconds, &utc)) {
        strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
        facts->received_at = lgs_arena_str(arena, lgs_cstr(now));
    }
    if (options->timezone) {
        facts->timezone = lgs_tz_load(arena, lgs_cstr(options->timezone), errs);
        return facts->timezone != NULL;
    }
    return true;
}

static void print_records(lgs_arena_t *arena, const lgs_records_t *records)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    for (uint32_t i = 0; i < records->n; i++) {
        buf.len = 0;
        lgs_json_write(&buf, &records->items[i].node);
        lgs_buf_byte(&buf, '\n');
        fwrite(buf.data, 1, buf.len, stdout);
    }
}

/* The directory given, else that of the mapping's own file, else the one that ships. */
static const char *policies_of(lgs_arena_t *arena, const options_t *options)
{
    const char *slash = strrchr(options->mapping, '/');
    lgs_str_t dir;

    if (options->dir) {
        return options->dir;
    }
    if (slash == NULL) {
        return "lua-free-policies";
    }
    dir = lgs_arena_printf(arena, "%.*s/..", (int)(slash - options->mapping), options->mapping);
    return dir.data ? dir.data : ".";
}
