/** haproxy's checks and ours, of the same servers: what the logs say, byte for byte but for durations. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createTestNamespace, skipKernelTests, type TestNamespace } from '../linux/namespaces.ts';
import { dramas, methods, questions } from './proxy-checks/cases.ts';
import { skipWithoutHaproxy } from './skip-without-haproxy.ts';

interface Comparison {
  readonly name: string;
  readonly id: string;
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

const ROUNDS = 3;

const skip = skipKernelTests || skipWithoutHaproxy;

describe('checks of servers beside haproxy', { skip }, () => {
  let namespace: TestNamespace;
  const compared = new Map<string, Comparison>();
  before(async () => {
    namespace = createTestNamespace('proxy-checks');
    namespace.ip('link add eth0 type veth peer name eth1');
    for (const link of ['eth0', 'eth1']) namespace.ip(`link set ${link} up`);
    namespace.ip('addr add 10.9.0.1/24 dev eth0');
    namespace.ip('neigh add 10.9.0.2 lladdr 02:00:00:00:00:99 dev eth0 nud permanent');
    // Where one side was held up its check was late; that does not happen again and again.
    const note = (result: readonly Comparison[]): void => {
      for (const each of result) compared.set(each.name, each);
    };
    const first = await Promise.all([compare(namespace, 'all'), compare(namespace, 'dramas')]);
    note(first.flat());
    for (let round = 0; round < ROUNDS; round++) {
      const again = [...compared.values()].filter(differ).map(({ id }) => id);
      if (again.length === 0) break;
      note(await compare(namespace, ...again));
    }
  });
  after(() => namespace.remove());

  for (const method of methods)
    test(method.name, () => {
      for (const server of method.servers) {
        const both = compared.get(`${method.name}: ${server}`);
        assert.ok(both !== undefined && both.theirs.length > 0, server);
        assert.deepEqual(both.ours, both.theirs, server);
      }
    });

  for (const [index, { words, answers }] of dramas.entries())
    test(`${words}: ${answers.join(', ')}`, () => {
      const both = compared.get(`drama ${index}`);
      assert.ok(both !== undefined && both.theirs.length > 0);
      assert.deepEqual(both.ours, both.theirs);
    });

  for (const [index, { lines, words }] of questions.entries())
    test(`what a server hears: ${[...lines, words ?? ''].join('; ')}`, () => {
      const both = compared.get(`question ${index}`);
      assert.ok(both !== undefined && both.theirs[0] !== '');
      assert.deepEqual(both.ours, both.theirs);
    });
});

async function compare(
  namespace: TestNamespace,
  ...ids: readonly string[]
): Promise<readonly Comparison[]> {
  const { stdout } = await promisify(execFile)('ip', [
    ...['netns', 'exec', namespace.name, process.execPath, '--import', 'tsx'],
    new URL('proxy-checks/sides.ts', import.meta.url).pathname,
    ...ids,
  ]);
  const { result, failure } = JSON.parse(stdout);
  assert.equal(failure, undefined);
  return result;
}

function differ({ theirs, ours }: Comparison): boolean {
  return JSON.stringify(theirs) !== JSON.stringify(ours);
}
