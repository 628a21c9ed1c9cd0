/*
 * Messages of the queue as `logisticsctl dead`, `message` and `callbacks` find, show and change
 * them.
 */
#ifndef LGS_CTL_MESSAGES_H
#define LGS_CTL_MESSAGES_H

#include "../queue/letter.h"
#include "lanes.h"

/* What is asked for; each command takes those options that mean something to it. */
typedef struct {
    ctl_lanes_t lanes;
    const char *reason, *since, *until, *limit, *by, *why, *with_policy, *policies;
    const char *sets[LGS_MAX_FIXES];
    uint32_t n_sets, most;
    bool is_json, is_all, is_dry;
    char **ids;
    uint32_t n_ids;
    lgs_str_t since_ms, until_ms; /* as the scripts of lists take them */
} ctl_messages_t;

/* A message and the lane that it lies in. */
typedef struct {
    lgs_letter_t letter;
    lgs_str_t given_up; /* ms since 1970, of one that was listed */
    uint32_t lane;
} ctl_message_t;

/* ---- what is typed (messages_options.c) ---- */

/* What a command takes beside the options that all have. */
enum { CTL_FILTERS = 1, CTL_ONE_ID = 2, CTL_DEEDS = 4, CTL_FIXES = 8 };

typedef struct {
    const char *name;
    int (*run)(ctl_messages_t *asked);
    unsigned takes;
} ctl_messages_command_t;

/* Runs the command that argv[1] names, of `name`'s; its exit code. */
int ctl_messages_run(int argc, char **argv, const char *name,
                     const ctl_messages_command_t *commands, size_t n);
/* The same of one that has no commands below it. */
int ctl_messages_run_one(int argc, char **argv, const char *name,
                         const ctl_messages_command_t *command);

/* ---- found, shown, changed (messages.c) ---- */

/* Looks for a message in all lanes; false when it has said that there is none. */
bool ctl_message_find(ctl_lanes_t *lanes, const char *id, bool has_all, ctl_message_t *found);

/* What is shown of a message in a line: when it was given up, some words, a sentence. */
#define CTL_N_WORDS 4u
typedef struct {
    lgs_str_t at, words[CTL_N_WORDS], text;
} ctl_line_t;
typedef void (*ctl_line_pt)(const lgs_letter_t *letter, ctl_line_t *line);

/*
 * Prints those that the filters find, newest first: a line each, words below words, or JSON. An
 * exit code.
 */
int ctl_messages_print(ctl_messages_t *asked, const lgs_letter_list_t *list, ctl_line_pt line_of);
/* ID  TIME WORD…: TEXT, in printable letters; "-" for a word that is not there. */
void ctl_message_line(const lgs_letter_t *letter, ctl_line_pt line_of);

/* What is done to each of some messages. */
typedef struct {
    const lgs_letter_list_t *list; /* that filters are tried on */
    /* LGS_OK, LGS_INVALID when it has said why not */
    lgs_rc_t (*act)(ctl_messages_t *asked, const ctl_message_t *letter);
    const char *done; /* "replayed" */
} ctl_deed_t;

/* Those that are named or found, each looked at once more as it is now. Oldest first. */
int ctl_messages_each(ctl_messages_t *asked, const ctl_deed_t *deed);

/* Runs a script in the message's lane, which says `done`; LGS_INVALID when it has said why not. */
lgs_rc_t ctl_message_do(ctl_messages_t *asked, const ctl_message_t *letter, const char *script,
                        const lgs_str_t *args, uint32_t n, const char *done);

#endif
