/*
 * The relay's loop: claim what may go, deliver it, tell Redis what became of it. Killing it at any
 * moment loses nothing: its leases end, and others take the messages.
 */
#include "relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define SWEEP_MS        2000u /* every lane is looked at so often, whatever was heard */
#define BEAT_MS         5000u
#define BEAT_KEPT_MS    "15000" /* the relay counts as gone when it misses some */
#define BEAT_LANE       0u      /* one for all relays */
#define RENEW_PARTS     3u      /* leases are renewed so often in their time */
#define CLAIM_BYTES     "4194304"
#define CLAIMED_AT_ONCE 8u /* lanes */
#define LONGEST_WAIT_MS 1000
#define STOP_MS         60000u
#define SETTLED_ARGS    4u   /* of each message */
#define LONGEST_WHY     512u /* bytes of what is kept of a failed attempt */
#define N_CLASSES       ((uint32_t)LGS_N_CLASSES)

static const char *const class_names[LGS_N_CLASSES] = {
    [LGS_CRITICAL] = "critical", [LGS_STANDARD] = "standard", [LGS_BULK] = "bulk"};

typedef struct {
    const relay_options_t *options;
    relay_policies_t *policies;
    relay_held_t *held;
    const lgs_policy_t *policy; /* of what is held */
    relay_link_t link;
    CURLM *calls;
    lgs_breaker_t breaker;
    relay_batch_t *batches;            /* that wait, are under way, or are not told of yet */
    uint32_t running[LGS_N_CLASSES];   /* calls */
    uint32_t n_waiting[LGS_N_CLASSES]; /* batches */
    bool has_moved;                    /* there may be more to do at once */
    bool is_bulks_turn;                /* standard's last delivery was not full */
    /* Lanes in which something of the class may be ready, and those with a delivery's worth: a bit
       each. */
    uint64_t hot[LGS_N_CLASSES], deep[LGS_N_CLASSES];
    uint32_t turn[LGS_N_CLASSES]; /* lane that is asked first */
    uint64_t due_ms[LGS_N_LANES];
    uint64_t sweep_ms, renew_ms, beat_ms;
    uint64_t leased_until_ms; /* of what is claimed now */
} relay_t;

static void reload(relay_t *relay);
static void look(relay_t *relay, uint64_t now_ms);
static uint64_t sweep(relay_t *relay);
static void note_due(relay_t *relay, uint32_t lane, const redisReply *claim);
static void claim_all(relay_t *relay);
static bool may_claim(const relay_t *relay, uint32_t class);
static bool allows(const relay_t *relay, uint32_t class);
static bool may_claim_ahead(const relay_t *relay, uint32_t class);
static void claim_class(relay_t *relay, lgs_class_t class, uint64_t lanes);
static uint32_t lane_behind(uint64_t lanes, uint32_t from);
static uint32_t claim_lanes(relay_t *relay, lgs_class_t class, const uint32_t *lanes,
                            uint32_t n_lanes, uint32_t most);
static void note_claim(relay_t *relay, lgs_class_t class, uint32_t lane, uint32_t most,
                       const redisReply *reply);
static uint32_t take_claims(relay_t *relay, lgs_class_t class, redisReply *const *replies,
                            const uint32_t *lanes, uint32_t n_lanes);
static void add_message(relay_t *relay, lgs_class_t class, uint32_t lane,
                        const redisReply *claimed);
static relay_batch_t *batch_for(relay_t *relay, lgs_class_t class, lgs_str_t route);
static bool has_room(const relay_t *relay, const relay_batch_t *batch);
static const lgs_schedule_t *schedule_of(const relay_t *relay, lgs_str_t name);
static relay_batch_t *new_batch(relay_t *relay, lgs_class_t class, lgs_str_t route);
static void start_calls(relay_t *relay);
static bool is_held(relay_batch_t *batch);
static void end_batch(relay_t *relay, relay_batch_t *batch);
static void end_calls(relay_t *relay);
static void tell(relay_t *relay);
static bool tell_batch(relay_t *relay, relay_batch_t *batch);
static uint32_t settle(relay_t *relay, const relay_batch_t *batch);
static void tell_message(relay_t *relay, const relay_batch_t *batch, const relay_message_t *message,
                         const lgs_delivery_t *delivery);
static void send_alone(relay_t *relay, const relay_batch_t *batch, const relay_message_t *message);
static lgs_str_t say_why(char why[LONGEST_WHY], const lgs_delivery_t *delivery);
static void give_up(relay_t *relay, const relay_message_t *message, lgs_str_t reason,
                    const lgs_delivery_t *delivery);
