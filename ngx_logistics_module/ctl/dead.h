/* What the files of `logisticsctl dead`, `message` and `callbacks` share. */
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
    lgs_str_t given_up; /* ms since 1970, of one that was listed */
    uint32_t lane;
} ctl_letter_t;

/* ---- what is typed (dead_options.c) ---- */

/* What a command takes beside the options that all have. */
enum { CTL_FILTERS = 1, CTL_ONE_ID = 2, CTL_DEEDS = 4, CTL_FIXES = 8 };

typedef struct {
    const char *name;
    int (*run)(ctl_dead_t *dead);
    unsigned takes;
} ctl_dead_command_t;

/* Runs the command that argv[1] names; `name` is of all of them. Its exit code. */
int ctl_dead_run(int argc, char **argv, const char *name, const ctl_dead_command_t *commands,
                 size_t n);
/* Takes argv[1] and what follows; false: it is wrong, and it may have been said why. */
bool ctl_dead_options(int argc, char **argv, unsigned takes, ctl_dead_t *dead);

/* ---- messages (dead_find.c) ---- */

/* Looks for a message in all lanes; false when it has said that there is none. */
bool ctl_letter_find(ctl_lanes_t *lanes, const char *id, bool has_all, ctl_letter_t *found);

/* Prints those that the filters find, newest first: a line each, or JSON. An exit code. */
int ctl_letters_print(ctl_dead_t *dead, const lgs_letter_list_t *list,
                      void (*print_line)(const lgs_letter_t *letter));
/* ID  TIME PART…: TEXT, in printable letters */
void ctl_letter_line(lgs_str_t id, lgs_str_t time, const lgs_str_t *parts, size_t n,
                     lgs_str_t text);

/* What is done to each of some messages. */
typedef struct {
    const lgs_letter_list_t *list; /* that filters are tried on */
    /* LGS_OK, LGS_INVALID when it has said why not */
    lgs_rc_t (*act)(ctl_dead_t *dead, const ctl_letter_t *letter);
    const char *done; /* "replayed" */
} ctl_deed_t;

/* Those that are named or found, each looked at once more as it is now. Oldest first. */
int ctl_letters_each(ctl_dead_t *dead, const ctl_deed_t *deed);

/* Runs a script in the letter's lane, which says `done`; LGS_INVALID when it has said why not. */
lgs_rc_t ctl_letter_do(ctl_dead_t *dead, const ctl_letter_t *letter, const char *script,
                       const lgs_str_t *args, uint32_t n, const char *done);

/* ---- replaying ---- */

/* dead replay, of one letter (dead_replay.c); LGS_OK, LGS_INVALID when it has said why not. */
lgs_rc_t ctl_dead_replay(ctl_dead_t *dead, const ctl_letter_t *letter);

/*
 * The records that a letter's source makes with the policies of a folder, less those that are in
 * Odoo already (dead_translate.c). False when it has said why there are none.
 */
bool ctl_dead_translate(ctl_dead_t *dead, const lgs_letter_t *letter, lgs_str_t *body,
                        lgs_str_t *revision);

#endif
