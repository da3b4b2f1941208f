/** What iptables-save prints (iptables-save(8)), of either kind and family, as rules. */
import { isAddress, isAddressType, isLink, isPacketType, isProtocol, isState } from './fields.ts';
import {
  type Chain,
  type FirewallRule,
  type FirewallTable,
  type Hook,
  type Match,
  negate,
  type Packet,
  type Truth,
  type Verdict,
} from './rules.ts';

/** In the order in which packets come by. */
const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security'];
const HOOKS: Readonly<Record<string, Hook>> = {
  ...{ PREROUTING: 'prerouting', INPUT: 'input', OUTPUT: 'output', POSTROUTING: 'postrouting' },
};

interface Draft {
  readonly name: string;
  readonly policy: Chain['policy'];
  readonly rules: FirewallRule[];
}

/** `program`: iptables-legacy, ip6tables-nft and such. */
export function tablesOfIptables(program: string, text: string): readonly FirewallTable[] {
  const tables = new Map<string, Map<string, Draft>>();
  let current = new Map<string, Draft>();
  for (const line of text.split('\n')) {
    const [, table] = /^\*(\w+)/.exec(line) ?? [];
    if (table !== undefined) {
      current = new Map();
      tables.set(table, current);
      continue;
    }
    const [, chain, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (chain !== undefined) {
      current.set(chain, { name: chain, policy: policy === 'DROP' ? 'drop' : 'accept', rules: [] });
      continue;
    }
    const [, appended = '', words = ''] = /^(?:\[\d+:\d+\] )?-A (\S+) ?(.*)$/.exec(line) ?? [];
    current.get(appended)?.rules.push(readRule(words));
  }
  // nat sees nothing but new connections, and drops nothing.
  return [...tables].flatMap(([name, chains]) =>
    name === 'nat' ? [] : [tableOf(program, name, [...chains.values()])],
  );
}

function tableOf(program: string, name: string, drafts: readonly Draft[]): FirewallTable {
  const chains = drafts.map((draft): Chain => {
    const hook = HOOKS[draft.name];
    return { ...draft, ...(hook !== undefined && { hook }), priority: TABLES.indexOf(name) };
  });
  return { family: program.startsWith('ip6') ? 'ip6' : 'ip', name, program, chains };
}

/** Words that take a value, and whether a packet is what it says. */
const VALUED: Readonly<Record<string, (packet: Packet, value: string) => Truth>> = {
  '-p': isProtocol,
  '-s': (packet, value) => anyOf(value, (word) => isAddress(packet, 'source', word)),
  '-d': (packet, value) => anyOf(value, (word) => isAddress(packet, 'destination', word)),
  '-i': (packet, value) => isLink(packet, 'in', value),
  '-o': (packet, value) => isLink(packet, 'out', value),
  '--ctstate': (packet, value) => anyOf(value, (word) => isState(packet, word)),
  '--state': (packet, value) => anyOf(value, (word) => isState(packet, word)),
  '--pkt-type': isPacketType,
  '--dst-type': isAddressType,
  '--comment': () => true,
};
const TARGETS: Readonly<Record<string, Verdict>> = {
  ACCEPT: { kind: 'accept' },
  DROP: { kind: 'drop' },
  REJECT: { kind: 'drop' },
  RETURN: { kind: 'return' },
};
/** Targets that change or tell something, and let the packet go on. */
const PASSING =
  /^(?:LOG|NFLOG|MARK|CONNMARK|CT|TRACE|TCPMSS|DSCP|TOS|TTL|HL|SET|CHECKSUM|CLASSIFY|AUDIT|NOTRACK|ULOG|TEE)$/;
/** Matches that say nothing by their name alone. */
const PLAIN = new Set(['comment', 'conntrack', 'state', 'pkttype', 'addrtype', 'tcp', 'udp']);

function readRule(text: string): FirewallRule {
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const matches: Match[] = [];
  let verdict: Verdict = { kind: 'continue' };
  let isNegated = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '!') {
      isNegated = true;
      continue;
    }
    const value = words[at + 1] ?? '';
    if (word === '-j' || word === '-g') {
      verdict = targetOf(word, value);
      // What stands behind a target is the target's own.
      break;
    }
    const known = VALUED[word];
    if (known !== undefined) {
      const turn = isNegated ? negate : (truth: Truth): Truth => truth;
      matches.push((packet) => turn(known(packet, value)));
      at++;
    } else if (word === '-m' && PLAIN.has(value)) at++;
    else matches.push(() => undefined);
    isNegated = false;
  }
  return { matches, verdict: () => verdict, text };
}

function targetOf(word: string, target: string): Verdict {
  const known = TARGETS[target];
  if (known !== undefined) return known;
  if (PASSING.test(target)) return { kind: 'continue' };
  return { kind: word === '-g' ? 'goto' : 'jump', chain: target };
}

function anyOf(value: string, test: (word: string) => Truth): Truth {
  const truths = value.split(',').map(test);
  if (truths.includes(true)) return true;
  return truths.includes(undefined) ? undefined : false;
}
