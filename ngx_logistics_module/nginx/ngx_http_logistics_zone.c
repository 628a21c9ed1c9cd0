/*
 * The shared memory zone: its layout at start and reload, the columns of the workers, rates and
 * in-flight numbers. Tokens and counters are in files of their own.
 */
#include "ngx_http_logistics_shared.h"

#include <signal.h>

static ngx_int_t init_zone(ngx_shm_zone_t *zone, void *old);
static ngx_int_t place_subjects(ngx_http_logistics_main_conf_t *lmcf, ngx_log_t *log);
static ngx_int_t grow_subject(ngx_http_logistics_zone_t *zone, subject_t *subject, uint32_t need);
static ngx_int_t place_tokens(ngx_http_logistics_zone_t *zone, size_t zone_size);
static void bury_dead(ngx_http_logistics_zone_t *zone);
static ngx_int_t fit_column(ngx_http_logistics_zone_t *zone, column_t *column);
static ngx_int_t grow_routes(ngx_http_logistics_zone_t *zone, column_t *column, uint32_t capacity);
static void release_held(ngx_http_logistics_zone_t *zone, column_t *column);
static void leave_slot(slot_t *at, uint32_t n);
static slot_t *slot(const ngx_http_logistics_main_conf_t *lmcf,
                    ngx_http_logistics_subject_e subject, uint32_t index, uint32_t *id);

ngx_int_t ngx_http_logistics_zone_add(ngx_conf_t *cf, ngx_http_logistics_main_conf_t *lmcf)
{
    ngx_str_t name = ngx_string("logistics");

    lmcf->zone_conf = ngx_shared_memory_add(cf, &name, lmcf->zone_size, &ngx_http_logistics_module);
    if (lmcf->zone_conf == NULL) {
        return NGX_ERROR;
    }
    lmcf->zone = ngx_pcalloc(cf->pool, sizeof(*lmcf->zone));
    if (lmcf->zone == NULL) {
        return NGX_ERROR;
    }
    for (int s = 0; s < NGX_HTTP_LOGISTICS_N_SUBJECTS; s++) {
        uint32_t n = s == NGX_HTTP_LOGISTICS_PARTNER ? lgs_policy_n_partners(lmcf->policy)
                                                     : lgs_policy_n_routes(lmcf->policy);

        lmcf->zone->slot_of[s] = ngx_pcalloc(cf->pool, (n + 1) * sizeof(uint32_t));
        if (lmcf->zone->slot_of[s] == NULL) {
            return NGX_ERROR;
        }
    }
    lmcf->zone_conf->init = init_zone;
    lmcf->zone_conf->data = lmcf;
    return NGX_OK;
}

static ngx_int_t init_zone(ngx_shm_zone_t *shm, void *old)
{
    ngx_http_logistics_main_conf_t *lmcf = shm->data, *before = old;
    ngx_http_logistics_zone_t *zone = lmcf->zone;

    zone->slab = (ngx_slab_pool_t *)shm->shm.addr;
    if (before) {
        zone->shared = before->zone->shared;
    } else if (shm->shm.exists) {
        zone->shared = zone->slab->data;
    } else {
        zone->shared = ngx_slab_calloc(zone->slab, sizeof(shared_t));
        if (zone->shared == NULL || place_tokens(zone, shm->shm.size) != NGX_OK) {
            ngx_log_error(NGX_LOG_EMERG, shm->shm.log, 0, "logistics_zone is too small");
            return NGX_ERROR;
        }
        zone->slab->data = zone->shared;
        zone->slab->log_nomem = 0;
    }
    lmcf->generation = ++zone->shared->generation;
    if (place_subjects(lmcf, shm->shm.log) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, shm->shm.log, 0,
                      "logistics_zone is too small for %uD partners and %uD routes",
                      lgs_policy_n_partners(lmcf->policy), lgs_policy_n_routes(lmcf->policy));
        return NGX_ERROR;
    }
    return NGX_OK;
}

