/*
 * Rows → the answer: one document of all sources, the mapping over it, each record held against
 * the view's schema, the field rules, and the bytes with their entity tag. A view that does not fit
 * its schema is the policy's fault and is told to the log, not to the partner.
 */
#include "internal.h"

#include "../base/digest.h"

static bool make_document(lgs_query_plan_t *plan, lgs_doc_t *doc);
static bool make_params(const lgs_query_plan_t *plan, lgs_node_t *to);
static bool make_more(const lgs_query_plan_t *plan, lgs_node_t *to);
static bool make_view(lgs_query_plan_t *plan, const lgs_doc_t *doc, lgs_records_t *records,
                      lgs_errs_t *errs);
static bool write_one(lgs_query_plan_t *plan, const lgs_records_t *records, lgs_buf_t *buf,
                      lgs_query_answer_t *answer);
static void write_list(lgs_query_plan_t *plan, const lgs_records_t *records, lgs_str_t cursor,
                       lgs_buf_t *buf);
static lgs_str_t write_link(const lgs_query_plan_t *plan, lgs_str_t cursor);
static bool take_body(lgs_query_plan_t *plan, lgs_str_t json, lgs_query_answer_t *answer,
                      lgs_errs_t *errs);
static void refuse_form(lgs_query_answer_t *answer, const lgs_errs_t *errs);
static bool make_etag(lgs_arena_t *arena, bool is_edi, lgs_query_answer_t *answer);

void lgs_query_plan_finish(lgs_query_plan_t *plan, lgs_query_answer_t *answer, lgs_errs_t *errs)
{
    lgs_str_t cursor = {NULL, 0};
    lgs_records_t records;
    lgs_doc_t doc;
    lgs_buf_t buf;

    *answer = (lgs_query_answer_t){.problem = plan->problem, .message = plan->message};
    if (plan->problem != LGS_PROBLEM_NONE) {
        return;
    }
    answer->problem = LGS_PROBLEM_INTERNAL;
    answer->message = LGS_STR("the answer cannot be made");
    lgs_buf_init(&buf, plan->arena, 4096, 0);
    if (!make_document(plan, &doc) || !make_view(plan, &doc, &records, errs)) {
        return;
    }
    if (plan->next.is_set) {
        cursor = lgs_query_write_cursor(plan, &plan->next);
        answer->link = write_link(plan, cursor);
        if (cursor.data == NULL || answer->link.data == NULL) {
            return;
        }
    }
    if (plan->query->is_list) {
        write_list(plan, &records, cursor, &buf);
    } else if (!write_one(plan, &records, &buf, answer)) {
        return;
    }
    if (!buf.failed && take_body(plan, lgs_buf_text(&buf), answer, errs) &&
        make_etag(plan->arena, lgs_query_edi(plan->query, plan->caller.form) != NULL, answer)) {
        answer->problem = LGS_PROBLEM_NONE;
    }
}

bool lgs_etag_matches(lgs_str_t header, lgs_str_t etag)
{
    const char *p = header.data, *end = p + header.len;

    if (etag.len > 2 && etag.data[0] == 'W') { /* compared weakly: RFC 9110 section 8.8.3.2 */
        etag = lgs_str(etag.data + 2, etag.len - 2);
    }
    while (p < end) {
        const char *close;

        if (*p == ' ' || *p == '\t' || *p == ',') {
            p++;
            continue;
        }
        if (*p == '*') {
            return true;
        }
        p += end - p > 2 && p[0] == 'W' && p[1] == '/' ? 2 : 0;
        close = *p == '"' && end - p > 1 ? memchr(p + 1, '"', (size_t)(end - p - 1)) : NULL;
        if (close == NULL) {
            return false;
        }
        if (lgs_str_eq(lgs_str(p, (size_t)(close + 1 - p)), etag)) {
            return true;
        }
        p = close + 1;
    }
    return false;
}

/* ---- the document: {source: [rows], …, params: {…}, more: {source: true}} ---- */

