/*
 * A bump allocator with a ceiling: many small pieces, freed all at once. The only way in
 * which the core gets memory for results. Not thread-safe.
 */
#ifndef LGS_ARENA_H
#define LGS_ARENA_H

#include "lgs.h"

typedef struct lgs_arena_s lgs_arena_t;

/*
 * A new arena whose first piece holds `first` bytes (0: a default) and which never holds
 * more than `ceiling` bytes in all (0: no ceiling). NULL when malloc says no.
 */
lgs_arena_t *lgs_arena_create(size_t first, size_t ceiling) LGS_MUST_CHECK;

/* Frees everything. NULL is allowed. */
void lgs_arena_destroy(lgs_arena_t *arena);

/* Forgets everything, keeps the first piece: for an arena that serves one job after another. */
void lgs_arena_reset(lgs_arena_t *arena);

/* Changes the ceiling for what is allocated from here on. */
void lgs_arena_set_ceiling(lgs_arena_t *arena, size_t ceiling);

/* Bytes taken from malloc so far, first piece included. */
size_t lgs_arena_size(const lgs_arena_t *arena);

/* `size` bytes aligned for any type, not zeroed; NULL at the ceiling. Size 0 gives a valid pointer.
 */
void *lgs_arena_alloc(lgs_arena_t *arena, size_t size) LGS_MUST_CHECK;

/* The same, zeroed. */
void *lgs_arena_zalloc(lgs_arena_t *arena, size_t size) LGS_MUST_CHECK;

/* `count` zeroed elements of `size` bytes; NULL also when the product overflows. */
void *lgs_arena_array(lgs_arena_t *arena, size_t count, size_t size) LGS_MUST_CHECK;

/*
 * Grows `old` (old_size bytes, from this arena, or NULL) to new_size bytes: in place when it
 * was the last piece handed out, else by a copy. NULL at the ceiling; `old` stays valid.
 */
void *lgs_arena_grow(lgs_arena_t *arena, void *old, size_t old_size,
                     size_t new_size) LGS_MUST_CHECK;

/* A copy of `s` in the arena with a NUL behind it; data is NULL at the ceiling. */
lgs_str_t lgs_arena_str(lgs_arena_t *arena, lgs_str_t s) LGS_MUST_CHECK;

/* printf into the arena, NUL behind it; data is NULL at the ceiling. */
lgs_str_t lgs_arena_printf(lgs_arena_t *arena, const char *format, ...)
    LGS_PRINTF(2, 3) LGS_MUST_CHECK;

/*
 * Runs `run(data)` when the arena is reset or destroyed, last registered first: for what a
 * library allocated (EVP_PKEY, pcre2_code). LGS_NOMEM at the ceiling: then nothing is registered.
 */
lgs_rc_t lgs_arena_cleanup(lgs_arena_t *arena, void (*run)(void *data), void *data) LGS_MUST_CHECK;

#endif
