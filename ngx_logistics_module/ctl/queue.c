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
static bool print(const look_t *look, const lgs_queue_state_t *before,
                  const lgs_queue_state_t *state);
static void print_json(lgs_arena_t *arena, const look_t *look, const lgs_queue_state_t *before,
                       const lgs_queue_state_t *state);
static void print_head(const look_t *look, const lgs_queue_state_t *before,
                       const lgs_queue_state_t *state);
static void print_tables(const look_t *look, const lgs_queue_state_t *state);
static void print_row(lgs_str_t name, uint64_t open, uint64_t oldest_ms);
static void print_callbacks(const look_t *look, const lgs_queue_state_t *state);
static void print_age(uint64_t ms);
static double per_second(const look_t *look, uint64_t before, uint64_t now);

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
        ok = state && print(look, before, state);
        before = state;
        if (!look->watches) {
            break;
        }
    }
    lgs_arena_destroy(arenas[0]);
    lgs_arena_destroy(arenas[1]);
    return ok ? CTL_OK : CTL_USAGE;
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

static bool print(const look_t *look, const lgs_queue_state_t *before,
                  const lgs_queue_state_t *state)
{
    if (look->is_json) {
        print_json(state->arena, look, before, state);
    } else {
        print_head(look, before, state);
        print_tables(look, state);
    }
    if (fflush(stdout) != 0) {
        perror("logisticsctl: standard output");
        return false;
    }
    return true;
}

static void print_json(lgs_arena_t *arena, const look_t *look, const lgs_queue_state_t *before,
                       const lgs_queue_state_t *state)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 8192, 0);
    lgs_buf_printf(&buf, "{\"accepted_per_second\":%.1f,\"delivered_per_second\":%.1f,\"queue\":",
                   per_second(look, before->all.accepted, state->all.accepted),
                   per_second(look, before->all.delivered, state->all.delivered));
    lgs_queue_state_write(&buf, state);
    lgs_buf_cstr(&buf, "}\n");
    fwrite(buf.data, 1, buf.len, stdout);
}

static void print_head(const look_t *look, const lgs_queue_state_t *before,
                       const lgs_queue_state_t *state)
{
    const lgs_queue_numbers_t *all = &state->all;

    printf("%llu open", (unsigned long long)all->open);
    if (all->open) {
        printf(", the oldest for ");
        print_age(all->oldest_ms);
    }
    printf("; %llu with a relay, %llu wait for a retry, %llu for what comes before them, %llu dead "
           "letters\n",
           (unsigned long long)all->leased,
           (unsigned long long)(all->delayed -
                                (all->parked < all->delayed ? all->parked : all->delayed)),
           (unsigned long long)all->parked, (unsigned long long)all->dead);
    printf("in %.1f/s, out %.1f/s; %llu accepted, %llu delivered, %llu attempts, %llu retries, "
           "%llu leases lost\n",
           per_second(look, before->all.accepted, all->accepted),
           per_second(look, before->all.delivered, all->delivered),
           (unsigned long long)all->accepted, (unsigned long long)all->delivered,
           (unsigned long long)all->attempts, (unsigned long long)all->retries,
           (unsigned long long)all->leases_lost);
}

/* Lanes are not a partner's own: with --partner what is said of its lane would mislead. */
static void print_tables(const look_t *look, const lgs_queue_state_t *state)
{
    printf("\n%-20s %10s  %s\n", "class", "open", "oldest");
    for (size_t i = 0; i < LGS_N_SHARES; i++) {
        print_row(lgs_cstr(lgs_queue_class_names[i]), state->classes[i].open,
                  state->classes[i].oldest_ms);
    }
    printf("\n%-20s %10s  %s\n", "partner", "open", "oldest");
    for (uint32_t i = 0; i < state->partners.n; i++) {
        const lgs_queue_named_t *partner = &state->partners.items[i];

        if (look->lanes.partner == NULL || lgs_str_is(partner->name, look->lanes.partner)) {
            print_row(partner->name, partner->n, partner->oldest_ms);
        }
    }
    printf("\n%-20s %10s  %s\n", "lane", "open", "oldest");
    for (uint32_t i = 0; i < LGS_N_LANES; i++) {
        char name[8];

        snprintf(name, sizeof(name), "L%02u", i);
        if (state->lanes[i].open) {
            print_row(lgs_cstr(name), state->lanes[i].open, state->lanes[i].oldest_ms);
        }
    }
    print_callbacks(look, state);
    printf("\n%-20s %10s\n", "given up because", "so far");
    for (uint32_t i = 0; i < state->reasons.n; i++) {
        printf("%-20.*s %10llu\n", LGS_FMT(state->reasons.items[i].name),
               (unsigned long long)state->reasons.items[i].n);
    }
    printf("\n");
}

/* Partners that are still to be told of something, and those whom it could not be told. */
static void print_callbacks(const look_t *look, const lgs_queue_state_t *state)
{
    const struct {
        const char *title;
        const lgs_queue_names_t *names;
    } tables[] = {{"callbacks to", &state->callbacks}, {"not told", &state->callbacks_given_up}};

    for (size_t t = 0; t < LGS_N(tables); t++) {
        if (tables[t].names->n == 0) {
            continue;
        }
        printf("\n%-20s %10s\n", tables[t].title, t ? "so far" : "waiting");
        for (uint32_t i = 0; i < tables[t].names->n; i++) {
            const lgs_queue_named_t *of = &tables[t].names->items[i];

            if (look->lanes.partner == NULL || lgs_str_is(of->name, look->lanes.partner)) {
                printf("%-20.*s %10llu\n", LGS_FMT(of->name), (unsigned long long)of->n);
            }
        }
    }
}

static void print_row(lgs_str_t name, uint64_t open, uint64_t oldest_ms)
{
    printf("%-20.*s %10llu  ", LGS_FMT(name), (unsigned long long)open);
    if (oldest_ms) {
        print_age(oldest_ms);
    } else {
        putchar('-');
    }
    putchar('\n');
}

/* Two units are enough: 3d 4h, 12m 5s, 0.250s. */
static void print_age(uint64_t ms)
{
    unsigned long long s = ms / 1000;

    if (s >= 86400) {
        printf("%llud %lluh", s / 86400, s % 86400 / 3600);
    } else if (s >= 3600) {
        printf("%lluh %llum", s / 3600, s % 3600 / 60);
    } else if (s >= 60) {
        printf("%llum %llus", s / 60, s % 60);
    } else {
        printf("%llu.%03us", s, (unsigned)(ms % 1000));
    }
}

static double per_second(const look_t *look, uint64_t before, uint64_t now)
{
    return now > before ? (double)(now - before) * 1000.0 / (double)look->between_ms : 0.0;
}
