/*
 * The formats of JSON Schema as assertions: the RFC that each names, no more and no less, with the
 * exceptions said at the function. Nothing is allocated but for "regex".
 */
#include "../base/datetime.h"
#include "program.h"

#define MAX_HOST  253u
#define MAX_LABEL 63u
#define MAX_LOCAL 64u /* RFC 5321: bytes before the @ */

typedef enum {
    CHAR_ALPHA = 1,
    CHAR_DIGIT = 2,
    CHAR_HEX = 4,
    CHAR_MARK = 8,
    CHAR_SUB = 16,
    CHAR_ATEXT = 32
} char_class_t;

static bool is_email(lgs_str_t text);
static bool is_hostname(lgs_str_t text);
static bool is_ipv4(lgs_str_t text);
static bool is_ipv6(lgs_str_t text);
static bool is_uri(lgs_str_t text);
static bool is_uri_reference(lgs_str_t text);
static bool is_iri(lgs_str_t text);
static bool is_iri_reference(lgs_str_t text);
static bool is_uuid(lgs_str_t text);
static bool is_duration(lgs_str_t text);
static bool is_pointer(lgs_str_t text);
static bool is_relative_pointer(lgs_str_t text);
static bool is_regex(lgs_str_t text);

static bool is_local_part(lgs_str_t text);
static bool is_quoted_local(lgs_str_t text);
static bool is_mail_domain(lgs_str_t text);
static bool is_reference(lgs_str_t text, bool is_absolute, bool is_international);
static bool is_scheme(lgs_str_t text);
static bool is_authority(lgs_str_t text, bool is_international);
static bool is_uri_text(lgs_str_t text, const char *more, bool is_international);
static unsigned classes(char c);

static const format_t formats[] = {
    {"date-time", lgs_is_rfc3339_datetime, "a date-time (2026-11-21T14:05:00Z)"},
    {"date", lgs_is_rfc3339_date, "a date (2026-11-21)"},
    {"time", lgs_is_rfc3339_time, "a time with an offset (14:05:00Z)"},
    {"duration", is_duration, "a duration (P1DT2H)"},
    {"email", is_email, "an e-mail address"},
    {"hostname", is_hostname, "a host name"},
    {"ipv4", is_ipv4, "an IPv4 address"},
    {"ipv6", is_ipv6, "an IPv6 address"},
    {"uri", is_uri, "an absolute URI"},
    {"uri-reference", is_uri_reference, "a URI or a relative reference"},
    {"iri", is_iri, "an absolute IRI"},
    {"iri-reference", is_iri_reference, "an IRI or a relative reference"},
    {"uuid", is_uuid, "a UUID"},
    {"json-pointer", is_pointer, "a JSON pointer"},
    {"relative-json-pointer", is_relative_pointer, "a relative JSON pointer"},
    {"regex", is_regex, "a regular expression"},
};

const format_t *lgs_format_find(lgs_str_t name)
{
    for (size_t i = 0; i < LGS_N(formats); i++) {
        if (lgs_str_is(name, formats[i].name)) {
            return &formats[i];
        }
    }
    return NULL;
}

lgs_str_t lgs_format_nearest(lgs_str_t name)
{
    lgs_str_t names[LGS_N(formats)];

    for (size_t i = 0; i < LGS_N(formats); i++) {
        names[i] = lgs_cstr(formats[i].name);
    }
    return lgs_nearest(name, names, LGS_N(formats));
}

/* ---- hosts ---- */

/* RFC 1123: letters, digits and inner hyphens. */
static bool is_hostname(lgs_str_t text)
{
    size_t start = 0;

    if (text.len == 0 || text.len > MAX_HOST) {
        return false;
    }
    for (size_t i = 0; i <= text.len; i++) {
        size_t len = i - start;

        if (i < text.len && text.data[i] != '.') {
            if (!(classes(text.data[i]) & (CHAR_ALPHA | CHAR_DIGIT)) && text.data[i] != '-') {
                return false;
            }
            continue;
        }
        if (len == 0 || len > MAX_LABEL || text.data[start] == '-' || text.data[i - 1] == '-') {
            return false;
        }
        start = i + 1;
    }
    return true;
}

/* Four decimal numbers without zeros in front: "01" would be octal to some. */
static bool is_ipv4(lgs_str_t text)
{
    unsigned parts = 0, value = 0, digits = 0;

    for (size_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.data[i] == '.') {
            if (digits == 0 || value > 255) {
                return false;
            }
            parts++;
            value = digits = 0;
            continue;
        }
        if (!(classes(text.data[i]) & CHAR_DIGIT) || digits == 3 || (digits && value == 0)) {
            return false;
        }
        value = value * 10 + (unsigned)(text.data[i] - '0');
        digits++;
    }
    return parts == 4;
}

