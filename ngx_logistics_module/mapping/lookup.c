/*
 * Code lists: an inline map, or a file with exact codes and patterns; and the operation `lookup`.
 *
 *   codelist: dhl-status                 lookup: status         # name in the file's `lookup`
 *   codes:                               key: [/statusCode, /status]
 *     "transit|ARRIVED": {type: ...}     get: type              # member of the entry
 *     "transit|*": {type: ...}           else: warn             # null keep error warn
 *   patterns:                            default: ...
 *     - {match: "(?i)customs", value: {type: ...}}
 *
 * Parts of a key are joined by "|". Looked for in this order: the key, the patterns (on the whole
 * key, as they stand in the file), then the key with "*" for its last parts.
 */
#include "internal.h"

#define MAX_LAYERS     8u  /* code lists behind each other */
#define MAX_NEIGHBOURS 64u /* lookups among which one that asks the same is looked for */

typedef struct {
    const lgs_node_t *source; /* in the code list, for findings */
    lgs_node_t value;         /* its copy: knows no place, that of the key is put in */
} entry_t;

typedef struct {
    const lgs_regex_t *regex;
    entry_t entry;
} pattern_t;

typedef enum { ELSE_NULL, ELSE_KEEP, ELSE_ERROR, ELSE_WARN } else_t;

struct lgs_codes_s {
    lgs_str_t name;
    const lgs_doc_t *doc;
    lgs_map_t *codes;
    pattern_t *patterns;
    uint32_t n_patterns;
    const lgs_codes_t *next; /* looked into when the code is not in this one; NULL: none */
    lgs_map_t *partners; /* of a file: partner → its own codes, which come first; NULL: none */
    else_t otherwise;
    bool has_wild;  /* codes that end in "*" */
    bool has_else;  /* it is said what becomes of an unknown code */
    bool was_noted; /* that it is not */
};

typedef struct {
    const lgs_codes_t *lookup;
    lgs_exprs_t key;
    lgs_str_t get;
    uint32_t get_hash;
    uint32_t asked; /* where a run keeps the answer; 0: nobody else asks the same */
    uint32_t scope; /* of an answer that is kept: how far outwards the key's item is */
    else_t otherwise;
    const void *before; /* the arguments of the lookup that was compiled before */
} lookup_args_t;

typedef struct {
    char data[LGS_MAPPING_MAX_KEY + 2 * LGS_MAPPING_MAX_PARTS]; /* of several parts */
    size_t ends[LGS_MAPPING_MAX_PARTS];                         /* of each part in data */
    size_t len;
    lgs_str_t text;   /* all of it */
    lgs_node_t first; /* the first part that is there: for positions */
    bool found;
} joined_t;

static const lgs_str_t else_words[] = {
    [ELSE_NULL] = LGS_STR_INIT("null"),
    [ELSE_KEEP] = LGS_STR_INIT("keep"),
    [ELSE_ERROR] = LGS_STR_INIT("error"),
    [ELSE_WARN] = LGS_STR_INIT("warn"),
};

static bool layer_entries(const lgs_codes_t *layer, lgs_str_t get,
                          bool (*visit)(void *data, const lgs_doc_t *doc, const lgs_node_t *value,
                                        lgs_str_t key),
                          void *data);
static bool load_files(lgs_compile_t *c, const lgs_node_t *node, lgs_codes_t *lookup);
static bool load_file(lgs_compile_t *c, const lgs_node_t *at, lgs_codes_t *lookup);
static bool load_doc(lgs_compile_t *c, const lgs_doc_t *doc, lgs_codes_t *lookup);
static bool load_partners(lgs_compile_t *c, lgs_codes_t *lookup);
static bool load_codes(lgs_compile_t *c, const lgs_node_t *codes, lgs_codes_t *lookup);
static bool load_patterns(lgs_compile_t *c, const lgs_node_t *node, lgs_codes_t *lookup);
static void say_no_else(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main);
static void share_answer(lgs_compile_t *c, lookup_args_t *args);
static bool asks_the_same(const lookup_args_t *a, const lookup_args_t *b);
static const lgs_codes_t *find_table(lgs_compile_t *c, const lgs_node_t *main);
static inline void keep_answer(lgs_run_t *run, const lookup_args_t *args, const lgs_node_t *entry,
                               uint32_t offset);
