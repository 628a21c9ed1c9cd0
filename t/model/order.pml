/*
 * What machines and callbacks add to the protocol of docs/queue.md, for spin; the protocol itself
 * is queue.pml. Two messages about one thing come in the wrong order: EARLY may only follow the
 * move of MOVER, and waits for it in the queue. A request that is answered now may move the thing,
 * too. Each outcome is told to the partner, whose receiver is called by a sender that may die. What
 * Odoo refuses is a dead letter, which an operator mends and sends once more.
 *
 * Shown: each message is in Odoo exactly once, or a dead letter; EARLY is written behind the move,
 * or when its time is over; nobody waits for what has come already; each outcome is told, under one
 * number one outcome only, and the last one is told by what is kept of it.
 *
 * t/model.t checks it, and then without one of its parts each: the checker has to find the error.
 *   NO_WAKE         a move lets nobody in
 *   PARK_BLIND      parked by what was known, though it may have changed since
 *   SETTLE_BLIND    … and so a thing that has moved is set back
 *   IN_LINE         what is parked stays in its line
 *   STAYS_DUE       its time is over, and it is parked again: in the end nothing is left but that
 *   TWO_STEPS       the callback is put by another script than the outcome
 *   NO_TAKING_BACK  replay leaves the callback of an outcome that is none any more
 *   ONE_NUMBER      the second outcome is told under the number of the first
 *   NO_SENDER_TOKEN who has lost its callback says nevertheless what became of it
 */
#define EARLY 0
#define MOVER 1
#define N     2
#define RELAYS 2
#ifndef TROUBLE
#define TROUBLE 1
#endif
#define ROUNDS 3 /* outcomes of a message: 1 and 2 */

mtype = { none, ready, delivering, retrying, parked, delivered, dead };
mtype = { untold, due, sending, told };

/* Redis: messages, the thing, callbacks */
mtype state[N] = none;
byte holder[N];
bool renewed[N], over[N]; /* over: its time to wait is */
chan line = [N] of { byte };
byte thing; /* MOVER moves it from 0 to 1, EARLY to 2 */
mtype callback[N] = untold;
byte round[N];
bool sender_renewed[N];
/* Odoo and the partner */
bool bad[N];
byte copies[N];
mtype heard[N * ROUNDS] = none;     /* what was told under which number */

byte trouble = TROUBLE;
bool ends, replays = true;          /* times to wait end; an operator is there */
#define TROUBLED atomic { trouble > 0 -> trouble-- }

#define IS_CLOSED(m) (state[m] == delivered || state[m] == dead)
#define MAY_GO(m)    (state[m] == ready && line?[eval(m)])
/* A relay of this model does one thing at a time: who holds it stands for a token. */
#define HOLDS(m)     (state[m] == delivering && holder[m] == _pid)

/* ---- scripts ---- */

inline enter(m0)
{
    state[m0] = ready;
    line!m0
}

inline leave(m0)
{
    line??eval(m0)
}

inline unpark(m0)
{
#ifdef IN_LINE
    state[m0] = ready
#else
    enter(m0)
#endif
}

/* The thing is somewhere else: who waits for it comes back. */
inline move(to)
{
    if
    :: thing != to ->
        assert(thing < to);
        thing = to;
#ifndef NO_WAKE
        if
        :: state[EARLY] == parked -> unpark(EARLY)
        :: else
        fi
#endif
    :: else
    fi
}

inline put_callback(m0)
{
    callback[m0] = due;
#ifdef ONE_NUMBER
    round[m0] = 1
#else
    round[m0]++
#endif
}

inline close(m0, what)
{
    leave(m0);
    state[m0] = what;
#ifndef TWO_STEPS
    put_callback(m0)
#endif
}

inline come_again(m0)
{
    state[m0] = ready
}

/* ---- the partner, and a request that is answered now ---- */

active proctype partner()
{
    byte m = 0;

    if
    :: bad[EARLY] = true
    :: bad[MOVER] = true
    :: bad[MOVER] = true; replays = false
    :: skip
    fi;
    if
    :: ends = true
    :: skip
    fi;
    do
    :: m < N -> atomic { enter(m); m++ }
    :: else -> break
    od
}

/* It is about the last place. When somebody was faster it is decided anew. */
active proctype answered_now()
{
    if
    :: atomic { move(2) }
    :: skip /* there is none */
    fi
}

/* ---- relays ---- */

inline take(e)
{
    m = e;
    state[m] = delivering;
    holder[m] = _pid;
    renewed[m] = true
}

inline lose_lease()
{
    if
    :: HOLDS(m) -> renewed[m] = false
    :: else
    fi
}

#ifdef PARK_BLIND
#define CURRENT_TO_PARK true
#else
#define CURRENT_TO_PARK (thing == known)
#endif
#ifdef SETTLE_BLIND
#define CURRENT true
#else
#define CURRENT (thing == known)
#endif
#ifdef STAYS_DUE
#define IS_EARLY (m == EARLY && known == 0)
#else
#define IS_EARLY (m == EARLY && known == 0 && !over[m])
#endif

