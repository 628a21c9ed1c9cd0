// What other readers of EDI make of a file, a segment a line: node-x12 (strict) and edifact of npm.
//   node edi_peers.js NODE_MODULES x12|edifact FILE
const fs = require('fs');
const [, , modules, standard, file] = process.argv;
const text = fs.readFileSync(file, 'utf8');

function x12() {
    const { X12Parser } = require(`${modules}/node-x12`);
    const interchange = new X12Parser(true).parse(text);
    for (const group of interchange.functionalGroups) {
        for (const set of group.transactions) {
            for (const segment of set.segments) {
                console.log([segment.tag, ...segment.elements.map((element) => element.value)].join(' '));
            }
        }
    }
}

function edifact() {
    const { Parser } = require(`${modules}/edifact`);
    const parser = new Parser();
    const segments = [];
    parser.on('opensegment', (tag) => segments.push([tag]));
    parser.on('component', (data) => segments[segments.length - 1].push(data));
    parser.write(text);
    parser.end();
    segments.forEach((segment) => console.log(segment.join(' ')));
}

({ x12, edifact })[standard]();
