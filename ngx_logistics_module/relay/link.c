/*
 * The relay's link to Redis: one connection for scripts, one that hears which lanes have something.
 * Commands are short and waited for; a server that does not answer in time is given up.
 */
#include "relay.h"

#include <sys/time.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_S        2
#define ANSWER_S         10
#define BACKOFF_FIRST_MS 100u
#define BACKOFF_LAST_MS  5000u
#define TOLD_EVERY_MS    1000u /* that a script failed */

static redisContext *connect_redis(const char *at);
static bool load_scripts(redisContext *redis);
static bool subscribe(redisContext *redis, const char *channel);
static bool is_of_a_script(const char *why);
static void note_failed(relay_link_t *link, const char *why);
static void lost(relay_link_t *link, const char *why);
static void back_off(relay_link_t *link, uint64_t now_ms);

bool relay_link_up(relay_link_t *link, uint64_t now_ms)
{
    if (link->commands) {
        return true;
    }
    if (now_ms < link->retry_at_ms) {
        return false;
    }
    link->commands = connect_redis(link->at);
    link->news = link->commands ? connect_redis(link->at) : NULL;
    if (link->news && load_scripts(link->commands) && subscribe(link->news, link->channel)) {
        link->up_at_ms = now_ms;
        relay_log("%sredis %s is up", link->what, link->at);
        return true;
    }
    back_off(link, now_ms);
    relay_link_close(link);
    return false;
}

static void back_off(relay_link_t *link, uint64_t now_ms)
{
    link->backoff_ms = link->backoff_ms ? link->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (link->backoff_ms > BACKOFF_LAST_MS) {
        link->backoff_ms = BACKOFF_LAST_MS;
    }
    link->retry_at_ms = now_ms + link->backoff_ms;
}

void relay_link_close(relay_link_t *link)
{
    redisFree(link->commands); /* NULL is allowed */
    redisFree(link->news);
    link->commands = link->news = NULL;
}

static redisContext *connect_redis(const char *at)
{
    const char *colon = strrchr(at, ':');
    struct timeval timeout = {CONNECT_S, 0};
    redisContext *redis;
    char host[256];
    int port = 0;

    if (colon == NULL || (size_t)(colon - at) >= sizeof(host)) {
        return NULL;
    }
    memcpy(host, at, (size_t)(colon - at));
    host[colon - at] = '\0';
    for (const char *digit = colon + 1; *digit >= '0' && *digit <= '9' && port < 65536; digit++) {
        port = port * 10 + (*digit - '0');
    }
    redis = redisConnectWithTimeout(host, port, timeout);
    if (redis && redis->err) {
        redisFree(redis);
        return NULL;
    }
    timeout.tv_sec = ANSWER_S;
    if (redis) {
        (void)redisSetTimeout(redis, timeout);
    }
    return redis;
}

static bool load_scripts(redisContext *redis)
{
    for (size_t i = 0; i < lgs_n_scripts; i++) {
        redisReply *reply = redisCommand(redis, "SCRIPT LOAD %b", lgs_scripts[i].text,
                                         lgs_scripts[i].len);
        bool is_loaded = reply && reply->type == REDIS_REPLY_STRING;

        if (!is_loaded) {
            relay_log("redis does not take script %s: %s", lgs_scripts[i].name,
                      reply && reply->str ? reply->str : redis->errstr);
        }
        freeReplyObject(reply);
        if (!is_loaded) {
            return false;
        }
    }
    return true;
}

static bool subscribe(redisContext *redis, const char *channel)
{
    redisReply *reply = redisCommand(redis, "SUBSCRIBE %s", channel);
    bool is_heard = reply && reply->type == REDIS_REPLY_ARRAY;

    freeReplyObject(reply);
    return is_heard;
}

