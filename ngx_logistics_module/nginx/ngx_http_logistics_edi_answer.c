/*
 * The answer to interchanges: control numbers of ours are taken, the acknowledgement is written,
 * kept with the interchange that it answers, and then sent: as it is to who asks for EDI, as a
 * member of the JSON answer to who asks for that. 2xx: something was accepted.
 */
#include "ngx_http_logistics_edi.h"

#include "../formats/json.h"

static ngx_int_t step(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static ngx_int_t ask_numbers(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool count_numbers(ngx_http_logistics_ctx_t *ctx, uint32_t i);
static bool write_all(ngx_http_logistics_ctx_t *ctx);
static lgs_str_t said_to(const ngx_http_logistics_edi_t *edi,
                         const ngx_http_logistics_interchange_t *one);
static bool write_one(ngx_http_logistics_ctx_t *ctx, uint32_t i, uint32_t number);
static void note_numbers(ngx_http_logistics_ctx_t *ctx);
static ngx_int_t send_answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx);
static bool is_queued(const ngx_http_logistics_ctx_t *ctx);
static bool write_members(ngx_http_logistics_ctx_t *ctx, lgs_buf_t *buf);
static const char *status_of(const ngx_http_logistics_ctx_t *ctx);
static bool is_all_replayed(const ngx_http_logistics_edi_t *edi);
static const char *media_type(const ngx_http_logistics_edi_t *edi);
static bool wants_edi(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx);
static int best_weight(ngx_str_t accept, const char *const *types);
static int weight_of(lgs_str_t range, lgs_str_t *type);

enum { STEP_NUMBERS, STEP_WRITE, STEP_KEPT };

bool ngx_http_logistics_edi_answers(const ngx_http_logistics_ctx_t *ctx)
{
    return ctx->edi && ctx->edi->answers;
}

/*
 * What is said of the interchange is said by its acknowledgement, too. Of what was not read to its
 * end there is none: sets that nobody has refused yet would stand in it as accepted.
 */
bool ngx_http_logistics_edi_acknowledges(const ngx_http_logistics_ctx_t *ctx)
{
    static const lgs_problem_kind_t kinds[] = {
        LGS_PROBLEM_INVALID,     LGS_PROBLEM_UNTRANSLATABLE,  LGS_PROBLEM_BATCH,
        LGS_PROBLEM_INTERCHANGE, LGS_PROBLEM_REFUSED_BY_ODOO, LGS_PROBLEM_UNKNOWN_REFERENCE,
    };

    if (!ngx_http_logistics_edi_answers(ctx) || ctx->edi->is_answering || !ctx->edi->is_judged ||
        ctx->edi->n_interchanges == 0) {
        return false;
    }
    for (ngx_uint_t i = 0; i < LGS_N(kinds); i++) {
        if (ctx->problem == kinds[i]) {
            return true;
        }
    }
    return false;
}

ngx_int_t ngx_http_logistics_edi_answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    ngx_int_t rc = NGX_OK;

    if (edi->is_answering && !ctx->ask.answered) {
        return NGX_AGAIN; /* woken by something else than the reply */
    }
    if (edi->is_answering && ctx->ask.failed) {
        ctx->problem = LGS_PROBLEM_NONE;
        return ngx_http_logistics_edi_away(ctx);
    }
    edi->is_answering = 1;
    ngx_http_logistics_raise_ceiling(ctx);
    while (rc == NGX_OK && edi->step <= STEP_KEPT) {
        rc = step(r, ctx);
    }
    return rc == NGX_OK ? send_answer(r, ctx) : rc;
}

static ngx_int_t step(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    switch (ctx->edi->step++) {
    case STEP_NUMBERS:
        return ask_numbers(r, ctx);
    case STEP_WRITE:
        return write_all(ctx) ? NGX_OK : ngx_http_logistics_edi_away(ctx);
    default:
        ctx->edi->is_ended = 1;
        return ngx_http_logistics_edi_end(r, ctx, true);
    }
}

