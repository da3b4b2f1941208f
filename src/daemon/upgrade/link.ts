import { Socket } from 'node:net';
import type { UpgradeMessage } from './messages.ts';

type Kind = UpgradeMessage['kind'];
type Waiter = (message: UpgradeMessage | 'ended') => void;

/** One end of the socket pair between two programs of an upgrade. */
export class UpgradeLink {
  readonly #socket: Socket;
  readonly #received: UpgradeMessage[] = [];
  #waiter: Waiter | undefined;
  #phase: 'open' | 'ended' = 'open';
  #chunks: string[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    // An error is an end: the other one is gone.
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
    socket.on('end', () => this.#end());
  }

  /** Without a descriptor it has ended before it begins. */
  static ofDescriptor(fd: number | undefined): UpgradeLink {
    if (fd !== undefined)
      return new UpgradeLink(new Socket({ fd, readable: true, writable: true }));
    const link = new UpgradeLink(new Socket());
    link.close();
    return link;
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  send(message: UpgradeMessage): void {
    if (this.#phase === 'open') this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /**
   * The next message of one of these kinds; others that come before it are passed over. Calls back
   * in the same turn in which it was read. One wait at a time.
   */
  await<Wanted extends Kind>(
    kinds: readonly Wanted[],
    { limitMs }: { readonly limitMs: number },
    done: (outcome: Extract<UpgradeMessage, { kind: Wanted }> | 'ended' | 'late') => void,
  ): void {
    const isWanted = (
      message: UpgradeMessage,
    ): message is Extract<UpgradeMessage, { kind: Wanted }> =>
      kinds.some((kind) => kind === message.kind);
    for (let message = this.#received.shift(); message; message = this.#received.shift()) {
      if (!isWanted(message)) continue;
      done(message);
      return;
    }
    if (this.#phase === 'ended') {
      done('ended');
      return;
    }
    const timer = setTimeout(() => {
      this.#waiter = undefined;
      done('late');
    }, limitMs);
    this.#waiter = (message) => {
      if (message !== 'ended' && !isWanted(message)) return;
      clearTimeout(timer);
      this.#waiter = undefined;
      done(message);
    };
  }

  /** The same as a promise, for what may take its time. */
  next<Wanted extends Kind>(
    kinds: readonly Wanted[],
    limits: { readonly limitMs: number },
  ): Promise<Extract<UpgradeMessage, { kind: Wanted }> | 'ended' | 'late'> {
    return new Promise((resolve) => this.await(kinds, limits, resolve));
  }

  /**
   * From now on what comes stays in the socket, for the next program of this process. Returns what has
   * been read already and nobody has taken.
   */
  pause(): readonly UpgradeMessage[] {
    this.#socket.pause();
    return this.#received;
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #read(text: string): void {
    const parts = text.split('\n');
    const rest = parts.pop() ?? '';
    for (const part of parts) {
      this.#chunks.push(part);
      const line = this.#chunks.join('');
      this.#chunks = [];
      this.#take(line);
    }
    if (rest !== '') this.#chunks.push(rest);
  }

  #take(line: string): void {
    let message: UpgradeMessage;
    try {
      message = JSON.parse(line) as UpgradeMessage;
    } catch {
      // Only a program that does not know this link writes so.
      this.close();
      return;
    }
    if (this.#waiter !== undefined) this.#waiter(message);
    else this.#received.push(message);
  }

  #end(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#waiter?.('ended');
  }
}
