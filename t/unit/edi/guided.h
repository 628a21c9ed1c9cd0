/*
 * A dictionary and a guide of a set that is only for tests, as JSON (a tree is a tree), and what a
 * check says as one text: "fault segment/element/component" for each finding.
 */
#include "../../../ngx_logistics_module/edi/guide.h"
#include "../../../ngx_logistics_module/formats/json.h"
#include "../unit.h"

#define X12_HEAD                                                                                   \
    "ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*^*00501*"   \
    "000000007*0*P*>~GS*QM*ACME*OURS*20260314*0930*12*X*005010~"
#define X12_TAIL "GE*1*12~IEA*1*000000007~"

static const char x12_dictionary[] =
    "{\"dictionary\":\"x12/d\",\"standard\":\"x12\","
    "\"elements\":{\"1\":\"AN 2/4 name\",\"2\":\"N0 1/3 count\",\"3\":\"R 1/4 weight\","
    "\"4\":\"DT 8/8 date\",\"5\":\"TM 4/8 time\",\"6\":\"ID 1/2 code\",\"7\":\"DT 6/6 day\","
    "\"8\":\"B 1/0 bytes\",\"9\":\"AN 1/20\"},"
    "\"codes\":{\"6\":\"A BB\"},"
    "\"composites\":{\"C1\":[\"M1\",\"O2\"],\"C2\":[\"M1\",\"M2\"]},"
    "\"segments\":{\"ST\":[\"M9\",\"M9\"],\"SE\":[\"M9\",\"M9\"],"
    "\"TX\":[\"M1\",\"O2\",\"O3\",\"O4\",\"O5\",\"O6\",\"O7\"],"
    "\"CP\":[\"OC1\",\"OC2\",\"O1*2\",\"OC1*2\",\"O N0 1/2\"],"
    "\"PP\":[\"X9\",\"X9\",\"X9\",\"P0102\"],\"RR\":[\"X9\",\"X9\",\"O9\",\"R0102\"],"
    "\"EE\":[\"X9\",\"X9\",\"X9\",\"E010203\"],\"CC\":[\"X9\",\"X9\",\"X9\",\"C010203\"],"
    "\"LL\":[\"X9\",\"X9\",\"X9\",\"L010203\"],"
    "\"A1\":[\"O9\"],\"B1\":[\"O9\"],\"B2\":[\"O9\"],\"D1\":[\"O9\"],\"D2\":[\"O9\"],"
    "\"F1\":[\"O9\"],\"F2\":[\"O9\"],\"G1\":[\"O9\"],\"G2\":[\"O9\"],\"G3\":[\"O9\"],"
    "\"Z9\":[\"O9\"]}}";

static const char x12_guide[] =
    "{\"guide\":\"x12/g\",\"standard\":\"x12\",\"set\":\"214\",\"versions\":[\"005010\"],"
    "\"dictionary\":\"x12/d\",\"segments\":[\"ST M\",\"TX O 99\",\"CP O 99\",\"PP O\",\"RR "
    "O\",\"EE O\","
    "\"CC O\",\"LL O\",\"A1 O 2\","
    "{\"loop L1 O 2\":[\"B1 M\",\"B2 O\",{\"loop L2 O 3\":[\"D1 M\",\"D2 M\"]}]},"
    "{\"loop L3 O 1\":[\"F1 M\",\"F2 O 2\",\"A1 O\"]},"
    "{\"loop L4 O 2\":[\"G1 M\",\"G2 O\",\"G3 M\"]},\"SE M\"]}";

typedef struct {
    lgs_arena_t *arena;
    lgs_errs_t errs;
    lgs_guides_t *guides;
    lgs_doc_t docs[16];
    uint32_t n;
} world_t;

static inline void world_open(world_t *w, size_t ceiling)
{
    w->arena = lgs_arena_create(0, ceiling);
    w->n = 0;
    w->guides = NULL;
    if (w->arena) {
        lgs_errs_init(&w->errs, w->arena, 50);
        w->guides = lgs_guides_create(w->arena);
    }
}

static inline lgs_rc_t world_add(world_t *w, const char *name, const char *text)
{
    lgs_doc_t *doc = &w->docs[w->n++];
    lgs_rc_t rc = w->guides ? lgs_json_read(w->arena, lgs_cstr(text), NULL, doc, &w->errs)
                            : LGS_NOMEM;

    doc->file = lgs_cstr(name);
    return rc == LGS_OK ? lgs_guides_add(w->guides, lgs_cstr(name), doc, &w->errs) : rc;
}

/* The guides above. */
static inline lgs_rc_t world_fill(world_t *w)
{
    lgs_rc_t rc = world_add(w, "x12/d", x12_dictionary);

    rc = rc == LGS_OK ? world_add(w, "x12/g", x12_guide) : rc;
    return rc == LGS_OK ? lgs_guides_compile(w->guides, &w->errs) : rc;
}

/* The first set of a source. */
static inline lgs_rc_t world_read(world_t *w, const char *format, const char *text, lgs_doc_t *doc)
{
    lgs_input_t *input = lgs_arena_zalloc(w->arena, sizeof(*input));
    lgs_window_t window = {lgs_cstr(text), true};
    lgs_reader_t *reader;

    if (input == NULL) {
        return LGS_NOMEM;
    }
    input->format = lgs_input_format(lgs_cstr(format));
    reader = lgs_reader_open(input, NULL, w->arena);
    return reader ? lgs_reader_next(reader, &window, w->arena, doc, &w->errs) : LGS_NOMEM;
}

typedef struct {
    char text[4096];
    size_t len;
    uint32_t n;
    lgs_edi_finding_t last;
} said_t;

static inline void say(void *data, const lgs_edi_finding_t *finding)
{
    said_t *said = data;

    said->n++;
    said->last = *finding;
    if (said->len < sizeof(said->text) - 64) {
        said->len += (size_t)snprintf(said->text + said->len, sizeof(said->text) - said->len,
                                      "%s%s %u/%u/%u", said->len ? ", " : "",
                                      lgs_edi_fault_row(finding->fault)->name, finding->pos.segment,
                                      finding->pos.element, finding->pos.component);
    }
}
