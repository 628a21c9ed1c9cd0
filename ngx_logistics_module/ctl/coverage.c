/*
 * logisticsctl map --coverage: what the documents of a folder hold, and how much of it the mapping
 * never reads. The items of a list count as one field, with a star for their number.
 */
#include "../base/file.h"
#include "../mapping/explain.h"
#include "mapargs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

typedef struct {
    lgs_str_t pattern;
    unsigned long n, n_unread;
} field_t;

typedef struct {
    ctl_translation_t translation;
    lgs_mapping_facts_t facts;
    lgs_arena_t *arena;   /* of the counts */
    lgs_arena_t *scratch; /* of one file */
    lgs_map_t *fields;
    unsigned long n_files, n_documents, n_records, n_refused;
} job_t;

static bool take_path(job_t *job, const char *path);
static bool take_folder(job_t *job, const char *path);
static bool take_file(job_t *job, const char *path);
static lgs_rc_t take_document(job_t *job, lgs_reader_t *reader, const lgs_window_t *window);
static bool count_leaf(job_t *job, const lgs_leaf_t *leaf);
static lgs_str_t pattern_of(lgs_arena_t *arena, lgs_str_t pointer);
static int print_counts(job_t *job);

int ctl_coverage(lgs_arena_t *arena, const ctl_map_args_t *args)
{
    job_t job = {.arena = arena, .fields = lgs_map_create(arena, 256)};
    lgs_errs_t errs;
    int exit_code = CTL_USAGE;
    bool ok = true;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    if (!ctl_map_load(arena, args, &job.translation, &job.facts, &errs)) {
        return CTL_USAGE;
    }
    job.facts.format = lgs_input_written_in(lgs_mapping_input(job.translation.mapping));
    job.scratch = lgs_arena_create(1 << 16, 0);
    for (int i = 0; job.fields && job.scratch && ok && i < args->n_files; i++) {
        ok = take_path(&job, args->files[i]);
    }
    if (job.fields == NULL || job.scratch == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
    } else if (ok) {
        exit_code = print_counts(&job);
    }
    lgs_arena_destroy(job.scratch);
    return exit_code;
}

static bool take_path(job_t *job, const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode) ? take_folder(job, path)
                                                               : take_file(job, path);
}

/* Every file in it, not those of folders below. */
static bool take_folder(job_t *job, const char *path)
{
    static const char *const endings[] = {"", NULL};
    lgs_str_t *names;
    lgs_errs_t errs;
    size_t n = 0;

    lgs_errs_init(&errs, job->arena, 1);
    if (lgs_file_list(job->arena, path, endings, &names, &n, &errs) != LGS_OK) {
        ctl_print_errors(&errs, path);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        lgs_str_t name = lgs_arena_printf(job->arena, "%s/%.*s", path, LGS_FMT(names[i]));

        if (name.data == NULL || !take_file(job, name.data)) {
            return false;
        }
    }
    return true;
}

