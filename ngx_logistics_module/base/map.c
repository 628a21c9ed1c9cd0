/* The string map (map.h): entries in order of addition, beside them a table of their indexes. */
#include "map.h"

#include "hash.h"

typedef struct {
    lgs_str_t key;
    void *value;
    uint32_t hash;
} entry_t;

struct lgs_map_s {
    lgs_arena_t *arena;
    entry_t *entries;
    size_t n, size;
    uint32_t *slots; /* 0: free, else index of the entry + 1 */
    size_t mask;
};

static bool make_table(lgs_map_t *map, size_t slots);
static inline bool is_key(const entry_t *entry, lgs_str_t key, uint32_t hash);
static inline uint32_t *find_slot(const lgs_map_t *map, lgs_str_t key, uint32_t hash);

lgs_map_t *lgs_map_create(lgs_arena_t *arena, size_t expected)
{
    lgs_map_t *map = lgs_arena_zalloc(arena, sizeof(*map));
    size_t slots = 8;

    if (map == NULL) {
        return NULL;
    }
    map->arena = arena;
    while (slots < expected * 2) {
        slots *= 2;
    }
    return make_table(map, slots) ? map : NULL;
}

lgs_rc_t lgs_map_add(lgs_map_t *map, lgs_str_t key, void *value)
{
    uint32_t hash = lgs_hash(key.data, key.len);
    uint32_t *slot = find_slot(map, key, hash);

    if (*slot) {
        return LGS_INVALID;
    }
    if (map->n == map->size) {
        size_t size = map->size ? map->size * 2 : 8;
        entry_t *entries = lgs_arena_grow(map->arena, map->entries, map->size * sizeof(entry_t),
                                          size * sizeof(entry_t));

        if (entries == NULL) {
            return LGS_NOMEM;
        }
        map->entries = entries;
        map->size = size;
    }
    map->entries[map->n++] = (entry_t){key, value, hash};
    *slot = (uint32_t)map->n;
    if (map->n * 2 > map->mask && !make_table(map, (map->mask + 1) * 2)) {
        return LGS_NOMEM;
    }
    return LGS_OK;
}

void *lgs_map_get(const lgs_map_t *map, lgs_str_t key)
{
    uint32_t hash = lgs_hash(key.data, key.len), slot;

    for (size_t at = hash & map->mask; (slot = map->slots[at]) != 0; at = (at + 1) & map->mask) {
        const entry_t *entry = &map->entries[slot - 1];

        if (is_key(entry, key, hash)) {
            return entry->value;
        }
    }
    return NULL;
}

size_t lgs_map_count(const lgs_map_t *map)
{
    return map->n;
}

void lgs_map_at(const lgs_map_t *map, size_t i, lgs_str_t *key, void **value)
{
    if (key) {
        *key = map->entries[i].key;
    }
    if (value) {
        *value = map->entries[i].value;
    }
}

static bool make_table(lgs_map_t *map, size_t slots)
{
    uint32_t *table = lgs_arena_array(map->arena, slots, sizeof(uint32_t));

    if (table == NULL) {
        return false;
    }
    map->slots = table;
    map->mask = slots - 1;
    for (size_t i = 0; i < map->n; i++) {
        *find_slot(map, map->entries[i].key, map->entries[i].hash) = (uint32_t)i + 1;
    }
    return true;
}

static inline uint32_t *find_slot(const lgs_map_t *map, lgs_str_t key, uint32_t hash)
{
    size_t at = hash & map->mask;

    for (;; at = (at + 1) & map->mask) {
        uint32_t slot = map->slots[at];
        const entry_t *entry;

        if (slot == 0) {
            return &map->slots[at];
        }
        entry = &map->entries[slot - 1];
        if (is_key(entry, key, hash)) {
            return &map->slots[at];
        }
    }
}

static inline bool is_key(const entry_t *entry, lgs_str_t key, uint32_t hash)
{
    return entry->hash == hash && entry->key.len == key.len &&
           lgs_same(entry->key.data, key.data, key.len);
}
