/* Sets and messages of ours (edi_out.h). */
#include "edi_out.h"

#include "../base/map.h"
#include "build.h"
#include "edi_scan.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_MEMBERS 16u /* of an object that is made here: ISA has as many */

struct lgs_edi_out_s {
    const lgs_edi_output_t *output;
    const lgs_edi_standard_t *standard;
    lgs_edi_letter_t letter;
    bool has_letter;
    lgs_edi_writer_t *writer;
    lgs_arena_t *arena;
    lgs_node_t heads[LGS_EDI_SET]; /* ISA and GS, or UNB; type null: none */
    uint32_t n;                    /* sets written */
};

/* The segments of a record, in their order. */
typedef struct {
    const lgs_edi_out_t *out;
    lgs_arena_t *scratch;
    lgs_errs_t *errs;
    lgs_node_t *items;
    uint32_t n, cap;
    uint32_t *offset;   /* of the value that is refused */
    lgs_map_t *names;   /* of HL or CPS → its number, as a node */
    lgs_map_t *parents; /* names that others stand below */
} set_t;

/* An object that is filled member by member. */
typedef struct {
    lgs_arena_t *arena;
    lgs_member_t *members;
    uint32_t n;
    bool failed;
} object_t;

/* What a segment that has a place in a tree is called, and what it stands below. */
typedef struct {
    const char *tag, *name, *parent, *level, *children; /* NULL: it does not say it */
} tree_t;

static const tree_t trees[LGS_EDI_N_STANDARDS] = {
    [LGS_EDI_X12] = {"HL", "01", "02", "03", "04"},
    [LGS_EDI_EDIFACT] = {"CPS", "0", "1", NULL, NULL},
};

static lgs_rc_t make_heads(lgs_edi_out_t *out, lgs_errs_t *errs);
static bool make_x12_heads(lgs_edi_out_t *out);
static bool make_edifact_head(lgs_edi_out_t *out);
static lgs_rc_t add_opening(set_t *set);
static lgs_rc_t add_entries(set_t *set, const lgs_node_t *entry, unsigned depth);
static lgs_rc_t add_member(set_t *set, const lgs_member_t *member, unsigned depth);
static lgs_rc_t add_segment(set_t *set, const lgs_member_t *member, const lgs_node_t *elements);
static lgs_rc_t number_levels(set_t *set);
static lgs_rc_t number_level(set_t *set, lgs_node_t *segment);
static lgs_rc_t refuse(set_t *set, const lgs_node_t *at, const char *format, ...) LGS_PRINTF(3, 4);
static object_t begin(lgs_arena_t *arena);
static void add(object_t *object, const char *name, lgs_node_t value);
static void add_text(object_t *object, const char *name, lgs_str_t text);
static void add_format(object_t *object, const char *name, const char *format, ...)
    LGS_PRINTF(3, 4);
static lgs_node_t made(const object_t *object);
static lgs_node_t text_node(lgs_str_t text, uint32_t offset);
static lgs_node_t name_node(lgs_str_t name);

lgs_edi_out_t *lgs_edi_out_open(const lgs_edi_output_t *output, lgs_buf_t *buf, lgs_arena_t *arena)
{
    lgs_edi_out_t *out = lgs_arena_zalloc(arena, sizeof(*out));

    if (out == NULL) {
        return NULL;
    }
    out->output = output;
    out->standard = &lgs_edi_standards[output->standard];
    out->arena = arena;
    out->writer = lgs_edi_writer(arena, buf, true);
    return out->writer ? out : NULL;
}

void lgs_edi_out_send(lgs_edi_out_t *out, const lgs_edi_letter_t *letter)
{
    out->letter = *letter;
    out->has_letter = true;
}