/* ---- acknowledgements ---- */

static ngx_int_t ask_numbers(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    uint32_t n = 0;
    lgs_str_t *args = lgs_arena_array(ctx->arena, 2 * (size_t)edi->n_interchanges + 1,
                                      sizeof(*args));

    if (args == NULL) {
        return NGX_ERROR;
    }
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        ngx_http_logistics_interchange_t *one = &edi->interchanges[i];

        if (!one->is_replayed && !count_numbers(ctx, i)) {
            return NGX_ERROR;
        }
        if (one->n_numbers) {
            args[n++] = lgs_str(one->relation, LGS_SHA256_HEX);
            args[n++] = lgs_arena_printf(ctx->arena, "%u", one->n_numbers);
        }
    }
    return n ? ngx_http_logistics_edi_ask(r, ctx, "edi_numbers", args, n) : NGX_OK;
}

/* As many as there are interchanges in what will be said, which is written on trial. */
static bool count_numbers(ngx_http_logistics_ctx_t *ctx, uint32_t i)
{
    ngx_http_logistics_interchange_t *one = &ctx->edi->interchanges[i];
    lgs_str_t advice = LGS_STR("");
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 512, 0);
    if (lgs_edi_ack_write_one(ctx->edi->ack, one->kept, 1, &buf, &one->n_acks) != LGS_OK ||
        (ngx_http_logistics_edi_is_advised(ctx->edi, i) &&
         !ngx_http_logistics_edi_advise(ctx, i, 1, &advice))) {
        return false;
    }
    one->n_numbers = one->n_acks + (advice.len > 0);
    return true;
}

static bool write_all(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    uint32_t next = 0;
    lgs_buf_t all;

    lgs_buf_init(&all, ctx->arena, 1024, 0);
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        ngx_http_logistics_interchange_t *one = &edi->interchanges[i];
        ngx_int_t number;

        if (one->n_numbers) {
            if (next >= ctx->ask.n) {
                return false;
            }
            number = ngx_atoi((u_char *)ctx->ask.texts[next].data, ctx->ask.texts[next].len);
            next++;
            if (number <= 0 || !write_one(ctx, i, (uint32_t)number)) {
                return false;
            }
        }
        lgs_buf_str(&all, said_to(edi, one));
    }
    note_numbers(ctx);
    edi->text = lgs_buf_text(&all);
    ctx->trace.acknowledgement = edi->text;
    ctx->trace.warnings = ctx->warnings.n + ctx->warnings.more; /* of envelopes and guides, too */
    return !all.failed;
}

static lgs_str_t said_to(const ngx_http_logistics_edi_t *edi,
                         const ngx_http_logistics_interchange_t *one)
{
    if (one->copy_of >= 0) {
        return edi->interchanges[one->copy_of].text;
    }
    return one->is_replayed && !lgs_str_is(one->stored, " ") ? one->stored : one->text;
}

/* The acknowledgement, and behind it the advice under the number that follows. */
static bool write_one(ngx_http_logistics_ctx_t *ctx, uint32_t i, uint32_t number)
{
    ngx_http_logistics_interchange_t *one = &ctx->edi->interchanges[i];
    lgs_str_t advice = LGS_STR("");
    lgs_buf_t buf;
    uint32_t n;

    lgs_buf_init(&buf, ctx->arena, 512, 0);
    if (lgs_edi_ack_write_one(ctx->edi->ack, one->kept, number, &buf, &n) != LGS_OK ||
        (one->n_numbers > one->n_acks &&
         !ngx_http_logistics_edi_advise(ctx, i, number + one->n_acks, &advice))) {
        return false;
    }
    lgs_buf_str(&buf, advice);
    one->text = lgs_buf_text(&buf);
    return !buf.failed;
}

