/*
 * Trace records (record.h): one compact JSON object a request, its keys in Redis, and the ids that
 * tie it to everything else. Members stand in a fixed order and empty ones are left out:
 *
 *   id at partner route method status problem detail revision traceparent client_ip
 *   request_bytes response_bytes records refused warnings odoo_calls total_us odoo_us
 *   stages {name: [verdict, µs]} keys [{type, value}] more_keys acknowledgement order outcomes
 */
#include "record.h"

#include "../base/datetime.h"
#include "../base/digest.h"
#include "../formats/json.h"

#define UNKNOWN_PARTNER LGS_STR("-")
#define TRACEPARENT_LEN 55u
#define TRACE_ID_AT     3u
#define PARENT_ID_AT    36u
#define FLAGS_AT        53u
#define SAMPLED         1

#define ID "{\"id\":\""
#define AT ",\"at\":\""

#define NUMBER_LEN 10u /* digits of a uint32_t */
#define NAME_LEN   16u /* of a stage, verdict or counter, with room */

static const lgs_str_t stage_names[LGS_N_STAGES] = {
    LGS_STR_INIT("correlate"), LGS_STR_INIT("authenticate"), LGS_STR_INIT("authorize"),
    LGS_STR_INIT("limit"),     LGS_STR_INIT("read"),         LGS_STR_INIT("parse"),
    LGS_STR_INIT("validate"),  LGS_STR_INIT("translate"),    LGS_STR_INIT("once"),
    LGS_STR_INIT("order"),     LGS_STR_INIT("deliver"),      LGS_STR_INIT("answer"),
    LGS_STR_INIT("trace"),
};

static const lgs_str_t verdict_names[LGS_N_VERDICTS] = {
    LGS_STR_INIT("none"),   LGS_STR_INIT("pass"), LGS_STR_INIT("refuse"),
    LGS_STR_INIT("report"), LGS_STR_INIT("off"),
};

static const struct {
    lgs_str_t name;
    size_t offset;
} counters[] = {
    {LGS_STR_INIT("request_bytes"), offsetof(lgs_trace_t, request_bytes)},
    {LGS_STR_INIT("response_bytes"), offsetof(lgs_trace_t, response_bytes)},
    {LGS_STR_INIT("records"), offsetof(lgs_trace_t, records)},
    {LGS_STR_INIT("refused"), offsetof(lgs_trace_t, refused)},
    {LGS_STR_INIT("warnings"), offsetof(lgs_trace_t, warnings)},
    {LGS_STR_INIT("odoo_calls"), offsetof(lgs_trace_t, odoo_calls)},
    {LGS_STR_INIT("total_us"), offsetof(lgs_trace_t, total_us)},
    {LGS_STR_INIT("odoo_us"), offsetof(lgs_trace_t, odoo_us)},
};

static void write_number(lgs_buf_t *buf, const char *member, uint64_t number);
static void write_counters(lgs_buf_t *buf, const lgs_trace_t *trace);
static char *put_str(char *p, lgs_str_t text);
static char *put_number(char *p, uint32_t number);
static void write_time(lgs_buf_t *buf, int64_t ms);
static lgs_str_t time_of(lgs_str_t record);
static void write_stages(lgs_buf_t *buf, const lgs_trace_t *trace);
static void write_keys(lgs_buf_t *buf, const lgs_trace_t *trace);
static lgs_str_t bounded(lgs_str_t value);
static void write_lane(lgs_buf_t *buf, char kind, lgs_str_t partner);
static bool is_traceparent(lgs_str_t text);
static bool is_hex(const char *p, size_t len);
static bool is_all_zero(const char *p, size_t len);
static void put_id(const uint8_t *random, size_t len, char *out);

const char *lgs_stage_name(lgs_stage_t stage)
{
    return (unsigned)stage < LGS_N_STAGES ? stage_names[stage].data : "unknown";
}

bool lgs_stage_by_name(lgs_str_t name, lgs_stage_t *stage)
{
    for (unsigned i = 0; i < LGS_N_STAGES; i++) {
        if (lgs_str_eq(name, stage_names[i])) {
            *stage = (lgs_stage_t)i;
            return true;
        }
    }
    return false;
}

