/* Asks one question at a time (reader.h). Everything lives in the caller's arena. */
#include "reader.h"

#define MAX_BUSY 2u /* immediate repeats of a call that Odoo rolled back */

struct lgs_odoo_reader_s {
    lgs_odoo_caller_t caller;
    lgs_odoo_facts_t *facts;
    lgs_odoo_search_t search; /* of a question for fields: only model and fields */
    bool asks_fields;
    bool in_login;
    bool renewed; /* a second login was tried */
    bool done;
    uint32_t busy, calls;
    lgs_odoo_reply_t reply;
};

static void ask(lgs_odoo_reader_t *reader, const lgs_odoo_search_t *search, bool fields);
static bool write_question(lgs_odoo_reader_t *reader, lgs_odoo_call_t *call);
static void write_search(lgs_odoo_writer_t *writer, const lgs_odoo_search_t *search);
static void write_names(lgs_buf_t *buf, const lgs_str_t *names, uint32_t n);
static bool take_login(lgs_odoo_reader_t *reader);
static void end(lgs_odoo_reader_t *reader, lgs_problem_kind_t problem, lgs_str_t message);
static void check_result(lgs_odoo_reader_t *reader);
static void learn_fields(lgs_odoo_reader_t *reader);

lgs_odoo_reader_t *lgs_odoo_reader_create(lgs_arena_t *arena, const lgs_odoo_target_t *target,
                                          lgs_odoo_facts_t *facts, lgs_str_t id)
{
    lgs_odoo_reader_t *reader = lgs_arena_zalloc(arena, sizeof(*reader));

    if (reader) {
        reader->caller = (lgs_odoo_caller_t){.arena = arena, .target = target, .id = id};
        reader->facts = facts;
        reader->done = true;
    }
    return reader;
}

void lgs_odoo_reader_search(lgs_odoo_reader_t *reader, const lgs_odoo_search_t *search)
{
    ask(reader, search, false);
}

void lgs_odoo_reader_ask_fields(lgs_odoo_reader_t *reader, lgs_str_t model, const lgs_str_t *fields,
                                uint32_t n)
{
    ask(reader, &(lgs_odoo_search_t){.model = model, .fields = fields, .n_fields = n}, true);
}

static void ask(lgs_odoo_reader_t *reader, const lgs_odoo_search_t *search, bool fields)
{
    reader->search = *search;
    reader->asks_fields = fields;
    reader->done = reader->in_login = false;
    reader->busy = 0;
}

lgs_odoo_step_t lgs_odoo_reader_next(lgs_odoo_reader_t *reader, lgs_odoo_call_t *call)
{
    bool good;

    if (reader->done) {
        return LGS_ODOO_DONE;
    }
    reader->caller.uid = lgs_odoo_facts_uid(reader->facts);
    reader->in_login = reader->caller.target->api == LGS_ODOO_JSONRPC && reader->caller.uid == 0;
    good = reader->in_login ? lgs_odoo_write_authenticate(&reader->caller, call)
                            : write_question(reader, call);
    if (!good) {
        end(reader, LGS_PROBLEM_INTERNAL, LGS_STR("the request needs more memory than it may use"));
        return LGS_ODOO_DONE;
    }
    reader->calls++;
    return LGS_ODOO_CALL;
}

void lgs_odoo_reader_answer(lgs_odoo_reader_t *reader, const lgs_odoo_answer_t *answer)
{
    lgs_odoo_reply_t *reply = &reader->reply;

    if (reader->done) {
        return;
    }
    lgs_odoo_read(reader->caller.arena, reader->caller.target->api, answer, false, reply);
    if (reply->problem == LGS_PROBLEM_ODOO_BUSY && !reply->says_when && reader->busy < MAX_BUSY) {
        reader->busy++;
        return; /* the same call again */
    }
    reader->busy = 0;
    if (reply->problem == LGS_PROBLEM_NONE && reader->in_login) {
        reader->done = !take_login(reader);
        return;
    }
    if (reply->denied) {
        lgs_odoo_facts_forget(reader->facts);
        /* the uid may be an old one (restored database): asked for once more */
        reader->done = reader->in_login || reader->renewed ||
                       reader->caller.target->api == LGS_ODOO_JSON2;
        reader->renewed = true;
        return;
    }
    reader->done = true;
    if (reply->problem == LGS_PROBLEM_NONE) {
        check_result(reader);
    }
}

