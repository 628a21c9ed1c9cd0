/*
 * What mappings over EDI do not evaluate, and what they look for once: values without their
 * segments or elements, segments that several paths lead to.
 */
#include "edi.h"

#include "../../../ngx_logistics_module/mapping/internal.h"

/* Values of a loop without PER: what reads nothing else is null, what says more is not. */
TEST(what_lacks_its_segments_is_null)
{
    static const struct {
        const char *value, *want;
    } rows[] = {
        {"['PER/02','PER/04']", ""},
        {"['PER/02','c']", "['c']"},
        {"['PER/02','N1/04']", "['1']"},
        {"{'first_of':['PER/02','G61/02']}", ""},
        {"{'first_of':['PER/02',{'const':'c'}]}", "'c'"},
        {"{'first_of':['PER/02','^/B10/03']}", "'SCAC'"},
        {"{'concat':['c','PER/02']}", ""},
        {"{'concat':['PER/02','N1/02']}", "'Shipper'"},
        {"{'concat':['c','PER/02'],'default':'d'}", "'d'"},
        {"{'join':{'for_each':'PER','value':{'path':'02'}},'default':'d'}", "'d'"},
        {"{'lookup':{'codes':{'x|*':'y'},'else':'null'},'key':[{'const':'x'},'PER/02']}", "'y'"},
        {"{'lookup':{'codes':{'x':'y'},'else':'null'},'key':'PER/02','default':'d'}", "'d'"},
        {"{'number':'PER/02','default':'0'}", "'0'"},
        {"{'const':1,'when':{'exists':'PER'}}", ""},
        {"{'const':1,'when':{'exists':'N4'}}", "1"},
        {"{'a':'PER/02','b':['PER/04'],'c':'x'}", ""},
        {"{'a':'PER/02','b':{'const':1,'default':2}}", "{'b':1}"},
        {"{'a':'PER/02','b':{'path':'PER/04','default':2}}", "{'b':2}"},
        {"{'a':'PER/02','b':'N4/02'}", "{'b':'VT'}"},
        {"{'a':'PER/02','b':'$index'}", "{'b':0}"},
        {"{'then':{'a':'N4/02'},'when':{'exists':'PER'},'else':'e'}", "'e'"},
        {"{'then':{'a':'N4/02'},'when':{'exists':'PER'}}", ""},
        {"{'then':{'a':'N4/02'},'when':{'not':{'exists':'PER'}}}", "{'a':'VT'}"},
        {"{'then':'t','when':{'any':[{'exists':'PER'},{'eq':['G61/01','x']}]}}", ""},
        {"{'then':'t','when':{'any':[{'exists':'PER'},{'exists':'N4'}]}}", "'t'"},
        {"{'then':'t','when':{'any':[{'exists':'PER'},{'exists':'^/B10'}]}}", "'t'"},
        {"{'then':'t','when':{'all':[{'in':['PER/01',['x']]},{'exists':'N4'}]}}", ""},
        {"{'then':'t','when':{'all':[{'exists':'N4'},{'not':{'gt':['PER/01','1']}}]}}", "'t'"},
        {"{'a':{'for_each':'PER','value':{'path':'02'}},'b':{'for_each':'G61','x':'01'}}", ""},
        {"{'a':{'for_each':'PER','value':{'path':'02'}},'b':{'for_each':'N4','x':'N4/02'}}",
         "{'b':[{'x':'VT'}]}"},
        {"{'for_each':'N4','value':{'a':'PER/01','b':'^/N1/02'}}", "[{'b':'Shipper'}]"},
        {"{'a':{'path':'5'},'b':{'path':'6/0'}}", ""},
        {"{'a':{'path':'5'},'b':{'path':'02'}}", "{'b':'Shipper'}"},
        {"{'a':{'path':'5'},'b':'N4/02'}", "{'b':'VT'}"},
        {"{'a':{'path':'5'},'b':{'path':'6','default':'d'}}", "{'b':'d'}"},
    };

    for (size_t i = 0; i < LGS_N(rows); i++) {
        char emit[512], record[128];

        snprintf(emit, sizeof(emit),
                 "{'for_each':{'loop':'N1','first':true},'emit':[{'k':1,'v':%s}]}", rows[i].value);
        snprintf(record, sizeof(record), rows[i].want[0] ? "{'k':1,'v':%s}" : "{'k':1}",
                 rows[i].want);
        check_emit("'format':'edi'", emit, x12, record);
    }
}

