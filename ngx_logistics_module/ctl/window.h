/*
 * A file read through a window, for readers of documents (formats/input.h): memory for what is not
 * used yet, whatever the file's length.
 */
#ifndef LGS_CTL_WINDOW_H
#define LGS_CTL_WINDOW_H

#include "../formats/input.h"

#include <stdio.h>

typedef struct {
    FILE *file;
    const char *path;
    char *data;
    size_t size, start, end; /* data[start] to data[end - 1] are not used yet */
    bool is_last;
} ctl_window_t;

/* "-" is standard input. On failure it has printed why and returns false. */
bool ctl_window_open(ctl_window_t *window, const char *path);

/* What is there; valid until the next ctl_window_more(). */
lgs_window_t ctl_window_view(const ctl_window_t *window);

/* Reads more behind it. False, having printed why, when the file cannot be read or a document is
 * larger than any reader takes. */
bool ctl_window_more(ctl_window_t *window);

/* The first n bytes are used. */
void ctl_window_drop(ctl_window_t *window, size_t n);

void ctl_window_close(ctl_window_t *window);

#endif
