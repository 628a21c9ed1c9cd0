/*
 * logisticsctl queue: what waits, for how long, whose it is, and how fast it goes; from Redis, in
 * all lanes. Rates come of two looks.
 */
#include "../queue/state.h"
#include "lanes.h"
#include "options.h"

#include <stdio.h>
#include <time.h>

#include "../base/datetime.h"

#define NAME_WIDTH     20 /* of a table's first column, at least */
#define MAX_NAME_WIDTH 48
#define AGE_SIZE       32

typedef struct {
    ctl_lanes_t lanes;
    const char *between; /* the two looks, or one and the next */
    uint64_t between_ms;
    bool is_json, watches;
} look_t;

static bool read_options(int argc, char **argv, look_t *look);
static int run(look_t *look);
static lgs_queue_state_t *take(lgs_arena_t *arena, look_t *look);
static void wait_ms(uint64_t ms);
static bool print(const look_t *look, const lgs_queue_state_t *state);
static void print_json(const lgs_queue_state_t *state);
static void print_head(const lgs_queue_state_t *state);
static void print_tables(const look_t *look, const lgs_queue_state_t *state);
static void print_title(int width, const char **of);
static void print_row(int width, lgs_str_t name, uint64_t open, uint64_t oldest_ms,
                      const lgs_queue_rate_t *rate);
static void print_counts(const look_t *look, const lgs_queue_state_t *state);
static bool is_shown(const look_t *look, lgs_str_t name);
static int width_of(const lgs_queue_state_t *state);
static const char *age_of(uint64_t ms, char text[AGE_SIZE]);

int ctl_queue(int argc, char **argv)
{
    look_t look = {.lanes.command = "queue"};
    lgs_arena_t *arena;
    int exit_code;

    if (!read_options(argc, argv, &look)) {
        return ctl_usage("queue");
    }
    arena = lgs_arena_create(1 << 16, 0);
    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    look.lanes.arena = arena;
    exit_code = ctl_lanes_open(&look.lanes) ? run(&look) : CTL_USAGE;
    ctl_lanes_close(&look.lanes);
    lgs_arena_destroy(arena);
    return exit_code;
}

static bool read_options(int argc, char **argv, look_t *look)
{
    const ctl_option_t options[] = {
        {"--redis", NULL, &look->lanes.redis_at}, {"--partner", NULL, &look->lanes.partner},
        {"--every", NULL, &look->between},        {"--json", &look->is_json, NULL},
        {"--watch", &look->watches, NULL},
    };

    for (int i = 1; i < argc; i++) {
        if (!ctl_take_option(argc, argv, &i, options, LGS_N(options))) {
            return false;
        }
    }
    if (look->between == NULL) {
        look->between = look->watches ? "2s" : "1s";
    }
    if (!lgs_duration_read(lgs_cstr(look->between), &look->between_ms) || look->between_ms == 0 ||
        look->between_ms > 3600000) {
        fprintf(stderr, "logisticsctl queue: --every \"%.80s\": write a time, like 2s\n",
                look->between);
        return false;
    }
    return true;
}

/* The look before stays in its own arena while the next one is taken. */
static int run(look_t *look)
{
    lgs_arena_t *arenas[2] = {lgs_arena_create(1 << 16, 0), lgs_arena_create(1 << 16, 0)};
    lgs_queue_state_t *before = NULL, *state = NULL;
    unsigned turn = 0;
    bool ok = arenas[0] && arenas[1];

    before = ok ? take(arenas[0], look) : NULL;
    ok = before != NULL;
    while (ok) {
        turn = !turn;
        wait_ms(look->between_ms);
        lgs_arena_reset(arenas[turn]);
        state = take(arenas[turn], look);
        ok = state && lgs_queue_state_compare(state, before) == LGS_OK && print(look, state);
        before = state;
        if (!look->watches) {
            break;
        }
    }
    lgs_arena_destroy(arenas[0]);
    lgs_arena_destroy(arenas[1]);
    return ok ? ctl_lanes_exit(&look->lanes, CTL_OK) : CTL_USAGE;
}

/* NULL when it has said why there is none. */
static lgs_queue_state_t *take(lgs_arena_t *arena, look_t *look)
{
    static const lgs_str_t looked = LGS_STR_INIT(LGS_QUEUE_LOOKED);
    lgs_queue_state_t *state = lgs_arena_alloc(arena, sizeof(*state));
    ctl_reply_t replies[LGS_N_LANES];

    look->lanes.arena = arena;
    if (state == NULL || !ctl_lanes_ask(&look->lanes, "state", &looked, 1, replies)) {
        return NULL;
    }
    lgs_queue_state_init(state, arena);
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (lgs_queue_state_add(state, lane, replies[lane].texts, replies[lane].n) == LGS_NOMEM) {
            fprintf(stderr, "logisticsctl: out of memory\n");
            return NULL;
        }
    }
    return state;
}

static void wait_ms(uint64_t ms)
{
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    nanosleep(&time, NULL);
}

static bool print(const look_t *look, const lgs_queue_state_t *state)
{
    if (look->is_json) {
        print_json(state);
    } else {
        print_head(state);
        print_tables(look, state);
        print_counts(look, state);
        printf("\n");
    }
    if (fflush(stdout) != 0) {
        perror("logisticsctl: standard output");
        return false;
    }
    return true;
}

static void print_json(const lgs_queue_state_t *state)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, state->arena, 8192, 0);
    lgs_buf_printf(&buf, "{\"accepted_per_second\":%.1f,\"delivered_per_second\":%.1f,\"queue\":",
                   state->rate.accepted, state->rate.delivered);
    lgs_queue_state_write(&buf, state);
    lgs_buf_cstr(&buf, "}\n");
    fwrite(buf.data, 1, buf.len, stdout);
}

