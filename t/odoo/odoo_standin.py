#!/usr/bin/python3
"""An Odoo for tests: answers as real Odoo 17 and 19 servers were recorded to (docs in t/odoo/README.md).

    t/odoo/odoo_standin.py --version 19 --port 8069 --db /tmp/odoo.sqlite

Prints "ready PORT" when it takes connections ("control PORT", "gevent PORT" where asked for), ends on
SIGTERM. State is in the SQLite file; faults and the log of calls are at /_control (faults.py).
"""

import argparse
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import models  # noqa: E402
import seeds  # noqa: E402
from faults import Faults  # noqa: E402
from gevent_port import GeventServer  # noqa: E402
from orm import Env  # noqa: E402
from rpc import Rpc  # noqa: E402
from server import ControlServer, Server  # noqa: E402
from store import Store, read_seed  # noqa: E402
from web import Web  # noqa: E402


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--version', type=int, choices=(17, 19), default=19)
    parser.add_argument('--port', type=int, required=True, help='0: a free one')
    parser.add_argument('--db', required=True, help='SQLite file; kept, seeded when it is empty')
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--gevent-port', type=int, help='serve /websocket here; 0: a free one')
    parser.add_argument('--control-port', type=int, help='serve /_control here too; 0: a free one')
    parser.add_argument('--database', default='prod', help='name of the Odoo database')
    parser.add_argument('--stock-delivery', action='store_true',
                        help='transfers have carrier_tracking_ref, as with that module installed')
    parser.add_argument('--seed', action='append', default=[], metavar='FILE.json',
                        help='{model: [{field: value}]}, in addition to the defaults')
    parser.add_argument('--no-default-seeds', action='store_true', help='users and master data only')
    parser.add_argument('--no-gateway-email', action='store_true',
                        help='17 then refuses maintenance requests')
    parser.add_argument('--api-key', default='gateway-key', help='of the user gateway')
    parser.add_argument('--user-key', action='append', default=[], metavar='LOGIN=KEY',
                        help='an API key of another user')
    parser.add_argument('--admin-password', default='admin')
    parser.add_argument('--gateway-password', default='gateway-pw')
    parser.add_argument('--clerk-password', default='clerk-pw')
    parser.add_argument('--portal-password', default='portaluser-pw')
    return parser.parse_args()


TRANSFERS = ('stock.picking', 'stock.move', 'fleet.vehicle', 'maintenance.equipment')


def fill(store, args):
    env = Env(store, args.version, None)
    env.db.execute('BEGIN IMMEDIATE')
    records = seeds.defaults(args.version, args)
    if args.no_default_seeds:
        records = {name: rows for name, rows in records.items() if name not in TRANSFERS}
    store.seed(env, records)
    for path in args.seed:
        store.seed(env, read_seed(path))
    env.db.execute('COMMIT')


# Blocked in every thread and waited for: a handler would run only when the main thread wakes, and a
# signal that another thread took does not wake it.
STOP = {signal.SIGTERM, signal.SIGINT}


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    args = parse()
    store = Store(args.db, models.definitions(args.version, args.stock_delivery))
    store.create_tables()
    if store.is_empty():
        fill(store, args)
    faults = Faults()
    rpc = Rpc(store, args)
    server = Server(rpc, Web(rpc, faults), faults, args.port, args.workers)
    servers = [server]
    lines = [f'ready {server.port}']
    if args.control_port is not None:
        servers.append(ControlServer(server, args.control_port))
        lines.insert(0, f'control {servers[-1].port}')
    if args.gevent_port is not None:
        gevent = GeventServer(server, args.gevent_port)
        threading.Thread(target=gevent.serve_forever, daemon=True).start()
        lines.insert(0, f'gevent {gevent.server_address[1]}')
    for one in servers:
        one.start()
    print('\n'.join(lines), flush=True)
    signal.sigwait(STOP)
    for one in servers:
        one.stop()
    store.close()
    sys.stdout.flush()
    sys.stderr.flush()
    # without the interpreter's end, in which threads that still wait within SQLite have crashed
    os._exit(0)


if __name__ == '__main__':
    main()
