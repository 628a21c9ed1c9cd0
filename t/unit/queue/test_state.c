#include "../../../ngx_logistics_module/queue/state.h"
#include "../../../ngx_logistics_module/formats/json.h"
#include "../unit.h"

#include <stdio.h>

static lgs_arena_t *arena;

static lgs_rc_t add(lgs_queue_state_t *state, uint32_t lane, const char *const *words, size_t n)
{
    lgs_str_t texts[40];

    for (size_t i = 0; i < n; i++) {
        texts[i] = lgs_cstr(words[i]);
    }
    return lgs_queue_state_add(state, lane, texts, n);
}

static void fill(lgs_queue_state_t *state)
{
    static const char *const of_7[] = {"open",
                                       "3",
                                       "oldest_ms",
                                       "500",
                                       "depth:bulk",
                                       "2",
                                       "depth:critical",
                                       "1",
                                       "partner:acme",
                                       "3",
                                       "partner_ms:acme",
                                       "500",
                                       "dead:refused",
                                       "2",
                                       "took:bulk:0.5",
                                       "4",
                                       "took_ms:bulk",
                                       "1500",
                                       "oldest_ms:bulk",
                                       "500",
                                       "new:thing",
                                       "1",
                                       "bytes",
                                       "-3",
                                       "callbacks",
                                       "2",
                                       "callback:acme",
                                       "2",
                                       "callback_given_up:bolt",
                                       "5",
                                       "tries:bulk:2",
                                       "4",
                                       "tries_sum:bulk",
                                       "8"};
    static const char *const of_9[] = {"open",
                                       "1",
                                       "oldest_ms",
                                       "900",
                                       "depth:bulk",
                                       "1",
                                       "dead:refused",
                                       "1",
                                       "took:bulk:+Inf",
                                       "1",
                                       "oldest_ms:bulk",
                                       "200",
                                       "tries:bulk:+Inf",
                                       "1",
                                       "tries_sum:bulk",
                                       "14"};

    lgs_queue_state_init(state, arena);
    CHECK_INT(add(state, 7, of_7, LGS_N(of_7)), LGS_OK);
    CHECK_INT(add(state, 9, of_9, LGS_N(of_9)), LGS_OK);
}

TEST(lanes_are_added_up)
{
    static lgs_queue_state_t state;

    fill(&state);
    CHECK_INT(state.all.open, 4);
    CHECK_INT(state.all.oldest_ms, 900);
    CHECK_INT(state.all.bytes, 0); /* what is no number counts nothing */
    CHECK_INT(state.lanes[7].open, 3);
    CHECK_INT(state.classes[2].open, 3);
    CHECK_INT(state.classes[2].oldest_ms, 500);
    CHECK_INT(state.all.callbacks, 2);
    CHECK_INT(state.reasons.n, 1);
    CHECK_INT(state.reasons.items[0].n, 3);
    CHECK_INT(state.partners.items[0].oldest_ms, 500);
}

TEST(json_has_lanes_that_hold_something)
{
    static lgs_queue_state_t state;
    lgs_doc_t doc;
    lgs_buf_t buf;
    int64_t number = 0;

    fill(&state);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_queue_state_write(&buf, &state);
    CHECK_INT(lgs_json_read(arena, lgs_buf_text(&buf), NULL, &doc, NULL), LGS_OK);
    CHECK_INT(lgs_node_pointer(&doc.root, LGS_STR("/lanes"))->n, 2);
    CHECK(lgs_node_int(lgs_node_pointer(&doc.root, LGS_STR("/lanes/1/lane")), &number));
    CHECK_INT(number, 9);
    CHECK(lgs_node_int(lgs_node_pointer(&doc.root, LGS_STR("/partners/acme/oldest_ms")), &number));
    CHECK_INT(number, 500);
    CHECK(
        lgs_node_int(lgs_node_pointer(&doc.root, LGS_STR("/callbacks_by_partner/acme")), &number));
    CHECK_INT(number, 2);
    CHECK(lgs_node_int(lgs_node_pointer(&doc.root, LGS_STR("/dead_by_reason/refused")), &number));
    CHECK_INT(number, 3);
}

