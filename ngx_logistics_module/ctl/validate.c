/*
 * logisticsctl validate [--json] SCHEMA FILE|-…: documents against a JSON Schema, by the gateway's
 * reader and validator. SCHEMA is JSON or YAML; a $ref to another file is looked for from the
 * folder of the file that has it, and never on the network. Names within the store are absolute
 * paths in the form of a URI.
 */
#include "ctl.h"

#include "../base/file.h"
#include "../policy/yaml.h"
#include "../schema/schema.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_SCHEMA LGS_MAX_POLICY_FILE

static int run(lgs_arena_t *arena, char **paths, bool as_json);
static lgs_schema_t *load_schema(lgs_arena_t *arena, const char *path, lgs_errs_t *errs);
static lgs_rc_t load_reference(void *arena, lgs_schema_store_t *store, lgs_str_t name,
                               lgs_errs_t *errs);
static lgs_rc_t add_file(lgs_arena_t *arena, lgs_schema_store_t *store, lgs_str_t name,
                         const char *path, lgs_errs_t *errs);
static lgs_rc_t read_text(lgs_arena_t *arena, const char *path, lgs_str_t source, lgs_doc_t *doc,
                          lgs_errs_t *errs);
static int check(const lgs_schema_t *schema, const char *path, bool as_json, bool is_first);
static bool report(lgs_arena_t *arena, const char *path, const lgs_errs_t *errs, int exit_code,
                   bool as_json, bool is_first);
static lgs_str_t name_of(lgs_arena_t *arena, const char *path);
static char *path_of(lgs_arena_t *arena, lgs_str_t name);

int ctl_validate(int argc, char **argv)
{
    bool as_json = argc > 1 && strcmp(argv[1], "--json") == 0;
    lgs_arena_t *arena;
    int exit_code;

    if (argc < 3 + as_json || argv[1 + as_json][0] == '-') {
        return ctl_usage(argv[0]);
    }
    arena = lgs_arena_create(1 << 16, 0);
    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = run(arena, argv + 1 + as_json, as_json);
    lgs_arena_destroy(arena);
    return exit_code;
}

/* paths: the schema, the documents, NULL */
static int run(lgs_arena_t *arena, char **paths, bool as_json)
{
    int exit_code = CTL_OK, one;
    lgs_schema_t *schema;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    schema = load_schema(arena, paths[0], &errs);
    if (schema == NULL) {
        ctl_print_errors(&errs, paths[0]);
        return CTL_USAGE;
    }
    for (size_t i = 1; paths[i]; i++) {
        one = check(schema, paths[i], as_json, i == 1);
        exit_code = one > exit_code ? one : exit_code;
    }
    if (as_json) {
        printf("]\n");
    }
    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static lgs_schema_t *load_schema(lgs_arena_t *arena, const char *path, lgs_errs_t *errs)
{
    lgs_schema_store_t *store = lgs_schema_store_create(arena);
    lgs_str_t name = name_of(arena, path);

    if (store == NULL || name.data == NULL) {
        lgs_errs_nomem(errs);
        return NULL;
    }
    lgs_schema_store_set_loader(store, load_reference, arena);
    if (add_file(arena, store, name, path, errs) != LGS_OK) {
        return NULL;
    }
    return lgs_schema_compile(store, name, errs);
}

static lgs_rc_t load_reference(void *arena, lgs_schema_store_t *store, lgs_str_t name,
                               lgs_errs_t *errs)
{
    char *path = path_of(arena, name);
    FILE *file = path ? fopen(path, "rb") : NULL;

    if (file == NULL) {
        return LGS_NOT_FOUND;
    }
    fclose(file);
    return add_file(arena, store, name, path, errs);
}

static lgs_rc_t add_file(lgs_arena_t *arena, lgs_schema_store_t *store, lgs_str_t name,
                         const char *path, lgs_errs_t *errs)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    lgs_str_t source;
    lgs_rc_t rc;

    if (doc == NULL) {
        return lgs_errs_nomem(errs);
    }
    rc = lgs_file_read(arena, path, MAX_SCHEMA, &source, errs);
    if (rc == LGS_OK) {
        rc = read_text(arena, path, source, doc, errs);
    }
    if (rc == LGS_OK) {
        doc->file = lgs_cstr(path);
        rc = lgs_schema_store_add(store, name, doc, errs);
    }
    return rc;
}

