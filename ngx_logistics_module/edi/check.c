/*
 * The check of one set: each segment goes through the order and through the schema. What the schema
 * refuses is worded as EDI people read it: the place as mappings write it (AT7/02, NAD/1/0), the
 * element's name, what is wrong with it.
 */
#include "guide.h"

#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_SEGMENT_ERRORS 50u /* of one segment */
#define MAX_SHOWN          40u /* bytes of a value in a text */
#define MAX_TAG            8u  /* bytes of a tag in a text */

typedef struct {
    const lgs_guide_t *guide;
    const lgs_edi_profile_t *profile;
    lgs_arena_t *arena;
    lgs_guide_see_pt see;
    void *data;
    lgs_order_t order;
    lgs_doc_t doc;       /* its source begins where the last place was found */
    uint32_t doc_offset; /* of that in the whole */
    uint32_t doc_segment;
    const lgs_node_t *segments;
    uint32_t at; /* segment */
    uint32_t n_told;
    bool is_refused;
    lgs_rc_t rc;
} lgs_check_t;

/* Where in a segment: numbers from 1, 0: the segment itself, the element itself. */
typedef struct {
    uint32_t element, component;
    const lgs_edi_part_t *part; /* of the segment; NULL: beyond it */
    const lgs_edi_element_t *leaf;
    const lgs_node_t *node;
    lgs_str_t pointer; /* below the segment; "": made of the element's number */
    const char *name;  /* of the member that is missing there; or NULL */
} spot_t;

static void check_segment(lgs_check_t *c, const lgs_node_t *segment);
static void explain(lgs_check_t *c, const lgs_node_t *segment);
static void take_error(lgs_check_t *c, const lgs_node_t *segment, const lgs_edi_shape_t *shape,
                       const lgs_err_t *err, const lgs_err_t *before);
static bool take_condition(lgs_check_t *c, const lgs_node_t *segment, const lgs_edi_shape_t *shape,
                           const lgs_err_t *err, const lgs_err_t *before);
static void take_missing(lgs_check_t *c, const lgs_edi_shape_t *shape, const spot_t *spot);
static void take_value(lgs_check_t *c, const lgs_edi_shape_t *shape, const spot_t *spot,
                       const char *keyword);
static void tell_order(void *data, lgs_edi_fault_t fault, const lgs_slot_t *slot);
static void tell(lgs_check_t *c, lgs_edi_fault_t fault, lgs_str_t tag, const spot_t *spot,
                 const char *format, ...) LGS_PRINTF(5, 6);

lgs_rc_t lgs_guide_check(const lgs_guide_t *guide, const lgs_doc_t *doc,
                         const lgs_edi_profile_t *profile, lgs_arena_t *arena, lgs_guide_see_pt see,
                         void *data)
{
    lgs_check_t c = {.guide = guide,
                     .profile = profile,
                     .arena = arena,
                     .see = see,
                     .data = data,
                     .doc = *doc,
                     .doc_segment = 1,
                     .segments = lgs_node_at(&doc->root, "segments")};

    lgs_order_begin(&c.order, guide);
    c.order.tell = tell_order;
    c.order.data = &c;
    for (; c.segments && c.at < c.segments->n && c.rc == LGS_OK; c.at++) {
        check_segment(&c, &c.segments->u.items[c.at]);
    }
    c.at -= c.at > 0;
    if (c.rc == LGS_OK) {
        lgs_order_end(&c.order);
    }
    return c.rc != LGS_OK ? c.rc : c.is_refused ? LGS_INVALID : LGS_OK;
}

static void check_segment(lgs_check_t *c, const lgs_node_t *segment)
{
    const lgs_node_t *tag = &segment->u.members[0].name;
    lgs_rc_t rc;

    lgs_order_step(&c->order, lgs_guide_tag(lgs_node_text(tag)));
    rc = lgs_schema_validate(c->guide->dictionary->schema, &c->doc, segment, NULL);
    if (rc == LGS_INVALID) {
        explain(c, segment);
    } else if (rc != LGS_OK) {
        c->rc = rc;
    }
}

/* ---- order ---- */

static const char *unpack(uint32_t tag, char text[5])
{
    size_t n = 0;

    for (int shift = 24; shift >= 0; shift -= 8) {
        if (tag >> shift & 0xff) {
            text[n++] = (char)(tag >> shift & 0xff);
        }
    }
    text[n] = '\0';
    return text;
}

