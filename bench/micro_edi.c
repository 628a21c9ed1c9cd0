/*
 * What EDI costs: interchanges of X12 214 and EDIFACT IFTSTA, taken apart into pieces and read into
 * trees. Then a stream of 1 MB and one of 500 MB through windows of 256 KB, with the memory that
 * the process ever had. Printed are the median, the slowest and the fastest of the rounds in MB of
 * source a second.
 */
#include "../ngx_logistics_module/base/buf.h"
#include "../ngx_logistics_module/formats/edi_scan.h"
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define ROUNDS 11
#define SIZE   (16u << 20)
#define WINDOW (256u << 10)

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "micro_edi: %s\n", what);
        exit(1);
    }
}

static const char x12_head[] =
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*"
    "000000007*0*P*>~\nGS*QM*ACME*OURS*20260314*0930*12*X*004010~\n";
static const char edifact_head[] = "UNA:+.? '\nUNB+UNOC:3+ACME:ZZ+OURS:ZZ+260314:0930+REF7'\n";

static void add_x12(lgs_buf_t *buf, unsigned i)
{
    lgs_buf_printf(
        buf,
        "ST*214*%09u~\nB10*PRO%07u*BOL%06u*SCAC~\nL11*%08u*PO~\nN1*SH*NORTHERN PAPER "
        "MILLS INC*93*%06u~\nN3*161 WELLINGTON ROAD~\nN4*BRATTLEBORO*VT*05301*US~\nN1*CN*"
        "FABER AND SONS~\nN3*1 DUMP ROAD~\nN4*RUMFORD*ME*04276*US~\nLX*1~\nAT7*AF*NS***"
        "20260314*%02u%02u*ET~\nMS1*BRATTLEBORO*VT*US~\nMS2*SCAC*%06u*TL~\nAT8*G*L*%u*"
        "%u~\nLX*2~\nAT7*X1*NS***20260315*1130*ET~\nMS1*RUMFORD*ME*US~\nSE*18*%09u~\n",
        i, i, i % 999983, i * 7, i % 99991, i % 24, i % 60, i % 99991, i % 40000, i % 30, i);
}

static void add_edifact(lgs_buf_t *buf, unsigned i)
{
    lgs_buf_printf(
        buf,
        "UNH+%u+IFTSTA:D:96A:UN:EAN003'\nBGM+77+STAT%07u+9'\nDTM+137:202603140930:203'\n"
        "NAD+CZ+5400000000%03u::9++NORTHERN PAPER MILLS INC'\nNAD+CN+5411111111%03u::9'\n"
        "CNI+1+SHIP%07u'\nSTS+1+24+13:::COLLECTED BY CARRIER?'S VAN'\nRFF+CU:%08u'\nDTM+"
        "334:202603140915:203'\nLOC+5+USBVT::6:BRATTLEBORO'\nGID+1+%u:PK'\nMEA+WT+AAE+KGM:"
        "%u'\nSTS+1+21'\nDTM+334:202603151130:203'\nLOC+8+USRUM::6:RUMFORD'\nUNT+16+%u'\n",
        i, i, i % 1000, i % 997, i, i * 7, i % 30 + 1, i % 40000, i);
}

static lgs_str_t make_source(lgs_arena_t *arena, bool is_x12, size_t size)
{
    lgs_buf_t buf;
    unsigned n = 0;

    lgs_buf_init(&buf, arena, size + 8192, 0);
    lgs_buf_cstr(&buf, is_x12 ? x12_head : edifact_head);
    while (buf.len < size) {
        (is_x12 ? add_x12 : add_edifact)(&buf, ++n);
    }
    if (is_x12) {
        lgs_buf_printf(&buf, "GE*%u*12~\nIEA*1*000000007~\n", n);
    } else {
        lgs_buf_printf(&buf, "UNZ+%u+REF7'\n", n);
    }
    return lgs_buf_text(&buf);
}

/* Segments of the source. */
static unsigned tokenize(lgs_str_t source, lgs_arena_t *arena)
{
    lgs_edi_pieces_t pieces = {.arena = arena};
    lgs_edi_syntax_t syntax;
    lgs_edi_header_t header;
    const char *why;
    size_t at;
    unsigned n = 0;
    bool is_cut;

    must(lgs_edi_detect(source, true, NULL, &header, &why) == LGS_OK, "not EDI");
    syntax.marks = header.marks;
    lgs_edi_prepare(&syntax);
    for (at = header.length; (at = lgs_edi_skip_blank(source, at)) < source.len; n++) {
        pieces.n = pieces.n > 100000 ? 0 : pieces.n; /* a set's, as a reader holds them */
        must(lgs_edi_scan(&syntax, source, true, &at, &pieces, &is_cut) == LGS_OK, "not EDI");
    }
    return n;
}