static lgs_rc_t read_text(lgs_arena_t *arena, const char *path, lgs_str_t source, lgs_doc_t *doc,
                          lgs_errs_t *errs)
{
    const char *dot = strrchr(path, '.');
    lgs_err_t *last = errs->last;
    lgs_rc_t rc;

    if (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0)) {
        return lgs_yaml_read(arena, source, lgs_cstr(path), doc, errs);
    }
    rc = lgs_json_read(arena, source, NULL, doc, errs);
    if (rc != LGS_OK && errs->last && errs->last != last) {
        errs->last->file = lgs_cstr(path);
    }
    return rc;
}

static int check(const lgs_schema_t *schema, const char *path, bool as_json, bool is_first)
{
    lgs_arena_t *arena = lgs_arena_create(1 << 16, 0);
    int exit_code = CTL_USAGE;
    lgs_str_t source;
    lgs_errs_t errs;
    lgs_doc_t doc;

    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    if (ctl_read(arena, path, LGS_DEFAULT_MAX_BODY, &source)) {
        exit_code = CTL_OK;
        if (read_text(arena, path, source, &doc, &errs) != LGS_OK ||
            lgs_schema_validate(schema, &doc, NULL, &errs) != LGS_OK) {
            exit_code = CTL_FINDINGS;
        }
    }
    if (!report(arena, path, &errs, exit_code, as_json, is_first)) {
        exit_code = CTL_USAGE;
    }
    lgs_arena_destroy(arena);
    return exit_code;
}

/* False when it could not be written. */
static bool report(lgs_arena_t *arena, const char *path, const lgs_errs_t *errs, int exit_code,
                   bool as_json, bool is_first)
{
    lgs_buf_t buf;

    if (!as_json) {
        ctl_print_errors(errs, path);
        return exit_code != CTL_OK || printf("%s: valid\n", path) > 0;
    }
    lgs_buf_init(&buf, arena, 1024, 0);
    lgs_buf_cstr(&buf, is_first ? "[{\"file\":" : ",\n{\"file\":");
    lgs_json_write_string(&buf, lgs_cstr(path));
    lgs_buf_printf(&buf, ",\"valid\":%s,\"errors\":", exit_code == CTL_OK ? "true" : "false");
    ctl_write_errors(&buf, errs);
    lgs_buf_printf(&buf, ",\"more\":%u}", errs->more);
    return !buf.failed && fwrite(buf.data, 1, buf.len, stdout) == buf.len;
}

/* /home/a b/x.json → /home/a%20b/x.json: what has a meaning in a URI is escaped. */
static lgs_str_t name_of(lgs_arena_t *arena, const char *path)
{
    char *real = realpath(path, NULL);
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 256, 0);
    for (const char *p = real ? real : path; *p; p++) {
        if (strchr(" #%?:[]\"<>\\^`{|}", *p)) {
            lgs_buf_printf(&buf, "%%%02X", (unsigned char)*p);
        } else {
            lgs_buf_byte(&buf, *p);
        }
    }
    free(real);
    return lgs_buf_text(&buf);
}

/* The way back; NULL for a name that is no path (it has a scheme). */
static char *path_of(lgs_arena_t *arena, lgs_str_t name)
{
    char *path = lgs_arena_alloc(arena, name.len + 1), *out = path;
    unsigned byte;

    if (path == NULL || name.len == 0 || name.data[0] != '/') {
        return NULL;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '%' && i + 2 < name.len &&
            sscanf(name.data + i + 1, "%2x", &byte) == 1) {
            *out++ = (char)byte;
            i += 2;
        } else {
            *out++ = name.data[i];
        }
    }
    *out = '\0';
    return path;
}
