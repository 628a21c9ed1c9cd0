/*
 * Facts about one server (facts.h): the uid and a map "model field" → kind. They have arenas of
 * their own, so that they outlive plans; nothing handed out points into them.
 */
#include "facts.h"

#include "../base/map.h"

#define MAX_KEY 256u

struct lgs_odoo_facts_s {
    lgs_arena_t *own;   /* holds this struct */
    lgs_arena_t *arena; /* holds what was learned */
    lgs_map_t *fields;  /* "model field" → an element of kinds[] */
    int64_t uid;
};

static const lgs_odoo_field_t kinds[] = {
    [LGS_ODOO_FIELD_UNKNOWN] = LGS_ODOO_FIELD_UNKNOWN,
    [LGS_ODOO_FIELD_ABSENT] = LGS_ODOO_FIELD_ABSENT,
    [LGS_ODOO_FIELD_TEXT] = LGS_ODOO_FIELD_TEXT,
    [LGS_ODOO_FIELD_NUMBER] = LGS_ODOO_FIELD_NUMBER,
    [LGS_ODOO_FIELD_DECIMAL] = LGS_ODOO_FIELD_DECIMAL,
};

static bool make_key(char *key, lgs_str_t model, lgs_str_t field, lgs_str_t *made);
static bool add(lgs_odoo_facts_t *facts, lgs_str_t key, lgs_odoo_field_t kind);

lgs_odoo_facts_t *lgs_odoo_facts_create(void)
{
    lgs_arena_t *own = lgs_arena_create(sizeof(lgs_odoo_facts_t) + 64, 0);
    lgs_odoo_facts_t *facts = own ? lgs_arena_zalloc(own, sizeof(*facts)) : NULL;

    if (facts == NULL) {
        lgs_arena_destroy(own);
        return NULL;
    }
    facts->own = own;
    facts->arena = lgs_arena_create(4096, LGS_ODOO_FACTS_BYTES);
    if (facts->arena == NULL) {
        lgs_arena_destroy(own);
        return NULL;
    }
    return facts;
}

void lgs_odoo_facts_destroy(lgs_odoo_facts_t *facts)
{
    if (facts) {
        lgs_arena_destroy(facts->arena);
        lgs_arena_destroy(facts->own);
    }
}

void lgs_odoo_facts_forget(lgs_odoo_facts_t *facts)
{
    lgs_arena_reset(facts->arena);
    facts->fields = NULL;
    facts->uid = 0;
}

int64_t lgs_odoo_facts_uid(const lgs_odoo_facts_t *facts)
{
    return facts->uid;
}

void lgs_odoo_facts_set_uid(lgs_odoo_facts_t *facts, int64_t uid)
{
    facts->uid = uid;
}

lgs_odoo_field_t lgs_odoo_facts_field(const lgs_odoo_facts_t *facts, lgs_str_t model,
                                      lgs_str_t field)
{
    char room[MAX_KEY];
    const lgs_odoo_field_t *kind;
    lgs_str_t key;

    if (lgs_str_is(field, "id")) {
        return LGS_ODOO_FIELD_NUMBER;
    }
    if (facts->fields == NULL || !make_key(room, model, field, &key)) {
        return LGS_ODOO_FIELD_UNKNOWN;
    }
    kind = lgs_map_get(facts->fields, key);
    return kind ? *kind : LGS_ODOO_FIELD_UNKNOWN;
}

void lgs_odoo_facts_learn(lgs_odoo_facts_t *facts, lgs_str_t model, lgs_str_t field, lgs_str_t type)
{
    char room[MAX_KEY];
    lgs_str_t key;
    int64_t uid = facts->uid;

    if (!make_key(room, model, field, &key) || add(facts, key, lgs_odoo_field_of(type))) {
        return;
    }
    /* full: begin again; what is lost is asked for again */
    lgs_odoo_facts_forget(facts);
    facts->uid = uid;
    (void)add(facts, key, lgs_odoo_field_of(type));
}

lgs_odoo_field_t lgs_odoo_field_of(lgs_str_t type)
{
    static const lgs_str_t numbers[] = {
        LGS_STR_INIT("integer"),   LGS_STR_INIT("many2one"),           LGS_STR_INIT("one2many"),
        LGS_STR_INIT("many2many"), LGS_STR_INIT("many2one_reference"),
    };

    if (type.len == 0) {
        return LGS_ODOO_FIELD_ABSENT;
    }
    if (lgs_str_is(type, "float") || lgs_str_is(type, "monetary")) {
        return LGS_ODOO_FIELD_DECIMAL;
    }
    for (size_t i = 0; i < LGS_N(numbers); i++) {
        if (lgs_str_eq(type, numbers[i])) {
            return LGS_ODOO_FIELD_NUMBER;
        }
    }
    return LGS_ODOO_FIELD_TEXT;
}

/* Names with a space or longer than any of Odoo's have no key. */
static bool make_key(char *key, lgs_str_t model, lgs_str_t field, lgs_str_t *made)
{
    if (model.len + 1 + field.len > MAX_KEY || model.len == 0 || field.len == 0) {
        return false;
    }
    memcpy(key, model.data, model.len);
    key[model.len] = ' ';
    memcpy(key + model.len + 1, field.data, field.len);
    *made = lgs_str(key, model.len + 1 + field.len);
    return true;
}

/* False when the arena is full. A field that is known already keeps what was learned first. */
static bool add(lgs_odoo_facts_t *facts, lgs_str_t key, lgs_odoo_field_t kind)
{
    lgs_str_t kept;

    if (facts->fields == NULL) {
        facts->fields = lgs_map_create(facts->arena, 16);
    }
    if (facts->fields == NULL) {
        return false;
    }
    if (lgs_map_get(facts->fields, key)) {
        return true;
    }
    kept = lgs_arena_str(facts->arena, key);
    return kept.data && lgs_map_add(facts->fields, kept, (void *)(uintptr_t)&kinds[kind]) == LGS_OK;
}
