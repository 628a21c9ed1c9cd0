/* Kinds that look at an object: its members, their names and number, what depends on what. */
#include "program.h"

static bool holds_all(run_t *run, const members_t *members, const lgs_node_t *node);
static bool holds_others(run_t *run, const members_t *members, const lgs_member_t *member,
                         bool is_declared);
static void explain_member(explain_t *explain, const members_t *members, const lgs_member_t *member,
                           const place_t *place);
static void explain_unexpected(explain_t *explain, const members_t *members, const place_t *place);
static lgs_str_t nearest_property(const members_t *members, const lgs_node_t *object,
                                  lgs_str_t name);
static bool match(const lgs_regex_t *regex, const lgs_node_t *name);

/* Compiled into the fast pass: it is called for each member of each value. */
static inline const property_t *find(const members_t *members, const lgs_node_t *name)
{
    uint32_t at = name->hash & members->mask;

    for (; members->slots[at].index; at = (at + 1) & members->mask) {
        const property_t *property = &members->properties[members->slots[at].index - 1];

        if (members->slots[at].hash == name->hash && property->name.len == name->n &&
            lgs_same(property->name.data, name->u.text, name->n)) {
            return property;
        }
    }
    return NULL;
}

const property_t *lgs_members_find(const members_t *members, const lgs_node_t *name)
{
    return find(members, name);
}

/* ---- properties, required, patternProperties, additionalProperties ---- */

static bool members_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    bool holds;

    if (!lgs_run_enter(run, node->n)) {
        return false;
    }
    holds = holds_all(run, op->arg.data, node);
    lgs_run_leave(run);
    return holds;
}

/* Names within an object differ, so all required ones are there when their number is. */
static bool holds_all(run_t *run, const members_t *members, const lgs_node_t *node)
{
    bool has_others = members->additional || members->n_patterns;
    uint32_t n_required = 0;

    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];
        const property_t *property = find(members, &member->name);
        bool is_declared = false;

        if (property) {
            is_declared = property->flags & PROPERTY_DECLARED;
            n_required += (property->flags & PROPERTY_REQUIRED) != 0;
            if (property->block && !lgs_block_holds(run, property->block, &member->value)) {
                return false;
            }
        }
        if (has_others && !holds_others(run, members, member, is_declared)) {
            return false;
        }
    }
    return n_required == members->n_required;
}

static bool holds_others(run_t *run, const members_t *members, const lgs_member_t *member,
                         bool is_declared)
{
    for (uint32_t i = 0; i < members->n_patterns; i++) {
        const pattern_t *pattern = &members->patterns[i];

        if (lgs_run_match(run, pattern->regex, lgs_str(member->name.u.text, member->name.n))) {
            is_declared = true;
            if (!lgs_block_holds(run, pattern->block, &member->value)) {
                return false;
            }
        }
    }
    return is_declared || members->additional == NULL ||
           lgs_block_holds(run, members->additional, &member->value);
}

static void members_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const members_t *members = op->arg.data;
    const lgs_node_t *node = place->node;

    for (uint32_t i = 0; i < members->n && members->n_required; i++) {
        const property_t *property = &members->properties[i];

        if ((property->flags & PROPERTY_REQUIRED) &&
            lgs_node_get_hashed(node, property->name, property->hash) == NULL &&
            !lgs_explain_is_full(explain)) {
            lgs_str_t name = lgs_words_quote(explain->errs->arena, property->name);

            lgs_explain_plain(explain, "required", place, "%.*s is missing", LGS_FMT(name));
        }
    }
    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];
        place_t below = {.up = place, .node = &member->value, .name = &member->name};

        explain_member(explain, members, member, &below);
    }
}

