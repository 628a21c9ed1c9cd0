#include "../unit.h"

#include "../../../ngx_logistics_module/base/file.h"
#include "../../../ngx_logistics_module/policy/load.h"

#include <sys/stat.h>
#include <unistd.h>

#define GATEWAY                                                                                    \
    "environment: sandbox\n"                                                                       \
    "odoo: {upstream: odoo, api: jsonrpc, database: d, user: u, key: {env: LGS_TEST_KEY}}\n"       \
    "limits: {body: 1m, json_depth: 10, records_per_request: 7}\n"                                 \
    "redis: {on_loss: local}\n"                                                                    \
    "trace: {keep: 2d}\n"

static const struct {
    const char *name, *text;
} files[] = {
    {"gateway.yaml", GATEWAY},
    {"issuers/idp.yaml", "issuer: https://id.example.com/\n"
                         "audience: [a, b]\n"
                         "keys: {file: keys.json}\n"
                         "algorithms: [RS256, EdDSA]\n"
                         "require: [exp, jti]\n"
                         "leeway: 5s\n"
                         "max_lifetime: 1h\n"},
    {"keys.json", "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":"
                  "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"},
    {"partners/acme.yaml", "partner: acme\n"
                           "identities:\n"
                           "  - {issuer: https://id.example.com/, client_id: acme-1}\n"
                           "  - {issuer: https://id.example.com/, client_id: acme-2}\n"
                           "scopes: [x:write, trace:read, t:read]\n"
                           "odoo: {contact_id: 7}\n"
                           "timezone: America/Denver\n"
                           "limits: {rate: 50/s, burst: 99, in_flight: 3}\n"
                           "formats: {events: {json: plain}}\n"},
    {"partners/bolt.yaml", "partner: bolt\n"
                           "identities: [{issuer: https://id.example.com/, client_id: bolt}]\n"
                           "scopes: [x:write]\n"
                           "timezone: America/Denver\n"
                           "limits: {rate: 10/m}\n"
                           "callback:\n"
                           "  url: https://10.1.2.3:8443/in?a=b\n"
                           "  secret: [{env: LGS_TEST_HOOK}, {file: hook}]\n"
                           "  events: [dropped, failed]\n"
                           "  allow: [10.1.0.0/16, 'fd00::/8']\n"
                           "  ca: ca.pem\n"
                           "  timeout: 2s\n"
                           "  schedule: [1s, 2s]\n"},
    {"hook", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n"},
    {"ca.pem", "certificates\n"},
    {"routes/events.yaml", "route: events\n"
                           "path: /v1/events\n"
                           "methods: {POST: {scope: x:write}, PUT: {scope: x:write}}\n"
                           "class: critical\n"
                           "record: event\n"
                           "formats: {json: canonical}\n"
                           "deliver: {mode: now, odoo: to-odoo}\n"
                           "stages: {validate: report, limit: off}\n"
                           "body: 2m\n"
                           "records: 9\n"},
    {"routes/other.yaml", "route: other\n"
                          "path: /v1/other/{id}\n"
                          "methods: {PATCH: {scope: x:write}}\n"
                          "record: event\n"
                          "deliver: {mode: forward, upstream: tms, as: out}\n"},
    {"mappings/out.yaml", "mapping: out\n"
                          "input: {format: json, schema: canonical/event}\n"
                          "output: {format: json, schema: plain}\n"
                          "emit: [{type: /type}]\n"},
    {"routes/traces.yaml", "route: traces\n"
                           "path: /v1/traces\n"
                           "methods: {GET: {scope: trace:read}}\n"
                           "serve: traces\n"},
    {"mappings/plain.yaml", "mapping: plain\n"
                            "input: {format: json, schema: plain}\n"
                            "emit:\n"
                            "  - type: {const: shipment.delivered}\n"},
    {"mappings/to-odoo.yaml",
     "mapping: to-odoo\noutput: odoo-operation\nemit:\n  - op: {const: load}\n"},
    {"routes/things.yaml", "route: things\n"
                           "path: /v1/things/{+ref}\n"
                           "methods: {GET: {scope: [t:read, p:read]}}\n"
                           "serve: odoo\n"
                           "read: thing\n"},
    {"reads/thing.yaml",
     "read: thing\n"
     "answer: one\n"
     "params: {ref: {in: path, pattern: '^[A-Z]+$'}, on: {type: date}}\n"
     "sources:\n"
     "  - {name: things, model: a.thing, where: [{any: [{code: $ref}, {name: $ref}]}, {owner_id: "
     "$partner.contact_id}], fields: [name], fields_for: {p:read: [price]}, optional: [code]}\n"
     "  - {name: notes, model: a.note, where: [{thing_id: $things.id}, {on: {from: $on}}], fields: "
     "[thing_id, text], join: {thing: {source: things, by: thing_id}}, order: text desc}\n"
     "mapping: thing-view\n"
     "show: {t:read: [/name, /notes/text], p:read: [/price]}\n"
     "only: {t:read: {/notes: {kind: [a, b]}}}\n"},
    {"mappings/thing-view.yaml",
     "mapping: thing-view\noutput: view.thing\nemit:\n  - name: /things/0/name\n"},
    {"schemas/views/thing.json", "{\"properties\":{\"name\":{},\"price\":{},\"notes\":{\"items\":{"
                                 "\"properties\":{\"text\":{}}}}}}\n"},
    {"codelists/states.yaml", "codelist: states\ncodes: {D: x}\n"},
    {"mappings/templates/nobody.yaml", /* no mapping uses it: it is checked by itself */
     "template: nobody\nparams: [at]\nfields: {city: $at/city}\n"},
    {"schemas/plain.json", "{\"type\": \"object\"}\n"},
    {"schemas/canonical/event.json",
     "{\"properties\": {\"type\": {\"enum\": [\"shipment.delivered\"]}}}\n"},
};

static const char *const dirs[] = {
    "issuers", "partners",          "routes", "mappings",      "codelists",
    "schemas", "schemas/canonical", "reads",  "schemas/views", "mappings/templates"};

static const lgs_policy_options_t all = {.read_secrets = true, .read_keys = true};
static const lgs_policy_options_t callbacks = {.read_callbacks = true};
static const lgs_policy_options_t nothing = {.read_secrets = false, .read_keys = false};

static char dir[] = "/tmp/lgs-test-load-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fputs(text, file);
    fclose(file);
}

