/* Mappings over EDI: paths of segments and elements, loops, hierarchies, `input`. */
#include "edi.h"

#include "../../../ngx_logistics_module/formats/edi.h"
#include "../../../ngx_logistics_module/mapping/internal.h"

static const char asn[] = ISA
    "GS*SH*ACME*OURS*20260314*0930*12*X*004010~ST*856*0001~BSN*00*S1~HL*1**S~TD1*CTN*2~HL*2*1*O~"
    "PRF*PO1~HL*4*2*P~MAN*GM*CARTON1~HL*5*4*I~LIN**SK*SKU1~HL*6*4*I~LIN**SK*SKU2~HL*3*1*O~PRF*PO2~"
    "HL*7*3*I~LIN**SK*SKU3~CTT*7~SE*18*0001~" TAIL;

static const char edifact[] =
    "UNB+UNOC:3+ACME:ZZ+OURS:ZZ+260314:0930+REF7'UNH+1+DESADV:D:96A:UN:EAN005'BGM+351+DES1+9'DTM+"
    "137:20260314:102'DTM+11:202603141000:203'NAD+BY+541::9'NAD+SU+542::9++Acme?+Co'CPS+1'PAC+2'"
    "CPS+2+1+3'LIN+1++SKU1:SA'QTY+12:5:PCE'LIN+2++SKU2:SA'QTY+12:7'UNS+S'CNT+2:2'UNT+15+1'UNZ+1+"
    "REF7'";

static void check_finding(const char *mapping, const char *want)
{
    test_t t = test_begin();

    CHECK(!test_compile(&t, mapping));
    if (t.errs.first) {
        CHECK(strstr(t.errs.first->text.data, want) != NULL);
        if (strstr(t.errs.first->text.data, want) == NULL) {
            unit_show(&t.errs);
        }
    }
    test_end(&t);
}

TEST(elements_by_segment_and_number)
{
    check("'B10/01'", x12, "'PRO1'");
    check("'B10/04'", x12, "");
    check("'N1/02'", x12, "'Shipper'");
    check("'N1[01=ST]/02'", x12, "'Receiver'");
    check("'N1[01=ST,03=93]/04'", x12, "'2'");
    check("'N1[01=BT|ST]/02'", x12, "'Receiver'");
    check("'N1[01=BT]/02'", x12, "");
    check("'REF/01'", x12, "'A'"); /* of repetitions the first */
    check("'REF/02'", x12, "'x'"); /* of components the first */
    check("'REF/02/02'", x12, "'y'");
    check("'B10/01/01'", x12, "'PRO1'"); /* the only one */
    check("'ISA/13'", x12, "'000000007'");
    check("'GS/08'", x12, "'004010'");
    check("'$/message/sender'", x12, "'ACME'");
    check("'ST'", x12, "'ST'"); /* a text */
    check("{'trim':'ISA/06'}", x12, "'ACME'");
    check("{'const':1,'when':{'exists':'N1[01=ST]'}}", x12, "1");
    check("{'const':1,'when':{'eq':['B10/03','SCAC']}}", x12, "1");
    check("{'join':{'for_each':'N1','value':{'path':'02'}},'separator':','}", x12,
          "'Shipper,Receiver'");
}

TEST(elements_of_edifact)
{
    check("'BGM/0'", edifact, "'351'");
    check("'BGM/1'", edifact, "'DES1'");
    check("'DTM[0/0=137]/0/1'", edifact, "'20260314'");
    check("'DTM[0/0=11]/0/1'", edifact, "'202603141000'");
    check("'DTM[0=11]/0/2'", edifact, "'203'");
    check("'NAD[0=SU]/3'", edifact, "'Acme+Co'");
    check("'NAD[0=BY,1/2=9]/1/0'", edifact, "'541'");
    check("'UNB/4'", edifact, "'REF7'");
    check("{'date':'DTM[0/0=137]/0/1','formats':['CCYYMMDD'],'out':'date'}", edifact,
          "'2026-03-14'");
    check("'$/message/version'", edifact, "'D.96A'");
}

