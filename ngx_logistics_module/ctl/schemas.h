/*
 * What `logisticsctl validate` and `logisticsctl schema` share: schema files, JSON or YAML, with
 * all that they refer to. A $ref to another file is looked for from the folder of the file that has
 * it, one to a URL where --base says that the URL lies; the network is never asked.
 */
#ifndef LGS_CTL_SCHEMAS_H
#define LGS_CTL_SCHEMAS_H

#include "../schema/schema.h"
#include "ctl.h"

#define CTL_MAX_BASES 32u

typedef struct {
    lgs_arena_t *arena;
    lgs_schema_options_t options;
    const char *bases[CTL_MAX_BASES]; /* URL=DIR, as they were given */
    size_t n_bases;
} ctl_schemas_t;

/*
 * Takes one option and its value ("--draft", "7"): 2 arguments used, 0: it is none of these, -1:
 * its value is wrong, which has been printed.
 */
int ctl_schemas_option(ctl_schemas_t *schemas, const char *option, const char *value);

/* A store with the file in it, under *name. NULL with errors. */
lgs_schema_store_t *ctl_schemas_open(ctl_schemas_t *schemas, const char *path, lgs_str_t *name,
                                     lgs_errs_t *errs);

/* Reads JSON, or YAML by the file's ending; errors name the file. */
lgs_rc_t ctl_read_text(lgs_arena_t *arena, const char *path, lgs_str_t source, lgs_doc_t *doc,
                       lgs_errs_t *errs);

#endif
