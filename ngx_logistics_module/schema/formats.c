/*
 * The formats of JSON Schema as assertions: the RFC that each names, no more and no less, with the
 * exceptions said at the function. Nothing is allocated but for "regex".
 */
#include "../base/datetime.h"
#include "../base/rows.h"
#include "formats.h"
#include "program.h"

static bool is_uri(lgs_str_t text);
static bool is_uri_reference(lgs_str_t text);
static bool is_iri(lgs_str_t text);
static bool is_iri_reference(lgs_str_t text);
static bool is_uuid(lgs_str_t text);
static bool is_duration(lgs_str_t text);
static bool read_units(const char **p, const char *end, const char *units);
static bool is_pointer(lgs_str_t text);
static bool is_relative_pointer(lgs_str_t text);
static bool is_regex(lgs_str_t text);

static bool is_reference(lgs_str_t text, bool is_absolute, bool is_international);
static bool is_scheme(lgs_str_t text);
static bool is_authority(lgs_str_t text, bool is_international);
static bool is_uri_text(lgs_str_t text, const char *more, bool is_international);

static const format_t formats[] = {
    {"date-time", lgs_is_rfc3339_datetime, "a date-time (2026-11-21T14:05:00Z)"},
    {"date", lgs_is_rfc3339_date, "a date (2026-11-21)"},
    {"time", lgs_is_rfc3339_time, "a time with an offset (14:05:00Z)"},
    {"duration", is_duration, "a duration (P1DT2H)"},
    {"email", lgs_is_email, "an e-mail address"},
    {"idn-email", lgs_is_idn_email, "an e-mail address"},
    {"hostname", lgs_is_hostname, "a host name"},
    {"idn-hostname", lgs_is_idn_host, "a host name"},
    {"ipv4", lgs_is_ipv4, "an IPv4 address"},
    {"ipv6", lgs_is_ipv6, "an IPv6 address"},
    {"uri", is_uri, "an absolute URI"},
    {"uri-reference", is_uri_reference, "a URI or a relative reference"},
    {"iri", is_iri, "an absolute IRI"},
    {"iri-reference", is_iri_reference, "an IRI or a relative reference"},
    {"uri-template", lgs_is_uri_template, "a URI template"},
    {"uuid", is_uuid, "a UUID"},
    {"json-pointer", is_pointer, "a JSON pointer"},
    {"relative-json-pointer", is_relative_pointer, "a relative JSON pointer"},
    {"regex", is_regex, "a regular expression"},
};

const format_t *lgs_format_find(lgs_str_t name)
{
    return lgs_rows_find(LGS_ROWS(formats), name);
}

lgs_str_t lgs_format_nearest(lgs_str_t name)
{
    lgs_str_t names[LGS_N(formats)];

    return lgs_nearest(name, names, lgs_rows_names(LGS_ROWS(formats), names, LGS_N(names)));
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
    if (text.len == 0 || !(lgs_char_classes(text.data[0]) & CHAR_ALPHA)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!(lgs_char_classes(text.data[i]) & (CHAR_ALPHA | CHAR_DIGIT)) &&
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
        if (bracket == NULL || !lgs_is_ipv6(lgs_str(p + 1, (size_t)(bracket - p - 1)))) {
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
    while (p < end && (lgs_char_classes(*p) & CHAR_DIGIT)) {
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
            if (text.len - i < 3 || !(lgs_char_classes(text.data[i + 1]) & CHAR_HEX) ||
                !(lgs_char_classes(text.data[i + 2]) & CHAR_HEX)) {
                return false;
            }
            i += 2;
        } else if (!(lgs_char_classes(c) & (CHAR_ALPHA | CHAR_DIGIT | CHAR_MARK | CHAR_SUB)) &&
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

        if (is_hyphen ? text.data[i] != '-' : !(lgs_char_classes(text.data[i]) & CHAR_HEX)) {
            return false;
        }
    }
    return true;
}

/*
 * RFC 3339 appendix A: weeks alone, or units without a gap between the first and the last of them,
 * those of the day and those of the time each ("P1M2D", not "P1Y2D").
 */
static bool is_duration(lgs_str_t text)
{
    const char *p, *end;

    if (text.len < 3 || text.data[0] != 'P') {
        return false;
    }
    p = text.data + 1;
    end = text.data + text.len;
    if (read_units(&p, end, "W") && p == end) {
        return true;
    }
    p = text.data + 1;
    if (*p != 'T' && !read_units(&p, end, "YMD")) {
        return false;
    }
    if (p < end && *p == 'T') {
        p++;
        return read_units(&p, end, "HMS") && p == end;
    }
    return p == end;
}

/* One or more of the units, each with digits before it, one right after the other. */
static bool read_units(const char **p, const char *end, const char *units)
{
    bool has_any = false;

    while (*p < end && (lgs_char_classes(**p) & CHAR_DIGIT)) {
        const char *unit;

        while (*p < end && (lgs_char_classes(**p) & CHAR_DIGIT)) {
            ++*p;
        }
        unit = *p < end && **p ? strchr(units, **p) : NULL;
        if (unit == NULL || (has_any && unit != units)) {
            return false;
        }
        units = unit + 1;
        has_any = true;
        ++*p;
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

    while (n < text.len && (lgs_char_classes(text.data[n]) & CHAR_DIGIT)) {
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

unsigned lgs_char_classes(char c)
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
