/*
 * Questions to Odoo, one after the other: which of some fields a model has, and records by a
 * domain. A planner like plan.h's: login, a uid that was forgotten and calls that Odoo rolled back
 * are dealt with here, the caller only hears the reply. Changes nothing in Odoo.
 */
#ifndef LGS_ODOO_READER_H
#define LGS_ODOO_READER_H

#include "call.h"
#include "facts.h"
#include "outcome.h"

/* One search_read. Texts are borrowed until the reply. */
typedef struct {
    lgs_str_t model;
    lgs_str_t domain; /* JSON: [["origin","=","S1"]] */
    const lgs_str_t *fields;
    uint32_t n_fields;
    lgs_str_t order; /* "id desc" */
    uint32_t limit;
} lgs_odoo_search_t;

typedef struct lgs_odoo_reader_s lgs_odoo_reader_t;

/* `id` is the correlation id; all is borrowed, replies live in `arena`. NULL at the ceiling. */
lgs_odoo_reader_t *lgs_odoo_reader_create(lgs_arena_t *arena, const lgs_odoo_target_t *target,
                                          lgs_odoo_facts_t *facts, lgs_str_t id);

/* Sets the next question. `search` is copied, what it points to is borrowed. */
void lgs_odoo_reader_search(lgs_odoo_reader_t *reader, const lgs_odoo_search_t *search);
/* The answer is noted in the facts that the reader was created with (facts.h). */
void lgs_odoo_reader_ask_fields(lgs_odoo_reader_t *reader, lgs_str_t model, const lgs_str_t *fields,
                                uint32_t n);

/* The next request of this question, or DONE: the reply is there. After CALL, answer must follow.
 */
lgs_odoo_step_t lgs_odoo_reader_next(lgs_odoo_reader_t *reader, lgs_odoo_call_t *call);
void lgs_odoo_reader_answer(lgs_odoo_reader_t *reader, const lgs_odoo_answer_t *answer);

/* Is the reply there? The next call would be DONE. */
bool lgs_odoo_reader_is_done(const lgs_odoo_reader_t *reader);

/* Once it is done. The result of a search is an array; its texts point into the answer's body. */
const lgs_odoo_reply_t *lgs_odoo_reader_reply(const lgs_odoo_reader_t *reader);
/* Calls made so far, for the trace. */
uint32_t lgs_odoo_reader_calls(const lgs_odoo_reader_t *reader);

#endif
