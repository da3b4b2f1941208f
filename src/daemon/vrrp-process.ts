/**
 * The VRRP process: feeds the engine with facts and carries out its orders. Everything that touches
 * the kernel comes in through ports, so that the same code runs in tests.
 *
 *   alarm, sockets, netlink, scripts ──► node.handle / node.expire ──► effects
 *   effects: adverts at once; addresses and announcements in slices; scripts and log lines last
 */
import { type IpAddress, type IpFamily, ipFamily } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { AddressChange, ChangeOutcome } from '../core/kernel/address-ledger.ts';
import { Node, type NodeEffect, type NodeInput } from '../core/node.ts';
import type { VrrpEffect } from '../core/vrrp/types.ts';
import type { Alarm, AlarmFactory, Clock } from '../ports/clock.ts';
import type { LogSink } from '../ports/log.ts';
import type {
  AddressTable,
  AdvertNetwork,
  FrameSender,
  LinkFacts,
  NetworkEvent,
  NetworkMonitor,
  ReceivedDatagram,
} from '../ports/network.ts';
import type { RunningScript, ScriptRunner } from '../ports/scripts.ts';
import type { SysError } from '../ports/sys-error.ts';
import { decodeAdvert } from '../wire/vrrp.ts';
import { AddressKeeper } from './address-keeper.ts';
import { AdvertLinks, type RouterOnWire } from './advert-links.ts';
import { AdvertSender } from './advert-sender.ts';
import { Announcer } from './announcer.ts';
import { linkStateOf, usableAddresses } from './kernel-facts.ts';
import { logLines } from './log-lines.ts';
import { Notifier } from './notifier.ts';

/** Links that could not be opened are tried again after this time. */
const REOPEN_MS = 1000;
/** Notify scripts of a stop get this long before the process ends. */
const STOP_SCRIPTS_MS = 1000;

export interface VrrpProcessParts {
  readonly clock: Clock;
  readonly alarms: AlarmFactory;
  readonly network: AdvertNetwork;
  readonly table: AddressTable;
  readonly frames: FrameSender;
  readonly scripts: ScriptRunner;
  readonly monitor: NetworkMonitor;
  forwardsIpv6(interfaceName: string): boolean;
  readonly log: LogSink;
  /** `detail` is keepalived's -D. */
  readonly verbosity: 'normal' | 'detail';
}

export class VrrpProcess {
  readonly #parts: VrrpProcessParts;
  readonly #node: Node;
  readonly #alarm: Alarm;
  readonly #monitor: NetworkMonitor;
  readonly #keeper: AddressKeeper;
  readonly #announcer: Announcer;
  readonly #links: AdvertLinks;
  readonly #notifier: Notifier;
  readonly #senders = new Map<string, AdvertSender>();
  /** Instances between their openInstance and closeInstance; a closed one still sends its last advert. */
  readonly #open = new Map<string, VrrpInstanceModel>();
  readonly #trackScripts = new Map<string, RunningScript>();
  readonly #told = new Set<string>();
  #localAddresses = new Set<IpAddress>();
  #pumping: 'idle' | 'scheduled' = 'idle';
  #announceTimer: NodeJS.Timeout | undefined;
  #reopenTimer: NodeJS.Timeout | undefined;
  #atStop: 'release' | 'keep' = 'release';
  /** Routers were opened whose sockets may be missing. */
  #linksStale = false;
  #phase: 'running' | 'stopping' | 'stopped' = 'running';

