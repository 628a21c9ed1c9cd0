#include "../../../ngx_logistics_module/queue/callback.h"
#include "../unit.h"

static lgs_arena_t *arena;

static const lgs_str_t claimed[] = {
    LGS_STR_INIT("0198-a"),
    LGS_STR_INIT("relay:1:2"),
    LGS_STR_INIT("2"),
    LGS_STR_INIT("1"),
    LGS_STR_INIT("partner"),
    LGS_STR_INIT("acme"),
    LGS_STR_INIT("route"),
    LGS_STR_INIT("tracking"),
    LGS_STR_INIT("class"),
    LGS_STR_INIT("critical"),
    LGS_STR_INIT("correlation"),
    LGS_STR_INIT("c1"),
    LGS_STR_INIT("state"),
    LGS_STR_INIT("dead"),
    LGS_STR_INIT("at"),
    LGS_STR_INIT("1763719200000"),
    LGS_STR_INIT("closed"),
    LGS_STR_INIT("1763719201250"),
    LGS_STR_INIT("attempts"),
    LGS_STR_INIT("3"),
    LGS_STR_INIT("reason"),
    LGS_STR_INIT("unknown-reference"),
    LGS_STR_INIT("error"),
    LGS_STR_INIT("no \"T1\""),
    LGS_STR_INIT("outcome"),
    LGS_STR_INIT("[{\"id\":\"ev_1\"}]"),
    LGS_STR_INIT("callback_event"),
    LGS_STR_INIT("failed"),
    LGS_STR_INIT("callback_state"),
    LGS_STR_INIT("sending"),
    LGS_STR_INIT("callback_at"),
    LGS_STR_INIT("1763719201250"),
};

static const char *const data =
    "\"message\":\"0198-a\",\"correlation_id\":\"c1\",\"route\":\"tracking\",\"status\":\"failed\","
    "\"accepted_at\":\"2025-11-21T10:00:00.000Z\",\"closed_at\":\"2025-11-21T10:00:01.250Z\","
    "\"attempts\":3,\"reason\":\"unknown-reference\",\"detail\":\"no \\\"T1\\\"\","
    "\"records\":[{\"id\":\"ev_1\"}]";

TEST(what_is_told)
{
    lgs_callback_t callback;
    lgs_buf_t id, body, want;

    lgs_callback_take(&callback, claimed, LGS_N(claimed));
    CHECK(callback.damage == NULL);
    CHECK_STR(callback.token, "relay:1:2");
    CHECK_INT(callback.attempts, 2);
    lgs_buf_init(&id, arena, 0, 0);
    lgs_callback_write_id(&id, &callback);
    CHECK_STR(lgs_buf_text(&id), "0198-a_failed_1");
    lgs_buf_init(&body, arena, 0, 0);
    lgs_callback_write(&body, &callback);
    lgs_buf_init(&want, arena, 0, 0);
    lgs_buf_printf(&want,
                   "{\"type\":\"message.failed\",\"timestamp\":\"2025-11-21T10:00:01.250Z\","
                   "\"data\":{%s}}",
                   data);
    CHECK_STR(lgs_buf_text(&body), want.data);
    callback.letter.state = LGS_STR("dropped"); /* meanwhile */
    lgs_buf_init(&body, arena, 0, 0);
    lgs_callback_write(&body, &callback);
    CHECK_STR(lgs_buf_text(&body), want.data);
}

TEST(what_is_no_callback)
{
    lgs_str_t texts[LGS_N(claimed)];
    lgs_callback_t callback;

    for (size_t n = 0; n < 4; n++) {
        lgs_callback_take(&callback, claimed, n);
        CHECK(callback.damage != NULL);
    }
    lgs_callback_take(&callback, claimed, 10); /* neither state nor event */
    CHECK(callback.damage != NULL);
    memcpy(texts, claimed, sizeof(texts));
    texts[2] = LGS_STR("123456789");
    lgs_callback_take(&callback, texts, LGS_N(texts));
    CHECK(callback.damage == NULL);
}