/* What a sender's bytes make a tag may have line ends in it, and a text is one line. */
static const char *show_tag(lgs_str_t tag, char text[MAX_TAG + 1])
{
    size_t n = tag.len < MAX_TAG ? tag.len : MAX_TAG;

    for (size_t i = 0; i < n; i++) {
        text[i] = tag.data[i] >= ' ' && tag.data[i] <= '~' ? tag.data[i] : '?';
    }
    text[n] = '\0';
    return text;
}

static void tell_order(void *data, lgs_edi_fault_t fault, const lgs_slot_t *slot)
{
    lgs_check_t *c = data;
    lgs_str_t tag = lgs_node_text(&c->segments->u.items[c->at].u.members[0].name);
    char name[5] = "", buf[MAX_TAG + 1];
    const char *shown = show_tag(tag, buf);
    const lgs_loop_t *loop = slot && slot->loop ? &c->guide->loops[slot->loop] : NULL;

    if (slot) {
        unpack(slot->tag, name);
    }
    switch (fault) {
    case LGS_EDI_FAULT_MISSING:
        tell(c, fault, lgs_cstr(name), NULL, "%s%.*s%s is missing before this %s",
             loop ? "loop " : "segment ", loop ? (int)loop->id.len : (int)strlen(name),
             loop ? loop->id.data : name, loop ? " as a whole" : "", shown);
        break;
    case LGS_EDI_FAULT_MANY:
        tell(c, fault, tag, NULL, "more than %u %s here", slot->max, shown);
        break;
    case LGS_EDI_FAULT_LOOP:
        tell(c, fault, tag, NULL, "more than %u of loop %.*s here", slot->max, LGS_FMT(loop->id));
        break;
    case LGS_EDI_FAULT_ORDER:
        tell(c, fault, tag, NULL, "%s stands behind what it should come before", shown);
        break;
    case LGS_EDI_FAULT_UNEXPECTED:
        tell(c, fault, tag, NULL, "%s is not expected here", shown);
        break;
    default:
        if (lgs_map_get(c->guide->dictionary->segments, tag)) {
            tell(c, LGS_EDI_FAULT_FOREIGN, tag, NULL, "a %.*s has no segment %s",
                 LGS_FMT(c->guide->set), shown);
        } else {
            tell(c, LGS_EDI_FAULT_UNKNOWN, tag, NULL, "there is no segment %s in %.*s", shown,
                 LGS_FMT(c->guide->dictionary->name));
        }
    }
}

/* ---- elements ---- */

/* The slow pass: places are left to tell(), which finds them faster. */
static void explain(lgs_check_t *c, const lgs_node_t *segment)
{
    lgs_str_t tag = lgs_node_text(&segment->u.members[0].name);
    const lgs_edi_shape_t *shape = lgs_map_get(c->guide->dictionary->segments, tag);
    const lgs_err_t *before = NULL;
    lgs_doc_t placeless = c->doc;
    lgs_errs_t errs;
    lgs_rc_t rc;

    if (c->n_told >= LGS_GUIDE_MAX_FINDINGS && c->is_refused) {
        return;
    }
    placeless.source = lgs_str("", 0);
    lgs_errs_init(&errs, c->arena, MAX_SEGMENT_ERRORS);
    rc = lgs_schema_validate(c->guide->dictionary->schema, &placeless, segment, &errs);
    if (rc == LGS_NOMEM || rc == LGS_LIMIT || shape == NULL) {
        c->rc = rc == LGS_OK ? LGS_INVALID : rc;
        return;
    }
    for (const lgs_err_t *err = errs.first; err && c->rc == LGS_OK; err = err->next) {
        take_error(c, segment, shape, err, before);
        before = err;
    }
}

/* The number of the next part of a pointer; false at its end. */
static bool next_number(lgs_str_t *pointer, uint32_t *number)
{
    size_t n = 1;

    *number = 0;
    if (pointer->len < 2) {
        return false;
    }
    for (; n < pointer->len && pointer->data[n] != '/'; n++) {
        *number = *number * 10 + (uint32_t)(pointer->data[n] - '0') % 10;
    }
    *pointer = lgs_str(pointer->data + n, pointer->len - n);
    return true;
}

