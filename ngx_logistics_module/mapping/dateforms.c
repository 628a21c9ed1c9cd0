/*
 * How a date is written: pictures tried in order, or the picture that a qualifier of the document
 * names ({edifact: path} by EDIFACT 2379, {x12: path} by X12 1250). A form can be a range of two
 * dates, with a sign between them or none: "20191102-20191105", "2019110220191105".
 */
#include "dateforms.h"

#include "../formats/edi.h"

typedef struct {
    const char *qualifier, *picture;
    bool is_range;
} row_t;

static const row_t edifact_2379[] = {
    {"2", "DDMMYY", false},
    {"3", "MMDDYY", false},
    {"101", "YYMMDD", false},
    {"102", "CCYYMMDD", false},
    {"103", "YYWWD", false},
    {"105", "YYDDD", false},
    {"106", "MMDD", false},
    {"201", "YYMMDDHHMM", false},
    {"202", "YYMMDDHHMMSS", false},
    {"203", "CCYYMMDDHHMM", false},
    {"204", "CCYYMMDDHHMMSS", false},
    {"205", "CCYYMMDDHHMMZ", false},
    {"206", "YYMMDDHHMMZ", false},
    {"207", "YYMMDDHHMMSSZ", false},
    {"208", "CCYYMMDDHHMMSSZ", false},
    {"301", "YYMMDDHHMMZZZ", false},
    {"302", "YYMMDDHHMMSSZZZ", false},
    {"303", "CCYYMMDDHHMMZZZ", false},
    {"304", "CCYYMMDDHHMMSSZZZ", false},
    {"615", "YYWW", false},
    {"616", "CCYYWW", false},
    {"713", "YYMMDDHHMM", true},
    {"715", "YYWW", true},
    {"716", "CCYYWW", true},
    {"717", "YYMMDD", true},
    {"718", "CCYYMMDD", true},
    {"719", "CCYYMMDDHHMM", true},
};

static const row_t x12_1250[] = {
    {"D6", "YYMMDD", false},         {"D8", "CCYYMMDD", false},        {"DB", "MMDDCCYY", false},
    {"DT", "CCYYMMDDHHMM", false},   {"RTS", "CCYYMMDDHHMMSS", false}, {"KA", "YYMMMDD", false},
    {"MD", "MMDD", false},           {"TR", "DDMMYYHHMM", false},      {"TT", "MMDDYY", false},
    {"TU", "YYDDD", false},          {"RD", "MMDDCCYY", true},         {"RD6", "YYMMDD", true},
    {"RD8", "CCYYMMDD", true},       {"RDT", "CCYYMMDDHHMM", true},    {"RMD", "MMDD", true},
    {"DTS", "CCYYMMDDHHMMSS", true},
};

static const struct {
    const char *key, *name;
    const row_t *rows;
    uint32_t n;
} standards[] = {
    {"edifact", "EDIFACT 2379", edifact_2379, LGS_N(edifact_2379)},
    {"x12", "X12 1250", x12_1250, LGS_N(x12_1250)},
};

static bool read_qualified(lgs_compile_t *c, const lgs_node_t *node, lgs_dateforms_t *forms);
static bool add_form(lgs_compile_t *c, const lgs_node_t *node, lgs_str_t picture,
                     lgs_dateforms_t *forms);
static void add_example(lgs_buf_t *names, lgs_str_t format);
static bool read_half(const lgs_dateforms_t *forms, uint32_t i, lgs_str_t text, lgs_datepart_t part,
                      const lgs_datetime_t *near, lgs_datetime_t *value);

bool lgs_dateforms_compile(lgs_compile_t *c, const lgs_node_t *node, lgs_dateforms_t *forms)
{
    const lgs_node_t *formats = lgs_node_at(node, "formats");
    const lgs_str_t iso = LGS_STR("iso");
    const lgs_texts_t none = {&iso, 1}, *texts = &none;
    lgs_buf_t names;

    if (formats && formats->type == LGS_OBJECT) {
        return read_qualified(c, formats, forms);
    }
    if (formats && (texts = lgs_mapping_texts(c, formats)) == NULL) {
        return false;
    }
    if (texts->n == 0 || texts->n > LGS_DATEFORMS_MAX) {
        return lgs_mapping_finding(c, formats, "1 to %u formats are wanted", LGS_DATEFORMS_MAX);
    }
    lgs_buf_init(&names, c->arena, 64, 4096);
    for (uint32_t i = 0; i < texts->n; i++) {
        if (!add_form(c, formats ? formats : node, texts->items[i], forms)) {
            return false;
        }
        lgs_buf_cstr(&names, i ? " or " : "");
        add_example(&names, texts->items[i]);
    }
    forms->names = lgs_buf_text(&names);
    return names.failed ? lgs_mapping_nomem(c) : true;
}

