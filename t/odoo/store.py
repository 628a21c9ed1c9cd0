"""The SQLite behind the models: tables, one connection a thread, seeds."""

import json
import sqlite3
import threading

SQL_TYPES = {'integer': 'INTEGER', 'many2one': 'INTEGER', 'many2one_reference': 'INTEGER',
             'boolean': 'INTEGER', 'float': 'REAL', 'monetary': 'REAL'}


class Store:
    def __init__(self, path, models):
        self.path = path
        self.models = models
        self.local = threading.local()

    def connection(self):
        connection = getattr(self.local, 'connection', None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute('PRAGMA journal_mode=WAL')
            connection.execute('PRAGMA synchronous=OFF')  # a test's database need not survive the machine
            self.local.connection = connection
        return connection

    def close(self):
        connection = getattr(self.local, 'connection', None)
        if connection is not None:
            connection.close()
            self.local.connection = None

    def create_tables(self):
        db = self.connection()
        for model in self.models.values():
            columns = ['id INTEGER PRIMARY KEY AUTOINCREMENT']
            columns += [f'"{field.name}" {SQL_TYPES.get(field.kind, "TEXT")}'
                        for field in model.fields.values() if field.stored and field.name != 'id']
            db.execute(f'CREATE TABLE IF NOT EXISTS {model.table} ({", ".join(columns)})')
            for field in model.fields.values():
                if field.index and field.stored:
                    db.execute(f'CREATE INDEX IF NOT EXISTS {model.table}_{field.name} '
                               f'ON {model.table} ("{field.name}")')
        db.execute('CREATE UNIQUE INDEX IF NOT EXISTS external_id ON ir_model_data (module, name)')

    def is_empty(self):
        return self.connection().execute('SELECT count(*) FROM res_users').fetchone()[0] == 0

    def seed(self, env, records):
        """records: {model: [{field: value}]}. Unknown models are an error, unknown fields are left out."""
        unknown = set(records) - set(self.models)
        if unknown:
            raise ValueError(f'seed: no model {", ".join(sorted(unknown))}')
        for name, model in self.models.items():  # in which referenced models come first
            for row in records.get(name, []):
                known = {key: value for key, value in row.items() if key in model.fields}
                env.insert(model, {**env.defaults(model), **known})
        env.refresh_names()


def read_seed(path):
    with open(path, encoding='utf-8') as file:
        return json.load(file)