TEST(loops_are_opened_by_segments)
{
    check_emit("'format':'x12'",
               "{'for_each':'LX','emit':[{'for_each':'AT7','c':'AT7/01','at':{'concat':['AT7/"
               "05','AT7/06']},"
               "'city':'MS1/01','eq':'MS2/02','lx':'^/LX/01','pro':'^^/B10/01','n':'$index'}]}",
               x12,
               "{'c':'AF','at':'202603140915','city':'BRATTLEBORO','eq':'53','lx':'1','pro':'PRO1',"
               "'n':0}\n"
               "{'c':'X3','at':'202603141000','city':'KEENE','lx':'1','pro':'PRO1','n':1}\n"
               "{'c':'X1','at':'202603151130','city':'RUMFORD','lx':'2','pro':'PRO1','n':0}");
    check_emit("'format':'x12'", "{'for_each':'N1[01=SH]','name':{'path':'02'},'city':'N4/01'}",
               x12, "{'name':'Shipper','city':'BRATTLEBORO'}");
    /* the last loop ends where something else begins */
    check_emit("'format':'x12'", "{'for_each':{'loop':'N1','until':['LX']},'k':1,'x':'MS1/01'}",
               x12, "{'k':1}\n{'k':1}");
    /* what `until` names ends all of it, but not where the item itself begins with it */
    check_emit("'format':'x12'", "{'for_each':{'loop':'MS1','until':['LX']},'x':{'path':'01'}}",
               x12, "");
    check_emit("'format':'x12'",
               "{'for_each':'LX','emit':[{'for_each':{'loop':'MS1','until':['MS2','LX']},'x':{'"
               "path':'01'}}]}",
               x12, "{'x':'BRATTLEBORO'}\n{'x':'RUMFORD'}");
    check_emit("'format':'edifact'",
               "{'for_each':'LIN','sku':'LIN/2','qty':'QTY[0/0=12]/0/1','total':'CNT/0/1'}",
               edifact, "{'sku':'SKU1','qty':'5'}\n{'sku':'SKU2','qty':'7'}");
}

TEST(loops_in_loops_make_one_list)
{
    check("{'for_each':'LX','value':{'for_each':'AT7','value':{'path':'AT7/01'}}}", x12,
          "['AF','X3','X1']");
    check("[{'for_each':'LX[01=1]','value':{'for_each':'AT7','c':'AT7/01','lx':'^/LX/01'}},'end']",
          x12, "[{'c':'AF','lx':'1'},{'c':'X3','lx':'1'},'end']");
    check("{'for_each':'LX','value':{'for_each':'MS2','value':{'for_each':'MS2','value':{'path':"
          "'02'}}}}",
          x12, "['53']");
    check("{'for_each':'LX','value':{'for_each':'QTY','value':{'path':'QTY/01'}}}", x12, "");
}

TEST(an_item_ends_and_the_walk_goes_on)
{
    check_emit("'format':'edifact'",
               "{'for_each':{'loop':'CPS','ends':['LIN']},'id':'CPS/0','sku':'LIN/2','packs':'PAC/"
               "0'}",
               edifact, "{'id':'1','packs':'2'}\n{'id':'2'}");
    check_emit("'format':'edifact'",
               "{'for_each':{'loop':'CPS','until':['LIN']},'id':'CPS/0','sku':'LIN/2'}", edifact,
               "{'id':'1'}\n{'id':'2'}");
    check_emit("'format':'edifact'",
               "{'for_each':{'loop':'LIN','ends':['QTY']},'qty':'QTY/0/1',"
               "'sku':'LIN/2'}",
               edifact, "{'sku':'SKU1'}\n{'sku':'SKU2'}");
}