static void renew(relay_t *relay, uint64_t now_ms);
static void renew_batch(relay_t *relay, relay_batch_t *batch);
static void beat(relay_t *relay, uint64_t now_ms);
static void hand_back(relay_t *relay);
static void drop_batches(relay_t *relay);
static int wait_ms(const relay_t *relay, uint64_t now_ms);
static void wait_for_news(relay_t *relay);

void relay_run(const relay_options_t *options, relay_policies_t *policies)
{
    relay_t relay = {.options = options,
                     .policies = policies,
                     .held = relay_policies_hold(policies),
                     .link = {.at = options->redis_at, .channel = LGS_QUEUE_READY, .what = ""}};
    uint64_t stop_at_ms = 0;

    relay.policy = relay.held->policy;
    relay.calls = curl_multi_init();
    relay_log("ready: %s, policies %.*s", options->name,
              LGS_FMT(lgs_policy_revision(relay.policy)));
    for (;;) {
        uint64_t now_ms = relay_now_ms();

        if (relay_signals.reload) {
            reload(&relay);
        }
        if (relay_link_up(&relay.link, now_ms)) {
            look(&relay, now_ms);
            tell(&relay);
            renew(&relay, now_ms);
            beat(&relay, now_ms);
        }
        if (relay_signals.stop && stop_at_ms == 0) {
            hand_back(&relay);
            stop_at_ms = now_ms + STOP_MS;
        }
        if (stop_at_ms && (relay.batches == NULL || now_ms > stop_at_ms)) {
            break;
        }
        if (!stop_at_ms) {
            claim_all(&relay);
            start_calls(&relay);
        }
        wait_for_news(&relay);
        end_calls(&relay);
        if (!stop_at_ms) {
            start_calls(&relay); /* what was taken ahead does not wait for what has ended */
        }
    }
    relay_log("stopped%s", relay.batches ? ": what is under way is left to others" : "");
    drop_batches(&relay);
    relay_link_close(&relay.link);
    curl_multi_cleanup(relay.calls);
    relay_policies_let_go(policies, relay.held);
}

/* ---- policies ---- */

static void reload(relay_t *relay)
{
    relay_signals.reload = 0;
    if (!relay_policies_read(relay->policies, relay->options->policies)) {
        relay_log("the policies are not good: the old ones stay");
        return;
    }
    relay_policies_let_go(relay->policies, relay->held);
    relay->held = relay_policies_hold(relay->policies);
    relay->policy = relay->held->policy;
    if (relay->options->callbacks) {
        relay_callbacks_reload(relay->options->callbacks);
    }
    relay_log("policies %.*s", LGS_FMT(lgs_policy_revision(relay->policy)));
}

/* ---- claiming ---- */

/* Which lanes to look into: those that were named, those where something is due, sometimes all. */
static void look(relay_t *relay, uint64_t now_ms)
{
    uint64_t lanes = 0;

    (void)relay_link_news(&relay->link, &lanes);
    if (now_ms >= relay->sweep_ms) {
        lanes |= sweep(relay);
        relay->sweep_ms = now_ms + SWEEP_MS;
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (relay->due_ms[lane] && now_ms >= relay->due_ms[lane]) {
            lanes |= (uint64_t)1 << lane;
            relay->due_ms[lane] = 0;
        }
    }
    for (uint32_t i = 0; i < N_CLASSES; i++) {
        relay->hot[i] |= lanes;
    }
}

/*
 * Lanes in which something may go, whoever told of it or did not: claims of nothing, all sent
 * before the first is answered. One after the other they would take as long as a delivery.
 */
static uint64_t sweep(relay_t *relay)
{
    char lease[24];
    const lgs_str_t args[] = {lgs_cstr(relay->options->name),
                              relay_number(lease, relay->options->lease_ms),
                              LGS_STR("0"),
                              LGS_STR("0"),
                              lgs_cstr(class_names[LGS_CRITICAL]),
                              lgs_cstr(class_names[LGS_STANDARD]),
                              lgs_cstr(class_names[LGS_BULK])};
    uint64_t lanes = 0;

    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        relay_link_send(&relay->link, "claim", lane, args, LGS_N(args));
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES && relay->link.commands; lane++) {
        redisReply *reply = relay_link_reply(&relay->link);

        if (reply && reply->elements >= 2) {
            bool is_empty = lgs_str_is(lgs_cstr(reply->element[1]->str), "0");

            lanes |= is_empty ? 0 : (uint64_t)1 << lane;
            note_due(relay, lane, reply);
        }
        freeReplyObject(reply);
    }
    return lanes;
}