const char *lgs_verdict_name(lgs_verdict_t verdict)
{
    return (unsigned)verdict < LGS_N_VERDICTS ? verdict_names[verdict].data : "unknown";
}

/* ---- the record ----------------------------------------------------------------------------- */

void lgs_trace_write(lgs_buf_t *buf, const lgs_trace_t *trace)
{
    lgs_buf_cstr(buf, "{\"id\":");
    lgs_json_write_string(buf, trace->correlation_id);
    write_time(buf, trace->received_ms);
    lgs_json_write_member(buf, "partner", trace->partner);
    lgs_json_write_member(buf, "route", trace->route);
    lgs_json_write_member(buf, "method", trace->method);
    write_number(buf, ",\"status\":", trace->status);
    lgs_json_write_member(buf, "problem", trace->problem);
    lgs_json_write_member(buf, "detail", trace->detail);
    lgs_json_write_member(buf, "revision", trace->revision);
    lgs_json_write_member(buf, "traceparent", trace->traceparent);
    lgs_json_write_member(buf, "client_ip", trace->client_ip);
    write_counters(buf, trace);
    write_stages(buf, trace);
    write_keys(buf, trace);
    lgs_json_write_member(buf, "acknowledgement", trace->acknowledgement);
    if (trace->order.len) {
        lgs_buf_cstr(buf, ",\"order\":");
        lgs_buf_str(buf, trace->order);
    }
    if (trace->outcomes.len) {
        lgs_buf_cstr(buf, ",\"outcomes\":");
        lgs_buf_str(buf, trace->outcomes);
    }
    lgs_buf_byte(buf, '}');
}

static void write_number(lgs_buf_t *buf, const char *member, uint64_t number)
{
    lgs_buf_cstr(buf, member);
    lgs_buf_u64(buf, number);
}

/* Stands behind the id, where lgs_trace_sort looks for it. */
static void write_time(lgs_buf_t *buf, int64_t ms)
{
    char at[LGS_MOMENT_LEN];

    lgs_moment_write(ms, at);
    lgs_buf_cstr(buf, AT);
    lgs_buf_add(buf, at, sizeof(at));
    lgs_buf_byte(buf, '"');
}

/* Few, and nearly in order. */
void lgs_trace_sort(lgs_str_t *records, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        lgs_str_t record = records[i], at = time_of(record);
        size_t to = i;

        for (; to > 0 && memcmp(time_of(records[to - 1]).data, at.data, at.len) > 0; to--) {
            records[to] = records[to - 1];
        }
        records[to] = record;
    }
}

/* Of LGS_MOMENT_LEN; of what is no record of ours one that is the last of all. */
static lgs_str_t time_of(lgs_str_t record)
{
    static const char none[LGS_MOMENT_LEN + 1] = "~~~~~~~~~~~~~~~~~~~~~~~~";
    const size_t at_len = sizeof(AT) - 1, id_at = sizeof(ID) - 1;
    const char *end = record.data + record.len;
    const char *p = record.len > id_at ? memchr(record.data + id_at, '"', record.len - id_at)
                                       : NULL;

    if (p == NULL || (size_t)(end - p) < 1 + at_len + LGS_MOMENT_LEN ||
        memcmp(p + 1, AT, at_len) != 0) {
        return lgs_str(none, LGS_MOMENT_LEN);
    }
    return lgs_str(p + 1 + at_len, LGS_MOMENT_LEN);
}

/* Room for all of it is made at once: this is most of a record, and of its time. */
static void write_counters(lgs_buf_t *buf, const lgs_trace_t *trace)
{
    char *p;

    if (!lgs_buf_reserve(buf, LGS_N(counters) * (NAME_LEN + NUMBER_LEN + 4))) {
        return;
    }
    p = buf->data + buf->len;
    for (size_t i = 0; i < LGS_N(counters); i++) {
        uint32_t number;

        memcpy(&number, (const char *)trace + counters[i].offset, sizeof(number));
        *p++ = ',';
        *p++ = '"';
        p = put_str(p, counters[i].name);
        *p++ = '"';
        *p++ = ':';
        p = put_number(p, number);
    }
    buf->len = (size_t)(p - buf->data);
}

