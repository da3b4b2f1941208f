import { createSocket, type Socket } from 'node:dgram';
import { writeSync } from 'node:fs';
import { ipFamily } from '../../base/ip.ts';
import type { LogTarget } from '../../config/model/proxy.ts';
import { sealMessage } from '../../core/proxy/log/envelope.ts';
import { type DatagramLog, openDatagramLog } from '../../linux/datagram-log.ts';
import type { Clock } from '../../ports/clock.ts';

export const levels = {
  emerg: 0,
  alert: 1,
  crit: 2,
  err: 3,
  warning: 4,
  notice: 5,
  info: 6,
} as const;
export type LogLevelName = keyof typeof levels;

/** Sends lines to logs; a log that cannot take one loses it, and nobody waits. */
export class LogSender {
  readonly #clock: Clock;
  readonly #unix = new Map<string, DatagramLog>();
  readonly #udp = new Map<4 | 6, Socket>();
  /** Lines that were lost so far. */
  dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  send(targets: readonly LogTarget[], level: LogLevelName, text: string): void {
    const nowMs = this.#clock.wallMs();
    const zoneMinutes = zoneOf(nowMs);
    for (const target of targets) {
      const message = { level: levels[level], text, nowMs, zoneMinutes, pid: process.pid };
      const line = sealMessage(target, message);
      if (line !== undefined) this.#deliver(target, line);
    }
  }

  close(): void {
    for (const log of this.#unix.values()) log.close();
    for (const socket of this.#udp.values()) socket.close();
  }

  #deliver({ to }: LogTarget, line: string): void {
    const bytes = Buffer.from(line, 'latin1');
    switch (to.kind) {
      case 'udp':
        this.#udpOf(ipFamily(to.ip)).send(bytes, to.port, to.ip, this.#onSent);
        return;
      case 'unix':
        this.#unixAt(to.path).send(bytes);
        return;
      case 'descriptor':
        try {
          writeSync(to.fd, bytes);
        } catch {
          // A pipe that nobody empties, or that is closed.
          this.dropped += 1;
        }
    }
  }

  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.dropped += 1;
  };

  #udpOf(family: 4 | 6): Socket {
    const known = this.#udp.get(family);
    if (known !== undefined) return known;
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
    // Nobody listens there, and says so.
    socket.on('error', () => {});
    socket.unref();
    this.#udp.set(family, socket);
    return socket;
  }

  #unixAt(path: string): DatagramLog {
    const known = this.#unix.get(path);
    if (known !== undefined) return known;
    const log = openDatagramLog({
      path,
      shorten: (datagram) => datagram.subarray(0, 1024),
      onLost: () => {
        this.dropped += 1;
      },
      reportLost: (count) => Buffer.from(`<4>${count} log messages were lost`),
    });
    this.#unix.set(path, log);
    return log;
  }
}

let zone = { untilMs: 0, minutes: 0 };

/** East of Greenwich; it changes at full minutes only. */
export function zoneOf(nowMs: number): number {
  if (nowMs >= zone.untilMs)
    zone = {
      untilMs: nowMs - (nowMs % 60_000) + 60_000,
      minutes: -new Date(nowMs).getTimezoneOffset(),
    };
  return zone.minutes;
}
