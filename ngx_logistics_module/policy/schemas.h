/*
 * The JSON Schemas of policy files as they are published in docs/schema, compiled into the binary
 * by tools/embed-schemas: what editors check with is what the loader checks with. Private to
 * policy/.
 */
#ifndef LGS_POLICY_SCHEMAS_H
#define LGS_POLICY_SCHEMAS_H

#include <stddef.h>

struct lgs_policy_schema_s {
    const char *name; /* "gateway", "partner", … */
    const char *text; /* JSON */
    size_t len;
};

extern const struct lgs_policy_schema_s lgs_policy_schemas[];
extern const size_t lgs_n_policy_schemas;

#endif
