/*
 * Names of XML documents as the tree has them, kept so that a name is made once; and the encodings
 * that carriers still send and expat does not know.
 */
#include "charset.h"
#include "xml_reader.h"

#include <stdio.h>
#include <strings.h>

/* A name taken apart. Without namespaces there is no `uri`. */
typedef struct {
    lgs_str_t uri, local;
    lgs_str_t prefix; /* as the document has it */
} parts_t;

static bool fill(lgs_xml_reader_t *r, lgs_xml_name_t *entry);
static parts_t split(const lgs_xml_reader_t *r, lgs_str_t raw);
static lgs_str_t our_prefix(const lgs_xml_reader_t *r, const parts_t *parts);
static bool is_listed(const lgs_xml_profile_t *profile, lgs_str_t name);
static bool make_name(lgs_arena_t *arena, const char *mark, lgs_str_t prefix, const char *between,
                      lgs_str_t local, lgs_node_t *name);

const lgs_xml_name_t *lgs_xml_name(lgs_xml_reader_t *r, const char *raw, bool is_attribute)
{
    lgs_str_t text = lgs_cstr(raw);
    uint32_t hash = lgs_hash(text.data, text.len) + is_attribute;
    lgs_xml_name_t *entry = &r->names[hash % LGS_XML_CACHED_NAMES];

    if (LGS_LIKELY(entry->hash == hash && entry->is_attribute == is_attribute && entry->raw.data &&
                   lgs_str_eq(entry->raw, text))) {
        return entry;
    }
    /* another name was here: it is made again when it comes again */
    entry->raw = lgs_arena_str(r->build.arena, text);
    entry->hash = hash;
    entry->is_attribute = is_attribute;
    return entry->raw.data && fill(r, entry) ? entry : NULL;
}

bool lgs_xml_name_in_full(lgs_xml_reader_t *r, const lgs_xml_name_t *name, lgs_node_t *out)
{
    parts_t parts = split(r, name->raw);

    return make_name(r->build.arena, "@", parts.prefix, "_", parts.local, out);
}

static bool fill(lgs_xml_reader_t *r, lgs_xml_name_t *entry)
{
    parts_t parts = split(r, entry->raw);
    lgs_str_t prefix = our_prefix(r, &parts);

    entry->is_declaration = entry->is_attribute &&
                            (lgs_str_is(parts.prefix, "xmlns") || lgs_str_is(entry->raw, "xmlns"));
    entry->has_lost_prefix = parts.prefix.len > 0 && prefix.len == 0;
    if (!make_name(r->build.arena, entry->is_attribute ? "@" : "", prefix, prefix.len ? ":" : "",
                   parts.local, &entry->name)) {
        entry->raw.data = NULL;
        return false;
    }
    if (!entry->is_attribute && is_listed(r->profile, lgs_node_text(&entry->name))) {
        entry->name.flags |= LGS_XML_LISTED;
    }
    return true;
}

/* "uri\nlocal\nprefix" with namespaces (the first or the last may be missing), else "prefix:local".
 */
static parts_t split(const lgs_xml_reader_t *r, lgs_str_t raw)
{
    bool has_namespaces = r->profile->n_namespaces > 0;
    parts_t parts = {.local = raw};
    const char *mark = memchr(raw.data, has_namespaces ? LGS_XML_SEPARATOR : ':', raw.len);
    lgs_str_t before, behind;

    if (mark == NULL) {
        return parts;
    }
    before = lgs_str(raw.data, (size_t)(mark - raw.data));
    behind = lgs_str(mark + 1, raw.len - before.len - 1);
    if (!has_namespaces) { /* "a:" is no name of namespaces: as it is */
        return before.len && behind.len ? (parts_t){.local = behind, .prefix = before} : parts;
    }
    parts.uri = before;
    parts.local = behind;
    mark = memchr(behind.data, LGS_XML_SEPARATOR, behind.len);
    if (mark) {
        parts.local.len = (size_t)(mark - behind.data);
        parts.prefix = lgs_str(mark + 1, behind.len - parts.local.len - 1);
    }
    return parts;
}

static lgs_str_t our_prefix(const lgs_xml_reader_t *r, const parts_t *parts)
{
    static const lgs_str_t xml = LGS_STR_INIT("xml"); /* bound by the standard: xml:lang */

    if (lgs_str_eq(parts->prefix, xml)) {
        return xml;
    }
    for (uint32_t i = 0; parts->uri.len && i < r->profile->n_namespaces; i++) {
        if (lgs_str_eq(parts->uri, r->profile->namespaces[i].uri)) {
            return r->profile->namespaces[i].prefix;
        }
    }
    return LGS_STR("");
}

/* By the last step of what `arrays` says; where the element stands is looked at when it ends. */
static bool is_listed(const lgs_xml_profile_t *profile, lgs_str_t name)
{
    for (uint32_t i = 0; i < profile->n_arrays; i++) {
        lgs_str_t path = profile->arrays[i];

        if (path.len >= name.len &&
            lgs_str_eq(lgs_str(path.data + path.len - name.len, name.len), name) &&
            (path.len == name.len || path.data[path.len - name.len - 1] == '/')) {
            return true;
        }
    }
    return false;
}

static bool make_name(lgs_arena_t *arena, const char *mark, lgs_str_t prefix, const char *between,
                      lgs_str_t local, lgs_node_t *name)
{
    lgs_str_t text = local;

    if (*mark || prefix.len) {
        text = lgs_arena_printf(arena, "%s%.*s%s%.*s", mark, LGS_FMT(prefix), between,
                                LGS_FMT(local));
    }
    if (text.data == NULL) {
        return false;
    }
    *name = lgs_node_string(text, LGS_NO_OFFSET, LGS_NODE_PLAIN);
    name->hash = lgs_hash(text.data, text.len);
    return true;
}

/* ---- encodings ---- */

/* What documents call them, beside what expat knows itself. */
static const struct {
    const char *name;
    lgs_charset_t charset;
} encodings[] = {
    {"windows-1252", LGS_CHARSET_CP1252}, {"cp1252", LGS_CHARSET_CP1252},
    {"iso-8859-15", LGS_CHARSET_8859_15}, {"latin-9", LGS_CHARSET_8859_15},
    {"latin1", LGS_CHARSET_8859_1},
};

int lgs_xml_encoding(void *data, const XML_Char *name, XML_Encoding *info)
{
    lgs_xml_reader_t *r = data;
    size_t known = 0;

    while (known < LGS_N(encodings) && strcasecmp(name, encodings[known].name) != 0) {
        known++;
    }
    if (known == LGS_N(encodings)) {
        snprintf(r->encoding, sizeof(r->encoding), "%s", name);
        return XML_STATUS_ERROR;
    }
    for (int byte = 0; byte < 256; byte++) {
        uint32_t character = lgs_charset_character(encodings[known].charset, (unsigned char)byte);

        info->map[byte] = byte < 0x80 ? byte : character ? (int)character : -1;
    }
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    return XML_STATUS_OK;
}
