/* routes/<name>.yaml (docs/schema/route.json) → lgs_route_t in the path tree. */
#include "load.h"

static const char *const method_names[LGS_N_METHODS] = {
    [LGS_GET] = "GET", [LGS_HEAD] = "HEAD",   [LGS_POST] = "POST",
    [LGS_PUT] = "PUT", [LGS_PATCH] = "PATCH", [LGS_DELETE] = "DELETE",
};

/* nginx answers these itself (conf/nginx.conf): a route there would never be reached. */
static const lgs_str_t own_paths[] = {LGS_STR_INIT("/healthz"), LGS_STR_INIT("/readyz"),
                                      LGS_STR_INIT("/metrics")};

static lgs_rc_t take_path(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
static lgs_rc_t take_methods(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
static lgs_rc_t take_scopes(lgs_load_t *load, const lgs_node_t *node, lgs_scopes_t *scopes);
static void check_reading(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *method,
                          unsigned which, const lgs_route_t *route);
static void check_edi(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *method,
                      unsigned which);
static lgs_rc_t take_read(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
static void check_params(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         const lgs_route_t *route);
static void check_scopes(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         const lgs_route_t *route);
static void take_words(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
static void take_stages(const lgs_node_t *node, lgs_route_t *route);
static lgs_rc_t take_record(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
static lgs_rc_t take_types(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
static lgs_rc_t take_deliver(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
static void take_as(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                    lgs_route_t *route);
static void take_advice(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route);
static void check_serve(lgs_load_t *load, const lgs_doc_t *doc, const lgs_route_t *route);

lgs_rc_t lgs_take_route(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    lgs_route_t *route = lgs_arena_zalloc(load->arena, sizeof(*route));
    lgs_policy_t *policy = load->policy;

    if (route == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    route->name = name;
    route->index = (uint32_t)lgs_map_count(policy->routes);
    if (lgs_map_add(policy->routes, name, route) != LGS_OK) {
        return lgs_errs_nomem(load->errs);
    }
    take_words(load, doc, route);
    take_stages(lgs_node_at(&doc->root, "stages"), route);
    lgs_take_limits(load, doc, lgs_node_at(&doc->root, "limits"), &route->limit);
    if (take_path(load, doc, route) != LGS_OK || take_methods(load, doc, route) != LGS_OK ||
        take_record(load, doc, route) != LGS_OK || take_types(load, doc, route) != LGS_OK ||
        take_deliver(load, doc, route) != LGS_OK || lgs_take_order(load, doc, route) != LGS_OK ||
        take_read(load, doc, route) != LGS_OK || lgs_take_edi_door(load, doc, route) != LGS_OK) {
        return LGS_NOMEM;
    }
    check_serve(load, doc, route);
    take_advice(load, doc, route);
    return LGS_OK;
}

static void take_words(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    static const char *const classes[LGS_N_CLASSES] = {
        [LGS_CRITICAL] = "critical", [LGS_STANDARD] = "standard", [LGS_BULK] = "bulk"};
    static const char *const serves[LGS_N_SERVES] = {
        [LGS_SERVE_NOTHING] = "",      [LGS_SERVE_TRACES] = "traces",
        [LGS_SERVE_ODOO] = "odoo",     [LGS_SERVE_MESSAGES] = "messages",
        [LGS_SERVE_QUEUE] = "queue",   [LGS_SERVE_LETTERS] = "letters",
        [LGS_SERVE_LETTER] = "letter", [LGS_SERVE_REPLAY] = "replay",
        [LGS_SERVE_DROP] = "drop",     [LGS_SERVE_CALLBACKS] = "callbacks",
        [LGS_SERVE_RESEND] = "resend"};
    const lgs_node_t *root = &doc->root;
    unsigned class = LGS_STANDARD, serve = LGS_SERVE_NOTHING;

    lgs_take_word(lgs_node_at(root, "class"), classes, LGS_N(classes), &class);
    lgs_take_word(lgs_node_at(root, "serve"), serves, LGS_N(serves), &serve);
    route->class = (lgs_class_t) class;
    route->serve = (lgs_serve_t)serve;
    route->max_body = load->policy->body;
    route->max_records = load->policy->records;
    lgs_take_size(load, doc, lgs_node_at(root, "body"), &route->max_body);
    lgs_take_count(lgs_node_at(root, "records"), &route->max_records);
    route->all_or_nothing = lgs_node_is_true(lgs_node_at(root, "all_or_nothing"));
    if (route->max_body > load->policy->largest_body) {
        load->policy->largest_body = route->max_body;
    }
}

static void take_stages(const lgs_node_t *node, lgs_route_t *route)
{
    static const char *const modes[] = {
        [LGS_ENFORCE] = "enforce", [LGS_REPORT] = "report", [LGS_STAGE_OFF] = "off"};

    for (uint32_t i = 0; node && node->type == LGS_OBJECT && i < node->n; i++) {
        unsigned mode = LGS_ENFORCE;
        lgs_stage_t stage;

        if (lgs_stage_by_name(lgs_node_text(&node->u.members[i].name), &stage)) {
            lgs_take_word(&node->u.members[i].value, modes, LGS_N(modes), &mode);
            route->stages[stage] = (lgs_mode_t)mode;
        }
    }
}

static lgs_rc_t take_path(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    const lgs_node_t *node = lgs_node_at(&doc->root, "path");
    const lgs_route_t *other;
    lgs_rc_t rc = lgs_take_text(load, node, &route->path);

    if (rc != LGS_OK || route->path.len == 0) {
        return rc;
    }
    for (size_t i = 0; i < LGS_N(own_paths); i++) {
        if (lgs_str_eq(route->path, own_paths[i])) {
            lgs_finding(load, doc, node, "policy-value", "the gateway answers %.*s itself",
                        LGS_FMT(route->path));
        }
    }
    rc = lgs_router_add(load->policy->router, route, &other);
    if (rc == LGS_INVALID && other) {
        lgs_finding(load, doc, node, "policy-duplicate",
                    "path %.*s takes the same requests as %.*s of routes/%.*s.yaml",
                    LGS_FMT(route->path), LGS_FMT(other->path), LGS_FMT(other->name));
    } else if (rc == LGS_INVALID) {
        lgs_finding(
            load, doc, node, "policy-value",
            "\"%.*s\" is no path of a route: write /v1/name or /v1/name/{id}, no slash at the "
            "end, at most %u segments and %u different {names}",
            LGS_FMT(route->path), LGS_MAX_PATH_SEGMENTS, LGS_MAX_PATH_PARAMS);
    }
    return rc == LGS_NOMEM ? lgs_errs_nomem(load->errs) : LGS_OK;
}

static void check_methods(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node)
{
    for (uint32_t i = 0; node && node->type == LGS_OBJECT && i < node->n; i++) {
        const lgs_node_t *name = &node->u.members[i].name;
        bool is_known = false;

        for (unsigned k = 0; k < LGS_N_METHODS; k++) {
            is_known = is_known || lgs_str_is(lgs_node_text(name), method_names[k]);
        }
        if (!is_known) {
            lgs_finding(
                load, doc, name, "policy-value",
                "a route has no method \"%.*s\"; methods are GET, HEAD, POST, PUT, PATCH and "
                "DELETE, in capitals",
                LGS_FMT(lgs_node_text(name)));
        }
    }
}

static lgs_rc_t take_methods(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    const lgs_node_t *node = lgs_node_at(&doc->root, "methods");
    lgs_rc_t rc = LGS_OK;

    check_methods(load, doc, node);

    if (node && node->type == LGS_OBJECT && node->n == 0) {
        lgs_finding(load, doc, node, "policy-value", "a route without methods answers nothing");
    }
    for (unsigned i = 0; rc == LGS_OK && i < LGS_N_METHODS; i++) {
        const lgs_node_t *method = lgs_node_at(node, method_names[i]);

        rc = take_scopes(load, lgs_node_at(method, "scope"), &route->scopes[i]);
        check_reading(load, doc, method, i, route);
        check_edi(load, doc, method, i);
    }
    return rc;
}

/* Each set asks for the scope of its own route, all others for that of theirs. */
static void check_edi(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *method,
                      unsigned which)
{
    bool is_door = lgs_node_at(&doc->root, "edi") != NULL;

    if (is_door && method && which != LGS_POST) {
        lgs_finding(load, doc, method, "policy-value", "interchanges come by POST, not by %s",
                    method_names[which]);
    }
    if (is_door && lgs_node_at(method, "scope")) {
        lgs_finding(load, doc, lgs_node_at(method, "scope"), "policy-value",
                    "each set asks for the scope of its own route: leave this one out");
    }
}

static void check_reading(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *method,
                          unsigned which, const lgs_route_t *route)
{
    static const struct {
        const char *what;
        unsigned method;
    } only[LGS_N_SERVES] = {
        [LGS_SERVE_TRACES] = {"traces are only read", LGS_GET},
        [LGS_SERVE_MESSAGES] = {"messages are only read", LGS_GET},
        [LGS_SERVE_QUEUE] = {"the queue is only read", LGS_GET},
        [LGS_SERVE_LETTERS] = {"letters are only read", LGS_GET},
        [LGS_SERVE_LETTER] = {"a letter is only read", LGS_GET},
        [LGS_SERVE_REPLAY] = {"a letter is replayed by one method", LGS_POST},
        [LGS_SERVE_DROP] = {"a letter is dropped by one method", LGS_POST},
        [LGS_SERVE_CALLBACKS] = {"callbacks are only read", LGS_GET},
        [LGS_SERVE_RESEND] = {"a callback is sent again by one method", LGS_POST},
    };

    if (method && only[route->serve].what && which != only[route->serve].method) {
        lgs_finding(load, doc, method, "policy-value", "%s: %s, not %s", only[route->serve].what,
                    method_names[only[route->serve].method], method_names[which]);
    }
    if (method && route->serve == LGS_SERVE_ODOO && which != LGS_GET && which != LGS_HEAD) {
        lgs_finding(load, doc, method, "policy-value",
                    "a route that reads from Odoo has GET and HEAD, not %s", method_names[which]);
    }
}

/* A scope, or a list of which one is enough. */
static lgs_rc_t take_scopes(lgs_load_t *load, const lgs_node_t *node, lgs_scopes_t *scopes)
{
    bool is_list = node && node->type == LGS_ARRAY;
    uint32_t n = node == NULL ? 0 : is_list ? node->n : 1;
    lgs_rc_t rc = LGS_OK;

    if (n == 0) {
        return LGS_OK;
    }
    scopes->items = lgs_arena_array(load->arena, n, sizeof(*scopes->items));
    if (scopes->items == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < n; i++) {
        const lgs_node_t *item = is_list ? &node->u.items[i] : node;

        if (item->type == LGS_STRING && item->n) {
            rc = lgs_note_scope(load, item, &scopes->items[scopes->n++]);
        }
    }
    return rc;
}

lgs_rc_t lgs_note_scope(lgs_load_t *load, const lgs_node_t *node, lgs_str_t *scope)
{
    lgs_str_t *known = lgs_map_get(load->scopes, lgs_node_text(node));

    if (known == NULL) {
        known = lgs_arena_zalloc(load->arena, sizeof(*known));
        if (known == NULL || lgs_take_text(load, node, known) != LGS_OK ||
            lgs_map_add(load->scopes, *known, known) != LGS_OK) {
            return lgs_errs_nomem(load->errs);
        }
    }
    *scope = *known;
    return LGS_OK;
}

static lgs_rc_t take_record(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    const lgs_node_t *node = lgs_node_at(&doc->root, "record");
    const lgs_schema_file_t *schema;
    lgs_str_t name;
    lgs_rc_t rc = lgs_take_text(load, node, &route->record);

    if (rc == LGS_OK && route->record.len) {
        name = lgs_arena_printf(load->scratch, "canonical/%.*s", LGS_FMT(route->record));
        schema = lgs_find_schema(load, name);
        route->record_schema = schema ? schema->schema : NULL;
        if (schema == NULL) {
            lgs_finding(load, doc, node, "policy-reference",
                        "no canonical schema \"%.*s\": there is no schemas/canonical/%.*s.json",
                        LGS_FMT(route->record), LGS_FMT(route->record));
        }
    }
    return rc == LGS_OK ? lgs_take_formats(load, doc, lgs_node_at(&doc->root, "formats"),
                                           route->record, &route->formats)
                        : rc;
}

static lgs_rc_t take_types(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    const lgs_node_t *node = lgs_node_at(&doc->root, "types");
    lgs_str_t *types;
    lgs_rc_t rc = LGS_OK;

    if (node == NULL || node->type != LGS_ARRAY) {
        return LGS_OK;
    }
    if (!lgs_str_is(route->record, "event")) {
        lgs_finding(load, doc, node, "policy-value", "only a route with record: event has types");
    }
    types = lgs_arena_array(load->arena, node->n, sizeof(*types));
    if (types == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (uint32_t i = 0; i < node->n && rc == LGS_OK; i++) {
        rc = lgs_take_text(load, &node->u.items[i], &types[i]);
    }
    route->types = types;
    route->n_types = node->n;
    return rc;
}

static lgs_rc_t take_deliver(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    static const char *const modes[] = {[LGS_DELIVER_FORWARD] = "forward",
                                        [LGS_DELIVER_NOW] = "now",
                                        [LGS_DELIVER_LATER] = "later"};
    const lgs_node_t *node = lgs_node_at(&doc->root, "deliver");
    const lgs_node_t *odoo = lgs_node_at(node, "odoo"), *upstream = lgs_node_at(node, "upstream");
    const lgs_mapping_file_t *file;
    unsigned mode = LGS_DELIVER_NONE;
    bool is_to_odoo;

    lgs_take_word(lgs_node_at(node, "mode"), modes, LGS_N(modes), &mode);
    route->deliver = (lgs_deliver_t)mode;
    if (mode == LGS_DELIVER_FORWARD && odoo) {
        lgs_finding(load, doc, odoo, "policy-value", "forward does not call Odoo: leave odoo out");
    }
    is_to_odoo = mode == LGS_DELIVER_NOW || mode == LGS_DELIVER_LATER;
    if (is_to_odoo && upstream) {
        lgs_finding(load, doc, upstream, "policy-value",
                    "%s calls Odoo by the upstream of gateway.yaml: leave upstream out",
                    modes[mode]);
    }
    if (is_to_odoo && !load->policy->has_odoo && !load->broken[LGS_KIND_GATEWAY]) {
        lgs_finding(load, doc, lgs_node_at(node, "mode"), "policy-reference",
                    "%s calls Odoo, but gateway.yaml has no odoo", modes[mode]);
    }
    file = lgs_use_mapping(load, doc, odoo, LGS_STR("odoo-operation"));
    route->odoo = file ? file->mapping : NULL;
    take_as(load, doc, lgs_node_at(node, "as"), route);
    route->all_or_nothing |= route->deliver == LGS_DELIVER_FORWARD;
    if (route->odoo && lgs_take_models(load, doc, odoo, route) != LGS_OK) {
        return LGS_NOMEM;
    }
    lgs_take_once(load, doc, route);
    return lgs_take_text(load, upstream, &route->upstream) == LGS_OK
               ? lgs_take_later(load, doc, node, route)
               : LGS_NOMEM;
}

/* The upstream's own format, written from the records of the route and no others. */
static void take_as(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                    lgs_route_t *route)
{
    lgs_str_t input = lgs_arena_printf(load->scratch, "canonical/%.*s", LGS_FMT(route->record));
    const lgs_mapping_file_t *file;
    const lgs_schema_file_t *schema;

    if (node == NULL) {
        return;
    }
    if (route->deliver != LGS_DELIVER_FORWARD) {
        lgs_finding(load, doc, node, "policy-value",
                    "\"as\" says what a service is sent: it needs mode: forward");
        return;
    }
    file = lgs_use_writer(load, doc, node, input);
    route->as = file ? file->mapping : NULL;
    schema = file ? lgs_find_schema(load, lgs_mapping_output_schema(file->mapping)) : NULL;
    route->as_schema = schema ? schema->schema : NULL;
}

/* ---- as: application advices ---- */

/* Of what became of messages: they are named by control numbers, in the standard that they came. */
static void take_advice(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    static const struct {
        const char *format;
        lgs_edi_t standard;
    } rows[] = {{"x12", LGS_EDI_X12}, {"edifact", LGS_EDI_EDIFACT}};
    const lgs_node_t *node = lgs_node_at(&doc->root, "as");

    if (node && route->serve != LGS_SERVE_MESSAGES && lgs_node_at(&doc->root, "edi") == NULL) {
        lgs_finding(load, doc, node, "policy-value",
                    "\"as\" says how it is told what became of messages: it needs serve: messages "
                    "or edi");
        return;
    }
    for (size_t i = 0; node && i < LGS_N(rows); i++) {
        const lgs_node_t *name = lgs_node_at(node, rows[i].format);
        const lgs_mapping_file_t *file = name ? lgs_use_writer(load, doc, name, LGS_STR("")) : NULL;
        const lgs_output_t *output = file ? lgs_mapping_writes(file->mapping) : NULL;

        if (output && !lgs_str_is(lgs_output_name(output), rows[i].format)) {
            lgs_finding(load, doc, name, "policy-reference", "mapping \"%.*s\" writes %.*s, not %s",
                        LGS_FMT(lgs_node_text(name)), LGS_FMT(lgs_output_name(output)),
                        rows[i].format);
        } else if (output) {
            route->advice[rows[i].standard] = file->mapping;
        }
    }
}

/* ---- serve: odoo ---- */

static lgs_rc_t take_read(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    const lgs_node_t *node = lgs_node_at(&doc->root, "read");
    lgs_str_t name = lgs_node_text(node);

    if (node == NULL || node->type != LGS_STRING) {
        return LGS_OK;
    }
    if (route->serve != LGS_SERVE_ODOO) {
        lgs_finding(load, doc, node, "policy-value", "read needs serve: odoo beside it");
        return LGS_OK;
    }
    route->query = lgs_map_get(load->policy->reads, name);
    if (route->query == NULL) {
        if (!load->broken[LGS_KIND_READ]) {
            lgs_finding(load, doc, node, "policy-reference",
                        "no read \"%.*s\": there is no reads/%.*s.yaml%s", LGS_FMT(name),
                        LGS_FMT(name), lgs_did_you_mean(load, name, load->policy->reads));
        }
        return LGS_OK;
    }
    if (!load->policy->has_odoo && !load->broken[LGS_KIND_GATEWAY]) {
        lgs_finding(load, doc, node, "policy-reference",
                    "this reads from Odoo, but gateway.yaml has no odoo");
    }
    check_params(load, doc, lgs_node_at(&doc->root, "path"), route);
    check_scopes(load, doc, lgs_node_at(&doc->root, "methods"), route);
    return LGS_OK;
}

/* The {names} of the path are the read's path parameters, all of them and no others. */
static void check_params(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         const lgs_route_t *route)
{
    const lgs_query_t *query = route->query;
    lgs_str_t names[LGS_MAX_PATH_PARAMS];
    uint32_t n = lgs_router_params(route->path, names), n_needed = 0;

    for (uint32_t i = 0; i < query->n_params; i++) {
        bool found = false;

        for (uint32_t k = 0; k < n; k++) {
            found |= lgs_str_eq(names[k], query->params[i].name);
        }
        n_needed += query->params[i].in_path;
        if (found != query->params[i].in_path) {
            lgs_finding(load, doc, node, "policy-reference",
                        found ? "read \"%.*s\" takes \"%.*s\" from the query, not from the path"
                              : "read \"%.*s\" needs {%.*s} in the path",
                        LGS_FMT(query->name), LGS_FMT(query->params[i].name));
            return;
        }
    }
    if (n > n_needed) {
        lgs_finding(load, doc, node, "policy-reference",
                    "read \"%.*s\" has no parameter for each {name} of the path",
                    LGS_FMT(query->name));
    }
}

/* Whoever is let in by a scope that `show` does not have would see nothing. */
static void check_scopes(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         const lgs_route_t *route)
{
    for (unsigned m = 0; m < LGS_N_METHODS; m++) {
        for (size_t i = 0; i < route->scopes[m].n; i++) {
            lgs_str_t scope = route->scopes[m].items[i];
            bool found = false;

            for (uint32_t k = 0; k < route->query->n_scopes; k++) {
                found |= lgs_str_eq(route->query->scopes[k], scope);
            }
            if (!found) {
                lgs_finding(load, doc, lgs_node_at(lgs_node_at(node, method_names[m]), "scope"),
                            "policy-reference",
                            "\"show\" of reads/%.*s.yaml has no scope \"%.*s\": it would let in "
                            "and show nothing",
                            LGS_FMT(route->query->name), LGS_FMT(scope));
            }
        }
    }
}

/* What a route that the gateway serves itself cannot have. */
static void check_serve(lgs_load_t *load, const lgs_doc_t *doc, const lgs_route_t *route)
{
    static const char *const senseless[] = {"record", "types",   "formats",
                                            "body",   "records", "all_or_nothing"};
    /* of a route whose sets go the ways of others */
    static const char *const of_others[] = {"record", "types", "deliver", "serve",
                                            "all_or_nothing"};
    const lgs_node_t *root = &doc->root, *deliver = lgs_node_at(root, "deliver");
    bool may_be_many = route->serve >= LGS_SERVE_REPLAY;
    lgs_str_t names[LGS_MAX_PATH_PARAMS];
    uint32_t n_names = lgs_router_params(route->path, names);

    if ((route->serve == LGS_SERVE_MESSAGES || route->serve >= LGS_SERVE_LETTER) && n_names != 1 &&
        !(may_be_many && n_names == 0)) {
        lgs_finding(load, doc, lgs_node_at(root, "path"), "policy-value",
                    "a message is asked for by its id: write one {name}, as in /v1/messages/{id}");
    }
    if (lgs_node_at(root, "serve") && deliver) {
        lgs_finding(load, doc, deliver, "policy-value", "a route has deliver or serve, not both");
    }
    for (size_t i = 0; route->serve != LGS_SERVE_NOTHING && i < LGS_N(senseless); i++) {
        if (lgs_node_at(root, senseless[i])) {
            lgs_finding(load, doc, lgs_node_at(root, senseless[i]), "policy-value",
                        "this route takes no documents: leave %s out", senseless[i]);
        }
    }
    for (size_t i = 0; route->sets && i < LGS_N(of_others); i++) {
        if (lgs_node_at(root, of_others[i])) {
            lgs_finding(load, doc, lgs_node_at(root, of_others[i]), "policy-value",
                        "%s is that of the routes which the sets go to: leave it out",
                        of_others[i]);
        }
    }
}
