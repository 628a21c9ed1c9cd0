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

/* Types of the records that the shipped mappings make (t/packs.t): the list is open. */
static const lgs_str_t known_types[] = {
    LGS_STR_INIT("appointment"),
    LGS_STR_INIT("asn"),
    LGS_STR_INIT("bol"),
    LGS_STR_INIT("booking"),
    LGS_STR_INIT("booking_request"),
    LGS_STR_INIT("buyer_reference"),
    LGS_STR_INIT("card"),
    LGS_STR_INIT("consignment"),
    LGS_STR_INIT("container"),
    LGS_STR_INIT("contract"),
    LGS_STR_INIT("customer"),
    LGS_STR_INIT("customer_order"),
    LGS_STR_INIT("defect"),
    LGS_STR_INIT("delivery_note"),
    LGS_STR_INIT("document"),
    LGS_STR_INIT("epc"),
    LGS_STR_INIT("fault"),
    LGS_STR_INIT("fedex_unique"),
    LGS_STR_INIT("imo"),
    LGS_STR_INIT("inspection"),
    LGS_STR_INIT("interchange"),
    LGS_STR_INIT("inventory"),
    LGS_STR_INIT("invoice"),
    LGS_STR_INIT("load"),
    LGS_STR_INIT("lot"),
    LGS_STR_INIT("manifest"),
    LGS_STR_INIT("marks"),
    LGS_STR_INIT("message"),
    LGS_STR_INIT("opendock"),
    LGS_STR_INIT("order"),
    LGS_STR_INIT("outbound_tracking"),
    LGS_STR_INIT("partner"),
    LGS_STR_INIT("piece"),
    LGS_STR_INIT("plate"),
    LGS_STR_INIT("pod"),
    LGS_STR_INIT("pro"),
    LGS_STR_INIT("project"),
    LGS_STR_INIT("purchase_order"),
    LGS_STR_INIT("quotation"),
    LGS_STR_INIT("receipt"),
    LGS_STR_INIT("reference"),
    LGS_STR_INIT("release"),
    LGS_STR_INIT("return"),
    LGS_STR_INIT("rma"),
    LGS_STR_INIT("sales_order"),
    LGS_STR_INIT("serial"),
    LGS_STR_INIT("shipment"),
    LGS_STR_INIT("shopify_fulfillment"),
    LGS_STR_INIT("shopify_order"),
    LGS_STR_INIT("sscc"),
    LGS_STR_INIT("tag"),
    LGS_STR_INIT("tender"),
    LGS_STR_INIT("tour"),
    LGS_STR_INIT("tracking"),
    LGS_STR_INIT("trailer"),
    LGS_STR_INIT("transaction"),
    LGS_STR_INIT("vehicle"),
    LGS_STR_INIT("vin"),
    LGS_STR_INIT("visit"),
    LGS_STR_INIT("voyage"),
    LGS_STR_INIT("work_order"),
    LGS_STR_INIT("x12_group"),
    LGS_STR_INIT("x12_set"),
};

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

lgs_str_t lgs_trace_key_meant(lgs_str_t type)
{
    for (size_t i = 0; i < LGS_N(known_types); i++) {
        if (lgs_str_eq(known_types[i], type)) {
            return (lgs_str_t){NULL, 0};
        }
    }
    return lgs_nearest(type, known_types, LGS_N(known_types));
}