TEST(loops_behind_a_segment)
{
    check_emit("'format':'x12'", "{'for_each':{'loop':'MS1','after':['MS2']},'city':'MS1/01'}", x12,
               "{'city':'KEENE'}\n{'city':'RUMFORD'}");
    check_emit("'format':'x12'",
               "{'for_each':{'loop':'MS1','after':['MS2','B10']},'city':'MS1/01'}", x12,
               "{'city':'BRATTLEBORO'}\n{'city':'KEENE'}\n{'city':'RUMFORD'}");
    check_emit("'format':'x12'", "{'for_each':{'loop':'MS1','after':['ZZ']},'city':'MS1/01'}", x12,
               "");
    check_emit("'format':'edifact'", "{'for_each':{'loop':'CNT','after':['UNS']},'n':'CNT/0/1'}",
               edifact, "{'n':'2'}");
    /* in an item its own segments are looked at */
    check_emit(
        "'format':'x12'",
        "{'for_each':'LX','emit':[{'for_each':{'loop':'MS1','after':['MS2']},'city':'MS1/01'}]}",
        x12, "{'city':'KEENE'}");
}

TEST(a_head_is_a_first_loop)
{
    const char *inside = "{'for_each':{'loop':'BGM','until':['CPS'],'first':%s},'emit':[{'for_each'"
                         ":'^/LIN','emit':[{'sku':'LIN/2','number':'^/BGM/1','no':'^/PAC/0',"
                         "'parties':[{'for_each':'^/NAD','value':{'path':'0'}}]}]}]}";
    char emit[1024], mapping[1200];

    /* what it is left for is not repeated, so a second for_each may start outside */
    snprintf(emit, sizeof(emit), inside, "true");
    check_emit("'format':'edifact'", emit, edifact,
               "{'sku':'SKU1','number':'DES1','parties':['BY','SU']}\n"
               "{'sku':'SKU2','number':'DES1','parties':['BY','SU']}");
    snprintf(emit, sizeof(emit), inside, "false");
    snprintf(mapping, sizeof(mapping), "{'mapping':'m','input':{'format':'edifact'},'emit':[%s]}",
             emit);
    check_finding(mapping, "this for_each starts outside of 2 others");
    check_emit("'format':'x12'", "{'for_each':{'loop':'N1','first':true},'name':{'path':'02'}}",
               x12, "{'name':'Shipper'}");
    check_finding("{'mapping':'m','input':{'format':'x12'},'emit':[{'for_each':{'loop':'N1','first'"
                  ":1},'k':1}]}",
                  "a loop is written {loop: LX, until: [CTT], first: true}");
}

TEST(hierarchies_by_their_ids)
{
    check_emit("'format':'x12'",
               "{'for_each':'HL{I}','sku':'LIN/03','po':'HL{O}/PRF/01','carton':'HL{P}/MAN/02',"
               "'packs':'HL{S}/TD1/02','level':{'path':'03'}}",
               asn,
               "{'sku':'SKU1','po':'PO1','carton':'CARTON1','packs':'2','level':'I'}\n"
               "{'sku':'SKU2','po':'PO1','carton':'CARTON1','packs':'2','level':'I'}\n"
               "{'sku':'SKU3','po':'PO2','packs':'2','level':'I'}");
    check_emit("'format':'x12'",
               "{'for_each':'HL{O}','emit':[{'for_each':'HL{I}','po':'^/PRF/01','sku':'LIN/03'}]}",
               asn,
               "{'po':'PO1','sku':'SKU1'}\n{'po':'PO1','sku':'SKU2'}\n{'po':'PO2','sku':'SKU3'}");
    check_emit("'format':'x12'", "{'po':'HL{O}/PRF/01','n':{'count':'HL{I}'}}", asn,
               "{'po':'PO1','n':3}");
    /* lines end where the next level begins, and know in which one they stand */
    check_emit("'format':'x12'",
               "{'for_each':'HL{*}/LIN','sku':'LIN/03','n':{'count':'MAN'},'id':'HL{*}/HL/01',"
               "'carton':'HL{P}/MAN/02','po':'HL{O}/PRF/01'}",
               asn,
               "{'sku':'SKU1','n':0,'id':'5','carton':'CARTON1','po':'PO1'}\n"
               "{'sku':'SKU2','n':0,'id':'6','carton':'CARTON1','po':'PO1'}\n"
               "{'sku':'SKU3','n':0,'id':'7','po':'PO2'}");
    check_emit(
        "'format':'edifact'",
        "{'for_each':'CPS{*}/LIN','sku':'LIN/2','unit':'CPS{*}/CPS/0','packs':'CPS{*}/PAC/0'}",
        edifact, "{'sku':'SKU1','unit':'2'}\n{'sku':'SKU2','unit':'2'}");
    check_emit("'format':'edifact'", "{'for_each':'CPS{3}','sku':'LIN/2','above':'CPS{x}/PAC/0'}",
               edifact, "{'sku':'SKU1'}");
}

