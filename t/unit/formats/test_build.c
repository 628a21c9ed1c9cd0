#include "reading.h"

#include <time.h>

typedef struct {
    lgs_arena_t *arena;
    lgs_errs_t errs;
    lgs_build_t *build;
} building_t;

static void start(building_t *b, const lgs_tree_limits_t *limits)
{
    b->arena = lgs_arena_create(0, 0);
    lgs_errs_init(&b->errs, b->arena, LGS_MAX_ERRORS);
    b->build = lgs_build_create(b->arena, b->arena, limits);
}

static void stop(building_t *b)
{
    lgs_arena_destroy(b->arena);
}

static lgs_rc_t name(building_t *b, const char *text, uint32_t offset)
{
    return lgs_build_name(b->build, lgs_cstr(text), offset, LGS_NODE_PLAIN, &b->errs);
}

static lgs_rc_t number(building_t *b, const char *text)
{
    return lgs_build_value(b->build, lgs_node_number(lgs_cstr(text), 7), &b->errs);
}

static lgs_str_t written_root(building_t *b)
{
    lgs_node_t root = lgs_build_root(b->build);
    lgs_buf_t buf;

    lgs_buf_init(&buf, b->arena, 0, 0);
    lgs_json_write(&buf, &root);
    return lgs_buf_text(&buf);
}

TEST(events_become_a_tree)
{
    building_t b;

    start(&b, NULL);
    CHECK_INT(lgs_build_open(b.build, LGS_OBJECT, 0, &b.errs), LGS_OK);
    CHECK_INT(name(&b, "a", 1), LGS_OK);
    CHECK_INT(lgs_build_open(b.build, LGS_ARRAY, 2, &b.errs), LGS_OK);
    CHECK_INT(number(&b, "1.50"), LGS_OK);
    CHECK_INT(lgs_build_value(b.build, lgs_node_null(3), &b.errs), LGS_OK);
    CHECK_INT(lgs_build_value(b.build, lgs_node_bool(true, 3), &b.errs), LGS_OK);
    CHECK_INT(lgs_build_value(b.build, lgs_node_string(LGS_STR("x\n"), 3, 0), &b.errs), LGS_OK);
    CHECK_STR(lgs_build_pointer(b.build, b.arena), "/a/4");
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_OK);
    CHECK_STR(lgs_build_pointer(b.build, b.arena), "");
    CHECK_INT(name(&b, "b/c~", 9), LGS_OK);
    CHECK_STR(lgs_build_pointer(b.build, b.arena), "/b~1c~0");
    CHECK_INT(lgs_build_open(b.build, LGS_OBJECT, 9, &b.errs), LGS_OK);
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_OK);
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_OK);
    CHECK_STR(written_root(&b), "{\"a\":[1.50,null,true,\"x\\n\"],\"b/c~\":{}}");
    CHECK_INT(lgs_build_count(b.build), 7);
    CHECK_INT(b.errs.n, 0);
    stop(&b);
}

TEST(events_out_of_order_are_refused)
{
    building_t b;

    start(&b, NULL);
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_INVALID);
    CHECK_INT(name(&b, "a", 0), LGS_INVALID);
    CHECK_INT(lgs_build_open(b.build, LGS_OBJECT, 0, &b.errs), LGS_OK);
    CHECK_INT(number(&b, "1"), LGS_INVALID);
    CHECK_INT(lgs_build_open(b.build, LGS_ARRAY, 0, &b.errs), LGS_INVALID);
    CHECK_INT(name(&b, "a", 0), LGS_OK);
    CHECK_INT(name(&b, "b", 0), LGS_INVALID);
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_INVALID);
    CHECK_INT(lgs_build_open(b.build, LGS_ARRAY, 0, &b.errs), LGS_OK);
    CHECK_INT(name(&b, "b", 0), LGS_INVALID);
    CHECK_INT(lgs_build_root(b.build).type, LGS_NULL); /* nothing is finished */
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_OK);
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_OK);
    CHECK_INT(number(&b, "2"), LGS_INVALID); /* a second root */
    CHECK_STR(written_root(&b), "{\"a\":[]}");
    stop(&b);
}

TEST(limits_hold_for_events_too)
{
    const lgs_tree_limits_t limits = {
        .max_depth = 2, .max_nodes = 5, .max_members = 2, .max_text = 3};
    building_t b;

    start(&b, &limits);
    CHECK_INT(lgs_build_open(b.build, LGS_OBJECT, 0, &b.errs), LGS_OK);
    CHECK_INT(name(&b, "abcd", 1), LGS_LIMIT);
    CHECK_INT(name(&b, "abc", 1), LGS_OK);
    CHECK_INT(lgs_build_open(b.build, LGS_ARRAY, 2, &b.errs), LGS_OK);
    CHECK_INT(lgs_build_open(b.build, LGS_ARRAY, 3, &b.errs), LGS_LIMIT);
    CHECK_INT(number(&b, "1234"), LGS_LIMIT);
    CHECK_INT(number(&b, "123"), LGS_OK);
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_OK);
    CHECK_INT(name(&b, "d", 1), LGS_OK);
    CHECK_INT(number(&b, "1"), LGS_OK);
    CHECK_INT(name(&b, "e", 1), LGS_LIMIT);
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_OK);
    CHECK_INT(b.errs.n, 4);
    CHECK_STR(lgs_cstr(b.errs.first->code), "max-text");
    CHECK_STR(lgs_cstr(b.errs.first->next->code), "max-depth");
    CHECK_STR(b.errs.first->next->pointer, "/abc/0");
    CHECK_INT(b.errs.first->next->pos.offset, 3);
    CHECK_STR(lgs_cstr(b.errs.last->code), "max-members");
    stop(&b);
}

