/*
 * Schema documents → program. Blocks are made on demand and filled from a queue, so neither nested
 * schemas nor chains of $ref recurse. At the end blocks that would apply each other to one value
 * for ever are found, and blocks that are only a $ref take over the lists of what they refer to.
 * Everything lives in the store's arena.
 */
#include "../base/map.h"
#include "program.h"

#include <stdarg.h>
#include <stdio.h>

static block_t *block_for(compiler_t *compiler, const target_t *target, const scope_t *outer);
static void compile_keywords(compiler_t *compiler);
static void fill(compiler_t *compiler, block_t *block);
static void collect_keywords(compiler_t *compiler);
static void refuse_keyword(compiler_t *compiler, const lgs_member_t *member);
static void finish(compiler_t *compiler);
static const op_t *make_list(compiler_t *compiler, unsigned type);
static bool settle(compiler_t *compiler);
static void done(block_t *block, block_t **ready);
static void refuse_cycle(compiler_t *compiler);
static void add_edge(compiler_t *compiler, block_t *to);
static void out_of_memory(compiler_t *compiler);

static const dynamic_t *outermost_of(const target_t *target, const scope_t *scope);

static const op_t no_ops[1];

lgs_schema_t *lgs_schema_compile(lgs_schema_store_t *store, lgs_str_t name, lgs_errs_t *errs)
{
    const resource_t *resource = lgs_store_find(store, name);

    if (resource == NULL) {
        lgs_errs_add(errs, "schema-name", (lgs_pos_t){0}, "there is no schema \"%.*s\"",
                     LGS_FMT(name));
        return NULL;
    }
    return lgs_schema_compile_at(
        store,
        &(target_t){.resource = resource, .node = resource->node, .pointer = resource->pointer},
        errs);
}

lgs_schema_t *lgs_schema_compile_rest(lgs_schema_store_t *store, lgs_str_t name,
                                      const lgs_schema_t *whole, lgs_errs_t *errs)
{
    lgs_schema_t *rest = lgs_schema_compile(store, name, errs);

    if (rest) {
        rest->whole = whole;
    }
    return rest;
}

lgs_schema_t *lgs_schema_compile_at(lgs_schema_store_t *store, const target_t *target,
                                    lgs_errs_t *errs)
{
    lgs_arena_t *arena = lgs_store_arena(store);
    compiler_t *compiler = lgs_arena_zalloc(arena, sizeof(*compiler));
    lgs_errs_t silent;

    if (errs == NULL) {
        lgs_errs_init(&silent, arena, 1);
        errs = &silent;
    }
    if (compiler == NULL) {
        lgs_errs_nomem(errs);
        return NULL;
    }
    compiler->arena = arena;
    compiler->store = store;
    compiler->errs = errs;
    compiler->blocks = lgs_map_create(arena, 64);
    compiler->schema = lgs_arena_zalloc(arena, sizeof(*compiler->schema));
    if (compiler->schema == NULL || compiler->blocks == NULL) {
        lgs_errs_nomem(errs);
        return NULL;
    }
    compiler->schema->doc = target->resource->doc;
    compiler->schema->root = block_for(compiler, target, NULL);
    for (block_t *block = compiler->first; block && !compiler->nomem; block = block->next) {
        fill(compiler, block);
    }
    return !compiler->failed && settle(compiler) ? compiler->schema : NULL;
}

const block_t *lgs_compile_sub(compiler_t *compiler, const lgs_node_t *node, lgs_str_t step,
                               bool in_place)
{
    block_t *block;
    lgs_buf_t buf;

    lgs_buf_init(&buf, compiler->arena, compiler->block->pointer.len + step.len + 32, 0);
    lgs_buf_str(&buf, compiler->block->pointer);
    lgs_pointer_add(&buf, lgs_cstr(compiler->keyword));
    if (step.data) {
        lgs_pointer_add(&buf, step);
    }
    if (buf.failed) {
        out_of_memory(compiler);
        return NULL;
    }
    block = block_for(compiler,
                      &(target_t){.resource = compiler->block->resource,
                                  .node = node,
                                  .pointer = lgs_buf_text(&buf)},
                      compiler->block->scope);
    if (block && in_place) {
        add_edge(compiler, block);
    }
    return block;
}

