/*
 * The glue between nginx and the core: what its files share. This room and no other knows ngx_*.
 *
 * The way of a message stands in ngx_http_logistics_way.c: one table, one row a stage, one file a
 * stage. A stage reads and fills the request's context and answers
 *
 *   NGX_OK        go on with the next stage
 *   NGX_AGAIN     wait: something will run the phases again, and then this stage
 *   NGX_DECLINED  refused: ctx->problem says how, ctx->errs where
 *   NGX_DONE      the request has its answer
 *   NGX_ERROR     our fault; the partner sees a 500 problem
 */
#ifndef NGX_HTTP_LOGISTICS_H
#define NGX_HTTP_LOGISTICS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "../base/digest.h"
#include "../order/round.h"
#include "../policy/policy.h"

extern ngx_module_t ngx_http_logistics_module;

typedef struct ngx_http_logistics_zone_s ngx_http_logistics_zone_t;
typedef struct ngx_http_logistics_redis_s ngx_http_logistics_redis_t;
typedef struct ngx_http_logistics_edi_s ngx_http_logistics_edi_t;
typedef struct ngx_http_logistics_many_s ngx_http_logistics_many_t;
typedef struct ngx_http_logistics_look_s ngx_http_logistics_look_t;

/* http level; read-only once the configuration is loaded */
typedef struct {
    ngx_str_t policies; /* directory; empty: the module is not used */
    lgs_policy_t *policy;
    ngx_addr_t *redis; /* NULL: no traces */
    ngx_shm_zone_t *zone_conf;
    ngx_http_logistics_zone_t *zone; /* filled when shared memory is mapped */
    size_t zone_size;
    uint64_t generation; /* of this load: what was cached before it is void */
} ngx_http_logistics_main_conf_t;

typedef enum {
    NGX_HTTP_LOGISTICS_STATUS_NONE,
    NGX_HTTP_LOGISTICS_STATUS_LIVE,
    NGX_HTTP_LOGISTICS_STATUS_READY,
    NGX_HTTP_LOGISTICS_STATUS_METRICS
} ngx_http_logistics_status_e;

typedef struct {
    ngx_flag_t on;
    ngx_flag_t guard;
    ngx_uint_t status;       /* ngx_http_logistics_status_e */
    ngx_flag_t relay;        /* the relay delivers here */
    ngx_str_t odoo_location; /* internal location of calls to Odoo */
} ngx_http_logistics_loc_conf_t;

/* A call to Odoo in flight; see ngx_http_logistics_odoo.c. */
typedef struct {
    lgs_odoo_call_t call;
    lgs_odoo_answer_t answer;
    ngx_str_t method; /* POST, or GET for the readiness probe */
    ngx_http_request_t *subrequest;
    ngx_msec_t limit_ms; /* 0: the policy's odoo.timeout */
    ngx_event_t timeout;
    uint64_t sent_ns;
    ngx_uint_t wait_s; /* the longest Retry-After of its answers; 0: none */
    unsigned answered : 1;
} ngx_http_logistics_odoo_call_t;

/* A script in Redis that the request waits for; see ngx_http_logistics_ask.c. */
typedef struct {
    lgs_str_t *texts; /* of its reply */
    uint32_t n;
    unsigned answered : 1; /* or failed */
    unsigned failed : 1;
    unsigned unsure : 1; /* failed for want of a reply: it may have been done, or be done yet */
} ngx_http_logistics_ask_t;

/* Likewise in many lanes. */
typedef struct {
    ngx_http_logistics_ask_t all;                  /* answered: each is, or time is over */
    ngx_http_logistics_ask_t replies[LGS_N_LANES]; /* their texts */
} ngx_http_logistics_lanes_t;

/*
 * A message that the relay brought: the records from `first` on. A delivery has messages of several
 * partners: what is said of one (trace, outcome, why) is of its own records alone.
 */
