/*
 * The check (check.h): needs are collected by model, then asked in a fixed order: version, user,
 * fields and rights of each model. It ends at the first answer that says nothing more can be
 * learned.
 */
#include "check.h"

#include "call.h"
#include "facts.h"
#include "operation.h"
#include "outcome.h"

#define MAX_FINDINGS 2000u

enum { READ, CREATE, WRITE, N_RIGHTS };
static const char *const right_words[N_RIGHTS] = {"read", "create", "write"};

/* Modules that bring what a standard Odoo does not have: said when it is missing. */
static const struct {
    const char *model,
        *field; /* field "": the model itself; model ends in '.': all that begin so */
    const char *module;
} modules[] = {
    {"stock.picking", "carrier_tracking_ref", "stock_delivery"},
    {"stock.picking", "carrier_id", "stock_delivery"},
    {"stock.", "", "stock"},
    {"fleet.", "", "fleet"},
    {"maintenance.", "", "maintenance"},
    {"account.", "", "account"},
    {"purchase.", "", "purchase"},
    {"sale.", "", "sale"},
    {"mail.", "", "mail"},
};

typedef struct field_s field_t;
struct field_s {
    field_t *next;
    lgs_str_t name;
    lgs_str_t others; /* "a, b or c" when it is one of several that a find tries; else empty */
    bool is_needed;   /* else its absence only means that a condition finds nothing */
};

typedef struct model_s model_t;
struct model_s {
    model_t *next;
    lgs_str_t name;
    field_t *first, *last;
    bool rights[N_RIGHTS];
    bool absent;
};

typedef enum { ASK_VERSION, ASK_LOGIN, ASK_USER, ASK_FIELDS, ASK_RIGHT, ASK_NOTHING } stage_t;

struct lgs_odoo_check_s {
    lgs_odoo_caller_t caller;
    lgs_odoo_facts_t *facts;
    model_t *first, *last;
    stage_t stage;
    model_t *model; /* of ASK_FIELDS and ASK_RIGHT */
    unsigned right;
    bool old_method; /* check_access_rights: before 18 has_access is not there */
    bool short_of_memory;
    lgs_odoo_finding_t *findings;
    uint32_t n, size;
    int64_t version;
};

static model_t *need_model(lgs_odoo_check_t *check, lgs_str_t name);
static lgs_rc_t need_field(lgs_odoo_check_t *check, model_t *model, lgs_str_t name,
                           lgs_str_t others, bool is_needed);
static lgs_rc_t need_columns(lgs_odoo_check_t *check, model_t *model, const lgs_node_t *columns,
                             const lgs_node_t *finds);
static bool is_condition(const lgs_node_t *finds, lgs_str_t name);
static lgs_rc_t need_where(lgs_odoo_check_t *check, model_t *model, const lgs_node_t *where);
static lgs_rc_t need_find(lgs_odoo_check_t *check, const lgs_node_t *find);
static lgs_str_t name_others(lgs_arena_t *arena, const lgs_node_t *by);
static void advance(lgs_odoo_check_t *check);
static bool write_user(lgs_odoo_check_t *check, lgs_odoo_call_t *call);
static bool write_fields(lgs_odoo_check_t *check, lgs_odoo_call_t *call);
static bool write_right(lgs_odoo_check_t *check, lgs_odoo_call_t *call);
static void take_version(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply);
static void take_login(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply);
static void take_user(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply);
static void take_fields(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply);
static void take_field(lgs_odoo_check_t *check, const field_t *field, const lgs_node_t *known);
static bool has_one_of(const lgs_node_t *known, const model_t *model, lgs_str_t others);
static bool is_named(lgs_str_t sentence, lgs_str_t name);
static void take_right(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply);
static const char *module_of(lgs_str_t model, lgs_str_t field);
static void find_out(lgs_odoo_check_t *check, lgs_odoo_grade_t grade, lgs_str_t what,
                     lgs_str_t text);
static void stop(lgs_odoo_check_t *check);

lgs_odoo_check_t *lgs_odoo_check_create(lgs_arena_t *arena, const lgs_odoo_target_t *target,
                                        lgs_odoo_facts_t *facts)
{
    lgs_odoo_check_t *check = lgs_arena_zalloc(arena, sizeof(*check));

    if (check) {
        check->caller = (lgs_odoo_caller_t){
            .arena = arena, .target = target, .id = LGS_STR("check")};
        check->facts = facts;
    }
    return check;
}

