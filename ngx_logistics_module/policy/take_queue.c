/*
 * What policies say of once and later: gateway.yaml's `queue`, and of a route `once` and
 * `deliver.schedule`.
 */
#include "load.h"

#define HOUR_MS         3600000u
#define DEFAULT_KEEP_MS (72u * HOUR_MS)
#define DEFAULT_DEAD_MS (720ull * HOUR_MS)
#define DEFAULT_ONCE_MS (24u * HOUR_MS)
#define DEFAULT_MOST    100000u
#define DEFAULT_AT_ONCE 3u
#define DEFAULT_BATCH   100u
#define LEAST_ONCE_MS   1000u

lgs_rc_t lgs_take_queue(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node)
{
    lgs_queue_policy_t *queue = &load->policy->queue;

    *queue = (lgs_queue_policy_t){.keep_ms = DEFAULT_KEEP_MS,
                                  .dead_ms = DEFAULT_DEAD_MS,
                                  .most_open = DEFAULT_MOST,
                                  .at_once = DEFAULT_AT_ONCE,
                                  .batch = DEFAULT_BATCH,
                                  .schedule = &lgs_schedule_default};
    lgs_take_duration(load, doc, lgs_node_at(node, "keep"), &queue->keep_ms);
    lgs_take_duration(load, doc, lgs_node_at(node, "dead"), &queue->dead_ms);
    lgs_take_count(lgs_node_at(node, "messages"), &queue->most_open);
    lgs_take_count(lgs_node_at(node, "calls"), &queue->at_once);
    lgs_take_count(lgs_node_at(node, "batch"), &queue->batch);
    return lgs_take_schedule(load, doc, lgs_node_at(node, "schedule"), &queue->schedule);
}

lgs_rc_t lgs_take_later(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *deliver,
                        lgs_route_t *route)
{
    const lgs_node_t *schedule = lgs_node_at(deliver, "schedule");

    route->schedule = load->policy->queue.schedule;
    if (schedule && route->deliver != LGS_DELIVER_LATER && route->deliver != LGS_DELIVER_NOW) {
        lgs_finding(load, doc, schedule, "policy-value",
                    "a schedule is for what is delivered later: it needs mode: later or now");
    }
    return lgs_take_schedule(load, doc, schedule, &route->schedule);
}

void lgs_take_once(lgs_load_t *load, const lgs_doc_t *doc, lgs_route_t *route)
{
    static const char *const modes[] = {[LGS_ONCE_NO] = "",
                                        [LGS_ONCE_OPTIONAL] = "optional",
                                        [LGS_ONCE_REQUIRED] = "required",
                                        [LGS_ONCE_DERIVED] = "derived"};
    const lgs_node_t *node = lgs_node_at(&doc->root, "once"), *keep = lgs_node_at(node, "keep");
    unsigned mode = LGS_ONCE_NO;

    route->once_keep_ms = DEFAULT_ONCE_MS;
    lgs_take_word(lgs_node_at(node, "key"), modes, LGS_N(modes), &mode);
    lgs_take_duration(load, doc, keep, &route->once_keep_ms);
    route->once = (lgs_once_mode_t)mode;
    if (route->once_keep_ms < LEAST_ONCE_MS) {
        lgs_finding(load, doc, keep, "policy-value", "an answer must be kept for 1s at least");
    }
    if (node && route->deliver == LGS_DELIVER_FORWARD) {
        lgs_finding(load, doc, node, "policy-value",
                    "the answer of a forward route is the service's and is not kept: once needs "
                    "deliver.mode now or later");
    }
    if (node && route->serve != LGS_SERVE_NOTHING) {
        lgs_finding(load, doc, node, "policy-value",
                    "this route takes no documents: leave once out");
    }
}

lgs_rc_t lgs_take_schedule(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           const lgs_schedule_t **out)
{
    lgs_schedule_t *schedule;

    if (node == NULL || node->type != LGS_ARRAY) {
        return LGS_OK;
    }
    schedule = lgs_arena_zalloc(load->arena, sizeof(*schedule));
    if (schedule == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (uint32_t i = 0; i < node->n && i < LGS_MAX_ATTEMPTS; i++) {
        uint64_t *wait_ms = &schedule->wait_ms[schedule->n++];

        lgs_take_duration(load, doc, &node->u.items[i], wait_ms);
        if (*wait_ms == 0) {
            lgs_finding(load, doc, &node->u.items[i], "policy-value",
                        "a wait of nothing is no wait; write 1s");
        }
    }
    *out = schedule;
    return LGS_OK;
}
