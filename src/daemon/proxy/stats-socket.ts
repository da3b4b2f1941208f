/** The stats socket: one line, one answer, an empty line. */
import type { Socket } from 'node:net';
import { LineSplitter } from '../../base/line-splitter.ts';
import type { StatsSocket } from '../../config/model/proxy.ts';
import type { SocketSession } from '../../core/proxy/stats/socket/command.ts';
import { answerLine } from './answer-line.ts';
import { openCommandSocket } from './command-sockets.ts';
import type { ProxyWorker } from './worker.ts';

const LINE_CHARACTERS_MAX = 16_384;
const PROMPT = '> ';

/** Opens all sockets of the configuration; texts of what failed. */
export async function openStatsSockets(worker: ProxyWorker): Promise<{
  readonly failures: readonly string[];
  close(): void;
}> {
  const closers: (() => void)[] = [];
  const failures: string[] = [];
  for (const socket of worker.live.config.global.statsSockets) {
    try {
      const open = await openCommandSocket(socket, (client) => serve(worker, socket, client));
      closers.push(open.close);
    } catch (error) {
      failures.push(`cannot open the stats socket: ${(error as Error).message}`);
    }
  }
  return {
    failures,
    close: () => {
      for (const close of closers) close();
    },
  };
}

function serve(worker: ProxyWorker, { level }: StatsSocket, client: Socket): void {
  let session: SocketSession = { level, mode: 'once' };
  const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
  const { statsTimeout } = worker.live.config.global;
  client.setEncoding('latin1');
  client.setTimeout(statsTimeout / 1000, () => client.destroy());
  client.on('error', () => client.destroy());
  const take = (line: string): void => {
    const answer = answerLine(worker, session, line);
    session = answer.session;
    if (answer.timeout !== undefined) client.setTimeout(answer.timeout / 1000);
    if (answer.closes) client.end(answer.text, 'latin1');
    else if (session.mode === 'interactive') client.write(answer.text + PROMPT, 'latin1');
    else client.end(answer.text, 'latin1');
  };
  // One line after the other, each with what all processes have counted by then.
  let last: Promise<void> | undefined;
  const inTurn = (action: () => void): void => {
    const isAlone = worker.team === undefined && worker.offload === undefined;
    if (isAlone && last === undefined) action();
    else last = (last ?? Promise.resolve()).then(() => worker.ask()).then(action);
  };
  client.on('data', (text: string) => {
    for (const line of splitter.push(text))
      inTurn(() => {
        if (client.writable) take(line);
      });
  });
  client.on('end', () => inTurn(() => client.end()));
}
