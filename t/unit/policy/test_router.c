#include "../unit.h"

#include "../../../ngx_logistics_module/policy/router.h"

#define MAX_ROUTES 16

typedef struct {
    lgs_arena_t *arena;
    lgs_router_t *router;
    lgs_route_t routes[MAX_ROUTES];
    size_t n;
} world_t;

static void open_world(world_t *w)
{
    memset(w, 0, sizeof(*w));
    w->arena = lgs_arena_create(0, 0);
    w->router = lgs_router_create(w->arena);
}

static lgs_rc_t add(world_t *w, const char *path, const lgs_route_t **other)
{
    lgs_route_t *route = &w->routes[w->n++];

    route->path = route->name = lgs_cstr(path);
    return lgs_router_add(w->router, route, other);
}

/* The path of the route that is found, or "". */
static lgs_str_t find(const world_t *w, const char *path, lgs_path_params_t *params)
{
    const lgs_route_t *route = lgs_router_find(w->router, lgs_cstr(path), params);

    return route ? route->path : LGS_STR("");
}

static const char *const good[] = {
    "/v1/traces",          "/v1/traces/{id}", "/v1/traces/latest",
    "/v1/{kind}/latest/x", "/v1/{a}/{b}/{c}", "/{one}",
};

static const struct {
    const char *path, *route;
} lookups[] = {
    {"/v1/traces", "/v1/traces"},
    {"/v1/traces/abc", "/v1/traces/{id}"},
    {"/v1/traces/latest", "/v1/traces/latest"},
    /* the literal way leads nowhere: the other one is tried */
    {"/v1/traces/latest/x", "/v1/{kind}/latest/x"},
    {"/v1/traces/latest/y", "/v1/{a}/{b}/{c}"},
    {"/v1/other/x/y", "/v1/{a}/{b}/{c}"},
    {"/anything", "/{one}"},
    {"/v1/other", ""},
    {"/v1/traces/", ""},
    {"/v1//traces", ""},
    {"//v1/traces", ""},
    {"/v1/Traces", ""},
    {"/", ""},
    {"", ""},
    {"v1/traces", ""},
    {"/v1/traces/a/b/c", ""},
    {"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", ""},
};

TEST(literal_segments_win_over_parameters)
{
    const lgs_route_t *other;
    world_t w;

    open_world(&w);
    for (size_t i = 0; i < LGS_N(good); i++) {
        CHECK_INT(add(&w, good[i], &other), LGS_OK);
    }
    for (size_t i = 0; i < LGS_N(lookups); i++) {
        CHECK_STR(find(&w, lookups[i].path, NULL), lookups[i].route);
    }
    lgs_arena_destroy(w.arena);
}

TEST(parameters_have_names_and_values)
{
    const lgs_route_t *other;
    lgs_path_params_t params;
    world_t w;

    open_world(&w);
    CHECK_INT(add(&w, "/v1/{kind}/x/{id}", &other), LGS_OK);
    CHECK_INT(add(&w, "/v1/fix/x/y", &other), LGS_OK);
    CHECK_STR(find(&w, "/v1/a%20b/x/7", &params), "/v1/{kind}/x/{id}");
    CHECK_INT(params.n, 2);
    CHECK_STR(params.names[0], "kind");
    CHECK_STR(params.values[0], "a%20b");
    CHECK_STR(params.names[1], "id");
    CHECK_STR(params.values[1], "7");
    CHECK_STR(find(&w, "/v1/fix/x/y", &params), "/v1/fix/x/y");
    CHECK_INT(params.n, 0);
    CHECK_STR(find(&w, "/v1/fix/x/z", &params), "/v1/{kind}/x/{id}");
    CHECK_STR(params.values[0], "fix");
    CHECK_STR(find(&w, "/none", &params), "");
    CHECK_INT(params.n, 0);
    lgs_arena_destroy(w.arena);
}

TEST(what_takes_the_same_requests_is_refused)
{
    const lgs_route_t *other;
    world_t w;

    open_world(&w);
    CHECK_INT(add(&w, "/v1/x/{id}", &other), LGS_OK);
    CHECK_INT(add(&w, "/v1/x/{key}", &other), LGS_INVALID);
    CHECK(other == &w.routes[0]);
    CHECK_INT(add(&w, "/v1/x/{id}/y", &other), LGS_OK);
    CHECK_INT(add(&w, "/v1/x/id", &other), LGS_OK);
    lgs_arena_destroy(w.arena);
}

static const char *const bad[] = {
    "",
    "/",
    "v1",
    "/v1/",
    "//v1",
    "/v1//x",
    "/{a}/{a}",
    "/{a}/{b}/{c}/{d}/{e}",
    "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
};

TEST(what_is_no_path_is_refused)
{
    const lgs_route_t *other;
    world_t w;

    open_world(&w);
    for (size_t i = 0; i < LGS_N(bad); i++) {
        CHECK_INT(add(&w, bad[i], &other), LGS_INVALID);
        CHECK(other == NULL);
    }
    CHECK_INT(add(&w, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", &other), LGS_OK);
    CHECK_INT(add(&w, "/{a}/{b}/{c}/{d}", &other), LGS_OK);
    lgs_arena_destroy(w.arena);
}

TEST(a_rest_takes_all_segments_that_are_left)
{
    static const struct {
        const char *path, *route, *value;
    } cases[] = {
        {"/v1/invoices/INV/2026/00001", "/v1/invoices/{+ref}", "INV/2026/00001"},
        {"/v1/invoices/x", "/v1/invoices/{+ref}", "x"},
        {"/v1/invoices/list", "/v1/invoices/list", NULL},
        {"/v1/invoices/list/x", "/v1/invoices/list/{id}", "x"},
        {"/v1/invoices/list/x/y", "/v1/invoices/{+ref}", "list/x/y"},
        {"/v1/invoices", "", NULL},
        {"/v1/invoices/", "", NULL},
        {"/v1/invoices/a//b", "", NULL},
        {"/v1/invoices/a/", "", NULL},
    };
    const lgs_route_t *other;
    lgs_path_params_t params;
    world_t w;

    open_world(&w);
    CHECK_INT(add(&w, "/v1/invoices/{+ref}", &other), LGS_OK);
    CHECK_INT(add(&w, "/v1/invoices/list", &other), LGS_OK);
    CHECK_INT(add(&w, "/v1/invoices/list/{id}", &other), LGS_OK);
    CHECK_INT(add(&w, "/v1/invoices/{+all}", &other), LGS_INVALID);
    CHECK(other == &w.routes[0]);
    CHECK_INT(add(&w, "/v1/{+ref}/x", &other), LGS_INVALID);
    CHECK_INT(add(&w, "/v2/{ref}/{+ref}", &other), LGS_INVALID);
    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK_STR(find(&w, cases[i].path, &params), cases[i].route);
        if (cases[i].value) {
            CHECK_INT(params.n, 1);
            CHECK_STR(params.values[0], cases[i].value);
        }
    }
    (void)find(&w, "/v1/invoices/a/b", &params);
    CHECK_STR(params.names[0], "ref");
    lgs_arena_destroy(w.arena);
}

int main(void)
{
    RUN(literal_segments_win_over_parameters);
    RUN(parameters_have_names_and_values);
    RUN(what_takes_the_same_requests_is_refused);
    RUN(what_is_no_path_is_refused);
    RUN(a_rest_takes_all_segments_that_are_left);
    return DONE();
}
