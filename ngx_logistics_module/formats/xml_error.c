/*
 * Why an XML document was refused, in words that its sender can act on. Quotes of the document are
 * one byte or one name: bodies do not belong into errors.
 */
#include "xml_reader.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_NAME 64u
#define MAX_ENTITY 64u /* bytes of a name that are looked back over */

static lgs_rc_t refuse(lgs_xml_reader_t *r, const char *code, uint32_t offset, const char *format,
                       ...) LGS_PRINTF(4, 5);
static lgs_rc_t refuse_end(lgs_xml_reader_t *r, uint32_t offset);
static lgs_rc_t refuse_mismatch(lgs_xml_reader_t *r, uint32_t offset);
static lgs_rc_t refuse_token(lgs_xml_reader_t *r, uint32_t offset);
static bool is_behind_ampersand(lgs_str_t source, uint32_t *offset);
static bool is_name_byte(unsigned char c);
static lgs_rc_t refuse_entity(lgs_xml_reader_t *r, uint32_t offset);
static lgs_rc_t refuse_behind(lgs_xml_reader_t *r, uint32_t offset);
static lgs_rc_t refuse_start(lgs_xml_reader_t *r, uint32_t offset);
static lgs_rc_t refuse_encoding(lgs_xml_reader_t *r, uint32_t offset);
static lgs_build_word_t name_at(const lgs_xml_reader_t *r, uint32_t offset);
static lgs_build_word_t open_name(const lgs_xml_reader_t *r, uint32_t *line);

/* By expat's error: a sentence, or a function that makes one. */
static const struct {
    enum XML_Error error;
    const char *text;
    lgs_rc_t (*refuse)(lgs_xml_reader_t *r, uint32_t offset);
} reasons[] = {
    {XML_ERROR_NO_ELEMENTS, NULL, refuse_end},
    {XML_ERROR_UNCLOSED_TOKEN, NULL, refuse_end},
    {XML_ERROR_UNCLOSED_CDATA_SECTION, "a CDATA section begins here and has no \"]]>\"", NULL},
    {XML_ERROR_PARTIAL_CHAR, "the document ends within a character", NULL},
    {XML_ERROR_TAG_MISMATCH, NULL, refuse_mismatch},
    {XML_ERROR_INVALID_TOKEN, NULL, refuse_token},
    {XML_ERROR_SYNTAX, NULL, refuse_start},
    {XML_ERROR_UNDEFINED_ENTITY, NULL, refuse_entity},
    {XML_ERROR_JUNK_AFTER_DOC_ELEMENT, NULL, refuse_behind},
    {XML_ERROR_UNKNOWN_ENCODING, NULL, refuse_encoding},
    {XML_ERROR_INCORRECT_ENCODING, NULL, refuse_encoding},
    {XML_ERROR_DUPLICATE_ATTRIBUTE, "an attribute stands twice in this tag; remove one", NULL},
    {XML_ERROR_UNBOUND_PREFIX, "a prefix in this tag is not declared; write xmlns:prefix=\"…\"",
     NULL},
    {XML_ERROR_BAD_CHAR_REF, "the character reference here stands for no character of XML", NULL},
    {XML_ERROR_MISPLACED_XML_PI,
     "\"<?xml\" stands in the document; it can only be the very first thing, nothing before it",
     NULL},
    {XML_ERROR_XML_DECL,
     "the XML declaration is not well-formed; write <?xml version=\"1.0\" encoding=\"UTF-8\"?>",
     NULL},
    {XML_ERROR_UNDECLARING_PREFIX, "a prefix cannot be declared as empty (xmlns:prefix=\"\")",
     NULL},
    {XML_ERROR_RESERVED_PREFIX_XML, "the prefix \"xml\" is bound by the standard", NULL},
    {XML_ERROR_RESERVED_PREFIX_XMLNS, "the prefix \"xmlns\" is bound by the standard", NULL},
    {XML_ERROR_RESERVED_NAMESPACE_URI, "a prefix is bound to a namespace of the standard", NULL},
};

