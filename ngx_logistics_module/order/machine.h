/*
 * State machines: in which order events about one thing make sense, and what becomes of one that is
 * late, double or impossible (docs/order.md, machines/<name>.yaml).
 *
 * Pure: the state of a thing is an argument. A state has a rank; an event moves a thing only
 * forwards, by rank and among states of one rank by the time of the event. So the order in which
 * events come in decides nothing, unless the file says that it does.
 */
#ifndef LGS_MACHINE_H
#define LGS_MACHINE_H

#include "../base/buf.h"
#include "../formats/tree.h"

#define LGS_MACHINE_MAX_STATES 64u  /* of one machine: a bit each */
#define LGS_MACHINE_MAX_EVENTS 256u /* of one machine */
#define LGS_MACHINE_MAX_KEYS   16u  /* kinds of numbers that its things are known by */
#define LGS_MACHINE_MAX_RANK   1000000

typedef struct lgs_machine_s lgs_machine_t;

typedef enum {
    LGS_ORDER_PASSED, /* the machine has nothing to say about it */
    LGS_ORDER_APPLIED,
    LGS_ORDER_NOTED,  /* goes on, moves nothing */
    LGS_ORDER_PARKED, /* waits for what must come before it */
    LGS_ORDER_REFUSED,
    LGS_N_ORDERS
} lgs_order_t;

typedef enum {
    LGS_ORDER_FITS,
    LGS_ORDER_LATE,       /* the thing is further already */
    LGS_ORDER_DUPLICATE,  /* the thing is there already */
    LGS_ORDER_IMPOSSIBLE, /* nothing leads there from where the thing is */
    LGS_N_ORDER_WHYS
} lgs_order_why_t;

/* "applied", "late", …: as they stand in traces and in what logisticsctl prints. */
const char *lgs_order_name(lgs_order_t order);
const char *lgs_order_why_name(lgs_order_why_t why);

/* Where one thing is. A new one is at lgs_machine_start(). */
typedef struct {
    int64_t at_s;   /* time of the event that led here */
    uint64_t seen;  /* bit i: it has been in state i, as far as is known */
    uint32_t state; /* index */
    bool has_time;
} lgs_machine_state_t;

typedef struct {
    lgs_str_t type, timing;
    int64_t at_s; /* when it happened, in seconds since 1970 */
    bool has_time;
} lgs_machine_event_t;

typedef struct {
    uint64_t missing; /* bit i: state i should have come before `to` */
    uint32_t from, to;
    lgs_order_t order;
    lgs_order_why_t why;
} lgs_machine_decision_t;

/*
 * Compiles a file's tree, which must live as long as the machine, into `arena`. `types` are the
 * event types that there are (an array of texts; NULL: not checked). NULL with every finding in
 * errs; what has the wrong type is left to the file's JSON Schema, and skipped.
 */
lgs_machine_t *lgs_machine_compile(lgs_arena_t *arena, const lgs_doc_t *doc,
                                   const lgs_node_t *types, lgs_errs_t *errs) LGS_MUST_CHECK;

lgs_str_t lgs_machine_name(const lgs_machine_t *machine);
uint32_t lgs_machine_n_states(const lgs_machine_t *machine);
lgs_str_t lgs_machine_state_name(const lgs_machine_t *machine, uint32_t state);
/* How long what is parked waits; 0: nothing is parked. */
uint64_t lgs_machine_park_ms(const lgs_machine_t *machine);
lgs_machine_state_t lgs_machine_start(const lgs_machine_t *machine);

/*
 * What becomes of an event, and *state afterwards. `is_due`: it was parked and its time is over;
 * then it is never parked again.
 */
lgs_machine_decision_t lgs_machine_decide(const lgs_machine_t *machine, lgs_machine_state_t *state,
                                          const lgs_machine_event_t *event, bool is_due);

/*
 * The event is in Odoo although what was to come before it is not: the thing moves as if nothing
 * had been missing. One that is late or a duplicate changes what it always does.
 */
void lgs_machine_follow(const lgs_machine_t *machine, lgs_machine_state_t *state,
                        const lgs_machine_event_t *event);

/*
 * A state as a text to be kept: its name, the time or '-', and where it has been; by names, so that
 * it means the same when the file has changed. What the file does not name any more is forgotten:
 * of a state the whole. False: the text is none; then *state is the start.
 */
#define LGS_MACHINE_MAX_KEPT 8192u /* bytes: all names of the longest file, and a time */
void lgs_machine_state_write(lgs_buf_t *buf, const lgs_machine_t *machine,
                             const lgs_machine_state_t *state);
bool lgs_machine_state_read(const lgs_machine_t *machine, lgs_str_t text,
                            lgs_machine_state_t *state);

/* The event of a canonical record. Texts are borrowed; a local time counts as if it were UTC. */
lgs_machine_event_t lgs_machine_event(const lgs_machine_t *machine, const lgs_node_t *record);

/*
 * The number that the record's thing is known by: the first of the machine's kinds of numbers that
 * it has. Empty: none; then no order can be kept.
 */
lgs_str_t lgs_machine_key(const lgs_machine_t *machine, const lgs_node_t *record);
/* Those kinds. */
const lgs_str_t *lgs_machine_keys(const lgs_machine_t *machine, uint32_t *n);
/* By other kinds of numbers than the machine's: those of a route. */
lgs_str_t lgs_machine_key_of(const lgs_str_t *kinds, uint32_t n, const lgs_node_t *record);
/* Whether the machine says anything of events of that type. */
bool lgs_machine_names(const lgs_machine_t *machine, lgs_str_t type);
/* The type of its event i; empty past the last. */
lgs_str_t lgs_machine_type_at(const lgs_machine_t *machine, uint32_t i);

#endif