static LGS_APART bool look_up_alone(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static LGS_APART bool look_up_single(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static LGS_APART bool look_up_joined(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out);
static bool look_up(lgs_run_t *run, const lgs_expr_t *expr, const joined_t *key, lgs_node_t *out);
static inline bool take_entry(const lgs_run_t *run, const lookup_args_t *args,
                              const lgs_node_t *entry, uint32_t offset, lgs_node_t *out);
static bool join_parts(lgs_run_t *run, const lgs_exprs_t *parts, joined_t *key);
static const lgs_node_t *find(lgs_run_t *run, const lookup_args_t *args, const lgs_expr_t *expr,
                              const joined_t *key);
static const lgs_node_t *find_in(lgs_run_t *run, const lgs_codes_t *codes, uint32_t n_parts,
                                 const lgs_expr_t *expr, const joined_t *key);
static LGS_APART const lgs_node_t *find_wild(const lgs_codes_t *codes, uint32_t n_parts,
                                             const joined_t *key);
static bool not_found(lgs_run_t *run, const lgs_expr_t *expr, const lookup_args_t *args,
                      const joined_t *key, lgs_node_t *out);

/* ---- compile ---- */

lgs_codes_t *lgs_codes_compile(lgs_compile_t *c, const lgs_node_t *node, lgs_str_t name)
{
    lgs_codes_t *lookup = lgs_arena_zalloc(c->arena, sizeof(*lookup));
    const lgs_node_t *codes;
    unsigned otherwise = ELSE_NULL;
    bool ok;

    if (lookup == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    if (node->type != LGS_OBJECT) {
        lgs_mapping_finding(c, node, "a code list is {file: name} or a map of codes");
        return NULL;
    }
    lookup->name = name;
    codes = lgs_node_at(node, "codes");
    if (lgs_node_at(node, "file")) {
        ok = load_files(c, node, lookup);
    } else if (codes) {
        ok = lgs_mapping_keys(c, node, "a code list", "codes patterns else", NULL) &&
             load_codes(c, codes, lookup) &&
             load_patterns(c, lgs_node_at(node, "patterns"), lookup);
    } else {
        return load_codes(c, node, lookup) ? lookup : NULL;
    }
    if (!ok || !lgs_mapping_arg_word(c, node, "else", else_words, LGS_N(else_words), &otherwise)) {
        return NULL;
    }
    lookup->otherwise = (else_t)otherwise;
    lookup->has_else = lgs_node_at(node, "else") != NULL;
    return lookup;
}

bool lgs_codes_entries(const lgs_codes_t *lookup, lgs_str_t get,
                       bool (*visit)(void *data, const lgs_doc_t *doc, const lgs_node_t *value,
                                     lgs_str_t key),
                       void *data)
{
    size_t n = lookup->partners ? lgs_map_count(lookup->partners) : 0;

    for (size_t i = 0; i < n; i++) {
        void *own;

        lgs_map_at(lookup->partners, i, NULL, &own);
        if (!layer_entries(own, get, visit, data)) {
            return false;
        }
    }
    for (const lgs_codes_t *layer = lookup; layer; layer = layer->next) {
        if (!layer_entries(layer, get, visit, data)) {
            return false;
        }
    }
    return true;
}

static bool layer_entries(const lgs_codes_t *layer, lgs_str_t get,
                          bool (*visit)(void *data, const lgs_doc_t *doc, const lgs_node_t *value,
                                        lgs_str_t key),
                          void *data)
{
    size_t n = lgs_map_count(layer->codes);

    for (size_t i = 0; i < n + layer->n_patterns; i++) {
        lgs_str_t key = LGS_STR("pattern");
        const lgs_node_t *value;
        void *entry = NULL;

        if (i < n) {
            lgs_map_at(layer->codes, i, &key, &entry);
        }
        value = entry ? ((entry_t *)entry)->source : layer->patterns[i - n].entry.source;
        value = get.len ? lgs_node_get(value, get) : value;
        if (value && !visit(data, layer->doc, value, key)) {
            return false;
        }
    }
    return true;
}

const lgs_codes_t *lgs_codes_of(const lgs_expr_t *expr, lgs_str_t *get, bool *keeps)
{
    const lookup_args_t *args = expr->u.args;

    if (expr->op->run != lgs_codes_run) {
        return NULL;
    }
    *get = args->get;
    *keeps = args->otherwise == ELSE_KEEP;
    return args->lookup;
}

bool lgs_codes_op(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                  lgs_expr_t *expr)
{
    lookup_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));
    const lgs_node_t *key = lgs_node_at(node, "key");
    unsigned otherwise;

    if (args == NULL) {
        return lgs_mapping_nomem(c);
    }
    args->lookup = find_table(c, main);
    if (key == NULL) {
        return lgs_mapping_finding(c, node, "a lookup needs a \"key\": a path, or a list of them");
    }
    if (!lgs_mapping_sources(c, key, LGS_MAPPING_MAX_PARTS, &args->key) || args->lookup == NULL ||
        !lgs_mapping_arg_text(c, node, "get", &args->get)) {
        return false;
    }
    lgs_mapping_stands_with(expr, &args->key, false);
    otherwise = args->lookup->otherwise;
    args->get_hash = lgs_hash(args->get.data, args->get.len);
    expr->u.args = args;
    if (!lgs_mapping_arg_word(c, node, "else", else_words, LGS_N(else_words), &otherwise)) {
        return false;
    }
    args->otherwise = (else_t)otherwise;
    share_answer(c, args);
    if (!args->lookup->has_else && !lgs_node_at(node, "else") && !lgs_node_at(node, "default")) {
        say_no_else(c, node, main);
    }
    return args->get.len == 0 || lgs_codes_check_get(c, args->lookup, lgs_node_at(node, "get"));
}

/*
 * The same element is often looked up in the same list again: for a condition, for each of its
 * entry's members. Those that do share a place for the answer.
 */
static void share_answer(lgs_compile_t *c, lookup_args_t *args)
{
    lookup_args_t *other = (lookup_args_t *)c->last_lookup;

    args->before = other;
    c->last_lookup = args;
    for (unsigned i = 0; i < MAX_NEIGHBOURS && other; i++) {
        if (asks_the_same(args, other)) {
            if (other->asked == 0 && c->mapping->n_asked < LGS_MAPPING_MAX_ASKED) {
                other->asked = ++c->mapping->n_asked;
                other->scope = other->key.items[0]->u.path->index;
            }
            args->asked = other->asked;
            args->scope = args->key.items[0]->u.path->index;
            return;
        }
        other = (lookup_args_t *)other->before;
    }
}

/* From whatever scope: what a path leads to is a matter of the item that it starts at. */
static bool asks_the_same(const lookup_args_t *a, const lookup_args_t *b)
{
    return a->lookup == b->lookup && a->key.n == 1 && b->key.n == 1 &&
           lgs_mapping_is_same_element(a->key.items[0], b->key.items[0]);
}

/* Once a list. */
static void say_no_else(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main)
{
    lgs_codes_t *named = main->type == LGS_STRING ? lgs_map_get(c->lookups, lgs_mapping_text(main))
                                                  : NULL;

    if (named == NULL || !named->was_noted) {
        lgs_mapping_load_note(c, node,
                              "an unknown code becomes null, and nobody is told: say "
                              "\"else\": warn, error, keep, or null if that is meant");
    }
    if (named) {
        named->was_noted = true;
    }
}

typedef struct {
    uint32_t n;     /* entries that have it */
    uint32_t n_all; /* entries that are objects */
    lgs_str_t names[64];
    size_t n_names; /* of members */
} members_t;

static bool count_member(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key)
{
    ((members_t *)data)->n++;
    return true;
}

static bool note_members(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key)
{
    members_t *members = data;

    members->n_all++;
    for (uint32_t i = 0; value->type == LGS_OBJECT && i < value->n; i++) {
        if (members->n_names < LGS_N(members->names)) {
            members->names[members->n_names++] = lgs_node_text(&value->u.members[i].name);
        }
    }
    return true;
}

/* A member that no entry has is always null. */
bool lgs_codes_check_get(lgs_compile_t *c, const lgs_codes_t *lookup, const lgs_node_t *get)
{
    members_t members = {.n = 0};
    lgs_str_t near;

    lgs_codes_entries(lookup, lgs_node_text(get), count_member, &members);
    lgs_codes_entries(lookup, LGS_STR(""), note_members, &members);
    if (members.n > 0 || members.n_all == 0) {
        return true;
    }
    near = lgs_nearest(lgs_node_text(get), members.names, members.n_names);
    return lgs_mapping_finding(c, get, "no entry of the code list has a member \"%.*s\"%s%s%.*s%s",
                               LGS_QUOTE(lgs_node_text(get)), near.len ? "; did you mean \"" : "",
                               LGS_FMT(near), near.len ? "\"?" : "");
}

static const lgs_codes_t *find_table(lgs_compile_t *c, const lgs_node_t *main)
{
    lgs_str_t names[64];
    size_t n = 0;
    const lgs_codes_t *lookup;

    if (main->type == LGS_OBJECT) {
        lgs_str_t place = lgs_arena_str(c->arena, lgs_buf_text(&c->where));

        if (place.data == NULL) {
            lgs_mapping_nomem(c);
            return NULL;
        }
        return lgs_codes_compile(c, main, place);
    }
    if (main->type != LGS_STRING) {
        lgs_mapping_finding(c, main, "\"lookup\" names a code list of the mapping, or is one");
        return NULL;
    }
    lookup = lgs_map_get(c->lookups, lgs_mapping_text(main));
    if (lookup) {
        return lookup;
    }
    if (c->is_alone) {
        return lgs_codes_open(c);
    }
    for (; n < lgs_map_count(c->lookups) && n < LGS_N(names); n++) {
        lgs_map_at(c->lookups, n, &names[n], NULL);
    }
    lgs_mapping_unknown(c, main, "code list", lgs_mapping_text(main), names, n);
    return NULL;
}

lgs_codes_t *lgs_codes_open(lgs_compile_t *c)
{
    lgs_codes_t *list = lgs_arena_zalloc(c->arena, sizeof(*list));

    if (list == NULL || (list->codes = lgs_map_create(c->arena, 1)) == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    list->has_else = true;
    return list;
}

/* One file, or several: what the first has not is looked for in the next. */
static bool load_files(lgs_compile_t *c, const lgs_node_t *node, lgs_codes_t *lookup)
{
    const lgs_node_t *file = lgs_node_at(node, "file");
    const lgs_texts_t *names;

    if (!lgs_mapping_keys(c, node, "a code list", "file else", NULL) ||
        (names = lgs_mapping_texts(c, file)) == NULL) {
        return false;
    }
    if (names->n == 0 || names->n > MAX_LAYERS) {
        return lgs_mapping_finding(c, file, "1 to %u code lists are wanted", MAX_LAYERS);
    }
    for (uint32_t i = 0; i < names->n; i++) {
        const lgs_node_t *at = file->type == LGS_ARRAY ? &file->u.items[i] : file;

        if (i > 0) {
            lgs_codes_t *next = lgs_arena_zalloc(c->arena, sizeof(*next));

            if (next == NULL) {
                return lgs_mapping_nomem(c);
            }
            lookup->next = next;
            lookup = next;
        }
        lookup->name = names->items[i];
        if (!load_file(c, at, lookup)) {
            return false;
        }
    }
    return true;
}

static bool load_file(lgs_compile_t *c, const lgs_node_t *at, lgs_codes_t *lookup)
{
    const lgs_doc_t *doc = NULL;

    if (c->env && c->env->codelist) {
        doc = c->env->codelist(c->env->data, lookup->name);
    }
    if (doc == NULL) {
        bool has_hint = c->env && c->env->codelist_hint;

        return lgs_mapping_finding(
            c, at, "there is no code list \"%.*s\"%s%s", LGS_QUOTE(lookup->name),
            has_hint ? c->env->codelist_hint(c->env->data, lookup->name) : "");
    }
    return load_doc(c, doc, lookup) && load_partners(c, lookup);
}

bool lgs_codes_take(lgs_compile_t *c, const lgs_doc_t *doc)
{
    lgs_codes_t *codes = lgs_arena_zalloc(c->arena, sizeof(*codes));

    return codes ? load_doc(c, doc, codes) : lgs_mapping_nomem(c);
}

static bool load_doc(lgs_compile_t *c, const lgs_doc_t *doc, lgs_codes_t *lookup)
{
    const lgs_node_t *codes = lgs_node_at(&doc->root, "codes");
    const lgs_doc_t *own = c->doc;
    bool ok;

    c->doc = doc; /* findings in it are told with its own file, line and column */
    ok = codes ? load_codes(c, codes, lookup) &&
                     load_patterns(c, lgs_node_at(&doc->root, "patterns"), lookup)
               : lgs_mapping_finding(c, &doc->root, "the code list has no \"codes\"");
    c->doc = own;
    return ok;
}

/* Codes that only some partners have, in files of their own. */
static bool load_partners(lgs_compile_t *c, lgs_codes_t *lookup)
{
    const lgs_doc_t *doc;
    lgs_str_t partner;

    for (size_t i = 0; c->env->partner_codes &&
                       (doc = c->env->partner_codes(c->env->data, lookup->name, i, &partner));
         i++) {
        lgs_codes_t *own = lgs_arena_zalloc(c->arena, sizeof(*own));

        if (lookup->partners == NULL) {
            lookup->partners = lgs_map_create(c->arena, 8);
        }
        if (own == NULL || lookup->partners == NULL ||
            lgs_map_add(lookup->partners, partner, own) != LGS_OK) {
            return lgs_mapping_nomem(c);
        }
        own->name = lookup->name;
        if (!load_doc(c, doc, own)) {
            return false;
        }
    }
    return true;
}

static bool load_codes(lgs_compile_t *c, const lgs_node_t *codes, lgs_codes_t *lookup)
{
    entry_t *entries;

    if (codes->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, codes, "\"codes\" must be a map of codes");
    }
    lookup->doc = c->doc;
    lookup->codes = lgs_map_create(c->arena, codes->n);
    entries = lgs_arena_array(c->arena, codes->n, sizeof(*entries));
    if (lookup->codes == NULL || entries == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < codes->n; i++) {
        const lgs_member_t *member = &codes->u.members[i];
        entry_t *entry = &entries[i];

        entry->source = &member->value;
        if (!lgs_mapping_detach(c, &member->value, &entry->value)) {
            return false;
        }
        lookup->has_wild |= member->name.n && member->name.u.text[member->name.n - 1] == '*';
        if (lgs_map_add(lookup->codes, lgs_node_text(&member->name), entry) != LGS_OK) {
            return lgs_mapping_nomem(c);
        }
    }
    return true;
}

static bool load_patterns(lgs_compile_t *c, const lgs_node_t *node, lgs_codes_t *lookup)
{
    if (node == NULL) {
        return true;
    }
    if (node->type != LGS_ARRAY) {
        return lgs_mapping_finding(c, node, "\"patterns\" must be a list of {match, value}");
    }
    lookup->patterns = lgs_arena_array(c->arena, node->n, sizeof(pattern_t));
    if (lookup->patterns == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_node_t *item = &node->u.items[i];
        pattern_t *pattern = &lookup->patterns[i];

        if (item->type != LGS_OBJECT ||
            (pattern->entry.source = lgs_node_at(item, "value")) == NULL) {
            return lgs_mapping_finding(c, item, "a pattern is {match: pattern, value: entry}");
        }
        if (!lgs_mapping_keys(c, item, "a pattern", "match value", NULL) ||
            !lgs_mapping_arg_regex(c, lgs_node_at(item, "match"), &pattern->regex) ||
            !lgs_mapping_detach(c, pattern->entry.source, &pattern->entry.value)) {
            return false;
        }
        lookup->n_patterns++;
    }
    return true;
}

/* ---- run ---- */

/* The first place for answers stays empty: no item is that of what asks for itself alone. */
bool lgs_codes_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lookup_args_t *args = expr->u.args;
    const lgs_asked_t *asked = &run->asked[args->asked];

    if (asked->of == run->scopes[run->depth - args->scope].node) {
        return take_entry(run, args, asked->entry, asked->offset, out);
    }
    return LGS_LIKELY(args->key.n == 1) ? look_up_alone(run, expr, out)
                                        : look_up_joined(run, expr, out);
}

