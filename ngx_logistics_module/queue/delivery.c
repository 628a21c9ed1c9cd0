/*
 * A delivery: messages of one route to the gateway's internal listener, and what came back
 * (message.h). The gateway answers with an outcome for each record in their order, or with a
 * problem for all; a message is what its records are.
 */
#include "message.h"

typedef struct {
    lgs_buf_t outcome, left; /* JSON arrays in the making */
    uint32_t n_refused, n_failed, n_parked;
    uint32_t worst; /* record, of the answer, that says why; UINT32_MAX: none */
} sum_t;

static bool is_away(int status);
static bool is_busy_with_some(const lgs_node_t *root, const lgs_node_t *outcomes);
static bool read_records(lgs_arena_t *arena, const lgs_node_t *root, const lgs_node_t *outcomes,
                         const lgs_claimed_t *message, uint32_t first, lgs_delivery_t *out);
static void add_record(sum_t *sum, const lgs_node_t *outcome, const lgs_node_t *record,
                       uint32_t index);
static void read_order(const lgs_node_t *root, uint32_t i, uint32_t n, lgs_delivery_t *out);
static void add_item(lgs_buf_t *buf, const lgs_node_t *node);
static void say_why(const lgs_node_t *root, uint32_t record, lgs_delivery_t *out);
static lgs_str_t slug_of(const lgs_node_t *root);
static uint32_t count_records(const lgs_claimed_t *const *messages, uint32_t n);
static void all(lgs_delivery_t *out, uint32_t n, lgs_delivery_t one);

void lgs_delivery_write(lgs_buf_t *buf, const lgs_claimed_t *const *messages, uint32_t n)
{
    lgs_buf_cstr(buf, "{\"route\":");
    lgs_json_write_string(buf, messages[0]->route);
    lgs_buf_cstr(buf, ",\"messages\":[");
    for (uint32_t i = 0; i < n; i++) {
        lgs_buf_cstr(buf, i ? ",{\"id\":" : "{\"id\":");
        lgs_json_write_string(buf, messages[i]->id);
        lgs_buf_cstr(buf, ",\"partner\":");
        lgs_json_write_string(buf, messages[i]->partner);
        lgs_buf_cstr(buf, ",\"correlation\":");
        lgs_json_write_string(buf, messages[i]->correlation);
        lgs_buf_cstr(buf, messages[i]->is_due ? ",\"due\":true,\"records\":" : ",\"records\":");
        lgs_buf_str(buf, messages[i]->body);
        lgs_buf_byte(buf, '}');
    }
    lgs_buf_cstr(buf, "]}");
}

bool lgs_delivery_read(lgs_arena_t *arena, int status, lgs_str_t body,
                       const lgs_claimed_t *const *messages, uint32_t n, lgs_delivery_t *out)
{
    lgs_delivery_t again = {
        .verdict = LGS_DELIVERY_AGAIN, .reason = LGS_STR("gateway-away"), .error = body};
    const lgs_node_t *outcomes;
    uint32_t first = 0;
    lgs_doc_t doc;

    all(out, n, again);
    if (status == 0) {
        return false;
    }
    if (lgs_json_read(arena, body, NULL, &doc, NULL) != LGS_OK) {
        again.error = LGS_STR("the gateway's answer is no JSON");
        all(out, n, again);
        return false;
    }
    outcomes = lgs_node_at(&doc.root, "records");
    if (outcomes && outcomes->type == LGS_ARRAY && outcomes->n == count_records(messages, n)) {
        for (uint32_t i = 0; i < n; i++) {
            if (!read_records(arena, &doc.root, outcomes, messages[i], first, &out[i])) {
                all(out, n, again); /* no memory to know what was done: the same once more */
                return true;
            }
            read_order(&doc.root, i, n, &out[i]);
            first += messages[i]->records.n;
        }
        return !is_away(status) || is_busy_with_some(&doc.root, outcomes);
    }
    again.reason = slug_of(&doc.root);
    say_why(&doc.root, UINT32_MAX, &again);
    if (status == 422) {
        again.verdict = n == 1 ? LGS_DELIVERY_REFUSED : LGS_DELIVERY_ALONE;
        again.outcome = LGS_STR("[]");
    }
    all(out, n, again);
    return !is_away(status);
}

/* 502 is Odoo that answered, and what it said is the policies' fault: of this route and no other.
 */
static bool is_away(int status)
{
    return status == 503 || status == 504;
}

/*
 * A lock on one record of many (odoo-busy) does not say that Odoo is away: it is there, and wrote
 * the others.
 */
static bool is_busy_with_some(const lgs_node_t *root, const lgs_node_t *outcomes)
{
    if (!lgs_str_is(slug_of(root), "odoo-busy")) {
        return false;
    }
    for (uint32_t i = 0; i < outcomes->n; i++) {
        lgs_str_t word = lgs_node_text(lgs_node_at(&outcomes->u.items[i], "outcome"));

        if (lgs_str_is(word, "written") || lgs_str_is(word, "already-there") ||
            lgs_str_is(word, "refused")) {
            return true;
        }
    }
    return false;
}

