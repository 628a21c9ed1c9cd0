/*
 * What happened, in numbers: each worker adds in its own column, a scrape adds the columns up and
 * writes Prometheus text. Labels are bounded: routes by policy, partners by MAX_COUNTED_PARTNERS.
 */
#include "ngx_http_logistics_shared.h"

static const uint32_t bucket_us[N_BUCKETS] = {
    10,    25,    50,     100,    250,    500,     1000,    2500,     5000,      10000,
    25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000, 100000000,
};

static const struct {
    const char *name, *type, *help;
} counters[NGX_HTTP_LOGISTICS_N_COUNTERS] = {
    {"logistics_token_cache_hits_total", "counter", "Bearer tokens found verified already"},
    {"logistics_token_cache_misses_total", "counter", "Bearer tokens verified by signature"},
    {"logistics_token_cache_evictions_total", "counter", "Valid tokens forgotten for lack of room"},
    {"logistics_traces_sent_total", "counter", "Trace records that Redis acknowledged"},
    {"logistics_traces_dropped_total", "counter",
     "Trace records lost: buffer full, or Redis refused"},
    {"logistics_redis_connects_total", "counter", "Connections made to Redis"},
    {"logistics_redis_losses_total", "counter", "Connections to Redis lost or refused"},
    {"logistics_redis_errors_total", "counter", "Error replies of Redis"},
    {"logistics_redis_up", "gauge", "Workers whose link to Redis is up"},
    {"logistics_odoo_calls_total", "counter", "Calls made to Odoo"},
    {"logistics_records_total", "counter",
     "Canonical records made of messages, refused ones included"},
    {"logistics_warnings_total", "counter", "Unknown codes and the like that mappings kept"},
    {"logistics_guard_refused_total", "counter", "Requests to Odoo's web refused at the edge"},
    {"logistics_queued_total", "counter", "Messages accepted for later"},
    {"logistics_replayed_total", "counter", "Answers given again to messages that came again"},
};

static const struct {
    const char *name, *help;
} times[NGX_HTTP_LOGISTICS_N_TIMES] = {
    {"logistics_gateway_seconds", "Time of a request inside the gateway, waiting excluded"},
    {"logistics_odoo_seconds", "Time of one call to Odoo"},
};

/* Labels that no route and no partner can have: their names begin with a letter or a digit. */
#define NO_ROUTE       LGS_STR("-")
#define OTHER_PARTNERS LGS_STR("-other")

static const char *const partner_outcomes[N_PARTNER_OUTCOMES] = {"ok", "refused", "failed"};

static ngx_uint_t outcome_of(const ngx_http_logistics_ctx_t *ctx);
static void count_partner(column_t *column, const ngx_http_logistics_zone_t *zone,
                          const lgs_partner_t *partner, ngx_uint_t status);
static ngx_uint_t partner_outcome_of(ngx_uint_t status);
static const char *outcome_name(ngx_uint_t outcome);
static void write_help(lgs_buf_t *buf, const char *name, const char *type, const char *help);
static void write_label(lgs_buf_t *buf, lgs_str_t value);
static void write_counters(const shared_t *shared, lgs_buf_t *buf);
static void write_times(const shared_t *shared, lgs_buf_t *buf);
static uint32_t route_row(const ngx_http_logistics_zone_t *zone, uint32_t index);
static void write_routes(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf);
static void write_route(const shared_t *shared, lgs_buf_t *buf, lgs_str_t name, uint32_t row);
static void write_orders(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf);
static void write_order(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf,
                        const lgs_route_t *route, const char *decision, ngx_uint_t which);
static void write_partners(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf);
static void write_stages(const shared_t *shared, lgs_buf_t *buf);

/* Only the column's own worker adds, so no lock prefix is needed. */
static inline void add(ngx_atomic_t *counter, int64_t by)
{
    *counter += (ngx_atomic_uint_t)by;
}

void ngx_http_logistics_count(const ngx_http_logistics_main_conf_t *lmcf,
                              ngx_http_logistics_counter_e counter, int64_t by)
{
    column_t *column = ngx_http_logistics_column(lmcf);

    if (column) {
        add(&column->counters[counter], by);
    }
}