/* What `value` in a for_each needs: "t": segments, "e": elements, of which scope. */
static void check_needs(const char *value, const char *want)
{
    test_t t = test_begin();
    char mapping[1024], got[16] = "";

    snprintf(mapping, sizeof(mapping),
             "{'mapping':'m','input':{'format':'edi'},'lookup':{'l':{'codes':{'a':'b'},'else':"
             "'warn'}},'emit':[{'for_each':'N1','emit':[{'k':1,'v':%s}]}]}",
             value);
    CHECK(test_compile(&t, mapping));
    if (t.mapping) {
        const lgs_expr_t *record = t.mapping->top.blocks[0].blocks[0].record;
        lgs_needs_t needs = record->u.object->fields[1].value->needs;

        CHECK(record->needs.tags == 0 && record->needs.elements == 0);
        snprintf(got, sizeof(got), "%s%s", needs.tags ? "t" : "", needs.elements ? "e" : "");
        if (got[0]) {
            snprintf(got + 1, sizeof(got) - 1, "%u", needs.scope);
        }
    }
    CHECK_STR(lgs_cstr(got), want);
    unit_show(&t.errs);
    test_end(&t);
}

/* What may have something to tell, or a value all the same, is evaluated. */
TEST(needs_of_values)
{
    static const struct {
        const char *value, *want;
    } rows[] = {
        {"'PER/02'", "t0"},
        {"'^/PER/02'", "t1"},
        {"{'path':'02'}", "e0"},
        {"{'path':'$/message/control'}", ""},
        {"{'a':'PER/02','b':{'c':'N4/01','d':'x'}}", "t0"},
        {"{'a':'PER/02','b':'^/N4/01'}", ""},
        {"{'a':'PER/02','b':{'path':'02'}}", ""},
        {"{'a':{'path':'3'},'b':[{'upper':'5/0'}]}", "e0"},
        {"{'a':'PER/02','b':'$received_at'}", ""},
        {"{'a':'PER/02','b':{'lookup':'l','key':'N4/01'}}", "t0"},
        {"{'a':'PER/02','b':{'lookup':'l','key':'N4/01','default':'d'}}", ""},
        {"{'a':'PER/02','b':{'count':'N4'}}", ""},
        {"{'a':'PER/02','b':{'hash':'N4/01'}}", ""},
        {"{'object':{'a':'PER/02'}}", "t0"},
        {"{'a':'x','b':'y'}", ""},
        {"{'for_each':'PER','a':'x'}", "t0"},
        {"{'when':{'exists':'PER'},'a':'$received_at'}", "t0"},
        {"{'then':'x','when':{'exists':'PER'},'else':'y'}", ""},
        {"{'const':'x','when':{'exists':'PER'},'default':'y'}", ""},
        {"{'path':'N4/01','when':{'exists':'PER'}}", "t0"},
        {"{'path':'N4/01','when':{'not':{'exists':'PER'}}}", ""},
        {"{'path':'N4/01','when':{'eq':['PER/01','x']}}", "t0"},
        {"{'path':'N4/01','when':{'eq':['PER/01',{'lookup':'l','key':'N4/02'}]}}", ""},
        {"{'path':'N4/01','when':{'all':[{'exists':'PER'},{'exists':'$received_at'}]}}", "t0"},
        {"{'path':'N4/01','when':{'all':[{'exists':{'lookup':'l','key':'^/B10/01'}},"
         "{'exists':'PER'}]}}",
         "t1"},
        {"{'path':'N4/01','when':{'any':[{'exists':'PER'},{'matches':['G61/01','x']}]}}", "t0"},
        {"{'path':'N4/01','when':{'any':[{'exists':'PER'},{'exists':'$received_at'}]}}", ""},
    };

    for (size_t i = 0; i < LGS_N(rows); i++) {
        check_needs(rows[i].value, rows[i].want);
    }
}

/* Paths to one segment share a place; another scope, tag or test has its own. */
static uint32_t count_found(const char *fields)
{
    test_t t = test_begin();
    char mapping[1024];
    uint32_t n;

    snprintf(mapping, sizeof(mapping),
             "{'mapping':'m','input':{'format':'edi'},'emit':[{'for_each':'N1','emit':[{%s}]}]}",
             fields);
    n = test_compile(&t, mapping) ? t.mapping->n_found : UINT32_MAX;
    unit_show(&t.errs);
    test_end(&t);
    return n;
}

