/*
 * Guides of sets and messages, and the register of all.
 *
 *   segments:
 *     - ST M                  tag, usage (M, or O or C), how often at most (1)
 *     - L11 O 300
 *     - loop 0100 O 10:       name, usage, how often; its first segment opens it
 *         - N1 M
 *         - N3 O 2
 */
#include "guide.h"

#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_USES 9999999u

typedef struct {
    lgs_str_t name; /* of a segment or loop */
    bool is_mandatory;
    uint32_t max;
} line_t;

static bool link_dictionaries(lgs_guides_t *guides, lgs_errs_t *errs);
static bool build_dictionaries(lgs_guides_t *guides, lgs_errs_t *errs, bool *nomem);
static bool build_guides(lgs_guides_t *guides, lgs_errs_t *errs, bool *nomem);
static bool note_versions(lgs_guide_job_t *job, lgs_guide_t *guide);
static bool build_loop(lgs_guide_job_t *job, lgs_guide_t *guide, const lgs_node_t *list,
                       lgs_str_t id, uint32_t depth);
static bool build_slot(lgs_guide_job_t *job, lgs_guide_t *guide, const lgs_node_t *node,
                       uint32_t at, uint32_t depth);
static bool parse_line(lgs_guide_job_t *job, const lgs_node_t *node, lgs_str_t text, line_t *line);
static uint32_t count_slots(const lgs_node_t *list, uint32_t *n_loops, uint32_t depth);

static const char *const standards[LGS_EDI_N_STANDARDS] = {"x12", "edifact", "tradacoms"};

/* ---- findings ---- */

