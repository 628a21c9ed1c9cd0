/*
 * The order of segments: a stack of open loops, each with the slot that came last. A segment goes
 * to the first slot that takes it, in the innermost loop first, then in those around it. Ways that
 * pass over nothing mandatory come first, then one more of what has come too often, then the
 * others.
 */
#include "internal.h"

typedef struct {
    uint32_t level, at;
    bool is_there;
} way_t;

static bool find_way(const lgs_order_t *order, uint32_t tag, way_t *way, bool *is_over);
static bool is_missing(const lgs_frame_t *frame, const lgs_slot_t *slots, uint32_t i);
static void go(lgs_order_t *order, const way_t *way, bool is_over);
static void tell_missing(lgs_order_t *order, const lgs_frame_t *frame, uint32_t end);
static void enter(lgs_order_t *order, uint32_t at, uint32_t count);
static bool go_back(lgs_order_t *order, uint32_t tag);
static const lgs_slot_t *find_slot(const lgs_guide_t *guide, uint32_t tag);

static const lgs_loop_t *loop_of(const lgs_order_t *order, uint32_t level)
{
    return &order->guide->loops[order->frames[level].loop];
}

static const lgs_slot_t *slots_of(const lgs_order_t *order, uint32_t level)
{
    return &order->guide->slots[loop_of(order, level)->first];
}

void lgs_order_begin(lgs_order_t *order, const lgs_guide_t *guide)
{
    order->guide = guide;
    order->depth = 0;
    order->frames[0] = (lgs_frame_t){0};
}

void lgs_order_step(lgs_order_t *order, uint32_t tag)
{
    const lgs_slot_t *slot;
    bool is_over;
    way_t way;

    if (find_way(order, tag, &way, &is_over)) {
        go(order, &way, is_over);
        return;
    }
    slot = find_slot(order->guide, tag);
    if (slot == NULL) {
        order->tell(order->data, LGS_EDI_FAULT_FOREIGN, NULL);
    } else if (!go_back(order, tag)) {
        order->tell(order->data, LGS_EDI_FAULT_UNEXPECTED, slot);
    }
}

void lgs_order_end(lgs_order_t *order)
{
    for (uint32_t level = order->depth + 1; level-- > 0;) {
        tell_missing(order, &order->frames[level], loop_of(order, level)->n);
    }
}

/* The best way on; *is_over: one more than there may be. */
static bool find_way(const lgs_order_t *order, uint32_t tag, way_t *way, bool *is_over)
{
    way_t over = {0}, unclean = {0};
    bool is_clean = true;

    *is_over = false;
    for (uint32_t level = order->depth + 1; level-- > 0;) {
        const lgs_frame_t *frame = &order->frames[level];
        const lgs_slot_t *slots = slots_of(order, level);
        uint32_t n = loop_of(order, level)->n;

        for (uint32_t i = frame->at; i < n; i++) {
            bool is_full = i == frame->at && frame->count >= slots[i].max;
            bool is_opener = level > 0 && i == 0; /* once more is once more of the loop */

            if (slots[i].tag == tag && !is_full && is_clean) {
                *way = (way_t){level, i, true};
                return true;
            }
            if (slots[i].tag == tag && !is_opener) {
                way_t *kept = is_full ? &over : &unclean;

                *kept = kept->is_there ? *kept : (way_t){level, i, true};
            }
            is_clean = is_clean && !is_missing(frame, slots, i);
        }
    }
    *is_over = over.is_there;
    *way = over.is_there ? over : unclean;
    return way->is_there;
}

/* A mandatory slot that has not come, neither now nor before. */
static bool is_missing(const lgs_frame_t *frame, const lgs_slot_t *slots, uint32_t i)
{
    return slots[i].is_mandatory && (i > frame->far || (i == frame->at && frame->count == 0));
}

static void go(lgs_order_t *order, const way_t *way, bool is_over)
{
    lgs_frame_t *frame = &order->frames[way->level];
    const lgs_slot_t *slot = &slots_of(order, way->level)[way->at];

    for (uint32_t level = order->depth; level > way->level; level--) {
        tell_missing(order, &order->frames[level], loop_of(order, level)->n);
    }
    tell_missing(order, frame, way->at);
    order->depth = way->level;
    enter(order, way->at, frame->at == way->at ? frame->count + 1 : 1);
    if (is_over && frame->count == slot->max + 1) { /* once, however many more come */
        order->tell(order->data, slot->loop ? LGS_EDI_FAULT_LOOP : LGS_EDI_FAULT_MANY, slot);
    }
}

static void tell_missing(lgs_order_t *order, const lgs_frame_t *frame, uint32_t end)
{
    const lgs_slot_t *slots = &order->guide->slots[order->guide->loops[frame->loop].first];

    for (uint32_t i = frame->at; i < end; i++) {
        if (is_missing(frame, slots, i)) {
            order->tell(order->data, LGS_EDI_FAULT_MISSING, &slots[i]);
        }
    }
}

/* The slot in the innermost open loop has come; a loop is open from here on. */
static void enter(lgs_order_t *order, uint32_t at, uint32_t count)
{
    lgs_frame_t *frame = &order->frames[order->depth];
    uint32_t loop = slots_of(order, order->depth)[at].loop;

    frame->at = at;
    frame->count = count;
    frame->far = at > frame->far ? at : frame->far;
    if (loop) {
        order->frames[++order->depth] = (lgs_frame_t){.loop = loop, .count = 1};
    }
}

/* To a slot that was passed: what follows is read from there on. */
static bool go_back(lgs_order_t *order, uint32_t tag)
{
    for (uint32_t level = order->depth + 1; level-- > 0;) {
        const lgs_slot_t *slots = slots_of(order, level);

        for (uint32_t i = order->frames[level].at; i-- > 0;) {
            if (slots[i].tag == tag) {
                order->tell(order->data, LGS_EDI_FAULT_ORDER, &slots[i]);
                order->depth = level;
                enter(order, i, 1);
                return true;
            }
        }
    }
    return false;
}

static const lgs_slot_t *find_slot(const lgs_guide_t *guide, uint32_t tag)
{
    for (uint32_t i = 0; i < guide->n_slots; i++) {
        if (guide->slots[i].tag == tag) {
            return &guide->slots[i];
        }
    }
    return NULL;
}