/* So that a trace is found by the number of its interchange. */
static void note_numbers(ngx_http_logistics_ctx_t *ctx)
{
    lgs_trace_t *trace = &ctx->trace;

    for (uint32_t i = 0; i < ctx->edi->n_interchanges; i++) {
        lgs_str_t number = ctx->edi->interchanges[i].about.number;

        if (number.len && trace->n_keys < LGS_MAX_BUSINESS_KEYS) {
            trace->keys[trace->n_keys++] = (lgs_business_key_t){LGS_STR("interchange"), number};
        }
    }
}

/* ---- sending ---- */

static ngx_int_t send_answer(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    bool is_edi = wants_edi(r, ctx);
    const ngx_http_logistics_edi_t *edi = ctx->edi;
    ngx_uint_t status = is_queued(ctx) ? NGX_HTTP_ACCEPTED : NGX_HTTP_OK;
    lgs_buf_t buf;
    ngx_int_t rc;

    lgs_buf_init(&buf, ctx->arena, 1024, 0);
    if (ctx->problem == LGS_PROBLEM_NONE) {
        lgs_buf_cstr(&buf, "{\"correlation_id\":");
        lgs_json_write_string(&buf, lgs_str(ctx->id, ctx->id_len));
        lgs_buf_byte(&buf, ',');
    }
    if (!write_members(ctx, &buf)) {
        return NGX_ERROR;
    }
    if (is_all_replayed(edi) &&
        ngx_http_logistics_add_header(r, "Idempotency-Replayed", LGS_STR("true")) != NGX_OK) {
        return NGX_ERROR;
    }
    if (ctx->problem != LGS_PROBLEM_NONE) {
        ctx->extra = lgs_buf_text(&buf);
        ctx->trace.verdicts[LGS_STAGE_ANSWER] = LGS_VERDICT_PASS;
        rc = is_edi && edi->text.len
                 ? ngx_http_logistics_send_refusal(r, ctx, media_type(edi), edi->text)
                 : ngx_http_logistics_send_problem(r, ctx);
        ngx_http_finalize_request(r, rc);
        return NGX_DONE;
    }
    if (ctx->warnings.n) {
        lgs_problem_write_warnings(&buf, &ctx->warnings);
    }
    lgs_buf_byte(&buf, '}');
    if (buf.failed) {
        return NGX_ERROR;
    }
    rc = !is_edi ? ngx_http_logistics_send(r, status, "application/json", lgs_buf_text(&buf))
         : edi->text.len ? ngx_http_logistics_send(r, status, media_type(edi), edi->text)
                         : ngx_http_logistics_send(r, is_queued(ctx) ? status : NGX_HTTP_NO_CONTENT,
                                                   media_type(edi), LGS_STR(""));
    ngx_http_finalize_request(r, rc);
    return NGX_DONE;
}

/* Something of it was taken for later. */
static bool is_queued(const ngx_http_logistics_ctx_t *ctx)
{
    return ctx->message_id[0] != '\0';
}

/* "status":"…","records":[…],"interchanges":[…],"acknowledgement":"…" */
static bool write_members(ngx_http_logistics_ctx_t *ctx, lgs_buf_t *buf)
{
    uint32_t next = 0;

    if (is_queued(ctx)) {
        ngx_http_logistics_write_accepted(buf, ctx);
    } else {
        if (ctx->problem == LGS_PROBLEM_NONE) { /* a problem has its number there */
            lgs_buf_printf(buf, "\"status\":\"%s\",", status_of(ctx));
        }
        lgs_buf_cstr(buf, "\"records\":");
        if (ctx->edi->outcomes.len) {
            lgs_buf_str(buf, ctx->edi->outcomes);
        } else {
            lgs_buf_byte(buf, '[');
            ngx_http_logistics_batch_write(buf, ctx, UINT32_MAX, &next);
            lgs_buf_byte(buf, ']');
        }
    }
    lgs_buf_byte(buf, ',');
    ngx_http_logistics_edi_write_interchanges(buf, ctx);
    if (ctx->edi->text.len) {
        lgs_buf_cstr(buf, ",\"acknowledgement\":");
        lgs_json_write_string(buf, ctx->edi->text);
    }
    return !buf->failed;
}

