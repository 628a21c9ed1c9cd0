/*
 * logisticsctl dead and message: dead letters, found in all lanes of the queue, shown, sent once
 * more or dropped. What changes a letter is one script in Redis, which keeps who did it and why.
 */
#include "dead.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../base/datetime.h"
#include "trace.h"

#define DEFAULT_LIMIT 1000u
#define MAX_LIMIT     100000u
#define MAX_LOOKED    "100000" /* letters of a lane that a filter is tried on */

typedef struct {
    ctl_letter_t *items;
    uint32_t n;
    bool has_more;
} letters_t;

typedef int (*command_t)(ctl_dead_t *dead);

static int list(ctl_dead_t *dead);
static int show(ctl_dead_t *dead);
static int replay(ctl_dead_t *dead);
static int drop(ctl_dead_t *dead);

/* What stands in `takes` beside the options that all have. */
enum { FILTERS = 1, ONE_ID = 2, DEEDS = 4, FIXES = 8 };
static const struct {
    const char *name;
    command_t run;
    unsigned takes;
} commands[] = {{"list", list, FILTERS},
                {"show", show, ONE_ID},
                {"replay", replay, FILTERS | DEEDS | FIXES},
                {"drop", drop, FILTERS | DEEDS}};

static bool read_options(int argc, char **argv, unsigned takes, ctl_dead_t *dead);
static bool read_value(ctl_dead_t *dead, unsigned takes, const char *name, const char *value);
static bool read_flag(ctl_dead_t *dead, unsigned takes, const char *name);
static bool check_options(ctl_dead_t *dead, unsigned takes);
static bool read_time(ctl_dead_t *dead, const char *text, const char *none, lgs_str_t *ms);
static bool has_filter(const ctl_dead_t *dead);
static bool find_all(ctl_dead_t *dead, letters_t *found);
static int newest_first(const void *a, const void *b);
static void print_line(const lgs_letter_t *letter);
static int print_letter(ctl_dead_t *dead, bool has_all);
static int each(ctl_dead_t *dead, lgs_rc_t (*act)(ctl_dead_t *, const ctl_letter_t *));
static lgs_rc_t drop_one(ctl_dead_t *dead, const ctl_letter_t *letter);

int ctl_dead(int argc, char **argv)
{
    ctl_dead_t dead = {.lanes.command = "dead"};
    size_t i = 0;
    int exit_code;

    while (argc > 1 && i < LGS_N(commands) && strcmp(commands[i].name, argv[1]) != 0) {
        i++;
    }
    dead.lanes.arena = lgs_arena_create(1 << 16, 0);
    if (argc < 2 || i == LGS_N(commands) || dead.lanes.arena == NULL ||
        !read_options(argc - 1, argv + 1, commands[i].takes, &dead)) {
        exit_code = ctl_usage("dead");
    } else {
        exit_code = ctl_lanes_open(&dead.lanes) ? commands[i].run(&dead) : CTL_USAGE;
    }
    ctl_lanes_close(&dead.lanes);
    lgs_arena_destroy(dead.lanes.arena);
    return exit_code;
}

int ctl_message(int argc, char **argv)
{
    ctl_dead_t dead = {.lanes.command = "message"};
    int exit_code;

    dead.lanes.arena = lgs_arena_create(1 << 16, 0);
    if (dead.lanes.arena == NULL || !read_options(argc, argv, ONE_ID, &dead)) {
        exit_code = ctl_usage("message");
    } else {
        exit_code = ctl_lanes_open(&dead.lanes) ? print_letter(&dead, false) : CTL_USAGE;
    }
    ctl_lanes_close(&dead.lanes);
    lgs_arena_destroy(dead.lanes.arena);
    return exit_code;
}

/* ---- options ---- */

static bool read_options(int argc, char **argv, unsigned takes, ctl_dead_t *dead)
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
    } flags[] = {{"--json", &dead->is_json, FILTERS},
                 {"--all", &dead->is_all, DEEDS},
                 {"--dry-run", &dead->is_dry, DEEDS}};

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
                   {"--reason", &dead->reason, FILTERS},
                   {"--since", &dead->since, FILTERS},
                   {"--until", &dead->until, FILTERS},
                   {"--limit", &dead->limit, FILTERS},
                   {"--by", &dead->by, DEEDS},
                   {"--why", &dead->why, DEEDS},
                   {"--with-policy", &dead->with_policy, FIXES},
                   {"--policies", &dead->policies, FIXES}};

    if (strcmp(name, "--set") == 0 && (takes & FIXES) && dead->n_sets < LGS_MAX_FIXES) {
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

    if ((takes & ONE_ID) && dead->n_ids != 1) {
        return false;
    }
    if (!(takes & (ONE_ID | DEEDS)) && dead->n_ids) {
        return false;
    }
    if ((dead->limit && !lgs_size_read(lgs_cstr(dead->limit), &limit)) || limit == 0 ||
        limit > MAX_LIMIT) {
        fprintf(stderr, "logisticsctl dead: --limit \"%.80s\": write 1 to %u\n", dead->limit,
                MAX_LIMIT);
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
    if ((takes & DEEDS) && !dead->n_ids && !dead->is_all && !has_filter(dead)) {
        fprintf(stderr, "logisticsctl dead: which letters? Name ids, a filter, or --all\n");
        return false;
    }
    if ((takes & DEEDS) && dead->n_ids && (dead->is_all || dead->reason || dead->since)) {
        fprintf(stderr, "logisticsctl dead: ids or filters, not both\n");
        return false;
    }
    if (dead->why && strlen(dead->why) > LGS_MAX_WHY) {
        fprintf(stderr, "logisticsctl dead: --why has more than %u bytes\n", LGS_MAX_WHY);
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
                "logisticsctl dead: \"%.80s\": write a time like 2026-11-21T10:00:00Z, or 2h for "
                "two hours ago\n",
                text);
        return false;
    }
    *ms = lgs_arena_printf(arena, "%lld", (long long)at_ms);
    return ms->data != NULL;
}

