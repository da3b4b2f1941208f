// Stands for koffi in the bundles: loads its native part from where npm puts it. Its own start looks around for
// that in four files first, which takes 4 ms of each start of a process; it is what is left for every other
// place, machine and C library. What it adds are names that are no longer to be used.
'use strict';
const { join } = require('node:path');

function native() {
  const { platform, arch } = process;
  const modules = join(__dirname, '..', 'node_modules', '@koromix', `koffi-${platform}-${arch}`);
  const loaded = { exports: {} };
  try {
    process.dlopen(loaded, join(modules, `${platform}_${arch}`, 'koffi.node'));
  } catch {
    return undefined;
  }
  return loaded.exports;
}

const name = 'koffi';
module.exports = native() ?? require(name);
