import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cast } from './cast.ts';
import { complaintsIn } from './complaints.ts';
import { isRoot, nameOf } from './scenario.ts';
import { refusals } from './statistics.ts';

interface Mismatch {
  readonly name: string;
  /** The lines in which the two hosts differ. */
  readonly a: readonly string[];
  readonly b: readonly string[];
  /** The counter of what is refused, where keepalived's statistics have one. */
  readonly counter?: string;
  /** Who may have the address; both, where not said otherwise. */
  readonly holders?: readonly string[];
}

const password = (text: string) => ['authentication {', 'auth_type PASS', `auth_pass ${text}`, '}'];

const mismatches: readonly Mismatch[] = [
  {
    name: 'password',
    a: password('one'),
    b: password('two'),
    counter: 'Authentication Errors: Failure',
  },
  { name: 'type', a: [], b: password('two'), counter: 'Authentication Errors: Type Mismatch' },
  {
    name: 'interval',
    a: [],
    b: ['advert_int 2'],
    counter: 'Packet Errors: Advertisement Interval',
  },
  { name: 'version', a: [], b: ['version 3'] },
  {
    name: 'list',
    a: [],
    b: ['virtual_ipaddress {', '192.168.80.250/24', '}'],
    counter: 'Packet Errors: Address List',
    // keepalived 2.2 refuses such a packet; 2.4 and holdfast count it, and believe it all the same.
    holders: ['ab', 'a'],
  },
];

const groups = mismatches.map(({ name }, index) => ({ name, vip: `192.168.80.${101 + index}` }));

function configFor(host: 'a' | 'b', priority: number): string {
  return mismatches
    .map((mismatch, index) => {
      const own = mismatch[host];
      const has = (word: string) => own.some((line) => line.startsWith(word));
      const lines = [
        ...['interface eth0', `virtual_router_id ${index + 1}`, `priority ${priority}`],
        ...(has('version') ? [] : ['version 2']),
        ...(has('advert_int') ? [] : ['advert_int 1']),
        ...own,
        ...['virtual_ipaddress {', `${groups[index]?.vip}/24`, '}'],
      ];
      return `vrrp_instance ${mismatch.name} {\n${lines.join('\n')}\n}\n`;
    })
    .join('\n');
}

describe('what holdfast and keepalived refuse of each other', {
  skip: isRoot ? false : 'needs root',
}, () => {
  const casts: Cast[] = [];

  before(async () => {
    for (const programs of [
      { a: 'holdfast', b: 'keepalived' },
      { a: 'keepalived', b: 'holdfast' },
      { a: 'keepalived', b: 'keepalived' },
    ] as const) {
      casts.push(
        await Cast.create({
          name: nameOf(programs),
          programs,
          groups,
          configOf: ({ name }) => (name === 'a' ? configFor('a', 150) : configFor('b', 100)),
        }),
      );
    }
  });
  after(() => Promise.all(casts.map((cast) => cast.destroy())));

  test('both are master where neither believes the other', async () => {
    const expected = new Map(mismatches.map(({ name, holders }) => [name, holders ?? ['ab']]));
    await Promise.all(
      casts.map(async (cast) => {
        await cast.start('a', 'b');
        await cast.waitForHolders(expected);
      }),
    );
  });

  test('both refuse the same, count it under the same name, and say so', async () => {
    const wrong: string[] = [];
    for (const cast of casts) {
      await cast.stop('a', 'b');
      for (const { host, program, process } of cast.daemons) {
        const complaints = complaintsIn(process);
        for (const { name, counter } of mismatches) {
          const counters = cast.statistics.get(host)?.get(name);
          const counted = refusals(counters ?? new Map()).map((text) => text.replace(/: \d+$/, ''));
          const where = `${cast.name}: ${program} on ${host}: ${name}`;
          for (const found of counted) {
            if (found !== counter) wrong.push(`${where}: counted under ${found}`);
          }
          // keepalived 2.2 has a counter for intervals, but does not count them in version 2.
          const isCounted = program === 'holdfast' && counter !== undefined;
          if (isCounted && counted.length === 0) wrong.push(`${where}: not counted`);
          // Who stays a backup sends nothing that could be refused.
          const other = cast.statistics.get(host === 'a' ? 'b' : 'a')?.get(name);
          if (!other?.get('Advertisements: Sent')) continue;
          if (!complaints.some((text) => text.includes(`(${name})`)))
            wrong.push(`${where}: silent`);
        }
      }
    }
    assert.deepEqual(wrong, []);
  });
});
