/*
 * The protocol of docs/queue.md, for spin: a partner sends events about one thing, the gateway
 * accepts them into Redis, relays claim them, Odoo takes them, the relay says what became of it.
 * Whoever can die or be cut off does so at every step, TROUBLE times in a run altogether.
 *
 * Shown: each accepted event is in Odoo exactly once, or it is one that Odoo refuses and then it is
 * a dead letter; an event is written only when those before it are decided; what is decided stays.
 * Each loop uses up trouble or attempts, so every run ends, and the judge looks at each end.
 *
 * t/model.t checks it, and then without one of its parts each: the checker has to find the error.
 *   NO_EXTERNAL_ID  Odoo makes a record of each write
 *   NO_LINE         relays take what is behind others
 *   NO_LEASE        a claim is for ever
 *   NO_RENEWAL      a lease ends while its relay works
 *   NO_TOKEN        who has lost its lease decides nevertheless
 *   SETTLE_FIRST    told to be delivered before it is
 *   NOT_ON_DISK     202 before the append-only file has it (appendfsync everysec)
 * ORDER_OF_REWRITES asks for more: that no second write of an event comes after one of a later
 * event. It holds where a call ends with whoever made it (CALLS_END), and is refuted by:
 *   BLIND           a relay that was held up sends what it claimed, without a look at its clock
 *   LONG_CALLS      a call takes longer than the lease of a relay that is gone
 */
#define EVENTS 2
#define RELAYS 2
#ifndef TROUBLE
#define TROUBLE 2
#endif
#define ATTEMPTS (TROUBLE + 1)
#define N_CALLS  (EVENTS * (ATTEMPTS + 2))

mtype = { none, ready, delivering, waiting, delivered, dead };
mtype = { unused, under_way, written, refused, silent };

/* Redis */
mtype state[EVENTS] = none;
byte attempts[EVENTS], holder[EVENTS];
bool renewed[EVENTS];              /* its relay is there and renews the lease */
/* the partner */
bool bad[EVENTS], heard[EVENTS];   /* Odoo refuses it; 202 was heard */
/* Odoo, and the calls to it by event and attempt */
mtype call[N_CALLS] = unused;
bool ghost[N_CALLS];               /* the gateway is gone, Odoo works on */
byte copies[EVENTS], last;

byte trouble = TROUBLE;
#define TROUBLED atomic { trouble > 0 -> trouble-- }

#define CALL(m, n)    ((m) * (ATTEMPTS + 2) + (n))
#define IS_CLOSED(m)  (state[m] == delivered || state[m] == dead)
#define HOLDS(m, n)   (state[m] == delivering && holder[m] == _pid && attempts[m] == n)
#ifdef NO_LINE
#define MAY_GO(m)     (state[m] == ready)
#else
#define MAY_GO(m)     (state[m] == ready && (m == 0 || IS_CLOSED(m - 1)))
#endif
#ifdef LONG_CALLS
#define CALL_ENDED(m) true
#else
#define CALL_ENDED(m) (call[CALL(m, attempts[m])] != under_way)
#endif
#ifdef NO_RENEWAL
#define LEASE_ENDS(m) (state[m] == delivering)
#else
#define LEASE_ENDS(m) (state[m] == delivering && !renewed[m] && CALL_ENDED(m))
#endif

/* ---- the partner and the gateway's accept ---- */

active proctype partner()
{
    byte m = 0;

    do
    :: m < EVENTS ->
        if
        :: bad[m] = true
        :: skip
        fi;
again:  atomic { /* the script; the same event once more is the same message */
            if
            :: state[m] == none -> state[m] = ready
            :: else
            fi
        }
        if
        :: TROUBLED; goto again /* worker or Redis died, the answer is lost */
        :: heard[m] = true
        fi;
        m++
    :: else -> break
    od
}

#ifdef NOT_ON_DISK
active proctype power_cut()
{
    atomic { heard[0] && state[0] == ready && trouble > 0 -> trouble--; state[0] = none }
}
#endif

/* ---- relays ---- */

