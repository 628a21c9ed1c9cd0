/* Formats of hosts and of mail: RFC 1123, 4291, 5321, 5890 and 6531. */
#include "formats.h"
#include "idn.h"

#include <strings.h>

#define MAX_LOCAL 64u /* RFC 5321: bytes before the @ */

static bool is_plain_label(lgs_str_t label);
static bool is_mail(lgs_str_t text, bool is_international);
static bool is_local_part(lgs_str_t text, bool is_international);
static bool is_quoted_local(lgs_str_t text, bool is_international);
static bool is_quotable(char c, bool is_international);
static bool is_mail_domain(lgs_str_t text, bool is_international);

/* ---- hosts ---- */

/* RFC 1123: letters, digits and inner hyphens. */
bool lgs_is_hostname(lgs_str_t text)
{
    size_t start = 0;

    if (text.len == 0 || text.len > LGS_MAX_HOST) {
        return false;
    }
    for (size_t i = 0; i <= text.len; i++) {
        size_t len = i - start;

        if (i < text.len && text.data[i] != '.') {
            if (!(lgs_char_classes(text.data[i]) & (CHAR_ALPHA | CHAR_DIGIT)) &&
                text.data[i] != '-') {
                return false;
            }
            continue;
        }
        if (!is_plain_label(lgs_str(text.data + start, len))) {
            return false;
        }
        start = i + 1;
    }
    return true;
}

/* Two hyphens after two letters are kept for encodings, of which there is one (RFC 5891). */
static bool is_plain_label(lgs_str_t label)
{
    if (label.len == 0 || label.len > LGS_MAX_LABEL || label.data[0] == '-' ||
        label.data[label.len - 1] == '-') {
        return false;
    }
    return label.len < 4 || memcmp(label.data + 2, "--", 2) != 0 || lgs_is_a_label(label);
}

/* Four decimal numbers without zeros in front: "01" would be octal to some. */
bool lgs_is_ipv4(lgs_str_t text)
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
        if (!(lgs_char_classes(text.data[i]) & CHAR_DIGIT) || digits == 3 ||
            (digits && value == 0)) {
            return false;
        }
        value = value * 10 + (unsigned)(text.data[i] - '0');
        digits++;
    }
    return parts == 4;
}

/* RFC 4291 section 2.2: eight groups, one "::", an IPv4 address as the last two; no zone. */
bool lgs_is_ipv6(lgs_str_t text)
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
        while (p < end && (lgs_char_classes(*p) & CHAR_HEX)) {
            p++;
        }
        if (p < end && *p == '.') {
            groups += 2;
            return lgs_is_ipv4(lgs_str(start, (size_t)(end - start))) &&
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

static bool is_mail(lgs_str_t text, bool is_international)
{
    size_t at = text.len;

    while (at && text.data[at - 1] != '@') {
        at--;
    }
    if (at < 2 || at - 1 > MAX_LOCAL) {
        return false;
    }
    return is_local_part(lgs_str(text.data, at - 1), is_international) &&
           is_mail_domain(lgs_str(text.data + at, text.len - at), is_international);
}

bool lgs_is_email(lgs_str_t text)
{
    return is_mail(text, false);
}

/* RFC 6531: the same with letters of any script. */
bool lgs_is_idn_email(lgs_str_t text)
{
    return is_mail(text, true);
}

static bool is_local_part(lgs_str_t text, bool is_international)
{
    bool was_dot = true;

    if (text.data[0] == '"') {
        return is_quoted_local(text, is_international);
    }
    for (size_t i = 0; i < text.len; i++) {
        bool is_dot = text.data[i] == '.';

        if ((is_dot && was_dot) || (!is_dot && !(lgs_char_classes(text.data[i]) & CHAR_ATEXT) &&
                                    !(is_international && (unsigned char)text.data[i] >= 0x80))) {
            return false;
        }
        was_dot = is_dot;
    }
    return !was_dot;
}

static bool is_quoted_local(lgs_str_t text, bool is_international)
{
    size_t i = 1;

    while (i + 1 < text.len && is_quotable(text.data[i], is_international)) {
        i += text.data[i] == '\\' ? 2 : 1;
    }
    return i + 1 == text.len && text.data[i] == '"';
}

static bool is_quotable(char c, bool is_international)
{
    return (c >= ' ' && c <= '~' && c != '"') || (is_international && (unsigned char)c >= 0x80);
}

static bool is_mail_domain(lgs_str_t text, bool is_international)
{
    lgs_str_t inner;

    if (text.len < 3 || text.data[0] != '[' || text.data[text.len - 1] != ']') {
        return is_international ? lgs_is_idn_host(text) : lgs_is_hostname(text);
    }
    inner = lgs_str(text.data + 1, text.len - 2);
    if (inner.len > 5 && strncasecmp(inner.data, "IPv6:", 5) == 0) {
        return lgs_is_ipv6(lgs_str(inner.data + 5, inner.len - 5));
    }
    return lgs_is_ipv4(inner);
}
