/** The data plane of kernels with IPVS. */
import type { Micros } from '../../base/time.ts';
import type { SyncDaemon } from '../../config/model/virtual-server.ts';
import type { DesiredService, ServerId, ServiceId } from '../../core/balance/plane.ts';
import type { IpvsEntry, IpvsOperation, IpvsServer } from '../../core/kernel/ipvs-ledger.ts';
import type {
  DataPlane,
  PlaneChange,
  PlaneFailure,
  PlaneTimeouts,
  ServiceStatistics,
  SyncRole,
} from '../../ports/data-plane.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import {
  type IpvsDaemonFields,
  type IpvsDestination,
  type IpvsService,
  type IpvsServiceFields,
  writeDaemon,
  writeTimeouts,
} from '../../wire/netlink/ipvs.ts';
import type { NetlinkWriter } from '../../wire/netlink/writer.ts';
import { EEXIST, ESRCH } from '../ffi/errno.ts';
import { carryOut } from './carry-out.ts';
import { entryOf } from './fields.ts';
import { type IpvsSocket, openIpvsSocket } from './ipvs-socket.ts';
import { OwnedList } from './owned-list.ts';
import { destinationsOr, type IpvsNames, readServices } from './read-kernel.ts';

/** The pure part, which the composition root brings along. */
export interface IpvsBrain extends IpvsNames {
  plan(
    id: ServiceId,
    desired: IpvsEntry | undefined,
    known: IpvsEntry | undefined,
  ): readonly IpvsOperation[];
}

export interface IpvsPlaneOptions {
  readonly brain: IpvsBrain;
  /** Path of the list of what is ours. */
  readonly list: string;
}

/** In the network namespace that the thread is in now. */
export function openIpvsPlane({ list, brain }: IpvsPlaneOptions): DataPlane | SysError {
  const socket = openIpvsSocket();
  if (isSysError(socket)) return socket;
  const plane = new IpvsPlane(socket, new OwnedList(list), brain);
  const failure = plane.takeOver();
  if (failure === undefined) return plane;
  socket.close();
  return failure;
}

/** Some datagrams full: of ten thousand requests at once the garbage collector takes longer than the kernel. */
const SERVICES_AT_ONCE = 100;
/** What the kernel begins with, in seconds: what is configured no more is this again. */
const KERNEL_TIMEOUTS = { tcp: 900, tcpFin: 120, udp: 300 } as const;

class IpvsPlane implements DataPlane {
  readonly kind = 'ipvs';
  readonly #socket: IpvsSocket;
  readonly #owned: OwnedList;
  readonly #brain: IpvsBrain;
  /** What is in the kernel and ours. */
  readonly #known = new Map<ServiceId, IpvsEntry | DesiredService>();
  readonly #sync = new Map<SyncRole, IpvsDaemonFields>();
  #timeouts: PlaneTimeouts = {};
  /** Services of an earlier process that nobody has asked for yet. */
  readonly #left = new Set<ServiceId>();

  constructor(socket: IpvsSocket, owned: OwnedList, brain: IpvsBrain) {
    this.#socket = socket;
    this.#owned = owned;
    this.#brain = brain;
  }