/* RFC 4291 section 2.2: eight groups, one "::", an IPv4 address as the last two; no zone. */
static bool is_ipv6(lgs_str_t text)
{
    const char *p = text.data, *end = text.data + text.len, *start;
    unsigned groups = 0;
    bool has_gap = false;

    if (text.len >= 2 && p[0] == ':' && p[1] == ':') {
        has_gap = true;
        p += 2;
    }
    while (p < end) {
        start = p;
        while (p < end && (classes(*p) & CHAR_HEX)) {
            p++;
        }
        if (p < end && *p == '.') {
            groups += 2;
            return is_ipv4(lgs_str(start, (size_t)(end - start))) &&
                   (groups == 8 || (has_gap && groups < 8));
        }
        if (p == start || p - start > 4) {
            return false;
        }
        groups++;
        if (p == end) {
            break;
        }
        if (*p++ != ':' || p == end) {
            return false;
        }
        if (*p == ':') {
            if (has_gap) {
                return false;
            }
            has_gap = true;
            p++;
        }
    }
    return has_gap ? groups < 8 : groups == 8;
}

/* ---- mail: RFC 5321 section 4.1.2, Mailbox ---- */

static bool is_email(lgs_str_t text)
{
    size_t at = text.len;

    while (at && text.data[at - 1] != '@') {
        at--;
    }
    if (at < 2 || at - 1 > MAX_LOCAL) {
        return false;
    }
    return is_local_part(lgs_str(text.data, at - 1)) &&
           is_mail_domain(lgs_str(text.data + at, text.len - at));
}

static bool is_local_part(lgs_str_t text)
{
    bool was_dot = true;

    if (text.data[0] == '"') {
        return is_quoted_local(text);
    }
    for (size_t i = 0; i < text.len; i++) {
        bool is_dot = text.data[i] == '.';

        if ((is_dot && was_dot) || (!is_dot && !(classes(text.data[i]) & CHAR_ATEXT))) {
            return false;
        }
        was_dot = is_dot;
    }
    return !was_dot;
}

static bool is_quoted_local(lgs_str_t text)
{
    size_t i = 1;

    while (i + 1 < text.len && text.data[i] >= ' ' && text.data[i] <= '~' && text.data[i] != '"') {
        i += text.data[i] == '\\' ? 2 : 1;
    }
    return i + 1 == text.len && text.data[i] == '"';
}

static bool is_mail_domain(lgs_str_t text)
{
    lgs_str_t inner;

    if (text.len < 3 || text.data[0] != '[' || text.data[text.len - 1] != ']') {
        return is_hostname(text);
    }
    inner = lgs_str(text.data + 1, text.len - 2);
    if (lgs_str_starts(inner, LGS_STR("IPv6:"))) {
        return is_ipv6(lgs_str(inner.data + 5, inner.len - 5));
    }
    return is_ipv4(inner);
}

/* ---- RFC 3986, RFC 3987 ---- */

static bool is_uri(lgs_str_t text)
{
    return is_reference(text, true, false);
}

static bool is_uri_reference(lgs_str_t text)
{
    return is_reference(text, false, false);
}

static bool is_iri(lgs_str_t text)
{
    return is_reference(text, true, true);
}

static bool is_iri_reference(lgs_str_t text)
{
    return is_reference(text, false, true);
}

static bool is_reference(lgs_str_t text, bool is_absolute, bool is_international)
{
    const char *p = text.data, *end = text.data + text.len, *start = p;
    bool has_scheme;

    while (p < end && *p != ':' && *p != '/' && *p != '?' && *p != '#') {
        p++;
    }
    has_scheme = p < end && *p == ':';
    if (has_scheme && !is_scheme(lgs_str(start, (size_t)(p - start)))) {
        return false;
    }
    p = has_scheme ? p + 1 : start;
    if (is_absolute && !has_scheme) {
        return false;
    }
    if (end - p >= 2 && p[0] == '/' && p[1] == '/') {
        start = p += 2;
        while (p < end && *p != '/' && *p != '?' && *p != '#') {
            p++;
        }
        if (!is_authority(lgs_str(start, (size_t)(p - start)), is_international)) {
            return false;
        }
    }
    start = p;
    while (p < end && *p != '#') {
        p++;
    }
    return is_uri_text(lgs_str(start, (size_t)(p - start)), ":@/?", is_international) &&
           (p == end ||
            is_uri_text(lgs_str(p + 1, (size_t)(end - p - 1)), ":@/?", is_international));
}

static bool is_scheme(lgs_str_t text)
{
    if (text.len == 0 || !(classes(text.data[0]) & CHAR_ALPHA)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!(classes(text.data[i]) & (CHAR_ALPHA | CHAR_DIGIT)) &&
            !memchr("+-.", text.data[i], 3)) {
            return false;
        }
    }
    return true;
}

