/*
 * Values of operations as Odoo takes them (operation.h), with their finds resolved, and the words
 * of import's columns.
 */
#include "operation.h"

static void write_value(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node, unsigned depth);

void lgs_operation_write(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node)
{
    write_value(buf, op, node, LGS_ODOO_MAX_NESTING);
}

static void write_value(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node, unsigned depth)
{
    const lgs_find_t *find = lgs_operation_find(op, node);
    bool is_object = node->type == LGS_OBJECT;

    if (find && find->id) {
        lgs_buf_i64(buf, find->id);
        return;
    }
    if (op->after && lgs_operation_load_of(node).len) {
        lgs_buf_i64(buf, op->after->outcome.id);
        return;
    }
    if (find) {
        lgs_buf_cstr(buf, "false"); /* Odoo's empty value */
        return;
    }
    if ((!is_object && node->type != LGS_ARRAY) || depth == 0) {
        lgs_json_write(buf, node);
        return;
    }
    lgs_buf_byte(buf, is_object ? '{' : '[');
    for (uint32_t i = 0; i < node->n; i++) {
        if (i) {
            lgs_buf_byte(buf, ',');
        }
        if (is_object) {
            lgs_json_write_string(buf, lgs_node_text(&node->u.members[i].name));
            lgs_buf_byte(buf, ':');
        }
        write_value(buf, op, is_object ? &node->u.members[i].value : &node->u.items[i], depth - 1);
    }
    lgs_buf_byte(buf, is_object ? '}' : ']');
}

void lgs_operation_write_cell(lgs_buf_t *buf, const lgs_op_t *op, const lgs_node_t *node)
{
    const lgs_find_t *find;

    if (node == NULL || node->type == LGS_NULL) {
        lgs_buf_cstr(buf, "\"\"");
        return;
    }
    if (node->type == LGS_BOOL) {
        lgs_buf_cstr(buf, node->u.truth ? "\"True\"" : "\"\"");
        return;
    }
    if (node->type == LGS_STRING || node->type == LGS_NUMBER) {
        lgs_json_write_string(buf, lgs_node_text(node));
        return;
    }
    find = lgs_operation_find(op, node);
    lgs_buf_byte(buf, '"');
    if (find && find->id) {
        lgs_buf_i64(buf, find->id);
    }
    lgs_buf_byte(buf, '"');
}

lgs_str_t lgs_operation_load_of(const lgs_node_t *node)
{
    return node->type == LGS_OBJECT && node->n == 1
               ? lgs_node_text(lgs_node_at(node, "external_id"))
               : (lgs_str_t){NULL, 0};
}

lgs_str_t lgs_operation_column(lgs_str_t written, bool *is_optional)
{
    *is_optional = written.len && written.data[written.len - 1] == '?';
    return lgs_str(written.data, written.len - *is_optional);
}

lgs_str_t lgs_operation_field(lgs_str_t column)
{
    size_t n = 0;

    while (n < column.len && column.data[n] != '/' && column.data[n] != '.' &&
           column.data[n] != '?') {
        n++;
    }
    return lgs_str(column.data, n);
}

bool lgs_operation_names_record(lgs_str_t column)
{
    bool is_optional;
    lgs_str_t name = lgs_operation_column(column, &is_optional);

    return lgs_str_is(name, "res_id") ||
           (name.len > 4 && memcmp(name.data + name.len - 4, "/.id", 4) == 0);
}
