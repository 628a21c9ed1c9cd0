/* Checks of formats, shared by the files that have them. Private to schema/. */
#ifndef LGS_SCHEMA_FORMATS_H
#define LGS_SCHEMA_FORMATS_H

#include "../base/lgs.h"

typedef enum {
    CHAR_ALPHA = 1,
    CHAR_DIGIT = 2,
    CHAR_HEX = 4,
    CHAR_MARK = 8,
    CHAR_SUB = 16,
    CHAR_ATEXT = 32
} char_class_t;

/* The bits of a byte; 0 for what is not ASCII. */
unsigned lgs_char_classes(char c);

/* hosts.c */
bool lgs_is_hostname(lgs_str_t text);
bool lgs_is_ipv4(lgs_str_t text);
bool lgs_is_ipv6(lgs_str_t text);
bool lgs_is_email(lgs_str_t text);
bool lgs_is_idn_email(lgs_str_t text);
bool lgs_is_idn_host(lgs_str_t text);

/* template.c */
bool lgs_is_uri_template(lgs_str_t text);

#endif
