/*
 * RFC 9457 problem documents (problem.h). The table is the whole knowledge of statuses and types;
 * docs/problems.md has a section for each slug. 429 and 503 for load carry the types that the
 * IETF's rate limit draft registered, so that a client's library knows them.
 */
#include "problem.h"

#define OURS(slug) "https://ngx-logistics.dev/problems/" slug, slug
#define IANA(slug) "https://iana.org/assignments/http-problem-types#" slug, slug
#define INSTANCE   "urn:ngx-logistics:"

static const lgs_problem_info_t kinds[LGS_N_PROBLEMS] = {
    [LGS_PROBLEM_NONE] = {200, OURS("none"), "No problem", false},
    [LGS_PROBLEM_UNAUTHENTICATED] = {401, OURS("unauthenticated"),
                                     "The request carries no acceptable token", false},
    [LGS_PROBLEM_FORBIDDEN] = {403, OURS("forbidden"), "The token does not allow this", false},
    [LGS_PROBLEM_NO_ROUTE] = {404, OURS("no-route"), "There is no such resource", false},
    [LGS_PROBLEM_NOT_FOUND] = {404, OURS("not-found"), "What was asked for is not there", false},
    [LGS_PROBLEM_METHOD] = {405, OURS("method-not-allowed"),
                            "The resource does not take this method", false},
    [LGS_PROBLEM_NOT_ACCEPTABLE] = {406, OURS("not-acceptable"),
                                    "There is no such form of the answer", false},
    [LGS_PROBLEM_CONFLICT] = {409, OURS("conflict"), "The same message is being worked on", true},
    [LGS_PROBLEM_ORDER] = {409, OURS("out-of-order"),
                           "The event does not fit what is known of the thing", false},
    [LGS_PROBLEM_TOO_LARGE] = {413, OURS("too-large"), "The message is larger than allowed", false},
    [LGS_PROBLEM_MEDIA_TYPE] = {415, OURS("media-type"), "The route does not take this media type",
                                false},
    [LGS_PROBLEM_MALFORMED] = {400, OURS("malformed"), "The message cannot be read", false},
    [LGS_PROBLEM_INVALID] = {422, OURS("schema-invalid"), "The message does not follow its schema",
                             false},
    [LGS_PROBLEM_UNTRANSLATABLE] = {422, OURS("untranslatable"), "The message cannot be translated",
                                    false},
    [LGS_PROBLEM_BATCH] = {422, OURS("documents-refused"), "Documents of the batch were refused",
                           false},
    [LGS_PROBLEM_INTERCHANGE] = {422, OURS("interchange-refused"), "The interchange was refused",
                                 false},
    [LGS_PROBLEM_REFUSED_BY_ODOO] = {422, OURS("refused-by-odoo"), "The records were refused",
                                     false},
    [LGS_PROBLEM_UNKNOWN_REFERENCE] = {422, OURS("unknown-reference"),
                                       "The message refers to something unknown here", false},
    [LGS_PROBLEM_KEY_REUSED] = {422, OURS("key-reused"), "The key came with another content before",
                                false},
    [LGS_PROBLEM_RATE] = {429, IANA("quota-exceeded"), "The agreed rate is used up", true},
    [LGS_PROBLEM_BAD_REQUEST] = {400, OURS("bad-request"), "The request is not well formed", false},
    [LGS_PROBLEM_OVERLOADED] = {503, IANA("temporary-reduced-capacity"),
                                "The gateway takes no more at the moment", true},
    [LGS_PROBLEM_ODOO_CONTRACT] = {502, OURS("odoo-contract"),
                                   "Odoo does not know what the policy asks of it", false},
    [LGS_PROBLEM_ODOO_CREDENTIALS] = {502, OURS("odoo-credentials"),
                                      "Odoo refused the gateway's access", false},
    [LGS_PROBLEM_ODOO_AWAY] = {503, OURS("odoo-away"), "Odoo cannot be reached", true},
    [LGS_PROBLEM_ODOO_BUSY] = {503, OURS("odoo-busy"), "Odoo was busy and changed nothing", true},
    [LGS_PROBLEM_ODOO_UNCERTAIN] = {504, OURS("odoo-uncertain"),
                                    "Odoo did not answer; the same message may be sent again",
                                    true},
    [LGS_PROBLEM_UPSTREAM_AWAY] = {502, OURS("upstream-away"),
                                   "The service behind this route cannot be reached", true},
    [LGS_PROBLEM_UPSTREAM_TIMEOUT] = {504, OURS("upstream-timeout"),
                                      "The service behind this route did not answer in time", true},
    [LGS_PROBLEM_INTERNAL] = {500, OURS("internal"), "The gateway failed", false},
};

