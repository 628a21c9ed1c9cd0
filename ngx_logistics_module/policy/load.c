/*
 * Loads a policy directory: every file of every kind, in an order in which what is referred to is
 * known before it is (schemas, code lists, mappings, gateway, issuers, routes, partners). Findings
 * are collected to the end; only then is the policy handed out or thrown away.
 */
#include "load.h"

#include "../base/file.h"
#include "codelist_csv.h"
#include "yaml.h"

#include <stdlib.h>

#define SCRATCH_FIRST 65536u

/* What each kind of file is: where, how it is checked, who reads it. In the order of loading. */
static const struct {
    lgs_kind_t kind;
    const char *dir; /* NULL: in the policy directory itself */
    const char *own; /* the key whose value is the file's name, or NULL */
    lgs_rc_t (*take)(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name);
    enum { BY_FILE, BY_LOAD, BY_POLICY } lives; /* how long its tree is needed */
} kinds[] = {
    {LGS_KIND_GUIDE, "edi", NULL, lgs_take_guide, BY_POLICY},
    {LGS_KIND_CODELIST, "codelists", "codelist", lgs_take_codelist, BY_POLICY},
    {LGS_KIND_TEMPLATE, "mappings/templates", "template", lgs_take_template, BY_POLICY},
    {LGS_KIND_MAPPING, "mappings", "mapping", lgs_take_mapping, BY_POLICY},
    {LGS_KIND_GATEWAY, NULL, NULL, lgs_take_gateway, BY_FILE},
    {LGS_KIND_MACHINE, "machines", "machine", lgs_take_machine, BY_POLICY},
    {LGS_KIND_READ, "reads", "read", lgs_take_read, BY_POLICY},
    {LGS_KIND_ISSUER, "issuers", NULL, lgs_take_issuer, BY_FILE},
    {LGS_KIND_ROUTE, "routes", "route", lgs_take_route, BY_LOAD},
    {LGS_KIND_PARTNER, "partners", "partner", lgs_take_partner, BY_FILE},
};

static const lgs_str_t known_dirs[] = {
    LGS_STR_INIT("issuers"),  LGS_STR_INIT("partners"),  LGS_STR_INIT("routes"),
    LGS_STR_INIT("mappings"), LGS_STR_INIT("codelists"), LGS_STR_INIT("schemas"),
    LGS_STR_INIT("reads"),    LGS_STR_INIT("cases"),     LGS_STR_INIT("edi"),
    LGS_STR_INIT("machines"),
};

static const char *const yaml_endings[] = {".yaml", NULL};
static const char *const near_yaml_endings[] = {".yml", ".YAML", ".YML", NULL};

static lgs_policy_t *run(lgs_load_t *load, size_t ceiling, const char *dir);
static lgs_rc_t start(lgs_load_t *load, size_t ceiling, const char *dir);
static lgs_rc_t load_all(lgs_load_t *load);
static lgs_rc_t load_only_issuer(lgs_load_t *load);
static lgs_rc_t load_kind(lgs_load_t *load, size_t i);
static const char *const *endings_of(size_t i);
static lgs_rc_t load_below(lgs_load_t *load, size_t i, const char *below);
static lgs_rc_t compile_guides(lgs_load_t *load);
static void check_partner_codes(lgs_load_t *load);
static lgs_rc_t load_yaml(lgs_load_t *load, size_t i, lgs_str_t file);
static lgs_rc_t take_yaml(lgs_load_t *load, size_t i, lgs_str_t path, lgs_str_t text,
                          lgs_str_t stem);
static lgs_str_t without_ending(lgs_str_t file);
static lgs_str_t last_part(lgs_str_t path);
static void check_name(lgs_load_t *load, size_t i, const lgs_doc_t *doc, lgs_str_t stem);
static lgs_rc_t check_strays(lgs_load_t *load);
static lgs_rc_t check_stray_files(lgs_load_t *load, const char *below);
static lgs_rc_t check_stray_dirs(lgs_load_t *load, const char *below);
static lgs_rc_t note_digest(lgs_load_t *load, lgs_str_t name, lgs_str_t text);
static lgs_rc_t make_revision(lgs_load_t *load);