const block_t *lgs_compile_step(compiler_t *compiler, const lgs_node_t *node, uint32_t index,
                                bool in_place)
{
    char digits[16];
    int len = snprintf(digits, sizeof(digits), "%u", index);

    return lgs_compile_sub(compiler, node, lgs_str(digits, (size_t)len), in_place);
}

const block_t *lgs_compile_ref(compiler_t *compiler, const lgs_node_t *reference, bool is_dynamic)
{
    const scope_t *scope = compiler->block->scope;
    const dynamic_t *outermost = NULL;
    lgs_str_t text = lgs_node_text(reference);
    target_t target;
    block_t *block;

    switch (lgs_store_resolve(compiler->store, compiler->block->resource, text, &target,
                              compiler->errs)) {
    case LGS_OK:
        if (is_dynamic) {
            outermost = outermost_of(&target, scope);
        }
        block = block_for(compiler, outermost ? &outermost->target : &target, scope);
        if (block) {
            add_edge(compiler, block);
        }
        return block;
    case LGS_NOT_FOUND:
        lgs_compile_error(compiler, reference, "\"%.*s\" refers to nothing that is here",
                          LGS_FMT(text));
        return NULL;
    case LGS_NOMEM:
        compiler->nomem = compiler->failed = true;
        return NULL;
    default: /* the loader said why */
        compiler->failed = true;
        return NULL;
    }
}

/* What a $dynamicRef or $recursiveRef means that leads to `target` at first; NULL: just that. */
static const dynamic_t *outermost_of(const target_t *target, const scope_t *scope)
{
    const dynamic_t *anchor = target->dynamic;

    if (target->node == target->resource->node && anchor == NULL) {
        for (anchor = target->resource->anchors; anchor && anchor->name.len;
             anchor = anchor->next) {
        }
    }
    return anchor ? lgs_scope_find(scope, anchor->name) : NULL;
}

lgs_regex_t *lgs_compile_pattern(compiler_t *compiler, const lgs_node_t *at, lgs_str_t pattern)
{
    lgs_regex_t *regex;
    lgs_errs_t why;

    lgs_errs_init(&why, compiler->arena, 1);
    regex = lgs_regex_compile(compiler->arena, pattern, LGS_REGEX_ECMA, &why);
    if (regex == NULL && why.first) {
        lgs_compile_error(compiler, at, "%.*s", LGS_FMT(why.first->text));
    }
    return regex;
}

void lgs_compile_op(compiler_t *compiler, const kind_t *kind, unsigned types, const void *data)
{
    if (data && compiler->n_ops < MAX_OPS) {
        compiler->ops[compiler->n_ops++] = (pending_t){{kind->holds, kind, {.data = data}},
                                                       (uint8_t)types};
    }
}

void lgs_compile_count_op(compiler_t *compiler, const kind_t *kind, unsigned types, uint64_t count)
{
    if (compiler->n_ops < MAX_OPS) {
        compiler->ops[compiler->n_ops++] = (pending_t){{kind->holds, kind, {.count = count}},
                                                       (uint8_t)types};
    }
}

const lgs_node_t *lgs_compile_value(const compiler_t *compiler, const char *keyword)
{
    int i = lgs_keyword_find(lgs_cstr(keyword), compiler->block->resource->dialect);

    return i < 0 ? NULL : compiler->values[i];
}

void *lgs_compile_alloc(compiler_t *compiler, size_t n, size_t size)
{
    void *memory = lgs_arena_array(compiler->arena, n, size);

    if (memory == NULL) {
        out_of_memory(compiler);
    }
    return memory;
}

void lgs_compile_error(compiler_t *compiler, const lgs_node_t *at, const char *format, ...)
{
    const resource_t *resource = compiler->block->resource;
    const char *keyword = compiler->keyword;
    lgs_pos_t pos = lgs_doc_locate(resource->doc, at->offset);
    char text[512];
    lgs_err_t *err;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    compiler->failed = true;
    err = lgs_errs_add(compiler->errs, keyword ? keyword : "schema", pos, "%s%s%s%s",
                       keyword ? "\"" : "", keyword ? keyword : "", keyword ? "\": " : "", text);
    err->file = resource->doc->file.len ? resource->doc->file : resource->name;
    err->pointer = keyword ? lgs_arena_printf(compiler->arena, "%.*s/%s",
                                              LGS_FMT(compiler->block->pointer), keyword)
                           : compiler->block->pointer;
}

