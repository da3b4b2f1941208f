/** The VRRP process that this proxy is a child of: it gives orders to the master, and all report to it. */
import { Socket } from 'node:net';
import {
  BEAT_MS,
  type ProxyOrder,
  type ProxyReport,
  type ProxyState,
  parseProxyOrder,
} from '../../api/proxy-child.ts';
import { LineSplitter } from '../../base/line-splitter.ts';
import { factsOf } from '../../core/proxy/followed.ts';
import type { LiveConfig } from '../../core/proxy/live.ts';

const LINE_CHARACTERS_MAX = 1 << 20;
/** A parent that reads nothing gets no more; what it misses is in the next line. */
const UNREAD_BYTES_MAX = 65_536;

/** Never waits for the parent. */
export class ParentLink {
  readonly #socket: Socket;

  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: false, writable: true });
    // It has ended: the master sees that by its input, the workers by the master.
    this.#socket.on('error', () => {});
    this.#socket.unref();
  }

  tell(report: ProxyReport): void {
    if (this.#socket.writableLength > UNREAD_BYTES_MAX) return;
    this.#socket.write(`${JSON.stringify(report)}\n`);
  }
}

/** `onEnd`: there is no parent any more. */
export function readOrders(onOrder: (order: ProxyOrder) => void, onEnd: () => void): void {
  const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (text: string) => {
    for (const line of splitter.push(text)) {
      const order = parseProxyOrder(line);
      if (order !== undefined) onOrder(order);
    }
  });
  process.stdin.on('error', onEnd);
  process.stdin.on('end', onEnd);
}

/** Says how the proxies are that are followed, at once when that changes, and that it still runs. */
export class StateTeller {
  readonly #link: ParentLink;
  readonly #live: LiveConfig;
  readonly #follow: readonly string[];
  #told = '';
  #timer: NodeJS.Timeout | undefined;
  #listeners: 'open' | 'paused' = 'open';

  constructor(link: ParentLink, live: LiveConfig, follow: readonly string[]) {
    this.#link = link;
    this.#live = live;
    this.#follow = follow;
  }

  begin(): void {
    this.#tell();
    this.#timer = setInterval(() => this.#tell(), BEAT_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Something may have changed. */
  review(): void {
    if (this.#timer !== undefined && JSON.stringify(this.#states()) !== this.#told) this.#tell();
  }

  /** All listeners were told by a signal to rest, or to go on. */
  set listeners(state: 'open' | 'paused') {
    this.#listeners = state;
    this.review();
  }

  #tell(): void {
    const proxies = this.#states();
    this.#told = JSON.stringify(proxies);
    this.#link.tell({ kind: 'state', proxies });
  }

  #states(): readonly ProxyState[] {
    const states = this.#follow.flatMap((name) => factsOf(this.#live, name) ?? []);
    if (this.#listeners === 'open') return states;
    return states.map((state) =>
      state.front === undefined ? state : { ...state, front: 'closed' },
    );
  }
}