inline take(e)
{
    m = e;
    state[m] = delivering;
    attempts[m]++;
    holder[m] = _pid;
    renewed[m] = true;
    n = attempts[m]
}

/* It dies, or hears nothing of Redis: nobody renews the lease. */
inline lose_lease()
{
    if
    :: HOLDS(m, n) -> renewed[m] = false
    :: else
    fi
}

inline decide(what)
{
    atomic {
        if
#ifdef NO_TOKEN
        :: true -> assert(!IS_CLOSED(m) || state[m] == what); state[m] = what
#else
        :: HOLDS(m, n) -> state[m] = what
        :: else /* lost: somebody else has it */
#endif
        fi
    }
}

active [RELAYS] proctype relay()
{
    byte m, n;
    mtype verdict;

end:
    atomic {
        if
        :: MAY_GO(0) -> take(0)
        :: MAY_GO(1) -> take(1)
        fi;
        verdict = delivered
    }
    if
    :: n > ATTEMPTS -> verdict = dead; goto tell
    :: else
    fi;
#ifdef SETTLE_FIRST
    decide(delivered);
#endif
    if
    :: atomic { trouble > 0 -> trouble--; lose_lease() }; goto end /* dies, hears nothing, is held up */
#ifdef BLIND
    :: atomic { trouble > 0 -> trouble--; lose_lease() } /* held up, and goes on */
#endif
    :: skip
    fi;
    atomic { call[CALL(m, n)] = under_way; run odoo(m, CALL(m, n)) }
    if
    :: atomic { trouble > 0 -> trouble--; lose_lease() }; goto end
    :: atomic { trouble > 0 -> trouble--; lose_lease() }
    :: skip
    fi;
    atomic {
        call[CALL(m, n)] != under_way || ghost[CALL(m, n)];
        if
        :: ghost[CALL(m, n)] || call[CALL(m, n)] == silent -> verdict = waiting
        :: else -> verdict = (call[CALL(m, n)] == refused -> dead : delivered)
        fi
    }
tell:
    if
    :: atomic { trouble > 0 -> trouble--; lose_lease() }; goto end
    :: skip
    fi;
    decide(verdict);
    if
    :: TROUBLED; goto tell /* the reply was lost: told once more */
    :: goto end
    fi
}

/* ---- what Redis does by the clock ---- */

active proctype clock()
{
end:
    do
    :: atomic { state[0] == waiting -> state[0] = ready }
    :: atomic { state[1] == waiting -> state[1] = ready }
#ifndef NO_LEASE
    :: atomic { LEASE_ENDS(0) -> state[0] = ready }
    :: atomic { LEASE_ENDS(1) -> state[1] = ready }
#endif
    od
}

/* ---- Odoo, behind the gateway's relay listener ---- */

inline write(e)
{
    /* what comes before it is decided, whoever writes */
    assert(copies[e] > 0 || e == 0 || bad[e - 1] || copies[e - 1] > 0);
#ifdef ORDER_OF_REWRITES
    assert(e >= last);
#endif
    last = e;
#ifdef NO_EXTERNAL_ID
    copies[e]++
#else
    copies[e] = 1
#endif
}

/* One call. A relay that dies, or a gateway, does not stop it. */
proctype odoo(byte e; byte k)
{
#ifndef CALLS_END
    if
    :: atomic { trouble > 0 -> trouble--; ghost[k] = true } /* the gateway's worker was killed */
    :: skip
    fi;
#endif
    atomic {
        if
        :: bad[e] -> call[k] = refused
        :: !bad[e] -> write(e); call[k] = written
        :: TROUBLED; call[k] = silent                                       /* cut before */
        :: !bad[e] && trouble > 0 -> trouble--; write(e); call[k] = silent  /* cut after commit */
        fi
    }
}

active proctype judge()
{
    byte m;

    atomic {
        timeout;
        for (m : 0 .. EVENTS - 1) {
            assert(heard[m]);
            assert(state[m] == (bad[m] -> dead : delivered));
            assert(copies[m] == (bad[m] -> 0 : 1))
        }
    }
}