/* "/AT7/04/2/01": of the second repetition of AT704 the first component. */
static spot_t find_spot(const lgs_check_t *c, const lgs_node_t *segment,
                        const lgs_edi_shape_t *shape, lgs_str_t pointer)
{
    uint32_t base = c->guide->dictionary->standard == LGS_EDI_X12 ? 0 : 1, number;
    spot_t spot = {.node = lgs_node_pointer(segment, pointer), .pointer = pointer};
    lgs_str_t rest = pointer, upto;
    const lgs_node_t *element;

    next_number(&rest, &number); /* the tag */
    if (!next_number(&rest, &spot.element)) {
        return spot;
    }
    spot.element += base;
    upto = lgs_str(pointer.data, pointer.len - rest.len);
    element = lgs_node_pointer(segment, upto);
    spot.part = spot.element <= shape->n ? &shape->parts[spot.element - 1] : NULL;
    spot.leaf = spot.part ? spot.part->element : NULL;
    if (element && element->type == LGS_ARRAY) {
        next_number(&rest, &number);
    }
    if (next_number(&rest, &spot.component)) {
        spot.component += base;
        if (spot.part && spot.part->composite) {
            spot.leaf = spot.component <= spot.part->composite->n
                            ? spot.part->composite->parts[spot.component - 1].element
                            : NULL;
        }
    } else if (spot.part && spot.part->composite && spot.node && spot.node->type == LGS_STRING) {
        spot.leaf = spot.part->composite->parts[0].element; /* X12: the first component alone */
    }
    return spot;
}

static void take_error(lgs_check_t *c, const lgs_node_t *segment, const lgs_edi_shape_t *shape,
                       const lgs_err_t *err, const lgs_err_t *before)
{
    spot_t spot = find_spot(c, segment, shape, err->pointer);

    if (take_condition(c, segment, shape, err, before)) {
        return;
    }
    if (strcmp(err->code, "required") != 0) {
        take_value(c, shape, &spot, err->code);
    } else if (before == NULL || strcmp(before->code, "required") != 0 ||
               !lgs_str_eq(before->pointer, err->pointer)) {
        take_missing(c, shape, &spot); /* all of an object at once */
    }
}

/* ---- what is missing ---- */

static void take_missing(lgs_check_t *c, const lgs_edi_shape_t *shape, const spot_t *spot)
{
    const lgs_edi_part_t *parts = shape->parts;
    uint32_t n = shape->n;
    char name[12];

    if (spot->element) {
        lgs_edi_part_t alone = {.is_mandatory = true, .element = spot->leaf};

        parts = spot->part && spot->part->composite ? spot->part->composite->parts : &alone;
        n = spot->part && spot->part->composite ? spot->part->composite->n : 1;
    }
    for (uint32_t i = 0; i < n; i++) {
        bool is_x12 = c->guide->dictionary->standard == LGS_EDI_X12;
        spot_t at = *spot;

        snprintf(name, sizeof(name), is_x12 ? "%02u" : "%u", is_x12 ? i + 1 : i);
        if (!parts[i].is_mandatory || lgs_node_at(spot->node, name)) {
            continue;
        }
        *(spot->element ? &at.component : &at.element) = i + 1;
        at.part = spot->element ? spot->part : &parts[i];
        at.leaf = parts[i].element;
        at.node = NULL;
        at.name = name;
        tell(c, LGS_EDI_FAULT_MISSING, shape->tag, &at, "is missing");
    }
}

/* ---- conditions ---- */

/* The index behind "/allOf/" of the segment itself; false: the error is none of a condition. */
static bool find_condition(const lgs_edi_shape_t *shape, lgs_str_t schema, uint32_t *index)
{
    static const lgs_str_t word = LGS_STR_INIT("/allOf/");
    static const lgs_str_t head = LGS_STR_INIT("/properties/");
    size_t at = head.len + shape->tag.len;

    if (schema.len <= at + word.len || !lgs_str_starts(schema, head) ||
        memcmp(schema.data + at, word.data, word.len) != 0) {
        return false;
    }
    schema = lgs_str(schema.data + at + word.len - 1, schema.len - at - word.len + 1);
    return next_number(&schema, index) && *index < shape->n_conditions;
}

