/*
 * Dictionaries: data elements, composites and segments of a standard's version.
 *
 *   elements:   127: AN 1/30 reference identification      6060: n..15 quantity
 *   composites: C040: [M128, M127, X128]                   C507: [M2005, C2380]
 *   segments:   L11: [X127, X128, X352, R0103, P0102]      DTM: [MC507]
 *   codes:      1652: AA AB
 *
 * An item is a usage (X12 M O X, EDIFACT M C) and the number of an element or composite, or its
 * type itself ("O N0 1/5"); "*3" behind it says how often it repeats. Of X12 relational conditions
 * stand behind them. A dictionary that extends another has all that it does not say itself from
 * there.
 */
#include "internal.h"

#define MAX_LENGTH 1000000u

typedef struct {
    lgs_guide_job_t *job;
    lgs_dictionary_t *to; /* what is built */
    const lgs_doc_t *doc; /* from this file */
    lgs_errs_t *errs;     /* of the job, or NULL in a file that is extended */
} build_t;

static bool build_section(build_t *b, const char *name,
                          bool (*take)(build_t *b, const lgs_member_t *member));
static bool take_element(build_t *b, const lgs_member_t *member);
static bool take_codes(build_t *b, const lgs_member_t *member);
static bool take_composite(build_t *b, const lgs_member_t *member);
static bool take_segment(build_t *b, const lgs_member_t *member);
static bool parse_type(build_t *b, const lgs_node_t *node, lgs_str_t text, lgs_edi_element_t *to);
static bool parse_x12(lgs_str_t *text, lgs_edi_element_t *to);
static bool parse_edifact(lgs_str_t *text, lgs_edi_element_t *to);
static bool parse_parts(build_t *b, const lgs_node_t *list, lgs_edi_part_t **parts, uint32_t *n);
static bool parse_part(build_t *b, const lgs_node_t *node, lgs_edi_part_t *part);
static bool parse_conditions(build_t *b, const lgs_node_t *list, lgs_edi_shape_t *shape);
static bool parse_condition(build_t *b, const lgs_node_t *node, const lgs_edi_shape_t *shape,
                            lgs_edi_condition_t *to);
static bool is_condition(const build_t *b, lgs_str_t text);

static const struct {
    const char *name;
    bool (*take)(build_t *b, const lgs_member_t *member);
} sections[] = {
    {"elements", take_element},
    {"codes", take_codes},
    {"composites", take_composite},
    {"segments", take_segment},
};

bool lgs_dictionary_build(lgs_guide_job_t *job, lgs_dictionary_t *dictionary)
{
    lgs_arena_t *arena = job->guides->arena;
    uint32_t depth;

    dictionary->elements = lgs_map_create(arena, 512);
    dictionary->composites = lgs_map_create(arena, 128);
    dictionary->segments = lgs_map_create(arena, 256);
    if (!dictionary->elements || !dictionary->composites || !dictionary->segments) {
        return lgs_guide_nomem(job);
    }
    /* section by section, its own before those of what it extends: the first that says it counts */
    for (size_t i = 0; i < LGS_N(sections); i++) {
        const lgs_dictionary_t *from = dictionary;

        for (depth = 0; from && depth <= LGS_GUIDE_MAX_EXTENDS; depth++, from = from->extends) {
            build_t b = {job, dictionary, from->doc, depth ? NULL : job->errs};

            if (!build_section(&b, sections[i].name, sections[i].take)) {
                return false;
            }
        }
        if (from) {
            return lgs_guide_finding(job, lgs_node_at(&job->doc->root, "extends"),
                                     "more than %u dictionaries stand on each other",
                                     LGS_GUIDE_MAX_EXTENDS);
        }
    }
    return !job->failed;
}

/* A finding never ends it; missing memory does. */
static bool build_section(build_t *b, const char *name,
                          bool (*take)(build_t *b, const lgs_member_t *member))
{
    const lgs_node_t *section = lgs_node_at(&b->doc->root, name);
    lgs_errs_t *errs = b->job->errs;

    b->job->errs = b->errs;
    for (uint32_t i = 0; section && section->type == LGS_OBJECT && i < section->n; i++) {
        if (!take(b, &section->u.members[i]) && b->job->nomem) {
            break;
        }
    }
    b->job->errs = errs;
    return !b->job->nomem;
}

