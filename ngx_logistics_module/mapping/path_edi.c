/*
 * Paths into transaction sets and messages (formats/edi.h), as people write them.
 *
 *   path    = "^"* place                    "^" one for_each out; "$…" and "/…" are JSON's paths
 *   place   = segment ["/" element] | element | level ["/" segment ["/" element]]
 *   segment = TAG ["[" test {"," test} "]"] N1[01=ST]  DTM[0/0=137|11]
 *   test    = element "=" value {"|" value}
 *   element = number ["/" number]           of an element, of a component; as the standard counts
 *   level   = "HL{" code "}" | "CPS{" code "}"
 *
 * A for_each over segments goes over the loops that they open: an item is the segments from one of
 * them up to the next, or to what ends the list (UNS, LE, SE, UNT, MTR). What `until` names ends
 * the whole for_each: {loop: N1, until: [LX]} goes over the parties of the header only; `ends` ends
 * an item, and the walk goes on. In such an item an element alone is that of its first segment.
 * Nothing is copied: an item is a slice of the list of segments. `first: true` takes the first loop
 * only: {loop: BGM, until: [CNI], first: true} is the head of a message. ISA, GS, UNB, UNG, STX and
 * BAT are those of the envelope.
 *
 * HL{O} is, in an item of HL, the nearest one above with that level code, else below; in a for_each
 * all those below it; elsewhere those of the whole set. What is above and below is said by the ids
 * (HL01, HL02; CPS 1 and 2), never by the order. HL{*} has any code: CPS{*}/LIN in a for_each are
 * the lines of all of them, none of which goes on into the next CPS. An item within a level, as
 * such a LIN, is of the level that it stands in.
 */
#include "path_edi.h"

#include "levels.h"

/* A tag as lgs_edi_tag() has it. */
#define TAG(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)

typedef struct {
    lgs_compile_t *c;
    const lgs_node_t *node;
    const char *p, *end;
    lgs_step_t steps[8];
    uint32_t n;
} parser_t;

/* What a for_each over segments may say. */
typedef struct {
    const lgs_node_t *until, *ends, *after, *first; /* NULL: not said */
} loop_t;

static bool is_edi_path(lgs_str_t text);
static const lgs_path_t *compile(lgs_compile_t *c, lgs_str_t text, const lgs_node_t *node);
static const lgs_path_t *finish(parser_t *ps, lgs_path_t *head);
static bool parse_place(parser_t *ps, lgs_path_t *head);
static bool parse_level(parser_t *ps, const lgs_hierarchy_t *hierarchy);
static bool parse_segment(parser_t *ps, lgs_path_t *head);
static bool parse_tests(parser_t *ps, struct lgs_edi_step_s *edi);
static bool parse_test(parser_t *ps, lgs_edi_test_t *test);
static bool parse_values(parser_t *ps, lgs_edi_test_t *test);
static bool parse_element(parser_t *ps);
static bool parse_number(parser_t *ps, lgs_str_t *number);
static bool keep_loop(lgs_compile_t *c, const lgs_path_t *path, loop_t said);
static bool add_tags(lgs_compile_t *c, const lgs_node_t *said, lgs_edi_tags_t *tags);
static bool is_same_segment(const lgs_path_t *a, const lgs_path_t *b);
static bool is_same_test(const lgs_edi_test_t *a, const lgs_edi_test_t *b);
static bool is_text(const lgs_path_t *path);

const lgs_path_syntax_t lgs_mapping_edi_paths = {"edi", is_edi_path, compile};

static const char *const heads[] = {"ISA", "GS", "UNB", "UNG", "STX", "BAT"};
static const uint32_t set_ends[] = {TAG('U', 'N', 'S'), TAG('L', 'E', 0), TAG('S', 'E', 0),
                                    TAG('U', 'N', 'T'), TAG('M', 'T', 'R')};

/* ---- spelling ---- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t tag_length(const char *p, const char *end)
{
    size_t n = 0;

    while (p + n < end && n < 4 && (is_upper(p[n]) || (n && is_digit(p[n])))) {
        n++;
    }
    return n == 2 || n == 3 ? n : 0;
}

/* Where a text may stand, too: a tag with what it is read for behind it. "ST" alone is a text. */
static bool is_edi_path(lgs_str_t text)
{
    const char *p = text.data, *end = p + text.len;
    size_t n;

    if (lgs_mapping_json_paths.is_path(text)) {
        return true;
    }
    n = tag_length(p, end);
    return n && p + n + 1 < end &&
           ((p[n] == '/' && is_digit(p[n + 1])) || (p[n] == '[' && memchr(p, '/', text.len)) ||
            (p[n] == '{' && memchr(p, '/', text.len)));
}