lgs_rc_t lgs_edi_out_write(lgs_edi_out_t *out, const lgs_node_t *record, lgs_arena_t *scratch,
                           uint32_t *offset, lgs_errs_t *errs)
{
    set_t set = {.out = out, .scratch = scratch, .errs = errs, .offset = offset};
    const lgs_node_t *entries = lgs_node_at(record, "segments");
    object_t tree = begin(scratch), message = begin(scratch);
    lgs_node_t root;
    lgs_rc_t rc;

    *offset = LGS_NO_OFFSET;
    if (entries == NULL || entries->type != LGS_ARRAY || entries->n == 0) {
        return refuse(&set, record, "there are no \"segments\"");
    }
    rc = make_heads(out, errs);
    rc = rc == LGS_OK ? add_opening(&set) : rc;
    rc = rc == LGS_OK ? add_entries(&set, entries, 0) : rc;
    rc = rc == LGS_OK ? number_levels(&set) : rc;
    if (rc != LGS_OK) {
        return rc;
    }
    add_text(&message, "standard", lgs_cstr(out->standard->name));
    add(&tree, "message", made(&message));
    for (unsigned i = 0; i < LGS_EDI_SET; i++) {
        if (out->heads[i].type == LGS_OBJECT) {
            add(&tree, out->standard->levels[i].open, out->heads[i]);
        }
    }
    root = (lgs_node_t){
        .u.items = set.items, .n = set.n, .offset = LGS_NO_OFFSET, .type = LGS_ARRAY};
    add(&tree, "segments", root);
    root = made(&tree);
    if (tree.failed || message.failed) {
        return lgs_errs_nomem(errs);
    }
    rc = lgs_edi_write_set(out->writer, &root, errs);
    *offset = rc == LGS_INVALID ? lgs_edi_write_offset(out->writer) : LGS_NO_OFFSET;
    out->n += rc == LGS_OK;
    return rc;
}

lgs_rc_t lgs_edi_out_end(lgs_edi_out_t *out, lgs_errs_t *errs)
{
    return lgs_edi_write_end(out->writer, errs);
}

lgs_str_t lgs_edi_out_group(const lgs_edi_output_t *output)
{
    return lgs_edi_group_of(output->set);
}

/* ---- envelope ---- */

/* Once for all sets: they stand in one interchange and one group. */
static lgs_rc_t make_heads(lgs_edi_out_t *out, lgs_errs_t *errs)
{
    bool ok;

    if (out->heads[LGS_EDI_INTERCHANGE].type == LGS_OBJECT) {
        return LGS_OK;
    }
    if (!out->has_letter || out->letter.sender.len == 0 || out->letter.receiver.len == 0) {
        lgs_errs_add(errs, "edi-write", (lgs_pos_t){.offset = LGS_NO_OFFSET},
                     "who writes to whom is not agreed: the partner has no edi.id or no edi.ours");
        return LGS_INVALID;
    }
    if (out->letter.now.len < sizeof("2026-03-14T09:30") - 1) {
        lgs_errs_add(errs, "edi-write", (lgs_pos_t){.offset = LGS_NO_OFFSET},
                     "the time of an interchange is not known");
        return LGS_INVALID;
    }
    ok = out->output->standard == LGS_EDI_X12 ? make_x12_heads(out) : make_edifact_head(out);
    return ok ? LGS_OK : lgs_errs_nomem(errs);
}

/* ISA11 is a repetition separator from 00402 on; before, the id of a standard. */
static bool make_x12_heads(lgs_edi_out_t *out)
{
    const lgs_edi_letter_t *l = &out->letter;
    lgs_str_t version = out->output->version;
    object_t isa = begin(out->arena), gs = begin(out->arena);
    lgs_str_t isa12 = lgs_str(version.data, version.len < 5 ? version.len : 5);
    bool repeats = isa12.len == 5 && memcmp(isa12.data, "00402", 5) >= 0;
    const char *now = l->now.data;

    add_text(&isa, "01", LGS_STR("00"));
    add_text(&isa, "03", LGS_STR("00"));
    add_text(&isa, "05", l->sender_qualifier.len ? l->sender_qualifier : LGS_STR("ZZ"));
    add_text(&isa, "06", l->sender);
    add_text(&isa, "07", l->receiver_qualifier.len ? l->receiver_qualifier : LGS_STR("ZZ"));
    add_text(&isa, "08", l->receiver);
    add_format(&isa, "09", "%.2s%.2s%.2s", now + 2, now + 5, now + 8);
    add_format(&isa, "10", "%.2s%.2s", now + 11, now + 14);
    add_text(&isa, "11", repeats ? LGS_STR("^") : LGS_STR("U"));
    add_text(&isa, "12", isa12);
    add_format(&isa, "13", "%09u", l->number);
    add_text(&isa, "14", LGS_STR("0"));
    add_text(&isa, "15", l->is_test ? LGS_STR("T") : LGS_STR("P"));
    add_text(&isa, "16", LGS_STR(">"));

    add_text(&gs, "01", lgs_edi_group_of(out->output->set));
    add_text(&gs, "02", l->sender);
    add_text(&gs, "03", l->receiver);
    add_format(&gs, "04", "%.4s%.2s%.2s", now, now + 5, now + 8);
    add_format(&gs, "05", "%.2s%.2s", now + 11, now + 14);
    add_format(&gs, "06", "%u", l->number);
    add_text(&gs, "07", LGS_STR("X"));
    add_format(&gs, "08", "%.*s%.*s", LGS_FMT(version), LGS_FMT(out->output->association));
    out->heads[LGS_EDI_INTERCHANGE] = made(&isa);
    out->heads[LGS_EDI_GROUP] = made(&gs);
    return !isa.failed && !gs.failed;
}

