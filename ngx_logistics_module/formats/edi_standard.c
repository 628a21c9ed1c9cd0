/*
 * What X12, EDIFACT and TRADACOMS call the parts of an envelope, as tables; the engine that reads
 * them (edi_read.c) is one.
 */
#include "charset.h"
#include "edi_scan.h"

#include <stdio.h>

/* lgs_edi_initial() for the table */
#define INITIAL(letter) (UINT32_C(1) << ((letter)&31))

const lgs_edi_standard_t lgs_edi_standards[LGS_EDI_N_STANDARDS] = {
    [LGS_EDI_X12] = {.name = "x12",
                     .levels = {{"ISA", "IEA", {13, 1}, {1, 1}, {2, 1}},
                                {"GS", "GE", {6, 1}, {1, 1}, {2, 1}},
                                {"ST", "SE", {2, 1}, {1, 1}, {2, 1}}},
                     .notes = {"TA1", "TA3"},
                     .initials = INITIAL('I') | INITIAL('G') | INITIAL('S') | INITIAL('T'),
                     .is_number = true},
    [LGS_EDI_EDIFACT] = {.name = "edifact",
                         .levels = {{"UNB", "UNZ", {5, 1}, {1, 1}, {2, 1}},
                                    {"UNG", "UNE", {5, 1}, {1, 1}, {2, 1}},
                                    {"UNH", "UNT", {1, 1}, {1, 1}, {2, 1}}},
                         .advice = "UNA",
                         .notes = {"UNO", "UNP"},
                         .initials = INITIAL('U'),
                         .counts_from_zero = true,
                         .is_composite = true},
    /* its trailers repeat no numbers; a batch is its group */
    [LGS_EDI_TRADACOMS] = {.name = "tradacoms",
                           .levels = {{"STX", "END", {5, 1}, {1, 1}, {0, 0}},
                                      {"BAT", "EOB", {1, 1}, {1, 1}, {0, 0}},
                                      {"MHD", "MTR", {1, 1}, {1, 1}, {0, 0}}},
                           .initials = INITIAL('S') | INITIAL('E') | INITIAL('B') | INITIAL('M'),
                           .counts_from_zero = true,
                           .is_composite = true},
};

/* GS01 by ST01; sets of one group stand together. */
static const struct {
    const char *group;
    char sets[2][4];
} groups[] = {
    {"QM", {"214"}},        {"SM", {"204"}},        {"GF", {"990"}},        {"IM", {"210"}},
    {"OW", {"940"}},        {"SW", {"945"}},        {"RE", {"944"}},        {"AR", {"943"}},
    {"IB", {"846"}},        {"RC", {"861"}},        {"SI", {"858"}},        {"BL", {"211"}},
    {"PO", {"850"}},        {"PR", {"855"}},        {"PC", {"860"}},        {"CA", {"865"}},
    {"FA", {"997", "999"}}, {"RO", {"300", "301"}}, {"IO", {"310", "312"}}, {"QO", {"313", "315"}},
    {"SO", {"309", "322"}}, {"IN", {"810"}},        {"SH", {"856"}},        {"AG", {"824"}},
    {"RA", {"820"}},
};

/* Tags are compared as numbers: this is asked of every segment. */
static inline uint32_t pack(const char tag[4])
{
    uint32_t packed;

    memcpy(&packed, tag, 4);
    return packed;
}

lgs_edi_role_t lgs_edi_role(const lgs_edi_standard_t *standard, lgs_str_t tag,
                            lgs_edi_level_t *level)
{
    char text[4] = {0};
    uint32_t packed;

    if (tag.len < 2 || tag.len > 3 || !(standard->initials & lgs_edi_initial(tag.data[0]))) {
        return LGS_EDI_DATA;
    }
    text[0] = tag.data[0];
    text[1] = tag.data[1];
    text[2] = tag.len == 3 ? tag.data[2] : 0;
    packed = pack(text);
    for (unsigned i = 0; i < LGS_EDI_N_LEVELS; i++) {
        *level = (lgs_edi_level_t)i;
        if (packed == pack(standard->levels[i].open)) {
            return LGS_EDI_OPENS;
        }
        if (packed == pack(standard->levels[i].close)) {
            return LGS_EDI_CLOSES;
        }
    }
    if (packed == pack(standard->advice)) {
        *level = LGS_EDI_INTERCHANGE;
        return LGS_EDI_OPENS;
    }
    for (unsigned i = 0; i < LGS_N(standard->notes); i++) {
        if (packed == pack(standard->notes[i])) {
            return LGS_EDI_NOTE;
        }
    }
    return LGS_EDI_DATA;
}

bool lgs_edi_repeats(lgs_str_t isa12)
{
    unsigned number = 0;

    for (size_t i = 0; i < isa12.len && i < 16; i++) {
        char digit = isa12.data[i];

        number = digit >= '0' && digit <= '9' ? number * 10 + (unsigned)(digit - '0') : number;
    }
    return number >= 402;
}

lgs_str_t lgs_edi_group_of(lgs_str_t set)
{
    char text[4] = {0};
    uint32_t packed;

    if (set.len == 3) {
        memcpy(text, set.data, 3);
    }
    packed = pack(text); /* 0 is that of a group's second set where it has none */
    for (size_t i = 0; packed && i < LGS_N(groups); i++) {
        if (packed == pack(groups[i].sets[0]) || packed == pack(groups[i].sets[1])) {
            return lgs_cstr(groups[i].group);
        }
    }
    return (lgs_str_t){NULL, 0};
}

lgs_str_t lgs_edi_tree_text(const lgs_edi_standard_t *standard, const lgs_node_t *elements,
                            uint32_t element, uint32_t component)
{
    uint32_t from = standard->counts_from_zero ? 1 : 0;
    const lgs_node_t *value;
    char name[8];
    int n = snprintf(name, sizeof(name), from ? "%u" : "%02u", element - from);

    value = lgs_node_get(elements, lgs_str(name, (size_t)n));
    if (value && value->type == LGS_ARRAY) {
        value = value->n ? &value->u.items[0] : NULL;
    }
    if (value && value->type == LGS_OBJECT) {
        n = snprintf(name, sizeof(name), from ? "%u" : "%02u", component - from);
        value = lgs_node_get(value, lgs_str(name, (size_t)n));
    } else if (component > 1) {
        value = NULL;
    }
    return value ? lgs_node_text(value) : LGS_STR("");
}

/* Windows' variant of it where there is one: that is what people send. */
unsigned lgs_edi_level_charset(lgs_str_t level)
{
    static const unsigned char charsets[] = {
        ['D'] = LGS_CHARSET_8859_2, ['E'] = LGS_CHARSET_8859_5, ['F'] = LGS_CHARSET_8859_7,
        ['G'] = LGS_CHARSET_8859_3, ['H'] = LGS_CHARSET_8859_4, ['I'] = LGS_CHARSET_8859_6,
        ['J'] = LGS_CHARSET_8859_8, ['K'] = LGS_CHARSET_8859_9,
    };
    unsigned char c = level.len == 4 && memcmp(level.data, "UNO", 3) == 0
                          ? (unsigned char)level.data[3]
                          : 0;

    if (c == 'W' || c == 'Y') {
        return LGS_CHARSET_UTF8;
    }
    return c < LGS_N(charsets) && charsets[c] ? charsets[c] : LGS_CHARSET_CP1252;
}
