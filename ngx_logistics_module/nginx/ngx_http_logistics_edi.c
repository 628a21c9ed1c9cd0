/*
 * EDI in a body: who wrote to whom, which set goes which way, and what is refused with what.
 * Everything is read, checked and translated before anything is delivered: an interchange whose
 * end says that it is broken leaves nothing behind.
 */
#include "ngx_http_logistics_edi.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define UNA_LEN  9u
#define MAX_TOLD 40u  /* bytes of an id in an error, */
#define MAX_NOTE 512u /* … and of the error */
#define TOLD(s)  (int)ngx_min((s).len, MAX_TOLD), (s).data ? (s).data : ""

/* What a note is about. */
typedef struct {
    ngx_http_logistics_interchange_t *one; /* that it concerns as a whole; NULL: it does not */
    lgs_edi_kept_t *unit;
    lgs_edi_t standard;
    lgs_pos_t pos;
} subject_t;

static bool set_up(ngx_http_logistics_ctx_t *ctx);
static void see(void *data, const lgs_edi_event_t *event);
static void warn(ngx_http_logistics_ctx_t *ctx, const lgs_edi_event_t *event);
static void add_interchange(ngx_http_logistics_ctx_t *ctx, const lgs_edi_event_t *event);
static size_t begin_of(lgs_str_t body, size_t header);
static void check_group(ngx_http_logistics_ctx_t *ctx, const lgs_edi_event_t *event);
static void add_set(ngx_http_logistics_edi_t *edi, lgs_arena_t *arena);
static void check_parties(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one);
static void note_group(ngx_http_logistics_ctx_t *ctx, const lgs_edi_event_t *event,
                       lgs_edi_check_t check, const char *format, ...) LGS_PRINTF(4, 5);
static void note(ngx_http_logistics_ctx_t *ctx, const subject_t *subject, lgs_edi_check_t check,
                 const char *format, va_list args);
static lgs_str_t name_of(ngx_http_logistics_ctx_t *ctx, const lgs_edi_parties_t *parties);
static void keep_problem(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one,
                         const lgs_err_t *err);
static bool is_unread(const ngx_http_logistics_set_t *set, const lgs_doc_t *doc,
                      const lgs_errs_t *errs);
static ngx_int_t ignore(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set);
static ngx_int_t take_nothing(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set,
                              const lgs_doc_t *doc, lgs_errs_t *errs);
static void note_envelope(ngx_http_logistics_ctx_t *ctx, const lgs_errs_t *errs);
static ngx_int_t find_way(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set,
                          const lgs_doc_t *doc, lgs_errs_t *errs);
static bool find_rules(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                       const lgs_doc_t *doc, lgs_errs_t *errs);
static void not_agreed(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                       const lgs_pos_t *pos);
static lgs_str_t sets_of(ngx_http_logistics_ctx_t *ctx, const lgs_route_t *door);
static void feed(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                 const lgs_doc_t *doc, const lgs_errs_t *errs);
static void tell(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc, const lgs_err_t *err);
static lgs_str_t tag_at(const lgs_doc_t *doc, uint32_t segment);
static lgs_str_t value_at(const lgs_doc_t *doc, const lgs_pos_t *pos);

/* As errors name the fields of a header. */
static const struct {
    const char *sender, *receiver, *test;
} fields[LGS_EDI_N_STANDARDS] = {
    [LGS_EDI_X12] = {"ISA05 and ISA06", "ISA07 and ISA08", "ISA15"},
    [LGS_EDI_EDIFACT] = {"the sender of UNB", "the recipient of UNB", "UNB 0035"},
    [LGS_EDI_TRADACOMS] = {"the sender of STX", "the recipient of STX", "STX"},
};

/* ---- opening ---- */

ngx_int_t ngx_http_logistics_edi_open(ngx_http_request_t *r, ngx_http_logistics_ctx_t *ctx)
{
    lgs_reader_t *reader = NULL;

    ctx->edi = lgs_arena_zalloc(ctx->arena, sizeof(*ctx->edi));
    if (ctx->edi && set_up(ctx)) {
        reader = lgs_reader_open(&ctx->edi->input, lgs_policy_tree_limits(ctx->conf->policy),
                                 ctx->arena);
    }
    if (reader == NULL) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    /* what a service behind us says is its answer */
    ctx->edi->answers = ctx->route->sets || ctx->route->deliver != LGS_DELIVER_FORWARD;
    lgs_edi_watch(reader, see, ctx);
    return ngx_http_logistics_batch_open(ctx, reader);
}

