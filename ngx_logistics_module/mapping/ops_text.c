/*
 * Operations on texts. What is cut out of a text points into it; what is made is counted against
 * the run's ceiling. upper and lower change A to Z only: a partner's codes, not a person's name.
 */
#include "internal.h"

#include "../base/digest.h"
#include "../base/plain.h"
#include "../base/put.h"

typedef struct {
    lgs_exprs_t parts;
    lgs_str_t glue; /* separator of concat, prefix of hash */
    bool is_plain;
    bool reads; /* a part that is no constant */
} parts_args_t;

typedef struct {
    const lgs_expr_t *of;
    lgs_str_t text, to;
    const lgs_texts_t *from;
    const lgs_regex_t *regex;
    int64_t start, length;
    int group;
    bool is_plain, is_list, is_right;
} text_args_t;

static text_args_t *new_args(lgs_compile_t *c, const lgs_node_t *of, lgs_expr_t *expr);
static bool eval_of(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *of, lgs_node_t *out);
static bool map_bytes(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out, char first,
                      char last, char change);
static size_t replace_once(lgs_str_t text, const text_args_t *args, size_t at, size_t *len);
static const char *step_characters(const char *p, const char *end, int64_t n);
static int64_t count_characters(lgs_str_t text);
static bool split_list(lgs_run_t *run, const text_args_t *args, const lgs_node_t *of,
                       lgs_node_t *out);
static bool next_piece(lgs_str_t *rest, lgs_str_t by, lgs_str_t *piece);

/* ---- concat, hash ---- */

bool lgs_op_concat_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                           lgs_expr_t *expr)
{
    parts_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));
    bool ok = true;

    if (args == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (main->type != LGS_ARRAY || main->n == 0 || main->n > 64) {
        return lgs_mapping_finding(c, main, "\"concat\" must be a list of 1 to 64 values");
    }
    args->parts.items = lgs_arena_array(c->arena, main->n, sizeof(*args->parts.items));
    if (args->parts.items == NULL) {
        return lgs_mapping_nomem(c);
    }
    for (; args->parts.n < main->n; args->parts.n++) {
        size_t mark = lgs_mapping_enter_item(c, args->parts.n);

        args->parts.items[args->parts.n] = lgs_mapping_value(c, &main->u.items[args->parts.n]);
        ok = ok && args->parts.items[args->parts.n];
        args->reads |= ok && !args->parts.items[args->parts.n]->is_const;
        lgs_mapping_leave(c, mark);
    }
    expr->u.args = args;
    if (!lgs_mapping_arg_text(c, node, "separator", &args->glue)) {
        return false;
    }
    args->is_plain = lgs_mapping_is_plain(args->glue);
    lgs_mapping_stands_with(expr, &args->parts, true);
    return ok;
}

/* Nulls are left out with their separator; nothing but nulls, or only constants of them, is null.
 */
bool lgs_op_concat_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const parts_args_t *args = expr->u.args;
    lgs_node_t parts[64];
    const lgs_node_t *from = NULL;
    uint8_t flags = args->is_plain ? LGS_NODE_PLAIN : 0;
    size_t size = 0;
    uint32_t n = 0;
    char *text, *p;

    for (uint32_t i = 0; i < args->parts.n; i++) {
        const lgs_expr_t *part = args->parts.items[i];
        lgs_node_t *value = &parts[n];

        if (!lgs_mapping_eval_text(run, part, value)) {
            return false;
        }
        if (value->type == LGS_NULL) {
            continue;
        }
        from = from == NULL && !part->is_const ? value : from;
        flags &= value->flags;
        size += value->n + args->glue.len;
        n++;
    }
    if (n == 0 || (args->reads && from == NULL)) {
        return lgs_mapping_take_null(run, out);
    }
    text = p = lgs_mapping_make(run, size);
    if (text == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        p = i > 0 ? lgs_put(p, args->glue.data, args->glue.len) : p;
        p = lgs_put(p, parts[i].u.text, parts[i].n);
    }
    lgs_mapping_put_text(out, lgs_str(text, (size_t)(p - text)), from ? from : &parts[0],
                         flags & LGS_NODE_PLAIN);
    return true;
}