static unsigned read_sets(lgs_str_t source, lgs_arena_t *arena, lgs_arena_t *scratch)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), NULL};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_window_t window = {source, true};
    unsigned n = 0;
    lgs_doc_t doc;
    lgs_rc_t rc;

    do {
        lgs_arena_reset(scratch);
        rc = lgs_reader_next(reader, &window, scratch, &doc, NULL);
        must(rc == LGS_OK || rc == LGS_END, "a set is refused");
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
        n += rc == LGS_OK;
    } while (rc != LGS_END);
    return n;
}

static void measure(const char *name, bool is_x12, bool is_tree)
{
    lgs_arena_t *load = lgs_arena_create(1 << 20, 0);
    lgs_str_t source = make_source(load, is_x12, SIZE);
    double rates[ROUNDS];
    unsigned n = 0;

    for (int round = 0; round < ROUNDS; round++) {
        lgs_arena_t *arena = lgs_arena_create(1 << 20, 0), *scratch = lgs_arena_create(1 << 16, 0);
        double start = micro_now_ns() / 1e9;

        n = is_tree ? read_sets(source, arena, scratch) : tokenize(source, arena);
        rates[round] = (double)source.len / 1e6 / (micro_now_ns() / 1e9 - start);
        lgs_arena_destroy(arena);
        lgs_arena_destroy(scratch);
    }
    qsort(rates, ROUNDS, sizeof(double), micro_by_value);
    printf("%-24s %6.0f MB/s (%.0f to %.0f), %u of %.0f bytes each, %.0f ns\n", name,
           rates[ROUNDS / 2], rates[0], rates[ROUNDS - 1], n, (double)source.len / n,
           (double)source.len / n / rates[ROUNDS / 2] * 1e3);
    lgs_arena_destroy(load);
}

/* What a reader does with a source that is never in memory as a whole. */
static void stream(size_t size)
{
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), NULL};
    lgs_arena_t *arena = lgs_arena_create(1 << 16, 0), *scratch = lgs_arena_create(1 << 16, 0);
    lgs_arena_t *load = lgs_arena_create(1 << 20, 0);
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_buf_t window;
    size_t made = 0, start = 0;
    unsigned n = 0, n_read = 0;
    double begin = micro_now_ns() / 1e9;
    struct rusage usage;
    bool is_last = false;
    lgs_doc_t doc;
    lgs_rc_t rc;

    lgs_buf_init(&window, load, 2 * WINDOW, 0);
    lgs_buf_cstr(&window, x12_head);
    do {
        lgs_window_t view = {lgs_str(window.data + start, window.len - start), is_last};

        lgs_arena_reset(scratch);
        rc = lgs_reader_next(reader, &view, scratch, &doc, NULL);
        start += lgs_reader_used(reader);
        n_read += rc == LGS_OK;
        if (rc == LGS_AGAIN) {
            memmove(window.data, window.data + start, window.len - start);
            window.len -= start;
            made += start;
            start = 0;
            while (window.len < WINDOW && made + window.len < size) {
                add_x12(&window, ++n);
            }
            if (made + window.len >= size) {
                lgs_buf_printf(&window, "GE*%u*12~\nIEA*1*000000007~\n", n);
                is_last = true;
            }
        }
    } while (rc == LGS_OK || rc == LGS_AGAIN);
    must(rc == LGS_END && n_read == n, "sets were lost");
    getrusage(RUSAGE_SELF, &usage);
    printf("%-24s %6.0f MB/s with making it, %u sets, reader %zu KB, process at most %ld KB\n",
           size > 100u << 20 ? "stream of 500 MB" : "stream of 1 MB",
           (double)size / 1e6 / (micro_now_ns() / 1e9 - begin), n_read, lgs_arena_size(arena) >> 10,
           usage.ru_maxrss);
    lgs_arena_destroy(load);
    lgs_arena_destroy(scratch);
    lgs_arena_destroy(arena);
}

int main(void)
{
    stream(1u << 20);
    stream(500u << 20);
    measure("X12 214 pieces", true, false);
    measure("EDIFACT IFTSTA pieces", false, false);
    measure("X12 214 trees", true, true);
    measure("EDIFACT IFTSTA trees", false, true);
    return 0;
}
