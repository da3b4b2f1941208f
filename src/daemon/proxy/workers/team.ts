/** The processes that carry traffic beside the leading one (ADR 0010), and what it tells them and hears of them. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { LiveConfig, LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import type { StatsOrder } from '../../../core/proxy/stats/orders.ts';
import type { SessionView } from '../../../core/proxy/stats/session-list.ts';
import { mergeLive } from '../../../core/proxy/workers/merge.ts';
import { standingOf } from '../../../core/proxy/workers/standing.ts';
import { settleTally, type Tally } from '../../../core/proxy/workers/tally.ts';
import { isSysError } from '../../../ports/sys-error.ts';
import { complain } from '../load-config.ts';
import { startProgram } from '../program.ts';
import type { ProxyRunOptions } from '../run-options.ts';
import type { ProxyWorker } from '../worker.ts';
import { fingerprintOf } from './fingerprint.ts';
import { Loads } from './loads.ts';
import type {
  Figures,
  FrontendState,
  LeadMessage,
  MateMessage,
  ServerPlace,
  Told,
} from './messages.ts';

/** Its first descriptors are its standard streams and the channel. */
const FIRST_SOCKET_FD = 4;
/** One that ends without being asked is replaced after this. */
const AGAIN_AFTER_MS = 100;
/** Who does not answer or end by then is taken to hang. */
const ANSWER_MS = 1000;
const END_MS = 1000;
/** Whatever has changed and nobody has told of. */
const SPREAD_MS = 500;
const TICKET_SECRET_BYTES = 32;

interface Mate {
  readonly index: number;
  readonly process: ChildProcess;
  state: 'starting' | 'serving' | 'leaving';
  figures?: Figures;
  sessions: readonly SessionView[];
  onAnswer?: { readonly question: number; readonly done: () => void };
}

export class Team {
  readonly #worker: ProxyWorker;
  readonly #options: ProxyRunOptions;
  readonly #fingerprint: string;
  /** In no argument and no environment, which others can read: the channel alone has it. */
  readonly #tickets = randomBytes(TICKET_SECRET_BYTES);
  readonly #mates = new Set<Mate>();
  readonly #loads: Loads | undefined;
  /** What those had counted that have ended. */
  readonly #past: Tally[] = [];
  readonly #told = new Map<LiveServer, string>();
  readonly #timer: NodeJS.Timeout;
  #question = 0;
  #isEnding = false;
  #onEmpty: () => void = () => {};

