/*
 * logisticsctl: one file a command, each with one function here and one row in main.c.
 *
 * Exit codes, stable: 0 ok, 1 findings (refused, invalid, different), 2 usage or something that
 * cannot be read.
 */
#ifndef LGS_CTL_H
#define LGS_CTL_H

#include "../formats/json.h"

#include <stdio.h>

enum { CTL_OK = 0, CTL_FINDINGS = 1, CTL_USAGE = 2 };

/* Each gets its own arguments: argv[0] is the command's name. */
int ctl_json(int argc, char **argv);
int ctl_validate(int argc, char **argv);
int ctl_schema(int argc, char **argv);
int ctl_map(int argc, char **argv);
int ctl_explain_map(int argc, char **argv);
int ctl_test(int argc, char **argv);
int ctl_lint(int argc, char **argv);
int ctl_token(int argc, char **argv);
int ctl_odoo(int argc, char **argv);
int ctl_edi(int argc, char **argv);
int ctl_order(int argc, char **argv);
int ctl_trace(int argc, char **argv);
int ctl_queue(int argc, char **argv);
int ctl_dead(int argc, char **argv);
int ctl_callbacks(int argc, char **argv);
int ctl_message(int argc, char **argv);

/*
 * The whole of a file, or of standard input for "-"; at most max_bytes. On failure it has printed
 * why and returns false.
 */
bool ctl_read(lgs_arena_t *arena, const char *path, size_t max_bytes, lgs_str_t *text);

/* Prints what may be a partner's text: what a terminal would obey as '?'. */
void ctl_print_text(FILE *to, lgs_str_t text);

/* Prints "file:line:column: text" (or "file: pointer: text") a line an error to stderr. */
void ctl_print_errors(const lgs_errs_t *errs, const char *file);

/* Appends the list as a JSON array [{code, detail, file, line, column, pointer, schema}]. */
void ctl_write_errors(lgs_buf_t *buf, const lgs_errs_t *errs);

/* Prints a usage line of the command to stderr; returns CTL_USAGE. */
int ctl_usage(const char *command);

#endif
