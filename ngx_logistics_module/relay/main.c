/* logistics-relay: command line, signals, log. */
#include "relay.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "../base/datetime.h"

#define DEFAULT_LEASE "60s"
#define EXIT_USAGE    2

relay_signals_t relay_signals;

static const char usage[] =
    "usage: logistics-relay --policies DIR --gateway SOCKET [--redis HOST:PORT] [--name NAME]\n"
    "                       [--lease 60s]\n"
    "Delivers what the gateway accepted for later, and tells partners what became of it. TERM "
    "ends\n"
    "it when what is under way has ended; HUP reads the policies again.\n";

static bool read_options(int argc, char **argv, relay_options_t *options);
static int run(relay_options_t *options);
static void on_signal(int signal);
static void set_signals(void);

int main(int argc, char **argv)
{
    static char name[128];
    char host[64] = "relay";
    relay_options_t options = {.redis_at = "127.0.0.1:6379"};

    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (options.name == NULL) {
        (void)gethostname(host, sizeof(host) - 1);
        snprintf(name, sizeof(name), "%s-%ld", host, (long)getpid());
        options.name = name;
    }
    set_signals();
    return run(&options);
}

static int run(relay_options_t *options)
{
    relay_policies_t policies = {.lock = PTHREAD_MUTEX_INITIALIZER};

    if (!relay_policies_read(&policies, options->policies)) {
        return 1;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    options->callbacks = relay_callbacks_start(options, &policies);
    if (options->callbacks) {
        relay_run(options, &policies);
        relay_callbacks_stop(options->callbacks);
    }
    curl_global_cleanup();
    relay_policies_free(&policies);
    return options->callbacks ? 0 : 1;
}

static bool read_options(int argc, char **argv, relay_options_t *options)
{
    const char *lease = DEFAULT_LEASE;
    const struct {
        const char *name;
        const char **value;
    } known[] = {
        {"--redis", &options->redis_at},
        {"--gateway", &options->gateway},
        {"--policies", &options->policies},
        {"--name", &options->name},
        {"--lease", &lease},
    };

    for (int i = 1; i < argc; i += 2) {
        const char **value = NULL;

        for (size_t k = 0; k < LGS_N(known); k++) {
            value = strcmp(argv[i], known[k].name) == 0 ? known[k].value : value;
        }
        if (value == NULL || i + 1 == argc) {
            fprintf(stderr, "logistics-relay: %s: %s\n", argv[i],
                    value ? "needs a value" : "no such option");
            return false;
        }
        *value = argv[i + 1];
    }
    if (!lgs_duration_read(lgs_cstr(lease), &options->lease_ms) || options->lease_ms == 0) {
        fprintf(stderr, "logistics-relay: --lease \"%s\" is no duration, like 60s\n", lease);
        return false;
    }
    return options->policies && options->gateway;
}

static void on_signal(int signal)
{
    if (signal == SIGHUP) {
        relay_signals.reload = 1;
    } else {
        relay_signals.stop = 1;
    }
}

/* Without SA_RESTART: a wait ends when one comes. */
static void set_signals(void)
{
    static const int handled[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};

    for (size_t i = 0; i < LGS_N(handled); i++) {
        sigaction(handled[i], &action, NULL);
    }
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

void relay_log(const char *format, ...)
{
    char line[1024], at[32];
    time_t now = time(NULL);
    struct tm utc;
    va_list args;

    gmtime_r(&now, &utc);
    strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &utc);
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    fprintf(stderr, "%s relay: %s\n", at, line);
}

uint64_t relay_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}
