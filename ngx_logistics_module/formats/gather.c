/*
 * Records of several types → documents (gather.h). A group is held in the order of its records and
 * becomes an object once its end is known; records of the file are kept with the reader.
 */
#include "gather.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_GROUP_RECORDS 100000u /* of one document */
#define MAX_FILE_RECORDS  10000u  /* of one source: each takes memory of the reader */

typedef struct {
    const lgs_record_type_t *type;
    lgs_node_t object;
} entry_t;

typedef struct {
    lgs_gather_t *g;
    entry_t *entries;
    uint32_t n, room;
    uint32_t counts[LGS_MAX_RECORD_TYPES]; /* by type */
    bool is_open;
    lgs_rc_t worst;
} gathering_t;

typedef enum { GO_ON, IS_DONE, PUT_BACK } step_t;

static bool gather(gathering_t *t, lgs_rc_t *rc);
static step_t take(gathering_t *t, const lgs_flat_record_t *record);
static step_t take_into_group(gathering_t *t, const lgs_flat_record_t *record);
static bool add(gathering_t *t, const lgs_flat_record_t *record);
static step_t refuse(gathering_t *t, const lgs_flat_record_t *record, lgs_rc_t rc, const char *code,
                     const char *format, ...) LGS_PRINTF(5, 6);
static bool keep_of_file(gathering_t *t, const lgs_flat_record_t *record);
static bool add_to_head(lgs_heads_t *heads, lgs_gather_t *g, const lgs_flat_record_t *record,
                        uint32_t *offset);
static void begin_again(lgs_gather_t *g);
static bool keep_object(lgs_arena_t *arena, lgs_node_t *object, uint32_t from, uint32_t to);
static lgs_rc_t make_document(gathering_t *t);
static bool make_list(gathering_t *t, const lgs_record_type_t *type, lgs_node_t *list);

const lgs_record_type_t *lgs_group_type(const lgs_group_t *group, lgs_str_t mark)
{
    for (uint32_t i = 0; i < group->n_types; i++) {
        if (lgs_str_eq(group->types[i].mark, mark)) {
            return &group->types[i];
        }
    }
    return NULL;
}

lgs_heads_t *lgs_group_heads(lgs_arena_t *arena, const lgs_group_t *group)
{
    lgs_heads_t *heads = lgs_arena_zalloc(arena, sizeof(*heads));

    if (heads == NULL) {
        return NULL;
    }
    heads->members = lgs_arena_array(arena, group->n_types + 1, sizeof(*heads->members));
    return heads->members ? heads : NULL;
}

lgs_rc_t lgs_group_next(lgs_gather_t *g)
{
    gathering_t t = {.g = g, .worst = LGS_OK};
    lgs_errs_mark_t mark = lgs_errs_mark(g->errs);
    const char *end;
    uint32_t lines;
    lgs_rc_t rc;

    while (gather(&t, &rc)) {
    }
    if (rc == LGS_AGAIN) {
        lgs_errs_rollback(g->errs, &mark);
        return rc;
    }
    if (rc == LGS_OK) {
        rc = t.worst != LGS_OK ? t.worst : make_document(&t);
    }
    end = g->where(g->data, &lines);
    lgs_reader_take_to(g->reader, g->start, end, lines);
    return rc;
}

/* One record. False: the document is complete, or *rc says why there is none. */
static bool gather(gathering_t *t, lgs_rc_t *rc)
{
    lgs_gather_t *g = t->g;
    lgs_flat_record_t record = {.type = NULL};
    step_t step;

    *rc = g->read(g->data, &record);
    if (*rc == LGS_AGAIN || *rc == LGS_NOMEM) {
        return false;
    }
    if (*rc == LGS_END) {
        if (t->n || t->worst != LGS_OK) {
            g->reader->is_over = false; /* the next call finds the end again */
            *rc = LGS_OK;
        }
        return false;
    }
    if (*rc != LGS_OK) {
        t->worst = *rc;
        t->is_open |= record.type && record.type->role == LGS_ROLE_HEADER;
        *rc = LGS_OK;
        return t->is_open && !g->reader->is_over;
    }
    step = record.type ? take(t, &record) : GO_ON;
    if (step == PUT_BACK) {
        g->back(g->data, &record);
    }
    return step == GO_ON;
}