/* [userinfo@] host or [IPv6] [:port] */
static bool is_authority(lgs_str_t text, bool is_international)
{
    const char *p = text.data, *end = text.data + text.len, *at, *bracket;

    at = text.len ? memchr(p, '@', text.len) : NULL;
    if (at) {
        if (!is_uri_text(lgs_str(p, (size_t)(at - p)), ":", is_international)) {
            return false;
        }
        p = at + 1;
    }
    if (p < end && *p == '[') {
        bracket = memchr(p, ']', (size_t)(end - p));
        if (bracket == NULL || !is_ipv6(lgs_str(p + 1, (size_t)(bracket - p - 1)))) {
            return false;
        }
        p = bracket + 1;
    } else {
        const char *host = p;

        while (p < end && *p != ':') {
            p++;
        }
        if (!is_uri_text(lgs_str(host, (size_t)(p - host)), "", is_international)) {
            return false;
        }
    }
    if (p < end && *p++ != ':') {
        return false;
    }
    while (p < end && (classes(*p) & CHAR_DIGIT)) {
        p++;
    }
    return p == end;
}

/* Unreserved characters, sub-delims, %XX and those of `more`. */
static bool is_uri_text(lgs_str_t text, const char *more, bool is_international)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '%') {
            if (text.len - i < 3 || !(classes(text.data[i + 1]) & CHAR_HEX) ||
                !(classes(text.data[i + 2]) & CHAR_HEX)) {
                return false;
            }
            i += 2;
        } else if (!(classes(c) & (CHAR_ALPHA | CHAR_DIGIT | CHAR_MARK | CHAR_SUB)) &&
                   !(c && strchr(more, c)) && !(is_international && (unsigned char)c >= 0x80)) {
            return false;
        }
    }
    return true;
}

/* ---- the others ---- */

static bool is_uuid(lgs_str_t text)
{
    if (text.len != 36) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_hyphen ? text.data[i] != '-' : !(classes(text.data[i]) & CHAR_HEX)) {
            return false;
        }
    }
    return true;
}

/* RFC 3339 appendix A; a unit may be left out ("P1Y2D"), as ISO 8601 has it. */
static bool is_duration(lgs_str_t text)
{
    const char *p = text.data, *end = text.data + text.len, *units = "YMD", *unit;
    bool has_any = false, has_week = false, in_time = false;

    if (text.len < 2 || *p++ != 'P') {
        return false;
    }
    while (p < end) {
        const char *digits = p;

        if (*p == 'T') {
            if (in_time || has_week || ++p == end) {
                return false;
            }
            in_time = true;
            units = "HMS";
            continue;
        }
        while (p < end && (classes(*p) & CHAR_DIGIT)) {
            p++;
        }
        if (p == digits || p == end || has_week) {
            return false;
        }
        if (*p == 'W' && !has_any && !in_time) {
            has_week = has_any = true;
            p++;
            continue;
        }
        unit = strchr(units, *p++);
        if (unit == NULL || *unit == '\0') {
            return false;
        }
        units = unit + 1;
        has_any = true;
    }
    return has_any;
}

static bool is_pointer(lgs_str_t text)
{
    if (text.len && text.data[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '~' &&
            (i + 1 == text.len || (text.data[i + 1] != '0' && text.data[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

static bool is_relative_pointer(lgs_str_t text)
{
    size_t n = 0;

    while (n < text.len && (classes(text.data[n]) & CHAR_DIGIT)) {
        n++;
    }
    if (n == 0 || (n > 1 && text.data[0] == '0')) {
        return false;
    }
    return (text.len == n + 1 && text.data[n] == '#') ||
           is_pointer(lgs_str(text.data + n, text.len - n));
}

/* Compiled and thrown away; what PCRE2 takes is its own and bounded by LGS_MAX_PATTERN. */
static bool is_regex(lgs_str_t text)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    bool ok = arena && lgs_regex_compile(arena, text, LGS_REGEX_ECMA, NULL) != NULL;

    lgs_arena_destroy(arena);
    return ok;
}

static unsigned classes(char c)
{
    unsigned found = 0;

    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        found = CHAR_ALPHA | CHAR_ATEXT | ((c | 0x20) <= 'f' ? CHAR_HEX : 0);
    } else if (c >= '0' && c <= '9') {
        found = CHAR_DIGIT | CHAR_HEX | CHAR_ATEXT;
    } else if (c != '\0') {
        found |= strchr("-._~", c) ? CHAR_MARK : 0;
        found |= strchr("!$&'()*+,;=", c) ? CHAR_SUB : 0;
        found |= strchr("!#$%&'*+-/=?^_`{|}~", c) ? CHAR_ATEXT : 0;
    }
    return found;
}
