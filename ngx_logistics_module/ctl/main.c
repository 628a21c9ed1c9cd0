/*
 * logisticsctl: the command line over the same core as the gateway. This file has the table of
 * commands and what they all print with.
 */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
    const char *about;
} commands[] = {
    {"json", ctl_json, "json [--pretty] FILE|-",
     "read with the gateway's reader, write compact JSON"},
    {"validate", ctl_validate,
     "validate [--json] [--base URL=DIR]... [--draft 7|2019-09|2020-12] "
     "[--formats assert|annotate] [--unknown refuse|ignore] SCHEMA FILE|-...",
     "check documents against a JSON Schema"},
    {"schema", ctl_schema, "schema infer FILE|-...",
     "a first JSON Schema from documents: types, required, few values, formats"},
    {"schema", ctl_schema,
     "schema compat [--json] [--level backward|forward|full] [--named] [--base URL=DIR]... "
     "[--draft D] OLD NEW",
     "which documents valid under one schema the other could refuse"},
    {"map", ctl_map,
     "map [--policies DIR] [--partner NAME] [--timezone TZ] [--received-at TIME] [--control N] "
     "MAPPING FILE|-",
     "translate a file, document by document: one canonical record a line"},
    {"map", ctl_map, "map --coverage [--policies DIR] MAPPING DIR|FILE...",
     "count the fields of documents that the mapping never reads"},
    {"explain-map", ctl_explain_map,
     "explain-map [--json] [--policies DIR] [--partner NAME] [--timezone TZ] [--received-at TIME] "
     "MAPPING FILE|-",
     "which source value and which line of the mapping made each value, and what was not used"},
    {"test", ctl_test, "test DIR", "run the cases of a policy directory"},
    {"lint", ctl_lint, "lint [--json] [--notes] DIR",
     "check a policy directory, tell every finding"},
    {"token", ctl_token,
     "token --partner P [--scope S] [--ttl T] [--issuer NAME] [--alg A] [--at TIME] "
     "[--policies DIR] [--keys DIR]",
     "mint a token of the demo issuer"},
    {"token", ctl_token, "token verify --issuer FILE [--at TIME] TOKEN|-",
     "say what the gateway says to a token, and why"},
    {"token", ctl_token, "token keys [--out DIR] [--alg A]", "make the demo issuer's keys"},
    {"odoo", ctl_odoo, "odoo check [--policies DIR] --url http://127.0.0.1:8069",
     "ask an Odoo for what the policies need: version, key, models, fields, rights"},
    {"edi", ctl_edi,
     "edi check [--guide NAME|auto] [--policies DIR] [--check NAME=reject|warn|ignore]... "
     "[--wrapped] FILE|-",
     "what is wrong with the envelopes of X12, EDIFACT or TRADACOMS, with a guide also with what "
     "stands in them, and what becomes of it"},
    {"edi", ctl_edi, "edi show [--check NAME=WORD]... [--wrapped] FILE|-",
     "a segment a line, with places and problems"},
    {"edi", ctl_edi, "edi to-json [--pretty] [--check NAME=WORD]... [--wrapped] FILE|-",
     "a transaction set or message a line, as mappings see it"},
    {"edi", ctl_edi,
     "edi ack [--999] [--always] [--each] [--number N] [--at CCYYMMDDHHMM] [--lines] "
     "[--guide NAME|auto] [--policies DIR] [--check NAME=WORD]... FILE|-",
     "the acknowledgement that its sender gets: 997 or 999 and TA1, CONTRL"},
    {"edi", ctl_edi, "edi from-json [--lines] FILE|-",
     "EDI from what to-json writes: envelopes, counts and releases are made"},
    {"order", ctl_order, "order [--json] [--policies DIR] [--key TYPE] MACHINE FILE|-...",
     "what a machine of the policies does with each canonical event: applied, noted, parked, "
     "refused"},
    {"trace", ctl_trace,
     "trace [--redis HOST:PORT] [--partner P] [--json] ID | --key tracking=NUMBER",
     "what became of a message: stages, times, outcomes"},
    {"queue", ctl_queue, "queue [--redis HOST:PORT] [--partner P] [--json] [--watch] [--every 2s]",
     "what was accepted for later and waits: how much, how old, whose, how fast it goes"},
    {"message", ctl_message, "message [--redis HOST:PORT] [--partner P] ID",
     "where a queued message is, and what was done with it"},
    {"dead", ctl_dead,
     "dead list [--redis HOST:PORT] [--partner P] [--reason WORD] [--since TIME|AGE] "
     "[--until TIME|AGE] [--limit N] [--json]",
     "messages that were given up, newest first"},
    {"dead", ctl_dead, "dead show [--redis HOST:PORT] [--partner P] ID",
     "all of one: why, its records, what the partner sent, what operators did"},
    {"dead", ctl_dead,
     "dead replay [--set /0/FIELD=TEXT|/0/FIELD:=JSON]... [--with-policy DIR] [--policies DIR] "
     "[--dry-run] [--by NAME] [--why TEXT] ID... | --all | [filters of list]",
     "send them once more, at the end of their lines"},
    {"dead", ctl_dead,
     "dead drop [--dry-run] [--by NAME] [--why TEXT] ID... | --all | [filters of list]",
     "give them up for good: their records and bytes are deleted"},
    {"callbacks", ctl_callbacks,
     "callbacks list [--redis HOST:PORT] [--partner P] [--reason TEXT] [--since TIME|AGE] "
     "[--until TIME|AGE] [--limit N] [--json]",
     "outcomes that partners could not be told of, newest first; TEXT is a part of why"},
    {"callbacks", ctl_callbacks,
     "callbacks resend [--dry-run] [--by NAME] [--why TEXT] ID... | --all | [filters of list]",
     "send them again, by the partner's schedule from its beginning"},
};

