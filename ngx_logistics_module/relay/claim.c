/*
 * What may go is claimed: of the lanes that were named, where something is due, or that a sweep
 * found. A message that cannot be read, or whoever delivers it dies of, is given up here.
 */
#include "loop.h"

#include <stdlib.h>

#define SWEEP_MS        2000u /* every lane is looked at so often, whatever was heard */
#define CLAIM_BYTES     "4194304"
#define CLAIMED_AT_ONCE 8u    /* lanes */
#define MENDED_AT_ONCE  8u    /* lanes; Redis does nothing else meanwhile */
#define MEND_MS         1250u /* so each lane is looked at every ten seconds */
#define MENDED          "100" /* messages of each class of a lane that are looked at */

static const char *const class_names[LGS_N_CLASSES] = {
    [LGS_CRITICAL] = "critical", [LGS_STANDARD] = "standard", [LGS_BULK] = "bulk"};

static uint64_t sweep(relay_t *relay);
static void note_mended(relay_t *relay, uint32_t lane, const redisReply *reply);
static void note_due(relay_t *relay, uint32_t lane, const redisReply *claim);
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

/* Which lanes to look into: those that were named, those where something is due, sometimes all. */
void relay_look(relay_t *relay, uint64_t now_ms)
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

/*
 * Keys or fields that somebody deleted stop nobody: what waits for them is mended by mend.lua, some
 * messages of each lane at a time.
 */
void relay_mend(relay_t *relay, uint64_t now_ms)
{
    char lease[24], from[24];
    uint32_t first;

    if (now_ms < relay->mend_ms) {
        return;
    }
    relay->mend_ms = now_ms + MEND_MS;
    first = relay->mend_lane;
    relay->mend_lane = (first + MENDED_AT_ONCE) % LGS_N_LANES;
    for (uint32_t lane = first; lane < first + MENDED_AT_ONCE; lane++) {
        const lgs_str_t args[] = {relay_number(lease, relay->options->lease_ms),
                                  relay_number(from, relay->mend_from[lane]), LGS_STR(MENDED)};

        relay_link_send(&relay->link, "mend", lane, args, LGS_N(args));
    }
    for (uint32_t lane = first; lane < first + MENDED_AT_ONCE; lane++) {
        redisReply *reply = relay_link_reply(&relay->link);

        note_mended(relay, lane, reply);
        freeReplyObject(reply);
    }
}

static void note_mended(relay_t *relay, uint32_t lane, const redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements < 2) {
        return;
    }
    relay->mend_from[lane] = (uint64_t)reply->element[0]->integer;
    if (reply->element[1]->integer > 0) {
        relay_log("lane %u: %lld places of messages that were not right are mended", lane,
                  reply->element[1]->integer);
    }
    for (size_t i = 2; i < reply->elements; i++) {
        relay_log("message %s is gone from Redis: somebody deleted it", reply->element[i]->str);
    }
}

void relay_claim_all(relay_t *relay)
{
    for (uint32_t class = 0; class < N_CLASSES; class ++) {
        if (relay_may_claim(relay, class)) {
            claim_class(relay, (lgs_class_t) class, relay->hot[class]);
        } else if (may_claim_ahead(relay, class)) {
            claim_class(relay, (lgs_class_t) class, relay->deep[class]);
        }
    }
}

/* While Odoo is away nothing is taken but a sample, when its time has come. */
bool relay_may_claim(const relay_t *relay, uint32_t class)
{
    if (relay->n_waiting[class]) {
        return false;
    }
    if (relay->breaker.state == LGS_BREAKER_CLOSED) {
        return relay_allows(relay, class);
    }
    return relay->n_waiting[0] + relay->n_waiting[1] + relay->n_waiting[2] == 0 &&
           !relay->breaker.sampling && relay_now_ms() >= relay->breaker.until_ms;
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
        if (replies[i] == NULL && relay->link.commands) { /* it failed: until the sweep */
            relay->hot[class] &= ~((uint64_t)1 << lanes[i]);
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
    static const lgs_str_t never = LGS_STR_INIT("it was never delivered");
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
    if (rc == LGS_OK && message->claimed.attempts <= relay_schedule(relay, route)->n + 1) {
        return;
    }
    /* whoever delivers it dies of it, or it cannot be read */
    relay_give_up(relay, message, rc == LGS_OK ? LGS_STR("attempts") : LGS_STR("damaged"),
                  &(lgs_delivery_t){.error = message->damage.len ? message->damage : never});
    freeReplyObject(relay_link_reply(&relay->link));
    if (rc == LGS_OK) {
        relay_batch_drop_last(batch);
    }
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
    batch = relay_new_batch(relay, class, name);
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