static bool read_records(lgs_arena_t *arena, const lgs_node_t *root, const lgs_node_t *outcomes,
                         const lgs_claimed_t *message, uint32_t first, lgs_delivery_t *out)
{
    sum_t sum = {.worst = UINT32_MAX};

    lgs_buf_init(&sum.outcome, arena, 256, 0);
    lgs_buf_init(&sum.left, arena, 256, 0);
    lgs_buf_byte(&sum.outcome, '[');
    lgs_buf_str(&sum.outcome, message->outcome);
    lgs_buf_byte(&sum.left, '[');
    for (uint32_t i = 0; i < message->records.n; i++) {
        add_record(&sum, &outcomes->u.items[first + i], &message->records.u.items[i], first + i);
    }
    lgs_buf_byte(&sum.outcome, ']');
    lgs_buf_byte(&sum.left, ']');
    *out = (lgs_delivery_t){.outcome = lgs_buf_text(&sum.outcome),
                            .verdict = sum.n_failed    ? LGS_DELIVERY_AGAIN
                                       : sum.n_parked  ? LGS_DELIVERY_PARKED
                                       : sum.n_refused ? LGS_DELIVERY_REFUSED
                                                       : LGS_DELIVERY_DONE};
    if (out->verdict != LGS_DELIVERY_DONE) {
        out->left = lgs_buf_text(&sum.left);
        out->reason = slug_of(root);
        say_why(root, sum.worst, out);
    }
    return !sum.outcome.failed && !sum.left.failed;
}

/* What was refused goes along as long as others come again: it may be different then. */
static void add_record(sum_t *sum, const lgs_node_t *outcome, const lgs_node_t *record,
                       uint32_t index)
{
    lgs_str_t word = lgs_node_text(lgs_node_at(outcome, "outcome"));
    bool is_refused = lgs_str_is(word, "refused"), is_failed = lgs_str_is(word, "failed");
    bool is_parked = lgs_str_is(word, "parked");

    if (!is_refused && !is_failed && !is_parked) {
        add_item(&sum->outcome, outcome);
        return;
    }
    add_item(&sum->left, record);
    sum->n_parked += is_parked;
    if (is_parked) {
        return; /* what it waits for is told beside the records */
    }
    if (is_failed || sum->worst == UINT32_MAX) {
        sum->worst = sum->n_failed ? sum->worst : index;
    }
    sum->n_refused += is_refused;
    sum->n_failed += is_failed;
}

/*
 * Of a route with a machine the answer tells beside the records, for each message, where its things
 * are and what it waits for.
 */
static void read_order(const lgs_node_t *root, uint32_t i, uint32_t n, lgs_delivery_t *out)
{
    const lgs_node_t *messages = lgs_node_at(root, "messages"), *of;

    if (messages == NULL || messages->type != LGS_ARRAY || messages->n != n) {
        return;
    }
    of = &messages->u.items[i];
    out->states = lgs_node_text(lgs_node_at(of, "states"));
    if (out->verdict == LGS_DELIVERY_PARKED) {
        out->reason = LGS_STR("parked");
        out->error = lgs_node_text(lgs_node_at(of, "why"));
        out->waits = lgs_node_text(lgs_node_at(of, "waits"));
        out->park_ms = lgs_node_text(lgs_node_at(of, "park_ms"));
    }
}

static void add_item(lgs_buf_t *buf, const lgs_node_t *node)
{
    if (!buf->failed && buf->data[buf->len - 1] != '[') {
        lgs_buf_byte(buf, ',');
    }
    lgs_json_write(buf, node);
}

/* The problem's error about that record, or its detail. */
static void say_why(const lgs_node_t *root, uint32_t record, lgs_delivery_t *out)
{
    const lgs_node_t *errors = lgs_node_at(root, "errors");

    out->error = lgs_node_text(lgs_node_at(root, "detail"));
    for (uint32_t i = 0; errors && errors->type == LGS_ARRAY && i < errors->n; i++) {
        const lgs_node_t *error = &errors->u.items[i];
        int64_t of;

        if (lgs_node_int(lgs_node_at(error, "record"), &of) && of == (int64_t)record) {
            lgs_str_t code = lgs_node_text(lgs_node_at(error, "code"));

            out->error = lgs_node_text(lgs_node_at(error, "detail"));
            out->reason = code.len ? code : out->reason;
            return;
        }
    }
}

/* "https://…/problems/odoo-away" → odoo-away; an IANA one ends behind '#'. */
static lgs_str_t slug_of(const lgs_node_t *root)
{
    lgs_str_t type = lgs_node_text(lgs_node_at(root, "type"));

    for (size_t i = type.len; i > 0; i--) {
        if (type.data[i - 1] == '/' || type.data[i - 1] == '#') {
            return lgs_str(type.data + i, type.len - i);
        }
    }
    return LGS_STR("unknown");
}

static uint32_t count_records(const lgs_claimed_t *const *messages, uint32_t n)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        sum += messages[i]->records.n;
    }
    return sum;
}

static void all(lgs_delivery_t *out, uint32_t n, lgs_delivery_t one)
{
    for (uint32_t i = 0; i < n; i++) {
        out[i] = one;
    }
}
