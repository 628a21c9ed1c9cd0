/*
 * XML 1.0 by expat, into the tree that all formats share: the document is {"Root": …}. An element
 * with neither attributes nor child elements is a string; any other is an object: attributes as
 * "@name", children by name, repeated ones an array, text beside them "#text". What repeats is an
 * array only when it does (or `arrays` lists it): XML does not say what could.
 *
 *   <Shipment id="7"><Piece>a</Piece><Piece>b</Piece></Shipment>
 *   {"Shipment": {"@id": "7", "Piece": ["a", "b"]}}
 *
 * Names are local names, so those of two namespaces fall together, unless the profile maps
 * namespaces to prefixes; of attributes that would, each with a prefix is called "@prefix_name".
 * White space around "#text" beside child elements belongs to the layout
 * and is dropped. No document type definition is read, so there are no entities but XML's own five.
 */
#ifndef LGS_XML_H
#define LGS_XML_H

#include "../base/buf.h"
#include "build.h"

#define LGS_XML_MAX_DEPTH      255u /* elements: with an array each, LGS_MAX_DEPTH holds */
#define LGS_XML_MAX_ATTRIBUTES 256u /* of one element */

typedef struct {
    lgs_str_t prefix; /* in our names: "cbc" makes "cbc:ID"; empty: the local name alone */
    lgs_str_t uri;
} lgs_xml_namespace_t;

/* What a partner's profile says about its XML. All zero: local names, nothing listed. */
typedef struct {
    const lgs_xml_namespace_t *namespaces;
    uint32_t n_namespaces;
    /* Arrays even when there is one: "Piece" anywhere, "Shipment/Piece" within a Shipment,
       "/Response/Shipment" from the root. */
    const lgs_str_t *arrays;
    uint32_t n_arrays;
} lgs_xml_profile_t;

/*
 * Reads `source` (UTF-8, US-ASCII, ISO-8859-1, ISO-8859-15, Windows-1252 as it declares) into doc:
 * tree in `arena`, text borrowed from `source` where it stands there unchanged. `profile` and
 * `limits` may be NULL; max_depth counts elements. expat's memory comes from `arena` too. On a
 * refusal one error with line and column is in `errs` ("xml-syntax", "xml-encoding", "xml-doctype",
 * "max-depth", "max-attributes", …) and LGS_INVALID or LGS_LIMIT is returned.
 */
lgs_rc_t lgs_xml_read(lgs_arena_t *arena, lgs_str_t source, const lgs_xml_profile_t *profile,
                      const lgs_tree_limits_t *limits, lgs_doc_t *doc,
                      lgs_errs_t *errs) LGS_MUST_CHECK;

/*
 * Writes {"Root": …} by the same convention, in UTF-8, the profile's namespaces declared on the
 * root: what was read and is written reads as the same tree. Characters that XML cannot carry
 * become U+FFFD; null is an empty element. A tree that is no XML document (no or two roots, a list
 * in a list, a name that XML does not have, an attribute that is no text) marks `buf` as failed.
 */
void lgs_xml_write(lgs_buf_t *buf, const lgs_node_t *node, const lgs_xml_profile_t *profile);

/*
 * The same with a reason: LGS_INVALID and an error ("xml-write") that points to the member that
 * XML cannot carry, `buf` as it was before; LGS_NOMEM when buf failed.
 */
lgs_rc_t lgs_xml_write_checked(lgs_buf_t *buf, const lgs_node_t *node,
                               const lgs_xml_profile_t *profile, lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