/* Each is named, and the id and the token are there to give it up by. */
TEST(what_is_damaged)
{
    static const struct {
        size_t at; /* of claimed[] */
        lgs_str_t text;
        const char *damage;
    } cases[] = {
        {2, LGS_STR_INIT(""), "damaged: its attempts are no number"},
        {2, LGS_STR_INIT("2x"), "damaged: its attempts are no number"},
        {2, LGS_STR_INIT("1234567890"), "damaged: its attempts are no number"},
        {3, LGS_STR_INIT(""), "damaged: its outcome has no number"},
        {3, LGS_STR_INIT("one"), "damaged: its outcome has no number"},
        {5, LGS_STR_INIT(""), "damaged: its message has no partner"},
        {13, LGS_STR_INIT(""), "damaged: its message has no state"},
        {27, LGS_STR_INIT(""), "damaged: what it tells is no outcome"},
        {27, LGS_STR_INIT("faile"), "damaged: what it tells is no outcome"},
        {27, LGS_STR_INIT("exploded"), "damaged: what it tells is no outcome"},
    };

    for (size_t i = 0; i < LGS_N(cases); i++) {
        lgs_str_t texts[LGS_N(claimed)];
        lgs_callback_t callback;

        memcpy(texts, claimed, sizeof(texts));
        texts[cases[i].at] = cases[i].text;
        lgs_callback_take(&callback, texts, LGS_N(texts));
        CHECK(callback.damage && strcmp(callback.damage, cases[i].damage) == 0);
        CHECK_STR(callback.id, "0198-a");
        CHECK_STR(callback.token, "relay:1:2");
    }
}

TEST(its_state_is_shown)
{
    lgs_letter_t letter = {.callback_event = LGS_STR("failed"),
                           .callback_state = LGS_STR("waiting"),
                           .callback_attempts = LGS_STR("2"),
                           .callback_last = LGS_STR("answered 500"),
                           .callback_next = LGS_STR("1763719201250")};
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_letter_write_callback(&buf, &letter);
    CHECK_STR(lgs_buf_text(&buf),
              ",\"callback\":{\"event\":\"failed\",\"state\":\"waiting\",\"attempts\":2,"
              "\"last\":\"answered 500\",\"next_attempt_at\":\"2025-11-21T10:00:01.250Z\"}");
    letter.callback_next.len = 0;
    letter.callback_state = LGS_STR("given-up");
    letter.callback_closed = LGS_STR("1763719201251");
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_letter_write_callback(&buf, &letter);
    CHECK_STR(lgs_buf_text(&buf),
              ",\"callback\":{\"event\":\"failed\",\"state\":\"given-up\",\"attempts\":2,"
              "\"last\":\"answered 500\",\"given_up_at\":\"2025-11-21T10:00:01.251Z\"}");
    letter.callback_event.len = 0;
    lgs_buf_init(&buf, arena, 1, 0);
    lgs_letter_write_callback(&buf, &letter);
    CHECK_INT(buf.len, 0);
}