#define SET(levels)                                                                                \
    ISA "GS*SH*ACME*OURS*20260314*0930*12*X*004010~ST*856*0001~BSN*00*S1~" levels "SE*9*"          \
        "0001~" TAIL
#define IDS "{'for_each':'HL{*}','id':'HL/01','s':'HL{S}/HL/01','o':'HL{O}/HL/01'}"

TEST(levels_of_sloppy_ids)
{
    /* an id that comes twice is the last one before */
    check_emit("'format':'x12'", IDS, SET("HL*1**S~HL*2*1*O~HL*2*1*O~REF*A*B~HL*3*2*I~"),
               "{'id':'1','s':'1','o':'2'}\n{'id':'2','s':'1','o':'2'}\n"
               "{'id':'2','s':'1','o':'2'}\n{'id':'3','s':'1','o':'2'}");
    check_emit("'format':'x12'", "{'for_each':'HL{I}','ref':'HL{O}/REF/02'}",
               SET("HL*1**S~HL*2*1*O~HL*2*1*O~REF*A*B~HL*3*2*I~"), "{'ref':'B'}");
    /* parents behind their children, parents that are not there, one that is its own */
    check_emit("'format':'x12'", IDS, SET("HL*3*2*I~HL*2*1*O~HL*1**S~HL*4*9*I~HL*5*5*I~"),
               "{'id':'3','s':'1','o':'2'}\n{'id':'2','s':'1','o':'2'}\n"
               "{'id':'1','s':'1','o':'2'}\n{'id':'4'}\n{'id':'5'}");
    /* circles: nothing is above for ever, nothing comes twice */
    check_emit("'format':'x12'", "{'for_each':'HL{*}','n':{'count':'HL{*}'}}",
               SET("HL*1*3*O~HL*2*1*P~HL*3*2*I~"), "{'n':2}\n{'n':1}\n{'n':0}");
    check_emit("'format':'x12'", "{'n':{'count':'HL{*}'},'m':{'count':'HL{I}'}}",
               SET("HL~HL*1*2~HL*2*1*I~"), "{'n':3,'m':1}");
}

TEST(levels_end_at_their_depth)
{
    char set[1024] = "";
    static char source[2048];

    for (unsigned i = 1; i <= 17; i++) {
        char level[32];

        snprintf(level, sizeof(level), i == 1 ? "HL*%u**S~" : "HL*%u*%u*P~", i, i - 1);
        strncat(set, level, sizeof(set) - strlen(set) - 1);
    }
    snprintf(source, sizeof(source), "%s%s%s",
             ISA "GS*SH*ACME*OURS*20260314*0930*12*X*004010~ST*856*0001~BSN*00*S1~", set,
             "SE*9*0001~" TAIL);
    /* sixteen within each other; the seventeenth stands alone */
    check_emit("'format':'x12'", "{'n':{'count':'HL{P}'},'k':1}", source, "{'n':16,'k':1}");
    check_emit("'format':'x12'", "{'for_each':'HL{S}','n':{'count':'HL{P}'}}", source, "{'n':15}");
}

TEST(out_of_memory_while_levels_are_read_is_told)
{
    test_t t = test_begin();

    test_run_input(&t,
                   "{'mapping':'m','input':{'format':'x12'},'emit':[{'for_each':'HL{I}','po':"
                   "'HL{O}/PRF/01','carton':'HL{P}/MAN/02'}]}",
                   asn);
    CHECK_INT(t.records.n, 3);
    test_ceilings(&t);
    test_end(&t);
}

