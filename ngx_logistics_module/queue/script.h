/*
 * The queue's Redis scripts as texts (docs/queue.md): the .lua files of this room, made C by
 * tools/embed-scripts. Gateway and relay send the same.
 */
#ifndef LGS_SCRIPT_H
#define LGS_SCRIPT_H

#include "../base/lgs.h"

typedef struct lgs_script_s {
    const char *name; /* of its file, without ".lua" */
    const char *sha;  /* 40 hex digits: what EVALSHA calls it by */
    const char *text;
    size_t len;
} lgs_script_t;

extern const lgs_script_t lgs_scripts[];
extern const size_t lgs_n_scripts;

/* The script of that name; NULL when there is none. */
const lgs_script_t *lgs_script_find(const char *name);

#define LGS_LANE_LEN 9u /* "lgs:{L07}" */
/* The only key of every script, into out: the lane of a partner, or by its number. */
void lgs_queue_lane(lgs_str_t partner, char out[LGS_LANE_LEN]);
void lgs_queue_lane_at(uint32_t lane, char out[LGS_LANE_LEN]);
/* The number of a lane by its key; false when it is none. */
bool lgs_queue_lane_read(lgs_str_t key, uint32_t *lane);

/* Where a lane is named when something in it may go. */
#define LGS_QUEUE_READY     "lgs:ready"
#define LGS_QUEUE_CALLBACKS "lgs:callbacks" /* … when somebody may be told of an outcome */

#endif