static step_t take(gathering_t *t, const lgs_flat_record_t *record)
{
    bool has_some = t->n || t->worst != LGS_OK;

    switch (record->type->role) {
    case LGS_ROLE_SKIP:
    case LGS_N_ROLES:
        return GO_ON;
    case LGS_ROLE_FILE:
        if (has_some) {
            return PUT_BACK;
        }
        return keep_of_file(t, record) ? GO_ON : IS_DONE;
    case LGS_ROLE_ROW:
        if (has_some) {
            return PUT_BACK;
        }
        (void)add(t, record);
        return IS_DONE;
    case LGS_ROLE_HEADER:
        if (has_some) {
            return PUT_BACK;
        }
        t->is_open = true;
        return add(t, record) ? GO_ON : IS_DONE;
    case LGS_ROLE_DETAIL:
    case LGS_ROLE_ONE:
    case LGS_ROLE_TRAILER:
        break;
    }
    return take_into_group(t, record);
}

static step_t take_into_group(gathering_t *t, const lgs_flat_record_t *record)
{
    const lgs_record_type_t *type = record->type;
    bool is_again = t->counts[type - t->g->group->types] > 0;

    if (!t->is_open && t->g->group->has_header) {
        return refuse(t, record, LGS_INVALID, "record-order",
                      "a record \"%.*s\" stands in no group: there is no header before it",
                      LGS_FMT(type->mark));
    }
    t->is_open = true;
    if (is_again && type->role != LGS_ROLE_DETAIL) {
        return refuse(t, record, LGS_INVALID, "record-order",
                      "a second record \"%.*s\" in one group", LGS_FMT(type->mark));
    }
    if (!add(t, record)) {
        return IS_DONE;
    }
    return type->role == LGS_ROLE_TRAILER ? IS_DONE : GO_ON;
}

static bool add(gathering_t *t, const lgs_flat_record_t *record)
{
    lgs_gather_t *g = t->g;
    uint32_t most = g->reader->limits.max_nodes < MAX_GROUP_RECORDS ? g->reader->limits.max_nodes
                                                                    : MAX_GROUP_RECORDS;

    if (t->n == most || (size_t)(record->at - g->start) > LGS_MAX_LINE) {
        g->reader->is_over = g->reader->is_cut = true;
        refuse(t, record, LGS_LIMIT, "max-nodes",
               "a group of more than %u records or %u bytes; what comes behind it is not read",
               most, LGS_MAX_LINE);
        return false;
    }
    if (t->n == t->room) {
        uint32_t room = t->room ? t->room * 2 : 16;
        entry_t *entries = lgs_arena_grow(g->arena, t->entries, t->room * sizeof(*entries),
                                          room * sizeof(*entries));

        if (entries == NULL) {
            t->worst = lgs_errs_nomem(g->errs);
            return false;
        }
        t->entries = entries;
        t->room = room;
    }
    t->entries[t->n++] = (entry_t){record->type, record->object};
    t->counts[record->type - g->group->types]++;
    return true;
}

/* Goes on within a group that is open: all of it is refused, once. */
static step_t refuse(gathering_t *t, const lgs_flat_record_t *record, lgs_rc_t rc, const char *code,
                     const char *format, ...)
{
    lgs_gather_t *g = t->g;
    lgs_doc_t doc = *g->doc;
    uint32_t offset = (uint32_t)(record->at - g->start);
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    doc.source = lgs_str(g->start, offset);
    lgs_errs_add(g->errs, code, lgs_doc_locate(&doc, offset), "%s", text);
    t->worst = rc;
    return t->is_open && rc != LGS_LIMIT ? GO_ON : IS_DONE;
}

/* ---- records of the file ---- */

/* Its values and its bytes must outlive the window; a later one of its type takes its place. */
static bool keep_of_file(gathering_t *t, const lgs_flat_record_t *record)
{
    lgs_gather_t *g = t->g;
    lgs_heads_t *heads = g->heads;
    uint32_t from = (uint32_t)(record->at - g->start), to, i = 0;
    lgs_node_t object = record->object;

    if (heads->n_seen++ == MAX_FILE_RECORDS) {
        g->reader->is_over = g->reader->is_cut = true;
        refuse(t, record, LGS_LIMIT, "max-nodes",
               "more than %u records of the file; what comes "
               "behind is not read",
               MAX_FILE_RECORDS);
        return false;
    }
    if (!add_to_head(heads, g, record, &to) || !keep_object(g->reader->arena, &object, from, to)) {
        t->worst = lgs_errs_nomem(g->errs);
        return false;
    }
    while (i < heads->n && heads->members[i].name.u.text != record->type->name.u.text) {
        i++;
    }
    heads->members[i] = (lgs_member_t){record->type->name, object};
    heads->n += i == heads->n;
    begin_again(g);
    return true;
}