static bool take_file(job_t *job, const char *path)
{
    lgs_window_t window = {.is_last = true};
    lgs_reader_t *reader;
    lgs_rc_t rc = LGS_OK;

    lgs_arena_reset(job->scratch);
    reader = lgs_reader_open(lgs_mapping_input(job->translation.mapping), NULL, job->scratch);
    if (reader == NULL || !ctl_read(job->scratch, path, LGS_DEFAULT_MAX_BODY, &window.bytes)) {
        return false;
    }
    job->n_files++;
    while (rc != LGS_END && rc != LGS_NOMEM) {
        rc = take_document(job, reader, &window);
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    if (rc == LGS_NOMEM) {
        fprintf(stderr, "logisticsctl: out of memory\n");
    }
    return rc == LGS_END;
}

/* A document that is refused counts as such; what it holds does not. */
static lgs_rc_t take_document(job_t *job, lgs_reader_t *reader, const lgs_window_t *window)
{
    lgs_explained_t explained;
    lgs_records_t records;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc;

    lgs_errs_init(&errs, job->scratch, 1);
    rc = lgs_reader_next(reader, window, job->scratch, &doc, &errs);
    if (rc == LGS_END || rc == LGS_NOMEM) {
        return rc;
    }
    job->n_documents++;
    if (rc == LGS_OK) {
        rc = lgs_mapping_explain(job->translation.mapping, &doc, &job->facts, job->scratch,
                                 &records, NULL, &errs, &explained);
    }
    if (rc != LGS_OK) {
        job->n_refused++;
        return rc;
    }
    job->n_records += records.n;
    for (uint32_t i = 0; i < explained.n_leaves; i++) {
        if (!count_leaf(job, &explained.leaves[i])) {
            return LGS_NOMEM;
        }
    }
    return LGS_OK;
}

static bool count_leaf(job_t *job, const lgs_leaf_t *leaf)
{
    lgs_str_t pattern = pattern_of(job->scratch, leaf->pointer);
    field_t *field = pattern.data ? lgs_map_get(job->fields, pattern) : NULL;

    if (field == NULL) {
        field = lgs_arena_zalloc(job->arena, sizeof(*field));
        pattern = lgs_arena_str(job->arena, pattern);
        if (field == NULL || pattern.data == NULL ||
            lgs_map_add(job->fields, pattern, field) != LGS_OK) {
            return false;
        }
        field->pattern = pattern;
    }
    field->n++;
    field->n_unread += !leaf->is_read;
    return true;
}

/* Steps that are numbers, the indexes of lists, become "*". */
static lgs_str_t pattern_of(lgs_arena_t *arena, lgs_str_t pointer)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, pointer.len + 1, 0);
    for (size_t at = 0; at < pointer.len;) {
        size_t end = at + 1;
        bool is_number = true;

        while (end < pointer.len && pointer.data[end] != '/') {
            is_number = is_number && pointer.data[end] >= '0' && pointer.data[end] <= '9';
            end++;
        }
        if (is_number && end > at + 1) {
            lgs_buf_cstr(&buf, "/*");
        } else {
            lgs_buf_add(&buf, pointer.data + at, end - at);
        }
        at = end;
    }
    return pointer.len ? lgs_buf_text(&buf) : LGS_STR("/");
}

static int compare_fields(const void *a, const void *b)
{
    const field_t *x = *(field_t *const *)a, *y = *(field_t *const *)b;
    size_t len = x->pattern.len < y->pattern.len ? x->pattern.len : y->pattern.len;
    int order = memcmp(x->pattern.data, y->pattern.data, len);

    if (x->n_unread != y->n_unread) {
        return x->n_unread < y->n_unread ? 1 : -1;
    }
    return order ? order : (x->pattern.len > y->pattern.len) - (x->pattern.len < y->pattern.len);
}

/* Fields that are never or not always read, the most frequent first. */
static int print_counts(job_t *job)
{
    size_t n = lgs_map_count(job->fields), n_whole = 0;
    unsigned long values = 0, unread = 0;
    field_t **fields = lgs_arena_array(job->arena, n, sizeof(field_t *));

    if (fields == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    for (size_t i = 0; i < n; i++) {
        void *field;

        lgs_map_at(job->fields, i, NULL, &field);
        fields[i] = field;
        values += fields[i]->n;
        unread += fields[i]->n_unread;
        n_whole += fields[i]->n_unread == 0;
    }
    if (n) {
        qsort(fields, n, sizeof(*fields), compare_fields);
    }
    printf("%lu files, %lu documents (%lu refused), %lu records\n", job->n_files, job->n_documents,
           job->n_refused, job->n_records);
    printf("%zu of %zu fields are always read; %lu of %lu values are not\n", n_whole, n, unread,
           values);
    for (size_t i = 0; i < n && fields[i]->n_unread; i++) {
        printf("%8lu of %-8lu %.*s\n", fields[i]->n_unread, fields[i]->n,
               LGS_FMT(fields[i]->pattern));
    }
    return fflush(stdout) == 0 ? CTL_OK : CTL_USAGE;
}