static bool set_up(ngx_http_logistics_ctx_t *ctx)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    const lgs_edi_terms_t *terms = ctx->partner->edi;
    time_t now = ngx_time();
    struct tm utc;

    edi->terms = terms;
    edi->profile = lgs_policy_edi_profile(ctx->partner, ctx->format);
    edi->input = (lgs_input_t){ctx->format->input.format, &edi->profile};
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(edi->date, sizeof(edi->date), "%Y%m%d", &utc) == 0 ||
        strftime(edi->time, sizeof(edi->time), "%H%M", &utc) == 0) {
        return false;
    }
    edi->options = (lgs_edi_ack_options_t){.is_999 = terms->is_999,
                                           .ta1 = terms->ta1,
                                           .contrl = terms->contrl,
                                           .each_message = terms->each_message,
                                           .has_lines = true,
                                           .number = 1,
                                           .date = edi->date,
                                           .time = edi->time};
    edi->ack = lgs_edi_ack_create(ctx->arena, &edi->options);
    return edi->ack != NULL;
}

/* A door has no format of its own: EDI comes, of the standard that the type says, or of any. */
const lgs_format_rule_t *ngx_http_logistics_edi_rule(ngx_http_logistics_ctx_t *ctx,
                                                     const char *const *words, ngx_uint_t n)
{
    lgs_format_rule_t *rule;
    const char *word = NULL;

    for (ngx_uint_t i = 0; i < n && words[i]; i++) {
        if (ngx_strcmp(words[i], "edi") == 0) {
            word = i == 1 ? words[0] : words[i];
        }
    }
    rule = word ? lgs_arena_zalloc(ctx->arena, sizeof(*rule)) : NULL;
    if (rule) {
        rule->format = lgs_cstr(word);
        rule->input.format = lgs_input_format(rule->format);
    }
    return rule;
}

/* ---- what the reader sees ---- */

static void see(void *data, const lgs_edi_event_t *event)
{
    ngx_http_logistics_ctx_t *ctx = data;

    lgs_edi_ack_see(ctx->edi->ack, event);
    if (event->what == LGS_EDI_OPENED && event->level == LGS_EDI_INTERCHANGE) {
        add_interchange(ctx, event);
    } else if (event->what == LGS_EDI_OPENED && event->level == LGS_EDI_GROUP) {
        check_group(ctx, event);
    } else if (event->what == LGS_EDI_CLOSED && event->level == LGS_EDI_SET) {
        add_set(ctx->edi, ctx->arena);
    } else if (event->what == LGS_EDI_PROBLEM && event->problem->severity == LGS_EDI_WARN) {
        warn(ctx, event);
    }
}

/* CONTRL has no word for what is taken all the same, TA1 and 997 only codes. */
static void warn(ngx_http_logistics_ctx_t *ctx, const lgs_edi_event_t *event)
{
    const lgs_edi_problem_t *problem = event->problem;
    lgs_err_t *told = lgs_errs_add(&ctx->warnings,
                                   lgs_edi_check_name(event->standard, problem->check),
                                   problem->pos, "%.*s", LGS_FMT(problem->text));

    if (told && problem->level == LGS_EDI_SET) {
        told->record = (int)ctx->edi->n_sets; /* the one that is being read */
    }
}

