/* The table of what a guide finds (edi_fault.h), and how a profile names checks and faults. */
#include "edi.h"

/* What is not there, and a date that is none, is refused. What stands there beyond the standard, in
   another order, or with a point in a number that has none, is what people's programs write: it is
   told, and a mapping that cannot read it refuses it itself. */
static const lgs_edi_fault_row_t rows[LGS_EDI_N_FAULTS] = {
    [LGS_EDI_FAULT_OTHER] = {"guide", NULL, LGS_EDI_REJECT, "8", "7", "12"},
    [LGS_EDI_FAULT_MISSING] = {"missing", NULL, LGS_EDI_REJECT, "3", "1", "13"},
    [LGS_EDI_FAULT_UNEXPECTED] = {"unexpected_segment", "order", LGS_EDI_WARN, "2", "10", "15"},
    [LGS_EDI_FAULT_CODE] = {"unknown_code", "unknown", LGS_EDI_WARN, "8", "7", "12"},
    [LGS_EDI_FAULT_SHORT] = {"too_short", "lengths", LGS_EDI_WARN, "8", "4", "40"},
    [LGS_EDI_FAULT_LONG] = {"too_long", "lengths", LGS_EDI_WARN, "8", "5", "39"},
    [LGS_EDI_FAULT_CHARACTER] = {"bad_character", "values", LGS_EDI_WARN, "8", "6", "21"},
    [LGS_EDI_FAULT_DATE] = {"bad_date", "values", LGS_EDI_REJECT, "8", "8", "12"},
    [LGS_EDI_FAULT_TIME] = {"bad_time", "values", LGS_EDI_REJECT, "8", "9", "12"},
    [LGS_EDI_FAULT_MANY] = {"too_many", "maxima", LGS_EDI_WARN, "5", "12", "35"},
    [LGS_EDI_FAULT_LOOP] = {"too_many_loops", "maxima", LGS_EDI_WARN, "4", "12", "36"},
    [LGS_EDI_FAULT_ORDER] = {"segment_order", "order", LGS_EDI_WARN, "7", "7", "15"},
    [LGS_EDI_FAULT_UNKNOWN] = {"unknown_segment", "unknown", LGS_EDI_WARN, "1", "3", "15"},
    [LGS_EDI_FAULT_FOREIGN] = {"foreign_segment", "unknown", LGS_EDI_WARN, "6", "3", "15"},
    [LGS_EDI_FAULT_ELEMENTS] = {"unknown_element", "unknown", LGS_EDI_WARN, "8", "3", "16"},
    [LGS_EDI_FAULT_PARTS] = {"unknown_component", "unknown", LGS_EDI_WARN, "8", "13", "16"},
    [LGS_EDI_FAULT_CONDITION] = {"condition", "conditions", LGS_EDI_WARN, "8", "2", "48"},
    [LGS_EDI_FAULT_EXCLUSION] = {"exclusion", "conditions", LGS_EDI_WARN, "8", "10", "48"},
};

const lgs_edi_fault_row_t *lgs_edi_fault_row(lgs_edi_fault_t fault)
{
    return &rows[fault < LGS_EDI_N_FAULTS ? fault : LGS_EDI_FAULT_OTHER];
}

lgs_edi_severity_t lgs_edi_fault_severity(const lgs_edi_profile_t *profile, lgs_edi_fault_t fault)
{
    if (profile && profile->faults[fault] != LGS_EDI_DEFAULT) {
        return (lgs_edi_severity_t)profile->faults[fault];
    }
    return lgs_edi_fault_row(fault)->severity;
}

bool lgs_edi_profile_set(lgs_edi_profile_t *profile, lgs_str_t word, lgs_edi_severity_t severity)
{
    bool is_all = lgs_str_is(word, "all"), is_known = is_all;
    uint64_t bits = is_all ? UINT64_MAX : lgs_edi_check_bits(word);

    for (unsigned check = 0; check < LGS_EDI_N_CHECKS; check++) {
        if (bits >> check & 1) {
            profile->checks[check] = (unsigned char)severity;
        }
    }
    for (unsigned fault = 0; fault < LGS_EDI_N_FAULTS; fault++) {
        const lgs_edi_fault_row_t *row = &rows[fault];

        if (is_all || lgs_str_is(word, row->name) ||
            (row->family && lgs_str_is(word, row->family))) {
            profile->faults[fault] = (unsigned char)severity;
            is_known = true;
        }
    }
    return is_known || bits;
}

size_t lgs_edi_profile_words(lgs_str_t *words, size_t max)
{
    size_t n = lgs_edi_check_names(words, max);

    for (unsigned fault = 0; fault < LGS_EDI_N_FAULTS && n + 1 < max; fault++) {
        words[n++] = lgs_cstr(rows[fault].name);
        if (rows[fault].family) {
            words[n++] = lgs_cstr(rows[fault].family);
        }
    }
    return n;
}
