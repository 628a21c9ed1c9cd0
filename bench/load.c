/*
 * The bench's load generator: HTTP/1.1 on kept connections to 127.0.0.1, one thread, epoll.
 *
 *   load PORT CONNECTIONS REQUESTS RATE FILE
 *
 * FILE holds requests, each as "<bytes>\n" and then so many bytes; they are sent in turn. RATE is
 * in requests per second and open loop: request k is due at k / RATE whether or not the ones before
 * it were answered, and its latency counts from then (no coordinated omission). RATE 0 is closed
 * loop: each connection sends the next request when its answer came. Every answer must be 200 with
 * the Content-Length that nginx and HAProxy pass on; anything else ends the run with exit code 1.
 * Prints one JSON object.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 1024
#define MAX_ANSWER      262144

typedef struct {
    const char *data;
    size_t len;
} request_t;

typedef struct {
    int fd;
    bool busy;
    uint64_t due_ns;
    size_t got;
    char buffer[MAX_ANSWER];
} connection_t;

static struct {
    int port;
    int epoll;
    uint64_t rate, n_requests, n_started, n_done;
    uint64_t begin_ns;
    request_t *requests;
    size_t n_kinds;
    connection_t *connections;
    size_t n_connections;
    uint32_t *latency_us;
} load;

static void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void read_requests(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len;

    if (file == NULL) {
        die("%s: %s", path, strerror(errno));
    }
    while (fscanf(file, "%zu", &len) == 1 && fgetc(file) == '\n') {
        char *data = malloc(len);

        load.requests = realloc(load.requests, (load.n_kinds + 1) * sizeof(request_t));
        if (data == NULL || load.requests == NULL || fread(data, 1, len, file) != len) {
            die("%s: request %zu is cut", path, load.n_kinds);
        }
        load.requests[load.n_kinds++] = (request_t){data, len};
    }
    if (load.n_kinds == 0) {
        die("%s holds no request", path);
    }
    fclose(file);
}

static void open_connection(connection_t *connection)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load.port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    int one = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->fd < 0 ||
        connect(connection->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        die("connect to port %d: %s", load.port, strerror(errno));
    }
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0) {
        die("epoll: %s", strerror(errno));
    }
    connection->busy = false;
    connection->got = 0;
}

/* The socket's buffer takes a whole request: 18 KB into an empty one. */
static void start_request(connection_t *connection, uint64_t due_ns)
{
    const request_t *request = &load.requests[load.n_started % load.n_kinds];
    ssize_t n = send(connection->fd, request->data, request->len, MSG_NOSIGNAL);

    if (n != (ssize_t)request->len) {
        die("sent %zd of %zu bytes: %s", n, request->len, n < 0 ? strerror(errno) : "buffer");
    }
    connection->busy = true;
    connection->due_ns = due_ns;
    connection->got = 0;
    load.n_started++;
}

/* Length of a complete answer in the buffer, 0 when more is to come. */
static size_t answer_length(const connection_t *connection)
{
    const char *end = memmem(connection->buffer, connection->got, "\r\n\r\n", 4);
    const char *field;
    size_t head;

    if (end == NULL) {
        return 0;
    }
    head = (size_t)(end - connection->buffer) + 4;
    if (connection->got < 12 || connection->buffer[9] != '2') {
        die("not 2xx but: %.*s", (int)(connection->got < 1500 ? connection->got : 1500),
            connection->buffer);
    }
    field = memmem(connection->buffer, head, "\r\nContent-Length: ", 18);
    if (field == NULL) {
        field = memmem(connection->buffer, head, "\r\ncontent-length: ", 18);
    }
    if (field == NULL) {
        die("an answer without Content-Length: %.*s", (int)head, connection->buffer);
    }
    head += (size_t)strtoull(field + 18, NULL, 10);
    return connection->got >= head ? head : 0;
}

