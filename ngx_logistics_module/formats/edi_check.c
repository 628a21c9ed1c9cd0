/*
 * The table of everything that can be wrong with an envelope: its names, what becomes of it unless
 * a profile says other, and how the acknowledgements say it.
 */
#include "edi_scan.h"

typedef struct {
    const char *names[LGS_EDI_N_STANDARDS]; /* one for all: only the first */
    lgs_edi_severity_t severity;
    lgs_edi_codes_t codes; /* 718, 716, I18, 0085 */
} row_t;

/* What is not whole or contradicts itself is refused. A count that is wrong is what people's
   programs write: it is told. */
static const row_t rows[LGS_EDI_N_CHECKS] = {
    [LGS_EDI_NO_INTERCHANGE] = {{"no_isa", "no_unb", "no_stx"},
                                LGS_EDI_REJECT,
                                {NULL, NULL, "024", "13"}},
    [LGS_EDI_INTERCHANGE_END] = {{"no_iea", "no_unz", "no_end"},
                                 LGS_EDI_REJECT,
                                 {NULL, NULL, "023", "13"}},
    [LGS_EDI_INTERCHANGE_COUNT] = {{"iea01_count", "unz_count", "end_count"},
                                   LGS_EDI_WARN,
                                   {NULL, NULL, "021", "29"}},
    [LGS_EDI_INTERCHANGE_NUMBER] = {{"iea02_mismatch", "unz_mismatch", NULL},
                                    LGS_EDI_WARN,
                                    {NULL, NULL, "001", "28"}},
    [LGS_EDI_NO_GROUP] = {{"no_gs", "no_ung", "no_bat"}, LGS_EDI_REJECT, {NULL, NULL, "024", "13"}},
    [LGS_EDI_GROUP_END] = {{"no_ge", "no_une", "no_eob"}, LGS_EDI_REJECT, {NULL, "3", "024", "13"}},
    [LGS_EDI_GROUP_COUNT] = {{"ge01_count", "une_count", "eob_count"},
                             LGS_EDI_WARN,
                             {NULL, "5", NULL, "29"}},
    [LGS_EDI_GROUP_NUMBER] = {{"ge02_mismatch", "une_mismatch", NULL},
                              LGS_EDI_WARN,
                              {NULL, "4", NULL, "28"}},
    [LGS_EDI_NO_SET] = {{"no_st", "no_unh", "no_mhd"}, LGS_EDI_REJECT, {"6", NULL, "024", "13"}},
    [LGS_EDI_SET_END] = {{"no_se", "no_unt", "no_mtr"}, LGS_EDI_REJECT, {"2", NULL, NULL, "13"}},
    [LGS_EDI_SET_COUNT] = {{"se01_count", "unt_count", "mtr_count"},
                           LGS_EDI_WARN,
                           {"4", NULL, NULL, "29"}},
    [LGS_EDI_SET_NUMBER] = {{"se02_mismatch", "unt_mismatch", NULL},
                            LGS_EDI_WARN,
                            {"3", NULL, NULL, "28"}},
    [LGS_EDI_SET_REPEATED] = {{"st02_repeated", "unh_repeated", "mhd_repeated"},
                              LGS_EDI_WARN,
                              {"23", NULL, NULL, "26"}},
    [LGS_EDI_GROUP_TYPE] = {{"gs01_type"}, LGS_EDI_WARN, {"6", NULL, NULL, NULL}},
    /* some number with letters: a text is compared and answered as well */
    [LGS_EDI_NOT_DIGITS] = {{"isa13_digits"}, LGS_EDI_WARN, {NULL, NULL, "018", NULL}},
    [LGS_EDI_HEADER_WIDTH] = {{"isa_not_fixed_width"}, LGS_EDI_WARN, {NULL, NULL, "022", NULL}},
    [LGS_EDI_HEADER_BREAK] = {{"header_line_break"}, LGS_EDI_WARN, {NULL, NULL, "022", "21"}},
    [LGS_EDI_LEADING] = {{"leading_bytes"}, LGS_EDI_WARN, {NULL, NULL, NULL, NULL}},
    [LGS_EDI_TRAILING] = {{"trailing_bytes"}, LGS_EDI_REJECT, {NULL, NULL, "022", "33"}},
    [LGS_EDI_LINE_BREAK] = {{"line_break"}, LGS_EDI_WARN, {NULL, NULL, NULL, "21"}},
    [LGS_EDI_BLANK] = {{"blank_segment"}, LGS_EDI_WARN, {NULL, NULL, NULL, "22"}},
    [LGS_EDI_TAG] = {{"bad_tag"}, LGS_EDI_WARN, {"5", NULL, NULL, "12"}},
    [LGS_EDI_OUTSIDE] = {{"outside"}, LGS_EDI_REJECT, {NULL, NULL, "024", "33"}},
    [LGS_EDI_PACKAGE] = {{"package"}, LGS_EDI_WARN, {NULL, NULL, NULL, NULL}},
    [LGS_EDI_UNTERMINATED] = {{"unterminated"}, LGS_EDI_WARN, {NULL, NULL, "004", "22"}},
    [LGS_EDI_CHARSET] = {{"charset_level"}, LGS_EDI_IGNORE, {NULL, NULL, NULL, "21"}},
    [LGS_EDI_BYTE] = {{"bad_byte"}, LGS_EDI_WARN, {NULL, NULL, NULL, "21"}},
    [LGS_EDI_SENDER] = {{"sender"}, LGS_EDI_REJECT, {NULL, NULL, "006", "23"}},
    [LGS_EDI_RECEIVER] = {{"receiver"}, LGS_EDI_REJECT, {NULL, NULL, "008", "7"}},
    [LGS_EDI_TEST_INDICATOR] = {{"test_indicator"}, LGS_EDI_REJECT, {NULL, NULL, "020", "25"}},
    [LGS_EDI_DUPLICATE] = {{"duplicate"}, LGS_EDI_REJECT, {NULL, NULL, "025", "26"}},
    [LGS_EDI_NOT_AGREED] = {{"not_agreed"}, LGS_EDI_REJECT, {"1", NULL, NULL, "17"}},
    /* applications are often called otherwise than mailboxes */
    [LGS_EDI_GROUP_SENDER] = {{"gs02_sender", "ung_sender", NULL},
                              LGS_EDI_WARN,
                              {NULL, "1", NULL, "23"}},
    [LGS_EDI_GROUP_RECEIVER] = {{"gs03_receiver", "ung_receiver", NULL},
                                LGS_EDI_WARN,
                                {NULL, "1", NULL, "7"}},
};

