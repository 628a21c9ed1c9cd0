/*
 * Messages of the queue as the scripts take and give them (docs/queue.md), and what a relay tells
 * the gateway of them: the request that delivers some of one route, and what its answer means for
 * each.
 */
#ifndef LGS_MESSAGE_H
#define LGS_MESSAGE_H

#include "../formats/json.h"

#define LGS_MAX_MESSAGE   (8u << 20) /* bytes of a queued message: its records, and what came */
#define LGS_MAX_DELIVERED 500u       /* messages in one delivery */
#define LGS_DELIVERY_FULL (4u << 20) /* bytes of records after which it takes no other message */

/* ---- the gateway's side: accept ---- */

typedef struct {
    lgs_str_t id, once_name, print; /* once_name empty: not once */
    uint64_t once_keep_ms;
    uint64_t most_open; /* messages of the lane */
    lgs_str_t partner, route, class, correlation, order_keys, revision;
    lgs_str_t records;                  /* JSON array, canonical */
    lgs_str_t source, media;            /* what the partner sent, and as what */
    lgs_str_t notify;                   /* channel of who waits for the outcome, or empty */
    lgs_str_t callback;                 /* outcomes that the partner is told of, or empty */
    lgs_str_t answer;                   /* kept of the key (lgs_once_answer); empty: not once */
    char keep[24], most[24], bytes[24]; /* of lgs_message_args */
} lgs_message_t;

#define LGS_ACCEPT_FIRST  10u /* that the script takes by their places */
#define LGS_ACCEPT_FIELDS 8u  /* of the message, by names: those that are not empty */
#define LGS_ACCEPT_ARGS   (LGS_ACCEPT_FIRST + 2 * LGS_ACCEPT_FIELDS)
/* The script's arguments; borrowed from the message. How many there are. */
uint32_t lgs_message_args(lgs_message_t *message, lgs_str_t args[LGS_ACCEPT_ARGS]);

/* ---- the relay's side ---- */

typedef struct {
    lgs_str_t id, token;
    uint32_t attempts; /* this one counted */
    lgs_str_t partner, route, class, correlation;
    bool is_due;       /* it was parked, and its time is over */
    lgs_str_t body;    /* JSON array of the records that are left */
    lgs_str_t outcome; /* of those that are not, without the brackets around it */
    lgs_node_t records;
} lgs_claimed_t;

/*
 * Takes what claim says of a message: n texts. Its records are read into `arena`. LGS_INVALID: it
 * is damaged; id and token are set when they are there, so that it can be given up.
 */
lgs_rc_t lgs_claimed_take(lgs_arena_t *arena, const lgs_str_t *texts, size_t n,
                          lgs_claimed_t *claimed, lgs_errs_t *errs) LGS_MUST_CHECK;

/* The request that delivers n messages of one route, whoever's they are. */
void lgs_delivery_write(lgs_buf_t *buf, const lgs_claimed_t *const *messages, uint32_t n);

typedef enum {
    LGS_DELIVERY_DONE,    /* all its records are in Odoo, or need not be */
    LGS_DELIVERY_REFUSED, /* to the dead letters: trying again would say the same */
    LGS_DELIVERY_AGAIN,   /* later */
    LGS_DELIVERY_PARKED,  /* when others about its things have come (docs/order.md) */
    LGS_DELIVERY_ALONE    /* now, without the others: one of them was refused, not known which */
} lgs_delivery_verdict_t;

typedef struct {
    lgs_delivery_verdict_t verdict;
    lgs_str_t reason;  /* a word: slug of the problem */
    lgs_str_t error;   /* a sentence */
    lgs_str_t outcome; /* JSON array, of all records that are decided so far */
    lgs_str_t left;    /* JSON array of the records that are not in Odoo; empty: all of them */
    lgs_str_t whys;    /* JSON array, for each of those left: {"code", "detail"}, or {}; or empty */
    lgs_str_t waits;   /* parked: the things that it waits for (park.lua) … */
    lgs_str_t park_ms; /* … and for how long at most */
    lgs_str_t states;  /* where its things are, as the scripts take it (keep_states) */
} lgs_delivery_t;

/*
 * What an answer (status 0: there was none, `body` says why) means for each of n messages. True
 * when Odoo answered, whatever it said: for the breaker. LGS_NOMEM marks all as AGAIN.
 */
bool lgs_delivery_read(lgs_arena_t *arena, int status, lgs_str_t body,
                       const lgs_claimed_t *const *messages, uint32_t n, lgs_delivery_t *out);

#endif