lgs_rc_t lgs_odoo_check_need(lgs_odoo_check_t *check, const lgs_node_t *operation)
{
    lgs_str_t op = lgs_node_text(lgs_node_at(operation, "op"));
    const lgs_node_t *finds = lgs_node_at(operation, "find");
    const lgs_node_t *settle = lgs_node_at(operation, "settle");
    const lgs_node_t *lines = lgs_node_at(operation, "lines");
    lgs_str_t name = lgs_node_text(lgs_node_at(operation, "model"));
    model_t *model = name.len ? need_model(check, name) : NULL;
    lgs_rc_t rc = LGS_OK;

    if (op.len == 0) {
        return LGS_OK;
    }
    if (name.len && model == NULL) {
        return LGS_NOMEM;
    }
    if (model) {
        model->rights[CREATE] |= lgs_str_is(op, "load") || lgs_str_is(op, "create");
        model->rights[WRITE] |= !lgs_str_is(op, "create");
        rc = need_columns(check, model, lgs_node_at(operation, "row"), NULL);
    }
    if (rc == LGS_OK && model) {
        rc = need_columns(check, model, lgs_node_at(operation, "values"), finds);
    }
    for (uint32_t i = 0; lines && lines->type == LGS_ARRAY && i < lines->n && rc == LGS_OK; i++) {
        rc = model ? need_columns(check, model, &lines->u.items[i], NULL) : LGS_OK;
    }
    for (uint32_t i = 0; finds && finds->type == LGS_OBJECT && i < finds->n && rc == LGS_OK; i++) {
        rc = need_find(check, &finds->u.members[i].value);
    }
    return rc == LGS_OK && settle ? need_find(check, settle) : rc;
}

lgs_rc_t lgs_odoo_check_need_read(lgs_odoo_check_t *check, lgs_str_t model, lgs_str_t field,
                                  bool is_optional)
{
    const char *dot = field.len ? memchr(field.data, '.', field.len) : NULL;
    model_t *needed = need_model(check, model);

    if (needed == NULL) {
        return LGS_NOMEM;
    }
    needed->rights[READ] = true;
    field.len = dot ? (size_t)(dot - field.data) : field.len;
    return lgs_str_is(field, "id")
               ? LGS_OK
               : need_field(check, needed, field, (lgs_str_t){NULL, 0}, !is_optional);
}

lgs_odoo_step_t lgs_odoo_check_next(lgs_odoo_check_t *check, lgs_odoo_call_t *call)
{
    bool good = true;

    advance(check);
    if (check->stage == ASK_NOTHING) {
        return LGS_ODOO_DONE;
    }
    check->caller.uid = lgs_odoo_facts_uid(check->facts);
    switch (check->stage) {
    case ASK_VERSION:
        good = lgs_odoo_write_version(&check->caller, call);
        break;
    case ASK_LOGIN:
        good = lgs_odoo_write_authenticate(&check->caller, call);
        break;
    case ASK_USER:
        good = write_user(check, call);
        break;
    case ASK_FIELDS:
        good = write_fields(check, call);
        break;
    default:
        good = write_right(check, call);
        break;
    }
    if (!good) {
        check->short_of_memory = true;
        stop(check);
        return LGS_ODOO_DONE;
    }
    return LGS_ODOO_CALL;
}

void lgs_odoo_check_answer(lgs_odoo_check_t *check, const lgs_odoo_answer_t *answer)
{
    static void (*const take[])(lgs_odoo_check_t *, const lgs_odoo_reply_t *) = {
        [ASK_VERSION] = take_version, [ASK_LOGIN] = take_login, [ASK_USER] = take_user,
        [ASK_FIELDS] = take_fields,   [ASK_RIGHT] = take_right,
    };
    /* login and version are JSON-RPC whatever the policies use */
    lgs_odoo_api_t api = check->stage <= ASK_LOGIN ? LGS_ODOO_JSONRPC : check->caller.target->api;
    lgs_odoo_reply_t reply;

    if (check->stage == ASK_NOTHING) {
        return;
    }
    lgs_odoo_read(check->caller.arena, api, answer, false, &reply);
    if (reply.denied || reply.problem == LGS_PROBLEM_ODOO_AWAY ||
        reply.problem == LGS_PROBLEM_ODOO_BUSY) {
        find_out(check, LGS_ODOO_BAD, reply.denied ? LGS_STR("key") : LGS_STR("connection"),
                 reply.message);
        stop(check);
        return;
    }
    take[check->stage](check, &reply);
}

