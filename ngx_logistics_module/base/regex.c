/*
 * Patterns (regex.h). Compiled code, match data and context are PCRE2's memory and freed by a
 * cleanup of the arena. What is no row of classes (row.h) is matched by compiled code (JIT); when
 * that runs out of its 32 kB of stack, the interpreter takes over, whose steps, depth and heap are
 * bounded as well.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "ecma.h"
#include "regex.h"
#include "row.h"

#include <pcre2.h>

#define HEAP_LIMIT_KB 1024u /* of the interpreter, for one match */
#define SHOWN_PATTERN 80u   /* bytes of a pattern in an error text */
#define ERROR_TEXT    160u
#define MAX_NAME      32u /* PCRE2's own ceiling for a group's name */

struct lgs_regex_s {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    PCRE2_SIZE *bounds;   /* of the groups, in `data` */
    const lgs_row_t *row; /* NULL: it is none */
    unsigned n_groups;
    bool is_row_of_lines; /* its "$" is also before a line end that ends the text */
    bool is_jit;          /* compiled to machine code: not where PCRE2 or the kernel forbids it */
};

static const struct {
    uint32_t options;
} dialects[] = {
    [LGS_REGEX_NATIVE] = {PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C},
    [LGS_REGEX_ECMA] = {PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY |
                        PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS},
};

static lgs_regex_t *make(lgs_arena_t *arena);
static lgs_str_t translate(lgs_arena_t *arena, lgs_str_t pattern, lgs_errs_t *errs);
static pcre2_code *compile(lgs_str_t words, lgs_str_t pattern, lgs_regex_dialect_t dialect,
                           lgs_errs_t *errs);
static void refuse(lgs_errs_t *errs, lgs_str_t pattern, size_t offset, const char *why);
static void free_regex(void *data);
static bool ends_a_line(lgs_str_t text);
static lgs_regex_result_t match_row(const lgs_regex_t *regex, lgs_str_t text);

lgs_regex_t *lgs_regex_compile(lgs_arena_t *arena, lgs_str_t pattern, lgs_regex_dialect_t dialect,
                               lgs_errs_t *errs)
{
    lgs_regex_t *regex;
    uint32_t count = 0;
    lgs_str_t words;

    if (pattern.len > LGS_MAX_PATTERN) {
        lgs_errs_add(errs, "regex", (lgs_pos_t){0}, "pattern is longer than %u bytes",
                     LGS_MAX_PATTERN);
        return NULL;
    }
    regex = make(arena);
    if (regex == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    words = dialect == LGS_REGEX_ECMA ? translate(arena, pattern, errs) : pattern;
    if (dialect == LGS_REGEX_ECMA && words.data == NULL) {
        return NULL;
    }
    regex->code = compile(words, pattern, dialect, errs);
    if (regex->code == NULL) {
        return NULL;
    }
    regex->context = pcre2_match_context_create(NULL);
    regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    if (regex->context == NULL || regex->data == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    regex->bounds = pcre2_get_ovector_pointer(regex->data);
    pcre2_set_match_limit(regex->context, LGS_REGEX_MATCH_LIMIT);
    pcre2_set_depth_limit(regex->context, LGS_REGEX_DEPTH_LIMIT);
    pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KB);
    regex->is_jit = pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0;
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
    regex->n_groups = count;
    regex->is_row_of_lines = dialect == LGS_REGEX_NATIVE;
    if (lgs_row_compile(arena, pattern, &regex->row) == LGS_NOMEM) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    return regex;
}

/* An empty one whose parts are freed with the arena, whatever comes to be in it. */
static lgs_regex_t *make(lgs_arena_t *arena)
{
    lgs_regex_t *regex = lgs_arena_zalloc(arena, sizeof(*regex));

    if (regex == NULL || lgs_arena_cleanup(arena, free_regex, regex) != LGS_OK) {
        return NULL;
    }
    return regex;
}

/* What PCRE2 is given for a pattern of ECMA-262; data NULL with an error. */
static lgs_str_t translate(lgs_arena_t *arena, lgs_str_t pattern, lgs_errs_t *errs)
{
    lgs_ecma_error_t error;
    lgs_buf_t buf;

    lgs_buf_init(&buf, arena, pattern.len * 2 + 16, 0);
    error = lgs_ecma_translate(pattern, &buf);
    if (error.why) {
        refuse(errs, pattern, error.at, error.why);
        return lgs_str(NULL, 0);
    }
    if (buf.failed) {
        (void)lgs_errs_nomem(errs);
        return lgs_str(NULL, 0);
    }
    return lgs_buf_text(&buf);
}

/* `words` are those of PCRE2, `pattern` what its author wrote. */
static pcre2_code *compile(lgs_str_t words, lgs_str_t pattern, lgs_regex_dialect_t dialect,
                           lgs_errs_t *errs)
{
    char why[ERROR_TEXT] = "";
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_code *code;
    size_t offset = 0;
    int error = 0;

    if (context == NULL) {
        (void)lgs_errs_nomem(errs);
        return NULL;
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    code = pcre2_compile((PCRE2_SPTR)(words.data ? words.data : ""), words.len,
                         dialects[dialect].options, &error, &offset, context);
    pcre2_compile_context_free(context);
    if (code == NULL) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *)why, sizeof(why));
        refuse(errs, pattern, lgs_str_eq(words, pattern) ? offset : SIZE_MAX, why);
        return NULL;
    }
    return code;
}