static bool make_edifact_head(lgs_edi_out_t *out)
{
    const lgs_edi_letter_t *l = &out->letter;
    lgs_str_t level = out->output->level;
    bool is_syntax_4 = level.len && level.data[level.len - 1] > 'K'; /* UNOW, UNOX, UNOY */
    object_t unb = begin(out->arena), syntax = begin(out->arena), from = begin(out->arena);
    object_t to = begin(out->arena), when = begin(out->arena);

    add_text(&syntax, "0", level);
    add_text(&syntax, "1", is_syntax_4 ? LGS_STR("4") : LGS_STR("3"));
    add_text(&from, "0", l->sender);
    add_text(&from, "1", l->sender_qualifier);
    add_text(&to, "0", l->receiver);
    add_text(&to, "1", l->receiver_qualifier);
    add_format(&when, "0", is_syntax_4 ? "%.4s%.2s%.2s" : "%.2s%.2s%.2s",
               l->now.data + (is_syntax_4 ? 0 : 2), l->now.data + 5, l->now.data + 8);
    add_format(&when, "1", "%.2s%.2s", l->now.data + 11, l->now.data + 14);
    add(&unb, "0", made(&syntax));
    add(&unb, "1", made(&from));
    add(&unb, "2", made(&to));
    add(&unb, "3", made(&when));
    add_format(&unb, "4", "%u", l->number);
    if (l->is_test) {
        add_text(&unb, "10", LGS_STR("1"));
    }
    out->heads[LGS_EDI_INTERCHANGE] = made(&unb);
    return !(unb.failed || syntax.failed || from.failed || to.failed || when.failed);
}

/* ST or UNH; sets are numbered within their interchange. */
static lgs_rc_t add_opening(set_t *set)
{
    const lgs_edi_output_t *output = set->out->output;
    const char *dot = output->version.len ? memchr(output->version.data, '.', output->version.len)
                                          : NULL;
    lgs_str_t release =
        dot ? lgs_str(dot + 1, (size_t)(output->version.data + output->version.len - dot - 1))
            : output->version;
    object_t elements = begin(set->scratch), type = begin(set->scratch);
    lgs_member_t opening;

    if (output->standard == LGS_EDI_X12) {
        add_text(&elements, "01", output->set);
        add_format(&elements, "02", "%04u", set->out->n + 1);
    } else {
        add_text(&type, "0", output->set);
        add_text(&type, "1", lgs_str(output->version.data, output->version.len - release.len - 1));
        add_text(&type, "2", release);
        add_text(&type, "3", LGS_STR("UN"));
        add_text(&type, "4", output->association);
        add_format(&elements, "0", "%u", set->out->n + 1);
        add(&elements, "1", made(&type));
    }
    if (elements.failed || type.failed) {
        return lgs_errs_nomem(set->errs);
    }
    opening.name = name_node(lgs_cstr(set->out->standard->levels[LGS_EDI_SET].open));
    opening.value = made(&elements);
    return add_segment(set, &opening, &opening.value);
}

