/*
 * A delivery: messages of one route to the gateway's internal listener, and what came back
 * (message.h). The gateway answers with an outcome for each record in their order and, beside them,
 * with what is to be said of each message, or with a problem for all; a message is what its records
 * are. Messages may be several partners': of several, nobody is told what was said of all.
 */
#include "message.h"

#define MAX_WHYS 65536u /* bytes of a message's */

/* What an outcome means for its record. */
typedef enum { DONE, REFUSED, PARKED, FAILED, N_KINDS } kind_t;

typedef struct {
    lgs_buf_t outcome, left, whys; /* JSON arrays in the making */
    uint32_t n[N_KINDS];           /* records */
} sum_t;

static bool is_away(int status);
static bool is_busy_with_some(const lgs_node_t *root, const lgs_node_t *outcomes);
static bool may_be_one_of_them(int status);
static bool read_records(lgs_arena_t *arena, const lgs_node_t *outcomes,
                         const lgs_claimed_t *message, uint32_t first, lgs_delivery_t *out);
static void add_record(sum_t *sum, const lgs_node_t *outcome, const lgs_node_t *record);
static void add_why(lgs_buf_t *whys, const lgs_node_t *outcome);
static void read_message(const lgs_node_t *root, uint32_t i, uint32_t n, lgs_delivery_t *out);
static void take_text(const lgs_node_t *of, const char *name, lgs_str_t *to);
static void add_item(lgs_buf_t *buf, const lgs_node_t *node);
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
            if (!read_records(arena, outcomes, messages[i], first, &out[i])) {
                all(out, n, again); /* no memory to know what was done: the same once more */
                return true;
            }
            read_message(&doc.root, i, n, &out[i]);
            first += messages[i]->records.n;
        }
        return !is_away(status) || is_busy_with_some(&doc.root, outcomes);
    }
    again.reason = slug_of(&doc.root);
    again.error = lgs_node_text(lgs_node_at(&doc.root, n == 1 ? "detail" : "title"));
    if (n > 1 && may_be_one_of_them(status)) {
        again.verdict = LGS_DELIVERY_ALONE;
    } else if (status == 422) {
        again.verdict = LGS_DELIVERY_REFUSED;
        again.outcome = LGS_STR("[]");
    }
    all(out, n, again);
    return !is_away(status);
}

/* One that cannot be delivered at all (its partner is gone, its record has no place in Odoo, a
 * mapping fails) must not keep the others back. */
