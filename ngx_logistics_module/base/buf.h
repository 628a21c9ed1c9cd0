/*
 * A growing text with a ceiling, for everything that is written: JSON, EDI, error sentences.
 * Memory is the arena's. A failed append marks the buffer and later appends do nothing, so a
 * writer checks once, at its end.
 */
#ifndef LGS_BUF_H
#define LGS_BUF_H

#include "arena.h"

typedef struct {
    lgs_arena_t *arena;
    char *data;
    size_t len;
    size_t size;
    size_t ceiling; /* bytes that it may ever hold */
    bool failed;    /* memory or ceiling */
} lgs_buf_t;

/* An empty buffer of at first `size` bytes (0 allowed) that never grows past `ceiling` (0: none).
 */
void lgs_buf_init(lgs_buf_t *buf, lgs_arena_t *arena, size_t size, size_t ceiling);

/* Makes room for `more` bytes behind the text. False when it fails. */
bool lgs_buf_reserve(lgs_buf_t *buf, size_t more);

/* Each appends at the end; what does not fit marks the buffer as failed. */
void lgs_buf_add(lgs_buf_t *buf, const char *data, size_t len);
void lgs_buf_str(lgs_buf_t *buf, lgs_str_t s);
void lgs_buf_cstr(lgs_buf_t *buf, const char *text);
void lgs_buf_byte(lgs_buf_t *buf, char byte);
void lgs_buf_u64(lgs_buf_t *buf, uint64_t number);
void lgs_buf_i64(lgs_buf_t *buf, int64_t number);
void lgs_buf_printf(lgs_buf_t *buf, const char *format, ...) LGS_PRINTF(2, 3);

/* What was written so far; lives in the arena. Empty with data NULL when it failed. */
lgs_str_t lgs_buf_text(const lgs_buf_t *buf);

#endif
