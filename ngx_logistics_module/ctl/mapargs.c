/* Arguments of map and explain-map (mapargs.h). */
#include "mapargs.h"

#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static bool read_facts(lgs_arena_t *arena, const ctl_map_args_t *args, lgs_mapping_facts_t *facts,
                       lgs_errs_t *errs);
static bool read_timezone(lgs_arena_t *arena, const ctl_map_args_t *args,
                          lgs_mapping_facts_t *facts, lgs_errs_t *errs);
static lgs_str_t zone_of_partner(lgs_arena_t *arena, const ctl_map_args_t *args, lgs_errs_t *errs);
static const char *policies_of(lgs_arena_t *arena, const ctl_map_args_t *args);

bool ctl_map_args(int argc, char **argv, const char *flag, ctl_map_args_t *args)
{
    const ctl_option_t known[] = {
        {"--policies", NULL, &args->dir},      {"--partner", NULL, &args->partner},
        {"--timezone", NULL, &args->timezone}, {"--received-at", NULL, &args->received_at},
        {"--control", NULL, &args->control},   {"--decision", NULL, &args->decision},
    };
    int n = 0;

    *args = (ctl_map_args_t){.partner = "partner"};
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            argv[n++] = argv[i]; /* options may stand behind files, too */
        } else if (strcmp(argv[i] + 2, flag) == 0) {
            args->has_flag = true;
        } else if (!ctl_take_option(argc, argv, &i, known, LGS_N(known))) {
            return false;
        }
    }
    if (n < 2) {
        return false;
    }
    args->mapping = argv[0];
    args->files = argv + 1;
    args->n_files = n - 1;
    return true;
}

bool ctl_map_load(lgs_arena_t *arena, const ctl_map_args_t *args, ctl_translation_t *translation,
                  lgs_mapping_facts_t *facts, lgs_errs_t *errs)
{
    if (read_facts(arena, args, facts, errs) &&
        ctl_translation_load(translation, arena, policies_of(arena, args), args->mapping, errs)) {
        return true;
    }
    ctl_print_errors(errs, args->mapping);
    return false;
}

static bool read_facts(lgs_arena_t *arena, const ctl_map_args_t *args, lgs_mapping_facts_t *facts,
                       lgs_errs_t *errs)
{
    char now[32];
    time_t seconds = time(NULL);
    struct tm utc;

    *facts = (lgs_mapping_facts_t){.partner = lgs_cstr(args->partner),
                                   .received_at = lgs_cstr(args->received_at),
                                   .format = LGS_STR("json"),
                                   .decision = lgs_cstr(args->decision ? args->decision : "")};
    if (args->received_at == NULL && gmtime_r(&seconds, &utc)) {
        strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
        facts->received_at = lgs_arena_str(arena, lgs_cstr(now));
    }
    if (!lgs_is_rfc3339_datetime(facts->received_at)) { /* a mapping takes it for proved */
        lgs_errs_add(errs, "received-at", (lgs_pos_t){0},
                     "--received-at \"%.*s\" is no moment of RFC 3339: write 2026-03-14T09:30:00Z",
                     LGS_FMT(facts->received_at));
        return false;
    }
    return read_timezone(arena, args, facts, errs);
}

/* As it is given, else the partner's own, if that is one of the directory. */
static bool read_timezone(lgs_arena_t *arena, const ctl_map_args_t *args,
                          lgs_mapping_facts_t *facts, lgs_errs_t *errs)
{
    uint32_t n = errs->n;
    lgs_str_t zone = args->timezone ? lgs_cstr(args->timezone) : zone_of_partner(arena, args, errs);

    if (zone.len == 0) {
        return errs->n == n;
    }
    facts->timezone = lgs_tz_load(arena, zone, errs);
    return facts->timezone != NULL;
}

static lgs_str_t zone_of_partner(lgs_arena_t *arena, const ctl_map_args_t *args, lgs_errs_t *errs)
{
    static const lgs_str_t none = {NULL, 0};
    lgs_str_t path = lgs_arena_printf(arena, "%s/partners/%s.yaml", policies_of(arena, args),
                                      args->partner);
    FILE *file = path.data && strchr(args->partner, '/') == NULL ? fopen(path.data, "rb") : NULL;
    const lgs_doc_t *doc;

    if (file == NULL) {
        return none;
    }
    fclose(file);
    doc = ctl_read_doc(arena, path.data, errs);
    return doc ? lgs_node_text(lgs_node_at(&doc->root, "timezone")) : none;
}

/* The directory given, else that of the mapping's own file, else the one that ships. */
static const char *policies_of(lgs_arena_t *arena, const ctl_map_args_t *args)
{
    const char *slash = strrchr(args->mapping, '/');
    lgs_str_t dir;

    if (args->dir) {
        return args->dir;
    }
    if (slash == NULL) {
        return "lua-free-policies";
    }
    dir = lgs_arena_printf(arena, "%.*s/..", (int)(slash - args->mapping), args->mapping);
    return dir.data ? dir.data : ".";
}