static bool is_help(const char *word);
static int help(FILE *to, const char *command);
static int refuse_command(const char *command);

int main(int argc, char **argv)
{
    if (argc < 2) {
        help(stderr, NULL);
        return CTL_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || is_help(argv[1])) {
        return help(stdout, argv[2]);
    }
    for (int i = 2; i < argc; i++) {
        if (is_help(argv[i])) {
            return help(stdout, argv[1]);
        }
    }
    for (size_t i = 0; i < LGS_N(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return refuse_command(argv[1]);
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int refuse_command(const char *command)
{
    lgs_str_t names[LGS_N(commands)], near;

    for (size_t i = 0; i < LGS_N(commands); i++) {
        names[i] = lgs_cstr(commands[i].name);
    }
    near = lgs_nearest(lgs_cstr(command), names, LGS_N(names));
    fprintf(stderr, "logisticsctl: no command \"%s\"%s%.*s%s; see logisticsctl help\n", command,
            near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"?" : "");
    return CTL_USAGE;
}

bool ctl_read(lgs_arena_t *arena, const char *path, size_t max_bytes, lgs_str_t *text)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    lgs_buf_t buf;
    size_t n = 1;
    bool ok;

    if (file == NULL) {
        fprintf(stderr, "logisticsctl: %s: %s\n", path, strerror(errno));
        return false;
    }
    lgs_buf_init(&buf, arena, 65536, max_bytes + 1);
    while (n && buf.len <= max_bytes && lgs_buf_reserve(&buf, 1)) {
        n = fread(buf.data + buf.len, 1, buf.size - buf.len, file);
        buf.len += n;
    }
    ok = !ferror(file) && !buf.failed && buf.len <= max_bytes;
    if (ferror(file)) {
        fprintf(stderr, "logisticsctl: %s: %s\n", path, strerror(errno));
    } else if (!ok) {
        fprintf(stderr, "logisticsctl: %s: more than %zu bytes\n", path, max_bytes);
    }
    if (file != stdin) {
        fclose(file);
    }
    *text = lgs_str(buf.data, buf.len);
    return ok;
}

/* So many bytes of UTF-8 follow this one. */
static unsigned n_following(unsigned char c)
{
    return c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0;
}

/* The C1 controls, too, as UTF-8 and as the bytes that they are in a terminal of another kind. */
void ctl_print_text(FILE *to, lgs_str_t text)
{
    char line[512]; /* a byte at a time is a call of the kernel each on stderr */
    size_t n = 0;
    unsigned n_left = 0; /* bytes that belong to the character before */

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool is_c1 = c == 0xc2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xa0;
        bool is_alone = c >= 0x80 && c < 0xa0 && n_left == 0;

        i += is_c1;
        line[n++] = c < 0x20 || c == 0x7f || is_c1 || is_alone ? '?' : (char)c;
        if (n == sizeof(line)) {
            fwrite(line, 1, n, to);
            n = 0;
        }
        n_left = c >= 0xc2 && !is_c1 ? n_following(c) : n_left - (n_left > 0);
    }
    fwrite(line, 1, n, to);
}

void ctl_print_errors(const lgs_errs_t *errs, const char *file)
{
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        lgs_str_t line = lgs_err_line(errs->arena, err, lgs_cstr(file));

        ctl_print_text(stderr, line);
        fputc('\n', stderr);
    }
    if (errs->more) {
        fprintf(stderr, "and %u more\n", errs->more);
    }
}

