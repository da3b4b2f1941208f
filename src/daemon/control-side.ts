/** What operators and the control child have of the process: its socket, its history, its drain. */
import { closeSync, rmSync } from 'node:fs';
import type { ControlMetrics } from '../api/metrics.ts';
import type { Request } from '../api/protocol.ts';
import type { GlobalModel, Model } from '../config/model/model.ts';
import { findIdentity } from '../linux/accounts.ts';
import { openLocalListener } from '../linux/local-socket.ts';
import type { Clock } from '../ports/clock.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { LocalListener, LocalPeer } from '../ports/local-socket.ts';
import type { LogSink } from '../ports/log.ts';
import { isSysError } from '../ports/sys-error.ts';
import { DrainFile } from './control/drain-file.ts';
import { startHeartbeat } from './control/heartbeat.ts';
import { handleRequest } from './control/operations.ts';
import type { Outcome } from './control/outcome.ts';
import { isChange } from './control/read-request.ts';
import { type ControlFigures, ControlServer } from './control/server.ts';
import type { StatusSources } from './control/status-result.ts';
import { EventsFile } from './events/events-file.ts';
import type { EventHistory } from './events/history.ts';
import { besidePidFile } from './instance-names.ts';
import { collectMetrics } from './metrics/collect.ts';
import type { DaemonOptions } from './options.ts';
import type { Reloader, ReloadOutcome } from './reloader.ts';
import type { VrrpProcess } from './vrrp-process.ts';

const MODE = 0o660;
const BACKLOG = 64;
/** An answer of usual size is taken at once, whether anybody reads or not. */
const SEND_BUFFER_BYTES = 256 << 10;

/** It is another process that acts now, or is about to. */
const BUSY: Outcome = {
  ok: false,
  error: { code: 'busy', message: 'an upgrade is under way: ask again in a second' },
};

export interface ControlSideParts {
  readonly clock: Clock;
  readonly log: LogSink;
  readonly watcher: FdWatcher;
  readonly vrrp: VrrpProcess;
  readonly history: EventHistory;
  readonly options: Pick<DaemonOptions, 'configFile' | 'pidFiles'>;
  readonly reloader: Pick<Reloader, 'request'>;
  controlChildStarts?(): number;
  upgrade?(reply: (outcome: Outcome) => void): void;
}

/** Where the control socket is: beside the pid file unless the configuration says otherwise. */
export function controlSocketPath(
  pidFile: string,
  { controlSocket }: Pick<GlobalModel, 'controlSocket'>,
): string | undefined {
  if (controlSocket === 'off') return undefined;
  return controlSocket ?? besidePidFile(pidFile, 'sock');
}

export interface HandedSocket {
  readonly path: string;
  readonly fd: number;
}

interface OpenSocket {
  readonly path: string;
  readonly gid: number;
  handDown(): number;
  close(): void;
}

export class ControlSide {
  readonly #parts: ControlSideParts;
  readonly #startedMs: number;
  readonly #drainFile: DrainFile;
  readonly #figures: ControlFigures = { connections: 0, requests: 0, refused: {} };
  #configuredMs: number;
  #lastReload: StatusSources['lastReload'];
  #charge: 'ours' | 'elsewhere' = 'elsewhere';
  #open: OpenSocket | undefined;
  #handed: HandedSocket | undefined;
  #eventsFile: EventsFile | undefined;

