/* Templates and code lists that no mapping uses: a slip in them is found all the same. */
#include "load.h"

bool lgs_note_use(lgs_load_t *load, const lgs_doc_t *doc)
{
    if (doc && lgs_map_add(load->used, doc->file, (void *)doc) == LGS_NOMEM) {
        (void)lgs_errs_nomem(load->errs); /* else it would be said that there is no such file */
        return false;
    }
    return doc != NULL;
}

static bool check_codes(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    const lgs_mapping_env_t env = {.data = load};

    return lgs_mapping_check_codes(load->work, doc, &env, load->errs);
}

static bool check_template(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    const lgs_mapping_env_t env = {.template = lgs_find_template, .data = load};

    return lgs_mapping_check_template(load->work, doc, name, &env, load->errs);
}

static void check_all(lgs_load_t *load, const lgs_map_t *docs,
                      bool (*check)(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name))
{
    for (size_t i = 0; i < lgs_map_count(docs); i++) {
        const lgs_err_t *last = load->errs->last;
        lgs_str_t name;
        void *value;
        const lgs_doc_t *doc;

        lgs_map_at(docs, i, &name, &value);
        doc = value;
        if (lgs_map_get(load->used, doc->file) == NULL && !check(load, doc, name)) {
            lgs_adopt_errors(load, last, doc->file);
        }
    }
}

void lgs_check_unused(lgs_load_t *load)
{
    check_all(load, load->templates, check_template);
    check_all(load, load->codelists, check_codes);
}
