/** One case before one of both programs: its servers, its clients, and what all of them saw. */
import { connect, createServer, type Server } from 'node:net';
import type { Step } from './steps.ts';
import { type End, Wire } from './wire.ts';

/** What is only asked for checks is connected to at any time. */
const isAsked = (server: string): boolean => server.startsWith('probe');

const HEARING_MS = 5000;

export interface Seat {
  /** Where the program listens: `in`, `in2`, `in6`, or a path; and its stats socket. */
  readonly addresses: ReadonlyMap<
    string,
    { readonly host: string; readonly port: number } | string
  >;
  readonly socket: string;
  readonly id: string;
}

export type Act = (scene: Scene) => Promise<void> | void;

/** Steps of each connection; by their number from 0, where they differ. */
export type ServerPlay = readonly Step[] | ((connection: number) => readonly Step[]);

export interface Case {
  readonly name: string;
  /** Sections, or lines of one `listen` with one bind; braces as in `stage.ts`. */
  readonly config: string;
  /** Lines of `global`: played before processes that have them. */
  readonly global?: string;
  readonly servers?: Readonly<Record<string, ServerPlay>>;
  readonly acts: readonly Act[];
  /** Whole, in `{folder}`; cases of one name of a file give it the same text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Columns of `show stat` that are compared for all its proxies, when all is over. */
  readonly columns?: readonly string[];
}

export interface Seen {
  readonly clients: Readonly<Record<string, { heard: string; end: End; missed?: string }>>;
  readonly servers: readonly { server: string; heard: string; end: End; missed?: string }[];
  readonly answers: readonly string[];
}

export class Scene {
  readonly #case: Case;
  readonly #seat: Seat;
  readonly #servers: Server[];
  readonly #clients = new Map<string, Wire>();
  readonly #connections: { readonly server: string; readonly wire: Wire }[] = [];
  readonly #plays: Promise<void>[] = [];
  readonly answers: string[] = [];

  constructor(each: Case, seat: Seat, servers: ReadonlyMap<string, Server>) {
    this.#case = each;
    this.#seat = seat;
    this.#servers = [...servers.values()];
    for (const [name, server] of servers) {
      let count = 0;
      server.removeAllListeners('connection');
      server.on('connection', (socket) => {
        const wire = new Wire(socket);
        if (!isAsked(name)) this.#connections.push({ server: name, wire });
        const play = each.servers?.[name] ?? [];
        const steps = typeof play === 'function' ? play(count++) : play;
        this.#plays.push(perform(wire, steps));
      });
    }
  }

  /** The client of this name; `NAME@in2` is connected there. */
  client(name: string): Wire {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const [, where = 'in'] = name.split('@');
    const address = this.#seat.addresses.get(where);
    if (address === undefined) throw new Error(`${this.#case.name}: no address ${where}`);
    const wire = new Wire(
      connect(
        typeof address === 'string'
          ? { path: address, allowHalfOpen: true }
          : { ...address, allowHalfOpen: true },
      ),
    );
    this.#clients.set(name, wire);
    return wire;
  }

  /** What the stats socket answers. */
  ask(command: string): Promise<string> {
    return askSocket(this.#seat.socket, command.replaceAll('{id}', this.#seat.id));
  }

  /** Until one of the servers has heard this. */
  async serversHear(what: string): Promise<void> {
    const limit = Date.now() + HEARING_MS;
    while (Date.now() < limit) {
      if (this.#connections.some(({ wire }) => wire.heard.includes(what))) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async play(): Promise<Seen> {
    for (const act of this.#case.acts) await act(this);
    await Promise.all([...this.#clients.values()].map((wire) => settle(wire)));
    for (const wire of this.#clients.values()) if (!wire.socket.destroyed) wire.socket.end();
    const clients = [...this.#clients].map(([name, wire]) => [name, seenOf(wire)] as const);
    for (const wire of this.#clients.values()) wire.socket.destroy();
    await Promise.race([
      Promise.all(this.#connections.map(({ wire }) => settle(wire))),
      new Promise((resolve) => setTimeout(resolve, 1500)),
    ]);
    const servers = this.#connections.map(({ server, wire }) => ({ server, ...seenOf(wire) }));
    for (const { wire } of this.#connections) wire.socket.destroy();
    for (const server of this.#servers) server.close();
    return { clients: Object.fromEntries(clients), servers, answers: this.answers };
  }
}

function seenOf(wire: Wire): { heard: string; end: End; missed?: string } {
  const { end, missed } = wire;
  return { heard: wire.text(), end, ...(missed !== undefined && { missed }) };
}

async function settle(wire: Wire): Promise<void> {
  if (!wire.socket.destroyed) await wire.gone();
}

async function perform(wire: Wire, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    await step(wire);
    if (wire.missed !== undefined) return;
  }
}

/** Lets a client do this before the play goes on. */
export function client(name: string, ...steps: readonly Step[]): Act {
  return (scene) => perform(scene.client(name), steps);
}

/** Goes on when a server has heard this. */
export const served =
  (what: string): Act =>
  (scene) =>
    scene.serversHear(what);

/** At the same time. */
export function together(...acts: readonly Act[]): Act {
  return async (scene) => {
    await Promise.all(acts.map((act) => act(scene)));
  };
}

export function wait(ms: number): Act {
  return () => new Promise((resolve) => setTimeout(resolve, ms));
}

/** Says something to the stats socket; its answer is compared. */
export function tell(command: string): Act {
  return async (scene) => {
    scene.answers.push(await scene.ask(command));
  };
}

export function listenLocally(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

export function createPlayServer(): Server {
  const server = createServer({ allowHalfOpen: true });
  server.on('connection', (socket) => socket.destroy());
  return server;
}

export function askSocket(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.on('data', (bytes) => {
      text += String(bytes);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(`${command}\n`);
  });
}
