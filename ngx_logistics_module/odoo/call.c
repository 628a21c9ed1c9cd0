/*
 * Requests to Odoo (call.h). Bodies grow in the plan's arena. The key stands in the body of a
 * JSON-RPC call and in a header of a JSON-2 call: neither may be logged.
 */
#include "call.h"

#define FIRST_SIZE 512u

static void open_jsonrpc(lgs_odoo_writer_t *writer);
static void write_head(lgs_buf_t *buf, lgs_str_t id, const char *service, const char *method);
static void separate(lgs_odoo_writer_t *writer);
static void write_name(lgs_odoo_writer_t *writer, lgs_str_t name);
static bool finish_json2(const lgs_odoo_caller_t *caller, lgs_str_t path, lgs_odoo_call_t *call);

void lgs_odoo_write_open(lgs_odoo_writer_t *writer, const lgs_odoo_caller_t *caller,
                         lgs_str_t model, lgs_str_t method)
{
    *writer = (lgs_odoo_writer_t){
        .caller = caller, .model = model, .method = method, .first = true};
    lgs_buf_init(&writer->buf, caller->arena, FIRST_SIZE, 0);
    if (caller->target->api == LGS_ODOO_JSONRPC) {
        open_jsonrpc(writer);
    } else {
        lgs_buf_byte(&writer->buf, '{');
        writer->named = true;
    }
}

void lgs_odoo_write_ids(lgs_odoo_writer_t *writer, const int64_t *ids, uint32_t n)
{
    lgs_odoo_write_positional(writer, "ids");
    lgs_buf_byte(&writer->buf, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (i) {
            lgs_buf_byte(&writer->buf, ',');
        }
        lgs_buf_i64(&writer->buf, ids[i]);
    }
    lgs_buf_byte(&writer->buf, ']');
}

void lgs_odoo_write_positional(lgs_odoo_writer_t *writer, const char *name)
{
    separate(writer);
    if (writer->caller->target->api == LGS_ODOO_JSON2) {
        write_name(writer, lgs_cstr(name));
    }
}

void lgs_odoo_write_named(lgs_odoo_writer_t *writer, lgs_str_t name)
{
    if (!writer->named) {
        lgs_buf_cstr(&writer->buf, "],{");
        writer->named = true;
        writer->first = true;
    }
    separate(writer);
    write_name(writer, name);
}

bool lgs_odoo_write_close(lgs_odoo_writer_t *writer, bool repeatable, lgs_odoo_call_t *call)
{
    bool is_jsonrpc = writer->caller->target->api == LGS_ODOO_JSONRPC;
    lgs_str_t path;

    if (is_jsonrpc) {
        lgs_buf_cstr(&writer->buf, writer->named ? "}]}}" : "],{}]}}");
    } else {
        lgs_buf_byte(&writer->buf, '}');
    }
    *call = (lgs_odoo_call_t){.body = lgs_buf_text(&writer->buf), .repeatable = repeatable};
    if (writer->buf.failed) {
        return false;
    }
    if (is_jsonrpc) {
        call->path = LGS_STR("/jsonrpc");
        return true;
    }
    path = lgs_arena_printf(writer->caller->arena, "/json/2/%.*s/%.*s", LGS_FMT(writer->model),
                            LGS_FMT(writer->method));
    return finish_json2(writer->caller, path, call);
}

bool lgs_odoo_write_authenticate(const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, caller->arena, FIRST_SIZE, 0);
    write_head(&buf, caller->id, "common", "authenticate");
    lgs_json_write_string(&buf, caller->target->database);
    lgs_buf_byte(&buf, ',');
    lgs_json_write_string(&buf, caller->target->user);
    lgs_buf_byte(&buf, ',');
    lgs_json_write_string(&buf, caller->target->key);
    lgs_buf_cstr(&buf, ",{}]}}");
    *call = (lgs_odoo_call_t){
        .path = LGS_STR("/jsonrpc"), .body = lgs_buf_text(&buf), .repeatable = true};
    return !buf.failed;
}

bool lgs_odoo_write_version(const lgs_odoo_caller_t *caller, lgs_odoo_call_t *call)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, caller->arena, FIRST_SIZE, 0);
    lgs_buf_cstr(&buf, "{\"jsonrpc\":\"2.0\",\"method\":\"call\",\"id\":");
    lgs_json_write_string(&buf, caller->id);
    lgs_buf_cstr(&buf, ",\"params\":{}}");
    *call = (lgs_odoo_call_t){.path = LGS_STR("/web/webclient/version_info"),
                              .body = lgs_buf_text(&buf),
                              .database = caller->target->database,
                              .repeatable = true};
    return !buf.failed;
}

static void open_jsonrpc(lgs_odoo_writer_t *writer)
{
    const lgs_odoo_caller_t *caller = writer->caller;
    lgs_buf_t *buf = &writer->buf;

    write_head(buf, caller->id, "object", "execute_kw");
    lgs_json_write_string(buf, caller->target->database);
    lgs_buf_byte(buf, ',');
    lgs_buf_i64(buf, caller->uid);
    lgs_buf_byte(buf, ',');
    lgs_json_write_string(buf, caller->target->key);
    lgs_buf_byte(buf, ',');
    lgs_json_write_string(buf, writer->model);
    lgs_buf_byte(buf, ',');
    lgs_json_write_string(buf, writer->method);
    lgs_buf_cstr(buf, ",[");
}

/* Up to and with the bracket of args. */
static void write_head(lgs_buf_t *buf, lgs_str_t id, const char *service, const char *method)
{
    lgs_buf_cstr(buf, "{\"jsonrpc\":\"2.0\",\"method\":\"call\",\"id\":");
    lgs_json_write_string(buf, id);
    lgs_buf_cstr(buf, ",\"params\":{\"service\":\"");
    lgs_buf_cstr(buf, service);
    lgs_buf_cstr(buf, "\",\"method\":\"");
    lgs_buf_cstr(buf, method);
    lgs_buf_cstr(buf, "\",\"args\":[");
}

static void separate(lgs_odoo_writer_t *writer)
{
    if (!writer->first) {
        lgs_buf_byte(&writer->buf, ',');
    }
    writer->first = false;
}

static void write_name(lgs_odoo_writer_t *writer, lgs_str_t name)
{
    lgs_json_write_string(&writer->buf, name);
    lgs_buf_byte(&writer->buf, ':');
}

static bool finish_json2(const lgs_odoo_caller_t *caller, lgs_str_t path, lgs_odoo_call_t *call)
{
    call->path = path;
    call->authorization = lgs_arena_printf(caller->arena, "Bearer %.*s",
                                           LGS_FMT(caller->target->key));
    call->database = caller->target->database;
    return path.data && call->authorization.data;
}
