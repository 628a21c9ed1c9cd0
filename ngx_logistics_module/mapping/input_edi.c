/*
 * A mapping's `input` of X12, EDIFACT and TRADACOMS: which sets it is for, and the profile of the
 * reader: what becomes of each thing that can be wrong with an envelope.
 *
 *   input: {format: x12, set: "214", versions: ["004010"], checks: {counts: reject, no_iea: warn}}
 */
#include "../formats/charset.h"
#include "../formats/edi.h"
#include "internal.h"

static bool read_checks(lgs_compile_t *c, const lgs_node_t *node, lgs_edi_profile_t *profile);
static bool read_check(lgs_compile_t *c, const lgs_member_t *member, lgs_edi_profile_t *profile);
static bool read_charset(lgs_compile_t *c, const lgs_node_t *node, lgs_edi_profile_t *profile);
static bool read_switch(lgs_compile_t *c, const lgs_node_t *node, const char *name, int *value);

static const struct {
    const char *word;
    lgs_edi_severity_t severity;
} severities[] = {{"reject", LGS_EDI_REJECT}, {"warn", LGS_EDI_WARN}, {"ignore", LGS_EDI_IGNORE}};

bool lgs_mapping_is_edi(const lgs_compile_t *c)
{
    lgs_format_t positions = lgs_input_positions(&c->mapping->input);

    return positions == LGS_FORMAT_X12 || positions == LGS_FORMAT_EDIFACT;
}

const lgs_node_t *lgs_mapping_edi_version(lgs_compile_t *c, const lgs_node_t *input,
                                          const lgs_node_t *version)
{
    lgs_node_t *path;

    if (version) {
        return version;
    }
    path = lgs_arena_alloc(c->arena, sizeof(*path));
    if (path == NULL) {
        lgs_mapping_nomem(c);
        return NULL;
    }
    *path = lgs_node_string(LGS_STR("$/message/version"), input->offset, 0);
    return path;
}

bool lgs_mapping_compile_edi(lgs_compile_t *c, const lgs_node_t *node, lgs_input_t *input)
{
    lgs_edi_profile_t *profile = lgs_arena_zalloc(c->arena, sizeof(*profile));
    const lgs_node_t *sets = lgs_node_at(node, "set");
    int wrapped = -1, repetition = -1;

    if (profile == NULL) {
        return lgs_mapping_nomem(c);
    }
    if (!read_checks(c, lgs_node_at(node, "checks"), profile) || !read_charset(c, node, profile) ||
        !read_switch(c, node, "wrapped", &wrapped) ||
        !read_switch(c, node, "repetition", &repetition)) {
        return false;
    }
    lgs_mapping_arg_text(c, node, "guide", &c->mapping->guide);
    if (sets) {
        c->mapping->sets = lgs_mapping_texts(c, sets);
    }
    profile->wrap = wrapped < 0 ? LGS_EDI_WRAP_AUTO : wrapped ? LGS_EDI_WRAP_YES : LGS_EDI_WRAP_NO;
    profile->has_no_repetition = repetition == 0;
    input->profile = profile;
    return !c->failed;
}

static bool read_checks(lgs_compile_t *c, const lgs_node_t *node, lgs_edi_profile_t *profile)
{
    if (node == NULL) {
        return true;
    }
    if (node->type != LGS_OBJECT) {
        return lgs_mapping_finding(c, node, "\"checks\" must be a map: {counts: warn}");
    }
    for (uint32_t i = 0; i < node->n; i++) {
        if (!read_check(c, &node->u.members[i], profile)) {
            return false;
        }
    }
    return true;
}

static bool read_check(lgs_compile_t *c, const lgs_member_t *member, lgs_edi_profile_t *profile)
{
    lgs_str_t name = lgs_node_text(&member->name), word = lgs_node_text(&member->value);
    lgs_edi_severity_t severity = LGS_EDI_DEFAULT;

    for (size_t i = 0; i < LGS_N(severities); i++) {
        severity = lgs_str_is(word, severities[i].word) ? severities[i].severity : severity;
    }
    if (!lgs_edi_profile_set(profile, name, severity)) {
        lgs_str_t names[LGS_EDI_MAX_PROFILE_WORDS];

        return lgs_mapping_unknown(c, &member->value, "check of EDI", name, names,
                                   lgs_edi_profile_words(names, LGS_N(names)));
    }
    return severity != LGS_EDI_DEFAULT ||
           lgs_mapping_finding(c, &member->value, "\"%.*s\" is reject, warn or ignore",
                               LGS_FMT(name));
}

static bool read_charset(lgs_compile_t *c, const lgs_node_t *node, lgs_edi_profile_t *profile)
{
    lgs_str_t words[LGS_N_CHARSETS];

    for (unsigned i = 0; i < LGS_N_CHARSETS; i++) {
        words[i] = lgs_charset_name((lgs_charset_t)i);
    }
    profile->has_charset = lgs_node_at(node, "charset") != NULL;
    return lgs_mapping_arg_word(c, node, "charset", words, LGS_N_CHARSETS, &profile->charset);
}

/* -1: not said. */
static bool read_switch(lgs_compile_t *c, const lgs_node_t *node, const char *name, int *value)
{
    const lgs_node_t *arg = lgs_node_at(node, name);

    if (arg && arg->type != LGS_BOOL) {
        return lgs_mapping_finding(c, arg, "\"%s\" must be true or false", name);
    }
    *value = arg ? arg->u.truth : -1;
    return true;
}