lgs_policy_t *lgs_policy_load(const char *dir, const lgs_policy_options_t *options,
                              lgs_errs_t *errs)
{
    return lgs_policy_load_within(dir, options, 0, errs);
}

lgs_policy_t *lgs_policy_load_within(const char *dir, const lgs_policy_options_t *options,
                                     size_t ceiling, lgs_errs_t *errs)
{
    lgs_load_t load = {.options = options, .errs = errs};

    return run(&load, ceiling, dir);
}

lgs_policy_t *lgs_policy_load_issuer(const char *dir, lgs_str_t file,
                                     const lgs_policy_options_t *options, lgs_errs_t *errs)
{
    lgs_load_t load = {.options = options, .errs = errs, .only_issuer = file};

    return run(&load, 0, dir);
}

static lgs_policy_t *run(lgs_load_t *load, size_t ceiling, const char *dir)
{
    lgs_errs_t *errs = load->errs;
    uint64_t n_before = (uint64_t)errs->n + errs->more;
    bool is_good;

    if (start(load, ceiling, dir) != LGS_OK || load_all(load) != LGS_OK) {
        is_good = false;
        if (errs->n + errs->more == n_before) {
            lgs_errs_nomem(errs);
        }
    } else {
        is_good = (uint64_t)errs->n + errs->more == n_before;
    }
    lgs_sort_findings(errs);
    lgs_arena_destroy(load->scratch);
    lgs_arena_destroy(load->work);
    if (!is_good) {
        lgs_arena_destroy(load->arena);
        return NULL;
    }
    return load->policy;
}

static lgs_rc_t start(lgs_load_t *load, size_t ceiling, const char *dir)
{
    lgs_policy_t *policy;

    load->dir = lgs_cstr(dir);
    while (load->dir.len > 1 && load->dir.data[load->dir.len - 1] == '/') {
        load->dir.len--;
    }
    load->arena = lgs_arena_create(0, ceiling);
    load->work = lgs_arena_create(0, ceiling);
    load->scratch = lgs_arena_create(ceiling ? 0 : SCRATCH_FIRST, ceiling);
    if (load->arena == NULL || load->work == NULL || load->scratch == NULL) {
        return LGS_NOMEM;
    }
    load->policy = policy = lgs_arena_zalloc(load->arena, sizeof(*policy));
    if (policy == NULL) {
        return LGS_NOMEM;
    }
    policy->arena = load->arena;
    policy->issuers = lgs_map_create(load->arena, 8);
    policy->partners = lgs_map_create(load->arena, 64);
    policy->identities = lgs_map_create(load->arena, 64);
    policy->routes = lgs_map_create(load->arena, 16);
    policy->reads = lgs_map_create(load->arena, 8);
    policy->machines = lgs_map_create(load->arena, 8);
    policy->router = lgs_router_create(load->arena);
    policy->guides = lgs_guides_create(load->arena);
    load->store = lgs_schema_store_create(load->arena);
    load->schemas = lgs_map_create(load->work, 16);
    load->mappings = lgs_map_create(load->work, 16);
    load->codelists = lgs_map_create(load->work, 16);
    load->templates = lgs_map_create(load->work, 16);
    load->used = lgs_map_create(load->work, 16);
    load->scopes = lgs_map_create(load->work, 32);
    load->timezones = lgs_map_create(load->work, 32);
    return policy->issuers && policy->partners && policy->identities && policy->routes &&
                   policy->reads && policy->machines && policy->router && policy->guides &&
                   load->store && load->schemas && load->mappings && load->codelists &&
                   load->templates && load->used && load->scopes && load->timezones
               ? LGS_OK
               : LGS_NOMEM;
}

