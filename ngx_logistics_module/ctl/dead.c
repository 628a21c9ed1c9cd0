/*
 * logisticsctl dead and message: dead letters, found in all lanes of the queue, shown, sent once
 * more or dropped. What changes a letter is one script in Redis, which keeps who did it and why.
 */
#include "dead.h"

#include <stdio.h>

static int list(ctl_messages_t *asked);
static int show(ctl_messages_t *asked);
static int look(ctl_messages_t *asked);
static int replay(ctl_messages_t *asked);
static int drop(ctl_messages_t *asked);

static const ctl_messages_command_t commands[] = {
    {"list", list, CTL_FILTERS},
    {"show", show, CTL_ONE_ID},
    {"replay", replay, CTL_FILTERS | CTL_DEEDS | CTL_FIXES},
    {"drop", drop, CTL_FILTERS | CTL_DEEDS}};

static void line_of(const lgs_letter_t *letter, ctl_line_t *line);
static int print_letter(ctl_messages_t *asked, bool has_all);
static lgs_rc_t drop_one(ctl_messages_t *asked, const ctl_message_t *letter);

int ctl_dead(int argc, char **argv)
{
    return ctl_messages_run(argc, argv, "dead", commands, LGS_N(commands));
}

int ctl_message(int argc, char **argv)
{
    static const ctl_messages_command_t command = {"message", look, CTL_ONE_ID};

    return ctl_messages_run_one(argc, argv, "message", &command);
}

/* ---- showing ---- */

static int list(ctl_messages_t *asked)
{
    return ctl_messages_print(asked, &lgs_dead_letters, line_of);
}

static void line_of(const lgs_letter_t *letter, ctl_line_t *line)
{
    *line = (ctl_line_t){letter->closed,
                         {letter->partner, letter->route, letter->attempts, letter->reason},
                         letter->error};
}

static int show(ctl_messages_t *asked)
{
    return print_letter(asked, true);
}

static int look(ctl_messages_t *asked)
{
    return print_letter(asked, false);
}

static int print_letter(ctl_messages_t *asked, bool has_all)
{
    lgs_arena_t *arena = asked->lanes.arena;
    ctl_message_t found;
    lgs_errs_t errs;
    lgs_buf_t buf;
    lgs_doc_t doc;

    if (!ctl_message_find(&asked->lanes, asked->ids[0], has_all, &found)) {
        return ctl_lanes_exit(&asked->lanes, CTL_FINDINGS);
    }
    lgs_errs_init(&errs, arena, 1);
    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_letter_write(&buf, &found.letter);
    if (buf.failed || lgs_json_read(arena, lgs_buf_text(&buf), NULL, &doc, &errs) != LGS_OK) {
        ctl_print_errors(&errs, asked->ids[0]);
        return CTL_USAGE;
    }
    lgs_buf_init(&buf, arena, 4096, 0);
    lgs_json_write_pretty(&buf, &doc.root);
    lgs_buf_byte(&buf, '\n');
    fwrite(buf.data, 1, buf.len, stdout);
    return fflush(stdout) == 0 && !buf.failed ? CTL_OK : CTL_USAGE;
}

/* ---- doing ---- */

bool ctl_dead_is(const lgs_letter_t *letter)
{
    if (lgs_str_is(letter->state, "dead")) {
        return true;
    }
    fprintf(stderr, "logisticsctl dead: message %.*s is no dead letter: it is %.*s\n",
            LGS_FMT(letter->id), LGS_FMT(letter->state));
    return false;
}

static int replay(ctl_messages_t *asked)
{
    static const ctl_deed_t deed = {&lgs_dead_letters, ctl_dead_replay, "replayed"};

    return ctl_messages_each(asked, &deed);
}

static int drop(ctl_messages_t *asked)
{
    static const ctl_deed_t deed = {&lgs_dead_letters, drop_one, "dropped"};

    return ctl_messages_each(asked, &deed);
}

static lgs_rc_t drop_one(ctl_messages_t *asked, const ctl_message_t *letter)
{
    const lgs_deed_t deed = {.did = "drop", .by = lgs_cstr(asked->by), .why = lgs_cstr(asked->why)};
    lgs_str_t args[] = {letter->letter.id, LGS_STR(""), letter->letter.closed};
    lgs_buf_t buf;

    lgs_buf_init(&buf, asked->lanes.arena, 256, 0);
    lgs_deed_write(&buf, &deed);
    args[1] = lgs_buf_text(&buf);
    if (!ctl_dead_is(&letter->letter)) {
        return LGS_INVALID;
    }
    if (asked->is_dry) {
        ctl_message_line(&letter->letter, line_of);
        return LGS_OK;
    }
    return buf.failed ? LGS_INVALID
                      : ctl_message_do(asked, letter, "drop", args, LGS_N(args), "dropped");
}