static void add_interchange(ngx_http_logistics_ctx_t *ctx, const lgs_edi_event_t *event)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    ngx_http_logistics_interchange_t *one = edi->interchanges;
    size_t at = begin_of(ctx->body, event->units[LGS_EDI_INTERCHANGE].pos.offset);

    if (edi->n_interchanges > NGX_HTTP_LOGISTICS_MAX_INTERCHANGES) {
        return; /* one too many is there already: all of them are refused */
    }
    if (edi->n_interchanges == edi->interchange_room) {
        uint32_t room = edi->interchange_room ? edi->interchange_room * 2 : 4;

        one = lgs_arena_grow(ctx->arena, one, edi->interchange_room * sizeof(*one),
                             room * sizeof(*one));
        if (one == NULL) {
            edi->failed = 1;
            return;
        }
        edi->interchanges = one;
        edi->interchange_room = room;
    }
    if (edi->n_interchanges) {
        one[edi->n_interchanges - 1].to = at;
    }
    one += edi->n_interchanges++;
    *one = (ngx_http_logistics_interchange_t){.kept = lgs_edi_ack_interchange(edi->ack),
                                              .pos = event->units[LGS_EDI_INTERCHANGE].pos,
                                              .from = at,
                                              .to = ctx->body.len,
                                              .copy_of = -1};
    if (one->kept == NULL) {
        edi->failed = 1;
        return;
    }
    lgs_edi_ack_relation(one->kept, &one->about);
    edi->failed |= !ngx_http_logistics_relation(ctx, &one->about, one->relation);
    check_parties(ctx, one);
}

/* UNA belongs to the interchange that it stands before. */
static size_t begin_of(lgs_str_t body, size_t header)
{
    size_t at = header;

    while (at > 0 && (body.data[at - 1] == '\r' || body.data[at - 1] == '\n')) {
        at--;
    }
    return at >= UNA_LEN && ngx_memcmp(body.data + at - UNA_LEN, "UNA", 3) == 0 ? at - UNA_LEN
                                                                                : header;
}

static void add_set(ngx_http_logistics_edi_t *edi, lgs_arena_t *arena)
{
    ngx_http_logistics_set_t *set = edi->sets;

    if (edi->n_sets == edi->set_room) {
        uint32_t room = edi->set_room ? edi->set_room * 2 : 32;

        set = lgs_arena_grow(arena, set, edi->set_room * sizeof(*set), room * sizeof(*set));
        if (set == NULL) {
            edi->failed = 1;
            return;
        }
        edi->sets = set;
        edi->set_room = room;
    }
    set += edi->n_sets++;
    *set = (ngx_http_logistics_set_t){.kept = lgs_edi_ack_set(edi->ack),
                                      .interchange = (int)edi->n_interchanges - 1};
    edi->failed |= set->kept == NULL;
}

/* ---- who writes to whom ---- */

static void check_parties(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one)
{
    const lgs_edi_terms_t *terms = ctx->edi->terms;
    const lgs_edi_relation_t *about = &one->about;
    bool is_sandbox = lgs_str_is(lgs_policy_environment(ctx->conf->policy), "sandbox");

    if (!lgs_policy_is_party(&terms->theirs, about->sender_qualifier, about->sender)) {
        ngx_http_logistics_edi_note(
            ctx, one, LGS_EDI_SENDER,
            "%s: \"%.*s/%.*s\" is not an id of partner \"%.*s\"; it is \"%.*s\"",
            fields[about->standard].sender, TOLD(about->sender_qualifier), TOLD(about->sender),
            LGS_FMT(ctx->partner->name), LGS_FMT(name_of(ctx, &terms->theirs)));
    }
    if (!lgs_policy_is_party(&terms->ours, about->receiver_qualifier, about->receiver)) {
        ngx_http_logistics_edi_note(
            ctx, one, LGS_EDI_RECEIVER, "%s: \"%.*s/%.*s\" is not who this is for; it is \"%.*s\"",
            fields[about->standard].receiver, TOLD(about->receiver_qualifier),
            TOLD(about->receiver), LGS_FMT(name_of(ctx, &terms->ours)));
    }
    if (about->standard != LGS_EDI_TRADACOMS && about->is_test != is_sandbox) {
        ngx_http_logistics_edi_note(
            ctx, one, LGS_EDI_TEST_INDICATOR,
            is_sandbox ? "%s: this is the sandbox, where interchanges are marked as tests"
                       : "%s: a test does not belong into production; send it to the sandbox",
            fields[about->standard].test);
    }
}

/* The first of them, as policies write it. */
static lgs_str_t name_of(ngx_http_logistics_ctx_t *ctx, const lgs_edi_parties_t *parties)
{
    const lgs_edi_party_t *first = &parties->items[0];

    return first->qualifier.len ? lgs_arena_printf(ctx->arena, "%.*s/%.*s",
                                                   LGS_FMT(first->qualifier), LGS_FMT(first->id))
                                : first->id;
}