typedef struct {
    lgs_str_t correlation;
    const lgs_partner_t *partner; /* NULL: the policies have him no more, nothing is delivered */
    uint32_t first, n;
    bool is_due;                /* it was parked until its time was over */
    lgs_str_t order;            /* members of a JSON object: where its things are; or empty */
    bool is_judged;             /* Odoo has answered: */
    lgs_problem_kind_t problem; /* the worst of its records */
    lgs_str_t why;              /* what is said of that one */
} ngx_http_logistics_message_t;

/* What a state machine decides about its records; see ngx_http_logistics_order.c. */
typedef struct {
    lgs_round_t *round; /* NULL: none of them has a machine, or nothing is decided here */
    ngx_uint_t n_tries;
    unsigned asked : 1;       /* where the things are */
    unsigned is_settling : 1; /* Redis is told where they are now … */
    unsigned is_settled : 1;  /* … and has it, or will not have it */
} ngx_http_logistics_order_t;

/* What makes the request the same as another; see ngx_http_logistics_once.c. */
typedef struct {
    lgs_str_t name; /* of its record in Redis; empty: not once */
    char name_text[LGS_SHA256_HEX], print[LGS_SHA256_HEX];
    char owner[36];
    unsigned asked : 1;
    unsigned held : 1; /* the key is ours until there is an answer */
} ngx_http_logistics_once_t;

/* An interchange of ours; see ngx_http_logistics_letter.c. */
typedef struct {
    lgs_edi_letter_t envelope;
    lgs_edi_t standard;
    lgs_str_t etag; /* of what was written on trial */
    unsigned asked : 1;
    unsigned is_numbered : 1;
} ngx_http_logistics_letter_t;

/* What became of a document of a batch that made no records. */
typedef struct {
    uint32_t document; /* its number, from 0 */
    const char *outcome;
    uint32_t n_more;  /* errors beside the first */
    lgs_err_t *first; /* NULL: it is not refused */
} ngx_http_logistics_told_t;

/* A body of many documents; see ngx_http_logistics_batch.c. */
typedef struct {
    lgs_reader_t *reader; /* NULL: the items of ctx->document */
    lgs_window_t window;
    const lgs_format_rule_t *rules; /* of which each document takes its own */
    lgs_str_t received_at;          /* of all; empty: not asked for yet */
    uint32_t n_documents;
    uint32_t *document;                    /* record → number of its document */
    uint32_t room;                         /* of records */
    ngx_http_logistics_told_t *told;       /* in the order of documents */
    uint32_t n_told, told_room, n_refused; /* refused: those of told that are */
} ngx_http_logistics_batch_t;

