/*
 * The policies of both threads: the deliveries' reads them, each holds what it works by, and who
 * lets go last frees them.
 */
#include "relay.h"

#include <stdlib.h>

static lgs_policy_t *load(const char *dir);

bool relay_policies_read(relay_policies_t *policies, const char *dir)
{
    relay_held_t *held = malloc(sizeof(*held)), *before;

    if (held == NULL) {
        return false;
    }
    *held = (relay_held_t){load(dir), 1};
    if (held->policy == NULL) {
        free(held);
        return false;
    }
    pthread_mutex_lock(&policies->lock);
    before = policies->newest;
    policies->newest = held;
    pthread_mutex_unlock(&policies->lock);
    relay_policies_let_go(policies, before);
    return true;
}

/* Schedules, ceilings and what callbacks are signed with; Odoo's key is the gateway's. */
static lgs_policy_t *load(const char *dir)
{
    const lgs_policy_options_t options = {.read_callbacks = true};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_policy_t *policy = NULL;
    lgs_errs_t errs;

    if (arena) {
        lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
        policy = lgs_policy_load(dir, &options, &errs);
        for (const lgs_err_t *err = errs.first; err && policy == NULL; err = err->next) {
            relay_log("%.*s", LGS_FMT(lgs_err_line(arena, err, lgs_cstr(dir))));
        }
    }
    lgs_arena_destroy(arena);
    return policy;
}

relay_held_t *relay_policies_hold(relay_policies_t *policies)
{
    relay_held_t *held;

    pthread_mutex_lock(&policies->lock);
    held = policies->newest;
    held->n_holders++;
    pthread_mutex_unlock(&policies->lock);
    return held;
}

relay_held_t *relay_policies_hold_too(relay_policies_t *policies, relay_held_t *held)
{
    pthread_mutex_lock(&policies->lock);
    held->n_holders++;
    pthread_mutex_unlock(&policies->lock);
    return held;
}

void relay_policies_let_go(relay_policies_t *policies, relay_held_t *held)
{
    bool is_last = false;

    if (held == NULL) {
        return;
    }
    pthread_mutex_lock(&policies->lock);
    is_last = --held->n_holders == 0;
    pthread_mutex_unlock(&policies->lock);
    if (is_last) {
        lgs_policy_free(held->policy);
        free(held);
    }
}

void relay_policies_free(relay_policies_t *policies)
{
    relay_policies_let_go(policies, policies->newest);
    policies->newest = NULL;
}
