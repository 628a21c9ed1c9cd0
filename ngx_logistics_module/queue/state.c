/* The queue in numbers (state.h). */
#include "state.h"

#include <stddef.h>

#include "../formats/json.h"

const char *const lgs_queue_class_names[LGS_N_SHARES] = {"critical", "standard", "bulk"};

/* As settle.lua and common.lua name them. */
static const struct {
    const char *name, *sum;
    size_t at;
    bool is_time;
    const char *metric, *help;
    const char *bounds[LGS_QUEUE_BUCKETS + 1];
} histograms[] = {
    {"took",
     "took_ms",
     offsetof(lgs_queue_class_t, took),
     true,
     "logistics_queue_seconds",
     "Time from accepting a message to its delivery",
     {"0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "300", "1800", "7200", "+Inf"}},
    {"tries",
     "tries_sum",
     offsetof(lgs_queue_class_t, tries),
     false,
     "logistics_queue_message_attempts",
     "Attempts until a message was delivered or given up",
     {"1", "2", "3", "5", "8", "13", "+Inf"}},
};

static const struct {
    const char *name;
    size_t at;
    const char *metric, *type, *help; /* metric NULL: told by class */
} numbers[] = {
    {"at_ms", offsetof(lgs_queue_numbers_t, at_ms), NULL, NULL, NULL},
    {"open", offsetof(lgs_queue_numbers_t, open), NULL, NULL, NULL},
    {"oldest_ms", offsetof(lgs_queue_numbers_t, oldest_ms), NULL, NULL, NULL},
    {"bytes", offsetof(lgs_queue_numbers_t, bytes), "logistics_queue_bytes", "gauge",
     "Bytes of open messages, records and what came"},
    {"leased", offsetof(lgs_queue_numbers_t, leased), "logistics_queue_leased", "gauge",
     "Messages that a relay has in its hands"},
    {"delayed", offsetof(lgs_queue_numbers_t, delayed), "logistics_queue_delayed", "gauge",
     "Messages that wait for their retry or are parked"},
    {"parked", offsetof(lgs_queue_numbers_t, parked), "logistics_queue_parked", "gauge",
     "Messages that wait for what comes before them (docs/order.md)"},
    {"dead", offsetof(lgs_queue_numbers_t, dead), "logistics_queue_dead", "gauge",
     "Dead letters that nobody replayed or dropped"},
    {"accepted", offsetof(lgs_queue_numbers_t, accepted), "logistics_queue_accepted_total",
     "counter", "Messages accepted for later"},
    {"attempts", offsetof(lgs_queue_numbers_t, attempts), "logistics_queue_attempts_total",
     "counter", "Times that a message was handed to a relay"},
    {"retries", offsetof(lgs_queue_numbers_t, retries), "logistics_queue_retries_total", "counter",
     "Attempts that failed and are made again"},
    {"delivered", offsetof(lgs_queue_numbers_t, delivered), "logistics_queue_delivered_total",
     "counter", "Messages delivered"},
    {"replayed", offsetof(lgs_queue_numbers_t, replayed), "logistics_queue_replayed_total",
     "counter", "Dead letters that operators sent again"},
    {"dropped", offsetof(lgs_queue_numbers_t, dropped), "logistics_queue_dropped_total", "counter",
     "Dead letters that operators gave up"},
    {"leases_lost", offsetof(lgs_queue_numbers_t, leases_lost), "logistics_queue_leases_lost_total",
     "counter", "Messages whose relay died or was too slow"},
    {"gone", offsetof(lgs_queue_numbers_t, gone), "logistics_queue_gone_total", "counter",
     "Messages that somebody deleted from Redis before they were delivered"},
    {"callbacks", offsetof(lgs_queue_numbers_t, callbacks), "logistics_callbacks", "gauge",
     "Outcomes that partners are still to be told of"},
    {"callbacks_sent", offsetof(lgs_queue_numbers_t, callbacks_sent),
     "logistics_callbacks_sent_total", "counter", "Outcomes that partners were told of"},
    {"callbacks_retries", offsetof(lgs_queue_numbers_t, callbacks_retries),
     "logistics_callbacks_retries_total", "counter", "Callbacks that failed and are sent again"},
    {"callbacks_given_up", offsetof(lgs_queue_numbers_t, callbacks_given_up),
     "logistics_callbacks_given_up_total", "counter", "Outcomes that partners were not told of"},
    {"callbacks_resent", offsetof(lgs_queue_numbers_t, callbacks_resent),
     "logistics_callbacks_resent_total", "counter",
     "Callbacks that were given up and operators sent again"},
};

static bool add_number(lgs_queue_state_t *state, uint32_t lane, lgs_str_t name, uint64_t value);
static void add_of_class(lgs_queue_state_t *state, lgs_str_t kind, lgs_str_t rest, uint64_t value);
static lgs_rc_t add_named(lgs_queue_state_t *state, lgs_str_t kind, lgs_str_t name, uint64_t value);
static bool cut(lgs_str_t text, lgs_str_t *head, lgs_str_t *rest);
static uint64_t number_of(lgs_str_t text);
static uint64_t get(const lgs_queue_numbers_t *of, size_t i);
static bool is_empty(const lgs_queue_numbers_t *lane);
static void write_numbers(lgs_buf_t *buf, const lgs_queue_numbers_t *of);
static void write_rate(lgs_buf_t *buf, const lgs_queue_state_t *state,
                       const lgs_queue_rate_t *rate);
static void write_class(lgs_buf_t *buf, const lgs_queue_state_t *state, size_t i);
static void write_partners(lgs_buf_t *buf, const lgs_queue_state_t *state);
static void write_names(lgs_buf_t *buf, const lgs_queue_names_t *names);
static void write_help(lgs_buf_t *buf, const char *name, const char *type, const char *help);
static void write_histogram(lgs_buf_t *buf, const lgs_queue_state_t *state, size_t which);
static void write_seconds(lgs_buf_t *buf, uint64_t ms);
static void write_named(lgs_buf_t *buf, const char *metric, const char *label,
                        const lgs_queue_names_t *names, bool is_age);

void lgs_queue_state_init(lgs_queue_state_t *state, lgs_arena_t *arena)
{
    memset(state, 0, sizeof(*state));
    state->arena = arena;
}

lgs_rc_t lgs_queue_state_add(lgs_queue_state_t *state, uint32_t lane, const lgs_str_t *texts,
                             size_t n)
{
    lgs_rc_t result = LGS_OK;

    for (size_t i = 0; i + 1 < n; i += 2) {
        uint64_t value = number_of(texts[i + 1]);
        lgs_str_t kind, rest;
        lgs_rc_t rc;

        if (!cut(texts[i], &kind, &rest)) {
            (void)add_number(state, lane, texts[i], value);
            continue;
        }
        add_of_class(state, kind, rest, value);
        rc = add_named(state, kind, rest, value);
        if (rc == LGS_NOMEM) {
            return rc;
        }
        result = rc == LGS_OK ? result : rc;
    }
    return result;
}

static bool add_number(lgs_queue_state_t *state, uint32_t lane, lgs_str_t name, uint64_t value)
{
    for (size_t i = 0; i < LGS_N(numbers); i++) {
        uint64_t *of_lane = (uint64_t *)((char *)&state->lanes[lane] + numbers[i].at);
        uint64_t *of_all = (uint64_t *)((char *)&state->all + numbers[i].at);

        if (!lgs_str_is(name, numbers[i].name)) {
            continue;
        }
        *of_lane = value;
        if (numbers[i].at == offsetof(lgs_queue_numbers_t, oldest_ms) ||
            numbers[i].at == offsetof(lgs_queue_numbers_t, at_ms)) {
            *of_all = value > *of_all ? value : *of_all;
        } else {
            *of_all += value;
        }
        return true;
    }
    return false;
}

/* depth:bulk, oldest_ms:bulk, took_ms:bulk, took:bulk:0.5, tries:bulk:1 */
static void add_of_class(lgs_queue_state_t *state, lgs_str_t kind, lgs_str_t rest, uint64_t value)
{
    lgs_str_t name = rest, bound = {NULL, 0};
    lgs_queue_class_t *class = NULL;

    (void)cut(rest, &name, &bound);
    for (size_t i = 0; i < LGS_N_SHARES; i++) {
        class = lgs_str_is(name, lgs_queue_class_names[i]) ? &state->classes[i] : class;
    }
    if (class == NULL) {
        return;
    }
    if (lgs_str_is(kind, "depth")) {
        class->open += value;
    } else if (lgs_str_is(kind, "oldest_ms")) {
        class->oldest_ms = value > class->oldest_ms ? value : class->oldest_ms;
    }
    for (size_t i = 0; i < LGS_N(histograms); i++) {
        lgs_queue_histogram_t *to = (lgs_queue_histogram_t *)((char *)class + histograms[i].at);

        to->sum += lgs_str_is(kind, histograms[i].sum) ? value : 0;
        for (size_t k = 0; lgs_str_is(kind, histograms[i].name) && histograms[i].bounds[k]; k++) {
            to->n[k] += lgs_str_is(bound, histograms[i].bounds[k]) ? value : 0;
        }
    }
}

static lgs_rc_t add_named(lgs_queue_state_t *state, lgs_str_t kind, lgs_str_t name, uint64_t value)
{
    const struct {
        const char *kind;
        lgs_queue_names_t *names;
        bool is_age;
    } kinds[] = {{"partner", &state->partners, false},
                 {"partner_ms", &state->partners, true},
                 {"delivered", &state->delivered, false},
                 {"given_up", &state->given_up, false},
                 {"dead", &state->reasons, false},
                 {"callback", &state->callbacks, false},
                 {"callback_given_up", &state->callbacks_given_up, false},
                 {"relay", &state->relays, false},
                 {"relay_open", &state->relays, true}};
    lgs_queue_names_t *names = NULL;
    lgs_queue_named_t *named;
    bool is_age = false;

    for (size_t i = 0; i < LGS_N(kinds); i++) {
        if (lgs_str_is(kind, kinds[i].kind)) {
            names = kinds[i].names;
            is_age = kinds[i].is_age;
        }
    }
    if (names == NULL) {
        return LGS_OK;
    }
    named = lgs_queue_named(names, state->arena, name);
    if (named == NULL) {
        return names->n == LGS_MAX_QUEUE_NAMES ? LGS_LIMIT : LGS_NOMEM;
    }
    if (is_age) {
        named->oldest_ms = value > named->oldest_ms ? value : named->oldest_ms;
    } else {
        named->n += value;
    }
    return LGS_OK;
}

lgs_queue_named_t *lgs_queue_named(lgs_queue_names_t *names, lgs_arena_t *arena, lgs_str_t name)
{
    lgs_queue_named_t *items = names->items;
    lgs_str_t own;

    for (uint32_t i = 0; i < names->n; i++) {
        if (lgs_str_eq(items[i].name, name)) {
            return &items[i];
        }
    }
    if (names->n == LGS_MAX_QUEUE_NAMES) {
        return NULL;
    }
    own = lgs_arena_str(arena, name);
    if (own.data && names->n == names->room) {
        uint32_t room = names->room ? names->room * 2 : 16;

        items = lgs_arena_grow(arena, items, names->room * sizeof(*items), room * sizeof(*items));
        names->items = items ? items : names->items;
        names->room = items ? room : names->room;
    }
    if (own.data == NULL || items == NULL) {
        return NULL;
    }
    items[names->n] = (lgs_queue_named_t){.name = own};
    return &items[names->n++];
}

/* "dead:refused" → "dead", "refused". */
static bool cut(lgs_str_t text, lgs_str_t *head, lgs_str_t *rest)
{
    const char *colon = text.len ? memchr(text.data, ':', text.len) : NULL;

    if (colon == NULL) {
        return false;
    }
    *head = lgs_str(text.data, (size_t)(colon - text.data));
    *rest = lgs_str(colon + 1, text.len - head->len - 1);
    return true;
}

/* What is no number, or below zero, is none. */
static uint64_t number_of(lgs_str_t text)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || value > UINT64_MAX / 10 - 1) {
            return 0;
        }
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    return value;
}

