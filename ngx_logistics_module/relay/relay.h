/*
 * logistics-relay: takes what was accepted for later out of Redis and has the gateway deliver it
 * (docs/queue.md). One process, two threads that share nothing but the policies: deliveries
 * (claimed in claim.c, called in loop.c, told of in tell.c), and callbacks to partners
 * (callbacks.c), whose receivers may be as slow as they like.
 * Each waits in curl_multi_poll for answers and for Redis to name a lane. What may be done and when
 * is decided by queue/.
 */
#ifndef LGS_RELAY_H
#define LGS_RELAY_H

#include <curl/curl.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <signal.h>

#include "../policy/policy.h"
#include "../queue/message.h"
#include "../queue/script.h"

typedef struct relay_callbacks_s relay_callbacks_t;

typedef struct {
    const char *redis_at; /* HOST:PORT */
    const char *gateway;  /* unix socket of the gateway */
    const char *policies; /* folder */
    const char *name;     /* of this consumer; its host and pid when it is not given */
    uint64_t lease_ms;
    relay_callbacks_t *callbacks; /* to be told of new policies */
} relay_options_t;

/* ---- policies (policies.c) ---- */

/* What was read once; it goes when nobody holds it. */
typedef struct {
    lgs_policy_t *policy;
    uint32_t n_holders;
} relay_held_t;

typedef struct {
    pthread_mutex_t lock;
    relay_held_t *newest; /* holds it, too */
} relay_policies_t;

/* Reads the directory; false, and the log says why: the newest are those before. */
bool relay_policies_read(relay_policies_t *policies, const char *dir);
/* The newest; each must be let go. */
relay_held_t *relay_policies_hold(relay_policies_t *policies);
/* The same once more. */
relay_held_t *relay_policies_hold_too(relay_policies_t *policies, relay_held_t *held);
void relay_policies_let_go(relay_policies_t *policies, relay_held_t *held);
/* When all others have ended. */
void relay_policies_free(relay_policies_t *policies);

/* ---- Redis (link.c) ---- */

typedef struct {
    const char *at;      /* HOST:PORT */
    const char *channel; /* where lanes are named */
    const char *what;    /* in the log */
    redisContext *commands, *news;
    uint64_t up_at_ms, retry_at_ms, backoff_ms;
    uint64_t told_ms; /* when it was logged that a script failed */
} relay_link_t;

/* Connects when it is not, as often as it makes sense. */
bool relay_link_up(relay_link_t *link, uint64_t now_ms);
void relay_link_close(relay_link_t *link);
/* Of lanes that were named since (a bit each); false: the link is lost. */
bool relay_link_news(relay_link_t *link, uint64_t *lanes);
#define RELAY_MAX_ARGS 1024u /* of one script: two or three for each message */
/* Sends a script; its reply is fetched in the order of sending. */
void relay_link_send(relay_link_t *link, const char *script, uint32_t lane, const lgs_str_t *args,
                     uint32_t n);
/* The next reply, to be freed; NULL: the link is lost, or the script failed (logged). */
redisReply *relay_link_reply(relay_link_t *link);

/* A number as a script takes it, and one that it gave. */
lgs_str_t relay_number(char text[24], uint64_t value);
uint64_t relay_read_number(const char *text);

/* ---- deliveries (batch.c) ---- */

typedef struct {
    lgs_claimed_t claimed;
    uint32_t lane;
    uint32_t number;  /* in the order in which they were taken */
    lgs_str_t damage; /* a sentence, of one that cannot be delivered */
} relay_message_t;

/*
 * Messages of one route and class that go to the gateway together, whoever's they are: the gateway
 * keeps partners apart.
 */
