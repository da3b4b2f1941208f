/** What `nft -j list ruleset` prints (libnftables-json(5)), as rules. */
import { isAddress, isLink, isPacketType, isProtocol, isState } from './fields.ts';
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

type Json = Readonly<Record<string, unknown>>;

/** Tables of one ruleset; nothing where the text is no such JSON. */
export function tablesOfNft(text: string): readonly FirewallTable[] | undefined {
  const entries = entriesOf(text);
  if (entries === undefined) return undefined;
  const named = (kind: string): Json[] =>
    entries.flatMap((entry) => (isObject(entry[kind]) ? [entry[kind]] : []));
  const sets = named('set');
  const rules = named('rule');
  const chains = named('chain');
  return named('table').map(({ family, name }): FirewallTable => {
    const isIts = (one: Json): boolean => one.family === family && one.table === name;
    const own = sets.filter(isIts);
    return {
      ...{ family: String(family), name: String(name), program: 'nft' },
      chains: chains.filter(isIts).map((chain): Chain => {
        const inside = rules.filter((rule) => isIts(rule) && rule.chain === chain.name);
        return {
          name: String(chain.name),
          ...(typeof chain.hook === 'string' && { hook: chain.hook as Hook }),
          ...(typeof chain.dev === 'string' && { link: chain.dev }),
          priority: Number(chain.prio ?? 0),
          policy: chain.policy === 'drop' ? 'drop' : 'accept',
          rules: inside.map((rule) => readRule(rule, own)),
        };
      }),
    };
  });
}

/** Whether rules of it were made by iptables, whose own program knows more of them. */
export function isOfIptables(text: string, family: string, table: string): boolean {
  return (entriesOf(text) ?? []).some(({ rule }) => {
    if (!isObject(rule) || rule.family !== family || rule.table !== table) return false;
    return listOf(rule.expr).some((one) => isObject(one) && 'xt' in one);
  });
}

function entriesOf(text: string): readonly Json[] | undefined {
  try {
    const { nftables } = JSON.parse(text) as { nftables?: unknown };
    return Array.isArray(nftables) ? nftables.filter(isObject) : undefined;
  } catch {
    return undefined;
  }
}

function readRule({ expr, comment }: Json, sets: readonly Json[]): FirewallRule {
  const parts = listOf(expr).filter(isObject);
  const matches: Match[] = [];
  let verdict: (packet: Packet) => Verdict = () => ({ kind: 'continue' });
  for (const part of parts) {
    if (isObject(part.match)) matches.push(readMatch(part.match, sets));
    else if ('xt' in part || 'limit' in part) matches.push(() => undefined);
    else verdict = readVerdict(part, sets) ?? verdict;
  }
  const said = typeof comment === 'string' ? ` comment "${comment}"` : '';
  return { matches, verdict, text: `${parts.map(wordsOf).filter(Boolean).join(' ')}${said}` };
}

function readVerdict(part: Json, sets: readonly Json[]): ((packet: Packet) => Verdict) | undefined {
  const simple = simpleVerdict(part);
  if (simple !== undefined) return () => simple;
  const map = part.vmap;
  if (!isObject(map)) return undefined;
  const pairs = elementsOf(map.data, sets).filter(Array.isArray);
  return (packet) => {
    for (const [key, value] of pairs) {
      const found = isObject(value) ? simpleVerdict(value) : undefined;
      if (compare(packet, map.key, key, sets) === true && found !== undefined) return found;
    }
    return { kind: 'continue' };
  };
}

function simpleVerdict(part: Json): Verdict | undefined {
  if ('accept' in part) return { kind: 'accept' };
  if ('drop' in part || 'reject' in part) return { kind: 'drop' };
  if ('return' in part) return { kind: 'return' };
  for (const kind of ['jump', 'goto'] as const) {
    const to = part[kind];
    if (isObject(to)) return { kind, chain: String(to.target) };
  }
  return undefined;
}