typedef struct {
    const ngx_http_logistics_main_conf_t *conf;
    lgs_arena_t *arena; /* freed with the request's pool, after the log phase */

    ngx_uint_t stage;    /* row of the way that runs next */
    uint64_t started_ns; /* monotonic */
    uint64_t waited_ns;  /* of it not spent here: reading the body, Odoo */
    uint64_t paused_ns;  /* since when we wait; 0: we do not */

    char id[LGS_MAX_CORRELATION];
    size_t id_len;
    char traceparent[55];

    lgs_str_t path; /* normalized, without the query */
    lgs_method_t method;
    const lgs_partner_t *partner; /* NULL before it is known, and of what the relay brings */
    const lgs_route_t *route;
    lgs_path_params_t params;
    lgs_str_t scopes; /* of the token */

    lgs_rate_verdict_t rate;       /* of the limit that has the fewest tokens left */
    const lgs_rate_t *rate_policy; /* which one that was; NULL: no limit */
    const char *rate_name;

    uint64_t body_bytes; /* came so far */
    lgs_str_t body;
    const lgs_format_rule_t *format;
    lgs_doc_t document;                /* of a batch the whole body, for places in it */
    ngx_http_logistics_batch_t *batch; /* NULL: the body is one document */
    ngx_http_logistics_edi_t *edi;     /* NULL: it holds no interchanges */
    lgs_records_t records;
    ngx_http_logistics_letter_t *letter; /* NULL: no EDI is written to the partner */

    ngx_http_logistics_ask_t ask;
    ngx_http_logistics_once_t once;
    ngx_http_logistics_order_t order;
    ngx_http_logistics_lanes_t *lanes;      /* NULL: none were asked */
    ngx_http_logistics_many_t *many;        /* dead letters that something is done to */
    ngx_http_logistics_look_t *look;        /* at the queue */
    char message_id[36];                    /* of what is queued */
    lgs_str_t location;                     /* … and where it is asked for */
    ngx_http_logistics_message_t *messages; /* of the relay */
    uint32_t n_messages;

    lgs_odoo_plan_t *plan;
    lgs_query_plan_t *query;
    lgs_query_args_t *query_args;
    lgs_node_t *operations;
    uint32_t n_operations, operation_room;
    uint32_t *operation_record; /* operation → record that it was made of */
    ngx_http_logistics_odoo_call_t odoo;

    lgs_problem_kind_t problem;
    lgs_str_t detail;
    lgs_str_t extra;       /* members of the answer beside the common ones */
    lgs_str_t challenge;   /* headers of a refusal: WWW-Authenticate, */
    lgs_str_t allow;       /* Allow, */
    lgs_str_t codings;     /* Accept-Encoding, */
    lgs_str_t retry_after; /* Retry-After */
    lgs_errs_t errs;       /* why it is refused */
    lgs_errs_t warnings;   /* what was noted on the way */
    lgs_str_t answer;      /* body that we send */
    ngx_uint_t status;

    lgs_trace_t trace;

    unsigned started : 1;
    unsigned body_asked : 1;
    unsigned body_read : 1;
    unsigned holds_partner : 1; /* counted in the partner's in-flight number */
    unsigned holds_route : 1;
    unsigned answered : 1;  /* status and body are ours */
    unsigned replacing : 1; /* the body filter puts a problem in place of nginx's page */
    unsigned replaced : 1;
    unsigned forwarded : 1; /* proxy_pass answers */
    unsigned steering : 1;  /* what becomes of a dead letter is under way */
    unsigned relayed : 1;   /* the relay delivers what was queued */
    unsigned wait_begun : 1, waiting : 1, wait_over : 1, told : 1; /* for the outcome (…_wait.c) */
    unsigned queued : 1;  /* its route answers now, but a record has to wait for others */
    unsigned showing : 1; /* the look-up of a message is under way */
} ngx_http_logistics_ctx_t;

/* ---- the way (ngx_http_logistics_way.c) ---- */

/* Phase handler of a location with `logistics on`. */
ngx_int_t ngx_http_logistics_way(ngx_http_request_t *r);

/* The request's context, made at first use; NULL when there is no memory. */
ngx_http_logistics_ctx_t *ngx_http_logistics_ctx(ngx_http_request_t *r);

/* Notes a refusal: `code` is a literal, the text a sentence. Returns NGX_DECLINED. */
ngx_int_t ngx_http_logistics_refuse(ngx_http_logistics_ctx_t *ctx, lgs_problem_kind_t kind,
                                    const char *code, const char *format, ...) LGS_PRINTF(4, 5);

/* What one request may take of memory, once it is known how large its body is. */
void ngx_http_logistics_set_ceiling(ngx_http_logistics_ctx_t *ctx, uint64_t body_bytes);
size_t ngx_http_logistics_ceiling(const ngx_http_logistics_ctx_t *ctx);
/* A little more than it took so far: what is said of it must not fail for want of memory. */
void ngx_http_logistics_raise_ceiling(ngx_http_logistics_ctx_t *ctx);
/* The document needs more than that: refused as too large. Returns NGX_DECLINED. */
ngx_int_t ngx_http_logistics_refuse_memory(ngx_http_logistics_ctx_t *ctx);

/* Before and after waiting for others, so that the gateway's own time is known. */
void ngx_http_logistics_pause(ngx_http_logistics_ctx_t *ctx);
void ngx_http_logistics_resume(ngx_http_logistics_ctx_t *ctx);

uint64_t ngx_http_logistics_now_ns(void); /* monotonic */
/* A UUIDv7. False: no random numbers. */
bool ngx_http_logistics_new_id(char out[36]);

/* The first header of that name (lower case, len bytes) of the request, or NULL. */
const ngx_table_elt_t *ngx_http_logistics_find_header(ngx_http_request_t *r, const char *name,
                                                      size_t len);