typedef struct relay_batch_s relay_batch_t;
struct relay_batch_s {
    relay_batch_t *next;
    lgs_arena_t *arena; /* owns all of it */
    lgs_class_t class;
    lgs_str_t route;
    relay_message_t *messages;
    uint32_t n, room, n_records;
    size_t bytes; /* of their records */
    CURL *call;   /* under way; NULL: waits */
    struct curl_slist *headers;
    lgs_buf_t request, answer;
    int status; /* 0: no answer */
    uint64_t retry_after_ms;
    uint64_t leased_until_ms;   /* by our own clock, of the message whose lease ends first */
    bool is_done, is_alone;     /* the call has ended; it takes one message only */
    bool is_sample;             /* the call finds out whether Odoo is there again, */
    bool is_wasted;             /* … and it was not: that says nothing of the messages */
    lgs_delivery_t *deliveries; /* once the call has ended: what it means for each message */
};

relay_batch_t *relay_batch_create(lgs_class_t class, lgs_str_t route);
void relay_batch_free(relay_batch_t *batch);
/*
 * Copies what claim said of a message into it. LGS_INVALID: damaged; messages[n] says which, but is
 * not counted.
 */
lgs_rc_t relay_batch_add(relay_batch_t *batch, uint32_t lane, const redisReply *claimed);
/* Copies a message of another batch. */
lgs_rc_t relay_batch_copy(relay_batch_t *batch, const relay_message_t *message);
/* The message that came last is another's affair. */
void relay_batch_drop_last(relay_batch_t *batch);
/*
 * By lanes and partners, each partner's in the order in which they were taken: what is told of a
 * lane goes in one script, and what is one partner's stands together in the gateway's calls.
 */
void relay_batch_sort(relay_batch_t *batch);
/* Its messages as queue/ takes them; in its arena, NULL without memory. */
const lgs_claimed_t **relay_batch_claimed(relay_batch_t *batch);
/* The call has ended: what it means. False: Odoo is away. */
bool relay_batch_judge(relay_batch_t *batch);

/* ---- the gateway (call.c) ---- */

/* Starts the batch's call; what became of it stands in the batch when relay_calls_done gives it. */
bool relay_call_start(CURLM *calls, const relay_options_t *options, relay_batch_t *batch);
/* The next batch whose call has ended, or NULL. */
relay_batch_t *relay_calls_done(CURLM *calls);

/* ---- whose turn it is (turns.c) ---- */

typedef struct {
    const redisReply *message; /* as claim gives it */
    uint32_t lane;
    uint32_t turn;   /* how many of its partner stand before it */
    uint32_t number; /* in the order in which they came */
} relay_turn_t;

/*
 * What claims of several lanes brought, in turn: the first of each partner, then the second of
 * each, and so on. Who has many waiting does not fill the next delivery alone. Freed by the caller;
 * NULL without memory.
 */
relay_turn_t *relay_turns(redisReply *const *replies, const uint32_t *lanes, uint32_t n_lanes,
                          uint32_t *n);
/* What claim says of a message; empty: nothing. */
lgs_str_t relay_field(const redisReply *message, const char *name);

/* ---- the loop (loop.c) ---- */

/* Until it is told to stop. */
void relay_run(const relay_options_t *options, relay_policies_t *policies);

/* ---- callbacks (callbacks.c) ---- */

/* Begins a thread that sends them; NULL, and the log says why. */
relay_callbacks_t *relay_callbacks_start(const relay_options_t *options,
                                         relay_policies_t *policies);
/* Takes the newest policies; what is under way ends by those before. */
void relay_callbacks_reload(relay_callbacks_t *callbacks);
/* Hands back what has not ended within a few seconds, and waits for the thread. */
void relay_callbacks_stop(relay_callbacks_t *callbacks);

/* Set by signals. */
typedef struct {
    volatile sig_atomic_t stop, reload;
} relay_signals_t;
extern relay_signals_t relay_signals;

/* A line on stderr. */
void relay_log(const char *format, ...) LGS_PRINTF(1, 2);
uint64_t relay_now_ms(void); /* monotonic */

#endif