function readMatch({ op, left, right }: Json, sets: readonly Json[]): Match {
  if (op === '!=') return (packet) => negate(compare(packet, left, right, sets));
  if (op === '==' || op === 'in') return (packet) => compare(packet, left, right, sets);
  return () => undefined;
}

function compare(packet: Packet, left: unknown, right: unknown, sets: readonly Json[]): Truth {
  const truths = elementsOf(right, sets).map((value) => compareOne(packet, left, value));
  if (truths.includes(true)) return true;
  return truths.includes(undefined) ? undefined : false;
}

function compareOne(packet: Packet, left: unknown, value: unknown): Truth {
  if (!isObject(left)) return undefined;
  const word = wordOf(value);
  if (word === undefined) return undefined;
  const { payload, meta, ct } = left;
  if (isObject(payload)) return comparePayload(packet, payload, word);
  if (isObject(ct)) {
    if (ct.key === 'state') return isState(packet, word);
    // Nothing of ours is redirected.
    return ct.key === 'status' ? false : undefined;
  }
  if (!isObject(meta)) return undefined;
  switch (meta.key) {
    case 'l4proto':
      return isProtocol(packet, word);
    case 'nfproto':
      return word === (packet.family === 4 ? 'ipv4' : 'ipv6');
    case 'protocol':
      return word === (packet.family === 4 ? 'ip' : 'ip6');
    case 'iifname':
    case 'iif':
      return isLink(packet, 'in', word);
    case 'oifname':
    case 'oif':
      return isLink(packet, 'out', word);
    case 'pkttype':
      return isPacketType(packet, word);
    default:
      return undefined;
  }
}

function comparePayload(packet: Packet, payload: Json, word: string): Truth {
  const { protocol, field } = payload;
  const family = protocol === 'ip' ? 4 : protocol === 'ip6' ? 6 : undefined;
  // Ports, and types of ICMP, are what our packets do not have.
  if (family === undefined)
    return ['tcp', 'udp', 'th', 'icmp', 'icmpv6'].includes(`${protocol}`) ? false : undefined;
  if (family !== packet.family) return false;
  if (field === 'saddr') return isAddress(packet, 'source', word);
  if (field === 'daddr') return isAddress(packet, 'destination', word);
  if (field === 'protocol' || field === 'nexthdr') return isProtocol(packet, word);
  return undefined;
}

function elementsOf(value: unknown, sets: readonly Json[]): readonly unknown[] {
  if (typeof value === 'string' && value.startsWith('@')) {
    const set = sets.find(({ name }) => name === value.slice(1));
    return listOf(set?.elem);
  }
  if (isObject(value) && 'set' in value) return listOf(value.set);
  return Array.isArray(value) ? value : [value];
}

function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (!isObject(value)) return undefined;
  if (isObject(value.prefix)) return `${value.prefix.addr}/${value.prefix.len}`;
  return isObject(value.elem) ? wordOf(value.elem.val) : undefined;
}

/** A statement, as nearly as people write it. */
function wordsOf(part: Json): string {
  const { match } = part;
  if (isObject(match)) {
    const right = elementsOf(match.right, []).map((one) => wordOf(one) ?? '...');
    const set = right.length === 1 ? right[0] : `{ ${right.join(', ')} }`;
    return `${leftWords(match.left)}${match.op === '!=' ? ' !=' : ''} ${set}`;
  }
  const verdict = simpleVerdict(part);
  if ('reject' in part) return 'reject';
  if (verdict === undefined) return 'vmap' in part ? 'vmap' : '';
  return 'chain' in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
}

function leftWords(left: unknown): string {
  if (!isObject(left)) return '...';
  const { payload, meta, ct } = left;
  if (isObject(payload)) return `${payload.protocol} ${payload.field}`;
  if (isObject(meta)) return /^[io]if/.test(`${meta.key}`) ? `${meta.key}` : `meta ${meta.key}`;
  return isObject(ct) ? `ct ${ct.key}` : '...';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
