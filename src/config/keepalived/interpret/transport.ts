import { type IpAddress, type IpFamily, ipFamily, isMulticast, parseIp } from '../../../base/ip.ts';
import type { UnicastPeer, VrrpTransport } from '../../model/vrrp.ts';
import type { DataLine } from '../grammar/tree.ts';
import { placeholderHint } from '../text/placeholder.ts';
import { type Context, notePosition } from './context.ts';
import type { InstanceDefaults } from './globals.ts';
import { readAddress } from './network.ts';
import { readInteger } from './numbers.ts';
import type { Values } from './values.ts';

/** Whom adverts are sent to: the peers where there are any, otherwise the group. */
export function readTransport(
  values: Values,
  instance: string,
  family: IpFamily,
  defaults: InstanceDefaults,
  context: Context,
): VrrpTransport {
  const source = readSource(values, family, context);
  const blocks = values.all('unicast_peer');
  const peers = readPeers(values, instance, family, source, context);
  const [first] = blocks;
  if (peers.length > 0) {
    const isLimited = peers.some(({ minTtl, maxTtl }) => (minTtl ?? maxTtl) !== undefined);
    return {
      kind: 'unicast',
      peers,
      ttl: values.number('unicast_ttl') ?? 255,
      checkSource: isLimited || values.has('check_unicast_src') || defaults.checkUnicastSource,
    };
  }
  if (first !== undefined && !values.has('unicast_fault_no_peer')) {
    context.report.add(
      'no-peers',
      first.keyword.at,
      'unicast_peer lists no other host: multicast is used',
      'list the addresses of the other hosts, or remove the block',
    );
  }
  return { kind: 'multicast', group: readGroup(values, family, defaults, context) };
}

/** The configured source of adverts, if it is of the family. */
export function readSource(
  values: Values,
  family: IpFamily,
  { report }: Context,
): IpAddress | undefined {
  let source: IpAddress | undefined;
  for (const { address, at } of values.addresses('unicast_src_ip')) {
    if (ipFamily(address) === family) source = address;
    else report.add('wrong-family', at, `${address} is not IPv${family}: it is ignored`);
  }
  return source;
}

function readGroup(
  values: Values,
  family: IpFamily,
  defaults: InstanceDefaults,
  { report }: Context,
): IpAddress {
  let group = family === 4 ? defaults.group4 : defaults.group6;
  for (const { address, at } of values.addresses('mcast_dst_ip')) {
    if (ipFamily(address) === family && isMulticast(address)) group = address;
    else {
      const text = `${address} is not an IPv${family} multicast address: ${group} is used`;
      report.add('not-multicast', at, text);
    }
  }
  return group;
}

function readPeers(
  values: Values,
  instance: string,
  family: IpFamily,
  source: IpAddress | undefined,
  context: Context,
): UnicastPeer[] {
  const { report } = context;
  const peers = new Map<IpAddress, UnicastPeer>();
  for (const line of values.all('unicast_peer').flatMap(({ block }) => block?.lines ?? [])) {
    const [first] = line.words;
    const address = readAddress(first, report);
    if (address === undefined) {
      reportBadPeer(line, context);
      continue;
    }
    if (ipFamily(address) !== family) {
      report.add(
        'wrong-family',
        first.at,
        `${address} is not IPv${family}, the family of this instance: it is left out`,
      );
    } else if (address === source) {
      report.add(
        'own-address-among-peers',
        first.at,
        `${address} is this host's own source address: it is left out`,
        'list the other hosts only',
      );
    } else if (peers.has(address)) {
      report.add('duplicate-peer', first.at, `${address} is listed twice`);
    } else {
      notePosition(context, `instance/${instance}/peer/${address}`, first.at);
      peers.set(address, { address, ...readTtlRange(line, context) });
    }
  }
  return [...peers.values()];
}

function reportBadPeer({ words: [first] }: DataLine, { report }: Context): void {
  if (first.text.startsWith('//')) {
    report.add(
      'slash-comment',
      first.at,
      "'//' does not begin a comment, so this line is taken for a peer",
      'begin comments with # or !',
    );
    return;
  }
  report.add(
    'invalid-address',
    first.at,
    `'${first.text}' is not an IP address: the peer is left out`,
    placeholderHint(first.text),
  );
}

function readTtlRange({ words }: DataLine, { report }: Context): Omit<UnicastPeer, 'address'> {
  const range: { minTtl?: number; maxTtl?: number } = {};
  for (let at = 1; at < words.length; at++) {
    const option = words[at];
    if (option === undefined) break;
    const value = words[at + 1];
    if (option.text.startsWith('//')) {
      report.add(
        'slash-comment',
        option.at,
        "'//' does not begin a comment; the words behind it are ignored",
        'begin comments with # or !',
      );
      break;
    }
    if (option.text !== 'min_ttl' && option.text !== 'max_ttl') {
      const isAddress = parseIp(option.text) !== undefined;
      report.add(
        isAddress ? 'two-addresses' : 'unknown-address-option',
        option.at,
        isAddress
          ? `'${option.text}' is ignored: a line holds one peer`
          : `'${option.text}' is not an option of a peer and is ignored`,
        isAddress ? `write ${option.text} on a line of its own` : 'write min_ttl or max_ttl',
      );
      continue;
    }
    at++;
    if (value === undefined) {
      report.add('missing-option-value', option.at, `'${option.text}' has no value behind it`);
      break;
    }
    const rule = { what: `'${option.text}'`, min: 0, max: 255, fallback: 'it is ignored' };
    const ttl = readInteger(value, rule, report);
    if (ttl !== undefined) range[option.text === 'min_ttl' ? 'minTtl' : 'maxTtl'] = ttl;
  }
  if (range.minTtl !== undefined && range.maxTtl !== undefined && range.minTtl > range.maxTtl) {
    report.add(
      'setting-without-effect',
      words[0].at,
      `min_ttl ${range.minTtl} is above max_ttl ${range.maxTtl}: nothing of this peer is taken`,
      'write the lesser one behind min_ttl',
    );
  }
  return range;
}
