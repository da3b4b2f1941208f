/**
 * The control socket of the checker process, beside the daemon's and under the same rights; and another
 * one, on which the control child, who is nobody, may read.
 */
import { SERVERS_REQUEST_BYTES_MAX } from '../../api/protocol.ts';
import type { Model } from '../../config/model/model.ts';
import { findIdentity } from '../../linux/accounts.ts';
import { openLocalListener } from '../../linux/local-socket.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FdWatcher } from '../../ports/fd-watcher.ts';
import type { FileListener, LocalPeer } from '../../ports/local-socket.ts';
import type { LogSink } from '../../ports/log.ts';
import { isSysError } from '../../ports/sys-error.ts';
import type { ControlPurses } from '../control/purse.ts';
import { isChange } from '../control/read-request.ts';
import { type ControlFigures, ControlServer } from '../control/server.ts';
import { figuresSocketPath } from '../control-child/settings.ts';
import { controlSocketPath, mayChange } from '../control-side.ts';
import { EventHistory } from '../events/history.ts';
import { findNobody } from '../nobody.ts';
import type { DaemonOptions } from '../options.ts';
import { answerRequest, type OperationParts } from './operations.ts';

const MODE = 0o660;
const BACKLOG = 64;
/** Answers are as long as there are servers. */
const SEND_BUFFER_BYTES = 1 << 20;
/**
 * Nothing here is real-time, and an answer can cost half a second where there are ten thousand servers: whoever
 * looks at servers must be able to disable one in the next moment. A cluster of Kubernetes changes a hundred of
 * them a second.
 */
const PURSES: ControlPurses = {
  changers: { perSecondUs: 700_000, mostUs: 2_000_000 },
  readers: { perSecondUs: 50_000, mostUs: 500_000 },
};

export interface ServersSocketParts extends OperationParts {
  readonly clock: Clock;
  readonly log: LogSink;
  readonly watcher: FdWatcher;
  readonly options: Pick<DaemonOptions, 'pidFiles'>;
}

interface Place {
  readonly path: string;
  /** Who may connect besides root. */
  readonly gid: number;
}

type Purpose = 'control' | 'figures';

export class ServersSocket {
  readonly #parts: ServersSocketParts;
  readonly #figures: ControlFigures = { connections: 0, requests: 0, refused: {} };
  readonly #open = new Map<Purpose, Place & { close(): void }>();

  constructor(parts: ServersSocketParts) {
    this.#parts = parts;
  }

  configure({ global }: Model): void {
    const pidFile = this.#parts.options.pidFiles[0] ?? '';
    const beside = controlSocketPath(pidFile, global);
    const group = findIdentity(undefined, global.controlGroup);
    const gid = (group.ok ? group.value.gid : undefined) ?? 0;
    this.#place('control', beside === undefined ? undefined : { path: `${beside}.servers`, gid });
    const isAsked = global.metricsListen !== undefined || global.httpSocket !== undefined;
    const figures = { path: figuresSocketPath(pidFile), gid: findNobody().gid };
    this.#place('figures', isAsked ? figures : undefined);
  }

  #place(purpose: Purpose, wanted: Place | undefined): void {
    const open = this.#open.get(purpose);
    if (open?.path === wanted?.path && open?.gid === wanted?.gid) return;
    open?.close();
    this.#open.delete(purpose);
    if (wanted === undefined) return;
    const { watcher, log } = this.#parts;
    const { path } = wanted;
    const listener = openLocalListener(watcher, {
      ...{ ...wanted, mode: MODE, backlog: BACKLOG },
      sendBufferBytes: SEND_BUFFER_BYTES,
    });
    if (isSysError(listener)) {
      log.write({ level: 'warning', text: `no control socket at ${path}: ${listener.message}` });
      return;
    }
    const server = this.#serve(listener, (peer) =>
      purpose === 'control' ? mayChange(peer, wanted.gid) : false,
    );
    this.#open.set(purpose, { ...wanted, close: () => server.close() });
  }

  #serve(listener: FileListener, mayChange: (peer: LocalPeer) => boolean): ControlServer {
    const { clock, log } = this.#parts;
    return new ControlServer(listener, {
      ...{ clock, mayChange },
      purses: PURSES,
      requestBytesMax: SERVERS_REQUEST_BYTES_MAX,
      history: new EventHistory(() => clock.wallMs()),
      figures: this.#figures,
      untilDueUs: () => Number.POSITIVE_INFINITY,
      handle: (request, reply, { uid, pid }) => {
        if (isChange(request) && request.op === 'server') {
          const what = `${request.action} ${JSON.stringify(request.server)}`;
          const text = `asked over the control socket by user ${uid}, process ${pid}: ${what}`;
          log.write({ level: 'notice', text });
        }
        answerRequest(this.#parts, request, { uid, reply });
      },
    });
  }

  close(): void {
    for (const { close } of this.#open.values()) close();
    this.#open.clear();
  }
}