static void drop(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (remove(path) != 0) {
        perror(path);
    }
}

static void make_directory(void)
{
    char path[256];

    if (mkdtemp(dir) == NULL) {
        perror(dir);
        exit(1);
    }
    for (size_t i = 0; i < LGS_N(dirs); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
        mkdir(path, 0700);
    }
    for (size_t i = 0; i < LGS_N(files); i++) {
        put(files[i].name, files[i].text);
    }
}

static void remove_directory(void)
{
    for (size_t i = 0; i < LGS_N(files); i++) {
        drop(files[i].name);
    }
    for (size_t i = LGS_N(dirs); i > 0; i--) {
        drop(dirs[i - 1]);
    }
    rmdir(dir);
}

static lgs_policy_t *load(lgs_arena_t *arena, const lgs_policy_options_t *options, lgs_errs_t *errs)
{
    lgs_errs_init(errs, arena, LGS_MAX_POLICY_ERRORS);
    return lgs_policy_load(dir, options, errs);
}

TEST(the_gateway)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy = load(arena, &all, &errs);
    const lgs_odoo_target_t *odoo;

    unit_show(&errs);
    CHECK(policy != NULL);
    if (policy) {
        odoo = lgs_policy_odoo(policy);
        CHECK_STR(lgs_policy_environment(policy), "sandbox");
        CHECK_INT(odoo->api, LGS_ODOO_JSONRPC);
        CHECK_STR(odoo->upstream, "odoo");
        CHECK_STR(odoo->user, "u");
        CHECK_STR(odoo->key, "from the environment");
        CHECK_INT(odoo->timeout_ms, 30000);
        CHECK_INT(lgs_policy_tree_limits(policy)->max_depth, 10);
        CHECK_INT(lgs_policy_tree_limits(policy)->max_nodes, LGS_DEFAULT_MAX_NODES);
        CHECK_INT(lgs_policy_max_body(policy), 2 << 20);
        CHECK_INT(lgs_policy_trace_keep_s(policy), 2 * 86400);
        CHECK_INT(lgs_policy_revision(policy).len, 12);
    }
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
}

