/*
 * Dates and times. An offset is never invented: it stands in the text, or comes from a zone code of
 * the document (tz), or is the partner's agreed zone (tz_default); else only local time is known.
 *
 *   date: path | [date path, time path]     formats: [iso, ...] tried in order (dateforms.c)
 *   part: start | end of a range            near: the date that says which year, of MMDD
 *   tz: zone | +02:00 | {lookup: …} | {partner: tz}      tz_default: likewise, when tz gives none
 *   offset: of the place, told beside the time: it is told in that   local: the clock there
 *   out: iso      RFC 3339 with the offset if there is one, else local
 *        instant  RFC 3339 with an offset, or null      local   without offset
 *        date     YYYY-MM-DD                            odoo    UTC as Odoo wants it, or null
 *        moment   {occurred_at, local, tz, tz_from}: what `occurred:` of a record is made of
 */
#include "dateforms.h"

typedef enum { ZONE_NONE, ZONE_FIXED, ZONE_PARTNER, ZONE_VALUE } zone_kind_t;

typedef struct {
    zone_kind_t kind;
    const lgs_tz_t *tz;
    const lgs_expr_t *value;
} zone_t;

#define FIRST_ODOO_YEAR 1970
#define LAST_ODOO_YEAR  2099

/* The members of a moment. */
enum { PART_AT, PART_LOCAL, PART_TZ, PART_FROM, N_PARTS };

typedef enum { OUT_ISO, OUT_INSTANT, OUT_LOCAL, OUT_DATE, OUT_ODOO, OUT_MOMENT, OUT_SPREAD } out_t;

typedef struct {
    lgs_exprs_t of;
    lgs_dateforms_t forms;
    lgs_datepart_t part;
    const lgs_expr_t *near;      /* NULL: every form has its year */
    const lgs_expr_t *local;     /* the clock at the place; NULL: that of the time itself */
    lgs_dateformat_t *iso, *day; /* that `near` and `local` may be written in */
    zone_t tz, tz_default;
    const lgs_expr_t *offset; /* of the place; NULL: the time is told as it stands */
    out_t out;
    lgs_node_t names[N_PARTS]; /* of a moment's members */
} date_args_t;

/* A read time and where its offset came from. */
typedef struct {
    lgs_datetime_t value;
    lgs_str_t tz;
    lgs_str_t from; /* empty: no offset is known */
    lgs_node_t text;
    lgs_datetime_t local; /* when has_local: what the clock showed is not of `value` */
    bool has_local;
} moment_t;

static bool name_parts(lgs_compile_t *c, date_args_t *args);
static bool read_near(lgs_compile_t *c, const lgs_node_t *node, date_args_t *args);
static bool read_place(lgs_compile_t *c, const lgs_node_t *node, date_args_t *args);
static bool read_offset(lgs_compile_t *c, const lgs_node_t *offset, date_args_t *args);
static bool read_zone(lgs_compile_t *c, const lgs_node_t *node, zone_t *zone);
static bool load_entry(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key);
static bool read_date(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment, bool *found);
static bool read_moment(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment, char *joined,
                        bool *found);
static bool eval_time(lgs_run_t *run, const date_args_t *args, const lgs_expr_t *of,
                      lgs_node_t *text, lgs_datetime_t *value, bool *is_time);
static bool read_text(lgs_run_t *run, const date_args_t *args, moment_t *moment, char *joined);
static bool apply_zones(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment);
static bool apply_zone(lgs_run_t *run, const lgs_expr_t *expr, const zone_t *zone,
                       moment_t *moment);
static bool apply_value(lgs_run_t *run, const lgs_expr_t *expr, const zone_t *zone,
                        moment_t *moment);
static bool apply_offset(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment);
static bool apply_local(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment, bool *found);
static bool fixed_offset(lgs_str_t text, int32_t *seconds);
static void set_zone(lgs_run_t *run, const lgs_expr_t *expr, const lgs_tz_t *tz, lgs_str_t from,
                     moment_t *moment);
static bool is_odoo_year(const lgs_run_t *run, out_t form, int32_t year);
static bool write_moment(lgs_run_t *run, const date_args_t *args, const moment_t *moment,
                         lgs_node_t *out);
static bool write_local(lgs_run_t *run, const moment_t *moment, const lgs_node_t *at,
                        lgs_node_t *out);
static inline void put_zone(const moment_t *moment, lgs_str_t zone, lgs_node_t *out);
static bool write_text(lgs_run_t *run, const moment_t *moment, out_t form, lgs_node_t *out);

