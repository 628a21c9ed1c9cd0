#include "../../../ngx_logistics_module/formats/problem.h"
#include "../unit.h"

static lgs_arena_t *arena;

static lgs_str_t written(const lgs_problem_t *problem)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_problem_write(&buf, problem);
    return lgs_buf_text(&buf);
}

TEST(every_kind_is_complete_and_its_slug_its_own)
{
    for (unsigned kind = LGS_PROBLEM_NONE; kind < LGS_N_PROBLEMS; kind++) {
        const lgs_problem_info_t *info = lgs_problem_info((lgs_problem_kind_t)kind);

        CHECK(info->status >= 200 && info->status <= 504 && info->title && info->type);
        CHECK(info->slug &&
              strcmp(info->type + strlen(info->type) - strlen(info->slug), info->slug) == 0);
        CHECK(strncmp(info->type, "https://", 8) == 0);
        for (unsigned other = 0; other < kind; other++) {
            CHECK(strcmp(info->slug, lgs_problem_info((lgs_problem_kind_t)other)->slug) != 0);
        }
    }
    CHECK_INT(lgs_problem_info(LGS_N_PROBLEMS)->status, 500);
    CHECK(lgs_problem_info(LGS_PROBLEM_RATE)->status == 429 &&
          lgs_problem_info(LGS_PROBLEM_RATE)->retryable);
    CHECK(lgs_problem_info(LGS_PROBLEM_INVALID)->status == 422 &&
          !lgs_problem_info(LGS_PROBLEM_INVALID)->retryable);
}

TEST(a_document_with_all_its_members)
{
    lgs_errs_t errs;
    lgs_err_t *err;
    lgs_problem_t problem = {
        .kind = LGS_PROBLEM_INVALID,
        .correlation_id = LGS_STR("abc-1"),
        .revision = LGS_STR("9f8e7d"),
        .partner = LGS_STR("acme-express"),
        .errs = &errs,
        .extra = LGS_STR("\"records\":[]"),
    };

    lgs_errs_init(&errs, arena, 5);
    err = lgs_errs_add(&errs, "type", (lgs_pos_t){.line = 3, .column = 14},
                       "\"weight\" is no number");
    err->pointer = LGS_STR("/shipments/0/weight");
    err->schema = LGS_STR("/properties/weight/type");
    err = lgs_errs_add(&errs, "required", (lgs_pos_t){.segment = 4, .element = 2, .component = 1},
                       "\"id\" is missing");
    err->schema = LGS_STR("/required");
    err->record = 0;
    CHECK_STR(written(&problem),
              "{\"type\":\"https://ngx-logistics.dev/problems/schema-invalid\","
              "\"title\":\"The message does not follow its schema\",\"status\":422,"
              "\"detail\":\"\\\"weight\\\" is no number\",\"instance\":\"urn:ngx-logistics:abc-1\","
              "\"correlation_id\":\"abc-1\",\"policy_revision\":\"9f8e7d\","
              "\"partner\":\"acme-express\",\"retryable\":false,\"errors\":["
              "{\"code\":\"type\",\"detail\":\"\\\"weight\\\" is no number\","
              "\"pointer\":\"/shipments/0/weight\",\"line\":3,\"column\":14,"
              "\"schema\":\"/properties/weight/type\"},"
              "{\"code\":\"required\",\"detail\":\"\\\"id\\\" is missing\",\"pointer\":\"\","
              "\"segment\":4,\"element\":2,\"component\":1,\"schema\":\"/required\",\"record\":0}],"
              "\"records\":[]}");
}

TEST(detail_falls_back_to_the_title)
{
    lgs_problem_t problem = {.kind = LGS_PROBLEM_OVERLOADED};

    CHECK_STR(written(&problem),
              "{\"type\":\"https://iana.org/assignments/http-problem-types#"
              "temporary-reduced-capacity\",\"title\":\"The gateway takes no more at the moment\","
              "\"status\":503,\"detail\":\"The gateway takes no more at the moment\","
              "\"retryable\":true}");
    problem.detail = LGS_STR("20 requests are in flight");
    CHECK(strstr(written(&problem).data, "\"detail\":\"20 requests are in flight\"") != NULL);
}

TEST(errors_are_limited_and_the_rest_counted)
{
    for (uint32_t n = LGS_MAX_ERRORS - 1; n <= LGS_MAX_ERRORS + 3; n++) {
        lgs_errs_t errs;
        lgs_problem_t problem = {.kind = LGS_PROBLEM_INVALID, .errs = &errs};
        lgs_doc_t doc;
        const lgs_node_t *list;
        int64_t more = 0;

        lgs_errs_init(&errs, arena, LGS_MAX_ERRORS + 2); /* one kind more than may be written */
        for (uint32_t i = 0; i < n; i++) {
            lgs_errs_add(&errs, "type", (lgs_pos_t){0}, "error %u", i);
        }
        CHECK(lgs_json_read(arena, written(&problem), NULL, &doc, NULL) == LGS_OK);
        list = lgs_node_at(&doc.root, "errors");
        CHECK(list && list->n == (n < LGS_MAX_ERRORS ? n : LGS_MAX_ERRORS));
        CHECK(lgs_node_int(lgs_node_at(&doc.root, "more"), &more) == (n > LGS_MAX_ERRORS));
        CHECK_INT(more, n > LGS_MAX_ERRORS ? n - LGS_MAX_ERRORS : 0);
    }
}

TEST(places_in_policy_files_are_not_told)
{
    lgs_errs_t errs;
    lgs_problem_t problem = {.kind = LGS_PROBLEM_UNTRANSLATABLE, .errs = &errs};

    lgs_errs_init(&errs, arena, 2);
    lgs_errs_add(&errs, "mapping", (lgs_pos_t){.line = 7}, "no such path")->file = LGS_STR(
        "mappings/dhl.yaml");
    CHECK(strstr(written(&problem).data, "dhl.yaml") == NULL);
    CHECK(strstr(written(&problem).data, "line") == NULL);
}

TEST(no_memory_marks_the_buffer)
{
    lgs_problem_t problem = {.kind = LGS_PROBLEM_RATE, .correlation_id = LGS_STR("abc")};
    size_t whole = written(&problem).len;

    for (size_t ceiling = 1; ceiling <= whole; ceiling++) {
        lgs_buf_t buf;

        lgs_buf_init(&buf, arena, 0, ceiling);
        lgs_problem_write(&buf, &problem);
        CHECK(buf.failed == (ceiling < whole));
    }
}

TEST(out_of_memory_is_told_without_memory)
{
    lgs_errs_t errs;
    lgs_problem_t problem = {.kind = LGS_PROBLEM_TOO_LARGE, .errs = &errs};
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 2);
    (void)lgs_errs_nomem(&errs);
    CHECK(lgs_json_read(arena, written(&problem), NULL, &doc, NULL) == LGS_OK);
    CHECK_STR(lgs_node_text(lgs_node_pointer(&doc.root, LGS_STR("/errors/0/code"))),
              "out-of-memory");
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(every_kind_is_complete_and_its_slug_its_own);
    RUN(a_document_with_all_its_members);
    RUN(detail_falls_back_to_the_title);
    RUN(errors_are_limited_and_the_rest_counted);
    RUN(places_in_policy_files_are_not_told);
    RUN(no_memory_marks_the_buffer);
    RUN(out_of_memory_is_told_without_memory);
    lgs_arena_destroy(arena);
    return DONE();
}