static void write_errors(lgs_buf_t *buf, const char *name, const char *more_name,
                         const lgs_errs_t *errs);
static lgs_str_t detail_of(const lgs_problem_t *problem, const lgs_problem_info_t *info);

const lgs_problem_info_t *lgs_problem_info(lgs_problem_kind_t kind)
{
    bool is_known = (unsigned)kind < LGS_N_PROBLEMS;

    return &kinds[is_known ? kind : LGS_PROBLEM_INTERNAL];
}

void lgs_problem_write(lgs_buf_t *buf, const lgs_problem_t *problem)
{
    const lgs_problem_info_t *info = lgs_problem_info(problem->kind);

    lgs_buf_cstr(buf, "{\"type\":\"");
    lgs_buf_cstr(buf, info->type);
    lgs_buf_byte(buf, '"');
    lgs_json_write_member(buf, "title", lgs_cstr(info->title));
    lgs_buf_cstr(buf, ",\"status\":");
    lgs_buf_u64(buf, (uint64_t)info->status);
    lgs_json_write_member(buf, "detail", detail_of(problem, info));
    if (problem->correlation_id.len) {
        lgs_buf_cstr(buf, ",\"instance\":\"" INSTANCE);
        lgs_buf_str(buf, problem->correlation_id); /* checked: no byte of it needs an escape */
        lgs_buf_byte(buf, '"');
    }
    lgs_json_write_member(buf, "correlation_id", problem->correlation_id);
    lgs_json_write_member(buf, "policy_revision", problem->revision);
    lgs_json_write_member(buf, "partner", problem->partner);
    lgs_buf_cstr(buf, info->retryable ? ",\"retryable\":true" : ",\"retryable\":false");
    if (problem->errs && problem->errs->n) {
        write_errors(buf, "errors", "more", problem->errs);
    }
    if (problem->extra.len) {
        lgs_buf_byte(buf, ',');
        lgs_buf_str(buf, problem->extra);
    }
    lgs_buf_byte(buf, '}');
}

void lgs_problem_write_warnings(lgs_buf_t *buf, const lgs_errs_t *warnings)
{
    write_errors(buf, "warnings", "more_warnings", warnings);
}

static lgs_str_t detail_of(const lgs_problem_t *problem, const lgs_problem_info_t *info)
{
    if (problem->detail.len) {
        return problem->detail;
    }
    if (problem->errs && problem->errs->first && problem->errs->first->text.len) {
        return problem->errs->first->text;
    }
    return lgs_cstr(info->title);
}

/* At most LGS_MAX_ERRORS, whatever the list was allowed to hold; the others are counted. */
static void write_errors(lgs_buf_t *buf, const char *name, const char *more_name,
                         const lgs_errs_t *errs)
{
    uint64_t more = errs->more;
    uint32_t n = 0;

    lgs_buf_cstr(buf, ",\"");
    lgs_buf_cstr(buf, name);
    lgs_buf_cstr(buf, "\":[");
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        if (n == LGS_MAX_ERRORS) {
            more++;
            continue;
        }
        if (n++) {
            lgs_buf_byte(buf, ',');
        }
        lgs_problem_write_error(buf, err);
    }
    lgs_buf_byte(buf, ']');
    if (more) {
        lgs_buf_cstr(buf, ",\"");
        lgs_buf_cstr(buf, more_name);
        lgs_buf_cstr(buf, "\":");
        lgs_buf_u64(buf, more);
    }
}

/* The file of a policy is ours to know; line and column are the payload's. */
void lgs_problem_write_error(lgs_buf_t *buf, const lgs_err_t *err)
{
    const struct {
        const char *member;
        uint32_t number;
    } places[] = {
        {",\"line\":", err->pos.line},           {",\"column\":", err->pos.column},
        {",\"segment\":", err->pos.segment},     {",\"element\":", err->pos.element},
        {",\"component\":", err->pos.component},
    };

    lgs_buf_cstr(buf, "{\"code\":");
    lgs_json_write_string(buf, lgs_cstr(err->code));
    lgs_json_write_member(buf, "detail", err->text);
    if (err->pointer.len || err->schema.len) { /* "" is the root, and then worth saying */
        lgs_buf_cstr(buf, ",\"pointer\":");
        lgs_json_write_string(buf, err->pointer);
    }
    for (size_t i = 0; err->file.len == 0 && i < LGS_N(places); i++) {
        if (places[i].number) {
            lgs_buf_cstr(buf, places[i].member);
            lgs_buf_u64(buf, places[i].number);
        }
    }
    lgs_json_write_member(buf, "schema", err->schema);
    if (err->record >= 0) {
        lgs_buf_cstr(buf, ",\"record\":");
        lgs_buf_u64(buf, (uint64_t)err->record);
    }
    lgs_buf_byte(buf, '}');
}