static uint64_t get(const lgs_queue_numbers_t *of, size_t i)
{
    return *(const uint64_t *)((const char *)of + numbers[i].at);
}

/* ---- JSON ---- */

void lgs_queue_state_write(lgs_buf_t *buf, const lgs_queue_state_t *state)
{
    const char *comma = "";

    lgs_buf_byte(buf, '{');
    write_numbers(buf, &state->all);
    write_rate(buf, state, &state->rate);
    lgs_buf_cstr(buf, ",\"classes\":{");
    for (size_t i = 0; i < LGS_N_SHARES; i++) {
        lgs_buf_printf(buf, "%s\"%s\":", i ? "," : "", lgs_queue_class_names[i]);
        write_class(buf, state, i);
    }
    lgs_buf_cstr(buf, "},\"partners\":");
    write_partners(buf, state);
    lgs_buf_cstr(buf, ",\"dead_by_reason\":");
    write_names(buf, &state->reasons);
    lgs_buf_cstr(buf, ",\"callbacks_by_partner\":");
    write_names(buf, &state->callbacks);
    lgs_buf_cstr(buf, ",\"callbacks_given_up_by_partner\":");
    write_names(buf, &state->callbacks_given_up);
    lgs_buf_cstr(buf, ",\"relays\":[");
    for (uint32_t i = 0; i < state->relays.n; i++) {
        lgs_buf_cstr(buf, i ? ",{\"name\":" : "{\"name\":");
        lgs_json_write_string(buf, state->relays.items[i].name);
        lgs_buf_printf(buf, ",\"breaker\":\"%s\",\"calls\":",
                       state->relays.items[i].oldest_ms ? "open" : "closed");
        lgs_buf_u64(buf, state->relays.items[i].n);
        lgs_buf_byte(buf, '}');
    }
    lgs_buf_cstr(buf, "],\"lanes\":[");
    for (uint32_t i = 0; i < LGS_N_LANES; i++) {
        if (is_empty(&state->lanes[i])) {
            continue;
        }
        lgs_buf_printf(buf, "%s{\"lane\":%u,", comma, i);
        write_numbers(buf, &state->lanes[i]);
        write_rate(buf, state, &state->lane_rates[i]);
        lgs_buf_byte(buf, '}');
        comma = ",";
    }
    lgs_buf_cstr(buf, "]}");
}

