/* A file through a window (window.h). */
#include "window.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SIZE (256u << 10)
#define MAX_SIZE   (LGS_MAX_LINE + (256u << 10)) /* no reader wants more for one document */

static bool make_room(ctl_window_t *window);

bool ctl_window_open(ctl_window_t *window, const char *path)
{
    *window = (ctl_window_t){.path = path};
    window->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (window->file == NULL) {
        fprintf(stderr, "logisticsctl: %s: %s\n", path, strerror(errno));
        return false;
    }
    return ctl_window_more(window);
}

lgs_window_t ctl_window_view(const ctl_window_t *window)
{
    return (lgs_window_t){lgs_str(window->data + window->start, window->end - window->start),
                          window->is_last};
}

bool ctl_window_more(ctl_window_t *window)
{
    size_t n;

    if (!make_room(window)) {
        return false;
    }
    n = fread(window->data + window->end, 1, window->size - window->end, window->file);
    window->end += n;
    window->is_last = feof(window->file) != 0;
    if (ferror(window->file)) {
        fprintf(stderr, "logisticsctl: %s: %s\n", window->path, strerror(errno));
        return false;
    }
    return true;
}

void ctl_window_drop(ctl_window_t *window, size_t n)
{
    window->start += n;
}

void ctl_window_close(ctl_window_t *window)
{
    if (window->file && window->file != stdin) {
        fclose(window->file);
    }
    free(window->data);
}

/* What is used makes room first; only a document that fills all of it makes it larger. */
static bool make_room(ctl_window_t *window)
{
    size_t left = window->end - window->start, size = window->size ? window->size : FIRST_SIZE;
    char *data;

    if (left) {
        memmove(window->data, window->data + window->start, left);
    }
    window->start = 0;
    window->end = left;
    if (window->size && left <= window->size / 2) {
        return true;
    }
    size = window->size ? size * 2 : size;
    if (size > MAX_SIZE) {
        if (window->size == MAX_SIZE && left == MAX_SIZE) {
            fprintf(stderr, "logisticsctl: %s: a document of more than %u bytes\n", window->path,
                    LGS_MAX_LINE);
            return false;
        }
        size = MAX_SIZE;
    }
    data = size > window->size ? realloc(window->data, size) : window->data;
    if (data == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return false;
    }
    window->data = data;
    window->size = size;
    return true;
}
