/* What the files of `logisticsctl dead` share. */
#ifndef LGS_CTL_DEAD_H
#define LGS_CTL_DEAD_H

#include "../queue/letter.h"
#include "lanes.h"

/* Options of all its commands; each takes those that mean something to it. */
typedef struct {
    ctl_lanes_t lanes;
    const char *reason, *since, *until, *limit, *by, *why, *with_policy, *policies;
    const char *sets[LGS_MAX_FIXES];
    uint32_t n_sets, most;
    bool is_json, is_all, is_dry;
    char **ids;
    uint32_t n_ids;
    lgs_str_t since_ms, until_ms; /* as letters.lua takes them */
} ctl_dead_t;

/* A letter and the lane that it lies in. */
typedef struct {
    lgs_letter_t letter;
    uint32_t lane;
} ctl_letter_t;

/* Looks for a message in all lanes; false when it has said that there is none. */
bool ctl_letter_find(ctl_lanes_t *lanes, const char *id, bool has_all, ctl_letter_t *found);

/* dead replay, of one letter (dead_replay.c); LGS_OK, LGS_INVALID when it has said why not. */
lgs_rc_t ctl_dead_replay(ctl_dead_t *dead, const ctl_letter_t *letter);

/*
 * The records that a letter's source makes with the policies of a folder, less those that are in
 * Odoo already (dead_translate.c). False when it has said why there are none.
 */
bool ctl_dead_translate(ctl_dead_t *dead, const lgs_letter_t *letter, lgs_str_t *body,
                        lgs_str_t *revision);

#endif