/* ---- partners and routes ---- */

typedef struct {
    uint32_t n;
    lgs_str_t (*name)(const lgs_policy_t *policy, uint32_t index);
} names_t;

static lgs_str_t partner_name(const lgs_policy_t *policy, uint32_t index)
{
    return lgs_policy_partner_at(policy, index)->name;
}

static lgs_str_t route_name(const lgs_policy_t *policy, uint32_t index)
{
    return lgs_policy_route_at(policy, index)->name;
}

static bool name_hash(lgs_str_t name, uint64_t *hash)
{
    uint8_t digest[LGS_SHA256_LEN];

    if (!lgs_sha256(name, digest)) {
        return false;
    }
    memcpy(hash, digest, sizeof(*hash));
    return true;
}

/* Gives every partner and route of the policy its slot: the one it had, or the next free. */
static ngx_int_t place_names(ngx_http_logistics_main_conf_t *lmcf, subject_t *subject,
                             const names_t *names, uint32_t *slot_of, lgs_arena_t *arena)
{
    lgs_map_t *known = lgs_map_create(arena, subject->n + names->n);

    for (uint32_t i = 0; known && i < subject->n; i++) {
        lgs_str_t key = lgs_str((const char *)&subject->slots[i].name, sizeof(uint64_t));

        if (lgs_map_add(known, key, (void *)(uintptr_t)(i + 1)) == LGS_NOMEM) {
            return NGX_ERROR;
        }
    }
    for (uint32_t i = 0; i < names->n; i++) {
        uint64_t hash;
        uintptr_t at;

        if (known == NULL || !name_hash(names->name(lmcf->policy, i), &hash)) {
            return NGX_ERROR;
        }
        at = (uintptr_t)lgs_map_get(known, lgs_str((const char *)&hash, sizeof(hash)));
        if (at == 0) {
            if (subject->n == subject->capacity &&
                grow_subject(lmcf->zone, subject, subject->n + names->n - i) != NGX_OK) {
                return NGX_ERROR;
            }
            subject->slots[subject->n].name = hash;
            at = ++subject->n;
        }
        slot_of[i] = (uint32_t)at - 1;
    }
    return NGX_OK;
}

static ngx_int_t place_subjects(ngx_http_logistics_main_conf_t *lmcf, ngx_log_t *log)
{
    const names_t names[NGX_HTTP_LOGISTICS_N_SUBJECTS] = {
        {lgs_policy_n_partners(lmcf->policy), partner_name},
        {lgs_policy_n_routes(lmcf->policy), route_name},
    };
    lgs_arena_t *arena = lgs_arena_create(65536, 0);
    ngx_int_t rc = arena ? NGX_OK : NGX_ERROR;

    for (int s = 0; rc == NGX_OK && s < NGX_HTTP_LOGISTICS_N_SUBJECTS; s++) {
        rc = place_names(lmcf, &lmcf->zone->shared->subjects[s], &names[s], lmcf->zone->slot_of[s],
                         arena);
    }
    lgs_arena_destroy(arena);
    return rc;
}

/*
 * Room for `need` slots and half as many again. Old workers of a reload may still count in the old
 * piece, so it is not freed: capacities at least grow by half, which bounds what is lost.
 */
static ngx_int_t grow_subject(ngx_http_logistics_zone_t *zone, subject_t *subject, uint32_t need)
{
    uint32_t capacity = need + need / 2 + 64;
    slot_t *slots = ngx_slab_calloc(zone->slab, capacity * sizeof(slot_t));

    if (slots == NULL) {
        return NGX_ERROR;
    }
    if (subject->n) {
        ngx_memcpy(slots, subject->slots, subject->n * sizeof(slot_t));
    }
    subject->slots = slots;
    subject->capacity = capacity;
    return NGX_OK;
}

