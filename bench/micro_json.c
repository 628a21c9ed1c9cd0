/*
 * What reading and writing one JSON document costs, at 2 KB (a tracking event) and 18 KB (a
 * history), beside jansson in the same run. The documents are made here: nested objects, names of
 * real length, some escapes and UTF-8, numbers. Rounds are interleaved, so that a slow moment of
 * the machine hits all alike; printed are the median, the 10th and the 90th percentile in ns.
 */
#include "../ngx_logistics_module/formats/json.h"
#include "micro.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS   201
#define BATCH_NS 1e6 /* about so long is one case in one round */

typedef struct {
    lgs_arena_t *arena; /* for what a run allocates: reset before each */
    lgs_str_t text;
    lgs_doc_t doc; /* of text, in memory that is not reset */
} subject_t;

typedef struct {
    const char *name;
    void (*run)(subject_t *subject);
    subject_t *subject;
    int batch;
    double ns[ROUNDS];
} case_t;

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "micro_json: %s\n", what);
        exit(1);
    }
}

/* ---- documents ---- */

static void add_place(lgs_buf_t *buf, const char *street, const char *town, const char *code)
{
    lgs_buf_printf(buf,
                   "{\"address\":{\"countryCode\":\"DE\",\"postalCode\":\"%s\","
                   "\"addressLocality\":\"%s\",\"streetAddress\":\"%s\"}}",
                   code, town, street);
}

static void add_event(lgs_buf_t *buf, int i)
{
    static const char *const texts[] = {
        "The shipment has been processed in the parcel center of origin",
        "Die Sendung wurde in das Zustellfahrzeug geladen \\u2013 Zustellung heute",
        "Empf\303\244nger nicht angetroffen, Karte \\\"Abholung\\\" hinterlassen",
        "DELIVERED",
    };

    lgs_buf_printf(buf, "%s{\"timestamp\":\"2024-03-%02dT%02d:17:0%d+01:00\",\"location\":",
                   i ? "," : "", 1 + i % 28, i % 24, i % 10);
    add_place(buf, "", "Hof/M\303\274nchberg", "95030");
    lgs_buf_printf(buf,
                   ",\"statusCode\":\"transit\",\"status\":\"%s\",\"pieceIds\":[\"JD%012d\"],"
                   "\"weight\":{\"value\":%d.50,\"unitText\":\"kg\"}}",
                   texts[i % 4], 340434 + i, i % 30);
}

static lgs_str_t make_document(lgs_arena_t *arena, size_t bytes)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, bytes + 1024, 0);
    lgs_buf_cstr(&buf, "{\"shipments\":[{\"id\":\"00340434292135100056\",\"service\":\"parcel-de\","
                       "\"origin\":");
    add_place(&buf, "Charles-de-Gaulle-Str. 20", "Bonn", "53113");
    lgs_buf_cstr(&buf, ",\"destination\":");
    add_place(&buf, "Marktstra\303\237e 1\\/3", "N\303\274rnberg", "90403");
    lgs_buf_cstr(&buf, ",\"details\":{\"carrier\":{\"@type\":\"Organization\",\"organizationName\":"
                       "\"DHL Paket\"},\"proofOfDeliverySignedAvailable\":false,"
                       "\"totalNumberOfPieces\":2,\"weight\":{\"value\":4.20,\"unitText\":\"kg\"},"
                       "\"dimensions\":{\"width\":20,\"height\":15.5,\"length\":30},"
                       "\"references\":[{\"number\":\"4711\",\"type\":\"customer-reference\"}],"
                       "\"delay\":null},\"events\":[");
    for (int i = 0; buf.len < bytes - 250; i++) {
        add_event(&buf, i);
    }
    lgs_buf_cstr(&buf, "]}]}");
    must(!buf.failed, "no memory");
    return lgs_buf_text(&buf);
}

/* ---- what is measured ---- */

static void read_into(lgs_arena_t *arena, lgs_str_t text, lgs_doc_t *doc)
{
    lgs_errs_t errs;

    lgs_errs_init(&errs, arena, LGS_MAX_ERRORS);
    must(lgs_json_read(arena, text, NULL, doc, &errs) == LGS_OK, "refused");
}

static void write_from(subject_t *subject, const lgs_node_t *root)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, subject->arena, subject->text.len, 0);
    lgs_json_write(&buf, root);
    must(!buf.failed, "not written");
}

static void run_read(subject_t *subject)
{
    lgs_doc_t doc;

    lgs_arena_reset(subject->arena);
    read_into(subject->arena, subject->text, &doc);
}

static void run_write(subject_t *subject)
{
    lgs_arena_reset(subject->arena);
    write_from(subject, &subject->doc.root);
}

static void run_both(subject_t *subject)
{
    lgs_doc_t doc;

    lgs_arena_reset(subject->arena);
    read_into(subject->arena, subject->text, &doc);
    write_from(subject, &doc.root);
}

static void run_jansson(subject_t *subject)
{
    json_t *root = json_loadb(subject->text.data, subject->text.len, JSON_REJECT_DUPLICATES, NULL);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

    must(text != NULL, "jansson refused");
    free(text);
    json_decref(root);
}

/* ---- rounds ---- */

static double batch_ns(const case_t *with)
{
    double start = micro_now_ns();

    for (int i = 0; i < with->batch; i++) {
        with->run(with->subject);
    }
    return (micro_now_ns() - start) / with->batch;
}

static void measure(case_t *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cases[i].batch = 1;
        while (batch_ns(&cases[i]) * cases[i].batch < BATCH_NS) {
            cases[i].batch *= 2;
        }
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) {
            cases[i].ns[round] = batch_ns(&cases[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        qsort(cases[i].ns, ROUNDS, sizeof(double), micro_by_value);
        printf("%6zu bytes  %-20s %8.0f ns  (p10 %.0f, p90 %.0f)  %5.0f MB/s\n",
               cases[i].subject->text.len, cases[i].name, cases[i].ns[ROUNDS / 2],
               cases[i].ns[ROUNDS / 10], cases[i].ns[ROUNDS * 9 / 10],
               (double)cases[i].subject->text.len * 1e3 / cases[i].ns[ROUNDS / 2]);
    }
}

int main(void)
{
    static const size_t sizes[] = {2048, 18 * 1024};
    static case_t cases[4 * LGS_N(sizes)];
    subject_t subjects[LGS_N(sizes)];
    lgs_arena_t *kept = lgs_arena_create(1 << 16, 0);
    size_t n = 0;

    must(kept != NULL, "no memory");
    for (size_t i = 0; i < LGS_N(sizes); i++) {
        subject_t *subject = &subjects[i];

        subject->arena = lgs_arena_create(1 << 18, 0);
        must(subject->arena != NULL, "no memory");
        subject->text = make_document(kept, sizes[i]);
        read_into(kept, subject->text, &subject->doc);
        cases[n++] = (case_t){.name = "read", .run = run_read, .subject = subject};
        cases[n++] = (case_t){.name = "write", .run = run_write, .subject = subject};
        cases[n++] = (case_t){.name = "read + write", .run = run_both, .subject = subject};
        cases[n++] = (case_t){
            .name = "jansson, read + write", .run = run_jansson, .subject = subject};
    }
    measure(cases, n);
    for (size_t i = 0; i < LGS_N(sizes); i++) {
        lgs_arena_destroy(subjects[i].arena);
    }
    lgs_arena_destroy(kept);
    return 0;
}
