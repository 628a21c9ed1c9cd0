/* The tree of path segments (router.h). Built at load; a lookup allocates nothing. */
#include "router.h"

typedef struct segment_s segment_t;
struct segment_s {
    lgs_map_t *literals; /* text → segment_t; NULL: none */
    segment_t *param;
    const lgs_route_t *rest;  /* takes all that is left */
    const lgs_route_t *route; /* whose path ends here */
};

struct lgs_router_s {
    lgs_arena_t *arena;
    segment_t root;
};

typedef struct {
    lgs_str_t parts[LGS_MAX_PATH_SEGMENTS];
    uint32_t n;
} split_t;

static bool split_path(lgs_str_t path, split_t *split);
static bool is_param(lgs_str_t part);
static bool is_rest(lgs_str_t part);
static lgs_str_t name_of(lgs_str_t part);
static bool are_params_good(const split_t *split);
static segment_t *step_into(lgs_router_t *router, segment_t *at, lgs_str_t part);
static const lgs_route_t *find_below(const segment_t *at, const split_t *split, uint32_t i,
                                     lgs_str_t *values, uint32_t n_values);
static void name_params(const lgs_route_t *route, const lgs_str_t *values,
                        lgs_path_params_t *params);

lgs_router_t *lgs_router_create(lgs_arena_t *arena)
{
    lgs_router_t *router = lgs_arena_zalloc(arena, sizeof(*router));

    if (router) {
        router->arena = arena;
    }
    return router;
}

lgs_rc_t lgs_router_add(lgs_router_t *router, const lgs_route_t *route, const lgs_route_t **other)
{
    segment_t *at = &router->root;
    const lgs_route_t **place;
    split_t split;
    bool has_rest;

    *other = NULL;
    if (!split_path(route->path, &split) || !are_params_good(&split)) {
        return LGS_INVALID;
    }
    has_rest = is_rest(split.parts[split.n - 1]);
    for (uint32_t i = 0; i < split.n - has_rest; i++) {
        at = step_into(router, at, split.parts[i]);
        if (at == NULL) {
            return LGS_NOMEM;
        }
    }
    place = has_rest ? &at->rest : &at->route;
    if (*place) {
        *other = *place;
        return LGS_INVALID;
    }
    *place = route;
    return LGS_OK;
}

const lgs_route_t *lgs_router_find(const lgs_router_t *router, lgs_str_t path,
                                   lgs_path_params_t *params)
{
    lgs_str_t values[LGS_MAX_PATH_PARAMS];
    const lgs_route_t *route;
    split_t split;

    if (params) {
        params->n = 0;
    }
    if (!split_path(path, &split)) {
        return NULL;
    }
    route = find_below(&router->root, &split, 0, values, 0);
    if (route && params) {
        name_params(route, values, params);
    }
    return route;
}

/* "/a/b" → a, b. False for what no route can be: no slash first, an empty or one segment too many.
 */
static bool split_path(lgs_str_t path, split_t *split)
{
    const char *p = path.data, *end = p + path.len;

    split->n = 0;
    if (path.len < 2) {
        return false;
    }
    while (p < end) {
        const char *from = p + 1, *slash;

        if (*p != '/' || from == end || split->n == LGS_MAX_PATH_SEGMENTS) {
            return false;
        }
        slash = memchr(from, '/', (size_t)(end - from));
        p = slash ? slash : end;
        if (p == from) {
            return false;
        }
        split->parts[split->n++] = lgs_str(from, (size_t)(p - from));
    }
    return true;
}

static bool is_param(lgs_str_t part)
{
    return part.len > 2 && part.data[0] == '{' && part.data[part.len - 1] == '}';
}

static bool is_rest(lgs_str_t part)
{
    return is_param(part) && part.len > 3 && part.data[1] == '+';
}

static lgs_str_t name_of(lgs_str_t part)
{
    size_t skip = is_rest(part) ? 2 : 1;

    return lgs_str(part.data + skip, part.len - skip - 1);
}

uint32_t lgs_router_params(lgs_str_t path, lgs_str_t names[LGS_MAX_PATH_PARAMS])
{
    split_t split;
    uint32_t n = 0;

    for (uint32_t i = 0; split_path(path, &split) && i < split.n; i++) {
        if (is_param(split.parts[i]) && n < LGS_MAX_PATH_PARAMS) {
            names[n++] = name_of(split.parts[i]);
        }
    }
    return n;
}

static bool are_params_good(const split_t *split)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < split->n; i++) {
        if (is_rest(split->parts[i]) && i + 1 < split->n) {
            return false;
        }
        for (uint32_t j = 0; j < i && is_param(split->parts[i]); j++) {
            if (is_param(split->parts[j]) &&
                lgs_str_eq(name_of(split->parts[i]), name_of(split->parts[j]))) {
                return false;
            }
        }
        n += is_param(split->parts[i]);
    }
    return n <= LGS_MAX_PATH_PARAMS;
}

static segment_t *step_into(lgs_router_t *router, segment_t *at, lgs_str_t part)
{
    segment_t *next;

    if (is_param(part)) {
        at->param = at->param ? at->param : lgs_arena_zalloc(router->arena, sizeof(segment_t));
        return at->param;
    }
    if (at->literals == NULL) {
        at->literals = lgs_map_create(router->arena, 1);
    }
    if (at->literals == NULL) {
        return NULL;
    }
    next = lgs_map_get(at->literals, part);
    if (next == NULL) {
        next = lgs_arena_zalloc(router->arena, sizeof(*next));
        if (next == NULL || lgs_map_add(at->literals, part, next) != LGS_OK) {
            return NULL;
        }
    }
    return next;
}

/* As deep as the path has segments (LGS_MAX_PATH_SEGMENTS); visits a tree's node at most once. */
static const lgs_route_t *find_below(const segment_t *at, const split_t *split, uint32_t i,
                                     lgs_str_t *values, uint32_t n_values)
{
    const segment_t *next;
    const lgs_route_t *route;

    if (i == split->n) {
        return at->route;
    }
    next = at->literals ? lgs_map_get(at->literals, split->parts[i]) : NULL;
    route = next ? find_below(next, split, i + 1, values, n_values) : NULL;
    if (route == NULL && at->param) {
        if (n_values < LGS_MAX_PATH_PARAMS) {
            values[n_values] = split->parts[i];
        }
        route = find_below(at->param, split, i + 1, values, n_values + 1);
    }
    if (route == NULL && at->rest) {
        const char *from = split->parts[i].data;
        const lgs_str_t *last = &split->parts[split->n - 1];

        if (n_values < LGS_MAX_PATH_PARAMS) {
            values[n_values] = lgs_str(from, (size_t)(last->data + last->len - from));
        }
        route = at->rest;
    }
    return route;
}

static void name_params(const lgs_route_t *route, const lgs_str_t *values,
                        lgs_path_params_t *params)
{
    params->n = lgs_router_params(route->path, params->names);
    for (uint32_t i = 0; i < params->n; i++) {
        params->values[i] = values[i];
    }
}
