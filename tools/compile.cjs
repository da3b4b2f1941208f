// node FLAGS tools/compile.cjs BUNDLE FILE: what V8 makes of a bundle (tools/starter.cjs), every function of
// it. Run during the build, with the flags that the program is started with.
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const [, , bundle, file] = process.argv;
const source = readFileSync(bundle, 'latin1');
// By default it is left for later what a function inside of another one means.
setFlagsFromString('--no-lazy');
const script = new Script(source, { filename: 'bundle' });
setFlagsFromString('--lazy');
writeFileSync(file, Buffer.concat([Buffer.from(source.slice(2, 66)), script.createCachedData()]));
