#include "../unit.h"

#include "../../../ngx_logistics_module/odoo/paths.h"

static void check(const char *const *targets, size_t n, bool want)
{
    for (size_t i = 0; i < n; i++) {
        if (lgs_odoo_path_is_closed(lgs_cstr(targets[i])) != want) {
            unit_bad = 1;
            printf("# \"%s\" is %s\n", targets[i], want ? "open" : "closed");
        }
    }
}

TEST(closed_paths_and_what_is_below)
{
    static const char *const targets[] = {
        "/jsonrpc",
        "/jsonrpc/",
        "/jsonrpc/x",
        "/jsonrpc?db=prod",
        "/jsonrpc#x",
        "/xmlrpc",
        "/xmlrpc/2/object",
        "/json",
        "/json/1",
        "/json/2/res.partner/search",
        "/web/database",
        "/web/database/manager",
        "/web/database/selector?x",
    };

    check(targets, LGS_N(targets), true);
}

TEST(in_every_spelling)
{
    static const char *const targets[] = {
        "//jsonrpc",
        "///jsonrpc//",
        "/json%72pc",
        "/%6A%73%6f%6e%72%70%63",
        "/JsonRPC",
        "/%4ASONRPC",
        "/jsonrpc;x=1",
        "/jsonrpc%3bx",
        "/json%2F2%2fres.partner/read",
        "%2fjsonrpc",
        "/%2Fjsonrpc",
        "/web%2fdatabase%2Fmanager",
        "/web//database/list",
        "/json%2572pc",
        "/json%252572pc",
        "/json%25252F2/x",
        "/\\jsonrpc",
        "/web\\database",
        "/web%5Cdatabase",
        "jsonrpc",
    };

    check(targets, LGS_N(targets), true);
}

TEST(behind_a_language)
{
    static const char *const targets[] = {
        "/en/jsonrpc",     "/sr@latin/jsonrpc", "/fr_BE/web/database/manager",
        "/de//json/2/x/y", "/de%2fxmlrpc/2/db",
    };

    check(targets, LGS_N(targets), true);
}

TEST(dots)
{
    static const char *const targets[] = {
        "/./web/login",     "/web/../odoo", "/..",         "/.",        "/json/1/../../web",
        "/web/%2e%2E/x",    "/web/.%2e",    "/web/..;a/x", "/web/..\\", "/a/b/c/d/e/../f",
        "/web/%252e%252e/",
    };

    check(targets, LGS_N(targets), true);
}

TEST(open_paths)
{
    static const char *const targets[] = {
        "",
        "/",
        "//",
        "/?jsonrpc",
        "/odoo?next=/jsonrpc",
        "/web/login#/jsonrpc",
        "/web",
        "/web/databases",
        "/web/databas",
        "/database",
        "/webdatabase",
        "/web/content/database",
        "/web/image/json",
        "/jsonrpcx",
        "/json-editor",
        "/jso",
        "/my/home/jsonrpc",
        "/a/b/web/database",
        "/web/static/lib/...",
        "/web/.hidden",
        "/web/a..b",
        "/web/..a",
        "/100%",
        "/100%2",
        "/%zz",
        "/%",
        "/web/dataset/call_kw/res.partner/read",
    };

    check(targets, LGS_N(targets), false);
}

/* The answer never depends on what stands behind the text. */
TEST(reads_within_its_length)
{
    static const char text[] = "/json%72pc";
    char *copy;

    for (size_t n = 0; n < sizeof(text); n++) {
        bool want = n == sizeof("/json") - 1 || n == sizeof(text) - 1;

        copy = malloc(n ? n : 1);
        memcpy(copy, text, n);
        CHECK(lgs_odoo_path_is_closed(lgs_str(copy, n)) == want);
        free(copy);
    }
}

int main(void)
{
    RUN(closed_paths_and_what_is_below);
    RUN(in_every_spelling);
    RUN(behind_a_language);
    RUN(dots);
    RUN(open_paths);
    RUN(reads_within_its_length);
    return DONE();
}
