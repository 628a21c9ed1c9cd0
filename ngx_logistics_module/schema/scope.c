/* Scopes (program.h): which anchor each name of $dynamicRef means on the way to a block. */
#include "program.h"

static uint32_t count_new(const scope_t *outer, const resource_t *resource);
static const scope_t *find_equal(const compiler_t *compiler, const scope_t *scope);
static bool has_anchor(const scope_t *scope, const dynamic_t *anchor);

const scope_t *lgs_scope_enter(compiler_t *compiler, const scope_t *outer,
                               const resource_t *resource)
{
    uint32_t n = outer ? outer->n : 0, n_new = count_new(outer, resource);
    const scope_t *known;
    scope_t *scope;

    if (n_new == 0) {
        return outer;
    }
    scope = lgs_compile_alloc(compiler, 1,
                              sizeof(*scope) + (n + n_new) * sizeof(scope->anchors[0]));
    if (scope == NULL) {
        return outer;
    }
    for (; scope->n < n; scope->n++) {
        scope->anchors[scope->n] = outer->anchors[scope->n];
    }
    for (const dynamic_t *anchor = resource->anchors; anchor; anchor = anchor->next) {
        if (lgs_scope_find(outer, anchor->name) == NULL) {
            scope->anchors[scope->n++] = anchor;
        }
    }
    known = find_equal(compiler, scope);
    if (known) {
        return known;
    }
    if (++compiler->n_scopes > LGS_SCHEMA_SCOPES) {
        compiler->failed = true;
        lgs_errs_add(compiler->errs, "max-scopes", (lgs_pos_t){0},
                     "$dynamicRef has more than %u different meanings", LGS_SCHEMA_SCOPES);
        return outer;
    }
    scope->next = compiler->scopes;
    compiler->scopes = scope;
    return scope;
}

const dynamic_t *lgs_scope_find(const scope_t *scope, lgs_str_t name)
{
    for (uint32_t i = 0; scope && i < scope->n; i++) {
        if (lgs_str_eq(scope->anchors[i]->name, name)) {
            return scope->anchors[i];
        }
    }
    return NULL;
}

static uint32_t count_new(const scope_t *outer, const resource_t *resource)
{
    uint32_t n = 0;

    for (const dynamic_t *anchor = resource->anchors; anchor; anchor = anchor->next) {
        n += lgs_scope_find(outer, anchor->name) == NULL;
    }
    return n;
}

/* The order in which the anchors came does not matter. */
static const scope_t *find_equal(const compiler_t *compiler, const scope_t *scope)
{
    for (const scope_t *known = compiler->scopes; known; known = known->next) {
        uint32_t n = 0;

        while (n < scope->n && known->n == scope->n && has_anchor(known, scope->anchors[n])) {
            n++;
        }
        if (n == scope->n && known->n == scope->n) {
            return known;
        }
    }
    return NULL;
}

static bool has_anchor(const scope_t *scope, const dynamic_t *anchor)
{
    for (uint32_t i = 0; i < scope->n; i++) {
        if (scope->anchors[i] == anchor) {
            return true;
        }
    }
    return false;
}
