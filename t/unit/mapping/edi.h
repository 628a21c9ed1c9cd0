/* What the tests of mappings over EDI share: a 214, and how an expression over it is checked. */
#ifndef TEST_EDI_H
#define TEST_EDI_H

#include "mapping.h"

#define ISA                                                                                        \
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*^*00501*"   \
    "000000007*0*P*:~"
#define TAIL "GE*1*12~IEA*1*000000007~"

static const char x12[] = ISA
    "GS*QM*ACME*OURS*20260314*0930*12*X*004010~ST*214*0001~B10*PRO1*BOL1*SCAC~N1*SH*Shipper*93*1~"
    "N4*BRATTLEBORO*VT~N1*ST*Receiver*93*2~N4*RUMFORD*ME~REF*A^B*x:y~LX*1~AT7*AF*NS***20260314*"
    "0915*"
    "ET~MS1*BRATTLEBORO*VT~MS2*SCAC*53~AT7*X3*NS***20260314*1000*ET~MS1*KEENE*NH~LX*2~AT7*X1*NS***"
    "20260315*1130*ET~MS1*RUMFORD*ME~SE*16*0001~" TAIL;

/* An emit over a source, and the records. */
static void check_emit(const char *input, const char *emit, const char *source, const char *want)
{
    test_t t = test_begin();
    char mapping[4096];
    lgs_str_t out;

    snprintf(mapping, sizeof(mapping), "{'mapping':'m','input':{%s},'emit':[%s]}", input, emit);
    out = test_run_input(&t, mapping, source);
    if (!lgs_str_eq(out, test_json(&t, want))) {
        unit_bad = 1;
        printf("# %s\n# gives %.*s\n# not   %s\n", emit, LGS_FMT(out), want);
        unit_show(&t.errs);
    }
    test_end(&t);
}

/* {v: expr}: what v came to. */
static void check(const char *expr, const char *source, const char *want)
{
    char emit[2048], record[2048];

    snprintf(emit, sizeof(emit), "{'k':1,'v':%s}", expr);
    snprintf(record, sizeof(record), want[0] ? "{'k':1,'v':%s}" : "{'k':1}", want);
    check_emit("'format':'edi'", emit, source, record);
}

#endif
