/*
 * The JSON reader and writer. What holds for every input:
 *   - an accepted document, written and read again, is the same tree, compact and indented, and the
 *     compact form is a fixed point;
 *   - a refused one has one error with a line and column within it;
 *   - jansson, strict and with duplicates refused, decides alike wherever the two can be compared.
 */
#include "../../ngx_logistics_module/formats/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_json: %s\n", what);
        abort();
    }
}

static lgs_str_t write_with(lgs_arena_t *arena, const lgs_node_t *root,
                            void (*writer)(lgs_buf_t *buf, const lgs_node_t *node))
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    writer(&buf, root);
    must(!buf.failed, "a tree that was read cannot be written");
    return lgs_buf_text(&buf);
}

static void check_accepted(lgs_arena_t *arena, const lgs_doc_t *doc)
{
    lgs_str_t compact = write_with(arena, &doc->root, lgs_json_write);
    lgs_str_t pretty = write_with(arena, &doc->root, lgs_json_write_pretty);
    lgs_doc_t again;

    must(lgs_json_read(arena, compact, NULL, &again, NULL) == LGS_OK,
         "what was written is refused");
    must(again.n_nodes == doc->n_nodes, "another number of values");
    must(lgs_node_equal(&doc->root, &again.root), "another tree");
    must(lgs_str_eq(write_with(arena, &again.root, lgs_json_write), compact), "no fixed point");
    must(lgs_json_read(arena, pretty, NULL, &again, NULL) == LGS_OK,
         "the indented form is refused");
    must(lgs_node_equal(&again.root, &doc->root), "another tree when indented");
}

static void check_refused(const lgs_errs_t *errs, lgs_str_t source, lgs_rc_t rc)
{
    must(rc == LGS_INVALID || rc == LGS_LIMIT, "an impossible result");
    must(errs->n == 1 && errs->more == 0, "not one error");
    must(errs->first->pos.offset <= source.len, "an error outside of the document");
    must(errs->first->pos.line >= 1 && errs->first->pos.column >= 1, "an error without a place");
    must(errs->first->text.len > 0 && errs->first->text.len < 256, "an error without a text");
}

/* jansson's own limits, not RFC 8259's: ranges of numbers, its depth of 2048, NUL in names; ours.
 */
static int is_comparable(lgs_rc_t rc, const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);

    return rc != LGS_LIMIT && code != json_error_numeric_overflow &&
           code != json_error_stack_overflow && code != json_error_null_byte_in_key &&
           code != json_error_out_of_memory;
}

static void check_peer(lgs_str_t source, lgs_rc_t rc)
{
    json_error_t error = {.line = 0};
    json_t *root;

    if (source.len && memchr(source.data, '\0', source.len)) {
        must(rc != LGS_OK, "a NUL byte is accepted"); /* jansson takes one for the end */
        return;
    }
    root = json_loadb(source.data, source.len,
                      JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY |
                          JSON_DECODE_INT_AS_REAL,
                      &error);

    if (root) {
        must(rc == LGS_OK || rc == LGS_LIMIT, "jansson accepts it");
    } else if (is_comparable(rc, &error)) {
        must(rc != LGS_OK, "jansson refuses it");
    }
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_str_t source = lgs_str((const char *)data, size);
    lgs_arena_t *arena;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc;

    if (size > MAX_INPUT) {
        return 0;
    }
    arena = lgs_arena_create(0, 0);
    must(arena != NULL, "no memory");
    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    rc = lgs_json_read(arena, source, NULL, &doc, &errs);
    if (rc == LGS_OK) {
        check_accepted(arena, &doc);
    } else {
        check_refused(&errs, source, rc);
    }
    check_peer(source, rc);
    lgs_arena_destroy(arena);
    return 0;
}
