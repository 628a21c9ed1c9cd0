#include "script.h"

#include "../../../ngx_logistics_module/odoo/outcome.h"

enum { READ, WRITE };
enum { RETRY = 1, DOUBT = 2, DENIED = 4 };

/* What Odoo 17 and 19 answer, in their own words. */
#define RPC(name, message)                                                                         \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":0,\"message\":\"Odoo Server Error\","       \
    "\"data\":{\"name\":\"" name "\",\"message\":\"" message "\",\"arguments\":[\"" message        \
    "\"],\"context\":{},\"debug\":\"Traceback (most recent call last):\\n  File "                  \
    "\\\"/opt/odoo/x.py\\\"\"}}}"
#define RPC17(name, message)                                                                       \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":200,\"message\":\"Odoo Server Error\","     \
    "\"data\":{\"name\":\"" name "\",\"debug\":\"Traceback\",\"message\":\"" message               \
    "\",\"arguments\":[\"" message "\"],\"context\":{}}}}"
#define RESULT(value) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" value "}"
#define J2(name, message)                                                                          \
    "{\"name\":\"" name "\",\"message\":\"" message "\",\"arguments\":[\"" message                 \
    "\",422],\"context\":{},\"debug\":\"Traceback\"}"

typedef struct {
    const char *what;
    lgs_odoo_api_t api;
    int is_write;
    int status;
    const char *type;
    const char *body;
    lgs_problem_kind_t problem;
    unsigned flags;
    const char *says; /* part of the message, or of the result as JSON */
} case_t;

#define PG_GONE "server closed the connection unexpectedly\\n\\tThis probably means"
#define PG_SOCKET                                                                                  \
    "connection to server on socket \\\"/tmp/run/.s.PGSQL.5433\\\" failed: No such file or "       \
    "directory"
#define NO_DB                                                                                      \
    "connection to server on socket \\\"/tmp/run/.s.PGSQL.5433\\\" failed: FATAL:  database "      \
    "\\\"nodb\\\" does not exist\\n"
#define GONE                                                                                       \
    "Record does not exist or has been deleted.\\n(Record: res.partner(99999999,), User: 9)"
#define NO_SELECTED_DB                                                                             \
    "<!DOCTYPE html>\n<title>404 Not Found</title>\n<p>No database is selected and the requested"  \
    " URL was not found in the server-wide controllers.</p>"

