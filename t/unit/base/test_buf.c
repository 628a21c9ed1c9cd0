#include "../../../ngx_logistics_module/base/buf.h"
#include "../unit.h"

TEST(everything_that_is_added_stands_there)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    CHECK(lgs_buf_text(&buf).len == 0);
    lgs_buf_str(&buf, LGS_STR("a"));
    lgs_buf_str(&buf, (lgs_str_t){NULL, 0});
    lgs_buf_cstr(&buf, "bc");
    lgs_buf_byte(&buf, ' ');
    lgs_buf_u64(&buf, 0);
    lgs_buf_byte(&buf, ' ');
    lgs_buf_u64(&buf, UINT64_MAX);
    lgs_buf_byte(&buf, ' ');
    lgs_buf_i64(&buf, INT64_MIN);
    lgs_buf_printf(&buf, " %s-%d", "x", 7);
    CHECK_STR(lgs_buf_text(&buf), "abc 0 18446744073709551615 -9223372036854775808 x-7");
    lgs_arena_destroy(arena);
}

TEST(the_ceiling_holds_at_the_byte)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 4, 10);
    lgs_buf_cstr(&buf, "0123456789");
    CHECK_STR(lgs_buf_text(&buf), "0123456789");
    CHECK(lgs_buf_reserve(&buf, 0));
    lgs_buf_byte(&buf, 'x');
    CHECK(buf.failed && lgs_buf_text(&buf).data == NULL);
    lgs_buf_str(&buf, LGS_STR("")); /* later ones do nothing */
    lgs_buf_cstr(&buf, "y");
    CHECK(buf.len == 10);
    lgs_buf_init(&buf, arena, 11, 10);
    CHECK(buf.failed);
    lgs_arena_destroy(arena);
}

TEST(sizes_that_overflow_fail)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_buf_byte(&buf, 'x');
    CHECK(!lgs_buf_reserve(&buf, SIZE_MAX));
    CHECK(buf.failed);
    lgs_arena_destroy(arena);
}

TEST(no_memory_is_noticed_at_every_ceiling)
{
    bool was_ok = false;
    unsigned failed = 0;

    for (size_t ceiling = 100; !was_ok && ceiling < 4000; ceiling += 16) {
        lgs_arena_t *arena = lgs_arena_create(16, ceiling);
        lgs_buf_t buf;

        lgs_buf_init(&buf, arena, 0, 0);
        for (unsigned i = 0; i < 100; i++) {
            lgs_buf_u64(&buf, i);
        }
        was_ok = !buf.failed;
        failed += buf.failed;
        CHECK(was_ok ? lgs_buf_text(&buf).len == 190 : lgs_buf_text(&buf).data == NULL);
        lgs_arena_destroy(arena);
    }
    CHECK(was_ok && failed > 3);
}

int main(void)
{
    RUN(everything_that_is_added_stands_there);
    RUN(the_ceiling_holds_at_the_byte);
    RUN(sizes_that_overflow_fail);
    RUN(no_memory_is_noticed_at_every_ceiling);
    return DONE();
}
