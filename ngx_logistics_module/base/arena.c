/*
 * Arena: pieces from malloc in a list, each twice the last up to 1 MiB; what is larger than a
 * piece gets one of its own. The ceiling counts what was taken from malloc, so a test with a
 * ceiling of n bytes sees the same failures as a machine without memory.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_PIECE   4096u
#define LARGEST_PIECE (1u << 20)
#define ALIGNMENT     16u /* malloc's own, so that alloc and malloc serve the same types */

typedef struct piece_s {
    struct piece_s *next;
    size_t size;
    size_t used;
    size_t reserved; /* keeps data[] aligned */
    char data[];
} piece_t;

typedef struct cleanup_s {
    struct cleanup_s *next;
    void (*run)(void *data);
    void *data;
} cleanup_t;

struct lgs_arena_s {
    piece_t *current; /* newest first; the last in the list is the first piece */
    piece_t *first;
    cleanup_t *cleanups;
    size_t ceiling;
    size_t total;
    size_t next_size;
};

static LGS_APART void *alloc_apart(lgs_arena_t *arena, size_t need);
static piece_t *add_piece(lgs_arena_t *arena, size_t size);
static void run_cleanups(lgs_arena_t *arena);

lgs_arena_t *lgs_arena_create(size_t first, size_t ceiling)
{
    lgs_arena_t *arena = calloc(1, sizeof(*arena));

    if (arena == NULL) {
        return NULL;
    }
    arena->next_size = first ? first : FIRST_PIECE;
    arena->first = add_piece(arena, arena->next_size);
    if (arena->first == NULL) {
        free(arena);
        return NULL;
    }
    arena->ceiling = ceiling;
    return arena;
}

void lgs_arena_destroy(lgs_arena_t *arena)
{
    piece_t *piece, *next;

    if (arena == NULL) {
        return;
    }
    run_cleanups(arena);
    for (piece = arena->current; piece; piece = next) {
        next = piece->next;
        free(piece);
    }
    free(arena);
}

void lgs_arena_reset(lgs_arena_t *arena)
{
    piece_t *piece, *next;

    run_cleanups(arena);
    for (piece = arena->current; piece != arena->first; piece = next) {
        next = piece->next;
        arena->total -= sizeof(piece_t) + piece->size;
        free(piece);
    }
    arena->current = arena->first;
    arena->first->used = 0;
    arena->next_size = arena->first->size;
}

void lgs_arena_set_ceiling(lgs_arena_t *arena, size_t ceiling)
{
    arena->ceiling = ceiling;
}

size_t lgs_arena_size(const lgs_arena_t *arena)
{
    return arena->total;
}

void *lgs_arena_alloc(lgs_arena_t *arena, size_t size)
{
    piece_t *piece = arena->current;
    size_t need = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    void *at;

    /* need is below size when the sum ran over */
    if (LGS_UNLIKELY(need < size || need > piece->size - piece->used)) {
        return need < size ? NULL : alloc_apart(arena, need);
    }
    at = piece->data + piece->used;
    piece->used += need;
    return at;
}

/* From another piece. */
static LGS_APART void *alloc_apart(lgs_arena_t *arena, size_t need)
{
    size_t next = arena->next_size < LARGEST_PIECE ? arena->next_size * 2 : arena->next_size;
    piece_t *piece = add_piece(arena, need > next ? need : next);

    if (piece == NULL && need < next) {
        piece = add_piece(arena, need); /* just below the ceiling a small one may still fit */
    }
    if (piece == NULL) {
        return NULL;
    }
    arena->next_size = next;
    piece->used = need;
    return piece->data;
}

void *lgs_arena_zalloc(lgs_arena_t *arena, size_t size)
{
    void *at = lgs_arena_alloc(arena, size);

    if (at && size) {
        memset(at, 0, size);
    }
    return at;
}

void *lgs_arena_array(lgs_arena_t *arena, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    return lgs_arena_zalloc(arena, bytes);
}

void *lgs_arena_grow(lgs_arena_t *arena, void *old, size_t old_size, size_t new_size)
{
    piece_t *piece = arena->current;
    size_t old_need = (old_size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    void *at;

    if (new_size <= old_need && old) {
        return old;
    }
    if (old && piece->used >= old_need && (char *)old == piece->data + piece->used - old_need) {
        size_t start = piece->used - old_need;
        size_t need = (new_size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

        if (need >= new_size && need <= piece->size - start) {
            piece->used = start + need;
            return old;
        }
    }
    at = lgs_arena_alloc(arena, new_size);
    if (at && old && old_size) {
        memcpy(at, old, old_size);
    }
    return at;
}

lgs_str_t lgs_arena_str(lgs_arena_t *arena, lgs_str_t s)
{
    char *at = lgs_arena_alloc(arena, s.len + 1);

    if (at == NULL) {
        return (lgs_str_t){NULL, 0};
    }
    if (s.len) {
        memcpy(at, s.data, s.len);
    }
    at[s.len] = '\0';
    return lgs_str(at, s.len);
}

lgs_str_t lgs_arena_printf(lgs_arena_t *arena, const char *format, ...)
{
    va_list args;
    int len;
    char *at;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    at = len < 0 ? NULL : lgs_arena_alloc(arena, (size_t)len + 1);
    if (at == NULL) {
        return (lgs_str_t){NULL, 0};
    }
    va_start(args, format);
    vsnprintf(at, (size_t)len + 1, format, args);
    va_end(args);
    return lgs_str(at, (size_t)len);
}

lgs_rc_t lgs_arena_cleanup(lgs_arena_t *arena, void (*run)(void *data), void *data)
{
    cleanup_t *cleanup = lgs_arena_alloc(arena, sizeof(*cleanup));

    if (cleanup == NULL) {
        return LGS_NOMEM;
    }
    *cleanup = (cleanup_t){arena->cleanups, run, data};
    arena->cleanups = cleanup;
    return LGS_OK;
}

static piece_t *add_piece(lgs_arena_t *arena, size_t size)
{
    piece_t *piece;
    size_t bytes;

    if (__builtin_add_overflow(size, sizeof(piece_t), &bytes)) {
        return NULL;
    }
    if (arena->ceiling && (bytes > arena->ceiling || arena->total > arena->ceiling - bytes)) {
        return NULL;
    }
    piece = malloc(bytes);
    if (piece == NULL) {
        return NULL;
    }
    piece->next = arena->current;
    piece->size = size;
    piece->used = 0;
    arena->current = piece;
    arena->total += bytes;
    return piece;
}

static void run_cleanups(lgs_arena_t *arena)
{
    cleanup_t *cleanup = arena->cleanups;

    arena->cleanups = NULL;
    for (; cleanup; cleanup = cleanup->next) {
        cleanup->run(cleanup->data);
    }
}
