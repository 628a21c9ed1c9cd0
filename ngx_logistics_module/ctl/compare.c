/*
 * The first difference between two values (cases.h). What is written is compared: 12.10 is not
 * 12.1 here.
 */
#include "cases.h"

#define MAX_DEPTH 64u

typedef struct {
    lgs_arena_t *arena;
    lgs_buf_t path; /* JSON pointer */
    lgs_str_t difference;
} comparison_t;

static bool same(comparison_t *c, const lgs_node_t *want, const lgs_node_t *got, unsigned depth);
static bool same_objects(comparison_t *c, const lgs_node_t *want, const lgs_node_t *got,
                         unsigned depth);
static bool differ(comparison_t *c, const lgs_node_t *want, const lgs_node_t *got);

lgs_str_t ctl_difference(lgs_arena_t *arena, const lgs_node_t *want, const lgs_node_t *got)
{
    comparison_t c = {.arena = arena};

    lgs_buf_init(&c.path, arena, 256, 65536);
    (void)same(&c, want, got, 0);
    return c.difference;
}

static bool same(comparison_t *c, const lgs_node_t *want, const lgs_node_t *got, unsigned depth)
{
    if (depth == MAX_DEPTH || want->type != got->type) {
        return differ(c, want, got);
    }
    if (want->type == LGS_OBJECT) {
        return same_objects(c, want, got, depth);
    }
    if (want->type != LGS_ARRAY) {
        bool is_text = want->type == LGS_STRING || want->type == LGS_NUMBER;

        /* 12.10 is not 12.1 here: what is written is compared */
        return (is_text ? lgs_str_eq(lgs_node_text(want), lgs_node_text(got))
                        : lgs_node_equal(want, got)) ||
               differ(c, want, got);
    }
    for (uint32_t i = 0; i < want->n && i < got->n; i++) {
        size_t mark = c->path.len;

        lgs_pointer_add_index(&c->path, i);
        if (!same(c, &want->u.items[i], &got->u.items[i], depth + 1)) {
            return false;
        }
        c->path.len = mark;
    }
    return want->n == got->n || differ(c, want, got);
}

static bool same_objects(comparison_t *c, const lgs_node_t *want, const lgs_node_t *got,
                         unsigned depth)
{
    for (uint32_t i = 0; i < want->n; i++) {
        const lgs_member_t *member = &want->u.members[i];
        const lgs_node_t *value = lgs_node_get(got, lgs_node_text(&member->name));
        size_t mark = c->path.len;

        lgs_pointer_add(&c->path, lgs_node_text(&member->name));
        if (value == NULL || !same(c, &member->value, value, depth + 1)) {
            return value ? false : differ(c, &member->value, NULL);
        }
        c->path.len = mark;
    }
    for (uint32_t i = 0; i < got->n; i++) {
        const lgs_member_t *member = &got->u.members[i];

        if (lgs_node_get(want, lgs_node_text(&member->name)) == NULL) {
            lgs_pointer_add(&c->path, lgs_node_text(&member->name));
            return differ(c, NULL, &member->value);
        }
    }
    return true;
}

static bool differ(comparison_t *c, const lgs_node_t *want, const lgs_node_t *got)
{
    lgs_buf_t a, b;

    lgs_buf_init(&a, c->arena, 64, 0);
    lgs_buf_init(&b, c->arena, 64, 0);
    lgs_buf_cstr(&a, want ? "" : "(not there)");
    lgs_buf_cstr(&b, got ? "" : "(not there)");
    if (want) {
        lgs_json_write(&a, want);
    }
    if (got) {
        lgs_json_write(&b, got);
    }
    c->difference = lgs_arena_printf(c->arena, "%.*s\n  expected: %.*s\n  got:      %.*s",
                                     LGS_FMT(lgs_buf_text(&c->path)), LGS_FMT(lgs_buf_text(&a)),
                                     LGS_FMT(lgs_buf_text(&b)));
    return false;
}
