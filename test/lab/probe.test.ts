import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import type { Probe } from '../../src/lab/probe.ts';
import { isRoot } from './support.ts';

/** What starting processes on a busy machine may add to a gap that is made by hand. */
const slackMs = 60;

for (const { family, vip, length } of [
  { family: 4, vip: '192.168.80.100', length: 24 },
  { family: 6, vip: 'fd00:80::100', length: 64 },
]) {
  describe(`the probe of an IPv${family} address`, { skip: isRoot ? false : 'needs root' }, () => {
    let lab: Lab;
    let probe: Probe;
    let a: Host;
    let b: Host;

    before(async () => {
      const prefix = `hft-${process.pid}-probe${family}-`;
      lab = await createLab({ prefix, hosts: [{ name: 'a' }, { name: 'b' }] });
      a = lab.host('a');
      b = lab.host('b');
      await take(a);
      probe = await lab.probe(vip);
      assert.equal(await probe.waitForService(), 'a');
      await probe.settle();
    });
    after(() => lab.destroy());

    async function take(host: Host): Promise<void> {
      const nodad = family === 6 ? 'nodad' : '';
      const { status, stderr } = await host.run(
        `ip address add ${vip}/${length} dev eth0 ${nodad}`,
      );
      assert.equal(status, 0, stderr);
    }

    async function drop(host: Host): Promise<void> {
      const { status, stderr } = await host.run(`ip address del ${vip}/${length} dev eth0`);
      assert.equal(status, 0, stderr);
    }

    test('a gap made by hand is measured', async () => {
      let droppedMs = 0;
      let takenMs = 0;
      let announcedMs = 0;
      const report = await probe.gapAround(async () => {
        await drop(a);
        droppedMs = monotonicMs();
        await sleep(250);
        await take(b);
        takenMs = monotonicMs();
        await lab.announce(b, vip);
        announcedMs = monotonicMs();
      });
      assert.deepEqual([report.before, report.after, report.holdersMax], ['a', 'b', 1]);
      // The client may find the new holder by itself, before the announcement.
      const saw = `saw ${report.gapMs}, dropped at ${droppedMs}, taken ${takenMs}, announced ${announcedMs}`;
      assert(report.gapMs > takenMs - droppedMs - slackMs - report.stallMs, saw);
      assert(report.gapMs < announcedMs - droppedMs + slackMs + report.stallMs, saw);
      assert.equal(await lab.waitForHolder(vip, 'b'), 'b');
    });

    test('hosts that have the address at the same time are counted', async () => {
      const fromMs = monotonicMs();
      await take(a);
      await sleep(150);
      await drop(b);
      await lab.announce(a, vip);
      await probe.waitForService({ host: 'a' });
      await probe.settle();
      const report = await probe.report({ fromMs, toMs: monotonicMs() });
      assert.equal(report.holdersMax, 2);
      assert(report.overlapMs > 100 && report.overlapMs < 500, `${report.overlapMs}`);
    });

    test('a power failure makes the gap begin at once', async () => {
      let offMs = 0;
      const report = await probe.gapAround(async () => {
        offMs = monotonicMs();
        await a.powerOff();
        await take(b);
        await lab.announce(b, vip);
      });
      assert.deepEqual([report.before, report.after], ['a', 'b']);
      assert(report.gapFromMs - offMs < slackMs, `${report.gapFromMs - offMs} ms after`);
      await a.powerOn();
    });

    test('service that breaks off and comes back at the same host is a gap too', async () => {
      const report = await probe.gapAround(
        async () => {
          await b.setCable('pulled');
          await sleep(200);
          await b.setCable('plugged');
        },
        { to: 'b' },
      );
      assert.deepEqual([report.before, report.after], ['b', 'b']);
      assert(report.gapMs > 190 && report.gapMs < 200 + slackMs, `${report.gapMs}`);
    });

    test('a quiet time has no gap beyond what the prober was held up', async () => {
      const fromMs = monotonicMs();
      await sleep(500);
      const { gapMs, stallMs, sent, answered } = await probe.report({
        fromMs,
        toMs: monotonicMs() - 20,
      });
      assert(sent > 100, `${sent} probes`);
      assert(sent - answered < sent / 20, `${answered} of ${sent} answered`);
      assert(gapMs < stallMs + slackMs, `gap ${gapMs}, stall ${stallMs}`);
    });
  });
}
