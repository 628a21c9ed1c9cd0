/* What an application advice says (advice.h). */
#include "advice.h"

static lgs_rc_t read_list(lgs_arena_t *arena, lgs_str_t text, lgs_node_t *list, lgs_errs_t *errs);
static bool take_set(const lgs_node_t *record, lgs_advice_set_t *set);
static void take_why(const lgs_letter_t *letter, const lgs_node_t *whys, uint32_t i,
                     lgs_advice_set_t *set);
static bool is_same(const lgs_advice_set_t *a, const lgs_advice_set_t *b);

void lgs_advice_begin(lgs_buf_t *buf, lgs_str_t id, lgs_str_t at)
{
    lgs_buf_cstr(buf, "{\"id\":");
    lgs_json_write_string(buf, id);
    lgs_json_write_member(buf, "at", at);
    lgs_buf_cstr(buf, ",\"sets\":[");
}

void lgs_advice_add(lgs_buf_t *buf, const lgs_advice_set_t *set)
{
    lgs_buf_cstr(buf, buf->data[buf->len - 1] == '[' ? "{\"standard\":" : ",{\"standard\":");
    lgs_json_write_string(buf, set->standard);
    lgs_json_write_member(buf, "set", set->type);
    lgs_json_write_member(buf, "interchange", set->interchange);
    lgs_json_write_member(buf, "group", set->group);
    lgs_json_write_member(buf, "control", set->control);
    lgs_json_write_member(buf, "code", set->code);
    lgs_json_write_member(buf, "detail", set->detail);
    if (set->refs) {
        lgs_buf_cstr(buf, ",\"refs\":");
        lgs_json_write(buf, set->refs);
    }
    lgs_buf_byte(buf, '}');
}

void lgs_advice_end(lgs_buf_t *buf)
{
    lgs_buf_cstr(buf, "]}");
}

/* Records of a set stand side by side, as they were made. */
lgs_rc_t lgs_advice_of(const lgs_letter_t *letter, lgs_arena_t *arena, lgs_buf_t *buf,
                       lgs_errs_t *errs)
{
    lgs_advice_set_t last = {.refs = NULL}, set;
    lgs_node_t records = {.type = LGS_NULL}, whys = records;
    lgs_rc_t rc = LGS_OK;

    if (lgs_str_is(letter->state, "dead")) {
        rc = read_list(arena, letter->body, &records, errs);
        rc = rc == LGS_OK ? read_list(arena, letter->whys, &whys, errs) : rc;
    }
    if (rc != LGS_OK) {
        return rc;
    }
    lgs_advice_begin(buf, letter->id, lgs_letter_time(arena, letter->closed));
    for (uint32_t i = 0; records.type == LGS_ARRAY && i < records.n && !buf->failed; i++) {
        if (!take_set(&records.u.items[i], &set) || is_same(&set, &last)) {
            continue;
        }
        last = set;
        take_why(letter, &whys, i, &set);
        lgs_advice_add(buf, &set);
    }
    lgs_advice_end(buf);
    return buf->failed ? lgs_errs_nomem(errs) : LGS_OK;
}

/* An empty text is none. */
static lgs_rc_t read_list(lgs_arena_t *arena, lgs_str_t text, lgs_node_t *list, lgs_errs_t *errs)
{
    lgs_doc_t doc;
    lgs_rc_t rc = text.len ? lgs_json_read(arena, text, NULL, &doc, errs) : LGS_OK;

    if (rc == LGS_OK && text.len) {
        *list = doc.root;
    }
    return rc;
}

/* That of its own record; where none is known that of the message, which is the first's. */
static void take_why(const lgs_letter_t *letter, const lgs_node_t *whys, uint32_t i,
                     lgs_advice_set_t *set)
{
    const lgs_node_t *why = whys->type == LGS_ARRAY && i < whys->n ? &whys->u.items[i] : NULL;

    set->code = lgs_node_text(lgs_node_at(why, "code"));
    set->detail = lgs_node_text(lgs_node_at(why, "detail"));
    if (set->code.len == 0) {
        set->code = letter->reason;
        set->detail = letter->error;
    }
}

/* src: {format, msg, ctl: [interchange, group, set]}; a set without a group has two numbers. */
static bool take_set(const lgs_node_t *record, lgs_advice_set_t *set)
{
    const lgs_node_t *src = lgs_node_at(record, "src"), *ctl = lgs_node_at(src, "ctl");
    lgs_str_t format = lgs_node_text(lgs_node_at(src, "format"));

    if (!(lgs_str_is(format, "x12") || lgs_str_is(format, "edifact")) || ctl == NULL ||
        ctl->type != LGS_ARRAY || ctl->n == 0) {
        return false;
    }
    *set = (lgs_advice_set_t){
        .standard = format,
        .type = lgs_node_text(lgs_node_at(src, "msg")),
        .control = lgs_node_text(&ctl->u.items[ctl->n - 1]),
        .interchange = ctl->n > 1 ? lgs_node_text(&ctl->u.items[0]) : LGS_STR(""),
        .group = ctl->n > 2 ? lgs_node_text(&ctl->u.items[1]) : LGS_STR(""),
        .refs = lgs_node_at(record, "refs"),
    };
    return true;
}

static bool is_same(const lgs_advice_set_t *a, const lgs_advice_set_t *b)
{
    return lgs_str_eq(a->interchange, b->interchange) && lgs_str_eq(a->group, b->group) &&
           lgs_str_eq(a->control, b->control) && lgs_str_eq(a->type, b->type);
}
