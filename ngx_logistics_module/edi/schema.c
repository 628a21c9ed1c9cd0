/*
 * A dictionary as JSON Schema (2020-12) over one segment of a tree, {"AT7": {"01": "X3", …}}: the
 * validator that checks every other document checks this one, too. Each data element is a
 * definition, each relational condition an item of the segment's allOf, in the order of the
 * dictionary: check.c finds by its index which one it was.
 */
#include "../formats/json.h"
#include "internal.h"

#define MAX_SCHEMA (16u << 20)

static void write_elements(lgs_buf_t *buf, const lgs_dictionary_t *dictionary);
static void write_type(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                       const lgs_edi_element_t *element);
static void write_pattern(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                          const lgs_edi_element_t *element);
static void write_codes(lgs_buf_t *buf, lgs_str_t codes);
static void write_shape(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                        const lgs_edi_shape_t *shape);
static void write_parts(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                        const lgs_edi_part_t *parts, uint32_t n, bool are_components);
static void write_part(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                       const lgs_edi_part_t *part, bool is_component);
static void write_value(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                        const lgs_edi_part_t *part, bool is_component);
static void write_condition(lgs_buf_t *buf, const lgs_edi_condition_t *condition);
static bool compile(lgs_guide_job_t *job, lgs_dictionary_t *dictionary, lgs_str_t text);

bool lgs_dictionary_compile(lgs_guide_job_t *job, lgs_dictionary_t *dictionary)
{
    lgs_buf_t buf;

    if (dictionary->schema) {
        return true;
    }
    lgs_buf_init(&buf, job->guides->arena, 65536, MAX_SCHEMA);
    lgs_buf_cstr(&buf, "{\"$defs\":{");
    write_elements(&buf, dictionary);
    lgs_buf_cstr(&buf, "},\"properties\":{");
    for (size_t i = 0; i < lgs_map_count(dictionary->segments); i++) {
        void *shape;

        lgs_map_at(dictionary->segments, i, NULL, &shape);
        lgs_buf_cstr(&buf, i ? "," : "");
        write_shape(&buf, dictionary, shape);
    }
    lgs_buf_cstr(&buf, "}}");
    return buf.failed ? lgs_guide_nomem(job) : compile(job, dictionary, lgs_buf_text(&buf));
}

static bool compile(lgs_guide_job_t *job, lgs_dictionary_t *dictionary, lgs_str_t text)
{
    lgs_schema_store_t *store = lgs_schema_store_create(job->guides->arena);
    lgs_doc_t *doc = lgs_arena_zalloc(job->guides->arena, sizeof(*doc));

    if (store == NULL || doc == NULL) {
        return lgs_guide_nomem(job);
    }
    if (lgs_json_read(job->guides->arena, text, NULL, doc, job->errs) == LGS_OK &&
        lgs_schema_store_add(store, dictionary->name, doc, job->errs) == LGS_OK) {
        dictionary->schema = lgs_schema_compile(store, dictionary->name, job->errs);
    }
    job->failed |= dictionary->schema == NULL;
    return dictionary->schema != NULL;
}

/* ---- elements ---- */

static void write_elements(lgs_buf_t *buf, const lgs_dictionary_t *dictionary)
{
    for (size_t i = 0; i < lgs_map_count(dictionary->elements); i++) {
        lgs_str_t number;
        void *element;

        lgs_map_at(dictionary->elements, i, &number, &element);
        lgs_buf_printf(buf, "%s\"%.*s\":", i ? "," : "", LGS_FMT(number));
        write_type(buf, dictionary, element);
    }
}

static void write_type(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                       const lgs_edi_element_t *element)
{
    lgs_buf_cstr(buf, "{\"type\":\"string\"");
    if (element->codes.len) {
        write_codes(buf, element->codes);
    } else if (element->type == LGS_EDI_TEXT) {
        lgs_buf_printf(buf, ",\"minLength\":%u,\"maxLength\":%u", element->min, element->max);
    } else if (element->type != LGS_EDI_BYTES) {
        write_pattern(buf, dictionary, element);
    }
    lgs_buf_byte(buf, '}');
}