/* ---- finding ---- */

bool ctl_letter_find(ctl_lanes_t *lanes, const char *id, bool has_all, ctl_letter_t *found)
{
    const lgs_str_t args[] = {lgs_cstr(id), has_all ? LGS_STR("1") : LGS_STR("0")};
    ctl_reply_t replies[LGS_N_LANES];

    if (!ctl_lanes_ask(lanes, "look", args, LGS_N(args), replies)) {
        return false;
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (lgs_letter_take(&found->letter, lgs_cstr(id), replies[lane].texts, replies[lane].n)) {
            found->lane = lane;
            return true;
        }
    }
    fprintf(stderr, "logisticsctl %s: no message %s%s%s in redis at %s\n", lanes->command, id,
            lanes->partner ? " of partner " : "", lanes->partner ? lanes->partner : "",
            lanes->redis_at);
    return false;
}

/* Of all lanes the newest. */
static bool find_all(ctl_dead_t *dead, letters_t *found)
{
    lgs_str_t most = lgs_arena_printf(dead->lanes.arena, "%u", dead->most);
    const lgs_str_t args[] = {dead->since_ms,         dead->until_ms, lgs_cstr(dead->lanes.partner),
                              lgs_cstr(dead->reason), most,           LGS_STR(MAX_LOOKED)};
    ctl_reply_t replies[LGS_N_LANES];
    size_t n = 0;

    if (!ctl_lanes_ask(&dead->lanes, "letters", args, LGS_N(args), replies)) {
        return false;
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        n += replies[lane].n / LGS_LETTER_TEXTS;
        found->has_more |= replies[lane].n && replies[lane].texts[0].len;
    }
    found->items = lgs_arena_array(dead->lanes.arena, n + 1, sizeof(*found->items));
    for (uint32_t lane = 0; found->items && lane < LGS_N_LANES; lane++) {
        for (size_t i = 1; i + LGS_LETTER_TEXTS <= replies[lane].n; i += LGS_LETTER_TEXTS) {
            lgs_letter_take_listed(&found->items[found->n].letter, &replies[lane].texts[i]);
            found->items[found->n++].lane = lane;
        }
    }
    if (found->items) {
        qsort(found->items, found->n, sizeof(*found->items), newest_first);
        found->has_more |= found->n > dead->most;
        found->n = found->n < dead->most ? found->n : dead->most;
    }
    return found->items != NULL;
}

/* Times of the same length: their texts are in their order. */
static int newest_first(const void *a, const void *b)
{
    lgs_str_t at_a = ((const ctl_letter_t *)a)->letter.closed;
    lgs_str_t at_b = ((const ctl_letter_t *)b)->letter.closed;

    if (at_a.len != at_b.len) {
        return at_a.len < at_b.len ? 1 : -1;
    }
    return memcmp(at_b.data, at_a.data, at_a.len);
}

/* ---- showing ---- */

static int list(ctl_dead_t *dead)
{
    letters_t found = {.n = 0};

    if (!find_all(dead, &found)) {
        return CTL_USAGE;
    }
    for (uint32_t i = 0; i < found.n; i++) {
        lgs_buf_t buf;

        if (!dead->is_json) {
            print_line(&found.items[i].letter);
            continue;
        }
        lgs_buf_init(&buf, dead->lanes.arena, 512, 0);
        lgs_letter_write(&buf, &found.items[i].letter);
        lgs_buf_byte(&buf, '\n');
        fwrite(buf.data, 1, buf.len, stdout);
    }
    if (found.has_more) {
        fprintf(stderr,
                "logisticsctl dead: there are more: --limit N, --until TIME, or a filter\n");
    }
    return fflush(stdout) == 0 ? CTL_OK : CTL_USAGE;
}

