/*
 * Stage 4, limit: rate and requests in flight, of the partner and of the route; records once it is
 * known how many there are. One compare-and-swap each on a word in shared memory; exact over all
 * workers.
 */
#include "ngx_http_logistics_edi.h"
#include "ngx_http_logistics_zone.h"

typedef struct {
    ngx_http_logistics_bucket_t bucket;
    const lgs_limit_t *limit;
    const char *name; /* in the RateLimit headers and problems */
    const char *of;   /* whose it is, for people */
} subject_limit_t;

/* What a body brings, for one route or for the partner, whose limits count no sets. */
typedef struct {
    uint32_t n_sets, n_records;
} cargo_t;

/* What sets of one route take, of one of the limits that count them. */
typedef struct {
    subject_limit_t limit;
    uint32_t cost;
} charge_t;

static ngx_int_t limit_sets(ngx_http_logistics_ctx_t *ctx);
static void count_cargo(const ngx_http_logistics_ctx_t *ctx, cargo_t *of_route,
                        cargo_t *of_partner);
static uint32_t charges_of(ngx_http_logistics_ctx_t *ctx, const cargo_t *cargo, lgs_mode_t mode,
                           charge_t *charges, uint32_t n);
static lgs_rate_verdict_t take(ngx_http_logistics_ctx_t *ctx, const charge_t *charge);
static ngx_int_t take_all(ngx_http_logistics_ctx_t *ctx, const charge_t *charges, uint32_t n);
static uint32_t add_charges(ngx_http_logistics_ctx_t *ctx, charge_t *charges, uint32_t n,
                            const lgs_route_t *route, const cargo_t *cargo);
static void limits_of(const ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_unit_e unit,
                      subject_limit_t limits[2]);
static const subject_limit_t *take_rates(ngx_http_logistics_ctx_t *ctx,
                                         const subject_limit_t limits[2], uint32_t cost,
                                         lgs_rate_verdict_t *verdict);
static ngx_int_t enter(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of);
static ngx_int_t refuse_rate(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of,
                             const lgs_rate_verdict_t *verdict);
static ngx_int_t refuse_records(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of,
                                const lgs_rate_verdict_t *verdict, uint32_t n);
static void set_retry_after(ngx_http_logistics_ctx_t *ctx, uint64_t seconds);

static const char *const unit_words[] = {
    [NGX_HTTP_LOGISTICS_UNIT_REQUESTS] = "requests",
    [NGX_HTTP_LOGISTICS_UNIT_RECORDS] = "records",
};

ngx_int_t ngx_http_logistics_limit(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    subject_limit_t limits[2];
    const subject_limit_t *refused;
    lgs_rate_verdict_t verdict;

    limits_of(ctx, NGX_HTTP_LOGISTICS_UNIT_REQUESTS, limits);
    refused = take_rates(ctx, limits, 1, &verdict);
    if (refused) {
        return refuse_rate(ctx, refused, &verdict);
    }
    if (enter(ctx, &limits[0]) != NGX_OK) {
        return NGX_DECLINED;
    }
    ctx->holds_partner = ctx->partner->limit.in_flight != 0;
    if (enter(ctx, &limits[1]) != NGX_OK) {
        return NGX_DECLINED;
    }
    ctx->holds_route = ctx->route->limit.in_flight != 0;
    return NGX_OK;
}

/*
 * How many records a request brings is known when it is translated. In report mode it only says so:
 * by then nobody can be asked to wait.
 */
ngx_int_t ngx_http_logistics_limit_records(ngx_http_logistics_ctx_t *ctx)
{
    uint32_t n = ctx->records.n + (ctx->batch ? ctx->batch->n_refused : 0);
    lgs_mode_t mode = ctx->route->stages[LGS_STAGE_LIMIT];
    subject_limit_t limits[2];
    const subject_limit_t *refused;
    lgs_rate_verdict_t verdict;

    if (ctx->route->sets) {
        return limit_sets(ctx);
    }
    if (mode == LGS_STAGE_OFF || (ctx->partner->limit.records.interval_ns == 0 &&
                                  ctx->route->limit.records.interval_ns == 0)) {
        return NGX_OK;
    }
    limits_of(ctx, NGX_HTTP_LOGISTICS_UNIT_RECORDS, limits);
    refused = take_rates(ctx, limits, n, &verdict);
    if (refused == NULL) {
        return NGX_OK;
    }
    if (mode == LGS_REPORT) {
        ctx->trace.verdicts[LGS_STAGE_LIMIT] = LGS_VERDICT_REPORT;
        return NGX_OK;
    }
    return refuse_records(ctx, refused, &verdict, n);
}

/*
 * A set counts as a request of its route, what is made of it as that route's and the partner's
 * records. An acknowledgement has no word for "later": when one limit is used up, all of the body
 * waits, and nothing is taken from the others. What only reports is taken last, so that a body that
 * has to wait takes nothing there either.
 */
