/*
 * What CSV costs: 16 MB of fuel card transactions (14 columns, Windows' character set) in memory →
 * trees, and → canonical records by the mapping that ships (fuel-card). Run from the repository's
 * root. Printed are the median, the slowest and the fastest of the rounds in MB of source a second.
 */
#include "../ngx_logistics_module/base/file.h"
#include "../ngx_logistics_module/formats/json.h"
#include "../ngx_logistics_module/mapping/mapping.h"
#include "../ngx_logistics_module/policy/yaml.h"
#include "micro.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 11
#define SIZE   (16u << 20)

static lgs_arena_t *load, *scratch;
static lgs_errs_t errs;

static void must(bool ok, const char *what)
{
    if (!ok) {
        for (const lgs_err_t *err = errs.first; err; err = err->next) {
            fprintf(stderr, "%.*s:%u:%u: %.*s\n", LGS_FMT(err->file), err->pos.line,
                    err->pos.column, LGS_FMT(err->text));
        }
        fprintf(stderr, "micro_csv: %s\n", what);
        exit(1);
    }
}

static const lgs_mapping_t *compile(void)
{
    const lgs_mapping_env_t env = {.data = NULL};
    const char *path = "lua-free-policies/mappings/fuel-card.yaml";
    lgs_doc_t *doc = lgs_arena_zalloc(load, sizeof(*doc));
    lgs_mapping_t *mapping;
    lgs_str_t text;

    must(doc && lgs_file_read(load, path, 1 << 20, &text, &errs) == LGS_OK &&
             lgs_yaml_read(load, text, lgs_cstr(path), doc, &errs) == LGS_OK,
         "cannot read the mapping");
    mapping = lgs_mapping_compile(load, doc, &env, &errs);
    must(mapping != NULL, "the mapping has findings");
    return mapping;
}

static lgs_str_t make_source(void)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, load, SIZE + 4096, 0);
    lgs_buf_cstr(&buf, "Card;Plate;Driver;Date;Time;Station;Country;Product;Qty;Km;Net;VAT;Gross;"
                       "Currency;Receipt\r\n");
    for (unsigned i = 0; buf.len < SIZE; i++) {
        lgs_buf_printf(&buf,
                       "7002 0531 %04u %04u;DN-LG %u;%s;%02u.%02u.2024;%02u:%02u;Autohof %u;DE;%s;"
                       "%u,%02u;%u.%03u;%u,%02u;%u,%02u;%u,%02u;EUR;%05u\r\n",
                       i % 10000, i * 7 % 10000, i % 900 + 100, i % 3 ? "" : "\"M\xfcller, Ada\"",
                       i % 28 + 1, i % 12 + 1, i % 24, i % 60, i % 500, i % 5 ? "Diesel" : "AdBlue",
                       i % 400, i % 100, i % 800 + 1, i % 1000, i % 700, i % 100, i % 130, i % 90,
                       i % 900, i % 97, i);
    }
    return lgs_buf_text(&buf);
}

/* Documents of one run over the source; `mapping` NULL: only read. */
static unsigned run(const lgs_mapping_t *mapping, const lgs_input_t *input, lgs_str_t source,
                    bool writes)
{
    const lgs_mapping_facts_t facts = {
        .partner = LGS_STR("cards"),
        .timezone = lgs_tz_load(load, LGS_STR("Europe/Berlin"), &errs),
        .received_at = LGS_STR("2024-06-01T00:00:00Z"),
        .format = LGS_STR("csv")};
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    lgs_reader_t *reader = lgs_reader_open(input, NULL, arena);
    lgs_window_t window = {source, true};
    lgs_records_t records;
    lgs_rc_t rc;
    lgs_doc_t doc;
    unsigned n = 0;
    lgs_buf_t buf;

    for (;;) {
        lgs_arena_reset(scratch);
        rc = lgs_reader_next(reader, &window, scratch, &doc, &errs);
        if (rc == LGS_END) {
            break;
        }
        must(rc == LGS_OK, "a row is refused");
        must(!mapping ||
                 lgs_mapping_run(mapping, &doc, &facts, scratch, &records, NULL, &errs) == LGS_OK,
             "a row is not translated");
        if (writes) {
            lgs_buf_init(&buf, scratch, 2048, 0);
            lgs_json_write(&buf, &records.items[0].node);
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
        n++;
    }
    lgs_arena_destroy(arena);
    return n;
}

int main(void)
{
    static const char *const names[] = {"to tree", "to canonical", "to canonical JSON"};
    double rates[3][ROUNDS];
    const lgs_mapping_t *mapping;
    lgs_str_t source;
    unsigned n = 0;

    load = lgs_arena_create(1 << 20, 0);
    scratch = lgs_arena_create(65536, 0);
    lgs_errs_init(&errs, load, 20);
    mapping = compile();
    source = make_source();
    for (int round = 0; round < ROUNDS; round++) {
        for (int what = 0; what < 3; what++) {
            double start = micro_now_ns() / 1e9;

            n = run(what ? mapping : NULL, lgs_mapping_input(mapping), source, what == 2);
            rates[what][round] = (double)source.len / 1e6 / (micro_now_ns() / 1e9 - start);
        }
    }
    printf("%u rows, %.0f bytes each\n", n, (double)source.len / n);
    for (int what = 0; what < 3; what++) {
        qsort(rates[what], ROUNDS, sizeof(double), micro_by_value);
        printf("%-18s %7.0f MB/s (%.0f to %.0f), %.0f ns a row\n", names[what],
               rates[what][ROUNDS / 2], rates[what][0], rates[what][ROUNDS - 1],
               (double)source.len / n / rates[what][ROUNDS / 2] * 1e3);
    }
    return 0;
}
