/*
 * A dictionary and a guide, both as JSON, and EDI of any standard, zero bytes between. What holds
 * for every input:
 *   - what is refused by the compiler has findings, and there is no guide of it;
 *   - a set is refused if and only if a finding says so; none comes whose fault is ignored;
 *   - findings are bounded, have a sentence, stand in a segment of the set and a byte of the
 * source;
 *   - the same is said each time.
 */
#include "../../ngx_logistics_module/edi/guide.h"
#include "../../ngx_logistics_module/formats/edi_scan.h"
#include "../../ngx_logistics_module/formats/json.h"

#include <stdio.h>
#include <stdlib.h>

#define CEILING   (64u << 20)
#define MAX_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_edi_guide: %s\n", what);
        abort();
    }
}

/* The text before the next zero byte; all that is left when there is none. */
static lgs_str_t cut(lgs_str_t *rest)
{
    const char *zero = rest->len ? memchr(rest->data, 0, rest->len) : NULL;
    lgs_str_t part = lgs_str(rest->data, zero ? (size_t)(zero - rest->data) : rest->len);

    rest->data += part.len + (zero != NULL);
    rest->len -= part.len + (zero != NULL);
    return part;
}

typedef struct {
    uint32_t n, n_refusing, n_segments;
    size_t len;
    uint64_t hash;
    const lgs_edi_profile_t *profile;
} said_t;

static void see(void *data, const lgs_edi_finding_t *finding)
{
    said_t *said = data;
    lgs_edi_severity_t severity = lgs_edi_fault_severity(said->profile, finding->fault);

    must(finding->fault < LGS_EDI_N_FAULTS, "a fault that there is not");
    must(finding->severity == severity && severity != LGS_EDI_IGNORE, "another severity");
    must(finding->text.len > 0 && finding->pointer.len > 0, "no sentence, or no place");
    must(finding->pos.segment <= said->n_segments, "not in the set");
    must(finding->pos.line <= said->len + 1, "not in the source");
    said->n++;
    said->n_refusing += severity == LGS_EDI_REJECT;
    said->hash = said->hash * 31 + lgs_hash(finding->text.data, finding->text.len) +
                 lgs_hash(finding->pointer.data, finding->pointer.len);
}

static said_t check(const lgs_guide_t *guide, const lgs_doc_t *doc,
                    const lgs_edi_profile_t *profile, size_t len, lgs_arena_t *arena)
{
    const lgs_node_t *segments = lgs_node_at(&doc->root, "segments");
    said_t said = {.len = len, .profile = profile, .n_segments = segments ? segments->n + 2 : 2};
    lgs_rc_t rc = lgs_guide_check(guide, doc, profile, arena, see, &said);

    must(rc == LGS_OK || rc == LGS_INVALID || rc == LGS_LIMIT || rc == LGS_NOMEM, "what is that?");
    must(said.n <= LGS_GUIDE_MAX_FINDINGS, "findings without end");
    must(rc != LGS_OK || said.n_refusing == 0, "a set with a fault is taken");
    must(rc != LGS_INVALID || said.n_refusing > 0, "refused without a reason");
    return said;
}

static void check_all(const lgs_guide_t *guide, lgs_str_t source, lgs_arena_t *arena)
{
    lgs_edi_profile_t lenient = {0}, deaf = {0}, by_default = {0};
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), &lenient};
    lgs_reader_t *reader;
    lgs_window_t window = {source, true};
    lgs_errs_t errs;
    lgs_rc_t rc;

    for (unsigned i = 0; i < LGS_EDI_N_CHECKS; i++) {
        lenient.checks[i] = LGS_EDI_WARN;
    }
    for (unsigned i = 0; i < LGS_EDI_N_FAULTS; i++) {
        lenient.faults[i] = LGS_EDI_WARN;
        deaf.faults[i] = LGS_EDI_IGNORE;
    }
    reader = lgs_reader_open(&input, NULL, arena);
    do {
        lgs_doc_t doc;

        lgs_errs_init(&errs, arena, 1);
        rc = reader ? lgs_reader_next(reader, &window, arena, &doc, &errs) : LGS_END;
        if (rc == LGS_OK) {
            size_t len = source.len;
            said_t first = check(guide, &doc, &lenient, len, arena);
            said_t again = check(guide, &doc, &lenient, len, arena);
            said_t some = check(guide, &doc, &by_default, len, arena);

            must(first.n == again.n && first.hash == again.hash, "something else is said now");
            must(some.n <= first.n, "more faults by the defaults than there are");
            must(check(guide, &doc, &deaf, len, arena).n == 0, "what is ignored is said");
        }
        window.bytes.data += reader ? lgs_reader_used(reader) : 0;
        window.bytes.len -= reader ? lgs_reader_used(reader) : 0;
    } while (rc != LGS_END && rc != LGS_NOMEM && rc != LGS_AGAIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_str_t rest = lgs_str(size ? (const char *)data : "", size);
    lgs_doc_t dictionary, guide;
    lgs_guides_t *guides;
    lgs_arena_t *arena;
    lgs_errs_t errs;
    lgs_rc_t rc;

    if (size > MAX_INPUT || (arena = lgs_arena_create(0, CEILING)) == NULL) {
        return 0;
    }
    lgs_errs_init(&errs, arena, 10);
    guides = lgs_guides_create(arena);
    if (guides && lgs_json_read(arena, cut(&rest), NULL, &dictionary, &errs) == LGS_OK &&
        lgs_json_read(arena, cut(&rest), NULL, &guide, &errs) == LGS_OK) {
        dictionary.file = LGS_STR("d.yaml");
        guide.file = LGS_STR("g.yaml");
        rc = lgs_guides_add(guides, LGS_STR("d"), &dictionary, &errs);
        rc = rc == LGS_OK ? lgs_guides_add(guides, LGS_STR("g"), &guide, &errs) : rc;
        must(rc != LGS_INVALID || errs.n > 0, "a file is refused without a reason");
        if (rc == LGS_OK) {
            const lgs_guide_t *good;

            rc = lgs_guides_compile(guides, &errs);
            good = lgs_guides_get(guides, LGS_STR("g"));
            must((rc == LGS_INVALID) == (errs.n > 0) || rc == LGS_NOMEM, "findings or none?");
            if (good && rc == LGS_OK) {
                check_all(good, rest, arena);
            }
        }
    }
    lgs_arena_destroy(arena);
    return 0;
}
