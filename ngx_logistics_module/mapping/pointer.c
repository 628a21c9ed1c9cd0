/* Where in a document a value stood that a mapping speaks of: the JSON pointer to a byte of it. */
#include "internal.h"

/* A child on the way to a byte of the source, and how the pointer goes on to it. */
typedef struct {
    const lgs_node_t *node;
    lgs_str_t name; /* of a member */
    uint32_t index; /* of an item; LGS_NO_OFFSET: it is none */
} child_t;

static const lgs_node_t *child_of(const lgs_node_t *node, uint32_t i)
{
    return node->type == LGS_ARRAY ? &node->u.items[i] : &node->u.members[i].value;
}

/* The last child that begins not behind the byte: children stand in the order of the source. */
static child_t last_before(const lgs_node_t *node, uint32_t offset)
{
    child_t found = {.index = LGS_NO_OFFSET};
    uint32_t low = 0, high = node->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const lgs_node_t *child = child_of(node, middle);

        if (child->offset <= offset) {
            found.node = child;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (found.node && node->type == LGS_ARRAY) {
        found.index = low - 1;
    } else if (found.node) {
        found.name = lgs_node_text(&node->u.members[low - 1].name);
    }
    return found;
}

/* In XML others stand between the items of a list, so all are looked at. */
static child_t nearest_before(const lgs_node_t *node, uint32_t offset)
{
    child_t found = {.index = LGS_NO_OFFSET};

    for (uint32_t i = 0; node->type == LGS_OBJECT && i < node->n; i++) {
        const lgs_node_t *value = child_of(node, i);
        bool is_list = value->type == LGS_ARRAY;
        child_t child = is_list ? last_before(value, offset)
                                : (child_t){.node = value, .index = LGS_NO_OFFSET};

        if (child.node && child.node->offset <= offset &&
            (found.node == NULL || child.node->offset > found.node->offset)) {
            found = child;
            found.name = lgs_node_text(&node->u.members[i].name);
        }
    }
    return found;
}

/* Of EDI's root: between its members stand those of the head, whose offsets are larger than all. */
static child_t member_before(const lgs_node_t *root, uint32_t offset)
{
    child_t found = {.index = LGS_NO_OFFSET};

    for (uint32_t i = 0; root->type == LGS_OBJECT && i < root->n; i++) {
        const lgs_node_t *value = child_of(root, i);

        if (value->offset <= offset &&
            (found.node == NULL || value->offset >= found.node->offset)) {
            found.node = value;
            found.name = lgs_node_text(&root->u.members[i].name);
        }
    }
    return found;
}

/*
 * The pointer to what begins at a byte of the source: down the last child that begins not behind
 * it. Only for a tree that was read; a made one is not in the order of the source.
 */
lgs_str_t lgs_mapping_pointer_to(const lgs_doc_t *doc, uint32_t offset, lgs_arena_t *arena)
{
    child_t (*next)(const lgs_node_t *node,
                    uint32_t offset) = doc->format == LGS_FORMAT_XML ? nearest_before : last_before;
    bool is_edi = doc->format == LGS_FORMAT_X12 || doc->format == LGS_FORMAT_EDIFACT;
    const lgs_node_t *node = &doc->root;
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 64, 4096);
    if ((node->flags & LGS_NODE_MADE) || offset == LGS_NO_OFFSET) {
        return LGS_STR("");
    }
    while ((node->type == LGS_ARRAY || node->type == LGS_OBJECT) &&
           (node->offset < offset || node == &doc->root)) {
        child_t child = is_edi && node == &doc->root ? member_before(node, offset)
                                                     : next(node, offset);

        if (child.node == NULL) {
            break;
        }
        if (child.name.data) {
            lgs_pointer_add(&buf, child.name);
        }
        if (child.index != LGS_NO_OFFSET) {
            lgs_pointer_add_index(&buf, child.index);
        }
        node = child.node;
    }
    return lgs_buf_text(&buf);
}
