import type { IpAddress } from '../base/ip.ts';
import { type Micros, micros } from '../base/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Firewall } from '../ports/firewall.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import type { NftMessage } from '../wire/netlink/nftables.ts';
import { ENOENT } from './ffi/errno.ts';
import { abandonedNames, holdFirewallName } from './firewall-names.ts';
import {
  changeAddresses,
  firstSign,
  freshTables,
  newClass,
  renewal,
  withoutTables,
} from './firewall-rules.ts';
import {
  type EncodedBatch,
  type NftablesChannel,
  openNftablesChannel,
} from './nftables-channel.ts';

/** Validities that reloads have left behind; each costs every packet a look-up or two. */
const IDLE_MAX = 4;

/** What is guarded for one validity. */
interface GuardClass {
  readonly validityMs: number;
  readonly renewal: EncodedBatch;
  readonly covered: Set<IpAddress>;
  aliveUntil: Micros;
}

/**
 * The firewall guard by nftables, without the program nft: two tables that carry the daemon's name.
 * Where somebody else has removed them (`nft flush ruleset`), they are made anew at the next call.
 */
export function openFirewall(
  owner: string,
  { clock }: { readonly clock: Clock },
): Firewall | SysError {
  const channel = openNftablesChannel();
  if (isSysError(channel)) return channel;
  const held = holdFirewallName(owner);
  if (isSysError(held)) {
    channel.close();
    return held;
  }
  const firewall = new NftablesFirewall(held.name, channel, clock);
  return {
    name: held.name,
    prepare: (validity) => firewall.change('add', validity, []),
    retain: (validities) => firewall.retain(validities),
    renew: (validity) => firewall.renew(validity),
    cover: (validity, addresses) => firewall.change('add', validity, addresses),
    uncover: (validity, addresses) => firewall.change('remove', validity, addresses),
    close: () => {
      const failure = firewall.removeTables();
      channel.close();
      held.release();
      return failure;
    },
  };
}

/** Removes the tables that killed daemons of this owner have left; returns their names. */
export function removeAbandonedFirewalls(owner: string): readonly string[] | SysError {
  return withChannel((channel) => {
    const tables = channel.tables();
    if (isSysError(tables)) return tables;
    const names = abandonedNames(
      owner,
      tables.map(({ name }) => name),
    );
    for (const name of names) {
      const failure = channel.send(channel.encode(withoutTables(name)));
      if (failure !== undefined) return failure;
    }
    return names;
  });
}

/** Removes tables of this name, if there are any. */
export function removeFirewall(name: string): SysError | undefined {
  return withChannel((channel) => channel.send(channel.encode(withoutTables(name))));
}

function withChannel<Value>(body: (channel: NftablesChannel) => Value): Value | SysError {
  const channel = openNftablesChannel();
  if (isSysError(channel)) return channel;
  try {
    return body(channel);
  } finally {
    channel.close();
  }
}

class NftablesFirewall {
  readonly #name: string;
  readonly #channel: NftablesChannel;
  readonly #clock: Clock;
  readonly #classes = new Map<number, GuardClass>();
  #tables: 'missing' | 'made' = 'missing';

  constructor(name: string, channel: NftablesChannel, clock: Clock) {
    this.#name = name;
    this.#channel = channel;
    this.#clock = clock;
  }

  /** Rules cannot be taken out one by one: where many are of no use, all are made anew without them. */
  retain(validities: ReadonlySet<Micros>): SysError | undefined {
    const needed = new Set([...validities].map(millisecondsOf));
    const idle = [...this.#classes.values()].filter(
      ({ validityMs, covered }) => covered.size === 0 && !needed.has(validityMs),
    );
    if (idle.length <= IDLE_MAX) return undefined;
    for (const { validityMs } of idle) this.#classes.delete(validityMs);
    return this.#makeAll();
  }

  renew(validity: Micros): SysError | undefined {
    const guard = this.#classOf(validity);
    if (isSysError(guard)) return guard;
    guard.aliveUntil = micros(this.#clock.now() + validity);
    return this.#mend(this.#channel.send(guard.renewal));
  }

  change(
    kind: 'add' | 'remove',
    validity: Micros,
    addresses: readonly IpAddress[],
  ): SysError | undefined {
    const guard = this.#classOf(validity);
    if (isSysError(guard)) return guard;
    const { covered, validityMs } = guard;
    const changed = addresses.filter((each) => covered.has(each) !== (kind === 'add'));
    if (changed.length === 0) return undefined;
    for (const address of changed) {
      if (kind === 'add') covered.add(address);
      else covered.delete(address);
    }
    return this.#mend(this.#send(changeAddresses(kind, this.#name, validityMs, changed)));
  }

  removeTables(): SysError | undefined {
    if (this.#tables === 'missing') return undefined;
    this.#tables = 'missing';
    this.#classes.clear();
    return this.#send(withoutTables(this.#name));
  }

  #classOf(validity: Micros): GuardClass | SysError {
    const validityMs = millisecondsOf(validity);
    const known = this.#classes.get(validityMs);
    if (known !== undefined) return known;
    const guard: GuardClass = {
      validityMs,
      renewal: this.#channel.encode(renewal(this.#name, validityMs)),
      covered: new Set(),
      aliveUntil: micros(0),
    };
    this.#classes.set(validityMs, guard);
    const failure =
      this.#tables === 'missing'
        ? this.#makeAll()
        : this.#mend(this.#send(newClass(this.#name, validityMs, 1)));
    if (failure === undefined) return guard;
    this.#classes.delete(validityMs);
    return failure;
  }

  /** What should be there and is not: all of it is made anew. */
  #mend(failure: SysError | undefined): SysError | undefined {
    return failure?.errno === ENOENT ? this.#makeAll() : failure;
  }

  #makeAll(): SysError | undefined {
    const now = this.#clock.now();
    const messages = [...freshTables(this.#name)];
    let position = 0;
    for (const { validityMs, covered, aliveUntil } of this.#classes.values()) {
      messages.push(...newClass(this.#name, validityMs, ++position));
      messages.push(...changeAddresses('add', this.#name, validityMs, [...covered]));
      const restMs = Math.floor((aliveUntil - now) / 1000);
      if (restMs > 0) messages.push(...firstSign(this.#name, validityMs, restMs));
    }
    const failure = this.#send(messages);
    this.#tables = failure === undefined ? 'made' : 'missing';
    return failure;
  }

  #send(messages: readonly NftMessage[]): SysError | undefined {
    return this.#channel.send(this.#channel.encode(messages));
  }
}

function millisecondsOf(validity: Micros): number {
  return Math.max(1, Math.floor(validity / 1000));
}