/* Sign, decimal mark and exponent are no part of a number's length. */
static void write_pattern(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                          const lgs_edi_element_t *element)
{
    const char *mark = dictionary->standard == LGS_EDI_X12 ? "\\\\." : "[.,]";

    lgs_buf_cstr(buf, ",\"pattern\":\"");
    if (element->type == LGS_EDI_INTEGER) {
        lgs_buf_printf(buf, "^-?[0-9]{%u,%u}$", element->min, element->max);
    } else if (element->type == LGS_EDI_DECIMAL) {
        lgs_buf_printf(buf, "^-?(?=(?:%s?[0-9]){%u,%u}%s?(?:E|$))[0-9]*%s?[0-9]*(?:E-?[0-9]+)?$",
                       mark, element->min, element->max, mark, mark);
    } else if (element->type == LGS_EDI_DATE) {
        lgs_buf_printf(buf, "^[0-9]{%u}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$",
                       element->max == 6 ? 2 : 4);
    } else {
        lgs_buf_printf(buf, "^(?:[01][0-9]|2[0-4])[0-5][0-9](?:[0-5][0-9](?:[0-9]{1,2})?)%s$",
                       element->min > 4 ? "" : "?");
    }
    lgs_buf_byte(buf, '"');
}

static void write_codes(lgs_buf_t *buf, lgs_str_t codes)
{
    const char *p = codes.data, *end = p + codes.len;
    bool is_first = true;

    lgs_buf_cstr(buf, ",\"enum\":[");
    while (p < end) {
        const char *from = p;

        while (p < end && *p != ' ' && *p != '\n') {
            p++;
        }
        if (p > from) {
            lgs_buf_cstr(buf, is_first ? "" : ",");
            lgs_json_write_string(buf, lgs_str(from, (size_t)(p - from)));
            is_first = false;
        }
        p++;
    }
    lgs_buf_byte(buf, ']');
}

/* ---- segments ---- */

static void write_number(lgs_buf_t *buf, const lgs_dictionary_t *dictionary, uint32_t i)
{
    if (dictionary->standard == LGS_EDI_X12) {
        lgs_buf_printf(buf, "\"%02u\"", i + 1);
    } else {
        lgs_buf_printf(buf, "\"%u\"", i);
    }
}

static void write_shape(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                        const lgs_edi_shape_t *shape)
{
    lgs_buf_printf(buf, "\"%.*s\":{", LGS_FMT(shape->tag));
    write_parts(buf, dictionary, shape->parts, shape->n, false);
    for (uint32_t i = 0; i < shape->n_conditions; i++) {
        lgs_buf_cstr(buf, i ? "," : ",\"allOf\":[");
        write_condition(buf, &shape->conditions[i]);
    }
    lgs_buf_cstr(buf, shape->n_conditions ? "]}" : "}");
}

/* The keywords of an object of elements or components. */
static void write_parts(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                        const lgs_edi_part_t *parts, uint32_t n, bool are_components)
{
    bool is_first = true;

    lgs_buf_cstr(buf, "\"additionalProperties\":false,\"properties\":{");
    for (uint32_t i = 0; i < n; i++) {
        lgs_buf_cstr(buf, i ? "," : "");
        write_number(buf, dictionary, i);
        lgs_buf_byte(buf, ':');
        write_part(buf, dictionary, &parts[i], are_components);
    }
    lgs_buf_cstr(buf, "},\"required\":[");
    for (uint32_t i = 0; i < n; i++) {
        if (parts[i].is_mandatory) {
            lgs_buf_cstr(buf, is_first ? "" : ",");
            write_number(buf, dictionary, i);
            is_first = false;
        }
    }
    lgs_buf_byte(buf, ']');
}

/* Repetitions are a list, whose empty ones are null. */
static void write_part(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                       const lgs_edi_part_t *part, bool is_component)
{
    if (part->max == 1) {
        write_value(buf, dictionary, part, is_component);
        return;
    }
    lgs_buf_printf(buf,
                   "{\"if\":{\"type\":\"array\"},\"then\":{\"maxItems\":%u,\"items\":"
                   "{\"if\":{\"type\":\"null\"},\"else\":",
                   part->max);
    write_value(buf, dictionary, part, is_component);
    lgs_buf_cstr(buf, "}},\"else\":");
    write_value(buf, dictionary, part, is_component);
    lgs_buf_byte(buf, '}');
}