bool relay_link_news(relay_link_t *link, uint64_t *lanes)
{
    struct pollfd fd = {.events = POLLIN};
    void *reply = NULL;

    *lanes = 0;
    if (link->news == NULL) { /* lost since it was up */
        return false;
    }
    fd.fd = link->news->fd;
    while (poll(&fd, 1, 0) > 0) {
        if (redisBufferRead(link->news) != REDIS_OK) {
            lost(link, link->news->errstr);
            return false;
        }
    }
    while (redisReaderGetReply(link->news->reader, &reply) == REDIS_OK && reply) {
        const redisReply *news = reply;
        uint32_t lane;

        if (news->type == REDIS_REPLY_ARRAY && news->elements == 3 && news->element[2]->str &&
            lgs_queue_lane_read(lgs_str(news->element[2]->str, news->element[2]->len), &lane)) {
            *lanes |= (uint64_t)1 << lane;
        }
        freeReplyObject(reply);
        reply = NULL;
    }
    return true;
}

void relay_link_send(relay_link_t *link, const char *script, uint32_t lane, const lgs_str_t *args,
                     uint32_t n)
{
    const char *argv[RELAY_MAX_ARGS + 4] = {"EVALSHA", lgs_script_find(script)->sha, "1"};
    size_t lens[RELAY_MAX_ARGS + 4] = {7, 40, 1};
    char key[LGS_LANE_LEN];

    lgs_queue_lane_at(lane, key);
    argv[3] = key;
    lens[3] = sizeof(key);
    for (uint32_t i = 0; i < n && i < RELAY_MAX_ARGS; i++) {
        argv[4 + i] = args[i].data ? args[i].data : "";
        lens[4 + i] = args[i].len;
    }
    if (link->commands) {
        (void)redisAppendCommandArgv(link->commands, (int)n + 4, argv, lens);
    }
}

redisReply *relay_link_reply(relay_link_t *link)
{
    void *reply = NULL;

    if (link->commands == NULL) {
        return NULL;
    }
    if (redisGetReply(link->commands, &reply) != REDIS_OK) {
        lost(link, link->commands->errstr);
        return NULL;
    }
    if (((redisReply *)reply)->type != REDIS_REPLY_ERROR) {
        return reply;
    }
    if (is_of_a_script(((redisReply *)reply)->str)) {
        note_failed(link, ((redisReply *)reply)->str);
    } else { /* scripts forgotten, a replica, a full disk: connecting again finds out */
        lost(link, ((redisReply *)reply)->str);
    }
    freeReplyObject(reply);
    return NULL;
}

/*
 * A script that failed, for a key of its lane is not what it should be: no other lane has to do
 * with that. What Redis refuses in a script for its own state begins with a word for that.
 */
static bool is_of_a_script(const char *why)
{
    static const char *const states[] = {"READONLY", "OOM",     "MISCONF",   "NOREPLICAS",
                                         "LOADING",  "CLUSTER", "MASTERDOWN"};

    for (size_t i = 0; i < LGS_N(states); i++) {
        if (strncmp(why, states[i], strlen(states[i])) == 0) {
            return false;
        }
    }
    return strstr(why, "user_script") != NULL;
}

static void note_failed(relay_link_t *link, const char *why)
{
    uint64_t now_ms = relay_now_ms();

    if (now_ms >= link->told_ms + TOLD_EVERY_MS) {
        link->told_ms = now_ms;
        relay_log("%sredis: a script failed in one lane: %s", link->what, why);
    }
}

/* A server that can be connected to and refuses all scripts is not asked without a pause either. */
static void lost(relay_link_t *link, const char *why)
{
    uint64_t now_ms = relay_now_ms();

    relay_log("%sredis %s is lost: %s", link->what, link->at, why);
    if (now_ms - link->up_at_ms > BACKOFF_LAST_MS) {
        link->backoff_ms = 0;
    }
    back_off(link, now_ms);
    relay_link_close(link);
}

/* ---- numbers ---- */

lgs_str_t relay_number(char text[24], uint64_t value)
{
    return lgs_str(text, (size_t)snprintf(text, 24, "%llu", (unsigned long long)value));
}

uint64_t relay_read_number(const char *text)
{
    uint64_t value = 0;

    for (; *text >= '0' && *text <= '9' && value < UINT32_MAX; text++) {
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}
