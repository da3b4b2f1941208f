import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDaemonSet } from './installations.ts';
import { judgeVips, type VipFacts } from './vips.ts';
import { eventsText, readEvents, vipsText } from './vips-text.ts';

const holding = (node: string) =>
  JSON.stringify({
    ...{ node, instance: 'vips', interface: 'eth0' },
    ...{ since: '2026-01-01T00:00:00.000Z', why: 'silence of\n10.0.0.2' },
  });
const facts: VipFacts = {
  ...{ configMap: 'default/vips', daemonSet: 'vip' },
  pods: [
    { pod: 'vip-1', node: 'bs-01', readiness: 'ready' },
    { pod: 'vip-2', node: 'bs-02', readiness: 'unready' },
  ],
  entries: { '10.0.0.33': 'default/web', '10.0.0.34': '', '2001-db8--1': '', '10.0.0.36': '' },
  status: {
    ...{ '10.0.0.33': holding('bs-01'), '10.0.0.34': holding('bs-02') },
    ...{ '2001-db8--1': holding('bs-09'), '10.0.0.35': 'garbage' },
  },
};
const options = { nowMs: Date.parse('2026-01-01T00:05:00Z'), width: 200 };

describe('who holds the addresses of a cluster', () => {
  test('stands in a table, with what it may not be', () => {
    assert.equal(
      vipsText(judgeVips(facts), options),
      `ConfigMap default/vips, DaemonSet vip

ADDRESS      ENTRY                   NODE    POD    INSTANCE  SINCE  WHY
10.0.0.33    default/web             bs-01   vip-1  vips      5 min  silence of 10.0.0.2
10.0.0.34    -                       bs-02   vip-2  vips      5 min  silence of 10.0.0.2
10.0.0.35    (not in the ConfigMap)  nobody  -      -         -      -
10.0.0.36    -                       nobody  -      -         -      -
2001:db8::1  -                       bs-09   -      vips      5 min  silence of 10.0.0.2

10.0.0.34: pod vip-2 on bs-02, which holds it, is not ready
2001:db8::1: no pod runs on bs-09, which said last that it holds it
`,
    );
  });

  test('without objects says which are missing, and what is wrong in the ConfigMap', () => {
    const { notes } = judgeVips({ ...facts, entries: { foo: '' }, status: undefined, pods: [] });
    assert.match(notes.join('\n'), /no ConfigMap default\/vips-status/);
    assert.match(notes.join('\n'), /DaemonSet vip has no pods/);
    assert.match(notes.join('\n'), /foo: 'foo' is not an address/);
    const missing = judgeVips({ ...facts, entries: undefined });
    assert.match(missing.notes.join('\n'), /^there is no ConfigMap default\/vips$/m);
  });
});

describe('DaemonSets', () => {
  const daemonSet = (args: unknown) => ({
    metadata: { namespace: 'ns', name: 'vip' },
    spec: {
      selector: { matchLabels: { a: 'b', c: 'd' } },
      template: { spec: { containers: [{ name: 'other' }, { name: 'main', args }] } },
    },
  });

  test('are known by the argument, however it is written', () => {
    for (const args of [['--services-configmap=ns/x'], ['--services-configmap', 'ns/x']])
      assert.deepEqual(readDaemonSet(daemonSet(args)), {
        ...{ namespace: 'ns', daemonSet: 'vip', container: 'main', selector: 'a=b,c=d' },
        configMap: { namespace: 'ns', name: 'x' },
      });
  });

  test('of others are none', () => {
    for (const args of [[], ['--services-configmap'], ['--services-configmap=x'], 7])
      assert.equal(readDaemonSet(daemonSet(args)), undefined);
    assert.equal(readDaemonSet(undefined), undefined);
  });
});

test('Events come by their time, the newest last, on one line each', () => {
  const event = (lastTimestamp: string, message: string) => ({
    ...{ lastTimestamp, type: 'Normal', reason: 'Holding', message },
    involvedObject: { kind: 'ConfigMap', namespace: 'default', name: 'vips' },
  });
  const items = [
    event('2026-01-01T00:00:02Z', 'b\u001b[31m\nc'),
    event('2026-01-01T00:00:01Z', 'a'),
  ];
  const read = readEvents({ items }, 5);
  assert.deepEqual(
    read.map(({ message, object }) => [message, object]),
    [
      ['a', 'ConfigMap default/vips'],
      ['b [31m c', 'ConfigMap default/vips'],
    ],
  );
  assert.equal(readEvents({ items }, 1).length, 1);
  assert.match(eventsText(read, 200), /Normal +Holding +ConfigMap default\/vips +a$/m);
  assert.match(eventsText([], 200), /^no Events/);
});
