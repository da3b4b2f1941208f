/**
 * How long nobody serves a virtual address, and how long two hosts do: after a power failure of its
 * holder, a stop in order, a daemon that hangs or is killed, a failed script, a pulled cable, a proxy
 * that dies. Pairs of holdfasts, pairs of keepalived, and mixed ones in turn.
 */
import {
  detectionBars,
  detections,
  measureDetection,
  reportDetections,
} from './failover/detections.ts';
import { freezeBars, freezes, measureFreeze, reportFreezes } from './failover/freezes.ts';
import { measureOutage, outageBars, outages, reportOutages } from './failover/outages.ts';
import { type Parts, vip } from './failover/pair.ts';
import {
  measureProxyFailure,
  proxyBars,
  proxyFailures,
  reportProxyFailures,
} from './failover/proxies.ts';
import { printBars } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { isWanted, readOptions } from './support/options.ts';
import { openStage } from './support/stage.ts';

const usage = `bench:failover [--quick] [--json] [--only=SECONDS] [--only=EVENT] [--only='EVENT SECONDS']

EVENT: crash, stop, hang, kill, script, weight, 'tracked cable', 'own cable', proxy, 'proxy hangs'.

The gap that a client sees with one probe a millisecond. A crash happens half an advert interval after an
advert, so that rounds compare; "since last advert" does not depend on that instant.`;

const options = readOptions(usage);

function wanted<Case extends { readonly event: string; readonly advertSeconds?: number }>(
  cases: readonly Case[],
): readonly Case[] {
  return cases.filter(
    ({ event, advertSeconds }) =>
      isWanted(options, event) ||
      isWanted(options, String(advertSeconds ?? '')) ||
      isWanted(options, `${event} ${advertSeconds}`),
  );
}

async function runAll<Case extends { readonly event: string }, Outcome>(
  parts: Parts,
  cases: readonly Case[],
  measure: (parts: Parts, one: Case) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of cases) {
    process.stderr.write(`${Object.values(one).slice(0, -1).join(' at ')} `);
    outcomes.push(await measure(parts, one));
  }
  return outcomes;
}

async function main(): Promise<void> {
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const interfaces = [{ name: 'eth0' }, { name: 'eth1' }];
  const stage = await openStage(['a', 'b'], [4], interfaces);
  try {
    const parts = { ...stage, probe: await stage.lab.probe(vip) };
    const outage = await runAll(parts, wanted(outages(options)), measureOutage);
    const freeze = await runAll(parts, wanted(freezes(options)), measureFreeze);
    const detection = await runAll(parts, wanted(detections(options)), measureDetection);
    const proxy = await runAll(parts, wanted(proxyFailures(options)), measureProxyFailure);
    if (options.output === 'json') {
      console.log(JSON.stringify({ machine, outage, freeze, detection, proxy }));
    } else {
      reportOutages(outage);
      reportFreezes(freeze);
      reportDetections(detection);
      reportProxyFailures(proxy);
    }
    printBars([
      ...outageBars(outage),
      ...freezeBars(freeze),
      ...detectionBars(detection),
      ...proxyBars(proxy),
    ]);
  } finally {
    await stage.close();
  }
}

await main();