void ctl_write_errors(lgs_buf_t *buf, const lgs_errs_t *errs)
{
    lgs_buf_byte(buf, '[');
    for (const lgs_err_t *err = errs->first; err; err = err->next) {
        lgs_buf_cstr(buf, err == errs->first ? "{\"code\":" : ",{\"code\":");
        lgs_json_write_string(buf, lgs_cstr(err->code));
        lgs_buf_cstr(buf, ",\"detail\":");
        lgs_json_write_string(buf, err->text);
        if (err->file.len) {
            lgs_buf_cstr(buf, ",\"file\":");
            lgs_json_write_string(buf, err->file);
        }
        if (err->pos.line) {
            lgs_buf_cstr(buf, ",\"line\":");
            lgs_buf_u64(buf, err->pos.line);
            lgs_buf_cstr(buf, ",\"column\":");
            lgs_buf_u64(buf, err->pos.column);
        }
        lgs_buf_cstr(buf, ",\"pointer\":");
        lgs_json_write_string(buf, err->pointer);
        if (err->schema.len) {
            lgs_buf_cstr(buf, ",\"schema\":");
            lgs_json_write_string(buf, err->schema);
        }
        lgs_buf_byte(buf, '}');
    }
    lgs_buf_byte(buf, ']');
}

int ctl_usage(const char *command)
{
    for (size_t i = 0; i < LGS_N(commands); i++) {
        if (strcmp(command, commands[i].name) == 0) {
            fprintf(stderr, "usage: logisticsctl %s\n", commands[i].usage);
        }
    }
    return CTL_USAGE;
}

/* Of one command, or of all: NULL. */
static int help(FILE *to, const char *command)
{
    unsigned n = 0;

    for (size_t i = 0; command && i < LGS_N(commands); i++) {
        n += strcmp(command, commands[i].name) == 0;
    }
    if (command && n == 0) {
        return refuse_command(command);
    }
    fprintf(to, "usage: logisticsctl %s ...\n\n", command ? command : "COMMAND");
    for (size_t i = 0; i < LGS_N(commands); i++) {
        if (command == NULL || strcmp(command, commands[i].name) == 0) {
            fprintf(to, "  %s\n      %s\n", commands[i].usage, commands[i].about);
        }
    }
    fprintf(to, "\nexit: 0 ok, 1 findings, 2 usage or unreadable\n");
    return CTL_OK;
}
