#include "../unit.h"

TEST(pieces_are_aligned_and_apart)
{
    lgs_arena_t *arena = lgs_arena_create(64, 0);
    char *a = lgs_arena_alloc(arena, 3), *b = lgs_arena_alloc(arena, 5);

    CHECK(a && b && b >= a + 3);
    CHECK(((uintptr_t)a & 15) == 0 && ((uintptr_t)b & 15) == 0);
    lgs_arena_destroy(arena);
}

TEST(ceiling_holds_at_every_size)
{
    for (size_t ceiling = 200; ceiling < 5000; ceiling += 7) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        size_t n = 0;

        while (lgs_arena_alloc(arena, 40) && n < 1000) {
            n++;
        }
        CHECK(lgs_arena_size(arena) <= ceiling);
        CHECK(n < 1000);
        lgs_arena_destroy(arena);
    }
}

TEST(growing_the_last_piece_does_not_copy)
{
    lgs_arena_t *arena = lgs_arena_create(4096, 0);
    char *a = lgs_arena_alloc(arena, 10);

    CHECK(lgs_arena_grow(arena, a, 10, 100) == a);
    CHECK(lgs_arena_alloc(arena, 1) != NULL);
    memset(a, 'x', 100);
    char *b = lgs_arena_grow(arena, a, 100, 200);
    CHECK(b != a && b[99] == 'x');
    lgs_arena_destroy(arena);
}

static int cleaned;
static void clean(void *data)
{
    cleaned = cleaned * 10 + *(int *)data;
}

TEST(cleanups_run_last_first_and_once)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    int one = 1, two = 2;

    CHECK(lgs_arena_cleanup(arena, clean, &one) == LGS_OK);
    CHECK(lgs_arena_cleanup(arena, clean, &two) == LGS_OK);
    lgs_arena_reset(arena);
    CHECK_INT(cleaned, 21);
    lgs_arena_destroy(arena);
    CHECK_INT(cleaned, 21);
}

TEST(products_that_overflow_are_refused)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);

    CHECK(lgs_arena_array(arena, SIZE_MAX / 2, 3) == NULL);
    CHECK(lgs_arena_alloc(arena, SIZE_MAX) == NULL);
    lgs_arena_destroy(arena);
}

TEST(errors_keep_order_and_cap)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 2);
    lgs_errs_add(&errs, "a", (lgs_pos_t){0}, "one %d", 1);
    lgs_errs_add(&errs, "b", (lgs_pos_t){0}, "two");
    CHECK(lgs_errs_add(&errs, "c", (lgs_pos_t){0}, "three") != NULL);
    CHECK_INT(errs.n, 2);
    CHECK_INT(errs.more, 1);
    CHECK_STR(errs.first->text, "one 1");
    CHECK(errs.first->next == errs.last);
    CHECK(lgs_errs_add(NULL, "x", (lgs_pos_t){0}, "nobody listens") == NULL);
    lgs_arena_destroy(arena);
}

TEST(out_of_memory_is_an_error_like_any_other)
{
    lgs_arena_t *arena = lgs_arena_create(64, 150);
    lgs_errs_t errs;

    while (lgs_arena_alloc(arena, 8)) {
    }
    lgs_errs_init(&errs, arena, 5);
    CHECK(lgs_errs_add(&errs, "a", (lgs_pos_t){0}, "no room for this") != NULL);
    CHECK_INT(errs.n, 1);
    CHECK(strcmp(errs.first->code, "out-of-memory") == 0);
    lgs_arena_destroy(arena);
}

TEST(an_error_is_one_line)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_err_t err = {.text = LGS_STR("is missing"), .pos = {.line = 3, .column = 7}};

    CHECK_STR(lgs_err_line(arena, &err, LGS_STR("a.yaml")), "a.yaml:3:7: is missing");
    err.pointer = LGS_STR("/limits/rate");
    CHECK_STR(lgs_err_line(arena, &err, LGS_STR("a.yaml")), "a.yaml:3:7: /limits/rate: is missing");
    err.file = LGS_STR("b.yaml");
    err.pos.line = 0;
    CHECK_STR(lgs_err_line(arena, &err, LGS_STR("a.yaml")), "b.yaml: /limits/rate: is missing");
    lgs_arena_destroy(arena);
}

TEST(nearest_word_is_near)
{
    static const lgs_str_t words[] = {LGS_STR_INIT("scopes"), LGS_STR_INIT("identities"),
                                      LGS_STR_INIT("limits")};

    CHECK_STR(lgs_nearest(LGS_STR("scpoes"), words, 3), "scopes");
    CHECK_STR(lgs_nearest(LGS_STR("limit"), words, 3), "limits");
    CHECK_STR(lgs_nearest(LGS_STR("colour"), words, 3), "");
    CHECK_STR(lgs_nearest(LGS_STR(""), words, 3), "");
}

int main(void)
{
    RUN(pieces_are_aligned_and_apart);
    RUN(ceiling_holds_at_every_size);
    RUN(growing_the_last_piece_does_not_copy);
    RUN(cleanups_run_last_first_and_once);
    RUN(products_that_overflow_are_refused);
    RUN(errors_keep_order_and_cap);
    RUN(out_of_memory_is_an_error_like_any_other);
    RUN(an_error_is_one_line);
    RUN(nearest_word_is_near);
    return DONE();
}