/* False when there is no memory; a key that is there already stays. */
static bool add(build_t *b, lgs_map_t *map, lgs_str_t key, void *value)
{
    return lgs_map_add(map, key, value) != LGS_NOMEM || lgs_guide_nomem(b->job);
}

/* Digits, and capitals when there may be some. */
static bool is_made_of(lgs_str_t text, size_t min, size_t max, bool has_letters)
{
    bool is_good = text.len >= min && text.len <= max;

    for (size_t i = 0; is_good && i < text.len; i++) {
        char c = text.data[i];

        is_good = (c >= '0' && c <= '9') || (has_letters && c >= 'A' && c <= 'Z');
    }
    return is_good;
}

/* ---- elements ---- */

static bool take_element(build_t *b, const lgs_member_t *member)
{
    lgs_edi_element_t *element = lgs_arena_zalloc(b->job->guides->arena, sizeof(*element));

    if (element == NULL) {
        return lgs_guide_nomem(b->job);
    }
    element->number = lgs_node_text(&member->name);
    if (!is_made_of(element->number, 1, 5, false)) {
        return lgs_guide_finding(b->job, &member->name, "\"%.*s\" is no number of an element",
                                 LGS_FMT(element->number));
    }
    return parse_type(b, &member->value, lgs_node_text(&member->value), element) &&
           add(b, b->to->elements, element->number, element);
}

static bool parse_type(build_t *b, const lgs_node_t *node, lgs_str_t text, lgs_edi_element_t *to)
{
    bool is_x12 = b->to->standard == LGS_EDI_X12;
    lgs_str_t rest = text;

    if (!(is_x12 ? parse_x12(&rest, to) : parse_edifact(&rest, to)) ||
        (rest.len && rest.data[0] != ' ')) {
        return lgs_guide_finding(b->job, node, "\"%.*s\" is no type: %s", LGS_FMT(text),
                                 is_x12 ? "AN 1/30, with AN ID N0 to N9 R DT TM B"
                                        : "an..35, with a n an and a length");
    }
    while (rest.len && rest.data[0] == ' ') {
        rest = lgs_str(rest.data + 1, rest.len - 1);
    }
    to->name = rest;
    return true;
}

static bool take_number(lgs_str_t *text, uint32_t *number)
{
    size_t n = 0;

    *number = 0;
    while (n < text->len && text->data[n] >= '0' && text->data[n] <= '9' && *number < MAX_LENGTH) {
        *number = *number * 10 + (uint32_t)(text->data[n++] - '0');
    }
    *text = lgs_str(text->data + n, text->len - n);
    return n > 0;
}

static bool take_word(lgs_str_t *text, const char *word)
{
    if (!lgs_str_starts(*text, lgs_cstr(word))) {
        return false;
    }
    *text = lgs_str(text->data + strlen(word), text->len - strlen(word));
    return true;
}

/* "AN 1/30" */
static bool parse_x12(lgs_str_t *text, lgs_edi_element_t *to)
{
    static const struct {
        const char *word;
        lgs_edi_type_t type;
    } types[] = {
        {"AN ", LGS_EDI_TEXT}, {"ID ", LGS_EDI_TEXT}, {"R ", LGS_EDI_DECIMAL},
        {"DT ", LGS_EDI_DATE}, {"TM ", LGS_EDI_TIME}, {"B ", LGS_EDI_BYTES},
    };
    bool is_known = false;

    for (size_t i = 0; i < LGS_N(types) && !is_known; i++) {
        is_known = take_word(text, types[i].word);
        to->type = types[i].type;
    }
    if (!is_known && text->len > 2 && text->data[0] == 'N' && text->data[1] >= '0' &&
        text->data[1] <= '9' && text->data[2] == ' ') {
        *text = lgs_str(text->data + 3, text->len - 3);
        to->type = LGS_EDI_INTEGER;
        is_known = true;
    }
    return is_known && take_number(text, &to->min) && take_word(text, "/") &&
           take_number(text, &to->max) && (to->max == 0 || to->min <= to->max);
}

