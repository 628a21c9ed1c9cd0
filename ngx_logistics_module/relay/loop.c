/*
 * The relay's loop: claim what may go, deliver it, tell Redis what became of it. Killing it at any
 * moment loses nothing: its leases end, and others take the messages.
 */
#include "loop.h"

#include <stdio.h>

#define BEAT_MS         5000u
#define BEAT_KEPT_MS    "15000" /* the relay counts as gone when it misses some */
#define BEAT_LANE       0u      /* one for all relays */
#define RENEW_PARTS     3u      /* leases are renewed so often in their time */
#define LONGEST_WAIT_MS 1000
#define STOP_MS         60000u

static void reload(relay_t *relay);
static void start_calls(relay_t *relay);
static bool is_held(relay_batch_t *batch);
static void end_batch(relay_t *relay, relay_batch_t *batch);
static void end_calls(relay_t *relay);
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
            relay_look(&relay, now_ms);
            relay_tell(&relay);
            renew(&relay, now_ms);
            beat(&relay, now_ms);
            relay_mend(&relay, now_ms);
        }
        if (relay_signals.stop && stop_at_ms == 0) {
            hand_back(&relay);
            stop_at_ms = now_ms + STOP_MS;
        }
        if (stop_at_ms && (relay.batches == NULL || now_ms > stop_at_ms)) {
            break;
        }
        if (!stop_at_ms) {
            relay_claim_all(&relay);
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

const lgs_schedule_t *relay_schedule(const relay_t *relay, lgs_str_t name)
{
    const lgs_route_t *route = lgs_policy_route_by_name(relay->policy, name);

    return route && route->schedule ? route->schedule : lgs_policy_queue(relay->policy)->schedule;
}

/* ---- calls ---- */

relay_batch_t *relay_new_batch(relay_t *relay, lgs_class_t class, lgs_str_t route)
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

/*
 * Critical first, then standard. What trickles in of standard takes turns with bulk: there is
 * always some when a call has ended, and of a backlog of bulk there is always a delivery ready.
 */
static void start_calls(relay_t *relay)
{
    uint32_t full = lgs_policy_queue(relay->policy)->batch;
    bool is_bulks_turn = relay->is_bulks_turn;

    relay->has_moved = false;
    for (uint32_t i = 0; i < N_CLASSES; i++) {
        uint32_t class = i && is_bulks_turn ? N_CLASSES - i : i;

        if (class == LGS_BULK && !is_bulks_turn && relay->hot[LGS_STANDARD] &&
            relay_may_claim(relay, LGS_STANDARD)) {
            continue; /* first is seen whether something of standard is ready */
        }
        for (relay_batch_t *batch = relay->batches; batch; batch = batch->next) {
            if (batch->call || batch->class != class || !is_held(batch) ||
                !relay_allows(relay, class) ||
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

bool relay_allows(const relay_t *relay, uint32_t class)
{
    return lgs_share_allows(relay->running, lgs_policy_queue(relay->policy)->at_once, class);
}

/*
 * Who was held up since the claim, or could not renew, must not write: others have the messages,
 * and what is behind them, and an old value would come after a newer one. They are left to their
 * leases (relay_tell() lets the batch go).
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
            batch->n = 0; /* relay_tell() lets it go */
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
