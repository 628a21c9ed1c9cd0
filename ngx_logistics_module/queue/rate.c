/*
 * How fast the queue goes (state.h): two looks at it, and what they differ by. Nobody counts what
 * came in by class or partner, since acceptance is what has to be fast: it is what went out and
 * what is open more than before.
 */
#include "state.h"

static void compare_all(lgs_queue_state_t *state, const lgs_queue_state_t *before, double seconds);
static void compare_classes(lgs_queue_state_t *state, const lgs_queue_state_t *before,
                            double seconds);
static lgs_rc_t compare_partners(lgs_queue_state_t *state, const lgs_queue_state_t *before,
                                 double seconds);
static lgs_rc_t join_partners(lgs_queue_state_t *state, const lgs_queue_names_t *now,
                              const lgs_queue_names_t *then);
static lgs_queue_rate_t rate_of(const lgs_queue_numbers_t *now, const lgs_queue_numbers_t *then,
                                double seconds);
static uint64_t sum_of(const lgs_queue_histogram_t *histogram);
static uint64_t number_of(const lgs_queue_names_t *names, lgs_str_t name);
static double more(uint64_t now, uint64_t then);
static double positive(double number);

lgs_rc_t lgs_queue_state_compare(lgs_queue_state_t *state, const lgs_queue_state_t *before)
{
    double seconds = more(state->all.at_ms, before->all.at_ms) / 1000;

    state->has_rates = seconds > 0;
    if (!state->has_rates) {
        return LGS_OK;
    }
    compare_all(state, before, seconds);
    compare_classes(state, before, seconds);
    return compare_partners(state, before, seconds);
}

static void compare_all(lgs_queue_state_t *state, const lgs_queue_state_t *before, double seconds)
{
    state->rate = rate_of(&state->all, &before->all, seconds);
    for (uint32_t i = 0; i < LGS_N_LANES; i++) {
        state->lane_rates[i] = rate_of(&state->lanes[i], &before->lanes[i], seconds);
    }
}

static lgs_queue_rate_t rate_of(const lgs_queue_numbers_t *now, const lgs_queue_numbers_t *then,
                                double seconds)
{
    double in = more(now->accepted, then->accepted) + more(now->replayed, then->replayed);
    double out = more(now->delivered, then->delivered);

    return (lgs_queue_rate_t){positive(in) / seconds, positive(out) / seconds,
                              positive(in - out - more(now->open, then->open)) / seconds};
}

/* Attempts are counted when a message is delivered or given up, times when it is delivered. */
static void compare_classes(lgs_queue_state_t *state, const lgs_queue_state_t *before,
                            double seconds)
{
    for (size_t i = 0; i < LGS_N_SHARES; i++) {
        lgs_queue_class_t *now = &state->classes[i];
        const lgs_queue_class_t *then = &before->classes[i];
        double closed = more(sum_of(&now->tries), sum_of(&then->tries));
        double delivered = more(sum_of(&now->took), sum_of(&then->took));

        now->rate.accepted = positive(closed + more(now->open, then->open)) / seconds;
        now->rate.delivered = positive(delivered) / seconds;
        now->rate.dead = positive(closed - delivered) / seconds;
    }
}

static lgs_rc_t compare_partners(lgs_queue_state_t *state, const lgs_queue_state_t *before,
                                 double seconds)
{
    if (join_partners(state, &state->delivered, &before->delivered) != LGS_OK ||
        join_partners(state, &state->given_up, &before->given_up) != LGS_OK) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < state->partners.n; i++) {
        lgs_queue_named_t *partner = &state->partners.items[i];
        lgs_str_t name = partner->name;
        double delivered = more(number_of(&state->delivered, name),
                                number_of(&before->delivered, name));
        double dead = more(number_of(&state->given_up, name), number_of(&before->given_up, name));
        double open = more(partner->n, number_of(&before->partners, name));

        partner->rate = (lgs_queue_rate_t){positive(open + delivered + dead) / seconds,
                                           positive(delivered) / seconds, positive(dead) / seconds};
    }
    return LGS_OK;
}

/* Those of whom a number has moved; what there is no room for is left out, as everywhere. */
static lgs_rc_t join_partners(lgs_queue_state_t *state, const lgs_queue_names_t *now,
                              const lgs_queue_names_t *then)
{
    for (uint32_t i = 0; i < now->n; i++) {
        const lgs_queue_named_t *is = &now->items[i];

        if (is->n > number_of(then, is->name) &&
            lgs_queue_named(&state->partners, state->arena, is->name) == NULL &&
            state->partners.n < LGS_MAX_QUEUE_NAMES) {
            return LGS_NOMEM;
        }
    }
    return LGS_OK;
}

static uint64_t sum_of(const lgs_queue_histogram_t *histogram)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < LGS_QUEUE_BUCKETS; i++) {
        sum += histogram->n[i];
    }
    return sum;
}

static uint64_t number_of(const lgs_queue_names_t *names, lgs_str_t name)
{
    for (uint32_t i = 0; i < names->n; i++) {
        if (lgs_str_eq(names->items[i].name, name)) {
            return names->items[i].n;
        }
    }
    return 0;
}

/* Below zero when it is less than before. */
static double more(uint64_t now, uint64_t then)
{
    return now >= then ? (double)(now - then) : -(double)(then - now);
}

/* A Redis that was emptied between the looks has counted nothing back. */
static double positive(double number)
{
    return number > 0 ? number : 0;
}