  constructor(parts: ControlSideParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.wallMs();
    this.#configuredMs = this.#startedMs;
    this.#drainFile = new DrainFile(parts.options.pidFiles[0] ?? '');
    parts.history.listen((_event, kept) => this.#eventsFile?.write(kept));
  }

  /** Call it before the engine starts: what an operator drained takes nothing after a restart either. */
  restoreDrain(): void {
    if (!this.#drainFile.exists()) return;
    const text = 'this host was drained by an operator, and stays so until `holdfast undrain`';
    this.#parts.log.write({ level: 'warning', text });
    this.#parts.vrrp.tell({ kind: 'ordered', instance: undefined, order: { kind: 'drain' } });
  }

  /** From now on this process is the one whose socket it is; the bridge of an upgrade is not. */
  takeCharge(model: Model, handed?: HandedSocket): void {
    this.#charge = 'ours';
    this.#handed = handed;
    this.configure(model);
  }

  configure({ global }: Model): void {
    this.#configureEventsFile(global.eventsFile);
    if (this.#charge === 'elsewhere') return;
    const { options, log } = this.#parts;
    const path = controlSocketPath(options.pidFiles[0] ?? '', global);
    const group = findIdentity(undefined, global.controlGroup);
    if (!group.ok) {
      const text = `control_group: ${group.reason}; only root may use the control socket`;
      log.write({ level: 'warning', text });
    }
    const gid = (group.ok ? group.value.gid : undefined) ?? 0;
    if (this.#open?.path === path && this.#open?.gid === gid) return;
    this.#open?.close();
    this.#open = path === undefined ? undefined : this.#openAt(path, gid);
  }

  /** After each attempt to read the configuration anew. */
  reloaded({ outcome, after }: ReloadOutcome): void {
    const atMs = this.#parts.clock.wallMs();
    this.#lastReload = { atMs, outcome };
    if (outcome === 'refused') return;
    this.#configuredMs = atMs;
    // Whoever asked for it hears of it first: the socket may be another one now.
    setImmediate(() => this.configure(after));
  }

  controlMetrics(): ControlMetrics {
    const { connections, requests, refused } = this.#figures;
    return { connections, requests, refused: { ...refused } };
  }

  /** For the next program of this process: who asks meanwhile waits, and finds nobody missing. */
  handDownSocket(): HandedSocket | undefined {
    const open = this.#open;
    this.#open = undefined;
    return open && { path: open.path, fd: open.handDown() };
  }

  /** At once, for the end of the process. */
  closeSocket(): void {
    this.#open?.close();
    this.#open = undefined;
  }

  /** Calls back when the last events are written. */
  close(done: () => void): void {
    this.closeSocket();
    this.closeEventsFile(done);
  }

  closeEventsFile(done: () => void): void {
    if (this.#eventsFile === undefined) done();
    else this.#eventsFile.close(done);
  }

  #configureEventsFile(path: string | undefined): void {
    if (this.#eventsFile?.path === path) {
      this.#eventsFile?.reopen();
      return;
    }
    this.#eventsFile?.close();
    this.#eventsFile = path === undefined ? undefined : new EventsFile(path, this.#parts.log);
  }

  /** Without it everything else goes on: it is no reason not to serve. */
  #openAt(path: string, gid: number): OpenSocket | undefined {
    const { watcher, log } = this.#parts;
    const listener = openLocalListener(watcher, {
      path,
      gid,
      mode: MODE,
      backlog: BACKLOG,
      sendBufferBytes: SEND_BUFFER_BYTES,
      handedDown: this.#takeHandedDown(path),
    });
    if (isSysError(listener)) {
      const text = `no control socket at ${path}: ${listener.message}`;
      log.write({ level: 'warning', text });
      return undefined;
    }
    const server = this.#createServer(listener, (peer) => mayChange(peer, gid));
    const heartbeat = startHeartbeat(path);
    const close = (): void => {
      heartbeat.stop();
      server.close();
    };
    const handDown = (): number => {
      const fd = listener.handDown();
      close();
      return fd;
    };
    return { path, gid, close, handDown };
  }

  /** Of another path it is of no use. */
  #takeHandedDown(path: string): number | undefined {
    const handed = this.#handed;
    this.#handed = undefined;
    if (handed === undefined || handed.path === path) return handed?.fd;
    closeSync(handed.fd);
    rmSync(handed.path, { force: true });
    return undefined;
  }

  /** Answers reading on what the listener accepts, whoever it is; nothing can be changed there. */
  serveReaders(listener: LocalListener): { close(): void } {
    return this.#createServer(listener, () => false);
  }

  #createServer(listener: LocalListener, mayChange: (peer: LocalPeer) => boolean) {
    const { clock, history, vrrp, reloader, upgrade } = this.#parts;
    const operations = {
      ...{ clock, history, vrrp, reloader },
      drainFile: this.#drainFile,
      statusSources: () => this.#statusSources(),
      metrics: () => this.#metrics(),
      ...(upgrade !== undefined && { upgrade }),
    };
    return new ControlServer(listener, {
      ...{ clock, history },
      figures: this.#figures,
      mayChange,
      untilDueUs: () => vrrp.untilDueUs(),
      handle: (request, reply, peer) => {
        if (isChange(request)) this.#tell(request, peer);
        if (vrrp.phase === 'frozen' && isChange(request)) reply(BUSY);
        else handleRequest(operations, request, reply);
      },
    });
  }

  /** Who has changed something must be known afterwards. */
  #tell(request: Request, { uid, pid }: LocalPeer): void {
    const { op, instance = '', priority = '' } = { instance: '', priority: '', ...request };
    // A name is what the client says it is.
    const name = /^[\w.:-]*$/.test(instance) ? instance : JSON.stringify(instance);
    const what = [op, name, priority ?? 'reset'].filter((word) => word !== '').join(' ');
    const text = `asked over the control socket by user ${uid}, process ${pid}: ${what}`;
    this.#parts.log.write({ level: 'notice', text });
  }

  #statusSources(): StatusSources {
    const { vrrp, clock, history, options } = this.#parts;
    return {
      ...{ vrrp, clock, history },
      configFile: options.configFile,
      startedMs: this.#startedMs,
      configuredMs: this.#configuredMs,
      lastReload: this.#lastReload,
    };
  }

  #metrics(): ReturnType<typeof collectMetrics> {
    const { vrrp, clock } = this.#parts;
    return collectMetrics({
      ...{ vrrp, clock },
      startedMs: this.#startedMs,
      control: () => this.controlMetrics(),
      controlChildStarts: () => this.#parts.controlChildStarts?.() ?? 0,
    });
  }
}

/** The mode of the file keeps others out; who is let in after all, by chmod, may still only read. */
export function mayChange({ uid, gid: own, groups }: LocalPeer, gid: number): boolean {
  return uid === 0 || own === gid || groups.includes(gid);
}
