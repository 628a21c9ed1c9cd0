/*
 * Messages are found by id or by filters in all lanes of the queue, printed a line each, and
 * something is done to one after the other (messages.h).
 */
#include "messages.h"

#include <stdio.h>
#include <stdlib.h>

#include "trace.h"

#define MAX_LOOKED "100000" /* messages of a lane that a filter is tried on */
#define MAX_WIDTH  40u

typedef struct {
    ctl_message_t *items;
    uint32_t n;
    bool has_more;
} found_t;

static bool find_all(ctl_messages_t *asked, const lgs_letter_list_t *list, found_t *found);
static int newest_first(const void *a, const void *b);
static void widen(const lgs_letter_t *letter, ctl_line_pt line_of, size_t widths[CTL_N_WORDS]);
static void print_line(const lgs_letter_t *letter, ctl_line_pt line_of,
                       const size_t widths[CTL_N_WORDS]);

bool ctl_message_find(ctl_lanes_t *lanes, const char *id, bool has_all, ctl_message_t *found)
{
    const lgs_str_t args[] = {lgs_cstr(id), has_all ? LGS_STR("1") : LGS_STR("0")};
    ctl_reply_t replies[LGS_N_LANES];

    if (!ctl_lanes_ask(lanes, "look", args, LGS_N(args), replies)) {
        return false;
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        if (lgs_letter_take(&found->letter, lgs_cstr(id), replies[lane].texts, replies[lane].n)) {
            found->lane = lane;
            return true;
        }
    }
    fprintf(stderr, "logisticsctl %s: no message %s%s%s in redis at %s%s\n", lanes->command, id,
            lanes->partner ? " of partner " : "", lanes->partner ? lanes->partner : "",
            lanes->redis_at, lanes->damaged ? ", as far as it can be read" : "");
    return false;
}

/* Of all lanes the newest. */
static bool find_all(ctl_messages_t *asked, const lgs_letter_list_t *list, found_t *found)
{
    lgs_str_t most = lgs_arena_printf(asked->lanes.arena, "%u", asked->most);
    const lgs_str_t args[] = {asked->since_ms,
                              asked->until_ms,
                              lgs_cstr(asked->lanes.partner),
                              lgs_cstr(asked->reason),
                              most,
                              LGS_STR(MAX_LOOKED)};
    ctl_reply_t replies[LGS_N_LANES];
    size_t n = 0;

    if (!ctl_lanes_ask(&asked->lanes, list->script, args, LGS_N(args), replies)) {
        return false;
    }
    for (uint32_t lane = 0; lane < LGS_N_LANES; lane++) {
        n += replies[lane].n / list->n_texts;
        found->has_more |= replies[lane].n && replies[lane].texts[0].len;
    }
    found->items = lgs_arena_array(asked->lanes.arena, n + 1, sizeof(*found->items));
    for (uint32_t lane = 0; found->items && lane < LGS_N_LANES; lane++) {
        for (size_t i = 1; i + list->n_texts <= replies[lane].n; i += list->n_texts) {
            ctl_message_t *item = &found->items[found->n++];

            item->given_up = list->take(&item->letter, &replies[lane].texts[i]);
            item->lane = lane;
        }
    }
    if (found->items) {
        qsort(found->items, found->n, sizeof(*found->items), newest_first);
        found->has_more |= found->n > asked->most;
        found->n = found->n < asked->most ? found->n : asked->most;
    }
    return found->items != NULL;
}

/* Times of the same length: their texts are in their order. */
static int newest_first(const void *a, const void *b)
{
    lgs_str_t at_a = ((const ctl_message_t *)a)->given_up,
              at_b = ((const ctl_message_t *)b)->given_up;

    if (at_a.len != at_b.len) {
        return at_a.len < at_b.len ? 1 : -1;
    }
    return memcmp(at_b.data, at_a.data, at_a.len);
}

/* ---- showing ---- */

int ctl_messages_print(ctl_messages_t *asked, const lgs_letter_list_t *list, ctl_line_pt line_of)
{
    size_t widths[CTL_N_WORDS] = {0};
    found_t found = {.n = 0};

    if (!find_all(asked, list, &found)) {
        return CTL_USAGE;
    }
    for (uint32_t i = 0; i < found.n; i++) {
        widen(&found.items[i].letter, line_of, widths);
    }
    for (uint32_t i = 0; i < found.n; i++) {
        lgs_buf_t buf;

        if (!asked->is_json) {
            print_line(&found.items[i].letter, line_of, widths);
            continue;
        }
        lgs_buf_init(&buf, asked->lanes.arena, 512, 0);
        lgs_letter_write(&buf, &found.items[i].letter);
        lgs_buf_byte(&buf, '\n');
        fwrite(buf.data, 1, buf.len, stdout);
    }
    if (found.has_more) {
        fprintf(stderr, "logisticsctl %s: there are more: --limit N, --until TIME, or a filter\n",
                asked->lanes.command);
    }
    return fflush(stdout) == 0 ? ctl_lanes_exit(&asked->lanes, CTL_OK) : CTL_USAGE;
}

