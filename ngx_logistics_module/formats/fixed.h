/*
 * Files of fixed width as a profile: records by type with fields at fixed places, put together to
 * groups (group.h), or all alike. A field of blanks is null.
 */
#ifndef LGS_FIXED_H
#define LGS_FIXED_H

#include "charset.h"
#include "group.h"

typedef struct {
    lgs_charset_t charset; /* places count characters */
    uint32_t length;       /* bytes of a record; 0: a record is a line */
    bool keep_blanks;      /* around what stands in a field */
    bool is_plain;         /* all records are of the one type, and a document is its fields */
    lgs_group_t group;
} lgs_fixed_t;

#endif
