/*
 * The proof that a mapping puts out no field that its record's schema does not know, and leaves
 * none out that every record must have: a slip would refuse each message, and its partner could not
 * help it. Only names that are written in the mapping are looked at; what runs make is checked in
 * the run.
 */
#include "internal.h"

#define MAX_REFS 8u /* $ref behind $ref */

static void prove_object(lgs_compile_t *c, const lgs_object_t *object, const lgs_node_t *schema,
                         unsigned depth);
static const lgs_node_t *resolve(const lgs_node_t *root, const lgs_node_t *schema);
static void say_unknown(lgs_compile_t *c, const lgs_field_t *field, const lgs_node_t *known,
                        bool is_record);

void lgs_mapping_prove_fields(lgs_compile_t *c, const lgs_node_t *at, const lgs_object_t *record)
{
    const lgs_node_t *schema = resolve(c->env->record, c->env->record);
    const lgs_node_t *required = lgs_node_at(schema, "required");

    prove_object(c, record, schema, 0);
    for (uint32_t i = 0; required && required->type == LGS_ARRAY && i < required->n; i++) {
        lgs_str_t name = lgs_node_text(&required->u.items[i]);

        if (!lgs_str_is(name, "type") && lgs_node_get(at, name) == NULL) { /* types: compile.c */
            lgs_mapping_finding(c, at, "\"%.*s\" is missing: every %.*s has one", LGS_FMT(name),
                                LGS_FMT(c->mapping->output));
        }
    }
}

static void prove_object(lgs_compile_t *c, const lgs_object_t *object, const lgs_node_t *schema,
                         unsigned depth)
{
    const lgs_node_t *known = lgs_node_at(schema, "properties");
    const lgs_node_t *others = lgs_node_at(schema, "additionalProperties");

    if (known == NULL || known->type != LGS_OBJECT || depth == LGS_MAPPING_MAX_NESTING) {
        return;
    }
    for (uint32_t i = 0; i < object->n; i++) {
        const lgs_field_t *field = &object->fields[i];
        lgs_str_t name = lgs_mapping_text(&field->name);
        const lgs_node_t *property = lgs_node_get(known, name);
        const lgs_expr_t *value = field->value;

        if (value->op->run == lgs_op_pass_run) { /* {object: {...}}, {then: {...}} */
            value = value->u.args;
        }
        if (field->spread) {
            continue;
        }
        if (property == NULL && others && others->type == LGS_BOOL && !others->u.truth) {
            say_unknown(c, field, known, object->is_record);
        } else if (property && value && value->op == &lgs_op_object) {
            size_t mark = lgs_mapping_enter(c, name);

            prove_object(c, value->u.object, resolve(c->env->record, property), depth + 1);
            lgs_mapping_leave(c, mark);
        }
    }
}

/* What a $ref within the same file leads to; one to elsewhere leads to nothing that is known. */
static const lgs_node_t *resolve(const lgs_node_t *root, const lgs_node_t *schema)
{
    for (unsigned n = 0; schema && n < MAX_REFS; n++) {
        lgs_str_t ref = lgs_node_text(lgs_node_at(schema, "$ref"));

        if (ref.len == 0) {
            return schema;
        }
        schema = ref.data[0] == '#' ? lgs_node_pointer(root, lgs_str(ref.data + 1, ref.len - 1))
                                    : NULL;
    }
    return NULL;
}

static void say_unknown(lgs_compile_t *c, const lgs_field_t *field, const lgs_node_t *known,
                        bool is_record)
{
    lgs_str_t name = lgs_mapping_text(&field->name);
    lgs_str_t *words = lgs_arena_array(c->arena, known->n + 1, sizeof(*words));
    lgs_str_t near;

    if (words == NULL) {
        lgs_mapping_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < known->n; i++) {
        words[i] = lgs_node_text(&known->u.members[i].name);
    }
    words[known->n] = LGS_STR("occurred"); /* stands for four fields of a record */
    near = lgs_nearest(name, words, known->n + is_record);
    lgs_mapping_finding(c, &field->name,
                        "\"%.*s\"%s is no field that schemas/canonical/%.*s.json "
                        "has here%s%.*s%s",
                        LGS_QUOTE(name), LGS_FMT(c->mapping->output),
                        near.len ? "; did you mean \"" : "", LGS_FMT(near), near.len ? "\"?" : "");
}