TEST(duplicates_are_found_at_every_size)
{
    static const unsigned sizes[] = {2, 3, 8, 31, 32, 33, 34, 64, 100, 1000};
    char names[1000][8];

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(names[i], sizeof(names[i]), "n%u", i);
    }
    for (size_t i = 0; i < LGS_N(sizes); i++) {
        building_t b;

        start(&b, NULL);
        CHECK_INT(lgs_build_open(b.build, LGS_OBJECT, 0, &b.errs), LGS_OK);
        for (unsigned member = 0; member < sizes[i]; member++) {
            /* the last repeats one in the middle; its offset is its number */
            unsigned which = member + 1 == sizes[i] ? sizes[i] / 2 - 1 + (sizes[i] == 3) : member;

            CHECK_INT(name(&b, names[which], member), LGS_OK);
            CHECK_INT(number(&b, "1"), LGS_OK);
        }
        CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_INVALID);
        CHECK_INT(b.errs.n, 1);
        CHECK_STR(lgs_cstr(b.errs.first->code), "duplicate-member");
        CHECK_INT(b.errs.first->pos.offset, sizes[i] - 1);
        stop(&b);
    }
}

/*
 * A name of 16 bytes whose hash is 0: its second word cancels the hash's state after the first.
 * This is what a hostile partner sends, a hundred thousand times.
 */
static lgs_str_t colliding_name(char bytes[16], uint64_t first)
{
    uint64_t second = (0x9e3779b97f4a7c15u ^ 16 ^ first) * 0xff51afd7ed558ccdu;

    second ^= second >> 32;
    memcpy(bytes, &first, 8);
    memcpy(bytes + 8, &second, 8);
    return lgs_str(bytes, 16);
}

TEST(colliding_hashes_cost_no_more)
{
    const unsigned n = LGS_MAX_MEMBERS;
    char(*names)[16] = malloc((size_t)n * 16);
    clock_t before = clock();
    lgs_node_t root;
    building_t b;

    start(&b, NULL);
    CHECK_INT(lgs_build_open(b.build, LGS_OBJECT, 0, &b.errs), LGS_OK);
    for (unsigned i = 0; i < n; i++) {
        lgs_str_t text = colliding_name(names[i], i);

        CHECK(lgs_hash(text.data, text.len) == 0);
        CHECK_INT(lgs_build_name(b.build, text, i, 0, &b.errs), LGS_OK);
        CHECK_INT(lgs_build_value(b.build, lgs_node_null(i), &b.errs), LGS_OK);
    }
    CHECK_INT(lgs_build_close(b.build, &b.errs), LGS_OK);
    root = lgs_build_root(b.build);
    for (unsigned i = 0; i < n; i++) {
        const lgs_node_t *value = lgs_node_get(&root, lgs_str(names[i], 16));

        CHECK(value && value->offset == i);
    }
    /* by pairs it would be five thousand million comparisons, twice: minutes */
    CHECK((clock() - before) / CLOCKS_PER_SEC < 20);
    stop(&b);
    free(names);
}

TEST(no_memory_is_an_error_at_every_ceiling)
{
    bool done = false;

    for (size_t ceiling = 1; !done && ceiling < 400000; ceiling += 331) {
        lgs_arena_t *arena = lgs_arena_create(64, 0);
        lgs_rc_t rc = LGS_NOMEM;
        lgs_errs_t errs;
        lgs_build_t *build;

        lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
        lgs_arena_set_ceiling(arena, lgs_arena_size(arena) + ceiling);
        build = lgs_build_create(arena, arena, NULL);
        if (build) {
            rc = lgs_build_open(build, LGS_ARRAY, 0, &errs);
        }
        for (unsigned i = 0; i < 1000 && rc == LGS_OK; i++) {
            rc = i < 40 ? lgs_build_open(build, LGS_ARRAY, i, &errs)
                        : lgs_build_value(build, lgs_node_null(i), &errs);
        }
        for (unsigned i = 0; i < 41 && rc == LGS_OK; i++) {
            rc = lgs_build_close(build, &errs);
        }
        done = rc == LGS_OK;
        CHECK(done || rc == LGS_NOMEM);
        lgs_arena_destroy(arena);
    }
    CHECK(done);
}

int main(void)
{
    RUN(events_become_a_tree);
    RUN(events_out_of_order_are_refused);
    RUN(limits_hold_for_events_too);
    RUN(duplicates_are_found_at_every_size);
    RUN(colliding_hashes_cost_no_more);
    RUN(no_memory_is_an_error_at_every_ceiling);
    return DONE();
}
