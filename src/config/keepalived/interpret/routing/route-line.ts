import { nearestWord } from '../../../../base/edit-distance.ts';
import { ipFamily, parseIp } from '../../../../base/ip.ts';
import type { DataLine } from '../../grammar/tree.ts';
import type { Word } from '../../text/words.ts';
import type { Context } from '../context.ts';
import { readEncapsulation } from './encap.ts';
import { readNextHops } from './next-hops.ts';
import { ANYWHERE, OptionLine } from './option-line.ts';
import { readRealms } from './realms.ts';
import { ROUTE_TYPES, type Route, type RouteMetric, type RouteType } from './route.ts';

const UINT_MAX = 4_294_967_295;

type Draft = { -readonly [Key in keyof Route]?: Route[Key] } & {
  metrics: Record<string, RouteMetric>;
};
type Reader = (line: OptionLine, draft: Draft, option: Word) => void;

/** Greatest values of the metrics that are plain numbers. */
const METRICS: Readonly<Record<string, number>> = {
  mtu: UINT_MAX,
  hoplimit: 255,
  advmss: UINT_MAX,
  reordering: UINT_MAX,
  window: UINT_MAX,
  cwnd: UINT_MAX,
  ssthresh: UINT_MAX,
  initcwnd: UINT_MAX,
  initrwnd: UINT_MAX,
  quickack: 1,
  fastopen_no_cookie: 1,
};

const LOCKABLE = new Set(['mtu', 'advmss', 'reordering', 'cwnd', 'ssthresh']);
const TIMES = ['rtt', 'rttvar', 'rto_min'];

function metric(max: number): Reader {
  return (line, draft, option) => {
    const locked = LOCKABLE.has(option.text) && line.takes('lock');
    const value = line.number(option, 0, max);
    if (value !== undefined) draft.metrics[option.text] = { value, locked };
  };
}

/** A number of milliseconds, or one with `s` or `ms` behind it. */
const time: Reader = (line, draft, option) => {
  const locked = line.takes('lock');
  const word = line.value(option);
  if (word === undefined) return;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(s|ms)?$/.exec(word.text) ?? [];
  if (digits === undefined) line.refuse(word, `'${word.text}' is not a time`, 'write 200ms or 1s');
  else {
    const value = Number(digits) * (unit === 's' ? 1000 : 1);
    draft.metrics[option.text] = { value, locked };
  }
};

const priority: Reader = (line, draft, option) => {
  const value = line.number(option, 0, UINT_MAX);
  if (value !== undefined) draft.priority = value;
};

const device: Reader = (line, draft, option) => {
  const name = line.interface(option);
  if (name !== undefined) draft.interface = name;
};

const gateway: Reader = (line, draft, option) => {
  if (option.text === 'gw') {
    line.report.add('deprecated', option.at, "'gw' is an old spelling", "write 'via'");
  }
  if (!line.takes('inet')) line.takes('inet6');
  const word = line.value(option);
  if (word === undefined) return;
  const address = parseIp(word.text);
  if (address === undefined) line.refuse(word, `'${word.text}' is not the address of a gateway`);
  else {
    line.setFamily(word, ipFamily(address));
    draft.gateway = address;
  }
};

const tos: Reader = (line, draft, option) => {
  const value = line.named(option, 'rt_dsfield', 255);
  if (value !== undefined) draft.tos = value;
};

function mode(verb: Route['mode']): Reader {
  return (_, draft) => {
    draft.mode = verb;
  };
}