TEST(issuers)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy = load(arena, &all, &errs);
    const lgs_issuer_t *issuer;

    if (policy) {
        issuer = lgs_policy_find_issuer(policy, LGS_STR("https://id.example.com/"));
        CHECK(issuer != NULL);
        CHECK_STR(issuer->name, "idp");
        CHECK_INT(issuer->n_audience, 2);
        CHECK_STR(issuer->audience[1], "b");
        CHECK_INT(issuer->algorithms, 1u << LGS_ALG_RS256 | 1u << LGS_ALG_EDDSA);
        CHECK_INT(issuer->require, LGS_REQUIRE_EXP | LGS_REQUIRE_JTI);
        CHECK_INT(issuer->leeway_s, 5);
        CHECK_INT(issuer->max_lifetime_s, 3600);
        CHECK_STR(issuer->environment, "sandbox");
        CHECK(issuer->keys && lgs_jwks_count(issuer->keys) == 1);
        CHECK(lgs_policy_find_issuer(policy, LGS_STR("https://id.example.com")) == NULL);
    }
    CHECK(policy != NULL);
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
}

TEST(partners)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy = load(arena, &all, &errs);
    lgs_str_t iss = LGS_STR("https://id.example.com/");
    const lgs_partner_t *acme, *bolt;

    CHECK(policy != NULL);
    if (policy) {
        CHECK_INT(lgs_policy_n_partners(policy), 2);
        acme = lgs_policy_partner(policy, iss, LGS_STR("acme-2"));
        bolt = lgs_policy_partner_by_name(policy, LGS_STR("bolt"));
        CHECK(acme && acme == lgs_policy_partner(policy, iss, LGS_STR("acme-1")));
        CHECK(acme == lgs_policy_partner_at(policy, 0) && bolt == lgs_policy_partner_at(policy, 1));
        CHECK(lgs_policy_partner_at(policy, 2) == NULL);
        CHECK_INT(bolt->index, 1);
        CHECK(lgs_policy_partner(policy, iss, LGS_STR("acme-3")) == NULL);
        CHECK(lgs_policy_partner(policy, LGS_STR("other"), LGS_STR("acme-1")) == NULL);
        CHECK(lgs_policy_partner(policy, LGS_STR("https://id.example.com"), LGS_STR("/acme-1")) ==
              NULL);
        CHECK(acme->timezone && acme->timezone == bolt->timezone);
        CHECK_INT(acme->limit.rate.rate, 50);
        CHECK_INT(acme->limit.rate.burst, 99);
        CHECK_INT(acme->limit.in_flight, 3);
        CHECK_INT(bolt->limit.rate.burst, 10);
        CHECK_INT(bolt->limit.in_flight, 0);
        CHECK(lgs_partner_may(acme, LGS_STR("y x:write"), LGS_STR("x:write")));
        CHECK(!lgs_partner_may(acme, LGS_STR("x:writes"), LGS_STR("x:write")));
        CHECK(!lgs_partner_may(bolt, LGS_STR("trace:read"), LGS_STR("trace:read")));
    }
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
}

