/*
 * logisticsctl callbacks: outcomes that partners could not be told of, listed and sent again. The
 * script that does it keeps who did it and why in the message's history.
 */
#include "messages.h"

#include <stdio.h>

static int list(ctl_messages_t *asked);
static int resend(ctl_messages_t *asked);

static const ctl_messages_command_t commands[] = {{"list", list, CTL_FILTERS},
                                                  {"resend", resend, CTL_FILTERS | CTL_DEEDS}};

static void line_of(const lgs_letter_t *letter, ctl_line_t *line);
static lgs_rc_t resend_one(ctl_messages_t *asked, const ctl_message_t *letter);

int ctl_callbacks(int argc, char **argv)
{
    return ctl_messages_run(argc, argv, "callbacks", commands, LGS_N(commands));
}

static int list(ctl_messages_t *asked)
{
    return ctl_messages_print(asked, &lgs_untold_callbacks, line_of);
}

static void line_of(const lgs_letter_t *letter, ctl_line_t *line)
{
    *line = (ctl_line_t){
        letter->callback_closed,
        {letter->partner, letter->route, letter->callback_event, letter->callback_attempts},
        letter->callback_last};
}

static int resend(ctl_messages_t *asked)
{
    static const ctl_deed_t deed = {&lgs_untold_callbacks, resend_one, "sent again"};

    return ctl_messages_each(asked, &deed);
}

static lgs_rc_t resend_one(ctl_messages_t *asked, const ctl_message_t *found)
{
    const lgs_letter_t *letter = &found->letter;
    const lgs_deed_t deed = {
        .did = "resend", .by = lgs_cstr(asked->by), .why = lgs_cstr(asked->why)};
    lgs_str_t args[] = {letter->id, LGS_STR(""), letter->callback_closed};
    lgs_buf_t buf;

    if (!lgs_str_is(letter->callback_state, "given-up")) {
        bool is_there = letter->callback_state.len > 0;

        fprintf(stderr,
                "logisticsctl callbacks: message %.*s has no callback that was given up%s%.*s\n",
                LGS_FMT(letter->id), is_there ? ": it is " : "", LGS_FMT(letter->callback_state));
        return LGS_INVALID;
    }
    if (asked->is_dry) {
        ctl_message_line(letter, line_of);
        return LGS_OK;
    }
    lgs_buf_init(&buf, asked->lanes.arena, 256, 0);
    lgs_deed_write(&buf, &deed);
    args[1] = lgs_buf_text(&buf);
    return buf.failed
               ? LGS_INVALID
               : ctl_message_do(asked, found, "callback_resend", args, LGS_N(args), "resent");
}
