/*
 * include: parts of mappings that are written once. A template is a set of fields, a list of items
 * or one value; it stands under `templates` of the mapping or in mappings/templates/<name>.yaml,
 * names its parameters, and sees nothing else of where it is included but facts and code lists.
 *
 *   templates:
 *     address: {params: [at], fields: {city: $at/city, country: $at/countryCode}}
 *   ...
 *     addr: {include: address, with: {at: /shipper/address}, name: /shipper/name}
 *
 * A parameter is a path, which goes on where it is used, or a constant. Nothing of it is left in a
 * run: templates are unfolded at load.
 */
#include "include.h"

static const char *const kind_names[] = {
    [LGS_TEMPLATE_FIELDS] = "fields",
    [LGS_TEMPLATE_ITEMS] = "items",
    [LGS_TEMPLATE_VALUE] = "value",
};

static bool find_template(lgs_compile_t *c, const lgs_node_t *at, lgs_str_t name,
                          lgs_template_t *found);
static bool no_template(lgs_compile_t *c, const lgs_node_t *at, lgs_str_t name);
static bool check_template(lgs_compile_t *c, lgs_template_t *found);
static bool check_cycle(lgs_compile_t *c, const lgs_node_t *at, lgs_str_t name);
static bool bind(lgs_compile_t *c, const lgs_node_t *node, const lgs_template_t *found);
static bool bind_one(lgs_compile_t *c, lgs_str_t name, const lgs_node_t *value);
static bool check_with(lgs_compile_t *c, const lgs_node_t *with, const lgs_texts_t *params);
static bool enter_file(lgs_compile_t *c, const lgs_node_t *at, const lgs_doc_t *doc);

bool lgs_include_peek(lgs_compile_t *c, const lgs_node_t *node, lgs_template_t *found)
{
    const lgs_node_t *name = lgs_node_at(node, "include");

    if (name->type != LGS_STRING) {
        return lgs_mapping_finding(c, name, "\"include\" is the name of a template");
    }
    return find_template(c, name, lgs_node_text(name), found) && check_template(c, found);
}

bool lgs_include_enter(lgs_compile_t *c, const lgs_node_t *node, lgs_template_kind_t kind,
                       lgs_included_t *in)
{
    const lgs_node_t *name = lgs_node_at(node, "include");
    lgs_template_t found;

    if (!lgs_include_peek(c, node, &found)) {
        return false;
    }
    if (found.kind != kind) {
        return lgs_mapping_finding(c, name, "template \"%.*s\" is of %s; here %s are wanted",
                                   LGS_FMT(found.name), kind_names[found.kind], kind_names[kind]);
    }
    *in = (lgs_included_t){.content = found.content,
                           .doc = c->doc,
                           .file = c->file,
                           .first_var = c->first_var,
                           .first_param = c->first_param,
                           .n_params = c->n_params};
    if (!check_cycle(c, name, found.name) || !bind(c, node, &found) ||
        !enter_file(c, name, found.doc)) {
        lgs_include_leave(c, in);
        return false;
    }
    c->first_param = in->n_params;
    c->first_var = c->n_vars;
    c->including[c->n_including++] = found.name;
    in->is_inside = true;
    return true;
}

bool lgs_include_alone(lgs_compile_t *c, lgs_str_t name, lgs_template_t *found)
{
    const lgs_node_t *params = lgs_node_at(&c->doc->root, "params");
    const lgs_texts_t *names;

    *found = (lgs_template_t){.name = name, .doc = c->doc, .node = &c->doc->root};
    if (!check_template(c, found) || params == NULL) {
        return !c->failed;
    }
    names = lgs_mapping_texts(c, params);
    for (uint32_t i = 0; names && i < names->n; i++) {
        if (c->n_params == LGS_MAPPING_MAX_PARAMS) {
            return lgs_mapping_finding(c, params, "more than %u parameters",
                                       LGS_MAPPING_MAX_PARAMS);
        }
        c->params[c->n_params++] = (lgs_param_t){
            .name = names->items[i], .path = c->syntax->compile(c, LGS_STR("."), params)};
    }
    c->including[c->n_including++] = name;
    return names != NULL && !c->failed;
}

