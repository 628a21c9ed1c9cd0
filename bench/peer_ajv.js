// ajv compiled (npm) on what bench/micro_schema.c is measured with:
//   node peer_ajv.js NODE_MODULES DIR      DIR has schema.json and documents (micro_schema --write)
'use strict';
const fs = require('fs');
const path = require('path');

const [modules, dir] = process.argv.slice(2);
const Ajv = require(path.join(modules, 'ajv/dist/2020')).default;
const addFormats = require(path.join(modules, 'ajv-formats'));
const ROUNDS = 41;
const ROUND_NS = 20e6;

const schemaText = fs.readFileSync(path.join(dir, 'schema.json'), 'utf8');
const compile = () => {
  // without it 19.99 is no multiple of 0.01 in floating point
  const ajv = new Ajv({strict: false, multipleOfPrecision: 6});
  addFormats(ajv);
  return ajv.compile(JSON.parse(schemaText));
};

function measure(name, bytes, run, rounds) {
  const begin = process.hrtime.bigint();
  let warm = 0;
  while (process.hrtime.bigint() - begin < 300000000n) {
    if (!run()) {
      throw new Error(`${name}: refused`);
    }
    warm++;
  }
  const n = Math.max(1, Math.floor(warm * ROUND_NS / 3e8));
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < n; i++) {
      run();
    }
    times.push(Number(process.hrtime.bigint() - start) / n / 1000);
  }
  times.sort((a, b) => a - b);
  console.log(`${name}\t${bytes}\t${times[0].toFixed(3)}\t${times[rounds >> 1].toFixed(3)}`);
}

const validate = compile();
for (const file of ['small.json', 'large.json']) {
  const text = fs.readFileSync(path.join(dir, file), 'utf8');
  const document = JSON.parse(text);
  const bytes = Buffer.byteLength(text);
  measure('validate', bytes, () => validate(document), ROUNDS);
  measure('read and validate', bytes, () => validate(JSON.parse(text)), ROUNDS);
}
measure('compile the schema', Buffer.byteLength(schemaText), compile, 11);
