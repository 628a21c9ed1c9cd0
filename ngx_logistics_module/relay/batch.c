/* Batches: claimed messages, copied out of Redis' reply into an arena of their own. */
#include "relay.h"

#include <stdlib.h>

#define ARENA_FIRST 65536u

static bool make_room(relay_batch_t *batch);
static int compare_messages(const void *a, const void *b);

relay_batch_t *relay_batch_create(lgs_class_t class, lgs_str_t route)
{
    lgs_arena_t *arena = lgs_arena_create(ARENA_FIRST, 0);
    relay_batch_t *batch = arena ? lgs_arena_zalloc(arena, sizeof(*batch)) : NULL;

    if (batch == NULL) {
        lgs_arena_destroy(arena);
        return NULL;
    }
    batch->arena = arena;
    batch->class = class;
    batch->leased_until_ms = UINT64_MAX;
    batch->route = lgs_arena_str(arena, route);
    if (batch->route.data == NULL) {
        relay_batch_free(batch);
        return NULL;
    }
    return batch;
}

void relay_batch_free(relay_batch_t *batch)
{
    curl_easy_cleanup(batch->call); /* NULL is allowed, here and below */
    curl_slist_free_all(batch->headers);
    lgs_arena_destroy(batch->arena);
}

lgs_rc_t relay_batch_add(relay_batch_t *batch, uint32_t lane, const redisReply *claimed)
{
    lgs_str_t *texts = lgs_arena_array(batch->arena, claimed->elements, sizeof(*texts));
    relay_message_t *message;
    lgs_errs_t errs;
    lgs_rc_t rc;

    lgs_errs_init(&errs, batch->arena, 1);
    for (size_t i = 0; texts && i < claimed->elements; i++) {
        texts[i] = lgs_arena_str(batch->arena,
                                 lgs_str(claimed->element[i]->str, claimed->element[i]->len));
        if (texts[i].data == NULL) {
            return LGS_NOMEM;
        }
    }
    if (texts == NULL || !make_room(batch)) {
        return LGS_NOMEM;
    }
    message = &batch->messages[batch->n];
    *message = (relay_message_t){.lane = lane, .number = batch->n};
    rc = lgs_claimed_take(batch->arena, texts, claimed->elements, &message->claimed, &errs);
    if (rc == LGS_OK) {
        batch->n_records += message->claimed.records.n;
        batch->bytes += message->claimed.body.len;
        batch->n++;
    } else if (errs.first) {
        message->damage = errs.first->text;
    }
    return rc;
}

lgs_rc_t relay_batch_copy(relay_batch_t *batch, const relay_message_t *from)
{
    lgs_claimed_t copy = from->claimed, *to = &copy;
    lgs_str_t *texts[] = {&to->id,    &to->token,       &to->partner, &to->route,
                          &to->class, &to->correlation, &to->body,    &to->outcome};
    lgs_doc_t doc;

    if (!make_room(batch)) {
        return LGS_NOMEM;
    }
    for (size_t i = 0; i < LGS_N(texts); i++) {
        *texts[i] = lgs_arena_str(batch->arena, *texts[i]);
        if (texts[i]->data == NULL) {
            return LGS_NOMEM;
        }
    }
    if (lgs_json_read(batch->arena, to->body, NULL, &doc, NULL) != LGS_OK) {
        return LGS_NOMEM; /* it was read before */
    }
    copy.records = doc.root;
    batch->n_records += doc.root.n;
    batch->bytes += copy.body.len;
    batch->messages[batch->n] = (relay_message_t){
        .claimed = copy, .lane = from->lane, .number = batch->n};
    batch->n++;
    return LGS_OK;
}

void relay_batch_drop_last(relay_batch_t *batch)
{
    const lgs_claimed_t *last = &batch->messages[--batch->n].claimed;

    batch->n_records -= last->records.n;
    batch->bytes -= last->body.len;
}

void relay_batch_sort(relay_batch_t *batch)
{
    qsort(batch->messages, batch->n, sizeof(*batch->messages), compare_messages);
}

static int compare_messages(const void *a, const void *b)
{
    const relay_message_t *x = a, *y = b;
    lgs_str_t left = x->claimed.partner, right = y->claimed.partner;
    size_t len = left.len < right.len ? left.len : right.len;
    int order = (x->lane > y->lane) - (x->lane < y->lane);

    order = order ? order : len ? memcmp(left.data, right.data, len) : 0;
    order = order ? order : (left.len > right.len) - (left.len < right.len);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

const lgs_claimed_t **relay_batch_claimed(relay_batch_t *batch)
{
    const lgs_claimed_t **claimed = lgs_arena_array(batch->arena, batch->n, sizeof(*claimed));

    for (uint32_t i = 0; claimed && i < batch->n; i++) {
        claimed[i] = &batch->messages[i].claimed;
    }
    return claimed;
}

bool relay_batch_judge(relay_batch_t *batch)
{
    const lgs_claimed_t **claimed = relay_batch_claimed(batch);

    if (claimed) {
        batch->deliveries = lgs_arena_array(batch->arena, batch->n, sizeof(*batch->deliveries));
    }
    if (batch->deliveries == NULL) {
        return false; /* loop.c leaves it to its leases */
    }
    return lgs_delivery_read(batch->arena, batch->status, lgs_buf_text(&batch->answer), claimed,
                             batch->n, batch->deliveries);
}

static bool make_room(relay_batch_t *batch)
{
    uint32_t room = batch->room ? batch->room * 2 : 16;
    relay_message_t *messages;

    if (batch->n < batch->room) {
        return true;
    }
    messages = lgs_arena_grow(batch->arena, batch->messages, batch->room * sizeof(*messages),
                              room * sizeof(*messages));
    if (messages == NULL) {
        return false;
    }
    batch->messages = messages;
    batch->room = room;
    return true;
}