static lgs_rc_t load_all(lgs_load_t *load)
{
    lgs_rc_t rc = lgs_load_kinds(load);

    if (rc == LGS_OK && load->only_issuer.data) {
        return load_only_issuer(load);
    }
    if (rc == LGS_OK) {
        rc = check_strays(load);
    }
    if (rc == LGS_OK) {
        rc = lgs_load_schemas(load);
    }
    for (size_t i = 0; rc == LGS_OK && i < LGS_N(kinds); i++) {
        rc = load_kind(load, i);
    }
    if (rc == LGS_OK) {
        lgs_arena_reset(load->scratch);
        check_partner_codes(load);
        lgs_note_edi_doors(load);
        lgs_check_unused(load);
    }
    return rc == LGS_OK ? make_revision(load) : rc;
}

static lgs_rc_t load_only_issuer(lgs_load_t *load)
{
    size_t i = 0;

    while (kinds[i].kind != LGS_KIND_ISSUER) {
        i++;
    }
    return load_yaml(load, i, load->only_issuer);
}

static lgs_rc_t load_kind(lgs_load_t *load, size_t i)
{
    lgs_str_t dir, *names;
    size_t n;
    lgs_rc_t rc;

    if (kinds[i].dir == NULL) {
        return load_yaml(load, i, LGS_STR("gateway.yaml"));
    }
    dir = lgs_arena_printf(load->work, "%.*s/%s", LGS_FMT(load->dir), kinds[i].dir);
    if (dir.data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    rc = lgs_file_list(load->work, dir.data, endings_of(i), &names, &n, load->errs);
    for (size_t k = 0; rc == LGS_OK && k < n; k++) {
        rc = load_yaml(load, i, names[k]);
    }
    if (rc == LGS_OK && kinds[i].kind == LGS_KIND_CODELIST) {
        rc = load_below(load, i, "partners"); /* what comes before the list for that partner */
    }
    if (rc == LGS_OK && kinds[i].kind == LGS_KIND_GUIDE) {
        rc = load_below(load, i, "");
        rc = rc == LGS_OK ? compile_guides(load) : rc;
    }
    if (rc == LGS_OK && kinds[i].kind == LGS_KIND_ROUTE) {
        rc = lgs_resolve_edi_doors(load);
    }
    return rc == LGS_NOMEM ? LGS_NOMEM : LGS_OK; /* no such directory: nothing of that kind */
}

/* Code lists may be tables, too. */
static const char *const *endings_of(size_t i)
{
    static const char *const table_endings[] = {".yaml", ".csv", NULL};

    return kinds[i].kind == LGS_KIND_CODELIST ? table_endings : yaml_endings;
}

/* The files of all directories in <dir>/<below>: named "<below>/<directory>/<file>". */
static lgs_rc_t load_below(lgs_load_t *load, size_t i, const char *below)
{
    const char *slash = below[0] ? "/" : "";
    lgs_str_t dir = lgs_arena_printf(load->work, "%.*s/%s%s%s", LGS_FMT(load->dir), kinds[i].dir,
                                     slash, below);
    lgs_str_t *dirs, *names;
    size_t n_dirs = 0, n = 0;
    lgs_rc_t rc = dir.data ? LGS_OK : lgs_errs_nomem(load->errs);

    if (rc == LGS_OK) {
        rc = lgs_file_list_dirs(load->work, dir.data, &dirs, &n_dirs, load->errs);
    }
    for (size_t d = 0; rc == LGS_OK && d < n_dirs; d++) {
        lgs_str_t path = lgs_arena_printf(load->work, "%.*s/%.*s", LGS_FMT(dir), LGS_FMT(dirs[d]));

        rc = path.data ? lgs_file_list(load->work, path.data, endings_of(i), &names, &n, load->errs)
                       : lgs_errs_nomem(load->errs);
        for (size_t k = 0; rc == LGS_OK && k < n; k++) {
            lgs_str_t file = lgs_arena_printf(load->work, "%s%s%.*s/%.*s", below, slash,
                                              LGS_FMT(dirs[d]), LGS_FMT(names[k]));

            rc = file.data ? load_yaml(load, i, file) : lgs_errs_nomem(load->errs);
        }
    }
    return rc == LGS_NOMEM ? LGS_NOMEM : LGS_OK;
}

static lgs_rc_t compile_guides(lgs_load_t *load)
{
    const lgs_err_t *last = load->errs->last;
    lgs_rc_t rc = lgs_guides_compile(load->policy->guides, load->errs);

    lgs_adopt_errors(load, last, LGS_STR("edi"));
    return rc == LGS_NOMEM ? LGS_NOMEM : LGS_OK;
}

/* Whose codes they are and which list they come before must be known. */
static void check_partner_codes(lgs_load_t *load)
{
    const lgs_err_t *last = load->errs->last;

    for (size_t i = 0; i < lgs_map_count(load->codelists); i++) {
        lgs_str_t key, partner, list;
        void *doc;

        lgs_map_at(load->codelists, i, &key, &doc);
        if (!lgs_split_partner_codes(key, &partner, &list)) {
            continue;
        }
        if (lgs_map_get(load->policy->partners, partner) == NULL &&
            !load->broken[LGS_KIND_PARTNER]) {
            lgs_finding(load, doc, NULL, "policy-reference", "no partner \"%.*s\"%s",
                        LGS_FMT(partner), lgs_did_you_mean(load, partner, load->policy->partners));
        }
        if (lgs_map_get(load->codelists, list) == NULL && !load->broken[LGS_KIND_CODELIST]) {
            lgs_finding(load, doc, NULL, "policy-reference",
                        "no code list \"%.*s\" that these codes could come before%s", LGS_FMT(list),
                        lgs_did_you_mean(load, list, load->codelists));
        }
    }
    lgs_adopt_errors(load, last, LGS_STR(""));
}

static lgs_arena_t *arena_of(const lgs_load_t *load, size_t i)
{
    return kinds[i].lives == BY_POLICY ? load->arena
           : kinds[i].lives == BY_LOAD ? load->work
                                       : load->scratch;
}

static lgs_rc_t load_yaml(lgs_load_t *load, size_t i, lgs_str_t file)
{
    lgs_arena_t *arena = arena_of(load, i);
    const lgs_err_t *last = load->errs->last;
    lgs_str_t name, path, text, stem;
    lgs_rc_t rc;

    lgs_arena_reset(load->scratch);
    name = kinds[i].dir ? lgs_arena_printf(load->work, "%s/%.*s", kinds[i].dir, LGS_FMT(file))
                        : file;
    stem = lgs_arena_str(load->arena, without_ending(file));
    if (name.data == NULL || stem.data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    rc = lgs_load_file(load, arena, name, &path, &text);
    if (rc == LGS_OK) {
        rc = take_yaml(load, i, path, text, stem);
        lgs_adopt_errors(load, last, path);
    }
    return rc;
}

static lgs_rc_t take_yaml(lgs_load_t *load, size_t i, lgs_str_t path, lgs_str_t text,
                          lgs_str_t stem)
{
    lgs_arena_t *arena = arena_of(load, i);
    const lgs_err_t *last = load->errs->last;
    lgs_rc_t rc = LGS_IO;
    lgs_doc_t doc;

    if (text.data) {
        rc = path.data[path.len - 1] == 'v' /* .csv */
                 ? lgs_codelist_csv(arena, text, path, last_part(stem), &doc, load->errs)
                 : lgs_yaml_read(arena, text, path, &doc, load->errs);
    }
    if (rc != LGS_OK) {
        load->broken[kinds[i].kind] = true;
        return rc == LGS_NOMEM ? LGS_NOMEM : LGS_OK;
    }
    check_name(load, i, &doc, stem);
    lgs_check_secrets(load, kinds[i].kind, &doc);
    rc = kinds[i].take(load, &doc, stem);
    return rc == LGS_OK ? lgs_check_schema(load, kinds[i].kind, &doc, last) : rc;
}

static lgs_str_t without_ending(lgs_str_t file)
{
    while (file.len && file.data[file.len - 1] != '.') {
        file.len--;
    }
    file.len -= file.len > 0;
    return file;
}

/* What stands behind the last slash. */
static lgs_str_t last_part(lgs_str_t path)
{
    size_t at = path.len;

    while (at && path.data[at - 1] != '/') {
        at--;
    }
    return lgs_str(path.data + at, path.len - at);
}

static void check_name(lgs_load_t *load, size_t i, const lgs_doc_t *doc, lgs_str_t stem)
{
    const lgs_node_t *own = kinds[i].own ? lgs_node_at(&doc->root, kinds[i].own) : NULL;

    stem = last_part(stem);

    if (own && own->type == LGS_STRING && !lgs_str_eq(lgs_node_text(own), stem)) {
        lgs_finding(load, doc, own, "policy-name",
                    "%s \"%.*s\" stands in a file called %.*s.yaml; both must be the same",
                    kinds[i].own, LGS_FMT(lgs_node_text(own)), LGS_FMT(stem));
    }
}

lgs_rc_t lgs_load_file(lgs_load_t *load, lgs_arena_t *arena, lgs_str_t name, lgs_str_t *path,
                       lgs_str_t *text)
{
    lgs_rc_t rc;

    *text = lgs_str(NULL, 0);
    *path = lgs_arena_printf(arena, "%.*s/%.*s", LGS_FMT(load->dir), LGS_FMT(name));
    if (path->data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    rc = lgs_file_read(arena, path->data, LGS_MAX_POLICY_FILE, text, load->errs);
    if (rc == LGS_NOMEM) {
        return LGS_NOMEM;
    }
    if (rc == LGS_OK) {
        return note_digest(load, name, *text);
    }
    *text = lgs_str(NULL, 0);
    return LGS_OK;
}

/* ---- what lies in the directory and is not read
 * ------------------------------------------------------ */

static lgs_rc_t check_strays(lgs_load_t *load)
{
    lgs_rc_t rc = check_stray_dirs(load, NULL);

    if (rc == LGS_OK) {
        rc = check_stray_files(load, NULL);
    }
    for (size_t i = 0; rc == LGS_OK && i < LGS_N(kinds); i++) {
        if (kinds[i].dir) {
            rc = check_stray_files(load, kinds[i].dir);
        }
        if (rc == LGS_OK && kinds[i].dir) {
            rc = check_stray_dirs(load, kinds[i].dir);
        }
    }
    return rc;
}

static lgs_str_t path_below(lgs_load_t *load, const char *below)
{
    return lgs_arena_printf(load->work, "%.*s%s%s", LGS_FMT(load->dir), below ? "/" : "",
                            below ? below : "");
}

/* A kind whose files lie within the directory of another: mappings/templates. */
static bool is_dir_of_kind(const char *below, lgs_str_t name)
{
    size_t len = below ? strlen(below) : 0;

    if (below && strcmp(below, "codelists") == 0 && lgs_str_is(name, "partners")) {
        return true;
    }
    if (below && strcmp(below, "edi") == 0) {
        return lgs_str_is(name, "x12") || lgs_str_is(name, "edifact") ||
               lgs_str_is(name, "tradacoms");
    }
    for (size_t i = 0; below && i < LGS_N(kinds); i++) {
        if (kinds[i].dir && strncmp(kinds[i].dir, below, len) == 0 && kinds[i].dir[len] == '/' &&
            lgs_str_is(name, kinds[i].dir + len + 1)) {
            return true;
        }
    }
    return false;
}

/* "partner/" or "partners/eu/" would be passed over without a word, and its policies with it. */
static lgs_rc_t check_stray_dirs(lgs_load_t *load, const char *below)
{
    lgs_str_t dir = path_below(load, below), *names, near;
    size_t n = 0;
    lgs_rc_t rc = dir.data ? LGS_OK : lgs_errs_nomem(load->errs);

    if (rc == LGS_OK) {
        rc = lgs_file_list_dirs(load->work, dir.data, &names, &n, load->errs);
    }
    for (size_t i = 0; rc == LGS_OK && i < n; i++) {
        bool is_known = false;

        for (size_t k = 0; below == NULL && k < LGS_N(known_dirs); k++) {
            is_known = is_known || lgs_str_eq(names[i], known_dirs[k]);
        }
        is_known = is_known || is_dir_of_kind(below, names[i]);
        near = below ? lgs_str(NULL, 0) : lgs_nearest(names[i], known_dirs, LGS_N(known_dirs));
        if (!is_known) {
            lgs_finding_file(load, dir, "directory \"%.*s\" is not read%s%.*s%s", LGS_FMT(names[i]),
                             near.len ? "; did you mean \"" : "", LGS_FMT(near),
                             near.len ? "\"?" : "");
        }
    }
    return rc == LGS_NOMEM ? LGS_NOMEM : LGS_OK;
}

static lgs_rc_t check_stray_files(lgs_load_t *load, const char *below)
{
    lgs_str_t dir = path_below(load, below), *names;
    size_t n = 0;
    lgs_rc_t rc = dir.data ? LGS_OK : lgs_errs_nomem(load->errs);

    if (rc == LGS_OK) {
        rc = lgs_file_list(load->work, dir.data, near_yaml_endings, &names, &n, load->errs);
    }
    for (size_t i = 0; rc == LGS_OK && i < n; i++) {
        lgs_finding_file(load, dir, "file \"%.*s\" is not read: policy files end in .yaml",
                         LGS_FMT(names[i]));
    }
    if (rc == LGS_OK && below == NULL) {
        rc = lgs_file_list(load->work, dir.data, yaml_endings, &names, &n, load->errs);
    }
    for (size_t i = 0; rc == LGS_OK && below == NULL && i < n; i++) {
        if (!lgs_str_is(names[i], "gateway.yaml")) {
            lgs_finding_file(load, dir,
                             "file \"%.*s\" is not read: only gateway.yaml stands here, all others "
                             "in the directory of their kind",
                             LGS_FMT(names[i]));
        }
    }
    return rc == LGS_NOMEM ? LGS_NOMEM : LGS_OK;
}

/* ---- revision
 * ------------------------------------------------------------------------------------------ */

static lgs_rc_t note_digest(lgs_load_t *load, lgs_str_t name, lgs_str_t text)
{
    uint8_t digest[LGS_SHA256_LEN];
    lgs_digest_t *line;

    if (load->n_digests == load->digests_size) {
        size_t size = load->digests_size ? load->digests_size * 2 : 64;
        lgs_digest_t *more = lgs_arena_grow(
            load->work, load->digests, load->digests_size * sizeof(*more), size * sizeof(*more));

        if (more == NULL) {
            return lgs_errs_nomem(load->errs);
        }
        load->digests = more;
        load->digests_size = size;
    }
    line = &load->digests[load->n_digests];
    line->name = name;
    if (!lgs_sha256(text, digest)) {
        lgs_finding_file(load, name, "OpenSSL cannot compute SHA-256");
        return LGS_OK;
    }
    lgs_hex(digest, LGS_SHA256_LEN, line->hex);
    load->n_digests++;
    return LGS_OK;
}

static int compare_names(const void *a, const void *b)
{
    lgs_str_t x = ((const lgs_digest_t *)a)->name, y = ((const lgs_digest_t *)b)->name;
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);

    return order ? order : (x.len > y.len) - (x.len < y.len);
}

/* The digest of what sha256sum would print for all files, sorted by name. */
static lgs_rc_t make_revision(lgs_load_t *load)
{
    uint8_t digest[LGS_SHA256_LEN];
    lgs_buf_t lines;

    lgs_buf_init(&lines, load->work, load->n_digests * 96, 0);
    if (load->n_digests) {
        qsort(load->digests, load->n_digests, sizeof(*load->digests), compare_names);
    }
    for (size_t i = 0; i < load->n_digests; i++) {
        lgs_buf_add(&lines, load->digests[i].hex, LGS_SHA256_HEX);
        lgs_buf_cstr(&lines, "  ");
        lgs_buf_str(&lines, load->digests[i].name);
        lgs_buf_byte(&lines, '\n');
    }
    if (lines.failed) {
        return lgs_errs_nomem(load->errs);
    }
    if (!lgs_sha256(lgs_buf_text(&lines), digest)) {
        lgs_finding_file(load, load->dir, "OpenSSL cannot compute SHA-256");
        return LGS_OK;
    }
    lgs_hex(digest, (sizeof(load->policy->revision) - 1) / 2, load->policy->revision);
    return LGS_OK;
}
