/*
 * The thread that tells partners what became of their messages: claims what is due, posts it, tells
 * Redis what was answered. Each partner has a share of the calls at once, and one that does not
 * answer has a single one, so nobody waits for another's receiver. Killing it at any moment loses
 * nothing: leases end, and others take them.
 */
#include "callback.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#define MOST_AT_ONCE    64u
#define MOST_OF_PARTNER 4u
#define MOST_PARTNERS   "10000" /* of a lane, in one look */
#define SWEEP_MS        2000u   /* every lane is looked at so often, whatever was heard */
#define LONGEST_WAIT_MS 1000
#define STOP_MS         3000u
#define MOST_GIVEN_UP   100u /* of a partner that is gone, in one look */
#define NEVER           UINT64_MAX

/* A partner of the policies, by its index. */
typedef struct {
    uint64_t due_ms; /* of its first callback, by our clock */
    uint32_t n_running;
    bool is_silent; /* its last call got no answer */
} slot_t;

struct relay_callbacks_s {
    const relay_options_t *options;
    relay_policies_t *policies;
    pthread_t thread;
    atomic_bool stops, reloads; /* the only ones that the other thread sets */
    relay_held_t *held;
    slot_t *slots; /* of the policies that are held */
    uint32_t n_slots, turn;
    relay_link_t link;
    CURLM *calls;
    relay_callback_t *callbacks; /* under way, or not told of yet */
    uint32_t n_running;
    uint64_t sweep_ms, due_ms; /* due_ms: the first of all slots */
};

static void *run(void *data);
static bool take_policies(relay_callbacks_t *callbacks);
static void count_running(relay_callbacks_t *callbacks);
static void look(relay_callbacks_t *callbacks, uint64_t now_ms);
static void look_into(relay_callbacks_t *callbacks, uint64_t lanes, uint64_t now_ms);
static void note_partners(relay_callbacks_t *callbacks, const redisReply *reply, uint64_t now_ms);
static void claim_all(relay_callbacks_t *callbacks, uint64_t now_ms);
static uint32_t free_of(const relay_callbacks_t *callbacks, const slot_t *slot);
static void claim(relay_callbacks_t *callbacks, lgs_str_t partner, uint64_t timeout_ms, uint32_t n);
static void begin(relay_callbacks_t *callbacks, uint32_t lane, lgs_str_t partner,
                  const redisReply *claimed);
static void give_up(relay_callback_t *callback, const char *why);
static slot_t *slot_of(relay_callbacks_t *callbacks, lgs_str_t partner);
static void end_calls(relay_callbacks_t *callbacks);
static void tell(relay_callbacks_t *callbacks);
static bool tell_one(relay_callbacks_t *callbacks, const relay_callback_t *one);
static lgs_callback_verdict_t judge(const relay_callback_t *one, uint64_t *ms);
static void hand_back(relay_callbacks_t *callbacks);
static void drop_all(relay_callbacks_t *callbacks);
static void wait_for_news(relay_callbacks_t *callbacks);

relay_callbacks_t *relay_callbacks_start(const relay_options_t *options, relay_policies_t *policies)
{
    relay_callbacks_t *callbacks = calloc(1, sizeof(*callbacks));
    sigset_t all, before;

    if (callbacks) {
        callbacks->options = options;
        callbacks->policies = policies;
        callbacks->link = (relay_link_t){
            .at = options->redis_at, .channel = LGS_QUEUE_CALLBACKS, .what = "callbacks: "};
        callbacks->calls = curl_multi_init();
    }
    if (callbacks == NULL || callbacks->calls == NULL || !take_policies(callbacks)) {
        relay_log("out of memory");
        return NULL; /* the process ends */
    }
    sigfillset(&all); /* signals are the other thread's: they end its waiting */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&callbacks->thread, NULL, run, callbacks) != 0) {
        relay_log("no thread for callbacks");
        return NULL;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return callbacks;
}

void relay_callbacks_reload(relay_callbacks_t *callbacks)
{
    atomic_store(&callbacks->reloads, true);
    curl_multi_wakeup(callbacks->calls);
}

void relay_callbacks_stop(relay_callbacks_t *callbacks)
{
    atomic_store(&callbacks->stops, true);
    curl_multi_wakeup(callbacks->calls);
    pthread_join(callbacks->thread, NULL);
    curl_multi_cleanup(callbacks->calls); /* not by the thread: it is woken by this one */
    free(callbacks);
}

