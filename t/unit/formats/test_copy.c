#include "../unit.h"
#include "../../../ngx_logistics_module/formats/copy.h"
#include "../../../ngx_logistics_module/formats/json.h"
#include "../../../ngx_logistics_module/formats/utf8.h"

TEST(a_copy_outlives_its_source)
{
    const char *json = "{\"a\":[1.50,\"t\\u00e4xt\",null,true,{}],\"b\":{\"c\":[]}}";
    lgs_arena_t *from = lgs_arena_create(0, 0), *arena = lgs_arena_create(0, 0);
    char *source = strdup(json);
    lgs_errs_t errs;
    lgs_node_t copy;
    lgs_doc_t doc;
    lgs_buf_t buf;

    lgs_errs_init(&errs, from, 1);
    CHECK_INT(lgs_json_read(from, lgs_cstr(source), NULL, &doc, &errs), LGS_OK);
    CHECK_INT(lgs_node_copy(arena, &doc.root, &copy), LGS_OK);
    CHECK(lgs_node_equal(&doc.root, &copy));
    lgs_arena_destroy(from);
    free(source);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write(&buf, &copy);
    CHECK_STR(lgs_buf_text(&buf), "{\"a\":[1.50,\"t\xc3\xa4xt\",null,true,{}],\"b\":{\"c\":[]}}");
    CHECK(lgs_node_at(&copy, "b")->offset == LGS_NO_OFFSET);
    lgs_arena_destroy(arena);
}

/* Behind a large object's members stands their order by hash: a copy must not look for it there. */
TEST(a_large_object_is_searched_in_the_copy)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_node_t copy;
    lgs_errs_t errs;
    lgs_doc_t doc;
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    for (unsigned i = 0; i < 500; i++) {
        lgs_buf_printf(&buf, "%c\"m%u\":%u", i ? ',' : '{', i, i);
    }
    lgs_buf_byte(&buf, '}');
    lgs_errs_init(&errs, arena, 1);
    CHECK_INT(lgs_json_read(arena, lgs_buf_text(&buf), NULL, &doc, &errs), LGS_OK);
    CHECK_INT(lgs_node_copy(arena, &doc.root, &copy), LGS_OK);
    CHECK_STR(lgs_node_text(lgs_node_at(&copy, "m499")), "499");
    CHECK(lgs_node_at(&copy, "m500") == NULL);
    lgs_arena_destroy(arena);
}

TEST(depth_at_and_past_the_limit)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_node_t *nodes = lgs_arena_array(arena, LGS_MAX_DEPTH + 2, sizeof(*nodes)), copy;

    nodes[0] = (lgs_node_t){.type = LGS_NULL};
    for (uint32_t i = 1; i < LGS_MAX_DEPTH + 2; i++) {
        nodes[i] = (lgs_node_t){.u.items = &nodes[i - 1], .n = 1, .type = LGS_ARRAY};
    }
    CHECK_INT(lgs_node_copy(arena, &nodes[LGS_MAX_DEPTH], &copy), LGS_OK);
    CHECK_INT(lgs_node_copy(arena, &nodes[LGS_MAX_DEPTH + 1], &copy), LGS_LIMIT);
    lgs_arena_destroy(arena);
}

TEST(missing_memory_is_an_error)
{
    lgs_arena_t *from = lgs_arena_create(0, 0);
    lgs_errs_t errs;
    lgs_doc_t doc;
    bool fitted = false;

    lgs_errs_init(&errs, from, 1);
    CHECK_INT(lgs_json_read(from, LGS_STR("{\"a\":[\"b\",{\"c\":\"d\"}]}"), NULL, &doc, &errs),
              LGS_OK);
    for (size_t ceiling = 1; ceiling < 8192 && !fitted; ceiling += 16) {
        lgs_arena_t *arena = lgs_arena_create(1, ceiling);
        lgs_node_t copy;
        lgs_rc_t rc = arena ? lgs_node_copy(arena, &doc.root, &copy) : LGS_NOMEM;

        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
        fitted = rc == LGS_OK;
        lgs_arena_destroy(arena);
    }
    CHECK(fitted);
    lgs_arena_destroy(from);
}

TEST(utf8)
{
    CHECK(lgs_utf8_is_valid(LGS_STR("")));
    CHECK(lgs_utf8_is_valid(LGS_STR("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\x9a")));
    CHECK(!lgs_utf8_is_valid(LGS_STR("\xc3")));
    CHECK(!lgs_utf8_is_valid(LGS_STR("a\xc0\x80")));
    CHECK(!lgs_utf8_is_valid(LGS_STR("\xed\xa0\x80")));
    CHECK(!lgs_utf8_is_valid(LGS_STR("\xf4\x90\x80\x80")));
}

int main(void)
{
    RUN(a_copy_outlives_its_source);
    RUN(a_large_object_is_searched_in_the_copy);
    RUN(depth_at_and_past_the_limit);
    RUN(missing_memory_is_an_error);
    RUN(utf8);
    return DONE();
}