const lgs_odoo_finding_t *lgs_odoo_check_finding(const lgs_odoo_check_t *check, uint32_t i)
{
    return i < check->n ? &check->findings[i] : NULL;
}

lgs_odoo_grade_t lgs_odoo_check_grade(const lgs_odoo_check_t *check)
{
    lgs_odoo_grade_t grade = check->short_of_memory ? LGS_ODOO_BAD : LGS_ODOO_GOOD;

    for (uint32_t i = 0; i < check->n; i++) {
        grade = check->findings[i].grade > grade ? check->findings[i].grade : grade;
    }
    return grade;
}

static model_t *need_model(lgs_odoo_check_t *check, lgs_str_t name)
{
    model_t *model;

    for (model = check->first; model; model = model->next) {
        if (lgs_str_eq(model->name, name)) {
            return model;
        }
    }
    model = lgs_arena_zalloc(check->caller.arena, sizeof(*model));
    if (model == NULL) {
        return NULL;
    }
    model->name = name;
    if (check->last) {
        check->last->next = model;
    } else {
        check->first = model;
    }
    check->last = model;
    return model;
}

static lgs_rc_t need_field(lgs_odoo_check_t *check, model_t *model, lgs_str_t name,
                           lgs_str_t others, bool is_needed)
{
    field_t *field;

    for (field = model->first; field; field = field->next) {
        if (lgs_str_eq(field->name, name)) {
            if (is_needed && (others.len == 0 || !field->is_needed)) {
                field->others = others; /* none: needed for sure, then */
            }
            field->is_needed |= is_needed;
            return LGS_OK;
        }
    }
    field = lgs_arena_zalloc(check->caller.arena, sizeof(*field));
    if (field == NULL) {
        return LGS_NOMEM;
    }
    field->name = name;
    field->others = others;
    field->is_needed = is_needed;
    if (model->last) {
        model->last->next = field;
    } else {
        model->first = field;
    }
    model->last = field;
    return LGS_OK;
}

/* "vehicle_id/.id" and "picking_id.name" are fields by their first part; "id" every model has. */
static lgs_rc_t need_columns(lgs_odoo_check_t *check, model_t *model, const lgs_node_t *columns,
                             const lgs_node_t *finds)
{
    lgs_rc_t rc = LGS_OK;

    if (columns == NULL || columns->type != LGS_OBJECT) {
        return LGS_OK;
    }
    for (uint32_t i = 0; i < columns->n && rc == LGS_OK; i++) {
        lgs_str_t name = lgs_node_text(&columns->u.members[i].name);
        bool is_optional;

        (void)lgs_operation_column(name, &is_optional);
        name = lgs_operation_field(name);
        if (name.len && !is_optional && !lgs_str_is(name, "id")) {
            rc = need_field(check, model, name, (lgs_str_t){NULL, 0}, !is_condition(finds, name));
        }
    }
    return rc;
}

/* What is only set where a find could be made by it, is not missed where it is not there. */
static bool is_condition(const lgs_node_t *finds, lgs_str_t name)
{
    for (uint32_t i = 0; finds && finds->type == LGS_OBJECT && i < finds->n; i++) {
        const lgs_node_t *where = lgs_node_at(&finds->u.members[i].value, "where");

        if (where && lgs_node_get(where, name)) {
            return true;
        }
    }
    return false;
}

static lgs_rc_t need_where(lgs_odoo_check_t *check, model_t *model, const lgs_node_t *where)
{
    lgs_rc_t rc = LGS_OK;

    for (uint32_t i = 0; where && where->type == LGS_OBJECT && i < where->n && rc == LGS_OK; i++) {
        lgs_str_t name = lgs_operation_field(lgs_node_text(&where->u.members[i].name));

        rc = need_field(check, model, name, (lgs_str_t){NULL, 0}, false);
    }
    return rc;
}

