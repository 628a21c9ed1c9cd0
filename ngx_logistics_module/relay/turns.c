/* Whose turn it is (relay.h): claimed messages, partner by partner in turn. */
#include "relay.h"

#include <stdlib.h>

#include "../base/map.h"

static uint32_t count(redisReply *const *replies, uint32_t n_lanes);
static bool number_turns(relay_turn_t *turns, uint32_t n);
static int compare_turns(const void *a, const void *b);

#define FIRST_MESSAGE 2u /* in what claim gives */

relay_turn_t *relay_turns(redisReply *const *replies, const uint32_t *lanes, uint32_t n_lanes,
                          uint32_t *n)
{
    relay_turn_t *turns = calloc(count(replies, n_lanes) + 1, sizeof(*turns));

    *n = 0;
    for (uint32_t i = 0; turns && i < n_lanes; i++) {
        size_t end = replies[i] ? replies[i]->elements : 0;

        for (size_t k = FIRST_MESSAGE; k < end; k++) {
            turns[*n] = (relay_turn_t){replies[i]->element[k], lanes[i], 0, *n};
            ++*n;
        }
    }
    if (turns == NULL || !number_turns(turns, *n)) {
        free(turns);
        return NULL;
    }
    qsort(turns, *n, sizeof(*turns), compare_turns);
    return turns;
}

lgs_str_t relay_field(const redisReply *message, const char *name)
{
    for (size_t i = 3; i + 1 < message->elements; i += 2) {
        if (lgs_str_is(lgs_cstr(message->element[i]->str), name)) {
            return lgs_str(message->element[i + 1]->str, message->element[i + 1]->len);
        }
    }
    return LGS_STR("");
}

static uint32_t count(redisReply *const *replies, uint32_t n_lanes)
{
    size_t n = 0;

    for (uint32_t i = 0; i < n_lanes; i++) {
        n += replies[i] ? replies[i]->elements : 0;
    }
    return (uint32_t)n;
}

/* False: no memory. */
static bool number_turns(relay_turn_t *turns, uint32_t n)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_map_t *partners = arena ? lgs_map_create(arena, 64) : NULL;
    bool is_good = partners != NULL;

    for (uint32_t i = 0; is_good && i < n; i++) {
        lgs_str_t partner = relay_field(turns[i].message, "partner");
        uint32_t *taken = lgs_map_get(partners, partner);

        if (taken == NULL) {
            taken = lgs_arena_zalloc(arena, sizeof(*taken));
            is_good = taken && lgs_map_add(partners, partner, taken) == LGS_OK;
        }
        if (is_good) {
            turns[i].turn = (*taken)++;
        }
    }
    lgs_arena_destroy(arena);
    return is_good;
}

static int compare_turns(const void *a, const void *b)
{
    const relay_turn_t *x = a, *y = b;
    int order = (x->turn > y->turn) - (x->turn < y->turn);

    return order ? order : (x->number > y->number) - (x->number < y->number);
}
