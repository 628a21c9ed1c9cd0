/*
 * logisticsctl edi ack: the acknowledgement of a file as far as envelopes go: 997 or 999 and TA1,
 * or CONTRL.
 */
#include "edi.h"

#include "../formats/edi_ack.h"

#include <time.h>

static bool read_moment(const ctl_edi_options_t *options, char date[9], char hours[5]);
static bool read_number(const char *text, uint32_t *number);

typedef struct {
    lgs_edi_ack_t *ack;
    const char *file;
    uint32_t n_sets, n_taken;
} job_t;

static void see(void *data, const lgs_edi_event_t *event)
{
    job_t *job = data;

    lgs_edi_ack_see(job->ack, event);
    job->n_sets += event->what == LGS_EDI_CLOSED && event->level == LGS_EDI_SET;
}

static void find(void *data, const lgs_edi_finding_t *finding)
{
    lgs_edi_ack_find(((job_t *)data)->ack, finding);
}

/* A limit refuses a set, too, but no acknowledgement has a word for it. */
static void take(void *data, lgs_rc_t rc, const lgs_doc_t *doc, lgs_arena_t *scratch,
                 const lgs_errs_t *errs)
{
    job_t *job = data;

    (void)ctl_edi_print_errors(stderr, job->file, errs);
    if (job->n_taken == job->n_sets) {
        return; /* it is about no set */
    }
    job->n_taken++;
    if (rc != LGS_OK) {
        lgs_edi_ack_refuse(lgs_edi_ack_set(job->ack));
    }
}

int ctl_edi_ack(const ctl_edi_options_t *options)
{
    char date[9], hours[5];
    lgs_edi_ack_options_t ack_options = {
        .is_999 = options->is_999,
        .ta1 = options->always ? LGS_EDI_ACK_ALWAYS : LGS_EDI_ACK_ASKED,
        .contrl = options->always ? LGS_EDI_ACK_ALWAYS : LGS_EDI_ACK_ASKED,
        .each_message = options->each,
        .has_lines = options->has_lines,
        .number = 1,
        .date = date,
        .time = hours};
    lgs_arena_t *arena = lgs_arena_create(1 << 16, 0);
    job_t job = {arena ? lgs_edi_ack_create(arena, &ack_options) : NULL, options->file, 0, 0};
    ctl_edi_run_t run = {.options = options, .see = see, .find = find, .take = take, .data = &job};
    int exit_code = CTL_USAGE;
    lgs_buf_t out;

    if (job.ack == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
    } else if (!read_moment(options, date, hours) ||
               !read_number(options->number, &ack_options.number)) {
        fprintf(stderr, "logisticsctl: edi ack: --at is CCYYMMDDHHMM, --number at most nine "
                        "digits\n");
    } else {
        exit_code = ctl_edi_run(&run);
        if (run.is_cut && lgs_edi_ack_interchange(job.ack)) {
            lgs_edi_ack_refuse(lgs_edi_ack_interchange(job.ack)); /* as the gateway does */
        }
        lgs_buf_init(&out, arena, 1024, 0);
        if (exit_code != CTL_USAGE && lgs_edi_ack_write(job.ack, &out, NULL) == LGS_OK) {
            fwrite(out.data, 1, out.len, stdout);
        }
        if (exit_code == CTL_OK && out.len == 0) {
            fprintf(stderr, "note: nothing is to be said: it asks for no acknowledgement (--always "
                            "writes one), or is one, or has none\n");
        }
    }
    lgs_arena_destroy(arena);
    return fflush(stdout) == 0 ? exit_code : CTL_USAGE;
}

static bool read_moment(const ctl_edi_options_t *options, char date[9], char hours[5])
{
    time_t now = time(NULL);
    struct tm utc;
    char text[16];

    if (options->at == NULL) {
        return gmtime_r(&now, &utc) && strftime(date, 9, "%Y%m%d", &utc) == 8 &&
               strftime(hours, 5, "%H%M", &utc) == 4;
    }
    if (strlen(options->at) != 12 || strspn(options->at, "0123456789") != 12) {
        return false;
    }
    memcpy(text, options->at, 12);
    memcpy(date, text, 8);
    date[8] = '\0';
    memcpy(hours, text + 8, 4);
    hours[4] = '\0';
    return true;
}

static bool read_number(const char *text, uint32_t *number)
{
    size_t n = text ? strlen(text) : 0;

    if (text == NULL) {
        return true;
    }
    *number = 0;
    for (size_t i = 0; i < n && n <= 9; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *number = *number * 10 + (uint32_t)(text[i] - '0');
    }
    return n > 0 && n <= 9;
}
