/*
 * What is left to check of one value (lgs_fit_t): read from its schema's keywords at load, looked
 * at in a run when it is put into its object or list. Where in doubt the answer is no: then the
 * whole schema is asked.
 */
#include "unproved.h"

static bool holds_text(const lgs_fit_t *fit, lgs_str_t text);
static bool has_length(const lgs_fit_t *fit, lgs_str_t text);

bool lgs_fit_looks(const lgs_fit_t *fit, const lgs_node_t *value)
{
    int64_t number;

    if (!(fit->types >> value->type & 1)) {
        return false;
    }
    switch (value->type) {
    case LGS_STRING:
        return holds_text(fit, lgs_str(value->u.text, value->n));
    case LGS_NUMBER:
        return !fit->is_integer ||
               (lgs_node_int(value, &number) && number >= fit->low && number <= fit->high);
    case LGS_ARRAY:
        return value->n >= fit->least_items && value->n <= fit->most_items;
    default:
        return true;
    }
}

static bool holds_text(const lgs_fit_t *fit, lgs_str_t text)
{
    return has_length(fit, text) &&
           (fit->pattern == NULL || lgs_regex_match(fit->pattern, text) == LGS_REGEX_YES) &&
           (fit->form == NULL || fit->form(text)) && (fit->format == NULL || fit->format(text));
}

/* A character is 1 to 4 bytes: most lengths are decided without counting. */
static bool has_length(const lgs_fit_t *fit, lgs_str_t text)
{
    uint32_t n = 0;

    if (text.len <= fit->most && (text.len / 4 >= fit->least || (text.len && fit->least <= 1))) {
        return true;
    }
    if (text.len < fit->least || text.len / 4 > fit->most) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        n += ((uint8_t)text.data[i] & 0xC0) != 0x80;
    }
    return n >= fit->least && n <= fit->most;
}

/* Digits of a decimal as the canonical form writes it, and up to 20 behind its point. */
static bool is_amount(lgs_str_t text)
{
    size_t digits = 0, places;

    while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9') {
        digits++;
    }
    if (digits == 0 || digits > 38 || (digits > 1 && text.data[0] == '0')) {
        return false;
    }
    if (digits == text.len) {
        return true;
    }
    places = text.len - digits - 1;
    for (size_t i = digits + 1; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.data[digits] == '.' && places >= 1 && places <= 20;
}

static bool is_decimal(lgs_str_t text)
{
    bool is_negative = text.len > 0 && text.data[0] == '-';

    return is_amount(lgs_str(text.data + is_negative, text.len - is_negative));
}

/* ---- from keywords ---- */

void lgs_fit_finish(lgs_fit_t *fit)
{
    static const lgs_range_t all = {0, UINT32_MAX}, none = {1, 0};
    bool is_any = fit->pattern == NULL && fit->form == NULL && fit->format == NULL;

    for (unsigned type = 0; type < LGS_N_TYPES; type++) {
        bool is_sure = fit->types >> type & 1;

        if (type == LGS_STRING) {
            is_sure = is_sure && is_any && fit->least <= UINT32_MAX / 4;
        } else if (type == LGS_NUMBER) {
            is_sure = is_sure && !fit->is_integer;
        }
        fit->sure[type] = is_sure ? all : none;
    }
    if (fit->sure[LGS_STRING].most) {
        /* a character is at least one byte and at most four */
        fit->sure[LGS_STRING].least = fit->least <= 1 ? fit->least : fit->least * 4;
        fit->sure[LGS_STRING].most = fit->most;
    }
    if (fit->sure[LGS_ARRAY].most) {
        fit->sure[LGS_ARRAY].least = fit->least_items;
        fit->sure[LGS_ARRAY].most = fit->most_items;
    }
}

bool lgs_fit_type(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                  lgs_fit_t *fit)
{
    bool is_list = value->type == LGS_ARRAY, has_number = false;

    fit->types = 0;
    for (uint32_t i = 0; i < (is_list ? value->n : 1); i++) {
        lgs_str_t word = lgs_node_text(is_list ? &value->u.items[i] : value);

        for (unsigned type = 0; type < LGS_N_TYPES; type++) {
            if (lgs_str_is(word, lgs_type_name((lgs_type_t)type))) {
                fit->types |= (uint8_t)(1u << type);
                has_number |= type == LGS_NUMBER;
            }
        }
        if (lgs_str_is(word, "integer")) {
            fit->types |= 1u << LGS_NUMBER;
            fit->is_integer = true;
        }
    }
    fit->is_integer = fit->is_integer && !has_number;
    return true;
}

/* Patterns that every number of a record has to hold: read without PCRE2. */
static const struct {
    const char *pattern;
    bool (*form)(lgs_str_t text);
} forms[] = {
    {"^-?(0|[1-9][0-9]{0,37})([.][0-9]{1,20})?$", is_decimal},
    {"^(0|[1-9][0-9]{0,37})([.][0-9]{1,20})?$", is_amount},
};

bool lgs_fit_pattern(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                     lgs_fit_t *fit)
{
    for (size_t i = 0; i < LGS_N(forms); i++) {
        if (lgs_str_is(lgs_node_text(value), forms[i].pattern)) {
            fit->form = forms[i].form;
            return true;
        }
    }
    fit->pattern = lgs_regex_compile(w->c->arena, lgs_node_text(value), LGS_REGEX_ECMA, NULL);
    return fit->pattern != NULL;
}

bool lgs_fit_format(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                    lgs_fit_t *fit)
{
    if (lgs_str_is(lgs_node_text(value), "date-time")) {
        fit->format = lgs_is_rfc3339_datetime;
    } else if (lgs_str_is(lgs_node_text(value), "date")) {
        fit->format = lgs_is_rfc3339_date;
    }
    return fit->format != NULL;
}

/* A bound that is no number of 32 bits is left to the schema. */
static bool take_count(const lgs_node_t *value, uint32_t *count)
{
    int64_t number;

    if (!lgs_node_int(value, &number) || number < 0 || number > UINT32_MAX) {
        return false;
    }
    *count = (uint32_t)number;
    return true;
}

bool lgs_fit_min_length(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                        lgs_fit_t *fit)
{
    return take_count(value, &fit->least);
}

bool lgs_fit_max_length(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                        lgs_fit_t *fit)
{
    return take_count(value, &fit->most);
}

bool lgs_fit_min_items(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                       lgs_fit_t *fit)
{
    return take_count(value, &fit->least_items);
}

bool lgs_fit_max_items(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                       lgs_fit_t *fit)
{
    return take_count(value, &fit->most_items);
}

/* Of fractions only the schema room knows. */
static bool is_integer(const lgs_place_t *place)
{
    return lgs_str_is(lgs_node_text(lgs_node_at(place->shape.node, "type")), "integer");
}

bool lgs_fit_minimum(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                     lgs_fit_t *fit)
{
    return is_integer(place) && lgs_node_int(value, &fit->low);
}

bool lgs_fit_maximum(lgs_unproved_t *w, const lgs_place_t *place, const lgs_node_t *value,
                     lgs_fit_t *fit)
{
    return is_integer(place) && lgs_node_int(value, &fit->high);
}