/* An offset of SIZE_MAX is not known: PCRE2's is one of the translation. */
static void refuse(lgs_errs_t *errs, lgs_str_t pattern, size_t offset, const char *why)
{
    lgs_str_t shown = {pattern.data, pattern.len < SHOWN_PATTERN ? pattern.len : SHOWN_PATTERN};
    const char *dots = shown.len < pattern.len ? "…" : "";

    if (offset == SIZE_MAX) {
        lgs_errs_add(errs, "regex", (lgs_pos_t){0}, "pattern \"%.*s%s\" is wrong: %s",
                     LGS_FMT(shown), dots, why);
    } else {
        lgs_errs_add(errs, "regex", (lgs_pos_t){0}, "pattern \"%.*s%s\" is wrong at byte %zu: %s",
                     LGS_FMT(shown), dots, offset, why);
    }
}

static void free_regex(void *data)
{
    lgs_regex_t *regex = data;

    pcre2_match_data_free(regex->data);
    pcre2_match_context_free(regex->context);
    pcre2_code_free(regex->code);
}

lgs_regex_result_t lgs_regex_match(const lgs_regex_t *regex, lgs_str_t text)
{
    PCRE2_SPTR subject = (PCRE2_SPTR)(text.data ? text.data : "");
    int rc = PCRE2_ERROR_JIT_STACKLIMIT;

    if (regex->row && !(regex->is_row_of_lines && ends_a_line(text))) {
        return match_row(regex, text);
    }
    if (LGS_LIKELY(regex->is_jit)) {
        /* pcre2_match would call the same code after checks of its arguments that cost as much */
        rc = pcre2_jit_match(regex->code, subject, text.len, 0, 0, regex->data, regex->context);
    }
    if (LGS_UNLIKELY(rc == PCRE2_ERROR_JIT_STACKLIMIT)) {
        rc = pcre2_match(regex->code, subject, text.len, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                         regex->data, regex->context);
    }
    if (rc >= 0) {
        return LGS_REGEX_YES;
    }
    return rc == PCRE2_ERROR_NOMATCH ? LGS_REGEX_NO : LGS_REGEX_TOO_HARD;
}

static bool ends_a_line(lgs_str_t text)
{
    return text.len && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r');
}

/* Leaves the groups where PCRE2 does: there is one at most, and it is the whole text. */
static lgs_regex_result_t match_row(const lgs_regex_t *regex, lgs_str_t text)
{
    if (!lgs_row_match(regex->row, text)) {
        return LGS_REGEX_NO;
    }
    for (unsigned n = 0; n <= regex->n_groups; n++) {
        regex->bounds[2 * n] = 0;
        regex->bounds[2 * n + 1] = text.len;
    }
    return LGS_REGEX_YES;
}

bool lgs_regex_group(const lgs_regex_t *regex, lgs_str_t text, unsigned n, lgs_str_t *group)
{
    const PCRE2_SIZE *bounds = regex->bounds;
    PCRE2_SIZE start, end;

    if (n > regex->n_groups) {
        return false;
    }
    start = bounds[2 * n];
    end = bounds[2 * n + 1];
    /* \K in a lookahead can set a start behind the end */
    if (start == PCRE2_UNSET || end == PCRE2_UNSET || start > end || end > text.len) {
        return false;
    }
    *group = lgs_str(text.data ? text.data + start : "", end - start);
    return true;
}

bool lgs_regex_named(const lgs_regex_t *regex, lgs_str_t text, lgs_str_t name, lgs_str_t *group)
{
    int n = lgs_regex_group_number(regex, name);

    return n >= 0 && lgs_regex_group(regex, text, (unsigned)n, group);
}

int lgs_regex_group_number(const lgs_regex_t *regex, lgs_str_t name)
{
    char text[MAX_NAME + 1];
    int n;

    if (name.len == 0 || name.len > MAX_NAME || memchr(name.data, '\0', name.len)) {
        return -1;
    }
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    n = pcre2_substring_number_from_name(regex->code, (PCRE2_SPTR)text);
    return n > 0 ? n : -1;
}

unsigned lgs_regex_group_count(const lgs_regex_t *regex)
{
    return regex->n_groups;
}
