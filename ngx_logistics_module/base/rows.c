/* Tables of named rows (rows.h). */
#include "rows.h"

static lgs_str_t name_of(const void *rows, size_t size, size_t i)
{
    const char *name;

    memcpy(&name, (const char *)rows + i * size, sizeof(name));
    return lgs_cstr(name);
}

const void *lgs_rows_find(const void *rows, size_t n, size_t size, lgs_str_t name)
{
    for (size_t i = 0; i < n; i++) {
        if (lgs_str_eq(name, name_of(rows, size, i))) {
            return (const char *)rows + i * size;
        }
    }
    return NULL;
}

size_t lgs_rows_names(const void *rows, size_t n, size_t size, lgs_str_t *names, size_t max)
{
    size_t i = 0;

    for (; i < n && i < max; i++) {
        names[i] = name_of(rows, size, i);
    }
    return i;
}