/* Groups have ids of their own, without qualifiers. */
static void check_group(ngx_http_logistics_ctx_t *ctx, const lgs_edi_event_t *event)
{
    const lgs_edi_terms_t *terms = ctx->edi->terms;
    const lgs_edi_kept_t *group = lgs_edi_ack_group(ctx->edi->ack);
    bool is_x12 = event->standard == LGS_EDI_X12;
    lgs_str_t sender, receiver;

    if (group == NULL || event->standard == LGS_EDI_TRADACOMS) {
        return;
    }
    lgs_edi_ack_group_parties(group, &sender, &receiver);
    if (sender.len && !lgs_policy_is_named(&terms->theirs, sender)) {
        note_group(
            ctx, event, LGS_EDI_GROUP_SENDER, "%s: \"%.*s\" is not an id of partner \"%.*s\"",
            is_x12 ? "GS02" : "the sender of UNG", TOLD(sender), LGS_FMT(ctx->partner->name));
    }
    if (receiver.len && !lgs_policy_is_named(&terms->ours, receiver)) {
        note_group(ctx, event, LGS_EDI_GROUP_RECEIVER, "%s: \"%.*s\" is not who this is for",
                   is_x12 ? "GS03" : "the recipient of UNG", TOLD(receiver));
    }
}

static void note_group(ngx_http_logistics_ctx_t *ctx, const lgs_edi_event_t *event,
                       lgs_edi_check_t check, const char *format, ...)
{
    const subject_t subject = {NULL, lgs_edi_ack_group(ctx->edi->ack), event->standard,
                               event->units[LGS_EDI_GROUP].pos};
    va_list args;

    va_start(args, format);
    note(ctx, &subject, check, format, args);
    va_end(args);
}

void ngx_http_logistics_edi_note(ngx_http_logistics_ctx_t *ctx,
                                 ngx_http_logistics_interchange_t *one, lgs_edi_check_t check,
                                 const char *format, ...)
{
    const subject_t subject = {one, one->kept, one->about.standard, one->pos};
    va_list args;

    va_start(args, format);
    note(ctx, &subject, check, format, args);
    va_end(args);
}

/* What becomes of it is the policy's to say. */
static void note(ngx_http_logistics_ctx_t *ctx, const subject_t *subject, lgs_edi_check_t check,
                 const char *format, va_list args)
{
    lgs_edi_severity_t severity = lgs_edi_severity(&ctx->edi->profile, check);
    const char *code = lgs_edi_check_name(subject->standard, check);
    char text[MAX_NOTE];
    lgs_err_t *err;

    vsnprintf(text, sizeof(text), format, args);
    lgs_edi_ack_check(ctx->edi->ack, subject->unit, check, severity, &subject->pos, LGS_STR(""));
    if (severity == LGS_EDI_WARN) {
        (void)lgs_errs_add(&ctx->warnings, code, subject->pos, "%s", text);
    } else if (severity == LGS_EDI_REJECT) {
        err = lgs_errs_add(&ctx->errs, code, subject->pos, "%s", text);
        if (err->text.len == 0) { /* too many to be listed */
            err->text = lgs_arena_printf(ctx->arena, "%s", text);
        }
        if (subject->one) {
            keep_problem(ctx, subject->one, err);
        }
    }
}

/* The first reason of each interchange, for its outcome. */
static void keep_problem(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one,
                         const lgs_err_t *err)
{
    if (one->problem || err == NULL) {
        return;
    }
    one->problem = lgs_arena_alloc(ctx->arena, sizeof(*one->problem));
    if (one->problem == NULL) {
        ctx->edi->failed = 1;
        return;
    }
    *one->problem = *err;
    one->problem->record = -1;
    one->problem->next = NULL;
}

/* ---- set by set ---- */

