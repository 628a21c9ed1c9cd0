/*
 * Paths → routes: a tree of path segments. A literal segment wins over {param}; when the literal
 * way leads nowhere, the {param} way is tried. Private to policy/.
 */
#ifndef LGS_ROUTER_H
#define LGS_ROUTER_H

#include "policy.h"

#define LGS_MAX_PATH_SEGMENTS 16u

typedef struct lgs_router_s lgs_router_t;

lgs_router_t *lgs_router_create(lgs_arena_t *arena) LGS_MUST_CHECK;

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
