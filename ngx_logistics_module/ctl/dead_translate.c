/*
 * dead replay --with-policy: what the partner sent, translated once more as a gateway with those
 * policies would; records that are in Odoo already are left out.
 */
#include "dead.h"

#include <stdio.h>

#include "../base/datetime.h"
#include "../policy/policy.h"

/* Longer words first: "json" is in application/x-ndjson, too. */
static const char *const formats[] = {"ndjson", "json", "xml", "csv", "fixed"};

typedef struct {
    lgs_policy_t *policy;
    const lgs_partner_t *partner;
    const lgs_route_t *route;
    const lgs_format_rule_t *rule;
    lgs_mapping_facts_t facts;
    lgs_arena_t *arena;
    lgs_errs_t errs, warnings;
    lgs_doc_t outcomes;
    lgs_buf_t out;
} again_t;

static bool find_rule(again_t *again, const lgs_letter_t *letter);
static bool translate_all(again_t *again, const lgs_letter_t *letter);
static lgs_rc_t translate_one(again_t *again, const lgs_doc_t *doc);
static void add_records(again_t *again, const lgs_records_t *records);
static bool is_done(const again_t *again, lgs_str_t id);

bool ctl_dead_translate(ctl_messages_t *asked, const lgs_letter_t *letter, lgs_str_t *body,
                        lgs_str_t *revision)
{
    const lgs_policy_options_t options = {.read_secrets = false};
    again_t again = {.arena = asked->lanes.arena};
    bool ok;

    lgs_errs_init(&again.errs, again.arena, LGS_MAX_POLICY_ERRORS);
    lgs_errs_init(&again.warnings, again.arena, LGS_MAX_POLICY_ERRORS);
    lgs_buf_init(&again.out, again.arena, letter->source.len + 1024, 0);
    again.policy = lgs_policy_load(asked->with_policy, &options, &again.errs);
    ok = again.policy && find_rule(&again, letter) && translate_all(&again, letter);
    ctl_print_errors(&again.warnings, letter->id.data);
    if (ok) {
        *body = lgs_buf_text(&again.out);
        *revision = lgs_arena_str(again.arena, lgs_policy_revision(again.policy));
        if (body->len <= 2) {
            fprintf(stderr, "%.*s: nothing is left to be sent\n", LGS_FMT(letter->id));
            ok = false;
        }
    } else {
        ctl_print_errors(&again.errs, again.policy ? letter->id.data : asked->with_policy);
    }
    lgs_policy_free(again.policy);
    return ok;
}

static bool find_rule(again_t *again, const lgs_letter_t *letter)
{
    again->partner = lgs_policy_partner_by_name(again->policy, letter->partner);
    again->route = lgs_policy_route_by_name(again->policy, letter->route);
    for (size_t i = 0; again->partner && again->route && i < LGS_N(formats); i++) {
        const lgs_format_rule_t *rule = lgs_policy_format(again->partner, again->route,
                                                          lgs_cstr(formats[i]));
        bool is_named = letter->media.len && strstr(letter->media.data, formats[i]);

        if (rule &&
            (is_named || (again->rule == NULL && lgs_input_takes(&rule->input, letter->source)))) {
            again->rule = rule;
            if (is_named) {
                break;
            }
        }
    }
    if (again->rule == NULL) {
        lgs_errs_add(&again->errs, "fix", (lgs_pos_t){0},
                     "partner \"%.*s\" and route \"%.*s\" have no format for %.*s there",
                     LGS_FMT(letter->partner), LGS_FMT(letter->route), LGS_FMT(letter->media));
    }
    return again->rule != NULL;
}

static bool translate_all(again_t *again, const lgs_letter_t *letter)
{
    const lgs_tree_limits_t *limits = lgs_policy_tree_limits(again->policy);
    lgs_reader_t *reader = lgs_reader_open(&again->rule->input, limits, again->arena);
    lgs_window_t window = {letter->source, true};
    lgs_rc_t rc = reader ? LGS_OK : LGS_NOMEM;

    again->facts = (lgs_mapping_facts_t){.partner = letter->partner,
                                         .received_at = lgs_letter_time(again->arena, letter->at),
                                         .timezone = again->partner->timezone};
    if (letter->outcome.len) {
        (void)!lgs_json_read(again->arena, letter->outcome, NULL, &again->outcomes, NULL);
    }
    lgs_buf_byte(&again->out, '[');
    while (rc == LGS_OK) {
        lgs_doc_t doc;

        rc = lgs_reader_next(reader, &window, again->arena, &doc, &again->errs);
        if (rc == LGS_OK) {
            rc = translate_one(again, &doc);
        }
        window.bytes.data += lgs_reader_used(reader);
        window.bytes.len -= lgs_reader_used(reader);
    }
    lgs_buf_byte(&again->out, ']');
    return rc == LGS_END && !again->out.failed;
}

static lgs_rc_t translate_one(again_t *again, const lgs_doc_t *doc)
{
    const lgs_format_rule_t *rule;
    lgs_records_t records = {.n = 0};
    lgs_rc_t rc = lgs_policy_choose(again->rule, doc, again->partner, again->arena, &rule,
                                    &again->errs);

    if (rc == LGS_OK && rule->schema) {
        rc = lgs_schema_validate(rule->schema, doc, doc->item, &again->errs);
    }
    if (rc == LGS_OK && rule->mapping == NULL) {
        lgs_errs_add(&again->errs, "fix", (lgs_pos_t){0},
                     "what came is canonical already: there is nothing to translate; --set "
                     "changes fields");
        rc = LGS_INVALID;
    }
    if (rc == LGS_OK) {
        again->facts.format = lgs_input_written_in(&rule->input);
        rc = lgs_mapping_run(rule->mapping, doc, &again->facts, again->arena, &records,
                             &again->warnings, &again->errs);
    }
    for (uint32_t i = 0; rc == LGS_OK && again->route->record_schema && i < records.n; i++) {
        rc = lgs_schema_validate_rest(again->route->record_schema,
                                      records.is_doubtful ? NULL : rule->rest, doc,
                                      &records.items[i].node, &again->errs);
    }
    add_records(again, rc == LGS_OK ? &records : NULL);
    return rc;
}

static void add_records(again_t *again, const lgs_records_t *records)
{
    for (uint32_t i = 0; records && i < records->n; i++) {
        const lgs_node_t *record = &records->items[i].node;

        if (!is_done(again, lgs_node_text(lgs_node_at(record, "id")))) {
            lgs_buf_cstr(&again->out, again->out.len > 1 ? "," : "");
            lgs_json_write(&again->out, record);
        }
    }
}

/* In the outcome stands what became of the records that are not left. */
static bool is_done(const again_t *again, lgs_str_t id)
{
    const lgs_node_t *list = &again->outcomes.root;

    for (uint32_t i = 0; list->type == LGS_ARRAY && i < list->n; i++) {
        if (lgs_str_eq(lgs_node_text(lgs_node_at(&list->u.items[i], "id")), id)) {
            return true;
        }
    }
    return false;
}
