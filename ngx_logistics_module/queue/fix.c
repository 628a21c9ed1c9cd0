/*
 * Changes of single fields of a dead letter's records (letter.h). The tree is of our own reading,
 * so its nodes are changed in place.
 */
#include "letter.h"

static lgs_rc_t apply_one(lgs_arena_t *arena, const lgs_node_t *records, const lgs_fix_t *fix,
                          lgs_buf_t *changes, lgs_errs_t *errs);
static bool is_identity(lgs_str_t pointer);
static lgs_rc_t add_member(lgs_arena_t *arena, const lgs_node_t *records, const lgs_fix_t *fix,
                           lgs_errs_t *errs);
static lgs_str_t unescape(lgs_arena_t *arena, lgs_str_t name);
static void note(lgs_buf_t *changes, const lgs_fix_t *fix, const lgs_node_t *before);
static lgs_rc_t refuse(lgs_errs_t *errs, const char *why, lgs_str_t pointer);

lgs_rc_t lgs_fix_read(lgs_arena_t *arena, lgs_str_t text, lgs_fix_t *fix, lgs_errs_t *errs)
{
    const char *equal = text.len ? memchr(text.data, '=', text.len) : NULL;
    size_t at = equal ? (size_t)(equal - text.data) : 0;
    bool is_json = at > 0 && text.data[at - 1] == ':';
    lgs_str_t value;
    lgs_doc_t doc;
    lgs_rc_t rc;

    if (at - is_json == 0 || text.data[0] != '/') {
        return refuse(errs, "is no change: write /0/type=text or /0/pieces:=3", text);
    }
    fix->pointer = lgs_str(text.data, at - is_json);
    value = lgs_str(equal + 1, text.len - at - 1);
    if (!is_json) {
        fix->value = lgs_node_string(value, LGS_NO_OFFSET, 0);
        return LGS_OK;
    }
    rc = lgs_json_read(arena, value, NULL, &doc, errs);
    if (rc == LGS_OK) {
        fix->value = doc.root;
    }
    return rc;
}

lgs_rc_t lgs_fix_apply(lgs_arena_t *arena, lgs_str_t body, const lgs_fix_t *fixes, uint32_t n,
                       lgs_fixed_t *fixed, lgs_errs_t *errs)
{
    lgs_buf_t out, changes;
    lgs_doc_t doc;
    lgs_rc_t rc = lgs_json_read(arena, body, NULL, &doc, errs);

    lgs_buf_init(&out, arena, body.len + 256, 0);
    lgs_buf_init(&changes, arena, 256, 0);
    for (uint32_t i = 0; rc == LGS_OK && i < n; i++) {
        lgs_buf_byte(&changes, i ? ',' : '[');
        rc = apply_one(arena, &doc.root, &fixes[i], &changes, errs);
    }
    if (rc != LGS_OK) {
        return rc;
    }
    lgs_buf_cstr(&changes, n ? "]" : "");
    lgs_json_write(&out, &doc.root);
    *fixed = (lgs_fixed_t){doc.root, lgs_buf_text(&out), lgs_buf_text(&changes)};
    return out.failed || changes.failed ? LGS_NOMEM : LGS_OK;
}

static lgs_rc_t apply_one(lgs_arena_t *arena, const lgs_node_t *records, const lgs_fix_t *fix,
                          lgs_buf_t *changes, lgs_errs_t *errs)
{
    const lgs_node_t *found = lgs_node_pointer(records, fix->pointer);
    lgs_node_t before;

    if (is_identity(fix->pointer)) {
        return refuse(errs, "is what Odoo knows the record by, and stays", fix->pointer);
    }
    if (found == NULL) {
        lgs_rc_t rc = add_member(arena, records, fix, errs);

        note(changes, fix, NULL);
        return rc;
    }
    before = *found;
    *(lgs_node_t *)found = fix->value;
    note(changes, fix, &before);
    return LGS_OK;
}

/* "", /0, /0/id, /0/v: a record is never replaced as a whole. */
static bool is_identity(lgs_str_t pointer)
{
    size_t slash = 1;

    while (slash < pointer.len && pointer.data[slash] != '/') {
        slash++;
    }
    if (pointer.len <= slash) {
        return true;
    }
    pointer = lgs_str(pointer.data + slash, pointer.len - slash);
    return lgs_str_is(pointer, "/id") || lgs_str_is(pointer, "/v");
}

static lgs_rc_t add_member(lgs_arena_t *arena, const lgs_node_t *records, const lgs_fix_t *fix,
                           lgs_errs_t *errs)
{
    lgs_str_t parent_pointer = fix->pointer, name;
    lgs_member_t *members;
    lgs_node_t *parent;

    while (parent_pointer.len && parent_pointer.data[parent_pointer.len - 1] != '/') {
        parent_pointer.len--;
    }
    name = lgs_str(fix->pointer.data + parent_pointer.len, fix->pointer.len - parent_pointer.len);
    parent_pointer.len -= parent_pointer.len > 0;
    parent = (lgs_node_t *)lgs_node_pointer(records, parent_pointer);
    if (parent == NULL || parent->type != LGS_OBJECT || name.len == 0) {
        return refuse(errs, "leads to nothing in the records, which are a list: /0/type, say",
                      fix->pointer);
    }
    name = unescape(arena, name);
    members = lgs_arena_array(arena, parent->n + 1, sizeof(*members));
    if (name.data == NULL || members == NULL) {
        return LGS_NOMEM;
    }
    if (parent->n) {
        memcpy(members, parent->u.members, parent->n * sizeof(*members));
    }
    members[parent->n].name = lgs_node_string(name, LGS_NO_OFFSET, 0);
    members[parent->n].name.hash = lgs_hash(name.data, name.len);
    members[parent->n].value = fix->value;
    parent->u.members = members;
    parent->n++;
    parent->flags &= (uint8_t)~LGS_NODE_INDEXED;
    return LGS_OK;
}

/* "~1" is '/', "~0" is '~' (RFC 6901). */
static lgs_str_t unescape(lgs_arena_t *arena, lgs_str_t name)
{
    char *out = lgs_arena_alloc(arena, name.len + 1);
    size_t n = 0;

    for (size_t i = 0; out && i < name.len; i++) {
        bool is_escape = name.data[i] == '~' && i + 1 < name.len &&
                         (name.data[i + 1] == '0' || name.data[i + 1] == '1');

        out[n++] = !is_escape ? name.data[i] : name.data[i + 1] == '0' ? '~' : '/';
        i += is_escape;
    }
    return lgs_str(out, n);
}

static void note(lgs_buf_t *changes, const lgs_fix_t *fix, const lgs_node_t *before)
{
    lgs_buf_cstr(changes, "{\"pointer\":");
    lgs_json_write_string(changes, fix->pointer);
    if (before) {
        lgs_buf_cstr(changes, ",\"before\":");
        lgs_json_write(changes, before);
    }
    lgs_buf_cstr(changes, ",\"after\":");
    lgs_json_write(changes, &fix->value);
    lgs_buf_byte(changes, '}');
}

static lgs_rc_t refuse(lgs_errs_t *errs, const char *why, lgs_str_t pointer)
{
    size_t shown = pointer.len < 200 ? pointer.len : 200;

    lgs_errs_add(errs, "fix", (lgs_pos_t){0}, "\"%.*s\" %s", (int)shown, pointer.data, why);
    return LGS_INVALID;
}