static void explain_member(explain_t *explain, const members_t *members, const lgs_member_t *member,
                           const place_t *place)
{
    const property_t *property = lgs_members_find(members, &member->name);
    bool is_declared = property && (property->flags & PROPERTY_DECLARED);

    if (property && property->block) {
        lgs_explain_block(explain, property->block, place);
    }
    for (uint32_t i = 0; i < members->n_patterns; i++) {
        if (match(members->patterns[i].regex, &member->name)) {
            is_declared = true;
            lgs_explain_block(explain, members->patterns[i].block, place);
        }
    }
    if (is_declared || members->additional == NULL) {
        return;
    }
    if (members->additional->never) {
        explain_unexpected(explain, members, place);
    } else {
        lgs_explain_block(explain, members->additional, place);
    }
}

static void explain_unexpected(explain_t *explain, const members_t *members, const place_t *place)
{
    place_t at_name = *place;
    lgs_str_t near;

    if (lgs_explain_is_full(explain)) {
        return;
    }
    at_name.is_about_name = true;
    near = nearest_property(members, place->up->node, lgs_node_text(place->name));
    if (near.len && !lgs_explain_redacted(explain, place)) {
        lgs_explain_say(explain, "additionalProperties", &at_name,
                        "is not expected here; did you mean \"%.*s\"?", LGS_FMT(near));
    } else {
        lgs_explain_say(explain, "additionalProperties", &at_name, "is not expected here");
    }
}

/* Of the declared properties that the object does not have yet. */
static lgs_str_t nearest_property(const members_t *members, const lgs_node_t *object,
                                  lgs_str_t name)
{
    lgs_str_t best = {NULL, 0};

    for (uint32_t i = 0; i < members->n; i++) {
        const property_t *property = &members->properties[i];
        lgs_str_t pair[2] = {best, property->name};

        if ((property->flags & PROPERTY_DECLARED) &&
            lgs_node_get_hashed(object, property->name, property->hash) == NULL) {
            best = lgs_nearest(name, best.len ? pair : pair + 1, best.len ? 2 : 1);
        }
    }
    return best;
}

static void members_each(const op_t *op, const lgs_node_t *node, visit_t visit, void *data)
{
    const members_t *members = op->arg.data;

    for (uint32_t i = 0; i < node->n; i++) {
        const lgs_member_t *member = &node->u.members[i];
        const property_t *property = lgs_members_find(members, &member->name);
        bool is_declared = property && (property->flags & PROPERTY_DECLARED);

        if (property && property->block) {
            visit(data, property->block, &member->value);
        }
        for (uint32_t p = 0; p < members->n_patterns; p++) {
            if (match(members->patterns[p].regex, &member->name)) {
                is_declared = true;
                visit(data, members->patterns[p].block, &member->value);
            }
        }
        if (!is_declared && members->additional) {
            visit(data, members->additional, &member->value);
        }
    }
}

static bool match(const lgs_regex_t *regex, const lgs_node_t *name)
{
    return lgs_regex_match(regex, lgs_node_text(name)) == LGS_REGEX_YES;
}

static void members_mark(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    const members_t *members = op->arg.data;

    marks->all |= members->additional != NULL;
    for (uint32_t i = 0; !marks->all && i < node->n; i++) {
        const lgs_node_t *name = &node->u.members[i].name;
        const property_t *property = lgs_members_find(members, name);
        bool is_known = property && (property->flags & PROPERTY_DECLARED);

        for (uint32_t p = 0; !is_known && p < members->n_patterns; p++) {
            is_known = lgs_run_match(marks->run, members->patterns[p].regex, lgs_node_text(name));
        }
        if (is_known) {
            lgs_mark(marks, i);
        }
    }
}

const kind_t lgs_kind_members = {"properties", members_holds, members_explain, members_each,
                                 members_mark};

/* ---- propertyNames ---- */

static bool names_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    bool holds = true;

    if (!lgs_run_enter(run, node->n)) {
        return false;
    }
    for (uint32_t i = 0; holds && i < node->n; i++) {
        holds = lgs_block_holds(run, op->arg.data, &node->u.members[i].name);
    }
    lgs_run_leave(run);
    return holds;
}

