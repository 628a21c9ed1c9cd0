/*
 * logisticsctl edi check: every problem of the envelopes, with what becomes of it, and what was
 * read.
 */
#include "edi.h"

typedef struct {
    ctl_edi_run_t run;
    lgs_edi_t standard;
    uint32_t n[LGS_EDI_N_LEVELS];
    uint32_t n_good;                   /* sets that are accepted as far as was read */
    uint32_t before[LGS_EDI_N_LEVELS]; /* how many there were when the unit began */
    uint32_t n_problems;
} check_t;

static void see(void *data, const lgs_edi_event_t *event);
static void count(check_t *check, const lgs_edi_event_t *event);
static void find(void *data, const lgs_edi_finding_t *finding);
static void take_errors(void *data, lgs_rc_t rc, const lgs_doc_t *doc, lgs_arena_t *scratch,
                        const lgs_errs_t *errs);
static void print_place(FILE *to, const char *file, const lgs_pos_t *pos);

int ctl_edi_check(const ctl_edi_options_t *options)
{
    check_t check = {.run = {.options = options, .see = see, .find = find, .take = take_errors}};
    int exit_code;

    check.run.data = &check;
    exit_code = ctl_edi_run(&check.run);
    if (exit_code == CTL_USAGE) {
        return exit_code;
    }
    if (check.run.is_cut) {
        check.n_good = check.before[LGS_EDI_INTERCHANGE];
    }
    printf("%s: %u interchanges, %u groups, %u sets: %u accepted, %u refused; %u problems%s%s\n",
           options->file, check.n[LGS_EDI_INTERCHANGE], check.n[LGS_EDI_GROUP],
           check.n[LGS_EDI_SET], check.n_good, check.n[LGS_EDI_SET] - check.n_good,
           check.n_problems, options->guide ? "" : " of envelopes",
           check.run.is_cut ? "; the rest was not read" : "");
    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static void see(void *data, const lgs_edi_event_t *event)
{
    check_t *check = data;

    if (event->what == LGS_EDI_PROBLEM) {
        check->n_problems++;
        ctl_edi_print_problem(stdout, check->run.options->file, event->standard, event->problem);
    }
    count(check, event);
}

/* Sets go with the group or the interchange whose end refuses it, or what stands behind that. */
static void count(check_t *check, const lgs_edi_event_t *event)
{
    bool is_behind = event->what == LGS_EDI_PROBLEM && event->problem->check == LGS_EDI_TRAILING &&
                     event->problem->severity == LGS_EDI_REJECT;

    if (event->what == LGS_EDI_OPENED) {
        check->n[event->level]++;
        check->before[event->level] = check->n_good;
    } else if (event->level != LGS_EDI_SET &&
               (is_behind ||
                (event->what == LGS_EDI_CLOSED && event->units[event->level].is_refused))) {
        check->n_good = check->before[event->level];
    }
}

static void find(void *data, const lgs_edi_finding_t *finding)
{
    check_t *check = data;

    check->n_problems++;
    ctl_edi_print_finding(stdout, check->run.options->file, finding);
}

static void take_errors(void *data, lgs_rc_t rc, const lgs_doc_t *doc, lgs_arena_t *scratch,
                        const lgs_errs_t *errs)
{
    check_t *check = data;

    check->n_good += rc == LGS_OK;
    check->n_problems += ctl_edi_print_errors(stdout, check->run.options->file, errs);
}

uint32_t ctl_edi_print_errors(FILE *to, const char *file, const lgs_errs_t *errs)
{
    uint32_t n = 0;

    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        if (lgs_edi_check_bits(lgs_cstr(err->code)) == 0 &&
            strcmp(err->code, "edi-envelope") != 0) {
            print_place(to, file, &err->pos);
            fputs("refused: ", to);
            ctl_print_text(to, err->text);
            fprintf(to, " [%s]\n", err->code);
            n++;
        }
    }
    return n;
}

void ctl_edi_print_problem(FILE *to, const char *file, lgs_edi_t standard,
                           const lgs_edi_problem_t *problem)
{
    print_place(to, file, &problem->pos);
    fprintf(to, "%s: %.*s [%s]\n", problem->severity == LGS_EDI_REJECT ? "refused" : "warning",
            LGS_FMT(problem->text), lgs_edi_check_name(standard, problem->check));
}

void ctl_edi_print_finding(FILE *to, const char *file, const lgs_edi_finding_t *finding)
{
    print_place(to, file, &finding->pos);
    fputs(finding->severity == LGS_EDI_REJECT ? "refused: " : "warning: ", to);
    ctl_print_text(to, finding->text);
    fprintf(to, " [%s]\n", lgs_edi_fault_row(finding->fault)->name);
}

static void print_place(FILE *to, const char *file, const lgs_pos_t *pos)
{
    fprintf(to, "%s:%u:%u: ", file, pos->line, pos->column);
    if (pos->segment) {
        fprintf(to, "segment %u: ", pos->segment);
    }
}
