/*
 * logisticsctl trace: what became of a message, from Redis, for operators: by correlation id or by
 * business key, of one partner or of any. Finding is here, printing in trace_show.c. On a cluster
 * SCAN sees one node only: name the partner there.
 */
#include "trace.h"

#include "lanes.h"
#include "options.h"

#include <stdio.h>

#define NEWEST_IDS "-50" /* of a business key, shown oldest first */
#define MAX_KEYS   1000u /* of one search */
#define PARTNER_AT 12u   /* in "lgs:{L07}:t:<partner>:…" */

typedef struct {
    const char *redis_at, *partner, *key_text, *id;
    bool is_json;
    lgs_business_key_t key;
    lgs_arena_t *arena;
    redisContext *redis;
    lgs_str_t names[MAX_KEYS]; /* Redis keys that answer the question */
    uint32_t n_names;
    uint32_t n_shown;
} search_t;

static bool read_options(int argc, char **argv, search_t *search);
static bool read_key(search_t *search);
static int run(search_t *search);
static int find(search_t *search);
static int name_one(search_t *search);
static int scan(search_t *search);
static lgs_str_t pattern_of(search_t *search);
static bool add_name(search_t *search, const redisReply *name);
static int show_all(search_t *search);
static int show_by_key(search_t *search, lgs_str_t name);
static int show_trace(search_t *search, lgs_str_t name);
static redisReply *ask(search_t *search, int type, int argc, const char **argv, const size_t *lens);

int ctl_trace(int argc, char **argv)
{
    lgs_arena_t *arena = lgs_arena_create(0, 0);
    search_t *search = arena ? lgs_arena_alloc(arena, sizeof(*search)) : NULL;
    int exit_code;

    if (search == NULL) {
        lgs_arena_destroy(arena);
        fprintf(stderr, "logisticsctl: out of memory\n");
        return CTL_USAGE;
    }
    memset(search, 0, sizeof(*search));
    search->arena = arena;
    search->redis_at = CTL_REDIS_DEFAULT;
    exit_code = read_options(argc, argv, search) ? run(search) : ctl_usage(argv[0]);
    if (search->redis) {
        redisFree(search->redis);
    }
    lgs_arena_destroy(arena);
    return exit_code;
}

static bool read_options(int argc, char **argv, search_t *search)
{
    const ctl_option_t options[] = {
        {"--redis", NULL, &search->redis_at},
        {"--partner", NULL, &search->partner},
        {"--key", NULL, &search->key_text},
        {"--json", &search->is_json, NULL},
    };

    for (int i = 1; i < argc; i++) {
        if (ctl_take_option(argc, argv, &i, options, LGS_N(options))) {
            continue;
        }
        if (argv[i][0] == '-' || search->id) {
            return false;
        }
        search->id = argv[i];
    }
    if ((search->id == NULL) == (search->key_text == NULL)) {
        return false;
    }
    if (search->id && !lgs_is_correlation_id(lgs_cstr(search->id))) {
        fprintf(stderr, "logisticsctl trace: \"%.80s\" is no correlation id\n", search->id);
        return false;
    }
    return search->key_text == NULL || read_key(search);
}

/* tracking=00340434161094042557 */
static bool read_key(search_t *search)
{
    const char *equal = strchr(search->key_text, '=');

    if (equal == NULL || equal == search->key_text || equal[1] == '\0') {
        fprintf(stderr,
                "logisticsctl trace: --key \"%.80s\": write tracking=NUMBER, order=NUMBER, "
                "vin=NUMBER, ...\n",
                search->key_text);
        return false;
    }
    search->key.type = lgs_str(search->key_text, (size_t)(equal - search->key_text));
    search->key.value = lgs_cstr(equal + 1);
    return true;
}

static int run(search_t *search)
{
    int rc;

    search->redis = ctl_redis_connect(search->arena, "trace", search->redis_at);
    if (search->redis == NULL) {
        return CTL_USAGE;
    }
    rc = find(search);
    if (rc == CTL_OK) {
        rc = show_all(search);
    }
    if (rc == CTL_OK && search->n_shown == 0) {
        fprintf(stderr, "logisticsctl trace: no trace of %s%s%s in redis at %s\n",
                search->id ? search->id : search->key_text, search->partner ? " of partner " : "",
                search->partner ? search->partner : "", search->redis_at);
        return CTL_FINDINGS;
    }
    return rc;
}

/* ---- which Redis keys ---- */

static int find(search_t *search)
{
    return search->partner ? name_one(search) : scan(search);
}

static int name_one(search_t *search)
{
    lgs_str_t partner = lgs_cstr(search->partner);
    lgs_buf_t buf;

    lgs_buf_init(&buf, search->arena, 0, 0);
    if (search->id) {
        lgs_trace_key(&buf, partner, lgs_cstr(search->id));
    } else {
        lgs_business_key(&buf, partner, search->key);
    }
    search->names[search->n_names++] = lgs_buf_text(&buf);
    return buf.failed ? CTL_USAGE : CTL_OK;
}

