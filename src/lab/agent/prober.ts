import { createSocket } from 'node:dgram';
import type { FdWatcher } from '../../ports/fd-watcher.ts';
import { monotonicMs } from '../monotonic.ts';
import { createHolderRecord } from './holders.ts';
import { startInquiry } from './inquiry.ts';
import type { ProbeOptions, ProberCommand, ProberEvent } from './protocol.ts';
import { createProbeRecord } from './record.ts';
import { startTicker } from './ticker.ts';

/** Some nine minutes at one probe a millisecond. */
const recordCapacity = 2 ** 19;
const silentAfterMs = 50;

/** Probes one VIP without pause and keeps the record; all that it finds goes out through `emit`. */
export async function startProber(
  options: ProbeOptions,
  watcher: FdWatcher,
  emit: (event: ProberEvent) => void,
): Promise<(command: ProberCommand) => void> {
  const family = options.vip.includes(':') ? 6 : 4;
  const record = createProbeRecord(recordCapacity);
  const holders = createHolderRecord();
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (host, _options, done) => done(null, host, family),
  });
  let serving: string | undefined;
  let lastAnswerMs = monotonicMs();

  socket.on('error', () => {});
  socket.on('message', (answer) => {
    if (answer.length < 8) return;
    const atMs = monotonicMs();
    const host = answer.toString('utf8', 8);
    record.answered(answer.readUInt32BE(0), host, atMs);
    lastAnswerMs = atMs;
    if (host === serving) return;
    serving = host;
    emit({ kind: 'serving', host, atMs });
  });
  await new Promise<void>((resolve) => socket.bind(0, resolve));

  const probe = Buffer.alloc(8);
  startTicker({
    watcher,
    periodMs: options.periodMs,
    onTick: () => {
      const atMs = monotonicMs();
      probe.writeUInt32BE(record.sent(atMs), 0);
      // While nobody has the address the kernel may refuse: a probe without an answer like any other.
      socket.send(Buffer.from(probe), options.probePort, options.vip, () => {});
      if (serving === undefined || atMs - lastAnswerMs < silentAfterMs) return;
      serving = undefined;
      emit({ kind: 'silent', atMs: lastAnswerMs });
    },
  });

  const inquiry = startInquiry({ ...options, watcher }, (mac) =>
    holders.heard(options.hostNames[mac] ?? mac),
  );
  startTicker({
    watcher,
    periodMs: options.askPeriodMs,
    onTick: () => {
      const change = holders.beginRound(monotonicMs());
      if (change !== undefined) emit({ kind: 'holding', ...change });
      inquiry.ask();
    },
  });

  return ({ request, fromMs, toMs }) => {
    const range = { fromMs, toMs };
    const report = { ...range, ...record.summarise(range), ...holders.summarise(range) };
    emit({ kind: 'report', request, report });
  };
}
