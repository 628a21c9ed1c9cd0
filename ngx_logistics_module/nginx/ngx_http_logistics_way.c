/*
 * The way of a message: one row a stage, in order. The phase handler walks the rows, keeps each
 * stage's verdict and time for the trace, and applies the route's mode (enforce, report, off).
 *
 * It runs before the content phase and not in the access phase, where `satisfy any` could step
 * around it.
 */
#include "ngx_http_logistics_edi.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define ARENA_FIRST     65536u     /* bytes; an 18 KB document and its tree fit */
#define CEILING_LEAST   (8u << 20) /* of one request, before and beside its body */
#define CEILING_BODY    4u         /* for each byte of the body: the copy, what is made of it … */
#define CEILING_VALUE   96u        /* … and for each value that it can have: the tree */
#define CEILING_RECORD  12288u /* … and for each record: a short row is long in Odoo's words */
#define CEILING_ANSWER  (1u << 20) /* a problem and a trace always fit, */
#define CEILING_OUTCOME 2048u      /* … and what became of each operation, */
#define CEILING_SET     32768u     /* … of each set, in the answer and in its acknowledgement */

typedef struct {
    lgs_stage_t stage;
    ngx_http_logistics_stage_pt run;
    bool needs_document; /* not for routes that the gateway itself serves */
    bool needs_edi;      /* only for bodies that hold interchanges */
} row_t;

static const row_t way[] = {
    {LGS_STAGE_CORRELATE, ngx_http_logistics_correlate, false, false},
    {LGS_STAGE_AUTHENTICATE, ngx_http_logistics_authenticate, false, false},
    {LGS_STAGE_AUTHORIZE, ngx_http_logistics_authorize, false, false},
    {LGS_STAGE_LIMIT, ngx_http_logistics_limit, false, false},
    {LGS_STAGE_READ, ngx_http_logistics_read, true, false},
    {LGS_STAGE_PARSE, ngx_http_logistics_parse, true, false},
    {LGS_STAGE_VALIDATE, ngx_http_logistics_validate, true, false},
    {LGS_STAGE_TRANSLATE, ngx_http_logistics_translate, true, false},
    {LGS_STAGE_ONCE, ngx_http_logistics_once, true, false},
    {LGS_STAGE_ONCE, ngx_http_logistics_edi_once, true, true},
    {LGS_STAGE_ORDER, ngx_http_logistics_order, true, false},
    {LGS_STAGE_DELIVER, ngx_http_logistics_deliver, false, false},
    {LGS_STAGE_ANSWER, ngx_http_logistics_edi_answer, true, true},
};

/* What was queued has been checked, translated and counted when it was accepted. */
static const row_t relayed_way[] = {
    {LGS_STAGE_CORRELATE, ngx_http_logistics_correlate, false, false},
    {LGS_STAGE_AUTHENTICATE, ngx_http_logistics_relayed_open, false, false},
    {LGS_STAGE_READ, ngx_http_logistics_read, false, false},
    {LGS_STAGE_PARSE, ngx_http_logistics_relayed_parse, false, false},
    {LGS_STAGE_ORDER, ngx_http_logistics_order, true, false},
    {LGS_STAGE_DELIVER, ngx_http_logistics_deliver_now, false, false},
};

static const row_t *row_of(const ngx_http_logistics_ctx_t *ctx);
static ngx_uint_t stage_that_runs(ngx_http_logistics_stage_pt run);
static bool is_left_out(const row_t *row, const ngx_http_logistics_ctx_t *ctx);
static ngx_int_t run_stage(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, uint64_t *lap_ns);
static lgs_mode_t mode_of(const ngx_http_logistics_ctx_t *ctx);
static bool may_pass(const ngx_http_logistics_ctx_t *ctx);
static void note_report(ngx_http_logistics_ctx_t *ctx);
static ngx_http_logistics_ctx_t *find_ctx(ngx_http_request_t *r);
static lgs_arena_t *take_arena(void);
static size_t ceiling_of(const ngx_http_logistics_ctx_t *ctx, uint64_t body_bytes);
static void drop_ctx(void *data);

