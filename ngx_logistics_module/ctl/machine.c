/* Records of files → decisions of a machine (machine.h). */
#include "machine.h"

typedef struct {
    const lgs_node_t *record;
    const char *file;
    uint32_t line;
} origin_t;

struct ctl_events_s {
    lgs_arena_t *arena;
    const lgs_machine_t *machine;
    lgs_str_t key;
    ctl_decision_tell_t tell;
    void *data;
    lgs_history_t *history;
    origin_t *origins; /* of the events, by their index in the history */
    size_t n, size;
    bool is_over;
};

static void tell_step(void *data, const lgs_history_step_t *step);
static bool read_lines(ctl_events_t *events, lgs_str_t text, const char *path, lgs_errs_t *errs);
static bool read_text(ctl_events_t *events, lgs_str_t text, const char *path, uint32_t line,
                      lgs_errs_t *errs);
static bool take(ctl_events_t *events, const origin_t *origin, lgs_errs_t *errs);
static lgs_str_t key_of(const ctl_events_t *events, const lgs_node_t *record);
static void write_missing(lgs_buf_t *buf, const lgs_machine_t *machine, uint64_t missing);

ctl_events_t *ctl_events_create(lgs_arena_t *arena, const lgs_machine_t *machine, lgs_str_t key,
                                ctl_decision_tell_t tell, void *data)
{
    ctl_events_t *events = lgs_arena_zalloc(arena, sizeof(*events));

    if (events == NULL) {
        return NULL;
    }
    *events = (ctl_events_t){
        .arena = arena, .machine = machine, .key = key, .tell = tell, .data = data};
    events->history = lgs_history_create(arena, machine, tell_step, events);
    return events->history ? events : NULL;
}

bool ctl_events_read(ctl_events_t *events, const char *path, lgs_errs_t *errs)
{
    size_t len = strlen(path);
    lgs_str_t text;

    if (!ctl_read(events->arena, path, LGS_DEFAULT_MAX_BODY, &text)) {
        return false;
    }
    return len > 5 && strcmp(path + len - 5, ".json") == 0 ? read_text(events, text, path, 1, errs)
                                                           : read_lines(events, text, path, errs);
}

void ctl_events_end(ctl_events_t *events)
{
    events->is_over = true;
    lgs_history_end(events->history);
}

const lgs_history_t *ctl_events_history(const ctl_events_t *events)
{
    return events->history;
}

static bool read_lines(ctl_events_t *events, lgs_str_t text, const char *path, lgs_errs_t *errs)
{
    const char *at = text.data, *end = text.data + text.len;

    for (uint32_t line = 1; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        lgs_str_t one = lgs_str(at, (size_t)((stop ? stop : end) - at));

        if (one.len && !read_text(events, one, path, line, errs)) {
            return false;
        }
        at = stop ? stop + 1 : end;
    }
    return true;
}

/* One record or a list of them, whose first line is that of the file. */
static bool read_text(ctl_events_t *events, lgs_str_t text, const char *path, uint32_t line,
                      lgs_errs_t *errs)
{
    lgs_doc_t *doc = lgs_arena_zalloc(events->arena, sizeof(*doc));
    uint32_t n;

    if (doc == NULL || lgs_json_read(events->arena, text, NULL, doc, errs) != LGS_OK) {
        if (doc && errs->last) {
            errs->last->pos.line += line - 1;
        }
        return doc == NULL && lgs_errs_nomem(errs) == LGS_OK;
    }
    n = doc->root.type == LGS_ARRAY ? doc->root.n : 1;
    for (uint32_t i = 0; i < n; i++) {
        const lgs_node_t *record = doc->root.type == LGS_ARRAY ? &doc->root.u.items[i] : &doc->root;
        lgs_pos_t pos = lgs_doc_locate(doc, record->offset);
        const origin_t origin = {.record = record, .file = path, .line = line + pos.line - 1};

        if (!take(events, &origin, errs)) {
            return false;
        }
    }
    return true;
}

