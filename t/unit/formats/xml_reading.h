/* Reads XML for the tests of formats/xml*.c, from memory that ends where the document ends. */
#ifndef XML_READING_H
#define XML_READING_H

#include "reading.h"

#include "../../../ngx_logistics_module/formats/xml.h"

typedef struct {
    const lgs_xml_profile_t *profile;
    const lgs_tree_limits_t *limits;
    size_t ceiling; /* bytes that the read may take; 0: any */
} xml_options_t;

static inline reading_t read_xml_with(lgs_str_t text, xml_options_t options)
{
    reading_t reading = {.arena = lgs_arena_create(64, 0),
                         .source = malloc(text.len ? text.len : 1),
                         .errs = malloc(sizeof(lgs_errs_t))};

    if (text.len) {
        memcpy(reading.source, text.data, text.len);
    }
    lgs_errs_init(reading.errs, reading.arena, LGS_MAX_ERRORS);
    if (options.ceiling) {
        lgs_arena_set_ceiling(reading.arena, lgs_arena_size(reading.arena) + options.ceiling);
    }
    reading.rc = lgs_xml_read(reading.arena, lgs_str(reading.source, text.len), options.profile,
                              options.limits, &reading.doc, reading.errs);
    return reading;
}

static inline reading_t read_xml(const char *text)
{
    return read_xml_with(lgs_cstr(text), (xml_options_t){.profile = NULL});
}

#endif