/* The one behind the first n of that name of a list of headers, or NULL. */
const ngx_table_elt_t *ngx_http_logistics_nth_header(const ngx_list_t *headers, const char *name,
                                                     size_t len, ngx_uint_t n);

/* ---- stages, one file each ---- */

typedef ngx_int_t (*ngx_http_logistics_stage_pt)(ngx_http_request_t *r,
                                                 ngx_http_logistics_ctx_t *ctx);

ngx_int_t ngx_http_logistics_correlate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_authenticate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_authorize(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_limit(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_read(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_parse(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_validate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* By the schema and the guide of ctx->format; `item` NULL: the whole document. */
lgs_rc_t ngx_http_logistics_validate_document(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                                              const lgs_node_t *item, lgs_errs_t *errs);
ngx_int_t ngx_http_logistics_translate(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_once(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_order(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_deliver(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

/* ---- what order decided (ngx_http_logistics_order.c) ---- */

/* A machine may decide here: of what is queued when it is delivered, not when it is accepted. */
bool ngx_http_logistics_decides(const ngx_http_logistics_ctx_t *ctx);
/* The record is not for Odoo: it waits, or is refused. */
bool ngx_http_logistics_order_holds(const ngx_http_logistics_ctx_t *ctx, uint32_t record);
/* … and what it is said to be: "parked", "refused"; NULL: it goes on. */
const char *ngx_http_logistics_order_word(const ngx_http_logistics_ctx_t *ctx, uint32_t record);
bool ngx_http_logistics_order_refuses(const ngx_http_logistics_ctx_t *ctx);
/* An error for each that is refused. */
void ngx_http_logistics_order_errors(ngx_http_logistics_ctx_t *ctx);
/* What the mapping to Odoo is told of it ($decision): "noted", or empty. */
lgs_str_t ngx_http_logistics_decision(const ngx_http_logistics_ctx_t *ctx, uint32_t record);
/* ,"order":{…} of a record that something was decided about. */
void ngx_http_logistics_write_decision(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                       uint32_t record);
/* [{"record","machine","decision",…}] of some records, for their trace; nothing when nothing was
 * decided. */
void ngx_http_logistics_write_decisions(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                        uint32_t first, uint32_t n);
/* Odoo has answered: where the things are now is kept. NGX_AGAIN: that is under way. */
ngx_int_t ngx_http_logistics_order_settle(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

/* Operations of all records, of a document that is one with its records. NGX_DECLINED: refused. */
ngx_int_t ngx_http_logistics_make_all(ngx_http_logistics_ctx_t *ctx);

/* The same once more, of a batch as well: when it is known what becomes of each record. */
ngx_int_t ngx_http_logistics_make_again(ngx_http_logistics_ctx_t *ctx);

/* The route of ctx has no such method: 405 and Allow. Returns NGX_DECLINED. */
ngx_int_t ngx_http_logistics_refuse_method(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

/* Steps of validate and translate that a batch takes for each document. Errors go to errs. */
lgs_rc_t ngx_http_logistics_map(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                                lgs_arena_t *arena, lgs_records_t *records, lgs_errs_t *errs);
lgs_rc_t ngx_http_logistics_check_records(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc,
                                          const lgs_records_t *records, lgs_errs_t *errs);

/* When the request came, RFC 3339 to the millisecond; of a batch the same for all its documents. */
lgs_str_t ngx_http_logistics_received_at(ngx_http_logistics_ctx_t *ctx);

/*
 * Operations of the records from `first` on are added to the request's, all of them or none.
 * LGS_INVALID: one has no place in Odoo.
 */
lgs_rc_t ngx_http_logistics_make_operations(ngx_http_logistics_ctx_t *ctx, uint32_t first,
                                            lgs_errs_t *errs);

/* reader NULL: the items of ctx->document, a list of canonical records. */
ngx_int_t ngx_http_logistics_batch_open(ngx_http_logistics_ctx_t *ctx, lgs_reader_t *reader);
/* One document of it, by ctx->route. NGX_DECLINED: refused; by itself when ctx->problem is none. */
ngx_int_t ngx_http_logistics_batch_take(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch,
                                        const lgs_doc_t *doc, lgs_errs_t *errs);
/* Says what became of a document that has no records. False: no memory. */
bool ngx_http_logistics_batch_tell(ngx_http_logistics_ctx_t *ctx, uint32_t document,
                                   lgs_err_t *first, const char *outcome);
/* Records and operations of sets that are no longer good are forgotten. */
void ngx_http_logistics_batch_drop(ngx_http_logistics_ctx_t *ctx);
/* All documents → ctx->records; NGX_DECLINED when nothing goes on. */
ngx_int_t ngx_http_logistics_batch_run(ngx_http_logistics_ctx_t *ctx);
/* Writes the outcomes of documents without records below `before` into a list, *next being the
 * first that is not written yet. Nothing without a batch. */
void ngx_http_logistics_batch_write(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                    uint32_t before, uint32_t *next);

/* ---- interchanges (ngx_http_logistics_edi.h) ---- */

ngx_int_t ngx_http_logistics_edi_open(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* Stages of a body that holds interchanges, before and behind deliver. */
ngx_int_t ngx_http_logistics_edi_once(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_edi_answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* We answer its interchanges: with acknowledgements, and each of them once. */
bool ngx_http_logistics_edi_answers(const ngx_http_logistics_ctx_t *ctx);
/* The refusal is one that an acknowledgement can say: the answer is still to be made. */
bool ngx_http_logistics_edi_acknowledges(const ngx_http_logistics_ctx_t *ctx);
/* … and before it it is asked whether what is refused is a duplicate. */
bool ngx_http_logistics_edi_looks(const ngx_http_logistics_ctx_t *ctx);
/* The delivery takes its time: nobody else shall have its control numbers meanwhile. */
void ngx_http_logistics_edi_hold(ngx_http_logistics_ctx_t *ctx);
/* The request ends without one: control numbers that it claimed are free again. */
void ngx_http_logistics_edi_release(ngx_http_logistics_ctx_t *ctx);
/* What Odoo said of each set; `outcomes` is the JSON of it. NGX_DECLINED: it took none. */
ngx_int_t ngx_http_logistics_edi_delivered(ngx_http_logistics_ctx_t *ctx, lgs_str_t outcomes);
/* How a route reads whose sets go the ways of others; NULL: the words name no EDI, or no memory. */
const lgs_format_rule_t *ngx_http_logistics_edi_rule(ngx_http_logistics_ctx_t *ctx,
                                                     const char *const *words, ngx_uint_t n);
/* The route that a record goes by: the request's, or that of its set. */
const lgs_route_t *ngx_http_logistics_route_of(const ngx_http_logistics_ctx_t *ctx,
                                               uint32_t record);
/* "set":…,"control":…, of a document that is a set; else nothing. */
void ngx_http_logistics_edi_write_set(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                      uint32_t document);
/* Partner and token may POST there; *missing is a scope that is asked for. */
bool ngx_http_logistics_may_post(const ngx_http_logistics_ctx_t *ctx, const lgs_route_t *route,
                                 lgs_str_t *missing);

/* ---- interchanges of ours (ngx_http_logistics_letter.c) ---- */

/*
 * ctx->letter, to be written with on trial: a number is taken only for what can be written. False:
 * who is who is not agreed with the partner, or there is no memory.
 */
bool ngx_http_logistics_letter_open(ngx_http_logistics_ctx_t *ctx, lgs_edi_t standard);
/* Its number and time. NGX_OK: there they are; NGX_AGAIN, or what refusing says. */
ngx_int_t ngx_http_logistics_letter_number(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/*
 * What the mapping writes of a JSON document, in an interchange. NGX_OK: *text; empty: it says
 * nothing, and no number was taken. NGX_AGAIN: to be asked again with the same.
 */
ngx_int_t ngx_http_logistics_letter_say(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                        const lgs_mapping_t *mapping, lgs_str_t json,
                                        lgs_str_t *text);
/* The same in that envelope, at once. NGX_OK, or NGX_ERROR. */
ngx_int_t ngx_http_logistics_letter_write(ngx_http_logistics_ctx_t *ctx,
                                          const lgs_edi_letter_t *envelope,
                                          const lgs_mapping_t *mapping, lgs_str_t json,
                                          lgs_str_t *text);
/* Whether ids for it are agreed with the partner. */
bool ngx_http_logistics_may_edi(const ngx_http_logistics_ctx_t *ctx);
/* By Accept one of n media types, NULL being none of them. NGX_DECLINED: 406 with a list. */
ngx_int_t ngx_http_logistics_accept(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                    const char *const *types, uint32_t n, uint32_t *chosen);
/* What counts numbers of ours to that partner: false only without memory. */
bool ngx_http_logistics_relation(const ngx_http_logistics_ctx_t *ctx,
                                 const lgs_edi_relation_t *incoming, char key[LGS_SHA256_HEX]);

/* Hangs the stage's limit into nginx's reading of bodies. */
ngx_int_t ngx_http_logistics_read_init(ngx_conf_t *cf);

/* The ways to deliver, chosen by ngx_http_logistics_deliver from the route's policy. */
ngx_int_t ngx_http_logistics_forward(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_deliver_now(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* Of what was queued: who asks, and the records of several messages (…_relayed.c). */
ngx_int_t ngx_http_logistics_relayed_open(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* The outcomes of some records, after the plan is done: for their trace. */
void ngx_http_logistics_write_outcomes(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                       uint32_t first, uint32_t n);
ngx_int_t ngx_http_logistics_relayed_parse(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* Whose record it is: the request's partner, or that of its message (NULL: he is gone). */
const lgs_partner_t *ngx_http_logistics_partner_of(const ngx_http_logistics_ctx_t *ctx,
                                                   uint32_t record);
/* Odoo has answered and ctx->errs tells of all: what of it is about which message. */
void ngx_http_logistics_relayed_judge(ngx_http_logistics_ctx_t *ctx);
/* What its partner would have been answered, had it come alone. */
ngx_uint_t ngx_http_logistics_message_status(const ngx_http_logistics_ctx_t *ctx,
                                             const ngx_http_logistics_message_t *message);
/* ,"messages":[{"reason","error","states",…}]: what the relay keeps of each. */
void ngx_http_logistics_relayed_write(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_deliver_later(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* By its route, or because the partner prefers that (RFC 7240: respond-async). */
bool ngx_http_logistics_is_later(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx);
/* "status":"accepted","message":"…","records":[…] */
void ngx_http_logistics_write_accepted(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx);
/* The message as GET shows it, from the reply of `show`; empty: another's, or not known. */
lgs_str_t ngx_http_logistics_message_text(ngx_http_logistics_ctx_t *ctx, lgs_str_t id);
ngx_int_t ngx_http_logistics_serve_message(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* The queue and dead letters of all partners. */
ngx_int_t ngx_http_logistics_serve_ops(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_serve_query(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
ngx_int_t ngx_http_logistics_serve_traces(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);

/* What a key found: NGX_OK goes on, else the request has its answer or is refused. */
ngx_int_t ngx_http_logistics_once_found(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* Keeps a successful answer of a request that holds a key, else frees the key. */
void ngx_http_logistics_once_end(ngx_http_logistics_ctx_t *ctx, ngx_uint_t status, const char *type,
                                 lgs_str_t body);
/* Redis cannot do what the request needs of it: 503. */
ngx_int_t ngx_http_logistics_refuse_away(ngx_http_logistics_ctx_t *ctx);

/* Takes the request's records from the limits that count them: at the end of translate. */
ngx_int_t ngx_http_logistics_limit_records(ngx_http_logistics_ctx_t *ctx);

/* Gives back what the limit stage took. */
void ngx_http_logistics_limit_release(ngx_http_logistics_ctx_t *ctx);

/* ---- answers (ngx_http_logistics_answer.c) ---- */

/* Sends ctx->problem as a problem document. Returns a code for ngx_http_finalize_request. */
ngx_int_t ngx_http_logistics_send_problem(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* The same status and headers with another body. */
ngx_int_t ngx_http_logistics_send_refusal(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx,
                                          const char *type, lgs_str_t body);
/* Sends `body` with status and content type (a literal). */
ngx_int_t ngx_http_logistics_send(ngx_http_request_t *r, ngx_uint_t status, const char *type,
                                  lgs_str_t body);
/* The same for what the client has already: 304, no body (RFC 9110 section 15.4.5). */
ngx_int_t ngx_http_logistics_send_not_modified(ngx_http_request_t *r);
/* The problem document itself, in ctx->arena. */
lgs_str_t ngx_http_logistics_problem_text(ngx_http_logistics_ctx_t *ctx);
/* A whole body, of an answer or of a request that we send; the text is borrowed. NULL: no memory.
 */
ngx_chain_t *ngx_http_logistics_bufs(ngx_pool_t *pool, lgs_str_t body);
/* Adds a header to the answer; name is a literal, value lives as long as the request. */
ngx_int_t ngx_http_logistics_add_header(ngx_http_request_t *r, const char *name, lgs_str_t value);
/* Header and body filters: correlation id and limits on every answer, nginx's own pages replaced.
 */
ngx_int_t ngx_http_logistics_answer_init(ngx_conf_t *cf);

/* ---- Odoo (ngx_http_logistics_odoo.c) ---- */

/* Starts the subrequest for ctx->odoo.call; NGX_AGAIN, or NGX_ERROR. */
ngx_int_t ngx_http_logistics_odoo_send(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
/* What is known of Odoo, forgotten when it is old. */
lgs_odoo_facts_t *ngx_http_logistics_odoo_facts(void);
/* The request goes: no timer of its call may fire any more. */
void ngx_http_logistics_odoo_release(ngx_http_logistics_ctx_t *ctx);

/* ---- trace (ngx_http_logistics_trace.c), readers (ngx_http_logistics_traces.c) ---- */

/* Log phase handler: counts the request and writes its trace. */
ngx_int_t ngx_http_logistics_trace(ngx_http_request_t *r);

/* ---- status, guard, variables ---- */

ngx_int_t ngx_http_logistics_status(ngx_http_request_t *r);
ngx_int_t ngx_http_logistics_guard(ngx_http_request_t *r);
ngx_int_t ngx_http_logistics_add_variables(ngx_conf_t *cf);

/* ---- what a worker owns ---- */

/* Requests that wait for the outcome of their message (ngx_http_logistics_wait.c). */
typedef struct {
    ngx_http_logistics_redis_t *news; /* hears of messages; NULL: nobody can wait */
    char channel[sizeof("lgs:w:00000000-0000-0000-0000-000000000000")];
    ngx_queue_t queue;
    ngx_uint_t n, n_early; /* early: of them those who wait until news are heard */
} ngx_http_logistics_waiters_t;

/* Calls for many requests (ngx_http_logistics_ask.c). */
typedef struct ngx_http_logistics_group_s ngx_http_logistics_group_t;

typedef struct {
    ngx_http_logistics_group_t *first, *last; /* that have not gone */
    ngx_uint_t under_way;                     /* calls without reply */
    ngx_event_t send;
} ngx_http_logistics_gather_t;

typedef struct {
    ngx_http_logistics_redis_t *redis; /* NULL: none configured */
    ngx_http_logistics_waiters_t waiters;
    ngx_http_logistics_gather_t gather;
    lgs_odoo_facts_t *odoo_facts;
    ngx_msec_t odoo_facts_since;
    lgs_arena_t *spare[8]; /* arenas between requests */
    ngx_uint_t n_spare;
} ngx_http_logistics_worker_t;

ngx_http_logistics_worker_t *ngx_http_logistics_worker(void);

/* ---- small helpers ---- */

static inline lgs_str_t ngx_http_logistics_str(ngx_str_t s)
{
    return lgs_str((const char *)s.data, s.len);
}

static inline ngx_str_t ngx_http_logistics_ngx_str(lgs_str_t s)
{
    return (ngx_str_t){s.len, (u_char *)s.data};
}

#endif