static void *run(void *data)
{
    relay_callbacks_t *callbacks = data;
    uint64_t stop_at_ms = 0;

    for (;;) {
        uint64_t now_ms = relay_now_ms();

        if (atomic_exchange(&callbacks->reloads, false)) {
            (void)take_policies(callbacks);
        }
        if (relay_link_up(&callbacks->link, now_ms)) {
            look(callbacks, now_ms);
            tell(callbacks);
        }
        if (atomic_load(&callbacks->stops) && stop_at_ms == 0) {
            stop_at_ms = now_ms + STOP_MS;
        }
        if (stop_at_ms && (callbacks->callbacks == NULL || now_ms > stop_at_ms)) {
            break;
        }
        if (!stop_at_ms) {
            claim_all(callbacks, now_ms);
        }
        wait_for_news(callbacks);
        end_calls(callbacks);
    }
    hand_back(callbacks);
    drop_all(callbacks);
    relay_link_close(&callbacks->link);
    relay_policies_let_go(callbacks->policies, callbacks->held);
    free(callbacks->slots);
    return NULL;
}

/* ---- policies ---- */

/* Without memory the ones before stay. */
static bool take_policies(relay_callbacks_t *callbacks)
{
    relay_held_t *held = relay_policies_hold(callbacks->policies);
    uint32_t n = lgs_policy_n_partners(held->policy);
    slot_t *slots = calloc(n + 1, sizeof(*slots));

    if (slots == NULL) {
        relay_policies_let_go(callbacks->policies, held);
        return false;
    }
    relay_policies_let_go(callbacks->policies, callbacks->held);
    free(callbacks->slots);
    callbacks->held = held;
    callbacks->slots = slots;
    callbacks->n_slots = n;
    callbacks->turn = 0;
    for (uint32_t i = 0; i < n; i++) {
        slots[i].due_ms = NEVER;
    }
    count_running(callbacks);
    callbacks->sweep_ms = 0;
    return true;
}

/* Those that were begun by the policies before count in the slots of the new ones. */
static void count_running(relay_callbacks_t *callbacks)
{
    for (relay_callback_t *one = callbacks->callbacks; one; one = one->next) {
        slot_t *slot = slot_of(callbacks, one->to);

        if (slot && !one->is_done) {
            slot->n_running++;
        }
    }
}

static slot_t *slot_of(relay_callbacks_t *callbacks, lgs_str_t name)
{
    const lgs_partner_t *partner = lgs_policy_partner_by_name(callbacks->held->policy, name);

    return partner ? &callbacks->slots[partner->index] : NULL;
}

/* ---- who has something ---- */

static void look(relay_callbacks_t *callbacks, uint64_t now_ms)
{
    uint64_t lanes = 0;

    (void)relay_link_news(&callbacks->link, &lanes);
    if (now_ms >= callbacks->sweep_ms) {
        lanes = UINT64_MAX;
        callbacks->sweep_ms = now_ms + SWEEP_MS;
    }
    look_into(callbacks, lanes, now_ms);
}

/* All are asked before the first has answered; and all are heard before one is asked for more. */
static void look_into(relay_callbacks_t *callbacks, uint64_t lanes, uint64_t now_ms)
{
    const lgs_str_t most = LGS_STR(MOST_PARTNERS);
    redisReply *replies[LGS_N_LANES] = {NULL};

    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (lanes >> lane & 1) {
            relay_link_send(&callbacks->link, "callbacks", lane, &most, 1);
        }
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        replies[lane] = lanes >> lane & 1 ? relay_link_reply(&callbacks->link) : NULL;
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (replies[lane]) {
            note_partners(callbacks, replies[lane], now_ms);
        }
        freeReplyObject(replies[lane]);
    }
}

static void note_partners(relay_callbacks_t *callbacks, const redisReply *reply, uint64_t now_ms)
{
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        lgs_str_t name = lgs_str(reply->element[i]->str, reply->element[i]->len);
        uint64_t wait_ms = strtoull(reply->element[i + 1]->str, NULL, 10);
        slot_t *slot = slot_of(callbacks, name);

        if (slot) {
            slot->due_ms = now_ms + wait_ms;
        } else if (wait_ms == 0) {
            claim(callbacks, name, 0, MOST_GIVEN_UP); /* nobody's any more: to give them up */
        }
    }
}

/* ---- claiming ---- */