static const lgs_path_t *compile(lgs_compile_t *c, lgs_str_t text, const lgs_node_t *node)
{
    parser_t ps = {.c = c, .node = node, .p = text.data, .end = text.data + text.len};
    lgs_path_t head = {.from = LGS_FROM_SCOPE};

    while (ps.p < ps.end && *ps.p == '^') {
        ps.p++;
        head.index++;
    }
    if (head.index && ps.p < ps.end && *ps.p == '/') {
        ps.p++;
    }
    if (ps.p == ps.end || !(is_upper(*ps.p) || is_digit(*ps.p))) {
        return lgs_mapping_json_paths.compile(c, text, node);
    }
    if (head.index > c->scopes) {
        lgs_mapping_finding(c, node, "\"^\" leads out of %u for_each, but there are only %u here",
                            head.index, c->scopes);
        return NULL;
    }
    if (!parse_place(&ps, &head)) {
        return NULL;
    }
    if (ps.p < ps.end) {
        lgs_mapping_finding(c, node, "the path goes on with \"%.*s\", which is no %s",
                            (int)(ps.end - ps.p < 16 ? ps.end - ps.p : 16), ps.p,
                            "part of a path of EDI: N1[01=ST]/02");
        return NULL;
    }
    return finish(&ps, &head);
}

static const lgs_path_t *finish(parser_t *ps, lgs_path_t *head)
{
    lgs_path_t *path = lgs_arena_alloc(ps->c->arena, sizeof(*path) + ps->n * sizeof(ps->steps[0]));

    if (path == NULL) {
        lgs_mapping_nomem(ps->c);
        return NULL;
    }
    *path = *head;
    path->n = ps->n;
    memcpy(path->steps, ps->steps, ps->n * sizeof(ps->steps[0]));
    /* segments without an element are all of them: {count: N1} */
    path->many = ps->n && (path->steps[ps->n - 1].kind == LGS_STEP_SEGMENT ||
                           path->steps[ps->n - 1].kind == LGS_STEP_LEVEL);
    path->is_segment = path->n == 1 && path->steps[0].kind == LGS_STEP_SEGMENT;
    lgs_mapping_edi_note_text(ps->c, path);
    return path;
}

static lgs_step_t make_step(lgs_step_kind_t kind, lgs_str_t name)
{
    lgs_step_t step = {
        .kind = kind, .name = name, .hash = lgs_hash(name.data, name.len), .index = -1};

    if (kind == LGS_STEP_ELEMENT) {
        lgs_mapping_edi_element(&step);
    }
    return step;
}

void lgs_mapping_edi_element(lgs_step_t *step)
{
    uint32_t number = 0;

    step->kind = LGS_STEP_ELEMENT;
    for (size_t i = 0; i < step->name.len && i < 3; i++) {
        number = number * 10 + (uint32_t)(step->name.data[i] - '0');
    }
    /* "02" is of X12, which counts from 1; EDIFACT from 0, and of "10" nobody knows here */
    step->at_most = number + (step->name.len != 2 || step->name.data[0] != '0');
}

static lgs_edi_tags_t make_tags(const uint32_t *words, uint32_t n)
{
    lgs_edi_tags_t tags = {words, n, 0};

    for (uint32_t i = 0; i < n; i++) {
        tags.bits |= lgs_edi_tag_bit(words[i]);
    }
    return tags;
}

static lgs_step_t *add_step(parser_t *ps, lgs_step_kind_t kind, lgs_str_t name)
{
    lgs_step_t *step = &ps->steps[ps->n++]; /* the grammar is shorter than steps[] */

    *step = make_step(kind, name);
    if (kind == LGS_STEP_SEGMENT || kind == LGS_STEP_LEVEL) {
        struct lgs_edi_step_s *edi = lgs_arena_zalloc(ps->c->arena, sizeof(*edi));

        if (edi == NULL) {
            lgs_mapping_nomem(ps->c);
            return NULL;
        }
        edi->tag = lgs_edi_tag(name);
        edi->bit = lgs_edi_tag_bit(edi->tag);
        edi->fences = make_tags(set_ends, LGS_N(set_ends));
        step->edi = edi;
    }
    return step;
}

