/*
 * Callbacks: what a partner is told of the outcome of its message (docs/callbacks.md), signed as
 * Standard Webhooks 1.0 has it, and what its answer means. Whoever sends them gives time and
 * network.
 */
#ifndef LGS_CALLBACK_H
#define LGS_CALLBACK_H

#include "letter.h"

/* What a partner may be told of, as the scripts settle, dead and drop name it. */
typedef enum {
    LGS_CALLBACK_DELIVERED,
    LGS_CALLBACK_FAILED,
    LGS_CALLBACK_DROPPED,
    LGS_N_CALLBACK_EVENTS
} lgs_callback_event_t;
extern const char *const lgs_callback_events[LGS_N_CALLBACK_EVENTS];

/* ---- secrets ---- */

#define LGS_MIN_CALLBACK_SECRET  24u /* bytes, by the standard */
#define LGS_MAX_CALLBACK_SECRET  64u
#define LGS_MAX_CALLBACK_SECRETS 2u /* one, and the one before or after it */

typedef struct {
    uint8_t bytes[LGS_MAX_CALLBACK_SECRET];
    size_t len;
} lgs_callback_secret_t;

/* "whsec_" and base64 of 24 to 64 bytes; false when it is none. */
bool lgs_callback_secret_read(lgs_str_t text, lgs_callback_secret_t *secret) LGS_MUST_CHECK;

/* ---- one callback ---- */

typedef struct {
    lgs_str_t id, token;
    uint32_t attempts; /* this one counted */
    lgs_str_t round;   /* which outcome of the message it is: more than one after a replay */
    lgs_letter_t letter;
    const char *damage; /* what of it cannot be read, as it is kept; NULL: it is whole */
} lgs_callback_t;

/*
 * Takes what callback_claim says of one: n texts. Of one that is damaged id and token are set when
 * they are there, so that it can be given up.
 */
void lgs_callback_take(lgs_callback_t *callback, const lgs_str_t *texts, size_t n);

/* webhook-id: the same for each attempt, and of no other outcome. */
void lgs_callback_write_id(lgs_buf_t *buf, const lgs_callback_t *callback);

/* The body: {"type","timestamp","data":{what GET /v1/messages/{id} shows}}. */
void lgs_callback_write(lgs_buf_t *buf, const lgs_callback_t *callback);

/* webhook-signature: one for each secret. False: OpenSSL fails. */
bool lgs_callback_sign(lgs_buf_t *buf, const lgs_callback_secret_t *secrets, size_t n, lgs_str_t id,
                       uint64_t time_s, lgs_str_t body) LGS_MUST_CHECK;

/* ---- its answer ---- */

typedef enum {
    LGS_CALLBACK_SENT,
    LGS_CALLBACK_AGAIN,
    LGS_CALLBACK_STOP /* 410: the receiver wants no more of this one */
} lgs_callback_verdict_t;

/* By the status of the answer; 0: there was none. */
lgs_callback_verdict_t lgs_callback_judge(int status);

#define LGS_CALLBACK_SENTENCE 240u /* bytes of what is kept of an answer */
/*
 * "answered 500: no such thing", of the answer's first line; or, with status 0, why there was none.
 * Printable ASCII, at most LGS_CALLBACK_SENTENCE bytes.
 */
void lgs_callback_write_answer(lgs_buf_t *buf, int status, lgs_str_t text);

#endif