TEST(segments_are_handed_to_templates)
{
    test_t t = test_begin();
    lgs_str_t out = test_run_input(
        &t,
        "{'mapping':'m','input':{'format':'x12'},'templates':{'place':{'params':['at'],'fields':"
        "{'city':'$at/01','state':'$at/02'}}},'emit':[{'for_each':'N1','name':'N1/02','at':"
        "{'include':'place','with':{'at':{'path':'N4'}}}}]}",
        x12);

    CHECK(lgs_str_eq(out, test_json(&t, "{'name':'Shipper','at':{'city':'BRATTLEBORO','state':"
                                        "'VT'}}\n{'name':'Receiver','at':{'city':'RUMFORD',"
                                        "'state':'ME'}}")));
    test_end(&t);
}

TEST(loops_over_handed_segments_are_their_own)
{
    test_t t = test_begin();
    lgs_str_t out = test_run_input(
        &t,
        "{'mapping':'m','input':{'format':'x12'},'templates':{'names':{'params':['of'],'fields':"
        "{'first':[{'for_each':{'loop':'$of','first':true},'value':{'path':'02'}}],'all':["
        "{'for_each':'$of','value':{'path':'02'}}]}}},'emit':[{'k':1,'r':{'include':'names',"
        "'with':{'of':{'path':'N1'}}}}]}",
        x12);

    CHECK(lgs_str_eq(out, test_json(&t, "{'k':1,'r':{'first':['Shipper'],'all':['Shipper',"
                                        "'Receiver']}}")));
    test_end(&t);
}

TEST(elements_of_handed_segments_are_texts)
{
    test_t t = test_begin();
    lgs_str_t out = test_run_input(
        &t,
        "{'mapping':'m','input':{'format':'x12'},'templates':{'number':{'params':['of'],'fields':"
        "{'kind':'$of/01','is':'$of/02','more':'$of/02/02'}}},'emit':[{'k':1,'r':{'include':"
        "'number','with':{'of':{'path':'REF'}}}}]}",
        x12);

    CHECK(lgs_str_eq(out, test_json(&t, "{'k':1,'r':{'kind':'A','is':'x','more':'y'}}")));
    test_end(&t);
}

TEST(input_says_which_sets_are_meant)
{
    test_t t = test_begin();
    static const struct {
        const char *input;
        lgs_rc_t rc;
    } cases[] = {
        {"'format':'x12','set':'214'", LGS_OK},
        {"'format':'x12','set':['210','214'],'versions':['004010']", LGS_OK},
        {"'format':'x12','set':'210'", LGS_NOT_FOUND},
        {"'format':'x12','set':'214','versions':['005010']", LGS_NOT_FOUND},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        char mapping[256];

        snprintf(mapping, sizeof(mapping), "{'mapping':'m','input':{%s},'emit':[{'v':'B10/01'}]}",
                 cases[i].input);
        test_run_input(&t, mapping, x12);
        CHECK_INT(lgs_mapping_applies(t.mapping, &t.doc, &t.facts, t.arena), cases[i].rc);
    }
    test_end(&t);
}

#define EDI(more, v)                                                                               \
    "{'mapping':'m','input':{'format':'x12'" more "},'emit':[{'v':{'path':'" v "'}}]}"