TEST(callbacks_of_partners)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy = load(arena, &callbacks, &errs);
    const lgs_callback_terms_t *terms;

    unit_show(&errs);
    CHECK(policy != NULL);
    if (policy) {
        CHECK(lgs_policy_partner_by_name(policy, LGS_STR("acme"))->callback == NULL);
        terms = lgs_policy_partner_by_name(policy, LGS_STR("bolt"))->callback;
        CHECK_STR(terms->url, "https://10.1.2.3:8443/in?a=b");
        CHECK(!terms->is_plain);
        CHECK_STR(terms->events, "failed dropped");
        CHECK_INT(terms->allowed.n, 2);
        CHECK_INT(terms->allowed.items[1].bits, 8);
        CHECK_INT(terms->n_secrets, 2);
        CHECK_INT(terms->secrets[0].len, 32);
        CHECK(terms->secrets[1].len == 24 && terms->secrets[1].bytes[23] == 23);
        CHECK(strstr(terms->ca.data, "/ca.pem") != NULL);
        CHECK_INT(terms->timeout_ms, 2000);
        CHECK_INT(terms->schedule->n, 2);
        CHECK_INT(lgs_policy_odoo(policy)->key.len, 0); /* who sends callbacks needs not that */
    }
    lgs_policy_free(policy);
    policy = load(arena, &all, &errs);
    CHECK(policy != NULL);
    if (policy) {
        terms = lgs_policy_partner_by_name(policy, LGS_STR("bolt"))->callback;
        CHECK_INT(terms->n_secrets, 0); /* the gateway needs them not */
    }
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
}

/* Without the secret, or with one that is none, nobody starts. */
TEST(secrets_of_callbacks)
{
    static const char *const bad[] = {"", "sesame", "whsec_c2hvcnQ="};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    for (size_t i = 0; i < LGS_N(bad); i++) {
        put("hook", bad[i]);
        CHECK(load(arena, &callbacks, &errs) == NULL);
        CHECK(errs.n == 1 && strcmp(errs.first->code, "policy-secret") == 0);
        CHECK(bad[i][0] == '\0' || strstr(errs.first->text.data, bad[i]) == NULL);
        lgs_policy_free(load(arena, &nothing, &errs));
        CHECK_INT(errs.n, 0);
    }
    put("hook", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n");
    drop("ca.pem");
    CHECK(load(arena, &callbacks, &errs) == NULL);
    CHECK(errs.n == 1 && strcmp(errs.first->code, "policy-file") == 0);
    put("ca.pem", "certificates\n");
    lgs_arena_destroy(arena);
}

TEST(routes)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy = load(arena, &all, &errs);
    const lgs_route_t *events, *other, *traces;
    lgs_path_params_t params;

    CHECK(policy != NULL);
    if (policy) {
        CHECK_INT(lgs_policy_n_routes(policy), 4);
        events = lgs_policy_route(policy, LGS_STR("/v1/events"), &params);
        other = lgs_policy_route(policy, LGS_STR("/v1/other/7"), &params);
        traces = lgs_policy_route_at(policy, 3);
        CHECK(events && other && lgs_policy_route(policy, LGS_STR("/v1/none"), &params) == NULL);
        CHECK_STR(events->scopes[LGS_POST].items[0], "x:write");
        CHECK(events->scopes[LGS_GET].n == 0 && events->scopes[LGS_PUT].n == 1);
        CHECK_INT(events->class, LGS_CRITICAL);
        CHECK_INT(other->class, LGS_STANDARD);
        CHECK_INT(events->stages[LGS_STAGE_VALIDATE], LGS_REPORT);
        CHECK_INT(events->stages[LGS_STAGE_LIMIT], LGS_STAGE_OFF);
        CHECK_INT(events->stages[LGS_STAGE_TRACE], LGS_ENFORCE);
        CHECK_INT(events->max_body, 2 << 20);
        CHECK_INT(other->max_body, 1 << 20);
        CHECK_INT(events->max_records, 9);
        CHECK_INT(other->max_records, 7);
        CHECK_INT(events->deliver, LGS_DELIVER_NOW);
        CHECK(events->odoo != NULL && events->record_schema != NULL);
        CHECK_INT(other->deliver, LGS_DELIVER_FORWARD);
        CHECK(other->as && lgs_mapping_writes(other->as));
        CHECK(other->as_schema != NULL);
        CHECK_STR(other->upstream, "tms");
        CHECK_INT(traces->serve, LGS_SERVE_TRACES);
        CHECK_INT(traces->deliver, LGS_DELIVER_NONE);
    }
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
}