void ngx_http_logistics_count_time(const ngx_http_logistics_main_conf_t *lmcf,
                                   ngx_http_logistics_time_e time, uint64_t us)
{
    column_t *column = ngx_http_logistics_column(lmcf);
    ngx_uint_t i = 0;

    if (column == NULL) {
        return;
    }
    while (i < N_BUCKETS && us > bucket_us[i]) {
        i++;
    }
    add(&column->times[time].buckets[i], 1);
    add(&column->times[time].sum_us, (int64_t)us);
}

void ngx_http_logistics_count_request(const ngx_http_logistics_main_conf_t *lmcf,
                                      const ngx_http_logistics_ctx_t *ctx)
{
    column_t *column = ngx_http_logistics_column(lmcf);
    const ngx_http_logistics_zone_t *zone = lmcf->zone;
    uint32_t row;

    if (column == NULL) {
        return;
    }
    row = ctx->route ? route_row(zone, ctx->route->index) : NO_ROUTE_ROW;
    add(&column->routes[row][outcome_of(ctx)], 1);
    if (ctx->partner) {
        count_partner(column, zone, ctx->partner, ctx->status);
    }
    for (uint32_t i = 0; i < ctx->n_messages; i++) {
        if (ctx->messages[i].partner) {
            count_partner(column, zone, ctx->messages[i].partner,
                          ngx_http_logistics_message_status(ctx, &ctx->messages[i]));
        }
    }
    for (ngx_uint_t s = 0; s < LGS_N_STAGES; s++) {
        if (ctx->trace.verdicts[s] != LGS_VERDICT_NONE) {
            add(&column->verdicts[s][ctx->trace.verdicts[s]], 1);
        }
    }
}

void ngx_http_logistics_count_order(const ngx_http_logistics_main_conf_t *lmcf,
                                    const lgs_route_t *route, lgs_order_t order, bool is_incomplete)
{
    column_t *column = ngx_http_logistics_column(lmcf);
    ngx_atomic_t *counts;

    if (column) {
        counts = column->routes[route_row(lmcf->zone, route->index)];
        add(&counts[ROUTE_ORDERS + order], 1);
        add(&counts[ROUTE_INCOMPLETE], is_incomplete);
    }
}

void ngx_http_logistics_zone_metrics(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf)
{
    lgs_str_t revision = lgs_policy_revision(lmcf->policy);

    write_help(buf, "logistics_policy_info", "gauge", "Revision of the policies in force");
    lgs_buf_printf(buf, "logistics_policy_info{revision=\"%.*s\"} 1\n", LGS_FMT(revision));
    write_help(buf, "logistics_policy_generation", "gauge", "Loads of policies since the start");
    lgs_buf_printf(buf, "logistics_policy_generation %llu\n", (unsigned long long)lmcf->generation);
    write_help(buf, "logistics_zone_free_bytes", "gauge",
               "Shared memory not in use (logistics_zone)");
    lgs_buf_printf(buf, "logistics_zone_free_bytes %llu\n",
                   (unsigned long long)lmcf->zone->slab->pfree * ngx_pagesize);
    write_counters(lmcf->zone->shared, buf);
    write_routes(lmcf, buf);
    write_orders(lmcf, buf);
    write_partners(lmcf, buf);
    write_stages(lmcf->zone->shared, buf);
    write_times(lmcf->zone->shared, buf);
}

static ngx_uint_t outcome_of(const ngx_http_logistics_ctx_t *ctx)
{
    if (ctx->problem != LGS_PROBLEM_NONE) {
        return (ngx_uint_t)ctx->problem;
    }
    if (ctx->status >= 500) {
        return OUTCOME_UPSTREAM_5XX;
    }
    return ctx->status >= 400 ? OUTCOME_UPSTREAM_4XX : 0;
}

static void count_partner(column_t *column, const ngx_http_logistics_zone_t *zone,
                          const lgs_partner_t *partner, ngx_uint_t status)
{
    uint32_t row = zone->slot_of[NGX_HTTP_LOGISTICS_PARTNER][partner->index];

    row = row < MAX_COUNTED_PARTNERS ? row : MAX_COUNTED_PARTNERS;
    add(&column->partners[row][partner_outcome_of(status)], 1);
}

