#include "../../../ngx_logistics_module/base/rows.h"
#include "../unit.h"

static const struct {
    const char *name;
    int n;
} rows[] = {{"json", 1}, {"ndjson", 2}, {"csv", 3}};

TEST(a_row_is_found_by_its_whole_name)
{
    CHECK(lgs_rows_find(LGS_ROWS(rows), LGS_STR("json")) == &rows[0]);
    CHECK(lgs_rows_find(LGS_ROWS(rows), LGS_STR("csv")) == &rows[2]);
    CHECK(lgs_rows_find(LGS_ROWS(rows), LGS_STR("cs")) == NULL);
    CHECK(lgs_rows_find(LGS_ROWS(rows), LGS_STR("csvx")) == NULL);
    CHECK(lgs_rows_find(LGS_ROWS(rows), LGS_STR("")) == NULL);
}

TEST(names_are_listed_as_far_as_there_is_room)
{
    lgs_str_t names[3];

    CHECK_INT(lgs_rows_names(LGS_ROWS(rows), names, 3), 3);
    CHECK_STR(names[2], "csv");
    CHECK_INT(lgs_rows_names(LGS_ROWS(rows), names, 2), 2);
    CHECK_INT(lgs_rows_names(LGS_ROWS(rows), names, 0), 0);
}

int main(void)
{
    RUN(a_row_is_found_by_its_whole_name);
    RUN(names_are_listed_as_far_as_there_is_room);
    return DONE();
}