static lgs_rc_t need_find(lgs_odoo_check_t *check, const lgs_node_t *find)
{
    lgs_str_t name = lgs_node_text(lgs_node_at(find, "model"));
    const lgs_node_t *by = lgs_node_at(find, "by");
    model_t *model;
    lgs_str_t others;
    lgs_rc_t rc;

    if (name.len == 0 || by == NULL) {
        return LGS_OK;
    }
    model = need_model(check, name);
    if (model == NULL) {
        return LGS_NOMEM;
    }
    model->rights[READ] = true;
    rc = need_where(check, model, lgs_node_at(find, "where"));
    if (rc == LGS_OK && lgs_node_text(lgs_node_at(find, "take")).len) {
        rc = need_field(check, model, lgs_node_text(lgs_node_at(find, "take")),
                        (lgs_str_t){NULL, 0}, true);
    }
    if (rc != LGS_OK || by->type != LGS_ARRAY) {
        return rc == LGS_OK
                   ? need_field(check, model, lgs_node_text(by), (lgs_str_t){NULL, 0}, true)
                   : rc;
    }
    others = by->n > 1 ? name_others(check->caller.arena, by) : (lgs_str_t){NULL, 0};
    if (by->n > 1 && others.data == NULL) {
        return LGS_NOMEM;
    }
    for (uint32_t i = 0; i < by->n && rc == LGS_OK; i++) {
        rc = need_field(check, model, lgs_node_text(&by->u.items[i]), others, true);
    }
    return rc;
}

static lgs_str_t name_others(lgs_arena_t *arena, const lgs_node_t *by)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 64, 0);
    for (uint32_t i = 0; i < by->n; i++) {
        lgs_buf_cstr(&buf, i == 0 ? "" : i + 1 == by->n ? " or " : ", ");
        lgs_buf_str(&buf, lgs_node_text(&by->u.items[i]));
    }
    return lgs_buf_text(&buf);
}

/* Leaves a stage that has nothing (more) to ask. */
static void advance(lgs_odoo_check_t *check)
{
    if (check->stage == ASK_LOGIN &&
        (check->caller.target->api == LGS_ODOO_JSON2 || lgs_odoo_facts_uid(check->facts))) {
        check->stage = ASK_USER;
    }
    if (check->stage == ASK_FIELDS && check->model == NULL) {
        check->stage = ASK_NOTHING;
    }
    while (check->stage == ASK_RIGHT && (check->right == N_RIGHTS || check->model->absent ||
                                         !check->model->rights[check->right])) {
        if (check->right < N_RIGHTS && !check->model->absent) {
            check->right++;
            continue;
        }
        check->model = check->model->next;
        check->stage = check->model ? ASK_FIELDS : ASK_NOTHING;
    }
}

/* Who we are, and whether we have the email address that notes and requests are sent from. */
static bool write_user(lgs_odoo_check_t *check, lgs_odoo_call_t *call)
{
    lgs_odoo_writer_t writer;

    lgs_odoo_write_open(&writer, &check->caller, LGS_STR("res.users"), LGS_STR("search_read"));
    lgs_odoo_write_positional(&writer, "domain");
    lgs_buf_cstr(&writer.buf, "[[\"login\",\"=\",");
    lgs_json_write_string(&writer.buf, check->caller.target->user);
    lgs_buf_cstr(&writer.buf, "]]");
    lgs_odoo_write_named(&writer, LGS_STR("fields"));
    lgs_buf_cstr(&writer.buf, "[\"login\",\"email\"]");
    return lgs_odoo_write_close(&writer, true, call);
}

static bool write_fields(lgs_odoo_check_t *check, lgs_odoo_call_t *call)
{
    lgs_odoo_writer_t writer;

    lgs_odoo_write_open(&writer, &check->caller, check->model->name, LGS_STR("fields_get"));
    lgs_odoo_write_named(&writer, LGS_STR("attributes"));
    lgs_buf_cstr(&writer.buf, "[\"type\",\"required\"]");
    return lgs_odoo_write_close(&writer, true, call);
}