/* What stands there instead is compile()'s to refuse. */
static bool take_slash(parser_t *ps)
{
    bool is_there = ps->p < ps->end && *ps->p == '/';

    ps->p += is_there;
    return is_there;
}

static bool parse_place(parser_t *ps, lgs_path_t *head)
{
    if (is_digit(*ps->p)) {
        return add_step(ps, LGS_STEP_FIRST, LGS_STR("")) && parse_element(ps);
    }
    for (size_t i = 0; i < LGS_N(lgs_hierarchies); i++) {
        lgs_str_t tag = lgs_cstr(lgs_hierarchies[i].tag);

        if ((size_t)(ps->end - ps->p) > tag.len && ps->p[tag.len] == '{' &&
            memcmp(ps->p, tag.data, tag.len) == 0) {
            ps->p += tag.len + 1;
            if (!parse_level(ps, &lgs_hierarchies[i])) {
                return false;
            }
            return !take_slash(ps) || parse_segment(ps, head);
        }
    }
    return parse_segment(ps, head);
}

static bool parse_level(parser_t *ps, const lgs_hierarchy_t *hierarchy)
{
    const char *close = memchr(ps->p, '}', (size_t)(ps->end - ps->p));
    lgs_step_t *step;

    if (close == NULL || close == ps->p) {
        return lgs_mapping_finding(ps->c, ps->node, "a level is written %s{code}", hierarchy->tag);
    }
    step = add_step(ps, LGS_STEP_LEVEL, lgs_str(ps->p, (size_t)(close - ps->p)));
    if (step == NULL) {
        return false;
    }
    ((struct lgs_edi_step_s *)step->edi)->hierarchy = hierarchy;
    ps->p = close + 1;
    return true;
}

static bool parse_segment(parser_t *ps, lgs_path_t *head)
{
    lgs_str_t tag = lgs_str(ps->p, tag_length(ps->p, ps->end));
    lgs_step_t *step;

    if (tag.len == 0) {
        return lgs_mapping_finding(ps->c, ps->node,
                                   "\"%.*s\" does not begin with the tag of a segment",
                                   (int)(ps->end - ps->p < 16 ? ps->end - ps->p : 16), ps->p);
    }
    ps->p += tag.len;
    for (size_t i = 0; i < LGS_N(heads); i++) {
        if (ps->n == 0 && lgs_str_is(tag, heads[i])) {
            head->from = LGS_FROM_ROOT;
            add_step(ps, LGS_STEP_NAME, tag);
            return !take_slash(ps) || parse_element(ps);
        }
    }
    step = add_step(ps, LGS_STEP_SEGMENT, tag);
    if (step == NULL || (ps->p < ps->end && *ps->p == '[' &&
                         !parse_tests(ps, (struct lgs_edi_step_s *)step->edi))) {
        return false;
    }
    return !take_slash(ps) || parse_element(ps);
}

static bool parse_tests(parser_t *ps, struct lgs_edi_step_s *edi)
{
    do {
        ps->p++;
        if (edi->n_tests == LGS_EDI_MAX_TESTS) {
            return lgs_mapping_finding(ps->c, ps->node, "more than %u tests of a segment",
                                       LGS_EDI_MAX_TESTS);
        }
        if (!parse_test(ps, &edi->tests[edi->n_tests++])) {
            return false;
        }
    } while (ps->p < ps->end && *ps->p == ',');
    if (ps->p == ps->end || *ps->p != ']') {
        return lgs_mapping_finding(ps->c, ps->node, "\"[\" in the path has no \"]\"");
    }
    ps->p++;
    return true;
}

static bool parse_test(parser_t *ps, lgs_edi_test_t *test)
{
    lgs_str_t number;

    if (!parse_number(ps, &number)) {
        return false;
    }
    test->element = make_step(LGS_STEP_ELEMENT, number);
    if (take_slash(ps)) {
        if (!parse_number(ps, &number)) {
            return false;
        }
        test->component = make_step(LGS_STEP_ELEMENT, number);
    }
    if (ps->p == ps->end || *ps->p != '=') {
        return lgs_mapping_finding(ps->c, ps->node,
                                   "a test of a segment is written [element=value]: N1[01=ST]");
    }
    ps->p++;
    return parse_values(ps, test);
}

