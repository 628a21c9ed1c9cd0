/*
 * Tokens that were verified already, by SHA-256: sets of eight entries, each guarded by a sequence
 * number (odd while written), so that readers never wait and a killed writer spoils one entry only.
 * The stalest entry of a full set makes room.
 */
#include "ngx_http_logistics_shared.h"

static token_t *token_set(const ngx_http_logistics_zone_t *zone, const uint8_t key[LGS_SHA256_LEN]);

lgs_rc_t ngx_http_logistics_zone_find_token(const ngx_http_logistics_main_conf_t *lmcf,
                                            const uint8_t key[LGS_SHA256_LEN], int64_t now_s,
                                            lgs_arena_t *arena, ngx_http_logistics_seen_t *seen)
{
    token_t *set = token_set(lmcf->zone, key);

    for (ngx_uint_t i = 0; i < TOKEN_WAYS; i++) {
        token_t *token = &set[i];
        ngx_atomic_uint_t sequence = __atomic_load_n(&token->sequence, __ATOMIC_ACQUIRE);
        uint32_t len = token->scopes_len;

        if ((sequence & 1) || memcmp(token->key, key, LGS_SHA256_LEN) != 0 ||
            token->generation != lmcf->generation || token->expires <= now_s ||
            len > TOKEN_SCOPES) {
            continue;
        }
        seen->partner = token->partner;
        seen->expires = token->expires;
        seen->scopes = lgs_arena_str(arena, lgs_str(token->scopes, len));
        if (seen->scopes.data == NULL) {
            return LGS_NOMEM;
        }
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (__atomic_load_n(&token->sequence, __ATOMIC_RELAXED) != sequence) {
            return LGS_NOT_FOUND; /* overwritten meanwhile: verify again */
        }
        token->used = now_s; /* a lost race only makes the entry look older */
        return LGS_OK;
    }
    return LGS_NOT_FOUND;
}

void ngx_http_logistics_zone_add_token(const ngx_http_logistics_main_conf_t *lmcf,
                                       const uint8_t key[LGS_SHA256_LEN], int64_t now_s,
                                       const ngx_http_logistics_seen_t *seen)
{
    token_t *set = token_set(lmcf->zone, key), *victim = NULL;
    ngx_atomic_uint_t sequence;
    int64_t stalest = INT64_MAX;

    if (seen->scopes.len > TOKEN_SCOPES) {
        return;
    }
    for (ngx_uint_t i = 0; i < TOKEN_WAYS; i++) {
        bool is_void = set[i].generation != lmcf->generation || set[i].expires <= now_s;
        int64_t used = is_void ? -1 : set[i].used;

        if (!(set[i].sequence & 1) && used < stalest) {
            stalest = used;
            victim = &set[i];
        }
    }
    if (victim == NULL) {
        return;
    }
    sequence = victim->sequence;
    if ((sequence & 1) || !ngx_atomic_cmp_set(&victim->sequence, sequence, sequence + 1)) {
        return; /* another worker writes here: this token is verified once more next time */
    }
    if (stalest >= 0) {
        ngx_http_logistics_count(lmcf, NGX_HTTP_LOGISTICS_TOKEN_EVICTIONS, 1);
    }
    memcpy(victim->key, key, LGS_SHA256_LEN);
    victim->generation = lmcf->generation;
    victim->expires = seen->expires;
    victim->used = now_s;
    victim->partner = seen->partner;
    victim->scopes_len = (uint32_t)seen->scopes.len;
    if (seen->scopes.len) {
        memcpy(victim->scopes, seen->scopes.data, seen->scopes.len);
    }
    __atomic_store_n(&victim->sequence, sequence + 2, __ATOMIC_RELEASE);
}

static token_t *token_set(const ngx_http_logistics_zone_t *zone, const uint8_t key[LGS_SHA256_LEN])
{
    uint32_t at;

    memcpy(&at, key, sizeof(at));
    return &zone->shared->tokens[(size_t)(at & (zone->shared->n_token_sets - 1)) * TOKEN_WAYS];
}