static ngx_int_t place_tokens(ngx_http_logistics_zone_t *zone, size_t zone_size)
{
    uint32_t sets = 1;

    /* half of the zone: 16,000 tokens of the default 16 MiB */
    while ((size_t)sets * 2 * TOKEN_WAYS * sizeof(token_t) <= zone_size / 2) {
        sets *= 2;
    }
    zone->shared->tokens = ngx_slab_calloc(zone->slab, (size_t)sets * TOKEN_WAYS * sizeof(token_t));
    zone->shared->n_token_sets = sets;
    return zone->shared->tokens ? NGX_OK : NGX_ERROR;
}

/* ---- columns ---- */

void ngx_http_logistics_zone_attach(ngx_http_logistics_main_conf_t *lmcf, ngx_log_t *log)
{
    ngx_http_logistics_zone_t *zone = lmcf->zone;
    shared_t *shared = zone->shared;
    column_t *column = NULL;

    ngx_shmtx_lock(&zone->slab->mutex);
    bury_dead(zone);
    for (ngx_uint_t i = 0; i < MAX_COLUMNS && column == NULL; i++) {
        if (shared->columns[i] == NULL) {
            shared->columns[i] = ngx_slab_calloc_locked(zone->slab, sizeof(column_t));
            if (shared->columns[i] == NULL) {
                break;
            }
        }
        if (shared->columns[i]->pid == 0) {
            column = shared->columns[i];
        }
    }
    if (column && fit_column(zone, column) == NGX_OK) {
        column->counters[NGX_HTTP_LOGISTICS_REDIS_UP] = 0;
        column->pid = (ngx_atomic_uint_t)ngx_pid;
        zone->column = column;
    }
    ngx_shmtx_unlock(&zone->slab->mutex);
    if (zone->column == NULL) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "logistics_zone is too small for one more worker: its requests are not "
                      "counted in /metrics");
    }
}

void ngx_http_logistics_zone_detach(ngx_http_logistics_main_conf_t *lmcf)
{
    column_t *column = ngx_http_logistics_column(lmcf);

    if (column) {
        release_held(lmcf->zone, column);
        column->counters[NGX_HTTP_LOGISTICS_REDIS_UP] = 0;
        column->pid = 0;
        lmcf->zone->column = NULL;
    }
}

/* Gives back what workers held that were killed in the middle of requests. */
static void bury_dead(ngx_http_logistics_zone_t *zone)
{
    for (ngx_uint_t i = 0; i < MAX_COLUMNS && zone->shared->columns[i]; i++) {
        column_t *column = zone->shared->columns[i];

        if (column->pid && kill((pid_t)column->pid, 0) == -1 && ngx_errno == ESRCH) {
            release_held(zone, column);
            column->pid = 0;
        }
    }
}

/* The zone's mutex is held. */
static ngx_int_t fit_column(ngx_http_logistics_zone_t *zone, column_t *column)
{
    for (int s = 0; s < NGX_HTTP_LOGISTICS_N_SUBJECTS; s++) {
        uint32_t capacity = zone->shared->subjects[s].capacity;

        if (column->capacity[s] >= capacity) {
            continue;
        }
        if (s == NGX_HTTP_LOGISTICS_ROUTE && grow_routes(zone, column, capacity) != NGX_OK) {
            return NGX_ERROR;
        }
        if (column->held[s]) {
            ngx_slab_free_locked(zone->slab, column->held[s]);
        }
        column->held[s] = ngx_slab_calloc_locked(zone->slab, capacity * sizeof(uint32_t));
        if (column->held[s] == NULL) {
            column->capacity[s] = 0;
            return NGX_ERROR;
        }
        column->capacity[s] = capacity;
    }
    return NGX_OK;
}

/*
 * What was counted stays. A scrape in another worker may still read the old piece, so it is not
 * freed; see grow_subject.
 */
