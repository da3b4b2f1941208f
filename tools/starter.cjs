// Starts the bundle beside this file: NAME.js for NAME.cjs, a function as Node makes one of a CommonJS
// file. NAME.v8 holds the hash with which that begins, and then what V8 made of it during the build. V8 of
// another version, or with other flags, refuses it and compiles, as where it is missing or of another build.
'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const filename = __filename.replace(/cjs$/, 'js');
const source = readFileSync(filename, 'latin1');
new Script(source, { filename, cachedData: compiled() })
  .runInThisContext()
  .call(exports, exports, require, module, __filename, __dirname);

function compiled() {
  const length = 64;
  try {
    const bytes = readFileSync(__filename.replace(/cjs$/, 'v8'));
    const isOfThis = bytes.latin1Slice(0, length) === source.slice(2, 2 + length);
    return isOfThis ? bytes.subarray(length) : undefined;
  } catch {
    return undefined;
  }
}