bool lgs_odoo_reader_is_done(const lgs_odoo_reader_t *reader)
{
    return reader->done;
}

const lgs_odoo_reply_t *lgs_odoo_reader_reply(const lgs_odoo_reader_t *reader)
{
    return &reader->reply;
}

uint32_t lgs_odoo_reader_calls(const lgs_odoo_reader_t *reader)
{
    return reader->calls;
}

static bool write_question(lgs_odoo_reader_t *reader, lgs_odoo_call_t *call)
{
    const lgs_odoo_search_t *search = &reader->search;
    lgs_odoo_writer_t writer;

    lgs_odoo_write_open(&writer, &reader->caller, search->model,
                        reader->asks_fields ? LGS_STR("fields_get") : LGS_STR("search_read"));
    if (reader->asks_fields) {
        lgs_odoo_write_named(&writer, LGS_STR("allfields"));
        write_names(&writer.buf, search->fields, search->n_fields);
        lgs_odoo_write_named(&writer, LGS_STR("attributes"));
        lgs_buf_cstr(&writer.buf, "[\"type\"]");
    } else {
        write_search(&writer, search);
    }
    return lgs_odoo_write_close(&writer, true, call);
}

/* Always with `fields`: without it Odoo reads all of them and may refuse one. */
static void write_search(lgs_odoo_writer_t *writer, const lgs_odoo_search_t *search)
{
    lgs_odoo_write_positional(writer, "domain");
    lgs_buf_str(&writer->buf, search->domain);
    lgs_odoo_write_named(writer, LGS_STR("fields"));
    write_names(&writer->buf, search->fields, search->n_fields);
    lgs_odoo_write_named(writer, LGS_STR("order"));
    lgs_json_write_string(&writer->buf, search->order);
    lgs_odoo_write_named(writer, LGS_STR("limit"));
    lgs_buf_u64(&writer->buf, search->limit);
}

static void write_names(lgs_buf_t *buf, const lgs_str_t *names, uint32_t n)
{
    lgs_buf_byte(buf, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (i) {
            lgs_buf_byte(buf, ',');
        }
        lgs_json_write_string(buf, names[i]);
    }
    lgs_buf_byte(buf, ']');
}

/* A wrong password is `false`, no error. */
static bool take_login(lgs_odoo_reader_t *reader)
{
    int64_t uid;

    if (reader->reply.has_result && lgs_node_int(&reader->reply.result, &uid) && uid > 0) {
        lgs_odoo_facts_set_uid(reader->facts, uid);
        return true;
    }
    end(reader, LGS_PROBLEM_ODOO_CREDENTIALS,
        LGS_STR("Odoo does not accept the gateway's user or key"));
    return false;
}

static void end(lgs_odoo_reader_t *reader, lgs_problem_kind_t problem, lgs_str_t message)
{
    reader->reply = (lgs_odoo_reply_t){.problem = problem, .message = message};
    reader->done = true;
}

static void check_result(lgs_odoo_reader_t *reader)
{
    lgs_type_t type = reader->asks_fields ? LGS_OBJECT : LGS_ARRAY;

    if (!reader->reply.has_result || reader->reply.result.type != type) {
        end(reader, LGS_PROBLEM_ODOO_AWAY, LGS_STR("Odoo answered a search with something else"));
    } else if (reader->asks_fields) {
        learn_fields(reader);
    }
}

static void learn_fields(lgs_odoo_reader_t *reader)
{
    for (uint32_t i = 0; i < reader->search.n_fields; i++) {
        lgs_str_t name = reader->search.fields[i];
        const lgs_node_t *field = lgs_node_get(&reader->reply.result, name);

        lgs_odoo_facts_learn(reader->facts, reader->search.model, name,
                             lgs_node_text(lgs_node_at(field, "type")));
    }
}