/* Ten seconds later: 20 of acme are delivered and 10 given up, 2 of bolt are replayed. */
TEST(rates_are_what_two_looks_differ_by)
{
    static lgs_queue_state_t before, now;
    static const char *const then[] = {
        "at_ms",          "1000", "open",          "5",  "accepted",     "100",
        "delivered",      "95",   "depth:bulk",    "5",  "partner:acme", "5",
        "delivered:acme", "90",   "took:bulk:0.5", "95", "tries:bulk:1", "95"};
    static const char *const later[] = {
        "at_ms",          "11000", "open",          "15", "accepted",     "138",
        "delivered",      "115",   "replayed",      "2",  "depth:bulk",   "13",
        "depth:standard", "2",     "partner:acme",  "13", "partner:bolt", "2",
        "delivered:acme", "110",   "given_up:acme", "10", "took:bulk:1",  "20",
        "took:bulk:0.5",  "95",    "tries:bulk:1",  "125"};
    lgs_doc_t doc;
    lgs_buf_t buf;

    lgs_queue_state_init(&before, arena);
    lgs_queue_state_init(&now, arena);
    CHECK_INT(add(&before, 7, then, LGS_N(then)), LGS_OK);
    CHECK_INT(add(&now, 7, later, LGS_N(later)), LGS_OK);
    CHECK(lgs_queue_state_compare(&now, &before) == LGS_OK && now.has_rates);
    CHECK(now.rate.accepted == 4 && now.rate.delivered == 2 && now.rate.dead == 1);
    CHECK(now.lane_rates[7].accepted == 4 && now.lane_rates[7].dead == 1);
    CHECK(now.lane_rates[8].accepted == 0);
    CHECK(now.classes[2].rate.accepted == 3.8 && now.classes[2].rate.delivered == 2 &&
          now.classes[2].rate.dead == 1);
    CHECK(now.classes[1].rate.accepted == 0.2);
    CHECK_STR(now.partners.items[0].name, "acme");
    CHECK(now.partners.items[0].rate.accepted == 3.8 && now.partners.items[0].rate.delivered == 2 &&
          now.partners.items[0].rate.dead == 1);
    CHECK(now.partners.items[1].rate.accepted == 0.2);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_queue_state_write(&buf, &now);
    CHECK_INT(lgs_json_read(arena, lgs_buf_text(&buf), NULL, &doc, NULL), LGS_OK);
    CHECK_STR(lgs_node_text(lgs_node_pointer(&doc.root, LGS_STR("/lanes/0/accepted_per_second"))),
              "4.0");
    CHECK_STR(lgs_node_text(lgs_node_pointer(&doc.root, LGS_STR("/partners/acme/dead_per_second"))),
              "1.0");
    CHECK_STR(
        lgs_node_text(lgs_node_pointer(&doc.root, LGS_STR("/classes/bulk/delivered_per_second"))),
        "2.0");
}

TEST(a_partner_with_nothing_open_has_a_rate)
{
    static lgs_queue_state_t before, now;
    static const char *const then[] = {"at_ms", "1000", "partner:acme", "3", "delivered:old", "7"};
    static const char *const later[] = {"at_ms", "2000",          "delivered:acme",
                                        "3",     "delivered:old", "7"};

    lgs_queue_state_init(&before, arena);
    lgs_queue_state_init(&now, arena);
    CHECK_INT(add(&before, 7, then, LGS_N(then)), LGS_OK);
    CHECK_INT(add(&now, 7, later, LGS_N(later)), LGS_OK);
    CHECK(lgs_queue_state_compare(&now, &before) == LGS_OK);
    CHECK_INT(now.partners.n, 1);
    CHECK(now.partners.items[0].rate.accepted == 0 && now.partners.items[0].rate.delivered == 3);
}

