/** Firewall rules of any program, as far as they concern a packet of ours. */
import type { IpAddress, IpFamily } from '../../base/ip.ts';

export interface Packet {
  readonly family: IpFamily;
  /** 112 VRRP, 2 IGMP. */
  readonly protocol: number;
  readonly destination: IpAddress;
  /** Unknown where absent, as are the links. */
  readonly source?: IpAddress;
  readonly in?: string;
  readonly out?: string;
}

/** `undefined`: nobody can tell from here. */
export type Truth = boolean | undefined;
export type Match = (packet: Packet) => Truth;

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export interface FirewallRule {
  readonly matches: readonly Match[];
  readonly verdict: (packet: Packet) => Verdict;
  /** For people. */
  readonly text: string;
}

export type Hook = 'ingress' | 'prerouting' | 'input' | 'output' | 'postrouting';

export interface Chain {
  readonly name: string;
  /** Chains that packets come to by themselves have one. */
  readonly hook?: Hook;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** Of an ingress chain. */
  readonly link?: string;
  readonly rules: readonly FirewallRule[];
}

export interface FirewallTable {
  /** ip, ip6, inet or netdev. */
  readonly family: string;
  readonly name: string;
  /** The program that lists and changes it. */
  readonly program: string;
  readonly chains: readonly Chain[];
}

export interface Fate {
  readonly fate: 'passes' | 'dropped' | 'unclear';
  /** The chain with a hook where that happens. */
  readonly at?: { readonly table: FirewallTable; readonly chain: Chain };
  readonly rule?: string;
}

const DEPTH_MAX = 16;
const HOOKS = { in: ['ingress', 'prerouting', 'input'], out: ['output', 'postrouting'] } as const;

/** What becomes of a packet that comes in, or goes out, at the hands of all tables. */
export function fateOf(
  tables: readonly FirewallTable[],
  direction: 'in' | 'out',
  packet: Packet,
): Fate {
  let unclear: Fate | undefined;
  for (const hook of HOOKS[direction]) {
    const chains = tables
      .filter(({ family }) => seesFamily(family, packet.family))
      .flatMap((table) => table.chains.map((chain) => ({ table, chain })))
      .filter(({ chain }) => chain.hook === hook && (chain.link ?? packet.in) === packet.in)
      .sort((a, b) => a.chain.priority - b.chain.priority);
    for (const at of chains) {
      const walk = new Walk(at.table, packet);
      const end = walk.through(at.chain, 0);
      const isDropped = end === undefined ? at.chain.policy === 'drop' : end.kind === 'drop';
      if (!isDropped) continue;
      const rule = end?.text ?? `policy drop`;
      if (walk.mayAccept) unclear ??= { fate: 'unclear', at, rule };
      else return { fate: 'dropped', at, rule };
    }
  }
  return unclear ?? { fate: 'passes' };
}

interface End {
  readonly kind: 'accept' | 'drop';
  readonly text: string;
}

class Walk {
  /** A rule that may have let the packet pass before it was dropped. */
  mayAccept = false;
  readonly #table: FirewallTable;
  readonly #packet: Packet;

  constructor(table: FirewallTable, packet: Packet) {
    this.#table = table;
    this.#packet = packet;
  }

  /** How it ends in this chain; nothing where it comes out at the other side. */
  through(chain: Chain, depth: number): End | undefined {
    if (depth > DEPTH_MAX) return undefined;
    for (const rule of chain.rules) {
      const truth = matches(rule, this.#packet);
      if (truth === false) continue;
      const verdict = rule.verdict(this.#packet);
      if (truth === undefined) {
        this.#doubt(verdict, depth);
        continue;
      }
      if (verdict.kind === 'continue') continue;
      if (verdict.kind === 'return') return undefined;
      if (verdict.kind !== 'jump' && verdict.kind !== 'goto')
        return { kind: verdict.kind, text: rule.text };
      const target = this.#table.chains.find(({ name }) => name === verdict.chain);
      const end = target === undefined ? undefined : this.through(target, depth + 1);
      if (end !== undefined || verdict.kind === 'goto') return end;
    }
    return undefined;
  }

  /** Nobody knows whether the rule applies: dropping is not held against it, accepting is possible. */
  #doubt(verdict: Verdict, depth: number): void {
    if (verdict.kind === 'accept' || verdict.kind === 'return') this.mayAccept = true;
    if (verdict.kind !== 'jump' && verdict.kind !== 'goto') return;
    const target = this.#table.chains.find(({ name }) => name === verdict.chain);
    if (target !== undefined && this.through(target, depth + 1)?.kind === 'accept')
      this.mayAccept = true;
  }
}

function matches(rule: FirewallRule, packet: Packet): Truth {
  const truths = rule.matches.map((match) => match(packet));
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

function seesFamily(family: string, packet: IpFamily): boolean {
  if (family === 'inet' || family === 'netdev') return true;
  return family === (packet === 4 ? 'ip' : 'ip6');
}

export function negate(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}