static void names_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    for (uint32_t i = 0; i < place->node->n; i++) {
        const lgs_member_t *member = &place->node->u.members[i];
        place_t below = {
            .up = place, .node = &member->value, .name = &member->name, .is_about_name = true};

        if (!lgs_block_holds(&explain->run, op->arg.data, &member->name)) {
            lgs_explain_say(explain, "propertyNames", &below, "is not allowed as a name here");
        }
    }
}

const kind_t lgs_kind_names = {"propertyNames", names_holds, names_explain, NULL, NULL};

/* ---- dependentRequired, dependentSchemas ---- */

static const property_t *missing(const dependent_t *dependent, const lgs_node_t *node,
                                 uint32_t *from)
{
    if (lgs_node_get_hashed(node, dependent->name, dependent->hash) == NULL) {
        return NULL;
    }
    for (; *from < dependent->n_required; ++*from) {
        const property_t *name = &dependent->required[*from];

        if (lgs_node_get_hashed(node, name->name, name->hash) == NULL) {
            return name;
        }
    }
    return NULL;
}

static bool required_holds(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const dependents_t *dependents = op->arg.data;

    for (uint32_t i = 0; i < dependents->n; i++) {
        uint32_t from = 0;

        if (missing(&dependents->items[i], node, &from)) {
            return false;
        }
    }
    return true;
}

static void required_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const dependents_t *dependents = op->arg.data;

    for (uint32_t i = 0; i < dependents->n; i++) {
        const dependent_t *dependent = &dependents->items[i];
        const property_t *name;

        for (uint32_t from = 0; (name = missing(dependent, place->node, &from)); from++) {
            lgs_explain_plain(explain, "dependentRequired", place,
                              "\"%.*s\" is missing: \"%.*s\" needs it", LGS_FMT(name->name),
                              LGS_FMT(dependent->name));
        }
    }
}

const kind_t lgs_kind_dependent_required = {"dependentRequired", required_holds, required_explain,
                                            NULL, NULL};

static bool schemas_hold(run_t *run, const op_t *op, const lgs_node_t *node)
{
    const dependents_t *dependents = op->arg.data;
    bool holds = true;

    if (!lgs_run_enter(run, dependents->n)) {
        return false;
    }
    for (uint32_t i = 0; holds && i < dependents->n; i++) {
        const dependent_t *dependent = &dependents->items[i];

        holds = lgs_node_get_hashed(node, dependent->name, dependent->hash) == NULL ||
                lgs_block_holds(run, dependent->block, node);
    }
    lgs_run_leave(run);
    return holds;
}

static void schemas_explain(explain_t *explain, const op_t *op, const place_t *place)
{
    const dependents_t *dependents = op->arg.data;

    for (uint32_t i = 0; i < dependents->n; i++) {
        const dependent_t *dependent = &dependents->items[i];

        if (lgs_node_get_hashed(place->node, dependent->name, dependent->hash)) {
            lgs_explain_block(explain, dependent->block, place);
        }
    }
}

static void schemas_each(const op_t *op, const lgs_node_t *node, visit_t visit, void *data)
{
    const dependents_t *dependents = op->arg.data;

    for (uint32_t i = 0; i < dependents->n; i++) {
        const dependent_t *dependent = &dependents->items[i];

        if (lgs_node_get_hashed(node, dependent->name, dependent->hash)) {
            visit(data, dependent->block, node);
        }
    }
}

static void schemas_mark(marks_t *marks, const op_t *op, const lgs_node_t *node)
{
    const dependents_t *dependents = op->arg.data;

    for (uint32_t i = 0; i < dependents->n; i++) {
        const dependent_t *dependent = &dependents->items[i];

        if (lgs_node_get_hashed(node, dependent->name, dependent->hash)) {
            lgs_mark_block(marks, dependent->block, node);
        }
    }
}

const kind_t lgs_kind_dependent_schemas = {"dependentSchemas", schemas_hold, schemas_explain,
                                           schemas_each, schemas_mark};
