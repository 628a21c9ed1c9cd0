/*
 * An answer in another form than JSON: a line of JSON for each item, or what a mapping writes of
 * it. Both read the answer as JSON has it, so field rules hold in every form.
 */
#include "internal.h"

static bool write_lines(const lgs_node_t *items, lgs_buf_t *out);
static bool write_mapped(lgs_query_plan_t *plan, const lgs_query_form_t *form, const lgs_doc_t *doc,
                         lgs_buf_t *out, lgs_errs_t *errs);

bool lgs_query_say(lgs_query_plan_t *plan, const lgs_query_form_t *form, lgs_str_t json,
                   lgs_buf_t *out, lgs_errs_t *errs)
{
    lgs_doc_t doc;

    if (lgs_json_read(plan->arena, json, NULL, &doc, errs) != LGS_OK) {
        return false;
    }
    return form->mapping ? write_mapped(plan, form, &doc, out, errs)
                         : write_lines(lgs_node_at(&doc.root, "items"), out);
}

static bool write_lines(const lgs_node_t *items, lgs_buf_t *out)
{
    for (uint32_t i = 0; items && i < items->n; i++) {
        lgs_json_write(out, &items->u.items[i]);
        lgs_buf_byte(out, '\n');
    }
    return !out->failed;
}

static bool write_mapped(lgs_query_plan_t *plan, const lgs_query_form_t *form, const lgs_doc_t *doc,
                         lgs_buf_t *out, lgs_errs_t *errs)
{
    const lgs_output_t *output = lgs_mapping_writes(form->mapping);
    lgs_writer_t *writer = lgs_writer_open(output, out, plan->arena);
    /* no clock: the same answer has the same tag; an interchange is tagged on trial (letter.c) */
    const lgs_mapping_facts_t facts = {
        .partner = plan->caller.partner,
        .timezone = plan->caller.timezone,
        .received_at = plan->caller.letter ? plan->caller.letter->now : LGS_STR(""),
        .format = LGS_STR("json"),
    };
    lgs_records_t made;

    if (writer == NULL) {
        return lgs_errs_nomem(errs) == LGS_OK;
    }
    if (plan->caller.letter) {
        lgs_writer_send(writer, plan->caller.letter);
    }
    if (lgs_mapping_run(form->mapping, doc, &facts, plan->arena, &made, NULL, errs) != LGS_OK) {
        return false;
    }
    for (uint32_t i = 0; i < made.n; i++) {
        const lgs_node_t *record = &made.items[i].node;

        if ((form->schema && lgs_schema_validate(form->schema, doc, record, errs) != LGS_OK) ||
            lgs_writer_write(writer, doc, record, plan->arena, errs) != LGS_OK) {
            return false;
        }
    }
    if (made.n == 0 && lgs_output_is_single(output)) {
        lgs_errs_add(errs, "no-records", (lgs_pos_t){0}, "mapping \"%.*s\" wrote no document",
                     LGS_FMT(lgs_mapping_name(form->mapping)));
        return false;
    }
    return lgs_writer_end(writer, errs) == LGS_OK;
}