static bool has_element(const lgs_node_t *elements, uint32_t number)
{
    char name[12];

    snprintf(name, sizeof(name), "%02u", number);
    return lgs_node_at(elements, name) != NULL;
}

/* The element that a violated condition is about: one that is missing, or one too many. */
static uint32_t culprit(const lgs_edi_condition_t *condition, const lgs_node_t *elements)
{
    bool is_exclusion = condition->kind == 'E';
    uint32_t n = 0;

    for (uint32_t i = condition->kind == 'L' || condition->kind == 'C'; i < condition->n; i++) {
        bool is_there = has_element(elements, condition->elements[i]);

        n += is_there;
        if (is_exclusion ? n == 2 : !is_there) {
            return condition->elements[i];
        }
    }
    return condition->elements[0];
}

static bool take_condition(lgs_check_t *c, const lgs_node_t *segment, const lgs_edi_shape_t *shape,
                           const lgs_err_t *err, const lgs_err_t *before)
{
    static const struct {
        char kind;
        const char *text;
    } texts[] = {
        {'P', "must stand with the others"},
        {'R', "or one of the others must be there"},
        {'E', "excludes the others"},
        {'C', "is asked for by the first"},
        {'L', "or another is asked for by the first"},
    };
    const lgs_edi_condition_t *condition;
    uint32_t index, last, number;
    char list[64];
    size_t n = 0;

    if (!find_condition(shape, err->schema, &index)) {
        return false;
    }
    if (before && find_condition(shape, before->schema, &last) && last == index) {
        return true; /* one finding for each condition */
    }
    condition = &shape->conditions[index];
    number = culprit(condition, &segment->u.members[0].value);
    for (uint32_t i = 0; i < condition->n && n < sizeof(list) - 4; i++) {
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%02u", condition->elements[i]);
    }
    for (size_t i = 0; i < LGS_N(texts); i++) {
        if (texts[i].kind == condition->kind) {
            spot_t spot = {.element = number,
                           .part = &shape->parts[number - 1],
                           .leaf = shape->parts[number - 1].element};

            tell(c, condition->kind == 'E' ? LGS_EDI_FAULT_EXCLUSION : LGS_EDI_FAULT_CONDITION,
                 shape->tag, &spot, "%s (%c%s)", texts[i].text, condition->kind, list);
        }
    }
    return true;
}

/* ---- values ---- */

/* Why a text does not fit a pattern: its length, or what it is made of. */
static lgs_edi_fault_t fault_of_pattern(const lgs_edi_element_t *leaf, lgs_str_t value, bool is_x12)
{
    uint32_t n = 0;

    for (size_t i = 0; i < value.len; i++) {
        char ch = value.data[i];
        bool is_mark = leaf->type == LGS_EDI_DECIMAL && (ch == '.' || (ch == ',' && !is_x12));

        if (ch >= '0' && ch <= '9') {
            n++;
        } else if (!(is_mark || (ch == '-' && i == 0))) {
            n = 0;
            break;
        }
    }
    if (n && leaf->max && n > leaf->max) {
        return LGS_EDI_FAULT_LONG;
    }
    if (n && n < leaf->min) {
        return LGS_EDI_FAULT_SHORT;
    }
    return leaf->type == LGS_EDI_DATE   ? LGS_EDI_FAULT_DATE
           : leaf->type == LGS_EDI_TIME ? LGS_EDI_FAULT_TIME
                                        : LGS_EDI_FAULT_CHARACTER;
}

/* "0001>": a component separator with nothing behind it, which is allowed to be sent. */
static bool is_padded(const spot_t *spot)
{
    return spot->node && spot->node->type == LGS_OBJECT && spot->node->n == 1 && spot->part &&
           spot->part->element && lgs_str_is(lgs_node_text(&spot->node->u.members[0].name), "01");
}

static void take_kind(lgs_check_t *c, const lgs_edi_shape_t *shape, const spot_t *spot)
{
    bool is_list = spot->node && spot->node->type == LGS_ARRAY;

    if (is_padded(spot)) {
        return;
    }
    if (is_list || (spot->node && spot->node->type == LGS_OBJECT)) {
        tell(c, is_list ? LGS_EDI_FAULT_MANY : LGS_EDI_FAULT_PARTS, shape->tag, spot, "%s",
             is_list ? "may not repeat" : "has no components");
    } else {
        tell(c, LGS_EDI_FAULT_MISSING, shape->tag, spot, "has components missing");
    }
}

