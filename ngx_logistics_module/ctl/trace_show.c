/*
 * One trace record as a person reads it: a line with what happened, then stages with verdict and
 * time, then what became of each canonical record or document, and what EDI was answered. Texts of
 * partners go to a terminal here: control characters are shown as '?'.
 */
#include "trace.h"

#include <stdio.h>

static void print_head(const lgs_node_t *root);
static void print_facts(const lgs_node_t *root);
static void print_keys(const lgs_node_t *keys);
static void print_stages(const lgs_node_t *stages);
static void print_outcomes(const lgs_node_t *outcomes);
static void print_problem(const lgs_node_t *problem);
static void print_operations(const lgs_node_t *operations);
static void print_acknowledgement(lgs_str_t text);
static void print_ms(int64_t us);
static void print_member(const char *before, const lgs_node_t *node, const char *name);
static int64_t number_at(const lgs_node_t *node, const char *name);
static const lgs_node_t *list_at(const lgs_node_t *node, const char *name);

int trace_print_raw(lgs_str_t record)
{
    if (fwrite(record.data, 1, record.len, stdout) != record.len || putchar('\n') == EOF) {
        perror("logisticsctl: standard output");
        return CTL_USAGE;
    }
    return CTL_OK;
}

int trace_print(lgs_arena_t *arena, lgs_str_t record)
{
    lgs_errs_t errs;
    lgs_doc_t doc;

    lgs_errs_init(&errs, arena, 1);
    if (lgs_json_read(arena, record, NULL, &doc, &errs) != LGS_OK) {
        ctl_print_errors(&errs, "trace record");
        return CTL_USAGE;
    }
    print_head(&doc.root);
    print_facts(&doc.root);
    print_keys(list_at(&doc.root, "keys"));
    print_stages(lgs_node_at(&doc.root, "stages"));
    print_outcomes(list_at(&doc.root, "outcomes"));
    print_acknowledgement(lgs_node_text(lgs_node_at(&doc.root, "acknowledgement")));
    if (fflush(stdout) != 0) {
        perror("logisticsctl: standard output");
        return CTL_USAGE;
    }
    return CTL_OK;
}

/* 2026-11-20T10:12:00.123Z 0192… dhl POST tracking-events 200 */
static void print_head(const lgs_node_t *root)
{
    static const char *const members[] = {"id", "partner", "method", "route", "status"};

    ctl_print_text(stdout, lgs_node_text(lgs_node_at(root, "at")));
    for (size_t i = 0; i < LGS_N(members); i++) {
        print_member(" ", root, members[i]);
    }
    putchar('\n');
}

static void print_facts(const lgs_node_t *root)
{
    int64_t calls = number_at(root, "odoo_calls");

    if (lgs_node_at(root, "problem")) {
        print_member("  problem ", root, "problem");
        print_member(": ", root, "detail");
        putchar('\n');
    } else if (lgs_node_at(root, "detail")) {
        print_member("  noted ", root, "detail");
        putchar('\n');
    }
    printf("  total ");
    print_ms(number_at(root, "total_us"));
    if (calls) {
        printf(", of it Odoo ");
        print_ms(number_at(root, "odoo_us"));
        printf(" in %lld calls", (long long)calls);
    }
    printf("; %lld bytes in, %lld out; %lld records, ", (long long)number_at(root, "request_bytes"),
           (long long)number_at(root, "response_bytes"), (long long)number_at(root, "records"));
    if (number_at(root, "refused")) {
        printf("%lld documents refused, ", (long long)number_at(root, "refused"));
    }
    printf("%lld warnings\n", (long long)number_at(root, "warnings"));
    print_member("  policies ", root, "revision");
    print_member(", client ", root, "client_ip");
    print_member(", traceparent ", root, "traceparent");
    putchar('\n');
}

static void print_keys(const lgs_node_t *keys)
{
    for (uint32_t i = 0; keys && i < keys->n; i++) {
        print_member(i ? ", " : "  keys ", &keys->u.items[i], "type");
        print_member("=", &keys->u.items[i], "value");
    }
    if (keys && keys->n) {
        putchar('\n');
    }
}

