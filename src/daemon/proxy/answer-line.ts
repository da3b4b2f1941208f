import type { Micros } from '../../base/time.ts';
import type { SocketSession } from '../../core/proxy/stats/socket/command.ts';
import { runCommand, splitLine } from '../../core/proxy/stats/socket/commands.ts';
import { momentOf } from './moment.ts';
import { obeyOrder } from './obey-order.ts';
import { sessionList } from './session-list.ts';
import type { ProxyWorker } from './worker.ts';

export interface LineAnswer {
  /** Of all commands, each with the empty line behind it. */
  readonly text: string;
  readonly session: SocketSession;
  /** A new one for this client. */
  readonly timeout?: Micros;
  readonly closes: boolean;
}

/** Carries out what one line says. */
export function answerLine(worker: ProxyWorker, begun: SocketSession, line: string): LineAnswer {
  let [text, session] = ['', begun];
  let timeout: Micros | undefined;
  const answered = (closes: boolean): LineAnswer => ({
    ...{ text, session, closes },
    ...(timeout !== undefined && { timeout }),
  });
  for (const words of splitLine(line)) {
    const sessions = sessionList(worker);
    const answer = runCommand(words, { ...momentOf(worker), session, sessions });
    for (const order of answer.orders) {
      if (order.kind === 'clientTimeout') timeout = order.timeout;
      else obeyOrder(worker, order);
    }
    if (answer.session !== undefined) session = answer.session;
    text += answer.text;
    if (answer.closes === 'now') return answered(true);
    text += '\n';
  }
  return answered(false);
}
