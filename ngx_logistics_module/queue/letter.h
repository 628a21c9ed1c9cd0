/*
 * A message as an operator sees it, and what an operator does to a dead letter: its JSON, changes
 * of single fields of its records, and the entry in its history. logisticsctl and the gateway use
 * the same.
 */
#ifndef LGS_QUEUE_LETTER_H
#define LGS_QUEUE_LETTER_H

#include "../formats/json.h"

#define LGS_MAX_FIXES 100u  /* of one replay */
#define LGS_MAX_WHY   1000u /* bytes of an operator's reason */

/* Times are ms since 1970 as texts; what is not there is empty. */
typedef struct {
    lgs_str_t id, partner, route, class, correlation, at, closed, attempts, reason, error;
    lgs_str_t state, next, media, revision, history, outcome;
    lgs_str_t body, source; /* records that are not in Odoo; what the partner sent */
    lgs_str_t whys;         /* a dead one's: why each record of body is not */
    lgs_str_t callback_event, callback_state, callback_attempts, callback_at, callback_last,
        callback_next, callback_closed; /* empty: its partner is not told of it */
} lgs_letter_t;

/* Of the script `look`: names and values. False: there is no such message. */
bool lgs_letter_take(lgs_letter_t *letter, lgs_str_t id, const lgs_str_t *texts, size_t n);

/* What operators list: the script that says it, and how many texts are one letter behind the first.
 */
typedef struct {
    const char *script, *name;
    uint32_t n_texts;
    lgs_str_t (*take)(lgs_letter_t *letter, const lgs_str_t *texts); /* when it was given up */
} lgs_letter_list_t;
extern const lgs_letter_list_t lgs_dead_letters, lgs_untold_callbacks;
/* Of `letters_from` and `pick`: of any state, for who does something to many. */
extern const lgs_letter_list_t lgs_picked_letters;

/*
 * A JSON object; with the records and the source where they were asked for. A source that is no
 * UTF-8 is `source_base64`.
 */
void lgs_letter_write(lgs_buf_t *buf, const lgs_letter_t *letter);

/*
 * What its partner sees of it, as GET /v1/messages/{id} shows it: the members of an object, without
 * its braces; `callback` is the caller's to add.
 */
void lgs_letter_write_own(lgs_buf_t *buf, const lgs_letter_t *letter);
/* ,"callback":{…}, or nothing when its partner is not told of it. */
void lgs_letter_write_callback(lgs_buf_t *buf, const lgs_letter_t *letter);

/* A time of the queue as RFC 3339 in `arena`; empty when it is none. */
lgs_str_t lgs_letter_time(lgs_arena_t *arena, lgs_str_t ms);

/* ---- changes ---- */

/* One field: /0/refs/0/v of the list of records, and what is put there. */
typedef struct {
    lgs_str_t pointer;
    lgs_node_t value;
} lgs_fix_t;

/* "/0/type=text" or "/0/pieces:=3" (JSON). The value lives in `arena`. LGS_INVALID with errs. */
lgs_rc_t lgs_fix_read(lgs_arena_t *arena, lgs_str_t text, lgs_fix_t *fix,
                      lgs_errs_t *errs) LGS_MUST_CHECK;

typedef struct {
    lgs_node_t records; /* the list, with the changes */
    lgs_str_t body;     /* the same as JSON */
    lgs_str_t
        changes; /* JSON array of {pointer, before, after}; before is not there when it is new */
} lgs_fixed_t;

/*
 * Changes fields of a list of records. A member that is not there is added; nothing else is. What
 * identifies a record (/0/id, /0/v) stays: Odoo knows it by that. Results live in `arena`.
 * LGS_INVALID with errs, LGS_NOMEM.
 */
lgs_rc_t lgs_fix_apply(lgs_arena_t *arena, lgs_str_t body, const lgs_fix_t *fixes, uint32_t n,
                       lgs_fixed_t *fixed, lgs_errs_t *errs) LGS_MUST_CHECK;

/* What was done to a letter, for its history. */
typedef struct {
    const char *did; /* "replay", "drop" */
    lgs_str_t by, why, changes,
        revision; /* revision: of the policies it was translated with again */
} lgs_deed_t;

/* Appends the deed as a JSON object, as the scripts replay and drop take it. */
void lgs_deed_write(lgs_buf_t *buf, const lgs_deed_t *deed);

#endif