TEST(reads)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy = load(arena, &all, &errs);
    const lgs_route_t *route;
    const lgs_partner_t *acme = lgs_policy_partner_by_name(policy, LGS_STR("acme"));
    const lgs_query_t *query = lgs_policy_query(policy, LGS_STR("thing"));
    lgs_path_params_t params;

    route = lgs_policy_route(policy, LGS_STR("/v1/things/A/B"), &params);
    CHECK(route && query && route->query == query && route->serve == LGS_SERVE_ODOO);
    CHECK_STR(params.values[0], "A/B");
    CHECK_INT(route->scopes[LGS_GET].n, 2);
    CHECK_INT(query->n_sources, 2);
    CHECK_INT(query->sources[0].n_fields, 3); /* code only stands in conditions */
    CHECK(query->sources[0].fields[2].is_hidden && query->sources[0].fields[2].is_optional);
    CHECK_INT(query->sources[0].fields[1].scopes, 2);
    CHECK(query->sources[0].where[0].ways[0].terms[0].is_optional);
    CHECK_INT(query->sources[0].where[1].ways[0].terms[0].from, LGS_TERM_PARTNER);
    CHECK_INT(query->sources[1].where[0].ways[0].terms[0].from, LGS_TERM_ROWS);
    CHECK_INT(query->sources[1].where[1].ways[0].terms[0].kind, LGS_TERM_FROM);
    CHECK(query->sources[1].is_descending);
    CHECK_STR(query->sources[1].order, "text");
    CHECK_INT(query->n_facts, 1);
    CHECK_INT(lgs_policy_query_scopes(query, acme, LGS_STR("t:read p:read")),
              1); /* granted: t:read */
    CHECK_INT(lgs_policy_query_scopes(query, acme, LGS_STR("trace:read")), 0);
    CHECK_STR(lgs_node_text(lgs_map_get(acme->facts, LGS_STR("contact_id"))), "7");
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
}

TEST(a_partners_format_comes_before_the_routes)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy = load(arena, &all, &errs);
    const lgs_partner_t *acme, *bolt;
    const lgs_route_t *events, *other;
    const lgs_format_rule_t *own, *common;

    CHECK(policy != NULL);
    if (policy) {
        acme = lgs_policy_partner_by_name(policy, LGS_STR("acme"));
        bolt = lgs_policy_partner_by_name(policy, LGS_STR("bolt"));
        events = lgs_policy_route_at(policy, 0);
        other = lgs_policy_route_at(policy, 1);
        own = lgs_policy_format(acme, events, LGS_STR("json"));
        common = lgs_policy_format(bolt, events, LGS_STR("json"));
        CHECK(own && own->mapping && own->schema);
        CHECK_STR(own->mapping_name, "plain");
        CHECK(common && common->mapping == NULL && common->schema == NULL);
        CHECK(lgs_policy_format(acme, events, LGS_STR("xml")) == NULL);
        CHECK(lgs_policy_format(acme, other, LGS_STR("json")) == NULL);
    }
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
}

/* The one finding's text, or "" when there is another number of them. */
static lgs_str_t only_finding(lgs_arena_t *arena, const lgs_policy_options_t *options)
{
    lgs_errs_t errs;
    lgs_policy_t *policy = load(arena, options, &errs);

    CHECK(policy == NULL);
    lgs_policy_free(policy);
    if (errs.n != 1 || unit_bad) {
        unit_show(&errs);
    }
    return errs.n == 1 ? errs.first->text : LGS_STR("");
}

TEST(secrets_and_keys_are_read_only_when_asked)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy;

    unsetenv("LGS_TEST_KEY");
    CHECK_STR(only_finding(arena, &all), "environment variable \"LGS_TEST_KEY\" is not set; set it "
                                         "and pass it on in nginx.conf with \"env LGS_TEST_KEY;\"");
    drop("keys.json");
    policy = load(arena, &nothing, &errs);
    CHECK(policy != NULL);
    lgs_policy_free(policy);
    setenv("LGS_TEST_HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=", 1);
    setenv("LGS_TEST_KEY", "from the environment", 1);
    CHECK(strstr(only_finding(arena, &all).data, "cannot read the keys of ") != NULL);
    for (size_t i = 0; i < LGS_N(files); i++) {
        put(files[i].name, files[i].text);
    }
    lgs_arena_destroy(arena);
}

