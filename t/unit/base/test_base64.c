#include "../../../ngx_logistics_module/base/base64.h"
#include "../unit.h"

static bool decode(const char *text, uint8_t *out, size_t *len)
{
    return lgs_base64url_decode(lgs_cstr(text), out, len);
}

/* RFC 4648 section 10 without its padding, and RFC 7515 appendix C */
TEST(vectors_of_the_rfcs)
{
    static const struct {
        const char *bytes, *text;
        size_t len;
    } cases[] = {
        {"", "", 0},
        {"f", "Zg", 1},
        {"fo", "Zm8", 2},
        {"foo", "Zm9v", 3},
        {"foob", "Zm9vYg", 4},
        {"fooba", "Zm9vYmE", 5},
        {"foobar", "Zm9vYmFy", 6},
        {"\x03\xec\xff\xe0\xc1", "A-z_4ME", 5},
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);

    for (size_t i = 0; i < LGS_N(cases); i++) {
        uint8_t out[16];
        size_t len = 99;

        CHECK_STR(lgs_base64url_encode(arena, (const uint8_t *)cases[i].bytes, cases[i].len),
                  cases[i].text);
        CHECK(decode(cases[i].text, out, &len) && len == cases[i].len &&
              memcmp(out, cases[i].bytes, len) == 0);
    }
    lgs_arena_destroy(arena);
}

TEST(every_byte_outside_the_alphabet_is_refused_at_every_place)
{
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t out[16];
    size_t len;

    for (unsigned byte = 0; byte < 256; byte++) {
        bool is_good = byte && strchr(alphabet, (int)byte);

        for (unsigned at = 0; at < 7; at++) {
            char text[8] = "AAAAAAA";

            text[at] = (char)byte;
            bool got = lgs_base64url_decode(lgs_str(text, 7), out, &len);
            /* the last of three carries two bits that must be 0 */
            bool want = is_good && (at < 6 || (strchr(alphabet, (int)byte) - alphabet) % 4 == 0);
            CHECK(got == want);
        }
    }
}

TEST(second_spellings_are_refused)
{
    static const char *const bad[] = {
        "A", "AAAAA", "Zh", "Zm9", "Zg==", "Zg=", "Zm9v=", " Zg", "Zg\n", "Zm+v", "Zm/v"};
    uint8_t out[16];
    size_t len;

    for (size_t i = 0; i < LGS_N(bad); i++) {
        CHECK(!decode(bad[i], out, &len));
    }
}

TEST(all_lengths_go_there_and_back_without_a_byte_more)
{
    for (size_t n = 0; n < 70; n++) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);
        uint8_t *bytes = malloc(n + 1), *out;
        lgs_str_t text;
        size_t len;

        for (size_t i = 0; i < n; i++) {
            bytes[i] = (uint8_t)(i * 37 + n * 11);
        }
        text = lgs_base64url_encode(arena, bytes, n);
        out = malloc(text.len * 3 / 4 + 3);
        CHECK(lgs_base64url_decode(text, out, &len));
        CHECK(len == n && memcmp(out, bytes, n) == 0);
        free(out);
        free(bytes);
        lgs_arena_destroy(arena);
    }
}

TEST(no_memory_is_said)
{
    lgs_arena_t *arena = lgs_arena_create(16, 100);

    CHECK(
        lgs_base64url_encode(arena, (const uint8_t *)"0123456789abcdef0123456789abcdef", 32).data ==
        NULL);
    CHECK(lgs_base64url_encode(arena, NULL, SIZE_MAX).data == NULL);
    lgs_arena_destroy(arena);
}

/* RFC 4648 section 10 */
TEST(plain_base64)
{
    static const struct {
        const char *bytes, *text;
        size_t len;
    } cases[] = {
        {"", "", 0},
        {"f", "Zg==", 1},
        {"fo", "Zm8=", 2},
        {"foo", "Zm9v", 3},
        {"foob", "Zm9vYg==", 4},
        {"foobar", "Zm9vYmFy", 6},
        {"\x03\xec\xff\xe0\xc1", "A+z/4ME=", 5},
    };
    static const char *const bad[] = {
        "Zg",       "Zg=",      "Z===",     "====",  "Zh==", "Zm9=",  "A-z/4ME=",
        "A+z_4ME=", "Zg==Zg==", "Zm8=Zm8=", "Zm8= ", " Zm8", "Zm\n8", "=m8="};
    uint8_t out[16];
    char text[16];
    size_t len;

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK(lgs_base64_decode(lgs_cstr(cases[i].text), out, &len) && len == cases[i].len &&
              memcmp(out, cases[i].bytes, len) == 0);
        lgs_base64_encode((const uint8_t *)cases[i].bytes, cases[i].len, text);
        CHECK_STR(lgs_str(text, LGS_BASE64_LEN(cases[i].len)), cases[i].text);
    }
    for (size_t i = 0; i < LGS_N(bad); i++) {
        CHECK(!lgs_base64_decode(lgs_cstr(bad[i]), out, &len));
    }
}

int main(void)
{
    RUN(plain_base64);
    RUN(vectors_of_the_rfcs);
    RUN(every_byte_outside_the_alphabet_is_refused_at_every_place);
    RUN(second_spellings_are_refused);
    RUN(all_lengths_go_there_and_back_without_a_byte_more);
    RUN(no_memory_is_said);
    return DONE();
}