/* A claim says when something is due in its lane. */
static void note_due(relay_t *relay, uint32_t lane, const redisReply *claim)
{
    uint64_t due_ms;

    if (claim->element[0]->len == 0) {
        return;
    }
    due_ms = relay_now_ms() + relay_read_number(claim->element[0]->str) + 1;
    if (relay->due_ms[lane] == 0 || due_ms < relay->due_ms[lane]) {
        relay->due_ms[lane] = due_ms;
    }
}

static void claim_all(relay_t *relay)
{
    for (uint32_t class = 0; class < N_CLASSES; class ++) {
        if (may_claim(relay, class)) {
            claim_class(relay, (lgs_class_t) class, relay->hot[class]);
        } else if (may_claim_ahead(relay, class)) {
            claim_class(relay, (lgs_class_t) class, relay->deep[class]);
        }
    }
}

/*
 * While Odoo is away nothing is taken but a sample, when its time has come. Of what trickles in
 * there is always some when a call has ended: standard would never let bulk have one.
 */
static bool may_claim(const relay_t *relay, uint32_t class)
{
    if (relay->n_waiting[class]) {
        return false;
    }
    if (relay->breaker.state == LGS_BREAKER_CLOSED) {
        return allows(relay, class) && !(class == LGS_STANDARD && relay->is_bulks_turn &&
                                         relay->hot[LGS_BULK] && allows(relay, LGS_BULK));
    }
    return relay->n_waiting[0] + relay->n_waiting[1] + relay->n_waiting[2] == 0 &&
           !relay->breaker.sampling && relay_now_ms() >= relay->breaker.until_ms;
}

static bool allows(const relay_t *relay, uint32_t class)
{
    return lgs_share_allows(relay->running, lgs_policy_queue(relay->policy)->at_once, class);
}

/*
 * What goes next is taken while calls are under way, so that Odoo has not to wait for Redis: of a
 * backlog only, since a delivery that is not full would be better filled until its turn comes.
 */
static bool may_claim_ahead(const relay_t *relay, uint32_t class)
{
    return relay->n_waiting[class] == 0 && relay->breaker.state == LGS_BREAKER_CLOSED;
}

/* Until a batch is full. Some lanes at a time; who was first is the last next time. */
static void claim_class(relay_t *relay, lgs_class_t class, uint64_t lanes)
{
    uint32_t most = lgs_policy_queue(relay->policy)->batch, n = 0;

    while (lanes && n < most && relay->link.commands) {
        uint32_t some[CLAIMED_AT_ONCE], n_some = 0;

        while (lanes && n_some < CLAIMED_AT_ONCE) {
            some[n_some] = lane_behind(lanes, relay->turn[class]);
            lanes &= ~((uint64_t)1 << some[n_some]);
            relay->turn[class] = (some[n_some++] + 1) % LGS_N_LANES;
        }
        n += claim_lanes(relay, class, some, n_some, most);
    }
}

/* The first of them from `from` on, or else from the beginning. */
static uint32_t lane_behind(uint64_t lanes, uint32_t from)
{
    uint64_t behind = lanes >> from << from;

    return (uint32_t)__builtin_ctzll(behind ? behind : lanes);
}

/* All are asked before the first has answered: each answer waits for the disk. */
static uint32_t claim_lanes(relay_t *relay, lgs_class_t class, const uint32_t *lanes,
                            uint32_t n_lanes, uint32_t most)
{
    char lease[24], n_most[24];
    const lgs_str_t args[] = {
        lgs_cstr(relay->options->name), relay_number(lease, relay->options->lease_ms),
        relay_number(n_most, most), LGS_STR(CLAIM_BYTES), lgs_cstr(class_names[class])};
    redisReply *replies[CLAIMED_AT_ONCE] = {NULL};
    uint32_t n;

    relay->leased_until_ms = relay_now_ms() + relay->options->lease_ms;
    for (uint32_t i = 0; i < n_lanes; i++) {
        relay_link_send(&relay->link, "claim", lanes[i], args, LGS_N(args));
    }
    for (uint32_t i = 0; i < n_lanes; i++) {
        replies[i] = relay_link_reply(&relay->link);
    }
    for (uint32_t i = 0; i < n_lanes; i++) {
        if (replies[i] && (replies[i]->type != REDIS_REPLY_ARRAY || replies[i]->elements < 2)) {
            freeReplyObject(replies[i]);
            replies[i] = NULL;
        }
        if (replies[i]) {
            note_claim(relay, class, lanes[i], most, replies[i]);
        }
    }
    n = take_claims(relay, class, replies, lanes, n_lanes);
    for (uint32_t i = 0; i < n_lanes; i++) {
        freeReplyObject(replies[i]);
    }
    return n;
}

