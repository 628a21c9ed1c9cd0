/*
 * The request of a callback. It goes to the URL of the partner's file and nowhere else: no
 * redirects, no proxies, no other protocols, TLS verified; and to no address that is not the public
 * internet's, unless the file lists it. That is asked of the address that is connected to, so what
 * a name said before does not matter.
 */
#include "callback.h"

#include <sys/socket.h>
#include <netinet/in.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define ARENA_FIRST 16384u
#define MAX_READ    16384u /* bytes of an answer, its head included: more is hung up on */
#define MAX_KEPT    1024u  /* of its body, for a sentence */
#define CONNECT_MS  10000L
#define MAX_RETRY_S 86400

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address);
static int check_connection(void *data, char *address, char *own, int port, int own_port);
static bool is_refused(relay_callback_t *callback, const lgs_address_t *address);
static size_t take_head(char *data, size_t size, size_t n, void *to);
static size_t take_body(char *data, size_t size, size_t n, void *to);
static bool make_headers(relay_callback_t *callback);
static bool add_header(relay_callback_t *callback, const char *name, lgs_str_t value);
static void set_target(relay_callback_t *callback);
static void set_answer(relay_callback_t *callback);
static void note_end(relay_callback_t *callback, CURLcode result);

relay_callback_t *relay_callback_create(uint32_t lane, lgs_str_t to, const redisReply *claimed)
{
    lgs_arena_t *arena = lgs_arena_create(ARENA_FIRST, 0);
    relay_callback_t *callback = arena ? lgs_arena_zalloc(arena, sizeof(*callback)) : NULL;
    lgs_str_t *texts = callback ? lgs_arena_array(arena, claimed->elements, sizeof(*texts)) : NULL;
    bool ok = texts != NULL;

    for (size_t i = 0; ok && i < claimed->elements; i++) {
        texts[i] = lgs_arena_str(arena,
                                 lgs_str(claimed->element[i]->str, claimed->element[i]->len));
        ok = texts[i].data != NULL;
    }
    if (ok) {
        callback->to = lgs_arena_str(arena, to);
    }
    if (!ok || callback->to.data == NULL) {
        relay_log("callbacks: out of memory: one is left to its lease");
        lgs_arena_destroy(arena);
        return NULL;
    }
    lgs_callback_take(&callback->callback, texts, claimed->elements);
    callback->arena = arena;
    callback->lane = lane;
    return callback;
}

void relay_callback_free(relay_callback_t *callback)
{
    curl_easy_cleanup(callback->call); /* NULL is allowed, here and below */
    curl_slist_free_all(callback->headers);
    lgs_arena_destroy(callback->arena);
}

bool relay_callback_post(CURLM *calls, relay_callback_t *callback)
{
    CURL *call = curl_easy_init();

    callback->call = call;
    lgs_buf_init(&callback->body, callback->arena, 2048, 0);
    lgs_buf_init(&callback->answer, callback->arena, 0, MAX_KEPT);
    lgs_callback_write(&callback->body, &callback->callback);
    if (call == NULL || callback->body.failed || !make_headers(callback)) {
        return false;
    }
    curl_easy_setopt(call, CURLOPT_PRIVATE, callback);
    curl_easy_setopt(call, CURLOPT_HTTPHEADER, callback->headers);
    curl_easy_setopt(call, CURLOPT_POSTFIELDS, callback->body.data);
    curl_easy_setopt(call, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)callback->body.len);
    set_target(callback);
    set_answer(callback);
    return curl_multi_add_handle(calls, call) == CURLM_OK;
}

static bool make_headers(relay_callback_t *callback)
{
    const lgs_callback_terms_t *terms = callback->terms;
    time_t now = time(NULL);
    lgs_buf_t id, signature;
    char seconds[24];

    lgs_buf_init(&id, callback->arena, 80, 0);
    lgs_buf_init(&signature, callback->arena, 160, 0);
    lgs_callback_write_id(&id, &callback->callback);
    if (id.failed ||
        !lgs_callback_sign(&signature, terms->secrets, terms->n_secrets, lgs_buf_text(&id),
                           (uint64_t)now, lgs_buf_text(&callback->body))) {
        return false;
    }
    snprintf(seconds, sizeof(seconds), "%lld", (long long)now);
    return add_header(callback, "Content-Type", LGS_STR("application/json")) &&
           add_header(callback, "User-Agent", LGS_STR("ngx_logistics")) &&
           add_header(callback, "Expect", LGS_STR("")) &&
           add_header(callback, "webhook-id", lgs_buf_text(&id)) &&
           add_header(callback, "webhook-timestamp", lgs_cstr(seconds)) &&
           add_header(callback, "webhook-signature", lgs_buf_text(&signature));
}

/* Without a value curl leaves out the header that it would send. */
static bool add_header(relay_callback_t *callback, const char *name, lgs_str_t value)
{
    lgs_str_t line = lgs_arena_printf(callback->arena, "%s:%s%.*s", name, value.len ? " " : "",
                                      LGS_FMT(value));
    struct curl_slist *longer = line.data ? curl_slist_append(callback->headers, line.data) : NULL;

    callback->headers = longer ? longer : callback->headers;
    return longer != NULL;
}