static bool may_be_one_of_them(int status)
{
    return status >= 400 && status <= 500;
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

static bool read_records(lgs_arena_t *arena, const lgs_node_t *outcomes,
                         const lgs_claimed_t *message, uint32_t first, lgs_delivery_t *out)
{
    sum_t sum = {.n = {0}};

    lgs_buf_init(&sum.outcome, arena, 256, 0);
    lgs_buf_init(&sum.left, arena, 256, 0);
    lgs_buf_init(&sum.whys, arena, 256, 0);
    lgs_buf_byte(&sum.outcome, '[');
    lgs_buf_str(&sum.outcome, message->outcome);
    lgs_buf_byte(&sum.left, '[');
    lgs_buf_byte(&sum.whys, '[');
    for (uint32_t i = 0; i < message->records.n; i++) {
        add_record(&sum, &outcomes->u.items[first + i], &message->records.u.items[i]);
    }
    lgs_buf_byte(&sum.outcome, ']');
    lgs_buf_byte(&sum.left, ']');
    lgs_buf_byte(&sum.whys, ']');
    *out = (lgs_delivery_t){.outcome = lgs_buf_text(&sum.outcome),
                            .verdict = sum.n[FAILED]    ? LGS_DELIVERY_AGAIN
                                       : sum.n[PARKED]  ? LGS_DELIVERY_PARKED
                                       : sum.n[REFUSED] ? LGS_DELIVERY_REFUSED
                                                        : LGS_DELIVERY_DONE};
    if (out->verdict != LGS_DELIVERY_DONE) {
        out->left = lgs_buf_text(&sum.left);
        out->whys = lgs_buf_text(&sum.whys);
    }
    return !sum.outcome.failed && !sum.left.failed && !sum.whys.failed;
}

/*
 * What was refused goes along as long as others come again: it may be different then. So does what
 * was held back by it, which is not in Odoo either. A word that nobody here knows, of a gateway of
 * another version, says of nothing that it is in Odoo.
 */
static void add_record(sum_t *sum, const lgs_node_t *outcome, const lgs_node_t *record)
{
    static const struct {
        const char *word;
        kind_t kind;
    } words[] = {{"written", DONE},         {"already-there", DONE}, {"skipped", DONE},
                 {"refused", REFUSED},      {"held-back", REFUSED},  {"parked", PARKED},
                 {"nothing-to-write", DONE}};
    lgs_str_t word = lgs_node_text(lgs_node_at(outcome, "outcome"));
    kind_t kind = FAILED;

    for (size_t i = 0; i < LGS_N(words); i++) {
        kind = lgs_str_is(word, words[i].word) ? words[i].kind : kind;
    }
    sum->n[kind]++;
    if (kind == DONE) {
        add_item(&sum->outcome, outcome);
    } else {
        add_item(&sum->left, record);
        add_why(&sum->whys, outcome);
    }
}

/*
 * Of the first of its operations that has one: its sender is told so (advice.h). Behind MAX_WHYS
 * there are none.
 */
static void add_why(lgs_buf_t *whys, const lgs_node_t *outcome)
{
    const lgs_node_t *odoo = lgs_node_at(outcome, "odoo");

    lgs_buf_cstr(whys, !whys->failed && whys->data[whys->len - 1] != '[' ? ",{" : "{");
    for (uint32_t i = 0; whys->len < MAX_WHYS && odoo && odoo->type == LGS_ARRAY && i < odoo->n;
         i++) {
        lgs_str_t code = lgs_node_text(lgs_node_at(&odoo->u.items[i], "code"));

        if (code.len) {
            lgs_buf_cstr(whys, "\"code\":");
            lgs_json_write_string(whys, code);
            lgs_json_write_member(whys, "detail",
                                  lgs_node_text(lgs_node_at(&odoo->u.items[i], "detail")));
            break;
        }
    }
    lgs_buf_byte(whys, '}');
}

/*
 * Beside the records the answer tells of each message why it is not in Odoo and, of a route with a
 * machine, where its things are and what it waits for. Where nothing is said of it alone, it is
 * what is said of all; one that is parked and not told what for comes again.
 */
static void read_message(const lgs_node_t *root, uint32_t i, uint32_t n, lgs_delivery_t *out)
{
    const lgs_node_t *messages = lgs_node_at(root, "messages"), *of = NULL;

    if (messages && messages->type == LGS_ARRAY && messages->n == n) {
        of = &messages->u.items[i];
    }
    take_text(of, "states", &out->states);
    if (out->verdict == LGS_DELIVERY_DONE) {
        return;
    }
    if (out->verdict == LGS_DELIVERY_PARKED && lgs_node_at(of, "waits")) {
        out->reason = LGS_STR("parked");
        take_text(of, "why", &out->error);
        take_text(of, "waits", &out->waits);
        take_text(of, "park_ms", &out->park_ms);
        return;
    }
    if (out->verdict == LGS_DELIVERY_PARKED) {
        out->verdict = LGS_DELIVERY_AGAIN;
    }
    out->reason = slug_of(root);
    out->error = lgs_node_text(lgs_node_at(root, n == 1 ? "detail" : "title"));
    take_text(of, "reason", &out->reason);
    take_text(of, "error", &out->error);
}

static void take_text(const lgs_node_t *of, const char *name, lgs_str_t *to)
{
    const lgs_node_t *text = lgs_node_at(of, name);

    if (text) {
        *to = lgs_node_text(text);
    }
}

static void add_item(lgs_buf_t *buf, const lgs_node_t *node)
{
    if (!buf->failed && buf->data[buf->len - 1] != '[') {
        lgs_buf_byte(buf, ',');
    }
    lgs_json_write(buf, node);
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
