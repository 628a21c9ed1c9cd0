/*
 * Odoo's answers judged (outcome.h): four tables, most telling first. Texts are looked at only
 * where Odoo gives two different faults the same name. Nothing is kept between calls.
 */
#include "outcome.h"

#include "message.h"

enum {
    RETRY = 1,  /* rolled back or never begun: may be sent again */
    DOUBT = 2,  /* a write may have been committed */
    DENIED = 4, /* user or key refused */
    OWN = 8     /* Odoo's text is about its machine, not for a partner: say `text` instead */
};

typedef struct {
    lgs_problem_kind_t problem;
    unsigned flags;
    const char *text;
} verdict_t;

/* A name that ends in '.' or '*' stands for all that begin so. First match counts. */
static const struct {
    lgs_str_t name;
    lgs_str_t holds; /* in the message; empty: any */
    verdict_t verdict;
} by_name[] = {
#define NAME(name, holds, ...)                                                                     \
    {                                                                                              \
        LGS_STR_INIT(name), LGS_STR_INIT(holds),                                                   \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
    NAME("odoo.exceptions.AccessDenied", "", LGS_PROBLEM_ODOO_CREDENTIALS, DENIED,
         "Odoo does not accept the gateway's user or key"),
    NAME("odoo.http.SessionExpiredException", "", LGS_PROBLEM_ODOO_CREDENTIALS, DENIED, NULL),
    NAME("werkzeug.exceptions.Unauthorized", "", LGS_PROBLEM_ODOO_CREDENTIALS, DENIED,
         "Odoo does not accept the gateway's key"),
    NAME("odoo.exceptions.AccessError", "", LGS_PROBLEM_ODOO_CREDENTIALS, 0, NULL),
    NAME("werkzeug.exceptions.Forbidden", "", LGS_PROBLEM_ODOO_CREDENTIALS, 0, NULL),
    /* the uid that we kept is gone: restored database, deleted user */
    NAME("odoo.exceptions.MissingError", "(Record: res.users(", LGS_PROBLEM_ODOO_CREDENTIALS,
         DENIED, NULL),
    NAME("odoo.exceptions.MissingError", "", LGS_PROBLEM_UNKNOWN_REFERENCE, 0, NULL),
    NAME("odoo.exceptions.UserError", "doesn't exist", LGS_PROBLEM_ODOO_CONTRACT, 0, NULL),
    NAME("odoo.exceptions.UserError", "Invalid language code", LGS_PROBLEM_ODOO_CONTRACT, 0, NULL),
    NAME("odoo.exceptions.UserError", "configure the sender's email", LGS_PROBLEM_ODOO_CONTRACT, 0,
         NULL),
    NAME("odoo.exceptions.UserError", "", LGS_PROBLEM_REFUSED_BY_ODOO, 0, NULL),
    NAME("odoo.exceptions.ValidationError", "", LGS_PROBLEM_REFUSED_BY_ODOO, 0, NULL),
    NAME("odoo.exceptions.RedirectWarning", "", LGS_PROBLEM_REFUSED_BY_ODOO, 0, NULL),
    NAME("odoo.exceptions.LockError", "", LGS_PROBLEM_ODOO_BUSY, RETRY, NULL),
    NAME("psycopg2.errors.SerializationFailure", "", LGS_PROBLEM_ODOO_BUSY, RETRY, NULL),
    NAME("psycopg2.errors.DeadlockDetected", "", LGS_PROBLEM_ODOO_BUSY, RETRY, NULL),
    NAME("psycopg2.errors.LockNotAvailable", "", LGS_PROBLEM_ODOO_BUSY, RETRY, NULL),
    NAME("psycopg2.errors.QueryCanceled", "", LGS_PROBLEM_ODOO_BUSY, RETRY, NULL),
    NAME("psycopg2.errors.TooManyConnections", "", LGS_PROBLEM_ODOO_BUSY, RETRY | OWN,
         "Odoo's database has no connection left"),
    NAME("psycopg2.extensions.TransactionRollbackError", "", LGS_PROBLEM_ODOO_BUSY, RETRY, NULL),
    NAME("psycopg2.errors.UniqueViolation", "", LGS_PROBLEM_REFUSED_BY_ODOO, 0, NULL),
    NAME("psycopg2.errors.NotNullViolation", "", LGS_PROBLEM_REFUSED_BY_ODOO, 0, NULL),
    NAME("psycopg2.errors.ForeignKeyViolation", "", LGS_PROBLEM_REFUSED_BY_ODOO, 0, NULL),
    NAME("psycopg2.errors.CheckViolation", "", LGS_PROBLEM_REFUSED_BY_ODOO, 0, NULL),
    NAME("psycopg2.errors.CannotConnectNow", "", LGS_PROBLEM_ODOO_AWAY, RETRY | OWN,
         "Odoo's database is starting"),
    NAME("psycopg2.errors.ReadOnlySqlTransaction", "", LGS_PROBLEM_ODOO_AWAY, RETRY | OWN,
         "Odoo's database takes no writes"),
    NAME("psycopg2.errors.DiskFull", "", LGS_PROBLEM_ODOO_AWAY, RETRY | OWN,
         "Odoo's database is full"),
    /* the server ended the connection: it may have been in the commit */
    NAME("psycopg2.errors.AdminShutdown", "", LGS_PROBLEM_ODOO_AWAY, DOUBT | OWN,
         "Odoo's database was shut down"),
    NAME("psycopg2.errors.CrashShutdown", "", LGS_PROBLEM_ODOO_AWAY, DOUBT | OWN,
         "Odoo's database was shut down"),
    NAME("psycopg2.errors.*", "", LGS_PROBLEM_ODOO_CONTRACT, 0, NULL),
    NAME("psycopg2.OperationalError", "\" does not exist", LGS_PROBLEM_ODOO_CONTRACT, OWN,
         "Odoo has no database of the configured name"),
    NAME("psycopg2.OperationalError", "connection to server", LGS_PROBLEM_ODOO_AWAY, RETRY | OWN,
         "Odoo's database is away"),
    NAME("psycopg2.*", "", LGS_PROBLEM_ODOO_AWAY, DOUBT | OWN, "Odoo lost its database"),
    NAME("werkzeug.exceptions.ClientDisconnected", "", LGS_PROBLEM_ODOO_AWAY, RETRY | OWN,
         "Odoo did not get the whole request"),
    NAME("werkzeug.exceptions.TooManyRequests", "", LGS_PROBLEM_ODOO_BUSY, RETRY, NULL),
    NAME("werkzeug.exceptions.ServiceUnavailable", "", LGS_PROBLEM_ODOO_AWAY, RETRY, NULL),
    NAME("werkzeug.exceptions.InternalServerError", "", LGS_PROBLEM_ODOO_AWAY, DOUBT, NULL),
    NAME("werkzeug.*", "", LGS_PROBLEM_ODOO_CONTRACT, 0, NULL),
    NAME("builtins.MemoryError", "", LGS_PROBLEM_ODOO_BUSY, RETRY | OWN, "Odoo is out of memory"),
    NAME("builtins.*", "", LGS_PROBLEM_ODOO_CONTRACT, 0, NULL),
#undef NAME
};

/* Messages of load: the exception's text without its name. */
static const struct {
    lgs_str_t holds;
    lgs_problem_kind_t problem;
} by_message[] = {
    {LGS_STR_INIT("could not serialize access"), LGS_PROBLEM_ODOO_BUSY},
    {LGS_STR_INIT("deadlock detected"), LGS_PROBLEM_ODOO_BUSY},
    {LGS_STR_INIT("could not obtain lock"), LGS_PROBLEM_ODOO_BUSY},
    {LGS_STR_INIT("canceling statement due to"), LGS_PROBLEM_ODOO_BUSY},
    {LGS_STR_INIT("server closed the connection"), LGS_PROBLEM_ODOO_BUSY},
    {LGS_STR_INIT("current transaction is aborted"), LGS_PROBLEM_ODOO_BUSY},
    {LGS_STR_INIT("You are not allowed to"), LGS_PROBLEM_ODOO_CREDENTIALS},
    {LGS_STR_INIT("configure the sender's email"), LGS_PROBLEM_ODOO_CONTRACT},
};

/* Answers without a name: pages of Odoo, of werkzeug, or of a proxy before it. First match counts.
 */
static const struct {
    int from, to;
    lgs_str_t holds; /* in the body; empty: any */
    verdict_t verdict;
} by_status[] = {
#define STATUS(from, to, holds, ...)                                                               \
    {                                                                                              \
        from, to, LGS_STR_INIT(holds),                                                             \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
    STATUS(200, 299, "", LGS_PROBLEM_ODOO_AWAY, DOUBT,
           "Odoo answered with something that is no JSON"),
    STATUS(300, 399, "", LGS_PROBLEM_ODOO_AWAY, RETRY, "Odoo answered with a redirect"),
    STATUS(401, 401, "", LGS_PROBLEM_ODOO_CREDENTIALS, DENIED,
           "Odoo does not accept the gateway's user or key"),
    STATUS(403, 403, "", LGS_PROBLEM_ODOO_CREDENTIALS, 0, "Odoo forbids the call"),
    STATUS(404, 404, "No database is selected", LGS_PROBLEM_ODOO_AWAY, RETRY,
           "Odoo's database is away or has another name"),
    STATUS(404, 404, "", LGS_PROBLEM_ODOO_CONTRACT, 0,
           "Odoo has no such address: json2 needs Odoo 19"),
    STATUS(408, 408, "", LGS_PROBLEM_ODOO_AWAY, RETRY, "Odoo did not get the whole request"),
    STATUS(409, 409, "", LGS_PROBLEM_ODOO_BUSY, RETRY, "Odoo holds a lock on the record"),
    STATUS(422, 422, "", LGS_PROBLEM_REFUSED_BY_ODOO, 0, "Odoo refused the record"),
    STATUS(429, 429, "", LGS_PROBLEM_ODOO_BUSY, RETRY, "Odoo asks to wait"),
    STATUS(400, 499, "", LGS_PROBLEM_ODOO_CONTRACT, 0, "Odoo does not understand the request"),
    STATUS(503, 503, "", LGS_PROBLEM_ODOO_AWAY, RETRY, "Odoo is not available"),
    STATUS(500, 599, "", LGS_PROBLEM_ODOO_AWAY, DOUBT, "Odoo failed"),
    STATUS(INT32_MIN, INT32_MAX, "", LGS_PROBLEM_ODOO_AWAY, DOUBT, "Odoo gave no readable answer"),
#undef STATUS
};

static const verdict_t by_failure[] = {
    [LGS_ODOO_REFUSED_CONNECTION] = {LGS_PROBLEM_ODOO_AWAY, RETRY, "Odoo takes no connection"},
    [LGS_ODOO_CUT] = {LGS_PROBLEM_ODOO_AWAY, DOUBT, "Odoo closed the connection without an answer"},
    [LGS_ODOO_TIMED_OUT] = {LGS_PROBLEM_ODOO_AWAY, DOUBT, "Odoo did not answer in time"},
};

static bool is_json(lgs_str_t content_type);
static bool read_jsonrpc(const lgs_node_t *root, lgs_odoo_reply_t *reply, const lgs_node_t **error);
static bool read_json2(int status, const lgs_node_t *root, lgs_odoo_reply_t *reply,
                       const lgs_node_t **error);
static bool judge_error(lgs_arena_t *arena, const lgs_node_t *error, bool is_write,
                        lgs_odoo_reply_t *reply);
static void judge_status(lgs_arena_t *arena, const lgs_odoo_answer_t *answer, bool is_write,
                         lgs_odoo_reply_t *reply);
static void set(lgs_arena_t *arena, const verdict_t *verdict, bool is_write, lgs_str_t message,
                lgs_odoo_reply_t *reply);
static bool name_matches(lgs_str_t name, lgs_str_t pattern);
static lgs_str_t first_argument(const lgs_node_t *error);

void lgs_odoo_read(lgs_arena_t *arena, lgs_odoo_api_t api, const lgs_odoo_answer_t *answer,
                   bool is_write, lgs_odoo_reply_t *reply)
{
    const lgs_node_t *error = NULL;
    lgs_doc_t doc;
    lgs_errs_t errs;
    bool readable;

    *reply = (lgs_odoo_reply_t){.says_when = answer->says_when};
    if (answer->failure != LGS_ODOO_ANSWERED) {
        set(arena, &by_failure[answer->failure], is_write, (lgs_str_t){NULL, 0}, reply);
        return;
    }
    lgs_errs_init(&errs, arena, 1);
    if (!is_json(answer->content_type) ||
        lgs_json_read(arena, answer->body, NULL, &doc, &errs) != LGS_OK) {
        judge_status(arena, answer, is_write, reply);
        return;
    }
    readable = api == LGS_ODOO_JSONRPC ? read_jsonrpc(&doc.root, reply, &error)
                                       : read_json2(answer->status, &doc.root, reply, &error);
    if (readable && error) {
        readable = judge_error(arena, error, is_write, reply);
    }
    if (!readable) {
        judge_status(arena, answer, is_write, reply);
    }
}

lgs_problem_kind_t lgs_odoo_judge_message(lgs_str_t message)
{
    for (size_t i = 0; i < LGS_N(by_message); i++) {
        if (lgs_odoo_holds(message, by_message[i].holds)) {
            return by_message[i].problem;
        }
    }
    return LGS_PROBLEM_REFUSED_BY_ODOO;
}

static bool is_json(lgs_str_t content_type)
{
    static const lgs_str_t json = LGS_STR_INIT("application/json");

    if (content_type.len < json.len) {
        return false;
    }
    for (size_t i = 0; i < json.len; i++) {
        if ((content_type.data[i] | 0x20) != (json.data[i] | 0x20)) {
            return false;
        }
    }
    return content_type.len == json.len || strchr("; \t", content_type.data[json.len]) != NULL;
}

/* False when it is no JSON-RPC answer. Neither result nor error is the answer of a None. */
static bool read_jsonrpc(const lgs_node_t *root, lgs_odoo_reply_t *reply, const lgs_node_t **error)
{
    const lgs_node_t *failed = lgs_node_at(root, "error"), *result = lgs_node_at(root, "result");
    const lgs_node_t *data = lgs_node_at(failed, "data");

    if (failed) {
        *error = data ? data : failed;
        return true;
    }
    if (lgs_node_at(root, "jsonrpc") == NULL) {
        return false;
    }
    reply->has_result = result != NULL;
    if (result) {
        reply->result = *result;
    }
    return true;
}

static bool read_json2(int status, const lgs_node_t *root, lgs_odoo_reply_t *reply,
                       const lgs_node_t **error)
{
    if (status < 200 || status > 299) {
        *error = root;
        return lgs_node_at(root, "name") != NULL;
    }
    reply->has_result = root->type != LGS_NULL;
    reply->result = *root;
    return true;
}

/* False when the error names no exception: then the status has to do. */
static bool judge_error(lgs_arena_t *arena, const lgs_node_t *error, bool is_write,
                        lgs_odoo_reply_t *reply)
{
    lgs_str_t name = lgs_node_text(lgs_node_at(error, "name")), message = first_argument(error);

    reply->name = lgs_arena_str(arena, name);
    for (size_t i = 0; i < LGS_N(by_name); i++) {
        if (name_matches(name, by_name[i].name) && lgs_odoo_holds(message, by_name[i].holds)) {
            set(arena, &by_name[i].verdict, is_write, message, reply);
            return true;
        }
    }
    if (name.len) {
        /* an exception of an add-on: it was raised, so it was rolled back; who is at fault is not
         * known */
        static const verdict_t unknown = {LGS_PROBLEM_ODOO_CONTRACT, 0, "Odoo failed"};

        set(arena, &unknown, is_write, message, reply);
        return true;
    }
    return false;
}

static void judge_status(lgs_arena_t *arena, const lgs_odoo_answer_t *answer, bool is_write,
                         lgs_odoo_reply_t *reply)
{
    size_t i = 0;

    while (answer->status < by_status[i].from || answer->status > by_status[i].to ||
           !lgs_odoo_holds(answer->body, by_status[i].holds)) {
        i++; /* the last row takes everything */
    }
    set(arena, &by_status[i].verdict, is_write, (lgs_str_t){NULL, 0}, reply);
}

static void set(lgs_arena_t *arena, const verdict_t *verdict, bool is_write, lgs_str_t message,
                lgs_odoo_reply_t *reply)
{
    lgs_str_t clean = {NULL, 0};

    reply->uncertain = is_write && (verdict->flags & DOUBT);
    reply->problem = reply->uncertain ? LGS_PROBLEM_ODOO_UNCERTAIN : verdict->problem;
    reply->retryable = (verdict->flags & RETRY) || (!is_write && (verdict->flags & DOUBT));
    reply->denied = verdict->flags & DENIED;
    if (message.len && !(verdict->flags & OWN)) {
        clean = lgs_odoo_clean(arena, message);
    }
    reply->message = clean.len ? clean : lgs_cstr(verdict->text);
    reply->has_result = false;
}

static bool name_matches(lgs_str_t name, lgs_str_t pattern)
{
    if (pattern.data[pattern.len - 1] == '*') {
        pattern.len--;
        return lgs_str_starts(name, pattern);
    }
    return lgs_str_eq(name, pattern);
}

/*
 * Python's str() of a RedirectWarning is the repr of its action; the sentence is arguments[0].
 * werkzeug's exceptions have no arguments, or their description first.
 */
static lgs_str_t first_argument(const lgs_node_t *error)
{
    const lgs_node_t *arguments = lgs_node_at(error, "arguments");

    if (arguments && arguments->type == LGS_ARRAY && arguments->n &&
        arguments->u.items[0].type == LGS_STRING && arguments->u.items[0].n) {
        return lgs_node_text(&arguments->u.items[0]);
    }
    return lgs_node_text(lgs_node_at(error, "message"));
}