/* "an..35", "n3" */
static bool parse_edifact(lgs_str_t *text, lgs_edi_element_t *to)
{
    bool is_range;

    to->type = LGS_EDI_TEXT;
    if (take_word(text, "n")) {
        to->type = LGS_EDI_DECIMAL;
    } else if (!take_word(text, "an") && !take_word(text, "a")) {
        return false;
    }
    is_range = take_word(text, "..");
    if (!take_number(text, &to->max) || to->max == 0) {
        return false;
    }
    to->min = is_range ? 1 : to->max;
    return true;
}

static bool take_codes(build_t *b, const lgs_member_t *member)
{
    lgs_str_t number = lgs_node_text(&member->name), codes = lgs_node_text(&member->value);
    lgs_edi_element_t *element = lgs_map_get(b->to->elements, number);

    if (element == NULL) {
        return lgs_guide_finding(b->job, &member->name, "codes of %.*s, which is no element here%s",
                                 LGS_FMT(number),
                                 lgs_guide_near(b->job->guides->arena, b->to->elements, number));
    }
    if (member->value.type == LGS_OBJECT || member->value.type == LGS_ARRAY || codes.len == 0) {
        return lgs_guide_finding(b->job, &member->value,
                                 "codes stand between blanks: \"%.*s\": A3 A7 AA", LGS_FMT(number));
    }
    element->codes = element->codes.len ? element->codes : codes;
    return true;
}

/* ---- composites and segments ---- */

static bool take_composite(build_t *b, const lgs_member_t *member)
{
    lgs_edi_composite_t *composite = lgs_arena_zalloc(b->job->guides->arena, sizeof(*composite));

    if (composite == NULL) {
        return lgs_guide_nomem(b->job);
    }
    composite->number = lgs_node_text(&member->name);
    if (!is_made_of(composite->number, 2, 5, true)) {
        return lgs_guide_finding(b->job, &member->name, "\"%.*s\" is no number of a composite",
                                 LGS_FMT(composite->number));
    }
    if (!parse_parts(b, &member->value, &composite->parts, &composite->n)) {
        return false;
    }
    for (uint32_t i = 0; i < composite->n; i++) {
        if (composite->parts[i].composite) {
            return lgs_guide_finding(b->job, &member->value.u.items[i],
                                     "a composite is made of elements, not of composites");
        }
    }
    return add(b, b->to->composites, composite->number, composite);
}

static bool take_segment(build_t *b, const lgs_member_t *member)
{
    lgs_edi_shape_t *shape = lgs_arena_zalloc(b->job->guides->arena, sizeof(*shape));

    if (shape == NULL) {
        return lgs_guide_nomem(b->job);
    }
    shape->tag = lgs_node_text(&member->name);
    if (!is_made_of(shape->tag, 2, 3, true)) {
        return lgs_guide_finding(b->job, &member->name, "\"%.*s\" is no tag of a segment",
                                 LGS_FMT(shape->tag));
    }
    return parse_parts(b, &member->value, &shape->parts, &shape->n) &&
           parse_conditions(b, &member->value, shape) && add(b, b->to->segments, shape->tag, shape);
}

/* The items up to the first condition. */
static bool parse_parts(build_t *b, const lgs_node_t *list, lgs_edi_part_t **parts, uint32_t *n)
{
    if (list->type != LGS_ARRAY || list->n == 0 || list->n > LGS_EDI_MAX_ELEMENTS) {
        return lgs_guide_finding(b->job, list, "must be a list of 1 to %u items: [M127, O128]",
                                 LGS_EDI_MAX_ELEMENTS);
    }
    *parts = lgs_arena_array(b->job->guides->arena, list->n, sizeof(**parts));
    if (*parts == NULL) {
        return lgs_guide_nomem(b->job);
    }
    for (uint32_t i = 0; i < list->n && !is_condition(b, lgs_node_text(&list->u.items[i])); i++) {
        if (!parse_part(b, &list->u.items[i], &(*parts)[i])) {
            return false;
        }
        ++*n;
    }
    return *n > 0 || lgs_guide_finding(b->job, list, "has no elements");
}

