/*
 * Calls to the gateway: HTTP on its unix socket, several at once by curl's multi interface. A call
 * without an answer says so by status 0 and the reason in place of a body.
 */
#include "relay.h"

#include <stdio.h>

#define URL        "http://gateway/_logistics/relay"
#define TIMEOUT_MS 600000L     /* the gateway has limits of its own for each call to Odoo */
#define MAX_ANSWER (64u << 20) /* bytes */
#define CONNECT_MS 2000L

static size_t take_answer(char *data, size_t size, size_t n, void *batch);
static bool write_request(relay_batch_t *batch);
static struct curl_slist *make_headers(const relay_batch_t *batch);

bool relay_call_start(CURLM *calls, const relay_options_t *options, relay_batch_t *batch)
{
    CURL *call = curl_easy_init();

    batch->call = call;
    batch->headers = make_headers(batch);
    lgs_buf_init(&batch->answer, batch->arena, 4096, MAX_ANSWER);
    if (call == NULL || batch->headers == NULL || !write_request(batch)) {
        return false;
    }
    curl_easy_setopt(call, CURLOPT_URL, URL);
    curl_easy_setopt(call, CURLOPT_UNIX_SOCKET_PATH, options->gateway);
    curl_easy_setopt(call, CURLOPT_HTTPHEADER, batch->headers);
    curl_easy_setopt(call, CURLOPT_POSTFIELDS, batch->request.data);
    curl_easy_setopt(call, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)batch->request.len);
    curl_easy_setopt(call, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(call, CURLOPT_WRITEDATA, batch);
    curl_easy_setopt(call, CURLOPT_PRIVATE, batch);
    curl_easy_setopt(call, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(call, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(call, CURLOPT_NOSIGNAL, 1L);
    return curl_multi_add_handle(calls, call) == CURLM_OK;
}

/* One message goes under the id that its partner knows; of several each has its own in the body. */
static struct curl_slist *make_headers(const relay_batch_t *batch)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    char id[128];

    headers = curl_slist_append(headers, "Expect:");
    if (batch->n == 1) {
        snprintf(id, sizeof(id), "X-Correlation-ID: %.*s",
                 LGS_FMT(batch->messages[0].claimed.correlation));
        headers = curl_slist_append(headers, id);
    }
    return headers;
}

static bool write_request(relay_batch_t *batch)
{
    const lgs_claimed_t **messages = relay_batch_claimed(batch);

    lgs_buf_init(&batch->request, batch->arena, 4096, 0);
    if (messages) {
        lgs_delivery_write(&batch->request, messages, batch->n);
    }
    return messages && !batch->request.failed;
}

static size_t take_answer(char *data, size_t size, size_t n, void *to)
{
    relay_batch_t *batch = to;

    lgs_buf_add(&batch->answer, data, size * n);
    return batch->answer.failed ? 0 : size * n;
}

relay_batch_t *relay_calls_done(CURLM *calls)
{
    relay_batch_t *batch = NULL;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(calls, &left))) {
        CURLcode result = message->data.result;
        CURL *call = message->easy_handle;
        curl_off_t retry_after_s = 0;
        long status = 0;

        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        curl_easy_getinfo(call, CURLINFO_PRIVATE, (char **)&batch);
        curl_easy_getinfo(call, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(call, CURLINFO_RETRY_AFTER, &retry_after_s);
        curl_multi_remove_handle(calls, call);
        batch->status = result == CURLE_OK ? (int)status : 0;
        batch->retry_after_ms = retry_after_s > 0 ? (uint64_t)retry_after_s * 1000u : 0;
        if (result != CURLE_OK) {
            lgs_buf_init(&batch->answer, batch->arena, 256, 0);
            lgs_buf_cstr(&batch->answer, curl_easy_strerror(result));
        }
        return batch;
    }
    return NULL;
}
