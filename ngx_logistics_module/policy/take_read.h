/* What the files that read reads/<name>.yaml tell each other; private to policy/. */
#ifndef LGS_TAKE_READ_H
#define LGS_TAKE_READ_H

#include "load.h"

typedef struct {
    lgs_load_t *load;
    const lgs_doc_t *doc; /* lives as long as the policy */
    lgs_query_t *query;
    uint32_t bound; /* bit i: source i shows only what is the partner's */
} lgs_read_t;

/* The bit of a scope that `show` names; 0 and a finding for any other. */
uint32_t lgs_read_scope(lgs_read_t *read, const lgs_node_t *node);
lgs_rc_t lgs_read_scopes(lgs_read_t *read, const lgs_node_t *list, uint32_t *mask);
/* The source of that name before the one at hand; false and a finding at `node` when there is none.
 */
bool lgs_read_source(lgs_read_t *read, const lgs_node_t *node, lgs_str_t name, uint32_t *index);

/* take_where.c: the conditions of a source; sets *is_bound when they hold it to the partner. */
lgs_rc_t lgs_take_where(lgs_read_t *read, const lgs_node_t *node, lgs_query_source_t *source,
                        bool *is_bound);

/* take_show.c: the scopes of `show`, what each sees, and which items `only` leaves it. */
lgs_rc_t lgs_take_show(lgs_read_t *read, const lgs_node_t *show, const lgs_node_t *only);
/* Findings for pointers of show and only that the view's schema does not have. */
void lgs_check_shown(lgs_read_t *read, const lgs_node_t *schema);

#endif
