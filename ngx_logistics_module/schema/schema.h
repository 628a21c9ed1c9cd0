/*
 * JSON Schema 2020-12, 2019-09 and draft 7 (by $schema): compiled once at load into a compact
 * program over the document tree, run per document without allocation unless it finds an error.
 */
#ifndef LGS_SCHEMA_H
#define LGS_SCHEMA_H

#include "../formats/tree.h"

typedef struct lgs_schema_s lgs_schema_t;
typedef struct lgs_schema_store_s lgs_schema_store_t;

/*
 * A store of schema documents that may refer to each other by $id or by file name. Documents must
 * live as long as what is compiled from them. Never touches the network.
 */
lgs_schema_store_t *lgs_schema_store_create(lgs_arena_t *arena) LGS_MUST_CHECK;

/* Drafts that a schema without $schema can be of. */
typedef enum { LGS_DRAFT_2020_12, LGS_DRAFT_2019_09, LGS_DRAFT_7 } lgs_draft_t;

typedef struct {
    lgs_draft_t draft;
    bool annotate_formats; /* `format` says what is meant and refuses nothing */
    bool ignore_unknown;   /* as the specification has it; else unknown keywords are refused */
} lgs_schema_options_t;

/* For all documents, before the first is added. At first: 2020-12, asserted, refused. */
void lgs_schema_store_set_options(lgs_schema_store_t *store, lgs_schema_options_t options);

/*
 * Adds a document under `name` (a URI or a relative file name such as "canonical/event.json") and
 * under its $id. LGS_INVALID (recorded) when either is taken.
 */
lgs_rc_t lgs_schema_store_add(lgs_schema_store_t *store, lgs_str_t name, const lgs_doc_t *doc,
                              lgs_errs_t *errs) LGS_MUST_CHECK;

/*
 * What a reference means that nothing in the store has: the loader adds the document under `name`
 * with lgs_schema_store_add() and returns LGS_OK, LGS_NOT_FOUND (nothing recorded) or another code
 * with the error recorded. `name` is the reference resolved against the referring document's name,
 * then against its $id. The core opens no file: the caller decides what may be read.
 */
typedef lgs_rc_t (*lgs_schema_load_t)(void *data, lgs_schema_store_t *store, lgs_str_t name,
                                      lgs_errs_t *errs);
void lgs_schema_store_set_loader(lgs_schema_store_t *store, lgs_schema_load_t load, void *data);

/*
 * Compiles the document added under `name` and all that it refers to. NULL with every finding in
 * errs: unknown keyword, wrong type of a keyword's value, unresolved $ref, bad pattern; each with
 * the schema's file, line, column and pointer.
 */
lgs_schema_t *lgs_schema_compile(lgs_schema_store_t *store, lgs_str_t name, lgs_errs_t *errs);

/*
 * The same for what is left of `whole` to be checked, where the rest is proved of the values that
 * come: a value that fits it fits `whole`. For lgs_schema_validate_rest().
 */
lgs_schema_t *lgs_schema_compile_rest(lgs_schema_store_t *store, lgs_str_t name,
                                      const lgs_schema_t *whole, lgs_errs_t *errs);

/*
 * Validates doc->root (or `node` of the document when it is not NULL; pointers then start there).
 * LGS_OK, or LGS_INVALID with the errors: code is the keyword ("required", "type", "format", …),
 * pointer and position those of the instance, schema the keyword's own pointer (behind "NAME#" when
 * it stands in another document), text a sentence a partner understands. With errs NULL it stops at
 * the first. For additionalProperties the text names the nearest known property. LGS_LIMIT: too
 * deep, too many steps or a pattern too hard. LGS_NOMEM: invalid, but no room to say all of it.
 */
lgs_rc_t lgs_schema_validate(const lgs_schema_t *schema, const lgs_doc_t *doc,
                             const lgs_node_t *node, lgs_errs_t *errs) LGS_MUST_CHECK;

/*
 * By `rest` alone while that holds, else by the whole schema, which decides and words the errors. A
 * rest of another schema, or none (NULL), says nothing.
 */
lgs_rc_t lgs_schema_validate_rest(const lgs_schema_t *schema, const lgs_schema_t *rest,
                                  const lgs_doc_t *doc, const lgs_node_t *node,
                                  lgs_errs_t *errs) LGS_MUST_CHECK;

#endif
