/* Scripts of the queue for logisticsctl (lanes.h). */
#include "lanes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "../queue/script.h"

#define DEFAULT_PORT 6379
#define CONNECT_S    2
#define ANSWER_S     10
#define ANSWER_TEXT  "10 s"
#define MAX_ARGS     16u

static void send_script(ctl_lanes_t *lanes, uint32_t lane, const char *name, const lgs_str_t *args,
                        uint32_t n);
static bool take_reply(ctl_lanes_t *lanes, uint32_t lane, const char *script, ctl_reply_t *to);
static void print_refusal(ctl_lanes_t *lanes, uint32_t lane, const char *error);
static const char *why_of(const char *error);
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
    for (uint32_t lane = 0; lane < LGS_N_LANES && !lanes->is_away; lane++) {
        if (ctl_lanes_has(lanes, lane)) {
            (void)take_reply(lanes, lane, script, &replies[lane]);
        }
    }
    return !lanes->is_away;
}

bool ctl_lane_ask(ctl_lanes_t *lanes, uint32_t lane, const char *script, const lgs_str_t *args,
                  uint32_t n, ctl_reply_t *reply)
{
    send_script(lanes, lane, script, args, n);
    return take_reply(lanes, lane, script, reply);
}

int ctl_lanes_exit(const ctl_lanes_t *lanes, int exit_code)
{
    return lanes->is_away || lanes->damaged ? CTL_USAGE : exit_code;
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

/* False when it has said why there is none. */
static bool take_reply(ctl_lanes_t *lanes, uint32_t lane, const char *script, ctl_reply_t *to)
{
    void *data = NULL;
    const redisReply *reply;
    bool ok = redisGetReply(lanes->redis, &data) == REDIS_OK;

    reply = data;
    ok = ok && reply->type == REDIS_REPLY_ARRAY && copy_reply(lanes->arena, reply, to);
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        print_refusal(lanes, lane, reply->str);
    } else if (!ok) {
        bool is_late = reply == NULL && errno == EAGAIN && lanes->redis->err == REDIS_ERR_IO;

        lanes->is_away = true;
        fprintf(stderr, "logisticsctl %s: redis at %s: %s: %s\n", lanes->command, lanes->redis_at,
                script,
                is_late         ? "no answer within " ANSWER_TEXT
                : reply == NULL ? lanes->redis->errstr
                                : "unexpected reply, or no memory for it");
    }
    freeReplyObject(data); /* NULL is allowed */
    return ok;
}

/* What Redis says of itself is said once, and ends the command; what it says of a key is a lane's.
 */
static void print_refusal(ctl_lanes_t *lanes, uint32_t lane, const char *error)
{
    const char *why = why_of(error), *script = strstr(error, " script: ");
    int len = (int)(script ? (size_t)(script - error) : strlen(error));

    if (why) {
        lanes->is_away = true;
        fprintf(stderr, "logisticsctl %s: redis at %s: %s (%.*s)\n", lanes->command,
                lanes->redis_at, why, len, error);
    } else if (!(lanes->damaged >> lane & 1)) {
        lanes->damaged |= (uint64_t)1 << lane;
        fprintf(stderr,
                "logisticsctl %s: redis at %s: lane L%02u is damaged and left out: %.*s; "
                "docs/queue.md says what its keys are\n",
                lanes->command, lanes->redis_at, lane, len, error);
    }
}

/* NULL: it is about a key. */
static const char *why_of(const char *error)
{
    static const struct {
        const char *code, *why;
    } refusals[] = {
        {"NOAUTH", "it wants a password, which the gateway could not give it either"},
        {"NOPERM", "its default user may not do that"},
        {"DENIED", "it is in protected mode"},
        {"READONLY", "it is a replica, which takes no changes: name its master"},
        {"MASTERDOWN", "it is a replica without its master: name the master"},
        {"NOREPLICAS", "it has too few replicas to take changes"},
        {"LOADING", "it is still reading its file: once more in a moment"},
        {"BUSY", "a script holds it up"},
        {"OOM", "it is full (maxmemory)"},
        {"MISCONF", "it cannot write to its disk and takes no changes"},
        {"MOVED", "it is one node of a cluster: name the partner, and the node that has its lane"},
        {"CLUSTERDOWN", "its cluster is down"},
    };
    size_t len = strcspn(error, " ");

    for (size_t i = 0; i < LGS_N(refusals); i++) {
        if (strlen(refusals[i].code) == len && strncmp(error, refusals[i].code, len) == 0) {
            return refusals[i].why;
        }
    }
    return NULL;
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
