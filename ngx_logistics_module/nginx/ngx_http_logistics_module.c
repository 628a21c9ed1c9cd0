/*
 * ngx_http_logistics_module: directives, configuration, and where the module's handlers hang in
 * nginx. What happens to a request starts in ngx_http_logistics_way.c.
 */
#include "ngx_http_logistics_redis.h"
#include "ngx_http_logistics_zone.h"

#define DEFAULT_ZONE (16u << 20)
#define LEAST_ZONE   (1u << 20)

static void *create_main_conf(ngx_conf_t *cf);
static void *create_loc_conf(ngx_conf_t *cf);
static char *merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
static char *set_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t init(ngx_conf_t *cf);
static ngx_int_t load_policies(ngx_conf_t *cf, ngx_http_logistics_main_conf_t *lmcf);
static ngx_int_t init_process(ngx_cycle_t *cycle);
static void exit_process(ngx_cycle_t *cycle);

static ngx_conf_enum_t status_words[] = {
    {ngx_string("live"), NGX_HTTP_LOGISTICS_STATUS_LIVE},
    {ngx_string("ready"), NGX_HTTP_LOGISTICS_STATUS_READY},
    {ngx_string("metrics"), NGX_HTTP_LOGISTICS_STATUS_METRICS},
    {ngx_null_string, 0},
};

static ngx_command_t commands[] = {
    {ngx_string("logistics_policies"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_str_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(ngx_http_logistics_main_conf_t, policies), NULL},

    {ngx_string("logistics_redis"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_redis,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},

    {ngx_string("logistics_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_size_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(ngx_http_logistics_main_conf_t, zone_size), NULL},

    {ngx_string("logistics"), NGX_HTTP_LOC_CONF | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_logistics_loc_conf_t, on), NULL},

    {ngx_string("logistics_guard"), NGX_HTTP_LOC_CONF | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_logistics_loc_conf_t, guard), NULL},

    {ngx_string("logistics_relay"), NGX_HTTP_LOC_CONF | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_logistics_loc_conf_t, relay), NULL},

    {ngx_string("logistics_odoo_location"),
     NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
     ngx_conf_set_str_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_logistics_loc_conf_t, odoo_location), NULL},

    {ngx_string("logistics_status"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, set_status,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_logistics_loc_conf_t, status), status_words},

    ngx_null_command,
};

static ngx_http_module_t module_ctx = {
    ngx_http_logistics_add_variables, /* preconfiguration */
    init,                             /* postconfiguration */
    create_main_conf,                 /* create main configuration */
    NULL,                             /* init main configuration */
    NULL,                             /* create server configuration */
    NULL,                             /* merge server configuration */
    create_loc_conf,                  /* create location configuration */
    merge_loc_conf,                   /* merge location configuration */
};

ngx_module_t ngx_http_logistics_module = {
    NGX_MODULE_V1,
    &module_ctx,     /* module context */
    commands,        /* module directives */
    NGX_HTTP_MODULE, /* module type */
    NULL,            /* init master */
    NULL,            /* init module */
    init_process,    /* init process */
    NULL,            /* init thread */
    NULL,            /* exit thread */
    exit_process,    /* exit process */
    NULL,            /* exit master */
    NGX_MODULE_V1_PADDING,
};

static void *create_main_conf(ngx_conf_t *cf)
{
    ngx_http_logistics_main_conf_t *lmcf = ngx_pcalloc(cf->pool, sizeof(*lmcf));

    if (lmcf) {
        lmcf->zone_size = NGX_CONF_UNSET_SIZE;
    }
    return lmcf;
}

static void *create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_logistics_loc_conf_t *llcf = ngx_pcalloc(cf->pool, sizeof(*llcf));

    if (llcf) {
        llcf->on = NGX_CONF_UNSET;
        llcf->guard = NGX_CONF_UNSET;
        llcf->relay = NGX_CONF_UNSET;
        llcf->status = NGX_CONF_UNSET_UINT;
    }
    return llcf;
}

static char *merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_logistics_main_conf_t *lmcf = ngx_http_conf_get_module_main_conf(
        cf, ngx_http_logistics_module);
    ngx_http_logistics_loc_conf_t *prev = parent, *conf = child;

    ngx_conf_merge_value(conf->on, prev->on, 0);
    ngx_conf_merge_value(conf->guard, prev->guard, 0);
    ngx_conf_merge_value(conf->relay, prev->relay, 0);
    ngx_conf_merge_str_value(conf->odoo_location, prev->odoo_location, "");
    /* a content handler is not inherited, so neither is what it shows */
    ngx_conf_init_uint_value(conf->status, NGX_HTTP_LOGISTICS_STATUS_NONE);
    if (lmcf->policies.len == 0 && (conf->on || conf->guard || conf->relay || conf->status)) {
        /* without policies nothing would stand in the way of anybody */
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"logistics\", \"logistics_guard\", \"logistics_relay\" and "
                           "\"logistics_status\" need "
                           "\"logistics_policies\"");
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}

static char *set_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_logistics_main_conf_t *lmcf = conf;
    ngx_str_t *value = cf->args->elts;
    ngx_url_t url;

    if (lmcf->redis) {
        return "is duplicate";
    }
    ngx_memzero(&url, sizeof(url));
    url.url = value[1];
    url.default_port = 6379;
    if (ngx_parse_url(cf->pool, &url) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in \"%V\"", url.err ? url.err : "bad address",
                           &value[1]);
        return NGX_CONF_ERROR;
    }
    lmcf->redis = &url.addrs[0];
    return NGX_CONF_OK;
}

