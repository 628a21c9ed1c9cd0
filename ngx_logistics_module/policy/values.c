/*
 * Values of policy files → C. What has the wrong type is left to the file's JSON Schema; what has
 * the right type and no sense is a finding here.
 */
#include "load.h"

static bool take_rate(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                      const char *unit, lgs_rate_t *rate);

lgs_rc_t lgs_take_text(lgs_load_t *load, const lgs_node_t *node, lgs_str_t *out)
{
    if (node == NULL || node->type != LGS_STRING) {
        return LGS_OK;
    }
    *out = lgs_arena_str(load->arena, lgs_node_text(node));
    return out->data ? LGS_OK : lgs_errs_nomem(load->errs);
}

void lgs_take_duration(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                       uint64_t *out_ms)
{
    uint64_t ms;

    if (node && node->type == LGS_NUMBER) {
        lgs_finding(load, doc, node, "policy-value",
                    "%.*s of what? A duration has ms, s, m, h or d behind it: %.*ss",
                    LGS_FMT(lgs_node_text(node)), LGS_FMT(lgs_node_text(node)));
        return;
    }
    if (node == NULL || node->type != LGS_STRING) {
        return;
    }
    if (!lgs_duration_read(lgs_node_text(node), &ms)) {
        lgs_finding(
            load, doc, node, "policy-value",
            "\"%.*s\" is not a duration; write a number with ms, s, m, h or d behind it: 30s",
            LGS_FMT(lgs_node_text(node)));
        return;
    }
    *out_ms = ms;
}

void lgs_take_size(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node, uint64_t *out)
{
    uint64_t bytes;

    if (node == NULL || (node->type != LGS_STRING && node->type != LGS_NUMBER)) {
        return;
    }
    if (!lgs_size_read(lgs_node_text(node), &bytes) || bytes == 0) {
        lgs_finding(
            load, doc, node, "policy-value",
            "\"%.*s\" is not a size; write bytes, or a number with k, m or g behind it: 20m",
            LGS_FMT(lgs_node_text(node)));
        return;
    }
    *out = bytes;
}

void lgs_take_count(const lgs_node_t *node, uint32_t *out)
{
    int64_t count;

    if (node && lgs_node_int(node, &count) && count > 0 && count <= UINT32_MAX) {
        *out = (uint32_t)count;
    }
}

void lgs_take_word(const lgs_node_t *node, const char *const *words, size_t n, unsigned *out)
{
    for (size_t i = 0; node && i < n; i++) {
        if (lgs_str_is(lgs_node_text(node), words[i])) {
            *out = (unsigned)i;
        }
    }
}

void lgs_take_limits(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                     lgs_limit_t *out)
{
    const lgs_node_t *rate = lgs_node_at(node, "rate"), *burst = lgs_node_at(node, "burst");

    lgs_take_count(lgs_node_at(node, "in_flight"), &out->in_flight);
    take_rate(load, doc, lgs_node_at(node, "records"), "records", &out->records);
    if (rate == NULL && burst) {
        lgs_finding(load, doc, burst, "policy-value", "a burst needs a rate beside it");
    }
    if (take_rate(load, doc, rate, "requests", &out->rate)) {
        lgs_take_count(burst, &out->rate.burst);
    }
}

static bool take_rate(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                      const char *unit, lgs_rate_t *rate)
{
    if (node == NULL || node->type != LGS_STRING) {
        return false;
    }
    if (!lgs_rate_read(lgs_node_text(node), rate)) {
        lgs_finding(load, doc, node, "policy-value",
                    "\"%.*s\" is not a rate; write %s per s, m, h or day: 50/s",
                    LGS_FMT(lgs_node_text(node)), unit);
        return false;
    }
    rate->burst = rate->rate;
    return true;
}
