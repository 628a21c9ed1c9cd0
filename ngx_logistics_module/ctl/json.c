/*
 * logisticsctl json [--pretty] FILE|-: reads a file with the gateway's own reader and limits and
 * writes it back, so that a partner's developer sees before sending what would be refused.
 */
#include "ctl.h"

#include <stdio.h>

static int convert(lgs_arena_t *arena, const char *path, bool is_pretty);
static int print(const lgs_buf_t *buf);

int ctl_json(int argc, char **argv)
{
    bool is_pretty = argc > 1 && strcmp(argv[1], "--pretty") == 0;
    const char *path = argc == 2 + is_pretty ? argv[1 + is_pretty] : NULL;
    lgs_arena_t *arena;
    int exit_code;

    if (path == NULL || (path[0] == '-' && path[1] != '\0')) {
        return ctl_usage(argv[0]);
    }
    arena = lgs_arena_create(1 << 16, 0);
    if (arena == NULL) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    exit_code = convert(arena, path, is_pretty);
    lgs_arena_destroy(arena);
    return exit_code;
}

static int convert(lgs_arena_t *arena, const char *path, bool is_pretty)
{
    lgs_str_t source;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_buf_t buf;

    if (!ctl_read(arena, path, LGS_DEFAULT_MAX_BODY, &source)) {
        return CTL_USAGE;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    if (lgs_json_read(arena, source, NULL, &doc, &errs) != LGS_OK) {
        ctl_print_errors(&errs, path);
        return CTL_FINDINGS;
    }
    lgs_buf_init(&buf, arena, source.len + 2, 0);
    (is_pretty ? lgs_json_write_pretty : lgs_json_write)(&buf, &doc.root);
    lgs_buf_byte(&buf, '\n');
    return print(&buf);
}

static int print(const lgs_buf_t *buf)
{
    if (buf->failed) {
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    if (fwrite(buf->data, 1, buf->len, stdout) != buf->len || fflush(stdout) != 0) {
        perror("logisticsctl: standard output");
        return CTL_USAGE;
    }
    return CTL_OK;
}