static void note_claim(relay_t *relay, lgs_class_t class, uint32_t lane, uint32_t most,
                       const redisReply *reply)
{
    uint64_t bit = (uint64_t)1 << lane, left = relay_read_number(reply->element[1]->str);

    relay->hot[class] = left ? relay->hot[class] | bit : relay->hot[class] & ~bit;
    relay->deep[class] = left >= most ? relay->deep[class] | bit : relay->deep[class] & ~bit;
    note_due(relay, lane, reply);
}

/* How many messages were brought. */
static uint32_t take_claims(relay_t *relay, lgs_class_t class, redisReply *const *replies,
                            const uint32_t *lanes, uint32_t n_lanes)
{
    uint32_t n;
    relay_turn_t *turns = relay_turns(replies, lanes, n_lanes, &n);

    if (turns == NULL) {
        relay_log("out of memory: messages are left to their leases");
        return 0;
    }
    for (uint32_t i = 0; i < n; i++) { /* what is damaged asks Redis again */
        add_message(relay, class, turns[i].lane, turns[i].message);
    }
    free(turns);
    return n;
}

static void add_message(relay_t *relay, lgs_class_t class, uint32_t lane, const redisReply *claimed)
{
    static const lgs_delivery_t nothing = {.error = LGS_STR_INIT("it was never delivered")};
    lgs_str_t route = relay_field(claimed, "route");
    relay_message_t *message;
    relay_batch_t *batch;
    lgs_rc_t rc;

    batch = batch_for(relay, class, route);
    rc = batch ? relay_batch_add(batch, lane, claimed) : LGS_NOMEM;
    if (rc == LGS_NOMEM) {
        relay_log("out of memory: a message is left to its lease");
        return;
    }
    if (relay->leased_until_ms < batch->leased_until_ms) {
        batch->leased_until_ms = relay->leased_until_ms;
    }
    message = &batch->messages[batch->n - (rc == LGS_OK)];
    if (rc == LGS_OK && message->claimed.attempts <= schedule_of(relay, route)->n + 1) {
        return;
    }
    /* whoever delivers it dies of it, or it cannot be read */
    give_up(relay, message, rc == LGS_OK ? LGS_STR("attempts") : LGS_STR("damaged"), &nothing);
    freeReplyObject(relay_link_reply(&relay->link));
    if (rc == LGS_OK) {
        relay_batch_drop_last(batch);
    }
}

static const lgs_schedule_t *schedule_of(const relay_t *relay, lgs_str_t name)
{
    const lgs_route_t *route = lgs_policy_route_by_name(relay->policy, name);

    return route && route->schedule ? route->schedule : lgs_policy_queue(relay->policy)->schedule;
}

/* One that waits for a call and has room. "All or nothing" is of what one message brought. */
static relay_batch_t *batch_for(relay_t *relay, lgs_class_t class, lgs_str_t name)
{
    const lgs_route_t *route = lgs_policy_route_by_name(relay->policy, name);
    relay_batch_t *batch;

    for (batch = relay->batches; batch; batch = batch->next) {
        if (batch->class == class && lgs_str_eq(batch->route, name) && has_room(relay, batch)) {
            return batch;
        }
    }
    batch = new_batch(relay, class, name);
    if (batch && route) {
        batch->is_alone = route->all_or_nothing;
    }
    return batch;
}

static bool has_room(const relay_t *relay, const relay_batch_t *batch)
{
    return batch->call == NULL && batch->n_records < lgs_policy_queue(relay->policy)->batch &&
           batch->n < (batch->is_alone ? 1 : LGS_MAX_DELIVERED) && batch->bytes < LGS_DELIVERY_FULL;
}

static relay_batch_t *new_batch(relay_t *relay, lgs_class_t class, lgs_str_t route)
{
    relay_batch_t *batch = relay_batch_create(class, route), **last = &relay->batches;

    while (batch && *last) {
        last = &(*last)->next;
    }
    if (batch) {
        *last = batch;
        relay->n_waiting[class]++;
    }
    return batch;
}

