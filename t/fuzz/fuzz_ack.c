/*
 * Acknowledgements of EDI. What holds for every input: what goes back is read without a problem,
 * holds nothing that is refused, and is not acknowledged itself.
 */
#include "../../ngx_logistics_module/formats/edi_ack.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_ack: %s\n", what);
        abort();
    }
}

static lgs_str_t acknowledge(lgs_arena_t *arena, lgs_str_t source, uint8_t how, uint32_t *n_refused)
{
    lgs_edi_ack_options_t *options = lgs_arena_zalloc(arena, sizeof(*options));
    const lgs_input_t input = {lgs_input_format(LGS_STR("edi")), NULL};
    lgs_reader_t *reader = lgs_reader_open(&input, NULL, arena);
    lgs_window_t window = {source, true};
    lgs_edi_ack_t *ack;
    lgs_rc_t rc = LGS_OK;
    lgs_doc_t doc;
    lgs_buf_t out;

    *options = (lgs_edi_ack_options_t){.is_999 = how & 1,
                                       .ta1 = (lgs_edi_ack_when_t)((how >> 1) % 3),
                                       .contrl = (lgs_edi_ack_when_t)((how >> 3) % 3),
                                       .each_message = how >> 5 & 1,
                                       .number = 7,
                                       .date = "20260315",
                                       .time = "1045"};
    ack = lgs_edi_ack_create(arena, options);
    lgs_edi_watch(reader, lgs_edi_ack_see, ack);
    *n_refused = 0;
    while (rc != LGS_END) {
        rc = lgs_reader_next(reader, &window, arena, &doc, NULL);
        must(rc != LGS_NOMEM, "no memory");
        *n_refused += rc == LGS_INVALID || rc == LGS_LIMIT;
        if (rc == LGS_OK && how & 0x40) {
            lgs_pos_t pos = {.segment = how % 5, .element = how % 3, .component = how % 2};

            lgs_edi_ack_add(ack, (lgs_edi_fault_t)(how % 10), &pos, LGS_STR("N1"),
                            lgs_str(source.data, source.len < 120 ? source.len : 120));
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    lgs_buf_init(&out, arena, 0, 0);
    must(lgs_edi_ack_write(ack, &out, NULL) == LGS_OK, "it cannot be written");
    return lgs_buf_text(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lgs_arena_t *arena;
    uint32_t n_refused;
    lgs_str_t back;

    if (size < 1 || size > MAX_INPUT) {
        return 0;
    }
    arena = lgs_arena_create(0, 0);
    back = acknowledge(arena, lgs_str((const char *)data + 1, size - 1), data[0], &n_refused);
    if (back.len) {
        lgs_str_t none = acknowledge(arena, back, 0x2a, &n_refused); /* always, each message */

        must(n_refused == 0, "an acknowledgement is refused");
        must(none.len == 0, "an acknowledgement is acknowledged");
    }
    lgs_arena_destroy(arena);
    return 0;
}