static bool take(ctl_events_t *events, const origin_t *origin, lgs_errs_t *errs)
{
    const lgs_machine_event_t event = lgs_machine_event(events->machine, origin->record);
    const ctl_decision_t no_key = {
        .record = origin->record, .file = origin->file, .line = origin->line};
    lgs_str_t key = key_of(events, origin->record);
    lgs_rc_t rc;

    if (key.len == 0) {
        events->tell(events->data, &no_key);
        return true;
    }
    if (events->n == events->size) {
        size_t size = events->size ? events->size * 2 : 64;
        origin_t *more = lgs_arena_grow(events->arena, events->origins,
                                        events->size * sizeof(*more), size * sizeof(*more));

        if (more == NULL) {
            return lgs_errs_nomem(errs) == LGS_OK;
        }
        events->origins = more;
        events->size = size;
    }
    events->origins[events->n++] = *origin;
    rc = lgs_history_take(events->history, key, &event);
    if (rc == LGS_LIMIT) {
        lgs_errs_add(errs, "order-limit", (lgs_pos_t){.line = origin->line},
                     "more than %u events of \"%.*s\" are parked", LGS_HISTORY_MAX_PARKED,
                     LGS_FMT(key));
    }
    return rc == LGS_OK || (rc == LGS_NOMEM && lgs_errs_nomem(errs) == LGS_OK);
}

static lgs_str_t key_of(const ctl_events_t *events, const lgs_node_t *record)
{
    const lgs_node_t *refs = lgs_node_at(record, "refs");

    if (events->key.len == 0) {
        return lgs_machine_key(events->machine, record);
    }
    for (uint32_t i = 0; refs && refs->type == LGS_ARRAY && i < refs->n; i++) {
        if (lgs_str_eq(lgs_node_text(lgs_node_at(&refs->u.items[i], "t")), events->key)) {
            return lgs_node_text(lgs_node_at(&refs->u.items[i], "v"));
        }
    }
    return lgs_str(NULL, 0);
}

static void tell_step(void *data, const lgs_history_step_t *step)
{
    ctl_events_t *events = data;
    const origin_t *origin = &events->origins[step->index];
    const ctl_decision_t decision = {.step = step,
                                     .record = origin->record,
                                     .file = origin->file,
                                     .line = origin->line,
                                     .is_over = events->is_over &&
                                                step->decision.why == LGS_ORDER_IMPOSSIBLE};

    events->tell(events->data, &decision);
}

void ctl_events_write(lgs_buf_t *buf, const lgs_machine_t *machine, const ctl_decision_t *decision)
{
    const lgs_history_step_t *step = decision->step;
    lgs_order_t order = step ? step->decision.order : LGS_ORDER_PASSED;

    lgs_buf_byte(buf, '{');
    if (decision->line) {
        lgs_buf_printf(buf, "\"line\":%u,", decision->line);
    }
    lgs_buf_cstr(buf, "\"type\":");
    lgs_json_write_string(buf, lgs_node_text(lgs_node_at(decision->record, "type")));
    lgs_buf_printf(buf, ",\"order\":\"%s\"", lgs_order_name(order));
    if (step) {
        lgs_buf_cstr(buf, ",\"key\":");
        lgs_json_write_string(buf, step->key);
    }
    if (step && order != LGS_ORDER_PASSED) {
        lgs_buf_printf(buf, ",\"why\":\"%s\",\"from\":", lgs_order_why_name(step->decision.why));
        lgs_json_write_string(buf, lgs_machine_state_name(machine, step->decision.from));
        lgs_buf_cstr(buf, ",\"to\":");
        lgs_json_write_string(buf, lgs_machine_state_name(machine, step->decision.to));
        write_missing(buf, machine, step->decision.missing);
        lgs_buf_cstr(buf, step->was_parked ? ",\"was_parked\":true" : "");
        lgs_buf_cstr(buf, decision->is_over ? ",\"is_over\":true" : "");
    }
    lgs_buf_byte(buf, '}');
}

void ctl_events_write_thing(lgs_buf_t *buf, const lgs_machine_t *machine,
                            const lgs_history_t *history, uint32_t i)
{
    lgs_str_t key, name;

    name = lgs_machine_state_name(machine, lgs_history_at(history, i, &key).state);
    lgs_buf_cstr(buf, "{\"key\":");
    lgs_json_write_string(buf, key);
    lgs_buf_cstr(buf, ",\"is\":");
    lgs_json_write_string(buf, name);
    lgs_buf_byte(buf, '}');
}

static void write_missing(lgs_buf_t *buf, const lgs_machine_t *machine, uint64_t missing)
{
    bool is_first = true;

    for (uint32_t i = 0; missing && i < lgs_machine_n_states(machine); i++) {
        if (missing >> i & 1) {
            lgs_buf_cstr(buf, is_first ? ",\"missing\":[" : ",");
            lgs_json_write_string(buf, lgs_machine_state_name(machine, i));
            is_first = false;
        }
    }
    lgs_buf_cstr(buf, missing ? "]" : "");
}
