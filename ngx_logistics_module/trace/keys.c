/*
 * The business keys of a trace: the numbers in canonical records by which people ask for what
 * became of them. Records are looked at before they are validated: any of their members may be
 * anything.
 */
#include "keys.h"

#define MAX_KEY_TYPE 32u /* bytes; nobody can ask for a longer one */

/* A member of each object in `list` (of the record itself: NULL) is a key of that type. */
typedef struct {
    const char *list, *member, *type; /* type NULL: the kind of record */
} source_t;

static void collect(lgs_trace_t *trace, const lgs_node_t *record, const source_t *source,
                    lgs_str_t kind);
static void collect_refs(lgs_trace_t *trace, const lgs_node_t *refs);
static const lgs_node_t *items_of(const lgs_node_t *node, uint32_t *n);
static void add_key(lgs_trace_t *trace, lgs_str_t type, lgs_str_t value);

void lgs_trace_collect(lgs_trace_t *trace, const lgs_node_t *record, lgs_str_t kind)
{
    static const source_t vehicle = {"equipment", "vin", "vin"};
    static const source_t sources[] = {
        {NULL, "number", NULL},
        {NULL, "order", "order"},
        {NULL, "credit_of", "invoice"},
        {"against", "order", "order"},
        {"against", "asn", "asn"},
        {"orders", "number", "order"},
        {"units", "tracking", "tracking"},
        {"units", "sscc", "sscc"},
    };

    collect_refs(trace, lgs_node_at(record, "refs"));
    collect(trace, record, &vehicle, kind);
    if (lgs_str_is(kind, "event")) {
        return; /* has none of the rest: most records are events */
    }
    for (size_t i = 0; i < LGS_N(sources); i++) {
        collect(trace, record, &sources[i], kind);
    }
}

static void collect(lgs_trace_t *trace, const lgs_node_t *record, const source_t *source,
                    lgs_str_t kind)
{
    lgs_str_t type = source->type ? lgs_cstr(source->type) : kind;
    uint32_t n;
    const lgs_node_t *items = items_of(source->list ? lgs_node_at(record, source->list) : record,
                                       &n);

    for (uint32_t i = 0; i < n; i++) {
        add_key(trace, type, lgs_node_text(lgs_node_at(&items[i], source->member)));
    }
}

static void collect_refs(lgs_trace_t *trace, const lgs_node_t *refs)
{
    uint32_t n;
    const lgs_node_t *items = items_of(refs, &n);

    for (uint32_t i = 0; i < n; i++) {
        add_key(trace, lgs_node_text(lgs_node_at(&items[i], "t")),
                lgs_node_text(lgs_node_at(&items[i], "v")));
    }
}

/* The items of a list; what is no list is one of one. */
static const lgs_node_t *items_of(const lgs_node_t *node, uint32_t *n)
{
    *n = node == NULL ? 0 : node->type == LGS_ARRAY ? node->n : 1;
    return node && node->type == LGS_ARRAY ? node->u.items : node;
}

static void add_key(lgs_trace_t *trace, lgs_str_t type, lgs_str_t value)
{
    if (type.len == 0 || value.len == 0) {
        return;
    }
    for (uint32_t i = 0; i < trace->n_keys; i++) {
        if (lgs_str_eq(trace->keys[i].type, type) && lgs_str_eq(trace->keys[i].value, value)) {
            return;
        }
    }
    if (trace->n_keys == LGS_MAX_BUSINESS_KEYS || type.len > MAX_KEY_TYPE) {
        trace->n_more_keys++;
        return;
    }
    trace->keys[trace->n_keys++] = (lgs_business_key_t){type, value};
}
