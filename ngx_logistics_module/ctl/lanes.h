/*
 * The queue for logisticsctl: one connection to Redis and the scripts of queue/ in one lane or in
 * all of them. What goes wrong has been printed when a function returns false.
 */
#ifndef LGS_CTL_LANES_H
#define LGS_CTL_LANES_H

#include <hiredis/hiredis.h>

#include "../trace/record.h"
#include "ctl.h"

#define CTL_REDIS_DEFAULT "127.0.0.1:6379"

typedef struct {
    const char *command;  /* for messages: "logisticsctl queue" is its "queue" */
    const char *redis_at; /* HOST:PORT; NULL: $LGS_REDIS, else the shipped configuration's */
    const char *partner;  /* only this partner's lane; NULL: all of them */
    lgs_arena_t *arena;
    redisContext *redis;
    bool is_away;     /* it does not answer, or answers nothing of what is asked: nobody asks on */
    uint64_t damaged; /* lanes, a bit each, in which a key is not what the queue put there */
} ctl_lanes_t;

typedef struct {
    lgs_str_t *texts;
    size_t n;
} ctl_reply_t;

/* Connects to HOST:PORT (or HOST, at Redis' own port); NULL when it has printed why not. */
redisContext *ctl_redis_connect(lgs_arena_t *arena, const char *command, const char *address);

bool ctl_lanes_open(ctl_lanes_t *lanes);
void ctl_lanes_close(ctl_lanes_t *lanes);

/* Which lanes are asked: all, or the partner's. */
bool ctl_lanes_has(const ctl_lanes_t *lanes, uint32_t lane);

/*
 * Runs a script in each lane that is asked, in one go: replies[LGS_N_LANES], texts in the arena. A
 * damaged lane says nothing, and is no reason to say nothing of the others.
 */
bool ctl_lanes_ask(ctl_lanes_t *lanes, const char *script, const lgs_str_t *args, uint32_t n,
                   ctl_reply_t *replies);
/* In one of them; false also when that is damaged. */
bool ctl_lane_ask(ctl_lanes_t *lanes, uint32_t lane, const char *script, const lgs_str_t *args,
                  uint32_t n, ctl_reply_t *reply);

/* Exit code of a command that has said what it could: all was asked, or not. */
int ctl_lanes_exit(const ctl_lanes_t *lanes, int exit_code);

#endif