/* Most codes stand alone and are in the first list, which no partner has codes before. */
static bool look_up_alone(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lookup_args_t *args = expr->u.args;
    const entry_t *entry;

    if (!lgs_mapping_eval_text(run, args->key.items[0], out)) {
        return false;
    }
    if (out->type == LGS_NULL) {
        return lgs_mapping_take_null(run, out);
    }
    entry = args->lookup->partners == NULL && out->n <= LGS_MAPPING_MAX_KEY
                ? lgs_map_get(args->lookup->codes, lgs_mapping_text(out))
                : NULL;
    if (LGS_UNLIKELY(entry == NULL)) {
        return look_up_single(run, expr, out);
    }
    if (args->asked) {
        keep_answer(run, args, &entry->value, out->offset);
    }
    return take_entry(run, args, &entry->value, out->offset, out);
}

/*
 * What was found by its code alone: nothing was told of it. The item is a list of segments, which
 * stands where it is until the run ends; who looks on wants to see all that is read.
 */
static inline void keep_answer(lgs_run_t *run, const lookup_args_t *args, const lgs_node_t *entry,
                               uint32_t offset)
{
    const lgs_node_t *of = run->scopes[run->depth - args->scope].node;

    if (of->type == LGS_ARRAY && run->watch == NULL) {
        run->asked[args->asked] = (lgs_asked_t){of, entry, offset};
    }
}