static void read_answer(connection_t *connection)
{
    ssize_t n = recv(connection->fd, connection->buffer + connection->got,
                     MAX_ANSWER - connection->got, MSG_DONTWAIT);
    uint64_t now, us;
    bool is_last;

    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n <= 0 && connection->busy) {
        die("connection lost before the answer: %s", n < 0 ? strerror(errno) : "closed");
    }
    if (n <= 0) {
        /* a server may close a kept connection between two requests */
        close(connection->fd);
        open_connection(connection);
        return;
    }
    connection->got += (size_t)n;
    if (answer_length(connection) == 0) {
        return;
    }
    is_last = memmem(connection->buffer, connection->got, "\r\nConnection: close\r\n", 21);
    now = now_ns();
    us = (now - connection->due_ns) / 1000;
    load.latency_us[load.n_done++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    connection->busy = false;
    connection->got = 0;
    if (is_last) {
        close(connection->fd);
        open_connection(connection);
    }
}

static connection_t *idle_connection(void)
{
    for (size_t i = 0; i < load.n_connections; i++) {
        if (!load.connections[i].busy) {
            return &load.connections[i];
        }
    }
    return NULL;
}

/* Starts what is due; returns nanoseconds until the next one is, or UINT64_MAX. */
static uint64_t start_due(void)
{
    connection_t *connection;

    while (load.n_started < load.n_requests && (connection = idle_connection()) != NULL) {
        uint64_t now = now_ns();
        uint64_t due = load.rate == 0 ? now
                                      : load.begin_ns + load.n_started * 1000000000u / load.rate;

        if (due > now) {
            return due - now;
        }
        start_request(connection, due);
    }
    return UINT64_MAX;
}

static void run(void)
{
    struct epoll_event events[256];

    load.begin_ns = now_ns();
    while (load.n_done < load.n_requests) {
        uint64_t wait_ns = start_due();
        struct timespec wait = {.tv_sec = 5};
        int n;

        if (wait_ns != UINT64_MAX) {
            wait = (struct timespec){.tv_sec = (time_t)(wait_ns / 1000000000u),
                                     .tv_nsec = (long)(wait_ns % 1000000000u)};
        }
        n = epoll_pwait2(load.epoll, events, 256, &wait, NULL);
        if (n == 0 && wait_ns == UINT64_MAX) {
            die("no answer for 5 s, %lu of %lu came", (unsigned long)load.n_done,
                (unsigned long)load.n_requests);
        }
        for (int i = 0; i < n; i++) {
            read_answer(events[i].data.ptr);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void report(void)
{
    double seconds = (double)(now_ns() - load.begin_ns) / 1e9;

    qsort(load.latency_us, load.n_done, sizeof(uint32_t), by_size);
    printf("{\"requests\":%lu,\"seconds\":%.6f,\"req_s\":%.1f,\"p50_us\":%u,\"p99_us\":%u,"
           "\"max_us\":%u}\n",
           (unsigned long)load.n_done, seconds, (double)load.n_done / seconds,
           load.latency_us[load.n_done / 2], load.latency_us[load.n_done * 99 / 100],
           load.latency_us[load.n_done - 1]);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        die("usage: load PORT CONNECTIONS REQUESTS RATE FILE");
    }
    load.port = (int)strtoul(argv[1], NULL, 10);
    load.n_connections = strtoul(argv[2], NULL, 10);
    load.n_requests = strtoul(argv[3], NULL, 10);
    load.rate = strtoul(argv[4], NULL, 10);
    if (load.n_connections == 0 || load.n_connections > MAX_CONNECTIONS || load.n_requests == 0) {
        die("1 to %d connections, at least one request", MAX_CONNECTIONS);
    }
    read_requests(argv[5]);
    load.epoll = epoll_create1(0);
    load.connections = calloc(load.n_connections, sizeof(connection_t));
    load.latency_us = calloc(load.n_requests, sizeof(uint32_t));
    if (load.epoll < 0 || load.connections == NULL || load.latency_us == NULL) {
        die("%s", strerror(errno));
    }
    for (size_t i = 0; i < load.n_connections; i++) {
        open_connection(&load.connections[i]);
    }
    run();
    report();
    return 0;
}