  constructor(worker: ProxyWorker, options: ProxyRunOptions) {
    this.#worker = worker;
    this.#options = options;
    this.#fingerprint = fingerprintOf(worker.live.config);
    worker.shareTickets(this.#tickets);
    const loads = Loads.create(worker.place);
    // Without it whoever is first takes whoever comes.
    this.#loads = isSysError(loads) ? undefined : loads;
    worker.traffic.loads = this.#loads;
    this.#loads?.set(worker.live.current);
    this.#timer = setInterval(() => this.spread(), SPREAD_MS);
  }

  /** False: one of them could not begin; it has said why. */
  async start(count: number): Promise<boolean> {
    const begun = Array.from({ length: count - 1 }, (_, at) => this.#start(at + 1));
    const outcomes = await Promise.all(begun);
    return outcomes.every((outcome) => outcome === 'serving');
  }

  /** What all have counted; those that follow up to a quarter of a second ago. */
  merged(): LiveConfig {
    const known = [...this.#mates].flatMap(({ figures }) => figures?.tally ?? []);
    return mergeLive(this.#worker.live, [...this.#past, ...known]);
  }

  figures(): readonly Figures[] {
    return [...this.#mates].flatMap(({ figures }) => figures ?? []);
  }

  /** Of those that follow, as of the last `ask`. */
  sessions(): readonly SessionView[] {
    return [...this.#mates].flatMap(({ sessions }) => sessions);
  }

  /** Everybody's figures and sessions, of now. */
  async ask(): Promise<void> {
    const serving = [...this.#mates].filter(({ state }) => state !== 'starting');
    this.#question += 1;
    const question = this.#question;
    await Promise.all(serving.map((mate) => this.#askOne(mate, question)));
  }

  /** Tells what has changed of servers. */
  spread(): void {
    const servers = this.#standings().filter(({ server, text }) => {
      const isNews = this.#told.get(server) !== text;
      if (isNews) this.#told.set(server, text);
      return isNews;
    });
    if (servers.length > 0)
      this.tell({ kind: 'servers', servers: servers.map(({ told }) => told) });
  }

  kill(server: LiveServer, why: 'K' | 'D' | 'U'): void {
    this.tell({ kind: 'kill', ...this.#placeOf(server), why });
  }

  /** What the leading process itself has obeyed already. */
  obey(order: StatsOrder): void {
    switch (order.kind) {
      case 'server':
      case 'serverMaxconn':
      case 'serverAddress':
        this.spread();
        return;
      case 'frontend':
      case 'frontendMaxconn': {
        const frontend = this.#frontend(order.proxy);
        if (frontend !== undefined) this.tell({ kind: 'frontend', ...frontend });
        return;
      }
      case 'processMaxconn':
        this.tell({ kind: 'maxconn', maxconn: order.maxconn });
        return;
      case 'shutdownSession':
        this.tell({ kind: 'killSession', id: order.id });
        return;
      case 'shutdownSessions':
        this.kill(order.server, 'K');
        return;
      case 'clearCounters':
        this.#past.length = 0;
        this.tell({ kind: 'clearCounters', what: order.what });
        return;
      case 'clientTimeout':
    }
  }

  tell(message: LeadMessage): void {
    for (const mate of this.#mates) if (mate.state === 'serving') send(mate, message);
  }

  /** Nobody new; resolves when all have ended. */
  async stopSoftly(): Promise<void> {
    this.#isEnding = true;
    for (const mate of this.#mates) {
      if (mate.state === 'serving') send(mate, { kind: 'stop' });
      else mate.process.kill('SIGKILL');
      mate.state = 'leaving';
    }
    await this.#whenEmpty();
  }

  /** All end now. */
  async close(): Promise<void> {
    this.#isEnding = true;
    clearInterval(this.#timer);
    const { size } = this.#mates;
    for (const { process: child } of this.#mates) if (child.connected) child.disconnect();
    const late = setTimeout(() => {
      for (const { process: child } of this.#mates) child.kill('SIGKILL');
    }, END_MS);
    if (size > 0) await this.#whenEmpty();
    clearTimeout(late);
  }

  #whenEmpty(): Promise<void> {
    if (this.#mates.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #start(index: number): Promise<'serving' | 'failed'> {
    const mate: Mate = {
      index,
      process: this.#spawn(index),
      state: 'starting',
      sessions: [],
    };
    this.#mates.add(mate);
    return new Promise((resolve) => {
      const end = (): void => {
        resolve('failed');
        this.#ended(mate);
      };
      mate.process.once('error', end);
      mate.process.once('exit', end);
      mate.process.on('message', (message: MateMessage) => {
        this.#hear(mate, message);
        if (mate.state === 'serving') resolve('serving');
      });
    });
  }

  #spawn(index: number): ChildProcess {
    const { programName, paths, maxconn } = this.#options;
    const sockets = this.#worker.traffic.listeningDescriptors();
    const settings: ProxyRunOptions = {
      programName,
      paths,
      role: 'mate',
      told: true,
      place: { index, count: this.#worker.place.count },
      sockets: sockets.map(([key], at) => [key, FIRST_SOCKET_FD + at] as const),
      ...(this.#loads !== undefined && { loadsFd: FIRST_SOCKET_FD + sockets.length }),
      ...(maxconn !== undefined && { maxconn }),
    };
    const descriptors = [...sockets.map(([, fd]) => fd), this.#loads?.fd].filter(
      (fd) => fd !== undefined,
    );
    return startProgram(settings, ['ignore', 'inherit', 'inherit', 'ipc', ...descriptors]);
  }

  #hear(mate: Mate, message: MateMessage): void {
    switch (message.kind) {
      case 'ready':
        this.#welcome(mate, message.fingerprint);
        return;
      case 'figures':
        mate.figures = message.figures;
        return;
      case 'answer':
        mate.figures = message.figures;
        mate.sessions = message.sessions;
        if (mate.onAnswer?.question === message.question) mate.onAnswer.done();
        return;
      case 'observed': {
        const { proxy, server: index, seen } = message;
        const server = this.#worker.live.proxies[proxy]?.back?.servers[index];
        if (server !== undefined) this.#worker.feed({ kind: 'observed', server, seen });
      }
    }
  }

  #welcome(mate: Mate, fingerprint: string): void {
    if (fingerprint !== this.#fingerprint) {
      complain('the files have changed: there is one worker less until they are loaded anew');
      mate.state = 'leaving';
      mate.process.kill('SIGKILL');
      return;
    }
    const { live, traffic } = this.#worker;
    mate.state = 'serving';
    send(mate, {
      kind: 'begin',
      servers: this.#standings().map(({ told }) => told),
      frontends: live.proxies.flatMap((proxy) => this.#frontend(proxy) ?? []),
      ...(traffic.maxconn !== undefined && { maxconn: traffic.maxconn }),
      tickets: this.#tickets.toString('base64'),
    });
  }

  #ended(mate: Mate): void {
    if (!this.#mates.delete(mate)) return;
    this.#loads?.forget(mate.index);
    mate.onAnswer?.done();
    if (mate.figures !== undefined) this.#past.push(settleTally(mate.figures.tally));
    if (this.#mates.size === 0) this.#onEmpty();
    if (this.#isEnding || mate.state === 'leaving') return;
    const { exitCode, signalCode, pid } = mate.process;
    complain(`the worker ${pid ?? ''} ended with ${signalCode ?? exitCode}`);
    // One that could not even begin would not do so a second time: after chroot, for one.
    if (mate.state === 'serving')
      setTimeout(() => {
        if (!this.#isEnding) void this.#start(mate.index);
      }, AGAIN_AFTER_MS);
  }

  #askOne(mate: Mate, question: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      mate.onAnswer = { question, done };
      send(mate, { kind: 'ask', question });
    });
  }

  #standings(): readonly {
    readonly server: LiveServer;
    readonly told: Told;
    readonly text: string;
  }[] {
    return this.#worker.live.proxies.flatMap(({ back }, proxy) =>
      (back?.servers ?? []).map((server, index) => {
        const standing = standingOf(server);
        const told = { proxy, server: index, standing };
        return { server, told, text: JSON.stringify(standing) };
      }),
    );
  }

  #frontend(proxy: LiveProxy): FrontendState | undefined {
    const { front, state } = proxy;
    const index = this.#worker.live.proxies.indexOf(proxy);
    return front && { proxy: index, state, maxconn: front.maxconn };
  }

  #placeOf(server: LiveServer): ServerPlace {
    const proxy = this.#worker.live.proxies.indexOf(server.proxy);
    return { proxy, server: server.proxy.back?.servers.indexOf(server) ?? -1 };
  }
}

function send({ process: child }: Mate, message: LeadMessage): void {
  // It may have ended just now: then there is nobody who could hear it.
  if (child.connected) child.send(message, () => {});
}