static void widen(const lgs_letter_t *letter, ctl_line_pt line_of, size_t widths[CTL_N_WORDS])
{
    ctl_line_t line;

    line_of(letter, &line);
    for (size_t i = 0; i < CTL_N_WORDS; i++) {
        size_t len = line.words[i].len < MAX_WIDTH ? line.words[i].len : MAX_WIDTH;

        widths[i] = len > widths[i] ? len : widths[i];
    }
}

void ctl_message_line(const lgs_letter_t *letter, ctl_line_pt line_of)
{
    static const size_t widths[CTL_N_WORDS];

    print_line(letter, line_of, widths);
}

static void print_line(const lgs_letter_t *letter, ctl_line_pt line_of,
                       const size_t widths[CTL_N_WORDS])
{
    lgs_arena_t *arena = lgs_arena_create(256, 0);
    ctl_line_t line;
    lgs_str_t time;
    size_t pad = 0;

    line_of(letter, &line);
    time = arena ? lgs_letter_time(arena, line.at) : line.at;
    printf("%.*s  ", LGS_FMT(letter->id));
    ctl_print_text(stdout, time.len ? time : LGS_STR("-"));
    for (size_t i = 0; i < CTL_N_WORDS; i++) {
        lgs_str_t word = line.words[i].len ? line.words[i] : LGS_STR("-");

        printf("%*s", (int)pad + 1, "");
        ctl_print_text(stdout, word);
        pad = word.len < widths[i] ? widths[i] - word.len : 0;
    }
    printf(": %*s", (int)pad, "");
    ctl_print_text(stdout, line.text);
    putchar('\n');
    lgs_arena_destroy(arena);
}

/* ---- doing ---- */

int ctl_messages_each(ctl_messages_t *asked, const ctl_deed_t *deed)
{
    found_t found = {.n = 0};
    uint32_t n_bad = 0, n, i;

    if (asked->n_ids == 0 && !find_all(asked, deed->list, &found)) {
        return CTL_USAGE;
    }
    n = asked->n_ids ? asked->n_ids : found.n;
    for (i = 0; i < n && !asked->lanes.is_away; i++) {
        lgs_arena_t *arena = asked->lanes.arena;
        const char *id = asked->n_ids ? asked->ids[i] : found.items[n - 1 - i].letter.id.data;
        ctl_message_t letter;
        lgs_rc_t rc = LGS_INVALID;

        asked->lanes.arena = lgs_arena_create(1 << 16, 0); /* of one letter */
        if (asked->lanes.arena && ctl_message_find(&asked->lanes, id, true, &letter)) {
            rc = deed->act(asked, &letter);
        }
        n_bad += rc != LGS_OK;
        lgs_arena_destroy(asked->lanes.arena);
        asked->lanes.arena = arena;
    }
    if (found.has_more) {
        fprintf(stderr, "logisticsctl %s: there are more: do it again, or --limit N\n",
                asked->lanes.command);
    }
    fprintf(stderr, "%u %s%s, %u not", i - n_bad, deed->done,
            asked->is_dry ? " if it were done" : "", n_bad);
    fprintf(stderr, i < n ? ", %u not tried\n" : "\n", n - i);
    return ctl_lanes_exit(&asked->lanes, n_bad ? CTL_FINDINGS : CTL_OK);
}

lgs_rc_t ctl_message_do(ctl_messages_t *asked, const ctl_message_t *letter, const char *script,
                        const lgs_str_t *args, uint32_t n, const char *done)
{
    ctl_reply_t reply = {NULL, 0};

    if (!ctl_lane_ask(&asked->lanes, letter->lane, script, args, n, &reply)) {
        return LGS_INVALID;
    }
    if (reply.n == 1 && lgs_str_is(reply.texts[0], done)) {
        return LGS_OK;
    }
    if (reply.n == 1 && lgs_str_is(reply.texts[0], "full")) {
        fprintf(stderr, "logisticsctl %s: message %.*s: too many callbacks to partner %.*s wait\n",
                asked->lanes.command, LGS_FMT(letter->letter.id), LGS_FMT(letter->letter.partner));
    } else if (reply.n == 1 && lgs_str_is(reply.texts[0], "damaged")) {
        fprintf(stderr,
                "logisticsctl %s: message %.*s is damaged: its partner, route, records or order "
                "keys are gone; drop it\n",
                asked->lanes.command, LGS_FMT(letter->letter.id));
    } else {
        fprintf(stderr, "logisticsctl %s: message %.*s was changed by somebody else meanwhile\n",
                asked->lanes.command, LGS_FMT(letter->letter.id));
    }
    return LGS_INVALID;
}