TEST(no_rates_without_time_or_below_zero)
{
    static lgs_queue_state_t before, now;
    static const char *const then[] = {"at_ms", "1000", "accepted",     "9",
                                       "open",  "9",    "partner:acme", "9"};
    static const char *const later[] = {"at_ms", "2000", "accepted",     "1",
                                        "open",  "1",    "partner:acme", "1"};

    lgs_queue_state_init(&before, arena);
    lgs_queue_state_init(&now, arena);
    CHECK_INT(add(&before, 7, then, LGS_N(then)), LGS_OK);
    CHECK_INT(add(&now, 7, later, LGS_N(later)), LGS_OK);
    CHECK(lgs_queue_state_compare(&before, &before) == LGS_OK && !before.has_rates);
    CHECK(lgs_queue_state_compare(&before, &now) == LGS_OK && !before.has_rates);
    CHECK(lgs_queue_state_compare(&now, &before) == LGS_OK && now.has_rates);
    CHECK(now.rate.accepted == 0 && now.rate.dead == 0 && now.partners.items[0].rate.accepted == 0);
}

TEST(comparing_may_run_out_of_memory)
{
    static lgs_queue_state_t before, now;
    static const char *const then[] = {"at_ms", "1000"};
    static const char *const later[] = {"at_ms", "2000", "delivered:acme", "3"};
    unsigned n_failed = 0, n_good = 0;

    for (size_t ceiling = 64; ceiling < 8192; ceiling += 64) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);

        if (small == NULL) {
            continue;
        }
        lgs_queue_state_init(&before, small);
        lgs_queue_state_init(&now, small);
        if (add(&before, 7, then, LGS_N(then)) == LGS_OK &&
            add(&now, 7, later, LGS_N(later)) == LGS_OK) {
            lgs_rc_t rc = lgs_queue_state_compare(&now, &before);

            CHECK(rc == LGS_OK || rc == LGS_NOMEM);
            n_failed += rc == LGS_NOMEM;
            n_good += rc == LGS_OK;
        }
        lgs_arena_destroy(small);
    }
    CHECK(n_failed > 0 && n_good > 0);
}

TEST(metrics_are_cumulative)
{
    static lgs_queue_state_t state;
    lgs_buf_t buf;
    const char *text;

    fill(&state);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_queue_state_metrics(&buf, &state);
    lgs_buf_byte(&buf, '\0');
    text = buf.data;
    CHECK(strstr(text, "logistics_queue_depth{class=\"bulk\"} 3\n") != NULL);
    CHECK(strstr(text, "logistics_queue_oldest_seconds{class=\"bulk\"} 0.500\n") != NULL);
    CHECK(strstr(text, "_attempts_bucket{class=\"bulk\",le=\"1\"} 0\n") != NULL);
    CHECK(strstr(text, "_attempts_bucket{class=\"bulk\",le=\"13\"} 4\n") != NULL);
    CHECK(strstr(text, "_attempts_bucket{class=\"bulk\",le=\"+Inf\"} 5\n") != NULL);
    CHECK(strstr(text, "_attempts_sum{class=\"bulk\"} 22\n") != NULL);
    CHECK(strstr(text, "_attempts_count{class=\"bulk\"} 5\n") != NULL);
    CHECK(strstr(text, "_bucket{class=\"bulk\",le=\"0.25\"} 0\n") != NULL);
    CHECK(strstr(text, "_bucket{class=\"bulk\",le=\"7200\"} 4\n") != NULL);
    CHECK(strstr(text, "_bucket{class=\"bulk\",le=\"+Inf\"} 5\n") != NULL);
    CHECK(strstr(text, "_sum{class=\"bulk\"} 1.500\n") != NULL);
    CHECK(strstr(text, "logistics_queue_dead_total{reason=\"refused\"} 3\n") != NULL);
    CHECK(strstr(text, "\nlogistics_callbacks 2\n") != NULL);
    CHECK(strstr(text, "logistics_partner_callbacks{partner=\"acme\"} 2\n") != NULL);
    CHECK(strstr(text, "_callbacks_given_up_total{partner=\"bolt\"} 5\n") != NULL);
}