static void take_value(lgs_check_t *c, const lgs_edi_shape_t *shape, const spot_t *spot,
                       const char *keyword)
{
    bool is_x12 = c->guide->dictionary->standard == LGS_EDI_X12;
    lgs_str_t value = lgs_node_text(spot->node), tag = shape->tag;
    const lgs_edi_element_t *leaf = spot->leaf;
    lgs_edi_fault_t fault = LGS_EDI_FAULT_OTHER;

    if (strcmp(keyword, "additionalProperties") == 0) {
        if (spot->component) {
            tell(c, LGS_EDI_FAULT_PARTS, tag, spot, "is a component too many");
        } else {
            tell(c, LGS_EDI_FAULT_ELEMENTS, tag, spot, "is beyond the last of %u elements",
                 shape->n);
        }
    } else if (strcmp(keyword, "type") == 0 || leaf == NULL) {
        take_kind(c, shape, spot);
    } else if (strcmp(keyword, "maxItems") == 0) {
        tell(c, LGS_EDI_FAULT_MANY, tag, spot, "repeats more than %u times", spot->part->max);
    } else if (strcmp(keyword, "enum") == 0) {
        tell(c, LGS_EDI_FAULT_CODE, tag, spot, "is none of its codes");
    } else if (strcmp(keyword, "minLength") == 0) {
        tell(c, LGS_EDI_FAULT_SHORT, tag, spot, "is shorter than %u", leaf->min);
    } else if (strcmp(keyword, "maxLength") == 0) {
        tell(c, LGS_EDI_FAULT_LONG, tag, spot, "is longer than %u", leaf->max);
    } else if (strcmp(keyword, "pattern") == 0) {
        fault = fault_of_pattern(leaf, value, is_x12);
        tell(c, fault, tag, spot, "%s",
             fault == LGS_EDI_FAULT_LONG    ? "has too many digits"
             : fault == LGS_EDI_FAULT_SHORT ? "has too few digits"
             : fault == LGS_EDI_FAULT_DATE  ? "is no date"
             : fault == LGS_EDI_FAULT_TIME  ? "is no time"
                                            : "is no number of its kind");
    } else {
        tell(c, fault, tag, spot, "is refused (%s)", keyword);
    }
}

/* ---- telling ---- */

/* The place of the segment at hand; the search goes on where the last one ended. */
static lgs_pos_t locate(lgs_check_t *c, const lgs_node_t *segment, const spot_t *spot)
{
    uint32_t offset = segment->offset;
    const lgs_node_t *node = spot && spot->node ? spot->node : segment;
    lgs_pos_t pos;

    if (offset == LGS_NO_OFFSET || offset < c->doc_offset ||
        offset - c->doc_offset > c->doc.source.len) {
        return (lgs_pos_t){.segment = c->at + 1};
    }
    if (offset > c->doc_offset) {
        lgs_doc_skip(&c->doc, offset - c->doc_offset);
        c->doc_offset = offset;
    }
    pos = lgs_doc_locate(&c->doc, node->offset == LGS_NO_OFFSET ? 0 : node->offset - offset);
    pos.segment = c->at + 1;
    pos.element = spot ? spot->element : 0;
    pos.component = spot ? spot->component : 0;
    return pos;
}

/* "AT7/02 (shipment status reason code): \"Q9\" " */
static void add_label(const lgs_check_t *c, lgs_buf_t *buf, lgs_str_t tag, const spot_t *spot,
                      lgs_str_t value)
{
    bool is_x12 = c->guide->dictionary->standard == LGS_EDI_X12;
    size_t n = value.len < MAX_SHOWN ? value.len : MAX_SHOWN;

    lgs_buf_printf(buf, is_x12 ? "%.*s/%02u" : "%.*s/%u", LGS_FMT(tag),
                   is_x12 ? spot->element : spot->element - 1);
    if (spot->component) {
        lgs_buf_printf(buf, is_x12 ? "/%02u" : "/%u",
                       is_x12 ? spot->component : spot->component - 1);
    }
    if (spot->leaf && spot->leaf->name.len) {
        lgs_buf_printf(buf, " (%.*s)", LGS_FMT(spot->leaf->name));
    }
    while (n && n < value.len && ((unsigned char)value.data[n] & 0xc0) == 0x80) {
        n--;
    }
    if (value.len) {
        lgs_buf_cstr(buf, ": \"");
        for (size_t i = 0; i < n; i++) {
            lgs_buf_byte(buf, (unsigned char)value.data[i] < 0x20 ? ' ' : value.data[i]);
        }
        lgs_buf_cstr(buf, n < value.len ? "…\"" : "\"");
    }
    lgs_buf_byte(buf, ' ');
}