ngx_int_t ngx_http_logistics_way(ngx_http_request_t *r)
{
    ngx_http_logistics_loc_conf_t *llcf;
    ngx_http_logistics_ctx_t *ctx;
    uint64_t lap_ns;
    ngx_int_t rc;

    llcf = ngx_http_get_module_loc_conf(r, ngx_http_logistics_module);
    if (!(llcf->on || llcf->relay) || r != r->main) {
        return NGX_DECLINED;
    }
    ctx = ngx_http_logistics_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (r->error_page && ctx->started && row_of(ctx)) {
        /* an error_page that lies here: the way was left where it failed and is not gone on with */
        return r->err_status >= NGX_HTTP_BAD_REQUEST ? (ngx_int_t)r->err_status
                                                     : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ctx->started = 1;
    ctx->relayed = llcf->relay;
    ngx_http_logistics_resume(ctx);
    lap_ns = ngx_http_logistics_now_ns();
    while (row_of(ctx)) {
        rc = run_stage(r, ctx, &lap_ns);
        if (rc == NGX_AGAIN) {
            ngx_http_logistics_pause(ctx);
            return NGX_AGAIN;
        }
        if (rc == NGX_DONE) {
            return NGX_DONE;
        }
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            return rc;
        }
        if (rc == NGX_DECLINED && ngx_http_logistics_edi_acknowledges(ctx)) {
            ctx->stage = stage_that_runs(ngx_http_logistics_edi_looks(ctx)
                                             ? ngx_http_logistics_edi_once
                                             : ngx_http_logistics_edi_answer);
            continue;
        }
        if (rc != NGX_OK) {
            ngx_http_logistics_edi_release(ctx);
            ngx_http_finalize_request(r, ngx_http_logistics_send_problem(r, ctx));
            return NGX_DONE;
        }
        ctx->stage++;
    }
    ngx_http_logistics_pause(ctx); /* from here on it is the upstream's time */
    return NGX_DECLINED;
}

/* The stage that runs next; NULL: the way is done. */
static const row_t *row_of(const ngx_http_logistics_ctx_t *ctx)
{
    const row_t *rows = ctx->relayed ? relayed_way : way;
    size_t n = ctx->relayed ? LGS_N(relayed_way) : LGS_N(way);

    return ctx->stage < n ? &rows[ctx->stage] : NULL;
}

static ngx_uint_t stage_that_runs(ngx_http_logistics_stage_pt run)
{
    ngx_uint_t i = 0;

    while (way[i].run != run) {
        i++;
    }
    return i;
}

/* What a route has no use for; it leaves no verdict. */
static bool is_left_out(const row_t *row, const ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->route == NULL) {
        return row->needs_edi;
    }
    if (row->needs_edi) {
        return !ngx_http_logistics_edi_answers(ctx);
    }
    if (row->stage == LGS_STAGE_ORDER && !ngx_http_logistics_decides(ctx)) {
        return true;
    }
    if (row->stage == LGS_STAGE_READ && ctx->route->serve >= LGS_SERVE_REPLAY) {
        return false; /* an operator's reason and changes */
    }
    return (row->needs_document && ctx->route->serve != LGS_SERVE_NOTHING) ||
           /* interchanges have numbers of their own */
           (row->stage == LGS_STAGE_ONCE &&
            (ctx->route->once == LGS_ONCE_NO || ngx_http_logistics_edi_answers(ctx)));
}

