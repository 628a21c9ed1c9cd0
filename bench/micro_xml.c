/*
 * What reading XML to the tree costs, in MB/s: a tracking answer with namespaces (2 KB and 1 MB),
 * once with local names and once with a map of namespaces, beside bare expat with the same events
 * and nothing done in them. The documents are made here. Rounds are interleaved, so that a slow
 * moment of the machine hits all alike; printed are the median, the 10th and the 90th percentile.
 */
#include "../ngx_logistics_module/formats/xml.h"
#include "micro.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS   101
#define BATCH_NS 5e6 /* about so long is one case in one round */

typedef struct {
    lgs_arena_t *arena; /* for what a run allocates: reset before each */
    lgs_str_t text;
} subject_t;

typedef struct {
    const char *name;
    void (*run)(subject_t *subject);
    subject_t *subject;
    int batch;
    double ns[ROUNDS];
} case_t;

static const lgs_xml_namespace_t spaces[] = {
    {LGS_STR_INIT("soap"), LGS_STR_INIT("http://schemas.xmlsoap.org/soap/envelope/")},
    {LGS_STR_INIT("t"), LGS_STR_INIT("http://tracking.example/schemas/v5")},
};
static const lgs_xml_profile_t mapped = {.namespaces = spaces, .n_namespaces = 2};

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "micro_xml: %s\n", what);
        exit(1);
    }
}

/* ---- documents ---- */

static void add_event(lgs_buf_t *buf, int i)
{
    static const char *const texts[] = {
        "Processed at sort facility",
        "Empf\303\244nger nicht angetroffen",
        "Smith &amp; Sons have signed",
        "Departed facility",
    };

    lgs_buf_printf(buf,
                   "        <t:ScanEvent>\n"
                   "          <t:Timestamp>2024-03-%02dT%02d:17:0%d+01:00</t:Timestamp>\n"
                   "          <t:EventType code=\"%c%d\">%s</t:EventType>\n"
                   "          <t:Address countryCode=\"DE\" residential=\"false\">\n"
                   "            <t:City>Leipzig</t:City>\n"
                   "            <t:PostalCode>%05d</t:PostalCode>\n"
                   "          </t:Address>\n"
                   "        </t:ScanEvent>\n",
                   1 + i % 28, i % 24, i % 10, 'A' + i % 26, i % 10, texts[i % 4],
                   4103 + i % 90000);
}

static lgs_str_t make_document(lgs_arena_t *arena, size_t bytes)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, bytes + 2048, 0);
    lgs_buf_cstr(&buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"\n"
                       "               xmlns:t=\"http://tracking.example/schemas/v5\">\n"
                       "  <soap:Body>\n    <t:TrackReply>\n      <t:TrackDetails id=\"1\">\n"
                       "        <t:TrackingNumber>00340434292135100056</t:TrackingNumber>\n");
    for (int i = 0; buf.len + 600 < bytes; i++) {
        add_event(&buf, i);
    }
    lgs_buf_cstr(&buf, "      </t:TrackDetails>\n    </t:TrackReply>\n  </soap:Body>\n"
                       "</soap:Envelope>\n");
    must(!buf.failed, "no memory");
    return lgs_buf_text(&buf);
}

/* ---- what is measured ---- */

static void read_with(subject_t *subject, const lgs_xml_profile_t *profile)
{
    lgs_doc_t doc;

    lgs_arena_reset(subject->arena);
    must(lgs_xml_read(subject->arena, subject->text, profile, NULL, &doc, NULL) == LGS_OK,
         "refused");
}

static void run_local(subject_t *subject)
{
    read_with(subject, NULL);
}

static void run_mapped(subject_t *subject)
{
    read_with(subject, &mapped);
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    (void)data, (void)name, (void)attributes;
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
    (void)data, (void)name;
}

static void XMLCALL on_text(void *data, const XML_Char *text, int len)
{
    (void)data, (void)text, (void)len;
}

static void run_expat(subject_t *subject)
{
    XML_Parser parser = XML_ParserCreate(NULL);

    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    must(XML_Parse(parser, subject->text.data, (int)subject->text.len, 1) == XML_STATUS_OK,
         "refused by expat");
    XML_ParserFree(parser);
}

/* ---- rounds ---- */

static double time_batch(const case_t *c)
{
    double start = micro_now_ns();

    for (int i = 0; i < c->batch; i++) {
        c->run(c->subject);
    }
    return (micro_now_ns() - start) / c->batch;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_case(case_t *c)
{
    double bytes = (double)c->subject->text.len;

    qsort(c->ns, ROUNDS, sizeof(c->ns[0]), compare);
    printf("%-28s %8.0f bytes %9.1f us  %6.1f MB/s (%.1f to %.1f)\n", c->name, bytes,
           c->ns[ROUNDS / 2] / 1e3, bytes * 1e3 / c->ns[ROUNDS / 2],
           bytes * 1e3 / c->ns[ROUNDS * 9 / 10], bytes * 1e3 / c->ns[ROUNDS / 10]);
}

int main(void)
{
    static const size_t sizes[] = {2048, 1u << 20};
    static subject_t subjects[LGS_N(sizes)];
    static case_t cases[3 * LGS_N(sizes)];
    lgs_arena_t *arena = lgs_arena_create(0, 0);

    for (size_t i = 0; i < LGS_N(sizes); i++) {
        subjects[i] = (subject_t){lgs_arena_create(1u << 20, 0), make_document(arena, sizes[i])};
        cases[3 * i] = (case_t){"read, local names", run_local, &subjects[i], 1, {0}};
        cases[3 * i + 1] = (case_t){"read, namespaces mapped", run_mapped, &subjects[i], 1, {0}};
        cases[3 * i + 2] = (case_t){"bare expat", run_expat, &subjects[i], 1, {0}};
    }
    for (size_t i = 0; i < LGS_N(cases); i++) {
        cases[i].batch = 1 + (int)(BATCH_NS / (time_batch(&cases[i]) + 1));
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < LGS_N(cases); i++) {
            cases[i].ns[round] = time_batch(&cases[i]);
        }
    }
    for (size_t i = 0; i < LGS_N(cases); i++) {
        print_case(&cases[i]);
    }
    for (size_t i = 0; i < LGS_N(sizes); i++) {
        lgs_arena_destroy(subjects[i].arena);
    }
    lgs_arena_destroy(arena);
    return 0;
}