static ngx_uint_t partner_outcome_of(ngx_uint_t status)
{
    if (status < 400) {
        return PARTNER_OK;
    }
    return status < 500 ? PARTNER_REFUSED : PARTNER_FAILED;
}

static const char *outcome_name(ngx_uint_t outcome)
{
    switch (outcome) {
    case LGS_PROBLEM_NONE:
        return "ok";
    case OUTCOME_UPSTREAM_4XX:
        return "upstream-4xx";
    case OUTCOME_UPSTREAM_5XX:
        return "upstream-5xx";
    default:
        return lgs_problem_info((lgs_problem_kind_t)outcome)->slug;
    }
}

static void write_help(lgs_buf_t *buf, const char *name, const char *type, const char *help)
{
    lgs_buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_label(lgs_buf_t *buf, lgs_str_t value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\') {
            lgs_buf_byte(buf, '\\');
        }
        lgs_buf_byte(buf, value.data[i]);
    }
}

static void write_counters(const shared_t *shared, lgs_buf_t *buf)
{
    for (ngx_uint_t n = 0; n < NGX_HTTP_LOGISTICS_N_COUNTERS; n++) {
        uint64_t sum = 0;

        for (ngx_uint_t c = 0; c < MAX_COLUMNS && shared->columns[c]; c++) {
            sum += shared->columns[c]->counters[n];
        }
        write_help(buf, counters[n].name, counters[n].type, counters[n].help);
        lgs_buf_printf(buf, "%s %llu\n", counters[n].name, (unsigned long long)sum);
    }
}

static void write_times(const shared_t *shared, lgs_buf_t *buf)
{
    for (ngx_uint_t n = 0; n < NGX_HTTP_LOGISTICS_N_TIMES; n++) {
        uint64_t sum_us = 0, upto = 0;

        write_help(buf, times[n].name, "histogram", times[n].help);
        for (ngx_uint_t b = 0; b <= N_BUCKETS; b++) {
            for (ngx_uint_t c = 0; c < MAX_COLUMNS && shared->columns[c]; c++) {
                upto += shared->columns[c]->times[n].buckets[b];
                sum_us += b == 0 ? shared->columns[c]->times[n].sum_us : 0;
            }
            if (b < N_BUCKETS) {
                lgs_buf_printf(buf, "%s_bucket{le=\"%g\"} %llu\n", times[n].name,
                               bucket_us[b] / 1e6, (unsigned long long)upto);
            }
        }
        lgs_buf_printf(buf, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n",
                       times[n].name, (unsigned long long)upto, times[n].name, sum_us / 1e6,
                       times[n].name, (unsigned long long)upto);
    }
}

static uint32_t route_row(const ngx_http_logistics_zone_t *zone, uint32_t index)
{
    return zone->slot_of[NGX_HTTP_LOGISTICS_ROUTE][index] + 1;
}

static uint64_t route_sum(const shared_t *shared, uint32_t row, ngx_uint_t which)
{
    uint64_t sum = 0;

    for (ngx_uint_t c = 0; c < MAX_COLUMNS && shared->columns[c]; c++) {
        const column_t *column = shared->columns[c];

        if (column->routes && row <= column->capacity[NGX_HTTP_LOGISTICS_ROUTE]) {
            sum += column->routes[row][which];
        }
    }
    return sum;
}

static void write_routes(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf)
{
    uint32_t n = lgs_policy_n_routes(lmcf->policy);

    write_help(buf, "logistics_requests_total", "counter", "Requests by route and outcome");
    for (uint32_t i = 0; i < n; i++) {
        write_route(lmcf->zone->shared, buf, lgs_policy_route_at(lmcf->policy, i)->name,
                    route_row(lmcf->zone, i));
    }
    write_route(lmcf->zone->shared, buf, NO_ROUTE, NO_ROUTE_ROW);
}

static void write_route(const shared_t *shared, lgs_buf_t *buf, lgs_str_t name, uint32_t row)
{
    for (ngx_uint_t outcome = 0; outcome < N_OUTCOMES; outcome++) {
        uint64_t sum = route_sum(shared, row, outcome);

        if (sum) {
            lgs_buf_cstr(buf, "logistics_requests_total{route=\"");
            write_label(buf, name);
            lgs_buf_printf(buf, "\",outcome=\"%s\"} %llu\n", outcome_name(outcome),
                           (unsigned long long)sum);
        }
    }
}

