/* Scripts of the queue for logisticsctl (lanes.h). */
#include "lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "../queue/script.h"

#define DEFAULT_PORT 6379
#define CONNECT_S    2
#define ANSWER_S     10
#define MAX_ARGS     16u

static void send_script(ctl_lanes_t *lanes, uint32_t lane, const char *name, const lgs_str_t *args,
                        uint32_t n);
static bool take_reply(ctl_lanes_t *lanes, const char *script, ctl_reply_t *to);
static bool copy_reply(lgs_arena_t *arena, const redisReply *reply, ctl_reply_t *to);

redisContext *ctl_redis_connect(lgs_arena_t *arena, const char *command, const char *address)
{
    const struct timeval connect_time = {CONNECT_S, 0}, answer_time = {ANSWER_S, 0};
    const char *colon = strrchr(address, ':');
    size_t host_len = colon ? (size_t)(colon - address) : strlen(address);
    lgs_str_t host = lgs_arena_str(arena, lgs_str(address, host_len));
    unsigned port = colon ? 0 : DEFAULT_PORT;
    redisContext *redis;

    for (const char *p = colon ? colon + 1 : ""; *p; p++) {
        if (*p < '0' || *p > '9' || port > 6553) {
            port = 0;
            break;
        }
        port = port * 10 + (unsigned)(*p - '0');
    }
    if (host.len == 0 || port == 0) {
        fprintf(stderr, "logisticsctl %s: --redis \"%.80s\": write HOST:PORT\n", command, address);
        return NULL;
    }
    redis = redisConnectWithTimeout(host.data, (int)port, connect_time);
    if (redis && redis->err == 0 && redisSetTimeout(redis, answer_time) == REDIS_OK) {
        return redis;
    }
    fprintf(stderr, "logisticsctl %s: redis at %s: %s\n", command, address,
            redis ? redis->errstr : "out of memory");
    redisFree(redis); /* NULL is allowed */
    return NULL;
}

bool ctl_lanes_open(ctl_lanes_t *lanes)
{
    if (lanes->redis_at == NULL) {
        lanes->redis_at = getenv("LGS_REDIS");
    }
    if (lanes->redis_at == NULL) {
        lanes->redis_at = CTL_REDIS_DEFAULT;
    }
    lanes->redis = ctl_redis_connect(lanes->arena, lanes->command, lanes->redis_at);
    return lanes->redis != NULL;
}

void ctl_lanes_close(ctl_lanes_t *lanes)
{
    redisFree(lanes->redis);
    lanes->redis = NULL;
}

bool ctl_lanes_has(const ctl_lanes_t *lanes, uint32_t lane)
{
    return lanes->partner == NULL || lgs_lane(lgs_cstr(lanes->partner)) == lane;
}

bool ctl_lanes_ask(ctl_lanes_t *lanes, const char *script, const lgs_str_t *args, uint32_t n,
                   ctl_reply_t *replies)
{
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        replies[lane] = (ctl_reply_t){NULL, 0};
        if (ctl_lanes_has(lanes, lane)) {
            send_script(lanes, lane, script, args, n);
        }
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (ctl_lanes_has(lanes, lane) && !take_reply(lanes, script, &replies[lane])) {
            return false;
        }
    }
    return true;
}

bool ctl_lane_ask(ctl_lanes_t *lanes, uint32_t lane, const char *script, const lgs_str_t *args,
                  uint32_t n, ctl_reply_t *reply)
{
    send_script(lanes, lane, script, args, n);
    return take_reply(lanes, script, reply);
}

/* By its text: an operator's few calls need not be known by name to the server. */
static void send_script(ctl_lanes_t *lanes, uint32_t lane, const char *name, const lgs_str_t *args,
                        uint32_t n)
{
    const lgs_script_t *script = lgs_script_find(name);
    char key[LGS_LANE_LEN];
    const char *argv[MAX_ARGS + 4] = {"EVAL", script->text, "1", key};
    size_t lens[MAX_ARGS + 4] = {4, script->len, 1, sizeof(key)};

    lgs_queue_lane_at(lane, key);
    for (uint32_t i = 0; i < n && i < MAX_ARGS; i++) {
        argv[4 + i] = args[i].data ? args[i].data : "";
        lens[4 + i] = args[i].len;
    }
    (void)redisAppendCommandArgv(lanes->redis, (int)n + 4, argv, lens); /* the reply says so */
}

static bool take_reply(ctl_lanes_t *lanes, const char *script, ctl_reply_t *to)
{
    void *data = NULL;
    const redisReply *reply;
    bool ok = redisGetReply(lanes->redis, &data) == REDIS_OK;

    reply = data;
    ok = ok && reply->type == REDIS_REPLY_ARRAY && copy_reply(lanes->arena, reply, to);
    if (!ok) {
        fprintf(stderr, "logisticsctl %s: redis at %s: %s: %s\n", lanes->command, lanes->redis_at,
                script,
                reply == NULL                      ? lanes->redis->errstr
                : reply->type == REDIS_REPLY_ERROR ? reply->str
                                                   : "unexpected reply");
    }
    freeReplyObject(data); /* NULL is allowed */
    return ok;
}

static bool copy_reply(lgs_arena_t *arena, const redisReply *reply, ctl_reply_t *to)
{
    to->texts = lgs_arena_array(arena, reply->elements + 1, sizeof(*to->texts));
    to->n = to->texts ? reply->elements : 0;
    for (size_t i = 0; i < to->n; i++) {
        const redisReply *item = reply->element[i];
        lgs_str_t text = item->type == REDIS_REPLY_STRING ? lgs_str(item->str, item->len)
                                                          : LGS_STR("");

        to->texts[i] = lgs_arena_str(arena, text);
        if (to->texts[i].data == NULL) {
            return false;
        }
    }
    return to->texts != NULL;
}
