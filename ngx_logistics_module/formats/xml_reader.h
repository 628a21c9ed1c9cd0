/*
 * What the files of the XML reader share. Private to this room.
 *
 *   xml_read.c   expat's events → builder        xml_names.c   names, namespaces, encodings
 *   xml_group.c  repeated children → arrays      xml_error.c   what is refused, in words
 */
#ifndef LGS_XML_READER_H
#define LGS_XML_READER_H

#include <expat.h>

#include "build_inline.h"
#include "xml.h"

/* On a member's name while its element is open: the profile's `arrays` may mean it. */
#define LGS_XML_LISTED 0x80u

/* Between namespace, local name and prefix in what expat reports. */
#define LGS_XML_SEPARATOR '\n'

#define LGS_XML_CACHED_NAMES 256u /* a power of two */

/* A name as expat reports it and as the tree has it. */
typedef struct {
    lgs_str_t raw; /* data NULL: the slot is free */
    uint32_t hash;
    bool is_attribute;
    bool is_declaration;  /* xmlns or xmlns:…: no attribute of the document */
    bool has_lost_prefix; /* the local name alone may be another's, too */
    lgs_node_t name;
} lgs_xml_name_t;

/* Text of one open element: within the source as long as it stands there in one piece. */
typedef struct {
    const char *data;
    uint32_t len;
    uint32_t offset; /* of its first byte in the source */
    char *copy;      /* memory of this depth, used again until a text stays in it */
    uint32_t size;
    bool has_children;
} lgs_xml_text_t;

typedef struct {
    lgs_build_t build;
    XML_Parser parser;
    lgs_str_t source;
    const lgs_xml_profile_t *profile;
    lgs_errs_t *errs;
    lgs_rc_t rc;
    uint32_t max_elements; /* within each other */
    char encoding[40];     /* the one that nobody here knows; empty: none */
    lgs_xml_name_t names[LGS_XML_CACHED_NAMES];
    lgs_xml_text_t texts[LGS_XML_MAX_DEPTH + 2]; /* by depth; [0] and [1] surround the root */
} lgs_xml_reader_t;

/* The byte of the source that expat's event began at. */
static inline uint32_t lgs_xml_offset(const lgs_xml_reader_t *r)
{
    XML_Index at = XML_GetCurrentByteIndex(r->parser);

    return at < 0 ? 0 : (uint32_t)at;
}

static inline bool lgs_xml_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The text needs no escape in JSON. */
bool lgs_xml_is_plain(const char *text, size_t len);

/* xml_names.c: the entry of an element's or attribute's name; NULL at the ceiling. */
const lgs_xml_name_t *lgs_xml_name(lgs_xml_reader_t *r, const char *raw, bool is_attribute);
/* "@prefix_name" for an attribute whose local name another one has. False at the ceiling. */
bool lgs_xml_name_in_full(lgs_xml_reader_t *r, const lgs_xml_name_t *name, lgs_node_t *out);
/* expat's handler for encodings that it does not know. */
int lgs_xml_encoding(void *data, const XML_Char *name, XML_Encoding *info);

/* xml_group.c: do children of the innermost element share a name, or does `arrays` list one? */
bool lgs_xml_repeats(const lgs_xml_reader_t *r);
/* Makes one array of those of one name, where the first of them stands. */
lgs_rc_t lgs_xml_group(lgs_xml_reader_t *r) LGS_MUST_CHECK;

/* xml_error.c: records why and returns LGS_INVALID or LGS_LIMIT. */
lgs_rc_t lgs_xml_refuse_syntax(lgs_xml_reader_t *r);
lgs_rc_t lgs_xml_refuse_doctype(lgs_xml_reader_t *r);
lgs_rc_t lgs_xml_refuse_utf16(lgs_xml_reader_t *r);
lgs_rc_t lgs_xml_refuse_depth(lgs_xml_reader_t *r, uint32_t offset);
lgs_rc_t lgs_xml_refuse_attributes(lgs_xml_reader_t *r, uint32_t offset);

#endif
