// What ajv says of every schema of a file of the JSON Schema test suite and every document of that
// file: node ajv_answers.js NODE_MODULES SUITE-DIR DRAFT FILE... prints the lines of
// schema_suite --answers. Formats are annotations. Schemas of which ajv does not give the suite's own
// answers are "skipped": of those it cannot be a witness.
'use strict';
const fs = require('fs');
const path = require('path');

const [modules, suite, draft, ...files] = process.argv.slice(2);
const kinds = {'7': 'ajv', '2019-09': 'ajv/dist/2019', '2020-12': 'ajv/dist/2020'};
const Ajv = require(path.join(modules, kinds[draft])).default;

// The remotes of this draft, as http://localhost:1234/…
function remotes(dir, below) {
  const found = [];
  for (const entry of fs.readdirSync(dir, {withFileTypes: true})) {
    const name = path.join(dir, entry.name);
    if (entry.isDirectory()) {
      if (below || entry.name === `draft${draft}` || !/^(draft|v1)/.test(entry.name)) {
        found.push(...remotes(name, true));
      }
    } else if (entry.name.endsWith('.json')) {
      found.push(name);
    }
  }
  return found;
}

function newAjv() {
  const ajv = new Ajv({strict: false, validateFormats: false, logger: false});
  for (const file of remotes(path.join(suite, 'remotes'), false)) {
    const url = 'http://localhost:1234/' + path.relative(path.join(suite, 'remotes'), file);
    try {
      ajv.addSchema(JSON.parse(fs.readFileSync(file)), url);
    } catch (error) {
      // of another draft, or an $id that another one has
    }
  }
  return ajv;
}

for (const file of files) {
  const groups = JSON.parse(fs.readFileSync(file));
  const documents = groups.flatMap((group) => group.tests.map((test) => test.data));
  groups.forEach((group, number) => {
    let validate = null;
    try {
      validate = newAjv().compile(group.schema);
    } catch (error) {
      // refused
    }
    const ask = (document) => {
      try {
        return validate ? (validate(document) ? 'valid' : 'invalid') : 'refused';
      } catch (error) {
        return 'failed';
      }
    };
    const isWitness = group.tests.every(
        (test) => ask(test.data) === (test.valid ? 'valid' : 'invalid'));
    documents.forEach((document, n) => {
      const answer = isWitness ? ask(document) : 'skipped';
      console.log([path.basename(file), number, n, answer].join('\t'));
    });
  });
}