#define BIT(check) (UINT64_C(1) << LGS_EDI_##check)

/* Several at once, by one word. */
static const struct {
    const char *word;
    uint64_t bits;
} families[] = {
    {"begins", BIT(NO_INTERCHANGE) | BIT(NO_GROUP) | BIT(NO_SET)},
    {"ends", BIT(INTERCHANGE_END) | BIT(GROUP_END) | BIT(SET_END)},
    {"counts", BIT(INTERCHANGE_COUNT) | BIT(GROUP_COUNT) | BIT(SET_COUNT)},
    {"numbers", BIT(INTERCHANGE_NUMBER) | BIT(GROUP_NUMBER) | BIT(SET_NUMBER) | BIT(NOT_DIGITS)},
};

lgs_edi_severity_t lgs_edi_severity(const lgs_edi_profile_t *profile, lgs_edi_check_t check)
{
    if (profile && profile->checks[check] != LGS_EDI_DEFAULT) {
        return (lgs_edi_severity_t)profile->checks[check];
    }
    return rows[check].severity;
}

const char *lgs_edi_check_name(lgs_edi_t standard, lgs_edi_check_t check)
{
    const char *name = rows[check].names[standard];

    return name ? name : rows[check].names[LGS_EDI_X12];
}

const lgs_edi_codes_t *lgs_edi_check_codes(lgs_edi_check_t check)
{
    return &rows[check].codes;
}

uint64_t lgs_edi_check_bits(lgs_str_t word)
{
    for (size_t i = 0; i < LGS_N(families); i++) {
        if (lgs_str_is(word, families[i].word)) {
            return families[i].bits;
        }
    }
    for (unsigned i = 0; i < LGS_EDI_N_CHECKS; i++) {
        for (unsigned k = 0; k < LGS_EDI_N_STANDARDS; k++) {
            if (rows[i].names[k] && lgs_str_is(word, rows[i].names[k])) {
                return UINT64_C(1) << i;
            }
        }
    }
    return 0;
}

size_t lgs_edi_check_names(lgs_str_t *names, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < LGS_N(families) && n < max; i++) {
        names[n++] = lgs_cstr(families[i].word);
    }
    for (unsigned i = 0; i < LGS_EDI_N_CHECKS * LGS_EDI_N_STANDARDS && n < max; i++) {
        const char *name = rows[i / LGS_EDI_N_STANDARDS].names[i % LGS_EDI_N_STANDARDS];

        if (name) {
            names[n++] = lgs_cstr(name);
        }
    }
    return n;
}
