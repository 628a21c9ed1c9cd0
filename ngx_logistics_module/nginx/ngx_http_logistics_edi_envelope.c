/*
 * Envelopes of a body: it is opened, and what the reader sees of it becomes interchanges and sets:
 * who wrote to whom, and what is wrong with a header. Ways of sets are edi_set.c's.
 */
#include "ngx_http_logistics_edi.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define UNA_LEN  9u
#define MAX_NOTE 512u /* bytes of an error */

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
static void check_test(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one);
static lgs_str_t name_of(ngx_http_logistics_ctx_t *ctx, const lgs_edi_parties_t *parties);
static lgs_str_t party_of(ngx_http_logistics_ctx_t *ctx, lgs_str_t qualifier, lgs_str_t id);
static void keep_problem(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one,
                         const lgs_err_t *err);

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

    if (ngx_http_logistics_edi_is_crowded(ctx->edi)) {
        return; /* all of it is refused */
    }
    lgs_edi_ack_see(ctx->edi->ack, event);
    if (event->what == LGS_EDI_OPENED && event->level == LGS_EDI_INTERCHANGE) {
        add_interchange(ctx, event);
    } else if (event->what == LGS_EDI_OPENED && event->level == LGS_EDI_GROUP) {
        ctx->edi->n_groups++;
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

    if (!lgs_policy_is_party(&terms->theirs, about->sender_qualifier, about->sender)) {
        ngx_http_logistics_edi_note(ctx, one, LGS_EDI_SENDER,
                                    "%s: \"%.*s\" is not an id of partner \"%.*s\"; it is \"%.*s\"",
                                    fields[about->standard].sender,
                                    LGS_FMT(party_of(ctx, about->sender_qualifier, about->sender)),
                                    LGS_FMT(ctx->partner->name),
                                    LGS_FMT(name_of(ctx, &terms->theirs)));
    }
    if (!lgs_policy_is_party(&terms->ours, about->receiver_qualifier, about->receiver)) {
        ngx_http_logistics_edi_note(
            ctx, one, LGS_EDI_RECEIVER, "%s: \"%.*s\" is not who this is for; it is \"%.*s\"",
            fields[about->standard].receiver,
            LGS_FMT(party_of(ctx, about->receiver_qualifier, about->receiver)),
            LGS_FMT(name_of(ctx, &terms->ours)));
    }
    check_test(ctx, one);
}

/* What is neither production nor test is taken by no environment. */
static void check_test(ngx_http_logistics_ctx_t *ctx, ngx_http_logistics_interchange_t *one)
{
    const lgs_edi_relation_t *about = &one->about;
    bool is_sandbox = lgs_str_is(lgs_policy_environment(ctx->conf->policy), "sandbox");

    if (about->standard == LGS_EDI_X12 &&
        (about->test.len != 1 || ngx_strchr("PTI", about->test.data[0]) == NULL)) {
        ngx_http_logistics_edi_note(ctx, one, LGS_EDI_TEST_INDICATOR,
                                    "ISA15: \"%.*s\" is none of P (production), T (test) and I "
                                    "(information)",
                                    NGX_HTTP_LOGISTICS_TOLD(about->test));
    } else if (about->standard != LGS_EDI_TRADACOMS && about->is_test != is_sandbox) {
        ngx_http_logistics_edi_note(
            ctx, one, LGS_EDI_TEST_INDICATOR,
            is_sandbox ? "%s: this is the sandbox, where interchanges are marked as tests"
                       : "%s: a test does not belong into production; send it to the sandbox",
            fields[about->standard].test);
    }
}

/* The first of them. */
static lgs_str_t name_of(ngx_http_logistics_ctx_t *ctx, const lgs_edi_parties_t *parties)
{
    return party_of(ctx, parties->items[0].qualifier, parties->items[0].id);
}

/* As policies write it. */
static lgs_str_t party_of(ngx_http_logistics_ctx_t *ctx, lgs_str_t qualifier, lgs_str_t id)
{
    lgs_str_t text = lgs_arena_printf(ctx->arena, "%.*s%s%.*s", NGX_HTTP_LOGISTICS_TOLD(qualifier),
                                      qualifier.len ? "/" : "", NGX_HTTP_LOGISTICS_TOLD(id));

    return text.data ? text : LGS_STR("");
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
        note_group(ctx, event, LGS_EDI_GROUP_SENDER,
                   "%s: \"%.*s\" is not an id of partner \"%.*s\"",
                   is_x12 ? "GS02" : "the sender of UNG", NGX_HTTP_LOGISTICS_TOLD(sender),
                   LGS_FMT(ctx->partner->name));
    }
    if (receiver.len && !lgs_policy_is_named(&terms->ours, receiver)) {
        note_group(ctx, event, LGS_EDI_GROUP_RECEIVER, "%s: \"%.*s\" is not who this is for",
                   is_x12 ? "GS03" : "the recipient of UNG", NGX_HTTP_LOGISTICS_TOLD(receiver));
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

void ngx_http_logistics_edi_note_envelope(ngx_http_logistics_ctx_t *ctx, const lgs_errs_t *errs)
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