/* *out is the key. */
static bool look_up_single(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    joined_t key;

    key.first = *out;
    key.text = lgs_mapping_text(out);
    return look_up(run, expr, &key, out);
}

static bool look_up_joined(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const lookup_args_t *args = expr->u.args;
    joined_t key;

    if (!join_parts(run, &args->key, &key)) {
        return false;
    }
    return key.found ? look_up(run, expr, &key, out) : lgs_mapping_take_null(run, out);
}

static bool look_up(lgs_run_t *run, const lgs_expr_t *expr, const joined_t *key, lgs_node_t *out)
{
    const lookup_args_t *args = expr->u.args;
    const lgs_node_t *entry;

    lgs_mapping_take_null(run, out);
    entry = key->text.len <= LGS_MAPPING_MAX_KEY ? find(run, args, expr, key) : NULL;
    if (entry == NULL) {
        return run->rc == LGS_OK && not_found(run, expr, args, key, out);
    }
    return take_entry(run, args, entry, key->first.offset, out);
}

/* Its place is that of the key. */
static inline bool take_entry(const lgs_run_t *run, const lookup_args_t *args,
                              const lgs_node_t *entry, uint32_t offset, lgs_node_t *out)
{
    if (args->get.len) {
        entry = lgs_node_get_hashed(entry, args->get, args->get_hash);
    }
    if (entry == NULL) {
        return lgs_mapping_take_null(run, out);
    }
    lgs_mapping_take_read(entry, out);
    out->offset = offset;
    return true;
}

