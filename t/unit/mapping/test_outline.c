/* What a mapping can put out, without a document. */
#include "../../../ngx_logistics_module/mapping/outline.h"
#include "mapping.h"

/* The records, one a line. */
static lgs_str_t outline(const char *mapping)
{
    static char out[2048];
    test_t t = test_begin();
    lgs_node_t *records;
    lgs_buf_t buf;
    uint32_t n;

    lgs_buf_init(&buf, t.arena, 0, 0);
    if (!test_compile(&t, mapping) ||
        lgs_mapping_outline(t.mapping, t.arena, &records, &n) != LGS_OK) {
        unit_show(&t.errs);
        abort();
    }
    for (uint32_t i = 0; i < n; i++) {
        lgs_json_write(&buf, &records[i]);
        lgs_buf_byte(&buf, ';');
    }
    snprintf(out, sizeof(out), "%.*s", LGS_FMT(lgs_buf_text(&buf)));
    test_end(&t);
    return lgs_cstr(out);
}

TEST(constants_are_there_the_rest_is_null)
{
    CHECK_JSON(outline("{'mapping':'m','emit':[{'a':'x','b':'/b','c':{'d':1,'e':{'concat':['/x']}},"
                       "'f':{'object':{'date':'y','g':'/g'}},'h':{'const':'/i'}}]}"),
               "{'a':'x','b':null,'c':{'d':1,'e':null},'f':{'date':'y','g':null},'h':'/i'};");
    CHECK_JSON(outline("{'mapping':'m','emit':[{'a':['x','/y',{'for_each':'/l','t':'z','v':'/v'}],"
                       "'b':{'then':'/x','when':{'exists':'/x'},'else':'no'},"
                       "'c':{'then':'yes','when':{'exists':'/x'}},"
                       "'d':{'for_each':'/l','t':'z'}}]}"),
               "{'a':['x',null,{'t':'z','v':null}],'b':'no','c':'yes','d':[{'t':'z'}]};");
}

TEST(every_entry_is_a_record)
{
    CHECK_JSON(outline("{'mapping':'m','emit':[{'a':1},{'for_each':'/x','emit':[{'b':2},{'when':"
                       "{'exists':'/y'},'emit':[{'c':3}]}]},{'when':{'exists':'/z'},'refuse':'no'}]"
                       "}"),
               "{'a':1};{'b':2};{'c':3};");
}

TEST(templates_are_unfolded)
{
    CHECK_JSON(outline("{'mapping':'m','templates':{'t':{'params':['p','q'],'fields':{'x':'$p','y':"
                       "{'z':'$q'}}}},'emit':[{'include':'t','with':{'p':'one','q':'/two'},'w':1}]"
                       "}"),
               "{'w':1,'x':'one','y':{'z':null}};");
}

TEST(short_memory_is_told)
{
    test_t t = test_begin();
    unsigned short_ones = 0, good = 0;

    CHECK(test_compile(&t, "{'mapping':'m','emit':[{'a':{'b':['/x','y']}},{'c':1},{'d':2}]}"));
    for (size_t ceiling = 300; ceiling < 8192; ceiling += 40) {
        lgs_arena_t *arena = lgs_arena_create(256, ceiling);
        lgs_node_t *records;
        uint32_t n;
        lgs_rc_t rc = arena ? lgs_mapping_outline(t.mapping, arena, &records, &n) : LGS_NOMEM;

        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
        good += rc == LGS_OK && n == 3;
        short_ones += rc == LGS_NOMEM;
        lgs_arena_destroy(arena);
    }
    CHECK(good > 0 && short_ones > 0);
    test_end(&t);
}

int main(void)
{
    RUN(constants_are_there_the_rest_is_null);
    RUN(every_entry_is_a_record);
    RUN(templates_are_unfolded);
    RUN(short_memory_is_told);
    return DONE();
}
