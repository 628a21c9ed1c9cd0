/* What the files of `logisticsctl test` tell each other. */
#ifndef LGS_CTL_CASES_H
#define LGS_CTL_CASES_H

#include "ctl.h"

#define CTL_READ_CASES "read." /* cases/read.<name>: cases of reads/<name>.yaml */

#define CTL_MACHINE_CASES "machine." /* cases/machine.<name>: cases of machines/<name>.yaml */

/* The first difference as "pointer", what was expected and what came; empty when there is none. */
lgs_str_t ctl_difference(lgs_arena_t *arena, const lgs_node_t *want, const lgs_node_t *got);

/*
 * Runs DIR/cases/read.<name>, counting what passed and failed. False when the policies or the
 * folder cannot be read.
 */
bool ctl_test_read(lgs_arena_t *arena, const char *dir, const char *name, unsigned *passed,
                   unsigned *failed);
/* The same for DIR/cases/machine.<name>. */
bool ctl_test_order(lgs_arena_t *arena, const char *dir, const char *name, unsigned *passed,
                    unsigned *failed);

#endif
