/*
 * Where a thing is, as a text that is kept (machine.h):
 *
 *   state "@" ( seconds since 1970 | "-" ) "+" seen *( "," seen )
 *
 * by names, since a file's states may get others beside them.
 */
#include "program.h"

#define MAX_DIGITS 18u /* of a time: far behind any that can be written as a date */

static bool cut(lgs_str_t *text, char at, lgs_str_t *head);
static bool find_place(const lgs_machine_t *machine, lgs_str_t name, uint32_t *state);
static bool read_seconds(lgs_str_t text, lgs_machine_state_t *state);

void lgs_machine_state_write(lgs_buf_t *buf, const lgs_machine_t *machine,
                             const lgs_machine_state_t *state)
{
    char between = '+';

    lgs_buf_str(buf, machine->places[state->state].name);
    lgs_buf_byte(buf, '@');
    if (state->has_time) {
        lgs_buf_i64(buf, state->at_s);
    } else {
        lgs_buf_byte(buf, '-');
    }
    for (uint32_t i = 0; i < machine->n_places; i++) {
        if (state->seen & lgs_state_bit(i)) {
            lgs_buf_byte(buf, between);
            lgs_buf_str(buf, machine->places[i].name);
            between = ',';
        }
    }
}

bool lgs_machine_state_read(const lgs_machine_t *machine, lgs_str_t text,
                            lgs_machine_state_t *state)
{
    lgs_str_t name, seconds, seen;
    lgs_machine_state_t found = {.seen = 0};
    uint32_t place;

    *state = lgs_machine_start(machine);
    if (text.len > LGS_MACHINE_MAX_KEPT || !cut(&text, '@', &name) || !cut(&text, '+', &seconds) ||
        !find_place(machine, name, &found.state) || !read_seconds(seconds, &found)) {
        return false;
    }
    while (cut(&text, ',', &seen)) {
        found.seen |= find_place(machine, seen, &place) ? lgs_state_bit(place) : 0;
    }
    found.seen |= find_place(machine, text, &place) ? lgs_state_bit(place) : 0;
    *state = found;
    return true;
}

static bool cut(lgs_str_t *text, char at, lgs_str_t *head)
{
    const char *found = text->len ? memchr(text->data, at, text->len) : NULL;

    if (found == NULL) {
        return false;
    }
    *head = lgs_str(text->data, (size_t)(found - text->data));
    *text = lgs_str(found + 1, text->len - head->len - 1);
    return true;
}

static bool find_place(const lgs_machine_t *machine, lgs_str_t name, uint32_t *state)
{
    for (uint32_t i = 0; i < machine->n_places; i++) {
        if (lgs_str_eq(machine->places[i].name, name)) {
            *state = i;
            return true;
        }
    }
    return false;
}

static bool read_seconds(lgs_str_t text, lgs_machine_state_t *state)
{
    bool is_before = text.len && text.data[0] == '-';
    int64_t seconds = 0;

    if (lgs_str_is(text, "-")) {
        return true;
    }
    if (text.len == is_before || text.len - is_before > MAX_DIGITS) {
        return false;
    }
    for (size_t i = is_before; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        seconds = seconds * 10 + (text.data[i] - '0');
    }
    state->at_s = is_before ? -seconds : seconds;
    state->has_time = true;
    return true;
}