/*
 * What stands alone: in X12 a text, or an object when there are several components (a composite
 * with one is a text); in EDIFACT an object of components, whatever it is.
 */
static void write_value(lgs_buf_t *buf, const lgs_dictionary_t *dictionary,
                        const lgs_edi_part_t *part, bool is_component)
{
    bool is_x12 = dictionary->standard == LGS_EDI_X12;
    lgs_edi_part_t alone = {.max = 1, .element = part->element};

    if (part->composite) {
        lgs_buf_cstr(buf,
                     is_x12 ? "{\"if\":{\"type\":\"object\"},\"then\":{" : "{\"type\":\"object\",");
        write_parts(buf, dictionary, part->composite->parts, part->composite->n, true);
        if (is_x12) {
            lgs_buf_cstr(buf, "},\"else\":");
            write_value(buf, dictionary, &part->composite->parts[0], true);
        }
        lgs_buf_byte(buf, '}');
    } else if (!is_x12 && !is_component) {
        lgs_buf_cstr(buf, "{\"type\":\"object\",");
        write_parts(buf, dictionary, &alone, 1, true);
        lgs_buf_byte(buf, '}');
    } else if (part->element->number.len) {
        lgs_buf_printf(buf, "{\"$ref\":\"#/$defs/%.*s\"}", LGS_FMT(part->element->number));
    } else {
        write_type(buf, dictionary, part->element);
    }
}

/* ---- conditions ---- */

/* "05","06" of elements[from] on, without the one at `but`. */
static void write_names(lgs_buf_t *buf, const lgs_edi_condition_t *condition, uint32_t from,
                        uint32_t but)
{
    bool is_first = true;

    for (uint32_t i = from; i < condition->n; i++) {
        if (i != but) {
            lgs_buf_printf(buf, "%s\"%02u\"", is_first ? "" : ",", condition->elements[i]);
            is_first = false;
        }
    }
}

/* At least one of elements[from] on. */
static void write_any(lgs_buf_t *buf, const lgs_edi_condition_t *condition, uint32_t from)
{
    lgs_buf_cstr(buf, "{\"anyOf\":[");
    for (uint32_t i = from; i < condition->n; i++) {
        lgs_buf_printf(buf, "%s{\"required\":[\"%02u\"]}", i > from ? "," : "",
                       condition->elements[i]);
    }
    lgs_buf_cstr(buf, "]}");
}

static void write_dependent(lgs_buf_t *buf, const lgs_edi_condition_t *condition, uint32_t n)
{
    lgs_buf_cstr(buf, "{\"dependentRequired\":{");
    for (uint32_t i = 0; i < n; i++) {
        lgs_buf_printf(buf, "%s\"%02u\":[", i ? "," : "", condition->elements[i]);
        write_names(buf, condition, 0, i);
        lgs_buf_byte(buf, ']');
    }
    lgs_buf_cstr(buf, "}}");
}

static void write_exclusion(lgs_buf_t *buf, const lgs_edi_condition_t *condition)
{
    bool is_first = true;

    lgs_buf_cstr(buf, "{\"not\":{\"anyOf\":[");
    for (uint32_t i = 0; i < condition->n; i++) {
        for (uint32_t k = i + 1; k < condition->n; k++) {
            lgs_buf_printf(buf, "%s{\"required\":[\"%02u\",\"%02u\"]}", is_first ? "" : ",",
                           condition->elements[i], condition->elements[k]);
            is_first = false;
        }
    }
    lgs_buf_cstr(buf, "]}}");
}

static void write_condition(lgs_buf_t *buf, const lgs_edi_condition_t *condition)
{
    switch (condition->kind) {
    case 'P':
        write_dependent(buf, condition, condition->n);
        break;
    case 'C':
        write_dependent(buf, condition, 1);
        break;
    case 'R':
        write_any(buf, condition, 0);
        break;
    case 'E':
        write_exclusion(buf, condition);
        break;
    default:
        lgs_buf_printf(buf, "{\"if\":{\"required\":[\"%02u\"]},\"then\":", condition->elements[0]);
        write_any(buf, condition, 1);
        lgs_buf_byte(buf, '}');
    }
}