static const case_t cases[] = {
    /* successes */
    {"version", LGS_ODOO_JSONRPC, READ, 200, JSON, RESULT("{\"server_version\":\"19.0\"}"),
     LGS_PROBLEM_NONE, 0, "19.0"},
    {"authenticate ok", LGS_ODOO_JSONRPC, READ, 200, JSON, RESULT("9"), LGS_PROBLEM_NONE, 0, "9"},
    {"authenticate refused is a result", LGS_ODOO_JSONRPC, READ, 200, JSON, RESULT("false"),
     LGS_PROBLEM_NONE, 0, "false"},
    {"search_read", LGS_ODOO_JSONRPC, READ, 200, JSON, RESULT("[{\"id\":9}]"), LGS_PROBLEM_NONE, 0,
     "[{\"id\":9}]"},
    {"read of a missing id", LGS_ODOO_JSONRPC, READ, 200, JSON, RESULT("[]"), LGS_PROBLEM_NONE, 0,
     "[]"},
    {"None over jsonrpc has no result", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     "{\"jsonrpc\":\"2.0\",\"id\":61}", LGS_PROBLEM_NONE, 0, NULL},
    {"None over json2 is null", LGS_ODOO_JSON2, WRITE, 200, JSON, "null", LGS_PROBLEM_NONE, 0,
     NULL},
    {"action_post returns false", LGS_ODOO_JSONRPC, WRITE, 200, JSON, RESULT("false"),
     LGS_PROBLEM_NONE, 0, "false"},
    {"json2 create", LGS_ODOO_JSON2, WRITE, 200, JSON, "[56]", LGS_PROBLEM_NONE, 0, "[56]"},
    {"json2 read of a missing id", LGS_ODOO_JSON2, READ, 200, JSON, "[]", LGS_PROBLEM_NONE, 0,
     "[]"},
    {"json2 result that looks like an error", LGS_ODOO_JSON2, READ, 200, JSON,
     "{\"name\":\"odoo.exceptions.UserError\"}", LGS_PROBLEM_NONE, 0, "UserError"},
    {"content type in capitals", LGS_ODOO_JSON2, READ, 200, "Application/JSON", "1",
     LGS_PROBLEM_NONE, 0, "1"},

    /* credentials and rights */
    {"wrong password", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("odoo.exceptions.AccessDenied", "Access Denied"), LGS_PROBLEM_ODOO_CREDENTIALS, DENIED,
     "Access Denied"},
    {"unknown uid", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("odoo.exceptions.MissingError",
         "Record does not exist or has been deleted.\\n(Record: res.users(99999,), User: 99999)"),
     LGS_PROBLEM_ODOO_CREDENTIALS, DENIED, "does not exist"},
    {"json2 wrong key", LGS_ODOO_JSON2, WRITE, 401, JSON,
     J2("werkzeug.exceptions.Unauthorized", "Invalid apikey"), LGS_PROBLEM_ODOO_CREDENTIALS, DENIED,
     "Invalid apikey"},
    {"session expired", LGS_ODOO_JSONRPC, READ, 200, JSON,
     "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":100,\"message\":\"Odoo Session "
     "Expired\",\"data\":{\"name\":\"odoo.http.SessionExpiredException\",\"message\":\"Session "
     "expired\",\"arguments\":[\"Session expired\"]}}}",
     LGS_PROBLEM_ODOO_CREDENTIALS, DENIED, "Session expired"},
    {"clerk may not create", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("odoo.exceptions.AccessError",
         "You are not allowed to create 'Vehicle' (fleet.vehicle) records.\\n\\nThis operation"),
     LGS_PROBLEM_ODOO_CREDENTIALS, 0, "records. This operation"},
    {"json2 clerk", LGS_ODOO_JSON2, WRITE, 403, JSON,
     J2("odoo.exceptions.AccessError", "You are not allowed to create"),
     LGS_PROBLEM_ODOO_CREDENTIALS, 0, "not allowed"},
    {"private method", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("odoo.exceptions.AccessError", "Private methods (such as 'res.partner._x') cannot"),
     LGS_PROBLEM_ODOO_CREDENTIALS, 0, "Private methods"},

    /* records that Odoo does not take */
    {"write of a missing id", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("odoo.exceptions.MissingError", GONE), LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
     "has been deleted"},
    {"json2 write of a missing id", LGS_ODOO_JSON2, WRITE, 404, JSON,
     J2("odoo.exceptions.MissingError", GONE), LGS_PROBLEM_UNKNOWN_REFERENCE, 0,
     "has been deleted"},
    {"required field, 17", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC17("odoo.exceptions.ValidationError",
           "The operation cannot be completed:\\n- Create/update: a mandatory field is not set."),
     LGS_PROBLEM_REFUSED_BY_ODOO, 0, "completed: - Create/update"},
    {"required field, 19", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("odoo.exceptions.ValidationError",
         "The operation cannot be completed: Missing required value for the field 'Model'"),
     LGS_PROBLEM_REFUSED_BY_ODOO, 0, "'Model'"},
    {"unique, json2", LGS_ODOO_JSON2, WRITE, 422, JSON,
     J2("odoo.exceptions.ValidationError", "Another asset already exists"),
     LGS_PROBLEM_REFUSED_BY_ODOO, 0, "Another asset"},
    {"UserError", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("odoo.exceptions.UserError", "You can’t validate an empty transfer."),
     LGS_PROBLEM_REFUSED_BY_ODOO, 0, "You can’t validate"},
    {"RedirectWarning: the first argument, not the repr", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     "{\"jsonrpc\":\"2.0\",\"id\":54,\"error\":{\"code\":200,\"message\":\"Odoo Server Error\","
     "\"data\":{\"name\":\"odoo.exceptions.RedirectWarning\",\"message\":\"('Duplicated vendor "
     "reference', {'type': 'ir.actions.act_window'})\",\"arguments\":[\"Duplicated vendor "
     "reference detected.\",{\"type\":\"ir.actions.act_window\"},\"Open list\"]}}}",
     LGS_PROBLEM_REFUSED_BY_ODOO, 0, "Duplicated vendor reference detected."},

    /* policy and Odoo disagree */
    {"unknown model", LGS_ODOO_JSONRPC, READ, 200, JSON,
     RPC("odoo.exceptions.UserError", "Object no.such.model doesn't exist"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "no.such.model"},
    {"json2 unknown model", LGS_ODOO_JSON2, READ, 404, JSON,
     J2("werkzeug.exceptions.NotFound", "the model 'no.such.model' does not exist"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "no.such.model"},
    {"unknown method", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("builtins.AttributeError", "The method 'res.partner.x' does not exist"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "'res.partner.x'"},
    {"json2 unknown method", LGS_ODOO_JSON2, WRITE, 404, JSON,
     J2("werkzeug.exceptions.NotFound", "The method 'res.partner.no_such' does not exist"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "no_such"},
    {"unknown argument", LGS_ODOO_JSONRPC, READ, 200, JSON,
     RPC("builtins.TypeError", "got an unexpected keyword argument 'nosuch'"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "nosuch"},
    {"json2 missing argument", LGS_ODOO_JSON2, WRITE, 422, JSON,
     J2("werkzeug.exceptions.UnprocessableEntity", "missing a required argument: 'vals'"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "'vals'"},
    {"too few args, 17", LGS_ODOO_JSONRPC, READ, 200, JSON,
     RPC17("builtins.IndexError", "list index out of range"), LGS_PROBLEM_ODOO_CONTRACT, 0,
     "list index"},
    {"unknown field", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("builtins.ValueError", "Invalid field 'nosuchfield' in 'res.partner'"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "nosuchfield"},
    {"json2 unknown field is a 500", LGS_ODOO_JSON2, WRITE, 500, JSON,
     J2("builtins.ValueError", "Invalid field 'nosuchfield' in 'res.partner'"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "nosuchfield"},
    {"wrong type of a relation", LGS_ODOO_JSON2, WRITE, 500, JSON,
     J2("psycopg2.errors.InvalidTextRepresentation",
        "invalid input syntax for type integer: \\\"abc\\\"\\nLINE 1: ...VALUES (true, 'ask'"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "integer: \"abc\""},
    {"bad date, 17", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC17("psycopg2.errors.DatetimeFieldOverflow", "date/time field value out of range"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "out of range"},
    {"bad selection", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("builtins.ValueError", "Wrong value for res.partner.type: 'nosuch'"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "res.partner.type"},
    {"limit -1", LGS_ODOO_JSONRPC, READ, 200, JSON,
     RPC("psycopg2.errors.InvalidRowCountInLimitClause", "LIMIT must not be negative\\n"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "LIMIT"},
    {"language not installed, 19", LGS_ODOO_JSONRPC, READ, 200, JSON,
     RPC("odoo.exceptions.UserError", "Invalid language code: fr_FR"), LGS_PROBLEM_ODOO_CONTRACT, 0,
     "fr_FR"},
    {"sender without email, 17", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC17("odoo.exceptions.UserError",
           "Unable to send message, please configure the sender's email address."),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "sender's email"},
    {"unknown service", LGS_ODOO_JSONRPC, READ, 200, JSON, RPC("builtins.KeyError", "nosuch"),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "nosuch"},
    {"unknown service method", LGS_ODOO_JSONRPC, READ, 200, JSON,
     RPC("builtins.Exception", "Method not found: nosuch"), LGS_PROBLEM_ODOO_CONTRACT, 0,
     "Method not found"},
    {"unknown database", LGS_ODOO_JSONRPC, READ, 200, JSON, RPC("psycopg2.OperationalError", NO_DB),
     LGS_PROBLEM_ODOO_CONTRACT, 0, "no database of the configured name"},
    {"an add-on's own exception", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("odoo.addons.x.Broken", "it broke"), LGS_PROBLEM_ODOO_CONTRACT, 0, "it broke"},
    {"json2 on 17 is a page", LGS_ODOO_JSON2, WRITE, 404, "text/html;charset=utf-8",
     "<!DOCTYPE html><html>Page not found", LGS_PROBLEM_ODOO_CONTRACT, 0, "json2 needs Odoo 19"},
    {"wrong content type", LGS_ODOO_JSON2, WRITE, 415, HTML, "<!doctype html>",
     LGS_PROBLEM_ODOO_CONTRACT, 0, "does not understand"},
    {"invalid JSON data", LGS_ODOO_JSONRPC, WRITE, 400, HTML, "Invalid JSON data",
     LGS_PROBLEM_ODOO_CONTRACT, 0, "does not understand"},

    /* rolled back: send again */
    {"serialization failure", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("psycopg2.errors.SerializationFailure",
         "could not serialize access due to concurrent update\\n"),
     LGS_PROBLEM_ODOO_BUSY, RETRY, "could not serialize"},
    {"lock", LGS_ODOO_JSON2, WRITE, 409, JSON,
     J2("odoo.exceptions.LockError", "Cannot grab a lock"), LGS_PROBLEM_ODOO_BUSY, RETRY,
     "Cannot grab"},
    {"deadlock", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("psycopg2.errors.DeadlockDetected", "deadlock detected"), LGS_PROBLEM_ODOO_BUSY, RETRY,
     "deadlock"},

    /* outages */
    {"PostgreSQL away", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("psycopg2.OperationalError", PG_SOCKET), LGS_PROBLEM_ODOO_AWAY, RETRY,
     "Odoo's database is away"},
    {"PostgreSQL lost while reading", LGS_ODOO_JSONRPC, READ, 200, JSON,
     RPC("psycopg2.DatabaseError", PG_GONE), LGS_PROBLEM_ODOO_AWAY, RETRY, "lost its database"},
    {"PostgreSQL lost while writing", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     RPC("psycopg2.DatabaseError", PG_GONE), LGS_PROBLEM_ODOO_UNCERTAIN, DOUBT,
     "lost its database"},
    {"json2, PostgreSQL away", LGS_ODOO_JSON2, WRITE, 404, HTML, NO_SELECTED_DB,
     LGS_PROBLEM_ODOO_AWAY, RETRY, "database is away"},
    {"stale pool while reading", LGS_ODOO_JSONRPC, READ, 500, HTML,
     "<title>500 Internal Server Error</title>", LGS_PROBLEM_ODOO_AWAY, RETRY, "Odoo failed"},
    {"stale pool while writing", LGS_ODOO_JSONRPC, WRITE, 500, HTML,
     "<title>500 Internal Server Error</title>", LGS_PROBLEM_ODOO_UNCERTAIN, DOUBT, "Odoo failed"},
    {"body stalled", LGS_ODOO_JSONRPC, WRITE, 200, JSON,
     "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":0,\"message\":\"Odoo Server "
     "Error\",\"data\":{\"name\":\"werkzeug.exceptions.ClientDisconnected\",\"message\":\"400 Bad "
     "Request\",\"arguments\":[]}}}",
     LGS_PROBLEM_ODOO_AWAY, RETRY, "whole request"},
    {"redirect to the database selector", LGS_ODOO_JSON2, WRITE, 303, HTML, "",
     LGS_PROBLEM_ODOO_AWAY, RETRY, "redirect"},
    {"a proxy's 503", LGS_ODOO_JSON2, WRITE, 503, HTML, "", LGS_PROBLEM_ODOO_AWAY, RETRY,
     "not available"},
    {"half an answer", LGS_ODOO_JSON2, WRITE, 200, JSON, "[5", LGS_PROBLEM_ODOO_UNCERTAIN, DOUBT,
     "no JSON"},
    {"HTML with 200", LGS_ODOO_JSONRPC, READ, 200, HTML, "<html>", LGS_PROBLEM_ODOO_AWAY, RETRY,
     "no JSON"},
    {"JSON that is no JSON-RPC", LGS_ODOO_JSONRPC, READ, 200, JSON, "{\"status\":\"pass\"}",
     LGS_PROBLEM_ODOO_AWAY, RETRY, "no JSON"},
    {"json2 error without a name", LGS_ODOO_JSON2, WRITE, 422, JSON, "{}",
     LGS_PROBLEM_REFUSED_BY_ODOO, 0, "refused"},
    {"a status from nowhere", LGS_ODOO_JSON2, READ, 99, HTML, "", LGS_PROBLEM_ODOO_AWAY, RETRY,
     "no readable answer"},
};

static void check(const case_t *c, lgs_arena_t *arena)
{
    lgs_odoo_answer_t answer = {.status = c->status,
                                .content_type = lgs_cstr(c->type),
                                .body = lgs_cstr(c->body),
                                .failure = LGS_ODOO_ANSWERED};
    lgs_odoo_reply_t reply;
    lgs_buf_t buf;
    unsigned flags;
    bool right;

    lgs_odoo_read(arena, c->api, &answer, c->is_write, &reply);
    flags = (reply.retryable ? RETRY : 0u) | (reply.uncertain ? DOUBT : 0u) |
            (reply.denied ? DENIED : 0u);
    lgs_buf_init(&buf, arena, 64, 0);
    if (c->problem == LGS_PROBLEM_NONE && reply.has_result) {
        lgs_json_write(&buf, &reply.result);
    } else {
        lgs_buf_str(&buf, reply.message);
    }
    right = reply.problem == c->problem && flags == c->flags &&
            (c->problem != LGS_PROBLEM_NONE || reply.has_result == (c->says != NULL)) &&
            (c->says == NULL || stage_holds(lgs_buf_text(&buf), (lgs_str_t){NULL, 0}, c->says)) &&
            !stage_holds(reply.message, (lgs_str_t){NULL, 0}, "Traceback") &&
            !stage_holds(reply.message, (lgs_str_t){NULL, 0}, "LINE") &&
            !stage_holds(reply.message, (lgs_str_t){NULL, 0}, "/opt") &&
            !stage_holds(reply.message, (lgs_str_t){NULL, 0}, "PGSQL");
    if (!right) {
        unit_bad = 1;
        printf("# %s: problem %d flags %u result %d \"%.*s\"\n", c->what, reply.problem, flags,
               reply.has_result, LGS_FMT(lgs_buf_text(&buf)));
    }
}

TEST(every_row_of_the_measured_table)
{
    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_arena_t *arena = lgs_arena_create(0, 0);

        check(&cases[i], arena);
        lgs_arena_destroy(arena);
    }
}

TEST(no_answer_is_certain_only_when_nothing_was_sent)
{
    static const struct {
        int failure, is_write;
        lgs_problem_kind_t problem;
        bool retryable, uncertain;
    } rows[] = {
        {LGS_ODOO_REFUSED_CONNECTION, WRITE, LGS_PROBLEM_ODOO_AWAY, true, false},
        {LGS_ODOO_REFUSED_CONNECTION, READ, LGS_PROBLEM_ODOO_AWAY, true, false},
        {LGS_ODOO_CUT, WRITE, LGS_PROBLEM_ODOO_UNCERTAIN, false, true},
        {LGS_ODOO_CUT, READ, LGS_PROBLEM_ODOO_AWAY, true, false},
        {LGS_ODOO_TIMED_OUT, WRITE, LGS_PROBLEM_ODOO_UNCERTAIN, false, true},
        {LGS_ODOO_TIMED_OUT, READ, LGS_PROBLEM_ODOO_AWAY, true, false},
    };
    lgs_arena_t *arena = lgs_arena_create(0, 0);

    for (size_t i = 0; i < LGS_N(rows); i++) {
        lgs_odoo_answer_t answer = {.failure = rows[i].failure};
        lgs_odoo_reply_t reply;

        lgs_odoo_read(arena, LGS_ODOO_JSON2, &answer, rows[i].is_write, &reply);
        CHECK_INT(reply.problem, rows[i].problem);
        CHECK_INT(reply.retryable, rows[i].retryable);
        CHECK_INT(reply.uncertain, rows[i].uncertain);
        CHECK(reply.message.len > 0 && !reply.has_result);
    }
    lgs_arena_destroy(arena);
}

TEST(messages_of_load_are_judged_by_their_text)
{
    CHECK_INT(lgs_odoo_judge_message(LGS_STR("could not serialize access due to")),
              LGS_PROBLEM_ODOO_BUSY);
    CHECK_INT(lgs_odoo_judge_message(LGS_STR("You are not allowed to create 'Message'")),
              LGS_PROBLEM_ODOO_CREDENTIALS);
    CHECK_INT(lgs_odoo_judge_message(LGS_STR("No matching record found for database id '9'")),
              LGS_PROBLEM_REFUSED_BY_ODOO);
    CHECK_INT(lgs_odoo_judge_message(LGS_STR("")), LGS_PROBLEM_REFUSED_BY_ODOO);
}

TEST(an_answer_too_large_for_the_arena_is_an_outage)
{
    char *body = malloc(100002);
    lgs_odoo_answer_t answer = {.status = 200, .content_type = LGS_STR(JSON)};

    body[0] = '[';
    for (size_t i = 1; i < 100000; i += 2) {
        memcpy(body + i, "1,", 2);
    }
    memcpy(body + 99999, "1]", 2);
    answer.body = lgs_str(body, 100001);
    for (size_t ceiling = 300; ceiling < 200000; ceiling = ceiling * 3 / 2) {
        lgs_arena_t *arena = lgs_arena_create(64, ceiling);
        lgs_odoo_reply_t reply;

        lgs_odoo_read(arena, LGS_ODOO_JSON2, &answer, true, &reply);
        CHECK_INT(reply.problem, LGS_PROBLEM_ODOO_UNCERTAIN);
        CHECK(reply.message.len > 0);
        lgs_odoo_read(arena, LGS_ODOO_JSON2, &answer, false, &reply);
        CHECK_INT(reply.problem, LGS_PROBLEM_ODOO_AWAY);
        lgs_arena_destroy(arena);
    }
    free(body);
}

int main(void)
{
    RUN(every_row_of_the_measured_table);
    RUN(no_answer_is_certain_only_when_nothing_was_sent);
    RUN(messages_of_load_are_judged_by_their_text);
    RUN(an_answer_too_large_for_the_arena_is_an_outage);
    return DONE();
}
