"""Faults and latency on demand, and the log of calls: what POST /_control and GET /_control/calls work on.

POST /_control {"latency_ms": 50}                          every call waits so long first
POST /_control {"fault": "cut-after", "times": 2, "match": "load"}
    match: part of "path model.method"; times 0: until reset; ms: for refuse and hang
POST /_control {"reset": true}                             no faults, no latency, empty log
"""

import threading
import time

FAULTS = {
    'refuse': 'takes no connection for `ms` milliseconds (default 1000), then does again',
    'hang': 'reads the request, does nothing, answers nothing for `ms` (default 60000)',
    'hang-after': 'does it, then answers nothing for `ms`',
    'cut-before': 'closes without an answer, nothing done',
    'cut-after': 'does it, then closes without an answer',
    'cut-half': 'does it, then closes after half of the answer',
    'html500': 'werkzeug\'s page, nothing done',
    'maintenance': 'a proxy\'s 503 with `Retry-After: 3`, nothing done',
    'too-many': 'a proxy\'s 429 with `Retry-After: 4`, nothing done',
    'html404': 'the page of a missing database, nothing done',
    'serialization': 'SerializationFailure, nothing done',
    'load-serialization': 'load answers ids: false with "could not serialize access"',
    'access-error': 'AccessError',
    'db-lost': 'PostgreSQL went while the call ran: DatabaseError',
    'db-down': 'PostgreSQL is away: OperationalError, or the 404 page of JSON-2',
}
MAX_LOG = 20000


class Faults:
    def __init__(self):
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.refusals = 0  # that are over
        self.reset()

    def reset(self):
        with self.lock:
            self.active = []
            self.latency_ms = 0
            self.log = []
            self.count = 0
            self.running = 0
            self.most_running = 0
            self.generation = getattr(self, 'generation', 0) + 1
            self.changed.notify_all()

    def set(self, command):
        """Takes a control command; returns an error text or None."""
        if command.get('reset'):
            self.reset()
        if 'latency_ms' in command:
            self.latency_ms = float(command['latency_ms'])
        kind = command.get('fault')
        if kind is None:
            return None
        if kind not in FAULTS:
            return f'no fault {kind!r}; there are {", ".join(FAULTS)}'
        with self.lock:
            self.active.append({'fault': kind, 'times': int(command.get('times', 1)),
                                'match': command.get('match', ''), 'ms': command.get('ms')})
        return None

    def take(self, what):
        """The fault for this call, or None; counts it down."""
        with self.lock:
            for fault in self.active:
                if fault['match'] in what and fault['fault'] != 'refuse':
                    if fault['times'] == 1:
                        self.active.remove(fault)
                    elif fault['times']:
                        fault['times'] -= 1
                    return fault
        return None

    def take_refusal(self):
        with self.lock:
            for fault in self.active:
                if fault['fault'] == 'refuse':
                    self.active.remove(fault)
                    return (fault['ms'] or 1000) / 1000
        return 0

    def end_refusal(self):
        with self.lock:
            self.refusals += 1

    def hang(self, fault):
        """Waits, but not past a reset."""
        end = time.monotonic() + (fault['ms'] or 60000) / 1000
        with self.lock:
            generation = self.generation
            while self.generation == generation and time.monotonic() < end:
                self.changed.wait(end - time.monotonic())

    def begin(self):
        """The generation of the call, for end()."""
        with self.lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            return self.generation

    def end(self, generation, entry):
        with self.lock:
            if generation != self.generation:
                return  # begun before a reset: not in the log that the reset emptied
            self.running -= 1
            self.count += 1
            if len(self.log) < MAX_LOG:
                self.log.append(entry)

    def report(self):
        with self.lock:
            return {'count': self.count, 'running': self.running, 'most_running': self.most_running,
                    'refusals': self.refusals,
                    'latency_ms': self.latency_ms, 'faults': list(self.active), 'calls': list(self.log)}