static ngx_int_t limit_sets(ngx_http_logistics_ctx_t *ctx)
{
    uint32_t n_routes = lgs_policy_n_routes(ctx->conf->policy), n_enforced, n;
    cargo_t *cargo = lgs_arena_zalloc(ctx->arena, ((size_t)n_routes + 1) * sizeof(*cargo));
    charge_t *charges = lgs_arena_array(ctx->arena, 2 * (size_t)n_routes + 1, sizeof(*charges));

    if (cargo == NULL || charges == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    count_cargo(ctx, cargo, &cargo[n_routes]);
    n_enforced = charges_of(ctx, cargo, LGS_ENFORCE, charges, 0);
    n = charges_of(ctx, cargo, LGS_REPORT, charges, n_enforced);
    if (take_all(ctx, charges, n_enforced) != NGX_OK) {
        return NGX_DECLINED;
    }
    for (uint32_t i = n_enforced; i < n; i++) {
        if (!take(ctx, &charges[i]).allowed) {
            ctx->trace.verdicts[LGS_STAGE_LIMIT] = LGS_VERDICT_REPORT;
        }
    }
    return NGX_OK;
}

/* What is refused counts as a record, as if it had been taken. */
static void count_cargo(const ngx_http_logistics_ctx_t *ctx, cargo_t *of_route, cargo_t *of_partner)
{
    const ngx_http_logistics_edi_t *edi = ctx->edi;

    for (uint32_t i = 0; i < edi->n_sets; i++) {
        const lgs_route_t *route = edi->sets[i].route;
        bool is_refused = edi->sets[i].state == NGX_HTTP_LOGISTICS_SET_REFUSED;

        if (route) {
            of_route[route->index].n_sets++;
            of_route[route->index].n_records += is_refused;
            of_partner->n_records += is_refused;
        }
    }
    for (uint32_t i = 0; i < ctx->records.n; i++) {
        of_route[ngx_http_logistics_route_of(ctx, i)->index].n_records++;
    }
    of_partner->n_records += ctx->records.n;
}

/* Those that `mode` holds for, behind the first n. A route never enforces more than the door that
 * its sets came in by. */
static uint32_t charges_of(ngx_http_logistics_ctx_t *ctx, const cargo_t *cargo, lgs_mode_t mode,
                           charge_t *charges, uint32_t n)
{
    uint32_t n_routes = lgs_policy_n_routes(ctx->conf->policy);
    lgs_mode_t door = ctx->route->stages[LGS_STAGE_LIMIT];

    for (uint32_t i = 0; i < n_routes; i++) {
        const lgs_route_t *route = lgs_policy_route_at(ctx->conf->policy, i);

        if (cargo[i].n_sets && ngx_max(door, route->stages[LGS_STAGE_LIMIT]) == mode) {
            n = add_charges(ctx, charges, n, route, &cargo[i]);
        }
    }
    return door == mode ? add_charges(ctx, charges, n, NULL, &cargo[n_routes]) : n;
}

static lgs_rate_verdict_t take(ngx_http_logistics_ctx_t *ctx, const charge_t *charge)
{
    return ngx_http_logistics_zone_take(ctx->conf, &charge->limit.bucket, charge->cost,
                                        ngx_http_logistics_now_ns());
}

/* From all or from none. */
static ngx_int_t take_all(ngx_http_logistics_ctx_t *ctx, const charge_t *charges, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        lgs_rate_verdict_t verdict = take(ctx, &charges[i]);

        if (verdict.allowed) {
            continue;
        }
        for (uint32_t k = 0; k < i; k++) {
            ngx_http_logistics_zone_give_back(ctx->conf, &charges[k].limit.bucket, charges[k].cost);
        }
        return refuse_records(ctx, &charges[i].limit, &verdict, charges[i].cost);
    }
    return NGX_OK;
}

/* Of a route, or (NULL) of the partner: those of its limits that it has. Returns how many there are
 * then. */
static uint32_t add_charges(ngx_http_logistics_ctx_t *ctx, charge_t *charges, uint32_t n,
                            const lgs_route_t *route, const cargo_t *cargo)
{
    const lgs_limit_t *limit = route ? &route->limit : &ctx->partner->limit;
    const struct {
        ngx_http_logistics_unit_e unit;
        const lgs_rate_t *rate;
        uint32_t cost;
        const char *name;
    } of[] = {
        {NGX_HTTP_LOGISTICS_UNIT_REQUESTS, &limit->rate, cargo->n_sets, "route"},
        {NGX_HTTP_LOGISTICS_UNIT_RECORDS, &limit->records, cargo->n_records,
         route ? "route-records" : "partner-records"},
    };
    lgs_str_t whose = route ? lgs_arena_printf(ctx->arena, "route \"%.*s\"", LGS_FMT(route->name))
                            : LGS_STR("partner");

    for (ngx_uint_t i = 0; i < LGS_N(of); i++) {
        if (of[i].rate->interval_ns == 0 || of[i].cost == 0) {
            continue;
        }
        charges[n++] = (charge_t){
            {{route ? NGX_HTTP_LOGISTICS_ROUTE : NGX_HTTP_LOGISTICS_PARTNER,
              route ? route->index : ctx->partner->index, of[i].unit, of[i].rate},
             limit,
             of[i].name,
             whose.data ? whose.data : "route"},
            of[i].cost};
    }
    return n;
}