static bool parse_values(parser_t *ps, lgs_edi_test_t *test)
{
    lgs_str_t *values;
    uint32_t *hashes, n = 1;
    const char *p = ps->p;

    for (; p < ps->end && *p != ']' && *p != ','; p++) {
        n += *p == '|';
    }
    values = lgs_arena_array(ps->c->arena, n, sizeof(*values));
    hashes = lgs_arena_array(ps->c->arena, n, sizeof(*hashes));
    if (values == NULL || hashes == NULL) {
        return lgs_mapping_nomem(ps->c);
    }
    for (uint32_t i = 0; i < n; i++) {
        const char *start = ps->p;

        while (ps->p < p && *ps->p != '|') {
            ps->p++;
        }
        values[i] = lgs_str(start, (size_t)(ps->p - start));
        hashes[i] = lgs_hash(values[i].data, values[i].len);
        ps->p += ps->p < p;
    }
    test->values = values;
    test->hashes = hashes;
    test->n_values = n;
    return true;
}

/* Ends the path: what is there becomes a text. */
static bool parse_element(parser_t *ps)
{
    lgs_str_t number;

    if (!parse_number(ps, &number)) {
        return false;
    }
    add_step(ps, LGS_STEP_ELEMENT, number);
    if (take_slash(ps)) {
        if (!parse_number(ps, &number)) {
            return false;
        }
        add_step(ps, LGS_STEP_ELEMENT, number);
    }
    add_step(ps, LGS_STEP_PLAIN, LGS_STR(""));
    return true;
}

static bool parse_number(parser_t *ps, lgs_str_t *number)
{
    const char *start = ps->p;

    while (ps->p < ps->end && is_digit(*ps->p) && ps->p - start < 3) {
        ps->p++;
    }
    *number = lgs_str(start, (size_t)(ps->p - start));
    return number->len ||
           lgs_mapping_finding(ps->c, ps->node, "the number of an element is missing: B10/02");
}

const lgs_path_t *lgs_mapping_edi_loop(lgs_compile_t *c, const lgs_node_t *node)
{
    const lgs_node_t *loop = lgs_node_at(node, "loop"), *until = lgs_node_at(node, "until");
    const lgs_node_t *after = lgs_node_at(node, "after"), *first = lgs_node_at(node, "first");
    const lgs_node_t *ends = lgs_node_at(node, "ends");
    const lgs_path_t *path;
    const lgs_step_t *last;

    if (!lgs_mapping_keys(c, node, "\"for_each\"", "loop", "until ends after first")) {
        return NULL;
    }
    path = loop && loop->type == LGS_STRING ? compile(c, lgs_mapping_text(loop), loop) : NULL;
    if (path == NULL || (first && first->type != LGS_BOOL)) {
        lgs_mapping_finding(c, path ? first : node,
                            "a loop is written {loop: LX, until: [CTT], first: true}");
        return NULL;
    }
    last = path->n ? &path->steps[path->n - 1] : NULL;
    if (last == NULL || last->kind != LGS_STEP_SEGMENT) {
        lgs_mapping_finding(c, loop, "a loop is opened by a segment, not by an element");
        return NULL;
    }
    return keep_loop(c, path, (loop_t){until, ends, after, first}) ? path : NULL;
}

/* In a copy of its own: the segment may be a template's parameter, which is used elsewhere, too. */
static bool keep_loop(lgs_compile_t *c, const lgs_path_t *path, loop_t said)
{
    lgs_step_t *last = (lgs_step_t *)&path->steps[path->n - 1];
    struct lgs_edi_step_s *edi = lgs_arena_alloc(c->arena, sizeof(*edi));

    if (edi == NULL) {
        return lgs_mapping_nomem(c);
    }
    *edi = *last->edi;
    edi->is_after = said.after != NULL;
    edi->is_first = said.first && said.first->u.truth;
    last->edi = edi;
    return add_tags(c, said.until, &edi->until) && add_tags(c, said.after, &edi->after) &&
           add_tags(c, said.until, &edi->fences) && add_tags(c, said.ends, &edi->fences);
}

