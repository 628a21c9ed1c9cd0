/*
 * logisticsctl edi show: a file as people read EDI: a segment a line with its place, its elements
 * one by one, and what is wrong beside it.
 */
#include "edi.h"

typedef struct {
    ctl_edi_run_t run;
    lgs_edi_problem_t problems[64]; /* of the set that comes next; texts in `texts` */
    char texts[64][256];
    uint32_t n_problems;
    lgs_doc_t rest;  /* of the set, from the segment on that was shown last */
    uint32_t offset; /* where it begins in the set */
} show_t;

static void see(void *data, const lgs_edi_event_t *event);
static void take(void *data, lgs_rc_t rc, const lgs_doc_t *doc, lgs_arena_t *scratch,
                 const lgs_errs_t *errs);
static void show_segment(show_t *show, const lgs_node_t *segment, uint32_t number);
static void show_value(const lgs_node_t *value);

int ctl_edi_show(const ctl_edi_options_t *options)
{
    static show_t show; /* its texts are much for a stack */
    int exit_code;

    show.run = (ctl_edi_run_t){.options = options, .see = see, .take = take, .data = &show};
    exit_code = ctl_edi_run(&show.run);
    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static void see(void *data, const lgs_edi_event_t *event)
{
    static const char *const words[] = {"interchange", "group", "set"};
    show_t *show = data;
    const lgs_edi_unit_t *unit = &event->units[event->level];

    if (event->what == LGS_EDI_PROBLEM && event->level == LGS_EDI_SET &&
        show->n_problems < LGS_N(show->problems)) {
        lgs_edi_problem_t *problem = &show->problems[show->n_problems];
        size_t n = event->problem->text.len < 255 ? event->problem->text.len : 255;

        *problem = *event->problem;
        memcpy(show->texts[show->n_problems], problem->text.data, n);
        problem->text = lgs_str(show->texts[show->n_problems++], n);
        problem->tag = lgs_cstr(lgs_edi_check_name(event->standard, problem->check));
    } else if (event->what == LGS_EDI_PROBLEM) {
        printf("  !! %.*s [%s]\n", LGS_FMT(event->problem->text),
               lgs_edi_check_name(event->standard, event->problem->check));
    } else if (event->what == LGS_EDI_OPENED && event->level != LGS_EDI_SET) {
        printf("%u:%u %s ", unit->pos.line, unit->pos.column, words[event->level]);
        ctl_print_text(stdout, unit->head.text);
        putchar('\n');
    }
}

static void take(void *data, lgs_rc_t rc, const lgs_doc_t *doc, lgs_arena_t *scratch,
                 const lgs_errs_t *errs)
{
    show_t *show = data;
    const lgs_node_t *segments = lgs_node_at(&doc->root, "segments");

    show->rest = *doc;
    show->offset = 0;
    for (uint32_t i = 0; segments && i < segments->n; i++) {
        show_segment(show, &segments->u.items[i], i + 1);
        for (uint32_t k = 0; k < show->n_problems; k++) {
            const lgs_edi_problem_t *problem = &show->problems[k];

            if (problem->pos.segment == i + 1) {
                printf("  !! %.*s [%.*s]\n", LGS_FMT(problem->text), LGS_FMT(problem->tag));
            }
        }
    }
    for (const lgs_err_t *err = segments ? NULL : errs->first; err; err = err->next) {
        if (lgs_edi_check_bits(lgs_cstr(err->code)) == 0) { /* those of envelopes were seen */
            printf("  !! %.*s [%s]\n", LGS_FMT(err->text), err->code);
        }
    }
    if (segments || rc == LGS_LIMIT) {
        show->n_problems = 0; /* else the set is still to come, what is refused stands before it */
    }
}

/* From where the last one stood: from the first on, the last of many would take long. */
static void show_segment(show_t *show, const lgs_node_t *segment, uint32_t number)
{
    const lgs_member_t *tag = &segment->u.members[0];
    lgs_pos_t pos;

    lgs_doc_skip(&show->rest, segment->offset - show->offset);
    show->offset = segment->offset;
    pos = lgs_doc_locate(&show->rest, 0);
    printf("%5u %5u:%-3u ", number, pos.line, pos.column);
    ctl_print_text(stdout, lgs_node_text(&tag->name));
    for (uint32_t i = 0; i < tag->value.n; i++) {
        printf("  %.*s=", LGS_FMT(lgs_node_text(&tag->value.u.members[i].name)));
        show_value(&tag->value.u.members[i].value);
    }
    printf("\n");
}

/* Repetitions with "^" between them, components with ":". */
static void show_value(const lgs_node_t *value)
{
    for (uint32_t i = 0; value->type == LGS_ARRAY && i < value->n; i++) {
        printf("%s", i ? " ^ " : "");
        if (value->u.items[i].type == LGS_OBJECT) {
            for (uint32_t k = 0; k < value->u.items[i].n; k++) {
                printf("%s", k ? ":" : "");
                ctl_print_text(stdout, lgs_node_text(&value->u.items[i].u.members[k].value));
            }
        } else {
            ctl_print_text(stdout, lgs_node_text(&value->u.items[i]));
        }
    }
    for (uint32_t i = 0; value->type == LGS_OBJECT && i < value->n; i++) {
        const lgs_member_t *member = &value->u.members[i];

        printf(value->n == 1 && lgs_str_is(lgs_node_text(&member->name), "0") ? "" : "%s%.*s:",
               i ? " " : "", LGS_FMT(lgs_node_text(&member->name)));
        ctl_print_text(stdout, lgs_node_text(&member->value));
    }
    if (value->type == LGS_STRING) {
        ctl_print_text(stdout, lgs_node_text(value));
    }
}
