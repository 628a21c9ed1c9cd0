/* What became of messages: Redis is told, and what goes again waits for its time there. */
#include "loop.h"

#include <stdio.h>
#include <sys/random.h>

#define SETTLED_ARGS 4u   /* of each message */
#define LONGEST_WHY  512u /* bytes of what is kept of a failed attempt */

static bool tell_batch(relay_t *relay, relay_batch_t *batch);
static uint32_t settle(relay_t *relay, const relay_batch_t *batch);
static void tell_message(relay_t *relay, const relay_batch_t *batch, const relay_message_t *message,
                         const lgs_delivery_t *delivery);
static void send_alone(relay_t *relay, const relay_batch_t *batch, const relay_message_t *message);
static lgs_str_t say_why(char why[LONGEST_WHY], const lgs_delivery_t *delivery);

void relay_tell(relay_t *relay)
{
    relay_batch_t **at = &relay->batches;

    while (*at) {
        relay_batch_t *batch = *at;
        bool is_empty = batch->n == 0 && batch->call == NULL;

        if (!is_empty && (!batch->is_done || !tell_batch(relay, batch))) {
            at = &batch->next;
            continue;
        }
        if (!batch->is_done) {
            relay->n_waiting[batch->class]--;
        }
        *at = batch->next;
        relay_batch_free(batch);
    }
}

/* False: the link was lost; all of it is told once more, and what was heard already says "lost". */
static bool tell_batch(relay_t *relay, relay_batch_t *batch)
{
    uint32_t n_sent = batch->deliveries ? settle(relay, batch) : 0;

    for (uint32_t i = 0; batch->deliveries && i < batch->n; i++) {
        lgs_delivery_verdict_t verdict = batch->deliveries[i].verdict;

        if (verdict != LGS_DELIVERY_DONE && verdict != LGS_DELIVERY_ALONE) {
            tell_message(relay, batch, &batch->messages[i], &batch->deliveries[i]);
            n_sent++;
        }
    }
    for (uint32_t i = 0; i < n_sent; i++) {
        freeReplyObject(relay_link_reply(&relay->link));
        if (relay->link.commands == NULL) {
            return false;
        }
    }
    /* last: once, however often the others are told of */
    for (uint32_t i = 0; batch->deliveries && i < batch->n; i++) {
        if (batch->deliveries[i].verdict == LGS_DELIVERY_ALONE) {
            send_alone(relay, batch, &batch->messages[i]);
        }
    }
    relay->has_moved = true;
    return true;
}

/* What is in Odoo, in as few scripts as it fits into; how many were sent. */
static uint32_t settle(relay_t *relay, const relay_batch_t *batch)
{
    lgs_str_t args[RELAY_MAX_ARGS];
    char keep[24];
    uint32_t n = 1, n_sent = 0, lane = 0;

    args[0] = relay_number(keep, lgs_policy_queue(relay->policy)->keep_ms);
    for (uint32_t i = 0; i < batch->n; i++) {
        const relay_message_t *message = &batch->messages[i];

        if (batch->deliveries[i].verdict != LGS_DELIVERY_DONE) {
            continue;
        }
        if (n > 1 && (message->lane != lane || n + SETTLED_ARGS > RELAY_MAX_ARGS)) {
            relay_link_send(&relay->link, "settle", lane, args, n);
            n_sent++;
            n = 1;
        }
        args[n++] = message->claimed.id;
        args[n++] = message->claimed.token;
        args[n++] = batch->deliveries[i].outcome;
        args[n++] = batch->deliveries[i].states;
        lane = message->lane;
    }
    if (n > 1) {
        relay_link_send(&relay->link, "settle", lane, args, n);
    }
    return n_sent + (n > 1);
}

/* Of one that is not in Odoo, or not with all its records. */
static void tell_message(relay_t *relay, const relay_batch_t *batch, const relay_message_t *message,
                         const lgs_delivery_t *delivery)
{
    const lgs_claimed_t *claimed = &message->claimed;
    char text[24];
    uint32_t random = 0;
    uint64_t wait;

    if (delivery->verdict == LGS_DELIVERY_REFUSED) {
        relay_give_up(relay, message, delivery->reason, delivery);
        return;
    }
    if (delivery->verdict == LGS_DELIVERY_PARKED) {
        const lgs_str_t args[] = {claimed->id,     claimed->token,  delivery->park_ms,
                                  delivery->error, delivery->left,  delivery->outcome,
                                  delivery->waits, delivery->states};

        relay_link_send(&relay->link, "park", message->lane, args, LGS_N(args));
        return;
    }
    (void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
    wait = batch->is_wasted ? lgs_breaker_wait(&relay->breaker, batch->retry_after_ms, random)
                            : lgs_schedule_wait(relay_schedule(relay, batch->route),
                                                claimed->attempts, batch->retry_after_ms, random);
    if (wait == LGS_NEVER) {
        relay_give_up(relay, message, LGS_STR("attempts"), delivery);
    } else {
        char why[LONGEST_WHY];
        lgs_str_t counts = batch->is_wasted ? LGS_STR("0") : LGS_STR("1");
        const lgs_str_t args[] = {claimed->id,
                                  claimed->token,
                                  relay_number(text, wait),
                                  say_why(why, delivery),
                                  delivery->left,
                                  delivery->outcome,
                                  counts,
                                  delivery->states};

        relay_link_send(&relay->link, "retry", message->lane, args, LGS_N(args));
    }
}

/* "odoo-away: what was said", cut where it is too long: both are slices, without a NUL. */
static lgs_str_t say_why(char why[LONGEST_WHY], const lgs_delivery_t *delivery)
{
    int n = snprintf(why, LONGEST_WHY, "%.*s: %.*s", LGS_FMT(delivery->reason),
                     LGS_FMT(delivery->error));

    return lgs_str(why, n < 0 ? 0 : (size_t)n < LONGEST_WHY ? (size_t)n : LONGEST_WHY - 1);
}

void relay_give_up(relay_t *relay, const relay_message_t *message, lgs_str_t reason,
                   const lgs_delivery_t *delivery)
{
    char text[24];
    const lgs_str_t args[] = {message->claimed.id,
                              message->claimed.token,
                              reason,
                              delivery->error,
                              delivery->outcome.len ? delivery->outcome : LGS_STR("[]"),
                              delivery->left,
                              relay_number(text, lgs_policy_queue(relay->policy)->dead_ms),
                              delivery->states,
                              delivery->whys};

    relay_log("message %.*s is given up (%.*s): %.*s", LGS_FMT(message->claimed.id),
              LGS_FMT(reason), LGS_FMT(delivery->error));
    relay_link_send(&relay->link, "dead", message->lane, args, LGS_N(args));
}

/* One message of several was refused, not known which: each goes again by itself, at once. */
static void send_alone(relay_t *relay, const relay_batch_t *batch, const relay_message_t *message)
{
    relay_batch_t *alone = relay_new_batch(relay, batch->class, batch->route);

    if (alone == NULL || relay_batch_copy(alone, message) != LGS_OK) {
        relay_log("out of memory: a message is left to its lease");
        return;
    }
    alone->is_alone = true;
    alone->leased_until_ms = batch->leased_until_ms;
}