static char *set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t *clcf;
    char *rc = ngx_conf_set_enum_slot(cf, cmd, conf);

    if (rc != NGX_CONF_OK) {
        return rc;
    }
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_logistics_status;
    return NGX_CONF_OK;
}

static ngx_int_t add_handler(ngx_http_core_main_conf_t *cmcf, ngx_http_phases phase,
                             ngx_http_handler_pt handler)
{
    ngx_http_handler_pt *h = ngx_array_push(&cmcf->phases[phase].handlers);

    if (h == NULL) {
        return NGX_ERROR;
    }
    *h = handler;
    return NGX_OK;
}

static ngx_int_t init(ngx_conf_t *cf)
{
    ngx_http_logistics_main_conf_t *lmcf = ngx_http_conf_get_module_main_conf(
        cf, ngx_http_logistics_module);
    ngx_http_core_main_conf_t *cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (lmcf->policies.len == 0) {
        return NGX_OK; /* loaded, but not used */
    }
    ngx_conf_init_size_value(lmcf->zone_size, DEFAULT_ZONE);
    if (lmcf->zone_size < LEAST_ZONE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "logistics_zone must be at least 1m");
        return NGX_ERROR;
    }
    if (load_policies(cf, lmcf) != NGX_OK || ngx_http_logistics_zone_add(cf, lmcf) != NGX_OK) {
        return NGX_ERROR;
    }
    /* handlers of one phase run last registered first: the guard before the way */
    if (add_handler(cmcf, NGX_HTTP_PRECONTENT_PHASE, ngx_http_logistics_way) != NGX_OK ||
        add_handler(cmcf, NGX_HTTP_PRECONTENT_PHASE, ngx_http_logistics_guard) != NGX_OK ||
        add_handler(cmcf, NGX_HTTP_LOG_PHASE, ngx_http_logistics_trace) != NGX_OK) {
        return NGX_ERROR;
    }
    if (ngx_http_logistics_read_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }
    return ngx_http_logistics_answer_init(cf);
}

static void free_policy(void *data)
{
    lgs_policy_free(data);
}

/* Every finding is a line of its own, so that nginx -t says what logisticsctl lint says. */
static ngx_int_t load_policies(ngx_conf_t *cf, ngx_http_logistics_main_conf_t *lmcf)
{
    const lgs_policy_options_t options = {.read_secrets = true, .read_keys = true};
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    ngx_uint_t level;
    lgs_errs_t errs;

    if (cleanup == NULL || arena == NULL ||
        ngx_conf_full_name(cf->cycle, &lmcf->policies, 1) != NGX_OK) {
        lgs_arena_destroy(arena);
        return NGX_ERROR;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    lmcf->policy = lgs_policy_load((const char *)lmcf->policies.data, &options, &errs);
    level = lmcf->policy ? NGX_LOG_WARN : NGX_LOG_EMERG;
    for (const lgs_err_t *err = errs.first; err; err = err->next) {
        lgs_str_t line = lgs_err_line(arena, err, ngx_http_logistics_str(lmcf->policies));

        ngx_log_error(level, cf->log, 0, "%*s", line.len, line.data);
    }
    if (errs.more) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "and %uD more findings in \"%V\"", errs.more,
                      &lmcf->policies);
    }
    lgs_arena_destroy(arena);
    if (lmcf->policy == NULL) {
        return NGX_ERROR;
    }
    cleanup->handler = free_policy;
    cleanup->data = lmcf->policy;
    return NGX_OK;
}

/* ---- workers ---- */

ngx_http_logistics_worker_t *ngx_http_logistics_worker(void)
{
    static ngx_http_logistics_worker_t worker;

    return &worker;
}

static ngx_http_logistics_main_conf_t *main_conf(ngx_cycle_t *cycle)
{
    ngx_http_logistics_main_conf_t *lmcf = ngx_http_cycle_get_module_main_conf(
        cycle, ngx_http_logistics_module);

    return lmcf && lmcf->policy ? lmcf : NULL;
}

static ngx_int_t init_process(ngx_cycle_t *cycle)
{
    ngx_http_logistics_worker_t *worker = ngx_http_logistics_worker();
    ngx_http_logistics_main_conf_t *lmcf = main_conf(cycle);

    if (lmcf == NULL || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) {
        return NGX_OK; /* cache helpers have no requests */
    }
    /*
     * The clock of a new worker stands where the master began to read the configuration. Timers set
     * by it, as that of the first connection to Redis, would be over before the first event.
     */
    ngx_time_update();
    ngx_http_logistics_zone_attach(lmcf, cycle->log);
    worker->odoo_facts_since = ngx_current_msec;
    worker->odoo_facts = lgs_odoo_facts_create();
    if (worker->odoo_facts == NULL) {
        return NGX_ERROR;
    }
    if (lmcf->redis) {
        worker->redis = ngx_http_logistics_redis_open(cycle, lmcf);
        if (worker->redis == NULL || ngx_http_logistics_wait_open(cycle, lmcf) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

static void exit_process(ngx_cycle_t *cycle)
{
    ngx_http_logistics_worker_t *worker = ngx_http_logistics_worker();
    ngx_http_logistics_main_conf_t *lmcf = main_conf(cycle);

    if (lmcf == NULL) {
        return;
    }
    ngx_http_logistics_wait_close();
    if (worker->redis) {
        ngx_http_logistics_redis_close(worker->redis);
        worker->redis = NULL;
    }
    lgs_odoo_facts_destroy(worker->odoo_facts);
    worker->odoo_facts = NULL;
    while (worker->n_spare) {
        lgs_arena_destroy(worker->spare[--worker->n_spare]);
    }
    ngx_http_logistics_zone_detach(lmcf);
}
