/*
 * What the keywords of a schema mean: its draft by $schema, and with a meta-schema of one's own the
 * vocabularies that it names. The published meta-schemas are not run over a schema: the table of
 * keywords says the same with better words, and a test holds the two together.
 */
#include "program.h"

#define MAX_META 8u /* meta-schemas of meta-schemas */

static bool settle(compiler_t *compiler, resource_t *resource, const lgs_node_t *at,
                   unsigned depth);
static resource_t *meta_of(compiler_t *compiler, const resource_t *resource, const lgs_node_t *at);
static bool take_vocabularies(compiler_t *compiler, const resource_t *meta, const lgs_node_t *at,
                              dialect_t *dialect);
static bool check(compiler_t *compiler, const resource_t *resource, const resource_t *meta);

static const struct {
    const char *uri;
    lgs_draft_t draft;
    uint8_t bit;
} drafts[] = {
    {"https://json-schema.org/draft/2020-12/schema", LGS_DRAFT_2020_12, DRAFT_2020},
    {"https://json-schema.org/draft/2019-09/schema", LGS_DRAFT_2019_09, DRAFT_2019},
    {"http://json-schema.org/draft-07/schema", LGS_DRAFT_7, DRAFT_7},
    {"https://json-schema.org/draft-07/schema", LGS_DRAFT_7, DRAFT_7},
};

#define V2020 "https://json-schema.org/draft/2020-12/vocab/"
#define V2019 "https://json-schema.org/draft/2019-09/vocab/"
static const struct {
    const char *uri;
    uint8_t bits;
} vocabularies[] = {
    {V2020 "core", VOCABULARY_CORE},
    {V2020 "applicator", VOCABULARY_APPLICATOR},
    {V2020 "unevaluated", VOCABULARY_UNEVALUATED},
    {V2020 "validation", VOCABULARY_VALIDATION},
    {V2020 "meta-data", VOCABULARY_OTHER},
    {V2020 "content", VOCABULARY_OTHER},
    {V2020 "format-annotation", VOCABULARY_OTHER},
    {V2020 "format-assertion", VOCABULARY_OTHER | VOCABULARY_ASSERTION},
    {V2019 "core", VOCABULARY_CORE},
    {V2019 "applicator", VOCABULARY_APPLICATOR | VOCABULARY_UNEVALUATED},
    {V2019 "validation", VOCABULARY_VALIDATION},
    {V2019 "meta-data", VOCABULARY_OTHER},
    {V2019 "content", VOCABULARY_OTHER},
    {V2019 "format", VOCABULARY_OTHER},
};

dialect_t lgs_dialect_of_draft(lgs_draft_t draft)
{
    dialect_t dialect = {DRAFT_2020, VOCABULARIES_ALL, true};

    for (size_t i = 0; i < LGS_N(drafts); i++) {
        if (drafts[i].draft == draft) {
            dialect.drafts = drafts[i].bit;
        }
    }
    return dialect;
}

dialect_t lgs_dialect_of_uri(lgs_str_t uri)
{
    lgs_str_t fragment;

    uri = lgs_uri_split(uri, &fragment);
    for (size_t i = 0; i < LGS_N(drafts); i++) {
        if (lgs_str_is(uri, drafts[i].uri)) {
            return (dialect_t){drafts[i].bit, VOCABULARIES_ALL, true};
        }
    }
    return (dialect_t){DRAFTS_ALL, VOCABULARIES_ALL, false};
}

bool lgs_dialect_settle(compiler_t *compiler, const resource_t *resource)
{
    resource_t *own = (resource_t *)resource; /* the store's; settled once, before it is used */

    while (own->parent && !own->dialect.is_known) {
        own = own->parent;
    }
    if (!settle(compiler, own, lgs_node_at(own->node, "$schema"), MAX_META)) {
        return false;
    }
    ((resource_t *)resource)->dialect = own->dialect;
    return true;
}

/* `at` is the $schema that an error is about. */
static bool settle(compiler_t *compiler, resource_t *resource, const lgs_node_t *at, unsigned depth)
{
    dialect_t dialect = {DRAFT_2020, VOCABULARIES_ALL, true};
    resource_t *meta;

    if (resource->dialect.is_known) {
        return true;
    }
    meta = meta_of(compiler, resource, at);
    if (meta == NULL) {
        return false;
    }
    if (depth == 0 || (meta->is_settling && meta != resource)) {
        lgs_compile_error(compiler, at, "is described by itself, through other meta-schemas");
        return false;
    }
    resource->is_settling = true;
    if (meta != resource) {
        if (!settle(compiler, meta, at, depth - 1)) {
            return false;
        }
        dialect = meta->dialect;
    }
    if (!take_vocabularies(compiler, meta, at, &dialect)) {
        return false;
    }
    resource->dialect = dialect;
    resource->is_settling = false;
    return meta == resource || check(compiler, resource, meta);
}

static resource_t *meta_of(compiler_t *compiler, const resource_t *resource, const lgs_node_t *at)
{
    lgs_str_t fragment, uri = lgs_uri_split(lgs_node_text(at), &fragment);
    target_t target;

    switch (lgs_store_resolve(compiler->store, resource, uri, &target, compiler->errs)) {
    case LGS_OK:
        return (resource_t *)target.resource;
    case LGS_NOT_FOUND:
        lgs_compile_error(compiler, at,
                          "\"%.*s\" is not read here; write "
                          "\"https://json-schema.org/draft/2020-12/schema\"",
                          LGS_FMT(uri));
        return NULL;
    case LGS_NOMEM:
        compiler->nomem = true;
        break;
    default:
        break;
    }
    compiler->failed = true;
    return NULL;
}

/* Those of a meta-schema that names none are its draft's. */
static bool take_vocabularies(compiler_t *compiler, const resource_t *meta, const lgs_node_t *at,
                              dialect_t *dialect)
{
    const lgs_node_t *list = lgs_node_at(meta->node, "$vocabulary");

    if (list == NULL || list->type != LGS_OBJECT) {
        return true;
    }
    dialect->vocabularies = VOCABULARY_CORE;
    for (uint32_t i = 0; i < list->n; i++) {
        const lgs_member_t *member = &list->u.members[i];
        uint8_t bits = 0;

        for (size_t v = 0; v < LGS_N(vocabularies); v++) {
            if (lgs_str_is(lgs_node_text(&member->name), vocabularies[v].uri)) {
                bits = vocabularies[v].bits;
            }
        }
        if (bits == 0 && lgs_node_is_true(&member->value)) {
            lgs_compile_error(compiler, at,
                              "needs the vocabulary \"%.*s\", which is not known here",
                              LGS_FMT(lgs_node_text(&member->name)));
            return false;
        }
        dialect->vocabularies |= bits;
    }
    return true;
}

static bool check(compiler_t *compiler, const resource_t *resource, const resource_t *meta)
{
    lgs_errs_t *errs = compiler->errs;
    lgs_err_t *last = errs->last;
    lgs_schema_t *schema = lgs_schema_compile(compiler->store, meta->uri, errs);
    lgs_rc_t rc;

    if (schema == NULL) {
        compiler->failed = true;
        return false;
    }
    rc = lgs_schema_validate(schema, resource->doc, resource->node, errs);
    for (lgs_err_t *err = last ? last->next : errs->first; err; err = err->next) {
        err->file = resource->doc->file.len ? resource->doc->file : resource->name;
    }
    compiler->failed |= rc != LGS_OK;
    return rc == LGS_OK;
}