/* ---- segments ---- */

/* A list of entries, or an object of segments. */
static lgs_rc_t add_entries(set_t *set, const lgs_node_t *entry, unsigned depth)
{
    lgs_rc_t rc = LGS_OK;

    if (depth > LGS_EDI_MAX_NESTING) {
        return refuse(set, entry, "segments are nested more than %u deep", LGS_EDI_MAX_NESTING);
    }
    if (entry->type == LGS_NULL) {
        return LGS_OK;
    }
    if (entry->type != LGS_ARRAY && entry->type != LGS_OBJECT) {
        return refuse(set, entry, "a %s stands where segments do", lgs_type_name(entry->type));
    }
    for (uint32_t i = 0; rc == LGS_OK && i < entry->n; i++) {
        rc = entry->type == LGS_ARRAY ? add_entries(set, &entry->u.items[i], depth + 1)
                                      : add_member(set, &entry->u.members[i], depth);
    }
    return rc;
}

static lgs_rc_t add_member(set_t *set, const lgs_member_t *member, unsigned depth)
{
    const lgs_node_t *value = &member->value;
    lgs_rc_t rc = LGS_OK;

    if (lgs_str_is(lgs_node_text(&member->name), "segments")) {
        return add_entries(set, value, depth + 1);
    }
    if (value->type != LGS_ARRAY) {
        return add_segment(set, member, value);
    }
    for (uint32_t i = 0; rc == LGS_OK && i < value->n; i++) {
        rc = add_segment(set, member, &value->u.items[i]);
    }
    return rc;
}

/* An object of one member: that of the entry itself where it stands there as it is written. */
static lgs_rc_t add_segment(set_t *set, const lgs_member_t *member, const lgs_node_t *elements)
{
    lgs_member_t *own;

    if (elements->type == LGS_NULL) {
        return LGS_OK;
    }
    if (set->n == LGS_EDI_MAX_SEGMENTS) {
        return refuse(set, elements, "a set has at most %u segments", LGS_EDI_MAX_SEGMENTS);
    }
    if (set->n == set->cap) {
        uint32_t cap = set->cap ? set->cap * 2 : 32;

        set->items = lgs_arena_grow(set->scratch, set->items, set->cap * sizeof(*set->items),
                                    cap * sizeof(*set->items));
        set->cap = set->items ? cap : 0;
    }
    own = lgs_arena_alloc(set->scratch, sizeof(*own));
    if (set->items == NULL || own == NULL) {
        return lgs_errs_nomem(set->errs);
    }
    *own = (lgs_member_t){member->name, *elements};
    set->items[set->n++] = (lgs_node_t){
        .u.members = own, .n = 1, .offset = elements->offset, .type = LGS_OBJECT};
    return LGS_OK;
}

/* ---- HL and CPS ---- */

/* What is named and what it stands below first, since HL04 says whether something follows. */
static lgs_rc_t number_levels(set_t *set)
{
    const tree_t *tree = &trees[set->out->output->standard];
    uint32_t n = 0;
    lgs_rc_t rc = LGS_OK;

    set->names = lgs_map_create(set->scratch, 16);
    set->parents = lgs_map_create(set->scratch, 16);
    if (set->names == NULL || set->parents == NULL) {
        return lgs_errs_nomem(set->errs);
    }
    for (uint32_t i = 0; i < set->n; i++) {
        const lgs_member_t *segment = &set->items[i].u.members[0];
        lgs_str_t name, parent;
        lgs_node_t *number;

        if (!lgs_str_is(lgs_node_text(&segment->name), tree->tag)) {
            continue;
        }
        name = lgs_node_text(lgs_node_at(&segment->value, tree->name));
        parent = lgs_node_text(lgs_node_at(&segment->value, tree->parent));
        number = lgs_arena_alloc(set->scratch, sizeof(*number));
        if (number == NULL) {
            return lgs_errs_nomem(set->errs);
        }
        *number = text_node(lgs_arena_printf(set->scratch, "%u", ++n), segment->value.offset);
        rc = lgs_map_add(set->names, name, number);
        if (rc == LGS_INVALID) {
            return refuse(set, &segment->value, "two %s are called \"%.*s\"", tree->tag,
                          LGS_FMT(name));
        }
        if (rc != LGS_OK || number->u.text == NULL ||
            (parent.len && lgs_map_get(set->parents, parent) == NULL &&
             lgs_map_add(set->parents, parent, number) != LGS_OK)) {
            return lgs_errs_nomem(set->errs);
        }
    }
    for (uint32_t i = 0; n && rc == LGS_OK && i < set->n; i++) {
        if (lgs_str_is(lgs_node_text(&set->items[i].u.members[0].name), tree->tag)) {
            rc = number_level(set, &set->items[i]);
        }
    }
    return rc;
}