TEST(what_cannot_be_is_found_at_load)
{
    check_finding(EDI("", "N1[01=ST/02"), "no \"]\"");
    check_finding(EDI("", "N1[ST]/02"), "number of an element");
    check_finding(EDI("", "N1[01]/02"), "[element=value]");
    check_finding(EDI("", "N1/"), "number of an element");
    check_finding(EDI("", "N1/02/03/04"), "goes on with");
    check_finding(EDI("", "N1/02x"), "goes on with");
    check_finding(EDI("", "ISA*06"), "goes on with");
    check_finding(EDI("", "ISA[06=A]/02"), "goes on with");
    check_finding(EDI("", "HL{O}REF/02"), "goes on with");
    check_finding(EDI("", "HL{/LIN/01"), "HL{code}");
    check_finding(EDI("", "NAMES/01"), "tag of a segment");
    check_finding(EDI("", "^/N1/01"), "leads out");
    check_finding(EDI(",'checks':{'count':'warn'}", "N1/01"), "counts");
    check_finding(EDI(",'checks':{'counts':'wran'}", "N1/01"), "reject, warn or ignore");
    check_finding(EDI(",'wrapped':1", "N1/01"), "true or false");
    check_finding("{'mapping':'m','input':{'format':'x12'},'emit':[{'for_each':{'loop':'N1/02'},"
                  "'v':1}]}",
                  "opened by a segment");
    check_finding(
        "{'mapping':'m','input':{'format':'x12'},'emit':[{'for_each':{'lop':'N1'},'v':1}]}",
        "loop");
}

static void check_note(const char *value, const char *want)
{
    test_t t = test_begin();
    char mapping[512];
    lgs_errs_t told;

    lgs_errs_init(&told, t.arena, 20);
    t.notes = &told;
    snprintf(mapping, sizeof(mapping),
             "{'mapping':'m','input':{'format':'edifact'},'emit':[{'k':1,'v':%s}]}", value);
    CHECK(test_compile(&t, mapping));
    CHECK(want ? told.first && strstr(told.first->text.data, want) : !told.first);
    test_end(&t);
}

