/* What compiles a machine and what judges the whole of it tell each other; private to order/. */
#ifndef LGS_MACHINE_CHECK_H
#define LGS_MACHINE_CHECK_H

#include "program.h"

typedef struct {
    lgs_arena_t *arena;
    const lgs_doc_t *doc;
    const lgs_node_t *types; /* NULL: not known */
    lgs_errs_t *errs;
    uint64_t n_before; /* errors of others */
    lgs_machine_t *machine;
    lgs_machine_misfits_t misfits; /* where an event says nothing */
} lgs_machine_compiler_t;

static inline lgs_pos_t lgs_machine_at(const lgs_machine_compiler_t *c, const lgs_node_t *node)
{
    return lgs_doc_locate(c->doc, node->offset);
}

static inline bool lgs_machine_is_good(const lgs_machine_compiler_t *c)
{
    return (uint64_t)c->errs->n + c->errs->more == c->n_before;
}

/* Findings about the machine as a whole, when all of it is taken. */
void lgs_machine_check(lgs_machine_compiler_t *c);

#endif