const READERS: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(Object.entries(METRICS).map(([name, max]) => [name, metric(max)])),
  ...Object.fromEntries(TIMES.map((name) => [name, time])),
  src: (line, draft, option) => {
    const source = line.network(option);
    if (source !== undefined) draft.source = source;
  },
  from: (line, draft, option) => {
    const from = line.network(option);
    if (from === undefined) return;
    if (from.address.includes(':')) draft.from = from;
    else line.refuse(option, "'from' is for IPv6 routes only");
  },
  as: (line, _, option) => {
    line.takes('to');
    if (line.value(option) === undefined) return;
    line.refuse(option, "'as' is for MPLS only");
  },
  via: gateway,
  gw: gateway,
  or: (line, draft, option) => {
    line.report.add('deprecated', option.at, "'or' is an old spelling", "write 'nexthop via'");
    const word = line.value(option);
    if (word === undefined) return;
    const address = parseIp(word.text);
    if (address === undefined) line.refuse(word, `'${word.text}' is not the address of a gateway`);
    else draft.nextHops = [...(draft.nextHops ?? []), { gateway: address, onLink: false }];
  },
  tos,
  dsfield: tos,
  table: (line, draft, option) => {
    const table = line.named(option, 'rt_tables', UINT_MAX);
    if (table !== undefined) draft.table = table;
  },
  protocol: (line, draft, option) => {
    const protocol = line.named(option, 'rt_protos', 255);
    if (protocol !== undefined) draft.protocol = protocol;
  },
  scope: (line, draft, option) => {
    const scope = line.named(option, 'rt_scopes', 255);
    if (scope !== undefined) draft.scope = scope;
  },
  metric: priority,
  priority,
  preference: priority,
  dev: device,
  oif: device,
  onlink: (_, draft) => {
    draft.onLink = true;
  },
  encap: (line, draft, option) => {
    const encapsulation = readEncapsulation(line, option);
    if (encapsulation !== undefined) draft.encapsulation = encapsulation;
  },
  expires: (line, draft, option) => {
    const seconds = line.number(option, 0, UINT_MAX);
    if (seconds === undefined) return;
    draft.expiresSeconds = seconds;
    if (line.family !== 6) line.refuse(option, "'expires' is for IPv6 routes only");
  },
  realms: (line, draft, option) => {
    const realms = readRealms(line, option);
    if (realms !== undefined) draft.realms = realms;
  },
  features: (line, draft, option) => {
    if (line.choice(option, ['ecn']) !== undefined) draft.ecn = true;
  },
  congctl: (line, draft, option) => {
    const locked = line.takes('lock');
    const name = line.value(option);
    if (name !== undefined) draft.congestionControl = { name: name.text, locked };
  },
  pref: (line, draft, option) => {
    const written = line.choice(option, ['low', 'medium', 'high', '0', '1', '3']);
    if (written === undefined) return;
    const numbers: Readonly<Record<string, Route['preference']>> = {
      3: 'low',
      0: 'medium',
      1: 'high',
    };
    draft.preference = numbers[written] ?? (written as NonNullable<Route['preference']>);
    if (line.family !== 6) line.refuse(option, "'pref' is for IPv6 routes only");
  },
  'ttl-propagate': (line, draft, option) => {
    const choice = line.choice(option, ['enabled', 'disabled']);
    if (choice !== undefined) draft.ttlPropagate = choice;
  },
  add: mode('add'),
  append: mode('append'),
  prepend: mode('prepend'),
  nexthop: (line, draft, option) => {
    draft.nextHops = readNextHops(line, option);
  },
  no_track: (_, draft) => {
    draft.tracked = false;
  },
  track_group: (line, draft, option) => {
    const group = line.value(option);
    if (group !== undefined) draft.trackGroup = group.text;
  },
  vrf: (line, draft, option) => {
    const name = line.interface(option);
    if (name !== undefined) draft.vrf = name;
  },
  inet: () => undefined,
  inet6: () => undefined,
};

/** One line of static_routes or virtual_routes; undefined where it is of no use. */
export function readRouteLine(
  { words }: DataLine,
  groups: ReadonlySet<string> | 'none',
  context: Context,
): Route | undefined {
  const line = new OptionLine(words, context, 'route');
  const draft: Draft = { metrics: {}, tracked: true };
  for (let word = line.next(); word !== undefined && line.isUsable; word = line.next()) {
    readOption(line, draft, word);
  }
  if (!line.isUsable) return undefined;
  const { destination } = draft;
  if (destination === undefined) {
    line.refuse(words[0], 'a route needs a destination', 'write a network or default');
    return undefined;
  }
  const { trackGroup } = draft;
  if (trackGroup !== undefined && (groups === 'none' || !groups.has(trackGroup))) {
    return line.refuse(words[0], `no track_group ${trackGroup} stands above this line`);
  }
  reportTracking(draft, words[0], context);
  return {
    type: 'unicast',
    ecn: false,
    onLink: false,
    nextHops: [],
    mode: 'replace',
    tracked: true,
    ...draft,
    destination,
    ...(line.family !== undefined && { family: line.family }),
  };
}

function readOption(line: OptionLine, draft: Draft, word: Word): void {
  const read = Object.hasOwn(READERS, word.text) ? READERS[word.text] : undefined;
  if (read !== undefined) {
    read(line, draft, word);
    return;
  }
  const type = ROUTE_TYPES.find((name) => name === word.text);
  if (type !== undefined) draft.type = type satisfies RouteType;
  else if (word.text === 'to') readDestination(line, draft, line.value(word));
  else readDestination(line, draft, word);
}

function readDestination(line: OptionLine, draft: Draft, word: Word | undefined): void {
  if (word === undefined) return;
  if (ANYWHERE.has(word.text)) draft.destination = 'any';
  else if (word.text === 'default6') {
    draft.destination = 'any';
    line.setFamily(word, 6);
  } else if (parseIp(word.text.split('/')[0] ?? '') !== undefined) {
    const network = line.networkOf(word);
    if (network !== undefined) draft.destination = network;
  } else {
    const nearest = nearestWord(word.text, Object.keys(READERS));
    line.refuse(
      word,
      `'${word.text}' is neither a network nor an option of a route`,
      nearest === undefined ? undefined : `did you mean '${nearest}'?`,
    );
  }
}

/** keepalived follows routes by their interface, and knows its own by their protocol. */
function reportTracking(draft: Draft, { at }: Word, { report }: Context): void {
  if (draft.tracked === false) return;
  if (draft.interface === undefined) {
    report.add(
      'route-untracked',
      at,
      'a route without dev cannot be tied to an interface: it is not tracked',
      'add dev INTERFACE, or no_track',
    );
    draft.tracked = false;
  } else if (draft.protocol !== undefined && draft.protocol !== KEEPALIVED) {
    report.add(
      'protocol-reset',
      at,
      'only routes of protocol keepalived can be tracked: it gets that protocol',
      'remove protocol, or add no_track',
    );
    draft.protocol = KEEPALIVED;
  }
}

export const KEEPALIVED = 18;