static bool parse_part(build_t *b, const lgs_node_t *node, lgs_edi_part_t *part)
{
    const char *usages = b->to->standard == LGS_EDI_X12 ? "MOX" : "MC";
    lgs_str_t text = lgs_node_text(node), number, times = {NULL, 0};
    const char *star;

    if (text.len < 2 || strchr(usages, text.data[0]) == NULL) {
        return lgs_guide_finding(b->job, node, "\"%.*s\" begins with no usage (one of %s)",
                                 LGS_FMT(text), usages);
    }
    part->is_mandatory = text.data[0] == 'M';
    part->max = 1;
    number = lgs_str(text.data + 1, text.len - 1);
    star = memchr(number.data, '*', number.len);
    if (star) {
        times = lgs_str(star + 1, (size_t)(number.data + number.len - star - 1));
        number.len = (size_t)(star - number.data);
        if (!take_number(&times, &part->max) || times.len || part->max < 1 ||
            part->max > LGS_EDI_MAX_REPETITIONS) {
            return lgs_guide_finding(b->job, node, "\"%.*s\": behind \"*\" stands a number to %u",
                                     LGS_FMT(text), LGS_EDI_MAX_REPETITIONS);
        }
    }
    if (number.len && number.data[0] == ' ') {
        lgs_edi_element_t *own = lgs_arena_zalloc(b->job->guides->arena, sizeof(*own));

        part->element = own;
        return own ? parse_type(b, node, lgs_str(number.data + 1, number.len - 1), own)
                   : lgs_guide_nomem(b->job);
    }
    part->element = lgs_map_get(b->to->elements, number);
    part->composite = part->element ? NULL : lgs_map_get(b->to->composites, number);
    if (part->element == NULL && part->composite == NULL) {
        return lgs_guide_finding(b->job, node, "no element or composite %.*s%s", LGS_FMT(number),
                                 lgs_guide_near(b->job->guides->arena, b->to->elements, number));
    }
    return true;
}

/* ---- conditions ---- */

static bool is_condition(const build_t *b, lgs_str_t text)
{
    if (b->to->standard != LGS_EDI_X12 || text.len < 5 || strchr("PRECL", text.data[0]) == NULL) {
        return false;
    }
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool parse_conditions(build_t *b, const lgs_node_t *list, lgs_edi_shape_t *shape)
{
    uint32_t n = list->n - shape->n;

    shape->conditions = n ? lgs_arena_array(b->job->guides->arena, n, sizeof(*shape->conditions))
                          : NULL;
    if (n && shape->conditions == NULL) {
        return lgs_guide_nomem(b->job);
    }
    for (uint32_t i = shape->n; i < list->n; i++) {
        if (!parse_condition(b, &list->u.items[i], shape,
                             &shape->conditions[shape->n_conditions])) {
            return false;
        }
        shape->n_conditions++;
    }
    return true;
}

/* "P0304": a letter and elements of two digits each. */
static bool parse_condition(build_t *b, const lgs_node_t *node, const lgs_edi_shape_t *shape,
                            lgs_edi_condition_t *to)
{
    lgs_str_t text = lgs_node_text(node);
    bool is_good = is_condition(b, text) && text.len % 2 == 1 &&
                   text.len / 2 <= LGS_N(to->elements);

    for (size_t i = 1; is_good && i < text.len; i += 2) {
        unsigned element = (unsigned)(text.data[i] - '0') * 10 + (unsigned)(text.data[i + 1] - '0');

        is_good = element >= 1 && element <= shape->n;
        to->elements[to->n++] = (uint8_t)element;
    }
    to->kind = is_good ? text.data[0] : 0;
    return is_good ||
           lgs_guide_finding(b->job, node,
                             "\"%.*s\" is no condition of the %u elements: P0304, with P R E C L",
                             LGS_FMT(text), shape->n);
}