/* ---- calls ---- */

static void start_calls(relay_t *relay)
{
    uint32_t full = lgs_policy_queue(relay->policy)->batch;

    relay->has_moved = false;
    for (uint32_t class = 0; class < N_CLASSES; class ++) {
        for (relay_batch_t *batch = relay->batches; batch; batch = batch->next) {
            if (batch->call || batch->class != class || !is_held(batch) || !allows(relay, class) ||
                !lgs_breaker_allows(&relay->breaker, relay_now_ms())) {
                continue;
            }
            batch->is_sample = relay->breaker.state == LGS_BREAKER_HALF_OPEN;
            relay->n_waiting[class]--;
            relay->running[class]++;
            relay->has_moved = true;
            if (class != LGS_CRITICAL) {
                relay->is_bulks_turn = class == LGS_STANDARD && batch->n_records < full;
            }
            relay_batch_sort(batch);
            if (!relay_call_start(relay->calls, relay->options, batch)) {
                end_batch(relay, batch); /* no memory: as if nobody had answered */
            }
        }
    }
}

/*
 * Who was held up since the claim, or could not renew, must not write: others have the messages,
 * and what is behind them, and an old value would come after a newer one. They are left to their
 * leases (tell() lets the batch go).
 */
static bool is_held(relay_batch_t *batch)
{
    if (batch->n && relay_now_ms() >= batch->leased_until_ms) {
        relay_log("held up: %u messages are left to their leases", batch->n);
        batch->n = 0;
    }
    return batch->n > 0;
}

static void end_calls(relay_t *relay)
{
    relay_batch_t *batch;
    int n_running;

    (void)curl_multi_perform(relay->calls, &n_running);
    while ((batch = relay_calls_done(relay->calls))) {
        end_batch(relay, batch);
    }
}

static void end_batch(relay_t *relay, relay_batch_t *batch)
{
    bool answered = relay_batch_judge(batch);
    lgs_breaker_state_t before = relay->breaker.state;

    relay->running[batch->class]--;
    batch->is_done = true;
    batch->is_wasted = batch->is_sample && !answered;
    lgs_breaker_note(&relay->breaker, answered, batch->is_sample, relay_now_ms());
    if (relay->breaker.state == LGS_BREAKER_OPEN && before == LGS_BREAKER_CLOSED) {
        relay_log("Odoo is away: deliveries wait");
    }
    if (relay->breaker.state == LGS_BREAKER_CLOSED && before != LGS_BREAKER_CLOSED) {
        relay_log("Odoo is there again");
    }
}

/* ---- what became of them ---- */

static void tell(relay_t *relay)
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
        redisReply *reply = relay_link_reply(&relay->link);

        if (reply == NULL) {
            return false;
        }
        freeReplyObject(reply);
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
        give_up(relay, message, delivery->reason, delivery);
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
                            : lgs_schedule_wait(schedule_of(relay, batch->route), claimed->attempts,
                                                batch->retry_after_ms, random);
    if (wait == LGS_NEVER) {
        give_up(relay, message, LGS_STR("attempts"), delivery);
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

static void give_up(relay_t *relay, const relay_message_t *message, lgs_str_t reason,
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
                              delivery->states};

    relay_log("message %.*s is given up (%.*s): %.*s", LGS_FMT(message->claimed.id),
              LGS_FMT(reason), LGS_FMT(delivery->error));
    relay_link_send(&relay->link, "dead", message->lane, args, LGS_N(args));
}

/* One message of several was refused, not known which: each goes again by itself, at once. */
static void send_alone(relay_t *relay, const relay_batch_t *batch, const relay_message_t *message)
{
    relay_batch_t *alone = new_batch(relay, batch->class, batch->route);

    if (alone == NULL || relay_batch_copy(alone, message) != LGS_OK) {
        relay_log("out of memory: a message is left to its lease");
        return;
    }
    alone->is_alone = true;
    alone->leased_until_ms = batch->leased_until_ms;
}

/* ---- leases ---- */

