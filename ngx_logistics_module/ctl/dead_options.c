/*
 * What is typed behind `logisticsctl dead`, `message` and `callbacks`: options, filters and ids,
 * and running the command of a table.
 */
#include "dead.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../base/datetime.h"

#define DEFAULT_LIMIT 1000u
#define MAX_LIMIT     100000u

static bool read_flag(ctl_dead_t *dead, unsigned takes, const char *name);
static bool read_value(ctl_dead_t *dead, unsigned takes, const char *name, const char *value);
static bool check_options(ctl_dead_t *dead, unsigned takes);
static bool read_time(ctl_dead_t *dead, const char *text, const char *none, lgs_str_t *ms);
static bool has_filter(const ctl_dead_t *dead);

int ctl_dead_run(int argc, char **argv, const char *name, const ctl_dead_command_t *commands,
                 size_t n)
{
    ctl_dead_t dead = {.lanes.command = name};
    size_t i = 0;
    int exit_code;

    while (argc > 1 && i < n && strcmp(commands[i].name, argv[1]) != 0) {
        i++;
    }
    dead.lanes.arena = lgs_arena_create(1 << 16, 0);
    if (argc < 2 || i == n || dead.lanes.arena == NULL ||
        !ctl_dead_options(argc - 1, argv + 1, commands[i].takes, &dead)) {
        exit_code = ctl_usage(name);
    } else {
        exit_code = ctl_lanes_open(&dead.lanes) ? commands[i].run(&dead) : CTL_USAGE;
    }
    ctl_lanes_close(&dead.lanes);
    lgs_arena_destroy(dead.lanes.arena);
    return exit_code;
}

bool ctl_dead_options(int argc, char **argv, unsigned takes, ctl_dead_t *dead)
{
    dead->ids = lgs_arena_array(dead->lanes.arena, (size_t)argc, sizeof(*dead->ids));
    for (int i = 1; dead->ids && i < argc; i++) {
        if (argv[i][0] != '-') {
            dead->ids[dead->n_ids++] = argv[i];
        } else if (!read_flag(dead, takes, argv[i])) {
            if (i + 1 == argc || !read_value(dead, takes, argv[i], argv[i + 1])) {
                return false;
            }
            i++;
        }
    }
    return dead->ids && check_options(dead, takes);
}

static bool read_flag(ctl_dead_t *dead, unsigned takes, const char *name)
{
    const struct {
        const char *name;
        bool *flag;
        unsigned of;
    } flags[] = {{"--json", &dead->is_json, CTL_FILTERS},
                 {"--all", &dead->is_all, CTL_DEEDS},
                 {"--dry-run", &dead->is_dry, CTL_DEEDS}};

    for (size_t i = 0; i < LGS_N(flags); i++) {
        if (strcmp(flags[i].name, name) == 0 && (takes & flags[i].of)) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool read_value(ctl_dead_t *dead, unsigned takes, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **value;
        unsigned of; /* 0: all */
    } options[] = {{"--redis", &dead->lanes.redis_at, 0},
                   {"--partner", &dead->lanes.partner, 0},
                   {"--reason", &dead->reason, CTL_FILTERS},
                   {"--since", &dead->since, CTL_FILTERS},
                   {"--until", &dead->until, CTL_FILTERS},
                   {"--limit", &dead->limit, CTL_FILTERS},
                   {"--by", &dead->by, CTL_DEEDS},
                   {"--why", &dead->why, CTL_DEEDS},
                   {"--with-policy", &dead->with_policy, CTL_FIXES},
                   {"--policies", &dead->policies, CTL_FIXES}};

    if (strcmp(name, "--set") == 0 && (takes & CTL_FIXES) && dead->n_sets < LGS_MAX_FIXES) {
        dead->sets[dead->n_sets++] = value;
        return true;
    }
    for (size_t i = 0; i < LGS_N(options); i++) {
        if (strcmp(options[i].name, name) == 0 && (options[i].of == 0 || takes & options[i].of)) {
            *options[i].value = value;
            return true;
        }
    }
    return false;
}

static bool check_options(ctl_dead_t *dead, unsigned takes)
{
    uint64_t limit = DEFAULT_LIMIT;

    if ((takes & CTL_ONE_ID) && dead->n_ids != 1) {
        return false;
    }
    if (!(takes & (CTL_ONE_ID | CTL_DEEDS)) && dead->n_ids) {
        return false;
    }
    if ((dead->limit && !lgs_size_read(lgs_cstr(dead->limit), &limit)) || limit == 0 ||
        limit > MAX_LIMIT) {
        fprintf(stderr, "logisticsctl %s: --limit \"%.80s\": write 1 to %u\n", dead->lanes.command,
                dead->limit, MAX_LIMIT);
        return false;
    }
    dead->most = (uint32_t)limit;
    for (uint32_t i = 0; i < dead->n_ids; i++) {
        if (!lgs_is_correlation_id(lgs_cstr(dead->ids[i]))) {
            fprintf(stderr, "logisticsctl %s: \"%.80s\" is no message's id\n", dead->lanes.command,
                    dead->ids[i]);
            return false;
        }
    }
    if ((takes & CTL_DEEDS) && !dead->n_ids && !dead->is_all && !has_filter(dead)) {
        fprintf(stderr, "logisticsctl %s: which ones? Name ids, a filter, or --all\n",
                dead->lanes.command);
        return false;
    }
    if ((takes & CTL_DEEDS) && dead->n_ids && (dead->is_all || dead->reason || dead->since)) {
        fprintf(stderr, "logisticsctl %s: ids or filters, not both\n", dead->lanes.command);
        return false;
    }
    if (dead->why && strlen(dead->why) > LGS_MAX_WHY) {
        fprintf(stderr, "logisticsctl %s: --why has more than %u bytes\n", dead->lanes.command,
                LGS_MAX_WHY);
        return false;
    }
    if (dead->by == NULL) {
        const char *sudo = getenv("SUDO_USER"), *user = sudo ? sudo : getenv("USER");

        dead->by = user ? user : "unknown";
    }
    return read_time(dead, dead->since, "-inf", &dead->since_ms) &&
           read_time(dead, dead->until, "+inf", &dead->until_ms);
}

static bool has_filter(const ctl_dead_t *dead)
{
    return dead->lanes.partner || dead->reason || dead->since || dead->until;
}

/* 2026-11-21T10:00:00Z, or 2h for what is so long ago. */
static bool read_time(ctl_dead_t *dead, const char *text, const char *none, lgs_str_t *ms)
{
    lgs_arena_t *arena = dead->lanes.arena;
    lgs_dateformat_t *iso = lgs_dateformat_compile(arena, LGS_STR("iso"), NULL);
    lgs_datetime_t time_of;
    uint64_t ago_ms;
    int64_t at_ms;

    if (text == NULL) {
        *ms = lgs_cstr(none);
        return true;
    }
    if (lgs_duration_read(lgs_cstr(text), &ago_ms)) {
        at_ms = (int64_t)time(NULL) * 1000 - (int64_t)ago_ms;
    } else if (iso && lgs_is_rfc3339_datetime(lgs_cstr(text)) &&
               lgs_datetime_read(iso, lgs_cstr(text), &time_of)) {
        at_ms = lgs_datetime_to_epoch(&time_of) * 1000;
    } else {
        fprintf(stderr,
                "logisticsctl %s: \"%.80s\": write a time like 2026-11-21T10:00:00Z, or 2h for two "
                "hours ago\n",
                dead->lanes.command, text);
        return false;
    }
    *ms = lgs_arena_printf(arena, "%lld", (long long)at_ms);
    return ms->data != NULL;
}