  constructor(model: Model, parts: VrrpProcessParts) {
    this.#parts = parts;
    this.#node = new Node(model);
    // Packets that wait in a socket are older than the timer that has just run out: read them first.
    this.#alarm = parts.alarms.createAlarm(() => setImmediate(() => this.#expire()));
    this.#monitor = parts.monitor;
    this.#keeper = new AddressKeeper({
      clock: parts.clock,
      table: parts.table,
      monitor: this.#monitor,
      onSettled: (change, outcome, error) => this.#onAddressSettled(change, outcome, error),
    });
    this.#announcer = new Announcer({
      clock: parts.clock,
      frames: parts.frames,
      link: (name) => this.#link(name),
      isAwaited: (name, address) => this.#keeper.ledger.isAwaited(name, address),
      forwardsIpv6: parts.forwardsIpv6,
      onSent: (name, address) => this.#tellAnnounced(name, address),
      onError: (error, name) =>
        this.#tellOnce(
          `announce ${name} ${error.code}`,
          `cannot announce on ${name}: ${error.message}`,
        ),
    });
    this.#links = new AdvertLinks({
      network: parts.network,
      link: (name) => this.#link(name),
      onDatagram: (name, family, datagram) => this.#onDatagram(name, family, datagram),
      onOpenFailed: (name, error) =>
        this.#tell('error', `cannot open a VRRP socket on ${name}: ${error.message}`),
    });
    this.#notifier = new Notifier(parts.scripts, parts.log);
  }

  get node(): Node {
    return this.#node;
  }

  /** The kernel's view, for what must be known before the start. */
  get monitor(): NetworkMonitor {
    return this.#monitor;
  }

  start(listenFrom: Micros): void {
    for (const link of this.#monitor.links()) {
      this.#feed({ kind: 'linkChanged', interface: link.name, state: linkStateOf(link) });
      this.#feedAddresses(link);
    }
    this.#feed({ kind: 'start', listenFrom });
  }

  reload(model: Model): void {
    if (this.#phase !== 'running') return;
    this.#feed({ kind: 'reconfigured', model });
  }

  /** Gives everything up in order; calls back when addresses are gone and stop scripts have run. */
  stop(options: { readonly addresses: 'release' | 'keep' }, done: () => void): void {
    if (this.#phase !== 'running') return;
    this.#phase = 'stopping';
    this.#atStop = options.addresses;
    this.#feed({ kind: 'stopRequested' });
    this.#alarm.arm(undefined);
    while (this.#keeper.step() === 'more');
    for (const script of this.#trackScripts.values()) script.kill('SIGTERM');
    const finish = (): void => {
      if (this.#phase === 'stopped') return;
      this.#phase = 'stopped';
      this.close();
      done();
    };
    setTimeout(finish, STOP_SCRIPTS_MS);
    this.#notifier.whenIdle(finish);
  }

  /** After a bug of ours: the addresses go, whatever state the engine is in. */
  abandon(): void {
    this.#keeper.removeAll();
  }

  close(): void {
    clearTimeout(this.#announceTimer);
    clearTimeout(this.#reopenTimer);
    this.#links.close([]);
    this.#alarm.close();
    this.#monitor.close();
    this.#parts.frames.close();
    this.#parts.table.close();
  }

  // --- inputs ---

  #feed(input: NodeInput): void {
    const effects: NodeEffect[] = [];
    this.#node.handle(this.#parts.clock.now(), input, effects);
    this.#carryOut(effects);
  }

  #expire(): void {
    if (this.#phase !== 'running') return;
    const effects: NodeEffect[] = [];
    this.#node.expire(this.#parts.clock.now(), effects);
    this.#carryOut(effects);
  }

  #onDatagram(name: string, family: IpFamily, datagram: ReceivedDatagram): void {
    if (this.#phase !== 'running') return;
    const { payload, ...context } = datagram;
    const decoded = decodeAdvert(payload, context);
    this.#feed(
      decoded.ok
        ? { kind: 'advertReceived', interface: name, family, advert: decoded.value }
        : { kind: 'advertUndecodable', interface: name, reason: decoded.reason },
    );
  }

  onNetworkEvents(events: readonly NetworkEvent[]): void {
    if (this.#phase !== 'running') return;
    const changed = new Map<number, LinkFacts>();
    const links = new Map(this.#monitor.links().map((link) => [link.index, link]));
    for (const event of events) {
      switch (event.kind) {
        case 'linkChanged':
          this.#onLink(event.link, changed);
          break;
        case 'linkRemoved':
          this.#feed({ kind: 'linkChanged', interface: event.name, state: 'missing' });
          break;
        case 'resynchronised':
          this.#keeper.ledger.forgetExpectations();
          for (const link of links.values()) this.#onLink(link, changed);
          break;
        default: {
          const link = links.get(event.address.interfaceIndex);
          if (link === undefined) break;
          // Our own additions and removals come back as events too, by the thousand.
          const own = this.#keeper.ledger.isOurs(link.name, event.address.address);
          if (!own) changed.set(link.index, link);
          if (event.kind === 'addressRemoved') this.#onAddressGone(link, event.address.address);
        }
      }
    }
    for (const link of changed.values()) this.#feedAddresses(link);
    this.#openLinks();
  }

  #onLink(link: LinkFacts, changed: Map<number, LinkFacts>): void {
    changed.set(link.index, link);
    this.#keeper.ledger.retry(link.name);
    this.#feed({ kind: 'linkChanged', interface: link.name, state: linkStateOf(link) });
  }

  #onAddressGone(link: LinkFacts, address: IpAddress): void {
    for (const instance of this.#keeper.ledger.removed(link.name, address)) {
      this.#feed({ kind: 'addressLost', instance, address });
    }
  }

  #feedAddresses(link: LinkFacts): void {
    const all = this.#monitor.addresses();
    this.#localAddresses = new Set(all.map(({ address }) => address));
    const addresses = usableAddresses(all, link.index);
    this.#feed({ kind: 'addressesChanged', interface: link.name, addresses });
  }

  // --- effects ---

  #carryOut(effects: readonly NodeEffect[]): void {
    const later: NodeEffect[] = [];
    const closing: string[] = [];
    for (const effect of effects) {
      switch (effect.kind) {
        case 'openInstance':
          this.#open.set(effect.model.name, effect.model);
          this.#linksStale = true;
          break;
        case 'closeInstance':
          closing.push(effect.instance);
          break;
        case 'sendAdvert':
          this.#sendAdvert(effect);
          break;
        case 'addAddresses':
        case 'removeAddresses':
          this.#changeAddresses(effect);
          break;
        case 'announce':
          this.#announce(effect);
          break;
        case 'announceSource':
          this.#announceSource(effect.instance, effect.source);
          break;
        default:
          later.push(effect);
      }
    }
    if (this.#linksStale) this.#openLinks();
    this.#pump();
    for (const effect of later) this.#carryOutLater(effect);
    if (closing.length > 0) {
      for (const name of closing) {
        if (this.#node.router(name) !== undefined) continue;
        this.#open.delete(name);
        this.#senders.delete(name);
      }
      this.#links.close(this.#routersOnWire());
    }
    if (this.#phase === 'running') this.#alarm.arm(this.#node.nextDeadline());
  }

  #carryOutLater(effect: NodeEffect): void {
    switch (effect.kind) {
      case 'notify': {
        const model = this.#open.get(effect.instance);
        if (model !== undefined) this.#notifier.notify(model, effect.state, effect.priority);
        return;
      }
      case 'record':
        for (const line of logLines(effect.event)) {
          if (line.audience === 'always' || this.#parts.verbosity === 'detail') {
            this.#parts.log.write(line);
          }
        }
        return;
      case 'runScript':
        this.#runTrackScript(effect.script);
        return;
      case 'killScript':
        this.#trackScripts.get(effect.script)?.kill(effect.signal);
        return;
    }
  }

  #sendAdvert(effect: Extract<VrrpEffect, { kind: 'sendAdvert' }>): void {
    const { instance, priority, source, checksum } = effect;
    const model = this.#open.get(instance);
    if (model === undefined) return;
    if (this.#linksStale) this.#openLinks();
    const link = this.#links.find({ model, source });
    if (link === undefined) return;
    const sender = this.#senders.get(instance) ?? new AdvertSender();
    this.#senders.set(instance, sender);
    const error = sender.send(link, { model, source, checksum }, priority, (address) =>
      this.#isOwnPeer(instance, address),
    );
    if (error === undefined) this.#forgetTold(`send ${instance}`);
    else {
      this.#tellOnce(
        `send ${instance} ${error.code}`,
        `(${instance}) cannot send adverts: ${error.message}`,
      );
    }
  }

  #isOwnPeer(instance: string, address: IpAddress): boolean {
    if (!this.#localAddresses.has(address)) return false;
    this.#tellOnce(
      `own peer ${instance} ${address}`,
      `(${instance}) unicast_peer ${address} is this host itself - ignoring it`,
    );
    return true;
  }

  #changeAddresses(
    effect: Extract<VrrpEffect, { kind: 'addAddresses' | 'removeAddresses' }>,
  ): void {
    const model = this.#open.get(effect.instance);
    if (model === undefined || (this.#phase === 'stopping' && this.#atStop === 'keep')) return;
    const { ledger } = this.#keeper;
    for (const address of effect.addresses) {
      const name = address.interface ?? model.interface;
      if (effect.kind === 'addAddresses') ledger.want(effect.instance, name, address);
      else ledger.release(effect.instance, name, address);
    }
    if (effect.kind === 'removeAddresses') this.#announcer.forget(effect.instance);
  }

  #announce(effect: Extract<VrrpEffect, { kind: 'announce' }>): void {
    const model = this.#open.get(effect.instance);
    if (model === undefined) return;
    for (const address of effect.addresses) {
      this.#queueAnnouncement(
        model,
        address.interface ?? model.interface,
        address.address,
        effect.repeat,
      );
    }
  }

  #announceSource(instance: string, source: IpAddress): void {
    const model = this.#open.get(instance);
    if (model !== undefined) this.#queueAnnouncement(model, model.interface, source, 1);
  }

  #queueAnnouncement(
    model: VrrpInstanceModel,
    name: string,
    address: IpAddress,
    repeat: number,
  ): void {
    const { arpInterval, naInterval } = model.announcements;
    const spacingUs = ipFamily(address) === 4 ? arpInterval : naInterval;
    this.#announcer.announce({ holder: model.name, interface: name, address, spacingUs, repeat });
  }

  #runTrackScript(name: string): void {
    const script = this.#node.model.scripts.find((candidate) => candidate.name === name);
    if (script === undefined) return;
    const running = this.#parts.scripts.run(script.command, {}, (outcome) => {
      this.#trackScripts.delete(name);
      const succeeded = outcome.kind === 'exited' && outcome.status === 0;
      const detail =
        outcome.kind === 'exited'
          ? `exited with status ${outcome.status}`
          : outcome.kind === 'signalled'
            ? `due to signal ${outcome.signal}`
            : outcome.reason;
      // Also when `run` failed at once: never re-enter the engine from one of its own effects.
      setImmediate(() => {
        if (this.#phase !== 'running') return;
        const result = succeeded ? 'success' : 'failure';
        this.#feed({ kind: 'scriptExited', script: name, result, detail });
      });
    });
    if (running.pid !== undefined) this.#trackScripts.set(name, running);
  }

  // --- the slow work, in slices ---

  #pump(): void {
    const addresses = this.#keeper.step();
    const { again, afterUs } = this.#announcer.step();
    if (addresses === 'more' || again === 'at-once') this.#pumpSoon();
    if (again === 'later') {
      clearTimeout(this.#announceTimer);
      this.#announceTimer = setTimeout(() => this.#pump(), Math.ceil(afterUs / 1000));
    }
  }

  #pumpSoon(): void {
    if (this.#pumping === 'scheduled') return;
    this.#pumping = 'scheduled';
    setImmediate(() => {
      this.#pumping = 'idle';
      if (this.#phase !== 'stopped') this.#pump();
    });
  }

  #onAddressSettled(
    change: AddressChange,
    outcome: ChangeOutcome,
    error: SysError | undefined,
  ): void {
    const { interface: name } = change;
    const { address, prefixLength } = change.address;
    const what = `${address}/${prefixLength} on ${name}`;
    if (outcome === 'foreign') {
      this.#tellOnce(
        `foreign ${what}`,
        `address ${what} was there before and is not ours: it is served but will not be removed`,
      );
      return;
    }
    if (outcome === 'failed' && change.kind === 'add') this.#announcer.forgetAddress(name, address);
    if (outcome === 'failed' && error !== undefined) {
      const verb = change.kind === 'add' ? 'add' : 'remove';
      this.#tell('error', `cannot ${verb} address ${what}: ${error.message}`);
    }
  }

  // --- sockets ---

  #openLinks(): void {
    this.#linksStale = false;
    if (this.#links.open(this.#routersOnWire()) === 'complete') return;
    clearTimeout(this.#reopenTimer);
    this.#reopenTimer = setTimeout(() => this.#openLinks(), REOPEN_MS);
  }

  #routersOnWire(): readonly RouterOnWire[] {
    return [...this.#open.values()].map((model) => ({
      model,
      source: this.#node.router(model.name)?.source,
    }));
  }

  // --- telling people ---

  #tellAnnounced(name: string, address: IpAddress): void {
    if (this.#parts.verbosity !== 'detail') return;
    const kind = ipFamily(address) === 4 ? 'gratuitous ARP' : 'unsolicited Neighbour Advert';
    this.#tell('info', `Sending ${kind} on ${name} for ${address}`);
  }

  #tell(level: 'error' | 'warning' | 'info', text: string): void {
    this.#parts.log.write({ level, text });
  }

  #tellOnce(key: string, text: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#tell('warning', text);
  }

  #forgetTold(prefix: string): void {
    if (this.#told.size === 0) return;
    for (const key of this.#told) if (key.startsWith(prefix)) this.#told.delete(key);
  }

  #link(name: string): LinkFacts | undefined {
    return this.#monitor.links().find((link) => link.name === name);
  }
}