static void write_stages(lgs_buf_t *buf, const lgs_trace_t *trace)
{
    char *p;

    if (!lgs_buf_reserve(buf, 16 + LGS_N_STAGES * (2 * NAME_LEN + NUMBER_LEN + 9))) {
        return;
    }
    p = put_str(buf->data + buf->len, LGS_STR(",\"stages\":{"));
    for (unsigned i = 0; i < LGS_N_STAGES; i++) {
        uint8_t verdict = trace->verdicts[i];

        if (verdict == LGS_VERDICT_NONE || verdict >= LGS_N_VERDICTS) {
            continue;
        }
        *p++ = '"';
        p = put_str(p, stage_names[i]);
        p = put_str(p, LGS_STR("\":[\""));
        p = put_str(p, verdict_names[verdict]);
        *p++ = '"';
        *p++ = ',';
        p = put_number(p, trace->stage_us[i]);
        *p++ = ']';
        *p++ = ',';
    }
    p -= p[-1] == ',';
    *p++ = '}';
    buf->len = (size_t)(p - buf->data);
}

static char *put_str(char *p, lgs_str_t text)
{
    memcpy(p, text.data, text.len);
    return p + text.len;
}

static char *put_number(char *p, uint32_t number)
{
    char digits[NUMBER_LEN];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return put_str(p, lgs_str(digits + at, sizeof(digits) - at));
}

static void write_keys(lgs_buf_t *buf, const lgs_trace_t *trace)
{
    uint32_t n = trace->n_keys < LGS_MAX_BUSINESS_KEYS ? trace->n_keys : LGS_MAX_BUSINESS_KEYS;
    uint32_t more = trace->n_more_keys + (trace->n_keys - n);

    if (n) {
        lgs_buf_cstr(buf, ",\"keys\":[");
    }
    for (uint32_t i = 0; i < n; i++) {
        lgs_buf_cstr(buf, i ? ",{\"type\":" : "{\"type\":");
        lgs_json_write_string(buf, trace->keys[i].type);
        lgs_buf_cstr(buf, ",\"value\":");
        lgs_json_write_string(buf, bounded(trace->keys[i].value));
        lgs_buf_byte(buf, '}');
    }
    if (n) {
        lgs_buf_byte(buf, ']');
    }
    if (more) {
        write_number(buf, ",\"more_keys\":", more);
    }
}

/* Cut at a character's start: never half of one. */
static lgs_str_t bounded(lgs_str_t value)
{
    size_t len = value.len < LGS_MAX_BUSINESS_VALUE ? value.len : LGS_MAX_BUSINESS_VALUE;

    while (len < value.len && len && ((uint8_t)value.data[len] & 0xc0) == 0x80) {
        len--;
    }
    return lgs_str(value.data, len);
}

/* ---- keys in Redis -------------------------------------------------------------------------- */

/*
 * FNV-1a, folded. Not lgs_hash: what lies in Redis outlives a release, so a partner's lane may
 * never change, and relay and tools of other languages must be able to say it as well.
 */
uint32_t lgs_lane(lgs_str_t partner)
{
    lgs_str_t name = partner.len ? partner : UNKNOWN_PARTNER;
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (uint8_t)name.data[i]) * 16777619u;
    }
    return (hash ^ hash >> 6 ^ hash >> 12 ^ hash >> 18 ^ hash >> 24) % LGS_N_LANES;
}

void lgs_trace_key(lgs_buf_t *buf, lgs_str_t partner, lgs_str_t correlation_id)
{
    write_lane(buf, 't', partner);
    lgs_buf_str(buf, correlation_id);
}

void lgs_business_key(lgs_buf_t *buf, lgs_str_t partner, lgs_business_key_t key)
{
    uint8_t digest[LGS_SHA256_LEN];
    char hex[LGS_SHA256_HEX];

    write_lane(buf, 'k', partner);
    lgs_buf_str(buf, key.type);
    lgs_buf_byte(buf, ':');
    if (key.value.len <= LGS_MAX_BUSINESS_VALUE) {
        lgs_buf_str(buf, key.value);
        return;
    }
    if (!lgs_sha256(key.value, digest)) {
        buf->failed = true;
        return;
    }
    lgs_hex(digest, sizeof(digest), hex);
    lgs_buf_cstr(buf, "sha256:");
    lgs_buf_add(buf, hex, sizeof(hex));
}