ngx_int_t ngx_http_logistics_edi_take(ngx_http_logistics_ctx_t *ctx, lgs_arena_t *scratch,
                                      const lgs_doc_t *doc, lgs_rc_t read, lgs_errs_t *errs)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    const lgs_route_t *door = ctx->route;
    const lgs_records_t before = ctx->records;
    ngx_http_logistics_set_t *set;
    ngx_int_t taken;

    if (edi->failed) {
        return ngx_http_logistics_refuse_memory(ctx);
    }
    if (edi->n_interchanges > NGX_HTTP_LOGISTICS_MAX_INTERCHANGES) {
        return ngx_http_logistics_edi_refuse_many(ctx); /* before the rest is read */
    }
    if (edi->n_taken == edi->n_sets) {
        note_envelope(ctx, errs); /* it was about no set */
        return NGX_AGAIN;
    }
    set = &edi->sets[edi->n_taken++];
    edi->refusals = NULL;
    if (read != LGS_OK) {
        lgs_edi_ack_refuse(set->kept); /* why was noted as the reader saw it */
        set->state = NGX_HTTP_LOGISTICS_SET_REFUSED;
        return NGX_DECLINED;
    }
    taken = find_way(ctx, set, doc, errs);
    if (taken == NGX_OK) {
        ctx->records.ignored = LGS_STR(""); /* of a set before, which made records as well */
        ctx->route = set->route;
        taken = ngx_http_logistics_batch_take(ctx, scratch, doc, errs);
        ctx->route = door;
        if (taken == NGX_OK && ctx->records.n == before.n) {
            taken = take_nothing(ctx, set, doc, errs);
        }
        if (taken == NGX_DECLINED && is_unread(set, doc, errs)) {
            lgs_errs_init(errs, errs->arena, errs->cap);
            taken = ignore(ctx, set);
        }
        if (taken == NGX_DECLINED) {
            feed(ctx, set, doc, errs);
        }
    }
    if (taken == NGX_DECLINED) {
        set->state = NGX_HTTP_LOGISTICS_SET_REFUSED;
    }
    return taken == NGX_DONE ? NGX_OK : taken;
}

/* A mapping may say that nothing need be made of it; else it should have made something. */
static ngx_int_t take_nothing(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set,
                              const lgs_doc_t *doc, lgs_errs_t *errs)
{
    if (ctx->records.ignored.len == 0) {
        lgs_errs_add(errs, "no-records", lgs_doc_locate(doc, 0),
                     "mapping \"%.*s\" makes no record of this set",
                     LGS_FMT(ctx->format->mapping_name));
        return NGX_DECLINED;
    }
    return ignore(ctx, set);
}

/* No mapping is for an acknowledgement, which stands in a group of such (CONTRL: in none). */
static bool is_unread(const ngx_http_logistics_set_t *set, const lgs_doc_t *doc,
                      const lgs_errs_t *errs)
{
    const lgs_node_t *group = lgs_node_at(lgs_node_at(&doc->root, "message"), "group_type");

    return lgs_edi_ack_is_acknowledgement(set->kept) &&
           (group == NULL || lgs_str_is(lgs_node_text(group), "FA")) && errs->first &&
           ngx_strcmp(errs->first->code, "mapping-none") == 0;
}

static ngx_int_t ignore(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set)
{
    set->state = NGX_HTTP_LOGISTICS_SET_IGNORED;
    return ngx_http_logistics_batch_tell(ctx, ctx->batch->n_documents, NULL, "ignored")
               ? NGX_OK
               : ngx_http_logistics_refuse_memory(ctx);
}

/* What the reader found beside sets. */
static void note_envelope(ngx_http_logistics_ctx_t *ctx, const lgs_errs_t *errs)
{
    ngx_http_logistics_edi_t *edi = ctx->edi;
    ngx_http_logistics_interchange_t *last = edi->n_interchanges
                                                 ? &edi->interchanges[edi->n_interchanges - 1]
                                                 : NULL;

    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        lgs_err_t *told = lgs_errs_add(&ctx->errs, err->code, err->pos, "%.*s", LGS_FMT(err->text));

        if (told) {
            told->record = -1;
        }
        if (last) {
            keep_problem(ctx, last, err);
        }
    }
    if (last && lgs_reader_is_cut(ctx->batch->reader)) {
        lgs_edi_ack_refuse(last->kept); /* nobody knows what would have come */
    }
}