TEST(a_text_that_looks_like_an_element_is_noted)
{
    check_note("'2/0'", "\"2/0\" is a text here: write {path: 2/0} for the element");
    check_note("{'concat':['a','12/03']}", "{const: 12/03} if that is meant");
    check_note("{'path':'2/0'}", NULL);
    check_note("{'const':'2/0'}", NULL);
    check_note("'2'", NULL);
    check_note("'2/'", NULL);
    check_note("'24/7 service'", NULL);
    check_note("'2026/11'", NULL);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Elements are found by the hash and the length of their number. */
TEST(numbers_of_one_length_have_hashes_of_their_own)
{
    static const char *const forms[] = {"%u", "%02u", "%03u"};
    uint32_t hashes[1000], n;
    char number[8];

    for (size_t form = 0; form < LGS_N(forms); form++) {
        n = 0;
        for (uint32_t i = 0; i < LGS_N(hashes); i++) {
            int len = snprintf(number, sizeof(number), forms[form], i);

            if (len == (int)form + 1) {
                hashes[n++] = lgs_hash(number, (size_t)len);
            }
        }
        qsort(hashes, n, sizeof(hashes[0]), by_value);
        for (uint32_t i = 1; i < n; i++) {
            CHECK(hashes[i - 1] != hashes[i]);
        }
    }
    CHECK_INT(n, LGS_N(hashes));
}

/* A list says by a bit which tags are in it; another tag has the same one. */
TEST(tags_that_share_a_bit_are_told_apart)
{
    uint32_t bit = lgs_edi_tag_bit(lgs_edi_tag(LGS_STR("MS2")));
    char tag[4] = "AAA", expr[32];

    for (uint32_t i = 1; lgs_edi_tag_bit(lgs_edi_tag(lgs_str(tag, 3))) != bit; i++) {
        tag[1] = (char)('A' + i / 26 % 26);
        tag[2] = (char)('A' + i % 26);
    }
    snprintf(expr, sizeof(expr), "'%s/01'", tag);
    check(expr, x12, "");
    snprintf(expr, sizeof(expr), "{'count':'%s'}", tag);
    check(expr, x12, "0");
    check("'MS2/01'", x12, "'SCAC'");
}

/* Elements stand where they are looked for first, before that, or not at all. */
TEST(elements_are_found_behind_empty_ones)
{
    check("'AT7/01'", x12, "'AF'");
    check("'AT7/02'", x12, "'NS'");
    check("'AT7/03'", x12, "");
    check("'AT7/05'", x12, "'20260314'");
    check("'AT7/07'", x12, "'ET'");
    check("'AT7/08'", x12, "");
    check("'NAD[0=SU]/3/0'", edifact, "'Acme+Co'");
    check("'NAD[0=SU]/2'", edifact, "");
    check("'NAD[0=SU]/1/2'", edifact, "'9'");
    check("'NAD[0=SU]/1/1'", edifact, "");
}

/* Items that a mapping made are lists, too, but none of segments: they have no elements. */
TEST(lists_that_are_made_have_no_segments)
{
    check("{'unique':[['B10/01',{'const':'x'}],['B10/02']],'by':'1/0'}", x12,
          "[['PRO1','x'],['BOL1']]");
    check("{'sort':[['B10/02'],['B10/01']],'by':'N1/01'}", x12, "[['BOL1'],['PRO1']]");
    check("{'unique':[['B10/02'],['B10/01']],'by':{'count':'N1'}}", x12, "[['BOL1']]");
}

/* Of the mapping over AT7 in `x12`, with a list of codes; *n: places for answers. */
static lgs_str_t look_up(test_t *t, const char *fields, uint32_t *n)
{
    char mapping[2048];
    lgs_str_t out;

    snprintf(mapping, sizeof(mapping),
             "{'mapping':'m','input':{'format':'x12'},'lookup':{'l':{'codes':{'AF':{'a':'1','b':"
             "'2'},'X1':{'a':'3','b':'4'}},'else':'warn'},'k':{'codes':{'AF':'K','NS':'N'},'else':"
             "'null'}},'emit':[{'for_each':'LX','emit':[{'for_each':'AT7',%s}]}]}",
             fields);
    out = test_run_input(t, mapping, x12);
    *n = t->mapping ? t->mapping->n_asked : 0;
    return out;
}

/* Lookups that ask the same of the same item share an answer, those of other items have their own.
 */
TEST(lookups_share_an_answer)
{
    test_t t = test_begin();
    lgs_str_t out;
    uint32_t n;

    out = look_up(&t,
                  "'when':{'not':{'eq':[{'lookup':'l','key':'AT7/01','get':'a'},'9']}},"
                  "'a':{'lookup':'l','key':'AT7/01','get':'a'},"
                  "'b':{'lookup':'l','key':'AT7/01','get':'b'},"
                  "'k':{'lookup':'k','key':'AT7/01'},'s':{'lookup':'k','key':'AT7/02'},"
                  "'s2':{'lookup':'k','key':'AT7/02'},"
                  "'in':[{'for_each':'MS1','m':'MS1/01','b':{'lookup':'l','key':'^/AT7/01',"
                  "'get':'b'},'no':{'lookup':'l','key':'AT7/01'}}]",
                  &n);
    CHECK_INT(n, 2);
    CHECK_JSON(out, "{'a':'1','b':'2','k':'K','s':'N','s2':'N','in':[{'m':'BRATTLEBORO','b':'2'}]}"
                    "\n{'s':'N','s2':'N','in':[{'m':'KEENE'}]}"
                    "\n{'a':'3','b':'4','s':'N','s2':'N','in':[{'m':'RUMFORD','b':'4'}]}");
    test_end(&t);
}

/* Each of them warns of an unknown code, at the same place. */
TEST(each_lookup_of_an_unknown_code_warns)
{
    test_t t = test_begin();
    lgs_str_t wheres = LGS_STR("");
    uint32_t n, column = 0;

    look_up(&t,
            "'a':{'lookup':'l','key':'AT7/01','get':'a'},'b':{'lookup':'l','key':'AT7/01','get':"
            "'b'},'c':{'lookup':'l','key':'AT7/01','get':'a'}",
            &n);
    CHECK_INT(n, 1);
    CHECK_INT(t.records.n_warnings, 3);
    CHECK_INT(t.warnings.n, 3);
    for (const lgs_err_t *err = t.warnings.first; err; err = err->next) {
        column = column ? column : err->pos.column;
        CHECK_INT(err->pos.column, column);
        CHECK_STR(err->text, "mapping \"m\": \"X3\" is not in the code list \"l\"");
        wheres = lgs_arena_printf(t.arena, "%.*s%.*s ", LGS_FMT(wheres), LGS_FMT(err->schema));
    }
    CHECK(column > 0);
    CHECK_STR(wheres, "/emit/0/emit/0/a /emit/0/emit/0/b /emit/0/emit/0/c ");
    test_end(&t);
}

/* Another list, element, component, null_values or several parts: another question. */
TEST(other_questions_have_answers_of_their_own)
{
    static const char *const fields[] = {
        "'a':{'lookup':'l','key':'AT7/01'},'b':{'lookup':'k','key':'AT7/01'}",
        "'a':{'lookup':'k','key':'AT7/01'},'b':{'lookup':'k','key':'AT7/02'}",
        "'a':{'lookup':'k','key':'AT7/01'},'b':{'lookup':'k','key':'AT7/01/01'}",
        "'a':{'lookup':'k','key':'AT7/01'},'b':{'lookup':'k','key':'AT7/01','null_values':['AF']}",
        "'a':{'lookup':'k','key':'AT7/01'},'b':{'lookup':'k','key':['AT7/01','AT7/02']}",
        "'a':{'lookup':'k','key':'AT7/01'},'b':{'lookup':'k','key':'AT7[01=AF]/01'}",
    };

    for (size_t i = 0; i < LGS_N(fields); i++) {
        test_t t = test_begin();
        uint32_t n;

        look_up(&t, fields[i], &n);
        CHECK_INT(t.rc, LGS_OK);
        CHECK_INT(n, 0);
        test_end(&t);
    }
}

/* So many places there are; what is asked beyond has an answer, too. */
TEST(answers_are_kept_for_sixteen_questions)
{
    for (uint32_t pairs = LGS_MAPPING_MAX_ASKED; pairs <= LGS_MAPPING_MAX_ASKED + 1; pairs++) {
        test_t t = test_begin();
        uint32_t n, used = 0;
        char fields[1600];
        lgs_str_t out;

        for (uint32_t i = 1; i <= pairs; i++) {
            used += (uint32_t)snprintf(fields + used, sizeof(fields) - used,
                                       "%s'a%u':{'lookup':'k','key':'AT7/%02u'},'b%u':{'lookup':"
                                       "'k','key':'AT7/%02u'}",
                                       i > 1 ? "," : "", i, i, i, i);
        }
        out = look_up(&t, fields, &n);
        CHECK_INT(n, LGS_MAPPING_MAX_ASKED);
        CHECK_JSON(out, "{'a1':'K','b1':'K','a2':'N','b2':'N'}\n{'a2':'N','b2':'N'}\n"
                        "{'a2':'N','b2':'N'}");
        test_end(&t);
    }
}

int main(void)
{
    RUN(numbers_of_one_length_have_hashes_of_their_own);
    RUN(tags_that_share_a_bit_are_told_apart);
    RUN(elements_by_segment_and_number);
    RUN(elements_are_found_behind_empty_ones);
    RUN(elements_of_edifact);
    RUN(lists_that_are_made_have_no_segments);
    RUN(lookups_share_an_answer);
    RUN(each_lookup_of_an_unknown_code_warns);
    RUN(other_questions_have_answers_of_their_own);
    RUN(answers_are_kept_for_sixteen_questions);
    RUN(loops_are_opened_by_segments);
    RUN(loops_in_loops_make_one_list);
    RUN(an_item_ends_and_the_walk_goes_on);
    RUN(loops_behind_a_segment);
    RUN(a_head_is_a_first_loop);
    RUN(hierarchies_by_their_ids);
    RUN(levels_of_sloppy_ids);
    RUN(levels_end_at_their_depth);
    RUN(out_of_memory_while_levels_are_read_is_told);
    RUN(segments_are_handed_to_templates);
    RUN(loops_over_handed_segments_are_their_own);
    RUN(elements_of_handed_segments_are_texts);
    RUN(input_says_which_sets_are_meant);
    RUN(what_cannot_be_is_found_at_load);
    RUN(a_text_that_looks_like_an_element_is_noted);
    return DONE();
}
