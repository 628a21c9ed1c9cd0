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

#define MAX_TESTS 4u

/* A tag as lgs_edi_tag() has it. */
#define TAG(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)

typedef struct {
    lgs_step_t element, component; /* name empty: none */
    const lgs_str_t *values;
    uint32_t n_values;
} test_t;

typedef struct {
    const uint32_t *words;
    uint32_t n;
    uint32_t bits; /* of all of them */
} tags_t;

struct lgs_edi_step_s {
    uint32_t tag, bit; /* the tag's in a list of segments */
    test_t tests[MAX_TESTS];
    uint32_t n_tests;
    tags_t until, fences, after;      /* fences: what ends an item, beside its own tag */
    bool is_after;                    /* `after` is said */
    bool is_first;                    /* a loop of which no second item is wanted */
    const lgs_hierarchy_t *hierarchy; /* LEVEL */
};

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
static bool parse_test(parser_t *ps, test_t *test);
static bool parse_values(parser_t *ps, test_t *test);
static bool parse_element(parser_t *ps);
static bool parse_number(parser_t *ps, lgs_str_t *number);
static bool keep_loop(lgs_compile_t *c, const lgs_path_t *path, loop_t said);
static bool add_tags(lgs_compile_t *c, const lgs_node_t *said, tags_t *tags);
static bool is_text(const lgs_path_t *path);
static LGS_APART const lgs_node_t *find_text(lgs_run_t *run, const lgs_path_t *path,
                                             const lgs_node_t *node);
static inline const lgs_node_t *element_text(const lgs_path_t *path, const lgs_node_t *elements);
static LGS_APART const lgs_node_t *component_text(const lgs_step_t *step,
                                                  const lgs_node_t *element);
static inline const lgs_node_t *find_segment(lgs_run_t *run, const lgs_step_t *step,
                                             const lgs_node_t *list);
static const lgs_node_t *step_element(const lgs_step_t *step, const lgs_node_t *node);
static inline const lgs_node_t *find_number(const lgs_node_t *object, const lgs_step_t *step);
static inline const lgs_node_t *first_of(const lgs_node_t *list);
static inline bool has_values(const lgs_step_t *step, const lgs_node_t *segment);
static LGS_APART bool holds_tests(const struct lgs_edi_step_s *edi, const lgs_node_t *elements);
static bool is_among(const test_t *test, lgs_str_t value);
static const lgs_node_t *slice(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *list,
                               uint32_t from);
static bool each_segment(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node,
                         bool is_last, bool (*visit)(void *data, const lgs_node_t *node),
                         void *data);

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
    lgs_mapping_edi_note_text(path);
    return path;
}

static lgs_step_t make_step(lgs_step_kind_t kind, lgs_str_t name)
{
    return (lgs_step_t){
        .kind = kind, .name = name, .hash = lgs_hash(name.data, name.len), .index = -1};
}

