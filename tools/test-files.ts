import { basename, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

// Should the runner be killed, nobody would stop the tests: then they stop by themselves.
const runner = process.ppid;
setInterval(() => process.ppid !== runner && process.exit(1), 500).unref();

// All files named on the command line in one process: starting a process for each would take most
// of the time that the tests need. node:test reports when the last test is over.
for (const file of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    test(`${basename(file)} loads`, () => {
      throw error;
    });
  }
}
