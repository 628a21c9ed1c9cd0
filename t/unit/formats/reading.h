/* Reads documents for the tests of formats/: from memory that ends where the document ends, so
 * that ASan sees one byte too far. */
#ifndef READING_H
#define READING_H

#include "../unit.h"

#include "../../../ngx_logistics_module/formats/json.h"

typedef struct {
    lgs_arena_t *arena;
    char *source;
    lgs_doc_t doc;
    lgs_errs_t *errs; /* not within: an error list may point into itself */
    lgs_rc_t rc;
} reading_t;

static inline reading_t read_limited(lgs_str_t text, const lgs_tree_limits_t *limits,
                                     size_t ceiling)
{
    reading_t reading = {.arena = lgs_arena_create(64, 0),
                         .source = malloc(text.len ? text.len : 1),
                         .errs = malloc(sizeof(lgs_errs_t))};

    if (text.len) {
        memcpy(reading.source, text.data, text.len);
    }
    lgs_errs_init(reading.errs, reading.arena, LGS_MAX_ERRORS);
    if (ceiling) {
        lgs_arena_set_ceiling(reading.arena, lgs_arena_size(reading.arena) + ceiling);
    }
    reading.rc = lgs_json_read(reading.arena, lgs_str(reading.source, text.len), limits,
                               &reading.doc, reading.errs);
    return reading;
}

static inline reading_t read_text(const char *text)
{
    return read_limited(lgs_cstr(text), NULL, 0);
}

static inline void drop(reading_t *reading)
{
    lgs_arena_destroy(reading->arena);
    free(reading->source);
    free(reading->errs);
}

static inline lgs_str_t written(const reading_t *reading)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, reading->arena, 0, 0);
    lgs_json_write(&buf, &reading->doc.root);
    return lgs_buf_text(&buf);
}

/* The parts of a text, times n, into malloc'd memory: head, item n times with commas, tail. */
static inline lgs_str_t repeated(const char *head, const char *item, size_t n, const char *tail)
{
    size_t size = strlen(head) + (strlen(item) + 1) * n + strlen(tail) + 1, len = 0;
    char *text = malloc(size);

    len += (size_t)snprintf(text + len, size - len, "%s", head);
    for (size_t i = 0; i < n; i++) {
        len += (size_t)snprintf(text + len, size - len, "%s%s", i ? "," : "", item);
    }
    len += (size_t)snprintf(text + len, size - len, "%s", tail);
    return lgs_str(text, len);
}

static inline const lgs_err_t *first_error(const reading_t *reading)
{
    static const lgs_err_t none = {.code = "none"};

    return reading->errs->first ? reading->errs->first : &none;
}

#endif