static const char *status_of(const ngx_http_logistics_ctx_t *ctx)
{
    uint32_t n[NGX_HTTP_LOGISTICS_SET_IGNORED + 1] = {0};

    for (uint32_t i = 0; i < ctx->edi->n_sets; i++) {
        n[ctx->edi->sets[i].state]++;
    }
    if (n[NGX_HTTP_LOGISTICS_SET_REFUSED]) {
        return "partly-delivered";
    }
    return n[NGX_HTTP_LOGISTICS_SET_GOOD]       ? "delivered"
           : n[NGX_HTTP_LOGISTICS_SET_REPLAYED] ? "replayed"
                                                : "read";
}

static bool is_all_replayed(const ngx_http_logistics_edi_t *edi)
{
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        if (!edi->interchanges[i].is_replayed) {
            return false;
        }
    }
    return edi->n_interchanges > 0;
}

/* ---- what is asked for ---- */

static const char *media_type(const ngx_http_logistics_edi_t *edi)
{
    lgs_edi_t first = edi->n_interchanges ? edi->interchanges[0].about.standard : LGS_EDI_X12;

    for (uint32_t i = 1; i < edi->n_interchanges; i++) {
        if (edi->interchanges[i].about.standard != first) {
            return "application/edi-consent";
        }
    }
    return first == LGS_EDI_X12 ? "application/edi-x12" : "application/edifact";
}

/*
 * By Accept. Who leaves it open gets what suits the route: where sets of all kinds come in, the
 * sender is a program of EDI, and its answer the acknowledgement.
 */
static bool wants_edi(ngx_http_request_t *r, const ngx_http_logistics_ctx_t *ctx)
{
    static const char *const edi_types[] = {"application/edi-x12", "application/edifact",
                                            "application/edi-consent", NULL};
    static const char *const json_types[] = {"application/json", "application/problem+json", NULL};
    int edi = 0, json = 0;

    for (const ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
        const ngx_table_elt_t *header = part->elts;

        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (header[i].key.len == 6 && ngx_memcmp(header[i].lowcase_key, "accept", 6) == 0) {
                edi = ngx_max(edi, best_weight(header[i].value, edi_types));
                json = ngx_max(json, best_weight(header[i].value, json_types));
            }
        }
    }
    return edi == 0 && json == 0 ? ctx->route->sets != NULL : edi >= json;
}

/* Of the ranges that name one of the types; 0: none does. */
static int best_weight(ngx_str_t accept, const char *const *types)
{
    u_char *p = accept.data, *end = p + accept.len, *comma;
    int best = 0;

    for (; p < end; p = comma + 1) {
        lgs_str_t type;
        int weight;

        comma = ngx_strlchr(p, end, ',');
        comma = comma ? comma : end;
        weight = weight_of(lgs_str((char *)p, (size_t)(comma - p)), &type);
        for (const char *const *one = types; *one; one++) {
            if (type.len == ngx_strlen(*one) &&
                ngx_strncasecmp((u_char *)type.data, (u_char *)*one, type.len) == 0) {
                best = ngx_max(best, weight);
            }
        }
    }
    return best;
}

/* The q of a media range in thousandths; 1000 when there is none. */
static int weight_of(lgs_str_t range, lgs_str_t *type)
{
    u_char *p = (u_char *)range.data, *end = p + range.len, *stop, *q;
    ngx_int_t weight;

    while (p < end && *p == ' ') {
        p++;
    }
    for (stop = p; stop < end && *stop != ';' && *stop != ' '; stop++) {
    }
    *type = lgs_str((char *)p, (size_t)(stop - p));
    q = ngx_strlcasestrn(stop, end, (u_char *)"q=", 1);
    if (q == NULL) {
        return 1000;
    }
    for (stop = q + 2; stop < end && *stop != ';' && *stop != ' '; stop++) {
    }
    weight = ngx_atofp(q + 2, (size_t)(stop - q - 2), 3);
    return weight == NGX_ERROR ? 0 : (int)weight;
}
