/*
 * Interchanges of a body (X12, EDIFACT, TRADACOMS): what the reader saw, what became of each set,
 * and the acknowledgement that is made of it. A set is a document of the request's batch; this says
 * which of them stand in which interchange, and which way each goes. The way of an interchange, a
 * file a step (ngx_http_logistics_…):
 *
 *   edi_envelope.c  it is opened: who wrote to whom, what is wrong with its header
 *   edi_set.c       its sets are read and translated one by one, each by its route
 *   edi_judge.c     it is closed: what of it goes on; and later, what Odoo refused
 *   edi_once.c      its control number is claimed: it is delivered once
 *   edi_answer.c    its acknowledgement is written, kept and sent,
 *   edi_advice.c    … and beside that, with some partners, what Odoo refused
 */
#ifndef NGX_HTTP_LOGISTICS_EDI_H
#define NGX_HTTP_LOGISTICS_EDI_H

#include "ngx_http_logistics.h"

#include "../base/digest.h"

#define NGX_HTTP_LOGISTICS_MAX_INTERCHANGES 120u  /* of one body: what a script is asked at once */
#define NGX_HTTP_LOGISTICS_MAX_GROUPS       1000u /* of one body: each is acknowledged by itself */

/* The first bytes of what a partner wrote, for "%.*s" in an error. */
#define NGX_HTTP_LOGISTICS_TOLD(s) (int)ngx_min((s).len, 40), (s).data ? (s).data : ""

typedef enum {
    NGX_HTTP_LOGISTICS_SET_GOOD,
    NGX_HTTP_LOGISTICS_SET_REFUSED,
    NGX_HTTP_LOGISTICS_SET_REPLAYED, /* it came before, in the same interchange */
    NGX_HTTP_LOGISTICS_SET_IGNORED   /* nothing need be made of it */
} ngx_http_logistics_set_e;

typedef struct {
    lgs_edi_kept_t *kept;
    const lgs_route_t *route; /* whose way it goes; NULL: none */
    int interchange;          /* its number; -1: it is a fragment */
    ngx_http_logistics_set_e state;
    bool is_advised; /* refused, but not in the acknowledgement */
} ngx_http_logistics_set_t;

typedef struct {
    lgs_edi_kept_t *kept;
    lgs_edi_relation_t about;
    lgs_pos_t pos;      /* of its header */
    size_t from, to;    /* its bytes in the body */
    lgs_err_t *problem; /* why it is refused; NULL: it is not, or its sets say why */
    char key[LGS_SHA256_HEX], relation[LGS_SHA256_HEX];
    char print[1 + LGS_SHA256_HEX]; /* of its bytes, behind a '?' */
    lgs_str_t stored;               /* the acknowledgement of its first coming */
    lgs_str_t text;                 /* that of now */
    int copy_of;        /* that of the same bytes before it in the body; -1: there is none */
    uint32_t n_numbers; /* of ours for what is said to it, */
    uint32_t n_acks;    /* … of them for acknowledgements; one more is an advice's */
    bool is_asked;      /* Redis, for its number, */
    bool is_claimed;    /* … which is held for it */
    bool is_replayed;   /* its bytes came before, */
    bool is_untaken;    /* … and nothing of it was taken then */
} ngx_http_logistics_interchange_t;

/* What a guide refuses in the set at hand: an acknowledgement says more of it than an error has. */
typedef struct ngx_http_logistics_refusal_s ngx_http_logistics_refusal_t;
struct ngx_http_logistics_refusal_s {
    lgs_edi_finding_t finding; /* its texts live as the request, its value as the set */
    const ngx_http_logistics_refusal_t *next;
};

struct ngx_http_logistics_edi_s {
    const lgs_edi_terms_t *terms;
    lgs_edi_ack_options_t options;
    char date[9], time[5];
    lgs_edi_ack_t *ack;
    lgs_edi_profile_t profile; /* a mapping's, and the partner's over it */
    lgs_input_t input;
    ngx_http_logistics_set_t *sets;
    ngx_http_logistics_interchange_t *interchanges;
    uint32_t n_sets, set_room, n_taken; /* taken: judged one by one */
    uint32_t n_interchanges, interchange_room, n_groups;
    const ngx_http_logistics_refusal_t *refusals; /* of the set at hand */
    char owner[LGS_MAX_CORRELATION + 48];         /* of what this request has claimed */
    size_t owner_len;
    lgs_str_t outcomes;     /* JSON array, when Odoo was asked */
    lgs_str_t text;         /* all acknowledgements */
    ngx_uint_t step;        /* of the answer */
    uint64_t held_ns;       /* since when its claims are held */
    unsigned failed : 1;    /* no memory */
    unsigned answers : 1;   /* we acknowledge, on whatever route; not a service behind us */
    unsigned is_judged : 1; /* all is read: what each set is, is known */
    unsigned claims : 1;    /* has begun to claim its interchanges */
    unsigned is_ended : 1;  /* … and ended that */
    unsigned is_answering : 1;
};

/* ---- the way to the batch ---- */

/*
 * What the reader gave (`read`; errs when it was refused) is the set that came last, or about an
 * envelope. NGX_OK, NGX_DECLINED: refused by itself, NGX_AGAIN: it was no set.
 */
ngx_int_t ngx_http_logistics_edi_take(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch,
                                      const lgs_doc_t *doc, lgs_rc_t read, lgs_errs_t *errs);
/* What the reader found beside sets. */
void ngx_http_logistics_edi_note_envelope(ngx_http_logistics_ctx_t *ctx, const lgs_errs_t *errs);
/* When all is read: sets go with the interchange that turned out to be broken. NGX_DECLINED:
 * nothing is left. */
ngx_int_t ngx_http_logistics_edi_judge(ngx_http_logistics_ctx_t *ctx);
/* More interchanges, or groups, than a body may have: nothing of the rest is remembered. */
bool ngx_http_logistics_edi_is_crowded(const ngx_http_logistics_edi_t *edi);
ngx_int_t ngx_http_logistics_edi_refuse_many(ngx_http_logistics_ctx_t *ctx);

/* One of the checks that the reader does not make; what becomes of it is the policy's to say. */
void ngx_http_logistics_edi_note(ngx_http_logistics_ctx_t *ctx,
                                 ngx_http_logistics_interchange_t *one, lgs_edi_check_t check,
                                 const char *format, ...) LGS_PRINTF(4, 5);

/* Ends what was claimed; NULL r: nobody waits. NGX_OK: there was nothing. */
ngx_int_t ngx_http_logistics_edi_end(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                     bool is_kept);
/* Sends a script in the partner's lane: NGX_AGAIN, and then ctx->ask; or what away says. */
ngx_int_t ngx_http_logistics_edi_ask(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                     const char *script, const lgs_str_t *args, uint32_t n);
/* Redis does not do what is needed of it: 503. */
ngx_int_t ngx_http_logistics_edi_away(ngx_http_logistics_ctx_t *ctx);

/* Something of it was refused that its acknowledgement accepts. */
bool ngx_http_logistics_edi_is_advised(const ngx_http_logistics_edi_t *edi, uint32_t interchange);
/* The advice on it under that number, for *text. False: it cannot be written. */
bool ngx_http_logistics_edi_advise(ngx_http_logistics_ctx_t *ctx, uint32_t interchange,
                                   uint32_t number, lgs_str_t *text);

/* "interchanges":[…] */
void ngx_http_logistics_edi_write_interchanges(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx);

#endif