static bool write_right(lgs_odoo_check_t *check, lgs_odoo_call_t *call)
{
    lgs_odoo_writer_t writer;

    lgs_odoo_write_open(&writer, &check->caller, check->model->name,
                        check->old_method ? LGS_STR("check_access_rights") : LGS_STR("has_access"));
    if (!check->old_method) {
        lgs_odoo_write_ids(&writer, NULL, 0);
    }
    lgs_odoo_write_named(&writer, LGS_STR("operation"));
    lgs_json_write_string(&writer.buf, lgs_cstr(right_words[check->right]));
    if (check->old_method) {
        lgs_odoo_write_named(&writer, LGS_STR("raise_exception"));
        lgs_buf_cstr(&writer.buf, "false");
    }
    return lgs_odoo_write_close(&writer, true, call);
}

static void take_version(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply)
{
    const lgs_node_t *result = reply->has_result ? &reply->result : NULL;
    const lgs_node_t *info = lgs_node_at(result, "server_version_info");
    lgs_str_t word = lgs_node_text(lgs_node_at(result, "server_version"));

    check->stage = ASK_LOGIN;
    check->version = 0;
    if (info && info->type == LGS_ARRAY && info->n) {
        (void)lgs_node_int(&info->u.items[0], &check->version);
    }
    check->old_method = check->version < 18;
    if (check->version == 0) {
        find_out(check, LGS_ODOO_REMARK, LGS_STR("version"),
                 LGS_STR("not told; JSON-2 needs 19 or later"));
        return;
    }
    if (check->version < 19 && check->caller.target->api == LGS_ODOO_JSON2) {
        find_out(check, LGS_ODOO_BAD, LGS_STR("version"),
                 LGS_STR("before 19 there is no JSON-2: set api: jsonrpc in gateway.yaml"));
        stop(check);
        return;
    }
    word = lgs_arena_str(check->caller.arena, word);
    find_out(check, LGS_ODOO_GOOD, LGS_STR("version"), word.data ? word : LGS_STR("known"));
}

static void take_login(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply)
{
    int64_t uid;

    if (reply->problem != LGS_PROBLEM_NONE) {
        find_out(check, LGS_ODOO_BAD, LGS_STR("connection"), reply->message);
        stop(check);
    } else if (lgs_node_int(&reply->result, &uid) && uid > 0) {
        lgs_odoo_facts_set_uid(check->facts, uid);
        check->stage = ASK_USER;
    } else {
        find_out(check, LGS_ODOO_BAD, LGS_STR("key"),
                 LGS_STR("Odoo does not accept the gateway's user or key"));
        stop(check);
    }
}

static void take_user(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply)
{
    const lgs_node_t *rows = reply->has_result ? &reply->result : NULL;
    bool is_known = rows && rows->type == LGS_ARRAY && rows->n;

    check->stage = ASK_FIELDS;
    check->model = check->first;
    if (reply->problem == LGS_PROBLEM_ODOO_CONTRACT) {
        find_out(check, LGS_ODOO_BAD, LGS_STR("connection"), reply->message);
        stop(check);
        return;
    }
    find_out(check, LGS_ODOO_GOOD, LGS_STR("key"), LGS_STR("accepted"));
    if (!is_known) {
        find_out(
            check, LGS_ODOO_REMARK, LGS_STR("user"),
            LGS_STR("not to be seen by its login; is `user` of gateway.yaml the key's owner?"));
    } else if (lgs_node_text(lgs_node_at(&rows->u.items[0], "email")).len == 0) {
        find_out(check, LGS_ODOO_REMARK, LGS_STR("user"),
                 LGS_STR("has no email address: Odoo then refuses maintenance requests (17)"));
    }
}

static void take_fields(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply)
{
    model_t *model = check->model;

    check->stage = ASK_RIGHT;
    check->right = 0;
    if (reply->problem != LGS_PROBLEM_NONE || !reply->has_result ||
        reply->result.type != LGS_OBJECT) {
        const char *module = module_of(model->name, LGS_STR(""));
        lgs_str_t text = reply->message;

        if (module && reply->problem == LGS_PROBLEM_ODOO_CONTRACT) {
            text = lgs_arena_printf(check->caller.arena, "not there: install the module %s",
                                    module);
        }
        model->absent = true;
        find_out(check, LGS_ODOO_BAD, model->name,
                 text.len ? text : LGS_STR("Odoo does not tell its fields"));
        return;
    }
    for (const field_t *field = model->first; field; field = field->next) {
        take_field(check, field, &reply->result);
    }
}