TEST(a_label_holds_no_quote)
{
    static lgs_queue_state_t state;
    static const char *const odd[] = {"dead:a\"b\n", "1"};
    lgs_buf_t buf;

    lgs_queue_state_init(&state, arena);
    CHECK_INT(add(&state, 0, odd, 2), LGS_OK);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_queue_state_metrics(&buf, &state);
    lgs_buf_byte(&buf, '\0');
    CHECK(strstr(buf.data, "{reason=\"a_b_\"} 1\n") != NULL);
}

TEST(relays)
{
    static lgs_queue_state_t state;
    static const char *const words[] = {"relay:r1", "2", "relay_open:r1", "1", "relay:r2", "0"};
    lgs_buf_t buf;

    lgs_queue_state_init(&state, arena);
    CHECK_INT(add(&state, 0, words, LGS_N(words)), LGS_OK);
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_queue_state_metrics(&buf, &state);
    lgs_buf_byte(&buf, '\0');
    CHECK(strstr(buf.data, "\nlogistics_relays 2\n") != NULL);
    CHECK(strstr(buf.data, "logistics_relay_calls{relay=\"r1\"} 2\n") != NULL);
    CHECK(strstr(buf.data, "logistics_relay_breaker_open{relay=\"r1\"} 1\n") != NULL);
    CHECK(strstr(buf.data, "logistics_relay_breaker_open{relay=\"r2\"} 0\n") != NULL);
}

TEST(names_have_a_limit)
{
    static lgs_queue_state_t state;
    lgs_rc_t rc = LGS_OK;

    lgs_queue_state_init(&state, arena);
    for (unsigned i = 0; rc == LGS_OK && i <= LGS_MAX_QUEUE_NAMES; i++) {
        char name[32];
        const char *const words[] = {name, "1"};

        snprintf(name, sizeof(name), "partner:p%u", i);
        rc = add(&state, 0, words, 2);
        CHECK_INT(rc, i < LGS_MAX_QUEUE_NAMES ? LGS_OK : LGS_LIMIT);
    }
    CHECK_INT(state.partners.n, LGS_MAX_QUEUE_NAMES);
}

TEST(memory_may_run_out)
{
    static lgs_queue_state_t state;
    static const char *const words[] = {"partner:acme", "1", "dead:refused", "1"};
    unsigned n_failed = 0;

    for (size_t ceiling = 1; ceiling < 4096; ceiling += 64) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);
        lgs_rc_t rc;

        if (small == NULL) {
            n_failed++;
            continue;
        }
        lgs_queue_state_init(&state, small);
        rc = add(&state, 0, words, LGS_N(words));
        CHECK(rc == LGS_OK || rc == LGS_NOMEM);
        n_failed += rc == LGS_NOMEM;
        lgs_arena_destroy(small);
    }
    CHECK(n_failed > 0);
    lgs_queue_state_init(&state, arena);
    CHECK_INT(add(&state, 0, words, LGS_N(words)), LGS_OK);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(lanes_are_added_up);
    RUN(json_has_lanes_that_hold_something);
    RUN(rates_are_what_two_looks_differ_by);
    RUN(a_partner_with_nothing_open_has_a_rate);
    RUN(no_rates_without_time_or_below_zero);
    RUN(comparing_may_run_out_of_memory);
    RUN(metrics_are_cumulative);
    RUN(a_label_holds_no_quote);
    RUN(relays);
    RUN(names_have_a_limit);
    RUN(memory_may_run_out);
    lgs_arena_destroy(arena);
    return DONE();
}