/* NGX_OK: set->route is its way. NGX_DONE: it needs none. NGX_DECLINED: refused. */
static ngx_int_t find_way(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_set_t *set,
                          const lgs_doc_t *doc, lgs_errs_t *errs)
{
    const lgs_route_t *door = ctx->route;
    lgs_str_t type = lgs_edi_ack_type(set->kept), scope;
    lgs_pos_t pos = lgs_doc_locate(doc, 0);

    if (lgs_edi_ack_is_refused(set->kept)) {
        lgs_errs_add(errs, "edi-envelope", pos, "refused with its interchange");
        return NGX_DECLINED;
    }
    set->route = door->sets ? lgs_map_get(door->sets, type) : door;
    if (set->route == door) {
        return NGX_OK;
    }
    if (set->route == NULL && lgs_edi_ack_is_acknowledgement(set->kept)) {
        ngx_int_t rc = ignore(ctx, set);

        return rc == NGX_OK ? NGX_DONE : rc;
    }
    if (set->route == NULL) {
        lgs_errs_add(errs, "set-unknown", pos,
                     "no set \"%.*s\" is taken here; those taken are %.*s", TOLD(type),
                     LGS_FMT(sets_of(ctx, door)));
    } else if (!ngx_http_logistics_may_post(ctx, set->route, &scope)) {
        bool in_token = lgs_has_scope(ctx->scopes, scope);

        lgs_errs_add(errs, in_token ? "scope-not-granted" : "scope-missing", pos,
                     in_token ? "partner \"%.*s\" is not granted the scope \"%.*s\", which a %.*s "
                                "needs"
                              : "the token of partner \"%.*s\" does not carry the scope \"%.*s\", "
                                "which a %.*s needs",
                     LGS_FMT(ctx->partner->name), LGS_FMT(scope), TOLD(type));
    } else if (find_rules(ctx, set, doc, errs)) {
        return NGX_OK;
    }
    not_agreed(ctx, set, &pos);
    return NGX_DECLINED;
}

/* Mappings that may be for the set. */
static bool find_rules(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                       const lgs_doc_t *doc, lgs_errs_t *errs)
{
    lgs_str_t standard = lgs_node_text(lgs_node_at(lgs_node_at(&doc->root, "message"), "standard"));

    ctx->batch->rules = lgs_policy_set_format(ctx->partner, ctx->route, set->route, standard);
    if (ctx->batch->rules == NULL) {
        lgs_errs_add(errs, "mapping-none", lgs_doc_locate(doc, 0),
                     "no mapping of %.*s is agreed with partner \"%.*s\" for route \"%.*s\"",
                     LGS_FMT(standard), LGS_FMT(ctx->partner->name), LGS_FMT(set->route->name));
    }
    return ctx->batch->rules != NULL;
}

static void not_agreed(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                       const lgs_pos_t *pos)
{
    lgs_edi_ack_check(ctx->edi->ack, set->kept, LGS_EDI_NOT_AGREED, LGS_EDI_REJECT, pos,
                      LGS_STR(""));
}

/* "204, 214, IFTSTA" */
static lgs_str_t sets_of(ngx_http_logistics_ctx_t *ctx, const lgs_route_t *door)
{
    lgs_buf_t buf;

    lgs_buf_init(&buf, ctx->arena, 128, 0);
    for (size_t i = 0; i < lgs_map_count(door->sets); i++) {
        lgs_str_t set;

        lgs_map_at(door->sets, i, &set, NULL);
        lgs_buf_printf(&buf, "%s%.*s", i ? ", " : "", LGS_FMT(set));
    }
    return buf.failed ? LGS_STR("others") : lgs_buf_text(&buf);
}

/* ---- what acknowledgements say of a set ---- */

/* That it was not for anybody, or each error at its segment. */
static void feed(ngx_http_logistics_ctx_t *ctx, const ngx_http_logistics_set_t *set,
                 const lgs_doc_t *doc, const lgs_errs_t *errs)
{
    lgs_edi_ack_refuse(set->kept);
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        if (ngx_strcmp(err->code, "mapping-none") == 0) { /* of no mapping's sets and versions */
            not_agreed(ctx, set, &err->pos);
        } else if (err->pos.segment) {
            tell(ctx, doc, err);
        }
    }
}

