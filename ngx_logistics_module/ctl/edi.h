/*
 * What the subcommands of logisticsctl edi share: their options, and going through a file set by
 * set.
 */
#ifndef LGS_CTL_EDI_H
#define LGS_CTL_EDI_H

#include "../edi/guide.h"
#include "../formats/edi.h"
#include "../policy/policy.h"
#include "ctl.h"

#include <stdio.h>

typedef struct {
    const char *file;
    lgs_edi_profile_t profile;
    bool is_pretty, has_lines;
    bool is_999, always, each; /* of an acknowledgement */
    const char *at;            /* CCYYMMDDHHMM; NULL: now */
    const char *number;        /* of its interchange; NULL: 1 */
    const char *guide;         /* its name, or "auto": by set and version; NULL: none */
    const char *policies;      /* where guides are; NULL: lua-free-policies */
} ctl_edi_options_t;

/* Of one run through a file. */
typedef struct {
    const ctl_edi_options_t *options;
    lgs_edi_see_pt see; /* may be NULL */
    /* A set that was read (LGS_OK) or is refused (errs say why); may be NULL. */
    void (*take)(void *data, lgs_rc_t rc, const lgs_doc_t *doc, lgs_arena_t *scratch,
                 const lgs_errs_t *errs);
    /* What the guide says to a set that was read; may be NULL. */
    void (*find)(void *data, const lgs_edi_finding_t *finding);
    void *data;
    lgs_policy_t *policy; /* with a guide */
    const lgs_guide_t *guide;
    uint32_t n_read, n_refused;
    bool has_any; /* the file holds more than blanks */
    bool is_cut;
} ctl_edi_run_t;

/* CTL_OK, CTL_FINDINGS when something is refused, CTL_USAGE when the file cannot be read. */
int ctl_edi_run(ctl_edi_run_t *run);

/* "FILE:line:column: segment 3, element 2: text [check]" to `to`. */
void ctl_edi_print_problem(FILE *to, const char *file, lgs_edi_t standard,
                           const lgs_edi_problem_t *problem);

/* What is no problem of an envelope: limits, and what is no EDI. Returns how many there are. */
uint32_t ctl_edi_print_errors(FILE *to, const char *file, const lgs_errs_t *errs);

void ctl_edi_print_finding(FILE *to, const char *file, const lgs_edi_finding_t *finding);

int ctl_edi_check(const ctl_edi_options_t *options);
int ctl_edi_to_json(const ctl_edi_options_t *options);
int ctl_edi_from_json(const ctl_edi_options_t *options);
int ctl_edi_ack(const ctl_edi_options_t *options);
int ctl_edi_show(const ctl_edi_options_t *options);

#endif