static int scan(search_t *search)
{
    lgs_str_t pattern = pattern_of(search), cursor = LGS_STR("0");

    if (pattern.data == NULL) {
        return CTL_USAGE;
    }
    do {
        const char *argv[] = {"SCAN", cursor.data, "MATCH", pattern.data, "COUNT", "1000"};
        const size_t lens[] = {4, cursor.len, 5, pattern.len, 5, 4};
        redisReply *reply = ask(search, REDIS_REPLY_ARRAY, LGS_N(argv), argv, lens);
        bool is_whole = true;

        if (reply == NULL) {
            return CTL_USAGE;
        }
        if (reply->elements == 2 && reply->element[1]->type == REDIS_REPLY_ARRAY) {
            for (size_t i = 0; is_whole && i < reply->element[1]->elements; i++) {
                is_whole = add_name(search, reply->element[1]->element[i]);
            }
            cursor = lgs_arena_str(search->arena,
                                   lgs_str(reply->element[0]->str, reply->element[0]->len));
        }
        freeReplyObject(reply);
        if (!is_whole || cursor.data == NULL) {
            return CTL_USAGE;
        }
    } while (!lgs_str_is(cursor, "0"));
    return CTL_OK;
}

/* The key of any partner, in any lane: what stands behind the partner, with Redis' signs escaped.
 */
static lgs_str_t pattern_of(search_t *search)
{
    static const lgs_str_t any = LGS_STR_INIT("-");
    lgs_buf_t name, pattern;

    lgs_buf_init(&name, search->arena, 0, 0);
    lgs_buf_init(&pattern, search->arena, 0, 0);
    if (search->id) {
        lgs_trace_key(&name, any, lgs_cstr(search->id));
    } else {
        lgs_business_key(&name, any, search->key);
    }
    lgs_buf_cstr(&pattern, search->id ? "lgs:{L[0-9][0-9]}:t:*" : "lgs:{L[0-9][0-9]}:k:*");
    for (size_t i = PARTNER_AT + any.len; !name.failed && i < name.len; i++) {
        if (strchr("*?[]\\^", name.data[i])) {
            lgs_buf_byte(&pattern, '\\');
        }
        lgs_buf_byte(&pattern, name.data[i]);
    }
    return name.failed ? (lgs_str_t){NULL, 0} : lgs_buf_text(&pattern);
}

/* SCAN may name a key twice. */
static bool add_name(search_t *search, const redisReply *reply)
{
    lgs_str_t name = lgs_str(reply->str, reply->len);

    for (uint32_t i = 0; i < search->n_names; i++) {
        if (lgs_str_eq(search->names[i], name)) {
            return true;
        }
    }
    if (search->n_names == MAX_KEYS) {
        fprintf(stderr,
                "logisticsctl trace: more than %u partners have it; name one by --partner\n",
                MAX_KEYS);
        return false;
    }
    search->names[search->n_names] = lgs_arena_str(search->arena, name);
    return search->names[search->n_names++].data != NULL;
}

/* ---- what they hold ---- */

static int show_all(search_t *search)
{
    int rc = CTL_OK;

    for (uint32_t i = 0; rc == CTL_OK && i < search->n_names; i++) {
        rc = search->id ? show_trace(search, search->names[i])
                        : show_by_key(search, search->names[i]);
    }
    return rc;
}

static int show_by_key(search_t *search, lgs_str_t name)
{
    const char *argv[] = {"ZRANGE", name.data, NEWEST_IDS, "-1"};
    const size_t lens[] = {6, name.len, sizeof(NEWEST_IDS) - 1, 2};
    redisReply *reply = ask(search, REDIS_REPLY_ARRAY, LGS_N(argv), argv, lens);
    const char *partner = name.data + PARTNER_AT;
    const char *end = memchr(partner, ':', name.len - PARTNER_AT);
    int rc = reply && end ? CTL_OK : CTL_USAGE;

    for (size_t i = 0; rc == CTL_OK && i < reply->elements; i++) {
        lgs_str_t id = lgs_str(reply->element[i]->str, reply->element[i]->len);
        lgs_buf_t trace;

        lgs_buf_init(&trace, search->arena, 0, 0);
        lgs_trace_key(&trace, lgs_str(partner, (size_t)(end - partner)), id);
        rc = trace.failed ? CTL_USAGE : show_trace(search, lgs_buf_text(&trace));
    }
    if (reply) {
        freeReplyObject(reply);
    }
    return rc;
}

static int show_trace(search_t *search, lgs_str_t name)
{
    const char *argv[] = {"LRANGE", name.data, "0", "-1"};
    const size_t lens[] = {6, name.len, 1, 2};
    redisReply *reply = ask(search, REDIS_REPLY_ARRAY, LGS_N(argv), argv, lens);
    lgs_str_t *records = reply
                             ? lgs_arena_array(search->arena, reply->elements + 1, sizeof(*records))
                             : NULL;
    int rc = records ? CTL_OK : CTL_USAGE;

    for (size_t i = 0; records && i < reply->elements; i++) {
        records[i] = lgs_str(reply->element[i]->str, reply->element[i]->len);
    }
    if (records) {
        lgs_trace_sort(records, reply->elements);
    }
    for (size_t i = 0; rc == CTL_OK && i < reply->elements; i++) {
        rc = search->is_json ? trace_print_raw(records[i]) : trace_print(search->arena, records[i]);
        search->n_shown++;
    }
    if (reply) {
        freeReplyObject(reply);
    }
    return rc;
}

/* NULL after a message when there is no reply of that type. */
static redisReply *ask(search_t *search, int type, int argc, const char **argv, const size_t *lens)
{
    redisReply *reply = redisCommandArgv(search->redis, argc, argv, lens);

    if (reply && reply->type == type) {
        return reply;
    }
    fprintf(stderr, "logisticsctl trace: redis at %s: %s: %s\n", search->redis_at, argv[0],
            reply == NULL                      ? search->redis->errstr
            : reply->type == REDIS_REPLY_ERROR ? reply->str
                                               : "unexpected reply");
    if (reply) {
        freeReplyObject(reply);
    }
    return NULL;
}
