/*
 * Any bytes as YAML: never a crash; what is read can be written as JSON and read back as the same
 * tree; every value begins inside the source; a refusal says where.
 */
#include "../../ngx_logistics_module/formats/json.h"
#include "../../ngx_logistics_module/policy/yaml.h"

#include <stdlib.h>

#define CEILING (64u << 20)

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_places(const lgs_node_t *node, size_t len)
{
    require(node->offset <= len);
    for (uint32_t i = 0; node->type == LGS_ARRAY && i < node->n; i++) {
        check_places(&node->u.items[i], len);
    }
    for (uint32_t i = 0; node->type == LGS_OBJECT && i < node->n; i++) {
        require(node->u.members[i].name.offset <= len);
        check_places(&node->u.members[i].value, len);
    }
}

static void check_round_trip(lgs_arena_t *arena, const lgs_doc_t *doc)
{
    lgs_errs_t errs;
    lgs_doc_t again;
    lgs_buf_t buf;

    lgs_errs_init(&errs, arena, 1);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write(&buf, &doc->root);
    require(!buf.failed);
    require(lgs_json_read(arena, lgs_buf_text(&buf), NULL, &again, &errs) == LGS_OK);
    require(lgs_node_equal(&doc->root, &again.root));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_arena_t *arena = lgs_arena_create(0, CEILING);
    lgs_str_t source = lgs_str((const char *)data, size);
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_rc_t rc;

    if (arena == NULL) {
        return 0;
    }
    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    rc = lgs_yaml_read(arena, source, LGS_STR("x.yaml"), &doc, &errs);
    if (rc == LGS_OK) {
        require(errs.n == 0);
        check_places(&doc.root, size);
        check_round_trip(arena, &doc);
    } else {
        require(errs.n == 1);
        require(rc == LGS_NOMEM || (errs.first->pos.line > 0 && errs.first->pos.column > 0));
    }
    lgs_arena_destroy(arena);
    return 0;
}
