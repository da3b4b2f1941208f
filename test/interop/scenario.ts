import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../../src/lab/programs.ts';
import { Cast } from './cast.ts';
import { complaintsOf } from './complaints.ts';
import { configText, type Kind, makeGroups } from './modes.ts';
import { refusals } from './statistics.ts';

/**
 * What is done, and who has the addresses in the end: for each kind of election, in their order, the
 * hosts by their letters; `a|b` where either may have it, `-` where nobody has.
 */
export type Step = readonly [holders: string, name: string, act: (cast: Cast) => Promise<void>];

export interface Scenario {
  readonly title: string;
  readonly kinds: readonly Kind[];
  readonly casts: readonly { readonly [host: string]: Program }[];
  readonly v3IntervalSeconds: number;
  readonly steps: readonly Step[];
}

/** The initials of the programs, in the order of the hosts. */
export function nameOf(programs: Readonly<Record<string, Program>>): string {
  return Object.values(programs)
    .map((program) => program[0])
    .join('');
}

/**
 * Between what is done to one cast and to the next. All groups of a cast elect at one moment, and of two backups the
 * better one has half a second in which to be heard by the other: not with three casts on two processors at once.
 */
const APART_MS = 1500;

export const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/**
 * All casts play the scenario side by side, a little apart, each on a network of its own. One of them is keepalived
 * alone: what the steps expect is what it does, and the others must do the same.
 */
export function describeScenario(scenario: Scenario): void {
  describe(scenario.title, { skip: isRoot ? false : 'needs root' }, () => {
    const groups = makeGroups(scenario.kinds);
    const casts: Cast[] = [];
    let failed = false;

    before(async () => {
      for (const programs of scenario.casts) {
        const name = nameOf(programs);
        const { v3IntervalSeconds } = scenario;
        casts.push(
          await Cast.create({
            name,
            programs,
            groups,
            configOf: (self, stations) => configText({ groups, stations, self, v3IntervalSeconds }),
          }),
        );
      }
    });
    after(() => Promise.all(casts.map((cast) => cast.destroy())));

    const step = (name: string, run: () => Promise<void>): void => {
      test(name, async () => {
        // What follows a failure starts from nowhere.
        assert(!failed, 'an earlier step failed');
        failed = true;
        await run();
        failed = false;
      });
    };

    for (const [holders, name, act] of scenario.steps) {
      step(name, async () => {
        const columns = holders.trim().split(/\s+/);
        assert.equal(columns.length, scenario.kinds.length, `holders of "${name}"`);
        const expected = new Map(
          groups.map(({ name: group, kind }) => {
            const column = columns[scenario.kinds.indexOf(kind)] ?? '';
            return [group, column.split('|').map((hosts) => hosts.replace('-', ''))];
          }),
        );
        await Promise.all(
          casts.map(async (cast, index) => {
            await sleep(index * APART_MS);
            await act(cast);
            await cast.waitForHolders(expected);
            await cast.checkAnswers();
          }),
        );
      });
    }

    step('no side has refused a packet of the other', async () => {
      const wrong: string[] = [];
      for (const cast of casts) {
        for (const [host, statistics] of cast.statistics) {
          for (const group of groups) {
            const where = `${cast.name}: ${group.name} on ${host}`;
            const counters = statistics.get(group.name);
            for (const refusal of counters === undefined ? [] : refusals(counters)) {
              wrong.push(`${where}: ${refusal}`);
            }
            for (const name of ['Received', 'Sent']) {
              const counter = `Advertisements: ${name}`;
              if (!counters?.get(counter)) wrong.push(`${where}: ${counter} nothing`);
            }
          }
        }
      }
      assert.deepEqual(wrong, []);
    });

    step('no side complains about the other in its log', async () => {
      assert.deepEqual(complaintsOf(casts), []);
    });
  });
}