/* Of what is missing, where it would be. */
static lgs_str_t make_pointer(const lgs_check_t *c, lgs_str_t tag, const spot_t *spot)
{
    bool is_x12 = c->guide->dictionary->standard == LGS_EDI_X12;

    if (spot == NULL) {
        return lgs_arena_printf(c->arena, "/segments/%u", c->at);
    }
    if (spot->pointer.len) {
        return lgs_arena_printf(c->arena, "/segments/%u%.*s%s%s", c->at, LGS_FMT(spot->pointer),
                                spot->name ? "/" : "", spot->name ? spot->name : "");
    }
    return lgs_arena_printf(c->arena, is_x12 ? "/segments/%u/%.*s/%02u" : "/segments/%u/%.*s/%u",
                            c->at, LGS_FMT(tag), spot->element - !is_x12);
}

static void tell(lgs_check_t *c, lgs_edi_fault_t fault, lgs_str_t tag, const spot_t *spot,
                 const char *format, ...)
{
    const lgs_node_t *segment = &c->segments->u.items[c->at];
    lgs_edi_finding_t finding = {.fault = fault,
                                 .severity = lgs_edi_fault_severity(c->profile, fault),
                                 .value = spot ? lgs_node_text(spot->node) : lgs_str("", 0)};
    char sentence[160];
    lgs_buf_t buf;
    va_list args;

    if (finding.severity == LGS_EDI_IGNORE) {
        return;
    }
    c->is_refused |= finding.severity == LGS_EDI_REJECT;
    if (c->n_told++ >= LGS_GUIDE_MAX_FINDINGS) {
        return;
    }
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    lgs_buf_init(&buf, c->arena, 128, 0);
    if (spot) {
        add_label(c, &buf, tag, spot, finding.value);
    }
    lgs_buf_cstr(&buf, sentence);
    finding.tag = lgs_arena_str(c->arena, tag);
    finding.pos = locate(c, segment, spot);
    finding.number = spot && spot->leaf                            ? spot->leaf->number
                     : spot && spot->part && spot->part->composite ? spot->part->composite->number
                                                                   : lgs_str("", 0);
    finding.pointer = make_pointer(c, tag, spot);
    finding.text = lgs_buf_text(&buf);
    if (buf.failed || finding.tag.data == NULL || finding.pointer.data == NULL) {
        c->rc = LGS_NOMEM;
        return;
    }
    c->see(c->data, &finding);
}

/* ---- as errors ---- */

typedef struct {
    lgs_errs_t *errs, *warnings;
} lists_t;

static void add_error(void *data, const lgs_edi_finding_t *finding)
{
    const lists_t *lists = data;
    lgs_errs_t *to = finding->severity == LGS_EDI_REJECT ? lists->errs : lists->warnings;
    lgs_err_t *err;

    if (to) {
        err = lgs_errs_add(to, lgs_edi_fault_row(finding->fault)->name, finding->pos, "%.*s",
                           LGS_FMT(finding->text));
        err->pointer = finding->pointer;
    }
}

lgs_rc_t lgs_guide_validate(const lgs_guide_t *guide, const lgs_doc_t *doc,
                            const lgs_edi_profile_t *profile, lgs_errs_t *errs,
                            lgs_errs_t *warnings)
{
    lists_t lists = {errs, warnings};
    lgs_rc_t rc = lgs_guide_check(guide, doc, profile, errs->arena, add_error, &lists);

    if (rc == LGS_LIMIT) {
        lgs_errs_add(errs, "max-steps", (lgs_pos_t){0},
                     "checking the set by its guide would take too long");
    }
    return rc == LGS_NOMEM ? lgs_errs_nomem(errs) : rc;
}
