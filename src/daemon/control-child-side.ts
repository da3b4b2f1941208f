/** The control child and the connections on which it may ask: reading, whoever speaks through it. */
import type { Model } from '../config/model/model.ts';
import { openLocalPair } from '../linux/local-pair.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { LocalListener } from '../ports/local-socket.ts';
import type { LogSink } from '../ports/log.ts';
import { isSysError } from '../ports/sys-error.ts';
import { PrivateListener } from './control-child/private-listener.ts';
import { controlChildSettings } from './control-child/settings.ts';
import { type ChildConnection, ControlChild } from './control-child/supervisor.ts';

/** An answer of usual size is taken at once, whether the child reads or not. */
const SEND_BUFFER_BYTES = 256 << 10;

export interface ControlChildSideParts {
  readonly log: LogSink;
  readonly watcher: FdWatcher;
  readonly vrrp: { whenCalm(act: () => void): void };
  /** Answers reading on what the listener accepts, and nothing else. */
  serveReaders(listener: LocalListener): { close(): void };
}

export class ControlChildSide {
  readonly #parts: ControlChildSideParts;
  readonly #child: ControlChild;
  readonly #listener = new PrivateListener();
  #server: { close(): void } | undefined;

  constructor(parts: ControlChildSideParts) {
    this.#parts = parts;
    this.#child = new ControlChild({
      log: parts.log,
      whenCalm: (act) => parts.vrrp.whenCalm(act),
      connect: () => this.#connect(),
    });
  }

  get starts(): number {
    return this.#child.starts;
  }

  /** At the start, and after each reload. */
  configure(model: Model): void {
    const { settings, warning } = controlChildSettings(model);
    if (warning !== undefined) this.#parts.log.write({ level: 'warning', text: warning });
    this.#child.configure(settings);
  }

  close(): void {
    this.#child.close();
    this.#server?.close();
    this.#server = undefined;
  }

  #connect(): ChildConnection | undefined {
    this.#server ??= this.#parts.serveReaders(this.#listener);
    const pair = openLocalPair(this.#parts.watcher, {
      sendBufferBytes: SEND_BUFFER_BYTES,
    });
    if (isSysError(pair)) {
      const text = `control child: ${pair.call}: ${pair.message}`;
      this.#parts.log.write({ level: 'error', text });
      return undefined;
    }
    const { own, other } = pair;
    return {
      fd: other.fd,
      given: () => {
        other.close();
        this.#listener.offer(own);
      },
      abandon: () => {
        other.close();
        own.close();
      },
    };
  }
}