/* What is said (NULL: nothing) beside what is there already. */
static bool add_tags(lgs_compile_t *c, const lgs_node_t *said, lgs_edi_tags_t *tags)
{
    const lgs_texts_t *texts = said ? lgs_mapping_texts(c, said) : NULL;
    uint32_t *words;

    if (texts == NULL) {
        return said == NULL;
    }
    words = lgs_arena_array(c->arena, tags->n + texts->n, sizeof(*words));
    if (words == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (tags->n) {
        memcpy(words, tags->words, tags->n * sizeof(*words));
    }
    for (uint32_t i = 0; i < texts->n; i++) {
        words[tags->n + i] = lgs_edi_tag(texts->items[i]);
    }
    *tags = make_tags(words, tags->n + texts->n);
    return true;
}

bool lgs_mapping_edi_is_first(const lgs_path_t *path)
{
    const lgs_step_t *last = path->n ? &path->steps[path->n - 1] : NULL;

    return last && last->kind == LGS_STEP_SEGMENT && last->edi->is_first;
}

void lgs_mapping_edi_note_text(lgs_compile_t *c, lgs_path_t *path)
{
    const struct lgs_edi_step_s *edi = path->n ? path->steps[0].edi : NULL;
    uint32_t n = c->mapping->n_found;

    path->is_text = is_text(path);
    if (!path->is_text) {
        return;
    }
    path->tag = edi ? edi->tag : 0;
    path->tests = edi && edi->n_tests;
    for (uint32_t i = 1; i <= n && path->found == 0; i++) {
        path->found = is_same_segment(path, c->found[i]) ? i : 0;
    }
    if (path->found == 0 && n < LGS_MAPPING_MAX_FOUND) {
        path->found = c->mapping->n_found = n + 1;
        c->found[n + 1] = path;
    }
}

static bool is_same_segment(const lgs_path_t *a, const lgs_path_t *b)
{
    const struct lgs_edi_step_s *x = a->steps[0].edi, *y = b->steps[0].edi;

    if (a->index != b->index || a->tag != b->tag || a->tests != b->tests) {
        return false;
    }
    if (a->tests && x->n_tests != y->n_tests) {
        return false;
    }
    for (uint32_t i = 0; a->tests && i < x->n_tests; i++) {
        if (!is_same_test(&x->tests[i], &y->tests[i])) {
            return false;
        }
    }
    return true;
}

static bool is_same_test(const lgs_edi_test_t *a, const lgs_edi_test_t *b)
{
    if (!lgs_str_eq(a->element.name, b->element.name) ||
        !lgs_str_eq(a->component.name, b->component.name) || a->n_values != b->n_values) {
        return false;
    }
    for (uint32_t i = 0; i < a->n_values; i++) {
        if (!lgs_str_eq(a->values[i], b->values[i])) {
            return false;
        }
    }
    return true;
}

bool lgs_mapping_is_same_element(const lgs_expr_t *a, const lgs_expr_t *b)
{
    const lgs_path_t *x = a->is_path ? a->u.path : NULL, *y = b->is_path ? b->u.path : NULL;

    if (x == NULL || y == NULL || !x->is_text || !y->is_text || x->n != y->n || x->tests ||
        y->tests || x->tag != y->tag || a->nulls != b->nulls) {
        return false;
    }
    for (uint32_t i = 1; i < x->n; i++) {
        if (!lgs_str_eq(x->steps[i].name, y->steps[i].name)) {
            return false;
        }
    }
    return true;
}

static bool is_text(const lgs_path_t *path)
{
    static const lgs_step_kind_t kinds[] = {LGS_STEP_ELEMENT, LGS_STEP_ELEMENT, LGS_STEP_PLAIN};
    uint32_t n = path->n, n_kinds = n == 3 ? 2 : 3;

    if (path->from != LGS_FROM_SCOPE || (n != 3 && n != 4) ||
        (path->steps[0].kind != LGS_STEP_SEGMENT && path->steps[0].kind != LGS_STEP_FIRST)) {
        return false;
    }
    for (uint32_t i = 1; i < n; i++) {
        if (path->steps[i].kind != kinds[LGS_N(kinds) - n_kinds + i - 1]) {
            return false;
        }
    }
    return true;
}

bool lgs_mapping_edi_is_end(const lgs_node_t *segment)
{
    for (size_t i = 0; i < LGS_N(set_ends); i++) {
        if (segment->hash == set_ends[i]) {
            return true;
        }
    }
    return false;
}