active [RELAYS] proctype relay()
{
    byte m, known;
    mtype verdict;

end:
    atomic {
        if
        :: MAY_GO(0) -> take(0)
        :: MAY_GO(1) -> take(1)
        fi
    }
    known = thing; /* the gateway asks, and decides */
    if
    :: IS_EARLY -> verdict = parked; goto tell
    :: else
    fi;
    atomic {
        if
        :: bad[m] -> verdict = dead
        :: !bad[m] ->
            assert(m == MOVER || known > 0 || over[m]);
            copies[m] = 1; /* by its external id */
            verdict = delivered
        :: TROUBLED; verdict = retrying
        :: atomic { trouble > 0 -> trouble-- ; lose_lease() }; goto end /* dies, or is cut off */
        fi
    }
tell:
    if
    :: atomic { trouble > 0 -> trouble--; lose_lease() }; goto end
    :: skip
    fi;
    atomic {
        if
        :: !HOLDS(m) /* lost */
        :: HOLDS(m) && verdict == parked && !CURRENT_TO_PARK -> come_again(m)
        :: HOLDS(m) && verdict == parked && CURRENT_TO_PARK ->
            state[m] = parked;
#ifndef IN_LINE
            leave(m)
#endif
        :: HOLDS(m) && verdict == retrying -> state[m] = retrying
        :: HOLDS(m) && verdict == dead -> close(m, dead)
        :: HOLDS(m) && verdict == delivered && !CURRENT -> come_again(m)
        :: HOLDS(m) && verdict == delivered && CURRENT ->
            close(m, delivered);
            if
            :: m == EARLY -> move(2)
            :: m == MOVER && known == 0 -> move(1)
            :: else
            fi
        fi
    }
    if
    :: TROUBLED; goto tell /* the reply was lost: told once more */
    :: skip
    fi;
#ifdef TWO_STEPS
    if
    :: TROUBLED; goto end
    :: atomic { IS_CLOSED(m) && callback[m] == untold -> put_callback(m) }
    :: !IS_CLOSED(m) || callback[m] != untold
    fi;
#endif
    goto end
}

/* ---- who tells the partner ---- */

active proctype sender()
{
    byte m, number;
    mtype what;

end:
    atomic {
        if
        :: callback[0] == due -> m = 0
        :: callback[1] == due -> m = 1
        fi;
        callback[m] = sending;
        sender_renewed[m] = true;
        number = round[m];
        what = state[m]
    }
    if
    :: atomic { trouble > 0 -> trouble--; sender_renewed[m] = false }; goto end
    :: skip
    fi;
    atomic {
        assert(heard[m * ROUNDS + number] == none || heard[m * ROUNDS + number] == what);
        heard[m * ROUNDS + number] = what
    }
    if
    :: atomic { trouble > 0 -> trouble--; sender_renewed[m] = false }; goto end
    :: skip
    fi;
    atomic {
        if
#ifdef NO_SENDER_TOKEN
        :: callback[m] != untold -> callback[m] = told
#else
        :: callback[m] == sending -> callback[m] = told
#endif
        :: else /* lost */
        fi
    }
    goto end
}

/* ---- what Redis does by the clock ---- */

active proctype clock()
{
end:
    do
    :: atomic { state[0] == retrying -> state[0] = ready }
    :: atomic { state[1] == retrying -> state[1] = ready }
    :: atomic { state[0] == delivering && !renewed[0] -> state[0] = ready }
    :: atomic { state[1] == delivering && !renewed[1] -> state[1] = ready }
    :: atomic { callback[0] == sending && !sender_renewed[0] -> callback[0] = due }
    :: atomic { callback[1] == sending && !sender_renewed[1] -> callback[1] = due }
    :: atomic { ends && state[EARLY] == parked && !over[EARLY] -> over[EARLY] = true; unpark(EARLY) }
    od
}

/* ---- the operator ---- */

active proctype operator()
{
    byte m;

end:
    atomic {
        if
        :: replays && state[0] == dead -> m = 0
        :: replays && state[1] == dead -> m = 1
        fi;
        replays = false;
        bad[m] = false;
        over[m] = false;
#ifndef NO_TAKING_BACK
        callback[m] = untold;
#endif
        enter(m)
    }
}

/* Nothing moves any more: every message is decided, or waits for a move that never came. */
active proctype judge()
{
    byte m;

    atomic {
        timeout;
        for (m : 0 .. N - 1) {
            assert(IS_CLOSED(m) || (m == EARLY && state[EARLY] == parked && thing == 0 && !ends && state[MOVER] == dead));
            assert(copies[m] == (state[m] == delivered -> 1 : 0));
            if
            :: IS_CLOSED(m) ->
                assert(callback[m] == told);
                assert(heard[m * ROUNDS + round[m]] == state[m])
            :: else
            fi
        }
    }
}
