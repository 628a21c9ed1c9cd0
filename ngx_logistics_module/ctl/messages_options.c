/*
 * What is typed behind commands about messages (messages.h): options, filters and ids, and running
 * the command of a table.
 */
#include "messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../base/datetime.h"

#define DEFAULT_LIMIT 1000u
#define MAX_LIMIT     100000u

static bool read_options(int argc, char **argv, unsigned takes, ctl_messages_t *asked);
static bool read_flag(ctl_messages_t *asked, unsigned takes, const char *name);
static bool read_value(ctl_messages_t *asked, unsigned takes, const char *name, const char *value);
static bool check_options(ctl_messages_t *asked, unsigned takes);
static bool read_time(ctl_messages_t *asked, const char *text, const char *none, lgs_str_t *ms);
static bool has_filter(const ctl_messages_t *asked);

int ctl_messages_run(int argc, char **argv, const char *name,
                     const ctl_messages_command_t *commands, size_t n)
{
    for (size_t i = 0; argc > 1 && i < n; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0) {
            return ctl_messages_run_one(argc - 1, argv + 1, name, &commands[i]);
        }
    }
    return ctl_usage(name);
}

int ctl_messages_run_one(int argc, char **argv, const char *name,
                         const ctl_messages_command_t *command)
{
    ctl_messages_t asked = {.lanes.command = name, .lanes.arena = lgs_arena_create(1 << 16, 0)};
    int exit_code;

    if (asked.lanes.arena == NULL || !read_options(argc, argv, command->takes, &asked)) {
        exit_code = ctl_usage(name);
    } else {
        exit_code = ctl_lanes_open(&asked.lanes) ? command->run(&asked) : CTL_USAGE;
    }
    ctl_lanes_close(&asked.lanes);
    lgs_arena_destroy(asked.lanes.arena);
    return exit_code;
}

/* False: it is wrong, and it may have been said why. */
static bool read_options(int argc, char **argv, unsigned takes, ctl_messages_t *asked)
{
    asked->ids = lgs_arena_array(asked->lanes.arena, (size_t)argc, sizeof(*asked->ids));
    for (int i = 1; asked->ids && i < argc; i++) {
        if (argv[i][0] != '-') {
            asked->ids[asked->n_ids++] = argv[i];
        } else if (!read_flag(asked, takes, argv[i])) {
            if (i + 1 == argc || !read_value(asked, takes, argv[i], argv[i + 1])) {
                return false;
            }
            i++;
        }
    }
    return asked->ids && check_options(asked, takes);
}

static bool read_flag(ctl_messages_t *asked, unsigned takes, const char *name)
{
    const struct {
        const char *name;
        bool *flag;
        unsigned of;
    } flags[] = {{"--json", &asked->is_json, CTL_FILTERS},
                 {"--all", &asked->is_all, CTL_DEEDS},
                 {"--dry-run", &asked->is_dry, CTL_DEEDS}};

    for (size_t i = 0; i < LGS_N(flags); i++) {
        if (strcmp(flags[i].name, name) == 0 && (takes & flags[i].of)) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool read_value(ctl_messages_t *asked, unsigned takes, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **value;
        unsigned of; /* 0: all */
    } options[] = {{"--redis", &asked->lanes.redis_at, 0},
                   {"--partner", &asked->lanes.partner, 0},
                   {"--reason", &asked->reason, CTL_FILTERS},
                   {"--since", &asked->since, CTL_FILTERS},
                   {"--until", &asked->until, CTL_FILTERS},
                   {"--limit", &asked->limit, CTL_FILTERS},
                   {"--by", &asked->by, CTL_DEEDS},
                   {"--why", &asked->why, CTL_DEEDS},
                   {"--with-policy", &asked->with_policy, CTL_FIXES},
                   {"--policies", &asked->policies, CTL_FIXES}};

    if (strcmp(name, "--set") == 0 && (takes & CTL_FIXES) && asked->n_sets < LGS_MAX_FIXES) {
        asked->sets[asked->n_sets++] = value;
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

static bool check_options(ctl_messages_t *asked, unsigned takes)
{
    uint64_t limit = DEFAULT_LIMIT;

    if ((takes & CTL_ONE_ID) && asked->n_ids != 1) {
        return false;
    }
    if (!(takes & (CTL_ONE_ID | CTL_DEEDS)) && asked->n_ids) {
        return false;
    }
    if ((asked->limit && !lgs_size_read(lgs_cstr(asked->limit), &limit)) || limit == 0 ||
        limit > MAX_LIMIT) {
        fprintf(stderr, "logisticsctl %s: --limit \"%.80s\": write 1 to %u\n", asked->lanes.command,
                asked->limit, MAX_LIMIT);
        return false;
    }
    asked->most = (uint32_t)limit;
    for (uint32_t i = 0; i < asked->n_ids; i++) {
        if (!lgs_is_correlation_id(lgs_cstr(asked->ids[i]))) {
            fprintf(stderr, "logisticsctl %s: \"%.80s\" is no message's id\n", asked->lanes.command,
                    asked->ids[i]);
            return false;
        }
    }
    if ((takes & CTL_DEEDS) && !asked->n_ids && !asked->is_all && !has_filter(asked)) {
        fprintf(stderr, "logisticsctl %s: which ones? Name ids, a filter, or --all\n",
                asked->lanes.command);
        return false;
    }
    if ((takes & CTL_DEEDS) && asked->n_ids && (asked->is_all || asked->reason || asked->since)) {
        fprintf(stderr, "logisticsctl %s: ids or filters, not both\n", asked->lanes.command);
        return false;
    }
    if (asked->why && strlen(asked->why) > LGS_MAX_WHY) {
        fprintf(stderr, "logisticsctl %s: --why has more than %u bytes\n", asked->lanes.command,
                LGS_MAX_WHY);
        return false;
    }
    if (asked->by == NULL) {
        const char *sudo = getenv("SUDO_USER"), *user = sudo ? sudo : getenv("USER");

        asked->by = user ? user : "unknown";
    }
    return read_time(asked, asked->since, "-inf", &asked->since_ms) &&
           read_time(asked, asked->until, "+inf", &asked->until_ms);
}

static bool has_filter(const ctl_messages_t *asked)
{
    return asked->lanes.partner || asked->reason || asked->since || asked->until;
}

/* 2026-11-21T10:00:00Z, or 2h for what is so long ago. */
static bool read_time(ctl_messages_t *asked, const char *text, const char *none, lgs_str_t *ms)
{
    lgs_arena_t *arena = asked->lanes.arena;
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
                asked->lanes.command, text);
        return false;
    }
    *ms = lgs_arena_printf(arena, "%lld", (long long)at_ms);
    return ms->data != NULL;
}