/* The block of a schema in a scope, made and queued at its first mention. */
static block_t *block_for(compiler_t *compiler, const target_t *target, const scope_t *outer)
{
    const resource_t *resource = lgs_store_resource_at(compiler->store, target->node);
    const void *key[2] = {target->node, NULL}, **kept;
    block_t *block;

    resource = resource ? resource : target->resource;
    key[1] = lgs_scope_enter(compiler, outer, resource);
    block = lgs_map_get(compiler->blocks, lgs_str((const char *)key, sizeof(key)));
    if (block) {
        return block;
    }
    if (compiler->schema->n_blocks == LGS_SCHEMA_BLOCKS) {
        compiler->failed = true;
        lgs_errs_add(compiler->errs, "max-schemas", (lgs_pos_t){0},
                     "the schema has more than %u parts", LGS_SCHEMA_BLOCKS);
        return NULL;
    }
    block = lgs_compile_alloc(compiler, 1, sizeof(*block) + sizeof(key));
    if (block == NULL) {
        return NULL;
    }
    block->resource = resource;
    block->scope = key[1];
    block->node = target->node;
    block->pointer = target->pointer;
    for (unsigned type = 0; type < LGS_N_TYPES; type++) {
        block->by_type[type] = no_ops;
    }
    kept = (const void **)(void *)(block + 1);
    memcpy(kept, key, sizeof(key));
    if (lgs_map_add(compiler->blocks, lgs_str((const char *)kept, sizeof(key)), block) != LGS_OK) {
        out_of_memory(compiler);
        return NULL;
    }
    if (compiler->last) {
        compiler->last->next = block;
    } else {
        compiler->first = block;
    }
    compiler->last = block;
    compiler->schema->n_blocks++;
    return block;
}

static void fill(compiler_t *compiler, block_t *block)
{
    const lgs_node_t *node = block->node;

    compiler->block = block;
    compiler->keyword = NULL;
    compiler->n_ops = 0;
    compiler->types = TYPES_ALL;
    memset(compiler->values, 0, sizeof(compiler->values));
    if (node->type == LGS_BOOL) {
        block->never = !node->u.truth;
        if (block->never) {
            lgs_compile_count_op(compiler, &lgs_kind_false, TYPES_ALL, 0);
        }
        finish(compiler);
        return;
    }
    if (node->type != LGS_OBJECT) {
        lgs_str_t shown = lgs_words_value(compiler->arena, node);

        lgs_compile_error(compiler, node, "%.*s is no schema: an object, true or false is needed",
                          LGS_FMT(shown));
        return;
    }
    compiler->keyword = "$schema";
    if (!block->resource->dialect.is_known && !lgs_dialect_settle(compiler, block->resource)) {
        return;
    }
    collect_keywords(compiler);
    compile_keywords(compiler);
    finish(compiler);
}

/* In draft 7 nothing that stands beside a $ref has a meaning. */
static void compile_keywords(compiler_t *compiler)
{
    bool is_ref_alone = compiler->block->resource->dialect.drafts == DRAFT_7 &&
                        lgs_compile_value(compiler, "$ref");

    for (size_t i = 0; i < lgs_n_keywords && !compiler->nomem; i++) {
        const keyword_t *row = &lgs_keywords[i];

        if (compiler->values[i] == NULL || row->compile == NULL ||
            (is_ref_alone && row->vocabularies && strcmp(row->name, "$ref") != 0 &&
             strcmp(row->name, "definitions") != 0)) {
            continue;
        }
        compiler->row = row;
        compiler->keyword = row->name;
        row->compile(compiler, compiler->values[i]);
    }
}

static void collect_keywords(compiler_t *compiler)
{
    const lgs_node_t *node = compiler->block->node;
    dialect_t dialect = compiler->block->resource->dialect;

    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];
        int keyword = lgs_keyword_find(lgs_node_text(&member->name), dialect);

        if (keyword < 0) {
            refuse_keyword(compiler, member);
            continue;
        }
        compiler->keyword = lgs_keywords[keyword].name;
        if (lgs_keyword_check(compiler, lgs_keywords[keyword].value, &member->value)) {
            compiler->values[keyword] = &member->value;
        }
    }
    compiler->keyword = NULL;
}