void lgs_include_leave(lgs_compile_t *c, const lgs_included_t *in)
{
    c->doc = in->doc;
    c->file = in->file;
    c->first_var = in->first_var;
    c->first_param = in->first_param;
    c->n_params = in->n_params;
    c->n_including -= in->is_inside;
}

const lgs_param_t *lgs_include_param(const lgs_compile_t *c, lgs_str_t name)
{
    for (uint32_t i = c->first_param; i < c->n_params; i++) {
        if (lgs_str_eq(c->params[i].name, name)) {
            return &c->params[i];
        }
    }
    return NULL;
}

/* ---- templates ---- */

static bool find_template(lgs_compile_t *c, const lgs_node_t *at, lgs_str_t name,
                          lgs_template_t *found)
{
    const lgs_doc_t *own = c->mapping->files[0];
    const lgs_node_t *templates = lgs_node_at(&own->root, "templates");

    *found = (lgs_template_t){.name = name, .doc = own, .node = lgs_node_get(templates, name)};
    if (found->node == NULL && c->env && c->env->template) {
        found->doc = c->env->template(c->env->data, name);
        found->node = found->doc ? &found->doc->root : NULL;
    }
    return found->node || no_template(c, at, name);
}

static bool no_template(lgs_compile_t *c, const lgs_node_t *at, lgs_str_t name)
{
    const lgs_node_t *templates = lgs_node_at(&c->mapping->files[0]->root, "templates");
    uint32_t n = templates && templates->type == LGS_OBJECT ? templates->n : 0;
    lgs_str_t *words = lgs_arena_array(c->arena, n, sizeof(*words)), near;

    if (words == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < n; i++) {
        words[i] = lgs_node_text(&templates->u.members[i].name);
    }
    near = lgs_nearest(name, words, n);
    return lgs_mapping_finding(c, at,
                               "there is no template \"%.*s\"%s, neither under templates nor in "
                               "mappings/templates/%s%.*s%s",
                               LGS_QUOTE(name), near.len ? "; did you mean \"" : "", LGS_FMT(near),
                               near.len ? "\"?" : "");
}

/* A finding in it is told in its own file. */
static bool check_template(lgs_compile_t *c, lgs_template_t *found)
{
    static const lgs_type_t wanted[] = {
        [LGS_TEMPLATE_FIELDS] = LGS_OBJECT, [LGS_TEMPLATE_ITEMS] = LGS_ARRAY};
    const lgs_doc_t *doc = c->doc;
    unsigned n = 0;
    bool ok;

    c->doc = found->doc;
    ok = found->node->type == LGS_OBJECT &&
         lgs_mapping_keys(c, found->node, "a template", "template about params fields items value",
                          NULL);
    for (unsigned kind = 0; ok && kind < LGS_N(kind_names); kind++) {
        const lgs_node_t *content = lgs_node_at(found->node, kind_names[kind]);

        if (content) {
            found->kind = (lgs_template_kind_t)kind;
            found->content = content;
            n++;
        }
    }
    ok = ok && n == 1 &&
         (found->kind == LGS_TEMPLATE_VALUE || found->content->type == wanted[found->kind]);
    if (!ok && !c->failed) {
        lgs_mapping_finding(c, found->node,
                            "template \"%.*s\" has one of fields (a map), items (a "
                            "list) and value",
                            LGS_FMT(found->name));
    }
    c->doc = doc;
    return ok;
}

static bool check_cycle(lgs_compile_t *c, const lgs_node_t *at, lgs_str_t name)
{
    lgs_buf_t way;

    if (++c->n_exprs > LGS_MAPPING_MAX_EXPRS) { /* also empty ones: a few can include very many */
        return lgs_mapping_finding(c, at, "the mapping has more than %u values",
                                   LGS_MAPPING_MAX_EXPRS);
    }
    for (uint32_t i = 0; i < c->n_including; i++) {
        if (!lgs_str_eq(c->including[i], name)) {
            continue;
        }
        lgs_buf_init(&way, c->arena, 64, 4096);
        for (; i < c->n_including; i++) {
            lgs_buf_printf(&way, "\"%.*s\" -> ", LGS_FMT(c->including[i]));
        }
        return lgs_mapping_finding(c, at, "templates include each other: %.*s\"%.*s\"",
                                   LGS_FMT(lgs_buf_text(&way)), LGS_FMT(name));
    }
    return c->n_including < LGS_MAPPING_MAX_INCLUDES ||
           lgs_mapping_finding(c, at, "more than %u templates within each other",
                               LGS_MAPPING_MAX_INCLUDES);
}

