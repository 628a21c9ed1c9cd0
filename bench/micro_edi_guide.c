/*
 * What a guide costs: a set of X12 214 and a message of EDIFACT IFTSTA, read into a tree, and the
 * tree checked by the guide of lua-free-policies/edi (run from the repository's root). Then the
 * same set with faults, whose findings take memory. The median of the rounds, the fastest, the
 * slowest.
 */
#include "../ngx_logistics_module/base/file.h"
#include "../ngx_logistics_module/edi/guide.h"
#include "../ngx_logistics_module/formats/edi_scan.h"
#include "../ngx_logistics_module/policy/yaml.h"
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 11
#define TIMES  20000

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "micro_edi_guide: %s\n", what);
        exit(1);
    }
}

static const char x12[] =
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*"
    "000000007*0*P*>~\nGS*QM*ACME*OURS*20260314*0930*12*X*004010~\n"
    "ST*214*0001~\nB10*PRO0000001*BOL000001*SCAC~\nL11*00000007*PO~\nN1*SH*NORTHERN PAPER "
    "MILLS INC*93*000001~\nN3*161 WELLINGTON ROAD~\nN4*BRATTLEBORO*VT*05301*US~\nN1*CN*"
    "FABER AND SONS~\nN3*1 DUMP ROAD~\nN4*RUMFORD*ME*04276*US~\nLX*1~\nAT7*AF*NS***"
    "20260314*0915*ET~\nMS1*BRATTLEBORO*VT*US~\nMS2*SCAC*000001*TL~\nAT8*G*L*1200*"
    "4~\nLX*2~\nAT7*X1*NS***20260315*1130*ET~\nMS1*RUMFORD*ME*US~\nSE*18*0001~\n"
    "GE*1*12~\nIEA*1*000000007~\n";
static const char faulty[] =
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*"
    "000000007*0*P*>~\nGS*QM*ACME*OURS*20260314*0930*12*X*004010~\n"
    "ST*214*0001~\nL11*1~\nB10*PRO1*S1~\nLX*1~\nAT7*Q3*NS***20261314*0915*ET~\nMS1*ATLANTA***1~\n"
    "XYZ*1~\nSE*8*0001~\nGE*1*12~\nIEA*1*000000007~\n";
static const char edifact[] =
    "UNA:+.? '\nUNB+UNOC:3+ACME:ZZ+OURS:ZZ+260314:0930+REF7'\n"
    "UNH+1+IFTSTA:D:96A:UN:EAN003'\nBGM+77+STAT0000001+9'\n"
    "DTM+137:202603140930:203'\nNAD+CZ+5400000000001::9++NORTHERN PAPER MILLS INC'\n"
    "NAD+CN+5411111111001::9'\nCNI+1+SHIP0000001'\nSTS+1+24+13:::COLLECTED BY CARRIER?'S VAN'\n"
    "RFF+CU:00000007'\nDTM+334:202603140915:203'\nLOC+5+USBVT::6:BRATTLEBORO'\nGID+1+3:PK'\n"
    "MEA+WT+AAE+KGM:1200'\nSTS+1+21'\nDTM+334:202603151130:203'\nLOC+8+USRUM::6:RUMFORD'\n"
    "UNT+16+1'\nUNZ+1+REF7'\n";

static void add(lgs_guides_t *guides, lgs_arena_t *arena, const char *name)
{
    lgs_doc_t *doc = lgs_arena_zalloc(arena, sizeof(*doc));
    lgs_errs_t errs;
    lgs_str_t text;
    char path[128];

    snprintf(path, sizeof(path), "lua-free-policies/edi/%s.yaml", name);
    lgs_errs_init(&errs, arena, 10);
    must(doc && lgs_file_read(arena, path, 1 << 20, &text, &errs) == LGS_OK, path);
    must(lgs_yaml_read(arena, text, lgs_cstr(name), doc, &errs) == LGS_OK, path);
    must(lgs_guides_add(guides, lgs_cstr(name), doc, &errs) == LGS_OK, path);
}

static lgs_rc_t read_set(lgs_arena_t *arena, const char *source, lgs_doc_t *doc)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), NULL};
    lgs_window_t window = {lgs_cstr(source), true};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);

    return reader ? lgs_reader_next(reader, &window, arena, doc, NULL) : LGS_NOMEM;
}

static void see(void *data, const lgs_edi_finding_t *finding)
{
    (void)finding;
    (*(unsigned *)data)++;
}

static void measure(const char *name, const lgs_guides_t *guides, const char *source)
{
    lgs_arena_t *arena = lgs_arena_create(1 << 16, 0), *scratch = lgs_arena_create(1 << 16, 0);
    double reading[ROUNDS], checking[ROUNDS];
    const lgs_guide_t *guide;
    unsigned n = 0;
    size_t memory;
    lgs_doc_t doc;

    must(read_set(arena, source, &doc) == LGS_OK, name);
    must((guide = lgs_guides_find(guides, &doc)) != NULL, name);
    for (int round = 0; round < ROUNDS; round++) {
        double start = micro_now_ns();

        for (int i = 0; i < TIMES; i++) {
            lgs_doc_t again;

            lgs_arena_reset(scratch);
            must(read_set(scratch, source, &again) == LGS_OK, name);
        }
        reading[round] = (micro_now_ns() - start) / TIMES;
        start = micro_now_ns();
        for (int i = 0; i < TIMES; i++) {
            lgs_rc_t rc;

            n = 0;
            lgs_arena_reset(scratch);
            rc = lgs_guide_check(guide, &doc, NULL, scratch, see, &n);
            must(rc == LGS_OK || n > 0, name);
        }
        checking[round] = (micro_now_ns() - start) / TIMES;
    }
    memory = lgs_arena_size(scratch);
    qsort(reading, ROUNDS, sizeof(double), micro_by_value);
    qsort(checking, ROUNDS, sizeof(double), micro_by_value);
    printf("%-16s read %6.0f ns (%.0f to %.0f), checked %6.0f ns (%.0f to %.0f), %u findings, "
           "%zu KB\n",
           name, reading[ROUNDS / 2], reading[0], reading[ROUNDS - 1], checking[ROUNDS / 2],
           checking[0], checking[ROUNDS - 1], n, memory >> 10);
    lgs_arena_destroy(scratch);
    lgs_arena_destroy(arena);
}

int main(void)
{
    lgs_arena_t *arena = lgs_arena_create(1 << 20, 0);
    lgs_guides_t *guides = lgs_guides_create(arena);
    double start = micro_now_ns();
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, 10);
    add(guides, arena, "x12/segments-004010");
    add(guides, arena, "x12/214-004010");
    add(guides, arena, "edifact/segments-D96A");
    add(guides, arena, "edifact/iftsta-D96A");
    must(lgs_guides_compile(guides, &errs) == LGS_OK, "guides");
    printf("two dictionaries and guides: %.1f ms, %zu KB\n", (micro_now_ns() - start) / 1e6,
           lgs_arena_size(arena) >> 10);
    measure("X12 214", guides, x12);
    measure("EDIFACT IFTSTA", guides, edifact);
    measure("X12 214, faulty", guides, faulty);
    lgs_arena_destroy(arena);
    return 0;
}