lgs_rc_t lgs_xml_refuse_syntax(lgs_xml_reader_t *r)
{
    enum XML_Error error = XML_GetErrorCode(r->parser);
    uint32_t offset = lgs_xml_offset(r);

    if (error == XML_ERROR_NO_MEMORY) {
        return lgs_errs_nomem(r->errs);
    }
    for (size_t i = 0; i < LGS_N(reasons); i++) {
        if (reasons[i].error == error) {
            return reasons[i].refuse ? reasons[i].refuse(r, offset)
                                     : refuse(r, "xml-syntax", offset, "%s", reasons[i].text);
        }
    }
    return refuse(r, "xml-syntax", offset, "no well-formed XML: %s", XML_ErrorString(error));
}

lgs_rc_t lgs_xml_refuse_doctype(lgs_xml_reader_t *r)
{
    uint32_t offset = lgs_xml_offset(r); /* somewhere within it */

    while (offset > 0 && r->source.data[offset] != '<') {
        offset--;
    }
    return refuse(r, "xml-doctype", offset,
                  "a document type definition (<!DOCTYPE …>) is not taken; send the document "
                  "without it");
}

lgs_rc_t lgs_xml_refuse_utf16(lgs_xml_reader_t *r)
{
    return refuse(r, "xml-encoding", 0, "the document is UTF-16; send it as UTF-8");
}

lgs_rc_t lgs_xml_refuse_depth(lgs_xml_reader_t *r, uint32_t offset)
{
    (void)refuse(r, "max-depth", offset, "more than %u elements within each other",
                 r->max_elements);
    return LGS_LIMIT;
}

lgs_rc_t lgs_xml_refuse_attributes(lgs_xml_reader_t *r, uint32_t offset)
{
    (void)refuse(r, "max-attributes", offset, "more than %u attributes in one element",
                 LGS_XML_MAX_ATTRIBUTES);
    return LGS_LIMIT;
}

static lgs_rc_t refuse(lgs_xml_reader_t *r, const char *code, uint32_t offset, const char *format,
                       ...)
{
    char text[256];
    lgs_err_t *err;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err = lgs_errs_add(r->errs, code, (lgs_pos_t){.offset = offset}, "%s", text);
    if (err) {
        err->pointer = lgs_build_path(&r->build, r->errs->arena, false);
    }
    return LGS_INVALID;
}

/* ---- sentences ---- */

static bool is_root_open(const lgs_xml_reader_t *r)
{
    return r->build.depth > 1;
}

static lgs_rc_t refuse_end(lgs_xml_reader_t *r, uint32_t offset)
{
    lgs_build_word_t name;
    uint32_t line;

    if (!is_root_open(r)) {
        return offset == 0 && r->build.n_nodes == 1 && r->source.len == 0
                   ? refuse(r, "xml-syntax", 0, "the document is empty, XML was expected")
                   : refuse(r, "xml-syntax", offset, "the document ends here without an element");
    }
    name = open_name(r, &line);
    return refuse(r, "xml-syntax", offset,
                  "the document is cut off: it ends within <%s>, opened at line %u", name.text,
                  line);
}

static lgs_rc_t refuse_mismatch(lgs_xml_reader_t *r, uint32_t offset)
{
    uint32_t line;
    lgs_build_word_t open = open_name(r, &line), found = name_at(r, offset);

    return refuse(r, "xml-syntax", offset, "</%s> closes <%s>, opened at line %u", found.text,
                  open.text, line);
}

/* "AT&T Corp": expat stands on the blank, behind what would be the name of an entity. */
static bool is_behind_ampersand(lgs_str_t source, uint32_t *offset)
{
    uint32_t i = *offset;

    while (i > 0 && *offset - i < MAX_ENTITY && is_name_byte((unsigned char)source.data[i - 1])) {
        i--;
    }
    if (i == 0 || source.data[i - 1] != '&') {
        return false;
    }
    *offset = i - 1;
    return true;
}

static bool is_name_byte(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.' || c == ':';
}