static lgs_rc_t number_level(set_t *set, lgs_node_t *segment)
{
    const tree_t *tree = &trees[set->out->output->standard];
    const lgs_member_t *old = &segment->u.members[0];
    lgs_str_t name = lgs_node_text(lgs_node_at(&old->value, tree->name));
    lgs_str_t parent = lgs_node_text(lgs_node_at(&old->value, tree->parent));
    const lgs_node_t *above = parent.len ? lgs_map_get(set->names, parent) : NULL;
    lgs_member_t *own = lgs_arena_alloc(set->scratch, sizeof(*own));
    object_t elements = begin(set->scratch);

    if (parent.len && above == NULL) {
        return refuse(set, &old->value, "%s stands below \"%.*s\", which is not there", tree->tag,
                      LGS_FMT(parent));
    }
    add(&elements, tree->name, *(const lgs_node_t *)lgs_map_get(set->names, name));
    if (above) {
        add(&elements, tree->parent, *above);
    }
    if (tree->level && lgs_node_at(&old->value, tree->level)) {
        add(&elements, tree->level, *lgs_node_at(&old->value, tree->level));
    }
    if (tree->children) {
        bool has_children = lgs_map_get(set->parents, name) != NULL;

        add_text(&elements, tree->children, has_children ? LGS_STR("1") : LGS_STR("0"));
    }
    if (own == NULL || elements.failed) {
        return lgs_errs_nomem(set->errs);
    }
    *own = (lgs_member_t){old->name, made(&elements)};
    segment->u.members = own;
    return LGS_OK;
}

/* ---- nodes ---- */

static lgs_rc_t refuse(set_t *set, const lgs_node_t *at, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    *set->offset = at->offset;
    lgs_errs_add(set->errs, "edi-write", (lgs_pos_t){.offset = LGS_NO_OFFSET}, "%s", text);
    return LGS_INVALID;
}

static object_t begin(lgs_arena_t *arena)
{
    object_t object = {.arena = arena};

    object.members = lgs_arena_array(arena, MAX_MEMBERS, sizeof(*object.members));
    object.failed = object.members == NULL;
    return object;
}

/* What is empty is no member. */
static void add(object_t *object, const char *name, lgs_node_t value)
{
    if (object->failed || object->n == MAX_MEMBERS || value.type == LGS_NULL) {
        return;
    }
    object->members[object->n++] = (lgs_member_t){name_node(lgs_cstr(name)), value};
}

static void add_text(object_t *object, const char *name, lgs_str_t text)
{
    if (text.len) {
        add(object, name, text_node(text, LGS_NO_OFFSET));
    }
}

static void add_format(object_t *object, const char *name, const char *format, ...)
{
    char text[64];
    va_list args;
    lgs_str_t copy;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    copy = lgs_arena_str(object->arena, lgs_cstr(text));
    object->failed = object->failed || copy.data == NULL;
    add_text(object, name, copy);
}

static lgs_node_t made(const object_t *object)
{
    return (lgs_node_t){.u.members = object->members,
                        .n = object->n,
                        .offset = LGS_NO_OFFSET,
                        .type = object->n ? LGS_OBJECT : LGS_NULL};
}

static lgs_node_t text_node(lgs_str_t text, uint32_t offset)
{
    return lgs_node_string(text, offset, 0);
}

static lgs_node_t name_node(lgs_str_t name)
{
    lgs_node_t node = lgs_node_string(name, LGS_NO_OFFSET, 0);

    node.hash = lgs_hash(name.data, name.len);
    return node;
}
