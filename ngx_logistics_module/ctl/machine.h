/* Events of files through a machine: for `logisticsctl order` and the cases of machines. */
#ifndef LGS_CTL_MACHINE_H
#define LGS_CTL_MACHINE_H

#include "ctl.h"

#include "../order/history.h"

/* One decision. The record is that of the file; `is_over`: its time to wait was over. */
typedef struct {
    const lgs_history_step_t *step; /* NULL: the record has none of the machine's numbers */
    const lgs_node_t *record;
    const char *file;
    uint32_t line; /* from 1, in the file, of the record's first byte */
    bool is_over;
} ctl_decision_t;

typedef void (*ctl_decision_tell_t)(void *data, const ctl_decision_t *decision);

typedef struct ctl_events_s ctl_events_t;

/* In `arena`, as is all that it reads. `key`: the kind of number instead of the machine's; empty:
 * no. */
ctl_events_t *ctl_events_create(lgs_arena_t *arena, const lgs_machine_t *machine, lgs_str_t key,
                                ctl_decision_tell_t tell, void *data);

/*
 * The records of a file: .json is one record or a list of them, all else (and "-") is a record a
 * line. False: it cannot be read, why is in errs or was printed.
 */
bool ctl_events_read(ctl_events_t *events, const char *path, lgs_errs_t *errs);

/* The time of what is parked is over. */
void ctl_events_end(ctl_events_t *events);

/* The things and where they are: as lgs_history_n and _at. */
const lgs_history_t *ctl_events_history(const ctl_events_t *events);

/* {"line","type","order","key","why","from","to","missing","was_parked","is_over"}; line 0: none.
 */
void ctl_events_write(lgs_buf_t *buf, const lgs_machine_t *machine, const ctl_decision_t *decision);

/* {"key","is"}: where a thing is. */
void ctl_events_write_thing(lgs_buf_t *buf, const lgs_machine_t *machine,
                            const lgs_history_t *history, uint32_t i);

#endif
