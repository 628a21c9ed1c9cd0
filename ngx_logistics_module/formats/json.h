/*
 * JSON (RFC 8259), strict: UTF-8 checked, duplicate members refused, no byte order mark, no
 * trailing text, lone surrogates refused, numbers kept as written. One pass over the source.
 */
#ifndef LGS_JSON_H
#define LGS_JSON_H

#include "../base/buf.h"
#include "build.h"

/*
 * Reads `source` into doc (tree in `arena`, text borrowed from `source`: it must outlive the
 * tree). `limits` NULL: the defaults. On a refusal one error with line and column is in `errs`
 * (codes "json-syntax", "json-utf8", "duplicate-member", "max-depth", "max-nodes", …) and
 * LGS_INVALID or LGS_LIMIT is returned.
 */
lgs_rc_t lgs_json_read(lgs_arena_t *arena, lgs_str_t source, const lgs_tree_limits_t *limits,
                       lgs_doc_t *doc, lgs_errs_t *errs) LGS_MUST_CHECK;

/* Writes compact JSON; numbers as they were. Check buf->failed once at the end. */
void lgs_json_write(lgs_buf_t *buf, const lgs_node_t *node);

/* Writes with two spaces of indentation and a line a member, for people. */
void lgs_json_write_pretty(lgs_buf_t *buf, const lgs_node_t *node);

/* Writes one string with quotes and escapes. Bytes that are not UTF-8 become U+FFFD. */
void lgs_json_write_string(lgs_buf_t *buf, lgs_str_t text);

/* Writes ,"name":"text" behind a member that is there, nothing when the text is empty. */
void lgs_json_write_member(lgs_buf_t *buf, const char *name, lgs_str_t text);

/*
 * Sets a name beside its quotes, comma and colon (in `arena`), which makes it quick to write: for
 * the names of a mapping, which all its records have. What needs an escape, or is long, stays as it
 * is.
 */
lgs_rc_t lgs_json_name(lgs_arena_t *arena, lgs_node_t *name) LGS_MUST_CHECK;

/* Appends "/name" to a JSON pointer in `buf`, with ~0 and ~1. */
void lgs_pointer_add(lgs_buf_t *buf, lgs_str_t name);
void lgs_pointer_add_index(lgs_buf_t *buf, uint32_t index);

#endif