bool lgs_op_hash_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    parts_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));

    if (args == NULL) {
        return lgs_mapping_nomem(c);
    }
    args->glue = LGS_STR("");
    expr->u.args = args;
    if (!lgs_mapping_sources(c, main, LGS_MAPPING_MAX_PARTS, &args->parts) ||
        !lgs_mapping_arg_text(c, node, "prefix", &args->glue)) {
        return false;
    }
    args->is_plain = lgs_mapping_is_plain(args->glue);
    return true;
}

lgs_str_t lgs_op_hash_prefix(const lgs_expr_t *expr)
{
    return ((const parts_args_t *)expr->u.args)->glue;
}

/* The partner is always the first part: two partners never make the same id. */
bool lgs_op_hash_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const parts_args_t *args = expr->u.args;
    lgs_str_t parts[LGS_MAPPING_MAX_PARTS + 1] = {run->facts->partner};
    uint8_t digest[LGS_SHA256_LEN];
    char *text;

    for (uint32_t i = 0; i < args->parts.n; i++) {
        lgs_node_t part;

        if (!lgs_mapping_eval_text(run, args->parts.items[i], &part)) {
            return false;
        }
        parts[i + 1] = part.type == LGS_NULL ? LGS_STR("") : lgs_mapping_text(&part);
    }
    if (!lgs_mapping_work(run, 10) || !lgs_sha256_parts(parts, args->parts.n + 1, digest)) {
        return run->rc != LGS_OK || lgs_mapping_stop_nomem(run);
    }
    text = lgs_mapping_make(run, args->glue.len + LGS_SHA256_HEX);
    if (text == NULL) {
        return false;
    }
    memcpy(text, args->glue.data, args->glue.len);
    lgs_hex(digest, sizeof(digest), text + args->glue.len);
    lgs_mapping_put_text(out, lgs_str(text, args->glue.len + LGS_SHA256_HEX),
                         run->scopes[run->depth].node, args->is_plain);
    return true;
}

/* ---- one text ---- */

bool lgs_op_text_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    return new_args(c, main, expr) != NULL;
}

const lgs_expr_t *lgs_op_text_of(const lgs_expr_t *expr)
{
    bool is_text = expr->op->run == lgs_op_string_run || expr->op->run == lgs_op_upper_run ||
                   expr->op->run == lgs_op_lower_run;

    return is_text ? ((const text_args_t *)expr->u.args)->of : NULL;
}

bool lgs_op_string_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    lgs_node_t of;

    if (!eval_of(run, expr, &of, out)) {
        return false;
    }
    if (of.type != LGS_NULL) {
        lgs_mapping_put_text(out, lgs_mapping_text(&of), &of, of.flags & LGS_NODE_PLAIN);
    }
    return true;
}

bool lgs_op_trim_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    lgs_node_t of;
    lgs_str_t text;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    text = lgs_mapping_text(&of);
    while (text.len && strchr(" \t\r\n", text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len && strchr(" \t\r\n", text.data[text.len - 1])) {
        text.len--;
    }
    if (text.len) {
        lgs_mapping_put_text(out, text, &of, of.flags & LGS_NODE_PLAIN);
    }
    return true;
}

bool lgs_op_strip_zeros_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    lgs_node_t of;
    lgs_str_t text;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    text = lgs_mapping_text(&of);
    while (text.len > 1 && text.data[0] == '0') {
        text.data++;
        text.len--;
    }
    lgs_mapping_put_text(out, text, &of, of.flags & LGS_NODE_PLAIN);
    return true;
}

bool lgs_op_upper_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return map_bytes(run, expr, out, 'a', 'z', 'A' - 'a');
}

bool lgs_op_lower_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    return map_bytes(run, expr, out, 'A', 'Z', 'a' - 'A');
}

static bool map_bytes(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out, char first,
                      char last, char change)
{
    lgs_node_t of;
    char *text;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    text = lgs_mapping_make(run, of.n);
    if (text == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < of.n; i++) {
        char byte = of.u.text[i];

        text[i] = byte >= first && byte <= last ? (char)(byte + change) : byte;
    }
    lgs_mapping_put_text(out, lgs_str(text, of.n), &of, of.flags & LGS_NODE_PLAIN);
    return true;
}