/* One look at the clock a stage: its time runs from the end of the one before, *lap_ns. */
static ngx_int_t run_stage(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx, uint64_t *lap_ns)
{
    const row_t *row = row_of(ctx);
    lgs_stage_t stage = row->stage;
    lgs_mode_t mode = mode_of(ctx);
    lgs_problem_kind_t before = ctx->problem; /* a stage before has refused already */
    uint64_t started = *lap_ns;
    ngx_int_t rc;

    if (is_left_out(row, ctx)) {
        return NGX_OK;
    }
    if (mode == LGS_STAGE_OFF) {
        ctx->trace.verdicts[stage] = LGS_VERDICT_OFF;
        return NGX_OK;
    }
    rc = row->run(r, ctx);
    if (rc == NGX_DONE || rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc; /* the request may be gone: its context is not ours to touch any more */
    }
    *lap_ns = ngx_http_logistics_now_ns();
    ctx->trace.stage_us[stage] += (uint32_t)((*lap_ns - started) / 1000);
    if (rc == NGX_AGAIN) {
        return rc;
    }
    if (rc == NGX_DECLINED && may_pass(ctx)) {
        ctx->trace.verdicts[stage] = LGS_VERDICT_REPORT;
        note_report(ctx);
        return NGX_OK;
    }
    if (rc == NGX_ERROR) {
        ctx->problem = LGS_PROBLEM_INTERNAL;
    }
    ctx->trace.verdicts[stage] = rc == NGX_OK ||
                                         (before != LGS_PROBLEM_NONE && ctx->problem == before)
                                     ? LGS_VERDICT_PASS
                                     : LGS_VERDICT_REFUSE;
    return rc;
}

static lgs_mode_t mode_of(const ngx_http_logistics_ctx_t *ctx)
{
    return ctx->route ? ctx->route->stages[row_of(ctx)->stage] : LGS_ENFORCE;
}

/*
 * Asked after the stage has run, since authorize is what finds the route. A method that the route
 * does not have cannot be reported and passed: nothing would know what to do with it.
 */
static bool may_pass(const ngx_http_logistics_ctx_t *ctx)
{
    return mode_of(ctx) == LGS_REPORT && ctx->problem != LGS_PROBLEM_METHOD;
}

/* What would have been refused goes to the trace's detail, and the request goes on. */
static void note_report(ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->trace.detail.len == 0 && ctx->errs.first) {
        ctx->trace.detail = ctx->errs.first->text;
    }
    ctx->problem = LGS_PROBLEM_NONE;
    ctx->detail = ctx->extra = ctx->challenge = ctx->codings = ctx->retry_after = (lgs_str_t){NULL,
                                                                                              0};
    lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS);
}

ngx_int_t ngx_http_logistics_refuse(ngx_http_logistics_ctx_t *ctx, lgs_problem_kind_t kind,
                                    const char *code, const char *format, ...)
{
    char text[512];
    va_list args;

    ctx->problem = kind;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    lgs_errs_add(&ctx->errs, code, (lgs_pos_t){0}, "%s", text);
    return NGX_DECLINED;
}

/* ---- the context ---- */

ngx_http_logistics_ctx_t *ngx_http_logistics_ctx(ngx_http_request_t *r)
{
    ngx_http_logistics_ctx_t *ctx = find_ctx(r->main);
    ngx_pool_cleanup_t *cleanup;

    if (ctx) {
        return ctx;
    }
    cleanup = ngx_pool_cleanup_add(r->main->pool, sizeof(ngx_http_logistics_ctx_t));
    if (cleanup == NULL) {
        return NULL;
    }
    ctx = cleanup->data;
    ngx_memzero(ctx, sizeof(*ctx));
    ctx->conf = ngx_http_get_module_main_conf(r, ngx_http_logistics_module);
    ctx->arena = take_arena();
    if (ctx->arena == NULL) {
        return NULL;
    }
    cleanup->handler = drop_ctx;
    ctx->started_ns = ngx_http_logistics_now_ns();
    lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS);
    lgs_errs_init(&ctx->warnings, ctx->arena, LGS_MAX_ERRORS);
    ngx_http_set_ctx(r->main, ctx, ngx_http_logistics_module);
    return ctx;
}