/* From another partner on each time, so that the first of them do not have all the calls. */
static void claim_all(relay_callbacks_t *callbacks, uint64_t now_ms)
{
    callbacks->due_ms = NEVER;
    for (uint32_t i = 0; i < callbacks->n_slots; i++) {
        uint32_t index = (callbacks->turn + i) % callbacks->n_slots;
        slot_t *slot = &callbacks->slots[index];
        uint32_t n = free_of(callbacks, slot);

        if (slot->due_ms <= now_ms && n && callbacks->link.commands) {
            const lgs_partner_t *partner = lgs_policy_partner_at(callbacks->held->policy, index);

            slot->due_ms = NEVER;
            claim(callbacks, partner->name, partner->callback ? partner->callback->timeout_ms : 0,
                  n);
        }
        if (slot->due_ms < callbacks->due_ms && free_of(callbacks, slot)) {
            callbacks->due_ms = slot->due_ms;
        }
    }
    callbacks->turn++;
}

static uint32_t free_of(const relay_callbacks_t *callbacks, const slot_t *slot)
{
    uint32_t most = slot->is_silent ? 1 : MOST_OF_PARTNER;
    uint32_t of_all = MOST_AT_ONCE - callbacks->n_running;
    uint32_t of_it = most > slot->n_running ? most - slot->n_running : 0;

    return of_all < of_it ? of_all : of_it;
}

static void claim(relay_callbacks_t *callbacks, lgs_str_t partner, uint64_t timeout_ms, uint32_t n)
{
    uint32_t lane = lgs_lane(partner);
    char lease[24], most[24];
    const lgs_str_t args[] = {partner, lgs_cstr(callbacks->options->name),
                              relay_number(lease, timeout_ms + callbacks->options->lease_ms),
                              relay_number(most, n)};
    slot_t *slot = slot_of(callbacks, partner);
    redisReply *reply;

    relay_link_send(&callbacks->link, "callback_claim", lane, args, LGS_N(args));
    reply = relay_link_reply(&callbacks->link);
    if (reply == NULL || reply->elements == 0) {
        freeReplyObject(reply);
        return;
    }
    if (slot && reply->element[0]->len) {
        slot->due_ms = relay_now_ms() + strtoull(reply->element[0]->str, NULL, 10);
    }
    for (size_t i = 1; i < reply->elements; i++) {
        begin(callbacks, lane, partner, reply->element[i]);
    }
    freeReplyObject(reply);
}

static void begin(relay_callbacks_t *callbacks, uint32_t lane, lgs_str_t partner,
                  const redisReply *claimed)
{
    relay_callback_t *one = relay_callback_create(lane, partner, claimed);
    slot_t *slot;

    if (one == NULL) {
        return;
    }
    one->next = callbacks->callbacks;
    callbacks->callbacks = one;
    one->held = relay_policies_hold_too(callbacks->policies, callbacks->held);
    one->partner = lgs_policy_partner_by_name(callbacks->held->policy, one->to);
    one->terms = one->partner ? one->partner->callback : NULL;
    if (one->callback.damage) {
        give_up(one, one->callback.damage);
        return;
    }
    if (one->terms == NULL) {
        give_up(one, "the policies have no callback for this partner any more");
        return;
    }
    if (one->callback.attempts > one->terms->schedule->n + 1) {
        give_up(one, "whoever sends it dies of it");
        return;
    }
    if (!relay_callback_post(callbacks->calls, one)) {
        one->why = LGS_STR("out of memory");
        one->is_done = true;
        return;
    }
    slot = slot_of(callbacks, one->partner->name);
    slot->n_running++;
    callbacks->n_running++;
}

static void give_up(relay_callback_t *one, const char *why)
{
    one->terms = NULL;
    one->why = lgs_cstr(why);
    one->is_done = true;
}

/* ---- what became of them ---- */

static void end_calls(relay_callbacks_t *callbacks)
{
    relay_callback_t *one;
    int n_running;

    (void)curl_multi_perform(callbacks->calls, &n_running);
    while ((one = relay_callback_ended(callbacks->calls))) {
        slot_t *slot = slot_of(callbacks, one->to);

        callbacks->n_running--;
        if (slot) {
            slot->n_running--;
            slot->is_silent = one->status == 0;
        }
    }
}

