import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import { createJsonReport, createTextReport, formatTable } from './report.ts';
import type { ScenarioEvent, StepResult } from './scenario.ts';

const vip = '192.168.80.100' as IpAddress;
const failover: StepResult = {
  step: 'power off node1',
  oldHolder: 'node1',
  newHolder: 'node2',
  gapMs: 3604.04,
  holdersMax: 2,
  overlapMs: 20,
  served: '1.23.2 on node2',
};
const events: ScenarioEvent[] = [
  { kind: 'step-begun', step: 'power off node1' },
  { kind: 'holder-changed', serving: undefined, holding: [], afterMs: 1000 },
  { kind: 'holder-changed', serving: 'node2', holding: ['node2', 'node3'], afterMs: 1500 },
  { kind: 'step-done', result: failover },
];

function collect(isTTY: boolean) {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  return { output: { write, isTTY, columns: 60 }, text: () => text };
}

describe('the report of a run', () => {
  test('the table has a row a step and fixed columns', () => {
    assert.equal(
      formatTable([
        { ...failover, step: 'VIP up', oldHolder: undefined, gapMs: undefined },
        failover,
      ]),
      `step             old holder  new holder  gap ms  answering at once  HTTP through the VIP
---------------  ----------  ----------  ------  -----------------  --------------------
VIP up           -           node2       -       2 for 20 ms        1.23.2 on node2
power off node1  node1       node2       3604.0  2 for 20 ms        1.23.2 on node2`,
    );
  });

  test('without a terminal there are plain lines only', () => {
    const { output, text } = collect(false);
    const report = createTextReport(output, vip);
    for (const event of events) report.take(event);
    report.close();
    assert.equal(
      text(),
      `192.168.80.100: power off node1 ...
192.168.80.100: 1.000 s: nobody answers
192.168.80.100: 1.500 s: node2 serves (asked, node2 and node3 have it)
step:   power off node1: node1 -> node2, gap 3604.0 ms, HTTP says 1.23.2 on node2
`,
    );
  });

  test('in a terminal one status line is redrawn, and taken away in the end', () => {
    const { output, text } = collect(true);
    const report = createTextReport(output, vip);
    for (const event of events) report.take(event);
    report.close();
    assert(text().includes('\r\x1b[2K192.168.80.100: nobody answers'));
    assert.match(text(), /gap 3604\.0 ms, HTTP says 1\.23\.2 on node2\n/);
    assert(text().endsWith('\r\x1b[2K'));
    for (const line of text().split(/[\r\n]/)) {
      if (line.startsWith('\x1b[2K192')) assert(line.length < 60 + 4, line);
    }
  });

  test('as JSON every line parses, and the outcome is the last', () => {
    const { output, text } = collect(false);
    const report = createJsonReport(output);
    for (const event of events) report.take(event);
    report.finish({ kind: 'real', vip, results: [failover], failovers: 1, problems: [] });
    const lines = text().trim().split('\n');
    const parsed = lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      parsed.map((entry) => entry.kind),
      ['step-begun', 'holder-changed', 'holder-changed', 'step-done', 'outcome'],
    );
    assert.equal(parsed.at(-1).network, 'real');
  });
});
