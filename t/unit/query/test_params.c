#include "../unit.h"
#include "../../../ngx_logistics_module/query/query.h"

static lgs_arena_t *arena;
static lgs_errs_t errs;
static lgs_query_args_t args;

static lgs_query_param_t params[] = {
    {.name = LGS_STR_INIT("ref"),
     .in_path = true,
     .is_required = true,
     .max_bytes = 8,
     .max_values = 1},
    {.name = LGS_STR_INIT("sku"), .max_bytes = 8, .max_values = 3},
    {.name = LGS_STR_INIT("n"), .type = LGS_PARAM_INTEGER, .max_bytes = 16, .max_values = 2},
    {.name = LGS_STR_INIT("on"), .type = LGS_PARAM_DATE, .max_bytes = 32, .max_values = 1},
    {.name = LGS_STR_INIT("since"), .type = LGS_PARAM_TIME, .max_bytes = 64, .max_values = 1},
    {.name = LGS_STR_INIT("open"), .type = LGS_PARAM_BOOLEAN, .max_bytes = 8, .max_values = 1},
};
static lgs_query_t query = {.name = LGS_STR_INIT("q"),
                            .params = params,
                            .n_params = LGS_N(params),
                            .is_list = true,
                            .page = 50,
                            .max_page = 200};

static lgs_rc_t read_with(const char *string, const char *ref, size_t ceiling)
{
    const lgs_str_t name = LGS_STR("ref"), value = lgs_cstr(ref);

    lgs_arena_destroy(arena);
    arena = lgs_arena_create(0, ceiling);
    lgs_errs_init(&errs, arena, 20);
    return lgs_query_read_args(&query, arena, &name, &value, ref ? 1 : 0, lgs_cstr(string), &args,
                               &errs);
}

static lgs_rc_t read(const char *string)
{
    return read_with(string, "S1", 0);
}

/* The code of the only error. */
static const char *refused(const char *string)
{
    lgs_rc_t rc = read(string);

    if (rc != LGS_INVALID || errs.n != 1) {
        printf("# %s: rc %d, %u errors\n", string, rc, errs.n);
        unit_show(&errs);
        return "none, or more than one";
    }
    return errs.first->code;
}

#define CHECK_REFUSED(string, code) CHECK_STR(lgs_cstr(refused(string)), code)

TEST(values_are_decoded_and_split)
{
    CHECK_INT(read("sku=a%20b,c+d,%C3%BC&limit=7&open=true"), LGS_OK);
    CHECK_INT(args.values[1].n, 3);
    CHECK_STR(args.values[1].values[0], "a b");
    CHECK_STR(args.values[1].values[1], "c d");
    CHECK_STR(args.values[1].values[2], "\xc3\xbc");
    CHECK_INT(args.limit, 7);
    CHECK_STR(args.values[0].values[0], "S1");
    CHECK_INT(args.values[2].n, 0);
    CHECK_INT(read("&&sku=a&"), LGS_OK);
    CHECK_INT(args.limit, 50);
    CHECK_INT(read(""), LGS_OK);
    CHECK_INT(read("cursor=abc"), LGS_OK);
    CHECK_STR(args.cursor, "abc");
}

TEST(types)
{
    CHECK_INT(read("n=0,2147483647&on=2026-02-28&since=2026-11-21T14:05:00%2B01:00&open=false"),
              LGS_OK);
    CHECK_REFUSED("n=2147483648", "parameter-value");
    CHECK_REFUSED("n=-1", "parameter-value");
    CHECK_REFUSED("n=01", "parameter-value");
    CHECK_REFUSED("n=1.0", "parameter-value");
    CHECK_REFUSED("n=99999999999", "parameter-value");
    CHECK_REFUSED("on=2026-02-30", "parameter-value");
    CHECK_REFUSED("on=2026-02-28T00:00:00Z", "parameter-value");
    CHECK_REFUSED("since=2026-11-21T14:05:00", "parameter-value");
    CHECK_REFUSED("since=2026-11-21T14:05:00+01:00", "parameter-value"); /* the + is a blank */
    CHECK_REFUSED("open=yes", "parameter-value");
}

TEST(limits_at_and_past)
{
    CHECK_INT(read("sku=12345678"), LGS_OK);
    CHECK_REFUSED("sku=123456789", "parameter-value");
    CHECK_INT(read("sku=a,b,c"), LGS_OK);
    CHECK_REFUSED("sku=a,b,c,d", "parameter-value");
    CHECK_INT(read("limit=200"), LGS_OK);
    CHECK_REFUSED("limit=201", "parameter-value");
    CHECK_REFUSED("limit=0", "parameter-value");
    CHECK_REFUSED("limit=", "parameter-value");
    CHECK_REFUSED("limit=99999999999999999999", "parameter-value");
    CHECK_INT(read_with("", "12345678", 0), LGS_OK);
    CHECK_INT(read_with("", "123456789", 0), LGS_INVALID);
}

TEST(the_query_string_has_a_limit)
{
    char string[LGS_QUERY_MAX_STRING + 2];

    memset(string, '&', sizeof(string));
    string[LGS_QUERY_MAX_STRING] = '\0';
    CHECK_INT(read(string), LGS_OK);
    string[LGS_QUERY_MAX_STRING] = '&';
    string[LGS_QUERY_MAX_STRING + 1] = '\0';
    CHECK_REFUSED(string, "query");
}

TEST(what_is_no_query)
{
    CHECK_REFUSED("sku=%", "query");
    CHECK_REFUSED("sku=%4", "query");
    CHECK_REFUSED("sku=%4g", "query");
    CHECK_REFUSED("sku=%ff", "query");
    CHECK_REFUSED("%ff=a", "query");
    CHECK_REFUSED("sku=a%00", "parameter-value");
    CHECK_REFUSED("sku=a%7f", "parameter-value");
    CHECK_REFUSED("sku=a,,b", "parameter-value");
    CHECK_REFUSED("sku", "parameter-value");
}

TEST(names)
{
    CHECK_REFUSED("skus=a", "parameter-unknown");
    CHECK_STR(errs.first->text, "there is no parameter \"skus\" here; did you mean \"sku\"?");
    CHECK_REFUSED("ref=S2", "parameter-unknown"); /* it stands in the path */
    CHECK_REFUSED("SKU=a", "parameter-unknown");
    CHECK_REFUSED("sku[]=a", "parameter-unknown");
    CHECK_REFUSED("sku=a&sku=b", "parameter-twice");
    CHECK_REFUSED("limit=1&limit=1", "parameter-twice");
    CHECK_REFUSED("cursor=a&cursor=b", "parameter-twice");
    CHECK_INT(read_with("", NULL, 0), LGS_INVALID);
    CHECK_STR(lgs_cstr(errs.first->code), "parameter-missing");
    CHECK_INT(read("a=1&b=2&limit=0"), LGS_INVALID);
    CHECK_INT(errs.n, 3);
}

TEST(missing_memory_is_an_error)
{
    bool fitted = false;

    for (size_t ceiling = 1; ceiling < 65536 && !fitted; ceiling += ceiling / 8 + 1) {
        lgs_rc_t rc = read_with("sku=a,b&n=1&open=true&limit=3", "S1", ceiling);

        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
        fitted = rc == LGS_OK;
    }
    CHECK(fitted);
}

int main(void)
{
    RUN(values_are_decoded_and_split);
    RUN(types);
    RUN(limits_at_and_past);
    RUN(the_query_string_has_a_limit);
    RUN(what_is_no_query);
    RUN(names);
    RUN(missing_memory_is_an_error);
    lgs_arena_destroy(arena);
    return DONE();
}