typedef struct {
    lgs_compile_t *c;
    const lgs_node_t *at;
} zones_t;

bool lgs_op_date_compile(lgs_compile_t *c, const lgs_node_t *node, const lgs_node_t *main,
                         lgs_expr_t *expr)
{
    static const lgs_str_t outs[] = {
        [OUT_ISO] = LGS_STR_INIT("iso"),     [OUT_INSTANT] = LGS_STR_INIT("instant"),
        [OUT_LOCAL] = LGS_STR_INIT("local"), [OUT_DATE] = LGS_STR_INIT("date"),
        [OUT_ODOO] = LGS_STR_INIT("odoo"),   [OUT_MOMENT] = LGS_STR_INIT("moment"),
    };
    static const lgs_str_t parts[] = {[LGS_DATE_WHOLE] = LGS_STR_INIT(""),
                                      [LGS_DATE_START] = LGS_STR_INIT("start"),
                                      [LGS_DATE_END] = LGS_STR_INIT("end")};
    date_args_t *args = lgs_arena_zalloc(c->arena, sizeof(*args));
    bool is_spread = c->wants_moment;
    unsigned part = LGS_DATE_WHOLE;
    unsigned out = OUT_ISO;

    c->wants_moment = false;
    if (args == NULL) {
        return lgs_mapping_nomem(c);
    }
    expr->u.args = args;
    if (!lgs_mapping_sources(c, main, LGS_MAPPING_MAX_PARTS, &args->of) ||
        !lgs_dateforms_compile(c, node, &args->forms) || !read_near(c, node, args) ||
        !lgs_mapping_arg_word(c, node, "part", parts, LGS_N(parts), &part) ||
        !read_zone(c, lgs_node_at(node, "tz"), &args->tz) ||
        !read_zone(c, lgs_node_at(node, "tz_default"), &args->tz_default) ||
        !lgs_mapping_arg_word(c, node, "out", outs, LGS_N(outs), &out)) {
        return false;
    }
    args->out = is_spread ? OUT_SPREAD : (out_t)out;
    args->part = (lgs_datepart_t)part;
    return name_parts(c, args) && read_place(c, node, args);
}

static bool name_parts(lgs_compile_t *c, date_args_t *args)
{
    const lgs_str_t names[] = {
        [PART_AT] = args->out == OUT_SPREAD ? LGS_STR("occurred_at") : LGS_STR("at"),
        [PART_LOCAL] = LGS_STR("local"),
        [PART_TZ] = LGS_STR("tz"),
        [PART_FROM] = LGS_STR("tz_from"),
    };

    for (unsigned i = 0; i < N_PARTS; i++) {
        lgs_node_t *name = &args->names[i];

        name->u.text = names[i].data;
        lgs_mapping_put(name, LGS_STRING, names[i].len, LGS_NO_OFFSET);
        name->flags |= LGS_NODE_PLAIN;
        name->hash = lgs_hash(names[i].data, names[i].len);
        if (lgs_json_name(c->arena, name) != LGS_OK) {
            return lgs_mapping_nomem(c);
        }
    }
    return true;
}

/* Partners tell an instant and, beside it, what the clock at the place showed: one of both ways. */
static bool read_place(lgs_compile_t *c, const lgs_node_t *node, date_args_t *args)
{
    const lgs_node_t *offset = lgs_node_at(node, "offset"), *local = lgs_node_at(node, "local");

    if (offset && local) {
        return lgs_mapping_finding(c, local,
                                   "\"offset\" and \"local\" both say what the clock showed: "
                                   "leave one out");
    }
    if (offset) {
        return read_offset(c, offset, args);
    }
    if (local == NULL) {
        return true;
    }
    if (args->out != OUT_MOMENT && args->out != OUT_SPREAD) {
        return lgs_mapping_finding(c, local,
                                   "\"local\" is a member of a moment: write {date: ..., out: "
                                   "moment}, or \"occurred\" of an event");
    }
    args->local = lgs_mapping_source(c, local);
    return args->local != NULL;
}

static bool read_offset(lgs_compile_t *c, const lgs_node_t *offset, date_args_t *args)
{
    int32_t seconds;

    args->offset = lgs_mapping_value(c, offset);
    if (args->offset == NULL || !args->offset->is_const) {
        return args->offset != NULL;
    }
    return fixed_offset(lgs_node_text(&args->offset->u.value), &seconds) ||
           lgs_mapping_finding(c, offset,
                               "\"offset\" must be a path to an offset, or one: +02:00, -0700, Z");
}