/* What was read is done with, also when the window ends before the next group does. */
static void begin_again(lgs_gather_t *g)
{
    uint32_t lines;
    const char *end = g->where(g->data, &lines);

    lgs_reader_take_to(g->reader, g->start, end, lines);
    g->start = end;
    g->doc->base = g->reader->base;
    g->restart(g->data);
}

/* Bytes that stand side by side in the source do so here; else what was before has no place. */
static bool add_to_head(lgs_heads_t *heads, lgs_gather_t *g, const lgs_flat_record_t *record,
                        uint32_t *offset)
{
    uint32_t lines;
    size_t n = (size_t)(g->where(g->data, &lines) - record->at);
    uint64_t at = g->doc->base.bytes + (uint64_t)(record->at - g->start);
    lgs_head_t *head = &heads->head;
    char *source;

    if (heads->n == 0 || head->base.bytes + head->source.len != at ||
        head->source.len + n > LGS_MAX_ROW) {
        for (uint32_t i = 0; i < heads->n; i++) {
            lgs_node_t *object = &heads->members[i].value;

            object->offset = LGS_NO_OFFSET;
            for (uint32_t k = 0; k < object->n; k++) {
                ((lgs_member_t *)object->u.members)[k].value.offset = LGS_NO_OFFSET;
            }
        }
        head->source = lgs_str(NULL, 0);
        head->base = (lgs_base_t){at, g->doc->base.lines + record->lines, 0};
    }
    source = lgs_arena_grow(g->reader->arena, (char *)head->source.data, head->source.len,
                            head->source.len + n);
    if (source == NULL) {
        return false;
    }
    memcpy(source + head->source.len, record->at, n);
    *offset = (uint32_t)head->source.len;
    head->source = lgs_str(source, head->source.len + n);
    return true;
}

static bool keep_object(lgs_arena_t *arena, lgs_node_t *object, uint32_t from, uint32_t to)
{
    lgs_member_t *members = lgs_arena_alloc(arena, object->n * sizeof(*members));

    if (members == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        lgs_node_t *value = &members[i].value;

        members[i] = object->u.members[i];
        value->offset = (value->offset - from + to) | LGS_OFFSET_HEAD;
        if (value->type == LGS_STRING) {
            lgs_str_t text = lgs_arena_str(arena, lgs_node_text(value));

            if (text.data == NULL) {
                return false;
            }
            value->u.text = text.data;
        }
    }
    object->u.members = members;
    object->flags = 0;
    object->offset = (object->offset - from + to) | LGS_OFFSET_HEAD;
    return true;
}

/* ---- the document ---- */

/* Types in the order in which they came first, then what the whole file says. */
static lgs_rc_t make_document(gathering_t *t)
{
    lgs_gather_t *g = t->g;
    lgs_heads_t *heads = g->heads;
    uint32_t n_types = g->group->n_types, n = 0, lines;
    lgs_member_t *members = lgs_arena_alloc(g->arena, (n_types + heads->n) * sizeof(*members));

    if (members == NULL) {
        return lgs_errs_nomem(g->errs);
    }
    for (uint32_t i = 0; i < t->n; i++) {
        const lgs_record_type_t *type = t->entries[i].type;

        if (t->counts[type - g->group->types] == 0) {
            continue; /* in its list already */
        }
        members[n].name = type->name;
        members[n].value = t->entries[i].object;
        if (type->role == LGS_ROLE_DETAIL && !make_list(t, type, &members[n].value)) {
            return lgs_errs_nomem(g->errs);
        }
        t->counts[type - g->group->types] = 0;
        n++;
    }
    for (uint32_t i = 0; i < heads->n; i++) {
        members[n++] = heads->members[i];
    }
    g->doc->root = (lgs_node_t){.u.members = members, .n = n, .offset = 0, .type = LGS_OBJECT};
    g->doc->source = lgs_str(g->start, (size_t)(g->where(g->data, &lines) - g->start));
    g->doc->head = heads->n ? &heads->head : NULL;
    g->doc->n_nodes = t->n + n;
    return LGS_OK;
}

static bool make_list(gathering_t *t, const lgs_record_type_t *type, lgs_node_t *list)
{
    uint32_t most = t->counts[type - t->g->group->types], n = 0;
    lgs_node_t *items = lgs_arena_alloc(t->g->arena, most * sizeof(*items));

    for (uint32_t i = 0; items && i < t->n; i++) {
        if (t->entries[i].type == type) {
            items[n++] = t->entries[i].object;
        }
    }
    *list = (lgs_node_t){
        .u.items = items, .n = n, .offset = items ? items[0].offset : 0, .type = LGS_ARRAY};
    return items != NULL;
}
