/* Copies of trees that outlive what they were made in. */
#include "../unit.h"

#include "../../../ngx_logistics_module/formats/json.h"
#include "../../../ngx_logistics_module/formats/keep.h"

static lgs_str_t written(lgs_arena_t *arena, const lgs_node_t *node)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_json_write(&buf, node);
    return lgs_buf_text(&buf);
}

TEST(a_copy_outlives_its_arena_and_borrows_from_what_lasts)
{
    static const char source[] = "{\"a\":[1,\"x\\ny\",{\"b\":\"plain\"}],\"c\":null,\"d\":true}";
    lgs_arena_t *from = lgs_arena_create(0, 0), *to = lgs_arena_create(0, 0);
    lgs_str_t text = lgs_str(source, sizeof(source) - 1);
    const lgs_node_t *node;
    lgs_node_t kept;
    lgs_doc_t doc;

    CHECK_INT(lgs_json_read(from, text, NULL, &doc, NULL), LGS_OK);
    CHECK_INT(lgs_node_keep(to, &doc, text, &doc.root, &kept), LGS_OK);
    lgs_arena_destroy(from);
    CHECK_STR(written(to, &kept), source);
    node = lgs_node_pointer(&kept, LGS_STR("/a/2/b"));
    CHECK(node->u.text > source && node->u.text < source + sizeof(source));
    node = lgs_node_pointer(&kept, LGS_STR("/a/1"));
    CHECK(node->u.text < source || node->u.text >= source + sizeof(source));
    lgs_arena_destroy(to);
}

TEST(large_objects_are_found_in_as_before)
{
    lgs_arena_t *from = lgs_arena_create(0, 0), *to = lgs_arena_create(0, 0);
    lgs_node_t kept;
    lgs_doc_t doc;
    lgs_buf_t buf;

    lgs_buf_init(&buf, to, 0, 0);
    lgs_buf_byte(&buf, '{');
    for (unsigned i = 0; i < 100; i++) {
        lgs_buf_printf(&buf, "%s\"n%u\":%u", i ? "," : "", i, i);
    }
    lgs_buf_byte(&buf, '}');
    CHECK_INT(lgs_json_read(from, lgs_buf_text(&buf), NULL, &doc, NULL), LGS_OK);
    CHECK(doc.root.flags & LGS_NODE_INDEXED);
    CHECK_INT(lgs_node_keep(to, &doc, LGS_STR(""), &doc.root, &kept), LGS_OK);
    lgs_arena_destroy(from);
    for (unsigned i = 0; i < 100; i++) {
        lgs_str_t name = lgs_arena_printf(to, "n%u", i), want = lgs_arena_printf(to, "%u", i);

        CHECK_STR(lgs_node_text(lgs_node_get(&kept, name)), want.data);
    }
    lgs_arena_destroy(to);
}

TEST(places_become_those_of_the_whole)
{
    const lgs_head_t head = {.source = LGS_STR("HEAD\n"), .base = {100, 3, 0}};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_node_t items[4] = {lgs_node_null(7), lgs_node_null(2 | LGS_OFFSET_HEAD),
                           lgs_node_null(LGS_NO_OFFSET), lgs_node_null(7)};
    lgs_node_t list = {.u.items = items, .n = 3, .offset = 0, .type = LGS_ARRAY}, kept;
    lgs_doc_t doc = {.base = {50, 1, 0}, .head = &head};

    CHECK_INT(lgs_node_keep(arena, &doc, LGS_STR(""), &list, &kept), LGS_OK);
    CHECK_INT(kept.offset, 50);
    CHECK_INT(kept.u.items[0].offset, 57);
    CHECK_INT(kept.u.items[1].offset, 102);
    CHECK_INT(kept.u.items[2].offset, LGS_NO_OFFSET);
    doc.base.bytes = UINT32_MAX;
    CHECK_INT(lgs_node_keep(arena, &doc, LGS_STR(""), &items[3], &kept), LGS_OK);
    CHECK_INT(kept.offset, LGS_NO_OFFSET);
    lgs_arena_destroy(arena);
}

/* Arrays within each other, the innermost empty. */
static lgs_node_t nested(lgs_arena_t *arena, unsigned depth)
{
    lgs_node_t node = {.type = LGS_ARRAY};

    for (unsigned i = 0; i < depth; i++) {
        lgs_node_t *item = lgs_arena_alloc(arena, sizeof(*item));

        *item = node;
        node = (lgs_node_t){.u.items = item, .n = 1, .type = LGS_ARRAY};
    }
    return node;
}

TEST(the_deepest_tree_and_one_deeper)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_node_t deepest = nested(arena, LGS_MAX_DEPTH), deeper = nested(arena, LGS_MAX_DEPTH + 1),
               kept;
    const lgs_doc_t doc = {.format = LGS_FORMAT_JSON};

    CHECK_INT(lgs_node_keep(arena, &doc, LGS_STR(""), &deepest, &kept), LGS_OK);
    CHECK_INT(lgs_node_keep(arena, &doc, LGS_STR(""), &deeper, &kept), LGS_LIMIT);
    lgs_arena_destroy(arena);
}

TEST(no_memory_is_an_error_at_every_step)
{
    lgs_arena_t *from = lgs_arena_create(0, 0);
    lgs_rc_t rc = LGS_NOMEM;
    lgs_node_t kept;
    lgs_doc_t doc;

    CHECK_INT(lgs_json_read(from, LGS_STR("{\"a\":[\"b\",{\"c\":1}]}"), NULL, &doc, NULL), LGS_OK);
    for (size_t ceiling = 1; rc == LGS_NOMEM && ceiling < 10000; ceiling += 7) {
        lgs_arena_t *to = lgs_arena_create(1, ceiling);

        rc = to ? lgs_node_keep(to, &doc, LGS_STR(""), &doc.root, &kept) : LGS_NOMEM;
        lgs_arena_destroy(to);
    }
    CHECK_INT(rc, LGS_OK);
    lgs_arena_destroy(from);
}

TEST(errors_of_an_attempt_are_forgotten)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_mark_t none, one;
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 2);
    none = lgs_errs_mark(&errs);
    lgs_errs_add(&errs, "a", (lgs_pos_t){0}, "first");
    one = lgs_errs_mark(&errs);
    lgs_errs_add(&errs, "b", (lgs_pos_t){0}, "second");
    lgs_errs_add(&errs, "c", (lgs_pos_t){0}, "past the cap");
    lgs_errs_rollback(&errs, &one);
    CHECK_INT(errs.n, 1);
    CHECK_INT(errs.more, 0);
    CHECK(errs.first == errs.last && errs.first->next == NULL);
    lgs_errs_add(&errs, "d", (lgs_pos_t){0}, "another");
    CHECK(errs.last == errs.first->next && errs.n == 2);
    lgs_errs_rollback(&errs, &none);
    CHECK(errs.first == NULL && errs.last == NULL && errs.n == 0);
    lgs_errs_rollback(NULL, &none);
    lgs_arena_destroy(arena);
}

int main(void)
{
    RUN(a_copy_outlives_its_arena_and_borrows_from_what_lasts);
    RUN(large_objects_are_found_in_as_before);
    RUN(places_become_those_of_the_whole);
    RUN(the_deepest_tree_and_one_deeper);
    RUN(no_memory_is_an_error_at_every_step);
    RUN(errors_of_an_attempt_are_forgotten);
    return DONE();
}