/* For a body that a browser will show: & < > " ' become references. */
bool lgs_op_html_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    static const lgs_str_t references[] = {
        {NULL, 0},
        LGS_STR_INIT("&amp;"),
        LGS_STR_INIT("&lt;"),
        LGS_STR_INIT("&gt;"),
        LGS_STR_INIT("&quot;"),
        LGS_STR_INIT("&#39;"),
    };
    static const uint8_t escapes[256] = {['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5};
    lgs_node_t of;
    char *text, *p;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    text = p = lgs_mapping_make(run, 6 * (size_t)of.n);
    if (text == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < of.n; i++) {
        uint8_t escape = escapes[(uint8_t)of.u.text[i]];

        if (LGS_LIKELY(escape == 0)) {
            *p++ = of.u.text[i];
        } else {
            memcpy(p, references[escape].data, references[escape].len);
            p += references[escape].len;
        }
    }
    lgs_mapping_put_text(out, lgs_str(text, (size_t)(p - text)), &of, of.flags & LGS_NODE_PLAIN);
    return true;
}

/* The other way: markup that Odoo keeps becomes the text that a reader would see. */
bool lgs_op_plain_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    lgs_node_t of;
    char *text;
    size_t len;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    text = lgs_mapping_make(run, of.n);
    if (text == NULL) {
        return false;
    }
    len = lgs_html_text(lgs_mapping_text(&of), text);
    if (len) {
        lgs_mapping_put_text(out, lgs_str(text, len), &of, false);
    }
    return true;
}

/* ---- pad ---- */

bool lgs_op_pad_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                        lgs_expr_t *expr)
{
    static const lgs_str_t sides[] = {LGS_STR_INIT("left"), LGS_STR_INIT("right")};
    text_args_t *args = new_args(c, main, expr);
    unsigned side = 0;

    if (args == NULL) {
        return false;
    }
    args->text = LGS_STR("0");
    if (!lgs_mapping_arg_int(c, node, "to", 1, 1024, &args->length) ||
        !lgs_mapping_arg_text(c, node, "with", &args->text) ||
        !lgs_mapping_arg_word(c, node, "side", sides, LGS_N(sides), &side)) {
        return false;
    }
    if (args->length == 0 || args->text.len != 1 || (uint8_t)args->text.data[0] >= 0x80) {
        return lgs_mapping_finding(c, node,
                                   "\"pad\" needs \"to\", a number of characters, and in "
                                   "\"with\" one ASCII character");
    }
    args->is_right = side;
    args->is_plain = lgs_mapping_is_plain(args->text);
    return true;
}

bool lgs_op_pad_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const text_args_t *args = expr->u.args;
    lgs_node_t of;
    int64_t more;
    char *text;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    more = args->length - count_characters(lgs_mapping_text(&of));
    more = more > 0 ? more : 0;
    text = lgs_mapping_make(run, of.n + (size_t)more);
    if (text == NULL) {
        return false;
    }
    memset(args->is_right ? text + of.n : text, args->text.data[0], (size_t)more);
    memcpy(args->is_right ? text : text + more, of.u.text, of.n);
    lgs_mapping_put_text(out, lgs_str(text, of.n + (size_t)more), &of,
                         args->is_plain && (of.flags & LGS_NODE_PLAIN));
    return true;
}

/* ---- substr ---- */

bool lgs_op_substr_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                           lgs_expr_t *expr)
{
    text_args_t *args = new_args(c, main, expr);

    if (args == NULL) {
        return false;
    }
    args->length = LGS_MAX_TEXT;
    return lgs_mapping_arg_int(c, node, "start", -(int64_t)LGS_MAX_TEXT, LGS_MAX_TEXT,
                               &args->start) &&
           lgs_mapping_arg_int(c, node, "length", 1, LGS_MAX_TEXT, &args->length);
}

/* Counted in characters from 0; a negative start counts from the end. Nothing left is null. */
bool lgs_op_substr_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const text_args_t *args = expr->u.args;
    const char *from, *to, *end;
    lgs_node_t of;
    int64_t start;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    end = of.u.text + of.n;
    start = args->start >= 0 ? args->start : args->start + count_characters(lgs_mapping_text(&of));
    from = step_characters(of.u.text, end, start > 0 ? start : 0);
    to = step_characters(from, end, args->length);
    if (to > from) {
        lgs_mapping_put_text(out, lgs_str(from, (size_t)(to - from)), &of,
                             of.flags & LGS_NODE_PLAIN);
    }
    return true;
}

/* ---- split ---- */

