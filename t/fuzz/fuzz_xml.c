/*
 * The XML reader and writer. The first byte chooses a profile, the rest is the document. What holds
 * for every input:
 *   - an accepted document, written and read again, is the same tree, unless one of its names is
 *     none of a namespace-aware document (a colon too many, an attribute called xmlns);
 *   - a refused one has one error with a line and column within it;
 *   - every value's place is within the source, and no tree is deeper than LGS_MAX_DEPTH.
 */
#include "../../ngx_logistics_module/formats/xml.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const lgs_xml_namespace_t spaces[] = {
    {LGS_STR_INIT("s"), LGS_STR_INIT("http://schemas.xmlsoap.org/soap/envelope/")},
    {LGS_STR_INIT("u"), LGS_STR_INIT("u")},
    {LGS_STR_INIT(""), LGS_STR_INIT("d")},
};
static const lgs_str_t arrays[] = {LGS_STR_INIT("b"), LGS_STR_INIT("a/c"), LGS_STR_INIT("/a/d/e")};

static const lgs_xml_profile_t profiles[] = {
    {.namespaces = NULL},
    {.namespaces = spaces, .n_namespaces = 3},
    {.arrays = arrays, .n_arrays = 3},
    {.namespaces = spaces, .n_namespaces = 2, .arrays = arrays, .n_arrays = 2},
};

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_xml: %s\n", what);
        abort();
    }
}

/* Without namespaces "a:b:c" is a name of XML, and of "a:5" the "5" is left. */
static int is_writable(lgs_str_t name)
{
    char first = name.data[name.data[0] == '@' && name.len > 1];

    return !memchr(name.data, ':', name.len) && !lgs_str_is(name, "@xmlns") &&
           !(first >= '0' && first <= '9') && first != '-' && first != '.' && !(first & 0x80);
}

/* True when all names are ones that the writer may write. */
static int check_places(const lgs_node_t *node, size_t size, unsigned depth)
{
    int writable = 1;

    must(depth <= LGS_MAX_DEPTH, "too deep a tree");
    must(node->offset <= size, "a value outside of the source");
    for (uint32_t i = 0; node->type == LGS_ARRAY && i < node->n; i++) {
        writable &= check_places(&node->u.items[i], size, depth + 1);
    }
    for (uint32_t i = 0; node->type == LGS_OBJECT && i < node->n; i++) {
        lgs_str_t name = lgs_node_text(&node->u.members[i].name);

        must((node->u.members[i].name.flags & ~LGS_NODE_PLAIN) == 0, "a flag of the reader's own");
        writable &= is_writable(name);
        writable &= check_places(&node->u.members[i].value, size, depth + 1);
    }
    return writable;
}

static void check_accepted(lgs_arena_t *arena, const lgs_doc_t *doc,
                           const lgs_xml_profile_t *profile)
{
    int writable = check_places(&doc->root, doc->source.len, 1);
    lgs_doc_t again;
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_xml_write(&buf, &doc->root, profile);
    if (buf.failed) {
        must(!writable, "a tree that was read cannot be written");
        return;
    }
    must(lgs_xml_read(arena, lgs_buf_text(&buf), profile, NULL, &again, NULL) == LGS_OK,
         "what was written is refused");
    must(lgs_node_equal(&doc->root, &again.root), "another tree");
    must(again.n_nodes == doc->n_nodes, "another number of values");
}

static void check_refused(const lgs_errs_t *errs, lgs_str_t source, lgs_rc_t rc)
{
    must(rc == LGS_INVALID || rc == LGS_LIMIT, "an impossible result");
    must(errs->n == 1 && errs->more == 0, "not one error");
    must(errs->first->pos.offset <= source.len, "an error outside of the document");
    must(errs->first->pos.line >= 1 && errs->first->pos.column >= 1, "an error without a place");
    must(errs->first->text.len > 0 && errs->first->text.len < 256, "an error without a text");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const lgs_xml_profile_t *profile;
    lgs_str_t source;
    lgs_arena_t *arena;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc;

    if (size == 0 || size > MAX_INPUT) {
        return 0;
    }
    profile = &profiles[data[0] % LGS_N(profiles)];
    source = lgs_str((const char *)data + 1, size - 1);
    arena = lgs_arena_create(0, 0);
    must(arena != NULL, "no memory");
    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    rc = lgs_xml_read(arena, source, profile, NULL, &doc, &errs);
    if (rc == LGS_OK) {
        check_accepted(arena, &doc, profile);
    } else {
        check_refused(&errs, source, rc);
    }
    lgs_arena_destroy(arena);
    return 0;
}