/* Says that it is there and how Odoo is: read by /metrics of the gateways. */
static void beat(relay_t *relay, uint64_t now_ms)
{
    static const char *const states[] = {[LGS_BREAKER_CLOSED] = "closed",
                                         [LGS_BREAKER_OPEN] = "open",
                                         [LGS_BREAKER_HALF_OPEN] = "half-open"};
    char calls[24];
    const lgs_str_t args[] = {
        lgs_cstr(relay->options->name), LGS_STR(BEAT_KEPT_MS),
        lgs_cstr(states[relay->breaker.state]),
        relay_number(calls, relay->running[0] + relay->running[1] + relay->running[2])};

    if (now_ms < relay->beat_ms) {
        return;
    }
    relay->beat_ms = now_ms + BEAT_MS;
    relay_link_send(&relay->link, "beat", BEAT_LANE, args, LGS_N(args));
    freeReplyObject(relay_link_reply(&relay->link));
}

static void renew(relay_t *relay, uint64_t now_ms)
{
    if (now_ms < relay->renew_ms) {
        return;
    }
    relay->renew_ms = now_ms + relay->options->lease_ms / RENEW_PARTS;
    for (relay_batch_t *batch = relay->batches; batch; batch = batch->next) {
        renew_batch(relay, batch);
    }
}

/*
 * Of a lane each, in one script. One that has lost a message is not renewed by our clock: if it has
 * not begun, it does not.
 */
static void renew_batch(relay_t *relay, relay_batch_t *batch)
{
    uint64_t until_ms = relay_now_ms() + relay->options->lease_ms;
    lgs_str_t args[RELAY_MAX_ARGS];
    char lease[24];
    bool is_kept = true;

    args[0] = relay_number(lease, relay->options->lease_ms);
    for (uint32_t i = 0, n = 1; i < batch->n; i++) {
        const relay_message_t *message = &batch->messages[i];
        bool is_last = i + 1 == batch->n || batch->messages[i + 1].lane != message->lane;

        args[n++] = message->claimed.id;
        args[n++] = message->claimed.token;
        if (is_last || n + 2 > RELAY_MAX_ARGS) {
            redisReply *reply;

            relay_link_send(&relay->link, "renew", message->lane, args, n);
            reply = relay_link_reply(&relay->link);
            is_kept &= reply && reply->elements == 0; /* ids of those that are lost */
            freeReplyObject(reply);
            n = 1;
        }
    }
    batch->leased_until_ms = is_kept ? until_ms : batch->leased_until_ms;
}

/* What was claimed and not begun goes to the others, and the attempt does not count. */
static void hand_back(relay_t *relay)
{
    static const lgs_str_t none = {NULL, 0};

    for (relay_batch_t *batch = relay->batches; batch; batch = batch->next) {
        for (uint32_t i = 0; batch->call == NULL && i < batch->n; i++) {
            const lgs_claimed_t *claimed = &batch->messages[i].claimed;
            const lgs_str_t args[] = {claimed->id, claimed->token, LGS_STR("0"), none,
                                      none,        none,           LGS_STR("0")};

            relay_link_send(&relay->link, "retry", batch->messages[i].lane, args, LGS_N(args));
            freeReplyObject(relay_link_reply(&relay->link));
        }
        if (batch->call == NULL) {
            batch->n = 0; /* tell() lets it go */
        }
    }
}

static void drop_batches(relay_t *relay)
{
    while (relay->batches) {
        relay_batch_t *batch = relay->batches;

        relay->batches = batch->next;
        if (batch->call && !batch->is_done) {
            (void)curl_multi_remove_handle(relay->calls, batch->call);
        }
        relay_batch_free(batch);
    }
}

/* ---- waiting ---- */

static void wait_for_news(relay_t *relay)
{
    struct curl_waitfd news = {.fd = relay->link.news ? relay->link.news->fd : -1,
                               .events = CURL_WAIT_POLLIN};

    (void)curl_multi_poll(relay->calls, &news, relay->link.news ? 1 : 0,
                          wait_ms(relay, relay_now_ms()), NULL);
}

static int wait_ms(const relay_t *relay, uint64_t now_ms)
{
    uint64_t until_ms = now_ms + LONGEST_WAIT_MS;

    if (relay->has_moved) {
        return 0;
    }
    if (relay->link.commands == NULL && relay->link.retry_at_ms < until_ms) {
        until_ms = relay->link.retry_at_ms;
    }
    if (relay->breaker.state == LGS_BREAKER_OPEN && relay->breaker.until_ms < until_ms) {
        until_ms = relay->breaker.until_ms;
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES && relay->link.commands; lane++) {
        if (relay->due_ms[lane] && relay->due_ms[lane] < until_ms) {
            until_ms = relay->due_ms[lane];
        }
    }
    return until_ms > now_ms ? (int)(until_ms - now_ms) : 1;
}