static tags_t make_tags(const uint32_t *words, uint32_t n)
{
    tags_t tags = {words, n, 0};

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
        if (edi->n_tests == MAX_TESTS) {
            return lgs_mapping_finding(ps->c, ps->node, "more than %u tests of a segment",
                                       MAX_TESTS);
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

static bool parse_test(parser_t *ps, test_t *test)
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

static bool parse_values(parser_t *ps, test_t *test)
{
    lgs_str_t *values;
    uint32_t n = 1;
    const char *p = ps->p;

    for (; p < ps->end && *p != ']' && *p != ','; p++) {
        n += *p == '|';
    }
    values = lgs_arena_array(ps->c->arena, n, sizeof(*values));
    if (values == NULL) {
        return lgs_mapping_nomem(ps->c);
    }
    for (uint32_t i = 0; i < n; i++) {
        const char *start = ps->p;

        while (ps->p < p && *ps->p != '|') {
            ps->p++;
        }
        values[i] = lgs_str(start, (size_t)(ps->p - start));
        ps->p += ps->p < p;
    }
    test->values = values;
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
static bool add_tags(lgs_compile_t *c, const lgs_node_t *said, tags_t *tags)
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

void lgs_mapping_edi_note_text(lgs_path_t *path)
{
    const struct lgs_edi_step_s *edi = path->n ? path->steps[0].edi : NULL;

    path->is_text = is_text(path);
    if (path->is_text) {
        path->tests = edi && edi->n_tests;
        path->tag = edi ? edi->tag : 0;
        path->bit = edi ? edi->bit : 0;
    }
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

/* ---- walking ---- */

/* Without a frame: what is not as usual is left to others at its end. */
const lgs_node_t *lgs_mapping_edi_text(lgs_run_t *run, const lgs_path_t *path,
                                       const lgs_node_t *list)
{
    uint32_t i = 0, n = list->n;

    if (LGS_UNLIKELY(list->type != LGS_ARRAY || path->tests)) {
        return find_text(run, path, list);
    }
    if (path->tag && !(list->hash & path->bit)) {
        return NULL;
    }
    while (path->tag && i < n && list->u.items[i].hash != path->tag) {
        i++;
    }
    if (LGS_UNLIKELY(run->work <= i)) {
        return find_text(run, path, list);
    }
    run->work -= i + 1;
    return i < n ? element_text(path, &list->u.items[i].u.members[0].value) : NULL;
}

static const lgs_node_t *find_text(lgs_run_t *run, const lgs_path_t *path, const lgs_node_t *node)
{
    const lgs_node_t *list = lgs_mapping_edi_list(node), *elements;

    if (list == NULL) {
        return NULL;
    }
    elements = path->tag ? find_segment(run, &path->steps[0], list) : first_of(list);
    return elements ? element_text(path, elements) : NULL;
}

static inline const lgs_node_t *element_text(const lgs_path_t *path, const lgs_node_t *elements)
{
    const lgs_node_t *node = find_number(elements, &path->steps[1]);

    if (node == NULL) {
        return NULL;
    }
    if (path->n == 4) {
        return component_text(&path->steps[2], node);
    }
    return LGS_LIKELY(node->type == LGS_STRING) ? node : lgs_mapping_edi_plain(node);
}

static const lgs_node_t *component_text(const lgs_step_t *step, const lgs_node_t *element)
{
    const lgs_node_t *node = LGS_LIKELY(element->type == LGS_OBJECT) ? find_number(element, step)
                                                                     : step_element(step, element);

    return node == NULL || LGS_LIKELY(node->type == LGS_STRING) ? node
                                                                : lgs_mapping_edi_plain(node);
}

const lgs_node_t *lgs_mapping_edi_step(lgs_run_t *run, const lgs_step_t *step,
                                       const lgs_node_t *node)
{
    const lgs_node_t *list;

    switch (step->kind) {
    case LGS_STEP_ELEMENT:
        return step_element(step, node);
    case LGS_STEP_PLAIN:
        return lgs_mapping_edi_plain(node);
    case LGS_STEP_FIRST:
        list = lgs_mapping_edi_list(node);
        return list ? first_of(list) : NULL;
    case LGS_STEP_LEVEL:
        return lgs_levels_find(run, step->edi->hierarchy, step->name, node);
    default:
        break;
    }
    list = lgs_mapping_edi_list(node);
    return list ? find_segment(run, step, list) : NULL;
}

static const lgs_node_t *step_element(const lgs_step_t *step, const lgs_node_t *node)
{
    if (node->type == LGS_ARRAY && node->n) {
        node = &node->u.items[0]; /* of repetitions the first */
    }
    if (node->type == LGS_STRING) { /* its own first component, as no other came */
        return lgs_str_is(step->name, "0") || lgs_str_is(step->name, "01") ? node : NULL;
    }
    return node->type == LGS_OBJECT ? find_number(node, step) : NULL;
}

/* The element or component of that number. Numbers of one length have hashes of their own: a test
   says so. */
static inline const lgs_node_t *find_number(const lgs_node_t *object, const lgs_step_t *step)
{
    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_node_t *name = &object->u.members[i].name;

        if (name->hash == step->hash && name->n == step->name.len) {
            return &object->u.members[i].value;
        }
    }
    return NULL;
}

/* Of the segment that opened the loop. */
static inline const lgs_node_t *first_of(const lgs_node_t *list)
{
    return list->n ? &list->u.items[0].u.members[0].value : NULL;
}

static inline const lgs_node_t *find_segment(lgs_run_t *run, const lgs_step_t *step,
                                             const lgs_node_t *list)
{
    const lgs_node_t *items = list->u.items;
    uint32_t tag = step->edi->tag, n = list->n, i = 0;

    if (!(list->hash & step->edi->bit)) {
        return NULL;
    }
    while (i < n && (items[i].hash != tag || !has_values(step, &items[i]))) {
        i++;
    }
    return lgs_mapping_work(run, i + 1) && i < n ? &items[i].u.members[0].value : NULL;
}

bool lgs_mapping_edi_each(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node,
                          bool is_last, bool (*visit)(void *data, const lgs_node_t *node),
                          void *data)
{
    if (step->kind == LGS_STEP_LEVEL) {
        return lgs_levels_each(run, step->edi->hierarchy, step->name, node, visit, data);
    }
    if (step->kind == LGS_STEP_SEGMENT) {
        return each_segment(run, step, node, is_last, visit, data);
    }
    if (step->kind == LGS_STEP_ELEMENT && node->type == LGS_OBJECT) {
        node = find_number(node, step);
    } else if (node->type != LGS_ARRAY) {
        node = lgs_mapping_edi_step(run, step, node);
    }
    if (node && node->type == LGS_ARRAY && step->kind != LGS_STEP_FIRST) {
        for (uint32_t i = 0; i < node->n && lgs_mapping_work(run, 1); i++) {
            const lgs_node_t *item = step->kind == LGS_STEP_PLAIN
                                         ? lgs_mapping_edi_plain(&node->u.items[i])
                                         : &node->u.items[i];

            if (item && item->type != LGS_NULL && !visit(data, item)) {
                return false;
            }
        }
        return run->rc == LGS_OK;
    }
    if (node && step->kind == LGS_STEP_FIRST) {
        node = lgs_mapping_edi_step(run, step, node);
    }
    return node ? visit(data, node) : run->rc == LGS_OK;
}

const lgs_node_t *lgs_mapping_edi_plain(const lgs_node_t *node)
{
    const lgs_member_t *first;
    lgs_str_t name;

    if (node->type == LGS_ARRAY) {
        node = node->n ? &node->u.items[0] : NULL;
    }
    if (node == NULL || node->type != LGS_OBJECT) {
        return node;
    }
    if (node->n == 0) {
        return NULL;
    }
    first = &node->u.members[0]; /* in the order of their numbers */
    name = lgs_node_text(&first->name);
    return lgs_str_is(name, "0") || lgs_str_is(name, "01") ? &first->value : NULL;
}

const lgs_node_t *lgs_mapping_edi_list(const lgs_node_t *node)
{
    static const lgs_str_t segments = LGS_STR_INIT("segments");

    if (node->type == LGS_OBJECT) {
        node = lgs_node_get(node, segments);
    }
    return node && node->type == LGS_ARRAY ? node : NULL;
}

/* The tests behind the tag. */
static inline bool has_values(const lgs_step_t *step, const lgs_node_t *segment)
{
    return step->edi->n_tests == 0 || holds_tests(step->edi, &segment->u.members[0].value);
}

static bool holds_tests(const struct lgs_edi_step_s *edi, const lgs_node_t *elements)
{
    for (uint32_t i = 0; i < edi->n_tests; i++) {
        const test_t *test = &edi->tests[i];
        const lgs_node_t *value = find_number(elements, &test->element);

        if (value && value->type == LGS_ARRAY) {
            value = value->n ? &value->u.items[0] : NULL;
        }
        if (value) {
            value = test->component.name.len && value->type == LGS_OBJECT
                        ? find_number(value, &test->component)
                        : lgs_mapping_edi_plain(value);
        }
        if (!is_among(test, lgs_node_text(value))) {
            return false;
        }
    }
    return true;
}

static bool is_among(const test_t *test, lgs_str_t value)
{
    for (uint32_t i = 0; i < test->n_values; i++) {
        if (lgs_str_eq(test->values[i], value)) {
            return true;
        }
    }
    return false;
}

/* ---- loops ---- */

static inline bool is_one_of(const tags_t *tags, uint32_t tag)
{
    if (LGS_LIKELY(!(tags->bits & lgs_edi_tag_bit(tag)))) {
        return false;
    }
    for (uint32_t i = 0; i < tags->n; i++) {
        if (tag == tags->words[i]) {
            return true;
        }
    }
    return false;
}

bool lgs_mapping_edi_is_end(const lgs_node_t *segment)
{
    const tags_t tags = make_tags(set_ends, LGS_N(set_ends));

    return is_one_of(&tags, segment->hash);
}

lgs_node_t lgs_mapping_edi_slice(const lgs_node_t *list, uint32_t from, uint32_t to)
{
    lgs_node_t slice = {.u.items = &list->u.items[from],
                        .n = to - from,
                        .offset = list->u.items[from].offset,
                        .type = LGS_ARRAY};

    for (uint32_t i = from; i < to; i++) {
        slice.hash |= lgs_edi_tag_bit(list->u.items[i].hash);
    }
    return slice;
}

/* The segments from number `from` up to the next with its tag, or a fence. NULL: no memory. */
static const lgs_node_t *slice(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *list,
                               uint32_t from)
{
    lgs_node_t *node = lgs_arena_alloc(run->arena, sizeof(*node));
    uint32_t first = list->u.items[from].hash, to = from + 1;

    if (node == NULL) {
        lgs_mapping_stop_nomem(run);
        return NULL;
    }
    while (to < list->n && list->u.items[to].hash != first &&
           !is_one_of(&step->edi->fences, list->u.items[to].hash)) {
        to++;
    }
    *node = lgs_mapping_edi_slice(list, from, to);
    return lgs_mapping_work(run, to - from) ? node : NULL;
}

/* Where a for_each begins: behind the first that `after` names, at the end where there is none. */
static uint32_t begin_of(const lgs_step_t *step, const lgs_node_t *list)
{
    bool is_after = step->edi->is_after;

    for (uint32_t i = 0; is_after && i < list->n; i++) {
        if (is_one_of(&step->edi->after, list->u.items[i].hash)) {
            return i + 1;
        }
    }
    return is_after ? list->n : 0;
}

static bool each_segment(lgs_run_t *run, const lgs_step_t *step, const lgs_node_t *node,
                         bool is_last, bool (*visit)(void *data, const lgs_node_t *node),
                         void *data)
{
    const lgs_node_t *list = lgs_mapping_edi_list(node), *item;
    uint32_t i, looked; /* how far the work is counted */

    if (list == NULL || !(list->hash & step->edi->bit)) {
        return run->rc == LGS_OK;
    }
    i = looked = begin_of(step, list);
    if (!lgs_mapping_work(run, i)) {
        return false;
    }
    for (; i < list->n; i++) {
        uint32_t tag = list->u.items[i].hash;

        /* the first is what opened the item at hand */
        if (i && is_one_of(&step->edi->until, tag)) {
            break;
        }
        if (tag != step->edi->tag || !has_values(step, &list->u.items[i])) {
            continue;
        }
        if (!lgs_mapping_work(run, i + 1 - looked)) {
            return false;
        }
        looked = i + 1;
        item = is_last ? slice(run, step, list, i) : &list->u.items[i].u.members[0].value;
        if (item == NULL || !visit(data, item)) {
            return false;
        }
        if (step->edi->is_first) {
            return run->rc == LGS_OK;
        }
    }
    return lgs_mapping_work(run, i - looked) && run->rc == LGS_OK;
}
