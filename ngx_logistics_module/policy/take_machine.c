/*
 * machines/<name>.yaml (docs/schema/machine.json) → lgs_machine_t. What it means is checked in the
 * room order/; here it gets the event types that there are.
 */
#include "load.h"

static const lgs_node_t *event_types(lgs_load_t *load);

lgs_rc_t lgs_take_machine(lgs_load_t *load, const lgs_doc_t *doc, lgs_str_t name)
{
    lgs_machine_t *machine;

    machine = lgs_machine_compile(load->arena, doc, event_types(load), load->errs);
    if (machine == NULL) {
        load->broken[LGS_KIND_MACHINE] = true; /* out of memory is among the findings, too */
        return LGS_OK;
    }
    return lgs_map_add(load->policy->machines, name, machine) == LGS_OK
               ? LGS_OK
               : lgs_errs_nomem(load->errs);
}

/* The words of `type` in the canonical event; NULL where that is not written as a list of words. */
static const lgs_node_t *event_types(lgs_load_t *load)
{
    const lgs_schema_file_t *file = lgs_find_schema(load, LGS_STR("canonical/event"));
    const lgs_node_t *root = file ? &file->doc.root : NULL, *type;
    lgs_str_t ref;

    type = lgs_node_at(lgs_node_at(root, "properties"), "type");
    ref = lgs_node_text(lgs_node_at(type, "$ref"));
    if (ref.len > 1 && ref.data[0] == '#') {
        type = lgs_node_pointer(root, lgs_str(ref.data + 1, ref.len - 1));
    }
    return lgs_node_at(type, "enum");
}