static void print_head(const lgs_queue_state_t *state)
{
    const lgs_queue_numbers_t *all = &state->all;
    char age[AGE_SIZE];

    printf("%llu open", (unsigned long long)all->open);
    if (all->open) {
        printf(", the oldest for %s", age_of(all->oldest_ms, age));
    }
    printf("; %llu with a relay, %llu wait for a retry, %llu for what comes before them, %llu dead "
           "letters\n",
           (unsigned long long)all->leased,
           (unsigned long long)(all->delayed -
                                (all->parked < all->delayed ? all->parked : all->delayed)),
           (unsigned long long)all->parked, (unsigned long long)all->dead);
    printf("in %.1f/s, out %.1f/s; %llu accepted, %llu delivered, %llu attempts, %llu retries, "
           "%llu leases lost\n",
           state->rate.accepted, state->rate.delivered, (unsigned long long)all->accepted,
           (unsigned long long)all->delivered, (unsigned long long)all->attempts,
           (unsigned long long)all->retries, (unsigned long long)all->leases_lost);
}

/* Lanes are not a partner's own: with --partner what is said of its lane would mislead. */
static void print_tables(const look_t *look, const lgs_queue_state_t *state)
{
    const char *class = "class", *partner = "partner", *lane = "lane";
    int width = width_of(state);

    print_title(width, &class);
    for (size_t i = 0; i < LGS_N_SHARES; i++) {
        print_row(width, lgs_cstr(lgs_queue_class_names[i]), state->classes[i].open,
                  state->classes[i].oldest_ms, &state->classes[i].rate);
    }
    for (uint32_t i = 0; i < state->partners.n; i++) {
        const lgs_queue_named_t *is = &state->partners.items[i];

        if (is_shown(look, is->name)) {
            print_title(width, &partner);
            print_row(width, is->name, is->n, is->oldest_ms, &is->rate);
        }
    }
    for (uint32_t i = 0; i < LGS_N_LANES; i++) {
        const lgs_queue_rate_t *rate = &state->lane_rates[i];
        char name[8];

        snprintf(name, sizeof(name), "L%02u", i);
        if (state->lanes[i].open || rate->accepted > 0 || rate->delivered > 0 || rate->dead > 0) {
            print_title(width, &lane);
            print_row(width, lgs_cstr(name), state->lanes[i].open, state->lanes[i].oldest_ms, rate);
        }
    }
}

/* Once, over the first row: a table without rows is none. */
static void print_title(int width, const char **of)
{
    if (*of) {
        printf("\n%-*s %10s %12s %9s %9s %9s\n", width, *of, "open", "oldest", "in/s", "out/s",
               "dead/s");
        *of = NULL;
    }
}

static void print_row(int width, lgs_str_t name, uint64_t open, uint64_t oldest_ms,
                      const lgs_queue_rate_t *rate)
{
    char age[AGE_SIZE];

    printf("%-*.*s %10llu %12s %9.1f %9.1f %9.1f\n", width, LGS_FMT(name), (unsigned long long)open,
           oldest_ms ? age_of(oldest_ms, age) : "-", rate->accepted, rate->delivered, rate->dead);
}

/* Why messages were given up; partners that are still to be told of something, or were not. */
static void print_counts(const look_t *look, const lgs_queue_state_t *state)
{
    const struct {
        const char *title, *of;
        const lgs_queue_names_t *names;
        bool is_partner;
    } tables[] = {{"callbacks to", "waiting", &state->callbacks, true},
                  {"not told", "so far", &state->callbacks_given_up, true},
                  {"given up because", "so far", &state->reasons, false}};
    int width = width_of(state);

    for (size_t t = 0; t < LGS_N(tables); t++) {
        if (tables[t].names->n == 0) {
            continue;
        }
        printf("\n%-*s %10s\n", width, tables[t].title, tables[t].of);
        for (uint32_t i = 0; i < tables[t].names->n; i++) {
            const lgs_queue_named_t *is = &tables[t].names->items[i];

            if (!tables[t].is_partner || is_shown(look, is->name)) {
                printf("%-*.*s %10llu\n", width, LGS_FMT(is->name), (unsigned long long)is->n);
            }
        }
    }
}

static bool is_shown(const look_t *look, lgs_str_t name)
{
    return look->lanes.partner == NULL || lgs_str_is(name, look->lanes.partner);
}

/* One for all tables, so that their columns stand below each other. */
static int width_of(const lgs_queue_state_t *state)
{
    const lgs_queue_names_t *const all[] = {&state->partners, &state->callbacks,
                                            &state->callbacks_given_up, &state->reasons};
    size_t width = NAME_WIDTH;

    for (size_t t = 0; t < LGS_N(all); t++) {
        for (uint32_t i = 0; i < all[t]->n; i++) {
            width = all[t]->items[i].name.len > width ? all[t]->items[i].name.len : width;
        }
    }
    return (int)(width < MAX_NAME_WIDTH ? width : MAX_NAME_WIDTH);
}

/* Two units are enough: 3d 4h, 12m 5s, 0.250s. */
static const char *age_of(uint64_t ms, char text[AGE_SIZE])
{
    unsigned long long s = ms / 1000;

    if (s >= 86400) {
        snprintf(text, AGE_SIZE, "%llud %lluh", s / 86400, s % 86400 / 3600);
    } else if (s >= 3600) {
        snprintf(text, AGE_SIZE, "%lluh %llum", s / 3600, s % 3600 / 60);
    } else if (s >= 60) {
        snprintf(text, AGE_SIZE, "%llum %llus", s / 60, s % 60);
    } else {
        snprintf(text, AGE_SIZE, "%llu.%03us", s, (unsigned)(ms % 1000));
    }
    return text;
}
