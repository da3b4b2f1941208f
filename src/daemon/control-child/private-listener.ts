/** Connections that nobody has to make: they are offered, and accepted as if they had come by a socket. */
import type { LocalConnection, LocalListener } from '../../ports/local-socket.ts';

export class PrivateListener implements LocalListener {
  #offered: LocalConnection[] = [];
  #onConnection: (() => void) | undefined;
  #turn: 'none' | 'scheduled' = 'none';

  offer(connection: LocalConnection): void {
    this.#offered.push(connection);
    this.#schedule();
  }

  accept(): LocalConnection | 'none' {
    return this.#offered.shift() ?? 'none';
  }

  watch(onConnection: () => void): void {
    this.#onConnection = onConnection;
    this.#schedule();
  }

  unwatch(): void {
    this.#onConnection = undefined;
  }

  close(): void {
    this.unwatch();
    for (const connection of this.#offered) connection.close();
    this.#offered = [];
  }

  /** On each turn of the loop, as long as there is one. */
  #schedule(): void {
    if (this.#turn === 'scheduled' || this.#offered.length === 0) return;
    if (this.#onConnection === undefined) return;
    this.#turn = 'scheduled';
    setImmediate(() => {
      this.#turn = 'none';
      if (this.#offered.length > 0) this.#onConnection?.();
      this.#schedule();
    });
  }
}