static void limits_of(const ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_unit_e unit,
                      subject_limit_t limits[2])
{
    const lgs_limit_t *partner = &ctx->partner->limit, *route = &ctx->route->limit;
    bool is_records = unit == NGX_HTTP_LOGISTICS_UNIT_RECORDS;

    limits[0] = (subject_limit_t){
        {NGX_HTTP_LOGISTICS_PARTNER, ctx->partner->index, unit,
         is_records ? &partner->records : &partner->rate},
        partner,
        is_records ? "partner-records" : "partner",
        "partner",
    };
    limits[1] = (subject_limit_t){
        {NGX_HTTP_LOGISTICS_ROUTE, ctx->route->index, unit,
         is_records ? &route->records : &route->rate},
        route,
        is_records ? "route-records" : "route",
        "route",
    };
}

/* From both or from neither; NULL, or the one that refuses. */
static const subject_limit_t *take_rates(ngx_http_logistics_ctx_t *ctx,
                                         const subject_limit_t limits[2], uint32_t cost,
                                         lgs_rate_verdict_t *verdict)
{
    uint64_t now_ns = ngx_http_logistics_now_ns();

    for (ngx_uint_t i = 0; i < 2; i++) {
        const lgs_rate_t *rate = limits[i].bucket.rate;

        if (rate->interval_ns == 0) {
            continue;
        }
        *verdict = ngx_http_logistics_zone_take(ctx->conf, &limits[i].bucket, cost, now_ns);
        if (ctx->rate_policy == NULL || !verdict->allowed ||
            verdict->remaining < ctx->rate.remaining) {
            ctx->rate = *verdict;
            ctx->rate_policy = rate;
            ctx->rate_name = limits[i].name;
        }
        if (!verdict->allowed) {
            if (i == 1 && limits[0].bucket.rate->interval_ns) {
                ngx_http_logistics_zone_give_back(ctx->conf, &limits[0].bucket, cost);
            }
            return &limits[i];
        }
    }
    return NULL;
}

void ngx_http_logistics_limit_release(ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->holds_partner) {
        ngx_http_logistics_zone_leave(ctx->conf, NGX_HTTP_LOGISTICS_PARTNER, ctx->partner->index);
    }
    if (ctx->holds_route) {
        ngx_http_logistics_zone_leave(ctx->conf, NGX_HTTP_LOGISTICS_ROUTE, ctx->route->index);
    }
    ctx->holds_partner = 0;
    ctx->holds_route = 0;
}

static ngx_int_t enter(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of)
{
    uint32_t limit = of->limit->in_flight;

    if (limit == 0 ||
        ngx_http_logistics_zone_enter(ctx->conf, of->bucket.subject, of->bucket.index, limit)) {
        return NGX_OK;
    }
    set_retry_after(ctx, 1);
    return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_OVERLOADED, "in-flight",
                                     "%u requests of this %s are in work already, the most that "
                                     "are allowed at once",
                                     limit, of->of);
}

static ngx_int_t refuse_rate(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of,
                             const lgs_rate_verdict_t *verdict)
{
    uint64_t seconds = (verdict->retry_ns + 999999999u) / 1000000000u;

    set_retry_after(ctx, seconds);
    ctx->extra = lgs_arena_printf(ctx->arena, "\"violated-policies\":[\"%s\"]", of->name);
    return ngx_http_logistics_refuse(
        ctx, LGS_PROBLEM_RATE, "rate",
        "the %s's limit of %u %s in %llu s is used up; the next is free in %llu ms", of->of,
        of->bucket.rate->rate, unit_words[of->bucket.unit],
        (unsigned long long)(of->bucket.rate->window_ns / 1000000000u),
        (unsigned long long)((verdict->retry_ns + 999999u) / 1000000u));
}

/* The errors of single documents are of no use to who has to send all of them again. */
static ngx_int_t refuse_records(ngx_http_logistics_ctx_t *ctx, const subject_limit_t *of,
                                const lgs_rate_verdict_t *verdict, uint32_t n)
{
    lgs_errs_init(&ctx->errs, ctx->arena, LGS_MAX_ERRORS);
    if (verdict->retry_ns == UINT64_MAX) {
        return ngx_http_logistics_refuse(ctx, LGS_PROBLEM_TOO_LARGE, "records-burst",
                                         "%u %s are more than the %u that the %s's limit lets "
                                         "pass at once; send them in parts",
                                         n, unit_words[of->bucket.unit], of->bucket.rate->burst,
                                         of->of);
    }
    return refuse_rate(ctx, of, verdict);
}

static void set_retry_after(ngx_http_logistics_ctx_t *ctx, uint64_t seconds)
{
    ctx->retry_after = lgs_arena_printf(ctx->arena, "%llu",
                                        (unsigned long long)(seconds ? seconds : 1));
}