/* The parts with "|" between them; what is past the ceiling is only counted. */
static bool join_parts(lgs_run_t *run, const lgs_exprs_t *parts, joined_t *key)
{
    key->len = 0;
    key->found = false;
    for (uint32_t i = 0; i < parts->n; i++) {
        lgs_node_t part;

        if (!lgs_mapping_eval_text(run, parts->items[i], &part)) {
            return false;
        }
        if (i > 0 && key->len < sizeof(key->data)) {
            key->data[key->len++] = '|';
        }
        if (part.type != LGS_NULL) {
            key->first = key->found ? key->first : part;
            key->found = true;
            if (part.n <= LGS_MAPPING_MAX_KEY && key->len <= LGS_MAPPING_MAX_KEY - part.n) {
                memcpy(key->data + key->len, part.u.text, part.n);
                key->len += part.n;
            } else {
                key->len = sizeof(key->data);
            }
        }
        key->ends[i] = key->len;
    }
    key->text = lgs_str(key->data, key->len);
    return true;
}

/* In the partner's own codes, then in the list, then in those behind it. */
static const lgs_node_t *find(lgs_run_t *run, const lookup_args_t *args, const lgs_expr_t *expr,
                              const joined_t *key)
{
    const lgs_node_t *found = NULL;

    for (const lgs_codes_t *layer = args->lookup; layer && !found && run->rc == LGS_OK;
         layer = layer->next) {
        const lgs_codes_t *own = layer->partners ? lgs_map_get(layer->partners, run->facts->partner)
                                                 : NULL;

        found = own ? find_in(run, own, args->key.n, expr, key) : NULL;
        found = found ? found : find_in(run, layer, args->key.n, expr, key);
    }
    return found;
}

