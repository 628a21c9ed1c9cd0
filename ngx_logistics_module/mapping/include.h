/*
 * Templates of mappings, unfolded at load: private to the mapping room (include.c).
 */
#ifndef LGS_MAPPING_INCLUDE_H
#define LGS_MAPPING_INCLUDE_H

#include "internal.h"

typedef enum { LGS_TEMPLATE_FIELDS, LGS_TEMPLATE_ITEMS, LGS_TEMPLATE_VALUE } lgs_template_kind_t;

typedef struct {
    lgs_str_t name;
    const lgs_doc_t *doc;
    const lgs_node_t *node, *content;
    lgs_template_kind_t kind;
} lgs_template_t;

/* What is to be put back behind a template. */
typedef struct {
    const lgs_node_t *content; /* its fields, items or value */
    const lgs_doc_t *doc;
    uint32_t first_var, first_param, n_params;
    uint16_t file;
    bool is_inside;
} lgs_included_t;

/* The template that {include: …} names; false after a finding. */
bool lgs_include_peek(lgs_compile_t *c, const lgs_node_t *node, lgs_template_t *found);
/* The template is alone: its parameters are paths to anything. False after a finding. */
bool lgs_include_alone(lgs_compile_t *c, lgs_str_t name, lgs_template_t *found);
/*
 * From here on things are compiled within it: its parameters are bound, findings are told in its
 * file. False after a finding; true must be followed by lgs_include_leave.
 */
bool lgs_include_enter(lgs_compile_t *c, const lgs_node_t *node, lgs_template_kind_t kind,
                       lgs_included_t *in);
void lgs_include_leave(lgs_compile_t *c, const lgs_included_t *in);

/* A parameter that is visible here, or NULL. */
const lgs_param_t *lgs_include_param(const lgs_compile_t *c, lgs_str_t name);
/* "$name" of a parameter that is a constant, else NULL. */
const lgs_param_t *lgs_include_constant(const lgs_compile_t *c, const lgs_node_t *node);

#endif