bool lgs_op_split_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                          lgs_expr_t *expr)
{
    text_args_t *args = new_args(c, main, expr);

    if (args == NULL) {
        return false;
    }
    args->is_list = lgs_node_at(node, "index") == NULL;
    if (!lgs_mapping_arg_text(c, node, "by", &args->text) ||
        !lgs_mapping_arg_int(c, node, "index", -1000, 1000, &args->start)) {
        return false;
    }
    return args->text.len > 0 ||
           lgs_mapping_finding(c, node, "\"split\" needs \"by\", the text between the pieces");
}

/* The piece `index` (negative: from the end), or a list of all. */
bool lgs_op_split_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const text_args_t *args = expr->u.args;
    lgs_node_t of;
    lgs_str_t rest, piece;
    int64_t index = args->start;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    if (args->is_list) {
        return split_list(run, args, &of, out);
    }
    rest = lgs_mapping_text(&of);
    if (index < 0) {
        while (next_piece(&rest, args->text, &piece)) {
            index++;
        }
        rest = lgs_mapping_text(&of);
    }
    while (index >= 0 && next_piece(&rest, args->text, &piece)) {
        if (index-- == 0) {
            lgs_mapping_put_text(out, piece, &of, of.flags & LGS_NODE_PLAIN);
        }
    }
    return true;
}

static bool split_list(lgs_run_t *run, const text_args_t *args, const lgs_node_t *of,
                       lgs_node_t *out)
{
    lgs_str_t rest = lgs_mapping_text(of), piece;
    lgs_node_t *items;
    uint32_t n = 0;

    while (next_piece(&rest, args->text, &piece)) {
        n++;
    }
    items = (lgs_node_t *)(void *)lgs_mapping_make(run, n * sizeof(*items));
    if (items == NULL || !lgs_mapping_work(run, n)) {
        return false;
    }
    rest = lgs_mapping_text(of);
    for (uint32_t i = 0; i < n && next_piece(&rest, args->text, &piece); i++) {
        lgs_mapping_put_text(&items[i], piece, of, of->flags & LGS_NODE_PLAIN);
    }
    *out = (lgs_node_t){
        .u.items = items, .n = n, .offset = of->offset, .type = LGS_ARRAY, .flags = LGS_NODE_MADE};
    return true;
}

/* ---- replace ---- */

bool lgs_op_replace_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                            lgs_expr_t *expr)
{
    const lgs_node_t *from = lgs_node_at(node, "from");
    text_args_t *args = new_args(c, main, expr);

    if (args == NULL) {
        return false;
    }
    args->to = LGS_STR("");
    if (from == NULL) {
        return lgs_mapping_finding(c, node, "\"replace\" needs \"from\": a text or a list");
    }
    args->from = lgs_mapping_texts(c, from);
    if (args->from == NULL || !lgs_mapping_arg_text(c, node, "to", &args->to)) {
        return false;
    }
    for (uint32_t i = 0; i < args->from->n; i++) {
        if (args->from->items[i].len == 0) {
            return lgs_mapping_finding(c, from, "an empty text cannot be replaced");
        }
    }
    args->is_plain = lgs_mapping_is_plain(args->to);
    return true;
}

bool lgs_op_replace_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const text_args_t *args = expr->u.args;
    lgs_str_t text;
    lgs_node_t of;
    lgs_buf_t buf;
    size_t at = 0, len = 0;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    text = lgs_mapping_text(&of);
    lgs_buf_init(&buf, run->arena, text.len + 1, LGS_MAX_TEXT);
    while (at < text.len) {
        size_t hit = replace_once(text, args, at, &len);

        lgs_buf_add(&buf, text.data + at, hit - at);
        if (hit < text.len) {
            lgs_buf_str(&buf, args->to);
        }
        at = hit + len;
    }
    if (buf.failed || buf.len > run->made || !lgs_mapping_work(run, (uint32_t)(text.len / 16))) {
        return lgs_mapping_stop_nomem(run);
    }
    run->made -= buf.len;
    if (buf.len) {
        lgs_mapping_put_text(out, lgs_buf_text(&buf), &of,
                             args->is_plain && (of.flags & LGS_NODE_PLAIN));
    }
    return true;
}

