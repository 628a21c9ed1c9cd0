/*
 * Puts the records of a group together to a document: CSV and fixed width take them apart. Private
 * to this room.
 */
#ifndef LGS_GATHER_H
#define LGS_GATHER_H

#include "group.h"
#include "reader.h"

/* A record as its format read it. */
typedef struct {
    const lgs_record_type_t *type; /* NULL: it is passed over */
    lgs_node_t object;             /* offsets count from the gathering's start */
    const char *at;                /* its first byte, and the line ends before it */
    uint32_t lines;
} lgs_flat_record_t;

/* Gathers one document. */
typedef struct {
    const lgs_group_t *group;
    lgs_reader_t *reader;
    lgs_heads_t *heads; /* lives as long as the reader */
    lgs_arena_t *arena;
    lgs_errs_t *errs;
    lgs_doc_t *doc;    /* its base is that of `start` */
    const char *start; /* the document's source begins here */
    void *data;
    /* The next record; LGS_END: there is none. At LGS_INVALID its type is set when it is known. */
    lgs_rc_t (*read)(void *data, lgs_flat_record_t *record);
    /* That record is to be read again by the next document. */
    void (*back)(void *data, const lgs_flat_record_t *record);
    /* Where the next record begins, and the line ends before it. */
    const char *(*where)(void *data, uint32_t *lines);
    /* What was read so far is taken: the document begins at the next record. */
    void (*restart)(void *data);
} lgs_gather_t;

/* Room for the file's records of all types. NULL at the ceiling. */
lgs_heads_t *lgs_group_heads(lgs_arena_t *arena, const lgs_group_t *group);

/* As lgs_reader_next; takes what it used. */
lgs_rc_t lgs_group_next(lgs_gather_t *gather) LGS_MUST_CHECK;

#endif