bool lgs_guide_finding(lgs_guide_job_t *job, const lgs_node_t *node, const char *format, ...)
{
    uint32_t offset = node ? node->offset : 0;
    char text[512];
    lgs_err_t *err;
    va_list args;

    job->failed = true;
    if (job->errs == NULL) {
        return false;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err = lgs_errs_add(job->errs, "edi-guide", lgs_doc_locate(job->doc, offset), "%s", text);
    err->file = job->doc->file;
    return false;
}

bool lgs_guide_nomem(lgs_guide_job_t *job)
{
    job->failed = job->nomem = true;
    return false;
}

#define MAX_NEAR 1024u

const char *lgs_guide_near(lgs_arena_t *arena, const lgs_map_t *map, lgs_str_t word)
{
    size_t n = lgs_map_count(map);
    lgs_str_t words[MAX_NEAR], near;

    n = n < MAX_NEAR ? n : MAX_NEAR;
    for (size_t i = 0; i < n; i++) {
        lgs_map_at(map, i, &words[i], NULL);
    }
    near = lgs_nearest(word, words, n);
    near = near.len ? lgs_arena_printf(arena, "; did you mean \"%.*s\"?", LGS_FMT(near)) : near;
    return near.len ? near.data : "";
}

bool lgs_guide_standard(lgs_guide_job_t *job, lgs_edi_t *standard)
{
    const lgs_node_t *node = lgs_node_at(&job->doc->root, "standard");

    for (unsigned i = 0; i < LGS_EDI_N_STANDARDS; i++) {
        if (lgs_str_is(lgs_node_text(node), standards[i])) {
            *standard = (lgs_edi_t)i;
            return true;
        }
    }
    return lgs_guide_finding(job, node ? node : &job->doc->root,
                             "\"standard\" is x12, edifact or tradacoms");
}

/* ---- all of them ---- */

lgs_guides_t *lgs_guides_create(lgs_arena_t *arena)
{
    lgs_guides_t *guides = lgs_arena_zalloc(arena, sizeof(*guides));

    if (guides == NULL) {
        return NULL;
    }
    guides->arena = arena;
    guides->dictionaries = lgs_map_create(arena, 8);
    guides->guides = lgs_map_create(arena, 64);
    guides->by_set = lgs_map_create(arena, 64);
    return guides->dictionaries && guides->guides && guides->by_set ? guides : NULL;
}

lgs_rc_t lgs_guides_add(lgs_guides_t *guides, lgs_str_t name, const lgs_doc_t *doc,
                        lgs_errs_t *errs)
{
    static const char *const kinds[] = {"guide", "dictionary"};
    lgs_guide_job_t job = {.guides = guides, .doc = doc, .errs = errs};
    lgs_dictionary_t *dictionary = lgs_arena_zalloc(guides->arena, sizeof(*dictionary));
    lgs_guide_t *guide = lgs_arena_zalloc(guides->arena, sizeof(*guide));
    size_t kind = lgs_node_at(&doc->root, "guide") ? 0 : 1;
    const lgs_node_t *own = lgs_node_at(&doc->root, kinds[kind]);
    lgs_rc_t rc;

    if (dictionary == NULL || guide == NULL) {
        return lgs_errs_nomem(errs);
    }
    if (!lgs_str_eq(lgs_node_text(own), name)) {
        lgs_guide_finding(
            &job, own ? own : &doc->root,
            own ? "%s \"%.*s\" stands in a file called %.*s.yaml; both must be the same"
                : "begins with neither guide: nor dictionary:%s%.*s%.*s",
            own ? kinds[kind] : "", own ? (int)lgs_node_text(own).len : 0,
            own ? lgs_node_text(own).data : "", own ? (int)name.len : 0, name.data);
        return LGS_INVALID;
    }
    *dictionary = (lgs_dictionary_t){.name = name, .doc = doc};
    *guide = (lgs_guide_t){.name = name, .doc = doc};
    rc = kind ? lgs_map_add(guides->dictionaries, name, dictionary)
              : lgs_map_add(guides->guides, name, guide);
    return rc == LGS_NOMEM ? lgs_errs_nomem(errs) : rc;
}

lgs_rc_t lgs_guides_compile(lgs_guides_t *guides, lgs_errs_t *errs)
{
    bool nomem = false, is_good = link_dictionaries(guides, errs);

    is_good = build_dictionaries(guides, errs, &nomem) && is_good;
    is_good = !nomem && build_guides(guides, errs, &nomem) && is_good;
    return nomem ? lgs_errs_nomem(errs) : is_good ? LGS_OK : LGS_INVALID;
}

static bool link_dictionaries(lgs_guides_t *guides, lgs_errs_t *errs)
{
    bool is_good = true;

    for (size_t i = 0; i < lgs_map_count(guides->dictionaries); i++) {
        lgs_dictionary_t *dictionary;
        lgs_guide_job_t job = {.guides = guides, .errs = errs};
        const lgs_node_t *extends;
        void *value;

        lgs_map_at(guides->dictionaries, i, NULL, &value);
        dictionary = value;
        job.doc = dictionary->doc;
        extends = lgs_node_at(&job.doc->root, "extends");
        dictionary->extends = extends ? lgs_map_get(guides->dictionaries, lgs_node_text(extends))
                                      : NULL;
        if (extends && dictionary->extends == NULL) {
            lgs_guide_finding(
                &job, extends, "no dictionary \"%.*s\"%s", LGS_FMT(lgs_node_text(extends)),
                lgs_guide_near(guides->arena, guides->dictionaries, lgs_node_text(extends)));
        }
        lgs_guide_standard(&job, &dictionary->standard);
        is_good = is_good && !job.failed;
    }
    return is_good;
}

static bool build_dictionaries(lgs_guides_t *guides, lgs_errs_t *errs, bool *nomem)
{
    bool is_good = true;

    for (size_t i = 0; i < lgs_map_count(guides->dictionaries) && !*nomem; i++) {
        lgs_guide_job_t job = {.guides = guides, .errs = errs};
        void *value;

        lgs_map_at(guides->dictionaries, i, NULL, &value);
        job.doc = ((lgs_dictionary_t *)value)->doc;
        is_good = lgs_dictionary_build(&job, value) && is_good;
        *nomem = job.nomem;
    }
    return is_good;
}

static bool build_guides(lgs_guides_t *guides, lgs_errs_t *errs, bool *nomem)
{
    bool is_good = true;

    for (size_t i = 0; i < lgs_map_count(guides->guides) && !*nomem; i++) {
        lgs_guide_job_t job = {.guides = guides, .errs = errs};
        lgs_guide_t *guide;
        void *value;

        lgs_map_at(guides->guides, i, NULL, &value);
        guide = value;
        job.doc = guide->doc;
        guide->is_good = lgs_guide_build(&job, guide) && note_versions(&job, guide);
        is_good = is_good && guide->is_good;
        *nomem = job.nomem;
    }
    return is_good;
}

/* ---- one guide ---- */

bool lgs_guide_build(lgs_guide_job_t *job, lgs_guide_t *guide)
{
    const lgs_node_t *root = &job->doc->root, *named = lgs_node_at(root, "dictionary");
    const lgs_node_t *list = lgs_node_at(root, "segments"), *set = lgs_node_at(root, "set");
    uint32_t n_loops = 1, n_slots = count_slots(list, &n_loops, 0);
    lgs_edi_t standard;

    guide->set = lgs_node_text(set);
    guide->dictionary = lgs_map_get(job->guides->dictionaries, lgs_node_text(named));
    if (guide->dictionary == NULL) {
        return lgs_guide_finding(
            job, named ? named : root, "no dictionary \"%.*s\"%s", LGS_FMT(lgs_node_text(named)),
            lgs_guide_near(job->guides->arena, job->guides->dictionaries, lgs_node_text(named)));
    }
    if (!lgs_guide_standard(job, &standard)) {
        return false;
    }
    if (standard != guide->dictionary->standard) {
        return lgs_guide_finding(job, named, "the dictionary is one of %s",
                                 standards[guide->dictionary->standard]);
    }
    if (guide->set.len == 0) {
        return lgs_guide_finding(job, set ? set : root, "\"set\" says which set it is for");
    }
    if (n_slots == 0 || n_slots > LGS_GUIDE_MAX_SLOTS) {
        return lgs_guide_finding(job, list ? list : root,
                                 "\"segments\" is a list of 1 to %u segments and loops",
                                 LGS_GUIDE_MAX_SLOTS);
    }
    guide->slots = lgs_arena_array(job->guides->arena, n_slots, sizeof(*guide->slots));
    guide->loops = lgs_arena_array(job->guides->arena, n_loops, sizeof(*guide->loops));
    if (guide->slots == NULL || guide->loops == NULL) {
        return lgs_guide_nomem(job);
    }
    return build_loop(job, guide, list, LGS_STR(""), 0) && !job->failed &&
           lgs_dictionary_compile(job, guide->dictionary);
}

static const lgs_node_t *children_of(const lgs_node_t *node)
{
    return node->type == LGS_OBJECT && node->n == 1 ? &node->u.members[0].value : NULL;
}

/* What is no list has none; too deep ones are found by build_loop. */
static uint32_t count_slots(const lgs_node_t *list, uint32_t *n_loops, uint32_t depth)
{
    uint32_t n;

    if (list == NULL || list->type != LGS_ARRAY || depth > LGS_GUIDE_MAX_DEPTH) {
        return 0;
    }
    n = list->n;
    for (uint32_t i = 0; i < list->n && n <= LGS_GUIDE_MAX_SLOTS; i++) {
        const lgs_node_t *children = children_of(&list->u.items[i]);

        *n_loops += children != NULL;
        n += count_slots(children, n_loops, depth + 1);
    }
    return n;
}

static bool build_loop(lgs_guide_job_t *job, lgs_guide_t *guide, const lgs_node_t *list,
                       lgs_str_t id, uint32_t depth)
{
    lgs_loop_t *loop = &guide->loops[guide->n_loops];

    if (depth > LGS_GUIDE_MAX_DEPTH) {
        return lgs_guide_finding(job, list, "more than %u loops within each other",
                                 LGS_GUIDE_MAX_DEPTH);
    }
    if (list->type != LGS_ARRAY || list->n == 0) {
        return lgs_guide_finding(job, list, "a loop is a list of segments and loops");
    }
    *loop = (lgs_loop_t){.id = id, .first = guide->n_slots, .n = list->n};
    guide->n_loops++;
    guide->n_slots += list->n;
    for (uint32_t i = 0; i < list->n; i++) {
        if (!build_slot(job, guide, &list->u.items[i], loop->first + i, depth) && job->nomem) {
            return false;
        }
    }
    if (depth && !job->failed &&
        (guide->slots[loop->first].loop || guide->slots[loop->first].max != 1 ||
         !guide->slots[loop->first].is_mandatory)) {
        return lgs_guide_finding(job, &list->u.items[0],
                                 "the first of a loop is the segment that opens it: TAG M");
    }
    return true;
}

static bool build_slot(lgs_guide_job_t *job, lgs_guide_t *guide, const lgs_node_t *node,
                       uint32_t at, uint32_t depth)
{
    static const lgs_str_t word = LGS_STR_INIT("loop ");
    const lgs_node_t *children = children_of(node);
    lgs_str_t text = lgs_node_text(children ? &node->u.members[0].name : node);
    lgs_slot_t *slot = &guide->slots[at];
    line_t line;

    if (children && !lgs_str_starts(text, word)) {
        return lgs_guide_finding(job, node,
                                 "\"%.*s\" has a list below it and is no loop: "
                                 "\"loop 0100 O 10:\"",
                                 LGS_FMT(text));
    }
    if (!parse_line(job, node, children ? lgs_str(text.data + word.len, text.len - word.len) : text,
                    &line)) {
        return false;
    }
    slot->max = line.max;
    slot->is_mandatory = line.is_mandatory;
    if (children) {
        slot->loop = (uint16_t)guide->n_loops;
        if (!build_loop(job, guide, children, line.name, depth + 1)) {
            return false;
        }
        slot->tag = guide->slots[guide->loops[slot->loop].first].tag;
        return true;
    }
    slot->tag = lgs_guide_tag(line.name);
    if (lgs_map_get(guide->dictionary->segments, line.name) == NULL) {
        return lgs_guide_finding(
            job, node, "no segment %.*s in %.*s%s", LGS_FMT(line.name),
            LGS_FMT(guide->dictionary->name),
            lgs_guide_near(job->guides->arena, guide->dictionary->segments, line.name));
    }
    return true;
}

/* "L11 O 300" */
static bool parse_line(lgs_guide_job_t *job, const lgs_node_t *node, lgs_str_t text, line_t *line)
{
    lgs_str_t words[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    size_t n = 0, i = 0;
    bool is_good;

    while (i < text.len && n < LGS_N(words)) {
        size_t from = i;

        while (i < text.len && text.data[i] != ' ') {
            i++;
        }
        words[n++] = lgs_str(text.data + from, i - from);
        i += i < text.len;
    }
    *line = (line_t){words[0], lgs_str_is(words[1], "M"), n > 2 ? 0 : 1};
    for (size_t k = 0; k < words[2].len && line->max <= MAX_USES; k++) {
        char c = words[2].data[k];

        line->max = c >= '0' && c <= '9' ? line->max * 10 + (uint32_t)(c - '0') : MAX_USES + 1;
    }
    is_good = n >= 2 && i >= text.len && words[0].len &&
              (line->is_mandatory || lgs_str_is(words[1], "O") || lgs_str_is(words[1], "C")) &&
              line->max >= 1 && line->max <= MAX_USES;
    return is_good || lgs_guide_finding(job, node,
                                        "\"%.*s\" is no line of a guide: TAG M, TAG O 10, or "
                                        "loop ID O 10: with a list below it",
                                        LGS_FMT(text));
}

/* ---- which one ---- */

#define MAX_KEY 64u

static lgs_str_t key_of(char key[MAX_KEY], lgs_str_t standard, lgs_str_t set, lgs_str_t version)
{
    int n = snprintf(key, MAX_KEY, "%.*s/%.*s/%.*s", LGS_FMT(standard), LGS_FMT(set),
                     LGS_FMT(version));

    return n > 0 && n < (int)MAX_KEY ? lgs_str(key, (size_t)n) : lgs_str(NULL, 0);
}

/* A guide without versions is only taken when a mapping names it. */
static bool note_versions(lgs_guide_job_t *job, lgs_guide_t *guide)
{
    const lgs_node_t *list = lgs_node_at(&job->doc->root, "versions");

    for (uint32_t i = 0; list && list->type == LGS_ARRAY && i < list->n; i++) {
        const lgs_node_t *version = &list->u.items[i];
        char buf[MAX_KEY];
        lgs_str_t key = lgs_arena_str(job->guides->arena,
                                      key_of(buf, lgs_cstr(standards[guide->dictionary->standard]),
                                             guide->set, lgs_node_text(version)));
        const lgs_guide_t *other;

        if (key.data == NULL) {
            return lgs_guide_nomem(job);
        }
        other = lgs_map_get(job->guides->by_set, key);
        if (other) {
            return lgs_guide_finding(job, version, "%.*s is for this set and version, too",
                                     LGS_FMT(other->name));
        }
        if (lgs_map_add(job->guides->by_set, key, guide) == LGS_NOMEM) {
            return lgs_guide_nomem(job);
        }
    }
    return true;
}

const lgs_guide_t *lgs_guides_get(const lgs_guides_t *guides, lgs_str_t name)
{
    const lgs_guide_t *guide = lgs_map_get(guides->guides, name);

    return guide && guide->is_good ? guide : NULL;
}

const char *lgs_guides_hint(const lgs_guides_t *guides, lgs_str_t name, lgs_arena_t *arena)
{
    return lgs_guide_near(arena, guides->guides, name);
}

const lgs_guide_t *lgs_guides_find(const lgs_guides_t *guides, const lgs_doc_t *doc)
{
    const lgs_node_t *message = lgs_node_at(&doc->root, "message");
    char buf[MAX_KEY];
    lgs_str_t key = key_of(buf, lgs_node_text(lgs_node_at(message, "standard")),
                           lgs_node_text(lgs_node_at(message, "type")),
                           lgs_node_text(lgs_node_at(message, "version")));

    return key.len ? lgs_map_get(guides->by_set, key) : NULL;
}

lgs_str_t lgs_guide_name(const lgs_guide_t *guide)
{
    return guide->name;
}
