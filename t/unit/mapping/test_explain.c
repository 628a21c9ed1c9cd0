/* What made each value, and what was not read. */
#include "../../../ngx_logistics_module/mapping/explain.h"
#include "mapping.h"

/* "pointer=value<source|…" of each value, then "-pointer" of what was not read. */
static lgs_str_t explained(const char *mapping, const char *input)
{
    static char text[4096];
    test_t t = test_begin();
    lgs_explained_t out;
    lgs_buf_t buf;

    lgs_buf_init(&buf, t.arena, 0, 0);
    CHECK(test_compile(&t, mapping));
    CHECK(lgs_json_read(t.arena, test_json(&t, input), NULL, &t.doc, &t.errs) == LGS_OK);
    t.rc = lgs_mapping_explain(t.mapping, &t.doc, &t.facts, t.arena, &t.records, &t.warnings,
                               &t.errs, &out);
    for (uint32_t i = 0; i < out.n_origins; i++) {
        const lgs_origin_t *origin = &out.origins[i];

        lgs_buf_printf(&buf, "%s%u%.*s=", i ? " " : "", origin->record, LGS_FMT(origin->pointer));
        lgs_json_write(&buf, &origin->value);
        if (origin->has_source) {
            lgs_buf_printf(&buf, "<%.*s@%u", LGS_FMT(origin->source_pointer),
                           origin->source.column);
        }
        lgs_buf_printf(&buf, "|%.*s@%u", LGS_FMT(origin->rule_pointer), origin->rule.column);
    }
    for (uint32_t i = 0; i < out.n_leaves; i++) {
        if (!out.leaves[i].is_read) {
            lgs_buf_printf(&buf, " -%.*s", LGS_FMT(out.leaves[i].pointer));
        }
    }
    snprintf(text, sizeof(text), "%.*s", LGS_FMT(lgs_buf_text(&buf)));
    test_end(&t);
    return lgs_cstr(text);
}

TEST(each_value_has_a_source_and_a_rule)
{
    CHECK_JSON(explained("{'mapping':'m','emit':[{'a':'/x','b':{'upper':'/y'},'c':5}]}",
                         "{'x':1,'y':'z','n':null,'o':[2]}"),
               "0/a=1</x@6|/emit/0/a@29 0/b='Z'</y@12|/emit/0/b@38 0/c=5|/emit/0/c@57 -/o/0");
}

TEST(lists_and_objects_are_followed_to_their_values)
{
    CHECK_JSON(explained("{'mapping':'m','emit':[{'l':[{'for_each':'/l','t':'k','v':'/v'}]}]}",
                         "{'l':[{'v':1,'w':2},{'w':3}]}"),
               "0/l/0/t='k'|/emit/0/l/0/t@51 0/l/0/v=1</l/0/v@12|/emit/0/l/0/v@59 -/l/0/w -/l/1/w");
}

TEST(what_is_put_out_whole_is_used_whole)
{
    CHECK_JSON(explained("{'mapping':'m','emit':[{'all':'/o'}]}", "{'o':{'a':1,'b':[2]},'p':3}"),
               "0/all/a=1</o/a@11|/emit/0/all@31 0/all/b/0=2</o/b/0@18|/emit/0/all@31 -/p");
    /* a container that is only gone through is not used */
    CHECK_JSON(
        explained("{'mapping':'m','vars':{'o':'/o'},'emit':[{'a':'$o/a'}]}", "{'o':{'a':1,'b':2}}"),
        "0/a=1</o/a@11|/emit/0/a@47 -/o/b");
}

TEST(conditions_keys_and_ids_read_too)
{
    CHECK_JSON(explained("{'mapping':'m','emit':[{'when':{'eq':['/c',1]},'i':{'hash':['/h']},"
                         "'w':'/l[t=x]/v','k':{'lookup':{'1':'one'},'key':'/c'}}]}",
                         "{'c':1,'h':'x','l':[{'t':'x','v':5}],'u':7}"),
               "0/i='9b17db041cb6466c3e2f3446c28d349837f9c7dec973f32604fe9d9dfbc173a4'|/emit/0/"
               "i@52 0/w=5</l/0/v@34|/emit/0/w@72 0/k='one'</c@6|/emit/0/k@88 -/u");
}

TEST(facts_and_defaults_stand_in_no_document)
{
    CHECK_JSON(
        explained("{'mapping':'m','emit':[{'p':'$partner','d':{'path':'/n','default':'x'}}]}",
                  "{'x':1}"),
        "0/p='acme'|/emit/0/p@29 0/d='x'|/emit/0/d@44 -/x");
}

TEST(the_four_members_of_a_time_come_from_one_rule)
{
    CHECK_JSON(
        explained("{'mapping':'m','emit':[{'occurred':{'date':'/at','tz':'UTC'}}]}",
                  "{'at':'2019-08-10T08:54:00'}"),
        "0/occurred_at='2019-08-10T08:54:00Z'</at@7|/emit/0/occurred@36 "
        "0/local='2019-08-10T08:54:00'</at@7|/emit/0/occurred@36 "
        "0/tz='UTC'</at@7|/emit/0/occurred@36 0/tz_from='mapping'</at@7|/emit/0/occurred@36");
}

TEST(memory_can_run_out)
{
    unsigned failed = 0;
    bool done = false;

    for (size_t ceiling = 300; !done && ceiling < 400000; ceiling += ceiling / 30 + 40) {
        test_t t = test_begin();
        lgs_arena_t *arena = lgs_arena_create(256, ceiling);
        lgs_explained_t out;

        CHECK(test_compile(&t,
                           "{'mapping':'m','emit':[{'l':[{'for_each':'/l','v':'/v'}],'x':'/x'}]}"));
        CHECK(lgs_json_read(t.arena, test_json(&t, "{'l':[{'v':1},{'v':2}],'x':'y','z':1}"), NULL,
                            &t.doc, &t.errs) == LGS_OK);
        t.rc = lgs_mapping_explain(t.mapping, &t.doc, &t.facts, arena, &t.records, NULL, &t.errs,
                                   &out);
        CHECK(t.rc == LGS_OK || t.rc == LGS_NOMEM);
        failed += t.rc == LGS_NOMEM;
        done = t.rc == LGS_OK;
        lgs_arena_destroy(arena);
        test_end(&t);
    }
    CHECK(done && failed > 3);
}

int main(void)
{
    RUN(each_value_has_a_source_and_a_rule);
    RUN(lists_and_objects_are_followed_to_their_values);
    RUN(what_is_put_out_whole_is_used_whole);
    RUN(conditions_keys_and_ids_read_too);
    RUN(facts_and_defaults_stand_in_no_document);
    RUN(the_four_members_of_a_time_come_from_one_rule);
    RUN(memory_can_run_out);
    return DONE();
}
