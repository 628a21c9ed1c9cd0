/*
 * logisticsctl dead and message: dead letters, found in all lanes of the queue, shown, sent once
 * more or dropped. What changes a letter is one script in Redis, which keeps who did it and why.
 */
#include "dead.h"

#include <stdio.h>

static int list(ctl_dead_t *dead);
static int show(ctl_dead_t *dead);
static int replay(ctl_dead_t *dead);
static int drop(ctl_dead_t *dead);

static const ctl_dead_command_t commands[] = {
    {"list", list, CTL_FILTERS},
    {"show", show, CTL_ONE_ID},
    {"replay", replay, CTL_FILTERS | CTL_DEEDS | CTL_FIXES},
    {"drop", drop, CTL_FILTERS | CTL_DEEDS}};

static void print_line(const lgs_letter_t *letter);
static int print_letter(ctl_dead_t *dead, bool has_all);
static lgs_rc_t drop_one(ctl_dead_t *dead, const ctl_letter_t *letter);

int ctl_dead(int argc, char **argv)
{
    return ctl_dead_run(argc, argv, "dead", commands, LGS_N(commands));
}

int ctl_message(int argc, char **argv)
{
    ctl_dead_t dead = {.lanes.command = "message"};
    int exit_code;

    dead.lanes.arena = lgs_arena_create(1 << 16, 0);
    if (dead.lanes.arena == NULL || !ctl_dead_options(argc, argv, CTL_ONE_ID, &dead)) {
        exit_code = ctl_usage("message");
    } else {
        exit_code = ctl_lanes_open(&dead.lanes) ? print_letter(&dead, false) : CTL_USAGE;
    }
    ctl_lanes_close(&dead.lanes);
    lgs_arena_destroy(dead.lanes.arena);
    return exit_code;
}

/* ---- showing ---- */

static int list(ctl_dead_t *dead)
{
    return ctl_letters_print(dead, &lgs_dead_letters, print_line);
}

static void print_line(const lgs_letter_t *letter)
{
    const lgs_str_t parts[] = {letter->partner, letter->route, letter->attempts, letter->reason};

    ctl_letter_line(letter->id, letter->closed, parts, LGS_N(parts), letter->error);
}

static int show(ctl_dead_t *dead)
{
    return print_letter(dead, true);
}

static int print_letter(ctl_dead_t *dead, bool has_all)
{
    lgs_arena_t *arena = dead->lanes.arena;
    ctl_letter_t found;
    lgs_errs_t errs;
    lgs_buf_t buf;
    lgs_doc_t doc;

    if (!ctl_letter_find(&dead->lanes, dead->ids[0], has_all, &found)) {
        return CTL_FINDINGS;
    }
    lgs_errs_init(&errs, arena, 1);
    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_letter_write(&buf, &found.letter);
    if (buf.failed || lgs_json_read(arena, lgs_buf_text(&buf), NULL, &doc, &errs) != LGS_OK) {
        ctl_print_errors(&errs, dead->ids[0]);
        return CTL_USAGE;
    }
    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_json_write_pretty(&buf, &doc.root);
    lgs_buf_byte(&buf, '\n');
    fwrite(buf.data, 1, buf.len, stdout);
    return fflush(stdout) == 0 && !buf.failed ? CTL_OK : CTL_USAGE;
}

/* ---- doing ---- */

static int replay(ctl_dead_t *dead)
{
    static const ctl_deed_t deed = {&lgs_dead_letters, ctl_dead_replay, "replayed"};

    return ctl_letters_each(dead, &deed);
}

static int drop(ctl_dead_t *dead)
{
    static const ctl_deed_t deed = {&lgs_dead_letters, drop_one, "dropped"};

    return ctl_letters_each(dead, &deed);
}

static lgs_rc_t drop_one(ctl_dead_t *dead, const ctl_letter_t *letter)
{
    const lgs_deed_t deed = {.did = "drop", .by = lgs_cstr(dead->by), .why = lgs_cstr(dead->why)};
    lgs_str_t args[] = {letter->letter.id, LGS_STR(""), letter->letter.closed};
    lgs_buf_t buf;

    lgs_buf_init(&buf, dead->lanes.arena, 256, 0);
    lgs_deed_write(&buf, &deed);
    args[1] = lgs_buf_text(&buf);
    if (!lgs_str_is(letter->letter.state, "dead")) {
        fprintf(stderr, "logisticsctl dead: message %.*s is no dead letter: it is %.*s\n",
                LGS_FMT(letter->letter.id), LGS_FMT(letter->letter.state));
        return LGS_INVALID;
    }
    if (dead->is_dry) {
        print_line(&letter->letter);
        return LGS_OK;
    }
    return buf.failed ? LGS_INVALID
                      : ctl_letter_do(dead, letter, "drop", args, LGS_N(args), "dropped");
}
