/* The envelope of EDI that a command writes (letter.h). */
#include "letter.h"

#include "translate.h"

#include <stdio.h>

#define MAX_DIGITS 9u /* of a control number */

static uint32_t read_number(const char *text);
static const lgs_doc_t *find_file(lgs_arena_t *arena, lgs_str_t path, lgs_errs_t *errs);
static void set_party(const lgs_node_t *node, const char *otherwise, lgs_str_t *qualifier,
                      lgs_str_t *id);

bool ctl_letter(lgs_arena_t *arena, const char *dir, lgs_str_t partner, const char *control,
                lgs_str_t now, lgs_edi_letter_t *letter, lgs_errs_t *errs)
{
    bool is_name = partner.len && memchr(partner.data, '/', partner.len) == NULL;
    lgs_str_t file = lgs_arena_printf(arena, "%s/partners/%.*s.yaml", dir, LGS_FMT(partner));
    lgs_str_t gateway = lgs_arena_printf(arena, "%s/gateway.yaml", dir);
    const lgs_doc_t *doc = is_name && file.data ? find_file(arena, file, errs) : NULL;
    const lgs_doc_t *house = gateway.data ? find_file(arena, gateway, errs) : NULL;
    const lgs_node_t *edi = doc ? lgs_node_at(&doc->root, "edi") : NULL;
    uint32_t number = control ? read_number(control) : 1;

    if (number == 0) {
        lgs_errs_add(errs, "control", (lgs_pos_t){0}, "\"%s\" is no control number: 1 to 999999999",
                     control);
        return false;
    }
    *letter = (lgs_edi_letter_t){.number = number, .now = now};
    letter->is_test = !(
        house && lgs_str_is(lgs_node_text(lgs_node_at(&house->root, "environment")), "production"));
    set_party(lgs_node_at(edi, "ours"), "SENDER", &letter->sender_qualifier, &letter->sender);
    set_party(lgs_node_at(edi, "id"), "RECEIVER", &letter->receiver_qualifier, &letter->receiver);
    return errs->n == 0;
}

/* 0: it is none. */
static uint32_t read_number(const char *text)
{
    uint32_t number = 0;
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++) {
        if (n > MAX_DIGITS || text[i] < '0' || text[i] > '9') {
            return 0;
        }
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    return number;
}

/* NULL also when there is none. */
static const lgs_doc_t *find_file(lgs_arena_t *arena, lgs_str_t path, lgs_errs_t *errs)
{
    FILE *file = fopen(path.data, "rb");

    if (file == NULL) {
        return NULL;
    }
    fclose(file);
    return ctl_read_doc(arena, path.data, errs);
}

/* "ZZ/ACME", "4012345000009", or the first of a list of them. */
static void set_party(const lgs_node_t *node, const char *otherwise, lgs_str_t *qualifier,
                      lgs_str_t *id)
{
    lgs_str_t text;
    const char *slash;

    if (node && node->type == LGS_ARRAY && node->n) {
        node = &node->u.items[0];
    }
    text = lgs_node_text(node);
    slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    *qualifier = slash ? lgs_str(text.data, (size_t)(slash - text.data)) : LGS_STR("");
    *id = slash ? lgs_str(slash + 1, text.len - qualifier->len - 1) : text;
    if (id->len == 0) {
        *id = lgs_cstr(otherwise);
    }
}