static void refuse_keyword(compiler_t *compiler, const lgs_member_t *member)
{
    lgs_str_t name = lgs_node_text(&member->name), words[MAX_KEYWORDS], near;

    size_t n = 0;

    if (lgs_str_starts(name, LGS_STR("x-")) || lgs_store_options(compiler->store)->ignore_unknown) {
        return;
    }
    for (size_t i = 0; i < lgs_n_keywords; i++) {
        if (lgs_keyword_is_in(&lgs_keywords[i], compiler->block->resource->dialect)) {
            words[n++] = lgs_cstr(lgs_keywords[i].name);
        }
    }
    near = lgs_nearest(name, words, n);
    compiler->keyword = NULL;
    if (near.len) {
        lgs_compile_error(compiler, &member->name, "\"%.*s\" is no keyword; did you mean \"%.*s\"?",
                          LGS_FMT(name), LGS_FMT(near));
    } else {
        lgs_compile_error(compiler, &member->name,
                          "\"%.*s\" is no keyword that is known here; your own begin with \"x-\"",
                          LGS_FMT(name));
    }
}

static void finish(compiler_t *compiler)
{
    block_t *block = compiler->block;

    for (unsigned type = 0; type < LGS_N_TYPES && !compiler->nomem; type++) {
        block->by_type[type] = make_list(compiler, type);
    }
    if (compiler->n_ops == 1 && compiler->ops[0].op.kind == &lgs_kind_ref && !block->redact) {
        block->alias = compiler->ops[0].op.arg.data;
    }
    compiler->schema->has_redact |= block->redact;
}

static const op_t *make_list(compiler_t *compiler, unsigned type)
{
    bool is_allowed = compiler->types & TYPE_BIT(type);
    size_t n = 0;
    op_t *list;

    for (size_t i = 0; i < compiler->n_ops; i++) {
        n += compiler->ops[i].types >> type & 1;
    }
    if (n == 0) {
        return no_ops;
    }
    list = lgs_compile_alloc(compiler, n + 1, sizeof(*list));
    n = 0;
    for (size_t i = 0; list && i < compiler->n_ops; i++) {
        if ((compiler->ops[i].types >> type & 1) &&
            (is_allowed || compiler->ops[i].op.kind == &lgs_kind_type)) {
            list[n++] = compiler->ops[i].op;
        }
    }
    return list ? list : no_ops;
}

/*
 * Takes blocks whose in-place blocks are all done, until none is left (Kahn). What is left then
 * applies itself to the same value.
 */
static bool settle(compiler_t *compiler)
{
    block_t *ready = NULL;
    uint32_t n_done = 0;

    for (block_t *block = compiler->first; block; block = block->next) {
        if (block->n_waiting == 0) {
            block->next_ready = ready;
            ready = block;
        }
    }
    while (ready) {
        block_t *block = ready;

        ready = block->next_ready;
        done(block, &ready);
        n_done++;
    }
    if (n_done < compiler->schema->n_blocks) {
        refuse_cycle(compiler);
        return false;
    }
    return true;
}

static void done(block_t *block, block_t **ready)
{
    if (block->alias) {
        memcpy(block->by_type, block->alias->by_type, sizeof(block->by_type));
        block->never = block->alias->never;
    }
    for (edge_t *edge = block->back; edge; edge = edge->next_back) {
        if (--edge->from->n_waiting == 0) {
            edge->from->next_ready = *ready;
            *ready = edge->from;
        }
    }
}

/* From any block that is left, going on to others that are left ends within the cycle. */
static void refuse_cycle(compiler_t *compiler)
{
    block_t *block = compiler->first;

    while (block->n_waiting == 0) {
        block = block->next;
    }
    for (uint32_t i = 0; i < compiler->schema->n_blocks; i++) {
        edge_t *edge = block->edges;

        while (edge->to->n_waiting == 0) {
            edge = edge->next;
        }
        block = edge->to;
    }
    compiler->block = block;
    compiler->keyword = NULL;
    lgs_compile_error(compiler, block->node,
                      "the schema applies itself to the same value without end, by $ref");
}

static void add_edge(compiler_t *compiler, block_t *to)
{
    edge_t *edge = lgs_compile_alloc(compiler, 1, sizeof(*edge));

    if (edge == NULL) {
        return;
    }
    edge->from = compiler->block;
    edge->to = to;
    edge->next = compiler->block->edges;
    compiler->block->edges = edge;
    edge->next_back = to->back;
    to->back = edge;
    compiler->block->n_waiting++;
}

static void out_of_memory(compiler_t *compiler)
{
    if (!compiler->nomem) {
        lgs_errs_nomem(compiler->errs);
    }
    compiler->nomem = compiler->failed = true;
}
