import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpareMemory } from './spare-memory.ts';

const MIB = 1024 * 1024;
const FIRST_MS = 5000;
const PERIOD_MS = 10_000;

function setUp() {
  let nowMs = 0;
  let waiting: { readonly at: number; readonly act: () => void }[] = [];
  const host = {
    usedBytes: 40 * MIB,
    heldBytes: 60 * MIB,
    untilDueUs: 900_000,
    quiet: true,
    phase: 'running' as 'running' | 'frozen' | 'stopping',
    given: 0,
  };
  const spare = new SpareMemory({
    memory: {
      heap: () => host,
      giveBack: () => {
        host.given++;
        host.heldBytes = host.usedBytes / 2;
        return 'done';
      },
    },
    vrrp: {
      untilDueUs: () => host.untilDueUs,
      isQuiet: () => host.quiet,
      get phase() {
        return host.phase;
      },
    },
    later: (ms, act) => void waiting.push({ at: nowMs + ms, act }),
  });
  spare.begin();
  const pass = (ms: number): void => {
    const end = nowMs + ms;
    for (;;) {
      const [next] = waiting.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      waiting = waiting.filter((one) => one !== next);
      nowMs = next.at;
      next.act();
    }
    nowMs = end;
  };
  return { host, pass };
}

test('what a start has left is given back, and then only what is much more than that', () => {
  const { host, pass } = setUp();
  pass(FIRST_MS - 1);
  assert.equal(host.given, 0);
  pass(1);
  assert.equal(host.given, 1);
  host.heldBytes = 35 * MIB;
  pass(PERIOD_MS);
  assert.equal(host.given, 1);
  host.heldBytes = 37 * MIB;
  pass(PERIOD_MS);
  assert.equal(host.given, 2);
});

test('nothing is given back where the next advert is too near, until it is not', () => {
  const { host, pass } = setUp();
  host.untilDueUs = 90_000;
  pass(FIRST_MS);
  assert.equal(host.given, 0);
  // Right after the advert.
  host.untilDueUs = 110_000;
  pass(91);
  assert.equal(host.given, 1);
});

test('who never has the time goes without, and is asked again', () => {
  const { host, pass } = setUp();
  host.untilDueUs = 1000;
  for (let count = 0; count < 3; count++) pass(PERIOD_MS);
  assert.equal(host.given, 0);
  host.untilDueUs = 900_000;
  pass(PERIOD_MS);
  assert.equal(host.given, 1);
});

test('what is under way comes first, and who stops or hands over needs nothing back', () => {
  const { host, pass } = setUp();
  host.quiet = false;
  pass(FIRST_MS + 1000);
  host.quiet = true;
  host.phase = 'frozen';
  pass(1000);
  assert.equal(host.given, 0);
  host.phase = 'running';
  pass(250);
  assert.equal(host.given, 1);
});
