/** Lines for the stats socket, and what they order, obeyed by a worker that serves. */
import { createRng } from '../../../src/base/rng.ts';
import type { Level, SocketSession } from '../../../src/core/proxy/stats/socket/command.ts';
import { runCommand, splitLine } from '../../../src/core/proxy/stats/socket/commands.ts';
import { momentOf } from '../../../src/daemon/proxy/moment.ts';
import { obeyOrder } from '../../../src/daemon/proxy/obey-order.ts';
import type { RunningProxy } from '../../../src/daemon/proxy/process.ts';
import { sessionList } from '../../../src/daemon/proxy/session-list.ts';
import { type ProxyFuzzOptions, type ProxyFuzzReport, Tally } from './report.ts';
import { openStand } from './stand.ts';
import { makeCommand } from './texts.ts';

/** So many lines, and the worker is another: a frontend that was shut down is so for good. */
const LINES_OF_ONE = 5000;
const LEVELS: readonly Level[] = ['user', 'operator', 'admin', 'admin', 'admin', 'admin'];
const SLIPS = /\bundefined\b|\bNaN\b|\[object /;

export async function fuzzCommands(options: ProxyFuzzOptions): Promise<ProxyFuzzReport> {
  const { seed, count, onProgress } = options;
  const rng = createRng(seed);
  const tally = new Tally();
  for (let done = 0; done < count && !tally.isFull; ) {
    const stand = await openStand('fuzz-commands');
    try {
      for (let line = 0; line < LINES_OF_ONE && done < count && !tally.isFull; line++) {
        const text = makeCommand(rng);
        try {
          tally.count(obeyLine(stand.proxy, text, rng.pick(LEVELS)));
        } catch (error) {
          tally.fail(text, error);
        }
        done += 1;
        onProgress?.(done, tally.failures.length);
      }
    } finally {
      stand.close();
    }
    // What was closed is let go of by the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return tally.report('commands', count);
}

/** As the socket does it; the first word of what it says, and the orders. */
function obeyLine({ worker }: RunningProxy, line: string, level: Level): string {
  let session: SocketSession = { level, mode: 'once' };
  const outcomes: string[] = [];
  for (const words of splitLine(line)) {
    const sessions = sessionList(worker);
    const answer = runCommand(words, { ...momentOf(worker), session, sessions });
    if (SLIPS.test(answer.text) && !SLIPS.test(line)) throw new Error(answer.text);
    for (const order of answer.orders) {
      obeyOrder(worker, order);
      outcomes.push(order.kind);
    }
    if (answer.session !== undefined) session = answer.session;
    if (answer.orders.length === 0) outcomes.push(kindOf(answer.text));
    if (answer.closes === 'now') break;
  }
  return outcomes[0] ?? 'nothing';
}

function kindOf(text: string): string {
  if (text === '') return 'silent';
  return /^[A-Z][a-z]+ [a-z]+/.exec(text)?.[0] ?? 'told';
}
