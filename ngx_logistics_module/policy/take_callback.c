/*
 * `callback` of partners/<name>.yaml → lgs_callback_terms_t. Where it leads is checked as far as
 * the file says; what a name resolves to is checked by whoever connects (relay/).
 */
#define _GNU_SOURCE /* memmem */
#include "../base/file.h"
#include "load.h"

#define MAX_CA             (1u << 20) /* bytes of a file of certificates */
#define DEFAULT_TIMEOUT_MS 15000u
#define LONGEST_TIMEOUT_MS 60000u

static lgs_rc_t take_allowed(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_nets_t *nets);
static lgs_rc_t take_url(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         lgs_callback_terms_t *terms);
static lgs_str_t host_of(lgs_str_t url);
static bool is_number(lgs_str_t host);
static lgs_rc_t take_events(lgs_load_t *load, const lgs_node_t *node, lgs_callback_terms_t *terms);
static lgs_rc_t take_secrets(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_callback_terms_t *terms);
static lgs_rc_t take_secret(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                            lgs_callback_terms_t *terms);
static lgs_rc_t take_ca(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        lgs_str_t *path);

lgs_rc_t lgs_take_callback(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                           const lgs_callback_terms_t **out)
{
    const lgs_node_t *timeout = lgs_node_at(node, "timeout");
    lgs_callback_terms_t *terms;

    if (node == NULL || node->type != LGS_OBJECT) {
        return LGS_OK;
    }
    terms = lgs_arena_zalloc(load->arena, sizeof(*terms));
    if (terms == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    *out = terms;
    terms->timeout_ms = DEFAULT_TIMEOUT_MS;
    terms->schedule = load->policy->queue.schedule;
    lgs_take_duration(load, doc, timeout, &terms->timeout_ms);
    if (terms->timeout_ms == 0 || terms->timeout_ms > LONGEST_TIMEOUT_MS) {
        lgs_finding(load, doc, timeout, "policy-value",
                    "\"%.*s\" is no sensible time limit for a callback; write up to 60s",
                    LGS_FMT(lgs_node_text(timeout)));
    }
    if (take_allowed(load, doc, lgs_node_at(node, "allow"), &terms->allowed) != LGS_OK ||
        take_url(load, doc, lgs_node_at(node, "url"), terms) != LGS_OK ||
        take_events(load, lgs_node_at(node, "events"), terms) != LGS_OK ||
        take_secrets(load, doc, lgs_node_at(node, "secret"), terms) != LGS_OK ||
        take_ca(load, doc, lgs_node_at(node, "ca"), &terms->ca) != LGS_OK) {
        return LGS_NOMEM;
    }
    return lgs_take_schedule(load, doc, lgs_node_at(node, "schedule"), &terms->schedule);
}

static lgs_rc_t take_allowed(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_nets_t *nets)
{
    if (node == NULL || node->type != LGS_ARRAY || node->n > LGS_MAX_NETS) {
        return LGS_OK;
    }
    nets->items = lgs_arena_array(load->arena, node->n, sizeof(*nets->items));
    if (nets->items == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_node_t *item = &node->u.items[i];

        if (item->type != LGS_STRING) {
            continue;
        }
        if (lgs_net_read(lgs_node_text(item), &nets->items[nets->n])) {
            nets->n++;
        } else {
            lgs_finding(load, doc, item, "policy-value",
                        "\"%.*s\" is no network; write an address or a prefix without bits behind "
                        "it: 10.20.0.0/16, fd12:3456::/32",
                        LGS_FMT(lgs_node_text(item)));
        }
    }
    return LGS_OK;
}

static lgs_rc_t take_url(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                         lgs_callback_terms_t *terms)
{
    lgs_str_t text = lgs_node_text(node), host = host_of(text);
    lgs_address_t address;
    const char *why;

    if (node == NULL || node->type != LGS_STRING) {
        return LGS_OK;
    }
    terms->is_plain = lgs_str_starts(text, LGS_STR("http://"));
    if (terms->is_plain && terms->allowed.n == 0) {
        lgs_finding(load, doc, node, "policy-value",
                    "\"%.*s\" is http, which everybody on the way can read; write https, or list "
                    "the private network that it stays in under allow",
                    LGS_FMT(text));
    } else if (lgs_address_read(host, &address)) {
        why = lgs_address_refused(&address, &terms->allowed, terms->is_plain);
        if (why) {
            lgs_finding(load, doc, node, "policy-value",
                        "\"%.*s\" would be refused: the address is %s; list it under allow if it "
                        "is meant",
                        LGS_FMT(text), why);
        }
    } else if (is_number(host)) {
        lgs_finding(load, doc, node, "policy-value",
                    "\"%.*s\" is neither a name nor an address that all read the same: write four "
                    "decimal numbers, as in 192.0.2.1",
                    LGS_FMT(host));
    }
    return lgs_take_text(load, node, &terms->url);
}

/* Of what the schema's pattern lets pass: scheme://host or scheme://[address], and what follows. */
static lgs_str_t host_of(lgs_str_t url)
{
    const char *slashes = url.len ? memmem(url.data, url.len, "://", 3) : NULL;
    const char *p = slashes ? slashes + 3 : url.data, *end = url.data + url.len, *first;
    bool is_bracketed = p < end && *p == '[';

    first = p += is_bracketed;
    while (p < end && *p != '/' && *p != '?' && *p != (is_bracketed ? ']' : ':')) {
        p++;
    }
    return lgs_str(first, (size_t)(p - first));
}

/* "10.1", "0x7f.0.0.1": an address to some readers, each in its own way. No domain ends like that.
 */
static bool is_number(lgs_str_t host)
{
    size_t at = host.len;

    while (at && host.data[at - 1] != '.') {
        at--;
    }
    return at < host.len && host.data[at] >= '0' && host.data[at] <= '9';
}

static lgs_rc_t take_events(lgs_load_t *load, const lgs_node_t *node, lgs_callback_terms_t *terms)
{
    bool wanted[LGS_N_CALLBACK_EVENTS] = {
        [LGS_CALLBACK_DELIVERED] = node == NULL, [LGS_CALLBACK_FAILED] = node == NULL};
    lgs_buf_t buf;

    for (uint32_t i = 0; node && node->type == LGS_ARRAY && i < node->n; i++) {
        unsigned event = LGS_N_CALLBACK_EVENTS;

        lgs_take_word(&node->u.items[i], lgs_callback_events, LGS_N_CALLBACK_EVENTS, &event);
        if (event < LGS_N_CALLBACK_EVENTS) {
            wanted[event] = true;
        }
    }
    lgs_buf_init(&buf, load->arena, 32, 0);
    for (size_t i = 0; i < LGS_N_CALLBACK_EVENTS; i++) {
        if (wanted[i]) {
            lgs_buf_printf(&buf, "%s%s", buf.len ? " " : "", lgs_callback_events[i]);
        }
    }
    terms->events = lgs_buf_text(&buf);
    return buf.failed ? lgs_errs_nomem(load->errs) : LGS_OK;
}

/* One, or two while receivers change from one to the other. */
static lgs_rc_t take_secrets(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                             lgs_callback_terms_t *terms)
{
    lgs_rc_t rc = LGS_OK;

    if (node && node->type == LGS_OBJECT) {
        return take_secret(load, doc, node, terms);
    }
    for (uint32_t i = 0; rc == LGS_OK && node && node->type == LGS_ARRAY &&
                         i < LGS_MAX_CALLBACK_SECRETS && i < node->n;
         i++) {
        rc = take_secret(load, doc, &node->u.items[i], terms);
    }
    return rc;
}

static lgs_rc_t take_secret(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                            lgs_callback_terms_t *terms)
{
    lgs_str_t text;

    if (lgs_read_secret(load, doc, node, load->options->read_callbacks, &text) != LGS_OK) {
        return LGS_NOMEM;
    }
    if (text.len == 0) {
        return LGS_OK; /* not wanted, or it is said what is wrong */
    }
    if (!lgs_callback_secret_read(text, &terms->secrets[terms->n_secrets])) {
        lgs_finding(load, doc, node, "policy-secret",
                    "the secret is not \"whsec_\" and base64 of 24 to 64 bytes; make one: echo "
                    "whsec_$(openssl rand -base64 32)");
        return LGS_OK;
    }
    terms->n_secrets++;
    return LGS_OK;
}

static lgs_rc_t take_ca(lgs_load_t *load, const lgs_doc_t *doc, const lgs_node_t *node,
                        lgs_str_t *path)
{
    lgs_str_t text;
    lgs_errs_t errs;
    lgs_rc_t rc;

    if (node == NULL || node->type != LGS_STRING) {
        return LGS_OK;
    }
    *path = lgs_arena_str(load->arena, lgs_resolve_path(load, lgs_node_text(node)));
    if (path->data == NULL) {
        return lgs_errs_nomem(load->errs);
    }
    if (!load->options->read_callbacks) {
        return LGS_OK;
    }
    lgs_errs_init(&errs, load->scratch, 1);
    rc = lgs_file_read(load->scratch, path->data, MAX_CA, &text, &errs);
    if (rc == LGS_NOMEM) {
        return lgs_errs_nomem(load->errs);
    }
    if (rc != LGS_OK) {
        lgs_finding(load, doc, node, "policy-file", "cannot read the certificates of %s: %.*s",
                    path->data, LGS_FMT(errs.first->text));
    }
    return LGS_OK;
}
