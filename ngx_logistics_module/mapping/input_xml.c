/*
 * `input` of XML: which namespaces have a prefix in paths, and what is an array even when there is
 * one.
 */
#include "../formats/xml.h"
#include "internal.h"

static bool read_namespaces(lgs_compile_t *c, const lgs_node_t *node, lgs_xml_profile_t *xml);
static bool read_arrays(lgs_compile_t *c, const lgs_node_t *node, lgs_xml_profile_t *xml);
static bool has_prefix(const lgs_xml_profile_t *xml, lgs_str_t prefix);

bool lgs_mapping_compile_xml(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input)
{
    lgs_xml_profile_t *xml = lgs_arena_zalloc(c->arena, sizeof(*xml));

    if (xml == NULL) {
        return lgs_mapping_nomem(c);
    }
    input->profile = xml;
    c->mapping->is_xml = true;
    return read_namespaces(c, lgs_node_at(node, "namespaces"), xml) &&
           read_arrays(c, lgs_node_at(node, "arrays"), xml);
}

/* namespaces: {cbc: "urn:oasis:…"}; the prefix "" stands for local names. */
static bool read_namespaces(lgs_compile_t *c, const lgs_node_t *node, lgs_xml_profile_t *xml)
{
    lgs_xml_namespace_t *spaces;

    if (node == NULL) {
        return true;
    }
    if (node->type != LGS_OBJECT || node->n == 0) {
        return lgs_mapping_finding(c, node,
                                   "\"namespaces\" is a map of prefixes: {cbc: \"urn:oasis:…\"}");
    }
    spaces = lgs_arena_array(c->arena, node->n, sizeof(*spaces));
    if (spaces == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];
        lgs_str_t prefix = lgs_node_text(&member->name);

        if (member->value.type != LGS_STRING || member->value.n == 0) {
            return lgs_mapping_finding(c, &member->value,
                                       "prefix \"%.*s\" needs the address of a namespace",
                                       LGS_FMT(prefix));
        }
        if (prefix.len && memchr(prefix.data, ':', prefix.len)) {
            return lgs_mapping_finding(c, &member->name, "the prefix \"%.*s\" has a colon",
                                       LGS_FMT(prefix));
        }
        spaces[i] = (lgs_xml_namespace_t){prefix, lgs_node_text(&member->value)};
    }
    xml->namespaces = spaces;
    xml->n_namespaces = node->n;
    return true;
}

static bool read_arrays(lgs_compile_t *c, const lgs_node_t *node, lgs_xml_profile_t *xml)
{
    lgs_str_t *paths;

    if (node == NULL) {
        return true;
    }
    if (node->type != LGS_ARRAY || node->n == 0) {
        return lgs_mapping_finding(c, node, "\"arrays\" is a list of elements: [Piece, Leg/Stop]");
    }
    paths = lgs_arena_array(c->arena, node->n, sizeof(*paths));
    if (paths == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_node_t *item = &node->u.items[i];

        paths[i] = lgs_node_text(item);
        if (item->type != LGS_STRING || item->n == 0 || paths[i].data[item->n - 1] == '/') {
            return lgs_mapping_finding(c, item,
                                       "an array is the name of an element, or a path that ends "
                                       "in one: Piece, Leg/Stop, /Response/Shipment");
        }
    }
    xml->arrays = paths;
    xml->n_arrays = node->n;
    return true;
}

void lgs_mapping_note_prefix(lgs_compile_t *c, const lgs_path_t *path, const lgs_node_t *node)
{
    if (!c->mapping->is_xml || path->from == LGS_FROM_VAR || path->from == LGS_FROM_FACT) {
        return;
    }
    for (uint32_t i = 0; i < path->n; i++) {
        lgs_str_t name = path->steps[i].name;
        const char *colon = name.len ? memchr(name.data, ':', name.len) : NULL;
        size_t at = name.len && name.data[0] == '@';
        lgs_str_t prefix;

        if (colon == NULL) {
            continue;
        }
        prefix = lgs_str(name.data + at, (size_t)(colon - name.data) - at);
        if (!has_prefix(c->mapping->input.profile, prefix)) {
            lgs_mapping_load_note(c, node,
                                  "no name has the prefix \"%.*s:\": input.namespaces does not "
                                  "have it, so \"%.*s\" is never found",
                                  LGS_FMT(prefix), LGS_FMT(name));
        }
    }
}

static bool has_prefix(const lgs_xml_profile_t *xml, lgs_str_t prefix)
{
    if (lgs_str_eq(prefix, LGS_STR("xml"))) { /* xml:lang, which needs no declaration */
        return true;
    }
    for (uint32_t i = 0; i < xml->n_namespaces; i++) {
        if (lgs_str_eq(prefix, xml->namespaces[i].prefix)) {
            return true;
        }
    }
    return false;
}
