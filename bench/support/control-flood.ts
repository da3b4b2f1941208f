/** Clients that send a control socket whatever they can think of, as fast as it is taken. */
import { connect, type Socket } from 'node:net';
import { createRng, type Rng } from '../../src/base/rng.ts';

/** None that would be carried out: whoever may have a host drained may stop it altogether. */
const OPS = [
  'status',
  'events',
  'explain',
  'metrics',
  'handover',
  'priority',
  'stats',
  '__proto__',
];
/** Requests of one write. */
const BATCH = 50;
const BATCHES = 64;
const LONGEST = 6000;
const RECONNECT_MS = 1;

export interface FloodFigures {
  /** Written to a socket. */
  sent: number;
  connections: number;
  answers: number;
}

export class ControlFlood {
  readonly figures: FloodFigures = { sent: 0, connections: 0, answers: 0 };
  readonly #path: string;
  readonly #batches: readonly string[];
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #phase: 'flooding' | 'stopped' = 'flooding';
  #next = 0;

  constructor(path: string, options: { readonly connections: number; readonly seed: number }) {
    this.#path = path;
    const rng = createRng(options.seed);
    this.#batches = Array.from({ length: BATCHES }, () => batchOf(rng));
    for (let count = 0; count < options.connections; count++) this.#connect();
  }

  stop(): void {
    this.#phase = 'stopped';
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(): void {
    const socket = connect(this.#path);
    this.#sockets.add(socket);
    socket.on('connect', () => {
      this.figures.connections++;
      this.#write(socket);
    });
    socket.on('data', (data) => {
      for (const byte of data) if (byte === 10) this.figures.answers++;
    });
    // Being cut off is what it asks for.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#later(() => this.#connect());
    });
  }

  #write(socket: Socket): void {
    if (this.#phase === 'stopped' || socket.destroyed) return;
    const batch = this.#batches[this.#next++ % this.#batches.length] ?? '';
    socket.write(batch, 'latin1', (error) => {
      if (error !== undefined && error !== null) return;
      this.figures.sent += BATCH;
      this.#write(socket);
    });
  }

  #later(act: () => void): void {
    if (this.#phase === 'stopped') return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, RECONNECT_MS);
    this.#timers.add(timer);
  }
}

/** Valid ones come first: whoever sends rubbish is heard no more. */
function batchOf(rng: Rng): string {
  const valid = rng.integer(0, 5);
  const lines = Array.from({ length: BATCH }, (_, index) =>
    index < valid ? validRequest(rng) : anyRequest(rng),
  );
  // Some never end their line.
  return lines.join('\n') + (rng.chance(0.25) ? '' : '\n');
}

function validRequest(rng: Rng): string {
  const requests = [
    { op: 'status' },
    { op: 'events', since: rng.integer(0, 999) },
    { op: 'explain', instance: 'VI_1' },
    { op: 'metrics' },
    { op: 'explain', instance: `VI_${rng.integer(0, 999)}` },
  ];
  return JSON.stringify(rng.pick(requests));
}

function anyRequest(rng: Rng): string {
  switch (rng.integer(0, 5)) {
    case 0:
      return bytes(rng, rng.integer(0, 199));
    case 1:
      return bytes(rng, LONGEST);
    case 2:
      return '['.repeat(rng.integer(0, 399));
    case 3:
      return JSON.stringify({ op: rng.pick(OPS), instance: bytes(rng, rng.integer(0, 49)) });
    case 4:
      return JSON.stringify({ op: rng.pick(OPS), since: -1, priority: 1e300, id: {} });
    default:
      return validRequest(rng).slice(0, rng.integer(0, 19));
  }
}

function bytes(rng: Rng, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(rng.integer(0, 255)))
    .join('')
    .replaceAll('\n', ' ');
}