TEST(paths_to_one_segment_share_a_place)
{
    CHECK_INT(count_found("'a':'N1/01','b':'N1/02','c':'N1/02/01'"), 1);
    CHECK_INT(count_found("'a':'N1/01','b':'N4/02'"), 2);
    CHECK_INT(count_found("'a':'N1/01','b':'^/N1/01'"), 2);
    CHECK_INT(count_found("'a':'N1/01','b':{'path':'01'},'c':{'path':'02'}"), 2);
    CHECK_INT(count_found("'a':'N1[01=SH]/01','b':'N1[01=SH]/02'"), 1);
    CHECK_INT(count_found("'a':'N1/01','b':'N1[01=SH]/01','c':'N1[01=ST]/01'"), 3);
    CHECK_INT(count_found("'a':'N1[01=SH]/01','b':'N1[02=SH]/01','c':'N1[01/01=SH]/01'"), 3);
    CHECK_INT(count_found("'a':'N1[01=SH]/01','b':'N1[01=SH|ST]/01','c':'N1[01=SH,02=A]/01'"), 3);
    CHECK_INT(count_found("'a':'N1[01=SH]','b':'$/message/control','c':'^/HL{O}/HL/01'"), 0);
}

/* What was found in one item is not what stands in the next, or in the one around it. */
TEST(segments_are_found_in_each_item)
{
    check_emit("'format':'edi'",
               "{'for_each':'LX','emit':[{'for_each':'AT7','c':'AT7/01','d':'AT7/05','p':'MS1/01',"
               "'e':'MS2/01','lx':'^/LX/01','b':'^^/B10/01','s':'^^/N1[01=ST]/02','f':'^/AT7/01',"
               "'p2':'MS1/02','in':{'for_each':'MS1','value':['MS1/01',{'path':'02'},'AT7/01']}}]}",
               x12,
               "{'c':'AF','d':'20260314','p':'BRATTLEBORO','e':'SCAC','lx':'1','b':'PRO1','s':"
               "'Receiver','f':'AF','p2':'VT','in':[['BRATTLEBORO','VT']]}\n"
               "{'c':'X3','d':'20260314','p':'KEENE','lx':'1','b':'PRO1','s':'Receiver','f':'AF',"
               "'p2':'NH','in':[['KEENE','NH']]}\n"
               "{'c':'X1','d':'20260315','p':'RUMFORD','lx':'2','b':'PRO1','s':'Receiver','f':'X1',"
               "'p2':'ME','in':[['RUMFORD','ME']]}");
}

/* So many segments are kept; those beyond are looked for each time. */
TEST(sixty_four_segments_are_kept)
{
    for (uint32_t n = LGS_MAPPING_MAX_FOUND; n <= LGS_MAPPING_MAX_FOUND + 1; n++) {
        test_t t = test_begin();
        char mapping[2048];
        size_t len;

        len = (size_t)snprintf(mapping, sizeof(mapping),
                               "{'mapping':'m','input':{'format':'edi'},'emit':[{'v':[");
        for (uint32_t i = 1; i < n; i++) {
            len += (size_t)snprintf(mapping + len, sizeof(mapping) - len, "'Z%c%c/01',",
                                    'A' + (char)(i / 26), 'A' + (char)(i % 26));
        }
        snprintf(mapping + len, sizeof(mapping) - len, "'MS2/01','MS2/02']}]}");
        CHECK_JSON(test_run_input(&t, mapping, x12), "{'v':['SCAC','53']}");
        CHECK_INT(t.mapping->n_found, LGS_MAPPING_MAX_FOUND);
        unit_show(&t.errs);
        test_end(&t);
    }
}

/* A loop goes on behind what ends an item, with what is looked for there. */
TEST(loops_go_on_behind_their_items)
{
    check("{'for_each':{'loop':'N1','ends':['N4']},'value':[{'path':'01'},'N4/01']}", x12,
          "[['SH'],['ST']]");
    check("{'for_each':{'loop':'N1','ends':['REF'],'until':['LX']},'value':'N4/01'}", x12,
          "['BRATTLEBORO','RUMFORD']");
    check("{'for_each':{'loop':'N4','until':['N1']},'value':{'path':'01'}}", x12, "");
    check("{'for_each':{'loop':'AT7','until':['MS2']},'value':{'path':'01'}}", x12, "['AF']");
}

int main(void)
{
    RUN(what_lacks_its_segments_is_null);
    RUN(needs_of_values);
    RUN(paths_to_one_segment_share_a_place);
    RUN(segments_are_found_in_each_item);
    RUN(sixty_four_segments_are_kept);
    RUN(loops_go_on_behind_their_items);
    return DONE();
}