/* {"authenticate": ["pass", 55], …}, in the order of the way */
static void print_stages(const lgs_node_t *stages)
{
    for (uint32_t i = 0; stages && stages->type == LGS_OBJECT && i < stages->n; i++) {
        const lgs_node_t *stage = &stages->u.members[i].value;
        lgs_str_t name = lgs_node_text(&stages->u.members[i].name);
        int64_t us = 0;

        if (stage->type != LGS_ARRAY || stage->n != 2) {
            continue;
        }
        (void)lgs_node_int(&stage->u.items[1], &us);
        printf("  %-14.*s %-7.*s %9lld µs\n", LGS_FMT(name),
               LGS_FMT(lgs_node_text(&stage->u.items[0])), (long long)us);
    }
}

static void print_outcomes(const lgs_node_t *outcomes)
{
    for (uint32_t i = 0; outcomes && i < outcomes->n; i++) {
        const lgs_node_t *record = &outcomes->u.items[i];

        printf(" ");
        if (lgs_node_at(record, "id") == NULL && lgs_node_at(record, "set") == NULL) {
            print_member(" document ", record, "index");
        }
        print_member(" ", record, "set");
        print_member(" ", record, "control");
        print_member(" ", record, "id");
        print_member(" ", record, "type");
        print_member(": ", record, "outcome");
        putchar('\n');
        print_problem(lgs_node_at(record, "problem"));
        print_operations(list_at(record, "odoo"));
    }
}

/* Why a document was refused, and where in it. */
static void print_problem(const lgs_node_t *problem)
{
    static const char *const places[][2] = {{" (line ", "line"},
                                            {", column ", "column"},
                                            {", segment ", "segment"},
                                            {", element ", "element"},
                                            {", component ", "component"}};

    if (problem == NULL) {
        return;
    }
    print_member("    ", problem, "code");
    print_member(": ", problem, "detail");
    for (size_t i = 0; i < LGS_N(places); i++) {
        print_member(places[i][0], problem, places[i][1]);
    }
    fputs(lgs_node_at(problem, "line") ? ")\n" : "\n", stdout);
}

static void print_operations(const lgs_node_t *operations)
{
    for (uint32_t i = 0; operations && i < operations->n; i++) {
        const lgs_node_t *operation = &operations->u.items[i];

        print_member("    ", operation, "model");
        print_member(" ", operation, "id");
        print_member(" ", operation, "external_id");
        print_member(": ", operation, "outcome");
        print_member(", ", operation, "code");
        print_member(": ", operation, "detail");
        putchar('\n');
    }
}

/* A line a segment, as it was sent. */
static void print_acknowledgement(lgs_str_t text)
{
    const char *p = text.data, *end = p + text.len;

    if (text.len) {
        printf("  acknowledgement\n");
    }
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));

        stop = stop ? stop : end;
        printf("    ");
        ctl_print_text(stdout, lgs_str(p, (size_t)(stop - p)));
        putchar('\n');
        p = stop < end ? stop + 1 : end;
    }
}

static void print_ms(int64_t us)
{
    printf("%lld.%03lld ms", (long long)(us / 1000), (long long)(us % 1000));
}

/* A text or a number, with `before` it; nothing when there is none. */
static void print_member(const char *before, const lgs_node_t *node, const char *name)
{
    const lgs_node_t *value = lgs_node_at(node, name);

    if (value == NULL || (value->type != LGS_STRING && value->type != LGS_NUMBER)) {
        return;
    }
    printf("%s", before);
    ctl_print_text(stdout, lgs_node_text(value));
}

static int64_t number_at(const lgs_node_t *node, const char *name)
{
    int64_t number = 0;

    (void)lgs_node_int(lgs_node_at(node, name), &number);
    return number;
}

static const lgs_node_t *list_at(const lgs_node_t *node, const char *name)
{
    const lgs_node_t *list = lgs_node_at(node, name);

    return list && list->type == LGS_ARRAY ? list : NULL;
}