static void set_target(relay_callback_t *callback)
{
    const lgs_callback_terms_t *terms = callback->terms;
    CURL *call = callback->call;

    curl_easy_setopt(call, CURLOPT_URL, terms->url.data);
    curl_easy_setopt(call, CURLOPT_PROTOCOLS_STR, terms->is_plain ? "http" : "https");
    curl_easy_setopt(call, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(call, CURLOPT_PROXY, ""); /* none of the environment either */
    curl_easy_setopt(call, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(call, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(call, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(call, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (terms->ca.len) {
        curl_easy_setopt(call, CURLOPT_CAINFO, terms->ca.data);
        curl_easy_setopt(call, CURLOPT_CAPATH, NULL); /* of the system: in place of it */
    }
    curl_easy_setopt(call, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(call, CURLOPT_OPENSOCKETDATA, callback);
    curl_easy_setopt(call, CURLOPT_PREREQFUNCTION, check_connection);
    curl_easy_setopt(call, CURLOPT_PREREQDATA, callback);
    curl_easy_setopt(call, CURLOPT_TIMEOUT_MS, (long)terms->timeout_ms);
    curl_easy_setopt(call, CURLOPT_CONNECTTIMEOUT_MS,
                     terms->timeout_ms < CONNECT_MS ? (long)terms->timeout_ms : CONNECT_MS);
    curl_easy_setopt(call, CURLOPT_NOSIGNAL, 1L);
    /* A name server that does not answer is not waited for behind the time limit. */
    curl_easy_setopt(call, CURLOPT_QUICK_EXIT, 1L);
}

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *to)
{
    relay_callback_t *callback = data;
    lgs_address_t address;

    (void)purpose;
    if (to->family == AF_INET) {
        const struct sockaddr_in *in = (const void *)&to->addr;

        address.len = sizeof(in->sin_addr);
        memcpy(address.bytes, &in->sin_addr, address.len);
    } else if (to->family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)&to->addr;

        address.len = sizeof(in6->sin6_addr);
        memcpy(address.bytes, &in6->sin6_addr, address.len);
    } else {
        return CURL_SOCKET_BAD;
    }
    if (is_refused(callback, &address)) {
        return CURL_SOCKET_BAD; /* curl goes on to the next address of the name */
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/*
 * A connection that is used again was opened for another partner of the same host, or before a
 * reload: what was allowed then need not be now.
 */
static int check_connection(void *data, char *address_text, char *own, int port, int own_port)
{
    relay_callback_t *callback = data;
    lgs_address_t address;

    (void)own, (void)port, (void)own_port;
    if (!lgs_address_read(lgs_cstr(address_text), &address) || is_refused(callback, &address)) {
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

static bool is_refused(relay_callback_t *callback, const lgs_address_t *address)
{
    const lgs_callback_terms_t *terms = callback->terms;
    const char *why = lgs_address_refused(address, &terms->allowed, terms->is_plain);

    if (why) {
        callback->refused = lgs_arena_printf(callback->arena, "not connected: the address is %s",
                                             why);
    }
    return why != NULL;
}

static void set_answer(relay_callback_t *callback)
{
    CURL *call = callback->call;

    curl_easy_setopt(call, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(call, CURLOPT_HEADERDATA, callback);
    curl_easy_setopt(call, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(call, CURLOPT_WRITEDATA, callback);
    curl_easy_setopt(call, CURLOPT_BUFFERSIZE, (long)MAX_READ);
}

/* A line of the head; the empty one ends it, and with it the status is sure. */
static size_t take_head(char *data, size_t size, size_t n, void *to)
{
    relay_callback_t *callback = to;
    long status = 0;

    callback->n_read += size * n;
    if (size * n <= 2 && (data[0] == '\r' || data[0] == '\n')) {
        curl_easy_getinfo(callback->call, CURLINFO_RESPONSE_CODE, &status);
        callback->has_head = status >= 200;
    }
    return callback->n_read <= MAX_READ ? size * n : 0;
}

static size_t take_body(char *data, size_t size, size_t n, void *to)
{
    relay_callback_t *callback = to;
    size_t room = MAX_KEPT - callback->answer.len, len = size * n;

    callback->n_read += len;
    lgs_buf_add(&callback->answer, data, len < room ? len : room);
    return callback->n_read <= MAX_READ ? len : 0;
}

relay_callback_t *relay_callback_ended(CURLM *calls)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(calls, &left))) {
        relay_callback_t *callback = NULL;
        CURLcode result = message->data.result;

        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&callback);
        note_end(callback, result);
        curl_multi_remove_handle(calls, callback->call);
        return callback;
    }
    return NULL;
}

/* A body that is too long, or does not come, changes nothing about the status. */
static void note_end(relay_callback_t *callback, CURLcode result)
{
    curl_off_t retry_after_s = 0;
    long status = 0;
    lgs_buf_t why;

    curl_easy_getinfo(callback->call, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(callback->call, CURLINFO_RETRY_AFTER, &retry_after_s);
    callback->status = callback->has_head ? (int)status : 0;
    if (callback->status && retry_after_s > 0) {
        callback->retry_after_ms = 1000u * (uint64_t)(retry_after_s < MAX_RETRY_S ? retry_after_s
                                                                                  : MAX_RETRY_S);
    }
    lgs_buf_init(&why, callback->arena, 256, 0);
    lgs_callback_write_answer(&why, callback->status,
                              callback->status        ? lgs_buf_text(&callback->answer)
                              : callback->refused.len ? callback->refused
                                                      : lgs_cstr(curl_easy_strerror(result)));
    callback->why = lgs_buf_text(&why);
    callback->is_done = true;
}