static bool is_empty(const lgs_queue_numbers_t *lane)
{
    for (size_t i = 0; i < LGS_N(numbers); i++) {
        if (get(lane, i) && numbers[i].at != offsetof(lgs_queue_numbers_t, at_ms)) {
            return false;
        }
    }
    return true;
}

static void write_numbers(lgs_buf_t *buf, const lgs_queue_numbers_t *of)
{
    for (size_t i = 0; i < LGS_N(numbers); i++) {
        lgs_buf_printf(buf, "%s\"%s\":", i ? "," : "", numbers[i].name);
        lgs_buf_u64(buf, get(of, i));
    }
}

static void write_rate(lgs_buf_t *buf, const lgs_queue_state_t *state, const lgs_queue_rate_t *rate)
{
    if (state->has_rates) {
        lgs_buf_printf(
            buf,
            ",\"accepted_per_second\":%.1f,\"delivered_per_second\":%.1f,\"dead_per_second\":%.1f",
            rate->accepted, rate->delivered, rate->dead);
    }
}

static void write_class(lgs_buf_t *buf, const lgs_queue_state_t *state, size_t i)
{
    lgs_buf_cstr(buf, "{\"open\":");
    lgs_buf_u64(buf, state->classes[i].open);
    lgs_buf_cstr(buf, ",\"oldest_ms\":");
    lgs_buf_u64(buf, state->classes[i].oldest_ms);
    write_rate(buf, state, &state->classes[i].rate);
    lgs_buf_byte(buf, '}');
}

