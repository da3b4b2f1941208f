/** A process that carries traffic and follows another one: it checks nothing, and answers nobody but that one. */
import type { HealthInput } from '../../../core/proxy/health/types.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import { clearCounters } from '../../../core/proxy/stats/clear.ts';
import { isUsable } from '../../../core/proxy/usable.ts';
import { applyStanding } from '../../../core/proxy/workers/standing.ts';
import { isSysError } from '../../../ports/sys-error.ts';
import { complain, loadConfig } from '../load-config.ts';
import { dropPrivileges } from '../privileges.ts';
import { describeListenFailure, type RunningProxy, startProxy } from '../process.ts';
import type { ProxyRunOptions } from '../run-options.ts';
import { sessionList } from '../session-list.ts';
import type { ProxyWorker } from '../worker.ts';
import { figuresOf } from './figures.ts';
import { fingerprintOf } from './fingerprint.ts';
import { Loads } from './loads.ts';
import type { FrontendState, LeadMessage, MateMessage, ServerPlace, Told } from './messages.ts';

/** How old the figures are at most that the stats page shows of this process. */
const FIGURES_MS = 250;

export async function runMate(
  options: ProxyRunOptions,
  place: { readonly index: number; readonly count: number },
): Promise<void> {
  let proxy: RunningProxy | undefined;
  const leave = (): never => {
    proxy?.close();
    process.exit(0);
  };
  // Whoever led is gone, or wants it so.
  process.on('disconnect', leave);
  process.on('SIGTERM', leave);
  const others = ['SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGPIPE', 'SIGTTOU', 'SIGTTIN'];
  for (const signal of others) process.on(signal, () => {});
  const config = loadConfig(options);
  if (config === undefined) process.exit(1);
  const started = await startProxy(config, new Map(options.sockets), place);
  if (!('worker' in started)) {
    for (const failure of started)
      complain(typeof failure === 'string' ? failure : describeListenFailure(failure));
    process.exit(1);
  }
  proxy = started;
  proxy.worker.traffic.pause();
  const refusal = dropPrivileges(config.global);
  if (refusal !== undefined) {
    complain(refusal);
    process.exit(1);
  }
  const loads = options.loadsFd === undefined ? undefined : Loads.open(options.loadsFd, place);
  const mate = new Mate(proxy, leave, isSysError(loads) ? undefined : loads);
  process.on('message', (message: LeadMessage) => mate.obey(message));
  proxy.worker.onObserved = (input) => mate.tellObserved(input);
  say({ kind: 'ready', fingerprint: fingerprintOf(config) });
}

/** Whoever is killed hears nothing: that is told by the end of the channel, not by an error of ours. */
function say(message: MateMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

class Mate {
  readonly #proxy: RunningProxy;
  readonly #worker: ProxyWorker;
  readonly #leave: () => void;
  readonly #loads: Loads | undefined;
  #told = '';
  #isPaused = true;

  constructor(proxy: RunningProxy, leave: () => void, loads: Loads | undefined) {
    this.#loads = loads;
    this.#proxy = proxy;
    this.#worker = proxy.worker;
    this.#leave = leave;
    setInterval(() => this.#tellFigures(), FIGURES_MS);
  }

  obey(message: LeadMessage): void {
    const { traffic, live } = this.#worker;
    switch (message.kind) {
      case 'begin':
        this.#hear(message.servers);
        for (const frontend of message.frontends) this.#setFrontend(frontend);
        traffic.maxconn = message.maxconn;
        this.#worker.shareTickets(Buffer.from(message.tickets, 'base64'));
        this.#isPaused = false;
        traffic.loads = this.#loads;
        this.#loads?.set(live.current);
        traffic.adjustListeners();
        return;
      case 'servers':
        this.#hear(message.servers);
        return;
      case 'frontend':
        this.#setFrontend(message);
        this.#adjust();
        return;
      case 'maxconn':
        traffic.maxconn = message.maxconn;
        this.#adjust();
        return;
      case 'kill': {
        const server = this.#serverAt(message);
        if (server !== undefined) traffic.killSessionsOf(server, message.why);
        return;
      }
      case 'killSession':
        this.#worker.sessionOf(message.id)?.kill('K');
        return;
      case 'clearCounters':
        clearCounters(live, message.what);
        return;
      case 'pause':
        this.#isPaused = true;
        traffic.pause();
        return;
      case 'resume':
        this.#isPaused = false;
        traffic.adjustListeners();
        return;
      case 'stop':
        void this.#proxy.stopSoftly().then(this.#leave);
        return;
      case 'ask':
        this.#answer(message.question);
    }
  }

  tellObserved(input: HealthInput): void {
    if (input.kind !== 'observed') return;
    const { server, seen } = input;
    const { proxies } = this.#worker.live;
    const proxy = proxies.indexOf(server.proxy);
    const index = proxies[proxy]?.back?.servers.indexOf(server) ?? -1;
    say({ kind: 'observed', proxy, server: index, seen });
  }

  #hear(servers: readonly Told[]): void {
    const proxies = new Set<LiveServer['proxy']>();
    for (const { standing, ...at } of servers) {
      const server = this.#serverAt(at);
      if (server === undefined) continue;
      const { ip, port } = server;
      applyStanding(server, standing);
      proxies.add(server.proxy);
      if (!isUsable(server) || ip !== server.ip || port !== server.port)
        this.#worker.forgetConnections(server);
    }
    for (const proxy of proxies) this.#worker.refresh(proxy);
  }

  #serverAt({ proxy, server }: ServerPlace): LiveServer | undefined {
    return this.#worker.live.proxies[proxy]?.back?.servers[server];
  }

  #setFrontend({ proxy: index, state, maxconn }: FrontendState): void {
    const proxy = this.#worker.live.proxies[index];
    if (proxy?.front === undefined) return;
    const hasEnded = state === 'stopped' && proxy.state !== 'stopped';
    proxy.state = state;
    proxy.front.maxconn = maxconn;
    if (hasEnded) this.#worker.traffic.stopListening(proxy);
  }

  #adjust(): void {
    if (!this.#isPaused) this.#worker.traffic.adjustListeners();
  }

  #answer(question: number): void {
    const figures = figuresOf(this.#worker);
    say({ kind: 'answer', question, figures, sessions: [...sessionList(this.#worker).list()] });
  }

  #tellFigures(): void {
    const figures = figuresOf(this.#worker);
    const text = JSON.stringify(figures.tally);
    if (text === this.#told) return;
    this.#told = text;
    say({ kind: 'figures', figures });
  }
}
