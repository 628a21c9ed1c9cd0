/*
 * One validation: the fast pass decides; only when it says no and somebody listens does the slow
 * pass (explain.c) word what is wrong. A good document costs no allocation.
 */
#include "program.h"

static run_t new_run(const lgs_doc_t *doc);
static lgs_rc_t give_up(const run_t *run, lgs_errs_t *errs);

lgs_rc_t lgs_schema_validate(const lgs_schema_t *schema, const lgs_doc_t *doc,
                             const lgs_node_t *node, lgs_errs_t *errs)
{
    run_t run = new_run(doc);
    explain_t explain;
    place_t place;
    bool holds;

    node = node ? node : &doc->root;
    holds = lgs_block_holds(&run, schema->root, node);
    if (run.trouble != LGS_OK) {
        return give_up(&run, errs);
    }
    if (holds) {
        return LGS_OK;
    }
    if (errs == NULL) {
        return LGS_INVALID;
    }
    explain = (explain_t){.run = new_run(doc), .schema = schema, .doc = doc, .errs = errs};
    explain.run.steps *= 8; /* it asks the fast pass again on the way down */
    place = (place_t){.node = node};
    lgs_explain_block(&explain, schema->root, &place);
    if (explain.nomem) {
        return lgs_errs_nomem(errs);
    }
    return explain.run.trouble == LGS_OK ? LGS_INVALID : give_up(&explain.run, errs);
}

lgs_rc_t lgs_schema_validate_rest(const lgs_schema_t *schema, const lgs_schema_t *rest,
                                  const lgs_doc_t *doc, const lgs_node_t *node, lgs_errs_t *errs)
{
    if (rest && rest->whole == schema && lgs_schema_validate(rest, doc, node, NULL) == LGS_OK) {
        return LGS_OK;
    }
    return lgs_schema_validate(schema, doc, node, errs);
}

static run_t new_run(const lgs_doc_t *doc)
{
    return (run_t){
        .steps = LGS_SCHEMA_STEPS + (uint64_t)doc->n_nodes * LGS_SCHEMA_STEPS_PER_NODE,
        .depth = LGS_SCHEMA_DEPTH,
    };
}

static lgs_rc_t give_up(const run_t *run, lgs_errs_t *errs)
{
    static const struct {
        const char *reason, *text;
    } texts[] = {
        {"max-depth", "values stand too deep within each other to be checked"},
        {"max-steps", "checking the document would take too long"},
        {"pattern-too-hard", "a pattern of the schema takes too long on a value of the document"},
    };

    if (run->trouble == LGS_NOMEM) {
        return lgs_errs_nomem(errs);
    }
    for (size_t i = 0; i < LGS_N(texts); i++) {
        if (strcmp(texts[i].reason, run->reason) == 0) {
            lgs_errs_add(errs, texts[i].reason, (lgs_pos_t){0}, "%s", texts[i].text);
        }
    }
    return run->trouble;
}