/* lgs:{L07}:t:<partner>: */
static void write_lane(lgs_buf_t *buf, char kind, lgs_str_t partner)
{
    uint32_t lane = lgs_lane(partner);
    char text[] = "lgs:{L00}:t:";

    text[6] = (char)('0' + lane / 10);
    text[7] = (char)('0' + lane % 10);
    text[10] = kind;
    lgs_buf_add(buf, text, sizeof(text) - 1);
    lgs_buf_str(buf, partner.len ? partner : UNKNOWN_PARTNER);
    lgs_buf_byte(buf, ':');
}

/* ---- ids ------------------------------------------------------------------------------------ */

bool lgs_is_correlation_id(lgs_str_t text)
{
    if (text.len == 0 || text.len > LGS_MAX_CORRELATION) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i], lower = (char)(c | 0x20);
        bool is_letter = lower >= 'a' && lower <= 'z';

        if (!is_letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return true;
}

void lgs_uuid7(int64_t now_ms, const uint8_t random[10], char out[36])
{
    uint8_t bytes[16];
    char hex[32];
    const char *from = hex;

    for (unsigned i = 0; i < 6; i++) {
        bytes[i] = (uint8_t)((uint64_t)now_ms >> (40 - 8 * i));
    }
    memcpy(bytes + 6, random, 10);
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x70); /* version 7 */
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80); /* variant 10 */
    lgs_hex(bytes, sizeof(bytes), hex);
    for (unsigned i = 0; i < 36; i++) {
        out[i] = i == 8 || i == 13 || i == 18 || i == 23 ? '-' : *from++;
    }
}

void lgs_traceparent(lgs_str_t parent, const uint8_t random[24], char out[55])
{
    bool continues = is_traceparent(parent);
    bool is_sampled = true; /* a trace of our own is always kept */

    memcpy(out, "00-", 3);
    if (continues) {
        char low = parent.data[FLAGS_AT + 1];

        memcpy(out + TRACE_ID_AT, parent.data + TRACE_ID_AT, 32);
        is_sampled = (low <= '9' ? low - '0' : low - 'a' + 10) & SAMPLED;
    } else {
        put_id(random, 16, out + TRACE_ID_AT);
    }
    out[PARENT_ID_AT - 1] = '-';
    put_id(random + 16, 8, out + PARENT_ID_AT);
    memcpy(out + FLAGS_AT - 1, is_sampled ? "-01" : "-00", 3);
}

/*
 * version "-" trace id "-" parent id "-" flags, in lower-case hex; ids of zeros and version ff are
 * not allowed. A later version may have more behind it, after one more dash.
 */
static bool is_traceparent(lgs_str_t text)
{
    const char *p = text.data;

    if (text.len < TRACEPARENT_LEN || !is_hex(p, 2) || memcmp(p, "ff", 2) == 0) {
        return false;
    }
    if (memcmp(p, "00", 2) == 0 ? text.len != TRACEPARENT_LEN
                                : text.len > TRACEPARENT_LEN && p[TRACEPARENT_LEN] != '-') {
        return false;
    }
    return p[2] == '-' && is_hex(p + TRACE_ID_AT, 32) && !is_all_zero(p + TRACE_ID_AT, 32) &&
           p[PARENT_ID_AT - 1] == '-' && is_hex(p + PARENT_ID_AT, 16) &&
           !is_all_zero(p + PARENT_ID_AT, 16) && p[FLAGS_AT - 1] == '-' && is_hex(p + FLAGS_AT, 2);
}

static bool is_hex(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!(p[i] >= '0' && p[i] <= '9') && !(p[i] >= 'a' && p[i] <= 'f')) {
            return false;
        }
    }
    return true;
}

static bool is_all_zero(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] != '0') {
            return false;
        }
    }
    return true;
}

static void put_id(const uint8_t *random, size_t len, char *out)
{
    lgs_hex(random, len, out);
    if (is_all_zero(out, 2 * len)) {
        out[2 * len - 1] = '1'; /* zeros mean "no id" */
    }
}