/* Where, from `at` on, one of the texts begins; the text's end, with *len 0, when none does. */
static size_t replace_once(lgs_str_t text, const text_args_t *args, size_t at, size_t *len)
{
    for (; at < text.len; at++) {
        for (uint32_t i = 0; i < args->from->n; i++) {
            lgs_str_t from = args->from->items[i];

            if (from.len <= text.len - at && memcmp(text.data + at, from.data, from.len) == 0) {
                *len = from.len;
                return at;
            }
        }
    }
    *len = 0;
    return at;
}

/* ---- regex ---- */

bool lgs_op_regex_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                          lgs_expr_t *expr)
{
    const lgs_node_t *of = lgs_node_at(node, "of"), *group = lgs_node_at(node, "group");
    text_args_t *args;
    int64_t number = -1;

    if (of == NULL) {
        return lgs_mapping_finding(c, node, "\"regex\" needs \"of\": the path of the text");
    }
    args = new_args(c, of, expr);
    if (args == NULL || !lgs_mapping_arg_regex(c, main, &args->regex)) {
        return false;
    }
    if (group == NULL) {
        args->group = lgs_regex_group_number(args->regex, LGS_STR("v"));
        if (args->group < 0) {
            args->group = lgs_regex_group_count(args->regex) > 0;
        }
        return true;
    }
    if (!lgs_node_int(group, &number)) {
        number = lgs_regex_group_number(args->regex, lgs_node_text(group));
    }
    if (number < 0 || number > lgs_regex_group_count(args->regex)) {
        return lgs_mapping_finding(c, group, "the pattern has no such group");
    }
    args->group = (int)number;
    return true;
}

/* The group v, else the first group, else all that matched; null when nothing does. */
bool lgs_op_regex_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const text_args_t *args = expr->u.args;
    lgs_regex_result_t result;
    lgs_str_t text, group;
    lgs_node_t of;

    if (!eval_of(run, expr, &of, out) || of.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    if (!lgs_mapping_work(run, 10 + of.n / 16)) {
        return false;
    }
    text = lgs_mapping_text(&of);
    result = lgs_regex_match(args->regex, text);
    if (result == LGS_REGEX_TOO_HARD) {
        return lgs_mapping_fault(run, expr, "mapping-pattern", &of, out,
                                 "the pattern takes too many steps on \"%.*s\"%s", LGS_QUOTE(text));
    }
    if (result == LGS_REGEX_YES &&
        lgs_regex_group(args->regex, text, (unsigned)args->group, &group) && group.len) {
        lgs_mapping_put_text(out, group, &of, of.flags & LGS_NODE_PLAIN);
    }
    return true;
}

/* ---- shared ---- */

static text_args_t *new_args(lgs_compile_t *c, const lgs_node_t *of, lgs_expr_t *expr)
{
    text_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));

    if (args == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    expr->u.args = args;
    args->of = lgs_mapping_source(c, of);
    lgs_mapping_stands_with(expr, &(lgs_exprs_t){&args->of, 1}, false);
    return args->of ? args : NULL;
}

/* The operand in *of; *out is null until the operation has something better. */
static bool eval_of(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *of, lgs_node_t *out)
{
    const text_args_t *args = expr->u.args;

    if (!lgs_mapping_eval_text(run, args->of, of)) {
        return false;
    }
    lgs_mapping_take_null(run, out);
    return true;
}

static const char *step_characters(const char *p, const char *end, int64_t n)
{
    while (n > 0 && p < end) {
        p++;
        while (p < end && ((uint8_t)*p & 0xC0) == 0x80) {
            p++;
        }
        n--;
    }
    return p;
}

static int64_t count_characters(lgs_str_t text)
{
    int64_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        n += ((uint8_t)text.data[i] & 0xC0) != 0x80;
    }
    return n;
}

/* rest->data is NULL once the last piece was handed out. */
static bool next_piece(lgs_str_t *rest, lgs_str_t by, lgs_str_t *piece)
{
    const char *hit = NULL;

    if (rest->data == NULL) {
        return false;
    }
    for (size_t i = 0; i + by.len <= rest->len && hit == NULL; i++) {
        hit = memcmp(rest->data + i, by.data, by.len) == 0 ? rest->data + i : NULL;
    }
    *piece = lgs_str(rest->data, hit ? (size_t)(hit - rest->data) : rest->len);
    *rest = hit ? lgs_str(hit + by.len, rest->len - piece->len - by.len) : lgs_str(NULL, 0);
    return true;
}
