/*
 * The document tree: what every reader makes and every later stage reads. JSON, YAML, XML, CSV,
 * X12 and EDIFACT all become these six types of node, and every node knows the byte of the
 * source that it began at, so that an error found five stages later can still say where.
 *
 * Line, column or segment are not stored: lgs_doc_locate() counts them from the source when an
 * error needs them, which costs a good document nothing. A document that is a part of a longer
 * source (a row of a CSV file) knows what stands before it: its base.
 *
 * A tree is read-only once built. Text points into the source where it stood there unchanged,
 * else into the arena: both must outlive the tree.
 */
#ifndef LGS_TREE_H
#define LGS_TREE_H

#include "../base/err.h"
#include "../base/hash.h"

typedef enum {
    LGS_NULL,
    LGS_BOOL,
    LGS_NUMBER, /* kept as written: 12.10 stays 12.10, 1e400 is a number */
    LGS_STRING,
    LGS_ARRAY,
    LGS_OBJECT
} lgs_type_t;

#define LGS_N_TYPES 6

/* The text needs no escape in JSON (no '"', '\', control character): writers copy it as it is. */
#define LGS_NODE_PLAIN 0x01u
/* Made by a mapping, not by a reader: `offset` is that of the value it came from. */
#define LGS_NODE_MADE 0x02u
/* The builder's own, on large objects: behind the members stands their order by hash. */
#define LGS_NODE_INDEXED 0x04u
/* A plain name that stands in memory with what JSON puts around it (lgs_json_name). */
#define LGS_NODE_QUOTED 0x08u

#define LGS_NO_OFFSET UINT32_MAX

typedef struct lgs_node_s lgs_node_t;
typedef struct lgs_member_s lgs_member_t;

struct lgs_node_s {
    union {
        const char *text;            /* string, number: n bytes, UTF-8, no NUL behind it */
        const lgs_node_t *items;     /* array: n items */
        const lgs_member_t *members; /* object: n members in the order of the source */
        bool truth;
    } u;
    uint32_t n;
    uint32_t offset; /* of its first byte in the source; LGS_NO_OFFSET when it has none */
    uint32_t hash;   /* of a member's name: lgs_hash(text, n); of EDI's segments: edi.h; else 0 */
    uint8_t type;    /* lgs_type_t */
    uint8_t flags;
};

struct lgs_member_s {
    lgs_node_t name; /* an LGS_STRING whose hash is set */
    lgs_node_t value;
};

/* How positions are counted in a source. */
typedef enum {
    LGS_FORMAT_JSON,
    LGS_FORMAT_YAML,
    LGS_FORMAT_XML,
    LGS_FORMAT_CSV,
    LGS_FORMAT_FIXED,
    LGS_FORMAT_X12,    /* lines, and segments and elements by the document's marks */
    LGS_FORMAT_EDIFACT /* likewise; TRADACOMS, too */
} lgs_format_t;

/* The service characters of an EDI document; 0: there is none. */
typedef struct {
    char element, component, repetition, release;
    char tag;           /* behind a segment's tag: '=' in TRADACOMS, else the element separator */
    char terminator[3]; /* more than one byte: a character of UTF-8 */
    uint8_t n_terminator;
    bool is_line; /* the terminator is the line's end: CR, LF or both */
    bool wraps;   /* line ends may stand anywhere and mean nothing */
    bool is_x12;  /* BIN and BDS hold binary data */
} lgs_edi_marks_t;

/* What stands before the first byte of a document's source in the whole that it was cut from. */
typedef struct {
    uint64_t bytes;
    uint32_t lines;   /* line ends */
    uint32_t columns; /* bytes since the last of them */
} lgs_base_t;

/* A part of the whole that several documents have in common: the header record of a file. */
typedef struct lgs_head_s lgs_head_t;
struct lgs_head_s {
    lgs_str_t source; /* as long-lived as the document */
    lgs_base_t base;
    const lgs_head_t *next; /* whose offsets go on where this one's end; NULL: the last */
};

/* Set in the offsets of nodes that stand in the document's head and not in its own source. */
#define LGS_OFFSET_HEAD 0x80000000u

typedef struct {
    lgs_node_t root;
    const lgs_node_t *item; /* of root: what the document is about; NULL: root itself */
    lgs_str_t source;       /* borrowed */
    lgs_base_t base;
    const lgs_head_t *head; /* or NULL */
    lgs_str_t file;         /* its name for errors; empty for a payload */
    lgs_format_t format;
    uint32_t n_nodes;
    lgs_edi_marks_t marks; /* EDI formats only */
} lgs_doc_t;

/*
 * The position (line, column; for EDI segment, element) of a byte of the document's source, in the
 * whole that it was cut from. Its offset stays below LGS_NO_OFFSET, however long that is.
 */
lgs_pos_t lgs_doc_locate(const lgs_doc_t *doc, uint32_t offset);

/*
 * Lets the document's source begin n bytes later, at a segment or a line: who asks for one place
 * after the other need not go through all that stands before it. Segments are counted from there.
 */
void lgs_doc_skip(lgs_doc_t *doc, uint32_t n);

/* What the document is about: its item, or all of it. */
static inline const lgs_node_t *lgs_doc_top(const lgs_doc_t *doc)
{
    return doc->item ? doc->item : &doc->root;
}

/* The member of an object by name, or NULL; also NULL when `node` is NULL or no object. */
const lgs_node_t *lgs_node_get(const lgs_node_t *node, lgs_str_t name);

/* The same with the name's hash, computed once at load. */
const lgs_node_t *lgs_node_get_hashed(const lgs_node_t *node, lgs_str_t name, uint32_t hash);

/* For literals, whose hash is computed when this is compiled: lgs_node_at(node, "partner"). */
static inline const lgs_node_t *lgs_node_at(const lgs_node_t *node, const char *name)
{
    size_t len = strlen(name);

    return lgs_node_get_hashed(node, lgs_str(name, len), lgs_hash(name, len));
}

/* The text of a string or number; empty for every other node and for NULL. */
lgs_str_t lgs_node_text(const lgs_node_t *node);

/* True only for the boolean true. */
bool lgs_node_is_true(const lgs_node_t *node);

/*
 * A number without fraction or exponent that fits: true and *value set. False for all else
 * ("12", 1.0, 1e3, null).
 */
bool lgs_node_int(const lgs_node_t *node, int64_t *value);

/* RFC 6901 pointer → node, or NULL. "" is the root; "~0" and "~1" are read. */
const lgs_node_t *lgs_node_pointer(const lgs_node_t *root, lgs_str_t pointer);

/* "null", "boolean", "number", "string", "array", "object": JSON Schema's words. */
const char *lgs_type_name(lgs_type_t type);

/* Same value: numbers compared exactly as numbers, objects without regard to order. */
bool lgs_node_equal(const lgs_node_t *a, const lgs_node_t *b);

#endif