static void write_partners(lgs_buf_t *buf, const lgs_queue_state_t *state)
{
    lgs_buf_byte(buf, '{');
    for (uint32_t i = 0; i < state->partners.n; i++) {
        const lgs_queue_named_t *partner = &state->partners.items[i];

        lgs_buf_cstr(buf, i ? "," : "");
        lgs_json_write_string(buf, partner->name);
        lgs_buf_cstr(buf, ":{\"open\":");
        lgs_buf_u64(buf, partner->n);
        if (partner->oldest_ms) {
            lgs_buf_cstr(buf, ",\"oldest_ms\":");
            lgs_buf_u64(buf, partner->oldest_ms);
        }
        write_rate(buf, state, &partner->rate);
        lgs_buf_byte(buf, '}');
    }
    lgs_buf_byte(buf, '}');
}

static void write_names(lgs_buf_t *buf, const lgs_queue_names_t *names)
{
    for (uint32_t i = 0; i < names->n; i++) {
        lgs_buf_byte(buf, i ? ',' : '{');
        lgs_json_write_string(buf, names->items[i].name);
        lgs_buf_byte(buf, ':');
        lgs_buf_u64(buf, names->items[i].n);
    }
    lgs_buf_cstr(buf, names->n ? "}" : "{}");
}

/* ---- Prometheus ---- */

