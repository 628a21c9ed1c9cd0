#include "../../../ngx_logistics_module/base/map.h"
#include "../../../ngx_logistics_module/base/hash.h"
#include "../unit.h"

#include <stdlib.h>

#define N 20000u

static lgs_str_t key_of(lgs_arena_t *arena, unsigned i)
{
    return lgs_arena_printf(arena, "partner-%u", i);
}

TEST(what_went_in_is_found_in_its_order)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_map_t *map = lgs_map_create(arena, 0);
    static unsigned values[N];
    unsigned missing = 0, misplaced = 0;

    for (unsigned i = 0; i < N; i++) {
        values[i] = i;
        missing += lgs_map_add(map, key_of(arena, i), &values[i]) != LGS_OK;
    }
    CHECK_INT(lgs_map_count(map), N);
    for (unsigned i = 0; i < N; i++) {
        lgs_str_t key;
        void *value;

        missing += lgs_map_get(map, key_of(arena, i)) != &values[i];
        lgs_map_at(map, i, &key, &value);
        misplaced += value != &values[i] || !lgs_str_eq(key, key_of(arena, i));
    }
    CHECK(missing == 0 && misplaced == 0);
    CHECK(lgs_map_get(map, LGS_STR("partner-")) == NULL);
    CHECK(lgs_map_get(map, LGS_STR("")) == NULL);
    lgs_arena_destroy(arena);
}

TEST(the_first_of_two_stays)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_map_t *map = lgs_map_create(arena, 4);
    int one, two;

    CHECK(lgs_map_add(map, LGS_STR(""), &one) == LGS_OK);
    CHECK(lgs_map_add(map, LGS_STR(""), &two) == LGS_INVALID);
    CHECK(lgs_map_get(map, (lgs_str_t){NULL, 0}) == &one);
    CHECK_INT(lgs_map_count(map), 1);
    lgs_arena_destroy(arena);
}

TEST(no_memory_is_said_at_every_ceiling)
{
    unsigned failed = 0;
    bool was_ok = false;

    for (size_t ceiling = 100; !was_ok && ceiling < 40000; ceiling += 128) {
        lgs_arena_t *arena = lgs_arena_create(16, ceiling);
        lgs_map_t *map = lgs_map_create(arena, 2);
        static const char *const words[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                            "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};
        lgs_rc_t rc = map ? LGS_OK : LGS_NOMEM;

        for (size_t i = 0; rc == LGS_OK && i < LGS_N(words); i++) {
            rc = lgs_map_add(map, lgs_cstr(words[i]), (void *)words[i]);
        }
        was_ok = rc == LGS_OK;
        failed += rc == LGS_NOMEM;
        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
        lgs_arena_destroy(arena);
    }
    CHECK(was_ok && failed > 3);
}

TEST(the_hash_sees_every_byte_and_the_length)
{
    char text[20] = "0123456789012345678";

    for (size_t len = 0; len < 19; len++) {
        uint32_t hash = lgs_hash(text, len);

        CHECK(hash != lgs_hash(text, len + 1));
        for (size_t i = 0; i < len; i++) {
            text[i] ^= 1;
            CHECK(hash != lgs_hash(text, len));
            text[i] ^= 1;
        }
        CHECK(hash == lgs_hash(text, len));
    }
    CHECK(lgs_hash("a", 1) != lgs_hash("a\0", 2));
}

/* Each in memory of its own: a read beside it is seen. */
TEST(names_are_the_same_in_every_byte)
{
    for (size_t len = 0; len <= 40; len++) {
        char *a = calloc(1, len + !len), *b = calloc(1, len + !len);

        CHECK(a && b && lgs_same(a, b, len));
        for (size_t i = 0; a && b && i < len; i++) {
            b[i] = 1;
            CHECK(!lgs_same(a, b, len));
            b[i] = 0;
        }
        free(a);
        free(b);
    }
}

int main(void)
{
    RUN(what_went_in_is_found_in_its_order);
    RUN(the_first_of_two_stays);
    RUN(no_memory_is_said_at_every_ceiling);
    RUN(the_hash_sees_every_byte_and_the_length);
    RUN(names_are_the_same_in_every_byte);
    return DONE();
}