static bool make_document(lgs_query_plan_t *plan, lgs_doc_t *doc)
{
    uint32_t n = plan->query->n_sources;
    lgs_member_t *members = lgs_arena_array(plan->arena, (size_t)n + 2, sizeof(*members));

    if (members == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        members[i].name = lgs_query_name(plan->query->sources[i].name);
        members[i].value = plan->found[i].rows;
        if (members[i].value.type != LGS_ARRAY) { /* was not asked */
            members[i].value = (lgs_node_t){.type = LGS_ARRAY, .offset = LGS_NO_OFFSET};
        }
    }
    members[n].name = lgs_query_name(LGS_STR("params"));
    members[n + 1].name = lgs_query_name(LGS_STR("more"));
    memset(doc, 0, sizeof(*doc));
    doc->root = (lgs_node_t){
        .u.members = members, .n = n + 2, .type = LGS_OBJECT, .offset = LGS_NO_OFFSET};
    return make_params(plan, &members[n].value) && make_more(plan, &members[n + 1].value);
}

static bool make_params(const lgs_query_plan_t *plan, lgs_node_t *to)
{
    const lgs_query_t *query = plan->query;
    lgs_member_t *members = lgs_arena_array(plan->arena, query->n_params, sizeof(*members));
    uint32_t n = 0;

    for (uint32_t i = 0; members && i < query->n_params; i++) {
        const lgs_query_value_t *value = &plan->args->values[i];
        lgs_node_t *items;

        if (value->n == 0) {
            continue;
        }
        items = lgs_arena_array(plan->arena, value->n, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        for (uint32_t k = 0; k < value->n; k++) {
            items[k] = lgs_node_string(value->values[k], LGS_NO_OFFSET, 0);
        }
        members[n].name = lgs_query_name(query->params[i].name);
        members[n].value = items[0];
        if (query->params[i].max_values > 1) {
            members[n].value = (lgs_node_t){
                .u.items = items, .n = value->n, .type = LGS_ARRAY, .offset = LGS_NO_OFFSET};
        }
        n++;
    }
    *to = (lgs_node_t){.u.members = members, .n = n, .type = LGS_OBJECT, .offset = LGS_NO_OFFSET};
    return members != NULL;
}

static bool make_more(const lgs_query_plan_t *plan, lgs_node_t *to)
{
    uint32_t n = plan->query->n_sources;
    lgs_member_t *members = lgs_arena_array(plan->arena, n, sizeof(*members));

    for (uint32_t i = 0; members && i < n; i++) {
        members[i].name = lgs_query_name(plan->query->sources[i].name);
        members[i].value = lgs_node_bool(plan->found[i].more, LGS_NO_OFFSET);
    }
    *to = (lgs_node_t){.u.members = members, .n = n, .type = LGS_OBJECT, .offset = LGS_NO_OFFSET};
    return members != NULL;
}

static bool make_view(lgs_query_plan_t *plan, const lgs_doc_t *doc, lgs_records_t *records,
                      lgs_errs_t *errs)
{
    const lgs_mapping_facts_t facts = {
        .partner = plan->caller.partner,
        .timezone = plan->caller.timezone,
        .received_at = LGS_STR(""),
        .format = LGS_STR("odoo"),
        .max_records = LGS_QUERY_MAX_ROWS,
    };

    if (lgs_mapping_run(plan->query->mapping, doc, &facts, plan->arena, records, NULL, errs) !=
        LGS_OK) {
        return false;
    }
    for (uint32_t i = 0; i < records->n; i++) {
        if (lgs_schema_validate(plan->query->view, doc, &records->items[i].node, errs) != LGS_OK) {
            return false;
        }
    }
    return true;
}

/* ---- bytes ---- */

static bool write_one(lgs_query_plan_t *plan, const lgs_records_t *records, lgs_buf_t *buf,
                      lgs_query_answer_t *answer)
{
    if (records->n != 1 ||
        !lgs_query_show(buf, &plan->query->show, plan->caller.scopes, &records->items[0].node)) {
        answer->problem = LGS_PROBLEM_NOT_FOUND;
        return false;
    }
    return true;
}

static void write_list(lgs_query_plan_t *plan, const lgs_records_t *records, lgs_str_t cursor,
                       lgs_buf_t *buf)
{
    bool first = true;

    lgs_buf_cstr(buf, "{\"items\":[");
    for (uint32_t i = 0; i < records->n; i++) {
        size_t mark = buf->len;

        lgs_buf_cstr(buf, first ? "" : ",");
        if (lgs_query_show(buf, &plan->query->show, plan->caller.scopes, &records->items[i].node)) {
            first = false;
        } else {
            buf->len = mark;
        }
    }
    lgs_buf_cstr(buf, "],\"next\":");
    if (cursor.len) {
        lgs_json_write_string(buf, cursor);
    } else {
        lgs_buf_cstr(buf, "null");
    }
    lgs_buf_byte(buf, '}');
}

/* RFC 8288; relative to the request's own address. */
static lgs_str_t write_link(const lgs_query_plan_t *plan, lgs_str_t cursor)
{
    const lgs_query_t *query = plan->query;
    lgs_buf_t buf;

    lgs_buf_init(&buf, plan->arena, 256, 0);
    lgs_buf_cstr(&buf, "<?");
    for (uint32_t i = 0; i < query->n_params; i++) {
        const lgs_query_value_t *value = &plan->args->values[i];

        if (query->params[i].in_path || value->n == 0) {
            continue;
        }
        lgs_buf_str(&buf, query->params[i].name);
        for (uint32_t k = 0; k < value->n; k++) {
            lgs_buf_byte(&buf, k ? ',' : '=');
            lgs_query_escape(&buf, value->values[k]);
        }
        lgs_buf_byte(&buf, '&');
    }
    lgs_buf_printf(&buf, "limit=%u&cursor=%.*s>; rel=\"next\"", plan->args->limit, LGS_FMT(cursor));
    return lgs_buf_text(&buf);
}

static bool take_body(lgs_query_plan_t *plan, lgs_str_t json, lgs_query_answer_t *answer,
                      lgs_errs_t *errs)
{
    uint32_t form = plan->caller.form;
    lgs_buf_t buf;

    answer->media_type = lgs_query_media_type(plan->query, form);
    answer->body = json;
    if (form == 0) {
        return true;
    }
    lgs_buf_init(&buf, plan->arena, json.len + 256, 0);
    if (!lgs_query_say(plan, &plan->query->forms[form - 1], json, &buf, errs)) {
        refuse_form(answer, errs);
        return false;
    }
    answer->body = buf.len ? lgs_buf_text(&buf) : LGS_STR("");
    return !buf.failed;
}

/* The mapping says itself why there is no such form of this: that is for who asked. */
static void refuse_form(lgs_query_answer_t *answer, const lgs_errs_t *errs)
{
    const lgs_err_t *first = errs->first;

    if (first && strcmp(first->code, "mapping-refused") == 0) {
        answer->problem = LGS_PROBLEM_NOT_ACCEPTABLE;
        answer->message = first->text;
    }
}

/*
 * A strong one: the same tag, the same bytes of the same media type. 128 bits of SHA-256 are enough
 * to tell them apart. An interchange has another number each time: its tag is a weak one.
 */
static bool make_etag(lgs_arena_t *arena, bool is_edi, lgs_query_answer_t *answer)
{
    uint8_t digest[LGS_SHA256_LEN];
    size_t mark = is_edi ? 2 : 0;
    char *tag = lgs_arena_alloc(arena, LGS_QUERY_ETAG + mark), hex[LGS_SHA256_HEX];
    char *text = tag ? tag + mark : NULL;
    lgs_str_t both;

    if (text == NULL || !lgs_sha256(answer->body, digest)) {
        return false;
    }
    lgs_hex(digest, LGS_SHA256_LEN, hex);
    both = lgs_arena_printf(arena, "%s %.*s", answer->media_type, (int)sizeof(hex), hex);
    if (both.data == NULL || !lgs_sha256(both, digest)) {
        return false;
    }
    text[0] = '"';
    lgs_hex(digest, (LGS_QUERY_ETAG - 2) / 2, text + 1);
    text[LGS_QUERY_ETAG - 1] = '"';
    memcpy(tag, "W/", mark);
    answer->etag = lgs_str(tag, LGS_QUERY_ETAG + mark);
    return true;
}
