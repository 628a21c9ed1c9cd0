/*
 * Field rules: what of a view the scopes of a request see. Nothing is shown that no scope names; an
 * item of a list is shown to those scopes whose `only` it fulfils, and its members are the union of
 * what these see. Written straight to the answer, so nothing that is hidden is ever made text.
 */
#include "internal.h"

static bool show_value(lgs_buf_t *buf, const lgs_show_t *show, uint32_t whole, uint32_t part,
                       const lgs_node_t *node, unsigned depth);
static bool show_items(lgs_buf_t *buf, const lgs_show_t *show, uint32_t whole, uint32_t part,
                       const lgs_node_t *node, unsigned depth);
static bool show_members(lgs_buf_t *buf, const lgs_show_t *show, uint32_t whole, uint32_t part,
                         const lgs_node_t *node, unsigned depth);
static uint32_t withheld(const lgs_show_t *show, const lgs_node_t *item);
static bool is_among(const lgs_node_t *values, const lgs_node_t *value);
static const lgs_show_t *child_of(const lgs_show_t *show, lgs_str_t name);

bool lgs_query_show(lgs_buf_t *buf, const lgs_show_t *show, uint32_t mask, const lgs_node_t *node)
{
    return show_value(buf, show, show->whole & mask, show->part & mask, node, 0);
}

/*
 * `whole`: scopes that see all of it; `part`: those that see something in it. show NULL: no rule
 * goes this deep.
 */
static bool show_value(lgs_buf_t *buf, const lgs_show_t *show, uint32_t whole, uint32_t part,
                       const lgs_node_t *node, unsigned depth)
{
    if ((whole | part) == 0 || depth > LGS_MAX_DEPTH) {
        return false;
    }
    if (node->type == LGS_ARRAY) {
        return show_items(buf, show, whole, part, node, depth);
    }
    if (node->type == LGS_OBJECT) {
        return show_members(buf, show, whole, part, node, depth);
    }
    if (whole) {
        lgs_json_write(buf, node);
    }
    return whole != 0;
}

/* A list stays one when nothing in it is seen: that there is none of it is an answer, too. */
static bool show_items(lgs_buf_t *buf, const lgs_show_t *show, uint32_t whole, uint32_t part,
                       const lgs_node_t *node, unsigned depth)
{
    bool first = true;

    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; i < node->n; i++) {
        uint32_t seen = ~withheld(show, &node->u.items[i]);
        size_t mark = buf->len;

        if (!first) {
            lgs_buf_byte(buf, ',');
        }
        if (show_value(buf, show, whole & seen, part & seen, &node->u.items[i], depth + 1)) {
            first = false;
        } else {
            buf->len = mark;
        }
    }
    lgs_buf_byte(buf, ']');
    return true;
}

static bool show_members(lgs_buf_t *buf, const lgs_show_t *show, uint32_t whole, uint32_t part,
                         const lgs_node_t *node, unsigned depth)
{
    size_t begin = buf->len;
    bool first = true;

    lgs_buf_byte(buf, '{');
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];
        const lgs_show_t *child = child_of(show, lgs_node_text(&member->name));
        uint32_t all = whole | (child ? child->whole & part : 0);
        uint32_t some = child ? child->part & part : 0;
        size_t mark = buf->len;

        if (!first) {
            lgs_buf_byte(buf, ',');
        }
        lgs_json_write_string(buf, lgs_node_text(&member->name));
        lgs_buf_byte(buf, ':');
        if (show_value(buf, child, all, some, &member->value, depth + 1)) {
            first = false;
        } else {
            buf->len = mark;
        }
    }
    lgs_buf_byte(buf, '}');
    if (first && whole == 0) {
        buf->len = begin;
        return false;
    }
    return true;
}

/* The scopes that do not see this item. One that has several conditions must have all fulfilled. */
static uint32_t withheld(const lgs_show_t *show, const lgs_node_t *item)
{
    uint32_t mask = 0;

    for (uint32_t i = 0; show && i < show->n_only; i++) {
        const lgs_show_only_t *only = &show->only[i];

        if (!is_among(&only->values, lgs_node_get(item, only->member))) {
            mask |= only->scope;
        }
    }
    return mask;
}

static bool is_among(const lgs_node_t *values, const lgs_node_t *value)
{
    for (uint32_t i = 0; value && i < values->n; i++) {
        if (lgs_node_equal(&values->u.items[i], value)) {
            return true;
        }
    }
    return false;
}

static const lgs_show_t *child_of(const lgs_show_t *show, lgs_str_t name)
{
    for (uint32_t i = 0; show && i < show->n; i++) {
        if (lgs_str_eq(show->children[i].name, name)) {
            return &show->children[i];
        }
    }
    return NULL;
}