  /** What an earlier process has left is as if this one had made it. */
  takeOver(): SysError | undefined {
    const services = readServices(this.#socket, this.#brain);
    if (isSysError(services)) return services;
    for (const id of this.#owned.services()) {
      const service = services.get(id);
      if (service === undefined) continue;
      const there = [...destinationsOr(this.#socket, service.key, this.#brain)];
      const servers = there.flatMap(([server, destination]) =>
        this.#owned.hasServer(id, server) ? serverOf(server, destination) : [],
      );
      this.#known.set(id, { service: serviceFieldsOf(service), servers });
      this.#left.add(id);
    }
    this.#owned.keep(this.#known);
    return undefined;
  }

  refusal(): string | undefined {
    return undefined;
  }

  realize({ desired, removed }: PlaneChange): readonly PlaneFailure[] {
    const wanted = new Map(desired.map((service) => [service.id, service]));
    const gone = new Set(removed);
    // The first wish is a whole one.
    for (const id of this.#left) if (!wanted.has(id)) gone.add(id);
    this.#left.clear();
    const ids = [...gone, ...wanted.keys()];
    const failures: PlaneFailure[] = [];
    for (let from = 0; from < ids.length; from += SERVICES_AT_ONCE) {
      failures.push(...this.#realizeSome(ids.slice(from, from + SERVICES_AT_ONCE), wanted));
    }
    return failures;
  }

  /** Those of the services that are not `wanted` go. */
  #realizeSome(
    ids: readonly ServiceId[],
    wanted: ReadonlyMap<ServiceId, DesiredService>,
  ): readonly PlaneFailure[] {
    const operations: IpvsOperation[] = [];
    const ofKnown: IpvsOperation[] = [];
    for (const id of ids) {
      const service = wanted.get(id);
      const planned = this.#brain.plan(id, service && entryOf(service), this.#entry(id));
      for (const operation of planned) operations.push(operation);
      if (service !== undefined && !this.#known.has(id)) this.#owned.add(id, service.servers);
      else ofKnown.push(...planned);
    }
    for (const operation of ofKnown) this.#own(operation);
    this.#owned.write();
    const failures = carryOut(this.#socket, operations);
    for (const id of ids) {
      const service = wanted.get(id);
      if (service === undefined) this.#known.delete(id);
      else this.#known.set(id, service);
    }
    for (const { operation } of failures) this.#doubt(operation);
    for (const operation of ofKnown) this.#giveUp(operation);
    this.#owned.write();
    return failures.map(({ operation, error }) => ({
      service: operation.id,
      ...('server' in operation && { server: operation.server.id }),
      error,
    }));
  }

  /** In the kernel's terms; what was desired is not kept in these as well. */
  #entry(id: ServiceId): IpvsEntry | undefined {
    const known = this.#known.get(id);
    return known !== undefined && 'match' in known ? entryOf(known) : known;
  }

  /** Also what is only changed: it may have been somebody else's. */
  #own(operation: IpvsOperation): void {
    const { kind, id } = operation;
    if (kind === 'addService' || kind === 'editService') this.#owned.add(id, []);
    else if (kind === 'addServer' || kind === 'editServer') this.#owned.add(id, [operation.server]);
  }

  #giveUp(operation: IpvsOperation): void {
    const { kind, id } = operation;
    if (kind === 'deleteService') this.#owned.remove(id);
    else if (kind === 'deleteServer') this.#owned.remove(id, operation.server.id);
  }

  /** What the kernel has refused is tried anew with the next change. */
  #doubt(operation: IpvsOperation): void {
    const entry = this.#entry(operation.id);
    if (entry === undefined) return;
    if (operation.kind === 'addServer' || operation.kind === 'editServer') {
      const servers = entry.servers.filter(({ id }) => id !== operation.server.id);
      this.#known.set(operation.id, { ...entry, servers });
    } else if (operation.kind === 'addService' || operation.kind === 'editService') {
      this.#known.delete(operation.id);
    }
  }

  async statistics(): Promise<readonly ServiceStatistics[] | SysError> {
    const services = readServices(this.#socket, this.#brain);
    if (isSysError(services)) return services;
    return [...services].flatMap(([id, { key, counters }]) => {
      if (!this.#owned.has(id)) return [];
      const servers = [...destinationsOr(this.#socket, key, this.#brain)].map(([server, found]) => {
        const { weight, activeConnections, inactiveConnections, persistentConnections } = found;
        const connections = { activeConnections, inactiveConnections, persistentConnections };
        return { server, weight, ...connections, ...found.counters };
      });
      return [{ service: id, ...counters, servers }];
    });
  }

  setTimeouts(timeouts: PlaneTimeouts): SysError | undefined {
    const before = this.#timeouts;
    const seconds = (which: keyof PlaneTimeouts): number => {
      const isGone = timeouts[which] === undefined && before[which] !== undefined;
      return isGone ? KERNEL_TIMEOUTS[which] : wholeSeconds(timeouts[which]);
    };
    const asked = { tcp: seconds('tcp'), tcpFin: seconds('tcpFin'), udp: seconds('udp') };
    this.#timeouts = timeouts;
    const write = (writer: NetlinkWriter): void => writeTimeouts(writer, asked);
    return this.#socket.request('SET_CONFIG', write);
  }

  setSync(roles: readonly SyncRole[], daemon: SyncDaemon | undefined): SysError | undefined {
    const wanted = new Map(
      daemon === undefined ? [] : roles.map((role) => [role, daemonFields(role, daemon)] as const),
    );
    let failure: SysError | undefined;
    for (const [role, fields] of this.#sync) {
      if (JSON.stringify(wanted.get(role)) === JSON.stringify(fields)) continue;
      const error = this.#order('DEL_DAEMON', fields);
      // Somebody else may have ended it.
      if (error?.errno !== ESRCH) failure ??= error;
      this.#sync.delete(role);
    }
    for (const [role, fields] of wanted) {
      if (this.#sync.has(role)) continue;
      const error = this.#order('NEW_DAEMON', fields);
      // The process before this one has started it.
      if (error === undefined || error.errno === EEXIST) this.#sync.set(role, fields);
      else failure ??= error;
    }
    return failure;
  }

  flush(): SysError | undefined {
    const failure = this.#socket.request('FLUSH');
    if (failure !== undefined) return failure;
    this.#known.clear();
    this.#left.clear();
    this.#owned.keep([]);
    return undefined;
  }

  close(fate: 'keep' | 'remove'): void {
    if (fate === 'remove') {
      this.setSync([], undefined);
      if (Object.keys(this.#timeouts).length > 0) this.setTimeouts({});
      const ids = [...this.#known.keys()];
      const operations = ids.flatMap((id) => this.#brain.plan(id, undefined, this.#entry(id)));
      carryOut(this.#socket, operations);
    }
    this.#owned.close(fate);
    this.#socket.close();
  }

  #order(command: 'NEW_DAEMON' | 'DEL_DAEMON', fields: IpvsDaemonFields): SysError | undefined {
    return this.#socket.request(command, (writer) => writeDaemon(writer, fields));
  }
}

function serviceFieldsOf({ counters: _counters, ...fields }: IpvsService): IpvsServiceFields {
  return fields;
}

function serverOf(id: ServerId, destination: IpvsDestination): IpvsServer {
  const { address, port, method, weight, upperThreshold, lowerThreshold } = destination;
  const { tunnelType, tunnelPort, tunnelFlags } = destination;
  const thresholds = { upperThreshold, lowerThreshold };
  return { id, address, port, method, weight, ...thresholds, tunnelType, tunnelPort, tunnelFlags };
}

function daemonFields(state: SyncRole, daemon: SyncDaemon): IpvsDaemonFields {
  const { id = 0, maxLength, group, port, ttl } = daemon;
  return {
    state,
    interface: daemon.interface,
    syncId: id,
    ...(maxLength !== undefined && { maxLength }),
    ...(group !== undefined && { group }),
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
  };
}

/** 0 leaves a time as it is. */
function wholeSeconds(time: Micros | undefined): number {
  return Math.ceil((time ?? 0) / 1e6);
}