/* A form without a year needs another date to be near to. */
static bool read_near(lgs_compile_t *c, const lgs_node_t *node, date_args_t *args)
{
    const lgs_node_t *near = lgs_node_at(node, "near");

    args->iso = lgs_dateformat_compile(c->arena, LGS_STR("iso"), NULL);
    args->day = lgs_dateformat_compile(c->arena, LGS_STR("date"), NULL);
    if (args->iso == NULL || args->day == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (near == NULL) {
        return !args->forms.lacks_year || args->forms.qualifier ||
               lgs_mapping_finding(c, node,
                                   "a date without a year needs \"near\": another date, "
                                   "often $received_at");
    }
    args->near = lgs_mapping_source(c, near);
    return args->near != NULL;
}

bool lgs_op_date_form(const lgs_expr_t *expr, unsigned *form)
{
    if (expr->op->run != lgs_op_date_run) {
        return false;
    }
    *form = ((const date_args_t *)expr->u.args)->out;
    return true;
}

static bool read_zone(lgs_compile_t *c, const lgs_node_t *node, zone_t *zone)
{
    lgs_str_t get;
    const lgs_codes_t *codes;
    bool keeps;

    if (node == NULL || node->type == LGS_NULL) {
        return true;
    }
    if (node->type == LGS_OBJECT && lgs_node_at(node, "partner")) {
        zone->kind = ZONE_PARTNER;
        return lgs_str_is(lgs_node_text(lgs_node_at(node, "partner")), "tz") ||
               lgs_mapping_finding(c, node, "the partner's zone is written {partner: tz}");
    }
    if (node->type == LGS_STRING && !c->syntax->is_path(lgs_mapping_text(node))) {
        zone->kind = ZONE_FIXED;
        zone->tz = lgs_mapping_zone(c, node, lgs_mapping_text(node));
        return zone->tz != NULL;
    }
    zone->kind = ZONE_VALUE;
    zone->value = lgs_mapping_value(c, node);
    if (zone->value == NULL) {
        return false;
    }
    codes = lgs_codes_of(zone->value, &get, &keeps);
    return codes == NULL || lgs_codes_entries(codes, get, load_entry, &(zones_t){c, node});
}

static bool load_entry(void *data, const lgs_doc_t *doc, const lgs_node_t *value, lgs_str_t key)
{
    zones_t *zones = data;
    int32_t seconds;

    if (value->type == LGS_NULL || fixed_offset(lgs_node_text(value), &seconds)) {
        return true;
    }
    return lgs_mapping_zone(zones->c, zones->at, lgs_node_text(value)) != NULL;
}

const lgs_tz_t *lgs_mapping_zone(lgs_compile_t *c, const lgs_node_t *node, lgs_str_t name)
{
    const lgs_tz_t *tz = lgs_map_get(c->mapping->zones, name);
    lgs_errs_t errs;

    if (tz) {
        return tz;
    }
    lgs_errs_init(&errs, c->arena, 1);
    tz = lgs_tz_load(c->arena, name, &errs);
    if (tz == NULL) {
        lgs_mapping_finding(c, node, "%.*s",
                            LGS_FMT(errs.first ? errs.first->text : LGS_STR("unknown time zone")));
        return NULL;
    }
    if (lgs_map_add(c->mapping->zones, name, (void *)tz) == LGS_NOMEM) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    return tz;
}

/* ---- run ---- */

bool lgs_op_date_run(lgs_run_t *run, const lgs_expr_t *expr, lgs_node_t *out)
{
    const date_args_t *args = expr->u.args;
    moment_t moment = {.from = {NULL, 0}};
    char joined[LGS_MAPPING_MAX_MOMENT];
    bool found;

    lgs_mapping_take_null(run, out);
    if (!read_moment(run, expr, &moment, joined, &found) ||
        (args->local && !apply_local(run, expr, &moment, &found))) {
        return false;
    }
    if (!found) {
        return true;
    }
    if (!is_odoo_year(run, args->out, moment.value.year)) {
        return lgs_mapping_fault(run, expr, "mapping-date", &moment.text, out,
                                 "\"%.*s\"%s: the year is not one of 1970 to 2099, which Odoo "
                                 "reckons with",
                                 LGS_QUOTE(lgs_mapping_text(&moment.text)));
    }
    return args->out == OUT_MOMENT || args->out == OUT_SPREAD
               ? write_moment(run, args, &moment, out)
               : write_text(run, &moment, args->out, out);
}

/*
 * 9999 stands for "never" in many systems. Odoo takes it, and fails later in whoever adds a day or
 * a time zone to it.
 */
static bool is_odoo_year(const lgs_run_t *run, out_t form, int32_t year)
{
    bool is_odoos = form == OUT_ODOO ||
                    (form == OUT_DATE && lgs_str_is(run->mapping->output, "odoo-operation"));

    return !is_odoos || (year >= FIRST_ODOO_YEAR && year <= LAST_ODOO_YEAR);
}

static bool read_moment(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment, char *joined,
                        bool *found)
{
    *found = false;
    if (!read_text(run, expr->u.args, moment, joined)) {
        return false;
    }
    if (moment->text.type == LGS_NULL) {
        return true;
    }
    if (!read_date(run, expr, moment, found)) {
        return false;
    }
    return !*found || (apply_zones(run, expr, moment) && apply_offset(run, expr, moment));
}

static bool read_date(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment, bool *found)
{
    const date_args_t *args = expr->u.args;
    const lgs_dateforms_t *forms = &args->forms;
    lgs_datetime_t near;
    bool has_near = false;
    lgs_dateforms_t one;
    lgs_node_t none;

    *found = false;
    if (args->near && !eval_time(run, args, args->near, &none, &near, &has_near)) {
        return false;
    }
    if (forms->qualifier) {
        if (!lgs_dateforms_choose(run, expr, forms, &moment->text, &one)) {
            return false;
        }
        forms = &one;
    }
    switch (lgs_dateforms_read(forms, lgs_mapping_text(&moment->text), args->part,
                               has_near ? &near : NULL, &moment->value)) {
    case LGS_DATE_READ:
        *found = true;
        return true;
    case LGS_DATE_NONE:
        return true;
    case LGS_DATE_WRONG:
        break;
    }
    return forms->n == 0 || /* told already */
           lgs_mapping_fault(run, expr, "mapping-date", &moment->text, &none,
                             "\"%.*s\"%s is no date; write %.*s",
                             LGS_QUOTE(lgs_mapping_text(&moment->text)), LGS_FMT(forms->names));
}

/* A time in ISO form, or a day: *is_time is false for any other text, which is null when missing.
 */
static bool eval_time(lgs_run_t *run, const date_args_t *args, const lgs_expr_t *of,
                      lgs_node_t *text, lgs_datetime_t *value, bool *is_time)
{
    if (!lgs_mapping_eval_text(run, of, text)) {
        return false;
    }
    *is_time = text->type != LGS_NULL &&
               (lgs_datetime_read(args->iso, lgs_mapping_text(text), value) ||
                lgs_datetime_read(args->day, lgs_mapping_text(text), value));
    return true;
}

/* Date and time may stand apart; the first must be there. */
static bool read_text(lgs_run_t *run, const date_args_t *args, moment_t *moment, char *joined)
{
    size_t len = 0;

    if (!lgs_mapping_eval_text(run, args->of.items[0], &moment->text)) {
        return false;
    }
    if (args->of.n == 1 || moment->text.type == LGS_NULL) {
        return true;
    }
    for (uint32_t i = 0; i < args->of.n; i++) {
        lgs_node_t part = moment->text;

        if (i > 0 && !lgs_mapping_eval_text(run, args->of.items[i], &part)) {
            return false;
        }
        if (part.type == LGS_NULL) {
            continue;
        }
        if (part.n + 1 > LGS_MAPPING_MAX_MOMENT - len) {
            return true; /* too long for any format: the first part alone will not fit either */
        }
        if (len) {
            joined[len++] = ' ';
        }
        memcpy(joined + len, part.u.text, part.n);
        len += part.n;
    }
    moment->text.u.text = joined;
    moment->text.n = (uint32_t)len;
    return true;
}

static bool apply_zones(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment)
{
    const date_args_t *args = expr->u.args;

    if (moment->value.has_offset) {
        moment->from = LGS_STR("offset");
        return true;
    }
    /* a day has no offset, and midnight is not what was said */
    if (!moment->value.has_time) {
        return true;
    }
    if (!apply_zone(run, expr, &args->tz, moment)) {
        return false;
    }
    return moment->from.len || apply_zone(run, expr, &args->tz_default, moment);
}

static bool apply_zone(lgs_run_t *run, const lgs_expr_t *expr, const zone_t *zone, moment_t *moment)
{
    switch (zone->kind) {
    case ZONE_FIXED:
        set_zone(run, expr, zone->tz, LGS_STR("mapping"), moment);
        return true;
    case ZONE_PARTNER:
        if (run->facts->timezone) {
            set_zone(run, expr, run->facts->timezone, LGS_STR("partner"), moment);
        }
        return true;
    case ZONE_VALUE:
        return apply_value(run, expr, zone, moment);
    case ZONE_NONE:
        break;
    }
    return true;
}

static bool apply_value(lgs_run_t *run, const lgs_expr_t *expr, const zone_t *zone,
                        moment_t *moment)
{
    lgs_node_t name, none;
    const lgs_tz_t *tz;

    if (!lgs_mapping_eval_text(run, zone->value, &name)) {
        return false;
    }
    if (name.type == LGS_NULL) {
        return true;
    }
    if (fixed_offset(lgs_mapping_text(&name), &moment->value.offset_s)) {
        moment->value.has_offset = true;
        moment->tz = lgs_mapping_text(&name);
        moment->from = LGS_STR("code");
        return true;
    }
    tz = lgs_map_get(run->mapping->zones, lgs_mapping_text(&name));
    if (tz == NULL) {
        return lgs_mapping_fault(run, expr, "mapping-timezone", &name, &none,
                                 "\"%.*s\"%s is no offset, and no time zone that the mapping's "
                                 "\"zones\" names",
                                 LGS_QUOTE(lgs_mapping_text(&name)));
    }
    set_zone(run, expr, tz, LGS_STR("code"), moment);
    return true;
}

/* An instant is told as the clock at the place showed it; of a local time it is the offset. */
static bool apply_offset(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment)
{
    const date_args_t *args = expr->u.args;
    lgs_datetime_t shifted = moment->value;
    lgs_node_t text, none;
    int32_t seconds;

    if (args->offset == NULL || !moment->value.has_time) {
        return true;
    }
    if (!lgs_mapping_eval_text(run, args->offset, &text) || text.type == LGS_NULL) {
        return run->rc == LGS_OK;
    }
    if (!fixed_offset(lgs_mapping_text(&text), &seconds)) {
        return lgs_mapping_fault(run, expr, "mapping-timezone", &text, &none,
                                 "\"%.*s\"%s is no offset: +02:00, -0700, Z",
                                 LGS_QUOTE(lgs_mapping_text(&text)));
    }
    if (moment->value.has_offset) {
        lgs_datetime_from_epoch(lgs_datetime_to_epoch(&moment->value), seconds, &shifted);
        shifted.nanosecond = moment->value.nanosecond;
    }
    shifted.offset_s = seconds;
    shifted.has_offset = true;
    moment->value = shifted;
    moment->from = LGS_STR("offset");
    moment->tz = LGS_STR("");
    return true;
}

/*
 * What the clock showed stands beside the instant. Its own offset is not believed: partners write
 * local times with a Z. Without an instant it is a local time like any other.
 */
static bool apply_local(lgs_run_t *run, const lgs_expr_t *expr, moment_t *moment, bool *found)
{
    const date_args_t *args = expr->u.args;
    lgs_node_t text, none;

    if (!eval_time(run, args, args->local, &text, &moment->local, &moment->has_local)) {
        return false;
    }
    if (text.type == LGS_NULL) {
        return true;
    }
    if (!moment->has_local) {
        return lgs_mapping_fault(run, expr, "mapping-date", &text, &none,
                                 "\"%.*s\"%s is no local time: read it with {date: ..., formats: "
                                 "[...]}",
                                 LGS_QUOTE(lgs_mapping_text(&text)));
    }
    moment->local.has_offset = false;
    if (*found) {
        moment->from = moment->from.len ? LGS_STR("offset") : moment->from;
        moment->tz = LGS_STR("");
        return true;
    }
    *found = true;
    moment->has_local = false;
    moment->value = moment->local;
    moment->text = text;
    return !moment->value.has_time || apply_zone(run, expr, &args->tz_default, moment);
}

/* Z, +02:00, -0700, +02 */
static bool fixed_offset(lgs_str_t text, int32_t *seconds)
{
    int digits[4] = {0}, n = 0;

    if (lgs_str_is(text, "Z")) {
        *seconds = 0;
        return true;
    }
    if (text.len < 3 || text.len > 6 || (text.data[0] != '+' && text.data[0] != '-')) {
        return false;
    }
    for (size_t i = 1; i < text.len; i++) {
        if (i == 3 && text.data[i] == ':') {
            continue;
        }
        if (text.data[i] < '0' || text.data[i] > '9' || n == 4) {
            return false;
        }
        digits[n++] = text.data[i] - '0';
    }
    if ((n != 2 && n != 4) || digits[0] * 10 + digits[1] > 15 || digits[2] > 5) {
        return false;
    }
    *seconds = ((digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3]) * 60;
    *seconds = text.data[0] == '-' ? -*seconds : *seconds;
    return true;
}

static void set_zone(lgs_run_t *run, const lgs_expr_t *expr, const lgs_tz_t *tz, lgs_str_t from,
                     moment_t *moment)
{
    static const struct {
        const char *code, *what;
    } cases[] = {[LGS_TZ_GAP] = {"mapping-time-gap", "does not exist"},
                 [LGS_TZ_OVERLAP] = {"mapping-time-twice", "exists twice"}};
    lgs_tz_case_t found = lgs_tz_apply(tz, &moment->value);

    moment->tz = lgs_tz_name(tz);
    moment->from = from;
    if (found != LGS_TZ_UNIQUE) {
        lgs_mapping_warn(run, expr, cases[found].code, &moment->text,
                         "\"%.*s\"%s %s in %.*s: the clocks were changed",
                         LGS_QUOTE(lgs_mapping_text(&moment->text)), cases[found].what,
                         LGS_FMT(moment->tz));
    }
}

static bool write_text(lgs_run_t *run, const moment_t *moment, out_t form, lgs_node_t *out)
{
    lgs_datetime_t value = moment->value;
    lgs_str_t text;

    if ((form == OUT_INSTANT || form == OUT_ODOO) && !(value.has_offset && value.has_time)) {
        return true;
    }
    if (form == OUT_DATE) {
        value.has_time = value.has_offset = false;
    }
    switch (form) {
    case OUT_ODOO:
        text = lgs_datetime_odoo_text(run->arena, &value);
        break;
    case OUT_LOCAL:
        text = lgs_datetime_local_text(run->arena, moment->has_local ? &moment->local : &value);
        break;
    default:
        text = lgs_datetime_text(run->arena, &value);
    }
    if (text.data == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    lgs_mapping_put_text(out, text, &moment->text, true);
    return true;
}

/* An object {at, local, tz, tz_from}, or the same as four members of an event. */
static bool write_moment(lgs_run_t *run, const date_args_t *args, const moment_t *moment,
                         lgs_node_t *out)
{
    lgs_member_t *members = lgs_arena_alloc(run->arena, N_PARTS * sizeof(*members));
    lgs_member_t *member = members;
    lgs_node_t parts[N_PARTS];

    if (members == NULL) {
        return lgs_mapping_stop_nomem(run);
    }
    for (unsigned i = 0; i < N_PARTS; i++) {
        parts[i].u.text = NULL;
        lgs_mapping_put(&parts[i], LGS_NULL, 0, moment->text.offset);
    }
    if (!write_text(run, moment, OUT_INSTANT, &parts[PART_AT]) ||
        !write_local(run, moment, &parts[PART_AT], &parts[PART_LOCAL])) {
        return false;
    }
    put_zone(moment, moment->tz, &parts[PART_TZ]);
    put_zone(moment, moment->from, &parts[PART_FROM]);
    for (unsigned i = 0; i < N_PARTS; i++) {
        /* of an event it is said that the instant is not known, not left out */
        if (parts[i].type != LGS_NULL || (i == PART_AT && args->out == OUT_SPREAD)) {
            member->name = args->names[i];
            member++->value = parts[i];
        }
    }
    out->u.members = members;
    lgs_mapping_put(out, LGS_OBJECT, (size_t)(member - members), moment->text.offset);
    return true;
}

/* What the clock showed stands in the text of the instant already, before its offset. */
static bool write_local(lgs_run_t *run, const moment_t *moment, const lgs_node_t *at,
                        lgs_node_t *out)
{
    if (at->type == LGS_NULL || moment->has_local) {
        return write_text(run, moment, OUT_LOCAL, out);
    }
    *out = *at;
    out->n -= moment->value.offset_s ? (uint32_t)strlen("+00:00") : 1;
    return true;
}

/* Null when it is not known. */
static inline void put_zone(const moment_t *moment, lgs_str_t zone, lgs_node_t *out)
{
    if (zone.len) {
        lgs_mapping_put_text(out, zone, &moment->text, true);
    }
}
