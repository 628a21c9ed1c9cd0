/*
 * The order that the builder leaves behind the members of a large object, for the tree to search
 * in. Private to this room.
 */
#ifndef LGS_INDEX_H
#define LGS_INDEX_H

#include "tree.h"

/* Objects with more members than this are indexed. */
#define LGS_INDEX_ABOVE 32u

/* Order of names: by hash, length, bytes: total, so that colliding hashes cost no more. */
static inline int lgs_index_compare(uint32_t hash, lgs_str_t name, const lgs_node_t *with)
{
    if (hash != with->hash) {
        return hash < with->hash ? -1 : 1;
    }
    if (name.len != with->n) {
        return name.len < with->n ? -1 : 1;
    }
    return name.len ? memcmp(name.data, with->u.text, name.len) : 0;
}

/* Of an object with LGS_NODE_INDEXED: the numbers of its members in that order. */
static inline const uint32_t *lgs_index_of(const lgs_node_t *object)
{
    return (const uint32_t *)(const void *)(object->u.members + object->n);
}

#endif
