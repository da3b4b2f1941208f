/** haproxy and ours, by the same file: what clients, servers, logs and the stats socket see. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createTestNamespace, skipKernelTests, type TestNamespace } from '../linux/namespaces.ts';
import { cases } from './proxy/cases/index.ts';
import { differences } from './proxy/differences.ts';
import { skipWithoutHaproxy } from './skip-without-haproxy.ts';

interface Comparison {
  readonly name: string;
  readonly id: string;
  readonly theirs: unknown;
  readonly ours: unknown;
}

/** Those that are known to differ say nothing that can fail: they are played where one asks for them. */
const played =
  process.env.HOLDFAST_PROXY_DIFFERENCES === undefined
    ? cases.filter(({ name }) => !differences.has(name))
    : cases;

/** What a busy machine has held up does not happen again and again. */
const ROUNDS = 2;

const skip = skipKernelTests || skipWithoutHaproxy;

describe('the proxy beside haproxy', { skip }, () => {
  let namespace: TestNamespace;
  const compared = new Map<string, Comparison>();
  before(async () => {
    namespace = createTestNamespace('proxy-suite');
    namespace.ip('link add eth0 type veth peer name eth1');
    for (const link of ['lo', 'eth0', 'eth1']) namespace.ip(`link set ${link} up`);
    namespace.ip('addr add 10.9.0.1/24 dev eth0');
    namespace.ip('neigh add 10.9.0.2 lladdr 02:00:00:00:00:99 dev eth0 nud permanent');
    for (const each of await compare(namespace)) compared.set(each.name, each);
    for (let round = 0; round < ROUNDS; round++) {
      const again = [...compared.values()]
        .filter((each) => differ(each) && !differences.has(each.name))
        .map(({ id }) => id);
      if (again.length === 0) break;
      for (const each of await compare(namespace, ...again)) compared.set(each.name, each);
    }
  });
  after(() => namespace.remove());

  for (const { name } of played)
    test(name, { todo: differences.get(name) ?? false }, () => {
      const both = compared.get(name);
      assert.ok(both !== undefined);
      assert.deepEqual(both.ours, both.theirs);
    });
});

async function compare(
  namespace: TestNamespace,
  ...ids: readonly string[]
): Promise<readonly Comparison[]> {
  const { stdout } = await promisify(execFile)(
    'ip',
    [
      ...['netns', 'exec', namespace.name, process.execPath, '--import', 'tsx'],
      new URL('proxy/stage.ts', import.meta.url).pathname,
      ...ids,
    ],
    { maxBuffer: 64 << 20 },
  );
  const { result, failure } = JSON.parse(stdout);
  assert.equal(failure, undefined);
  return result;
}

function differ({ theirs, ours }: Comparison): boolean {
  return JSON.stringify(theirs) !== JSON.stringify(ours);
}
