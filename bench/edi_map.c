/*
 * Part of bench/edi.pl: an interchange that is in memory to canonical records that are in memory,
 * by what `logisticsctl map` does with each set: read, translate, check, write. Nothing is read
 * from a file or written to one while the clock runs, and the mapping is loaded before.
 *
 *   edi_map POLICIES MAPPING FILE SETS ROUNDS
 *
 * Prints the median, the least and the most MB of source for each second of CPU.
 */
#include "../ngx_logistics_module/base/file.h"
#include "../ngx_logistics_module/ctl/translate.h"
#include "../ngx_logistics_module/formats/json.h"
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_ROUNDS 101
#define MAX_SOURCE (1u << 30)
#define OUT_SIZE   (1u << 16) /* bytes of records that the CLI gathers, too */

typedef struct {
    ctl_translation_t translation;
    lgs_mapping_facts_t facts;
    lgs_arena_t *scratch; /* of one set */
    lgs_buf_t out;
    unsigned n_records;
} job_t;

static lgs_arena_t *load;
static lgs_errs_t errs;

static void must(bool ok, const char *what)
{
    if (!ok) {
        for (const lgs_err_t *err = errs.first; err; err = err->next) {
            fprintf(stderr, "%.*s\n", LGS_FMT(err->text));
        }
        fprintf(stderr, "edi_map: %s\n", what);
        exit(1);
    }
}

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void translate(job_t *job, const lgs_doc_t *doc)
{
    lgs_records_t records = {.n = 0};
    lgs_errs_t warnings;

    lgs_errs_init(&warnings, job->scratch, 1);
    must(ctl_translate_document(&job->translation, doc, &job->facts, job->scratch, &records,
                                &warnings, &errs) &&
             warnings.n == 0,
         "a set is not translated, or not without a warning");
    for (uint32_t i = 0; i < records.n; i++) {
        lgs_json_write(&job->out, &records.items[i].node);
        lgs_buf_byte(&job->out, '\n');
    }
    job->n_records += records.n;
    must(!job->out.failed, "out of memory");
    if (job->out.len >= OUT_SIZE) {
        job->out.len = 0;
    }
}

static void run(job_t *job, lgs_str_t source)
{
    lgs_arena_t *arena = lgs_arena_create(1 << 16, 0);
    lgs_window_t window = {source, true};
    lgs_reader_t *reader;
    lgs_rc_t rc;

    must(arena != NULL, "out of memory");
    reader = lgs_reader_open(lgs_mapping_input(job->translation.mapping), NULL, arena);
    must(reader != NULL, "out of memory");
    do {
        lgs_doc_t doc;

        lgs_arena_reset(job->scratch);
        rc = lgs_reader_next(reader, &window, job->scratch, &doc, &errs);
        must(rc == LGS_OK || rc == LGS_END, "a set is refused");
        if (rc == LGS_OK) {
            translate(job, &doc);
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    } while (rc != LGS_END);
    lgs_arena_destroy(arena);
}

int main(int argc, char **argv)
{
    job_t job = {.facts = {.partner = LGS_STR_INIT("partner"),
                           .received_at = LGS_STR_INIT("2026-11-18T22:01:02Z")}};
    double rates[MAX_ROUNDS];
    lgs_str_t source;
    int n_rounds;

    load = lgs_arena_create(1 << 20, 0);
    job.scratch = lgs_arena_create(1 << 16, 0);
    must(argc == 6 && load && job.scratch, "POLICIES MAPPING FILE SETS ROUNDS are wanted");
    n_rounds = atoi(argv[5]);
    must(n_rounds > 0 && n_rounds <= MAX_ROUNDS, "1 to 101 rounds can be run");
    lgs_errs_init(&errs, load, 20);
    must(ctl_translation_load(&job.translation, load, argv[1], argv[2], &errs), argv[2]);
    must(lgs_file_read(load, argv[3], MAX_SOURCE, &source, &errs) == LGS_OK, argv[3]);
    lgs_buf_init(&job.out, load, 2 * OUT_SIZE, 0);
    for (int round = 0; round < n_rounds; round++) {
        double start = cpu_seconds();

        job.n_records = 0;
        run(&job, source);
        rates[round] = (double)source.len / 1e6 / (cpu_seconds() - start);
        must(job.n_records == strtoul(argv[4], NULL, 10), "not a record for each set");
    }
    qsort(rates, (size_t)n_rounds, sizeof(double), micro_by_value);
    printf("%.1f MB/s (%.1f to %.1f)\n", rates[n_rounds / 2], rates[0], rates[n_rounds - 1]);
    lgs_arena_destroy(job.scratch);
    lgs_arena_destroy(load);
    return 0;
}