/* Made with: printf '%s' 'id.time.body' | openssl dgst -sha256 -mac HMAC -macopt hexkey:… */
TEST(signatures)
{
    lgs_callback_secret_t secrets[2];
    lgs_buf_t buf;

    CHECK(lgs_callback_secret_read(LGS_STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &secrets[0]));
    CHECK(lgs_callback_secret_read(LGS_STR("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"), &secrets[1]));
    lgs_buf_init(&buf, arena, 0, 0);
    /* the example of the standard's own libraries */
    CHECK(lgs_callback_sign(&buf, secrets, 1, LGS_STR("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                            LGS_STR("{\"test\": 2432232314}")));
    CHECK_STR(lgs_buf_text(&buf), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    lgs_buf_init(&buf, arena, 0, 0);
    CHECK(lgs_callback_sign(&buf, secrets, 2, LGS_STR("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                            LGS_STR("{\"test\": 2432232314}")));
    CHECK(lgs_str_starts(lgs_buf_text(&buf),
                         LGS_STR("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,")));
    CHECK_INT(buf.len, 2 * 47 + 1);
    CHECK(!lgs_callback_sign(&buf, secrets, 0, LGS_STR("i"), 0, LGS_STR("")));
}

TEST(secrets_at_their_limits_and_past_them)
{
    static const char letters[] = "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD"
                                  "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD";
    lgs_callback_secret_t secret;

    for (size_t bytes = 0; bytes <= 72; bytes++) {
        char text[128];
        size_t whole = bytes / 3 * 4, len;

        len = (size_t)snprintf(text, sizeof(text), "whsec_%.*s%s", (int)whole, letters,
                               bytes % 3 == 1   ? "QQ=="
                               : bytes % 3 == 2 ? "QUE="
                                                : "");
        CHECK(lgs_callback_secret_read(lgs_str(text, len), &secret) ==
              (bytes >= LGS_MIN_CALLBACK_SECRET && bytes <= LGS_MAX_CALLBACK_SECRET));
    }
    CHECK(!lgs_callback_secret_read(LGS_STR("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &secret));
    CHECK(!lgs_callback_secret_read(LGS_STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"), &secret));
    CHECK(!lgs_callback_secret_read(LGS_STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa\nw"), &secret));
    CHECK(!lgs_callback_secret_read(LGS_STR(""), &secret));
}

TEST(what_an_answer_means)
{
    static const int again[] = {0, 100, 199, 300, 301, 302, 307, 400, 404, 408, 409, 429, 500, 599};

    CHECK_INT(lgs_callback_judge(200), LGS_CALLBACK_SENT);
    CHECK_INT(lgs_callback_judge(299), LGS_CALLBACK_SENT);
    CHECK_INT(lgs_callback_judge(410), LGS_CALLBACK_STOP);
    for (size_t i = 0; i < LGS_N(again); i++) {
        CHECK_INT(lgs_callback_judge(again[i]), LGS_CALLBACK_AGAIN);
    }
}

TEST(what_is_kept_of_an_answer)
{
    char much[5000];
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, 0, 0);
    lgs_callback_write_answer(&buf, 500, LGS_STR("no\tdatabase \xc3\xa9\x1b[1m\nsecond line"));
    CHECK_STR(lgs_buf_text(&buf), "answered 500: no?database ???[1m");
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_callback_write_answer(&buf, 204, LGS_STR(""));
    CHECK_STR(lgs_buf_text(&buf), "answered 204");
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_callback_write_answer(&buf, 0, LGS_STR("Timeout was reached"));
    CHECK_STR(lgs_buf_text(&buf), "Timeout was reached");
    memset(much, 'x', sizeof(much));
    lgs_buf_init(&buf, arena, 0, 0);
    lgs_callback_write_answer(&buf, 404, lgs_str(much, sizeof(much)));
    CHECK_INT(buf.len, LGS_CALLBACK_SENTENCE);
}

/* What does not fit is marked; nothing is half a signature. */
TEST(missing_memory_is_an_error)
{
    lgs_callback_secret_t secret;
    lgs_callback_t callback;
    bool fitted = false;

    CHECK(lgs_callback_secret_read(LGS_STR("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"), &secret));
    lgs_callback_take(&callback, claimed, LGS_N(claimed));
    CHECK(callback.damage == NULL);
    for (size_t ceiling = 128; ceiling < 65536 && !fitted; ceiling += 64) {
        lgs_arena_t *small = lgs_arena_create(64, ceiling);
        lgs_buf_t id, body, signature;

        lgs_buf_init(&id, small, 0, 0);
        lgs_buf_init(&body, small, 0, 0);
        lgs_buf_init(&signature, small, 0, 0);
        lgs_callback_write_id(&id, &callback);
        lgs_callback_write(&body, &callback);
        CHECK(lgs_callback_sign(&signature, &secret, 1, lgs_buf_text(&id), 1, lgs_buf_text(&body)));
        CHECK(signature.failed || signature.len == 47);
        fitted = !id.failed && !body.failed && !signature.failed;
        CHECK(!fitted || body.len > strlen(data));
        lgs_arena_destroy(small);
    }
    CHECK(fitted);
}

int main(void)
{
    arena = lgs_arena_create(0, 0);
    RUN(what_is_told);
    RUN(what_is_no_callback);
    RUN(what_is_damaged);
    RUN(its_state_is_shown);
    RUN(signatures);
    RUN(secrets_at_their_limits_and_past_them);
    RUN(missing_memory_is_an_error);
    RUN(what_an_answer_means);
    RUN(what_is_kept_of_an_answer);
    lgs_arena_destroy(arena);
    return DONE();
}
