/** The data plane in force, and all that it should do; another one may take its place at a reload. */
import type { InstanceState } from '../../api/checker-child.ts';
import type { LoadBalancingSettings, SyncDaemon } from '../../config/model/virtual-server.ts';
import type { DesiredService, ServiceId } from '../../core/balance/plane.ts';
import type { DataPlane, ServiceStatistics, SyncRole } from '../../ports/data-plane.ts';
import type { LogSink } from '../../ports/log.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';

export interface PlaneSideParts {
  readonly log: LogSink;
  /** The kernel has been told of everything. */
  balances(): void;
  open(
    kind: LoadBalancingSettings['dataPlane'],
    settings: LoadBalancingSettings,
  ): DataPlane | SysError;
}

type Change = {
  readonly desired: readonly DesiredService[];
  readonly removed: readonly ServiceId[];
};

export class PlaneSide {
  readonly #parts: PlaneSideParts;
  readonly #desired = new Map<ServiceId, DesiredService>();
  /** Why a service is not balanced. */
  readonly #refusals = new Map<ServiceId, string>();
  #plane: DataPlane | undefined;
  #settings: LoadBalancingSettings | undefined;
  #instance: InstanceState = 'init';
  #hasTimeouts = false;
  #trouble: string | undefined;

  constructor(parts: PlaneSideParts) {
    this.#parts = parts;
  }

  get kind(): DataPlane['kind'] | 'none' {
    return this.#plane?.kind ?? 'none';
  }

  refusal(service: ServiceId): string | undefined {
    return this.#refusals.get(service) ?? this.#trouble;
  }

  /** Before what is desired is said. */
  configure(settings: LoadBalancingSettings): void {
    const before = this.#settings;
    this.#settings = settings;
    const isOther =
      before?.dataPlane !== settings.dataPlane || before?.namespace !== settings.namespace;
    if (!isOther || this.#plane === undefined) return;
    this.#plane.close('remove');
    this.#plane = undefined;
    if (this.#ensure() === 'opened') this.#applyAll();
  }

  /** After it has been said for the first time, or anew. */
  begun(): void {
    const { tcpTimeout, tcpFinTimeout, udpTimeout } = this.#settings ?? {};
    const timeouts = {
      ...(tcpTimeout !== undefined && { tcp: tcpTimeout }),
      ...(tcpFinTimeout !== undefined && { tcpFin: tcpFinTimeout }),
      ...(udpTimeout !== undefined && { udp: udpTimeout }),
    };
    const isSet = Object.keys(timeouts).length > 0;
    // What an earlier configuration has set is taken back.
    if (isSet || this.#hasTimeouts) {
      this.#tell('lvs_timeouts', this.#plane?.setTimeouts(timeouts));
    }
    this.#hasTimeouts = isSet;
    this.#synchronise();
  }

  instanceChanged(state: InstanceState): void {
    this.#instance = state;
    if (this.#settings?.syncDaemon?.instance !== undefined) this.#synchronise();
  }

  realize(change: Change): void {
    for (const service of change.desired) this.#desired.set(service.id, service);
    for (const id of change.removed) this.#desired.delete(id);
    // A plane is first told of everything, also where it could not be opened until now.
    if (this.#ensure() === 'opened') this.#applyAll();
    else this.#apply(change);
  }

  async statistics(): Promise<readonly ServiceStatistics[]> {
    const found = (await this.#plane?.statistics()) ?? [];
    return isSysError(found) ? [] : found;
  }

  close(kernel: 'remove' | 'keep'): void {
    const plane = this.#plane;
    this.#plane = undefined;
    if (plane === undefined) return;
    const flushes = kernel === 'remove' && this.#settings?.flushAtStop === 'everything';
    if (flushes) this.#tell('lvs_flush', plane.flush());
    plane.close(kernel);
  }

  /** Opened when there is something to balance: checks alone need no kernel. */
  #ensure(): 'opened' | 'as before' {
    const settings = this.#settings;
    if (this.#plane !== undefined || this.#desired.size === 0 || settings === undefined) {
      return 'as before';
    }
    const plane = this.#parts.open(settings.dataPlane, settings);
    if (isSysError(plane)) {
      const text = `${plane.call}: ${plane.message}`;
      if (this.#trouble !== text) {
        this.#parts.log.write({ level: 'error', text: `nothing is balanced: ${text}` });
      }
      this.#trouble = text;
      return 'as before';
    }
    this.#trouble = undefined;
    this.#plane = plane;
    if (settings.flushAtStart) this.#tell('lvs_flush', plane.flush());
    return 'opened';
  }

  #applyAll(): void {
    this.#apply({ desired: [...this.#desired.values()], removed: [] });
    this.#parts.log.write({ level: 'info', text: `Virtual servers are balanced by ${this.kind}` });
    this.#parts.balances();
  }

  #apply({ desired, removed }: Change): void {
    const plane = this.#plane;
    if (plane === undefined) return;
    const possible = desired.filter((service) => this.#isPossible(plane, service));
    for (const id of removed) this.#refusals.delete(id);
    // What a reload has made impossible goes as well.
    const gone = [...removed, ...desired.flatMap(({ id }) => (this.#refusals.has(id) ? id : []))];
    for (const { service, server, error } of plane.realize({ desired: possible, removed: gone })) {
      const who = server === undefined ? service : `${server} of ${service}`;
      const text = `${who}: ${error.call}: ${error.message}`;
      this.#parts.log.write({ level: 'error', text });
    }
  }

  #isPossible(plane: DataPlane, service: DesiredService): boolean {
    const refusal = plane.refusal(service);
    if (refusal === undefined) {
      this.#refusals.delete(service.id);
      return true;
    }
    if (this.#refusals.get(service.id) !== refusal) {
      const text = `${service.id} is not balanced: ${refusal}`;
      this.#parts.log.write({ level: 'error', text });
    }
    this.#refusals.set(service.id, refusal);
    return false;
  }

  /** Without an instance both sides run; else the master sends, and all others listen. */
  #synchronise(): void {
    const daemon = this.#settings?.syncDaemon;
    this.#tell('lvs_sync_daemon', this.#plane?.setSync(rolesOf(daemon, this.#instance), daemon));
  }

  #tell(what: string, error: SysError | undefined): void {
    if (error === undefined) return;
    const text = `${what}: ${error.call}: ${error.message}`;
    this.#parts.log.write({ level: 'error', text });
  }
}

function rolesOf(daemon: SyncDaemon | undefined, state: InstanceState): readonly SyncRole[] {
  if (daemon === undefined) return [];
  if (daemon.instance === undefined) return ['master', 'backup'];
  return [state === 'master' ? 'master' : 'backup'];
}