/* An internal redirect (error_page) clears r->ctx; the pool's cleanup still knows. */
static ngx_http_logistics_ctx_t *find_ctx(ngx_http_request_t *r)
{
    ngx_http_logistics_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_logistics_module);

    if (ctx || !(r->internal || r->filter_finalize)) {
        return ctx;
    }
    for (ngx_pool_cleanup_t *c = r->pool->cleanup; c; c = c->next) {
        if (c->handler == drop_ctx) {
            ngx_http_set_ctx(r, c->data, ngx_http_logistics_module);
            return c->data;
        }
    }
    return NULL;
}

static lgs_arena_t *take_arena(void)
{
    ngx_http_logistics_worker_t *worker = ngx_http_logistics_worker();
    lgs_arena_t *arena;

    if (worker->n_spare) {
        arena = worker->spare[--worker->n_spare];
        lgs_arena_set_ceiling(arena, CEILING_LEAST);
        return arena;
    }
    return lgs_arena_create(ARENA_FIRST, CEILING_LEAST);
}

/* A value takes two bytes of JSON at least, so a small body cannot ask for much. */
void ngx_http_logistics_set_ceiling(ngx_http_logistics_ctx_t *ctx, uint64_t body_bytes)
{
    lgs_arena_set_ceiling(ctx->arena, ceiling_of(ctx, body_bytes));
}

size_t ngx_http_logistics_ceiling(const ngx_http_logistics_ctx_t *ctx)
{
    return ceiling_of(ctx, ctx->body.len);
}

static size_t ceiling_of(const ngx_http_logistics_ctx_t *ctx, uint64_t body_bytes)
{
    uint64_t values = body_bytes / 2, most = lgs_policy_tree_limits(ctx->conf->policy)->max_nodes;

    values = ngx_min(values, most);
    return (size_t)(CEILING_LEAST + body_bytes * CEILING_BODY + values * CEILING_VALUE +
                    (uint64_t)ctx->records.n * CEILING_RECORD);
}

void ngx_http_logistics_raise_ceiling(ngx_http_logistics_ctx_t *ctx)
{
    /* the outcomes of a batch are written once more into the answer, and its buffer doubles */
    lgs_arena_set_ceiling(ctx->arena, lgs_arena_size(ctx->arena) + CEILING_ANSWER +
                                          4 * ctx->extra.len +
                                          (size_t)ctx->n_operations * CEILING_OUTCOME +
                                          (ctx->edi ? (size_t)ctx->edi->n_sets * CEILING_SET : 0));
}

ngx_int_t ngx_http_logistics_refuse_memory(ngx_http_logistics_ctx_t *ctx)
{
    ctx->problem = LGS_PROBLEM_TOO_LARGE;
    lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS); /* what was told of documents before */
    (void)lgs_errs_nomem(&ctx->errs);
    return NGX_DECLINED;
}

static void drop_ctx(void *data)
{
    ngx_http_logistics_worker_t *worker = ngx_http_logistics_worker();
    ngx_http_logistics_ctx_t *ctx = data;

    ngx_http_logistics_edi_release(ctx); /* a client that went away */
    ngx_http_logistics_limit_release(ctx);
    ngx_http_logistics_odoo_release(ctx);
    if (worker->n_spare < LGS_N(worker->spare)) {
        lgs_arena_reset(ctx->arena);
        worker->spare[worker->n_spare++] = ctx->arena;
    } else {
        lgs_arena_destroy(ctx->arena);
    }
    ctx->arena = NULL;
}

/* ---- time ---- */

uint64_t ngx_http_logistics_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void ngx_http_logistics_pause(ngx_http_logistics_ctx_t *ctx)
{
    ctx->paused_ns = ngx_http_logistics_now_ns();
}

void ngx_http_logistics_resume(ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->paused_ns) {
        ctx->waited_ns += ngx_http_logistics_now_ns() - ctx->paused_ns;
        ctx->paused_ns = 0;
    }
}
