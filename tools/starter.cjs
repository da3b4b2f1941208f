// Starts the bundle beside this file: NAME.js for NAME.cjs, a function as Node makes one of a CommonJS
// file. NAME.v8 holds the hash with which that begins, and then what V8 made of it during the build. V8 of
// another version, or with other flags, refuses it and compiles, as where it is missing or of another build.
'use strict';
const { readFileSync } = require('node:fs');
const { join, basename } = require('node:path');
const { Script } = require('node:vm');

// What ran ahead, where something did, may have chosen another one of the bundles beside this file.
const chosen = typeof ahead === 'undefined' ? undefined : ahead.bundle;
const path = join(__dirname, chosen ?? basename(__filename, '.cjs'));
const until = typeof ahead === 'undefined' ? undefined : ahead.until;
if (until === undefined) load();
else until.then(load);

function load() {
  const filename = `${path}.js`;
  const source = readFileSync(filename, 'latin1');
  new Script(source, { filename, cachedData: compiledOf(source) })
    .runInThisContext()
    .call(exports, exports, require, module, __filename, __dirname);
}

function compiledOf(source) {
  const length = 64;
  try {
    const bytes = readFileSync(`${path}.v8`);
    const isOfThis = bytes.latin1Slice(0, length) === source.slice(2, 2 + length);
    return isOfThis ? bytes.subarray(length) : undefined;
  } catch {
    return undefined;
  }
}