/* expat stands on the byte that cannot be; of a character that is no UTF-8, on its first. */
static lgs_rc_t refuse_token(lgs_xml_reader_t *r, uint32_t offset)
{
    unsigned char c = offset < r->source.len ? (unsigned char)r->source.data[offset] : 0;

    if (offset >= r->source.len) {
        return refuse_end(r, offset);
    }
    if (c >= 0x80) {
        return refuse(r, "xml-encoding", offset,
                      "the byte 0x%02x here is no text in the document's encoding (UTF-8 unless "
                      "declared); declare the one it is in: <?xml version=\"1.0\" "
                      "encoding=\"windows-1252\"?>",
                      c);
    }
    if (c == '&' || is_behind_ampersand(r->source, &offset)) {
        return refuse(r, "xml-syntax", offset, "\"&\" begins no entity; the character is &amp;");
    }
    if (c < 0x20) {
        return refuse(r, "xml-syntax", offset, "the control character 0x%02x cannot stand in XML",
                      c);
    }
    if (c == '<') {
        return refuse(r, "xml-syntax", offset, "\"<\" cannot stand here; the character is &lt;");
    }
    return is_root_open(r) ? refuse(r, "xml-syntax", offset, "\"%c\" cannot stand here", c)
                           : refuse_start(r, offset);
}

static lgs_rc_t refuse_entity(lgs_xml_reader_t *r, uint32_t offset)
{
    lgs_build_word_t name = name_at(r, offset + 1);

    return refuse(r, "xml-syntax", offset,
                  "&%s; is no entity of XML, which knows &amp; &lt; &gt; &quot; &apos; and numbers "
                  "such as &#160;",
                  name.text);
}

static lgs_rc_t refuse_behind(lgs_xml_reader_t *r, uint32_t offset)
{
    return refuse(r, "xml-syntax", offset,
                  "something stands behind the end of the root element; a document has one root");
}

static lgs_rc_t refuse_start(lgs_xml_reader_t *r, uint32_t offset)
{
    unsigned char c = offset < r->source.len ? (unsigned char)r->source.data[offset] : 0;

    return c > 0x20 && c < 0x7f
               ? refuse(r, "xml-syntax", offset,
                        "expected XML, which begins with \"<\", found "
                        "\"%c\"",
                        c)
               : refuse(r, "xml-syntax", offset, "expected XML, which begins with \"<\"");
}

static lgs_rc_t refuse_encoding(lgs_xml_reader_t *r, uint32_t offset)
{
    if (r->encoding[0] == '\0') {
        return refuse(r, "xml-encoding", offset,
                      "the XML declaration says UTF-16, the document is not; write "
                      "encoding=\"UTF-8\"");
    }
    return refuse(r, "xml-encoding", offset,
                  "the encoding \"%s\" is not read; send UTF-8 (or ISO-8859-1, ISO-8859-15, "
                  "windows-1252, US-ASCII)",
                  r->encoding);
}

/* ---- names ---- */

/* The name that begins at a byte of the source; ASCII only, for it is quoted as it stands. */
static lgs_build_word_t name_at(const lgs_xml_reader_t *r, uint32_t offset)
{
    lgs_str_t name = lgs_str(r->source.data + offset, 0);
    size_t left = r->source.len - offset;

    while (name.len < left && name.len < SHOWN_NAME + 1) {
        char c = name.data[name.len];

        if (lgs_xml_is_space(c) || c == '>' || c == '/' || c == ';' || c == '<' ||
            (unsigned char)c >= 0x80) {
            break;
        }
        name.len++;
    }
    return lgs_build_word(name);
}

/* The innermost open element as its start tag has it, and that tag's line. */
static lgs_build_word_t open_name(const lgs_xml_reader_t *r, uint32_t *line)
{
    const lgs_doc_t doc = {.source = r->source, .format = LGS_FORMAT_XML};
    uint32_t offset = r->build.frames[r->build.depth - 1].offset;

    *line = lgs_doc_locate(&doc, offset).line;
    return name_at(r, offset + 1);
}
