/* Schema files and their references (schemas.h). Names in the store are absolute paths as URIs. */
#include "schemas.h"

#include "../base/file.h"
#include "../policy/yaml.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_SCHEMA LGS_MAX_POLICY_FILE

static int take_draft(ctl_schemas_t *schemas, const char *value);
static int take_formats(ctl_schemas_t *schemas, const char *value);
static int take_unknown(ctl_schemas_t *schemas, const char *value);
static int take_base(ctl_schemas_t *schemas, const char *value);
static lgs_rc_t load_reference(void *data, lgs_schema_store_t *store, lgs_str_t name,
                               lgs_errs_t *errs);
static char *path_by_base(const ctl_schemas_t *schemas, lgs_str_t name);
static lgs_rc_t add_file(lgs_arena_t *arena, lgs_schema_store_t *store, lgs_str_t name,
                         const char *path, lgs_errs_t *errs);
static lgs_str_t name_of(lgs_arena_t *arena, const char *path);
static char *path_of(lgs_arena_t *arena, lgs_str_t name);
static char *unescape(lgs_arena_t *arena, lgs_str_t text);
static int hex_value(char c);

static const struct {
    const char *option, *values;
    int (*take)(ctl_schemas_t *schemas, const char *value);
} options[] = {
    {"--draft", "7, 2019-09 or 2020-12", take_draft},
    {"--formats", "assert or annotate", take_formats},
    {"--unknown", "refuse or ignore", take_unknown},
    {"--base", "URL=DIR, at most 32 of them", take_base},
};

int ctl_schemas_option(ctl_schemas_t *schemas, const char *option, const char *value)
{
    for (size_t i = 0; i < LGS_N(options); i++) {
        if (strcmp(option, options[i].option) != 0) {
            continue;
        }
        if (value && options[i].take(schemas, value)) {
            return 2;
        }
        fprintf(stderr, "logisticsctl: %s is %s\n", option, options[i].values);
        return -1;
    }
    return 0;
}

static int take_draft(ctl_schemas_t *schemas, const char *value)
{
    static const struct {
        const char *name;
        lgs_draft_t draft;
    } drafts[] = {
        {"7", LGS_DRAFT_7}, {"2019-09", LGS_DRAFT_2019_09}, {"2020-12", LGS_DRAFT_2020_12}};

    for (size_t i = 0; i < LGS_N(drafts); i++) {
        if (strcmp(value, drafts[i].name) == 0) {
            schemas->options.draft = drafts[i].draft;
            return 1;
        }
    }
    return 0;
}

static int take_formats(ctl_schemas_t *schemas, const char *value)
{
    schemas->options.annotate_formats = strcmp(value, "annotate") == 0;
    return schemas->options.annotate_formats || strcmp(value, "assert") == 0;
}

static int take_unknown(ctl_schemas_t *schemas, const char *value)
{
    schemas->options.ignore_unknown = strcmp(value, "ignore") == 0;
    return schemas->options.ignore_unknown || strcmp(value, "refuse") == 0;
}

static int take_base(ctl_schemas_t *schemas, const char *value)
{
    const char *equals = strrchr(value, '=');

    if (equals == NULL || equals == value || equals[1] == '\0' ||
        schemas->n_bases == CTL_MAX_BASES) {
        return 0;
    }
    schemas->bases[schemas->n_bases++] = value;
    return 1;
}

lgs_schema_store_t *ctl_schemas_open(ctl_schemas_t *schemas, const char *path, lgs_str_t *name,
                                     lgs_errs_t *errs)
{
    lgs_schema_store_t *store = lgs_schema_store_create(schemas->arena);

    *name = name_of(schemas->arena, path);
    if (store == NULL || name->data == NULL) {
        lgs_errs_nomem(errs);
        return NULL;
    }
    lgs_schema_store_set_options(store, schemas->options);
    lgs_schema_store_set_loader(store, load_reference, schemas);
    return add_file(schemas->arena, store, *name, path, errs) == LGS_OK ? store : NULL;
}

static lgs_rc_t load_reference(void *data, lgs_schema_store_t *store, lgs_str_t name,
                               lgs_errs_t *errs)
{
    ctl_schemas_t *schemas = data;
    char *path = path_of(schemas->arena, name);
    FILE *file;

    path = path ? path : path_by_base(schemas, name);
    file = path ? fopen(path, "rb") : NULL;
    if (file == NULL) {
        return LGS_NOT_FOUND;
    }
    fclose(file);
    return add_file(schemas->arena, store, name, path, errs);
}

/* With a base URL=DIR, URL/a/b.json is DIR/a/b.json; nothing above DIR is reached. */
static char *path_by_base(const ctl_schemas_t *schemas, lgs_str_t name)
{
    for (size_t i = 0; i < schemas->n_bases; i++) {
        const char *base = schemas->bases[i], *dir = strrchr(base, '=') + 1;
        lgs_str_t url = lgs_str(base, (size_t)(dir - 1 - base)), path;
        char *rest;

        while (url.len && url.data[url.len - 1] == '/') {
            url.len--;
        }
        if (!lgs_str_starts(name, url) || name.len <= url.len || name.data[url.len] != '/') {
            continue;
        }
        rest = unescape(schemas->arena, lgs_str(name.data + url.len, name.len - url.len));
        if (rest == NULL || strstr(rest, "/..")) {
            return NULL;
        }
        path = lgs_arena_printf(schemas->arena, "%s%s", dir, rest);
        return (char *)path.data;
    }
    return NULL;
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
        rc = ctl_read_text(arena, path, source, doc, errs);
    }
    if (rc == LGS_OK) {
        doc->file = lgs_cstr(path);
        rc = lgs_schema_store_add(store, name, doc, errs);
    }
    return rc;
}

lgs_rc_t ctl_read_text(lgs_arena_t *arena, const char *path, lgs_str_t source, lgs_doc_t *doc,
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
    return name.len && name.data[0] == '/' ? unescape(arena, name) : NULL;
}

static char *unescape(lgs_arena_t *arena, lgs_str_t text)
{
    char *path = lgs_arena_alloc(arena, text.len + 1), *out = path;

    for (size_t i = 0; path && i < text.len; i++) {
        int high = text.len - i > 2 ? hex_value(text.data[i + 1]) : -1;
        int low = text.len - i > 2 ? hex_value(text.data[i + 2]) : -1;
        bool is_escape = text.data[i] == '%' && high >= 0 && low >= 0;

        *out++ = is_escape ? (char)(high << 4 | low) : text.data[i];
        i += is_escape ? 2 : 0;
    }
    if (path) {
        *out = '\0';
    }
    return path;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;
    int value = found ? (int)(found - digits) : -1;

    return value > 15 ? value - 6 : value;
}
