/*
 * Files that no mapping uses: checked by themselves, so that a slip in them is told when it is made
 * and not when somebody needs them.
 */
#include "include.h"

bool lgs_mapping_check_codes(lgs_arena_t *arena, const lgs_doc_t *doc, const lgs_mapping_env_t *env,
                             lgs_errs_t *errs)
{
    lgs_compile_t *c = lgs_mapping_begin(arena, doc, env, errs);

    return c && lgs_codes_take(c, doc);
}

/* How its paths are written is not known: where it could be EDI's way, they are taken for JSON's.
 */
bool lgs_mapping_check_template(lgs_arena_t *arena, const lgs_doc_t *doc, lgs_str_t name,
                                const lgs_mapping_env_t *env, lgs_errs_t *errs)
{
    static const char *const none[] = {NULL};
    lgs_compile_t *c = lgs_mapping_begin(arena, doc, env, errs);
    lgs_template_t found;

    if (c == NULL) {
        return false;
    }
    c->is_alone = true;
    c->syntax = &lgs_mapping_json_paths;
    if (!lgs_include_alone(c, name, &found)) {
        return false;
    }
    if (found.kind == LGS_TEMPLATE_FIELDS) {
        (void)lgs_mapping_record(c, found.content, none);
    } else {
        /* a date may be what `occurred` of an event is made of */
        c->wants_moment = lgs_node_at(found.content, "date") != NULL;
        (void)lgs_mapping_value(c, found.content);
    }
    return !c->failed;
}