void lgs_queue_state_metrics(lgs_buf_t *buf, const lgs_queue_state_t *state)
{
    write_help(buf, "logistics_queue_depth", "gauge", "Open messages");
    for (size_t i = 0; i < LGS_N_SHARES; i++) {
        lgs_buf_printf(buf, "logistics_queue_depth{class=\"%s\"} ", lgs_queue_class_names[i]);
        lgs_buf_u64(buf, state->classes[i].open);
        lgs_buf_byte(buf, '\n');
    }
    write_help(buf, "logistics_queue_oldest_seconds", "gauge", "Age of the oldest open message");
    for (size_t i = 0; i < LGS_N_SHARES; i++) {
        lgs_buf_printf(buf, "logistics_queue_oldest_seconds{class=\"%s\"} ",
                       lgs_queue_class_names[i]);
        write_seconds(buf, state->classes[i].oldest_ms);
    }
    write_help(buf, "logistics_queue_partner_depth", "gauge", "Open messages of a partner");
    write_named(buf, "logistics_queue_partner_depth", "partner", &state->partners, false);
    write_help(buf, "logistics_queue_dead_total", "counter", "Messages given up");
    write_named(buf, "logistics_queue_dead_total", "reason", &state->reasons, false);
    write_help(buf, "logistics_partner_callbacks", "gauge",
               "Outcomes that a partner is still to be told of");
    write_named(buf, "logistics_partner_callbacks", "partner", &state->callbacks, false);
    write_help(buf, "logistics_partner_callbacks_given_up_total", "counter",
               "Outcomes that a partner was not told of");
    write_named(buf, "logistics_partner_callbacks_given_up_total", "partner",
                &state->callbacks_given_up, false);
    write_help(buf, "logistics_relays", "gauge", "Relays that were heard of in the last 15 s");
    lgs_buf_printf(buf, "logistics_relays %u\n", state->relays.n);
    write_help(buf, "logistics_relay_calls", "gauge", "Deliveries of a relay under way");
    write_named(buf, "logistics_relay_calls", "relay", &state->relays, false);
    write_help(buf, "logistics_relay_breaker_open", "gauge",
               "1: the relay has found Odoo away and waits");
    write_named(buf, "logistics_relay_breaker_open", "relay", &state->relays, true);
    for (size_t i = 0; i < LGS_N(numbers); i++) {
        if (numbers[i].metric == NULL) {
            continue;
        }
        write_help(buf, numbers[i].metric, numbers[i].type, numbers[i].help);
        lgs_buf_printf(buf, "%s ", numbers[i].metric);
        lgs_buf_u64(buf, get(&state->all, i));
        lgs_buf_byte(buf, '\n');
    }
    for (size_t i = 0; i < LGS_N(histograms); i++) {
        write_histogram(buf, state, i);
    }
}

static void write_help(lgs_buf_t *buf, const char *name, const char *type, const char *help)
{
    lgs_buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_histogram(lgs_buf_t *buf, const lgs_queue_state_t *state, size_t which)
{
    const char *metric = histograms[which].metric;

    write_help(buf, metric, "histogram", histograms[which].help);
    for (size_t c = 0; c < LGS_N_SHARES; c++) {
        const char *of_class = (const char *)&state->classes[c], *name = lgs_queue_class_names[c];
        const lgs_queue_histogram_t *from = (const lgs_queue_histogram_t *)(of_class +
                                                                            histograms[which].at);
        uint64_t n = 0;

        for (size_t i = 0; histograms[which].bounds[i]; i++) {
            n += from->n[i];
            lgs_buf_printf(buf, "%s_bucket{class=\"%s\",le=\"%s\"} ", metric, name,
                           histograms[which].bounds[i]);
            lgs_buf_u64(buf, n);
            lgs_buf_byte(buf, '\n');
        }
        lgs_buf_printf(buf, "%s_sum{class=\"%s\"} ", metric, name);
        if (histograms[which].is_time) {
            write_seconds(buf, from->sum);
        } else {
            lgs_buf_u64(buf, from->sum);
            lgs_buf_byte(buf, '\n');
        }
        lgs_buf_printf(buf, "%s_count{class=\"%s\"} ", metric, name);
        lgs_buf_u64(buf, n);
        lgs_buf_byte(buf, '\n');
    }
}

static void write_seconds(lgs_buf_t *buf, uint64_t ms)
{
    lgs_buf_u64(buf, ms / 1000);
    lgs_buf_printf(buf, ".%03u\n", (unsigned)(ms % 1000));
}

/* Reasons are words of ours, but Redis is not: what a label cannot hold becomes '_'. */
static void write_named(lgs_buf_t *buf, const char *metric, const char *label,
                        const lgs_queue_names_t *names, bool is_age)
{
    for (uint32_t i = 0; i < names->n; i++) {
        lgs_str_t name = names->items[i].name;

        lgs_buf_printf(buf, "%s{%s=\"", metric, label);
        for (size_t k = 0; k < name.len; k++) {
            bool is_plain = name.data[k] > ' ' && name.data[k] < 0x7f && name.data[k] != '"' &&
                            name.data[k] != '\\';

            lgs_buf_byte(buf, is_plain ? name.data[k] : '_');
        }
        lgs_buf_cstr(buf, "\"} ");
        lgs_buf_u64(buf, is_age ? names->items[i].oldest_ms : names->items[i].n);
        lgs_buf_byte(buf, '\n');
    }
}
