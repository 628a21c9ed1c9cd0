/*
 * Flat files whose records are of several types, told apart by a mark in each: a group of them is a
 * document, an object with a member for each type that came. What a mapping's `input` says of them,
 * for CSV and fixed width.
 */
#ifndef LGS_GROUP_H
#define LGS_GROUP_H

#include "build.h"

typedef enum {
    LGS_ROLE_ROW,     /* a document by itself */
    LGS_ROLE_HEADER,  /* opens a group; an object */
    LGS_ROLE_DETAIL,  /* any number in a group; a list */
    LGS_ROLE_ONE,     /* at most one in a group; an object */
    LGS_ROLE_TRAILER, /* closes the group; an object */
    LGS_ROLE_FILE,    /* a member of every document behind it */
    LGS_ROLE_SKIP,    /* not looked at */
    LGS_N_ROLES
} lgs_role_t;

#define LGS_MAX_RECORD_TYPES 64u

/* A part of a fixed-width record: characters from `start` (0 is the first), n of them. */
typedef struct {
    uint32_t start, n;
} lgs_slice_t;

typedef struct lgs_record_type_s {
    lgs_str_t mark; /* what stands at the place of the type */
    lgs_role_t role;
    lgs_node_t name;           /* of the member in the document: a string with its hash */
    const lgs_node_t *fields;  /* names of its cells, likewise */
    const lgs_slice_t *slices; /* fixed width: where they stand */
    uint32_t n_fields;
} lgs_record_type_t;

typedef struct lgs_group_s {
    const lgs_record_type_t *types;
    uint32_t n_types;
    bool has_header;    /* one of them opens groups */
    lgs_slice_t select; /* fixed width: the mark's place; n 0: the record's length is its mark */
    uint32_t column;    /* CSV: the mark's column, from 0 */
    bool skip_others;   /* types that are not listed are not looked at; else refused */
} lgs_group_t;

/* The type of that mark, or NULL. */
const lgs_record_type_t *lgs_group_type(const lgs_group_t *group, lgs_str_t mark);

#endif