static void tell(relay_callbacks_t *callbacks)
{
    relay_callback_t **at = &callbacks->callbacks;

    while (*at) {
        relay_callback_t *one = *at;

        if (!one->is_done) {
            at = &one->next;
            continue;
        }
        if (!tell_one(callbacks, one)) {
            return; /* the link was lost: once more later, or it is lost to us by then */
        }
        *at = one->next;
        relay_policies_let_go(callbacks->policies, one->held);
        relay_callback_free(one);
    }
}

static bool tell_one(relay_callbacks_t *callbacks, const relay_callback_t *one)
{
    static const char *const states[] = {[LGS_CALLBACK_SENT] = "sent",
                                         [LGS_CALLBACK_AGAIN] = "waiting",
                                         [LGS_CALLBACK_STOP] = "given-up"};
    uint64_t ms = 0;
    lgs_callback_verdict_t verdict = judge(one, &ms);
    char text[24];
    const lgs_str_t args[] = {
        one->callback.id, one->callback.token,    one->to,     lgs_cstr(states[verdict]),
        one->why,         relay_number(text, ms), LGS_STR("1")};

    if (verdict == LGS_CALLBACK_STOP) {
        relay_log("callbacks: %.*s of message %.*s is given up for partner %.*s, attempt %u: %.*s",
                  LGS_FMT(one->callback.letter.callback_event), LGS_FMT(one->callback.id),
                  LGS_FMT(one->to), one->callback.attempts, LGS_FMT(one->why));
    }
    relay_link_send(&callbacks->link, "callback_end", one->lane, args, LGS_N(args));
    freeReplyObject(relay_link_reply(&callbacks->link));
    return callbacks->link.commands != NULL;
}

/* ms: until it goes again, or how long a message whose callback was given up can be looked at. */
static lgs_callback_verdict_t judge(const relay_callback_t *one, uint64_t *ms)
{
    lgs_callback_verdict_t verdict = one->terms ? lgs_callback_judge(one->status)
                                                : LGS_CALLBACK_STOP;
    uint32_t random = 0;

    if (verdict == LGS_CALLBACK_AGAIN) {
        (void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
        *ms = lgs_schedule_wait(one->terms->schedule, one->callback.attempts, one->retry_after_ms,
                                random);
        verdict = *ms == LGS_NEVER ? LGS_CALLBACK_STOP : verdict;
    }
    if (verdict == LGS_CALLBACK_STOP) {
        *ms = lgs_policy_queue(one->held->policy)->keep_ms;
    }
    return verdict;
}

/*
 * What has not ended goes to the others at once, and the attempt does not count; what is damaged
 * has none that could be counted, and is left to its lease.
 */
static void hand_back(relay_callbacks_t *callbacks)
{
    for (relay_callback_t *one = callbacks->callbacks; one && callbacks->link.commands;
         one = one->next) {
        const lgs_str_t args[] = {one->callback.id,   one->callback.token, one->to,
                                  LGS_STR("waiting"), LGS_STR(""),         LGS_STR("0"),
                                  LGS_STR("0")};

        if (one->callback.damage) {
            continue;
        }
        relay_link_send(&callbacks->link, "callback_end", one->lane, args, LGS_N(args));
        freeReplyObject(relay_link_reply(&callbacks->link));
    }
}

static void drop_all(relay_callbacks_t *callbacks)
{
    while (callbacks->callbacks) {
        relay_callback_t *one = callbacks->callbacks;

        callbacks->callbacks = one->next;
        if (one->call && !one->is_done) {
            (void)curl_multi_remove_handle(callbacks->calls, one->call);
        }
        relay_policies_let_go(callbacks->policies, one->held);
        relay_callback_free(one);
    }
}

/* ---- waiting ---- */

static void wait_for_news(relay_callbacks_t *callbacks)
{
    redisContext *redis = callbacks->link.news;
    struct curl_waitfd news = {.fd = redis ? redis->fd : -1, .events = CURL_WAIT_POLLIN};
    uint64_t now_ms = relay_now_ms(), until_ms = now_ms + LONGEST_WAIT_MS;

    if (redis && callbacks->due_ms < until_ms) {
        until_ms = callbacks->due_ms;
    }
    for (const relay_callback_t *one = callbacks->callbacks; one && redis; one = one->next) {
        until_ms = one->is_done ? now_ms : until_ms;
    }
    (void)curl_multi_poll(callbacks->calls, &news, redis ? 1 : 0,
                          until_ms > now_ms ? (int)(until_ms - now_ms) : 0, NULL);
}