/* {edifact: path of the qualifier} */
static bool read_qualified(lgs_compile_t *c, const lgs_node_t *node, lgs_dateforms_t *forms)
{
    lgs_str_t key = node->n == 1 ? lgs_node_text(&node->u.members[0].name) : LGS_STR("");

    for (size_t k = 0; k < LGS_N(standards); k++) {
        if (!lgs_str_is(key, standards[k].key)) {
            continue;
        }
        forms->standard = standards[k].name;
        for (uint32_t i = 0; i < standards[k].n; i++) {
            if (!add_form(c, node, lgs_cstr(standards[k].rows[i].picture), forms)) {
                return false;
            }
            forms->items[i].qualifier = lgs_cstr(standards[k].rows[i].qualifier);
            forms->items[i].word = lgs_edi_tag(forms->items[i].qualifier);
            forms->items[i].is_range = standards[k].rows[i].is_range;
        }
        forms->qualifier = lgs_mapping_source(c, &node->u.members[0].value);
        return forms->qualifier != NULL;
    }
    return lgs_mapping_finding(c, node,
                               "\"formats\" is a list of pictures, {edifact: path of the "
                               "2379 qualifier} or {x12: path of the 1250 qualifier}");
}

static bool add_form(lgs_compile_t *c, const lgs_node_t *node, lgs_str_t picture,
                     lgs_dateforms_t *forms)
{
    lgs_dateform_t *form = &forms->items[forms->n++];
    lgs_errs_t errs;

    lgs_errs_init(&errs, c->arena, 1);
    form->format = lgs_dateformat_compile(c->arena, picture, &errs);
    if (form->format == NULL) {
        return lgs_mapping_finding(c, node, "%.*s",
                                   LGS_FMT(errs.first ? errs.first->text : LGS_STR("bad format")));
    }
    forms->lacks_year |= lgs_dateformat_lacks_year(form->format);
    return true;
}

/* Pictures speak for themselves, words need an example. */
static void add_example(lgs_buf_t *names, lgs_str_t format)
{
    static const struct {
        const char *word, *example;
    } examples[] = {
        {"iso", "2026-11-21T14:05:00+01:00, with or without offset"},
        {"date", "2026-11-21"},
        {"epoch", "seconds since 1970"},
        {"epoch_ms", "milliseconds since 1970"},
        {"excel", "days since 1899-12-30"},
    };

    for (size_t i = 0; i < LGS_N(examples); i++) {
        if (lgs_str_is(format, examples[i].word)) {
            format = lgs_cstr(examples[i].example);
        }
    }
    lgs_buf_str(names, format);
}

/* ---- run ---- */

bool lgs_dateforms_choose(lgs_run_t *run, const lgs_expr_t *expr, const lgs_dateforms_t *forms,
                          const lgs_node_t *at, lgs_dateforms_t *chosen)
{
    lgs_node_t qualifier, none;
    uint32_t word;

    if (!lgs_mapping_eval_text(run, forms->qualifier, &qualifier)) {
        return false;
    }
    word = qualifier.type == LGS_NULL ? 0 : lgs_edi_tag(lgs_mapping_text(&qualifier));
    chosen->names = LGS_STR("a date of its qualifier"); /* its other items are nobody's to read */
    chosen->n = 0;
    chosen->lacks_year = false;
    chosen->qualifier = NULL;
    chosen->standard = NULL;
    for (uint32_t i = 0; word && i < forms->n; i++) {
        if (forms->items[i].word == word && forms->items[i].qualifier.len == qualifier.n) {
            chosen->items[0] = forms->items[i];
            chosen->n = 1;
            return true;
        }
    }
    if (qualifier.type == LGS_NULL) {
        return lgs_mapping_fault(run, expr, "mapping-date", at, &none,
                                 "the qualifier of its format (%s) is missing", forms->standard);
    }
    return lgs_mapping_fault(run, expr, "mapping-date", &qualifier, &none,
                             "\"%.*s\"%s is no qualifier of %s for a date that is known",
                             LGS_QUOTE(lgs_mapping_text(&qualifier)), forms->standard);
}

lgs_dateread_t lgs_dateforms_read(const lgs_dateforms_t *forms, lgs_str_t text, lgs_datepart_t part,
                                  const lgs_datetime_t *near, lgs_datetime_t *value)
{
    for (uint32_t i = 0; i < forms->n; i++) {
        if (!forms->items[i].is_range &&
            lgs_datetime_read_near(forms->items[i].format, text, near, value)) {
            return part == LGS_DATE_END ? LGS_DATE_NONE : LGS_DATE_READ;
        }
        if ((forms->items[i].is_range || part != LGS_DATE_WHOLE) &&
            read_half(forms, i, text, part, near, value)) {
            return LGS_DATE_READ;
        }
    }
    return LGS_DATE_WRONG;
}

/* Both halves must be dates. */
static bool read_half(const lgs_dateforms_t *forms, uint32_t i, lgs_str_t text, lgs_datepart_t part,
                      const lgs_datetime_t *near, lgs_datetime_t *value)
{
    const lgs_dateformat_t *format = forms->items[i].format;
    size_t half = text.len / 2;
    lgs_str_t start = lgs_str(text.data, half), end;
    lgs_datetime_t other;

    if (half == 0 || (text.len % 2 && text.data[half] != '-' && text.data[half] != '/')) {
        return false;
    }
    end = lgs_str(text.data + half + text.len % 2, half);
    if (text.len % 2 && start.data[half - 1] == ' ' && end.data[0] == ' ') {
        start.len--; /* "2019-11-02 - 2019-11-05" */
        end = lgs_str(end.data + 1, end.len - 1);
    }
    return part == LGS_DATE_END ? lgs_datetime_read_near(format, start, near, &other) &&
                                      lgs_datetime_read_near(format, end, near, value)
                                : lgs_datetime_read_near(format, end, near, &other) &&
                                      lgs_datetime_read_near(format, start, near, value);
}
