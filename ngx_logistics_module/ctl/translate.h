/*
 * What `logisticsctl map` and `logisticsctl test` share: a mapping of a policy directory with its
 * code lists and schemas, run over documents as the gateway runs it: read, validate, translate,
 * validate each record.
 */
#ifndef LGS_CTL_TRANSLATE_H
#define LGS_CTL_TRANSLATE_H

#include "../base/map.h"
#include "../mapping/mapping.h"
#include "../schema/schema.h"
#include "ctl.h"

typedef struct {
    lgs_arena_t *arena;
    const char *dir; /* of the policies */
    lgs_errs_t *errs;
    lgs_schema_store_t *store;
    lgs_map_t *schemas; /* name of a file below schemas/ → its lgs_doc_t, which is in the store */
    lgs_map_t *templates; /* name → lgs_doc_t */
    const lgs_mapping_t *mapping;
    lgs_str_t format;           /* that its documents are written in */
    const lgs_schema_t *input;  /* NULL: the mapping asks for none */
    const lgs_schema_t *output; /* of its records; NULL: there is none of that name */
    const lgs_schema_t *rest;   /* what of it the mapping does not prove; NULL: all */
    bool tests_proofs;          /* what the rest lets pass is checked as a whole, too */
    lgs_writer_t *writer;       /* of a mapping that writes documents: where they go; may be NULL */
} ctl_translation_t;

/*
 * Loads a mapping: a path (it has a slash or ends in .yaml) or a name in DIR/mappings. Everything
 * lives in `arena`. False with findings in errs.
 */
bool ctl_translation_load(ctl_translation_t *translation, lgs_arena_t *arena, const char *dir,
                          const char *mapping, lgs_errs_t *errs);

/*
 * Translates one document that was read by the mapping's input, and writes what became of it where
 * there is a writer. False with errors in `errs`: their positions are those of the whole source.
 * Results live in `arena`; facts->format is the input's.
 */
bool ctl_translate_document(const ctl_translation_t *translation, const lgs_doc_t *doc,
                            const lgs_mapping_facts_t *facts, lgs_arena_t *arena,
                            lgs_records_t *records, lgs_errs_t *warnings, lgs_errs_t *errs);

/*
 * Reads `source` and translates all documents in it. False with errors in `errs`; `records` has
 * those of the documents that had none.
 */
bool ctl_translate(const ctl_translation_t *translation, lgs_arena_t *arena, lgs_str_t source,
                   const lgs_mapping_facts_t *facts, lgs_records_t *records, lgs_errs_t *warnings,
                   lgs_errs_t *errs);

/* Reads a JSON or YAML file by its ending; errors name the file. NULL when it cannot be read. */
const lgs_doc_t *ctl_read_doc(lgs_arena_t *arena, const char *path, lgs_errs_t *errs);

#endif