/* A guide knows which segment is missing there, and the number of an element. */
static void tell(ngx_http_logistics_ctx_t *ctx, const lgs_doc_t *doc, const lgs_err_t *err)
{
    for (const ngx_http_logistics_refusal_t *one = ctx->edi->refusals; one; one = one->next) {
        if (one->finding.pointer.data == err->pointer.data) {
            lgs_edi_ack_find(ctx->edi->ack, &one->finding);
            return;
        }
    }
    lgs_edi_ack_add(ctx->edi->ack, lgs_edi_fault(err->code), &err->pos,
                    tag_at(doc, err->pos.segment), value_at(doc, &err->pos));
}

static lgs_str_t tag_at(const lgs_doc_t *doc, uint32_t segment)
{
    const lgs_node_t *segments = lgs_node_at(&doc->root, "segments");
    const lgs_node_t *found = segments && segment <= segments->n ? &segments->u.items[segment - 1]
                                                                 : NULL;

    return found && found->type == LGS_OBJECT && found->n ? lgs_node_text(&found->u.members[0].name)
                                                          : LGS_STR("");
}

/* From the place of the error to the next separator. */
static lgs_str_t value_at(const lgs_doc_t *doc, const lgs_pos_t *pos)
{
    const lgs_edi_marks_t *marks = &doc->marks;
    size_t from = pos->offset >= doc->base.bytes ? pos->offset - (size_t)doc->base.bytes
                                                 : doc->source.len;
    size_t to = from;

    if (pos->element == 0) {
        return LGS_STR("");
    }
    while (to < doc->source.len) {
        char c = doc->source.data[to];

        if (c == marks->element || c == marks->component || c == marks->terminator[0] ||
            (marks->repetition && c == marks->repetition)) {
            break;
        }
        to++;
    }
    return lgs_str(doc->source.data + from, to - from);
}

/* ---- outcomes ---- */

const lgs_route_t *ngx_http_logistics_route_of(const ngx_http_logistics_ctx_t *ctx, uint32_t record)
{
    return ctx->edi ? ctx->edi->sets[ctx->batch->document[record]].route : ctx->route;
}

void ngx_http_logistics_edi_write_set(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx,
                                      uint32_t document)
{
    const ngx_http_logistics_set_t *set;

    if (ctx->edi == NULL || document >= ctx->edi->n_sets) {
        return;
    }
    set = &ctx->edi->sets[document];
    lgs_buf_cstr(buf, "\"set\":");
    lgs_json_write_string(buf, lgs_edi_ack_type(set->kept));
    lgs_buf_cstr(buf, ",\"control\":");
    lgs_json_write_string(buf, lgs_edi_ack_number(set->kept));
    if (set->route && set->route != ctx->route) {
        lgs_buf_cstr(buf, ",\"route\":");
        lgs_json_write_string(buf, set->route->name);
    }
    lgs_buf_byte(buf, ',');
}

/* "interchanges":[{"control","sender","receiver","sets","outcome","problem"}] */
void ngx_http_logistics_edi_write_interchanges(lgs_buf_t *buf, const ngx_http_logistics_ctx_t *ctx)
{
    const ngx_http_logistics_edi_t *edi = ctx->edi;

    lgs_buf_cstr(buf, "\"interchanges\":[");
    for (uint32_t i = 0; i < edi->n_interchanges; i++) {
        const ngx_http_logistics_interchange_t *one = &edi->interchanges[i];

        lgs_buf_cstr(buf, i ? ",{\"control\":" : "{\"control\":");
        lgs_json_write_string(buf, one->about.number);
        lgs_buf_cstr(buf, ",\"sender\":");
        lgs_json_write_string(buf, one->about.sender);
        lgs_buf_cstr(buf, ",\"receiver\":");
        lgs_json_write_string(buf, one->about.receiver);
        lgs_buf_cstr(buf, one->is_replayed                    ? ",\"outcome\":\"replayed\""
                          : lgs_edi_ack_is_refused(one->kept) ? ",\"outcome\":\"refused\""
                                                              : ",\"outcome\":\"read\"");
        if (one->problem) {
            lgs_buf_cstr(buf, ",\"problem\":");
            lgs_problem_write_error(buf, one->problem);
        }
        lgs_buf_byte(buf, '}');
    }
    lgs_buf_byte(buf, ']');
}
