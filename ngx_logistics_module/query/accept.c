/*
 * Accept (RFC 9110 section 12.5.1): which form of an answer a request would rather have. Ranges
 * are held against media types without their parameters: "text/csv;charset=x" is text/csv. A lone
 * "*", which Java's own client sends, is every type; what is no range is passed over.
 */
#include "query.h"

#include <strings.h>

#define MAX_WEIGHT 1000u /* q=1 */

typedef struct {
    lgs_str_t type, subtype;
    uint32_t weight; /* q in thousandths */
} range_t;

typedef enum { MATCH_NONE, MATCH_ANY, MATCH_TYPE, MATCH_EXACT } match_t;

static void weigh(lgs_str_t accept, lgs_str_t media_type, match_t *match, uint32_t *weight);
static bool read_range(lgs_str_t element, range_t *range);
static bool read_weight(lgs_str_t text, uint32_t *weight);
static match_t match_of(const range_t *range, lgs_str_t media_type);
static lgs_str_t take_until(const char **p, const char *end, char mark);
static bool same_word(lgs_str_t a, lgs_str_t b);

bool lgs_query_choose(const lgs_query_t *query, lgs_str_t accept, bool may_edi, uint32_t *form)
{
    const char *types[LGS_QUERY_MAX_FORMS + 1];

    for (uint32_t i = 0; i <= query->n_forms; i++) {
        types[i] = lgs_query_edi(query, i) && !may_edi ? NULL : lgs_query_media_type(query, i);
    }
    return lgs_accept_choose(accept, types, query->n_forms + 1, form);
}

bool lgs_accept_choose(lgs_str_t accept, const char *const *types, uint32_t n, uint32_t *chosen)
{
    const char *p = accept.data, *end = accept.data + accept.len;
    match_t best = MATCH_NONE;
    uint32_t most = 0;
    bool has_range = false;
    range_t range;

    *chosen = 0;
    while (p < end && !has_range) {
        has_range = read_range(take_until(&p, end, ','), &range);
    }
    if (!has_range) {
        return true; /* nothing is asked for */
    }
    for (uint32_t i = 0; i < n; i++) {
        match_t match;
        uint32_t weight;

        if (types[i] == NULL) {
            continue;
        }
        weigh(accept, lgs_cstr(types[i]), &match, &weight);
        if (weight > most || (weight == most && weight && match > best)) {
            *chosen = i;
            most = weight;
            best = match;
        }
    }
    return most > 0;
}

const char *lgs_query_media_type(const lgs_query_t *query, uint32_t form)
{
    return form ? query->forms[form - 1].media_type : "application/json";
}

const lgs_edi_output_t *lgs_query_edi(const lgs_query_t *query, uint32_t form)
{
    const lgs_mapping_t *mapping = form ? query->forms[form - 1].mapping : NULL;

    return mapping ? lgs_mapping_writes(mapping)->edi : NULL;
}

/* By the range that fits most exactly; of several like that the heaviest. */
static void weigh(lgs_str_t accept, lgs_str_t media_type, match_t *match, uint32_t *weight)
{
    const char *p = accept.data, *end = accept.data + accept.len;

    *match = MATCH_NONE;
    *weight = 0;
    while (p < end) {
        match_t found;
        range_t range;

        if (!read_range(take_until(&p, end, ','), &range)) {
            continue;
        }
        found = match_of(&range, media_type);
        if (found > *match || (found == *match && range.weight > *weight)) {
            *match = found;
            *weight = found == MATCH_NONE ? 0 : range.weight;
        }
    }
}

static bool read_range(lgs_str_t element, range_t *range)
{
    const char *p = element.data, *end = element.data + element.len;
    lgs_str_t name = element.len ? take_until(&p, end, ';') : element;
    const char *slash = name.len ? memchr(name.data, '/', name.len) : NULL;

    if (slash == NULL && !lgs_str_is(name, "*")) {
        return false;
    }
    range->type = slash ? lgs_str(name.data, (size_t)(slash - name.data)) : name;
    range->subtype = slash ? lgs_str(slash + 1, name.len - range->type.len - 1) : name;
    range->weight = MAX_WEIGHT;
    while (element.len && p < end) {
        lgs_str_t param = take_until(&p, end, ';');

        if (param.len >= 2 && (param.data[0] == 'q' || param.data[0] == 'Q') &&
            param.data[1] == '=') {
            return read_weight(lgs_str(param.data + 2, param.len - 2), &range->weight);
        }
    }
    return range->type.len && range->subtype.len;
}

/* 0, 0.5, 1.000; and .5, which Java's own client sends. */
static bool read_weight(lgs_str_t text, uint32_t *weight)
{
    uint32_t value = 0, unit = MAX_WEIGHT;
    bool is_behind_dot = false;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.' && !is_behind_dot) {
            is_behind_dot = true;
            continue;
        }
        if (text.data[i] < '0' || text.data[i] > '9' || (i > 0 && !is_behind_dot)) {
            return false;
        }
        unit /= is_behind_dot ? 10 : 1;
        value += (uint32_t)(text.data[i] - '0') * unit;
    }
    *weight = value;
    return text.len > 0 && value <= MAX_WEIGHT;
}

static match_t match_of(const range_t *range, lgs_str_t media_type)
{
    const char *slash = memchr(media_type.data, '/', media_type.len);
    const char *mark = memchr(media_type.data, ';', media_type.len);
    lgs_str_t type = lgs_str(media_type.data, (size_t)(slash - media_type.data));
    lgs_str_t subtype = lgs_str(
        slash + 1, (mark ? (size_t)(mark - media_type.data) : media_type.len) - type.len - 1);

    if (lgs_str_is(range->type, "*") && lgs_str_is(range->subtype, "*")) {
        return MATCH_ANY;
    }
    if (!same_word(range->type, type)) {
        return MATCH_NONE;
    }
    if (lgs_str_is(range->subtype, "*")) {
        return MATCH_TYPE;
    }
    return same_word(range->subtype, subtype) ? MATCH_EXACT : MATCH_NONE;
}

/* What stands before a mark that is not in quotes, without blanks around it; *p goes behind it. */
static lgs_str_t take_until(const char **p, const char *end, char mark)
{
    const char *start = *p, *stop;
    bool is_quoted = false;

    for (; *p < end && (is_quoted || **p != mark); ++*p) {
        if (is_quoted && **p == '\\' && end - *p > 1) {
            ++*p;
        } else if (**p == '"') {
            is_quoted = !is_quoted;
        }
    }
    stop = *p;
    *p += *p < end;
    while (start < stop && (*start == ' ' || *start == '\t')) {
        start++;
    }
    while (start < stop && (stop[-1] == ' ' || stop[-1] == '\t')) {
        stop--;
    }
    return lgs_str(start, (size_t)(stop - start));
}

static bool same_word(lgs_str_t a, lgs_str_t b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}