static bool enter_file(lgs_compile_t *c, const lgs_node_t *at, const lgs_doc_t *doc)
{
    uint32_t i = 0;

    while (i < c->mapping->n_files && c->mapping->files[i] != doc) {
        i++;
    }
    if (i == LGS_MAPPING_MAX_FILES) {
        return lgs_mapping_finding(c, at, "more than %u files of templates",
                                   LGS_MAPPING_MAX_FILES - 1);
    }
    c->mapping->files[i] = doc;
    c->mapping->n_files += i == c->mapping->n_files;
    c->doc = doc;
    c->file = (uint16_t)i;
    return true;
}

/* ---- parameters ---- */

static bool bind(lgs_compile_t *c, const lgs_node_t *node, const lgs_template_t *found)
{
    const lgs_node_t *with = lgs_node_at(node, "with"),
                     *params = lgs_node_at(found->node, "params");
    const lgs_texts_t *names = params ? lgs_mapping_texts(c, params)
                                      : &(const lgs_texts_t){NULL, 0};

    if (names == NULL || !check_with(c, with, names)) {
        return false;
    }
    for (uint32_t i = 0; i < names->n; i++) {
        const lgs_node_t *value = lgs_node_get(with, names->items[i]);

        if (value == NULL) {
            return lgs_mapping_finding(c, node, "template \"%.*s\" wants \"%.*s\" in \"with\"",
                                       LGS_FMT(found->name), LGS_FMT(names->items[i]));
        }
        if (!bind_one(c, names->items[i], value)) {
            return false;
        }
    }
    return true;
}

static bool check_with(lgs_compile_t *c, const lgs_node_t *with, const lgs_texts_t *params)
{
    bool ok = true;

    if (with && with->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, with, "\"with\" is a map of parameters");
    }
    for (uint32_t i = 0; with && i < with->n; i++) {
        lgs_str_t name = lgs_node_text(&with->u.members[i].name);
        bool is_known = false;

        for (uint32_t k = 0; k < params->n; k++) {
            is_known = is_known || lgs_str_eq(params->items[k], name);
        }
        if (!is_known) {
            ok = lgs_mapping_unknown(c, &with->u.members[i].name, "parameter", name, params->items,
                                     params->n);
        }
    }
    return ok;
}

/* Compiled here, where it is written: what it starts from is known, whatever is around its use. */
static bool bind_one(lgs_compile_t *c, lgs_str_t name, const lgs_node_t *value)
{
    const lgs_param_t *constant = lgs_include_constant(c, value);
    lgs_param_t *param = &c->params[c->n_params];
    const lgs_node_t *path = value->n == 1 ? lgs_node_at(value, "path") : NULL;

    if (c->n_params == LGS_MAPPING_MAX_PARAMS) {
        return lgs_mapping_finding(c, value, "more than %u parameters", LGS_MAPPING_MAX_PARAMS);
    }
    *param = (lgs_param_t){.name = name, .scopes = c->scopes};
    if (constant) {
        param->value = constant->value;
    } else if (path && path->type == LGS_STRING) {
        param->path = c->syntax->compile(c, lgs_mapping_text(path), path);
    } else if (value->type == LGS_STRING && c->syntax->is_path(lgs_mapping_text(value))) {
        param->path = c->syntax->compile(c, lgs_mapping_text(value), value);
    } else if (value->type != LGS_OBJECT && value->type != LGS_ARRAY) {
        param->value = value;
    } else {
        return lgs_mapping_finding(c, value,
                                   "a parameter is a path or a constant; anything else is "
                                   "computed in \"vars\" and handed over as $name");
    }
    c->n_params++;
    return param->path || param->value;
}

const lgs_param_t *lgs_include_constant(const lgs_compile_t *c, const lgs_node_t *node)
{
    lgs_str_t text = lgs_node_text(node);
    const lgs_param_t *param = NULL;

    if (node->type == LGS_STRING && text.len > 1 && text.data[0] == '$') {
        param = lgs_include_param(c, lgs_str(text.data + 1, text.len - 1));
    }
    return param && param->value ? param : NULL;
}