static ngx_int_t grow_routes(ngx_http_logistics_zone_t *zone, column_t *column, uint32_t capacity)
{
    size_t row = sizeof(column->routes[0]);
    void *routes = ngx_slab_calloc_locked(zone->slab, (capacity + 1) * row);

    if (routes == NULL) {
        return NGX_ERROR;
    }
    if (column->routes) {
        ngx_memcpy(routes, (void *)column->routes,
                   (column->capacity[NGX_HTTP_LOGISTICS_ROUTE] + 1) * row);
    }
    column->routes = routes;
    return NGX_OK;
}

static void release_held(ngx_http_logistics_zone_t *zone, column_t *column)
{
    for (int s = 0; s < NGX_HTTP_LOGISTICS_N_SUBJECTS; s++) {
        subject_t *subject = &zone->shared->subjects[s];

        for (uint32_t i = 0; i < subject->n && i < column->capacity[s]; i++) {
            if (column->held[s][i]) {
                leave_slot(&subject->slots[i], column->held[s][i]);
                column->held[s][i] = 0;
            }
        }
    }
}

/* ---- limits ---- */

lgs_rate_verdict_t ngx_http_logistics_zone_take(const ngx_http_logistics_main_conf_t *lmcf,
                                                const ngx_http_logistics_bucket_t *bucket,
                                                uint32_t cost, uint64_t now_ns)
{
    ngx_atomic_t *tat = &slot(lmcf, bucket->subject, bucket->index, NULL)->tat[bucket->unit];
    lgs_rate_verdict_t verdict;
    uint64_t before, after;

    do {
        before = after = *tat;
        verdict = lgs_gcra_take(bucket->rate, &after, now_ns, cost);
    } while (verdict.allowed && !ngx_atomic_cmp_set(tat, before, after));
    return verdict;
}

void ngx_http_logistics_zone_give_back(const ngx_http_logistics_main_conf_t *lmcf,
                                       const ngx_http_logistics_bucket_t *bucket, uint32_t cost)
{
    slot_t *at = slot(lmcf, bucket->subject, bucket->index, NULL);

    (void)ngx_atomic_fetch_add(&at->tat[bucket->unit],
                               -(ngx_atomic_int_t)(bucket->rate->interval_ns * cost));
}

bool ngx_http_logistics_zone_enter(const ngx_http_logistics_main_conf_t *lmcf,
                                   ngx_http_logistics_subject_e subject, uint32_t index,
                                   uint32_t limit)
{
    column_t *column = lmcf->zone->column;
    uint32_t id;
    slot_t *at = slot(lmcf, subject, index, &id);
    ngx_atomic_uint_t before;

    do {
        before = at->in_flight;
        if (before >= limit) {
            return false;
        }
    } while (!ngx_atomic_cmp_set(&at->in_flight, before, before + 1));
    if (column) {
        column->held[subject][id]++;
    }
    return true;
}

void ngx_http_logistics_zone_leave(const ngx_http_logistics_main_conf_t *lmcf,
                                   ngx_http_logistics_subject_e subject, uint32_t index)
{
    column_t *column = lmcf->zone->column;
    uint32_t id;
    slot_t *at = slot(lmcf, subject, index, &id);

    if (column) {
        column->held[subject][id]--;
    }
    leave_slot(at, 1);
}

/*
 * Never below zero: what entered while a reload moved the slots may have been counted in the old
 * piece, and a number that wrapped around would shut its partner out for good.
 */
static void leave_slot(slot_t *at, uint32_t n)
{
    ngx_atomic_uint_t before, after;

    do {
        before = at->in_flight;
        after = before > n ? before - n : 0;
    } while (!ngx_atomic_cmp_set(&at->in_flight, before, after));
}

static slot_t *slot(const ngx_http_logistics_main_conf_t *lmcf,
                    ngx_http_logistics_subject_e subject, uint32_t index, uint32_t *id)
{
    uint32_t at = lmcf->zone->slot_of[subject][index];

    if (id) {
        *id = at;
    }
    return &lmcf->zone->shared->subjects[subject].slots[at];
}
