/* Code lists and templates that no mapping uses: what is checked of them, within any memory. */
#include "mapping.h"

typedef bool (*check_t)(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_errs_t *errs);

static bool check_codes(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_errs_t *errs)
{
    static const lgs_mapping_env_t env;

    return lgs_mapping_check_codes(arena, doc, &env, errs);
}

static bool check_template(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_errs_t *errs)
{
    static const lgs_mapping_env_t env;

    return lgs_mapping_check_template(arena, doc, LGS_STR("t"), &env, errs);
}

static const struct {
    check_t check;
    const char *file, *finding; /* NULL: none */
} cases[] = {
    {check_codes,
     "{'codelist':'c','codes':{'A':1,'B|*':{'type':'x'}},'patterns':[{'match':'^[0-9]$','value':2}]"
     "}",
     NULL},
    {check_codes, "{'codelist':'c','codes':{'A':1},'patterns':[{'match':'(','value':2}]}",
     "missing closing parenthesis"},
    {check_template,
     "{'template':'t','params':['at'],'fields':{'city':'$at/city','when':{'date':'$at/d'}}}", NULL},
    {check_template,
     "{'template':'t','params':['at'],'items':[{'t':'x','v':'$at'},{'for_each':'$at/l','v':'.'}]}",
     NULL},
    {check_template,
     "{'template':'t','params':['at'],'value':{'date':'$at','formats':['CCYYMMDD']}}", NULL},
    {check_template, "{'template':'t','params':['at'],'value':{'first_of':['$at','ZZ']}}", NULL},
    {check_template, "{'template':'t','params':['at'],'fields':{'city':'$of/city'}}", "\"of\""},
    {check_template, "{'template':'t','params':['at'],'value':{'numbr':'$at'}}", "numbr"},
    {check_template, "{'template':'t','params':['at'],'fields':{'x':{'regex':'(','of':'$at'}}}",
     "parenthesis"},
};

static void read_case(test_t *t, size_t i, lgs_doc_t *doc)
{
    CHECK(lgs_json_read(t->arena, test_json(t, cases[i].file), NULL, doc, &t->errs) == LGS_OK);
    doc->file = LGS_STR("alone.yaml");
}

TEST(a_slip_is_found_though_nobody_uses_the_file)
{
    for (size_t i = 0; i < LGS_N(cases); i++) {
        test_t t = test_begin();
        lgs_doc_t doc;
        bool good;

        read_case(&t, i, &doc);
        good = cases[i].check(t.arena, &doc, &t.errs);
        CHECK_INT(good, cases[i].finding == NULL);
        CHECK_INT(good, t.errs.n == 0);
        if (cases[i].finding && t.errs.first) {
            lgs_str_t text = lgs_arena_printf(t.arena, "%.*s", LGS_FMT(t.errs.first->text));

            CHECK(strstr(text.data, cases[i].finding) != NULL);
            CHECK(t.errs.first->pos.line == 1);
        }
        if (good != (cases[i].finding == NULL)) {
            printf("# %s\n", cases[i].file);
            unit_show(&t.errs);
        }
        test_end(&t);
    }
}

TEST(memory_can_run_out_while_it_is_checked)
{
    for (size_t i = 0; i < LGS_N(cases); i++) {
        unsigned failed = 0;
        bool done = cases[i].finding != NULL;

        for (size_t ceiling = 300; !done && ceiling < 400000; ceiling += ceiling / 60 + 40) {
            test_t t = test_begin();
            lgs_arena_t *arena = lgs_arena_create(256, ceiling);
            lgs_doc_t doc;

            read_case(&t, i, &doc);
            done = cases[i].check(arena, &doc, &t.errs);
            CHECK(done == (t.errs.n == 0));
            failed += !done;
            lgs_arena_destroy(arena);
            test_end(&t);
        }
        CHECK(done && (cases[i].finding || failed > 3));
    }
}

int main(void)
{
    RUN(a_slip_is_found_though_nobody_uses_the_file);
    RUN(memory_can_run_out_while_it_is_checked);
    return DONE();
}