static void write_orders(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf)
{
    uint32_t n = lgs_policy_n_routes(lmcf->policy);

    write_help(buf, "logistics_order_total", "counter",
               "Records by what the state machine of their route decided");
    for (uint32_t i = 0; i < n; i++) {
        for (lgs_order_t order = LGS_ORDER_APPLIED; order < LGS_N_ORDERS; order++) {
            write_order(lmcf, buf, lgs_policy_route_at(lmcf->policy, i), lgs_order_name(order),
                        ROUTE_ORDERS + order);
        }
    }
    write_help(buf, "logistics_order_incomplete_total", "counter",
               "Records that moved their thing although a state is missing before");
    for (uint32_t i = 0; i < n; i++) {
        write_order(lmcf, buf, lgs_policy_route_at(lmcf->policy, i), NULL, ROUTE_INCOMPLETE);
    }
}

/* decision NULL: incomplete. */
static void write_order(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf,
                        const lgs_route_t *route, const char *decision, ngx_uint_t which)
{
    uint64_t sum = route_sum(lmcf->zone->shared, route_row(lmcf->zone, route->index), which);

    if (sum == 0 || route->order == NULL) {
        return;
    }
    lgs_buf_printf(buf, "logistics_order%s_total{machine=\"", decision ? "" : "_incomplete");
    write_label(buf, lgs_machine_name(route->order->machine));
    lgs_buf_cstr(buf, "\",route=\"");
    write_label(buf, route->name);
    if (decision) {
        lgs_buf_printf(buf, "\",decision=\"%s", decision);
    }
    lgs_buf_printf(buf, "\"} %llu\n", (unsigned long long)sum);
}

static void write_partner(const shared_t *shared, lgs_buf_t *buf, lgs_str_t name, uint32_t row)
{
    for (ngx_uint_t outcome = 0; outcome < N_PARTNER_OUTCOMES; outcome++) {
        uint64_t sum = 0;

        for (ngx_uint_t c = 0; c < MAX_COLUMNS && shared->columns[c]; c++) {
            sum += shared->columns[c]->partners[row][outcome];
        }
        if (sum) {
            lgs_buf_cstr(buf, "logistics_partner_requests_total{partner=\"");
            write_label(buf, name);
            lgs_buf_printf(buf, "\",outcome=\"%s\"} %llu\n", partner_outcomes[outcome],
                           (unsigned long long)sum);
        }
    }
}

static void write_partners(const ngx_http_logistics_main_conf_t *lmcf, lgs_buf_t *buf)
{
    const ngx_http_logistics_zone_t *zone = lmcf->zone;

    write_help(buf, "logistics_partner_requests_total", "counter",
               "Requests by partner; partners past the first 256 are counted as -other");
    for (uint32_t i = 0; i < lgs_policy_n_partners(lmcf->policy); i++) {
        uint32_t row = zone->slot_of[NGX_HTTP_LOGISTICS_PARTNER][i];

        if (row < MAX_COUNTED_PARTNERS) {
            write_partner(zone->shared, buf, lgs_policy_partner_at(lmcf->policy, i)->name, row);
        }
    }
    write_partner(zone->shared, buf, OTHER_PARTNERS, MAX_COUNTED_PARTNERS);
}

static void write_stages(const shared_t *shared, lgs_buf_t *buf)
{
    write_help(buf, "logistics_stage_verdicts_total", "counter", "Verdicts of each stage");
    for (ngx_uint_t s = 0; s < LGS_N_STAGES; s++) {
        for (ngx_uint_t v = LGS_VERDICT_NONE + 1; v < LGS_N_VERDICTS; v++) {
            uint64_t sum = 0;

            for (ngx_uint_t c = 0; c < MAX_COLUMNS && shared->columns[c]; c++) {
                sum += shared->columns[c]->verdicts[s][v];
            }
            if (sum) {
                lgs_buf_printf(buf,
                               "logistics_stage_verdicts_total{stage=\"%s\",verdict=\"%s\"} %llu\n",
                               lgs_stage_name((lgs_stage_t)s), lgs_verdict_name((lgs_verdict_t)v),
                               (unsigned long long)sum);
            }
        }
    }
}