static void print_line(const lgs_letter_t *letter)
{
    lgs_arena_t *arena = lgs_arena_create(256, 0);
    lgs_str_t parts[] = {arena ? lgs_letter_time(arena, letter->closed) : letter->closed,
                         letter->partner, letter->route, letter->attempts, letter->reason};

    printf("%.*s ", LGS_FMT(letter->id));
    for (size_t i = 0; i < LGS_N(parts); i++) {
        putchar(' ');
        trace_print_text(parts[i]);
    }
    printf(": ");
    trace_print_text(letter->error);
    putchar('\n');
    lgs_arena_destroy(arena);
}

static int show(ctl_dead_t *dead)
{
    return print_letter(dead, true);
}

static int print_letter(ctl_dead_t *dead, bool has_all)
{
    lgs_arena_t *arena = dead->lanes.arena;
    ctl_letter_t found;
    lgs_errs_t errs;
    lgs_buf_t buf;
    lgs_doc_t doc;

    if (!ctl_letter_find(&dead->lanes, dead->ids[0], has_all, &found)) {
        return CTL_FINDINGS;
    }
    lgs_errs_init(&errs, arena, 1);
    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_letter_write(&buf, &found.letter);
    if (buf.failed || lgs_json_read(arena, lgs_buf_text(&buf), NULL, &doc, &errs) != LGS_OK) {
        ctl_print_errors(&errs, dead->ids[0]);
        return CTL_USAGE;
    }
    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_json_write_pretty(&buf, &doc.root);
    lgs_buf_byte(&buf, '\n');
    fwrite(buf.data, 1, buf.len, stdout);
    return fflush(stdout) == 0 && !buf.failed ? CTL_OK : CTL_USAGE;
}

/* ---- doing ---- */

static int replay(ctl_dead_t *dead)
{
    return each(dead, ctl_dead_replay);
}

static int drop(ctl_dead_t *dead)
{
    return each(dead, drop_one);
}

/* The letters that are named or found, each looked at once more as it is now. Oldest first. */
static int each(ctl_dead_t *dead, lgs_rc_t (*act)(ctl_dead_t *, const ctl_letter_t *))
{
    letters_t found = {.n = 0};
    uint32_t n_bad = 0, n;

    if (dead->n_ids == 0 && !find_all(dead, &found)) {
        return CTL_USAGE;
    }
    n = dead->n_ids ? dead->n_ids : found.n;
    for (uint32_t i = 0; i < n; i++) {
        lgs_arena_t *arena = dead->lanes.arena;
        const char *id = dead->n_ids ? dead->ids[i] : found.items[n - 1 - i].letter.id.data;
        ctl_letter_t letter;
        lgs_rc_t rc = LGS_INVALID;

        dead->lanes.arena = lgs_arena_create(1 << 16, 0); /* of one letter */
        if (dead->lanes.arena && ctl_letter_find(&dead->lanes, id, true, &letter)) {
            rc = act(dead, &letter);
        }
        n_bad += rc != LGS_OK;
        lgs_arena_destroy(dead->lanes.arena);
        dead->lanes.arena = arena;
    }
    if (found.has_more) {
        fprintf(stderr, "logisticsctl dead: there are more: do it again, or --limit N\n");
    }
    fprintf(stderr, "%u %s%s, %u not\n", n - n_bad, act == drop_one ? "dropped" : "replayed",
            dead->is_dry ? " if it were done" : "", n_bad);
    return n_bad ? CTL_FINDINGS : CTL_OK;
}

static lgs_rc_t drop_one(ctl_dead_t *dead, const ctl_letter_t *letter)
{
    const lgs_deed_t deed = {.did = "drop", .by = lgs_cstr(dead->by), .why = lgs_cstr(dead->why)};
    lgs_str_t args[] = {letter->letter.id, LGS_STR(""), letter->letter.closed};
    ctl_reply_t reply = {NULL, 0};
    lgs_buf_t buf;

    lgs_buf_init(&buf, dead->lanes.arena, 256, 0);
    lgs_deed_write(&buf, &deed);
    args[1] = lgs_buf_text(&buf);
    if (!lgs_str_is(letter->letter.state, "dead")) {
        fprintf(stderr, "logisticsctl dead: message %.*s is no dead letter: it is %.*s\n",
                LGS_FMT(letter->letter.id), LGS_FMT(letter->letter.state));
        return LGS_INVALID;
    }
    if (dead->is_dry) {
        print_line(&letter->letter);
        return LGS_OK;
    }
    if (buf.failed ||
        !ctl_lane_ask(&dead->lanes, letter->lane, "drop", args, LGS_N(args), &reply)) {
        return LGS_INVALID;
    }
    if (reply.n == 1 && lgs_str_is(reply.texts[0], "dropped")) {
        return LGS_OK;
    }
    fprintf(stderr, "logisticsctl dead: message %.*s was changed by somebody else meanwhile\n",
            LGS_FMT(letter->letter.id));
    return LGS_INVALID;
}