static void take_field(lgs_odoo_check_t *check, const field_t *field, const lgs_node_t *known)
{
    const char *module = module_of(check->model->name, field->name);
    bool is_there = lgs_node_get(known, field->name) != NULL;
    bool is_bad = field->is_needed &&
                  (field->others.len == 0 || !has_one_of(known, check->model, field->others));
    lgs_str_t what = lgs_arena_printf(check->caller.arena, "%.*s.%.*s", LGS_FMT(check->model->name),
                                      LGS_FMT(field->name));
    lgs_str_t text = LGS_STR("there");

    if (!is_there) {
        text = lgs_arena_printf(check->caller.arena, "not there%s%s%s%.*s",
                                module ? "; it comes with the module " : "", module ? module : "",
                                field->others.len ? "; looked for by " : "",
                                LGS_FMT(field->others));
    }
    find_out(check, is_there ? LGS_ODOO_GOOD : is_bad ? LGS_ODOO_BAD : LGS_ODOO_REMARK, what, text);
}

/*
 * Is any of the fields there that the same find tries? By the sentence that names them: one that
 * something else needs for sure does not remember the find.
 */
static bool has_one_of(const lgs_node_t *known, const model_t *model, lgs_str_t others)
{
    for (const field_t *field = model->first; field; field = field->next) {
        if (lgs_node_get(known, field->name) && is_named(others, field->name)) {
            return true;
        }
    }
    return false;
}

/* Is `name` one of "origin, name or code"? */
static bool is_named(lgs_str_t sentence, lgs_str_t name)
{
    const char *p = sentence.data, *end = p + sentence.len;

    while (p < end) {
        const char *word = p;

        while (p < end && *p != ' ' && *p != ',') {
            p++;
        }
        if (lgs_str_eq(lgs_str(word, (size_t)(p - word)), name)) {
            return true;
        }
        p += p < end;
    }
    return false;
}

/* An Odoo without the method is asked by the other one, once. */
static void take_right(lgs_odoo_check_t *check, const lgs_odoo_reply_t *reply)
{
    bool is_granted = reply->has_result && lgs_node_is_true(&reply->result);
    lgs_str_t what;

    if (reply->problem == LGS_PROBLEM_ODOO_CONTRACT && !check->old_method) {
        check->old_method = true;
        return;
    }
    what = lgs_arena_printf(check->caller.arena, "%.*s %s", LGS_FMT(check->model->name),
                            right_words[check->right]);
    find_out(check, is_granted ? LGS_ODOO_GOOD : LGS_ODOO_BAD, what,
             is_granted           ? LGS_STR("allowed")
             : reply->message.len ? reply->message
                                  : LGS_STR("not allowed to the gateway's user"));
    check->right++;
}

static const char *module_of(lgs_str_t model, lgs_str_t field)
{
    for (size_t i = 0; i < LGS_N(modules); i++) {
        lgs_str_t name = lgs_cstr(modules[i].model);
        bool is_prefix = name.data[name.len - 1] == '.';

        if (lgs_str_is(field, modules[i].field) &&
            (is_prefix ? lgs_str_starts(model, name) : lgs_str_eq(model, name))) {
            return modules[i].module;
        }
    }
    return NULL;
}

static void find_out(lgs_odoo_check_t *check, lgs_odoo_grade_t grade, lgs_str_t what,
                     lgs_str_t text)
{
    uint32_t size = check->size ? check->size * 2 : 32;

    if (check->n == check->size && size <= MAX_FINDINGS) {
        lgs_odoo_finding_t *grown = lgs_arena_grow(check->caller.arena, check->findings,
                                                   check->size * sizeof(*grown),
                                                   size * sizeof(*grown));

        if (grown) {
            check->findings = grown;
            check->size = size;
        }
    }
    if (check->n == check->size || what.data == NULL || text.data == NULL) {
        check->short_of_memory = true;
        return;
    }
    check->findings[check->n++] = (lgs_odoo_finding_t){grade, what, text};
}

static void stop(lgs_odoo_check_t *check)
{
    check->stage = ASK_NOTHING;
}
