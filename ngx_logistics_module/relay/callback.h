/*
 * One callback under way, between callbacks.c (which, when, what became of it) and callback_call.c
 * (the request).
 */
#ifndef RELAY_CALLBACK_H
#define RELAY_CALLBACK_H

#include "../queue/callback.h"
#include "relay.h"

typedef struct relay_callback_s relay_callback_t;
struct relay_callback_s {
    relay_callback_t *next;
    lgs_arena_t *arena; /* owns all of it, but for the curl handles */
    lgs_callback_t callback;
    lgs_str_t to; /* the partner for whom it was claimed */
    uint32_t lane;
    relay_held_t *held;                /* by which it was begun */
    const lgs_partner_t *partner;      /* NULL: the policies have no such one any more */
    const lgs_callback_terms_t *terms; /* NULL: … or it is not told of outcomes any more */
    CURL *call;
    struct curl_slist *headers;
    lgs_buf_t body, answer;
    size_t n_read;     /* bytes of the answer, its head included */
    bool has_head;     /* its status counts */
    lgs_str_t refused; /* why it was not connected to; empty: it was */
    int status;        /* 0: no answer */
    uint64_t retry_after_ms;
    lgs_str_t why; /* what is said of the answer, or of why there is none */
    bool is_done;
};

/*
 * Copies what callback_claim says of one for that partner. It may be damaged (callback.damage).
 * NULL: no memory (logged).
 */
relay_callback_t *relay_callback_create(uint32_t lane, lgs_str_t to, const redisReply *claimed);
void relay_callback_free(relay_callback_t *callback);

/* Posts it. False: no memory; it counts as one that got no answer. */
bool relay_callback_post(CURLM *calls, relay_callback_t *callback);
/* The next one whose call has ended, with status and why; or NULL. */
relay_callback_t *relay_callback_ended(CURLM *calls);

#endif
