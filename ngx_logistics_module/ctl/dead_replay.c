/*
 * logisticsctl dead replay, of one letter: its records as they are, translated once more from what
 * the partner sent, or with single fields changed; then the script that accepts it again.
 */
#include "dead.h"

#include <stdio.h>

#include "../policy/policy.h"
#include "../queue/order.h"

#define DEFAULT_POLICIES "lua-free-policies"

static bool make_records(ctl_messages_t *asked, const lgs_letter_t *letter, lgs_fixed_t *fixed,
                         lgs_str_t *revision);
static bool order_keys(ctl_messages_t *asked, const lgs_letter_t *letter, const lgs_node_t *records,
                       lgs_str_t *keys);
static lgs_rc_t send(ctl_messages_t *asked, const ctl_message_t *letter, const lgs_fixed_t *fixed,
                     lgs_str_t revision);
static void print_dry(const lgs_letter_t *letter, const lgs_fixed_t *fixed);

lgs_rc_t ctl_dead_replay(ctl_messages_t *asked, const ctl_message_t *letter)
{
    lgs_fixed_t fixed = {.body = {NULL, 0}};
    lgs_str_t revision = {NULL, 0};

    if (!ctl_dead_is(&letter->letter) || !make_records(asked, &letter->letter, &fixed, &revision)) {
        return LGS_INVALID;
    }
    if (asked->is_dry) {
        print_dry(&letter->letter, &fixed);
        return LGS_OK;
    }
    return send(asked, letter, &fixed, revision);
}

static bool make_records(ctl_messages_t *asked, const lgs_letter_t *letter, lgs_fixed_t *fixed,
                         lgs_str_t *revision)
{
    lgs_arena_t *arena = asked->lanes.arena;
    lgs_fix_t *fixes = lgs_arena_array(arena, asked->n_sets + 1, sizeof(*fixes));
    lgs_str_t body = letter->body;
    lgs_errs_t errs;
    lgs_rc_t rc = fixes ? LGS_OK : LGS_NOMEM;

    lgs_errs_init(&errs, arena, 10);
    if (body.len == 0 && !asked->with_policy) {
        fprintf(stderr,
                "logisticsctl dead: message %.*s is damaged: its records are gone; drop it, or "
                "--with-policy DIR makes them again if what came is there\n",
                LGS_FMT(letter->id));
        return false;
    }
    if (asked->with_policy && !ctl_dead_translate(asked, letter, &body, revision)) {
        return false;
    }
    for (uint32_t i = 0; rc == LGS_OK && i < asked->n_sets; i++) {
        rc = lgs_fix_read(arena, lgs_cstr(asked->sets[i]), &fixes[i], &errs);
    }
    if (rc == LGS_OK) {
        rc = lgs_fix_apply(arena, body, fixes, asked->n_sets, fixed, &errs);
    }
    if (rc != LGS_OK) {
        ctl_print_errors(&errs, letter->id.data);
    }
    return rc == LGS_OK;
}

/*
 * What the changed records are about: another tracking number is another line to stand in. The kind
 * of record is the route's, as the policies say.
 */
static bool order_keys(ctl_messages_t *asked, const lgs_letter_t *letter, const lgs_node_t *records,
                       lgs_str_t *keys)
{
    const char *dir = asked->with_policy ? asked->with_policy
                      : asked->policies  ? asked->policies
                                         : DEFAULT_POLICIES;
    const lgs_policy_options_t options = {.read_secrets = false};
    lgs_arena_t *arena = asked->lanes.arena;
    const lgs_route_t *route;
    lgs_policy_t *policy;
    lgs_errs_t errs;
    lgs_order_kind_t kind;
    lgs_buf_t buf;
    lgs_rc_t rc = LGS_NOT_FOUND;

    lgs_errs_init(&errs, arena, LGS_MAX_POLICY_ERRORS);
    lgs_buf_init(&buf, arena, 256, 0);
    policy = lgs_policy_load(dir, &options, &errs);
    route = policy ? lgs_policy_route_by_name(policy, letter->route) : NULL;
    if (route) {
        kind = lgs_policy_order_kind(route);
        rc = lgs_order_keys(&buf, letter->partner, &kind, records->u.items, records->n,
                            sizeof(*records->u.items));
    }
    if (policy == NULL) {
        ctl_print_errors(&errs, dir);
    } else if (rc != LGS_OK) {
        fprintf(stderr, "logisticsctl dead: %s: route \"%.*s\": %s\n", dir, LGS_FMT(letter->route),
                rc == LGS_NOT_FOUND ? "there is none" : "the records are about too much");
    }
    lgs_policy_free(policy);
    *keys = lgs_buf_text(&buf);
    return rc == LGS_OK;
}

static lgs_rc_t send(ctl_messages_t *asked, const ctl_message_t *letter, const lgs_fixed_t *fixed,
                     lgs_str_t revision)
{
    const lgs_deed_t deed = {.did = "replay",
                             .by = lgs_cstr(asked->by),
                             .why = lgs_cstr(asked->why),
                             .changes = fixed->changes,
                             .revision = revision};
    bool is_changed = asked->with_policy || asked->n_sets;
    lgs_str_t args[] = {letter->letter.id, LGS_STR(""), LGS_STR(""), LGS_STR(""),
                        letter->letter.closed};
    lgs_buf_t buf;

    lgs_buf_init(&buf, asked->lanes.arena, 256, 0);
    lgs_deed_write(&buf, &deed);
    if (is_changed) {
        args[1] = fixed->body;
        if (!order_keys(asked, &letter->letter, &fixed->records, &args[2])) {
            return LGS_INVALID;
        }
    }
    args[3] = lgs_buf_text(&buf);
    return buf.failed ? LGS_INVALID
                      : ctl_message_do(asked, letter, "replay", args, LGS_N(args), "replayed");
}

/* {"message","changes","records"}: what would go to Odoo by the route's mapping. */
static void print_dry(const lgs_letter_t *letter, const lgs_fixed_t *fixed)
{
    printf("{\"message\":\"%.*s\",\"route\":\"%.*s\"", LGS_FMT(letter->id), LGS_FMT(letter->route));
    if (fixed->changes.len) {
        printf(",\"changes\":%.*s", LGS_FMT(fixed->changes));
    }
    printf(",\"records\":%.*s}\n", LGS_FMT(fixed->body));
}
