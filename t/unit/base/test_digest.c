#include "../../../ngx_logistics_module/base/digest.h"
#include "../unit.h"

static const char *hex_of(const uint8_t digest[LGS_SHA256_LEN])
{
    static char text[LGS_SHA256_HEX + 1];

    lgs_hex(digest, LGS_SHA256_LEN, text);
    return text;
}

/* FIPS 180-4 examples */
TEST(vectors_of_fips_180)
{
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    uint8_t digest[LGS_SHA256_LEN];
    char *million = malloc(1000000);

    for (size_t i = 0; i < LGS_N(cases); i++) {
        CHECK(lgs_sha256(lgs_cstr(cases[i].text), digest));
        CHECK(strcmp(hex_of(digest), cases[i].digest) == 0);
    }
    memset(million, 'a', 1000000);
    CHECK(lgs_sha256(lgs_str(million, 1000000), digest));
    CHECK(strcmp(hex_of(digest),
                 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0") == 0);
    free(million);
    CHECK(lgs_sha256((lgs_str_t){NULL, 0}, digest));
    CHECK(strcmp(hex_of(digest), cases[0].digest) == 0);
}

TEST(parts_are_kept_apart)
{
    lgs_str_t a[] = {LGS_STR("ab"), LGS_STR("c")}, b[] = {LGS_STR("a"), LGS_STR("bc")};
    lgs_str_t c[] = {LGS_STR("abc"), LGS_STR("")}, d[] = {LGS_STR("abc")};
    uint8_t digests[4][LGS_SHA256_LEN];

    CHECK(lgs_sha256_parts(a, 2, digests[0]) && lgs_sha256_parts(b, 2, digests[1]) &&
          lgs_sha256_parts(c, 2, digests[2]) && lgs_sha256_parts(d, 1, digests[3]));
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < i; j++) {
            CHECK(memcmp(digests[i], digests[j], LGS_SHA256_LEN) != 0);
        }
    }
}

/* Short ones are gathered in a room of 512 bytes: at its edges, and past them. */
TEST(parts_of_any_length_follow_each_other)
{
    static const size_t lengths[] = {0, 1, 240, 247, 248, 249, 255, 256, 503, 504, 505, 512, 2000};
    static char text[2000], whole[3 * (8 + sizeof(text))];
    uint8_t digest[LGS_SHA256_LEN], want[LGS_SHA256_LEN];

    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < LGS_N(lengths) * LGS_N(lengths) * LGS_N(lengths); i++) {
        lgs_str_t parts[] = {lgs_str(text, lengths[i % LGS_N(lengths)]),
                             lgs_str(text, lengths[i / LGS_N(lengths) % LGS_N(lengths)]),
                             lgs_str(text, lengths[i / LGS_N(lengths) / LGS_N(lengths)])};
        size_t len = 0;

        for (size_t n = 0; n < LGS_N(parts); n++) {
            memset(whole + len, 0, 6);
            whole[len + 6] = (char)(parts[n].len >> 8);
            whole[len + 7] = (char)(parts[n].len & 0xff);
            memcpy(whole + len + 8, text, parts[n].len);
            len += 8 + parts[n].len;
        }
        CHECK(lgs_sha256_parts(parts, LGS_N(parts), digest));
        CHECK(lgs_sha256(lgs_str(whole, len), want));
        CHECK(memcmp(digest, want, sizeof(want)) == 0);
    }
}

/* Ids in Odoo depend on it: this value may never change. sha256(u64be(2) "ab" u64be(1) "c") */
TEST(parts_digest_is_a_fixed_one)
{
    lgs_str_t parts[] = {LGS_STR("ab"), LGS_STR("c")};
    uint8_t digest[LGS_SHA256_LEN], whole[LGS_SHA256_LEN];

    CHECK(lgs_sha256_parts(parts, 2, digest));
    CHECK(lgs_sha256(lgs_str("\0\0\0\0\0\0\0\2ab\0\0\0\0\0\0\0\1c", 19), whole));
    CHECK(memcmp(digest, whole, sizeof(whole)) == 0);
}

TEST(hex_is_lower_case)
{
    char text[5] = "";

    lgs_hex((const uint8_t *)"\x0f\xa0", 2, text);
    CHECK(strcmp(text, "0fa0") == 0);
}

/* HMAC over length and text of each part, computed with Python's hmac. */
TEST(hmac_of_parts)
{
    lgs_str_t parts[] = {LGS_STR("ab"), LGS_STR("c")};
    char key[200];
    uint8_t digest[LGS_SHA256_LEN], other[LGS_SHA256_LEN];

    CHECK(lgs_hmac_sha256_parts(LGS_STR("key"), parts, 2, digest));
    CHECK(strcmp(hex_of(digest),
                 "6792a685701881d31208bf28ad5cbe35d0ea5cc4f15c4689af94fe1602c421e3") == 0);
    memset(key, 'k', sizeof(key));
    CHECK(lgs_hmac_sha256_parts(lgs_str(key, sizeof(key)), parts, 2, other));
    CHECK(strcmp(hex_of(other),
                 "0ef8748767d91962c03c0bbc0ffda7037b9c01d88da416ca86bd4fa9e66cbfb9") == 0);
    CHECK(!lgs_digest_equal(digest, other, sizeof(digest)));
    CHECK(lgs_digest_equal(digest, digest, sizeof(digest)));
}

/* RFC 4231, test cases 1, 2 and 6: short and long keys */
TEST(hmac_of_joined_parts)
{
    char aa[131];
    const struct {
        lgs_str_t key, parts[3];
        const char *digest;
    } cases[] = {
        {LGS_STR_INIT("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                      "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
         {LGS_STR_INIT("Hi"), LGS_STR_INIT(" "), LGS_STR_INIT("There")},
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {LGS_STR_INIT("Jefe"),
         {LGS_STR_INIT("what do ya want for nothing?"), {NULL, 0}, LGS_STR_INIT("")},
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {{aa, sizeof(aa)},
         {LGS_STR_INIT("Test Using Larger Than Block-Size Key"), LGS_STR_INIT(" - Hash Key"),
          LGS_STR_INIT(" First")},
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };

    memset(aa, 0xaa, sizeof(aa));
    for (size_t i = 0; i < LGS_N(cases); i++) {
        uint8_t digest[LGS_SHA256_LEN];

        CHECK(lgs_hmac_sha256_joined(cases[i].key, cases[i].parts, 3, digest));
        CHECK_STR(lgs_str(hex_of(digest), LGS_SHA256_HEX), cases[i].digest);
    }
}

int main(void)
{
    RUN(hmac_of_joined_parts);
    RUN(hmac_of_parts);
    RUN(vectors_of_fips_180);
    RUN(parts_are_kept_apart);
    RUN(parts_of_any_length_follow_each_other);
    RUN(parts_digest_is_a_fixed_one);
    RUN(hex_is_lower_case);
    return DONE();
}
