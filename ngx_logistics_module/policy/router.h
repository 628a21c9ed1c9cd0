/*
 * Paths → routes: a tree of path segments. A literal segment wins over {param}, and that over
 * {+rest}, which ends a path and stands for all segments that are left; when one way leads nowhere,
 * the next is tried. Private to policy/.
 */
#ifndef LGS_ROUTER_H
#define LGS_ROUTER_H

#include "policy.h"

#define LGS_MAX_PATH_SEGMENTS 16u

typedef struct lgs_router_s lgs_router_t;

lgs_router_t *lgs_router_create(lgs_arena_t *arena) LGS_MUST_CHECK;

/* The names of the {params} of a path in their order; at most LGS_MAX_PATH_PARAMS. */
uint32_t lgs_router_params(lgs_str_t path, lgs_str_t names[LGS_MAX_PATH_PARAMS]);

/*
 * Adds route->path ("/v1/traces/{id}"). LGS_INVALID when another route takes the same requests (it
 * comes back in *other) or the path has too many segments, or too many or twice the same {param}s
 * (*other is NULL). Records no error.
 */
lgs_rc_t lgs_router_add(lgs_router_t *router, const lgs_route_t *route,
                        const lgs_route_t **other) LGS_MUST_CHECK;

const lgs_route_t *lgs_router_find(const lgs_router_t *router, lgs_str_t path,
                                   lgs_path_params_t *params);

#endif
