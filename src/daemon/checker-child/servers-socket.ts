/** The control socket of the checker process, beside the daemon's and under the same rights. */
import type { Model } from '../../config/model/model.ts';
import { findIdentity } from '../../linux/accounts.ts';
import { openLocalListener } from '../../linux/local-socket.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FdWatcher } from '../../ports/fd-watcher.ts';
import type { LogSink } from '../../ports/log.ts';
import { isSysError } from '../../ports/sys-error.ts';
import type { ControlPurses } from '../control/purse.ts';
import { isChange } from '../control/read-request.ts';
import { type ControlFigures, ControlServer } from '../control/server.ts';
import { controlSocketPath, mayChange } from '../control-side.ts';
import { EventHistory } from '../events/history.ts';
import type { DaemonOptions } from '../options.ts';
import { answerRequest, type OperationParts } from './operations.ts';

const MODE = 0o660;
const BACKLOG = 64;
/** Answers are as long as there are servers. */
const SEND_BUFFER_BYTES = 1 << 20;
/**
 * Nothing here is real-time, and an answer can cost half a second where the kernel knows a hundred thousand
 * connections: whoever looks at servers must be able to disable one in the next moment.
 */
const PURSES: ControlPurses = {
  changers: { perSecondUs: 300_000, mostUs: 2_000_000 },
  readers: { perSecondUs: 50_000, mostUs: 500_000 },
};

export interface ServersSocketParts extends OperationParts {
  readonly clock: Clock;
  readonly log: LogSink;
  readonly watcher: FdWatcher;
  readonly options: Pick<DaemonOptions, 'pidFiles'>;
}

export class ServersSocket {
  readonly #parts: ServersSocketParts;
  readonly #figures: ControlFigures = { connections: 0, requests: 0, refused: {} };
  #open: { readonly path: string; readonly gid: number; close(): void } | undefined;

  constructor(parts: ServersSocketParts) {
    this.#parts = parts;
  }

  configure({ global }: Model): void {
    const { options, watcher, log } = this.#parts;
    const beside = controlSocketPath(options.pidFiles[0] ?? '', global);
    const path = beside === undefined ? undefined : `${beside}.servers`;
    const group = findIdentity(undefined, global.controlGroup);
    const gid = (group.ok ? group.value.gid : undefined) ?? 0;
    if (this.#open?.path === path && this.#open?.gid === gid) return;
    this.close();
    if (path === undefined) return;
    const listener = openLocalListener(watcher, {
      ...{ path, gid, mode: MODE, backlog: BACKLOG },
      sendBufferBytes: SEND_BUFFER_BYTES,
    });
    if (isSysError(listener)) {
      log.write({ level: 'warning', text: `no control socket at ${path}: ${listener.message}` });
      return;
    }
    const { clock } = this.#parts;
    const server = new ControlServer(listener, {
      clock,
      purses: PURSES,
      history: new EventHistory(() => clock.wallMs()),
      figures: this.#figures,
      mayChange: (peer) => mayChange(peer, gid),
      untilDueUs: () => Number.POSITIVE_INFINITY,
      handle: (request, reply, { uid, pid }) => {
        if (isChange(request) && request.op === 'server') {
          const what = `${request.action} ${JSON.stringify(request.server)}`;
          const text = `asked over the control socket by user ${uid}, process ${pid}: ${what}`;
          log.write({ level: 'notice', text });
        }
        reply(answerRequest(this.#parts, request));
      },
    });
    this.#open = { path, gid, close: () => server.close() };
  }

  close(): void {
    this.#open?.close();
    this.#open = undefined;
  }
}
