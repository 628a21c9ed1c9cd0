/*
 * The business keys of a trace, out of canonical records (docs/canonical.md).
 */
#ifndef LGS_TRACE_KEYS_H
#define LGS_TRACE_KEYS_H

#include "../formats/tree.h"
#include "record.h"

/*
 * Adds the numbers that a record of that kind ("event", "order", …) is known by: its refs, its
 * vehicles, and of documents their own number (type: the kind) and those of what they are about.
 * The texts are borrowed from the record. What is there already is not added again; what has no
 * room is counted.
 */
void lgs_trace_collect(lgs_trace_t *trace, const lgs_node_t *record, lgs_str_t kind);

/*
 * The type that was meant by one that looks like a slip of the pen ("trackng"); empty for those
 * that there are, and for what a mapping may well have of its own.
 */
lgs_str_t lgs_trace_key_meant(lgs_str_t type);

#endif