static const lgs_node_t *find_in(lgs_run_t *run, const lgs_codes_t *codes, uint32_t n_parts,
                                 const lgs_expr_t *expr, const joined_t *key)
{
    lgs_str_t text = key->text;
    const entry_t *entry = lgs_map_get(codes->codes, text);
    lgs_node_t none;

    for (uint32_t i = 0; i < codes->n_patterns && entry == NULL; i++) {
        lgs_regex_result_t result;

        if (!lgs_mapping_work(run, 10)) {
            return NULL;
        }
        result = lgs_regex_match(codes->patterns[i].regex, text);
        if (result == LGS_REGEX_YES) {
            entry = &codes->patterns[i].entry;
        } else if (result == LGS_REGEX_TOO_HARD) {
            lgs_mapping_fault(run, expr, "mapping-pattern", &key->first, &none,
                              "a pattern of the code list takes too many steps on \"%.*s\"%s",
                              LGS_QUOTE(text));
        }
    }
    if (entry) {
        return &entry->value;
    }
    return codes->has_wild ? find_wild(codes, n_parts, key) : NULL;
}

/* a|b|c, then a|b|*, a|*|*, *|*|* */
static const lgs_node_t *find_wild(const lgs_codes_t *codes, uint32_t n_parts, const joined_t *key)
{
    char wild[sizeof(key->data) + 2 * LGS_MAPPING_MAX_PARTS];

    for (uint32_t keep = n_parts; keep-- > 0;) {
        size_t len = keep ? key->ends[keep - 1] : 0;
        const entry_t *entry;

        memcpy(wild, key->data, len);
        for (uint32_t i = keep; i < n_parts; i++) {
            if (i > 0) {
                wild[len++] = '|';
            }
            wild[len++] = '*';
        }
        entry = lgs_map_get(codes->codes, lgs_str(wild, len));
        if (entry) {
            return &entry->value;
        }
    }
    return NULL;
}

static bool not_found(lgs_run_t *run, const lgs_expr_t *expr, const lookup_args_t *args,
                      const joined_t *key, lgs_node_t *out)
{
    lgs_str_t text = key->text;

    text.len = text.len < LGS_MAPPING_MAX_KEY ? text.len : LGS_MAPPING_MAX_KEY;
    switch (args->otherwise) {
    case ELSE_KEEP:
        *out = key->first;
        return true;
    case ELSE_ERROR:
        return lgs_mapping_fault(run, expr, "mapping-lookup", &key->first, out,
                                 "\"%.*s\"%s is not in the code list \"%.*s\"", LGS_QUOTE(text),
                                 LGS_FMT(args->lookup->name));
    case ELSE_WARN:
        lgs_mapping_warn(run, expr, "mapping-unknown-code", &key->first,
                         "\"%.*s\"%s is not in the code list \"%.*s\"", LGS_QUOTE(text),
                         LGS_FMT(args->lookup->name));
        return true;
    case ELSE_NULL:
        break;
    }
    return true;
}