TEST(a_secret_of_a_file)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy;

    put("gateway.yaml", "environment: sandbox\nodoo: {upstream: o, api: json2, database: d, "
                        "key: {file: odoo.key}}\n");
    CHECK(strstr(only_finding(arena, &all).data, "cannot read the secret of ") != NULL);
    put("odoo.key", "\n");
    CHECK(strstr(only_finding(arena, &all).data, "is empty") != NULL);
    put("odoo.key", "the key\r\n");
    policy = load(arena, &all, &errs);
    CHECK(policy != NULL);
    if (policy) {
        CHECK_STR(lgs_policy_odoo(policy)->key, "the key");
    }
    lgs_policy_free(policy);
    drop("odoo.key");
    put("gateway.yaml", GATEWAY);
    lgs_arena_destroy(arena);
}

/* 200 are kept, the rest is counted: a load never says less than there is. */
TEST(findings_have_a_cap)
{
    static char text[16384];
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_policy_t *policy;

    snprintf(text, sizeof(text),
             "partner: bolt\nidentities: [{issuer: https://id.example.com/, client_id: b}]\n"
             "scopes:\n");
    for (int i = 0; i < LGS_MAX_POLICY_ERRORS + 5; i++) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "  - none:%d\n", i);
    }
    put("partners/bolt.yaml", text);
    policy = load(arena, &nothing, &errs);
    CHECK(policy == NULL);
    CHECK_INT(errs.n, LGS_MAX_POLICY_ERRORS);
    CHECK_INT(errs.more, 5);
    for (size_t i = 0; i < LGS_N(files); i++) {
        put(files[i].name, files[i].text);
    }
    lgs_policy_free(policy);
    lgs_arena_destroy(arena);
}

/* Whatever the ceiling: a policy, or NULL and an error that says why. */
TEST(missing_memory_is_an_error)
{
    bool fitted = false;
    size_t n = 0;

    for (size_t ceiling = 256; ceiling < (64u << 20) && !fitted; ceiling += ceiling / 24) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        lgs_policy_t *policy;
        lgs_errs_t errs;

        lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
        policy = lgs_policy_load_within(dir, &all, ceiling, &errs);
        CHECK((policy == NULL) == (errs.n > 0));
        fitted = policy != NULL;
        n++;
        lgs_policy_free(policy);
        lgs_arena_destroy(arena);
    }
    CHECK(fitted);
    CHECK(n > 50);
}

static const struct {
    const char *text;
    bool is_secret;
} texts[] = {
    {"Zk3xP9vQ7rT2mW8nB4cL6dF1", true},
    {"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", true},
    {"AKIAIOSFODNN7EXAMPLEwJalrXUtnFEMI", true},
    {"", false},
    {"carrier_tracking_ref", false},
    {"header:Idempotency-Key", false},
    {"/run/secrets/odoo_key", false},
    {"Please write 3 letters to us", false},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    {"tracking-events-forward-2", false},
    {"Zk3xP9vQ7rT2mW8nB4c", false}, /* 19 bytes */
};

TEST(what_looks_like_a_secret)
{
    for (size_t i = 0; i < LGS_N(texts); i++) {
        if (lgs_looks_secret(lgs_cstr(texts[i].text)) != texts[i].is_secret) {
            printf("# %s\n", texts[i].text);
            CHECK(false);
        }
    }
}

int main(void)
{
    setenv("LGS_TEST_HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=", 1);
    setenv("LGS_TEST_KEY", "from the environment", 1);
    make_directory();
    RUN(the_gateway);
    RUN(issuers);
    RUN(partners);
    RUN(callbacks_of_partners);
    RUN(secrets_of_callbacks);
    RUN(reads);
    RUN(routes);
    RUN(a_partners_format_comes_before_the_routes);
    RUN(secrets_and_keys_are_read_only_when_asked);
    RUN(a_secret_of_a_file);
    RUN(findings_have_a_cap);
    RUN(missing_memory_is_an_error);
    RUN(what_looks_like_a_secret);
    remove_directory();
    return DONE();
}
